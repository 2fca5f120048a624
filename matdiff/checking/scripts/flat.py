"""A script as statements one after another: loops as one round, functions at their calls, entries as names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from matdiff.checking.scripts.statements import SIMPLE, assigned_below, called, names_in, targets
from matdiff.errors import Place, UnsupportedError

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
class Entries(ast.NodeTransformer):
    """Entries of dictionaries and attributes of ``self`` as names: ``grads['W1']``, ``self.W1``."""

    taken: set[str]
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    """Dictionaries that are the same one under another name."""

    @property
    def entries(self) -> dict[str, tuple[str, str]]:
        """For each name the dictionary and the key it stands for."""
        return {name: told for told, name in self.names.items()}

    def name(self, holder: str, key: str) -> str:
        holder = self.holders.get(holder, holder)
        if (holder, key) not in self.names:
            last = holder.rpartition(".")[2]
            name = key if holder == "self" and key not in self.taken else f"{last}_{key}"
            while name in self.taken or not name.isidentifier():
                name = f"{''.join(c if c.isalnum() else '_' for c in name)}_"
            self.taken.add(name)
            self.names[holder, key] = name
        return self.names[holder, key]

    def keys(self, holder: str) -> list[str]:
        holder = self.holders.get(holder, holder)
        return [key for known, key in self.names if known == holder]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        holder, key = _holder(node.value), node.slice
        if holder and isinstance(key, ast.Constant) and isinstance(key.value, str):
            return ast.copy_location(ast.Name(self.name(holder, key.value), node.ctx), node)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        else:
            self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return ast.copy_location(ast.Name(self.name("self", node.attr), node.ctx), node)
        self.generic_visit(node)
        return node


def _holder(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    inside = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return ast.unparse(node) if inside else ""


@dataclass
class _Body:
    """Statements still to come, with the loops around them and what a ``return`` of theirs assigns."""

    statements: Iterator[ast.stmt]
    loops: tuple[ast.stmt, ...]
    returns: ast.Assign | None = None
    number: int | None = None


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
        self.filled: set[str] = set()
        """Names that a loop outside of the pass fills."""
        self.kept: list[ast.stmt] = []
        """The imports, and the functions that are left to the reader."""
        self.inside: set[str] = set()
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
            call = self.entered(statement)
            if call is not None:
                function, bound, returns = call
                self.inside.add(function.name)
                stack.append(_Body(iter([*bound, *function.body]), here.loops, returns))
            else:
                yield from self.statement(statement, stack)

    def statement(self, statement: ast.stmt, stack: list[_Body]) -> Iterator[Line]:
        loops = stack[-1].loops
        match statement:
            case ast.For() | ast.While() if self.holds_pass(statement):
                stack.append(_Body(iter(statement.body), (*loops, statement)))
            case ast.With():
                stack.append(_Body(iter(statement.body), loops))
            case ast.If() if is_main(statement):
                stack.append(_Body(iter(statement.body), loops))
            case ast.For() | ast.While() | ast.If() | ast.Try() | ast.Match():
                plain = self.entries.visit(statement)
                self.filled |= assigned_below(plain) if isinstance(statement, ast.For | ast.While) else set()
                yield Line(plain, statement.lineno, loops, block=True)
            case ast.FunctionDef() if self.goes_into(statement):
                self.parameters |= parameters(statement)
                stack.append(_Body(iter(statement.body), loops))
            case ast.ClassDef():
                stack.append(_Body(iter(statement.body), loops))
            case ast.FunctionDef() | ast.Import() | ast.ImportFrom():
                self.kept.append(statement)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr():
                for plain in self.plain(statement):
                    yield Line(plain, statement.lineno, loops)

    def holds_pass(self, statement: ast.stmt) -> bool:
        """Whether the loss or a gradient is given a value inside, there or in a function called there."""
        inside = assigned_below(statement) | self.entry_names(statement)
        for function in self.called_below(statement):
            inside |= assigned_below(function) | self.entry_names(function)
        return bool(self.wanted & inside)

    def functions_with_most(self) -> list[ast.FunctionDef]:
        """The functions that give the loss and the gradients their values: one that does all, else each that does some."""
        own = {function: self.wanted & (assigned_below(function) | self.entry_names(function)) for function in self.functions.values()}
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

    def entered(self, statement: ast.stmt) -> tuple[ast.FunctionDef, list[ast.stmt], ast.Assign | None] | None:
        """The function that a statement calls, where it is gone into: what its parameters become, and its result."""
        if not isinstance(statement, ast.Assign | ast.Expr):
            return None
        call = statement.value
        if not isinstance(call, ast.Call):
            return None
        method = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self"
        if not method and not isinstance(call.func, ast.Name):
            return None
        function = self.functions.get(called(call))
        if function is None or function.name in self.inside or not self.must_enter(function):
            return None
        names = parameters(function)
        given = {name: value for name, value in names.items() if value is not None}
        given |= dict(zip(names, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if set(given) != set(names) or len(call.args) > len(names) or not _returns_last(function):
            return None
        bound: list[ast.stmt] = []
        for name, value in given.items():
            if isinstance(value, ast.Name) and value.id == name:
                continue
            node = ast.Assign([ast.Name(name, ast.Store())], value)
            bound.append(ast.fix_missing_locations(ast.copy_location(node, statement)))
        return function, bound, statement if isinstance(statement, ast.Assign) else None

    def must_enter(self, function: ast.FunctionDef) -> bool:
        """Whether a function gives wanted names a value, or works with dictionaries, which the reader does not know."""
        if self.holds_pass(function):
            return True
        return any(
            isinstance(node, ast.Dict)
            or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is str)
            for node in ast.walk(function)
        )

    # entries

    def plain(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """A statement with names for entries; a dictionary becomes one assignment for each entry."""
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            (target,), value = statement.targets, statement.value
            holder = _holder(target)
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
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                for one, item in zip(target.elts, value.elts, strict=True):
                    if isinstance(item, ast.Name | ast.Dict) and _holder(one):
                        yield from self.plain(ast.copy_location(ast.Assign([one], item), statement))
                if all(isinstance(item, ast.Name | ast.Dict) and _holder(one) for one, item in zip(target.elts, value.elts)):
                    return
        yield self.entries.visit(statement)

    def refuse(self, number: int, message: str) -> UnsupportedError:
        return UnsupportedError(message, line_place(self.source, number))


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
