"""Sums in which a scalar is added to every entry only because nothing declares a letter.

``A*x - b`` and ``x'*A*x + x'*b`` would be read with a scalar b; whoever writes them means a vector.
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff import expr as E
from matdiff.expr import Expr

_KEEPS_SIZE = frozenset({"add", "scale", "transpose"})


class Spreading:
    """Which scalars by their letter an expression is scaled or summed by, each node looked at once."""

    def __init__(self, defaulted: Mapping[str, str]) -> None:
        self.defaulted = defaulted
        """The undeclared names with the kinds of their letters."""
        self.found: dict[Expr, str] = {}

    def letter(self, root: Expr) -> str:
        """An undeclared letter that is a scalar factor or summand of an expression; empty where there is none."""
        if not any(kind == "scalar" for kind in self.defaulted.values()):
            return ""
        for node in E.topo(root, inside=self.parts):
            if node.op == "variable" and self.defaulted.get(node.data[0]) == "scalar":
                self.found[node] = node.data[0]
            else:
                parts = (self.found[part] for part in self.inside(node))
                self.found[node] = next(filter(None, parts), "")
        return self.found[root]

    def parts(self, node: Expr) -> list[Expr]:
        return [] if node in self.found else self.inside(node)

    @staticmethod
    def inside(node: Expr) -> list[Expr]:
        """The scalars a scalar is made of; of a matrix its summands and scalar factors."""
        if node.is_scalar:
            return [arg for arg in node.args if arg.is_scalar]
        return list(node.args) if node.op in _KEEPS_SIZE else []

    def undeclared(self, one: Expr, other: Expr) -> str:
        """The letter that makes one operand of a sum 1×1, or that keeps the other from being so."""
        return self.letter(one) or (self.letter(other) if holds_matrices(one) else "")


def holds_matrices(scalar: Expr) -> bool:
    """Whether a scalar is made of more than scalars."""
    return any(not node.is_scalar for node in E.topo(scalar, inside=lambda n: n.args if n.is_scalar else ()))
