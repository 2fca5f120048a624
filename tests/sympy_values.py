"""Values of SymPy expressions on NumPy arrays, class by class: what SymPy says, without SymPy's evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

Names = Mapping[str, Any]
"""Arrays, numbers (sizes too) and functions by name."""


def value(e: Any, names: Names) -> Any:
    """A number or an array; of a derivative by an array, one of four axes."""
    own = VALUES.get(type(e).__name__)
    if own is not None:
        return own(e, names)
    if e.is_Symbol:
        return names[e.name]
    args = [value(arg, names) for arg in e.args]
    if type(e.func).__name__ == "UndefinedFunction":
        return names[e.func.__name__][0](*args)
    if e.is_Function or e.is_number:
        numbers = [np.asarray(arg).item() for arg in args]
        return complex(e.func(*map(sp.Float, numbers)).evalf(20) if e.args else e.evalf(20)).real
    raise NotImplementedError(type(e).__name__)


def fold(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Names], Any]:
    return lambda e, names: reduce(operation, [value(arg, names) for arg in e.args])


def sized(make: Callable[[tuple[int, ...]], Any]) -> Callable[[Any, Names], Any]:
    return lambda e, names: make(tuple(int(value(size, names)) for size in e.args))


def of_one(operation: Callable[[Any], Any]) -> Callable[[Any, Names], Any]:
    return lambda e, names: operation(value(e.args[0], names))


def times(left: Any, right: Any) -> Any:
    return left @ right if np.ndim(left) == np.ndim(right) == 2 else left * right


def applied(e: Any, names: Names) -> Any:
    x = value(e.expr, names)
    (variable,) = e.function.variables
    out = np.empty(x.shape)
    for at, entry in np.ndenumerate(x):
        out[at] = value(e.function.expr, {**names, variable.name: float(entry)})
    return out


def summed(e: Any, names: Names) -> Any:
    (index, first, last), *more = e.limits
    body = sp.Sum(e.function, *more) if more else e.function
    steps = range(int(value(first, names)), int(value(last, names)) + 1)
    return sum(value(body, {**names, index.name: at}) for at in steps)


def substituted(e: Any, names: Names) -> Any:
    inside = {v.name: value(p, names) for v, p in zip(e.variables, e.point, strict=True)}
    return value(e.expr, {**names, **inside})


def of_unknown(e: Any, names: Names) -> Any:
    function, (variable, order) = e.args
    return names[function.func.__name__][int(order)](value(variable, names))


def power(e: Any, names: Names) -> Any:
    base, exponent = (value(arg, names) for arg in e.args[:2])
    if np.ndim(base) == 2 and base.shape != (1, 1):
        return np.linalg.matrix_power(base, round(exponent))
    return base**exponent


def permuted(e: Any, names: Names) -> Any:
    return np.transpose(value(e.expr, names), e.permutation.array_form)


def contracted(e: Any, names: Names) -> Any:
    """Groups of axes summed over their diagonal (ArrayContraction) or kept as the last axis (ArrayDiagonal)."""
    array = value(e.expr, names)
    groups = [tuple(int(axis) for axis in group) for group in e.args[1:]]
    letters = list(range(array.ndim))
    for group in groups:
        for axis in group:
            letters[axis] = group[0]
    taken = {axis for group in groups for axis in group}
    kept = [axis for axis in range(array.ndim) if axis not in taken]
    if type(e).__name__ == "ArrayDiagonal":
        kept += [group[0] for group in groups]
    return np.einsum(array, letters, kept)


def explicit(e: Any, names: Names) -> Any:
    return np.array([[value(entry, names) for entry in row] for row in e.tolist()], dtype=float)


VALUES: dict[str, Callable[[Any, Names], Any]] = {
    "MatrixSymbol": lambda e, names: names[e.name],
    "MatAdd": fold(np.add),
    "Add": fold(np.add),
    "ArrayAdd": fold(np.add),
    "MatMul": fold(times),
    "Mul": fold(np.multiply),
    "HadamardProduct": fold(np.multiply),
    "KroneckerProduct": fold(np.kron),
    "ArrayTensorProduct": fold(np.multiply.outer),
    "HadamardPower": fold(np.power),
    "Pow": power,
    "MatPow": power,
    "Inverse": of_one(np.linalg.inv),
    "Transpose": of_one(np.transpose),
    "Trace": of_one(np.trace),
    "Determinant": of_one(np.linalg.det),
    "DiagMatrix": of_one(lambda x: np.diag(np.ravel(x))),
    "DiagonalOf": of_one(lambda x: np.diag(x)[:, None]),
    "DiagonalMatrix": of_one(lambda x: np.diag(np.diag(x))),
    "DotProduct": lambda e, names: float(np.ravel(value(e.args[0], names)) @ np.ravel(value(e.args[1], names))),
    "Identity": sized(lambda shape: np.eye(shape[0])),
    "OneMatrix": sized(np.ones),
    "ZeroMatrix": sized(np.zeros),
    "ZeroArray": sized(np.zeros),
    "ImmutableDenseMatrix": explicit,
    "MatrixElement": lambda e, names: value(e.args[0], names)[tuple(int(value(at, names)) for at in e.args[1:])],
    "ElementwiseApplyFunction": applied,
    "Sum": summed,
    "Subs": substituted,
    "Derivative": of_unknown,
    "PermuteDims": permuted,
    "ArrayContraction": contracted,
    "ArrayDiagonal": contracted,
    "Exp1": lambda e, names: math.e,
    "Pi": lambda e, names: math.pi,
}
