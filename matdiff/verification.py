"""The numerical check of results and steps, at random points, independent of the rules.

Derivatives are compared with central differences of the function itself; a step by the values of
its two sides, where the differential of anything but a variable is a central difference too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from matdiff.errors import VerificationError
from matdiff.evaluate import Array, values
from matdiff.expr import Expr, topo
from matdiff.rewriting.patterns import spine
from matdiff.sampling import Point, evaluate_with_differentials, points

if TYPE_CHECKING:
    from matdiff.results import Derivation

TOLERANCE = 1e-6
"""Relative to the sum of what is added up."""
STEP_TOLERANCE = 1e-5
_STEPS = (1e-3, 1e-4, 1e-5)


@dataclass(frozen=True)
class Evidence:
    """How many points a check used and the largest relative error met."""

    points: int
    error: float

    def __str__(self) -> str:
        if not self.points:
            return "not checked numerically: no point was found where everything is finite"
        return (
            f"agrees with central differences at {self.points} random points, largest relative error {self.error:.0e}"
        )


def dense_directions(point: Point, variables: Iterable[Expr], seed: int = 0) -> dict[Expr, Array]:
    """A direction for each variable, its entries independent whatever the variable's structure."""
    rng = np.random.default_rng([seed, 2])
    return {v: rng.standard_normal((v.rows.value(point.sizes), v.cols.value(point.sizes))) for v in variables}


def check_gradients(function: Expr, gradients: dict[Expr, Expr], count: int = 2) -> Evidence:
    """Compare ``Σ <G, dX>`` with the central difference of a scalar function in that direction."""
    worst, used = 0.0, 0
    for point in points([function, *gradients.values(), *gradients], count=3 * count):
        variables = list(gradients)
        known = with_intermediates(point, variables)
        directions, found = dense_directions(point, variables, used), point.values
        parts = [float(np.sum(found[gradients[v]] * directions[v])) for v in variables]
        size = sum(float(np.sum(np.abs(found[gradients[v]] * directions[v]))) for v in variables)
        scale = size + 1e-3 * abs(float(found[function][0, 0])) + 1e-12
        error = smallest_gap(function, known, point, directions, np.array([[sum(parts)]]), scale)
        if error is None:
            continue
        used, worst = used + 1, max(worst, error)
        if error > TOLERANCE:
            raise VerificationError(
                f"the gradient found differs from central differences (relative error {error:.1e}); please report this"
            )
        if used == count:
            break
    return Evidence(used, worst)


def check_jacobian(function: Expr, variable: Expr, jacobian: Expr, count: int = 2) -> Evidence:
    """Compare ``J vec dX`` with the central difference of a matrix function."""
    worst, used = 0.0, 0
    for point in points([function, jacobian, variable], count=3 * count):
        known = with_intermediates(point, [variable])
        directions, found = dense_directions(point, [variable], used), point.values
        column = directions[variable].reshape((-1, 1), order="F")
        image = found[jacobian] @ column
        scale = (
            float(np.max(np.abs(found[jacobian]) @ np.abs(column)))
            + 1e-3 * float(np.max(np.abs(found[function])))
            + 1e-12
        )
        error = smallest_gap(function, known, point, directions, image, scale)
        if error is None:
            continue
        used, worst = used + 1, max(worst, error)
        if error > TOLERANCE:
            raise VerificationError(
                f"the Jacobian found differs from central differences (relative error {error:.1e}); please report this"
            )
        if used == count:
            break
    return Evidence(used, worst)


def with_intermediates(point: Point, variables: Sequence[Expr]) -> dict[Expr, Array]:
    """The point, with values for the definitions that are taken as variables."""
    return dict(point.arrays) | {v: point.values[v] for v in variables}


