"""Whether two expressions are equal: proved, refuted by a counterexample, or agreeing at random points."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from matdiff.equality.differentials import opened, varying_names
from matdiff.equality.field import Undefined, field_values, is_rational
from matdiff.equality.proof import proved_equal
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.evaluate import Array, result
from matdiff.expr import Expr, expand, topo
from matdiff.sampling import (
    INTEGERS,
    STEPS,
    STYLES,
    Point,
    directions,
    draw_sizes,
    evaluate_with_differentials,
    points,
    random_rounding,
    survey,
)

TOLERANCE = 1e-10
"""Values that differ by more, relative to their size, are different."""
NEAR_DIFFERENCES = 1e-5
"""The same, where values hold differentials taken by differences."""
ROUNDING = 1e-14
"""Relative to the largest value on the way."""

SURE = 30
"""A gap this many times larger than what rounding may change is a difference."""

MAX_DEGREE = 12

MASKS = frozenset({"gt", "ge", "lt", "le", "eq", "sign", "relu_at_zero_1"})
MASKS_DIFFER = "the masks differ at 0 only"

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


@dataclass(frozen=True)
class Verdict:
    """``how`` is "proved", "sampled" or "refuted", or "undecided" where there is no evidence at all.

    ``points`` and ``error`` are the evidence of a sample.
    """

    how: str
    counterexample: Counterexample | None = None
    points: int = 0
    error: float = 0.0
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.how in ("proved", "sampled")

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        match self.how:
            case "proved":
                text = "proved"
            case "sampled":
                text = f"sampled: agrees at {self.points} random points, largest relative error {self.error:.0e}"
            case "undecided":
                text = "undecided: no point was found where both sides are finite"
            case _:
                text = f"refuted {self.counterexample}" if self.counterexample else "refuted"
        return f"{text} ({self.note})" if self.note else text


def decide(
    left: Expr,
    right: Expr,
    varying: Collection[Expr] | None = None,
    *,
    almost_everywhere: bool = False,
    count: int | None = None,
    prove: bool = True,
) -> Verdict:
    """Whether two expressions are equal wherever both are defined.

    Where differentials occur, ``varying`` says which variables and names vary on their own (by
    default those whose differentials are written); their differentials are checked by differences,
    and proved by the rules. ``almost_everywhere`` lets 1(x >= 0) stand for 1(x > 0), with a note.
    """
    if left is right or (left.shape == right.shape and expand(left) is expand(right)):
        return Verdict("proved")
    if left.shape != right.shape:
        sizes = [f"{e.rows}×{e.cols}" for e in (left, right)]
        return Verdict("refuted", note=f"the sizes differ: {sizes[0]} and {sizes[1]}")
    if varying is None:
        varying = varying_names([left, right])
    compare = Comparison(left, right, varying)
    at = compare.points(count or compare.enough)
    found = compare.first(islice(at, FEW_POINTS if prove else None))
    if found is not None and compare.differs_in_field() is not False:
        return Verdict("refuted", compare.simplest() or found)
    if prove and compare.proved():
        return Verdict("proved", points=compare.used, error=compare.worst)
    if prove and almost_everywhere and compare.has_masks and compare.proved(almost_everywhere=True):
        return Verdict("proved", points=compare.used, error=compare.worst, note=MASKS_DIFFER)
    found = compare.first(at)  # the more points, the less is proved
    if found is not None and compare.differs_in_field() is not False:
        return Verdict("refuted", compare.simplest() or found)
    if compare.differs_in_field():
        return Verdict("refuted", compare.simplest(), note="the two differ over a prime field")
    if not almost_everywhere and compare.has_masks:
        found = compare.simplest()
        if found is not None:
            return Verdict("refuted", found)
    return Verdict("sampled" if compare.used else "undecided", points=compare.used, error=compare.worst)


class Comparison:
    """Two expressions of the same size, at points."""

    def __init__(self, left: Expr, right: Expr, varying: Collection[Expr]) -> None:
        self.left, self.right = left, right
        self.varying = list(varying)
        nodes = list(topo(left, right))
        self.differentials = [node for node in nodes if node.op == "differential"]
        self.has_masks = any(node.op in MASKS for node in nodes)
        self.without_d = None if self.differentials else (left, right)
        """Both sides with their differentials opened, once that is done."""
        self.tolerance = NEAR_DIFFERENCES if self.differentials else TOLERANCE
        self.enough = POINTS if len(nodes) < LARGE else FEW_POINTS
        self.used = 0
        self.worst = 0.0

    # points

    def points(self, count: int, seed: int = 0) -> Iterator[Point]:
        """Points with small sizes, then some with sizes larger than half the degree."""
        roots = [self.left, self.right, *self.varying]
        yield from points(roots, count, seed)
        half = degree([self.left, self.right]) // 2 + 1
        if half > 2:
            yield from points(roots, 2, seed + 1, least=half, styles=STYLES[:1])

    def at(self, point: Point, seed: int = 0) -> tuple[Array, Array, float] | None:
        """Both values, and how far rounding may part them; None where one is not finite."""
        try:
            found = evaluate_with_differentials([self.left, self.right], point, directions(point, self.varying, seed))
        except np.linalg.LinAlgError:
            return None
        left, right = found[self.left], found[self.right]
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
            return None
        biggest = max(float(np.max(np.abs(value), initial=0)) for value in found.values())
        scale = max(float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)))
        rounding = ROUNDING * (100 if self.differentials else 1)
        return left, right, self.tolerance * scale + rounding * biggest + 1e-300

    def uncertainty(self, point: Point, left: Array, right: Array) -> float:
        """How far both values move when all roundings, and the steps of the differences, are others."""
        along = directions(point, self.varying, self.used)
        spread = 0.0
        for seed, scale in enumerate((1.0, 0.4, 2.0)):
            steps = [scale * step for step in STEPS]
            try:
                found = evaluate_with_differentials([self.left, self.right], point, along, random_rounding(seed), steps)
            except np.linalg.LinAlgError:
                return np.inf
            moved = np.abs([*(found[self.left] - left).flat, *(found[self.right] - right).flat])
            if not np.all(np.isfinite(moved)):
                return np.inf
            spread = max(spread, float(np.max(moved, initial=0)))
        return spread

    def differs_in_field(self) -> bool | None:
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
                found = field_values(roots, draw_sizes(known, rng, max(2, least)), rng)
            except Undefined:
                continue
            if not np.array_equal(found[self.left], found[self.right]):
                return True
        return False

    def first(self, at: Iterator[Point]) -> Counterexample | None:
        """The first of these points that shows a difference; counts those that do not."""
        for point in at:
            found = self.at(point, self.used)
            if found is None:
                continue
            left, right, allowed = found
            gap = float(np.max(np.abs(left - right), initial=0))
            if gap > allowed:
                if gap > SURE * self.uncertainty(point, left, right):
                    return self.counterexample(point, left, right)
                continue
            self.used += 1
            self.worst = max(self.worst, gap / (float(np.max(np.abs(left), initial=0)) or 1.0))
        return None

    def counterexample(self, point: Point, left: Array, right: Array) -> Counterexample:
        named: dict[str, float | Array] = {}
        for node, value in point.arrays.items():
            named[node.data[0]] = result(value, node.shape)
        for node, value in directions(point, self.varying, self.used).items():
            name = node.data[0] if node.op == "variable" else str(node.data)
            named[f"d{name}"] = result(value, node.shape)
        return Counterexample(point.sizes, named, result(left, self.left.shape), result(right, self.right.shape))

    def simplest(self) -> Counterexample | None:
        """A counterexample in small integers, of the smallest sizes that show one."""
        names = survey([self.left, self.right]).sizes
        used, worst = self.used, self.worst
        roots = [self.left, self.right, *self.varying]
        try:
            for sizes in (
                [dict.fromkeys(names, 1), dict.fromkeys(names, 2), dict.fromkeys(names, 3), None] if names else [None]
            ):
                found = self.first(points(roots, 6, styles=INTEGERS, sizes=sizes))
                if found is not None:
                    return found
        except MatdiffError:
            return None
        finally:
            self.used, self.worst = used, worst
        return None

    # proof

    def proved(self, almost_everywhere: bool = False) -> bool:
        if self.without_d is None:
            try:
                left, right = (opened(side, self.varying) for side in (self.left, self.right))
            except UnsupportedError:
                return False
            self.without_d = (left, right)
            self.has_masks = any(node.op in MASKS for node in topo(left, right))
        return proved_equal(*self.without_d, almost_everywhere=almost_everywhere)


def degree(roots: Sequence[Expr]) -> int:
    """The degree of a polynomial in the variables; an upper bound of no meaning for other functions."""
    degrees: dict[Expr, int] = {}
    for node in topo(*roots):
        below = [degrees[arg] for arg in node.args]
        match node.op:
            case "variable" | "differential":
                degrees[node] = 1
            case "mul" | "had" | "scale" | "kron":
                degrees[node] = sum(below)
            case "matrix_power":
                degrees[node] = below[0] * node.data
            case _:
                degrees[node] = max(below, default=0)
        degrees[node] = min(degrees[node], MAX_DEGREE)
    return max((degrees[root] for root in roots), default=0)
