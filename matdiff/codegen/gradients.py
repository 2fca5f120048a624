"""Gradients for code: the cotangent of every named value gets a name of its own.

The rules are those of the derivation (`matdiff.calculus`). Naming the cotangents is what a person
does who writes the backward pass by hand, and keeps it linear in the length of the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.calculus.rules import pullback
from matdiff.calculus.sweep import dependents
from matdiff.codegen.stable import stable
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.model import Model
from matdiff.operators import row
from matdiff.products import split
from matdiff.rewriting.engine import Rewriter


@dataclass(frozen=True)
class Gradients:
    """An objective in its stable form, and its gradients in the order they are found."""

    objective: Expr
    gradients: dict[str, Expr]
    variables: dict[str, Expr]
    origins: dict[Expr, Expr]
    """Of each named cotangent the definition it belongs to."""
    through: dict[Expr, tuple[Expr, ...]]
    """The named values (or the objective) through which a definition or a variable acts."""
    inner: frozenset[Expr]
    """The cotangents of what a named function is applied to: most are that of its value, scaled."""


def gradients(model: Model, objective: Expr, wrt: Iterable[str], seed: Expr | None = None) -> Gradients:
    """The gradients of a scalar by declared names, times a scalar ``seed`` where one is given."""
    names = list(wrt)
    wanted = [model.variables[name] for name in names]
    root, *definitions = stable([objective, *model.definitions.values()])
    return Backward(root, dict(zip(names, wanted, strict=True)), definitions).run(seed or E.number(1))


class Backward:
    """One backward pass over a program of definitions."""

    def __init__(self, objective: Expr, variables: dict[str, Expr], definitions: list[Expr]) -> None:
        self.objective, self.variables = objective, variables
        self.rewriter = Rewriter(definitions)
        self.live = dependents([objective], variables.values())
        self.owner = {node.args[0]: node.data for node in definitions}
        self.received: dict[Expr, list[Expr]] = {}
        self.through: dict[Expr, dict[Expr, None]] = {objective: {objective: None}}
        self.inner: dict[Expr, str] = {}
        """What a named function is applied to, with a name for its cotangent."""

    def run(self, seed: Expr) -> Gradients:
        wanted = {node: name for name, node in self.variables.items()}
        self.received[self.objective] = [seed]
        found: dict[str, Expr] = {}
        origins: dict[Expr, Expr] = {}
        for node in reversed(list(topo(self.objective))):
            if node not in self.live or node not in self.received:
                continue
            cotangent = collected(self.received.pop(node), self.rewriter)
            if node in wanted:
                found[wanted[node]] = cotangent
            name = node.data if node.op == "definition" else self.inner.get(node)
            if name and worth_a_name(cotangent):
                cotangent = E.define(f"grad_{name}", cotangent)
                origins[cotangent] = node
            if node.op == "definition":
                self.hand_on(node.args[0], cotangent, {node: None})
            elif node.op != "variable":
                self.push(node, cotangent)
        for name, node in self.variables.items():
            if name not in found:
                found[name] = E.number(0) if node.is_scalar else E.zeros(*node.shape)
        through = {node: tuple(consumers) for node, consumers in self.through.items()}
        inner = frozenset(cotangent for cotangent, node in origins.items() if node in self.inner)
        return Gradients(self.objective, found, self.variables, origins, through, inner)

    def push(self, node: Expr, cotangent: Expr) -> None:
        """Hand a cotangent on to the arguments."""
        entry = row(node)
        if not entry.is_linear and not entry.d:
            raise UnsupportedError(f"{entry.call or node.op} has no differential in the table")
        if entry.elementwise and node in self.owner and node.args[0].op not in ("definition", "variable"):
            self.inner[node.args[0]] = f"{self.owner[node]}_in"
        for index, arg in enumerate(node.args):
            if arg in self.live:
                self.hand_on(arg, self.rewriter(pullback(node, index, cotangent)), self.through[node])

    def hand_on(self, node: Expr, cotangent: Expr, through: dict[Expr, None]) -> None:
        if node in self.live:
            self.received.setdefault(node, []).append(cotangent)
            self.through.setdefault(node, {}).update(through)


def collected(parts: list[Expr], rewriter: Rewriter) -> Expr:
    """The sum of the cotangents that meet at a node, in the order the objective shows them."""
    if len(parts) == 1:
        return parts[0]
    total: Expr | None = None
    for part, count in Counter(reversed(parts)).items():
        times = part if count == 1 else E.Expr("scale", (E.number(count), part), None, part.shape)
        total = times if total is None else E.Expr("add", (total, times), None, part.shape)
    assert total is not None
    return rewriter(total)


def worth_a_name(cotangent: Expr) -> bool:
    """Not a number, a name, or a multiple of a spread one: the rules shall see through these."""
    _, _, matrix = split(cotangent)
    if matrix is None:
        return False
    if matrix.op == "transpose":
        matrix = matrix.args[0]
    if matrix.op == "mul" and any(arg.op == "ones" for arg in matrix.args):
        matrix = next(arg for arg in matrix.args if arg.op != "ones")
    return bool(matrix.args) and matrix.op != "definition"
