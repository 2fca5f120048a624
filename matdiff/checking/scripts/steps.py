"""Updates of parameters: ``w -= rate * step``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

RATES = ("lr", "eta", "alpha", "rate", "step", "learn", "mu", "epsilon", "gamma")


@dataclass(frozen=True)
class Update:
    """``w -= rate * step`` or ``w = w - rate * step``."""

    statement: ast.stmt
    target: str
    step: ast.expr
    sign: int


def updates(tree: ast.AST) -> Iterator[Update]:
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target=target, op=ast.Sub() | ast.Add() as op, value=value):
                yield Update(node, ast.unparse(target), value, -1 if isinstance(op, ast.Sub) else 1)
            case ast.Assign(targets=[target], value=ast.BinOp(left=left, op=ast.Sub() | ast.Add() as op, right=value)):
                if ast.unparse(left) == ast.unparse(target):
                    yield Update(node, ast.unparse(target), value, -1 if isinstance(op, ast.Sub) else 1)
                elif isinstance(op, ast.Add) and ast.unparse(value) == ast.unparse(target):
                    yield Update(node, ast.unparse(target), left, 1)


def rate_of(step: ast.expr) -> str:
    """The name of the rate in a step: the factor that is called as rates are."""
    names = [ast.unparse(n) for n in ast.walk(step) if isinstance(n, ast.Name | ast.Attribute)]
    for name in names:
        low = name.rpartition(".")[2].lower()
        if any(low == rate or (len(rate) > 2 and rate in low) for rate in RATES):
            return name
    return ""


def texts(node: ast.AST) -> Iterator[str]:
    """Names, attributes and entries in an expression."""
    stack = [node]
    while stack:
        inside = stack.pop()
        if isinstance(inside, ast.Name | ast.Attribute | ast.Subscript):
            yield ast.unparse(inside)
        if isinstance(inside, ast.Call) and isinstance(inside.func, ast.Attribute):
            stack += [inside.func.value, *inside.args]
        elif not isinstance(inside, ast.Name):
            stack += ast.iter_child_nodes(inside)
