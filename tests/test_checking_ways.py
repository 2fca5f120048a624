"""The ways people write gradients in NumPy: functions, methods, layers, dictionaries, notebooks; right and wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import matdiff as md
from matdiff.checking import check_code
from matdiff.cli import main

HEAD = "import numpy as np\nrng = np.random.RandomState(3)\n"

# script, what is asked, the slip: what is written, what stands there instead
WAYS: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "a function for the loss and one for its slope": (
        """
from scipy.optimize import minimize
def price(v, D, t):
    return np.sum((D @ v - t) ** 2) / (2 * len(t))
def slope(v, D, t):
    return D.T @ (D @ v - t) / len(t)
D, t = rng.randn(8, 3), rng.randn(8)
best = minimize(price, rng.randn(3), jac=slope, args=(D, t))
""",
        {},
        ("(D @ v - t) / len(t)", "(D @ v + t) / len(t)"),
    ),
    "a function that returns both": (
        """
def both(v, D, t, mu):
    r = D.dot(v) - t
    return r.dot(r) + mu * v.dot(v), 2 * D.T.dot(r) + 2 * mu * v
value, slope = both(rng.randn(3), rng.randn(8, 3), rng.randn(8), 0.3)
""",
        {"loss": "both()[0]", "gradients": {"v": "both()[1]"}},
        ("+ 2 * mu * v", "+ mu * v"),
    ),
    "methods that call each other": (
        """
class Net:
    def __init__(self, d, h):
        self.U = rng.randn(d, h)
        self.u = np.zeros(h)
    def hidden(self, X):
        self.H = np.tanh(X @ self.U + self.u)
        return self.H
    def step(self, X, T, rate=0.1):
        r = self.hidden(X) - T
        cost = np.mean(r ** 2)
        d = 2 * r / r.size * (1 - self.H ** 2)
        self.dU = X.T @ d
        self.du = d.sum(axis=0)
        self.U -= rate * self.dU
        self.u -= rate * self.du
        return cost
net = Net(3, 4)
for _ in range(3):
    net.step(rng.randn(7, 3), rng.randn(7, 4))
""",
        {"loss": "cost", "gradients": {"self.U": "self.dU", "self.u": "self.du"}},
        ("1 - self.H ** 2", "1 - self.H"),
    ),
    "layers that keep what they need": (
        """
class Dense:
    def __init__(self, i, o):
        self.w, self.b = rng.randn(i, o), np.zeros((1, o))
    def forward(self, x):
        self.x = x
        return x.dot(self.w) + self.b
    def backward(self, up):
        self.dw = self.x.T.dot(up)
        self.db = up.sum(axis=0, keepdims=True)
        return up.dot(self.w.T)
class Ramp:
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)
    def backward(self, up):
        return up * self.mask
one, ramp, two = Dense(3, 5), Ramp(), Dense(5, 2)
layers = [one, ramp, two]
x, T = rng.randn(6, 3), rng.randn(6, 2)
for layer in layers:
    x = layer.forward(x)
loss = np.sum((x - T) ** 2)
up = 2 * (x - T)
for layer in reversed(layers):
    up = layer.backward(up)
""",
        {"loss": "loss", "gradients": {"one.w": "one.dw", "one.b": "one.db", "two.w": "two.dw"}},
        ("up.sum(axis=0, keepdims=True)", "up.mean(axis=0, keepdims=True)"),
    ),
    "numbered keys in dictionaries": (
        """
widths = [3, 4, 2]
P = {}
for l in range(1, 3):
    P[f"W{l}"] = rng.randn(widths[l], widths[l - 1])
    P[f"b{l}"] = np.zeros((widths[l], 1))
X, Y = rng.randn(3, 9), rng.randn(2, 9)
A = {0: X}
for l in range(1, 3):
    A[l] = np.tanh(P["W" + str(l)] @ A[l - 1] + P["b%d" % l])
cost = np.sum((A[2] - Y) ** 2) / 9
g = {}
d = 2 * (A[2] - Y) / 9
for l in (2, 1):
    d = d * (1 - A[l] ** 2)
    g[f"W{l}"] = d @ A[l - 1].T
    g[f"b{l}"] = d.sum(axis=1, keepdims=True)
    d = P[f"W{l}"].T @ d
