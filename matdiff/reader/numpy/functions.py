"""What the functions of NumPy mean for arrays. Their names and parameters stand in `table`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matdiff.errors import ParseError, ShapeError, UnsupportedError
from matdiff.reader.numpy.arrays import Algebra, Array
from matdiff.reader.numpy.calls import Call, as_array, unpacked
from matdiff.reader.numpy.einsum import einsum
from matdiff.reader.numpy.values import NONE, Argument, Labels, Many, Member, Module, Random, Range, Value
from matdiff.reader.numpy.where import chosen
from matdiff.reader.syntax import Node

# sums and norms


def total(c: Call, name: str = "sum") -> Value:
    a = c.array("a")
    return c.algebra.total(a, c.axis(a), c.flag("keepdims"), name)


def builtin_sum(c: Call) -> Value:
    a = c.array("a")
    if a.rank == 2:
        raise c.fail(
            UnsupportedError,
            "Python's sum of a 2-D array adds its rows: write np.sum(X), or np.sum(X, axis=0) for that",
            "a",
        )
    return c.algebra.total(a)


def extreme(c: Call, name: str) -> Value:
    a = c.array("a")
    return c.algebra.extreme(name, a, c.axis(a), c.flag("keepdims"))


def builtin_extreme(c: Call, name: str) -> Value:
    if len(c.rest) != 2:
        raise c.algebra.fail(UnsupportedError, f"Python's {name} takes two scalars here; write np.{name}imum(x, y)")
    a, b = (as_array(c.algebra, argument) for argument in c.rest)
    if a.rank or b.rank:
        raise c.algebra.fail(ShapeError, f"Python's {name} compares scalars, not arrays: write np.{name}imum(x, y)")
    return c.algebra.of_two(name, a, b)


def norm(c: Call) -> Value:
    algebra, a = c.algebra, c.array("x")
    axis, keepdims = c.axis(a), c.flag("keepdims")
    whole = a.rank == 2 and axis is None
    given = c.value("ord")
    order: object = 2 if given == NONE else c.word("ord") or (given.integer if isinstance(given, Array) else None)
    if whole and order == "fro":
        order = 2
    elif order not in (1, 2) or (whole and given != NONE):
        meant = " (of a matrix, 1 and 2 are the column-sum and the spectral norm)" if whole and order in (1, 2) else ""
        raise c.fail(
            UnsupportedError,
            "np.linalg.norm is read for ord=None, 1 and 2 of vectors and for the Frobenius norm ('fro') of matrices;"
            f" np.sum(np.abs(X)) sums all absolute values{meant}",
            "ord",
        )
    if a.rank == 0:
        return algebra.elementwise("abs", a)
    if not whole and a.rank == 2:
        if order == 1:
            return algebra.total(algebra.elementwise("abs", a), axis, keepdims)
        squares = algebra.binary(".^", algebra.settled(a), algebra.number(2))
        return algebra.elementwise("sqrt", algebra.total(squares, axis, keepdims))
    return Array(algebra.call(f"norm{order}", algebra.settled(a).node), a.rank if keepdims else 0)


def row_function(c: Call, name: str) -> Value:
    """softmax, log_softmax, logsumexp: over a 1-D array, or over one axis."""
    algebra = c.algebra
    a = algebra.settled(c.array("x"))
    axis, keepdims, reduces = c.axis(a), c.flag("keepdims"), name == "logsumexp"
    if a.rank == 1:
        return Array(algebra.call(name, algebra.upright(a)), int(keepdims) if reduces else 1)
    if a.rank == 0 or axis is None:
        raise c.fail(UnsupportedError, f"{name} of {a.words} array needs its axis: write axis=1 for each row")
    node = algebra.along(name, a.node, axis)
    return Array(node, 2 if keepdims or not reduces else 1, reduces and axis == 0 and not keepdims)


# entry by entry


def elementwise(c: Call, name: str) -> Value:
    return c.algebra.elementwise(name, c.array("x"))


def negative(c: Call) -> Value:
    return c.algebra.negated(c.array("x"))


def binary(c: Call, sign: str) -> Value:
    return c.algebra.binary(sign, c.array("x1"), c.array("x2"))


def of_two(c: Call, name: str) -> Value:
    return c.algebra.of_two(name, c.array("x1"), c.array("x2"))


def logaddexp(c: Call) -> Value:
    a, b, algebra = c.array("x1"), c.array("x2"), c.algebra
    for one, other in ((a, b), (b, a)):
        if one.literal == 0:
            return algebra.elementwise("softplus", other)
    return algebra.elementwise("log", algebra.binary("+", algebra.elementwise("exp", a), algebra.elementwise("exp", b)))


def clip(c: Call) -> Value:
    a, given = c.array("a"), 0
    for name, which in (("a_min", "max"), ("min", "max"), ("a_max", "min"), ("max", "min")):
        if c.value(name) != NONE:
            a, given = c.algebra.of_two(which, a, c.array(name)), given + 1
    if not given:
        raise c.algebra.fail(ParseError, f"{c.name} needs a bound: np.clip(h, 0, None), or h.clip(min=0)")
    return a


def where(c: Call) -> Value:
    return chosen(c.algebra, c.array("condition"), c.array("x"), c.array("y"))


# matrices


def of_matrix(c: Call, name: str, rank: int) -> Value:
    return Array(c.algebra.call(name, c.square("a").node), rank)


def slogdet(c: Call) -> Value:
    a, algebra = c.square("a"), c.algebra
    det = Array(algebra.call("det", a.node), 0)
    return Many((algebra.elementwise("sign", det), Array(algebra.call("logdet", a.node), 0)))


def solve(c: Call) -> Value:
    a, b = c.square("a"), c.algebra.settled(c.array("b"))
    if b.rank == 0:
        raise c.fail(ShapeError, f"{c.name} needs a right side with axes; {c.algebra.told(b)}", "b")
    return Array(c.algebra.call("solve", a.node, c.algebra.upright(b)), b.rank)


def matrix_power(c: Call) -> Value:
    exponent = c.array("n")
    if exponent.integer is None:
        raise c.fail(UnsupportedError, "the power of a matrix needs an integer exponent", "n")
    power = c.algebra.number(exponent.integer).node
    return Array(c.algebra.node("binary", "^", c.square("a").node, power), 2)


def multi_dot(c: Call) -> Value:
    arrays = [as_array(c.algebra, Argument(item, c.arguments["arrays"].at)) for item in unpacked(c.value("arrays"))]
    result = arrays[0] if arrays else c.array("arrays")
    for array in arrays[1:]:
        result = c.algebra.matmul(result, array)
    return result


def product(c: Call, name: str) -> Value:
    operation: Callable[[Array, Array], Array] = getattr(c.algebra, name)
    return operation(c.array("a"), c.array("b"))


def inner(c: Call) -> Value:
    a, b = c.array("a"), c.array("b")
    return c.algebra.dot(a, c.algebra.transposed(b) if a.rank else b)


def vdot(c: Call) -> Value:
    a, b = (c.algebra.settled(c.array(name)) for name in ("a", "b"))
    if a.rank == b.rank == 2:
        return Array(c.algebra.call("inner", a.node, b.node), 0)
    return c.algebra.dot(c.algebra.raveled(a), c.algebra.raveled(b))


def outer(c: Call) -> Value:
    algebra = c.algebra
    down, along = (algebra.raveled(algebra.settled(c.array(name))) for name in ("a", "b"))
    return algebra.matmul(algebra.stood(down, 1), algebra.stood(along, 0))


def tensordot(c: Call) -> Value:
    axes = c.value("axes")
    count = 2 if axes == NONE else axes.integer if isinstance(axes, Array) else None
    if count not in (1, 2):
        raise c.fail(
            UnsupportedError, "np.tensordot is read for axes=1 (as @) and axes=2 (the sum of all products)", "axes"
        )
    if count == 1:
        return c.algebra.matmul(c.array("a"), c.array("b"))
    return Array(c.algebra.call("inner", c.square("a").node, c.square("b").node), 0)


def kron(c: Call) -> Value:
    nodes, rank, lying = c.algebra.together(c.algebra.settled(c.array(name)) for name in ("a", "b"))
    return Array(c.algebra.call("kron", *nodes), rank, lying)


def diag(c: Call) -> Value:
    algebra, v = c.algebra, c.algebra.settled(c.array("v"))
    if v.rank == 0:
        raise c.fail(ShapeError, f"{c.name} needs an array; {algebra.told(v)}", "v")
    return Array(algebra.call("diag" if v.rank == 1 else "diagonal", algebra.upright(v)), 3 - v.rank)


def summed_products(c: Call) -> Value:
    subscripts = c.word("subscripts")
    if subscripts is None:
        raise c.fail(
            ParseError, "np.einsum begins with its subscripts, as in np.einsum('ij,jk->ik', A, B)", "subscripts"
        )
    return einsum(c.algebra, subscripts, [as_array(c.algebra, argument) for argument in c.rest])


# axes, sizes, constants


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
    flat = algebra.raveled(c.array("a"), order)
    match [entry.integer for entry in entries]:
        case [_]:
            return flat
        case [_, 1]:
            return algebra.stood(flat, 1)
        case [1, _]:
            return algebra.stood(flat, 0)
        case [first, second] if first != -1 and second != -1:
            rows, cols = (algebra.size(entry) for entry in entries)
            column = algebra.upright(algebra.settled(flat))
            if order == "F":
                return Array(algebra.call("unvec", column, rows, cols), 2)
            return Array(algebra.turned(algebra.call("unvec", column, cols, rows)), 2)
    raise algebra.fail(
        UnsupportedError, f"{c.name} is read with (-1), (-1, 1), (1, -1) or two sizes, as in x.reshape(m, n)"
    )


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
    """Of a 2-D array only that of one entry: which axes have length 1 is not known here."""
    a = c.array("a")
    return a if a.rank == 1 else c.algebra.item(a)


def item(c: Call) -> Value:
    return c.algebra.item(c.array("a"))


def copied(c: Call, keeps: bool = False) -> Value:
    """The same array, at another place in memory unless ``keeps``."""
    dtype = c.value("dtype")
    a = c.array("a")
    if dtype != NONE and not (
        isinstance(dtype, Member) and (dtype.name in _FLOATS or (a.mask and dtype.name == "int"))
    ):
        raise c.fail(UnsupportedError, "numbers are real here: of the types only float is read", "dtype")
    return replace(a, mask=a.mask and dtype == NONE, storage=a.storage if keeps else 0)


_FLOATS = frozenset({"float", "float64", "float32", "double"})


def constant(c: Call, name: str) -> Value:
    return c.algebra.filled(name, c.sizes("shape"))


def constant_like(c: Call, name: str) -> Value:
    return c.algebra.filled(name, c.algebra.sizes_of(c.array("a")))


def full(c: Call) -> Value:
    return filled_with(c, c.sizes("shape"))


def full_like(c: Call) -> Value:
    return filled_with(c, c.algebra.sizes_of(c.array("a")))


def filled_with(c: Call, sizes: list[Node]) -> Value:
    value = c.array("fill_value")
    if value.rank:
        raise c.fail(ShapeError, "the value of np.full is a scalar", "fill_value")
    return c.algebra.binary(".*", value, c.algebra.filled("ones", sizes))


def eye(c: Call) -> Value:
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
    c.sizes("stop" if "stop" in c.arguments else "start")
    return Range()


def random(c: Call, name: str = "") -> Value:
    given = [c.arguments[name]] if name in c.arguments else [] if name else list(c.rest)
    return Random(tuple(c.sizes_in([] if given and given[0].value == NONE else given)))


def generator(c: Call) -> Value:
    return Module("numpy.random")


def seed(c: Call) -> Value:
    return NONE
