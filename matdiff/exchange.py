"""What people hand in and get back: arrays by name, the sizes they tell, and values in their precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from matdiff.array_functions import circulant_part, toeplitz_part
from matdiff.errors import ArgumentTypeError, DeclarationError, EvaluationError, ShapeError
from matdiff.evaluate import MAX_ENTRIES, Array, called
from matdiff.expr import Expr, variable
from matdiff.model import CONJUGATE, Model, conjugate_name
from matdiff.sizes import ONE, Shape, Size, line


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


_ALONG = "{0}[{i}, {j}] = {one:g} is not the mean of its diagonal, {other:g}"

DECLARED: dict[str, Callable[[Array], tuple[Array, Array, str]]] = {
    "symmetric": lambda x: (x, x.T, "{0}[{i}, {j}] = {one:g} and {0}[{j}, {i}] = {other:g} differ"),
    "diagonal": lambda x: (x, np.diag(np.diag(x)), "{0}[{i}, {j}] = {one:g} is not 0"),
    "lower": lambda x: (x, np.tril(x), "{0}[{i}, {j}] = {one:g} is not 0"),
    "upper": lambda x: (x, np.triu(x), "{0}[{i}, {j}] = {one:g} is not 0"),
    "skew": lambda x: (x, -x.T, "{0}[{i}, {j}] = {one:g}, and -{0}[{j}, {i}] = {other:g}"),
    "toeplitz": lambda x: (x, toeplitz_part(x), _ALONG),
    "circulant": lambda x: (x, circulant_part(x), _ALONG),
    "hermitian": lambda x: (x, x.conj().T, "{0}[{i}, {j}] = {one:g} is not {other:g}, the conjugate of {0}[{j}, {i}]"),
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
            if node.op == "variable" and node.data[1] == "complex":
                known[variable(conjugate_name(name), node.shape, CONJUGATE)] = array.conj()
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
        (part, *others) = unknown
        if others:
            return False
        grows = line(size.value, part, self.sizes)
        if grows is None:
            return False  # another array tells it
        none, each = grows
        count, rest = divmod(length - none, each)
        if rest or count < 1:
            wanted = "at least 1" if each == 1 and not none else f"a multiple of {each}" if not none else str(size)
            raise self.misfit(name, shape, length, wanted, "")
        self.sizes[part], self.by[part] = count, name
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
        raise ArgumentTypeError(f"{name} holds {called(array)}, not numbers")
    return array


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
