"""The numeric value of any expression on arrays.

Every value is a 2-D array inside; `arrays` and `result` translate from and to what people hold: a
column is 1-D or n×1, labels are integers, a scalar is a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matdiff.errors import ArgumentTypeError, DeclarationError, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.operators import row
from matdiff.sizes import ONE, Shape

Array = NDArray[Any]


# The functions that the numpy column of the table uses beside NumPy's own.


def sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


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


def sympy_function(x: Array, name: str, *orders: str) -> Array:
    from matdiff.operators.scalar_functions import scalar

    return np.asarray(np.vectorize(scalar((name, *map(Fraction, orders))), otypes=[float])(x))


_NAMESPACE = {
    "np": np,
    "sigmoid": sigmoid,
    "logsumexp": logsumexp,
    "softmax": softmax,
    "erf": erf,
    "sympy_function": sympy_function,
}


@cache
def _compiled(template: str, arguments: tuple[str, ...]) -> Callable[..., Array]:
    """A row's numpy column as a function of its arguments and its sizes m, n, p, q."""
    sizes = [name for name in ("m", "n", "p", "q") if name not in arguments]
    places = {name: name for name in (*arguments, *sizes)}
    parameters = ", ".join([*arguments, *(f"{name}=0" for name in sizes)])
    source = f"lambda {parameters}: {template.format(**places)}"
    function: Callable[..., Array] = eval(source, dict(_NAMESPACE))  # text of the table, never of a user
    return function


def node_value(node: Expr, args: list[Array], sizes: Mapping[str, int]) -> Array:
    """The value of one node from those of its arguments."""
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
        case "definition":
            return args[0]
        case "kron_left" | "kron_right" | "unvec":
            entry = row(node)
            found = entry.match(tuple(arg.shape for arg in node.args), node.data) or {}
            known = {name: size.value(sizes) for name, size in found.items()}
            return _compiled(entry.numpy, entry.arguments)(*args, **known)
        case _:
            entry = row(node)
            return _compiled(entry.numpy, entry.arguments)(*args)


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
) -> dict[Expr, Array]:
    """The values of all nodes below the roots; ``known`` nodes are not entered."""
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
            if node.op == "apply":
                done[node] = unknown_function(node, args[0], functions or {})
            else:
                value = np.asarray(node_value(node, args, sizes))
                value = value.astype(float) if value.dtype == bool else value  # masks add up as numbers
                done[node] = value if value.ndim else value.reshape((1, 1))
    return done


def unknown_function(node: Expr, x: Array, functions: Mapping[str, tuple[Callable[[Array], Array], ...]]) -> Array:
    name, order = node.data
    given = functions.get(name, ())
    if len(given) <= order:
        raise DeclarationError(
            f"{name}{chr(39) * order} is unknown: give its value and derivatives, {name}=(f, df, …),"
            f" {order + 1} functions at least"
        )
    return np.asarray(given[order](x))


# What people hand in and get back.


def arrays(variables: Mapping[str, Expr], inputs: Mapping[str, Any]) -> tuple[dict[Expr, Array], dict[str, int]]:
    """Inputs by name as 2-D arrays, and the sizes they tell; dims may be given as well.

    Raises `ArgumentTypeError` for what is not numeric, `ShapeError` where sizes contradict.
    """
    sizes: dict[str, int] = {}
    known: dict[Expr, Array] = {}
    told: dict[str, str] = {}
    pending = []
    for name, value in inputs.items():
        if name not in variables and isinstance(value, int | np.integer) and not isinstance(value, bool):
            if value < 1:
                raise ShapeError(f"the dim {name} must be at least 1, not {value}")
            sizes[name], told[name] = int(value), f"{name}={value}"
    for name, node in variables.items():
        if name in inputs:
            known[node] = array = _as_array(name, node, inputs[name], sizes)
            pending += [(size, length, name) for size, length in zip(node.shape, array.shape, strict=True)]
    while pending:
        waiting = []
        for size, length, name in pending:
            unknown = [part for part in size.names if part not in sizes]
            if not unknown:
                if size.value(sizes) != length:
                    because = "".join(
                        f" ({part} is {sizes[part]} by {told[part]})" for part in size.names if part in told
                    )
                    raise ShapeError(f"{name} has {length} where {size} = {size.value(sizes)} is needed{because}")
            elif len(unknown) == 1 and dict(size.powers)[unknown[0]] == 1:
                rest = size.coefficient
                for part, power in size.powers:
                    rest *= sizes.get(part, 1) ** power
                if length % rest or length == 0:
                    raise ShapeError(f"{name} has {length} where {size} is needed, a multiple of {rest}")
                sizes[unknown[0]], told[unknown[0]] = length // rest, name
            else:
                waiting.append((size, length, name))
        if len(waiting) == len(pending):
            break
        pending = waiting
    return known, sizes


def _as_array(name: str, node: Expr, value: Any, sizes: Mapping[str, int]) -> Array:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        raise ArgumentTypeError(f"{name} is not an array") from None
    if array.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{name} holds {array.dtype}, not numbers")
    kind = node.data[1] if node.op == "variable" else ""
    if kind == "labels" and array.ndim == 1:
        return _one_hot(name, array, node, sizes)
    if array.ndim == 0:
        array = array.reshape((1, 1))
    elif array.ndim == 1:
        array = array[:, None] if node.cols is ONE else array[None, :] if node.rows is ONE else array
    if array.ndim != 2:
        raise ShapeError(f"{name} has {array.ndim} axes; it is {node.rows}×{node.cols}")
    if node.is_scalar and array.shape != (1, 1):
        raise ShapeError(f"{name} is a scalar, but an array of shape {array.shape} was given")
    return array if array.dtype.kind in "fc" else array.astype(float)


def _one_hot(name: str, labels: Array, node: Expr, sizes: Mapping[str, int]) -> Array:
    """Integer labels as the one-hot matrix they stand for."""
    if labels.dtype.kind not in "biu" and not np.array_equal(labels, np.round(labels)):
        raise ArgumentTypeError(f"{name} holds labels, which are integers")
    labels = labels.astype(int)
    unknown = [part for part in node.cols.names if part not in sizes]
    classes = int(labels.max()) + 1 if unknown and labels.size else 0
    if not unknown:
        classes = node.cols.value(sizes)
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ShapeError(f"{name} has labels outside 0..{classes - 1}")
    return np.eye(classes)[labels]


def result(value: Array, shape: Shape) -> float | Array:
    """A scalar as a float, a column as 1-D, the rest as 2-D."""
    if shape == (ONE, ONE):
        return complex(value[0, 0]) if np.iscomplexobj(value) else float(value[0, 0])  # type: ignore[return-value]
    return value[:, 0] if shape[1] is ONE else value
