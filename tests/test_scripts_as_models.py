"""Scripts with loops, classes and dictionaries, derived and generated: each is the model that is written beside it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import matdiff as md
from matdiff.checking.scripts import lifting
from matdiff.cli import main
from matdiff.errors import MatdiffError

START = "import numpy as np\nrng = np.random.RandomState(0)\n"
DATA = START + "X = rng.randn(9, 3)\ny = rng.randn(9)\nw = rng.randn(3)\nb = 0.5\n"

SCRIPTS = {
    "a class": (
        START
        + """
class Net:
    def __init__(self, d):
        self.w = rng.randn(d)
        self.c = 0.1
    def out(self, X):
        return np.tanh(X @ self.w + self.c)
    def fit(self, X, y, rate=0.1):
        m = len(X)
        for _ in range(3):
            e = self.out(X) - y
            loss = np.sum(e ** 2) / (2 * m)
            dw = X.T @ (e * (1 - (e + y) ** 2)) / m
            dc = np.sum(e * (1 - (e + y) ** 2)) / m
            self.w -= rate * dw
            self.c -= rate * dc
Net(3).fit(rng.randn(11, 3), rng.randn(11))
""",
        "X: matrix(n, d); w: vector(d); c: scalar; y: vector(n)\nnorm2(tanh(X*w + c) - y)^2/(2*n)",
        ["w", "c"],
    ),
    "numbered keys, layers in a loop": (
        START
        + """
sizes = [4, 5, 3]
p = {}
for l in range(1, 3):
    p["W" + str(l)] = rng.randn(sizes[l], sizes[l - 1])
    p["b" + str(l)] = np.zeros((sizes[l], 1))
X, Y = rng.randn(4, 8), rng.randn(3, 8)
a = X
for l in range(1, 3):
    a = np.maximum(0, p["W" + str(l)] @ a + p["b" + str(l)])
loss = 0.5 * np.sum((a - Y) ** 2)
""",
        "X: matrix(d, n); Y: matrix(k, n); W1: matrix(h, d); b1: vector(h); W2: matrix(k, h); b2: vector(k)\n"
        "norm2(relu(W2*relu(W1*X + b1) + b2) - Y)^2/2",
        ["W1", "b1", "W2", "b2"],
    ),
    "softmax at labels, a penalty under a condition": (
        START
        + """
def cost(W, X, y, reg=0.5):
    n = X.shape[0]
    s = X.dot(W)
    s -= np.max(s, axis=1, keepdims=True)
    p = np.exp(s) / np.sum(np.exp(s), axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(n), y]))
    if reg > 0:
        loss += reg * np.sum(W * W)
    p[np.arange(n), y] -= 1
    return loss, X.T.dot(p) / n + 2 * reg * W
W = rng.randn(4, 3)
loss, dW = cost(W, rng.randn(7, 4), rng.randint(0, 3, size=7))
""",
        "X: matrix(n, d); W: matrix(d, k); y: labels(n, k)\n-sum(y .* log_softmax(X*W))/n + norm2(W)^2/2",
        ["W"],
    ),
    "what a minimizer is called with": (
        DATA
        + """
from scipy.optimize import minimize
def f(w, X, y):
    return np.mean(np.log1p(np.exp(-y * (X @ w))))
def g(w, X, y):
    return -X.T @ (y / (1 + np.exp(y * (X @ w)))) / len(y)
minimize(f, w, jac=g, args=(X, y))
""",
        "X: matrix(n, d); w: vector(d); y: vector(n)\nsum(softplus(-y .* (X*w)))/n",
        ["w"],
    ),
    "np.matrix": (
        START
        + """
X, y = np.matrix(rng.randn(8, 3)), np.matrix(rng.randn(8, 1))
t = np.matrix(rng.randn(1, 3))
loss = np.sum(np.power(X * t.T - y, 2)) / (2 * len(X))
grad_t = (X * t.T - y).T * X / len(X)
""",
        "X: matrix(n, d); t: row(d); y: vector(n)\nnorm2(X*t' - y)^2/(2*n)",
        ["t"],
    ),
    "slices and blocks": (
        DATA
        + """
Xb = np.hstack([np.ones((X.shape[0], 1)), X])
t = rng.randn(4)
loss = np.sum((Xb @ t - y) ** 2) + 3 * np.sum(t[1:] ** 2)
dt = 2 * Xb.T @ (Xb @ t - y) + 6 * np.append(0, t[1:])
""",
        "n, d: dim; Xb: matrix(n, d); t: vector(d); y: vector(n)\nnorm2(Xb*t - y)^2 + 3*norm2(t[2:d,:])^2",
        ["t"],
    ),
    "packed parameters": (
        START
        + """
