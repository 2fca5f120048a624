"""Matrices that are put together: ``[A, B; C, D]``."""

from __future__ import annotations

from matdiff.errors import ParseError, UnsupportedError
from matdiff.expr import Expr
from matdiff.reader.context import Context
from matdiff.reader.syntax import Node


def block(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A block matrix; lists of numbers are refused, as what is known is given to ``evaluate``."""
    place = reader.program.place(node)
    if all(arg.op == "number" for arg in args):
        raise ParseError("there are no lists: declare X: matrix(2, 2), and give its value to evaluate", place)
    raise UnsupportedError("block matrices are not supported", place)
