"""Derivatives by complex matrices, compared with differences along complex directions.

The derivative by ``conj(Z)`` is found as if Z and conj(Z) were two matrices (Wirtinger). For a real f the differential
is ``df = 2 Re tr(G' conj(dZ)) = 2 Re tr(G^H dZ)`` with G the gradient by conj(Z) (Brandwood 1983; Kreutz-Delgado 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from matdiff.array_functions import NEAREST
from matdiff.errors import UnsupportedError, VerificationError
from matdiff.evaluate import Array, Singular, values
from matdiff.expr import Expr, topo, variable
from matdiff.model import CONJUGATE, conjugate_name, has_complex
from matdiff.reader.conjugates import refuse_what_is_not_analytic

TRIES, ENOUGH, STEP, TOLERANCE = 12, 2, 1e-6, 1e-5

Rng = np.random.Generator


def check_complex(function: Expr, gradients: Mapping[Expr, Expr], shown: Iterable[Expr] = ()) -> None:
    """Raise `UnsupportedError` where the function is not real, `VerificationError` where a gradient is wrong."""
    if not function.is_scalar:
        raise UnsupportedError("of complex matrices a function is derived that is a real number")
    for node in (function, *gradients.values(), *shown):
        refuse_what_is_not_analytic(node)
    nodes = list(topo(function, *gradients.values()))
    names = sorted({name for node in nodes for size in node.shape for name in size.names})
    sizes = {name: 2 + at % 3 for at, name in enumerate(names)}
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(TRIES):
        found += compared(function, gradients, sizes, rng)
        if found == ENOUGH:
            return
    raise UnsupportedError("no complex matrices were found at which the function exists")


def compared(function: Expr, gradients: Mapping[Expr, Expr], sizes: Mapping[str, int], rng: Rng) -> bool:
    """Whether there are values at one random point, where the gradients are right."""
    point = drawn([function, *gradients.values()], sizes, rng)

    def value(at: Mapping[Expr, Array]) -> complex:
        return complex(values([function], at, sizes)[function][0, 0])

    try:
        now = value(point)
        at_point = values(list(gradients.values()), point, sizes)
    except Singular:
        return False
    if not np.isfinite(now):
        return False
    if abs(now.imag) > TOLERANCE * (1 + abs(now)):
        raise UnsupportedError("it is not real for all complex matrices: write re(…) for its real part")
    for by, gradient in gradients.items():
        direction = rng.standard_normal(point[by].shape)
        if by.data[1] == CONJUGATE:
            direction = direction + 1j * rng.standard_normal(point[by].shape)
        size = STEP * (1 + float(np.linalg.norm(point[by]))) / float(np.linalg.norm(direction))
        sides = [value(moved(point, by, sign * size * direction)).real for sign in (1, -1)]
        slope = (sides[0] - sides[1]) / (2 * size)
        terms = at_point[gradient] * direction
        told = 2 * np.sum(terms).real if by.data[1] == CONJUGATE else np.sum(terms)
        if abs(slope - told) > TOLERANCE * (float(np.sum(np.abs(terms))) + abs(now)):
            if any(node.op == "logdet" and has_complex(node) for node in topo(function)):
                raise UnsupportedError(
                    "logdet of complex matrices is known where they are Hermitian; for any other write re(log(det(Z)))"
                )
            raise VerificationError(f"the gradient by {by.data[0]} disagrees with differences along complex directions")
    return True


def moved(point: Mapping[Expr, Array], by: Expr, step: Array) -> dict[Expr, Array]:
    """The point with a name moved, and its conjugate with it."""
    there = {**point, by: point[by] + step}
    if by.data[1] == CONJUGATE:
        other = variable(conjugate_name(by.data[0]), by.shape, "complex")
        there[other] = there[by].conj()
    return there


def drawn(roots: list[Expr], sizes: Mapping[str, int], rng: Rng) -> dict[Expr, Array]:
    """Random arrays of each kind, those of a name and its conjugate conjugates."""
    point: dict[Expr, Array] = {}
    for node in topo(*roots):
        if node.op != "variable" or node in point:
            continue
        name, kind = node.data
        shape = (node.rows.value(sizes), node.cols.value(sizes))
        value: Array = rng.standard_normal(shape)
        if kind in ("complex", CONJUGATE):
            value = value + 1j * rng.standard_normal(shape)
            other = {"complex": CONJUGATE, CONJUGATE: "complex"}[kind]
            point[variable(conjugate_name(name), node.shape, other)] = value.conj()
        elif kind == "hermitian":
            value = value + 1j * rng.standard_normal(shape)
            value = value @ value.conj().T + np.eye(len(value))
        elif kind == "symmetric":
            value = value @ value.T + np.eye(len(value))
        elif kind in NEAREST:
            value = NEAREST[kind](value)
        elif kind in ("onehot", "labels"):
            value = np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        elif node.is_scalar:
            value = np.abs(value) + 0.5
        point[node] = value
    return point
