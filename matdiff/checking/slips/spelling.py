"""How a notation writes what an edit puts into a formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from matdiff.expr import Expr
from matdiff.printing.latex import LatexPrinter
from matdiff.printing.math import Printer


@dataclass(frozen=True)
class Spelling:
    """One notation; ``names`` holds how the document itself writes a name."""

    latex: bool
    names: Mapping[str, str] = field(default_factory=dict)

    # pieces

    def name(self, name: str) -> str:
        return self.names.get(name) or (LatexPrinter().name(name) if self.latex else name)

    def number(self, value: Fraction) -> str:
        if value.denominator == 1:
            return str(value)
        if self.latex:
            sign = "-" if value < 0 else ""
            return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        return f"{value.numerator}/{value.denominator}"

    def reciprocal(self, text: str) -> str:
        return rf"\frac{{1}}{{{text}}}" if self.latex else f"1/{text}"

    def differential(self, name: str) -> str:
        return f"d{self.name(name)}"

    def mask(self, inside: str, sign: str = ">") -> str:
        return f"1({inside} {self.compare(sign)} 0)"

    def compare(self, sign: str) -> str:
        return {">=": r"\ge", "<=": r"\le"}.get(sign, sign) if self.latex else sign

    def expression(self, e: Expr) -> str:
        return (LatexPrinter() if self.latex else Printer())(e)

    # signs

    @property
    def each(self) -> str:
        return r" \odot " if self.latex else " .* "

    @property
    def times(self) -> str:
        return " " if self.latex else "*"

    def sign(self, sign: str) -> str:
        if sign == "*":
            return self.times
        table = {".*": r" \odot ", "./": r" \oslash ", "⊗": r" \otimes ", "+": " + ", "-": " - ", "/": " / "}
        return table.get(sign, f" {sign} ") if self.latex else f" {sign} "

    def turned(self, text: str) -> str:
        if not self.latex:
            return text + "'"
        return rf"{self.tight(text)}^\top"

    def inverse(self, text: str) -> str:
        return rf"{self.tight(text)}^{{-1}}" if self.latex else f"inv({text})"

    def turned_inverse(self, text: str) -> str:
        return rf"{self.tight(text)}^{{-\top}}" if self.latex else f"inv({text})'"

    def power(self, text: str, exponent: Fraction, each: bool) -> str:
        if self.latex:
            sign = r"\odot " if each else ""
            return f"{self.tight(text)}^{{{sign}{exponent}}}"
        shown = str(exponent) if exponent.denominator == 1 and exponent >= 0 else f"({exponent})"
        return f"{text}{' .^ ' if each else '^'}{shown}"

    def tight(self, text: str) -> str:
        """Safe before a superscript: a text that has one already is put in brackets."""
        depth = 0
        for c in text:
            depth += (c in "({[") - (c in ")}]")
            if c == "^" and depth == 0:
                return f"({text})"
        return text

    def scaled(self, factor: str, text: str) -> str:
        if self.latex and text[:1].isdigit() and factor[-1:].isdigit():
            return rf"{factor} \cdot {text}"
        return f"{factor}{self.times}{text}"


def is_group(text: str) -> bool:
    """Whether a text is one pair of brackets and what is between."""
    text = text.strip()
    for left, right in ((r"\left(", r"\right)"), (r"\left[", r"\right]"), ("(", ")"), ("[", "]")):
        if text.startswith(left) and text.endswith(right):
            depth = 0
            for at, c in enumerate(text):
                depth += (c in "([") - (c in ")]")
                if depth == 0 and at >= len(left) - 1:
                    return at == len(text) - 1
    if text.startswith(("\\bigl(", "\\Bigl(", "\\big(", "\\Big(")):
        return text.endswith(")") and text.count("(") == 1
    return False
