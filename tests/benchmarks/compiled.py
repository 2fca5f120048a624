"""Compiled derivatives beside what an expert writes by hand in NumPy.

    python tests/benchmarks/compiled.py [--sizes 100 500] [--only TEXT] [--markdown]

One thread, CPU time. Each figure is the least of several rounds, the ways taking turns; the function is called as a
user calls it, and "alone" is its code by itself, `f.unchecked`. A ratio below 1 is faster than the hand-written form.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from numpy.linalg import inv, solve

import matdiff as md

ROUNDS = 5
LEAST = 0.01
"""Seconds a round takes at least."""


@dataclass(frozen=True)
class Case:
    kind: str
    """gradient, jacobian, hessian"""
    text: str
    by: str
    hand: Callable[..., Any]
    """By the names of its arguments."""
    where: str = ""
    other: str = ""
    """The second variable of a mixed block."""
    largest: int = 10**6
    """The largest size n it is run at: answers of n² rows are large."""
    shapes: tuple[tuple[str, float], ...] = ()
    """Sizes that are other multiples of n: the number of rows, the rank."""

    @property
    def name(self) -> str:
        return f"{self.kind} {self.text} by {self.by}" + (f", {self.other}" if self.other else "")


def softmax(z: Any) -> Any:
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def gaussian(S: Any, x: Any, m: Any) -> Any:
    P = inv(S)
    r = P @ (x - m)
    return P - np.outer(r, r)


def gaussian_rows(S: Any, X: Any) -> Any:
    P = inv(S)
    return len(X) * P - P @ (X.T @ X) @ P


def logdet_gram(X: Any, A: Any) -> Any:
    AX = A @ X
    P = inv(X.T @ AX)
    return AX @ P + A.T @ (X @ P.T)


def inverse_trace(X: Any, A: Any) -> Any:
    P = inv(X)
    return -(P @ A @ P).T


def softmax_jacobian(A: Any, x: Any) -> Any:
    p = softmax(A @ x)
    return p[:, None] * A - np.outer(p, p @ A)


def logsumexp_hessian(A: Any, x: Any) -> Any:
    p = softmax(A @ x)
    g = p @ A
    return (A.T * p) @ A - np.outer(g, g)


def logistic_hessian(X: Any, y: Any, w: Any) -> Any:
    s = sigmoid(y * (X @ w))
    return (X.T * (s * (1 - s) * y**2)) @ X


def logistic_gradient(X: Any, y: Any, w: Any) -> Any:
    return -X.T @ (y * sigmoid(-y * (X @ w)))


def factors_hessian(V: Any, m: int) -> Any:
    k = V.shape[1]
    H = np.zeros((k, m, k, m))
    G = 2 * V.T @ V
    for i in range(m):
        H[:, i, :, i] = G
    return H.reshape(k * m, k * m)


def factors_mixed(T: Any, U: Any, V: Any) -> Any:
    (m, n), k = T.shape, U.shape[1]
    H = np.einsum("ib,ja->aibj", 2 * U, V)
    R = 2 * (U @ V.T - T)
    for a in range(k):
        H[a, :, a, :] += R
    return H.reshape(k * m, k * n)


def kron_jacobian(A: Any, m: int, n: int) -> Any:
    p, q = A.shape
    J = np.zeros((n, q, m, p, n, m))
    for i in range(m):
        for j in range(n):
            J[j, :, i, :, j, i] = A.T
    return J.reshape(n * q * m * p, n * m)


def gram_jacobian(X: Any) -> Any:
    m, n = X.shape
    J = np.zeros((n, n, n, m))
    for i in range(n):
        J[i, :, i, :] += X.T
        J[:, i, i, :] += X.T
    return J.reshape(n * n, n * m)


def product_jacobian(v: Any, m: int) -> Any:
    n = len(v)
    J = np.zeros((m, n, m))
    for i in range(m):
        J[i, :, i] = v
    return J.reshape(m, n * m)


def transpose_jacobian(m: int, n: int) -> Any:
    J = np.zeros((m * n, m * n))
    k = np.arange(m * n)
    J[k, (k % n) * m + k // n] = 1
    return J


GAUSS = "logdet(S) + (x - m)'*inv(S)*(x - m)"
CASES = [
    Case("gradient", "x'*A*x", "x", lambda x, A: A @ x + x @ A),
    Case("gradient", "norm2(A*x - y)^2", "x", lambda A, x, y: 2 * (A.T @ (A @ x - y))),
    Case("gradient", "tr(A*X*B)", "X", lambda A, B: (B @ A).T),
    Case("gradient", "tr(X'*A*X)", "X", lambda A, X: A @ X + A.T @ X),
    Case("gradient", "tr(A*X*B*X')", "X", lambda A, X, B: A @ (X @ B) + A.T @ (X @ B.T)),
    Case("gradient", "tr(X'*X*X'*X)", "X", lambda X: 4 * X @ (X.T @ X)),
    Case("gradient", "norm2(A*X*B - C)^2", "X", lambda A, X, B, C: 2 * A.T @ (A @ X @ B - C) @ B.T),
    Case("gradient", "v'*X'*X*w", "X", lambda v, w, X: np.outer(X @ v, w) + np.outer(X @ w, v), "v, w: vector(n)"),
    Case("gradient", "v'*inv(A)*w", "A", lambda v, w, A: -np.outer(solve(A.T, v), solve(A, w)), "v, w: vector(n)"),
    Case("gradient", "logdet(X)", "X", lambda X: inv(X).T),
    Case("gradient", "det(X)", "X", lambda X: np.linalg.det(X) * inv(X).T),
    Case("gradient", "tr(inv(X)*A)", "X", inverse_trace),
    Case("gradient", "logdet(X'*A*X)", "X", logdet_gram),
    Case("gradient", GAUSS, "S", gaussian, "S: symmetric(n)"),
    Case("gradient", "N*logdet(S) + tr(X*inv(S)*X')", "S", gaussian_rows, "S: symmetric(n); X: matrix(N, n)"),
    Case("gradient", "sum(log(1 + exp(-y .* (X*w))))", "w", logistic_gradient),
    Case("gradient", "logsumexp(A*x)", "x", lambda A, x: softmax(A @ x) @ A),
    Case(
        "gradient",
        "norm2(U*V' - T)^2",
        "U",
        lambda U, V, T: 2 * (U @ (V.T @ V) - T @ V),
        "T: matrix(m, n); U: matrix(m, k)",
        shapes=(("k", 0.1),),
    ),
    Case("gradient", "norm2(X)^2/2 + tr(A'*X)", "X", lambda X, A: X + A),
    Case("gradient", "exp(x'*A*x)", "x", lambda x, A: np.exp(x @ A @ x) * (A @ x + x @ A)),
    Case("jacobian", "softmax(A*x)", "x", softmax_jacobian),
    Case("jacobian", "x*x'*A*x", "x", lambda x, A: x @ A @ x * np.eye(len(x)) + np.outer(x, A @ x + x @ A)),
    Case("hessian", "norm2(A*x - y)^2", "x", lambda A: 2 * (A.T @ A)),
    Case("hessian", "sum(log(1 + exp(-y .* (X*w))))", "w", logistic_hessian, shapes=(("rows", 4),)),
    Case("hessian", "logsumexp(A*x)", "x", logsumexp_hessian),
    Case(
        "hessian",
        "norm2(U*V' - T)^2",
        "U",
        factors_hessian,
        "T: matrix(m, n); U: matrix(m, k)",
        largest=200,
        shapes=(("k", 0.1),),
    ),
    Case(
        "hessian",
        "norm2(U*V' - T)^2",
        "U",
        factors_mixed,
        "T: matrix(m, n); U: matrix(m, k)",
        other="V",
        largest=200,
        shapes=(("k", 0.1),),
    ),
    Case("jacobian", "kron(X, A)", "X", kron_jacobian, largest=10),
    Case("jacobian", "X'*X", "X", gram_jacobian, largest=60),
    Case("jacobian", "X*v", "X", product_jacobian, largest=150),
    Case("jacobian", "X'", "X", transpose_jacobian, largest=60),
    Case("jacobian", "A*X*B", "X", lambda A, B: np.kron(B.T, A), largest=50),
    Case("jacobian", "inv(X)", "X", lambda X: -np.kron(inv(X).T, inv(X)), largest=50),
]


def inputs_of(function: Any, case: Case, n: int) -> dict[str, Any]:
    """Arrays for all names, square but for the sizes that a case tells."""
    rng = np.random.default_rng(n)
    told = {name: max(2, int(factor * n)) for name, factor in case.shapes}
    found: dict[str, Any] = {}
    for name in function.names:
        node = function._model.variables.get(name)
        if node is None:
            found[name] = told.get(name, n)
            continue
        rows, cols = (1 if str(size) == "1" else told.get(str(size), n) for size in node.shape)
        if "rows" in told and name in ("X", "y"):
            rows = told["rows"]
        array = rng.standard_normal((rows, cols)) / math.sqrt(n)
        if node.data[1] == "symmetric":
            array = array @ array.T + np.eye(rows)
        elif rows == cols and rows > 1:
            array = array / 4 + np.eye(rows)
        found[name] = array[:, 0] if cols == 1 else array
    return found


def least(ways: Iterable[Callable[[], Any]]) -> list[float]:
    """Seconds of each, the least of some rounds in turns."""
    ways = list(ways)
    start = time.process_time()
    for way in ways:
        way()
    once = (time.process_time() - start) / len(ways)
    calls = max(1, int(LEAST / max(once, 1e-7)))
    found = [math.inf] * len(ways)
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            start = time.process_time()
            for _ in range(calls):
                way()
            found[number] = min(found[number], (time.process_time() - start) / calls)
    return found


def measured(case: Case, n: int) -> tuple[float, float, float]:
    """Seconds of the compiled function, of its code alone, and of the hand-written form; the values are compared."""
    question = getattr(md, case.kind)
    answer = question(case.text, case.by, *([case.other] if case.other else []), where=case.where or None)
    function = md.compile(answer)
    inputs = inputs_of(function, case, n)
    wanted = case.hand.__code__.co_varnames[: case.hand.__code__.co_argcount]
    given = {name: inputs[name] for name in wanted}
    value, expected = function(**inputs), case.hand(**given)
    scale = np.max(np.abs(expected))
    if np.shape(value) != np.shape(expected) or np.max(np.abs(value - expected)) > 1e-7 * scale:
        raise AssertionError(f"{case.name}: the two differ")
    arguments = [inputs[name] for name in function.names]
    unchecked = function.unchecked
    hand = case.hand
    ours, alone, theirs = least([lambda: function(**inputs), lambda: unchecked(*arguments), lambda: hand(**given)])
    return ours, alone, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name has it")
    parser.add_argument("--markdown", action="store_true", help="the table of docs/performance.md")
    options = parser.parse_args()
    row = "| {} | {} | {} | {} | {} | {} |" if options.markdown else "{:58}{:>6}{:>10}{:>10}{:>7}{:>7}"
    print(row.format("derivative", "n", "µs", "by hand", "ratio", "alone"))
    if options.markdown:
        print(row.format(*["---"] * 6))
    ratios = []
    for case in CASES:
        for n in sorted({min(n, case.largest) for n in options.sizes}):
            if options.only not in case.name:
                continue
            ours, alone, theirs = measured(case, n)
            ratios.append(ours / theirs)
            name = f"{case.kind} of `{case.text}` by {case.by}" if options.markdown else case.name[:57]
            times = (f"{1e6 * ours:,.0f}", f"{1e6 * theirs:,.0f}")
            print(row.format(name, n, *times, f"{ours / theirs:.2f}", f"{alone / theirs:.2f}"), flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"\nGeometric mean {mean:.2f}, largest {max(ratios):.2f}.")


if __name__ == "__main__":
    main()
