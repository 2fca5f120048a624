"""What a derivation adds up is 0 by the definition of a name, as the sum of what is taken from its mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matdiff.arrays.points import points
from matdiff.arrays.run import Code
from matdiff.errors import MatdiffError
from matdiff.expr import topo
from matdiff.indices import index
from matdiff.operators import entries
from matdiff.programs.program import Program, Statement, used

ROUNDING = 1e-11
POINTS = 3


def vanishes(program: Program, statement: Statement, name: str) -> bool:
    """Whether a statement has the value 0 wherever a name has the value it is defined by.

    Everything else is free, so that only this one definition is used; what is smooth and 0 at random points is 0.
    """
    defining, made_of = definition(program, name)
    taken = {access.family for access in used(statement)}
    if name not in taken or name in made_of or not made_of & taken or not all(map(is_smooth, [*defining, statement])):
        return False
    work = program.copy()
    free = tuple(program.ranges[n] for n in statement.free)
    work.families["⟨sum⟩"] = replace(
        program.families[statement.name], name="⟨sum⟩", ranges=free, indices=statement.free
    )
    work.statements = [*defining, replace(statement, name="⟨sum⟩", left=tuple(map(index, statement.free)))]
    free_names = (taken | made_of) - {name}
    try:
        defined, loose = Code(work, ["⟨sum⟩"], known=free_names), Code(work, ["⟨sum⟩"], known=free_names | {name})
        met = 0
        for point in points(work, dict.fromkeys(sorted(free_names | {name})), 2 * POINTS):
            (value,), (other,) = (c(point.arrays, point.sizes, {}).values() for c in (defined, loose))
            size = float(np.max(np.abs(other), initial=0))
            if not np.isfinite(size) or size == 0:
                continue
            if not np.max(np.abs(value), initial=0) <= ROUNDING * size:
                return False
            met += 1
    except MatdiffError:
        return False
    return met >= POINTS


def definition(program: Program, name: str) -> tuple[list[Statement], set[str]]:
    """The statements that define a name, with those of the sums inside of them, and what these are made of."""
    found: list[Statement] = []
    made_of: set[str] = set()
    waiting = [name]
    while waiting:
        for one in program.of(waiting.pop()):
            found.append(one)
            uses = {access.family for access in used(one)}
            waiting += uses & program.sums.keys()
            made_of |= uses - program.sums.keys()
    return found, made_of


def is_smooth(statement: Statement) -> bool:
    """Whether a statement is an analytic function of what it is made of."""
    if not statement.is_sum or any(node.op in ("apply", "maximum", "minimum") for node in topo(statement.body)):
        return False
    return not any(entry.bends for _, entry in entries(statement.body))
