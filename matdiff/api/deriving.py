"""Gradients, Jacobians and differentials, with every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, overload

from matdiff import expr as E
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    UnsupportedError,
    warn_unchecked,
)
from matdiff.expr import Expr
from matdiff.expression import Expression
from matdiff.model import CONJUGATE, CONSTANT_KINDS, Model
from matdiff.question import (
    DETAILS,
    LAYOUTS,
    Source,
    asked,
    choose,
    model_of,
    parameters,
    public,
    refuse_differentials,
    variable,
    variable_names,
)

if TYPE_CHECKING:
    from matdiff.derivatives import Derivatives
    from matdiff.results import Derivation

    ByOne = Derivation[Expression, Expression]
    """A derivation by one variable: ``gradient`` is an `Expression`."""
    BySeveral = Derivation[dict[str, Expression], dict[tuple[str, str], Expression]]
    """A derivation by a list of variables: ``gradient`` is a dictionary by name, ``hessian`` one by pairs of names."""


@overload
def derive(  # type: ignore[overload-overlap]  # a string is iterable too, but stands for one name
    source: Source,
    wrt: str,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    order: int = 1,
    structured: bool = False,
    riemannian: bool = False,
    layout: str = "gradient",
    detail: str = "textbook",
    timeout: float | None = None,
) -> ByOne: ...
@overload
def derive(
    source: Source,
    wrt: Iterable[str],
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    order: int = 1,
    structured: bool = False,
    riemannian: bool = False,
    layout: str = "gradient",
    detail: str = "textbook",
    timeout: float | None = None,
) -> BySeveral: ...
@overload
def derive(
    source: Source,
    wrt: None = None,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    order: int = 1,
    structured: bool = False,
    riemannian: bool = False,
    layout: str = "gradient",
    detail: str = "textbook",
    timeout: float | None = None,
) -> Derivation[Any, Any]: ...
@public
def derive(
    source: Source,
    wrt: str | Iterable[str] | None = None,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    order: int = 1,
    structured: bool = False,
    riemannian: bool = False,
    layout: str = "gradient",
    detail: str = "textbook",
    timeout: float | None = None,
) -> Derivation[Any, Any]:
    """Derive the gradient or the Jacobian by ``wrt`` (a name or several), with every step.

    For a scalar f the differential is brought to ``df = tr(A dX)``: for X p×q the Jacobian is A, q×p, the gradient
    A', p×q. For F m×n, ``d vec F = J d vec X`` with J mn×pq and column-major vec (Magnus & Neudecker 2019, ch. 5 and 9;
    each step names its book). The answer is compared with central differences at random points before it is given.

    source: text in the notation, or an `Expression`.
    wrt: a name; ``gradient``, ``jacobian`` and ``differential`` of the answer are an `Expression` then. Or several
        names: these are dictionaries by name then. Without it the parameters of the model: of a ``train`` section
        what is not data, else every variable of the objective that may vary; one of them counts as a name.
    of: the definition that is derived; by default the last one, or the expression.
    where: declarations and definitions kept apart from the source, as in ``"A: symmetric(n)"``.
    notation: ``math``, ``numpy`` or ``latex``.
    order: 2 adds the Hessian of a scalar, pq×pq.
    structured: for a symmetric, diagonal or orthogonal variable, the gradient that respects its structure.
    riemannian: for a variable declared on a manifold, the gradient there, its metric named.
    layout: of ``derivative``, and named with the answer: ``gradient`` as above, ``numerator`` for the Jacobian of
        scalars too, ``denominator`` for its transpose.
    detail: of ``steps``: ``textbook`` has the whole differential on each line, and the single rules as ``moves`` of
        a line; ``full`` has every single rule as a step.
    timeout: how many seconds the answer may take.

    Raises `ParseError`, `DeclarationError` (a name of ``wrt`` that is unknown, twice there, a dim or labels),
    `ShapeError`, `UnsupportedError` (what has no rule) or `VerificationError` (the check failed), and for arguments of
    another type a `MatdiffError` that is a `TypeError`.

    >>> import matdiff as md
    >>> d = md.derive("tr(A*X*B)", wrt="X")
    >>> d.gradient, d.jacobian, d.differential
    (Expression("A'*B'"), Expression('B*A'), Expression('tr(B*A*dX)'))
    >>> md.derive("loss = norm2(X*w - y)^2", wrt=["w", "y"], where="y: vector(n)").gradient
    {'w': Expression("2*X'*(X*w - y)"), 'y': Expression('2*(y - X*w)')}
    """
    from matdiff.answer import derivatives, present

    if layout not in LAYOUTS:
        raise ArgumentTypeError(f"layout is one of {', '.join(LAYOUTS)}, not {layout!r}")
    if detail not in DETAILS:
        raise ArgumentTypeError(f"detail is one of {', '.join(DETAILS)}, not {detail!r}")
    if order not in (1, 2) or isinstance(order, bool):
        raise ArgumentTypeError("order is 1 or 2")
    model, objective = model_of(source, notation, where, of, wrt)
    objective, title = choose(model, objective, of)
    names, many = variable_names(parameters(model, objective, source) if wrt is None else wrt)
    if model.families is not None:
        found = derive_indexed(model, objective, title, names, layout, many, structured or riemannian, detail)
        if order == 2:
            from matdiff.indexed.derivation import hessian

            pairs = ((left, right) for left in names for right in names)
            found.hessians = {pair: hessian(model, objective, title, *pair) for pair in pairs}
        return found
    asked_for = (variable(model, name, objective) for name in names)
    variables = {
        node.data[0] if node.op == "variable" and node.data[1] == CONJUGATE else name: node
        for name, node in zip(names, asked_for, strict=True)
    }
    refuse_differentials(objective, model)
    found_by = derivatives(model, objective)
    result, evidence = found_by.derive(objective, list(variables.values()))
    found = present(model, objective, title, variables, result, layout, many, detail)
    found.check = str(evidence)
    if order == 2:
        for left, x in variables.items():
            for right, y in variables.items():
                found.hessians[left, right] = Expression(found_by.hessian(objective, x, y), model, x is y)
    if structured and objective.is_scalar:
        for name, x in variables.items():
            forms = found_by.structured(objective, x, result.gradients[x])
            if forms:
                found.structured[name] = {title: Expression(form, model) for title, form in forms.items()}
    if riemannian and objective.is_scalar:
        for name, x in variables.items():
            if name not in model.manifolds:
                raise DeclarationError(f"{name} is on no manifold: declare it so, as in x: vector(n) on sphere")
            forms = found_by.riemannian(x, result.gradients[x], model.manifolds[name])
            found.structured[name] = {title: Expression(form, model) for title, form in forms.items()}
    tell(found_by)
    return found


def derive_indexed(
    model: Model,
    objective: Expr,
    title: str,
    names: list[str],
    layout: str,
    many: bool,
    structured: bool,
    detail: str,
) -> Derivation[Any, Any]:
    """The derivation of a model with indices."""
    from matdiff.indexed.derivation import derive as derive_families

    refuse_differentials(objective, model)
    refuse_indexed(model, structured, "a structured gradient")
    refuse_indexed(model, layout != "gradient", f"the {layout} layout")
    return derive_families(model, objective, title, names, layout, many, detail)


def refuse_indexed(model: Model, asked: bool, what: str) -> None:
    """Refuse by name what is not given for models with indices."""
    if asked and model.families is not None:
        raise UnsupportedError(f"{what} of a model with indices is not supported")


def tell(found_by: Derivatives) -> None:
    for doubt in found_by.doubts:
        warn_unchecked(doubt)


@public
def gradient(
    source: Source,
    wrt: str,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    structured: bool = False,
    riemannian: bool = False,
    timeout: float | None = None,
) -> Expression:
    """The gradient of a scalar by X, of the size of X: G in ``df = tr(G' dX)`` (see `derive` for the options).

    Of a matrix function it is the transposed Jacobian. Of several names, a dictionary by name.

    Raises what `derive` raises.

    >>> import matdiff as md
    >>> md.gradient("norm2(A*x - y)^2", "x")
    Expression("2*A'*(A*x - y)")
    >>> md.gradient("logdet(S)", "S", where="S: symmetric(n)", structured=True)
    Expression('inv(S)')
    """
    return derive(
        source, wrt, of=of, where=where, notation=notation, structured=structured, riemannian=riemannian
    ).gradient


@public
def jacobian(
    source: Source,
    wrt: str,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    timeout: float | None = None,
) -> Expression:
    """The Jacobian by X p×q: of a scalar A, q×p, in ``df = tr(A dX)``; of F m×n J, mn×pq, in ``d vec F = J d vec X``.

    vec puts the columns one below the other (Magnus & Neudecker 2019, ch. 9). Of several names, a dictionary by name.

    Raises what `derive` raises.

    >>> import matdiff as md
    >>> md.jacobian("A*X*B", "X"), md.jacobian("tr(A*X)", "X")
    (Expression("kron(B', A)"), Expression('A'))
    """
    return derive(source, wrt, of=of, where=where, notation=notation).jacobian


@public
def differential(
    source: Source,
    wrt: str | Iterable[str] | None = None,
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    timeout: float | None = None,
) -> Expression:
    """The differential, of the size of the objective, written out in those of the variables (by default, of all).

    Raises what `derive` raises.

    >>> import matdiff as md
    >>> md.differential("tr(A*X*B)", "X"), md.differential("inv(X)")
    (Expression('tr(B*A*dX)'), Expression('-inv(X)*dX*inv(X)'))
    """
    from matdiff.answer import derivatives

    model, objective = asked(source, where, notation, of)
    refuse_indexed(model, True, "the differential alone")
    if wrt is None:
        below = set(E.topo(objective))
        wrt = [name for name, node in model.variables.items() if node in below and node.data[1] not in CONSTANT_KINDS]
    names, many = variable_names(wrt)
    found = derive(Expression(objective, model), names)
    if not many:
        return found.differential[names[0]]
    variables = [model.named(name) for name in found.wrt]
    whole = derivatives(model, objective).differential(objective, [v for v in variables if v is not None])
    return Expression(whole, model)  # `derive` told where it could not be compared
