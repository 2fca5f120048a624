"""Gradients of parameters that are more than matrices: descent stays among the symmetric, or the diagonal, ones.

The gradient in the space of symmetric matrices is made of the plain one in the graph, where that is exact.
"""

from __future__ import annotations

from dataclasses import replace

from matdiff.derivatives import Gradients
from matdiff.expr import Expr
from matdiff.operators.structures import STRUCTURES
from matdiff.reader import read_formula
from matdiff.rewriting.engine import Rewriter

STRUCTURED = frozenset(kind for kind, space in STRUCTURES.items() if space.numpy)
"""What a descent can stay in."""

NEAREST = {
    **{kind: STRUCTURES[kind].numpy for kind in STRUCTURES if kind in STRUCTURED},
    "orthogonal": "np.matmul(*np.linalg.svd(x)[::2])",
    "onehot": "np.eye(x.shape[1])[np.argmax(x, axis=1)]",
}
"""Of each structure the nearest matrix that has it."""


def structured(found: Gradients) -> Gradients:
    """The gradients, each in the space of its parameter.

    Those of symmetric ones are averaged with their transposes in the graph, where that is exact.
    """
    gradients = {name: within(found.variables[name], gradient) for name, gradient in found.gradients.items()}
    return replace(found, gradients=gradients)


def within(variable: Expr, gradient: Expr) -> Expr:
    kind = variable.data[1]
    if kind not in STRUCTURED or kind == "symmetric" or variable.is_scalar or gradient.op == "zeros":
        return gradient
    return Rewriter()(read_formula(STRUCTURES[kind].onto, {"G": gradient}))


def is_symmetric(variable: Expr) -> bool:
    return is_kind(variable, "symmetric")


def is_kind(variable: Expr, kind: str) -> bool:
    return variable.data[1] == kind and not variable.is_scalar
