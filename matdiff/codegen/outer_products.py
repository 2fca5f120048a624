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
        if value.op not in ("multiply", "divide", "negative"):
            return None
        for place, (old, product) in enumerate(zip(value.args, args, strict=True)):
            others = args[:place] + args[place + 1 :]
            fits = product.is_outer and uses[old] == 1 and not any(other.rank for other in others)
            if fits and (place == 0 or value.op == "multiply"):
                column, row = product.args
                return graph.outer(getattr(graph, value.op)(column, *others), row)
        return None

    return rebuild(graph, outputs, change)
