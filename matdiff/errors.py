"""The errors matdiff raises, each able to show the place it speaks of."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Self


class Place(NamedTuple):
    """A span of a source text, as character offsets."""

    source: str
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        return self.start - (self.source.rfind("\n", 0, self.start) + 1) + 1

    def show(self) -> str:
        """The source line with carets under the place; a long line is cut around it."""
        first = self.source.rfind("\n", 0, self.start) + 1
        last = self.source.find("\n", self.start)
        line = self.source[first : len(self.source) if last < 0 else last]
        at = self.start - first
        width = max(1, min(self.end - self.start, len(line) - at))
        left = max(0, at - 60)
        shown = line[left : left + 120].replace("\t", " ")
        mark = " " * (at - left) + "^" * max(1, min(width, 120 - (at - left)))
        return f"  {shown}\n  {mark}"


class MatdiffError(Exception):
    """Base of every error matdiff raises.

    ``line`` and ``column`` count from 1 and are ``None`` where no place is known.
    """

    def __init__(self, message: str, *places: Place) -> None:
        self.reason = message
        self.places = places
        self.line = places[0].line if places else None
        self.column = places[0].column if places else None
        parts = [message]
        for number, place in enumerate(places):
            parts.append(f"{'and ' if number else ''}line {place.line}, column {place.column}:\n{place.show()}")
        super().__init__("\n".join(parts))

    def at(self, message: str, *places: Place) -> Self:
        """An error of the same kind with another message or other places."""
        error = type(self).__new__(type(self))
        MatdiffError.__init__(error, message, *places)
        return error

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the words and the place, without the ways inside of the package."""
        return [f"{type(self).__name__}: {self}"]

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.reason, *self.places))


class ParseError(MatdiffError):
    """The text is not in the notation."""


class DeclarationError(MatdiffError):
    """A name is unknown, declared twice, or used as something it is not."""


class ShapeError(MatdiffError):
    """Two sizes do not fit."""


class UnsupportedError(MatdiffError):
    """Well-formed, but outside what matdiff can do; never answered with a guess."""


class VerificationError(MatdiffError):
    """A step or a result disagrees with its numerical check."""


class EvaluationError(MatdiffError):
    """There is no value at the given arrays: a matrix is singular, or an array would be too large."""


class TimeLimitError(MatdiffError):
    """There is no answer within the time that was given."""


class ArgumentTypeError(MatdiffError, TypeError):
    """An argument has the wrong Python type."""


class UncheckedWarning(UserWarning):
    """A derivative that could not be compared with differences of its function, with the reason."""


_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@contextmanager
def heard() -> Iterator[list[str]]:
    """What would be warned of in this thread, as sentences; filters of warnings are those of all threads."""
    said: list[str] = []
    before = _HEARD.set(said)
    try:
        yield said
    finally:
        _HEARD.reset(before)


def warn_unchecked(sentence: str) -> None:
    """Warn where the package was called from."""
    if (said := _HEARD.get()) is not None:
        said.append(f"the derivative is {sentence}")
        return
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("matdiff."):
        frame, level = frame.f_back, level + 1
    warnings.warn(f"the derivative is {sentence}", UncheckedWarning, stacklevel=level)
