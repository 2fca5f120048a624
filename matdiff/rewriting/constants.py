"""Values that are exact: functions of numbers, operators over 1×1, zeros and ones."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from matdiff import expr as E
from matdiff.compose import is_transpose, joined, scale, split, transposed
from matdiff.expr import Expr
from matdiff.operators import ROWS
from matdiff.rewriting.known import Known
from matdiff.sizes import ONE

_SCALAR_IDENTITIES = frozenset(name for name, entry in ROWS.items() if entry.same_of_scalar)
_LINEAR = frozenset(name for name, entry in ROWS.items() if entry.is_linear and len(entry.arguments) == 1)
_AT_NUMBERS = {(name, x): E.number(y) for name, entry in ROWS.items() for x, y in entry.at}


def plain(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """An operator of its own: constants folded, else the first identity that applies."""
    new = node if tuple(parts) == node.args else E.Expr(node.op, tuple(parts), node.data, node.shape)
    return new if new is not node else fold_constants(node) or engine.by_table(node) or node


def zero(node: Expr) -> Expr:
    return E.number(0) if node.is_scalar else E.zeros(*node.shape)


def fold_constants(node: Expr) -> Expr | None:
    """Values of functions of numbers that are exact, and sizes 1×1."""
    if node.op in ("eye", "ones") and node.is_scalar:
        return E.number(1)
    if node.op == "zeros" and node.is_scalar:
        return E.number(0)
    if node.is_scalar and node.args and node.args[0].is_scalar and node.op in _SCALAR_IDENTITIES:
        return node.args[0]
    if node.op == "matrix_power" and is_transpose(node.args[0]):
        power = E.Expr("matrix_power", node.args[0].args, node.data, node.shape)
        return transposed(power)
    if not node.args:
        return None
    x = node.args[0]
    if len(node.args) == 1 and node.op in ROWS and ROWS[node.op].elementwise and split(x)[2] is not None:
        value, factors, matrix = split(x)
        if matrix is not None and matrix.op == "ones":  # f(a*ones) is f(a)*ones
            of = E.Expr(node.op, (joined(value, factors, None),), node.data, (ONE, ONE))
            return scale(of, matrix)
    if x.op == "zeros" and node.op in _LINEAR:
        return zero(node)
    if x.op != "number":
        return None
    return _AT_NUMBERS.get((node.op, x.data)) or (perfect_root(x.data) if node.op == "sqrt" else None)


def perfect_root(value: Fraction) -> Expr | None:
    if value < 0:
        return None
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    return E.number(Fraction(above, below)) if (above**2, below**2) == (value.numerator, value.denominator) else None
