"""Sides of links with indices, and their positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matdiff.indices import Affine, index, integer
from matdiff.printing.math import Printer
from matdiff.reader.syntax import Node, postorder
from matdiff.sizes import ONE, Shape


def positions(roots: Sequence[Node]) -> Iterator[tuple[str, int, Node]]:
    """Every position of a family: its name, which of its indices, and what stands there."""
    for root in roots:
        for node in postorder(root):
            if node.kind == "access":
                for number, part in enumerate(node.value[1]):
                    yield node.value[0], number, part


def parts_of(node: Node) -> Iterator[Node]:
    """What stands in the positions of an access, or of an entry of an expression."""
    places = node.value[1] if node.kind == "access" else node.value if node.kind == "part" else ()
    for place in places:
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
        elif node.kind == "part":
            value = tuple(renamed(part, by) for part in value)
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
