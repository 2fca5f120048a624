"""A multiple of an outer product is the outer product of a multiple of a column: one pass over a matrix less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from matdiff.codegen.graph import Graph, Value, rebuild, walk


def scale_columns(graph: Graph, outputs: Iterable[Value]) -> dict[Value, Value]:
    """The values of the outputs' graph by those that take their place; what was symmetric is so but for rounding."""
    outputs = list(outputs)
    uses = Counter(outputs)
    for value in walk(*outputs):
        uses.update(value.args)

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        outer = next((old for old, arg in zip(value.args, args, strict=True) if arg.op == "outer"), None)
        if outer is None or value.op not in ("multiply", "divide", "negative") or uses[outer] > 1:
            return None
        product = next(arg for arg in args if arg.op == "outer")
        column, row = product.args
        others = [arg for arg in args if arg is not product]
        if any(other.rank for other in others) or (value.op == "divide" and args[1] is product):
            return None
        scaled = graph.negative(column) if value.op == "negative" else getattr(graph, value.op)(column, *others)
        return graph.make("outer", (scaled, row), product.shape)

    return rebuild(graph, outputs, change)
