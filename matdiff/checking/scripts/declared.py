"""What is told beside a script: kinds and sizes of its data, and smaller numbers for large sizes."""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.reader import math
from matdiff.reader.syntax import Declaration


def declarations(where: str | None) -> Iterator[tuple[str, str, list[str] | None]]:
    if not where:
        return
    for statement in math.read(where.replace(";", "\n")).statements:
        if isinstance(statement, Declaration):
            for name in statement.names:
                sizes = None if statement.sizes is None else [str(size.value) for size in statement.sizes]
                yield str(name.value), str(statement.kind.value), sizes


LARGE = 12
"""Larger numbers of a script may be sizes."""


def smaller(numbers: set[int]) -> dict[int, int]:
    """Small numbers for the large ones, no two the same, in the same order."""
    fresh = (size for size in range(5, 1000) if size not in numbers)
    return {number: next(fresh) for number in sorted(numbers) if number > LARGE}


SIZES = (7, 4, 6, 9, 8, 11, 10, 13, 12)


def kinds_of(where: str | None) -> dict[str, str]:
    found = {}
    for name, kind, _ in declarations(where):
        for key in (name, f"argument {name}"):
            found[key] = kind if kind in ("onehot", "symmetric", "labels") else "matrix"
    return found


def shapes_of(where: str | None) -> dict[str, tuple[int, ...]]:
    """The shapes of what is declared, with numbers for the names of sizes."""
    sizes: dict[str, int] = {}
    found: dict[str, tuple[int, ...]] = {}
    fresh = iter([*SIZES, *range(20, 200)])

    def number(text: str) -> int:
        if text.isdigit():
            return int(text)
        if text not in sizes:
            sizes[text] = next(fresh)
        return sizes[text]

    for name, kind, told in declarations(where):
        numbers = [number(text) for text in told] if told is not None else [next(fresh), next(fresh)]
        shapes = {
            "scalar": (),
            "dim": (),
            "vector": tuple(numbers[:1]),
            "labels": tuple(numbers[:1]),
            "row": (1, *numbers[:1]),
            "symmetric": (*numbers[:1], *numbers[:1]),
            "diagonal": (*numbers[:1], *numbers[:1]),
        }
        for key in (name, f"argument {name}"):
            found[key] = shapes.get(kind, tuple(numbers[:2]))
    return found
