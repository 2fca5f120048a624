r"""Names of a LaTeX text.

What TeX leaves to the eye is decided here: which letters are one name, what a subscript belongs to, where ``d`` is
a differential.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from matdiff.errors import UnsupportedError
from matdiff.reader.latex.core import Subscript, Symbol
from matdiff.reader.latex.members import Members
from matdiff.reader.latex.names import ACCENTS, FONTS, GREEK, LETTERS, SHORTENED, VARIANTS
from matdiff.reader.latex.scripts import SIGN
from matdiff.reader.latex.words import (
    CLOSING,
    DIFFERENTIALS,
    FUNCTIONS,
    MACROS,
    OPENING,
    REMARKS,
    SPACES,
    TOKENS,
    TRANSPARENT,
    UNSUPPORTED,
)
from matdiff.reader.meanings import ENTRIES
from matdiff.reader.syntax import Spelled, d_is_a_sign

_CHARACTERS = {name: character for character, name in GREEK.items()}
_WORD = re.compile(r"[^\W\d_]\w{0,63}")
_NUMBERED = re.compile(r"[^\W\d_]{1,63}\d+")
_LONGEST = 64
_LABELS = {"(": ")", "[": "]"}
SPECTRA = {"lambda": "eigvals", "sigma": "svdvals"}
"""The letters of eigenvalues and singular values."""


class Letters(Members):
    """Reads names."""

    counted = 0
    most = 1

    # letters and names

    def letters(self, k: int) -> int:
        """A run of letters: names and functions that are known as words, else letter by letter."""
        if self.single():
            return self.name(self.marks[k].text, k, k + 1)
        last = k
        while self.glued(last, "letter"):
            last += 1
        first, strange, lower = k, 0, 0
        while k <= last:
            after = self.known_word(k, last)
            if after is not None:
                return after
            rest = self.run_text(k, last)
            count = self.piece(k, last, rest, k == first)
            if count > 1:
                if count == last - k + 1:
                    return self.last_piece(rest, k, last)
                self.emit("NAME", Symbol(rest[:count], rest[:count]), k, k + count - 1)
                k += count
                continue
            letter = self.marks[k].text
            if letter == "d" == self.run_text(k, last) and self.lines and self.unclear_d(k):
                return k + 1
            if letter == "d" and d_is_a_sign(self.known) and (k < last or self.is_differential(k + 1)):
                self.emit("D", "d", k, k)
                k += 1
                continue
            lower = lower + 1 if letter.islower() else 0
            strange = strange + (letter not in self.known) if lower else 0
            if strange == 4 or (strange > 1 and lower > 4):
                return self.unknown_word(first, last)
            if k == last:
                return self.last_letter(letter, k)
            self.emit("NAME", Symbol(letter, letter), k, k)
            k += 1
        return k

    def glued(self, k: int, kind: str) -> bool:
        """Whether the next mark is of a kind and touches this one."""
        if k + 1 >= self.marks.size:
            return False
        after = self.marks[k + 1]
        return after.kind == kind and after.start == self.marks[k].end

    def run_text(self, k: int, last: int) -> str:
        """The letters of a run from a mark on; of a long run the beginning."""
        return self.source[self.marks[k].start : self.marks[min(last, k + _LONGEST)].end]

    def known_word(self, k: int, last: int) -> int | None:
        """``y_pred`` or ``W2`` written without braces, where that is declared or defined here."""
        for pattern in (_WORD, _NUMBERED):
            found = pattern.match(self.source, self.marks[k].start)
            word = found[0] if found else ""
            if found is None or len(word) <= last - k + 1 or (word not in self.known and not self.heads()):
                continue
            if self.with_families and word not in self.known:
                continue
            after = last + 1
            while after < self.marks.size and self.marks[after].start < found.end():
                after += 1
            if word in self.known or self.relation_follows(after):
                return self.name(word, k, after)
        return None

    def heads(self) -> bool:
        """Whether a statement of a model begins here."""
        return self.lines and (len(self.out) == self.row or self.out[-1].type == "QUAD")

    def piece(self, k: int, last: int, rest: str, whole: bool) -> int:
        """How many letters from a mark on are one word."""
        length = last - k + 1
        if 2 <= length <= _LONGEST:
            found = self.subscript(last + 1)
            if rest in self.known or (found and self.resolve(rest, found) in self.known):
                return length
            if whole and self.heads() and self.relation_follows(found.after if found else last + 1):
                return length
        for count in range(min(length - 1, self.longest()), 1, -1):
            if rest[:count] in self.known:
                return count
        if 2 <= length <= _LONGEST and rest in FUNCTIONS:
            opener = self.opener(last + 1 + (self.marks.text(last + 1) == "'"))
            if opener is not None and self.marks.text(opener) != "{":
                return length
            if whole and self.begins_operand(last + 1):
                return length
        return 1

    def longest(self) -> int:
        """The letters of the longest declared name."""
        if self.counted != len(self.known):
            self.counted = len(self.known)
            self.most = min(_LONGEST, max(map(len, self.known), default=1))
        return self.most

    def last_piece(self, word: str, first: int, last: int) -> int:
        if word in FUNCTIONS and word not in self.known:
            return self.function(word, first, last + 1)
        return self.name(word, first, last + 1)

    def last_letter(self, letter: str, k: int) -> int:
        """The last letter of a run, which takes the scripts."""
        after = self.name(letter, k, k + 1)
        if self.marks.text(k + 1) == "_" and after == k + 3 and self.marks.text(k + 2) != "{":
            tail = k + 2
            while self.glued(tail, "letter"):
                tail += 1
            below, beside = self.marks[k + 2].text, self.run_text(k + 3, tail) if tail > k + 2 else ""
            if (len(beside) > 1 and beside.islower() and beside not in self.known) or (
                below in "ijkl" and beside in tuple("ijkl")
            ):
                self.wrong(
                    f"in LaTeX {letter}_{below}{beside} is {letter}_{below} times {beside}: write"
                    f" {letter}_{{{below}{beside}}} for one name, or put a space before {beside}",
                    k,
                    tail,
                )
        elif self.glued(k, "number") and after == k + 1:
            digits = self.marks[k + 1].text
            self.wrong(
                f"{letter}{digits}: write {letter}_{{{digits}}} for a name, {digits}{letter} for a product", k, k + 1
            )
            return k + 2
        return after

    def unknown_word(self, first: int, last: int) -> int:
        word = self.run_text(first, last)
        close = self.close_to(word, [*FUNCTIONS, *self.known])
        hint = f"; did you mean {close}?" if close else ""
        self.wrong(
            rf"{word} is read letter by letter, as a product: write \mathrm{{{word}}} for one name, or put spaces"
            rf" between the letters{hint}",
            first,
            last,
        )
        return last + 1

    def is_differential(self, k: int) -> bool:
        """Whether a ``d`` before a mark is a differential: it has no subscript, and an operand follows."""
        return self.underscore(k) is None and self.begins_operand(k)

    def unclear_d(self, k: int) -> bool:
        r"""Refuse ``d\log x`` in a model where d is a size: it may be a product."""
        after = self.blank(k + 1)
        if self.known.get("d") != "dim" or not self.is_differential(k + 1) or self.marks[after].kind == "letter":
            return False
        self.wrong(r"d is a size here: write d \cdot … for a product, \mathrm{d}… for a differential", k, k)
        return True

    def begins_operand(self, k: int) -> bool:
        after = self.blank(k)
        if after >= self.marks.size or (
            self.lines and self.at_top(k) and any(self.marks[j].kind == "newline" for j in range(k, after))
        ):
            return False
        mark = self.marks[after]
        if mark.kind == "letter":
            return True
        if mark.kind == "sign":
            return mark.text in "([{∑" or (mark.text in "|‖" and self.open[-1:] not in (["|"], ["‖"]))
        if mark.kind != "command" or mark.text in CLOSING:
            return False
        name = mark.text
        if name == "text":
            return self.marks.word(after + 1) is not None and self.remark(after) is None
        known = (LETTERS, FONTS, ACCENTS, MACROS, OPENING, DIFFERENTIALS, TRANSPARENT, ("sum", "norm", "abs", "lVert"))
        if any(name in names for names in known) or name in ("lvert", "{", "lbrace", "langle"):
            return True
        if name in ("|", "Vert", "vert"):
            return self.open[-1:] not in (["|"], ["‖"])
        return name not in SPACES and name not in TOKENS and self.function_word(name) is not None

    def remark(self, k: int) -> str | None:
        r"""The words of a ``\text`` that is a remark and no name."""
        opener = self.blank(k + 1)
        last = self.marks.closing.get(opener)
        if self.marks.text(opener) != "{" or last is None:
            return None
        text = self.source[self.marks[opener].end : self.marks[last].start]
        plain = text.strip().replace(r"\_", "_")
        if plain in self.known or self.function_word(plain):
            return None
        return plain if text != plain or not plain.isidentifier() or plain in REMARKS else None

    def resolve(self, base: str, found: Subscript | None) -> str:
        """The name that is meant: ``W_1`` stands for a declared ``W1``, ``\\varphi`` for a declared ``phi``."""
        bases = [base, VARIANTS.get(base, base), _CHARACTERS.get(base, base), SHORTENED.get(base, base)]
        if found is None:
            letter, _, accent = base.rpartition("_")
            candidates = [*bases, letter + accent] if accent in ACCENTS else bases  # \\hat{y} for a declared yhat
        else:
            candidates = [name for b in bases for name in (f"{b}_{found.text}", f"{b}{found.text}")]
        return next((name for name in candidates if name in self.known), candidates[0])

    def name(self, base: str, first: int, k: int, *, letter: bool = True) -> int:
        """A name with its subscript, or one of the few names that mean something by themselves."""
        if self.single():
            self.emit("NAME", Symbol(self.resolve(base, None), base), first, k - 1)
            return k
        member = self.member(base, first, k)
        if member is not None:
            return member
        below = self.subscript(k)
        if base == "i" and "i" not in self.known and any(frame.owner == "e^" for frame in self.frames):
            self.wrong("complex numbers are not supported; a real i is to be declared", first, k - 1, UnsupportedError)
        if self.resolve(base, below) not in self.known:
            after = self.constant_name(base, below, first, k, letter)
            if after is not None:
                return after
        found, after = self.scripts(k, below)
        full = self.resolve(base, found)
        kind = self.known.get(full)
        if kind is None and self.is_spectrum(base, below, after):
            return self.function(SPECTRA[base], first, after)
        if kind == "function" or (kind == "defined function" and self.opener(after) is not None):
            return self.function(full, first, after)
        if kind is None and found is not None and self.function_word(full) and self.opener(after) is not None:
            return self.function(full, first, after)
        if base == "E" and kind is None and self.marks.bracket_at(self.opener(after)) == "[":
            self.wrong(f"E[…]: {UNSUPPORTED['mathbb']}; for a product declare E", first, after, UnsupportedError)
        at = self.underscore(k) if found is None else None
        if at is not None:
            return self.deep_subscript(base, first, k, at)
        self.emit("NAME", Symbol(full, self.resolve(base, None), found.parts if found else ()), first, k - 1)
        if after > k:
            self.out[-1].end = self.marks[after - 1].end
        return after

    def is_spectrum(self, base: str, below: Subscript | None, after: int) -> bool:
        r"""Whether ``\lambda_i(S)`` stands here, one entry of a spectrum: the bracket that closes takes the index.

        In the bracket is a matrix, by a capital; singular values are of one name, as ``\sigma`` is a function too.
        """
        opener = self.opener(after)
        if base not in SPECTRA or base in self.known or below is None or self.marks.bracket_at(opener) != "(":
            return False
        assert opener is not None
        closing = self.marks.closing.get(opener, opener)
        inside = [self.marks[j].text for j in range(opener + 1, closing) if not self.is_blank(j)]
        capitals = [text for text in inside if len(text) == 1 and text.isupper()]
        index = below.parts[0] if len(below.parts) == 1 else ""
        if not capitals or (base == "sigma" and inside != capitals) or not (len(index) == 1 and index.isalpha()):
            return False
        self.entries[closing] = below.parts
        return True

    def scripts(self, k: int, below: Subscript | None) -> tuple[Subscript | None, int]:
        """The subscript of a name, and a label ``^{(i)}`` that counts as one; and the mark to go on at."""
        behind = below is not None and self.blank(k) == below.at
        label = self.label(below.after if below is not None and behind else k)
        if label is None:
            return below, self.use(below, k) if below is not None else k
        if below is None:
            return label, label.after
        parts = (*label.parts, *below.parts)
        after = label.after if behind else below.after
        return Subscript("_".join(parts), parts, label.at, after), after

    def label(self, k: int) -> Subscript | None:
        r"""``W^{(1)}`` is the name ``W_1``, ``x^{(i)}`` the name ``x_i``; of ``W^{(l)\top}`` the transpose is left."""
        at = self.blank(k)
        found = self.marks.argument(at + 1) if self.marks.text(at) == "^" else None
        opener = next(iter(found or ()), self.marks.size)
        if found is None or self.marks.text(opener) not in _LABELS:
            return None
        last = self.marks.closing.get(opener, opener)
        inside = replace(found, start=opener + 1, end=last)
        rest = [self.marks[j].text for j in islice(replace(found, start=last + 1), SIGN + 1)]
        if self.marks.text(last) != _LABELS[self.marks.text(opener)] or not all(map(self.is_transpose, rest)):
            return None
        steps = {"+": "p", "-": "m", "−": "m"} if not self.lines else {}
        texts = [self.marks[j].text for j in inside if not self.is_blank(j)]
        if not texts or not all(text.isalnum() or text in steps for text in texts) or texts[0] in steps:
            return None
        text, parts = "".join(steps.get(text, text) for text in texts), ("".join(texts),)
        if not rest:
            return Subscript(text, parts, at, found.after)
        self.labelled[at] = last + 1
        return Subscript(text, parts, at, at)

    def constant_name(self, base: str, found: Subscript | None, first: int, k: int, letter: bool) -> int | None:
        r"""The identity ``I_n``, the commutation matrix ``K_{m,n}``, ``e^x``, and ``\Sigma_i`` for ``\sum_i``."""
        if base in ("I", "Id") and base not in self.known:
            return self.constant("eye", first, k)
        at = self.underscore(k)
        if base == "K" and at is not None and "K" not in self.known and (self.has_comma(at) or self.two_sizes(found)):
            return self.constant("commutation", first, k)
        if base == "e" and found is None and self.out and self.out[-1].value == "pi":
            self.wrong(r"e is a variable here; for Euler's number write \exp(1), else declare e", first, k - 1)
        label = self.label(k) if base == "e" and not self.lines else None
        if label is not None and label.text in tuple("ijkntl"):  # e^{(i)} counts errors
            return None
        if base == "e" and letter and self.marks.text(self.blank(k)) == "^":
            caret = self.blank(k)
            if not self.turned(caret):
                sign = next(iter(self.marks.argument(caret + 1) or ()), caret)
                each = self.token_at(sign) == ("TIMES", ".*")
                if each:
                    self.skip[sign] = sign + 1
                self.emit("CALL", (Spelled("exp", ENTRIES) if each else "exp", 0), first, k - 1)
                self.wait("e^", 1, caret)
                return caret + 1
        if base == "Sigma" and found is not None and self.subscripted_from(found.text, found.after):
            return self.sum(first)
        return None

    def has_comma(self, at: int) -> bool:
        """Whether a subscript holds two sizes."""
        k = self.blank(at + 1)
        last = self.marks.closing.get(k, k)
        while k < last and self.marks.text(k) == "{":
            k += 1
        while k < last:
            if self.marks.text(k) == ",":
                return True
            k = self.marks.closing.get(k, k) + 1
        return False

    def two_sizes(self, found: Subscript | None) -> bool:
        """Whether a subscript is two sizes side by side, as in ``K_{mn}``."""
        return found is not None and len(found.text) == 2 and all(self.known.get(size) == "dim" for size in found.text)

    def deep_subscript(self, base: str, first: int, k: int, at: int) -> int:
        """A subscript that is an expression: none but that of a derivative ``D_{w_1}`` has a meaning."""
        if base == "D":
            self.emit("DERIV", "jacobian", first, k - 1)
            return k
        self.emit("NAME", Symbol(base, base), first, k - 1)
        below = self.marks.argument(at + 1)
        after = below.after if below else at + 1
        if below is None or below.empty:
            self.wrong("something is missing after _", at, at)
            self.skip[at] = after
            return k
        self.wrong(
            f"the subscript of {base} is not a name: a subscript is made of letters, digits and commas", at, after - 1
        )
        self.skip[at] = after
        return k
