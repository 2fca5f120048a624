"""Matrices that come out symmetric: by how they are made, to the last digit, or as a mean with their transpose."""

from __future__ import annotations

from fractions import Fraction

from matdiff.codegen.blocks import Part
from matdiff.codegen.graph import DIAGONAL, VIEWS, Graph, Value, are_turned, is_elementwise, rebuild, walk
from matdiff.operators import ROWS
from matdiff.sizes import ONE

NOT_NEGATIVE = frozenset({"square", "sum_squares", "as_float", "size", "eye", "pi"})
"""What is never negative, beside functions whose row says so."""
KEEPING = VIEWS | {"add", "divide", "matmul", "outer", "full", "copy", "sum0", "sum0_flat", "sum1", "sum1_kept", "max"}
KEEPING |= {"multiply", "sum_all", "max1", "max1_kept"}
"""What is not negative of what is not."""
BOUNDED = frozenset({"as_float", *(name for name, entry in ROWS.items() if entry.bounded)})
"""What is nowhere above 1, nor below -1."""


def symmetrized(g: Graph, x: Value) -> Value:
    """A matrix that is symmetric but for rounding, without the rounding."""
    known: dict[Value, bool] = {}
    if x.rank < 2 or is_symmetric(g, x, known):
        return x
    better = rebuild(g, [x], lambda value, args: halved(g, value, args) or turned(g, value, args, known))[x]
    if is_symmetric(g, better, known):
        return better
    return g.multiply(g.const(Fraction(1, 2)), g.add(x, g.transpose(x)))


def is_symmetric(g: Graph, x: Value, known: dict[Value, bool]) -> bool:
    """Whether a square matrix is symmetric to the last digit, by how it is made; ``known`` keeps what was found."""
    for value in walk(x, known=known):
        known[value] = value.rank < 2 or made_symmetric(g, value, known)
    return known[x]


def made_symmetric(g: Graph, x: Value, known: dict[Value, bool]) -> bool:
    if x.op in DIAGONAL:
        return True
    match x.op:
        case "zeros" | "ones":
            return x.shape[0] is x.shape[1]
        case "matmul":
            return are_turned(*x.args)
        case "outer":
            return x.args[0] is x.args[1]
        case "blocks":
            return all(mirrored(part, x, known) for part in x.data)
        case "copy" | "add_diagonal":
            return known[x.args[0]]
        case "add" if are_turned(*x.args) or are_exchanged(*x.args):
            return True
        case "subtract" if x.args[1].is_outer:
            a, b = x.args[1].args
            return any(are_exchanged(x.args[0], g.outer(*pair)) for pair in ((g.negative(a), b), (a, g.negative(b))))
    if x.op in VIEWS and x.shape == x.args[0].shape[::-1]:
        return known[x.args[0]]
    whole = all(arg.rank == 0 or (arg.shape == x.shape and known[arg]) for arg in x.args)
    return is_elementwise(x) and bool(x.args) and whole


def are_exchanged(a: Value, b: Value) -> bool:
    """Whether two are outer products of the same columns, the one the other way round."""
    return a.is_outer and b.is_outer and a.args == b.args[::-1]


def mirrored(part: Part, x: Value, known: dict[Value, bool]) -> bool:
    """Whether a term of blocks is the same with its rows and its columns exchanged."""
    rows, cols, _, places = part
    if len(rows) != len(cols):
        return False
    turn = dict(zip(rows, cols, strict=True)) | dict(zip(cols, rows, strict=True))
    if any(turn[a] != b or turn[b] != a for a, b in zip(rows, cols, strict=True)):
        return False
    for number, letters in places:
        other = tuple(turn[letter] for letter in letters)
        if other != letters and not (other == letters[::-1] and len(other) == 2 and known[x.args[number]]):
            return False
    return True


def halved(g: Graph, value: Value, args: tuple[Value, ...]) -> Value | None:
    """``(X' .* w') * X`` as ``Y'*Y`` with ``Y = sqrt(w) .* X``, where w is not negative: half of the operations."""
    if value.op != "matmul" or value.rank < 2:
        return None
    left, right = args
    for weighted, plain in ((left, right), (right, left)):
        inner = upright(weighted)
        for weights, matrix in (inner.args, inner.args[::-1]) if inner.op == "multiply" else ():
            turned = inner is not weighted
            x = g.transpose(matrix) if turned else matrix
            if matrix.shape != inner.shape or not are_turned(x, plain) or not is_not_negative(weights):
                continue
            if weights.rank == 2 and ONE not in weights.shape:
                continue
            y = g.multiply(matrix, g.unary("sqrt", weights))
            y = g.transpose(y) if turned else y
            return g.matmul(y, g.transpose(y)) if weighted is left else g.matmul(g.transpose(y), y)
    return None


def turned(g: Graph, value: Value, args: tuple[Value, ...], known: dict[Value, bool]) -> Value | None:
    """``x' * S`` as ``S * x``, where S is symmetric: then it is the same column to the last digit."""
    if value.op != "matmul" or args[0].rank != 1 or args[1].rank != 2 or not is_symmetric(g, args[1], known):
        return None
    return g.matmul(args[1], args[0])


def upright(x: Value) -> Value:
    return x.args[0] if x.args and are_turned(x, x.args[0]) else x


def is_not_negative(x: Value) -> bool:
    known: dict[Value, bool] = {}
    for value in walk(x):
        known[value] = (
            value.op in NOT_NEGATIVE
            or (value.op in ROWS and ROWS[value.op].nonnegative)
            or (value.op == "const" and value.data >= 0)
            or (value.op == "multiply" and value.args[0] is value.args[1])
            or (value.op in KEEPING and all(known[arg] for arg in value.args))
            or (
                value.op == "subtract"
                and value.args[0].op == "const"
                and value.args[0].data >= 1
                and at_most_1(value.args[1])
            )
        )
    return known[x]


def at_most_1(x: Value) -> bool:
    return x.op in BOUNDED or (x.op == "square" and x.args[0].op in BOUNDED)
