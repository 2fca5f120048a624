"""The statements of a script, one after another: loops run, conditions decided, names and entries given values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from matdiff.python.definitions import Definitions
from matdiff.python.memory import Stop
from matdiff.python.source import Source
from matdiff.python.supply import Supply
from matdiff.python.values import (
    Array,
    Frame,
    Function,
    Size,
)

Value = Any


class Leave(Exception):
    """A ``raise`` of the script."""


class Machine(Definitions):
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


def stored(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements give a value."""
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _same(x: Any) -> Any:
    return np.array(x, copy=True)
