"""Products of several matrices: the cheapest order, and the factors that are cheaper than a matrix.

A product with ones is a sum, with a diagonal matrix a scaling, with an inverse a solve, with labels
a look-up.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from matdiff.codegen import labels
from matdiff.codegen.graph import Graph, Value
from matdiff.compose import is_inverse, is_product, times, untransposed
from matdiff.expr import Expr
from matdiff.rewriting.transposes import turn
from matdiff.sizes import ONE, Shape, Size

MAX_ORDERED = 16
"""Longer chains are multiplied from the left: to order them costs the cube of their length."""

Steps = Generator[list[Expr], list[Value], Value]


class Plan(Protocol):
    """What a product asks of the plan it becomes part of."""

    graph: Graph
    whole: set[Value]
    products: dict[tuple[Expr, ...], Value]
    explicit: set[Expr]

    def count(self, size: Size) -> int: ...


@dataclass(frozen=True)
class Factor:
    """A factor, or the product of neighbours. A dense column or row is held 1-D."""

    kind: str
    """dense, ones, diagonal, inverse, labels, labels_t"""
    rows: Size
    cols: Size
    value: Value | None = None
    variable: Expr | None = None
    """The labels variable."""
    spread: bool = False
    """Whether the value is a row or a column that stands for a whole matrix."""


def lower_product(at: Plan, exprs: list[Expr], shape: Shape) -> Steps:
    product = yield from product_of(at, exprs)
    return finished(at, product)


def product_of(at: Plan, exprs: list[Expr]) -> Generator[list[Expr], list[Value], Factor]:
    exprs = links(exprs)
    factors = []
    for expr in exprs:
        factors.append((yield from factor_of(at, expr)))
    return multiply(at, exprs, factors, best_order(at, exprs, factors))


def lower_trace(at: Plan, exprs: list[Expr]) -> Steps:
    """tr(A*B) as the sum of A' .* B, the chain cut where that is cheapest."""
    exprs = links(exprs)
    if len(exprs) == 1:
        return (yield from lower_product(at, exprs, exprs[0].shape))
    factors = []
    for expr in exprs:
        factors.append((yield from factor_of(at, expr)))
    costs = Costs(at, exprs, factors)
    last = len(exprs) - 1
    cuts = range(1, len(exprs)) if len(exprs) <= MAX_ORDERED else [1]
    cut = min(cuts, key=lambda cut: costs.of(0, cut - 1) + costs.of(cut, last))
    left = multiply(at, exprs[:cut], factors[:cut], best_order(at, exprs[:cut], factors[:cut]))
    right = multiply(at, exprs[cut:], factors[cut:], best_order(at, exprs[cut:], factors[cut:]))
    return trace_of(at, left, right)


def trace_of(at: Plan, left: Factor, right: Factor) -> Value:
    g = at.graph
    for one, other in ((left, right), (right, left)):
        whole = (other.rows, other.cols)
        if one.kind.startswith("labels") and one.variable is not None:
            x = g.full(finished(at, other), whole)
            return g.sum(labels.pick(g, g.transpose(x) if one.kind == "labels" else x, one.variable, at.whole))
        if one.kind == "diagonal" and one.value is not None:
            return g.sum(
                g.multiply(one.value, g.make("diagonal", (g.full(finished(at, other), whole),), (other.rows,)))
            )
    if left.cols is ONE or left.rows is ONE:
        return g.matmul(vector(at, left), vector(at, right))
    a, b = matrix(at, left), matrix(at, right)
    return g.inner(a, b.args[0]) if b.op == "T" and a.op != "T" else g.inner(g.transpose(a), b)


def links(exprs: list[Expr]) -> list[Expr]:
    """The links of a chain: ones(m, n) cut in two, and the row sums of X .* Y (Y labels) as one link."""
    found: list[Expr] = []
    for expr in (part for whole in exprs for part in split_ones(whole)):
        if found and expr.op == "ones" and expr.cols is ONE and labels.picked(found[-1]):
            found[-1] = times(found[-1], expr)
        else:
            found.append(expr)
    return found


