"""Points are found wherever a function lives, and large sizes are checked at smaller ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

import matdiff as md
from matdiff.calculus import reverse
from matdiff.cli import main
from matdiff.operators import ROWS
from matdiff.sampling import Survey, draws, points

FAR = [
    # a function, and by what
    ("log(a - 50)", "a"),
    ("sqrt(x'*x - 300)", "x"),
    ("arcsin(a - 40)", "a"),
    ("arccos(a/50 - 3)", "a"),
    ("log(1e-6 - x'*x)", "x"),
    ("sqrt(1e-8 - norm2(X - Y)^2)", "X"),
    ("logdet(A - 100*eye(n))", "A"),
    ("log(det(100*eye - A) - 1e7)", "A"),
    ("(a - 1000)^(1/3)", "a"),
    ("(1 - 1e-3*x'*x)^(-3/2)", "x"),
    ("sum(log(-x))", "x"),
    ("log(log(a - 50) - 3)", "a"),
    ("sqrt(log(x'*x - 100) - 2)", "x"),
    ("log(a - 1e6) + log(1e-6 - x'*x)", "x"),
    ("log(1e6 + 1 - a) + log(a - 1e6)", "a"),
    ("log(a - 10)*sqrt(12 - a)", "a"),
    ("sum(arcsin(x - 40))", "x"),
    ("sum(log(X*w - 100))", "w"),
    ("sum(log(X*w - 100))", "X"),
    ("log(tr(S) - 500)", "S"),
    ("arccosh(a - 30)", "a"),
    ("sqrt(x'*A*x - 1e4)", "A"),
    ("log(n - 100)*x'*x", "x"),
    ("exp(exp(a + 5))", "a"),
]


@pytest.mark.parametrize(("function", "by"), FAR)
def test_derivatives_are_compared_where_the_function_lives(function: str, by: str) -> None:
    told = "x: vector(n)" if "n -" in function else None
    found = md.derive(function, by, where=told)
    assert re.fullmatch(r"agrees with central differences at [12] random points.*", found.check)
    assert float(found.check.rsplit(" ", 1)[1]) <= 1e-6
    assert re.search("steps hold at [123] points", found.verify())


def test_a_search_that_no_size_helps_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is varied under 1 ./ eye(m), and arrays of m*m columns are not drawn for it."""
    model = md.parse(
        "sum(X*((W ./ eye(m))*kron(x, W))*y)", where="m: dim; x: row(m); X, W: matrix(m, m); y: vector(m*m)"
    )
    drawn: list[int] = []
    module = import_module("matdiff.sampling.points")

    def draw_sizes(known: Survey, rng: np.random.Generator, least: int) -> dict[str, int]:
        drawn.append(least)
        return draws.draw_sizes(known, rng, least)

    monkeypatch.setattr(module, "draw_sizes", draw_sizes)
    assert not [*points([model.node])]
    assert max(drawn) < 100 and len(drawn) < 50


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("log(a - 50)", "log(a - 50) + relu(a - 60)", "refuted"),
        ("log(a - 1000)", "log(a - 1000.001)", "refuted"),
        ("arcsin(a - 40) + arccos(a - 40)", "pi/2 + 1e-5*(a - 40)", "refuted"),
        ("sqrt(x'*x - 300)^2", "x'*x - 300", "proved"),
        ("log(a - 50) + log(b - 50)", "log((a - 50)*(b - 50))", "sampled"),
        ("log(-1 - x'*x)", "log(-2 - x'*x)", "undecided"),
    ],
)
def test_equality_is_decided_where_both_sides_live(one: str, other: str, how: str) -> None:
    assert md.equal(one, other).how == how


LARGE = """X: matrix(50000, 3072); W: matrix(3072, 10); b: row(10); Y: matrix(50000, 10); w: vector(3072)
A: matrix(500, 300); B: matrix(200, 700); C: matrix(700, 300); a: scalar
"""

LARGE_MODELS = [
    # sizes written as numbers that no memory holds, and by what
    ("-sum(Y .* log(softmax(X*W + b)))/50000 + norm2(W)^2", "W"),
    ("-sum(Y .* log(softmax(X*W + b)))/50000 + norm2(W)^2", "b"),
    ("norm2(X*w)^2", "w"),
    ("mean(X*W + a)", "a"),
    ("tr(a*eye(50000))", "a"),
    ("sum((X*w - a).^2)/100000", "a"),
    ("X*W", "W"),
    ("kron(A, B)*vec(C)", "C"),
    ("sum(sin(kron(A, B)*vec(C)))", "A"),
]