""",
        {"loss": "cost", "gradients": {f"P['{k}']": f"g['{k}']" for k in ("W1", "b1", "W2", "b2")}},
        ("d.sum(axis=1", "d.mean(axis=1"),
    ),
    "a sum over rows, entry by entry": (
        """
def naive(W, X, y):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        own = s[y[i]]
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = s[j] - own + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / X.shape[0], dW / X.shape[0]
loss, dW = naive(rng.randn(4, 3), rng.randn(7, 4), rng.randint(3, size=7))
""",
        {"loss": "naive()[0]", "gradients": {"W": "naive()[1]"}},
        ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] -= 2 * X[i]"),
    ),
    "backpropagation through time": (
        """
U, V, n = rng.randn(4, 2), rng.randn(4, 4), 4
xs = rng.randn(n, 2)
hs = {-1: np.zeros(4)}
loss = 0
for t in range(n):
    hs[t] = np.tanh(U @ xs[t] + V @ hs[t - 1])
    loss += np.sum(hs[t] ** 3)
dU, dV, back = np.zeros_like(U), np.zeros_like(V), np.zeros(4)
for t in reversed(range(n)):
    raw = (1 - hs[t] ** 2) * (3 * hs[t] ** 2 + back)
    dU += np.outer(raw, xs[t])
    dV += np.outer(raw, hs[t - 1])
    back = V.T @ raw
""",
        {"loss": "loss", "gradients": {"U": "dU", "V": "dV"}},
        ("back = V.T @ raw", "back = V @ raw"),
    ),
    "a pair of a forward and a backward function": (
        """
def scale_forward(x, gamma, beta):
    m, s = x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5)
    unit = (x - m) / s
    return gamma * unit + beta, (unit, s, gamma)
def scale_backward(dout, cache):
    unit, s, gamma = cache
    n = dout.shape[0]
    dunit = dout * gamma
    dx = (dunit - dunit.mean(axis=0) - unit * np.mean(dunit * unit, axis=0)) / s
    return dx, np.sum(dout * unit, axis=0), dout.sum(axis=0)
""",
        {"upstream": "out=dout", "gradients": {"x": "scale_backward()[0]", "gamma": "scale_backward()[1]"}},
        ("np.sum(dout * unit, axis=0)", "np.mean(dout * unit, axis=0)"),
    ),
    "a condition on an option, and a penalty that is on": (
        """
def cost(W, X, y, kind="square", reg=0.0):
    p = X @ W
    if kind == "square":
        loss, up = np.mean((p - y) ** 2), 2 * (p - y) / len(y)
    else:
        loss, up = np.mean(np.abs(p - y)), np.sign(p - y) / len(y)
    grad = X.T @ up
    if reg > 0:
        loss += reg * np.sum(W ** 2)
        grad += 2 * reg * W
    return loss, grad
loss, grad = cost(rng.randn(3), rng.randn(9, 3), rng.randn(9), kind="absolute", reg=0.2)
""",
        {"loss": "loss", "gradients": {"W": "grad"}},
        ("grad += 2 * reg * W", "grad += reg * W"),
    ),
    "packed parameters": (
        """
def unpack(v):
    return v[:6].reshape(3, 2), v[6:]
theta = rng.randn(8)
W, b = unpack(theta)
X, T = rng.randn(5, 3), rng.randn(5, 2)
r = X @ W + b - T
J = 0.5 * np.sum(r ** 2)
grad = np.concatenate([(X.T @ r).ravel(), r.sum(axis=0)])
""",
        {"loss": "J", "gradients": {"theta": "grad"}},
        ("r.sum(axis=0)]", "r.mean(axis=0)]"),
    ),
    "matrices whose star is a product, Python 2": (
        """
X, y = np.matrix(rng.randn(6, 3)), np.matrix(rng.randn(6, 1))
theta = np.matrix(rng.randn(3, 1))
err = X * theta - y
J = float((err.T * err)[0, 0]) / 12
print "cost", J
grad = X.T * err / 6
""",
        {"loss": "J", "gradients": {"theta": "grad"}},
        ("X.T * err / 6", "X.T * err / 3"),
    ),
    "an update without a name": (
        """
