"""Derivatives by central differences of values, at random points: the oracle that knows no calculus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matdiff.evaluate import Array, values
from matdiff.expr import Expr, names, topo
from matdiff.operators import ROWS

FUNCTIONS = {
    "sigma": (np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)),
    "tau": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda x: 2 * np.tanh(x) ** 3 - 2 * np.tanh(x)),
    "f": (np.exp, np.exp, np.exp, np.exp),
}
"""Values for unknown functions, each with its derivatives."""

_STRUCTURES: dict[str, Callable[[Array], Array]] = {
    "by the free entries": lambda g: g + g.T - np.diag(np.diag(g)),
    "in the space of symmetric matrices": lambda g: (g + g.T) / 2,
    "in the space of diagonal matrices": lambda g: np.diag(np.diag(g)),
}
"""What the gradient by independent entries becomes where a move keeps the structure."""

SLOPE = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
"""Offsets and weights of the central difference of fourth order."""


@dataclass
class Point:
    """Values for the variables of expressions, and the sizes they have."""

    known: dict[Expr, Array]
    sizes: dict[str, int]

    def value(self, e: Expr, moved: Mapping[Expr, Array] | None = None) -> Array:
        return values([e], {**self.known, **(moved or {})}, self.sizes, FUNCTIONS)[e]


def points(roots: Iterable[Expr], seed: int = 0, count: int = 40) -> Iterator[Point]:
    """Random points where expressions may live: any reals, then positive numbers below 1.

    Sizes are pairwise different and ascend with their names; symmetric matrices are positive definite
    every second time.
    """
    roots = list(roots)
    variables = list(dict.fromkeys(v for root in roots for v in names(root).values()))
    asked = [(node, ROWS[node.op].domain) for node in topo(*roots) if node.op in ROWS]
    whole = [v for node, domain in asked if "whole" in domain for v in names(node.args[-1]).values()]
    definite = {node.args[0] for node, domain in asked if "definite" in domain}
    sizes_of = (size for e in topo(*roots) for size in (*e.shape, *([e.data] if e.op == "dim" else [])))
    dims = sorted({name for size in sizes_of for name in size.names}, key=_natural)
    for attempt in range(count):
        rng = np.random.default_rng([seed, attempt])
        lowest = 2 if len(dims) > 2 else int(rng.integers(2, 4))
        sizes = {name: lowest + number for number, name in enumerate(dims)}
        known = {v: draw(v, sizes, rng, attempt % 2 == 1) for v in variables}
        known |= {v: np.full((1, 1), 3.0) for v in whole}
        known |= {v: x + 4 * np.eye(len(x)) for v, x in known.items() if v in definite}
        yield Point(known, sizes)


def _natural(name: str) -> tuple[str, int]:
    letters, digits = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
    return letters, int(digits or 0)


def draw(variable: Expr, sizes: Mapping[str, int], rng: np.random.Generator, positive: bool) -> Array:
    """A random value of a variable, of its kind."""
    rows, cols = (size.value(sizes) for size in variable.shape)
    x = rng.uniform(0.2, 0.9, (rows, cols)) if positive else rng.normal(size=(rows, cols)) * 0.8
    return of_kind(variable.data[1] if variable.op == "variable" else "", x, rng, positive)


def of_kind(kind: str, x: Array, rng: np.random.Generator, definite: bool) -> Array:
    """A matrix of a kind, made of any numbers."""
    match kind:
        case "symmetric":
            return x @ x.T + np.eye(len(x)) if definite else (x + x.T) / 2
        case "diagonal":
            return np.diag(np.diag(x))
        case "lower":
            return np.tril(x)
        case "upper":
            return np.triu(x)
        case "skew":
            return (x - x.T) / 2
        case "orthogonal":
            return np.linalg.qr(x)[0]
        case "onehot" | "labels":
            return np.eye(x.shape[1])[rng.integers(x.shape[1], size=len(x))]
        case _:
            return x


def jacobian(f: Callable[[Array], Array], x: Array, step: float) -> Array:
    """d vec f(X) / d vec X, column by column."""
    columns = []
    for j in range(x.shape[1]):
        for i in range(x.shape[0]):
            direction = np.zeros(x.shape)
            direction[i, j] = step
            slope = sum(weight * f(x + offset * direction) for offset, weight in SLOPE) / step
            columns.append(slope.reshape(-1, order="F"))
    return np.stack(columns, axis=1)


def second(f: Callable[[Array, Array], Array], u: Array, v: Array, step: float) -> float:
    """d² f(s u, t v) / ds dt at 0."""
    total = sum(a * b * f(i * step * u, j * step * v)[0, 0] for i, a in SLOPE for j, b in SLOPE)
    return float(total) / step**2


def close(a: Array, b: Array, tolerance: float) -> bool:
    return a.shape == b.shape and bool(
        np.all(np.isfinite(a)) and np.all(np.isfinite(b)) and np.max(abs(a - b)) <= tolerance * (1 + np.max(abs(b)))
    )


def smooth_point(
    measure: Callable[[Point, float], Array],
    roots: Iterable[Expr],
    seed: int,
    steps: tuple[float, ...],
    tolerance: float,
) -> tuple[Point, Array]:
    """A point where differences of two step lengths agree, and what they say there."""
    for point in points(roots, seed):
        with np.errstate(all="ignore"):
            try:
                found = [measure(point, step) for step in steps]
            except np.linalg.LinAlgError:
                continue
        for coarse, fine in pairwise(found):
            if close(coarse, fine, tolerance) and np.max(abs(fine), initial=0) < 1e5:
                return point, fine
    raise AssertionError("no smooth point was found")


@dataclass
class Difference:
    """A point, and what the derivative is there by differences; `agrees` compares a value with it."""

    point: Point
    found: Array
    tolerance: float
    directions: list[tuple[Array, Array]] | None = None

    def agrees(self, value: Array) -> bool:
        if self.directions is None:
            return close(value, self.found, self.tolerance)
        u, v = self.directions[0]
        if value.shape != (u.size, v.size):
            return False
        flat = [(u.reshape(-1, order="F"), v.reshape(-1, order="F")) for u, v in self.directions]
        return close(np.array([u @ value @ v for u, v in flat]), self.found, self.tolerance)


def difference(objective: Expr, wrt: list[Expr], kind: str, seed: int, also: Iterable[Expr]) -> Difference:
    """The gradient (of whatever structure), Jacobian or Hessian of an expression by central differences."""
    roots = [objective, *wrt, *also]
    if kind == "hessian":
        return _hessian(objective, wrt, roots, seed)

    def measure(point: Point, step: float) -> Array:
        (x,) = wrt
        start = point.value(x)
        j = jacobian(lambda moved: point.value(objective, {x: moved}), start, step)
        if objective.is_scalar:
            gradient = j.reshape(start.shape, order="F")
            return gradient.T if kind == "jacobian" else _STRUCTURES.get(kind, np.asarray)(gradient)
        return j if kind == "jacobian" else j.T

    return Difference(*smooth_point(measure, roots, seed, (2e-3, 1e-3), 1e-7), 1e-7)


def _hessian(objective: Expr, wrt: list[Expr], roots: list[Expr], seed: int) -> Difference:
    """u' H v for random directions u and v."""
    x, y = wrt[0], wrt[-1]

    def directions(point: Point) -> list[tuple[Array, Array]]:
        rng = np.random.default_rng(seed)
        return [(rng.normal(size=point.value(x).shape), rng.normal(size=point.value(y).shape)) for _ in range(6)]

    def measure(point: Point, step: float) -> Array:
        start, other = point.value(x), point.value(y)

        def f(dx: Array, dy: Array) -> Array:
            return point.value(objective, {x: start + dx + dy} if x is y else {x: start + dx, y: other + dy})

        return np.array([second(f, u, v, step) for u, v in directions(point)])

    point, found = smooth_point(measure, roots, seed, (8e-3, 4e-3, 1e-3, 5e-4), 1e-6)
    return Difference(point, found, 1e-6, directions(point))
