"""The worklist engine: an expression to its normal form, without recursion.

Sums and products are taken as a whole (`matdiff.rewriting.canonical`); everything else is rewritten
by the identity table until no equation applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache

from matdiff import expr as E
from matdiff.compose import is_product_each
from matdiff.expr import Expr
from matdiff.identities import IDENTITIES, Identity
from matdiff.operators import ROWS
from matdiff.rewriting import canonical
from matdiff.rewriting.constants import plain, zero
from matdiff.rewriting.patterns import Rule, Sketch, rules_at, sketch
from matdiff.rewriting.powers import powers_of
from matdiff.rewriting.transposes import is_symmetric

MAX_WAITING = 1000
"""Rewrites inside one another; more means that equations undo each other."""
MAX_REWRITES = 20_000
"""Rewrites that one node leads to, with all inside of them: no family of equations may grow without end."""


@cache
def table(op: str) -> tuple[Rule, ...]:
    """The identities with this operator at the root of their left side; the others are not read for it."""
    return rules_at(op, IDENTITIES)


@cache
def candidates(op: str, sketches: tuple[Sketch, ...], repeated: bool) -> tuple[Rule, ...]:
    """The identities that can apply to an operator over arguments with these sketches."""
    return tuple(rule for rule in table(op) if rule.may_match(sketches, repeated))


class Rewriter:
    """Brings expressions to normal form, remembering all it has done.

    ``names`` are definitions whose values may be written by their name: what equals a definition's
    normal form becomes that definition.
    """

    def __init__(self, names: Iterable[Expr] = ()) -> None:
        self.done: dict[Expr, Expr] = {}
        self.meaning: dict[Expr, Expr] = {}
        self.wholes: dict[Expr, Expr] = {}
        """Products that are parts of longer ones and are not taken apart there, with what they become."""
        self.used: dict[Identity, None] = {}
        """The notable identities used since the caller last cleared it, in order."""
        self.folds: dict[Expr, Expr] = {}
        self.relations: dict[Expr, list[dict[Expr, Fraction]]] = {}
        """What names stand for as products of powers that are 1 (``P^-1 * E * S^-1`` for P = E ./ S), by base."""
        plain = list(names)
        for name in plain:
            self.meaning[name] = self(name.args[0])
        for name in plain:
            self.fold(name, self.meaning[name])
            if is_product_each(name.args[0]):
                factors = [self(factor) for factor in canonical.operands(name.args[0])]
                relation = {name: Fraction(-1)} | powers_of(factors)
                for base in relation:
                    self.relations.setdefault(base, []).append(relation)
        self.done.clear()

    def fold(self, name: Expr, meaning: Expr) -> None:
        """From now on write this value by its name.

        Not the extreme of what has another form here: a mask asks which entries it is equal to, to the last digit.
        """
        if meaning.op in ROWS and ROWS[meaning.op].by_order and meaning is not name.args[0]:
            return
        if meaning.args and meaning.op not in ("definition", "transpose", "scale", "add"):
            self.folds.setdefault(meaning, name)

        mask = ROWS[meaning.op].keeps if meaning.op in ROWS else ""
        if mask and meaning.args[0].op not in E.NAMES:  # 1(Z > 0) is 1(h > 0) for h = relu(Z)
            nothing = zero(name)
            masks = [E.Expr(mask, (of, nothing), None, name.shape) for of in (meaning.args[0], name)]
            self.folds.setdefault(*masks)

    def see(self, node: Expr) -> Expr:
        """What a name stands for, one level deep."""
        return self.meaning.get(node, node)

    def named(self, value: Expr) -> Expr | None:
        return self.folds.get(value)

    def relations_of(self, base: Expr) -> Sequence[dict[Expr, Fraction]]:
        return self.relations.get(base, ())

    def __call__(self, root: Expr) -> Expr:
        done = self.done
        stack: list[tuple[Expr, Expr | None]] = [(root, None)]
        waiting: set[Expr] = set()
        spent = 0
        while stack:
            node, becomes = stack.pop()
            if becomes is not None:  # the normal form of what this node was rewritten to is known now
                waiting.discard(node)
                done[node] = done[becomes]
                continue
            if node in done:
                continue
            if node in waiting:  # its own rewriting leads back to it: equal all the same, only not normal
                done[node] = node
                continue
            if node in self.wholes:
                done[node] = self.wholes[node]
                continue
            parts = canonical.operands(node, self.wholes)
            missing = [part for part in parts if part not in done]
            if missing:
                stack.append((node, None))
                stack.extend((part, None) for part in missing)
                continue
            new = self.step(node, [done[part] for part in parts])
            if new is node:
                done[node] = node
                continue
            spent = spent + 1 if waiting else 0
            if len(waiting) > MAX_WAITING or spent > MAX_REWRITES + len(parts):
                done[new] = new
            waiting.add(node)
            stack.append((node, new))
            stack.append((new, None))
        return done[root]

    def step(self, node: Expr, parts: list[Expr]) -> Expr:
        """One rewriting of a node over normal parts; the node itself where nothing applies."""
        if node.op in canonical.ATOMS:
            return node
        new = self.combine(node, parts)
        if new is node:
            new = self.folds.get(node, node)
        return new

    def combine(self, node: Expr, parts: list[Expr]) -> Expr:
        """The next form of a node over normal parts."""
        return canonical.COMBINE.get(node.op, plain)(node, parts, self)

    def by_table(self, node: Expr) -> Expr | None:
        """The first identity that applies at the root."""
        args = node.args
        repeated = len(args) > 1 and args[0] is args[1]
        for rule in candidates(node.op, tuple([sketch(arg) for arg in args]), repeated):
            new = rule(node, self.see, is_symmetric)
            if new is not None and new is not node:
                self.applied(rule.identity)
                return new
        return None

    def applied(self, identity: Identity) -> None:
        if identity.notable:
            self.used[identity] = None
