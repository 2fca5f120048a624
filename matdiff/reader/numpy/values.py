"""What the names and expressions of NumPy code stand for, beside arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matdiff.reader.numpy.arrays import Array, Span
from matdiff.reader.syntax import Node


@dataclass(frozen=True, slots=True)
class Constant:
    """``None``, ``True``, ``False`` or ``...``."""

    value: object


NONE = Constant(None)


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Many:
    """A tuple or a list."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """A declared vector of integer labels; the node stands for the same as one-hot rows."""

    node: Node


@dataclass(frozen=True, slots=True)
class Range:
    """``range(n)``, which only picks every row."""


@dataclass(frozen=True, slots=True)
class Slice:
    """``:`` (anything else between brackets with a colon is not ``whole``)."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Random:
    """Random data of given sizes: a variable, once it has a name."""

    sizes: tuple[Node, ...]


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
    parameters: tuple[Any, ...]
    """The trees of the parameters."""
    body: tuple[Any, ...]
    """The trees of the statements, or of the one expression of a ``lambda``."""
    frame: Frame


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A name that ``where`` declares as an unknown function."""

    name: str


Value = (
    Array | Constant | Text | Many | Labels | Range | Slice | Random | Module | Member | Method | Function | Elementwise
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


@dataclass(frozen=True, slots=True)
class Argument:
    value: Value
    at: Span
