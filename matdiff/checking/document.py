"""A document: its model blocks, and the formulas that are checked, each at its place.

Markdown or plain text. Only what holds formulas is looked for: fenced blocks, and math between
dollar signs or brackets with backslashes. Everything keeps its offset in the document, so that a
line can be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MODEL = frozenset({"matdiff"})
DERIVATION = frozenset({"derivation"})
LATEX = frozenset({"latex", "math", "tex"})
"""The words after a fence that say what stands in it; any other block is not looked at."""


@dataclass(frozen=True)
class Formula:
    """Math between two offsets of the document."""

    start: int
    end: int
    notation: str
    """"latex", or "math" for a derivation block."""
    display: bool
    outer: tuple[int, int] = (0, 0)
    """The same with its dollar signs, brackets or fence."""


@dataclass
class Document:
    source: str
    text: str
    """The source, its quote marks and block marks blanked; all offsets are the same."""
    models: list[tuple[int, int]] = field(default_factory=list)
    outer: list[tuple[int, int]] = field(default_factory=list)
    """The model blocks with their fences."""
    formulas: list[Formula] = field(default_factory=list)

    @property
    def model(self) -> str:
        """The model blocks, every line where it stands in the document."""
        kept = [" " if c != "\n" else c for c in self.text]
        for start, end in self.models:
            kept[start:end] = self.text[start:end]
        return "".join(kept)

    def line(self, offset: int) -> int:
        return self.source.count("\n", 0, offset) + 1


_QUOTE = re.compile(r"^(?: {0,3}> ?)+", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
_MATH = re.compile(
    r"""
    (?P<skip> \\\\(?![\[(]) | \\\$ | (?P<ticks>`+)(?:(?!`).|\n)*?(?<!`)(?P=ticks)(?!`) | <!--(?:.|\n)*?--> )
    | \$\$ (?P<display>(?:[^$\\]|\\.|\\\n|\$(?!\$))*?) \$\$
    | \\\[ (?P<bracket>(?:.|\n)*?) \\\]
    | \\\( (?P<inner>(?:(?!\n[ \t]*\n)(?:.|\n))*?) \\\)
    | \$ (?P<inline>(?![\s$])(?:(?!\n[ \t]*\n)(?:[^$\\]|\\.|\\\n))*?) (?<![\s\\]) \$ (?!\d)
    | (?P<environment> \\begin\{(?P<name>(?:equation|align|aligned|gather|multline|eqnarray|split|alignat)\*?)\}
        (?:.|\n)*? \\end\{(?P=name)\} )
    """,
    re.VERBOSE,
)


def read_document(source: str) -> Document:
    """Find the blocks and the formulas of a document."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    document = Document(source, _QUOTE.sub(lambda found: " " * len(found[0]), source))
    between = 0
    for start, body, end, after, word in _fences(document.text):
        _formulas(document, between, start)
        between = after
        if word in MODEL:
            document.models.append((body, end))
            document.outer.append((start, after))
        elif word in DERIVATION:
            document.formulas.append(Formula(body, end, "math", True, (start, after)))
        elif word in LATEX:
            document.formulas.append(Formula(body, end, "latex", True, (start, after)))
    _formulas(document, between, len(document.text))
    return document


def _fences(text: str) -> Iterator[tuple[int, int, int, int, str]]:
    """Of each fenced block: where it starts, its body, where it ends, what follows, the word after the fence."""
    at = 0
    while opening := _FENCE.search(text, at):
        mark, info = opening[1], opening[2].strip()
        close = re.compile(rf"^[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE).search(
            text, opening.end()
        )
        body = min(opening.end() + 1, len(text))
        end, after = (close.start(), close.end()) if close else (len(text), len(text))
        word = re.split(r"[\s{,]", info.lstrip("{.").rstrip("}"), maxsplit=1)[0].lower() if info else ""
        yield opening.start(), min(body, end), end, after, word
        at = after


def _formulas(document: Document, start: int, end: int) -> None:
    for found in _MATH.finditer(document.text, start, end):
        for name in ("display", "bracket", "inner", "inline", "environment"):
            if found[name] is not None:
                display = name in ("display", "bracket", "environment")
                document.formulas.append(Formula(*found.span(name), "latex", display, found.span()))
