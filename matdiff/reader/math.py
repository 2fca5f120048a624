"""The math notation: text to surface syntax."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matdiff.errors import ParseError, Place
from matdiff.reader.grammars import grammar
from matdiff.reader.syntax import (
    Declaration,
    Definition,
    FunctionDefinition,
    Node,
    Objective,
    Program,
    Setting,
    Statement,
)

MAX_LENGTH = 300_000
"""Longer sources are refused: nobody wrote them, and reading them would take more than seconds."""

_MAX_DIGITS = 400

_SIGNS = {"@": "*", "·": "*", "⊙": ".*", "⊘": "./", "**": "^", "≥": ">=", "≤": "<=", "−": "-"}


def read(source: str, declared: Mapping[str, str] | None = None) -> Program:
    """Read a source; raises `ParseError` with the place."""
    from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    if len(source) > MAX_LENGTH:
        raise ParseError(f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read")
    try:
        tree = grammar("math").parse(source)
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise ParseError(_strange_character(source, at), Place(source, at, at + 1)) from None
    except UnexpectedToken as error:
        raise _unexpected(source, error) from None
    except UnexpectedInput as error:  # pragma: no cover - Lark's other kinds do not occur with LALR
        raise ParseError(f"cannot read this: {error}") from None
    return Program(source, _Build(source).transform(tree))


def number_value(text: str, place: Place) -> Fraction:
    """The exact value of a literal; raises `ParseError` where it is absurdly long."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _MAX_DIGITS or len(exponent) > 5 or abs(int(exponent or "0")) > _MAX_DIGITS:
        raise ParseError(f"the number {text[:40]} is too large or too long to keep exactly", place)
    return Fraction((mantissa + "0" if mantissa.endswith(".") else mantissa) + (f"e{exponent}" if exponent else ""))


def _strange_character(source: str, at: int) -> str:
    character = source[at]
    hints = {
        "[": "there is no indexing and no bracket notation; write sums over entries with sum, rowsum, colsum",
        "]": "there is no indexing and no bracket notation",
        "{": "braces are LaTeX; read it with notation='latex'",
        "}": "braces are LaTeX; read it with notation='latex'",
        "\\": "a backslash is LaTeX; read it with notation='latex', or write inv(A)*b for A\\b",
        ".": "a dot stands only inside a number, before * / ^ (element-wise), or in .T",
        "&": "this sign is not used",
        "|": "write abs(x), norm2(x) or det(X)",
        "‖": "write norm2(x)",
        "∇": "a gradient is what matdiff derives; write the function itself",
        "∑": "write sum(x)",
        "Σ": "write sum(x)",
    }
    return f"cannot read {character!r} here: {hints.get(character, 'it is not part of the notation')}"


_ENDS = {"_SEPARATOR", "$END"}
_STARTS_OPERAND = {"NUMBER", "NAME", "PRIMED", "MASK", "LPAR"}


def _unexpected(source: str, error: Any) -> ParseError:
    token = error.token
    at_end = token.type == "$END"
    start = len(source.rstrip()) if at_end else token.start_pos
    end = start + 1 if at_end or token.type == "_SEPARATOR" else token.end_pos
    place = Place(source, start, end)
    expected = error.accepts or error.expected
    needs_operand = "NAME" in expected and "TIMES" not in expected
    if token.type in _ENDS:
        if "RPAR" in expected and not needs_operand:
            return ParseError("a bracket ( is not closed", place)
        return ParseError("something is missing here: the expression ends too early", place)
    if token.type in _STARTS_OPERAND and not needs_operand:
        before = source[:start].rstrip()[-1:]
        if before == "d" or token.type == "LPAR":
            return ParseError(f"there is no implicit multiplication: write * before {token!s}", place)
        return ParseError(
            f"there is no implicit multiplication: write * (or .* or an operator) before {str(token)[:40]}", place
        )
    if token.type == "RPAR":
        if needs_operand:
            return ParseError("something is missing before this bracket", place)
        return ParseError("this bracket ) was never opened", place)
    if token.type == "COMMA":
        return ParseError("a comma stands only between the arguments of a function", place)
    if needs_operand:
        return ParseError(f"an operand is missing before {str(token)[:40]!r}", place)
    return ParseError(f"{str(token)[:40]!r} cannot stand here", place)


