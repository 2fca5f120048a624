"""Programs with indices: the source, the variables, the shapes of what goes in, and the loss in JAX.

Sizes are told by the arrays; an entry with ``int`` holds labels below the number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Shapes = dict[str, Any]


@dataclass(frozen=True)
class Case:
    name: str
    source: str
    wrt: tuple[str, ...]
    shapes: Shapes
    loss: Callable[[Any, Any], Any]
    """Of jax.numpy and the arrays."""
    positive: tuple[str, ...] = ()

    def arrays(self, seed: int = 0) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        found: dict[str, Any] = {}
        for name, shape in self.shapes.items():
            if isinstance(shape, int):
                found[name] = shape
            elif isinstance(shape, list):
                count, classes = shape
                found[name] = rng.integers(0, classes, count)
            else:
                found[name] = rng.standard_normal(shape)
                if name in self.positive:
                    found[name] = 0.5 + np.abs(found[name])
        return found


CASES: list[Case] = []


def case(name: str, wrt: str, source: str, shapes: Shapes, positive: str = "") -> Callable[[Any], Any]:
    def add(loss: Any) -> Any:
        CASES.append(Case(name, source, tuple(wrt.split()), shapes, loss, tuple(positive.split())))
        return loss

    return add


def softmax(np: Any, x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@case(
    "attention",
    "Wq Wk Wv Wo X",
    """
    b: 1..B; h: 1..H; n, D, d, c: dim
    X[b]: matrix(n, D); T[b]: matrix(n, c)
    Wq[h], Wk[h], Wv[h]: matrix(D, d); Wo[h]: matrix(d, c)
    Q[b,h] = X[b]*Wq[h]
    K[b,h] = X[b]*Wk[h]
    V[b,h] = X[b]*Wv[h]
    A[b,h] = softmax(Q[b,h]*K[b,h]'/sqrt(d))
    O[b,h] = A[b,h]*V[b,h]
    Y[b] = sum[h](O[b,h]*Wo[h])
    loss = sum[b](norm2(Y[b] - T[b])^2/2)
    """,
    {"X": (2, 4, 5), "T": (2, 4, 3), "Wq": (3, 5, 2), "Wk": (3, 5, 2), "Wv": (3, 5, 2), "Wo": (3, 2, 3)},
)
def attention(np: Any, v: Any) -> Any:
    q, k, w = (np.einsum("bnD,hDd->bhnd", v["X"], v[name]) for name in ("Wq", "Wk", "Wv"))
    a = softmax(np, np.einsum("bhnd,bhmd->bhnm", q, k) / np.sqrt(2.0))
    return 0.5 * np.sum((np.einsum("bhnm,bhmd,hdc->bnc", a, w, v["Wo"]) - v["T"]) ** 2)


@case(
    "causal attention",
    "q k v",
    """
    a, b: 1..T
    q[a], k[a], v[a]: vector(d)
    z[a] = sum[b : b <= a](exp(q[a]'*k[b]))
    o[a] = sum[b : b <= a](exp(q[a]'*k[b])*v[b])/z[a]
    loss = sum[a](norm2(o[a])^2)
    """,
    {"q": (4, 3), "k": (4, 3), "v": (4, 3)},
)
def causal(np: Any, v: Any) -> Any:
    e = np.exp(v["q"] @ v["k"].T) * np.tril(np.ones((4, 4)))
    return np.sum((e @ v["v"] / e.sum(1, keepdims=True)) ** 2)


CONV = """
    i: 1..I; j: 1..J; a, e: 0..K-1; N, C, F: dim
    X[r,s]: matrix(N, C); W[a,e]: matrix(C, F); T[i,j]: matrix(N, F)
    Y[i,j] = sum[a,e](X[{}]*W[a,e])
    loss = sum[i,j](sum(softplus(Y[i,j]) .* T[i,j]))
    """


def convolution(np: Any, v: Any, stride: int) -> Any:
    rows, cols = v["T"].shape[:2]
    total = 0.0
    for i in range(rows):
        for j in range(cols):
            parts = [
                v["X"][stride * i + a, stride * j + e] @ v["W"][a, e]
                for a in range(v["W"].shape[0])
                for e in range(v["W"].shape[1])
            ]
            total = total + np.sum(np.logaddexp(sum(parts), 0) * v["T"][i, j])
    return total


@case("convolution", "W X", CONV.format("i+a,j+e"), {"X": (5, 6, 2, 3), "W": (3, 3, 3, 2), "T": (3, 4, 2, 2)})
def conv(np: Any, v: Any) -> Any:
    return convolution(np, v, 1)


@case("strided", "W X", CONV.format("2*i+a,2*j+e"), {"X": (5, 5, 2, 3), "W": (3, 3, 3, 2), "T": (2, 2, 2, 2)})
def strided(np: Any, v: Any) -> Any:
    return convolution(np, v, 2)


@case(
    "transposed convolution",
    "W X",
    """
    i: 1..I; r: 1..R; N, C, F: dim
    X[i]: matrix(N, C); W[a]: matrix(C, F); T[r]: matrix(N, F); a: 0..K-1
    Y[r] = sum[i,a : 2*i+a = r](X[i]*W[a])
    loss = sum[r](sum(sin(Y[r]) .* T[r]))
    """,
    {"X": (3, 2, 3), "W": (3, 3, 2), "T": (9, 2, 2)},
)
def upsample(np: Any, v: Any) -> Any:
    y = [0.0 * v["T"][0] for _ in range(9)]
    for i in range(1, 4):
        for a in range(3):
            if 1 <= 2 * i + a <= 9:
                y[2 * i + a - 1] = y[2 * i + a - 1] + v["X"][i - 1] @ v["W"][a]
    return np.sum(np.sin(np.stack(y)) * v["T"])


@case(
    "padding",
    "w x",
    """
    i: 1..N; a: -1..1
    x[i]: scalar, 0 outside; w[a]: scalar; t[i]: scalar
    loss = sum[i]((sum[a](w[a]*x[i+a]) - t[i])^2)
    """,
    {"x": (6,), "w": (3,), "t": (6,)},
)
def padded(np: Any, v: Any) -> Any:
    x = np.concatenate([np.zeros(1), v["x"], np.zeros(1)])
    y = sum(v["w"][a] * x[a : a + 6] for a in range(3))
    return np.sum((y - v["t"]) ** 2)


RNN = """
    t: 1..T
    x[t]: vector(k); y[t]: vector(o); W: matrix(m, m); U: matrix(m, k); V: matrix(o, m); b: vector(m); h0: vector(m)
    h[0] = h0; h[t] = tanh(W*h[t-1] + U*x[t] + b)
    loss = sum[t](norm2(V*h[t] - y[t])^2/2)
    """


@case(
    "rnn", "W U V b h0 x", RNN, {"x": (5, 2), "y": (5, 2), "W": (3, 3), "U": (3, 2), "V": (2, 3), "b": (3,), "h0": (3,)}
)
def rnn(np: Any, v: Any) -> Any:
    h, loss = v["h0"], 0.0
    for t in range(5):
        h = np.tanh(v["W"] @ h + v["U"] @ v["x"][t] + v["b"])
        loss = loss + 0.5 * np.sum((v["V"] @ h - v["y"][t]) ** 2)
    return loss


@case(
    "batched rnn",
    "W U h0",
    """
    t: 1..T; b: 1..B
    x[b,t]: row(k); W: matrix(m, m); U: matrix(k, m); h0: row(m); y[b]: row(m)
    h[b,0] = h0; h[b,t] = tanh(h[b,t-1]*W + x[b,t]*U)
    loss = sum[b](norm2(h[b,T] - y[b])^2)
    """,
    {"x": (3, 4, 1, 2), "W": (3, 3), "U": (2, 3), "h0": (1, 3), "y": (3, 1, 3)},
)
def batched_rnn(np: Any, v: Any) -> Any:
    h = np.broadcast_to(v["h0"], (3, 1, 3))
    for t in range(4):
        h = np.tanh(h @ v["W"] + v["x"][:, t] @ v["U"])
    return np.sum((h - v["y"]) ** 2)


GATES = "".join(f"{g}g[t] = {'tanh' if g == 'g' else 'sigmoid'}(x[t]*W{g} + h[t-1]*R{g})\n    " for g in "ifog")


@case(
    "lstm",
    "Wi Wf Wo Wg Ri Rf Ro Rg h0 c0",
    f"""
    t: 1..T; N, k, m: dim
    x[t]: matrix(N, k); y[t]: matrix(N, m); h0, c0: matrix(N, m)
    {"; ".join(f"W{g}: matrix(k, m); R{g}: matrix(m, m)" for g in "ifog")}
    h[0] = h0; c[0] = c0
    {GATES}c[t] = fg[t] .* c[t-1] + ig[t] .* gg[t]
    h[t] = og[t] .* tanh(c[t])
    loss = sum[t](norm2(h[t] - y[t])^2/2)
    """,
    {"x": (4, 2, 3), "y": (4, 2, 2), "h0": (2, 2), "c0": (2, 2)}
    | {f"W{g}": (3, 2) for g in "ifog"}
    | {f"R{g}": (2, 2) for g in "ifog"},
)
def lstm(np: Any, v: Any) -> Any:
    h, c, loss = v["h0"], v["c0"], 0.0
    for t in range(4):
        z = {g: v["x"][t] @ v[f"W{g}"] + h @ v[f"R{g}"] for g in "ifog"}
        i, f, o = (1 / (1 + np.exp(-z[g])) for g in "ifo")
        c = f * c + i * np.tanh(z["g"])
        h = o * np.tanh(c)
        loss = loss + 0.5 * np.sum((h - v["y"][t]) ** 2)
    return loss


@case(
    "gru",
    "Wz Wr Wh Uz h0",
    """
    t: 1..T; k, m: dim
    x[t]: vector(k); y: vector(m); Wz, Wr, Wh: matrix(m, m); Uz, Ur, Uh: matrix(m, k); h0: vector(m)
    h[0] = h0
    z[t] = sigmoid(Wz*h[t-1] + Uz*x[t])
    r[t] = sigmoid(Wr*h[t-1] + Ur*x[t])
    g[t] = tanh(Wh*(r[t] .* h[t-1]) + Uh*x[t])
    h[t] = (1 - z[t]) .* h[t-1] + z[t] .* g[t]
    loss = norm2(h[T] - y)^2
    """,
    {
        "x": (4, 2),
        "y": (3,),
        "h0": (3,),
        "Wz": (3, 3),
        "Wr": (3, 3),
        "Wh": (3, 3),
        "Uz": (3, 2),
        "Ur": (3, 2),
        "Uh": (3, 2),
    },
)
def gru(np: Any, v: Any) -> Any:
    h = v["h0"]
    s = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    for t in range(4):
        x = v["x"][t]
        z, r = s(v["Wz"] @ h + v["Uz"] @ x), s(v["Wr"] @ h + v["Ur"] @ x)
        h = (1 - z) * h + z * np.tanh(v["Wh"] @ (r * h) + v["Uh"] @ x)
    return np.sum((h - v["y"]) ** 2)


@case(
    "layers",
    "W b x z",
    """
    l: 1..L
    W[l]: matrix(n, n); b[l]: vector(n); x, y: vector(n)
    h[0] = x
    z[l] = W[l]*h[l-1] + b[l]
    h[l] = tanh(z[l])
    loss = norm2(h[L] - y)^2/2
    """,
    {"W": (4, 3, 3), "b": (4, 3), "x": (3,), "y": (3,)},
)
def layers(np: Any, v: Any) -> Any:
    h = v["x"]
    for l in range(4):  # noqa: E741
        h = np.tanh(v["W"][l] @ h + v["b"][l] + v.get("z", np.zeros((4, 3)))[l])
    return 0.5 * np.sum((h - v["y"]) ** 2)


@case(
    "unrolled descent",
    "a b A x0",
    """
    t: 1..T; n: dim
    A: matrix(n, n); b, c, x0: vector(n); a: scalar
    x[0] = x0; x[t] = x[t-1] - a*(A*x[t-1] - b)
    loss = c'*x[T]
    """,
    {"A": (3, 3), "b": (3,), "c": (3,), "x0": (3,), "a": ()},
)
def unrolled(np: Any, v: Any) -> Any:
    x = v["x0"]
    for _ in range(5):
        x = x - v["a"] * (v["A"] @ x - v["b"])
    return v["c"] @ x


@case(
    "control",
    "u A B",
    """
    t: 1..T; n, m: dim
    A: matrix(n, n); B: matrix(n, m); u[t]: vector(m); s0: vector(n)
    s[0] = s0; s[t] = A*s[t-1] + B*u[t]
    loss = sum[t](norm2(s[t])^2 + norm2(u[t])^2)
    """,
    {"A": (3, 3), "B": (3, 2), "u": (4, 2), "s0": (3,)},
)
def control(np: Any, v: Any) -> Any:
    s, loss = v["s0"], 0.0
    for t in range(4):
        s = v["A"] @ s + v["B"] @ v["u"][t]
        loss = loss + np.sum(s**2) + np.sum(v["u"][t] ** 2)
    return loss


@case(
    "hidden markov model",
    "A B p",
    """
    t: 1..T; n: dim
    A: matrix(n, n); o[t]: vector(n); p: vector(n); B: matrix(n, n)
    f[0] = p
    f[t] = (B*o[t]) .* (A'*f[t-1])
    loss = log(sum(f[T]))
    """,
    {"A": (3, 3), "B": (3, 3), "p": (3,), "o": (4, 3)},
    "A B p o",
)
def hmm(np: Any, v: Any) -> Any:
    f = v["p"]
    for t in range(4):
        f = (v["B"] @ v["o"][t]) * (v["A"].T @ f)
    return np.log(np.sum(f))


@case(
    "backward recurrence",
    "r g",
    """
    t: 1..T
    r[t]: scalar; g: scalar
    G[T] = r[T]
    G[s] = r[s] + g*G[s+1]
    s: 1..T-1
    loss = sum[t](G[t]^2)
    """,
    {"r": (5,), "g": ()},
)
def returns(np: Any, v: Any) -> Any:
    value, loss = 0.0, 0.0
    for t in reversed(range(5)):
        value = v["r"][t] + v["g"] * value
        loss = loss + value**2
    return loss


@case(
    "grid",
    "w x",
    """
    i: 1..N; j: 1..M
    x[i,j]: scalar; w: scalar
    h[0,j] = 0; h[i,0] = 0; h[0,0] = 0
    h[i,j] = sin(x[i,j] + w*h[i-1,j] + h[i,j-1])
    loss = sum[i,j](h[i,j]^2)
    """,
    {"x": (3, 4), "w": ()},
)
def grid(np: Any, v: Any) -> Any:
    h: dict[tuple[int, int], Any] = {}
    loss = 0.0
    for i in range(3):
        for j in range(4):
            h[i, j] = np.sin(v["x"][i, j] + v["w"] * h.get((i - 1, j), 0.0) + h.get((i, j - 1), 0.0))
            loss = loss + h[i, j] ** 2
    return loss


@case(
    "substitution",
    "b L",
    """
    i, j: 1..N; L[i,j]: scalar; b[i]: scalar
    x[i] = b[i] - sum[j : j < i](L[i,j]*x[j])
    loss = sum[i](x[i]^2)
    """,
    {"L": (4, 4), "b": (4,)},
)
def substitution(np: Any, v: Any) -> Any:
    x: list[Any] = []
    for i in range(4):
        x.append(v["b"][i] - sum((v["L"][i, j] * x[j] for j in range(i)), 0.0))
    return sum(value**2 for value in x)


@case(
    "embedding",
    "E A",
    """
    p: 1..P; w: 1..V; k: labels(P, V)
    E[w]: vector(q); A: matrix(q, q); y[p]: vector(q)
    loss = sum[p](norm2(A*E[k[p]] - y[p])^2)
    """,
    {"E": (6, 3), "A": (3, 3), "y": (7, 3), "k": [7, 6]},
)
def embedding(np: Any, v: Any) -> Any:
    return np.sum((v["E"][v["k"]] @ v["A"].T - v["y"]) ** 2)


@case(
    "graph",
    "W x",
    """
    i: 1..N; e: 1..M; s: labels(M, N); d: labels(M, N)
    x[i]: vector(q); W: matrix(q, q)
    m[i] = sum[e : d[e] = i](W*x[s[e]])
    loss = sum[i](norm2(tanh(m[i]))^2)
    """,
    {"x": (5, 3), "W": (3, 3), "s": [8, 5], "d": [8, 5]},
)
def graph(np: Any, v: Any) -> Any:
    one = (v["d"][None, :] == np.arange(5)[:, None]) * 1.0
    return np.sum(np.tanh(one @ (v["x"][v["s"]] @ v["W"].T)) ** 2)


@case(
    "mixture",
    "m a x",
    """
    N, K, q: dim
    i: 1..N;  k: 1..K                                  # an index and its range
    x[i], m[k]: vector(q);  a[k]: scalar
    u[i,k] = exp(a[k] - norm2(x[i] - m[k])^2/2)
    loss   = sum[i](log(sum[k](u[i,k])))
    """,
    {"x": (5, 2), "m": (3, 2), "a": (3,)},
)
def mixture(np: Any, v: Any) -> Any:
    return np.sum(np.log(np.sum(np.exp(v["a"] - 0.5 * np.sum((v["x"][:, None] - v["m"]) ** 2, -1)), 1)))


@case(
    "mixture by logsumexp",
    "m S",
    """
    i: 1..N; k: 1..K
    x[i], m[k]: vector(q); S[k]: matrix(q, q)
    loss = sum[i](logsumexp[k](logdet(S[k]) - norm2(S[k]*(x[i] - m[k]))^2/2))
    """,
    {"x": (5, 2), "m": (3, 2), "S": (3, 2, 2)},
)
def mixture2(np: Any, v: Any) -> Any:
    z = np.einsum("kab,nkb->nka", v["S"], v["x"][:, None] - v["m"])
    u = np.linalg.slogdet(v["S"])[1] - 0.5 * np.sum(z**2, -1)
    return np.sum(np.log(np.sum(np.exp(u), 1)))


@case(
    "batch norm",
    "X g be",
    """
    p: 1..P; N, C: dim
    X[p], T[p]: matrix(N, C); g, be: row(C)
    mu = sum[p](colsum(X[p]))/(P*N)
    v = sum[p](colsum((X[p] - mu).^2))/(P*N)
    s = (v + 0.1).^(1/2)
    Z[p] = (X[p] - mu)./s
    loss = sum[p](sum(sin(Z[p] .* g + be) .* T[p]))
    """,
    {"X": (4, 2, 3), "T": (4, 2, 3), "g": (1, 3), "be": (1, 3)},
)
def batch_norm(np: Any, v: Any) -> Any:
    x = v["X"]
    mu = x.mean((0, 1))
    var = ((x - mu) ** 2).mean((0, 1))
    return np.sum(np.sin((x - mu) / np.sqrt(var + 0.1) * v["g"] + v["be"]) * v["T"])


@case(
    "layer norm",
    "X g",
    """
    b: 1..B; n, d: dim
    X[b], T[b]: matrix(n, d); g: row(d)
    m[b] = rowsum(X[b])/d
    s[b] = sqrt(rowsum((X[b] - m[b]).^2)/d + 0.1)
    Y[b] = (X[b] - m[b]) ./ s[b] .* g
    loss = sum[b](norm2(Y[b] - T[b])^2)
    """,
    {"X": (2, 3, 4), "T": (2, 3, 4), "g": (1, 4)},
)
def layer_norm(np: Any, v: Any) -> Any:
    x = v["X"]
    m = x.mean(-1, keepdims=True)
    s = np.sqrt(((x - m) ** 2).mean(-1, keepdims=True) + 0.1)
    return np.sum(((x - m) / s * v["g"] - v["T"]) ** 2)


@case(
    "contrastive",
    "z W",
    """
    i, j: 1..N
    z[i], w[i]: vector(d); W: matrix(d, d)
    loss = sum[i](logsumexp[j](z[i]'*W*w[j]) - z[i]'*W*w[i])
    """,
    {"z": (4, 3), "w": (4, 3), "W": (3, 3)},
)
def contrastive(np: Any, v: Any) -> Any:
    s = v["z"] @ v["W"] @ v["w"].T
    return np.sum(np.log(np.sum(np.exp(s), 1)) - np.diagonal(s))


@case(
    "pairs",
    "x",
    "i: 1..N; x[i]: vector(q); loss = sum[i](sum[j : j != i](exp(-norm2(x[i] - x[j])^2)))",
    {"x": (5, 2)},
)
def pairs(np: Any, v: Any) -> Any:
    d = np.exp(-np.sum((v["x"][:, None] - v["x"]) ** 2, -1))
    return np.sum(d) - 5


@case("both bound", "x", "i: 1..N; x[i]: vector(q); loss = sum[i<j](sin(x[i]'*x[j]))", {"x": (5, 2)})
def both(np: Any, v: Any) -> Any:
    return np.sum(np.triu(np.sin(v["x"] @ v["x"].T), 1))


@case(
    "cp factors",
    "A B C",
    """
    i: 1..I; j: 1..J; k: 1..K
    T[i,j,k]: scalar; A[i], B[j], C[k]: vector(r)
    loss = sum[i,j,k]((T[i,j,k] - sum(A[i] .* B[j] .* C[k]))^2)
    """,
    {"T": (2, 3, 4), "A": (2, 3), "B": (3, 3), "C": (4, 3)},
)
def cp(np: Any, v: Any) -> Any:
    return np.sum((v["T"] - np.einsum("ir,jr,kr->ijk", v["A"], v["B"], v["C"])) ** 2)


@case(
    "tucker core",
    "G A",
    """
    a: 1..P; i: 1..I; j, k: dim
    G[a]: matrix(q, r); A[i,a]: scalar; B: matrix(j, q); C: matrix(k, r); T[i]: matrix(j, k)
    loss = sum[i](norm2(T[i] - sum[a](A[i,a]*(B*G[a]*C')))^2)
    """,
    {"G": (2, 3, 2), "A": (4, 2), "B": (3, 3), "C": (2, 2), "T": (4, 3, 2)},
)
def tucker(np: Any, v: Any) -> Any:
    return np.sum((v["T"] - np.einsum("ia,jq,aqr,kr->ijk", v["A"], v["B"], v["G"], v["C"])) ** 2)


@case(
    "bilinear layer",
    "W x y",
    "k: 1..K; W[k]: matrix(m, n); x: vector(m); y: vector(n); t[k]: scalar; loss = sum[k]((x'*W[k]*y - t[k])^2)",
    {"W": (3, 2, 4), "x": (2,), "y": (4,), "t": (3,)},
)
def bilinear(np: Any, v: Any) -> Any:
    return np.sum((np.einsum("m,kmn,n->k", v["x"], v["W"], v["y"]) - v["t"]) ** 2)


@case(
    "batched inverse",
    "A b",
    "i: 1..N; A[i]: matrix(n, n); b[i]: vector(n); loss = sum[i](b[i]'*inv(A[i]'*A[i] + eye(n))*b[i] + logdet(A[i]))",
    {"A": (3, 2, 2), "b": (3, 2)},
)
def batched_inverse(np: Any, v: Any) -> Any:
    inner = np.swapaxes(v["A"], -1, -2) @ v["A"] + np.eye(2)
    quad = np.einsum("ia,iab,ib->", v["b"], np.linalg.inv(inner), v["b"])
    return quad + np.sum(np.linalg.slogdet(v["A"])[1])


@case(
    "pooling",
    "x w",
    """
    i: 1..N; a: 0..1
    x[r]: vector(q); w: vector(q)
    y[i] = max[a](x[2*i+a])
    loss = sum[i](exp(w'*y[i]))
    """,
    {"x": (6, 2), "w": (2,)},
)
def pooling(np: Any, v: Any) -> Any:
    return np.sum(np.exp(v["x"].reshape(3, 2, 2).max(1) @ v["w"]))


@case(
    "other binders",
    "x w",
    """
    i: 1..N; x[i]: vector(q); w: vector(q)
    loss = max[i](w'*x[i]) + logsumexp[i](w'*x[i]) + prod[i](w'*x[i]) + mean[i](norm2(x[i])^2) + sum(min[i](x[i]))
    """,
    {"x": (4, 3), "w": (3,)},
)
def binders(np: Any, v: Any) -> Any:
    s = v["x"] @ v["w"]
    total = s.max() + np.log(np.sum(np.exp(s))) + np.prod(s)
    return total + np.mean(np.sum(v["x"] ** 2, 1)) + np.sum(v["x"].min(0))


@case(
    "entries",
    "A x",
    """
    A: matrix(m, n); x: vector(n)
    c = sum[j](A[:,j]'*A[:,j]*x[j])
    loss = sum[i,j](A[i,j]^2*x[j]) + sum[i](norm2(A[i,:])) + sum[k<j](x[k]*x[j]) + c + tr(A'*A)
    """,
    {"A": (3, 4), "x": (4,)},
)
def entries(np: Any, v: Any) -> Any:
    a, x = v["A"], v["x"]
    rows = np.sum(np.sqrt(np.sum(a**2, 1)))
    return np.sum(a**2 @ x) + rows + np.sum(np.triu(np.outer(x, x), 1)) + np.sum(a**2, 0) @ x + np.sum(a**2)


@case(
    "defined by entries",
    "A B",
    """
    A: matrix(m, k); B: matrix(k, n); C: matrix(m, n)
    C[i,j] = sum[l](A[i,l]*B[l,j])
    loss = tr(C'*C)
    """,
    {"A": (2, 3), "B": (3, 4)},
)
def by_entries(np: Any, v: Any) -> Any:
    return np.sum((v["A"] @ v["B"]) ** 2)


@case(
    "rows of a matrix",
    "X w",
    "X: matrix(N, d); w: vector(d); y: vector(N); i: 1..N; loss = sum[i]((X[i,:]*w - y[i])^2)/N",
    {"X": (5, 3), "w": (3,), "y": (5,)},
)
def rows(np: Any, v: Any) -> Any:
    return np.sum((v["X"] @ v["w"] - v["y"]) ** 2) / 5


@case(
    "shifts",
    "x",
    "i: 1..N; x[r]: scalar; loss = sum[i](x[i]^2*x[i+1]) + sum[i](sin(x[i+2]))",
    {"x": (6,)},
)
def shifts(np: Any, v: Any) -> Any:
    x = v["x"]
    return np.sum(x[:4] ** 2 * x[1:5]) + np.sum(np.sin(x[2:6]))


@case(
    "total variation",
    "x",
    "i: 1..N-1; x[r]: scalar; r: 1..N; loss = sum[i](sqrt((x[i+1] - x[i])^2 + 0.01))",
    {"x": (6,)},
)
def variation(np: Any, v: Any) -> Any:
    return np.sum(np.sqrt(np.diff(v["x"]) ** 2 + 0.01))


@case(
    "position",
    "a w x",
    "t: 1..T; x[t]: vector(n); w: vector(n); a: scalar; loss = sum[t](exp(-a*t/T)*(w'*x[t])^2)",
    {"x": (4, 3), "w": (3,), "a": ()},
)
def position(np: Any, v: Any) -> Any:
    t = np.arange(1, 5)
    return np.sum(np.exp(-v["a"] * t / 4) * (v["x"] @ v["w"]) ** 2)


@case(
    "moving average",
    "x a",
    """
    t: 1..T
    x[t]: vector(n); a: scalar
    m[0] = zeros(n); m[t] = a*m[t-1] + (1 - a)*x[t]
    loss = sum[t](norm2(x[t] - m[t-1])^2)
    """,
    {"x": (5, 2), "a": ()},
)
def moving_average(np: Any, v: Any) -> Any:
    m, loss = np.zeros(2), 0.0
    for t in range(5):
        loss = loss + np.sum((v["x"][t] - m) ** 2)
        m = v["a"] * m + (1 - v["a"]) * v["x"][t]
    return loss


@case(
    "kalman gain",
    "A P0",
    """
    t: 1..T; A, Q, R, P0: matrix(n, n)
    P[0] = P0
    S[t] = A*P[t-1]*A' + Q
    P[t] = S[t] - S[t]*inv(S[t] + R)*S[t]
    loss = tr(P[T])
    """,
    {"A": (2, 2), "Q": (2, 2), "R": (2, 2), "P0": (2, 2)},
)
def kalman(np: Any, v: Any) -> Any:
    p = v["P0"]
    for _ in range(3):
        s = v["A"] @ p @ v["A"].T + v["Q"]
        p = s - s @ np.linalg.inv(s + v["R"]) @ s
    return np.trace(p)


@case(
    "grouped softmax regression",
    "W b",
    """
    g: 1..G; N, d, k: dim
    X[g]: matrix(N, d); Y[g]: matrix(N, k); W: matrix(d, k); b[g]: row(k)
    loss = -sum[g](sum(Y[g] .* log_softmax(X[g]*W + b[g])))/(G*N)
    """,
    {"X": (2, 4, 3), "Y": (2, 4, 3), "W": (3, 3), "b": (2, 1, 3)},
)
def grouped(np: Any, v: Any) -> Any:
    z = v["X"] @ v["W"] + v["b"]
    z = z - np.log(np.sum(np.exp(z), -1, keepdims=True))
    return -np.sum(v["Y"] * z) / 8


@case(
    "block determinant",
    "A B D",
    "A: matrix(m, m); B: matrix(m, n); D: matrix(n, n); loss = logdet([A, B; B', D])",
    {"A": (3, 3), "B": (3, 2), "D": (2, 2)},
)
def block_determinant(np: Any, v: Any) -> Any:
    return np.linalg.slogdet(np.block([[v["A"], v["B"]], [v["B"].T, v["D"]]]))[1]


@case(
    "bias as a column",
    "W x",
    "W: matrix(k, n+1); x: vector(n); y: vector(k); loss = norm2(tanh(W*[x; 1]) - y)^2",
    {"W": (2, 4), "x": (3,), "y": (2,)},
)
def bias_column(np: Any, v: Any) -> Any:
    return np.sum((np.tanh(v["W"] @ np.concatenate([v["x"], np.ones(1)])) - v["y"]) ** 2)


@case(
    "concatenated rnn",
    "W h0 x",
    """
    t: 1..T; W: matrix(n, n+k); x[t]: vector(k); h0: vector(n)
    h[0] = h0; h[t] = tanh(W*[h[t-1]; x[t]])
    loss = norm2(h[T])^2
    """,
    {"W": (3, 5), "x": (4, 2), "h0": (3,)},
)
def concatenated_rnn(np: Any, v: Any) -> Any:
    h = v["h0"]
    for t in range(4):
        h = np.tanh(v["W"] @ np.concatenate([h, v["x"][t]]))
    return np.sum(h**2)


@case(
    "slices",
    "A",
    """
    A: matrix(m, n); k: dim; B = A*A'
    loss = norm2(A[1:k,:])^2 + sum(A[2:3,1]) + tr(B[1:2,2:3]) + sum(A[k+1:m,:] .^ 3)
    """,
    {"A": (4, 3), "k": 2},
)
def slices(np: Any, v: Any) -> Any:
    a = v["A"]
    b = a @ a.T
    return np.sum(a[:2] ** 2) + np.sum(a[1:3, 0]) + np.trace(b[0:2, 1:3]) + np.sum(a[2:] ** 3)


@case(
    "block diagonal",
    "A B x",
    "A: matrix(m, m); B: matrix(n, n); x: vector(m+n); loss = sin(x'*[A, 0; 0, B]*x)",
    {"A": (2, 2), "B": (3, 3), "x": (5,)},
)
def block_diagonal(np: Any, v: Any) -> Any:
    x = v["x"]
    return np.sin(x[:2] @ v["A"] @ x[:2] + x[2:] @ v["B"] @ x[2:])


@case(
    "conditional random field",
    "A e",
    """
    t: 2..T; p: 1..T; i, j: 1..K
    A[i,j], e[p,j]: scalar; y: labels(T, K)
    a[1,j] = e[1,j]
    a[t,j] = e[t,j] + logsumexp[i](a[t-1,i] + A[i,j])
    loss = logsumexp[j](a[T,j]) - sum[p](e[p,y[p]]) - sum[t](A[y[t-1],y[t]])
    """,
    {"A": (3, 3), "e": (4, 3), "y": [4, 3]},
)
def random_field(np: Any, v: Any) -> Any:
    a, y = v["e"][0], v["y"]
    for t in range(1, 4):
        a = v["e"][t] + np.log(np.sum(np.exp(a[:, None] + v["A"]), 0))
    paid = sum(v["e"][t, y[t]] for t in range(4)) + sum(v["A"][y[t - 1], y[t]] for t in range(1, 4))
    return np.log(np.sum(np.exp(a))) - paid


@case(
    "decoder with attention",
    "Wa h0",
    """
    t: 1..T; s: 1..S
    k[s]: vector(m); Wa, U: matrix(m, m); h0: vector(m)
    h[0] = h0
    z[t] = logsumexp[s](h[t-1]'*Wa*k[s])
    c[t] = sum[s](exp(h[t-1]'*Wa*k[s] - z[t])*k[s])
    h[t] = tanh(U*h[t-1] + c[t])
    loss = norm2(h[T])^2
    """,
    {"k": (3, 2), "Wa": (2, 2), "h0": (2,), "U": (2, 2), "T": 3},
)
def decoder(np: Any, v: Any) -> Any:
    h = v["h0"]
    for _ in range(3):
        h = np.tanh(v["U"] @ h + softmax(np, v["k"] @ v["Wa"].T @ h) @ v["k"])
    return np.sum(h**2)


@case(
    "stochastic neighbours",
    "y",
    """
    i, j, k, l: 1..N
    y[i]: vector(d); P[i,j]: scalar
    q[i,j] = 1/(1 + norm2(y[i] - y[j])^2)
    Z = sum[k,l : k != l](q[k,l])
    loss = sum[i,j : i != j](P[i,j]*(log(Z) - log(q[i,j])))
    """,
    {"y": (4, 2), "P": (4, 4)},
    positive="P",
)
def neighbours(np: Any, v: Any) -> Any:
    q = 1 / (1 + np.sum((v["y"][:, None] - v["y"]) ** 2, -1))
    off = 1 - np.eye(4)
    return np.sum(off * v["P"] * (np.log(np.sum(off * q)) - np.log(q)))


@case(
    "left sides ahead",
    "u x0",
    """
    t: 0..T-1; s: 0..T
    x0: vector(n); A[t]: matrix(n, n); B[t]: matrix(n, m); u[t]: vector(m); Q[s]: matrix(n, n); R[t]: matrix(m, m)
    x[0] = x0
    x[t+1] = A[t]*x[t] + B[t]*u[t]
    loss = sum[s](x[s]'*Q[s]*x[s])/2 + sum[t](u[t]'*R[t]*u[t])/2
    """,
    {"x0": (3,), "A": (4, 3, 3), "B": (4, 3, 2), "u": (4, 2), "Q": (5, 3, 3), "R": (4, 2, 2)},
)
def regulator(np: Any, v: Any) -> Any:
    x = v["x0"]
    total = x @ v["Q"][0] @ x
    for t in range(4):
        x, u = v["A"][t] @ x + v["B"][t] @ v["u"][t], v["u"][t]
        total = total + u @ v["R"][t] @ u + x @ v["Q"][t + 1] @ x
    return total / 2


@case(
    "gates by slices",
    "W b",
    """
    t: 1..T; m: dim
    x[t]: vector(k); W: matrix(2*m, m+k); b: vector(2*m); y: vector(m)
    h[0] = zeros(m, 1)
    a[t] = W*[h[t-1]; x[t]] + b
    h[t] = sigmoid(a[t][1:m]) .* h[t-1] + tanh(a[t][m+1:2*m,:])
    loss = norm2(h[T] - y)^2 + sum[t](a[t][1]^2)
    """,
    {"x": (3, 2), "W": (4, 4), "b": (4,), "y": (2,)},
)
def gates(np: Any, v: Any) -> Any:
    h, total = np.zeros(2), 0.0
    for t in range(3):
        a = v["W"] @ np.concatenate([h, v["x"][t]]) + v["b"]
        h, total = h / (1 + np.exp(-a[:2])) + np.tanh(a[2:]), total + a[0] ** 2
    return np.sum((h - v["y"]) ** 2) + total


@case(
    "columns of members",
    "a",
    "t: 1..T; i: 1..m; a[t]: matrix(m, n); loss = sum[t](norm2(a[t][:,2])^3) + sum[t,i](a[t][i,1]^2)",
    {"a": (3, 4, 2)},
)
def columns(np: Any, v: Any) -> Any:
    return np.sum(np.sqrt(np.sum(v["a"][:, :, 1] ** 2, 1)) ** 3) + np.sum(v["a"][:, :, 0] ** 2)


@case(
    "two starts",
    "a b y0",
    """
    t: 3..T; s: 1..T
    a, b, y0, y1: scalar; f[t]: scalar
    y[1] = y0; y[2] = y1
    y[t] = a*y[t-1] + b*y[t-2] + f[t]
    loss = sum[s](y[s]^2)
    """,
    {"a": (), "b": (), "y0": (), "y1": (), "f": (4,)},
)
def two_starts(np: Any, v: Any) -> Any:
    y = [v["y0"], v["y1"]]
    for t in range(4):
        y.append(v["a"] * y[-1] + v["b"] * y[-2] + v["f"][t])
    return sum(u**2 for u in y)


@case(
    "one before, under a condition",
    "a",
    "t: 1..T; a[t], b[t]: scalar; loss = sum[t : t > 1](a[t]^2*a[t-1]*b[t-1])",
    {"a": (6,), "b": (6,)},
)
def one_before(np: Any, v: Any) -> Any:
    return np.sum(v["a"][1:] ** 2 * v["a"][:-1] * v["b"][:-1])


@case(
    "steps",
    "x a",
    "i: 1..N; x[i], a: scalar; y[i] = 1(x[i] > 0.3); loss = sum[i](y[i]*x[i]^2)*a + sum[i](y[i])*a^2",
    {"x": (6,), "a": ()},
)
def steps(np: Any, v: Any) -> Any:
    y = 1.0 * (v["x"] > 0.3)
    return np.sum(y * v["x"] ** 2) * v["a"] + np.sum(y) * v["a"] ** 2


@case(
    "entries of products",
    "Wq E",
    """
    n, m, d: dim
    X: matrix(n, d); E: matrix(m, d); Wq, Wk: matrix(d, d); M: matrix(n, m)
    i: 1..n; j: 1..m
    S = X*Wq*(E*Wk)'/sqrt(d)
    L[i] = logsumexp[j](S[i,j] + M[i,j])
    loss = mean[i](L[i]) + sum[i,j](M[i,j]*(X*Wk*E')[i,j]^2)
    """,
    {"X": (4, 3), "E": (5, 3), "Wq": (3, 3), "Wk": (3, 3), "M": (4, 5)},
)
def entries_of_products(np: Any, v: Any) -> Any:
    s = v["X"] @ v["Wq"] @ (v["E"] @ v["Wk"]).T / np.sqrt(3.0)
    return np.mean(np.log(np.sum(np.exp(s + v["M"]), 1))) + np.sum(v["M"] * (v["X"] @ v["Wk"] @ v["E"].T) ** 2)


@case(
    "causal attention by rows",
    "Q K V",
    """
    T, d: dim; t: 1..T; s: 1..T
    Q: matrix(T, d); K: matrix(T, d); V: matrix(T, d); Y: matrix(T, d)
    z[t] = sum[s : s <= t](exp(Q[t,:]*K[s,:]'))
    o[t] = sum[s : s <= t](exp(Q[t,:]*K[s,:]')*V[s,:])/z[t]
    loss = sum[t](norm2(o[t] - Y[t,:])^2)/2
    """,
    {"Q": (4, 3), "K": (4, 3), "V": (4, 3), "Y": (4, 3)},
)
def causal_by_rows(np: Any, v: Any) -> Any:
    e = np.exp(v["Q"] @ v["K"].T) * np.tril(np.ones((4, 4)))
    return np.sum((e @ v["V"] / e.sum(1, keepdims=True) - v["Y"]) ** 2) / 2


@case(
    "ends of ranges as numbers",
    "A",
    """
    s: 1..T-1; r: 1..T; A: matrix(K, K); e[r]: vector(K)
    b[T] = ones(K)
    b[s] = A*(e[s+1] .* b[s+1])
    loss = sum[r](log(e[r]'*b[r])*r)
    """,
    {"A": (3, 3), "e": (4, 3)},
    "A e",
)
def ends_as_numbers(np: Any, v: Any) -> Any:
    b = [np.ones(3)]
    for s in (2, 1, 0):
        b.insert(0, v["A"] @ (v["e"][s + 1] * b[0]))
    return sum(np.log(v["e"][r] @ b[r]) * (r + 1) for r in range(4))


@case(
    "columns told by labels",
    "B p",
    """
    T, K: dim; A: matrix(K, K); p: vector(K); B: matrix(K, V); o: labels(T, V); t: 2..T
    alpha[1] = p .* B[:,o[1]]
    alpha[t] = (A'*alpha[t-1]) .* B[:,o[t]]
    loss = -log(sum(alpha[T]))
    """,
    {"A": (3, 3), "B": (3, 4), "p": (3,), "o": [4, 4]},
    "A B p",
)
def columns_by_labels(np: Any, v: Any) -> Any:
    a = v["p"] * v["B"][:, v["o"][0]]
    for t in range(1, 4):
        a = (v["A"].T @ a) * v["B"][:, v["o"][t]]
    return -np.log(np.sum(a))


@case(
    "gates from one concatenation",
    "W V h0",
    """
    t: 1..T; m, k: dim
    x[t]: vector(k); W, V: matrix(m, m+k); y, h0: vector(m)
    h[0] = h0
    c[t] = sigmoid(V*[h[t-1]; x[t]])
    h[t] = tanh(W*[h[t-1]; x[t]]) .* c[t]
    loss = norm2(h[T] - y)^2
    """,
    {"x": (3, 2), "W": (3, 5), "V": (3, 5), "y": (3,), "h0": (3,)},
)
def gates_of_one(np: Any, v: Any) -> Any:
    h = v["h0"]
    for t in range(3):
        both = np.concatenate([h, v["x"][t]])
        h = np.tanh(v["W"] @ both) / (1 + np.exp(-v["V"] @ both))
    return np.sum((h - v["y"]) ** 2)


@case(
    "sums shared along a recurrence",
    "V h0",
    """
    t: 1..T; k: 1..K
    x[t,k]: vector(m); W, V: matrix(m, m); h0: vector(m)
    h[0] = h0
    c[t] = sigmoid(V*sum[k](x[t,k] .* h[t-1]))
    h[t] = tanh(W*sum[k](x[t,k] .* h[t-1])) .* c[t]
    loss = norm2(h[T])^2
    """,
    {"x": (3, 2, 3), "W": (3, 3), "V": (3, 3), "h0": (3,)},
)
def shared_sums(np: Any, v: Any) -> Any:
    h = v["h0"]
    for t in range(3):
        s = np.sum(v["x"][t] * h, 0)
        h = np.tanh(v["W"] @ s) / (1 + np.exp(-v["V"] @ s))
    return np.sum(h**2)


KERNEL = """
    i: 1..N; j: 1..N; x[i]: vector(d); C: matrix(N, N)
    C[i,j] = exp(-norm2(x[i] - x[j])^2)*(1 + x[i]'*x[i])
    """


@case(
    "a matrix by its entries, as a whole and by entries",
    "x",
    f"{KERNEL}loss = logdet(C + eye(N)) + sum[i,j](C[i,j]^3)",
    {"x": (4, 3)},
)
def entries_and_whole(np: Any, v: Any) -> Any:
    c = np.exp(-np.sum((v["x"][:, None] - v["x"]) ** 2, -1)) * (1 + np.sum(v["x"] ** 2, 1))[:, None]
    return np.linalg.slogdet(c + np.eye(4))[1] + np.sum(c**3)


@case("a matrix by its entries, by entries again", "x", f"{KERNEL}loss = sum[i,j](C[i,j]*C[j,i]^2)", {"x": (4, 3)})
def entries_again(np: Any, v: Any) -> Any:
    c = np.exp(-np.sum((v["x"][:, None] - v["x"]) ** 2, -1)) * (1 + np.sum(v["x"] ** 2, 1))[:, None]
    return np.sum(c * c.T**2)


@case(
    "a row beside a slice",
    "A",
    "i: 1..N; A: matrix(n, n); x[i]: vector(n)\nloss = sum[i](sin(norm2(A[1:2,:]*x[i])^2)) + sum(A[2,:])^3",
    {"x": (3, 4), "A": (4, 4)},
)
def row_beside_slice(np: Any, v: Any) -> Any:
    return np.sum(np.sin(np.sum((v["x"] @ v["A"][:2].T) ** 2, 1))) + np.sum(v["A"][1]) ** 3


@case(
    "hidden Markov model by logarithms",
    "A B p",
    """
    T, K, V: dim; i, j, k: 1..K; t: 2..T; o: labels(T, V)
    A[i,j], p[k]: scalar; B: matrix(K, V)
    L[i,j] = A[i,j] - logsumexp[k](A[i,k])
    a[1,k] = p[k] + B[k,o[1]]
    a[t,j] = B[j,o[t]] + logsumexp[i](a[t-1,i] + L[i,j])
    loss = -logsumexp[k](a[T,k])
    """,
    {"A": (3, 3), "B": (3, 4), "p": (3,), "o": [5, 4]},
)
def hmm_by_logarithms(np: Any, v: Any) -> Any:
    steps = v["A"] - np.log(np.sum(np.exp(v["A"]), 1))[:, None]
    a = v["p"] + v["B"][:, v["o"][0]]
    for t in range(1, 5):
        a = v["B"][:, v["o"][t]] + np.log(np.sum(np.exp(a[:, None] + steps), 0))
    return -np.log(np.sum(np.exp(a)))


@case(
    "entries of what is taken by rows",
    "W q",
    """
    N, d, K: dim; n: 1..N; k: 1..K; X: matrix(N, d); W: matrix(d, K); y: labels(N, K); c, q: vector(K)
    H = X*W
    loss = sum[n](logsumexp(H)[n]^2 - log_softmax(H)[n,y[n]]) + sum[k](c[k]*log(sum(softmax(H)[:,k]))) +
      sum[n](norm2(softmax(X*W)[n,:])^2) + sum[k](softmax(q)[k]*c[k]^2)
    """,
    {"X": (5, 3), "W": (3, 4), "y": [5, 4], "c": (4,), "q": (4,)},
)
def entries_by_rows(np: Any, v: Any) -> Any:
    z = v["X"] @ v["W"]
    top, s = np.log(np.sum(np.exp(z), 1)), softmax(np, z)
    paid = np.sum(top**2) + np.sum(top - z[np.arange(5), v["y"]])
    return paid + v["c"] @ np.log(s.sum(0)) + np.sum(s**2) + softmax(np, v["q"]) @ v["c"] ** 2


@case(
    "channels in one vector",
    "x w",
    "p: 1..P; c: 1..C; x: vector(P*C); w[c]: scalar; loss = sum[p](sin(sum[c](w[c]*x[C*p-C+c])))",
    {"x": (6,), "w": (3,), "P": 2},
)
def channels(np: Any, v: Any) -> Any:
    return np.sum(np.sin(v["x"].reshape(2, 3) @ v["w"]))
