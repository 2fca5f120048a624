"""Points are found wherever a function lives, and derivatives are compared there."""

from __future__ import annotations

import re

import pytest

import matdiff as md

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
