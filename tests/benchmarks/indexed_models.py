"""Gradients of models with indices: how long the derivation takes, and the generated code beside what experts write.

Run ``python tests/benchmarks/indexed_models.py``. Columns are milliseconds: the derivation (after imports), loss and
gradients by generated NumPy code, by hand-written NumPy over leading axes, and by ``jax.jit`` of
``jax.value_and_grad``; the last one is the ratio of generated to hand-written code.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import matdiff as md

RNG = np.random.default_rng(0)
Arrays = dict[str, np.ndarray]


def arrays(**shapes: tuple[int, ...]) -> Arrays:
    return {name: 0.3 * RNG.standard_normal(shape) for name, shape in shapes.items()}


def softmax(x: Any, np: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ATTENTION = """
b: 1..B; h: 1..H; n, D, d, c: dim
X[b]: matrix(n, D); T[b]: matrix(n, c)
Wq[h], Wk[h], Wv[h]: matrix(D, d); Wo[h]: matrix(d, c)
Q[b,h] = X[b]*Wq[h]; K[b,h] = X[b]*Wk[h]; V[b,h] = X[b]*Wv[h]
A[b,h] = softmax(Q[b,h]*K[b,h]'/sqrt(d)); O[b,h] = A[b,h]*V[b,h]
Y[b] = sum[h](O[b,h]*Wo[h])
loss = sum[b](norm2(Y[b] - T[b])^2/2)
"""


def attention(v: Any, np: Any) -> Any:
    X = v["X"][:, None]
    A = softmax(X @ v["Wq"] @ (X @ v["Wk"]).mT / np.sqrt(v["Wq"].shape[-1]), np)
    return np.sum((np.sum(A @ (X @ v["Wv"]) @ v["Wo"], 1) - v["T"]) ** 2) / 2


def attention_by_hand(v: Arrays) -> tuple[float, Arrays]:
    X, Wq, Wk, Wv, Wo = v["X"][:, None], v["Wq"], v["Wk"], v["Wv"], v["Wo"]
    scale = np.sqrt(Wq.shape[-1])
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    A = softmax(Q @ K.mT / scale, np)
    mixed = A @ V
    G = (np.sum(mixed @ Wo, 1) - v["T"])[:, None]
    dO = G @ Wo.mT
    dA = dO @ V.mT
    dS = A * (dA - np.sum(A * dA, -1, keepdims=True)) / scale
    dQ, dK, dV = dS @ K, dS.mT @ Q, A.mT @ dO
    return np.sum(G**2) / 2, {
        "Wq": np.sum(X.mT @ dQ, 0),
        "Wk": np.sum(X.mT @ dK, 0),
        "Wv": np.sum(X.mT @ dV, 0),
        "Wo": np.sum(mixed.mT @ G, 0),
    }


RECURRENT = """
t: 1..T; N, k, m: dim
x[t]: matrix(N, k); y[t]: matrix(N, m); h0: matrix(N, m); W: matrix(m, m); U: matrix(k, m)
h[0] = h0; h[t] = tanh(h[t-1]*W + x[t]*U)
loss = sum[t](norm2(h[t] - y[t])^2/2)
"""


def recurrent(v: Any, np: Any) -> Any:
    h, total = v["h0"], 0.0
    for t in range(v["x"].shape[0]):
        h = np.tanh(h @ v["W"] + v["x"][t] @ v["U"])
        total = total + np.sum((h - v["y"][t]) ** 2) / 2
    return total


def recurrent_by_hand(v: Arrays) -> tuple[float, Arrays]:
    x, W = v["x"], v["W"]
    steps = len(x)
    h = np.empty((steps + 1, *v["h0"].shape))
    h[0] = v["h0"]
    for t in range(steps):
        h[t + 1] = np.tanh(h[t] @ W + x[t] @ v["U"])
    d = np.empty_like(h[1:])
    back = np.zeros_like(v["h0"])
    for t in reversed(range(steps)):
        d[t] = (1 - h[t + 1] ** 2) * (h[t + 1] - v["y"][t] + back)
        back = d[t] @ W.T
    loss = np.sum((h[1:] - v["y"]) ** 2) / 2
    return loss, {"W": np.tensordot(h[:-1], d, ((0, 1), (0, 1))), "U": np.tensordot(x, d, ((0, 1), (0, 1)))}


CONVOLUTION = """
i: 1..I; j: 1..J; a, e: 0..K-1; N, C, F: dim
X[r,s]: matrix(N, C); W[a,e]: matrix(C, F); T[i,j]: matrix(N, F)
Y[i,j] = sum[a,e](X[2*i+a,2*j+e]*W[a,e])
loss = sum[i,j](norm2(tanh(Y[i,j]) - T[i,j])^2/2)
"""


def patches(X: Any, W: Any, T: Any) -> list[tuple[int, int, Any]]:
    rows, cols = T.shape[:2]
    places = [(a, e) for a in range(W.shape[0]) for e in range(W.shape[1])]
    return [(a, e, X[a : a + 2 * rows - 1 : 2, e : e + 2 * cols - 1 : 2]) for a, e in places]


def convolution(v: Any, np: Any) -> Any:
    Y = sum(X @ v["W"][a, e] for a, e, X in patches(v["X"], v["W"], v["T"]))
    return np.sum((np.tanh(Y) - v["T"]) ** 2) / 2


def convolution_by_hand(v: Arrays) -> tuple[float, Arrays]:
    parts = patches(v["X"], v["W"], v["T"])
    H = np.tanh(sum(X @ v["W"][a, e] for a, e, X in parts))
    G = (1 - H**2) * (H - v["T"])
    found = np.empty_like(v["W"])
    for a, e, X in parts:
        found[a, e] = np.tensordot(X, G, ((0, 1, 2), (0, 1, 2)))
    return np.sum((H - v["T"]) ** 2) / 2, {"W": found}


NORM = """
p: 1..P; N, C: dim
X[p], T[p]: matrix(N, C)
mu = sum[p](colsum(X[p]))/(P*N); v = sum[p](colsum((X[p] - mu).^2))/(P*N); s = (v + 1e-5).^(1/2)
Z[p] = (X[p] - mu) ./ s
loss = sum[p](norm2(Z[p] - T[p])^2/2)
"""


def norm(v: Any, np: Any) -> Any:
    X = v["X"]
    return np.sum(((X - X.mean((0, 1))) / np.sqrt(X.var((0, 1)) + 1e-5) - v["T"]) ** 2) / 2


def norm_by_hand(v: Arrays) -> tuple[float, Arrays]:
    X = v["X"]
    centred = X - X.mean((0, 1))
    s = np.sqrt(np.mean(centred**2, (0, 1)) + 1e-5)
    Z = centred / s
    G = Z - v["T"]
    return np.sum(G**2) / 2, {"X": (G - G.mean((0, 1)) - Z * (G * Z).mean((0, 1))) / s}


MODELS: dict[str, tuple[str, Callable[[Any, Any], Any], Callable[[Arrays], tuple[float, Arrays]], Arrays]] = {
    "attention": (
        ATTENTION,
        attention,
        attention_by_hand,
        arrays(X=(16, 32, 64), T=(16, 32, 64), Wq=(4, 64, 16), Wk=(4, 64, 16), Wv=(4, 64, 16), Wo=(4, 16, 64)),
    ),
    "recurrent": (
        RECURRENT,
        recurrent,
        recurrent_by_hand,
        arrays(x=(50, 32, 32), y=(50, 32, 64), h0=(32, 64), W=(64, 64), U=(32, 64)),
    ),
    "convolution": (
        CONVOLUTION,
        convolution,
        convolution_by_hand,
        arrays(X=(29, 29, 8, 8), W=(3, 3, 8, 16), T=(14, 14, 8, 16)),
    ),
    "batch norm": (NORM, norm, norm_by_hand, arrays(X=(196, 32, 32), T=(196, 32, 32))),
}


def milliseconds(call: Callable[[], Any], rounds: int = 7) -> float:
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def main() -> None:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    md.gradient("i: 1..N; x[i]: scalar; sum[i](x[i]^2)", "x")  # what is imported and read once
    print(f"{'':12} {'derived':>9} {'generated':>10} {'by hand':>9} {'jax':>9} {'ratio':>6}")
    for name, (source, loss, by_hand, given) in MODELS.items():
        wrt = list(by_hand(given)[1])
        start = time.perf_counter()
        derivation = md.derive(source, wrt)
        derived = 1e3 * (time.perf_counter() - start)
        space: dict[str, Any] = {}
        exec(md.generate(source, wrt), space)  # our own code
        generated = space["loss_and_gradients"]
        value, wanted = by_hand(given)
        assert np.isclose(generated(**given)[0], value), name
        for parameter, found in generated(**given)[1].items():
            assert np.allclose(found, wanted[parameter]), (name, parameter)
        assert set(derivation.gradient) == set(wrt)
        traced = jax.jit(jax.value_and_grad(lambda moving, rest: loss({**rest, **moving}, jnp)))  # noqa: B023
        moving = {parameter: given[parameter] for parameter in wrt}
        rest = {key: value for key, value in given.items() if key not in wrt}
        times = [
            milliseconds(lambda: generated(**given)),  # noqa: B023
            milliseconds(lambda: by_hand(given)),  # noqa: B023
            milliseconds(lambda: jax.block_until_ready(traced(moving, rest))),  # noqa: B023
        ]
        print(f"{name:12} {derived:9.0f} {times[0]:10.2f} {times[1]:9.2f} {times[2]:9.2f} {times[0] / times[1]:6.2f}")


if __name__ == "__main__":
    main()