def split_ones(expr: Expr) -> list[Expr]:
    """ones(m, n) as ones(m)*ones(1, n)."""
    if expr.op != "ones" or expr.rows is ONE or expr.cols is ONE:
        return [expr]
    return [Expr("ones", (), None, (expr.rows, ONE)), Expr("ones", (), None, (ONE, expr.cols))]


def factor_of(at: Plan, expr: Expr) -> Generator[list[Expr], list[Value], Factor]:
    rows, cols = expr.shape
    g = at.graph
    base = untransposed(expr)
    if base.op == "variable" and base.data[1] == "labels":
        return Factor("labels" if base is expr else "labels_t", rows, cols, variable=base)
    if expr.op == "ones":
        return Factor("ones", rows, cols)
    if is_product(expr):
        picked = labels.picked(expr.args[0])
        assert picked is not None
        (x,) = yield [picked[0]]
        return Factor("dense", rows, cols, g.full(labels.pick(g, x, picked[1], at.whole), (rows,)))
    if expr.op == "diag":
        (x,) = yield [expr.args[0]]
        return Factor("diagonal", rows, cols, g.full(x, (rows,)))
    if is_inverse(base) and not base.is_scalar and base not in at.explicit:
        (x,) = yield [base.args[0]]
        x = g.full(x, base.shape)
        return Factor("inverse", rows, cols, x if base is expr else g.transpose(x))
    (x,) = yield [base]
    if base is not expr and not (rows is ONE or cols is ONE):
        return Factor("dense", rows, cols, g.full(g.transpose(g.full(x, base.shape)), (rows, cols)))
    if rows is ONE or cols is ONE:
        return Factor("dense", rows, cols, g.full(g.flat(x), (cols,) if rows is ONE else (rows,)))
    return Factor("dense", rows, cols, x, spread=x.shape != (rows, cols))


def finished(at: Plan, factor: Factor) -> Value:
    """A product as the value of its expression."""
    g = at.graph
    match factor.kind:
        case "ones":
            return g.const(1)
        case "diagonal":
            assert factor.value is not None
            return g.make("diag", (factor.value,), (factor.rows, factor.cols))
        case "inverse":
            assert factor.value is not None
            return g.make("inv", (factor.value,), (factor.rows, factor.cols))
        case "labels" | "labels_t":
            assert factor.variable is not None
            hot = labels.one_hot(g, factor.variable)
            return hot if factor.kind == "labels" else g.transpose(hot)
    assert factor.value is not None
    if factor.spread:
        return factor.value
    if factor.rows is ONE and factor.cols is not ONE:
        return g.sum0(factor.value.args[0]) if factor.value.op == "sum0_flat" else g.row(factor.value)
    return factor.value


def multiply(at: Plan, exprs: list[Expr], factors: list[Factor], order: dict[tuple[int, int], int]) -> Factor:
    """The product in the given order; products of the same neighbours are remembered."""
    done: dict[tuple[int, int], Factor] = {(i, i): factor for i, factor in enumerate(factors)}
    stack = [(0, len(factors) - 1)]
    while stack:
        i, j = stack[-1]
        if (i, j) in done:
            stack.pop()
            continue
        known = at.products.get(turned(tuple(exprs[i : j + 1])))
        if known is not None and known.rank == 2:
            done[i, j] = Factor("dense", exprs[i].rows, exprs[j].cols, at.graph.transpose(known))
            continue
        cut = order[i, j]
        halves = [(i, cut), (cut + 1, j)]
        waiting = [half for half in halves if half not in done]
        if waiting:
            stack += waiting
            continue
        found = done[i, j] = combine(at, *(done[half] for half in halves))
        if found.value is not None and found.kind == "dense" and not found.spread:
            at.products.setdefault(tuple(exprs[i : j + 1]), found.value)
    return done[0, len(factors) - 1]


