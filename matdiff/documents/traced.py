"""Text that knows where it comes from, letter by letter."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traced:
    """A text, and of each of its letters where in another text it begins and ends.

    >>> text = Traced.whole("a + b")
    >>> made = text[:4] + Traced.made("beta", 4, 5)
    >>> made.text, made.span(4, 8)
    ('a + beta', (4, 5))
    """

    text: str
    starts: array[int]
    ends: array[int]

    @classmethod
    def whole(cls, text: str, at: int = 0) -> Traced:
        """A text that stands in the other one as it is."""
        return cls(text, array("q", range(at, at + len(text))), array("q", range(at + 1, at + len(text) + 1)))

    @classmethod
    def made(cls, text: str, start: int, end: int) -> Traced:
        """A text that stands for a span of the other one."""
        return cls(text, array("q", [start]) * len(text), array("q", [end]) * len(text))

    @classmethod
    def joined(cls, parts: Iterable[Traced]) -> Traced:
        texts, starts, ends = [], array("q"), array("q")
        for part in parts:
            texts.append(part.text)
            starts.extend(part.starts)
            ends.extend(part.ends)
        return cls("".join(texts), starts, ends)

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, part: slice) -> Traced:
        return Traced(self.text[part], self.starts[part], self.ends[part])

    def __add__(self, other: Traced) -> Traced:
        return Traced.joined((self, other))

    def rewritten(self, text: str) -> Traced:
        """Other letters at the same places."""
        assert len(text) == len(self.text), "as many letters"
        return Traced(text, self.starts, self.ends)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the text comes from; of an empty part, the place where it would stand."""
        if not self.text:
            return 0, 0
        if start >= end:
            at = self.starts[start] if start < len(self.text) else self.ends[-1]
            return at, at
        return min(self.starts[start:end]), max(self.ends[start:end])

    def through(self, below: Traced) -> Traced:
        """The same text, its places those that the other text has in turn."""
        starts = array("q", [below.starts[at] for at in self.starts])
        ends = array("q", [below.ends[max(at - 1, 0)] for at in self.ends])
        return Traced(self.text, starts, ends)

    def spliced(self, parts: Sequence[tuple[int, int, Traced]]) -> tuple[Traced, list[tuple[int, int]]]:
        """The text with parts of it replaced, which stand in order, and where these stand now."""
        pieces, spans, at, length = [], [], 0, 0
        for start, end, new in parts:
            pieces += [self[at:start], new]
            length += start - at
            spans.append((length, length + len(new)))
            length += len(new)
            at = end
        return Traced.joined([*pieces, self[at:]]), spans
