"""One pass of a script as a model: every value that a line computes, and what no line can be read as."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from matdiff import expr as E
from matdiff.checking.scripts.flat import Line, line_place
from matdiff.checking.scripts.statements import alias_of, changed_in_place, loads, row_labels, targets
from matdiff.checking.scripts.straight import Straight
from matdiff.errors import MatdiffError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.reader import math
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.numpy import SPELLING
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.grammar import parse
from matdiff.reader.numpy.program import Reader
from matdiff.reader.syntax import Declaration, Definition, Program, Statement
from matdiff.sizes import named

_WORD = re.compile(r"\w+")
_SIZES = re.compile(r"(?<=\().*(?=\))")
_KIND_OF_RANK = ("scalar", "vector", "matrix")


class UnreadData(Exception):
    """A line that makes data cannot be read; the argument is the line."""


@dataclass(frozen=True)
class Value:
    """What a line gives a name."""

    name: str
    line: Line
    expr: Expr


@dataclass
class Text:
    """The lines as the source that the reader of the NumPy notation takes."""

    rows: list[str] = field(default_factory=list)
    lines: list[Line | None] = field(default_factory=list)
    """For each row the line it comes from."""
    numbers: list[int] = field(default_factory=list)

    def add(self, node: ast.stmt, line: Line | None) -> None:
        for row in ast.unparse(at_labels(node)).split("\n"):
            self.rows.append(row)
            self.lines.append(line)
            self.numbers.append(line.number if line else node.lineno)

    @property
    def source(self) -> str:
        return "\n".join(self.rows) + "\n"


class Reading:
    """The values of one pass, for one choice of what the variables are.

    Raises a `MatdiffError` where a line that the loss depends on cannot be read.
    """

    def __init__(
        self, straight: Straight, kinds: Mapping[str, str], loss: str, asked: Iterable[str], told: Sequence[str] = ()
    ) -> None:
        self.straight, self.kinds, self.loss_name = straight, kinds, loss
        self.asked = set(asked)
        self.told = [math.read(text) for text in told if text]
        self.declared = {**dict.fromkeys(straight.dims, "dim")}
        self.declared |= {name: kind.partition("(")[0] for name, kind in kinds.items()}
        for program in self.told:
            for statement in program.statements:
                if isinstance(statement, Declaration):
                    self.declared |= {name.value: str(statement.kind.value) for name in statement.names}
        self.forward = self.slice_of(loss)
        """The lines the loss depends on."""
        self.misfits: dict[Line, str] = {}
        """Lines of gradients whose sizes do not fit, and why."""
        self.unread: dict[Line, MatdiffError] = {}
        self.copied = {
            name
            for line in straight.lines
            if isinstance(line.node, ast.Assign)
            for name in changed_in_place(line.node)
            if list(row_labels(line.node))
        }
        """Names that are arrays under two names, and are changed in place."""
        for line, reason in straight.stale.items():
            self.misfits[line] = reason
        while not self.read():
            pass

    def slice_of(self, name: str) -> set[Line]:
        """The lines that the last value of a name depends on."""
        needed, found = {name}, set[Line]()
        last = max(k for k, line in enumerate(self.straight.lines) if name in targets(line.node))
        for line in reversed(self.straight.lines[: last + 1]):
            names = set(targets(line.node))
            if names & needed:
                found.add(line)
                if not changed_in_place(line.node):
                    needed -= names
                needed |= loads(line.node)
        return found

    # reading

    def read(self) -> bool:
        """Read what is left; False where a line had to be given up, and it is tried again."""
        text = self.text()
        try:
            reader = Reader(text.source, parse(text.source), self.declared)
            program = Program(text.source, reader.program(), SPELLING)
            self.model = Elaborator([*self.told, self.declarations(), program]).model()
        except MatdiffError as error:
            self.give_up(error, text)
            return False
        self.ranks = {name: value.rank for name, value in reader.top.names.items() if isinstance(value, Array)}
        self.values = list(self.found(program.statements, text))
        computed = {value.line for value in self.values}
        self.plain = [line for line in self.good() if line not in computed]
        """Lines that give names to sizes and the like."""
        if not any(value.name == self.loss_name for value in self.values):
            place = line_place(self.straight.source, max(line.number for line in self.forward))
            raise UnsupportedError(f"{self.straight.shown(self.loss_name)} is not computed from arrays here", place)
        return True

    def text(self) -> Text:
        """The source for the reader: imports, functions, and the lines that are read."""
        text = Text()
        good = self.good()
        used = {name for line in good for name in functions_called(line.node)}
        functions = {s.name: s for s in self.straight.kept if isinstance(s, ast.FunctionDef)}
        wanted = set[str]()
        stack = sorted(used & functions.keys())
        while stack:
            name = stack.pop()
            if name not in wanted:
                wanted.add(name)
                stack += sorted(functions_called(functions[name]) & functions.keys())
        self.functions = wanted
        for statement in self.straight.kept:
            if not isinstance(statement, ast.FunctionDef) or statement.name in wanted:
                text.add(statement, None)
        for line, node in self.with_copies(good):
            text.add(node, line)
        return text

    def good(self) -> list[Line]:
        """The lines that can be read: not those given up, nor what depends on them."""
        lost, good = set[str](), list[Line]()
        for line in self.straight.lines:
            names = set(targets(line.node))
            if line in self.misfits or line in self.unread or loads(line.node) & lost:
                lost |= names
            else:
                lost -= names
                good.append(line)
        return good

    def with_copies(self, lines: list[Line]) -> Iterable[tuple[Line, ast.stmt]]:
        """The lines; where an array has two names and is changed in place, the other name is given the new value."""
        if not self.copied:
            yield from ((line, line.node) for line in lines)
            return
        same: dict[str, set[str]] = {}
        for k, line in enumerate(lines):
            node = line.node
            together = alias_of(node)
            changed = [name for name in changed_in_place(node) if name in self.copied and name in same]
            for name in set(targets(node)) - set(changed_in_place(node)):
                for others in same.values():
                    others.discard(name)
                same[name] = {name}
            if together is not None and together[0] in self.copied | same.get(together[1], set()):
                name, other = together
                group = same.setdefault(other, {other}) | {name}
                for member in group:
                    same[member] = group
                yield line, assignment(name, f"{other}.copy()", node)
                continue
            yield line, node
            later = {name for after in lines[k + 1 :] for name in loads(after.node)}
            for name in changed:
                for other in sorted(same[name] - {name}):
                    if other in later:
                        yield line, assignment(other, f"{name}.copy()", node)

    def declarations(self) -> Program:
        told = {name.value for p in self.told for s in p.statements if isinstance(s, Declaration) for name in s.names}
        dims = [f"{name}: dim" for name in self.straight.dims if name not in told]
        return math.read("\n".join([*dims, *(f"{n}: {kind}" for n, kind in self.kinds.items() if n not in told)]))

    def give_up(self, error: MatdiffError, text: Text) -> None:
        """Go on without the line of an error, where the loss does not depend on it; else raise it."""
        number = error.line if error.places and error.places[0].source == text.source else None
        row = min(number, len(text.lines)) - 1 if number else None
        line = text.lines[row] if row is not None else None
        if row is None:
            raise error
        place = line_place(self.straight.source, text.numbers[row])
        if line is None:
            raise error.at(error.reason, place)
        names = set(changed_in_place(line.node))
        if (
            isinstance(error, UnsupportedError)
            and names
            and not names <= self.copied
            and "another name" in error.reason
        ):
            self.copied |= names
        elif line in self.straight.made:
            raise UnreadData(line)
        elif line in self.forward:
            raise error.at(error.reason, place)
        elif isinstance(error, ShapeError):
            self.misfits[line] = error.reason
        elif self.asked & self.lost_with(line):
            raise error.at(error.reason, place)
        else:
            self.unread[line] = error

    def lost_with(self, line: Line) -> set[str]:
        """The names that have no value without a line."""
        lost = set(targets(line.node))
        lines = self.straight.lines
        for after in lines[lines.index(line) + 1 :]:
            lost |= set(targets(after.node)) if loads(after.node) & lost else set()
        return lost

    # values

    def found(self, statements: Sequence[Statement], text: Text) -> Iterable[Value]:
        """The values in order; a second name for a variable is that variable."""
        same: dict[Expr, Expr] = {}
        for statement in statements:
            if not isinstance(statement, Definition):
                continue
            start = statement.name.start
            line = text.lines[text.source.count("\n", 0, start)]
            word = _WORD.match(text.source, start)
            (node,) = E.substitute([self.model.definitions[statement.name.value]], same)
            body = node.args[0]
            if body.op == "variable":
                same[self.model.definitions[statement.name.value]] = body
                node = body
            elif node is not self.model.definitions[statement.name.value]:
                same[self.model.definitions[statement.name.value]] = node
            if line is not None and word is not None:
                yield Value(word[0], line, node)

    def agrees_with_numbers(self) -> bool:
        """Whether the sizes that were found are those that the script makes its arrays with."""
        found: dict[str, int] = {}
        for name, options in self.straight.kinds.items():
            told = _SIZES.search(options[0])
            node = self.model.variables.get(name)
            if told is None or node is None or not all(part in self.straight.dims for part in _WORD.findall(told[0])):
                continue
            numbers = [prod(self.straight.dims[part] for part in _WORD.findall(size)) for size in told[0].split(",")]
            sizes = [node.cols] if options[0].startswith("row") else node.shape[: len(numbers)]
            for size, number in zip(sizes, numbers, strict=True):
                known = found.setdefault(size.name, number) if size.name else size.coefficient
                if known != number and (size.name or not size.powers):
                    return False
        return True

    @property
    def loss(self) -> Expr:
        return self.last(self.loss_name)

    def last(self, name: str) -> Expr:
        return next(value.expr for value in reversed(self.values) if value.name == name)

    def versions(self, name: str) -> list[Value]:
        return [value for value in self.values if value.name == name]

    def before(self, line: Line) -> dict[str, Expr]:
        """What the names stand for before a line."""
        at = {line: k for k, line in enumerate(self.straight.lines)}
        found = dict(self.model.variables)
        found |= {value.name: value.expr for value in self.values if at[value.line] < at[line]}
        return found

    # edited lines

    def edited(self, nodes: Sequence[ast.stmt], before: Mapping[str, Expr]) -> dict[str, Expr] | None:
        """The values of edited statements; None where they cannot be read."""
        used = {name for node in nodes for name in loads(node)}
        text = Text()
        for statement in self.straight.kept:
            if not isinstance(statement, ast.FunctionDef) or statement.name in self.functions:
                text.add(statement, None)
        for line in self.plain:
            if set(targets(line.node)) & used:
                text.add(line.node, None)
        changed = {name for node in nodes for name in changed_in_place(node)}
        for node in nodes:
            together = alias_of(node)
            copied = together is not None and together[0] in changed
            text.add(assignment(together[0], f"{together[1]}.copy()", node) if together and copied else node, None)
        declared = {name: _KIND_OF_RANK[self.ranks[name]] for name in before if name in self.ranks}
        declared |= {name: kind for name, kind in self.declared.items() if name not in declared}
        try:
            reader = Reader(text.source, parse(text.source), declared)
            statements = reader.program()
            elaborator = Elaborator([Program(text.source, [], SPELLING)])
            elaborator.names.scope.update({name: E.dim(named(name)) for name in self.model.dims})
            elaborator.names.scope.update(before)
            found: dict[str, Expr] = {}
            for defined in statements:
                if isinstance(defined, Definition):
                    body = elaborator.build.resolved(elaborator.expression(defined.value))
                    word = _WORD.match(text.source, defined.name.start)
                    elaborator.names.scope[defined.name.value] = body
                    if word is not None:
                        found[word[0]] = body
        except MatdiffError:
            return None
        return found


def functions_called(node: ast.AST) -> set[str]:
    return {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} | {
        argument.id
        for n in ast.walk(node)
        if isinstance(n, ast.Call)
        for argument in n.args
        if isinstance(argument, ast.Name)
    }


def at_labels(node: ast.stmt) -> ast.stmt:
    """``m[range(n), y] = v`` with one-hot rows, as the reader has it."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name) or not list(row_labels(target)):
        return node
    assert isinstance(node, ast.Assign) and isinstance(target.slice, ast.Tuple)
    name, value = target.value.id, ast.unparse(node.value)
    rows = f"np.eye({name}.shape[1])[{ast.unparse(target.slice.elts[1])}]"
    added = "" if value in ("0", "0.0") else f" + {rows} * ({value})"
    if added and not isinstance(node.value, ast.Constant):
        added = f" + {rows} * np.reshape({value}, (-1, 1))"
    return assignment(name, f"{name} * (1 - {rows}){added}", node)


def assignment(name: str, text: str, like: ast.stmt) -> ast.stmt:
    node = ast.parse(f"{name} = {text}").body[0]
    return ast.copy_location(node, like)
