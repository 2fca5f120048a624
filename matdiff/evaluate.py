"""The numeric value of any expression on arrays.

Every value is a 2-D array inside; `arrays` and `result` translate from and to what people hold: a
column is 1-D or n×1, labels are integers, a scalar is a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import prod
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matdiff import array_functions
from matdiff.errors import ArgumentTypeError, DeclarationError, EvaluationError, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.mean import mean
from matdiff.model import Model
from matdiff.newton import solved
from matdiff.operators import ROWS, row
from matdiff.sizes import ONE, Shape, Size

Array = NDArray[Any]

Rounding = Callable[[Expr, Array, Sequence[Array]], Array]
"""A computed value as it is to be rounded: of which node, the value, and those of its arguments."""


# The functions that the numpy column of the table uses beside NumPy's own.


def sigmoid(x: Array) -> Array:
    """Exact to the last digits far below 0 as well."""
    e = np.exp(np.where(x.real < 0, x, -x))
    return np.asarray(np.where(x.real < 0, e, 1) / (1 + e))


def logsumexp(x: Array) -> Array:
    top = np.max(x.real, axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return np.asarray(top + np.log(np.sum(np.exp(x - top), axis=1, keepdims=True)))


def softmax(x: Array) -> Array:
    weights = np.exp(x - np.max(x.real, axis=1, keepdims=True))
    return np.asarray(weights / np.sum(weights, axis=1, keepdims=True))


def erf(x: Array) -> Array:
    from math import erf as scalar_erf

    return np.asarray(np.vectorize(scalar_erf, otypes=[float])(x))


def inverse(x: Array) -> Array:
    """The inverse; refused where rounding of one column may change the determinant by more than a thousandth.

    A column that changes by δ.*x changes det(x) by the factor 1 + Σ δ.*x.*inv(x)', whatever rows and columns
    are scaled by.
    """
    found = np.linalg.inv(x)
    if np.max(np.sum(abs(found * x.T), axis=1)) * np.finfo(found.dtype).eps > 1e-3:
        raise np.linalg.LinAlgError
    return np.asarray(found)


def adjugate(x: Array) -> Array:
    """adj(X) = det(U) det(V') V adj(S) U' of X = U S V', at singular matrices too."""
    u, s, vt = np.linalg.svd(x)
    others = np.prod(np.where(np.eye(len(s), dtype=bool), 1, s), axis=1)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return np.asarray(sign * (vt.conj().T * others) @ u.conj().T)


def sympy_function(x: Array, name: str, *orders: str) -> Array:
    from matdiff.operators.scalar_functions import scalar

    return np.asarray(np.vectorize(scalar((name, *map(Fraction, orders))), otypes=[float])(x))


NAMESPACE = {
    **{name: value for name, value in vars(array_functions).items() if callable(value)},
    "np": np,
    "sigmoid": sigmoid,
    "logsumexp": logsumexp,
    "softmax": softmax,
    "erf": erf,
    "inverse": inverse,
    "adjugate": adjugate,
    "sympy_function": sympy_function,
}


@cache
def compiled(template: str, arguments: tuple[str, ...]) -> Callable[..., Array]:
    """A formula of a row in NumPy as a function of its arguments and its sizes m, n, p, q."""
    sizes = [name for name in ("m", "n", "p", "q") if name not in arguments]
    places = {name: name for name in (*arguments, *sizes)}
    parameters = ", ".join([*arguments, *(f"{name}=0" for name in sizes)])
    source = f"lambda {parameters}: {template.format(**places)}"
    function: Callable[..., Array] = eval(source, dict(NAMESPACE))  # text of the table, never of a user
    return function


_MADE = frozenset({"eye", "ones", "zeros"})
"""Leaves whose value is made from their size."""

MAX_ENTRIES = 2 * 10**8
"""Larger arrays are refused before memory runs out."""
TOO_LARGE = "the arrays here are too large for the memory"


SPECTRAL = frozenset(name for name, entry in ROWS.items() if entry.spectral)
"""What LAPACK complains about on standard output where an entry is not finite."""
TALL = frozenset(name for name, entry in ROWS.items() if "tall" in entry.domain)
"""What needs at least as many rows as columns."""


SYMMETRIC = frozenset(name for name, entry in ROWS.items() if "symmetric" in entry.domain)
"""What reads the symmetric part of its argument, which is therefore to be symmetric."""
ASYMMETRY = 1e-4
"""How far from symmetric it may be, as a part of its largest entry: rounding, and the steps of differences."""
NOT_SYMMETRIC = "the matrix is not symmetric"


class Singular(np.linalg.LinAlgError):
    """A value that does not exist; the argument is the node."""


def node_value(node: Expr, args: list[Array], sizes: Mapping[str, int]) -> Array:
    """The value of one node from those of its arguments."""
    if node.op in _MADE:
        rows, cols = node.rows.value(sizes), node.cols.value(sizes)
    match node.op:
        case "number":
            return np.array([[_float(node.data)]])
        case "dim":
            return np.array([[float(node.data.value(sizes))]])
        case "pi":
            return np.array([[np.pi]])
        case "eye":
            return np.eye(rows)
        case "ones":
            return np.ones((rows, cols))
        case "zeros":
            return np.zeros((rows, cols))
        case "commutation":
            m, n = (size.value(sizes) for size in node.data)
            return np.eye(m * n).reshape((n, m, m * n)).transpose((1, 0, 2)).reshape((m * n, m * n))
        case "selection":
            count, *before = (size.value(sizes) for size in node.data)
            return np.eye(node.rows.value(sizes), count, -sum(before))
        case "definition":
            return args[0]
        case "kron_left" | "kron_right" | "unvec":
            entry = row(node)
            found = entry.match(tuple(arg.shape for arg in node.args), node.data) or {}
            known = {name: size.value(sizes) for name, size in found.items()}
            return compiled(entry.numpy, entry.arguments)(*args, **known)
        case _:
            entry = row(node)
            return compiled(entry.numpy, entry.arguments)(*args)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def values(
    roots: Iterable[Expr],
    known: Mapping[Expr, Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]] | None = None,
    rounding: Rounding | None = None,
) -> dict[Expr, Array]:
    """The values of all nodes below the roots; ``known`` nodes are not entered.

    ``rounding`` is applied to every value that is computed: with a random one, the spread of the
    results tells how many of their digits are to be trusted.
    """
    done: dict[Expr, Array] = dict(known)
    with np.errstate(all="ignore"):
        for node in topo(*roots, inside=lambda node: () if node in known else node.args):
            if node in done:
                continue
            if node.op == "variable":
                raise DeclarationError(f"no value was given for {node.data[0]}")
            if node.op == "differential":
                raise UnsupportedError("an expression with differentials has no value; give the directions")
            args = [done[arg] for arg in node.args]
            value = value_of(node, args, sizes, functions or {})
            done[node] = rounding(node, value, args) if rounding else value
    return done


