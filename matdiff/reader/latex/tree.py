r"""The words of LaTeX to surface syntax: the meaning of each rule of ``grammar/latex.lark``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from matdiff.errors import ParseError, Place
from matdiff.reader.grammars import grammar_dir
from matdiff.reader.latex.core import Member, Symbol, Token
from matdiff.reader.latex.functions import Along, Excluding, Within
from matdiff.reader.latex.indices import bind
from matdiff.reader.latex.members import has_indices, with_members
from matdiff.reader.latex.mistakes import check_expression, raise_mistakes, unexpected
from matdiff.reader.latex.words import INVERSES, OF_SQUARE, UNSUPPORTED
from matdiff.reader.meanings import OF_FUNCTION, ROOT
from matdiff.reader.syntax import Indices, Node, Spelled, postorder

if TYPE_CHECKING:
    from lark import Lark

Child = Token | Node


class Misread(Exception):
    """A mistake that a rule finds; the caller knows the source."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


def spanning(kind: str, value: Any, children: tuple[Node, ...], first: Child, last: Child) -> Node:
    return Node(kind, value, children, first.start, last.end)


class Build:
    """One method a rule of the grammar: its children to a surface node."""

    def start(self, children: list[Node]) -> Node:
        return children[0]

    def binary(self, children: list[Any]) -> Node:
        left, sign, right = children
        bare = left.kind == "call" and left.value in OF_SQUARE and left.end == left.children[-1].end
        if bare and sign.value in (".*", "./", "⊗"):
            raise Misread(
                f"it is not clear where the argument of {left.value} ends: put it in brackets", left.start, right.end
            )
        return spanning("binary", sign.value, (left, right), left, right)

    def beside(self, children: list[Node]) -> Node:
        left, right = children
        if left.kind == "number" and right.value == "/" and all(part.kind == "number" for part in right.children):
            raise Misread(
                r"this may be read as a sum or as a product: write \cdot between the two", left.start, right.end
            )
        return spanning("binary", "*", (left, right), left, right)

    def signed(self, children: list[Any]) -> Node:
        sign, operand = children
        return operand if sign.value == "+" else spanning("negate", None, (operand,), sign, operand)

    def inner(self, children: list[Any]) -> Node:
        left, _, right = children
        return spanning("call", "inner", (left, right), left, right)

    def inner_product(self, children: list[Any]) -> Node:
        first, left, _, right, last = children
        return spanning("call", "inner", (left, right), first, last)

    # functions

    def function(self, children: list[Any]) -> list[Any]:
        """The word of a function and its scripts."""
        head, *more = children
        return [*head, *more] if isinstance(head, list) else [head, *more]

    def arguments(self, children: list[Any]) -> list[Node]:
        return [child for child in children if isinstance(child, Node)]

    def call(self, children: list[Any]) -> Node:
        function, _, arguments, last = children
        return self.apply(function, arguments, last)

    def applied(self, children: list[Any]) -> Node:
        function, argument = children
        word = function[0]
        if argument.kind == "binary" and argument.value == "*" and argument.start >= word.end:
            first = argument
            while first.kind == "binary" and first.value == "*":
                first = first.children[0]
            if first.kind == "call":
                raise Misread(
                    f"it is not clear where the argument of {word.value[0]} ends: put it in brackets",
                    word.start,
                    argument.end,
                )
        return self.apply(function, [argument], argument)

    def apply(self, function: list[Any], arguments: list[Node], last: Child) -> Node:
        word, *scripts = function
        name, order = word.value
        if scripts and scripts[0] == ("inv", None) and name in INVERSES:
            name, scripts = INVERSES[name], scripts[1:]
        arguments = [keyword(argument) for argument in arguments]
        if sum(argument.kind == "keyword" for argument in arguments) > 1:
            raise Misread(f"{name} takes one axis", word.start, last.end)
        if name in ("log", "ln") and len(arguments) == 1 and arguments[0].kind == "call" and arguments[0].value == "|":
            name, arguments = "log|", list(arguments[0].children)
        kind, value = ("primed", (name, order)) if order else ("call", name)
        node = spanning(kind, value, tuple(arguments), word, last)
        for script in scripts:
            if script == ("inv", None) and name == "diag":
                node = spanning("inverse", None, (node,), node, node)
                continue
            if script == ("inv", None):
                raise Misread(
                    rf"the inverse of {name} is not known; for a reciprocal write 1 / {name}(…) of a number,"
                    rf" 1 \oslash {name}(…) entry by entry",
                    word.start,
                    word.end,
                )
            if isinstance(script, Token):
                node = node.transposed()
            elif script[0] == "pinv":
                node = spanning("call", "pinv", (node,), node, node)
            else:
                node = spanning("binary", Spelled(".^", OF_FUNCTION), (node, script[1]), node, node)
        return node

    # powers

    def power(self, children: list[Any]) -> Power:
        """A superscript as its sign and its exponent."""
        sign = children[0]
        return Power((sign.value, children[2] if len(children) > 1 else None), children[-1].end)

    def raised(self, children: list[Any]) -> Node:
        base, power = children
        sign, exponent = power
        if sign == "inv":
            return Node("inverse", None, (base,), base.start, power.end)
        if sign == "pinv":
            return Node("call", sign, (base,), base.start, power.end)
        return Node("binary", sign, (base, exponent), base.start, power.end)

    def turned(self, children: list[Any]) -> Node:
        base: Node = children[0]
        mark = children[1]
        return base.transposed(mark.end, {"^T": "^", "^H": "^H"}.get(mark.value))

    def differential(self, children: list[Any]) -> Node:
        mark, of = children
        return spanning("differential", None, (of,), mark, of)

    # sums

    def total(self, children: list[Any]) -> Node:
        sign, *upper, body = children
        indices, lower, by = sign.value
        bound = [child for child in upper if isinstance(child, Node)]
        if not indices:
            if bound:
                raise Misread(r"the sum has an upper end but no index", sign.start, body.end)
            entrywise(body)
            return spanning("call", "sum", (body,), sign, body)
        if bound and lower == 0:
            top = bound[0]
            last = top.kind == "binary" and top.value == "-" and top.children[1].value == Fraction(1)
            one = Node("number", Fraction(1), (), top.start, top.end)
            bound = [top.children[0] if last else spanning("binary", "+", (top, one), top, top)]
        if by != "sum" and isinstance(indices[0], Along | Within):
            raise Misread(f"{by} runs over an index", sign.start, body.end)
        if isinstance(indices[0], Along):
            return spanning("call", str(indices[0]), (body,), sign, body)
        if isinstance(indices[0], Within):
            of = indices[0].of
            mask = spanning(
                "name", Symbol(f"{of}_{indices[0]}_{indices[1]}", of, tuple(map(str, indices))), (), sign, sign
            )
            body = spanning("binary", "*", (mask, body), sign, body)
            indices = tuple(map(str, indices))
        node = spanning("reduction", Indices(indices, by), (body, *bound), sign, body)
        if isinstance(indices[0], Excluding):
            if by != "sum":
                raise Misread(f"{by} over an index leaves no value out", sign.start, body.end)
            return spanning("binary", "-", (node, at_index(body, indices[0], indices[0].value)), sign, body)
        return node

    def indexed(self, children: list[Any]) -> Node:
        inner, mark = children
        if mark.value == ("+",):  # (1 - x)_+
            return spanning("call", "relu", (inner,), inner, mark)
        return spanning("entry", mark.value, (inner,), inner, mark)

    # what stands by itself

    def group(self, children: list[Any]) -> Node:
        first, inner, last = children
        return Node(inner.kind, inner.value, inner.children, first.start, last.end)

    def fraction(self, children: list[Any]) -> Node:
        first, _, above, _, _, below, last = children
        if below.kind == "differential":
            raise Misread(UNSUPPORTED["nabla"], first.start, last.end)
        return spanning("binary", "/", (above, below), first, last)

    def over(self, children: list[Any]) -> Node:
        first, above, _, below, last = children
        return spanning("binary", "/", (above, below), first, last)

    def root(self, children: list[Any]) -> Node:
        first, last = children[0], children[-1]
        if len(children) == 4:
            return spanning("call", "sqrt", (children[2],), first, last)
        degree, body = children[2], children[5]
        exponent = spanning(
            "binary", "/", (spanning("number", Fraction(1), (), degree, degree), degree), degree, degree
        )
        return spanning("binary", Spelled(".^", ROOT), (body, exponent), first, last)

    def norm(self, children: list[Any]) -> Node:
        first, inner, last = children
        name, _, power = last.value.partition(":")
        if not power:
            return spanning("call", last.value, (inner,), first, last)
        kind, value = ("number", Fraction(power)) if power.isdigit() else ("name", power)
        return spanning("call", name, (inner, spanning(kind, value, (), last, last)), first, last)

    def bars(self, children: list[Any]) -> Node:
        first, inner, last = children
        return spanning("call", "|", (inner,), first, last)

    def mask(self, children: list[Any]) -> Node:
        mark, inner = children
        return spanning("mask", None, (inner,), mark, inner)

    def expectation(self, children: list[Any]) -> Node:
        mark, _, given, _, body = children
        return spanning("expectation", mark.value, (*given, body), mark, body)

    def constant(self, children: list[Any]) -> Node:
        mark, last = children[0], children[-1]
        sizes = tuple(child for child in children if isinstance(child, Node))
        if mark.value == "ones" and len(sizes) == 1 and sizes[0].kind == "binary" and sizes[0].value in COMPARISONS:
            return spanning("mask", None, sizes, mark, last)
        if sizes:
            if mark.value == "commutation" and len(sizes) == 1:  # K_{mn}
                sizes = sizes[0].children
            if mark.value == "eye" and len(sizes) == 2:
                sizes = sizes[:1] if same_size(*sizes) else sizes
            return spanning("call", mark.value, sizes, mark, last)
        if mark.value == "eye":
            return spanning("name", "I", (), mark, last)
        filled = {"ones": ("vector", 1), "zeros": ("matrix", 0)}[mark.value]
        return spanning("call", filled[0], (spanning("number", Fraction(filled[1]), (), mark, mark),), mark, last)

    def number(self, children: list[Token]) -> Node:
        return spanning("number", children[0].value, (), children[0], children[0])

    def derivative(self, children: list[Token]) -> Node:
        node: Node = children[0].value
        return node

    def name(self, children: list[Token]) -> Node:
        return spanning("name", children[0].value, (), children[0], children[0])


