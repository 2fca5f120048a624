"""Rewritings made once before the differential is taken, each a visible step."""

from __future__ import annotations

from functools import cache

from matdiff import expr as E
from matdiff.derivation import RawStep
from matdiff.expr import Expr
from matdiff.identities import PREPARATIONS
from matdiff.rewriting.patterns import Rule, compile_identity


@cache
def preparations() -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for identity in PREPARATIONS:
        rule = compile_identity(identity)
        rules.setdefault(rule.left.op, []).append(rule)
    return rules


def open_name(node: Expr) -> Expr:
    while node.op == "definition":
        node = node.args[0]
    return node


def prepare(objective: Expr, keep: frozenset[Expr]) -> tuple[Expr, dict[Expr, Expr], list[RawStep]]:
    """The objective in the form its differential is taken of, what stands for the original names, and the steps.

    ``keep`` are the variables of the derivation: they are never looked through.
    """
    new: dict[Expr, Expr] = {}
    steps: list[RawStep] = []
    for node in E.topo(objective):
        if node in keep:
            new[node] = node
            continue
        built = E.rebuild(node, tuple(new[arg] for arg in node.args))
        for rule in preparations().get(built.op, ()):
            after = rule(built, lambda n: n if n in keep else open_name(n))
            if after is not None:
                steps.append(RawStep(rule.identity.name, node, after, "", rule.identity.source))
                built = after
        new[node] = built
    originals = {changed: node for node, changed in new.items() if node.op == "definition" and changed is not node}
    return new[objective], originals, steps
