"""Scalar factors and terms that are missing or too many, as edits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction

from matdiff.checking.scripts.edits import Change, Edit, edited, expression, value_of
from matdiff.checking.scripts.statements import is_in_place, targets

Factor = tuple[Fraction, str]
"""A number, and the name of a scalar of the script, or ``/`` and the name, or nothing."""


def times(factor: Factor, text: str) -> str:
    """``2 * w``, ``w / N``, ``reg * w``."""
    number, name = factor
    parts = []
    if abs(number) != 1:
        parts.append(f"{float(abs(number)):g}")
    if name and not name.startswith("/"):
        parts.append(name)
    product = " * ".join([*parts, text])
    return ("-" if number < 0 else "") + product + (f" / {name[1:]}" if name.startswith("/") else "")


def factor_words(factor: Factor) -> str:
    number, name = factor
    if name.startswith("/") and number == 1:
        return f"the division by {name[1:]} is missing"
    if not name and number == -1:
        return "the sign is wrong"
    shown = times(factor, "1").replace(" * 1", "") if not name.startswith("/") else f"{number}/{name[1:]}"
    if not name and abs(number.numerator) < number.denominator:
        return f"a factor {1 / number} is too many"
    return f"a factor {shown} is missing"


def scaled(statement: ast.stmt, factor: Factor) -> Iterator[Change]:
    """The value of an assignment times a factor."""
    if isinstance(statement, ast.Assign):
        new = scaled_value(statement.value, factor)
        yield Change(factor_words(factor), statement.value, new)


def other_numbers(root: ast.AST, factor: Factor) -> Iterator[Change]:
    """A number that is too small or too large by a factor."""
    if factor[1]:
        return
    for node in ast.walk(root):
        written = node.value if isinstance(node, ast.Constant) else None
        if isinstance(written, int | float) and written and not isinstance(written, bool):
            value = float(f"{float(factor[0]) * written:.12g}")
            new = ast.Constant(int(value) if value.is_integer() and isinstance(written, int) else value)
            yield Change(f"the number is {value:g}, not {written:g}", node, new)


def scaled_value(value: ast.expr, factor: Factor) -> ast.expr:
    number, name = factor
    new = value
    if name and not name.startswith("/"):
        new = ast.BinOp(expression(name), ast.Mult(), new)
    size = abs(number)
    if size != 1:
        new = ast.BinOp(ast.Constant(int(size) if size.denominator == 1 else float(size)), ast.Mult(), new)
    if name.startswith("/"):
        new = ast.BinOp(new, ast.Div(), expression(name[1:]))
    return ast.UnaryOp(ast.USub(), new) if number < 0 else new


def summands(statement: ast.stmt) -> Iterator[tuple[ast.expr, int]]:
    """The terms of what is assigned, each with its sign."""
    value = value_of(statement)
    if value is None or not isinstance(getattr(statement, "op", ast.Add()), ast.Add | ast.Sub):
        return
    sign = -1 if isinstance(getattr(statement, "op", None), ast.Sub) else 1
    if isinstance(statement, ast.AugAssign):
        yield value, sign
    stack = [(value, sign)]
    while stack:
        node, sign = stack.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            below = [(node.left, sign), (node.right, -sign if isinstance(node.op, ast.Sub) else sign)]
            yield from below
            stack += below


def factor_line(name: str, factor: Factor) -> tuple[str, str]:
    number, other = factor
    words = factor_words(factor)
    if other.startswith("/") and number == 1:
        return f"{name} /= {other[1:]}", words
    return f"{name} *= {times(factor, '1').removesuffix(' * 1') if other or number != -1 else '-1'}", words


def with_term(statement: ast.stmt, name: str, term: str, added: bool) -> Edit:
    """A term that is missing in an assignment, or in a line after another change."""
    if isinstance(statement, ast.Assign) and name in targets(statement) and not is_in_place(statement):
        sign = ast.Add() if added else ast.Sub()
        value = ast.BinOp(statement.value, sign, expression(term))
        return edited(statement, Change(f"the term {'' if added else '-'}{term} is missing", statement.value, value))
    text = f"{name} {'+' if added else '-'}= {term}"
    return appended(statement, name, text, f"the term {'' if added else '-'}{term} is missing")


def appended(statement: ast.stmt, name: str, text: str, words: str) -> Edit:
    """A line after a statement."""
    new = ast.parse(text).body[0]
    ast.copy_location(new, statement)
    return Edit(f"{words}; add the line", (statement, new), new)
