"""The reverse sweep: from ``df = tr(G' df)`` to ``df = Σ tr(Gᵢ' dXᵢ)``, one node at a time.

Invariant: ``df = Σ tr(Gᵢ' dNᵢ)`` over a frontier of nodes. Each move takes the topologically last node and
hands its cotangent on to its arguments; cotangents that meet are added. It is linear in the number of nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from matdiff import expr as E
from matdiff.calculus.rules import adjoint, forward_template, pullback_formula
from matdiff.compose import multiple, total
from matdiff.expr import Expr, topo
from matdiff.formulas import Template, key
from matdiff.operators import dependents, row, row_of
from matdiff.rewriting.engine import Rewriter


class Sweep:
    """One way down from a root. Who watches it overrides `collect` and `push`, and calls these."""

    def __init__(self, root: Expr, wrt: Iterable[Expr], rewriter: Callable[[Expr], Expr] = lambda e: e) -> None:
        self.root, self.wrt, self.rewriter = root, frozenset(wrt), rewriter
        self.live = dependents([root], self.wrt)
        self.received: dict[Expr, list[Expr]] = {}

    def run(self, seed: Expr) -> dict[Expr, Expr]:
        """The cotangent of every variable that is reached."""
        found: dict[Expr, Expr] = {}
        self.received[self.root] = [seed]
        for node in reversed(list(topo(self.root))):
            if node in self.live and node in self.received:
                cotangent = self.collect(node, self.received.pop(node))
                if node in self.wrt:
                    found[node] = cotangent
                for part in self.push(node, cotangent):
                    self.received.setdefault(part.arg, []).append(part.cotangent)
        return found

    def collect(self, node: Expr, parts: list[Expr]) -> Expr:
        """The sum of the cotangents that meet at a node."""
        return total(parts)

    def push(self, node: Expr, cotangent: Expr) -> list[Part]:
        """What the arguments of a node receive."""
        moving = [(index, arg) for index, arg in enumerate(node.args) if arg in self.live]
        return [Part(arg, self.rewriter(pullback(node, index, cotangent))) for index, arg in moving]


@dataclass(frozen=True)
class Part:
    """The cotangent that one argument receives."""

    arg: Expr
    cotangent: Expr


def pullback(node: Expr, index: int, cotangent: Expr) -> Expr:
    """H with ``<cotangent, d(node)> = <H, d(argument)>``, for the part of one argument."""
    if node.op == "definition":
        return cotangent
    if row(node).linear_in(index):
        return adjoint(node, index, cotangent)
    return pullback_template(node.op, key(node), index)(node, cotangent)


@cache
def pullback_template(op: str, data: object, index: int) -> Template:
    """The adjoint of a differential, by moving it round the trace once, on the row's own variables."""
    written = pullback_formula(op, data, index)
    if written is not None:
        return written
    forward = forward_template(op, data, index)
    cotangent = E.variable("G", row_of(op, data).signature[1])
    found = Sweep(forward.formula, [forward.hole]).run(cotangent).get(forward.hole)
    moved = Rewriter()(found) if found is not None else E.zeros(*forward.hole.shape)
    return Template(moved, forward.arguments, cotangent)


def in_order(parts: Sequence[Expr], rewriter: Callable[[Expr], Expr]) -> Expr:
    """The sum of the cotangents that meet, in the order the root shows them."""
    if len(parts) == 1:
        return parts[0]
    return rewriter(total([multiple(count, part) for part, count in Counter(reversed(parts)).items()]))
