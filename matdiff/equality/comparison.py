"""Two expressions compared at points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from matdiff import expr as E
from matdiff.equality.differentials import opened
from matdiff.equality.field import Undefined, field_values, is_rational
from matdiff.equality.probes import Probe, probes
from matdiff.equality.proof import proved_equal
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.evaluate import Array, values
from matdiff.exchange import result
from matdiff.expr import Expr, topo
from matdiff.operators import BILINEAR, facts
from matdiff.rounding import SURE, depends_on_rounding, is_held, random_rounding
from matdiff.sampling import (
    INTEGERS,
    STEPS,
    STYLES,
    Point,
    directions,
    draw_sizes,
    evaluate_with_differentials,
    points,
    survey,
)

TOLERANCE = 1e-10
"""Values that differ by more, relative to the larger side, are different, unless rounding explains it."""
NEAR_DIFFERENCES = 1e-5
"""The same, where values hold differentials taken by differences."""
ROUNDING = 1e-14
"""Relative to the largest value on the way: what is less agrees."""

MAX_DEGREE = 12

POINTS, FEW_POINTS, LARGE = 8, 3, 400
"""How many points agree before it is called a sample, and the number of nodes above which fewer do."""


@dataclass(frozen=True)
class Counterexample:
    """Values at which two expressions differ; differentials stand under names as ``dX``."""

    sizes: Mapping[str, int]
    values: Mapping[str, float | Array]
    left: float | Array
    right: float | Array

    def __str__(self) -> str:
        given = [f"{name} = {shown(value)}" for name, value in self.values.items()]
        sizes = [f"{name} = {size}" for name, size in self.sizes.items()]
        at = ", ".join([*sizes, *given]) or "any point"
        for digits in (6, 10, 17):  # as many as show the difference
            left, right = shown(self.left, digits), shown(self.right, digits)
            if left != right:
                break
        return f"at {at}: {left} against {right}"


def shown(value: float | Array, digits: int = 6) -> str:
    """A value as people write it: ``[[1, 2], [0, 1]]``."""
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{float(array):.{digits}g}"
    return "[" + ", ".join(shown(entry, digits) for entry in array) + "]"


class Comparison:
    """Two expressions of the same size, at points."""

    def __init__(self, left: Expr, right: Expr, varying: Collection[Expr]) -> None:
        self.left, self.right = left, right
        self.varying = list(varying)
        nodes = list(topo(left, right))
        self.differentials = [node for node in nodes if node.op == "differential"]
        self.has_masks = any(facts(node).constant for node in nodes)
        self.without_d = None if self.differentials else (left, right)
        """Both sides with their differentials opened, once that is done."""
        self.tolerance = NEAR_DIFFERENCES if self.differentials else TOLERANCE
        self.enough = POINTS if len(nodes) < LARGE else FEW_POINTS
        self.used = 0
        self.worst = 0.0
        self.largest: dict[str, int] = {}
        """The largest of each size at the points that agree."""

    # points

    def points(self, count: int, seed: int = 0) -> Iterator[Point]:
        """Points with small sizes, then some with sizes larger than half the degree."""
        roots = [self.left, self.right, *self.varying]
        smooth = bool(self.differentials)
        yield from points(roots, count, seed, smooth=smooth)
        half = degree([self.left, self.right]) // 2 + 1
        if half > 2:
            yield from points(roots, 2, seed + 1, least=half, styles=STYLES[:1], smooth=smooth)

    def at(self, point: Point, seed: int = 0) -> dict[Expr, Array] | None:
        """The values of all nodes; None where a side is not finite."""
        try:
            found = evaluate_with_differentials([self.left, self.right], point, directions(point, self.varying, seed))
        except np.linalg.LinAlgError:
            return None
        return found if all(np.all(np.isfinite(found[side])) for side in (self.left, self.right)) else None

    def uncertainty(self, point: Point, before: Mapping[Expr, Array], roots: Sequence[Expr]) -> float:
        """How far both values move when all roundings, and the steps of the differences, are others."""
        along = directions(point, self.varying, self.used)
        spread = 0.0
        for seed, scale in enumerate((1.0, 0.4, 2.0)):
            steps = [scale * step for step in STEPS]
            try:
                found = evaluate_with_differentials(roots, point, along, random_rounding(seed), steps)
            except np.linalg.LinAlgError:
                return np.inf
            moved = np.concatenate([np.abs(found[root] - before[root]).ravel() for root in roots])
            if not np.all(np.isfinite(moved)):
                return np.inf
            if any(depends_on_rounding(node, before, found) for node in topo(*roots) if node in before):
                return np.inf
            spread = max(spread, float(np.max(moved, initial=0)))
        return spread

    def differs_in_field(self, sizes: Mapping[str, int] | None = None) -> bool | None:
        """Whether two rational expressions differ at a random point over a prime field; None for others.

        No rounding there: a difference is sure.
        """
        roots = [self.left, self.right]
        if self.differentials or not is_rational(roots):
            return None
        rng = np.random.default_rng(5)
        known = survey(roots)
        for least in (2, 2, degree(roots) // 2 + 1):
            try:
                found = field_values(roots, sizes or draw_sizes(known, rng, max(2, least)), rng)
            except Undefined:
                continue
            if not np.array_equal(found[self.left], found[self.right]):
                return True
        return False

    def first(self, at: Iterable[Point]) -> Counterexample | None:
        """The first of these points that shows a difference; counts those that do not."""
        for point in at:
            found = self.at(point, self.used)
            if found is not None and self.differs(point, found, [self.left, self.right]):
                return self.counterexample(point, found[self.left], found[self.right])
        return None

    def first_probe(self, at: Iterable[Probe]) -> Counterexample | None:
        """The same far from where points are drawn, where values must be such as floating point holds.

        Differentials are opened there, and are values of their own.
        """
        assert self.without_d is not None
        for probe in at:
            found, (left, right) = probe.values, self.without_d
            held = (is_held(node, found[node], [found[arg] for arg in node.args]) for node in found)
            if all(held) and self.differs(probe.point, found, [left, right]):
                return self.shortened(probe) or self.counterexample(probe.point, found[left], found[right])
        return None

    def shortened(self, probe: Probe) -> Counterexample | None:
        """The same difference at values of few digits."""
        assert self.without_d is not None
        for digits in (0, 1, 3):
            point = probe.point.rounded(digits)
            try:
                found = values(self.without_d, point.arrays, point.sizes, point.functions)
            except np.linalg.LinAlgError:
                continue
            left, right = (found[side] for side in self.without_d)
            if np.all(np.isfinite(left)) and np.all(np.isfinite(right)) and self.differs(point, found, self.without_d):
                return self.counterexample(point, left, right)
        return None

    def differs(self, point: Point, found: Mapping[Expr, Array], sides: Sequence[Expr]) -> bool:
        left, right = (found[side] for side in sides)
        gap = float(np.max(np.abs(left - right), initial=0))
        scale = max(float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)))
        if gap > self.tolerance * scale:
            if gap > SURE * self.uncertainty(point, found, sides):
                return True
            biggest = max(float(np.max(np.abs(value), initial=0)) for value in found.values())
            if gap > self.tolerance * scale + ROUNDING * (100 if self.differentials else 1) * biggest:
                return False  # too few digits are left to tell
            scale = biggest
        self.used += 1
        self.largest |= {name: max(size, self.largest.get(name, 1)) for name, size in point.sizes.items()}
        self.worst = max(self.worst, gap / (scale or 1.0))
        return False

    @property
    def only_at_one(self) -> str:
        """The size that is 1 wherever both sides have values; empty where there is none."""
        return next((name for name, size in self.largest.items() if size == 1), "")

    def counterexample(self, point: Point, left: Array, right: Array) -> Counterexample:
        named: dict[str, float | Array] = {}
        moves = {E.differential(node): value for node, value in directions(point, self.varying, self.used).items()}
        for node, value in {**moves, **point.arrays}.items():
            of = node.args[0] if node.op == "differential" else node
            name = of.data[0] if of.op == "variable" else str(of.data)
            named[name if of is node else f"d{name}"] = result(value, node.shape)
        return Counterexample(point.sizes, named, result(left, self.left.shape), result(right, self.right.shape))

    def simplest(self) -> Counterexample | None:
        """A counterexample in small integers, of the smallest sizes that show one."""
        names = survey([self.left, self.right]).sizes
        used, worst = self.used, self.worst
        roots = [self.left, self.right, *self.varying]
        some: list[dict[str, int] | None] = [dict.fromkeys(names, size) for size in (1, 2, 3)] if names else []
        try:
            for smooth, sizes in product((True, bool(self.differentials)), [*some, None]):
                found = self.first(points(roots, 6, styles=INTEGERS, sizes=sizes, smooth=smooth))
                if found is not None:
                    return found
        except MatdiffError:
            return None
        finally:
            self.used, self.worst = used, worst
        return None

    def anywhere(self) -> Counterexample | None:
        """Both values at a point, as far as their digits show."""
        for point in points([self.left, self.right], 1, styles=INTEGERS[1:]):
            found = self.at(point)
            return self.counterexample(point, found[self.left], found[self.right]) if found else None
        return None

    def probed(self, almost_everywhere: bool) -> Counterexample | None:
        """A difference where no random point lies: far away, at thresholds, at sizes of 1 and large ones."""
        if not self.opens():
            return None
        assert self.without_d is not None
        used, worst = self.used, self.worst
        try:
            return self.first_probe(p for p in probes(self.without_d) if p.ordinary or not almost_everywhere)
        except MatdiffError:
            return None
        finally:
            if used:  # what was drawn at random is the evidence
                self.used, self.worst = used, worst

    # proof

    def opens(self) -> bool:
        if self.without_d is None:
            try:
                left, right = (opened(side, self.varying) for side in (self.left, self.right))
            except UnsupportedError:
                return False
            self.without_d = (left, right)
            self.has_masks = any(facts(node).constant for node in topo(left, right))
        return True

    def proved(self, almost_everywhere: bool = False) -> bool:
        if self.differentials and not self.used:  # the rules are trusted only where differences say the same
            return False
        return (
            self.opens()
            and self.without_d is not None
            and proved_equal(*self.without_d, almost_everywhere=almost_everywhere)
        )


def degree(roots: Sequence[Expr]) -> int:
    """The degree of a polynomial in the variables; an upper bound of no meaning for other functions."""
    degrees: dict[Expr, int] = {}
    for node in topo(*roots):
        below = [degrees[arg] for arg in node.args]
        match node.op:
            case "variable" | "differential":
                degrees[node] = 1
            case op if op in BILINEAR:
                degrees[node] = sum(below)
            case "matrix_power":
                degrees[node] = below[0] * node.data
            case _:
                degrees[node] = max(below, default=0)
        degrees[node] = min(degrees[node], MAX_DEGREE)
    return max((degrees[root] for root in roots), default=0)
