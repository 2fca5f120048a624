"""Depth costs linearly: twice the length, twice the work, and no recursion anywhere."""

from __future__ import annotations

import pytest
from benchmarks.depth import KINDS, network, sums

import matdiff as md
from matdiff.expr import Expr, topo
from matdiff.rewriting.engine import Rewriter

NETWORKS = ("plain", "residual")


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_gradient_of_a_deep_network_by_its_first_weights(kind: str) -> None:
    d = md.derive(network(60, kind), ["W1", "W60"])
    d.verify(points=1)
    assert d.gradient["W1"].shape == ("D", "D")
    assert "tanh" in str(d.expand().gradient["W60"])


@pytest.mark.parametrize("kind", NETWORKS)
def test_steps_and_answers_grow_linearly(kind: str) -> None:
    """Counted, not timed: twice the layers make twice the steps, and answers of twice the nodes."""

    def size(layers: int) -> tuple[int, int]:
        d = md.derive(network(layers, kind), [f"W{k}" for k in range(1, layers + 1)])
        return len(d.steps), sum(1 for _ in topo(*(e.node for e in d.gradients.values())))

    for small, large in zip(size(40), size(80), strict=True):
        assert large < 2.2 * small


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NETWORKS])
def test_rewriting_grows_linearly(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operands that all rewriting steps look at, counted."""
    work = 0
    step = Rewriter.step

    def counted(self: Rewriter, node: Expr, parts: list[Expr]) -> Expr:
        nonlocal work
        work += 1 + len(parts)
        return step(self, node, parts)

    monkeypatch.setattr(Rewriter, "step", counted)
    ask, least = KINDS[kind]
    found = []
    for n in (least, 2 * least, 4 * least):
        work = 0
        ask(n)
        found.append(work)
    assert found[2] - found[1] < 3 * max(found[1] - found[0], 2000)


@pytest.mark.parametrize(
    ("source", "by", "shown"),
    [
        ("*".join(["a"] * 300), "a", "300*a^299"),
        ("/".join(["a"] * 300), "a", "-298/a^299"),
        ("*".join(f"a{k}" for k in range(40)), "a7", "*".join(f"a{k}" for k in range(40) if k != 7)),
    ],
)
def test_long_products_are_written_as_ever(source: str, by: str, shown: str) -> None:
    gradient = md.gradient(source, by)
    assert str(gradient) == shown or md.equal(gradient, md.parse(shown)).holds


def test_the_answer_of_a_long_product_holds_and_parses_back() -> None:
    source = f"tr({'*'.join(f'A{k}*X' for k in range(20))})"
    d = md.derive(source, "X", where="X: matrix(n, n); " + "; ".join(f"A{k}: matrix(n, n)" for k in range(20)))
    assert "agrees" in d.check
    assert all('""' not in str(step) for step in d)
    assert md.parse(str(d.gradient)).shape


@pytest.mark.parametrize("factors", [6, 10, 40])
def test_a_product_of_sums_is_its_own_double_transpose(factors: int) -> None:
    product = sums(factors)
    assert md.equal(product, f"(({product})')'").how == "proved"
    assert md.equal(product, f"(({product})')' + A0").how != "proved"
