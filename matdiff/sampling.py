"""Random points at which expressions are evaluated, and differentials there by central differences.

Sizes are drawn pairwise different, so that a wrong transpose shows. The differentials use none of
the rules of calculus: they are an independent check of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import cycle
from zlib import crc32

import numpy as np

from matdiff.errors import UnsupportedError
from matdiff.evaluate import Array, Rounding, value_of, values
from matdiff.expr import Expr, topo
from matdiff.sizes import Size

Rng = np.random.Generator
Functions = Mapping[str, tuple[Callable[[Array], Array], ...]]

LARGEST = 1e9
"""A point where some value is larger than this says little in floating point and is passed over."""

MAX_ENTRIES = 5 * 10**7
"""Larger arrays are not drawn."""

MOST_SIZES = 12
"""As many different sizes are drawn: with hundreds the arrays would have millions of entries."""

MAX_ORDER = 3
"""The deepest nesting of differentials that is evaluated."""

STEPS = (3e-4, 1e-5, 1e-6)
KINKS = frozenset(
    {"relu", "relu_at_zero_1", "abs", "sign", "norm1", "maximum", "minimum", "gt", "ge", "lt", "le", "eq"}
)
FREE = frozenset({"matrix", "scalar", "vector", "row", "symmetric", "diagonal"})
"""The kinds whose entries may be any numbers."""
_NONZERO = frozenset({"det", "norm2"})


@dataclass(frozen=True, eq=False)
class Point:
    """Sizes for the size names, arrays for the variables, functions for the unknown functions."""

    sizes: dict[str, int]
    arrays: dict[Expr, Array]
    functions: Functions = field(default_factory=dict)
    style: str = ""
    values: Mapping[Expr, Array] = field(default_factory=dict)
    """Of all expressions the point was made for."""

    def rounded(self, digits: int) -> Point:
        """With free values of so many digits behind the point."""
        free = {node for node in self.arrays if node.op == "differential" or node.data[1] in FREE}
        return replace(self, arrays={n: np.round(v, digits) if n in free else v for n, v in self.arrays.items()})


_WHOLE = frozenset({"dim", "add", "scale", "had", "mul", "definition"})

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


def _integers(rng: Rng, shape: tuple[int, int]) -> Array:
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
INTEGERS = (Style("integers", _integers), Style("naturals", _naturals))


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
    """Symmetric names whose inverse or log-determinant is taken."""


def survey(roots: Iterable[Expr]) -> Survey:
    nodes = tuple(topo(*roots))
    sizes: dict[str, None] = {}
    fixed: set[int] = set()
    orders: dict[str, int] = {}
    positive: set[Expr] = set()
    rooted: set[Expr] = set()
    logarithmic: set[Expr] = set()
    definite: set[Expr] = set()
    for node in nodes:
        told = node.data if isinstance(node.data, tuple) else (node.data,)
        for size in (*node.shape, *told):
            if isinstance(size, Size):
                sizes.update(dict.fromkeys(size.names))
                if not size.powers:
                    fixed.add(size.coefficient)
        if node.op == "apply":
            name, order = node.data
            orders[name] = max(order, orders.get(name, 0))
        if node.args:
            name_below = _bare(node.args[0])
            if node.op in ("log", "sqrt") or (node.op == "pow" and _is_fractional(node.args[1])):
                positive.add(name_below)
                if node.op != "pow" or node.args[1].op == "number":
                    rooted.add(name_below)
                if node.op == "log":
                    logarithmic.add(name_below)
            elif (
                node.op in ("inv", "logdet", "det")
                and name_below.op == "variable"
                and name_below.data[1] == "symmetric"
            ):
                definite.add(name_below)
    variables = tuple(node for node in nodes if node.op == "variable")
    drawn = (frozenset(names) for names in (positive, rooted, logarithmic, definite))
    return Survey(nodes, variables, tuple(sizes), frozenset(fixed), orders, *drawn)


def _bare(node: Expr) -> Expr:
    while node.op in ("transpose", "definition"):
        node = node.args[0]
    return node


def _is_fractional(exponent: Expr) -> bool:
    """Whether a power with this exponent needs a positive base: one that is not made of whole numbers and sizes."""
    return any(
        Fraction(node.data).denominator != 1 if node.op == "number" else node.op not in _WHOLE
        for node in topo(exponent)
    )


def points(
    roots: Iterable[Expr],
    count: int = 8,
    seed: int = 0,
    least: int = 2,
    styles: Sequence[Style] = STYLES,
    tries: int = 4,
    sizes: Mapping[str, int] | None = None,
    smooth: bool = True,
) -> Iterator[Point]:
    """Up to ``count`` points where all that stands below the roots is finite and well conditioned.

    ``least`` is the smallest size; ``sizes`` fixes them. Unless it is to be ``smooth`` there, norms and
    determinants may be 0. Fewer points, or none, are given where the expressions hardly live anywhere.
    """
    roots = list(roots)
    known = survey(roots)
    plain = [node for node in known.nodes if node.op != "differential"]
    rng = np.random.default_rng([seed, crc32(" ".join(known.sizes).encode())])
    alive = dict.fromkeys(styles, tries)
    found = 0
    while alive and found < count:
        for style in list(alive):
            point = draw(known, style, rng, sizes or draw_sizes(known, rng, least))
            good = good_values(plain, point, rng, smooth)
            if good is not None:
                alive[style] = tries
                found += 1
                yield replace(point, values=good)
                if found == count:
                    return
            else:
                alive[style] -= 1
                if not alive[style]:
                    del alive[style]


def draw_sizes(known: Survey, rng: Rng, least: int = 2) -> dict[str, int]:
    """Sizes as small as they can be, pairwise different (of very many names, those that stand together)."""
    count = min(len(known.sizes), MOST_SIZES)
    pool = [value for value in range(least, least + count + 8) if value not in known.fixed]
    chosen = rng.permutation(pool[: max(count, min(3, len(pool)))])
    return {name: int(value) for name, value in zip(known.sizes, cycle(chosen), strict=False)}


def draw(known: Survey, style: Style, rng: Rng, sizes: Mapping[str, int]) -> Point:
    """One random point of a style, good or not."""
    arrays = {node: _array(node, style, rng, sizes, known) for node in known.variables}
    functions = {name: _smooth(name, order, rng) for name, order in known.orders.items()}
    return Point(dict(sizes), arrays, functions, style.name)


def _array(node: Expr, style: Style, rng: Rng, sizes: Mapping[str, int], known: Survey) -> Array:
    shape = (node.rows.value(sizes), node.cols.value(sizes))
    if shape[0] * shape[1] > MAX_ENTRIES:
        raise UnsupportedError(
            f"{node.data[0]} is {node.rows}×{node.cols}, too large for random points: give its sizes names"
        )
    square = shape[0] == shape[1] > 1
    entries = (style.square if square and style.square else None) or style.entries
    if node in known.definite:
        entries = _definite
    elif node in known.positive:
        entries = style.entries if style.entries in (_unit, _large, _naturals) else _positive
    value = entries(rng, shape)
    match node.data[1]:
        case "symmetric":
            return (value + value.T) / (1 if style in INTEGERS else 2)
        case "diagonal":
            return np.diag(np.diag(value))
        case "orthogonal":
            return np.linalg.qr(rng.standard_normal(shape))[0]
        case "onehot" | "labels":
            return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        case _:
            return value


def _smooth(name: str, order: int, rng: Rng) -> tuple[Callable[[Array], Array], ...]:
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


def good_values(nodes: Sequence[Expr], point: Point, rng: Rng, smooth: bool = True) -> dict[Expr, Array] | None:
    """The values of these nodes, arguments first; None where one is not finite, huge, or next to a singularity."""
    found = dict(point.arrays)
    for node in topo(*nodes):
        if node.op == "differential":
            found[node] = rng.standard_normal((node.rows.value(point.sizes), node.cols.value(point.sizes)))
    with np.errstate(all="ignore"):
        for node in nodes:
            if node not in found:
                try:
                    found[node] = value_of(node, [found[arg] for arg in node.args], point.sizes, point.functions)
                except np.linalg.LinAlgError:
                    return None
            if not is_good(node, found, smooth):
                return None
    return found


def is_good(node: Expr, found: Mapping[Expr, Array], smooth: bool = True) -> bool:
    value = found[node]
    if value.dtype.kind == "c" or not np.max(np.abs(value), initial=0) <= LARGEST:  # NaN is not either
        return False
    if node.op in ("inv", "pinv"):
        return bool(np.linalg.norm(value) * np.linalg.norm(found[node.args[0]]) <= 1e4)
    if node.op == "logdet":
        return bool(np.linalg.cond(found[node.args[0]]) <= 1e8)
    if node.op in _NONZERO and smooth:
        return bool(np.min(np.abs(value)) >= 1e-6)
    if node.op == "pow" and np.any(found[node.args[1]] < 0):
        return bool(np.min(np.abs(found[node.args[0]])) >= 1e-4)
    return True


# Differentials


def directions(point: Point, variables: Iterable[Expr], seed: int = 0) -> dict[Expr, Array]:
    """A random differential for each of these variables; that of a symmetric one is symmetric.

    They are small integers where the point is.
    """
    whole = point.style in {style.name for style in INTEGERS}
    rng = np.random.default_rng([seed, 1])
    found = {}
    for node in variables:
        shape = (node.rows.value(point.sizes), node.cols.value(point.sizes))
        value = _integers(rng, shape) if whole else rng.standard_normal(shape)
        found[node] = within_structure(node, value, 1 if whole else 2)
    return found


def within_structure(node: Expr, direction: Array, divisor: int = 2) -> Array:
    """The part of a direction that keeps a symmetric variable symmetric and a diagonal one diagonal."""
    match node.data[1] if node.op == "variable" else "":
        case "symmetric":
            return (direction + direction.T) / divisor
        case "diagonal":
            return np.diag(np.diag(direction))
        case _:
            return direction


def evaluate_with_differentials(
    roots: Iterable[Expr],
    point: Point,
    directions: Mapping[Expr, Array],
    rounding: Rounding | None = None,
    steps: Sequence[float] = STEPS,
) -> dict[Expr, Array]:
    """The values of all nodes below the roots, where d varies exactly the variables and names with a direction.

    A differential whose body bends too close to the point (a kink) comes out as NaN. Of the steps
    of the differences the first is taken that meets no kink.
    """
    roots = list(roots)
    known = dict(point.arrays)
    names = [node for node in directions if node not in known]
    if names:  # definitions that vary on their own, from the values they have
        found = values(names, known, point.sizes, point.functions, rounding)
        known.update((node, found[node]) for node in names)
    levels = _levels(roots, directions)
    for node in levels.pop(0, ()):
        shape = (node.rows.value(point.sizes), node.cols.value(point.sizes))
        known[node] = directions.get(node.args[0], np.zeros(shape))
    if levels:
        for step in steps:
            if _differences(levels, known, point, directions, step, rounding):
                break
    return values(roots, known, point.sizes, point.functions, rounding)


def _levels(roots: Sequence[Expr], directions: Mapping[Expr, Array]) -> dict[int, list[Expr]]:
    """The differentials by how many differentials they hold, themselves counted; one with a direction is 0."""
    depth: dict[Expr, int] = {}
    levels: dict[int, list[Expr]] = {}
    for node in topo(*roots):
        depth[node] = max((depth[arg] for arg in node.args), default=0)
        if node.op == "differential":
            given = node.args[0].op == "variable" or node.args[0] in directions
            depth[node] = 0 if given else depth[node] + 1
            levels.setdefault(depth[node], []).append(node)
    if depth and max(depth.values()) > MAX_ORDER:
        raise UnsupportedError(f"differentials nested more than {MAX_ORDER} deep are not evaluated")
    return levels


def _differences(
    levels: Mapping[int, list[Expr]],
    known: dict[Expr, Array],
    point: Point,
    directions: Mapping[Expr, Array],
    step: float,
    rounding: Rounding | None,
) -> bool:
    """Put the differentials into ``known`` by fourth-order differences along the directions.

    False where a kink lies among the points of the stencil.
    """
    reach = 2 * len(levels)
    along: dict[int, dict[Expr, Array]] = {}
    for k in range(-reach, reach + 1):
        shifted = dict(known)
        for node, direction in directions.items():
            if node in shifted:
                shifted[node] = shifted[node] + k * step * direction
        along[k] = shifted
    smooth = True
    for nodes in levels.values():
        bodies = [node.args[0] for node in nodes]
        below = topo(*bodies, inside=lambda node: () if node.op == "differential" or node in known else node.args)
        bending = [node for node in below if node.op in KINKS]
        found = {
            k: values(bodies, at, point.sizes, point.functions, rounding)
            for k, at in along.items()
            if abs(k) <= reach and (k or reach > 2)
        }
        smooth = smooth and all(len({side_of_kink(node, at) for at in found.values()}) == 1 for node in bending)
        reach -= 2
        for k in range(-reach, reach + 1):
            for node, body in zip(nodes, bodies, strict=True):
                one, two = (found[k + j][body] - found[k - j][body] for j in (1, 2))
                along[k][node] = (8 * one - two) / (12 * step) if smooth else np.full(one.shape, np.nan)
    for nodes in levels.values():
        known.update((node, along[0][node]) for node in nodes)
    return smooth


def side_of_kink(node: Expr, at: Mapping[Expr, Array]) -> bytes:
    """On which side of its kink each entry lies."""
    value = at[node.args[0]] - at[node.args[1]] if len(node.args) == 2 else at[node.args[0]]
    return bytes(np.sign(value).astype(np.int8).tobytes())
