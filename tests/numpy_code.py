"""NumPy code as people write it, and as they get it wrong: the tables of `test_reader_numpy`."""

from __future__ import annotations

from matdiff.errors import DeclarationError, MatdiffError, ParseError, ShapeError, UnsupportedError

# NumPy source, its twin in the math notation, and the declarations of both.
PAIRS: list[tuple[str, str, str | None]] = [
    # functions of matrices
    ("np.linalg.cholesky(X.T @ X + np.eye(X.shape[1]))", "chol(X'*X + eye(n))", "X: matrix(m, n)"),
    ("np.linalg.eigvalsh(S).sum()", "sum(eigvals(S))", "S: symmetric(n)"),
    ("np.trace(np.linalg.matrix_power(A, p))", "tr(A^p)", "A: matrix(n, n); p: dim"),
    # the largest entry, where it does not cancel
    ("np.max(X)", "max(X)", None),
    ("-X.min(axis=1)", "-rowmin(X)", None),
    ("X - X.max(axis=0)", "X - colmax(X)", None),
    ("np.prod(X, axis=1)", "rowprod(X)", None),
    ("np.sort(X)", "rowsort(X)", None),
    ("np.sort(X, axis=0)", "rowsort(X')'", None),
    ("np.sort(X, axis=None)", "sort(vec(X'))", None),
    ("np.linalg.norm(X, 1)", "max(colsum(abs(X)))", None),
    ("np.linalg.norm(X, np.inf)", "max(rowsum(abs(X)))", None),
    ("np.linalg.norm(x, np.inf)", "norm_inf(x)", None),
    ("np.triu(X, 1)", "triu(X) - diag(diag(X))", "X: matrix(n, n)"),
    ("e = np.exp(x - x.max())\ne / (e.sum() + 1)", "exp(x - max(x))/(sum(exp(x - max(x))) + 1)", None),
    # products of 1-D and 2-D arrays
    ("x @ A @ x", "x'*A*x", None),
    ("A @ x", "A*x", None),
    ("x @ A", "(x'*A)'", None),
    ("x @ A @ B", "(x'*A*B)'", None),
    ("(x @ A) @ (B @ y)", "x'*A*B*y", None),
    ("x @ y", "x'*y", None),
    ("x.T @ y", "x'*y", None),
    ("x @ x.T", "x'*x", None),
    ("A @ B", "A*B", None),
    ("A.T @ B", "A'*B", None),
    ("A.T.T", "A", None),
    ("x.T @ A.T @ y", "x'*A'*y", None),
    ("np.dot(x, y)", "x'*y", None),
    ("np.dot(A, x)", "A*x", None),
    ("np.dot(x, A)", "(x'*A)'", None),
    ("np.dot(A, B)", "A*B", None),
    ("np.dot(a, x)", "a*x", None),
    ("x.dot(A).dot(y)", "x'*A*y", None),
    ("x.dot(w1)", "x*w1", "x: matrix(n, d); w1: matrix(d, h)"),
    ("np.matmul(A, x)", "A*x", None),
    ("from numpy import dot\ndot(x, y)", "x'*y", None),
    ("np.inner(x, y)", "x'*y", None),
    ("np.inner(A, B)", "A*B'", None),
    ("np.inner(x, B)", "B*x", None),
    ("np.inner(A, y)", "A*y", None),
    ("np.vdot(x, y)", "x'*y", None),
    ("np.vdot(A, B)", "inner(A, B)", None),
    ("np.outer(x, y)", "outer(x, y)", None),
    ("np.outer(x, y) @ z", "x*(y'*z)", None),
    ("np.outer(X, y)", "vec(X')*y'", None),
    ("np.outer(x, x) * A", "(x*x') .* A", None),
    ("np.tensordot(A, B)", "sum(A .* B)", None),
    ("np.tensordot(A, B, axes=1)", "A*B", None),
    ("np.kron(A, B)", "kron(A, B)", None),
    ("np.kron(x, y)", "kron(x, y)", None),
    ("np.kron(x, B)", "kron(x', B)", None),
    ("np.linalg.multi_dot([A, B, C])", "A*B*C", None),
    ("np.linalg.multi_dot((x, A, y))", "x'*A*y", None),
    ("x @ A * y", "(A'*x) .* y", None),
    ("A @ x * 2 @ y", "2*(A*x)'*y", None),
    # broadcasting: a 1-D array lies along the last axis
    ("X + h", "X + h'", "X: matrix(n, k); h: vector(k)"),
    ("X @ W + b", "X*W + b'", "b: vector(h)"),
    ("X @ W + b", "X*W + b", "b: row(h)"),
    ("X - y", "X - ones(n)*y'", "X: matrix(n, k); y: vector(k)"),
    ("x * A", "ones(m)*x' .* A", "A: matrix(m, n); x: vector(n)"),
    ("A / x", "A ./ (ones(m)*x')", "A: matrix(m, n); x: vector(n)"),
    ("x * y", "x .* y", None),
    ("x + a", "x + a", "a: scalar"),
    ("a + b * c", "a + b*c", None),
    ("a * X / b", "a*X/b", None),
    ("x[:, None] * y", "x*y'", None),
    ("x[:, None] + y[None, :]", "x*ones(1, n) + ones(m)*y'", "x: vector(m); y: vector(n)"),
    ("x[:, np.newaxis] - y", "x*ones(1, n) - ones(m)*y'", "x: vector(m); y: vector(n)"),
    ("X * x[:, None]", "diag(x)*X", None),
    ("X * x[None]", "X*diag(x)", None),
    ("x[..., None] @ y[None, ...]", "x*y'", None),
    ("x.reshape(-1, 1) @ y.reshape(1, -1)", "x*y'", None),
    ("np.expand_dims(x, 1) * np.expand_dims(y, axis=0)", "x*y'", None),
    ("np.atleast_2d(x) + X", "ones(m)*x' + X", "X: matrix(m, n); x: vector(n)"),
    ("X[:, :] + X[:]", "2*X", None),
    ("(x @ A) + z", "A'*x + z", None),
    ("(x @ A) * (y @ B)", "(A'*x) .* (B'*y)", None),
    ("np.exp(x @ A) - 1", "exp(A'*x) - 1", None),
    ("X - (x @ A)", "X - ones(m)*(x'*A)", "X: matrix(m, n)"),
    ("y[:, None] - X @ w", "y*ones(1, n) - ones(n)*(X*w)'", "X: matrix(n, d); w: vector(d); y: vector(n)"),
    # sums
    ("X.sum()", "sum(X)", None),
    ("np.sum(X * Y)", "sum(X .* Y)", None),
    ("np.sum(X, axis=0)", "colsum(X)'", None),
    ("np.sum(X, axis=1)", "rowsum(X)", None),
    ("np.sum(X, 1)", "rowsum(X)", None),
    ("X.sum(axis=-1)", "rowsum(X)", None),
    ("X.sum(-2)", "colsum(X)'", None),
    ("X.sum(axis=1, keepdims=True)", "rowsum(X)", None),
    ("X.sum(axis=0, keepdims=True)", "colsum(X)", None),
    ("X.sum(axis=(0, 1))", "sum(X)", None),
    ("X.sum(axis=None)", "sum(X)", None),
    ("X / X.sum(axis=1, keepdims=True)", "X ./ rowsum(X)", None),
    ("X / np.sum(X, axis=1)[:, None]", "X ./ rowsum(X)", None),
    ("X / X.sum(axis=0)", "X ./ colsum(X)", None),
    ("(X.T / X.sum(axis=1)).T", "X ./ rowsum(X)", None),
    ("x.sum(axis=0)", "sum(x)", None),
    ("sum(x * y)", "x'*y", None),
    ("np.sum(x @ A)", "sum(x'*A)", None),
    ("X.mean()", "sum(X)/(rows(X)*cols(X))", None),
    ("np.mean(X, axis=0)", "colsum(X)'/rows(X)", None),
    ("np.mean(X, axis=1)", "rowsum(X)/cols(X)", None),
    ("np.mean(X, axis=0, keepdims=True)", "colsum(X)/rows(X)", None),
    ("X - X.mean(axis=0)", "X - mean(X, axis=0)", None),
    ("np.mean((x - y)**2)", "norm2(x - y)^2/rows(x)", None),
    ("np.average(x)", "mean(x)", None),
    ("np.var(x)", "mean((x - mean(x)) .^ 2)", None),
    ("X.var(axis=0)", "mean((X - mean(X, axis=0)) .^ 2, axis=0)'", None),
    ("np.std(X, axis=1, keepdims=True)", "sqrt(mean((X - mean(X, axis=1)) .^ 2, axis=1))", None),
    (
        "(X - X.mean(axis=0)) / X.std(axis=0)",
        "(X - mean(X, axis=0)) ./ sqrt(mean((X - mean(X, axis=0)) .^ 2, axis=0))",
        None,
    ),
    # entry by entry
    ("x**2", "x .^ 2", None),
    ("X**2", "X .^ 2", None),
    ("X**-1", "1 ./ X", None),
    ("-x**2", "-(x .^ 2)", None),
    ("2**x", "2 .^ x", None),
    ("x**y", "x .^ y", None),
    ("x**0.5", "sqrt(x)", None),
    ("X**x", "X .^ (ones(rows(X))*x')", None),
    ("np.square(X)", "X .^ 2", None),
    ("np.sqrt(np.sum(x**2))", "norm2(x)", None),
    ("np.power(x, 3)", "x .^ 3", None),
    ("pow(a, 2)", "a^2", None),
    ("np.exp(X) + np.log(X)", "exp(X) + log(X)", None),
    ("np.log1p(np.exp(x))", "log(1 + exp(x))", None),
    ("np.log2(x) + np.log10(y)", "log(x)/log(2) + log(y)/log(10)", None),
    ("np.expm1(x)", "exp(x) - 1", None),
    ("np.exp2(x)", "2 .^ x", None),
    ("np.tanh(X @ w)", "tanh(X*w)", None),
    ("np.sin(x) * np.cos(x) / np.tan(x)", "sin(x) .* cos(x) ./ tan(x)", None),
    ("np.arcsin(x) + np.arccos(x) + np.arctan(x)", "arcsin(x) + arccos(x) + arctan(x)", None),
    ("np.sinh(x) + np.cosh(x)", "exp(x)", None),
    ("np.abs(x).sum()", "norm1(x)", None),
    ("abs(x).sum() + np.absolute(y).sum()", "norm1(x) + norm1(y)", None),
    ("np.sign(x) * x", "abs(x)", None),
    ("np.multiply(x, y)", "x .* y", None),
    ("np.add(x, np.subtract(y, z))", "x + y - z", None),
    ("np.divide(X, y)", "X ./ (ones(rows(X))*y')", None),
    ("np.negative(x)", "-x", None),
    ("np.reciprocal(x)", "1 ./ x", None),
    ("np.hypot(x, y)", "sqrt(x .^ 2 + y .^ 2)", None),
    ("np.logaddexp(x, y)", "log(exp(x) + exp(y))", None),
    ("np.logaddexp(0, -y * (X @ w)).sum()", "sum(softplus(-y .* (X*w)))", None),
    ("np.pi * a + np.e", "pi*a + exp(1)", None),
    ("import math\nmath.sqrt(2 * math.pi) * a", "sqrt(2*pi)*a", None),
    ("1e-3 * x + .5 * x + 2. * x + 1_000 * x", "(1/1000 + 1/2 + 2 + 1000)*x", None),
    # maxima, masks
    ("np.maximum(h, 0)", "relu(h)", None),
    ("np.maximum(0, X @ W)", "relu(X*W)", None),
    ("np.maximum(x, y)", "max(x, y)", None),
    ("np.maximum(X, x)", "max(X, ones(rows(X))*x')", None),
    ("np.minimum(x, 1 - y)", "min(x, 1 - y)", None),
    ("max(a, 0) + min(a, b)", "max(a, 0) + min(a, b)", None),
    ("h.clip(min=0)", "relu(h)", None),
    ("h.clip(0)", "relu(h)", None),
    ("np.clip(h, 0, None)", "relu(h)", None),
    ("np.clip(x, -a, a)", "min(max(x, -a), a)", "a: scalar"),
    ("np.clip(p, a_min=1e-7, a_max=0.5)", "min(max(p, 1e-7), 1/2)", None),
    ("h * (h > 0)", "relu(h)", None),
    ("(h > 0).astype(float) @ h", "sum(relu(h))", None),
    ("np.sum(h >= 0)", "sum(1(h >= 0))", None),
    ("1 - (x <= y)", "1(x > y)", None),
    ("(x != x) + x", "x", None),
    ("(x > 0) * (x < 1)", "1(x > 0) .* 1(x < 1)", None),
    ("np.heaviside(x, 0.5)", "1(x > 0)", None),
    ("np.where(h > 0, h, 0)", "relu(h)", None),
    ("np.where(z > 0, z, 0.01 * z)", "max(z, z/100)", None),
    ("np.where(z > 0, z, a * (np.exp(z) - 1))", "1(z > 0) .* z + 1(z <= 0) .* (a*(exp(z) - 1))", None),
    (
        "np.where(np.abs(r) <= 1, r**2 / 2, np.abs(r) - 0.5).sum()",
        "sum(1(abs(r) <= 1) .* (r .^ 2)/2 + 1(abs(r) > 1) .* (abs(r) - 1/2))",
        None,
    ),
    ("np.where(X > 0, X, x)", "1(X > 0) .* X + 1(X <= 0) .* (ones(rows(X))*x')", None),
    ("np.where(x == y, a, b)", "1(x == y)*a + (1 - 1(x == y))*b", None),
    ("g = X.copy()\ng[X < 0] = 0\ng", "relu(X)", None),
    ("h = X @ W\nh[h < 0] *= 0.1\nh.sum()", "sum(max(X*W, X*W/10))", None),
    # linear algebra
    ("np.linalg.inv(A) @ x", "inv(A)*x", None),
    ("np.linalg.solve(A, y)", "inv(A)*y", None),
    ("np.linalg.solve(A, B)", "inv(A)*B", None),
    ("x @ np.linalg.solve(A, x)", "x'*inv(A)*x", None),
    ("np.linalg.pinv(X) @ y", "pinv(X)*y", None),
    ("np.linalg.det(A)", "det(A)", None),
    ("np.log(np.linalg.det(A.T @ A))", "log(det(A'*A))", None),
    ("np.linalg.slogdet(A)[1]", "logdet(A)", None),
    ("sign, logdet = np.linalg.slogdet(A)\nlogdet", "logdet(A)", None),
    ("_, ld = np.linalg.slogdet(A.T @ A)\nloss = 0.5 * ld", "logdet(A'*A)/2", None),
    ("np.linalg.slogdet(A)[0]", "sign(det(A))", None),
    ("np.linalg.norm(x)", "norm2(x)", None),
    ("np.linalg.norm(X)**2", "sum(X .^ 2)", None),
    ("np.linalg.norm(X, 'fro')", "norm2(X)", None),
    ("np.linalg.norm(x, 1)", "norm1(x)", None),
    ("np.linalg.norm(x, ord=2)", "norm2(x)", None),
    ("np.linalg.norm(X, axis=1)", "sqrt(rowsum(X .^ 2))", None),
    ("X / np.linalg.norm(X, axis=1, keepdims=True)", "X ./ sqrt(rowsum(X .^ 2))", None),
    ("np.linalg.norm(X, 1, axis=0)", "colsum(abs(X))'", None),
    ("from numpy.linalg import norm, inv\nnorm(inv(A) @ x)", "norm2(inv(A)*x)", None),
    ("import numpy.linalg as la\nla.norm(X @ w - y)**2", "norm2(X*w - y)^2", None),
    ("from numpy import linalg as LA\nLA.det(A)", "det(A)", None),
    ("np.trace(A @ B)", "tr(A*B)", None),
    ("(A.T @ A).trace()", "tr(A'*A)", None),
    ("np.diag(x) @ A", "diag(x)*A", None),
    ("np.diag(A) + A.diagonal()", "2*diag(A)", None),
    ("np.diag(np.diag(A))", "A .* eye(rows(A))", None),
    ("np.linalg.matrix_power(A, 3)", "A^3", None),
    ("np.linalg.matrix_power(A, -2) @ x", "A^-2*x", None),
    # einsum
    ("np.einsum('ij,jk->ik', A, B)", "A*B", None),
    ("np.einsum('ij,jk', A, B)", "A*B", None),
    ("np.einsum('ij,ij->', A, B)", "sum(A .* B)", None),
    ("np.einsum('i,ij,j->', x, A, y)", "x'*A*y", None),
    ("np.einsum('i,i->', x, y)", "x'*y", None),
    ("np.einsum('i,j->ij', x, y)", "x*y'", None),
    ("np.einsum('i,j->ji', x, y)", "y*x'", None),
    ("np.einsum('ij->ji', A)", "A'", None),
    ("np.einsum('ij->', A)", "sum(A)", None),
    ("np.einsum('ij->j', A)", "colsum(A)'", None),
    ("np.einsum('ii->', A)", "tr(A)", None),
    ("np.einsum('ii->i', A)", "diag(A)", None),
    ("np.einsum('ii,i->', A, x)", "diag(A)'*x", None),
    ("np.einsum('ij,kj->ik', A, B)", "A*B'", None),
    ("np.einsum('ji,jk->ki', A, B)", "B'*A", None),
    ("np.einsum('ij,ij->i', A, B)", "rowsum(A .* B)", None),
    ("np.einsum('ni,ij,nj->n', X, A, X)", "diag(X*A*X')", None),
    ("np.einsum('ij,j,kj->ik', A, x, B)", "A*diag(x)*B'", None),
    ("np.einsum('ij,ji->', A, B)", "tr(A*B)", None),
    ("np.einsum('ij,jk,kl->il', A, B, C)", "A*B*C", None),
    ("np.einsum(',i->i', a, x)", "a*x", None),
    ("np.einsum('i,ij->ij', x, A)", "diag(x)*A", None),
    ("np.einsum('ij,j->ij', A, x)", "A*diag(x)", None),
    ("np.einsum('ij,kl->', A, B)", "sum(A)*sum(B)", None),
    # sizes and constants
    ("np.sum((X @ w - y)**2) / len(y)", "norm2(X*w - y)^2/rows(y)", None),
    ("np.sum(X) / X.shape[0] / X.shape[1]", "mean(X)", None),
    ("np.sum(X) / X.size + x.size + x.shape[0] + len(X)", "mean(X) + 2*rows(x) + rows(X)", None),
    ("np.shape(X)[1] * np.size(X, 0) - np.size(X)", "0*sum(X)", None),
    ("m, n = X.shape\nnp.sum(X) / (m * n)", "mean(X)", None),
    ("n = X.shape[0]\nnp.ones(n) @ X / n", "mean(X, axis=0)'", None),
    ("N = len(y)\nloss = ((X @ w - y)**2).sum() / (2 * N)", "norm2(X*w - y)^2/(2*rows(y))", None),
    ("A @ np.ones((n, 1))", "rowsum(A)", "A: matrix(m, n)"),
    ("np.ones((m, n)) * a", "a*ones(m, n)", None),
    ("np.zeros(n) + x", "x", "x: vector(n)"),
    ("np.eye(n) + A", "eye(n) + A", "A: matrix(n, n)"),
    ("np.linalg.inv(A + a * np.eye(A.shape[0]))", "inv(A + a*I)", None),
    ("np.identity(len(A)) - A", "I - A", None),
    ("np.ones_like(x) - x", "1 - x", None),
    ("np.zeros_like(X) + np.full_like(X, a)", "a*ones(rows(X), cols(X))", None),
    ("np.full((2, 3), a)", "a*ones(2, 3)", None),
    ("np.ones(X.shape) @ X.T", "ones(rows(X), cols(X))*X'", None),
    ("X.ravel() @ Y.ravel()", "sum(X .* Y)", None),
    ("X.flatten()", "vec(X')", None),
    ("X.flatten('F')", "vec(X)", None),
    ("X.reshape(-1)", "vec(X')", None),
    ("x.reshape(3, 4)", "unvec(x, 4, 3)'", "x: vector(12)"),
    ("x.reshape((m, n), order='F')", "unvec(x, m, n)", "x: vector(m*n); m, n: dim"),
    ("np.reshape(X, (-1, 1))", "vec(X')", None),
    ("np.squeeze(x[None, :] @ A @ x[:, None])", "x'*A*x", None),
    ("(x[:, None].T @ y[:, None])[0, 0]", "x'*y", None),
    ("float(x @ y) * a", "x'*y*a", None),
    ("(x[None, :] @ y[:, None]).item()", "x'*y", None),
    ("np.array(x) + np.asarray(x) + x.copy() + np.float64(a)", "3*x + a", "a: scalar"),
    ("np.transpose(X) @ X.transpose().T", "X'*X", None),
    # labels and one-hot rows
    ("P[np.arange(len(y)), y]", "rowsum(P .* y)", "P: matrix(n, k); y: labels(n, k)"),
    ("-np.log(P[range(N), y]).sum() / N", "-sum(log(rowsum(P .* y)))/N", "P: matrix(N, k); y: labels(N, k)"),
    ("-np.mean(np.log(P)[np.arange(P.shape[0]), y])", "-mean(log(rowsum(P .* y)))", "P: matrix(n, k); y: labels(n, k)"),
    ("np.sum(np.eye(k)[y] * P)", "sum(y .* P)", "P: matrix(n, k); y: labels(n, k)"),
    ("P[np.arange(y.shape[0]), y] -= 1\nP / y.size", "(P - y)/n", "P: matrix(n, k); y: labels(n, k)"),
    ("-np.sum(Y * np.log(P), axis=1).mean()", "-sum(Y .* log(P))/rows(P)", "Y: onehot(n, k)"),
    # the largest entry, where it cancels
    ("np.exp(s - np.max(s)) / np.sum(np.exp(s - np.max(s)))", "softmax(s)", None),
    ("e = np.exp(s - s.max())\ne / e.sum()", "softmax(s)", None),
    ("e = np.exp(S - S.max(axis=1, keepdims=True))\ne / e.sum(axis=1, keepdims=True)", "softmax(S)", None),
    ("e = np.exp(S - np.max(S))\nP = e / np.sum(e, axis=1, keepdims=True)", "softmax(S)", None),
    ("m = np.max(S, axis=1)\ne = np.exp(S - m[:, None])\ne / e.sum(axis=1)[:, np.newaxis]", "softmax(S)", None),
    ("Z = np.exp(S - np.max(S, axis=0))\nZ / np.sum(Z, axis=0)", "softmax(S, axis=0)", None),
    ("c = s.max()\nc + np.log(np.sum(np.exp(s - c)))", "logsumexp(s)", None),
    ("m = S.max(axis=1)\nm + np.log(np.exp(S - m.reshape(-1, 1)).sum(axis=1))", "logsumexp(S)", None),
    ("S -= S.max(axis=1, keepdims=True)\nS - np.log(np.exp(S).sum(axis=1, keepdims=True))", "log_softmax(S)", None),
    ("(np.exp((S.T - S.max(1)).T).T / np.exp((S.T - S.max(1)).T).sum(1)).T", "softmax(S)", None),
    ("logp = s - s.max()\nlogp = logp - np.log(np.sum(np.exp(logp)))\n-logp @ p", "-log_softmax(s)'*p", None),
    ("softmax(S, axis=1)", "softmax(S)", None),
    ("softmax(s)", "softmax(s)", None),
    ("log_softmax(S, axis=0)", "log_softmax(S, axis=0)", None),
    ("logsumexp(S, axis=1, keepdims=True) + S", "logsumexp(S)*ones(1, cols(S)) + S", None),
    ("from scipy.special import logsumexp\nlogsumexp(S, axis=0)", "logsumexp(S, axis=0)'", None),
    ("sigmoid(X @ w) + relu(X @ w) + softplus(X @ w)", "sigmoid(X*w) + relu(X*w) + softplus(X*w)", None),
    ("logdet(A.T @ A)", "logdet(A'*A)", None),
]

