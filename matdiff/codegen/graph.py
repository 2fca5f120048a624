"""The graph of a plan: primitive operations on arrays as NumPy has them.

A value's shape is physical: a scalar is ``()``, a column of the model is ``(n,)``, all else is 2-D.
A value may be narrower than what it stands for: it is spread by broadcasting where it is used.
The builders keep one node for equal values and do only the arithmetic that is free.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matdiff.operators import MASK_SIGNS, ROWS
from matdiff.sizes import ONE, Shape, Size

Physical = tuple[Size, ...]

SUMS = frozenset({"add", "subtract"})
ARITHMETIC = SUMS | {"multiply", "divide", "power", "maximum", "minimum"}
"""NumPy's names, entry by entry: what the operator table calls ``mul`` is ``matmul`` here."""
BINARY = ARITHMETIC | {*MASK_SIGNS}
UNARY = frozenset({"negative", "square", "apply", "sympy", "as_float"})
VIEWS = frozenset({"T", "column", "row", "first_row", "first_column", "all_but_last", "last", "flat", "cube"})
DIAGONAL = frozenset({"eye", "diag"})
"""Square matrices that are 0 beside their diagonal: 1 on it, or the entries of a 1-D argument."""
RESHAPED = frozenset({"vec", "unvec", "diagonal"})
"""What NumPy gives as a view where it can."""


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One array: a primitive operation on others, or a leaf (``input``, ``const``, ``size``)."""

    op: str
    args: tuple[Value, ...]
    data: Any
    shape: Physical

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_outer(self) -> bool:
        return self.op == "outer"

    def __repr__(self) -> str:
        return f"<{self.op} {self.data or ''} {self.shape}>"


def broadcast(*shapes: Physical) -> Physical:
    """The common shape by NumPy's rule; the sizes are known to fit."""
    rank = max(len(shape) for shape in shapes)
    padded = [(ONE,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(next((size for size in axis if size is not ONE), ONE) for axis in zip(*padded, strict=True))


class Graph:
    """Builds values, each one once."""

    def __init__(self) -> None:
        self.table: dict[tuple[Any, ...], Value] = {}

    def make(self, op: str, args: tuple[Value, ...], shape: Physical, data: Any = None) -> Value:
        key = (op, args, data, shape)
        if key not in self.table:
            self.table[key] = Value(op, args, data, shape)
        return self.table[key]

    # leaves

    def const(self, value: int | Fraction) -> Value:
        return self.make("const", (), (), Fraction(value))

    def size(self, size: Size) -> Value:
        return self.const(size.coefficient) if not size.powers else self.make("size", (), (), size)

    def input(self, name: str, shape: Physical) -> Value:
        return self.make("input", (), shape, name)

    # entry by entry

    def unary(self, op: str, x: Value, data: Any = None) -> Value:
        return self.make(op, (x,), x.shape, data)

    def binary(self, op: str, a: Value, b: Value) -> Value:
        return self.make(op, (a, b), broadcast(a.shape, b.shape))

    def mask(self, op: str, a: Value, b: Value) -> Value:
        """A comparison as numbers: truth values add and divide in a way of their own."""
        if a.op == b.op == "const":
            return self.const(int(getattr(operator, op)(a.data, b.data)))
        return self.unary("as_float", self.binary(op, a, b))

    def add(self, a: Value, b: Value) -> Value:
        return a if is_number(b, 0) else b if is_number(a, 0) else self.binary("add", a, b)

    def subtract(self, a: Value, b: Value) -> Value:
        return a if is_number(b, 0) else self.negative(b) if is_number(a, 0) else self.binary("subtract", a, b)

    def multiply(self, a: Value, b: Value) -> Value:
        if a.op == b.op == "const":
            return self.const(a.data * b.data)
        if a.op == b.op == "size":  # an input may tell the product where none tells its factors
            return self.size(a.data * b.data)
        if is_number(a, 1) or is_number(b, 1):
            return b if is_number(a, 1) else a
        if is_number(a, -1) or is_number(b, -1):
            return self.negative(b if is_number(a, -1) else a)
        if a.op == "as_float" and b.rank:
            a = a.args[0]  # times an array, truth values are numbers
        elif b.op == "as_float" and a.rank:
            b = b.args[0]
        return self.binary("multiply", a, b)

    def divide(self, a: Value, b: Value) -> Value:
        if is_number(b, 1):
            return a
        if a.op == b.op == "const" and b.data:
            return self.const(a.data / b.data)
        return self.binary("divide", a, b)

    def negative(self, x: Value) -> Value:
        if x.op == "const":
            return self.const(-x.data)
        if x.op == "subtract":
            return self.subtract(x.args[1], x.args[0])
        return x.args[0] if x.op == "negative" else self.unary("negative", x)

    def power(self, x: Value, exponent: Fraction) -> Value:
        """x to a number, by the cheapest operation."""
        match exponent:
            case 1:
                return x
            case 2:
                return self.unary("square", x)
            case _ if exponent == Fraction(1, 2):
                return self.unary("sqrt", x)
            case _ if exponent < 0:
                return self.divide(self.const(1), self.power(x, -exponent))
        return self.binary("power", x, self.const(exponent))

    # views

    def transpose(self, x: Value) -> Value:
        """Of a 2-D value; what is narrower stays as narrow."""
        if x.rank < 2:
            return x
        if x.op == "T":
            return x.args[0]
        if x.op == "column":
            return self.row(x.args[0])
        if x.op == "row":
            return self.column(x.args[0])
        return self.make("T", (x,), x.shape[::-1])

    def column(self, x: Value) -> Value:
        """A 1-D value as n×1."""
        if x.rank == 0:
            return x
        return x.args[0] if x.op == "first_column" else self.make("column", (x,), (x.shape[0], ONE))

    def row(self, x: Value) -> Value:
        """A 1-D value as 1×n."""
        if x.rank == 0:
            return x
        return x.args[0] if x.op == "first_row" else self.make("row", (x,), (ONE, x.shape[0]))

    def flat(self, x: Value) -> Value:
        """An n×1 or 1×n value as 1-D."""
        if x.rank < 2:
            return x
        if x.op in ("row", "column"):
            return x.args[0]
        if x.op == "sum0":
            return self.make("sum0_flat", x.args, (x.shape[1],))
        if x.op in BINARY and all(arg.rank == 0 or arg.op in ("row", "column") for arg in x.args):
            return self.binary(x.op, *map(self.flat, x.args))
        if x.shape[0] is ONE:
            return self.make("first_row", (x,), (x.shape[1],))
        return self.make("first_column", (x,), (x.shape[0],))

    def scalar(self, x: Value) -> Value:
        """The only entry of a 1×1 value."""
        if x.op == "full" and x.args[0].rank == 0:
            return x.args[0]
        while x.rank:
            x = self.make("first_row", (x,), x.shape[1:])
        return x

    def full(self, x: Value, shape: Physical) -> Value:
        """A value at its whole size."""
        if x.shape == shape:
            return x
        constant = {0: "zeros", 1: "ones"}.get(x.data) if x.op == "const" else None
        return self.make(constant, (), shape) if constant else self.make("full", (x,), shape)

    # sums and products

    def sum(self, x: Value) -> Value:
        if x.rank == 0:
            return x
        if x.op == "square":
            return self.inner(x.args[0], x.args[0])
        if x.op == "multiply" and x.args[0].shape == x.args[1].shape:
            return self.inner(*x.args)
        if x.op == "negative":
            return self.negative(self.sum(x.args[0]))
        if x.op in VIEWS:
            return self.sum(x.args[0])
        return self.make("sum_all", (x,), ())

    def sum0(self, x: Value) -> Value:
        """Sums over the rows of a matrix, 1×n."""
        return self.make("sum0", (x,), (ONE, x.shape[1]))

    def sum1(self, x: Value) -> Value:
        """Sums over the columns of a matrix, 1-D."""
        return self.make("sum1", (x,), (x.shape[0],))

    def inner(self, a: Value, b: Value) -> Value:
        """The sum over all entries of a product entry by entry."""
        if a.op == b.op == "T":
            a, b = a.args[0], b.args[0]
        if a.rank == 1:
            return self.matmul(a, b)
        return self.make("sum_squares", (a,), ()) if a is b else self.make("inner", (a, b), ())

    def outer(self, a: Value, b: Value) -> Value:
        """Of two 1-D values: each entry of the one times each of the other."""
        return self.make("outer", (a, b), (*a.shape, *b.shape))

    def matmul(self, a: Value, b: Value) -> Value:
        """A product; what is already there as its transpose is taken from there."""
        if a.rank == 1 and b.op == "T":
            return self.matmul(b.args[0], a)
        if 1 in (a.rank, b.rank) and a.rank != b.rank:
            vector, matrix = (a, b) if a.rank == 1 else (b, a)
            turned = matrix.args[0] if matrix.op == "T" else self.table.get(("T", (matrix,), None, matrix.shape[::-1]))
            pair = (turned, vector) if a.rank == 1 else (vector, turned)
            known = self.table.get(("matmul", pair, None, (*a.shape[:-1], *b.shape[1:])))
            if known is not None:
                return known
        if a.op == b.op == "T":
            known = self.table.get(("matmul", (b.args[0], a.args[0]), None, (b.shape[1], a.shape[0])))
            if known is not None:
                return self.transpose(known)
        return self.make("matmul", (a, b), (*a.shape[:-1], *b.shape[1:]))


def rebuild(
    graph: Graph, outputs: Iterable[Value], change: Callable[[Value, tuple[Value, ...]], Value | None]
) -> dict[Value, Value]:
    """Every value below the outputs by what takes its place: ``change(value, its new arguments)``, or the same."""
    new: dict[Value, Value] = {}
    for value in walk(*outputs):
        args = tuple(new[arg] for arg in value.args)
        same = value if args == value.args else None
        new[value] = change(value, args) or same or graph.make(value.op, args, value.shape, value.data)
    return new


def is_elementwise(value: Value) -> bool:
    """Whether each entry comes from the entries in the same place."""
    entry = ROWS.get(value.op)
    return value.op in BINARY or value.op in UNARY or (entry is not None and entry.elementwise)


def are_turned(a: Value, b: Value) -> bool:
    """Whether one of two values is the transpose of the other."""
    return any(one.op == "T" and one.args[0] is other for one, other in ((a, b), (b, a)))


def untransposed(value: Value) -> Value:
    """What a transpose is of; all else as it is."""
    return value.args[0] if value.op == "T" else value


def is_number(value: Value, number: int) -> bool:
    return value.op == "const" and value.data == number


def terminates(value: Fraction) -> bool:
    """Whether a number is written exactly as a decimal."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and value.denominator <= 10**12


def physical(shape: Shape) -> Physical:
    """How an expression of this size is held."""
    rows, cols = shape
    if cols is not ONE:
        return rows, cols
    return (rows,) if rows is not ONE else ()


def walk(*roots: Value, known: Container[Value] = ()) -> list[Value]:
    """Every value below the roots once, arguments before what uses them; ``known`` values are not entered."""
    order: dict[Value, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        value, ready = stack.pop()
        if ready:
            order[value] = None
        elif value not in order and value not in known:
            stack.append((value, True))
            stack.extend((arg, False) for arg in reversed(value.args) if arg not in order)
    return list(order)
