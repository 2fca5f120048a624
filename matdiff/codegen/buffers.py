"""Memory for the values of a loop: each gets a buffer when it is made, which is free after its last use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from matdiff.codegen.graph import VIEWS, Physical, Value, is_elementwise


@dataclass(eq=False)
class Buffer:
    shape: Physical
    values: list[Value] = field(default_factory=list)
    """What it holds, one after another."""


def base(value: Value) -> Value:
    """The value a view is of."""
    while value.op in VIEWS:
        value = value.args[0]
    return value


def assign(order: Sequence[Value], kept: Iterable[Value], wanted: Callable[[Value], bool]) -> dict[Value, Buffer]:
    """A buffer for each wanted value; ``kept`` values live to the end of the loop's body.

    An element-wise operation may put its result where an argument ends.
    """
    last: dict[Value, int] = {}
    for time, value in enumerate(order):
        for arg in value.args:
            last[base(arg)] = time
    last |= {base(value): len(order) for value in kept}
    found: dict[Value, Buffer] = {}
    free: dict[Physical, list[Buffer]] = {}
    for time, value in enumerate(order):
        ending = [arg for arg in dict.fromkeys(map(base, value.args)) if arg in found and last[arg] == time]
        buffer: Buffer | None = None
        if wanted(value):
            buffer = in_place(value, ending, found) or (free.get(value.shape) or [Buffer(value.shape)]).pop()
            buffer.values.append(value)
            found[value] = buffer
        for arg in ending:
            if found[arg] is not buffer:
                free.setdefault(found[arg].shape, []).append(found[arg])
    return found


def in_place(value: Value, ending: Iterable[Value], found: dict[Value, Buffer]) -> Buffer | None:
    """The buffer of an argument that ends here and is only read where the result is written."""
    if value.op == "add_at":
        return found[value.args[0]] if value.args[0] in ending else None
    for arg in ending if is_elementwise(value) else ():
        uses = [other for other in value.args if base(other) is arg]
        if arg.shape == value.shape and all(other is arg for other in uses):
            return found[arg]
    return None
