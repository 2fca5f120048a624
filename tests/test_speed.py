"""One derivation, with its steps and its check, is quick: quicker than SymPy's diff wherever that is right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import speed

LIMIT = 20
"""Milliseconds of process time."""


@pytest.mark.slow
@pytest.mark.parametrize("case", speed.CASES, ids=lambda case: case.text)
def test_a_common_expression_derives_in_milliseconds(case: speed.Case) -> None:
    result = speed.measured(case)
    assert result.ours < LIMIT
    assert not result.is_slower, str(result)


@pytest.mark.parametrize("number", [0, 3, 9])
def test_a_right_answer_of_sympys_is_seen_to_be_right(number: int) -> None:
    case = speed.CASES[number]
    assert speed.is_right(case.sympy, case.by, case.sympy.diff(case.by))
    assert not speed.is_right(case.sympy, case.by, 2 * case.sympy.diff(case.by))
