"""Expressions of NumPy code to arrays: names, signs, attributes, indices and calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, UnsupportedError
from matdiff.reader.math import number_value
from matdiff.reader.missing import MISSING
from matdiff.reader.names import default_kind
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import as_array, bound
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.indices import entry_of, indexed, kept_labels, one_hot
from matdiff.reader.numpy.library import library
from matdiff.reader.numpy.mistakes import NUMBER, not_read
from matdiff.reader.numpy.names_used import name_of, nearest
from matdiff.reader.numpy.scope import Scope, check_name
from matdiff.reader.numpy.shapes import shape_of, size_of
from matdiff.reader.numpy.signatures import BARE, FUNCTIONS, METHODS, MODULES, OUTER, PYTORCH, REFUSED
from matdiff.reader.numpy.tree import group, span, written
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

SIGNS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
"""The signs that are read."""

_EACH = {"*": ".*", "/": "./", "**": ".^"}

_OTHERS: dict[type[ast.AST], str] = {
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Is: "is",
    ast.IsNot: "is",
    ast.In: "in",
    ast.NotIn: "not",
    ast.And: "and",
    ast.Or: "or",
    ast.IfExp: "if",
    ast.NamedExpr: ":=",
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "for"),
}
"""Signs and words between expressions that are not read."""

_LIBRARY_FRAME = Frame({"np": Module("numpy"), "scipy": Module("scipy")}, published=False, library=True)


class Expressions:
    """Evaluates trees bottom-up, without recursion (a call of a function of the source is one level)."""

    def __init__(self, source: str, scope: Scope) -> None:
        self.source = source
        self.scope = scope
        self.algebra: Algebra = scope.algebra

    def evaluate(self, root: ast.AST, frame: Frame) -> Value:
        values: list[Value] = []
        stack: list[tuple[ast.AST, int | None]] = [(root, None)]
        while stack:
            item, count = stack.pop()
            if count is None:
                parts = evaluated(item)
                if parts is None:
                    raise self.not_read(item, frame)
                stack.append((item, len(parts)))
                stack.extend([(part, None) for part in reversed(parts)])
                continue
            self.step()
            if not frame.library:
                self.algebra.at = span(item)
            first = len(values) - count
            value = getattr(self, f"on_{type(item).__name__}")(item, values[first:], frame)
            if not frame.library and isinstance(value, Array) and (brackets := group(item)):
                self.algebra.at = brackets
                value = replace(value, node=self.algebra.node(value.node.kind, value.node.value, *value.node.children))
            values[first:] = [value]
        if isinstance(values[0], Spread):
            raise self.algebra.fail(ParseError, "a star stands only among arguments and in tuples")
        return values[0]

    def not_read(self, item: ast.AST, frame: Frame) -> MatdiffError:
        """A word or a sign that is Python, and not read here."""
        if frame.library or not vars(item).get("at"):
            return self.algebra.fail(UnsupportedError, "this is not read")
        if isinstance(item, ast.JoinedStr):
            return self.algebra.fail(UnsupportedError, "strings with values in them are not read", span(item))
        start, end = span(item)
        sign = getattr(item, "op", item) if not isinstance(item, ast.Compare) else item.ops[0]
        word = _OTHERS.get(type(sign))
        if word is not None:
            inside = [span(child)[1] for child in ast.iter_child_nodes(item) if "at" in vars(child)]
            start = max(self.source.find(word, min(inside, default=start), end), start)
        else:
            word = (re.match(r"\w+", self.source[start:end]) or ["this"])[0]
        return not_read(word, Place(self.source, start, start + len(word)))

    def step(self) -> None:
        """Counts the work that calls of functions make."""
        raise NotImplementedError

    def invoke(self, function: Function, name: str, positional: list[Argument], keywords: dict[str, Argument]) -> Value:
        raise NotImplementedError

    def array(self, tree: ast.AST, frame: Frame) -> Array:
        return as_array(self.algebra, Argument(self.evaluate(tree, frame), span(tree)))

    # leaves

    def on_Constant(self, item: ast.Constant, values: list[Value], frame: Frame) -> Value:
        match item.value:
            case str() | bytes():
                return Text(str(item.value))
            case bool() | None:
                return Constant(item.value)
            case complex():
                end = self.algebra.at[1]
                raise self.algebra.fail(UnsupportedError, "complex numbers are not read", (end - 1, end))
            case int() | float():
                return self.number(written(item))
        return Constant(...)

    def number(self, text: str) -> Value:
        if not NUMBER.fullmatch(text):
            raise self.algebra.fail(ParseError, f"{text[:20]} is no number in Python")
        if text[1:2].lower() in ("x", "b", "o"):
            return replace(self.algebra.number(int(text, 0)), integers=True)
        value = self.algebra.number(number_value(text.replace("_", ""), Place(self.source, *self.algebra.at)))
        return replace(value, integers=text.replace("_", "").isdigit())

    def on_Name(self, item: ast.Name, values: list[Value], frame: Frame) -> Value:
        name = item.id
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

    # trees

    def on_Tuple(self, item: ast.AST, values: list[Value], frame: Frame) -> Value:
        items = (part for value in values for part in (value.items if isinstance(value, Spread) else (value,)))
        return Many(tuple(map(self.scope.stored, items)))

    on_List = on_Tuple

    def on_Dict(self, item: ast.Dict, values: list[Value], frame: Frame) -> Value:
        table = Table({})
        for key, value, at in zip(values[::2], values[1::2], item.keys, strict=True):
            if not isinstance(key, Text) or at is None:
                raise self.algebra.fail(
                    UnsupportedError, "the keys of a dictionary are strings here", span(at) if at else None
                )
            self.put(table, key.value, value)
        return table

    def put(self, table: Table, key: str, value: Value) -> None:
        table.entries[key] = self.scope.held(value, table.entries.get(key))

    def on_Starred(self, item: ast.Starred, values: list[Value], frame: Frame) -> Value:
        if not isinstance(values[0], Many):
            raise self.algebra.fail(ParseError, "only a tuple is spread, as in np.zeros(*X.shape)")
        return Spread(values[0].items)

    def on_Slice(self, item: ast.AST, values: list[Value], frame: Frame) -> Value:
        return Slice(whole=all(value == NONE for value in values))

    def on_Lambda(self, item: ast.Lambda, values: list[Value], frame: Frame) -> Value:
        return self.function("lambda", item.args, (item.body,), values, frame)

    def function_of(self, tree: ast.FunctionDef, frame: Frame) -> Function:
        """A ``def`` as a value."""
        values = [self.evaluate(default, frame) for default in defaults_of(tree.args).values()]
        return self.function(tree.name, tree.args, tuple(tree.body), values, frame)

    def function(
        self, name: str, arguments: ast.arguments, body: tuple[ast.AST, ...], values: Sequence[Value], frame: Frame
    ) -> Function:
        star = arguments.vararg or arguments.kwarg
        if star is not None:
            raise self.algebra.fail(
                UnsupportedError, "star arguments (*args, **kwargs) are not read: name each one", span(star)
            )
        parameters = parameters_of(arguments)
        frame.captured = True
        self.check_parameters(parameters)
        defaults = dict(zip(defaults_of(arguments), map(self.scope.held, values), strict=True))
        return Function(name, tuple(parameters), body, frame, defaults)

    def check_parameters(self, parameters: Sequence[ast.arg]) -> None:
        seen: set[str] = set()
        for parameter in parameters:
            if parameter.arg in seen:
                raise self.algebra.fail(
                    ParseError, f"{parameter.arg} stands twice among the parameters", span(parameter)
                )
            seen.add(parameter.arg)

    def on_UnaryOp(self, item: ast.UnaryOp, values: list[Value], frame: Frame) -> Value:
        if values[0] in (INFINITY, MINUS_INFINITY) and isinstance(item.op, ast.USub):
            return MINUS_INFINITY if values[0] == INFINITY else INFINITY
        operand = as_array(self.algebra, Argument(values[0], span(item.operand)))
        if isinstance(item.op, ast.Invert):
            return self.algebra.complement(self.algebra.masked(operand, "~"))
        return operand if isinstance(item.op, ast.UAdd) else self.algebra.negated(operand)

    def on_BinOp(self, item: ast.BinOp, values: list[Value], frame: Frame) -> Value:
        sign, operands = SIGNS[type(item.op)], (item.left, item.right)
        if any(isinstance(value, Random) for value in values) and sign in ("+", "-", "*", "/"):
            return self.scaled_random(values, operands)
        return self.signed(sign, *self.operands(values, operands))

    def on_Compare(self, item: ast.Compare, values: list[Value], frame: Frame) -> Value:
        if len(item.ops) > 1:
            raise self.algebra.fail(UnsupportedError, "a chain of comparisons is no mask: write (a < x) & (x < b)")
        sign = SIGNS[type(item.ops[0])]
        if sign == "==" and (found := one_hot(self.algebra, *values)):
            return found
        return self.signed(sign, *self.operands(values, (item.left, item.comparators[0])))

    def operands(self, values: list[Value], items: Sequence[ast.AST]) -> list[Array]:
        return [
            value if isinstance(value, Array) else as_array(self.algebra, Argument(value, span(item)))
            for value, item in zip(values, items, strict=True)
        ]

    def signed(self, sign: str, a: Array, b: Array) -> Array:
        algebra = self.algebra
        if sign == "@":
            return algebra.matmul(a, b)
        if sign in ("//", "%"):
            raise algebra.fail(UnsupportedError, f"{sign} has no derivative; it is not read")
        if sign in ("&", "|"):
            return algebra.joined_masks(sign, a, b)
        if sign == "!=":
            return algebra.complement(algebra.binary("==", a, b))
        return algebra.binary(_EACH.get(sign, sign), a, b)

    def scaled_random(self, values: list[Value], items: Sequence[ast.AST]) -> Value:
        """Random data scaled and shifted by scalars is random data."""
        for value, item in zip(values, items, strict=True):
            if not isinstance(value, Random) and as_array(self.algebra, Argument(value, span(item))).rank:
                raise self.algebra.fail(
                    UnsupportedError, "random data is a variable: assign it to a name of its own first"
                )
        return next(value for value in values if isinstance(value, Random))

    # attributes

    def on_Attribute(self, item: ast.Attribute, values: list[Value], frame: Frame) -> Value:
        algebra, name, base = self.algebra, item.attr, values[0]
        argument = Argument(base, span(item.value))
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
        if name == "real":
            return Array(algebra.call("re", algebra.settled(a).node), a.rank)
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

    def on_Subscript(self, item: ast.Subscript, values: list[Value], frame: Frame) -> Value:
        base, *index = values
        if isinstance(base, Inputs) and len(index) == 1 and isinstance(index[0], Text):
            return self.input(index[0].value, frame)
        if isinstance(base, Many | Table | Elementwise) and len(index) == 1:
            return entry_of(self.algebra, base, index[0])
        return indexed(self.algebra, Argument(base, span(item.value)), index)

    def input(self, name: str, frame: Frame) -> Value:
        """``params["W1"]`` of params that nothing is assigned to: the variable W1."""
        if not name.isidentifier():
            raise self.algebra.fail(UnsupportedError, f"{name!r} is no name of a variable")
        check_name(self.algebra, name)
        return self.scope.variable(name)

    # calls

    def on_Call(self, item: ast.Call, values: list[Value], frame: Frame) -> Value:
        head = item.func
        callee = self.called(head, frame) if isinstance(head, ast.Name) else values.pop(0)
        if not frame.library:
            self.algebra.at = span(item)
        at = {id(part): self.algebra.at if frame.library else span(part) for part in (*item.args, *item.keywords)}
        positional: list[Argument] = []
        for part, value in zip(item.args, values, strict=False):
            items = value.items if isinstance(value, Spread) else (value,)
            positional += [Argument(inner, at[id(part)]) for inner in items]
        keywords: dict[str, Argument] = {}
        for keyword, value in zip(item.keywords, values[len(item.args) :], strict=True):
            if keyword.arg is None:
                raise self.algebra.fail(ParseError, "only a tuple is spread, as in np.zeros(*X.shape)", at[id(keyword)])
            if keyword.arg in keywords:
                raise self.algebra.fail(ParseError, f"{keyword.arg}= stands twice", at[id(keyword)])
            keywords[keyword.arg] = Argument(value, at[id(keyword)])
        shown = " ".join(self.source[slice(*span(head))].split())[:40] if not frame.library else name_of(head)
        return self.applied(callee, shown, positional, keywords)

    def called(self, head: ast.Name, frame: Frame) -> Value:
        """What a bare name in front of a bracket calls."""
        name = head.id
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


def evaluated(item: ast.AST) -> Sequence[ast.AST] | None:
    """The expressions in an expression, in the order in which they are evaluated; None where it is not read."""
    match item:
        case ast.Constant() | ast.Name():
            return ()
        case ast.BinOp(left=left, op=op, right=right):
            return (left, right) if type(op) in SIGNS else None
        case ast.UnaryOp(op=op, operand=operand):
            return None if isinstance(op, ast.Not) else (operand,)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return (left, *others) if all(type(op) in SIGNS for op in ops) else None
        case ast.Attribute(value=value) | ast.Starred(value=value):
            return (value,)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=parts)):
            return (value, *parts)
        case ast.Subscript(value=value, slice=part):
            return (value, part)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return [end for end in (lower, upper, step) if end is not None]
        case ast.Call(func=head, args=args, keywords=keywords):
            return [*(() if isinstance(head, ast.Name) else (head,)), *args, *(keyword.value for keyword in keywords)]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.Dict(keys=keys, values=values):
            return [part for pair in zip(keys, values, strict=True) for part in (pair[0] or pair[1], pair[1])]
        case ast.Lambda(args=arguments):
            return list(defaults_of(arguments).values())
    return None


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def defaults_of(arguments: ast.arguments) -> dict[str, ast.expr]:
    """The trees of the default values, by the names of the parameters."""
    placed = [*arguments.posonlyargs, *arguments.args]
    with_default = placed[len(placed) - len(arguments.defaults) :]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {
        **{parameter.arg: default for parameter, default in zip(with_default, arguments.defaults, strict=True)},
        **{parameter.arg: default for parameter, default in named if default is not None},
    }
