r"""Functions, which without brackets take the factors that follow, and sums over an index."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice

from matdiff.errors import UnsupportedError
from matdiff.operators import ALIASES, CALLS, Row
from matdiff.reader.latex.brackets import Brackets
from matdiff.reader.latex.scan import Argument
from matdiff.reader.latex.words import FUNCTIONS, OF_SQUARE, UPRIGHT


def by_each(name: str) -> bool:
    """Whether a function of the table is applied to each entry, and has a derivative of its own."""
    rows = CALLS.get(ALIASES.get(name, name), ())
    return any(isinstance(row, Row) and row.elementwise and row.d for row in rows)


_UNEQUAL = frozenset({"≠", "ne", "neq"})


_FONT = re.compile(r"\\(?:text|mathrm|textrm|mbox|operatorname)(?![a-z])")
_ALONG = {
    **dict.fromkeys(("rows", "row", "batch", "axis=0", "samples", "examples", "data"), "colsum"),
    **dict.fromkeys(("cols", "columns", "axis=1", "features"), "rowsum"),
}
"""What people write below a sum over all rows, or all columns."""


class Along(str):
    r"""The function that ``\sum_{\text{rows}}`` is."""


class Excluding(str):
    r"""The index of ``\sum_{k \ne i}``, with the value that it leaves out."""

    value: str

    def __new__(cls, index: str, value: str) -> Excluding:
        found = super().__new__(cls, index)
        found.value = value
        return found


class Within(str):
    r"""The first index of ``\sum_{(i,j) \in \Omega}``, with the set, a mask."""

    of: str

    def __new__(cls, index: str, of: str) -> Within:
        found = super().__new__(cls, index)
        found.of = of
        return found


_AT_MOST = frozenset({"le", "leq", "leqslant", "≤"})
_SPACES = frozenset({r"\,", r"\:", r"\;", "\\ ", "~"})


class Functions(Brackets):
    """Reads functions and sums."""

    def function_word(self, word: str) -> str | None:
        """The function a word means."""
        return FUNCTIONS.get(word) or FUNCTIONS.get(word.lower())

    def function(self, word: str, first: int, k: int) -> int:
        r"""A function; without brackets it will take the factors that follow."""
        own = self.known.get(word, "").endswith("function")
        name = word if own else self.function_word(word) or word
        order = 0
        if own:
            while self.marks.text(k) == "'":
                order, k = order + 1, k + 1
            found = self.marks.argument(k + 1) if self.marks.text(k) == "^" else None
            if found and not found.empty and all(self.marks[j].text in ("prime", "'") for j in found):
                order, k = order + sum(1 for _ in found), found.after
        elif self.marks.text(k) == "'" and self.opener(k + 1) is not None and by_each(name):
            order, k = 1, k + 1
        elif self.marks.text(k) == "'" and name != "vec":
            reason = f"{name}' is not read: write the derivative of {name} itself, or declare an unknown function"
            self.wrong(reason, first, k, UnsupportedError)
            k += 1
        last = k - 1
        below = self.underscore(k)
        if name in ("max", "min") and not own and below == self.blank(k) and self.carried_on(below):
            return self.sum(first, k, by=name)
        if below is not None:
            name, k = self.subscripted_function(name, below, first, k)
        elif name in ("log", "ln"):
            k = self.log_det(k)
            name = "logdet" if k > last + 1 else name
            last = k - 1
        if name in ("log", "ln") and self.ambiguous_power(k):
            self.wrong(
                rf"it is not clear what is inverted: write \{name}(x^{{-1}}) or (\{name}(x))^{{-1}}", first, last
            )
        j = self.blank(k)
        while self.marks.text(j) in ("^", "'"):
            found = self.marks.argument(j + 1) if self.marks.text(j) == "^" else None
            j = self.blank(found.after if found else j + 1)
        if name in OF_SQUARE and self.set_apart(k):
            self.wrong(f"it is not clear where the argument of {name} ends: put all of it in brackets", first, last)
        apply = self.opener(j) is None or (name in OF_SQUARE and self.turned_argument(name, j, first, last))
        self.emit("APPLY" if apply else "CALL", (name, order), first, last)
        return k

    def set_apart(self, k: int) -> bool:
        r"""Whether space stands before brackets and a factor behind them, as in ``\operatorname{tr}\,(A + B) C``."""
        opener = self.opener(k)
        if opener is None or not any(self.marks.text(j) in _SPACES for j in range(k, opener)):
            return False
        return self.begins_operand(self.marks.closing.get(opener, self.marks.size) + 1)

    def turned_argument(self, name: str, k: int, first: int, last: int) -> bool:
        r"""Whether the brackets are a factor with a transpose, as in ``\operatorname{tr}(X - Y)^\top (X - Y)``."""
        opener = self.opener(k)
        after = self.blank(self.marks.closing.get(opener, self.marks.size) + 1) if opener is not None else k
        found = self.marks.argument(after + 1) if self.marks.text(after) == "^" else None
        minus, *of = (found.texts(2) if found else None) or [""]
        if name == "tr" and minus == "-" and (of == ["1"] or all(map(self.is_transpose, of))):
            self.wrong(
                r"it is not clear what is inverted: write \operatorname{tr}(X^{-1}) or \frac{1}{\operatorname{tr}(X)}",
                first,
                last,
            )
        return self.marks.text(after) == "'" or self.turned(after)

    def ambiguous_power(self, k: int) -> bool:
        r"""Whether ``^{-1}`` follows the brackets of a logarithm, as in ``\log (\det X)^{-1}``."""
        opener = self.opener(k)
        after = self.marks.closing.get(opener, -2) + 1 if opener is not None else -1
        found = self.marks.argument(after + 1) if after > 0 and self.marks.text(self.blank(after)) == "^" else None
        return found is not None and found.texts(2) == ["-", "1"]

    def log_det(self, k: int) -> int:
        r"""``\log\det``; gives the mark after it, or the same."""
        j = self.blank(k)
        if self.marks.text(j) == r"\det":
            return j + 1
        if j < self.marks.size and self.marks[j].kind == "command" and self.marks[j].text in UPRIGHT:
            word = self.marks.word(j + 1)
            return word[1] if word and word[0] == "det" else k
        return k

    def subscripted_function(self, name: str, at: int, first: int, k: int) -> tuple[str, int]:
        found = self.subscript(k)
        base = found.text if found else ""
        if name in ("log", "ln") and base in ("2", "10", "e"):
            assert found is not None
            return ("log" if base == "e" else f"log{base}"), self.use(found, k)
        below = self.marks.argument(at + 1)
        after = below.after if below else at + 1
        if name in ("max", "min"):
            reason = (
                f"{name} over a set is not supported, only over an index that the names behind it carry, of all"
                f" entries, and of two arguments, entry by entry"
            )
        elif name in ("log", "ln"):
            reason = r"the base of a logarithm is 2, 10 or e; write \frac{\log x}{\log a}"
        else:
            reason = f"{name} takes no subscript"
        self.wrong(reason, first, after - 1, UnsupportedError)
        if self.blank(k) == at:
            return name, after
        self.skip[at] = after
        return name, k

    def carried_on(self, at: int) -> bool:
        r"""Whether the names that follow carry the indices below, as in ``\max_i x_i``, and unlike ``\min_x f(x)``."""
        below = self.marks.argument(at + 1)
        indices = self.bounds(below)[0] if below else ()
        if below is None or not indices:
            return False
        known = (self.known.get(index, "dim") == "dim" for index in indices)
        return all(known) and all(self.subscripted_from(index, below.after) for index in indices)

    def subscripted_from(self, text: str, k: int) -> bool:
        """Whether a subscript with a text follows on the same side of its formula."""
        places = self.marks.subscripted.get(text, [])
        place = bisect_left(places, k)
        return place < len(places) and places[place] < self.marks.end_of_side(k)

    def sum(self, first: int, k: int | None = None, by: str = "sum") -> int:
        r"""``\sum_{i=1}^n``: which indices, from where; how far stands in braces behind it.

        So are a product, and the largest or smallest of the values, read.
        """
        k = first + 1 if k is None else k
        start = k
        below = above = None
        for _ in range(2):
            k = self.blank(k)
            if self.marks.text(k) == "_" and below is None:
                below = self.marks.argument(k + 1)
                after = below.after if below else k + 1
                at = k
            elif self.marks.text(k) == "^" and above is None:
                opener = self.blank(k + 1)
                after = self.marks.closing.get(opener, opener) + 1
                if self.marks.text(opener) + self.marks.text(self.blank(opener + 1)) != "{}":
                    above = k
            else:
                break
            if above is not None and self.marks.text(k) == "_":
                self.skip[k] = after
            k = after
        indices, lower = self.bounds(below) if below else ((), 1)
        last = first if below is None else below.after - 1
        if below is not None and not indices:
            self.wrong(r"a sum runs over indices, as in \sum_i, \sum_{i,j} or \sum_{i=1}^n", at, last, UnsupportedError)
        self.emit("SUM", (indices, lower, by), first, start - 1)
        self.indices.update(indices)
        if above is None:
            return k
        self.emit("UPPER", "^", above, above)
        self.wait(r"\sum^", 1, above)
        return above + 1

    def bounds(self, below: Argument) -> tuple[tuple[str, ...], int]:
        """The indices of a sum and where they start; no indices where this cannot be read."""
        if below.empty:
            return (), 1
        text = self.source[self.marks[below.start].start : self.marks[below.end - 1].end]
        word = _FONT.sub("", text).strip(" {}").replace(" ", "").lower()
        if word in _ALONG:
            return (Along(_ALONG[word]),), 1
        marks = [self.marks[j].text for j in below if not self.is_blank(j)][:4]
        if len(marks) == 3 and marks[1] in _UNEQUAL and len(marks[0]) == len(marks[2]) == 1 and marks[0].isalpha():
            return (Excluding(marks[0], marks[2]),), 1
        every = list(islice((self.marks[j].text for j in below if not self.is_blank(j)), 12))
        if every[:1] == ["("] and every[2:3] == [","] and every[4:6] == [")", "in"] and len(every) == 7:
            return (Within(every[1], every[6]), every[3]), 1
        if every[:1] in (["1"], ["0"]) and every[1:2] and every[1] in _AT_MOST and every[-2] in _AT_MOST:
            return tuple(text for text in every[2:-2] if text != ","), int(every[0])
        indices: list[str] = []
        texts = (self.marks[j].text for j in below if not self.is_blank(j))
        for text in texts:
            if text == "=":
                start = list(islice(texts, 2))
                return (tuple(indices), int(start[0])) if start in (["1"], ["0"]) else ((), 1)
            if len(text) == 1 and text.isalpha():
                indices.append(text)
            elif text != ",":
                return (), 1
        return tuple(indices), 1