def combine(at: Plan, left: Factor, right: Factor) -> Factor:
    g = at.graph
    rows, cols = left.rows, right.cols

    def dense(value: Value, spread: bool = False) -> Factor:
        return Factor("dense", rows, cols, value, spread=spread)

    for scalar, other in ((left, right), (right, left)):
        if scalar.rows is scalar.cols is ONE and scalar.value is not None:
            if other.kind == "dense":
                assert other.value is not None
                return Factor("dense", rows, cols, g.multiply(scalar.value, other.value), spread=other.spread)
            return dense(g.multiply(scalar.value, finished(at, other)), True)
    if "ones" in (left.kind, right.kind):
        return summed(at, left, right)
    if left.kind == "diagonal" or right.kind == "diagonal":
        return scaled(at, left, right)
    if left.kind == "inverse":
        assert left.value is not None
        x = vector(at, right) if right.cols is ONE else matrix(at, right)
        return dense(g.make("solve", (left.value, x), x.shape))
    if left.kind in ("labels", "labels_t"):
        assert left.variable is not None
        x = vector(at, right) if right.cols is ONE else matrix(at, right)
        look = labels.gather if left.kind == "labels" else labels.scatter
        return dense(look(g, x, left.variable))
    if right.kind in ("inverse", "labels", "labels_t"):
        turned = combine(at, transpose(at, right), transpose(at, left))
        return transpose(at, turned)
    if rows is ONE and cols is ONE:
        return dense(g.matmul(vector(at, left), vector(at, right)))
    if left.cols is ONE:
        return dense(g.make("outer", (vector(at, left), vector(at, right)), (rows, cols)))
    a = vector(at, left) if rows is ONE else matrix(at, left)
    b = vector(at, right) if cols is ONE else matrix(at, right)
    return dense(g.matmul(a, b))


def summed(at: Plan, left: Factor, right: Factor) -> Factor:
    """A product with a column or a row of ones: sums, or what is spread."""
    g = at.graph
    rows, cols = left.rows, right.cols

    def dense(value: Value, spread: bool = False) -> Factor:
        return Factor("dense", rows, cols, value, spread=spread)

    if left.kind == right.kind == "ones":
        if left.rows is ONE:
            return dense(g.size(left.cols))
        return dense(g.const(1), True)
    if right.kind == "ones":
        if right.rows is ONE:  # a column spread over columns
            return dense(g.column(vector(at, left)), True)
        if left.kind in ("labels", "labels_t"):
            assert left.variable is not None
            if left.kind == "labels":
                return dense(g.full(g.const(1), (rows,)))
            return dense(labels.scatter(g, g.full(g.const(1), (left.cols,)), left.variable))
        if left.kind == "diagonal":
            return dense(vector(at, left))
        if left.rows is ONE:
            return dense(g.sum(vector(at, left)))
        if left.kind == "inverse":
            assert left.value is not None
            return dense(g.make("solve", (left.value, g.full(g.const(1), (left.cols,))), (rows,)))
        return dense(g.sum1(matrix(at, left)))
    if left.cols is ONE:  # a row spread over rows
        return dense(g.row(vector(at, right)), True)
    if right.cols is ONE:
        return dense(g.sum(vector(at, right)))
    if right.kind == "dense":
        return dense(g.flat(g.sum0(matrix(at, right))))
    turned = summed(at, transpose(at, right), Factor("ones", left.cols, ONE))
    return dense(vector(at, turned))


def scaled(at: Plan, left: Factor, right: Factor) -> Factor:
    g = at.graph
    rows, cols = left.rows, right.cols
    if left.kind == right.kind == "diagonal":
        assert left.value is not None and right.value is not None
        return Factor("diagonal", rows, cols, g.multiply(left.value, right.value))
    if left.kind == "diagonal":
        assert left.value is not None
        if cols is ONE:
            return Factor("dense", rows, cols, g.multiply(left.value, vector(at, right)))
        return Factor("dense", rows, cols, g.multiply(g.column(left.value), matrix(at, right)))
    assert right.value is not None
    if rows is ONE:
        return Factor("dense", rows, cols, g.multiply(vector(at, left), right.value))
    return Factor("dense", rows, cols, g.multiply(matrix(at, left), g.row(right.value)))


