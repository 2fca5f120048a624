"""The sweep: from ``df = tr(1 df)`` to ``df = tr(A dX)``, one node at a time.

Invariant: ``df = Σ tr(Gᵢ' dNᵢ)`` over a frontier of nodes. Each move takes the topologically last
node, replaces its differential by its row, moves each part round the trace, adds the cotangents
that meet, and records itself. It is linear in the number of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from matdiff import expr as E
from matdiff.calculus.rules import differential, pullback
from matdiff.derivation import RawStep
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.operators import row
from matdiff.rewriting.engine import Rewriter


def dependents(roots: Iterable[Expr], wrt: Iterable[Expr]) -> set[Expr]:
    """The nodes whose value varies with one of the variables."""
    found = set(wrt)
    for node in topo(*roots):
        if node not in found and varies(node, found):
            found.add(node)
    return found


def varies(node: Expr, found: set[Expr]) -> bool:
    if node.op == "definition":
        return node.args[0] in found
    return any(arg in found for arg in node.args) and not row(node).constant


def term(cotangent: Expr, node: Expr, rewriter: Rewriter) -> Expr:
    """``tr(G' dN)``, without the trace where the product is a scalar anyway."""
    d = E.differential(node)
    if node.is_scalar:
        return scalar_term(cotangent, d)
    a = rewriter(E.Expr("transpose", (cotangent,), None, (cotangent.cols, cotangent.rows)))
    return traced(a, d)


def scalar_term(cotangent: Expr, d: Expr) -> Expr:
    return d if cotangent is E.number(1) else E.Expr("scale", (cotangent, d), None, d.shape)


def traced(a: Expr, d: Expr) -> Expr:
    """``tr(a d)`` as it is written: numbers in front, no trace round a scalar."""
    from matdiff.reader.build import joined, split

    value, factors, matrix = split(a)
    if matrix is None or matrix.op == "eye":
        product = joined(value, factors, d)
    else:
        product = joined(value, factors, E.Expr("mul", (matrix, d), None, (matrix.rows, d.cols)))
    return product if product.is_scalar else E.Expr("tr", (product,), None, (E.ONE, E.ONE))


def total(terms: list[Expr]) -> Expr:
    result = terms[0]
    for more in terms[1:]:
        result = E.Expr("add", (result, more), None, result.shape)
    return result


class Sweep:
    """One derivation of a scalar; ``run`` gives the cotangent of every variable."""

    def __init__(self, objective: Expr, wrt: Iterable[Expr], rewriter: Rewriter) -> None:
        self.objective = objective
        self.wrt = set(wrt)
        self.rewriter = rewriter
        self.steps: list[RawStep] = []
        self.rows_used: dict[Expr, None] = {}

    def run(self) -> dict[Expr, Expr]:
        order = list(topo(self.objective))
        live = dependents([self.objective], self.wrt)
        received: dict[Expr, list[Expr]] = {self.objective: [E.number(1)]}
        gradients: dict[Expr, Expr] = {}
        for node in reversed(order):
            if node not in live or node not in received:
                continue
            cotangent = self.collect(node, received.pop(node))
            if node in self.wrt:
                gradients[node] = cotangent
            if node.op == "variable":
                continue
            if node.op == "definition":
                body = node.args[0]
                if body in live:
                    received.setdefault(body, []).append(cotangent)
                    self.open_name(node, cotangent)
                continue
            for arg, part in self.push(node, cotangent, live):
                received.setdefault(arg, []).append(part)
        return gradients

    def collect(self, node: Expr, parts: list[Expr]) -> Expr:
        """Add the cotangents that meet at a node."""
        if len(parts) == 1:
            return parts[0]
        joined = self.rewriter(total(parts))
        before = total([term(part, node, self.rewriter) for part in parts])
        self.record("collect the terms of one differential", before, term(joined, node, self.rewriter), node)
        return joined

    def open_name(self, node: Expr, cotangent: Expr) -> None:
        before, after = (term(cotangent, n, self.rewriter) for n in (node, node.args[0]))
        self.record(f"definition of {node.data}", before, after, node)

    def push(self, node: Expr, cotangent: Expr, live: set[Expr]) -> list[tuple[Expr, Expr]]:
        """Replace d(node) by its row and move every part round the trace."""
        entry = row(node)
        moving = [index for index, arg in enumerate(node.args) if arg in live]
        if not entry.is_linear and not entry.d:
            raise UnsupportedError(f"{entry.call or node.op} has no differential in the table")
        self.rows_used[node] = None
        parts = [(index, self.rewriter(pullback(node, index, cotangent))) for index in moving]
        opened = [differential(node, index, E.differential(node.args[index])) for index in moving]
        whole = self.rewriter(total(opened))
        before = term(cotangent, node, self.rewriter)
        middle = self.within(cotangent, whole)
        terms = [term(part, node.args[index], self.rewriter) for index, part in parts]
        after = total(terms)
        self.record(entry.rule, before, middle, node, entry.source)
        self.record(entry.move or "move the factors round the trace", middle, after, node)
        return [(node.args[index], part) for index, part in parts]

    def within(self, cotangent: Expr, whole: Expr) -> Expr:
        """``tr(G' dN)`` with dN written out."""
        if whole.is_scalar:
            return scalar_term(cotangent, whole)
        a = self.rewriter(E.Expr("transpose", (cotangent,), None, (cotangent.cols, cotangent.rows)))
        return traced(a, whole)

    def record(self, rule: str, before: Expr, after: Expr, node: Expr, source: str = "") -> None:
        notes = "; ".join(dict.fromkeys(identity.name for identity in self.rewriter.used))
        self.rewriter.used.clear()
        if before is not after:
            self.steps.append(RawStep(rule, before, after, notes, source, node))
