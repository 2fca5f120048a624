r"""The LaTeX notation: as textbooks, papers and question-and-answer sites write it, to surface syntax.

The stages, in order: `prose` finds the formulas among words; `scan` makes marks of the text and matches its brackets;
`lexer` (over `core`, `scripts`, `brackets`, `functions`, `numbers`, `letters`, `fonts` and `layout`, with the tables of
`words` and `names`) makes tokens of them, every argument in braces and every name whole; `rows` cuts the tokens into
statements; `tree` parses one expression by ``grammar/latex.lark`` (`mistakes` says what is wrong with it, `indices`
what its sums mean); `statements` makes a model of all. `documents` reads the expressions, chains and claims of a hand
derivation.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from matdiff.reader.kinds import kinds
from matdiff.reader.latex.core import Token
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.members import has_indices
from matdiff.reader.latex.prose import Formula, formulas
from matdiff.reader.latex.rows import RELATIONS, check_length, check_tokens
from matdiff.reader.latex.statements import Statements
from matdiff.reader.syntax import Program

SPELLING = {
    "*": " ",
    ".*": r" \odot ",
    "./": r" \oslash ",
    ".^": r"^{\odot n}",
    "'": r"^{\top}",
    "inv": "{}^{-1}",
    "dot": r"\cdot ·",
    "entries": r"^{\odot}",
}
"""How the signs are written here, for messages."""


def read(source: str, declared: Mapping[str, str] | None = None) -> Program:
    """Read a model or an expression; raises `ParseError` with the place."""
    check_length(source)
    parts = formulas(source)
    known = dict(declared or {})
    if r"\in" in source or "∈" in source:  # what is declared anywhere is known everywhere
        tokens = tokens_of(source, parts, dict(known), tolerant=True)
        known |= kinds(Program(source, Statements(source, known).declared(tokens)))
    if has_indices(known):  # what is defined by an index is a family everywhere
        tokens = tokens_of(source, parts, dict(known), tolerant=True)
        known |= {n: kind for n, kind in Statements(source, known).families(tokens).items() if n not in known}
    tokens = check_tokens(tokens_of(source, parts, known), source)
    return Program(source, Statements(source, known).read(tokens), SPELLING)


def tokens_of(
    source: str, parts: list[Formula] | None, known: MutableMapping[str, str], tolerant: bool = False
) -> list[Token]:
    """The tokens of a source, or of the formulas among its words."""
    if parts is None:
        return Lexer(source, known, lines=True, tolerant=tolerant).run()
    found: list[Token] = []
    mentions: list[Token] = []
    for part in parts:
        tokens = Lexer(source, known, part.start, part.end, lines=True, tolerant=tolerant, display=True).run()
        says = not part.inline or any(token.type in RELATIONS | {"IN"} for token in tokens)
        (found if says else mentions).extend([*tokens, Token("ROW", "\n", part.end, part.end)])
    return found or mentions
