"""The engine's own steps, printed as documents in both notations, are accepted link by link; a link with a slip is not,
unless it is still true by numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache

import pytest
from cookbook import LINES, Line
from mutations import slips
from planting import still_true

import matdiff as md

DERIVED = [line for line in LINES if line.kind in ("gradient", "jacobian")]
FEW = random.Random(7).sample(DERIVED, 12)
"""The whole book takes minutes."""
NOTATIONS = ("math", "latex")


@cache
def documents(line: Line) -> dict[str, str]:
    """The steps of a line as a document of each notation."""
    d = md.derive(line.formula, line.wrt[0], where=line.where or None)
    model = f"```matdiff\n{line.where}\nobjective = {line.formula}\n```\n"
    steps = [(step.before, step.after) for step in d.steps]
    rows = "\n".join(f"{before} = {after}" for before, after in steps)
    displays = "\n\n".join(f"$$ {before.latex()} = {after.latex()} $$" for before, after in steps)
    return {"math": f"{model}\n```derivation\n{rows}\n```\n", "latex": f"{model}\n{displays}\n"}


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("line", FEW, ids=str)
def test_the_steps_are_accepted(line: Line, notation: str) -> None:
    """But for a step that holds for some names only and writes none of their differentials."""
    source = documents(line)[notation]
    report = md.check(source)
    for number, link in enumerate(report.links):
        assert link.holds or (re.search(r"\bd\b", link.right) and still_true(source, number) is False), link
    assert 2 * sum(link.holds for link in report.links) >= len(report.links)


def planted(line: Line, notation: str, seed: int) -> Iterator[tuple[str, int]]:
    """A document with one slip in one of its links."""
    source = documents(line)[notation]
    report = md.check(source)
    names = sorted(md.parse(line.formula, where=line.where or None).model.variables)
    rng = random.Random(seed)
    for _ in range(10):
        if not report.links:
            return
        number = rng.randrange(len(report.links))
        link = report.links[number]
        made = list(slips(source[link.start : link.end], names, notation == "latex"))
        if made:
            slip = rng.choice(made)
            yield source[: link.start] + slip.text + source[link.end :], number
            return


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("line", FEW, ids=str)
def test_a_slip_in_a_step_is_refuted(line: Line, notation: str) -> None:
    for source, number in planted(line, notation, seed=1):
        link = md.check(source).links[number]
        assert link.holds == (still_true(source, number) is not False), link
