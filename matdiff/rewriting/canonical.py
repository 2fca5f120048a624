"""The canonical form of sums and products, each taken as a whole: what their operands are, and how they combine.

Each function gets a node and its normal operands and gives the node's next form.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from matdiff.compose import is_product, is_scaled, spine
from matdiff.expr import Expr
from matdiff.operators import UNORDERED
from matdiff.rewriting.hadamard import hadamard
from matdiff.rewriting.known import Known
from matdiff.rewriting.powers import power, root
from matdiff.rewriting.products import diagonal, product, trace
from matdiff.rewriting.sums import add
from matdiff.rewriting.transposes import transpose

PRODUCTS = frozenset({"scale", "mul"})
ATOMS = frozenset({"definition", "differential"})
"""Nodes that stand for themselves: what they hold is not entered."""


def operands(node: Expr, wholes: Container[Expr] = ()) -> list[Expr]:
    """The parts a node is made of: of a chain its operands, of all else its arguments.

    ``wholes`` are not taken apart.
    """
    if node.op in UNORDERED:
        return spine(node, node.op, wholes)
    if node.op in PRODUCTS:
        return product_operands(node, wholes)
    return [] if node.op in ATOMS else list(node.args)


def product_operands(node: Expr, wholes: Container[Expr] = ()) -> list[Expr]:
    """The scalar factors, then those of the matrix product; a 1×1 product among the scalars stays whole."""
    scalars: list[Expr] = []
    while is_scaled(node) and node not in wholes:
        scalars += spine(node.args[0], "scale", wholes)
        node = node.args[1]
    return scalars + (spine(node, "mul", wholes) if is_product(node) else [node])


COMBINE: dict[str, Callable[[Expr, list[Expr], Known], Expr]] = {
    "add": add,
    "scale": product,
    "mul": product,
    "had": hadamard,
    "pow": power,
    "sqrt": root,
    "transpose": transpose,
    "tr": trace,
    "diagonal_of": diagonal,
}
