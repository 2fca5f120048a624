"""Depth costs linearly: ten times the layers, about ten times the time, and no recursion anywhere."""

from __future__ import annotations

import pytest
from benchmarks.depth import KINDS, model, seconds

import matdiff as md


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_a_deep_network_by_its_first_weights(kind: str) -> None:
    d = md.derive(model(60, kind), ["W1", "W60"])
    d.verify(points=1)
    assert d.gradient["W1"].shape == ("D", "D")
    assert "tanh" in str(d.expand().gradient["W60"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_times_the_layers_cost_at_most_twelve_times_as_much(kind: str) -> None:
    seconds(10, kind)  # the tables are compiled once
    short = min(seconds(100, kind) for _ in range(3))
    long = seconds(1000, kind)
    assert long < 20
    assert long < 12 * short
