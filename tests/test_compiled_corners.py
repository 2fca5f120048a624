"""Compiled code is `evaluate` in every corner: the same value, kind, nan and infinity, or an error of the same kind."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from expressions import DECLARATIONS, SHAPES, Tree, expressions, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.sizes import ONE

INF, NAN = np.inf, np.nan
x, v = [1.0, 2.0], [1.0, 2.0, 4.0]
W = np.array([[1.0, 2.0], [3.0, 4.0]])


def both(e: md.Expression, inputs: dict[str, Any]) -> list[Any]:
    """What evaluate and the compiled function give: a value or an error, and no warning."""
    found: list[Any] = []
    for value in (e.evaluate, md.compile(e)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found.append(value(**inputs))
            except md.MatdiffError as error:
                found.append(error)
    return found


def softmax(a: list[float]) -> Any:
    return np.exp(a) / np.sum(np.exp(a))


VALUES: list[tuple[str, str, dict[str, Any], Any]] = [
    # a scalar is a 1×1 matrix
    ("tr(a*b)", "", {"a": 2, "b": 3}, 6.0),
    ("inner(a, b)", "", {"a": 2, "b": 3}, 6.0),
    ("x*tr(a)", "", {"a": 2, "x": x}, [2.0, 4.0]),
    ("det(a)", "", {"a": -2}, -2.0),
    ("logdet(a*b)", "", {"a": -2, "b": 1}, np.log(2)),
    ("log(det(a))", "", {"a": -2}, NAN),
    ("log(det(A))", "A: matrix(n, n)", {"A": [[0.0]]}, -INF),
    ("adj(a)", "", {"a": 0}, 1.0),
    ("pinv(a)", "", {"a": -2}, -0.5),
    ("pinv(a)", "", {"a": 0}, 0.0),
    ("x*inv(a)", "", {"a": 2, "x": x}, [0.5, 1.0]),
    ("sum(kron(r, s))", "r: row(n); s: scalar", {"r": v, "s": 2}, 14.0),
    ("kron(a, b)", "", {"a": 2, "b": 3}, 6.0),
    ("kron(inner(W, W), v)", "", {"W": W, "v": v}, [30.0, 60.0, 120.0]),
    ("kron(W, a)", "", {"W": W, "a": 2}, 2 * W),
    ("pinv(v)*v", "", {"v": v}, 1.0),
    # a product of entries has derivatives where entries are 0
    ("prod_others(x)", "x: vector(n)", {"x": [0.0, 2.0, 3.0]}, [6.0, 0.0, 0.0]),
    ("prod_others(x)", "x: vector(n)", {"x": [0.0, 2.0, 0.0]}, [0.0, 0.0, 0.0]),
    ("prod_others(X)", "X: matrix(m, n)", {"X": W}, [[24.0, 12.0], [8.0, 6.0]]),
    ("prod_pairs(x)", "x: vector(n)", {"x": [0.0, 2.0, 3.0]}, [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]),
    ("mpower(A, 3/3*b)", "A: matrix(n, n)", {"A": W, "b": 1 + 1e-15}, W),
    # a power of a real number is real, and 1/0 is infinite
    ("a^1.5", "", {"a": -2}, NAN),
    ("a^(1/3)", "", {"a": -8.0}, NAN),
    ("a^b", "", {"a": -8, "b": 0.5}, NAN),
    ("a^b", "", {"a": -8, "b": 2}, 64.0),
    ("x .^ 0.5", "", {"x": [-1, 4]}, [NAN, 2.0]),
    ("(-8)^(1/3)*a", "", {"a": 1}, NAN),
    ("1/a", "", {"a": 0}, INF),
    ("b/a", "", {"a": 0, "b": 0}, NAN),
    ("a^-2", "", {"a": 0}, INF),
    ("a^400", "", {"a": 1e10}, INF),
    ("2^a", "", {"a": 5000}, INF),
    ("exp(a)", "", {"a": 1e5}, INF),
    ("sqrt(a)", "", {"a": -1}, NAN),
    ("1/exp(a)", "", {"a": -1e5}, INF),
    ("log(a)", "", {"a": 0}, -INF),
    ("1/(n - 3)", "n: dim", {"n": 3}, INF),
    ("sqrt(n - 5)", "n: dim", {"n": 3}, NAN),
    ("log(n - 3)", "n: dim", {"n": 3}, -INF),
    ("exp(n^4)", "n: dim", {"n": 100}, INF),
    ("n^400", "n: dim", {"n": 100}, INF),
    ("gamma(a)", "", {"a": -1}, NAN),
    ("gamma(a)", "", {"a": 500}, INF),
    ("loggamma(a)", "", {"a": -1.5}, NAN),
    ("3*ones(n)", "n: dim", {"n": 2}, [3.0, 3.0]),
    # along the axis that is named, whatever its length
    ("softmax(x, axis=1)", "x: vector(n)", {"x": v}, [1.0, 1.0, 1.0]),
    ("softmax(x, axis=0)", "x: vector(n)", {"x": v}, softmax(v)),
    ("softmax(x, axis=0)", "x: row(n)", {"x": v}, [[1.0, 1.0, 1.0]]),
    ("log_softmax(x, axis=1)", "x: vector(n)", {"x": v}, [0.0, 0.0, 0.0]),
    ("logsumexp(x, axis=1)", "x: vector(n)", {"x": v}, v),
    ("logsumexp(x, axis=0)", "x: row(n)", {"x": v}, [v]),
    ("softmax(A*w, axis=1)", "w: matrix(k, 1); A: matrix(n, k)", {"A": W, "w": [[1.0], [1.0]]}, [1.0, 1.0]),
    ("logsumexp(x' - logsumexp(x', axis=0), axis=0)", "x: vector(n)", {"x": v}, [[0.0, 0.0, 0.0]]),
    ("exp(2*(r' + r'))", "r: row(n)", {"r": [0.0, 1.0]}, [1.0, np.exp(4)]),
    # a size of one
    *(("2*x", "x: vector(1)", {"x": one}, 4.0) for one in (2, [2], [[2]], np.array(2.0))),
    *(("max(X, 3)", "X: matrix(1, 1)", {"X": one}, 3.0) for one in (2, [2], [[2]])),
    ("r*x", "r: row(1); x: vector(1)", {"r": 2, "x": [3]}, 6.0),
    # what may be given
    ("a*x", "", {"a": 10**30, "x": np.array([1, 2], dtype=object)}, [1e30, 2e30]),
    ("x", "x: vector(n)", {"x": np.arange(6.0)[::-2]}, [5.0, 3.0, 1.0]),
    ("a*x", "", {"a": 1j, "x": x}, [1j, 2j]),
    ("sigma(a)*x", "sigma: function", {"a": 1, "x": x, "sigma": lambda t: t > 0}, [1.0, 2.0]),
    ("sigma(x) + sigma(x)", "sigma: function", {"x": x, "sigma": lambda t: t > 0}, [2.0, 2.0]),
]


@pytest.mark.parametrize(("source", "where", "inputs", "wanted"), VALUES)
def test_values(source: str, where: str, inputs: dict[str, Any], wanted: Any) -> None:
    for found in both(md.parse(source, where=where), inputs):
        assert np.shape(found) == np.shape(wanted) and isinstance(found, float | np.ndarray)
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize(("at", "value"), [(0.3, 0.3286267594591274), (-1.0, -0.8427007929497149)])
def test_functions_of_one_number_are_good_to_the_last_digits(at: float, value: float) -> None:
    for found in both(md.parse("erf(a)"), {"a": at}):
        assert found == pytest.approx(value, rel=1e-15)


def failing(t: Any) -> Any:
    raise KeyError("inside")


REFUSED: list[tuple[str, str, dict[str, Any], type[md.MatdiffError], str]] = [
    ("S", "S: symmetric(n)", {"S": [[1, 2], [3, 4]]}, md.ShapeError, r"S\[0, 1\] = 2 and S\[1, 0\] = 3 differ"),
    ("S", "S: symmetric(n)", {"S": np.float32([[1, 2], [2.1, 4]])}, md.ShapeError, "symmetric"),
    ("D", "D: diagonal(n)", {"D": W}, md.ShapeError, r"D\[0, 1\] = 2 is not 0"),
    ("Q*x", "Q: orthogonal(n)", {"Q": W, "x": x}, md.ShapeError, "Q'\\*Q is not the identity"),
    ("Y", "Y: onehot(n, k)", {"Y": W}, md.ShapeError, "row 0 is not"),
    ("Y", "Y: onehot(n, k)", {"Y": np.zeros((2, 3))}, md.ShapeError, "row 0 is not"),
    ("Y", "Y: labels(n, k)", {"Y": W / 9}, md.ShapeError, "row 0 is not"),
    ("x", "", {"x": np.ma.masked_array([1.0, 2.0], [False, True])}, md.MatdiffError, "masked"),
    ("sigma(x)", "sigma: function", {"x": x, "sigma": lambda t: None}, md.MatdiffError, "not numbers"),
    ("sigma(x)", "sigma: function", {"x": x, "sigma": lambda t: t[:1]}, md.ShapeError, "applied to each entry"),
    ("sigma(x)", "sigma: function", {"x": x, "sigma": failing}, md.MatdiffError, "sigma failed: KeyError"),
    ("sigma'(x)", "sigma: function", {"x": x, "sigma": np.sin}, md.DeclarationError, "2 functions at least"),
    ("a", "", {"a": 10**400}, md.MatdiffError, "too large"),
    ("a", "", {"a": "1"}, md.MatdiffError, "text"),
    ("x", "", {"x": None}, md.MatdiffError, "x"),
    ("x", "", {"x": {"x": 1}}, md.MatdiffError, "x"),
    ("erf(a)", "", {"a": 1j}, md.MatdiffError, ""),
    ("eye(n)", "n: dim", {"n": 10**5}, md.MatdiffError, "too large"),
    ("eye(n)", "n: dim", {}, md.DeclarationError, "size n is not known"),
    ("inv(A)*x", "", {"A": np.ones((2, 2)), "x": x}, md.MatdiffError, "no value here"),
    ("x*inv(a)", "", {"a": 0, "x": x}, md.MatdiffError, "no value here"),
]


@pytest.mark.parametrize(("source", "where", "inputs", "kind", "words"), REFUSED)
def test_refusals(source: str, where: str, inputs: dict[str, Any], kind: type[md.MatdiffError], words: str) -> None:
    one, other = both(md.parse(source, where=where), inputs)
    assert isinstance(one, kind) and type(one) is type(other)
    assert all(re.search(words, str(error)) for error in (one, other))


def test_structure_is_that_of_rounded_numbers() -> None:
    rng = np.random.default_rng(0)
    for dtype, digits in ((np.float64, 1e-13), (np.float32, 1e-6)):
        a = rng.normal(size=(6, 6)) * 1e5
        q = np.linalg.qr(a)[0]
        s = a @ a.T
        noise = 1 + digits * rng.normal(size=a.shape)
        inputs = {"S": (s * noise).astype(dtype), "Q": (q * noise).astype(dtype)}
        for found in both(md.parse("S*Q", where="S: symmetric(n); Q: orthogonal(n)"), inputs):
            assert found.dtype == dtype


def test_a_used_function_is_pickled_and_copied() -> None:
    f = md.compile(md.parse("x'*x"))
    assert f(x=x) == 5.0
    for twin in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert twin(x=x) == 5.0


# Random expressions

FUNCTIONS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "sigma": (np.sin, np.cos, lambda t: -np.sin(t)),
    "tau": (np.arctan, lambda t: 1 / (1 + t**2), lambda t: -2 * t / (1 + t**2) ** 2),
}
KINDS: list[Callable[[Any, np.random.Generator], Any]] = [
    lambda a, rng: a,
    lambda a, rng: a * (rng.random(a.shape) > 0.4),
    lambda a, rng: np.round(2 * a),
    lambda a, rng: a.astype(np.float32),
]


def point(model: md.Expression, sizes: dict[str, int], seed: int, kind: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = dict(sizes)
    for name, node in model.model.variables.items():
        a = KINDS[kind](rng.uniform(-1, 1, [size.value(sizes) for size in node.shape]), rng)
        structure = node.data[1]
        a = a + a.T if structure == "symmetric" else a * np.eye(len(a), dtype=a.dtype) if structure == "diagonal" else a
        found[name] = float(a[0, 0]) if node.is_scalar else a[:, 0] if node.cols is ONE else a
    return found | {name: FUNCTIONS[name] for name in model.model.functions}


def agree(e: md.Expression, inputs: dict[str, Any], tolerance: float) -> None:
    one, other = both(e, inputs)
    assert type(one) is type(other)
    if isinstance(one, md.MatdiffError):
        return
    assert np.shape(one) == np.shape(other) and np.asarray(one).dtype == np.asarray(other).dtype
    if "diag" in str(e):  # beside the diagonal, 0*nan is not computed
        one = np.where(np.isfinite(other), np.nan_to_num(one), other)
    scale = tolerance * (1 + np.max(np.abs(np.where(np.isfinite(one), one, 0)), initial=0))
    np.testing.assert_allclose(other, one, rtol=tolerance, atol=scale)


@pytest.mark.filterwarnings("ignore::matdiff.UncheckedWarning")
@settings(max_examples=200, derandomize=True)
@given(
    st.sampled_from(SHAPES).flatmap(lambda shape: expressions(shape, 2, corners=True)),
    st.integers(0, 10**6),
    st.sampled_from([0, 1, 2, 3]),
    st.sampled_from([{"m": 3, "n": 4, "p": 2}, {"m": 1, "n": 2, "p": 1}]),
)
def test_random_corners(tree: Tree, seed: int, kind: int, sizes: dict[str, int]) -> None:
    e = md.parse(text_of(tree), where=DECLARATIONS)
    inputs = point(e, sizes, seed, kind)
    tolerance = 1e-2 if kind == 3 else 1e-7
    agree(e, inputs, tolerance)
    if e.node.is_scalar:
        names = list(e.model.variables)
        try:
            gradient = md.gradient(e, names[seed % len(names)])
        except md.UnsupportedError:
            return
        agree(gradient, inputs, tolerance)
