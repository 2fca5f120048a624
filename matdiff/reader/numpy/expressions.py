"""Expressions of NumPy code to arrays: names, signs, attributes, indices and calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from matdiff.errors import DeclarationError, ParseError, Place, UnsupportedError
from matdiff.reader.math import number_value
from matdiff.reader.missing import MISSING
from matdiff.reader.names import default_kind
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import as_array, bound
from matdiff.reader.numpy.arrays import Array, Span
from matdiff.reader.numpy.indices import entry_of, indexed, kept_labels, one_hot
from matdiff.reader.numpy.library import library
from matdiff.reader.numpy.names_used import data, is_name, is_star, nearest
from matdiff.reader.numpy.scope import CONSTANTS, Scope, check_name
from matdiff.reader.numpy.shapes import shape_of, size_of
from matdiff.reader.numpy.signatures import BARE, FUNCTIONS, METHODS, MODULES, OUTER, PYTORCH, REFUSED
from matdiff.reader.numpy.values import (
    INFINITY,
    MINUS_INFINITY,
    NONE,
    Argument,
    Constant,
    Elementwise,
    Frame,
    Function,
    Inputs,
    Labels,
    Many,
    Member,
    Method,
    Module,
    Random,
    Slice,
    Spread,
    Table,
    Text,
    Value,
)

_NUMBER = re.compile(
    r"0[xX](?:_?[\da-fA-F]){1,16}|0[bB](?:_?[01]){1,64}|0[oO](?:_?[0-7]){1,21}"
    r"|(?:0+(?:_?0)*|[1-9](?:_?\d)*)|(?:\d(?:_?\d)*)?\.(?:\d(?:_?\d)*)?(?:[eE][+-]?\d+)?|\d(?:_?\d)*[eE][+-]?\d+"
)
"""What Python takes for a number."""

_SIGNS = {"*": ".*", "/": "./", "**": ".^"}

_EVALUATED = {
    "attribute": slice(0, 1),
    "keyword": slice(1, 2),
    "binary": slice(0, 3, 2),
    "unary": slice(1, 2),
    "spread": slice(1, 2),
}
"""Which children of a tree are expressions; of other trees, all are."""

_LIBRARY_FRAME = Frame({"np": Module("numpy"), "scipy": Module("scipy")}, published=False, library=True)


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
        if tree.data == "lambda_":
            return [default.children[0] for default in defaults_of(parameters_of(tree)).values()]
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
        if not _NUMBER.fullmatch(text):
            raise self.algebra.fail(ParseError, f"{text[:20]} is no number in Python")
        if text[1:2].lower() in ("x", "b", "o"):
            return replace(self.algebra.number(int(text, 0)), integers=True)
        place = Place(self.source, *self.algebra.at)
        value = self.algebra.number(number_value(text.replace("_", ""), place))
        return replace(value, integers=text.replace("_", "").isdigit())

    def on_NAME(self, name: str, frame: Frame) -> Value:
        if name in CONSTANTS:
            return CONSTANTS[name]
        value = self.scope.read(name, frame)
        if isinstance(value, Member) and not value.bare:
            return self.member(value.name, name)
        if value is not None:
            return value
        check_name(self.algebra, name)
        if name not in self.scope.declared and name in BARE and not self.is_variable(name):
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
        return Many(tuple(self.scope.stored(value) for value in values))

    on_list = on_tuple

    def on_entry(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return Many(tuple(values))

    def on_dictionary(self, tree: Any, values: list[Any], frame: Frame) -> Value:
        table = Table({})
        for (key, value), entry in zip((pair.items for pair in values), tree.children, strict=True):
            if not isinstance(key, Text):
                raise self.algebra.fail(UnsupportedError, "the keys of a dictionary are strings here", span(entry))
            self.put(table, key.value, value)
        return table

    def put(self, table: Table, key: str, value: Value) -> None:
        table.entries[key] = self.scope.held(value, table.entries.get(key))

    def on_spread(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        if tree.children[0] != "*" or not isinstance(values[0], Many):
            raise self.algebra.fail(ParseError, "only a tuple is spread, as in np.zeros(*X.shape)")
        return Spread(values[0].items)

    def on_slice(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return Slice(whole=all(value == NONE for value in values))

    def on_keyword(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        return values[0]

    def on_lambda_(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        parameters = parameters_of(tree)
        frame.captured = True
        self.check_parameters(parameters)
        held = map(self.scope.held, values)
        defaults = dict(zip(defaults_of(parameters), held, strict=True))
        return Function("lambda", tuple(parameters), (tree.children[-1],), frame, defaults)

    def function_of(self, tree: Any, frame: Frame) -> Function:
        """A ``def`` as a value."""
        parameters = parameters_of(tree)
        frame.captured = True
        self.check_parameters(parameters)
        defaults = {
            name: self.scope.held(self.evaluate(default.children[0], frame))
            for name, default in defaults_of(parameters).items()
        }
        return Function(str(tree.children[0]), tuple(parameters), tuple(tree.children[-1].children), frame, defaults)

    def check_parameters(self, parameters: Sequence[Any]) -> None:
        seen: set[str] = set()
        for parameter in parameters:
            if parameter_name(parameter) in seen:
                raise self.algebra.fail(
                    ParseError, f"{parameter_name(parameter)} stands twice among the parameters", span(parameter)
                )
            seen.add(parameter_name(parameter))

    def on_unary(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        sign = str(tree.children[0])
        if values[0] in (INFINITY, MINUS_INFINITY) and sign == "-":
            return MINUS_INFINITY if values[0] == INFINITY else INFINITY
        operand = as_array(self.algebra, Argument(values[0], span(tree.children[1])))
        if sign == "~":
            return self.algebra.complement(self.algebra.masked(operand, sign))
        return operand if sign == "+" else self.algebra.negated(operand)

    def on_binary(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        left, sign, right = tree.children
        if any(isinstance(value, Random) for value in values) and sign in ("+", "-", "*", "/"):
            return self.scaled_random(values, tree)
        if sign == "==" and (found := one_hot(self.algebra, *values)):
            return found
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
            raise algebra.fail(UnsupportedError, "a chain of comparisons is no mask: write (a < x) & (x < b)")
        if sign in ("&", "|"):
            return algebra.joined_masks(sign, a, b)
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
        if isinstance(base, Member) and name == "outer" and base.name in OUTER:
            return Member(f"{base.name}.outer")
        if isinstance(base, Member):
            raise algebra.fail(
                UnsupportedError, f".{name} of a function is not read; write what it computes, as np.sum(x)"
            )
        if name == "shape" and isinstance(base, Array | Labels):
            return shape_of(algebra, argument)
        if name == "size" and isinstance(base, Array | Labels):
            return size_of(algebra, argument)
        if isinstance(base, Many) and name in base.names:
            return base.items[base.names.index(name)]
        if isinstance(base, Labels | Random) and name in METHODS:
            return Method(base, name)
        a = as_array(algebra, argument)
        if name == "dtype":
            return Member("float64")
        if name in ("T", "mT"):
            return algebra.transposed(a)
        if name == "ndim":
            return algebra.number(a.rank)
        if name in METHODS:
            return Method(a, name)
        if name in REFUSED:
            raise algebra.fail(UnsupportedError, f".{name} is not read: {REFUSED[name]}")
        if name in PYTORCH:
            raise algebra.fail(UnsupportedError, f".{name} is not read: this is PyTorch, and NumPy code is read here")
        close = nearest(name, [*METHODS, "T", "shape", "size"])
        function = self.functions().get(name)
        hint = f"did you mean .{close}?" if close else f"what is read: .T .shape .size .{' .'.join(sorted(METHODS))}"
        if function:
            hint = f"it is no method: write {self.written(function)}({algebra.text(a)})"
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
        if name not in FUNCTIONS:
            name = name.removeprefix("math.")
        if name in FUNCTIONS or name in library():
            return Member(name)
        if name == "pi":
            return algebra.pi()
        if name == "e":
            return Array(algebra.call("exp", algebra.number(1).node), 0)
        if name == "newaxis":
            return NONE
        if name in ("inf", "Inf", "infty"):
            return INFINITY
        if name in REFUSED:
            raise algebra.fail(UnsupportedError, f"{shown} is not read: {REFUSED[name]}")
        last = name.rpartition(".")[2]
        if last in MISSING:
            raise algebra.fail(UnsupportedError, f"{shown} is not read: {MISSING[last]}")
        names = self.functions()
        close = names.get(nearest(last, names) or "")
        if not close and (module := nearest(last, ("linalg", "random", "special"))):
            raise algebra.fail(UnsupportedError, f"{shown} is not read; did you mean {self.written(module)}?")
        hint = f"; did you mean {self.written(close)}?" if close else ""
        raise algebra.fail(UnsupportedError, f"{shown} is not a function that is read{hint}")

    @staticmethod
    def functions() -> dict[str, str]:
        """The functions by the last part of their names."""
        return {known.rpartition(".")[2]: known for known in (*library(), *reversed(FUNCTIONS))}

    @staticmethod
    def written(name: str) -> str:
        return f"scipy.{name}" if name.startswith("special") else name if name.startswith("math.") else f"np.{name}"

    def shown(self) -> str:
        return " ".join(self.source[slice(*self.algebra.at)].split())[:40]

    # indices

    def on_subscript(self, tree: Any, values: list[Value], frame: Frame) -> Value:
        base, *index = values
        if isinstance(base, Inputs) and len(index) == 1 and isinstance(index[0], Text):
            return self.input(index[0].value, frame)
        if isinstance(base, Many | Table | Elementwise) and len(index) == 1:
            return entry_of(self.algebra, base, index[0])
        return indexed(self.algebra, Argument(base, span(tree.children[0])), index)

    def input(self, name: str, frame: Frame) -> Value:
        """``params["W1"]`` of params that nothing is assigned to: the variable W1."""
        if not name.isidentifier():
            raise self.algebra.fail(UnsupportedError, f"{name!r} is no name of a variable")
        check_name(self.algebra, name)
        return self.scope.variable(name)

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
            if isinstance(value, Spread):
                positional.extend(Argument(part, argument.at) for part in value.items)
            elif data(item) == "keyword":
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
            case Elementwise(name, order):
                call = bound(algebra, shown, "x", positional, keywords)
                return algebra.unknown(name, order, call.array("x"))
            case Method(Random() as owner, name) if name == "astype":
                return owner
            case Method(owner, name):
                return self.applied(Member(name), shown, [Argument(owner, algebra.at), *positional], keywords)
            case Member(name) if (
                positional
                and isinstance(labels := positional[0].value, Labels)
                and (found := kept_labels(algebra, labels, name, positional[1:]))
            ):
                return found
            case Member(name, bare):
                entry = (BARE if bare else FUNCTIONS).get(name)
                if entry is not None:
                    return entry.build(bound(algebra, shown, entry.parameters, positional, keywords))
                tree = library()[name]
                return self.invoke(self.function_of(tree, _LIBRARY_FRAME), shown, positional, keywords)
            case Module(path):
                close = self.functions().get(path.rpartition(".")[2])
                hint = (
                    f"did you mean {self.written(close)}?" if close else "only functions of numpy, scipy and math are"
                )
                raise algebra.fail(UnsupportedError, f"{path} is not read: {hint}")
            case Array(rank=rank):
                what = "a scalar" if rank == 0 else "an array"
                raise algebra.fail(ParseError, f"{shown} is {what}, not a function: write {shown} * (…)")
        raise algebra.fail(ParseError, f"{shown} is not a function")


def parameters_of(tree: Any) -> list[Any]:
    """The trees of the parameters of a ``def`` or ``lambda``."""
    found = next((child for child in tree.children if data(child) in ("parameters", "untyped")), None)
    return [] if found is None else [child for child in found.children if not is_star(child)]


def parameter_name(parameter: Any) -> str:
    return str(parameter.children[0])


def defaults_of(parameters: Iterable[Any]) -> dict[str, Any]:
    """The trees of the default values, by the names of the parameters."""
    return {
        parameter_name(parameter): child
        for parameter in parameters
        for child in parameter.children[1:]
        if child.data == "default"
    }
