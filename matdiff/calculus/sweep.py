"""The sweep as people read it: each move is recorded as a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from matdiff import expr as E
from matdiff.calculus.reverse import Part, Sweep, in_order, pullback
from matdiff.calculus.rules import differential
from matdiff.compose import joined, scale, spine, split, sum_of_entries, times, total, trace, transposed
from matdiff.expr import Expr, topo
from matdiff.operators import CHAINS, MOVES, row
from matdiff.rewriting.engine import Rewriter
from matdiff.steps import RawStep


def term(cotangent: Expr, node: Expr, rewriter: Callable[[Expr], Expr]) -> Expr:
    """``tr(G' dN)``, without the trace where the product is a scalar anyway."""
    d = E.differential(node)
    if node.is_scalar:
        return scalar_term(cotangent, d)
    a = rewriter(transposed(cotangent))
    return traced(a, d)


def scalar_term(cotangent: Expr, d: Expr) -> Expr:
    return d if cotangent is E.number(1) else scale(cotangent, d)


def traced(a: Expr, d: Expr) -> Expr:
    """``tr(a d)`` as it is written: numbers in front, no trace round a scalar."""
    value, factors, matrix = split(a)
    if matrix is None or matrix.op == "eye":
        product = joined(value, factors, d)
    elif matrix.op == "ones":
        product = joined(value, [*factors, sum_of_entries(d)], None)
    else:
        inner = times(matrix, d)
        product = joined(value, [*factors, inner], None) if inner.is_scalar else joined(value, factors, inner)
    return product if product.is_scalar else trace(product)


CLUSTERED = CHAINS | {"scale"}
MAX_CLUSTER = 12
"""Longer chains are taken a few factors at a time: all of a long product's differential is quadratic."""


@dataclass(frozen=True)
class Opened(Part):
    """One differential inside that of a node: also where it stands in d(node)."""

    opened: Expr


class Recorder(Sweep):
    """The sweep of one derivation of a scalar, with its steps."""

    rewriter: Rewriter

    def __init__(self, objective: Expr, wrt: Iterable[Expr], rewriter: Rewriter) -> None:
        super().__init__(objective, wrt, rewriter)
        self.steps: list[RawStep] = []
        self.conditions: dict[tuple[str, Expr], None] = {}
        self.uses = Counter(arg for node in topo(objective) for arg in node.args)
        self.shown: dict[Expr, Expr] = {}
        """The name under which the differential of a node stands so far."""
        rewriter.used.clear()  # what others did with it is no note of these steps

    def collect(self, node: Expr, parts: list[Expr]) -> Expr:
        whole = in_order(parts, self.rewriter)
        if len(parts) > 1:
            self.shown.pop(node, None)
            before = total([term(part, node, self.rewriter) for part in reversed(parts)])
            rule = "collect the terms of one differential"
            self.record(rule, before, term(whole, node, self.rewriter), node, MOVES[rule])
        return whole

    def push(self, node: Expr, cotangent: Expr) -> list[Part]:
        if node.op == "definition":
            return [self.opened_name(node, cotangent)] if node.args[0] in self.live else []
        return [*self.moved(node, cotangent)] if node.args else []

    def opened_name(self, node: Expr, cotangent: Expr) -> Part:
        """What a name stands for takes its place, at once or with the next move."""
        long, (body,) = cotangent, node.args
        cotangent = self.named(node, long)
        if cotangent is not long:
            before, after = (term(part, node, self.rewriter) for part in (long, cotangent))
            self.record(f"grad_{node.data} is what stands here", before, after, node, "notation")
        if body in self.received or body.op == "definition":
            before, after = (term(cotangent, n, self.rewriter) for n in (node, body))
            self.record(f"definition of {node.data}", before, after, node, "the model")
        else:
            self.shown[body] = node
        return Part(body, cotangent)

    def named(self, node: Expr, cotangent: Expr) -> Expr:
        """A long cotangent of a name gets a name of its own, so that what comes stays short."""
        matrix = split(cotangent)[2]
        if matrix is None or matrix.op not in CLUSTERED or len(spine(matrix, matrix.op)) <= MAX_CLUSTER:
            return cotangent
        return E.define(f"grad_{node.data}", cotangent)

    def moved(self, node: Expr, cotangent: Expr) -> list[Opened]:
        """Replace d(node) by its row and move every part round the trace."""
        shown = self.shown.pop(node, node)
        entry = row(node)
        if entry.where:
            self.conditions[entry.where, node] = None
        parts = [replace(part, cotangent=self.rewriter(part.cotangent)) for part in self.parts(node, cotangent)]
        before = term(cotangent, shown, self.rewriter)
        middle = self.within(cotangent, self.rewriter(total([part.opened for part in parts])))
        after = total([term(part.cotangent, part.arg, self.rewriter) for part in parts])
        if self.rewriter(middle) is self.rewriter(after):
            self.record(entry.rule, before, after, shown, entry.source)
        else:
            self.record(entry.rule, before, middle, shown, entry.source)
            move = entry.move or "moving the factors round the trace"
            self.record(move, middle, after, node, MOVES[move])
        return parts

    def parts(self, node: Expr, cotangent: Expr) -> list[Opened]:
        """The live arguments of a node, through the inner nodes of its chain."""
        found: list[Opened] = []
        stack: list[tuple[Expr, Expr, tuple[tuple[Expr, int], ...]]] = [(node, cotangent, ())]
        taken = 0
        while stack:
            inner, received, path = stack.pop()
            taken += 1
            for index, arg in enumerate(inner.args):
                if arg not in self.live:
                    continue
                here = (*path, (inner, index))
                part = pullback(inner, index, received)
                joins = arg.op == node.op and arg.op in CLUSTERED and self.uses[arg] == 1 and arg not in self.wrt
                if joins and taken + len(stack) < MAX_CLUSTER:
                    stack.append((arg, part, here))
                    continue
                opened = E.differential(arg)
                for parent, position in reversed(here):
                    opened = differential(parent, position, opened)
                found.append(Opened(arg, part, opened))
        place = {arg: number for number, arg in enumerate(operand_order(node))}
        return sorted(found, key=lambda part: place.get(part.arg, 0))

    def within(self, cotangent: Expr, whole: Expr) -> Expr:
        """``tr(G' dN)`` with dN written out."""
        if whole.is_scalar:
            return scalar_term(cotangent, whole)
        a = self.rewriter(transposed(cotangent))
        return traced(a, whole)

    def record(self, rule: str, before: Expr, after: Expr, node: Expr, source: str) -> None:
        notes = "; ".join(dict.fromkeys(identity.name for identity in self.rewriter.used))
        self.rewriter.used.clear()
        if before is not after:
            self.steps.append(RawStep(rule, before, after, notes, source, node))


def operand_order(node: Expr) -> list[Expr]:
    return spine(node, node.op) if node.op in CLUSTERED else list(node.args)
