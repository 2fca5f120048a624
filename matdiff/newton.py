"""The value that an equation defines, by Newton's method; of a minimum, that it is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matdiff.calculus.implicit import constrained_slope, residual, slope
from matdiff.equations import Equation
from matdiff.errors import EvaluationError
from matdiff.expr import Expr

Array = np.ndarray[Any, np.dtype[Any]]
At = Callable[[Expr, Array], Array]
"""The value of an expression where the unknown has a value."""

STARTS = (0.0, 1.0, 0.1, -1.0)
"""Each entry of the unknown begins as one of these, the first from which the way ends."""
MOST_SADDLES = 2
"""After so many ways that end where nothing is least there is hardly a minimum."""
MOST_STEPS, MOST_HALVINGS = 100, 30
NEAR = 1e-12
"""The size of a last step, as a part of the value."""


class NoSolution(np.linalg.LinAlgError):
    """No value was found that meets the equation."""


def solved(equation: Equation, shape: tuple[int, int], at: At) -> Array:
    """The value of the unknown; raises `NoSolution`."""
    ends = 0
    for start in STARTS:
        found = walked(equation, np.full(shape, start), at)
        if found is None:
            continue
        if equation.kind == "solves" or is_least(equation, found, at):
            return found
        ends += 1
        if ends == MOST_SADDLES:
            break
    raise NoSolution(equation)


def walked(equation: Equation, z: Array, at: At) -> Array | None:
    """The end of a way of Newton's steps, each halved until it brings the equation nearer to zero."""
    zero, derivative = residual(equation), slope(equation)
    rest = at(zero, z)
    for _ in range(MOST_STEPS):
        matrix = at(derivative, z)
        if not (np.all(np.isfinite(rest)) and np.all(np.isfinite(matrix))):
            return None
        try:
            step = np.linalg.solve(matrix, rest.reshape((-1, 1), order="F")).reshape(z.shape, order="F")
        except np.linalg.LinAlgError:
            return None
        if np.max(np.abs(step)) <= NEAR * (1 + np.max(np.abs(z))):
            z = z - step
            return np.where(np.abs(z) <= NEAR * np.max(np.abs(z)), 0, z)
        length = 1.0
        for _ in range(MOST_HALVINGS):
            further = z - length * step
            after = at(zero, further)
            if np.all(np.isfinite(after)) and np.linalg.norm(after) < np.linalg.norm(rest):
                break
            length /= 2
        else:  # no nearer, for rounding or since there is no way down
            return z if np.max(np.abs(step)) <= 1e4 * NEAR * (1 + np.max(np.abs(z))) else None
        z, rest = further, after
    return None


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
