"""A derivation replayed at random points, independent of the rules.

A step is checked by the values of its two sides, where the differential of anything but a variable is a central
difference; the result as `matdiff.verification` checks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from matdiff.errors import VerificationError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.record import Record
from matdiff.rewriting.patterns import spine
from matdiff.sampling import evaluate_with_differentials, points, smaller
from matdiff.verification import Evidence, check_first, dense_directions, distance, with_intermediates

STEP_TOLERANCE = 1e-5


def verify(derivation: Record[Any, Any], count: int = 3, seed: int = 0) -> str:
    """Every step and the result of a derivation at random points."""
    variables = [derivation.model.named(name) for name in derivation.wrt]
    roots = [derivation.objective.node, *independent([v for v in variables if v is not None])]
    pairs = [(step.before.node, step.after.node) for step in derivation.steps]
    for new in smaller([*roots, *chain.from_iterable(pairs)]):
        found = replayed([new[root] for root in roots], [(new[a], new[b]) for a, b in pairs], count, seed)
        if found.wrong is None:
            break  # else sizes may stand in it as numbers
    else:
        found = replayed(roots, pairs, count, seed)
    if found.wrong is not None:
        step = derivation.steps[found.wrong]
        raise VerificationError(
            f"step {found.wrong + 1} ({step.rule}) does not hold: {step.before} and {step.after} differ"
            f" at random points by {found.error:.1e} relative"
        )
    steps = f"{len(pairs)} steps hold at {found.points} points (largest relative error {found.error:.0e})"
    return f"{steps}; the result {check(derivation)}"


@dataclass(frozen=True)
class Replay:
    """At how many points steps were compared, with the largest error; or that of the first that is wrong."""

    points: int
    error: float
    wrong: int | None = None


def replayed(roots: Sequence[Expr], pairs: Sequence[tuple[Expr, Expr]], count: int, seed: int) -> Replay:
    """Both sides of every step at random points; the roots are a function and what varies."""
    sides = [*chain.from_iterable(pairs)]
    errors: list[list[float]] = [[] for _ in pairs]
    used = 0
    for point in points([*roots, *sides], count=count, seed=seed) if sides else ():
        point = replace(point, arrays=with_intermediates(point, roots[1:]))
        try:
            found = evaluate_with_differentials(sides, point, dense_directions(point, roots[1:], used))
        except np.linalg.LinAlgError:
            continue
        used += 1
        for (before, after), met in zip(pairs, errors, strict=True):
            left, right = found[before], found[after]
            if np.all(np.isfinite(left)) and np.all(np.isfinite(right)):
                met.append(distance(left, right) / max(size_of(before, found), size_of(after, found)))
    for number, met in enumerate(errors):
        if met and sorted(met)[len(met) // 2] > STEP_TOLERANCE:
            return Replay(used, max(met), number)
    return Replay(used, max((error for met in errors for error in met), default=0.0))


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
