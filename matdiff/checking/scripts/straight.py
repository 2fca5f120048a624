"""A training script as one pass without loops: what the loss and the gradients depend on, line by line.

The script is parsed, never run. Loops are read as one pass through their bodies. What is data or a
parameter (drawn at random, filled by a loop, loaded, updated) becomes a variable, with the sizes its
making tells; a number becomes a size or a scalar.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from matdiff.errors import DeclarationError, ParseError, Place, UnsupportedError

_SHAPED = frozenset(
    {"zeros", "ones", "empty", "full", "random", "rand", "randn", "normal", "standard_normal", "uniform"}
)
_MAKERS = _SHAPED | {"randint", "integers", "load", "loadtxt", "genfromtxt", "linspace", "array", "asarray", "eye"}
_LISTED = frozenset({"rand", "randn"})

GRADIENT = re.compile(r"(?:grad|gradient|delta|del|d|g)_?(?P<after>\w+)|(?P<before>\w+?)_?(?:grad|gradient|delta|bar)")
"""Names that say what they are the gradient by."""


@dataclass
class Straight:
    """A script without loops: its text, every statement in its line, and declarations for its variables."""

    source: str
    where: str
    lines: dict[str, list[int]] = field(default_factory=dict)
    """For each name the lines where it gets a value, in order."""


def straighten(source: str, loss: str, gradients: Iterable[str], parameters: Iterable[str] = ()) -> Straight:
    """One pass of a script, as far as the loss and the gradients need it."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        start = _offset(source, error.lineno or 1, (error.offset or 1) - 1)
        raise ParseError(f"this is not Python: {error.msg}", Place(source, start, start + 1)) from None
    except (RecursionError, MemoryError, ValueError):
        raise ParseError("the script is nested too deeply to be read") from None
    return _Pass(source, tree, loss, list(gradients), list(parameters)).straight()


def _offset(source: str, line: int, column: int) -> int:
    return sum(len(text) + 1 for text in source.split("\n")[: line - 1]) + max(0, column)


class _Pass:
    def __init__(self, source: str, tree: ast.Module, loss: str, gradients: list[str], parameters: list[str]) -> None:
        self.source = source
        self.wanted = {loss, *gradients}
        self.parameters = set(parameters)
        self.filled: set[str] = set()
        """Names that a loop outside of the pass fills."""
        self.statements = list(self.flat(tree.body))
        assigned = {name for statement in self.statements for name in targets(statement)}
        for name in (loss, *gradients):
            if name not in assigned:
                raise DeclarationError(f"the script gives {name} no value")
        self.loss_line = max(s.lineno for s in self.statements if loss in targets(s))
        self.last = max(k for k, s in enumerate(self.statements) if set(targets(s)) & self.wanted)

    def flat(self, body: list[ast.stmt]) -> Iterator[ast.stmt]:
        """The statements of one pass, in order."""
        stack = [iter(body)]
        while stack:
            statement = next(stack[-1], None)
            if statement is None:
                stack.pop()
            elif isinstance(statement, ast.For | ast.While | ast.With | ast.If | ast.Try):
                if self.wanted & set(assigned_below(statement)):
                    stack.append(iter(statement.body))
                else:
                    self.filled.update(assigned_below(statement))
            elif isinstance(statement, ast.FunctionDef) and self.wanted <= set(assigned_below(statement)):
                self.parameters.update(argument.arg for argument in statement.args.args)
                stack.append(iter(statement.body))
            elif not isinstance(statement, ast.Expr | ast.Return | ast.Global | ast.Assert | ast.Pass | ast.Delete):
                yield statement

    def straight(self) -> Straight:
        variables = self.variables()
        kept = self.needed(variables)
        texts: dict[int, str] = {}
        lines: dict[str, list[int]] = {}
        for statement in kept:
            texts[statement.lineno] = self.text(statement, kept)
            for name in targets(statement):
                lines.setdefault(name, []).append(statement.lineno)
        used = {name for statement in kept for name in loads(statement)}
        where = "\n".join(f"{name}: {kind}" for name, kind in variables.items() if name in used | self.parameters)
        out, line = [], 1
        for number, text in sorted(texts.items()):
            out += [""] * (number - line)
            out += text.split("\n")
            line = number + text.count("\n") + 1
        return Straight("\n".join(out) + "\n", where, lines)

    # variables

    def variables(self) -> dict[str, str]:
        """Data and parameters with their kinds, as far as the script tells them."""
        updated = self.updated()
        index = {name for statement in self.statements for name in label_names(statement)}
        sizes: set[str] = set()
        found: dict[str, str] = {}
        numbers: dict[str, ast.Constant] = {}
        for statement in self.statements:
            for name, value in pairs(statement):
                if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                    numbers[name] = value
                    continue
                shape = shape_of(value)
                made = makes_data(value)
                if name in index:
                    found[name] = "labels"
                elif made and (name in updated or name in self.filled or is_random(value) or shape is None):
                    found[name] = kind_of(shape)
                if name in found and shape:
                    sizes.update(n.id for part in shape for n in ast.walk(part) if isinstance(n, ast.Name))
        for name in self.parameters:
            found.setdefault(name, found.get(name, "matrix"))
        for name, value in numbers.items():
            if name in updated:
                continue
            if name in sizes:
                found[name] = "dim"
            elif isinstance(value.value, float):
                found[name] = "scalar"
        return found

    def updated(self) -> set[str]:
        """Names that change after the last gradient: the parameters of the model."""
        return {name for s in self.statements[self.last + 1 :] for name in targets(s)} | self.parameters

    # the slice

    def needed(self, variables: dict[str, str]) -> list[ast.stmt]:
        """The statements the loss and the gradients depend on."""
        needed = set(self.wanted)
        kept: list[ast.stmt] = []
        for statement in reversed(self.statements[: self.last + 1]):
            names = set(targets(statement))
            if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef):
                kept.append(statement)
            elif (names & needed or self.looks_like_gradient(statement)) and not names <= variables.keys():
                if names & variables.keys():
                    self.refuse(statement, "some of these names are data; give each a line of its own")
                kept.append(statement)
                needed.update(loads(statement))
            elif names & needed & variables.keys() and self.is_update(statement):
                self.refuse(statement, "a parameter changes before the gradients are complete")
        return kept[::-1]

    def looks_like_gradient(self, statement: ast.stmt) -> bool:
        """Whether a statement behind the loss gives a value to what is called a gradient."""
        behind = statement.lineno > self.loss_line
        return behind and any(GRADIENT.fullmatch(name) for name in targets(statement))

    def is_update(self, statement: ast.stmt) -> bool:
        return isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name)

    def refuse(self, statement: ast.stmt, why: str) -> None:
        start = _offset(self.source, statement.lineno, statement.col_offset)
        raise UnsupportedError(why, Place(self.source, start, start + 1))

    def text(self, statement: ast.stmt, kept: list[ast.stmt]) -> str:
        """The statement as it is written; a name for an array that is changed in place becomes a copy."""
        text = ast.get_source_segment(self.source, statement) or ""
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            (target,) = statement.targets[:1]
            if isinstance(target, ast.Name) and self.may_copy(statement, target.id, statement.value.id, kept):
                return f"{text}.copy()"
        if isinstance(statement, ast.FunctionDef):
            lines = text.split("\n")
            return "\n".join([lines[0], *(line[statement.col_offset :] for line in lines[1:])])
        return text

    def may_copy(self, statement: ast.Assign, name: str, other: str, kept: list[ast.stmt]) -> bool:
        """Whether the name changes in place later, and nobody looks at the other one after that."""
        after = kept[kept.index(statement) + 1 :]
        changes = [k for k, s in enumerate(after) if name in changed_in_place(s)]
        if not changes:
            return False
        return not any(other in loads(s) or other in changed_in_place(s) for s in after[changes[0] :])


