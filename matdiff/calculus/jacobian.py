"""Jacobians of matrix functions: ``d vec F = J d vec X``, and the linear map dX ↦ dF.

Forward over the nodes: each linear operator has its vec form in the table; the vec form of a
nonlinear row is found once, from the formula of its differential.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from matdiff import compose
from matdiff import expr as E
from matdiff.calculus.rules import differential, forward_template, vec_form
from matdiff.compose import times, total
from matdiff.expr import Expr, topo
from matdiff.formulas import Template, key
from matdiff.operators import dependents, row
from matdiff.rewriting.engine import Rewriter
from matdiff.sizes import ONE
from matdiff.steps import RawStep

MAX_TERMS = 8
"""Longer sums are not multiplied out."""


def jacobian(function: Expr, variable: Expr, rewriter: Rewriter) -> Expr:
    """J with ``d vec F = J d vec X``, of size (entries of F) × (entries of X)."""
    if variable.is_scalar:  # no Kronecker products: vec of the derivative itself
        derivative, _ = linear_map(function, {variable: E.number(1)}, rewriter)
        return rewriter(vec(derivative))
    columns = variable.rows * variable.cols
    live = dependents([function], [variable])
    found: dict[Expr, Expr] = {variable: E.eye(columns)}
    for node in topo(function, inside=lambda node: () if node is variable else node.args):
        if node not in live or node is variable:
            continue
        if node.op == "definition":
            found[node] = found[node.args[0]]
            continue
        parts = [
            times(rewriter(local(node, index)), term)
            for index, arg in enumerate(node.args)
            if arg in live
            for term in terms_of(found[arg])
        ]
        found[node] = rewriter(total(parts))
    return found.get(function, E.zeros(function.rows * function.cols, columns))


def terms_of(matrix: Expr) -> list[Expr]:
    """The terms of a short sum, each of which may meet what it is multiplied with; else the whole."""
    terms = compose.terms_of(matrix)
    return terms if len(terms) <= MAX_TERMS else [matrix]


def vec(e: Expr) -> Expr:
    return e if e.cols is ONE else E.Expr("vec", (e,), None, (e.rows * e.cols, ONE))


def local(node: Expr, index: int) -> Expr:
    """The vec form of d(node) in the differential of one argument."""
    entry = row(node)
    if entry.formula("vec", index):
        return vec_form(node, index)
    return vec_template(node.op, key(node), index)(node, E.number(0))


@cache
def vec_template(op: str, data: object, index: int) -> Template:
    """The vec form of a row's differential, by the vec forms of the operators in its formula."""
    forward = forward_template(op, data, index)
    matrix = jacobian(forward.formula, forward.hole, Rewriter())
    return Template(matrix, forward.arguments, E.number(0))


def linear_map(function: Expr, differentials: Mapping[Expr, Expr], rewriter: Rewriter) -> tuple[Expr, list[RawStep]]:
    """``dF`` as a linear function of these differentials of variables, and the steps that lead there.

    A variable that is made of another keeps its own differential; a step says what that is.
    """
    live = dependents([function], differentials)
    found: dict[Expr, Expr] = {}
    steps: list[RawStep] = []
    for node in topo(function):
        if node not in live:
            continue
        d = E.differential(node)
        if node.op == "definition" and node.args[0] in live:
            found[node] = found[node.args[0]]
            if node in differentials:
                steps.append(RawStep(f"definition of {node.data}", d, found[node], "", "the model", node))
        elif node not in differentials:
            moving = [index for index, arg in enumerate(node.args) if arg in live]
            found[node] = rewriter(total([differential(node, index, found[node.args[index]]) for index in moving]))
            rewriter.used.clear()
            entry = row(node)
            steps.append(RawStep(entry.rule, d, found[node], held(node, live), entry.source, node))
        if node in differentials:
            found[node] = differentials[node]
    return found.get(function, E.zeros(*function.shape)), steps


def held(node: Expr, live: Collection[Expr]) -> str:
    """A note on the names that do not vary in the differential of a product and the like."""
    still = [arg for arg in dict.fromkeys(node.args) if arg.op in E.NAMES and arg not in live]
    names = " and ".join(arg.data if arg.op == "definition" else arg.data[0] for arg in still)
    return f"{names} {'is' if len(still) == 1 else 'are'} held" if names else ""
