"""The math notation, one line a rule of it: a source, how it is printed, and what it means in NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md

WHERE = (
    "X: matrix(m, n); W: matrix(n, k); S: matrix(n, n); x: vector(n); y: vector(m); r: row(n); a, c: scalar; m, n: dim"
)

_rng = np.random.default_rng(0)
VALUES: dict[str, Any] = {
    "X": _rng.uniform(0.5, 2, (2, 3)),
    "W": _rng.uniform(0.5, 2, (3, 4)),
    "S": _rng.uniform(0.5, 2, (3, 3)) + 3 * np.eye(3),
    "x": _rng.uniform(0.5, 2, 3),
    "y": _rng.uniform(0.5, 2, 2),
    "r": _rng.uniform(0.5, 2, (1, 3)),
    "a": 1.25,
    "c": 0.75,
    "m": 2,
    "n": 3,
}

# source | how it is printed | its value in NumPy, where a column has one axis
_TABLE = """
# precedence: comparisons, sums, products from left to right, the unary minus, powers, the transpose
a + c - a*c | a + c - a*c | a + c - a * c
a - c - a | a - c - a | -c
a/c/a | a/(c*a) | 1 / c
a/c*a | a*a/c | a * a / c
X*W@W'*S | X*W*W'*S | X @ W @ W.T @ S
X .* X*S | (X .* X)*S | (X * X) @ S
X*S .* X | (X*S) .* X | (X @ S) * X
S*x .* x | (S*x) .* x | (S @ x) * x
x + x .* x | x + x .* x | x + x * x
x > x .* x | 1(x > x .* x) | (x > x * x) * 1.0
-a^2 | -a^2 | -(a**2)
-x'*x | -x'*x | -(x @ x)
2^-a | 2^(-a) | 2**-a
a^-c^2 | a^(-c^2) | a ** -(c**2)
a^c^2 | a^c^2 | a ** (c**2)
(a^c)^2 | (a^c)^2 | (a**c) ** 2
a**c | a^c | a**c
a^(-1/2) | 1/a^(1/2) | a**-0.5
x'*-S*x | -x'*S*x | -(x @ S @ x)
a*-c | -a*c | -a * c
--a | a | a
+a | a | a
# the transpose and the inverse stand behind
X'*y | X'*y | X.T @ y
-X' | -X' | -X.T
X.T | X' | X.T
X^T | X' | X.T
Xᵀ | X' | X.T
X⊤ | X' | X.T
X^⊤ | X' | X.T
X.' | X' | X.T
x'' | x'' | x
S^-1 | inv(S) | np.linalg.inv(S)
S^(-1) | inv(S) | np.linalg.inv(S)
S^-1' | inv(S)' | np.linalg.inv(S).T
S^-T | inv(S)' | np.linalg.inv(S).T
S^2' | (S^2)' | (S @ S).T
S'^2 | S'^2 | (S @ S).T
S^-2 | inv(S)^2 | np.linalg.inv(S @ S)
S^0 | eye(n) | np.eye(3)
S^1 | S | S
a^-1 | 1/a | 1 / a
# powers of a matrix and of its entries
S^2 | S^2 | S @ S
S.^2 | S .^ 2 | S**2
2 .^ x | 2 .^ x | 2**x
2.^x | 2 .^ x | 2**x
x .^ x | x .^ x | x**x
x.^-2 | 1 ./ x .^ 2 | x**-2
# numbers are exact, and end in no dot before an operator
2.*x | 2*x | 2 * x
2.*x.^2 | 2*x .^ 2 | 2 * x**2
x./2 | x/2 | x / 2
1.5*x | 3*x/2 | 1.5 * x
1e-5*a | a/100000 | 1e-5 * a
1.5e3*a | 1500*a | 1500 * a
2.e1*a | 20*a | 20 * a
.5*a | a/2 | a / 2
0.1*a | a/10 | a / 10
1/2*a | a/2 | a / 2
a*1/3 | a/3 | a / 3
# the signs of books
X ⊙ X | X .* X | X * X
X ⊘ X | X ./ X | X / X
S ⊗ X | kron(S, X) | np.kron(S, X)
S·x | S*x | S @ x
a − c | a - c | a - c
1(x ≥ 1) | 1(x >= 1) | (x >= 1) * 1.0
1(x ≤ 1) | 1(x <= 1) | (x <= 1) * 1.0
# masks
x > 1 | 1(x > 1) | (x > 1) * 1.0
ind(x < 1) | 1(x < 1) | (x < 1) * 1.0
1(X >= a)*2 | 2*1(X >= a) | 2.0 * (X >= a)
x == x | 1(x == x) | np.ones(3)
# what spreads: a scalar, a row, a column
X + a | X + a | X + a
1 - x | 1 - x | 1 - x
X + r | X + r | X + r
y + X | y + X | y[:, None] + X
r .* X | r .* X | r * X
X ./ y | X ./ y | X / y[:, None]
X*S + r | X*S + r | X @ S + r
x + x' | x + x' | x[:, None] + x
X >= r | 1(X >= r) | (X >= r) * 1.0
max(X, r) | max(X, r) | np.maximum(X, r)
# 1×1 results are scalars
x'*S*x*a | (x'*S*x)*a | x @ S @ x * a
(x'*x)*S | (x'*x)*S | (x @ x) * S
x*(x'*x) | (x'*x)*x | x * (x @ x)
S/(x'*x) | S/(x'*x) | S / (x @ x)
# constants
S + I | S + eye(n) | S + np.eye(3)
I*x | eye(n)*x | x
a*eye + S | a*eye(n) + S | a * np.eye(3) + S
tr(eye(n)) | tr(eye(n)) | 3.0
ones(m)*x' | ones(m)*x' | np.ones((2, 1)) * x
zeros(m, n) + X | 0 + X | X
n*a/m | n*a/m | 3 * a / 2
vector(2) + x | 2 + x | 2 + x
matrix(c) .* X | (c*ones(m, n)) .* X | c * X
pi*a | pi*a | np.pi * a
exp(1)*a | exp(1)*a | np.e * a
commutation(m, n)*vec(X) | commutation(m, n)*vec(X) | X.ravel()
# functions
max(X, 1) | max(X, 1) | np.maximum(X, 1)
max(X, 0) | relu(X) | X
minimum(a, c) | min(a, c) | min(a, c)
norm(X) | norm2(X) | np.sqrt((X**2).sum())
norm1(x) | norm1(x) | np.abs(x).sum()
‖2*x‖^2 | norm2(2*x)^2 | ((2*x)**2).sum()
‖‖x‖*y‖ | norm2(norm2(x)*y) | np.sqrt((x*x).sum()*(y*y).sum())
‖x‖_1 + ‖x‖_2 + ‖X‖_F | norm1(x) + norm2(x) + norm2(X) | np.abs(x).sum() + np.sqrt((x*x).sum()) + np.sqrt((X**2).sum())
inner(X, X) | tr(X'*X) | (X * X).sum()
outer(x, y) | x*y' | np.outer(x, y)
sum(X) | sum(X) | X.sum()
mean(X) | sum(X)/(m*n) | X.mean()
rowsum(X) | rowsum(X) | X.sum(axis=1)
sum(X, axis=1) | rowsum(X) | X.sum(axis=1)
sum(X, axis=0) | colsum(X) | X.sum(axis=0, keepdims=True)
mean(X, axis=0) | colsum(X)/m | X.mean(axis=0, keepdims=True)
softmax(x) | softmax(x) | np.exp(x) / np.exp(x).sum()
softmax(X) | softmax(X) | np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
softmax(X, axis=0) | softmax(X')' | np.exp(X) / np.exp(X).sum(axis=0)
logsumexp(X) | logsumexp(X) | np.log(np.exp(X).sum(axis=1))
diag(x) | diag(x) | np.diag(x)
diag(S) | diag(S) | np.diag(S)
vec(X) | vec(X) | X.T.ravel()
ln(x) | log(x) | np.log(x)
log(det(S)) | log(det(S)) | np.log(np.linalg.det(S))
gamma(x + 1) | gamma(x + 1) | np.array([__import__("math").gamma(t + 1) for t in x])
# what a model has besides: definitions, functions, settings, comments, lines
h = S*x; h'*h | h'*h | (S @ x) @ (S @ x)
h = S*x;; f = h'*h; | f | (S @ x) @ (S @ x)
h = S*x # = h⏎# nothing⏎⏎h'*h | h'*h | (S @ x) @ (S @ x)
sum(x +⏎x) | sum(x + x) | 2 * x.sum()
a +⏎c | a + c | a + c
(a⏎+ c) | a + c | a + c
f(z) := z*sigmoid(z); f(x) | x .* sigmoid(x) | x / (1 + np.exp(-x))
f(z) := z*sigmoid(z); f(a) | a*sigmoid(a) | a / (1 + np.exp(-a))
exp.(x .* 2.*x) | exp((2*x) .* x) | np.exp(2 * x * x)
max.(x, a) | max(x, a) | np.maximum(x, a)
f(z) := z*sigmoid(z); f.(x) | x .* sigmoid(x) | x / (1 + np.exp(-x))
f(z) := 1/z; sum(f(X)) | sum(1 ./ X) | (1 / X).sum()
exp(z) := z^2; softplus(x) | softplus(x) | np.log1p(np.exp(x))
set relu_at_zero = 1; relu(x) | relu(x) | x
exp = 2; exp*exp(a) | exp*exp(a) | 2 * np.exp(a)
x .^ (2') | x .^ 2 | x**2
x .^ 2' | (x .^ 2)' | (x**2)[None, :]
"""

RULES = [
    tuple(part.replace("⏎", "\n") for part in line.split(" | "))
    for line in _TABLE.strip().split("\n")
    if not line.startswith("#")
]


@pytest.mark.parametrize(("source", "printed", "numpy"), RULES)
def test_a_source_is_read_and_printed(source: str, printed: str, numpy: str) -> None:
    found = md.parse(source, where=WHERE)
    assert str(found) == printed
    value = found.evaluate(**VALUES)
    expected = eval(numpy, {"np": np}, VALUES)
    assert np.shape(value) == np.shape(expected)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


# The kinds of names that nothing declares.
LETTERS = {
    **dict.fromkeys(("a", "g", "b2", "c_x"), (1, 1)),
    **dict.fromkeys(("h", "x", "z", "w1", "y_pred"), ("m", 1)),
    **dict.fromkeys(("A", "W", "Z", "W1", "X_train"), ("m", "n")),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_has_a_kind(name: str) -> None:
    assert md.parse(name).shape == LETTERS[name]


KINDS = {
    "a: scalar": (1, 1),
    "a: vector(3)": (3, 1),
    "a: row(k)": (1, "k"),
    "a: matrix(2*k, k)": ("2*k", "k"),
    "a: matrix(k^2, 10^3)": ("k*k", 1000),
    "a: symmetric(k)": ("k", "k"),
    "a: diagonal(4)": (4, 4),
    "a: orthogonal(k)": ("k", "k"),
    "a: onehot(k, 3)": ("k", 3),
    "a: labels(k, 3)": ("k", 3),
    "a: matrix": ("m", "n"),
    "a: vector": ("m", 1),
    "a: dim": (1, 1),
}


@pytest.mark.parametrize("declaration", KINDS)
def test_a_declaration_gives_the_size(declaration: str) -> None:
    assert md.parse("a", where=declaration).shape == KINDS[declaration]
    assert md.parse(f"{declaration}\na").shape == KINDS[declaration]


# Sizes that the use of a name tells.
INFERRED = [
    ("A*x", "A: matrix(2, 3)", "x", (3, 1)),
    ("x'*A*x", "", "A", ("m", "m")),
    ("A + B*C", "B: matrix(2, p); C: matrix(p, 5)", "A", (2, 5)),
    ("tr(A*B)", "A: matrix(2, 3)", "B", (3, 2)),
    ("inv(A)*b1*x'", "x: vector(4); b1: vector(3)", "A", (3, 3)),
    ("norm2(X*w - y)^2", "X: matrix(N, D)", "y", ("N", 1)),
    ("kron(A, B)*x", "A: matrix(2, 3); B: matrix(4, 5)", "x", (15, 1)),
]


@pytest.mark.parametrize(("source", "where", "name", "shape"), INFERRED)
def test_sizes_are_inferred(source: str, where: str, name: str, shape: tuple[Any, ...]) -> None:
    found = md.parse(source, where=where).model.variables[name].shape
    assert tuple(map(str, found)) == tuple(map(str, shape))


@settings(max_examples=100)
@given(st.sampled_from(SHAPES).flatmap(expressions).map(text_of))
def test_what_is_printed_is_read_again(source: str) -> None:
    found = md.parse(source, where=DECLARATIONS)
    again = md.parse(str(found), where=DECLARATIONS)
    assert again == found
    assert again.expand().node is found.expand().node or str(again) == str(found)


SPREADS = [
    ("x'*A*x + x'*b", "b: vector(n)"),
    ("u'*K*u + u'*c", "c: vector(n)"),
    ("norm2(x)^2 + x'*b", "b: vector(n)"),
    ("A*x - b", "b: vector(n)"),
    ("norm2(A*x - b)^2", "b: vector(n)"),
    ("b - A*x", "b: vector(n)"),
    ("x + a", "a: vector(n)"),
    ("x' - 2*a^2", "a: row(n)"),
    ("X - exp(a + b)/3", "a: matrix(m, n)"),
    ("(x'*b)*2 - y'*x", "b: vector(n)"),
]


@pytest.mark.parametrize(("source", "declaration"), SPREADS)
def test_an_undeclared_letter_makes_no_broadcast(source: str, declaration: str) -> None:
    with pytest.raises(md.DeclarationError, match=re.escape(f"declare it, as in {declaration}")) as caught:
        md.parse(source)
    assert caught.value.places
    letter = declaration[0]
    assert str(md.parse(source, where=f"{letter}: scalar" + "; b: scalar" * (letter == "a"))) != ""


@pytest.mark.parametrize(
    "source",
    [
        *("A*x - 1", "a*x + y", "a*x - 1/3", "n*ones(n) + n", "x - mean(x)", "X + c*eye", "a + b*c", "a*x'*y + b"),
        *("sum(a*x) + x", "x'*y + 2*x", "1(x > a)", "max(x, a)", "x .* a ./ y", "c + a*(x'*y)"),
    ],
)
def test_scalars_that_may_be_added_to_every_entry(source: str) -> None:
    expression = md.parse(source)
    assert md.parse(str(expression)) == expression


def test_norms_between_bars() -> None:
    assert str(md.parse("||A*x - y||^2 + ||x||_1")) == "norm2(A*x - y)^2 + norm1(x)"
    with pytest.raises(md.UnsupportedError, match=r"spectral norm, or of the Frobenius norm: write norm2\(X\)"):
        md.parse("||X||_2^2")
    assert str(md.parse("||X||_2")) == "norm_spec(X)"
    for source in ("||x", "x||", "||_1 x||", "x ||y||", "||"):
        with pytest.raises(md.ParseError):
            md.parse(source)
