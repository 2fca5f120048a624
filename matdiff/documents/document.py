"""What a document holds, as data: sections, model blocks and formulas, each with its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matdiff.documents.traced import Traced
from matdiff.errors import MatdiffError, Place


@dataclass(frozen=True)
class Formula:
    """Math between two offsets of the text that is read."""

    start: int
    end: int
    notation: str
    """"latex", or "math" for a derivation block."""
    display: bool
    outer: tuple[int, int] = (0, 0)
    """Where it stands in the source, with its dollar signs, brackets or fence."""
    section: int = 0
    """The number of the section."""
    skipped: bool = False
    """Whether a mark before it, or before a heading above it, says that it is not to be checked."""


@dataclass(frozen=True)
class Section:
    """A heading with all that stands below it. Section 0 is the whole document."""

    level: int
    title: str
    start: int
    above: int | None = None
    """The number of the section that it belongs to."""


@dataclass(frozen=True)
class Block:
    """A model block: declarations and definitions."""

    start: int
    end: int
    outer: tuple[int, int]
    """Where it stands in the source, with its fence."""
    section: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    """What it says of the document, as ``layout: numerator``."""


@dataclass(frozen=True)
class File:
    """A file that the source is made of."""

    name: str
    """Empty for the document itself."""
    start: int


@dataclass
class Document:
    """A document as it is read. Offsets are those of ``text``, if nothing else is said."""

    source: str
    """The file as it stands on the disk, with ``\\n`` at the ends of lines; behind it the files that it takes in."""
    traced: Traced
    """The text that is read: macros expanded, quote marks blanked; everything else is as in the source."""
    format: str = "markdown"
    """"markdown", "tex", "rst" or "notebook"."""
    sections: Sequence[Section] = ()
    models: Sequence[Block] = ()
    formulas: Sequence[Formula] = ()
    code: Sequence[tuple[int, int]] = ()
    """What is code, a comment or an address: no prose."""
    files: Sequence[File] = (File("", 0),)

    @property
    def text(self) -> str:
        return self.traced.text

    # places

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the source of a part of the text."""
        return self.traced.span(start, end)

    def file(self, offset: int) -> File:
        """The file that an offset of the source stands in."""
        return self.files[bisect_right([file.start for file in self.files], offset) - 1]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset of the source, in its file."""
        first = self.file(offset).start
        line = self.source.count("\n", first, offset) + 1
        return line, offset - max(self.source.rfind("\n", first, offset) + 1, first) + 1

    def line(self, offset: int) -> int:
        """The line of an offset of the text, in its file."""
        return self.position(self.span(offset, offset)[0])[0]

    def in_source(self, error: MatdiffError) -> MatdiffError:
        """An error of the text, placed in the source."""
        places = []
        for place in error.places:
            if len(place.source) == len(self.text):  # or a part of it, every line where it stands
                place = Place(self.source, *self.span(place.start, place.end))
            places.append(place)
        return error.at(error.reason, *places)

    # parts

    def above(self, section: int) -> list[int]:
        """A section and those that it belongs to, the innermost first."""
        found: list[int] = []
        at: int | None = section
        while at is not None:
            found.append(at)
            at = self.sections[at].above
        return found

    def blocks(self, section: int) -> list[Block]:
        """The model blocks that hold in a section."""
        inside = set(self.above(section))
        return [block for block in self.models if block.section in inside]

    def model(self, blocks: Sequence[Block]) -> str:
        """Model blocks, every line where it stands in the text."""
        kept = [" " if c != "\n" else c for c in self.text]
        for block in blocks:
            kept[block.start : block.end] = self.text[block.start : block.end]
        return "".join(kept)

    def prose(self, start: int, end: int) -> str:
        """The words between two offsets, without code and addresses, at the same offsets."""
        out = list(self.text[start:end])
        for first, last in self.code:
            for k in range(max(first, start), min(last, end)):
                if self.text[k] != "\n":
                    out[k - start] = " "
        return "".join(out)
