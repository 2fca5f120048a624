"""Whether what claims to be a gradient is one: at random points, against central differences."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import process_time
from typing import Any

import numpy as np

from matdiff.checking.scripts.harness import Called
from matdiff.checking.scripts.slopes import Replay, Slopes, guards, slopes
from matdiff.checking.scripts.watching import GUESSED, Found, Pair, Spec, slice_of
from matdiff.python.memory import Stop
from matdiff.python.source import Source
from matdiff.python.supply import Choice, Restart, Supply
from matdiff.python.values import Node, Unknown

SEEDS = (1, 2, 3)
RESTARTS = 60
LONGEST = 2.0
"""So many seconds a run may take, with all that it is begun again."""
PATIENCE = 2.5
"""Seconds of work for all differences of one script."""

NEAR = 2e-5
"""Gaps below this, relative to the largest slope, may be rounding of what is badly conditioned."""


@dataclass(frozen=True)
class Question:
    """What is asked of a script."""

    source: Source
    loss: Spec | None
    pairs: tuple[Pair, ...]
    choice: Choice = field(default_factory=Choice)
    upstream: tuple[Spec, Spec] | None = None
    beside: Callable[[str], str | None] | None = None
    avoided: frozenset[int] = frozenset()
    rounds: int = 2
    small: Mapping[int, int] = field(default_factory=dict)
    """Smaller numbers for the large ones of the script, which are sizes."""
    deadline: float = float("inf")
    """Until when, in seconds of work, it is looked at."""
    only: str = ""
    """The function or the class that is looked at; else the whole script."""


@dataclass(eq=False)
class Outcome:
    """What is found about one claim at one point."""

    kind: str
    """"right", "wrong", "misfit", "unread" or "undecided"."""
    detail: str = ""
    line: int = 0
    found: Found | None = None
    slopes: Slopes | None = None
    value: Any = None
    """The claimed gradient in the form in which it was compared."""
    error: float = 0.0
    number: int = 0
    """Which of the passes it is."""


@dataclass(eq=False)
class Point:
    """One run of a script, with what it says of each claim."""

    run: Called
    seed: int
    moved: float = 0.5
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(outcome.kind == "right" for outcome in self.outcomes)


def ran(
    question: Question,
    seed: int,
    replaced: Mapping[ast.stmt, Sequence[ast.stmt]] | None = None,
    until: int | None = None,
    moved: float = 0.5,
    probes: Mapping[ast.stmt, Sequence[ast.expr]] | None = None,
    probe_until: int = 10**9,
    kind: type[Called] = Called,
) -> tuple[Called, Choice]:
    """A run of the script, begun again as long as something more is learned about its data."""
    choice = question.choice
    ends = min(process_time() + LONGEST, question.deadline)
    for _ in range(RESTARTS):
        run = kind(
            question.source,
            Supply(choice, seed, question.avoided),
            question.loss,
            question.pairs,
            moved,
            beside=question.beside,
            replaced=replaced,
            seconds=max(ends - process_time(), 0.1),
        )
        run.probes, run.probe_until = probes or {}, probe_until
        run.upstream, run.stop_after, run.rounds, run.small = question.upstream, until, question.rounds, question.small
        run.only = question.only
        try:
            with np.errstate(all="ignore"):
                run.whole()
        except Restart as more:
            choice = more.args[0]
            continue
        except Stop:
            run.stopped = True
        break
    return run, choice


def judged(question: Question, seed: int, patience: float = PATIENCE) -> tuple[Point, Choice]:
    """A run and what it says of every claim; parameters are moved less where nothing is finite."""
    for moved in (0.5, 0.1, 0.0):
        run, choice = ran(question, seed, moved=moved)
        point = Point(run, seed, moved)
        until = min(process_time() + patience, question.deadline)
        for number in range(len(question.pairs)):
            point.outcomes.append(outcome(run, number, until))
        asked = (o for o, pair in zip(point.outcomes, question.pairs, strict=True) if pair.asked)
        if not any(o.kind == "undecided" for o in asked) or process_time() > question.deadline:
            break
    return point, choice


def outcome(run: Called, number: int, until: float) -> Outcome:
    """What is found about a claim: the first pass in which it is not right, else the first."""
    passes = run.results(number)
    if not passes:
        return Outcome("unread", "it gets no value that can be compared", 0)
    first: Outcome | None = None
    known: set[ast.stmt | None] = set()
    for k, found in enumerate(passes):
        statements = {n.statement for n in slice_of(found.claimed)} if isinstance(found.claimed, Node) else set()
        if first is not None and statements <= known:
            continue
        known |= statements
        judged = compared(found, run.pairs[number], until)
        judged.number = k
        if run.exhausted and len(passes) == 1 and judged.kind in ("wrong", "misfit"):
            judged = Outcome(
                "unread", "the script runs too long to come to the end of it", found.statement.lineno, found
            )
        if first is None or (judged.kind == "wrong" and first.kind == "right"):
            first = judged
        if first.kind != "right" or process_time() > until:
            break
    assert first is not None
    return first


def compared(found: Found, pair: Pair, until: float) -> Outcome:
    """Whether a value is the gradient of a loss by a parameter."""
    for value in (found.loss, found.claimed):
        if isinstance(value, Unknown):
            certain = value.misfit and value is found.claimed and not is_foreign(found.by)
            return Outcome("misfit" if certain else "unread", value.reason, value.line, found)
    loss, claimed, by = found.loss, found.claimed, found.by
    assert isinstance(loss, Node) and isinstance(claimed, Node)
    if np.size(loss.value) != 1:
        return Outcome(
            "unread", f"the loss has shape {shape_text(loss.value)}, but a loss is a scalar", line_of(loss), found
        )
    if not np.all(np.isfinite(np.asarray(loss.value, dtype=float))):
        return Outcome("undecided", "no point was found where the loss is finite", line_of(loss), found)
    if by not in slice_of(loss):
        return Outcome("unread", f"the loss does not depend on {pair.of.text}", line_of(loss), found)
    true = slopes(loss, by, until)
    if true is None:
        return Outcome("undecided", "the slopes of the loss cannot be told from differences", line_of(loss), found)
    judged = matched(claimed.value, by.value, true, pair)
    judged.found = found
    if judged.kind == "wrong" and claimed.name == "clip" and isinstance(bare := claimed.args[0], Node):
        again = matched(bare.value, by.value, true, pair)
        if again.kind == "right":
            again.detail = "; ".join(w for w in (again.detail, f"but for the clipping in line {line_of(claimed)}") if w)
            again.found = found
            judged = again
    if judged.kind == "wrong" and (held := guards(loss, claimed)):
        bare = slopes(loss, by, until, held)
        try:
            with np.errstate(all="ignore"):
                value = Replay(claimed, None, held).at()
        except (ValueError, IndexError, TypeError):
            value = claimed.value
        if bare is not None and (again := matched(value, by.value, bare, pair)).kind == "right":
            lines = sorted({line_of(node) for node in held})
            words = f"but for the guard in line {', '.join(map(str, lines))}, which keeps a value from zero"
            judged = Outcome(
                "right",
                "; ".join(w for w in (again.detail, words) if w),
                found=found,
                slopes=bare,
                value=again.value,
                error=again.error,
            )
    doubted = judged.kind == "misfit" or np.ndim(claimed.value) != np.ndim(by.value) or has_many_axes(loss, claimed)
    if judged.kind in ("misfit", "wrong") and by.name == GUESSED and doubted:
        words = f"how many axes {pair.of.text} has is not told"
        return Outcome("unread", words, line_of(claimed), found)
    if judged.kind == "wrong" and judged.value is not None and true.error(judged.value) < NEAR:
        return Outcome("undecided", "the claim and the slopes of the loss are too near to be told apart", 0, found)
    doubt = loss.doubt or claimed.doubt
    if doubt and judged.kind in ("wrong", "misfit"):
        return Outcome("unread", f"it depends on the condition in line {doubt}, which is not known", doubt, found)
    if doubt:
        judged.detail = "; ".join(w for w in (judged.detail, f"where the condition in line {doubt} holds") if w)
    return judged


def is_foreign(by: Node) -> bool:
    """Whether a parameter comes from a function that nobody knows: its sizes are guessed."""
    return by.name == GUESSED and bool(by.args) and "#" in by.args[0]


def has_many_axes(*values: Node) -> bool:
    """Whether arrays of more than two axes lead there: data is guessed to have two at most."""
    return any(np.ndim(node.value) > 2 for value in values for node in slice_of(value))


def matched(claimed: Any, by: Any, true: Slopes, pair: Pair) -> Outcome:
    """A claimed gradient in the form that its shape allows."""
    for value, note in forms(np.asarray(claimed), np.asarray(by), pair):
        if true.agree(value):
            return Outcome("right", note, slopes=true, value=value, error=true.error(value))
    if np.shape(claimed) == np.shape(by) or np.size(claimed) == np.size(by) == 1:
        return Outcome("wrong", "", slopes=true, value=np.reshape(np.asarray(claimed), np.shape(by)))
    near = next(forms(np.asarray(claimed), np.asarray(by), pair), None)
    if near is not None:
        return Outcome("wrong", near[1], slopes=true, value=near[0])
    detail = f"the gradient has shape {shape_text(by)}, but {pair.by.text} has {shape_text(claimed)}"
    return Outcome("misfit", detail, slopes=true, value=claimed)


def forms(claimed: Any, by: Any, pair: Pair) -> Any:
    """The ways to take a claimed gradient for one, each with a note."""
    if claimed.dtype.kind not in "fiub":
        return
    if claimed.shape == by.shape:
        yield claimed, ""
        if pair.transposed and claimed.ndim == 2:
            yield claimed.T, "it is kept transposed"
        return
    if claimed.size == by.size == 1:
        yield claimed.reshape(by.shape), ""
    elif claimed.ndim == 1 and by.shape == (1, claimed.size):
        yield (
            claimed.reshape(by.shape),
            f"its shape is {shape_text(claimed)}, that of {pair.of.text} {shape_text(by)}; NumPy adds the two",
        )
    elif (by.ndim == 1 and claimed.shape == (1, by.size)) or (
        claimed.size == by.size and (pair.by.function or pair.flattened) and 1 in (claimed.ndim, by.ndim)
    ):
        yield claimed.reshape(by.shape), f"its shape is {shape_text(claimed)}, that of {pair.of.text} {shape_text(by)}"
    elif claimed.ndim == 2 and claimed.shape == by.shape[::-1] and pair.transposed is not False:
        yield claimed.T, "it is kept transposed"


def shape_text(value: Any) -> str:
    return str(tuple(int(n) for n in np.shape(value)))


def line_of(node: Node) -> int:
    return getattr(node.statement, "lineno", 0)


__all__ = ["Outcome", "Point", "Question", "judged", "outcome", "ran", "replace"]
