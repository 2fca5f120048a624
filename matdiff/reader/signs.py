"""What the signs mean: products, powers, inverses and transposes, resolved by the sizes of what they stand between."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from matdiff import expr as E
from matdiff.errors import DeclarationError, ParseError, ShapeError
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, ROWS
from matdiff.reader.build import SizeConflict, integer_exponent
from matdiff.reader.calls import fit
from matdiff.reader.conjugates import adjoint, complex_names
from matdiff.reader.context import Context, raw
from matdiff.reader.sums import beside_entry
from matdiff.reader.syntax import Node
from matdiff.sizes import ONE, Shape

_OPERATIONS = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    "@": "matmul",
    ".*": "hadamard",
    "/": "divided",
    "./": "divided_each",
    ".^": "power_each",
    "⊗": "kronecker",
}
# in the body of f(z) := …, z is a scalar: every sign is element-wise where it meets z
_LIFTED = {**_OPERATIONS, "*": "hadamard", "/": "divided_each", "^": "power_each", "⊗": "hadamard"}
_MASKS = {sign: name for name, sign in MASK_SIGNS.items()}


def transpose(reader: Context, node: Node, args: list[Expr]) -> Expr:
    (operand,) = args
    if reader.lifts(operand):
        return operand
    if node.value and node.value.endswith("H"):
        named = reader.names.scope.get("H")
        if named is None or not reader.build.is_scalar(named):
            return adjoint(reader, node, [operand])
        exponent = Node("name", "H", (), node.end - 1, node.end)
        sides = (*node.children, exponent)
        return power_of(reader, Node("binary", "^", sides, node.start, node.end), operand, named)
    power = reader.names.scope.get("T") if node.value and "^" in node.value else None
    power = None if power is not None and not reader.build.is_scalar(operand) else power
    if power is not None and reader.build.is_scalar(power):  # a^T where T is a scalar
        return power_of(reader, node, operand, power)
    return reader.build.transposed(operand)


def mask(reader: Context, node: Node, args: list[Expr]) -> Expr:
    if args[0].op in MASK_SIGNS:
        return args[0]
    raise ParseError(
        "1(…) is a mask and takes a comparison, as 1(x > 0); there is no implicit multiplication",
        reader.program.place(node),
    )


def binary(reader: Context, node: Node, args: list[Expr]) -> Expr:
    left, right = args
    sign = node.value
    if sign == ".^":
        reader.meanings.notice(reader.program, node, args[:1])
    lift = reader.lifts(left, right)
    if sign == "^" and not lift:
        return power_of(reader, node, left, right)
    if sign == "/" and not lift and not reader.build.is_scalar(right):
        raise quotient(reader, node, left, right)
    operation: Callable[[Expr, Expr], Expr] = (
        partial(reader.build.compared, _MASKS[sign])
        if sign in _MASKS
        else getattr(reader.build, (_LIFTED if lift else _OPERATIONS)[sign])
    )
    shapes = (reader.build.shape(left), reader.build.shape(right))
    if sign in ("+", "-") and (ONE, ONE) in shapes and shapes[0] != shapes[1] and not reader.broadcasts:
        check_spread(reader, node, *((left, right) if shapes[0] == (ONE, ONE) else (right, left)))
    reader.unifier.because = reader.program.place(node)
    try:
        if sign == ".*" and reader.indexed:
            left, right = beside_entry(reader, right, left), beside_entry(reader, left, right)
        if dotted(reader, node) and all(m is not ONE and n is ONE for m, n in shapes):
            left = reader.build.transposed(left)
        return operation(left, right)
    except ZeroDivisionError:
        raise ParseError("division by zero", reader.program.place(node.children[1])) from None
    except SizeConflict:
        raise conflict(reader, node, args, shapes) from None


def check_spread(reader: Context, node: Node, scalar: Expr, other: Expr) -> None:
    """Refuse to add a scalar to every entry where only an undeclared letter makes that of a sum."""
    letter = reader.spreading.undeclared(scalar, other)
    if letter:
        rows, cols = reader.build.shape(other)
        size = "row(n)" if rows is ONE else "vector(n)"
        size = "matrix(m, n)" if ONE not in (rows, cols) else size
        size = "vector(n)" if not reader.spreading.letter(scalar) else size
        raise DeclarationError(
            f"{letter} is undeclared, and a scalar by its letter; a scalar would be added to every entry of"
            f" {raw((rows, cols))} here: declare it, as in {letter}: {size} (or {letter}: scalar)",
            reader.program.place(node),
            *([reader.names.places[letter]] if letter in reader.names.places else []),
        )


def dotted(reader: Context, node: Node) -> bool:
    """Whether a product is written with the dot that between two columns is their inner product."""
    signs = reader.program.spelling.get("dot", "").split()
    if not signs or node.value != "*":
        return False
    first, second = node.children
    return reader.program.source[first.end : second.start].strip() in signs


def quotient(reader: Context, node: Node, above: Expr, below: Expr) -> ShapeError:
    """A quotient by what is no scalar, and what was meant instead."""
    left, right = (reader.text(child) for child in node.children)
    rows, cols = reader.build.shape(below)
    each = reader.program.spelling.get("./", "./").strip()
    meant = f"; write {left} {each} {right} for the element-wise quotient"
    rest = re.match(r"\s*(?:\*\s*)?([^\W\d]\w*)", reader.program.source[node.end :])
    if rows is ONE and rest:  # x'*A*x/x'*x
        whole = f"{right}{reader.program.spelling.get('*', '*')}{rest[1]}"
        meant = f"; put all that stands below in brackets, as in {left}/({whole})"
    elif rows is cols or rows.is_open or cols.is_open:
        inverse = reader.program.spelling.get("inv", "*inv({})").replace("{}", right)
        alone = above is E.number(1) and inverse.startswith("*")
        meant += f", or {inverse[1:] if alone else inverse}" if cols is not ONE else ""
    return ShapeError(
        f"{reader.described(node.children[1], (rows, cols))}: / needs a scalar below{meant}",
        reader.program.place(node.children[1]),
        *reader.reasons([reader.program.place(node.children[1])], below),
    )


def conflict(reader: Context, node: Node, args: list[Expr], shapes: tuple[Shape, Shape]) -> ShapeError:
    """Two operands whose sizes do not fit, both places, and what would fit."""
    first, second = node.children
    left, right = reader.text(first), reader.text(second)
    spelling = reader.program.spelling
    sign = spelling.get(node.value) or written(reader, node)
    (m, n), (p, q) = shapes
    if node.value in ("*", "@"):
        need = f"{left}{sign}{right} needs {n} = {p}"
        each = spelling.get(".*", ".*").strip()
        if n is ONE and q is ONE:
            inner = f"{turned(reader, first)}{sign}{right}"
            need += f"; {inner} is a scalar, {left} {each} {right} the element-wise product"
        elif (m, n) == (p, q):
            need += (
                f"; write {each} for the element-wise product, or transpose one: {left}{sign}{turned(reader, second)}"
            )
        elif n is q:
            need += f"; {left}{sign}{turned(reader, second)} would fit"
        elif m is p:
            need += f"; {turned(reader, first)}{sign}{right} would fit"
        elif q is n:
            need += f"; {right}{sign}{left} would fit"
    else:
        need = f"{left} {sign.strip()} {right} needs equal sizes (a scalar, a row or a column spreads)"
        spreads = all(size is other or ONE in (size, other) for size, other in ((m, q), (n, p)))
        if spreads and not (n is q or m is p):
            need += f"; {turned(reader, second)} would fit"
    message = f"{reader.described(first, shapes[0])}, {reader.described(second, shapes[1])}: {need}"
    place = reader.program.place(second)
    return ShapeError(message, place, *reader.reasons([place, reader.program.place(first)], *args))


def written(reader: Context, node: Node) -> str:
    """A binary sign as it is written."""
    first, second = node.children
    between = re.sub(r"[()\s]|#[^\n]*", "", reader.program.source[first.end : second.start])
    return between if 0 < len(between) < 3 else node.value


def turned(reader: Context, node: Node) -> str:
    """The transpose of an operand, as the notation writes it."""
    text, mark = reader.text(node), reader.program.spelling.get("'", "'")
    if node.is_transpose:
        inner = reader.text(node.children[0])
        return inner if inner != text else text + reader.program.spelling.get("column", mark)
    return f"{text}{mark}" if node.kind in ("name", "call") else f"({text}){mark}"


def power_of(reader: Context, node: Node, base: Expr, exponent: Expr) -> Expr:
    place = reader.program.place(node)
    base, exponent = reader.build.resolved(base), reader.build.resolved(exponent)
    if base.op == "sqrt" and exponent is E.number(2) and complex_names(base):  # the square of a norm
        return base.args[0]
    each = reader.program.spelling.get(".^", ".^").strip()
    if not exponent.is_scalar:
        hint = f"exp({reader.text(node.children[1])})" if base.op == "variable" and base.data[0] == "e" else ""
        hint = f"the exponential is {hint}, and " if hint else ""
        found = reader.described(node.children[1], exponent.shape)
        raise ShapeError(
            f"the exponent {found}: {hint}{each} is the element-wise power", reader.program.place(node.children[1])
        )
    if base.is_scalar:
        return reader.build.power_each(base, exponent)
    reader.unifier.because = place
    shape = reader.build.shape(base)
    try:
        reader.build.same(base.rows, base.cols)
        if exponent.op != "number":
            return reader.build.whole_power(base, exponent, reader.program.place(node.children[1]))
        half = exponent.data * 2
        if half.denominator == 1 and exponent.data.denominator == 2:
            root = reader.build.row_call(ROWS["sqrtm"], [base])
            return reader.build.matrix_power(root, int(half))
        if exponent.data.denominator > 1:
            return reader.build.scalar_power(base, exponent)
        return reader.build.matrix_power(base, integer_exponent(exponent, reader.program.place(node.children[1]), each))
    except SizeConflict:
        raise ShapeError(
            f"{reader.described(node.children[0], shape)}: a matrix power needs a square matrix;"
            f" write {each} for the element-wise power",
            place,
            *reader.reasons([place], base),
        ) from None


def inverse(reader: Context, node: Node, args: list[Expr]) -> Expr:
    operand = reader.build.resolved(args[0])
    if operand.is_scalar or reader.lifts(operand):
        return reader.build.divided_each(E.number(1), operand)
    return fit(reader, node, lambda: reader.build.matrix_power(operand, -1), [operand])
