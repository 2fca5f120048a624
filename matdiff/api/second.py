"""Second derivatives of scalars."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.api.deriving import tell
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    ShapeError,
)
from matdiff.expression import Expression
from matdiff.question import (
    Source,
    asked,
    public,
    refuse_differentials,
    variable,
    variable_names,
    want_scalar,
)


@public
def hessian(
    source: Source,
    wrt: str,
    other: str | None = None,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    timeout: float | None = None,
) -> Expression:
    """The Hessian of a scalar by X p×q, pq×pq; with a second variable Y r×s the mixed block, pq×rs.

    ``d²f = (d vec X)' H (d vec Y)``, the columns one below the other (Magnus & Neudecker 2019, ch. 10). A definition
    moves with what it is made of, and by a move of its own: where Y is made of X, the block is the derivative by X of
    the gradient by Y.

    Raises what `derive` raises, and `ShapeError` where the objective is no scalar.

    >>> import matdiff as md
    >>> md.hessian("x'*A*x", "x"), md.hessian("x'*A*y", "x", "y")
    (Expression("A + A'"), Expression('A'))
    """
    from matdiff.answer import derivatives

    model, objective = asked(source, where, notation, of)
    refuse_differentials(objective, model)
    names, _ = variable_names([wrt] if other is None else [wrt, other] if other != wrt else [wrt])
    if model.families is not None:
        from matdiff.indexed.derivation import hessian as block

        return block(model, objective, of or "f", names[0], names[-1])
    x, y = (variable(model, name, objective) for name in (names[0], names[-1]))
    want_scalar(objective, model)
    found_by = derivatives(model, objective)
    found = Expression(found_by.hessian(objective, x, y), model, x is y)
    tell(found_by)
    return found


@public
def hvp(
    source: Source,
    wrt: str,
    direction: str = "v",
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    timeout: float | None = None,
) -> Expression:
    """The Hessian of a scalar times a direction, of the size of the variable, without the Hessian.

    It is the differential of the gradient with ``dX`` the direction (Pearlmutter 1994). ``direction`` names it: a name
    of the model of the variable's size, or a new name.

    Raises what `derive` raises, and `ShapeError` where the objective is no scalar or the direction has another size.

    >>> import matdiff as md
    >>> md.hvp("x'*A*x", "x", "v")
    Expression("(A + A')*v")
    """
    from matdiff.answer import derivatives

    model, objective = asked(source, where, notation, of)
    refuse_differentials(objective, model)
    ((wrt,), _) = variable_names([wrt])
    if not isinstance(direction, str):
        raise ArgumentTypeError("direction is the name of the direction")
    v = model.named(direction) if model.families is None else None
    if v is None and (not direction.isidentifier() or direction in (*model.dims, *model.functions)):
        raise DeclarationError(f"{direction!r} cannot name a direction: give a new name, or one of a variable")
    if model.families is not None:
        from matdiff.indexed.derivation import hessian_product

        return hessian_product(model, objective, of or "f", wrt, direction)
    x = variable(model, wrt, objective)
    if v is not None and v.shape != x.shape:
        raise ShapeError(
            f"{direction} is {v.rows}×{v.cols}, {wrt} is {x.rows}×{x.cols}: a direction has the size of the variable"
        )
    if v is None:
        v = E.variable(direction, x.shape)
        model.variables[direction] = v
    want_scalar(objective, model)
    found_by = derivatives(model, objective)
    found = Expression(found_by.hessian_product(objective, x, v), model)
    tell(found_by)
    return found
