"""SymPy in and out, SymPy's scalar functions, and matrixcalculus.org's notation, all by value.

Values on SymPy's side are those of `sympy_values`, derivatives are compared with central differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from differences import FUNCTIONS, difference
from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy_values import value

import matdiff as md
from matdiff import Expression
from matdiff.operators import ROWS, scalar_functions

N, M = 2, 3


class Names:
    """The symbols of the tables, over the sizes n and m."""

    def __init__(self, n: Any, m: Any) -> None:
        self.n, self.m = n, m
        for name, rows, cols in (("A", n, n), ("B", n, n), ("X", n, m), ("Y", n, m), ("x", n, 1), ("y", n, 1)):
            setattr(self, name, sp.MatrixSymbol(name, rows, cols))
        self.r, self.s = sp.MatrixSymbol("r", 1, n), sp.MatrixSymbol("s", 1, 1)
        self.a, self.t = sp.symbols("a t")
        self.ones = sp.OneMatrix(1, n)
        self.quadratic = self.x.T * self.A * self.x

    def __getattr__(self, name: str) -> Any:  # for mypy: the symbols are made above
        raise AttributeError(name)


SYMBOLIC = Names(*sp.symbols("n m"))
i, j = sp.symbols("i j", integer=True)
F = sp.Function("f")


def values() -> dict[str, Any]:
    """Positive, well conditioned, exact in SymPy."""
    rng = np.random.default_rng(5)
    shapes = {"A": (N, N), "B": (N, N), "X": (N, M), "Y": (N, M), "x": (N, 1), "y": (N, 1), "r": (1, N), "s": (1, 1)}
    found = {name: rng.integers(1, 9, shape) / 8 for name, shape in shapes.items()}
    found["A"] = found["A"] + 2 * np.eye(N)
    return found | {"a": 0.75, "t": 1.25}


def valued(e: Any) -> Any:
    """The value of a SymPy expression, shaped as matdiff gives values."""
    array = np.asarray(value(e, {**values(), "n": N, "m": M}), dtype=float)
    if array.size == 1:
        return array.item()
    return array[:, 0] if array.shape[1] == 1 else array


def evaluate(e: Expression) -> Any:
    return e.evaluate(**only(e, {**values(), "n": N, "m": M}))


def close(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and bool(np.allclose(one, other, rtol=1e-11, atol=1e-13))


def assert_right(e: Expression, name: str) -> None:
    """The derivative of an expression against central differences."""
    found = md.derive(e, name)
    kind = "gradient" if e.node.is_scalar else "jacobian"
    answer = (found.gradients if kind == "gradient" else found.jacobians)[name].node
    variable = e.model.variables[name]
    expected = difference(e.node, [variable], kind, 0, [answer])
    assert expected.agrees(expected.point.value(answer)), found.derivative


# SymPy in

Build = Callable[[Names], Any]

READ: dict[str, Build] = {
    "x'*A*x": lambda s: s.quadratic,
    "[0, 0] of a product": lambda s: s.quadratic[0, 0],
    "[0, 0] of a sum": lambda s: (s.x.T * (s.A + s.B.T) * s.y)[0, 0] ** 2,
    "[0, 0] of an inverse": lambda s: (s.x.T * s.A.I * s.y)[0, 0],
    "[0, 0] of a 1×1 symbol": lambda s: s.s[0, 0] * s.A,
    "[0, 0] under a function": lambda s: sp.log((s.ones * s.x.applyfunc(sp.exp))[0, 0]),
    "a 1×1 product under a function": lambda s: sp.exp(s.quadratic),
    "the root of a 1×1 product": lambda s: sp.sqrt(s.quadratic),
    "a 1×1 product as a factor": lambda s: s.x.T * s.y * s.r,
    "a trace plus a number": lambda s: sp.Trace(s.A) + 1,
    "a trace as a factor": lambda s: sp.Trace(s.A) * s.X / s.a,
    "powers": lambda s: s.A**3 + s.A**-2 + s.A.I**2,
    "transpose and determinant": lambda s: sp.Determinant(s.A) * s.X.T,
    "log of the determinant": lambda s: sp.log(sp.Determinant(s.A)),
    "Hadamard product": lambda s: sp.hadamard_product(s.X, s.Y, s.X + s.Y),
    "Hadamard powers": lambda s: sp.HadamardPower(s.X, s.Y) + sp.HadamardPower(s.X, -1) + sp.HadamardPower(2, s.Y),
    "Kronecker product": lambda s: sp.KroneckerProduct(s.A, s.X, s.x),
    "identity, ones, zeros": lambda s: (
        s.A * (s.B + sp.Identity(s.n)) + sp.OneMatrix(s.n, s.n) + sp.ZeroMatrix(s.n, s.n)
    ),
    "a size as a number": lambda s: s.n * s.A / s.m,
    "diagonal matrix": lambda s: DiagMatrix(s.A * s.x) * DiagonalMatrix(s.A),
    "diagonal": lambda s: DiagonalOf(s.A * s.B),
    "dot product of a row and a column": lambda s: DotProduct(s.r, s.x) * s.A,
    "applyfunc": lambda s: s.X.applyfunc(sp.sin) + s.Y.applyfunc(lambda t: t**2 * s.a + sp.exp(-t) / 3 + 1),
    "applyfunc of a constant": lambda s: s.X.applyfunc(sp.Lambda(s.t, 3)),
    "applyfunc of applyfunc": lambda s: s.X.applyfunc(sp.exp).applyfunc(sp.log).applyfunc(lambda t: t * sp.Trace(s.A)),
    "a Lambda whose variable is also free": lambda s: s.t * s.X.applyfunc(sp.Lambda(s.t, s.t**2)),
    "scalar functions": lambda s: sp.sin(s.a) * sp.asin(s.a) + sp.sec(s.t) + sp.erf(s.a) + sp.gamma(s.t) + sp.sqrt(s.t),
    "logarithm to a base": lambda s: sp.log(s.a, 3),
    "ordered function": lambda s: sp.besselj(1, s.a) + sp.polygamma(2, s.t),
    "maximum and minimum": lambda s: (
        sp.Max(s.a, sp.Trace(s.A), s.t) * sp.Min(s.a, s.t) + sp.Abs(s.a - s.t) + sp.sign(-s.a)
    ),
    "steps": lambda s: sp.Heaviside(s.a - s.t, 0) + 2 * sp.Heaviside(s.a, 1) + 4 * sp.Heaviside(s.a - s.a, sp.S.Half),
    "SymPy's complex forms of real numbers": lambda s: sp.Abs(sp.exp(sp.sin(s.a))) * sp.conjugate(s.t),
    "constants": lambda s: sp.pi * sp.E * sp.Rational(1, 3) * 0.1 * s.a,
    "multiples of the identity and of ones": lambda s: sp.Trace(
        sp.MatMul(sp.eye(3) * 2, sp.ImmutableMatrix(3, 3, [2] * 9))
    ),
    "a sum over entries": lambda s: sp.Sum(s.A[i, j] * s.A[j, i], (i, 0, s.n - 1), (j, 0, s.n - 1)),
    "a sum over the diagonal": lambda s: sp.Sum(s.A[i, i] * s.x[i, 0], (i, 0, s.n - 1)),
    "a sum over squares": lambda s: sp.Sum(s.X[i, j] ** 2, (i, 0, s.n - 1), (j, 0, s.m - 1)),
    "a sum of functions": lambda s: sp.Sum(sp.log(s.x[i, 0] + s.y[i, 0]) * s.y[i, 0], (i, 0, s.n - 1)),
    "a sum over pairs": lambda s: sp.Sum(sp.exp(s.x[i, 0] * s.y[j, 0]) * s.A[i, j], (i, 0, s.n - 1), (j, 0, s.n - 1)),
    "a sum inside a sum": lambda s: sp.Sum(
        sp.log(sp.Sum(s.X[i, j] * s.x[i, 0], (i, 0, s.n - 1))) * s.Y[0, j] ** 0, (j, 0, s.m - 1)
    ),
    "a sum with nothing to sum": lambda s: sp.Sum(s.a, (i, 0, s.n - 1)),
}


@pytest.mark.parametrize("case", READ)
def test_a_sympy_expression_keeps_its_value(case: str) -> None:
    read = md.from_sympy(READ[case](SYMBOLIC))
    expected = valued(READ[case](SYMBOLIC))
    assert close(evaluate(read), expected)
    written = read.to_sympy()
    assert close(evaluate(md.from_sympy(written)), expected)


def test_names_and_sizes_are_the_callers_own() -> None:
    n = sp.Symbol("n", integer=True, positive=True)
    X, s = sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("s", 1, 1)
    f = md.from_sympy(sp.Trace(X.T * X) * s[0, 0] * n)
    assert f.model.dims == ("n",)
    assert f.shape == (1, 1)
    assert md.gradient(f, "X").to_sympy().subs({n: 2, s: sp.Matrix([[3]])}) == 12 * sp.MatrixSymbol("X", 2, 2)


def test_kinds_may_be_declared() -> None:
    S = sp.MatrixSymbol("S", *sp.symbols("n n"))
    e = md.from_sympy(sp.Trace(S * S), where="S: symmetric")
    assert str(md.gradient(e, "S")) == "2*S"
    assert md.from_sympy(sp.Trace(S), where="S: symmetric(n)").model.variables["S"].data[1] == "symmetric"
    with pytest.raises(md.ShapeError, match="S is declared"):
        md.from_sympy(sp.Trace(S), where="S: symmetric(p)")
    with pytest.raises(md.DeclarationError, match="Q is declared, but does not occur"):
        md.from_sympy(sp.Trace(S), where="Q: matrix")


def test_unknown_functions_come_and_go() -> None:
    s = SYMBOLIC
    e = md.from_sympy(sp.Trace(s.X.applyfunc(F) * s.X.T) + F(sp.sin(s.t)).diff(s.t))
    assert e.model.functions == ("f",)
    known = {"X": values()["X"], "t": 0.5, "f": (np.cosh, np.sinh, np.cosh)}
    expected = np.sum(np.cosh(known["X"]) * known["X"]) + np.sinh(np.sin(0.5)) * np.cos(0.5)
    assert np.isclose(e.evaluate(**known), expected)
    derivative = md.derive(e, "t").gradient
    back = md.from_sympy(derivative.to_sympy())
    assert np.isclose(back.evaluate(t=0.5, f=known["f"]), derivative.evaluate(**known))


def test_an_unknown_function_may_have_any_name() -> None:
    for name in ("Trace", "Max", "gamma", "MatMul", "Sum"):
        e = md.from_sympy(sp.Function(name)(SYMBOLIC.a))
        assert e.model.functions == (name,)
        assert e.evaluate(a=2, **{name: np.square}) == 4


REFUSED: dict[str, tuple[Build, type[Exception], str]] = {
    "an entry": (lambda s: s.A[0, 0], md.UnsupportedError, "MatrixElement A"),
    "an index that is bound to nothing": (lambda s: s.A[i, j], md.UnsupportedError, "MatrixElement A"),
    "an index as a number": (lambda s: sp.Sum(i * s.x[i, 0], (i, 0, s.n - 1)), md.UnsupportedError, "the index i"),
    "a part of an axis": (lambda s: sp.Sum(s.x[i, 0], (i, 1, s.n - 1)), md.UnsupportedError, "Sum from 1"),
    "the wrong axis": (lambda s: sp.Sum(s.x[i, 0], (i, 0, s.m - 1)), md.ShapeError, "stands at an axis of n"),
    "a symbol that does not commute": (
        lambda s: sp.Symbol("P", commutative=False) * s.a,
        md.UnsupportedError,
        "P is no real number",
    ),
    "a symbol that is not real": (lambda s: sp.Symbol("z", imaginary=True), md.UnsupportedError, "z is no real"),
    "the diagonal of a column": (lambda s: DiagonalOf(s.x), md.ShapeError, "DiagonalOf of n×1"),
    "a symbolic power": (lambda s: s.A**s.t, md.UnsupportedError, "MatPow with the exponent t"),
    "a matrix exponential": (lambda s: sp.exp(s.A), md.UnsupportedError, "exp of a matrix"),
    "a conjugate": (lambda s: sp.Adjoint(s.A), md.UnsupportedError, "Adjoint has no counterpart"),
    "cases": (lambda s: sp.Piecewise((s.a, s.a > 0), (0, True)), md.UnsupportedError, "Piecewise has no"),
    "an explicit matrix": (lambda s: sp.Matrix([[1, 2], [3, 4]]), md.UnsupportedError, "DenseMatrix has no"),
    "a block matrix": (lambda s: sp.BlockMatrix([[s.A, s.A]]), md.UnsupportedError, "BlockMatrix has no"),
    "an array": (lambda s: s.A.diff(s.A), md.UnsupportedError, "PermuteDims has no"),
    "an integral": (lambda s: sp.Integral(sp.exp(-(s.a**2)), s.a), md.UnsupportedError, "Integral has no"),
    "an equation": (lambda s: sp.Eq(s.a, 1), md.UnsupportedError, "Equality has no"),
    "a symbolic order": (lambda s: sp.besselj(s.a, s.t), md.UnsupportedError, "besselj is read with a number"),
    "infinity": (lambda s: s.a * sp.oo, md.UnsupportedError, "Infinity has no"),
    "i": (lambda s: s.a * sp.I, md.UnsupportedError, "ImaginaryUnit has no"),
    "a sum as a size": (lambda s: sp.Trace(sp.MatrixSymbol("B", s.n + 1, s.n + 1)), md.UnsupportedError, "size n . 1"),
    "sizes SymPy lets pass": (
        lambda s: sp.MatrixSymbol("B", s.n, s.m) * sp.MatrixSymbol("C", s.n, s.m),
        md.ShapeError,
        "MatMul of n×m, n×m",
    ),
    "one name for two things": (lambda s: sp.Symbol("A") * s.A, md.DeclarationError, "A names two"),
    "two symbols of one name": (lambda s: s.a * sp.Symbol("a", real=True), md.DeclarationError, "a names two"),
    "a name that is none": (lambda s: sp.Symbol("x'") * s.a, md.UnsupportedError, "is no name"),
    "a derivative": (lambda s: sp.Derivative(F(s.t, s.a), s.t), md.UnsupportedError, "Derivative has no"),
    "a function of two": (lambda s: F(s.t, s.a), md.UnsupportedError, "unknown function of 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_counterpart_is_refused_by_name(case: str) -> None:
    build, error, words = REFUSED[case]
    with pytest.raises(error, match=words):
        md.from_sympy(build(SYMBOLIC))


def test_only_sympy_expressions_are_read() -> None:
    for wrong in ("x + 1", None, 3, [sp.Symbol("x")]):
        with pytest.raises(TypeError, match="from_sympy takes a SymPy expression"):
            md.from_sympy(wrong)


def test_long_sympy_expressions_are_read() -> None:
    X = sp.MatrixSymbol("X", 2, 2)
    assert md.from_sympy(sp.MatMul(*[X] * 300)).shape == (2, 2)
    deep = X
    for _ in range(100):
        deep = sp.Transpose(sp.MatAdd(deep, X))
    assert close(md.from_sympy(deep).evaluate(X=np.eye(2)), 101 * np.eye(2))


# SymPy out

DECLARED = "A, B: matrix(2, 2); X, Y: matrix(2, 3); x, y: vector(2); r: row(2); a, t: scalar; f: function"

WRITTEN = [
    "tr(A*B) + x'*A*y*a - 3/7",
    "(x'*y)*X + X*a*2",
    "A' + inv(A)*B^3 - 2*eye(2) + zeros(2, 2)",
    "x*r + ones(2, 2)",
    "X .* Y ./ (X + 1) .^ 2",
    "X .^ Y + 2 .^ X + X .^ a",
    "kron(A, X) + kron(A, x*ones(1, 3))",
    "diag(A*x) + diag(diag(B))",
    "diag(A*B)",
    "sum(X) + mean(Y) + sum(x)*sum(a)",
    "rowsum(X)*colsum(Y)",
    "det(A) + logdet(A) + log(det(A))",
    "adj(A)*x",
    "norm2(X) + norm1(X - Y) + norm2(x)^2",
    "softmax(X) + log_softmax(Y)",
    "softmax(x) .* log_softmax(y)",
    "logsumexp(X)*logsumexp(x)",
    "max(X, Y) - min(X, 1/2)",
    "max(a, t)*min(a, 1)*relu(a - t)",
    "1(X > Y) + 2*1(X >= Y) + 4*1(X < Y) + 8*1(X <= Y) + 16*1(X == Y) + 1(a > t)",
    "vec(x) + vec(r)",
    "gamma(X) + besselj(1, X) + polygamma(2, X)",
    "pi*exp(1)*x",
    "h = X*ones(3); h'*h",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_an_expression_keeps_its_value_in_sympy(text: str) -> None:
    e = md.parse(text, where=DECLARED)
    written = e.to_sympy()
    assert close(valued(written), evaluate(e))
    assert close(evaluate(md.from_sympy(written)), evaluate(e))


@pytest.mark.parametrize("name", sorted(name for name, entry in ROWS.items() if entry.elementwise))
def test_every_elementwise_row_has_a_form_in_sympy(name: str) -> None:
    entry = ROWS[name]
    arguments = ["X", "Y"][: len(entry.arguments)]
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=="}
    text = f"1(X {signs[name]} Y)" if name in signs else f"{entry.call}({', '.join(arguments)})"
    where = DECLARED + ("; set relu_at_zero = 1" if name == "relu_at_zero_1" else "")
    e = md.parse(text, where=where)
    assert close(valued(e.to_sympy()), evaluate(e))


@pytest.mark.parametrize("text", ["vec(X)", "pinv(X)", "commutation(2, 3)", "unvec(x, 1, 2)*Y"])
def test_what_sympy_has_no_form_for_is_refused_by_name(text: str) -> None:
    with pytest.raises(md.UnsupportedError, match=text.partition("(")[0]):
        md.parse(text, where=DECLARED).to_sympy()


def test_a_differential_is_written_in_those_of_the_variables() -> None:
    d = md.derive("tr(A*X)", "X").differential.to_sympy()
    assert str(d) == "Trace(A*dX)"
    with pytest.raises(md.UnsupportedError, match="differential of an expression"):
        Expression(md.derive("tr(A*X)", "X").steps[0].before.node, md.parse("tr(A*X)").model).to_sympy()


def test_what_is_too_deep_for_sympy_is_refused() -> None:
    with pytest.raises(md.UnsupportedError, match="nested deeper"):
        md.parse("sin(" * 3000 + "x" + ")" * 3000).to_sympy()
    assert md.parse(" + ".join(["x"] * 2000)).to_sympy() is not None


@settings(max_examples=40)
@given(st.data())
def test_a_round_trip_keeps_the_value(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    e = md.parse(text_of(data.draw(expressions(shape, 3))), where=DECLARATIONS)
    try:
        back = md.from_sympy(e.to_sympy())
    except md.UnsupportedError as error:
        assert "has no symbolic form in SymPy" in str(error)
        return
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    sizes = {"m": 2, "n": 3, "p": 4}
    known: dict[str, Any] = dict(FUNCTIONS)
    for name, node in e.model.variables.items():
        value = rng.uniform(0.4, 1.6, [size.value(sizes) for size in node.shape])
        kind = node.data[1]
        known[name] = (
            value + value.T if kind == "symmetric" else np.diag(np.diag(value)) if kind == "diagonal" else value
        )
    try:
        one = e.evaluate(**only(e, {**known, **sizes}))
    except md.MatdiffError:  # singular here
        reject()
    other = back.evaluate(**only(back, {**known, **sizes}))
    assert np.allclose(one, other, rtol=1e-7, atol=1e-9, equal_nan=True)


def only(e: Expression, known: dict[str, Any]) -> dict[str, Any]:
    names = {*e.model.variables, *e.model.functions, *e.model.dims}
    return {name: value for name, value in known.items() if name in names}


# where SymPy's diff fails

E_ = sp.MatrixSymbol("E", SYMBOLIC.n, SYMBOLIC.n)
_s = SYMBOLIC

FAILURES: list[tuple[Any, str, str]] = [
    (sp.Trace(E_) + 1, "E", "eye(n)"),
    (sp.Trace(_s.A.T * _s.A) + sp.Trace(_s.B.T * _s.B), "A", "2*A"),
    (sp.Trace(_s.A) + sp.Trace(_s.A**2), "A", "eye(n) + 2*A'"),
    (sp.log(sp.Determinant(_s.A)), "A", "inv(A)'"),
    (sp.sin(sp.Trace(_s.A)), "A", "cos(tr(A))*eye(n)"),
    (sp.exp(_s.quadratic), "x", "exp(x'*A*x)*(A + A')*x"),
    (sp.exp(_s.quadratic[0, 0]), "x", "exp(x'*A*x)*(A + A')*x"),
    (sp.exp(sp.Trace(_s.x * _s.x.T * _s.A)), "x", "exp(x'*A*x)*(A + A')*x"),
    (sp.log((_s.ones * _s.x.applyfunc(sp.exp))[0, 0]), "x", "softmax(x)"),
    (sp.Determinant(_s.A), "A", "det(A)*inv(A)'"),
    (sp.sqrt(sp.Trace(_s.A.T * _s.A)), "A", "A/norm2(A)"),
    (sp.Trace(sp.KroneckerProduct(_s.A, _s.B)), "B", "tr(A)*eye(n)"),
    (sp.Trace((_s.a * _s.A) * (_s.a * _s.A)), "a", "2*a*tr(A^2)"),
    (sp.Trace(sp.hadamard_product(_s.A, _s.B)), "B", "A .* eye(n)"),
    (sp.sqrt(sp.Trace((_s.A * _s.x - _s.y).T * (_s.A * _s.x - _s.y))) ** 2, "A", "2*(A*x - y)*x'"),
    (sp.Trace(_s.A**4), "A", "4*(A')^3"),
    (_s.A + sp.Identity(_s.n), "A", "eye(n*n)"),
    (sp.MatrixSymbol("A", 3, 3) + sp.eye(3), "A", "eye(9)"),
    (_s.A**2, "A", "kron(A', eye(n)) + kron(eye(n), A)"),
    (_s.x.applyfunc(sp.exp).applyfunc(sp.sin), "x", "diag(cos(exp(x)) .* exp(x))"),
]


@pytest.mark.parametrize(("f", "name", "answer"), FAILURES, ids=[f"{f} by {name}"[:60] for f, name, _ in FAILURES])
def test_matdiff_answers_where_sympy_fails(f: Any, name: str, answer: str) -> None:
    e = md.from_sympy(f)
    assert_right(e, name)
    found = md.derive(e, name).derivative
    where = "; ".join(
        f"{name}: {'scalar' if node.is_scalar else f'matrix({node.rows}, {node.cols})'}"
        for name, node in e.model.variables.items()
    )
    assert md.equal(str(found), answer, where=where).holds


# scalar functions that SymPy knows

INSIDE = {
    "acosh": "2 + x .^ 2",
    "acoth": "2 + x .^ 2",
    "acsc": "2 + x .^ 2",
    "asec": "2 + x .^ 2",
    "asech": "sigmoid(x)",
    "atanh": "tanh(x)/2",
    "Ci": "1 + x .^ 2",
    "Chi": "1 + x .^ 2",
    "elliptic_e": "tanh(x)/2",
    "elliptic_k": "tanh(x)/2",
    "erfcinv": "1 + tanh(x)/2",
    "erfinv": "tanh(x)/2",
    "expint": "1, 1 + x .^ 2",
    "Li": "2 + x .^ 2",
    "li": "2 + x .^ 2",
    "gamma": "1 + x .^ 2",
    "digamma": "1 + x .^ 2",
    "trigamma": "1 + x .^ 2",
    "loggamma": "1 + x .^ 2",
    "factorial": "x .^ 2",
    "harmonic": "x .^ 2",
    "catalan": "x .^ 2",
    "beta": "1 + x .^ 2",
    "LambertW": "x .^ 2",
    "lambertw": "x .^ 2",
    "psi": "1 + x .^ 2",
    "gammaln": "1 + x .^ 2",
    "polygamma": "2, 1 + x .^ 2",
    "uppergamma": "1/2, 1 + x .^ 2",
    "lowergamma": "3, 1 + x .^ 2",
    "bessely": "0, 1 + x .^ 2",
    "besselk": "1, 1 + x .^ 2",
    "besseli": "2, x",
    "besselj": "0, x",
    "jn": "1, 1 + x .^ 2",
    "yn": "1, 1 + x .^ 2",
    "legendre": "4, x",
    "hermite": "3, x",
    "laguerre": "3, x",
    "chebyshevt": "5, x",
    "polylog": "2, sigmoid(x)",
}
"""Arguments inside the domain, where ``x`` may leave it; numbers that stand first."""

SMOOTH = """
    Ci Chi Ei LambertW Li Shi Si acosh acot acoth acsc acsch airyai airyaiprime airybi airybiprime asec asech
    asinh atanh besseli besselj besselk bessely beta catalan chebyshevt coth csch digamma elliptic_e elliptic_k
    erfc erfcinv erfi erfinv expint factorial fresnelc fresnels gamma harmonic hermite jn laguerre legendre li
    loggamma lowergamma polygamma polylog sech sinc trigamma uppergamma yn sec csc cot
    lambertw psi gammaln arcsinh asin acos atan