NETWORK_1 = """
    N, D_in, H, D_out: dim
    x: matrix(N, D_in);  y: matrix(N, D_out)
    w1: matrix(D_in, H); w2: matrix(H, D_out)
"""
NETWORK_2 = """
    N, D, h, K: dim
    X: matrix(N, D); y: labels(N, K); reg: scalar
    W: matrix(D, h); b: row(h); W2: matrix(h, K); b2: row(K)
"""

# Whole programs, with the model in the math notation.
PROGRAMS: dict[str, tuple[str, str, str | None]] = {
    "network 1": (
        """
        import numpy as np

        # forward pass: compute predicted y
        h = x.dot(w1)
        h_relu = np.maximum(h, 0)
        y_pred = h_relu.dot(w2)

        # loss
        loss = np.square(y_pred - y).sum()
        """,
        "h = x*w1; h_relu = relu(h); y_pred = h_relu*w2; loss = sum((y_pred - y) .^ 2)",
        NETWORK_1,
    ),
    "network 1 as a function": (
        '''
        def loss(x, y, w1, w2):
            """Sum of squared errors of a two-layer network."""
            h_relu = np.maximum(x @ w1, 0)
            y_pred = h_relu @ w2
            return np.linalg.norm(y_pred - y)**2
        ''',
        "norm2(relu(x*w1)*w2 - y)^2",
        NETWORK_1,
    ),
    "network 2": (
        """
        num_examples = X.shape[0]
        # evaluate class scores, [N x K]
        hidden_layer = np.maximum(0, np.dot(X, W) + b)
        scores = np.dot(hidden_layer, W2) + b2

        # compute the class probabilities
        exp_scores = np.exp(scores)
        probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)  # [N x K]

        # the loss: average cross-entropy loss and regularization
        correct_logprobs = -np.log(probs[range(num_examples), y])
        data_loss = np.sum(correct_logprobs) / num_examples
        reg_loss = 0.5*reg*np.sum(W*W) + 0.5*reg*np.sum(W2*W2)
        loss = data_loss + reg_loss
        """,
        """
        hidden_layer = relu(X*W + b)
        scores = hidden_layer*W2 + b2
        exp_scores = exp(scores)
        probs = exp_scores ./ rowsum(exp_scores)
        correct_logprobs = -log(rowsum(probs .* y))
        data_loss = sum(correct_logprobs)/N
        reg_loss = 0.5*reg*sum(W .* W) + 0.5*reg*sum(W2 .* W2)
        loss = data_loss + reg_loss
        """,
        NETWORK_2,
    ),
    "network 2 in its stable form": (
        """
        def affine(x, w, b): return x @ w + b

        def log_softmax(scores):
            shifted = scores - scores.max(axis=1, keepdims=True)
            return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

        hidden = np.maximum(affine(X, W, b), 0)
        logp = log_softmax(affine(hidden, W2, b2))
        loss = -logp[np.arange(len(y)), y].mean()
        for_later = 0.5 * reg * ((W**2).sum() + (W2**2).sum())
        loss += for_later
        """,
        """
        scores = relu(X*W + b)*W2 + b2
        loss = -sum(rowsum(log_softmax(scores) .* y))/N + reg/2*(norm2(W)^2 + norm2(W2)^2)
        """,
        NETWORK_2,
    ),
    "a name assigned again and again": (
        """
        h = X @ W1
        h = np.tanh(h)
        h = h @ W2
        h **= 2
        h -= 1
        h /= 2
        loss = h.mean()
        """,
        "mean(((tanh(X*W1)*W2) .^ 2 - 1)/2)",
        None,
    ),
    "a variable assigned to": (
        "x = x - x.mean()\nx = x / np.linalg.norm(x)\nx @ A @ x",
        "y = x - mean(x); (y/norm2(y))'*A*(y/norm2(y))",
        None,
    ),
    "augmented": (
        "loss = 0\nloss += np.sum(x**2)\nloss += a * np.abs(x).sum()\nloss *= 2",
        "2*(norm2(x)^2 + a*norm1(x))",
        None,
    ),
    "in place": ("g = X.copy()\ng += 1\ng[X > 0] = 0\ng *= g\nf = g.sum()", "sum((1(X <= 0) .* (X + 1)) .^ 2)", None),
    "chained assignment": ("u = v = A @ x\nu @ v", "norm2(A*x)^2", None),
    "tuples": (
        "u, v = A @ x, B @ x\n(p, q), r = (u, v), x\np @ u + q @ v + r @ r",
        "norm2(A*x)^2 + norm2(B*x)^2 + norm2(x)^2",
        None,
    ),
    "swapped": ("u, v = x, 2 * x\nu, v = v, u\nu @ A @ v", "2*x'*A*x", None),
    "semicolons": ("u = A @ x; v = u * u;\nv.sum()", "norm2(A*x)^2", None),
    "continuation": ("f = x @ y \\\n    + 2 * \\\n    z @ z", "x'*y + 2*z'*z", None),
    "brackets over lines": (
        """
        loss = np.sum(
            (X @ w  # the prediction
             - y)**2,
            axis=0,
        )
        """,
        "norm2(X*w - y)^2",
        None,
    ),
    "comments and a docstring": (
        '"""A loss.\n\n  (1 / 0)\n"""\n# a comment\n\nf = x @ x  # the end\n  # indented\n\n',
        "x'*x",
        None,
    ),
    "helper functions": (
        """
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))

        def cost(theta, X, y, lam=0.1):
            m = len(y)
            p = sigmoid(X @ theta)
            data = -(y @ np.log(p) + (1 - y) @ np.log(1 - p)) / m
            return data + lam * theta @ theta / (2 * m)
        """,
        "p = sigmoid(X*theta); -(y'*log(p) + (1 - y)'*log(1 - p))/rows(y) + lam*theta'*theta/(2*rows(y))",
        "theta: vector(d); lam: scalar",
    ),
    "a helper that is called twice": (
        """
        def layer(x, W, b, activation=np.tanh):
            z = x @ W + b
            return activation(z)
        h = layer(X, W1, h1)
        out = layer(h, W2, h2, activation=lambda t: t)
        loss = (out**2).sum()
        """,
        "norm2(tanh(X*W1 + ones(rows(X))*h1')*W2 + ones(rows(X))*h2')^2",
        "h1, h2: vector",
    ),
    "a function that sees the names around it": ("c = 3\ndef f(x): return c * x\nc = 4\nf(x).sum()", "4*sum(x)", None),
    "a function with names of its own": (
        "u = 2 * x\ndef f(x):\n    u = x + 1\n    return u @ u\nf(u) + u @ u",
        "norm2(2*x + 1)^2 + 4*norm2(x)^2",
        None,
    ),
    "a lambda": ("f = lambda x, A: x @ A @ x\nf(y, B)", "y'*B*y", None),
    "several results": (
        "def both(x):\n    return x @ x, x.sum()\nq, s = both(A @ x)\nq / s",
        "norm2(A*x)^2/sum(A*x)",
        None,
    ),
    "annotations": (
        """
        def loss(X: matrix(n, k), w: vector(k), y: np.ndarray, lam: float = 0.1) -> float:
            r: np.ndarray = X @ w - y
            return r @ r + lam * w @ w
        """,
        "norm2(X*w - y)^2 + lam*w'*w",
        "lam: scalar",
    ),
    "statements that say nothing": (
        """
        from __future__ import annotations
        import numpy as xp, math as plt
        np.random.seed(0)
        assert X.shape[1] == len(w), "sizes"
        pass
        loss = (X @ w).sum()
        print(f"loss: {loss}", loss % 2, end="")
        """,
        "sum(X*w)",
        None,
    ),
    "sizes by name": (
        "n, d = X.shape\nC = X.T @ X / n - np.ones((d, d))\nnp.trace(C) / d",
        "tr(X'*X/rows(X) - ones(cols(X), cols(X)))/cols(X)",
        None,
    ),
    "numbers by name": (
        "k = 3\nlr = 1e-2\nA = np.full((k, k), lr)\nx @ A @ x",
        "x'*(0.01*ones(3, 3))*x",
        "x: vector(3)",
    ),
    "Gaussian": (
        "d = len(x)\nr = x - y\n-0.5 * (r @ np.linalg.solve(S, r) + np.linalg.slogdet(S)[1] + d * np.log(2 * np.pi))",
        "-((x - y)'*inv(S)*(x - y) + logdet(S) + rows(x)*log(2*pi))/2",
        "S: symmetric",
    ),
    "a name that is pi": (
        "pi * np.exp(-x @ x / 2) / np.sqrt(2 * np.pi)",
        "pi*exp(-x'*x/2)/sqrt(2*arccos(-1))",
        "pi: scalar",
    ),
    "definitions kept apart": ("u @ r + np.sum(r)", "u'*r + sum(r)", "r = X*w - y; u: vector"),
    "labels made one-hot": (
        "Y = np.zeros((n, k))\nY[np.arange(n), y] = 1\n-np.sum(Y * np.log(P))",
        "-sum(y .* log(P))",
        "P: matrix(n, k); y: labels(n, k)",
    ),
    "sizes made of others": (
        "k = 2\nd = 3 * k\nnp.ones((k, d)) @ np.ones((d, len(x))) @ x",
        "ones(2, 6)*ones(6, rows(x))*x",
        None,
    ),
    "unknown functions": (
        "sigma(X @ w).sum() + swish(x @ A).sum()",
        "sum(sigma(X*w)) + sum(swish(A'*x))",
        "sigma(z) := z*sigmoid(z); swish(z) := z/(1 + exp(-z))",
    ),
    "gradient by hand": (
        """
        scores = X @ W
        e = np.exp(scores)
        dscores = e / e.sum(axis=1, keepdims=True)
        dscores[np.arange(n), y] -= 1
        dscores /= n
        dW = X.T @ dscores
        dW += reg * W
        """,
        "X'*(softmax(X*W) - y)/n + reg*W",
        "X: matrix(n, d); W: matrix(d, k); y: labels(n, k); reg: scalar",
    ),
}

