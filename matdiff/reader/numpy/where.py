"""``np.where`` as masks: ``mask .* x + (1 - mask) .* y``.

A mask times a branch is that branch only where the branch has a value: 0 times nan is nan. So a
branch that may have none, such as ``np.log(p)``, is refused.
"""

from __future__ import annotations

from matdiff.errors import UnsupportedError
from matdiff.reader.numpy.arrays import Algebra, Array
from matdiff.reader.syntax import Node

_EVERYWHERE = frozenset(
    {"exp", "expm1", "sin", "cos", "arctan", "sinh", "cosh", "tanh", "abs", "sign", "square", "max", "min"}
    | {"relu", "sigmoid", "softplus", "erf", "gelu", "silu", "softmax", "log_softmax", "logsumexp"}
    | {"sum", "mean", "rowsum", "colsum", "norm1", "norm2", "inner", "tr", "det", "diag", "diagonal"}
    | {"vec", "unvec", "kron", "item", "rows", "cols", "numel", "ones", "zeros", "eye"}
    | {"#rows", "#cols", "#like", "#column", "#row", "#flat"}
)
"""The functions that have a value everywhere."""

_SUMS = frozenset({"sum", "mean", "rowsum", "colsum"})

_SIZES = frozenset({"rows", "cols", "numel"})


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
    """Whether a node has a value wherever its operands have."""
    if node.kind == "call":
        return node.value in _EVERYWHERE
    if node.kind == "binary" and node.value in ("^", ".^"):
        exponent = node.children[1]
        return exponent.kind == "number" and exponent.value >= 0 and exponent.value.denominator == 1
    if node.kind == "binary" and node.value == "./":
        return is_nonzero(algebra, node.children[1])
    return True


def is_nonzero(algebra: Algebra, root: Node) -> bool:
    """A product of numbers, sizes, scalar variables and positive sums: what nobody divides by where it is 0."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "binary" and node.value in ("*", ".*"):
            stack.extend(node.children)
        elif node.kind == "binary" and node.value == ".^" and has_value(algebra, node):
            stack.append(node.children[0])
        elif node.kind == "name" and node.value in algebra.bodies:
            stack.append(algebra.bodies[node.value])
        elif not (
            is_positive(algebra, node)
            or (node.kind == "number" and node.value != 0)
            or (node.kind == "name" and node.value in algebra.scalars)
            or (node.kind == "call" and node.value in _SIZES)
        ):
            return False
    return True


def is_positive(algebra: Algebra, root: Node) -> bool:
    """Sums of exponentials: what a softmax divides by."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "name" and node.value in algebra.bodies:
            stack.append(algebra.bodies[node.value])
        elif node.kind == "call" and node.value in _SUMS:
            stack.append(node.children[0])
        elif (node.kind, node.value) == ("binary", "+"):
            stack.extend(node.children)
        elif not (node.kind == "call" and node.value in ("exp", "cosh")):
            return False
    return True
