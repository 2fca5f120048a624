"""Small exchanges in the graph of a step, each for a cheaper one that gives the same."""

from __future__ import annotations

from collections import Counter

from matdiff.codegen.costs import CALL, ENTRY, INDEXED, MOVE, PICKED, count, entries
from matdiff.codegen.descent import Step
from matdiff.codegen.graph import SUMS, Graph, Value, is_elementwise, rebuild, walk
from matdiff.codegen.low_rank import thin_products


def fold(step: Step) -> Step:
    for exchange in (
        float_masks,
        dense_labels,
        dense_picks,
        flat_picks,
        masked_relu,
        absorbed_scales,
        thin_products,
        repeated_constants,
        contiguous_constants,
        sums_as_products,
        small_products,
    ):
        step = exchange(step)
    return step


def float_masks(step: Step) -> Step:
    """In a buffer, a mask is made of floats from the start."""
    constants = step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        return args[0] if value.op == "as_float" and value.rank and value not in constants else None

    return step.replaced(rebuild(step.graph, step.outputs(), change))


def dense_labels(step: Step) -> Step:
    """Where there are few classes, adding a one-hot matrix is cheaper than adding by index."""
    g = step.graph

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op != "add_at":
            return None
        x, first, second, amount = args
        rows = first if first.op == "arange" else second
        if entries(value, step.sizes) * 2 * ENTRY > count(rows.shape[0], step.sizes) * INDEXED + 4 * CALL:
            return None
        hot = one_hot(g, value, first, second)
        return g.subtract(x, hot) if amount.op == "const" and amount.data == -1 else g.add(x, g.multiply(amount, hot))

    return step.replaced(rebuild(g, step.outputs(), change))


def one_hot(g: Graph, like: Value, first: Value, second: Value) -> Value:
    """A one-hot matrix, the classes along the axis that a matrix has them on."""
    turned = second.op == "arange"
    hot = g.make(
        "one_hot", (first if turned else second,), like.shape[::-1] if turned else like.shape, like.shape[not turned]
    )
    return g.make("contiguous", (g.transpose(hot),), like.shape) if turned else hot


def dense_picks(step: Step) -> Step:
    """The sum of what is picked, as a product with the one-hot matrix where there are few classes."""
    g, constants = step.graph, step.constants()

    def summed(value: Value) -> Value | None:
        if value.op in SUMS and all(arg.shape == value.shape for arg in value.args):
            left, right = map(summed, value.args)
            if left or right:
                return g.binary(value.op, left or g.sum(value.args[0]), right or g.sum(value.args[1]))
        if value.op != "pick" or value.args[0] in constants:
            return None
        x, first, second = value.args
        dense = entries(x, step.sizes) * ENTRY
        return g.inner(x, one_hot(g, x, first, second)) if dense < entries(value, step.sizes) * PICKED + CALL else None

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        return summed(args[0]) if value.op == "sum_all" else None

    return step.replaced(rebuild(g, step.outputs(), change))


def flat_picks(step: Step) -> Step:
    """Picking by one index into the flat array, which never changes, is cheaper than by two."""
    g, constants = step.graph, step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op != "pick" or value.args[0] in constants or value.args[0].op == "T":
            return None
        x, first, second = args
        index = g.make("flat_index", (first, second), value.shape, x.shape[1])
        return g.make("take", (x, index), value.shape)

    return step.replaced(rebuild(g, step.outputs(), change))


def masked_relu(step: Step) -> Step:
    """Where the mask of a relu is needed anyway, the relu is a product with it."""
    g = step.graph
    masked = {value.args[0] for value in walk(*step.outputs()) if is_mask(value)}

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value in masked:
            return g.multiply(args[0], g.binary("gt", args[0], g.const(0)))
        return args[0].args[1] if is_mask(value) else None

    return step.replaced(rebuild(g, step.outputs(), change))


def is_mask(value: Value) -> bool:
    return value.op == "gt" and value.rank == 2 and value.args[0].op == "relu" and value.args[1].op == "const"


def absorbed_scales(step: Step) -> Step:
    """A constant times a matrix, taken into a smaller factor or into another constant of it."""
    g, constants = step.graph, step.constants()
    uses = Counter(arg for value in walk(*step.outputs()) for arg in value.args)
    origin: dict[Value, Value] = {}

    def absorb(scale: Value, value: Value, depth: int = 20) -> Value | None:
        if origin.get(value) in constants:
            return g.multiply(scale, value)
        if uses[origin.get(value, value)] > 1:
            return None
        if value.op in SUMS and depth:
            left, right = (absorb(scale, arg, depth - 1) for arg in value.args)
            return None if left is None or right is None else g.binary(value.op, left, right)
        if value.op in ("multiply", "divide"):
            left, right = value.args
            if left.shape == value.shape and right.rank and right.shape != value.shape:
                inner = right.args[0] if right.op == "row" else right
                inner = g.multiply(scale, inner) if value.op == "multiply" else g.divide(scale, inner)
                return g.multiply(left, g.row(inner) if right.op == "row" else inner)
            if value.op == "multiply" and origin.get(left) in constants and left.rank == 0:
                return g.multiply(g.multiply(scale, left), right)
        return None

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        origin.update(zip(args, value.args, strict=True))
        scaled = value.op == "multiply" and value.rank and value.args[0].rank == 0 and value.args[0] in constants
        return absorb(args[0], args[1]) if scaled else None

    return step.replaced(rebuild(g, step.outputs(), change))


def repeated_constants(step: Step) -> Step:
    """A constant factor of pairs is laid out at their whole size, once: then they are one even product."""
    g, constants = step.graph, step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op != "pairs" or value.args[0] not in constants or value in constants:
            return None
        return g.binary("multiply", g.make("repeated", args[:1], value.shape, value.shape[1]), args[1])

    return step.replaced(rebuild(g, step.outputs(), change))


def contiguous_constants(step: Step) -> Step:
    """A transposed constant that is used entry by entry is laid out anew, once."""
    g, constants = step.graph, step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value in constants or not (is_elementwise(value) or value.op == "pairs"):
            return None
        laid = [
            g.make("contiguous", (arg,), arg.shape) if old in constants and arg.op == "T" else arg
            for old, arg in zip(value.args, args, strict=True)
        ]
        return g.make(value.op, tuple(laid), value.shape, value.data)

    return step.replaced(rebuild(g, step.outputs(), change))


def sums_as_products(step: Step) -> Step:
    """Sums of a small array, or over one axis of it, as a product with ones, which is called faster."""
    g, constants = step.graph, step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op not in ("sum_all", "sum0_flat", "sum1") or value in constants:
            return None
        (x,) = args
        if entries(x, step.sizes) * ENTRY > 10 * CALL or (value.op == "sum_all" and x.rank != 1):
            return None
        ones = g.make("ones", (), (x.shape[value.op == "sum1"],))
        if value.op == "sum_all":
            return g.make("inner", (x, ones), ())
        return g.matmul(x, ones) if value.op == "sum1" else g.matmul(ones, x)

    return step.replaced(rebuild(g, step.outputs(), change))


def small_products(step: Step) -> Step:
    """``dot`` is called faster than ``matmul``, but fills its result with zeros first."""
    g, constants = step.graph, step.constants()

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if value.op != "matmul" or not value.rank or value in constants or entries(value, step.sizes) * MOVE > CALL:
            return None
        return g.make("dot", args, value.shape)

    return step.replaced(rebuild(g, step.outputs(), change))
