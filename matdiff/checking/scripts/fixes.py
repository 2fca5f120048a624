"""Slips of a script as edits of its text, as small as they can be."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from matdiff.checking.edits import smallest
from matdiff.checking.findings import Edit, Span
from matdiff.checking.scripts.statements import bodies_of
from matdiff.errors import MatdiffError
from matdiff.python.source import Source, parsed


def fixes(source: Source, replaced: Mapping[ast.stmt, Sequence[ast.stmt]], words: str) -> tuple[Edit, ...]:
    """The edit after which a script has other statements in the place of some; none where it cannot be written."""
    if source.cells or not replaced:
        return ()
    offsets = [offset_of(source.text, s.lineno, s.col_offset) for s in replaced]
    ends = [offset_of(source.text, s.end_lineno or s.lineno, s.end_col_offset or 0) for s in replaced]
    start, end = min(offsets), max(ends)
    indent = "\n" + " " * (start - (source.text.rfind("\n", 0, start) + 1))
    new: list[str] = []
    at = start
    for first, last, statement in sorted(zip(offsets, ends, replaced, strict=True), key=lambda part: part[0]):
        lines = [
            source.text[first:last] if node is statement else ast.unparse(node).replace("\n", indent)
            for node in replaced[statement]
        ]
        new += [source.text[at:first], indent.join(lines)]
        at = last
    wanted = dumped(source, {**replaced, **dict.fromkeys(source.added, ())})
    for one, other, text in ways(source.text, start, end, "".join(new)):
        changed = source.text[:one] + text + source.text[other:]
        try:
            if dumped(parsed(changed)) == wanted:
                return (Edit(span_of(source.text, one, other), text, words),)
        except MatdiffError:
            continue
    return ()


def ways(text: str, start: int, end: int, new: str) -> list[tuple[int, int, str]]:
    """What may be replaced by what, the least first."""
    if not new:  # the whole line falls away
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end) + 1 or len(text)
        return [(first, last, ""), (start, end, "pass")]
    least = smallest(text[start:end], new)
    found = [(start + least[0], start + least[1], least[2])] if least is not None else []
    return [*found, (start, end, new)]


def dumped(source: Source, replaced: Mapping[ast.stmt, Sequence[ast.stmt]] | None = None) -> str:
    """The tree as text, with other statements in the place of some."""
    held: list[tuple[list[ast.stmt], list[ast.stmt]]] = []
    if replaced:
        for node in ast.walk(source.tree):
            for body in bodies_of(node):
                if isinstance(body, list) and any(statement in replaced for statement in body):
                    held.append((body, list(body)))
    try:
        for body, old in held:
            body[:] = [new for statement in old for new in (replaced or {}).get(statement, (statement,))]
        return ast.dump(source.tree)
    finally:
        for body, old in held:
            body[:] = old


def offset_of(text: str, line: int, column: int) -> int:
    """The place of a column that is counted in bytes, as those of a tree are."""
    rows = text.split("\n")
    return sum(len(row) + 1 for row in rows[: line - 1]) + len(rows[line - 1].encode()[:column].decode())


def span_of(text: str, start: int, end: int) -> Span:
    def place(offset: int) -> tuple[int, int]:
        return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)

    return Span(*place(start), *place(end))