# Sources that become the very same expression as their twin, definitions and all.
SAME = [
    ("np.trace(scipy.linalg.sqrtm(W))", "tr(sqrtm(W))", "W: matrix(n, n)"),
    ("np.sum(scipy.linalg.logm(W))", "sum(logm(W))", "W: matrix(n, n)"),
    (
        "scipy.linalg.solve_sylvester(A, B, C)",
        "sylvester(A, B, C)",
        "A: matrix(n, n); B: matrix(m, m); C: matrix(n, m)",
    ),
    (
        PROGRAMS["network 1"][0],
        "h = x*w1; h_relu = relu(h); y_pred = h_relu*w2; loss = sum((y_pred - y) .^ 2)",
        NETWORK_1,
    ),
    (PROGRAMS["network 2"][0], PROGRAMS["network 2"][1], NETWORK_2),
    ("x @ A @ x", "x'*A*x", None),
    ("X @ W + b", "X*W + b'", "b: vector(h)"),
    ("h = np.maximum(X @ w, 0)\nloss = h.sum() / len(h)", "h = max(X*w, 0); loss = sum(h)/rows(h)", None),
    ("X - X.mean(axis=0)", "X - mean(X, axis=0)", None),
    ("np.where(h > 0, h, 0)", "relu(h)", None),
    ("x.sum() ; x @ y", "x'*y", None),
    ("P[np.arange(n), y]", "rowsum(P .* y)", "P: matrix(n, k); y: labels(n, k)"),
    ("def loss(w): return act(X @ w).sum()\ndef act(z): return np.tanh(z)", "sum(tanh(X*w))", None),
    ("y = y.reshape(-1, 1)\nX @ y", "X*y", None),
]

