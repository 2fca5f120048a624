"""What is asked: the source, the names and the options, each checked before anything is derived."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from textwrap import dedent
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from matdiff import expr as E
from matdiff.errors import (
    ArgumentTypeError,
    DeclarationError,
    MatdiffError,
    ParseError,
    Place,
    ShapeError,
    UnsupportedError,
)
from matdiff.expr import Expr
from matdiff.expression import Expression, expression
from matdiff.indices import accessed
from matdiff.model import CONJUGATE, CONSTANT_KINDS, Model, conjugate_name
from matdiff.printing.math import Printer
from matdiff.reader import NOTATIONS, read_model
from matdiff.reader.spelling import closest
from matdiff.sizes import Unifier, named
from matdiff.timelimit import within

if TYPE_CHECKING:
    from matdiff.checking.scripts.lifting import Lifted

LAYOUTS = ("gradient", "numerator", "denominator")
DETAILS = ("textbook", "full")
"""How a derivation reads: the whole differential line by line, or every single rule."""

LATEX = re.compile(r"\\(?:\||[A-Za-z]{2})|\^\{|_\{")
"""What only LaTeX has."""

Source = str | Expression
P = ParamSpec("P")
R = TypeVar("R")


def notation_of(*sources: str) -> str:
    """The notation of expressions that come without its name."""
    return "latex" if any(map(LATEX.search, sources)) else "math"


def public(function: Callable[P, R]) -> Callable[P, R]:
    """A function people call: arguments that it does not take are told in the words of every other error."""
    signature = inspect.signature(function)
    options = [name for name, p in signature.parameters.items() if p.default is not p.empty] or signature.parameters

    @wraps(function)
    def called(*args: P.args, **keywords: P.kwargs) -> R:
        for name in keywords:
            if name not in signature.parameters:
                known = ", ".join(options)
                raise ArgumentTypeError(f"{function.__name__} takes no option {name}; its options are {known}")
        try:
            signature.bind(*args, **keywords)
        except TypeError as error:
            raise ArgumentTypeError(f"{function.__name__}: {error}") from None
        timeout: Any = keywords.get("timeout")
        return within(timeout, lambda: function(*args, **keywords))

    return called


def parsed(source: Any, notation: str, where: Any) -> Expression:
    """The objective of a source, with its model."""
    model = read(source, notation, where)
    if model.objective is None:
        raise nothing(model)
    return expression(model.objective, model)


def nothing(model: Model) -> ParseError:
    """A source without an expression."""
    end = len(model.source.rstrip())
    what = "there is no expression here, only declarations" if model.variables or model.dims else "the source is empty"
    return ParseError(f"{what}: write an expression, as in norm2(A*x - y)^2", Place(model.source, end, end + 1))


def place_of(node: Expr, model: Model) -> tuple[Place, ...]:
    return (model.places[node],) if node in model.places else ()


def read(source: Any, notation: str = "math", where: Any = None, of: Any = None, wrt: Sequence[str] = ()) -> Model:
    """A source as a model, the types of the arguments checked."""
    if not isinstance(source, str):
        raise ArgumentTypeError(f"a source is a string, not {type(source).__name__}")
    check_text(notation, where, of)
    script = scripted(source, notation, where, of, wrt)
    return read_model(source, notation, where) if script is None else script.model()


def scripted(
    source: str,
    notation: str,
    where: str | None,
    of: str | None = None,
    wrt: Sequence[str] = (),
    beside: Callable[[str], str | None] | None = None,
) -> Lifted | None:
    """A script of NumPy as the model whose loss it computes, as `check_code` reads it.

    None for what is an expression or a model itself: code that ends with what is meant, and claims no gradients.
    """
    if notation != "numpy" or "=" not in source:
        return None
    from matdiff.checking.scripts import lifting

    refused: MatdiffError | None = None
    source = dedent(source)
    try:
        model = read_model(source, notation, where)
        if of in model.definitions or (model.objective is not None and not lifting.claims(source)):
            return None
    except MatdiffError as error:
        refused = error
    try:
        return lifting.lifted(source, wrt, of, where, beside)
    except MatdiffError as error:
        if refused is None:
            return None
        raise (error if lifting.is_script(source) else refused) from None


def check_text(notation: Any, where: Any, of: Any = None) -> None:
    """The types of what goes with a source."""
    if where is not None and not isinstance(where, str):
        raise ArgumentTypeError(f"where is a string of declarations, not {type(where).__name__}")
    if not isinstance(notation, str) or notation not in NOTATIONS:
        raise ArgumentTypeError(f"notation is one of {', '.join(NOTATIONS)}, not {notation!r}")
    if of is not None and not isinstance(of, str):
        raise ArgumentTypeError(f"of is the name of a definition, not {type(of).__name__}")


def model_of(
    source: Source, notation: str, where: str | None, of: str | None = None, wrt: Any = None
) -> tuple[Model, Expr | None]:
    if isinstance(source, Expression):
        if where is not None:
            raise ArgumentTypeError("where goes with a text; an Expression has its own declarations")
        return source.model, source.node
    model = read(source, notation, where, of, () if wrt is None else variable_names(wrt)[0])
    return model, model.objective


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


def asked(source: Source, where: str | None, notation: str, of: str | None) -> tuple[Model, Expr]:
    """The model and the objective that a source and its options tell."""
    model, objective = model_of(source, notation, where, of)
    return model, choose(model, objective, of)[0]


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


def parameters(model: Model, objective: Expr, source: Source) -> str | list[str]:
    """What is derived by where nothing is said: what varies in the objective, and is not data of an experiment."""
    inside = reached(model, objective)
    if model.trained:
        return model.trained[0] if len(model.trained) == 1 else list(model.trained)
    names = [n for n, node in model.variables.items() if n in inside and node.data[1] not in CONSTANT_KINDS]
    if isinstance(source, str):
        from matdiff.codegen import data_of

        data = data_of(source, model)
        names = [name for name in names if name not in data] or names
    if not names:
        raise DeclarationError("nothing varies in the objective: declare a variable, as in x: vector(n)")
    return names[0] if len(names) == 1 else names


def reached(model: Model, objective: Expr) -> set[str]:
    """The names of the variables that the objective is made of, families among them."""
    found: set[str] = set()
    waiting = [objective]
    while waiting:
        for node in E.topo(waiting.pop()):
            if node.op == "variable" and (name := accessed(node).family) not in found:
                found.add(name)
                if model.families is not None:
                    waiting += [equation.body for equation in model.families.defined(name)]
    return found


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
    if node.op == "variable" and node.data[1] in CONSTANT_KINDS:
        raise DeclarationError(f"{name} holds {node.data[1]}: it does not vary")
    if node is objective and node.op == "definition":
        raise DeclarationError(f"{name} is the objective itself")
    if node.op == "variable" and node.data[1] == "complex":
        return E.variable(conjugate_name(name), node.shape, CONJUGATE)
    return node


def want_scalar(objective: Expr, model: Model) -> None:
    """Refuse a Hessian of anything else."""
    if not objective.is_scalar:
        size = f"{objective.rows}×{objective.cols}"
        raise ShapeError(f"a Hessian is that of a scalar; this is {size}", *place_of(objective, model))


def refuse_differentials(objective: Expr, model: Model) -> None:
    for node in E.topo(objective):
        if node.op == "differential":
            text = Printer()(node)
            raise UnsupportedError(
                f"{text} is read as the differential of {text[1:].strip('()')}; an objective has none"
                f" (if {text} is a variable, declare it)",
                *place_of(node, model),
            )


def common_model(one: Source, other: Source, where: str | None, notation: str) -> tuple[Expr, Expr]:
    """Two expressions over one set of names: texts are read together, so that their sizes agree."""
    if isinstance(one, Expression) and isinstance(other, Expression) and one.model is other.model:
        return one.node, other.node
    left, right = (e if isinstance(e, Expression) else parsed(e, notation, where) for e in (one, other))
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
