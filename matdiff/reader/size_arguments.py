"""Calls that take sizes: constants, ``unvec``, and expressions as sizes."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import exponent_of, is_sum, joined, scalar_factors, split
from matdiff.errors import DeclarationError, ParseError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.operators import ROWS
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context
from matdiff.reader.names import MAX_SIZE, SIZED
from matdiff.reader.syntax import Node
from matdiff.sizes import MAX_FACTORS, ONE, Size, fixed, product, total

WORDS = {(0, 2): "1 size", (1, 2): "1 or 2 sizes", (2, 2): "2 sizes", (2, 9): "2 sizes or more"}


def sized_constant(reader: Context, node: Node, args: list[Expr]) -> Expr:
    fewest, most = SIZED[node.value]
    if not fewest <= len(args) <= most:
        raise ParseError(f"{node.value} takes {WORDS[fewest, most]}, not {len(args)}", reader.program.place(node))
    sizes = [size_argument(reader, child, arg) for child, arg in zip(node.children, args, strict=True)]
    if node.value == "commutation":
        return E.commutation(*sizes)
    if node.value == "selection":
        return E.selection(*sizes)
    if node.value == "eye":
        if len(sizes) == 2 and sizes[0] is not sizes[1]:
            raise ShapeError("eye is square: give one size, as in eye(n)", reader.program.place(node))
        return E.eye(sizes[0] if sizes else reader.unifier.fresh())
    make = E.ones if node.value == "ones" else E.zeros
    return make(sizes[0], sizes[1] if len(sizes) == 2 else ONE)


def unvec(reader: Context, node: Node, args: list[Expr]) -> Expr:
    if len(args) != 3:
        raise ParseError("unvec(x, m, n) takes a column and two sizes", reader.program.place(node))
    data = tuple(size_argument(reader, c, a) for c, a in zip(node.children[1:], args[1:], strict=True))
    try:
        return reader.build.row_call(ROWS["unvec"], [args[0]], data)
    except SizeConflict:
        size = f"{data[0] * data[1]}×1"
        raise ShapeError(
            f"{reader.text(node.children[0])} is {reader.size(args[0])}:"
            f" {reader.program.spelling.get('unvec()', 'unvec')} needs {size}",
            reader.program.place(node),
        ) from None


def filled_constant(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """matrixcalculus.org's vector(c) and matrix(c): a constant of the size that fits."""
    if len(args) != 1 or not reader.build.is_scalar(args[0]):
        raise ParseError(
            f"{node.value}(c) is a constant of the size that fits, so c is one scalar; a declaration has a colon,"
            f" as in x: {node.value}({'n' if node.value == 'vector' else 'm, n'})",
            reader.program.place(node),
        )
    (value,) = args
    cols = ONE if node.value == "vector" else reader.unifier.fresh()
    return reader.build.filled(reader.build.resolved(value), reader.unifier.fresh(), cols)


def size_argument(reader: Context, node: Node, arg: Expr) -> Size:
    size = size_of(arg)
    if size is None:
        raise DeclarationError(
            f"{reader.text(node)} is not a size: write a positive integer, a dim, or a product of them",
            reader.program.place(node),
        )
    return size


def negative_size(e: Expr) -> Size | None:
    value, factors, matrix = split(e)
    size = size_of(joined(-value, factors, matrix)) if value < 0 else None
    return fixed(-1) * size if size else None


def size_of(e: Expr) -> Size | None:
    """A scalar expression as a size, where it is a product or a sum of dims and integers."""
    if is_sum(e):
        terms = []
        while is_sum(e):
            e, last = e.args
            terms.append(last)
        parts = [size_of(term) or negative_size(term) for term in (e, *reversed(terms))]
        found = [part for part in parts if part is not None]
        return total(found) if len(found) == len(parts) else None
    value, factors = scalar_factors(e)
    sizes: list[Size] = []
    for factor in factors:
        base, power = (factor.args[0], int(factor.args[1].data)) if is_small_power(factor) else (factor, 1)
        if base.op == "number":
            value *= base.data**power
        elif base.op == "dim":
            sizes += [base.data] * power
        else:
            return None
    if sum(size.degree for size in sizes) > MAX_FACTORS:
        raise UnsupportedError(f"a size is a product of at most {MAX_FACTORS} names")
    if value.denominator != 1 or not 1 <= value <= MAX_SIZE:
        return None
    return product([fixed(int(value)), *sizes])


def is_small_power(e: Expr) -> bool:
    """Whether this is a power as a size may have one: n^2, 10^6."""
    return exponent_of(e) in range(1, 13)
