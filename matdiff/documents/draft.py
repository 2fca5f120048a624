"""What the reader of a format finds, put together to a document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matdiff.documents.document import Block, Document, File, Formula, Section
from matdiff.documents.macros import Macro, definitions, expanded, without_definitions
from matdiff.documents.traced import Traced

Spans = Sequence[tuple[int, int]]

MODEL = frozenset({"matdiff"})
DERIVATION = frozenset({"derivation"})
LATEX = frozenset({"latex", "math", "tex"})
"""The words after a fence that say what stands in it; any other block is not looked at."""

_MEANT = str.maketrans("＝＋－＊（）［］–\u00a0\u200b\u200c\u200d\u2060\ufeff", "=+-*()[]-      ")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_OPTION = re.compile(r"^[ \t]*(layout)[ \t]*:[ \t]*(numerator|denominator|gradient)[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass
class _Found:
    """A formula or a model block in the text of the format."""

    start: int
    end: int
    kept: Spans
    """What belongs to it; the rest between its ends is a mark of the format, as ``>`` of a quotation."""
    notation: str
    display: bool
    outer: tuple[int, int]
    escapes: bool


@dataclass
class Draft:
    """Collects what is found in a text; its places are offsets of that text."""

    written: Traced
    """The text of the format with its places in the source."""
    format: str
    found: list[_Found] = field(default_factory=list)
    sections: list[Section] = field(default_factory=lambda: [Section(0, "", 0)])
    marks: list[int] = field(default_factory=list)
    """Where it is said that what follows is not to be checked."""
    code: list[tuple[int, int]] = field(default_factory=list)
    macros: dict[str, Macro] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.written.text

    def add(
        self, notation: str, kept: Spans, outer: tuple[int, int], display: bool = True, escapes: bool = False
    ) -> None:
        """A formula, or a model block (its notation is "model"), of the letters that are kept.

        ``escapes`` says that Markdown's backslashes stand in it, as ``\\_``.
        """
        kept = [(a, b) for a, b in kept if a < b]
        if kept:
            self.found.append(_Found(kept[0][0], kept[-1][1], kept, notation, display, outer, escapes))

    def section(self, level: int, title: str, start: int) -> None:
        above: int | None = len(self.sections) - 1
        while above is not None and self.sections[above].level >= level:
            above = self.sections[above].above
        self.sections.append(Section(level, title, start, above))

    def define(self, spans: Iterable[tuple[int, int]]) -> None:
        """The macros that parts of the text define."""
        for start, end in spans:
            for _, _, name, macro in definitions(self.text[start:end]):
                self.macros[name] = macro

    # the document

    def document(self, source: str, files: Sequence[File] = (File("", 0),)) -> Document:
        self.found.sort(key=lambda found: found.start)
        parts = [(found.start, found.end, self.part(found)) for found in self.found]
        traced, spans = self.written.spliced(parts)
        skipped = self.skipped()
        models, formulas = [], []
        for number, (found, (start, end)) in enumerate(zip(self.found, spans, strict=True)):
            outer = self.written.span(*found.outer)
            section = self.section_at(found.start)
            if found.notation == "model":
                options = {k[1]: k[2] for k in _OPTION.finditer(self.text[found.start : found.end])}
                models.append(Block(start, end, outer, section, options))
            else:
                formulas.append(Formula(start, end, found.notation, found.display, outer, section, number in skipped))
        moved = self.moved(spans)
        sections = [Section(s.level, s.title, moved(s.start), s.above) for s in self.sections]
        code = [(moved(a), moved(b)) for a, b in sorted(self.code)]
        return Document(source, traced, self.format, sections, models, formulas, code, files)

    def moved(self, spans: Sequence[tuple[int, int]]) -> _Moved:
        return _Moved([found.end for found in self.found], [end for _, end in spans])

    def part(self, found: _Found) -> Traced:
        """What is read of a formula or block."""
        text = self.text
        out = ["\n" if c == "\n" else " " for c in text[found.start : found.end]]
        for start, end in found.kept:
            out[start - found.start : end - found.start] = text[start:end]
        part = "".join(out)
        whole = self.written[found.start : found.end]
        if found.notation == "model":
            part = _OPTION.sub(lambda line: " " * len(line[0]), part)
            return whole.rewritten(part)
        part = _ENTITY.sub(lambda entity: _ENTITIES[entity[0]].rjust(len(entity[0])), part.translate(_MEANT))
        if found.notation != "latex":
            return whole.rewritten(part)
        if found.escapes:
            part = re.sub(r"(?<!\\)\\([_*^])", r" \1", part)
        part = without_definitions(part)
        return expanded(whole.rewritten(part), self.macros)

    def section_at(self, offset: int) -> int:
        return bisect_right(self.sections, offset, key=lambda section: section.start) - 1

    def skipped(self) -> set[int]:
        """The numbers of what the marks say is not to be checked: the formula behind one, or all below a heading."""
        numbers: set[int] = set()
        for mark in self.marks:
            formula = next(
                (k for k, found in enumerate(self.found) if found.start > mark and found.notation != "model"), None
            )
            heading = next((k for k, section in enumerate(self.sections) if k and section.start > mark), None)
            first = self.found[formula].start if formula is not None else len(self.text)
            if heading is not None and self.sections[heading].start < first:
                numbers |= {k for k, found in enumerate(self.found) if self.is_below(found.start, heading)}
            elif formula is not None:
                numbers.add(formula)
        return numbers

    def is_below(self, offset: int, heading: int) -> bool:
        at: int | None = self.section_at(offset)
        while at is not None and at != heading:
            at = self.sections[at].above
        return at is not None


@dataclass
class _Moved:
    """Where an offset stands once formulas have grown or shrunk."""

    before: Sequence[int]
    after: Sequence[int]

    def __call__(self, offset: int) -> int:
        number = bisect_right(self.before, offset)
        return offset if not number else offset - self.before[number - 1] + self.after[number - 1]
