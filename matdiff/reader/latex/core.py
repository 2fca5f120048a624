r"""The frame of the LaTeX lexer: tokens, arguments of commands, rows.

Nothing here recurses: what is open stands on a stack.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Self

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.reader.latex.scan import Marks
from matdiff.reader.latex.words import CHARACTERS, LARGER, SPACES, TOKENS


@dataclass(slots=True)
class Token:
    """A word of the grammar, with its place."""

    type: str
    value: Any
    start: int
    end: int
    aligned: bool = False
    """Whether it stands right behind an ``&``."""


class Symbol(str):
    r"""A name that keeps its subscript apart: below ``\sum_i``, ``x_i`` is an entry of x."""

    base: str
    parts: tuple[str, ...]

    def __new__(cls, name: str, base: str, parts: tuple[str, ...] = ()) -> Self:
        symbol = super().__new__(cls, name)
        symbol.base, symbol.parts = base, parts
        return symbol


class DefinedMatrix(str):
    """The kind of a name that is defined, as a matrix that has rows."""


class Member(Symbol):
    """A member of a family, with the texts of its positions."""

    @classmethod
    def at(cls, family: str, places: tuple[str, ...]) -> Self:
        return cls(f"{family}[{','.join(places)}]", family, places)


class Running(str):
    r"""An index below ``\sum_{t=2}^T`` or ``\prod_{j \ne i}``: from where it runs, and under which conditions."""

    first: str
    conditions: tuple[tuple[str, str, str], ...]

    def __new__(cls, index: str, first: str = "1", conditions: tuple[tuple[str, str, str], ...] = ()) -> Running:
        found = super().__new__(cls, index)
        found.first, found.conditions = first, conditions
        return found


@dataclass(frozen=True, slots=True)
class Subscript:
    """A plain subscript: its parts, the mark ``_`` and the mark that follows."""

    text: str
    parts: tuple[str, ...]
    at: int
    after: int


@dataclass(slots=True)
class Frame:
    """An open group, or a command that waits for arguments: ``kind`` is group, argument, single or macro."""

    kind: str
    owner: str = ""
    missing: int = 0
    at: int = 0


def types(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENDS = types(
    "NAME NUMBER RPAR RSQB RCURLY RBRACE RNORM RBAR RANGLE TRANSPOSE INVERSE INDEX CONSTANT SPACE BAD DERIVATIVE"
)
"""Tokens after which an operand is complete."""

MAX_TOKENS = 250_000
MAX_MISTAKES = 5_000
"""As many are kept as tokens, where mistakes are."""

_GOES_ON = types("TIMES COMPARE EQUAL RELATION RPAR RSQB RCURLY RANGLE OVER")


class Core:
    """What all of the lexer stands on."""

    def __init__(
        self,
        source: str,
        known: MutableMapping[str, str],
        start: int = 0,
        end: int | None = None,
        *,
        lines: bool = False,
        tolerant: bool = False,
        display: bool = False,
    ) -> None:
        self.source = source
        self.known = known
        """Names with their kinds; where ``lines`` is set, what the source defines is added."""
        self.lines = lines
        """Whether the end of a line ends a statement, as in a model; else it is a space, as in a document."""
        self.tolerant = tolerant
        """Whether a mistake becomes a ``BAD`` token that holds the kind and the words of its error."""
        self.mistakes = 0
        self.marks = Marks(source, start, len(source) if end is None else end)
        self.out: list[Token] = []
        self.frames: list[Frame] = []
        self.open: list[str] = []
        """Open brackets and bars, the innermost last."""
        self.entries: dict[int, tuple[str, ...]] = {}
        """By brackets that close, the index that is meant behind them."""
        self.skip: dict[int, int] = {}
        """Marks that were read ahead of their turn, each with the mark to go on at."""
        self.labelled: dict[int, int] = {}
        r"""Superscripts that begin with a label, ``W^{(l)\top}``, each with the mark behind it."""
        self.indices: set[str] = set()
        """What the sums of the present statement run over."""
        self.begun: list[tuple[str, int]] = []
        """The environments that are open, each with its mark."""
        self.endless: set[str] = set()
        """Environments the end of which was looked for in vain."""
        self.raised = -1
        """Where the last superscript ended, in the tokens."""
        self.summed = -1
        """Where the last upper end of a sum ended."""
        self.environments = int(display)
        """Environments and displays that are open: the end of a line is a space in them."""
        self.columns = 0
        self.aligned = False
        self.related = False
        """Whether the present statement has its sign of equality."""
        self.row = 0
        """The first token of the present statement."""

    def run(self) -> list[Token]:
        k = 0
        while k < self.marks.size:
            if len(self.out) > MAX_TOKENS:
                raise ParseError(f"the source is too long: at most {MAX_TOKENS:,} words and signs are read")
            if k in self.skip:
                k = self.skip.pop(k)
            elif self.frames and self.frames[-1].kind == "macro":
                k = self.argument(k)
            else:
                k = self.step(k)
                while self.frames and self.frames[-1].kind == "single":
                    end = self.out[-1].end
                    self.out.append(Token("RBRACE", "}", end, end))
                    self.frames.pop()
                    self.argument_done()
        for frame in self.frames:
            if frame.kind == "macro":
                self.wrong(f"something is missing after {frame.owner}", frame.at, frame.at)
        return self.out

    def step(self, k: int) -> int:
        """Read from one mark; gives the mark to go on at."""
        raise NotImplementedError

    # tokens and errors

    def emit(self, type: str, value: Any, first: int, last: int) -> None:
        """A token over the marks from first to last."""
        self.out.append(Token(type, value, self.marks[first].start, self.marks[last].end, self.aligned))
        self.aligned = False

    def wrong(self, message: str, first: int, last: int, kind: type[MatdiffError] = ParseError) -> None:
        last = max(first, min(last, self.marks.size - 1))
        start, end = self.marks[first].start, self.marks[last].end
        if not self.tolerant or self.mistakes > MAX_MISTAKES:
            raise kind(message, Place(self.source, start, end))
        self.mistakes += 1
        self.out.append(Token("BAD", (kind, message), start, end))

    def close_to(self, word: str, names: Iterable[str]) -> str:
        """The name that a misspelt word may stand for; nothing after many mistakes."""
        if self.mistakes > 50:
            return ""
        return next(iter(difflib.get_close_matches(word[:40], list(names), 1, 0.75)), "")

    def previous(self) -> Token | None:
        """The last token of the present statement."""
        return self.out[-1] if len(self.out) > self.row else None

    def after_operand(self) -> bool:
        previous = self.previous()
        return previous is not None and previous.type in ENDS and len(self.out) != self.summed

    def at_top(self, k: int) -> bool:
        """Whether a mark stands outside of all brackets."""
        return self.marks.depth[k] == 0 and not self.frames

    def single(self) -> bool:
        """Whether just one mark is wanted, the argument of a command that is not in braces."""
        return bool(self.frames) and self.frames[-1].kind == "single"

    # looking ahead

    def blank(self, k: int) -> int:
        """The next mark that is neither a space nor a command for one."""
        while k < self.marks.size and self.is_blank(k):
            k += 1
        return k

    def is_blank(self, k: int) -> bool:
        mark = self.marks[k]
        return mark.kind in ("space", "newline") or mark.text == "~" or (mark.kind == "command" and mark.text in SPACES)

    def opener(self, k: int) -> int | None:
        """The bracket that comes next, in whatever size."""
        k = self.blank(k)
        if k < self.marks.size and self.marks[k].kind == "command" and self.marks[k].text in LARGER:
            k = self.blank(k + 1)
        return k if k < self.marks.size and self.marks.bracket(k) in ("(", "[", "{") else None

    def token_at(self, k: int) -> tuple[str, str] | None:
        """What a mark is, where one token says it."""
        if k >= self.marks.size:
            return None
        mark = self.marks[k]
        return (TOKENS if mark.kind == "command" else CHARACTERS).get(mark.text)

    def relation_follows(self, k: int) -> bool:
        k = self.blank(k)
        while self.marks.text(k) == "&":
            k = self.blank(k + 1)
        token = self.token_at(k)
        return self.marks.text(k) in ("=", ":") or (token is not None and token[0] == "EQUAL")

    # arguments of commands

    def wait(self, owner: str, missing: int, k: int) -> None:
        """A command waits for its arguments, each of which will stand in braces."""
        self.frames.append(Frame("macro", owner, missing, k))

    def argument(self, k: int) -> int:
        """Begin the next argument of the command on top: a group, or the next mark alone."""
        frame = self.frames[-1]
        k = self.blank(k)
        text = self.marks.text(k)
        if text == "[" and frame.owner == r"\sqrt" and k in self.marks.closing and self.out[-1].type == "SQRT":
            self.emit("LSQB", "[", k, k)
            self.frames.append(Frame("root"))
            return k + 1
        if text == "{" and k in self.marks.closing:
            self.emit("LBRACE", "{", k, k)
            self.frames.append(Frame("argument", frame.owner))
            self.open.append("{")
            return k + 1
        if text in ("", "}", "&", r"\\", "^", "_", "$", ")", "]", "="):
            self.frames.pop()
            self.wrong(f"something is missing after {frame.owner}", frame.at, frame.at)
            return k
        self.out.append(Token("LBRACE", "{", self.marks[k].start, self.marks[k].start))
        self.frames.append(Frame("single", frame.owner))
        return k

    def argument_done(self) -> None:
        frame = self.frames[-1]
        frame.missing -= 1
        if frame.missing == 0:
            self.frames.pop()
            if frame.owner in ("^", "e^"):
                self.raised = len(self.out)
            if frame.owner == r"\sum^":
                self.summed = len(self.out)

    # rows

    def newline(self, k: int) -> int:
        after = self.marks.skip_blank(k)
        empty = sum(self.marks[j].kind == "newline" for j in range(k, after)) > 1
        if not self.at_top(k) or self.environments:
            return after
        if empty or (self.lines and not self.goes_on(after)):
            self.end_row("\n", k)
        return after

    def end_row(self, value: str, k: int) -> None:
        self.end_statement("ROW", value, k, k)
        self.columns = 0

    def end_statement(self, type: str, value: str, first: int, last: int) -> None:
        self.emit(type, value, first, last)
        self.row = len(self.out)
        self.related = False
        self.open.clear()
        self.indices.clear()

    def goes_on(self, k: int) -> bool:
        """Whether the statement of the line above goes on at a mark."""
        previous = self.previous()
        if previous is None or (previous.type not in ENDS and previous.type != "STOP"):
            return True
        token = self.token_at(k)
        if token == ("SIGN", "-"):  # of a definition only a line that stands further in goes on
            return not self.related or self.column(self.marks[k].start) > self.column(self.out[self.row].start)
        if token is not None and (token[0] in _GOES_ON or token == ("SIGN", "+")):
            return True
        return self.marks.text(k) in ("=", "^", "_", "&", "'") or (
            k < self.marks.size and self.marks[k].text == "right"
        )

    def column(self, at: int) -> int:
        return at - self.source.rfind("\n", 0, at)
