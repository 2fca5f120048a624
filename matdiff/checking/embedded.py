"""Derivatives inside of expressions of the math notation, ``tr((∇_X f)'*dX)``: read as names for what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matdiff.checking.chains import chains_of
from matdiff.checking.scope import Scope
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.latex.documents import Member

_SIGN = re.compile(r"(?:(?:∇|nabla)(?:²|\^2)?_?|(?<!\w)D_)\{?\w+\}?(?:\s+[^\W\d]\w*)?|∂\w+\s*/\s*∂\w+")
_APPLIED = re.compile(r"\s*[(\w]|\s+-\S")
"""What stands beside a sign that names no function is what it is applied to, and no factor."""


def claims_in(text: str, scope: Scope) -> tuple[str, dict[str, Claim]]:
    """The text with a name for each derivative in it, at the same offsets where that fits, and what they are."""
    found: dict[str, Claim] = {}
    out, at = [], 0
    for start, end, claim in _claims(text, scope):
        name = f"Ξ{len(scope.claimed) + len(found) + 1}"
        found[name] = claim
        out += [text[at:start], name.ljust(end - start)]
        at = end
    return "".join([*out, text[at:]]), found


def _claims(text: str, scope: Scope) -> Iterator[tuple[int, int, Claim]]:
    for match in _SIGN.finditer(text):
        for end in (match.end(), len(match[0].split(" ")[0]) + match.start()):
            part = text[match.start() : end]
            member = _only(part, scope)
            if member is None or member.claim is None or not _is_scalar(member.claim, scope):
                continue
            if not (_APPLIED.match(text, end) if member.claim.of is None else text.startswith("(", end)):
                yield match.start(), end, member.claim
                break


def _only(part: str, scope: Scope) -> Member | None:
    chains = chains_of(part, "math", scope.known, 0, len(part))
    return chains[0].members[0] if len(chains) == 1 and len(chains[0].members) == 1 else None


def _is_scalar(claim: Claim, scope: Scope) -> bool:
    """Whether what is differentiated is nothing, an undeclared name, or a scalar of the model."""
    if claim.of is None or claim.of.kind != "name":
        return claim.of is None
    node = scope.named(claim.of.value)
    return node is None or node.is_scalar
