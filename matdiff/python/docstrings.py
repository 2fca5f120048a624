"""What docstrings tell of arguments: how many axes they have, and which of them are one size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_ENTRY = re.compile(r"^[ \t]*[-*]?[ \t]*(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::|--)[ \t]*(.*)$")
_SHAPE = re.compile(r"(?:\bshape[ \t:=]*(?:of[ \t]*)?|^|\bmatrix[ \t]+|\barray[ \t]+)\(([^()]*)\)", re.IGNORECASE)
_BY = re.compile(r"\b(\w+)[ \t]?x[ \t]?(\w+)\b[ \t]+(?:array|matrix)", re.IGNORECASE)
_LENGTH = re.compile(r"\b(?:array|vector)[ \t]+of[ \t]+length[ \t]+(\w+)", re.IGNORECASE)
_SIZE = re.compile(r"(\d*)[ \t]*\*?[ \t]*([A-Za-z_][\w ]*)?")
_NUMBER = re.compile(r"\(?(?:an?[ \t]+)?(?:float|scalar|number)\b", re.IGNORECASE)
_WHOLE = re.compile(r"(?:an[ \t]+|an?[ \t]+python[ \t]+)?(?:integer|int)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What is told of one argument."""

    axes: tuple[str, ...] | None = None
    """The sizes as they are written; None where nothing is told, ``()`` for one number."""
    kind: str = ""
    """"symmetric", "labels" or nothing."""
    beside: bool = False
    """Whether it is told by another function, of what it calls so."""


POSITION = Told((), "labels")
"""What is one whole number, and stands for a place in an array."""


@lru_cache(maxsize=500)
def told(text: str) -> Mapping[str, Told]:
    """What a docstring tells, by the names of the arguments; what it says first holds."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if entry is not None:
            names = [name.strip() for name in entry[1].split(",") if name.strip() not in found]
            found |= {name: [entry[2].strip()] for name in names}
        elif line.strip():
            for name in names:
                found[name].append(line.strip())
        else:
            names = []
    return {name: read for name, lines in found.items() if (read := _read(" ".join(lines))) != Told()}


def _read(text: str) -> Told:
    if _WHOLE.match(text):
        return POSITION
    if _NUMBER.match(text):
        return Told(())
    shape = _SHAPE.search(text)
    sizes = None
    if shape is not None:
        sign = "," if "," in shape[1] else r"[ \t]x[ \t]"
        sizes = [part.strip() for part in re.split(sign, shape[1]) if part.strip()]
    elif (by := _BY.search(text)) is not None:
        sizes = [by[1], by[2]]
    elif (length := _LENGTH.search(text)) is not None:
        sizes = [length[1]]
    if not sizes or not all(_SIZE.fullmatch(size) for size in sizes):
        return Told()
    whole = re.search(r"\bintegers?\b", text) or (len(sizes) == 1 and re.search(r"\blabels?\b", text))
    kind = (
        "labels" if whole else "symmetric" if "symmetric" in text and len(sizes) == 2 and len(set(sizes)) == 1 else ""
    )
    return Told(tuple(sizes), kind)


def parts(size: str) -> tuple[int, str]:
    """A size as a number times a name: ``4H``, ``4*H``, ``N``, ``1``."""
    match = _SIZE.fullmatch(size)
    assert match is not None
    return int(match[1] or 1), (match[2] or "").strip()
