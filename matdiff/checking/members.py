"""Sides of links with indices: their positions, and entries of what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matdiff.errors import UnsupportedError
from matdiff.indices import Affine, index, integer
from matdiff.printing.math import Printer
from matdiff.reader.syntax import Node, postorder
from matdiff.sizes import ONE, Shape


def entry(node: Node, of: Node) -> Node:
    """An entry of a name, or of a member."""
    if of.kind == "name":
        return Node("access", (str(of.value), node.value), (), node.start, node.end)
    if of.kind == "access":
        return Node("access", (of.value[0], (*of.value[1], *node.value)), (), node.start, node.end)
    if of.kind == "transpose" and len(node.value) == 2:
        inner = Node("entry", node.value[::-1], (), node.start, node.end)
        return entry(inner, of.children[0])
    if of.kind == "binary" and of.value == "*" and len(node.value) == 2:  # (A B)_{ij} by rows and columns
        whole = Node("whole", None, (), node.start, node.end)
        row, column = (node.value[0], whole), (whole, node.value[1])
        sides = [Node("entry", places, (), node.start, node.end) for places in (row, column)]
        left, right = (entry(side, child) for side, child in zip(sides, of.children, strict=True))
        return Node("binary", "*", (left, right), node.start, node.end)
    if of.kind in ("binary", "negate") and of.value in ("+", "-", ".*", None):
        parts = tuple(entry(node, child) for child in of.children)
        return Node(of.kind, of.value, parts, node.start, node.end)
    raise UnsupportedError("entries are taken of names, their products and sums, where a model has indices")


def positions(roots: Sequence[Node]) -> Iterator[tuple[str, int, Node]]:
    """Every position of a family: its name, which of its indices, and what stands there."""
    for root in roots:
        for node in postorder(root):
            if node.kind == "access":
                for number, part in enumerate(node.value[1]):
                    yield node.value[0], number, part


def parts_of(node: Node) -> Iterator[Node]:
    for place in node.value[1] if node.kind == "access" else ():
        yield from postorder(place)


def renamed(root: Node, by: dict[str, str]) -> Node:
    """A side with other names for indices."""
    if not by:
        return root
    made: dict[int, Node] = {}
    for node in postorder(root):
        value = node.value
        if node.kind == "access":
            value = (value[0], tuple(renamed(part, by) for part in value[1]))
        elif node.kind == "name" and node.value in by:
            value = by[node.value]
        made[id(node)] = Node(node.kind, value, tuple(made[id(c)] for c in node.children), node.start, node.end)
    return made[id(root)]


def affine(node: Node) -> Affine | None:
    """A position as a form; None where it is none."""
    found: list[Affine] = []
    for part in postorder(node):
        match part.kind, part.value:
            case "number", value if value.denominator == 1:
                found.append(integer(int(value)))
            case "name", name:
                found.append(index(str(name)))
            case "binary", "+" | "-" as sign:
                right, left = found.pop(), found.pop()
                found.append(left + right if sign == "+" else left - right)
            case "negate", _:
                found.append(-found.pop())
            case _:
                return None
    return found[0]


def shift_of(node: Node, name: str) -> int | None:
    """How far a position is from an index: 1 of ``l+1``; None where it is something else."""
    form = affine(node)
    if form is None:
        return None
    gap = form - index(name)
    return gap.constant if gap.is_constant else None


def later(one: Affine, other: Affine) -> Affine:
    gap = other - one
    return other if gap.is_constant and gap.constant > 0 else one


def earlier(one: Affine, other: Affine) -> Affine:
    gap = other - one
    return other if gap.is_constant and gap.constant < 0 else one


def kind_of(shape: Shape) -> str:
    rows, cols = (Printer().size(size) for size in shape)
    if shape == (ONE, ONE):
        return "scalar"
    return f"vector({rows})" if shape[1] is ONE else f"row({cols})" if shape[0] is ONE else f"matrix({rows}, {cols})"
