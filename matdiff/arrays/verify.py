"""The derivative of a program against central differences of its objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matdiff.arrays.points import ProgramPoint, direction, points
from matdiff.arrays.run import Code
from matdiff.errors import EvaluationError, VerificationError
from matdiff.evaluate import Array
from matdiff.programs.program import Program
from matdiff.verification import TOLERANCE, TRIES, Evidence

SAME = 1e-6
"""How far two ways to the same value may differ."""
STEPS = (1e-3, 1e-4, 1e-5)
STENCIL = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}
"""The fourth-order central difference."""


def compare_program(
    program: Program, objective: str, gradients: Mapping[str, str], count: int = 2, seed: int = 0
) -> Evidence:
    """Compare gradients of a program with central differences of its objective; raises `VerificationError`.

    An intermediate is varied alone, by what is added to it where it is computed.
    """
    inputs = [name for name in gradients if program.is_input(name)]
    groups = ([inputs] if inputs else []) + [[name] for name in gradients if name not in inputs]
    found = [compare_group(program, objective, {n: gradients[n] for n in group}, count, seed) for group in groups]
    best = [evidence for evidence in found if evidence.points]
    if len(best) < len(found):
        return next(evidence for evidence in found if not evidence.points)
    return Evidence(min(e.points for e in found), max(e.error for e in found))


def compare_values(program: Program, told: Program, names: Sequence[str]) -> None:
    """Compare what names are by a program with what they are by an answer, at one point; raises `VerificationError`."""
    one, other = Code(program, list(names)), Code(told, list(names))
    for point in points(program, dict.fromkeys([*one.inputs, *other.inputs]), TRIES):
        try:
            values, again = (code(point.arrays, point.sizes, point.functions) for code in (one, other))
        except EvaluationError:
            continue
        if not all(np.all(np.isfinite(values[name])) for name in names):
            continue
        for name in names:
            here, there = values[name], np.reshape(again[name], np.shape(values[name]))
            if not np.allclose(here, there, SAME, SAME * np.max(np.abs(here), initial=1e-3)):
                raise VerificationError(
                    f"what is printed of {name} is not what was derived; this is a fault of matdiff, not of what it"
                    " was asked: please report it"
                )
        return


def compare_group(program: Program, objective: str, gradients: Mapping[str, str], count: int, seed: int) -> Evidence:
    moved = [name for name in gradients if not program.is_input(name)]
    forward = Code(program, [objective], moved=moved)
    backward = Code(program, list(gradients.values()))
    names = dict.fromkeys([*forward.inputs, *backward.inputs, *(n for n in gradients if n not in moved)])
    used, worst, met = 0, 0.0, 0
    refuted: list[float] = []
    for number, point in enumerate(points(program, names, TRIES * count, seed)):
        met += 1
        rng = np.random.default_rng([seed, number, 3])
        try:
            error = error_at(program, forward, backward, gradients, point, rng)
        except EvaluationError:
            continue
        if error is None:
            continue
        if error > TOLERANCE:
            refuted.append(error)
            if len(refuted) > 1:
                raise VerificationError(
                    f"the gradient found differs from central differences (relative error {error:.1e});"
                    " this is a fault of matdiff, not of what it was asked: please report it"
                )
            continue
        used, worst = used + 1, max(worst, error)
        if used == count:
            break
    if refuted and used < count:
        raise VerificationError(
            f"the gradient found differs from central differences (relative error {refuted[0]:.1e});"
            " this is a fault of matdiff, not of what it was asked: please report it"
        )
    return Evidence(used, worst, met=met)


def error_at(
    program: Program,
    forward: Code,
    backward: Code,
    gradients: Mapping[str, str],
    point: ProgramPoint,
    rng: np.random.Generator,
) -> float | None:
    """How far the gradients are from differences at one point, relative to what is added up; None where it tells
    nothing."""
    directions = {name: direction(program.families[name], rng, point.sizes) for name in gradients}
    found = backward(point.arrays, point.sizes, point.functions)
    terms = [found[gradients[name]] * d for name, d in directions.items()]
    if not all(np.all(np.isfinite(term)) for term in terms):
        return None
    slope = float(sum(np.sum(term) for term in terms))
    value = shifted(forward, point, directions, 0.0)
    if not np.isfinite(value):
        return None
    scale = float(sum(np.sum(np.abs(term)) for term in terms)) + 1e-3 * abs(value) + 1e-12
    gaps = []
    slopes = []
    for step in STEPS:
        found_slope = sum(w * shifted(forward, point, directions, k * step) for k, w in STENCIL.items()) / step
        slopes.append(found_slope)
        gaps.append(abs(found_slope - slope))
        if gaps[-1] < scale * TOLERANCE / 100:
            break
    least = min(gaps)
    if least <= scale * TOLERANCE:
        return least / scale
    if not np.isfinite(least):
        return None
    best = gaps.index(least)
    near = [abs(one - other) for one, other in zip(slopes[max(best - 1, 0) : best + 1], slopes[best:], strict=False)]
    if not any(gap <= least / 10 for gap in near if gap > 0) and len(slopes) > 1 and max(near, default=0) > least / 10:
        return None
    return least / scale


def shifted(forward: Code, point: ProgramPoint, directions: Mapping[str, Array], step: float) -> float:
    """The objective where all that varies is moved."""
    arrays = dict(point.arrays)
    for name, d in directions.items():
        if name not in forward.moved and name in arrays:
            arrays[name] = arrays[name] + step * d
    moves = {name: step * directions[name] for name in forward.moved}
    (value,) = forward(arrays, point.sizes, point.functions, moves).values()
    return float(np.sum(value))
