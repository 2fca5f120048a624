"""The form people read: common factors taken out of sums, wherever that leaves fewer operations.

A summand is a number, scalar factors, and a chain: the factors of a matrix product (which may be
shared at either end) or of a Hadamard product (which may be shared anywhere).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import (
    chain,
    is_power,
    is_product,
    is_reciprocal,
    is_scaled,
    is_sum,
    joined,
    spine,
    split,
    terms_of,
    times,
    times_each,
    untransposed,
)
from matdiff.expr import Expr
from matdiff.operators import BILINEAR, CHAINS, ROWS, UNORDERED
from matdiff.rewriting import canonical
from matdiff.rewriting.cost import cost
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.powers import powers_of, raised
from matdiff.rewriting.transposes import turn_term
from matdiff.sizes import Shape

PRODUCT_CHAINS = CHAINS & BILINEAR


@dataclass(frozen=True)
class Term:
    value: Fraction
    scalars: tuple[Expr, ...]
    op: str
    links: tuple[Expr, ...]

    @property
    def is_product_each(self) -> bool:
        return self.op in UNORDERED

    @staticmethod
    def of(e: Expr) -> Term:
        value, scalars, matrix = split(e)
        if matrix is None and scalars and is_product(scalars[-1]):
            *scalars, matrix = scalars
        if matrix is None:
            return Term(value, tuple(scalars), "", ())
        op = matrix.op if matrix.op in PRODUCT_CHAINS else ""
        return Term(value, tuple(scalars), op, tuple(spine(matrix, op)) if op else (matrix,))

    def expr(self) -> Expr:
        matrix = (chain(self.op, self.links) if self.op else self.links[0]) if self.links else None
        if matrix is not None and matrix.is_scalar:
            return joined(self.value, [*self.scalars, matrix], None)
        return joined(self.value, list(self.scalars), matrix)


Grouping = tuple[int, list[int], Callable[[list[Term]], Expr]]
"""How many operations it saves, which terms it takes, and what they become."""


def factored(total: Expr) -> Expr:
    """One common factor taken out of a sum, the one that saves most; the sum itself where none does."""
    terms = [Term.of(term) for term in terms_of(total)]
    if len(terms) > 200:
        return total
    best = max(groupings(terms), key=lambda grouping: grouping[0], default=None)
    if best is None or best[0] <= 0:
        return total
    _, taken, build = best
    new = build([terms[n] for n in taken])
    rest = [new if n == taken[0] else term.expr() for n, term in enumerate(terms) if n == taken[0] or n not in taken]
    return compose.total(rest)


def groupings(terms: list[Term]) -> Iterable[Grouping]:
    yield from common_scalars(terms)
    yield from common_powers(terms)
    for side in (0, -1):
        ends: dict[Expr, list[int]] = {}
        for number, term in enumerate(terms):
            if term.op and not term.is_product_each:
                ends.setdefault(term.links[side], []).append(number)
        for end, taken in ends.items():
            alone = [n for n, term in enumerate(terms) if term.links == (end,)] if weight(end) else []
            if alone:  # K*Z + Z is (K + I)*Z
                taken = sorted({*taken, *alone[:1]})
            if len(taken) > 1:
                yield (
                    (len(taken) - 1) * (1 + weight(end)),
                    taken,
                    partial(take_end, side=side),
                )
    yield from common_matrices(terms)
    yield from common_functions(terms)
    yield from common_kron(terms)
    shared = Counter(link for term in terms if term.is_product_each for link in dict.fromkeys(term.links))
    for link, count in shared.items():
        taken = [
            n for n, term in enumerate(terms) if link in term.links and (term.is_product_each or len(term.links) == 1)
        ]
        if len(taken) > 1:
            count = len(taken) if len(taken) == count else count + (weight(link) > 0)
            yield (count - 1) * (1 + weight(link)), taken, partial(take_link, link=link)


def common_scalars(terms: list[Term]) -> Iterable[Grouping]:
    """A number shared by all terms, or a scalar factor shared by some."""
    everything = list(range(len(terms)))
    value = terms[0].value
    if len(terms) > 1 and abs(value) != 1 and all(abs(term.value) == abs(value) for term in terms):
        yield len(terms) - 1, everything, partial(take_number, value=abs(value))
    shared = Counter(scalar for term in terms for scalar in dict.fromkeys(term.scalars))
    for scalar, count in shared.items():
        if count > 1:
            taken = [n for n, term in enumerate(terms) if scalar in term.scalars]
            yield (
                (count - 1) * (1 + weight(scalar)),
                taken,
                partial(take_scalar, scalar=scalar),
            )


def common_powers(terms: list[Term]) -> Iterable[Grouping]:
    """What all terms have of a scalar in different powers: x/n - y/n^2 is (x - y/n)/n."""
    powers = [powers_of(list(term.scalars)) for term in terms]
    for base in powers[0] if len(terms) > 1 else ():
        exponents = [found.get(base, Fraction(0)) for found in powers]
        lowest, highest = min(exponents), max(exponents)
        shared = highest if highest < 0 else lowest
        if lowest * highest > 0 and lowest != highest:
            saved = exponents.count(shared) + sum(abs(exponent - shared) == 1 for exponent in exponents)
            yield saved - 1, list(range(len(terms))), partial(take_power, base=base, shared=shared)


def take_power(group: list[Term], base: Expr, shared: Fraction) -> Expr:
    def without(term: Term) -> Term:
        powers = powers_of(list(term.scalars))
        powers[base] -= shared
        left = tuple(raised(of, exponent) for of, exponent in powers.items() if exponent)
        return Term(term.value, left, term.op, term.links)

    return times_scalar(Fraction(1), [raised(base, shared)], total_of(map(without, group)))


def common_matrices(terms: list[Term]) -> Iterable[Grouping]:
    """2*h*ones(h) - 4*ones(h) as (2*h - 4)*ones(h)."""
    found: dict[tuple[str, tuple[Expr, ...]], list[int]] = {}
    for number, term in enumerate(terms):
        if term.links:
            found.setdefault((term.op, term.links), []).append(number)
    for taken in found.values():
        if len(taken) > 1:
            matrix = terms[taken[0]].links
            yield (len(taken) - 1) * (1 + sum(map(weight, matrix))) + len(matrix) - 1, taken, take_matrix


def take_matrix(group: list[Term]) -> Expr:
    inner = total_of(Term(term.value, term.scalars, "", ()) for term in group)
    return times_scalar(Fraction(1), [inner], Term(Fraction(1), (), group[0].op, group[0].links).expr())


LINEAR = frozenset(name for name, entry in ROWS.items() if entry.is_linear and len(entry.arguments) == 1) - {
    *("transpose", "sum")
}


def common_functions(terms: list[Term]) -> Iterable[Grouping]:
    """diag(x) + diag(y) as diag(x + y), and so for the other linear functions."""
    found: dict[tuple[str, object, Shape], list[int]] = {}
    for number, term in enumerate(terms):
        inner = term.links[0] if len(term.links) == 1 else term.scalars[-1] if term.scalars and not term.links else None
        if inner is not None and inner.op in LINEAR:
            found.setdefault((inner.op, inner.data, inner.args[0].shape), []).append(number)
    for taken in found.values():
        if len(taken) > 1:
            yield len(taken) - 1, taken, take_function


def common_kron(terms: list[Term]) -> Iterable[Grouping]:
    """kron(A, B) + kron(A, C) as kron(A, B + C)."""
    for side in (0, 1):
        found: dict[tuple[Expr, Shape], list[int]] = {}
        for number, term in enumerate(terms):
            if len(term.links) == 1 and term.links[0].op == "kron":
                shared, other = term.links[0].args[side], term.links[0].args[1 - side]
                found.setdefault((shared, other.shape), []).append(number)
        for (shared, _), taken in found.items():
            if len(taken) > 1:
                yield (len(taken) - 1) * (1 + weight(shared)), taken, partial(take_kron, side=side)


def take_kron(group: list[Term], side: int) -> Expr:
    parts = [times_scalar(t.value, list(t.scalars), t.links[0].args[1 - side]) for t in group]
    pair = [group[0].links[0].args[side], compose.total(parts)]
    return E.rebuild(group[0].links[0], tuple(pair if side == 0 else pair[::-1]))


def take_function(group: list[Term]) -> Expr:
    inner = [(term.links[0] if term.links else term.scalars[-1]) for term in group]
    parts = [
        times_scalar(term.value, list(term.scalars if term.links else term.scalars[:-1]), f.args[0])
        for term, f in zip(group, inner, strict=True)
    ]
    return E.rebuild(inner[0], (compose.total(parts),))


def weight(e: Expr) -> int:
    """How many operations a factor shows, counted up to a bound."""
    count, stack = 0, [e]
    while stack and count < 30:
        node = stack.pop()
        if node.args and node.op not in canonical.ATOMS:
            count += 1
            stack += node.args
    return count


def rest_of(term: Term, links: tuple[Expr, ...], value: Fraction, scalars: list[Expr], unit: Expr) -> Term:
    """A term without what is taken out of it; the unit where nothing is left."""
    left = minus(term.scalars, scalars)
    if links:
        return Term(term.value / value, left, term.op if len(links) > 1 else "", links)
    return Term(term.value / value, left, "", (unit,))


def total_of(group: Iterable[Term]) -> Expr:
    return compose.total([term.expr() for term in group])


def times_scalar(value: Fraction, scalars: list[Expr], inner: Expr) -> Expr:
    return joined(value, [*scalars, inner], None) if inner.is_scalar else joined(value, scalars, inner)


def take_number(group: list[Term], value: Fraction) -> Expr:
    return times_scalar(value, [], total_of(Term(t.value / value, t.scalars, t.op, t.links) for t in group))


def take_scalar(group: list[Term], scalar: Expr) -> Expr:
    def without(term: Term) -> Term:
        scalars = list(term.scalars)
        scalars.remove(scalar)
        return Term(term.value, tuple(scalars), term.op, term.links)

    return times_scalar(Fraction(1), [scalar], total_of(map(without, group)))


def take_end(group: list[Term], side: int) -> Expr:
    """A*B + A*C as A*(B + C), or B*A + C*A as (B + C)*A; what all scalars share goes out too."""
    end = next(term for term in group if len(term.links) > 1).links[side]
    links = [term.links[1:] if side == 0 else term.links[:-1] for term in group]
    value, scalars = shared_coefficient(group)
    unit = E.eye(end.cols if side == 0 else end.rows)
    inner = total_of(rest_of(t, rest, value, scalars, unit) for t, rest in zip(group, links, strict=True))
    pair = (end, inner) if side == 0 else (inner, end)
    return times_scalar(value, scalars, times(*pair))


def take_link(group: list[Term], link: Expr) -> Expr:
    """A .* B + A .* C as A .* (B + C)."""
    value, scalars = shared_coefficient(group)
    unit = E.ones(*link.shape)
    inner = total_of(rest_of(t, minus(t.links, [link]), value, scalars, unit) for t in group)
    return joined(value, scalars, times_each(link, inner))


def shared_coefficient(group: list[Term]) -> tuple[Fraction, list[Expr]]:
    """The number and the scalar factors that all terms of a group have."""
    value = abs(group[0].value) if all(abs(t.value) == abs(group[0].value) for t in group) else Fraction(1)
    common = Counter(group[0].scalars)
    for term in group[1:]:
        common &= Counter(term.scalars)
    if all(term.value < 0 for term in group):
        value = -value
    return value, list(common.elements())


def minus(items: tuple[Expr, ...], taken: Iterable[Expr]) -> tuple[Expr, ...]:
    left = list(items)
    for item in taken:
        left.remove(item)
    return tuple(left)


def named_first(product: Expr) -> Expr:
    """A product whose scalar names stand first, by the alphabet: not in the order in which the rules left them."""
    value, factors, matrix = split(product)
    if len(factors) < 2:
        return product
    ordered = sorted(factors, key=lambda factor: name_of(factor.args[0] if is_reciprocal(factor) else factor))
    return product if ordered == factors else joined(value, ordered, matrix)


def name_of(scalar: Expr) -> tuple[bool, str]:
    """What a scalar is sorted by: its name, what has none comes last."""
    base = scalar.args[0] if is_power(scalar) else scalar
    match base.op:
        case "variable":
            return False, base.data[0]
        case "dim" | "definition":
            return False, str(base.data)
        case "pi":
            return False, ""
        case _:
            return True, ""


class Readable(Rewriter):
    """The rewriter that also takes common factors out, and sorts scalars."""

    def combine(self, node: Expr, parts: list[Expr]) -> Expr:
        new = super().combine(node, parts)
        return factored(new) if is_sum(new) else named_first(new) if is_scaled(new) else new


class Expanded(Rewriter):
    """The rewriter that also multiplies sums out."""

    def combine(self, node: Expr, parts: list[Expr]) -> Expr:
        new = super().combine(node, parts)
        return multiplied_out(new) if new.op in MULTIPLIED else new


MULTIPLIED = frozenset(name for name, entry in ROWS.items() if entry.is_linear) - {"add", "transpose"}
"""Operators linear in each argument: of a sum they are the sum."""
PRODUCTS = PRODUCT_CHAINS | {"scale"}
MAX_TERMS = 12
"""Sums with more terms are left as they are."""


def multiplied_out(node: Expr) -> Expr:
    """One operator over a sum as the sum of the operator over its terms; a product is searched to its ends."""
    if node.op in PRODUCTS and term_count(node) > MAX_TERMS:
        return node
    for number, arg in enumerate(node.args):
        if arg.op in PRODUCTS:
            arg = multiplied_out(arg)
        inner = untransposed(arg)
        terms = terms_of(inner) if inner is arg else [turn_term(term) for term in terms_of(inner)]
        if 1 < len(terms) <= MAX_TERMS:
            return compose.total([E.rebuild(node, (*node.args[:number], t, *node.args[number + 1 :])) for t in terms])
    return node


def term_count(product: Expr) -> int:
    """How many terms a product has when it is multiplied out, counted up to the bound: they double with each sum."""
    count, stack = 1, [product]
    while stack and count <= MAX_TERMS:
        node = stack.pop()
        if node.op in PRODUCTS:
            stack += node.args
        else:
            count *= len(terms_of(untransposed(node)))
    return count


class Presenter:
    """The form people read, chosen by cost: with common factors out, as it stands or multiplied out first."""

    def __init__(self, names: Iterable[Expr] = ()) -> None:
        self.names = tuple(names)
        self.readable = Readable(self.names)
        self.expanded = Expanded(self.names)

    def show_as(self, pairs: Sequence[tuple[Expr, Expr]]) -> None:
        """From now on write these values the way the model does; each may hold the ones before it.

        Not where what is shown holds the value itself: it would be written out for ever.
        """
        written = set(E.topo(*(shown for _, shown in pairs)))
        short = [(value, shown) for value, shown in pairs if cost(value, MAX_COST) < MAX_COST]
        for rewriter, mine in ((self.readable, pairs), (self.expanded, short)):
            for value, shown in mine:
                normal = rewriter(value)
                if normal.op in canonical.ATOMS or not normal.args or normal in rewriter.folds:
                    continue
                if normal not in written or normal not in set(E.topo(shown)):
                    rewriter.folds[normal] = rewriter.done[normal] = rewriter.done[value] = rewriter(shown)
            rewriter.done.clear()

    def __call__(self, e: Expr) -> Expr:
        found = self.readable(e)
        shown = cost(found, MAX_COST)
        if not 0 < shown < MAX_COST:
            return found
        other = self.readable(self.expanded(e))
        return other if cost(other, shown) < shown else found


MAX_COST = 40
"""Longer expressions are not multiplied out to see whether that is shorter."""
