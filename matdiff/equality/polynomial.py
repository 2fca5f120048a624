"""The ways to join polynomials; `aligned` splits an index where it must."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from matdiff.equality.network import Label, Raw, Term, normalise, spend, tidy
from matdiff.equality.poly import Poly, Sizes
from matdiff.equality.reduction import SIMPLIFICATIONS, reduced
from matdiff.errors import MatdiffError
from matdiff.sizes import ONE, product


class NotAligned(MatdiffError):
    """Two axes are split in ways that do not fit, ``m*n`` against ``n*m``."""


class Collector:
    """Adds up raw terms, reducing each."""

    def __init__(self, free: Sizes, rows: int) -> None:
        self.free, self.rows = free, rows
        self.terms: dict[Term, Fraction] = {}

    def add(self, raw: Raw) -> None:
        stack = [raw]
        while stack:
            raw = stack.pop()
            spend(1 + (len(raw.factors) + len(raw.scalars)) // 6)
            if not raw.coefficient:
                continue
            tidy(raw, SIMPLIFICATIONS)
            more = reduced(raw)
            if more is not None:
                stack += more
                continue
            coefficient, term = normalise(raw)
            total = self.terms.get(term, Fraction(0)) + coefficient
            if total:
                self.terms[term] = total
            else:
                self.terms.pop(term, None)

    def poly(self) -> Poly:
        return Poly(self.terms, self.free, self.rows)


# Makers


def constant(value: Fraction | int, free: Sizes = (), rows: int = 0) -> Poly:
    """Every entry the same number."""
    return filled({}, free, rows, Fraction(value))


def filled(scalars: dict[Label, int], free: Sizes = (), rows: int = 0, value: Fraction = Fraction(1)) -> Poly:
    """Every entry the same product of scalars."""
    raw = Raw(value)
    raw.scalars.update(scalars)
    raw.free = [raw.vertex(size) for size in free]
    return collected([raw], free, rows)


def collected(raws: Iterable[Raw], free: Sizes, rows: int) -> Poly:
    collector = Collector(free, rows)
    for raw in raws:
        collector.add(raw)
    return collector.poly()


def placed(label: Label, free: Sizes, rows: int, at: Sequence[int], exponent: int | Fraction = 1) -> Poly:
    """One factor at some of the free positions."""
    raw = Raw()
    raw.free = [raw.vertex(size) for size in free]
    raw.multiply(label, tuple(raw.free[position] for position in at), exponent)
    return collected([raw], free, rows)


# Ways to join


def total(parts: Sequence[Poly]) -> Poly:
    """The sum of many."""
    result, *more = parts
    if all(part.free == result.free and part.rows == result.rows for part in more):
        terms = dict(result.terms)
        for part in more:
            for term, coefficient in part.terms.items():
                terms[term] = terms.get(term, Fraction(0)) + coefficient
        return Poly({term: coefficient for term, coefficient in terms.items() if coefficient}, result.free, result.rows)
    for part in more:
        result = added(result, part)
    return result


def added(left: Poly, right: Poly, factor: Fraction = Fraction(1)) -> Poly:
    left, right = aligned(left, right)
    terms = dict(left.terms)
    for term, coefficient in right.terms.items():
        total = terms.get(term, Fraction(0)) + factor * coefficient
        if total:
            terms[term] = total
        else:
            del terms[term]
    return Poly(terms, left.free, left.rows)


def times_number(p: Poly, factor: Fraction) -> Poly:
    return Poly({t: factor * c for t, c in p.terms.items()} if factor else {}, p.free, p.rows)


def combined(
    left: Poly, right: Poly, glue: Iterable[tuple[int, int]], free: Sequence[int], rows: int, sizes: Sizes
) -> Poly:
    """Products of all pairs of terms. Positions count on from the left to the right polynomial:
    ``glue`` makes two of them one index, ``free`` says which stay."""
    glue = list(glue)
    collector = Collector(sizes, rows)
    for one, c in left.terms.items():
        for other, d in right.terms.items():
            raw = Raw.of(one, c)
            raw.free = raw.free + raw.absorb(other, d)
            collector.add(_joined(raw, glue, free))
    return collector.poly()


def rearranged(p: Poly, free: Sequence[int], rows: int, glue: Iterable[tuple[int, int]] = ()) -> Poly:
    """Positions joined, reordered, and summed over where they do not stay."""
    glue = list(glue)
    sizes = tuple(p.free[position] for position in free)
    return collected((_joined(Raw.of(t, c), glue, free) for t, c in p.terms.items()), sizes, rows)


def _joined(raw: Raw, glue: Iterable[tuple[int, int]], free: Sequence[int]) -> Raw:
    for one, other in glue:
        raw.join(raw.free[one], raw.free[other])
    raw.free = [raw.free[position] for position in free]
    return raw


def chain_product(factors: Sequence[Poly]) -> Poly:
    """The matrix product of many, multiplied in pairs so that long words are not copied often."""
    while len(factors) > 1:
        pairs = [matrix_product(*factors[k : k + 2]) for k in range(0, len(factors) - 1, 2)]
        factors = pairs + list(factors[len(factors) - len(factors) % 2 :])
    return factors[0]


def matrix_product(left: Poly, right: Poly) -> Poly:
    left, right = aligned_axes(left, left.col_axis, right, right.row_axis)
    shift = len(left.free)
    glue = zip(left.col_axis, (shift + position for position in right.row_axis), strict=True)
    cols = [shift + position for position in right.col_axis]
    sizes = left.free[: left.rows] + right.free[right.rows :]
    return combined(left, right, glue, [*left.row_axis, *cols], left.rows, sizes)


def hadamard(left: Poly, right: Poly) -> Poly:
    left, right = aligned(left, right)
    shift = len(left.free)
    return combined(left, right, ((k, shift + k) for k in left.positions), left.positions, left.rows, left.free)


def scaled(scalar: Poly, p: Poly) -> Poly:
    return combined(scalar, p, (), p.positions, p.rows, p.free)


def kronecker(left: Poly, right: Poly) -> Poly:
    shift = len(left.free)
    rows = [*left.row_axis, *(shift + k for k in right.row_axis)]
    free = [*rows, *left.col_axis, *(shift + k for k in right.col_axis)]
    both = left.free + right.free
    return combined(left, right, (), free, len(rows), tuple(both[k] for k in free))


def transposed(p: Poly) -> Poly:
    return rearranged(p, [*p.col_axis, *p.row_axis], len(p.free) - p.rows)


def summed(p: Poly, keep: Sequence[int] = ()) -> Poly:
    """The sum over all positions but these."""
    return rearranged(p, keep, len([k for k in keep if k < p.rows]))


def spread(p: Poly, free: Sizes, rows: int, at: Sequence[int]) -> Poly:
    """The same values over more positions; ``at`` says where the positions of p are."""
    where = {position: number for number, position in enumerate(at)}
    raws = []
    for term, coefficient in p.terms.items():
        raw = Raw.of(term, coefficient)
        raw.free = [
            raw.free[where[position]] if position in where else raw.vertex(size) for position, size in enumerate(free)
        ]
        raws.append(raw)
    return collected(raws, free, rows)


# Axes of products of sizes


def aligned(left: Poly, right: Poly) -> tuple[Poly, Poly]:
    """Both with the same indices in their rows and in their columns."""
    if left.free == right.free and left.rows == right.rows:
        return left, right
    left, right = aligned_axes(left, left.row_axis, right, right.row_axis)
    left, right = aligned_axes(left, left.col_axis, right, right.col_axis)
    if (left.free, left.rows) != (right.free, right.rows):
        raise NotAligned("the axes are split in different ways")
    return left, right


def aligned_axes(left: Poly, left_axis: range, right: Poly, right_axis: range) -> tuple[Poly, Poly]:
    """Both with the same indices on one axis each."""
    sizes = tuple(left.free[k] for k in left_axis), tuple(right.free[k] for k in right_axis)
    if sizes[0] == sizes[1]:
        return left, right
    cuts = common_cuts(*sizes)
    return split(left, left_axis, cuts), split(right, right_axis, cuts)


def common_cuts(left: Sizes, right: Sizes) -> Sizes:
    cuts, one, other = [], list(left), list(right)
    while one and other:
        a, b = one.pop(0), other.pop(0)
        rest = b.divided_by(a)
        if rest is None:
            rest = a.divided_by(b)
            if rest is None:
                raise NotAligned(f"an axis of size {product(left)} is split as {left} and as {right}")
            cuts.append(b)
            if rest is not ONE:
                one.insert(0, rest)
        else:
            cuts.append(a)
            if rest is not ONE:
                other.insert(0, rest)
    if one or other:
        raise NotAligned("the axes have different sizes")
    return tuple(cuts)


def split(p: Poly, axis: range, cuts: Sizes) -> Poly:
    """The positions of one axis split into these sizes."""
    pieces: dict[int, Sizes] = {}
    rest = list(cuts)
    for position in axis:
        taken = [rest.pop(0)]
        while product(taken) is not p.free[position]:
            if not rest:
                raise NotAligned("the axes have different sizes")
            taken.append(rest.pop(0))
        if len(taken) > 1:
            pieces[position] = tuple(taken)
    if not pieces:
        return p
    tied = _tied(p)
    pieces = {k: pieces[j] for j in pieces for k in tied[j]}
    rows = sum(len(pieces.get(k, (0,))) for k in p.row_axis)
    sizes = tuple(size for k in p.positions for size in pieces.get(k, (p.free[k],)))
    return collected((_split(Raw.of(t, c), pieces) for t, c in p.terms.items()), sizes, rows)


def _tied(p: Poly) -> list[set[int]]:
    """For each position, the positions that some term makes one index with it."""
    tied = [{k} for k in p.positions]
    for term in p.terms:
        for k in p.positions:
            for j in p.positions:
                if term.free[j] == term.free[k] and tied[j] is not tied[k]:
                    tied[j] |= tied[k]
                    for member in tied[j]:
                        tied[member] = tied[j]
    return tied


def _split(raw: Raw, pieces: dict[int, Sizes]) -> Raw:
    new: dict[int, list[int]] = {}
    free = list(raw.free)
    for position, sizes in pieces.items():
        if free[position] not in new:
            new[free[position]] = [raw.vertex(size) for size in sizes]
    raw.free = [part for vertex in free for part in new.get(vertex, [vertex])]
    for (label, vertices), exponent in list(raw.factors.items()):
        if any(vertex in new for vertex in vertices):
            del raw.factors[label, vertices]
            parts = [new.get(vertex, [vertex]) for vertex in vertices]
            marked = Label("split", label, tuple(tuple(raw.sizes[v] for v in part) for part in parts))
            raw.multiply(marked, tuple(v for part in parts for v in part), exponent)
    for vertex in new:
        del raw.sizes[vertex]
    return raw
