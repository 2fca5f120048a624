"""The functions people call. Each takes a source text (or an `Expression`) and gives an `Expression`
or a `Derivation`; all are re-exported by ``matdiff``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from matdiff import expr as E
from matdiff.calculus.derive import Calculus, Result
from matdiff.derivation import RawStep
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    ParseError,
    Place,
    ShapeError,
    UnsupportedError,
)
from matdiff.expr import Expr
from matdiff.expression import Expression
from matdiff.model import Model
from matdiff.operators import entries
from matdiff.printing.math import Printer
from matdiff.reader import NOTATIONS, read_model
from matdiff.reader.spelling import closest
from matdiff.results import Derivation, Step
from matdiff.sizes import Unifier, named

if TYPE_CHECKING:
    from matdiff.checking import Report
    from matdiff.codegen import CompiledFunction
    from matdiff.equality import Verdict

LAYOUTS = ("gradient", "numerator", "denominator")

TEXT_OPTIONS = ("where", "notation", "of")
OPTIONS = (*TEXT_OPTIONS, "order", "structured", "layout")
MODULE_OPTIONS = (*TEXT_OPTIONS, "target", "style", "explain")

Source = str | Expression


def parse(source: str, notation: str = "math", where: str | None = None) -> Expression:
    """Read an expression or a model; of a model, its objective.

    ``where`` holds declarations and definitions kept apart from the expression. Raises `ParseError`,
    `DeclarationError` or `ShapeError`, each showing the place.

    >>> import matdiff as md
    >>> md.parse("h = X*w; sum(h.^2)").shape
    (1, 1)
    """
    model = read(source, notation, where)
    if model.objective is None:
        raise nothing(model)
    return Expression(model.objective, model)


def nothing(model: Model) -> ParseError:
    """A source without an expression."""
    end = len(model.source.rstrip())
    what = "there is no expression here, only declarations" if model.variables or model.dims else "the source is empty"
    return ParseError(f"{what}: write an expression, as in norm2(A*x - y)^2", Place(model.source, end, end + 1))


def place_of(node: Expr, model: Model) -> tuple[Place, ...]:
    return (model.places[node],) if node in model.places else ()


def check_options(function: str, options: Mapping[str, Any], known: Iterable[str]) -> None:
    for name in options:
        if name not in known:
            raise ArgumentTypeError(f"{function} takes no option {name}; its options are {', '.join(known)}")


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


def read(source: Any, notation: str = "math", where: Any = None) -> Model:
    """A source as a model, the types of the arguments checked."""
    if not isinstance(source, str):
        raise ArgumentTypeError(f"a source is a string, not {type(source).__name__}")
    check_text(notation, where)
    return read_model(source, notation, where)


def check_text(notation: Any, where: Any, of: Any = None) -> None:
    """The types of what goes with a source."""
    if where is not None and not isinstance(where, str):
        raise ArgumentTypeError(f"where is a string of declarations, not {type(where).__name__}")
    if not isinstance(notation, str) or notation not in NOTATIONS:
        raise ArgumentTypeError(f"notation is one of {', '.join(NOTATIONS)}, not {notation!r}")
    if of is not None and not isinstance(of, str):
        raise ArgumentTypeError(f"of is the name of a definition, not {type(of).__name__}")


def model_of(source: Source, notation: str, where: str | None) -> tuple[Model, Expr | None]:
    if isinstance(source, Expression):
        if where is not None:
            raise ArgumentTypeError("where goes with a text; an Expression has its own declarations")
        return source.model, source.node
    model = read(source, notation, where)
    return model, model.objective


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
    calculus = Calculus(visible(model, objective))
    result = calculus.derive(objective, list(variables.values()))
    found = present(model, objective, title, variables, result, layout, many)
    if order == 2:
        for left, x in variables.items():
            for right, y in variables.items():
                found.hessians[left, right] = Expression(checked_hessian(calculus, objective, x, y), model, x is y)
    if structured:
        add_structured(found, calculus, variables)
    from matdiff.verification import check

    found.check = str(check(found))
    return found


def visible(model: Model, objective: Expr) -> list[Expr]:
    """The definitions an answer may mention: all but those made of the objective."""
    above = {objective}
    for node in E.topo(*model.definitions.values()):
        if any(arg in above for arg in node.args):
            above.add(node)
    return [node for node in model.definitions.values() if node not in above]


def choose(model: Model, objective: Expr | None, of: str | None) -> tuple[Expr, str]:
    if of is not None:
        check_text("math", None, of)
        node = model.definitions.get(of)
        if node is None:
            close = closest(of, model.definitions)
            known = ", ".join(model.definitions) or "none"
            hint = f"did you mean {close}?" if close else f"the definitions are: {known}"
            raise DeclarationError(f"there is no definition {of or repr(of)}; {hint}")
        return node, of
    if objective is None:
        raise nothing(model)
    return objective, objective.data if objective.op == "definition" else "f"


def variable_names(wrt: Any) -> tuple[list[str], bool]:
    many = not isinstance(wrt, str)
    if many and (not isinstance(wrt, Iterable) or isinstance(wrt, bytes | Mapping)):
        raise ArgumentTypeError(f"wrt is a name or a list of names, not {type(wrt).__name__}")
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    if not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError("wrt is a name or a list of names, each a string")
    if not names or not all(names):
        raise DeclarationError("wrt is empty: name at least one variable")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DeclarationError(f"{twice} stands twice in wrt")
    return names, many


def variable(model: Model, name: str, objective: Expr) -> Expr:
    """The node of a variable of the derivation; raises `DeclarationError` for what cannot be one."""
    node = model.named(name)
    if name in model.dims:
        raise DeclarationError(f"{name} is a dim: a size does not vary")
    if name in model.functions:
        raise DeclarationError(f"{name} is a function: give a variable")
    if node is None:
        known = [*model.variables, *model.definitions]
        close = closest(name, known)
        hint = f"did you mean {close}?" if close else f"the names are {', '.join(known) or 'none'}"
        raise DeclarationError(f"{name} does not occur and is not declared: {hint}")
    if node.op == "variable" and node.data[1] in ("labels", "onehot"):
        raise DeclarationError(f"{name} holds {node.data[1]}: it does not vary")
    if node is objective and node.op == "definition":
        raise DeclarationError(f"{name} is the objective itself")
    return node


def refuse_differentials(objective: Expr, model: Model) -> None:
    for node in E.topo(objective):
        if node.op == "differential":
            text = Printer()(node)
            raise UnsupportedError(
                f"{text} is read as the differential of {text[1:].strip('()')}; an objective has none"
                f" (if {text} is a variable, declare it)",
                *place_of(node, model),
            )


def present(
    model: Model, objective: Expr, title: str, variables: dict[str, Expr], result: Result, layout: str, many: bool
) -> Derivation:
    """The raw result as people see it."""

    def shown(node: Expr) -> Expression:
        return Expression(node, model)

    def step(raw: RawStep) -> Step:
        note = raw.note
        if raw.of is not None and raw.of.op == "definition":
            body = str(shown(raw.of.args[0]))
            note = "; ".join(part for part in (f"{raw.of.data} = {body}" if len(body) < 200 else "", note) if part)
        return Step(raw.rule, shown(raw.before), shown(raw.after), note, raw.source)

    conditions: dict[str, None] = {}
    conventions: dict[str, None] = {}
    for where, node in result.conditions:
        text = str(shown(node.args[0]))
        conditions[where.format_map(_Any(text if len(text) < 200 else "its argument"))] = None
    for _, entry in entries(objective):
        if entry.convention:
            conventions[entry.convention] = None
    by_name = {node: name for name, node in variables.items()}
    return Derivation(
        model=model,
        objective=shown(objective),
        name=title,
        wrt=tuple(variables),
        steps=tuple(step(raw) for raw in result.steps),
        gradients={by_name[v]: shown(g) for v, g in result.gradients.items()},
        jacobians={by_name[v]: shown(j) for v, j in result.jacobians.items()},
        differentials={by_name[v]: shown(d) for v, d in result.differentials.items()},
        layout=layout,
        many=many,
        conditions=tuple(conditions),
        conventions=tuple(conventions),
    )


class _Any(dict[str, str]):
    """Every name of a condition's template stands for the one argument."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __missing__(self, key: str) -> str:
        return self.text


