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
        name, after = density(tokens, k, source, known)
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


def density(tokens: list[Token], k: int, source: str, known: Mapping[str, str]) -> tuple[str, int]:
    r"""The name of ``p(x | \theta)`` and what follows it, where that begins at a token; no name where it does not."""
    if tokens[k].type != "NAME" or tokens[k].value in known or k + 1 >= len(tokens) or tokens[k + 1].type != "LPAR":
        return "", k
    names: list[str] = []
    bars = 0
    at = k + 2
    while at < len(tokens) and tokens[at].type != "RPAR":  # nothing is nested in it, so that no token is met twice
        token = tokens[at]
        if source[token.start : token.end] in _BARS:
            bars += 1
        elif token.type == "NAME":
            names.append(str(token.value))
        elif token.type != "COMMA":
            return "", k
        at += 1
    if at == len(tokens) or bars != 1 or not names:
        return "", k
    return "_".join([str(tokens[k].value), *names]), at + 1
