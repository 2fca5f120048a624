"""Variables that lie in a linear space of matrices: what is drawn, taken and given keeps to it."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.array_functions import NEAREST
from matdiff.codegen.structure import NEAREST as WRITTEN
from matdiff.operators.structures import STRUCTURES

RNG = np.random.default_rng(3)
A, X, OTHER = RNG.standard_normal((3, 4, 4))


@pytest.mark.parametrize("kind", STRUCTURES)
def test_the_projection_is_orthogonal_and_keeps_what_lies_there(kind: str) -> None:
    near = NEAREST[kind]
    np.testing.assert_allclose(near(near(X)), near(X), atol=1e-14)
    np.testing.assert_allclose(np.sum(near(X) * (OTHER - near(OTHER))), 0, atol=1e-13)
    np.testing.assert_allclose(
        md.parse(STRUCTURES[kind].onto, where="G: matrix(4, 4)").evaluate(G=X), near(X), atol=1e-14
    )
    if STRUCTURES[kind].numpy:
        assert WRITTEN[kind] == STRUCTURES[kind].numpy


@pytest.mark.parametrize("kind", STRUCTURES)
def test_the_gradient_in_the_space_is_that_along_its_matrices(kind: str) -> None:
    where = f"n: dim; A: matrix(n, n); L: {kind}(n)"
    found = md.derive("sum(sin(A*L) .* A)", "L", where=where, structured=True)
    assert found.verify()
    point, step = NEAREST[kind](X), 1e-6 * NEAREST[kind](OTHER)
    gradient = found.structured["L"][f"in the space of {STRUCTURES[kind].words}"].evaluate(A=A, L=point)
    slope = np.sum(np.sin(A @ (point + step)) * A) - np.sum(np.sin(A @ (point - step)) * A)
    np.testing.assert_allclose(np.sum(gradient * step) * 2, slope, rtol=1e-7)
    np.testing.assert_allclose(NEAREST[kind](gradient), gradient, atol=1e-13)


@pytest.mark.parametrize("kind", STRUCTURES)
def test_an_array_that_lies_elsewhere_is_refused(kind: str) -> None:
    e = md.parse("tr(A*L)", where=f"L: {kind}(n); A: matrix(n, n)")
    with pytest.raises(md.ShapeError, match=f"L is declared {kind}"):
        e.evaluate(A=A, L=X)
    assert np.isclose(e.evaluate(A=A, L=NEAREST[kind](X)), np.trace(A @ NEAREST[kind](X)))


@pytest.mark.parametrize("kind", [kind for kind, space in STRUCTURES.items() if space.map])
def test_what_descent_would_leave_is_not_trained(kind: str) -> None:
    with pytest.raises(md.UnsupportedError, match="train the vectors of"):
        md.generate(f"n: dim; A: matrix(n, n); L: {kind}(n)\nloss = norm2(A*L - A)^2", wrt=["L"])


@pytest.mark.parametrize("kind", [kind for kind, space in STRUCTURES.items() if space.numpy])
def test_descent_stays_in_the_space(kind: str) -> None:
    text = md.generate(f"n: dim; A: matrix(n, n); L: {kind}(n)\nloss = norm2(A*L - A)^2", wrt=["L"])
    space: dict[str, object] = {"__name__": "trained"}
    exec(compile(text, "trained.py", "exec"), space)  # a text of the engine's own
    point = NEAREST[kind](X)
    assert space["check_gradients"](A, point) < 1e-6  # type: ignore[operator]
    _, gradients = space["loss_and_gradients"](A, point)  # type: ignore[operator]
    np.testing.assert_allclose(NEAREST[kind](gradients["L"]), gradients["L"], atol=1e-12)
