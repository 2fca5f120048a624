"""Stable forms: expressions that overflow or cancel, however the user wrote them, as ones that do not.

The equations are read and matched like the identity table; names are seen through. They are applied
before the gradient is taken, so that its rules see the stable form.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.identities import Identity
from matdiff.products import joined, split
from matdiff.rewriting.patterns import Rule, compile_identity

_EQUATIONS = (
    # logarithms of sums of exponentials
    ("log-sum-exp", "log(exp(X)*ones(n)) = logsumexp(X)"),
    ("log-sum-exp", "log(ones(1, m)*exp(X)) = logsumexp(X')'"),
    ("log-sum-exp", "x: vector(n) |- log(sum(exp(x))) = logsumexp(x)"),
    ("log-sum-exp", "log(sum(exp(X))) = logsumexp(vec(X))"),
    # softmax
    ("softmax", "exp(X) .* ((1 ./ (exp(X)*ones(n)))*ones(1, n)) = softmax(X)"),
    ("softmax", "exp(X) .* (1 ./ (exp(X)*ones(n)*ones(1, n))) = softmax(X)"),
    ("softmax", "((1 ./ (exp(X)*ones(n)))*ones(1, n)) .* exp(X) = softmax(X)"),
    ("softmax", "exp(X) .* ((1 ./ (exp(X)*ones(n, n)))) = softmax(X)"),
    ("softmax", "exp(X) .* (ones(m)*(1 ./ (ones(1, m)*exp(X)))) = softmax(X')'"),
    ("softmax", "diag(1 ./ (exp(X)*ones(n)))*exp(X) = softmax(X)"),
    ("softmax", "x: vector(n) |- (1/sum(exp(x)))*exp(x) = softmax(x)"),
    ("log of softmax", "x: vector(n) |- log(softmax(x)) = log_softmax(x)"),
    ("log of softmax", "log(softmax(X)) = log_softmax(X)"),
    ("log of softmax", "log(softmax(X)') = log_softmax(X)'"),
    ("exp of log-softmax", "x: vector(n) |- exp(log_softmax(x)) = softmax(x)"),
    ("exp of log-softmax", "exp(log_softmax(X)) = softmax(X)"),
    # the logarithm of what stands at the label
    ("log at the label", "Y: labels(n, k) |- log((P .* Y)*ones(k)) = (log(P) .* Y)*ones(k)"),
    ("log of a quotient", "log(exp(X) .* Y) = X + log(Y)"),
    ("log of a quotient", "log(1 ./ Y) = -log(Y)"),
    ("log of exp", "log(exp(X)) = X"),
    # logistic functions
    ("softplus", "log(exp(X) + 1) = softplus(X)"),
    ("softplus", "log(1 + exp(X)) = softplus(X)"),
    ("softplus", "log1p(exp(X)) = softplus(X)"),
    ("sigmoid", "1 ./ (exp(X) + 1) = sigmoid(-X)"),
    ("sigmoid", "1 ./ (1 + exp(X)) = sigmoid(-X)"),
    ("sigmoid", "exp(X) .* sigmoid(-X) = sigmoid(X)"),
    ("sigmoid", "sigmoid(-X) .* exp(X) = sigmoid(X)"),
    ("log of sigmoid", "log(sigmoid(X)) = -softplus(-X)"),
    ("complement of sigmoid", "1 - sigmoid(X) = sigmoid(-X)"),
    # small arguments
    ("log1p", "log(1 + X) = log1p(X)"),
    ("log1p", "log(X + 1) = log1p(X)"),
    ("expm1", "exp(X) - 1 = expm1(X)"),
    # determinants and norms
    ("log of an absolute determinant", "log(abs(det(X))) = logdet(X)"),
    ("Euclidean norm", "sqrt(tr(X'*X)) = norm2(X)"),
    ("Euclidean norm", "sqrt(x'*x) = norm2(x)"),
    ("Euclidean norm", "sqrt(sum(X .^ 2)) = norm2(X)"),
    ("Euclidean norm", "sqrt(sum(X .* X)) = norm2(X)"),
    ("square of the Euclidean norm", "norm2(X)^2 = sum(X .^ 2)"),
)

# the same for scalars, where 1 + x is no broadcast
_SCALARS = (
    ("softplus", "log(exp(a) + 1) = softplus(a)"),
    ("softplus", "log(1 + exp(a)) = softplus(a)"),
    ("sigmoid", "1/(exp(a) + 1) = sigmoid(-a)"),
    ("sigmoid", "1/(1 + exp(a)) = sigmoid(-a)"),
    ("log1p", "log(1 + a) = log1p(a)"),
    ("log1p", "log(a + 1) = log1p(a)"),
    ("expm1", "exp(a) - 1 = expm1(a)"),
    ("complement of sigmoid", "1 - sigmoid(a) = sigmoid(-a)"),
)


@lru_cache(maxsize=1)
def rules() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for name, equation in (*_SCALARS, *_EQUATIONS):
        rule = compile_identity(Identity(name, equation, sees_names=True))
        found.setdefault(rule.left.op, []).append(rule)
    return found


def see(node: Expr) -> Expr:
    """What a name stands for."""
    while node.op == "definition":
        node = node.args[0]
    return node


def stable(roots: Iterable[Expr]) -> list[Expr]:
    """The roots with every value in its stable form; names keep their values."""
    roots = list(roots)
    new: dict[Expr, Expr] = {}
    stack: list[tuple[Expr, Expr | None]] = [(root, None) for root in reversed(roots)]
    while stack:
        node, becomes = stack.pop()
        if becomes is not None:
            new[node] = new[becomes]
            continue
        if node in new:
            continue
        missing = [arg for arg in node.args if arg not in new]
        if missing:
            stack.append((node, None))
            stack.extend((arg, None) for arg in reversed(missing))
            continue
        fresh = E.rebuild(node, tuple(new[arg] for arg in node.args))
        better = rewritten(fresh)
        if better is fresh:
            new[node] = new[fresh] = fresh
        else:
            stack.append((node, better))
            stack.append((better, None))
    return [new[root] for root in roots]


def rewritten(node: Expr) -> Expr:
    """The first equation that applies at the root, made real."""
    if node.op == "scale" and node.args[1].op == "scale":
        (number, factors, _), (more, others, matrix) = split(node.args[0]), split(node.args[1])
        return joined(number * more, factors + others, matrix)
    for rule in rules().get(node.op, ()):
        found = rule(node, see)
        if found is not None and found is not node:
            return found
    return node
