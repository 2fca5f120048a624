"""Families of rows: one row for each integer power, each unknown function, each SymPy function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from matdiff.equations import Equation, Expectation
from matdiff.expr import Expr
from matdiff.operators.row import Row, elementwise
from matdiff.sizes import Shape, Size

MAX_POWER = 64
"""A matrix power has as many terms in its differential; larger ones are refused."""


@cache
def matrix_power(k: int) -> Row:
    """X^k: each factor in turn takes the differential."""

    def power(i: int) -> list[str]:
        return [] if i == 0 else ["X"] if i == 1 else [f"X^{i}"]

    terms = ("*".join([*power(i), "dX", *power(k - 1 - i)]) for i in range(k))
    return Row(
        "matrix_power",
        "X: n×n -> n×n",
        signs="^",
        d=(" + ".join(terms),),
        numpy=f"np.linalg.matrix_power({{X}}, {k})",
        rule="differential of a matrix power",
        source="the product rule, Matrix Cookbook (37)",
        analytic=True,
    )


@cache
def unknown_function(data: tuple[str, int]) -> Row:
    """An unknown element-wise function, or one of its derivatives."""
    name, order = data
    primes = "'" * order
    return Row(
        "apply",
        "X: m×n -> m×n",
        d=(f"{name}{primes}'(X) .* dX",),
        latex=name + primes,
        call=name + primes,
        rule=f"derivative of {name}{primes}",
        source="the chain rule, entry by entry",
        elementwise=True,
    )


@cache
def sympy_function(key: tuple[Any, ...]) -> Row:
    """A scalar function that SymPy knows: its name and the numbers that stand before the argument."""
    from matdiff.operators.scalar_functions import KNOWN, Known, derivative_formula

    name, *orders = key
    known = KNOWN.get(name, Known())
    given = "".join(f", '{order}'" for order in orders)
    derivative = "" if known.constant else derivative_formula(key)
    entry = elementwise(
        name,
        derivative,
        known.numpy or f"sympy_function({{X}}, '{name}'{given})",
        where=known.where,
        source="the derivative SymPy gives",
        constant=known.constant,
        convention=known.convention,
        slow=not known.numpy,
    )
    return entry if derivative else replace(entry, d=())


@cache
def unknown_field(data: tuple[str, int, str, str]) -> Row:
    """An unknown function of a scalar or a vector, its value a matrix; of a vector the derivative is the Jacobian of
    the value's vec."""
    name, order, kind, of = data
    primes = "'" * order
    scalar = of == "scalar"
    derivative = "dt*derivative" if scalar else "" if order else "unvec(derivative*dt, m, n)"
    return Row(
        "field",
        "t: 1×1 -> m×n" if scalar else "t: q×1 -> m×n",
        d=(derivative,),
        symmetry="always" if kind == "symmetric" and (scalar or not order) else "",
        latex=name + primes,
        call=name + primes,
        rule=f"derivative of {name}{primes}",
        source="the chain rule",
    )


def derivative_of_field(e: Expr) -> Expr:
    """The derivative of an unknown matrix function of a scalar, or the Jacobian of its vec by a vector."""
    name, order, kind, of = e.data
    shape = e.shape if of == "scalar" else (e.rows * e.cols, e.args[0].rows)
    return Expr("field", e.args, (name, order + 1, kind, of), shape)


@dataclass(frozen=True)
class Own(Row):
    """The row of a value with names of its own inside: its arguments are the other names there, of any number.

    Its differential is found by the calculus.
    """

    shapes: tuple[Expr, ...] = ()
    """Variables of the names and sizes of the arguments, and one of the size of the value."""

    @cached_property
    def signature(self) -> tuple[tuple[tuple[str, Shape], ...], Shape]:
        return tuple((name.data[0], name.shape) for name in self.shapes[:-1]), self.shapes[-1].shape

    def match(self, shapes: tuple[Shape, ...], data: object = None) -> dict[str, Size] | None:
        return {}


@cache
def expect(data: Expectation) -> Own:
    return Own(
        "expect",
        "",
        d=("",) * len(data.parameters),
        rule="expectation of a polynomial, by its moments",
        source={
            "normal": "Price 1958; the moments of a Gaussian variable",
            "bernoulli": "the moments of a variable that is 0 or 1",
        }[data.distribution],
        shapes=(*data.parameters, data.body),
        call="an expectation",
    )


@cache
def implicit(equation: Equation) -> Own:
    name = equation.name
    least = "its second derivative positive definite"
    if equation.constraint is not None:
        least += " along the constraint, which is of full rank"
    return Own(
        "implicit",
        "",
        d=("",) * len(equation.parameters),
        where={
            "solves": f"the derivative of the equation of {name} by {name} invertible",
            "argmin": f"{name} is a minimum, {least}",
        }[equation.kind],
        rule={
            "solves": f"differential of the equation of {name}, solved for d{name}",
            "argmin": f"differential of the condition that the gradient by {name} is zero, solved for d{name}",
        }[equation.kind],
        source="the implicit function theorem",
        shapes=(*equation.parameters, equation.unknown),
        call=f"{name}, which is defined by an equation,",
    )


PARAMETRIC: dict[str, Callable[[Any], Row]] = {
    "matrix_power": matrix_power,
    "apply": unknown_function,
    "field": unknown_field,
    "sympy": sympy_function,
    "implicit": implicit,
    "expect": expect,
}