"""


@pytest.mark.parametrize("name", SMOOTH.split())
def test_a_function_of_sympys_derives_right_and_prints_what_it_reads(name: str) -> None:
    e = md.parse(f"sum({name}({INSIDE.get(name, 'x')}) .* y)", where="x, y: vector(n)")
    assert_right(e, "x")
    for found in (e, md.derive(e, "x").gradient):
        assert str(md.parse(str(found), where="x, y: vector(n)")) == str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gamma(x)", mpmath.gamma),
        ("lambertw(x)", mpmath.lambertw),
        ("digamma(x)", mpmath.digamma),
        ("Si(x)", mpmath.si),
        ("erfc(x)", mpmath.erfc),
        ("zeta(x)", mpmath.zeta),
        ("besselj(2, x)", lambda x: mpmath.besselj(2, x)),
        ("asec(x)", mpmath.asec),
        ("acot(x)", mpmath.acot),
        ("sinc(x)", mpmath.sinc),
        ("frac(x)", lambda x: x - mpmath.floor(x)),
        ("ceiling(x)", mpmath.ceil),
    ],
)
def test_values_are_mpmaths(text: str, expected: Callable[[Any], Any]) -> None:
    points = [1.25, 2.5, 7.0]
    assert np.allclose(md.parse(text).evaluate(x=points), [float(expected(p)) for p in points], rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_polygamma_far_below_zero(order: int) -> None:
    """By its terms where these are few, Σ 1/(x + k)^(n+1); in no time where they are many."""
    e = md.parse(f"polygamma({order}, a)")
    for x in (-30.3, -41.77, -100.01):
        k = np.arange(0, 200_000)
        terms = (-1) ** (order + 1) * math.factorial(order) / (x + k) ** (order + 1)
        rest = (-1) ** (order + 1) * math.factorial(order - 1) / (x + 200_000 - 0.5) ** order
        assert e.evaluate(a=x) == pytest.approx(np.sum(terms[::-1]) + rest, rel=1e-10)
    assert e.evaluate(a=-1e7 - 0.25) == pytest.approx(e.evaluate(a=-1000.25), rel=1e-2)


def test_the_inverse_of_the_error_function_has_all_its_digits() -> None:
    import mpmath

    for y in (1e-200, 0.1, -0.4999, 0.5001, 0.97, 1 - 1e-12, -1 + 2**-53):
        with mpmath.workdps(40):
            expected = float(mpmath.erfinv(mpmath.mpf(y)))
        assert md.parse("erfinv(a)").evaluate(a=y) == pytest.approx(expected, rel=1e-15), y


def test_outside_the_domain_the_value_is_not_a_number() -> None:
    for text, point in [
        ("acosh(a)", 0.5),
        ("erfinv(a)", 2.0),
        ("loggamma(a)", -0.5),
        ("lambertw(a)", -1.0),
        ("gamma(a)", -1),
    ]:
        assert np.isnan(md.parse(text).evaluate(a=point)), text


def test_known_functions_have_a_numpy_form_that_is_sympys() -> None:
    points = {"acosh": 1.5, "acoth": 1.5, "asec": 1.5, "acsc": -1.5, "atanh": 0.5, "asech": 0.5}
    for name, known in scalar_functions.KNOWN.items():
        if known.numpy:
            x = points.get(name, 0.7)
            expected = float(getattr(sp, name)(sp.Rational(str(x))).evalf(20))
            assert np.isclose(md.parse(f"{name}(a)").evaluate(a=x), expected, rtol=1e-14), name


@pytest.mark.parametrize(("name", "slope"), [("floor", 0), ("ceiling", 0), ("Heaviside", 0), ("frac", 1)])
def test_a_step_has_the_slope_between_its_steps_and_says_so(name: str, slope: int) -> None:
    d = md.derive(f"sum({name}(x))", "x")
    assert np.array_equal(d.gradient.evaluate(x=[0.5, 1.25]), [slope, slope])
    assert any(name in convention for convention in d.conventions) or not slope


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("besselj(x)", md.ParseError, "takes 2 arguments"),
        ("besselj(a, x)", md.UnsupportedError, "with a number first"),
        ("gamma(1, x)", md.ParseError, "takes 1 argument"),
        ("DiracDelta(x)", md.UnsupportedError, "DiracDelta is known to SymPy"),
        ("im(x)", md.DeclarationError, "of complex matrices"),
        ("bell(x)", md.UnsupportedError, "bell is known to SymPy"),
        ("Piecewise(x)", md.UnsupportedError, "Piecewise is known to SymPy"),
        ("sympify(x)", md.DeclarationError, "there is no function sympify"),
        ("Symbol(x)", md.DeclarationError, "there is no function Symbol"),
        ("__class__(x)", md.DeclarationError, "there is no function __class__"),
        ("Function(x)", md.DeclarationError, "there is no function Function"),
    ],
)
def test_other_names_are_refused(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        md.parse(text)


@pytest.mark.parametrize("name", ["zeta", "riemann_xi", "factorial2"])
def test_a_function_without_a_derivative_is_refused_by_name(name: str) -> None:
    for derivative in (md.gradient, md.hessian, md.differential):
        with pytest.raises(md.UnsupportedError, match=f"the derivative of {name} is not known"):
            derivative(f"sum({name}(x))", "x")
    with pytest.raises(md.UnsupportedError, match=name):
        md.jacobian(f"{name}(x)", "x")


def test_a_declared_name_wins_over_a_function() -> None:
    e = md.parse("gamma*gamma(x)", where="gamma: scalar; x: vector(n)")
    assert np.allclose(e.evaluate(gamma=2, x=[4.0]), [12])


def test_second_derivatives_stay_inside_the_family() -> None:
    assert str(md.hessian("sum(loggamma(x))", "x")) == "diag(trigamma(x))"
    assert str(md.hessian("sum(digamma(x))", "x")) == "diag(polygamma(2, x))"


# matrixcalculus.org

MATRIXCALCULUS = [
    "x'*A*x",
    "0.5*x'*A*x",
    "A*exp(x)",
    "(y.*v)'*x",
    "a^b",
    "norm1(A*x-y)",
    "norm2(A*x-y)^2",
    "sum(log(exp(-y.*(X*w)) + vector(1)))",
    "tr(A*X'*B*X*C)",
    "log(det(inv(X)))",
    "sin(x)'*cos(x)+tan(x)'*x",
    "arcsin(x)'*arccos(x)+sum(arctan(x))",
    "tanh(A*x)",
    "abs(x)'*sign(y)",
    "sum(relu(X*w))",
    "logdet(X'*X+eye)",
    "inv(A)*x",
    "x./y",
    "x.^y",
    "A.*B",
    "A'*B/c-a*A",
    "vector(1)'*x",
    "sum(matrix(1)./(matrix(1)+exp(-X)))",
    "norm2(X*Y-A)^2+c*norm1(X)",
]


@pytest.mark.parametrize("text", MATRIXCALCULUS)
def test_matrixcalculus_strings_are_read_unchanged_and_derived_by_each_name(text: str) -> None:
    e = md.parse(text)
    kinds = {"scalar": "abcdefg", "vector": "hijklmnopqrstuvwxyz", "matrix": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    for name, kind in e.model.defaulted.items():
        assert name[0] in kinds[kind]
    for name in e.model.variables:
        assert_right(e, name)


def test_every_function_of_entries_goes_out_by_its_row() -> None:
    for name in sorted(name for name, entry in ROWS.items() if entry.elementwise and len(entry.arguments) == 1):
        e = md.parse(f"{ROWS[name].call}(t)", where="t: scalar")
        t = sp.Symbol("t")
        found = e.to_sympy()
        assert float(found.subs(t, 0.4)) == pytest.approx(float(e.evaluate(t=0.4)), rel=1e-12), name
