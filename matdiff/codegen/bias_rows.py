"""A bias as one more row of its matrix: ``A*W + b`` is ``[A 1]*[W; b]`` where A never changes.

That saves a pass over the product, and in the backward pass the sums over its rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.codegen.descent import Step, Update
from matdiff.codegen.graph import Value, rebuild, walk
from matdiff.sizes import ONE, Size, fixed, named


@dataclass(frozen=True)
class Affine:
    """A sum ``A*W + b`` over a constant A."""

    total: Value
    data: Value
    matrix: Value
    row: Value


def stack(step: Step) -> Step:
    while True:
        constants = step.constants()
        found = (affine(total, constants, step.parameters) for total in walk(*step.outputs()))
        pairs = ((each, merged(step, each)) for each in found if each is not None)
        first = next(((each, updates) for each, updates in pairs if updates is not None), None)
        if first is None:
            return step
        step = apply(step, *first)


def affine(total: Value, constants: set[Value], parameters: set[str]) -> Affine | None:
    if total.op != "add" or total.args[0].op != "matmul":
        return None
    product, row = total.args
    data, matrix = product.args
    free = [value.op == "input" and value.data in parameters for value in (matrix, row)]
    fits = data in constants and data.rank == matrix.rank == row.rank == 2 and row.shape[0] is ONE
    return Affine(total, data, matrix, row) if fits and all(free) else None


def merged(step: Step, found: Affine) -> list[Update] | None:
    """The updates with those of matrix and row as one; None where they are no single product."""
    by_name = {update.name: update for update in step.updates}
    matrix, row = by_name[found.matrix.data], by_name[found.row.data]
    if matrix.change is None or row.change is None or row.decay is not None:
        return None
    g = step.graph
    left = g.transpose(found.data)
    if matrix.change.op != "matmul" or matrix.change.args[0] is not left or row.change.op != "sum0":
        return None
    cotangent = matrix.change.args[1]
    if row.change.args[0] is not cotangent:
        return None
    data = with_ones(step, found.data)
    change = g.make("matmul", (g.transpose(data), cotangent), stacked_shape(found))
    both = Update(stacked_name(found), None, change)
    decay = [Update(matrix.name, matrix.decay, None)] if matrix.decay is not None else []
    rest = [update for update in step.updates if update not in (matrix, row)]
    return [*rest, *decay, both]


def apply(step: Step, found: Affine, updates: list[Update]) -> Step:
    g = step.graph
    name = stacked_name(found)
    both = g.input(name, stacked_shape(found))

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value is found.total:
            return g.matmul(with_ones(step, found.data), both)
        if value is found.matrix:
            return g.make("all_but_last", (both,), value.shape)
        return g.make("last", (both,), value.shape) if value is found.row else None

    step.updates = updates
    new = rebuild(g, step.outputs(), change)
    step = step.replaced(new)
    step.parameters = step.parameters | {name}
    step.stacked = step.stacked | {name: (found.matrix.data, found.row.data)}
    return step


def with_ones(step: Step, data: Value) -> Value:
    """The data with a column of ones."""
    return step.graph.make("with_ones", (data,), (data.shape[0], one_more(data.shape[1])))


def one_more(size: Size) -> Size:
    return named(f"{size}+1") if size.powers else fixed(size.coefficient + 1)


def stacked_name(found: Affine) -> str:
    return f"{found.matrix.data} {found.row.data}"


def stacked_shape(found: Affine) -> tuple[Size, Size]:
    return one_more(found.matrix.shape[0]), found.matrix.shape[1]
