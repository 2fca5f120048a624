"""The form that is computed has the value of the form that was asked for, and is the one that should be chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matdiff as md

LEAVES = {"A": (2, 3), "B": (3, 2), "C": (2, 2), "D": (3, 3), "x": (2, 1), "y": (3, 1)}
WHERE = "; ".join(f"{name}: matrix({rows}, {cols})" for name, (rows, cols) in LEAVES.items())
WHERE = WHERE.replace("x: matrix(2, 1)", "x: vector(2)").replace("y: matrix(3, 1)", "y: vector(3)")
Sized = tuple[str, int, int]


def leaf(rng: np.random.Generator) -> Sized:
    name, (rows, cols) = list(LEAVES.items())[rng.integers(len(LEAVES))]
    m, n = (int(size) for size in rng.integers(2, 4, 2))
    options: list[Sized] = [
        (name, rows, cols),
        (f"{name}'", cols, rows),
        (f"eye({m})", m, m),
        (f"commutation({m}, {n})", m * n, m * n),
        (f"vec({name})", rows * cols, 1),
        ("diag(x)", 2, 2),
        ("diag(vec(A))", 6, 6),
        (f"ones({m}, {n})", m, n),
        ("(C + eye(2))", 2, 2),
        ("(3*D)", 3, 3),
    ]
    return options[rng.integers(len(options))]


def structured(rng: np.random.Generator, depth: int) -> Sized:
    """Kronecker products, and products and sums of what happens to fit."""
    if depth == 0:
        return leaf(rng)
    pool = [structured(rng, int(rng.integers(depth))) for _ in range(12)]
    text, rows, cols = pool[0]
    for other, m, n in pool[1:]:
        if rows * m * cols * n > 2500:
            continue
        if cols == m and rng.random() < 0.8:
            text, cols = f"({text})*({other})", n
        elif (rows, cols) == (m, n):
            text = f"{text} + ({other})"
        elif rng.random() < 0.2:
            text, rows, cols = f"kron({text}, {other})", rows * m, cols * n
        if rng.random() < 0.1:
            text, rows, cols = f"({text})'", cols, rows
    return text, rows, cols


@pytest.mark.parametrize("seed", range(30))
def test_blocks_are_what_they_stand_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text, *_ = structured(rng, 3)
    e = md.parse(f"kron({text}, commutation(2, 2)*kron(C, eye(2)))", where=WHERE)
    inputs = {name: rng.integers(-3, 4, shape).astype(float) for name, shape in LEAVES.items()}
    inputs = {name: inputs[name] for name in md.compile(e).names}
    assert np.array_equal(md.compile(e)(**inputs), e.evaluate(**inputs))


FORMS = [
    ("gradient", "x'*A*x", "x", "", "A + A.T"),
    ("gradient", "v'*X'*X*w", "X", "v, w: vector(n)", "X @ t"),
    ("gradient", "logdet(S) + (x - m)'*inv(S)*(x - m)", "S", "S: symmetric(n)", "solve"),
    ("gradient", "tr(inv(X)*A)", "X", "", "solve"),
    ("hessian", "logsumexp(A*x)", "x", "", "np.diag("),
    ("hessian", "sum(log(1 + exp(-y .* (X*w))))", "w", "", "0.5 *"),
    ("hessian", "norm2(A*x - y)^2", "x", "", "+ "),
    ("hessian", "norm2(U*V' - T)^2", "U", "", "np.kron("),
    ("jacobian", "softmax(A*x)", "x", "", "np.diag("),
    ("jacobian", "X'*X", "X", "", "np.eye("),
    ("jacobian", "kron(X, A)", "X", "", "np.kron("),
    ("jacobian", "x*x'*A*x", "x", "", "np.eye("),
    ("jacobian", "x/norm2(x)", "x", "", "np.eye("),
    ("jacobian", "x/norm2(x)", "x", "", "np.outer(x, x)"),
    ("jacobian", "tanh(A*x) + x", "x", "A: matrix(n, n)", "np.eye("),
    ("hessian", "norm2(x)^4", "x", "", "np.eye("),
    ("hessian", "x'*A*x/(x'*x)", "x", "", "0.5 *"),
    ("hessian", "log(x'*A*x + 1)", "x", "", "0.5 *"),
]
"""A derivative, and what its code must not hold."""


@pytest.mark.parametrize(("kind", "text", "by", "where", "unwanted"), FORMS)
def test_the_cheap_form_is_written(kind: str, text: str, by: str, where: str, unwanted: str) -> None:
    e = getattr(md, kind)(text, by, where=where or None)
    f = md.compile(e)
    body = f.source[f.source.index("def function(") :]
    assert unwanted not in body
    rng = np.random.default_rng(0)
    inputs: dict[str, Any] = {}
    for name in f.names:
        if name not in e.model.variables:
            inputs[name] = 3
        else:
            shape = tuple(3 if not str(size).isdigit() else int(str(size)) for size in e.model.variables[name].shape)
            array = rng.standard_normal(shape) + 3 * np.eye(*shape)
            inputs[name] = array + array.T if name == "S" else array
    found, expected = f(**inputs), e.evaluate(**inputs)
    assert np.allclose(found, expected, rtol=1e-10, atol=1e-10)
    if kind == "hessian":
        assert np.array_equal(found, found.T)


SUMS = [
    "A + a*eye(n)",
    "A - diag(x)",
    "eye(n)/a - A",
    "-eye(n) + A'",
    "diag(x)*a - 2*x*x'",
    "a*eye(n) + diag(x)",
    "B + eye(n) where B = x*x'",
    "(B + eye(n))*B where B = A*A",
    "x*x'/a - x*y'*a - eye(n)",
    "(A + eye(n))' + eye(n)",
]
"""What is added on a diagonal: the matrix may be an input, a view of one, or needed for something else."""


@pytest.mark.parametrize("text", SUMS)
def test_a_diagonal_is_changed_in_a_matrix_of_its_own(text: str) -> None:
    where = "A: matrix(n, n); x, y: vector(n); a: scalar"
    text, _, definition = text.partition(" where ")
    e = md.parse(text, where=f"{where}; {definition}")
    rng = np.random.default_rng(3)
    inputs = {"A": rng.standard_normal((3, 3)), "x": rng.standard_normal(3), "y": rng.standard_normal(3), "a": 1.5}
    inputs = {name: inputs[name] for name in e.model.variables if name in md.compile(e).names}
    before = {name: np.copy(value) for name, value in inputs.items()}
    assert np.allclose(md.compile(e)(**inputs), e.evaluate(**inputs), rtol=1e-14, atol=1e-14)
    assert all(np.array_equal(before[name], value) for name, value in inputs.items())


@pytest.mark.filterwarnings("error")
def test_calls_warn_of_nothing_and_leave_the_settings_of_numpy() -> None:
    f = md.compile(md.parse("log(x) + 1 ./ x", where="x: vector(2)"))
    with np.errstate(divide="raise", invalid="warn"):
        before = np.geterr()
        for _ in range(3):
            assert np.all(np.isnan(f(x=np.array([0.0, -1.0]))) == [True, True])
        assert np.geterr() == before
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(1))


def test_sizes_decide_which_product_comes_first() -> None:
    """A thin V, a wide V, and sizes of which nothing is known give the same value in the order that suits each."""
    e = md.gradient("norm2(U*V' - T)^2", "U", where="U: matrix(m, k); V: matrix(n, k); T: matrix(m, n)")
    f = md.compile(e)
    counted: list[int] = []
    for m, n, k in ((200, 200, 2), (2, 2, 200), (64, 64, 64)):
        rng = np.random.default_rng(m)
        inputs = {"U": rng.standard_normal((m, k)), "V": rng.standard_normal((n, k)), "T": rng.standard_normal((m, n))}
        code = f._for({"m": m, "n": n, "k": k})
        counted.append(code.source.count("V.T @ V"))
        for _ in range(2):
            assert np.allclose(f(**inputs), e.evaluate(**inputs), rtol=1e-9, atol=1e-9)
    assert counted == [1, 0, 0]


def test_inputs_declared_symmetric_are_looked_at_in_every_call() -> None:
    f = md.compile(md.parse("S*x", where="S: symmetric(n)"))

    def given(off: float) -> Any:
        return f(S=np.array([[1.0, 2.0], [2.0 + off, 1.0]]), x=np.ones(2))

    assert np.array_equal(given(0.0), [3, 3]) and np.array_equal(given(0.0), [3, 3])
    with pytest.raises(md.ShapeError, match="symmetric"):
        given(1.0)