def value_of(
    node: Expr,
    args: list[Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]],
) -> Array:
    """The value of one node as a 2-D array of numbers; raises `Singular` where there is none."""
    check_entries(node, sizes)
    if node.op == "implicit":
        return by_equation(node, args, sizes, functions)
    if node.op == "expect":
        return by_mean(node, args, sizes, functions)
    if node.op == "field":
        return unknown_field(node, args[0], sizes, functions)
    if node.op == "apply":
        return unknown_function(node, args[0], functions)
    if node.op in TALL and args[0].shape[0] < args[0].shape[1]:
        raise Singular(node)
    if node.op in SPECTRAL and not np.all(np.isfinite(args[0])):
        raise Singular(node)
    try:
        value = np.asarray(node_value(node, args, sizes))
    except np.linalg.LinAlgError:
        raise Singular(node) from None
    except MemoryError:
        raise EvaluationError(TOO_LARGE) from None
    except TypeError as error:
        raise EvaluationError(f"there is no value for numbers of this kind: {error}") from error
    value = value.astype(float) if value.dtype == bool else value  # masks add up as numbers
    return value if value.ndim else value.reshape((1, 1))


def check_entries(node: Expr, sizes: Mapping[str, int]) -> None:
    """Refuse a value that is too large to be held."""
    check_shape(node.shape, sizes)


