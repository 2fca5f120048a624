"""Products as a number times scalar factors times a matrix: the form in which scalars stand in front.

The scalar factors of one product stand together, numbers first, numerators before denominators. Shared by
what builds, rewrites, prints and lowers products.
"""

from __future__ import annotations

from fractions import Fraction

from matdiff import expr as E
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr

UNIT = Fraction(1)

MAX_FACTORS = 50_000
"""A product that shares its parts may have exponentially many."""


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


def is_reciprocal(e: Expr) -> bool:
    return e.op == "pow" and e.args[1].op == "number" and e.args[1].data < 0


def scale(a: Expr, x: Expr) -> Expr:
    return Expr("scale", (a, x), None, x.shape)


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
