"""The math notation: text to surface syntax."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matdiff.errors import ParseError, Place
from matdiff.reader.grammars import MAX_TOKENS, JoinLines, TooLong, grammar
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
    from lark import UnexpectedCharacters, UnexpectedToken

    if len(source) > MAX_LENGTH:
        message = f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read"
        raise ParseError(message, Place(source, MAX_LENGTH, MAX_LENGTH + 1))
    try:
        statements = grammar("math", JoinLines, Build).parse(source)
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise ParseError(_strange_character(source, at), Place(source, at, at + 1)) from None
    except UnexpectedToken as error:
        raise _unexpected(source, error) from None
    except Misread as error:
        raise ParseError(str(error), Place(source, error.start, error.end)) from None
    except TooLong as error:
        token = error.args[0]
        message = f"the source is too long: at most {MAX_TOKENS:,} names, numbers and signs are read"
        raise ParseError(message, Place(source, token.start_pos, token.end_pos)) from None
    return Program(source, statements)


def number_value(text: str, place: Place) -> Fraction:
    """The exact value of a literal; raises `ParseError` where it is absurdly long."""
    value = _exact(text)
    if value is None:
        raise ParseError(_absurd(text), place)
    return value


def _exact(text: str) -> Fraction | None:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _MAX_DIGITS or len(exponent) > 5 or abs(int(exponent or "0")) > _MAX_DIGITS:
        return None
    return Fraction((mantissa + "0" if mantissa.endswith(".") else mantissa) + (f"e{exponent}" if exponent else ""))


def _absurd(text: str) -> str:
    return f"the number {text if len(text) < 40 else text[:37] + '…'} is too large or too long to keep exactly"


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


class Misread(Exception):
    """A mistake that a rule of the grammar finds; the caller knows the source."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


class Build:
    """One method a rule of the grammar: its children, nodes and tokens, to a statement or a node."""

    def start(self, children: list[Any]) -> list[Statement]:
        return [Objective(item) if isinstance(item, Node) else item for item in children]

    # statements

    def names(self, children: list[Any]) -> list[Node]:
        return [self.name([token]) for token in children]

    def declaration(self, children: list[Any]) -> Declaration:
        names, kind, *sizes = children
        return Declaration(names, self.name([kind]), sizes)

    def definition(self, children: list[Node]) -> Definition:
        name, value = children
        if name.kind != "name":
            raise Misread(
                "the left side of = must be a name (write == to compare, := to define a function)", name.start, name.end
            )
        return Definition(name, value)

    def function(self, children: list[Node]) -> FunctionDefinition:
        head, body = children
        if head.kind != "call" or len(head.children) != 1 or head.children[0].kind != "name":
            raise Misread("a function of one scalar is defined as f(z) := …", head.start, head.end)
        name = Node("name", head.value, (), head.start, head.start + len(head.value))
        return FunctionDefinition(name, head.children[0], body)

    def setting(self, children: list[Any]) -> Setting:
        _, name, value = children
        return Setting(self.name([name]), value)

    # operators

    def binary(self, children: list[Any]) -> Node:
        left, sign, right = children
        value = _SIGNS.get(sign.value, sign.value)
        if value in ("^", ".^") and right.kind == "transpose" and right.children[0].kind == "number":
            power = Node("binary", value, (left, right.children[0]), left.start, right.children[0].end)
            return Node("transpose", None, (power,), left.start, right.end)  # X^2' is (X^2)'
        return Node("binary", value, (left, right), left.start, right.end)

    def unary(self, children: list[Any]) -> Node:
        sign, operand = children
        return operand if sign.value == "+" else Node("negate", None, (operand,), sign.start_pos, operand.end)

    def postfix(self, children: list[Any]) -> Node:
        operand, mark = children
        start, end = operand.start, mark.end_pos
        if "1" not in mark.value and "-" not in mark.value:
            return Node("transpose", mark.value, (operand,), start, end)
        inverse = Node("inverse", None, (operand,), start, end)
        return inverse if "T" not in mark.value else Node("transpose", None, (inverse,), start, end)

    # atoms

    def number(self, children: list[Any]) -> Node:
        (token,) = children
        value = _exact(token.value)
        if value is None:
            raise Misread(_absurd(token.value), token.start_pos, token.end_pos)
        return Node("number", value, (), token.start_pos, token.end_pos)

    def name(self, children: list[Any]) -> Node:
        (token,) = children
        return Node("name", token.value, (), token.start_pos, token.end_pos)

    def group(self, children: list[Any]) -> Node:
        opening, inner, closing = children
        return Node(inner.kind, inner.value, inner.children, opening.start_pos, closing.end_pos)

    def call(self, children: list[Any]) -> Node:
        head, _, *arguments, closing = children
        found = tuple(item for item in arguments if isinstance(item, Node))
        name = head.value.rstrip("'")
        value = name if name == head.value else (name, len(head.value) - len(name))
        return Node("call" if name == head.value else "primed", value, found, head.start_pos, closing.end_pos)

    def mask(self, children: list[Any]) -> Node:
        one, _, comparison, closing = children
        return Node("mask", None, (comparison,), one.start_pos, closing.end_pos)

    def keyword(self, children: list[Any]) -> Node:
        name, value = children
        return Node("keyword", name.value, (value,), name.start_pos, value.end)
