"""How tightly a text of Python holds together, and where brackets are needed."""

from __future__ import annotations

import re

LOOSE, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(-1, 6)


def bracketed(text: str, level: int, needed: int) -> str:
    return f"({text})" if level < needed else text


def stands_alone(number: int, text: str) -> bool:
    """Whether an argument is everywhere a whole argument of a call, where any text may stand."""
    return text.count(f"{{{number}}}") == len(re.findall(rf"(?<=[(,])\s*\{{{number}\}}(?=[,)])", text))


def is_atom(text: str) -> bool:
    """Whether a text is names, calls and brackets only, so that no sign beside it can tear it apart."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and not (character.isalnum() or character in "._)]}"):
            return False
    return True