def of_symmetric(node: Expr, value: Array, args: Sequence[Array]) -> Array:
    """A value as people get it: refused where a function of symmetric matrices has another argument."""
    if node.op in SYMMETRIC and np.max(np.abs(args[0] - args[0].T)) > ASYMMETRY * np.max(np.abs(args[0])):
        raise EvaluationError(f"{node.op} has no value here: {NOT_SYMMETRIC}; for its symmetric part write (X + X')/2")
    return value


def check_shape(shape: Iterable[Size], sizes: Mapping[str, int]) -> None:
    try:
        lengths = [size.value(sizes) for size in shape]
    except KeyError:  # a size that is nowhere told
        return
    if prod(lengths) > MAX_ENTRIES:
        raise EvaluationError(f"an array of {' × '.join(f'{length:,}' for length in lengths)} entries is too large")


def unknown_function(node: Expr, x: Array, functions: Mapping[str, tuple[Callable[[Array], Array], ...]]) -> Array:
    name, order = node.data
    if node.is_scalar:
        return np.reshape(applied(name, order, x[0, 0], functions), (1, 1))
    return applied(name, order, x, functions)


def by_mean(
    node: Expr,
    args: list[Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]],
) -> Array:
    """The value of an expectation."""
    known = dict(zip(node.data.parameters, args, strict=True))
    value = mean(node.data, known, lambda e, given: values([e], given, sizes, functions)[e])
    return value.real if not any(map(np.iscomplexobj, args)) else value


def by_equation(
    node: Expr,
    args: list[Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]],
) -> Array:
    """The value that an equation defines; raises `Singular` where none was found."""
    equation = node.data
    known = dict(zip(equation.parameters, args, strict=True))

    def at(e: Expr, z: Array) -> Array:
        return values([e], known | {equation.unknown: z}, sizes, functions)[e]

    try:
        return solved(equation, (node.rows.value(sizes), node.cols.value(sizes)), at)
    except np.linalg.LinAlgError:
        raise Singular(node) from None


def unknown_field(
    node: Expr,
    x: Array,
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]],
) -> Array:
    """An unknown function with a matrix for its value, or its derivative; of a vector the Jacobian of its vec."""
    name, order, _, of = node.data
    given = functions.get(name, ())
    if len(given) <= order:
        raise DeclarationError(
            f"{name}{chr(39) * order} is unknown: give its value and derivatives, {name}=(f, df, …),"
            f" {order + 1} functions at least"
        )
    try:
        value = np.asarray(given[order](x[0, 0] if of == "scalar" else x[:, 0]))
    except Exception as error:
        raise EvaluationError(f"{name}{chr(39) * order} failed: {type(error).__name__}: {error}") from error
    value = value[:, None] if value.ndim == 1 else value
    known = {name for size in node.shape for name in size.names} <= set(sizes)
    wanted = tuple(size.value(sizes) for size in node.shape) if known else value.shape
    if value.dtype.kind not in "biufc" or value.ndim != 2 or value.shape != wanted:
        raise ShapeError(f"{name}{chr(39) * order} gave shape {value.shape}, not {node.rows}×{node.cols}")
    return value.astype(float) if value.dtype.kind in "biu" else value


