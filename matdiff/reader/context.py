"""What is known while expressions are built from surface syntax, and the words in which their errors speak."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.expr import Expr
from matdiff.reader.build import Builder
from matdiff.reader.meanings import Meanings
from matdiff.reader.names import Names
from matdiff.reader.spreading import Spreading
from matdiff.reader.syntax import Node, Program, postorder
from matdiff.sizes import Shape, Unifier, named

ANY_SHAPE: Shape = (named("#m"), named("#n"))
"""The size of the parameter of a user's function when it is applied to each entry of a matrix."""

Meaning = Callable[["Context", Node, list[Expr]], Expr]
"""What a node of the syntax means, given what its children do."""


@dataclass(frozen=True, slots=True)
class UserFunction:
    """``f(z) := body``, built for a scalar and for a matrix of any size (None where that fails)."""

    parameter: str
    scalar: Expr | None
    matrix: Expr | None


class Context:
    """The names, sizes and functions of one model; builds its expressions, node by node."""

    def __init__(self, programs: Iterable[Program], kinds: Mapping[str, Meaning]) -> None:
        self.programs = list(programs)
        self.kinds = kinds
        """What each kind of surface syntax means; all others are calls."""
        self.unifier = Unifier()
        self.build = Builder(self.unifier)
        self.names = Names(self.unifier)
        self.settings: dict[str, int] = {}
        self.user_functions: dict[str, UserFunction] = {}
        self.places: dict[Expr, Place] = {}
        self.meanings = Meanings()
        self.spreading = Spreading(self.names.defaulted)
        self.lift = False
        self.indexed = False
        """Whether an entry ``x_i`` has been read."""
        self.in_formula = False
        """Whether a formula of the tables is built, where functions mean what they mean there."""
        self.written = 0
        """How many nodes the calls of functions defined here were written out to."""
        self.program = self.programs[-1] if self.programs else Program("")

    def expression(self, root: Node, local: Mapping[str, Expr] | None = None) -> Expr:
        """Build one expression bottom-up; ``local`` names win over the model's."""
        built: dict[int, Expr] = {}
        for node in postorder(root):
            try:
                result = self.node(node, [built[id(child)] for child in node.children], local or {})
            except ZeroDivisionError:
                raise ParseError("division by zero", self.program.place(node)) from None
            except MatdiffError as error:
                places = error.places or ((self.program.place(node),) if self.program.source else ())
                raise error.at(self.readable(error.reason), *places) from None
            built[id(node)] = result
            self.places.setdefault(result, self.program.place(node))
        return built[id(root)]

    def formula(self, root: Node, local: Mapping[str, Expr]) -> Expr:
        """A formula of the tables over given expressions."""
        kept = self.program, self.lift, self.in_formula
        self.program, self.lift, self.in_formula = Program(""), False, True
        try:
            return self.expression(root, local)
        finally:
            self.program, self.lift, self.in_formula = kept

    def node(self, node: Node, args: list[Expr], local: Mapping[str, Expr]) -> Expr:
        if node.kind == "name":
            return local.get(node.value) or self.names.lookup(node, self.program, self.user_functions)
        return self.kinds.get(node.kind, self.kinds["call"])(self, node, args)

    def lifts(self, *args: Expr) -> bool:
        """Whether an operation is applied to each entry: in the body of ``f(z) := …``, of what holds z."""
        return self.lift and any(arg.shape == ANY_SHAPE for arg in args)

    @property
    def broadcasts(self) -> bool:
        """Whether a scalar may be added to every entry whatever it is: in the tables, and where names are arrays."""
        return self.in_formula or "column" in self.program.spelling

    def text(self, node: Node) -> str:
        text = " ".join(self.program.source[node.start : node.end].split())
        return text if len(text) <= 40 else text[:37] + "…"

    def size(self, e: Expr) -> str:
        return raw(self.build.shape(e))

    def described(self, node: Node, shape: Shape) -> str:
        """``X is m×n``, with a word on why where nothing declares X."""
        shape = self.unifier.shape(shape)
        kind = self.names.defaulted.get(node.value) if node.kind == "name" else None
        why = f" (undeclared, by its letter a {kind})" if kind else ""
        return f"{self.text(node)}{why} is {raw(shape)}"

    def show(self, shape: Shape) -> str:
        return self.readable(raw(shape))

    def readable(self, message: str) -> str:
        """A message in which the sizes that are still open are called n1, n2, …"""
        free = (name for name in map("n{}".format, count(1)) if name not in self.names.scope)
        called: dict[str, str] = {}
        return _OPEN.sub(lambda found: called.setdefault(found[0], next(free)), message)

    def reasons(self, known: list[Place], *operands: Expr) -> list[Place]:
        """The other place of a conflict: where an inferred size was decided, else the last of those known."""
        decided = self.unifier.reasons(size for operand in operands for size in operand.shape)
        return [*decided[-1:], *known[1:]][:1] if not decided or decided[-1] != known[0] else known[1:]


_OPEN = re.compile(r"\?!?\d+")


def raw(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"
