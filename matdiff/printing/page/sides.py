"""The sides of a derivation's steps in the words of one printer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matdiff.expr import Expr, differential, topo, variable
from matdiff.expression import Expression
from matdiff.indices import Access, index
from matdiff.printing.base import TreePrinter
from matdiff.record import Record, Step

LONGEST = 4000
"""A side of a step with more characters than this is not printed in full."""
MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Line:
    """One line of the derivation: a left side (empty where it goes on), a right side, the rule."""

    left: str
    right: str
    rule: str
    note: str
    source: str = ""
    moves: tuple[Line, ...] = ()
    """The single rules of a line that has several."""


class Page:
    """A derivation in the words of one printer."""

    def __init__(self, derivation: Record[Any, Any], printer: type[TreePrinter]) -> None:
        self.derivation = derivation
        model = derivation.model
        self.taken = {*model.variables, *model.definitions, *model.functions, *model.dims}
        self.made = {
            node.data: node
            for step in derivation.steps
            for node in topo(step.after.node)
            if node.op == "definition" and node.data not in self.taken
        }
        self.print = printer(model.inferred, self.taken | set(self.made))

    def __call__(self, e: Expression | Expr) -> str:
        text = self.print(e.node if isinstance(e, Expression) else e)
        length = len(MARKUP.sub("", text))
        return text if length <= LONGEST else self.print.remark(f"({length:,} characters, not shown)")

    @property
    def objective(self) -> Expr:
        """What is derived, written out where it has a name."""
        node = self.derivation.objective.node
        return node.args[0] if node.op == "definition" else node

    def lines(self, moves: bool = False) -> Iterator[Line]:
        """The steps as chains, with the moves of each where they are wanted."""
        return self.chained(self.derivation.steps, moves)

    def chained(self, steps: Sequence[Step], moves: bool = False) -> Iterator[Line]:
        """A step that goes on from the one before has no left side."""
        last: Expr | None = None
        for step in steps:
            before = "" if step.before.node is last else self.left(step.before)
            inside = tuple(self.chained(step.moves)) if moves and len(step.moves) > 1 else ()
            yield Line(before, self(step.after), step.rule, step.note, step.source, inside)
            last = step.after.node

    def left(self, side: Expression) -> str:
        """The side that a chain begins with: df, where that is the differential of what is derived."""
        objective = self.derivation.objective.node
        whole = objective.is_scalar and side.node is differential(objective) and self.derivation.name not in self.taken
        return self(differential(variable(self.derivation.name, objective.shape))) if whole else self(side)

    def named(self) -> Iterator[tuple[str, str]]:
        """The names that the derivation made, with what they stand for."""
        for name, node in self.made.items():
            yield self.print.name(name), self(node.args[0])
        for statement in self.derivation.statements:
            if not isinstance(statement.right, str):
                yield self.print.name(statement.left), self(statement.right)

    def results(self) -> Iterator[tuple[str, tuple[str, ...], Expression]]:
        """Every result with its kind and the variables: ``("gradient", ("X",), …)``."""
        d = self.derivation
        for name in d.wrt:
            if name in d.jacobians:
                yield "jacobian", (name,), d.jacobians[name]
            yield "gradient", (getattr(d.gradients[name], "of", None) or name,), d.gradients[name]
        for pair, found in d.hessians.items():
            one, other = members(pair, found)
            yield "hessian", (one,) if one == other else (one, other), found

    def remarks(self) -> Iterator[str]:
        d = self.derivation
        for condition in d.conditions:
            yield f"where {condition}"
        yield from d.conventions
        for name, forms in d.structured.items():
            for title, form in forms.items():
                yield f"gradient by {name} {title}: {self(form)}"
        for name, kind in d.model.defaulted.items():
            yield f"{name} is taken as a {kind}, by its letter"


def members(pair: tuple[str, str], found: Expression) -> tuple[str, str]:
    """The names of a Hessian with the indices of its blocks."""
    families = found.model.families.members if found.model.families else {}
    at = tuple(map(index, found.indices))
    known = [len(families[name].indices) if name in families else None for name in pair]
    first = len(at) // 2 if pair[0] == pair[1] else known[0] if known[1] is None else len(at) - (known[1] or 0)
    return Access(pair[0], at[:first]), Access(pair[1], at[first:])


def shape_text(e: Expression) -> str:
    each = f" for each {','.join(e.indices)}" if e.indices else ""
    return "×".join(map(str, e.shape)) + each