class Power(tuple[Any, ...]):
    """A superscript: sign and exponent, with its end."""

    end: int

    def __new__(cls, parts: tuple[Any, ...], end: int) -> Power:
        power = super().__new__(cls, parts)
        power.end = end
        return power


COMPARISONS = frozenset({"<", ">", "<=", ">=", "=="})


def keyword(argument: Node) -> Node:
    r"""``\mathrm{axis} = 1`` among the arguments of a function."""
    if argument.kind == "binary" and argument.value == "==" and argument.children[0].value == "axis":
        return Node("keyword", "axis", argument.children[1:], argument.start, argument.end)
    return argument


def at_index(body: Node, index: str, value: str) -> Node:
    """The summand at one value of the index."""
    made: dict[int, Node] = {}
    for node in postorder(body):
        name = node.value
        if node.kind == "name" and isinstance(name, Symbol) and index in "".join(name.parts):
            parts = tuple(part.replace(index, value) for part in name.parts)
            member = isinstance(name, Member)
            name = Member.at(name.base, parts) if member else Symbol("_".join([name.base, *parts]), name.base, parts)
        elif node.kind == "entry":
            name = tuple(value if part == index else part for part in name)
        made[id(node)] = Node(node.kind, name, tuple(made[id(child)] for child in node.children), node.start, node.end)
    return made[id(body)]


