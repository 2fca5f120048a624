r"""Numbers, and the constants that look like one: ``1^\top`` is a row of ones, ``1(x > 0)`` a mask."""

from __future__ import annotations

import re
from fractions import Fraction

from matdiff.errors import MatdiffError, Place
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.functions import Functions
from matdiff.reader.latex.scan import Mark
from matdiff.reader.math import number_value

_EXPONENT = re.compile(r"[eE][+-]?[0-9]+(?![\w.])")


class Numbers(Functions):
    """Reads numbers and constants."""

    def number(self, k: int) -> int:
        mark = self.marks[k]
        previous = self.previous()
        if self.single() and len(mark.text) > 1:
            return self.first_digit(k)
        last = k
        exponent = _EXPONENT.match(self.source, mark.end)
        if exponent and not self.single():
            while last + 1 < self.marks.size and self.marks[last + 1].start < exponent.end():
                last += 1
        if mark.text == "1" and last == k and not self.single() and self.is_ones(k):
            return self.ones(k, k + 1)
        if previous is not None and previous.type == "NUMBER" and not self.single():
            self.wrong(r"two numbers stand side by side: write \cdot between them", k, last)
            return last + 1
        start, end = mark.start, self.marks[last].end
        try:
            value = number_value(mark.text + self.source[mark.end : end], Place(self.source, start, end))
        except MatdiffError as error:
            self.wrong(error.reason, k, last, type(error))
        else:
            self.emit("NUMBER", value, k, last)
        return last + 1

    def first_digit(self, k: int) -> int:
        r"""``\frac12`` is one half: a command takes one digit."""
        mark = self.marks[k]
        owner = self.frames[-1].owner
        if not owner.endswith("frac") or not mark.text.isdigit():
            self.wrong(f"in LaTeX {owner} takes only the first sign here: write {owner}{{{mark.text}}}", k, k)
            return k + 1
        self.out.append(Token("NUMBER", Fraction(mark.text[0]), mark.start, mark.start + 1))
        self.marks.marks[k] = Mark("number", mark.text[1:], mark.start + 1, mark.end)
        return k

    def is_ones(self, k: int) -> bool:
        """Whether a plain 1 is a mask, or the column of ones: transposed, with a size, or after a factor."""
        opener = self.opener(k + 1)
        if opener is not None and self.marks.compares(opener):
            return True
        after = self.marks.text(self.blank(k + 1))
        if after in ("_", "'") or self.turned(self.blank(k + 1)):
            return True
        previous = self.previous()
        return self.after_operand() and previous is not None and previous.type != "NUMBER" and after not in ("/", "^")

    def ones(self, first: int, k: int) -> int:
        r"""``\mathbf{1}``: a mask if a comparison follows in brackets, else a column of ones."""
        opener = self.opener(k)
        if opener is not None and self.marks.compares(opener):
            self.emit("MASK", "1", first, k - 1)
            return k
        return self.constant("ones", first, k)

    def constant(self, value: str, first: int, k: int) -> int:
        self.emit("CONSTANT", value, first, k - 1)
        found = self.subscript(k) if not self.single() else None
        if found is None or self.blank(k) == found.at:
            return k
        start, end = self.marks[found.at].start, self.marks[found.after - 1].end  # \mathbf{1}^\top_n
        self.out += [Token("SIZE", "_", start, start), Token("LBRACE", "{", start, start)]
        self.out += [Token("NAME", Symbol(found.text, found.text), start, end), Token("RBRACE", "}", end, end)]
        return self.use(found, k)
