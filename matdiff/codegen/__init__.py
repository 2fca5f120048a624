"""Code generation: an expression graph to a plan of array operations, and a plan to a target's code.

`split_source` takes the train section out of a model file, `compile_function` makes one function of
expressions, `generate` writes a training module.
"""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.codegen import training as texts
from matdiff.codegen.experiment import data_of, split_source
from matdiff.codegen.function import CompiledFunction, compile_function
from matdiff.codegen.jax import JAX
from matdiff.codegen.module import Module
from matdiff.codegen.numpy import NUMPY
from matdiff.codegen.sharded import SHARDED
from matdiff.codegen.torch import TORCH
from matdiff.codegen.trainer import NOTHING_ASKED, Training
from matdiff.errors import DeclarationError, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.model import CONSTANT_KINDS, Model
from matdiff.operators.structures import STRUCTURES

__all__ = ["CompiledFunction", "Training", "compile_function", "data_of", "generate", "split_source"]

TARGETS = {"numpy": NUMPY, "jax": JAX, "torch": TORCH}
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
    derivation: str = "",
    training: Training = NOTHING_ASKED,
) -> str:
    """The source of a training module for a model (with or without a train section).

    ``derivation`` is a text that goes into its docstring. Raises `UnsupportedError` for what has no
    code in the target.
    """
    from matdiff.reader import read_model

    if target not in TARGETS:
        raise UnsupportedError(f"there is no target {target}: the targets are {', '.join(TARGETS)}")
    if style not in STYLES:
        raise UnsupportedError(f"there is no style {style}: the styles are {', '.join(STYLES)}")
    if style == "fast" and target != "numpy":
        raise UnsupportedError(f"the fast style is for numpy; {target} has its own compiler")
    training.check()
    if training.sharded and target != "jax":
        raise UnsupportedError(f"sharded: only for the target jax, not for {target}")
    own = [name for name in training.asked if name != "sharded"]
    if own and (style == "fast" or training.sharded):
        raise UnsupportedError(f"{', '.join(own)}: not {'sharded' if training.sharded else 'in the style fast'} so far")
    source, experiment = split_source(text.removeprefix("\ufeff"))
    model = read_model(source, notation, where)
    objective = objective_of(model, of)
    for name in wrt:
        check_parameter(model, name)
    if style == "fast" and not {model.named(name) for name in wrt} & set(topo(objective)):
        raise UnsupportedError(f"the loss depends on none of {', '.join(wrt)}: the fast style has nothing to train")
    library = SHARDED if training.sharded else TARGETS[target]
    module = Module(model, source, experiment, objective, wrt, library, style, derivation, training)
    return texts.source(module)


def objective_of(model: Model, of: str | None) -> Expr:
    found = model.objective if of is None else model.definitions.get(of)
    if found is None:
        raise DeclarationError(f"the model has no definition {of}" if of else "the model has no objective")
    if not found.is_scalar:
        raise ShapeError(f"what is minimised is a number; this is {found.rows}×{found.cols}")
    return found


def check_parameter(model: Model, name: str) -> None:
    """Raise `DeclarationError` for what cannot be trained, `UnsupportedError` for what descent would leave."""
    node = model.variables.get(name)
    if node is None:
        kind = "a definition" if name in model.definitions else "a dim" if name in model.dims else "unknown"
        raise DeclarationError(f"{name} is {kind}: only declared inputs can be trained")
    if node.data[1] in CONSTANT_KINDS:
        raise DeclarationError(f"{name} holds {node.data[1]}: it does not vary")
    space = STRUCTURES.get(node.data[1])
    if space is not None and space.map:
        raise UnsupportedError(
            f"{name} is {node.data[1]}, and gradient descent does not keep it so here: train the vectors of {space.map}"
        )
    if node.data[1] == "orthogonal":
        raise UnsupportedError(
            f"{name} is orthogonal, and gradient descent would not keep it so: declare it a matrix, and add a"
            f" penalty such as norm2({name}'*{name} - eye({node.rows}))^2"
        )
