"""The kinds that a program tells of its names, before another is read beside it."""

from __future__ import annotations

from matdiff.reader.elaborate import Elaborator
from matdiff.reader.syntax import Declaration, Definition, FunctionDefinition, Program, postorder
from matdiff.sizes import ONE


def kinds(program: Program) -> dict[str, str]:
    """The kind of each name that a program declares, defines, or uses as a size."""
    found: dict[str, str] = {}
    for statement in program.statements:
        match statement:
            case Declaration():
                kind = "defined function" if statement.parameter else statement.kind.value
                found.update((name.value, kind) for name in statement.names)
                leaves = (node for size in statement.sizes or [] for node in postorder(size) if node.kind == "name")
                found.update((node.value, "dim") for node in leaves)
            case FunctionDefinition():
                found[statement.name.value] = "function"
    if any(isinstance(statement, Definition) for statement in program.statements):
        for name, node in Elaborator([program]).model().definitions.items():
            column = "scalar" if node.is_scalar else "vector"
            found[name] = column if node.cols is ONE else "row" if node.rows is ONE else "matrix"
    return found
