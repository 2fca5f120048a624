r"""Formulas in LaTeX that fit a text width: how wide they are, and where they may be broken.

Widths are those of Computer Modern at 10 points, rounded up. A formula is a row of atoms; what stands in braces (a
fraction, an index) is one. A break inside of brackets closes them with ``\right.`` and opens them with ``\left.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from matdiff.reader.latex.words import FUNCTIONS

TEXT_WIDTH = 345.0
"""That of an article at 10 points."""
TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\d+|\S")
NARROW = {"i": 3.6, "j": 4.2, "l": 3.2, "f": 5.5, "t": 3.7, "r": 4.6, "s": 4.7, "I": 4.6, "J": 6.2}
NARROW |= {",": 4.5, ".": 2.8, ";": 4.5, ":": 2.8, "|": 2.8, "'": 2.6}
WIDE = {"m": 8.8, "w": 7.2, "M": 10.0, "W": 10.0}
BINARY = {"+", "-", r"\odot", r"\oslash", r"\otimes", r"\cdot", r"\times", "/"}
RELATIONS = {"=", r"\ge", r"\le", r"\ne", ">", "<"}
SPACES = {r"\,": 1.7, r"\;": 2.8, r"\quad": 10.0, r"\qquad": 20.0, r"\ ": 3.4}
SCRIPT = 0.75
FENCE = 4.6
TALL_FENCE = 7.5
INSIDE = 1.2
"""The space round what stands in brackets that grow."""


@dataclass(frozen=True)
class Atom:
    """A piece that is never broken; its kind is open, close, binary, word (no break follows), punctuation or plain."""

    text: str
    width: float
    kind: str = "plain"
    parts: tuple[str, ...] = ()
    """What stands in the braces of a fraction or a root, which may be written in one line instead."""


class Atoms:
    """The atoms of a formula as `matdiff.printing.latex` writes it."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = TOKEN.findall(text)
        self.at = 0
        self.found: list[Atom] = []
        while self.at < len(self.tokens):
            self.take()

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def group(self) -> str:
        """What stands in the braces that begin here, or the next token."""
        if self.tokens[self.at] != "{":
            return self.next()
        start, depth = self.at + 1, 0
        while True:
            token = self.next()
            depth += (token == "{") - (token == "}")
            if not depth:
                return " ".join(self.tokens[start : self.at - 1])

    def optional(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at] in ("^", "_", "'"):
            sign = self.next()
            inner = "" if sign == "'" else self.group()
            last = self.found.pop()
            text = last.text + (sign if sign == "'" else f"{sign}{{{inner}}}")
            wider = 3.0 if sign == "'" else SCRIPT * width(inner) + 1
            self.found.append(replace(last, text=text, width=last.width + wider))

    def take(self) -> None:
        token = self.next()
        self.found.append(self.atom(token))
        self.optional()

    def atom(self, token: str) -> Atom:
        if token == r"\left":
            return Atom(rf"\left{self.next()}", FENCE + INSIDE, "open")
        if token == r"\right":
            return Atom(rf"\right{self.next()}", FENCE + INSIDE, "close")
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            above, below = self.group(), self.group()
            return Atom(rf"{token}{{{above}}}{{{below}}}", max(width(above), width(below)) + 4, parts=(above, below))
        if token == r"\sqrt":
            inner = self.group()
            return Atom(rf"\sqrt{{{inner}}}", width(inner) + 10, parts=(inner,))
        if token in (r"\mathrm", r"\operatorname", r"\text", r"\mathbf", r"\mathbb", r"\mathit"):
            inner = self.group().replace(" ", "") if token != r"\text" else self.group()
            word = "word" if token == r"\operatorname" or inner == "d" else "plain"
            return Atom(f"{token}{{{inner}}}", roman(inner) + (3.4 if token == r"\operatorname" else 0), word)
        if token in (r"\bar", r"\hat", r"\tilde", r"\overline", r"\widehat"):
            inner = self.group()
            return Atom(f"{token}{{{inner}}}", width(inner))
        if token == "{":
            self.at -= 1
            inner = self.group()
            return Atom(f"{{{inner}}}", width(inner))
        first = not self.found or self.found[-1].kind in ("open", "binary", "punctuation")
        if token in BINARY:
            return Atom(token, 12.3, "plain" if first and token in "+-" else "binary")
        if token in RELATIONS:
            return Atom(token, 13.4, "binary")
        if token in SPACES:
            return Atom(token, SPACES[token], "word")
        if token == ",":
            return Atom(token, 4.6, "punctuation")
        if token[0] == "\\" and token[1:] in FUNCTIONS:
            return Atom(token, roman(token[1:]) + 3.4, "word")
        return Atom(token, 9.0 if token[0] == "\\" else italic(token))