# what a statement does


def pairs(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names a statement assigns, each with its value where it has one of its own."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        if isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
            elif isinstance(target, ast.Tuple | ast.List) and isinstance(statement.value, ast.Tuple | ast.List):
                for part, value in zip(target.elts, statement.value.elts, strict=False):
                    if isinstance(part, ast.Name):
                        yield part.id, value


def targets(statement: ast.stmt) -> list[str]:
    """The names that get a value, in whole or in part."""
    found: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        found = list(statement.targets)
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        found = [statement.target]
    names = []
    while found:
        target = found.pop(0)
        if isinstance(target, ast.Name):
            names.append(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            found += target.elts
        elif isinstance(target, ast.Subscript | ast.Starred | ast.Attribute):
            found.append(target.value)
    return names


def changed_in_place(statement: ast.stmt) -> list[str]:
    """The names whose arrays a statement changes in place."""
    if isinstance(statement, ast.AugAssign):
        return targets(statement)
    if isinstance(statement, ast.Assign):
        return [name for t in statement.targets if isinstance(t, ast.Subscript) for name in _names(t.value)]
    return []


def loads(statement: ast.stmt) -> set[str]:
    """The names a statement looks at; a change in place looks at what it changes."""
    found = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return found | set(changed_in_place(statement))


def _names(expression: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]


def assigned_below(statement: ast.stmt) -> list[str]:
    return [name for node in ast.walk(statement) if isinstance(node, ast.stmt) for name in targets(node)]


def label_names(statement: ast.stmt) -> Iterator[str]:
    """``y`` in ``probs[range(n), y]``."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            first, second = node.slice.elts
            if isinstance(first, ast.Call) and isinstance(second, ast.Name):
                yield second.id


# data


def calls(value: ast.expr) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            function = node.func
            yield function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""), node


def makes_data(value: ast.expr) -> bool:
    """Whether an expression makes an array from nothing (and perhaps scales it)."""
    used = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return any(name in _MAKERS for name, _ in calls(value)) and len(used) < 8


def is_random(value: ast.expr) -> bool:
    return any("random" in ast.unparse(call.func) or "rng" in ast.unparse(call.func) for _, call in calls(value))


def shape_of(value: ast.expr) -> list[ast.expr] | None:
    """The sizes of the array that an expression makes."""
    for name, call in calls(value):
        if name not in _SHAPED:
            continue
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        told = keywords.get("size") or keywords.get("shape")
        if told is None and name in _LISTED:
            return list(call.args)
        if told is None and call.args and name not in ("normal", "uniform"):
            told = call.args[0]
        elif told is None and len(call.args) == 3:
            told = call.args[2]
        if told is not None:
            return list(told.elts) if isinstance(told, ast.Tuple | ast.List) else [told]
    return None


def kind_of(shape: list[ast.expr] | None) -> str:
    """The declaration of an array with these sizes."""
    if shape is None:
        return "matrix"
    texts = [ast.unparse(part).replace(" ", "") for part in shape]
    if not all(all(c.isalnum() or c in "_*" for c in text) for text in texts) or len(texts) > 2:
        return "matrix" if len(texts) == 2 else "vector"
    if len(texts) == 1:
        return f"vector({texts[0]})"
    return f"row({texts[1]})" if texts[0] == "1" else f"matrix({texts[0]}, {texts[1]})"
