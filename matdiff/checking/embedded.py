r"""Derivatives inside of expressions, ``\operatorname{tr}((\nabla_X f)^\top dX)``: read as names for what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matdiff.checking.chains import chains_of
from matdiff.checking.scope import Scope
from matdiff.reader.latex.documents import Claim, Member
from matdiff.reader.latex.words import FUNCTIONS

_SCRIPT = r"(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|\w)"
_OPERAND = r"\\(?:mathrm|text|operatorname|mathit)\{\w+\}|\\ell|(?:[^\W\d_]\w*|[^\W\d])(?:_\{?\w+\}?)?"
_PARTIAL = rf"\\partial\s*(?:{_OPERAND})\s*"
_SIGNS = {
    "latex": re.compile(
        rf"(?:\\nabla(?:\^\{{?2\}}?)?\s*_\s*{_SCRIPT}(?:\^\{{?2\}}?)?|(?<![\w\\])D_{_SCRIPT})(?:\s*(?:{_OPERAND}))?"
        rf"|\\[dt]?frac\{{{_PARTIAL}\}}\{{{_PARTIAL}(?:\^\\top|\^\{{\\top\}}|\^T)?\}}"
    ),
    "math": re.compile(r"(?:(?:∇|nabla)(?:²|\^2)?_?|(?<!\w)D_)\{?\w+\}?(?:\s+[^\W\d]\w*)?|∂\w+\s*/\s*∂\w+"),
}
_WORDS = "|".join([*FUNCTIONS, "left", "operatorname", "[lr]?[Vv]ert", "[dt]?frac", "sqrt", "sum"])
_APPLIED = re.compile(rf"\s*(?:[(\w]|\\\||\\(?:{_WORDS})(?![A-Za-z]))|\s+-\S")
"""What stands beside a sign that names no function is what it is applied to, and no factor."""
_PLACEHOLDERS = {"latex": "\\Xi_{{{}}}", "math": "Ξ{}"}
_NAMES = {"latex": "Xi_{}", "math": "Ξ{}"}


def claims_in(text: str, notation: str, scope: Scope) -> tuple[str, dict[str, Claim]]:
    """The text with a name for each derivative in it, at the same offsets where that fits, and what they are."""
    found: dict[str, Claim] = {}
    out, at = [], 0
    for start, end, claim in _claims(text, notation, scope):
        number = len(scope.claimed) + len(found) + 1
        name, shown = _NAMES[notation].format(number), _PLACEHOLDERS[notation].format(number)
        found[name] = claim
        out += [text[at:start], shown.ljust(end - start)]
        at = end
    return "".join([*out, text[at:]]), found


def _claims(text: str, notation: str, scope: Scope) -> Iterator[tuple[int, int, Claim]]:
    for match in _SIGNS[notation].finditer(text):
        for end in (match.end(), len(match[0].split(" ")[0]) + match.start()):
            part = text[match.start() : end]
            member = _only(part, notation, scope)
            if member is None or member.claim is None or not _is_scalar(member.claim, scope):
                continue
            if not (_APPLIED.match(text, end) if member.claim.of is None else text.startswith("(", end)):
                yield match.start(), end, member.claim
                break


def _only(part: str, notation: str, scope: Scope) -> Member | None:
    chains = chains_of(part, notation, scope.known, 0, len(part))
    return chains[0].members[0] if len(chains) == 1 and len(chains[0].members) == 1 else None


def _is_scalar(claim: Claim, scope: Scope) -> bool:
    """Whether what is differentiated is nothing, an undeclared name, or a scalar of the model."""
    if claim.of is None or claim.of.kind != "name":
        return claim.of is None
    node = scope.named(claim.of.value)
    return node is None or node.is_scalar
