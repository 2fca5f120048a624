"""Gradients of parameters that are more than matrices: descent stays among the symmetric, or the diagonal, ones.

The gradient in the space of symmetric matrices is made of the plain one in the graph, where that is exact.
"""

from __future__ import annotations

from dataclasses import replace

from matdiff.derivatives import STRUCTURED as SPACES
from matdiff.derivatives import Gradients
from matdiff.expr import Expr
from matdiff.reader import read_formula
from matdiff.rewriting.engine import Rewriter

STRUCTURED = frozenset(SPACES)
"""What a descent can stay in."""

NEAREST = {
    "symmetric": "(x + x.T) / 2",
    "diagonal": "np.diag(np.diag(x))",
    "orthogonal": "np.matmul(*np.linalg.svd(x)[::2])",
    "onehot": "np.eye(x.shape[1])[np.argmax(x, axis=1)]",
}
"""Of each structure the nearest matrix that has it."""


def structured(found: Gradients) -> Gradients:
    """The gradients, those of diagonal matrices diagonal.

    Those of symmetric ones are averaged with their transposes in the graph, where that is exact.
    """
    (diagonal,) = SPACES["diagonal"].values()
    gradients = {
        name: Rewriter()(read_formula(diagonal, {"G": gradient}))
        if is_kind(found.variables[name], "diagonal") and gradient.op != "zeros"
        else gradient
        for name, gradient in found.gradients.items()
    }
    return replace(found, gradients=gradients)


def is_symmetric(variable: Expr) -> bool:
    return is_kind(variable, "symmetric")


def is_kind(variable: Expr, kind: str) -> bool:
    return variable.data[1] == kind and not variable.is_scalar
