"""Links with indices by numbers: both sides as statements of a program, at random points."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matdiff.arrays.points import ProgramPoint, points
from matdiff.arrays.run import Code
from matdiff.checking.judge import Judgement
from matdiff.checking.members import kind_of
from matdiff.derivatives import FamilyResult
from matdiff.errors import EvaluationError
from matdiff.evaluate import Array
from matdiff.model import Family
from matdiff.programs.program import Program as Statements

POINTS = 4
"""So many points are compared at."""
TOLERANCE = 1e-7


@dataclass
class Backward:
    """The derivatives of one objective by some names."""

    result: FamilyResult
    names: dict[str, str]
    """Of each name, what its gradient is called in links."""

    @cached_property
    def code(self) -> Code:
        return Code(self.result.program, [self.result.gradients[name] for name in self.names])

    def values(self, point: ProgramPoint) -> dict[str, Array]:
        found = self.code(point.arrays, point.sizes, point.functions)
        return {name: found[self.result.gradients[of]] for of, name in self.names.items()}


def declarations(backward: Backward) -> Iterator[str]:
    """Gradients as names: their ranges, their sizes."""
    for of, name in backward.names.items():
        family: Family = backward.result.program.families[backward.result.gradients[of]]
        names = [f"{name}_{number}" for number in range(len(family.ranges))]
        yield from (f"{one}: {span}" for one, span in zip(names, family.ranges, strict=True))
        yield f"{name}{'[' + ','.join(names) + ']' if names else ''}: {kind_of(family.shape)}"


def agreement(
    program: Statements, sides: list[str], gradients: Sequence[Backward], standing: Collection[str], note: str
) -> Judgement:
    """Whether two statements of a program, or one and zero, have the same values; names stand for gradients."""
    code = Code(program, sides)
    backward = [found for found in gradients if set(found.names.values()) & set(code.inputs)]
    inputs = [*code.inputs, *(name for found in backward for name in found.code.inputs)]
    wanted = dict.fromkeys(name for name in inputs if name not in standing)
    merged = program.copy()
    for each in backward:
        merged.families = {**each.result.program.families, **merged.families}
        merged.ranges = {**each.result.program.ranges, **merged.ranges}
    used, worst, apart = 0, 0.0, 0
    for point in points(merged, wanted, 6 * POINTS):
        try:
            arrays = dict(point.arrays)
            for each in backward:
                arrays |= each.values(point)
            found = code(arrays, point.sizes, point.functions)
        except EvaluationError:
            continue
        values = [found[name] for name in sides]
        one, other = values if len(values) == 2 else (values[0], np.zeros_like(values[0]))
        if not (np.all(np.isfinite(one)) and np.all(np.isfinite(other))):
            continue
        if np.shape(one) != np.shape(other):
            one, other = np.broadcast_arrays(one, other)
        if not np.size(one):
            continue
        gap = float(np.max(np.abs(one - other)))
        size = max(1e-3, float(np.max(np.abs(one))), float(np.max(np.abs(other))))
        if gap > TOLERANCE * size:
            apart += 1
            if apart > 1:
                sizes = ", ".join(f"{name} = {size}" for name, size in point.sizes.items())
                return Judgement("wrong", with_note(f"the two sides differ by {gap:.2g} where {sizes}", note))
            continue
        used, worst = used + 1, max(worst, gap / size)
        if used == POINTS:
            break
    if apart:
        return Judgement("wrong", with_note("the two sides differ at a random point", note))
    if not used:
        return Judgement("unread", "no point was found at which both sides have a value")
    return Judgement("sampled", with_note(f"agrees at {used} random points, largest relative error {worst:.0e}", note))


def with_note(detail: str, note: str) -> str:
    return f"{detail}, {note}" if note else detail
