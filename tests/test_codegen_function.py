"""Compiled functions against the interpreter, for every row of the operator table and many expressions."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff import evaluate, exchange, expr
from matdiff.codegen import compile_function
from matdiff.errors import DeclarationError
from matdiff.model import Model
from matdiff.operators import ROWS, apply
from matdiff.operators.row import Row
from matdiff.reader import read_model
from matdiff.sizes import ONE

SIZES = {"m": 3, "n": 4, "k": 2, "p": 2, "q": 3}


def draw(rng: np.random.Generator, rows: int, cols: int) -> np.ndarray:
    return rng.uniform(0.1, 0.9, (rows, cols)) + 2 * np.eye(rows, cols) * (rows == cols > 1)


@pytest.mark.parametrize("entry", ROWS.values(), ids=lambda entry: entry.name)
def test_every_row(entry: Row) -> None:
    arguments, shape = entry.signature
    variables = {name: expr.variable(name, size) for name, size in arguments}
    data = shape if entry.name == "unvec" else None
    root = apply(entry.name, *variables.values(), data=data)
    model = Model(source="", variables=variables, dims=tuple(SIZES), objective=root)
    rng = np.random.default_rng(7)
    if entry.name in ("arcsin", "arccos"):
        inputs = {name: rng.uniform(0.1, 0.9, [size.value(SIZES) for size in v.shape]) for name, v in variables.items()}
    else:
        inputs = {name: draw(rng, *(size.value(SIZES) for size in v.shape)) for name, v in variables.items()}
    if "symmetric" in entry.domain:
        inputs["X"] = inputs["X"] + inputs["X"].T
    if "whole" in entry.domain:
        inputs["p"] = np.full((1, 1), 3.0)
    known, sizes = exchange.arrays(variables, inputs)
    sizes = SIZES | sizes
    want = exchange.result(evaluate.values([root], known, sizes)[root], root.shape)
    function = compile_function(root, model)
    dims = {name: SIZES[name] for name in function.names if name in SIZES and name not in inputs}
    np.testing.assert_allclose(function(**inputs, **dims), want, rtol=1e-12, atol=1e-12)


LABELS = "Y: labels(N, K); S: matrix(N, K); W: matrix(K, N); r: row(K); v: vector(K); u: vector(N)\n"
EXPRESSIONS = [
    "x'*A*x + tr(A*A') - norm2(A*x)^2",
    "tr(A*X*B)",
    "tr(A'*X)",
    "A*X*B + 2*X'",
    "A*B*C*x",
    "x*y'*A*z",
    "A*(x*ones(1, n))*B",
    "ones(1, m)*A*B*ones(n)",
    "sum(A*B)",
    "sum(A .* B)",
    "sum(x)*A",
    "rowsum(A) .* x - colsum(A')'",
    "A .* (x*ones(1, n)) ./ (ones(m)*y')",
    "(A + x*ones(1, n) - ones(m)*y') ./ 3",
    "x .* rowsum(1 ./ A) + y ./ rowsum(A)",
    "A .* (rowsum(1 ./ A)*ones(1, n)) ./ (ones(m)*colsum(1 ./ A))",
    "D = det(A'*A)\nlog(D) + log(abs(det(A)))",
    "1 + A",
    "1 - x",
    "ones(m)*x'",
    "2*a*A/(3*b)",
    "-(A - B)/2 + c*A",
    "(A' - B')*(A - B)",
    "tr((A' - B')*(A - B))",
    "diag(x)*A*diag(y)",
    "diag(x)*diag(y)*diag(z)",
    "tr(diag(x)*A)",
    "diag(A) + x",
    "x'*diag(y)",
    "ones(1, n)*diag(y)*x",
    "inv(A)*b + c*inv(A)'",
    "inv(A)*B*inv(C)",
    "x'*inv(A)*y + logdet(A)",
    "inv(A)*ones(n)",
    "x'*inv(A)",
    "A^3 - A^-2",
    "det(A)*tr(inv(A))",
    "log(det(A'*A + eye(n)))",
    "pinv(A)*x",
    "kron(A, B)*vec(X)",
    "kron(A, B)",
    "vec(A)'*vec(B)",
    "A: matrix(m, n)\ncommutation(m, n)*vec(A)",
    "softmax(Q*K'/sqrt(d))*V",
    "softmax(x)'*y + logsumexp(x) + sum(log_softmax(x))",
    "rowsum(log_softmax(A)) + logsumexp(A)",
    "norm1(A) + norm2(x) + norm2(A)/norm2(x)",
    "max(A, B) - min(A, 1)",
    "1(A > B) + 1(A >= 0) .* A",
    "relu(A) .* 1(A > 0)",
    "A .^ 2 + B .^ 3 + (A .* A) .^ a + 2 .^ A",
    "abs(A) .^ B + abs(A) .^ (1/2) + abs(A) .^ (-1/2)",
    "sqrt(abs(A)) + 1 ./ abs(A) .^ 2",
    "x'*x/(1 + x'*x)^2",
    "x/norm2(x)",
    "exp(a)*sin(b)*A",
    "pi*A",
    "mean(A) + tr(eye(n))*sum(A*x)",
    "x' + y'",
    "(x + y)'*A",
    "x'",
    "tr(x*y')",
    "tr(x*y'*A)",
    "tr(A) + tr(A + B) + tr(2*A*B)",
    "sum(vec(A)) + sum(x*y')",
    "sum(2*A/3)",
    "eye(n) + A",
    "A*eye(n)*B",
    "A - A",
    "7",
    "zeros(3, 2)",
    "ones(m, n) .* A*ones(n, k)",
    "gelu(A) + silu(A) + erf(A) + softplus(A) + sigmoid(A)",
    LABELS + "-sum(Y .* log(softmax(S)))/N",
    LABELS + "(softmax(S) - Y)/N",
    LABELS + "Y'*S + (Y'*ones(N))*ones(1, K)",
    LABELS + "Y*W + W'*Y'",
    LABELS + "W*Y + v*ones(1, N)*Y*v*ones(1, K)",
    LABELS + "Y*v + rowsum(Y .* S) + Y*r'",
    LABELS + "rowsum(Y .* (S + ones(N)*r - u*ones(1, K)))",
    LABELS + "Y .* S - 2*Y + 3*S",
    LABELS + "tr(Y'*S) + sum(Y .* S) + sum(Y)",
    LABELS + "Y",
    LABELS + "Y - 2*Y .* Y",
    LABELS + "tr(W*Y) + norm2(Y - S)",
    "lambda: matrix(n, n); np: vector(n); import: vector(n); __import__: scalar\nlambda*np + __import__*import",
    "f: vector(n); function: matrix(n, n); _: scalar; numpy: scalar\nfunction*f*_*numpy",
    "σ: vector(n); β: scalar\nβ*σ",
]


def inputs_for(model: Model, sizes: dict[str, int]) -> dict[str, object]:
    rng = np.random.default_rng(3)
    found: dict[str, object] = {}
    for name, node in model.variables.items():
        rows, cols = (size.value(sizes) for size in node.shape)
        if node.data[1] == "labels":
            found[name] = rng.integers(cols, size=rows)
        elif node.is_scalar:
            found[name] = float(rng.uniform(0.5, 2))
        else:
            array = rng.standard_normal((rows, cols))
            found[name] = array[:, 0] if node.cols is ONE else array
    return found


@pytest.mark.parametrize("source", EXPRESSIONS, ids=lambda text: text.removeprefix(LABELS).split("\n")[-1])
def test_expressions(source: str) -> None:
    model = read_model(source)
    assert model.objective is not None
    names = {
        name for node in expr.topo(model.objective, *model.variables.values()) for s in node.shape for name in s.names
    }
    sizes = {name: 3 + number for number, name in enumerate(sorted(names))}
    inputs = inputs_for(model, sizes)
    known, told = exchange.arrays(model.variables, inputs | sizes)
    want = exchange.result(evaluate.values([model.objective], known, told)[model.objective], model.objective.shape)
    function = compile_function(model.objective, model)
    free = {name: sizes[name] for name in function.names if name not in inputs}
    got = function(**inputs, **free)
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


def test_shared_values_are_computed_once() -> None:
    model = read_model("G = inv(A)\nH = G + G'\nH*H + tr(H)*G")
    assert model.objective is not None
    source = compile_function(model.objective, model).source
    assert source.count("inverted(A)") == 1
    assert all(line.count("=") <= 1 for line in source.splitlines())


def test_several_expressions_at_once() -> None:
    model = read_model("h = A*x\nloss = h'*h")
    function = compile_function([model.definitions["loss"], model.definitions["h"]], model)
    loss, h = function(A=np.eye(2), x=[3.0, 4.0])
    assert loss == 25.0 and isinstance(loss, float)
    np.testing.assert_array_equal(h, [3.0, 4.0])


def test_columns_are_welcome_and_missing_inputs_are_named() -> None:
    model = read_model("h = A*x\nA*x + 0*y")
    function = compile_function(model.definitions["h"], model)
    np.testing.assert_array_equal(function(A=np.eye(2), x=[[1.0], [2.0]], y=[3.0, 4.0]), [1.0, 2.0])
    with pytest.raises(DeclarationError, match="no value was given for x"):
        function(A=np.eye(2))


def test_unknown_functions_are_handed_in() -> None:
    model = read_model("sigma: function\nsum(sigma(X) .* sigma'(X))")
    assert model.objective is not None
    function = compile_function(model.objective, model)
    x = np.array([[0.5, 1.0]])
    assert function(X=x, sigma=(np.sin, np.cos)) == pytest.approx(np.sum(np.sin(x) * np.cos(x)))


def test_what_an_unknown_function_gives_is_not_changed() -> None:
    function = md.compile(md.parse("2*(Y - sigma(X))", where="Y: labels(n, k); X: matrix(n, k); sigma: function"))
    kept = np.array([[0.5, 1.0], [2.0, 3.0]])
    for _ in range(2):
        found = function(X=np.ones((2, 2)), Y=np.array([0, 1]), sigma=(lambda x: kept,))
        np.testing.assert_allclose(found, [[1.0, -2.0], [-4.0, -4.0]])
    np.testing.assert_array_equal(kept, [[0.5, 1.0], [2.0, 3.0]])


def test_inputs_like_those_before_are_taken_at_once() -> None:
    rng = np.random.default_rng(4)
    source = "A: matrix(m, n); x: vector(n); r: row(n); a: scalar\n"
    roots = ["a*A*x", "norm2(A*x)^2/m", "A + r", "sum(A*x)"]
    for root in roots:
        e = md.parse(source + root)
        f = md.compile(e)
        names = {v.name for v in e.variables} & set(f.names)
        for shape, dtype in ((3, float), (3, np.float32), (5, float)):
            for turn in range(3):
                values = {"A": rng.normal(size=(shape, 4)), "x": rng.normal(size=4), "r": rng.normal(size=4)}
                given = {name: array.astype(dtype) for name, array in values.items() if name in names}
                if "x" in given and turn == 2:
                    given["x"] = given["x"][:, None]
                given |= {"a": float(turn)} if "a" in names else {}
                found, want = f(**given), e.evaluate(**given)
                assert type(found) is type(want) and np.shape(found) == np.shape(want)
                np.testing.assert_allclose(found, want, rtol=1e-5 if dtype is np.float32 else 1e-13)
                if isinstance(want, np.ndarray):
                    assert found.dtype == want.dtype


def test_what_was_seen_is_still_checked() -> None:
    f = md.compile(md.parse("S: symmetric(n); A: matrix(n, n); tr(S*A)"))
    S = np.array([[2.0, 1], [1, 3]])
    for _ in range(2):
        assert f(S=S, A=np.eye(2)) == 5
    with pytest.raises(md.ShapeError):
        f(S=np.triu(S), A=np.eye(2))
    with pytest.raises(md.ShapeError):
        f(S=S, A=np.eye(3))
    with pytest.raises(DeclarationError):
        f(S=S)
    g = md.compile(md.parse("A: matrix(m, n); x: vector(n); A*x"))
    x = np.ones(2)
    assert g(A=np.eye(2), x=x) is not g(A=np.eye(2), x=x)
    assert np.iscomplexobj(g(A=1j * np.eye(2), x=x)) and not np.iscomplexobj(g(A=np.eye(2), x=x))
    h = md.compile(md.parse("n: dim; a: scalar; a*ones(n)"))
    assert [h(a=1.0, n=size).shape for size in (2, 3, 2)] == [(2,), (3,), (2,)]