def smallest_gap(
    function: Expr, known: dict[Expr, Array], point: Point, directions: dict[Expr, Array], expected: Array, scale: float
) -> float | None:
    """The relative gap to fourth-order central differences, at the step where it is smallest.

    None where the differences themselves do not settle (a chaotic or a kinked function): such a point
    says nothing.
    """
    slopes: list[Array] = []
    for step in _STEPS:
        at = {}
        for k in (-2, -1, 1, 2):
            shifted = {**known, **{v: known[v] + k * step * d for v, d in directions.items()}}
            at[k] = values([function], shifted, point.sizes, point.functions)[function]
        slope = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * step)
        slopes.append(slope.reshape((-1, 1), order="F"))
        if gap(slopes[-1], expected) < scale * TOLERANCE / 100:
            break
    gaps = [gap(slope, expected) for slope in slopes if np.all(np.isfinite(slope))]
    if not gaps or min(gaps) <= scale * TOLERANCE:
        return min(gaps, default=0.0) / scale if gaps else None
    settled = [gap(one, other) for one, other in pairwise(slopes)]
    return min(gaps) / scale if min(settled) < min(gaps) / 100 else None


def gap(one: Array, other: Array) -> float:
    found = float(np.max(np.abs(one - other), initial=0.0))
    return found if np.isfinite(found) else float("inf")


def verify(derivation: Derivation, count: int = 3, seed: int = 0) -> str:
    """Every step and the result of a derivation at random points."""
    sides = [side.node for step in derivation.steps for side in (step.before, step.after)]
    variables = [derivation.model.named(name) for name in derivation.wrt]
    chosen = independent([v for v in variables if v is not None])
    errors: list[list[float]] = [[] for _ in derivation.steps]
    used = 0
    for point in points([derivation.objective.node, *chosen, *sides], count=count, seed=seed) if sides else ():
        point = replace(point, arrays=with_intermediates(point, chosen))
        found = evaluate_with_differentials(sides, point, dense_directions(point, chosen, used))
        used += 1
        for step, met in zip(derivation.steps, errors, strict=True):
            left, right = found[step.before.node], found[step.after.node]
            if np.all(np.isfinite(left)) and np.all(np.isfinite(right)):
                met.append(gap(left, right) / max(size_of(step.before.node, found), size_of(step.after.node, found)))
    for number, (step, met) in enumerate(zip(derivation.steps, errors, strict=True), 1):
        if met and sorted(met)[len(met) // 2] > STEP_TOLERANCE:
            raise VerificationError(
                f"step {number} ({step.rule}) does not hold: {step.before} and {step.after} differ"
                f" at random points by {max(met):.1e} relative"
            )
    worst = max((error for met in errors for error in met), default=0.0)
    evidence = check(derivation)
    steps = f"{len(derivation.steps)} steps hold at {used} points (largest relative error {worst:.0e})"
    return f"{steps}; the result {evidence}"


def independent(variables: Sequence[Expr]) -> list[Expr]:
    """Those that no other is part of: an intermediate moves with what it is made of."""
    return [v for v in variables if not any(part in variables for part in topo(v) if part is not v)]


def size_of(side: Expr, found: Mapping[Expr, Array]) -> float:
    """How large the terms of a side are, before they cancel."""
    terms = spine(side, "add")
    return max(1e-3, sum(float(np.max(np.abs(found[term]), initial=0.0)) for term in terms if term in found))


def check(derivation: Derivation) -> Evidence:
    """The results of a derivation against central differences."""
    function = derivation.objective.node
    named = {derivation.model.named(name): name for name in derivation.wrt}
    if function.is_scalar:
        gradients = {v: derivation.gradients[name].node for v, name in named.items() if v is not None}
        groups = split_dependent(gradients)
        return worst_of([check_gradients(function, group) for group in groups])
    return worst_of(
        [check_jacobian(function, v, derivation.jacobians[name].node) for v, name in named.items() if v is not None]
    )


def split_dependent(gradients: dict[Expr, Expr]) -> list[dict[Expr, Expr]]:
    """Variables that depend on one another (an intermediate and what it is made of) are checked apart."""
    inner = [v for v in gradients if v.op == "definition"]
    if not inner:
        return [gradients]
    outer = {v: g for v, g in gradients.items() if v.op != "definition"}
    return ([outer] if outer else []) + [{v: gradients[v]} for v in inner]


def worst_of(found: Sequence[Evidence]) -> Evidence:
    if any(evidence.points == 0 for evidence in found):
        return Evidence(0, 0.0)
    return Evidence(min(e.points for e in found), max(e.error for e in found))
