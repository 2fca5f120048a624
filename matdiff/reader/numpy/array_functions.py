"""What the functions of NumPy mean for arrays. Their names and parameters stand in `table`."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from fractions import Fraction
from functools import partial, reduce

from matdiff.errors import ParseError, ShapeError, UnsupportedError
from matdiff.operators.spelled import Spelling
from matdiff.reader.numpy.arguments import Call, as_array, unpacked
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.einsum import einsum
from matdiff.reader.numpy.factors import spectral
from matdiff.reader.numpy.values import (
    INFINITY,
    MINUS_INFINITY,
    NONE,
    Argument,
    Elementwise,
    Labels,
    Many,
    Member,
    Value,
)
from matdiff.reader.numpy.where import chosen

# sums and norms


def total(c: Call, name: str = "sum") -> Value:
    a = c.array("a")
    return c.algebra.total(a, c.axis(a), c.flag("keepdims"), name)


def weighted_mean(c: Call) -> Value:
    """``np.average``: with weights the sum of the products over the sum of the weights."""
    a, algebra = c.array("a"), c.algebra
    axis, keepdims = c.axis(a), c.flag("keepdims")
    if c.value("weights") == NONE:
        return algebra.total(a, axis, keepdims, "mean")
    weights = c.array("weights")
    if weights.rank != a.rank:
        algebra.needs(weights, 1, f"weights= of {c.name}")
        if axis is None:
            raise c.fail(ShapeError, f"{c.name} of a 2-D array with 1-D weights needs its axis", "weights")
        weights = algebra.stood(weights, 1 - axis)
    products = algebra.binary(".*", a, weights)
    return algebra.binary("./", algebra.total(products, axis, keepdims), algebra.total(weights, axis, keepdims))


def spread_out(c: Call, name: str) -> Value:
    """``var`` and ``std``."""
    a, algebra = c.array("a"), c.algebra
    axis, keepdims = c.axis(a), c.flag("keepdims")
    centred = algebra.binary("-", a, algebra.total(a, axis, True, "mean"))
    centred = replace(centred, node=algebra.call("#real", centred.node))
    squares = algebra.binary(".^", centred, algebra.number(2))
    if (ddof := c.value("ddof")) == NONE or (isinstance(ddof, Array) and ddof.literal == 0):
        value = algebra.total(squares, axis, keepdims, "mean")
    else:
        count = algebra.count(a) if axis is None else algebra.length(a, axis)
        value = algebra.total(squares, axis, keepdims)
        value = algebra.binary("./", value, algebra.binary("-", count, c.scalar("ddof")))
    return algebra.elementwise("sqrt", value) if name == "std" else value


def builtin_sum(c: Call) -> Value:
    """Python's sum: of what a tuple holds, or of the rows of an array."""
    items = c.value("a")
    if isinstance(items, Many):
        arrays = [as_array(c.algebra, Argument(item, c.arguments["a"].at)) for item in items.items]
        return reduce(partial(c.algebra.binary, "+"), arrays) if arrays else c.algebra.number(0)
    a = c.array("a")
    if a.rank == 0:
        raise c.fail(ShapeError, f"{c.algebra.told(a)}: there is nothing to sum over", "a")
    return c.algebra.total(a, 0)


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
    order: object = 2 if given == NONE else c.word("ord") or (given.literal if isinstance(given, Array) else None)
    if whole and order in _SPECTRAL and given != NONE:
        return spectral(c, _SPECTRAL[order])
    if given == INFINITY or (whole and order == 1):
        sums = algebra.elementwise("abs", algebra.settled(a))
        if whole:
            sums = algebra.total(sums, 0 if order == 1 else 1, False)
        elif a.rank != 1:
            raise c.fail(UnsupportedError, f"{c.name} is read with np.inf of a vector, and of a whole matrix", "ord")
        return Array(algebra.call("max", sums.node), a.rank if keepdims else 0)
    if whole and order == "fro":
        order = 2
    elif not isinstance(order, Fraction | int) or order < 1 or (whole and given != NONE):
        raise c.fail(
            UnsupportedError,
            "np.linalg.norm is read for ord=None, numbers from 1 and np.inf of vectors, and for 'fro', 'nuc', 1, 2 and"
            " np.inf of matrices; np.sum(np.abs(X)) sums all absolute values",
            "ord",
        )
    if order not in (1, 2):
        powers = algebra.binary(".^", algebra.elementwise("abs", algebra.settled(a)), algebra.number(order))
        return algebra.binary(".^", algebra.total(powers, axis, keepdims), algebra.number(1 / Fraction(order)))
    if a.rank == 0:
        return algebra.elementwise("abs", a)
    if not whole and a.rank == 2:
        if order == 1:
            return algebra.total(algebra.elementwise("abs", a), axis, keepdims)
        squares = algebra.binary(".^", algebra.settled(a), algebra.number(2))
        return algebra.elementwise("sqrt", algebra.total(squares, axis, keepdims))
    return Array(algebra.call(f"norm{order}", algebra.settled(a).node), a.rank if keepdims else 0)


