"""Products with a masked product of low rank: ``C*(M .* (A*B))`` without the matrix in the brackets.

With A of few columns a_r and B of few rows b_r, it is the sum over r of ``((C .* a_r') * M) .* b_r``:
one product of M with the few rows ``C .* a_r'``, and sums of thin arrays. This pays where C has few rows
too, as in the last layer of a classifier with few classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matdiff.codegen.costs import CALL, ENTRY, entries, product_cost
from matdiff.codegen.descent import Step
from matdiff.codegen.graph import Graph, Value, rebuild, untransposed, walk


@dataclass(frozen=True)
class Masked:
    """``M .* (A*B)``"""

    whole: Value
    mask: Value
    product: Value
    left: Value
    right: Value

    def turned(self, g: Graph) -> Masked:
        flip = g.transpose
        return Masked(flip(self.whole), flip(self.mask), flip(self.product), flip(self.right), flip(self.left))


@dataclass(frozen=True)
class Use:
    """A product ``C*X`` of such a matrix, or its transpose."""

    value: Value
    factor: Value
    masked: Masked
    is_turned: bool


def masked_product(g: Graph, value: Value) -> Masked | None:
    if value.op == "multiply" and value.rank == 2 and all(arg.shape == value.shape for arg in value.args):
        for product, mask in (value.args, value.args[::-1]):
            if product.op == "matmul":
                return Masked(value, mask, product, *product.args)
            if product.is_outer:
                return Masked(value, mask, product, g.column(product.args[0]), g.row(product.args[1]))
    return None


def thin_products(step: Step) -> Step:
    """Every product for which it pays."""
    g = step.graph
    order = walk(*step.outputs())
    found = {value: masked for value in order if (masked := masked_product(g, value))}
    uses = [use for value in order if (use := use_of(g, value, found))]
    users: dict[Value, list[Value]] = {}
    for value in order:
        for arg in value.args:
            users.setdefault(arg, []).append(value)
    position = {value: n for n, value in enumerate(order)}
    chosen: list[Use] = []
    known: set[frozenset[Value]] = set()
    for masked in found.values():
        mine = [use for use in uses if use.masked.whole in (masked.whole, g.transpose(masked.whole))]
        if pays(step, masked, mine, users):
            chosen += mine
            known |= {parts(g, use) for use in mine}
    chosen += [use for use in uses if use not in chosen and parts(g, use) in known]
    by_value = {use.value: use for use in chosen}
    if not by_value:
        return step

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        return thin(g, by_value[value], position) if value in by_value else None

    return step.replaced(rebuild(g, step.outputs(), change))


def use_of(g: Graph, value: Value, found: dict[Value, Masked]) -> Use | None:
    if value.op != "matmul" or value.rank != 2:
        return None
    left, right = value.args
    for factor, other, is_turned in ((left, right, False), (g.transpose(right), g.transpose(left), True)):
        plain = untransposed(other)
        if plain in found and plain is not factor:
            masked = found[plain]
            return Use(value, factor, masked if plain is other else masked.turned(g), is_turned)
    return None


def pays(step: Step, masked: Masked, uses: Iterable[Use], users: dict[Value, list[Value]]) -> bool:
    """Whether thin products cost less than to make the masked matrix and multiply with it."""
    uses = list(uses)
    if not uses or {masked.whole, step.graph.transpose(masked.whole)}.intersection(step.outputs()):
        return False
    readers = [user for user in users[masked.whole] if user.op != "T"]
    readers += [user for view in users[masked.whole] if view.op == "T" for user in users[view]]
    if len(readers) > len(uses) or len(users[masked.product]) > 1:
        return False
    sizes = step.sizes
    dense = product_cost(masked.product, sizes) + CALL + ENTRY * entries(masked.whole, sizes)
    thin_cost = 0.0
    for use in uses:
        dense += product_cost(use.value, sizes)
        pairs = pairs_of(step.graph, use.factor, use.masked)
        sums = sums_of(step.graph, pairs, use.masked.mask)
        thin_cost += 4 * CALL + ENTRY * (2 * entries(pairs, sizes) + 4 * entries(sums, sizes))
        thin_cost += product_cost(sums, sizes)
    return thin_cost < dense


def parts(g: Graph, use: Use) -> frozenset[Value]:
    """What the sums of a use are made of, whichever way round."""
    return frozenset({use.factor, g.transpose(use.masked.left), use.masked.mask})


def pairs_of(g: Graph, factor: Value, masked: Masked) -> Value:
    left = g.transpose(masked.left)
    return g.make("pairs", (factor, left), (factor.shape[0], *left.shape))


def sums_of(g: Graph, pairs: Value, mask: Value) -> Value:
    """All rows of the pairs times the mask, in one product."""
    first, second, length = pairs.shape
    flat = g.make("flat", (pairs,), (first * second, length))
    return g.matmul(flat, mask)


def thin(g: Graph, use: Use, position: dict[Value, int]) -> Value:
    left = g.transpose(use.masked.left)
    swapped = position.get(untransposed(left), -1) < position.get(untransposed(use.factor), -1)
    first, second = (left, use.factor) if swapped else (use.factor, left)
    pairs = g.make("pairs", (first, second), (first.shape[0], *second.shape))
    sums = sums_of(g, pairs, use.masked.mask)
    op = "contract_first" if swapped else "contract_second"
    cube = g.make("cube", (sums,), (*pairs.shape[:2], sums.shape[1]))
    result = g.make(op, (cube, use.masked.right), (use.factor.shape[0], use.masked.right.shape[1]))
    return g.transpose(result) if use.is_turned else result
