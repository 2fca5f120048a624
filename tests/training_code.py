"""Training code with gradients written by hand, all of them right: as many ways of writing it as people have."""

from __future__ import annotations

RIGHT: dict[str, str] = {
    "logistic regression, 1-D weights": """
import numpy as np

rows, width = 200, 5
X = np.random.randn(rows, width)
y = (X @ np.random.randn(width) > 0).astype(float)


def squash(z):
    return 1 / (1 + np.exp(-z))


w = np.zeros(width)
b = 0.0
for epoch in range(300):
    z = X @ w + b
    p = squash(z)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / rows
    dw = X.T @ dz
    db = np.sum(dz)
    w -= 0.1 * dw
    b -= 0.1 * db
    if epoch % 100 == 0:
        print(f"{epoch}: {loss:.4f}")
print(np.mean((squash(X @ w + b) > 0.5) == y))
""",
    "softmax regression, one-hot rows, the largest score taken off": """
import numpy as np


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


count, features, classes = 500, 20, 10
X = np.random.randn(count, features)
labels = np.random.randint(0, classes, size=count)
Y = np.eye(classes)[labels]
W = 0.01 * np.random.randn(features, classes)
b = np.zeros(classes)
for step in range(200):
    probs = softmax(X @ W + b)
    loss = -np.sum(Y * np.log(probs)) / count
    dlogits = (probs - Y) / count
    dW = X.T @ dlogits
    db = dlogits.sum(axis=0)
    W -= 0.5 * dW
    b -= 0.5 * db
""",
    "mini-batches of loaded data": """
import numpy as np
from somewhere import digits

(images, digits_of), _ = digits.load()
images = images.reshape(-1, 784) / 255.0
wanted = one_hot(digits_of)
W = np.random.randn(784, 10) * 0.01
b = np.zeros((1, 10))
size = 64
for epoch in range(10):
    order = np.random.permutation(len(images))
    for i in range(0, len(images), size):
        picked = order[i : i + size]
        x, t = images[picked], wanted[picked]
        scores = np.dot(x, W) + b
        e = np.exp(scores)
        probs = e / e.sum(axis=1, keepdims=True)
        loss = -np.sum(t * np.log(probs)) / x.shape[0]
        dscores = (probs - t) / x.shape[0]
        dW = np.dot(x.T, dscores)
        db = np.sum(dscores, axis=0, keepdims=True)
        for p, dp in ((W, dW), (b, db)):
            p -= 0.1 * dp
    print(epoch, loss)
""",
    "one-hot rows filled in a loop": """
import numpy as np

n, d, k = 10, 4, 3
X = np.random.randn(n, d)
labels = np.random.randint(0, k, n)
T = np.zeros((n, k))
for i in range(n):
    T[i, labels[i]] = 1
W = np.random.randn(d, k)
for it in range(10):
    e = np.exp(X @ W)
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(T * np.log(p)) / n
    dW = X.T @ (p - T) / n
    W -= 0.1 * dW
""",
    "hinge loss of many classes": """
import numpy as np


def hinge(W, X, y, reg):
    n = X.shape[0]
    scores = X.dot(W)
    own = scores[np.arange(n), y][:, np.newaxis]
    margins = np.maximum(0, scores - own + 1)
    margins[np.arange(n), y] = 0
    loss = np.sum(margins) / n
    loss += reg * np.sum(W * W)
    above = margins
    above[margins > 0] = 1
    above[np.arange(n), y] = -np.sum(above, axis=1)
    dW = np.dot(X.T, above) / n
    dW += 2 * reg * W
    return loss, dW
""",
    "hinge loss of two classes": """
import numpy as np

X = np.random.randn(50, 4)
y = np.sign(np.random.randn(50))
w = np.zeros(4)
C = 10.0
for it in range(1000):
    margin = 1 - y * (X @ w)
    loss = 0.5 * np.sum(w**2) + C * np.sum(np.maximum(0, margin))
    inside = (margin > 0).astype(float)
    grad_w = w - C * X.T @ (inside * y)
    w -= 0.001 * grad_w
""",
    "tanh network, a statement behind a semicolon": """
import numpy as np

rng = np.random.default_rng(0)
n, d, h, k = 100, 3, 16, 2
X = rng.standard_normal((n, d))
Y = rng.standard_normal((n, k))
W1 = rng.normal(0, 0.1, size=(d, h)); b1 = np.zeros(h)
W2 = rng.normal(0, 0.1, size=(h, k)); b2 = np.zeros(k)
for t in range(1000):
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    out = a1 @ W2 + b2
    diff = out - Y
    loss = 0.5 * np.mean(np.sum(diff ** 2, axis=1))
    d_out = diff / n
    d_W2 = a1.T @ d_out
    d_b2 = d_out.sum(axis=0)
    d_a1 = d_out @ W2.T
    d_z1 = d_a1 * (1 - a1 ** 2)
    d_W1 = X.T @ d_z1
    d_b1 = d_z1.sum(axis=0)
    W1 -= 0.01 * d_W1; b1 -= 0.01 * d_b1
    W2 -= 0.01 * d_W2; b2 -= 0.01 * d_b2
""",
    "errors and deltas, data written out": """
import numpy as np


def squash(x):
    return 1 / (1 + np.exp(-x))


def slope(s):
    return s * (1 - s)


X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
first = 2 * np.random.random((3, 4)) - 1
second = 2 * np.random.random((4, 1)) - 1
for j in range(100):
    hidden = squash(np.dot(X, first))
    out = squash(np.dot(hidden, second))
    miss = y - out
    loss = 0.5 * np.sum(miss**2)
    out_delta = -miss * slope(out)
    hidden_delta = out_delta.dot(second.T) * slope(hidden)
    grad_second = hidden.T.dot(out_delta)
    grad_first = X.T.dot(hidden_delta)
    second -= grad_second
    first -= grad_first
""",
    "batch normalisation, 1-D parameters": """
import numpy as np

n, d = 32, 10
x = np.random.randn(n, d)
weights = np.random.randn(n, d)
gamma = np.random.randn(d)
beta = np.random.randn(d)
eps = 1e-5
mu = np.mean(x, axis=0)
centred = x - mu
var = np.mean(centred**2, axis=0)
inverse = 1.0 / np.sqrt(var + eps)
xhat = centred * inverse
out = gamma * xhat + beta
loss = np.sum(out * weights)
dout = weights
dbeta = np.sum(dout, axis=0)
dgamma = np.sum(dout * xhat, axis=0)
dxhat = dout * gamma
dvar = np.sum(dxhat * centred * -0.5 * inverse**3, axis=0)
dmu = -np.sum(dxhat * inverse, axis=0) - 2 * dvar * np.mean(centred, axis=0)
dx = dxhat * inverse + dvar * 2 * centred / n + dmu / n
""",
    "matrix factorisation of the entries that are known": """
import numpy as np

m, n, k = 30, 20, 5
R = np.random.rand(m, n)
M = (np.random.rand(m, n) < 0.3).astype(float)
U = np.random.randn(m, k) * 0.1
V = np.random.randn(n, k) * 0.1
lam = 0.1
for it in range(500):
    E = M * (R - U @ V.T)
    loss = 0.5 * np.sum(E**2) + 0.5 * lam * (np.sum(U**2) + np.sum(V**2))
    gU = -E @ V + lam * U
    gV = -E.T @ U + lam * V
    U -= 0.01 * gU
    V -= 0.01 * gV
""",
    "principal components": """
import numpy as np

X = np.random.randn(100, 8)
X = X - X.mean(axis=0)
W = np.random.randn(8, 2)
for i in range(100):
    P = X @ W @ W.T
    loss = np.linalg.norm(X - P) ** 2 / len(X)
    R = P - X
    grad_W = 2 / len(X) * (X.T @ R @ W + R.T @ X @ W)
    W -= 1e-3 * grad_W
""",
    "autoencoder, updates in a loop over pairs": """
import numpy as np

n, d, h = 64, 20, 5
X = np.random.rand(n, d)
W_in = np.random.randn(d, h) / np.sqrt(d)
b_in = np.zeros((1, h))
W_out = np.random.randn(h, d) / np.sqrt(h)
decay = 1e-4
for it in range(1000):
    code = 1 / (1 + np.exp(-(X.dot(W_in) + b_in)))
    err = code.dot(W_out) - X
    loss = (err ** 2).sum() / n + decay * (W_in ** 2).sum() + decay * (W_out ** 2).sum()
    derr = 2 * err / n
    dW_out = code.T.dot(derr) + 2 * decay * W_out
    dcode = derr.dot(W_out.T)
    before = dcode * code * (1 - code)
    dW_in = X.T.dot(before) + 2 * decay * W_in
    db_in = before.sum(axis=0, keepdims=True)
    for p, dp in [(W_in, dW_in), (W_out, dW_out), (b_in, db_in)]:
        p -= 0.01 * dp
""",
    "attention": """
import numpy as np

n, d, k = 6, 8, 4
X = np.random.randn(n, d)
G = np.random.randn(n, k)
Wq = np.random.randn(d, k); Wk = np.random.randn(d, k); Wv = np.random.randn(d, k)
Q, K, V = X @ Wq, X @ Wk, X @ Wv
S = Q @ K.T / np.sqrt(k)
E = np.exp(S - S.max(axis=1, keepdims=True))
A = E / E.sum(axis=1, keepdims=True)
O = A @ V
loss = 0.5 * np.sum((O - G) ** 2)
dO = O - G
dV = A.T @ dO
dA = dO @ V.T
dS = A * (dA - (dA * A).sum(axis=1, keepdims=True))
dQ = dS @ K / np.sqrt(k)
dK = dS.T @ Q / np.sqrt(k)
dWq, dWk, dWv = X.T @ dQ, X.T @ dK, X.T @ dV
""",
    "features first, functions that pass dictionaries": """
import numpy as np


def start(inputs, hidden, outputs):
    return {
        "W1": np.random.randn(hidden, inputs) * 0.01, "b1": np.zeros((hidden, 1)),
        "W2": np.random.randn(outputs, hidden) * 0.01, "b2": np.zeros((outputs, 1)),
    }


def forward(X, net):
    W1, b1 = net["W1"], net["b1"]
    W2, b2 = net["W2"], net["b2"]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + b2)))
    kept = {"A1": A1, "A2": A2}
    return A2, kept


def entropy(A2, Y):
    m = Y.shape[1]
    cost = -np.sum(np.multiply(Y, np.log(A2)) + np.multiply(1 - Y, np.log(1 - A2))) / m
    return cost


def backward(net, kept, X, Y):
    m = X.shape[1]
    A1, A2, W2 = kept["A1"], kept["A2"], net["W2"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    slopes = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
    return slopes


def train(X, Y, hidden, rounds=1000):
    net = start(X.shape[0], hidden, Y.shape[0])
    for i in range(rounds):
        A2, kept = forward(X, net)
        cost = entropy(A2, Y)
        slopes = backward(net, kept, X, Y)
        for name in net:
            net[name] -= 1.2 * slopes[name]
    return net
""",
    "a class that holds its parameters in a dictionary": '''
import numpy as np


class Net:
    """Two layers."""

    def __init__(self, inputs, hidden, outputs, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(inputs, hidden)
        self.params["b1"] = np.zeros(hidden)
        self.params["W2"] = std * np.random.randn(hidden, outputs)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2 = self.params["W2"]
        N, D = X.shape
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2)
        if y is None:
            return scores
        e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        probs = e / np.sum(e, axis=1, keepdims=True)
        loss = np.sum(-np.log(probs[np.arange(N), y])) / N
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        dscores = probs.copy()
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads["W2"] = hidden.T.dot(dscores) + 2 * reg * W2
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
        grads["b1"] = np.sum(dhidden, axis=0)
        return loss, grads
''',
    "a function that returns a dictionary": """
import numpy as np


def loss_and_grad(w1, w2, x, y):
    h = x @ w1
    a = np.maximum(h, 0)
    pred = a @ w2
    loss = np.mean((pred - y) ** 2)
    g_pred = 2 * (pred - y) / pred.size
    g_a = g_pred @ w2.T
    g_h = g_a * (h > 0)
    return loss, {"w1": x.T @ g_h, "w2": a.T @ g_pred}
""",
    "layers with caches": """
import numpy as np


def affine(x, w, b):
    out = x.dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_back(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


n, d, h, c = 10, 5, 6, 3
X = np.random.randn(n, d)
Y = np.random.randn(n, c)
w1 = np.random.randn(d, h); b1 = np.zeros(h)
w2 = np.random.randn(h, c); b2 = np.zeros(c)
a1, cache1 = affine(X, w1, b1)
h1 = np.maximum(0, a1)
scores, cache2 = affine(h1, w2, b2)
loss = np.sum((scores - Y) ** 2)
dscores = 2 * (scores - Y)
dh1, dw2, db2 = affine_back(dscores, cache2)
da1 = dh1 * (a1 > 0)
dx, dw1, db1 = affine_back(da1, cache1)
""",
    "a line through points, all scalars": """
import numpy as np

x = np.linspace(0, 10, 50)
y = 3 * x + 2 + np.random.randn(50)
slope = 0.0
shift = 0.0
n = len(x)
for epoch in range(100):
    y_pred = slope * x + shift
    loss = np.mean((y_pred - y) ** 2)
    dslope = (2 / n) * np.sum(x * (y_pred - y))
    dshift = (2 / n) * np.sum(y_pred - y)
    slope -= 0.01 * dslope
    shift -= 0.01 * dshift
""",
    "dropout": """
import numpy as np

n, d, h, c = 10, 4, 6, 3
X = np.random.randn(n, d)
T = np.random.randn(n, c)
W1 = np.random.randn(d, h)
W2 = np.random.randn(h, c)
keep = 0.5
for i in range(10):
    a = np.maximum(0, X @ W1)
    mask = (np.random.rand(*a.shape) < keep) / keep
    dropped = a * mask
    out = dropped @ W2
    loss = np.sum((out - T) ** 2) / n
    dout = 2 * (out - T) / n
    dW2 = dropped.T @ dout
    da = dout @ W2.T * mask
    da[a <= 0] = 0
    dW1 = X.T @ da
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
""",
    "one row at a time": """
import numpy as np

X = np.random.randn(100, 3)
y = np.random.randn(100)
w = np.zeros(3)
for epoch in range(5):
    for i in range(100):
        xi = X[i]
        err = xi.dot(w) - y[i]
        loss = err**2
        grad_w = 2 * err * xi
        w -= 0.01 * grad_w
""",
    "moments in the update, the gradient without a name of its own": """
import numpy as np

A = np.random.randn(20, 4)
b = np.random.randn(20)
x = np.zeros(4)
m = np.zeros(4)
for t in range(1, 1001):
    r = A @ x - b
    f = 0.5 * r @ r
    gradient = A.T @ r
    m = 0.9 * m + 0.1 * gradient
    x = x - 0.01 * gradient
""",
    "the gradient of a bias without its second axis": """
import numpy as np

n, d, h = 20, 4, 6
X = np.random.randn(n, d)
Y = np.random.randn(n, h)
W = np.random.randn(d, h)
b = np.zeros((1, h))
for i in range(9):
    miss = X.dot(W) + b - Y
    loss = np.sum(miss**2)
    dW = 2 * X.T.dot(miss)
    db = 2 * np.sum(miss, axis=0)
    W -= 0.1 * dW
    b -= 0.1 * db
""",
    "gradients scaled in a loop over their list": """
import numpy as np

n, d, h = 10, 4, 5
X = np.random.randn(n, d)
Y = np.random.randn(n, 1)
W1 = np.random.randn(d, h)
W2 = np.random.randn(h, 1)
for it in range(100):
    a = np.tanh(X @ W1)
    miss = a @ W2 - Y
    loss = np.sum(miss**2) / n
    dW2 = 2 * a.T @ miss
    dW1 = 2 * X.T @ (miss @ W2.T * (1 - a**2))
    for g in [dW1, dW2]:
        g /= n
    params, grads = [W1, W2], [dW1, dW2]
    for p, g in zip(params, grads):
        p -= 0.1 * g
""",
    "branches by np.where": """
import numpy as np

n, d, h = 10, 4, 5
X = np.random.randn(n, d)
y = np.random.randn(n, 1)
W1 = np.random.randn(d, h)
W2 = np.random.randn(h, 1)
leak = 0.01
for i in range(10):
    z = X @ W1
    a = np.where(z > 0, z, leak * z)
    out = a @ W2
    loss = ((out - y) ** 2).mean()
    dout = 2 * (out - y) / n
    dW2 = a.T @ dout
    da = dout @ W2.T
    dz = np.where(z > 0, da, leak * da)
    dW1 = X.T @ dz
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
""",
    "a test loss after training, one name for both": """
import numpy as np

X, y = np.random.randn(50, 4), np.random.randn(50)
X_test, y_test = np.random.randn(20, 4), np.random.randn(20)
w = np.zeros(4)
for t in range(100):
    y_pred = X @ w
    loss = np.mean((y_pred - y) ** 2)
    dw = 2 * X.T @ (y_pred - y) / len(y)
    w -= 0.1 * dw
y_pred = X_test @ w
loss = np.mean((y_pred - y_test) ** 2)
""",
    "the penalty added behind the first gradient": """
import numpy as np


def ridge(W, X, Y, reg):
    r = X.dot(W) - Y
    loss = np.sum(r**2)
    dW = 2 * X.T.dot(r)
    loss += reg * np.sum(W**2)
    dW += 2 * reg * W
    return loss, dW
""",
    "a function called twice whose names are also those of the script": """
import numpy as np


def affine(x, w):
    out = x.dot(w)
    cache = {"x": x, "w": w}
    return out, cache


def affine_back(dout, cache):
    x, w = cache["x"], cache["w"]
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    return dx, dw


n, d, h, c = 10, 5, 6, 3
x = np.random.randn(n, d)
y = np.random.randn(n, c)
w1 = np.random.randn(d, h)
w2 = np.random.randn(h, c)
a, cache1 = affine(x, w1)
t = np.tanh(a)
out, cache2 = affine(t, w2)
loss = np.sum((out - y) ** 2) + np.sum(x.dot(w1))
dout = 2 * (out - y)
dt, dw2 = affine_back(dout, cache2)
da = dt * (1 - t**2)
dx, dw1 = affine_back(da, cache1)
dw1 += x.T.dot(np.ones((n, h)))
""",
    "the array that two names share is not needed again": """
import numpy as np

n, d, k = 9, 4, 3
X = np.random.randn(n, d)
y = np.random.randint(k, size=n)
W = np.random.randn(d, k)
e = np.exp(X.dot(W))
probs = e / e.sum(1, keepdims=True)
loss = -np.log(probs[range(n), y]).sum() / n
dscores = probs
dscores[range(n), y] -= 1
dscores /= n
dW = X.T.dot(probs)
""",
}

LOSSES = {"features first, functions that pass dictionaries": "cost"}
PAIRS = {
    "features first, functions that pass dictionaries": {"W1": "dW1", "b1": "db1", "W2": "dW2", "b2": "db2"},
    "a class that holds its parameters in a dictionary": {
        "self.params['W1']": "grads['W1']",
        "self.params['b1']": 'grads["b1"]',
        "W2": "grads['W2']",
    },
    "a function called twice whose names are also those of the script": {"w1": "dw1", "w2": "dw2"},
    "batch normalisation, 1-D parameters": {"x": "dx", "gamma": "dgamma", "beta": "dbeta"},
    "attention": {"Wq": "dWq", "Wk": "dWk", "Wv": "dWv"},
}
"""Where the names do not tell: the gradients to check."""
