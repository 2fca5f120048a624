"""The marks of a LaTeX text: commands, letters, numbers, signs; and which brackets belong together."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from matdiff.errors import ParseError
from matdiff.reader.latex.names import ACCENTS, BLACKBOARD, FONTS, LETTERS, SIGNS, SUBSCRIPTS, SUPERSCRIPTS, UNICODE
from matdiff.reader.latex.words import FUNCTIONS, SPACES, TOKENS
from matdiff.reader.math import MAX_LENGTH


class Mark(NamedTuple):
    """One mark: its kind is ``command``, ``number``, ``letter``, ``sign``, ``space`` or ``newline``."""

    kind: str
    text: str
    start: int
    end: int


_MARK = re.compile(
    rf"""(?P<space>(?:[ \t\r\f\v\u00a0\u2000-\u200a]|%[^\n]*)+)
    |(?P<newline>\n)
    |\\(?P<command>[A-Za-z]+|.)
    |(?P<above>[{"".join(SUPERSCRIPTS)}]+)
    |(?P<below>[{"".join(SUBSCRIPTS)}]+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    |(?P<letter>[^\W\d_])
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)

_OPENERS = frozenset({"(", "[", "{"})
_CLOSERS = frozenset({")", "]", "}"})
_SET = frozenset({*FONTS, *ACCENTS, "bf", "rm", "it", "sf"})
_COMPARISONS = frozenset({"<", ">", "=", "≤", "≥"})


def scan(source: str, start: int, end: int) -> list[Mark]:
    """All marks of a part of a source."""
    marks: list[Mark] = []
    for found in _MARK.finditer(source, start, end):
        kind = found.lastgroup or ""
        text = found[kind]
        if kind in ("above", "below"):
            marks.extend(script(kind, text, found.start()))
        elif text in BLACKBOARD:
            marks.append(Mark("command", "mathbb", found.start(), found.end()))
            marks.append(Mark("letter", BLACKBOARD[text], found.start(), found.end()))
        else:
            if kind == "letter":
                kind, text = letter(text)
            marks.append(Mark(kind, SIGNS.get(text, text), found.start(), found.end()))
    return marks


def script(kind: str, text: str, start: int) -> Iterator[Mark]:
    """Marks for scripts that are characters of their own: ``⁻¹`` as ``^{-1}``, ``ᵢ`` as ``_{i}``."""
    sign, table = ("^", SUPERSCRIPTS) if kind == "above" else ("_", SUBSCRIPTS)
    plain = "".join(table[character] for character in text)
    yield Mark("sign", sign, start, start + 1)
    yield Mark("sign", "{", start, start)
    for part in re.finditer(r"\d+|.", plain):
        part_kind = "number" if part[0].isdigit() else "letter" if part[0].isalpha() else "sign"
        yield Mark(part_kind, part[0], start + part.start(), start + part.end())
    yield Mark("sign", "}", start + len(text), start + len(text))


def letter(text: str) -> tuple[str, str]:
    """A letter as its mark: Greek ones are commands, a bold or slanted one is the plain letter."""
    if "\U0001d400" <= text <= "\U0001d7ff":
        text = unicodedata.normalize("NFKC", text)
    if text in UNICODE:
        return "command", UNICODE[text]
    return ("letter" if text.isalpha() else "number" if text.isdigit() and text.isascii() else "sign"), text


@dataclass(frozen=True, slots=True)
class Argument:
    """What a command or a script takes: iterating gives its marks, without spaces and fonts, as far as one looks."""

    marks: Marks
    start: int
    end: int
    after: int
    """The mark that follows it."""

    def __iter__(self) -> Iterator[int]:
        marks, ends = self.marks, set()
        for j in range(self.start, self.end):
            if marks.text(j) == "{" and marks.is_font(marks.before(j)):
                ends.add(marks.closing[j])
            elif marks[j].kind not in ("space", "newline") and j not in ends and not marks.is_font(j):
                yield j

    @property
    def empty(self) -> bool:
        return next(iter(self), None) is None

    def texts(self, most: int) -> list[str] | None:
        """The texts of its marks; None where there are more."""
        found = [self.marks[j].text for j in islice(self, most + 1)]
        return found if len(found) <= most else None


