"""Statements of NumPy code to those of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matdiff.errors import DeclarationError, MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.reader.names import KINDS
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import as_array
from matdiff.reader.numpy.arrays import RANKS, Array, Span
from matdiff.reader.numpy.expressions import Expressions, parameter_name, span
from matdiff.reader.numpy.indices import entry_of
from matdiff.reader.numpy.names_used import MODULE_NAMES, data, is_name, name_of, names_in, nearest
from matdiff.reader.numpy.scope import Scope, check_name
from matdiff.reader.numpy.signatures import MODULES
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

    def __init__(self, source: str, tree: Any, declared: Mapping[str, str]) -> None:
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
        self.trees = tree.children

    def program(self) -> list[Statement]:
        self.run(self.trees, self.top)
        if self.last is not None and isinstance(self.last[0], Function):
            self.publish(*self.main_function(self.last[0], self.last[1]))
        if self.last is not None:
            self.objective(*self.last)
        return self.scope.finish()

    def main_function(self, last: Function, at: Span) -> tuple[Function, Span]:
        """Of functions that end the source the last one that no other function uses."""
        trees = [tree for tree in self.trees if data(tree) == "function"]
        used = {id(tree): {str(name) for name in tree.scan_values(is_name)} for tree in trees}
        for tree in reversed(trees):
            name = str(tree.children[0])
            function = self.top.names.get(name)
            if isinstance(function, Function) and not any(
                name in used[id(other)] for other in trees if other is not tree
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

    def run(self, statements: Sequence[Any], frame: Frame) -> Value | None:
        """The value that is returned, if any is."""
        for number, tree in enumerate(statements):
            result = getattr(self, f"do_{tree.data}")(tree, frame)
            if tree.data == "return" and frame is self.top:
                raise self.fail(ParseError, "return stands only in a def", tree, frame)
            if tree.data == "return" or (tree.data == "with_block" and result is not None):
                if number + 1 < len(statements):
                    raise self.fail(
                        UnsupportedError, "nothing after a return is ever run", statements[number + 1], frame
                    )
                return result if isinstance(result, Array | Many | Table | Labels | Function | Random) else NONE
        return None

    def fail(self, kind: type[MatdiffError], message: str, tree: Any, frame: Frame) -> MatdiffError:
        return self.algebra.fail(kind, message, self.algebra.at if frame.library else span(tree))

    def do_expression_statement(self, tree: Any, frame: Frame) -> None:
        expression = tree.children[0]
        if data(expression) == "text" or self.says_nothing(expression, frame):
            return
        value = self.evaluate(expression, frame)
        if frame is self.top and value != NONE:
            self.last = (value, span(expression))

    def says_nothing(self, expression: Any, frame: Frame) -> bool:
        """Whether a statement only shows or checks something: ``print(loss)``, ``plt.show()``."""
        path = self.called_path(expression, frame)
        return path == "print" or path.startswith(SILENT)

    def called_path(self, expression: Any, frame: Frame) -> str:
        """What a call of a module's function calls: ``numpy.errstate``."""
        head, path = expression, []
        while data(head) in ("call", "attribute"):
            path += [str(head.children[1])] if data(head) == "attribute" else []
            head = head.children[0]
        if data(expression) != "call" or not is_name(head):
            return ""
        value = self.scope.read(str(head), frame)
        return ".".join([value.path if isinstance(value, Module) else str(head), *reversed(path)])

    def do_with_block(self, tree: Any, frame: Frame) -> Value | None:
        """``with np.errstate(...):`` says nothing of the values inside."""
        if self.called_path(tree.children[0], frame) not in SETTINGS or self.withs == MAX_WITHS:
            raise self.fail(UnsupportedError, f"with is read of {', '.join(SETTINGS)} only, and not deep", tree, frame)
        self.withs += 1
        result = self.run(tree.children[-1].children, frame)
        self.withs -= 1
        return result

    def do_main(self, tree: Any, frame: Frame) -> None:
        """``if __name__ == "__main__":`` holds when a file is run."""
        if self.in_main or frame is not self.top:
            raise self.fail(UnsupportedError, "this stands once, at the margin", tree, frame)
        self.in_main = True
        self.run(tree.children[-1].children, frame)
        self.in_main = False

    def do_skipped(self, tree: Any, frame: Frame) -> None:
        """``pass`` and ``assert`` say nothing of the value."""

    def do_return(self, tree: Any, frame: Frame) -> Value:
        return self.evaluate(tree.children[0], frame) if tree.children else NONE

    def do_assignment(self, tree: Any, frame: Frame) -> None:
        *targets, expression = tree.children
        value = self.scope.stored(self.evaluate(expression, frame))
        for target in targets:
            self.assign(target, value, frame, span(expression))

    def assign(self, target: Any, value: Value, frame: Frame, at: Span) -> None:
        stack: list[tuple[Any, Value]] = [(target, value)]
        while stack:
            item, part = stack.pop()
            kind = data(item)
            if is_name(item):
                self.assign_name(item, part, frame, at)
            elif kind == "group":
                stack.append((item.children[0], part))
            elif kind in ("tuple", "list"):
                if not isinstance(part, Many) or len(part.items) != len(item.children):
                    count = f"{len(part.items)} values" if isinstance(part, Many) else "one value"
                    raise self.fail(ParseError, f"{len(item.children)} names stand here for {count}", item, frame)
                stack.extend(reversed(list(zip(item.children, part.items, strict=True))))
            elif kind == "subscript":
                self.assign_entries(item, "=", Argument(part, at), frame)
            elif kind == "attribute":
                raise self.fail(
                    UnsupportedError, "attributes are not assigned to: give the array a name of its own", item, frame
                )
            else:
                raise self.fail(ParseError, "the left side of = must be a name (write == to compare)", item, frame)

    def assign_name(self, token: Any, value: Value, frame: Frame, at: Span) -> None:
        name = str(token)
        if not frame.library:
            self.algebra.at = span(token)
        check_name(self.algebra, name)
        if name in MODULE_NAMES and name not in self.scope.declared and isinstance(frame.names.get(name), Module):
            raise self.algebra.fail(UnsupportedError, f"{name} is a module here: choose another name")
        if isinstance(value, Random):
            self.assign_random(token, value, frame)
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
            value = self.scope.define(name, value, span(token))
            self.last = None
        self.scope.bind(frame, name, value)

    def assign_random(self, token: Any, value: Random, frame: Frame) -> None:
        """Random data stands for any data: the name is a variable of the model."""
        name = str(token)
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

    def do_augmented(self, tree: Any, frame: Frame) -> None:
        target, sign, expression = tree.children
        if data(target) == "subscript":
            given = Argument(self.evaluate(expression, frame), span(expression))
            self.assign_entries(target, str(sign)[:-1], given, frame)
            return
        value = self.array(expression, frame)
        if not is_name(target):
            raise self.fail(ParseError, "the left side must be a name", target, frame)
        old = self.array(target, frame)
        if not frame.library:
            self.algebra.at = span(tree)
        self.assign_name(target, self.updated(str(target), str(sign)[:-1], old, value), frame, span(tree))

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

    def assign_entries(self, target: Any, sign: str, given: Argument, frame: Frame) -> None:
        """A new value for some entries: ``h[h < 0] = 0``, ``probs[np.arange(n), y] -= 1``, ``grads["W"] = dW``."""
        algebra = self.algebra
        base, *index = target.children
        owner = self.evaluate(base, frame)
        found = [self.evaluate(item, frame) for item in index]
        algebra.at = algebra.at if frame.library else span(target)
        if isinstance(owner, Table):
            self.assign_entry(owner, sign, found[0], given)
            return
        if not is_name(base):
            raise self.fail(UnsupportedError, "entries are assigned only of an array that has a name", target, frame)
        old, value = as_array(algebra, Argument(owner, span(base))), as_array(algebra, given)
        self.check_in_place(old, str(base))
        self.check_entries(old, sign, value, str(base))
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

    def do_declaration(self, tree: Any, frame: Frame) -> None:
        names, annotation, *value = tree.children
        tokens = names.children if data(names) == "tuple" else [names]
        for token in tokens:
            if not is_name(token):
                raise self.fail(ParseError, "a declaration begins with a name, as in X: matrix(n, d)", token, frame)
        self.declare(tokens, annotation, frame)
        if value:
            self.assign(names, self.evaluate(value[0], frame), frame, span(value[0]))

    def declare(self, tokens: Sequence[Any], annotation: Any, frame: Frame) -> None:
        """``X: matrix(n, d)`` declares; other annotations say nothing."""
        head, *sizes = annotation.children if data(annotation) == "call" else [annotation]
        kind = "scalar" if name_of(head) == "float" else name_of(head)
        if kind not in KINDS:
            close = nearest(kind, KINDS)
            if sizes or (close and kind not in ("int", "Matrix", "Vector")):
                hint = f"did you mean {close}?" if close else f"the kinds are {', '.join(KINDS)}"
                raise self.fail(DeclarationError, f"{kind or 'this'} is not a kind; {hint}", annotation, frame)
        if kind not in KINDS or not frame.published:
            return
        if kind == "scalar" and any(str(token) in self.scope.declared for token in tokens):
            return
        nodes = []
        for size in sizes:
            a = self.array(size, frame)
            self.algebra.at = span(size)
            nodes.append(self.algebra.size(a))
        for token in tokens:
            self.algebra.at = span(token)
            check_name(self.algebra, str(token))
        self.scope.declare([Node("name", str(token), (), *span(token)) for token in tokens], kind, nodes or None)

    def do_import(self, tree: Any, frame: Frame) -> None:
        for module in tree.children:
            dotted, *alias = module.children
            path = ".".join(dotted.children)
            frame.names[str(alias[0] if alias else dotted.children[0])] = Module(
                path if alias else str(dotted.children[0])
            )

    def do_from_import(self, tree: Any, frame: Frame) -> None:
        dotted, *names = tree.children
        path = ".".join(dotted.children)
        for item in names:
            if not hasattr(item, "children"):
                self.import_all(path, frame)
                continue
            name, *alias = item.children
            inside = f"{path}.{name}"
            value = Member(MODULES[path] + name) if path in MODULES and inside not in MODULES else Module(inside)
            frame.names[str(alias[0] if alias else name)] = value

    def import_all(self, path: str, frame: Frame) -> None:
        """``from numpy import *``: NumPy's sum, max and min come before Python's."""
        if path in MODULES:
            frame.names.update(
                {name: Member(MODULES[path] + name) for name in ("sum", "max", "min", "abs") if not MODULES[path]}
            )

    # functions

    def do_function(self, tree: Any, frame: Frame) -> None:
        name = tree.children[0]
        self.algebra.at = span(name) if not frame.library else self.algebra.at
        check_name(self.algebra, str(name))
        function = self.function_of(tree, frame)
        frame.names[str(name)] = function
        if frame is self.top:
            self.last = (function, span(tree))

    def publish(self, function: Function, at: Span) -> None:
        """A function that ends the source is the model: its parameters are variables."""
        frame = Frame(parent=function.frame, variables=frozenset(parameter_name(p) for p in function.parameters))
        for parameter in function.parameters:
            self.parameter(parameter, function.defaults.get(parameter_name(parameter)), frame)
        self.last = None
        result = self.run_body(function, frame)
        if result is None or result == NONE:
            raise self.algebra.fail(UnsupportedError, f"{function.name} returns no value", at)
        self.last = (of_several(result), self.algebra.at)

    def parameter(self, tree: Any, default: Value | None, frame: Frame) -> None:
        """A parameter of the model: a variable, declared by its annotation or as a scalar by its default."""
        name, (token, *rest) = parameter_name(tree), tree.children
        self.algebra.at = span(token)
        check_name(self.algebra, name)
        self.scope.inputs.add(name)
        for child in rest:
            if child.data == "annotation":
                self.declare([token], child.children[0], frame)
        known = name in self.scope.declared or name in self.scope.dims
        if isinstance(default, Array) and default.rank == 0 and not known:
            self.scope.declare([Node("name", name, (), *span(token))], "scalar", None)

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
            self.scope.bind(frame, parameter_name(parameter), argument.value)
        known = {parameter_name(parameter) for parameter in function.parameters}
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
            if parameter_name(parameter) not in frame.names:
                if parameter_name(parameter) not in function.defaults:
                    raise algebra.fail(ParseError, f"{name} needs its argument {parameter_name(parameter)}", at)
                self.scope.bind(frame, parameter_name(parameter), function.defaults[parameter_name(parameter)])
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