def same_size(left: Node, right: Node) -> bool:
    return left.kind == right.kind in ("name", "number") and left.value == right.value


def entrywise(body: Node) -> None:
    r"""The powers of what is summed over all entries, ``\sum (y - X w)^2``, are those of the entries."""
    stack = [body]
    while stack:
        node = stack.pop()
        if node.kind == "binary" and node.value == "^":
            node.value = ".^"
        elif node.kind == "negate" or (node.kind == "binary" and node.value in ("*", "/", "+", "-", ".*")):
            stack.extend(node.children)


@cache
def parser() -> Lark:
    from lark import Lark

    text = (grammar_dir() / "latex.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False, transformer=Build())


def parse(tokens: list[Token], source: str, known: Mapping[str, str], free: tuple[str, ...] = ()) -> Node:
    """The surface node of the tokens of one expression; raises a `MatdiffError` with its place.

    Where indices are ``free``, it stands for its values at all of them.
    """
    from lark import UnexpectedToken

    raise_mistakes(tokens, source)
    state = parser().parse_interactive()
    last = tokens[-1] if tokens else Token("$END", "", 0, 0)
    try:
        for token in tokens:
            state.feed_token(token)  # type: ignore[arg-type]
        root: Node = state.feed_token(Token("$END", "", last.end, last.end))  # type: ignore[arg-type]
    except UnexpectedToken as error:
        token = error.token if isinstance(error.token, Token) else last
        raise unexpected(token, set(state.accepts()), tokens, source) from None  # type: ignore[no-untyped-call]
    except Misread as error:
        raise ParseError(str(error), Place(source, error.start, error.end)) from None
    check_expression(root, source, known)
    if has_indices(known):
        with_members(root, source, known)
        return root
    root = Node("free", free, (root,), root.start, root.end) if free else root
    bind(root, source, known)
    return root
