"""Matrices that are put together, ``[A, B; C, D]``, and taken apart, ``A[1:k,:]``."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import is_product, is_transpose, times, transposed
from matdiff.errors import ParseError, ShapeError
from matdiff.expr import Expr
from matdiff.indices import Affine, Span, product_of_sizes
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context, raw
from matdiff.reader.syntax import Node
from matdiff.sizes import Size, fixed, total


def block(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A block matrix; lists of numbers are refused, as what is known is given to ``evaluate``."""
    place = reader.program.place(node)
    if all(arg.op == "number" for arg in args):
        raise ParseError("there are no lists: declare X: matrix(2, 2), and give its value to evaluate", place)
    lengths: tuple[int, ...] = node.value
    if len(set(lengths)) > 1:
        raise ShapeError("the rows of a block matrix have as many blocks each", place)
    rows = [args[start : start + lengths[0]] for start in range(0, len(args), lengths[0])]
    nodes = iter(node.children)
    kept = [[next(nodes) for _ in row] for row in rows]
    is_zero = [[arg is E.number(0) for arg in row] for row in rows]
    heights = [side(reader, row, zero, 0) for row, zero in zip(rows, is_zero, strict=True)]
    columns = [*zip(*rows, strict=True)]
    widths = [side(reader, column, zero, 1) for column, zero in zip(columns, zip(*is_zero, strict=True), strict=True)]
    found: list[Expr] = []
    for number, row in enumerate(rows):
        for place_, arg in enumerate(row):
            if is_zero[number][place_]:
                found.append(E.zeros(heights[number], widths[place_]))
                continue
            try:
                for size, wanted in zip(arg.shape, (heights[number], widths[place_]), strict=True):
                    reader.build.same(size, wanted)
            except SizeConflict:
                wanted_shape = reader.build.shape(E.zeros(heights[number], widths[place_]))
                raise ShapeError(
                    f"{reader.described(kept[number][place_], arg.shape)}: here stands a block of {raw(wanted_shape)}",
                    reader.program.place(kept[number][place_]),
                ) from None
            found.append(reader.build.resolved(arg))
    resolve = reader.unifier.resolve
    shape = (total(map(resolve, heights)), total(map(resolve, widths)))
    return Expr("block", tuple(found), lengths, shape)


def side(reader: Context, blocks: Sequence[Expr], zeros: Sequence[bool], axis: int) -> Size:
    """The height of a row of blocks (axis 0), or the width of a column."""
    known = [block.shape[axis] for block, zero in zip(blocks, zeros, strict=True) if not zero]
    return known[0] if known else reader.unifier.fresh()


def opened(node: Expr, args: Sequence[Expr]) -> Expr:
    """A block matrix as a sum, each block in its place between zeros."""
    lengths: tuple[int, ...] = node.data
    rows = [args[start : start + lengths[0]] for start in range(0, len(args), lengths[0])]
    heights, widths = [row[0].rows for row in rows], [block.cols for block in rows[0]]
    terms: list[Expr] = []
    for number, row in enumerate(rows):
        for place, block_ in enumerate(row):
            if block_.op != "zeros":
                term = block_
                if len(rows) > 1:
                    left = E.selection(node.rows, heights[number], *heights[:number])
                    term = times(left, term)
                if len(row) > 1:
                    right = E.selection(node.cols, widths[place], *widths[:place])
                    turned = transposed(right)
                    term = times(term, turned)
                terms.append(term)
    if not terms:
        return E.zeros(*node.shape)
    return compose.total(terms)


def sliced(reader: Context, whole: Expr, spans: Sequence[Span | None]) -> Expr:
    """Some rows and columns of a matrix."""
    found = whole
    for axis, span in enumerate(spans):
        if span is None or span.first is None or span.last is None:
            continue
        size = reader.build.shape(whole)[axis]
        count = size_of((span.last - span.first).shifted(1))
        before = span.first.shifted(-1)
        picked = E.selection(size, count, *([] if before == Affine() else [size_of(before)]))
        turned = transposed(picked)
        found = times(turned, found) if axis == 0 else times(found, picked)
    return found


def size_of(form: Affine) -> Size:
    parts = [fixed(k) * product_of_sizes(name) for name, k in form.terms]
    parts += [fixed(form.constant)] if form.constant or not parts else []
    return total(parts) if len(parts) > 1 else parts[0]


Ends = tuple[Size | None, Size]
"""Of a slice, how many rows or columns stand before it, and how many are taken."""


def pasted(node: Expr) -> Expr:
    """A product with a selection as a slice: ``E'*X`` is some rows of X, ``X*F`` some columns."""
    if not is_product(node):
        return node
    left, right = node.args
    if is_transpose(left) and left.args[0].op == "selection":
        return slice_of(right, left.args[0], 0)
    return slice_of(left, right, 1) if right.op == "selection" else node


def slice_of(of: Expr, picked: Expr, axis: int) -> Expr:
    if is_product(of):  # of the factor that has these rows or columns
        parts = list(of.args)
        parts[axis] = slice_of(parts[axis], picked, axis)
        return times(*parts)
    count, *before = picked.data
    ends = (total(before) if before else None, count)
    if is_transpose(of):
        inner = slice_of(of.args[0], picked, 1 - axis)
        return transposed(inner)
    spans: list[Ends | None] = [None, None]
    if of.op == "slice" and of.data[axis] is None:
        spans, of = list(of.data), of.args[0]
    spans[axis] = ends
    rows, cols = (size if span is None else span[1] for size, span in zip(of.shape, spans, strict=True))
    return Expr("slice", (of,), tuple(spans), (rows, cols))


def cut(node: Expr, of: Expr) -> Expr:
    """A slice as a product with selections."""
    for axis, span in enumerate(node.data):
        if span is not None:
            before, count = span
            picked = E.selection(of.shape[axis], count, *([before] if before else []))
            turned = transposed(picked)
            of = times(turned, of) if axis == 0 else times(of, picked)
    return of
