"""The value that an equation defines, by Newton's method; of a minimum, that it is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matdiff.array_functions import solution
from matdiff.calculus.implicit import constrained_slope, residual, slope
from matdiff.equations import Equation
from matdiff.errors import EvaluationError
from matdiff.expr import Expr

__all__ = ["residual", "slope", "solved"]

Array = np.ndarray[Any, np.dtype[Any]]
At = Callable[[Expr, Array], Array]
"""The value of an expression where the unknown has a value."""


def solved(equation: Equation, shape: tuple[int, int], at: At) -> Array:
    """The value of the unknown; raises ``np.linalg.LinAlgError`` where none was found."""
    zero, derivative = residual(equation), slope(equation)
    found: Array = solution(
        lambda z: at(zero, z),
        lambda z: at(derivative, z),
        shape,
        lambda z: equation.kind == "solves" or is_least(equation, z, at),
    )
    return found


def is_least(equation: Equation, z: Array, at: At) -> bool:
    """Whether the second derivative is positive definite along what the constraint leaves free, and the function
    itself, by differences, does not fall there."""
    free = np.eye(z.size)
    limits, curvature = constrained_slope(equation)
    if limits is not None:
        _, sizes, ways = np.linalg.svd(at(limits, z))
        free = ways[int(np.sum(sizes > 1e-10 * sizes[0])) :].T
    hessian = free.T @ at(curvature, z) @ free
    if hessian.size and np.linalg.eigvalsh((hessian + hessian.T) / 2)[0] <= 1e-10 * np.max(np.abs(hessian)):
        return False
    value = float(at(equation.body, z)[0, 0])
    step = 1e-4 * (1 + np.max(np.abs(z)))
    way = (free @ np.cos(np.arange(free.shape[1]))).reshape(z.shape, order="F")
    sides = [float(at(equation.body, z + sign * step * way)[0, 0]) for sign in (-1, 1)]
    if min(sides) < value - 1e-9 * (1 + abs(value)):
        raise EvaluationError(f"the gradient by {equation.name} does not vanish where it should: a fault of matdiff's")
    return True
