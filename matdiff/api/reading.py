"""What is read: texts, and expressions of SymPy."""

from __future__ import annotations

from typing import Any

from matdiff.expression import Expression
from matdiff.question import (
    parsed,
    public,
)


@public
def parse(source: str, notation: str = "math", where: str | None = None, *, timeout: float | None = None) -> Expression:
    """Read an expression or a model; of a model, its objective.

    ``where`` holds declarations and definitions kept apart from the expression; ``notation`` is ``math``, ``numpy``
    or ``latex``. A scalar has the shape (1, 1), a vector (n, 1); sizes that no number tells are names.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError`, each showing the place.

    >>> import matdiff as md
    >>> md.parse("h = X*w; sum(h.^2)").shape
    (1, 1)
    """
    return parsed(source, notation, where)


@public
def from_sympy(expression: Any, where: str | None = None) -> Expression:
    """A SymPy expression of scalars and matrix symbols as an `Expression` of the same shape.

    Symbols that occur in sizes become dims. ``where`` declares kinds that SymPy does not know:
    ``where="S: symmetric(n)"``.

    Raises `UnsupportedError`, by name, for what has no counterpart; `DeclarationError` or `ShapeError` where ``where``
    contradicts it.

    >>> import matdiff as md
    >>> from sympy import MatrixSymbol, Trace, symbols
    >>> n = symbols("n")
    >>> X = MatrixSymbol("X", n, n)
    >>> f = md.from_sympy(Trace(X**2))
    >>> f, md.gradient(f, "X")
    (Expression('tr(X^2)'), Expression("2*X'"))
    """
    from matdiff.interop.sympy_reader import read_sympy

    model = read_sympy(expression, where)
    assert model.objective is not None
    return Expression(model.objective, model)
