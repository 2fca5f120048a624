"""Values on arrays: what comes back, what may be given, and what is refused in words."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from cookbook import LINES, Line
from differences import FUNCTIONS, points
from numpy.typing import NDArray

import matdiff as md
from matdiff.errors import EvaluationError

Evaluate = Callable[..., Any]


def evaluate(e: md.Expression, **inputs: Any) -> Any:
    return e.evaluate(**inputs)


def compiled(e: md.Expression, **inputs: Any) -> Any:
    return md.compile(e)(**inputs)


both = pytest.mark.parametrize("value", [evaluate, compiled])

A = np.array([[1.0, 2.0], [3.0, 4.0]])
X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
x = np.array([1.0, 2.0])

# What comes back

KINDS = [
    ("x'*A*x", "", {"A": A, "x": x}, 27.0),
    ("tr(A)", "A: matrix(2, 2)", {"A": A}, 5.0),
    ("A*x", "", {"A": A, "x": x}, [5.0, 11.0]),
    ("x'*A", "", {"A": A, "x": x}, [[7.0, 10.0]]),
    ("A'", "", {"A": A}, [[1.0, 3.0], [2.0, 4.0]]),
    ("x*x'", "", {"x": x}, [[1.0, 2.0], [2.0, 4.0]]),
    ("r*A", "r: row(2)", {"r": [1, 0], "A": A}, [[1.0, 2.0]]),
    ("X*z", "X: matrix(1, 3); z: vector(3)", {"X": X[:1], "z": [1, 1, 1]}, 6.0),
    ("x", "x: vector(1)", {"x": [7.0]}, 7.0),
    ("x", "x: vector(n)", {"x": [7.0]}, [7.0]),
    ("X", "X: matrix(m, n)", {"X": [[7.0]]}, [[7.0]]),
    ("a", "", {"a": 3}, 3.0),
    ("pi", "", {}, np.pi),
    ("eye(2)", "", {}, [[1.0, 0.0], [0.0, 1.0]]),
    ("ones(3)", "", {}, [1.0, 1.0, 1.0]),
    ("ones(1, 3)", "", {}, [[1.0, 1.0, 1.0]]),
    ("x > 1", "", {"x": x}, [0.0, 1.0]),
]
"""An expression, declarations, inputs, and the value: a float, a 1-D or a 2-D array."""


@both
@pytest.mark.parametrize(("source", "where", "inputs", "wanted"), KINDS)
def test_the_kind_of_a_value(value: Evaluate, source: str, where: str, inputs: dict[str, Any], wanted: Any) -> None:
    found = value(md.parse(source, where=where), **inputs)
    if isinstance(wanted, float):
        assert type(found) is float and found == pytest.approx(wanted)
    else:
        assert isinstance(found, np.ndarray) and found.dtype == float
        assert found.shape == np.shape(wanted)
        np.testing.assert_allclose(found, wanted)


# What may be given


@both
@pytest.mark.parametrize("column", [x, x[:, None], [1, 2], (1.0, 2.0), [[1], [2]], x.astype(np.float32), [True, 2]])
def test_a_column_may_be_1d_or_nx1(value: Evaluate, column: Any) -> None:
    np.testing.assert_allclose(value(md.parse("A*x"), A=A, x=column), [5.0, 11.0])


@both
@pytest.mark.parametrize("row", [x, x[None, :], [1, 2], [[1.0, 2.0]]])
def test_a_row_may_be_1d_or_1xn(value: Evaluate, row: Any) -> None:
    assert value(md.parse("r*x", where="r: row(2)"), r=row, x=x) == 5.0


@both
@pytest.mark.parametrize("scalar", [2, 2.0, np.float32(2), np.array(2), np.array([2]), [[2]], True + True])
def test_a_scalar_may_be_any_single_number(value: Evaluate, scalar: Any) -> None:
    np.testing.assert_allclose(value(md.parse("a*x"), a=scalar, x=x), [2.0, 4.0])


@both
def test_integers_are_numbers_like_others(value: Evaluate) -> None:
    found = value(md.parse("inv(A)*x/2"), A=A.astype(int), x=x.astype(int))
    np.testing.assert_allclose(found, np.linalg.inv(A) @ x / 2)
    assert value(md.parse("x .^ -1"), x=[2, 4]).tolist() == [0.5, 0.25]


@both
def test_single_precision_stays(value: Evaluate) -> None:
    model = "softmax(X*W)*diag(relu(rowsum(X)))/2 + sigmoid(X) .^ 3"
    single = {"X": A.astype(np.float32), "W": A.astype(np.float32)}
    e = md.parse(model, where="X, W: matrix(n, n)")
    assert value(e, **single).dtype == np.float32
    np.testing.assert_allclose(value(e, **single), value(e, X=A, W=A), rtol=1e-5)


@both
@pytest.mark.parametrize(
    "labels", [[0, 2, 1], np.array([0, 2, 1], dtype=np.int8), [0.0, 2.0, 1.0], np.eye(3)[[0, 2, 1]]]
)
def test_labels_are_integers_or_the_matrix_they_stand_for(value: Evaluate, labels: Any) -> None:
    e = md.parse("sum(Y .* Z)", where="Y: labels(n, k); Z: matrix(n, k)")
    assert value(e, Y=labels, Z=np.arange(9.0).reshape(3, 3)) == 0 + 5 + 7


def test_labels_alone_tell_the_fewest_classes() -> None:
    e = md.parse("colsum(Y)", where="Y: labels(n, k)")
    assert e.evaluate(Y=[0, 2, 0]).tolist() == [[2.0, 0.0, 1.0]]
    assert e.evaluate(Y=[0, 2, 0], k=4).tolist() == [[2.0, 0.0, 1.0, 0.0]]


@both
def test_dims_are_told_by_arrays_or_given(value: Evaluate) -> None:
    mean = md.parse("sum(x)/n", where="x: vector(n)")
    assert value(mean, x=[1, 2, 6]) == value(mean, x=[1, 2, 6], n=3) == 3.0
    identity = md.parse("k*eye(n)", where="n, k: dim")
    assert value(identity, n=2, k=5).tolist() == [[5.0, 0.0], [0.0, 5.0]]
    unused = md.parse("tr(A)*x'*x", where="A: matrix(m, m); x: vector(n)")
    assert value(unused, A=A, x=x, m=2, n=2) == 25.0


@both
def test_sizes_that_are_products(value: Evaluate) -> None:
    e = md.parse("unvec(z, m, n)*ones(n)", where="z: vector(m*n); y: vector(n); n, m: dim")
    assert value(e, z=[1, 2, 3, 4, 5, 6], m=2).tolist() == [9.0, 12.0]


MODEL = "h = A*x\nk = h .* h\nloss = sum(k) + h'*x"


def test_other_names_of_the_model_are_ignored() -> None:
    model = "unused: matrix(7, 7); " + MODEL
    loss = md.parse(model)
    assert loss.evaluate(A=A, x=x, unused=np.ones((7, 7))) == loss.evaluate(A=A, x=x)
    gradient = md.gradient("a*x'*x + b", "x")
    assert gradient.evaluate(a=1, b=2, x=x).tolist() == [2.0, 4.0]


def test_intermediates_are_computed_unless_given() -> None:
    gradient = md.derive(MODEL, "A", of="loss").gradient
    assert "h" in str(gradient)
    computed = gradient.evaluate(A=A, x=x)
    np.testing.assert_allclose(gradient.evaluate(A=A, x=x, h=A @ x), computed)
    np.testing.assert_allclose(gradient.evaluate(x=x, h=A @ x), computed)
    loss = md.parse(MODEL)
    assert loss.evaluate(x=x, h=[1, 1]) == 2 + 3
    assert loss.evaluate(x=x, h=[1, 1], k=[5, 5]) == 10 + 3


SIGMA = (np.sin, np.cos, lambda t: -np.sin(t))


@both
def test_unknown_functions_are_given_with_their_derivatives(value: Evaluate) -> None:
    where = "sigma: function"
    np.testing.assert_allclose(value(md.parse("sigma(x)", where=where), x=x, sigma=np.sin), np.sin(x))
    np.testing.assert_allclose(value(md.parse("sigma(x)", where=where), x=x, sigma=(np.sin,)), np.sin(x))
    gradient = md.gradient("sum(sigma(A*x))", "x", where=where)
    np.testing.assert_allclose(value(gradient, A=A, x=x, sigma=SIGMA), A.T @ np.cos(A @ x))
    hessian = md.hessian("sum(sigma(A*x))", "x", where=where)
    np.testing.assert_allclose(value(hessian, A=A, x=x, sigma=list(SIGMA)), A.T @ np.diag(-np.sin(A @ x)) @ A)


def test_a_function_of_one_value_spreads() -> None:
    assert md.parse("sigma(x)", where="sigma: function").evaluate(x=x, sigma=lambda t: 1.5).tolist() == [1.5, 1.5]


# What is refused

REFUSED: list[tuple[str, str, dict[str, Any], type[md.MatdiffError], str]] = [
    ("A*x", "", {"A": A}, md.DeclarationError, "no value was given for x"),
    ("A*x", "", {}, md.DeclarationError, "no value was given for A (m×n), x (n×1)"),
    ("h = A*x; h'*x", "", {"x": x}, md.DeclarationError, "no value was given for A"),
    ("A*x", "", {"A": A, "x": x, "q": 1}, md.DeclarationError, "q is not a name of this model; it has A, x"),
    ("eye(n)", "n: dim", {}, md.DeclarationError, "the size n is not known: give n=…"),
    ("n*x", "n: dim", {"x": x}, md.DeclarationError, "the size n is not known: give n=…"),
    ("A*x", "", {"A": A, "x": [1, 2, 3]}, md.ShapeError, "x is "),
    ("A*x", "A: matrix(m, n); x: vector(n)", {"A": A, "x": [1, 2, 3]}, md.ShapeError, "n is 2 by A"),
    ("A*x", "A: matrix(m, 3)", {"A": A, "x": x}, md.ShapeError, "A is m×3: it has 2 where 3 is needed"),
    ("x", "x: vector(n)", {"x": A}, md.ShapeError, "x is a column, n×1, but an array of shape (2, 2) was given"),
    ("r", "r: row(n)", {"r": A}, md.ShapeError, "r is a row, 1×n, but an array of shape (2, 2) was given"),
    ("a", "", {"a": x}, md.ShapeError, "a is a scalar, but an array of shape (2,) was given"),
    ("A", "A: matrix(m, n)", {"A": x}, md.ShapeError, "a single row is written [[…]]"),
    ("A", "A: matrix(m, n)", {"A": np.ones((2, 2, 2))}, md.ShapeError, "an array with 3 axes"),
    ("x", "x: vector(2*n)", {"x": [1, 2, 3]}, md.ShapeError, "a multiple of 2"),
    ("x", "x: vector(n)", {"x": []}, md.ShapeError, "x"),
    ("eye(n)", "n: dim", {"n": 0}, md.ShapeError, "n is a size and must be at least 1, not 0"),
    ("sum(x)/n", "x: vector(n)", {"x": x, "n": 3}, md.ShapeError, "n is 3 by n=3"),
    ("eye(n)", "n: dim", {"n": 10**9}, md.MatdiffError, "too large"),
    ("A*inv(A)", "", {"A": np.ones((2, 2))}, md.MatdiffError, "inv(A) has no value here: the matrix is singular"),
    ("det(A)*inv(A)'", "", {"A": np.ones((2, 2))}, md.MatdiffError, "multiplied by the determinant, adj has one"),
    ("Y", "Y: labels(n, 2)", {"Y": [0, 2]}, md.ShapeError, "labels count from 0 to 1"),
    ("Y", "Y: labels(n, 2)", {"Y": [0, -1]}, md.ShapeError, "the label -1"),
    ("sigma(x)", "sigma: function", {"x": x}, md.DeclarationError, "sigma is unknown: give its value"),
    ("d(X)*A", "X: matrix(2, 2)", {"X": A, "A": A}, md.MatdiffError, "differentials has no value"),
]


@pytest.mark.parametrize(("source", "where", "inputs", "kind", "words"), REFUSED)
def test_what_is_wrong_is_told_in_words(
    source: str, where: str, inputs: dict[str, Any], kind: type[md.MatdiffError], words: str
) -> None:
    with pytest.raises(kind, match=re.escape(words)):
        md.parse(source, where=where).evaluate(**inputs)


NOT_NUMBERS: list[tuple[str, str, dict[str, Any], str]] = [
    ("A", "", {"A": "text"}, "A holds text, not numbers"),
    ("A", "", {"A": None}, "A holds objects, not numbers"),
    ("A", "", {"A": [[1, 2], [3]]}, "its rows differ in length"),
    ("x", "", {"x": [object(), object()]}, "x holds objects"),
    ("eye(n)", "n: dim", {"n": 2.5}, "n is a size, an integer, not 2.5"),
    ("eye(n)", "n: dim", {"n": True}, "n is a size"),
    ("Y", "Y: labels(n, 3)", {"Y": [0.5, 1]}, "labels, which are integers"),
    ("sigma(x)", "sigma: function", {"x": x, "sigma": 3}, "sigma is a function"),
    ("sigma(x)", "sigma: function", {"x": x, "sigma": lambda t: "no"}, "not numbers"),
]


@pytest.mark.parametrize(("source", "where", "inputs", "words"), NOT_NUMBERS)
def test_what_is_no_number_is_a_type_error_too(source: str, where: str, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(md.MatdiffError, match=re.escape(words)) as caught:
        md.parse(source, where=where).evaluate(**inputs)
    assert isinstance(caught.value, TypeError)


def test_a_function_keeps_the_size() -> None:
    with pytest.raises(md.ShapeError, match="it is applied to each entry"):
        md.parse("sigma(x)", where="sigma: function").evaluate(x=x, sigma=np.sum and (lambda t: t[:1, :]))


@both
@pytest.mark.parametrize("source", ["A", "A'", "relu(A)", "diag(A)", "vec(A)", "A*I", "h = A; h"])
def test_a_value_does_not_share_memory_with_an_input(value: Evaluate, source: str) -> None:
    before = A.copy()
    found = value(md.parse(source, where="A: matrix(n, n)"), A=A)
    found += 1
    assert np.array_equal(A, before)


# The adjugate


def cofactors(a: NDArray[np.float64]) -> NDArray[np.float64]:
    """The adjugate by the expansion: (-1)^(i+j) times the minor without row j and column i."""
    n = len(a)
    minors = [
        np.linalg.det(np.delete(np.delete(a, j, 0), i, 1)) if n > 1 else 1.0 for i, j in product(range(n), repeat=2)
    ]
    signs = np.array([(-1.0) ** (i + j) for i, j in product(range(n), repeat=2)])
    return np.reshape(signs * minors, (n, n))


def of_rank(n: int, rank: int) -> NDArray[np.float64]:
    rng = np.random.default_rng([n, rank])
    return np.asarray(rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n)))


MATRICES = {
    **{f"{n}×{n} of rank {rank}": of_rank(n, rank) for n in range(1, 6) for rank in range(n + 1)},
    "ill-conditioned": np.vander(np.linspace(0, 1, 6)) * np.array([1e-7, 1, 1, 1, 1, 1]),
    "integers": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    "negative determinant": np.diag([1.0, -2.0, 3.0, 4.0]),
    "large": 1e60 * of_rank(3, 2),
}


@both
@pytest.mark.parametrize("a", MATRICES.values(), ids=MATRICES)
def test_the_adjugate_is_the_matrix_of_cofactors(value: Evaluate, a: NDArray[np.float64]) -> None:
    found = np.reshape(value(md.parse("adj(X)", where="X: matrix(n, n)"), X=a), a.shape)
    scale = np.linalg.norm(a, 2) ** (len(a) - 1)
    np.testing.assert_allclose(found, cofactors(a), rtol=1e-12, atol=1e-13 * scale)


def test_the_derivative_of_the_determinant_at_a_singular_matrix() -> None:
    a = of_rank(4, 3)
    gradient = md.parse("adj(X)'", where="X: matrix(n, n)").evaluate(X=a)
    step = 1e-5
    slopes = np.zeros((4, 4))
    for i, j in product(range(4), repeat=2):
        moved = np.zeros((4, 4))
        moved[i, j] = step
        slopes[i, j] = (np.linalg.det(a + moved) - np.linalg.det(a - moved)) / (2 * step)
    np.testing.assert_allclose(gradient, slopes, atol=1e-8)


# Matrices that are singular but for rounding, however their rows and columns are scaled

SCALES = {"as it is": np.zeros(3), "rows and columns scaled": np.array([9.0, -7.0, 1.0])}
OF_INVERSE = ["inv(X)", "inv(X)*u", "u'*inv(X')", "X^-2", "det(X)*inv(X)", "tr(solve(X, X'))", "solve(X + X - X, u)"]


@both
@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
@pytest.mark.parametrize("source", OF_INVERSE)
def test_an_inverse_that_rounding_decides_is_refused(value: Evaluate, source: str, scale: NDArray[np.float64]) -> None:
    e = md.parse(source, where="X: matrix(n, n); u: vector(n)")
    rows, columns = 10**scale, 10 ** scale[::-1]
    for singular in (of_rank(3, 2), of_rank(3, 1), MATRICES["integers"], of_rank(3, 2) + 1e-15):
        with pytest.raises(EvaluationError, match=r"(?i)singular"):
            value(e, X=rows[:, None] * singular * columns, u=np.ones(3))
    regular = rows[:, None] * (MATRICES["integers"] + 1e-4 * np.eye(3)) * columns
    assert np.all(np.isfinite(value(e, X=regular, u=np.ones(3))))


@both
def test_a_hessian_of_a_determinant_of_rank_one_is_refused(value: Evaluate) -> None:
    h = md.hessian("det(A ./ v)", "v", where="A: matrix(n, n); v: vector(n)")
    with pytest.raises(EvaluationError, match=r"(?i)singular"):
        value(h, A=of_rank(4, 1), v=np.array([0.3, -1.1, 0.7, 2.3]))


# Hessians

HESSIANS = [line for line in LINES if line.kind == "hessian" and len(line.wrt) == 1]


@pytest.mark.parametrize("line", HESSIANS, ids=str)
def test_a_hessian_is_symmetric_to_the_last_digit(line: Line) -> None:
    found = md.hessian(line.formula, line.wrt[0], where=line.where or None)
    model = found.model
    point = next(p for p in points([found.node], seed=3) if np.all(np.isfinite(p.value(found.node))))
    inputs = {v.data[0]: a for v, a in point.known.items()} | {name: FUNCTIONS[name] for name in model.functions}
    inputs |= {name: size for name, size in point.sizes.items() if name in (*model.dims, *model.inferred)}
    for value in (found.evaluate(**inputs), found.expand().evaluate(**inputs), md.compile(found)(**inputs)):
        h = np.atleast_2d(value)
        assert (h == h.T).all()
        np.testing.assert_allclose(h, point.value(found.node), rtol=1e-9, atol=1e-9 * np.max(abs(h)))


def test_only_a_hessian_is_made_symmetric() -> None:
    blocks = md.derive("x'*A*y + norm2(x)^2", ["x", "y"], order=2, where="A: matrix(n, n)").hessian
    assert blocks["x", "y"].evaluate(A=A).tolist() == A.tolist()
    assert md.hessian("x'*A*y", "x", "y").evaluate(A=A).tolist() == A.tolist()
    assert md.parse("A").evaluate(A=A).tolist() == A.tolist()


def test_a_hessian_stays_one_when_it_is_pickled() -> None:
    found = md.hessian("sum(exp(A*x))", "x", where="A: matrix(m, n); x: vector(n)")
    rng = np.random.default_rng(0)
    inputs = {"A": rng.normal(size=(30, 20)), "x": rng.normal(size=20)}
    h = pickle.loads(pickle.dumps(found)).evaluate(**inputs)
    assert (h == h.T).all() and np.array_equal(h, found.evaluate(**inputs))