def italic(token: str) -> float:
    return sum(
        NARROW.get(sign, WIDE.get(sign, 9.1 if sign.isupper() else 5.2 if sign.isdigit() else 5.9)) for sign in token
    )


def roman(word: str) -> float:
    return sum(
        WIDE.get(sign, 3.4 if sign in "ijltI f,. '" else 7.8 if sign.isupper() else 5.6)
        for sign in word.replace("\\", "")
    )


def width(text: str) -> float:
    """How wide a formula is, at most, in points."""
    return sum(atom.width for atom in fences_grown(Atoms(text).found))


def fences_grown(atoms: Sequence[Atom]) -> Iterator[Atom]:
    tall = any(atom.parts for atom in atoms)
    for atom in atoms:
        yield replace(atom, width=atom.width + TALL_FENCE - FENCE) if tall and atom.kind in ("open", "close") else atom


def broken(text: str, limit: float, later: float) -> list[str]:
    """A formula in lines of which the first is no wider than ``limit`` and the others no wider than ``later``."""
    atoms = list(fences_grown(Atoms(text).found))
    if sum(atom.width for atom in atoms) <= limit:
        return [text]
    atoms = list(fences_grown([part for atom in atoms for part in flattened(atom, later)]))
    lines: list[str] = []
    open_: list[Atom] = []
    while atoms:
        end = place(atoms, limit - 3 * len(open_), len(open_))
        line, atoms = atoms[:end], atoms[end:]
        begin = [r"\left." for _ in open_]
        for atom in line:
            if atom.kind == "open":
                open_.append(atom)
            elif atom.kind == "close":
                open_.pop()
        sign = ["{}"] if lines and line[0].kind == "binary" else []
        lines.append(" ".join([*begin, *sign, *(atom.text for atom in line), *(r"\right." for _ in open_)]))
        limit = later
    return lines


def flattened(atom: Atom, limit: float) -> Iterator[Atom]:
    """A fraction or a root that is too wide for a line, in one line."""
    if not atom.parts or atom.width <= limit:
        yield atom
        return
    tail = atom.text[len(rf"\frac{{{atom.parts[0]}}}{{{atom.parts[-1]}}}") :] if len(atom.parts) == 2 else ""
    above, *below = atom.parts
    text = rf"\left({above}\right){'' if below else '^{1/2}'}"
    text += rf"/ \left({below[0]}\right)" if below else ""
    for part in Atoms(rf"\left({text}\right){tail}" if tail else text).found:
        yield from flattened(part, limit)


def place(atoms: Sequence[Atom], limit: float, depth: int) -> int:
    """Where the next line ends: the outermost sign that leaves no short line."""
    total, best, end = 0.0, (99.0, 0.0), 0
    whole = sum(atom.width for atom in atoms)
    if whole <= limit:
        return len(atoms)
    for number, atom in enumerate(atoms):
        if number and total <= limit and may_break(atoms[number - 1], atom):
            kind = (
                0 if atom.text in "+-" or atoms[number - 1].kind == "punctuation" else 1 if atom.kind == "binary" else 2
            )
            short = 0 if total >= limit / 3 else 6
            worth = (3.0 * depth + kind + short, -total)
            if worth < best:
                best, end = worth, number
        total += atom.width
        depth += (atom.kind == "open") - (atom.kind == "close")
        if total > limit and end:
            break
    return end or len(atoms)


def may_break(before: Atom, atom: Atom) -> bool:
    if before.kind in ("word", "open", "binary") or atom.kind in ("close", "punctuation"):
        return False
    return not (before.text in "+-" or (before.text.isdigit() and atom.text.isdigit()))
