"""``np.where`` as masks: ``mask .* x + (1 - mask) .* y``.

A mask times a branch is that branch only where the branch has a value: 0 times nan is nan. So a
branch that may have none, such as ``np.log(p)``, is refused.
"""

from __future__ import annotations

from enum import IntEnum

from matdiff.errors import UnsupportedError
from matdiff.operators import CALLS, ROWS, Row
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import COMPARISONS, Array
from matdiff.reader.syntax import Node

_CHECKS = frozenset({"#rows", "#cols", "#like", "#column", "#row", "#flat"})

_EVERYWHERE = (
    {call for call, entries in CALLS.items() if all(isinstance(entry, Row) and not entry.where for entry in entries)}
    - {"tan"}  # it has poles
    | {"det", "norm2"}  # only their derivatives ask for more
    | {"square", "mean", "rowsum", "colsum", "inner", "diagonal"}
    | {"unvec", "item", "rows", "cols", "numel", "ones", "zeros", "eye"}
    | _CHECKS
)
"""The functions that have a value everywhere."""


def chosen(algebra: Algebra, mask: Array, x: Array, y: Array) -> Array:
    """x where the mask is True, else y."""
    if not mask.mask:
        raise algebra.fail(
            UnsupportedError,
            f"{algebra.text(mask)} is not a comparison: np.where and h[…] = … are read with a mask such as h > 0",
        )
    if is_relu(algebra, mask, x, y):
        return algebra.of_two("max", x, y)
    for branch in (x, y):
        check_everywhere(algebra, algebra.settled(branch))
    parts = [
        algebra.binary(".*", where, branch)
        for where, branch in ((mask, x), (algebra.complement(mask), y))
        if branch.literal != 0
    ]
    if not parts:
        return algebra.binary(".*", mask, algebra.number(0))
    return parts[0] if len(parts) == 1 else algebra.binary("+", *parts)


def is_relu(algebra: Algebra, mask: Array, x: Array, y: Array) -> bool:
    """``np.where(h > 0, h, 0)``."""
    if y.literal != 0 or mask.node.kind != "binary" or mask.node.value != ">":
        return False
    left, right = mask.node.children
    return right.kind == "number" and right.value == 0 and algebra.key(left) == algebra.key(x.node)


def check_everywhere(algebra: Algebra, branch: Array) -> None:
    """Refuse a branch that has no value somewhere; definitions are looked into, each once."""
    stack, seen, names = [branch.node], set[int](), set[str]()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if not has_value(algebra, node):
            raise algebra.fail(
                UnsupportedError,
                f"{algebra.text(branch)} may have no value where the other branch is meant, and np.where is read as"
                " mask*x + (1 - mask)*y; keep its argument valid everywhere, as in np.log(np.maximum(p, 1e-12))",
            )
        if node.kind == "name" and node.value in algebra.bodies and node.value not in algebra.everywhere | names:
            names.add(node.value)
            stack.append(algebra.bodies[node.value])
        stack.extend(node.children)
    algebra.everywhere |= names


def has_value(algebra: Algebra, node: Node) -> bool:
    """Whether a node, and its derivative, has a value wherever its operands have."""
    match node.kind, node.value:
        case "call", "log" | "sqrt":
            return signed(algebra, node.children[0]) is Sign.POSITIVE
        case "call", "log1p":
            return signed(algebra, node.children[0]) >= Sign.NONNEGATIVE
        case "call", name:
            return name in _EVERYWHERE
        case "binary", "^" | ".^":
            base, exponent = node.children
            if exponent.kind == "number" and exponent.value >= 0 and exponent.value.denominator == 1:
                return True
            return signed(algebra, base) is Sign.POSITIVE
        case "binary", "./":
            return is_nonzero(algebra, node.children[1])
    return True


def is_nonzero(algebra: Algebra, root: Node) -> bool:
    """A product of what is positive, of numbers and of scalar variables: nobody divides by one where it is 0."""
    stack = [root]
    while stack:
        node = stack.pop()
        if signed(algebra, node) is Sign.POSITIVE:
            continue
        if node.kind == "binary" and node.value in ("*", ".*"):
            stack.extend(node.children)
        elif node.kind == "binary" and node.value == ".^" and has_value(algebra, node):
            stack.append(node.children[0])
        elif node.kind == "name" and node.value in algebra.bodies:
            stack.append(algebra.bodies[node.value])
        elif not (
            (node.kind == "number" and node.value != 0) or (node.kind == "name" and node.value in algebra.scalars)
        ):
            return False
    return True


class Sign(IntEnum):
    UNKNOWN = 0
    NONNEGATIVE = 1
    POSITIVE = 2


def signed(algebra: Algebra, root: Node) -> Sign:
    """What is known of the sign of all entries; definitions are looked into."""
    known = algebra.signs
    stack = [root]
    while stack:
        node = stack[-1]
        parts = [algebra.bodies[node.value]] if node.kind == "name" and node.value in algebra.bodies else node.children
        below = [part for part in parts if id(part) not in known]
        stack.extend(below)
        if not below:
            known[id(node)] = (node, _sign(node, [Sign(known[id(part)][1]) for part in parts]))
            stack.pop()
    return Sign(known[id(root)][1])


def _sign(node: Node, parts: list[Sign]) -> Sign:
    lowest, highest = min(parts, default=Sign.UNKNOWN), max(parts, default=Sign.UNKNOWN)
    match node.kind, node.value:
        case "number", value:
            return Sign.POSITIVE if value > 0 else Sign.NONNEGATIVE if value == 0 else Sign.UNKNOWN
        case (("name" | "transpose"), _):
            return lowest
        case "call", name if name in _SIGNS:
            return max(_SIGNS[name], lowest) if name in ("abs", "square") else _SIGNS[name]
        case "call", name if name in _KEEP_SIGN:
            return parts[0]
        case "call", "max":
            return highest
        case "call", "min":
            return lowest
        case "binary", "+":
            return highest if lowest else Sign.UNKNOWN
        case "binary", "*" | ".*":
            return lowest
        case "binary", "./":
            return lowest if parts[1] is Sign.POSITIVE else Sign.UNKNOWN
        case "binary", ".^":
            exponent = node.children[1]
            is_even = exponent.kind == "number" and exponent.value > 0 and exponent.value % 2 == 0
            return parts[0] if parts[0] is Sign.POSITIVE else Sign(is_even)
        case "binary", sign if sign in COMPARISONS:
            return Sign.NONNEGATIVE
    return Sign.UNKNOWN


_SIGNS = {
    entry.call: Sign.POSITIVE if entry.zeros == "nowhere" else Sign.NONNEGATIVE
    for entry in ROWS.values()
    if entry.nonnegative and not entry.where and entry.call
} | {
    **dict.fromkeys(("rows", "cols", "numel", "ones"), Sign.POSITIVE),
    **dict.fromkeys(("square", "zeros", "eye", "norm2"), Sign.NONNEGATIVE),
}

_KEEP_SIGN = frozenset({"sum", "mean", "rowsum", "colsum", "sqrt", "vec", "item", *_CHECKS})
"""The functions whose value has the sign of their argument."""
