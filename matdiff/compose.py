"""Sums, products, powers and transposes put together and taken apart; sizes follow from what is put together.

Products are taken as a number times scalar factors times a matrix: the scalar factors stand together in front, numbers
first, numerators before denominators. Shared by what builds, rewrites, prints and lowers expressions.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction
from functools import reduce

from matdiff import expr as E
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.sizes import ONE

UNIT = Fraction(1)
REPEATED = 100
"""Operands that may come from shared parts: n definitions, each the product of the one above with itself, are 2^n."""

MAX_FACTORS = 50_000
"""A product that shares its parts may have exponentially many."""


def plus(left: Expr, right: Expr) -> Expr:
    return Expr("add", (left, right), None, left.shape)


def times(left: Expr, right: Expr) -> Expr:
    """The product of matrices."""
    return Expr("mul", (left, right), None, (left.rows, right.cols))


def times_each(left: Expr, right: Expr) -> Expr:
    return Expr("had", (left, right), None, left.shape)


def scale(a: Expr, x: Expr) -> Expr:
    return Expr("scale", (a, x), None, x.shape)


def total(terms: Iterable[Expr]) -> Expr:
    return reduce(plus, terms)


def product(factors: Iterable[Expr]) -> Expr:
    """The product of matrices, from the left."""
    return reduce(times, factors)


def product_each(factors: Iterable[Expr]) -> Expr:
    return reduce(times_each, factors)


def multiple(k: int | Fraction, e: Expr) -> Expr:
    return e if k == 1 else scale(E.number(k), e)


def power(base: Expr, exponent: int | Fraction) -> Expr:
    """The power of a scalar, or of each entry."""
    return base if exponent == 1 else Expr("pow", (base, E.number(exponent)), None, base.shape)


def transposed(e: Expr) -> Expr:
    return e if e.is_scalar else Expr("transpose", (e,), None, (e.cols, e.rows))


def untransposed(e: Expr) -> Expr:
    """What a transpose is of; all else as it is."""
    return e.args[0] if e.op == "transpose" else e


def trace(e: Expr) -> Expr:
    return e if e.is_scalar else Expr("tr", (e,), None, (ONE, ONE))


def sum_of_entries(e: Expr) -> Expr:
    return Expr("sum", (e,), None, (ONE, ONE))


def is_sum(e: Expr) -> bool:
    return e.op == "add"


def is_product(e: Expr) -> bool:
    """A product of matrices."""
    return e.op == "mul"


def is_product_each(e: Expr) -> bool:
    return e.op == "had"


def is_scaled(e: Expr) -> bool:
    """A scalar times something."""
    return e.op == "scale"


def is_transpose(e: Expr) -> bool:
    return e.op == "transpose"


def is_power(e: Expr) -> bool:
    """A power of a scalar, or of each entry."""
    return e.op == "pow"


def is_trace(e: Expr) -> bool:
    return e.op == "tr"


def is_sum_of_entries(e: Expr) -> bool:
    return e.op == "sum"


def is_inverse(e: Expr) -> bool:
    return e.op == "inv"


JOINED = {"add": plus, "mul": times, "had": times_each}
"""The associative operators, with what puts two operands together."""


def chain(op: str, operands: Iterable[Expr]) -> Expr:
    return reduce(JOINED[op], operands)


def terms_of(e: Expr) -> list[Expr]:
    return spine(e, "add")


def scaled(factors: Iterable[Expr]) -> Expr:
    """The product of scalars and what they scale, from the left."""
    return reduce(scale, factors)


def factors_of(e: Expr) -> list[Expr]:
    """The factors of a product of matrices."""
    return spine(e, "mul")


def factors_each(e: Expr) -> list[Expr]:
    return spine(e, "had")


def spine(node: Expr, op: str, wholes: Container[Expr] = ()) -> list[Expr]:
    """All operands of nested uses of an associative operator, from left to right.

    ``wholes`` are not taken apart, and beyond `REPEATED` operands what was taken apart before is not again.
    """
    operands: list[Expr] = []
    entered: set[Expr] = set()
    stack = [node]
    while stack:
        top = stack.pop()
        if top.op == op and top not in wholes and (len(operands) < REPEATED or top not in entered):
            entered.add(top)
            stack += [top.args[1], top.args[0]]
        else:
            operands.append(top)
    return operands


def left_spine(node: Expr, op: str = "") -> list[Expr]:
    """The operands of a chain, of the node's own operator or another, that associates to the left."""
    op, operands = op or node.op, list[Expr]()
    while node.op == op:
        operands.append(node.args[1])
        node = node.args[0]
    return [node, *reversed(operands)]


