r"""The LaTeX notation: as textbooks, papers and question-and-answer sites write it, to surface syntax.

The stages, in order: `scan` makes marks of the text and matches its brackets; `lexer` (over `core`, `functions`,
`letters` and `fonts`, with the tables of `words` and `names`) makes tokens of them, every argument in braces and every
name whole; `rows` cuts the tokens into statements; `tree` parses one expression by ``grammar/latex.lark``;
`statements` makes them a model. `documents` reads the expressions, chains and claims of a hand derivation.
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.rows import check_length, check_tokens
from matdiff.reader.latex.statements import Statements
from matdiff.reader.syntax import Program

SPELLING = {
    "*": " ",
    ".*": r" \odot ",
    "./": r" \oslash ",
    ".^": r"^{\odot n}",
    "'": r"^{\top}",
    "inv": "{}^{-1}",
}
"""How the signs are written here, for messages."""


def read(source: str, declared: Mapping[str, str] | None = None) -> Program:
    """Read a model or an expression; raises `ParseError` with the place."""
    check_length(source)
    known = dict(declared or {})
    tokens = check_tokens(Lexer(source, known, lines=True).run(), source)
    return Program(source, Statements(source, known).read(tokens), SPELLING)
