"""Finding and compiling the grammars; Lark is loaded when the first text is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_TOKENS = 200_000
"""More names, numbers and signs are refused: reading them would take more than seconds."""


class TooLong(Exception):
    """A source of too many tokens; the argument is the first one too many."""


def grammar_dir() -> Traversable:
    """The folder of grammars: inside an installed package, or beside it in a checkout."""
    inside = files("matdiff").joinpath("grammar")
    if inside.is_dir():
        return inside
    beside = Path(__file__).resolve().parents[2] / "grammar"
    if beside.is_dir():
        return beside
    raise FileNotFoundError("matdiff: the grammar files are missing from this installation")


class JoinLines:
    """Drops the line ends inside brackets and after an operator, where a statement goes on."""

    always_accept = ("_SEPARATOR",)
    opening = frozenset({"LPAR", "LSQB", "LBRACE"})
    closing = frozenset({"RPAR", "RSQB", "RBRACE"})
    unfinished = frozenset({"SIGN", "TIMES", "POWER", "COMPARE", "COMMA", "EQUAL"})

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth, last = 0, ""
        for number, token in enumerate(stream):
            if number == MAX_TOKENS:
                raise TooLong(token)
            depth += (token.type in self.opening) - (token.type in self.closing)
            if token.type == "_SEPARATOR" and token == "\n" and (depth > 0 or last in self.unfinished):
                continue
            last = token.type
            yield token


@cache
def grammar(name: str, postlex: Callable[[], Any] = JoinLines, build: Callable[[], Any] | None = None) -> Lark:
    """The parser of a notation; ``postlex`` decides where lines end, ``build`` what becomes of each rule.

    Without ``build`` it gives Lark's tree, with positions.
    """
    from lark import Lark

    text = (grammar_dir() / f"{name}.lark").read_text(encoding="utf-8")
    options: dict[str, Any] = {"parser": "lalr", "maybe_placeholders": False, "postlex": postlex()}
    options |= {"transformer": build()} if build else {"propagate_positions": True}
    return Lark(text, **options)