def transpose(at: Plan, factor: Factor) -> Factor:
    g = at.graph
    if factor.kind in ("labels", "labels_t"):
        kind = "labels_t" if factor.kind == "labels" else "labels"
        return Factor(kind, factor.cols, factor.rows, variable=factor.variable)
    if factor.kind in ("ones", "diagonal"):
        return Factor(factor.kind, factor.cols, factor.rows, factor.value)
    assert factor.value is not None
    if factor.rows is ONE or factor.cols is ONE:
        return Factor(factor.kind, factor.cols, factor.rows, factor.value)
    return Factor(factor.kind, factor.cols, factor.rows, g.transpose(factor.value), spread=factor.spread)


def vector(at: Plan, factor: Factor) -> Value:
    """A row or column, 1-D at its whole length."""
    length = factor.rows if factor.cols is ONE else factor.cols
    if factor.kind == "diagonal":
        assert factor.value is not None
        return factor.value
    value = finished(at, factor) if factor.kind != "dense" else factor.value
    assert value is not None
    return at.graph.full(at.graph.flat(value), () if length is ONE else (length,))


def matrix(at: Plan, factor: Factor) -> Value:
    """A factor as a 2-D array at its whole size."""
    return at.graph.full(finished(at, factor), (factor.rows, factor.cols))


# The order of a chain.


class Costs:
    """The least cost of each product of neighbours, found when asked for."""

    def __init__(self, at: Plan, exprs: list[Expr], factors: list[Factor]) -> None:
        self.at = at
        self.exprs = exprs
        self.rows = [at.count(factor.rows) for factor in factors]
        self.cols = [at.count(factor.cols) for factor in factors]
        self.kinds = [factor.kind for factor in factors]
        self.least: dict[tuple[int, int], float] = {}
        self.cut: dict[tuple[int, int], int] = {}
        count = len(factors)
        if count > MAX_ORDERED:
            self.cut = {(0, j): j - 1 for j in range(1, count)}
            return
        for length in range(1, count + 1):
            for i in range(count - length + 1):
                self.settle(i, i + length - 1)

    def of(self, i: int, j: int) -> float:
        return self.least.get((i, j), 0)

    def settle(self, i: int, j: int) -> None:
        if i == j:
            self.least[i, j] = 0
            return
        options = [
            (self.of(i, cut) + self.other(i, cut, j) + self.step(i, cut, j), cut) for cut in range(j - 1, i - 1, -1)
        ]
        cost, cut = min(options, key=lambda option: option[0])
        known = tuple(self.exprs[i : j + 1])
        self.least[i, j] = 0 if known in self.at.products or turned(known) in self.at.products else cost
        self.cut[i, j] = cut

    def other(self, i: int, cut: int, j: int) -> float:
        """The cost of the right half; as the transpose of the left half it comes for nothing."""
        mirrored = j - cut == cut + 1 - i and turned(tuple(self.exprs[i : cut + 1])) == tuple(
            self.exprs[cut + 1 : j + 1]
        )
        return 0 if mirrored else self.of(cut + 1, j)

    def step(self, i: int, cut: int, j: int) -> float:
        """The operations of one product, by what its sides are."""
        m, k, n = self.rows[i], self.cols[cut], self.cols[j]
        left = self.kinds[i] if i == cut else "dense"
        right = self.kinds[j] if cut + 1 == j else "dense"
        kinds = {left, right}
        if "ones" in kinds:
            return m * k * n if 1 in (m, n) else m + n
        if "diagonal" in kinds:
            return m * n
        if "labels" in kinds or "labels_t" in kinds:
            return 2 * m * n + k * n
        if "inverse" in kinds:
            return k**3 / 3 + (m if right == "inverse" else n) * k * k
        return 2 * m * k * n


def best_order(at: Plan, exprs: list[Expr], factors: list[Factor]) -> dict[tuple[int, int], int]:
    return Costs(at, exprs, factors).cut


def turned(exprs: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return tuple(turn(expr) for expr in reversed(exprs))
