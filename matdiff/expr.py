"""Expressions: immutable, interned, typed and sized when built.

One node class for everything. Two equal expressions are the same object, so ``is`` is structural
equality. Constructors never simplify. Nothing here recurses: `topo` is the walker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any
from weakref import WeakValueDictionary

from matdiff.sizes import ONE, Shape, Size, named

_interned: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


class Sized:
    """What an operator holds that has expressions, with sizes, of its own."""

    def with_sizes(self, sizes: Mapping[str, Size]) -> Sized:
        raise NotImplementedError


class Expr:
    """An operator applied to arguments; every expression is a matrix, a scalar is 1×1.

    ``op`` names a row of the operator table or a leaf (see below); ``data`` is what is static: a
    variable's name and kind, a number's value, a power's exponent.
    """

    __slots__ = ("__weakref__", "args", "data", "op", "shape")
    op: str
    args: tuple[Expr, ...]
    data: Any
    shape: Shape

    def __new__(cls, op: str, args: tuple[Expr, ...], data: Any, shape: Shape) -> Expr:
        key = (op, args, data, shape)
        found = _interned.get(key)
        if found is None:
            found = object.__new__(cls)
            found.op, found.args, found.data, found.shape = op, args, data, shape
            _interned[key] = found
        return found

    @property
    def rows(self) -> Size:
        return self.shape[0]

    @property
    def cols(self) -> Size:
        return self.shape[1]

    @property
    def is_scalar(self) -> bool:
        return self.shape[0] is ONE and self.shape[1] is ONE

    def __repr__(self) -> str:
        return f"<{self.op} {self.shape[0]}×{self.shape[1]}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_last, (flatten(self),))


Flat = list[tuple[str, tuple[int, ...], Any, Shape]]


def flatten(*roots: Expr) -> Flat:
    """All nodes below the roots in a list without nesting, to be pickled."""
    at: dict[Expr, int] = {}
    flat: Flat = []
    for node in topo(*roots):
        at[node] = len(flat)
        flat.append((node.op, tuple([at[arg] for arg in node.args]), node.data, node.shape))
    return flat


def unflatten(flat: Flat) -> list[Expr]:
    built: list[Expr] = []
    for op, args, data, shape in flat:
        built.append(Expr(op, tuple([built[number] for number in args]), data, shape))
    return built


def _last(flat: Flat) -> Expr:
    return unflatten(flat)[-1]


def topo(*roots: Expr, inside: Callable[[Expr], Iterable[Expr]] | None = None) -> Iterator[Expr]:
    """Every node below the roots once, arguments before what uses them.

    ``inside`` says which nodes to enter below a node; by default its arguments.
    """
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            below = node.args if inside is None else tuple(inside(node))
            if below:
                stack.append((node, True))
                stack += [(arg, False) for arg in reversed(below) if arg not in seen]
            else:
                yield node


# Leaves and labels, the operators without a row of their own.


@lru_cache(4096)
def number(value: int | Fraction) -> Expr:
    return Expr("number", (), Fraction(value), (ONE, ONE))


def variable(name: str, shape: Shape, kind: str = "matrix") -> Expr:
    return Expr("variable", (), (name, kind), shape)


def dim(size: Size) -> Expr:
    """A size used as a scalar: a product of numbers and names, as it is written."""
    if size.name is not None or size.is_open:
        return Expr("dim", (), size, (ONE, ONE))
    if not size.powers:
        return number(size.coefficient)
    names = [Expr("dim", (), named(name), (ONE, ONE)) for name, power in size.powers for _ in range(power)]
    product = reduce(_times, names)
    return product if size.coefficient == 1 else _times(number(size.coefficient), product)


def _times(a: Expr, b: Expr) -> Expr:
    return Expr("scale", (a, b), None, (ONE, ONE))


def pi() -> Expr:
    return Expr("pi", (), None, (ONE, ONE))


def eye(n: Size) -> Expr:
    return Expr("eye", (), None, (n, n))


def ones(m: Size, n: Size) -> Expr:
    return Expr("ones", (), None, (m, n))


def zeros(m: Size, n: Size) -> Expr:
    return Expr("zeros", (), None, (m, n))


def commutation(m: Size, n: Size) -> Expr:
    """K with ``K vec(X) = vec(X')`` for X m×n."""
    return Expr("commutation", (), (m, n), (m * n, m * n))


def define(name: str, body: Expr) -> Expr:
    """A value under the model's own name for it."""
    return Expr("definition", (body,), name, body.shape)


def differential(of: Expr) -> Expr:
    """``d`` of a variable, a definition, or any expression."""
    return Expr("differential", (of,), None, of.shape)


def selection(whole: Size, count: Size, *before: Size) -> Expr:
    """Of the identity of the size ``whole``, ``count`` columns behind those ``before``: E with ``E'*X`` rows of X."""
    return Expr("selection", (), (count, *before), (whole, count))


NAMES = frozenset({"variable", "definition"})
LEAVES = frozenset({"number", "variable", "dim", "pi", "eye", "ones", "zeros", "commutation", "selection"})


def substitute(
    roots: Iterable[Expr], nodes: Mapping[Expr, Expr], sizes: Mapping[str, Size] | None = None
) -> list[Expr]:
    """Replace nodes by nodes (of the same size) and size names by sizes, everywhere below the roots."""
    roots = list(roots)
    new: dict[Expr, Expr] = {}
    for node in topo(*roots, inside=lambda node: () if node in nodes else node.args):
        new[node] = nodes[node] if node in nodes else rebuild(node, tuple(new[arg] for arg in node.args), sizes)
    return [new[root] for root in roots]


def rebuild(node: Expr, args: tuple[Expr, ...], sizes: Mapping[str, Size] | None = None) -> Expr:
    """The same operator over other arguments of the same sizes."""
    if not sizes:
        return node if args == node.args else Expr(node.op, args, node.data, node.shape)
    data, shape = node.data, (node.rows.substitute(sizes), node.cols.substitute(sizes))
    if node.op == "dim":
        return dim(data.substitute(sizes))
    if isinstance(data, tuple) and data and isinstance(data[0], Size):
        data = tuple(size.substitute(sizes) for size in data)
    elif isinstance(data, Sized):
        data = data.with_sizes(sizes)
    return Expr(node.op, args, data, shape)


def expand(root: Expr) -> Expr:
    """The expression with every definition replaced by what it stands for."""
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        new[node] = new[node.args[0]] if node.op == "definition" else rebuild(node, tuple(new[a] for a in node.args))
    return new[root]


def names(root: Expr) -> dict[str, Expr]:
    """The variables below an expression, by name, in order of appearance."""
    return {node.data[0]: node for node in topo(root) if node.op == "variable"}
