"""Columns that are only ever spread over a matrix are held n×1 from the start (``keepdims``)."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.codegen.graph import Graph, Value, is_elementwise, rebuild, walk
from matdiff.sizes import ONE

KEPT = {"sum1": "sum1_kept", "max1": "max1_kept"}


def keep_columns(graph: Graph, outputs: Iterable[Value]) -> dict[Value, Value]:
    """The values of the outputs' graph by those that take their place."""
    outputs = list(outputs)
    order = walk(*outputs)
    users: dict[Value, list[Value]] = {}
    for value in order:
        for arg in value.args:
            users.setdefault(arg, []).append(value)
    kept: set[Value] = set()
    for value in reversed(order):
        if (
            value.rank == 1
            and wanted(value, users, kept)
            and value not in outputs
            and (value.op in KEPT or is_elementwise(value))
        ):
            kept.add(value)
    changed = True
    while changed:
        bad = {value for value in kept if not (can_keep(value, kept) and wanted(value, users, kept))}
        kept -= bad
        changed = bool(bad)

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value in kept:
            return graph.make(KEPT.get(value.op, value.op), args, (value.shape[0], ONE), value.data)
        return args[0] if value.op == "column" and value.args[0] in kept else None

    return rebuild(graph, outputs, change)


def wanted(value: Value, users: dict[Value, list[Value]], kept: set[Value]) -> bool:
    """Whether all that use a value want it as a column."""
    return value in users and all(user.op == "column" or user in kept for user in users[value])


def can_keep(value: Value, kept: set[Value]) -> bool:
    return value.op in KEPT or all(arg in kept or arg.rank == 0 for arg in value.args)
