"""Long products kept as one factor while a derivative is taken: what comes after them costs no more for their length.

The derivative of a function nested n deep is a product of n factors, and so are the cotangents on the way to it.
Taken apart at each step they would cost n² in all. Here a normal form of more than `LONG` factors is held: it stands
as a name without a meaning of its own, and is opened when all is done, as a part that is shared.
"""

from __future__ import annotations

from collections.abc import Iterable

from matdiff import expr as E
from matdiff.compose import spine, split
from matdiff.expr import Expr
from matdiff.rewriting.readable import PRODUCTS, Readable

LONG = 30
"""As many factors may stand in a product; the next one finds them held."""


class Shared(Readable):
    """The readable form, with long products held. It remembers what the rewriter it is made of has done."""

    def __init__(self, of: Readable) -> None:
        vars(self).update(vars(of))
        self.held: dict[Expr, Expr] = {}
        """What stands for long products, with what it stands for."""

    def __call__(self, root: Expr) -> Expr:
        normal = super().__call__(root)
        if length(normal) <= LONG:
            return normal
        held = E.define("", normal)
        self.held[held] = normal
        return held

    def share(self, root: Expr) -> None:
        """Hold every so many factors of the long products below."""
        lengths: dict[Expr, int] = {}
        for node in E.topo(root):
            if node.op in PRODUCTS:
                lengths[node] = sum(lengths.get(arg, 1) for arg in node.args)
                if lengths[node] > LONG:
                    self.wholes[node] = self.done[node] = self(node)
                    lengths[node] = 1

    def opened(self, roots: Iterable[Expr]) -> list[Expr]:
        """The same with all that is held written out; equal parts stay one."""
        roots = list(roots)
        if not self.held:
            return roots
        new: dict[Expr, Expr] = {}
        for node in E.topo(*roots):
            new[node] = new[node.args[0]] if node in self.held else E.rebuild(node, tuple(new[a] for a in node.args))
        return [new[root] for root in roots]


def length(normal: Expr) -> int:
    """How many factors a product has."""
    if normal.op not in PRODUCTS:
        return 1
    _, factors, matrix = split(normal)
    return len(factors) + (len(spine(matrix, matrix.op)) if matrix is not None and matrix.op in PRODUCTS else 0)
