"""What is suggested for a link that does not hold: in words, and as changes of its sides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Change(NamedTuple):
    """One side as it should read."""

    left: bool
    text: str
    words: str


class Suggestion(NamedTuple):
    """Words, and the changes that they speak of, any of which would do."""

    words: str = ""
    changes: tuple[Change, ...] = ()

    @classmethod
    def change(cls, left: bool, text: str, words: str) -> Suggestion:
        return cls(f"{words}: {text}", (Change(left, text, words),))


def either(suggestions: Iterable[Suggestion]) -> Suggestion:
    """Suggestions that are as near."""
    found = list(suggestions)
    return Suggestion("; or ".join(s.words for s in found), tuple(change for s in found for change in s.changes))
