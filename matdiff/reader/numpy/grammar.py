"""NumPy text to Lark's tree, and the words for what does not parse."""

from __future__ import annotations

import re
from typing import Any

from matdiff.errors import MatdiffError, ParseError, Place, UnsupportedError
from matdiff.reader.grammars import grammar
from matdiff.reader.math import MAX_LENGTH
from matdiff.reader.numpy.indentation import MAX_TOKENS, Layout, TooLong


def parse(source: str) -> Any:
    """The tree of a source; raises `ParseError` or `UnsupportedError` with the place."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if len(source) > MAX_LENGTH:
        raise ParseError(f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read")
    try:
        return grammar("numpy", Layout).parse(source.rstrip())
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise ParseError(_strange_character(source, at), Place(source, at, at + 1)) from None
    except UnexpectedToken as error:
        raise _unexpected(source, error) from None
    except TooLong as error:
        start, end = error.args[0].start_pos, error.args[0].end_pos
        message = f"the source is too long: at most {MAX_TOKENS:,} names, numbers and signs are read"
        raise ParseError(message, Place(source, start, end)) from None


_CHARACTERS = {
    "'": "a string is not closed here; the transpose of X is X.T",
    '"': "a string is not closed here",
    "^": "a power is written x**2 (and the transpose X.T)",
    "\\": "a backslash stands only at the end of a line",
    "$": "this is LaTeX; read it with notation='latex'",
    "!": "write != to compare",
    "?": "this sign is not Python",
    ";": "a statement is missing before this semicolon",
    "−": "write the minus sign of the keyboard, -",
    "×": "write * (entry by entry) or @ (the matrix product)",
    "·": "write * (entry by entry) or @ (the matrix product)",
    "⊙": "write *",
    "ᵀ": "the transpose of X is X.T",
    "≥": "write >=",
    "≤": "write <=",
    "<": "comparisons are < <= > >= == !=, and shifts are not read",
    ">": "comparisons are < <= > >= == !=, and shifts are not read",
    ".": "a dot stands before an attribute, as in X.T, or in a number; element-wise signs are * / **",
}


def _strange_character(source: str, at: int) -> str:
    character = source[at]
    return f"cannot read {character!r} here: {_CHARACTERS.get(character, 'it is no part of the notation')}"


_WORDS = {
    "for": "loops are not read: write one pass of the loop without it, and sums with np.sum",
    "while": "loops are not read: write one pass of the loop without it",
    "if": "conditions are not read: write np.where(mask, x, y), or only the branch that is meant",
    "and": "masks are joined by &, as in (h > 0) & (h < 1)",
    "or": "masks are joined by |, as in (h < 0) | (h > 1)",
    "not": "write ~(h > 0)",
    "class": "classes are not read: write def f(x, w): … return …, with a name for each array",
    "del": "names need not be deleted",
}
_WORDS |= dict.fromkeys(("elif", "else", "in", "is"), "conditions are not read: write np.where(mask, x, y)")
_WORDS |= dict.fromkeys(("break", "continue"), "loops are not read: write one pass of the loop without it")

_READ = "only assignments, def … return …, imports and expressions are read"

_MARGINS = frozenset({"_INDENT", "_DEDENT", "_MARGIN"})
_CLOSING = frozenset({"RPAR", "RSQB", "RBRACE"})
_STAR = re.compile(r"(?:[(,]|\blambda)\s*\*{1,2}\s*\Z")
_HEAD = re.compile(r"\b(?:def|lambda)\b[^\n:]*\Z")
_STARTS_OPERAND = frozenset({"NUMBER", "NAME", "STRING", "LPAR"})


def _unexpected(source: str, error: Any) -> MatdiffError:
    token = error.token
    at_end = token.type == "$END" or (not str(token).strip(" \t") and token.type == "_NEWLINE")
    start = len(source.rstrip()) if at_end else token.end_pos if token.type in _MARGINS else token.start_pos
    end = start + 1 if at_end or token.type == "_NEWLINE" else max(start + 1, token.end_pos)
    place = Place(source, start, end)
    opened = _open_bracket(source, start)
    expected = error.accepts or error.expected
    needs_operand = "NAME" in expected and "COMPARE" not in expected
    if "_INDENT" in expected and not needs_operand:
        return ParseError("the body of this def is missing", place)
    if token.type == "RESERVED":
        return UnsupportedError(f"{token}: {_WORDS.get(token, f'this is not read; {_READ}')}", place)
    if _STAR.search(source, 0, start if token.type == "NAME" else end):
        return UnsupportedError("star arguments (*args, **kwargs) are not read: name each one", place)
    if "COLON" in expected and not {"NAME", "COMPARE"} & expected and _HEAD.search(source, 0, start):
        return ParseError("a colon is missing here", place)
    if source.startswith(":=", start) and token.type != "_NEWLINE":
        return UnsupportedError(":= is not read: write the assignment on a line of its own", place)
    if opened is not None and token.type in _CLOSING and not needs_operand:
        words = f"the bracket {source[opened]} is closed by {token}"
        return ParseError(words, place, Place(source, opened, opened + 1))
    if opened is not None and (at_end or "\n" in source[opened:start]) and token.type not in _CLOSING:
        return ParseError(f"the bracket {source[opened]} is not closed", Place(source, opened, opened + 1), place)
    reason = _reason(source, token, needs_operand)
    return (UnsupportedError if reason in _PYTHON else ParseError)(reason, place)


_COMPLEX = "complex numbers are not read"
_DECORATED = "decorators are not read: write the def alone"
_PYTHON = (_COMPLEX, _DECORATED)
"""What is Python, and not read."""


def _reason(source: str, token: Any, needs_operand: bool) -> str:
    shown = str(token)[:40]
    before = source[: token.start_pos].rstrip()[-1:] if token.start_pos is not None else ""
    match token.type:
        case "_INDENT":
            return "this line is indented, but no def stands above it"
        case "_MARGIN":
            return "this line is indented unlike all lines above it"
        case "_NEWLINE" | "$END":
            return "something is missing here: the line ends too early"
        case "OR" if needs_operand:
            return "an operand is missing before '|': the absolute value of x is np.abs(x)"
        case "RPAR" | "RSQB" | "RBRACE":
            return f"something is missing before this {token}" if needs_operand else f"this {token} was never opened"
        case "STRING" if not needs_operand:
            return "a string cannot stand here; the transpose of X is X.T"
        case "NAME" if shown in ("j", "J") and before.isdigit():
            return _COMPLEX
        case "EQUAL":
            return "an assignment cannot stand here (write == to compare)"
        case "TIMES" if shown == "@" and before in ("", "\n"):
            return _DECORATED
        case kind if kind in _STARTS_OPERAND and not needs_operand:
            return f"something is missing before {shown}: there is no implicit multiplication, write * or @"
    if needs_operand:
        return f"an operand is missing before {shown!r}"
    return f"{shown!r} cannot stand here"


_BRACKETS = re.compile(r"""#[^\n]*|\"""[\s\S]*?\"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*'|[()\[\]{}]""")


def _open_bracket(source: str, end: int) -> int | None:
    """Where the innermost bracket was opened that is still open at ``end``."""
    stack: list[int] = []
    for match in _BRACKETS.finditer(source, 0, end):
        if match[0] in "([{":
            stack.append(match.start())
        elif match[0] in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None
