"""A derivation as a textbook has it: the whole differential on each line, several moves a line.

The terms of ``df`` are followed through the steps. What a rule makes of a term stands on the next line; what only
rearranges (a transpose in a trace, the differential of a sum or of a multiple, terms collected) stays on the line of
the rule that caused it. All rules of a line are applied at once, wherever in ``df`` they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from matdiff import expr as E
from matdiff.calculus.prepare import open_name
from matdiff.compose import is_scaled, is_sum, is_trace, joined, split, terms_of, total, trace
from matdiff.expr import Expr, topo
from matdiff.operators import MOVES, row
from matdiff.steps import RawStep

MAX_TERMS = 8
"""Where ``df`` has more terms than this at once, a line has only those that change."""
SILENT = frozenset(
    {
        "linearity of the trace",
        "transpose in a trace, tr(A') = tr(A)",
        "collect the terms of one differential",
    }
)
"""Moves that are never worth a line."""


def textbook(steps: Sequence[RawStep], objective: Expr) -> list[RawStep]:
    """The lines of a derivation with these steps, each with its steps as ``moves``."""
    written = [step for step in steps if step.rewrites]
    rest = list(steps[len(written) :])
    if not rest or not objective.is_scalar:
        return [*map(alone, written), *upwards(rest)]
    found = in_terms(rest)
    taken = {open_name(step.of) for step in rest if step.of is not None} if written else ()
    stand = {*topo(*(each.after for each in found))} if written else ()
    ridden = [step for step in written if step.after in taken and step.after not in stand]
    if ridden:  # what is differentiated at once needs no line to be written in another form
        found[0] = line([*ridden, *found[0].moves], E.differential(objective), found[0].after)
    return [*(alone(step) for step in written if step not in ridden), *found]


def lines_from(rewritten: Sequence[RawStep], steps: Sequence[RawStep], start: Expr) -> list[RawStep]:
    """The lines that lead on from a term ``start``, whose function was written in another form first."""
    if not steps:
        return []
    found = in_terms(steps)
    if rewritten:
        found[0] = line([*rewritten, *found[0].moves], start, found[0].after)
    return found


def alone(step: RawStep) -> RawStep:
    return replace(step, moves=(step,), told=(step,))


def rearranges(step: RawStep) -> bool:
    """Whether a step only writes the same differential in another order."""
    if step.of is None or step.rule in MOVES:
        return step.rule in SILENT
    node = open_name(step.of)
    if node.op in E.LEAVES or step.rule != row(node).rule:
        return True  # what a name stands for
    if is_scaled(node):
        return len(terms_of(step.after)) == 1
    held = [arg for arg in node.args if arg.op != "ones"]
    return is_sum(node) or (row(node).is_linear and len(held) == 1)


def line(steps: Sequence[RawStep], before: Expr, after: Expr) -> RawStep:
    """Steps as one, called after those with content."""
    told = tuple(step for step in steps if not rearranges(step)) or tuple(steps[:1])
    rules, sources = (", ".join(dict.fromkeys(part)) for part in zip(*((s.rule, s.source) for s in told), strict=True))
    return RawStep(rules, before, after, source=sources, moves=tuple(steps), told=told)


# functions of matrices: each step is the whole differential of a part


def upwards(steps: Sequence[RawStep]) -> Iterator[RawStep]:
    """What only rearranges goes with the step that uses it."""
    held: list[RawStep] = []
    for number, step in enumerate(steps):
        held.append(step)
        last = number + 1 == len(steps) or steps[number + 1].of is None
        if last or not rearranges(step):
            yield line(held, step.before, step.after)
            held = []


# scalars: the terms of df


@dataclass(frozen=True)
class Place:
    """On which line a term is, and whether a rule has made it there."""

    line: int
    ruled: bool


def in_terms(steps: Sequence[RawStep]) -> list[RawStep]:
    """The terms of ``df`` line by line; a step is on the first line that has all it takes."""
    ends = [step for step in steps if step.of is None]
    start = steps[0].before
    lines = by_line(steps[: len(steps) - len(ends)], start)
    if lines is None:
        return [*map(alone, steps)]
    groups = [part for group in lines for part in halves(group)]
    if widest(groups) > MAX_TERMS:
        return [*(line(group, *map(summed, replaced([], group))) for group in groups), *map(alone, ends)]
    found, alive = [], [start]
    for group in groups:
        _, made = replaced(alive, group)
        found.append(line(group, summed(alive), summed(made)))
        alive = made
    if found and ends:
        last, (end,) = found.pop(), ends
        moves = last.moves if set(terms_of(end.after)) == set(terms_of(last.after)) else (*last.moves, end)
        return [*found, line(moves, last.before, end.after)]
    return [*found, *map(alone, ends)]


def widest(groups: Sequence[Sequence[RawStep]]) -> int:
    """The most terms that a line has."""
    more = (sum(len(terms_of(s.after)) - len(terms_of(s.before)) for s in group) for group in groups)
    return max(accumulate(more, initial=1))


def summed(terms: Sequence[Expr]) -> Expr:
    """The sum of terms, with those that are the same as one."""
    return total([times(count, term) for term, count in Counter(terms).items()])


def times(count: int, term: Expr) -> Expr:
    if count == 1:
        return term
    value, factors, matrix = split(term.args[0] if is_trace(term) else term)
    product = joined(count * value, factors, matrix)
    return trace(product) if is_trace(term) else product


def by_line(steps: Sequence[RawStep], start: Expr) -> list[list[RawStep]] | None:
    """The steps of each line; none where a term was written anew between two steps, and cannot be followed."""
    places: dict[Expr, list[Place]] = {start: [Place(0, False)]}
    lines: list[list[RawStep]] = []
    for step in steps:
        terms = Counter(terms_of(step.before))
        if any(len(places.get(term, ())) < count for term, count in terms.items()):
            return None
        taken = [places[term].pop() for term in terms.elements()]
        latest = max(place.line for place in taken)
        ruled = any(place.ruled for place in taken if place.line == latest)
        named = step.of is not None and step.of.op == "definition" and step.before is not start
        if step.rule in MOVES or (rearranges(step) and not named):
            place = Place(latest, ruled)
        else:
            place = Place(latest + (ruled or named), not rearranges(step))
        while place.line >= len(lines):
            lines.append([])
        lines[place.line].append(step)
        for term in terms_of(step.after):
            places.setdefault(term, []).append(place)
    return [each for each in lines if each]


def halves(group: list[RawStep]) -> list[list[RawStep]]:
    """The moves that end a line have one of their own."""
    used = Counter(term for step in group for term in terms_of(step.before))
    ends = [
        move
        for rule, move in pairwise(group)
        if move.rule in MOVES
        and move.rule not in SILENT
        and not rearranges(rule)
        and not any(used[term] for term in terms_of(move.after))
    ]
    return [[step for step in group if step not in ends], ends] if ends else [group]


def replaced(alive: Sequence[Expr], group: Sequence[RawStep]) -> tuple[list[Expr], list[Expr]]:
    """What the steps of a line take that was not there, and what is there after them."""
    taken, made = [], list(alive)
    for step in group:
        at = len(made)
        for term in terms_of(step.before):
            if term in made:
                at = min(at, made.index(term))
                made.remove(term)
            else:
                taken.append(term)
        made[at:at] = terms_of(step.after)
    return taken, made
