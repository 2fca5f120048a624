"""The statements of a script, one after another: loops run, conditions decided, names and entries given values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from matdiff.errors import ParseError
from matdiff.python import library
from matdiff.python.calls import PACKAGES, SILENT, Calls
from matdiff.python.memory import Stop
from matdiff.python.source import Source, parsed
from matdiff.python.supply import Supply
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Module,
    Named,
    Node,
    Size,
    Unknown,
)

Value = Any
BUILTINS = frozenset(
    [
        "len",
        "range",
        "xrange",
        "enumerate",
        "zip",
        "reversed",
        "list",
        "tuple",
        "dict",
        "set",
        "int",
        "float",
        "str",
        "bool",
        "sum",
        "max",
        "min",
        "abs",
        "round",
        "print",
        "isinstance",
        "map",
        "filter",
        "any",
        "all",
        "pow",
        "hasattr",
        "getattr",
        "setattr",
        "super",
        "input",
        "open",
        "id",
        "callable",
        "iter",
        "next",
        "divmod",
        "slice",
        "object",
        "sorted",
        "repr",
        "type",
        "ord",
        "chr",
        "exit",
        "quit",
        "locals",
        "vars",
        "format",
    ]
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


class Leave(Exception):
    """A ``raise`` of the script."""


class Machine(Calls):
    """Runs a script on values that stand for those it would compute."""

    def __init__(
        self,
        source: Source,
        supply: Supply,
        *,
        steps: int = 400_000,
        seconds: float = 4.0,
        beside: Callable[[str], str | None] | None = None,
        replaced: Mapping[ast.stmt, Sequence[ast.stmt]] | None = None,
    ) -> None:
        super().__init__(supply, steps, seconds)
        self.source = source
        self.beside = beside
        self.replaced = replaced or {}
        """Statements in whose place others are run."""
        self.modules: dict[str, Frame] = {}
        self.generators = set(source.generators)
        self.assigned: dict[ast.AST, frozenset[str]] = {}
        self.top = Frame({}, None)
        self.functions: list[Function] = []
        """Every function and method of the script, once it is defined."""
        self.entered_names: set[ast.AST] = set()
        """The functions that were called."""

    # names

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

    # statements

    def run(self) -> None:
        """The whole script, as far as it goes."""
        try:
            self.run_body(self.source.tree.body, self.top)
        except Leave:
            return

    def run_body(self, body: Iterable[ast.stmt], frame: Frame) -> Value:
        """What a body returns."""
        signal = self.steps_of(body, frame)
        return signal[1] if isinstance(signal, tuple) else None

    def steps_of(self, body: Iterable[ast.stmt], frame: Frame) -> Any:
        """Run statements; what ends them early is ``"break"``, ``"continue"`` or ``("return", value)``."""
        for statement in body:
            for one in self.replaced.get(statement, (statement,)):
                signal = self.step(one, frame)
                if signal is not None:
                    return signal
        return None

    def step(self, statement: ast.stmt, frame: Frame) -> Any:
        self.count()
        self.statement = self.at = statement
        do: Callable[[ast.stmt, Frame], Any] | None = getattr(self, f"do_{type(statement).__name__}", None)
        if do is None:
            return None
        if self.deep > 200:
            raise Stop
        self.deep += 1
        try:
            signal = do(statement, frame)
        finally:
            self.deep -= 1
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.For | ast.With):
            self.statement = statement
            self.changed(statement, frame)
        return signal

    def changed(self, statement: ast.stmt, frame: Frame) -> None:
        """Called after each statement that may give names a value."""

    def returned(self, function: Function, frame: Frame, value: Value) -> None:
        """Called when a function of the script has returned."""

    def do_Expr(self, node: ast.Expr, frame: Frame) -> None:
        if isinstance(node.value, ast.Yield):
            value = None if node.value.value is None else self.value(node.value.value, frame)
            frame.names.get("#yielded", []).append(value)
        elif not isinstance(node.value, ast.Constant):
            self.value(node.value, frame)

    def do_Assign(self, node: ast.Assign, frame: Frame) -> None:
        value = self.value(node.value, frame)
        value = self.kept(value, node)
        if type(value) is int and all(isinstance(target, ast.Name) for target in node.targets):
            value = Size(value)
        for target in node.targets:
            self.bind(target, value, frame)

    def kept(self, value: Value, node: ast.AST) -> Value:
        """A number that has a name can be a parameter: a fraction is an array without axes."""
        if type(value) is float and np.isfinite(value):
            return self.leaf(np.float64(value), "number")
        if type(value) is tuple and any(type(part) in (float, int) for part in value):
            return tuple(Size(part) if type(part) is int else self.kept(part, node) for part in value)
        return value

    def do_AnnAssign(self, node: ast.AnnAssign, frame: Frame) -> None:
        if node.value is not None:
            self.bind(node.target, self.kept(self.value(node.value, frame), node), frame)

    def do_AugAssign(self, node: ast.AugAssign, frame: Frame) -> None:
        sign = type(node.op).__name__
        target = node.target
        if isinstance(target, ast.Subscript):
            owner = self.value(target.value, frame)
            index = self.value(target.slice, frame)
            self.at = node
            old = self.entry(owner, index)
            if isinstance(owner, dict | list):
                new = self.in_place(sign, old, self.value(node.value, frame))
                if new is not old:
                    self.put(owner, index, new, target.value, frame)
            else:
                self.put(owner, index, self.binary(sign, old, self.value(node.value, frame)), target.value, frame)
            return
        old = self.value(target, frame)
        new = self.in_place(sign, old, self.value(node.value, frame))
        if new is not old:
            self.bind(target, new, frame)

    def in_place(self, sign: str, old: Value, value: Value) -> Value:
        """``old += value``: an array with axes keeps its place in memory."""
        if isinstance(old, list) and sign == "Add":
            old.extend(self.rows(value) or [])
            return old
        old = self.as_array(old)
        found = self.binary(sign, old, value)
        if isinstance(old, Array) and np.ndim(old.value) and isinstance(found, Array):
            return self.written(old, found.node)
        return found

    def do_Return(self, node: ast.Return, frame: Frame) -> Any:
        value = None if node.value is None else self.kept(self.value(node.value, frame), node)
        self.statement = node
        self.changed(node, frame)
        return ("return", value)

    def do_Break(self, node: ast.Break, frame: Frame) -> str:
        return "break"

    def do_Continue(self, node: ast.Continue, frame: Frame) -> str:
        return "continue"

    def do_Raise(self, node: ast.Raise, frame: Frame) -> None:
        raise Leave

    def do_Pass(self, node: ast.Pass, frame: Frame) -> None:
        return None

    def do_If(self, node: ast.If, frame: Frame) -> Any:
        while True:
            truth = self.truth(self.value(node.test, frame))
            if truth is None:
                return self.undecided(node, frame)
            if truth:
                return self.steps_of(node.body, frame)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and node.orelse[0] not in self.replaced:
                node = node.orelse[0]
                self.statement = node
                continue
            return self.steps_of(node.orelse, frame)

    def undecided(self, node: ast.If, frame: Frame) -> Any:
        """A condition that is not known: the branch that leads on is taken, and what depends on that is in doubt."""
        if not node.orelse and not self.escapes(node):
            return None
        branches = [node.body, node.orelse]
        leaving = [bool(b) and isinstance(b[-1], ast.Raise | ast.Return | ast.Continue | ast.Break) for b in branches]
        chosen = 1 if leaving[0] and not leaving[1] else 0
        if not leaving[0] and not leaving[1] and self.wanted_in(node.orelse) and not self.wanted_in(node.body):
            chosen = 1
        if (
            self.is_quiet(branches[1 - chosen])
            and leaving[1 - chosen]
            and isinstance(branches[1 - chosen][-1], ast.Raise)
        ):
            return self.steps_of(branches[chosen], frame)
        old, self.doubt = self.doubt, self.doubt or node.lineno
        try:
            signal = self.steps_of(branches[chosen], frame)
            for name in sorted(stored(branches[1 - chosen]) | stored(branches[chosen])):
                held = frame.names.get(name)
                if isinstance(held, Array):
                    frame.names[name] = self.apply("same", _same, (held,), {}) if not held.node.doubt else held
        finally:
            self.doubt = old
        return signal

    def escapes(self, node: ast.If) -> bool:
        """Whether anything that a branch gives a value, or does, is seen outside of it."""
        inside = list(ast.walk(node))
        leaves = any(isinstance(n, ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Global) for n in inside)
        entries = any(isinstance(n, ast.Attribute | ast.Subscript) and isinstance(n.ctx, ast.Store) for n in inside)
        names = stored(node.body)
        if leaves or entries or not names:
            return True
        within = {id(n) for n in inside}
        return any(id(n) not in within for name in names for n in self.source.uses.get(name, ()))

    @staticmethod
    def is_quiet(body: Sequence[ast.stmt]) -> bool:
        return all(isinstance(s, ast.Expr | ast.Raise | ast.Pass) for s in body)

    def wanted_in(self, body: Sequence[ast.stmt]) -> bool:
        """Whether statements give something a value that is asked for."""
        return False

    def do_For(self, node: ast.For, frame: Frame) -> Any:
        rows = self.rows(self.value(node.iter, frame))
        if rows is None:
            reason = self.unknown("what this loop runs over is not known", node)
            for name in sorted(stored(node.body) | stored([ast.Assign([node.target], node.iter)])):
                frame.names[name] = reason
            for part in (n for s in node.body for n in ast.walk(s)):
                if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
                    self.spoil(part, reason, frame)
            return None
        for row in rows:
            self.count()
            self.statement = node
            self.bind(node.target, row, frame)
            self.changed(node, frame)
            signal = self.steps_of(node.body, frame)
            if signal == "break":
                return None
            if isinstance(signal, tuple):
                return signal
        return self.steps_of(node.orelse, frame)

    do_AsyncFor = do_For

    def do_While(self, node: ast.While, frame: Frame) -> Any:
        rounds = 0
        while True:
            self.count()
            truth = self.truth(self.value(node.test, frame))
            if truth is False or (truth is None and rounds):
                return None
            rounds += 1
            signal = self.steps_of(node.body, frame)
            if signal == "break":
                return None
            if isinstance(signal, tuple):
                return signal

    def do_With(self, node: ast.With, frame: Frame) -> Any:
        for item in node.items:
            held = self.value(item.context_expr, frame)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, held, frame)
        return self.steps_of(node.body, frame)

    def do_Try(self, node: ast.Try, frame: Frame) -> Any:
        try:
            signal = self.steps_of(node.body, frame)
        except Leave:
            signal = self.steps_of(node.handlers[0].body, frame) if node.handlers else None
        if signal is None:
            signal = self.steps_of(node.orelse, frame)
        last = self.steps_of(node.finalbody, frame)
        return last if last is not None else signal

    def do_Delete(self, node: ast.Delete, frame: Frame) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                frame.names.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                owner, key = self.value(target.value, frame), self.key(self.value(target.slice, frame))
                if isinstance(owner, dict):
                    owner.pop(key, None)

    def do_Global(self, node: ast.Global, frame: Frame) -> None:
        frame.outer |= set(node.names)

    do_Nonlocal = do_Global

    # definitions

    def do_FunctionDef(self, node: ast.FunctionDef, frame: Frame) -> None:
        kind = ""
        name = node.name
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            kind = {"staticmethod": "static", "classmethod": "class", "property": "property"}.get(text, kind)
            if text.endswith(".setter"):
                name = f"#set {node.name}"
        function = Function(node.name, node, frame, self.defaults(node.args, frame), frame.owner, kind)
        self.functions.append(function)
        frame.names[name] = function

    def do_ClassDef(self, node: ast.ClassDef, frame: Frame) -> None:
        bases = tuple(self.value(base, frame) for base in node.bases)
        bases = tuple(base for base in bases if base != Builtin("object"))
        made = Class(node.name, {}, bases)
        inner = Frame(made.names, frame, frame.top, frame.function, owner=made)
        self.steps_of(node.body, inner)
        for function in made.names.values():
            if isinstance(function, Function):
                function.frame, function.owner = frame, made
        for part in node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                made.names.setdefault(f"#field {part.target.id}", None)
        frame.names[node.name] = made

    def do_Import(self, node: ast.Import, frame: Frame) -> None:
        for alias in node.names:
            self.load(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            frame.names[name] = Module(alias.name if alias.asname else alias.name.partition(".")[0])

    def do_ImportFrom(self, node: ast.ImportFrom, frame: Frame) -> None:
        path = node.module or ""
        self.load(path)
        for alias in node.names:
            if alias.name == "*":
                frame.names |= self.modules[path].names if path in self.modules else {}
                if path == "numpy":
                    frame.names |= {name: Named(f"numpy.{name}") for name in library.PURE}
                continue
            found = self.of_module(path, alias.name)
            if isinstance(found, Named) and found.path in PACKAGES:
                found = Module(found.path)
            frame.names[alias.asname or alias.name] = found

    def load(self, path: str) -> None:
        """A file beside the script, where it is there."""
        root = path.partition(".")[0]
        if self.beside is None or path in self.modules or root in (*PACKAGES, *SILENT):
            return
        text = self.beside(path)
        if text is None:
            return
        frame = self.modules[path] = Frame({}, None)
        try:
            inside = parsed(text)
        except ParseError:
            return
        self.generators |= inside.generators
        for statement in inside.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign):
                self.step(statement, frame)

    def missing(self, owner: Instance | Class, name: str) -> Value:
        """An attribute that has no value yet."""
        if isinstance(owner, Instance):
            held = owner.names[name] = Data(f"{owner.of.name}.{name}#{id_of(owner, self)}", name)
            return held
        return self.fresh(name)


def id_of(owner: Instance, machine: Machine) -> int:
    """A number of an object that is the same in every run."""
    machine.data += 1
    return machine.data


def stored(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements give a value."""
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _same(x: Any) -> Any:
    return np.array(x, copy=True)


__all__ = ["Leave", "Machine", "Node", "Size"]