WHERE = """
m, n, k: dim; X, Y: matrix(m, n); B: matrix(k, k); S: symmetric(n); x, z: vector(m); v: vector(n)
a: scalar; r: row(n); t: labels(m, n); sigma: function; hidden: matrix(m, k)
"""

# A source, the kind of its error, its line and column, and words of the message.
BAD: list[tuple[str, type[MatdiffError], tuple[int, int], str]] = [
    # sizes, in NumPy's signs
    ("X @ Y", ShapeError, (1, 5), "X is m×n, Y is m×n: X @ Y needs n = m; write * for the element-wise product"),
    ("X @ Y", ShapeError, (1, 5), "or transpose one: X @ Y.T"),
    ("X @ x", ShapeError, (1, 5), "X.T @ x would fit"),
    ("X + x", ShapeError, (1, 5), "x[:, None] would fit"),
    ("X * Y.T", ShapeError, (1, 5), "X * Y.T needs equal sizes (a scalar, a row or a column spreads); Y would fit"),
    ("x @ v", ShapeError, (1, 5), "x is 1×m, v is n×1: x @ v needs m = n"),
    ("f = X @ v\nf + v", ShapeError, (2, 5), "f is m×1, v is n×1"),
    ("np.linalg.inv(X)", ShapeError, (1, 1), "X is m×n: np.linalg.inv needs a square matrix; np.linalg.pinv is"),
    ("np.linalg.solve(B, x)", ShapeError, (1, 1), "solve needs"),
    ("np.maximum(x, v)", ShapeError, (1, 1), "x is m×1, v is n×1"),
    ("X[0, 0]", ShapeError, (1, 1), "X is m×n, not a single entry"),
    ("np.squeeze(X)", UnsupportedError, (1, 1), "X is m×n, not a single row or column"),
    ("x = 3", ShapeError, (1, 1), "x is declared m×1, but is defined 1×1"),
    # axes
    ("a @ X", ShapeError, (1, 1), "a is a scalar: @ needs arrays; write * to scale by it"),
    ("c @ X", ShapeError, (1, 1), "c is a scalar by its letter (declare it if it is not)"),
    ("np.matmul(X, 3)", ShapeError, (1, 1), "3 is a scalar"),
    ("np.trace(x)", ShapeError, (1, 1), "np.trace needs a 2-D array; x is 1-D"),
    ("np.linalg.det(x)", ShapeError, (1, 1), "needs a 2-D array"),
    ("np.linalg.solve(S, a)", ShapeError, (1, 20), "needs a right side with axes; a is a scalar"),
    ("X.sum(axis=2)", ShapeError, (1, 7), "the axes are 0 (down the columns) and 1 (along the rows)"),
    ("np.sum(x, axis=1)", ShapeError, (1, 11), "x is 1-D and has no axis 1: a 1-D array has only axis 0"),
    ("X.mean(axis='rows')", ParseError, (1, 8), "an axis is an integer"),
    ("np.sum(X, keepdims=2)", ParseError, (1, 11), "keepdims is True or False"),
    ("x += X", ShapeError, (1, 1), "+= keeps x 1-D, but the result is 2-D: write x = x + …"),
    ("max(x, 0)", ShapeError, (1, 1), "write np.maximum(x, y)"),
    ("sum(a)", ShapeError, (1, 5), "a is a scalar: there is nothing to sum over"),
    ("X[:, None]", UnsupportedError, (1, 1), "arrays have at most 2 axes here"),
    ("np.zeros((2, 3, 4))", UnsupportedError, (1, 10), "arrays have at most 2"),
    ("np.einsum('ij,jk->ijk', X, S)", UnsupportedError, (1, 1), "'ijk' has 3 axes; at most 2 are read"),
    ("np.einsum('ij,ik,il,jk,jl,kl->', S, S, S, S, S, S)", UnsupportedError, (1, 1), "joins more than two matrices"),
    ("np.einsum('ij,jk', X)", ParseError, (1, 1), "names 2 arrays, but 1 are given"),
    ("np.einsum('ij->i', x)", ShapeError, (1, 1), "'ij' has 2 indices; x is 1-D"),
    ("np.einsum('i...->i', x)", ParseError, (1, 1), "an ellipsis is not read"),
    ("np.einsum(X, Y)", ParseError, (1, 11), "begins with its subscripts"),
    ("np.diag(a)", ShapeError, (1, 9), "a is a scalar"),
    ("len(a)", ShapeError, (1, 5), "a scalar has no len()"),
    # names
    ("weights @ X", DeclarationError, (1, 1), "weights is not declared: declare it, as in weights: matrix(m, n)"),
    ("X @ hiden", DeclarationError, (1, 5), "did you mean hidden?"),
    ("f = later + 1\nlater = 2", DeclarationError, (1, 5), "later is used before it is given a value"),
    ("tanhh(x)", DeclarationError, (1, 1), "there is no function tanhh: did you mean tanh?"),
    ("np.tahn(x)", UnsupportedError, (1, 1), "did you mean np.tanh?"),
    ("np.inv(S)", UnsupportedError, (1, 1), "did you mean np.linalg.inv?"),
    ("np.expit(x)", UnsupportedError, (1, 1), "did you mean scipy.special.expit?"),
    ("X.transpos()", UnsupportedError, (1, 1), "did you mean .transpose?"),
    ("X.columns", UnsupportedError, (1, 1), "what is read: .T .shape"),
    ("self.W @ x", DeclarationError, (1, 1), "write W instead of self.W"),
    ("torch.relu(x)", DeclarationError, (1, 1), "only functions of numpy"),
    ("import os\nos.system('true')", UnsupportedError, (2, 1), "os.system is not read"),
    ("x(3)", ParseError, (1, 1), "x is not a function, and there is no implicit multiplication: write x * (…)"),
    ("f = 3\nf(2)", ParseError, (2, 1), "f is a scalar, not a function"),
    ("np = 3", UnsupportedError, (1, 1), "np is a module here"),
    ("n = 3", DeclarationError, (1, 1), "n is a dim and cannot be defined"),
    ("W: matrx(3)", DeclarationError, (1, 4), "matrx is not a kind; did you mean matrix?"),
    ("ｘ + 1", ParseError, (1, 1), "ｘ looks like x: write x"),
    ("х @ x", DeclarationError, (1, 1), "it looks like x, but 'х' is CYRILLIC SMALL LETTER HA"),
    ("x² + 1", ParseError, (1, 1), "write x**2"),
    ("2 * pi", DeclarationError, (1, 5), "write np.pi"),
    ("def = 3", ParseError, (1, 5), "an assignment cannot stand here"),
    ("x + def", ParseError, (1, 5), "def is a word of Python and cannot be a name"),
    ("exp + x", ParseError, (1, 1), "this is a function: call it"),
    ("sigma + x", ParseError, (1, 1), "this is a function: call it"),
    # what has no meaning here
    ("X.argmax()", UnsupportedError, (1, 1), ".argmax is not read: it has no derivative"),
    ("np.concatenate([x, v])", UnsupportedError, (1, 1), "arrays are not joined; write the parts apart"),
    ("np.array([1, 2])", UnsupportedError, (1, 10), "give it a name and declare it, as in x: vector(3)"),
    ("X[:, 0]", UnsupportedError, (1, 1), "X is m×n, not a single column; one column of it is X @ e"),
    ("X[X > 0]", UnsupportedError, (1, 1), "multiply by the mask, as in h * (h > 0)"),
    ("h = X + 1\nh[0] = 2", UnsupportedError, (2, 1), "there are only h[h < 0] = 0 with a mask"),
    ("t + x", UnsupportedError, (1, 1), "labels are read only as an index"),
    ("X[np.arange(m), x]", UnsupportedError, (1, 1), "with y declared as labels"),
    ("np.arange(m) * x", UnsupportedError, (1, 1), "are read only as an index"),
    ("np.where(x, x, 0)", UnsupportedError, (1, 1), "x is not a comparison"),
    (
        "np.where(x > 0, np.log(x), 0)",
        UnsupportedError,
        (1, 1),
        "np.log(x) may have no value where the other branch is meant",
    ),
    ("p = 1 / x\nnp.where(x > 0, p, 0)", UnsupportedError, (2, 1), "p may have no value"),
    ("-(x > 0)", UnsupportedError, (1, 1), "write 1 - mask"),
    ("(x > 0) + (z > 0)", UnsupportedError, (1, 1), "+ of two masks is not arithmetic in NumPy"),
    ("0 < x < 1", UnsupportedError, (1, 1), "write (a < x) & (x < b)"),
    ("x // 2", UnsupportedError, (1, 1), "// has no derivative"),
    ("np.linalg.norm(X, -1)", UnsupportedError, (1, 19), "np.sum(np.abs(X)) sums all absolute values"),
    ("np.linalg.norm(X, np.inf, axis=1)", UnsupportedError, (1, 19), "np.inf of a vector, and of a whole matrix"),
    ("X.reshape(3, -1)", ShapeError, (1, 1), "X is m×n, but the code says it is of 3 rows"),
    ("X.astype(int)", UnsupportedError, (1, 10), "of the types only float is read"),
    ("x.var(dof=1)", UnsupportedError, (1, 7), "x.var takes no dof= here; did you mean ddof=?"),
    ("np.exp(x, out=x)", UnsupportedError, (1, 11), "np.exp takes no out= here; it takes x"),
    ("np.random.randn(3) + x", UnsupportedError, (1, 1), "assign it to a name of its own"),
    ("h = x\nh += 1", UnsupportedError, (2, 1), "another name stands for the same array as h"),
    (
        "def f(u):\n    u += 1\n    return u.sum()\nf(x) + x.sum()",
        UnsupportedError,
        (2, 5),
        "copy the array with .copy()",
    ),
    ("np.log", ParseError, (1, 1), "this is a function"),
    ("softmax(X)", UnsupportedError, (1, 1), "write axis=1 for each row"),
    ("x, z", UnsupportedError, (1, 1), "end with the one that is meant"),
    ("1 / 0", ParseError, (1, 5), "division by zero"),
    # statements and calls
    (
        "for i in range(10):\n    x = x + 1",
        UnsupportedError,
        (1, 1),
        "for: loops are not read: write one pass of the loop",
    ),
    ("if a > 0: x", UnsupportedError, (1, 1), "write np.where(mask, x, y)"),
    ("x if a > 0 else z", UnsupportedError, (1, 3), "write np.where(mask, x, y)"),
    ("x and z", UnsupportedError, (1, 3), "masks are joined by &"),
    ("class A: pass", UnsupportedError, (1, 1), "classes are not read"),
    ("with x: pass", UnsupportedError, (1, 1), "with is read of numpy.errstate"),
    ("@jit\ndef f(x): return x", UnsupportedError, (1, 1), "decorators are not read"),
    ("return x", ParseError, (1, 1), "return stands only in a def"),
    ("def f(x):\n    return x\n    x", UnsupportedError, (3, 5), "nothing after a return is ever run"),
    ("def f(x):\n    y = x", UnsupportedError, (1, 1), "f returns no value"),
    ("def f(x):\nx", ParseError, (2, 1), "the body of this def is missing"),
    ("f = 1\n  g = 2\n h = 3", ParseError, (3, 2), "indented unlike all lines above it"),
    ("f = 1\ng = 2\n  h = 3", ParseError, (3, 3), "this line is indented, but no def stands above it"),
    ("def f(u): return f(u)\nf(x)", UnsupportedError, (1, 18), "recursion is not read"),
    ("def f(u): return u\nf(x, z)", ParseError, (2, 6), "f takes 1 arguments, not 2"),
    ("def f(u): return u\nf()", ParseError, (2, 1), "f needs its argument u"),
    ("def f(u): return u\nf(w=x)", ParseError, (2, 3), "w= is no parameter; f takes u"),
    ("np.sum()", ParseError, (1, 1), "np.sum needs its argument a"),
    ("np.sum(X, axis=0, axis=1)", ParseError, (1, 19), "axis= stands twice"),
    ("np.sum(axis=0, X)", ParseError, (1, 16), "stands after one with a name"),
    ("m1, n1 = x", ParseError, (1, 1), "2 names stand here for one value"),
    ("X.T = Y", UnsupportedError, (1, 1), "attributes are not assigned to"),
    ("x + 1 = z", ParseError, (1, 1), "the left side of = must be a name (write == to compare)"),
    # signs
    ("x ^ 2", UnsupportedError, (1, 3), "a power is written x**2"),
    ("X'", ParseError, (1, 2), "the transpose of X is X.T"),
    ("X' * Y'", ParseError, (1, 2), "a string cannot stand here; the transpose of X is X.T"),
    ("Xᵀ @ x", ParseError, (1, 2), "the transpose of X is X.T"),
    ("x .* z", ParseError, (1, 4), "an operand is missing before '*'"),
    ("x > 0 & x < 1", UnsupportedError, (1, 5), "binds tighter than a comparison: write (h > 0) & (h < 1)"),
    ("~x", UnsupportedError, (1, 1), "~ is read between masks, and x is none"),
    ("x − z", ParseError, (1, 3), "write the minus sign of the keyboard"),
    ("{'W': X}", ParseError, (1, 1), "take one of its entries, as in params['W1']"),
    (r"\frac{1}{2}", ParseError, (1, 1), "a backslash stands only at the end of a line"),
    ("2x", ParseError, (1, 2), "there is no implicit multiplication, write * or @"),
    ("x z", ParseError, (1, 3), "something is missing before z"),
    ("3j * x", UnsupportedError, (1, 2), "complex numbers are not read"),
    ("x +", ParseError, (1, 4), "the line ends too early"),
    ("f =\ng = 2", ParseError, (1, 4), "the line ends too early"),
    ("x + * z", ParseError, (1, 5), "an operand is missing before '*'"),
    ("np.sum((x + z)", ParseError, (1, 7), "the bracket ( is not closed"),
    ("f = np.exp(x\ng = 2 * f", ParseError, (1, 11), "the bracket ( is not closed"),
    ("x + z)", ParseError, (1, 6), "this ) was never opened"),
    ("np.sum(x,, z)", ParseError, (1, 10), "an operand is missing before ','"),
    ("'''x", ParseError, (1, 1), "a string is not closed here"),
    ("1e999 * x", ParseError, (1, 1), "too large or too long to keep exactly"),
    ("x\x00 + z", ParseError, (1, 2), "cannot read '\\x00' here"),
    # sizes that the code tells
    ("x.reshape(n, 1)", ShapeError, (1, 1), "x is m×1, but the code says it is of n rows"),
    ("x.reshape(3)", ShapeError, (1, 1), "of 3 rows"),
    ("X.reshape(2, 2, 2)", UnsupportedError, (1, 1), "or two sizes, as in x.reshape(m, n)"),
    ("X[range(k), t]", ShapeError, (1, 1), "X is m×n, but the code says it is of k rows"),
    ("X[np.arange(n), t]", ShapeError, (1, 1), "of n rows"),
    ("X[np.arange(n), t] -= 1", ShapeError, (1, 1), "of n rows"),
    ("np.eye(4)[t]", ShapeError, (1, 1), "t is m×n, but the code says it is of 4 columns"),
    ("t[:, None] == np.arange(m)", ShapeError, (1, 1), "of m columns"),
    ("X[0]", UnsupportedError, (1, 1), "X is m×n, not a single row; one column of it is X @ e, one row e @ X"),
    ("np.squeeze(X, axis=1)", UnsupportedError, (1, 1), "not a single column"),
    ("r += X", ShapeError, (1, 1), "r += X is m×n, but the code says it is of 1×n"),
    ("x @= z", ShapeError, (1, 1), "@= keeps x 1-D, but the result is a scalar"),
    ("np.zeros(m, n)", UnsupportedError, (1, 13), "sizes are one tuple, as in (m, n)"),
    ("W = np.random.randn(X.shape[1], 3)\nW @ X", ShapeError, (2, 5), "W @ X needs 3 = m"),
    ("x = np.random.randn(m, 1)", ShapeError, (1, 1), "x is declared as a vector, which is 1-D, not 2-D"),
    ("np.full((m, n), x)", ShapeError, (1, 1), "needs equal sizes"),
    ("x[:, None] @ v[:, None]", ShapeError, (1, 14), "x[:, None] is m×1, v[:, None] is n×1"),
    ("np.average(X, weights=v)", ShapeError, (1, 15), "of a 2-D array with 1-D weights needs its axis"),
    ("np.tensordot(X, S, axes=3)", ShapeError, (1, 20), "these are no axes of them"),
    ("sum(X @ v, 2)", ParseError, (1, 12), "sum takes at most 1 argument here: a"),
    # misspelt
    ("np.maximun(x, 0)", UnsupportedError, (1, 1), "did you mean np.maximum?"),
    ("np.sqaure(x)", UnsupportedError, (1, 1), "did you mean np.square?"),
    ("np.lingalg.inv(S)", UnsupportedError, (1, 1), "np.lingalg is not read; did you mean np.linalg?"),
    ("np.linalg.sovle(S, v)", UnsupportedError, (1, 1), "did you mean np.linalg.solve?"),
    ("np.linalg.normm(x)", UnsupportedError, (1, 1), "did you mean np.linalg.norm?"),
    ("X.traspose()", UnsupportedError, (1, 1), "did you mean .transpose?"),
    ("np.mean(X, axes=0)", UnsupportedError, (1, 12), "np.mean takes no axes= here; did you mean axis=?"),
    ("np.sum(X, keepdim=True)", UnsupportedError, (1, 11), "did you mean keepdims=?"),
    ("scipy.expit(x)", UnsupportedError, (1, 1), "did you mean scipy.special.expit?"),
    ("math.srqt(a)", UnsupportedError, (1, 1), "did you mean np.sqrt?"),
    ("sigmiod(x)", DeclarationError, (1, 1), "there is no function sigmiod: did you mean sigmoid?"),
    ("{'loss': x}['los']", ParseError, (1, 1), "there is no key 'los': did you mean 'loss'?"),
    ("special.expit(x)", DeclarationError, (1, 1), "special is not read: it is not imported"),
    ("I @ x", DeclarationError, (1, 1), "the identity is written np.eye(n)"),
    ("def f(weights): return weights @ X", DeclarationError, (1, 24), "weights is not declared: declare it"),
    # no methods, no functions
    ("X.inv()", UnsupportedError, (1, 1), "it is no method: write np.linalg.inv(X)"),
    ("X.exp()", UnsupportedError, (1, 1), "it is no method: write np.exp(X)"),
    ("x.backward()", UnsupportedError, (1, 1), "this is PyTorch"),
    ("X.H", UnsupportedError, (1, 1), "write .T"),
    ("np.matrix(X)", UnsupportedError, (1, 1), "its * is the matrix product"),
    ("np.add.reduce(x)", UnsupportedError, (1, 1), ".reduce of a function is not read"),
    ("np.exp[x]", ParseError, (1, 1), "this is a function: call it"),
    ("np.vectorize(lambda u: u)(x)", UnsupportedError, (1, 14), "apply to each entry by themselves"),
    ("import torch\ntorch.sum(x)", UnsupportedError, (2, 1), "torch.sum is not read: did you mean np.sum?"),
    ("np.piecewise(x, x, x)", UnsupportedError, (1, 1), "write np.where(mask, x, y)"),
    ("np.linalg.svd(X)", UnsupportedError, (1, 1), "np.linalg.svd is read with full_matrices=False"),
    ("np.linalg.matrix_rank(W)", UnsupportedError, (1, 1), "it has no derivative"),
    ("np.cov(W)", UnsupportedError, (1, 1), "covariances are not supported"),
    ("q = np.random.randint(0, 3, size=m)", UnsupportedError, (1, 1), "declare them, as in q: labels(n, k)"),
    ("np.clip(x, np.inf, 1)", UnsupportedError, (1, 12), "np.inf is no number to calculate with"),
    ("int(2.5) * x", UnsupportedError, (1, 5), "int has no derivative; it is read of an integer"),
    ("np.select([x > 0], [x, z])", ParseError, (1, 1), "1 masks for 2 choices"),
    ("softmax(X, axis=2)", ShapeError, (1, 12), "X is 2-D and has no axis 2"),
    ("list(x)", UnsupportedError, (1, 6), "list is read of labels and of what a tuple holds"),
    # masks, tuples, dictionaries
    ("x & z", UnsupportedError, (1, 1), "& is read between masks, and x is none"),
    ("x += None", ParseError, (1, 6), "None is no array"),
    ("x + True", ParseError, (1, 5), "True is no array"),
    ("{1: x}", UnsupportedError, (1, 2), "the keys of a dictionary are strings here"),
    ("{'a': x}[0]", ParseError, (1, 1), "the keys of a dictionary are strings here"),
    ("d = {'a': x}\nd + 1", ParseError, (2, 1), "this is a dictionary"),
    ("p['W'] + p", ParseError, (1, 10), "this is looked into by strings elsewhere"),
    ("p['1W']", UnsupportedError, (1, 1), "'1W' is no name of a variable"),
    ("q = (x, z)\nq[2]", ParseError, (2, 1), "the items are 0 to 1"),
    ("x['a']", UnsupportedError, (1, 1), "this index of x is not read"),
    ("np.sum(*x)", ParseError, (1, 8), "only a tuple is spread"),
    # memory
    ("u = w = X @ v\nu += 1", UnsupportedError, (2, 1), "another name stands for the same array as u"),
    (
        "def f(h, c=x):\n    c += 1\n    return h\nf(z)",
        UnsupportedError,
        (2, 5),
        "another name stands for the same array as c",
    ),
    (
        "g = {'a': x + 1}\nu = g['a']\ng['a'] *= 2",
        UnsupportedError,
        (3, 1),
        "another name stands for the same array as 'a'",
    ),
    # Python that is not read
    (
        "def f(*args): return x",
        UnsupportedError,
        (1, 8),
        "star arguments (*args, **kwargs) are not read: name each one",
    ),
    ("f = lambda **kw: x", UnsupportedError, (1, 14), "star arguments"),
    ("(u := x) @ x", UnsupportedError, (1, 4), ":= is not read"),
    ("def f(x) return x", ParseError, (1, 10), "a colon is missing here"),
    ("lambda x", ParseError, (1, 9), "a colon is missing here"),
    ("(x]", ParseError, (1, 3), "the bracket ( is closed by ]"),
    ("{'a': x", ParseError, (1, 1), "the bracket { is not closed"),
    ("def f(x, x): return x", ParseError, (1, 10), "x stands twice among the parameters"),
    ("007 * x", ParseError, (1, 1), "007 is no number in Python"),
    ("1__0 * x", ParseError, (1, 1), "is no number in Python"),
    ("x << 2", UnsupportedError, (1, 3), "shifts are not read"),
    ("|x|", ParseError, (1, 1), "the absolute value of x is np.abs(x)"),
    ("async def f(): pass", UnsupportedError, (1, 1), "async: this is not read"),
    ("[x for i in range(3)]", UnsupportedError, (1, 4), "for: loops are not read"),
    ("try: x", UnsupportedError, (1, 1), "try: this is not read"),
    ("lambda: (yield)", UnsupportedError, (1, 10), "yield: this is not read"),
    (
        "if __name__ == '__main__':\n    if __name__ == '__main__':\n        x",
        UnsupportedError,
        (2, 5),
        "this stands once, at the margin",
    ),
    ("__import__('os').system('true')", DeclarationError, (1, 1), "__import__"),
    ("eval('x')", DeclarationError, (1, 1), "there is no function eval"),
    ("exec('x = 1')", DeclarationError, (1, 1), "there is no function exec"),
    ("x.__class__", UnsupportedError, (1, 1), ".__class__ of an array is not read"),
    ("open('f').read()", DeclarationError, (1, 1), "there is no function open"),
    ("globals()['x']", DeclarationError, (1, 1), "there is no function globals"),
]

