"""Misspelt words, and letters that only look like others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MAX_WORD = 40


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant: cut short, in another case, or with a slip or two of a finger."""
    words = list(dict.fromkeys(known))
    if not 2 < len(word) <= MAX_WORD:
        return next((other for other in words if other.lower() == word.lower()), None)
    longer = [other for other in words if len(word) > 3 and other.startswith(word)]
    if len(longer) == 1:
        return longer[0]
    slips = 1 if len(word) < 6 else 2
    near = [(distance(word.lower(), other.lower()), other) for other in words if abs(len(word) - len(other)) <= slips]
    best = min(near, default=None, key=lambda found: (found[0], found[1].lower() != word.lower()))
    return best[1] if best and best[0] <= slips and len(best[1]) > 1 else None


def distance(one: str, other: str) -> int:
    """How many letters to insert, delete, change or swap with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(row[-1] + 1, before[j] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    close = closest(word, known)
    return f"did you mean {close}? Or " if close else ""


_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁһԛԝѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧονικρυχα",
    "ABESIJKMHOPCTYXaBesijKMHopcTyxdhqwvABEZHIKMNOPTYXovikpuxa",
)
"""Cyrillic and Greek letters with the Latin ones they are taken for."""


def looks(name: str) -> str:
    """What a name looks like: two names that look the same have the same."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name).translate(_TWINS)


def letter(name: str) -> str:
    """The first letter of a name that is not ASCII, described."""
    found = next(character for character in name if not character.isascii())
    return f"{found!r} is {unicodedata.name(found, f'U+{ord(found):04X}')}"


def variant(name: str) -> str | None:
    """What to write for a name in letters of another style (full-width, bold, raised); None for a plain one."""
    if name.isascii():
        return None
    plain = unicodedata.normalize("NFKC", name).replace("⁄", "/")
    if plain == name:
        return None
    base = name.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return f"{base}^{unicodedata.normalize('NFKC', name[len(base) :])}" if base != name and base else plain
