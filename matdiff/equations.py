"""Values that are defined by an equation, or as where a function is least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.sizes import Size


@dataclass(frozen=True)
class Equation:
    """What defines the value of an ``implicit`` node, over variables that stand for the unknown and for its arguments.

    Of ``solves`` the body is zero at the value; of ``argmin`` it is least there, among the values at which the
    ``constraint``, affine in the unknown, is zero.
    """

    kind: str
    body: Expr
    unknown: Expr
    parameters: tuple[Expr, ...]
    constraint: Expr | None = None

    @property
    def name(self) -> str:
        name: str = self.unknown.data[0]
        return name

    def with_sizes(self, sizes: Mapping[str, Size]) -> Equation:
        """The same at other sizes."""
        limits = [self.constraint] if self.constraint is not None else []
        body, unknown, *rest = E.substitute([self.body, self.unknown, *self.parameters, *limits], {}, sizes)
        count = len(self.parameters)
        return Equation(self.kind, body, unknown, tuple(rest[:count]), rest[count] if limits else None)


def implicit(kind: str, unknown: Expr, sides: Iterable[Expr]) -> Expr:
    """The value of the unknown where the first of the sides is zero or least; its arguments are all other names."""
    sides = list(sides)
    found = E.topo(*sides, inside=lambda node: () if node.op == "definition" else node.args)
    names = [node for node in found if node.op in E.NAMES and node is not unknown]
    parameters = [E.variable(node.data if node.op == "definition" else node.data[0], node.shape) for node in names]
    body, *limits = E.substitute(sides, dict(zip(names, parameters, strict=True)))
    equation = Equation(kind, body, unknown, tuple(parameters), limits[0] if limits else None)
    return Expr("implicit", tuple(names), equation, unknown.shape)


def solution(equation: Equation) -> Expr:
    """The value, over the variables that stand for its arguments."""
    return Expr("implicit", equation.parameters, equation, equation.unknown.shape)
