"""Sine and cosine of sums, by the sums of angles; whole multiples and quarter turns are opened too."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matdiff.equality.network import Label, Term
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import added, constant, hadamard, times_number
from matdiff.equality.scalars import HALF, number_power, opaque, selected

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
    known = {term: c for term, c in p.terms.items() if is_turn(term, c)}
    quarters = [divmod(c, Fraction(1, 2)) for c in known.values()]
    turns = int(sum(k for k, _ in quarters))
    rest = Poly({t: c for t, c in p.terms.items() if t not in known}, p.free, p.rows)
    count = sum(abs(coefficient.numerator) for coefficient in rest.terms.values())
    opens = 1 < count <= MOST_ANGLES and not any(term.has_delta for term in rest.terms)
    parts = [(_sine(part), _cosine(part)) for part in (angles(rest) if opens else [rest] if rest.terms else [])]
    parts += [(special(r, p), special(Fraction(1, 2) - r, p)) for _, r in quarters if r]
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


_SINES = {Fraction(1, 6): Fraction(1), Fraction(1, 4): Fraction(2), Fraction(1, 3): Fraction(3)}
"""By the angle in half turns: twice its sine is the root of this."""


def is_turn(term: Term, coefficient: Fraction) -> bool:
    """Whether a term is an angle whose sine and cosine are known: whole quarter turns and one of a few angles."""
    is_pi = not term.factors and not term.internal and term.scalars == ((Label("pi"), 1),)
    return is_pi and (coefficient % Fraction(1, 2) == 0 or coefficient % Fraction(1, 2) in _SINES)


def special(angle: Fraction, like: Poly) -> Poly:
    """The sine of one of these angles."""
    return times_number(number_power(_SINES[angle], HALF, like), HALF)
