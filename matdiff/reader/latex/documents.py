r"""Documents: expressions, chains ``a = b = c`` and claims such as ``\nabla_w f = …``, in LaTeX.

Everything carries its place in the source it was cut from, and what cannot be read never hides what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.reader.latex.applied import with_values
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.derivatives import Claim, entry_of, is_row, with_derivatives
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.members import has_indices
from matdiff.reader.latex.mistakes import raise_mistakes
from matdiff.reader.latex.rows import RELATIONS, check_length, check_tokens, expression, segments
from matdiff.reader.latex.tree import parse
from matdiff.reader.syntax import Node, postorder


@dataclass(slots=True)
class Member:
    """One side of a link: an expression, a claim, or an error; with its place in the source."""

    start: int
    end: int
    node: Node | None = None
    claim: Claim | None = None
    error: MatdiffError | None = None
    whole: Claim | None = None
    r"""The claim that it is where ``\nabla_w`` goes for all terms that follow."""


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
    for part in segments(with_values(tokens, source, known), document=True):
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
        names = [t.value for t in part if t.type == "NAME" and isinstance(t.value, Symbol)]
        steps = {found[1] for symbol in names for p in symbol.parts if (found := _STEP.fullmatch(p)) and found[2]}
        indexed = has_indices(known)
        numbered = at_numbers(sides, known) if not (chain.members or indexed) else []
        steps = set() if indexed else steps
        within = {**known, **dict.fromkeys(steps, "dim")}  # x_k beside x_{k+1} is a step, and no entry
        for one in numbered[1:]:
            chains.append(Chain(signs=list(chain.signs)))
            add_members(chains[-1], one, marks, part[0], source, known)
        add_members(chain, numbered[0] if numbered else sides, marks, part[0], source, known if numbered else within)
    return chains


def add_members(
    chain: Chain, sides: list[list[Token]], marks: list[Token], first: Token, source: str, known: Mapping[str, str]
) -> None:
    """Read the sides of a chain; ``marks`` are the signs between them."""
    free = () if has_indices(known) else free_indices(sides, known)
    for number, side in enumerate(sides):
        near = marks[max(0, number - (not chain.continues))] if marks else first
        chain.members.append(read_member(side, near, source, known, free))


_STEP = re.compile(r"([a-z])(?:([+-])(\d+))?")


def at_numbers(sides: list[list[Token]], known: Mapping[str, str]) -> list[list[list[Token]]]:
    r"""A chain of names ``s_k``, ``s_{k-1}`` where s_0, s_1, … are declared: the chain at each k with all of them."""
    steps: dict[str, set[tuple[str, int]]] = {}
    for token in (token for side in sides for token in side):
        step = step_of(token, known)
        if step is not None:
            base, letter, offset = step
            steps.setdefault(letter, set()).add((base, offset))
    found: list[list[list[Token]]] = []
    if len(steps) == 1:
        ((letter, names),) = steps.items()
        for n in range(MOST_STEPS):
            if all(numbered_name(base, n + offset, known) for base, offset in names):
                found.append([[at_number(token, letter, n, known) for token in side] for side in sides])
    return found


MOST_STEPS = 20


def step_of(token: Token, known: Mapping[str, str]) -> tuple[str, str, int] | None:
    """The base, the index and the offset of ``s_{k-1}``, where s_0, s_1, … are declared."""
    symbol = token.value
    if token.type != "NAME" or not isinstance(symbol, Symbol) or symbol in known or len(symbol.parts) != 1:
        return None
    step = _STEP.fullmatch(symbol.parts[0])
    if step is None or step[1] in known or symbol.base in known:
        return None
    if not any(numbered_name(symbol.base, n, known) for n in (0, 1, 2)):
        return None
    return symbol.base, step[1], int(f"{step[2]}{step[3]}") if step[2] else 0


def numbered_name(base: str, number: int, known: Mapping[str, str]) -> str:
    return next((name for name in (f"{base}_{number}", f"{base}{number}") if name in known), "")


def at_number(token: Token, letter: str, n: int, known: Mapping[str, str]) -> Token:
    step = step_of(token, known)
    if step is not None:
        name = numbered_name(step[0], n + step[2], known)
        return Token("NAME", Symbol(name, name), token.start, token.end, token.aligned)
    if token.type == "NAME" and token.value == letter:
        return Token("NUMBER", Fraction(n), token.start, token.end)
    return token


def read_member(
    tokens: list[Token], near: Token, source: str, known: Mapping[str, str], free: tuple[str, ...] = ()
) -> Member:
    """One side; ``near`` is the sign beside it, the place of what is missing."""
    if not tokens:
        error = ParseError("a side of this equation is missing", Place(source, near.start, near.end))
        return Member(near.start, near.end, error=error)
    member = Member(*balanced(source, min(token.start for token in tokens), max(token.end for token in tokens)))
    try:
        raise_mistakes(tokens, source)
        node = expression(with_derivatives(tokens, source, known), source, known, free)
        if node.kind == "derivative":
            member.claim = node.value
        else:
            member.node = node
            if tokens[0].type == "DERIV" and node.kind == "binary" and node.value in ("+", "-"):
                member.whole = whole_claim(tokens, node, source, known)
    except MatdiffError as error:
        member.error = error
    return member


def whole_claim(tokens: list[Token], root: Node, source: str, known: Mapping[str, str]) -> Claim | None:
    r"""``\nabla_w \|w\|^2 + b`` as the derivative of the sum; None where other terms hold derivatives."""
    found = [node for node in postorder(root) if node.kind in ("derivative", "differential")]
    if len(found) != 1 or found[0].value.of is None or found[0].value.of.kind == "name":
        return None
    behind = [k for k, token in enumerate(tokens) if token.start >= found[0].value.of.start]
    return Claim(found[0].value.kind, found[0].value.wrt, parse(tokens[behind[0] :], source, known))


def free_indices(sides: list[list[Token]], known: Mapping[str, str]) -> tuple[str, ...]:
    """The indices that the sides of a chain carry, and no sum in them binds: ``v_k`` of a declared v."""
    free: dict[str, None] = {}
    alone: set[str] = set()
    by_row = bool(sides) and any(is_row(token.value, known) for token in variables_below(sides[0]))
    for side in sides:
        bound = {letter for token in side if token.type == "SUM" for letter in token.value[0]}
        for token in side:
            letters: tuple[str, ...] = ()
            if token.type == "NAME" and isinstance(token.value, Symbol):
                letters = entry_of(token.value, known)[1] or row_of(token.value, known)
                letters = letters or (token.value.parts if by_row and is_row(token.value, known) else ())
            elif token.type == "INDEX":
                letters = tuple(letter for part in token.value for letter in part)
            found = dict.fromkeys(letter for letter in letters if letter not in bound and letter.isalpha())
            alone = set(found) - {*"ijkl"} if side is sides[0] and len(side) == 1 else alone - set(found)
            free.update(found)
    symbols = [t.value for side in sides for t in side if t.type == "NAME" and isinstance(t.value, Symbol)]
    head = sides[0][0].value if sides and len(sides[0]) == 1 else None
    if isinstance(head, Symbol) and head.parts and head.base not in known:  # e_{ui} = r_{ui} - q_i^T p_u of names q_i
        alone.update("".join(part for symbol in symbols if symbol in known for part in symbol.parts))
    return tuple(letter for letter in free if letter not in alone)  # \mu_p = w^T \mu is a name


def variables_below(side: list[Token]) -> Iterator[Token]:
    r"""The names behind a ``\partial``, and below a ``\nabla``."""
    for k, token in enumerate(side):
        before = [one.type for one in side[max(0, k - 3) : k]]
        below = before[-1:] in (["PARTIAL"], ["D"]) or before == ["DERIV", "SUBSCRIPT", "LBRACE"]
        if below and token.type == "NAME" and isinstance(token.value, Symbol):
            yield token


def row_of(symbol: Symbol, known: Mapping[str, str]) -> tuple[str, ...]:
    """The indices of ``x_i`` or ``x_{ij}``, a row or an entry of a declared X."""
    upper = Symbol(symbol.base.upper(), symbol.base.upper(), symbol.parts)
    plain = symbol.base in known or symbol in known or len(symbol.base) > 1
    return () if plain or known.get(upper.base) not in ("matrix", "onehot") else entry_of(upper, known)[1]


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
