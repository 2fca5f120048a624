"""A derivation replayed at random points, independent of the rules.

A step is checked by the values of its two sides, where the differential of anything but a variable is a central
difference; the result as `matdiff.verification` checks it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from matdiff.compose import terms_of
from matdiff.errors import VerificationError
from matdiff.evaluate import Array, Rounding
from matdiff.expr import Expr, topo
from matdiff.record import Record
from matdiff.rounding import SURE, random_rounding
from matdiff.sampling import STEPS, Point, evaluate_with_differentials, points, smaller
from matdiff.verification import (
    Directions,
    Evidence,
    check_first,
    dense_directions,
    distance,
    settled,
    with_intermediates,
)

STEP_TOLERANCE = 1e-5


def verify(derivation: Record[Any, Any], count: int = 3, seed: int = 0) -> str:
    """Every step and the result of a derivation at random points."""
    variables = [derivation.model.named(name) for name in derivation.wrt]
    roots = [derivation.objective.node, *independent([v for v in variables if v is not None])]
    lines = derivation.steps
    steps = [*lines, *(move for line in lines if len(line.moves) > 1 for move in line.moves)]
    pairs = [(step.before.node, step.after.node) for step in steps]
    for new in smaller([*roots, *chain.from_iterable(pairs)]):
        found = replayed([new[root] for root in roots], [(new[a], new[b]) for a, b in pairs], count, seed)
        if found.wrong is None:
            break  # else sizes may stand in it as numbers
    else:
        found = replayed(roots, pairs, count, seed)
    if found.wrong is not None:
        step = steps[found.wrong]
        number = next(n for n, line in enumerate(lines, 1) if line is step or step in line.moves)
        raise VerificationError(
            f"step {number} ({step.rule}) does not hold: {step.before} and {step.after} differ"
            f" at random points by {found.error:.1e} relative"
        )
    compared = sum(number in found.compared for number in range(len(lines)))
    said = f"{compared} steps hold at {found.points} points (largest relative error {found.error:.0e})"
    if compared < len(lines):
        said += f", {len(lines) - compared} could be compared at none"
    return f"{said}; the result {check(derivation)}"


@dataclass(frozen=True)
class Replay:
    """At how many points which steps were compared, with the largest error; or that of the first that is wrong."""

    points: int
    compared: Collection[int]
    error: float
    wrong: int | None = None


def replayed(roots: Sequence[Expr], pairs: Sequence[tuple[Expr, Expr]], count: int, seed: int) -> Replay:
    """Both sides of every step at random points; the roots are a function and what varies."""
    sides = [*chain.from_iterable(pairs)]
    compared: set[int] = set()
    worst, used = 0.0, 0
    for point in points([*roots, *sides], count=count, seed=seed) if sides else ():
        point = replace(point, arrays=with_intermediates(point, roots[1:]))
        at = Sides(sides, point, dense_directions(point, roots[1:], used))
        try:
            errors = [at.error(before, after) for before, after in pairs]
        except np.linalg.LinAlgError:
            continue
        used += 1
        for number, error in enumerate(errors):
            if error is not None and error > STEP_TOLERANCE:
                return Replay(used, compared, error, number)
        compared.update(number for number, error in enumerate(errors) if error is not None)
        worst = max([worst, *(error for error in errors if error is not None)])
    return Replay(used, compared, worst)


class Sides:
    """The two sides of every step at one point, the differentials in them by differences of several steps."""

    def __init__(self, sides: Sequence[Expr], point: Point, along: Directions) -> None:
        self.sides, self.point, self.along = sides, point, along
        self.by_step: dict[float, dict[Expr, Array]] = {}

    def values(self, step: float) -> dict[Expr, Array]:
        if step not in self.by_step:
            self.by_step[step] = self.rounded(step, None)
        return self.by_step[step]

    def rounded(self, step: float, rounding: Rounding | None) -> dict[Expr, Array]:
        return evaluate_with_differentials(self.sides, self.point, self.along, rounding, (step,))

    def error(self, before: Expr, after: Expr) -> float | None:
        """The relative gap between two sides; None where the point says nothing about them.

        As for results: the differences do not settle, beside a pole or a kink, or rounding is as large as the gap.
        """
        met: list[tuple[float, float, Array, Array, float]] = []
        for step in STEPS:
            found = self.values(step)
            left, right = found[before], found[after]
            if np.all(np.isfinite(left)) and np.all(np.isfinite(right)):
                gap, size = distance(left, right), max(size_of(before, found), size_of(after, found))
                if gap <= STEP_TOLERANCE * size:
                    return gap / size
                met.append((gap, step, left, right, size))
        if not met:
            return None
        best = min(range(len(met)), key=lambda number: met[number][0])
        gap, step, left, right, size = met[best]
        beside = [met[number] for number in (best - 1, best + 1) if 0 <= number < len(met)]
        noise = 1e-9 * (1 + size)
        if not any(
            settled(left, one, gap, noise) and settled(right, other, gap, noise) for _, _, one, other, _ in beside
        ):
            return None
        again = [self.rounded(step, random_rounding(seed)) for seed in range(3)]
        moved = max(max(distance(found[before], left), distance(found[after], right)) for found in again)
        return None if gap < SURE * moved else gap / size


def independent(variables: Sequence[Expr]) -> list[Expr]:
    """Those that no other is part of: an intermediate moves with what it is made of."""
    return [v for v in variables if not any(part in variables for part in topo(v) if part is not v)]


def size_of(side: Expr, found: Mapping[Expr, Array]) -> float:
    """How large the terms of a side are, before they cancel."""
    terms = terms_of(side)
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
