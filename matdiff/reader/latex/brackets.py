r"""Braces, brackets, bars, and the subscripts behind them."""

from __future__ import annotations

from matdiff.errors import UnsupportedError
from matdiff.reader.latex.core import Frame, Subscript, Token
from matdiff.reader.latex.scripts import Scripts
from matdiff.reader.syntax import Spelled

_NORMS = {
    **dict.fromkeys(("F", "Fro", "fro", "Frob"), "norm2"),
    "2": Spelled("norm2", "2"),
    "1": Spelled("norm1", "1"),
    "1_1": "norm1",
    "infty": "norm_inf",
    **dict.fromkeys(("star", "nuc", "S_1", "S1"), "norm_nuc"),
    **dict.fromkeys(("op", "spec", "S_infty", "S_inf"), "norm_spec"),
    **dict.fromkeys(("S_2", "S2", "HS"), "norm2"),
    **{power: f"norm:{power}" for power in ("3", "4", "p", "q")},
    **{f"S_{power}": f"norm_schatten:{power}" for power in ("3", "4", "p", "q")},
}
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}


class Brackets(Scripts):
    """Reads what opens and closes."""

    def left_brace(self, k: int, owner: str = "") -> int:
        if k not in self.marks.closing:
            self.wrong("this { is not closed", k, k)
            return k + 1
        if self.marks.text(self.blank(k + 1)) == "}" and not owner:
            return self.blank(k + 1) + 1
        self.emit("LBRACE", "{", k, k)
        self.frames.append(Frame("group", owner))
        self.open.append("{")
        return k + 1

    def right_brace(self, k: int) -> int:
        if not self.frames or self.frames[-1].kind not in ("group", "argument"):
            self.wrong("this } was never opened", k, k)
            return k + 1
        frame = self.frames.pop()
        self.close("{")
        self.emit("RBRACE", "}", k, k)
        if frame.kind == "argument":
            self.argument_done()
        elif frame.owner:
            self.close(frame.owner)
            return self.right_bar(frame.owner, k, k)
        return k + 1

    def bracket(self, type: str, text: str, k: int) -> int:
        """A bracket that is printed."""
        if text in _PAIRS:
            self.close(_PAIRS[text])
        else:
            self.open.append(text)
        if text == "]" and self.frames and self.frames[-1].kind == "root":
            self.frames.pop()
        self.emit(type, text, k, k)
        if k in self.entries:
            self.emit("INDEX", self.entries[k], k, k)
        if text == ">":
            found = self.subscript(k + 1)  # \langle A, B \rangle_F
            return self.use(found, k + 1) if found and found.text in _NORMS else k + 1
        return self.index(k + 1) if text in _PAIRS else k + 1

    def close(self, opener: str) -> None:
        """Forget what is open down to a bracket."""
        if opener in self.open:
            while self.open.pop() != opener:
                pass

    def index(self, k: int) -> int:
        """A subscript after a bracket: the entry of what is inside."""
        found = self.subscript(k) or self.positive_part(k)
        if found is None:
            return k
        self.out.append(Token("INDEX", found.parts, self.marks[found.at].start, self.marks[found.after - 1].end))
        return self.use(found, k)

    def positive_part(self, k: int) -> Subscript | None:
        """The ``_+`` of ``(1 - x)_+``, and of a set."""
        at = self.underscore(k)
        found = self.marks.argument(at + 1) if at is not None else None
        if at is None or not found or found.empty or any(self.marks[j].text != "+" for j in found):
            return None
        return Subscript("+", ("+",), at, found.after)

    def bar(self, sign: str, k: int, last: int, way: str = "") -> int:
        """``|`` or ``‖``: whether it opens or closes, its size says, or what stands before it."""
        closes = way == "close"
        if not closes and self.after_operand() and self.open[-1:] == [sign]:  # \lVert for both bars is a frequent slip
            closes = way == "" or not self.begins_operand(last + 1)
        if closes:
            self.close(sign)
            return self.right_bar(sign, k, last)
        self.open.append(sign)
        self.emit("LNORM" if sign == "‖" else "LBAR", sign, k, last)
        return last + 1

    def named_norm(self, at: int | None) -> Subscript | None:
        r"""The subscript of a Schatten norm, ``\|X\|_{S_p}``."""
        below = self.marks.argument(at + 1) if at is not None else None
        texts = (below.texts(3) if below else None) or []
        if below is None or at is None or texts[:2] != ["S", "_"]:
            return None
        inner = [text for text in (self.marks[j].text for j in below if not self.is_blank(j)) if text not in "{}"]
        return Subscript("".join(inner), ("".join(inner),), at, below.after)

    def right_bar(self, sign: str, k: int, last: int) -> int:
        """A closing bar; a norm may say which it is."""
        if sign == "|":
            self.emit("RBAR", sign, k, last)
            at = self.underscore(last + 1)
            if at is not None:
                self.wrong(r"bars take no subscript; a norm is \lVert x \rVert_1, or \lVert x \rVert_2", k, at + 1)
                self.skip[at] = self.after_argument(at)
            return last + 1
        at = self.underscore(last + 1)
        found = self.subscript(last + 1) or self.named_norm(at)
        self.emit("RNORM", _NORMS.get(found.text, "") if found else "norm2", k, last)
        if at is not None and (found is None or found.text not in _NORMS):
            self.wrong(
                "this norm is not supported: there are the Euclidean (Frobenius) norm, _1, the sum of absolute values,"
                r" _p with a small number or p, _\infty of a vector, _*, _{\mathrm{op}} and _{S_p} of a matrix",
                k,
                at + 1,
                UnsupportedError,
            )
            found = found or Subscript("", (), at, self.after_argument(at))
        if found is None:
            return last + 1
        after = self.use(found, last + 1)
        self.out[-1].end = max(self.out[-1].end, self.marks[after - 1].end)
        return after
