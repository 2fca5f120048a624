"""Every operator as an operand of every other, with signs and scalars before it: what brackets are for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

DECLARATIONS = "M, N: matrix(n, n); v, w: vector(n); s, t, q: scalar; F, G: matrix(n*n, n*n)"
_LEAVES = {"M": "MN", "v": "vw", "s": "st", "K": "FG"}
_OPERATORS = {
    "M": "{M} + {M}|{M} - {M}|{M}*{M}|{M} .* {M}|{M} ./ {M}|{M} .^ {M}|{M} .^ {s}|{s} ./ {M}|{s}*{M}|{M}/{s}|-{M}|{M}'"
    "|{M}^2|{v}*{v}'|{M} .* {v}|{s} + {M}|max({M}, {M})",
    "v": "{M}*{v}|{v} + {v}|{v} .* {v}|{v} ./ {v}|{v} .^ {v}|{s}*{v}|{v}/{s}|-{v}|1 ./ {v}",
    "s": "{s} + {s}|{s} - {s}|{s}*{s}|{s}/{s}|{s}^{s}|-{s}|{s}^-2|{v}'*{v}|{v}'*{M}*{v}|n*n|-1/2",
    "K": "kron({M}, {M})|{K}*{K}|{K} .* {K}|-{K}",
}
_BEFORE = ("{0}", "-({0})", "-2*q*({0})/3")


def pairs() -> Iterator[str]:
    """Each operator with one operand that is made by another, which may be negated or scaled."""
    inner = {
        shape: [before.format(_filled(form)) for form in forms.split("|") for before in _BEFORE]
        for shape, forms in _OPERATORS.items()
    }
    for forms in _OPERATORS.values():
        for form in forms.split("|"):
            for place, shape in enumerate(re.findall(r"\{(\w)\}", form)):
                for text in inner[shape]:
                    yield _filled(form, place, text)


def _filled(form: str, at: int = -1, text: str = "") -> str:
    """An operator over names, or over a text in one place."""
    seen: Counter[str] = Counter()

    def operand(found: re.Match[str]) -> str:
        place, name = seen.total(), _LEAVES[found[1]][seen[found[1]]]
        seen[found[1]] += 1
        return f"({text})" if place == at else name

    return re.sub(r"\{(\w)\}", operand, form)
