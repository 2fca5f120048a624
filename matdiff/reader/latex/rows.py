"""The tokens of LaTeX as statements: rows, and what goes on over the end of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matdiff.errors import ParseError, Place
from matdiff.reader.latex.core import ENDS, Token, types
from matdiff.reader.latex.tree import parse
from matdiff.reader.math import MAX_LENGTH
from matdiff.reader.syntax import Node

RELATIONS = frozenset({"EQUAL", "RELATION"})
_BREAKS = frozenset({"NOTE", "ARROW", "STOP", "QUAD"})


MAX_WORDS = 25_000
MAX_RELATIONS = 5_000
"""As many names, numbers and functions, and signs of equality, are read in a few seconds."""

_WORDS = types("NAME NUMBER CONSTANT CALL APPLY FRAC SQRT SUM POWER TRANSPOSE SIGN D DOPEN")


def check_length(source: str) -> None:
    if len(source) > MAX_LENGTH:
        raise ParseError(f"the source is {len(source):,} characters long; at most {MAX_LENGTH:,} are read")


def check_tokens(tokens: list[Token], source: str) -> list[Token]:
    words = [token for token in tokens if token.type in _WORDS]
    if len(words) > MAX_WORDS:
        place = Place(source, words[MAX_WORDS].start, words[MAX_WORDS].end)
        raise ParseError(
            f"there are {len(words):,} names, numbers, functions and signs; at most {MAX_WORDS:,} are read", place
        )
    relations = [token for token in tokens if token.type in RELATIONS]
    if len(relations) > MAX_RELATIONS:
        place = Place(source, relations[MAX_RELATIONS].start, relations[MAX_RELATIONS].end)
        raise ParseError(f"there are {len(relations):,} signs of equality; at most {MAX_RELATIONS:,} are read", place)
    return tokens


def expression(tokens: list[Token], source: str, known: Mapping[str, str], free: tuple[str, ...] = ()) -> Node:
    for token, *others in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if [token.type, *(other.type for other in others)] == ["NAME", "LPAR", "NAME", "RPAR"]:
            name = source[token.start : others[-1].end]
            if len(token.value.base) == 1 and token.value not in known:
                raise ParseError(
                    rf"{name}: declare {token.value}: function, if it is one; for a product write"
                    rf" {token.value} \cdot {others[1].value}",
                    Place(source, token.start, others[-1].end),
                )
    for token, second, third in zip(tokens, tokens[1:], [*tokens[2:], tokens[-1]], strict=False):
        if token.type == "NAME" and token.value.base in ("f", "g") and token.value not in known:
            script = second.type in ("INVERSE", "TRANSPOSE") and third.type == "LPAR"
            if script or (second.type == "LPAR" and second.start == token.end):
                raise ParseError(
                    rf"declare {token.value}: function, if it is one; for a product write {token.value} \cdot (…)",
                    Place(source, token.start, second.end),
                )
    return parse(tokens, source, known, free)


def segments(tokens: list[Token], *, document: bool = False) -> list[list[Token]]:
    """The tokens of each statement: rows, cut at remarks and commas, joined where one goes on."""
    found: list[list[Token]] = []
    for row in cut(tokens, frozenset({"ROW"})):
        for number, part in enumerate(parts_of(row)):
            if number == 0 and found and goes_on(found[-1], part, document):
                found[-1] += part
            else:
                found.append(part)
    return found


def cut(tokens: Iterable[Token], types: frozenset[str]) -> list[list[Token]]:
    """The tokens between those of some types; nothing where two stand together."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.type not in types:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return found if found[-1] else found[:-1]


def parts_of(row: list[Token]) -> list[list[Token]]:
    """A row cut at remarks, arrows and punctuation, and at a wide space between two equations."""
    if [token.type for token in row[:4]] == ["LPAR", "NUMBER", "RPAR", "QUAD"]:  # its number, before an equation
        row = row[4:]
    where = next((k for k, token in enumerate(row) if token.type == "NOTE" and token.value.startswith("where")), 0)
    if where and any(token.type == "EQUAL" for token in row[where:]):  # L = q'q where q = A x
        row = [*row[where + 1 :], row[where], *row[:where]]
    row = without_sets(row)
    if any(token.type == "IN" for token in row):
        return declarations(row)
    last = max((k for k, token in enumerate(row) if token.type == "EQUAL"), default=0)
    kept: list[Token] = []
    equal = False
    for k, token in enumerate(row):
        if token.type == "QUAD":
            if [after.type for after in row[k + 1 : k + 5]] == ["LPAR", "NUMBER", "RPAR"]:
                break  # the number of the equation, typed by hand
            if token.value != "&&" and not (equal and k < last):
                continue
        equal = token.type == "EQUAL" or (equal and token.type not in ("STOP", "QUAD"))
        kept.append(token)
    return cut(kept, _BREAKS)


def without_sets(row: list[Token]) -> list[Token]:
    r"""A row without the sets behind its equations, as in ``S = Q K^\top \in \mathbb{R}^{n \times n}``."""
    kept: list[Token] = []
    equal = inside = False
    for token in row:
        equal = token.type == "EQUAL" or (equal and token.type not in _BREAKS)
        inside = (inside and token.type not in _BREAKS) or (token.type == "IN" and equal)
        if not inside:
            kept.append(token)
    return kept


def declarations(row: list[Token]) -> list[list[Token]]:
    r"""A row cut into ``X, Y \in …``, each with its names."""
    found: list[list[Token]] = []
    names: list[Token] = []
    for part in cut(row, _BREAKS):
        if len(part) == 1 and part[0].type == "NAME":
            names += part
        else:
            found.append(names + part)
            names = []
    return [*found, names] if names else found


def goes_on(above: list[Token], part: list[Token], document: bool) -> bool:
    """Whether a row goes on with the expression above it."""
    first = part[0]
    if above[-1].type not in ENDS or first.type == "TIMES" or (first.type, first.value) == ("SIGN", "+"):
        return True
    if first.type in RELATIONS:
        return not document
    alone = not any(token.type in RELATIONS for token in part)
    return (first.type, first.value) == ("SIGN", "-") and alone and (document or first.aligned)
