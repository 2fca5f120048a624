"""The edits of one side of a link that make it equal to a goal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product

from matdiff import expr as E
from matdiff.checking.chains import expression_at
from matdiff.checking.slips.suggestion import Suggestion, either
from matdiff.checking.slips.table import FITTING, OFTEN, Kind
from matdiff.checking.slips.tree import Edit, Tree
from matdiff.checking.slips.trial import Trial
from matdiff.equality import decide
from matdiff.errors import MatdiffError
from matdiff.reader.latex.documents import read_expression
from matdiff.reader.syntax import Node
from matdiff.timelimit import thread_time

OFTEN_ENOUGH = 8
"""The clock is read before so many candidates: where machines are shared, that takes longer than trying one."""


class Clock:
    """When a search is to end, in CPU seconds."""

    until = 0.0

    @property
    def late(self) -> bool:
        return thread_time() > self.until


class Search:
    """The edits of one side that make it equal to a goal."""

    def __init__(self, tree: Tree, trial: Trial, other: str, left: bool) -> None:
        self.tree, self.trial, self.left = tree, trial, left
        self.other = tight(other)
        """The text of the other side, which is no suggestion in place of a part."""
        names = [node.children[0].value for node in tree.nodes if node.kind == "differential"]
        written = [E.differential(n) for name in names if isinstance(name, str) and (n := trial.scope.named(name))]
        self.varying = len(trial.scope.varying(trial.goal, *written))

    def single(self, clock: Clock, table: Sequence[Kind]) -> Iterator[Suggestion]:
        """One edit; those after which less varies come last."""
        less: list[Suggestion] = []
        for kind in table:
            for found, varying in self.holding(kind, clock):
                if varying < self.varying:
                    less.append(found)
                    continue
                also = self.holding(Kind(kind.alike), clock) if kind.alike else iter(())
                yield either([found, *(other for other, _ in islice(also, 1))])
        yield from less

    def holding(self, kind: Kind, clock: Clock) -> Iterator[tuple[Suggestion, int]]:
        """The edits of one kind after which the side holds, in words, and how many names vary then."""
        for number, edit in enumerate(kind.edits(self.tree)):
            if number % OFTEN_ENOUGH == 0 and clock.late:
                return
            if self.trial.fits(edited := self.tree.edited(edit.new)):
                text, varying = self.confirmed(edited)
                if text and not (kind.replaces and tight(text) == self.other):
                    yield self.suggested(text, edit.words), varying

    def suggested(self, text: str, words: str) -> Suggestion:
        return Suggestion.change(self.left, text, words)

    def double(self, clock: Clock) -> Iterator[Suggestion]:
        """Two edits; where a part is ill-formed, one of them makes it fit."""
        often = list(self.edits(OFTEN))
        pairs = combinations(often, 2) if self.trial.shape(self.tree.root) else product(self.edits(FITTING), often)
        for number, (one, other) in enumerate(pairs):
            if number % OFTEN_ENOUGH == 0 and clock.late:
                return
            if self.tree.apart(one, other):
                together = self.tree.edited({**one.new, **other.new})
                text, _ = self.confirmed(together) if self.trial.fits(together) else ("", 0)
                if text:
                    yield self.suggested(text, f"{one.words}, and {other.words}")

    def edits(self, table: Sequence[Kind]) -> Iterator[Edit]:
        yield from (edit for kind in table for edit in kind.edits(self.tree))

    def text(self, root: Node) -> str:
        return " ".join(self.tree.text(root).split())

    def confirmed(self, edited: Node) -> tuple[str, int]:
        """The text after an edit, if it holds when it is read again, else nothing; and how many names vary."""
        known, text = self.trial.scope.known, self.text(edited)
        try:
            latex = self.tree.spelling.latex
            node = read_expression(text, known) if latex else expression_at(text, 0, len(text), known)
        except MatdiffError:
            return "", 0
        found = self.trial.expression(node) if self.trial.fits(node) else None
        if found is None:
            return "", 0
        found = self.trial.scope.fold(found)
        varying = self.trial.varying(found)
        holds = decide(self.trial.goal, found, varying, almost_everywhere=True, prove=False, count=4).holds
        return (text, len(varying)) if holds else ("", 0)


def tight(text: str) -> str:
    return "".join(text.split())
