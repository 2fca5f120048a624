"""Powers of scalars and of entries: equal bases merged, and what names stand for as products of powers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import (
    exponent_of,
    factors_each,
    factors_of,
    is_power,
    is_product,
    is_product_each,
    is_trace,
    is_transpose,
    joined,
    product_each,
    split,
    spread,
    spread_like,
)
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, ROWS
from matdiff.rewriting.constants import plain
from matdiff.rewriting.known import Known
from matdiff.rewriting.transposes import turn

Power = tuple[Expr, Fraction]
HALF = Fraction(1, 2)


def power_of(e: Expr) -> Power:
    """A factor as base and exponent; of a spread column or row, those of what is spread."""
    exponents: list[Fraction] = []
    while (exponent := HALF if e.op == "sqrt" else exponent_of(e)) is not None:
        exponents.append(exponent)
        e = e.args[0]
    found = spread_power(e)
    for exponent in reversed(exponents):
        found = times(found, exponent)
    return found


def spread_power(e: Expr) -> Power:
    """What is no power itself may be the transpose of one, or one spread over columns or rows."""
    if is_transpose(e):
        base, exponent = power_of(e.args[0])
        if exponent != 1:
            return turn(base), exponent
    inner = spread(e)
    if inner is not None:
        base, exponent = power_of(inner)
        if exponent != 1:
            return spread_like(base, e), exponent
    return e, Fraction(1)


def times(power_: Power, q: Fraction) -> Power:
    """(u^p)^q as a power of u, or of abs(u) where u^p has forgotten the sign of u.

    A root of u^p says that u^p is not negative: for an odd p (and for a p that is itself a root) u is not negative
    either, and u^p^q is u^(p q). An even p says nothing of u: there it is abs(u)^(p q).
    """
    base, p = power_
    if q.denominator > 1 and is_even(p) and not is_even(p * q) and not is_nonnegative(base):
        base = E.Expr("abs", (base,), None, base.shape)
    return base, p * q


def is_even(exponent: Fraction) -> bool:
    return exponent.denominator == 1 and exponent.numerator % 2 == 0


MAX_LOOKED_AT = 60
"""How many nodes are looked at for the sign of a value."""


def is_nonnegative(e: Expr) -> bool:
    """Whether an expression shows that no entry is ever negative, wherever it has a real value."""
    stack, looked_at = [e], 0
    while stack:
        node = stack.pop()
        looked_at += 1
        if looked_at > MAX_LOOKED_AT:
            return False
        if node.op == "number" and node.data >= 0:
            continue
        if node.op in ("pow", "sqrt") and (node.op == "sqrt" or is_root_or_even(node.args[1])):
            continue
        if node.op in NEVER_NEGATIVE or (node.op in ROWS and ROWS[node.op].nonnegative) or is_square(node):
            continue
        if is_power(node):
            stack.append(node.args[0])
        elif node.op == "definition" or (node.op in ROWS and ROWS[node.op].is_linear):
            stack += node.args  # the linear operators only add and multiply entries
        else:
            return False
    return True


NEVER_NEGATIVE = frozenset({"dim", "pi", "eye", "ones", "zeros", "commutation"})


def is_root_or_even(exponent: Expr) -> bool:
    return exponent.op == "number" and (exponent.data.denominator > 1 or is_even(exponent.data))


def is_square(e: Expr) -> bool:
    """x'*x, x'*A'*A*x, tr(A'*A) and their like."""
    product = e.args[0] if is_trace(e) else e
    if not e.is_scalar or not is_product(product):
        return False
    links = factors_of(product)
    return len(links) % 2 == 0 and len(links) < MAX_LOOKED_AT and links == [turn(link) for link in reversed(links)]


def raised(base: Expr, exponent: Fraction) -> Expr:
    """base .^ exponent in normal form; undoes `power_of`."""
    if exponent == 1:
        return base
    if base.op == "number" and exponent.denominator == 1 and abs(exponent) <= 64 and base.data and _small(base.data):
        return E.number(base.data ** int(exponent))
    if base.op in MASK_SIGNS and exponent > 0:
        return base
    if base.op == "abs" and is_even(exponent):
        return raised(base.args[0], exponent)
    if is_transpose(base):
        return turn(raised(base.args[0], exponent))
    inner = spread(base)
    if inner is not None:
        return spread_like(raised(inner, exponent), base)
    if exponent.denominator == 2:
        root = E.Expr("sqrt", (base,), None, base.shape)
        return compose.power(root, exponent * 2)
    return compose.power(base, exponent)


def _small(value: Fraction) -> bool:
    return abs(value.numerator) < 10**12 and value.denominator < 10**12


def power(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    base, exponent = parts
    if exponent.op == "number":
        q = exponent.data
        if q == 1:
            return base
        if q == 0:
            return E.number(1) if node.is_scalar else E.ones(*node.shape)
        if base.op == "ones":
            return base
        if q.denominator == 1:
            opened = integer_power(base, q)
            if opened is not None:
                return opened
        new = raised(*times(power_of(base), q))
        if new is not node:
            return new
    return plain(node, parts, engine)


def root(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """The square root of a power is one power."""
    (base,) = parts
    inner, exponent = power_of(base)
    return plain(node, parts, engine) if exponent == 1 else raised(*times((inner, exponent), HALF))


def integer_power(base: Expr, q: Fraction) -> Expr | None:
    """An integer power of a product, factor by factor."""
    value, factors, matrix = split(base)
    if base.is_scalar:
        if len(factors) > 1 or (value != 1 and factors):
            powers = [raised(*times(power_of(factor), q)) for factor in factors]
            return (
                joined(value ** int(q) if abs(q) <= 64 else Fraction(1), powers, None)
                if abs(q) <= 64 and value
                else None
            )
        return None
    if factors or value != 1:
        if not value or abs(q) > 64 or matrix is None:
            return None
        powers = [raised(*times(power_of(factor), q)) for factor in factors]
        return joined(value ** int(q), powers, raised(*times(power_of(matrix), q)))
    if is_product_each(base):
        return product_each([raised(*times(power_of(factor), q)) for factor in factors_each(base)])
    return None


def powers_of(factors: list[Expr]) -> dict[Expr, Fraction]:
    """Factors as bases with their exponents, in order of appearance."""
    powers: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = power_of(factor)
        powers[base] = powers.get(base, Fraction(0)) + exponent
    for base in [base for base in powers if base.op == "abs" and base.args[0] in powers]:
        keep_sign(powers, base.args[0], base)
    return powers


def keep_sign(powers: dict[Expr, Fraction], base: Expr, size: Expr) -> None:
    """u^3*abs(u)^-1 is u*abs(u): of u only its sign is kept, its even powers are those of its absolute value."""
    signed = powers[base]
    if signed.denominator != 1:
        return
    whole = signed + powers[size]
    if is_even(powers[size]):
        powers[base], powers[size] = whole, Fraction(0)
    elif is_even(signed):
        powers[base], powers[size] = Fraction(0), whole
    else:
        powers[base] = Fraction(1 if (whole or signed) > 0 else -1)
        powers[size] = whole - powers[base]


def use_relations(powers: dict[Expr, Fraction], engine: Known) -> None:
    """Use what names stand for (P = E ./ S) in the direction that leaves fewer factors."""
    for relation in relations_among(powers, engine):
        for sign in (-1, 1):
            while sum(base in powers for base in relation) >= 2:
                before = {base: powers.get(base, Fraction(0)) for base in relation}
                after = {base: before[base] + sign * exponent for base, exponent in relation.items()}
                if weight(after) >= weight(before):
                    break
                for base, exponent in after.items():
                    powers[base] = exponent
                    if not exponent:
                        del powers[base]


def relations_among(bases: Iterable[Expr], engine: Known) -> list[dict[Expr, Fraction]]:
    """The relations that hold between some of these bases."""
    return [relation for base in list(bases) for relation in engine.relations_of(base)]


def weight(powers: dict[Expr, Fraction]) -> Fraction:
    return sum(map(abs, powers.values()), Fraction(0))
