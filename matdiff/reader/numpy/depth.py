"""Texts that are nested deeper than Python's parser goes: their parts are cut out, and read each by itself."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from dataclasses import dataclass, field

from matdiff.reader.numpy.tokens import Token

DEEPEST = 60
"""Parts that are nested deeper are cut out."""

_LOOSEST_FIRST = ("|", "^", "&", "<< >>", "+ -", "* / // % @", "", "**")
_BINDS = {sign: level for level, signs in enumerate(_LOOSEST_FIRST, 1) for sign in signs.split()}
_UNARY = 7
"""How tight the signs bind that join two operands; comparisons in a row are one expression, and never taken apart."""
_WORDS = frozenset(keyword.kwlist) - {"None", "True", "False"}
"""The words that stand between expressions."""


@dataclass(slots=True)
class Part:
    """An expression of the text, or a sign in front of one, and how deep it is nested."""

    start: int
    end: int
    height: int = 1
    binds: int = 0


@dataclass(slots=True)
class Level:
    """What stands between two brackets: expressions and signs that are not put together yet."""

    start: int
    trails: bool = False
    """Whether the bracket stands behind an expression, as that of a call does."""
    height: int = 0
    operands: list[Part] = field(default_factory=list)
    signs: list[Part] = field(default_factory=list)
    wanted: bool = True
    """Whether an operand comes next."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of the source as a text of its own, in which deeper parts have names."""

    text: str
    segments: Sequence[tuple[int, int]]
    """Where each piece of the text begins, in it and in the source."""


class Cutter:
    """Finds the parts, from the inside out: one pass, and each part is cut out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.stem = "part"
        while self.stem in text:
            self.stem += "_"
        self.cuts: list[Cut] = []
        self.holes: list[tuple[int, int, int]] = []
        """The parts that were cut out last of all, in order: their places and numbers."""

    def cut(self, start: int, end: int) -> Cut:
        """The text between two places, with names for what was cut out of it."""
        inside: list[tuple[int, int, int]] = []
        while self.holes and self.holes[-1][0] >= start:
            inside.append(self.holes.pop())
        pieces: list[str] = []
        segments: list[tuple[int, int]] = []
        length, at = 0, start
        for first, last, number in reversed(inside):
            name = f"{self.stem}{number}"
            pieces += [self.text[at:first], name]
            segments += [(length, at), (length + first - at, first)]
            length += first - at + len(name)
            at = last
        return Cut("".join([*pieces, self.text[at:end]]), [*segments, (length, at)])

    def grown(self, part: Part) -> Part:
        if part.height > DEEPEST:
            self.cuts.append(self.cut(part.start, part.end))
            self.holes.append((part.start, part.end, len(self.cuts) - 1))
            part.height = 1
        return part

    def reduce(self, level: Level, binds: int) -> None:
        """Put together what binds at least so much."""
        while level.signs and level.signs[-1].binds >= binds:
            sign, last = level.signs.pop(), level.operands.pop()
            first = level.operands.pop() if sign.binds != _UNARY else sign
            level.operands.append(self.grown(Part(first.start, last.end, max(first.height, last.height) + 1)))

    def separate(self, level: Level) -> None:
        """An expression ends here."""
        if level.wanted:
            level.signs.clear()
        self.reduce(level, 0)
        level.height = max([level.height, *(part.height for part in level.operands)])
        level.operands.clear()
        level.wanted = True

    def whole(self, tokens: Sequence[Token]) -> Cut:
        """The text without its deep parts; as it is where the brackets do not fit."""
        levels = [Level(0)]
        for kind, text, start, end in tokens:
            level = levels[-1]
            if kind == "open":
                levels.append(Level(start, trails=not level.wanted and text != "{"))
            elif kind == "close":
                if len(levels) == 1:
                    break
                self.separate(level)
                levels.pop()
                self.operand(levels[-1], Part(level.start, end, level.height + 1), level.trails)
            elif kind in ("number", "string") or (kind == "name" and text not in _WORDS):
                self.operand(level, Part(start, end), attached=not level.wanted)
            elif text == "." and not level.wanted:
                continue
            elif level.wanted and text in ("-", "+", "~"):
                level.signs.append(Part(start, end, 0, _UNARY))
            elif not level.wanted and text in _BINDS:
                self.reduce(level, _BINDS[text] + (text == "**"))
                level.signs.append(Part(start, end, 0, _BINDS[text]))
                level.wanted = True
            else:
                self.separate(level)
        self.separate(levels[0])
        return self.cut(0, len(self.text))

    def operand(self, level: Level, part: Part, attached: bool) -> None:
        """An expression, or what stands behind one: an attribute, a call, an index."""
        if attached and level.operands:
            before = level.operands.pop()
            part = Part(before.start, part.end, max(before.height + 1, part.height))
        level.operands.append(self.grown(part))
        level.wanted = False
