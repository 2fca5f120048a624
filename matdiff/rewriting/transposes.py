"""Transposes: at the leaves, or round a whole sum or Hadamard product where fewer of them show."""

from __future__ import annotations

from collections import Counter

from matdiff import expr as E
from matdiff.compose import (
    factors_each,
    factors_of,
    is_product,
    is_product_each,
    is_sum,
    is_transpose,
    joined,
    product,
    product_each,
    split,
    terms_of,
    total,
    transposed,
)
from matdiff.expr import Expr
from matdiff.operators import ROWS, row
from matdiff.rewriting.constants import fold_constants
from matdiff.rewriting.known import Known

SHOWS_SYMMETRY = frozenset({"matrix_power", "definition"})
"""What has no row and is symmetric where its argument is."""
ALWAYS = frozenset({"eye", *(name for name, entry in ROWS.items() if entry.symmetry == "always")})
"""What is symmetric whatever it is made of."""
MAX_DEPTH = 6
"""How deep symmetry is looked for."""


def turn(e: Expr, depth: int = 0) -> Expr:
    """The transpose of a factor in normal form."""
    if is_transpose(e):
        return e.args[0]
    if e.op in ("ones", "zeros"):
        return E.Expr(e.op, (), None, (e.cols, e.rows))
    if (
        e.is_scalar
        or e.op in ALWAYS
        or (e.op == "field" and row(e).symmetry == "always")
        or (e.op == "variable" and e.data[1] in ("symmetric", "diagonal"))
    ):
        return e
    if shows_symmetry(e) and is_symmetric(shown_by(e), depth + 1):
        return e
    if is_sum(e) and depth < 2 and is_symmetric(e, depth + 1):  # sums in sums in sums take ever longer
        return e
    if is_product_each(e) and depth < 2:
        return turned_hadamard(factors_each(e), depth)
    return transposed(e)


def turned_hadamard(factors: list[Expr], depth: int = 0) -> Expr:
    """The transpose of a Hadamard product: of each factor where that shows fewer transposes, else outside."""
    turned = [turn_term(factor, depth + 1) for factor in factors]
    if sum(map(transposes, turned)) <= sum(map(transposes, factors)):
        return product_each(turned)
    whole = product_each(factors)
    return transposed(whole)


def turn_term(e: Expr, depth: int = 0) -> Expr:
    """The transpose of a summand, its outer product turned factor by factor."""
    value, factors, matrix = split(e)
    if matrix is None:
        return e
    if is_product(matrix):
        return joined(value, factors, product([turn(f, depth) for f in reversed(factors_of(matrix))]))
    return joined(value, factors, turn(matrix, depth))


def transposes(e: Expr) -> int:
    """How many transposes the outer layers of a term show."""
    matrix = split(e)[2]
    if matrix is None:
        return 0
    if is_product(matrix):
        return sum(is_transpose(factor) for factor in factors_of(matrix))
    if is_product_each(matrix):
        return sum(transposes(factor) for factor in factors_each(matrix))
    return int(is_transpose(matrix))


def transpose(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """A transpose moves into a sum or a Hadamard product where that leaves fewer of them."""
    (inner,) = parts
    if is_symmetric(inner):
        return inner
    if is_product_each(inner):
        new = turned_hadamard(factors_each(inner))
        if not is_transpose(new):
            return new
    if is_sum(inner):
        terms = terms_of(inner)
        turned = [turn_term(term) for term in terms]
        if sum(map(transposes, turned)) <= 1 + sum(map(transposes, terms)):
            return total(turned)
    new = turn(inner) if inner.op in ("ones", "zeros") else transposed(inner)
    if new is not node:
        return new
    return fold_constants(node) or engine.by_table(node) or node


def shows_symmetry(e: Expr) -> bool:
    """Whether the value is symmetric where one of the arguments is."""
    if e.op not in ROWS:
        return e.op in SHOWS_SYMMETRY
    entry = ROWS[e.op]
    return entry.symmetry in entry.arguments or (len(e.args) == 1 and entry.elementwise)


def shown_by(e: Expr) -> Expr:
    """The argument that shows it."""
    symmetry = ROWS[e.op].symmetry if e.op in ROWS else ""
    return e.args[ROWS[e.op].arguments.index(symmetry)] if symmetry else e.args[0]


def is_symmetric(e: Expr, depth: int = 0) -> bool:
    """Whether an expression shows that it equals its transpose."""
    if e.rows is not e.cols or depth > MAX_DEPTH:
        return False
    if shows_symmetry(e):
        return is_symmetric(shown_by(e), depth + 1)
    if is_sum(e):
        terms = terms_of(e)
        return Counter(terms) == Counter(turn_term(term, depth) for term in terms)
    return turn_term(e, depth) is e


def turned_out(terms: list[Expr]) -> Expr:
    """A sum, as the transpose of one where that shows fewer transposes."""
    whole = total(terms)
    turned = [turn_term(term) for term in terms]
    if len(terms) > 1 and 1 + sum(map(transposes, turned)) < sum(map(transposes, terms)):
        inner = total(turned)
        return transposed(inner)
    return whole
