"""The math notation: text to surface syntax."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matdiff.errors import ParseError, Place
from matdiff.operators import ALIASES, CALLS, OUTPUTS, Row
from matdiff.reader.grammars import MAX_TOKENS, JoinLines, TooLong, grammar
from matdiff.reader.math_errors import strange_character, strange_letter, unexpected
from matdiff.reader.syntax import (
    Declaration,
    Definition,
    FamilyDefinition,
    FunctionDefinition,
    Node,
    Objective,
    Program,
    RangeDeclaration,
    Setting,
    Spelled,
    Statement,
)

MAX_LENGTH = 600_000
"""Longer sources are refused: nobody wrote them, and reading them would take more than seconds."""

_MAX_DIGITS = 400

MAX_NAME = 200

_REMARKS = {"on": "manifold", "of": "parameter"}
"""What may be said behind a kind, by its first word."""

_SIGNS = {"@": "*", "·": "*", "⊙": ".*", "⊘": "./", "**": "^", "≥": ">=", "≤": "<=", "−": "-", "≠": "!=", "~=": "!="}


def read(source: str, declared: Mapping[str, str] | None = None) -> Program:
    """Read a source; raises `ParseError` with the place."""
    from lark import UnexpectedCharacters, UnexpectedToken

    if len(source) > MAX_LENGTH:
        message = f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read"
        raise ParseError(message, Place(source, MAX_LENGTH, MAX_LENGTH + 1))
    try:
        statements: Any = grammar("math", JoinLines, Build).parse(source)
    except UnexpectedCharacters as error:
        raise strange_character(source, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise unexpected(source, error) from None
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


class Misread(Exception):
    """A mistake that a rule of the grammar finds; the caller knows the source."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


def plain_word(token: Any) -> str:
    """The text of a name; raises `Misread` where its letters are not plain."""
    word: str = token.value
    if len(word) > MAX_NAME:
        raise Misread(f"a name is at most {MAX_NAME} characters long", token.start_pos, token.start_pos + MAX_NAME)
    if not word.isascii() and (wrong := strange_letter(word)):
        raise Misread(wrong, token.start_pos, token.end_pos)
    return word


def entrywise(token: Any, count: int) -> str:
    """The function that a dot behind its name takes entry by entry, which it is to be by itself."""
    name: str = token.value[:-1]
    rows = CALLS.get(ALIASES.get(name, name), [])
    if rows and not any(isinstance(row, Row) and row.elementwise and len(row.arguments) == count for row in rows):
        words = f"the dot takes a function entry by entry, and {name} is none of a single entry: write {name}(…)"
        raise Misread(words, token.start_pos, token.end_pos)
    return name


def base(node: Node) -> Node:
    """The name of what is accessed."""
    return Node("name", node.value[0], (), node.start, node.start + len(node.value[0]))


def found(places: list[Any]) -> tuple[Node, ...]:
    return tuple(place for place in places if isinstance(place, Node))