def applied(name: str, order: int, x: Array, functions: Mapping[str, tuple[Callable[[Array], Array], ...]]) -> Array:
    """An unknown function, or one of its derivatives, that is given; every entry is its own."""
    given = functions.get(name, ())
    if len(given) <= order:
        raise DeclarationError(
            f"{name}{chr(39) * order} is unknown: give its value and derivatives, {name}=(f, df, …),"
            f" {order + 1} functions at least"
        )
    try:
        value = np.asarray(given[order](x))
    except Exception as error:
        raise EvaluationError(f"{name}{chr(39) * order} failed: {type(error).__name__}: {error}") from error
    if value.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{name} gave {_called(value)}, not numbers")
    if value.shape not in ((), x.shape):
        raise ShapeError(f"{name} gave shape {value.shape} for shape {x.shape}: it is applied to each entry")
    return np.broadcast_to(value if value.dtype.kind in "fc" else value.astype(float), x.shape)


# What people hand in and get back.


def check_names(model: Model, inputs: Iterable[str]) -> None:
    """Refuse inputs that are no names of the model."""
    known = {**model.variables, **model.definitions, **dict.fromkeys((*model.functions, *model.dims, *model.inferred))}
    for name in inputs:
        if name not in known:
            names = ", ".join([*model.variables, *model.definitions, *model.functions]) or "none"
            raise DeclarationError(f"{name} is not a name of this model; it has {names}")


def functions_of(model: Model, inputs: Mapping[str, Any]) -> dict[str, tuple[Callable[[Array], Array], ...]]:
    """The unknown functions that are given, each as a tuple of callables."""
    found = {}
    for name in model.functions:
        if name in inputs:
            given = inputs[name]
            given = (given,) if callable(given) else given
            if not isinstance(given, tuple | list) or not all(callable(part) for part in given):
                raise ArgumentTypeError(f"{name} is a function: give it and its derivatives, {name}=(f, df, …)")
            found[name] = tuple(given)
    return found


def taken(
    model: Model, names: Mapping[str, Expr], inputs: Mapping[str, Any]
) -> tuple[dict[Expr, Array], dict[str, int], dict[str, tuple[Callable[[Array], Array], ...]]]:
    """What is handed in under the names of a model, as arrays, sizes and functions that are what was declared."""
    check_names(model, inputs)
    functions = functions_of(model, inputs)
    known, sizes = arrays(names, {name: value for name, value in inputs.items() if name not in functions})
    for node, array in known.items():
        check_structure(node, array)
    return known, sizes, functions


def check_structure(node: Expr, array: Array) -> None:
    """Refuse an array that is not what its name was declared to be, but for rounding.

    Derivatives of a symmetric, diagonal, orthogonal or one-hot variable hold for such arrays only.
    """
    kind = node.data[1] if node.op == "variable" else ""
    if kind not in DECLARED or not np.all(np.isfinite(array)):
        return
    one, other, told = DECLARED[kind](array)
    apart = np.abs(one - other) > np.sqrt(np.finfo(array.dtype).eps) * np.max(np.abs(array))
    if np.any(apart):
        i, j = np.argwhere(apart)[0]
        words = told.format(node.data[0], i=i, j=j, one=one[i, j], other=other[i, j])
        raise ShapeError(f"{node.data[0]} is declared {kind}, but {words}")


def _one_hot_form(array: Array) -> tuple[Array, Array, str]:
    hot = np.eye(array.shape[1])[np.argmax(array.real, axis=1)]
    return array, hot, "row {i} is not zeros and a single one: {0}[{i}, {j}] = {one:g}"


DECLARED: dict[str, Callable[[Array], tuple[Array, Array, str]]] = {
    "symmetric": lambda x: (x, x.T, "{0}[{i}, {j}] = {one:g} and {0}[{j}, {i}] = {other:g} differ"),
    "diagonal": lambda x: (x, np.diag(np.diag(x)), "{0}[{i}, {j}] = {one:g} is not 0"),
    "orthogonal": lambda x: (x.T @ x, np.eye(len(x)), "{0}'*{0} is not the identity: it has {one:g} at [{i}, {j}]"),
    "onehot": _one_hot_form,
    "labels": _one_hot_form,
}
"""Of each structure two arrays that are equal, and the words where they are not."""