X, y, w, b, lr = rng.randn(9, 3), rng.randn(9), np.zeros(3), 0.0, 0.1
for _ in range(4):
    r = X.dot(w) + b - y
    loss = r.dot(r) / 9
    w = w - lr * 2 * X.T.dot(r) / 9
    b = b - lr * 2 * r.mean()
""",
        {"loss": "loss"},
        ("2 * r.mean()", "2 * r.sum()"),
    ),
    "a loss by its name, which the script does not compute": (
        """
D, y = rng.randn(9, 3), rng.randn(9)
v, b = rng.randn(3), 0.1
for _ in range(3):
    y_fit = D @ v + b
    e = y_fit - y
    dv = D.T @ e / len(y)
    db = np.sum(e) / len(y)
    v -= 0.1 * dv
    b -= 0.1 * db
""",
        {"loss": "mse"},
        ("D.T @ e / len(y)", "D.T @ e ** 2 / len(y)"),
    ),
    "labels, with the cross-entropy by its name": (
        """
D, k = rng.randn(9, 4), rng.randint(0, 3, 9)
V = rng.randn(4, 3)
for _ in range(3):
    s = np.exp(D @ V)
    p = s / s.sum(axis=1, keepdims=True)
    g = p.copy()
    g[np.arange(9), k] -= 1
    dV = D.T @ g
    V -= 0.1 * dV
""",
        {"loss": "xent"},
        ("D.T @ g", "D.T @ p"),
    ),
    "a parameter that is called as data are": (
        """
A, C = rng.randn(5, 3), rng.randn(5, 2)
X = rng.randn(3, 2)
loss = np.sum((A @ X - C) ** 2)
grad_X = 2 * A.T @ (A @ X - C)
""",
        {},
        ("2 * A.T", "A.T"),
    ),
    "stacked rows, and a condition over several lines": (
        """
D, t, v = rng.randn(9, 3), rng.randn(9), rng.randn(4)
assert len(t) == len(D), ("%d rows"
                          % len(D))
Z = np.row_stack((D.T, np.ones(9)))
loss = np.sum((v @ Z - t) ** 2)
dv = 2 * Z @ (v @ Z - t)
""",
        {},
        ("2 * Z @ (v @ Z - t)", "2 * Z @ (v @ Z + t)"),
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_right(name: str) -> None:
    script, asked, _ = WAYS[name]
    report = check_code(HEAD + script, **asked)
    assert report.links
    assert {link.verdict for link in report.links} <= {"proved", "sampled"}, str(report)


@pytest.mark.parametrize("name", WAYS)
def test_wrong(name: str) -> None:
    """The slip is found in its line, and told as it should read."""
    script, asked, (written, slip) = WAYS[name]
    source = HEAD + script.replace(written, slip)
    assert source != HEAD + script
    line = source.count("\n", 0, source.index(slip)) + 1
    report = check_code(source, **asked)
    assert not report.ok
    told = [link for link in report.failing if link.line == line or f"line {line}," in link.detail]
    assert told, str(report)


EDITED = {
    "a number": ("dv = 2 * D.T @ (D@v - t) + 0.2*v", "0.2", "0.1"),
    "a line that is missing": (
        "g = D@v - t\nif True:\n    dv = 2 * D.T @ g  # twice\n    dv += 0.2*v",
        "\n    dv += 0.2*v",
        "",
    ),
    "a name": ("dv = 2*D.T @ (D@v - t) + 0.2*v", "(D@v - t)", "(D@v - v0)"),
}
BEFORE = "D, t, v, v0 = rng.randn(5, 3), rng.randn(5), rng.randn(3), rng.randn(5)\n"
BEFORE += "loss = np.sum((D@v - t)**2) + 0.1*np.sum(v*v)\n"


@pytest.mark.parametrize("name", EDITED)
def test_edits_put_a_file_right(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where just one is found, ``--fix`` makes it, and leaves all else as it is written."""
    written, right, wrong = EDITED[name]
    path = tmp_path / "it.py"
    path.write_text(HEAD + BEFORE + (source := written.replace(right, wrong)) + "\n")
    (link,) = check_code(path.read_text(), "loss", {"v": "dv"}).links
    assert link.verdict == "wrong" and len(link.edits) == 1
    assert main(["check", str(path), "--loss", "loss", "--grad", "v=dv", "--fix"]) == 0, capsys.readouterr().out
    assert ("# twice" in source) == ("# twice" in path.read_text())
    assert path.read_text().startswith(HEAD + BEFORE)


