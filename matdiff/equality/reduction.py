"""What a term becomes by the laws of what stands in it.

`SIMPLIFICATIONS` change one raw term in place (a one-hot row sums to one, an inverse cancels its
neighbour). `reduced` replaces a term by several where a sum is known under a power or an inverse:
with P = lead + rest, ``lead * P^-1`` becomes ``1 - rest * P^-1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from matdiff.equality.network import Exponent, Factor, Label, Raw, Term, tidy
from matdiff.equality.poly import Poly
from matdiff.operators import MASK_SIGNS, ROWS

MASKS = frozenset(name for name in MASK_SIGNS if not ROWS[name].means)


# In place


def masks_are_idempotent(raw: Raw) -> bool:
    changed = False
    for (label, vertices), exponent in list(raw.factors.items()):
        if label.kind in MASKS and exponent > 0:
            if exponent != 1:
                raw.factors[label, vertices] = 1
                changed = True
            weaker = (Label("ge", *label.key[1:]), vertices)
            if label.kind == "gt" and raw.factors.get(weaker, 0) > 0:
                del raw.factors[weaker]
                changed = True
    for label, exponent in list(raw.scalars.items()):
        if label.kind in MASKS and exponent > 0:
            raw.scalars[label] = 1
            weak = Label("ge", *label.key[1:])
            if label.kind == "gt" and raw.scalars.get(weak, 0) > 0:
                del raw.scalars[weak]
    return changed


def a_product_with_its_mask(raw: Raw) -> bool:
    """x 1(x >= 0) = x 1(x > 0), for a product x of factors that stand here."""
    weak = [((label, vertices), e) for (label, vertices), e in raw.factors.items() if label.kind == "ge"]
    weak += [((label, ()), e) for label, e in raw.scalars.items() if label.kind == "ge"]
    for (label, vertices), exponent in weak:
        core: Poly = label.key[1]
        if exponent == 1 and len(core.terms) == 1 and _stands_in(next(iter(core.terms)), vertices, raw):
            raw.multiply(label, vertices, -1)
            raw.multiply(Label("gt", core), vertices, 1)
            tidy(raw)
            return True
    return False


def _stands_in(term: Term, at: tuple[int, ...], raw: Raw) -> bool:
    """Whether all factors of a term stand in a raw one, its free vertices being given."""
    return (
        not term.internal
        and all(raw.scalars.get(label, 0) > 0 for label, _ in term.scalars)
        and all(raw.factors.get((label, tuple(at[v] for v in own)), 0) > 0 for label, own, _ in term.factors)
    )


def variable_of_kind(label: Label, kinds: frozenset[str]) -> bool:
    return label.kind == "variable" and label.key[1].op == "variable" and label.key[1].data[1] in kinds


ONE_HOT = frozenset({"onehot", "labels"})
ORTHOGONAL = frozenset({"orthogonal"})


def is_orthogonal(label: Label) -> bool:
    entry = ROWS.get(label.kind.removesuffix("()"))
    return variable_of_kind(label, ORTHOGONAL) or (entry is not None and entry.orthogonal)


def one_hot_rows(raw: Raw) -> bool:
    """Y_ij Y_ik is Y_ij with j = k; a row of Y sums to one."""
    seen: dict[tuple[Label, int], int] = {}
    for (label, vertices), exponent in list(raw.factors.items()):
        if not variable_of_kind(label, ONE_HOT) or len(vertices) != 2 or exponent <= 0:
            continue
        row, col = vertices
        if (label, row) in seen:
            raw.join(seen[label, row], col)
            return True
        seen[label, row] = col
        if exponent != 1:
            raw.factors[label, vertices] = 1
            return True
        if col not in raw.free and len(raw.around(col)) == 1:
            del raw.factors[label, vertices]
            del raw.sizes[col]
            return True
    return False


def orthogonal_rows_and_columns(raw: Raw) -> bool:
    for (label, vertices), exponent in raw.factors.items():
        if not is_orthogonal(label) or exponent != 1 or len(vertices) != 2:
            continue
        for side in (0, 1):
            shared = vertices[side]
            if shared in raw.free:
                continue
            around = raw.around(shared)
            if len(around) != 2 or vertices[0] == vertices[1]:
                continue
            other = next(factor for factor in around if factor != (label, vertices))
            same = other[0] is label and other[1][side] == shared and other[1][0] != other[1][1]
            if same and raw.factors[other] == 1:
                contracted(raw, [(label, vertices), other], shared, vertices[1 - side], other[1][1 - side])
                return True
    return False


def orthogonal_squares(raw: Raw) -> bool:
    """Σ_i Q_ij^2 = 1, and det(Q)^2 = 1."""
    for (label, vertices), exponent in raw.factors.items():
        if is_orthogonal(label) and exponent == 2 and vertices[0] != vertices[1]:
            for vertex in vertices:
                if vertex not in raw.free and len(raw.around(vertex)) == 1:
                    del raw.factors[label, vertices]
                    del raw.sizes[vertex]
                    return True
    for label, exponent in raw.scalars.items():
        if (
            label.kind == "det"
            and exponent.denominator == 1
            and exponent not in (0, 1)
            and _is_orthogonal(label.key[1])
        ):
            raw.scalars[label] = exponent % 2
            if not exponent % 2:
                del raw.scalars[label]
            return True
    return False


def _is_orthogonal(p: Poly) -> bool:
    return all(len(t.factors) == 1 and not t.scalars and is_orthogonal(t.factors[0][0]) for t in p.terms)


def letter_and_its_inverse(raw: Raw) -> bool:
    for (label, vertices), exponent in raw.factors.items():
        if label.kind != "inverse" or exponent != 1 or vertices[0] == vertices[1]:
            continue
        letter: Label = label.key[1]
        for side in (0, 1):
            shared = vertices[side]
            if shared in raw.free:
                continue
            around = raw.around(shared)
            if len(around) != 2:
                continue
            other = next(factor for factor in around if factor != (label, vertices))
            if other[0] is not letter or raw.factors[other] != 1 or other[1][0] == other[1][1]:
                continue
            places = (0, 1) if letter.symmetric else (1 - side,)
            for place in places:
                if other[1][place] == shared:
                    contracted(raw, [(label, vertices), other], shared, vertices[1 - side], other[1][1 - place])
                    return True
    return False


def contracted(raw: Raw, factors: list[Factor], shared: int, left: int, right: int) -> None:
    """Two factors that cancel at a shared index leave the identity between their other indices."""
    for factor in factors:
        del raw.factors[factor]
    del raw.sizes[shared]
    raw.join(left, right)


SIMPLIFICATIONS = (
    masks_are_idempotent,
    a_product_with_its_mask,
    one_hot_rows,
    orthogonal_rows_and_columns,
    orthogonal_squares,
    letter_and_its_inverse,
)


# Into several terms


def reduced(raw: Raw) -> list[Raw] | None:
    """The terms a raw term splits into by the first law that applies, or None."""
    for label, exponent in raw.scalars.items():
        found = _by_label(raw, label, (), exponent)
        if found is not None:
            return found
    for (label, vertices), exponent in raw.factors.items():
        found = _by_label(raw, label, vertices, exponent)
        if found is not None:
            return found
    return None


def _by_label(raw: Raw, label: Label, vertices: tuple[int, ...], exponent: Exponent) -> list[Raw] | None:
    match label.kind:
        case "sum" if exponent >= 1:
            return _opened(raw, label, vertices)
        case "sum" if exponent < 0:
            return _divided(raw, label, vertices)
        case "cos()" if exponent >= 2:
            return _pythagoras(raw, label, vertices)
        case "inv" if exponent == 1:
            return _cancelled(raw, label, vertices)
    return None


def _opened(raw: Raw, label: Label, vertices: tuple[int, ...]) -> list[Raw]:
    """One factor of a power of a sum, multiplied out."""
    poly: Poly = label.key[1]
    rest = raw.copy()
    rest.multiply(label, vertices, -1)
    return [_with(rest, term, coefficient, vertices) for term, coefficient in poly.terms.items()]


def _with(raw: Raw, term: Term, coefficient: Fraction, at: tuple[int, ...]) -> Raw:
    """A copy times a term whose free positions stand at given vertices."""
    new = raw.copy()
    free = new.absorb(term, coefficient)
    place = {vertex: vertex for vertex in at}
    for keep, drop in zip(at, free, strict=True):
        _join_into(new, keep, drop, place)
    return new


def _join_into(raw: Raw, keep: int, drop: int, place: dict[int, int]) -> None:
    """Join two vertices either of which may have been joined before."""
    while place.get(keep, keep) != keep:
        keep = place[keep]
    while place.get(drop, drop) != drop:
        drop = place[drop]
    if keep != drop:
        raw.join(keep, drop)
        place[drop] = keep


def _pythagoras(raw: Raw, label: Label, vertices: tuple[int, ...]) -> list[Raw]:
    one = raw.copy()
    one.multiply(label, vertices, -2)
    other = one.copy()
    other.coefficient = -other.coefficient
    other.multiply(Label("sin()", *label.key[1:], symmetric=label.symmetric), vertices, 2)
    return [one, other]


@lru_cache(maxsize=4096)
def lead(poly: Poly) -> Term:
    """The largest term, which the others are reduced to; an outer product or a bare identity only if need be."""
    return max(poly.terms, key=lambda term: (*_rank(term), term.key))


def leading_coefficient(poly: Poly) -> Fraction:
    """A coefficient that does not change where the positions change places."""
    top = max(_rank(term) for term in poly.terms)
    return max((c for term, c in poly.terms.items() if _rank(term) == top), key=lambda c: (abs(c), c))


def _rank(term: Term) -> tuple[Any, ...]:
    return bool(term.factors) and _hangs_together(term), _weight(term)


def _hangs_together(term: Term) -> bool:
    """Whether all vertices are reached from the first by factors."""
    reached, waiting = set(term.free[:1]), [vertices for _, vertices, _ in term.factors]
    while waiting:
        rest = [vertices for vertices in waiting if not reached & set(vertices)]
        if len(rest) == len(waiting):
            return False
        reached.update(vertex for vertices in waiting if vertices not in rest for vertex in vertices)
        waiting = rest
    return reached >= set(term.free)


def _weight(term: Term) -> tuple[Any, ...]:
    numbers: list[int] = []
    degree: Exponent = 0
    for label, exponent in term.scalars:
        inside = [own for own, _, _ in label.key[1].factors] if label.kind == "net" else [label]
        degree += len(inside) * exponent
        numbers += [own.number for own in inside]
    for label, _, exponent in term.factors:
        degree += exponent
        numbers.append(label.number)
    return degree, tuple(sorted(numbers, reverse=True))


def _divided(raw: Raw, label: Label, vertices: tuple[int, ...]) -> list[Raw] | None:
    """lead * P^e = P^(e+1) - rest * P^e for negative e; beside 1/x the constant of P takes the place of its lead."""
    poly: Poly = label.key[1]
    top = lead(poly)
    found = None
    if all(raw.scalars.get(own, 0) >= exponent for own, exponent in top.scalars):
        found = next(occurrences(raw, top, dict(zip(top.free, vertices, strict=True))), None)
    if found is None:
        constant = _constant_before(raw, poly, vertices)
        if constant is None:
            return None
        top, found = constant, Occurrence({}, ())
    rest = without(raw, top, found)
    rest.coefficient /= poly.terms[top]
    more = [_with(rest, term, -coefficient, vertices) for term, coefficient in poly.terms.items() if term != top]
    rest.multiply(label, vertices, 1)
    return [rest, *more]


def _constant_before(raw: Raw, poly: Poly, vertices: tuple[int, ...]) -> Term | None:
    """The constant term of P where a factor of all its other terms stands here with a negative exponent."""
    constant = next((term for term in poly.terms if not term.factors and not term.scalars and not term.internal), None)
    if constant is None or constant.has_delta:
        return None
    others = [term for term in poly.terms if term is not constant]
    for own, exponent in others[0].scalars:
        if exponent > 0 > raw.scalars.get(own, 0) and all(dict(t.scalars).get(own, 0) > 0 for t in others[1:]):
            return constant
    for own, at, exponent in others[0].factors:
        here = raw.factors.get((own, tuple(vertices[v] for v in at)), 0) if max(at) < len(vertices) else 0
        if exponent > 0 > here and all(any(f[:2] == (own, at) and f[2] > 0 for f in t.factors) for t in others[1:]):
            return constant
    return None


def _cancelled(raw: Raw, label: Label, vertices: tuple[int, ...]) -> list[Raw] | None:
    """lead * P^-1 = I - rest * P^-1, on either side of the inverse."""
    poly: Poly = label.key[1]
    top = lead(poly)
    if any(raw.scalars.get(own, 0) < exponent for own, exponent in top.scalars):
        return None
    half = poly.rows
    inverse_rows, inverse_cols = vertices[:half], vertices[half:]
    sides = (
        (inverse_rows, inverse_cols, top.free[half:], top.free[:half]),
        (inverse_cols, inverse_rows, top.free[:half], top.free[half:]),
    )
    for near, far, joined, outer in sides:
        if any(vertex in raw.free or vertex in far for vertex in near):
            continue
        bound = dict(zip(joined, near, strict=True))
        for found in occurrences(raw, top, bound, open_ends=set(outer) - set(joined)):
            if any(vertex not in found.vertices for vertex in outer):
                continue
            ends = tuple(found.vertices[vertex] for vertex in outer)
            rest = without(raw, top, found)
            if any(set(rest.around(vertex)) != {(label, vertices)} for vertex in near):
                continue
            rest.coefficient /= poly.terms[top]
            whole = rest.copy()
            del whole.factors[label, vertices]
            for vertex in near:
                del whole.sizes[vertex]
            place: dict[int, int] = {}
            for keep, drop in zip(ends, far, strict=True):
                _join_into(whole, keep, drop, place)
            at = (*ends, *near) if joined == top.free[half:] and near is inverse_rows else (*near, *ends)
            more = [_with(rest, term, -coefficient, at) for term, coefficient in poly.terms.items() if term != top]
            return [whole, *more]
    return None


class Occurrence:
    """Where a term stands inside a raw term: each of its vertices, and the factors it uses."""

    __slots__ = ("factors", "vertices")

    def __init__(self, vertices: dict[int, int], factors: tuple[tuple[Factor, Exponent], ...]) -> None:
        self.vertices, self.factors = vertices, factors


def occurrences(
    raw: Raw, term: Term, bound: dict[int, int], open_ends: set[int] | frozenset[int] = frozenset()
) -> Iterator[Occurrence]:
    """Every way a term divides a raw term, its free vertices being bound.

    What the term sums over must hang on nothing else in the raw term.
    """
    plan = _plan(term, frozenset(bound))
    if plan is None:
        return
    internal = set(term.internal)
    stack = [Occurrence(bound, ())]
    while stack:
        state = stack.pop()
        if len(state.factors) == len(plan):
            used = {factor for factor, _ in state.factors}
            ends = {state.vertices[vertex] for vertex in internal}
            if not any(vertex in raw.free for vertex in ends) and all(
                set(raw.around(vertex)) <= used for vertex in ends
            ):
                yield state
            continue
        label, vertices, exponent = plan[len(state.factors)]
        exact = any(vertex in internal for vertex in vertices)
        taken = {factor for factor, _ in state.factors}
        for factor, available in raw.factors.items():
            if factor[0] is not label or factor in taken or (available != exponent if exact else available < exponent):
                continue
            for turned in (factor[1], factor[1][::-1]) if label.symmetric else (factor[1],):
                new = _extended(state.vertices, vertices, turned)
                if new is not None:
                    stack.append(Occurrence(new, (*state.factors, (factor, exponent))))


def _extended(bound: dict[int, int], vertices: tuple[int, ...], at: tuple[int, ...]) -> dict[int, int] | None:
    new = dict(bound)
    for vertex, place in zip(vertices, at, strict=True):
        if vertex in new:
            if new[vertex] != place:
                return None
        elif place in new.values():
            return None
        else:
            new[vertex] = place
    return new


@lru_cache(maxsize=4096)
def _plan(term: Term, bound: frozenset[int]) -> tuple[tuple[Label, tuple[int, ...], Exponent], ...] | None:
    """The factors in an order in which each touches what is bound before; None where there is none."""
    known, waiting, plan = set(bound), list(term.factors), []
    while waiting:
        number = next((k for k, (_, vertices, _) in enumerate(waiting) if known & set(vertices)), None)
        if number is None:
            return None
        factor = waiting.pop(number)
        known |= set(factor[1])
        plan.append(factor)
    return tuple(plan)


def without(raw: Raw, term: Term, found: Occurrence) -> Raw:
    """The raw term divided by what was found in it."""
    rest = raw.copy()
    for factor, exponent in found.factors:
        rest.factors[factor] -= exponent
        if not rest.factors[factor]:
            del rest.factors[factor]
    for label, exponent in term.scalars:
        rest.scalars[label] -= exponent
    for vertex in term.internal:
        del rest.sizes[found.vertices[vertex]]
    return rest
