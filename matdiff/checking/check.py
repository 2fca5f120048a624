"""The check of a document: every link of every chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matdiff.checking.chains import chains_of
from matdiff.checking.document import Document, read_document
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.report import Link, Report
from matdiff.checking.scope import Scope
from matdiff.checking.slips import Slips
from matdiff.errors import ArgumentTypeError, MatdiffError
from matdiff.reader.latex_documents import Member


def check(text: str, strict: bool = False) -> Report:
    """Check a hand derivation, a Markdown document, link by link.

    Raises a `MatdiffError` where the model block cannot be read; whatever else is wrong is in the
    report.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a document is a string, not {type(text).__name__}")
    document = read_document(text)
    return Report(document.source, tuple(Checker(document).links()), strict)


@dataclass
class Good:
    """The last well-formed side of a chain, and the sides since then that are not."""

    side: Side
    skipped: int = 0


class Checker:
    """Walks through the chains of a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.scope = Scope(document)
        self.judge = Judge(self.scope)
        self.slips = Slips(self.judge)

    def links(self) -> Iterator[Link]:
        before: Side | None = None
        for formula in self.document.formulas:
            chains = chains_of(
                self.document.text, formula.notation, self.scope.known, formula.start, formula.end
            )
            for chain in chains:
                if not chain.continues:
                    before = None
                    self.good: Good | None = None
                signs = chain.signs if chain.continues else ["", *chain.signs]
                for sign, member in zip(signs, chain.members, strict=True):
                    side = self.judge.side(member)
                    if before is not None and sign == "=":
                        yield self.link(before, side, formula.notation)
                    elif before is not None:
                        self.good = None
                    if side.error is None:
                        self.good = Good(side)
                    before = side

    def link(self, left: Side, right: Side, notation: str) -> Link:
        introduced = self.introduce(left, right)
        found = introduced or self.judge.judge(left, right)
        detail, suggestion = found.detail, ""
        if found.verdict == "ill-formed":
            detail = self.across(left, right, detail)
        if found.verdict in ("wrong", "ill-formed"):
            suggestion = self.slips.find(left, right, found, notation)
        return self.record(left, right, found.verdict, detail, suggestion)

    def record(self, left: Side, right: Side, verdict: str, detail: str, suggestion: str) -> Link:
        member = right.member
        return Link(
            self.document.line(member.start),
            f"{left.text} = {right.text}",
            verdict,
            detail,
            suggestion,
            member.start,
            member.end,
            left.text,
            right.text,
        )

    def introduce(self, left: Side, right: Side) -> Judgement | None:
        return None

    def across(self, left: Side, right: Side, detail: str) -> str:
        return detail


__all__ = ["Member", "MatdiffError", "check"]