_SPECTRAL: dict[object, str] = {2: "norm_spec", "nuc": "norm_nuc"}
"""The norms of a matrix by its singular values."""


def matrix_norm(c: Call) -> Value:
    c.algebra.needs(c.array("x"), 2, c.name)
    return norm(c)


def vector_norm(c: Call) -> Value:
    """``np.linalg.vector_norm``: of all entries, unless it has an axis."""
    if c.value("axis") == NONE:
        a = c.array("x")
        if c.flag("keepdims"):
            raise c.fail(UnsupportedError, f"keepdims= of {c.name} is read with axis=", "keepdims")
        c.arguments["x"] = Argument(c.algebra.raveled(a) if a.rank else a, c.arguments["x"].at)
    return norm(c)


def row_function(c: Call, name: str) -> Value:
    """softmax, log_softmax, logsumexp: over a 1-D array, or over one axis."""
    algebra = c.algebra
    a = algebra.settled(c.array("x"))
    axis, keepdims, reduces = c.axis(a), c.flag("keepdims"), name == "logsumexp"
    if a.rank == 1:
        return Array(algebra.call(name, algebra.upright(a)), int(keepdims) if reduces else 1)
    c.algebra.needs(a, 2, c.name)
    if axis is None:
        raise c.fail(UnsupportedError, f"{name} of a 2-D array needs its axis: write axis=1 for each row")
    node = algebra.along(name, a.node, axis)
    return Array(node, 2 if keepdims or not reduces else 1, reduces and axis == 0 and not keepdims)


# entry by entry


def elementwise(c: Call, name: str) -> Value:
    return c.algebra.elementwise(name, c.array("x"))


def spelled(c: Call, by: Spelling) -> Value:
    """A function of the operator table that NumPy has as well."""
    algebra, a = c.algebra, c.array("a")
    name = by.row.call
    if by.row.elementwise:
        return algebra.elementwise(name, algebra.binary(f".{by.by_pi}", a, algebra.pi()) if by.by_pi else a)
    axis = c.axis(a) if "axis" in c.arguments or by.axis is not None else None
    if a.rank == 1 and by.axis is not None:
        return Array(algebra.call(name, algebra.upright(a)), by.rank and 1)
    algebra.settled(algebra.needs(a, 2, c.name))
    if by.axis is None:
        return Array(algebra.call(name, a.node), by.rank)
    if axis is None:
        raise c.fail(UnsupportedError, f"{c.name} of a 2-D array needs its axis here: write axis={by.axis}")
    if axis == by.axis:
        return Array(algebra.call(name, a.node), by.rank)
    if by.rank != 2:
        raise c.fail(UnsupportedError, f"{c.name} is read with axis={by.axis}", "axis")
    return Array(algebra.turned(algebra.call(name, algebra.turned(a.node))), 2)


def negative(c: Call) -> Value:
    return c.algebra.negated(c.array("x"))


def outer_of(c: Call, sign: str) -> Value:
    """``np.add.outer`` and its like."""
    algebra = c.algebra
    down, along = (algebra.needs(c.array(name), 1, c.name) for name in ("x1", "x2"))
    return algebra.binary(sign, algebra.stood(down, 1), algebra.stood(along, 0))


def logical(c: Call, sign: str) -> Value:
    return c.algebra.joined_masks(sign, c.array("x1"), c.array("x2"))


