"""Entries, rows and columns of expressions: ``(A*B)[i,j]`` is ``A[i,:]*B[:,j]``."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import is_power, is_product, is_product_each, is_transpose, multiple, total
from matdiff.errors import Place, UnsupportedError
from matdiff.expr import Expr
from matdiff.indices import WHOLE, Access, Affine, Lookup, Span, accessed, spelled
from matdiff.operators import facts
from matdiff.sizes import ONE, Shape

Part = Affine | Lookup | Span
Asked = tuple[Expr, Part, Part]
"""Of which expression, which rows and which columns."""


def taken(of: Expr, rows: Part, cols: Part, place: Place) -> Expr:
    """Some entries of an expression, by those of what it is made of; raises `UnsupportedError` where a function stands
    between."""
    found: dict[Asked, Expr] = {}
    stack: list[Asked] = [(of, rows, cols)]
    while stack:
        asked = stack[-1]
        needed = parts(asked, place)
        missing = [one for one in needed if one not in found]
        if missing:
            stack += missing
            continue
        found[stack.pop()] = put_together(asked, [found[one] for one in needed])
    return found[of, rows, cols]


def parts(asked: Asked, place: Place) -> list[Asked]:
    """What the entries of an expression are made of."""
    of, rows, cols = asked
    if leaf(asked) is not None:
        return []
    match of.op:
        case "mul":
            return [(of.args[0], rows, WHOLE), (of.args[1], WHOLE, cols)]
        case "transpose":
            return [(of.args[0], cols, rows)]
        case "scale":
            return [(of.args[0], WHOLE, WHOLE), (of.args[1], rows, cols)]
        case "add" | "had":
            return [(arg, rows, cols) for arg in of.args]
        case _ if (is_power(of) or facts(of).elementwise) and all(a.shape == of.shape or a.is_scalar for a in of.args):
            return [(arg, rows, cols) if arg.shape == of.shape else (arg, WHOLE, WHOLE) for arg in of.args]
        case _ if by_row(asked):
            return [(of.args[0], rows, WHOLE)]
        case _ if any(facts(of).entry):
            return [(of.args[0], rows, cols), (of.args[0], *within_row(asked))]
    raise UnsupportedError("entries of what this function gives are taken by a name: give it one, as in P = …", place)


def by_row(asked: Asked) -> bool:
    """Whether whole rows are asked for of what is taken row by row."""
    of, rows, cols = asked
    wide = of.args and of.args[0].cols is not ONE
    return bool(wide) and facts(of).by_row and rows != WHOLE and (cols == WHOLE or of.cols is ONE)


def within_row(asked: Asked) -> tuple[Part, Part]:
    """The row that an entry stands in; of a column, all of it."""
    of, rows, _ = asked
    return (WHOLE, WHOLE) if of.cols is ONE else (rows, WHOLE)


def leaf(asked: Asked) -> Expr | None:
    """The entries of what is not taken apart."""
    of, rows, cols = asked
    rows, cols = (WHOLE if size is ONE else part for size, part in zip(of.shape, (rows, cols), strict=True))
    if rows == WHOLE and cols == WHOLE:
        return of
    if of.op in ("variable", "definition"):
        name = accessed(of) if of.op == "variable" else Access(of.data)
        own = tuple(part for part, size in zip((rows, cols), of.shape, strict=True) if size is not ONE)
        return E.variable(Access(name.family, (*name.at, *own)), shape_of(of, rows, cols))
    if of.op == "eye" and isinstance(rows, Affine) and isinstance(cols, Affine):
        return Expr("eq", (spelled(rows), spelled(cols)), None, (ONE, ONE))
    return None


def shape_of(of: Expr, rows: Part, cols: Part) -> Shape:
    height, width = (size if part == WHOLE else ONE for size, part in zip(of.shape, (rows, cols), strict=True))
    return height, width


def put_together(asked: Asked, args: list[Expr]) -> Expr:
    of, rows, cols = asked
    known = leaf(asked)
    if known is not None:
        return known
    shape = shape_of(of, rows, cols)
    if is_product_each(of) and shape == (ONE, ONE):
        return Expr("scale", (args[0], args[1]), None, shape)
    if is_transpose(of) and shape == (ONE, ONE):
        return args[0]
    if is_product(of) and args[0].is_scalar:
        return Expr("scale", (args[0], args[1]), None, shape)
    if len(args) > len(of.args):
        outer, inner = facts(of).entry
        gap = total([args[0], multiple(-1, Expr(inner, (args[1],), None, shape))])
        return Expr(outer, (gap,), None, shape) if outer else gap
    return Expr(of.op, tuple(args), of.data, shape)
