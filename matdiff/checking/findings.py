"""What is found about a document: plain records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matdiff.checking.document import Formula
    from matdiff.reader.latex.derivatives import Claim
    from matdiff.reader.syntax import Node

VERDICTS = ("proved", "sampled", "wrong", "ill-formed")
HOLDS = frozenset({"proved", "sampled"})


@dataclass(frozen=True)
class Link:
    """One link ``left = right`` of a chain, and what was found."""

    line: int
    """The line of the document where the right side begins, counted from 1."""
    text: str
    verdict: str
    """"proved", "sampled", "wrong" or "ill-formed"."""
    detail: str = ""
    suggestion: str = ""
    """The slip in words, and the side as it should read."""
    start: int = 0
    """Where the right side stands in the document."""
    end: int = 0
    left: str = ""
    right: str = ""

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
    """The links of a document in order. ``strict`` does not take "sampled" for enough."""

    source: str
    links: Sequence[Link] = ()
    strict: bool = False
    formulas: Sequence[Checked] = ()
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The names of the document with their kinds."""
    language: str = "markdown"
    """Or "python", where a script was checked."""

    @property
    def ok(self) -> bool:
        """Whether there are links, and every one holds."""
        return bool(self.links) and not self.failing

    @property
    def failing(self) -> list[Link]:
        return [link for link in self.links if self.fails(link)]

    def fails(self, link: Link) -> bool:
        return link.verdict != "proved" if self.strict else not link.holds

    @property
    def counts(self) -> dict[str, int]:
        """How many links have each verdict that occurs."""
        found = {verdict: sum(link.verdict == verdict for link in self.links) for verdict in VERDICTS}
        return {verdict: count for verdict, count in found.items() if count}

    @property
    def summary(self) -> str:
        counted = ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())
        return f"{len(self.links)} link{'s' * (len(self.links) != 1)}" + (f": {counted}" if counted else "")
