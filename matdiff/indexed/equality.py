"""Whether two expressions with indices are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matdiff import expr as E
from matdiff.arrays.points import points
from matdiff.arrays.run import Code
from matdiff.arrays.values import Target, laid_out
from matdiff.compose import is_sum
from matdiff.equality import Verdict
from matdiff.errors import DeclarationError, EvaluationError
from matdiff.expr import Expr, topo
from matdiff.expression import Expression
from matdiff.indices import Access, Binder, Range, appearing, index, range_of, reindexed
from matdiff.model import Equation, Families
from matdiff.printing.math import Printer
from matdiff.programs.closed import readable
from matdiff.programs.program import Program

MOST = 5000
"""Operators of an expression that is written out."""


def equal(one: Expression, other: Expression) -> Verdict:
    """Whether two expressions with indices are equal for all values of these."""
    if one.indices != other.indices and sorted(one.indices) != sorted(other.indices):
        return Verdict("refuted", note=f"one runs over {told(one.indices)}, the other over {told(other.indices)}")
    if one.node.shape != other.node.shape:
        sizes = [f"{e.node.rows}×{e.node.cols}" for e in (one, other)]
        return Verdict("refuted", note=f"the sizes differ: {sizes[0]} and {sizes[1]}")
    clash = told_twice(one, other)
    if clash:
        raise DeclarationError(f"{clash} runs over other indices on the other side: give both one declaration")
    if means_the_same(one, other):
        return Verdict("proved")
    return agreement(one, other)


def told_twice(one: Expression, other: Expression) -> str:
    """A name that both sides are given, with other ranges; empty where there is none."""
    sides = [families_of(e) for e in (one, other)]
    given = [{n: f for n, f in side.members.items() if not side.defined(n)} for side in sides]
    return next((n for n in given[0] if n in given[1] and given[0][n].ranges != given[1][n].ranges), "")


def families_of(e: Expression) -> Families:
    return e.model.families or Families()


def means_the_same(one: Expression, other: Expression) -> bool:
    """Whether both are one text, in which no name or index is another on the other side."""
    nodes = [E.expand(e.node) for e in (one, other)]
    if any(written_out(node) > MOST for node in nodes):
        return False
    if len({tuple(canonical(node, families_of(e).ranges)) for node, e in zip(nodes, (one, other), strict=True)}) > 1:
        return False
    (names, equations), (others, more) = (meanings(e, node) for e, node in zip((one, other), nodes, strict=True))
    return equations == more and all(others[name] == span for name, span in names.items() if name in others)


def written_out(root: Expr) -> int:
    """How many operators an expression has where nothing is shared."""
    sizes: dict[Expr, int] = {}
    for node in topo(root):
        sizes[node] = 1 + sum(sizes[arg] for arg in node.args)
    return sizes[root]


def meanings(e: Expression, root: Expr) -> tuple[dict[str, Range], dict[str, list[Equation]]]:
    """What is said of the indices and of the families below an expression."""
    told = families_of(e)
    ranges: dict[str, Range] = {}
    found: dict[str, list[Equation]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        names = {*appearing(node), *(n for inner in topo(node) if inner.op == "bound" for n in inner.data.indices)}
        ranges |= {name: told.ranges[name] for name in names if name in told.ranges}
        for inner in topo(node):
            name = inner.data[0] if inner.op == "variable" else None
            if isinstance(name, Access) and name.family not in found:
                found[name.family] = told.defined(name.family)
                waiting += [equation.body for equation in found[name.family]]
    return ranges, found


def told(indices: Sequence[str]) -> str:
    return ",".join(indices) or "no index"


def canonical(e: Expr, ranges: Mapping[str, Range]) -> list[str]:
    """The terms of an expression, sums over indices taken apart, bound indices renamed in order, with their ranges."""
    found: list[str] = []
    stack: list[tuple[Expr, tuple[Binder, ...]]] = [(readable(e), ())]
    while stack:
        node, binders = stack.pop()
        if is_sum(node):
            stack += [(arg, binders) for arg in node.args]
        elif node.op == "bound" and node.data.is_sum:
            stack.append((node.args[0], (*binders, node.data)))
        else:
            names = [name for binder in binders for name in binder.indices]
            used = [name for name in appearing(node) if name in names]
            order = [*used, *sorted(set(names) - set(used), key=lambda name: str(range_of(name, ranges)))]
            by = {name: index(f"{number}'") for number, name in enumerate(order)}
            spans = [str(range_of(name, ranges)) for name in order]
            (body,) = reindexed([node], by)
            conditions = sorted(str(c.substitute(by)) for binder in binders for c in binder.conditions)
            found.append(f"{len(names)} {spans} {conditions} {Printer()(readable(body))}")
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
