"""What is found about a document: plain records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
class Report:
    """The links of a document in order. ``strict`` does not take "sampled" for enough."""

    source: str
    links: Sequence[Link] = ()
    strict: bool = False
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def ok(self) -> bool:
        """Whether every link holds."""
        return all(link.verdict == "proved" if self.strict else link.holds for link in self.links)

    @property
    def failing(self) -> list[Link]:
        return [link for link in self.links if not (link.verdict == "proved" if self.strict else link.holds)]

    def count(self, verdict: str) -> int:
        return sum(link.verdict == verdict for link in self.links)

    def render(self, format: str = "text", **options: object) -> str:
        """The report as ``text``, ``markdown``, ``html``, ``json`` or ``sarif``."""
        from matdiff.checking.rendering import render

        return render(self, format, **options)

    def __str__(self) -> str:
        return self.render()
