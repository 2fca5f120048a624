"""One-hot matrices that are stored as integers: rows are picked and added to by index, never multiplied."""

from __future__ import annotations

from collections.abc import Container

from matdiff.codegen.graph import Graph, Value
from matdiff.compose import factors_each, product_each
from matdiff.expr import Expr
from matdiff.sizes import ONE

MAX_DEPTH = 20
"""How deep into a sum of sums picking goes."""
LINEAR = frozenset({"add", "subtract", "multiply", "divide"})


def integers(graph: Graph, variable: Expr) -> Value:
    return graph.make("input", (), (variable.rows,), variable.data[0])


def rows(graph: Graph, variable: Expr) -> Value:
    return graph.make("arange", (), (variable.rows,), variable.rows)


def one_hot(graph: Graph, variable: Expr) -> Value:
    return graph.make("one_hot", (integers(graph, variable),), variable.shape, variable.cols)


def pick(graph: Graph, x: Value, variable: Expr, whole: Container[Value] = (), depth: int = MAX_DEPTH) -> Value:
    """Of each row the entry at its label; of a sum that is not made whole, the sum of what each summand has there."""
    if x.rank == 0:
        return x
    if x.op in LINEAR and x not in whole and depth:
        left, right = (pick(graph, arg, variable, whole, depth - 1) for arg in x.args)
        return getattr(graph, x.op)(left, right)  # type: ignore[no-any-return]
    if x.shape[1] is ONE:
        return graph.flat(x)
    if x.shape[0] is ONE:
        return graph.make("gather", (graph.flat(x), integers(graph, variable)), (variable.rows,))
    return graph.make("pick", (x, rows(graph, variable), integers(graph, variable)), (variable.rows,))


def picked(e: Expr) -> tuple[Expr, Expr] | None:
    """``X .* Y`` with labels Y, as X and Y."""
    factors = factors_each(e) if e.op == "had" else []
    hot = [factor for factor in factors if factor.op == "variable" and factor.data[1] == "labels"]
    if not hot:
        return None
    rest = [factor for factor in factors if factor is not hot[0]]
    return (product_each(rest), hot[0]) if rest else None


def add_at(graph: Graph, x: Value, variable: Expr, amount: Value) -> Value:
    """X plus a multiple of the one-hot matrix."""
    whole = graph.full(x, variable.shape)
    return graph.make("add_at", (whole, rows(graph, variable), integers(graph, variable), amount), variable.shape)


def place(graph: Graph, x: Value, variable: Expr) -> Value:
    """A matrix of zeros but for x at the labels."""
    whole = graph.full(x, (variable.rows,))
    return graph.make("place", (whole, rows(graph, variable), integers(graph, variable)), variable.shape)


def gather(graph: Graph, x: Value, variable: Expr) -> Value:
    """Y*X: the rows of X at the labels."""
    shape = (variable.rows, *x.shape[1:])
    return graph.make("gather", (x, integers(graph, variable)), shape)


def scatter(graph: Graph, x: Value, variable: Expr) -> Value:
    """Y'*X: rows of X with the same label added."""
    shape = (variable.cols, *x.shape[1:])
    return graph.make("scatter", (x, integers(graph, variable)), shape)
