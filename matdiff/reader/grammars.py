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
        for token in stream:
            depth += (token.type in self.opening) - (token.type in self.closing)
            if token.type == "_SEPARATOR" and token == "\n" and (depth > 0 or last in self.unfinished):
                continue
            last = token.type
            yield token


@cache
def grammar(name: str, postlex: Callable[[], Any] = JoinLines) -> Lark:
    """The parser of a notation; ``postlex`` decides where lines end."""
    from lark import Lark

    options: dict[str, Any] = {"parser": "lalr", "propagate_positions": True, "maybe_placeholders": False}
    return Lark((grammar_dir() / f"{name}.lark").read_text(encoding="utf-8"), postlex=postlex(), **options)
