"""What a target language is: how each primitive operation of a plan is written there."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from matdiff.arrays.precedence import ATOM, COMPARE, LOOSE, PRODUCT, SUM, UNARY, is_atom, stands_alone
from matdiff.codegen.graph import Value
from matdiff.codegen.solutions import solution_text
from matdiff.errors import UnsupportedError
from matdiff.operators import MASK_SIGNS, row_of
from matdiff.texts import taken


@dataclass(frozen=True)
class Statement:
    """``target sign value``, or a call alone: of a form, and then of a function."""

    value: str
    target: str = ""
    sign: str = "="
    copies: bool = False
    """Whether it makes the copy of an argument that the next ones change."""
    comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.target} {self.sign} {self.value}" if self.target else self.value


@dataclass(frozen=True)
class Form:
    """The text of an operation: ``{0}``, ``{1}`` are its arguments; ``{shape}``, ``{rows}``, ``{cols}`` its size,
    ``{data}`` its data, ``{dtype}`` the type of the inputs, ``{out}`` the name it is assigned to."""

    text: str
    precedence: int = ATOM
    arguments: tuple[int, ...] = ()
    """The least precedence each argument needs; none inside brackets."""
    statements: tuple[Statement, ...] = ()
    """What is no expression."""
    needs: tuple[str, ...] = ()
    """Names that have to be given a value first."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The functions and modules that it calls or hands on, and what it needs."""
        texts = [self.text, *(part for s in self.statements for part in (s.value, s.target))]
        return frozenset(self.needs).union(*(_CALLED.findall(text) for text in texts))


_CALLED = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?=[.(,])")


def statements(*parts: Statement) -> Form:
    return Form("", statements=parts)


def infix(sign: str, precedence: int, left: int, right: int) -> Form:
    return Form(f"{{0}} {sign} {{1}}", precedence, (left, right))


def method(text: str) -> Form:
    """What is written after its first argument."""
    return Form(text, ATOM, (ATOM,))


SIGNS = {
    "add": infix("+", SUM, SUM, PRODUCT),
    "subtract": infix("-", SUM, SUM, PRODUCT),
    "multiply": infix("*", PRODUCT, UNARY, UNARY),
    "divide": infix("/", PRODUCT, PRODUCT, UNARY),
    "matmul": infix("@", PRODUCT, UNARY, UNARY),
    "negative": Form("-{0}", UNARY, (UNARY,)),
    **{mask: infix(sign, COMPARE, SUM, SUM) for mask, sign in MASK_SIGNS.items()},
    "T": method("{0}.T"),
    "column": method("{0}[:, None]"),
    "row": method("{0}[None, :]"),
    "first_row": method("{0}[0]"),
    "first_column": method("{0}[:, 0]"),
    "pick": method("{0}[{1}, {2}]"),
    "gather": method("{0}[{1}]"),
    "vec": method("{0}.T.reshape(-1)"),
    "unvec": method("{0}.reshape({cols}, {rows}).T"),
    "nonzero": Form("{0} or 1.0", LOOSE),
}
"""The signs that NumPy, JAX and PyTorch share."""


EVALUATE = "loss_and_gradients.__wrapped__"
"""The losses and gradients of inputs that have been checked."""


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
    float_type: str = "np.float64"
    """The type of arrays where no input tells one."""
    weak_scalars: bool = False
    """Whether a function of a plain number gives a scalar with a type of its own, which would widen float32 arrays."""

    given: frozenset[str] = frozenset()
    """Functions that are there without being defined."""
    shares: str = ""
    """The functions of NumPy that are here under the same names; all, where none is named."""
    lacks: re.Pattern[str] = re.compile(r"(?!)")
    """What of Python's signs on arrays is not here."""
    decorators: tuple[str, ...] = ()
    """What else stands above the function of the loss and the gradients."""
    entry: Mapping[str, str] = field(default_factory=dict)
    """What is done first to an argument that is a column or a number."""
    common_type: tuple[str, str, Sequence[str], str] = ("np.result_type(", "{0}", ("np.float32",), ")")
    """The text that finds the type of the inputs: what stands before them, each of them, what
    comes last, what follows."""
    to_float: str = "{0}"
    copy: str = "np.copy"
    """The function that copies an array."""
    to_numpy: str = "{0}"
    """What NumPy makes an array of."""
    locals: frozenset[str] = frozenset()
    """Names that its ``train`` has beside those that every module has."""
    turns_products: bool = False
    """Whether ``v @ X`` is written for ``X.T @ v``: XLA turns the matrix first."""
    fills: bool = False
    """Whether matrices of blocks are filled, not multiplied out."""
    evaluate: str = EVALUATE
    """What ``train`` calls at each step."""
    first: Sequence[str] = ()
    """What it does before the first one."""
    setting: tuple[str, ...] = ()
    """The keywords that it has for that."""
    train: Callable[[Any], str] | None = None
    """Writes the function ``train``, where the usual one does not do."""
    asked: Callable[[Any], str] | None = None
    """The same where batches, an optimizer, or the like are asked for."""
    script: Mapping[str, str] = field(default_factory=dict)
    """What its script has beside what every script has, by the fields of its text."""

    def form(self, value: Value) -> Form:
        """How a value is written; what the target has no form of its own for, as the operator table says."""
        op, data = value.data[:2] if value.op == "table" else (value.op, value.data)
        return self.forms.get(op) or self.row_form(op, data)

    def row_form(self, op: str, data: Any) -> Form:
        """How a function of the operator table is written; refused by name where that is not known."""
        entry = row_of(op, data)
        own = {"jax": entry.jax, "torch": entry.torch}.get(self.name, "")
        if not own and op == "sympy" and entry.call in self.helpers:
            return Form(f"{entry.call}({{0}})")
        text = own or self.translated(solution_text(data) if op == "implicit" else entry.numpy)
        if not text:
            raise UnsupportedError(f"there is no {self.name} code for the function {entry.call or op}")
        text = text.replace("'", '"')
        for number, name in enumerate(entry.arguments):
            text = text.replace(f"{{{name}}}", f"{{{number}}}")
        needed = tuple(LOOSE if stands_alone(number, text) else ATOM for number in range(len(entry.arguments)))
        return Form(text, ATOM if is_atom(text) else SUM, needed)

    def translated(self, numpy: str) -> str:
        """NumPy's text in the words of this library; empty where it calls what is not known to be here."""
        calls = re.findall(r"(?<![.\w])(np\.)?([A-Za-z_][\w.]*)(?=\()", numpy)
        known = self.given.union(self.helpers)
        there = all(self.has(name) if module else name in known for module, name in calls)
        return numpy.replace("np.", f"{self.module}.") if there and not self.lacks.search(numpy) else ""

    def has(self, name: str) -> bool:
        """Whether a function of NumPy is here under the same name, with the same arguments."""
        return not self.shares or name in self.shares.split()

    def defined(self, called: Container[str]) -> list[str]:
        """The helpers among what is called, and those that they call, as they are defined."""
        needed = [name for name in self.helpers if name in called]
        for name in needed:  # grows while it is gone through
            needed += [other for other in self.helpers if other not in needed and other in taken(self.helpers[name])]
        return [text.strip("\n") for name, text in self.helpers.items() if name in needed]
