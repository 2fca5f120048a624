"""Names that are defined by an equation, ``z: solves z = …``, or as a minimum, ``w: argmin …``."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.equations import implicit
from matdiff.errors import DeclarationError, Place, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.reader import signs
from matdiff.reader.context import Context
from matdiff.reader.names import default_kind
from matdiff.reader.syntax import Definition, Node

KINDS = frozenset({"solves", "argmin"})


def unknown(reader: Context, statement: Definition) -> dict[str, Expr]:
    """The variable that stands for the name inside of its own equation; of other definitions none."""
    if statement.value.kind not in KINDS:
        return {}
    name, place = statement.name.value, reader.program.place(statement.name)
    declared = reader.names.scope.get(name)
    if declared is not None and declared.op == "variable":
        return {name: E.variable(name, declared.shape)}
    kind = default_kind(name)
    if kind is None:
        raise DeclarationError(f"the size of {name} is not known: declare it above, as in {name}: vector(n)", place)
    return {name: E.variable(name, reader.names.shape_of(kind, []))}


def solves(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """Where the two sides are equal: as many equations as the unknown has entries."""
    found = unknown_in(reader, node, args)
    difference = signs.binary(reader, Node("binary", "-", node.children, node.start, node.end), args)
    for size, wanted in zip(reader.build.shape(difference), reader.build.shape(found), strict=True):
        if not reader.unifier.unify(size, wanted):
            sides = f"{node.value} is {reader.size(found)}, both sides of its equation {reader.size(difference)}"
            raise ShapeError(f"{sides}: an equation for each entry is needed", reader.program.place(node))
    reader.names.more.append(difference)
    return implicit("solves", found, [difference])


def argmin(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """Where a scalar is least, perhaps among the values that meet a linear equation."""
    found = unknown_in(reader, node, args[:1])
    function = reader.build.resolved(args[0])
    if not reader.build.is_scalar(function):
        size = reader.size(function)
        raise ShapeError(f"what shall be least is a scalar; this is {size}", reader.program.place(node.children[0]))
    sides = [reader.build.resolved(function)]
    if len(args) > 1:
        sides.append(signs.binary(reader, Node("binary", "-", node.children[1:], node.start, node.end), args[1:]))
    reader.names.more += sides
    return implicit("argmin", found, sides)


def unknown_in(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """The variable of the unknown, which has to occur."""
    names = [name for name in E.topo(*args) if name.op == "variable" and name.data[0] == node.value]
    if not names:
        raise UnsupportedError(f"{node.value} does not occur in what defines it", reader.program.place(node))
    return names[0]


def refuse_beside_indices(model: Model) -> None:
    """Models with indices are programs of statements, which know no equations and no expectations."""
    assert model.families is not None
    roots = [*model.definitions.values(), *(equation.body for equation in model.families.equations)]
    for node in E.topo(*roots, *([model.objective] if model.objective is not None else [])):
        if node.op in REFUSED:
            raise UnsupportedError(
                f"beside indices or slices, {REFUSED[node.op]} is not supported", *place_of(node, model)
            )


REFUSED = {"implicit": "a value that is defined by an equation", "expect": "an expectation"}


def place_of(node: Expr, model: Model) -> list[Place]:
    return [model.places[node]] if node in model.places else []
