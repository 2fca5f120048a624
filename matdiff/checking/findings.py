"""What is found about a document: plain records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matdiff.documents import Block, Formula
    from matdiff.reader.latex.derivatives import Claim
    from matdiff.reader.syntax import Node

VERDICTS = ("wrong", "ill-formed", "sampled", "proved", "aside", "unread")
"""What fails first."""
HOLDS = frozenset({"proved", "sampled"})
FAILS = frozenset({"wrong", "ill-formed"})
CHECKED = HOLDS | FAILS
"""The others are no claim, or were not understood."""


class Span(NamedTuple):
    """A place in a file. Lines and columns count from 1; the end is the column behind the last letter."""

    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Span(0, 0, 0, 0)


@dataclass(frozen=True)
class Edit:
    """A change of the file that makes a link hold: the text to put in the place of a span."""

    span: Span
    text: str
    words: str


@dataclass(frozen=True)
class Link:
    """One link ``left = right`` of a chain, and what was found."""

    line: int
    """The line of the document where the right side begins, counted from 1."""
    text: str
    verdict: str
    """"proved", "sampled", "wrong", "ill-formed", "aside" or "unread"."""
    detail: str = ""
    suggestion: str = ""
    """The slip in words, and the side as it should read."""
    start: int = 0
    """Where the right side stands in the document."""
    end: int = 0
    left: str = ""
    right: str = ""
    span: Span = NOWHERE
    """The place of the right side in its file."""
    edits: tuple[Edit, ...] = ()
    """The changes that were found, any of which makes the link hold."""
    counterexample: Mapping[str, Any] | None = None
    """Values of the names, and of the sizes, for which the two sides differ."""
    file: str = ""
    """The file that it stands in, where the document takes in others."""
    defines: str = ""
    """The name that the link only defines."""

    @property
    def holds(self) -> bool:
        return self.verdict in HOLDS

    def __str__(self) -> str:
        text = f"line {self.line}: {self.verdict}: {self.text}"
        text += f"\n    {self.detail}" if self.detail else ""
        return text + (f"\n    {self.suggestion}" if self.suggestion else "")


@dataclass(frozen=True)
class Part:
    """One side in its place: the sign before it, how it reads, and the link that it ends."""

    sign: str
    start: int
    end: int
    node: Node | None
    claim: Claim | None
    link: int | None = None
    """The number of the link."""


@dataclass(frozen=True)
class Checked:
    """One formula of a document with the sides of its chains."""

    formula: Formula
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Findings:
    """The links of a document in order. ``strict`` does not take "sampled" and "unread" for enough."""

    source: str
    links: Sequence[Link] = ()
    strict: bool = False
    formulas: Sequence[Checked] = ()
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The names of the document with their kinds."""
    language: str = "markdown"
    """The format of the document, or "python", where a script was checked."""
    text: str = field(default="", repr=False)
    """The source as it was read; the places of ``formulas`` and their sides are offsets of it."""
    models: Sequence[Block] = ()
    skipped: int = 0
    """How many formulas are marked not to be checked."""
    accepted: frozenset[tuple[str, str]] = frozenset()
    """The texts and verdicts of links that are known to fail, and are no failure."""
    files: tuple[str, ...] = ()
    """The files that the document takes in."""
    inferred: tuple[tuple[str, int], ...] = ()
    """The declarations that were taken from what the document says of its names, and the lines that say so."""

    @property
    def ok(self) -> bool:
        """Whether links were checked, and every one holds."""
        return bool(self.checked) and not self.failing

    @property
    def checked(self) -> list[Link]:
        """The links that claim something and were read."""
        return [link for link in self.links if link.verdict in CHECKED]

    @property
    def failing(self) -> list[Link]:
        return [link for link in self.links if self.fails(link)]

    def fails(self, link: Link) -> bool:
        fails = link.verdict in FAILS or (self.strict and link.verdict in ("sampled", "unread"))
        return fails and (link.text, link.verdict) not in self.accepted

    @property
    def counts(self) -> dict[str, int]:
        """How many links have each verdict that occurs."""
        return counted(self.links)

    @property
    def summary(self) -> str:
        return summary(self.links, self.skipped, self.known_to_fail)

    @property
    def known_to_fail(self) -> int:
        """How many links fail as they did before."""
        return sum(1 for link in self.links if (link.text, link.verdict) in self.accepted)


def counted(links: Iterable[Link]) -> dict[str, int]:
    found = dict.fromkeys(VERDICTS, 0)
    for link in links:
        found[link.verdict] += 1
    return {verdict: count for verdict, count in found.items() if count}


def summary(links: Sequence[Link], skipped: int = 0, known: int = 0) -> str:
    """How many links were checked, with what result, and what was not; how many are known to fail."""
    counts = counted(links)
    defining = sum(1 for link in links if link.defines)
    words = {"proved": f"proved ({defining} only define{'s' * (defining == 1)} a name)" if defining else "proved"}
    told = [f"{counts[name]} {words.get(name, name)}" for name in _TOLD if name in counts]
    checked = sum(count for name, count in counts.items() if name in CHECKED)
    rest = [f"{counts[name]} {word}" for name, word in _BESIDE.items() if name in counts]
    rest += [f"{count} {word}" for count, word in ((skipped, "skipped"), (known, "known")) if count]
    text = f"{checked} link{'s' * (checked != 1)}" + (f": {', '.join(told)}" if told else "")
    return "; ".join([text, *rest])


_TOLD = ("proved", "sampled", "wrong", "ill-formed")
_BESIDE = {"aside": "aside, no claim", "unread": "not read"}
