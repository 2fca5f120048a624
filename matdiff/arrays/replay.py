"""The steps of a derivation with indices, both sides evaluated at random points.

The differential of anything is a central difference of it, along random differentials of the variables.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matdiff import expr as E
from matdiff.arrays.points import direction, points
from matdiff.arrays.run import Code
from matdiff.arrays.verify import STENCIL
from matdiff.errors import EvaluationError, VerificationError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo
from matdiff.indices import Condition, free_names, index, integer
from matdiff.model import Family
from matdiff.programs.program import Program, Statement

TOLERANCE = 1e-5
STEP = 1e-3
ALWAYS = (Condition(integer(0), "=", integer(0)),)
"""Keeps accesses inside: what a step has under a condition is evaluated without it."""


def replay(
    program: Program, wrt: Sequence[str], steps: Sequence[tuple[str, Expr, Expr]], count: int = 3, seed: int = 0
) -> tuple[int, float]:
    """At how many points the steps hold, and the largest error; raises `VerificationError` for the first that does
    not."""
    work = program.copy()
    moves = differentials(work, steps)
    sides: list[tuple[str, str]] = []
    for number, (_, before, after) in enumerate(steps):
        names = (f"left {number}", f"right {number}")
        for name, side in zip(names, (before, after), strict=True):
            root = work.add(E.substitute([side], {d: node for d, (_, node, _) in moves.items()})[0])
            work.families[name] = Family(name, (), (), root.shape)
            work.statements.append(Statement(name, (), root))
        sides.append(names)
    values = [value for _, _, value in moves.values()]
    known = [moved for moved, _, _ in moves.values()]
    inner = [name for name in wrt if not program.is_input(name)]
    forward = Code(work, values, moved=inner)
    both = Code(work, [name for pair in sides for name in pair], known=known)
    outer = [name for name in wrt if name not in inner]
    inputs = dict.fromkeys([*forward.inputs, *(n for n in both.inputs if n not in known), *outer])
    used, worst = 0, 0.0
    wrong: dict[int, list[float]] = {}
    for number, point in enumerate(points(program, inputs, 4 * count, seed)):
        rng = np.random.default_rng([seed, number, 4])
        along = {name: direction(program.families[name], rng, point.sizes, within=True) for name in wrt}
        try:
            found: dict[str, Array] = {}
            for k, weight in STENCIL.items():
                arrays = point.arrays | {n: point.arrays[n] + k * STEP * along[n] for n in outer}
                shift = {n: k * STEP * along[n] for n in inner}
                for name, value in forward(arrays, point.sizes, point.functions, shift).items():
                    found[name] = found.get(name, 0) + weight / STEP * value
            told = {moved: found[value] for moved, value in zip(known, values, strict=True)}
            met = both({**point.arrays, **told}, point.sizes, point.functions)
        except EvaluationError:
            continue
        if not all(np.all(np.isfinite(value)) for value in met.values()):
            continue
        used += 1
        for place, (left, right) in enumerate(sides):
            gap = float(np.max(np.abs(met[left] - met[right]), initial=0))
            size = max(1e-3, *(float(np.max(np.abs(met[side]), initial=0)) for side in (left, right)))
            worst = max(worst, gap / size) if gap / size <= TOLERANCE else worst
            wrong.setdefault(place, []).append(gap / size)
        if used == count:
            break
    for place, errors in wrong.items():
        if sorted(errors)[len(errors) // 2] > TOLERANCE:
            raise VerificationError(
                f"step {place + 1} ({steps[place][0]}) does not hold: its sides differ at random points by"
                f" {max(errors):.1e} relative"
            )
    return used, worst


def differentials(work: Program, steps: Sequence[tuple[str, Expr, Expr]]) -> dict[Expr, tuple[str, Expr, str]]:
    """For every differential the name of its values, the member that takes its place, and what it is the change of."""
    found: dict[Expr, tuple[str, Expr, str]] = {}
    for node in topo(*(side for _, before, after in steps for side in (before, after))):
        if node.op != "differential":
            continue
        (of,) = node.args
        free = tuple(sorted(n for n in free_names(of) if n not in work.dims))
        spans = tuple(work.ranges[n] for n in free)
        value, moved = f"value {len(found)}", f"d {len(found)}"
        root = work.add(of)
        for name in (value, moved):
            work.families[name] = Family(name, free, spans, of.shape)
        work.statements.append(Statement(value, tuple(map(index, free)), root, (), ALWAYS))
        found[node] = moved, work.plain(moved), value
    return found
