"""A script or a notebook as a tree, with the places of its lines."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from matdiff.errors import ParseError, Place, UnsupportedError

DEEPEST = 120
"""Expressions that are nested deeper are not read."""

_MAGIC = re.compile(r"^([ \t]*)([%!?].*)$", re.MULTILINE)
_HEAD = r"""^([ \t]*(?:(?:if|else|elif|for|while|with)\b[^\n#"']*:[ \t]*)?)"""
_PRINT = re.compile(_HEAD + r"""print(?:[ \t]+(?![=(\[.,]).*|[ \t]*["'].*|[ \t]*)$""", re.MULTILINE)
_PASS = r"\g<1>pass"


@dataclass(frozen=True)
class Source:
    """A text, its tree, and where its lines begin."""

    text: str
    tree: ast.Module
    cells: bool = False
    """Whether it is put together from the cells of a notebook."""
    added: tuple[ast.stmt, ...] = ()
    """Statements that its text does not have."""

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """All of its tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def generators(self) -> frozenset[ast.AST]:
        """The functions that yield values."""
        return frozenset(f for f in self.functions if any(isinstance(n, ast.Yield) for n in ast.walk(f)))

    @cached_property
    def stored(self) -> frozenset[str]:
        """The names that are given values, as arguments too."""
        names = (n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        return frozenset([*names, *(n.arg for n in self.nodes if isinstance(n, ast.arg))])

    @cached_property
    def uses(self) -> Mapping[str, Sequence[ast.Name]]:
        """Where each name stands, but for those that hold exceptions."""
        handled = {n.name for n in self.nodes if isinstance(n, ast.ExceptHandler)}
        found: dict[str, list[ast.Name]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Name) and node.id not in handled:
                found.setdefault(node.id, []).append(node)
        return found

    @cached_property
    def functions(self) -> Sequence[ast.FunctionDef]:
        return [node for node in self.nodes if isinstance(node, ast.FunctionDef)]

    def place(self, node: ast.AST) -> Place:
        line = getattr(node, "lineno", 1)
        return self.line_place(line)

    def line_place(self, number: int) -> Place:
        """The statement on a line, without what stands before and behind it."""
        rows = self.text.split("\n")
        number = min(max(number, 1), len(rows))
        start = sum(len(row) + 1 for row in rows[: number - 1])
        row = rows[number - 1]
        indent = len(row) - len(row.lstrip())
        return Place(self.text, start + indent, start + max(len(row.rstrip()), indent))


def parsed(text: str) -> Source:
    """The tree of a script. Lines that only a notebook knows are passed over, ``print x`` of Python 2 is read.

    Raises a `ParseError` with its place.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    magic = _MAGIC.sub(_PASS, text)
    refused: ParseError | None = None
    for tried in dict.fromkeys((text, _PRINT.sub(_PASS, text), magic, _PRINT.sub(_PASS, magic))):
        try:
            return Source(text, tree(tried))
        except ParseError as error:
            refused = error
    assert refused is not None
    raise refused from None


def tree(text: str) -> ast.Module:
    try:
        found = ast.parse(text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), text.count("\n") + 1)
        start = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + max((error.offset or 1) - 1, 0)
        start = min(start, len(text))
        raise ParseError(f"this is not Python: {error.msg}", Place(text, start, start + 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ParseError("this is not Python") from None
    below, at = depth(found)
    if below > DEEPEST:
        line = getattr(at, "lineno", 1)
        raise UnsupportedError("this is nested too deep: give parts of it names", Source(text, found).line_place(line))
    return found


def depth(root: ast.AST) -> tuple[int, ast.AST]:
    """How deep a tree is nested, and a node at the bottom that has a place."""
    deepest: ast.AST = root
    level, below = [root], 0
    while level:
        deepest = next((node for node in level if hasattr(node, "lineno")), deepest)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        below += 1
    return below, deepest


def notebook(text: str) -> str | None:
    """The code cells of a notebook as one script; None where the text is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        return None
    rows: list[str] = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            written = cell.get("source", "")
            written = "".join(map(str, written)) if isinstance(written, list) else str(written)
            if not written.lstrip().startswith("%%"):
                rows.append(written)
    return "\n\n".join(rows) + "\n"
