"""``matfun(f, X)``: against eigenvalues by NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

WHERE = "K: symmetric(n); A: matrix(n, n); X: matrix(n, m); f: function"


@pytest.mark.parametrize(("name", "numpy"), [("cos", np.cos), ("tanh", np.tanh), ("exp", np.exp), ("relu", None)])
def test_the_value_is_that_of_the_eigenvalues(name: str, numpy: np.ufunc | None) -> None:
    k = np.array([[2.0, 1.0], [1.0, -0.5]])
    values, vectors = np.linalg.eigh(k)
    each = numpy(values) if numpy else np.maximum(values, 0)
    found = md.parse(f"matfun({name}, K)", where=WHERE).evaluate(K=k)
    np.testing.assert_allclose(found, (vectors * each) @ vectors.T, atol=1e-12)


@pytest.mark.parametrize(
    ("source", "gradient"),
    [
        ("tr(matfun(f, K))", "eigvecs(K)*diag(f'(eigvals(K)))*eigvecs(K)'"),
        ("tr(matfun(sin, K))", "cosm(K)"),
        ("tr(matfun(tanh, K))", "eye(n) - matfun(tanh, K)^2"),
        ("logsumexp(eigvals(K))", "expm(K)/tr(expm(K))"),
        ("tr(chol(K)*chol(K)'*A)", "(A + A')/2"),
        ("tr(K^2*expm(K))", "(2*K + K^2)*expm(K)"),
    ],
)
def test_the_derivative_of_a_trace_is_that_of_the_function(source: str, gradient: str) -> None:
    derivation = md.derive(source, wrt="K", where=WHERE)
    assert derivation.verify()
    assert md.equal(derivation.gradient, gradient, where=WHERE).how == "proved"


@pytest.mark.parametrize(
    ("source", "gradient"),
    [
        ("sum(log(1 + svdvals(X).^2))", "2*X*inv(eye(m) + X'*X)"),
        ("sum(log(svdvals(X).^2 + a))", "2*X*inv(a*eye(m) + X'*X)"),
        ("norm(X, 4)^4", "4*X*X'*X"),
        ("sum(prod(X, axis=1).^2)", "2*(row_others(X) .* rowprod(X))"),
        ("sum(svdvals(X).^2 ./ (svdvals(X).^2 + a))", "2*a*X*inv(X'*X + a*eye(m))^2"),
    ],
)
def test_functions_of_a_matrix_are_as_short_as_in_books(source: str, gradient: str) -> None:
    where = f"{WHERE}; a: scalar; m: dim"
    derivation = md.derive(source, wrt="X", where=where)
    assert derivation.verify()
    assert "svd" not in str(derivation.gradient)
    assert md.equal(derivation.gradient, gradient, where=where).how == "proved"


@pytest.mark.parametrize(
    ("source", "gradient"),
    [
        (r"\sum_{i=1}^n \lambda_i(K)^2", "2*K"),
        (r"\sum_i \log \lambda_i(X^\top X)", "2*X*inv(X'*X)"),
        (r"\sum_i \sigma_i(X)", "polar(X)"),
    ],
)
def test_sums_over_a_spectrum_are_read_in_latex(source: str, gradient: str) -> None:
    wrt = gradient[2] if gradient[0] == "2" else "X"
    assert md.equal(md.gradient(source, wrt, where=WHERE, notation="latex"), gradient, where=WHERE).how == "proved"


@pytest.mark.parametrize("source", [r"\lambda_i(K)", r"\sum_i \sigma_i(x)", r"\sum_i \lambda_i(x_i)"])
def test_what_is_no_spectrum_is_refused_in_latex(source: str) -> None:
    with pytest.raises(md.MatdiffError):
        md.parse(source, where=f"{WHERE}; x: vector(n)", notation="latex")


def test_a_scalar_power_of_a_matrix_has_its_power_rule() -> None:
    where = "K: symmetric(n); t: scalar"
    assert md.equal(md.gradient("tr(K^t)", "K", where=where), "t*K^(t - 1)", where=where).how == "proved"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("matfun(tanh, X)", "square"),
        ("matfun(det, K)", "det needs a square matrix"),
        ("matfun(K, K)", "K is not a function"),
        ("vech(K)", "tril"),
    ],
)
def test_what_is_no_function_of_a_matrix_is_refused(source: str, words: str) -> None:
    with pytest.raises(md.MatdiffError, match=words):
        md.parse(source, where=WHERE)


@pytest.mark.parametrize(
    ("source", "twin"),
    [
        ("c = sl.cho_factor(K)\ny @ sl.cho_solve(c, y)", "y'*inv(K)*y"),
        ("L = np.linalg.cholesky(K)\nsl.cho_solve((L, True), y)", "inv(K)*y"),
        ("sl.solve_triangular(A, y, trans='T', lower=True)", "inv(tril(A))'*y"),
        ("L = np.linalg.cholesky(K)\na = sl.solve_triangular(L, y, lower=True)\na @ a", "y'*inv(K)*y"),
    ],
)
def test_triangular_and_cholesky_solves_are_read_as_scipy_has_them(source: str, twin: str) -> None:
    where = f"{WHERE}; y: vector(n)"
    read = md.parse(f"import scipy.linalg as sl\n{source}", notation="numpy", where=where)
    assert md.equal(read.expand(), twin, where=where).how == "proved"


def test_a_function_that_swings_within_the_least_step_is_no_fault_of_the_gradient() -> None:
    product = "(frechet_coshm(1(K > x*b + sqrt(b)), K)*adj(eye(m) + U*U'))"
    model = f"K = E*E\ncosm(eigmax({product}*{product}'))*Q"
    d = md.derive(model, "K", where="m: dim; E: matrix(m, m); x: vector(m); b: row(m); U, Q: matrix(m, m)")
    assert "agrees" in d.check


@pytest.mark.parametrize(
    ("source", "wrt", "gradient"),
    [
        ("sum(log(1 + eigvals(K).^2))", "K", "2*K*inv(eye(n) + K^2)"),
        ("sum(1 ./ (eigvals(K) + a))", "K", "-inv(K + a*eye(n))^2"),
        ("sum(log(a + eigvals(X'*X)))", "X", "2*X*inv(X'*X + a*eye(m))"),
        ("l, Q = eigh(K)\ny'*Q*diag(1 ./ (l + a))*Q'*y", "K", "-inv(K + a*eye(n))*y*y'*inv(K + a*eye(n))"),
        ("l, Q = eigh(K)\ny'*Q*diag(1 ./ (l + a))*Q'*y", "a", "-y'*inv(K + a*eye(n))^2*y"),
        (
            "l, Q = eigh(K)\ntr(Q*diag(1 ./ (l + a))*Q'*A)",
            "K",
            "-inv(K + a*eye(n))*(A + A')*inv(K + a*eye(n))/2",
        ),
        ("R = chol(K)\nsum(solve(R, X).^2)", "K", "-inv(K)*X*X'*inv(K)"),
    ],
)
def test_functions_of_eigenvalues_are_those_of_the_matrix(source: str, wrt: str, gradient: str) -> None:
    where = "n, m: dim; K: symmetric(n); X: matrix(n, m); A: matrix(n, n); a: scalar; y: vector(n)"
    d = md.derive(source, wrt, where=where)
    assert d.verify()
    assert md.equal(d.gradient.expand(), gradient, where=where).how == "proved"


def test_what_is_no_function_of_the_matrix_keeps_its_eigenvalues() -> None:
    where = "n: dim; K: symmetric(n); y: vector(n); a: scalar"
    assert "eigvecs" in str(md.gradient("sum(y ./ (eigvals(K) + a))", "K", where=where))
    assert str(md.gradient("l = eigvals(K)\nsum(log(l + a))", "l", where=where)) == "1 ./ (l + a)"


@pytest.mark.parametrize(
    ("source", "twin"),
    [
        ("np.linalg.eigvalsh(K)[-1]", "eigmax(K)"),
        ("l, V = np.linalg.eigh(K)\nl[0] * (V[:, -1] @ y)", "eigmin(K)*(eigvec_max(K)'*y)"),
        ("np.linalg.svd(X, compute_uv=False)[0]", "norm_spec(X)"),
        ("np.sort(y)[0]", "min(y)"),
    ],
)
def test_the_ends_of_what_is_in_order_are_functions_of_their_own(source: str, twin: str) -> None:
    where = f"{WHERE}; y: vector(n)"
    read = md.parse(source, notation="numpy", where=where)
    assert md.equal(read.expand(), twin, where=where).how == "proved"


@pytest.mark.parametrize(
    ("source", "words"),
    [(r"\lambda_1(K)", "eigmax"), (r"\sigma_1(X)", "norm_spec"), (r"\kappa(K)", "condition number")],
)
def test_what_a_greek_letter_likely_means_is_told(source: str, words: str) -> None:
    with pytest.raises(md.DeclarationError, match=words):
        md.parse(source, where=WHERE, notation="latex")


def test_the_digits_that_a_large_argument_costs_are_no_difference() -> None:
    assert md.equal("sinm(K)^2 + cosm(K)^2", "eye(n)", where=WHERE).holds


def test_what_has_values_at_one_size_only_is_undecided() -> None:
    verdict = md.equal("inv(x*x')", "pinv(x*x')", where="x: vector(n)")
    assert verdict.how == "undecided" and "n = 1" in str(verdict)
