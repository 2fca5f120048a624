"""Differentials opened: ``d`` of an expression by the differentials of its variables and free names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain

from matdiff import expr as E
from matdiff.calculus import implicit, moments
from matdiff.calculus.rules import differential
from matdiff.compose import total
from matdiff.expr import Expr, topo
from matdiff.model import CONSTANT_KINDS
from matdiff.operators import row

CLOSED = {"expect": moments.in_closed_form, "implicit": implicit.in_closed_form}
"""What stands for a formula, with what finds that."""


def in_closed_form(root: Expr) -> Expr:
    """The expression with every expectation, and every solution of a linear equation, in closed form; the expression
    itself where there is none."""
    if not any(node.op in CLOSED for node in topo(root)):
        return root
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        built = E.rebuild(node, tuple(new[arg] for arg in node.args))
        new[node] = CLOSED[node.op](built) if node.op in CLOSED else built
    return new[root]


def opened(root: Expr, varying: Collection[Expr]) -> Expr:
    """The expression with every differential written by those of ``varying``; all else is constant.

    A differential of a differential of a variable is zero: d X does not change with X.
    """
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        args = tuple(new[arg] for arg in node.args)
        new[node] = derived(args[0], varying) if node.op == "differential" else E.rebuild(node, args)
    return new[root]


def derived(root: Expr, varying: Collection[Expr]) -> Expr:
    """d(root), by the rules of the operator table, forwards."""
    d: dict[Expr, Expr] = {}
    for node in topo(root, inside=lambda node: () if node in varying or node.op == "differential" else node.args):
        if node.op == "differential":
            continue  # d X does not change with X
        if node in varying:
            d[node] = E.differential(node)
        elif node.op == "definition":
            if node.args[0] in d:
                d[node] = d[node.args[0]]
        elif any(arg in d for arg in node.args) and not row(node).constant:
            parts = [differential(node, i, d[arg]) for i, arg in enumerate(node.args) if arg in d]
            d[node] = total(parts)
    if root in d:
        return d[root]
    return E.number(0) if root.is_scalar else E.zeros(*root.shape)


def varying_names(roots: Iterable[Expr], beside: Iterable[Expr] = ()) -> list[Expr]:
    """What varies on its own where differentials are written.

    The names whose differentials are written vary, a defined one unless it depends on another of
    them; one on which not all sides depend stands for its variables (``df = 2*tr(R'*dR)`` where f is
    not written by R). Where a larger expression stands under d and holds none of these, its variables vary; one
    that only some of the sides have under d is constant in the others, and so in all. Names whose
    differentials are written ``beside`` these sides, in the same chain, go before all others there.
    """
    written: dict[Expr, None] = {}
    compound: list[list[Expr]] = []
    reached: list[set[Expr]] = []
    for root in roots:
        under = [node.args[0] for node in topo(root) if node.op == "differential"]
        reached += [set(topo(*under))] if under else []
        written |= dict.fromkeys(of for of in under if of.op in ("variable", "definition"))
        compound.append([of for of in under if of.op not in ("variable", "definition", "differential")])
    chosen = dict.fromkeys(name for name in written if not _depends(name, written))
    loose = [_variables(of for of in side if not any(node in chosen for node in topo(of))) for side in compound]
    loose = [side for side in loose if side]
    shared = [name for name in dict.fromkeys(chain(*loose)) if all(name in side for side in loose)] or [*chain(*loose)]
    below = set(topo(*(of for side in compound for of in side)))
    chosen |= dict.fromkeys((not chosen and [name for name in beside if name in below]) or shared)
    free = dict.fromkeys(name for name in chosen if not _depends(name, chosen))
    for name in list(free):
        if name.op == "definition" and not all(name in side for side in reached):
            del free[name]
            free |= _variables([name])
    return [name for name in free if not _depends(name, free)]


def _variables(roots: Iterable[Expr]) -> dict[Expr, None]:
    nodes = topo(*roots)
    return dict.fromkeys(node for node in nodes if node.op == "variable" and node.data[1] not in CONSTANT_KINDS)


def _depends(name: Expr, others: Collection[Expr]) -> bool:
    return any(node in others for node in topo(name) if node is not name)
