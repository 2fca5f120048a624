"""Code: functions of arrays, and modules for training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matdiff.api.deriving import derive
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    UnsupportedError,
)
from matdiff.expression import Expression
from matdiff.question import (
    check_text,
    choose,
    parameters,
    public,
    read,
    scripted,
    variable_names,
)

if TYPE_CHECKING:
    from matdiff.arrays.values import CompiledProgram
    from matdiff.codegen import CompiledFunction


@public
def compile(expressions: Expression | list[Expression]) -> CompiledFunction | CompiledProgram:
    """A NumPy function of keyword arrays for one expression or several; ``.source`` is its code.

    Values are returned as `Expression.evaluate` returns them: a scalar as a float, a column as a 1-D array, all else
    as a 2-D array; of a list of expressions a list.

    Raises `DeclarationError` where the expressions belong to different models, and for what is no `Expression` a
    `MatdiffError` that is a `TypeError`; the function raises what `Expression.evaluate` raises.

    >>> import matdiff as md
    >>> f = md.compile(md.gradient("x'*A*x", "x"))
    >>> f(A=[[1, 2], [3, 4]], x=[1, 0])
    array([2., 5.])
    """
    from matdiff.arrays.values import CompiledProgram, Target
    from matdiff.codegen import compile_function

    single = isinstance(expressions, Expression)
    found = [expressions] if isinstance(expressions, Expression) else expressions
    if not isinstance(found, list | tuple) or not found or not all(isinstance(e, Expression) for e in found):
        raise ArgumentTypeError("compile takes an Expression or a list of Expressions")
    model = found[0].model
    if any(e.model is not model for e in found):
        raise DeclarationError("the expressions belong to different models: derive them from one source")
    if model.families is not None:
        return CompiledProgram(model, [Target(e.node, e.indices, getattr(e, "name", "")) for e in found], single)
    symmetric = [e.node for e in found if e.symmetric]
    return compile_function(found[0].node if single else [e.node for e in found], model, symmetric)


@public
def generate(
    source: str,
    wrt: str | Iterable[str] | None = None,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    target: str = "numpy",
    style: str = "readable",
    explain: bool = False,
    optimizer: str | None = None,
    batch_size: int | None = None,
    schedule: str | None = None,
    validation: float | None = None,
    patience: int | None = None,
    dtype: str | None = None,
    checkpoint: bool = False,
    sharded: bool = False,
    timeout: float | None = None,
) -> str:
    """The source of a self-contained training module for a model with a scalar objective.

    ``loss_and_gradients(...)`` gives ``(loss, {name: gradient})``, each gradient of the size of its parameter, and
    ``train(..., steps, learning_rate)`` gives ``(parameters, losses)``; arguments are the model's inputs in order of
    declaration, vectors 1-D.

    source: the text of the model, with or without a ``train`` section, or a script in the notation ``numpy``, which
        is taken for the model whose loss it computes.
    wrt: the parameters, a name or several: declared inputs. Without it they are those of `derive`.
    of, where, notation: as for `derive`.
    target: ``numpy``, ``jax`` or ``torch``.
    style: ``readable``, or ``fast`` (NumPy only), which trains in arrays that are made once.
    explain: put the derivation into the module's docstring.
    optimizer: ``sgd``, ``momentum`` or ``adam``; its settings are keywords of ``train`` and flags of the script.
        Only what is asked for, of this and what follows, stands in the module; the fast style has none of it.
    batch_size: train on so many examples a step, shuffled for each pass over them.
    schedule: of the learning rate, ``linear``, ``cosine`` or ``step``.
    validation: hold out this part of the examples; the parameters are those of the least loss on it.
    patience: stop after so many losses on it that are no less than the least.
    dtype: ``float32`` or ``float64``, for all that the script draws and loads.
    checkpoint: ``train(..., checkpoint=path)`` keeps all it needs to go on from there.
    sharded: (JAX) examples lie over all devices of all processes, large parameters over groups of ``split`` devices.

    Raises `ParseError`, `DeclarationError`, `ShapeError` as `derive` does, `UnsupportedError` for what has no form in
    the target, `VerificationError` where a gradient fails its check.

    >>> import matdiff as md
    >>> code = md.generate("loss = norm2(A*x - y)^2", "x")
    >>> "def loss_and_gradients(A, x, y)" in code
    True
    """
    from matdiff.codegen import Training, split_source
    from matdiff.codegen import generate as write

    training = Training(optimizer, batch_size, schedule, validation, patience, dtype, checkpoint, sharded)

    if not isinstance(source, str):
        raise ArgumentTypeError(f"a source is a string, not {type(source).__name__}")
    check_text(notation, where, of)
    script = scripted(source, notation, where, of, () if wrt is None else variable_names(wrt)[0])
    if script is not None:
        source, notation, where, wrt = script.text, "math", None, wrt or script.parameters
    model = read(split_source(source)[0], notation, where)
    names, _ = variable_names(parameters(model, choose(model, model.objective, of)[0], source) if wrt is None else wrt)
    if model.families is not None:
        from matdiff.indexed.module import generate as generate_indexed

        if training.asked:
            raise UnsupportedError(f"{', '.join(training.asked)}: not for models with indices so far")
        return generate_indexed(model, source, names, of, explain, target, style)
    told = ""
    if explain:
        told = str(derive(split_source(source)[0], names, of=of, where=where, notation=notation))
    return write(
        source,
        names,
        of=of,
        where=where,
        notation=notation,
        target=target,
        style=style,
        derivation=told,
        training=training,
    )
