"""What the functions of NumPy for axes, sizes, constants and random data mean. Their names stand in `table`."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from matdiff.errors import ParseError, ShapeError, UnsupportedError
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import Call, as_array, unpacked
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.values import (
    NONE,
    Argument,
    Constant,
    Labels,
    Many,
    Member,
    Module,
    Random,
    Range,
    Value,
)
from matdiff.reader.syntax import Node


def transpose(c: Call) -> Value:
    return c.algebra.transposed(c.array("a"))


def raveled(c: Call) -> Value:
    return c.algebra.raveled(c.array("a"), order_of(c))


def order_of(c: Call) -> str:
    if c.value("order") == NONE:
        return "C"
    if (order := c.word("order")) not in ("C", "F"):
        raise c.fail(UnsupportedError, "order is 'C' (row by row) or 'F' (column by column)", "order")
    return order


def reshape(c: Call) -> Value:
    algebra, order = c.algebra, order_of(c)
    entries = [as_array(algebra, Argument(v, given.at)) for given in c.rest for v in unpacked(given.value)]
    a = c.array("a")
    flat = algebra.raveled(a, order)

    def of(entry: Array) -> Array:
        """All entries, as many as the code says."""
        return flat if entry.integer == -1 else algebra.of_rows(upright(algebra, flat), algebra.size(entry))

    match entries, [entry.integer for entry in entries]:
        case [length], _:
            return of(length)
        case [length, _], [_, 1]:
            return algebra.stood(of(length), 1)
        case [_, length], [1, _]:
            return algebra.stood(of(length), 0)
        case [length, _], [_, -1] if a.rank == 1:
            return algebra.stood(of(length), 1)
        case [length, _], [_, -1] if order == "C":
            return algebra.of_rows(a, algebra.size(length))
        case [rows, cols], [first, second] if -1 not in (first, second):
            column = algebra.upright(algebra.settled(flat))
            if order == "F":
                node = algebra.call("unvec", column, algebra.size(rows), algebra.size(cols))
            else:
                node = algebra.turned(algebra.call("unvec", column, algebra.size(cols), algebra.size(rows)))
            return replace(flat, node=node, rank=2, lying=False)
    raise algebra.fail(
        UnsupportedError,
        f"{c.name} is read with (-1), (-1, 1), (1, -1), (len(X), -1) or two sizes, as in x.reshape(m, n)",
    )


def upright(algebra: Algebra, a: Array) -> Array:
    return replace(a, node=algebra.upright(a), lying=False)


def expand_dims(c: Call) -> Value:
    a = c.algebra.needs(c.array("a"), 1, c.name)
    axis = c.array("axis").integer
    if axis not in (0, 1, -1, -2):
        raise c.fail(UnsupportedError, "the new axis of a 1-D array is 0 or 1", "axis")
    return c.algebra.stood(a, axis % 2)


def atleast_2d(c: Call) -> Value:
    a = c.array("a")
    return a if a.rank == 2 else c.algebra.stood(c.algebra.raveled(a), 0)


def squeeze(c: Call) -> Value:
    a = c.array("a")
    if c.value("axis") == NONE:
        return c.algebra.squeezed(a)
    return c.algebra.only(c.algebra.needs(a, 2, f"axis= of {c.name}"), c.axis(a) or 0)


def item(c: Call) -> Value:
    return c.algebra.item(c.array("a"))


def copied(c: Call, keeps: bool = False) -> Value:
    """The same array, at another place in memory unless ``keeps``."""
    a = c.array("a")
    check_type(c, FLOATS | INTEGERS if a.mask else FLOATS)
    keeps = keeps or c.value("copy") == Constant(False)
    dtype = c.value("dtype")
    integers = a.integers if dtype == NONE else of_integers(c)
    return replace(a, mask=a.mask and dtype == NONE, storage=a.storage if keeps else 0, integers=integers)


def of_integers(c: Call) -> bool:
    """Whether the type that is asked for is one of integers."""
    dtype = c.value("dtype")
    return (dtype.name if isinstance(dtype, Member) else c.word("dtype")) in INTEGERS


def check_type(c: Call, known: Container[str]) -> None:
    dtype = c.value("dtype")
    name = dtype.name if isinstance(dtype, Member) else c.word("dtype")
    if dtype != NONE and name not in known:
        hint = "; sizes are one tuple, as in (m, n)" if isinstance(dtype, Array) else ""
        raise c.fail(UnsupportedError, f"numbers are real here: of the types only float is read{hint}", "dtype")


FLOATS = frozenset({"float", "float64", "float32", "float16", "double"})
INTEGERS = frozenset({"int", "int64", "int32", "int8", "uint8", "int_"})


def constant(c: Call, name: str) -> Value:
    check_type(c, FLOATS | INTEGERS)
    return replace(c.algebra.filled(name, c.sizes("shape")), integers=of_integers(c))


def constant_like(c: Call, name: str) -> Value:
    check_type(c, FLOATS | INTEGERS)
    a = c.array("a")
    kept = c.value("dtype") == NONE
    integers = a.integers if kept else of_integers(c)
    return replace(c.algebra.filled(name, c.algebra.sizes_of(a)), integers=integers, mask=a.mask and kept)


def full(c: Call) -> Value:
    return filled_with(c, c.sizes("shape"))


def full_like(c: Call) -> Value:
    return filled_with(c, c.algebra.sizes_of(c.array("a")))


def filled_with(c: Call, sizes: list[Node]) -> Value:
    check_type(c, FLOATS)
    value, ones = c.array("fill_value"), c.algebra.filled("ones", sizes)
    if value.rank > ones.rank:
        raise c.fail(ShapeError, f"{c.algebra.told(value)} and cannot fill an array that is {ones.words}", "fill_value")
    filled = replace(c.algebra.binary(".*", value, ones), integers=value.integers and c.value("dtype") == NONE)
    return replace(filled, node=c.algebra.checked("#like", filled.node, ones.node)) if value.rank == 2 else filled


def eye(c: Call) -> Value:
    check_type(c, FLOATS | INTEGERS)
    return Array(
        c.algebra.call("eye", *(size for name in ("N", "M") if name in c.arguments for size in c.sizes(name))), 2
    )


def shape(c: Call) -> Value:
    return shape_of(c.algebra, c.arguments["a"])


def shape_of(algebra: Algebra, argument: Argument) -> Value:
    if isinstance(argument.value, Labels):
        return Many((algebra.sized(algebra.call("rows", argument.value.node)),))
    a = as_array(algebra, argument)
    return Many(tuple(algebra.length(a, axis) for axis in range(a.rank)))


def size(c: Call) -> Value:
    axis = c.value("axis")
    if axis == NONE:
        return size_of(c.algebra, c.arguments["a"])
    a = c.array("a")
    return c.algebra.length(a, c.axis(a) or 0)


def size_of(algebra: Algebra, argument: Argument) -> Value:
    if isinstance(argument.value, Labels):
        return algebra.sized(algebra.call("rows", argument.value.node))
    return algebra.count(as_array(algebra, argument))


def length(c: Call) -> Value:
    axes = shape_of(c.algebra, c.arguments["a"])
    assert isinstance(axes, Many)
    if not axes.items:
        raise c.fail(ShapeError, "a scalar has no len()", "a")
    return axes.items[0]


def every_row(c: Call) -> Value:
    """``range(n)``, which picks each row of an array in turn."""
    first = c.array("start")
    if "stop" in c.arguments and first.literal != 0:
        raise c.fail(UnsupportedError, "only a range that begins at 0 is read, as an index of every row", "start")
    sizes = c.sizes("stop" if "stop" in c.arguments else "start")
    if len(sizes) != 1:
        raise c.fail(ParseError, f"{c.name} takes one size here", "start")
    return Range(sizes[0])


def random(c: Call, name: str = "") -> Value:
    given = [c.arguments[name]] if name in c.arguments else [] if name else list(c.rest)
    return Random(tuple(c.sizes_in([] if given and given[0].value == NONE else given)))


def integers(c: Call) -> Value:
    """Random integers: labels, where they are declared so."""
    if "size" not in c.arguments:
        return Random((), integers=True)
    return Random(tuple(c.sizes("size")), integers=True)


def generator(c: Call) -> Value:
    return Module("numpy.random")


def seed(c: Call) -> Value:
    return NONE