class Build:
    """One method a rule of the grammar: its children, nodes and tokens, to a statement or a node."""

    def start(self, children: list[Any]) -> list[Statement]:
        statements: list[Statement] = []
        for item in children:
            statements += item if isinstance(item, list) else [Objective(item) if isinstance(item, Node) else item]
        return statements

    # statements

    def names(self, children: list[Any]) -> list[Node]:
        return [child if isinstance(child, Node) else self.name([child]) for child in children]

    def declaration(self, children: list[Any]) -> Declaration | list[Declaration]:
        names, kind, *sizes = children
        outside = sizes.pop() if sizes and sizes[-1].kind == "outside" else None
        manifold = sizes.pop() if sizes and sizes[-1].kind == "manifold" else None
        if sizes and sizes[-1].kind == "parameter":
            return self.fields(names, self.name([kind]), sizes[:-1], sizes[-1])
        indices = {node.value[0]: node.value[1] for node in names if node.kind == "access"}
        plain = [base(node) if node.kind == "access" else node for node in names]
        return Declaration(plain, self.name([kind]), sizes, indices, outside, manifold)

    @staticmethod
    def fields(names: list[Node], kind: Node, sizes: list[Any], of: Node) -> list[Declaration]:
        """Unknown functions of one parameter, each with a matrix for its value."""
        for name in names:
            if name.kind == "access":
                raise Misread("an unknown function of a parameter has no indices", name.start, name.end)
        parameter = Node("name", of.value, (), of.end - len(of.value), of.end)
        return [Declaration([name], kind, sizes, parameter=parameter) for name in names]

    def field(self, children: list[Any]) -> Declaration:
        """An unknown function with a matrix for its value, with its parameter behind its name."""
        head, kind, *sizes = children
        if head.kind != "call" or [child.kind for child in head.children] != ["name"]:
            raise Misread(
                "an unknown function is declared with its parameter, K(t): matrix(n, n)", head.start, head.end
            )
        name = Node("name", head.value, (), head.start, head.start + len(head.value))
        return Declaration([name], self.name([kind]), sizes, parameter=head.children[0])

    def implicit(self, children: list[Any]) -> Definition:
        names, word, *rest = children
        sides = tuple(child for child in rest if isinstance(child, Node))
        if len(names) > 1 or names[0].kind != "name":
            what = "one name at a time is defined by an equation, and none with indices"
            raise Misread(what, names[0].start, names[-1].end)
        kind = "solves" if word.value == "solves" else "argmin"
        return Definition(names[0], Node(kind, names[0].value, sides, word.start_pos, sides[-1].end))

    least = implicit

    def remark(self, children: list[Any]) -> Node:
        word, name = children
        if word.value not in _REMARKS:
            raise Misread(
                "behind a kind may stand on sphere, on stiefel, on spd, or of t for a function of t; each name is"
                " declared on a line of its own",
                word.start_pos,
                name.end_pos,
            )
        return Node(_REMARKS[word.value], plain_word(name), (), word.start_pos, name.end_pos)

    def outside(self, children: list[Any]) -> Node:
        value, word = children
        if value.value != "0" or word.value != "outside":
            raise Misread("a family may be said to be zero outside: , 0 outside", value.start_pos, word.end_pos)
        return Node("outside", None, (), value.start_pos, word.end_pos)

    def range(self, children: list[Any]) -> RangeDeclaration:
        names, token = children
        for node in names:
            if node.kind == "access":
                raise Misread("a range is that of an index, as in i: 1..N", node.start, node.end)
        return RangeDeclaration(names, Node("range", token.value, (), token.start_pos, token.end_pos))

    def definition(self, children: list[Any]) -> Definition | FamilyDefinition:
        name, _, value = children
        if name.kind == "access":
            return FamilyDefinition(base(name), name.value[1], value)
        if name.kind != "name":
            hint = "write == to compare"
            if name.kind == "call" and name.value not in CALLS and [c.kind for c in name.children] == ["name"]:
                hint = f"a function is defined by {name.value}({name.children[0].value}) := …"
            raise Misread(f"the left side of = must be a name; {hint}", name.start, name.end)
        return Definition(name, value)

    def several(self, children: list[Any]) -> list[Definition]:
        """Each value of a function that has several, under its own name."""
        *names, _, value = children
        names = self.names(names)
        outputs = OUTPUTS[value.value].values if value.kind == "call" and value.value in OUTPUTS else ()
        if len(outputs) != len(names) or any(name.kind != "name" for name in names):
            known = ", ".join(f"{', '.join(each.names)} = {name}(X)" for name, each in OUTPUTS.items())
            message = f"one name is defined at a time, as in a = 1; b = 2; several values have {known}"
            raise Misread(message, names[0].start, value.end)
        return [
            Definition(name, Node("call", output.call, value.children, value.start, value.end))
            for name, output in zip(names, outputs, strict=True)
        ]

    def function(self, children: list[Node]) -> FunctionDefinition:
        head, body = children
        if head.kind != "call" or len(head.children) != 1 or head.children[0].kind != "name":
            hint = f"; a value is defined with one =, {head.value} = …" if head.kind == "name" else ""
            raise Misread(f":= defines a function of one scalar, f(z) := …{hint}", head.start, head.end)
        name = Node("name", head.value, (), head.start, head.start + len(head.value))
        return FunctionDefinition(name, head.children[0], body)

    def setting(self, children: list[Any]) -> Setting:
        _, name, _, value = children
        return Setting(self.name([name]), value)

    # operators

    def binary(self, children: list[Any]) -> Node:
        left, sign, right = children
        value = _SIGNS.get(sign.value, sign.value)
        number = right.children[0] if value in ("^", ".^") and right.is_transpose else None
        if number is not None and number.kind == "number" and number.start == right.start:  # no brackets round both
            power = Node("binary", value, (left, number), left.start, number.end)
            return power.transposed(right.end)  # X^2' is (X^2)'
        return Node("binary", value, (left, right), left.start, right.end)

    def unary(self, children: list[Any]) -> Node:
        sign, operand = children
        return operand if sign.value == "+" else Node("negate", None, (operand,), sign.start_pos, operand.end)

    def postfix(self, children: list[Any]) -> Node:
        operand: Node = children[0]
        mark = children[1]
        start, end = operand.start, mark.end_pos
        if "1" not in mark.value and "-" not in mark.value:
            return operand.transposed(end, mark.value)
        inverse = Node("inverse", None, (operand,), start, end)
        return inverse if "1" in mark.value else inverse.transposed()

    # atoms

    def number(self, children: list[Any]) -> Node:
        (token,) = children
        value = _exact(token.value)
        if value is None:
            raise Misread(_absurd(token.value), token.start_pos, token.end_pos)
        return Node("number", value, (), token.start_pos, token.end_pos)

    def name(self, children: list[Any]) -> Node:
        (token,) = children
        return Node("name", plain_word(token), (), token.start_pos, token.end_pos)

    def group(self, children: list[Any]) -> Node:
        opening, inner, closing = children
        return Node(inner.kind, inner.value, inner.children, opening.start_pos, closing.end_pos)

    def norm(self, children: list[Any]) -> Node:
        opening, inner, closing = children
        if "_" in opening.value:
            raise Misread(
                f"what kind of norm it is stands behind it: ||x||{opening.value[-2:]}",
                opening.start_pos,
                opening.end_pos,
            )
        index = closing.value[-1]
        value = Spelled("norm1" if index == "1" else "norm2", script=index if index in "12" else "")
        return Node("call", value, (inner,), opening.start_pos, closing.end_pos)

    def call(self, children: list[Any]) -> Node:
        head, _, *arguments, closing = children
        found = tuple(item for item in arguments if isinstance(item, Node))
        if head.type == "DOTTED":
            head = head.update(value=entrywise(head, len(found)))
        name = plain_word(head).rstrip("'")
        for item in found:
            if item.kind == "keyword" and (item.value != "axis" or name != head.value):
                raise Misread(f"{name} takes no {item.value}=; only axis=0 or axis=1 is read", item.start, item.end)
        if sum(item.kind == "keyword" for item in found) > 1:
            raise Misread(f"{name} takes one axis=", found[-1].start, found[-1].end)
        if name == "matfun" == head.value and len(found) == 2 and found[0].kind == "name":
            return Node("matfun", found[0].value, found[1:], head.start_pos, closing.end_pos)
        value = name if name == head.value else (name, len(head.value) - len(name))
        return Node("call" if name == head.value else "primed", value, found, head.start_pos, closing.end_pos)

    def mask(self, children: list[Any]) -> Node:
        one, _, comparison, closing = children
        return Node("mask", None, (comparison,), one.start_pos, closing.end_pos)

    # indices

    def access(self, children: list[Any]) -> Node:
        head, _, *places, closing = children
        return Node("access", (plain_word(head), found(places)), (), head.start_pos, closing.end_pos)

    def part(self, children: list[Any]) -> Node:
        whole, _, *places, closing = children
        if whole.kind == "access":  # a[t][1:m] is a[t,1:m]
            name, before = whole.value
            return Node("access", (name, (*before, *found(places))), (), whole.start, closing.end_pos)
        return Node("part", found(places), (whole,), whole.start, closing.end_pos)

    def binder(self, children: list[Any]) -> Node:
        head, _, *places, _, _, body, closing = children
        return Node("binder", (plain_word(head), found(places)), (body,), head.start_pos, closing.end_pos)

    def expectation(self, children: list[Any]) -> Node:
        head, _, name, _, drawn, _, _, body, closing = children
        if head.value != "E":
            raise Misread(f"an expectation is written E[{name.value} ~ …](…)", head.start_pos, head.end_pos)
        parts = (*drawn.children, body)
        return Node("expectation", (plain_word(name), drawn.value), parts, head.start_pos, closing.end_pos)

    def whole(self, children: list[Any]) -> Node:
        (colon,) = children
        return Node("whole", None, (), colon.start_pos, colon.end_pos)

    def slice(self, children: list[Any]) -> Node:
        first, last = children
        return Node("slice", None, (first, last), first.start, last.end)

    def condition(self, children: list[Any]) -> Node:
        parts = tuple(child for child in children if isinstance(child, Node))
        signs = tuple(_SIGNS.get(child.value, child.value) for child in children if not isinstance(child, Node))
        return Node("condition", signs, parts, parts[0].start, parts[-1].end)

    chain = condition

    def such_that(self, children: list[Any]) -> Node:
        name, condition = children
        return Node("such_that", None, (name, condition), name.start, condition.end)

    def block(self, children: list[Any]) -> Node:
        opening, *rows, closing = children
        rows = [row for row in rows if isinstance(row, list)]
        whole = tuple(entry for row in rows for entry in row)
        return Node("block", tuple(map(len, rows)), whole, opening.start_pos, closing.end_pos)

    def entries(self, children: list[Any]) -> list[Any]:
        return children

    def keyword(self, children: list[Any]) -> Node:
        name, _, value = children
        return Node("keyword", name.value, (value,), name.start_pos, value.end)
