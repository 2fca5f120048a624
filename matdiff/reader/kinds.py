"""The kinds that a program tells of its names, before another is read beside it."""

from __future__ import annotations

import re

from matdiff.reader.elaborate import Elaborator
from matdiff.reader.names import COLUMNS
from matdiff.reader.syntax import (
    Column,
    Declaration,
    Definition,
    FamilyDefinition,
    FunctionDefinition,
    Indexed,
    Program,
    RangeDeclaration,
    RangeEnd,
    postorder,
)
from matdiff.sizes import ONE

_WORDS = re.compile(r"[^\W\d]\w*")


def kinds(program: Program) -> dict[str, str]:
    """The kind of each name that a program declares, defines, or uses as a size."""
    found: dict[str, str] = {}
    for statement in program.statements:
        match statement:
            case Declaration():
                kind = "defined function" if statement.parameter else statement.kind.value
                kind = Column(kind) if kind in COLUMNS and len(statement.sizes or ()) == 1 else kind
                found.update((name.value, kind) for name in statement.names)
                for name, places in statement.indices.items():
                    indices = tuple(str(place.value) for place in places)
                    found = {**dict.fromkeys(indices, "index"), **found, name: Indexed(kind, indices)}
                leaves = (node for size in statement.sizes or [] for node in postorder(size) if node.kind == "name")
                found.update((node.value, "dim") for node in leaves)
            case RangeDeclaration():
                found.update((name.value, "index") for name in statement.names)
                found.update((name, RangeEnd("dim")) for name in _WORDS.findall(statement.text.value.split("..")[1]))
            case FamilyDefinition() if statement.name.value not in found:
                found[statement.name.value] = Indexed("family", tuple(str(place.value) for place in statement.places))
            case FunctionDefinition():
                found[statement.name.value] = "function"
    if any(isinstance(statement, Definition) for statement in program.statements):
        for name, node in Elaborator([program]).model().definitions.items():
            column = "scalar" if node.is_scalar else "vector"
            found[name] = column if node.cols is ONE else "row" if node.rows is ONE else "matrix"
    return found
