"""What overflows or cancels, as what does not: for code."""

from matdiff.identities.identity import Identity


def _stable(name: str, equation: str) -> Identity:
    return Identity(name, equation, sees_names=True, use="stable")


# What overflows or cancels as what does not: for code only, since the left sides are what people write.
STABLE = (
    # of scalars first, where 1 + x is no broadcast
    _stable("softplus", "log(exp(a) + 1) = softplus(a)"),
    _stable("softplus", "log(1 + exp(a)) = softplus(a)"),
    _stable("softplus", "log(exp(a) + exp(b)) = a + softplus(b - a)"),
    _stable("sigmoid", "exp(a)*(1/(exp(a) + exp(b))) = sigmoid(a - b)"),
    _stable("sigmoid", "1/(exp(a) + 1) = sigmoid(-a)"),
    _stable("log of sigmoid", "log(1 - sigmoid(a)) = -softplus(a)"),
    _stable("log1p", "log(1 + a) = log1p(a)"),
    _stable("log1p", "log(a + 1) = log1p(a)"),
    _stable("expm1", "exp(a) - 1 = expm1(a)"),
    # logarithms of sums of exponentials
    _stable("log-sum-exp", "log(exp(X)*ones(n)) = logsumexp(X)"),
    _stable("log-sum-exp", "log(ones(1, m)*exp(X)) = logsumexp(X')'"),
    _stable("log-sum-exp", "x: vector(n) |- log(sum(exp(x))) = logsumexp(x)"),
    _stable("log-sum-exp", "log(sum(exp(X))) = logsumexp(vec(X))"),
    # softmax
    _stable("softmax", "exp(X) .* (1 ./ (exp(X)*ones(n)*ones(1, n))) = softmax(X)"),
    _stable("softmax", "exp(X) .* ((1 ./ (exp(X)*ones(n, n)))) = softmax(X)"),
    _stable("softmax", "exp(X) .* (ones(m)*(1 ./ (ones(1, m)*exp(X)))) = softmax(X')'"),
    _stable("softmax", "diag(1 ./ (exp(X)*ones(n)))*exp(X) = softmax(X)"),
    _stable("softmax", "inv(diag(exp(X)*ones(n)))*exp(X) = softmax(X)"),
    _stable("softmax", "x: vector(n) |- (1/sum(exp(x)))*(A*exp(x)) = A*softmax(x)"),
    _stable("softmax", "x: row(n) |- (1/sum(exp(x)))*exp(x) = softmax(x)"),
    _stable("softmax", "(1/sum(exp(X)))*exp(X) = exp(X - logsumexp(vec(X)))"),
    _stable("log of softmax", "log(diag(softmax(X))) = diag(log_softmax(X))"),
    _stable("log of softmax", "x: vector(n) |- log(softmax(x)) = log_softmax(x)"),
    _stable("log of softmax", "log(softmax(X)') = log_softmax(X)'"),
    # the logarithm of what stands at the label
    _stable("log at the label", "Y: labels(n, k) |- log((P .* Y)*ones(k)) = (log(P) .* Y)*ones(k)"),
    _stable("log of a quotient", "log(exp(X) .* Y) = X + log(Y)"),
    _stable(
        "log of a quotient",
        "X: vector(m); Z: matrix(m, n) |- log(X .* (1 ./ (exp(Z)*ones(n)))) = log(X) - logsumexp(Z)",
    ),
    _stable("log of a quotient", "log(1 ./ Y) = -log(Y)"),
    # logistic functions
    _stable("softplus", "log(exp(X) + 1) = softplus(X)"),
    _stable("softplus", "log(1 + exp(X)) = softplus(X)"),
    _stable("softplus", "log1p(exp(X)) = softplus(X)"),
    _stable("sigmoid", "1 ./ (exp(X) + 1) = sigmoid(-X)"),
    _stable("sigmoid", "exp(X) .* (1 ./ (exp(X) + exp(Y))) = sigmoid(X - Y)"),
    _stable("softplus", "log(exp(X) + exp(Y)) = X + softplus(Y - X)"),
    _stable("sigmoid", "1/2*(1 + tanh(X)) = sigmoid(2*X)"),
    _stable("sigmoid", "1/2*(tanh(X) + 1) = sigmoid(2*X)"),
    _stable("log of sigmoid", "log(sigmoid(X)) = -softplus(-X)"),
    _stable("log of sigmoid", "log(1 - sigmoid(X)) = -softplus(X)"),
    # hyperbolic functions, and what is linear on one side
    _stable("log of a hyperbolic secant", "log(1 - tanh(X) .^ 2) = -2*log(cosh(X))"),
    _stable("log of cosh", "log(cosh(X)) = softplus(2*X) - X - log(2)"),
    _stable("tanh", "(exp(X) - exp(Y)) ./ (exp(X) + exp(Y)) = tanh((X - Y)/2)"),
    _stable("exponential below 0", "min(0, expm1(X)) = expm1(min(0, X))"),
    _stable("exponential below 0", "min(expm1(X), 0) = expm1(min(X, 0))"),
    # small arguments
    _stable("log1p", "log(1 + X) = log1p(X)"),
    _stable("log1p", "log(X + 1) = log1p(X)"),
    _stable("expm1", "exp(X) - 1 = expm1(X)"),
    # determinants and norms
    _stable("log of an absolute determinant", "log(abs(det(X))) = logdet(X)"),
    _stable("Euclidean norm", "sqrt(tr(X'*X)) = norm2(X)"),
    _stable("Euclidean norm", "sqrt(x'*x) = norm2(x)"),
    _stable("Euclidean norm", "sqrt(sum(X .^ 2)) = norm2(X)"),
    _stable("Euclidean norm", "sqrt(sum(X .* X)) = norm2(X)"),
    _stable("Euclidean norm", "(x'*x)^(1/2) = norm2(x)"),
    _stable("Euclidean norm", "tr(X'*X)^(1/2) = norm2(X)"),
    _stable("Euclidean norm", "sum(X .^ 2)^(1/2) = norm2(X)"),
    _stable("Euclidean norm", "sum(X .* X)^(1/2) = norm2(X)"),
    _stable("square of the Euclidean norm", "norm2(X)^2 = sum(X .^ 2)"),
)
