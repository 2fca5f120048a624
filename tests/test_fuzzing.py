"""The fuzzer: its values go with complex steps, and a planted slip is found and made small."""

from __future__ import annotations

import re

import numpy as np
import pytest
from fuzzing import run, values
from fuzzing.checks import Case
from fuzzing.forms import FORMS, Form
from fuzzing.minimise import smallest
from fuzzing.models import Model, Term, Variable
from fuzzing.oracle import Point

from matdiff.sizes import ONE, named

_SIZES = {"m": 2, "n": 3, "k": 2, "p": 2, "q": 2}
_ANALYTIC = [form for form in FORMS if form.analytic]


@pytest.mark.parametrize("form", _ANALYTIC, ids=lambda form: f"{form.pattern} {form.signature}")
def test_a_complex_step_is_the_slope(form: Form) -> None:
    assert any(agrees(form, np.random.default_rng(seed)) for seed in range(3))  # a step may cross a corner


def agrees(form: Form, rng: np.random.Generator) -> bool:
    shapes = [tuple(size.value(_SIZES) for size in shape) for shape in form.parts]
    at = [rng.uniform(0.3, 0.9, shape) + 0.5 * np.eye(*shape) * (shape[0] > 1) for shape in shapes]
    at = [x / 2 if re.match("arc|a(sin|cos|tan)", form.pattern) else x for x in at]
    ways = [rng.normal(size=shape) for shape in shapes]

    def moved(step: complex) -> values.Array:
        return form.value(_SIZES, *(x + step * way for x, way in zip(at, ways, strict=True)))

    exact = np.imag(moved(1e-30j)) / 1e-30
    slope = (8 * (moved(1e-3) - moved(-1e-3)) - (moved(2e-3) - moved(-2e-3))) / 12e-3
    return np.allclose(exact, slope, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    "wrong",
    [lambda s, x: np.cos(x), lambda s, x: np.sin(x) * (x.real > 0), lambda s, x: np.sin(1.001 * x)],
    ids=["another function", "for one sign", "a little off"],
)
def test_a_planted_slip_is_found_and_made_small(wrong: values.Value) -> None:
    n, one = named("n"), {"m": named("n"), "n": ONE}
    x = Term((n, ONE), name="x")
    sin = Term((n, ONE), Form("sin({0})", "X: m×n -> m×n", wrong), (x,), one)
    other = Term((n, ONE), Form("{0} .* {1}", "A: m×n, B: m×n -> m×n", lambda s, a, b: a * b), (x, sin), one)
    goal = Term((ONE, ONE), Form("sum({0})", "X: m×n -> 1×1", values.ROWS["sum"]), (other,), one)
    case = Case(Model((Variable("x", "vector", (n, ONE)),), (("goal", goal),)), ("x",), "0")
    how, kind, detail = run.outcome("value", case)
    assert (how, kind) == ("found", "value: evaluate")
    small, _ = smallest("value", (how, kind), case, detail, run.outcome)
    assert str(small.model.objective) == "sin(x)"
    assert run.outcome("derivative", small)[0] == "found"


def test_a_point_has_what_people_give() -> None:
    labels = Variable("y", "labels", (named("n"), named("k")))
    goal = Term((named("n"), named("k")), name="y")
    point = Point(Model((labels,), (("goal", goal),)), {"y": np.eye(3)[[2, 0]]}, {"n": 2, "k": 3})
    assert point.inputs["y"].tolist() == [2, 0]


@pytest.mark.slow
def test_random_models() -> None:
    """A short run; `tests/benchmarks/fuzz.py` makes longer ones."""
    shown: list[str] = []
    tally = run.fuzz((f"tests:{index}" for index in range(250)), report=lambda found: shown.append(str(found)))
    assert not tally.findings, "\n\n".join(shown)
    assert tally.seen["derivatives"] > 1500
