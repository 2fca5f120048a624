"""What a script defines, and what it imports."""

from __future__ import annotations

import ast
from typing import Any

from matdiff.errors import ParseError
from matdiff.python import library
from matdiff.python.names import Names
from matdiff.python.packages import PACKAGES, SILENT
from matdiff.python.source import parsed
from matdiff.python.values import (
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Module,
    Named,
)

Value = Any


class Definitions(Names):
    """Defines functions and classes."""

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


def id_of(owner: Instance, machine: Definitions) -> int:
    """A number of an object that is the same in every run."""
    machine.data += 1
    return machine.data
