"""Two layers, ReLU, squared error: NumPy only, gradients by hand (after "Learning PyTorch with examples")."""

import numpy as np

batch, n_in, n_hidden, n_out = 64, 1000, 100, 10

x = np.random.randn(batch, n_in)
y = np.random.randn(batch, n_out)
w1 = np.random.randn(n_in, n_hidden)
w2 = np.random.randn(n_hidden, n_out)

rate = 1e-6
for t in range(500):
    # forward: the prediction and its loss
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)
    loss = np.square(y_pred - y).sum()
    print(t, loss)

    # backward: one gradient for each value above, from the last to the first
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu.copy()
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)

    w1 -= rate * grad_w1
    w2 -= rate * grad_w2