def arrays(variables: Mapping[str, Expr], inputs: Mapping[str, Any]) -> tuple[dict[Expr, Array], dict[str, int]]:
    """Inputs by name as 2-D arrays, and the sizes they tell; dims may be given as well.

    Raises `ArgumentTypeError` for what is not numeric, `ShapeError` where sizes contradict.
    """
    known: dict[Expr, Array] = {}
    told = Sizes()
    for name, value in inputs.items():
        if name not in variables:
            told.give(name, value)
    # labels tell the least: how many classes there are is best known from the others
    for name, node in sorted(variables.items(), key=lambda item: _is_labels(item[1])):
        if name in inputs:
            known[node] = array = _as_array(name, node, inputs[name], told.sizes)
            told.add(name, node.shape, array.shape)
    return known, told.sizes


class Sizes:
    """Sizes by name, as arrays tell them one after another."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.by: dict[str, str] = {}
        self.pending: list[tuple[str, Shape, Size, int]] = []

    def give(self, name: str, value: Any) -> None:
        """A dim by its value."""
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ArgumentTypeError(f"{name} is a size, an integer, not {value!r:.40}")
        if value < 1:
            raise ShapeError(f"{name} is a size and must be at least 1, not {value}")
        self.sizes[name], self.by[name] = int(value), f"{name}={value}"

    def add(self, name: str, shape: Shape, lengths: tuple[int, ...]) -> None:
        """Learn from an array; what it does not settle alone waits for the next."""
        self.pending += [(name, shape, size, length) for size, length in zip(shape, lengths, strict=True)]
        before = -1
        while len(self.pending) != before:
            before, waiting = len(self.pending), self.pending
            self.pending = [entry for entry in waiting if not self.settles(*entry)]

    def settles(self, name: str, shape: Shape, size: Size, length: int) -> bool:
        unknown = [part for part in size.names if part not in self.sizes]
        if not unknown:
            if size.value(self.sizes) != length:
                because = ", ".join(f"{part} is {self.sizes[part]} by {self.by[part]}" for part in size.names)
                wanted = f"{size} = {size.value(self.sizes)}" if because else str(size)
                raise self.misfit(name, shape, length, wanted, because)
            return True
        if len(unknown) > 1 or dict(size.powers)[unknown[0]] > 1:
            return False
        rest = size.coefficient
        for part, power in size.powers:
            rest *= self.sizes.get(part, 1) ** power
        if length % rest or length == 0:
            raise self.misfit(name, shape, length, "at least 1" if rest == 1 else f"a multiple of {rest}", "")
        self.sizes[unknown[0]], self.by[unknown[0]] = length // rest, name
        return True

    @staticmethod
    def misfit(name: str, shape: Shape, length: int, wanted: str, because: str) -> ShapeError:
        reason = f" ({because})" if because else ""
        return ShapeError(f"{name} is {shape[0]}×{shape[1]}: it has {length} where {wanted} is needed{reason}")


def _is_labels(node: Expr) -> bool:
    return node.op == "variable" and node.data[1] == "labels"


def _as_array(name: str, node: Expr, value: Any, sizes: Mapping[str, int]) -> Array:
    array = numeric(name, value)
    if _is_labels(node) and array.ndim == 1:
        return _one_hot(name, array, node, sizes)
    given = array.shape
    if array.ndim == 0:
        array = array.reshape((1, 1))
    elif array.ndim == 1:
        array = array[:, None] if node.cols is ONE else array[None, :] if node.rows is ONE else array
    if array.ndim != 2:
        axes = "1 axis" if array.ndim == 1 else f"{array.ndim} axes"
        hint = "; a single row is written [[…]]" if array.ndim == 1 else ""
        raise ShapeError(f"{name} is {node.rows}×{node.cols}, but an array with {axes} was given{hint}")
    if node.is_scalar and array.shape != (1, 1):
        raise ShapeError(f"{name} is a scalar, but an array of shape {given} was given")
    for size, length, what in zip(node.shape, array.shape, ("row", "column"), strict=True):
        if size is ONE and length != 1:
            raise ShapeError(f"{name} is a {what}, {node.rows}×{node.cols}, but an array of shape {given} was given")
    kind = np.dtype(complex if array.dtype.kind == "c" else float)
    single = array.dtype.kind in "fc" and array.dtype.itemsize <= SINGLE[kind].itemsize
    return array.astype(SINGLE[kind] if single else kind, copy=False)


SINGLE = {np.dtype(float): np.dtype(np.float32), np.dtype(complex): np.dtype(np.complex64)}
"""The types that values have, in double and in single precision."""


def numeric(name: str, value: Any) -> Array:
    """A value as an array of numbers."""
    if np.ma.is_masked(value):
        raise ArgumentTypeError(f"{name} is a masked array: a mask is not kept; fill what is masked, or drop it")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        raise ArgumentTypeError(f"{name} is not an array: its rows differ in length") from None
    except Exception as error:  # an object that says it is an array
        raise ArgumentTypeError(f"{name} is not an array: {error}") from error
    if array.dtype == object and array.size and all(isinstance(entry, Real) for entry in array.flat):
        try:
            return array.astype(float)
        except OverflowError:
            raise EvaluationError(f"{name} holds a number that is too large") from None
    if array.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{name} holds {_called(array)}, not numbers")
    return array


def _called(array: Array) -> str:
    """What an array holds that is no number."""
    return {"U": "text", "S": "bytes", "O": "objects", "M": "dates", "m": "time spans"}.get(
        array.dtype.kind, str(array.dtype)
    )


def _one_hot(name: str, labels: Array, node: Expr, sizes: Mapping[str, int]) -> Array:
    """Integer labels as the one-hot matrix they stand for."""
    if labels.dtype.kind not in "biu" and not np.array_equal(labels, np.round(labels)):
        raise ArgumentTypeError(f"{name} holds labels, which are integers")
    labels = labels.astype(int)
    known = all(part in sizes for part in node.cols.names)
    classes = node.cols.value(sizes) if known else int(labels.max(initial=0)) + 1
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        wrong = int(labels.min() if labels.min() < 0 else labels.max())
        raise ShapeError(f"{name} holds the label {wrong}: labels count from 0 to {classes - 1}")
    if labels.size * classes > MAX_ENTRIES:
        raise EvaluationError(f"{name} holds the label {labels.max()}: so many classes are too many")
    found = np.zeros((labels.size, classes))
    found[np.arange(labels.size), labels] = 1
    return found


def symmetrized(value: Array) -> Array:
    """A matrix that is symmetric but for rounding, symmetric to the last digit."""
    return np.asarray(value / 2 + value.T / 2)


def common_type(known: Mapping[Expr, Array]) -> np.dtype[Any]:
    """The type of the arrays among what is given; of numbers alone, double precision."""
    found = [array.dtype for node, array in known.items() if not node.is_scalar and not _is_labels(node)]
    return np.result_type(*(found or [np.dtype(float), *(array.dtype for array in known.values())]))


def rounded(value: Array, given: Mapping[Expr, Array]) -> Array:
    """An array in the precision of the arrays it was computed from: single where all of them are."""
    single = common_type(given) in SINGLE.values()
    with np.errstate(over="ignore"):
        return value.astype(SINGLE[value.dtype], copy=False) if single and value.dtype in SINGLE else value


def result(value: Array, shape: Shape) -> float | Array:
    """A scalar as a float, a column as 1-D, the rest as 2-D."""
    if shape == (ONE, ONE):
        return complex(value[0, 0]) if np.iscomplexobj(value) else float(value[0, 0])  # type: ignore[return-value]
    return value[:, 0] if shape[1] is ONE else value
