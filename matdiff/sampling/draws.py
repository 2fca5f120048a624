"""What is drawn at random: sizes, arrays of a style, unknown functions, directions.

Sizes are drawn pairwise different, so that a wrong transpose shows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import cycle
from zlib import crc32

import numpy as np

from matdiff.array_functions import NEAREST
from matdiff.compose import is_power
from matdiff.errors import UnsupportedError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.operators import CHAINS, facts
from matdiff.sizes import ONE, Shape, Size

Rng = np.random.Generator
Functions = Mapping[str, tuple[Callable[[Array], Array], ...]]

MAX_ENTRIES = 5 * 10**7
"""Larger arrays are not drawn."""

MOST_SIZES = 12
"""As many different sizes are drawn: with hundreds the arrays would have millions of entries."""

FREE = frozenset({"matrix", "scalar", "vector", "row", "symmetric", "diagonal"})
"""The kinds whose entries may be any numbers."""


@dataclass(frozen=True, eq=False)
class Point:
    """Sizes for the size names, arrays for the variables, functions for the unknown functions."""

    sizes: dict[str, int]
    arrays: dict[Expr, Array]
    functions: Functions = field(default_factory=dict)
    style: str = ""
    values: Mapping[Expr, Array] = field(default_factory=dict)
    """Of all expressions the point was made for, arguments first."""
    sought: bool = False
    """It was not drawn but searched for: what is defined there may end close by."""

    def rounded(self, digits: int) -> Point:
        """With free values of so many digits behind the point."""
        free = {node for node in self.arrays if node.op == "differential" or node.data[1] in FREE}
        return replace(self, arrays={n: np.round(v, digits) if n in free else v for n, v in self.arrays.items()})


_WHOLE = CHAINS | {"dim", "scale", "definition"}

# How the entries are drawn. Each style serves another domain; square matrices may differ.


def _normal(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.standard_normal(shape)


def _small(rng: Rng, shape: tuple[int, int]) -> Array:
    return 0.3 * rng.standard_normal(shape)


def _positive(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.uniform(0.4, 1.8, shape)


def _unit(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.uniform(0.1, 0.9, shape)


def _large(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.uniform(1.1, 2.5, shape)


def integers(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.integers(-2, 3, shape).astype(float)


def _naturals(rng: Rng, shape: tuple[int, int]) -> Array:
    return rng.integers(1, 4, shape).astype(float)


def _definite(rng: Rng, shape: tuple[int, int]) -> Array:
    """Positive definite where square, and not symmetric (a symmetric kind makes it so)."""
    n = shape[0]
    if shape[0] != shape[1] or n == 1:
        return _positive(rng, shape)
    root = rng.standard_normal(shape) / np.sqrt(n)
    return np.asarray(root @ root.T + np.eye(n) + 0.2 * (root - root.T))


@dataclass(frozen=True)
class Style:
    name: str
    entries: Callable[[Rng, tuple[int, int]], Array]
    square: Callable[[Rng, tuple[int, int]], Array] | None = None


STYLES = (
    Style("normal", _normal),
    Style("positive", _positive),
    Style("definite", _normal, _definite),
    Style("unit", _unit),
    Style("positive definite", _positive, _definite),
    Style("small", _small),
    Style("large", _large),
)
INTEGERS = (Style("integers", integers), Style("naturals", _naturals))


@dataclass(frozen=True)
class Survey:
    """What has to be drawn for some expressions."""

    nodes: tuple[Expr, ...]
    variables: tuple[Expr, ...]
    sizes: tuple[str, ...]
    fixed: frozenset[int]
    orders: dict[str, int]
    """For each unknown function the highest derivative that occurs."""
    positive: frozenset[Expr]
    """Names under a logarithm, a root or an exponent that may be no whole number: drawn positive."""
    rooted: frozenset[Expr]
    """Those that have no value below 0: under a logarithm or a root."""
    logarithmic: frozenset[Expr]
    """Those that have none at 0 either."""
    definite: frozenset[Expr]
    """Names that are drawn positive definite: symmetric ones whose inverse or log-determinant is taken, and those whose
    function asks for it."""
    tall: tuple[Shape, ...]
    """Shapes with at least as many rows as columns."""
    fields: dict[str, tuple[Expr, Shape, Shape]]
    """Of each unknown function with a matrix for its value, its highest derivative, and the shapes of value and
    argument."""


def survey(roots: Iterable[Expr]) -> Survey:
    nodes = tuple(topo(*roots))
    sizes: dict[str, None] = {}
    fixed: set[int] = set()
    orders: dict[str, int] = {}
    positive: set[Expr] = set()
    rooted: set[Expr] = set()
    logarithmic: set[Expr] = set()
    definite: set[Expr] = set()
    tall: dict[Shape, None] = {}
    fields: dict[str, Expr] = {}
    bases: dict[str, tuple[Shape, Shape]] = {}
    for node in nodes:
        told = node.data if isinstance(node.data, tuple) else (node.data,)
        for size in (*node.shape, *told):
            if isinstance(size, Size):
                sizes.update(dict.fromkeys(size.names))
                if not size.powers:
                    fixed.add(size.coefficient)
        if node.op == "field":
            fields[node.data[0]] = max(node, fields.get(node.data[0], node), key=lambda e: int(e.data[1]))
            jacobian = node.data[1] and node.data[3] == "vector"
            base = ((node.rows, ONE) if jacobian else node.shape, node.args[0].shape)
            bases[node.data[0]] = bases.get(node.data[0], base) if node.data[1] else base
        if node.op == "apply":
            name, order = node.data
            orders[name] = max(order, orders.get(name, 0))
        if node.args:
            name_below = _bare(node.args[0])
            entry = facts(node)
            if "tall" in entry.domain:
                tall[node.args[0].shape] = None
            if node.op in ("log", "sqrt") or (is_power(node) and is_fractional(node.args[1])):
                positive.add(name_below)
                if not is_power(node) or node.args[1].op == "number":
                    rooted.add(name_below)
                if node.op == "log":
                    logarithmic.add(name_below)
            elif name_below.op == "variable" and (
                entry.domain & _DEFINITE or ("invertible" in entry.domain and name_below.data[1] == "symmetric")
            ):
                definite.add(name_below)
    variables = tuple(node for node in nodes if node.op == "variable")
    return Survey(
        nodes,
        variables,
        tuple(sizes),
        frozenset(fixed),
        orders,
        frozenset(positive),
        frozenset(rooted),
        frozenset(logarithmic),
        frozenset(definite),
        tuple(tall),
        {name: (node, *bases[name]) for name, node in fields.items()},
    )


_DEFINITE = frozenset({"definite", "positive"})


def _bare(node: Expr) -> Expr:
    while node.op in ("transpose", "definition"):
        node = node.args[0]
    return node


def is_fractional(exponent: Expr) -> bool:
    """Whether a power with this exponent needs a positive base: one that is not made of whole numbers and sizes."""
    return any(
        Fraction(node.data).denominator != 1 if node.op == "number" else node.op not in _WHOLE
        for node in topo(exponent)
    )


def draw_sizes(known: Survey, rng: Rng, least: int = 2) -> dict[str, int]:
    """Sizes as small as they can be, pairwise different (of very many names, those that stand together).

    Where no order of them makes tall what has to be, they are one.
    """
    count = min(len(known.sizes), MOST_SIZES)
    pool = [value for value in range(least, least + count + 8) if value not in known.fixed]
    pool = pool[: max(count, min(3, len(pool)))]
    for _ in range(TRIES_OF_SIZES):
        sizes = {name: int(value) for name, value in zip(known.sizes, cycle(rng.permutation(pool)), strict=False)}
        if all(rows.value(sizes) >= cols.value(sizes) for rows, cols in known.tall):
            return sizes
    return dict.fromkeys(known.sizes, max(pool))


TRIES_OF_SIZES = 40


def draw(known: Survey, style: Style, rng: Rng, sizes: Mapping[str, int]) -> Point:
    """One random point of a style, good or not."""
    arrays = {node: draw_array(node, style, rng, sizes, known.definite, known.positive) for node in known.variables}
    functions = {name: smooth(name, order, rng) for name, order in known.orders.items()}
    for name, (node, value, argument) in known.fields.items():
        shape = (value[0].value(sizes), value[1].value(sizes))
        functions[name] = _matrix_waves(node, shape, argument[0].value(sizes))
    return Point(dict(sizes), arrays, functions, style.name)


def _matrix_waves(node: Expr, value: tuple[int, int], argument: int) -> tuple[Callable[[Array], Array], ...]:
    """A smooth function with a matrix for its value, definite where that is square, and its derivatives."""
    name, most, kind, of = node.data
    fixed = np.random.default_rng(crc32(name.encode()))
    parts = fixed.uniform(-0.5, 0.5, (3, *value))
    parts = parts + parts.transpose((0, 2, 1)) if kind == "symmetric" else parts
    speeds, phases = fixed.uniform(0.5, 1.5, (3, argument)), fixed.uniform(0, 6, 3)
    offset = 3.0 * value[0] * np.eye(*value)

    def derivative(order: int) -> Callable[[Array], Array]:
        def found(x: Array) -> Array:
            waves = np.sin(speeds @ np.atleast_1d(x) + phases + order * np.pi / 2)
            if of == "vector" and order:
                columns = parts.transpose((0, 2, 1)).reshape(3, -1)
                return np.asarray(np.einsum("ki,k,kj->ij", columns, waves, speeds))
            weights = waves * speeds[:, 0] ** order
            return np.asarray(np.tensordot(weights, parts, 1) + (0 if order else offset))

        return found

    return tuple(derivative(order) for order in range(most + 1))


def draw_array(
    node: Expr,
    style: Style,
    rng: Rng,
    sizes: Mapping[str, int],
    definite: Container[Expr] = (),
    positive: Container[Expr] = (),
) -> Array:
    """A random value of one variable, with the structure of its kind."""
    shape = (node.rows.value(sizes), node.cols.value(sizes))
    if shape[0] * shape[1] > MAX_ENTRIES:
        raise UnsupportedError(
            f"{node.data[0]} is {node.rows}×{node.cols}, too large for random points: give its sizes names"
        )
    square = shape[0] == shape[1] > 1
    entries = (style.square if square and style.square else None) or style.entries
    if node in definite:
        entries = _definite
    elif node in positive:
        entries = style.entries if style.entries in (_unit, _large, _naturals) else _positive
    value = entries(rng, shape)
    match node.data[1]:
        case "symmetric":
            return (value + value.T) / (1 if style in INTEGERS else 2)
        case kind if kind in NEAREST:
            return np.asarray(NEAREST[kind](value))
        case "orthogonal":
            return np.linalg.qr(rng.standard_normal(shape))[0]
        case "onehot" | "labels":
            return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        case _:
            return value


def smooth(name: str, order: int, rng: Rng) -> tuple[Callable[[Array], Array], ...]:
    """A smooth function of no special form, and its derivatives; half of them are positive."""
    fixed = np.random.default_rng(crc32(name.encode()))
    weights, speeds, phases = fixed.uniform(0.3, 0.9, 3), fixed.uniform(0.5, 1.5, 3), fixed.uniform(0, 6, 3)
    offset = float(rng.integers(0, 2)) * 1.1 * float(weights.sum())

    def derivative(k: int) -> Callable[[Array], Array]:
        def value(x: Array) -> Array:
            waves = np.sin(np.multiply.outer(x, speeds) + phases + k * np.pi / 2)
            return np.asarray(waves @ (weights * speeds**k)) + (offset if k == 0 else 0)

        return value

    return tuple(derivative(k) for k in range(order + 1))


def within_structure(node: Expr, direction: Array, divisor: int = 2) -> Array:
    """The part of a direction that keeps a variable in the space it is declared to lie in."""
    match node.data[1] if node.op == "variable" else "":
        case "symmetric":
            return (direction + direction.T) / divisor
        case kind if kind in NEAREST:
            return np.asarray(NEAREST[kind](direction))
        case _:
            return direction
