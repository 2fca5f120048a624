"""Rewritings made once before the differential is taken, each a visible step."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from matdiff import expr as E
from matdiff.calculus import spectral
from matdiff.expr import Expr
from matdiff.identities import laws
from matdiff.operators import row
from matdiff.rewriting.patterns import Rule, rules_at
from matdiff.rewriting.transposes import is_symmetric
from matdiff.steps import RawStep


@cache
def preparations(op: str) -> tuple[Rule, ...]:
    return rules_at(op, laws("prepare"))


OPENED: dict[str, Callable[[Expr], Expr]] = {}
"""Operators that are written in simpler ones before they are differentiated, each with what finds that."""


def open_name(node: Expr) -> Expr:
    while node.op == "definition":
        node = node.args[0]
    return node


def prepare(objective: Expr, keep: frozenset[Expr]) -> tuple[Expr, dict[Expr, Expr], list[RawStep]]:
    """The objective in the form its differential is taken of, what stands for the original names, and the steps.

    ``keep`` are the variables of the derivation: they are never looked through.
    """
    steps: list[RawStep] = []
    originals: dict[Expr, Expr] = {}
    for _ in range(MAX_PASSES):
        found = len(steps)
        objective, renamed = one_pass(objective, keep, steps)
        originals = {new: originals.get(old, old) for new, old in renamed.items()}
        if len(steps) == found:
            break
    return objective, {new: old for new, old in originals.items() if new is not old}, steps


MAX_PASSES = 6
"""What one rewriting makes may be rewritten again; a few times are enough for the table."""


def one_pass(objective: Expr, keep: frozenset[Expr], steps: list[RawStep]) -> tuple[Expr, dict[Expr, Expr]]:
    """Each node rewritten at most once, and for every name what it was before."""
    new: dict[Expr, Expr] = {}
    for node in E.topo(objective):
        if node in keep:
            new[node] = node
            continue
        built = E.rebuild(node, tuple(new[arg] for arg in node.args))
        if built.op in OPENED:
            simpler = OPENED[built.op](built)
            steps.append(RawStep(row(built).rule, built, simpler, "", row(built).source, rewrites=True))
            built = simpler
        for rule in preparations(built.op):
            after = rule(built, lambda n: n if n in keep else open_name(n), is_symmetric)
            if after is not None:
                steps.append(RawStep(rule.identity.name, built, after, "", rule.identity.source, rewrites=True))
                built = after
        by_spectrum = spectral.closed(built, lambda n: n if n in keep else open_name(n))
        if by_spectrum is not None:
            steps.append(RawStep(spectral.RULE, built, by_spectrum, "", spectral.SOURCE, rewrites=True))
            built = by_spectrum
        new[node] = built
    return new[objective], {changed: node for node, changed in new.items() if node.op == "definition"}
