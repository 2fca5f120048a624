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
from matdiff.reader.build import split
from matdiff.rewriting.engine import Rewriter


@dataclass(frozen=True)
class Gradients:
    """An objective in its stable form, and its gradients in the order they are found."""

    objective: Expr
    gradients: dict[str, Expr]
    origins: dict[Expr, Expr]
    """Of each named cotangent the definition it belongs to."""
    rules: dict[Expr, tuple[str, ...]]
    """The rules that led to the cotangent of a definition or variable."""


def gradients(model: Model, objective: Expr, wrt: Iterable[str]) -> Gradients:
    """The gradients of a scalar with respect to declared or defined names."""
    names = list(wrt)
    wanted: list[Expr] = []
    for name in names:
        node = model.named(name)
        assert node is not None, name
        wanted.append(node)
    definitions = list(model.definitions.values())
    root, *rest = stable([objective, *wanted, *definitions])
    variables = dict(zip(names, rest, strict=False))
    return sweep(root, variables, rest[len(names) :])


def sweep(objective: Expr, variables: dict[str, Expr], definitions: list[Expr]) -> Gradients:
    order = list(topo(objective))
    rewriter = Rewriter(definitions)
    owner = {node.args[0]: node for node in definitions}
    live = dependents([objective], variables.values())
    wanted = {node: name for name, node in variables.items()}
    received: dict[Expr, list[Expr]] = {objective: [E.number(1)]}
    via: dict[Expr, dict[str, None]] = {objective: {}}
    found: dict[str, Expr] = {}
    origins: dict[Expr, Expr] = {}
    rules: dict[Expr, tuple[str, ...]] = {}
    inner: dict[Expr, str] = {}  # what a named function is applied to
    for node in reversed(order):
        if node not in live or node not in received:
            continue
        cotangent = collected(received.pop(node), rewriter)
        path = via.pop(node, {})
        if node in wanted:
            found[wanted[node]] = cotangent
        if node.op in ("definition", "variable"):
            rules[node] = tuple(path)
        if node.op == "variable":
            continue
        if node in inner and worth_a_name(cotangent):
            cotangent = E.define(f"grad_{inner[node]}_in", cotangent)
        if node.op == "definition":
            if worth_a_name(cotangent):
                cotangent = E.define(f"grad_{node.data}", cotangent)
                origins[cotangent] = node
                if node in wanted:
                    found[wanted[node]] = cotangent
            if node.args[0] in live:
                received.setdefault(node.args[0], []).append(cotangent)
            continue
        entry = row(node)
        if not entry.is_linear and not entry.d:
            raise UnsupportedError(f"{entry.call or node.op} has no differential in the table")
        if entry.elementwise and node in owner and node.args[0].op not in ("definition", "variable"):
            inner[node.args[0]] = owner[node].data
        for index, arg in enumerate(node.args):
            if arg in live:
                received.setdefault(arg, []).append(rewriter(pullback(node, index, cotangent)))
                via.setdefault(arg, {}).update(path | {entry.rule: None})
    for name, node in variables.items():
        if name not in found:
            found[name] = E.zeros(*node.shape) if not node.is_scalar else E.number(0)
    return Gradients(objective, found, origins, rules)


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
