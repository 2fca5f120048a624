"""What the names and expressions of NumPy code stand for, beside arrays."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from matdiff.reader.numpy.arrays import Array, Span
from matdiff.reader.syntax import Node


@dataclass(frozen=True, slots=True)
class Constant:
    """``None``, ``True``, ``False``, ``...`` or an infinity."""

    value: object


NONE = Constant(None)
INFINITY = Constant(float("inf"))
MINUS_INFINITY = Constant(float("-inf"))


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Many:
    """A tuple or a list; ``names`` are those of a tuple whose items have some."""

    items: tuple[Value, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A dictionary with strings as keys; names share it as they do in Python."""

    entries: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Inputs:
    """A name that is only looked into by strings: ``params["W1"]`` is the variable W1."""

    name: str


@dataclass(frozen=True, slots=True)
class Spread:
    """``*X.shape`` among arguments."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """A declared vector of integer labels; the node stands for the same as one-hot rows."""

    node: Node
    column: bool = False
    """Whether it is ``y[:, None]``."""


@dataclass(frozen=True, slots=True)
class Range:
    """``range(n)``: an index of every row, or what labels are compared with."""

    stop: Node


@dataclass(frozen=True, slots=True)
class Slice:
    """``:`` (anything else between brackets with a colon is not ``whole``)."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Random:
    """Random data of given sizes: a variable, once it has a name."""

    sizes: tuple[Node, ...]
    integers: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """A function or constant of NumPy, by its name in the table of functions."""

    name: str
    bare: bool = False
    """Called without a module, where Python's own functions come first."""


@dataclass(frozen=True, slots=True)
class Method:
    owner: Value
    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A ``def`` or ``lambda`` of the source."""

    name: str
    parameters: tuple[ast.arg, ...]
    """The trees of the parameters."""
    body: tuple[ast.AST, ...]
    """The trees of the statements, or of the one expression of a ``lambda``."""
    frame: Frame
    defaults: dict[str, Value]
    """The values of the parameters that have one, from where the function is defined."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A name that ``where`` declares as an unknown function, or its derivative ``sigma[1]``."""

    name: str
    order: int = 0


Value = (
    Array
    | Constant
    | Text
    | Many
    | Table
    | Inputs
    | Spread
    | Labels
    | Range
    | Slice
    | Random
    | Module
    | Member
    | Method
    | Function
    | Elementwise
)


@dataclass(slots=True)
class Frame:
    """The names of the source, or of one call of a function."""

    names: dict[str, Value] = field(default_factory=dict)
    parent: Frame | None = None
    variables: frozenset[str] = frozenset()
    """Parameters that stand for variables of the model."""
    published: bool = True
    """Whether an assignment defines a name of the model."""
    library: bool = False
    """A function of `library`, whose places are that of its call."""
    captured: bool = False
    """Whether a function defined here may use its names after the call has ended."""


@dataclass(frozen=True, slots=True)
class Argument:
    value: Value
    at: Span


def arrays_in(value: Value | None) -> Iterator[Array]:
    """The arrays of a value, those inside tuples included, each tuple once."""
    stack, seen = [value], set[int]()
    while stack:
        item = stack.pop()
        if isinstance(item, Array):
            yield item
        elif isinstance(item, Many) and id(item) not in seen:
            seen.add(id(item))
            stack.extend(item.items)
