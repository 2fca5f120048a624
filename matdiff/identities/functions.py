"""Functions of entries: softmax, the logistic function, signs, values where they are simple."""

from matdiff.identities.identity import Identity

# Softmax and its kin: what sums to one does.
SOFTMAX = (
    Identity("a one-hot row sums to one", "Y: onehot(n, k) |- Y*ones(k) = ones(n)", notable=True),
    Identity("a one-hot row sums to one", "Y: labels(n, k) |- Y*ones(k) = ones(n)", notable=True),
    Identity("a softmax row sums to one", "softmax(X)*ones(n) = ones(m)", sees_names=True, notable=True),
    Identity("a softmax sums to one", "x: vector(n) |- sum(softmax(x)) = 1", sees_names=True, notable=True),
    Identity(
        "exp over its row sums is softmax",
        "exp(X) .* ((1 ./ (exp(X)*ones(n)))*ones(1, n)) = softmax(X)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
    Identity(
        "exp over its sum is softmax",
        "x: vector(n) |- (1/sum(exp(x)))*exp(x) = softmax(x)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
    Identity(
        "exp of log-softmax", "exp(log_softmax(X)) = softmax(X)", sees_names=True, notable=True, use="normal stable"
    ),
    Identity(
        "exp of log-softmax",
        "x: vector(n) |- exp(log_softmax(x)) = softmax(x)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
)

# The logistic function, however it is written.
LOGISTIC = (
    Identity("the logistic function", "1 ./ (1 + exp(-X)) = sigmoid(X)"),
    Identity("the logistic function", "1/(1 + exp(-a)) = sigmoid(a)"),
    Identity("the logistic function", "1 ./ (1 + exp(X)) = sigmoid(-X)", use="normal stable"),
    Identity("the logistic function", "1/(1 + exp(a)) = sigmoid(-a)", use="normal stable"),
    Identity("the logistic function", "1 - sigmoid(-X) = sigmoid(X)"),
    Identity("the logistic function", "1 - sigmoid(-a) = sigmoid(a)"),
    Identity("the logistic function", "exp(X) .* sigmoid(-X) = sigmoid(X)"),
    Identity("the logistic function", "exp(a)*sigmoid(-a) = sigmoid(a)"),
    Identity("the logistic function", "exp(-X) .* sigmoid(X) = sigmoid(-X)"),
    Identity("the logistic function", "exp(-a)*sigmoid(a) = sigmoid(-a)"),
)

SIGNS = (
    Identity("relu and its mask", "1(X > 0) .* relu(X) = relu(X)", sees_names=True),
    Identity("relu and its mask", "1(a > 0)*relu(a) = relu(a)", sees_names=True),
    Identity("tangent", "sin(X) .* (1 ./ cos(X)) = tan(X)"),
    Identity("tangent", "sin(a)/cos(a) = tan(a)"),
    Identity("hyperbolic tangent", "sinh(X) .* (1 ./ cosh(X)) = tanh(X)"),
    Identity("hyperbolic tangent", "sinh(a)/cosh(a) = tanh(a)"),
    Identity("sign and absolute value", "sign(a)*abs(a) = a"),
    Identity("sign and absolute value", "sign(a)*a = abs(a)"),
    Identity("sign and absolute value", "sign(X) .* abs(X) = X"),
    Identity("sign and absolute value", "sign(X) .* X = abs(X)"),
    Identity("sign and absolute value", "sign(a)/abs(a) = 1/a", where="a not 0"),
    Identity("sign and absolute value", "sign(X) .* (1 ./ abs(X)) = 1 ./ X", where="no entry of X is 0"),
)

# Functions at the arguments where they are simple.
VALUES = (
    Identity("exp of log", "exp(log(X)) = X", where="X > 0"),
    Identity("log of exp", "log(exp(X)) = X", use="normal stable"),
    Identity("exp at 0", "exp(zeros(m, n)) = ones(m, n)"),
    Identity("log at 1", "log(ones(m, n)) = zeros(m, n)"),
    Identity("Kronecker product of identities", "kron(eye(m), eye(n)) = eye(m*n)"),
    Identity(
        "mixed product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(n, r); D: matrix(q, s) |- kron(A, B)*kron(C, D) = kron(A*C, B*D)",
    ),
    Identity(
        "contraction of a Kronecker product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(m, n) |- kron_right(A, kron(C, B)) = tr(A'*C)*B",
    ),
    Identity(
        "contraction of a Kronecker product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(p, q) |- kron_left(kron(A, C), B) = tr(B'*C)*A",
    ),
    Identity(
        "contraction of an outer product of vecs",
        "V: matrix(m, n); A: matrix(p, m); B: matrix(q, n) |- kron_right(V, vec(A)*vec(B)') = A*V*B'",
    ),
    Identity(
        "contraction of an outer product of vecs",
        "K: matrix(p, q); A: matrix(p, m); B: matrix(q, n) |- kron_left(vec(A)*vec(B)', K) = A'*K*B",
    ),
    Identity(
        "contraction of a scalar multiple",
        "A: matrix(m, n); X: matrix(m*p, n*q) |- kron_right(A, a*X) = a*kron_right(A, X)",
    ),
    Identity(
        "contraction of a scalar multiple",
        "B: matrix(p, q); X: matrix(m*p, n*q) |- kron_left(a*X, B) = a*kron_left(X, B)",
    ),
    *(
        Identity(
            "one equation for each column",
            f"B: matrix(m, m); C: matrix(m, n) |- unvec(inv({left} + kron(eye(n), B)){t}*vec(C), m, n)"
            f" = inv({right} + B){t}*C",
            where="the inverse exists",
        )
        for left, right in (("eye(m*n)", "eye(m)"), ("a*eye(m*n)", "a*eye(m)"))
        for t in ("", "'")
    ),
    Identity(
        "inverse of a Kronecker product",
        "A: matrix(m, m); B: matrix(n, n) |- inv(kron(A, B)) = kron(inv(A), inv(B))",
        where="A, B invertible",
    ),
    Identity("contraction of the identity", "A: matrix(m, m) |- kron_right(A, eye(m*n)) = tr(A)*eye(n)"),
    Identity("contraction of the identity", "B: matrix(n, n) |- kron_left(eye(m*n), B) = tr(B)*eye(m)"),
)
