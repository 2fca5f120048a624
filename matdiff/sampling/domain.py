"""Where expressions live: how far a value is from one that says something, and the way from there into the domain.

The conditions are those of the rows (``{X} > 0``), and what floating point asks for. A search moves the names under
the first value that is missing: along a line by Newton steps on what is lacking, or by a step of any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from matdiff.compose import is_power, is_sum
from matdiff.evaluate import Array, value_of
from matdiff.expr import Expr, topo
from matdiff.operators import facts
from matdiff.sampling.draws import FREE, Point, Rng, is_fractional, within_structure

LARGEST = 1e9
"""A point where some value is larger than this says little in floating point and is passed over."""

WORK, FEWEST = 12_000, 30
"""How many nodes a search evaluates for each point it finds, and how many times all of them at least."""

PATIENCE = 40
"""After so many moves to nothing better a search begins anew."""

_BOUNDS = re.compile(r"(?:(-?\d+) < )?(\|?)\{X\}\|?(?: ([<>]) (-?\d+))?(?:, .*)?")


@cache
def bounds(where: str) -> tuple[float, float]:
    """Between which numbers the condition of a row keeps its argument."""
    found = _BOUNDS.fullmatch(where)
    if found is None:
        return -np.inf, np.inf
    low, size, sign, limit = found.groups()
    least, most = float(low or -np.inf), np.inf
    if sign == ">":
        least = float(limit)
    elif sign == "<":
        most = float(limit)
        least = -most if size else least
    return least, most


def lack(node: Expr, found: Mapping[Expr, Array], smooth: bool = True) -> float:
    """How far a value is from one that says something: 0 where it does."""
    value, args = found[node], [found[arg] for arg in node.args]
    if value.dtype.kind == "c" or np.any(np.isnan(value)):
        return outside(node, args) or max(1.0, float(np.sum(np.isnan(value))))
    largest = float(np.max(np.abs(value), initial=0))
    if largest > LARGEST:
        return float(np.log(largest / LARGEST))
    entry = facts(node)
    if entry.condition:
        condition = np.linalg.cond(args[0]) if node.is_scalar else np.linalg.norm(value) * np.linalg.norm(args[0])
        return max(0.0, float(np.log(condition / entry.condition)))
    if "definite" in entry.domain:
        return indefinite(node, found)
    if "nonzero" in entry.domain and smooth:
        return max(0.0, 1e-6 - float(np.min(np.abs(value))))
    if is_power(node) and np.any(args[1] < 0):
        return max(0.0, nearly_zero(node.args[0], found) - float(np.min(np.abs(args[0]))))
    return 0.0


def indefinite(node: Expr, found: Mapping[Expr, Array]) -> float:
    """How far the argument of a function of positive definite matrices is from being one."""
    if "definite" not in facts(node).domain:
        return 0.0
    x = found[node.args[0]]
    spectrum = np.linalg.eigvalsh((x + x.T) / 2) if np.all(np.isfinite(x)) else np.array([np.nan])
    return max(0.0, float(LEAST_DEFINITE * np.max(np.abs(spectrum)) - spectrum[0]))


LEAST_DEFINITE = 1e-4
"""The least eigenvalue of what is called definite, as a part of the largest."""


def outside(node: Expr, args: Sequence[Array]) -> float:
    """By how much the argument of a function is outside of where the function lives."""
    if not args:
        return 0.0
    if is_power(node):
        low, high = (0.0, np.inf) if is_fractional(node.args[1]) else (-np.inf, np.inf)
    else:
        low, high = bounds(facts(node).where)
    return float(np.sum(np.maximum(low - args[0], 0)) + np.sum(np.maximum(args[0] - high, 0)))


def nearly_zero(node: Expr, found: Mapping[Expr, Array]) -> float:
    """Numbers below this are zero as far as the digits of a value, or of the sum it is, show."""
    terms = node.args if is_sum(node) else (node,)
    return 1e-5 * min(1.0, max(float(np.max(np.abs(found[term]), initial=0)) for term in terms))


def first_lack(
    nodes: Iterable[Expr], point: Point, found: dict[Expr, Array], smooth: bool = True
) -> tuple[Expr | None, float]:
    """The first of these nodes, arguments first, whose value says nothing, and how far off it is.

    The values are put into ``found``, which begins as those that are known.
    """
    with np.errstate(all="ignore"):
        for node in nodes:
            if node not in found:
                try:
                    found[node] = value_of(node, [found[arg] for arg in node.args], point.sizes, point.functions)
                except np.linalg.LinAlgError:
                    return node, indefinite(node, found) or np.inf
            missing = lack(node, found, smooth)
            if missing:
                return node, missing
    return None, 0.0


def good_values(nodes: Sequence[Expr], point: Point, rng: Rng, smooth: bool = True) -> dict[Expr, Array] | None:
    """The values of these nodes, arguments first; None where one is not finite, huge, or next to a singularity."""
    found = {**point.arrays, **any_moves(topo(*nodes), point, rng)}
    missing, _ = first_lack(nodes, point, found, smooth)
    return None if missing else found


def any_moves(nodes: Iterable[Expr], point: Point, rng: Rng) -> dict[Expr, Array]:
    """Values for the differentials among the nodes."""
    moves = [node for node in nodes if node.op == "differential"]
    return {n: rng.standard_normal((n.rows.value(point.sizes), n.cols.value(point.sizes))) for n in moves}


MOST_SOLVED = 20
"""Steps of a search where each of them solves equations."""


FEW = 20
"""So many slow entries take as long as all else at a point."""


class Search:
    """A random walk into the domain of some expressions: each move brings the first value that is missing closer."""

    def __init__(self, nodes: Sequence[Expr], rng: Rng, smooth: bool = True) -> None:
        self.nodes, self.rng, self.smooth = nodes, rng, smooth
        self.moves = [node for node in topo(*nodes) if node.op == "differential"]
        self.order = {node: number for number, node in enumerate(nodes)}
        self.slow = [node for node in nodes if facts(node).slow]
        costly = any(node.op == "implicit" for node in nodes)
        self.budget = self.left = MOST_SOLVED if costly else max(FEWEST, WORK // max(1, len(nodes)))
        self.missing: Expr | None = None
        """What had no value where the last walk ended."""

    def measured(self, point: Point) -> tuple[int, float, Point]:
        """How many nodes have a value, what the next lacks (below 0), and the point with the values."""
        self.left -= 1 + sum(node.rows.value(point.sizes) * node.cols.value(point.sizes) for node in self.slow) // FEW
        found = {**point.arrays, **any_moves(self.moves, point, self.rng)}
        self.missing, lacking = first_lack(self.nodes, point, found, self.smooth)
        have = len(self.nodes) if self.missing is None else self.order[self.missing]
        return have, -lacking, replace(point, values=found, sought=True)

    def reached(self, start: Point) -> Point | None:
        """A point of the domain that is found from this one, while there is work left to be done."""
        if self.left <= 0:
            return None
        at = self.measured(start)
        missing, patience = self.missing, PATIENCE
        while missing is not None and patience and self.left > 0:
            better = self.moved(at, missing)
            patience = PATIENCE if better else patience - 1
            if better:
                at, missing = better, self.missing
        self.missing = missing
        if missing is not None:
            return None
        self.left = self.budget
        return at[2]

    def moved(self, at: tuple[int, float, Point], missing: Expr) -> tuple[int, float, Point] | None:
        """One move, where it leads to something better."""
        have, lacking, point = at
        names = free_below(missing)
        if not names:
            return None
        chosen = names if self.rng.random() < 0.5 else [names[self.rng.integers(len(names))]]
        way = {name: self.way(name, point.arrays) for name in chosen}
        for length in self.lengths(at, way):
            found = self.measured(along(point, way, length))
            if found[:2] > (have, lacking):
                return found
        return None

    def way(self, name: Expr, arrays: Mapping[Expr, Array]) -> Array:
        """A direction for a name: from 0 or another name, the same number everywhere, or any."""
        value = arrays[name]
        match self.rng.integers(5):
            case 0:
                return value
            case 1 if value.shape[0] == value.shape[1]:
                return np.eye(len(value))
            case 2:
                others = [array for other, array in arrays.items() if array.shape == value.shape and other is not name]
                other = others[self.rng.integers(len(others))] if others else 0.0
                return within_structure(name, value - other)
            case 3:
                return within_structure(name, self.rng.standard_normal(value.shape))
            case _:
                return within_structure(name, np.ones(value.shape))

    def lengths(self, at: tuple[int, float, Point], way: Mapping[Expr, Array]) -> Iterable[float]:
        """Steps of any size; or a Newton step, with a little more that grows less."""
        have, lacking, point = at
        near = 1e-6 * (1 + max(float(np.max(np.abs(point.arrays[name]))) for name in way))
        there = self.measured(along(point, way, near))
        slope = (there[1] - lacking) / near if there[0] == have else 0.0
        if slope and np.isfinite(slope):
            yield from (-lacking / slope * (1 + self.rng.random() * 2 * 10.0**-k) for k in (0, 2, 4, 6))
        yield float(self.rng.choice((-1, 1)) * 10 ** self.rng.uniform(-6, 7))


def free_below(node: Expr) -> list[Expr]:
    """The names below a node whose values may be any."""
    return [name for name in topo(node) if name.op == "variable" and name.data[1] in FREE]


def along(point: Point, way: Mapping[Expr, Array], length: float) -> Point:
    return replace(point, arrays={**point.arrays, **{name: point.arrays[name] + length * d for name, d in way.items()}})


def room(point: Point, node: Expr, direction: Array) -> float:
    """By how much a direction may be stretched so that small steps along it, to and fro, stay in the domain.

    1 at a point that was drawn: what is drawn lives all around.
    """
    if not point.sought:
        return 1.0
    moves = {n: v for n, v in point.values.items() if n.op == "differential"}
    nodes = [n for n in point.values if n not in moves]
    here = point.arrays[node] if node in point.arrays else point.values[node]
    size = float(10 ** np.ceil(np.log10(max(float(np.max(np.abs(here))), 1e-12))))
    for _ in range(20):
        ends = (here + sign * 0.01 * size * direction for sign in (1, -1))
        if not any(first_lack(nodes, point, {**point.arrays, **moves, node: end})[0] for end in ends):
            break
        size /= 10
    return size
