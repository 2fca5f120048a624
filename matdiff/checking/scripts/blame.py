"""Whose fault it is that gradients are wrong: the one edit of a line after which they are right."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np

from matdiff.checking import findings
from matdiff.checking.scripts.edits import Edit
from matdiff.checking.scripts.fixes import fixes
from matdiff.checking.scripts.harness import Snapshot
from matdiff.checking.scripts.judging import Outcome, Point, Question, forms, ran
from matdiff.checking.scripts.search import Search
from matdiff.checking.scripts.slopes import Slopes, slopes
from matdiff.checking.scripts.statements import loads, targets, text_of
from matdiff.checking.scripts.watching import slice_of
from matdiff.python.values import Node, Unknown

SECONDS = 2.5
"""So long is looked for slips."""
MORE = 0.5
"""So long is looked for one that explains more, where one is found."""

Replaced = Mapping[ast.stmt, Sequence[ast.stmt]]


@dataclass(frozen=True)
class Slip:
    """What is said of a wrong gradient: where it goes wrong, or, without a line, that it does elsewhere."""

    line: int | None
    suggestion: str = ""
    detail: str = ""
    edits: tuple[findings.Edit, ...] = ()


@dataclass(eq=False)
class Job:
    """What an edit has to put right, and what is known before the lines that may be edited."""

    numbers: Sequence[int]
    """The claims that are wrong."""
    lines: Sequence[ast.stmt]
    """The lines that may be edited, in order."""
    spare: Sequence[ast.stmt] = ()
    """The last lines of what is right by itself, behind which a mask may be missing."""
    whole: bool = True
    """Whether these are all that is wrong."""
    around: Mapping[ast.stmt, Sequence[Snapshot]] = field(default_factory=dict)
    """What is known before each line, at every point."""


class Slips:
    """Looks for the slips behind wrong gradients."""

    def __init__(
        self, question: Question, points: Sequence[Point], outcomes: Sequence[Outcome], wrong: Sequence[int]
    ) -> None:
        self.question, self.points, self.outcomes = question, points, outcomes
        self.pairs = question.pairs
        self.wrong = list(wrong)
        self.known: dict[int, list[ast.stmt]] = {}
        self.forward: dict[Node, set[ast.stmt | None]] = {}
        """The lines by which each loss is computed."""
        self.base: dict[ast.stmt, Sequence[ast.stmt]] = {}
        self.until = process_time() + SECONDS
        self.bodies = [
            body for node in ast.walk(question.source.tree) if isinstance(body := getattr(node, "body", None), list)
        ]
        self.statements = [n for n in ast.walk(question.source.tree) if isinstance(n, ast.stmt)]

    def found(self) -> dict[int, Slip]:
        """For each gradient that is wrong, what is said of it."""
        said: dict[int, Slip] = {}
        open_, left = list(self.wrong), list[int]()
        while open_ and process_time() < self.until:
            best = None
            for some in [open_] if len(open_) == 1 else [open_, open_[:1]]:
                job = Job(some, *self.lines(some), whole=some is open_)
                best = self.best(job) if best is None and (job.lines or job.spare) else best
            if best is None:
                open_.remove(first := open_[0])
                left.append(first)
                continue
            line, edit, fixed = best
            culprit = self.culprit(line, fixed)
            shown = f": {ast.unparse(edit.shown)}" if edit.shown is not None else ""
            name = self.pairs[culprit].by.text
            changed = fixes(self.question.source, edit_of(line, edit), edit.words)
            said[culprit] = Slip(line.lineno, f"{edit.words}{shown}", self.detail(culprit), changed)
            target = next(iter(targets(line)), name)
            for number in fixed:
                if number != culprit:
                    said[number] = Slip(None, detail=f"it goes wrong in line {line.lineno}, with {target}")
            self.follow(said, culprit, line, target, edit)
            open_ = [number for number in open_ if number not in fixed]
            self.base.update(edit_of(line, edit))
        for number in (*left, *open_):
            said[number] = Slip(
                self.first_line(number), "no single slip was found that explains this", self.detail(number)
            )
        return said

    def follow(self, said: dict[int, Slip], culprit: int, line: ast.stmt, target: str, edit: Edit) -> None:
        """Intermediate gradients that are right after the edit were wrong because of it."""
        auto = [
            k
            for k, p in enumerate(self.pairs)
            if not p.asked and k not in said and self.outcomes[k].kind in ("wrong", "misfit")
        ]
        if not auto:
            return
        replaced = {**self.base, **edit_of(line, edit)}
        run = self.run(0, replaced)
        for number in auto:
            if self.is_right(run, 0, number):
                said[number] = Slip(None, detail=f"it goes wrong in line {line.lineno}, with {target}")

    def culprit(self, line: ast.stmt, fixed: Sequence[int]) -> int:
        """The claim whose line it is: by its name, else the first of those that are put right."""
        names = targets(line)
        for number, pair in enumerate(self.pairs):
            if pair.by.text in names and (number in fixed or not pair.asked):
                return number
        return min(fixed, key=lambda k: self.claimed_at(k))

    def claimed_at(self, number: int) -> int:
        found = self.outcomes[number].found
        return found.steps if found is not None else 0

    # which lines

    def lines(self, numbers: Sequence[int]) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The lines that all of these depend on first, and none of the right ones; then those of one of them."""
        each = [self.backward(number) for number in numbers]
        right: set[ast.stmt] = set()
        for number, outcome in enumerate(self.outcomes):
            if outcome.kind == "right" and not outcome.detail:
                right |= set(self.backward(number))
        union = list(dict.fromkeys(line for lines in each for line in lines))
        common = set(each[0]).intersection(*each[1:]) if each else set()
        lasts = {
            self.backward(k)[-1]
            for k, o in enumerate(self.outcomes)
            if o.kind == "right" and not self.pairs[k].asked and self.backward(k)
        }
        spare = [
            line for line in union if line in lasts and not any(set(targets(line)) & loads(other) for other in right)
        ]
        union = [line for line in union if line not in right] or union
        return sorted(union, key=lambda line: (line not in common, union.index(line))), spare

    def backward(self, number: int) -> list[ast.stmt]:
        """The lines by which a claim is computed, and the loss is not, in order."""
        if number not in self.known:
            self.known[number] = self.found_backward(number)
        return list(self.known[number])

    def found_backward(self, number: int) -> list[ast.stmt]:
        outcome = self.outcomes[number]
        found = outcome.found
        if found is None:
            return []
        loss = found.loss
        if isinstance(loss, Node) and loss not in self.forward:
            self.forward[loss] = {node.statement for node in slice_of(loss)}
        forward = self.forward[loss] if isinstance(loss, Node) else set()
        if isinstance(found.claimed, Node):
            nodes = sorted(slice_of(found.claimed), key=lambda node: node.number)
            own = dict.fromkeys(node.statement for node in nodes if node.fn is not None and node.statement is not None)
            lines = [line for line in own if line not in forward]
            work = {text for line in lines for text in loads(line)}
            for other in self.statements:  # a second name for an array
                if (
                    isinstance(other, ast.Assign)
                    and text_of(other.value)
                    and set(targets(other)) & work
                    and other not in forward
                ) and any(other in body and lines[0] in body for body in self.bodies if lines):
                    lines.insert(0, other)
            if found.statement not in lines and isinstance(found.statement, ast.Assign | ast.AugAssign | ast.Return):
                lines.append(found.statement)
            return lines
        return self.above(found.claimed, forward)

    def above(self, claimed: Unknown, forward: set[ast.stmt | None]) -> list[ast.stmt]:
        """The line that cannot be computed, and those that give it what it works with."""
        at = next(
            (s for s in self.statements if s.lineno <= claimed.line <= (s.end_lineno or 0) and not hasattr(s, "body")),
            None,
        )
        if at is None:
            return []
        lines, names = [at], loads(at)
        for statement in reversed([s for s in self.statements if s.lineno < at.lineno and s not in forward]):
            if set(targets(statement)) & names and isinstance(statement, ast.Assign | ast.AugAssign):
                lines.append(statement)
                names |= loads(statement)
        return lines[:6]

    def first_line(self, number: int) -> int | None:
        found = self.outcomes[number].found
        if found is not None and isinstance(found.claimed, Unknown):
            return found.claimed.line
        return found.statement.lineno if found is not None else None

    # trying

    def best(self, job: Job) -> tuple[ast.stmt, Edit, list[int]] | None:
        """The first edit that puts everything right, else the one that puts most right."""
        self.look_round(job)
        best: tuple[ast.stmt, Edit, list[int]] | None = None
        seen: set[str] = set()
        own = {number: self.backward(number) for number in job.numbers}
        until = self.until
        for line, edit in Search(self.question, self.points, self.outcomes, job, self.statements).candidates():
            if process_time() > until:
                break
            key = str(
                [
                    (s.lineno, [ast.unparse(ast.fix_missing_locations(n)) for n in new])
                    for s, new in edit_of(line, edit).items()
                ]
            )
            if key in seen:
                continue
            seen.add(key)
            fixed = self.fixed(job, {**self.base, **edit_of(line, edit)})
            if edit.moved is None:
                every = job.whole and line not in job.lines and len(fixed) == len(job.numbers)
                fixed = [number for number in fixed if every or line in own[number]]
            if fixed and (best is None or len(fixed) > len(best[2])):
                best = (line, edit, fixed)
                until = min(until, process_time() + MORE)
                if len(fixed) == len(job.numbers):
                    break
        return best

    def look_round(self, job: Job) -> None:
        """What is known before the lines."""
        found: dict[ast.stmt, list[Snapshot]] = {}
        probes = {line: Search.looked_at(line) for line in (*job.lines, *job.spare)}
        for k, point in enumerate(self.points):
            if k and process_time() > self.until:
                break
            steps = [o.found.steps for n in job.numbers if (o := point.outcomes[n]).found is not None]
            run = self.run(k, self.base, probes, max(steps, default=10**9) + 1)
            for number in job.numbers if self.base else ():
                outcome, passes = point.outcomes[number], run.results(number)
                claimed = passes[outcome.number].claimed if len(passes) > outcome.number else None
                if isinstance(claimed, Node) and np.shape(claimed.value) == np.shape(outcome.value):
                    outcome.value = claimed.value
            for line, snapshot in run.snapshots.items():
                found.setdefault(line, []).append(snapshot)
        job.around = {line: seen for line, seen in found.items() if len(seen) == len(self.points)}

    def run(
        self, k: int, replaced: Replaced, probes: Mapping[ast.stmt, Sequence[ast.expr]] | None = None, last: int = 10**9
    ) -> Any:
        point = self.points[k]
        steps = [o.found.steps for o in point.outcomes if o.found is not None]
        until = int(max(steps, default=400) * 1.2) + 12
        return ran(self.question, point.seed, replaced, until, point.moved, probes, last)[0]

    def fixed(self, job: Job, replaced: Replaced) -> list[int]:
        """The claims of a job that are right after an edit, if none that was right becomes wrong."""
        run = self.run(0, replaced)
        fixed = [number for number in job.numbers if self.is_right(run, 0, number)]
        if not fixed:
            return []
        held = [k for k, o in enumerate(self.outcomes) if o.kind == "right" and self.pairs[k].asked]
        if not all(self.is_right(run, 0, number) for number in held):
            return []
        for k in range(1, len(self.points)):
            again = self.run(k, replaced)
            fixed = [number for number in fixed if self.is_right(again, k, number)]
            if not all(self.is_right(again, k, number) for number in held):
                return []
        return fixed

    def is_right(self, run: Any, k: int, number: int) -> bool:
        """Whether a claim is the gradient in a run in which the loss is what it was."""
        outcome = self.points[k].outcomes[number]
        true: Slopes | None = outcome.slopes
        passes = run.results(number)
        if outcome.found is None or len(passes) <= outcome.number:
            return False
        found = passes[outcome.number]
        if (
            not isinstance(found.claimed, Node)
            or not isinstance(found.loss, Node)
            or not isinstance(outcome.found.loss, Node)
        ):
            return False
        if not same(found.loss.value, outcome.found.loss.value) or not same(found.by.value, outcome.found.by.value):
            return False
        if true is None:
            true = slopes(found.loss, found.by, process_time() + 0.5)
            if true is None:
                return False
            outcome.slopes = true
        return any(
            true.agree(value)
            for value, _ in forms(np.asarray(found.claimed.value), np.asarray(found.by.value), self.pairs[number])
        )

    # words

    def detail(self, number: int) -> str:
        """The two values that differ."""
        outcome = next(
            (p.outcomes[number] for p in self.points if p.outcomes[number].kind == "wrong"), self.outcomes[number]
        )
        if outcome.kind != "wrong" or outcome.slopes is None or not self.pairs[number].asked:
            return outcome.detail if outcome.kind != "right" else ""
        true, found = outcome.slopes, outcome.slopes.along(outcome.value)
        name = self.pairs[number].by.text
        if found is None:
            return outcome.detail
        at = int(np.argmax(true.gaps(found)))
        way = true.directions[at]
        claimed, right = shown(found[at]), shown(true.values[at])
        ratios = found / np.where(true.values == 0, np.nan, true.values)
        factor = ""
        if np.all(np.isfinite(ratios)) and len(ratios) > 1 and np.allclose(ratios, ratios[0], rtol=1e-5):
            factor = f" ({shown(ratios[0])} times the gradient)"
        if np.count_nonzero(way) == 1:
            index = [int(k) for k in np.unravel_index(int(np.argmax(np.abs(way))), np.shape(way))]
            entry = f"{name}[{', '.join(map(str, index))}]" if index else name
            return f"at random values {entry} is {claimed}, the derivative is {right}{factor}"
        return f"at random values the loss changes by {right} in a random direction, {name} says {claimed}{factor}"


def shown(value: float) -> str:
    return f"{float(value):.4g}"


def same(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and bool(
        np.allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-9, atol=1e-12, equal_nan=True)
    )


def edit_of(line: ast.stmt, edit: Edit) -> Replaced:
    return edit.moved if edit.moved is not None else {line: edit.nodes}
