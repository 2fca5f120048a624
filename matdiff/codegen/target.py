"""What a target language is: how each primitive operation of a plan is written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matdiff.calculus.rules import row_of
from matdiff.codegen.graph import Value

COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(6)


@dataclass(frozen=True)
class Form:
    """The text of an operation: ``{0}``, ``{1}`` are its arguments; ``{shape}``, ``{rows}``, ``{cols}`` its size,
    ``{data}`` its data, ``{dtype}`` the type of the inputs, ``{out}`` the name it is assigned to."""

    text: str
    precedence: int = ATOM
    arguments: tuple[int, ...] = ()
    """The least precedence each argument needs; none inside brackets."""
    block: bool = False
    """Whether the text is whole statements, and not an expression."""


def infix(sign: str, precedence: int, left: int, right: int) -> Form:
    return Form(f"{{0}} {sign} {{1}}", precedence, (left, right))


def method(text: str) -> Form:
    """What is written after its first argument."""
    return Form(text, ATOM, (ATOM,))


SIGNS = {
    "add": infix("+", SUM, SUM, PRODUCT),
    "sub": infix("-", SUM, SUM, PRODUCT),
    "mul": infix("*", PRODUCT, UNARY, UNARY),
    "div": infix("/", PRODUCT, PRODUCT, UNARY),
    "matmul": infix("@", PRODUCT, UNARY, UNARY),
    "neg": Form("-{0}", UNARY, (UNARY,)),
    "gt": infix(">", COMPARE, SUM, SUM),
    "ge": infix(">=", COMPARE, SUM, SUM),
    "lt": infix("<", COMPARE, SUM, SUM),
    "le": infix("<=", COMPARE, SUM, SUM),
    "eq": infix("==", COMPARE, SUM, SUM),
    "transpose": method("{0}.T"),
    "column": method("{0}[:, None]"),
    "row": method("{0}[None, :]"),
    "first_row": method("{0}[0]"),
    "first_column": method("{0}[:, 0]"),
    "pick": method("{0}[{1}, {2}]"),
    "gather": method("{0}[{1}]"),
    "vec": method("{0}.T.reshape(-1)"),
    "unvec": method("{0}.reshape({cols}, {rows}).T"),
    "nonzero": Form("({0} or 1.0)"),
}
"""The signs that NumPy, JAX and PyTorch share."""


@dataclass(frozen=True)
class Target:
    """A library to write code for."""

    name: str
    module: str
    """The name the library goes by in the code."""
    imports: str
    forms: Mapping[str, Form]
    helpers: Mapping[str, str] = field(default_factory=dict)
    """Functions that a module defines for itself, by name."""
    pi: str = "np.pi"

    def form(self, value: Value) -> Form:
        """How a value is written; an element-wise row of the operator table as its NumPy column says."""
        if value.op == "table":
            op, data, _ = value.data
        else:
            op, data = value.op, value.data
        if value.op in self.forms:
            return self.forms[value.op]
        if op in self.forms:
            return self.forms[op]
        entry = row_of(op, data)
        text = entry.numpy.replace("np.", f"{self.module}.").replace("'", '"')
        for number, name in enumerate(entry.arguments):
            text = text.replace(f"{{{name}}}", f"{{{number}}}")
        loose = not text.endswith(")") or text.count("(") == 0
        return Form(text, SUM if loose else ATOM, (ATOM,) * len(entry.arguments) if loose else ())

    def needed(self, text: str) -> list[str]:
        """The helpers that a text calls."""
        return [name for name in self.helpers if f"{name}(" in text]
