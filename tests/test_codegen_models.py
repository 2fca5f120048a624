"""Models from all over the field: each one generated in both styles and looked at from every side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_codegen_module import MODELS as EXAMPLES
from test_codegen_module import load

from matdiff import evaluate, exchange
from matdiff.codegen import generate, split_source
from matdiff.model import Model
from matdiff.reader import read_model

FIELD = {
    "svm": (
        "N, D: dim\n"
        "X: matrix(N,D); y: vector(N); w: vector(D); b: scalar; C: scalar\n"
        "loss = w'*w/2 + C*sum(max(0, 1 - y .* (X*w + b)))",
        "w b",
    ),
    "huber": (
        "N, D: dim\n"
        "X: matrix(N,D); y: vector(N); w: vector(D)\n"
        "r = X*w - y\n"
        "a = min(abs(r), 1)\n"
        "loss = sum(a .* (abs(r) - a/2))",
        "w",
    ),
    "poisson": (
        "N, D: dim\nX: matrix(N,D); y: vector(N); w: vector(D)\neta = X*w\nloss = sum(exp(eta) - y .* eta)/N",
        "w",
    ),
    "gmm": (
        "N,D,K: dim\n"
        "X: matrix(N,D); M: matrix(K,D); a: row(K); s: scalar\n"
        "D2 = rowsum(X.^2) + rowsum(M.^2)' - 2*X*M'\n"
        "logp = log_softmax(a) - D2/(2*s^2) - D*log(s)\n"
        "loss = -sum(logsumexp(logp))/N",
        "M a s",
    ),
    "metric": (
        "N,D,P: dim\n"
        "A: matrix(N,D); B: matrix(N,D); C: matrix(N,D); L: matrix(D,P); m: scalar\n"
        "dp = rowsum(((A-B)*L).^2)\n"
        "dn = rowsum(((A-C)*L).^2)\n"
        "loss = sum(max(0, dp - dn + m))/N",
        "L",
    ),
    "pca": ("N,D,K: dim\nX: matrix(N,D); V: matrix(D,K)\nloss = -tr(V'*X'*X*V)/N + norm2(V'*V - eye(K))^2", "V"),
    "autoenc": (
        "N,D,H: dim\n"
        "X: matrix(N,D); W: matrix(D,H); b: row(H); U: matrix(H,D); c: row(D)\n"
        "h = sigmoid(X*W + b)\n"
        "r = h*U + c\n"
        "loss = norm2(r - X)^2/N",
        "W b U c",
    ),
    "w2v": (
        "N,V,D: dim\n"
        "y: labels(N,V); t: labels(N,V)\n"
        "E: matrix(V,D); U: matrix(V,D)\n"
        "h = y*E\n"
        "scores = h*U'\n"
        "loss = -sum(t .* log_softmax(scores))/N",
        "E U",
    ),
    "vae": (
        "N,D,H: dim\n"
        "X: matrix(N,D); Wm: matrix(D,H); Wl: matrix(D,H); U: matrix(H,D); eps: matrix(N,H)\n"
        "mu = X*Wm\n"
        "lv = X*Wl\n"
        "z = mu + exp(lv/2) .* eps\n"
        "r = z*U\n"
        "rec = norm2(r - X)^2/N\n"
        "kl = -sum(1 + lv - mu.^2 - exp(lv))/(2*N)\n"
        "loss = rec + kl",
        "Wm Wl U",
    ),
    "gru": (
        "N,D,H: dim\n"
        "x: matrix(N,D); h: matrix(N,H); Wz: matrix(D,H); Uz: matrix(H,H); bz: row(H); Wr: matrix(D,H); "
        "Ur: matrix(H,H); br: row(H); Wh: matrix(D,H); Uh: matrix(H,H); bh: row(H); y: matrix(N,H)\n"
        "z = sigmoid(x*Wz + h*Uz + bz)\n"
        "r = sigmoid(x*Wr + h*Ur + br)\n"
        "c = tanh(x*Wh + (r .* h)*Uh + bh)\n"
        "h2 = (1 - z) .* h + z .* c\n"
        "loss = norm2(h2 - y)^2/N",
        "Wz Uz bz Wr Ur br Wh Uh bh",
    ),
    "gcn": (
        "N,D,H,K: dim\n"
        "A: matrix(N,N); X: matrix(N,D); y: labels(N,K); W1: matrix(D,H); W2: matrix(H,K)\n"
        "h = relu(A*X*W1)\n"
        "s = A*h*W2\n"
        "loss = -sum(y .* log(softmax(s)))/N",
        "W1 W2",
    ),
    "layernorm": (
        "N, D: dim\n"
        "X: matrix(N,D); y: matrix(N,D); g: row(D); b: row(D); W: matrix(D,D)\n"
        "h = X*W\n"
        "mu = rowsum(h)/D\n"
        "c = h - mu\n"
        "v = rowsum(c.^2)/D\n"
        "n = c ./ sqrt(v + 1e-5)\n"
        "o = n .* g + b\n"
        "loss = norm2(o - y)^2/N",
        "W g b",
    ),
    "batchnorm": (
        "N, D: dim\n"
        "X: matrix(N,D); y: matrix(N,D); g: row(D); b: row(D); W: matrix(D,D)\n"
        "h = X*W\n"
        "mu = colsum(h)/N\n"
        "c = h - mu\n"
        "v = colsum(c.^2)/N\n"
        "n = c ./ sqrt(v + 1e-5)\n"
        "o = n .* g + b\n"
        "loss = norm2(o - y)^2/N",
        "W g b",
    ),
    "mha": (
        "T,D,H: dim\n"
        "X: matrix(T,D); y: matrix(T,D); Q1,K1,V1,Q2,K2,V2: matrix(D,H); O1,O2: matrix(H,D)\n"
        "a1 = softmax(X*Q1*(X*K1)'/sqrt(H))\n"
        "a2 = softmax(X*Q2*(X*K2)'/sqrt(H))\n"
        "o = X + a1*(X*V1)*O1 + a2*(X*V2)*O2\n"
        "loss = norm2(o - y)^2/T",
        "Q1 K1 V1 Q2 K2 V2 O1 O2",
    ),
    "gausslogdet": (
        "N, D: dim\n"
        "X: matrix(N,D); mu: row(D); L: matrix(D,D)\n"
        "S = L*L' + eye(D)\n"
        "C = X - mu\n"
        "loss = log(det(S))/2 + tr(inv(S)*C'*C)/(2*N)",
        "mu L",
    ),
    "gp": (
        "N: dim\nK: symmetric(N); y: vector(N); s: scalar\nA = K + s^2*eye(N)\nloss = y'*inv(A)*y/2 + logdet(A)/2",
        "s K",
    ),
    "lda": ("N, D: dim\nX: matrix(N,D); w: vector(D); y: vector(N)\nloss = -((y'*X*w)^2)/(w'*X'*X*w)", "w"),
    "smooth labels": (
        "N,D,K: dim\n"
        "X: matrix(N,D); y: labels(N,K); W: matrix(D,K)\n"
        "T = 0.9*y + 0.1/K\n"
        "loss = -sum(T .* log_softmax(X*W))/N",
        "W",
    ),
    "rnn": (
        "N,D,H: dim\n"
        "x1,x2,x3: matrix(N,D); y: matrix(N,H); W: matrix(D,H); U: matrix(H,H); b: row(H); "
        "h0: matrix(N,H)\n"
        "h1 = tanh(x1*W + h0*U + b)\n"
        "h2 = tanh(x2*W + h1*U + b)\n"
        "h3 = tanh(x3*W + h2*U + b)\n"
        "loss = norm2(h3 - y)^2/N",
        "W U b h0",
    ),
    "nmf kl": ("A: matrix(m,n); W: matrix(m,r); H: matrix(r,n)\nP = exp(W)*exp(H)\nsum(P - exp(A) .* log(P))", "W H"),
    "cosine": (
        "N, D: dim\n"
        "A,B: matrix(N,D); W: matrix(D,D)\n"
        "U = A*W\n"
        "V = B*W\n"
        "c = rowsum(U .* V) ./ (sqrt(rowsum(U.^2)) .* sqrt(rowsum(V.^2)))\n"
        "loss = -sum(c)/N",
        "W",
    ),
    "invtrace": ("A: matrix(n,n); B: matrix(n,n)\ntr(inv(A'*A + eye(n))*B)", "A B"),
    "kron": ("A: matrix(2,3); B: matrix(3,2); C: matrix(6,6)\nnorm2(kron(A,B) - C)^2", "A B"),
    "fm": (
        "N,D,K: dim\n"
        "X: matrix(N,D); y: vector(N); w: vector(D); V: matrix(D,K); c: scalar\n"
        "p = c + X*w + rowsum((X*V).^2 - (X.^2)*(V.^2))/2\n"
        "loss = norm2(p - y)^2/N",
        "w V c",
    ),
    "diag": ("d: vector(n); A: matrix(n,n); x: vector(n)\nx'*A*diag(d)*A'*x + tr(diag(d)^2)", "d A x"),
    "commutation": ("A: matrix(m,n)\nc: vector(m*n)\nc'*commutation(m,n)*vec(A)", "A c"),
    "mlp3": (
        "N,D,H,K: dim\n"
        "X: matrix(N,D); y: labels(N,K); W1: matrix(D,H); b1: row(H); W2: matrix(H,H); b2: row(H); "
        "W3: matrix(H,K); b3: row(K); lam: scalar\n"
        "h1 = relu(X*W1 + b1)\n"
        "h2 = relu(h1*W2 + b2)\n"
        "s = h2*W3 + b3\n"
        "loss = -sum(y .* log_softmax(s))/N + lam/2*(norm2(W1)^2 + norm2(W2)^2 + norm2(W3)^2)",
        "W1 b1 W2 b2 W3 b3",
    ),
    "columns": (
        "D,N,H,K: dim\n"
        "X: matrix(D,N); Y: matrix(K,N); W1: matrix(H,D); b1: vector(H); W2: matrix(K,H); b2: vector(K)\n"
        "h = relu(W1*X + b1)\n"
        "s = W2*h + b2\n"
        "loss = -sum(Y .* log(softmax(s')'))/N",
        "W1 b1 W2 b2",
    ),
    "vecmodel": (
        "x: vector(n); W: matrix(m,n); b: vector(m); v: vector(m); y: scalar\n(v'*tanh(W*x + b) - y)^2",
        "W b v",
    ),
    "gelu ffn": ("N,D,H: dim\nX: matrix(N,D); W: matrix(D,H); U: matrix(H,D)\nnorm2(X + gelu(X*W)*U)^2/N", "W U"),
}
"""The text, and the parameters."""

GENERAL = ("matrix", "vector", "row")
POSITIVE = ("gmm", "nmf kl", "invtrace", "cosine", "lda")
"""What whole numbers take out of its domain."""


def point(module: Any, model: Model) -> dict[str, Any]:
    """Values off whatever makes the start special."""
    rng = np.random.default_rng(0)
    found = module.initialise(1)
    for name, value in found.items():
        if np.asarray(value).dtype.kind == "f":
            change = 0.3 * rng.standard_normal(np.shape(value))
            symmetric = model.variables[name].data[1] == "symmetric"
            found[name] = (
                value + (change + change.T if symmetric else change) if np.ndim(value) else float(value + change)
            )
    return found


class Case:
    """A model, read and generated."""

    def __init__(self, name: str, folder: Path) -> None:
        text, wrt = FIELD[name]
        self.model, self.wrt = read_model(split_source(text)[0]), wrt.split()
        self.readable, self.fast = (
            load(generate(text, self.wrt, style=style), folder / f"{style}.py") for style in ("readable", "fast")
        )
        self.inputs = point(self.readable, self.model)
        self.loss, self.gradients = self.readable.loss_and_gradients(*self.inputs.values())
        self.rate = float(1e-3 / (1 + max(np.linalg.norm(gradient) for gradient in self.gradients.values())))

    def with_arrays(self, change: Any) -> dict[str, Any]:
        """The inputs with their arrays of floats changed."""
        general = {name for name, node in self.model.variables.items() if node.data[1] in GENERAL}
        return {
            name: change(value) if name in general and np.ndim(value) else value for name, value in self.inputs.items()
        }

    def trained(self, module: Any, inputs: dict[str, Any], rate: float = 0) -> tuple[dict[str, Any], list[float]]:
        return module.train(*inputs.values(), steps=4, learning_rate=rate or self.rate)  # type: ignore[no-any-return]


@pytest.fixture(scope="module", params=FIELD)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Case]:
    return request.param, Case(request.param, tmp_path_factory.mktemp("code"))


def same(found: dict[str, Any], expected: dict[str, Any], rtol: float = 1e-8) -> None:
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert np.shape(found[name]) == np.shape(value)
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=1e-11, err_msg=name)


def test_the_loss_and_its_slopes(case: tuple[str, Case]) -> None:
    _, this = case
    model = this.model
    known, sizes = exchange.arrays(model.variables, this.inputs)
    assert model.objective is not None

    def value(changed: dict) -> float:
        return float(evaluate.values([model.objective], known | changed, sizes)[model.objective][0, 0])

    np.testing.assert_allclose(this.loss, value({}), rtol=1e-10)
    assert list(this.gradients) == this.wrt
    rng = np.random.default_rng(1)
    for name, gradient in this.gradients.items():
        node = model.variables[name]
        direction = rng.standard_normal(known[node].shape)
        slope = (value({node: known[node] + 1e-6 * direction}) - value({node: known[node] - 1e-6 * direction})) / 2e-6
        exact = np.sum(np.reshape(gradient, direction.shape) * direction)
        assert abs(slope - exact) < 2e-5 * (1 + abs(slope) + np.linalg.norm(gradient)), name
    assert this.readable.check_gradients(*this.inputs.values()) < 1e-4


def test_both_styles_train_alike_and_touch_no_input(case: tuple[str, Case]) -> None:
    _, this = case
    before = {name: np.array(value) for name, value in this.inputs.items()}
    expected, losses = this.trained(this.readable, this.inputs)
    found, others = this.trained(this.fast, this.inputs)
    np.testing.assert_allclose(others, losses, rtol=1e-10)
    same(found, expected)
    for name, value in before.items():
        np.testing.assert_array_equal(this.inputs[name], value)


def test_any_layout_in_memory(case: tuple[str, Case]) -> None:
    _, this = case
    odd = this.with_arrays(lambda x: np.asfortranarray(x) if x.ndim == 2 else np.repeat(x, 2)[::2])
    columns = this.with_arrays(lambda x: x[:, None] if x.ndim == 1 else x)
    for module in (this.readable, this.fast):
        expected, _ = this.trained(module, this.inputs)
        for inputs in (odd, columns):
            same(this.trained(module, inputs)[0], expected)


def test_single_precision_stays(case: tuple[str, Case]) -> None:
    _, this = case
    inputs = {
        name: value.astype(np.float32) if np.ndim(value) and np.asarray(value).dtype.kind == "f" else value
        for name, value in this.inputs.items()
    }
    loss, gradients = this.readable.loss_and_gradients(*inputs.values())
    assert loss.dtype == np.float32
    assert all(np.asarray(gradient).dtype == np.float32 for gradient in gradients.values())
    np.testing.assert_allclose(loss, this.loss, rtol=1e-3, atol=1e-4)
    for module in (this.readable, this.fast):
        parameters, losses = this.trained(module, inputs)
        assert losses[-1].dtype == np.float32
        assert all(array.dtype == np.float32 for array in parameters.values() if np.ndim(array))


def test_integers_count_as_floats(case: tuple[str, Case]) -> None:
    name, this = case
    if name in POSITIVE:
        pytest.skip("not a point of its domain")
    floats = this.with_arrays(lambda x: np.round(3 * x))
    whole = this.with_arrays(lambda x: np.round(3 * x).astype(int))
    with np.errstate(all="ignore"):
        expected, gradients = this.readable.loss_and_gradients(*floats.values())
        found, others = this.readable.loss_and_gradients(*whole.values())
        np.testing.assert_allclose(found, expected)
        same(others, gradients)
        rate = float(1e-3 / (1 + max(np.linalg.norm(gradient) for gradient in gradients.values())))
        for module in (this.readable, this.fast):
            same(this.trained(module, whole, rate)[0], this.trained(module, floats, rate)[0])


@pytest.mark.slow
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_the_code_is_clean_and_formatted(style: str, tmp_path: Path) -> None:
    for number, (text, wrt) in enumerate([*EXAMPLES.values(), *((text, wrt.split()) for text, wrt in FIELD.values())]):
        (tmp_path / f"module_{number}.py").write_text(generate(text, wrt, style=style))
    for command in (
        ["check", "--isolated", "--select", "E,F,W,I,B,UP,SIM,C4", "--ignore", "E501"],
        ["check", "--isolated"],
        ["format", "--diff", "--isolated"],
    ):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, str(tmp_path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
