"""Expressions with large sizes written as numbers, at smaller sizes: what holds there is checked in no time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod

from matdiff import expr as E
from matdiff.expr import LEAVES, Expr, Sized, topo
from matdiff.operators import row
from matdiff.sizes import Size, make

MOST_ENTRIES = 20_000
"""Values with no more entries are what they are."""

LEAST_TOLD = 10
"""Numbers that are multiples of smaller sizes are not taken for sizes."""

Smaller = dict[Expr, Expr]
"""For each expression the one of smaller sizes."""


def smaller(roots: Sequence[Expr]) -> Iterator[Smaller]:
    """The expressions over smaller sizes; then with the numbers that may be made of sizes made of the smaller ones.

    Both are only another question: where its answer is no, that of the true sizes may be yes (``tr(eye(500))`` is
    written as 500). Nothing is given where no size is large, or where no smaller ones go together as these do.
    """
    nodes = [*topo(*roots)]
    if any(isinstance(node.data, Sized) for node in nodes):
        return  # sizes stand where they are not seen
    lengths = {size.coefficient for node in nodes for size in sizes_of(node)} - {1}
    if sum(node.rows.coefficient * node.cols.coefficient for node in nodes) <= MOST_ENTRIES:
        return
    small = small_lengths(lengths, [product for node in nodes for product in products(node)])
    if small is not None:
        yield rebuilt(nodes, small, {})
        yield rebuilt(nodes, small, {length: small[length] for length in sorted(lengths, reverse=True)})


def sizes_of(node: Expr) -> Iterator[Size]:
    yield from node.shape
    if isinstance(node.data, tuple):
        yield from (size for size in node.data if isinstance(size, Size))


def products(node: Expr) -> Iterator[tuple[int, ...]]:
    """Which lengths of this operator are the product of which others, as its row says."""
    if node.op == "commutation":
        yield tuple(size.coefficient for size in node.data)
    if node.op in LEAVES or node.op in ("definition", "differential"):
        return
    arguments, value = row(node).signature
    patterns = [size for shape in (*(shape for _, shape in arguments), value) for size in shape if size.degree > 1]
    found = row(node).match(tuple(arg.shape for arg in node.args), node.data) if patterns else None
    for pattern in patterns if found else ():
        yield tuple(found[name].coefficient for name, power in pattern.powers for _ in range(power))  # type: ignore[index]


def small_lengths(lengths: set[int], products: Sequence[tuple[int, ...]]) -> dict[int, int] | None:
    """A smaller length for each, in the same order, products those of the smaller factors."""
    made = {prod(factors): factors for factors in products if sum(factor > 1 for factor in factors) > 1}
    free = sorted(lengths - made.keys())
    small = {1: 1} | {length: number for number, length in enumerate(free, 2)}
    for length in sorted(made):  # the factors are less
        small[length] = prod(small.get(factor, 0) for factor in made[length])
    fits = all(small.get(prod(factors)) == prod(small.get(factor, 0) for factor in factors) for factors in products)
    return small if fits else None


def rebuilt(nodes: Sequence[Expr], small: Mapping[int, int], told: Mapping[int, int]) -> Smaller:
    new: Smaller = {}

    def shrunk(size: Size) -> Size:
        return make(small[size.coefficient], dict(size.powers))

    def number(value: Fraction) -> Fraction:
        parts = [value.numerator, value.denominator]
        for place in (0, 1):
            for length, less in told.items():
                if length >= LEAST_TOLD and parts[place] % length == 0:
                    parts[place] = parts[place] // length * less
        return Fraction(*parts)

    for node in nodes:
        data = node.data
        if node.op == "number":
            new[node] = E.number(number(data))
            continue
        if isinstance(data, tuple):
            data = tuple(shrunk(part) if isinstance(part, Size) else part for part in data)
        new[node] = Expr(node.op, tuple(new[arg] for arg in node.args), data, (shrunk(node.rows), shrunk(node.cols)))
    return new
