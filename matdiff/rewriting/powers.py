"""Powers of scalars and of entries: equal bases merged, and what names stand for as products of powers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS
from matdiff.products import joined, split
from matdiff.rewriting.patterns import chain, spine
from matdiff.rewriting.transposes import turn
from matdiff.sizes import ONE

if TYPE_CHECKING:
    from matdiff.rewriting.engine import Rewriter

Power = tuple[Expr, Fraction]


def power_of(e: Expr) -> Power:
    """A factor as base and exponent; of a spread column or row, those of what is spread."""
    if e.op == "pow" and e.args[1].op == "number":
        base, exponent = power_of(e.args[0])
        return base, exponent * e.args[1].data if e.args[1].data.denominator == 1 else e.args[
            1
        ].data if exponent == 1 else Fraction(1)
    if e.op == "sqrt":
        return e.args[0], Fraction(1, 2)
    if e.op == "transpose" and power_of(e.args[0])[1] != 1:
        base, exponent = power_of(e.args[0])
        return turn(base), exponent
    if e.op == "mul" and not e.is_scalar:
        left, right = e.args
        if left.op == "ones" and left.cols is ONE and power_of(right)[1] != 1:
            base, exponent = power_of(right)
            return E.Expr("mul", (left, base), None, e.shape), exponent
        if right.op == "ones" and right.rows is ONE and power_of(left)[1] != 1:
            base, exponent = power_of(left)
            return E.Expr("mul", (base, right), None, e.shape), exponent
    return e, Fraction(1)


def raised(base: Expr, exponent: Fraction) -> Expr:
    """base .^ exponent in normal form; undoes `power_of`."""
    if exponent == 1:
        return base
    if base.op == "number" and exponent.denominator == 1 and abs(exponent) <= 64 and base.data and _small(base.data):
        return E.number(base.data ** int(exponent))
    if base.op in MASK_SIGNS and exponent > 0:
        return base
    if base.op == "transpose":
        return turn(raised(base.args[0], exponent))
    if base.op == "mul" and not base.is_scalar:
        left, right = base.args
        if left.op == "ones" and left.cols is ONE:
            return E.Expr("mul", (left, raised(right, exponent)), None, base.shape)
        if right.op == "ones" and right.rows is ONE:
            return E.Expr("mul", (raised(left, exponent), right), None, base.shape)
    if exponent.denominator == 2:
        root = E.Expr("sqrt", (base,), None, base.shape)
        return raised_plain(root, exponent * 2)
    return raised_plain(base, exponent)


def raised_plain(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else E.Expr("pow", (base, E.number(exponent)), None, base.shape)


def _small(value: Fraction) -> bool:
    return abs(value.numerator) < 10**12 and value.denominator < 10**12


def power(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
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
        inner, known = power_of(base)
        if q.denominator == 1 or known == 1:
            new = raised(inner, known * q)
            if new is not E.Expr("pow", (base, exponent), None, node.shape):
                return new
    new = E.Expr("pow", (base, exponent), None, node.shape)
    return new if new is not node else rewriter.by_table(node) or node


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
    if base.op == "had":
        return chain("had", [raised(*times(power_of(factor), q)) for factor in spine(base, "had")])
    return None


def powers_of(factors: list[Expr]) -> dict[Expr, Fraction]:
    """Factors as bases with their exponents, in order of appearance."""
    powers: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = power_of(factor)
        powers[base] = powers.get(base, Fraction(0)) + exponent
    return powers


def times(power_: Power, q: Fraction) -> Power:
    return power_[0], power_[1] * q


def use_relations(powers: dict[Expr, Fraction], rewriter: Rewriter) -> None:
    """Use what names stand for (P = E ./ S) in the direction that leaves fewer factors."""
    for relation in relations_among(powers, rewriter):
        for sign in (-1, 1):
            while sum(base in powers for base in relation) >= 2:
                after = dict(powers)
                for base, exponent in relation.items():
                    after[base] = after.get(base, Fraction(0)) + sign * exponent
                    if not after[base]:
                        del after[base]
                if weight(after) >= weight(powers):
                    break
                powers.clear()
                powers.update(after)


def relations_among(bases: Iterable[Expr], rewriter: Rewriter) -> list[dict[Expr, Fraction]]:
    """The relations that hold between some of these bases."""
    return [relation for base in list(bases) for relation in rewriter.relations.get(base, ())]


def weight(powers: dict[Expr, Fraction]) -> Fraction:
    return sum(map(abs, powers.values()), Fraction(0))
