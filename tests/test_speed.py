"""The judge of the speed benchmark: it must know a right answer of SymPy's from a wrong one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import speed


@pytest.mark.parametrize("number", [0, 3, 9])
def test_a_right_answer_of_sympys_is_seen_to_be_right(number: int) -> None:
    case = speed.CASES[number]
    assert speed.is_right(case.sympy, case.by, case.sympy.diff(case.by))
    assert not speed.is_right(case.sympy, case.by, 2 * case.sympy.diff(case.by))
