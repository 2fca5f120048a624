"""Functions of entries on polynomials: powers, exp and log, masks, and what is written with them.

A function of a sum that no law opens is an opaque factor over the normal form of that sum.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from matdiff.equality.network import Exponent, Label, Raw, Term
from matdiff.equality.pieces import (
    Pieces,
    atom,
    divided_by_common,
    ground,
    is_positive,
    pieces,
    positive,
    product_of,
    strictly_positive,
)
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import (
    added,
    collected,
    constant,
    filled,
    hadamard,
    placed,
    spread,
    summed,
    times_number,
)
from matdiff.equality.reduction import MASKS, ONE_HOT, leading_coefficient, variable_of_kind
from matdiff.errors import UnsupportedError
from matdiff.sizes import Size

HALF = Fraction(1, 2)
MAX_POWER = 12
"""Larger powers of sums are not multiplied out."""


# Powers


def power(p: Poly, q: Fraction) -> Poly:
    """p .^ q, entry by entry."""
    if q == 1:
        return p
    if q == 0:
        return constant(1, p.free, p.rows)
    if q.denominator == 1 and q < 0 and is_sign(p):  # where it is not 0 it is its own reciprocal
        return p if q % 2 else constant(1, p.free, p.rows)
    p_selected = selected(p, lambda part: power(part, q)) if q.denominator != 1 or q < 0 else None
    if p_selected is not None:
        return p_selected
    if not p.terms:
        if q < 0:
            raise UnsupportedError("a power of 0 with a negative exponent has no value")
        return p
    alone = pieces(p)
    if alone is not None:
        return _power_of_product(p, alone, q)
    if q.denominator == 1 and 0 < q <= MAX_POWER:
        return multiplied([p] * int(q))
    if any(term.has_delta for term in p.terms):
        return atom("sum", p, exponent=q)
    content, rest = divided_by_common(p)
    if not _may_be_raised(content, q):
        return atom("sum", p, exponent=q)
    if content.coefficient < 0 and q.denominator != 1:
        content.coefficient, rest = -content.coefficient, times_number(rest, Fraction(-1))
    numeric = number_power(content.coefficient, q, p)
    known = len(rest.terms) == 1 or is_sign(rest)  # 1 - 1/(1 + x) is x/(1 + x)
    raised = power(rest, q) if known else atom("sum", rest, exponent=q)
    return multiplied([numeric, product_of(content, p, q), raised])


def multiplied(factors: list[Poly]) -> Poly:
    result = factors[0]
    for factor in factors[1:]:
        result = hadamard(result, factor)
    return result


def _may_be_raised(content: Pieces, q: Fraction) -> bool:
    """Whether (a b)^q = a^q b^q and (a^k)^q = a^(k q) for what was taken out."""
    if q.denominator == 1:
        return True
    bases = [(label, e) for label, e in content.scalars] + [(label, e) for label, _, e in content.factors]
    return all(positive(label) for label, _ in bases)


def _power_of_product(p: Poly, found: Pieces, q: Fraction) -> Poly:
    fractional = q.denominator != 1
    stay = Pieces(Fraction(1))
    taken = Pieces(found.coefficient)
    if fractional and found.coefficient < 0:
        taken.coefficient, stay.coefficient = -found.coefficient, Fraction(-1)
    alone = len(found.scalars) + len(found.factors) + len(found.sums) == 1 and stay.coefficient == 1

    def may(label: Label, exponent: Exponent) -> bool:
        odd = exponent.denominator != 1 or exponent % 2 == 1
        return not fractional or positive(label) or (alone and odd)

    result: list[Poly] = []
    for label, exponent in found.scalars:
        if may(label, exponent):
            taken.scalars.append((label, exponent))
        elif is_even(exponent):
            result.append(power(absolute(product_of(Pieces(Fraction(1), [(label, 1)]), p)), exponent * q))
        else:
            stay.scalars.append((label, exponent))
    for label, at, exponent in found.factors:
        if may(label, exponent):
            taken.factors.append((label, at, exponent))
        elif is_even(exponent):
            result.append(power(absolute(product_of(Pieces(Fraction(1), [], [(label, at, 1)]), p)), exponent * q))
        else:
            stay.factors.append((label, at, exponent))
    result += [number_power(taken.coefficient, q, p), product_of(taken, p, q)]
    together: list[Poly] = []
    for part in found.sums:
        ((term, _),) = part.terms.items()
        if not fractional or alone or is_positive(term):
            result.append(_power_of_sum(part, q))
        else:
            together.append(part)
    if stay.scalars or stay.factors or together or stay.coefficient != 1:
        rest = times_number(multiplied([product_of(stay, p), *together]), stay.coefficient)
        result.append(atom("sum", rest, exponent=q))
    return multiplied(result)


def _power_of_sum(part: Poly, q: Fraction) -> Poly:
    """A sum over inner indices to a power."""
    if q.denominator == 1 and 0 < q <= MAX_POWER:
        return multiplied([part] * int(q))
    return atom("sum", part, exponent=q)


def number_power(value: Fraction, q: Fraction, like: Poly | None = None) -> Poly:
    """value^q with the primes of value as factors; value must be positive where q is a fraction."""
    free, rows = (like.free, like.rows) if like is not None else ((), 0)
    if q.denominator == 1 and abs(q) <= 200:
        return constant(value ** int(q), free, rows)
    if value < 0:
        raise ValueError("a root of a negative number")
    scalars: dict[Label, Any] = {}
    for base, exponent in prime_powers(value).items():
        scalars[Label("number", base)] = exponent * q
    return filled(scalars, free, rows)


@lru_cache(maxsize=1024)
def _factored(value: int) -> tuple[tuple[int, int], ...]:
    found: dict[int, int] = {}
    for divisor in range(2, 2000):
        while value % divisor == 0:
            found[divisor] = found.get(divisor, 0) + 1
            value //= divisor
        if divisor * divisor > value:
            break
    if value > 1:
        found[value] = found.get(value, 0) + 1
    return tuple(found.items())


def prime_powers(value: Fraction) -> dict[int, int]:
    powers = dict(_factored(value.numerator))
    for base, exponent in _factored(value.denominator):
        powers[base] = powers.get(base, 0) - exponent
    return powers


# One-hot rows select


def selected(p: Poly, function: Callable[[Poly], Poly]) -> Poly | None:
    """f(Σ_j Y_ij p_ij) = Σ_j Y_ij f(p_ij) for a one-hot Y; None where no such sum is there."""
    found = next(
        (
            (label, term.free.index(vertices[0]), term.sizes[vertices[1]])
            for term in p.terms
            for label, vertices, exponent in term.factors
            if variable_of_kind(label, ONE_HOT)
            and exponent == 1
            and len(vertices) == 2
            and vertices[0] in term.free
            and vertices[1] in term.internal
        ),
        None,
    )
    if found is None or any(term.has_delta for term in p.terms):
        return None
    label, position, size = found
    raws = []
    for term, coefficient in p.terms.items():
        raw = Raw.of(term, coefficient)
        row = raw.free[position]
        chosen = next(
            (
                vertices[1]
                for own, vertices, exponent in term.factors
                if own is label and vertices[0] == row and vertices[1] in term.internal and exponent == 1
            ),
            None,
        )
        if chosen is None:
            raw.free.append(raw.vertex(size))
        else:
            del raw.factors[label, (row, chosen)]
            raw.free.append(chosen)
        raws.append(raw)
    free: tuple[Size, ...] = (*p.free, size)
    inside = function(collected(raws, free, p.rows))
    mask = placed(label, free, p.rows, (position, len(p.free)))
    return summed(hadamard(mask, inside), p.positions)


def power_of_unknown(p: Poly, q: Poly) -> Poly:
    """p .^ q for an exponent that is no number: exp(q*log(p)) only for a positive p, since (-2)^2 has a value too."""
    alone = pieces(p)
    parts = [p]
    result = [constant(1, p.free, p.rows)]
    if alone is not None:
        parts = [*alone.sums, constant(alone.coefficient, p.free, p.rows)]
        bases = [(product_of(Pieces(Fraction(1), [(label, 1)]), p), label, e) for label, e in alone.scalars]
        bases += [
            (product_of(Pieces(Fraction(1), [], [(label, at, 1)]), p), label, e) for label, at, e in alone.factors
        ]
        for base, label, e in bases:
            if is_even(Fraction(e)) and not positive(label):  # (a^2)^b is abs(a)^(2*b)
                result.append(power_of_unknown(absolute(base), times_number(q, Fraction(e))))
            else:
                parts.append(power(base, Fraction(e)))
    for part in parts:
        if part.terms and all(c > 0 and is_positive(term) for term, c in part.terms.items()):
            result.append(exp(hadamard(q, log(part))))
            continue
        for term, coefficient in q.ordered():
            if term.is_number or not (term.scalars or term.factors):
                result.append(power(part, coefficient))
            else:
                whole = Fraction(1, coefficient.denominator)  # a^(b/2) is no root of a^b where a is negative
                of = hadamard(Poly({term: whole}, q.free, q.rows), atom("base", part))
                result.append(atom("power", of, exponent=coefficient / whole))
    return multiplied(result)


# exp and log


def exp(p: Poly) -> Poly:
    found = selected(p, exp)
    if found is not None:
        return found
    result = [constant(1, p.free, p.rows)]
    for term, coefficient in p.ordered():
        result.append(_exp_of_term(p, term, coefficient))
    return multiplied(result)


def _exp_of_term(p: Poly, term: Term, coefficient: Fraction) -> Poly:
    if not term.scalars and not term.has_delta and len(term.factors) == 1 and not term.internal:
        ((label, at, exponent),) = term.factors
        if label.kind == "log" and exponent == 1:
            return power(spread(label.key[1], p.free, p.rows, at), coefficient)
    if not term.factors and not term.has_delta and len(term.scalars) == 1:
        ((label, exponent),) = term.scalars
        if label.kind == "log" and exponent == 1:
            return power(spread(label.key[1], p.free, p.rows, ()), coefficient)
    return atom("exp", Poly({term: Fraction(1)}, p.free, p.rows), exponent=coefficient)


def log(p: Poly) -> Poly:
    found = selected(p, log)
    if found is not None:
        return found
    alone = pieces(p)
    if alone is None:
        if not p.terms or any(term.has_delta for term in p.terms):
            return atom("log", p)
        content, rest = divided_by_common(p)
        if content.coefficient < 0:
            content.coefficient, rest = -content.coefficient, times_number(rest, Fraction(-1))
        alone = Pieces(content.coefficient, content.scalars, content.factors, [rest])
    return _log_of_product(p, alone)


def _log_of_product(p: Poly, found: Pieces) -> Poly:
    """log(a b) = log(a) + log(b) where at most one factor is not known to be positive."""
    parts = [(product_of(Pieces(Fraction(1), [(label, 1)]), p), e, positive(label)) for label, e in found.scalars]
    parts += [
        (product_of(Pieces(Fraction(1), [], [(label, at, 1)]), p), e, positive(label)) for label, at, e in found.factors
    ]
    parts += [(part, 1, all(c > 0 and is_positive(t) for t, c in part.terms.items())) for part in found.sums]
    result = constant(0, p.free, p.rows)
    for part, e, sure in parts:
        if not sure and is_even(Fraction(e)):  # log(a^2) = 2*log(abs(a))
            result = added(result, log(absolute(part)), Fraction(e))
    unknown = [(part, e) for part, e, sure in parts if not sure and not is_even(Fraction(e))]
    sign = Fraction(-1 if found.coefficient < 0 else 1)
    for base, exponent in prime_powers(abs(found.coefficient)).items():
        result = added(result, _log_of_one(constant(base, p.free, p.rows)), Fraction(exponent))
    for part, e, sure in parts:
        if sure:
            result = added(result, _log_of_one(part), Fraction(e))
    if len(unknown) == 1 and sign == 1:
        ((part, e),) = unknown
        return added(result, _log_of_one(part), Fraction(e))
    if unknown or sign < 0:
        rest = multiplied([constant(sign, p.free, p.rows), *(power(part, Fraction(e)) for part, e in unknown)])
        result = added(result, atom("log", rest))
    return result


def _log_of_one(p: Poly) -> Poly:
    """The logarithm of a single factor."""
    alone = pieces(p)
    if alone is not None and len(alone.scalars) + len(alone.factors) == 1 and not alone.sums:
        label = (alone.scalars or alone.factors)[0][0]
        at = alone.factors[0][1] if alone.factors else ()
        if label.kind == "exp":
            return spread(label.key[1], p.free, p.rows, at)
        if label.kind == "sum":
            return atom("log", spread(label.key[1], p.free, p.rows, at))
        if label.kind == "det":
            return placed(Label("logdet", *label.key[1:]), p.free, p.rows, ())
    return atom("log", p)


# Masks


def mask(kind: str, p: Poly) -> Poly:
    """1(p > 0) or 1(p >= 0), up to positive factors of p, and turned so that its first term is positive."""
    if ground().almost_everywhere or is_nowhere_zero(p):
        kind = "gt"
    found = selected(p, lambda part: mask(kind, part))
    if found is not None:
        return found
    one = constant(1, p.free, p.rows)
    if not p.terms:
        return one if kind == "ge" else times_number(one, Fraction(0))
    content, rest = divided_by_common(p)
    masks = Pieces(
        Fraction(1),
        [(label, e) for label, e in content.scalars if label.kind in MASKS],
        [(label, at, e) for label, at, e in content.factors if label.kind in MASKS],
    )
    unsure = Pieces(
        content.coefficient,
        [(label, e) for label, e in content.scalars if label.kind not in MASKS and not strictly_positive(label)],
        [
            (label, at, e)
            for label, at, e in content.factors
            if label.kind not in MASKS and not strictly_positive(label)
        ],
    )
    inside = times_number(hadamard(product_of(unsure, p), rest), Fraction(1 if unsure.coefficient > 0 else -1))
    if all(c > 0 and is_positive(term) for term, c in inside.terms.items()) and (
        kind == "ge" or any(_above_zero(term) for term in inside.terms)
    ):
        found = one
    elif leading_coefficient(inside) > 0:
        found = atom(kind, inside)
    else:
        opposite = kind if ground().almost_everywhere else _OPPOSITE[kind]
        found = added(one, atom(opposite, times_number(inside, Fraction(-1))), Fraction(-1))
    if not masks.scalars and not masks.factors:
        return found
    front = product_of(masks, p)  # 1(m p > 0) = m 1(p > 0) for a mask m
    kept = hadamard(front, found)
    return kept if kind == "gt" else added(added(kept, one), front, Fraction(-1))


def is_nowhere_zero(p: Poly) -> bool:
    """Whether it is a product of what is divided by somewhere, or above zero."""
    ((term, _),) = p.terms.items() if len(p.terms) == 1 else ((None, 0),)
    pairs = [*term.scalars, *((label, e) for label, _, e in term.factors)] if term and not term.internal else []
    labels = [label for label, _ in pairs]
    return bool(labels) and all(label in ground().divided or strictly_positive(label) for label in labels)


def _above_zero(term: Term) -> bool:
    labels = [label for label, _ in term.scalars] + [label for label, _, _ in term.factors]
    return all(strictly_positive(label) for label in labels)


_OPPOSITE = {"gt": "ge", "ge": "gt"}


def absolute(p: Poly) -> Poly:
    """x*(1(x > 0) + 1(x >= 0) - 1)."""
    sign = added(added(mask("gt", p), mask("ge", p)), constant(1, p.free, p.rows), Fraction(-1))
    return hadamard(p, sign)


def is_sign(p: Poly) -> bool:
    """Whether it is 1(c > 0) + 1(c >= 0) - 1 for some c, or 2*1(c > 0) - 1 where masks may differ at 0."""
    if len(p.terms) not in (2, 3) or any(term.has_delta or term.internal for term in p.terms):
        return False
    kinds: dict[str, Fraction] = {}
    cores: set[tuple[Any, ...]] = set()
    for term, coefficient in p.terms.items():
        found = [(label, (), e) for label, e in term.scalars] + list(term.factors)
        if len(found) > 1 or (found and (found[0][0].kind not in MASKS or found[0][2] != 1)):
            return False
        kinds[found[0][0].kind if found else ""] = coefficient
        cores.update((label.key[1:], at) for label, at, _ in found)
    return len(cores) == 1 and kinds in ({"gt": 1, "ge": 1, "": -1}, {"gt": 2, "": -1})


def is_even(exponent: Exponent) -> bool:
    return exponent.denominator == 1 and exponent % 2 == 0


# What no law is known of


def opaque(kind: str, parity: int = 0) -> Callable[[Poly], Poly]:
    """A function known only by name, odd (-1), even (1) or neither."""

    def function(p: Poly) -> Poly:
        found = selected(p, function)
        if found is not None:
            return found
        if not p.terms and parity == -1:
            return p
        if parity and p.terms and leading_coefficient(p) < 0:
            return times_number(atom(kind, times_number(p, Fraction(-1))), Fraction(parity))
        return atom(kind, p)

    return function
