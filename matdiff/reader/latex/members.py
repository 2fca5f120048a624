r"""Members of families: ``W^{(l)}``, ``h_{t-1}``, ``Q_{b,h}``, ``x_i^{(n)}``, where a model has indices.

Scripts of a family are positions. So are those of a name that nothing declares, where an index of the model is among
them: it is a family that the document defines. What sums bind, and entries of declared matrices, are written as the
math notation has them: accesses and binders.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from matdiff.errors import Place, UnsupportedError
from matdiff.indices import BINDERS
from matdiff.model import STRUCTURED_KINDS
from matdiff.reader.latex.core import Member, Running, Symbol
from matdiff.reader.latex.indices import Scope
from matdiff.reader.latex.names import ACCENTS, capital
from matdiff.reader.latex.numbers import Numbers
from matdiff.reader.latex.scan import Argument
from matdiff.reader.syntax import Indexed, Node, RangeEnd, postorder

_BRACKETS = {"(": ")", "[": "]"}
_WORD = re.compile(r"\s*(?:(\d+)|([^\W\d]\w*)|([+\-*]))")
_WORDS = re.compile(r"[^\W\d]\w*")
_MATRICES = frozenset({"matrix", "onehot", *STRUCTURED_KINDS})
_SIGNS = {
    "=": "=",
    **dict.fromkeys(("<", r"\lt"), "<"),
    **dict.fromkeys((">", r"\gt"), ">"),
    **dict.fromkeys((r"\le", r"\leq", r"\leqslant", "≤", "le", "leq", "leqslant"), "<="),
    **dict.fromkeys((r"\ge", r"\geq", r"\geqslant", "≥", "ge", "geq", "geqslant"), ">="),
    **dict.fromkeys((r"\ne", r"\neq", "≠", "ne", "neq"), "!="),
}
_KRONECKER = "delta"

Part = tuple[str, bool]
"""A script between commas, and whether it is a position."""


def has_indices(known: Mapping[str, str]) -> bool:
    """Whether the names are those of a model with indices."""
    return any(kind == "index" or isinstance(kind, Indexed) for kind in known.values())


class Members(Numbers):
    """Reads the scripts of families."""

    @cached_property
    def running(self) -> frozenset[str]:
        """The indices of the model."""
        return frozenset(name for name, kind in self.known.items() if kind == "index")

    @cached_property
    def with_families(self) -> bool:
        return has_indices(self.known)

    def member(self, base: str, first: int, k: int) -> int | None:
        """A member of a family; gives the mark to go on at, None where the name is none."""
        if not self.with_families:
            return None
        scripts, after = self.positions(k)
        below, above = scripts.get("_", []), scripts.get("^", [])
        if not scripts:
            return None
        for count in range(len(below) + 1):
            words = [text for text, _ in below[:count]]
            names = [base] if not words else ["_".join([base, *words]), base + "".join(words)]
            for name in names:
                kind = self.known.get(name)
                if isinstance(kind, Indexed):
                    below = [(t, True) for text, _ in below[count:] for t in self.side_by_side(text)]
                    count = 0
                    places = self.in_order([t for t, _ in below[count:]], [t for t, _ in above], kind.indices)
                    return self.emit_member(name, places, first, k, after)
                if kind is not None:
                    return None
        label = [text for text, place in below if not place]
        places = [text for text, place in below if place]
        steps = [text for text, place in above if place]
        kronecker = base == _KRONECKER and len(places) == 2 and not above
        words = [word for text in places for word in _WORDS.findall(text)]
        ends = any(isinstance(self.known.get(word), RangeEnd) for word in words)  # \delta_T
        if kronecker or not (steps or ends or any(self.runs(text) for text in places)):
            return None
        return self.emit_member("_".join([base, *label]), [*(t for t, _ in above), *places], first, k, after)

    def emit_member(self, name: str, places: Sequence[str], first: int, k: int, after: int) -> int | None:
        if not places:
            return None
        self.emit("NAME", Member.at(name, tuple(places)), first, k - 1)
        self.out[-1].end = self.marks[after - 1].end
        return after

    def side_by_side(self, text: str) -> list[str]:
        """The indices of an entry, ``ij``."""
        known = text in self.running or self.known.get(text) == "dim"
        return list(text) if text.isalpha() and text.islower() and len(text) == 2 and not known else [text]

    @staticmethod
    def in_order(below: list[str], above: list[str], indices: Sequence[str]) -> list[str]:
        """The positions in the order of the indices, as far as their letters tell; else what stands above first."""

        def fits(places: list[str]) -> int:
            return sum(index in place for place, index in zip(places, indices, strict=False))

        return max(([*above, *below], [*below, *above]), key=fits)

    # what binds indices

    def function(self, word: str, first: int, k: int) -> int:
        name = self.function_word(word) or word
        if self.with_families and name in BINDERS and self.underscore(k) is not None:
            return self.sum(first, k, by=name)
        return super().function(word, first, k)

    def bounds(self, below: Argument) -> tuple[tuple[str, ...], int]:
        if not self.with_families or below.empty:
            return super().bounds(below)
        pieces = split([self.marks[j].text for j in below if not self.is_blank(j)])
        bound: dict[str, None] = {}
        conditions: list[tuple[str, str, str]] = []
        lower = "1"
        for piece in pieces:
            signs = [t for t in piece if t in _SIGNS]
            sides = [self.position(side) or [] for side in split(piece, _SIGNS)]
            if not all(len(side) == 1 for side in sides) or len(signs) > 2 or (signs[:1] == ["="] and len(pieces) > 1):
                return (), 1
            texts = [side[0][0] for side in sides]
            if not signs or signs == ["="]:
                bound[texts[0]], lower = None, texts[-1] if signs else "1"
                continue
            told = [_SIGNS[sign] for sign in signs]
            conditions += zip(texts, told, texts[1:], strict=False)
            names = [t for t in texts if t.isidentifier() and self.known.get(t) != "dim"]
            loose = [t for t in names if t not in self.outer and t not in bound]
            bound.update(dict.fromkeys(loose[:1] if "!=" in told else loose))
        if not bound:
            return (), 1
        first, *rest = bound
        running = [Running(name, lower) for name in rest]
        return (Running(first, lower, tuple(conditions)), *running), 1

    @property
    def outer(self) -> set[str]:
        """The indices that the statement has before what is read now: on its left, and of sums round it."""
        left = (t.value.parts for t in self.out[self.row :] if isinstance(t.value, Member))
        first = next(left, ()) if self.related else ()
        return self.indices | {word for text in first for word in _WORDS.findall(text)}

    def runs(self, text: str) -> bool:
        return any(word in self.running or word in self.indices for word in _WORDS.findall(text))

    def positions(self, k: int) -> tuple[dict[str, list[Part]], int]:
        """The scripts behind a mark that hold positions, and the mark behind them."""
        found: dict[str, list[Part]] = {}
        while True:
            at = self.blank(k)
            sign = self.marks.text(at)
            script = self.marks.argument(at + 1) if sign in ("_", "^") and sign not in found else None
            if script is None or script.empty:
                return found, k
            parts = self.parts(script, sign == "^")
            if parts is None:
                return found, k
            found[sign] = parts
            k = script.after

    def parts(self, script: Argument, above: bool) -> list[Part] | None:
        """What stands between the commas of a script; None where it is no position."""
        marks = [j for j in script if not self.is_blank(j)]
        texts = [self.marks[j].text for j in marks]
        bracketed = len(texts) > 2 and _BRACKETS.get(texts[0]) == texts[-1]
        if above and not bracketed and (all(map(self.is_transpose, texts)) or not self.runs(" ".join(texts))):
            return None
        if not above and not bracketed and texts[:1] == ["("]:
            return None
        found: list[Part] = []
        for piece in split(texts[1:-1] if bracketed else texts):
            text = self.position(piece)
            if text is None:
                return None
            found += text
        return found

    def position(self, piece: list[str]) -> list[Part] | None:
        """One position, two that stand side by side, ``bh``, or a word."""
        if not piece or not all(t.isalnum() or t in ("+", "-", "−", *ACCENTS) for t in piece):
            return None
        signs = any(t in "+-−" for t in piece)
        letters = [t for t in piece if t.isalpha()]
        if not signs and len(letters) == len(piece) > 1:
            word = "".join(piece)
            if word not in self.running and all(len(t) == 1 and self.runs(t) for t in piece):
                return [(t, True) for t in piece]
            return [(word, self.runs(word))]
        if len(letters) == len(piece) == 1 and self.known.get(letters[0]) == "dim":
            return [(letters[0], True)]
        text = ""
        for t in piece:
            glued = text[-1:].isalnum() and t.isalnum()
            text += ("*" if glued else "") + ("-" if t == "−" else t)
        known = all(self.runs(t) or self.known.get(t) == "dim" for t in letters)
        return [(text, known)] if known or not signs else None


def split(texts: list[str], at: Container[str] = ",") -> list[list[str]]:
    found: list[list[str]] = [[]]
    for text in texts:
        if text in at:
            found.append([])
        else:
            found[-1].append(text)
    return found


# surface syntax


def with_members(root: Node, source: str, known: Mapping[str, str]) -> None:
    """Members, entries and sums of an expression as accesses and binders."""
    nodes = list(postorder(root))
    bound = {letter for node in nodes if node.kind == "reduction" for letter in node.value}
    running = bound | {name for name, kind in known.items() if kind == "index"}
    Scope(root, source, known, frozenset(bound)).reach(nodes)
    for node in list(postorder(root)):
        if node.kind == "name" and isinstance(node.value, Symbol):
            with_member(node, known, running)
        elif node.kind == "reduction":
            body, *upper = node.children
            names = [named(letter, upper, node) for letter in node.value]
            conditions = [part for letter in node.value for part in conditions_of(letter, node)]
            node.kind, node.value, node.children = "binder", (node.value.by, (*names, *conditions)), (body,)
        elif node.kind == "entry":
            places = tuple(place(text, node, source) for text in apart(node.value, running))
            node.kind, node.value = "part", places


def named(letter: str, upper: list[Node], node: Node) -> Node:
    """An index that is bound, with the ends of its range where the sum tells them."""
    first = letter.first if isinstance(letter, Running) else "1"
    ends = (place(first, node, ""), upper[0]) if upper else ()
    return Node("name", str(letter), ends, node.start, node.start)


def conditions_of(letter: str, node: Node) -> list[Node]:
    told = letter.conditions if isinstance(letter, Running) else ()
    return [
        Node("condition", (sign,), (place(left, node, ""), place(right, node, "")), node.start, node.start)
        for left, sign, right in told
    ]


def apart(parts: tuple[str, ...], running: set[str]) -> tuple[str, ...]:
    """The positions of an entry, the two of ``ij`` apart."""
    if len(parts) == 1 and len(parts[0]) == 2 and parts[0].isalpha() and parts[0] not in running:
        return tuple(parts[0])
    return parts


def with_member(node: Node, known: Mapping[str, str], running: set[str]) -> None:
    symbol: Symbol = node.value
    if isinstance(symbol, Member):
        node.kind, node.value = "access", (symbol.base, tuple(place(text, node, "") for text in symbol.parts))
        return
    letters = apart(symbol.parts, running)
    node.value = str(symbol)
    if symbol in known or not letters:
        return
    if symbol.base == _KRONECKER and len(letters) == 2 and _KRONECKER not in known and all(map(str.isalpha, letters)):
        sides = tuple(place(text, node, "") for text in letters)
        node.kind, node.value, node.children = "mask", None, (Node("binary", "==", sides, node.start, node.end),)
        return
    if not all(len(text) == 1 or running & set(_WORDS.findall(text)) for text in letters):
        return
    base = symbol.base
    row = base not in known and known.get(capital(base)) in _MATRICES
    if base not in known and not row:
        return
    places = tuple(place(text, node, "") for text in letters)
    if row and len(places) == 1:  # x_i of a declared X is its row, as a column
        whole = Node("whole", None, (), node.start, node.end)
        inner = Node("access", (capital(base), (*places, whole)), (), node.start, node.end)
        node.become(inner.transposed())
        return
    node.kind, node.value = "access", (capital(base) if row else base, places)


def place(text: str, at: Node, source: str) -> Node:
    """A position as surface syntax."""
    if text == ":":
        return Node("whole", None, (), at.start, at.end)
    found: Node | None = None
    sign, factor = "", None
    for number, word, mark in _WORD.findall(text):
        if mark == "*":
            continue
        if mark:
            found, sign, factor = joined(found, sign, factor, at), mark, None
            continue
        part = (
            Node("number", Fraction(number), (), at.start, at.end)
            if number
            else Node("name", word, (), at.start, at.end)
        )
        factor = part if factor is None else Node("binary", "*", (factor, part), at.start, at.end)
    found = joined(found, sign, factor, at)
    if found is None:
        raise UnsupportedError(f"{text} is no position", *([Place(source, at.start, at.end)] if source else []))
    return found


def joined(left: Node | None, sign: str, right: Node | None, at: Node) -> Node | None:
    if left is None or right is None:
        if right is not None and sign == "-":
            return Node("negate", None, (right,), at.start, at.end)
        return right or left
    return Node("binary", sign, (left, right), at.start, at.end)
