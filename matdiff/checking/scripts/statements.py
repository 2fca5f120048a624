"""What a statement of a script gives a value, and what it works with, as it is written."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence


def text_of(node: ast.AST) -> str:
    """How a name, an attribute or an entry is written; nothing for all else."""
    if isinstance(node, ast.Name):
        return node.id
    return ast.unparse(node) if isinstance(node, ast.Attribute | ast.Subscript) else ""


def called(expression: ast.AST) -> str:
    """The name of the function of a call, without its module; empty for what is no call."""
    if not isinstance(expression, ast.Call):
        return ""
    function = expression.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def located(new: ast.stmt, like: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(new, like))


def exchanged(root: ast.stmt, old: ast.AST, new: ast.AST) -> ast.stmt:
    """The statement with one node exchanged."""
    return located(copy.deepcopy(root, {id(old): copy.deepcopy(new)}), root)


def is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


def product_of(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The factors of ``np.dot(a, b)``, ``a.dot(b)`` and ``a @ b``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if called(node) in ("dot", "matmul") and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if is_module(node.func.value) and len(node.args) == 2:
            return node.args[0], node.args[1]
        if len(node.args) == 1:
            return node.func.value, node.args[0]
    return None


def bodies_of(node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list) and body:
            yield body


def targets(statement: ast.AST) -> list[str]:
    """What a statement gives a value or changes, as it is written."""
    parts = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AugAssign)
        else []
    )
    found = []
    for part in parts:
        for node in part.elts if isinstance(part, ast.Tuple | ast.List) else [part]:
            if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
                node = node.value
            if text_of(node):
                found.append(text_of(node))
    return found


def loads(statement: ast.AST) -> set[str]:
    """What a statement works with, as it is written."""
    found = {
        text_of(n)
        for n in ast.walk(statement)
        if isinstance(n, ast.Name | ast.Attribute | ast.Subscript) and isinstance(n.ctx, ast.Load)
    }
    if isinstance(statement, ast.AugAssign):
        found.add(text_of(statement.target))
    return found


def is_in_place(statement: ast.AST) -> bool:
    if isinstance(statement, ast.AugAssign):
        return True
    return isinstance(statement, ast.Assign) and any(
        isinstance(t, ast.Subscript) and not isinstance(t.slice, ast.Constant) for t in statement.targets
    )
