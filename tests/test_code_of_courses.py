"""Training code in the styles of courses and books: right code is never blamed, slips are."""

from __future__ import annotations

import pytest

import matdiff as md

RIGHT: dict[str, str] = {
    "a picture padded in both passes": '''
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    """
    - x: Input data of shape (N, C, H, W)
    - w: Filter weights of shape (F, C, HH, WW)
    - b: Biases, of shape (F,)
    """
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, f, i, j] = np.sum(xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    dw[f] += xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] * dout[n, f, i, j]
                    dxp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, pad:pad+H, pad:pad+W]
    return dx, dw, db


x = np.random.randn(2, 2, 5, 5)
w = np.random.randn(3, 2, 3, 3)
b = np.random.randn(3)
dout = np.random.randn(2, 3, 5, 5)
out, cache = conv_forward_naive(x, w, b, {'stride': 1, 'pad': 1})
loss = np.sum(out * dout)
dx, dw, db = conv_backward_naive(dout, cache)
''',
    "derivatives carried forward": """
import numpy as np

T = 15
y = np.random.randn(T)
a = 0.7
q, r = 0.5, 1.2
m, P = 0.0, 1.0
dm, dP = 0.0, 0.0
loss = 0.0
da = 0.0
for t in range(T):
    mp = a * m
    dmp = m + a * dm
    Pp = a ** 2 * P + q
    dPp = 2 * a * P + a ** 2 * dP
    v = y[t] - mp
    dv = -dmp
    S = Pp + r
    dS = dPp
    loss += 0.5 * (np.log(2 * np.pi * S) + v ** 2 / S)
    da += 0.5 * (dS / S + 2 * v * dv / S - v ** 2 * dS / S ** 2)
    K = Pp / S
    dK = dPp / S - Pp * dS / S ** 2
    m = mp + K * v
    dm = dmp + dK * v + K * dv
    P = (1 - K) * Pp
    dP = (1 - K) * dPp - dK * Pp
""",
    "one step and all steps of a recurrent network": '''
import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = np.sum(da, axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    """
    - x: Input data for the entire timeseries, of shape (N, T, D).
    - h0: Initial hidden state, of shape (N, H)
    - Wx: Weight matrix for input-to-hidden connections, of shape (D, H)
    - Wh: Weight matrix for hidden-to-hidden connections, of shape (H, H)
    - b: Biases of shape (H,)
    """
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    prev = h0
    for t in range(T):
        prev, step = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        h[:, t, :] = prev
        cache.append(step)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dprev_h = np.zeros((N, H))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in range(T - 1, -1, -1):
        dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :] + dprev_h, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
''',
    "batch normalisation, mode in a dictionary": """
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == 'train':
        mu = 1. / N * np.sum(x, axis=0)
        xmu = x - mu
        sq = xmu ** 2
        var = 1. / N * np.sum(sq, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1. / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == 'test':
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    else:
        raise ValueError('Invalid mode "%s"' % mode)
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dx = ivar / N * (N * dxhat - np.sum(dxhat, axis=0) - xhat * np.sum(dxhat * xhat, axis=0))
    return dx, dgamma, dbeta
""",
    "numbered parameters, a cache of tuples": """
import numpy as np

class FullyConnectedNet(object):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout=0, reg=0.0, weight_scale=1e-2):
        self.reg = reg
        self.use_dropout = dropout > 0
        self.num_layers = 1 + len(hidden_dims)
        self.params = {}
        dims = [input_dim] + hidden_dims + [num_classes]
        for i in range(self.num_layers):
            self.params['W' + str(i + 1)] = np.random.normal(0, weight_scale, (dims[i], dims[i + 1]))
            self.params['b' + str(i + 1)] = np.zeros(dims[i + 1])

    def loss(self, X, y=None):
        h, caches = X.reshape(X.shape[0], -1), {}
        for i in range(1, self.num_layers):
            W, b = self.params['W%d' % i], self.params['b%d' % i]
            a = h.dot(W) + b
            caches[i] = (h, a)
            h = np.maximum(a, 0)
        last = self.num_layers
        scores = h.dot(self.params['W%d' % last]) + self.params['b%d' % last]
        if y is None:
            return scores
        grads = {}
        N = X.shape[0]
        shifted = scores - scores.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -logp[np.arange(N), y].sum() / N
        dscores = np.exp(logp)
        dscores[np.arange(N), y] -= 1
        dscores /= N
        for i in range(1, last + 1):
            loss += 0.5 * self.reg * np.sum(self.params['W%d' % i] ** 2)
        grads['W%d' % last] = h.T.dot(dscores) + self.reg * self.params['W%d' % last]
        grads['b%d' % last] = dscores.sum(axis=0)
        dh = dscores.dot(self.params['W%d' % last].T)
        for i in range(last - 1, 0, -1):
            h, a = caches[i]
            da = dh * (a > 0)
            grads['W%d' % i] = h.T.dot(da) + self.reg * self.params['W%d' % i]
            grads['b%d' % i] = da.sum(axis=0)
            dh = da.dot(self.params['W%d' % i].T)
        return loss, grads


model = FullyConnectedNet([20, 30], input_dim=15, num_classes=4, reg=0.1)
X = np.random.randn(8, 15)
y = np.random.randint(4, size=8)
loss, grads = model.loss(X, y)
""",
    "1x1 matrices for entries": """
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def costReg(theta, X, y, learningRate):
    theta = np.matrix(theta)
    X = np.matrix(X)
    y = np.matrix(y)
    first = np.multiply(-y, np.log(sigmoid(X * theta.T)))
    second = np.multiply((1 - y), np.log(1 - sigmoid(X * theta.T)))
    reg = (learningRate / (2 * len(X))) * np.sum(np.power(theta[:, 1:theta.shape[1]], 2))
    return np.sum(first - second) / len(X) + reg


def gradientReg(theta, X, y, learningRate):
    theta = np.matrix(theta)
    X = np.matrix(X)
    y = np.matrix(y)
    parameters = int(theta.ravel().shape[1])
    grad = np.zeros(parameters)
    error = sigmoid(X * theta.T) - y
    for i in range(parameters):
        term = np.multiply(error, X[:, i])
        if i == 0:
            grad[i] = np.sum(term) / len(X)
        else:
            grad[i] = (np.sum(term) / len(X)) + ((learningRate / len(X)) * theta[:, i])
    return grad


import scipy.optimize as opt
X = np.random.randn(20, 4)
y = (np.random.rand(20, 1) > 0.5).astype(float)
theta = np.zeros(4)
result = opt.fmin_tnc(func=costReg, x0=theta, fprime=gradientReg, args=(X, y, 1))
""",
    "columns put together by np.r_": """
import numpy as np
import scipy.optimize as op


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def costFunctionReg(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X.dot(theta))
    J = -(1 / m) * (np.log(h).T.dot(y) + np.log(1 - h).T.dot(1 - y)) + (lam / (2 * m)) * np.sum(np.square(theta[1:]))
    if np.isnan(J):
        return np.inf
    return J


def gradientReg(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X.dot(theta.reshape(-1, 1)))
    grad = (1 / m) * X.T.dot(h - y.reshape(-1, 1)) + (lam / m) * np.r_[[[0]], theta[1:].reshape(-1, 1)]
    return grad.flatten()


X = np.hstack([np.ones((40, 1)), np.random.randn(40, 3)])
y = (np.random.rand(40) > 0.5).astype(float)
initial_theta = np.zeros(X.shape[1])
res = op.minimize(costFunctionReg, initial_theta, args=(X, y, 1.0), method='BFGS', jac=gradientReg)
""",
    "one row and one class at a time": """
import numpy as np
from random import shuffle


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train, dim = X.shape
    num_class = W.shape[1]
    for i in range(num_train):
        f = X[i].dot(W)
        f -= np.max(f)
        p = np.exp(f) / np.sum(np.exp(f))
        loss += -np.log(p[y[i]])
        for k in range(num_class):
            p_k = p[k]
            dW[:, k] += (p_k - (k == y[i])) * X[i]
    loss /= num_train
    loss += 0.5 * reg * np.sum(W * W)
    dW /= num_train
    dW += reg * W
    return loss, dW
""",
}
SLOW = (
    "a picture padded in both passes",
    "numbered parameters, a cache of tuples",
    "one step and all steps of a recurrent network",
    "batch normalisation, mode in a dictionary",
    "one row and one class at a time",
)
SLIPS = (
    ("one step and all steps of a recurrent network", "dWh = prev_h.T.dot(da)", "dWh = next_h.T.dot(da)"),
    ("batch normalisation, mode in a dictionary", "dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq"),
    ("1x1 matrices for entries", "grad[i] = np.sum(term) / len(X)", "grad[i] = np.sum(term)"),
    ("columns put together by np.r_", "(1 / m) * X.T.dot(h", "X.T.dot(h"),
    ("columns put together by np.r_", "(lam / m) *", "lam *"),
    ("one row and one class at a time", "(p_k - (k == y[i]))", "(p_k + (k == y[i]))"),
    ("one row and one class at a time", "* X[i]\n", "* X[i] ** 2\n"),
)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW[:2] else ()) for name in RIGHT]
)
def test_right(name: str) -> None:
    report = md.check_code(RIGHT[name])
    assert report.links
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("name", "right", "slip"),
    [pytest.param(*slip, marks=pytest.mark.slow if slip[0] in SLOW else ()) for slip in SLIPS],
)
def test_slips(name: str, right: str, slip: str) -> None:
    assert RIGHT[name].count(right) == 1
    report = md.check_code(RIGHT[name].replace(right, slip))
    assert any(link.verdict in ("wrong", "ill-formed") for link in report.links), str(report)
