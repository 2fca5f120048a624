"""Proof of equality: the difference of two expressions has the normal form zero."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction
from typing import TypeVar

from matdiff import expr as E
from matdiff.compose import is_reciprocal
from matdiff.equality.network import Exponent, Label, OutOfBudget, Raw, Term, budget
from matdiff.equality.normal import is_opaque, letter_label, normal
from matdiff.equality.pieces import Ground, granted
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import (
    NotAligned,
    added,
    collected,
    constant,
    hadamard,
    matrix_product,
    placed,
    scaled,
    spread,
    transposed,
)
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.rewriting.engine import Rewriter
from matdiff.sampling import survey

STEPS = 4000
"""Terms a proof may look at."""

LEVELS = 3
"""How many levels of names are opened one by one before all are."""

ROUNDS = 6
"""How often a difference is multiplied by what it is divided by."""

Key = TypeVar("Key", bound=Hashable)


def proved_equal(left: Expr, right: Expr, almost_everywhere: bool = False, steps: int = STEPS) -> bool:
    """Whether a normal form proves the two equal wherever both are defined.

    First by rewriting, which multiplies no products of sums out; then with the names of a model as they stand,
    then with what they stand for, from the outermost inwards. False says only that no proof was found.
    ``almost_everywhere`` takes 1(x >= 0) for 1(x > 0).
    """
    rewriter = Rewriter()
    one, other = rewriter(left), rewriter(right)
    if one is other:
        return True
    known = survey([left, right])
    positive, above_zero, divided = (
        frozenset(letter_label(node) for node in names if node.op == "variable")
        for names in (known.rooted, known.logarithmic, divisors(left, right))
    )
    ground = Ground(positive, above_zero, divided, almost_everywhere)
    sides = [(left, right, closed) for closed in closures(left, right)]
    if any(is_opaque(node) for node in E.topo(one, other)):  # of these the identities alone know anything
        sides.append((one, other, []))
    for this, that, closed in sides:
        try:
            with budget(steps), granted(ground):
                letters = {node: name_as_letter(node) for node in closed}
                if is_zero(added(normal(this, letters), normal(that, letters), Fraction(-1))):
                    return True
        except (OutOfBudget, NotAligned, UnsupportedError):
            continue
    return False


def divisors(left: Expr, right: Expr) -> Iterable[Expr]:
    """What either side is divided by, itself or its absolute value."""
    for node in E.topo(left, right):
        if is_reciprocal(node):
            base = node.args[0]
            yield base.args[0] if base.op == "abs" else base


def differs_exactly(left: Expr, right: Expr, steps: int = STEPS) -> bool:
    """Whether the two are different polynomials in numbers, sizes, scalars and one transcendental number."""
    if not all(node.is_scalar for node in E.topo(left, right)):
        return False
    try:
        with budget(steps), granted(Ground()):
            difference = added(normal(left), normal(right), Fraction(-1))
    except (OutOfBudget, NotAligned, UnsupportedError):
        return False
    labels = {label for term in difference.terms for label, _ in term.scalars}
    if not difference.terms or any(term.factors or term.free or term.internal for term in difference.terms):
        return False
    free = [label for label in labels if label.kind == "dim" or _is_free_letter(label)]
    numbers = [label for label in labels if label.kind == "pi" or (label.kind == "exp" and label.key[1] == constant(1))]
    whole = all(exponent.denominator == 1 for term in difference.terms for _, exponent in term.scalars)
    return whole and len(numbers) <= 1 and len(free) + len(numbers) == len(labels)


def _is_free_letter(label: Label) -> bool:
    return label.kind == "variable" and label.key[1].op == "variable" and label.key[1].data[1] == "scalar"


def closures(left: Expr, right: Expr) -> list[list[Expr]]:
    """Which names to take as they stand: all, then fewer and fewer of the outer ones, at last none."""
    names = [node for node in E.topo(left, right) if node.op == "definition"]
    height: dict[Expr, int] = {}
    """Of each node how many names it is made of, one inside the other."""
    for node in E.topo(left, right):
        height[node] = max((height[arg] for arg in node.args), default=0) + (node.op == "definition")
    top = max((height[name] for name in names), default=0)
    levels = {0, *range(max(1, top - LEVELS), top + 1)}
    return [[name for name in names if height[name] <= level] for level in sorted(levels, reverse=True)]


def name_as_letter(node: Expr) -> Poly:
    """A definition taken as a variable of its own."""
    return normal(E.variable(node.data, node.shape, "name"))


def is_zero(p: Poly) -> bool:
    """Whether a polynomial is zero, multiplying by its denominators and by what its inverses invert."""
    for _ in range(ROUNDS):
        new = without_denominator(p) if p.terms else p
        if new is None:
            new = without_outer_inverse(p)
        if new is None or not p.terms:
            break
        p = new
    return not p.terms


def without_denominator(p: Poly) -> Poly | None:
    """The polynomial times a sum that it is divided by."""
    found = lowest((label, exponent) for term in p.terms for label, exponent in term.scalars if label.kind == "sum")
    if found is not None:
        label, power = found
        return times_sum(p, label, power)
    else:
        if any(term.has_delta for term in p.terms):
            return None
        whole = lowest(
            ((label, at), exponent)
            for term in p.terms
            for label, at, exponent in term.factors
            if label.kind == "sum" and set(at) <= set(term.free)
        )
        if whole is None:
            return None
        (label, at), power = whole
        factor = spread(label.key[1], p.free, p.rows, at)
    for _ in range(power):
        p = hadamard(p, factor)
    return p


def times_sum(p: Poly, label: Label, power: int) -> Poly:
    """The polynomial times a power of a sum. Where a term is divided by the sum that is cancelled first, not
    multiplied out: (a + b)*c/(a*(a + b)) is c/a, which its parts would not become again."""
    divided, others = [], {}
    for term, coefficient in p.terms.items():
        if dict(term.scalars).get(label, 0) <= -power:
            raw = Raw.of(term, coefficient)
            raw.multiply(label, (), power)
            divided.append(raw)
        else:
            others[term] = coefficient
    rest = Poly(others, p.free, p.rows)
    factor = scaled(label.key[1], constant(1, p.free, p.rows))
    for _ in range(power):
        rest = hadamard(rest, factor)
    return added(collected(divided, p.free, p.rows), rest)


def lowest(found: Iterable[tuple[Key, Exponent]]) -> tuple[Key, int] | None:
    """The first key with a negative exponent, and the whole power that lifts its lowest exponent."""
    low: dict[Key, Exponent] = {}
    for key, exponent in found:
        low[key] = min(low.get(key, 0), exponent)
    return next(((key, int(-exponent // 1)) for key, exponent in low.items() if exponent <= -1), None)


def without_outer_inverse(p: Poly) -> Poly | None:
    """P*p where an inverse of P stands first in some term, or p*P where it stands last; sums come first."""
    if p.rows != 1 or len(p.free) != 2:
        return None
    inverses = [
        (term, label, vertices)
        for term in p.terms
        for label, vertices, exponent in term.factors
        if label.kind in ("inv", "inverse") and exponent == 1 and len(vertices) == 2
    ]
    for term, label, vertices in sorted(inverses, key=lambda found: found[1].kind == "inverse"):
        for side in (0, 1):
            vertex = term.free[side]
            if vertex in vertices and is_alone_at(term, vertex):
                factor = inverted(label, p)
                factor = factor if vertices.index(vertex) == side else transposed(factor)
                return matrix_product(factor, p) if side == 0 else matrix_product(p, factor)
    return None


def is_alone_at(term: Term, vertex: int) -> bool:
    return sum(vertex in vertices for _, vertices, _ in term.factors) == 1


def inverted(label: Label, p: Poly) -> Poly:
    """What the inverse of is taken."""
    if label.kind == "inv":
        poly: Poly = label.key[1]
        return poly
    return placed(label.key[1], (p.free[0], p.free[0]), 1, (0, 1))
