r"""LaTeX among words: which parts of a source are formulas.

A source is one formula, unless it is a document (``\begin{document}``), or words and formulas between dollar signs,
brackets or environments of their own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from matdiff.errors import ParseError, Place

_ENVIRONMENT = r"(?:equation|align|alignat|gather|multline|eqnarray|flalign|displaymath|math|dmath)\*?"
_MARK = re.compile(
    rf"(?P<skip>\\[\\$%]|%[^\n]*)|\$\$?|\\[\[\]()]|\\begin\{{(?P<begin>{_ENVIRONMENT})\}}|\\end\{{{_ENVIRONMENT}\}}"
)
_CLOSING = {"$": "$", "$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_BODY = re.compile(r"\\begin\{document\}((?:(?!\\end\{document\}).)*)", re.DOTALL)
_WORDS = re.compile(r"[\w\s,.;:()'’?!-]*")
_WORD = re.compile(r"[^\W\d_]{2}")


class Formula(NamedTuple):
    """A formula between two offsets; an ``inline`` one may only mention something."""

    start: int
    end: int
    inline: bool


def formulas(source: str) -> list[Formula] | None:
    """The formulas among the words of a source; None where all of it is one."""
    body = _BODY.search(source)
    if body:
        found, _ = marked(source, *body.span(1))
        if not found:
            raise ParseError("there is no formula in this document", Place(source, body.start(), body.start() + 1))
        return found
    found, words = marked(source, 0, len(source))
    return found if found and _WORD.search(words) and _WORDS.fullmatch(words) else None


def marked(source: str, start: int, end: int) -> tuple[list[Formula], str]:
    """The formulas between two offsets, and the words around them."""
    found: list[Formula] = []
    words: list[str] = []
    closing, opened, outside = "", 0, start
    for mark in _MARK.finditer(source, start, end):
        text = mark[0]
        if closing and text == closing:
            environment = text.startswith(r"\end")
            first, last = (opened, mark.end()) if environment else (opened, mark.start())
            found.append(Formula(first, last, text in ("$", r"\)")))
            closing, outside = "", mark.end()
        elif not closing and (text in _CLOSING or mark["begin"]):
            words.append(source[outside : mark.start()])
            closing = _CLOSING.get(text) or rf"\end{{{mark['begin']}}}"
            opened = mark.start() if mark["begin"] else mark.end()
        elif not closing and mark["skip"]:
            words.append(source[outside : mark.start()])
            outside = mark.end()
    if closing:
        return [], ""
    words.append(source[outside:end])
    return found, " ".join(words)
