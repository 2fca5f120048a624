"""A derivation replayed at random points, independent of the rules.

A step is checked by the values of its two sides, where the differential of anything but a variable is a central
difference; the result as `matdiff.verification` checks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matdiff.errors import VerificationError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.record import Record
from matdiff.rewriting.patterns import spine
from matdiff.sampling import evaluate_with_differentials, points
from matdiff.verification import Evidence, check_first, dense_directions, distance, with_intermediates

STEP_TOLERANCE = 1e-5


def verify(derivation: Record[Any, Any], count: int = 3, seed: int = 0) -> str:
    """Every step and the result of a derivation at random points."""
    sides = [side.node for step in derivation.steps for side in (step.before, step.after)]
    variables = [derivation.model.named(name) for name in derivation.wrt]
    chosen = independent([v for v in variables if v is not None])
    errors: list[list[float]] = [[] for _ in derivation.steps]
    used = 0
    for point in points([derivation.objective.node, *chosen, *sides], count=count, seed=seed) if sides else ():
        point = replace(point, arrays=with_intermediates(point, chosen))
        try:
            found = evaluate_with_differentials(sides, point, dense_directions(point, chosen, used))
        except np.linalg.LinAlgError:
            continue
        used += 1
        for step, met in zip(derivation.steps, errors, strict=True):
            left, right = found[step.before.node], found[step.after.node]
            if np.all(np.isfinite(left)) and np.all(np.isfinite(right)):
                met.append(
                    distance(left, right) / max(size_of(step.before.node, found), size_of(step.after.node, found))
                )
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


def check(derivation: Record[Any, Any]) -> Evidence:
    """The results of a derivation against central differences."""
    named = {derivation.model.named(name): name for name in derivation.wrt}
    variables = {v: name for v, name in named.items() if v is not None}
    gradients, jacobians, differentials = (
        {v: found[name].node for v, name in variables.items()}
        for found in (derivation.gradients, derivation.jacobians, derivation.differentials)
    )
    return check_first(derivation.objective.node, gradients, jacobians, differentials)
