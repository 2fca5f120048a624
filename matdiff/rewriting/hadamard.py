"""Hadamard products: equal bases merged, any two factors rewritten, sums multiplied out where that cancels."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import (
    factors_each,
    is_product,
    is_product_each,
    is_sum,
    is_transpose,
    joined,
    product_each,
    scale,
    scaled,
    split,
    spread,
    spread_like,
    terms_of,
    times_each,
    total,
)
from matdiff.expr import Expr
from matdiff.rewriting.known import Known
from matdiff.rewriting.powers import power_of, powers_of, raised, relations_among, use_relations
from matdiff.rewriting.transposes import transposes, turn_term, turned_hadamard
from matdiff.sizes import ONE


def hadamard(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """Entry-wise factors: ones dropped, equal bases merged, any two rewritten by the table."""
    if node.is_scalar:
        return scaled(parts)
    coefficients: list[Expr] = []
    flat: list[Expr] = []
    hoist = False
    for part in parts:
        value, factors, matrix = split(part)
        assert matrix is not None
        if matrix.op == "zeros":
            return matrix
        if matrix.op == "ones" or is_product_each(matrix):
            hoist = True
        if value != 1 or factors:
            hoist = hoist or bool(coefficients) or value < 0 or not is_product(matrix) or matrix.args[1].op == "ones"
            coefficients.append(joined(value, factors, None))
        flat += opened(matrix)
    powers = powers_of(flat)
    use_relations(powers, engine)
    result = [raised(base, exponent) for base, exponent in powers.items() if exponent]
    changed = len(result) < len(flat)
    spread = distributed(result, engine)
    if spread is not None:
        return scaled([*coefficients, spread]) if coefficients else spread
    pair = rewrite_pair(result, engine)
    if pair is not None:
        result, changed = pair, True
    result = [factor for factor in result if factor.op != "ones"]
    result.sort(key=lambda factor: power_of(factor)[1] < 0)  # numerators first
    if coefficients and not (hoist or changed or len(result) < 2):
        new = product_each(parts)  # a number stays with the product it was made with
        return new
    body = spread_together(result) if result else E.ones(*node.shape)
    return scaled([*coefficients, body]) if len(coefficients) < 2 else scale(scaled(coefficients), body)


def opened(matrix: Expr) -> list[Expr]:
    """The factors of a Hadamard product; a spread product of columns or rows is opened too."""
    if is_product_each(matrix):
        return [factor for part in factors_each(matrix) for factor in opened(part)]
    inner = spread(matrix)
    return [matrix] if inner is None else [spread_like(factor, matrix) for factor in factors_each(inner)]


def spread_together(factors: list[Expr]) -> Expr:
    """Where every factor is a spread column (or row), multiply the columns and spread once."""
    for side in (0, 1):
        ones = {
            factor.args[1 - side] for factor in factors if is_product(factor) and factor.args[1 - side].op == "ones"
        }
        if len(factors) > 1 and len(ones) == 1 and all(is_product(f) and f.args[1 - side] in ones for f in factors):
            (one,) = ones
            if (one.rows if side == 0 else one.cols) is not ONE:
                continue
            inner = product_each([factor.args[side] for factor in factors])
            return E.Expr("mul", (inner, one) if side == 0 else (one, inner), None, factors[0].shape)
    whole = product_each(factors)
    if len(factors) > 1 and any(map(transposes, factors)):
        turned = turned_hadamard([turn_term(factor) for factor in factors])
        return turned if is_transpose(turned) else whole
    return whole


def distributed(factors: list[Expr], engine: Known) -> Expr | None:
    """A .* (B + C) multiplied out, where A cancels against a part of B or C."""
    for number, factor in enumerate(factors):
        others = factors[:number] + factors[number + 1 :]
        if is_sum(factor) and others:
            terms = terms_of(factor)
            if len(terms) <= 8 and any(interact(others, term, engine) for term in terms):
                return total([product_each([*others, term]) for term in terms])
    return None


def interact(others: list[Expr], term: Expr, engine: Known) -> bool:
    """Whether a factor cancels, or is known together with, a factor of a term."""
    matrix = split(term)[2]
    if matrix is None:
        return False
    mine, theirs = powers_of(others), powers_of(opened(matrix))
    if any(base in mine and mine[base] * exponent < 0 for base, exponent in theirs.items()):
        return True
    for relation in relations_among([*mine, *theirs], engine):
        links = ((a, b, p * q) for a, p in relation.items() for b, q in relation.items() if a is not b)
        if any(a in mine and b in theirs and mine[a] * theirs[b] * sign > 0 for a, b, sign in links):
            return True
    return any(engine.by_table(times_each(left, right)) for left in others for right in opened(matrix))


def rewrite_pair(factors: list[Expr], engine: Known) -> list[Expr] | None:
    """Any two factors that an identity knows together."""
    if len(factors) > 12:
        return None
    for i, left in enumerate(factors):
        for j, right in enumerate(factors):
            if i != j:
                pair = times_each(left, right)
                new = engine.by_table(pair) or engine.named(pair)
                if new is not None:
                    return [new, *(f for k, f in enumerate(factors) if k not in (i, j))]
    return None
