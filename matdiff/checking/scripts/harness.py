"""Functions that nobody calls: they are called with data of the names of their parameters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from matdiff.checking.scripts.names import wanted
from matdiff.checking.scripts.steps import updates
from matdiff.checking.scripts.watching import Event, Found, Spec, Watch
from matdiff.python.machine import Leave
from matdiff.python.memory import Stop
from matdiff.python.packages import MINIMIZERS
from matdiff.python.supply import likely
from matdiff.python.values import Array, Class, Data, Frame, Function, Instance, Node, Unknown

NEEDED = object()
"""In the place of a default: there is none."""
PASSES = 8
"""So many passes of a script are looked at."""


@dataclass(frozen=True)
class Snapshot:
    """What is known before a statement: nodes and numbers by name, and some expressions."""

    seen: Mapping[str, Any]
    values: Mapping[ast.expr, Any]


class Called(Watch):
    """A whole run: the script, then what it defines and does not call."""

    upstream: tuple[Spec, Spec] | None = None
    stopped = False
    unread: Sequence[Event] = ()
    """The losses that could not be read."""
    rounds = 2
    only = ""
    layer: frozenset[str] = frozenset()
    """The functions of a layer, in which its names are meant; else all."""

    probe_until = 10**9
    probes: Mapping[ast.stmt, Sequence[ast.expr]] = MappingProxyType({})
    """Statements before which all values are kept, with expressions that are looked at."""

    def step(self, statement: ast.stmt, frame: Frame) -> Any:
        if statement in self.probes and self.done_statements < self.probe_until:
            count, steps = self.nodes, self.steps
            seen = self.visible(frame)
            found = {node: self.value(node, frame) for node in self.probes[statement]}
            values = {node: v.node if isinstance(v, Array) else v for node, v in found.items()}
            self.snapshots[statement] = Snapshot(seen, values)
            self.nodes, self.steps = count, steps
        for number, pair in enumerate(self.pairs):
            if pair.step is not None and statement.lineno == pair.step.statement.lineno:
                self.look_at_step(number, statement, frame)
        return super().step(statement, frame)

    def look_at_step(self, number: int, statement: ast.stmt, frame: Frame) -> None:
        """What an update changes a parameter by, over its rate."""
        pair = self.pairs[number]
        update = next((u for u in updates(statement) if u.target == pair.of.text), None)
        if update is None or pair.step is None:
            return
        self.statement = statement
        value = self.value(update.step, frame)
        if pair.step.rate:
            value = self.binary("Div", value, self.value(ast.parse(pair.step.rate, mode="eval").body, frame))
        if update.sign > 0 and not pair.step.up:
            value = self.binary("USub", value)
        cell = self.as_array(value) if not isinstance(value, int | float) else self.leaf(np.float64(value))
        node = cell.node if isinstance(cell, Array) else cell
        if isinstance(node, Node | Unknown):
            self.claims[number].append(Event(node, statement, dict(self.roots), self.done_statements))

    def visible(self, frame: Frame) -> dict[str, Any]:
        """What the names and entries in reach stand for, as NumPy has it."""
        found: dict[str, Any] = {}

        def put(text: str, value: Any) -> None:
            if isinstance(value, Data) and value.array is not None:
                value = value.array
            if isinstance(value, Array):
                found[text] = value.node
            elif isinstance(value, int | float) and not isinstance(value, bool):
                found[text] = value

        for held in (frame, self.top) if frame is not self.top else (frame,):
            for name, value in list(held.names.items())[:200]:
                if held is self.top and frame is not self.top and isinstance(value, Array):
                    continue
                put(name, value)
                if isinstance(value, Instance):
                    for attribute, part in value.names.items():
                        put(f"{name}.{attribute}", part)
                        if isinstance(part, dict) and len(part) <= 12:
                            for key, item in part.items():
                                put(f"{name}.{attribute}[{key!r}]", item)
                elif isinstance(value, list) and len(value) <= 12:
                    for k, part in enumerate(value):
                        put(f"{name}[{k if k + 1 < len(value) else -1}]", part)
                elif isinstance(value, dict) and len(value) <= 16:
                    for key, part in value.items():
                        put(f"{name}[{key!r}]", part)
        return found

    def whole(self) -> None:
        self.snapshots: dict[ast.stmt, Snapshot] = {}
        self.shared: dict[str, Any] = {}
        self.left_out: dict[str, Data] = {}
        self.options: dict[str, str | bool | None] = {}
        """The arguments that have defaults by which conditions are decided."""
        self.instances: dict[int, Instance] = {}
        self.called_functions: set[int] = set()
        for number, pair in enumerate(self.pairs):
            if pair.asked and isinstance(pair.of.path, ast.Name) and pair.of.root not in self.source.stored:
                self.top.names[pair.of.root] = Data(pair.of.root, pair.of.root, told=True)
                self.parameter(number, self.top)
        self.attempt(self.run)
        if self.upstream is not None and not self.complete():
            self.through_layer(*self.upstream)
        elif not self.complete():
            for function in self.wanted():
                if id(function.node) not in self.called_functions:
                    self.attempt(partial(self.call, function))
                if self.complete():
                    break

    def attempt(self, run: Callable[[], object]) -> None:
        """Run something that may come to nothing."""
        try:
            run()
        except Leave:
            pass
        except Stop:
            if self.steps < 0 or any(isinstance(event.node, Node) for event in self.losses):
                raise
        self.drop_unread()

    def drop_unread(self) -> None:
        """Where no loss was read in a call, another one may do."""
        if self.losses and all(isinstance(event.node, Unknown) for event in self.losses):
            self.unread, self.losses = self.losses, []
            self.claims = {k: [] for k in self.claims}
            self.seen, self.called_functions = {}, set()

    def complete(self) -> bool:
        return bool(self.pairs) and all(self.matched(k) is not None for k, pair in enumerate(self.pairs) if pair.asked)

    def entered(self, function: Function, args: Any, keywords: Any) -> Any:
        if hasattr(self, "called_functions"):
            self.called_functions.add(id(function.node))
        return super().entered(function, args, keywords)

    def wanted(self) -> list[Function]:
        """The functions that give the loss or a gradient a value: first those through which most of them are called."""
        specs = [s for s in (self.loss, *(pair.by for pair in self.pairs)) if s is not None]
        giving = {
            f.name: {
                k
                for k, s in enumerate(specs)
                if s.function in (f.name, *defined_in(f.node)) or (not s.function and gives(f.node, s))
            }
            for f in self.functions
        }
        if not self.pairs:  # what a minimizer is called with tells the loss and its gradient
            for function in self.functions:
                giving[function.name] |= {-1} if called_in(function.node) & MINIMIZERS.keys() else set()
        calls = {f.name: called_in(f.node) & giving.keys() for f in self.functions}
        reached: dict[str, set[str]] = {}
        for name in giving:
            stack, seen = [name], set[str]()
            while stack:
                one = stack.pop()
                if one not in seen:
                    seen.add(one)
                    stack += calls.get(one, ())
            reached[name] = seen
        found: list[tuple[int, int, int, Function]] = []
        for k, function in enumerate(self.functions):
            if self.only and function.name != self.only:
                continue
            given = set().union(*(giving[name] for name in reached[function.name]))
            if given and function.kind != "property":
                outer = sum(function.name in others for name, others in reached.items() if name != function.name)
                found.append((-len(given), 0 if 0 in given else 1, outer * 1000 + k, function))
        return [function for *_, function in sorted(found, key=lambda item: item[:3])]

    def call(self, function: Function, **given: Any) -> Any:
        """Call a function with data for all that it needs."""
        args = []
        names = [
            a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args, *function.node.args.kwonlyargs)
        ]
        keywords = {}
        for k, name in enumerate(names):
            if k == 0 and function.owner is not None and function.kind not in ("static", "class"):
                args.append(self.instance(function.owner))
            else:
                keywords[name] = given.get(name, self.argument(function, name))
        self.statement = self.at = function.node if isinstance(function.node, ast.stmt) else self.statement
        return self.entered(function, args, keywords)

    def argument(self, function: Function, name: str) -> Any:
        """What a parameter is given that nobody gives: one value for every function that calls it so."""
        key = f"argument {name}"
        told = function.defaults.get(name, NEEDED)
        default = told
        if isinstance(told, str | bool | None):
            self.options.setdefault(name, told)
            default = self.supply.choice.settings.get(key, told)
            if told is None and not default:
                return self.left_out.setdefault(name, Data(key, name, told=True, absent=True))
        if told is not None and stays(default, name):
            return default
        found = self.peek(ast.Name(name, ast.Load()), self.top)
        if isinstance(found, Array) and name not in self.shared:
            return found
        if name not in self.shared:
            self.shared[name] = self.told_of(function, name, Data(key, name, told=True))
        if told is None and isinstance(self.shared[name], Data):
            self.shared[name].absent = False
        return self.shared[name]

    def instance(self, of: Class) -> Instance:
        if id(of) not in self.instances:
            self.instances[id(of)] = Instance(of)
            start = of.find("__init__")
            if isinstance(start, Function):
                self.call(start)
        return self.instances[id(of)]

    def through_layer(self, out: Spec, upstream: Spec) -> None:
        """A forward and a backward function, tied by ``sum(out * dout)``."""
        inside = [f for f in self.functions if self.only in ("", getattr(f.owner, "name", ""), f.name)]
        back = [f for f in self.functions if self.only in ("", getattr(f.owner, "name", ""))] or [
            f for f in self.functions if f.name == self.only.replace("forward", "backward")
        ]
        forward = next((f for f in inside if gives(f.node, out) and "forward" in f.name), None) or next(
            (f for f in inside if gives(f.node, out)), next((f for f in inside if "forward" in f.name), None)
        )
        backward = next((f for f in back if upstream.root in parameters(f) and f is not forward), None)
        if forward is None or backward is None:
            return
        self.layer = frozenset({forward.name, backward.name, "__init__"})
        self.inside: dict[str, Any] = {}
        self.look_into = forward
        result = self.call(forward)
        value = self.inside.get(out.root)
        if not isinstance(value, Array):
            value = result[0] if isinstance(result, tuple) and result else result
        value = self.as_array(value)
        if not isinstance(value, Array):
            self.unread = [Event(value, self.statement, {}, 0)] if isinstance(value, Unknown) else ()
            return
        seed = np.random.RandomState(self.supply.seed + 99).randn(*value.shape)
        last = upstream.root in backward.defaults or not loads(backward.node, upstream.root)
        dout = self.leaf(np.ones(value.shape) if last else seed, "upstream")
        product = self.binary("Mult", value, dout)
        total = self.apply("sum", np.sum, (product,), {})
        names = [name for name in parameters(backward) if name != "self"]
        given: dict[str, Any] = {upstream.root: dout}
        several = isinstance(result, tuple)
        total = self.with_more_outputs(total, result if several else (), names, given)
        if isinstance(total, Array):
            self.loss_is(total.node)
        left = [part for part in result[1:] if not any(part is known for known in self.outputs)] if several else []
        for name in names:
            if name in given:
                continue
            if name in self.inside and name not in self.shared:
                given[name] = self.inside[name]
            elif left:
                given[name] = left.pop(0)
        self.call(backward, **given)

    def with_more_outputs(self, total: Any, result: Sequence[Any], names: Sequence[str], given: dict[str, Any]) -> Any:
        """The loss with all outputs of a layer whose gradients come from above: ``dnext_c`` beside ``dnext_h``."""
        self.outputs: list[Array] = []
        for number, name in enumerate(n for n in names if n not in given):
            for of in wanted(name, None):
                value = self.inside.get(of)
                if isinstance(value, Array) and any(value is part for part in result):
                    random = np.random.RandomState(self.supply.seed + 100 + number)
                    given[name] = self.leaf(random.randn(*value.shape), "upstream")
                    self.outputs.append(value)
                    product = self.binary("Mult", value, given[name])
                    total = self.binary("Add", total, self.apply("sum", np.sum, (product,), {}))
        return total

    def changed(self, statement: ast.stmt, frame: Frame) -> None:
        if self.layer and frame.function not in self.layer:
            self.done_statements += 1
        else:
            super().changed(statement, frame)

    def loss_is(self, node: Node) -> None:
        self.losses.append(Event(node, self.statement, dict(self.roots), self.done_statements))

    def returned(self, function: Function, frame: Any, value: Any) -> None:
        if getattr(self, "look_into", None) is function:
            self.inside = dict(frame.names)
        if not self.layer or function.name in self.layer:
            super().returned(function, frame, value)

    def bind_arguments(self, function: Function, args: Any, keywords: Any, frame: Any) -> None:
        super().bind_arguments(function, args, keywords, frame)
        for number in range(len(self.pairs)):
            inside = not self.layer or function.name in self.layer
            if inside and not self.pairs[number].of.function and self.pairs[number].of.root in frame.names:
                self.parameter(number, frame)
        frame.given = dict(frame.names)

    def moved_on(self, number: int) -> bool:
        events = self.claims[number]
        return (
            len({id(event.roots.get(number)) for event in events}) >= self.rounds
            or len(events) > 400
            or number not in self.roots
        )

    def results(self, number: int) -> list[Found]:
        """Every pass in which a claim was made, the first first."""
        found: dict[int, Found] = {}
        for event in self.claims[number]:
            root = event.roots.get(number)
            if root is not None and (loss := self.loss_beside(event, number)) is not None:
                found[id(root)] = Found(loss.node, root, event.node, event.statement, max(event.number, loss.number))
        several = list(found.values())
        if len(several) > 1 and self.stopped:
            several.pop()  # it may not have come to its end
        passes = [f for f in several[:PASSES] if isinstance(f.loss, Unknown) or self.depends(f.loss, f.by)]
        if passes:
            return sorted(passes, key=lambda f: any(isinstance(n, Node) and n.doubt for n in (f.loss, f.claimed)))
        single = self.result(number)
        return [single] if single is not None else []


def parameters(function: Function) -> list[str]:
    return [a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args, *function.node.args.kwonlyargs)]


def stays(default: Any, name: str) -> bool:
    """Whether a default is what the argument is: of a coefficient of 0 nothing would be seen."""
    value = default.value if isinstance(default, Array) and np.ndim(default.value) == 0 else default
    if isinstance(value, int | float | np.generic) and not isinstance(value, bool):
        return bool(value) or (type(value) is int and likely(name)[0] != "scalar")
    return isinstance(value, str | bool | dict | list | tuple)


def loads(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id == name for n in ast.walk(node))


def defined_in(node: ast.AST) -> Iterator[str]:
    """The names of the functions that a function defines."""
    return (n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node)


def called_in(node: ast.AST) -> set[str]:
    """The names of what is called in a function."""
    found = set()
    for inside in ast.walk(node):
        if isinstance(inside, ast.Call):
            found.add(inside.func.id if isinstance(inside.func, ast.Name) else getattr(inside.func, "attr", ""))
    return found


def gives(node: ast.AST, spec: Spec) -> bool:
    """Whether a function gives what is asked for a value."""
    for inside in ast.walk(node):
        stored = isinstance(inside, ast.Name | ast.Attribute | ast.Subscript) and isinstance(inside.ctx, ast.Store)
        name = isinstance(inside, ast.Name) and inside.id == spec.root and spec.root != "self"
        if stored and (name or ast.unparse(inside) == spec.text):
            return True
    return False
