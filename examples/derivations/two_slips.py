"""A softmax classifier with a hidden layer; two slips in its gradients (for docs/checking-code.md)."""

import numpy as np

n, d, h, k = 200, 4, 16, 3
X = np.random.randn(n, d)
y = np.random.randint(0, k, size=n)
W1 = 0.1 * np.random.randn(d, h)
b1 = np.zeros(h)
W2 = 0.1 * np.random.randn(h, k)

for _ in range(500):
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(probs[np.arange(n), y])) + 0.01 * np.sum(W1 * W1)

    dscores = probs.copy()
    dscores[np.arange(n), y] -= 1
    dW2 = hidden.T @ dscores
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    dW1 = X.T @ dhidden + 0.01 * W1
    db1 = dhidden.sum(axis=0)

    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
