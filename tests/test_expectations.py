"""Expectations: against means over many points drawn by NumPy, and against formulas of books."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

WHERE = "m, b, q: vector(n); S: symmetric(n); A: matrix(n, n); B: matrix(p, n); y: vector(p); c, d: scalar; n: dim"
CLOSED = (
    # Matrix Cookbook (318), (321), (325) and their kind; Isserlis 1918 for the fourth moments
    ("E[x ~ normal(m, S)](x'*A*x)", "tr(A*S) + m'*A*m"),
    ("E[x ~ normal(m, S)](x*x')", "S + m*m'"),
    ("E[x ~ normal(m, S)](norm2(B*x - y)^2)", "tr(B*S*B') + norm2(B*m - y)^2"),
    ("E[x ~ normal(m, A*A')](norm2(x)^2)", "norm2(A)^2 + norm2(m)^2"),
    ("E[x ~ normal(m, S)](b'*x*x'*A*x)", "(b'*m)*(tr(A*S) + m'*A*m) + b'*S*(A + A')*m"),
    ("E[x ~ normal(zeros(n), S)]((x'*A*x)^2)", "tr(A*S*(A + A')*S) + tr(A*S)^2"),
    ("E[z ~ normal(c, d^2)](z^4)", "c^4 + 6*c^2*d^2 + 3*d^4"),
    ("E[z ~ normal(0, d)](z^6)", "15*d^3"),
    ("E[x ~ bernoulli(q)](x'*A*x)", "q'*A*q + sum(diag(A) .* q .* (1 - q))"),
    ("E[x ~ bernoulli(c, n)](norm2(B*(x .* b) - y)^2)", "norm2(c*B*b - y)^2 + c*(1 - c)*sum((B .^ 2)*(b .^ 2))"),
    ("E[x ~ normal(m, S)](b'*m)", "b'*m"),
    ("E[x ~ normal(m, S)](norm2(x)^4)", "(norm2(m)^2 + tr(S))^2 + 4*m'*S*m + 2*tr(S^2)"),
)


@pytest.mark.parametrize(("source", "closed"), CLOSED)
def test_an_expectation_is_what_books_say(source: str, closed: str) -> None:
    assert md.equal(source, closed, where=WHERE).how == "proved"


DRAWN = {"m": (2,), "b": (2,), "A": (2, 2), "B": (3, 2), "y": (3,), "c": ()}


def values() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    root = rng.standard_normal((2, 2))
    given = {name: rng.standard_normal(shape) for name, shape in DRAWN.items()}
    return {**given, "S": root @ root.T, "q": np.array([0.2, 0.7])}


def test_the_mean_over_many_points_is_near() -> None:
    at = values()
    points = np.random.default_rng(0).multivariate_normal(at["m"], at["S"], 400_000)
    drawn = np.mean(np.einsum("pi,ij,pj->p", points, at["A"], points) * (points @ at["b"]))
    source = "E[x ~ normal(m, S)]((x'*A*x)*(b'*x))"
    assert md.parse(source, where=WHERE).evaluate(**at) == pytest.approx(drawn, rel=0.02)


@pytest.mark.parametrize(("source", "closed"), CLOSED[:5])
@pytest.mark.parametrize("wrt", ["m", "S"])
def test_gradients_are_those_of_the_closed_form(source: str, closed: str, wrt: str) -> None:
    plain = WHERE.replace("S: symmetric(n)", "S: matrix(n, n)")
    derivation = md.derive(f"sum({source} .* {source})", wrt=wrt, where=WHERE)
    assert derivation.verify()
    found = derivation.gradient.evaluate(**values())
    wanted = md.gradient(f"sum(({closed}) .* ({closed}))", wrt, where=plain).evaluate(**values())
    if wrt == "S":
        found, wanted = found + found.T, wanted + wanted.T
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_what_is_printed_is_read_back() -> None:
    e = md.parse("E[x ~ normal(m, S)](x'*A*x)^2", where=WHERE)
    assert md.parse(str(e), where=WHERE) == e
    assert r"\mathbb{E}_{x \sim \mathcal{N}\left(m, S\right)}" in e.latex()


def test_code_computes_the_closed_form() -> None:
    e = md.gradient("E[x ~ normal(m, S)]((x'*A*x)^2)", "S", where=WHERE)
    np.testing.assert_allclose(md.compile(e)(**values()), e.evaluate(**values()), rtol=1e-10)
    value = md.parse("E[x ~ normal(m, S)]((x'*A*x)^2)", where=WHERE)
    assert md.compile(value)(**values()) == pytest.approx(value.evaluate(**values()), rel=1e-10)


REFUSED = (
    ("E[x ~ normal(m, S)](sum(tanh(x)))", md.UnsupportedError, "expectation of tanh of x is not known"),
    ("E[x ~ normal(m, S)](1/(b'*x))", md.UnsupportedError, "only polynomials in x"),
    ("E[x ~ normal(m, S)]((b'*x)^8)", md.UnsupportedError, "a degree above 6"),
    ("E[x ~ bernoulli(q)]((b'*x)^3)", md.UnsupportedError, "a degree above 2"),
    ("E[b ~ normal(m, S)](b'*b)", md.DeclarationError, "the name of nothing else"),
    ("E[x ~ normal(m, S)](x'*x) + x'*x", md.DeclarationError, "stands outside of it"),
    ("E[x ~ uniform(m, S)](x'*x)", md.DeclarationError, "no distribution"),
    ("E[x ~ normal(m)](x'*x)", md.ParseError, "a mean and a covariance"),
    ("E[x ~ normal(m, B)](x'*x)", md.ShapeError, "are needed"),
    ("E[x ~ normal(A, S)](tr(x))", md.ShapeError, "a scalar or a column"),
    ("F[x ~ normal(m, S)](x'*x)", md.ParseError, "is written E"),
)


@pytest.mark.parametrize(("source", "error", "words"), REFUSED)
def test_what_is_not_known_is_refused_by_name(source: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        md.gradient(source, "m", where=WHERE)