def opposite(c: Call) -> Value:
    return c.algebra.complement(c.algebra.masked(c.array("x"), c.name))


def counted(c: Call) -> Value:
    return c.algebra.total(c.algebra.masked(c.array("a"), c.name))


def same(c: Call) -> Value:
    """A function that changes nothing of real numbers."""
    return c.array("x")


def kind_of_entries(c: Call) -> Value:
    """``np.result_type``: numbers are real here."""
    return Member("float64")


def entry_by_entry(c: Call, known: Container[str]) -> Value:
    """``np.vectorize`` of a function that applies to each entry by itself."""
    function = c.value("pyfunc")
    if not (isinstance(function, Member) and function.name in known) and not isinstance(function, Elementwise):
        raise c.fail(UnsupportedError, "functions of one scalar apply to each entry by themselves", "pyfunc")
    return function


def polynomial(c: Call) -> Value:
    """``np.polyval`` by Horner's rule."""
    algebra, x = c.algebra, c.array("x")
    value = algebra.number(0)
    for item in unpacked(c.value("p")):
        coefficient = algebra.needs(as_array(algebra, Argument(item, c.arguments["p"].at)), 0, c.name)
        value = algebra.binary("+", algebra.binary(".*", value, x), coefficient)
    return value


def integer(c: Call) -> Value:
    """``int`` of an integer, or of a size."""
    a = c.array("a")
    if a.mask:
        return replace(a, mask=False, integers=True)
    if a.known is None or (a.literal is not None and a.integer is None):
        raise c.fail(UnsupportedError, f"{c.name} has no derivative; it is read of an integer", "a")
    return a


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
        if c.value(name) == (MINUS_INFINITY if which == "max" else INFINITY):
            given += 1
        elif c.value(name) != NONE:
            a, given = c.algebra.of_two(which, a, c.array(name)), given + 1
    if not given:
        raise c.algebra.fail(ParseError, f"{c.name} needs a bound: np.clip(h, 0, None), or h.clip(min=0)")
    return a


def where(c: Call) -> Value:
    return chosen(c.algebra, c.array("condition"), c.array("x"), c.array("y"))


MAX_CHOICES = 50


def select(c: Call) -> Value:
    """``np.select``: the choice of the first mask that is True."""
    masks, choices = (
        [as_array(c.algebra, Argument(item, c.arguments[name].at)) for item in unpacked(c.value(name))]
        for name in ("condlist", "choicelist")
    )
    if len(masks) != len(choices):
        raise c.algebra.fail(ParseError, f"{len(masks)} masks for {len(choices)} choices")
    if len(masks) > MAX_CHOICES:
        raise c.algebra.fail(UnsupportedError, f"{c.name} is read of at most {MAX_CHOICES} masks")
    value = c.scalar("default") if "default" in c.arguments else c.algebra.number(0)
    for mask, choice in reversed(list(zip(masks, choices, strict=True))):
        value = chosen(c.algebra, mask, choice, value)
    return value


def along_labels(c: Call) -> Value:
    """``np.take_along_axis(P, y[:, None], axis=1)``: of each row the entry at its label, as a column."""
    a, labels, algebra = c.array("arr"), c.value("indices"), c.algebra
    if not isinstance(labels, Labels) or not labels.column or c.axis(a) != 1:
        raise c.fail(
            UnsupportedError, f"{c.name} is read of P, y[:, None], axis=1 with y declared as labels", "indices"
        )
    return algebra.stood(algebra.picked(a, labels.node), 1)


def labels_kept(c: Call) -> Value:
    """``list`` and ``tuple``."""
    value = c.value("a")
    if not isinstance(value, Many | Labels):
        raise c.fail(UnsupportedError, f"{c.name} is read of labels and of what a tuple holds", "a")
    return value


# matrices


def of_matrix(c: Call, name: str, rank: int) -> Value:
    return Array(c.algebra.call(name, c.square("a").node), rank)


def complex_part(c: Call, name: str) -> Value:
    """The conjugate, or the real part; of a real array both are the array."""
    a = c.algebra.settled(c.array("x"))
    return Array(c.algebra.call(name, a.node), a.rank)


def slogdet(c: Call) -> Value:
    a, algebra = c.square("a"), c.algebra
    det = Array(algebra.call("det", a.node), 0)
    return Many((algebra.elementwise("sign", det), Array(algebra.call("logdet", a.node), 0)), ("sign", "logabsdet"))


