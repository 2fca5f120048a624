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
    ],
)
def test_the_derivative_of_a_trace_is_that_of_the_function(source: str, gradient: str) -> None:
    derivation = md.derive(source, wrt="K", where=WHERE)
    assert derivation.verify()
    assert md.equal(derivation.gradient, gradient, where=WHERE).holds


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("matfun(tanh, X)", "square"),
        ("matfun(det, K)", "det needs a square matrix"),
        ("matfun(K, K)", "K is not a function"),
        ("vech(K)", "tril"),
        ("conj(A)", "complex matrices are not supported"),
    ],
)
def test_what_is_no_function_of_a_matrix_is_refused(source: str, words: str) -> None:
    with pytest.raises(md.MatdiffError, match=words):
        md.parse(source, where=WHERE)


def test_complex_matrices_are_refused_by_name() -> None:
    with pytest.raises(md.UnsupportedError, match="the real and the imaginary part"):
        md.parse("tr(Z*Z)", where="Z: complex(n, n)")
