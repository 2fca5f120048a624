"""Arrays, names and conditions of a run: what an operation makes, and what is not known."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from matdiff.python import library
from matdiff.python.supply import AXES, Restart, Supply
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Lengths,
    Method,
    Module,
    Named,
    Node,
    Random,
    Size,
    Unknown,
    exchanged,
    exchanged_all,
    value_of,
)

Value = Any
FAILURES = (ValueError, IndexError, TypeError, AttributeError, np.linalg.LinAlgError, OverflowError, KeyError)


SQUARE = frozenset({"inv", "det", "slogdet", "cholesky", "matrix_power", "eigvalsh", "eigh", "solve"})
"""Functions of square matrices."""


class Stop(Exception):
    """The run has gone far enough."""


class Memory:
    """The trace of a run, and the cells it writes to."""

    if TYPE_CHECKING:  # what the machine adds
        top: Frame
        generators: set[ast.AST]
        modules: dict[str, Frame]
        functions: list[Function]
        assigned: dict[ast.AST, frozenset[str]]
        beside: Callable[[str], str | None] | None

        def rows(self, value: Value) -> Sequence[Value] | None: ...
        def bind(self, target: ast.expr, value: Value, frame: Frame) -> None: ...
        def entered(self, function: Function, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value: ...
        def defaults(self, told: ast.arguments, frame: Frame) -> dict[str, Value]: ...
        def of_module(self, path: str, name: str) -> Value: ...
        def missing(self, owner: Instance | Class, name: str) -> Value: ...
        def called(self, function: Value, args: list[Value], keywords: dict[str, Value]) -> Value: ...
        def looked_up(self, name: str, frame: Frame, node: ast.AST) -> Value: ...
        def run_body(self, body: Iterable[ast.stmt], frame: Frame) -> Value: ...
        def step(self, statement: ast.stmt, frame: Frame) -> Any: ...
        def steps_of(self, body: Iterable[ast.stmt], frame: Frame) -> Any: ...
        def foreign(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value: ...
        def well_known(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value: ...
        def as_size(self, item: Value) -> Value: ...
        def returned(self, function: Function, frame: Frame, value: Value) -> None: ...

    def __init__(self, supply: Supply, steps: int, seconds: float) -> None:
        self.supply = supply
        self.steps, self.until = steps, process_time() + seconds
        self.random = np.random.RandomState(supply.seed)
        self.at: ast.AST = ast.Pass()
        self.statement: ast.stmt = ast.Pass()
        self.nodes = 0
        self.doubt = 0
        self.notes: dict[str, None] = {}
        self.words: dict[str, list[str]] = {}
        """For data that is compared with words its name, and the words."""
        self.exhausted = False
        """Whether it was ended before its end, for lack of time."""
        self.data = 0
        self.largest = 0
        """The most entries that an array has had."""
        self.composed: dict[int, Size] = {}
        """Numbers that are made of sizes, as they were first made."""
        self.decisions: list[tuple[Node, int, ast.stmt]] = []
        """Conditions that values decided, each with how many nodes there were, and the statement."""
        self.small: Mapping[int, int] = {}
        """Smaller numbers for large ones, which are sizes of arrays."""

    def count(self) -> None:
        self.steps -= 1
        if self.steps < 0 or (self.steps % 256 == 0 and process_time() > self.until):
            self.exhausted = True
            raise Stop

    # what is not known

    def unknown(self, reason: str, node: ast.AST | None = None, misfit: bool = False) -> Unknown:
        at = node if node is not None and hasattr(node, "lineno") else self.statement
        return Unknown(reason, getattr(at, "lineno", getattr(self.statement, "lineno", 1)), misfit)

    def misfit(self, reason: str, certain: bool = True) -> Unknown:
        return self.unknown(reason, self.at, misfit=certain)

    # arrays

    def leaf(self, value: Any, name: str = "leaf") -> Array:
        return Array(self.noted(Node(name, None, (), {}, value, self.statement)))

    def noted(self, node: Node) -> Node:
        self.nodes += 1
        self.largest = max(self.largest, np.size(node.value) if isinstance(node.value, np.ndarray) else 0)
        node.number = self.nodes
        node.doubt = node.doubt or self.doubt
        return node

    def apply(self, name: str, fn: Callable[..., Any], args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
        """What a function makes of arrays: a node, in a cell of its own or in that of its first argument."""
        ready: list[Any] = []
        for item in args:
            found = self.operand(item)
            if isinstance(found, Unknown):
                return found
            ready.append(found)
        options: dict[str, Any] = {}
        target: Value = None
        for key, item in keywords.items():
            if key == "out":
                target = item[0] if isinstance(item, tuple) and item else item
                continue
            if key == "dtype":
                options[key] = self.entry_type(item)
                continue
            found = self.operand(item)
            if isinstance(found, Unknown):
                return found
            options[key] = found
        values = [exchanged(item, value_of) for item in ready]
        if library.too_large(name, tuple(values)):
            return self.unknown("this is too large to be computed here", self.at)
        try:
            value = fn(*values, **exchanged_all(options))
        except FAILURES as error:
            self.fit(name, values)
            if name == "item" and isinstance(ready[0], Node) and ready[0].fn is None and ready[0].args:
                index = values[1] if isinstance(values[1], tuple) else (values[1],)
                self.with_axes(ready[0].args[0], np.ndim(values[0]), len(index))
            if name == "reshape":
                self.packed(ready[0], values)
            return self.misfit(first_line(error))
        except (ZeroDivisionError, MemoryError) as error:
            return self.unknown(first_line(error), self.at)
        node = self.noted(Node(name, fn, tuple(ready), options, value, self.statement))
        if isinstance(value, tuple | list):
            parts = [
                Array(self.noted(Node("part", library.item_of, (node, k), {}, part, self.statement)))
                for k, part in enumerate(value)
            ]
            return tuple(parts) if isinstance(value, tuple) else parts
        if not isinstance(value, np.ndarray | np.generic | int | float | bool):
            return self.unknown("this is not read", self.at)
        if getattr(value, "dtype", np.dtype(float)).kind not in "fiub":
            return self.unknown("complex numbers and objects are not read", self.at)
        if isinstance(target, Array):
            return self.written(target, node)
        cell = args[0] if args and isinstance(args[0], Array) else None
        both = cell is not None and isinstance(value, np.ndarray) and isinstance(cell.value, np.ndarray)
        if cell is not None and both and np.ndim(value) and np.may_share_memory(np.asarray(value), cell.value):
            return Array(node, cell)
        return Array(node)

    def written(self, target: Array, node: Node) -> Value:
        """An array after a change of all its entries in place."""
        old = target.value
        if np.shape(old) != np.shape(node.value):
            try:
                if np.broadcast_shapes(np.shape(old), np.shape(node.value)) != np.shape(old):
                    raise ValueError
            except ValueError:
                self.fit("Add", [old, node.value])
                return self.misfit(
                    f"an array of shape {shape_text(old)} cannot take values of shape {shape_text(node.value)} in place"
                )
        if (
            getattr(old, "dtype", None) is not None
            and old.dtype.kind in "iub"
            and np.asarray(node.value).dtype.kind == "f"
        ) and node.name in library.SIGNS:
            return self.misfit("whole numbers cannot take fractions in place")
        target.write(node)
        return target

    def fit(self, name: str, values: list[Any]) -> None:
        """Find two sizes that have to be one; raises `Restart` where one of them is free."""
        shapes = [np.shape(v) for v in values if isinstance(v, np.ndarray | np.generic)]
        products = ("MatMult", "dot", "matmul", "inner", *(["Mult"] if any(map(is_matrix, values)) else []))
        if name in products and len(shapes) == 2 and all(shapes):
            left, right = shapes
            self.supply.met_sizes(left[-1], right[-2] if len(right) > 1 else right[-1])
        elif name in SQUARE and shapes and len(shapes[0]) == 2:
            self.supply.met_sizes(*shapes[0])
        elif name == "item" and len(values) == 2:
            index = values[1] if isinstance(values[1], tuple) else (values[1],)
            if shapes and len([i for i in index if i is not None]) > len(shapes[0]):
                return
            for part, length in zip(index, shapes[0] if shapes else (), strict=False):
                if isinstance(part, np.ndarray) and part.dtype.kind == "b" and part.shape:
                    self.supply.met_sizes(part.shape[0], length)
            arrays = [np.shape(i) for i in index if isinstance(i, np.ndarray) and i.ndim]
            for one, other in itertools.pairwise(arrays):
                self.supply.met_sizes(one[0], other[0])
        elif len(shapes) >= 2:
            for one, other in itertools.pairwise(shapes):
                for a, b in zip(reversed(one), reversed(other), strict=False):
                    if a != b and 1 not in (a, b):
                        self.supply.met_sizes(a, b)
        elif values and isinstance(values[0], list | tuple):
            parts = [np.shape(v) for v in values[0]]
            for one, other in itertools.pairwise(parts):
                for a, b in zip(one, other, strict=False):
                    if a != b:
                        self.supply.met_sizes(a, b)

    def operand(self, item: Value) -> Any:
        """A value as an argument of a function of arrays: nodes for arrays."""
        match item:
            case Array():
                return item.node
            case Unknown():
                return item
            case Data():
                found = self.as_array(item)
                return found.node if isinstance(found, Array) else found
            case list() | tuple():
                parts = []
                for part in item:
                    found = self.operand(part)
                    if isinstance(found, Unknown):
                        return found
                    parts.append(found)
                return tuple(parts) if isinstance(item, tuple) else parts
            case slice():
                return slice(
                    *(None if end is None else self.operand(end) for end in (item.start, item.stop, item.step))
                )
            case range():
                return np.arange(item.start, item.stop, item.step)
            case Builtin() | Named():
                kind = self.entry_type(item)
                return kind if kind is not None else self.unknown("a function is no array", self.at)
            case Function() | Class() | Instance() | Method() | Module() | Random() | dict() | set():
                return self.unknown("this is no array", self.at)
        return item

    def entry_type(self, item: Value) -> Any:
        name = item if isinstance(item, str) else getattr(item, "name", getattr(item, "path", ""))
        return library.TYPES.get(str(name).rpartition(".")[2].lstrip("<>="))

    def holds_arrays(self, item: Value) -> bool:
        return isinstance(item, list | tuple) and any(
            isinstance(part, Array | Data | Unknown | list | tuple) for part in item
        )

    # data

    def as_array(self, item: Value) -> Value:
        """An array; data becomes one."""
        if isinstance(item, Data):
            if item.array is None:
                self.needed(item)
                Array.changes += 1
                item.array = self.leaf(self.supply.draw(item.key, item.hint, item.doc), "data")
                item.array.node.args = (item.key,)
            return item.array
        return item

    def needed(self, item: Data) -> None:
        """What a caller may leave out is worked with: then it is given; a script that was told otherwise ends here."""
        if item.absent:
            if item.key in self.supply.choice.settings:
                raise Stop
            raise Restart(self.supply.choice.with_setting(item.key, True))

    def positions(self, item: Data, count: int) -> Value:
        """Data that holds positions among so many."""
        if self.supply.choice.places(item.key) is None:
            raise Restart(self.supply.choice.with_labels(item.key, count))
        return self.as_array(item)

    def used_as_positions(self, item: Value, count: int) -> None:
        """What comes from data and stands as an index: begin again where nothing tells that it holds positions."""
        first = item[0] if isinstance(item, list) and item else item
        node = source_of(first.node) if isinstance(first, Array) else None
        if node is not None and self.supply.choice.places(node.args[0]) is None:
            raise Restart(self.supply.choice.with_labels(node.args[0], count))

    def used_as_number(self, node: Node) -> None:
        """What has to be one number: begin again where it is made of data that nothing tells."""
        choice = self.supply.choice
        for leaf in (node, *node.inputs):
            data = source_of(leaf)
            key = data.args[0] if data is not None and np.ndim(data.value) else ""
            if self.supply.met.get(key) in AXES and key not in choice.kinds and key not in choice.shapes:
                raise Restart(choice.with_kind(key, "scalar"))

    def longer(self, shape: Value, axes: int) -> None:
        """Data whose shape has to have so many axes: begin again where nothing tells it."""
        if isinstance(shape, Lengths) and shape.of and len(shape) != axes:
            self.with_axes(shape.of, len(shape), axes)

    def cut(self, node: Node, length: int, stop: Any) -> None:
        """Data whose length nothing tells, and of which a part is taken: it has several such parts."""
        supply, key = self.supply, node.args[0] if node.fn is None and node.args else ""
        free = key and key not in supply.choice.shapes and length in supply.free and length not in supply.choice.sizes
        if free and isinstance(stop, int) and length < stop <= 100:
            raise Restart(supply.choice.with_size(length, 3 * stop + 2))

    def packed(self, node: Any, values: list[Any]) -> None:
        """Data without an end that is cut into parts: it has to be as long as they are."""
        sizes = [n for v in values[1:] for n in (v if isinstance(v, tuple | list) else (v,)) if isinstance(n, int)]
        cut = node.args[1] if isinstance(node, Node) and node.name == "item" else slice(None)
        data = source_of(node) if isinstance(node, Node) else None
        if data is None or np.ndim(data.value) != 1 or not isinstance(cut, slice) or min(sizes, default=-1) < 0:
            return
        needed = int(np.prod(sizes)) + (cut.start if isinstance(cut.start, int) else 0)
        if needed > np.size(data.value) or (cut == slice(None) and data.args[0] not in self.supply.choice.shapes):
            raise Restart(self.supply.choice.with_shape(data.args[0], (needed,)))

    def with_axes(self, key: str, old: int, axes: int) -> None:
        if old != axes and (choice := self.supply.with_axes(key, axes)) is not None:
            raise Restart(choice)

    def fresh(self, hint: str) -> Data:
        self.data += 1
        return Data(f"{hint}#{self.data}", hint)

    def part(self, owner: Data, name: Any) -> Data:
        """An attribute, an entry or an item of data."""
        self.needed(owner)
        if name not in owner.parts:
            owner.parts[name] = Data(f"{owner.key}.{name}", str(name) if isinstance(name, str) else owner.hint)
        found: Data = owner.parts[name]
        return found

    # plain values

    def integer(self, item: Value) -> Any:
        """A whole number, where it is one."""
        match item:
            case bool() | int():
                return item
            case Array() if np.size(item.value) == 1 and np.asarray(item.value).dtype.kind in "iub":
                return int(np.asarray(item.value).reshape(()))
            case Array():
                for leaf in (item.node, *item.node.inputs):
                    data = source_of(leaf)
                    if data is not None and self.supply.met.get(data.args[0]) in AXES:
                        raise Restart(self.supply.choice.with_kind(data.args[0], "size"))
                return self.misfit("this is not a whole number")
            case Data():
                if item.array is not None:
                    return self.integer(item.array)
                self.needed(item)
                if "size" not in item.parts:
                    item.parts["size"] = Size(self.supply.length(item.key, item.hint))
                return item.parts["size"]
            case float() if item.is_integer():
                return int(item)
        return item if isinstance(item, Unknown) else self.misfit("this is not a whole number")

    def key(self, item: Value) -> Any:
        """The key of a dictionary."""
        if isinstance(item, Array) and np.size(item.value) == 1 and np.asarray(item.value).dtype.kind in "iu":
            return int(np.asarray(item.value).reshape(()))
        if isinstance(item, Size):
            return int(item)
        if isinstance(item, tuple):
            return tuple(self.key(part) for part in item)
        if isinstance(item, list | dict | set):
            return self.unknown("this cannot be a key", self.at)
        return item

    def truth(self, item: Value) -> bool | None:
        """Whether a condition holds; None where that is not known."""
        match item:
            case Data(absent=bool() as absent):
                return not absent
            case Unknown() | Data():
                return None
            case Array():
                self.decisions.append((item.node, self.nodes, self.statement))
                if np.size(item.value) == 1:
                    return bool(np.asarray(item.value).reshape(()))
                self.used_as_number(item.node)
                return None
            case Function() | Class() | Instance() | Method() | Module() | Named() | Builtin() | Random():
                return True
        return bool(item)


_LOOKS = frozenset(
    {"item", "reshape", "ravel", "flatten", "copy", "astype", "squeeze", "same", "array", "asarray", "with_item"}
)
"""What gives entries of an array as they are, but for those that are written over."""


def source_of(node: Node) -> Node | None:
    """The data that the entries of an array are."""
    while node.name in _LOOKS and node.args and isinstance(node.args[0], Node):
        node = node.args[0]
    return node if node.fn is None and node.args else None


def is_matrix(value: Any) -> bool:
    """Whether ``*`` is the matrix product of a value."""
    return isinstance(value, np.matrix)


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def shape_text(value: Any) -> str:
    return str(tuple(int(n) for n in np.shape(value)))