class _Build:
    """Lark's tree to statements, without recursion."""

    def __init__(self, source: str) -> None:
        self.source = source

    def transform(self, tree: Any) -> list[Statement]:
        built: dict[int, Any] = {}
        stack = [(tree, False)]
        while stack:
            item, ready = stack.pop()
            if not hasattr(item, "children"):
                built[id(item)] = self.token(item)
            elif ready:
                built[id(item)] = getattr(self, item.data)(item, [built.pop(id(child)) for child in item.children])
            else:
                stack.append((item, True))
                stack.extend((child, False) for child in item.children)
        return built[id(tree)]  # type: ignore[no-any-return]

    def token(self, token: Any) -> Node:
        start, end = token.start_pos, token.end_pos
        if token.type == "NUMBER":
            return Node("number", number_value(str(token), Place(self.source, start, end)), (), start, end)
        return Node("name" if token.type == "NAME" else "token", str(token), (), start, end)

    def start(self, tree: Any, children: list[Any]) -> list[Statement]:
        return [item if not isinstance(item, Node) else Objective(item) for item in children]

    def names(self, tree: Any, children: list[Node]) -> list[Node]:
        return children

    def declaration(self, tree: Any, children: list[Any]) -> Declaration:
        names, kind, *sizes = children
        bracketed = self.source[kind.end : tree.meta.end_pos].strip().startswith("(")
        return Declaration(names, kind, sizes if bracketed else None)

    def definition(self, tree: Any, children: list[Node]) -> Definition:
        name, value = children
        if name.kind != "name":
            raise ParseError(
                "the left side of = must be a name (write == to compare, := to define a function)",
                Place(self.source, name.start, name.end),
            )
        return Definition(name, value)

    def function(self, tree: Any, children: list[Node]) -> FunctionDefinition:
        head, body = children
        if head.kind != "call" or len(head.children) != 1 or head.children[0].kind != "name":
            raise ParseError(
                "a function of one scalar is defined as f(z) := …", Place(self.source, head.start, head.end)
            )
        name = Node("name", head.value, (), head.start, head.start + len(head.value))
        return FunctionDefinition(name, head.children[0], body)

    def setting(self, tree: Any, children: list[Node]) -> Setting:
        return Setting(children[1], children[2])

    def group(self, tree: Any, children: list[Node]) -> Node:
        (inner,) = children
        return Node(inner.kind, inner.value, inner.children, tree.meta.start_pos, tree.meta.end_pos)

    def unary(self, tree: Any, children: list[Node]) -> Node:
        sign, operand = children
        if sign.value == "+":
            return operand
        return Node("negate", None, (operand,), sign.start, operand.end)

    def binary(self, tree: Any, children: list[Node]) -> Node:
        left, sign, right = children
        value = _SIGNS.get(sign.value, sign.value)
        if value in ("^", ".^") and right.kind == "transpose" and right.children[0].kind == "number":
            power = Node("binary", value, (left, right.children[0]), left.start, right.children[0].end)
            return Node("transpose", None, (power,), left.start, right.end)  # X^2' is (X^2)'
        return Node("binary", value, (left, right), left.start, right.end)

    def postfix(self, tree: Any, children: list[Node]) -> Node:
        operand, mark = children
        if "1" not in mark.value and "-" not in mark.value:
            return Node("transpose", mark.value, (operand,), operand.start, mark.end)
        inverse = Node("inverse", None, (operand,), operand.start, mark.end)
        return inverse if "T" not in mark.value else Node("transpose", None, (inverse,), operand.start, mark.end)

    def call(self, tree: Any, children: list[Node]) -> Node:
        head, *arguments = children
        start, end = tree.meta.start_pos, tree.meta.end_pos
        if head.kind == "token":
            name = head.value.rstrip("'")
            return Node("primed", (name, len(head.value) - len(name)), tuple(arguments), start, end)
        return Node("call", head.value, tuple(arguments), start, end)

    def keyword(self, tree: Any, children: list[Node]) -> Node:
        name, value = children
        return Node("keyword", name.value, (value,), name.start, value.end)

    def mask(self, tree: Any, children: list[Node]) -> Node:
        return Node("mask", None, (children[1],), tree.meta.start_pos, tree.meta.end_pos)
