"""Sine and cosine of sums, by the sums of angles; whole multiples and quarter turns are opened too."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matdiff.equality.network import Label, Term
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import added, constant, hadamard
from matdiff.equality.scalars import opaque, selected

MOST_ANGLES = 6
"""Sums of more angles stay what they are."""

_sine, _cosine = opaque("sin()", -1), opaque("cos()", 1)
_TURNS = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Sine and cosine of 0, 1, 2 and 3 quarter turns."""


def sine(p: Poly) -> Poly:
    found = selected(p, sine)
    return found if found is not None else both(p)[0]


def cosine(p: Poly) -> Poly:
    found = selected(p, cosine)
    return found if found is not None else both(p)[1]


def both(p: Poly) -> tuple[Poly, Poly]:
    """Sine and cosine of a polynomial."""
    turns = sum(quarter_turns(term, coefficient) or 0 for term, coefficient in p.terms.items())
    rest = Poly({t: c for t, c in p.terms.items() if quarter_turns(t, c) is None}, p.free, p.rows)
    count = sum(abs(coefficient.numerator) for coefficient in rest.terms.values())
    opens = 1 < count <= MOST_ANGLES and not any(term.has_delta for term in rest.terms)
    parts = [(_sine(part), _cosine(part)) for part in (angles(rest) if opens else [rest] if rest.terms else [])]
    result = (constant(_TURNS[turns % 4][0], p.free, p.rows), constant(_TURNS[turns % 4][1], p.free, p.rows))
    for s, c in parts:
        result = (
            added(hadamard(result[0], c), hadamard(result[1], s)),
            added(hadamard(result[1], c), hadamard(result[0], s), Fraction(-1)),
        )
    return result


def angles(p: Poly) -> Iterator[Poly]:
    """Angles whose sum it is: a term a/2 as often as it stands there."""
    for term, coefficient in p.ordered():
        sign = 1 if coefficient > 0 else -1
        for _ in range(abs(coefficient.numerator)):
            yield Poly({term: Fraction(sign, coefficient.denominator)}, p.free, p.rows)


def quarter_turns(term: Term, coefficient: Fraction) -> int | None:
    """How many quarter turns a term is; None for any other angle."""
    is_pi = not term.factors and not term.internal and term.scalars == ((Label("pi"), 1),)
    return int(2 * coefficient) if is_pi and (2 * coefficient).denominator == 1 else None
