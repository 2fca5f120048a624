"""Depth costs linearly: twice the layers, twice the steps, and no recursion anywhere."""

from __future__ import annotations

import pytest
from benchmarks.depth import KINDS, model

import matdiff as md
from matdiff.expr import topo


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_a_deep_network_by_its_first_weights(kind: str) -> None:
    d = md.derive(model(60, kind), ["W1", "W60"])
    d.verify(points=1)
    assert d.gradient["W1"].shape == ("D", "D")
    assert "tanh" in str(d.expand().gradient["W60"])


@pytest.mark.parametrize("kind", KINDS)
def test_steps_and_answers_grow_linearly(kind: str) -> None:
    """Counted, not timed: twice the layers make twice the steps, and answers of twice the nodes."""

    def size(layers: int) -> tuple[int, int]:
        d = md.derive(model(layers, kind), [f"W{k}" for k in range(1, layers + 1)])
        return len(d.steps), sum(1 for _ in topo(*(e.node for e in d.gradients.values())))

    for small, large in zip(size(40), size(80), strict=True):
        assert large < 2.2 * small
