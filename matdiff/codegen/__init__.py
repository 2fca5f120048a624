"""Code generation: an expression graph to a plan of array operations, and a plan to a target's code.

`split_source` takes the train section out of a model file, `compile_function` makes one function of
expressions, `generate` writes a training module.
"""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.codegen.experiment import split_source
from matdiff.codegen.function import CompiledFunction, compile_function
from matdiff.codegen.module import generate_module
from matdiff.codegen.numpy import NUMPY
from matdiff.errors import DeclarationError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import Model

__all__ = ["CompiledFunction", "compile_function", "generate", "split_source"]

TARGETS = {"numpy": NUMPY}
STYLES = ("readable", "fast")


def generate(
    text: str,
    wrt: Sequence[str],
    *,
    of: str | None = None,
    target: str = "numpy",
    style: str = "readable",
    notation: str = "math",
    where: str | None = None,
) -> str:
    """The source of a training module for a model (with or without a train section)."""
    from matdiff.reader import read_model

    source, experiment = split_source(text)
    model = read_model(source, notation, where)
    if target not in TARGETS:
        raise UnsupportedError(f"there is no target {target}: the targets are {', '.join(TARGETS)}")
    if style not in STYLES:
        raise UnsupportedError(f"there is no style {style}: the styles are {', '.join(STYLES)}")
    return generate_module(model, source, experiment, objective_of(model, of), wrt, TARGETS[target], style)


def objective_of(model: Model, of: str | None) -> Expr:
    found = model.objective if of is None else model.named(of)
    if found is None:
        raise DeclarationError(f"the model has no {of or 'objective'}")
    if not found.is_scalar:
        raise UnsupportedError("only a scalar objective can be minimised")
    return found
