"""Expressions of NumPy code to arrays: names, signs, attributes, indices and calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from matdiff.errors import DeclarationError, ParseError, Place, UnsupportedError
from matdiff.reader.math import number_value
from matdiff.reader.names import default_kind
from matdiff.reader.numpy.arrays import Algebra, Array, Span
from matdiff.reader.numpy.calls import as_array, bound
from matdiff.reader.numpy.functions import shape_of, size_of
from matdiff.reader.numpy.library import library
from matdiff.reader.numpy.names import data, is_name, nearest
from matdiff.reader.numpy.scope import CONSTANTS, Scope, check_name
from matdiff.reader.numpy.table import BARE, FUNCTIONS, METHODS, MODULES, REFUSED
from matdiff.reader.numpy.values import (
    NONE,
    Argument,
    Constant,
    Elementwise,
    Frame,
    Function,
    Labels,
    Many,
    Member,
    Method,
    Module,
    Random,
    Range,
    Slice,
    Text,
    Value,
)

_SIGNS = {"*": ".*", "/": "./", "**": ".^"}

_EVALUATED = {
    "attribute": slice(0, 1),
    "keyword": slice(1, 2),
    "binary": slice(0, 3, 2),
    "unary": slice(1, 2),
    "lambda_": slice(0, 0),
}
"""Which children of a tree are expressions; of other trees, all are."""

_LIBRARY_FRAME = Frame({"np": Module("numpy")}, published=False, library=True)


def span(item: Any) -> Span:
    """Where a tree or a token stands."""
    at = getattr(item, "meta", item)
    return at.start_pos, at.end_pos


class Expressions:
    """Evaluates trees bottom-up, without recursion (a call of a function of the source is one level)."""

    def __init__(self, source: str, scope: Scope) -> None:
        self.source = source
        self.scope = scope
        self.algebra: Algebra = scope.algebra

    def evaluate(self, root: Any, frame: Frame) -> Value:
        values: list[Value] = []
        stack: list[tuple[Any, int | None]] = [(root, None)]
        while stack:
            item, count = stack.pop()
            children = getattr(item, "children", None)
            if children is not None and count is None:
                parts = self.evaluated(item)
                stack.append((item, len(parts)))
                stack.extend([(part, None) for part in reversed(parts)])
                continue
            self.step()
            if not frame.library:
                self.algebra.at = span(item)
            if count is None:
                values.append(getattr(self, f"on_{item.type}")(str(item), frame))
            else:
                first = len(values) - count
                values[first:] = [getattr(self, f"on_{item.data}")(item, values[first:], frame)]
        return values[0]

    @staticmethod
    def evaluated(tree: Any) -> Sequence[Any]:
        children: list[Any] = tree.children
        if tree.data == "call":
            return children[1:] if is_name(children[0]) else children
        return children[_EVALUATED.get(tree.data, slice(None))]

    def step(self) -> None:
        """Counts the work that calls of functions make."""
        raise NotImplementedError

    def invoke(self, function: Function, name: str, positional: list[Argument], keywords: dict[str, Argument]) -> Value:
        raise NotImplementedError

    def array(self, tree: Any, frame: Frame) -> Array:
        return as_array(self.algebra, Argument(self.evaluate(tree, frame), span(tree)))

    # leaves

    def on_NUMBER(self, text: str, frame: Frame) -> Value:
        place = Place(self.source, *self.algebra.at)
        return self.algebra.number(number_value(text.replace("_", ""), place))

    def on_NAME(self, name: str, frame: Frame) -> Value:
        if name in CONSTANTS:
            return CONSTANTS[name]
        value = self.scope.read(name, frame)
        if isinstance(value, Member) and not value.bare:
            return self.member(value.name, name)
        if value is not None:
            return value
        check_name(self.algebra, name)
        if name not in self.scope.declared and (name in BARE or name == "int") and not self.is_variable(name):
            return Member(name, bare=True)  # as a type, float; or a function that stands for itself
        return self.scope.variable(name)

    def is_variable(self, name: str) -> bool:
        return default_kind(name) is not None or name in self.scope.assigned

    def on_STRING(self, text: str, frame: Frame) -> Value:
        body = text.lstrip("rbfuRBFU")
        quote = 3 if body[:3] in ('"""', "'''") else 1
        return Text(body[quote:-quote])

    def on_ELLIPSIS(self, text: str, frame: Frame) -> Value:
        return Constant(...)

    def on_COLON(self, text: str, frame: Frame) -> Value:
        return NONE

    # trees

    def on_text(self, tree: Any, values: list[Text], frame: Frame) -> Value:
        return Text("".join(part.value for part in values))

    def on_group(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        value = values[0]
        if isinstance(value, Array) and not frame.library:
            node = value.node
            return replace(value, node=self.algebra.node(node.kind, node.value, *node.children))
        return value

    def on_tuple(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return Many(tuple(values))

    on_list = on_tuple

    def on_slice(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return Slice(whole=all(value == NONE for value in values))

    def on_keyword(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return values[0]

    def on_lambda_(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        names = tree.children[0].children if len(tree.children) == 2 else ()
        return Function("lambda", tuple(names), (tree.children[-1],), frame)

    def on_unary(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        operand = as_array(self.algebra, Argument(values[0], span(tree.children[1])))
        return operand if tree.children[0] == "+" else self.algebra.negated(operand)

    def on_binary(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        left, sign, right = tree.children
        if any(isinstance(value, Random) for value in values) and sign in ("+", "-", "*", "/"):
            return self.scaled_random(values, tree)
        a, b = (
            value if isinstance(value, Array) else as_array(self.algebra, Argument(value, span(item)))
            for value, item in zip(values, (left, right), strict=True)
        )
        return self.signed(str(sign), a, b, chained=data(left) == "binary" and left.children[1].type == "COMPARE")

    def signed(self, sign: str, a: Array, b: Array, chained: bool = False) -> Array:
        algebra = self.algebra
        if sign == "@":
            return algebra.matmul(a, b)
        if sign in ("//", "%"):
            raise algebra.fail(UnsupportedError, f"{sign} has no derivative; it is not read")
        if sign in ("==", "!=", "<", "<=", ">", ">=") and chained:
            raise algebra.fail(UnsupportedError, "a chain of comparisons is no mask: write (a < x) * (x < b)")
        if sign == "!=":
            return algebra.complement(algebra.binary("==", a, b))
        return algebra.binary(_SIGNS.get(sign, sign), a, b)

    def scaled_random(self, values: list[Value], tree: Any) -> Value:
        """Random data scaled and shifted by scalars is random data."""
        for value, item in zip(values, (tree.children[0], tree.children[2]), strict=True):
            if not isinstance(value, Random) and as_array(self.algebra, Argument(value, span(item))).rank:
                raise self.algebra.fail(
                    UnsupportedError, "random data is a variable: assign it to a name of its own first"
                )
        return next(value for value in values if isinstance(value, Random))

    # attributes

    def on_attribute(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        algebra, name, base = self.algebra, str(tree.children[1]), values[0]
        argument = Argument(base, span(tree.children[0]))
        if isinstance(base, Module):
            return self.attribute_of_module(base, name)
        if name == "shape" and isinstance(base, Array | Labels):
            return shape_of(algebra, argument)
        if name == "size" and isinstance(base, Array | Labels):
            return size_of(algebra, argument)
        a = as_array(algebra, argument)
        if name in ("T", "mT"):
            return algebra.transposed(a)
        if name == "ndim":
            return algebra.number(a.rank)
        if name in METHODS:
            return Method(a, name)
        if name in REFUSED:
            raise algebra.fail(UnsupportedError, f".{name} is not read: {REFUSED[name]}")
        close = nearest(name, [*METHODS, "T", "shape", "size"])
        hint = f"did you mean .{close}?" if close else f"what is read: .T .shape .size .{' .'.join(sorted(METHODS))}"
        raise algebra.fail(UnsupportedError, f".{name} of an array is not read; {hint}")

    def attribute_of_module(self, module: Module, name: str) -> Value:
        path = f"{module.path}.{name}"
        if any(known == path or known.startswith(f"{path}.") for known in MODULES):
            return Module(path)
        if module.path not in MODULES:
            return Module(path)
        return self.member(MODULES[module.path] + name, self.shown())

    def member(self, name: str, shown: str) -> Value:
        """A function or constant of NumPy."""
        algebra = self.algebra
        if name in FUNCTIONS or name in library():
            return Member(name)
        if name == "pi":
            return self.pi()
        if name == "e":
            return Array(algebra.call("exp", algebra.number(1).node), 0)
        if name == "newaxis":
            return NONE
        if name in REFUSED:
            raise algebra.fail(UnsupportedError, f"{shown} is not read: {REFUSED[name]}")
        last = name.rpartition(".")[2]
        names = {known.rpartition(".")[2]: known for known in (*library(), *reversed(FUNCTIONS))}
        close = names.get(nearest(last, names) or "")
        hint = f"; did you mean {self.written(close)}?" if close else ""
        raise algebra.fail(UnsupportedError, f"{shown} is not a function that is read{hint}")

    @staticmethod
    def written(name: str) -> str:
        return f"scipy.{name}" if name.startswith("special.") else f"np.{name}"

    def pi(self) -> Array:
        """pi by its name, unless the code calls something else so."""
        algebra = self.algebra
        if "pi" in self.scope.declared or "pi" in self.scope.assigned:
            return Array(algebra.call("arccos", algebra.number(-1).node), 0)
        return Array(algebra.node("name", "pi"), 0)

    def shown(self) -> str:
        return " ".join(self.source[slice(*self.algebra.at)].split())[:40]

    # indices

    def on_subscript(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        base, *index = values
        whole = [value for value in index if value != Slice(whole=True) and value != Constant(...)]
        if isinstance(base, Many) and len(index) == 1 and isinstance(index[0], Array):
            at = index[0].integer
            if at is None or not -len(base.items) <= at < len(base.items):
                raise self.algebra.fail(ParseError, f"there is no such item: the items are 0 to {len(base.items) - 1}")
            return base.items[at]
        a = as_array(self.algebra, Argument(base, span(tree.children[0])))
        if not whole and len(index) <= max(1, a.rank):
            return a
        found = self.indexed(a, index, whole)
        if found is None:
            raise self.algebra.fail(
                UnsupportedError,
                f"this index of {self.algebra.text(a)} is not read: there are x[:, None], x[None, :],"
                " probs[np.arange(n), y] with y declared as labels, and the [0, 0] of a single entry;"
                " for one column write X @ e with a vector e",
            )
        return found

    def indexed(self, a: Array, index: list[Value], parts: list[Value]) -> Array | None:
        """An array under an index that is not ``:`` throughout; None for what is not read."""
        match parts:
            case [Range(), Labels(node)] if len(index) == 2:
                return self.algebra.picked(a, node)
            case [Labels(node)] if len(index) == 1 and a.node.kind == "call" and a.node.value == "eye":
                return Array(node, 2)
            case [Constant(None)] if a.rank == 1 and len(index) <= 2:
                return self.algebra.stood(a, 0 if index[0] == NONE else 1)
            case [Constant(None)] if a.rank == 2:
                raise self.algebra.fail(
                    UnsupportedError, f"{self.algebra.text(a)} is 2-D already; arrays have at most 2 axes here"
                )
            case [Array(), *_] if len(parts) == len(index) == a.rank and all(
                isinstance(part, Array) and part.rank == 0 and part.integer in (0, -1) for part in parts
            ):
                return self.algebra.item(a)
            case [Array(mask=True)]:
                raise self.algebra.fail(
                    UnsupportedError,
                    "how many entries a mask picks is not known: multiply by the mask, as in h * (h > 0)",
                )
        return None

    # calls

    def on_call(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        head, *trees = tree.children
        callee = self.called(head, frame) if is_name(head) else values.pop(0)
        if not frame.library:
            self.algebra.at = span(tree)
        positional: list[Argument] = []
        keywords: dict[str, Argument] = {}
        for item, value in zip(trees, values, strict=True):
            argument = Argument(value, self.algebra.at if frame.library else span(item))
            if data(item) == "keyword":
                name = str(item.children[0])
                if name in keywords:
                    raise self.algebra.fail(ParseError, f"{name}= stands twice", argument.at)
                keywords[name] = argument
            elif keywords:
                raise self.algebra.fail(
                    ParseError, "an argument without a name stands after one with a name", argument.at
                )
            else:
                positional.append(argument)
        shown = " ".join(self.source[slice(*span(head))].split())[:40] if not frame.library else str(head)
        return self.applied(callee, shown, positional, keywords)

    def called(self, head: Any, frame: Frame) -> Value:
        """What a bare name in front of a bracket calls."""
        name = str(head)
        value = self.scope.read(name, frame)
        if isinstance(value, Member) and not value.bare:
            return self.member(value.name, name)
        if value is not None:
            return value
        if self.scope.declared.get(name) == "function":
            return Elementwise(name)
        if name not in self.scope.declared and (name in BARE or name in library()):
            return Member(name, bare=True)
        if not frame.library:
            self.algebra.at = span(head)
        check_name(self.algebra, name)
        if name in REFUSED:
            raise self.algebra.fail(UnsupportedError, f"{name} is not read: {REFUSED[name]}")
        if name in self.scope.declared or self.is_variable(name):
            raise self.algebra.fail(
                ParseError, f"{name} is not a function, and there is no implicit multiplication: write {name} * (…)"
            )
        close = nearest(name, [*BARE, *library(), *self.scope.assigned])
        hint = f"did you mean {close}? Or " if close else ""
        raise self.algebra.fail(
            DeclarationError, f"there is no function {name}: {hint}define it with def, or declare it ({name}: function)"
        )

    def applied(self, callee: Value, shown: str, positional: list[Argument], keywords: dict[str, Argument]) -> Value:
        algebra = self.algebra
        match callee:
            case Function():
                return self.invoke(callee, shown, positional, keywords)
            case Elementwise(name):
                call = bound(algebra, shown, "x", positional, keywords)
                return algebra.unknown(name, call.array("x"))
            case Method(owner, name):
                return self.applied(Member(name), shown, [Argument(owner, algebra.at), *positional], keywords)
            case Member(name, bare):
                entry = (BARE if bare else FUNCTIONS).get(name)
                if entry is not None:
                    return entry.build(bound(algebra, shown, entry.parameters, positional, keywords))
                tree = library()[name]
                return self.invoke(function_of(tree, _LIBRARY_FRAME), shown, positional, keywords)
            case Module(path):
                raise algebra.fail(
                    UnsupportedError, f"{path} is not read: only functions of numpy, scipy.special and math are"
                )
            case Array(rank=rank):
                what = "a scalar" if rank == 0 else "an array"
                raise algebra.fail(ParseError, f"{shown} is {what}, not a function: write {shown} * (…)")
        raise algebra.fail(ParseError, f"{shown} is not a function")


def function_of(tree: Any, frame: Frame) -> Function:
    """A ``def`` as a value."""
    name, *rest = tree.children
    parameters = next((child.children for child in rest if data(child) == "parameters"), ())
    return Function(str(name), tuple(parameters), tuple(rest[-1].children), frame)
