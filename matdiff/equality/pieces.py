"""Polynomials taken apart: opaque factors, what is positive, a term as a product, what a sum has in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import Any

from matdiff.equality.network import Exponent, Factor, Label, Raw, Term
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import collected, hadamard, placed, times_number
from matdiff.equality.reduction import leading_coefficient


@dataclass(frozen=True)
class Ground:
    """What is taken for granted: names that are not negative, or even not 0, or that something is divided by;
    and whether masks may differ at 0."""

    positive: frozenset[Label] = frozenset()
    above_zero: frozenset[Label] = frozenset()
    divided: frozenset[Label] = frozenset()
    almost_everywhere: bool = False


_ground: ContextVar[Ground | None] = ContextVar("ground", default=None)


def ground() -> Ground:
    return _ground.get() or Ground()


@contextmanager
def granted(new: Ground) -> Iterator[None]:
    """Within this block, take these things for granted."""
    token = _ground.set(new)
    try:
        yield
    finally:
        _ground.reset(token)


# Opaque factors


def atom(kind: str, p: Poly, *data: Any, exponent: Exponent = 1) -> Poly:
    """An opaque function of p, over the indices p depends on."""
    core, order, symmetric = canonical(p)
    label = Label(kind, core, *data, symmetric=symmetric)
    return placed(label, p.free, p.rows, order, exponent)


def canonical(p: Poly) -> tuple[Poly, tuple[int, ...], bool]:
    """p over the positions it depends on, in an order that is the same for its transpose.

    Also that order, and whether two positions may change places.
    """
    needed = dependent(p)
    if len(needed) < 2 or len(needed) > 4:
        return _core(p, needed), needed, False
    options = [(_core(p, order), order) for order in permutations(needed)]
    best = min((poly_key(core) for core, _ in options))
    chosen = [(core, order) for core, order in options if poly_key(core) == best]
    return chosen[0][0], chosen[0][1], len(needed) == 2 and len(chosen) == 2


def _core(p: Poly, order: tuple[int, ...]) -> Poly:
    if order == tuple(p.positions) and not p.rows:
        return p
    terms = {}
    for term, coefficient in p.terms.items():
        raw = Raw.of(term, coefficient)
        for position in p.positions:
            if position not in order and raw.free[position] in raw.sizes and not raw.around(raw.free[position]):
                del raw.sizes[raw.free[position]]  # what p does not depend on is not summed over
        raw.free = [raw.free[position] for position in order]
        terms[term] = raw
    return collected(terms.values(), tuple(p.free[k] for k in order), 0)


def poly_key(p: Poly) -> Any:
    return tuple(str(size) for size in p.free), [(term.key, c) for term, c in p.ordered()]


def dependent(p: Poly) -> tuple[int, ...]:
    """The positions whose index matters."""
    needed = set()
    for term in p.terms:
        touched = {vertex for _, vertices, _ in term.factors for vertex in vertices}
        for position, vertex in enumerate(term.free):
            if vertex in touched or term.free.count(vertex) > 1:
                needed.add(position)
    return tuple(sorted(needed))


# What is positive


def positive(label: Label) -> bool:
    """Positive wherever no entry is zero."""
    if strictly_positive(label) or label in ground().positive:
        return True
    match label.kind:
        case "sum":
            poly: Poly = label.key[1]
            return all(c > 0 and is_positive(term) for term, c in poly.terms.items())
        case "net":
            return is_positive(label.key[1])
    return False


def strictly_positive(label: Label) -> bool:
    """Positive even where entries are zero."""
    return label.kind in ("number", "dim", "pi", "exp") or label in ground().above_zero


def is_positive(term: Term) -> bool:
    """Whether a term is positive for nonzero entries: even powers, and factors that are."""
    factors = [(label, exponent) for label, _, exponent in term.factors] + list(term.scalars)
    return not term.has_delta and all(
        (exponent.denominator == 1 and exponent % 2 == 0) or positive(label) for label, exponent in factors
    )


# A term as a product of independent pieces


@dataclass
class Pieces:
    """``coefficient * Π base^exponent``: scalars, factors over free positions, and inner sums."""

    coefficient: Fraction
    scalars: list[tuple[Label, Exponent]] = field(default_factory=list)
    factors: list[tuple[Label, tuple[int, ...], Exponent]] = field(default_factory=list)
    """Each over free positions."""
    sums: list[Poly] = field(default_factory=list)
    """Factors that are sums over indices, each a polynomial over all free positions."""


def pieces(p: Poly) -> Pieces | None:
    """The only term of p as a product, or None."""
    if len(p.terms) != 1:
        return None
    ((term, coefficient),) = p.terms.items()
    if term.has_delta:
        return None
    found = Pieces(coefficient, list(term.scalars))
    internal = set(term.internal)
    inner: list[tuple[Label, tuple[int, ...], Exponent]] = []
    for factor in term.factors:
        (inner if internal & set(factor[1]) else found.factors).append(factor)
    for group in _groups(inner, internal):
        raw = Raw.of(term)
        raw.scalars.clear()
        raw.factors = {(label, vertices): exponent for label, vertices, exponent in group}
        touched = {vertex for _, vertices, _ in group for vertex in vertices}
        raw.sizes = {v: size for v, size in raw.sizes.items() if v in touched or v in term.free}
        found.sums.append(collected([raw], p.free, p.rows))
    return found


def _groups(
    factors: list[tuple[Label, tuple[int, ...], Exponent]], internal: set[int]
) -> list[list[tuple[Label, tuple[int, ...], Exponent]]]:
    """Factors that share an inner index stand together."""
    groups: list[tuple[set[int], list[tuple[Label, tuple[int, ...], Exponent]]]] = []
    for factor in factors:
        inner = internal & set(factor[1])
        touching = [group for group in groups if group[0] & inner]
        groups = [group for group in groups if not group[0] & inner]
        merged = (inner.union(*(group[0] for group in touching)), [f for group in touching for f in group[1]])
        merged[1].append(factor)
        groups.append(merged)
    return [factors for _, factors in groups]


def common(p: Poly) -> Pieces:
    """What all terms of a sum have as a factor: the lowest exponents."""
    content = Pieces(Fraction(1))
    if any(term.has_delta for term in p.terms):
        return content
    scalars = [dict(term.scalars) for term in p.terms]
    content.scalars = _lowest(scalars)
    lists: list[dict[Factor, Exponent]] = []
    for term in p.terms:
        free = set(term.free)
        lists.append({(label, at): e for label, at, e in term.factors if set(at) <= free})
    content.factors = [(label, at, exponent) for (label, at), exponent in _lowest(lists)]
    return content


def _lowest(rows: list[dict[Any, Exponent]]) -> list[tuple[Any, Exponent]]:
    keys = {key for row in rows for key in row}
    low = {key: min(row.get(key, 0) for row in rows) for key in keys}
    return sorted(((key, e) for key, e in low.items() if e), key=lambda item: str(item[0]))


def product_of(content: Pieces, p: Poly, power: Exponent = 1) -> Poly:
    """The product of the pieces (but the inner sums and the coefficient) to a power, over the positions of p."""
    raw = Raw()
    raw.free = [raw.vertex(size) for size in p.free]
    for label, exponent in content.scalars:
        raw.scalars[label] = exponent * power
    for label, at, exponent in content.factors:
        raw.multiply(label, tuple(raw.free[position] for position in at), exponent * power)
    return collected([raw], p.free, p.rows)


def divided_by_common(p: Poly) -> tuple[Pieces, Poly]:
    """A sum as its content times the rest, whose leading coefficient is 1."""
    content = common(p)
    rest = p
    if content.scalars or content.factors:
        rest = hadamard(p, product_of(content, p, -1))
    if not rest.terms:
        return Pieces(Fraction(1)), p
    content.coefficient = leading_coefficient(rest)
    return content, times_number(rest, 1 / content.coefficient)
