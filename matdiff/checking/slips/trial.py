"""Where candidates are tried: formulas by their numbers at two fixed points."""

from __future__ import annotations

import numpy as np

from matdiff import expr as E
from matdiff.checking.scope import Scope, settled
from matdiff.equality.differentials import derived
from matdiff.errors import MatdiffError
from matdiff.evaluate import Array, value_of
from matdiff.expr import Expr, topo
from matdiff.reader.build import SizeConflict
from matdiff.reader.syntax import Node, postorder
from matdiff.sampling import Point, directions, points
from matdiff.sizes import Shape

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


class Trial:
    """The formulas of one link as expressions, and whether they equal the goal."""

    def __init__(self, scope: Scope, goal: Expr) -> None:
        self.scope, self.goal = scope, goal
        self.reader = scope.elaborator()
        self.built: dict[int, Expr | None] = {}
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
        """A formula as an expression, or None where it is none."""
        if any(is_open(node, self.scope) for node in postorder(root)):
            return self.sized(root)
        for node in postorder(root):
            if id(node) not in self.built:
                self.kept.append(node)
                args = [self.built[id(child)] for child in node.children]
                self.built[id(node)] = None if None in args else self.node(node, [a for a in args if a is not None])
        return self.built[id(root)]

    def node(self, node: Node, args: list[Expr]) -> Expr | None:
        try:
            found = self.reader.build.resolved(self.reader.node(node, args, {}))
        except FAILURES:
            return None
        return None if any(size.is_open for size in found.shape) else found

    def sized(self, root: Node) -> Expr | None:
        """A formula with sizes of its own, settled by the size of the goal."""
        reader = self.scope.elaborator()
        try:
            found = reader.build.resolved(reader.expression(root))
            if not all(
                reader.unifier.unify(a, b) for a, b in zip(reader.build.shape(found), self.goal.shape, strict=True)
            ):
                return None
            return settled([found], reader)[0] if reader.unifier.settle() else None
        except FAILURES:
            return None

    def shape(self, node: Node) -> Shape | None:
        found = self.expression(node) if not is_open(node, self.scope) else None
        return found.shape if found is not None else None

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


def is_open(node: Node, scope: Scope) -> bool:
    """Whether the size of a constant is told only by what stands beside it."""
    if node.kind == "name":
        return node.value in ("I", "eye") and scope.named(node.value) is None
    if node.kind == "call":
        return node.value in ("vector", "matrix") or (node.value == "eye" and not node.children)
    return node.kind in ("sum", "entry")
