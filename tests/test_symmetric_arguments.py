"""Functions of a symmetric matrix refuse another one, wherever they are computed."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.errors import EvaluationError
from matdiff.operators import ROWS

A = np.array([[4.0, 1.0, -0.5], [0.2, 3.0, 0.7], [0.1, -0.6, 2.0]])
S = (A + A.T) / 2
NAMES = [name for name, entry in ROWS.items() if "symmetric" in entry.domain]
STEP = 1e-6


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["sum({}(A) .^ 4)", "sum({}(A + A') .^ 4)"])
def test_a_matrix_that_is_not_symmetric_is_refused(name: str, text: str) -> None:
    value = md.parse(text.format(name), where="A: matrix(n, n)")
    gradient = md.gradient(text.format(name), "A", where="A: matrix(n, n)")
    module: dict[str, object] = {"__name__": "module"}
    exec(md.generate(f"n: dim; A: matrix(n, n)\n{text.format(name)}", "A"), module)
    faces = [value.evaluate, md.compile(value)]
    if any(other in str(gradient) for other in NAMES):  # that of sum(eigvals(A) .^ 4) is a power of A + A'
        faces += [gradient.evaluate, md.compile(gradient)]
    for face in faces:
        assert np.all(np.isfinite(face(A=S)))
    if "A'" in text:
        assert np.allclose(value.evaluate(A=A), value.evaluate(A=S))
        return
    for face in faces:
        with pytest.raises(EvaluationError, match="not symmetric"):
            face(A=A)
    with pytest.raises(np.linalg.LinAlgError, match="not symmetric"):
        module["loss_and_gradients"](A)  # type: ignore[operator]


@pytest.mark.parametrize("name", NAMES)
def test_steps_of_differences_are_no_asymmetry(name: str) -> None:
    value = md.parse(f"sum({name}(A) .^ 4)", where="A: matrix(n, n)")
    slopes = np.zeros((3, 3))
    for i, j in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[i, j] = STEP
        slopes[i, j] = (value.evaluate(A=S + step) - value.evaluate(A=S - step)) / (2 * STEP)
    found = md.gradient(f"sum({name}(A) .^ 4)", "A", where="A: matrix(n, n)").evaluate(A=S)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("text", ["logdet(chol(X'*X))", "sum(eigvals(X'*X) .^ 2)", "eigmax(inv(X'*X))"])
def test_products_that_are_symmetric_are_taken(text: str) -> None:
    derived = md.derive(text, "X", where="X: matrix(m, n)")
    derived.verify()
    x = np.random.default_rng(3).normal(size=(5, 3))
    assert np.all(np.isfinite(derived.gradient.evaluate(X=x)))
    assert np.all(np.isfinite(md.compile(derived.gradient)(X=x)))
