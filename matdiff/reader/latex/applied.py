r"""Values of functions that are names: ``p(x \mid \theta)``, ``\log p(x | m, L)``."""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.reader.latex.core import Symbol, Token

_BARS = (r"\mid", r"\vert", "|")


def with_values(tokens: list[Token], source: str, known: Mapping[str, str]) -> list[Token]:
    """The tokens with one name for each density: a letter that nothing declares, before names with a bar between."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        after = closed(tokens, k + 1)
        inside = tokens[k + 2 : after - 1] if after > k + 3 else []
        name = density(token, inside, source, known) if token.type == "NAME" and inside else ""
        if not name:
            out.append(token)
            k += 1
            continue
        start = token.start
        log = out[-1] if out and out[-1].type in ("APPLY", "CALL") and out[-1].value == ("log", 0) else None
        if log is not None and name not in known:
            name, start = f"log_{name}", log.start
            out.pop()
        out.append(Token("NAME", Symbol(name, name), start, tokens[after - 1].end))
        k = after
    return out


def closed(tokens: list[Token], k: int) -> int:
    """What follows the round bracket at a token; the same where there is none."""
    depth, first = 0, k
    while k < len(tokens) and (depth or k == first):
        depth += (tokens[k].type == "LPAR") - (tokens[k].type == "RPAR")
        k += 1
        if depth <= 0:
            break
    return k if k > first + 1 else first


def density(token: Token, inside: list[Token], source: str, known: Mapping[str, str]) -> str:
    r"""The name of ``p(x | \theta)``, where that is one."""
    bars = [t for t in inside if source[t.start : t.end] in _BARS]
    names = [t for t in inside if t.type != "COMMA" and t not in bars]
    if token.value in known or len(bars) != 1 or not names or not all(t.type == "NAME" for t in names):
        return ""
    return "_".join([str(token.value), *(str(t.value) for t in names)])
