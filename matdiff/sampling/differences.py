"""Differentials at a point by central differences, by none of the rules of calculus: an independent check of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from matdiff.errors import UnsupportedError
from matdiff.evaluate import Array, Rounding, values
from matdiff.expr import Expr, topo
from matdiff.operators import facts
from matdiff.sampling.domain import room
from matdiff.sampling.draws import INTEGERS, Point, integers, within_structure

MAX_ORDER = 3
"""The deepest nesting of differentials that is evaluated."""

APART = 1e-10
"""Relative to the largest, singular values that are two."""

STEPS = (3e-4, 1e-5, 1e-6)


def directions(point: Point, variables: Iterable[Expr], seed: int = 0) -> dict[Expr, Array]:
    """A random differential for each of these variables; that of a symmetric one is symmetric.

    They are small integers where the point is, and short where the point is near to where the expressions end.
    """
    whole = point.style in {style.name for style in INTEGERS}
    rng = np.random.default_rng([seed, 1])
    found = {}
    for node in variables:
        shape = (node.rows.value(point.sizes), node.cols.value(point.sizes))
        value = integers(rng, shape) if whole else rng.standard_normal(shape)
        move = within_structure(node, value, 1 if whole else 2)
        found[node] = room(point, node, move) * move
    return found


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
        bending = [node for node in below if facts(node).breaks]
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
    if facts(node).spectral:
        return branch(at[node]) + meetings(node, at[node.args[0]])
    if facts(node).by_order:
        return bytes(np.argsort(at[node.args[0]], axis=None).astype(np.int64).tobytes())
    value = at[node.args[0]] - at[node.args[1]] if len(node.args) == 2 else at[node.args[0]]
    return bytes(np.sign(value).astype(np.int8).tobytes())


def branch(value: Array) -> bytes:
    """The signs of the largest entries of each column and of each row."""
    if not np.all(np.isfinite(value)):
        return b""
    picked = [np.take_along_axis(value, np.expand_dims(np.abs(value).argmax(axis), axis), axis) for axis in (0, 1)]
    return b"".join(bytes(np.sign(entries).astype(np.int8).tobytes()) for entries in picked)


def meetings(node: Expr, of: Array) -> bytes:
    """Which neighbours among the singular values, and 0, are apart."""
    if not np.all(np.isfinite(of)):
        return b""
    of = (of + of.T) / 2 if "symmetric" in facts(node).domain else of
    found = np.append(np.linalg.svd(of, compute_uv=False), 0.0)
    return bytes((-np.diff(found) > APART * found[0]).tobytes())
