"""How long one derivation takes, with its steps and its check, beside SymPy's diff, case by case.

Run ``python tests/benchmarks/speed.py``. Times are medians of process time in milliseconds, after one warm-up;
matdiff reads its text afresh each time, SymPy's expression is there already and its caches are warm. SymPy's
answer is valued by `sympy_values` and compared with central differences. Left out is what SymPy only looks up, a
name by itself or a scalar function of a scalar: that takes it less time than a formula takes to be read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sympy as sp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sympy_values import value

import matdiff as md

REPEATS = 9
SIZES = {"n": 2, "m": 3, "p": 4, "k": 5}

n, m, p, k = sp.symbols("n m p k")
A, B, C = sp.MatrixSymbol("A", k, m), sp.MatrixSymbol("B", p, p), sp.MatrixSymbol("C", m, k)
X, S, Q = sp.MatrixSymbol("X", p, m), sp.MatrixSymbol("S", p, p), sp.MatrixSymbol("Q", p, p)
D = sp.MatrixSymbol("D", m, p)
x, y, w = sp.MatrixSymbol("x", p, 1), sp.MatrixSymbol("y", p, 1), sp.MatrixSymbol("w", m, 1)


@dataclass(frozen=True)
class Case:
    text: str
    by: Any
    sympy: Any = None
    where: str = ""


CASES = [
    Case("tr(S)", S, sp.Trace(S)),
    Case("tr(S*Q)", Q, sp.Trace(S * Q)),
    Case("tr(D*X)", X, sp.Trace(D * X)),
    Case("tr(A*X'*B*X*C)", X, sp.Trace(A * X.T * B * X * C)),
    Case("tr(X'*B*X)", X, sp.Trace(X.T * B * X)),
    Case("tr(S^2)", S, sp.Trace(S**2)),
    Case("tr(S^3)", S, sp.Trace(S**3)),
    Case("tr(B*inv(S)*Q)", S, sp.Trace(B * S.I * Q)),
    Case("x'*y", x, x.T * y),
    Case("x'*S*x", x, x.T * S * x),
    Case("x'*X*w", X, x.T * X * w),
    Case("(X*w - x)'*(X*w - x)", w, (X * w - x).T * (X * w - x)),
    Case("S*x", x, S * x),
    Case("S*Q*B", Q, S * Q * B),
    Case("inv(S)", S, S.I),
    Case("sin(x)", x, x.applyfunc(sp.sin)),
    Case("x'*exp(X*w)", w, x.T * (X * w).applyfunc(sp.exp)),
    Case("tr(S) + 1", S, sp.Trace(S) + 1),
    Case("tr(S'*S) + tr(Q'*Q)", S, sp.Trace(S.T * S) + sp.Trace(Q.T * Q)),
    Case("log(det(S))", S, sp.log(sp.Determinant(S))),
    Case("det(S)", S, sp.Determinant(S)),
    Case("sin(tr(S))", S, sp.sin(sp.Trace(S))),
    Case("exp(x'*S*x)", x, sp.exp(x.T * S * x)),
    Case("log(sum(exp(x)))", x, sp.log((sp.OneMatrix(1, p) * x.applyfunc(sp.exp))[0, 0])),
    Case("sqrt(tr(S'*S))", S, sp.sqrt(sp.Trace(S.T * S))),
    Case("tr(kron(S, Q))", Q, sp.Trace(sp.KroneckerProduct(S, Q))),
    Case("tr(S .* Q)", Q, sp.Trace(sp.HadamardProduct(S, Q))),
    Case("sum(log(1 + exp(-y .* (X*w))))", w),
    Case("logdet(A*X'*X*A')", X),
    Case("norm2(X*w - y)^2 + a*norm2(w)^2", w),
    Case("-sum(Y .* log_softmax(X*W))/N", "W", where="X: matrix(N, k); N: dim"),
    Case("H = relu(X*V); norm2(H*W - Y)^2", "V", where="X: matrix(N, k); V: matrix(k, h); W: matrix(h, c)"),
]
"""A formula, its variable, and the same in SymPy where that can say it."""


def name_of(by: Any) -> str:
    return by if isinstance(by, str) else str(by.name)


def milliseconds(action: Callable[[], Any]) -> float:
    action()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return 1e3 * median(times)


def arrays(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = dict(SIZES)
    for symbol in (A, B, C, X, S, Q, D, x, y, w):
        rows, cols = (int(size.subs(SIZES)) for size in symbol.shape)
        found[symbol.name] = rng.uniform(0.2, 0.9, (rows, cols)) + 2 * np.eye(rows, cols) * (rows == cols)
    return found


def is_right(function: Any, by: Any, answer: Any) -> bool:
    """Whether SymPy's answer is the derivative, whatever the order of its axes of one entry."""
    names = arrays()
    try:
        found = np.squeeze(np.asarray(value(answer, names), dtype=float))
    except (NotImplementedError, ValueError, TypeError, IndexError):
        return False
    at = names[by.name]
    slopes = np.empty(at.shape, dtype=object)
    for index in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[index] = 1e-6
        high, low = (np.asarray(value(function, {**names, by.name: at + sign * step})) for sign in (1, -1))
        slopes[index] = (high - low) / 2e-6
    expected = np.squeeze(np.array(slopes.tolist(), dtype=float))
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=1e-5, atol=1e-6))


@dataclass(frozen=True)
class Result:
    case: Case
    ours: float
    theirs: float
    """NaN where SymPy gives no answer."""
    remark: str
    """What is to be said of SymPy's answer where it is not right."""

    @property
    def is_slower(self) -> bool:
        return not self.remark and self.theirs < self.ours

    def __str__(self) -> str:
        theirs = f"{self.theirs:10.2f}{self.theirs / self.ours:8.1f}" if self.theirs == self.theirs else " " * 18
        return f"{self.case.text:40}{name_of(self.case.by):>4}{self.ours:10.2f}{theirs}   {self.remark}"


def sympys(case: Case) -> tuple[float, str]:
    """SymPy's time, and what is to be said of its answer."""
    if case.sympy is None:
        return float("nan"), "SymPy cannot say it"
    try:
        answer = case.sympy.diff(case.by)
    except Exception as error:
        return float("nan"), f"SymPy: {type(error).__name__}"
    if isinstance(answer, sp.Derivative):
        return float("nan"), "SymPy: not evaluated"
    right = is_right(case.sympy, case.by, answer)
    return milliseconds(lambda: case.sympy.diff(case.by)), "" if right else f"SymPy: WRONG, {str(answer)[:60]}"


def measured(case: Case) -> Result:
    ours = milliseconds(lambda: md.derive(case.text, name_of(case.by), where=case.where or None))
    return Result(case, ours, *sympys(case))


def main() -> int:
    print(f"{'case':40}{'by':>4}{'matdiff':>10}{'SymPy':>10}{'ratio':>8}")
    results = []
    for case in CASES:
        results.append(measured(case))
        print(results[-1])
    slower = [result.case.text for result in results if result.is_slower]
    print(f"slowest: {max(result.ours for result in results):.1f} ms")
    print(f"slower than SymPy where SymPy is right: {', '.join(slower) or 'none'}")
    return int(bool(slower))


if __name__ == "__main__":
    sys.exit(main())
