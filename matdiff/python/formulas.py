"""What a run has computed, in the math notation: each node one definition, where its operation is one of matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from matdiff.python.meanings import meaning
from matdiff.python.values import Node, Share, Size, words

SQUARE = 9
"""Smaller lengths are no products of others."""
MOST = 300
"""Longer runs are not written out."""

_SIGNS = {
    "Add": "+",
    "Sub": "-",
    "Mult": ".*",
    "Div": "./",
    "Pow": ".^",
    "Gt": ">",
    "GtE": ">=",
    "Lt": "<",
    "LtE": "<=",
    "Eq": "==",
    "BitAnd": ".*",
}
_SAME = words(
    "copy array asarray astype float same ascontiguousarray asanyarray squeeze ravel flatten reshape matrix asmatrix "
    "mat atleast_1d atleast_2d expand_dims"
)
_OF_DATA = frozenset(
    {
        "Add",
        "Sub",
        "Mult",
        "Div",
        "USub",
        "T",
        "transpose",
        "reshape",
        "ravel",
        "flatten",
        "copy",
        "item",
        "MatMult",
        "dot",
    }
    | {"matmul", "sum", "mean", "squeeze", "array", "asarray", "Pow", "square", "negative"}
)
"""What is written out of data as well; all else that depends on no parameter may be anything."""


_ARITHMETIC = {"Add": " + ", "Sub": " - ", "Mult": "*", "Div": "/", "USub": "-", "UAdd": "", "Pow": "^"}
"""The signs between numbers that are made of sizes."""


class Unwritten(Exception):
    """An operation that has no formula here."""


class Writer:
    """Writes nodes; ``sizes`` says which lengths have a name."""

    def __init__(
        self,
        names: Mapping[int, str],
        enlarged: Mapping[int, int] | None = None,
        composed: Mapping[int, Size] | None = None,
    ) -> None:
        self.sizes = names
        self.composed = composed or {}
        """Lengths that are made of others."""
        self.enlarged = enlarged or {}
        """For small numbers the large ones for which they stand."""
        self.names: dict[Node, str] = {}
        self.declarations: list[str] = [f"{', '.join(sorted(set(names.values())))}: dim"] if names else []
        self.definitions: list[str] = []
        self.opaque: list[str] = []
        """Largest entries, taken for constants: the loss must not depend on them."""
        self.labels: dict[Node, str] = {}

    def size(self, number: int) -> str:
        """The name of a length, or of the two whose product it is."""
        if number in self.sizes or number < SQUARE:
            return self.sizes.get(number, str(number))
        if number in self.composed and (text := self.measured(self.composed[number])):
            return text[1:-1]
        pair = next((n for n in self.sizes if number % n == 0 and number // n in self.sizes), None)
        number = number if pair else self.enlarged.get(number, number)
        return str(number) if pair is None else f"{self.sizes[pair]}*{self.sizes[number // pair]}"

    def number(self, value: Any) -> str:
        if isinstance(value, bool | np.bool_):
            return str(int(value))
        if not np.isfinite(value):
            raise Unwritten
        if isinstance(value, Size | Share) and (text := self.measured(value)):
            return text
        value = self.enlarged.get(value, value) if type(value) is int else value
        exact = Fraction(repr(float(value)))
        near = exact.limit_denominator(100)
        exact = near if float(near) == float(value) else exact
        text = str(exact.numerator) if exact.denominator == 1 else f"({exact.numerator}/{exact.denominator})"
        return text if exact >= 0 else f"({text})"

    def measured(self, value: Size | Share) -> str:
        """A number that is made of sizes, as it was made; nothing where it is a number all the same."""
        if value.how is None:
            number = self.enlarged.get(int(value), int(value)) if isinstance(value, int) else 0
            return self.sizes.get(int(value), "" if number == value else str(number))
        sign, operands = value.how
        written = _ARITHMETIC.get(sign)
        texts = [self.number(item) for item in operands]
        if written is None or not any(isinstance(item, Size | Share) and self.measured(item) for item in operands):
            return ""
        return f"({written.join(texts)})" if len(texts) == 2 else f"({written}{texts[0]})"

    def write(self, *roots: Node) -> None:
        """Define the roots and all that they are computed from."""
        stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
        while stack:
            node, ready = stack.pop()
            if node in self.names:
                continue
            if ready and isinstance(node.value, tuple):
                self.names[node] = ""  # several values, of which each is written by itself
            elif ready:
                self.define(node)
            elif self.is_leaf(node):
                self.declare(node)
            else:
                stack.append((node, True))
                stack += [
                    (below, False)
                    for below in node.inputs
                    if below not in self.names and not self.is_index(node, below)
                ]
            if len(self.definitions) > MOST:
                raise Unwritten

    @staticmethod
    def is_leaf(node: Node) -> bool:
        if node.fn is None or (node.name in ("max", "amax") and node.live):
            return True
        if isinstance(node.value, tuple):
            return False
        return not node.live and np.ndim(node.value) > 0 and node.name not in _OF_DATA

    @staticmethod
    def is_index(node: Node, below: Node) -> bool:
        """Whether a node only says which entries are meant."""
        if node.name not in ("item", "with_item"):
            return False
        index = node.args[1]
        parts = index if isinstance(index, tuple) else (index,)
        return any(part is below for part in parts) and np.asarray(below.value).dtype.kind != "b"

    def declare(self, node: Node) -> None:
        value = np.asarray(node.value)
        if node.fn is None and not node.live and value.ndim == 0:
            self.names[node] = self.number(value[()])
            return
        if value.ndim > 2 or value.dtype.kind not in "fiub":
            raise Unwritten
        name = f"v{len(self.names) + 1}"
        if not node.live and value.ndim and np.all(value == value.flat[0]) and value.flat[0] in (0, 1):
            kind = "zeros" if not value.flat[0] else "ones"
            sizes = [self.size(n) for n in value.shape]
            self.definitions.append(f"{name} = {kind}({', '.join(sizes if len(sizes) == 2 else [*sizes, '1'])})")
            self.names[node] = name
            return
        rows = self.shape(value)
        if value.ndim == 2 and not node.live and np.all((value == 0) | (value == 1)) and np.all(value.sum(axis=1) == 1):
            rows = f"onehot({self.size(value.shape[0])}, {self.size(value.shape[1])})"
        self.declarations.append(f"{name}: {rows}")
        self.names[node] = name
        if node.fn is not None and node.live:
            self.opaque.append(name)

    def shape(self, value: Any) -> str:
        shape = np.shape(value)
        if not shape or all(n == 1 for n in shape):
            return "scalar"
        if len(shape) == 1 or shape[1] == 1:
            return f"vector({self.size(shape[0])})"
        if shape[0] == 1:
            return f"row({self.size(shape[1])})"
        return f"matrix({self.size(shape[0])}, {self.size(shape[1])})"

    def define(self, node: Node) -> None:
        try:
            text = self.formula(node)
        except Unwritten:
            if node.live:
                raise
            self.declare(node)
            return
        name = f"v{len(self.names) + 1}"
        self.definitions.append(f"{name} = {text}")
        self.names[node] = name

    # operations

    def text(self, item: Any, rank: int = 0) -> str:
        """An operand; a 1-D array is a column, and lies where it stands beside an array with two axes."""
        if isinstance(item, Node):
            name = self.names[item]
            lies = rank == 2 and np.ndim(item.value) == 1 and np.size(item.value) > 1
            return f"{name}'" if lies else name
        if isinstance(item, int | float | np.generic):
            return self.number(item)
        raise Unwritten

    @staticmethod
    def rank(item: Any) -> int:
        return int(np.ndim(item.value)) if isinstance(item, Node) else 0

    def formula(self, node: Node) -> str:
        name, args = node.name, node.args
        if (
            isinstance(node.value, np.matrix)
            and name == "Mult"
            and all(isinstance(a, Node) and np.ndim(a.value) == 2 for a in args)
        ):
            name = "MatMult"
        if name in _SIGNS and len(args) == 2:
            rank = max(map(self.rank, args))
            one, other = (self.text(item, rank) for item in args)
            return f"({one}) {_SIGNS[name]} ({other})" if not one.startswith("(") else f"{one} {_SIGNS[name]} ({other})"
        special: Callable[[Node], str] | None = getattr(self, f"of_{name}", None)
        if special is not None:
            return special(node)
        if name in _SAME:
            return self.reshaped(args[0], np.shape(node.value))
        found = meaning(node, self.text)
        if found is None or found[1] != np.ndim(node.value):
            raise Unwritten
        return found[0]

    def reshaped(self, item: Any, shape: tuple[int, ...]) -> str:
        old = np.shape(item.value) if isinstance(item, Node) else ()
        text = self.text(item)
        if old == shape or (np.size(item.value if isinstance(item, Node) else item) == 1):
            return text
        if len(old) == 2 and 1 not in old and shape == (old[0] * old[1],):
            return f"vec({text}')"
        if len(shape) == 2 and 1 not in shape and old == (shape[0] * shape[1],):
            return f"unvec({text}, {self.size(shape[1])}, {self.size(shape[0])})'"
        column, row = {(shape[0],), (shape[0], 1)} if shape else set(), {(1, shape[-1])} if shape else set()
        flat = tuple(n for n in old if n != 1)
        if flat != tuple(n for n in shape if n != 1) or len(flat) != 1:
            raise Unwritten
        stands = (old in ((flat[0],), (flat[0], 1)), shape in column and shape not in row)
        return text if stands[0] == stands[1] else f"{text}'"

    def of_USub(self, node: Node) -> str:
        return f"-({self.text(node.args[0])})"

    def of_Invert(self, node: Node) -> str:
        return f"1 - {self.text(node.args[0])}"

    def of_T(self, node: Node) -> str:
        text = self.text(node.args[0])
        return f"{text}'" if np.ndim(node.value) == 2 else text

    of_transpose = of_T

    def of_MatMult(self, node: Node) -> str:
        one, other = node.args[:2]
        ranks = self.rank(one), self.rank(other)
        if 0 in ranks:
            return f"({self.text(one)}) .* ({self.text(other)})"
        left = f"{self.text(one)}'" if ranks[0] == 1 else self.text(one)
        product = f"{left}*{self.text(other)}"
        return f"({product})'" if ranks == (1, 2) else product

    of_dot = of_matmul = of_MatMult

    def total(self, node: Node, text: str = "") -> tuple[str, int]:
        """A sum over an axis, of an argument or of what is made of it, and over how many entries it runs."""
        item = node.args[0]
        if not isinstance(item, Node) or len(node.args) > 2:
            raise Unwritten
        axis = node.keywords.get("axis", node.args[1] if len(node.args) > 1 else None)
        keeps = bool(node.keywords.get("keepdims", False)) or isinstance(item.value, np.matrix)
        text, shape = text or self.text(item), np.shape(item.value)
        if axis is None or len(shape) < 2:
            return f"sum({text})", int(np.size(item.value))
        if axis not in (0, 1, -1):
            raise Unwritten
        if axis % 2 == 1:
            return f"rowsum({text})", shape[1]
        return (f"colsum({text})" if keeps else f"colsum({text})'"), shape[0]

    def of_sum(self, node: Node) -> str:
        return self.total(node)[0]

    def of_mean(self, node: Node) -> str:
        text, count = self.total(node)
        return f"{text}/{self.number_of(count, node)}"

    def number_of(self, count: int, node: Node) -> str:
        shape = np.shape(node.args[0].value)
        if len(shape) == 2 and count == shape[0] * shape[1]:
            return f"({self.size(shape[0])}*{self.size(shape[1])})"
        return self.size(count)

    def of_maximum(self, node: Node) -> str:
        for one, other in (node.args[:2], node.args[1::-1]):
            if not isinstance(one, Node) and one == 0:
                return f"relu({self.text(other)})"
        rank = max(map(self.rank, node.args))
        return f"max({self.text(node.args[0], rank)}, {self.text(node.args[1], rank)})"

    def of_where(self, node: Node) -> str:
        rank = max(map(self.rank, node.args))
        mask, one, other = (self.text(item, rank) for item in node.args)
        return f"{mask} .* ({one}) + (1 - {mask}) .* ({other})"

    def of_part(self, node: Node) -> str:
        """One of the values of a function that has several."""
        made, number = node.args
        found = meaning(made, self.text, number)
        if found is None or found[1] != np.ndim(node.value):
            raise Unwritten
        return found[0]

    def of_ones_like(self, node: Node) -> str:
        shape = np.shape(node.value)
        return f"ones({self.size(shape[0])}, {self.size(shape[1]) if len(shape) == 2 else 1})" if shape else "1"

    def of_item(self, node: Node) -> str:
        item, index = node.args
        parts = index if isinstance(index, tuple) else (index,)
        if all(
            part is None or part == slice(None) for part in parts if not isinstance(part, Node | np.ndarray | list)
        ) and not any(isinstance(part, Node | np.ndarray | list) for part in parts):
            return self.reshaped(item, np.shape(node.value))
        if (labels := self.positions(item, parts)) is not None:
            return f"rowsum({self.text(item)} .* {labels})"
        return self.part(item, parts, np.shape(node.value))

    def part(self, item: Any, parts: tuple[Any, ...], shape: tuple[int, ...]) -> str:
        """Rows and columns that stand side by side, counted from 1."""
        old = np.shape(item.value) if isinstance(item, Node) else ()
        if not 1 <= len(old) <= 2 or len(parts) > len(old) or any(p is None or p is Ellipsis for p in parts):
            raise Unwritten
        kept = [
            self.places(p, n) for p, n in zip((*parts, *(slice(None),) * (len(old) - len(parts))), old, strict=True)
        ]
        text = f"{self.text(item)}[{', '.join(kept if len(old) == 2 else [*kept, ':'])}]"
        stands = len(old) == 2 and len(shape) == 1 and not isinstance(parts[0], slice)
        return f"{text}'" if stands else text

    def places(self, part: Any, length: int) -> str:
        if isinstance(part, int | np.integer) and not isinstance(part, bool):
            at = self.end(part, length, 1)
            return f"{at}:{at}"
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise Unwritten
        if part.start is None and part.stop is None:
            return ":"
        first = "1" if part.start is None else self.end(part.start, length, 1)
        return f"{first}:{self.size(length) if part.stop is None else self.end(part.stop, length, 0)}"

    def end(self, number: Any, length: int, more: int) -> str:
        """A position, counted from 1; those that are counted from the end stand behind a length."""
        if not isinstance(number, int | np.integer):
            raise Unwritten
        if number < 0:
            return f"({self.size(length)} - {-int(number) - more})" if -number != more else self.size(length)
        text = self.measured(number) if isinstance(number, Size) else ""
        return f"({text} + {more})" if text and more else text or str(int(number) + more)

    def joined(self, parts: Any, axis: int) -> str:
        """Blocks side by side, or one below the other."""
        if not isinstance(parts, tuple | list):
            raise Unwritten
        ranks = {self.rank(part) for part in parts}
        if ranks == {1} and axis == 0:
            return f"[{'; '.join(self.text(part) for part in parts)}]"
        if ranks != {2} or axis not in (0, 1, -1):
            raise Unwritten
        return f"[{('; ' if axis == 0 else ', ').join(self.text(part) for part in parts)}]"

    def of_concatenate(self, node: Node) -> str:
        axis = node.keywords.get("axis", node.args[1] if len(node.args) > 1 else 0)
        return self.joined(node.args[0], axis)

    def of_hstack(self, node: Node) -> str:
        parts = node.args[0]
        return self.joined(parts, 0 if all(self.rank(part) == 1 for part in parts) else 1)

    def of_vstack(self, node: Node) -> str:
        parts = node.args[0]
        if any(self.rank(part) == 1 for part in parts):
            raise Unwritten
        return self.joined(parts, 0)

    def of_column_stack(self, node: Node) -> str:
        parts = node.args[0]
        if not isinstance(parts, tuple | list) or {self.rank(part) for part in parts} - {1, 2}:
            raise Unwritten
        return f"[{', '.join(self.text(part) for part in parts)}]"

    def positions(self, item: Any, parts: tuple[Any, ...]) -> str | None:
        """The one-hot rows that ``[np.arange(n), y]`` stands for."""
        if len(parts) != 2 or not isinstance(item, Node) or np.ndim(item.value) != 2 or not isinstance(parts[1], Node):
            return None
        rows = parts[0].value if isinstance(parts[0], Node) else parts[0]
        shape = np.shape(item.value)
        labels = parts[1]
        if labels.live or np.shape(labels.value) != shape[:1] or not np.array_equal(rows, np.arange(shape[0])):
            return None
        key = labels
        if key not in self.labels:
            self.labels[key] = f"y{len(self.labels) + 1}"
            self.declarations.append(f"{self.labels[key]}: onehot({self.size(shape[0])}, {self.size(shape[1])})")
        return self.labels[key]

    def of_with_item(self, node: Node) -> str:
        base, index, new = node.args
        parts = index if isinstance(index, tuple) else (index,)
        text = self.text(base)
        if len(parts) == 1 and isinstance(parts[0], Node) and np.asarray(parts[0].value).dtype.kind == "b":
            mask = self.text(parts[0])
            if self.rank(parts[0]) == self.rank(base) and self.rank(new) == 0:
                return f"{text} .* (1 - {mask}) + {mask} .* ({self.text(new)})"
        if (labels := self.positions(base, parts)) is not None:
            return f"{text} .* (1 - {labels}) + {labels} .* ({self.text(new)})"
        raise Unwritten

    def of_put(self, node: Node) -> str:
        base, _, args, _, new = node.args
        if np.shape(new.value) == np.shape(base.value) and not args:
            return self.text(new)
        raise Unwritten
