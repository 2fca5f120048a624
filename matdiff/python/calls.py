"""Calls: functions and classes of the script, and those that nobody knows."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matdiff.python import docstrings, library
from matdiff.python.docstrings import Told
from matdiff.python.packages import Packages
from matdiff.python.source import Source
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Method,
    Named,
    Random,
    Unknown,
)

Value = Any


class Calls(Packages):
    """Calls what can be called."""

    source: Source

    def called(self, function: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        match function:
            case Unknown():
                return function
            case Function():
                return self.entered(function, args, keywords)
            case Method(owner, "super", None | Class()):
                return function
            case Method(owner, _, Function() as inside):
                return self.entered(
                    inside,
                    [owner.of if inside.kind == "class" and isinstance(owner, Instance) else owner, *args],
                    keywords,
                )
            case Method(Array() as owner, name):
                return self.array_method(owner, name, args, keywords)
            case Method(Data() as owner, "copy" | "astype"):
                return owner
            case Method(Data() as owner, "to_numpy"):
                return owner
            case Method(Data() as owner, "reshape"):
                return self.shaped(owner, args)
            case Method(Random(), name):
                return self.drawn(name, args, keywords)
            case Method(owner, name):
                return self.plain_method(owner, name, args, keywords)
            case Class():
                return self.made(function, args, keywords)
            case Instance() if isinstance(
                found := function.of.find("__call__") or function.of.find("forward"), Function
            ):
                return self.entered(found, [function, *args], keywords)
            case Named(path):
                return self.known(path, args, keywords)
            case Builtin(name):
                return self.builtin(name, args, keywords)
            case Data(hint=hint):
                return self.well_known(hint, args, keywords)
        return self.foreign("this function", args, keywords)

    def well_known(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function gives whose name says what it is; else as one that nobody knows."""
        if name not in library.KNOWN or not library.takes(name, args, keywords):
            return self.foreign(name, args, keywords)
        self.notes[f"{name} is not in this file; it is taken for what it is called"] = None
        return self.apply(name, library.KNOWN[name], tuple(args), keywords)

    def foreign(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function gives that nobody knows: data, unless it works on what is computed from parameters."""
        if any(self.is_live(item) for item in (*args, *keywords.values())):
            return self.unknown(f"{name} is not read", self.at)
        return self.fresh(name)

    def is_live(self, item: Value) -> bool:
        stack, seen = [item], set[int]()
        while stack:
            part = stack.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            part = part.array if isinstance(part, Data) and part.array is not None else part
            if isinstance(part, Unknown) or (isinstance(part, Array) and part.node.live):
                return True
            if isinstance(part, dict):
                stack += part.values()
            elif isinstance(part, list | tuple):
                stack += part
            elif isinstance(part, Instance):
                stack += part.names.values()
        return False

    def entered(self, function: Function, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function of the script returns."""
        frame = Frame({}, function.frame, function.frame.top or function.frame, function.name, owner=function.owner)
        self.bind_arguments(function, list(args), dict(keywords), frame)
        frame.given = dict(frame.names)
        if self.deep > 150:
            return self.unknown("the calls are nested too deep", self.at)
        at, statement = self.at, self.statement
        self.deep += 6
        try:
            if isinstance(function.node, ast.Lambda):
                value = self.value(function.node.body, frame)
            else:
                generator = function.node in self.generators
                if generator:
                    frame.names["#yielded"] = []
                value = self.run_body(function.node.body, frame)
                value = frame.names["#yielded"] if generator else value
            self.returned(function, frame, value)
        finally:
            self.deep -= 6
            self.at, self.statement = at, statement
        return value

    def bind_arguments(self, function: Function, args: list[Value], keywords: dict[str, Value], frame: Frame) -> None:
        told = function.node.args
        names = [a.arg for a in (*told.posonlyargs, *told.args)]
        for name, value in zip(names, args, strict=False):
            frame.names[name] = value
        if told.vararg is not None:
            frame.names[told.vararg.arg] = tuple(args[len(names) :])
        rest = {}
        everything = [*names, *(a.arg for a in told.kwonlyargs)]
        for name, value in keywords.items():
            if name in everything:
                frame.names[name] = value
            else:
                rest[name] = value
        if told.kwarg is not None:
            frame.names[told.kwarg.arg] = rest
        for name in everything:
            if name not in frame.names:
                default = function.defaults
                frame.names[name] = (
                    default[name]
                    if name in default
                    else self.told_of(function, name, Data(f"{function.name}.{name}", name))
                )

    def told_of(self, function: Function, name: str, data: Data) -> Data:
        """Data that is given for a parameter; what docstrings tell of it holds."""
        if not isinstance(function.node, ast.Lambda):
            data.doc = docstrings.told(ast.get_docstring(function.node) or "").get(name) or self.described_beside(name)
        return data

    def described_beside(self, name: str) -> Told | None:
        """What the docstrings of other functions tell of a parameter of this name, where they agree."""
        having = (node for node in self.source.functions if any(name == a.arg for a in node.args.args))
        found = {docstrings.told(ast.get_docstring(node) or "").get(name) for node in having} - {None}
        told = found.pop() if len(found) == 1 else None
        return None if told is None else replace(told, beside=True)

    def defaults(self, told: ast.arguments, frame: Frame) -> dict[str, Value]:
        names = [a.arg for a in (*told.posonlyargs, *told.args)]
        found = {}
        for name, node in zip(names[len(names) - len(told.defaults) :], told.defaults, strict=True):
            found[name] = self.value(node, frame)
        for arg, default in zip(told.kwonlyargs, told.kw_defaults, strict=True):
            if default is not None:
                found[arg.arg] = self.value(default, frame)
        return found

    def made(self, of: Class, args: list[Value], keywords: dict[str, Value]) -> Value:
        instance = Instance(of)
        found = of.find("__init__")
        if isinstance(found, Function):
            self.entered(found, [instance, *args], keywords)
        else:
            fields = [name for name in of.names if name.startswith("#field ")]
            for name, value in zip(fields, args, strict=False):
                instance.names[name.removeprefix("#field ")] = value
            instance.names |= keywords
        return instance
