"""A script as statements one after another: loops as one round, functions at their calls, entries as names."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matdiff.checking.scripts.entries import Entries, holder_of
from matdiff.checking.scripts.statements import assigned_below, called, names_in, root_name, targets
from matdiff.errors import Place, UnsupportedError

RETURNED = "grads"
"""The dictionary that a function returns, where it has no name."""

LONGEST = 5_000
"""More statements than this are not read."""


@dataclass(frozen=True, eq=False)
class Line:
    """One statement of the pass."""

    node: ast.stmt
    number: int
    """The line of the script."""
    loops: tuple[ast.stmt, ...] = ()
    """The loops around it, the outermost first."""
    block: bool = False
    """A compound statement that is not gone into: it gives some names a value, nobody says which."""


@dataclass
class _Body:
    """Statements still to come, with the loops around them and what a ``return`` of theirs assigns."""

    statements: Iterator[ast.stmt]
    loops: tuple[ast.stmt, ...]
    returns: ast.Assign | None = None
    function: str = ""
    """The function whose body it is."""


class Flat:
    """The statements of one pass."""

    def __init__(self, source: str, tree: ast.Module, wanted: set[str], by_call: bool) -> None:
        self.source, self.wanted, self.by_call = source, wanted, by_call
        self.functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and not node.decorator_list
        }
        self.entries = Entries(
            {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
            | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        )
        self.parameters: dict[str, ast.expr | None] = {}
        """The parameters of the functions gone into by their definition, with their defaults."""
        self.kept: list[ast.stmt] = []
        """The imports, and the functions that are left to the reader."""
        self.inside: set[str] = set()
        self.lists: dict[str, ast.List | ast.Tuple] = {}
        """The lists and tuples that have a name."""
        self.top = tree.body
        self.renamed: dict[str, str] = {}
        """Names that functions have in the pass, with those that the script gives them."""
        self.covering = self.functions_with_most()
        self.called_somewhere = {called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        self.lines = list(self.flat(tree.body))

    def flat(self, body: Sequence[ast.stmt]) -> Iterator[Line]:
        stack = [_Body(iter(body), ())]
        count = 0
        while stack:
            statement = next(stack[-1].statements, None)
            if statement is None:
                stack.pop()
                continue
            count += 1
            if count > LONGEST:
                raise UnsupportedError(f"the script has more than {LONGEST} statements in one pass")
            here = stack[-1]
            if isinstance(statement, ast.Return) and here.returns is not None and statement.value is not None:
                statement = _assigning(here.returns, statement.value)
                if statement is None:
                    continue
            call = self.entered(statement, {body.function for body in stack})
            if call is not None:
                name, inside, returns = call
                self.inside.add(name)
                stack.append(_Body(iter(inside), here.loops, returns, name))
            else:
                yield from self.statement(statement, stack)

    def statement(self, statement: ast.stmt, stack: list[_Body]) -> Iterator[Line]:
        loops = stack[-1].loops
        match statement:
            case ast.For() if (rounds := self.unrolled(statement)) is not None:
                stack.append(_Body(iter(rounds), loops))
            case ast.For() | ast.While() if self.holds_pass(statement):
                stack.append(_Body(iter(statement.body), (*loops, statement)))
            case ast.With():
                stack.append(_Body(iter(statement.body), loops))
            case ast.If() if is_main(statement):
                stack.append(_Body(iter(statement.body), loops))
            case ast.For() | ast.While() | ast.If() | ast.Try() | ast.Match():
                plain = self.entries.visit(statement)
                yield Line(plain, statement.lineno, loops, block=True)
            case ast.FunctionDef() if self.goes_into(statement):
                self.parameters |= {} if statement.name == "__init__" else parameters(statement)
                stack.append(_Body(iter(statement.body), loops))
            case ast.ClassDef():
                stack.append(_Body(iter(statement.body), loops))
            case ast.Return() if statement.value is not None:
                for node in ast.walk(statement.value):
                    if isinstance(node, ast.Dict):
                        returned = ast.Assign([ast.Name(RETURNED, ast.Store())], node)
                        for plain in self.plain(ast.copy_location(returned, statement)):
                            yield Line(plain, statement.lineno, loops)
            case ast.FunctionDef() | ast.Import() | ast.ImportFrom():
                self.kept.append(statement)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr():
                plain = list(self.plain(self.with_tuples(statement)))
                for name in targets(statement):
                    self.lists.pop(name, None)
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.List | ast.Tuple):
                    self.lists |= {t.id: statement.value for t in statement.targets if isinstance(t, ast.Name)}
                yield from (Line(one, statement.lineno, loops) for one in plain)

    def with_tuples(self, statement: ast.stmt) -> ast.stmt:
        """The statement with tuples that have a name written out where they are arguments: ``np.zeros(shape)``."""
        tuples = {name: value for name, value in self.lists.items() if isinstance(value, ast.Tuple)}
        if not any(isinstance(n, ast.Call) and tuples.keys() & set(names_in(n)) for n in ast.walk(statement)):
            return statement
        found = copy.deepcopy(statement)
        for call in (node for node in ast.walk(found) if isinstance(node, ast.Call)):
            arguments: list[ast.expr] = []
            for argument in call.args:
                if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
                    named = tuples.get(argument.value.id)
                    arguments += copy.deepcopy(named.elts) if named is not None else [argument]
                else:
                    arguments.append(written_out(argument, tuples))
            call.args = arguments
            for keyword in call.keywords:
                keyword.value = written_out(keyword.value, tuples)
        return ast.fix_missing_locations(found)

    def unrolled(self, loop: ast.For) -> list[ast.stmt] | None:
        """The rounds of a loop over a list of names that changes them: ``for p, dp in zip([w, b], [dw, db])``."""
        names = [loop.target] if isinstance(loop.target, ast.Name) else getattr(loop.target, "elts", [])
        rows = self.rows(loop.iter)
        simple = all(isinstance(s, ast.AugAssign | ast.Expr) for s in loop.body) and not loop.orelse
        if rows is None or not simple or not all(isinstance(name, ast.Name) for name in names):
            return None
        if not rows or any(len(row) != len(names) for row in rows):
            return None
        return [
            exchanged_names(statement, dict(zip([name.id for name in names], row, strict=True)))
            for row in rows
            for statement in loop.body
        ]

    def rows(self, iterable: ast.expr) -> list[list[ast.expr]] | None:
        """The elements of a list that is written out, of one that has a name, of several zipped together."""
        if called(iterable) == "zip" and isinstance(iterable, ast.Call):
            columns = [self.rows(part) for part in iterable.args]
            if any(column is None for column in columns):
                return None
            return [[e for part in row for e in part] for row in zip(*(c for c in columns if c), strict=False)]
        if isinstance(iterable, ast.Name):
            iterable = self.lists.get(iterable.id, iterable)
        if not isinstance(iterable, ast.List | ast.Tuple):
            return None
        return [e.elts if isinstance(e, ast.Tuple | ast.List) else [e] for e in iterable.elts]

    def holds_pass(self, statement: ast.stmt) -> bool:
        """Whether the loss or a gradient is given a value inside, there or in a function called there."""
        inside = assigned_below(statement) | self.entry_names(statement)
        for function in self.called_below(statement):
            inside |= assigned_below(function) | self.entry_names(function)
        return bool(self.wanted & inside)

    def functions_with_most(self) -> list[ast.FunctionDef]:
        """The function that gives the loss and all gradients their values; else each that gives some."""
        own = {
            function: self.wanted & (assigned_below(function) | self.entry_names(function))
            for function in self.functions.values()
        }
        whole = [function for function, names in own.items() if names == self.wanted]
        return whole[:1] or [function for function, names in own.items() if names]

    def entry_names(self, statement: ast.stmt) -> set[str]:
        """The entries that are assigned below a statement, as the caller may write them."""
        found = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(ast.unparse(node))
        return found

    def called_below(self, root: ast.AST) -> list[ast.FunctionDef]:
        """The functions of the script that are called below, there or in one another."""
        found: dict[str, ast.FunctionDef] = {}
        stack = [root]
        while stack:
            for node in ast.walk(stack.pop()):
                name = called(node) if isinstance(node, ast.Call) else ""
                if name in self.functions and name not in found:
                    found[name] = self.functions[name]
                    stack.append(found[name])
        return list(found.values())

    def goes_into(self, function: ast.FunctionDef) -> bool:
        """Whether the pass is the body of this function: nobody calls it, or it cannot be found by calls."""
        if function.name in self.inside or function.name == "__init__":
            return function.name == "__init__"
        if self.by_call:
            return self.holds_pass(function) and function.name not in self.called_somewhere
        return function in self.covering

    # calls

    def entered(self, statement: ast.stmt, active: set[str]) -> tuple[str, list[ast.stmt], ast.Assign | None] | None:
        """The function that a statement calls, where it is gone into: its body over the arguments, and the result."""
        call = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
        if not isinstance(call, ast.Call):
            return None
        method = root_name(call.func) == "self" and isinstance(call.func, ast.Attribute)
        function = self.functions.get(called(call)) if method or isinstance(call.func, ast.Name) else None
        if function is None or function.name in active or not self.must_enter(function):
            return None
        names = parameters(function)
        given = {name: value for name, value in names.items() if value is not None}
        given |= dict(zip(names, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if set(given) != set(names) or len(call.args) > len(names) or not _returns_last(function):
            return None
        function = self.with_own_names(function, given, active)
        bound: list[ast.stmt] = []
        for name, value in zip(parameters(function), (given[name] for name in names), strict=True):
            if not (isinstance(value, ast.Name) and value.id == name):
                node = ast.Assign([ast.Name(name, ast.Store())], value)
                bound.append(ast.fix_missing_locations(ast.copy_location(node, statement)))
        return function.name, [*bound, *function.body], statement if isinstance(statement, ast.Assign) else None

    def with_own_names(
        self, function: ast.FunctionDef, given: Mapping[str, ast.expr], active: set[str]
    ) -> ast.FunctionDef:
        """The function with other names for what would overwrite those of its callers, or of an earlier call."""
        callers = [self.functions[name].body for name in active if name in self.functions] + [self.top]
        taken = {n for body in callers for statement in body for n in self.names_of_caller(statement)}
        own = {name for statement in function.body for name in assigned_below(statement)} | given.keys()
        kept = {name for name, value in given.items() if isinstance(value, ast.Name) and value.id == name}
        clash = (own if function.name in self.inside else own & taken) - kept - self.wanted
        found = copy.deepcopy(function)
        new = {name: self.entries.free(f"{name}_{function.name}") for name in sorted(clash)}
        self.renamed |= {other: name for name, other in new.items()}
        for node in ast.walk(found):
            if isinstance(node, ast.Name) and node.id in new:
                node.id = new[node.id]
            elif isinstance(node, ast.arg) and node.arg in new:
                node.arg = new[node.arg]
        return found

    @staticmethod
    def names_of_caller(statement: ast.stmt) -> set[str]:
        """The names of a statement, but for those inside of functions and classes."""
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            return set()
        return set(names_in(statement))

    def must_enter(self, function: ast.FunctionDef) -> bool:
        """Whether a function gives wanted names a value, or works with dictionaries, which the reader does not know."""
        if self.holds_pass(function):
            return True
        return any(
            isinstance(node, ast.Dict)
            or (
                isinstance(node, ast.Subscript)
                and isinstance(node.slice, ast.Constant)
                and type(node.slice.value) is str
            )
            for node in ast.walk(function)
        )

    # entries

    def plain(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """A statement with names for entries; a dictionary becomes one assignment for each entry."""
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            (target,), value = statement.targets, statement.value
            holder = holder_of(target)
            if holder and isinstance(value, ast.Dict):
                for key, item in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        name = ast.Name(self.entries.name(holder, key.value), ast.Store())
                        item = self.entries.visit(item)
                        yield ast.fix_missing_locations(ast.copy_location(ast.Assign([name], item), statement))
                return
            if holder and isinstance(value, ast.Name) and self.entries.keys(value.id):
                self.entries.holders[holder] = self.entries.holders.get(value.id, value.id)
                return
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and can_split(target.elts, value.elts):
                for part, item in zip(target.elts, value.elts, strict=True):
                    yield from self.plain(ast.copy_location(ast.Assign([part], item), statement))
                return
        yield self.entries.visit(statement)


def written_out(argument: ast.expr, tuples: Mapping[str, ast.Tuple]) -> ast.expr:
    """A tuple for its name."""
    is_tuple = isinstance(argument, ast.Name) and argument.id in tuples
    return copy.deepcopy(tuples[argument.id]) if is_tuple and isinstance(argument, ast.Name) else argument


def can_split(left: Sequence[ast.expr], values: Sequence[ast.expr]) -> bool:
    """Whether ``a, b = x, y`` is ``a = x; b = y``."""
    if len(left) != len(values) or not all(holder_of(target) or is_entry(target) for target in left):
        return False
    names = [target.id if isinstance(target, ast.Name) else "" for target in left]
    return not any(name in names_in(value) for k, value in enumerate(values) for name in names[:k] if name)


def is_entry(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)


def exchanged_names(statement: ast.stmt, new: dict[str, ast.expr]) -> ast.stmt:
    """The statement with expressions for some of its names."""
    found = copy.deepcopy(statement)
    for node in ast.walk(found):
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.Name) and value.id in new:
                setattr(node, field, in_context(new[value.id], value))
            elif isinstance(value, list):
                items = [in_context(new[v.id], v) if isinstance(v, ast.Name) and v.id in new else v for v in value]
                setattr(node, field, items)
    return found


def in_context(new: ast.expr, old: ast.Name) -> ast.expr:
    """An expression that stands where a name stood, looked at or given a value."""
    found = copy.deepcopy(new)
    if isinstance(found, ast.Name | ast.Subscript | ast.Attribute):
        found.ctx = old.ctx
    return ast.copy_location(found, old)


def parameters(function: ast.FunctionDef) -> dict[str, ast.expr | None]:
    """The parameters of a function, but for ``self``, each with its default."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults]
    found = dict(zip((argument.arg for argument in plain), defaults, strict=True))
    found |= {a.arg: value for a, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    return {name: value for name, value in found.items() if name != "self"}


def line_place(source: str, number: int) -> Place:
    """The statement that begins in a line."""
    lines = source.split("\n")
    text = lines[number - 1]
    start = sum(len(line) + 1 for line in lines[: number - 1]) + len(text) - len(text.lstrip())
    return Place(source, start, start + max(1, len(text.strip())))


def is_main(statement: ast.If) -> bool:
    """``if __name__ == "__main__":``."""
    return "__name__" in names_in(statement.test)


def _returns_last(function: ast.FunctionDef) -> bool:
    """Whether the only ``return`` is the last statement, but for those where an argument is None."""
    guarded = {
        id(node)
        for test in ast.walk(function)
        if isinstance(test, ast.If) and isinstance(test.test, ast.Compare) and isinstance(test.test.ops[0], ast.Is)
        for node in ast.walk(test)
    }
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return) and id(node) not in guarded]
    return not returns or (len(returns) == 1 and function.body[-1] is returns[0])


def _assigning(call: ast.Assign, value: ast.expr) -> ast.stmt | None:
    """What a call assigns when its function returns this; None for names that stay what they are."""
    (target,) = call.targets[:1]
    if isinstance(target, ast.Name) and isinstance(value, ast.Name) and target.id == value.id:
        return None
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        both = [
            (one, item)
            for one, item in zip(target.elts, value.elts, strict=True)
            if not (isinstance(one, ast.Name) and isinstance(item, ast.Name) and one.id == item.id)
            and not (isinstance(one, ast.Name) and one.id == "_")
        ]
        if not both:
            return None
        target, value = ast.Tuple([a for a, _ in both], ast.Store()), ast.Tuple([b for _, b in both], ast.Load())
    return ast.fix_missing_locations(ast.copy_location(ast.Assign([target], value), call))
