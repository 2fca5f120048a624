"""Unknown functions of a parameter with a matrix for their value, against differences of functions that are given."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

WHERE = "t: scalar; v: vector(q); y: vector(n); K(t): matrix(n, n); S(v): symmetric(n); u(t): vector(n)"
rng = np.random.default_rng(2)
A, B, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
C = np.array([c + c.T for c in rng.normal(size=(2, 3, 3))])


def k(t: float) -> np.ndarray:
    return 5 * np.eye(3) + np.sin(t) * A + t**2 * B


def dk(t: float) -> np.ndarray:
    return np.cos(t) * A + 2 * t * B


def s(v: np.ndarray) -> np.ndarray:
    return 9 * np.eye(3) + np.sin(v[0]) * C[0] + v[0] * v[1] * C[1]


def ds(v: np.ndarray) -> np.ndarray:
    parts = [np.cos(v[0]) * C[0] + v[1] * C[1], v[0] * C[1]]
    return np.stack([part.reshape(-1, order="F") for part in parts], axis=1)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("logdet(K)", lambda t: np.linalg.slogdet(k(t))[1]),
        ("y'*inv(K(t))*y", lambda t: y @ np.linalg.solve(k(t), y)),
        ("tr(K(2*t)*K)", lambda t: np.trace(k(2 * t) @ k(t))),
    ],
)
def test_a_matrix_function_of_a_scalar(source: str, value: object) -> None:
    d = md.derive(source, "t", where=WHERE)
    assert "K'(" in str(d.gradient)
    d.verify()
    given = {"y": y} if "y" in source else {}
    found = d.gradient.evaluate(t=0.7, K=(k, dk), **given)
    assert found == pytest.approx((value(0.7 + 1e-6) - value(0.7 - 1e-6)) / 2e-6, rel=1e-7)  # type: ignore[operator]


def test_a_matrix_function_of_a_vector() -> None:
    d = md.derive("logdet(S) + y'*inv(S)*y", "v", where=WHERE)
    v = np.array([0.4, -0.3])
    found = d.gradient.evaluate(v=v, y=y, S=(s, ds))

    def value(at: np.ndarray) -> float:
        return float(np.linalg.slogdet(s(at))[1] + y @ np.linalg.solve(s(at), y))

    slopes = [(value(v + 1e-6 * e) - value(v - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    np.testing.assert_allclose(found, slopes, rtol=1e-7)
    d.verify()


def test_second_derivatives_follow_and_what_is_printed_reads_back() -> None:
    hessian = md.hessian("logdet(K)", "t", where=WHERE)
    assert "K''(t)" in str(hessian)
    assert str(md.parse(str(hessian), where=WHERE + "; n: dim")) == str(hessian)


def test_what_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(md.UnsupportedError, match="S' is not known"):
        md.derive("sum(S'(v))", "v", where=WHERE)
    with pytest.raises(md.DeclarationError, match="declared as a scalar or a vector"):
        md.parse("tr(K)", where="K(M): matrix(n, n); M: matrix(n, n)")
    with pytest.raises(md.ShapeError, match="K is a function of t"):
        md.parse("tr(K(y))", where=WHERE)
    with pytest.raises(md.DeclarationError, match="K=\\(f, df"):
        md.parse("tr(K)", where=WHERE).evaluate(t=1.0)


def test_the_parameter_may_stand_behind_the_kind() -> None:
    where = "t: scalar; K, L: matrix(n, n) of t"
    assert md.equal(md.gradient("logdet(K)", "t", where=where), "tr(inv(K(t))*K'(t))", where=where).how == "proved"
    for wrong in ("K[i]: matrix(n, n) of t", "K: matrix(n, n) for t", "K: matrix(n, n) of q"):
        with pytest.raises(md.MatdiffError):
            md.parse("tr(K)", where=f"t: scalar; {wrong}")


@pytest.mark.parametrize("source", [r"\log\det f(t)", r"\operatorname{tr} f(t)"])
def test_the_determinant_of_a_number_asks_for_a_matrix(source: str) -> None:
    with pytest.raises(md.ShapeError, match=r"declare f\(t\): matrix\(n, n\)"):
        md.parse(source, where="t: scalar; f: function", notation="latex")