# The gradients of a symmetric or diagonal variable that respect its structure, from the plain one.
STRUCTURED: dict[str, dict[str, str]] = {
    "symmetric": {
        "in the space of symmetric matrices": "(G + G')/2",
        "by the free entries": "G + G' - diag(diag(G))",
    },
    "diagonal": {"in the space of diagonal matrices": "diag(diag(G))"},
}


def add_structured(found: Derivation, calculus: Calculus, variables: dict[str, Expr]) -> None:
    from matdiff.reader import read_formula

    for name, node in variables.items():
        kind = node.data[1] if node.op == "variable" else ""
        if kind in STRUCTURED and found.objective.node.is_scalar:
            plain = found.gradients[name].node
            found.structured[name] = {
                title: Expression(calculus.readable(read_formula(formula, {"G": plain})), found.model)
                for title, formula in STRUCTURED[kind].items()
            }


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
    where, notation, of = (
        options.pop(key, default) for key, default in (("where", None), ("notation", "math"), ("of", None))
    )
    model, objective = model_of(source, notation, where)
    objective, _ = choose(model, objective, of)
    if wrt is None:
        below = set(E.topo(objective))
        wrt = [
            name for name, node in model.variables.items() if node in below and node.data[1] not in ("labels", "onehot")
        ]
    found = derive(Expression(objective, model), wrt, **options)
    parts = [e.node for e in found.differentials.values()]
    calculus = Calculus(visible(model, objective))
    whole = parts[0]
    for part in parts[1:]:
        whole = E.Expr("add", (whole, part), None, whole.shape)
    return Expression(whole if objective.is_scalar else calculus.readable(whole), model)


