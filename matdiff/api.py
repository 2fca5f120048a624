"""The functions people call. Each takes a source text (or an `Expression`) and gives an `Expression`
or a `Derivation`; all are re-exported by ``matdiff``.

Common to all: ``where`` holds declarations and definitions kept apart from the source, ``notation`` is ``math``,
``numpy`` or ``latex``, and ``of`` names the definition that is the objective, else the last one or a bare expression
is. Every error is a `MatdiffError`: a `ParseError` for text that is not in the notation, a `DeclarationError` for a
name that is unknown or does not vary, a `ShapeError` for sizes that do not fit, an `UnsupportedError` for what is
beyond matdiff, a `VerificationError` for an answer that its numerical check refutes, a `TimeLimitError` for one that
takes longer than ``timeout`` seconds, where that was given; an argument of the wrong Python
type, or one that a function does not take, is a `TypeError` as well. Errors of a text show the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

from matdiff import expr as E
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    ShapeError,
    UnsupportedError,
    warn_unchecked,
)
from matdiff.expr import Expr
from matdiff.expression import Expression
from matdiff.model import CONSTANT_KINDS, Model
from matdiff.question import (
    DETAILS,
    LAYOUTS,
    Source,
    asked,
    check_text,
    choose,
    common_model,
    model_of,
    parameters,
    parsed,
    public,
    read,
    refuse_differentials,
    scripted,
    variable,
    variable_names,
    want_scalar,
)

if TYPE_CHECKING:
    from matdiff.arrays.values import CompiledProgram
    from matdiff.checking import Report
    from matdiff.codegen import CompiledFunction
    from matdiff.derivatives import Derivatives
    from matdiff.equality import Verdict
    from matdiff.results import Derivation

    ByOne = Derivation[Expression, Expression]
    """A derivation by one variable: ``gradient`` is an `Expression`."""
    BySeveral = Derivation[dict[str, Expression], dict[tuple[str, str], Expression]]
    """A derivation by a list of variables: ``gradient`` is a dictionary by name, ``hessian`` one by pairs of names."""


@public
def parse(source: str, notation: str = "math", where: str | None = None, *, timeout: float | None = None) -> Expression:
    """Read an expression or a model; of a model, its objective.

    ``where`` holds declarations and definitions kept apart from the expression; ``notation`` is ``math``, ``numpy``
    or ``latex``. A scalar has the shape (1, 1), a vector (n, 1); sizes that no number tells are names.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError`, each showing the place.

    >>> import matdiff as md
    >>> md.parse("h = X*w; sum(h.^2)").shape
    (1, 1)
    """
    return parsed(source, notation, where)


@public
def from_sympy(expression: Any, where: str | None = None) -> Expression:
    """A SymPy expression of scalars and matrix symbols as an `Expression` of the same shape.

    Symbols that occur in sizes become dims. ``where`` declares kinds that SymPy does not know:
    ``where="S: symmetric(n)"``.

    Raises `UnsupportedError`, by name, for what has no counterpart; `DeclarationError` or `ShapeError` where ``where``
    contradicts it.

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
            pairs = ((left, right) for left in names for right in names)
            found.hessians = {pair: indexed_hessian(model, objective, title, *pair) for pair in pairs}
        return found
    variables = {name: variable(model, name, objective) for name in names}
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


def indexed_hessian(model: Model, objective: Expr, title: str, left: str, right: str) -> Expression:
    """The blocks of a Hessian of a model with indices."""
    from matdiff.indexed.derivation import hessian

    return hessian(model, objective, title, left, right)


def indexed_product(model: Model, objective: Expr, title: str, wrt: str, direction: str) -> Expression:
    """The Hessian of a model with indices times a direction."""
    from matdiff.indexed.derivation import hessian_product

    if not direction.isidentifier() or direction in (*model.dims, *model.functions):
        raise DeclarationError(f"{direction!r} cannot name a direction: give a new name, or one of a variable")
    return hessian_product(model, objective, title, wrt, direction)


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
        return indexed_hessian(model, objective, of or "f", names[0], names[-1])
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
    if model.families is not None:
        return indexed_product(model, objective, of or "f", wrt, direction)
    x = variable(model, wrt, objective)
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
    found_by = derivatives(model, objective)
    found = Expression(found_by.hessian_product(objective, x, v), model)
    tell(found_by)
    return found


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
    optimizer: ``sgd``, ``momentum`` or ``adam``; its settings are keywords of ``train`` and flags of the script. This
        and what follows is for NumPy in the readable style, and only what is asked for stands in the module.
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


@public
def equal(
    one: Source, other: Source, where: str | None = None, notation: str = "math", *, timeout: float | None = None
) -> Verdict:
    """Whether two expressions are equal for all values of their names.

    The verdict ``holds`` or not, and says ``how``: ``proved`` (for all sizes and values), ``sampled`` (agrees at
    random points), or ``refuted`` with a ``counterexample``. Different sizes are refuted.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError` where one of them cannot be read.

    >>> import matdiff as md
    >>> md.equal("tr(A*B)", "tr(B*A)").how, md.equal("A*B", "B*A", where="A, B: matrix(n, n)").how
    ('proved', 'refuted')
    """
    from matdiff.equality import decide

    if any(model_of(e, notation, where if isinstance(e, str) else None)[0].families for e in (one, other)):
        from matdiff.indexed.equality import equal as equal_families

        sides = [e if isinstance(e, Expression) else parsed(e, notation, where) for e in (one, other)]
        return equal_families(sides[0], sides[1])
    left, right = common_model(one, other, where, notation)
    return decide(left, right)


@public
def check(document: str, path: str = "", *, timeout: float | None = None) -> Report:
    r"""Check a derivation written by hand: every link of every chain, and every claim about a derivative.

    The document is Markdown, or what the suffix of ``path`` says (``.tex``, ``.rst``, ``.ipynb``); files that TeX takes
    in are looked for beside it. A block fenced as ``matdiff`` holds the model, and math in ``$…$``, ``$$…$$``,
    ``\[…\]`` or a block fenced as ``derivation`` is checked. Claims are in gradient layout, as `derive`
    answers. The report has ``ok`` and ``links``, each with ``line``, ``span``, ``text``, ``verdict``, ``detail``,
    ``suggestion``, ``edits`` and ``counterexample``.

    Raises `ParseError`, `DeclarationError` or `ShapeError` where the model cannot be read; a formula that cannot is
    ``unread`` in the report, or ``ill-formed`` where its sizes do not fit.

    >>> import matdiff as md
    >>> report = md.check(r"$$\operatorname{tr}(AB) = \operatorname{tr}(BA)$$")
    >>> report.ok, [link.verdict for link in report.links]
    (True, ['proved'])
    """
    from matdiff.checking import check as examine

    if not isinstance(document, str):
        raise ArgumentTypeError(f"a document is a string, not {type(document).__name__}")
    return examine(document, path=path)


@public
def check_code(
    source: str,
    loss: str | None = None,
    grads: Mapping[str, str] | None = None,
    where: str | None = None,
    *,
    timeout: float | None = None,
) -> Report:
    """Check gradients written by hand in NumPy code, and the intermediate ones on the way to them.

    ``grads`` says which name is the gradient by which parameter, ``{"w": "grad_w"}``; it and the loss
    are guessed by the usual names where they are not given. ``where`` declares what the code does not
    tell. The code is read, never run. Gradients have the shape of their parameter.
    The report is that of `check`.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError` where the code, or a name that is given,
    cannot be read.

    >>> import matdiff as md
    >>> code = "loss = np.sum((X @ w - y)**2); grad_w = X.T @ (X @ w - y)"
    >>> report = md.check_code(code, "loss", {"w": "grad_w"}, where="X: matrix(n, d); w: vector(d); y: vector(n)")
    >>> report.ok, report.links[0].suggestion
    (False, 'a factor 2 is missing: grad_w = 2 * (X.T @ (X @ w - y))')
    """
    from matdiff.checking.scripts import check_code as examine

    return examine(source, loss, grads, where)
