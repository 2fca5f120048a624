"""Functions of which a document says nothing: what holds, or does not, for those that people mean."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from matdiff import expr as E
from matdiff.equality import decide
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula

SIGMOID = ("sigmoid(X)", "sigmoid(X) .* (1 - sigmoid(X))", "sigmoid(X) .* (1 - sigmoid(X)) .* (1 - 2*sigmoid(X))")
USUAL = (
    SIGMOID,
    ("tanh(X)", "1 - tanh(X).^2", "-2*tanh(X) .* (1 - tanh(X).^2)"),
    ("relu(X)", "step(X)"),
    ("exp(X)", "exp(X)", "exp(X)"),
    ("log(1 + exp(X))", "sigmoid(X)", "sigmoid(X) .* (1 - sigmoid(X))"),
    ("X", "1 + 0*X", "0*X"),
)
"""Functions that act on each entry, each with its derivatives."""


def unknown_in(*sides: Expr) -> set[str]:
    """The functions of which nothing is known."""
    return {str(node.data[0]) for node in topo(*sides) if node.op == "apply"}


def taken_as(sides: Sequence[Expr], name: str, forms: Sequence[str]) -> list[Expr]:
    """Expressions with a function for an unknown one; raises a `MatdiffError` where it has too few derivatives."""
    new: dict[Expr, Expr] = {}
    for node in topo(*sides):
        args = tuple(new[arg] for arg in node.args)
        if node.op == "apply" and node.data[0] == name:
            if node.data[1] >= len(forms):
                raise MatdiffError(f"derivative {node.data[1]} of {name} is not among the forms")
            new[node] = read_formula(forms[node.data[1]], {"X": args[0]})
        else:
            new[node] = node if args == node.args else E.rebuild(node, args)
    return [new[side] for side in sides]


def wrong_for_all(one: Expr, other: Expr, name: str) -> bool:
    """Whether a link is wrong whichever of the usual functions an unknown one is."""
    for forms in USUAL:
        with suppress(MatdiffError):
            left, right = taken_as((one, other), name, forms)
            if decide(left, right, almost_everywhere=True, prove=False).how != "refuted":
                return False
    return True
