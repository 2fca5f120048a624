"""How a notation writes what an edit puts into a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from matdiff.expr import Expr
from matdiff.operators import ROWS
from matdiff.printing.latex import LatexPrinter
from matdiff.printing.math import Printer
from matdiff.reader.syntax import Node

SUM, PRODUCT, FACTOR, ATOM = range(4)
"""How tightly a text holds together."""

LEVELS = {
    **dict.fromkeys("+-", (SUM, SUM, PRODUCT)),
    **dict.fromkeys(("*", ".*", "/", "./", "⊗"), (PRODUCT, PRODUCT, FACTOR)),
    **dict.fromkeys(("^", ".^"), (FACTOR, ATOM, ATOM)),
    "negate": (SUM, PRODUCT),
    "reduction": (SUM, PRODUCT, SUM),
    "transpose": (FACTOR, ATOM),
    "inverse": (FACTOR, ATOM),
    "differential": (ATOM, ATOM),
}
"""How tightly a sign or a kind of node holds together, and how tightly its operands must."""

SIGNS = {".*": r"\odot", "./": r"\oslash", "⊗": r"\otimes", ">=": r"\ge", "<=": r"\le"}
COMMANDS = frozenset({"ln", *(name for name, entry in ROWS.items() if entry.latex == rf"\{name}")})
HEAD = re.compile(r"\\operatorname\*?\s*\{[^{}]*\}|\\math\w+\s*\{[^{}]*\}|\\[a-zA-Z]+|[^\W\d]\w*")


@dataclass(frozen=True)
class Spelling:
    """One notation; ``names`` holds how the document itself writes a name."""

    latex: bool
    names: Mapping[str, str] = field(default_factory=dict)

    def expression(self, e: Expr) -> str:
        return (LatexPrinter() if self.latex else Printer())(e)

    def level(self, node: Node) -> int:
        """How tightly a node holds together as it is written here."""
        if node.kind == "number":
            return ATOM if self.latex or (node.value >= 0 and node.value.denominator == 1) else PRODUCT
        if self.latex and node.kind == "binary" and node.value == "/":
            return ATOM
        return LEVELS.get(node.value if node.kind == "binary" else node.kind, (ATOM,))[0]

    def needs(self, node: Node, fresh: bool = False) -> list[int]:
        """How tightly the operands of a node must hold together, which an edit makes afresh or not."""
        count = len(node.children)
        braces = self.latex and node.kind == "binary"
        if braces and node.value == "/" and fresh:
            return [SUM] * count
        if self.latex and node.is_transpose and node.children[0].kind == "inverse":
            return [FACTOR]
        needed = LEVELS.get(node.value if node.kind == "binary" else node.kind, ())[1 : count + 1]
        if braces and node.value in ("^", ".^"):
            needed = (ATOM, SUM)
        return [*needed, *[SUM] * (count - len(needed))]

    def written(self, node: Node, parts: Sequence[str]) -> str:
        """A node over the texts of its operands."""
        first = parts[0] if parts else ""
        match node.kind:
            case "number":
                return self.number(node.value)
            case "name":
                return self.name(node.value)
            case "binary":
                return self.binary(node, first, parts[1])
            case "negate":
                return f"-{first}"
            case "transpose":
                if self.latex and node.children[0].kind == "inverse" and first.endswith("^{-1}"):
                    return first.removesuffix("^{-1}") + r"^{-\top}"
                return rf"{tight(first)}^\top" if self.latex else f"{first}'"
            case "inverse":
                return f"{tight(first)}^{{-1}}" if self.latex else f"inv({first})"
            case "mask":
                return f"1{grouped(first)}"
            case "differential":
                return rf"\mathrm{{d}}{first}" if self.latex and node.value == "called" else f"d{first}"
        if self.latex and node.value in ("sqrt", "vector"):
            return rf"\sqrt{{{first}}}" if node.value == "sqrt" else r"\mathbf{1}"
        return self.function(str(node.value)) + (first if is_group(first) else f"({', '.join(parts)})")

    def binary(self, node: Node, left: str, right: str) -> str:
        sign = str(node.value)
        if sign in ("^", ".^"):
            if self.latex:
                return f"{tight(left)}^{{{SIGNS['.*'] + ' ' if sign == '.^' else ''}{right}}}"
            return f"{left}{' .^ ' if sign == '.^' else '^'}{right}"
        if sign == "/":
            return rf"\frac{{{left}}}{{{right}}}" if self.latex else f"{left}/{right}"
        if sign == "*" and self.latex and left[-1:].isdigit() and right[:1].isdigit():
            return rf"{left} \cdot {right}"
        return f"{left}{self.sign(sign)}{right}"

    def sign(self, sign: str) -> str:
        """A sign with the space round it."""
        if sign == "*":
            return " " if self.latex else "*"
        return f" {SIGNS.get(sign, sign) if self.latex else sign} "

    def renamed(self, own: str, node: Node) -> str:
        """What stands before an operand, with another sign or function in it."""
        if node.kind != "binary":
            return HEAD.sub(lambda _: self.function(str(node.value)), own, count=1)
        if node.value in ("+", "-"):
            return re.sub(r"[-+−]", str(node.value), own, count=1)
        return self.sign(str(node.value))

    def function(self, name: str) -> str:
        if not self.latex:
            return name
        return f"\\{name}" if name in COMMANDS else rf"\operatorname{{{name}}}"

    def name(self, name: str) -> str:
        return self.names.get(name) or (LatexPrinter().name(name) if self.latex else name)

    def number(self, value: Fraction) -> str:
        if value.denominator == 1 or not self.latex:
            return str(value)
        return rf"{'-' * (value < 0)}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def tight(text: str) -> str:
    """Safe before a superscript: a text that has one already is put in brackets."""
    depth = 0
    for c in text:
        depth += (c in "({[") - (c in ")}]")
        if c == "^" and depth == 0:
            return f"({text})"
    return text


def grouped(text: str) -> str:
    return text if is_group(text) else f"({text})"


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
