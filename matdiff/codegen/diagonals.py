"""Diagonal matrices that are only added to a matrix: its diagonal is changed in place."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.codegen.graph import DIAGONAL, SUMS, Graph, Value, rebuild


def add_on_diagonals(graph: Graph, outputs: Iterable[Value]) -> dict[Value, Value]:
    """The values of the outputs' graph by those that take their place."""

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op not in SUMS or value.rank < 2:
            return None
        first, second = args
        right = on_diagonal(graph, second)
        left = on_diagonal(graph, first) if right is None else None
        amount, rest = (right, first) if left is None else (left, second)
        if amount is None or rest.shape != value.shape or on_diagonal(graph, rest) is not None:
            return None
        if value.op == "subtract":
            amount, rest = (graph.negative(amount), rest) if left is None else (amount, graph.negative(rest))
        return graph.make("add_diagonal", (rest, amount), value.shape)

    return rebuild(graph, outputs, change)


def on_diagonal(graph: Graph, value: Value) -> Value | None:
    """What a matrix that is 0 elsewhere has on its diagonal: a number or a 1-D array; None of others."""
    scales: list[tuple[bool, Value]] = []
    while value.rank == 2:
        match value.op:
            case op if op in DIAGONAL:
                found = value.args[0] if value.args else graph.const(1)
                for above, scale in reversed(scales):
                    found = graph.multiply(scale, found) if above else graph.divide(found, scale)
                return found
            case "multiply" if any(arg.rank == 0 for arg in value.args):
                number, value = value.args if value.args[0].rank == 0 else value.args[::-1]
                scales.append((True, number))
            case "divide" if value.args[1].rank == 0:
                scales.append((False, value.args[1]))
                value = value.args[0]
            case "negative":
                scales.append((True, graph.const(-1)))
                value = value.args[0]
            case _:
                return None
    return None
