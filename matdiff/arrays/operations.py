"""Expressions as operations on arrays: what people write for them, such as ``1 - h`` for ``ones(m, n) + (-1)*h``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from matdiff import expr as E
from matdiff.compose import exponent_of, is_product, is_scaled, is_transpose, multiple, spread, squared_norm
from matdiff.expr import Expr
from matdiff.operators import row
from matdiff.sizes import ONE

SIGNED = frozenset({"add", "sub", "scale", "had", "over", "negative", "pow", "pow_each", "maximum", "minimum"})
"""Forms that work entry by entry, and on numbers."""


@dataclass(frozen=True)
class Operation:
    """A form of the library and what it is applied to: expressions, and texts of numbers."""

    form: str
    args: tuple[Expr | str, ...]
    each: bool = False
    """Whether it works entry by entry, so that one row may stand for many."""

    @property
    def inner(self) -> Iterator[Expr]:
        return (arg for arg in self.args if isinstance(arg, Expr))


def operation(node: Expr) -> Operation | None:
    """What is written for a node with arguments, where that is not what the table of operators says."""
    found = PATTERNS[node.op](node) if node.op in PATTERNS else None
    if found is not None:
        return found
    if node.op in SIGNED or node.op in E.NAMES or not node.args:
        return Operation(node.op, node.args, True) if node.args else None
    return Operation(node.op, node.args, row(node).elementwise)


def factor(e: Expr) -> tuple[Fraction, Expr]:
    """An expression as a number times another."""
    if is_scaled(e) and e.args[0].op == "number":
        return Fraction(e.args[0].data), e.args[1]
    return Fraction(1), e


def added(node: Expr) -> Operation | None:
    left, right = node.args
    k, inner = factor(right)
    if k < 0:
        return Operation("sub", (left, multiple(-k, inner)), True)
    k, inner = factor(left)
    if k < 0:
        return Operation("sub", (right, multiple(-k, inner)), True)
    return None


def scaled(node: Expr) -> Operation | None:
    weight, e = node.args
    if e is E.number(1):
        return Operation("same", (weight,))
    if weight.op == "number":
        k = Fraction(weight.data)
        if k == -1:
            return Operation("negative", (e,), True)
        if k.denominator == 1:
            return Operation("scale", (str(k), e), True)
        top = multiple(Fraction(k.numerator), e)
        return Operation("over", (top, str(k.denominator)), True)
    k, inner = factor(weight)
    if exponent_of(inner) == -1:
        return Operation("over", (multiple(k, e), inner.args[0]), True)
    return None


def inverse_of(e: Expr) -> Expr | None:
    """What an expression is one over, entry by entry."""
    return e.args[0] if e.op in ("pow", "pow_each") and e.args[1] is E.number(-1) else None


def multiplied(node: Expr) -> Operation | None:
    left, right = node.args
    for one, other in ((left, right), (right, left)):
        below = inverse_of(other)
        if below is not None:
            return Operation("over", (one, below), True)
    return None


def powered(node: Expr) -> Operation | None:
    base, exponent = node.args
    if exponent.op != "number":
        return None
    k = Fraction(exponent.data)
    if (x := squared_norm(node)) is not None:
        return Operation("sum_squares", (x,))
    if k == Fraction(1, 2):
        return Operation("sqrt", (base,), True)
    if k < 0:
        above = base if k == -1 else Expr(node.op, (base, E.number(-k)), None, node.shape)
        return Operation("over", ("1", above), True)
    return Operation(node.op, (base, str(k) if k.denominator == 1 else f"({k.numerator} / {k.denominator})"), True)


def product(node: Expr) -> Operation | None:
    left, right = node.args
    if (line := spread(node)) is not None:
        return Operation("broadcast", (line,))
    if is_transpose(left) and left.args[0].op == "selection":
        return Operation("rows", (right,))
    if right.op == "selection":
        return Operation("columns", (left,))
    if left.op == "ones" and left.rows is ONE:
        return Operation("colsum", (right,))
    if right.op == "ones" and right.cols is ONE:
        return Operation("rowsum", (left,))
    return None


def traced(node: Expr) -> Operation | None:
    (inner,) = node.args
    if is_product(inner) and is_transpose(inner.args[0]):
        return Operation("inner", (inner.args[0].args[0], inner.args[1]))
    return None


PATTERNS = {
    "add": added,
    "scale": scaled,
    "had": multiplied,
    "pow": powered,
    "pow_each": powered,
    "mul": product,
    "tr": traced,
}
