"""What the operators and functions of the notation are, written down a second time in NumPy alone.

Every function takes real or complex arrays, and is analytic wherever the real function is: at x + ih with a tiny h
the imaginary part is h times the derivative. Outside its real domain a function is nan. ``kinks`` counts the
places where a function that has a corner was evaluated at the corner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf as real_erf
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sizes = Mapping[str, int]
Value = Callable[..., Array]

kinks = 0
noise: np.random.Generator | None = None
"""Every value is changed a little, to see how much the last digits matter."""
_TIE = 1e-9


def _within(inside: Array, value: Array) -> Array:
    return np.where(inside, value, np.nan)


def _where(side: Array, a: Array, b: Array, gap: Array) -> Array:
    """The one or the other; a gap of 0 between the two is a kink."""
    global kinks
    kinks += int(np.any(abs(gap) < _TIE))
    return np.where(side, a, b)


def _jet(f: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Value:
    """A real function continued by its derivative, for a tiny imaginary part."""
    return lambda s, x: f(x.real) + 1j * x.imag * slope(x.real) if np.iscomplexobj(x) else f(x)


def _real(f: Callable[[Array], Array], inside: Callable[[Array], Array]) -> Value:
    return lambda s, x: _within(inside(x.real), f(x))


def _plain(f: Callable[[Array], Array]) -> Value:
    return lambda s, x: f(x)


def noisy(x: Array) -> Array:
    return x if noise is None else x * (1 + 1e-12 * noise.standard_normal(x.shape))


def scalar(x: Any) -> Array:
    return np.reshape(x, (1, 1))


def quotient(a: Array, b: Array) -> Array:
    """Beside 0 there is nothing to compare, as at a kink."""
    global kinks
    kinks += int(np.any(abs(b) < _TIE))
    return np.asarray(a / b)


def power(x: Array, p: Array) -> Array:
    """x^p of reals: nan for a negative x and a p that is not whole."""
    global kinks
    kinks += int(np.any((abs(x) < _TIE) & (p.real < 0)))
    whole = p.real == np.round(p.real)
    if not np.any(p.imag if np.iscomplexobj(p) else 0) and np.all(whole):
        return x ** p.real.astype(int) if np.all(p.real >= 0) else 1 / x ** (-p.real).astype(int)
    return _within((x.real > 0), np.exp(p * np.log(x + 0j)) if np.iscomplexobj(x + p) else abs(x) ** p)


def regular(x: Array) -> Array:
    """A matrix; where it is nearly singular there is nothing to compare, as at a kink."""
    global kinks
    kinks += int(not np.all(np.isfinite(x)) or np.linalg.cond(x.real) > 1e5)
    return x


def det(x: Array) -> Any:
    return np.linalg.det(regular(x))


def inverse(x: Array) -> Array:
    return np.linalg.inv(regular(x))


def adjugate(x: Array) -> Array:
    """The transposed cofactors, one minor after the other."""
    n = len(regular(x))
    return np.array(
        [
            [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(x, j, 0), i, 1)) if n > 1 else 1 for j in range(n)]
            for i in range(n)
        ]
    ).astype(x.dtype)


def pinv(x: Array) -> Array:
    """The pseudoinverse of a matrix of full rank."""
    tall = x.shape[0] >= x.shape[1]
    return inverse(x.T @ x) @ x.T if tall else x.T @ inverse(x @ x.T)


def absolute(x: Array) -> Array:
    return _where(x.real < 0, -x, x, x.real)


def relu(x: Array) -> Array:
    return _where(x.real > 0, x, 0 * x, x.real)


def larger(a: Array, b: Array) -> Array:
    return _where(a.real > b.real, a + 0 * b, b + 0 * a, a.real - b.real)


def smaller(a: Array, b: Array) -> Array:
    return _where(a.real < b.real, a + 0 * b, b + 0 * a, a.real - b.real)


def mask(a: Array, b: Array, sign: str) -> Array:
    x, y = np.broadcast_arrays(a.real, b.real)
    holds = {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x == y}[sign]
    return _where(holds, np.ones(x.shape), np.zeros(x.shape), x - y)


def extreme(x: Array, sign: int, axis: int | None = None) -> Array:
    """The largest (smallest) entry, or that of each row; where two attain it there is a kink."""
    rows = x.reshape(1, -1) if axis is None else x
    order = np.argsort(sign * rows.real, axis=1)
    picked = np.take_along_axis(rows, order, axis=1)
    return _where(np.bool_(True), picked[:, -1:], 0, np.diff(picked.real, axis=1)[:, -1:])


def ordered(x: Array) -> Array:
    found = x[np.argsort(x.real[:, 0])]
    return _where(np.bool_(True), found, 0, np.diff(found.real, axis=0))


def qr(x: Array) -> tuple[Array, Array]:
    """By Gram and Schmidt, with the signs that NumPy gives; of a matrix of full rank."""
    if x.shape[0] < x.shape[1]:
        raise np.linalg.LinAlgError
    regular(x.T @ x)
    _where(np.bool_(True), x, 0, x[np.tril_indices(*x.shape[:1], -1, x.shape[1])])  # where signs turn over
    signs = np.sign(np.diag(np.linalg.qr(x.real)[1]))
    q, r = np.zeros(x.shape, x.dtype), np.zeros((x.shape[1], x.shape[1]), x.dtype)
    for j in range(x.shape[1]):
        left = x[:, j] + 0
        for i in range(j):
            r[i, j] = np.sum(q[:, i] * left)
            left = left - q[:, i] * r[i, j]
        r[j, j] = signs[j] * np.sqrt(np.sum(left * left))
        q[:, j] = left / r[j, j]
    return q, r


def turning(x: Array) -> None:
    """A kink where an entry is 0, or where singular values meet or vanish."""
    found = np.linalg.svd(x.real, compute_uv=False) if np.all(np.isfinite(x)) else np.zeros(1)
    _where(np.bool_(True), x, 0, x)
    _where(np.bool_(True), x, 0, np.diff(np.append(found, 0)) / max(found[0], _TIE))


def below_one_another(columns: list[Array]) -> Array:
    return np.concatenate(columns, axis=0)


def shifted(x: Array, k: int) -> Array:
    return np.concatenate([np.zeros((k, x.shape[1])), x[: len(x) - k]])


def others(x: Array) -> Array:
    """For each entry the product of the others, multiplied out."""
    flat = x.reshape(-1)
    return np.array([np.prod(np.delete(flat, k)) for k in range(flat.size)]).reshape(x.shape)


def pairs(x: Array) -> Array:
    flat = x.T.reshape(-1)
    found = [[0 if i == j else np.prod(np.delete(flat, [i, j])) for j in range(flat.size)] for i in range(flat.size)]
    return np.array(found, x.dtype)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array, axis: int = 1) -> Array:
    shifted = np.exp(x - np.max(x.real, axis=axis, keepdims=True))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


def logsumexp(x: Array, axis: int = 1) -> Array:
    top = np.max(x.real, axis=axis, keepdims=True)
    return top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True))


def norm(x: Array) -> Array:
    total = np.sum(x * x)
    return scalar(_where(total.real > 0, np.sqrt(total), 0 * total, total.real))


def commutation(m: int, n: int) -> Array:
    found = np.zeros((m * n, m * n))
    for i in range(m):
        for j in range(n):
            found[i * n + j, j * m + i] = 1
    return found


def blocks(x: Array, rows: int, cols: int) -> list[list[Array]]:
    """A matrix cut into rows×cols blocks of one size."""
    return [np.split(band, cols, axis=1) for band in np.split(x, rows, axis=0)]


def kron_left(s: Sizes, a: Array, b: Array) -> Array:
    return np.array([[np.sum(block * b) for block in band] for band in blocks(a, s["m"], s["n"])])


def kron_right(s: Sizes, a: Array, b: Array) -> Array:
    cut = blocks(b, s["m"], s["n"])
    return sum(a[i, j] * cut[i][j] for i in range(s["m"]) for j in range(s["n"]))  # type: ignore[return-value]


def matrix_power(x: Array, k: int) -> Array:
    base = x if k > 0 else inverse(x)
    found = base
    for _ in range(abs(k) - 1):
        found = found @ base
    return found


_ERF = _jet(np.vectorize(real_erf, otypes=[float]), lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2)))
_HALF = np.sqrt(0.5)

ROWS: dict[str, Value] = {
    "tr": lambda s, x: scalar(np.trace(x)),
    "sum": lambda s, x: scalar(np.sum(x)),
    "vec": lambda s, x: x.T.reshape(-1, 1),
    "diag": lambda s, x: x * np.eye(len(x)),
    "diagonal_of": lambda s, x: np.diagonal(x)[:, None],
    "kron": lambda s, a, b: np.kron(a, b),
    "kron_left": kron_left,
    "kron_right": kron_right,
    "inv": lambda s, x: inverse(x),
    "det": lambda s, x: scalar(det(x)),
    "logdet": lambda s, x: scalar(np.log(absolute(np.asarray(det(x))))),
    "adj": lambda s, x: adjugate(x),
    "pinv": lambda s, x: pinv(x),
    "norm2": lambda s, x: norm(x),
    "norm1": lambda s, x: scalar(np.sum(absolute(x))),
    "maximum": lambda s, a, b: larger(a, b),
    "minimum": lambda s, a, b: smaller(a, b),
    "softmax": lambda s, x: softmax(x),
    "softmax_column": lambda s, x: softmax(x, 0),
    "log_softmax": lambda s, x: x - logsumexp(x),
    "log_softmax_column": lambda s, x: x - logsumexp(x, 0),
    "logsumexp": lambda s, x: logsumexp(x),
    "logsumexp_column": lambda s, x: logsumexp(x, 0),
    "exp": _plain(np.exp),
    "log": _real(np.log, lambda x: x > _TIE),
    "log1p": _real(np.log1p, lambda x: x > -1),
    "expm1": _plain(np.expm1),
    "sqrt": _real(np.sqrt, lambda x: x > 0),
    "sin": _plain(np.sin),
    "cos": _plain(np.cos),
    "tan": lambda s, x: np.sin(x) / np.cos(x),
    "arcsin": _real(np.arcsin, lambda x: abs(x) < 1),
    "arccos": _real(np.arccos, lambda x: abs(x) < 1),
    "arctan": _plain(np.arctan),
    "sinh": lambda s, x: (np.exp(x) - np.exp(-x)) / 2,
    "cosh": lambda s, x: (np.exp(x) + np.exp(-x)) / 2,
    "tanh": _plain(np.tanh),
    "abs": lambda s, x: absolute(x),
    "sign": lambda s, x: _where(x.real > 0, 1.0 + 0 * x.real, np.sign(x.real), x.real),
    "relu": lambda s, x: relu(x),
    "relu_at_zero_1": lambda s, x: relu(x),
    "sigmoid": lambda s, x: sigmoid(x),
    "softplus": lambda s, x: np.log1p(np.exp(x)),
    "erf": _ERF,
    "gelu": lambda s, x: x * (1 + _ERF(s, x * _HALF)) / 2,
    "silu": lambda s, x: x * sigmoid(x),
    "max_entry": lambda s, x: extreme(x, 1),
    "min_entry": lambda s, x: extreme(x, -1),
    "rowmax": lambda s, x: extreme(x, 1, 1),
    "rowmin": lambda s, x: extreme(x, -1, 1),
    "sort": lambda s, x: ordered(x),
    "prod": lambda s, x: scalar(np.prod(x)),
    "prod_others": lambda s, x: others(x),
    "prod_pairs": lambda s, x: pairs(x),
    "qr_q": lambda s, x: qr(x)[0],
    "qr_r": lambda s, x: qr(x)[1],
    "circ_columns": lambda s, x: below_one_another([np.roll(x, k, axis=0) for k in range(len(x))]),
    "toeplitz_columns": lambda s, x: below_one_another([shifted(x, k) for k in range(len(x))]),
}
"""By the name of a row."""

MACROS: dict[str, Value] = {
    "trace": ROWS["tr"],
    "transpose": lambda s, x: x.T,
    "norm": ROWS["norm2"],
    "inner": lambda s, a, b: scalar(np.sum(a * b)),
    "dot": lambda s, a, b: scalar(np.sum(a * b)),
    "outer": lambda s, a, b: a * b.T,
    "mean": lambda s, x: scalar(np.mean(x)),
    "rowsum": lambda s, x: np.sum(x, axis=1, keepdims=True),
    "colsum": lambda s, x: np.sum(x, axis=0, keepdims=True),
    "solve": lambda s, a, b: np.linalg.solve(regular(a), b),
    "hadamard": lambda s, a, b: a * b,
    "square": lambda s, x: x * x,
    "log2": _real(lambda x: np.log(x) / np.log(2), lambda x: x > _TIE),
    "log10": _real(lambda x: np.log(x) / np.log(10), lambda x: x > _TIE),
    "diagonal": ROWS["diagonal_of"],
    "colmax": lambda s, x: extreme(x.T, 1, 1).T,
    "colmin": lambda s, x: extreme(x.T, -1, 1).T,
    "hinge": lambda s, x: relu(1 - x),
    "pinball": lambda s, x, q: q * relu(x) + (1 - q) * relu(-x),
    "sec": lambda s, x: 1 / np.cos(x),
    "csc": lambda s, x: 1 / np.sin(x),
    "cot": lambda s, x: np.cos(x) / np.sin(x),
}
"""By the name of a macro."""

AXES: dict[str, Callable[[Array, int], Array]] = {
    "sum": lambda x, axis: np.sum(x, axis=axis, keepdims=True),
    "mean": lambda x, axis: np.mean(x, axis=axis, keepdims=True),
    "softmax": softmax,
    "log_softmax": lambda x, axis: x - logsumexp(x, axis),
    "logsumexp": logsumexp,
}
"""What takes an axis."""