i, h = 3, 4
X, y = rng.randn(8, i), rng.randn(8, 1)
theta = rng.randn(i * h + h)
A, B = theta[:i * h].reshape(i, h), theta[i * h:].reshape(h, 1)
loss = np.sum((np.tanh(X @ A) @ B - y) ** 2)
""",
        "X: matrix(n, 3); y: vector(n); theta: vector(16)\n"
        "norm2(tanh(X*unvec(theta[1:12,:], 4, 3)')*theta[13:16,:] - y)^2",
        ["theta"],
    ),
    "a variance": (
        DATA + "z = X @ w + b\nloss = np.var(z) + np.sum(X.std(axis=0))\ndw = 2 * X.T @ (z - z.mean()) / len(z)\n",
        "X: matrix(n, d); w: vector(d)\nz = X*w + 1/2\nsum((z - mean(z)).^2)/n"
        " + sum(sqrt(colsum((X - colsum(X)/n).^2)/n))",
        ["w"],
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_the_model_that_it_computes(name: str) -> None:
    source, twin, wrt = SCRIPTS[name]
    found = md.derive(source, wrt, notation="numpy")
    true = md.derive(twin, wrt)
    rng = np.random.default_rng(4)
    sizes = dict(zip(("n", "d", "h", "k", "i"), (8, 5, 4, 3, 2), strict=True))
    model = true.model
    given = {}
    for variable, node in (found.model.variables | model.variables).items():
        if variable in model.variables:
            node = model.variables[variable]
            shape = tuple(size.value(sizes) for size in node.shape)
            given[variable] = np.arange(8) % 3 if node.data[1] == "labels" else rng.uniform(0.1, 0.9, shape)
    for variable in wrt:
        value = found.gradient[variable].evaluate(**given)
        np.testing.assert_allclose(value, true.gradient[variable].evaluate(**given), rtol=1e-9, atol=1e-12)


def test_sizes_and_rates_of_a_script_are_those_of_its_module(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.py"
    file.write_text(SCRIPTS["a class"][0])
    assert main(["derive", str(file), "--only", "gradient"]) == 0
    assert "w" in capsys.readouterr().out
    assert main(["generate", str(file)]) == 0
    code = capsys.readouterr().out
    assert "def loss_and_gradients(X, y, w, c)" in code.replace("c, w", "w, c") or "def loss_and_gradients" in code
    assert "learning_rate=0.1" in code


REFUSED = {
    "a branch that the data decide": (
        DATA + "loss = 0\nfor i in range(9):\n    r = X[i] @ w - y[i]\n    if r > 0:\n        loss += r\n"
        "dw = X.sum(axis=0)\n",
        "the values of the data decide",
    ),
    "entries at positions that are data": (
        DATA + "k = rng.randint(0, 3, size=9)\nloss = w[k[0]] * b\ndw = np.zeros(3)\n",
        "no formula|random integers",
    ),
    "no loss": ("def forward(x, w):\n    out = x @ w\n    return out\nfor k in range(3):\n    pass\n", "loss"),
    "random integers in the formula": (
        DATA + "k = rng.randint(2, 9)\nloss = k * np.sum((X @ w) ** 2)\nfor _ in range(2):\n    dw = X.T @ X @ w\n",
        "depends on the values of the data",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_another_loss_for_other_data_is_refused(name: str) -> None:
    source, words = REFUSED[name]
    with pytest.raises(MatdiffError, match=words):
        md.derive(source, "w", notation="numpy")


PROVED = [
    ("matrix_factorisation", "readable"),
    pytest.param("matrix_factorisation", "fast", marks=pytest.mark.slow),
    pytest.param("attention", "readable", marks=pytest.mark.slow),
    pytest.param("logistic_regression", "readable", marks=pytest.mark.slow),
    pytest.param("softmax_regression", "readable", marks=pytest.mark.slow),
    pytest.param("two_layer_relu", "readable", marks=pytest.mark.slow),
    pytest.param("two_layer_relu", "fast", marks=pytest.mark.slow),
]


def generated(name: str, style: str) -> str:
    text = (Path(__file__).resolve().parents[1] / "examples" / f"{name}.matdiff").read_text(encoding="utf-8")
    return md.generate(text, style=style)


@pytest.mark.parametrize(("name", "style"), PROVED)
def test_what_is_generated_is_proved(name: str, style: str) -> None:
    report = md.check_code(generated(name, style))
    assert report.links
    assert {link.verdict for link in report.links} == {"proved"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gaussian_likelihood", "gaussian_mixture"])
def test_what_is_generated_is_never_called_wrong(name: str) -> None:
    report = md.check_code(generated(name, "readable"))
    assert {link.verdict for link in report.links} <= {"proved", "sampled", "unread"}


def test_a_file_that_compares_with_differences_itself_is_not_called_wrong() -> None:
    """Its loss at moved parameters is another one than that beside the gradients."""
    source = (
        START + "def f(U, V, X):\n    r = np.tanh(X @ U) @ V\n    loss = np.sum(r ** 2)\n"
        "    dV = 2 * np.tanh(X @ U).T @ r\n    dU = X.T @ (2 * r @ V.T * (1 - np.tanh(X @ U) ** 2))\n"
        "    return loss, dU, dV\n"
        "U, V, X = rng.randn(3, 4), rng.randn(4, 2), rng.randn(6, 3)\n_, dU, dV = f(U, V, X)\n"
        "old = V[0, 0]\nV[0, 0] = old + 1e-2\nhigh = f(U, V, X)[0]\nV[0, 0] = old\n"
    )
    report = md.check_code(source, "loss", {"U": "dU", "V": "dV"})
    assert {link.verdict for link in report.links} <= {"proved", "sampled"}


def test_a_docstring_tells_shapes() -> None:
    source = (
        START + 'def f(w, mu, X):\n    """The loss.\n\n    - w: weights, of shape (D, K)\n    - mu: of shape (1, K)\n'
        '    - X: data of shape (N, D)\n    """\n    r = X @ w - mu\n    loss = np.sum(r ** 2) / X.shape[0]\n'
        "    dw = 2 * X.T @ r / X.shape[0]\n    dmu = -2 * r.sum(axis=0, keepdims=True) / X.shape[0]\n"
        "    return loss, dw, dmu\n"
    )
    report = md.check_code(source, "loss", {"w": "dw", "mu": "dmu"})
    assert [link.verdict for link in report.links] == ["proved", "proved"]


