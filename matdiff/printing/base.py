"""What is common to the printers of one-line notations: what is shown inside a node, and the walk.

Broadcasts are taken back where the reader would make them again, and the shared parts of a huge
expression are named before it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from matdiff.compose import (
    UNIT,
    is_joined,
    is_product,
    is_reciprocal,
    is_scaled,
    joined,
    left_spine,
    scale,
    split,
    spread,
)
from matdiff.expr import Expr, number, topo
from matdiff.operators import MASK_SIGNS, ROWS, facts
from matdiff.sizes import ONE, Size, fixed, total

COMPARE, SUM, PRODUCT, UNARY, POWER, POSTFIX, ATOM = range(7)

Text = tuple[str, int]
"""A text with the precedence of its loosest sign."""

MAX_LINE = 200
"""What is named in such an expression, even where it is not shared: parts with more operators."""
MAX_TREE = 3000
"""Expressions that would print more operators than this have their shared parts named first."""


def primed(indices: str, prime: str) -> str:
    """An index that is new beside one of its name, ``i_``, with a prime."""
    return re.sub(r"(?<=\w)_+(?!\w)", lambda found: prime * len(found[0]), indices)


def identity_of(term: Expr) -> Expr | None:
    """The identity matrix of which a term is a multiple."""
    matrix = term.args[1] if is_scaled(term) else term
    return matrix if matrix.op == "eye" and not term.is_scalar else None


class TreePrinter:
    """Prints expressions bottom-up; a notation adds its ``format_…`` methods.

    ``sizes`` says how a size name that the reader inferred is written.
    """

    axis = "axis=1"
    """How the notation says that a function is taken along each row."""

    def __init__(self, sizes: Mapping[str, str] | None = None, taken: Iterable[str] = ()) -> None:
        self.sizes = sizes or {}
        self.taken = frozenset(taken)

    def __call__(self, root: Expr) -> str:
        lines: list[tuple[str, str]] = []
        names: dict[Expr, str] = {}
        for definition in self.foreign(root):
            lines.append((self.name(definition.data), self.with_parts(definition.args[0], names, lines)))
        return self.whole(lines, self.with_parts(root, names, lines))

    def with_parts(self, root: Expr, names: dict[Expr, str], lines: list[tuple[str, str]]) -> str:
        """The text of an expression, its large shared parts named before it."""
        for node in self.to_name(root):
            if node not in names:
                name = self.new_name(len(names) + 1)
                lines.append((name, self.text(node, names)[0]))
                names[node] = name
        return self.text(root, names)[0]

    def foreign(self, root: Expr) -> list[Expr]:
        """Definitions that are not the model's own; they are written out before the expression."""
        if not self.taken:
            return []

        def entered(node: Expr) -> Iterable[Expr]:
            return () if node.op == "definition" and node.data in self.taken else node.args

        return [n for n in topo(root, inside=entered) if n.op == "definition" and n.data not in self.taken]

    def whole(self, named: list[tuple[str, str]], text: str) -> str:
        """The text of an expression below its named parts."""
        return "\n".join([*(f"{name} = {value}" for name, value in named), text])

    def to_name(self, root: Expr) -> list[Expr]:
        """Shared nodes to print once, where printing everything in place would be too long."""
        weight: dict[Expr, int] = {}
        uses: dict[Expr, int] = {}
        for node in topo(root, inside=self.shown):
            parts = self.shown(node)
            for part in parts:
                uses[part] = uses.get(part, 0) + 1
            weight[node] = min(1 + sum(weight[part] for part in parts), MAX_TREE + 1)
        if weight[root] <= MAX_TREE:
            return []
        named: dict[Expr, None] = {}
        length: dict[Expr, int] = {}
        for node in weight:
            parts = self.shown(node)
            length[node] = 1 + sum(1 if part in named else length[part] for part in parts)
            shared = uses.get(node, 0) > 1 and length[node] > 2  # a transposed name is as short as a new one
            if node is not root and parts and (shared or length[node] > MAX_LINE):
                named[node] = None
        return list(named)

    def size(self, size: Size) -> str:
        raise NotImplementedError

    def span(self, span: tuple[Size | None, Size] | None) -> str:
        """Which rows or columns a slice takes."""
        if span is None:
            return ":"
        before, count = span
        last = count if before is None else total([before, count])
        first = fixed(1) if before is None else total([before, fixed(1)])
        return ":".join(self.size(end).strip("()") for end in (first, last))

    @staticmethod
    def remark(words: str) -> str:
        """Words in the place of an expression."""
        return words

    def name(self, name: str) -> str:
        """A name of the model, as the notation writes it."""
        return name

    def format_implicit(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        return self.name(node.data.name), ATOM

    def new_name(self, count: int) -> str:
        name = f"t{count}"
        while name in self.taken:
            name += "_"
        return name

    def text(self, root: Expr, names: Mapping[Expr, str]) -> Text:
        done: dict[Expr, Text] = {}

        def shown(node: Expr) -> Iterable[Expr]:
            return () if node in names and node is not root else self.shown(node)

        for node in topo(root, inside=shown):
            if node in names and node is not root:
                done[node] = (names[node], ATOM)
            else:
                done[node] = self.format(node, done)
        return done[root]

    def format(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        own: Callable[[Expr, Mapping[Expr, Text]], Text] | None = getattr(self, f"format_{node.op}", None)
        if own:
            return own(node, done)
        return self.format_mask(node, done) if node.op in MASK_SIGNS else self.format_call(node, done)

    def format_mask(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        raise NotImplementedError

    def format_call(self, node: Expr, done: Mapping[Expr, Text]) -> Text:
        raise NotImplementedError

    def arguments(self, node: Expr, done: Mapping[Expr, Text]) -> list[str]:
        """What stands in the brackets of a call: rows of one entry, which are no column as a whole, are said to be."""
        texts = [done[part][0] for part in self.shown(node)]
        return [*texts, self.axis] if f"{node.op}_column" in ROWS and node.args[0].cols is ONE else texts

    # what is shown inside a node

    def shown(self, node: Expr) -> list[Expr]:
        """The expressions whose texts make up the text of a node."""
        match node.op:
            case "definition" | "implicit":
                return []
            case "expect":
                return list(node.args[: node.data.count])
            case "differential":
                return [] if node.args[0].op in ("variable", "definition") else [node.args[0]]
            case "add":
                return [self.term(t)[1] for t in self.unspread(left_spine(node))]
            case "scale":
                return self.product_parts(node)
            case "mul":
                return self.chain(node)
            case "had":
                return [self.under(f) for f in self.unspread(left_spine(node), scalars=False)]
            case "pow" if is_reciprocal(node):
                return [node.args[0]]
            case op if len(node.args) == 2 and (op == "pow_each" or facts(node).elementwise):
                return self.unspread(list(node.args))
            case _:
                return list(node.args)

    def chain(self, node: Expr) -> list[Expr]:
        """The factors of a matrix product."""
        return left_spine(node)

    def product_parts(self, node: Expr) -> list[Expr]:
        if not is_joined(node):
            return list(node.args)
        value, factors, matrix = split(node)
        if joined(value, factors, matrix) is not node:
            return list(node.args)
        parts = [factor.args[0] if is_reciprocal(factor) else factor for factor in factors]
        if matrix is not None:
            parts += self.chain(matrix) if is_product(matrix) and len(self.chain(matrix)) > 1 else [matrix]
        return parts

    def coefficient(self, node: Expr, done: Mapping[Expr, Text]) -> Text | None:
        """The number and the scalars of ``a ./ x``; None for any other product."""
        value, factors, matrix = split(node)
        if matrix is None or not is_reciprocal(matrix):
            return None
        scalars = joined(value, factors, None)
        return done.get(scalars) or self.format(scalars, done)

    def under(self, factor: Expr) -> Expr:
        return factor.args[0] if is_reciprocal(factor) else factor

    def term(self, node: Expr) -> tuple[bool, Expr]:
        """A summand as its sign and its absolute value."""
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], node)
        if value < 0 and joined(value, factors, matrix) is node:
            return True, joined(-value, factors, matrix)
        if is_scaled(node):  # a product of two, as the product rule leaves it
            front, last = node.args
            value, factors, matrix = split(front) if is_joined(front) else (UNIT, [], front)
            if value < 0 and joined(value, factors, matrix) is front:
                return True, scale(joined(-value, factors, matrix), last)
        return False, node

    def unspread(self, operands: list[Expr], scalars: bool = True) -> list[Expr]:
        """Operands with broadcasts taken back, where the reader would make them again.

        Beside an identity matrix a number would be taken for a multiple of it, and a vector for a diagonal.
        """
        if any(identity_of(operand) for operand in operands):
            return operands
        sources = [self.source(operand, scalars) for operand in operands]

        def whole(some: list[tuple[Expr, bool, bool]]) -> bool:
            """Whether the reader finds the whole size in these."""
            return any(has_rows for _, has_rows, _ in some) and any(has_cols for _, _, has_cols in some)

        if not whole(sources):
            return operands
        result = [source for source, _, _ in sources]
        if not whole(sources[:2]):  # 1 + 1 + X' would be read as 2 + X'
            result[0] = operands[0]
        return result

    @staticmethod
    def source(node: Expr, scalars: bool) -> tuple[Expr, bool, bool]:
        """What a broadcast was made from, and whether that has the rows and the columns of the node."""
        coefficient, body = (node.args[0], node.args[1]) if is_scaled(node) else (None, node)
        tall, wide = node.rows is not ONE, node.cols is not ONE
        if scalars and body.op in ("ones", "zeros") and not (body.op == "zeros" and coefficient):
            return coefficient or number(int(body.op == "ones")), not tall, not wide
        value, factors, matrix = split(node) if is_joined(node) else (UNIT, [], node)
        line = spread(matrix) if matrix is not None and tall and wide else None
        if line is None:
            return node, True, True
        return joined(value, factors, line), line.rows is not ONE, line.rows is ONE


def is_whole(exponent: Expr) -> bool:
    """Whether an exponent shows that it is a whole number, so that a power of a matrix is read as one.

    A number is not such an exponent: with one X^3 and X^(-1) are operators of their own.
    """
    nodes = list(topo(exponent))
    return exponent.op != "number" and all(
        n.op in ("dim", "number", "add", "scale") and (n.op != "number" or n.data.denominator == 1) for n in nodes
    )
