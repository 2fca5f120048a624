"""Differentials opened: ``d`` of an expression by the differentials of its variables and free names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from matdiff import expr as E
from matdiff.calculus.rules import differential
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.operators import row


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
        if node in varying:
            d[node] = E.differential(node)
        elif node.op == "definition":
            if node.args[0] in d:
                d[node] = d[node.args[0]]
        elif any(arg in d for arg in node.args) and not row(node).constant:
            entry = row(node)
            if not entry.is_linear and not entry.d:
                raise UnsupportedError(f"{entry.call or node.op} has no differential in the table")
            parts = [differential(node, i, d[arg]) for i, arg in enumerate(node.args) if arg in d]
            total = parts[0]
            for part in parts[1:]:
                total = E.Expr("add", (total, part), None, total.shape)
            d[node] = total
    if root in d:
        return d[root]
    return E.number(0) if root.is_scalar else E.zeros(*root.shape)


def varying_names(roots: Iterable[Expr]) -> list[Expr]:
    """What varies on its own where differentials are written.

    The names whose differentials are written vary, a defined one unless it depends on another of
    them. Where a larger expression stands under d and holds none of these, its variables vary.
    """
    roots = list(roots)
    written: dict[Expr, None] = {}
    compound: list[Expr] = []
    for node in topo(*roots):
        if node.op == "differential":
            (of,) = node.args
            if of.op in ("variable", "definition"):
                written[of] = None
            elif of.op != "differential":
                compound.append(of)
    chosen = dict.fromkeys(name for name in written if not _depends(name, written))
    for of in compound:
        if not any(node in chosen for node in topo(of)):
            for node in topo(of):
                if node.op == "variable" and node.data[1] not in CONSTANT_KINDS:
                    chosen[node] = None
    return [name for name in chosen if not _depends(name, chosen)]


CONSTANT_KINDS = frozenset({"onehot", "labels"})
"""Data that cannot change a little."""


def _depends(name: Expr, others: Collection[Expr]) -> bool:
    return any(node in others for node in topo(name) if node is not name)