class Marks:
    """The marks of a source with their brackets matched; looking ahead never goes into depth twice."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self.marks = scan(source, start, end)
        self.size = len(self.marks)
        if self.size > MAX_LENGTH:
            raise ParseError(f"the source is too long: at most {MAX_LENGTH:,} signs are read")
        self.closing: dict[int, int] = {}
        """The mark that closes the bracket at a mark."""
        self.match()
        self.drop_alignments()
        self.drop_braces()
        self.depth = self.depths()

    def __getitem__(self, k: int) -> Mark:
        return self.marks[k]

    def text(self, k: int) -> str:
        """The text of a mark, with a backslash before a command; empty at the end."""
        if k >= self.size:
            return ""
        mark = self.marks[k]
        return "\\" + mark.text if mark.kind == "command" else mark.text

    def bracket(self, k: int) -> str:
        """The bracket at a mark, whatever way it is written."""
        mark = self.marks[k]
        if mark.kind == "command":
            token = TOKENS.get(mark.text)
            return token[1] if token and token[1] in "{}[]" and token[0] != "COMPARE" else ""
        return mark.text if mark.text in _OPENERS or mark.text in _CLOSERS else ""

    def bracket_at(self, k: int | None) -> str:
        return "" if k is None else self.bracket(k)

    def match(self) -> None:
        """Pairs of brackets. A brace is closed by a brace only; a row that begins with = closes nothing above it."""
        stack: list[int] = []
        for k, mark in enumerate(self.marks):
            if mark.kind == "command" and mark.text in ("\\", "end"):
                if self.text(self.skip_blank(k + 1, "&")) == "=" or mark.text == "end":
                    while stack and not self.is_brace(stack[-1]):
                        stack.pop()
                continue
            bracket = self.bracket(k)
            if bracket in _OPENERS:
                stack.append(k)
            elif bracket and self.is_brace(k):
                depth = len(stack) - 1
                while depth >= 0 and not self.is_brace(stack[depth]):
                    depth -= 1
                if depth >= 0:
                    self.closing[stack[depth]] = k
                    del stack[depth:]
            elif bracket and stack and not self.is_brace(stack[-1]):
                self.closing[stack.pop()] = k

    def drop_alignments(self) -> None:
        r"""``\eqalign{…}`` is an environment: its braces group nothing."""
        for k, mark in enumerate(self.marks):
            if mark.kind == "command" and mark.text in ("eqalign", "displaylines"):
                opener = self.skip_blank(k + 1)
                last = self.closing.pop(opener, None)
                for j in (k, opener, last) if last is not None else ():
                    self.marks[j] = mark._replace(
                        kind="newline", text="\n", start=self.marks[j].start, end=self.marks[j].end
                    )

    def drop_braces(self) -> None:
        r"""Braces that group nothing: round a whole formula, round an environment, and in ``{\boldsymbol{\mu}}_1``."""
        first, final = self.skip_blank(0), self.before(self.size)
        while self.text(first) == "{" and self.closing.get(first) == final:
            self.drop(first)
            first, final = self.skip_blank(first), self.before(final)
        for k, last in [*self.closing.items()]:
            if self.text(k) != "{" or (k > 0 and self.takes(self.marks[self.before(k)])):
                continue
            sign = last - k == 2 and (self.marks[k + 1].text in "+-=<>*/" or self.marks[k + 1].text in TOKENS)
            named = last - k <= 24 and self.text(self.skip_blank(last + 1, "&")) in ("_", "=", ":")
            if (
                self.text(self.skip_blank(k + 1)) in (r"\begin", r"\displaystyle")
                or sign
                or (named and self.is_letter(k + 1, last))
            ):
                self.drop(k)

    def drop(self, k: int) -> None:
        for j in (k, self.closing.pop(k)):
            self.marks[j] = self.marks[j]._replace(kind="space", text=" ")

    def is_letter(self, start: int, end: int) -> bool:
        """Whether one letter stands between two marks, in whatever font and with whatever accents."""
        inside = self.marks[start:end]
        letters = [mark for mark in inside if mark.kind == "letter" or mark.text in LETTERS]
        others = [mark for mark in inside if mark not in letters and mark.kind != "space"]
        return len(letters) == 1 and all(mark.text in _SET or mark.text in "{}" for mark in others)

    @staticmethod
    def takes(mark: Mark) -> bool:
        """Whether braces after a mark are its argument."""
        if mark.kind != "command":
            return mark.text in "^_}"
        return not (mark.text in TOKENS or mark.text in SPACES or mark.text in ("\\", "[", "("))

    def is_brace(self, k: int) -> bool:
        """Whether a mark is a brace that groups, and is not printed."""
        return self.marks[k].kind == "sign" and self.marks[k].text in "{}"

    def depths(self) -> list[int]:
        """How many brackets that are closed stand around each mark."""
        closers = set(self.closing.values())
        depth, found = 0, []
        for k in range(self.size):
            depth -= k in closers
            found.append(depth)
            depth += k in self.closing
        return found

    def skip_blank(self, k: int, also: str = "") -> int:
        """The next mark that is not a space."""
        while k < self.size and (self.marks[k].kind in ("space", "newline") or self.marks[k].text == "&" == also):
            k += 1
        return k

    def compares(self, opener: int) -> bool:
        """Whether a comparison stands directly inside a bracket."""
        k, last = opener + 1, self.closing.get(opener, 0)
        while k < last:
            mark = self.marks[k]
            if mark.text in _COMPARISONS or (mark.kind == "command" and TOKENS.get(mark.text, "")[:1] == ("COMPARE",)):
                return True
            k = self.closing.get(k, k) + 1
        return False

    def argument(self, k: int) -> Argument | None:
        """The argument at a mark, a group or one mark; None where it is open or missing."""
        k = self.skip_blank(k)
        while k < self.size and self.is_font(k):
            k = self.skip_blank(k + 1)
        if k >= self.size:
            return None
        if self.text(k) != "{":
            return Argument(self, k, k + 1, k + 1)
        last = self.closing.get(k)
        return None if last is None else Argument(self, k + 1, last, last + 1)

    @cached_property
    def subscripted(self) -> dict[str, list[int]]:
        """Where each text stands in a subscript."""
        found: dict[str, list[int]] = {}
        for k in range(self.size):
            below = self.argument(k + 1) if self.text(k) == "_" else None
            for j in takewhile(lambda j: self.text(j) not in "_^{", below or ()):
                found.setdefault(self.marks[j].text, []).append(j)
        return found

    def end_of_side(self, k: int) -> int:
        """The mark that ends the side of an equation on which a mark stands."""
        place = bisect_left(self.side_ends, k)
        return self.side_ends[place] if place < len(self.side_ends) else self.size

    @cached_property
    def side_ends(self) -> list[int]:
        return [k for k in range(self.size) if self.text(k) in ("=", r"\\")]

    def is_font(self, k: int) -> bool:
        return self.marks[k].kind == "command" and self.marks[k].text in FONTS

    def before(self, k: int) -> int:
        """The mark before, spaces left out."""
        k -= 1
        while k > 0 and self.marks[k].kind in ("space", "newline"):
            k -= 1
        return k

    def word(self, k: int) -> tuple[str, int] | None:
        r"""An argument that is one word: letters, digits, underscores, or a Greek letter; and the mark that follows.

        Of ``\_`` Markdown leaves ``_``, which is an underscore in the name of a function.
        """
        found = self.argument(k)
        if not found or found.empty:
            return None
        texts = []
        for j in found:
            if self.marks[j].kind not in ("letter", "number") and self.text(j) not in (r"\_", "_"):
                greek = self.marks[j].kind == "command" and self.marks[j].text in LETTERS and found.texts(1) is not None
                return (self.marks[j].text, found.after) if greek else None
            texts.append(self.marks[j].text)
        text = "".join(texts)
        return (text, found.after) if text in FUNCTIONS or all(self.text(j) != "_" for j in found) else None
