r"""Documents: expressions, chains ``a = b = c`` and claims such as ``\nabla_w f = …``, in LaTeX.

Everything carries its place in the source it was cut from, and what cannot be read never hides what follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.mistakes import raise_mistakes
from matdiff.reader.latex.rows import RELATIONS, check_length, check_tokens, expression, segments
from matdiff.reader.latex.tree import parse
from matdiff.reader.syntax import Node, postorder


@dataclass(slots=True)
class Claim:
    r"""``\nabla_w f``, ``D_w f`` or ``\frac{\partial f}{\partial w}``: what a side of a link claims to be.

    ``kind`` is ``gradient``, ``jacobian`` or ``hessian``; ``wrt`` holds the variable (two of a mixed Hessian);
    ``of`` is None where only the variable is written.
    """

    kind: str
    wrt: tuple[Node, ...]
    of: Node | None


@dataclass(slots=True)
class Member:
    """One side of a link: an expression, a claim, or an error; with its place in the source."""

    start: int
    end: int
    node: Node | None = None
    claim: Claim | None = None
    error: MatdiffError | None = None


@dataclass(slots=True)
class Chain:
    """``a = b = c``: members, and the relation signs between them."""

    members: list[Member] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    continues: bool = False
    """Whether it begins with a sign and goes on with the chain above, so that there are as many signs as members."""


def read_expression(
    source: str, declared: Mapping[str, str] | None = None, start: int = 0, end: int | None = None
) -> Node:
    """Read the one expression between two offsets of a document; raises a `MatdiffError` with its place."""
    check_length(source[start:end])
    known = dict(declared or {})
    parts = segments(check_tokens(Lexer(source, known, start, end).run(), source), document=True)
    if len(parts) == 1:
        return expression(parts[0], source, known)
    stop = len(source) if end is None else end
    place = Place(source, parts[1][0].start, parts[1][-1].end) if parts else Place(source, start, stop)
    raise ParseError("one expression is wanted here" if parts else "an expression is missing here", place)


def read_chains(
    source: str, declared: Mapping[str, str] | None = None, start: int = 0, end: int | None = None
) -> list[Chain]:
    """The chains of a display between two offsets of a document; what cannot be read is a member with its error."""
    check_length(source[start:end])
    known = dict(declared or {})
    tokens = check_tokens(Lexer(source, known, start, end, tolerant=True).run(), source)
    chains: list[Chain] = []
    for part in segments(tokens, document=True):
        continues = part[0].type in RELATIONS
        if not continues or not chains:
            chains.append(Chain(continues=continues))
        chain = chains[-1]
        sides: list[list[Token]] = [] if continues else [[]]
        marks: list[Token] = []
        for token in part:
            if token.type in RELATIONS:
                chain.signs.append(token.value if token.type == "RELATION" else "=")
                marks.append(token)
                sides.append([])
            else:
                sides[-1].append(token)
        for number, side in enumerate(sides):
            near = marks[max(0, number - (not continues))] if marks else part[0]
            chain.members.append(read_member(side, near, source, known))
    return chains


def read_member(tokens: list[Token], near: Token, source: str, known: Mapping[str, str]) -> Member:
    """One side; ``near`` is the sign beside it, the place of what is missing."""
    if not tokens:
        error = ParseError("a side of this equation is missing", Place(source, near.start, near.end))
        return Member(near.start, near.end, error=error)
    member = Member(*balanced(source, min(token.start for token in tokens), max(token.end for token in tokens)))
    try:
        claim = read_claim(tokens, source, known)
        of = claim.of if claim is not None else None
        if of is None or all(node.kind != "differential" for node in postorder(of)):
            member.claim = claim
        if member.claim is None:  # D_x f dx is a product
            member.node = expression(tokens, source, known)
    except MatdiffError as error:
        member.error = error
    return member


_OPENER = re.compile(r"(?:\\[A-Za-z]+\s*)?\{\s*\Z")


def balanced(source: str, start: int, end: int) -> tuple[int, int]:
    """A span with the braces of a font round its first or last letters."""
    text = source[start:end]
    missing = text.count("}") - text.count("{") - text.count(r"\}") + text.count(r"\{")
    while missing > 0 and (opener := _OPENER.search(source, max(0, start - 40), start)):
        start, missing = opener.start(), missing - 1
    while missing < 0 and source[end : end + 1] == "}":
        end, missing = end + 1, missing + 1
    return start, end


# claims

_WORDS = {"grad": "gradient", "gradient": "gradient", "jac": "jacobian", "jacobian": "jacobian", "hess": "hessian"}


def read_claim(tokens: list[Token], source: str, known: Mapping[str, str]) -> Claim | None:
    """The claim that a side is, if it is one."""
    raise_mistakes(tokens, source)
    inside, after = braced(tokens, 0) if tokens[0].type == "LBRACE" else ([], 0)
    if inside and after == len(tokens):
        tokens = inside
    first = tokens[0]
    if first.type == "DERIV":
        return derivative_sign(tokens, source, known)
    if first.type == "NAME" and isinstance(first.value, Symbol) and first.value not in known:
        symbol: Symbol = first.value
        variable = symbol.removeprefix("D_")
        if symbol.base == "D" and symbol != variable and (variable in known or len(variable) == 1):
            of = operand(tokens[1:], source, known)
            return Claim("jacobian", (Node("name", variable, (), first.start, first.end),), of)
    if first.type == "FRAC":
        return fraction_of_differentials(tokens, source, known)
    slash = next((k for k, token in enumerate(tokens) if token.type == "TIMES"), 0)
    if slash and tokens[slash].value == "/" and is_d(first) and slash + 1 < len(tokens) and is_d(tokens[slash + 1]):
        at = tokens[slash]
        left, right = Token("LBRACE", "{", at.start, at.start), Token("RBRACE", "}", at.start, at.start)
        return fraction_of_differentials(
            [at, left, *tokens[:slash], right, left, *tokens[slash + 1 :], right], source, known
        )
    if first.type == "CALL" and first.value[0] in _WORDS and first.value[0] not in known:
        node = expression(tokens, source, known)
        if node.kind == "call" and node.value in _WORDS and len(node.children) in (2, 3):
            return Claim(_WORDS[node.value], node.children[1:], node.children[0])
    return None


def derivative_sign(tokens: list[Token], source: str, known: Mapping[str, str]) -> Claim | None:
    r"""``\nabla_w f``, ``\nabla_w^2 f``, ``D_{w_1} f``; None where it is a term of a sum, ``\nabla_w f + 2 w``."""
    kind: str = tokens[0].value
    wrt: tuple[Node, ...] = ()
    k = 1
    while k < len(tokens) and tokens[k].type in ("SUBSCRIPT", "POWER"):
        inside, after = braced(tokens, k + 1)
        if tokens[k].type == "SUBSCRIPT":
            wrt = tuple(parse(part, source, known) for part in by_comma(inside))
        elif [token.value for token in inside] == [2]:
            kind = "hessian"
        else:
            raise ParseError("derivatives are read up to the second", span(source, tokens[k:after]))
        k = after
    rest = tokens[k:]
    if not wrt and [token.type for token in rest[1:]] == ["LPAR", "NAME", "RPAR"]:  # \nabla f(w)
        wrt, rest = (parse(rest[2:3], source, known),), rest[:1]
    if not wrt or any(node.kind != "name" for node in wrt):
        raise ParseError(r"name the variable below the sign, as in \nabla_{w} f", span(source, tokens[:k]))
    if kind != "hessian" and len(wrt) == 2:
        kind = "hessian"
    called = [token.type for token in rest[1:4]] == ["LPAR", "NAME", "RPAR"]
    behind = rest[4:5] if called else rest[1:2]
    if behind and behind[0].type == "SIGN" and rest[0].type in ("NAME", "APPLY"):
        return None
    return Claim(kind, wrt, operand(rest, source, known))


def fraction_of_differentials(tokens: list[Token], source: str, known: Mapping[str, str]) -> Claim | None:
    r"""``\frac{\partial f}{\partial w}``: the gradient; with ``\partial w^\top`` below it the Jacobian."""
    above, middle = braced(tokens, 1)
    below, after = braced(tokens, middle)
    lone = len(above) == 1 and above[0].type == "NAME" and above[0].value == "d"  # \frac{d}{dX}
    if not (above and below and (is_d(above[0]) or lone) and is_d(below[0])):
        return None
    order, above = order_of(above[1:])
    variables: list[Node] = []
    turned = False
    while below and is_d(below[0]):
        count = next((k for k, token in enumerate(below) if k and is_d(token)), len(below))
        part, below = below[1:count], below[count:]
        turned = bool(part) and part[-1].type == "TRANSPOSE"
        power, part = order_of(part[: len(part) - turned], last=True)
        node = parse(part, source, known) if part else Node("number")
        if node.kind == "call" and node.value == "vec":
            node = node.children[0]
        if node.kind != "name":
            raise ParseError("below the line stands a variable", span(source, tokens[:after]))
        variables += [node] * power
    if order != len(variables) or order > 2:
        raise ParseError("derivatives are read up to the second, as often below as above", span(source, tokens[:after]))
    if above and tokens[after:]:
        raise ParseError("a derivative cannot be multiplied here; write the differential", span(source, tokens))
    kind = "hessian" if order == 2 else "jacobian" if turned else "gradient"
    return Claim(
        kind,
        tuple(dict.fromkeys(variables)) if order == 2 else tuple(variables),
        operand(above or tokens[after:], source, known),
    )


def is_d(token: Token) -> bool:
    return token.type in ("PARTIAL", "D", "DOPEN")


def order_of(tokens: list[Token], last: bool = False) -> tuple[int, list[Token]]:
    r"""The power of a ``\partial^2`` or of a variable below it, and what is left."""
    at = len(tokens) - 4 if last else 0
    if at >= 0 and [t.type for t in tokens[at : at + 4]] == ["POWER", "LBRACE", "NUMBER", "RBRACE"]:
        return int(tokens[at + 2].value), tokens[:at] + tokens[at + 4 :]
    return 1, tokens


def operand(tokens: list[Token], source: str, known: Mapping[str, str]) -> Node | None:
    """What is differentiated; of an undeclared ``f(w)`` the name alone."""
    if not tokens:
        return None
    first = tokens[0]
    if len(tokens) == 1 and first.type == "APPLY":
        return Node("name", first.value[0], (), first.start, first.end)
    types = [token.type for token in tokens[:2]]
    if types == ["NAME", "LPAR"] and tokens[-1].type == "RPAR" and first.value not in known:
        tokens = tokens[:1]
    return parse(tokens, source, known)


def braced(tokens: list[Token], k: int) -> tuple[list[Token], int]:
    """The tokens inside the braces that open at k, and what follows them."""
    depth, start = 0, k
    while k < len(tokens):
        depth += (tokens[k].type == "LBRACE") - (tokens[k].type == "RBRACE")
        k += 1
        if depth == 0:
            break
    return tokens[start + 1 : k - 1], k


def by_comma(tokens: list[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "COMMA":
            found.append([])
        else:
            found[-1].append(token)
    return [part for part in found if part]


def span(source: str, tokens: list[Token]) -> Place:
    return Place(source, tokens[0].start, tokens[-1].end)
