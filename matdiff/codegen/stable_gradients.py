"""Gradients for code: those of the objective in its stable form."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.codegen.stable import stable
from matdiff.derivatives import Gradients, named_gradients
from matdiff.expr import Expr
from matdiff.model import Model


def gradients(model: Model, objective: Expr, wrt: Iterable[str], seed: Expr | None = None) -> Gradients:
    """The gradients of a scalar by declared names, times a scalar ``seed`` where one is given."""
    variables = {name: model.variables[name] for name in wrt}
    root, *definitions = stable([objective, *model.definitions.values()])
    return named_gradients(objective, root, variables, definitions, seed)
