r"""What is wrong with an expression, in words: tokens that do not fit, and formulas that can be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matdiff.errors import MatdiffError, ParseError, Place, UnsupportedError
from matdiff.reader.latex.core import Token
from matdiff.reader.latex.words import UNSUPPORTED
from matdiff.reader.names import default_kind
from matdiff.reader.syntax import Node, postorder


def check_expression(root: Node, source: str, known: Mapping[str, str]) -> None:
    """Refuse what can be read in two ways."""
    check_differentials(root, source)
    check_quotients(root, source, known)
    check_braces(root, source)


def check_differentials(root: Node, source: str) -> None:
    """Refuse d of what holds no name: it is a product, or it stands by mistake."""
    named: set[int] = set()
    for node in postorder(root):
        if node.kind == "name" or any(id(child) in named for child in node.children):
            named.add(id(node))
        elif node.kind == "differential":
            raise ParseError(
                "d of a number: what is differentiated stands in brackets, as in d(…)",
                Place(source, node.start, node.end),
            )


def check_braces(root: Node, source: str) -> None:
    r"""Refuse a script on braces round several factors: they are not printed, and ``{AB}^\top`` looks like A B'."""
    for node in postorder(root):
        if node.is_transpose or node.kind == "inverse" or (node.kind == "binary" and node.value in ("^", ".^")):
            base = node.children[0]
            whole = source[base.start : base.end]
            if base.kind not in ("binary", "negate") or not whole.startswith("{") or r"\over" in whole:
                continue
            if not re.search(r"[(\[]", source[base.start : base.children[0].start]):
                raise ParseError(
                    "braces are not printed, so that the script seems to belong to what stands last in them: write (…)",
                    Place(source, base.start, base.end),
                )


def check_quotients(root: Node, source: str, known: Mapping[str, str]) -> None:
    r"""Refuse ``1/2\sigma^2``, which is read as ``(1/2)\sigma^2`` by some and as ``1/(2\sigma^2)`` by others."""
    for node in postorder(root):
        if node.kind != "binary" or node.value != "*" or node.children[0].value != "/":
            continue
        left, right = node.children
        below = left.children[1]
        if below.end != left.end or source[left.end : right.start].strip(" \\,"):
            continue
        base = right.children[0] if right.kind == "binary" and right.value == "^" else right
        if base.kind == "name":
            kind = known.get(base.value) or default_kind(base.value)
            unclear = left.end == right.start and kind in ("scalar", "dim")
        else:
            unclear = base.value == "sqrt" or {base.value, below.value} == {"norm2"}
        if unclear:
            text = source[below.start : left.end]
            beside = source[right.start : right.end]
            raise ParseError(
                rf"it is not clear what stands below /: write /({text} {beside}) or \frac{{…}}{{{text}}} {beside}",
                Place(source, below.start, right.end),
            )


def raise_mistakes(tokens: list[Token], source: str) -> None:
    """Raise the first mistake that the lexer has left in the tokens."""
    for token in tokens:
        if token.type == "BAD":
            kind, message = token.value
            raise kind(message, Place(source, token.start, token.end))


def unexpected(token: Token, accepted: set[str], tokens: list[Token], source: str) -> MatdiffError:
    """What is wrong at a token, in words."""
    place = Place(source, token.start, max(token.end, token.start + 1))
    text = " ".join(source[token.start : token.end].split())[:40]
    operand = "NAME" in accepted and "TIMES" not in accepted
    match token.type:
        case "$END":
            opened = [t for t in tokens if t.type in _CLOSERS]
            missing = next((name for name in _CLOSERS.values() if name in accepted), None)
            if missing and not operand:
                opener = unclosed(opened, tokens)
                return ParseError(
                    "this bracket is not closed" if missing[1:] not in ("BAR", "NORM") else "this bar is not closed",
                    Place(source, opener.start, opener.end),
                )
            if tokens and tokens[-1].type == "APPLY":
                name = tokens[-1].value[0]
                return ParseError(f"{name} is a function: its argument is missing", span(tokens[-1], source))
            place = Place(source, max(0, place.start - 1), place.start) if place.start else place
            return ParseError("something is missing here: the expression ends too early", place)
        case "DERIV" | "PARTIAL" | "SUBSCRIPT":
            return UnsupportedError(UNSUPPORTED["nabla"], place)
        case "SPACE" | "IN":
            return ParseError(r"\in declares a name, as in X \in \mathbb{R}^{m \times n}, on a line of its own", place)
        case "COMMA":
            return ParseError("a comma stands only between the arguments of a function", place)
        case "EQUAL" | "RELATION" | "ARROW":
            return ParseError(f"{text} cannot stand inside an expression", place)
        case "RPAR" | "RSQB" | "RCURLY" | "RANGLE" | "RBAR" | "RNORM" | "RBRACE":
            if operand and token.type == "RBRACE":
                return ParseError("something is missing inside these braces", place)
            if operand:
                return ParseError("something is missing before this bracket", place)
            if accepted & set(_CLOSERS.values()):
                return ParseError(f"this bracket {text} does not fit the one that is open", place)
            return ParseError(f"this bracket {text} was never opened", place)
    if operand:
        return ParseError(f"an operand is missing before {text!r}", place)
    return ParseError(f"{text!r} cannot stand here", place)


def span(token: Token, source: str) -> Place:
    return Place(source, token.start, token.end)


_CLOSERS = {
    "LPAR": "RPAR",
    "LSQB": "RSQB",
    "LCURLY": "RCURLY",
    "LBRACE": "RBRACE",
    "LANGLE": "RANGLE",
    "LBAR": "RBAR",
    "LNORM": "RNORM",
}


def unclosed(opened: list[Token], tokens: list[Token]) -> Token:
    """The innermost bracket that nothing closes."""
    stack: list[Token] = []
    closers = set(_CLOSERS.values())
    for token in tokens:
        if token.type in _CLOSERS:
            stack.append(token)
        elif token.type in closers and stack:
            stack.pop()
    return stack[-1] if stack else opened[-1]
