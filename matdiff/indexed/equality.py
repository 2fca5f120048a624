"""Whether two expressions with indices are equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matdiff.arrays.points import points
from matdiff.arrays.run import Code
from matdiff.arrays.values import Target, laid_out
from matdiff.equality import Verdict
from matdiff.errors import EvaluationError
from matdiff.expr import Expr
from matdiff.expression import Expression
from matdiff.indices import Binder, index, reindexed
from matdiff.printing.math import Printer
from matdiff.programs.closed import readable
from matdiff.programs.program import Program
from matdiff.reader.families import appearing


def equal(one: Expression, other: Expression) -> Verdict:
    """Whether two expressions with indices are equal for all values of these."""
    if one.indices != other.indices and sorted(one.indices) != sorted(other.indices):
        return Verdict("refuted", note=f"one runs over {told(one.indices)}, the other over {told(other.indices)}")
    if one.node.shape != other.node.shape:
        sizes = [f"{e.node.rows}×{e.node.cols}" for e in (one, other)]
        return Verdict("refuted", note=f"the sizes differ: {sizes[0]} and {sizes[1]}")
    if canonical(one.node) == canonical(other.node):
        return Verdict("proved")
    return agreement(one, other)


def told(indices: Sequence[str]) -> str:
    return ",".join(indices) or "no index"


def canonical(e: Expr) -> list[str]:
    """The terms of an expression, sums over indices taken apart, bound indices renamed in order."""
    found: list[str] = []
    stack: list[tuple[Expr, tuple[Binder, ...]]] = [(readable(e), ())]
    while stack:
        node, binders = stack.pop()
        if node.op == "add":
            stack += [(arg, binders) for arg in node.args]
        elif node.op == "bound" and node.data.kind == "sum":
            stack.append((node.args[0], (*binders, node.data)))
        else:
            names = [name for binder in binders for name in binder.indices]
            used = [name for name in appearing(node) if name in names]
            by = {name: index(f"{number}'") for number, name in enumerate([*used, *(set(names) - set(used))])}
            (body,) = reindexed([node], by)
            conditions = sorted(str(c.substitute(by)) for binder in binders for c in binder.conditions)
            found.append(f"{len(names)} {conditions} {Printer()(readable(body))}")
    return sorted(found)


def agreement(one: Expression, other: Expression, count: int = 4) -> Verdict:
    """Both at random points, over the same values of the names they share."""
    programs: list[tuple[Program, str, Code]] = []
    for e in (one, other):
        program, (name,) = laid_out(e.model, [Target(e.node, tuple(sorted(e.indices)))])
        programs.append((program, name, Code(program, [name])))
    (left, left_name, left_code), (right, right_name, right_code) = programs
    merged = left.copy()
    merged.families = {**right.families, **left.families}
    merged.ranges = {**right.ranges, **left.ranges}
    merged.statements = [*left.statements, *right.statements]
    used, worst = 0, 0.0
    for point in points(merged, dict.fromkeys([*left_code.inputs, *right_code.inputs]), 6 * count):
        try:
            values = [
                code(point.arrays, point.sizes, point.functions)[name]
                for code, name in ((left_code, left_name), (right_code, right_name))
            ]
        except EvaluationError:
            continue
        if not all(np.all(np.isfinite(value)) for value in values):
            continue
        gap = float(np.max(np.abs(values[0] - values[1]), initial=0))
        size = max(1e-3, *(float(np.max(np.abs(value), initial=0)) for value in values))
        if gap > 1e-8 * size:
            sizes = ", ".join(f"{name} = {size}" for name, size in point.sizes.items())
            return Verdict("refuted", note=f"the two differ by {gap:.2g} at a random point with {sizes}")
        used, worst = used + 1, max(worst, gap / size)
        if used == count:
            break
    return Verdict("sampled" if used else "undecided", points=used, error=worst)
