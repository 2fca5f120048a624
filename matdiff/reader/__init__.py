"""Reading: text in a notation to surface syntax, and surface syntax to a model.

One module a notation (`math`, later others) turns text into `syntax`; `elaborate` gives the names
their kinds and sizes and builds the expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from matdiff.errors import ParseError
from matdiff.expr import Expr, substitute
from matdiff.model import Model
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.kinds import kinds
from matdiff.reader.sections import refuse_no_text, train_section
from matdiff.reader.syntax import Objective

NOTATIONS = {"math": "matdiff.reader.math", "numpy": "matdiff.reader.numpy", "latex": "matdiff.reader.latex"}
"""Each notation with the module whose ``read(source, declared)`` gives the surface syntax; ``declared``
holds the kinds of the names that ``where`` declares."""


def read_model(source: str, notation: str = "math", where: str | None = None) -> Model:
    """A source (and declarations kept apart from it) as a model.

    Raises `ParseError`, `DeclarationError` or `ShapeError`, each with its place.
    """
    source, _ = train_section(source)
    refuse_no_text(where or "")
    apart = notation if notation == "latex" and where and r"\in" in where else "math"
    programs = [import_module(NOTATIONS[apart]).read(where)] if where else []
    declared = kinds(programs[0]) if programs else {}
    programs.append(import_module(NOTATIONS[notation]).read(source, declared))
    return Elaborator(programs).model()


def read_formula(text: str, names: Mapping[str, Expr], functions: tuple[str, ...] = ()) -> Expr:
    """A formula of the tables, over names that stand for given expressions."""
    from matdiff.reader.math import read

    program = read(text)
    (statement,) = program.statements
    if not isinstance(statement, Objective):
        raise ParseError("a formula is one expression")
    elaborator = Elaborator([program])
    elaborator.names.functions.update(dict.fromkeys(functions, program.place(statement.value)))
    result = elaborator.expression(statement.value, names)
    elaborator.unifier.settle()
    sizes = {name: elaborator.unifier.resolve(size) for name, size in elaborator.unifier.bound.items()}
    return substitute([result], {}, sizes)[0]
