"""The symbols of a SymPy expression: which are sizes, which are variables, and of what kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from matdiff import expr as E
from matdiff.errors import DeclarationError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.reader import read_model
from matdiff.sizes import ONE, Shape, Size, Unifier, fixed, named, product

SIZED = frozenset({"MatrixSymbol", "Identity", "OneMatrix", "ZeroMatrix"})
"""Classes whose arguments are sizes."""

KINDS = {(True, True): "scalar", (False, True): "vector", (True, False): "row", (False, False): "matrix"}
"""The kind of a symbol, by whether it has one row and one column."""

_NAME = re.compile(r"(?!ᵀ)[^\W\d](?:(?!ᵀ)\w)*")


def class_name(node: Any) -> str:
    """SymPy's class of a node; an unknown function is a class of the user's own, whatever its name."""
    of = type(node)
    return "AppliedUndef" if type(of).__name__ == "UndefinedFunction" else of.__name__


class Symbols:
    """The names of one expression; ``where`` declares kinds that SymPy does not know."""

    def __init__(self, root: Any, where: str | None) -> None:
        self.declared = read_model(where) if where else Model("")
        self.origin: dict[str, Any] = {}
        self.variables: dict[str, Expr] = {}
        self.functions: dict[str, None] = {}
        self.dims: dict[str, None] = {name: None for size in sizes_below(root) for name in self.size(size).names}

    def model(self, objective: Expr) -> Model:
        unused = next((name for name in self.declared.variables if name not in self.variables), None)
        if unused is not None:
            raise DeclarationError(f"{unused} is declared, but does not occur in the expression")
        return Model(
            source="",
            variables=self.variables,
            functions=tuple(self.functions),
            dims=tuple(self.dims),
            objective=objective,
            origin=self.origin,
        )

    def name(self, symbol: Any) -> str:
        """The name of a symbol, which must be one here, and one thing only."""
        name = str(symbol.name)
        if not _NAME.fullmatch(name):
            raise UnsupportedError(f"{name!r} is no name in matdiff: a name is made of letters, digits and _")
        if self.origin.setdefault(name, symbol) != symbol:
            raise DeclarationError(f"{name} names two different things in this expression")
        return name

    def function(self, function: Any) -> str:
        name = self.name(function)
        self.functions[name] = None
        return name

    def size(self, of: Any) -> Size:
        """A SymPy size: a positive integer, a symbol, or a product of them."""
        factors: list[Size] = []
        for part in of.args if of.is_Mul else (of,):
            base, power = part.as_base_exp()
            if part.is_Integer and part > 0:
                factors.append(fixed(int(part)))
            elif base.is_Symbol and power.is_Integer and power > 0:
                factors += [named(self.name(base))] * int(power)
            else:
                raise UnsupportedError(f"the size {of}: a size is a positive integer, a symbol, or a product of them")
        return product(factors)

    def shape(self, of: Iterable[Any]) -> Shape:
        rows, cols = (self.size(size) for size in of)
        return rows, cols

    def scalar(self, symbol: Any) -> Expr:
        name = self.name(symbol)
        if not symbol.is_commutative or symbol.is_extended_real is False:
            raise UnsupportedError(f"{name} is no real number: use a MatrixSymbol for a matrix")
        return E.dim(named(name)) if name in self.dims else self.variable(name, (ONE, ONE))

    def variable(self, name: str, shape: Shape) -> Expr:
        if name not in self.variables:
            kind = KINDS[shape[0] is ONE, shape[1] is ONE]
            declared = self.declared.variables.get(name)
            if declared is not None:
                self.check_declared(name, declared, shape)
                kind = declared.data[1]
            self.variables[name] = E.variable(name, shape, kind)
        return self.variables[name]

    def check_declared(self, name: str, declared: Expr, shape: Shape) -> None:
        """A declaration may leave its sizes open; those it gives are SymPy's."""
        unifier = Unifier()
        opened = {size: unifier.fresh(generic=True) for size in self.declared.inferred}
        for wanted, size in zip(declared.shape, shape, strict=True):
            if not unifier.unify(wanted.substitute(opened), size):
                raise ShapeError(
                    f"{name} is declared {declared.rows}×{declared.cols}, but is {shape[0]}×{shape[1]} in SymPy"
                )


def sizes_below(root: Any) -> Iterator[Any]:
    """Everything that stands as a size: in a matrix symbol, in a constant matrix, as the length of a Sum."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if class_name(node) in SIZED:
            yield from node.args[1:] if class_name(node) == "MatrixSymbol" else node.args
            continue
        if class_name(node) == "Sum":
            yield from (last + 1 for _, first, last in node.limits)
        stack.extend(reversed(node.args))
