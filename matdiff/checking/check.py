"""The check of a document: every link of every chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matdiff.checking.blanked import with_second_differentials, without_arguments, without_frames
from matdiff.checking.chains import chains_of
from matdiff.checking.document import Document, Formula, read_document
from matdiff.checking.findings import Checked, Link, Part
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.report import Report
from matdiff.checking.scope import OBJECTIVE, SPELLINGS, Scope
from matdiff.checking.slips import Place, Slips
from matdiff.errors import ArgumentTypeError, MatdiffError
from matdiff.expr import Expr, topo
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.documents import Chain
from matdiff.reader.math import read
from matdiff.reader.meanings import TwoMeanings
from matdiff.reader.syntax import d_is_a_sign, postorder


def check(text: str, strict: bool = False) -> Report:
    """Check a hand derivation, a Markdown document, link by link.

    Raises a `MatdiffError` where the model block cannot be read; whatever else is wrong is in the
    report.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a document is a string, not {type(text).__name__}")
    document = read_document(text.removeprefix("\ufeff"))  # a byte order mark
    checker = Checker(document)
    links = checker.run()
    return Report(document.source, tuple(links), strict, tuple(checker.formulas), checker.scope.known)


class Checker:
    """Walks through the chains of a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.scope = Scope(document.source, Elaborator([read(document.model)]))
        self.judge = Judge(self.scope)
        self.slips = Slips(self.judge)
        self.good: list[Side] = []
        """The well-formed sides of the chain at hand, up to the one before."""
        self.unexplained: list[tuple[int, Place]] = []
        self.formulas: list[Checked] = []
        self.met: set[str] = set()
        """Names that stand in the formulas above."""

    def run(self) -> list[Link]:
        """Every link; those that no single edit explains are searched again in the time that is left."""
        links: list[Link] = []
        before: Side | None = None
        for formula in self.document.formulas:
            parts: list[Part] = []
            for sign, side in self.sides(formula):
                linked = before is not None and sign == "="
                if before is not None and sign == "=":
                    links.append(self.link(len(links), before, side, formula.notation))
                elif sign != "=":
                    self.good = []
                if side.error is None:
                    self.good.append(side)
                    self.slips.seen += [side.node] if side.node is not None else []
                if before is not None and before.node is not None:
                    self.met.update(n.value for n in postorder(before.node) if n.kind == "name")
                before, member = side, side.member
                number = len(links) - 1 if linked else None
                parts.append(Part(sign, member.start, member.end, side.node, side.claim, number))
            self.formulas.append(Checked(formula, tuple(parts)))
        for k, (number, place) in enumerate(self.unexplained):
            found = self.slips.find_more(place, len(self.unexplained) - k)
            links[number] = replace(links[number], suggestion=found)
        return links

    def sides(self, formula: Formula) -> Iterator[tuple[str, Side]]:
        """The sides of the chains of a formula, each with the sign before it; a chain begins with none."""
        known, start, end = self.scope.known, formula.start, formula.end
        self.scope.spelling = SPELLINGS[formula.notation]
        text = self.document.text
        written = without_frames(text[start:end], formula.notation)
        if formula.notation == "latex" and d_is_a_sign(known):
            written = with_second_differentials(written)
        written = without_arguments(written, self.scope.nodes, "" if OBJECTIVE in known else OBJECTIVE)
        if written != text[start:end]:
            text = f"{text[:start]}{written}{text[end:]}"
        for chain in chains_of(text, formula.notation, known, start, end):
            self.scope.beside = self.written(chain, self.scope.beside if chain.continues else [])
            signs = chain.signs if chain.continues else ["", *chain.signs]
            for sign, member in zip(signs, chain.members, strict=True):
                yield sign, self.judge.side(member, formula.notation)

    def written(self, chain: Chain, above: list[Expr]) -> list[Expr]:
        """The names whose differentials a chain writes."""
        nodes = [n for member in chain.members if member.node is not None for n in postorder(member.node)]
        names = [str(n.children[0].value) for n in nodes if n.kind == "differential" and n.children[0].kind == "name"]
        found = [self.scope.named(name) for name in names]
        return list(dict.fromkeys([*above, *(e for e in found if e is not None)]))

    def link(self, number: int, left: Side, right: Side, notation: str) -> Link:
        self.scope.notes.clear()
        found = self.introduced(left, right) or self.judge.judge(left, right)
        detail = "; ".join(dict.fromkeys(part for part in (found.detail, *self.scope.notes) if part))
        suggestion = ""
        if found.verdict == "ill-formed" and left.error is not None and right.error is None and self.good:
            detail = f"{detail}; {self.across(self.good[-1], right)}"
        unclear = any(isinstance(side.error, TwoMeanings) for side in (left, right))
        if found.verdict in ("wrong", "ill-formed") and not unclear:
            place = Place(left, right, notation, tuple(self.good))
            suggestion = self.slips.find(place)
            if not suggestion:
                self.unexplained.append((number, place))
        return self.record(left, right, found.verdict, detail, suggestion)

    def record(self, left: Side, right: Side, verdict: str, detail: str, suggestion: str) -> Link:
        member = right.member
        return Link(
            line=self.document.line(member.start),
            text=f"{left.text} = {right.text}",
            verdict=verdict,
            detail=detail,
            suggestion=suggestion,
            start=member.start,
            end=member.end,
            left=left.text,
            right=right.text,
        )

    def introduced(self, left: Side, right: Side) -> Judgement | None:
        """A chain that begins with a name that nothing declares defines it."""
        node = left.node
        if node is None or node.kind != "name" or right.error is not None:
            return None
        name = str(node.value)
        if name in self.scope.known or name in self.met or len(self.good) > 1:
            return None
        if name == OBJECTIVE and self.scope.objective is not None:
            return None
        if right.node is not None and any(n.value == name for n in postorder(right.node)):
            return None
        try:
            body = self.judge.alone(right)
        except MatdiffError:
            return None
        if any(n.op == "differential" for n in topo(body)):
            return None
        self.scope.introduce(name, body)
        self.judge.claims.found.clear()
        left.error = None
        return Judgement("proved", f"defines {name}")

    def across(self, good: Side, right: Side) -> str:
        """How a good expression compares with the last good one before a bad one."""
        found = self.judge.judge(good, right)
        said = {
            "proved": "is equal to this one (proved)",
            "sampled": "is equal to this one (sampled)",
            "wrong": "is not equal to this one",
        }.get(found.verdict, "has another size")
        return f"the last good expression before it, {good.text}, {said}"