def hessian(source: Source, wrt: str, other: str | None = None, **options: Any) -> Expression:
    """The Hessian of a scalar, or with a second variable the mixed block.

    ``d²f = (d vec x)' H (d vec y)``; H is (size of x) × (size of y).

    >>> import matdiff as md
    >>> md.hessian("x'*A*x", "x")
    Expression("A + A'")
    """
    check_options("hessian", options, TEXT_OPTIONS)
    where, notation, of = (
        options.pop(key, default) for key, default in (("where", None), ("notation", "math"), ("of", None))
    )
    model, objective = model_of(source, notation, where)
    objective, _ = choose(model, objective, of)
    refuse_differentials(objective, model)
    names, _ = variable_names([wrt] if other is None else [wrt, other] if other != wrt else [wrt])
    x, y = (variable(model, name, objective) for name in (names[0], names[-1]))
    if not objective.is_scalar:
        size = f"{objective.rows}×{objective.cols}"
        raise ShapeError(f"a Hessian is that of a scalar; this is {size}", *place_of(objective, model))
    return Expression(checked_hessian(Calculus(visible(model, objective)), objective, x, y), model, x is y)


def checked_hessian(calculus: Calculus, objective: Expr, x: Expr, y: Expr) -> Expr:
    from matdiff.verification import check_jacobian

    gradient, found = calculus.hessian(objective, x, y)
    check_jacobian(gradient, y, found)
    return found


def hvp(source: Source, wrt: str, direction: str = "v", **options: Any) -> Expression:
    """The Hessian of a scalar times a direction, of the size of the variable, without the Hessian.

    ``direction`` names the direction: a name of the model of the variable's size, or a new name.

    >>> import matdiff as md
    >>> md.hvp("x'*A*x", "x", "v")
    Expression("(A + A')*v")
    """
    check_options("hvp", options, TEXT_OPTIONS)
    where, notation, of = (
        options.pop(key, default) for key, default in (("where", None), ("notation", "math"), ("of", None))
    )
    model, objective = model_of(source, notation, where)
    objective, _ = choose(model, objective, of)
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
    if not objective.is_scalar:
        size = f"{objective.rows}×{objective.cols}"
        raise ShapeError(f"a Hessian is that of a scalar; this is {size}", *place_of(objective, model))
    return Expression(Calculus(visible(model, objective)).hessian_product(objective, x, v), model)


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


def common_model(one: Source, other: Source, where: str | None, notation: str) -> tuple[Expr, Expr]:
    """Two expressions over one set of names: texts are read together, so that their sizes agree."""
    if isinstance(one, Expression) and isinstance(other, Expression) and one.model is other.model:
        return one.node, other.node
    left, right = (e if isinstance(e, Expression) else parse(e, notation, where) for e in (one, other))
    return aligned(left, right)


def aligned(left: Expression, right: Expression) -> tuple[Expr, Expr]:
    """Both over the same variables: inferred sizes made equal where names are shared, kinds taken from the left."""
    unifier = Unifier()
    opened = [{name: unifier.fresh(generic=True) for name in e.model.inferred} for e in (left, right)]
    shared = [name for name in left.model.variables if name in right.model.variables]
    pairs = [(left.model.variables[name].shape, right.model.variables[name].shape) for name in shared]
    for one, other in (*pairs, (left.node.shape, right.node.shape)):
        for size, wanted in zip(one, other, strict=True):
            if not unifier.unify(wanted.substitute(opened[1]), size.substitute(opened[0])):
                break  # the sizes differ: the comparison says so
    rigid = {str(size): named(name) for name, size in opened[0].items()}
    rigid |= {str(size): named(f"{name}_") for name, size in opened[1].items()}
    nodes = []
    for e, sizes in zip((left, right), opened, strict=True):
        settled = {name: unifier.resolve(size).substitute(rigid) for name, size in sizes.items()}
        nodes.append(E.substitute([e.node], {}, settled)[0])
    variables = E.names(nodes[0])
    same = {
        node: variables[name]
        for name, node in E.names(nodes[1]).items()
        if name in variables and node.shape == variables[name].shape
    }
    return nodes[0], E.substitute([nodes[1]], same)[0]
