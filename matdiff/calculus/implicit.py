"""The differential of what an equation defines, by that of the equation (the implicit function theorem).

g(z, θ) = 0 gives dg/dz dz = -dg/dθ dθ; the adjoint of this solves one linear system, whatever θ is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from matdiff import expr as E
from matdiff.calculus.jacobian import jacobian, linear_map
from matdiff.calculus.reverse import Sweep
from matdiff.calculus.rules import BACKWARD, FORWARD
from matdiff.compose import multiple, power, scale, times, total, transposed
from matdiff.equations import Equation, solution
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.formulas import Template
from matdiff.operators import apply
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.readable import Readable


@cache
def residual(equation: Equation) -> Expr:
    """What is zero at the value and, near to it, nowhere else."""
    if equation.kind == "solves":
        return equation.body
    z = equation.unknown
    gradient = Sweep(equation.body, [z], Rewriter()).run(E.number(1)).get(z)
    if gradient is None:
        raise UnsupportedError(f"{z.data[0]} does not occur in what shall be least")
    gradient = Readable()(gradient)
    if equation.constraint is None:
        return gradient
    a = jacobian(equation.constraint, z, Rewriter())
    if z in E.topo(a):
        raise UnsupportedError(f"a constraint is linear in {z.data[0]}, as in A*{z.data[0]} = b")
    up = transposed(a)
    onto = product(up, product(apply("inv", product(a, up)), product(a, gradient)))  # of the gradient, what A' reaches
    return total([gradient, multiple(-1, onto), product(up, equation.constraint)])


@cache
def slope(equation: Equation) -> Expr:
    """The derivative of the equation by the unknown."""
    return Readable()(jacobian(residual(equation), equation.unknown, Rewriter()))


@cache
def constrained_slope(equation: Equation) -> tuple[Expr | None, Expr]:
    """Of a minimum the derivative of its constraint, and the second derivative of the function."""
    free = replace(equation, constraint=None)
    limits = equation.constraint
    return (jacobian(limits, equation.unknown, Rewriter()) if limits is not None else None), slope(free)


def at_solution(equation: Equation, *found: Expr) -> list[Expr]:
    return E.substitute(found, {equation.unknown: solution(equation)})


@cache
def forward(equation: Equation, index: int) -> Template:
    """dz for one argument."""
    parameter = equation.parameters[index]
    hole = E.variable("#d", parameter.shape)
    image, _ = linear_map(residual(equation), {parameter: hole}, Rewriter())
    solved, *_ = at_solution(equation, multiple(-1, solve(slope(equation), image)))
    return Template(solved, equation.parameters, hole)


@cache
def backward(equation: Equation, index: int) -> Template:
    """The cotangent of one argument."""
    parameter, hole = equation.parameters[index], E.variable("#G", equation.unknown.shape)
    symmetric = equation.kind == "argmin" and equation.constraint is None
    solved = solve(slope(equation) if symmetric else transposed(slope(equation)), hole)
    found = Sweep(residual(equation), [parameter]).run(solved).get(parameter)
    moved = multiple(-1, found) if found is not None else E.zeros(*parameter.shape)
    return Template(Rewriter()(at_solution(equation, moved)[0]), equation.parameters, hole)


FORWARD["implicit"] = forward
BACKWARD["implicit"] = backward


@cache
def closed(equation: Equation) -> Expr | None:
    """The value of the unknown where the equation is linear in it, over what stands for its arguments."""
    z = equation.unknown
    if z in E.topo(slope(equation)):
        return None
    (at_zero,) = E.substitute([residual(equation)], {z: E.zeros(*z.shape)})
    return Rewriter()(multiple(-1, solve(slope(equation), at_zero)))


def in_closed_form(node: Expr) -> Expr:
    """The value as a formula, where there is one; the node itself where there is none."""
    found = closed(node.data)
    if found is None:
        return node
    return E.substitute([found], dict(zip(node.data.parameters, node.args, strict=True)))[0]


def solve(matrix: Expr, right: Expr) -> Expr:
    """The solution of the size of the right side, whose vec the matrix is multiplied with."""
    if matrix.is_scalar:
        return scale(power(matrix, -1), right)
    inverse = apply("inv", matrix)
    if right.cols.powers == () and right.cols.coefficient == 1:
        return product(inverse, right)
    column = apply("vec", right)
    return E.Expr("unvec", (product(inverse, column),), right.shape, right.shape)


def product(first: Expr, second: Expr) -> Expr:
    return scale(first, second) if first.is_scalar else times(first, second)
