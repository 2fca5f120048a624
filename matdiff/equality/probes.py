"""Points where random ones never lie: far away, at zero, at ties, beside every threshold, sizes of 1 and large ones.

A *line* is a path through the space of values, along which one name or all of them grow from far below zero to far
above. Where a mask, a kink or a sum changes its sign, the line is cut, and each cut and each piece is a probe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from matdiff.array_functions import NEAREST
from matdiff.compose import exponent_of, is_sum
from matdiff.evaluate import Array, values
from matdiff.expr import Expr, topo
from matdiff.operators import BILINEAR, ROWS, facts
from matdiff.rounding import side
from matdiff.sampling import FREE, INTEGERS, STYLES, Point, Search, Survey, directions, draw, draw_sizes, survey

WORK, MOST_PROBES = 40_000, 500
"""How many nodes are evaluated, and how often."""

MOST_ENTRIES = 50_000
"""Sizes that make more are not tried."""

SYSTEMS = frozenset(name for name, entry in ROWS.items() if entry.system)
"""What is the solution of as many equations as it has entries."""

SLOW = 100
"""An entry found in arithmetic of any precision takes as long as so many others."""

FAR = (0.0011, 0.037, 0.41, 1.3, 3.7, 11.3, 37.1, 113.0, 1130.0, 11300.0, 1.13e6)
SCALES = (1e2, 1e4, 1e-3)
SIZES = (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 33, 100, 1000, 10**4, 10**6)
EXPONENTS = (2.0, 0.5, 3.0, -1.0, 1 / 3)
"""Where a power is one of a negative base, and where it is none."""
MOST_CUTS, MOST_WATCHED, ROUNDS = 6, 60, 3
CLOSE = 1e-3


@dataclass(frozen=True)
class Probe:
    """A point with the values of all nodes there; ``ordinary`` unless it lies on a zero, a tie or a threshold."""

    point: Point
    values: Mapping[Expr, Array]
    ordinary: bool


class Exhausted(Exception):
    """All evaluations that may be spent are."""


def probes(roots: Sequence[Expr]) -> Iterator[Probe]:
    """The probes of these expressions, of each family in turn, as many as may be paid for."""
    yield from Prober(roots).run()


class Prober:
    def __init__(self, roots: Sequence[Expr]) -> None:
        self.roots = list(roots)
        self.known: Survey = survey(roots)
        self.left = min(MOST_PROBES, max(30, WORK // len(self.known.nodes)))
        self.rng = np.random.default_rng(17)
        self.search = Search(self.known.nodes, self.rng)
        self.moving = [node for node in self.known.nodes if node.op == "differential"]
        watched = [node for node in self.known.nodes if facts(node).bends or is_sum(node)]
        self.watched = watched[:MOST_WATCHED]
        numbers = [abs(float(n.data)) for n in self.known.nodes if n.op == "number" and abs(n.data) < 10**12]
        self.constants = list(dict.fromkeys(numbers))[:8]

    def run(self) -> Iterator[Probe]:
        waiting = [
            self.sized(),
            self.scaled(),
            self.flat(),
            self.powers(),
            self.whole(),
            *map(self.along, self.names()),
        ]
        try:
            while waiting:
                for family in list(waiting):
                    found = next(family, None)
                    if found is None:
                        waiting.remove(family)
                    else:
                        yield found
        except Exhausted:
            return

    def names(self) -> list[Expr]:
        return [node for node in self.known.variables if node.data[1] in FREE][:6]

    # values

    def drawn(self, style: int = 0, sizes: Mapping[str, int] | None = None, whole: bool = False) -> Point:
        """A random point; differentials are values of their own."""
        styles = INTEGERS if whole else STYLES
        sizes = sizes or draw_sizes(self.known, self.rng)
        known = replace(self.known, positive=self.known.rooted) if whole else self.known  # (-2)^2 has a value
        point = draw(known, styles[style % len(styles)], self.rng, sizes)
        if not whole:
            point = self.search.reached(point) or point
        moves = directions(point, [node.args[0] for node in self.moving], int(self.rng.integers(1 << 30)))
        return self.moved(point, {node: moves[node.args[0]] for node in self.moving})

    def moved(self, point: Point, arrays: Mapping[Expr, Array]) -> Point:
        return Point(point.sizes, {**point.arrays, **arrays}, point.functions, point.style)

    def found(self, point: Point) -> Mapping[Expr, Array] | None:
        self.left -= 1
        if self.left < 0:
            raise Exhausted
        try:
            return values(self.roots, point.arrays, point.sizes, point.functions)
        except np.linalg.LinAlgError:
            return None

    def probe(self, point: Point, ordinary: bool) -> Iterator[Probe]:
        found = self.found(point)
        if found is not None:
            yield Probe(point, found, ordinary)

    # families

    def sized(self) -> Iterator[Probe]:
        """Sizes of 1, and each size in turn up to large ones."""
        names = self.known.sizes
        told = [int(c) + k for c in self.constants for k in (0, 1, -1) if c >= 1]
        beyond = size_degree(self.roots) + 1
        sizes = [dict.fromkeys(names, 1)] if names else []
        for value in dict.fromkeys((*SIZES[:4], *told, beyond, *SIZES[4:])):
            sizes += [{**draw_sizes(self.known, self.rng), name: value} for name in names[:4]]
        for number, chosen in enumerate(sizes):
            if min(chosen.values()) >= 1 and self.entries(chosen) <= MOST_ENTRIES:
                yield from self.probe(self.drawn(number % 3, chosen), True)

    def entries(self, sizes: Mapping[str, int]) -> int:
        """Of all values, and of the systems that are solved for some of them."""
        found = [(node, node.rows.value(sizes) * node.cols.value(sizes)) for node in self.known.nodes]
        return sum(
            count**2 if node.op in SYSTEMS else SLOW * count if facts(node).slow else count for node, count in found
        )

    def scaled(self) -> Iterator[Probe]:
        """Random points made larger and smaller."""
        for style in range(2):
            for scale in SCALES:
                yield from self.probe(self.at(self.drawn(style), self.free(), scale), True)
        for style in range(6):
            point = self.drawn(style, whole=True)
            yield from self.probe(point, False)
            yield from self.probe(self.at(point, self.free(), 0.5), False)

    def flat(self) -> Iterator[Probe]:
        """All entries the same number: 0, 1, those that the expressions hold, and those beside them."""
        beside = [sign * (c + k) for c in self.constants for k in (0, 1, -1) for sign in (1, -1)]
        for value in dict.fromkeys((0.0, 1.0, -1.0, 2.0, -2.0, *beside)):
            point = self.drawn()
            yield from self.probe(self.moved(point, {n: self.filled(n, point, value) for n in self.free()}), False)

    def powers(self) -> Iterator[Probe]:
        """Exponents that are whole and exponents that are fractions, beside bases of both signs."""
        exponents = [node.args[1] for node in self.known.nodes if node.op in ("pow", "pow_each")]
        names = [node for node in topo(*exponents) if node in set(self.free())]
        for number in range(4 * len(EXPONENTS) if names else 0):
            point, chosen = self.drawn(whole=True), self.rng.permutation(EXPONENTS)
            if number % 2:
                chosen = self.rng.permutation(EXPONENTS[:2])
            told = {node: self.filled(node, point, chosen[k % len(chosen)]) for k, node in enumerate(names)}
            yield from self.probe(self.moved(point, told), False)

    def free(self) -> list[Expr]:
        return [node for node in self.known.variables if node.data[1] in FREE]

    @staticmethod
    def filled(node: Expr, point: Point, value: float) -> Array:
        full = np.full_like(point.arrays[node], value)
        return np.asarray(NEAREST.get(node.data[1], np.asarray)(full))

    def at(self, point: Point, names: Iterable[Expr], t: float) -> Point:
        return self.moved(point, {node: t * point.arrays[node] for node in names})

    def whole(self) -> Iterator[Probe]:
        """All names at once, along a random line through 0."""
        for style in (0, 1):
            base = self.drawn(style)
            yield from self.cut(lambda t, base=base: self.at(base, self.free(), t))  # type: ignore[misc]

    def along(self, name: Expr) -> Iterator[Probe]:
        """One name alone; a scalar takes round numbers where a threshold is one."""
        for style in (0, 1):
            base = self.drawn(style)
            if name.is_scalar:
                base = self.moved(base, {name: np.ones((1, 1))})
            yield from self.cut(lambda t, base=base: self.at(base, [name], t))  # type: ignore[misc]

    # lines

    def cut(self, at: Callable[[float], Point]) -> Iterator[Probe]:
        """The probes of one line: its cuts, what lies close to them, and its pieces."""
        seen: dict[float, Array] = {}
        cuts: set[float] = set()

        def signs(t: float) -> Array:
            if t not in seen:
                found = self.found(at(t))
                seen[t] = (
                    np.concatenate(
                        [
                            side(n, found)[:3, :3].ravel() if not is_sum(n) else found[n][:3, :3].ravel()
                            for n in self.watched
                        ]
                    )
                    if found is not None and self.watched
                    else np.zeros(0)
                )
            return seen[t]

        ends = [0.0, *(sign * t for t in FAR for sign in (1, -1))]
        for t in ends:
            found = self.found(at(t))
            if found is not None:
                yield Probe(at(t), found, t != 0)
        if not self.watched:
            return
        for _ in range(ROUNDS):
            new: set[float] = set()
            for low, high in pairwise(sorted({*ends, *cuts})):
                new |= set(self.roots_between(signs, low, high))
            new -= cuts
            for t in sorted(new, key=abs):
                near = CLOSE * max(1.0, abs(t))
                for where, ordinary in ((t, False), (t + near, True), (t - near, True), (t + 1, True), (t - 1, True)):
                    yield from self.probe(at(where), ordinary)
            cuts |= new
            for low, high in pairwise(sorted({*ends, *cuts})):
                if low in new or high in new:
                    yield from self.probe(at((low + high) / 2), True)
            if not new or len(cuts) > MOST_CUTS:
                return

    @staticmethod
    def roots_between(signs: Callable[[float], Array], low: float, high: float) -> Iterator[float]:
        """Where something that is watched changes its sign between two places of a line."""
        one, two = signs(low), signs(high)
        if one.size != two.size:
            return
        with np.errstate(all="ignore"):
            changes = np.flatnonzero(np.sign(one) * np.sign(two) < 0)
        done: list[float] = []
        for k in changes[:MOST_CUTS]:
            if any(signs(t).size and signs(t)[k] == 0 for t in done):
                continue
            found = root(lambda t, k=k: float(signs(t)[k]) if signs(t).size else np.nan, low, high)  # type: ignore[misc]
            done.append(found)
            yield found


def root(g: Callable[[float], float], low: float, high: float) -> float:
    """A root of g between two places of different sign (Illinois), a round number where one is."""
    at_low, at_high = g(low), g(high)
    t = low
    for step in range(40):
        t = (low * at_high - high * at_low) / (at_high - at_low) if step % 3 < 2 else (low + high) / 2
        value = g(t)
        if value == 0 or not np.isfinite(value) or not low < t < high:
            break
        if (value > 0) == (at_high > 0):
            high, at_high = t, value
        else:
            low, at_low = t, value
        if high - low < 1e-14 * max(abs(low), abs(high)):
            break
    rounder = (round(t, digits) for digits in range(6))
    return next((r for r in rounder if abs(r - t) < 1e-9 * max(1.0, abs(t)) and g(r) == 0), t)


def size_degree(roots: Sequence[Expr]) -> int:
    """The degree of a polynomial in the sizes."""
    degrees: dict[Expr, int] = {}
    for node in topo(*roots):
        below = [degrees[arg] for arg in node.args]
        match node.op:
            case "dim":
                degrees[node] = sum(power for _, power in node.data.powers)
            case op if op in BILINEAR:
                degrees[node] = sum(below)
            case _ if (exponent := exponent_of(node)) is not None:
                degrees[node] = below[0] * max(0, int(exponent))
            case _:
                degrees[node] = max(below, default=0)
        degrees[node] = min(degrees[node], 200)
    return max(degrees[root] for root in roots)
