"""Statements of NumPy code to those of a model."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, ShapeError, UnsupportedError
from matdiff.reader.names import KINDS
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import as_array
from matdiff.reader.numpy.arrays import RANKS, Array, Span
from matdiff.reader.numpy.expressions import SIGNS, Expressions
from matdiff.reader.numpy.indices import entry_of
from matdiff.reader.numpy.mistakes import not_read
from matdiff.reader.numpy.names_used import MODULE_NAMES, name_of, names_in, names_of, nearest
from matdiff.reader.numpy.scope import Scope, check_name
from matdiff.reader.numpy.signatures import MODULES
from matdiff.reader.numpy.tree import span
from matdiff.reader.numpy.values import (
    NONE,
    Argument,
    Frame,
    Function,
    Labels,
    Many,
    Member,
    Module,
    Random,
    Range,
    Table,
    Text,
    Value,
)
from matdiff.reader.numpy.where import check_everywhere, chosen
from matdiff.reader.syntax import Node, Objective, Statement, postorder

SILENT = ("matplotlib.", "logging.", "warnings.", "numpy.testing.")
"""The modules whose functions only show or check something."""

SETTINGS = ("numpy.errstate", "numpy.printoptions", "warnings.catch_warnings")
MAX_WITHS = 10

MAX_CALLS_DEEP = 40
MAX_STEPS = 80_000
"""The most signs, names and numbers that are read inside calls of functions."""


class Reader(Expressions):
    """Reads the statements of one source, in order."""

    def __init__(self, source: str, tree: ast.Module, declared: Mapping[str, str]) -> None:
        names = names_in(tree)
        functions = frozenset(name for name, kind in declared.items() if kind == "function")
        algebra = Algebra(source, functions, "pi" in {*declared, *names.assigned})
        super().__init__(source, Scope(algebra, declared, names.assigned, names.dims, names.tables))
        self.top = Frame({name: Module(path) for name, path in MODULE_NAMES.items() if name not in declared})
        self.last: tuple[Value, Span] | None = None
        """The value of the last statement, where that is no definition."""
        self.in_main = False
        self.withs = 0
        self.depth = 0
        self.steps = 0
        self.trees = tree.body

    def program(self) -> list[Statement]:
        self.run(self.trees, self.top)
        if self.last is not None and isinstance(self.last[0], Function):
            self.publish(*self.main_function(self.last[0], self.last[1]))
        if self.last is not None:
            self.objective(*self.last)
        return self.scope.finish()

    def main_function(self, last: Function, at: Span) -> tuple[Function, Span]:
        """Of functions that end the source the last one that no other function uses."""
        trees = [tree for tree in self.trees if isinstance(tree, ast.FunctionDef)]
        used = {id(tree): {name_of(item) for item in ast.walk(tree)} for tree in trees}
        for tree in reversed(trees):
            function = self.top.names.get(tree.name)
            if isinstance(function, Function) and not any(
                tree.name in used[id(other)] for other in trees if other is not tree
            ):
                return (function, span(tree)) if last.name != "lambda" else (last, at)
        return last, at

    def objective(self, value: Value, at: Span) -> None:
        self.algebra.at = at
        if isinstance(value, Many):
            raise self.algebra.fail(UnsupportedError, "these are several values: end with the one that is meant")
        if value != NONE:
            a = self.algebra.settled(as_array(self.algebra, Argument(value, at)))
            self.scope.statements.append(Objective(self.algebra.upright(a)))

    # statements

    def run(self, statements: Sequence[ast.AST], frame: Frame) -> Value | None:
        """The value that is returned, if any is."""
        for number, tree in enumerate(statements):
            do = getattr(self, f"do_{type(tree).__name__}", self.do_other)
            result = do(tree, frame)
            returns = isinstance(tree, ast.Return)
            if returns and frame is self.top:
                raise self.fail(ParseError, "return stands only in a def", tree, frame)
            if returns or (isinstance(tree, ast.With) and result is not None):
                if number + 1 < len(statements):
                    raise self.fail(
                        UnsupportedError, "nothing after a return is ever run", statements[number + 1], frame
                    )
                return result if isinstance(result, Array | Many | Table | Labels | Function | Random) else NONE
        return None

    def fail(self, kind: type[MatdiffError], message: str, tree: ast.AST, frame: Frame) -> MatdiffError:
        return self.algebra.fail(kind, message, self.algebra.at if frame.library else span(tree))

    def do_other(self, tree: ast.AST, frame: Frame) -> None:
        """Statements that Python has and this notation has not."""
        start, end = span(tree)
        word = (re.match(r"\w+", self.source[start:end]) or [""])[0]
        raise not_read(word, Place(self.source, start, start + len(word)))

    def do_Expr(self, tree: ast.Expr, frame: Frame) -> None:
        expression = tree.value
        is_text = isinstance(expression, ast.Constant) and isinstance(expression.value, str)
        if is_text or self.says_nothing(expression, frame):
            return
        value = self.evaluate(expression, frame)
        if frame is self.top and value != NONE:
            self.last = (value, span(expression))

    def says_nothing(self, expression: ast.expr, frame: Frame) -> bool:
        """Whether a statement only shows or checks something: ``print(loss)``, ``plt.show()``."""
        path = self.called_path(expression, frame)
        return path == "print" or path.startswith(SILENT)

    def called_path(self, expression: ast.expr, frame: Frame) -> str:
        """What a call of a module's function calls: ``numpy.errstate``."""
        head: ast.expr = expression
        path: list[str] = []
        while isinstance(head, ast.Call | ast.Attribute):
            path += [head.attr] if isinstance(head, ast.Attribute) else []
            head = head.func if isinstance(head, ast.Call) else head.value
        if not isinstance(expression, ast.Call) or not isinstance(head, ast.Name):
            return ""
        value = self.scope.read(head.id, frame)
        return ".".join([value.path if isinstance(value, Module) else head.id, *reversed(path)])

    def do_With(self, tree: ast.With, frame: Frame) -> Value | None:
        """``with np.errstate(...):`` says nothing of the values inside."""
        known = all(self.called_path(item.context_expr, frame) in SETTINGS for item in tree.items)
        if not known or self.withs == MAX_WITHS:
            raise self.fail(UnsupportedError, f"with is read of {', '.join(SETTINGS)} only, and not deep", tree, frame)
        self.withs += 1
        result = self.run(tree.body, frame)
        self.withs -= 1
        return result

    def do_If(self, tree: ast.If, frame: Frame) -> None:
        """``if __name__ == "__main__":`` holds when a file is run."""
        if ast.unparse(tree.test) != "__name__ == '__main__'" or tree.orelse:
            self.do_other(tree, frame)
        if self.in_main or frame is not self.top:
            raise self.fail(UnsupportedError, "this stands once, at the margin", tree, frame)
        self.in_main = True
        self.run(tree.body, frame)
        self.in_main = False

    def do_Pass(self, tree: ast.AST, frame: Frame) -> None:
        """``pass`` and ``assert`` say nothing of the value."""

    do_Assert = do_Pass

    def do_Return(self, tree: ast.Return, frame: Frame) -> Value:
        return NONE if tree.value is None else self.evaluate(tree.value, frame)

    def do_Assign(self, tree: ast.Assign, frame: Frame) -> None:
        value = self.scope.stored(self.evaluate(tree.value, frame))
        for target in tree.targets:
            self.assign(target, value, frame, span(tree.value))

    def assign(self, target: ast.expr, value: Value, frame: Frame, at: Span) -> None:
        stack: list[tuple[ast.expr, Value]] = [(target, value)]
        while stack:
            item, part = stack.pop()
            match item:
                case ast.Name():
                    self.assign_name(item, part, frame, at)
                case ast.Tuple(elts=items) | ast.List(elts=items):
                    if not isinstance(part, Many) or len(part.items) != len(items):
                        count = f"{len(part.items)} values" if isinstance(part, Many) else "one value"
                        raise self.fail(ParseError, f"{len(items)} names stand here for {count}", item, frame)
                    stack.extend(reversed(list(zip(items, part.items, strict=True))))
                case ast.Subscript():
                    self.assign_entries(item, "=", Argument(part, at), frame)
                case ast.Attribute():
                    raise self.fail(
                        UnsupportedError,
                        "attributes are not assigned to: give the array a name of its own",
                        item,
                        frame,
                    )
                case _:
                    raise self.fail(ParseError, "the left side of = must be a name (write == to compare)", item, frame)

    def assign_name(self, target: ast.Name, value: Value, frame: Frame, at: Span) -> None:
        name = target.id
        if not frame.library:
            self.algebra.at = span(target)
        check_name(self.algebra, name)
        if name in MODULE_NAMES and name not in self.scope.declared and isinstance(frame.names.get(name), Module):
            raise self.algebra.fail(UnsupportedError, f"{name} is a module here: choose another name")
        if isinstance(value, Random):
            self.assign_random(name, value, frame)
            return
        if isinstance(value, Text):
            raise self.algebra.fail(
                UnsupportedError, "only numbers, arrays and functions are assigned to a name here", at
            )
        if not frame.published or name == "_" or isinstance(value, Table | Range):
            self.scope.bind(frame, name, value)
            return
        self.last = (value, at)
        self.scope.undefined.add(name)
        is_itself = isinstance(value, Array) and (value.node.kind, value.node.value) == ("name", name)
        if isinstance(value, Array) and value.shift is None and not is_size(value) and not is_itself:
            value = self.scope.define(name, value, span(target))
            self.last = None
        self.scope.bind(frame, name, value)

    def assign_random(self, name: str, value: Random, frame: Frame) -> None:
        """Random data stands for any data: the name is a variable of the model."""
        if not frame.published or name in self.scope.inputs or name in frame.names:
            raise self.algebra.fail(
                UnsupportedError, "random data is a variable: assign it to a name of its own, at the top"
            )
        declared = self.scope.declared.get(name)
        if declared is None and value.integers:
            raise self.algebra.fail(
                UnsupportedError, f"random integers are not read: declare them, as in {name}: labels(n, k)"
            )
        if declared is None:
            self.declare_random(name, value.sizes, frame)
        elif (rank := RANKS.get(declared, 1)) != len(value.sizes):
            raise self.algebra.fail(
                ShapeError, f"{name} is declared as a {declared}, which is {rank}-D, not {len(value.sizes)}-D"
            )
        self.last = None

    def declare_random(self, name: str, sizes: tuple[Node, ...], frame: Frame) -> None:
        """A variable of sizes that are told; those such as ``X.shape[0]`` are checked where it is used."""
        plain = all(node.kind != "call" for size in sizes for node in postorder(size))
        kind = ("scalar", "vector", "matrix")[len(sizes)]
        self.scope.declare([self.algebra.node("name", name)], kind, list(sizes) if plain else None)
        a = self.scope.variable(name)
        if not plain and isinstance(a, Array):
            for check, size in zip(("#rows", "#cols"), sizes, strict=False):
                a = replace(a, node=self.algebra.checked(check, a.node, size))
            self.scope.bind(frame, name, a)

    def do_AugAssign(self, tree: ast.AugAssign, frame: Frame) -> None:
        target = tree.target
        if type(tree.op) not in SIGNS:
            raise self.fail(UnsupportedError, "this sign is not read: write h = h + …", tree, frame)
        sign = SIGNS[type(tree.op)]
        if isinstance(target, ast.Subscript):
            given = Argument(self.evaluate(tree.value, frame), span(tree.value))
            self.assign_entries(target, sign, given, frame)
            return
        value = self.array(tree.value, frame)
        if not isinstance(target, ast.Name):
            raise self.fail(ParseError, "the left side must be a name", target, frame)
        old = self.array(target, frame)
        if not frame.library:
            self.algebra.at = span(tree)
        self.assign_name(target, self.updated(target.id, sign, old, value), frame, span(tree))

    def updated(self, name: str, sign: str, old: Array, value: Array) -> Array:
        """``old sign= value``, in place: the array keeps its axes and their lengths."""
        self.check_in_place(old, name)
        self.check_entries(old, sign, value, name)
        new = self.signed(sign, old, value)
        if old.rank and new.rank != old.rank:
            raise self.algebra.fail(
                ShapeError,
                f"{sign}= keeps {name} {old.words}, but the result is {new.words}: write {name} = {name} {sign} …",
            )
        if old.rank == 2 and value.rank and old.shift is None and value.shift is None:
            new = replace(new, node=self.algebra.checked("#like", new.node, old.node))
        return new

    def check_in_place(self, a: Array, name: str) -> None:
        if self.scope.is_shared(a):
            raise self.algebra.fail(
                UnsupportedError,
                f"another name stands for the same array as {name}, and would change with it:"
                f" write {name} = {name} + …, or copy the array with .copy()",
            )

    def check_entries(self, old: Array, sign: str, value: Array, name: str) -> None:
        """An array of integers does not take other numbers, and one of True and False takes only those."""
        if old.rank and (old.mask or (old.integers and (sign == "/" or not value.holds_integers))):
            kept = "True and False" if old.mask else "integers"
            raise self.algebra.fail(
                UnsupportedError, f"{name} holds {kept} in NumPy, and keeps nothing else: write .astype(float)"
            )

    def assign_entries(self, target: ast.Subscript, sign: str, given: Argument, frame: Frame) -> None:
        """A new value for some entries: ``h[h < 0] = 0``, ``probs[np.arange(n), y] -= 1``, ``grads["W"] = dW``."""
        algebra, base = self.algebra, target.value
        owner = self.evaluate(base, frame)
        index = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        found = [self.evaluate(item, frame) for item in index]
        algebra.at = algebra.at if frame.library else span(target)
        if isinstance(owner, Table):
            self.assign_entry(owner, sign, found[0], given)
            return
        if not isinstance(base, ast.Name):
            raise self.fail(UnsupportedError, "entries are assigned only of an array that has a name", target, frame)
        old, value = as_array(algebra, Argument(owner, span(base))), as_array(algebra, given)
        self.check_in_place(old, base.id)
        self.check_entries(old, sign, value, base.id)
        match found:
            case [Array(mask=True) as mask] if value.rank == 0 and mask.rank == old.rank:
                new = chosen(algebra, mask, value if sign == "=" else self.signed(sign, old, value), old)
            case [Range(stop), Labels(node, column=False)] if (
                value.rank < 2 and old.rank == 2 and sign in ("+", "-", "=")
            ):
                new = self.assigned_at_labels(algebra.of_rows(old, stop), sign, value, Array(node, 2))
            case _:
                raise algebra.fail(
                    UnsupportedError,
                    "single entries are not assigned: there are only h[h < 0] = 0 with a mask, and with y declared"
                    " as labels probs[np.arange(n), y] -= 1",
                )
        self.assign_name(base, replace(new, integers=old.integers), frame, span(target))

    def assigned_at_labels(self, old: Array, sign: str, value: Array, labels: Array) -> Array:
        """One entry of each row anew, that at its label."""
        algebra = self.algebra
        entries = algebra.binary(".*", algebra.stood(value, 1) if value.rank else value, labels)
        if sign != "=":
            return algebra.binary(sign, old, entries)
        if algebra.is_made_by(replace(old, node=old.node.children[0]), "zeros"):
            return entries
        check_everywhere(algebra, algebra.settled(old))
        kept = algebra.binary(".*", old, algebra.binary("-", algebra.number(1), labels))
        return kept if value.literal == 0 else algebra.binary("+", kept, entries)

    def assign_entry(self, table: Table, sign: str, key: Value, given: Argument) -> None:
        """``grads["W"] = dW`` and ``grads["W"] += reg * W``."""
        if not isinstance(key, Text):
            raise self.algebra.fail(UnsupportedError, "the keys of a dictionary are strings here")
        value = given.value
        if sign != "=":
            old = as_array(self.algebra, Argument(entry_of(self.algebra, table, key), self.algebra.at))
            value = self.updated(repr(key.value), sign, old, as_array(self.algebra, given))
        self.put(table, key.value, value)

    # declarations and imports

    def do_AnnAssign(self, tree: ast.AnnAssign, frame: Frame) -> None:
        names = names_of(tree)
        if not names or (tree.value is not None and len(names) > 1):
            raise self.fail(ParseError, "a declaration begins with a name, as in X: matrix(n, d)", tree.target, frame)
        self.declare(names, tree.annotation, frame)
        if tree.value is not None:
            self.assign(tree.target, self.evaluate(tree.value, frame), frame, span(tree.value))

    def declare(self, names: Sequence[tuple[str, Span]], annotation: ast.expr, frame: Frame) -> None:
        """``X: matrix(n, d)`` declares; other annotations say nothing."""
        head, sizes = (annotation.func, annotation.args) if isinstance(annotation, ast.Call) else (annotation, [])
        kind = "scalar" if name_of(head) == "float" else name_of(head)
        if kind not in KINDS:
            close = nearest(kind, KINDS)
            if sizes or (close and kind not in ("int", "Matrix", "Vector")):
                hint = f"did you mean {close}?" if close else f"the kinds are {', '.join(KINDS)}"
                raise self.fail(DeclarationError, f"{kind or 'this'} is not a kind; {hint}", annotation, frame)
        if kind not in KINDS or not frame.published:
            return
        if kind == "scalar" and any(name in self.scope.declared for name, _ in names):
            return
        nodes = []
        for size in sizes:
            a = self.array(size, frame)
            self.algebra.at = span(size)
            nodes.append(self.algebra.size(a))
        for name, at in names:
            self.algebra.at = at
            check_name(self.algebra, name)
        self.scope.declare([Node("name", name, (), *at) for name, at in names], kind, nodes or None)

    def do_Import(self, tree: ast.Import, frame: Frame) -> None:
        for module in tree.names:
            first = module.name.partition(".")[0]
            frame.names[module.asname or first] = Module(module.name if module.asname else first)

    def do_ImportFrom(self, tree: ast.ImportFrom, frame: Frame) -> None:
        path = tree.module or "."
        for item in tree.names:
            if item.name == "*":
                self.import_all(path, frame)
                continue
            inside = f"{path}.{item.name}"
            is_member = path in MODULES and inside not in MODULES
            frame.names[item.asname or item.name] = Member(MODULES[path] + item.name) if is_member else Module(inside)

    def import_all(self, path: str, frame: Frame) -> None:
        """``from numpy import *``: NumPy's sum, max and min come before Python's."""
        if path in MODULES:
            frame.names.update(
                {name: Member(MODULES[path] + name) for name in ("sum", "max", "min", "abs") if not MODULES[path]}
            )

    # functions

    def do_FunctionDef(self, tree: ast.FunctionDef, frame: Frame) -> None:
        if tree.decorator_list:
            at = self.source.rfind("@", 0, span(tree.decorator_list[0])[0])
            raise self.algebra.fail(UnsupportedError, "decorators are not read: write the def alone", (at, at + 1))
        if not frame.library:
            start = span(tree)[0] + len("def")
            self.algebra.at = (start := self.source.index(tree.name, start), start + len(tree.name))
        check_name(self.algebra, tree.name)
        function = self.function_of(tree, frame)
        frame.names[tree.name] = function
        if frame is self.top:
            self.last = (function, span(tree))

    def publish(self, function: Function, at: Span) -> None:
        """A function that ends the source is the model: its parameters are variables."""
        frame = Frame(parent=function.frame, variables=frozenset(p.arg for p in function.parameters))
        for parameter in function.parameters:
            self.parameter(parameter, function.defaults.get(parameter.arg), frame)
        self.last = None
        result = self.run_body(function, frame)
        if result is None or result == NONE:
            raise self.algebra.fail(UnsupportedError, f"{function.name} returns no value", at)
        self.last = (of_several(result), self.algebra.at)

    def parameter(self, tree: ast.arg, default: Value | None, frame: Frame) -> None:
        """A parameter of the model: a variable, declared by its annotation or as a scalar by its default."""
        name = tree.arg
        at = (span(tree)[0], span(tree)[0] + len(name))
        self.algebra.at = at
        check_name(self.algebra, name)
        self.scope.inputs.add(name)
        if tree.annotation is not None:
            self.declare([(name, at)], tree.annotation, frame)
        known = name in self.scope.declared or name in self.scope.dims
        if isinstance(default, Array) and default.rank == 0 and not known:
            self.scope.declare([Node("name", name, (), *at)], "scalar", None)

    def run_body(self, function: Function, frame: Frame) -> Value | None:
        if function.name == "lambda":
            return self.evaluate(function.body[0], frame)
        return self.run(function.body, frame)

    def invoke(self, function: Function, name: str, positional: list[Argument], keywords: dict[str, Argument]) -> Value:
        """A call of a function of the source: its body over the arguments."""
        algebra, at = self.algebra, self.algebra.at
        if self.depth == MAX_CALLS_DEEP:
            raise algebra.fail(
                UnsupportedError, f"functions call each other more than {MAX_CALLS_DEEP} deep; recursion is not read"
            )
        frame = Frame(parent=function.frame, published=False, library=function.frame.library)
        for parameter, argument in zip(function.parameters, positional, strict=False):
            self.scope.bind(frame, parameter.arg, argument.value)
        known = {parameter.arg for parameter in function.parameters}
        if len(positional) > len(known):
            raise algebra.fail(
                ParseError, f"{name} takes {len(known)} arguments, not {len(positional)}", positional[-1].at
            )
        for keyword, argument in keywords.items():
            if keyword not in known or keyword in frame.names:
                why = (
                    "is given twice"
                    if keyword in known
                    else f"is no parameter; {name} takes {', '.join(sorted(known))}"
                )
                raise algebra.fail(ParseError, f"{keyword}= {why}", argument.at)
            self.scope.bind(frame, keyword, argument.value)
        for parameter in function.parameters:
            if parameter.arg not in frame.names:
                if parameter.arg not in function.defaults:
                    raise algebra.fail(ParseError, f"{name} needs its argument {parameter.arg}", at)
                self.scope.bind(frame, parameter.arg, function.defaults[parameter.arg])
        self.depth += 1
        result = self.run_body(function, frame)
        self.depth -= 1
        self.scope.release(frame)
        algebra.at = at
        if result is None or result == NONE:
            raise algebra.fail(UnsupportedError, f"{name} returns no value")
        return replace(result, storage=0) if isinstance(result, Array) and function.frame.library else result

    def step(self) -> None:
        if self.depth:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise self.algebra.fail(UnsupportedError, "the functions defined here grow too large when written out")


def of_several(value: Value) -> Value:
    """What a function that is the model is about: of ``loss, grad`` the first scalar, else the first array."""
    if not isinstance(value, Many):
        return value
    arrays = [item for item in value.items if isinstance(item, Array)]
    return next((a for a in arrays if a.rank == 0), arrays[0] if arrays else value)


def is_size(a: Array) -> bool:
    """Whether a scalar is a size: it stands for itself wherever its name is used."""
    return a.known is not None and any(node.kind in ("call", "name") for node in postorder(a.known))
