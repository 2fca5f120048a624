"""The functions people call. Each takes a source text (or an `Expression`) and gives an `Expression`
or a `Derivation`; all are re-exported by ``matdiff``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from matdiff import expr as E
from matdiff.answer import present, visible
from matdiff.derivatives import Derivatives
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    ShapeError,
)
from matdiff.expression import Expression
from matdiff.model import CONSTANT_KINDS
from matdiff.question import (
    LAYOUTS,
    MODULE_OPTIONS,
    OPTIONS,
    TEXT_OPTIONS,
    Source,
    asked,
    check_options,
    check_text,
    choose,
    common_model,
    model_of,
    parsed,
    refuse_differentials,
    variable,
    variable_names,
    want_scalar,
)
from matdiff.results import Derivation

if TYPE_CHECKING:
    from matdiff.checking import Report
    from matdiff.codegen import CompiledFunction
    from matdiff.equality import Verdict


def parse(source: str, notation: str = "math", where: str | None = None) -> Expression:
    """Read an expression or a model; of a model, its objective.

    ``where`` holds declarations and definitions kept apart from the expression. Raises `ParseError`,
    `DeclarationError` or `ShapeError`, each showing the place.

    >>> import matdiff as md
    >>> md.parse("h = X*w; sum(h.^2)").shape
    (1, 1)
    """
    return parsed(source, notation, where)


def from_sympy(expression: Any, where: str | None = None) -> Expression:
    """A SymPy expression of scalars and matrix symbols as an `Expression`.

    Symbols that occur in sizes become dims. ``where`` declares kinds that SymPy does not know:
    ``where="S: symmetric(n)"``. What has no counterpart is an `UnsupportedError` by name.

    >>> import matdiff as md
    >>> from sympy import MatrixSymbol, Trace, symbols
    >>> n = symbols("n")
    >>> X = MatrixSymbol("X", n, n)
    >>> f = md.from_sympy(Trace(X**2))
    >>> f, md.gradient(f, "X")
    (Expression('tr(X^2)'), Expression("2*X'"))
    """
    from matdiff.interop.sympy_reader import read_sympy

    model = read_sympy(expression, where)
    assert model.objective is not None
    return Expression(model.objective, model)


def derive(
    source: Source,
    wrt: str | Iterable[str],
    *,
    of: str | None = None,
    where: str | None = None,
    notation: str = "math",
    order: int = 1,
    structured: bool = False,
    layout: str = "gradient",
) -> Derivation:
    """Derive the gradient or the Jacobian by ``wrt`` (a name or several), with every step.

    The objective is the last definition or expression, or the definition named by ``of``. A scalar
    has its gradient read off ``df = tr(A dX)``, a matrix function its Jacobian off
    ``d vec F = J d vec X`` (Magnus & Neudecker 2019). ``order=2`` adds the Hessian. ``structured``
    gives for a symmetric or diagonal variable the gradient that respects its structure.

    The answer is checked at random points before it is given.

    >>> import matdiff as md
    >>> d = md.derive("tr(A*X*B)", wrt="X")
    >>> d.gradient, d.jacobian
    (Expression("A'*B'"), Expression('B*A'))
    """
    if layout not in LAYOUTS:
        raise ArgumentTypeError(f"layout is one of {', '.join(LAYOUTS)}, not {layout!r}")
    if order not in (1, 2) or isinstance(order, bool):
        raise ArgumentTypeError("order is 1 or 2")
    model, objective = model_of(source, notation, where)
    objective, title = choose(model, objective, of)
    names, many = variable_names(wrt)
    variables = {name: variable(model, name, objective) for name in names}
    refuse_differentials(objective, model)
    derivatives = Derivatives(visible(model, objective))
    result, evidence = derivatives.derive(objective, list(variables.values()))
    found = present(model, objective, title, variables, result, layout, many)
    found.check = str(evidence)
    if order == 2:
        for left, x in variables.items():
            for right, y in variables.items():
                found.hessians[left, right] = Expression(derivatives.hessian(objective, x, y), model, x is y)
    if structured and objective.is_scalar:
        for name, x in variables.items():
            forms = derivatives.structured(objective, x, result.gradients[x])
            if forms:
                found.structured[name] = {title: Expression(form, model) for title, form in forms.items()}
    return found


def gradient(source: Source, wrt: str, **options: Any) -> Expression:
    """The gradient of a scalar, of the size of the variable (see `derive` for the options).

    >>> import matdiff as md
    >>> md.gradient("norm2(A*x - y)^2", "x")
    Expression("2*A'*(A*x - y)")
    """
    check_options("gradient", options, OPTIONS)
    return derive(source, wrt, **options).gradient  # type: ignore[no-any-return]


def jacobian(source: Source, wrt: str, **options: Any) -> Expression:
    """The Jacobian: A in ``df = tr(A dX)`` for a scalar, J in ``d vec F = J d vec X`` for a matrix.

    >>> import matdiff as md
    >>> md.jacobian("A*X*B", "X")
    Expression("kron(B', A)")
    """
    check_options("jacobian", options, OPTIONS)
    return derive(source, wrt, **options).jacobian  # type: ignore[no-any-return]


def differential(source: Source, wrt: str | Iterable[str] | None = None, **options: Any) -> Expression:
    """The differential written out in those of the variables (by default, of all of them).

    >>> import matdiff as md
    >>> md.differential("tr(A*X*B)", "X"), md.differential("inv(X)")
    (Expression('tr(B*A*dX)'), Expression('-inv(X)*dX*inv(X)'))
    """
    check_options("differential", options, OPTIONS)
    model, objective = asked(source, options)
    if wrt is None:
        below = set(E.topo(objective))
        wrt = [name for name, node in model.variables.items() if node in below and node.data[1] not in CONSTANT_KINDS]
    found = derive(Expression(objective, model), wrt, **options)
    if not found.many:
        return found.differential  # type: ignore[no-any-return]
    variables = [model.named(name) for name in found.wrt]
    whole = Derivatives(visible(model, objective)).differential(objective, [v for v in variables if v is not None])
    return Expression(whole, model)


def hessian(source: Source, wrt: str, other: str | None = None, **options: Any) -> Expression:
    """The Hessian of a scalar, or with a second variable the mixed block.

    ``d²f = (d vec x)' H (d vec y)``; H is (size of x) × (size of y).

    >>> import matdiff as md
    >>> md.hessian("x'*A*x", "x")
    Expression("A + A'")
    """
    check_options("hessian", options, TEXT_OPTIONS)
    model, objective = asked(source, options)
    refuse_differentials(objective, model)
    names, _ = variable_names([wrt] if other is None else [wrt, other] if other != wrt else [wrt])
    x, y = (variable(model, name, objective) for name in (names[0], names[-1]))
    want_scalar(objective, model)
    return Expression(Derivatives(visible(model, objective)).hessian(objective, x, y), model, x is y)


def hvp(source: Source, wrt: str, direction: str = "v", **options: Any) -> Expression:
    """The Hessian of a scalar times a direction, of the size of the variable, without the Hessian.

    ``direction`` names the direction: a name of the model of the variable's size, or a new name.

    >>> import matdiff as md
    >>> md.hvp("x'*A*x", "x", "v")
    Expression("(A + A')*v")
    """
    check_options("hvp", options, TEXT_OPTIONS)
    model, objective = asked(source, options)
    refuse_differentials(objective, model)
    ((wrt,), _) = variable_names([wrt])
    x = variable(model, wrt, objective)
    if not isinstance(direction, str):
        raise ArgumentTypeError("direction is the name of the direction")
    v = model.named(direction)
    if v is None and (not direction.isidentifier() or direction in (*model.dims, *model.functions)):
        raise DeclarationError(f"{direction!r} cannot name a direction: give a new name, or one of a variable")
    if v is not None and v.shape != x.shape:
        raise ShapeError(
            f"{direction} is {v.rows}×{v.cols}, {wrt} is {x.rows}×{x.cols}: a direction has the size of the variable"
        )
    if v is None:
        v = E.variable(direction, x.shape)
        model.variables[direction] = v
    want_scalar(objective, model)
    return Expression(Derivatives(visible(model, objective)).hessian_product(objective, x, v), model)


def compile(expressions: Expression | list[Expression]) -> CompiledFunction:
    """A NumPy function of keyword arrays for one expression or several; ``.source`` is its code.

    Values are returned as `Expression.evaluate` returns them.

    >>> import matdiff as md
    >>> f = md.compile(md.gradient("x'*A*x", "x"))
    >>> f(A=[[1, 2], [3, 4]], x=[1, 0])
    array([2., 5.])
    """
    from matdiff.codegen import compile_function

    single = isinstance(expressions, Expression)
    found = [expressions] if isinstance(expressions, Expression) else expressions
    if not isinstance(found, list | tuple) or not found or not all(isinstance(e, Expression) for e in found):
        raise ArgumentTypeError("compile takes an Expression or a list of Expressions")
    model = found[0].model
    if any(e.model is not model for e in found):
        raise DeclarationError("the expressions belong to different models: derive them from one source")
    symmetric = [e.node for e in found if e.symmetric]
    return compile_function(found[0].node if single else [e.node for e in found], model, symmetric)


def generate(source: str, wrt: str | Iterable[str], **options: Any) -> str:
    """The source of a self-contained training module for a model.

    ``loss_and_gradients(...)`` gives ``(loss, {name: gradient})`` and ``train(..., steps, learning_rate)``
    gives ``(parameters, losses)``; arguments are the model's inputs in order of declaration. Options:
    ``of``, ``where``, ``notation``, ``target`` (numpy, jax, torch), ``style`` (readable, fast), and
    ``explain``, which puts the derivation into the module's docstring. Raises `UnsupportedError` for
    what has no form in the target.

    >>> import matdiff as md
    >>> code = md.generate("loss = norm2(A*x - y)^2", "x")
    >>> "def loss_and_gradients(A, x, y)" in code
    True
    """
    from matdiff.codegen import generate as write
    from matdiff.codegen import split_source

    if not isinstance(source, str):
        raise ArgumentTypeError(f"a source is a string, not {type(source).__name__}")
    check_options("generate", options, MODULE_OPTIONS)
    check_text(options.get("notation", "math"), options.get("where"), options.get("of"))
    names, _ = variable_names(wrt)
    if options.pop("explain", False):
        told = {key: options[key] for key in ("of", "where", "notation") if key in options}
        options["derivation"] = str(derive(split_source(source)[0], names, **told))
    return write(source, names, **options)


def equal(one: Source, other: Source, where: str | None = None, notation: str = "math") -> Verdict:
    """Whether two expressions are equal for all values of their names.

    The verdict ``holds`` or not, and says ``how``: ``proved``, ``sampled`` (agrees at random points),
    or ``refuted`` with a ``counterexample``. Different sizes are refuted.

    >>> import matdiff as md
    >>> md.equal("tr(A*B)", "tr(B*A)").how, md.equal("A*B", "B*A", where="A, B: matrix(n, n)").how
    ('proved', 'refuted')
    """
    from matdiff.equality import decide

    left, right = common_model(one, other, where, notation)
    return decide(left, right)


def check(document: str) -> Report:
    r"""Check a derivation written by hand: every link of every chain, and every claim about a derivative.

    The document is Markdown; a block fenced as ``matdiff`` holds the model, and math in ``$…$``,
    ``$$…$$``, ``\[…\]`` or a block fenced as ``derivation`` is checked. The report has ``ok`` and
    ``links``, each with ``line``, ``text``, ``verdict``, ``detail`` and ``suggestion``.

    >>> import matdiff as md
    >>> report = md.check(r"$$\operatorname{tr}(AB) = \operatorname{tr}(BA)$$")
    >>> report.ok, [link.verdict for link in report.links]
    (True, ['proved'])
    """
    from matdiff.checking import check as examine

    if not isinstance(document, str):
        raise ArgumentTypeError(f"a document is a string, not {type(document).__name__}")
    return examine(document)


def check_code(
    source: str, loss: str | None = None, grads: Mapping[str, str] | None = None, where: str | None = None
) -> Report:
    """Check gradients written by hand in NumPy code, and the intermediate ones on the way to them.

    ``grads`` says which name is the gradient by which parameter, ``{"w": "grad_w"}``; it and the loss
    are guessed by the usual names where they are not given. ``where`` declares what the code does not
    tell. The code is read, never run; its loops are read as one round. The report is that of `check`.

    >>> import matdiff as md
    >>> code = "loss = np.sum((X @ w - y)**2); grad_w = X.T @ (X @ w - y)"
    >>> report = md.check_code(code, "loss", {"w": "grad_w"}, where="X: matrix(n, d); w: vector(d); y: vector(n)")
    >>> report.ok, report.links[0].suggestion
    (False, 'a factor 2 is missing: grad_w = 2 * (X.T @ (X @ w - y))')
    """
    from matdiff.checking import check_code as examine

    return examine(source, loss, grads, where)