@pytest.mark.parametrize(("function", "by"), LARGE_MODELS)
def test_large_sizes_are_checked_at_smaller_ones(function: str, by: str) -> None:
    found = md.derive(LARGE + function, by)
    assert re.fullmatch(r"agrees with central differences at 2 random points of smaller sizes.*", found.check)
    assert "steps hold at 3 points" in found.verify()


def test_other_doors_check_large_sizes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    model = f"{LARGE}loss = sum(tanh(X*w))"
    assert md.hessian(model, "w").shape == (3072, 3072)
    assert md.hvp(model, "w").shape == (3072, 1)
    assert "def train" in md.generate(model, "w")
    assert "def train" in md.generate(model, "w", style="fast")
    report = md.check(f"```matdiff\n{LARGE}L = norm2(X*w)^2\n```\n$\\nabla_w L = 2X'Xw$")
    assert [link.verdict for link in report.links] == ["proved"]
    monkeypatch.setitem(ROWS, "tanh", replace(ROWS["tanh"], d=("(1 + tanh(X) .^ 2) .* dX",)))
    reverse.pullback_template.cache_clear()
    try:
        with pytest.raises(md.MatdiffError):
            md.generate(model, "w")
    finally:
        monkeypatch.undo()
        reverse.pullback_template.cache_clear()


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("tr(X*W*Y')", "tr(Y'*X*W)", "proved"),
        ("sum(exp(X)*W)", "sum(W'*exp(X)')", "proved"),
        ("kron(A, B)*vec(C)", "vec(B*C*A')", "proved"),
        ("ones(1, 50000)*X*W", "colsum(X*W)", "proved"),
        ("ones(1, 50000)*ones(50000) + 1", "50001", "proved"),
        ("ones(1, 500)*ones(500)*a", "500*a", "proved"),
        ("ones(1, 500)*ones(500)*a", "501*a", "refuted"),
    ],
)
def test_equality_at_large_sizes(one: str, other: str, how: str) -> None:
    assert md.equal(one, other, where=LARGE).how == how


NOWHERE = "log(-1 - x'*x)"
UNCHECKED = "the derivative is not checked numerically: no point was found where everything is finite"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: md.derive(NOWHERE, "x"),
        lambda: md.gradient(NOWHERE, "x"),
        lambda: md.jacobian(NOWHERE, "x"),
        lambda: md.differential(NOWHERE),
        lambda: md.hessian(NOWHERE, "x"),
        lambda: md.hvp(NOWHERE, "x"),
        lambda: md.compile(md.gradient(NOWHERE, "x")),
    ],
)
def test_what_could_not_be_compared_is_said(ask: Callable[[], object]) -> None:
    with pytest.warns(md.UncheckedWarning, match=UNCHECKED) as met:
        ask()
    assert {warning.filename for warning in met} == {__file__}


def test_code_and_reports_say_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(md.UncheckedWarning, match=UNCHECKED):
        code = md.generate(f"loss = {NOWHERE}", "x")
    docstring = " ".join(code.split('"""')[1].split())
    assert "not checked numerically: no point was found" in docstring
    (link,) = md.check(f"```matdiff\nx: vector(n)\nL = {NOWHERE}\n```\n$\\nabla_x L = 2x/(1 + x'x)$").links
    assert UNCHECKED in link.detail
    assert main(["derive", NOWHERE, "--wrt", "x"]) == 0
    assert f"matdiff: {UNCHECKED}" in capsys.readouterr().err


def test_what_was_compared_brings_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    for function, by in FAR[:3]:
        md.gradient(function, by)
    assert not [warning for warning in recwarn if issubclass(warning.category, md.UncheckedWarning)]


def test_long_products_have_points_nearer_to_zero() -> None:
    product = md.parse("norm2(" + "*".join(f"A{i}" for i in range(60)) + "*x)^2")
    found = list(points([product.node], 2))
    assert len(found) == 2 and all(1e-4 < np.max(abs(point.values[product.node])) < 1e9 for point in found)
