"""Gradients on manifolds against directions that stay on them."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

rng = np.random.default_rng(4)
A = rng.normal(size=(4, 4))
D = np.diag(rng.normal(size=2))
U = np.linalg.qr(rng.normal(size=(4, 2)))[0]
P = A @ A.T + np.eye(4)


def slope(f: object, path: object) -> float:
    return (f(path(1e-5)) - f(path(-1e-5))) / 2e-5  # type: ignore[operator]


def test_the_gradient_on_the_sphere_is_tangent_and_the_slope_along_great_circles() -> None:
    d = md.derive("x'*A*x", "x", where="x: vector(n) on sphere; A: matrix(n, n)", riemannian=True)
    x = U[:, 0]
    found = d.gradient.evaluate(A=A, x=x)
    assert abs(found @ x) < 1e-12
    t = U[:, 1]
    along = slope(lambda y: y @ A @ y, lambda s: np.cos(s) * x + np.sin(s) * t)
    assert found @ t == pytest.approx(along, rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "inner"),
    [("embedded", lambda r, t: np.sum(r * t)), ("canonical", lambda r, t: np.sum(r * (t - U @ (U.T @ t) / 2)))],
)
def test_the_gradients_on_the_stiefel_manifold(metric: str, inner: object) -> None:
    where = "X: matrix(n, k) on stiefel; A: matrix(n, n); D: diagonal(k)"
    forms = md.derive("tr(X'*A*X*D)", "X", where=where, riemannian=True).structured["X"]
    (form,) = (form for title, form in forms.items() if metric in title)
    found = form.evaluate(A=A, D=D, X=U)
    c = rng.normal(size=U.shape)
    t = c - U @ (U.T @ c + c.T @ U) / 2
    assert np.allclose(U.T @ found, -(U.T @ found).T)
    along = slope(lambda x: np.trace(x.T @ A @ x @ D), lambda s: U + s * t)
    assert inner(found, t) == pytest.approx(along, rel=1e-6)  # type: ignore[operator]


def test_the_gradient_of_positive_definite_matrices() -> None:
    where = "S: symmetric(n) on spd; A: matrix(n, n)"
    found = md.gradient("logdet(S) + tr(A*S)", "S", where=where, riemannian=True).evaluate(A=A, S=P)
    t = A + A.T
    along = slope(lambda s: np.linalg.slogdet(s)[1] + np.trace(A @ s), lambda h: P + h * t)
    assert np.trace(np.linalg.solve(P, found) @ np.linalg.solve(P, t)) == pytest.approx(along, rel=1e-6)


def test_a_manifold_has_its_kind_and_a_gradient_there_its_manifold() -> None:
    with pytest.raises(md.DeclarationError, match="vector on sphere"):
        md.parse("tr(X)", where="X: matrix(n, n) on sphere")
    with pytest.raises(md.DeclarationError, match="on no manifold"):
        md.derive("x'*x", "x", riemannian=True)
    with pytest.raises(md.ParseError, match="on sphere"):
        md.parse("x'*x", where="x: vector(n) under sphere")


TRAINED = (
    # what the least value is, and what the parameter is there
    ("x: vector(n) on sphere; loss = x'*A*x", "x", U[:, 0] * 2, lambda x: x @ x - 1),
    ("X: matrix(n, k) on stiefel; loss = tr(X'*A*X)", "X", U + 0.1, lambda x: x.T @ x - np.eye(2)),
    ("S: symmetric(n) on spd; loss = tr(inv(S)*A) + logdet(S)", "S", np.eye(4), lambda x: x - P),
)


@pytest.mark.parametrize(("model", "name", "start", "rest"), TRAINED, ids=[name for _, name, *_ in TRAINED])
def test_training_stays_on_the_manifold_and_reaches_the_least_value(
    model: str, name: str, start: np.ndarray, rest: object
) -> None:
    code = md.generate(f"n, k: dim; A: symmetric(n); {model}", wrt=[name])
    module: dict[str, object] = {"__name__": "generated"}
    exec(compile(code, "generated", "exec"), module)
    found, losses = module["train"](**{name: start, "A": P}, steps=3000, learning_rate=0.05)  # type: ignore[operator]
    values = np.linalg.eigvalsh(P)
    least = {"x": values[0], "X": values[:2].sum(), "S": 4 + np.log(values).sum()}[name]
    assert losses[-1] == pytest.approx(least, rel=1e-6)
    np.testing.assert_allclose(rest(found[name]), 0, atol=1e-6)  # type: ignore[operator]


def test_a_manifold_is_refused_where_no_code_stays_on_it() -> None:
    model = "n: dim; x: vector(n) on sphere; A: symmetric(n); loss = x'*A*x"
    with pytest.raises(md.UnsupportedError, match="on a manifold"):
        md.generate(model, wrt=["x"], style="fast")
    model = "n, N: dim; i: 1..N; c[i]: vector(n); x: vector(n) on sphere; loss = sum[i](norm2(x - c[i])^2)"
    with pytest.raises(md.UnsupportedError, match="on a manifold"):
        md.generate(model, wrt=["x"])
