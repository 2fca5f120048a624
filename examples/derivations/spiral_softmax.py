"""ReLU, softmax and cross-entropy on three spirals: gradients by hand (after cs231n's minimal network)."""

import numpy as np

points = 100  # for each class
D = 2
K = 3
X = np.zeros((points * K, D))
y = np.zeros(points * K, dtype="uint8")
for j in range(K):
    ix = range(points * j, points * (j + 1))
    r = np.linspace(0.0, 1, points)
    t = np.linspace(j * 4, (j + 1) * 4, points) + np.random.randn(points) * 0.2
    X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
    y[ix] = j

h = 100
W = 0.01 * np.random.randn(D, h)
b = np.zeros((1, h))
W2 = 0.01 * np.random.randn(h, K)
b2 = np.zeros((1, K))

step_size = 1e-0
reg = 1e-3

num_examples = X.shape[0]
for i in range(10000):
    # class scores
    hidden_layer = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(hidden_layer, W2) + b2

    # class probabilities
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)

    # the mean of the log losses, and the penalty
    correct_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(correct_logprobs) / num_examples
    reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
    loss = data_loss + reg_loss
    if i % 1000 == 0:
        print(f"iteration {i}: loss {loss:f}")

    # scores
    dscores = probs
    dscores[range(num_examples), y] -= 1
    dscores /= num_examples

    # output layer
    dW2 = np.dot(hidden_layer.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)

    # hidden layer
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden_layer <= 0] = 0
    dW = np.dot(X.T, dhidden)
    db = np.sum(dhidden, axis=0, keepdims=True)

    # the penalty's part
    dW2 += reg * W2
    dW += reg * W

    W += -step_size * dW
    b += -step_size * db
    W2 += -step_size * dW2
    b2 += -step_size * db2
