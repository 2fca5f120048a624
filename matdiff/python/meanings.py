"""What functions of NumPy mean in the math notation: by the table by which the NumPy notation is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.python.values import Node
from matdiff.reader import syntax
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.library import library
from matdiff.reader.numpy.program import Reader
from matdiff.reader.numpy.signatures import BARE, FUNCTIONS
from matdiff.reader.numpy.values import INFINITY, MINUS_INFINITY, Argument, Constant, Many, Member, Text, Value

_PREFIXES = ("", "linalg.", "special.")
_SIGNS = {"@": "*"}
_CHECKS = ("#rows", "#cols", "#like")
"""What the code tells of sizes, which holds in a run that was made."""
_NUMBER = re.compile(r"\d+|\(-?\d+(?:/\d+)?\)")


def member(name: str) -> Member | None:
    """A function by the last part of its name."""
    known = (prefix + name for prefix in _PREFIXES if prefix + name in FUNCTIONS or prefix + name in library())
    found = next(known, None)
    return Member(found) if found is not None else Member(name, bare=True) if name in BARE else None


def meaning(node: Node, text: Callable[[Any], str], part: int | None = None) -> tuple[str, int] | None:
    """A call as a formula, and how many axes it has; None where the table has none.

    ``text`` writes an argument, and ``part`` says which of several values is meant.
    """
    called = getattr(node.fn, "__name__", "")
    function = member(called if called.endswith(".outer") else node.name)
    if function is None:
        return None
    reader = Reader("", ast.Module([], []), {})
    algebra = reader.algebra
    try:
        positional = [Argument(value_of(item, algebra, text), (0, 0)) for item in node.args]
        named = {key: Argument(value_of(item, algebra, text), (0, 0)) for key, item in node.keywords.items()}
        found = reader.applied(function, f"np.{function.name}", positional, named)
        if isinstance(found, Many) and part is not None:
            found = found.items[part]
        return (written(algebra.upright(algebra.settled(found))), found.rank) if isinstance(found, Array) else None
    except MatdiffError:
        return None


def value_of(item: Any, algebra: Algebra, text: Callable[[Any], str]) -> Value:
    """An argument as the notation reads it: an array by the formula that stands for it."""
    match item:
        case None | bool() | np.bool_():
            return Constant(None if item is None else bool(item))
        case str():
            return Text(item)
        case tuple() | list():
            return Many(tuple(value_of(part, algebra, text) for part in item))
        case float() if not np.isfinite(item):
            return INFINITY if item > 0 else MINUS_INFINITY
    formula, value = text(item), np.asarray(item.value if isinstance(item, Node) else item)
    integers = value.dtype.kind in "iu"
    if _NUMBER.fullmatch(formula):
        return replace(algebra.number(Fraction(formula.strip("()"))), integers=integers)
    node = algebra.node("name", formula)
    return Array(node, value.ndim, mask=value.dtype.kind == "b", known=None if value.ndim else node, integers=integers)


def written(root: syntax.Node) -> str:
    """Surface syntax as text."""
    texts: dict[int, str] = {}
    for node in syntax.postorder(root):
        parts = [texts[id(child)] for child in node.children]
        match node.kind:
            case "number":
                value = node.value
                found = str(value) if value.denominator == 1 and value >= 0 else f"({value})"
            case "call" if node.value in _CHECKS:
                found = parts[0]
            case "call" if node.value.startswith("#"):
                raise UnsupportedError("a size that is not checked")
            case "call":
                found = f"{node.value}({', '.join(parts)})"
            case "keyword":
                found = f"{node.value}={parts[0]}"
            case "binary":
                found = f"({parts[0]} {_SIGNS.get(node.value, node.value)} {parts[1]})"
            case "negate":
                found = f"(-{parts[0]})"
            case "transpose":
                found = f"({parts[0]})'"
            case _:
                found = str(node.value)
        texts[id(node)] = found
    return texts[id(root)]
