"""Expectations of polynomials in closed form, by the derivatives of the polynomial at the mean.

Of a Gaussian variable E f(x) = f(m) + L f(m) + L² f(m)/2! + …, L f = tr(S*∇²f)/2 (the heat equation, which Price's
theorem is); of independent zeros and ones E f(x) = f(q) + sum(diag(∇²f) .* q .* (1 - q))/2 to the second degree.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from matdiff import expr as E
from matdiff.calculus.jacobian import jacobian, linear_map
from matdiff.calculus.prepare import OPENED, open_name, prepare
from matdiff.calculus.reverse import Sweep
from matdiff.calculus.rules import BACKWARD, FORWARD
from matdiff.compose import is_power, scale, total
from matdiff.equations import Expectation
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.formulas import Template
from matdiff.operators import dependents, row
from matdiff.reader import read_formula
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.readable import Presenter

MOST_TERMS = 3
"""Of the series: polynomials of the sixth degree."""


@cache
def polynomial(data: Expectation) -> Expr:
    """What the mean is taken of, as a polynomial in what is drawn; raises `UnsupportedError`."""
    function = E.expand(prepare(without_norms(data.body), frozenset())[0])
    refuse_other(function, data.drawn)
    return function


def without_norms(root: Expr) -> Expr:
    """The expression with each even power of a Euclidean norm as a power of a sum of squares."""
    new: dict[Expr, Expr] = {}
    for node in E.topo(root):
        built = E.rebuild(node, tuple(new[arg] for arg in node.args))
        if is_power(built) and (inner := open_name(built.args[0])).op == "norm2" and is_natural(built.args[1], of=2):
            given = {"X": inner.args[0], "k": E.number(built.args[1].data / 2)}
            built = read_formula("tr(X'*X)^k", given)
        new[node] = built
    return new[root]


def is_natural(e: Expr, of: int = 1) -> bool:
    """Whether this is a natural number, a multiple of another."""
    return e.op == "number" and e.data >= 0 and (e.data / of).denominator == 1


@cache
def closed(data: Expectation) -> Expr:
    """The expectation over the variables that stand for its arguments; raises `UnsupportedError`."""
    function = polynomial(data)
    if not function.is_scalar:  # of each entry: of the product with any matrix
        weight = E.variable("#C", function.shape)
        inner = read_formula("tr(C'*F)", {"C": weight, "F": function})
        scalar = series(data, inner)
        found = Sweep(scalar, [weight]).run(E.number(1)).get(weight, E.zeros(*function.shape))
    else:
        found = series(data, function)
    return Presenter()(found)


def series(data: Expectation, function: Expr) -> Expr:
    x, (mean, *spread) = data.drawn, data.parameters[: data.count]
    terms, shares = [function], [Fraction(1)]
    for number in range(1, MOST_TERMS + 2):
        gradient = Sweep(terms[-1], [x], Rewriter()).run(E.number(1)).get(x)
        curvature = Rewriter()(jacobian(gradient, x, Rewriter())) if gradient is not None else None
        if curvature is None or curvature.op == "zeros" or curvature is E.number(0):
            break
        if number > MOST_TERMS or (not spread and (number > 1 or x in E.topo(curvature))):
            above = f"of a degree above {2 * MOST_TERMS if spread else 2}"
            raise UnsupportedError(f"the expectation of a polynomial in {x.data[0]} {above} is not known")
        given = {"H": curvature, "q": mean, "S": spread[0] if spread else mean}
        gaussian = "H*S/2" if x.is_scalar else "tr(H*S)/2"
        binary = "H*q*(1 - q)/2" if x.is_scalar else "sum(diag(H) .* q .* (1 - q))/2"
        terms.append(Rewriter()(read_formula(gaussian if spread else binary, given)))
        shares.append(shares[-1] / number)
    parts = [scale(E.number(s), t) for s, t in zip(shares, terms, strict=True)]
    return E.substitute([total(parts)], {x: mean})[0]


def refuse_other(function: Expr, x: Expr) -> None:
    """Refuse what is no polynomial in what is drawn."""
    live = dependents([function], [x])
    for node in E.topo(function):
        if node not in live or node is x or is_polynomial(node, live):
            continue
        what = row(node).call or node.op
        raise UnsupportedError(
            f"the expectation of {what} of {x.data[0]} is not known: only polynomials in {x.data[0]} have one here"
        )


def is_polynomial(node: Expr, live: set[Expr]) -> bool:
    if is_power(node):
        return is_natural(node.args[1])
    entry = row(node)
    return node.op == "matrix_power" or all(entry.linear_in(n) for n, arg in enumerate(node.args) if arg in live)


@cache
def forward(data: Expectation, index: int) -> Template:
    parameter = data.parameters[index]
    hole = E.variable("#d", parameter.shape)
    return Template(linear_map(closed(data), {parameter: hole}, Rewriter())[0], data.parameters, hole)


@cache
def backward(data: Expectation, index: int) -> Template:
    parameter, hole = data.parameters[index], E.variable("#G", data.body.shape)
    found = Sweep(closed(data), [parameter]).run(hole).get(parameter, E.zeros(*parameter.shape))
    return Template(Rewriter()(found), data.parameters, hole)


FORWARD["expect"] = forward
BACKWARD["expect"] = backward


def in_closed_form(node: Expr) -> Expr:
    return E.substitute([closed(node.data)], dict(zip(node.data.parameters, node.args, strict=True)))[0]


OPENED["expect"] = in_closed_form
