"""The words and signs of NumPy code, for what Python's own parser does not tell: why a text is none, and where to cut
one that is nested deeper than it goes."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_TOKENS = 120_000
"""More names, numbers and signs are refused: reading them would take more than seconds."""

NAME = r"(?!ᵀ)[^\W\d](?:(?!ᵀ)\w)*"

STRING = (
    r"[rbfuRBFU]{0,2}(?:"
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""|' + r"'''(?:[^'\\]|\\[\s\S]|'(?!''))*'''|"
    r'"(?!"")(?:[^"\\\n]|\\[\s\S])*"|' + r"'(?!'')(?:[^'\\\n]|\\[\s\S])*')"
)

_TOKEN = re.compile(
    rf"""(?P<blank>(?:[ \t]|\\\n|\#[^\n]*)+)
    |(?P<string>{STRING})
    |(?P<number>0[xXbBoO]\w+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
    |(?P<name>{NAME})
    |(?P<line>\n)
    |(?P<sign>\.\.\.|->|:=|\*\*=?|//=?|<<=?|>>=?|[-+*/@%&|^<>=!]=|[-+*/@%&|^<>=~.,:;])
    |(?P<open>[(\[{{])
    |(?P<close>[)\]}}])
    |(?P<other>[\s\S])""",
    re.VERBOSE,
)

CLOSING = {")": "(", "]": "[", "}": "{"}


class TooLong(Exception):
    """A text of too many tokens; the argument is the place of the first one too many."""


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def scanned(text: str) -> list[Token]:
    """What a text is made of, but for blanks and comments; line ends inside brackets are none."""
    found: list[Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        depth = max(0, depth + (kind == "open") - (kind == "close"))
        if kind == "blank" or (kind == "line" and (depth or not found or found[-1].kind == "line")):
            continue
        found.append(Token(kind, match[0], *match.span()))
        if len(found) > MAX_TOKENS:
            raise TooLong(match.span())
    return found


_QUOTED = re.compile(rf"#[^\n]*|{STRING}")


def plain(text: str) -> str:
    """The text, of the same length, with blanks that are some in Python, and without backslashes in strings."""
    for blank in "\u00a0\ufeff\f\r":
        text = text.replace(blank, " ")
    if "\\" in text:
        text = _QUOTED.sub(lambda m: re.sub(r"\\[^\n]", "__", m[0]), text)
        text = re.sub(r"(\\)([ \t]+)\n", r"\2\1\n", text)
    return text
