"""What the names of a script stand for.

Numbers, strings, tuples, lists and dictionaries are Python's own. An array is a cell of memory whose content is a node
of the trace; slices and transposes look into the cell of another, as in NumPy.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from matdiff.python.docstrings import Told

Numbers = Any
"""A NumPy array or number."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Node:
    """One value that was computed: a function of other nodes, so that it can be computed again."""

    __slots__ = ("args", "doubt", "fn", "inputs", "keywords", "live", "name", "number", "statement", "value")

    def __init__(
        self,
        name: str,
        fn: Callable[..., Numbers] | None,
        args: tuple[Any, ...],
        keywords: Mapping[str, Any],
        value: Numbers,
        statement: ast.stmt | None = None,
        number: int = 0,
    ) -> None:
        self.name, self.fn, self.args, self.keywords, self.value = name, fn, args, keywords, value
        self.statement, self.number = statement, number
        self.inputs: tuple[Node, ...] = tuple(nodes_in((*args, *keywords.values())))
        """What it is computed from."""
        self.live: bool = any(node.live for node in self.inputs)
        """Whether it depends on a parameter."""
        self.doubt: int = next((node.doubt for node in self.inputs if node.doubt), 0)
        """The line of a condition that could not be decided, on which it depends."""


def nodes_in(items: Sequence[Any]) -> Iterator[Node]:
    for item in items:
        if isinstance(item, Node):
            yield item
        elif isinstance(item, tuple | list):
            yield from nodes_in(item)
        elif isinstance(item, slice):
            yield from nodes_in((item.start, item.stop, item.step))


def exchanged(item: Any, new: Callable[[Node], Any]) -> Any:
    """Arguments with something else in the place of their nodes."""
    if isinstance(item, Node):
        return new(item)
    if type(item) is tuple or type(item) is list:
        return type(item)(exchanged(part, new) for part in item)
    if isinstance(item, slice):
        return slice(*(exchanged(part, new) for part in (item.start, item.stop, item.step)))
    return item


def computed(node: Node, new: Callable[[Node], Any]) -> Numbers:
    """The value of a node for other values of what it depends on."""
    assert node.fn is not None
    keywords = {name: exchanged(value, new) for name, value in node.keywords.items()}
    return node.fn(*exchanged(node.args, new), **keywords)


class Array:
    """A cell of memory; ``base`` is the cell into which a view looks."""

    __slots__ = ("_node", "_seen", "base")

    changes: ClassVar[int] = 0
    """How often the content of any has changed in place."""

    def __init__(self, node: Node, base: Array | None = None) -> None:
        self._node, self.base = node, base
        self._seen = base.node if base is not None else None

    @property
    def node(self) -> Node:
        base = self.base
        if base is not None and base.node is not self._seen:
            old, self._seen = self._node, base.node
            seen = self._seen
            args = (seen, *old.args[1:])
            value = old.fn(*exchanged(args, value_of), **exchanged_all(old.keywords))  # type: ignore[misc]
            self._node = Node(old.name, old.fn, args, old.keywords, value, seen.statement, old.number)
        return self._node

    def write(self, node: Node) -> None:
        """Change the content in place."""
        Array.changes += 1
        base = self.base
        if base is None:
            self._node = node
            return
        view = self.node
        keywords = view.keywords
        args = (base.node, view.fn, view.args[1:], keywords, node)
        assert view.fn is not None
        more = exchanged(view.args[1:], value_of)
        value = put(base.node.value, view.fn, more, keywords, node.value)
        base.write(Node("put", put, args, {}, value, node.statement, node.number))

    @property
    def value(self) -> Numbers:
        return self.node.value

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(np.shape(self.node.value))


def value_of(node: Node) -> Numbers:
    return node.value


def exchanged_all(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {name: exchanged(value, value_of) for name, value in keywords.items()}


def put(base: Numbers, view: Callable[..., Numbers], args: tuple[Any, ...], keywords: Any, new: Numbers) -> Numbers:
    """An array with new content where a view looks into it."""
    found = np.array(base, copy=True, order="K", subok=True)
    view(found, *args, **exchanged_all(keywords))[...] = new
    return found


@dataclass(frozen=True)
class Unknown:
    """A value that was not understood, and why."""

    reason: str
    line: int
    misfit: bool = False
    """Whether NumPy itself would refuse: sizes that do not fit."""
    start: int = 0
    end: int = 0


@dataclass(eq=False)
class Data:
    """What comes from elsewhere: files, arguments that nobody gives. It becomes an array once it is used as one."""

    key: str
    hint: str
    """The name that it has in the script."""
    array: Array | None = None
    parts: dict[Any, Any] = field(default_factory=dict)
    told: bool = False
    doc: Told | None = None
    """What a docstring tells of it."""
    absent: bool | None = None
    """Whether it is None: True of what a caller may leave out and does, None where that is not known."""


@dataclass(eq=False)
class Frame:
    """The names of one call."""

    names: dict[str, Any]
    parent: Frame | None
    top: Frame | None = None
    function: str = ""
    outer: set[str] = field(default_factory=set)
    """Names that are global here."""
    owner: Class | None = None
    """The class whose method it is."""
    given: dict[str, Any] = field(default_factory=dict)
    """What the function was called with."""


@dataclass(eq=False)
class Function:
    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    defaults: dict[str, Any]
    owner: Class | None = None
    kind: str = ""
    """"static", "class" or "property"."""


@dataclass(eq=False)
class Class:
    name: str
    names: dict[str, Any]
    bases: tuple[Any, ...]

    def find(self, name: str) -> Any:
        stack: list[Any] = [self]
        while stack:
            held = stack.pop(0)
            if isinstance(held, Class):
                if name in held.names:
                    return held.names[name]
                stack = [*held.bases, *stack]
        return None

    @property
    def is_foreign(self) -> bool:
        """Whether some of it is defined elsewhere."""
        return any(not isinstance(base, Class) or base.is_foreign for base in self.bases)


@dataclass(eq=False)
class Instance:
    of: Class
    names: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Method:
    owner: Any
    name: str
    function: Any = None


@dataclass(frozen=True)
class Module:
    path: str


@dataclass(frozen=True)
class Named:
    """A function or constant of a module that is known by its name."""

    path: str


@dataclass(eq=False)
class Random:
    """A source of random numbers."""


@dataclass(frozen=True)
class Builtin:
    name: str


class Size(int):
    """A whole number that is the length of an axis, or that has a name, or that is made of such."""

    how: How | None = None


class Lengths(tuple[Size, ...]):
    """The shape of data; ``of`` is the key of the data where nothing tells it."""

    of: str = ""


class Share(float):
    """A fraction that is made of sizes."""

    how: How | None = None


How = tuple[str, tuple[Any, ...]]
"""The sign and the operands that a number was made with."""


def measured(value: Any, sign: str, operands: Sequence[Any]) -> Any:
    """A number that still tells how it was made, where sizes stand behind it."""
    kind = {int: Size, float: Share}.get(type(value))
    if kind is None or not any(isinstance(item, Size | Share) for item in operands):
        return value
    found = kind(value)
    found.how = (sign, tuple(operands))
    return found
