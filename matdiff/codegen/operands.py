"""Questions the lowering asks about expressions: what a term is made of, and how it is turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from matdiff.compose import (
    factors_of,
    is_inverse,
    is_reciprocal,
    is_transpose,
    joined,
    power,
    product,
    split,
    spread,
    spread_like,
    untransposed,
)
from matdiff.expr import Expr, topo
from matdiff.rewriting.transposes import turn
from matdiff.sizes import ONE

Coefficient = tuple[Fraction, frozenset[tuple[Expr, int]]]
"""A number and scalar factors, each with how often it stands there."""


def explicit_inverses(roots: Iterable[Expr]) -> set[Expr]:
    """The inverses that are needed as matrices, not only in products (where a solve is better)."""
    found: set[Expr] = set()
    roots = list(roots)
    for node in topo(*roots):
        if node.op not in ("mul", "transpose"):
            for arg in node.args:
                inner = untransposed(arg)
                if is_inverse(inner):
                    found.add(inner)
    return found | {root for root in roots if is_inverse(root)}


def opened(term: Expr) -> tuple[Fraction, list[Expr], Expr]:
    """A term as number, scalar factors and body; of a scalar the body is its first larger factor."""
    number, factors, body = split(term)
    if body is not None:
        return number, factors, body
    for factor in factors:
        if factor.op not in ("variable", "dim", "pi") and not is_reciprocal(factor):
            rest = list(factors)
            rest.remove(factor)
            return number, rest, factor
    if factors and not is_reciprocal(factors[0]):
        return number, factors[1:], factors[0]
    return number, factors, Expr("number", (), Fraction(1), (ONE, ONE))


def grouped(terms: Iterable[Expr]) -> list[tuple[Fraction, list[Expr], list[tuple[bool, Expr]]]]:
    """The terms of a sum by their coefficients, each body with whether it is subtracted; a positive group first."""
    groups: dict[Coefficient, tuple[Fraction, list[Expr], list[tuple[bool, Expr]]]] = {}
    for term in terms:
        number, factors, body = opened(term)
        key = (abs(number), frozenset(Counter(factors).items()))
        groups.setdefault(key, (abs(number), factors, []))[2].append((number < 0, body))
    return sorted(groups.values(), key=lambda group: all(minus for minus, _ in group[2]))


def transposed(e: Expr) -> bool:
    _, _, matrix = split(e)
    return matrix is not None and all(is_transpose(link) for link in factors_of(matrix))


def turn_product(e: Expr) -> Expr:
    """The transpose of a scaled product, factor by factor."""
    number, factors, matrix = split(e)
    if matrix is None:
        return e
    return joined(number, factors, product([turn(link) for link in reversed(factors_of(matrix))]))


def is_labels(e: Expr) -> bool:
    return e.op == "variable" and e.data[1] == "labels"


def reciprocal_of(e: Expr) -> Expr | None:
    """What a factor divides by: of X^-k the power X^k; of a spread one, the spread power."""
    if (inner := spread(e)) is not None:
        base = reciprocal_of(inner)
        return None if base is None else spread_like(base, e)
    if not is_reciprocal(e):
        return None
    base, exponent = e.args
    return power(base, -exponent.data)