def test_guessed_sizes_make_nothing_wrong() -> None:
    """What comes from a function that nobody knows may have another size."""
    script = """
class Line:
    def fit(self, X, y, rate=0.1):
        self.w = self.start(X.shape[1])
        for _ in range(3):
            e = X.dot(self.w).flatten() - y
            loss = np.sum(e ** 2)
            self.w -= rate * X.T.dot(2 * e).reshape(self.w.shape)
"""
    assert {link.verdict for link in check_code(HEAD + script).links} <= {"proved", "sampled", "unread"}


GUARDED = """
X, y, w = rng.randn(9, 3), (rng.rand(9) > 0.5).astype(float), rng.randn(3)
p = 1 / (1 + np.exp(-X @ w))
loss = -np.mean(y * np.log(p + 1e-5) + (1 - y) * np.log(1 - p + 1e-5))
dw = X.T @ (p - y) / 9
"""


def test_a_guard_holds_with_a_note() -> None:
    (link,) = [link for link in check_code(HEAD + GUARDED, "loss", {"w": "dw"}).links if link.left == "dw"]
    assert link.verdict == "sampled"
    assert "guard" in link.detail
    assert not check_code(HEAD + GUARDED.replace("1e-5", "1e-1"), "loss", {"w": "dw"}).ok


def test_an_unknown_value_costs_only_itself() -> None:
    source = HEAD + "X, w, v = rng.randn(5, 3), rng.randn(3), rng.randn(3)\nfrom nowhere import magic\n"
    source += "loss = np.sum((X @ w) ** 2) + np.sum(v ** 2)\ndw = 2 * X.T @ (X @ w)\ndv = magic(v)\n"
    report = check_code(source, "loss", {"w": "dw", "v": "dv"})
    found = {link.left: link for link in report.links}
    assert found["dw"].holds
    assert found["dv"].verdict == "unread"
    assert "magic" in found["dv"].detail
    assert found["dv"].line == 7


def test_notebooks_and_files_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "helpers.py").write_text(
        "import numpy as np\ndef squash(z):\n    return np.tanh(z)\n", encoding="utf-8"
    )
    code = (
        HEAD + "from helpers import squash\nX, w = rng.randn(5, 3), rng.randn(3)\nh = squash(X @ w)\nloss = h.sum()\n"
    )
    cells = [
        {"cell_type": "markdown", "source": "# words"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", code]},
        {"cell_type": "code", "source": "dw = X.T @ (1 - h ** 2)"},
    ]
    book = tmp_path / "book.ipynb"
    book.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert main(["check", str(book), "--loss", "loss", "--grad", "w=dw"]) == 0
    cells[2]["source"] = "dw = X.T @ (1 + h ** 2)"
    book.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert main(["check", str(book), "--loss", "loss", "--grad", "w=dw"]) == 1
    assert "a sign is wrong" in capsys.readouterr().out


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_what_generate_writes_holds(style: str) -> None:
    """Training modules that matdiff writes itself pass its own check of code."""
    model = "N, d, k: dim; x: matrix(N, d); y: matrix(N, k); w: matrix(d, k)\nloss = norm2(x*w - y)^2/N"
    source = md.generate(model, ["w"], style=style)
    report = check_code(source, "loss", {"w": "grad_w"})
    assert [link.verdict for link in report.links] == ["proved"], str(report)
    assert not check_code(source.replace("grad_w = ", "grad_w = 3 * "), "loss", {"w": "grad_w"}).ok