def solve(c: Call) -> Value:
    a, b = c.square("a"), c.algebra.settled(c.array("b"))
    if b.rank == 0:
        raise c.fail(ShapeError, f"{c.name} needs a right side with axes; {c.algebra.told(b)}", "b")
    return Array(c.algebra.call("solve", a.node, c.algebra.upright(b)), b.rank)


def matrix_power(c: Call) -> Value:
    exponent = c.array("n")
    if exponent.known is not None and exponent.known.kind == "name":  # a size, as in X^p
        return Array(c.algebra.node("binary", "^", c.square("a").node, exponent.known), 2)
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
    """Of complex arrays the first is conjugated."""
    a, b = (c.algebra.settled(c.array(name)) for name in ("a", "b"))
    a = replace(a, node=c.algebra.call("conj", a.node))
    if a.rank == b.rank == 2:
        return Array(c.algebra.call("tr", c.algebra.matmul(c.algebra.transposed(a), b).node), 0)
    return c.algebra.dot(c.algebra.raveled(a), c.algebra.raveled(b))


def outer(c: Call) -> Value:
    algebra = c.algebra
    down, along = (algebra.raveled(algebra.settled(c.array(name))) for name in ("a", "b"))
    return algebra.matmul(algebra.stood(down, 1), algebra.stood(along, 0))


def tensordot(c: Call) -> Value:
    """The sum of products over axes that are paired, as ``np.einsum`` has it."""
    a, b, axes = c.array("a"), c.array("b"), c.value("axes")
    number = 2 if axes == NONE else axes.integer if isinstance(axes, Array) else None
    if number is not None:
        pairs = [(a.rank - number + i, i) for i in range(number)] if 0 <= number <= min(a.rank, b.rank) else None
    else:
        pairs = paired(axes, a.rank, b.rank)
    if pairs is None:
        raise c.fail(ShapeError, f"{c.algebra.told(a)}, {c.algebra.told(b)}: these are no axes of them", "axes")
    one, other = list("ij"[: a.rank]), list("kl"[: b.rank])
    for left, right in pairs:
        other[right] = one[left]
    output = "".join(letter for letter in (*one, *other) if (letter in one) != (letter in other))
    return einsum(c.algebra, f"{''.join(one)},{''.join(other)}->{output}", [a, b])


def paired(axes: Value, *ranks: int) -> list[tuple[int, int]] | None:
    """The pairs of axes in ``(1, 0)`` and ``([0, 1], [0, 1])``."""
    if not isinstance(axes, Many) or len(axes.items) != 2:
        return None
    sides = []
    for side, rank in zip(axes.items, ranks, strict=True):
        numbers = [item.integer if isinstance(item, Array) else None for item in unpacked(side)]
        if any(number is None or not -rank <= number < rank for number in numbers):
            return None
        sides.append([number % rank for number in numbers if number is not None])
    return list(zip(*sides, strict=True)) if len(sides[0]) == len(sides[1]) == len(set(sides[0])) else None


def kron(c: Call) -> Value:
    nodes, rank, lying = c.algebra.together(c.algebra.settled(c.array(name)) for name in ("a", "b"))
    return Array(c.algebra.call("kron", *nodes), rank, lying)


def diag(c: Call) -> Value:
    algebra, v = c.algebra, c.algebra.settled(c.array("v"))
    if v.rank == 0:
        raise c.fail(ShapeError, f"{c.name} needs an array; {algebra.told(v)}", "v")
    return Array(algebra.call("diag" if v.rank == 1 else "diagonal", algebra.upright(v)), 3 - v.rank)


def diagflat(c: Call) -> Value:
    return Array(c.algebra.call("diag", c.algebra.upright(c.algebra.raveled(c.array("v")))), 2)


def summed_products(c: Call) -> Value:
    subscripts = c.word("subscripts")
    if subscripts is None:
        raise c.fail(
            ParseError, "np.einsum begins with its subscripts, as in np.einsum('ij,jk->ik', A, B)", "subscripts"
        )
    return einsum(c.algebra, subscripts, [as_array(c.algebra, argument) for argument in c.rest])
