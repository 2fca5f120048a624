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
_HIDDEN = re.compile(
    r"\A---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$|\A\+\+\+[ \t]*\n.*?^\+\+\+[ \t]*$"  # front matter
    r"|(?<!`)<!--.*?(?:-->|\Z)|(?<!`)<(?P<tag>pre|code|script|style|textarea|kbd|samp)\b[^<>]*>.*?</(?P=tag)\s*>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""What holds no formulas and no fences."""

_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|\[\^[^\]]+\]:|:)[ \t]+")
_MEANT = str.maketrans("＝＋－＊（）［］–\u00a0\u200b\u200c\u200d\u2060\ufeff", "=+-*()[]-      ")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}

_WORDS = r"\\(?:text|mbox|textrm|textit|textbf)\{(?:[^{}$]|\$[^$\n]*\$|\{[^{}]*\})*\}"
"""Words inside of a formula, which may hold formulas again."""
_MATH = re.compile(
    rf"""
    (?P<skip> \\\\(?![\[(]) | \\\$ )
    | \$`(?P<marked>[^`\n]+)`\$
    | (?P<code> (?P<ticks>`+)(?:(?!`).|\n)*?(?<!`)(?P=ticks)(?!`) )
    | (?P<address> \]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\) | \bhttps?://[^\s<>)\]]+
        | <[A-Za-z/](?:[^<>$"']|"[^"]*"|'[^']*')*> | ^\ {{0,3}}\[[^\]\n]+\]:[^\n]* )
    | (?:\A|(?<=\n)[ \t]*\n)(?P<indented>(?:(?:\ {{4}}|\t)[ \t]*[^\s][^\n]*(?:\n+|\Z))+)
    | \$\$ (?P<display>(?:{_WORDS}|[^$\\]|\\.|\\\n|\$(?!\$))*?) \$\$
    | \\\[ (?P<bracket>(?:.|\n)*?) \\\]
    | \\\( (?P<inner>(?:(?!\n[ \t]*\n)(?:.|\n))*?) \\\)
    | \$ (?P<inline>(?![\s$])(?:(?!\n[ \t]*\n)(?:{_WORDS}|[^$\\]|\\.|\\\n))*?) (?<![\s\\]) \$ (?!\d)
    | (?P<environment> \\begin\{{(?P<name>(?:equation|align|aligned|gather|multline|eqnarray|split|alignat)\*?)\}}
        (?:.|\n)*? \\end\{{(?P=name)\}} )
    """,
    re.VERBOSE | re.MULTILINE,
)


def read_document(source: str) -> Document:
    """Find the blocks and the formulas of a document."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    document = Document(source, without_hidden(as_meant(_QUOTE.sub(lambda found: " " * len(found[0]), source))))
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


def as_meant(text: str) -> str:
    """Signs that editors put in the place of others, at the same offsets."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]].rjust(len(found[0])), text.translate(_MEANT))


def without_hidden(text: str) -> str:
    """The text with front matter, comments and HTML source as dots, where they stand outside of fenced blocks."""
    out, at = list(text), 0
    fence = next(_fences(text), None)
    while hidden := _HIDDEN.search(text, at):
        if fence is not None and fence[0] < at:
            fence = next(_fences(text, at), None)
        if fence is not None and fence[0] < hidden.start():
            at = fence[3]
        else:
            at = hidden.end()
            out[hidden.start() : at] = ["\n" if c == "\n" else "." for c in hidden[0]]
    return "".join(out)


def _fences(text: str, at: int = 0) -> Iterator[tuple[int, int, int, int, str]]:
    """Of each fenced block: where it starts, its body, where it ends, what follows, the word after the fence."""
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
    at = start
    while found := _MATH.search(document.text, at, end):
        at = found.end()
        if found["indented"] is not None and _is_prose(document, found.start("indented")):
            at = found.start("indented")
        for name in ("display", "bracket", "inner", "inline", "marked", "environment"):
            if found[name] is not None:
                display = name in ("display", "bracket", "environment")
                document.formulas.append(Formula(*found.span(name), "latex", display, found.span()))


def _is_prose(document: Document, first: int) -> bool:
    """Whether indented lines belong to a list or a quotation, and are no code."""
    if document.source[first : first + 4].lstrip().startswith(">"):
        return True
    for above in reversed(document.text[:first].split("\n")):
        item = _ITEM.match(above)
        if item is not None:
            return _indent(document.text[first:]) < len(item[0].expandtabs(4)) + 4
        if above.strip() and not above[0].isspace():
            return False
    return False


def _indent(text: str) -> int:
    line = text[: text.find("\n")].expandtabs(4)
    return len(line) - len(line.lstrip())
