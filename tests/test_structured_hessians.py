"""Second derivatives by variables declared symmetric or diagonal, against second differences of the function."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

N = 3
TERMS = (
    "tr(A*S*B*S)",
    "x'*S*S*y",
    "tr(inv(S + 9*eye(n))*A)",
    "logdet(S + 9*eye(n))",
    "norm2(S*x - y)^3",
    "sum(exp(S) .* A)",
    "log(x'*x + (x'*S*y)^2 + 1)",
    "tr(S)^2*sum(diag(S) .* x)",
    "sum(tanh(S*x))",
    "tr(S*A*S'*B)",
    "softmax(S*x)'*y",
)
KINDS = ("symmetric", "diagonal")


def random_function(seed: int) -> str:
    """One term and the product of two others."""
    one, two, three = np.random.default_rng(seed).choice(TERMS, 3, replace=False)
    return f"{one} + ({two})*({three})"


def within(kind: str, matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2 if kind == "symmetric" else np.diag(np.diag(matrix))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", [*TERMS, *map(random_function, range(6))])
def test_hessians_are_second_differences(function: str, kind: str) -> None:
    """With entries that are independent, whatever is declared; and in directions that keep the structure."""
    names = "A, B: matrix(n, n); x, y: vector(n)"
    hessian = md.hessian(function, "S", where=f"S: {kind}(n); {names}")
    product = md.hvp(function, "S", "V", where=f"S: {kind}(n); V: matrix(n, n); {names}")
    independent = md.parse(function, where=f"S: matrix(n, n); {names}")
    rng = np.random.default_rng(len(function))
    at = {name: rng.standard_normal((N, N)) for name in "AB"} | {name: rng.standard_normal(N) for name in "xy"}
    s, v = within(kind, rng.standard_normal((N, N))), rng.standard_normal((N, N))
    found = np.asarray(hessian.evaluate(S=s, n=N, **at))
    assert np.allclose(found, found.T)
    assert np.allclose(np.asarray(product.evaluate(S=s, V=v, n=N, **at)).ravel("F"), found @ v.ravel("F"))
    for direction in (v, within(kind, v)):
        step = 1e-3
        f = [float(independent.evaluate(S=s + k * step * direction, n=N, **at)) for k in (-2, -1, 0, 1, 2)]
        second = (-f[0] + 16 * f[1] - 30 * f[2] + 16 * f[3] - f[4]) / (12 * step**2)
        d = direction.ravel("F")
        assert d @ found @ d == pytest.approx(second, rel=1e-5, abs=1e-5 * (1 + abs(f[2])))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("function", TERMS)
def test_structured_gradients_change_along_the_structure_as_the_function_does(function: str, kind: str) -> None:
    """The slope of <G, D> along D, for the gradient G in the space of the structure, is the second difference."""
    where = f"S: {kind}(n); A, B: matrix(n, n); x, y: vector(n)"
    gradient = md.gradient(function, "S", where=where, structured=True)
    value = md.parse(function, where=where)
    rng = np.random.default_rng(len(function))
    at = {name: rng.standard_normal((N, N)) for name in "AB"} | {name: rng.standard_normal(N) for name in "xy"}
    s, d = within(kind, rng.standard_normal((N, N))), within(kind, rng.standard_normal((N, N)))
    step = 1e-3
    slopes = [np.sum(np.asarray(gradient.evaluate(S=s + k * step * d, n=N, **at)) * d) for k in (-2, -1, 1, 2)]
    f = [float(value.evaluate(S=s + k * step * d, n=N, **at)) for k in (-2, -1, 0, 1, 2)]
    second = (-f[0] + 16 * f[1] - 30 * f[2] + 16 * f[3] - f[4]) / (12 * step**2)
    change = (slopes[0] - 8 * slopes[1] + 8 * slopes[2] - slopes[3]) / (12 * step)
    assert change == pytest.approx(second, rel=1e-5, abs=1e-5 * (1 + abs(f[2])))
