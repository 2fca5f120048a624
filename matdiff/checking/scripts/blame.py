"""Whose fault it is that gradients are wrong: the one that makes the others right when it is put right."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from matdiff.checking.scripts.claimed import ON_ITS_WAY, Claimed, Gradients
from matdiff.checking.scripts.edits import Around
from matdiff.checking.scripts.flat import Line
from matdiff.checking.scripts.repair import Job, Repair, activations
from matdiff.checking.scripts.statements import changed_in_place, loads, targets
from matdiff.evaluate import Array
from matdiff.expr import Expr
from matdiff.printing.math import Printer

LONGEST = 100
"""Longer gradients are not written out."""


@dataclass(frozen=True)
class Slip:
    """What is said of a wrong gradient: where it goes wrong, or, without a line, that it does elsewhere."""

    line: Line | None
    suggestion: str = ""
    detail: str = ""
    found: bool = False
    """Whether the slip has a name."""
    nodes: tuple[ast.stmt, ...] | None = None
    """What stands for the line where it is right."""


class Slips:
    """Whose fault it is that gradients are wrong."""

    def __init__(self, checker: Gradients, claims: Sequence[Claimed], wrong: Sequence[Claimed]) -> None:
        self.checker, self.claims, self.wrong = checker, claims, list(wrong)
        self.reading, self.bench = checker.reading, checker.bench
        self.corrected: dict[str, Expr] = {}
        shapes = {name: node.shape for name, node in self.reading.model.variables.items()}
        shapes |= {value.name: value.expr.shape for value in self.reading.values}
        ranks = {
            n: {"scalar": 0, "dim": 0, "vector": 1}.get(k, 2) for n, k in self.reading.declared.items() if k != "labels"
        }
        around = Around(shapes, {**ranks, **self.reading.ranks}, activations(self.reading, self.reading.forward))
        self.repair = Repair(self.reading, self.bench, around)

    def found(self) -> dict[str, Slip]:
        """For each gradient that is wrong or makes others wrong, what is said of it."""
        said: dict[str, Slip] = {}
        open_ = list(self.wrong)
        while open_:
            culprit, goal, fixed, slip = self.blamed(open_)
            said[culprit.name] = slip
            shared = [c for c in open_ if c is not culprit and c not in fixed and self.helps(slip, c)]
            self.correct(culprit, goal)
            open_ = [c for c in open_ if c is not culprit and c not in (*fixed, *shared)]
            for other in shared:
                assert slip.line is not None
                name = self.checker.shown(targets(slip.line.node)[0])
                said[other.name] = Slip(None, detail=f"it goes wrong in line {slip.line.number}, with {name}")
            number = slip.line.number if slip.line is not None else culprit.line.number
            words = f"it goes wrong in line {number}, with {self.checker.shown(culprit.name)}"
            between = [c for c in self.claims if not c.asked and c.right is None and c.name not in said]
            for other in (*fixed, *between):
                if other is not culprit and (other in fixed or self.follows(other, culprit)):
                    said[other.name] = Slip(None, detail=words)
        return said

    def helps(self, slip: Slip, other: Claimed) -> bool:
        """Whether a gradient is right after the edit that puts another one right."""
        lines, goal = self.own(other, set()), other.truths[0][2]
        if slip.nodes is None or slip.line not in lines or goal is None:
            return False
        return self.repair.works(Job(lines, {other.name: goal}, self.corrected), slip.line, slip.nodes)

    def correct(self, claimed: Claimed, goal: list[Array]) -> None:
        self.corrected[claimed.name] = self.stand_in(claimed, goal)

    def stand_in(self, claimed: Claimed, values: list[Array]) -> Expr:
        """A variable with the values that a gradient should have."""
        ranks = self.repair.around.ranks
        self.reading.ranks.setdefault(claimed.name, ranks.get(claimed.of, 2))
        return self.bench.stand_in(claimed.truths[0][1].shape, values)

    # who

    def blamed(self, open_: Sequence[Claimed]) -> tuple[Claimed, list[Array], list[Claimed], Slip]:
        """The gradient where it goes wrong, what it should be, what is right then, and the slip."""
        suspects = self.suspects(open_)
        culprit, goal, fixed = suspects[0]
        slip = self.explained(culprit, goal)
        if not slip.found and not fixed:  # perhaps it is right but for the mask that what it is computed from lacks
            for other, values, then in suspects[1:]:
                if culprit in then and other.right is not None:
                    again = self.explained(other, values)
                    if again.found:
                        return other, values, then, again
            for other in self.claims:  # or there is a slip above as well
                if other.right is None and not other.asked and other.name not in self.corrected:
                    wanted = other.truths[0][2]
                    again = self.explained(other, wanted) if wanted is not None and self.uses(culprit, other) else slip
                    if again.found and wanted is not None:
                        return other, wanted, [], again
        return culprit, goal, fixed, slip

    def suspects(self, open_: Sequence[Claimed]) -> list[tuple[Claimed, list[Array], list[Claimed]]]:
        """The gradients that make others right when they are put right, those first that do for most."""
        found: list[tuple[tuple[int, bool, int], tuple[Claimed, list[Array], list[Claimed]]]] = []
        for number, claimed in enumerate(self.claims):
            if claimed.name in self.corrected or (claimed.asked and claimed not in open_):
                continue
            for note, _, values in claimed.truths:
                if values is None or claimed.right == note or self.spoils(claimed, values):
                    continue
                fixed = [g for g in open_ if g is not claimed and self.fixes(claimed, values, g)]
                is_open = claimed in open_
                if fixed or is_open:
                    key = (len(fixed) + is_open, claimed.right in (None, ON_ITS_WAY), -number)
                    found.append((key, (claimed, values, fixed)))
        return [suspect for _, suspect in sorted(found, key=lambda item: item[0], reverse=True)]

    def spoils(self, claimed: Claimed, values: list[Array]) -> bool:
        """Whether a gradient that is right needs another one as it is."""
        return not claimed.asked and any(
            right.asked
            and right.right is not None
            and self.uses(right, claimed)
            and not self.fixes(claimed, values, right)
            for right in self.claims
        )

    def uses(self, later: Claimed, claimed: Claimed) -> bool:
        return claimed.name in {name for line in self.own(later, {claimed.name}) for name in loads(line.node)}

    def fixes(self, claimed: Claimed, values: list[Array], later: Claimed) -> bool:
        """Whether a gradient is right once an earlier one is."""
        goal = later.truths[0][2]
        lines = self.own(later, {claimed.name})
        if not self.uses(later, claimed):
            return False
        if goal is None:
            return False
        node = self.stand_in(claimed, values)
        job = Job(lines, {later.name: goal}, {**self.corrected, claimed.name: node})
        return self.repair.works(job, lines[0], [lines[0].node])

    def follows(self, other: Claimed, culprit: Claimed) -> bool:
        """Whether a wrong intermediate gradient is right once another is."""
        for _, _, values in other.truths:
            lines = self.own(other, set(self.corrected))
            if values is not None and lines and any(culprit.name in loads(line.node) for line in lines):
                job = Job(lines, {other.name: values}, self.corrected)
                if self.repair.works(job, lines[0], [lines[0].node]):
                    return True
        return False

    def own(self, claimed: Claimed, apart: set[str]) -> list[Line]:
        """The lines of the backward pass that a gradient is computed by, up to the gradients that are right."""
        stops = {c.name for c in self.claims if c.right == "" or c.name in self.corrected} | apart
        stops -= {claimed.name}
        needed, found = {claimed.name}, list[Line]()
        lines = self.checker.straight.lines
        for line in reversed(lines[: self.checker.order[claimed.line] + 1]):
            names_of = set(targets(line.node))
            if names_of & needed and line not in self.reading.forward:
                found.append(line)
                if not changed_in_place(line.node):
                    needed -= names_of
                needed |= loads(line.node) - stops
        order = self.checker.order
        begins = min(max(order[line] for line in self.reading.forward), *(order[c.lines[0]] for c in self.claims))
        return [line for line in found[::-1] if line not in self.reading.plain and order[line] >= begins]

    # what

    def explained(self, culprit: Claimed, goal: list[Array]) -> Slip:
        lines = self.own(culprit, set())
        found = self.repair.find(Job(lines, {culprit.name: goal}, self.corrected)) if lines else None
        detail = self.detail(culprit)
        if found is not None:
            return Slip(found.line, found.words, detail, found=True, nodes=found.nodes)
        first = next((line for line in lines if line in self.reading.misfits), culprit.lines[0])
        if first in self.checker.straight.stale:
            return Slip(first, "this line stands too early", detail)
        return Slip(first, self.nothing(culprit), detail)

    def detail(self, culprit: Claimed) -> str:
        if culprit.right is None:
            return ""
        if culprit.right == ON_ITS_WAY:
            return "it is right before its last change, but not after it"
        of = self.checker.shown(culprit.of)
        return f"this is the gradient by {of}, but what is computed from it below needs the one by what stands inside"

    def nothing(self, culprit: Claimed) -> str:
        text = Printer()(culprit.truths[0][1])
        right = f"; the gradient is {text}" if len(text) <= LONGEST and "\n" not in text else ""
        return f"no single slip was found that explains this{right}"