# Sources that must be refused.
HUGE = {
    "brackets": "(" * 100_000 + "x" + ")" * 100_000,
    "open brackets": "(" * 20_000,
    "closing brackets": ")" * 20_000,
    "square brackets": "[" * 20_000,
    "a megabyte": "x + " * 250_000,
    "a long line": "x + " * 74_000 + "x",
    "a long name": "x" * 299_999,
    "a long number": "9" * 299_999,
    "a tower of powers": "**".join("x" * 100_000),
    "calls of calls": "x" + "(x)" * 20_000,
    "quotes": "'" * 299_999,
    "an open string": '"""' + "x" * 290_000,
    "names": "\n".join(f"a{i} = x" for i in range(3_000)) + "\nundeclared",
    "functions that double": "def f0(x): return x * x\n"
    + "\n".join(f"def f{i}(x): return f{i - 1}(x) + f{i - 1}(x)" for i in range(1, 40)),
    "functions that call each other": "def f0(x): return x\n"
    + "\n".join(f"def f{i}(x): return f{i - 1}(x)" for i in range(1, 2_000)),
    "values in a function that double": "def f(h):\n" + "    h = h * h\n" * 2_000 + "    return h\nf(x @ x)",
    "calls that double": "def f(u): return u * u\n" + "f(" * 35 + "a" + ")" * 35,
    "indentation": "\n".join(" " * i + "def f(x):" for i in range(700)),
    "NUL bytes": "\x00" * 200_000,
    "colons": "x[" + ":" * 100_000 + "]",
    "look-alikes": "х" * 100_000,
    "open dictionaries": "{'a':" * 20_000,
    "nested dictionaries": "{'a':" * 5_000 + "x" + "}" * 5_000,
    "joined no masks": "x" + " & x" * 10_000,
    "stars": "f(" + "*" * 99_999,
    "spreads": "f(" + "*x.shape, " * 5_000 + ")",
    "nested main blocks": "".join("  " * i + "if __name__ == '__main__':\n" for i in range(500)) + "  " * 500 + "x",
    "nested with blocks": "".join("  " * i + "with np.errstate():\n" for i in range(500)) + "  " * 500 + "x",
    "many choices": f"np.select([{'x > 0, ' * 5_000}], [{'x, ' * 5_000}])",
    "a long hexadecimal number": "0x" + "f" * 200_000,
    "many walruses": "(x := " * 20_000,
}

# Sources that are long or deep, and nothing else.
DEEP = {
    "brackets": "(" * 10_000 + "x @ x" + ")" * 10_000,
    "signs": "-" * 10_001 + "(x @ x)",
    "transposes": "x @ (x" + ".T" * 10_001 + ")",
    "a long sum": " + ".join(["x @ x"] * 3_000),
    "layers": "h = x\n" + "h = np.tanh(A @ h) + h\n" * 1_000 + "h @ h",
    "assignments to a name": "h = x @ x\n" + "h = h * h\n" * 1_000,
    "values in a function": "def f(h):\n" + "    h = np.exp(h) + 1\n" * 1_000 + "    return h\nf(x @ x)",
    "masks": "h = x\n" + "h = np.where(h > 0, h, h / 2)\n" * 500 + "h @ h",
    "with blocks": "with np.errstate():\n    h = x @ x\n" * 300 + "h",
    "tuples of tuples": "t = (x, x)\n" + "t = (t, t)\n" * 500 + "x @ x",
    "complements": "((" + "~" * 10_000 + "(x > 0)) * x) @ x",
    "changes in place": "H = A @ B\n" + "H += A\n" * 500 + "H.sum()",
}
