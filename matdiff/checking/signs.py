"""Whether a formula holds an equation, by its signs alone: what is not read must at least be seen."""

from __future__ import annotations

import re

_LATEX = re.compile(
    r"\\begin\{[^}]*\}|\\end\{[^}]*\}|\\(?:text|mbox|textrm|label|tag|hspace|color)\*?\s*\{(?:[^{}]|\{[^{}]*\})*\}"
    r"|\\left|\\right|\\[{}]|\\(?:equiv|triangleq|coloneqq|doteq)(?![A-Za-z])|\\[A-Za-z]+|\\.|[=＝{}()\[\]]"
)
_EQUAL = frozenset({"=", "＝", r"\equiv", r"\triangleq", r"\coloneqq", r"\doteq"})
_NOT = re.compile(r"\\not\s*\Z")
_MATH = re.compile(r"(?<![<>=!:~.])(?::=|==|=)(?![=>])")


def equations(text: str, notation: str) -> int:
    """How many signs of equality stand outside of braces and brackets."""
    if notation == "math":
        return sum(1 for _ in _MATH.finditer(re.sub(r"#[^\n]*", "", text)))
    depth = count = 0
    for found in _LATEX.finditer(text):
        match found[0]:
            case "{" | "(" | "[" | r"\{":
                depth += 1
            case "}" | ")" | "]" | r"\}":
                depth = max(depth - 1, 0)
            case sign if sign in _EQUAL and not depth:
                count += not _NOT.search(text, 0, found.start())
    return count
