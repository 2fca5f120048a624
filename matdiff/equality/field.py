"""Values over a prime field: where two rational expressions differ there, they differ, without any rounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from matdiff.compose import exponent_of, is_inverse
from matdiff.evaluate import Array, node_value
from matdiff.expr import Expr, topo
from matdiff.operators.kernel import KERNEL

P = 2**26 - 5
"""A prime below 2^26: sums of a thousand products stay below 2^63."""

_CONSTANT = frozenset({"eye", "ones", "zeros", "commutation", "number", "dim"})
_RATIONAL = frozenset(
    {row.name for row in KERNEL} | _CONSTANT | {"variable", "definition", "inv", "det", "adj", "matrix_power"}
)
_KINDS = frozenset({"matrix", "scalar", "vector", "row", "symmetric", "diagonal"})


class Undefined(Exception):
    """An inverse of what has none, at this point."""


def is_rational(roots: Iterable[Expr]) -> bool:
    """Whether only sums, products, traces, inverses and determinants occur, over variables of any value."""
    for node in topo(*roots):
        exponent = exponent_of(node)
        if exponent is not None:
            if exponent.denominator != 1 or abs(exponent) > 64:
                return False
        elif node.op not in _RATIONAL or (node.op == "variable" and node.data[1] not in _KINDS):
            return False
    return True


def draw(node: Expr, sizes: Mapping[str, int], rng: np.random.Generator) -> Array:
    value = rng.integers(0, P, (node.rows.value(sizes), node.cols.value(sizes)))
    if node.data[1] == "symmetric":
        return np.tril(value) + np.tril(value, -1).T
    return np.diag(np.diag(value)) if node.data[1] == "diagonal" else value


def field_values(roots: Iterable[Expr], sizes: Mapping[str, int], rng: np.random.Generator) -> dict[Expr, Array]:
    """The values of all nodes at one random point; raises `Undefined` where an inverse does not exist."""
    found: dict[Expr, Array] = {}
    for node in topo(*roots):
        args = [found[arg] for arg in node.args]
        found[node] = _value(node, args, sizes, rng) % P
    return found


def _value(node: Expr, args: list[Array], sizes: Mapping[str, int], rng: np.random.Generator) -> Array:
    match node.op:
        case "variable":
            return draw(node, sizes, rng)
        case "number":
            return np.array([[node.data.numerator % P * inverse_of(node.data.denominator)]], dtype=np.int64)
        case "dim":
            return np.array([[node.data.value(sizes)]])
        case "definition":
            return args[0]
        case "inv" | "det" | "adj":
            det, inverse = eliminated(args[0])
            if node.op == "det":
                return np.array([[det]])
            if not det:
                raise Undefined
            return inverse if is_inverse(node) else det * inverse
        case "matrix_power":
            return _power(args[0], node.data, lambda a, b: a @ b)
        case "pow":
            k = int(node.args[1].data)
            base = args[0] if k >= 0 else np.vectorize(inverse_of, otypes=[np.int64])(args[0])
            return _power(base, abs(k), lambda a, b: a * b) if k else np.ones_like(base)
        case _:
            return (
                np.asarray(node_value(node, args, sizes))
                .astype(np.int64)
                .reshape(node.rows.value(sizes), node.cols.value(sizes))
            )


def _power(base: Array, k: int, times: object) -> Array:
    result = base
    for _ in range(k - 1):
        result = times(result, base) % P  # type: ignore[operator]
    return result


def inverse_of(value: int) -> int:
    if value % P == 0:
        raise Undefined
    return pow(int(value), -1, P)


def eliminated(matrix: Array) -> tuple[int, Array]:
    """The determinant and, where it is not 0, the inverse, by Gauss and Jordan."""
    n = len(matrix)
    work = np.concatenate([matrix % P, np.eye(n, dtype=np.int64)], axis=1)
    det = 1
    for k in range(n):
        pivot = next((row for row in range(k, n) if work[row, k]), None)
        if pivot is None:
            return 0, work[:, n:]
        if pivot != k:
            work[[k, pivot]] = work[[pivot, k]]
            det = -det
        det = det * int(work[k, k]) % P
        work[k] = work[k] * inverse_of(int(work[k, k])) % P
        others = work[:, k].copy()
        others[k] = 0
        work = (work - others[:, None] * work[k][None, :]) % P
    return det, work[:, n:]
