"""Values defined by equations: against closed forms, and against an iteration written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

CLOSED = (
    # what is defined, by what, the declarations, the closed form
    ("w: argmin norm2(A*w - y)^2 + exp(c)*norm2(w)^2", "A", "inv(A'*A + exp(c)*eye(n))*A'*y"),
    ("w: argmin norm2(A*w - y)^2 + exp(c)*norm2(w)^2", "c", "inv(A'*A + exp(c)*eye(n))*A'*y"),
    ("w: argmin norm2(w - t)^2 subject to A*w = y", "y", "t - A'*inv(A*A')*(A*t - y)"),
    ("w: argmin norm2(w - t)^2 subject to A*w = y", "t", "t - A'*inv(A*A')*(A*t - y)"),
    ("w: argmin norm2(w - t)^2 s.t. A*w = y", "A", "t - A'*inv(A*A')*(A*t - y)"),
    ("w: solves S*w + w = t", "S", "inv(S + eye(n))*t"),
    ("W: solves S*W = t*y'", "t", "inv(S)*t*y'"),
    ("b: solves exp(b) = c^2 + 1", "c", "log(c^2 + 1)"),
    ("X: solves S*X + X*S' = t*t'", "S", "lyap(S, t*t')"),
    ("X: solves X = S*X*S' + t*t'", "S", "dlyap(S, t*t')"),
    ("X: solves X*X = S*S' + t*t' + eye(n)", "S", "sqrtm(S*S' + t*t' + eye(n))"),
    ("X: argmin norm2(A*X - y*t')^2 + norm2(X)^2", "A", "inv(A'*A + eye(n))*A'*y*t'"),
)
WHERE = "A: matrix(m, n); y: vector(m); c: scalar; t: vector(n); S: matrix(n, n)"
DRAWN = {"A": (2, 3), "y": (2,), "c": (), "t": (3,), "S": (3, 3)}


def drawn() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {name: rng.standard_normal(shape) for name, shape in DRAWN.items()}


@pytest.mark.parametrize(("defined", "wrt", "closed"), CLOSED)
def test_the_derivative_is_that_of_the_closed_form(defined: str, wrt: str, closed: str) -> None:
    name, values = defined[0], drawn()
    found = md.derive(f"{defined}; sum(sin({name}))", wrt=wrt, where=WHERE)
    wanted = md.gradient(f"sum(sin({closed}))", wrt, where=WHERE)
    np.testing.assert_allclose(found.gradient.evaluate(**values), wanted.evaluate(**values), rtol=1e-7, atol=1e-9)
    assert found.verify()


def test_a_fixed_point_is_that_of_its_iteration() -> None:
    rng = np.random.default_rng(1)
    weights, bias, step = 0.3 * rng.standard_normal((3, 3)), rng.standard_normal(3), 1e-6

    def iterated(w: np.ndarray) -> float:
        z = np.zeros(3)
        for _ in range(80):
            z = np.tanh(w @ z + bias)
        return float(z @ z)

    source, where = "z: solves z = tanh(W*z + b); z'*z", "W: matrix(n, n); b: vector(n)"
    assert md.parse(source, where=where).evaluate(W=weights, b=bias) == pytest.approx(iterated(weights))
    slopes = [
        [(iterated(weights + step * e) - iterated(weights - step * e)) / (2 * step) for e in row]
        for row in np.eye(9).reshape(3, 3, 3, 3)
    ]
    found = md.gradient(source, "W", where=where).evaluate(W=weights, b=bias)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)


def test_the_second_derivative_is_that_of_the_closed_form() -> None:
    found = md.hessian("a: solves a + a^3 = b; a", "b").evaluate(b=2.0)
    assert found == pytest.approx(-6 * 1.0 / 4**3)  # a = 1, a' = 1/(1 + 3 a^2), a'' = -6 a a'^3


def test_the_steps_tell_the_equation() -> None:
    steps = md.derive("z: solves z = W*z + b; sum(z)", wrt="b", where="W: matrix(n, n); b: vector(n)").steps
    assert "differential of the equation of z, solved for dz" in steps[-2].rule
    assert "z - (W*z + b) = 0" in steps[-2].note
    assert "implicit function theorem" in steps[-2].source


REFUSED = (
    ("state: solves state = W*state + t; sum(state)", md.DeclarationError, "size of state"),
    ("z: solves S*t = t; sum(z)", md.UnsupportedError, "z does not occur"),
    ("z: solves t'*z = 1; sum(z)", md.ShapeError, "an equation for each entry"),
    ("z, w: solves z = w; sum(z)", md.ParseError, "one name at a time"),
    ("z: solves z = S*z + t; z: solves z = t; sum(z)", md.DeclarationError, "defined twice"),
    ("w: argmin A*w; sum(w)", md.ShapeError, "a scalar"),
    ("w: argmin norm2(w - t)^2 subject to norm2(w)^2 = c; sum(w)", md.UnsupportedError, "linear in w"),
    ("w: argmin -norm2(w - t)^2; sum(w)", md.UnsupportedError, "no values were found"),
)


@pytest.mark.parametrize(("source", "error", "words"), REFUSED)
def test_what_defines_nothing_is_refused(source: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        md.gradient(source, "t", where=WHERE)


def test_a_value_that_does_not_exist_is_refused() -> None:
    with pytest.raises(md.MatdiffError, match="no value of a was found"):
        md.parse("a: solves exp(a) = b; a").evaluate(b=-2)


@pytest.mark.parametrize(("defined", "wrt", "closed"), CLOSED[::2])
def test_code_computes_the_same(defined: str, wrt: str, closed: str) -> None:
    gradient = md.gradient(f"{defined}; sum(sin({defined[0]}))", wrt, where=WHERE)
    code = md.compile(gradient)
    np.testing.assert_allclose(code(**drawn()), gradient.evaluate(**drawn()), rtol=1e-9, atol=1e-11)
    assert code.source.count(" = solution(") == 1


def test_a_value_that_code_does_not_find_is_an_error() -> None:
    with pytest.raises(md.MatdiffError, match="no solution was found"):
        md.compile(md.parse("a: solves exp(a) = b; a"))(b=-2)


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_code_for_other_libraries_is_refused_by_name(target: str) -> None:
    with pytest.raises(md.UnsupportedError, match="z, which is defined by an equation"):
        md.generate("z: solves z = tanh(W*z); sum(z)", wrt="W", where="W: matrix(n, n); z: vector(n)", target=target)


def test_beside_indices_it_is_refused() -> None:
    with pytest.raises(md.UnsupportedError, match="beside indices or slices"):
        md.gradient("w: argmin norm2(w - t)^2 + c*norm2(A[1:2,:]*w)^2; sum(w)", "t", where=WHERE)


@pytest.mark.parametrize(
    ("definition", "name", "closed"),
    [
        ("z: solves z = A*z + y", "z", "inv(eye(n) - A)*y"),
        ("Z: matrix(n, n); Z: solves Z = A*Z*A' + S", "Z", "dlyap(A, S)"),
        ("w: argmin norm2(X*w - y)^2 + c*norm2(w)^2", "w", "inv(X'*X + c*eye(m))*X'*y"),
    ],
)
def test_a_linear_equation_is_proved_to_have_its_solution(definition: str, name: str, closed: str) -> None:
    where = f"n, m: dim; A: matrix(n, n); S: symmetric(n); X: matrix(n, m); y: vector(n); c: scalar; {definition}"
    assert md.equal(name, closed, where=where).how == "proved"
    assert md.equal(name, f"2*({closed})", where=where).how == "refuted"