def spread(e: Expr) -> Expr | None:
    """Of a row that stands in each row, or a column in each column, that row or column."""
    if e.op != "mul" or e.is_scalar:
        return None
    left, right = e.args
    if left.op == "ones" and left.cols is ONE:
        return right
    return left if right.op == "ones" and right.rows is ONE else None


def spread_like(e: Expr, of: Expr) -> Expr:
    """A row or a column, spread as in another product."""
    left, right = of.args
    return times(left, e) if spread(of) is right else times(e, right)


def scalar_factors(e: Expr) -> tuple[Fraction, list[Expr]]:
    """A scalar as a number times factors, in order."""
    if e.op == "number":
        return e.data, []
    if e.op != "scale":
        return UNIT, [e]
    value, factors, stack = UNIT, [], [e]
    while stack:
        node = stack.pop()
        if node.op == "scale":
            stack += [node.args[1], node.args[0]]
        elif node.op == "number":
            value = node.data if value is UNIT else value * node.data
        else:
            factors.append(node)
            if len(factors) > MAX_FACTORS:
                raise UnsupportedError(f"a product here has more than {MAX_FACTORS:,} factors when it is written out")
    return value, factors


def scalar_product(value: Fraction, factors: list[Expr]) -> Expr:
    """``value * f1 * f2 …``: the number first, then the numerators, then the denominators."""
    ordered = [f for f in factors if not is_reciprocal(f)] + [f for f in factors if is_reciprocal(f)]
    result: Expr | None = None
    for factor in ordered:
        result = factor if result is None else scale(result, factor)
    if result is None:
        return E.number(value)
    return result if value == 1 else scale(E.number(value), result)


def appended(product: Expr, factor: Expr) -> Expr | None:
    """A product of scalars times one more that comes last, without taking the product apart; else None."""
    number, rest = product.args if product.op == "scale" and product.args[0].op == "number" else (None, product)
    last = rest.args[1] if rest.op == "scale" else rest
    if not (rest.is_scalar and factor.is_scalar) or "number" in (rest.op, factor.op) or "scale" in (last.op, factor.op):
        return None
    if is_reciprocal(last) and not is_reciprocal(factor):
        return None
    return scale(rest, factor) if number is None else scale(number, scale(rest, factor))


def exponent_of(e: Expr) -> Fraction | None:
    """The number to which something is raised; None where it is no such power."""
    return e.args[1].data if e.op == "pow" and e.args[1].op == "number" else None


def is_reciprocal(e: Expr) -> bool:
    return (exponent_of(e) or 0) < 0


def squared_norm(e: Expr) -> Expr | None:
    """The X of ``norm2(X)^2``; None for all else."""
    return e.args[0].args[0] if exponent_of(e) == 2 and e.args[0].op == "norm2" else None


def split(e: Expr) -> tuple[Fraction, list[Expr], Expr | None]:
    """A product as its number, its scalar factors and its matrix (None for a scalar)."""
    if e.is_scalar:
        return *scalar_factors(e), None
    if e.op == "scale":
        return *scalar_factors(e.args[0]), e.args[1]
    return UNIT, [], e


def is_joined(e: Expr) -> bool:
    """Whether a product may be one that `joined` made, told without taking its factors apart."""
    rest = e.args[0] if e.op == "scale" and not e.is_scalar else e
    if rest.op == "scale" and rest.args[0].op == "number":
        rest = rest.args[1]
    while rest.op == "scale":
        if rest.args[1].op in ("scale", "number"):
            return False
        rest = rest.args[0]
    return True


def joined(value: Fraction, factors: list[Expr], matrix: Expr | None) -> Expr:
    coefficient = scalar_product(value, factors)
    if matrix is None:
        return coefficient
    if not factors and value == 1:
        return matrix
    return scale(coefficient, matrix)
