"""Names and entries of a script: where they are looked up, and how they are given values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from matdiff.python import library
from matdiff.python.calls import Calls
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Module,
    Unknown,
    words,
)

Value = Any

BUILTINS = frozenset(
    words(
        "len range xrange enumerate zip reversed list tuple dict set int float str bool sum max min abs round "
        "print isinstance map filter any all pow hasattr getattr setattr super input open id callable iter "
        "next divmod slice object sorted repr type ord chr exit quit locals vars format"
    )
)

MODULES = {
    "np": "numpy",
    "numpy": "numpy",
    "jnp": "jax.numpy",
    "math": "math",
    "plt": "matplotlib.pyplot",
    "scipy": "scipy",
}
"""Modules that need no import."""


class Names(Calls):
    """Looks names up, and binds them."""

    def looked_up(self, name: str, frame: Frame, node: ast.AST) -> Value:
        inside: Frame | None = frame
        while inside is not None:
            if name in inside.names and name not in inside.outer:
                return inside.names[name]
            inside = inside.parent
        if name in BUILTINS:
            return Builtin(name)
        if name in MODULES:
            return Module(MODULES[name])
        if name in ("True", "False", "None", "__name__"):
            return "__main__"
        if self.is_assigned(name, frame):
            return self.unknown(f"{name} has no value yet", node, misfit=True)
        held = self.top.names.setdefault(name, Data(name, name))
        return held

    def is_assigned(self, name: str, frame: Frame) -> bool:
        """Whether the script gives a name a value somewhere: then it is too early to use it."""
        root: ast.AST = self.source.tree
        if root not in self.assigned:
            stack: list[ast.AST] = [self.source.tree]
            found = set()
            while stack:
                node = stack.pop()
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    found.add(node.id)
                if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
                    stack += ast.iter_child_nodes(node)
            self.assigned[root] = frozenset(found)
        if frame.top is not None:
            code = self.code_of.get(frame.function)
            if code is not None and any(
                isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id == name for n in ast.walk(code)
            ):
                return True
        return name in self.assigned[root]

    @property
    def code_of(self) -> dict[str, ast.AST]:
        return {function.name: function.node for function in self.functions}

    def bind(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Give what stands on the left of an assignment a value."""
        match target:
            case ast.Name(id=name):
                if isinstance(value, Data) and not value.told and value.array is None:
                    value.hint, value.told = name, True
                self.scope(frame, name).names[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self.bind_parts(parts, value, frame)
            case ast.Attribute(value=owner_node, attr=name):
                owner = self.value(owner_node, frame)
                if isinstance(owner, Instance):
                    setter = owner.of.find(f"#set {name}")
                    if isinstance(setter, Function):
                        self.entered(setter, [owner, value], {})
                    else:
                        owner.names[name] = value
                elif isinstance(owner, Class):
                    owner.names[name] = value
                elif isinstance(owner, Data):
                    owner.parts[name] = value
                elif isinstance(owner, Array) and name == "shape":
                    found = self.apply("reshape", np.reshape, (owner, self.as_size(value)), {})
                    if isinstance(found, Array):
                        owner.base, owner._node = None, found.node
            case ast.Subscript(value=owner_node, slice=index_node):
                owner = self.value(owner_node, frame)
                index = self.value(index_node, frame)
                self.at = target
                self.put(owner, index, value, owner_node, frame)
            case ast.Starred(value=inner):
                self.bind(inner, value, frame)

    def bind_parts(self, parts: Sequence[ast.expr], value: Value, frame: Frame) -> None:
        starred = next((k for k, part in enumerate(parts) if isinstance(part, ast.Starred)), None)
        if isinstance(value, Data) and value.array is None:
            for k, part in enumerate(parts):
                self.bind(part, self.part(value, k), frame)
            return
        rows = self.rows(value)
        if rows is None or (len(rows) != len(parts) and starred is None) or len(rows) < len(parts) - 1:
            self.longer(value, len(parts))
            reason = (
                value
                if isinstance(value, Unknown)
                else self.misfit(f"{len(parts)} values are expected here", certain=False)
            )
            for part in parts:
                self.bind(part, reason, frame)
            return
        items = list(rows)
        if starred is not None:
            behind = len(parts) - starred - 1
            middle = items[starred : len(items) - behind]
            items = [*items[:starred], middle, *items[len(items) - behind :]]
        for part, item in zip(parts, items, strict=True):
            self.bind(part, item, frame)

    def scope(self, frame: Frame, name: str) -> Frame:
        """The frame in which an assignment puts a name."""
        if name in frame.outer and frame.top is not None:
            inside = frame.parent
            while inside is not None and inside is not frame.top and name not in inside.names:
                inside = inside.parent
            return inside or frame.top
        return frame

    def put(self, owner: Value, index: Value, value: Value, owner_node: ast.expr, frame: Frame) -> None:
        """``owner[index] = value``."""
        match owner:
            case dict():
                key = self.key(index)
                if not isinstance(key, Unknown | Array):
                    owner[key] = value
            case list():
                at: Any = self.integer(index) if not isinstance(index, slice) else index
                rows = self.rows(value) if isinstance(at, slice) else None
                try:
                    owner[at] = rows if isinstance(at, slice) else value
                except (IndexError, TypeError, ValueError):
                    return
            case Instance() if isinstance(found := owner.of.find("__setitem__"), Function):
                self.entered(found, [owner, index, value], {})
            case Data() if isinstance(index, str):
                owner.parts[index] = value
            case Array() | Data():
                array = self.as_array(owner)
                found = self.apply("with_item", library.with_item, (array, self.index(index, array), value), {})
                if isinstance(found, Unknown):
                    self.spoil(owner_node, found, frame)
                else:
                    array.write(found.node)

    def spoil(self, node: ast.expr, reason: Unknown, frame: Frame) -> None:
        """What was changed in a way that is not understood is not known any more."""
        if isinstance(node, ast.Name | ast.Attribute):
            self.bind(node, reason, frame)
        elif isinstance(node, ast.Subscript):
            owner = self.value(node.value, frame)
            if isinstance(owner, dict | list):
                self.put(owner, self.value(node.slice, frame), reason, node.value, frame)
            else:
                self.spoil(node.value, reason, frame)

    def rows(self, value: Value) -> Sequence[Value] | None:
        """What a loop over a value runs over; None where that is not known."""
        match value:
            case list() | tuple() | range() | str():
                return value
            case dict() | set():
                return list(value)
            case Array() if np.ndim(value.value):
                shape = value.shape
                return [self.apply("item", library.item_of, (value, k), {}) for k in range(min(shape[0], 2_000))]
            case Data():
                if (
                    value.array is None
                    and value.key not in self.supply.choice.kinds
                    and value.key not in self.supply.choice.shapes
                ):
                    return [self.part(value, "each")]
                return self.rows(self.as_array(value))
            case Instance() if isinstance(found := value.of.find("__iter__"), Function):
                return self.rows(self.entered(found, [value], {}))
        return None
