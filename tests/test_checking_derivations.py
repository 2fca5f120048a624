"""Derivations from well-known course material, in the many ways people write them: what is right is accepted, and a
slip planted in them is found at its link. ``tests/benchmarks/slips.py`` measures many more."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from planting import DERIVATIONS, Planted, named, names_of, plant, still_true

import matdiff as md
from matdiff.checking.report import Report

DOCUMENTS = sorted(DERIVATIONS.glob("*.md"))
SAMPLED = {"newton", "word_pair"}
"""Documents with links that are right, but that are not proved."""


@cache
def report(path: Path) -> Report:
    found = md.check(path.read_text(encoding="utf-8"))
    assert isinstance(found, Report)
    return found


@pytest.mark.slow
def test_there_are_many() -> None:
    notations = [checked.formula.notation for path in DOCUMENTS for checked in report(path).formulas]
    assert len(DOCUMENTS) >= 40
    assert sum(len(report(path).links) for path in DOCUMENTS) >= 350
    assert min(notations.count("latex"), notations.count("math")) >= 20


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_right_derivation_is_accepted(path: Path) -> None:
    assert report(path).ok, report(path)
    assert path.stem in SAMPLED or all(link.verdict == "proved" for link in report(path).links)


FEW = ("softmax_vector", "gram", "svm", "inverse_chain", "gaussian_mle", "masks_and_dropout")


@cache
def planted() -> list[Planted]:
    """A slip of every kind in a few documents, and of those every third."""
    found: list[Planted] = []
    for name in FEW:
        path = DERIVATIONS / f"{name}.md"
        source = path.read_text(encoding="utf-8")
        found += plant(source, report(path), names_of(source), each=1, seed=5)
    return found[::3]


@cache
def link(slip: Planted) -> md.Link:
    return md.check(slip.source).links[slip.number]


@pytest.mark.slow
@pytest.mark.parametrize("slip", planted(), ids=lambda slip: f"{slip.kind}: {slip.changed}")
def test_a_slip_is_found_at_its_link(slip: Planted) -> None:
    true = still_true(slip.source, slip.number)
    assert link(slip).holds is (true is not False), link(slip)


def test_most_slips_are_named() -> None:
    told = [named(slip, link(slip)) for slip in planted() if not link(slip).holds]
    assert len(told) >= 30
    assert sum(told) >= 0.8 * len(told)
