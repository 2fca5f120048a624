"""Arguments with defaults by which code decides what it computes: every branch that holds a gradient is checked."""

from __future__ import annotations

import pytest

import matdiff as md

PENALTY = """
def cost(theta, X, y, lam=None):
    m = len(y)
    r = X @ theta - y
    J = r @ r / (2 * m)
    grad = {plain}
    if lam is not None:
        J = J + lam * theta @ theta / (2 * m)
        grad = grad + {penalty}
    return J, grad
"""
WAYS = """
import numpy as np


def cost(W, X, y, mode="mean"):
    s = X @ W - y
    if mode == "mean":
        loss = np.sum(s ** 2) / len(y)
        dW = {mean}
    elif mode == "sum":
        loss = np.sum(s ** 2)
        dW = {total}
    return loss, dW
"""
CLOSURES = """
import numpy as np
from scipy.optimize import minimize


def solve(A, y, prior: np.ndarray = None, scaled: bool = False):
    if prior is None:
        def objective(x):
            return 0.5 * np.sum((A @ x - y) ** 2)

        def gradient(x):
            return A.T @ ({first})
    else:
        def objective(x):
            return 0.5 * np.sum((A @ x - y) ** 2) + 0.5 * np.sum((x - prior) ** 2)

        def gradient(x):
            return A.T @ (A @ x - y) + {second}
    return minimize(objective, np.zeros(3), jac=gradient)
"""
LABELS = """
import numpy as np


class Line:
    def __init__(self, d=10, k=3, seed=None):
        if seed is not None:
            np.random.seed(seed)
        self.W = 0.1 * np.random.randn(d, k)

    def loss(self, X, y=None, reg=0):
        scores = X @ self.W
        if y is None:
            return scores
        n = len(X)
        e = np.exp(scores)
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(n), y]).mean() + reg * np.sum(self.W ** 2)
        p[np.arange(n), y] -= 1
        dW = X.T @ p / n + {penalty}
        return loss, dW
"""

RIGHT = (
    (PENALTY, {"plain": "X.T @ r / m", "penalty": "lam * theta / m"}, 2),
    (WAYS, {"mean": "2 * X.T @ s / len(y)", "total": "2 * X.T @ s"}, 2),
    (CLOSURES, {"first": "A @ x - y", "second": "x - prior"}, 2),
    (LABELS, {"penalty": "2 * reg * self.W"}, 1),
)
WRONG = (
    (PENALTY, {"plain": "X.T @ r / m", "penalty": "lam * theta"}, "grad + lam * theta / m", "where lam is given"),
    (PENALTY, {"plain": "X.T @ r", "penalty": "lam * theta / m"}, "the division by m is missing", ""),
    (WAYS, {"mean": "X.T @ s / len(y)", "total": "2 * X.T @ s"}, "a factor 2 is missing", ""),
    (WAYS, {"mean": "2 * X.T @ s / len(y)", "total": "X.T @ s"}, "a factor 2 is missing", "where mode is 'sum'"),
    (CLOSURES, {"first": "y - A @ x", "second": "x - prior"}, "stand in the wrong order", "where prior is None"),
    (CLOSURES, {"first": "A @ x - y", "second": "2 * (x - prior)"}, "the factor 2 is too many", "where prior is given"),
    (LABELS, {"penalty": "reg * self.W"}, "a factor 2 is missing", ""),
)


@pytest.mark.parametrize(("text", "parts", "links"), RIGHT)
def test_right(text: str, parts: dict[str, str], links: int) -> None:
    report = md.check_code(text.format(**parts))
    assert report.ok, str(report)
    assert sum(link.verdict in ("proved", "sampled") for link in report.links) >= links


@pytest.mark.parametrize(("text", "parts", "suggestion", "words"), WRONG)
def test_wrong(text: str, parts: dict[str, str], suggestion: str, words: str) -> None:
    report = md.check_code(text.format(**parts))
    wrong = [link for link in report.links if link.verdict == "wrong"]
    assert any(suggestion in link.suggestion and words in link.detail for link in wrong), str(report)


def test_what_a_caller_would_leave_out_is_said() -> None:
    first, second = md.check_code(WAYS.format(mean="2 * X.T @ s / len(y)", total="2 * X.T @ s")).links
    assert "where mode is 'mean'" in first.detail
    assert "where mode is 'sum'" in second.detail
