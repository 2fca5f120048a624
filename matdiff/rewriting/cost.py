"""How much there is to read: the operations an expression shows."""

from __future__ import annotations

from matdiff.compose import is_product, is_reciprocal, is_scaled
from matdiff.expr import LEAVES, Expr

FREE = LEAVES | {"definition", "differential"}


def cost(root: Expr, bound: int = 10_000) -> int:
    """The number of signs and function calls, every repetition counted, up to a bound; names and
    constants are free."""
    total, stack = 0, [root]
    while stack and total < bound:
        node = stack.pop()
        if node.op not in FREE:
            total += own(node)
            stack += node.args
    return total


def own(node: Expr) -> int:
    """The sign of the node itself; a reciprocal shows only as the division it is used in."""
    if node.op in FREE:
        return 0
    if is_reciprocal(node):
        return int(node.args[1].data != -1)
    if is_scaled(node) and node.args[0].op == "number":
        return int(abs(node.args[0].data.numerator) != 1) + int(node.args[0].data.denominator != 1)
    if is_product(node) and "ones" in (node.args[0].op, node.args[1].op) and not node.is_scalar:
        return int(node.args[0].cols.powers != () and node.args[0].cols is node.args[1].rows)
    return 1
