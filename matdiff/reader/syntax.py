"""Surface syntax: what every notation is read into before names and sizes are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from matdiff.errors import Place


@dataclass(slots=True, eq=False)
class Node:
    """One surface node. Its kind says what ``value`` and ``children`` are:

    ========== ===================== ==========================
    kind       value                 children
    ========== ===================== ==========================
    number     Fraction
    name       the name
    call       function name         arguments and keywords
    primed     (function, order)     the argument
    keyword    keyword name          its value
    binary     sign, as in `SIGNS`   left, right
    negate                           operand
    transpose                        operand
    inverse                          operand
    mask                             a comparison
    differential                     what stands behind d
    entry      indices, ":" for all  what has the entries
    reduction  indices               the body, the upper end
    access     (name, places)        (of an index of a family)
    binder     (kind, places)        the body
    expectation (name, distribution) its parameters, the body
    matfun     function name         the matrix it is taken of
    block      length of each row    the blocks, row by row
    part       places                what rows and columns are taken of
    ========== ===================== ==========================

    Places are nodes that are no expressions: ``whole`` (``:``), ``slice`` (two ends), ``condition`` (signs, and what
    stands between them), ``such_that`` (an index and a condition), or what is read as an index.
    """

    kind: str
    value: Any = None
    children: tuple[Node, ...] = ()
    start: int = 0
    end: int = 0

    @property
    def is_transpose(self) -> bool:
        return self.kind == "transpose"

    def transposed(self, end: int | None = None, mark: Any = None) -> Node:
        """The transpose; it ends behind the mark that it is written with."""
        return Node("transpose", mark, (self,), self.start, self.end if end is None else end)

    def become(self, other: Node) -> None:
        """Hold what another holds, at its own place."""
        self.kind, self.value, self.children = other.kind, other.value, other.children


class Indices(tuple[str, ...]):
    """What a sum runs over, or a product, or the largest or smallest of values: ``by`` says which."""

    by: str

    def __new__(cls, names: Iterable[str], by: str) -> Indices:
        indices = super().__new__(cls, names)
        indices.by = by
        return indices


class Spelled(str):
    """The name of a function, with a script of it that says which of its meanings is meant."""

    script: str

    def __new__(cls, name: str, script: str) -> Spelled:
        spelled = super().__new__(cls, name)
        spelled.script = script
        return spelled


class RangeEnd(str):
    """The kind of a size at which the range of an index ends."""


class Column(str):
    """The kind of a matrix that is declared with one size, as a column."""


class Indexed(str):
    """The kind of a family, with its indices."""

    indices: tuple[str, ...]

    def __new__(cls, kind: str, indices: tuple[str, ...]) -> Indexed:
        indexed = super().__new__(cls, kind)
        indexed.indices = indices
        return indexed


# What the binary signs of all notations become: * product or scaling, @ product only, .* Hadamard, / by a scalar,
# ./ element-wise, ^ power, .^ element-wise power, ⊗ Kronecker, and the comparisons.
SIGNS = frozenset({"+", "-", "*", "@", ".*", "/", "./", "^", ".^", "⊗", "==", ">=", "<=", ">", "<"})


@dataclass(slots=True)
class Declaration:
    names: list[Node]
    kind: Node
    sizes: list[Node] | None
    indices: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    """Of names that are families, the places of their indices."""
    outside: Node | None = None
    """What a family is said to be outside of its range."""
    manifold: Node | None = None
    """The constraint that the value is said to meet."""
    parameter: Node | None = None
    """What it is an unknown function of."""


@dataclass(slots=True)
class RangeDeclaration:
    """``i, j: 1..N``: the names, the text of the range, and where it stands."""

    names: list[Node]
    text: Node


@dataclass(slots=True)
class Definition:
    name: Node
    value: Node


@dataclass(slots=True)
class FamilyDefinition:
    """``u[i,k] = …``: the name, the places on the left, the value for each of the indices."""

    name: Node
    places: tuple[Node, ...]
    value: Node


@dataclass(slots=True)
class FunctionDefinition:
    name: Node
    parameter: Node
    body: Node


@dataclass(slots=True)
class Setting:
    name: Node
    value: Node


@dataclass(slots=True)
class Objective:
    """A bare expression."""

    value: Node


Statement = Declaration | RangeDeclaration | Definition | FamilyDefinition | FunctionDefinition | Setting | Objective


@dataclass(slots=True)
class Program:
    """A source read into statements."""

    source: str
    statements: list[Statement] = field(default_factory=list)
    spelling: Mapping[str, str] = field(default_factory=dict)
    """How the notation writes a sign, where not as in `SIGNS`; ``'`` is the transpose, and ``column``
    what makes a column of a node that stands for a row without a sign of its own."""

    def place(self, node: Node) -> Place:
        return Place(self.source, node.start, node.end)


def postorder(root: Node) -> Iterator[Node]:
    """Every node, children before what holds them, from left to right."""
    order: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(node.children)
    return reversed(order)


def number(value: Fraction | int, start: int = 0, end: int = 0) -> Node:
    return Node("number", Fraction(value), (), start, end)


def d_is_a_sign(known: Mapping[str, str]) -> bool:
    """Whether ``d`` before a name or brackets makes a differential: unless it is a quantity or a function itself."""
    return known.get("d") in (None, "dim")
