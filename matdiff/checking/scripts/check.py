"""The check of a script: what is asked, what it says of each gradient, and where one goes wrong."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import process_time
from typing import Any

import numpy as np

from matdiff.checking.findings import Link
from matdiff.checking.report import Report
from matdiff.checking.scripts.blame import Slip, Slips
from matdiff.checking.scripts.declared import kinds_of, shapes_of, smaller
from matdiff.checking.scripts.judging import SEEDS, Outcome, Point, Question, judged
from matdiff.checking.scripts.named_losses import is_named, with_loss
from matdiff.checking.scripts.proof import proved
from matdiff.checking.scripts.settings import Setting, others_of
from matdiff.checking.scripts.steps import updates
from matdiff.checking.scripts.survey import (
    DATA,
    WORDS,
    Survey,
    best_survey,
    found_in,
    guessed_losses,
    guessed_pairs,
    others,
    unnamed_steps,
    without,
)
from matdiff.checking.scripts.units import units
from matdiff.checking.scripts.watching import Pair, Spec, spec
from matdiff.errors import ArgumentTypeError, DeclarationError, MatdiffError, ShapeError, UnsupportedError
from matdiff.python.source import Source, notebook, parsed
from matdiff.python.supply import Choice, likely
from matdiff.python.values import Node, Unknown

TRIES = 24
"""How many readings of what the script leaves open are tried."""
PATIENCE = 2.4
"""So many seconds are spent on the readings and on differences."""
PROVING = 1.0
"""So many seconds are spent on proofs."""


RIGHT = ("proved", "sampled")


def check_code(
    source: str,
    loss: str | None = None,
    gradients: Mapping[str, str] | None = None,
    where: str | None = None,
    strict: bool = False,
    upstream: str | None = None,
    beside: Callable[[str], str | None] | None = None,
) -> Report:
    """Check the gradients of a training script, ``{"w1": "grad_w1"}``, and the intermediate ones above them.

    The loss and the pairs are found by their names and their use where they are not given. ``where`` declares what
    the script does not tell: ``x: matrix(N, D)``; ``upstream``, ``out=dout``, stands for a loss where a forward and a
    backward function have none; ``beside`` gives the text of a module that lies beside the script. Raises a
    `MatdiffError` where the script cannot be read.
    """
    if not isinstance(source, str) or not isinstance(loss, str | None):
        raise ArgumentTypeError("a script and the name of its loss are strings")
    with quiet():
        read = script(source)
        told = loss is not None or gradients or upstream is not None
        if loss is not None and is_named(read, loss):
            links = by_name(read, loss, gradients, where, beside)
        elif told:
            links = answered(read, loss, gradients, where, upstream, beside)[0]
        else:
            links = all_of(read, where, beside)
    return Report(read.text, tuple(links), strict, language="python")


def by_name(
    source: Source,
    loss: str,
    gradients: Mapping[str, str] | None,
    where: str | None,
    beside: Callable[[str], str | None] | None,
) -> list[Link]:
    """What is found with a loss that the script does not compute, in the scale in which most gradients are right."""
    best: tuple[int, str, Asked] | None = None
    refused: MatdiffError | None = None
    until = process_time() + PATIENCE
    for words, changed in with_loss(source, loss):
        try:
            asked = Asked(changed, loss, gradients, where, None, beside)
        except MatdiffError as error:
            refused = refused or error
            continue
        right = asked.best().right
        if best is None or right > best[0]:
            best = (right, words, asked)
        if process_time() > until or right == len(asked.question.pairs):
            break
    if best is None:
        assert refused is not None
        raise refused
    return [replace(link, detail="; ".join(w for w in (link.detail, best[1]) if w)) for link in best[2].links()]


def all_of(source: Source, where: str | None, beside: Callable[[str], str | None] | None) -> list[Link]:
    """What is found where nothing is told: of the script, then of the functions and layers that it does not call."""
    left = units(source)
    found: dict[tuple[int, str], Link] = {}
    refused: MatdiffError | None = None
    try:
        links, main = answered(source, None, None, where, None, beside)
        found |= {(link.line, link.text): link for link in links}
        left = [unit for unit in left if not unit.functions & main.called]
    except MatdiffError as error:
        refused = error
    if not left and refused is not None:
        raise refused
    for unit in left:
        try:
            links = answered(source, unit.loss, unit.pairs, where, unit.upstream, beside, unit.only)[0]
        except MatdiffError as error:
            words, line = f"{unit.only} is not read: {error.reason}", error.line or unit.line
            place = source.line_place(line)
            links = [Link(line, unit.only, "unread", words, start=place.start, end=place.end, left=unit.only)]
        found |= {(link.line, link.text): link for link in links if (link.line, link.text) not in found}
    return sorted(found.values(), key=lambda link: link.line)


def answered(source: Source, *told: Any) -> tuple[list[Link], Asked]:
    """The answer to a question: with the defaults of the arguments, then with what else a caller may give."""
    until = process_time() + PATIENCE
    asked = Asked(source, *told)
    links = asked.links()
    for setting in others_of(source, asked.options, asked.words, asked.question.choice):
        if process_time() > until:
            break
        try:
            other = Asked(source, *told, choice=replace(asked.start, settings=setting.values))
            found = other.links()
        except MatdiffError:
            continue
        if all(link.verdict in RIGHT for link in found) and any(link.verdict == "wrong" for link in links):
            start = replace(other.question.choice, settings=asked.question.choice.settings, sizes={}, labels={})
            asked = Asked(source, *told, choice=replace(start, shapes=asked.start.shapes))
            links = asked.links()  # with the data as it is right there
        links = with_setting(links, found, setting)
    return links, asked


def with_setting(links: list[Link], other: Sequence[Link], setting: Setting) -> list[Link]:
    """What is found with other arguments beside what is found with the defaults."""
    found = {(link.line, link.text): link for link in links}
    told = [link for link in other if link.verdict in ("wrong", *RIGHT)]
    news = [
        link
        for link in told
        if (held := found.get((link.line, link.text))) is None
        or held.verdict == "unread"
        or (link.verdict == "wrong" and held.verdict in RIGHT)
    ]
    if not news:
        return links
    seen = {(link.line, link.text) for link in told}
    noted = [link if (link.line, link.text) in seen else with_words(link, setting.otherwise) for link in links]
    found = {(link.line, link.text): link for link in noted}
    found |= {(link.line, link.text): with_words(link, setting.words) for link in news}
    return sorted(found.values(), key=lambda link: link.line)


def with_words(link: Link, words: str) -> Link:
    return replace(link, detail="; ".join(w for w in (link.detail, words) if w))


def script(source: str) -> Source:
    """The tree of a script, or of the code of a notebook."""
    cells = notebook(source) if source.lstrip().startswith("{") else None
    return parsed(source) if cells is None else replace(parsed(cells), cells=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings of what a script computes."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        for kind in (PendingDeprecationWarning, DeprecationWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        yield


class Asked:
    """One question about a script, on its way to an answer."""

    def __init__(
        self,
        source: Source,
        loss: str | None,
        gradients: Mapping[str, str] | None,
        where: str | None,
        upstream: str | None,
        beside: Callable[[str], str | None] | None,
        only: str = "",
        *,
        choice: Choice | None = None,
    ) -> None:
        self.source, self.where = source, where
        self.called = frozenset[str]()
        """The functions that are looked at, and the classes that they are methods of."""
        self.told = bool(gradients)
        self.words: Mapping[str, Sequence[str]] = {}
        self.options: Mapping[str, str | bool | None] = {}
        """The arguments that have defaults by which conditions may be decided."""
        pairs = tuple(Pair(named(of), named(by)) for of, by in (gradients or {}).items())
        numbers = {n.value for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and type(n.value) is int}
        self.start = choice or Choice(kinds=kinds_of(where), shapes=shapes_of(where))
        tied = None
        if upstream is not None:
            out, sign, dout = upstream.partition("=")
            if not sign:
                raise DeclarationError("--upstream takes an output and its gradient, as in --upstream out=dout")
            tied = (named(out), named(dout))
        small = smaller(numbers)
        self.question = Question(
            source,
            named(loss) if loss else None,
            pairs,
            self.start,
            tied,
            beside,
            frozenset(numbers),
            small=small,
            only=only,
        )
        self.until = process_time() + PATIENCE
        self.find()

    # what is asked

    def find(self) -> None:
        """The loss and the gradients, where they are not told."""
        open_ = self.question.loss is None and self.question.upstream is None
        if not open_:
            self.check_names()
        losses = guessed_losses(self.source) if open_ else []
        self.question, run = best_survey(self.question, losses, self.told)
        question = self.question
        if open_ and run.discovered and (not self.told or not losses):
            loss, of, by = run.discovered[0]
            pairs = question.pairs or (Pair(spec(of), spec(by)),)
            self.question = replace(question, loss=spec(loss), pairs=pairs)
            return
        if open_ and found_in(run, self.told)[:2] < (1, 1) and units(self.source):
            raise DeclarationError("the file has no loss: tell it with --loss NAME")
        if question.loss is None and question.upstream is None:
            words = "which name is the loss? None of the usual ones is given a value; tell it with --loss NAME"
            raise DeclarationError(words)
        if open_:
            self.check_names()
        guessed = guessed_pairs(run, self.told)
        known = {pair.by.text for pair in question.pairs}
        pairs = (*question.pairs, *(pair for pair in guessed if pair.by.text not in known))
        if not any(pair.asked for pair in pairs):
            pairs = (*pairs, *self.steps(run))
        if not any(pair.asked for pair in pairs):  # what is called as data is may be the parameter
            pairs = tuple(replace(pair, asked=pair.of.text in DATA) for pair in pairs)
        if not any(pair.asked for pair in pairs):
            raise DeclarationError(without(question))
        self.question = replace(question, pairs=tuple(used(self.source, pair) for pair in pairs))

    def steps(self, run: Survey) -> list[Pair]:
        """Updates whose step has no name: it claims to be a multiple of the gradient."""
        pairs = unnamed_steps(run)
        if not pairs:
            return []
        ways = []
        for up in (False, True):
            turned = tuple(replace(pair, step=replace(pair.step, up=up)) for pair in pairs if pair.step is not None)
            point, _ = judged(replace(self.question, pairs=turned), SEEDS[0], 2.0)
            ways.append((point.right, not up, turned))
        return list(max(ways, key=lambda way: way[:2])[2])

    def check_names(self) -> None:
        """Names that are told must be names of the script."""
        stored, loaded, functions = set[str](), set[str](), set[str]()
        for node in self.source.nodes:
            if isinstance(node, ast.Name):
                (stored if isinstance(node.ctx, ast.Store) else loaded).add(node.id)
            elif isinstance(node, ast.arg):
                stored.add(node.arg)
            elif isinstance(node, ast.FunctionDef):
                functions.add(node.name)
        for what in (self.question.loss, *(pair.by for pair in self.question.pairs)):
            if what is None:
                continue
            if what.function and what.function not in functions:
                raise DeclarationError(f"there is no function {what.function} in the script")
            if not what.function and what.root not in stored:
                raise DeclarationError(f"the script gives {what.text} no value")
        for pair in self.question.pairs:
            if pair.of.root and not pair.of.function and pair.of.root not in stored | loaded:
                raise DeclarationError(f"there is no {pair.of.text} in the script")

    # the answer

    def links(self) -> list[Link]:
        self.until = process_time() + PATIENCE
        self.question = replace(self.question, deadline=self.until + 0.5)
        first = self.best()
        if self.question.small and first.right < sum(pair.asked for pair in self.question.pairs):
            first = self.at_full_size(first)
        self.options, self.words = first.run.options, first.run.words
        self.refuse(first)
        entered = [f for f in first.run.functions if id(f.node) in first.run.called_functions]
        self.called = frozenset(name for f in entered for name in (f.name, getattr(f.owner, "name", "")) if name)
        points = [first]
        for seed in SEEDS[1:]:
            if process_time() < self.until:
                points.append(judged(self.question, seed)[0])
        outcomes = [worst([point.outcomes[k] for point in points]) for k in range(len(self.question.pairs))]
        self.question = replace(self.question, deadline=float("inf"))
        wrong = [
            k for k, pair in enumerate(self.question.pairs) if pair.asked and outcomes[k].kind in ("wrong", "misfit")
        ]
        slips = Slips(self.question, points[:2], outcomes, wrong).found() if wrong else {}
        self.proving = process_time() + PROVING
        found = []
        for number, pair in enumerate(self.question.pairs):
            if link := self.link(number, pair, outcomes[number], slips.get(number), points):
                found.append(link)
        return sorted(found, key=lambda link: link.line)

    def at_full_size(self, small: Point) -> Point:
        """The reading with the sizes that the script tells, where more is right in it."""
        held, until = self.question, self.until
        self.question = replace(
            held, small={}, choice=replace(self.start, kinds=held.choice.kinds, settings=held.choice.settings)
        )
        point, choice = judged(self.question, SEEDS[0])
        asked = [k for k, pair in enumerate(held.pairs) if pair.asked]
        if score(point, asked)[:2] > score(small, asked)[:2]:
            self.question = replace(self.question, choice=choice)
            return point
        self.question, self.until = held, max(until, process_time() + 1)
        return small

    def refuse(self, point: Point) -> None:
        """A loss that cannot be read is an error with its place, where every gradient needs it."""
        losses = [event.node for event in (*point.run.losses, *point.run.unread)]
        if not losses:
            if self.question.loss is not None and not self.question.upstream:
                raise UnsupportedError(f"{self.question.loss.text} gets no value that can be read")
            raise UnsupportedError("no forward and backward functions were found that belong together")
        unread = [loss for loss in losses if isinstance(loss, Unknown)]
        if len(unread) == len(losses):
            raise (ShapeError if unread[0].misfit else UnsupportedError)(
                unread[0].reason, self.source.line_place(unread[0].line)
            )

    def best(self) -> Point:
        """The reading in which most gradients are right, of those that the script leaves open; the first of equals."""
        point, choice = judged(self.question, SEEDS[0])
        self.question = replace(self.question, choice=choice)
        asked = [k for k, pair in enumerate(self.question.pairs) if pair.asked]
        best = (score(point, asked), point, choice)
        if best[0][0] == len(asked):
            return point
        tried = {tuple(sorted(choice.kinds.items()))}
        queue = [best]
        for _ in range(TRIES):
            if not queue or process_time() > self.until - 0.6:
                break
            queue.sort(key=lambda item: item[0])
            start = queue[-1]
            kinds = next(
                (k for k in others(start[1].run.supply, start[2]) if tuple(sorted(k.items())) not in tried), None
            )
            if kinds is None:
                queue.pop()
                continue
            tried.add(tuple(sorted(kinds.items())))
            again = replace(start[2], kinds=kinds, sizes={}, shapes=self.question.choice.shapes)
            point, choice = judged(replace(self.question, choice=again), SEEDS[0], 1.0)
            if 1 in choice.sizes.values() and 1 not in best[2].sizes.values():
                continue  # of one row or column, much is right that is not
            queue.append((score(point, asked), point, choice))
            best = max(best, queue[-1], key=lambda item: item[0])
            if best[0][0] == len(asked):
                break
        self.question = replace(self.question, choice=best[2])
        return best[1]

    def link(
        self, number: int, pair: Pair, outcome: Outcome, slip: Slip | None, points: Sequence[Point]
    ) -> Link | None:
        """What is found about one gradient, as the report has it."""
        line = self.line(outcome)
        verdict, detail, suggestion = outcome.kind, outcome.detail, ""
        if not pair.asked and outcome.kind != "right" and slip is None:
            return None  # its name says nothing, or something else
        if outcome.kind == "right" and slip is None:
            verdict, words = proved(self.question, points, number, outcome, self.proving)
            details = [outcome.detail, words, *self.notes(pair, points[0])]
            detail = "; ".join(dict.fromkeys(word for word in details if word))
        elif slip is not None:
            verdict = "ill-formed" if outcome.kind == "misfit" and pair.asked else "wrong"
            detail = slip.detail or outcome.detail
            line = slip.line or line
            suggestion = slip.suggestion
        else:
            verdict = {"wrong": "wrong", "misfit": "ill-formed", "undecided": "ill-formed"}.get(outcome.kind, "unread")
            if outcome.kind == "undecided":
                detail = f"undecided: {detail}"
        place = self.source.line_place(line)
        loss = (
            self.question.loss.text
            if self.question.loss
            else "sum({} * {})".format(*(s.text for s in self.question.upstream or ()))
        )
        right = f"gradient of {loss} by {pair.of.text}"
        text, edits = f"{pair.by.text} = {right}", slip.edits if slip is not None else ()
        ends = (place.start, place.end)
        return Link(line, text, verdict, detail, suggestion, *ends, pair.by.text, right, edits=edits)

    def line(self, outcome: Outcome) -> int:
        if outcome.found is not None:
            claimed = outcome.found.claimed
            if isinstance(claimed, Unknown):
                return claimed.line
            return outcome.found.statement.lineno
        return outcome.line or 1

    def notes(self, pair: Pair, point: Point) -> Iterator[str]:
        """What is odd about the updates, and what is taken for granted."""
        if not pair.asked:
            return
        for update in updates(self.source.tree):
            inside = {
                ast.unparse(n) for n in ast.walk(update.step) if isinstance(n, ast.Name | ast.Attribute | ast.Subscript)
            }
            if pair.by.text not in inside:
                continue
            others = {p.of.text for p in self.question.pairs if p.asked} - {pair.of.text}
            mine = {p.by.text for p in self.question.pairs if p.asked} & inside
            if update.target in others and mine == {pair.by.text}:
                yield f"line {update.statement.lineno} updates {update.target} by it, not {pair.of.text}"
            elif (
                update.target == pair.of.text
                and update.sign > 0
                and not any(isinstance(n, ast.USub | ast.Sub) for n in ast.walk(update.step))
            ):
                yield f"line {update.statement.lineno} goes up the gradient, not down"
        supply = point.run.supply
        for key, kind in supply.met.items():
            hint = supply.hints.get(key, key)
            if (
                kind in WORDS
                and key in supply.choice.kinds
                and kind != likely(hint)[0]
                and key not in supply.choice.shapes
            ):
                yield f"{hint} is taken for {WORDS[kind]}"
        yield from point.run.notes
        if not self.told:
            yield "the pair is a guess from the name"


def score(point: Point, asked: Sequence[int]) -> tuple[int, int, int]:
    kinds = [point.outcomes[k].kind for k in asked]
    unread = sum(kind in ("misfit", "unread", "undecided") for kind in kinds)
    return sum(kind == "right" for kind in kinds), -unread, point.run.done_statements


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """What stands of several points: wrong at one is wrong; what is undecided at some is told by the others."""
    for kind in ("wrong", "misfit", "unread"):
        for outcome in outcomes:
            if outcome.kind == kind:
                return outcome
    return next((o for o in outcomes if o.kind == "right"), outcomes[0])


def named(text: str) -> Spec:
    if not isinstance(text, str):
        raise ArgumentTypeError("names of gradients are strings")
    return spec(text)


def used(source: Source, pair: Pair) -> Pair:
    """The pair, with whether its gradient is used transposed in an update."""
    for update in updates(source.tree):
        if update.target == pair.of.text:
            inside = [
                n
                for n in ast.walk(update.step)
                if isinstance(n, ast.Attribute) and n.attr == "T" and ast.unparse(n.value) == pair.by.text
            ]
            if inside:
                return replace(pair, transposed=True)
            if any(ast.unparse(n) == pair.by.text for n in ast.walk(update.step) if isinstance(n, ast.expr)):
                return replace(pair, transposed=False)
    return pair


__all__ = ["Node", "check_code"]
