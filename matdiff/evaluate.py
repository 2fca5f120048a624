"""The numeric value of any expression on arrays.

Every value is a 2-D array inside; `exchange` translates from and to what people hold: a column is 1-D or n×1, labels
are integers, a scalar is a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matdiff import array_functions
from matdiff.errors import ArgumentTypeError, DeclarationError, EvaluationError, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.mean import mean
from matdiff.newton import solved
from matdiff.operators import ROWS, row
from matdiff.sizes import Size

Array = NDArray[Any]

Functions = Mapping[str, tuple[Callable[[Array], Array], ...]]
"""Unknown functions by name: each with its derivatives."""

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
    functions: Functions | None = None,
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
    functions: Functions,
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


def unknown_function(node: Expr, x: Array, functions: Functions) -> Array:
    name, order = node.data
    if node.is_scalar:
        return np.reshape(applied(name, order, x[0, 0], functions), (1, 1))
    return applied(name, order, x, functions)


def by_mean(
    node: Expr,
    args: list[Array],
    sizes: Mapping[str, int],
    functions: Functions,
) -> Array:
    """The value of an expectation."""
    known = dict(zip(node.data.parameters, args, strict=True))
    value = mean(node.data, known, lambda e, given: values([e], given, sizes, functions)[e])
    return value.real if not any(map(np.iscomplexobj, args)) else value


def by_equation(
    node: Expr,
    args: list[Array],
    sizes: Mapping[str, int],
    functions: Functions,
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
    functions: Functions,
) -> Array:
    """An unknown function with a matrix for its value, or its derivative; of a vector the Jacobian of its vec."""
    name, order, _, of = node.data
    value = called_at(name, order, x[0, 0] if of == "scalar" else x[:, 0], functions)
    value = value[:, None] if value.ndim == 1 else value
    known = {name for size in node.shape for name in size.names} <= set(sizes)
    wanted = tuple(size.value(sizes) for size in node.shape) if known else value.shape
    if value.dtype.kind not in "biufc" or value.ndim != 2 or value.shape != wanted:
        raise ShapeError(f"{name}{chr(39) * order} gave shape {value.shape}, not {node.rows}×{node.cols}")
    return value.astype(float) if value.dtype.kind in "biu" else value


def called_at(name: str, order: int, x: Array, functions: Functions) -> Array:
    """What an unknown function, or one of its derivatives, that is given gives."""
    given = functions.get(name, ())
    if len(given) <= order:
        raise DeclarationError(
            f"{name}{chr(39) * order} is unknown: give its value and derivatives, {name}=(f, df, …),"
            f" {order + 1} functions at least"
        )
    try:
        return np.asarray(given[order](x))
    except Exception as error:
        raise EvaluationError(f"{name}{chr(39) * order} failed: {type(error).__name__}: {error}") from error


def applied(name: str, order: int, x: Array, functions: Functions) -> Array:
    """An unknown function, or one of its derivatives, that is given; every entry is its own."""
    value = called_at(name, order, x, functions)
    if value.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{name} gave {called(value)}, not numbers")
    if value.shape not in ((), x.shape):
        raise ShapeError(f"{name} gave shape {value.shape} for shape {x.shape}: it is applied to each entry")
    return np.broadcast_to(value if value.dtype.kind in "fc" else value.astype(float), x.shape)


def called(array: Array) -> str:
    """What an array holds that is no number."""
    return {"U": "text", "S": "bytes", "O": "objects", "M": "dates", "m": "time spans"}.get(
        array.dtype.kind, str(array.dtype)
    )
