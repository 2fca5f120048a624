"""What a plan costs: the operations of its graph, by the figures of `costs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matdiff.codegen.costs import CALL, ENTRY, MOVE, MULTIPLY, count, entries
from matdiff.codegen.graph import VIEWS, Value, are_turned, walk

FREE = VIEWS | {"input", "const", "size", "pi"}

FACTORED = 1.2
"""A matrix is taken apart, in multiplications of a product of two like it: a third of them, at a third of the speed."""
SOLVED = 2.0
"""The same for each column that is solved for, which is a product with the matrix."""


def work(outputs: Iterable[Value], sizes: Mapping[str, int]) -> float:
    """Nanoseconds, about."""
    return sum(cost(value, sizes) for value in walk(*outputs))


def cost(value: Value, sizes: Mapping[str, int]) -> float:
    if value.op in FREE or not value.args:
        return 0.0
    made, read = entries(value, sizes), max(entries(arg, sizes) for arg in value.args)
    match value.op:
        case "matmul" | "dot":
            left, right = value.args
            moved = sum(entries(part, sizes) for part in (left, right, value))
            inner = count(left.shape[-1], sizes)
            halved = value.rank == 2 and are_turned(left, right)
            return CALL + MOVE * moved + MULTIPLY * made * inner * (0.5 if halved else 1.0)
        case "inv":
            n = count(value.shape[0], sizes)
            return 8 * CALL + MULTIPLY * (FACTORED + SOLVED) * n**3
        case "solve":
            n = count(value.args[0].shape[0], sizes)
            return 8 * CALL + MULTIPLY * (FACTORED * n**3 + SOLVED * n * made)
    return CALL + ENTRY * max(made, read)
