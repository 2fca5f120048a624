"""The sweep for code: the cotangent of every named value gets a name of its own.

Naming the cotangents is what a person does who writes the backward pass by hand, and keeps it linear in the
length of the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.calculus.reverse import Part, Sweep, in_order
from matdiff.compose import is_product, is_transpose, split
from matdiff.expr import Expr
from matdiff.operators import row
from matdiff.rewriting.engine import Rewriter


@dataclass(frozen=True)
class Gradients:
    """An objective, and its gradients in the order they are found."""

    objective: Expr
    gradients: dict[str, Expr]
    variables: dict[str, Expr]
    origins: dict[Expr, Expr]
    """Of each named cotangent the definition it belongs to."""
    through: dict[Expr, tuple[Expr, ...]]
    """The named values (or the objective) through which a definition or a variable acts."""
    inner: frozenset[Expr]
    """The cotangents of what a named function is applied to: most are that of its value, scaled."""
    doubt: str = ""
    """Why they were not compared with differences, where they were not."""


def named_gradients(objective: Expr, variables: dict[str, Expr], definitions: Iterable[Expr], seed: Expr) -> Gradients:
    """The gradients of a scalar, times ``seed``, over a program of definitions."""
    namer = Namer(objective, variables.values(), definitions)
    cotangents = namer.run(seed)
    names = {node: name for name, node in variables.items()}
    found = {names[node]: cotangent for node, cotangent in cotangents.items()}
    for name, node in variables.items():
        found.setdefault(name, E.number(0) if node.is_scalar else E.zeros(*node.shape))
    through = {node: tuple(consumers) for node, consumers in namer.through.items()}
    inner = frozenset(cotangent for cotangent, node in namer.origins.items() if node in namer.inner)
    return Gradients(objective, found, variables, namer.origins, through, inner)


class Namer(Sweep):
    def __init__(self, objective: Expr, wrt: Iterable[Expr], definitions: Iterable[Expr]) -> None:
        definitions = list(definitions)
        super().__init__(objective, wrt, Rewriter(definitions))
        self.owner = {node.args[0]: node.data for node in definitions}
        self.through: dict[Expr, dict[Expr, None]] = {objective: {objective: None}}
        self.inner: dict[Expr, str] = {}
        """What a named function is applied to, with a name for its cotangent."""
        self.origins: dict[Expr, Expr] = {}

    def collect(self, node: Expr, parts: list[Expr]) -> Expr:
        return in_order(parts, self.rewriter)

    def push(self, node: Expr, cotangent: Expr) -> list[Part]:
        name = node.data if node.op == "definition" else self.inner.get(node)
        if name and worth_a_name(cotangent):
            cotangent = E.define(f"grad_{name}", cotangent)
            self.origins[cotangent] = node
        named = node.op not in E.NAMES and node in self.owner
        if named and row(node).elementwise and node.args[0].op not in E.NAMES:
            self.inner[node.args[0]] = f"{self.owner[node]}_in"
        parts = super().push(node, cotangent)
        for part in parts:
            consumers = {node: None} if node.op == "definition" else self.through[node]
            self.through.setdefault(part.arg, {}).update(consumers)
        return parts


def worth_a_name(cotangent: Expr) -> bool:
    """Not a number, a name, or a multiple of a spread one: the rules shall see through these."""
    _, _, matrix = split(cotangent)
    if matrix is None:
        return False
    if is_transpose(matrix):
        matrix = matrix.args[0]
    if is_product(matrix) and any(arg.op == "ones" for arg in matrix.args):
        matrix = next(arg for arg in matrix.args if arg.op != "ones")
    return bool(matrix.args) and matrix.op != "definition"
