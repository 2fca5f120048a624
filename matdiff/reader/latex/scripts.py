r"""Subscripts and superscripts: what belongs to a name, and which powers are signs."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from matdiff.errors import UnsupportedError
from matdiff.model import COMPLEX_KINDS
from matdiff.reader.latex.core import ENDS, Core, Subscript, Symbol, types
from matdiff.reader.latex.names import ACCENTS, LETTERS
from matdiff.reader.latex.scan import Argument
from matdiff.reader.latex.words import TRANSPOSES
from matdiff.reader.meanings import DAGGER, ENTRIES
from matdiff.reader.syntax import Spelled

_STARS = {"*": "star", "ast": "star", "star": "star", "⋆": "star", "-": "minus", "−": "minus", "prime": "prime"}
"""What a superscript adds to a name, in documents."""
_STEPS = {"+": "p", "-": "m", "−": "m"}
"""How the name of ``x_{k-1}`` goes on, ``x_km1``."""
_KEPT = types("dim function")
_ADJOINT = types("matrix symmetric diagonal orthogonal onehot labels")
_ADJOINTS = frozenset({"*", "ast", "star", "H", "dag", "dagger"})
"""What people write for the conjugate transpose."""
_EACH = (("odot",), ("⊙",), ("circ",), ("∘",))
_TAKES_POWER = types("CALL APPLY DERIV PARTIAL SPACE")
SIGN = 3
"""The longest superscripts that are signs have three marks, as in ``^{\\top -1}``."""
_IN_NAMES = LETTERS | types("_ max min log exp sup inf opt")
"""Commands that may stand in the subscript of a name."""


class Scripts(Core):
    """Reads subscripts and superscripts."""

    # subscripts

    def underscore(self, k: int) -> int | None:
        """The ``_`` of the operand that ends before a mark; it may stand after a superscript."""
        k = self.blank(k)
        while self.marks.text(k) == "'":
            k = self.blank(k + 1)
        if self.marks.text(k) == "^":
            found = self.marks.argument(k + 1)
            k = self.blank(found.after) if found else k
        if self.marks.text(k) != "_" or k in self.skip:
            return None
        found = self.marks.argument(k + 1)
        return None if found and found.empty else k  # x_{}

    def after_argument(self, script: int) -> int:
        """The mark after a script that is passed over."""
        found = self.marks.argument(script + 1)
        return found.after if found else script + 1

    def subscript(self, k: int) -> Subscript | None:
        """The plain subscript of the operand that ends before a mark: letters, digits and commas."""
        at = self.underscore(k)
        found = self.marks.argument(at + 1) if at is not None else None
        if at is None or not found or found.empty:
            return None
        parts: list[str] = []
        text, end, comma = "", -1, False
        step = ""
        for j in found:
            mark = self.marks[j]
            if mark.text == ",":
                comma = True
                continue
            if mark.kind in ("letter", "number") or (mark.kind == "command" and mark.text in _IN_NAMES):
                piece = mark.text
            elif mark.text in ("*", "ast", "star") and found.texts(1):
                piece = "star"
            elif mark.text in ("infty", "∞") and found.texts(1):
                piece = "infty"
            elif mark.text in (":", "cdot", "·", "bullet", "*", "ast"):
                piece = ":"
            elif self.is_blank(j):
                continue
            elif not self.lines and mark.text in _STEPS and parts and not step:
                step = mark.text
                continue
            elif (not self.lines and mark.text in "|_(){}") or mark.text in ("mid", "vert"):
                comma = mark.text in ("|", "mid", "vert") or (comma or mark.text == "_")
                continue
            elif not self.lines and mark.kind == "command" and mark.text in ACCENTS:
                piece = ACCENTS[mark.text]
            else:
                return None
            if step:  # x_{k-1}
                parts[-1] += ("-" if _STEPS[step] == "m" else "+") + piece
                text += _STEPS[step] + piece
                end, comma, step = mark.end, False, ""
                continue
            if parts and mark.start == end and not comma and ":" not in (piece, parts[-1]):
                parts[-1] += piece
            else:
                parts.append(piece)
            text += ("_" if comma else "") + piece
            end, comma = mark.end, False
        if step:  # x_+
            text += "_plus" if _STEPS[step] == "p" else "_minus"
            parts.append(step)
        return Subscript(text, tuple(parts), at, found.after)

    def use(self, found: Subscript, k: int) -> int:
        """Take a subscript out of the text; gives the mark to go on at."""
        if self.blank(k) == found.at:
            return found.after
        self.skip[found.at] = found.after
        return k

    # superscripts

    def superscript(self, k: int) -> int:
        previous = self.previous()
        if previous is None or previous.type not in ENDS | _TAKES_POWER:
            self.wrong("something is missing before ^", k, k)
            return k + 1
        if self.raised == len(self.out):
            self.wrong("one name has two superscripts: put brackets round it with the first", k, k)
        found = self.marks.argument(k + 1)
        if found and found.empty:  # x^{}
            return found.after
        if found and k in self.labelled:
            found = replace(found, start=self.labelled[k])
        after = found.after if found else k + 1
        if self.marks.text(self.blank(k + 1)) == "-":  # X^-1, which TeX would set as X^{-}1
            after = min(self.blank(k + 1) + 2, self.marks.size)
            content = [*range(self.blank(k + 1), after)]
        else:
            content = self.front(found) if found else []
        content = [j for j in content if not self.is_blank(j)]
        texts = tuple(self.marks[j].text for j in content)
        if found and not self.lines and self.named_script(texts, found, k):
            return after
        if len(texts) == 1 and self.marks.text(self.blank(k + 1)) != "{" and texts[0].isdigit() and len(texts[0]) > 1:
            self.wrong(f"in LaTeX ^{texts[0]} raises only {texts[0][0]}: write ^{{{texts[0]}}}", k, content[0])
            return after
        if 0 < len(texts) <= SIGN and previous.type != "SPACE" and self.plain_script(texts, k, after):
            self.raised = len(self.out)
            return after
        if previous.type == "NAME" and previous.value not in self.known and len(texts) == 1 and texts[0].isdigit():
            label = next((name for name in self.numbered(previous.value, texts[0]) if name in self.known), "")
            if label:
                reason = f"{previous.value}^{texts[0]} is a power, and {previous.value} is not declared"
                self.wrong(rf"{reason}; for {label} write {previous.value}^{{({texts[0]})}}", k, after - 1)
        if len(texts) > 1 and texts[:1] in _EACH:
            self.skip[content[0]] = content[0] + 1
            self.emit("POWER", ".^", k, k)
        else:
            self.emit("POWER", "^", k, k)
        self.wait("^", 1, k)
        return k + 1

    def named_script(self, texts: tuple[str, ...], found: Argument, k: int) -> bool:
        r"""Whether a superscript is a part of the name before it, as in ``x^*``, ``P^-``, ``w^{\mathrm{new}}``.

        The star of a declared matrix is no name but its adjoint; a letter over a vector counts its steps.
        """
        name = self.out[-1]
        if name.type != "NAME" or not isinstance(name.value, Symbol):
            return False
        kind = self.known.get(name.value, "")
        added = _STARS.get(texts[0], "") if len(texts) == 1 else ""
        word = self.marks.word(k + 1)
        inside = [j for j in islice(found, 6) if not self.is_blank(j)]
        opener = self.blank(k + 1)
        upright = self.marks.is_font(opener) or (opener + 1 < self.marks.size and self.marks.is_font(opener + 1))
        if added == "minus" and self.begins_operand(found.after) and self.marks.text(self.blank(k + 1)) != "{":
            return False  # X^-1
        if not added and word is not None and len(word[0]) > 1 and (upright or word[0].isupper()):
            added = "" if self.is_transpose(word[0]) else word[0]
        if not added and kind == "vector" and 0 < len(inside) <= 3 and not (self.indices & set(texts)):
            counts = [self.marks[j] for j in inside]
            letters = counts[0].kind == "letter" and not self.is_transpose(counts[0].text)
            if letters and all(mark.kind in ("letter", "number") or mark.text in _STEPS for mark in counts):
                added = "".join(_STEPS.get(mark.text, mark.text) for mark in counts)
        value: Symbol = name.value
        candidates = [f"{value}_{added}", f"{value}{added}"]
        full = next((other for other in candidates if other in self.known), candidates[0])
        if not added or (full not in self.known and (kind in _KEPT or (kind in _ADJOINT and added == "star"))):
            return False
        name.value = Symbol(full, f"{value.base}_{added}", value.parts)
        name.end = self.marks[found.after - 1].end
        self.raised = -1
        return True

    def begins_operand(self, k: int) -> bool:
        """Whether an operand begins at a mark."""
        raise NotImplementedError

    def behind_each(self, k: int) -> int:
        r"""The mark behind the ``^{\odot}`` that stands at a mark, or the same."""
        found = self.marks.argument(k + 1) if self.marks.text(k) == "^" else None
        return found.after if found and tuple(found.texts(1) or ()) in _EACH else k

    def front(self, found: Argument) -> list[int]:
        """The first marks of a script, braces round all of it left out; more than `SIGN` where it is no sign."""
        front = [j for j in islice(found, 3) if not self.is_blank(j)]
        while len(front) > 2 and self.marks.closing.get(front[0]) == self.marks.before(found.end):
            if self.marks[front[1]].kind == "letter":  # a^{{T}} is a power
                break
            found = replace(found, start=front[0] + 1, end=self.marks.closing[front[0]])
            front = [j for j in islice(found, 3) if not self.is_blank(j)]
        return [*islice((j for j in found if not self.is_blank(j)), SIGN + 1)]

    @staticmethod
    def numbered(name: str, digits: str) -> tuple[str, str]:
        return name + digits, f"{name}_{digits}"

    def plain_script(self, texts: tuple[str, ...], k: int, after: int) -> bool:
        """A superscript that is a sign: a transpose, an inverse."""
        last = after - 1
        turns = [self.is_transpose(text) for text in texts]
        if all(turns):
            for text in texts:  # of a scalar, ^T is a power where T is a size
                self.emit("TRANSPOSE", "^T" if text == "T" and "T" in self.known else "'", k, last)
            return True
        if texts == ("-", "1"):
            self.emit("INVERSE", "inv", k, last)
            return True
        if self.has_complex and texts[-1] in _ADJOINTS and self.is_adjoint(texts[-1]) and texts[:-1] in ((), ("-",)):
            if len(texts) == 2:
                self.emit("INVERSE", "inv", k, last)
            self.emit("TRANSPOSE", "^H", k, last)
            return True
        if texts in (("+",), ("dagger",)):
            self.emit("INVERSE", "pinv" if texts == ("+",) else Spelled("pinv", DAGGER), k, last)
            return True
        if texts in _EACH and self.out[-1].type in ("CALL", "APPLY"):
            name, order = self.out[-1].value
            self.out[-1].value = (Spelled(name, ENTRIES), order)
            return True
        if (texts[0] == "-" and all(turns[1:])) or (turns[0] and texts[1:] == ("-", "1")):
            self.emit("INVERSE", "inv", k, last)
            self.emit("TRANSPOSE", "'", k, last)
            return True
        if len(texts) == 1 and texts[0] in _ADJOINTS and texts[0] not in self.known:
            sign = self.source[self.marks[k].start : self.marks[last].end]
            self.wrong(
                rf"{sign}: names are real numbers unless they are declared complex; write ^\top for the transpose,"
                r" and _\star in a name",
                k,
                last,
                UnsupportedError,
            )
            return True
        return False

    def is_adjoint(self, text: str) -> bool:
        """Whether a superscript is no name of a number."""
        return self.known.get(text, "matrix") not in ("scalar", "dim")

    @property
    def has_complex(self) -> bool:
        """Whether a name is declared to be complex."""
        return not COMPLEX_KINDS.isdisjoint(self.known.values())

    def is_transpose(self, text: str) -> bool:
        """Whether a superscript is the transpose, and not a declared exponent."""
        if text in self.indices or (text in ("T", "t") and self.known.get(text) == "scalar"):
            return False
        return text in TRANSPOSES

    def turned(self, caret: int) -> bool:
        """Whether the superscript at a mark is a transpose and nothing else."""
        found = self.marks.argument(caret + 1) if self.marks.text(caret) == "^" else None
        if found is None or found.empty:
            return False
        return all(self.is_blank(j) or self.is_transpose(self.marks[j].text) for j in found)
