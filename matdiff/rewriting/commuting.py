"""What commutes: functions of one matrix, made of it by sums, products and functions of matrices."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import is_scaled, is_sum
from matdiff.expr import Expr
from matdiff.operators import ROWS

FUNCTIONS = {name for name, entry in ROWS.items() if entry.is_matrix_function} | {"matrix_power"}
"""What has a value that is a function of its first argument, others being scalars."""
SUMS = frozenset({"add", "mul"})


def generator(e: Expr) -> Expr:
    """What a matrix is a function of: scalars, multiples of the identity and functions taken off."""
    while True:
        if e.op in FUNCTIONS:
            e = e.args[0]
        elif is_scaled(e) or (is_sum(e) and is_identity(e.args[0])):
            e = e.args[1]
        elif is_sum(e) and is_identity(e.args[1]):
            e = e.args[0]
        else:
            return e


def is_identity(e: Expr) -> bool:
    """Whether this is the identity, or a multiple of it."""
    while is_scaled(e):
        e = e.args[1]
    return e.op == "eye"


def commute(a: Expr, b: Expr) -> bool:
    """Whether two matrices show that they commute."""
    return is_function_of(b, generator(a)) or is_function_of(a, generator(b))


def is_function_of(e: Expr, of: Expr) -> bool:
    def inside(node: Expr) -> tuple[Expr, ...]:
        if node is of:
            return ()
        if node.op in FUNCTIONS:
            return node.args[:1]
        if is_scaled(node):
            return node.args[1:]
        return node.args if node.op in SUMS else ()

    return all(node is of or node.op == "eye" or inside(node) for node in E.topo(e, inside=inside))
