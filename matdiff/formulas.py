"""The formulas of the operator table as templates: each is read once, over variables of its row's own sizes, and from
then on instantiated by substitution.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.operators import PARAMETRIC, row, row_of
from matdiff.operators.parametric import derivative_of_field
from matdiff.reader import read_formula
from matdiff.sizes import Size, named


@dataclass(frozen=True)
class Template:
    """A formula over the arguments of a row and one further variable, ``hole`` (dX or G)."""

    formula: Expr
    arguments: tuple[Expr, ...]
    hole: Expr

    def __call__(self, node: Expr, filling: Expr) -> Expr:
        """The formula at a node's arguments and sizes."""
        nodes = dict(zip(self.arguments, node.args, strict=True))
        nodes[self.hole] = filling
        (result,) = E.substitute([self.formula], nodes, sizes_of(node))
        return result


def sizes_of(node: Expr) -> dict[str, Size]:
    found = row(node).match(tuple(arg.shape for arg in node.args), node.data)
    assert found is not None, node
    for pattern, size in zip(row(node).signature[1], node.shape, strict=True):
        if pattern.name is not None:  # what only the value tells
            found.setdefault(pattern.name, size)
    return found


@cache
def template(op: str, data: object, formula: str, hole: str, index: int) -> Template:
    entry = row_of(op, data)
    patterns, value = entry.signature
    names = {name: E.variable(name, shape) for name, shape in patterns}
    arguments = tuple(names.values())
    sizes = {name for shape in (value, *(shape for _, shape in patterns)) for size in shape for name in size.names}
    names |= {name: E.dim(named(name)) for name in sizes if name not in names}
    if hole:
        shape = value if hole == "G" else patterns[index][1]
        names[hole] = E.variable(hole, shape)
    if op == "field":
        names["derivative"] = derivative_of_field(E.Expr(op, arguments, data, value))
    functions = (data[0],) if op == "apply" and isinstance(data, tuple) else ()
    return Template(read_formula(formula, names, functions), arguments, names.get(hole, E.number(0)))


def key(node: Expr) -> object:
    """What tells the rows of a family apart."""
    return node.data if node.op in PARAMETRIC else None


def meaning(node: Expr) -> Expr | None:
    """The same value in simpler functions, where the row tells it."""
    entry = row(node)
    return template(node.op, key(node), entry.means, "", 0)(node, E.number(0)) if entry.means else None
