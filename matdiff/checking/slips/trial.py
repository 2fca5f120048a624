"""Where candidates are tried: formulas by their numbers at two fixed points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matdiff import expr as E
from matdiff.checking.scope import Scope, settled
from matdiff.equality.differentials import derived
from matdiff.errors import MatdiffError
from matdiff.evaluate import Array, value_of
from matdiff.expr import Expr, topo
from matdiff.reader.build import SizeConflict
from matdiff.reader.syntax import Node
from matdiff.sampling import Point, directions, points
from matdiff.sizes import Shape, Size, Unifier, named

TOLERANCE = 1e-7
ORDER = 4
"""Unknown functions are given so many derivatives."""
FAILURES = (MatdiffError, SizeConflict, np.linalg.LinAlgError, ValueError, KeyError, ZeroDivisionError, AttributeError)
"""What a candidate that makes no sense may raise."""


class Numbers:
    """Values of expressions at one point, each found once; d follows the rules."""

    def __init__(self, point: Point, varying: list[Expr], everything: list[Expr]) -> None:
        self.point = point
        self.varying = varying
        self.done: dict[Expr, Array] = dict(point.arrays)
        self.moves = directions(point, everything)

    def of(self, root: Expr) -> Array:
        stop = self.done
        with np.errstate(all="ignore"):
            for node in topo(root, inside=lambda n: () if n in stop or n.op == "differential" else n.args):
                if node not in stop:
                    stop[node] = self.value(node)
        found: Array = stop[root]
        return found

    def value(self, node: Expr) -> Array:
        if node.op == "differential":
            return self.differential(node.args[0])
        return value_of(node, [self.done[arg] for arg in node.args], self.point.sizes, self.point.functions)

    def differential(self, of: Expr) -> Array:
        if of in self.moves and (of in self.varying or of.op == "variable"):
            return self.moves[of]
        inner = derived(of, self.varying)
        with_moves = {
            n: self.moves[n.args[0]] for n in topo(inner) if n.op == "differential" and n.args[0] in self.moves
        }
        self.done.update(with_moves)
        return self.of(inner)


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of a formula as an expression."""

    expr: Expr
    names: frozenset[str] = frozenset()
    """The sizes in it that only what stands around it tells, as that of a column of ones."""
    bound: Mapping[str, Size] = field(default_factory=dict)
    """What those are as far as it tells itself."""
    pending: Sequence[tuple[Size, Size, Any]] = ()


class Trial:
    """The formulas of one link as expressions, and whether they equal the goal.

    Each node is built once, so that of an edited formula only what stands above the edit is built, and has values.
    """

    def __init__(self, scope: Scope, goal: Expr) -> None:
        self.scope, self.goal = scope, goal
        self.reader = scope.elaborator()
        self.built: dict[int, Typed | None] = {}
        self.kept: list[Node] = []
        """Nodes looked at, kept so that no other takes their place."""
        functions = [E.Expr("apply", n.args, (n.data[0], ORDER), n.shape) for n in topo(goal) if n.op == "apply"]
        self.points = list(points([goal, *functions, *scope.model.variables.values()], 2, seed=11))
        self.numbers: dict[tuple[Expr, ...], list[tuple[Numbers, Array]]] = {}
        """The values of the goal by what varies, which the differentials of a candidate tell too."""

    def varying(self, candidate: Expr) -> list[Expr]:
        """What varies where a candidate stands beside the goal."""
        return self.scope.varying(self.goal, candidate)

    def goals(self, candidate: Expr) -> list[tuple[Numbers, Array]]:
        varying = self.varying(candidate)
        key = tuple(varying)
        if key not in self.numbers:
            everything = [*self.scope.nodes.values(), *varying]
            numbers = [Numbers(point, varying, everything) for point in self.points]
            self.numbers[key] = [(one, one.of(self.goal)) for one in numbers]
        return self.numbers[key]

    def expression(self, root: Node) -> Expr | None:
        """A formula as an expression, or None where it is none; the size of the goal settles sizes that are open."""
        found = self.typed(root)
        if found is None or not found.names:
            return found.expr if found is not None else None
        unifier = self.begin([found])
        if unifier is None or not all(map(unifier.unify, unifier.shape(found.expr.shape), self.goal.shape)):
            return None
        return settled([self.reader.build.resolved(found.expr)], self.reader)[0] if unifier.settle() else None

    def shape(self, node: Node) -> Shape | None:
        found = self.typed(node)
        return found.expr.shape if found is not None and not found.names else None

    def typed(self, root: Node) -> Typed | None:
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if id(node) in self.built:
                continue
            if ready or not node.children:
                self.kept.append(node)
                self.built[id(node)] = self.node(node, [self.built[id(child)] for child in node.children])
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in node.children)
        return self.built[id(root)]

    def node(self, node: Node, parts: Sequence[Typed | None]) -> Typed | None:
        known = [part for part in parts if part is not None]
        unifier = self.begin(known) if len(known) == len(parts) else None
        if unifier is None:
            return None
        try:
            found = self.reader.build.resolved(self.reader.node(node, [part.expr for part in known], {}))
        except FAILURES:
            return None
        names = frozenset(name for size in found.shape for name in size.names if name.startswith("?"))
        names = names.union(*(part.names for part in known))
        if not names:
            return Typed(found)
        sizes = {name: unifier.resolve(named(name)) for name in names}
        if any(size.is_open for size in sizes.values()):
            return Typed(found, names, unifier.bound, unifier.pending)
        return Typed(self.reader.build.resolved(E.substitute([found], {}, sizes)[0]))

    def begin(self, parts: Sequence[Typed]) -> Unifier | None:
        """The unifier of the reader with what is known of the sizes in these parts; None where that is at odds."""
        unifier = self.reader.unifier
        unifier.bound, unifier.ends, unifier.origin = {}, {}, {}
        unifier.pending = [equation for part in parts for equation in part.pending]
        agree = all(unifier.unify(named(name), size) for part in parts for name, size in part.bound.items())
        return unifier if agree else None

    def fits(self, root: Node) -> bool:
        """Whether a formula has the value of the goal at both points."""
        found = self.expression(root)
        if found is None or found.shape != self.goal.shape:
            return False
        found = self.scope.fold(found)
        try:
            goals = self.goals(found)
            return bool(goals) and all(close(numbers.of(found), goal) for numbers, goal in goals)
        except FAILURES:
            return False


def close(value: Array, goal: Array) -> bool:
    if value.shape != goal.shape or not np.all(np.isfinite(value)):
        return False
    scale = max(float(np.max(np.abs(goal), initial=0)), float(np.max(np.abs(value), initial=0)))
    return bool(np.max(np.abs(value - goal), initial=0) <= TOLERANCE * scale + 1e-12)
