"""What the expressions of a script stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from matdiff.python import docstrings, library
from matdiff.python.memory import Memory
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
    Random,
    Size,
    Unknown,
)

Value = Any
DEEPEST = 160
"""Expressions and calls that are nested deeper are not followed."""

OPAQUE = (Array, Data, Unknown, Function, Class, Instance, Method, Module, Named, Random, Builtin)
OF_ARRAYS = (library.METHODS | {"T", "shape", "ndim", "size"}) - {"copy", "astype", "reshape", "item", "take"}
"""What only an array is asked for."""
NONE_SIGNS = frozenset({"Is", "IsNot", "Eq", "NotEq"})
STARRED = "what is behind * is not read"
CONTAINERS = (list, dict, tuple, set, range)


class Expressions(Memory):
    """Evaluates expressions in a frame."""

    deep = 0

    def value(self, node: ast.expr, frame: Frame) -> Value:
        """What an expression stands for. Nothing is raised: what is not understood is an `Unknown`."""
        self.count()
        read: Callable[[ast.expr, Frame], Value] | None = getattr(self, f"of_{type(node).__name__}", None)
        if read is None:
            return self.unknown(f"{type(node).__name__} is not read", node)
        if self.deep > DEEPEST:
            return self.unknown("the calls are nested too deep", node)
        self.deep += 1
        self.at = node
        try:
            return read(node, frame)
        finally:
            self.deep -= 1

    # leaves

    def of_Constant(self, node: ast.Constant, frame: Frame) -> Value:
        return self.small.get(node.value, node.value) if type(node.value) is int else node.value

    def of_Name(self, node: ast.Name, frame: Frame) -> Value:
        return self.looked_up(node.id, frame, node)

    def of_JoinedStr(self, node: ast.JoinedStr, frame: Frame) -> Value:
        return "".join(
            str(self.value(part, frame)) if isinstance(part, ast.Constant) else self.shown(part, frame)
            for part in node.values
        )

    def shown(self, part: ast.expr, frame: Frame) -> str:
        value = self.value(part.value, frame) if isinstance(part, ast.FormattedValue) else None
        if isinstance(value, Array) and np.ndim(value.value) == 0:
            value = value.value
        return str(value) if isinstance(value, str | int | float | np.generic) else "…"

    # containers

    def of_Tuple(self, node: ast.Tuple, frame: Frame) -> Value:
        return tuple(self.items(node.elts, frame))

    def of_List(self, node: ast.List, frame: Frame) -> Value:
        return self.items(node.elts, frame)

    def of_Set(self, node: ast.Set, frame: Frame) -> Value:
        return self.items(node.elts, frame)

    def items(self, nodes: Sequence[ast.expr], frame: Frame) -> list[Value]:
        found: list[Value] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inside = self.rows(self.value(node.value, frame))
                found += inside if inside is not None else [self.unknown(STARRED, node)]
            else:
                found.append(self.value(node, frame))
        return found

    def of_Dict(self, node: ast.Dict, frame: Frame) -> Value:
        found: dict[Any, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inside = self.value(value, frame)
                found.update(inside if isinstance(inside, dict) else {})
            else:
                found[self.key(self.value(key, frame))] = self.value(value, frame)
        return found

    def of_ListComp(self, node: ast.ListComp, frame: Frame) -> Value:
        found: list[Value] = []
        bad = self.comprehend(node.generators, frame, lambda inner: found.append(self.value(node.elt, inner)))
        return found if bad is None else bad

    def of_GeneratorExp(self, node: ast.GeneratorExp, frame: Frame) -> Value:
        return self.of_ListComp(ast.ListComp(node.elt, node.generators), frame)

    def of_SetComp(self, node: ast.SetComp, frame: Frame) -> Value:
        return self.of_ListComp(ast.ListComp(node.elt, node.generators), frame)

    def of_DictComp(self, node: ast.DictComp, frame: Frame) -> Value:
        found: dict[Any, Value] = {}

        def put(inner: Frame) -> None:
            found[self.key(self.value(node.key, inner))] = self.value(node.value, inner)

        bad = self.comprehend(node.generators, frame, put)
        return found if bad is None else bad

    def comprehend(
        self, generators: Sequence[ast.comprehension], frame: Frame, put: Callable[[Frame], None]
    ) -> Unknown | None:
        """Run what stands before ``for``; what it runs over has to be known."""
        if not generators:
            put(frame)
            return None
        first, *rest = generators
        inner = Frame({}, frame, frame.top, frame.function, owner=frame.owner)
        rows = self.rows(self.value(first.iter, frame))
        if rows is None:
            return self.unknown("what this runs over is not known", first.iter)
        for item in rows:
            self.count()
            self.bind(first.target, item, inner)
            if all(self.truth(self.value(test, inner)) is not False for test in first.ifs):
                bad = self.comprehend(rest, inner, put)
                if bad is not None:
                    return bad
        return None

    # operators

    def of_BinOp(self, node: ast.BinOp, frame: Frame) -> Value:
        spine = [node]
        while isinstance(spine[-1].left, ast.BinOp):
            spine.append(spine[-1].left)
        value = self.value(spine[-1].left, frame)
        for part in reversed(spine):
            other = self.value(part.right, frame)
            self.at = part
            value = self.binary(type(part.op).__name__, value, other)
        return value

    def of_UnaryOp(self, node: ast.UnaryOp, frame: Frame) -> Value:
        value = self.value(node.operand, frame)
        if isinstance(node.op, ast.Not):
            truth = self.truth(value)
            return self.unknown("this condition is not known", node) if truth is None else not truth
        return self.binary(type(node.op).__name__, value)

    def of_BoolOp(self, node: ast.BoolOp, frame: Frame) -> Value:
        stops = isinstance(node.op, ast.Or)
        value: Value = None
        unsure: Value = None
        for part in node.values:
            value = self.value(part, frame)
            truth = self.truth(value)
            if truth is stops:
                return value
            unsure = value if truth is None else unsure
        return value if unsure is None else self.unknown("this condition is not known", node)

    def of_Compare(self, node: ast.Compare, frame: Frame) -> Value:
        left = self.value(node.left, frame)
        found: Value = True
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, frame)
            self.at = node
            found = self.compared(type(sign).__name__, left, right)
            if len(node.ops) > 1 and self.truth(found) is not True:
                return found
            left = right
        return found

    def compared(self, sign: str, left: Value, right: Value) -> Value:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Data) and one.absent is not None and other is None and sign in NONE_SIGNS:
                return one.absent is (sign in ("Is", "Eq"))
        if sign in ("Is", "IsNot"):
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                return self.unknown("this condition is not known", self.at)
            if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
                return (left is right) is (sign == "Is")
            same = left is right or (not isinstance(left, OPAQUE) and type(left) is type(right) and left == right)
            return same is (sign == "Is")
        if sign in ("In", "NotIn"):
            key = self.key(left)
            options = [item for item in right if isinstance(item, str)] if isinstance(right, CONTAINERS) else []
            if isinstance(left, Data) and left.array is None and options:
                return (any(self.word(left, option) == option for option in options)) is (sign == "In")
            if isinstance(right, str) and isinstance(key, str):
                return (key in right) is (sign == "In")
            if isinstance(right, dict | set | list | tuple | range) and not isinstance(key, OPAQUE):
                return any(
                    self.key(item) == key for item in list(right)[:10_000] if not isinstance(self.key(item), OPAQUE)
                ) is (sign == "In")
            return self.unknown("this condition is not known", self.at)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Data) and isinstance(other, str) and one.array is None and sign in NONE_SIGNS:
                return (self.word(one, other) == other) is (sign == "Eq")
            if isinstance(one, Data) and isinstance(other, str | type(None)):
                return self.unknown("this condition depends on what the script does not tell", self.at)
        words = any(isinstance(side, str | type(None)) for side in (left, right))
        if words and sign in ("Eq", "NotEq") and not any(isinstance(side, Unknown) for side in (left, right)):
            same = not isinstance(left, OPAQUE) and not isinstance(right, OPAQUE) and left == right
            return same is (sign == "Eq")
        return self.binary(sign, left, right)

    def word(self, data: Data, option: str) -> str:
        """The word that some data is, which nothing tells: the first that it is compared with, but for a test."""
        met = self.words.setdefault(data.key, [data.hint])
        met += [option] if option not in met[1:] else []
        first = next((word for word in met[1:] if word not in library.TESTS), "")
        return str(self.supply.choice.settings.get(data.key, first))

    def binary(self, sign: str, *operands: Value) -> Value:
        """A sign between two values, or before one."""
        operands = tuple(self.integer(item) if self.is_size(item) else item for item in operands)
        if not any(isinstance(item, OPAQUE) for item in operands):
            if any(isinstance(item, CONTAINERS) for item in operands) and any(self.holds_arrays(i) for i in operands):
                if sign == "Add" and all(isinstance(i, list) for i in operands):
                    return operands[0] + operands[1]
                if sign == "Add" and all(isinstance(i, tuple) for i in operands):
                    return operands[0] + operands[1]
                if sign == "Mult" and isinstance(operands[1], int) and isinstance(operands[0], list):
                    return operands[0] * min(operands[1], 10_000)
            try:
                found = library.plain_sign(sign, *operands)
                if isinstance(found, Size):
                    self.composed.setdefault(int(found), found)
                return found
            except ZeroDivisionError:
                return self.misfit("division by zero")
            except (TypeError, ValueError, OverflowError, MemoryError, KeyError) as error:
                return self.unknown(str(error), self.at)
        for item in operands:
            if isinstance(item, Instance):
                name = {"Add": "__add__", "Mult": "__mul__", "Sub": "__sub__", "MatMult": "__matmul__"}.get(sign, "")
                found = item.of.find(name)
                if item is operands[0] and isinstance(found, Function):
                    return self.entered(found, [item, *operands[1:]], {})
        return self.apply(sign, library.SIGNS[sign], operands, {})

    def is_size(self, item: Value) -> bool:
        return isinstance(item, Data) and self.supply.choice.kinds.get(item.key) == "size"

    def of_IfExp(self, node: ast.IfExp, frame: Frame) -> Value:
        truth = self.truth(self.value(node.test, frame))
        if truth is None:
            return self.unknown("this condition is not known", node)
        return self.value(node.body if truth else node.orelse, frame)

    def of_NamedExpr(self, node: ast.NamedExpr, frame: Frame) -> Value:
        value = self.value(node.value, frame)
        self.bind(node.target, value, frame)
        return value

    def of_Lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        return Function("lambda", node, frame, self.defaults(node.args, frame))

    def of_Starred(self, node: ast.Starred, frame: Frame) -> Value:
        return self.value(node.value, frame)

    def of_Slice(self, node: ast.Slice, frame: Frame) -> Value:
        ends = [None if end is None else self.value(end, frame) for end in (node.lower, node.upper, node.step)]
        for k, end in enumerate(ends):
            if isinstance(end, Array | Data):
                ends[k] = self.integer(end)
            if isinstance(ends[k], Unknown):
                return ends[k]
            if isinstance(ends[k], float):
                return self.misfit("slice ends are whole numbers")
        return slice(*ends)

    # attributes and entries

    def of_Attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        owner = self.value(node.value, frame)
        self.at = node
        return self.member(owner, node.attr)

    def member(self, owner: Value, name: str) -> Value:
        match owner:
            case Unknown():
                return owner
            case Module(path):
                return self.of_module(path, name)
            case Instance():
                if name in owner.names:
                    return owner.names[name]
                found = owner.of.find(name)
                if isinstance(found, Function):
                    if found.kind == "property":
                        return self.entered(found, [owner], {})
                    return Method(owner, name, found) if found.kind != "static" else found
                if found is not None:
                    return found
                if name == "__class__":
                    return owner.of
                return self.missing(owner, name)
            case Class():
                found = owner.find(name)
                return found if found is not None else self.missing(owner, name)
            case Data() if name in OF_ARRAYS:
                return self.member(self.as_array(owner), name)
            case Data() if name in ("copy", "astype", "values", "to_numpy", "reshape"):
                return owner if name == "values" else Method(owner, name)
            case Data():
                return self.part(owner, name)
            case Array():
                return self.of_array(owner, name)
            case Random() | dict() | list() | str() | tuple() | set():
                return Method(owner, name)
            case int() | float() | complex():
                return Method(owner, name) if name in ("item", "copy") else self.unknown(f"{name} is not read", self.at)
            case Function() if name in ("__wrapped__", "__func__"):
                return owner
            case Named(path):
                return self.of_module(path, name)
            case _:
                return self.unknown(f"{name} is not read", self.at)

    def of_array(self, owner: Array, name: str) -> Value:
        if name == "shape":
            shape = Lengths(Size(n) for n in owner.shape)
            shape.of = owner.node.args[0] if owner.node.name == "data" and owner.node.args else ""
            return shape
        if name in ("ndim", "size"):
            return Size(getattr(np.asarray(owner.value), name))
        if name == "dtype":
            return Named("numpy.float64" if np.asarray(owner.value).dtype.kind == "f" else "numpy.int64")
        if name in library.ATTRIBUTES:
            return self.apply(name, library.attribute(name), (owner,), {})
        return Method(owner, name)

    def of_Subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        owner = self.value(node.value, frame)
        index = self.value(node.slice, frame)
        self.at = node
        return self.entry(owner, index)

    def entry(self, owner: Value, index: Value) -> Value:
        match owner:
            case Unknown():
                return owner
            case dict():
                key = self.key(index)
                if isinstance(key, OPAQUE):
                    if not isinstance(key, Unknown) and owner and all(type(item) is int for item in owner.values()):
                        return Data(self.fresh("position").key, "position", doc=docstrings.POSITION)
                    return self.unknown("the key is not known", self.at)
                return owner[key] if key in owner else self.misfit(f"there is no entry {key!r} yet", certain=False)
            case list() | tuple() | str() | range():
                at = self.integer(index) if not isinstance(index, slice) else index
                if isinstance(at, Unknown):
                    return at
                try:
                    return owner[at]
                except (IndexError, TypeError):
                    self.longer(owner, at + 1 if isinstance(at, int) and at >= 0 else 2)
                    return self.misfit(f"there is no entry {at} yet", certain=False)
            case Instance() if isinstance(found := owner.of.find("__getitem__"), Function):
                return self.entered(found, [owner, index], {})
            case Data() if isinstance(index, str):
                return self.part(owner, index)
            case Array() | Data():
                return self.apply("item", library.item_of, (owner, self.index(index, owner)), {})
            case Named(path="numpy.r_" | "numpy.c_"):
                parts = list(index) if isinstance(index, tuple) else [index]
                if owner.path.endswith("c_"):
                    return self.apply("hstack", np.column_stack, (parts,), {})
                flat = all(np.ndim(part.value) < 2 for part in parts if isinstance(part, Array))
                return self.apply("hstack" if flat else "vstack", library.rows_of, (parts,), {})
            case _:
                return self.unknown("this entry is not read", self.at)

    def index(self, index: Value, owner: Value) -> Value:
        """An index as NumPy takes it; data that stands here holds positions."""
        parts = list(index) if isinstance(index, tuple) else [index]
        array = self.as_array(owner)
        shape = array.shape if isinstance(array, Array) else ()
        axis = 0
        for k, part in enumerate(parts):
            if isinstance(part, Unknown):
                return part
            if isinstance(part, Data):
                parts[k] = part = self.positions(part, shape[axis] if axis < len(shape) else 1)
            elif isinstance(part, Array | list) and axis < len(shape) and not self.is_mask(part):
                self.used_as_positions(part, shape[axis])
            elif isinstance(part, slice) and k == 0 and shape and isinstance(array, Array):
                self.cut(array.node, shape[0], part.stop)
            axis += part is not None and part is not Ellipsis
        return tuple(parts) if isinstance(index, tuple) else parts[0]

    @staticmethod
    def is_mask(part: Value) -> bool:
        return isinstance(part, Array) and np.asarray(part.value).dtype.kind == "b"

    # calls

    def of_Call(self, node: ast.Call, frame: Frame) -> Value:
        function = self.value(node.func, frame)
        args = [
            item for item in self.items(node.args, frame) if not (isinstance(item, Unknown) and item.reason == STARRED)
        ]
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, frame)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords |= {str(key): item for key, item in value.items()}
        self.at = node
        if function == Builtin("super"):
            owner = frame.names.get("self")
            return Method(owner, "super", frame.owner)
        if function == Builtin("locals") or function == Builtin("vars"):
            return self.unknown("this is not read", node)
        return self.called(function, args, keywords)
