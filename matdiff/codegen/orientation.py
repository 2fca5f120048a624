"""Which matrices are held transposed: reductions and spreads run along the longer axis.

Values that meet entry by entry are held the same way; such a group is turned as a whole where that
saves inner loops. Products do not mind, their factors are turned for free.
"""

from __future__ import annotations

from matdiff.codegen.costs import LOOP, count
from matdiff.codegen.descent import Step
from matdiff.codegen.graph import VIEWS, Value, is_elementwise, rebuild, walk
from matdiff.sizes import ONE

TURNING = frozenset({"matmul", "outer", "add_at"})
"""What can be computed either way round, beside what is element-wise."""

REDUCED = {"sum1": "sum0_flat", "max1": "max0", "sum0_flat": "sum1"}
"""A reduction of a matrix as one of its transpose."""

LEAST = 1000.0
"""Nanoseconds that turning a group must save."""


def orient(step: Step) -> Step:
    turned = to_turn(step)
    return turn_parameters(turn(step, turned) if turned else step)


def is_matrix(value: Value) -> bool:
    return value.rank == 2 and value.op not in VIEWS


def to_turn(step: Step) -> set[Value]:
    """The members of the groups that are better transposed."""
    constants = step.constants()
    order = [value for value in walk(*step.outputs()) if value not in constants]
    group: dict[Value, Value] = {value: value for value in order}

    def find(value: Value) -> Value:
        while group[value] is not value:
            group[value] = group[group[value]]
            value = group[value]
        return value

    for value in order:
        if is_matrix(value) and (is_elementwise(value) or value.op == "add_at"):
            for arg in value.args:
                if arg in group and arg.shape == value.shape and is_matrix(arg):
                    group[find(arg)] = find(value)
    pinned, saved = set[Value](), dict[Value, float]()
    outputs = set(step.outputs())
    for value in order:
        if is_matrix(value) and (value in outputs or not (is_elementwise(value) or value.op in TURNING)):
            pinned.add(find(value))
        for matrix in (value, *value.args):
            if matrix in group and is_matrix(matrix) and loops(value, matrix):
                rows, cols = (count(size, step.sizes) for size in matrix.shape)
                saved[find(matrix)] = saved.get(find(matrix), 0.0) + LOOP * (rows - cols)
    chosen = {head for head, saving in saved.items() if saving > LEAST and head not in pinned}
    return {value for value in order if is_matrix(value) and find(value) in chosen}


def loops(value: Value, matrix: Value) -> bool:
    """Whether an operation runs over a matrix row by row: it reduces it, or spreads something over it."""
    if matrix is value:
        return is_elementwise(value) and any(arg.rank == 2 and arg.shape != value.shape for arg in value.args)
    return value.op in REDUCED or value.op == "sum0"


def turn(step: Step, turned: set[Value]) -> Step:
    g = step.graph
    new: dict[Value, Value] = {}

    def plain(value: Value) -> Value:
        return g.transpose(new[value]) if value in turned else new[value]

    def transposed(value: Value) -> Value:
        return new[value] if value in turned else g.transpose(new[value])

    for value in walk(*step.outputs()):
        if value in turned:
            args = tuple(transposed(arg) if arg.rank == 2 else new[arg] for arg in value.args)
            if value.op in ("matmul", "outer"):
                args = args[::-1]
            elif value.op == "add_at":
                args = (args[0], args[2], args[1], args[3])
            new[value] = g.make(value.op, args, value.shape[::-1], value.data)
        elif value.args and value.args[0] in turned and value.op in REDUCED:
            new[value] = g.make(REDUCED[value.op], (new[value.args[0]],), value.shape)
        elif value.args and value.args[0] in turned and value.op == "sum0":
            new[value] = g.row(g.sum1(new[value.args[0]]))
        elif value.args and value.args[0] in turned and value.op == "pick":
            x, rows, labels = value.args
            new[value] = g.make("pick", (new[x], new[labels], new[rows]), value.shape)
        elif value.op in ("inner", "sum_squares", "sum_all") and all(arg in turned for arg in value.args):
            new[value] = g.make(value.op, tuple(new[arg] for arg in value.args), value.shape)
        elif value.op == "T" and value.args[0] in turned:
            new[value] = new[value.args[0]]
        else:
            args = tuple(plain(arg) for arg in value.args)
            new[value] = value if args == value.args else g.make(value.op, args, value.shape, value.data)
    step = step.replaced(new)
    step.turned = {new[value] for value in turned}
    return step


def turn_parameters(step: Step) -> Step:
    """Hold a parameter transposed where fewer products then have a transposed right factor, which is slow."""
    g = step.graph
    natural: dict[Value, int] = {}
    other: dict[Value, int] = {}
    for value in walk(*step.outputs()):
        if value.op == "matmul":
            right = value.args[1]
            if right.op == "T":
                natural[right.args[0]] = natural.get(right.args[0], 0) + 1
            else:
                other[right] = other.get(right, 0) + 1
    changes = {update.name: update.change for update in step.updates}
    turned: dict[Value, Value] = {}
    for value in walk(*step.outputs()):
        if value.op == "input" and value.rank == 2 and value.data in changes and value.data not in step.stacked:
            change = changes[value.data]
            if change is None or change.op != "matmul" or ONE in value.shape:
                continue
            as_is = natural.get(value, 0) + (change.args[1].op == "T")
            if other.get(value, 0) + (change.args[0].op != "T") < as_is:
                turned[value] = g.input(value.data, value.shape[::-1])

    def change_of(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value in turned:
            return g.transpose(turned[value])
        if value.op == "T":
            return g.transpose(args[0])
        if value.op in ("sum_squares", "sum_all") and args[0].op == "T":
            return g.make(value.op, (args[0].args[0],), ())
        return None

    names = {value.data for value in turned}
    new = rebuild(g, step.outputs(), change_of)
    for update in step.updates:
        if update.name in names and update.change is not None:
            left, right = new[update.change].args
            new[update.change] = g.matmul(g.transpose(right), g.transpose(left))
    step = step.replaced(new)
    step.turned_parameters = names
    return step
