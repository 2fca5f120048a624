"""Values that are defined by an equation, or as where a function is least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.expr import Expr, Sized
from matdiff.sizes import Size


@dataclass(frozen=True)
class Equation(Sized):
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


@dataclass(frozen=True)
class Expectation(Sized):
    """What an ``expect`` node takes the mean of, over variables that stand for what is drawn and for its arguments,
    of which the first are the parameters of the distribution."""

    distribution: str
    body: Expr
    drawn: Expr
    parameters: tuple[Expr, ...]
    count: int
    """How many of them are those of the distribution."""

    def with_sizes(self, sizes: Mapping[str, Size]) -> Expectation:
        """The same at other sizes."""
        body, drawn, *rest = E.substitute([self.body, self.drawn, *self.parameters], {}, sizes)
        return Expectation(self.distribution, body, drawn, tuple(rest), self.count)


def expected(distribution: str, body: Expr, drawn: Expr, told: Iterable[Expr]) -> Expr:
    """The mean of the body over what is drawn."""
    told = tuple(told)
    own = tuple(E.variable(f"#{number}", e.shape) for number, e in enumerate(told))
    names, parameters = stand_ins([body], drawn)
    (inner,) = E.substitute([body], dict(zip(names, parameters, strict=True)))
    data = Expectation(distribution, inner, drawn, (*own, *parameters), len(own))
    return Expr("expect", (*told, *names), data, body.shape)


def stand_ins(sides: Iterable[Expr], own: Expr) -> tuple[list[Expr], list[Expr]]:
    """The names in some expressions, but for their own, and plain variables that stand for them."""
    found = E.topo(*sides, inside=lambda node: () if node.op == "definition" else node.args)
    names = [node for node in found if node.op in E.NAMES and node is not own]
    return names, [E.variable(n.data if n.op == "definition" else n.data[0], n.shape) for n in names]


def implicit(kind: str, unknown: Expr, sides: Iterable[Expr]) -> Expr:
    """The value of the unknown where the first of the sides is zero or least; its arguments are all other names."""
    sides = list(sides)
    names, parameters = stand_ins(sides, unknown)
    body, *limits = E.substitute(sides, dict(zip(names, parameters, strict=True)))
    equation = Equation(kind, body, unknown, tuple(parameters), limits[0] if limits else None)
    return Expr("implicit", tuple(names), equation, unknown.shape)


def solution(equation: Equation) -> Expr:
    """The value, over the variables that stand for its arguments."""
    return Expr("implicit", equation.parameters, equation, equation.unknown.shape)
