"""Layout of NumPy code: where a statement ends and what is indented, between lexer and parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Token


MAX_TOKENS = 120_000
"""More names, numbers and signs are refused: reading them would take more than seconds."""


class TooLong(Exception):
    """A source of too many tokens; the argument is the first one too many."""


class Layout:
    """Drops the line ends inside brackets and turns indentation into tokens.

    Two liberties for code that stands in a string: a whole source may be indented, and its first
    line may stand elsewhere than the rest.
    """

    always_accept = ("_NEWLINE", "RESERVED")
    opening = frozenset({"LPAR", "LSQB", "LBRACE"})
    closing = frozenset({"RPAR", "RSQB", "RBRACE"})

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        margins: list[int] = []
        depth, last, lines = 0, "", 0
        for number, token in enumerate(stream):
            if number == MAX_TOKENS:
                raise TooLong(token)
            if token.type != "_NEWLINE":
                if not margins:
                    margins.append((token.column or 1) - 1)
                depth = max(0, depth + (token.type in self.opening) - (token.type in self.closing))
                last = token.type
                yield token
            elif depth == 0:
                margin = token.rpartition("\n")[2]
                lines += last not in ("", "_NEWLINE")
                if last == "" or (lines == 1 and last != "COLON"):
                    margins = [len(margin)]
                if last not in ("", "_NEWLINE"):
                    yield token
                    last = "_NEWLINE"
                if last and "#" not in margin:  # a comment here ends the source
                    yield from self.indentation(token, len(margin), margins)
        if depth == 0 and last:
            if last != "_NEWLINE":
                yield token.update("_NEWLINE", "")
            yield from (token.update("_DEDENT", "") for _ in margins[1:])

    @staticmethod
    def indentation(token: Token, width: int, margins: list[int]) -> Iterator[Token]:
        if width > margins[-1]:
            margins.append(width)
            yield token.update("_INDENT")
        while width < margins[-1] and len(margins) > 1:
            margins.pop()
            yield token.update("_DEDENT")
        if width != margins[-1]:
            yield token.update("_MARGIN")  # no rule takes it