MEANT = [
    [
        "np.log1p(A**2)",
        "np.log2(A**2 + 1)",
        "np.expm1(A)",
        "np.square(A)",
        "np.arcsinh(A)",
        "np.hypot(A, 1)",
        "np.cbrt(A)",
    ],
    [
        "np.linalg.norm(A)",
        "np.linalg.norm(A, axis=1)",
        "np.linalg.norm(x, 1)",
        "np.var(A, axis=0)",
        "np.std(x, ddof=1)",
    ],
    [
        "np.outer(x, x)",
        "np.add.outer(x, x)**2",
        "np.inner(A, A)",
        "np.vdot(A, A)",
        "np.kron(S, S)",
        "np.tensordot(A, A, 2)",
    ],
    ["np.einsum('ij,kj->ik', A, A)", "np.linalg.multi_dot([A, S, S])", "np.average(A, axis=0)", "np.logaddexp(A, x)"],
    ["np.trace(S)", "np.linalg.inv(S)", "np.linalg.det(S)", "np.linalg.solve(S, x)", "np.linalg.matrix_power(S, 2)"],
    ["np.linalg.slogdet(S)[1]", "np.linalg.eigh(S + S.T)[0]", "np.linalg.qr(S)[1]", "np.linalg.cholesky(S @ S.T)"],
    [
        "np.cumsum(A, axis=0)",
        "np.prod(x)",
        "np.diag(x)",
        "np.diag(S)",
        "np.tril(S)",
        "np.sort(x)",
        "np.sort(A)",
        "np.tril(S, -1)",
        "np.clip(A, -0.5, None)",
    ],
]
"""Functions whose meaning is that of the NumPy notation."""


@pytest.mark.parametrize("rows", MEANT, ids=[rows[0] for rows in MEANT])
def test_functions_in_scripts_mean_what_they_mean_in_the_notation(rows: list[str]) -> None:
    data = f"{START}A = rng.randn(6, 5)\nS = rng.randn(5, 5) + 5 * np.eye(5)\nx = rng.randn(5)\n"
    loss = " + ".join(f"np.sum({row} * 0.5)" for row in rows)
    used = [name for name in "ASx" if re.search(rf"\b{name}\b", loss)]
    lifted = lifting.lifted(f"{data}for _ in range(2):\n    loss = {loss}\n", used, "loss")
    rng = np.random.default_rng(1)
    names = {"A": rng.standard_normal((6, 5)), "S": rng.standard_normal((5, 5)) + 4 * np.eye(5), "x": rng.random(5)}
    expected = eval(loss, {"np": np, **names})  # a table of this file
    found = md.parse(lifted.text.partition("train:")[0]).evaluate(**{name: names[name] for name in used})
    np.testing.assert_allclose(found, expected, rtol=1e-9)


ELSEWHERE = {
    "np.trace(scipy.linalg.expm(A))": ("A", "scipy.linalg.expm(A).T"),
    "np.sum(scipy.linalg.cholesky(A, lower=True)**2)": ("A", "np.eye(4)"),
    "np.sum(gammaln(x))": ("x", "psi(x)"),
    "np.sum(scipy.special.erfc(x))": ("x", "-2 / np.sqrt(np.pi) * np.exp(-x**2)"),
}
"""Functions of SciPy: of a scalar the gradient by its argument."""


@pytest.mark.parametrize("loss", ELSEWHERE)
@pytest.mark.parametrize("slip", ["", " * 2"], ids=["right", "wrong"])
def test_what_the_notation_reads_is_checked(loss: str, slip: str) -> None:
    name, gradient = ELSEWHERE[loss]
    start = "import numpy as np\nimport scipy.linalg\nimport scipy.special\nfrom scipy.special import gammaln, psi\n"
    data = "B = np.random.randn(4, 4)\nA = B @ B.T + 4 * np.eye(4)\nx = np.random.rand(5) + 1\n"
    code = f"{start}{data}loss = {loss}\nd{name} = {gradient}{slip}\n"
    (link,) = md.check_code(code, "loss", {name: f"d{name}"}).links
    assert (link.verdict == "wrong") == bool(slip)
