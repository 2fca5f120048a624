"""Rules compiled from the operator table: differentials, adjoints and vec forms as templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matdiff import expr as E
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.formulas import Template, key, template
from matdiff.operators import row, row_of


def differential(node: Expr, index: int, d_argument: Expr) -> Expr:
    """The part of d(node) that comes from the differential of one argument."""
    entry = row(node)
    if entry.linear_in(index) and not entry.formula("d", index):
        return E.Expr(node.op, (*node.args[:index], d_argument, *node.args[index + 1 :]), node.data, node.shape)
    return forward_template(node.op, key(node), index)(node, d_argument)


def adjoint(node: Expr, index: int, cotangent: Expr) -> Expr:
    """H with ``<cotangent, op(dA)> = <H, dA>``, for one argument of a linear operator."""
    return template(node.op, key(node), row(node).adjoint[index], "G", index)(node, cotangent)


Found = Callable[[Any, int], Template]
FORWARD: dict[str, Found] = {}
BACKWARD: dict[str, Found] = {}
"""Of operators whose rows have no formula for it, what finds the differential in one argument, and its adjoint."""


def forward_template(op: str, data: object, index: int) -> Template:
    """The differential of a nonlinear row in one argument."""
    if op in FORWARD:
        return FORWARD[op](data, index)
    entry = row_of(op, data)
    formula = entry.formula("d", index)
    if not formula:
        raise UnsupportedError(f"the derivative of {entry.call or op} is not known")
    return template(op, data, formula, f"d{entry.arguments[index]}", index)


def pullback_formula(op: str, data: object, index: int) -> Template | None:
    """The adjoint of the differential in one argument, where the row has it."""
    if op in BACKWARD:
        return BACKWARD[op](data, index)
    formula = row_of(op, data).formula("pullback", index)
    return template(op, data, formula, "G", index) if formula else None


def vec_form(node: Expr, index: int) -> Expr:
    """J with ``vec op(dA) = J vec dA``, for one argument of a linear operator."""
    entry = row(node)
    return template(node.op, key(node), entry.vec[index], "", index)(node, E.number(0))
