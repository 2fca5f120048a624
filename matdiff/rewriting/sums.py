"""Sums: like terms collected."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import is_sum, joined, split, terms_of
from matdiff.expr import Expr
from matdiff.rewriting.known import Known
from matdiff.rewriting.transposes import turned_out


def add(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """Like terms collected in order of appearance; a positive term first."""
    order: dict[tuple[frozenset[tuple[Expr, int]], Expr | None], list[object]] = {}
    stack = list(reversed(parts))
    whole = len({split(part)[2] for part in parts}) == 1  # 2*(A + B), not 2*A + 2*B
    while stack:
        part = stack.pop()
        value, factors, matrix = split(part)
        inner = matrix if matrix is not None else factors[0] if len(factors) == 1 else None
        lone = not factors if matrix is not None else len(factors) == 1
        if inner is not None and lone and is_sum(inner) and abs(value) == 1 and not whole:
            signed = [term if value == 1 else negated(term) for term in terms_of(inner)]
            stack.extend(reversed(signed))
            continue
        if value == 0 or (matrix is not None and matrix.op == "zeros"):
            continue
        counts: dict[Expr, int] = {}
        for factor in factors:
            counts[factor] = counts.get(factor, 0) + 1
        key = (frozenset(counts.items()), matrix)
        if key in order:
            order[key][0] += value  # type: ignore[operator]
        else:
            order[key] = [value, factors, matrix]
    terms = [(value, joined(value, factors, matrix)) for value, factors, matrix in order.values() if value]  # type: ignore[arg-type]
    if not terms:
        return E.number(0) if node.is_scalar else E.zeros(*node.shape)
    if terms[0][0] < 0:  # type: ignore[operator]
        first = next((n for n, (value, _) in enumerate(terms) if value > 0), 0)  # type: ignore[operator]
        terms.insert(0, terms.pop(first))
    whole_sum = turned_out([term for _, term in terms])
    known = engine.by_table(whole_sum) if len(terms) == 2 and is_sum(whole_sum) else None
    return known or whole_sum


def negated(e: Expr) -> Expr:
    value, factors, matrix = split(e)
    return joined(-value, factors, matrix)


def is_negative(e: Expr) -> bool:
    """Whether this is a sum of negative terms."""
    return is_sum(e) and all(split(term)[0] < 0 for term in terms_of(e))


def flips(e: Expr) -> bool:
    """Whether a sum is better with its signs turned."""
    if not is_sum(e):
        return False
    negative = sum(split(term)[0] < 0 for term in terms_of(e))
    return negative > 0 and 2 * negative >= len(terms_of(e))
