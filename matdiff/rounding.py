"""How much of a value is rounding: values with their roundings changed at random, and what floating point cannot hold.

Monte Carlo arithmetic (Parker 1997): every operation errs at random within its own error bound, and the spread of
the results tells how many of their digits are to be trusted. An operation on short binary fractions does not err.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from matdiff.evaluate import Array, Rounding
from matdiff.expr import Expr
from matdiff.operators import ROWS

SURE = 30
"""A gap this many times larger than what rounding may change is a difference."""

UNIT = 4 * np.finfo(float).eps

LEAST, MOST = 1e-140, 1e140
"""Products of two numbers between these neither vanish nor overflow."""

WORST_CONDITION = FAR = 1e8
"""Of what is inverted; and values as large are beside a pole, where their digits depend on rounding."""

_STEPS = frozenset(name for name, entry in ROWS.items() if entry.constant)
_PLACING = {name for name, entry in ROWS.items() if entry.by_order} | {
    *("definition", "transpose", "vec", "unvec", "diag", "diagonal_of", "tril", "triu", "copyltu"),
    *("circ", "circ_columns", "toeplitz", "toeplitz_lower", "toeplitz_columns"),
    *("abs", "relu", "maximum", "minimum"),
}
"""What places or picks entries: no digit of them changes."""
_EXACT = frozenset(name for name, entry in ROWS.items() if entry.is_linear or entry.bends)
_AS_A_WHOLE = frozenset(
    name
    for name, entry in ROWS.items()
    if name not in _EXACT and not entry.elementwise and name not in ("pow", "pow_each")
)
"""Functions of whole matrices: their small entries err by as much as the large ones."""
_INVERTED = frozenset({"inv", "pinv", "logdet"})

_BOUNDS: dict[str, Callable[..., Any]] = {
    "mul": lambda a, b: np.abs(a) @ np.abs(b),
    "sum": lambda a: np.sum(np.abs(a), keepdims=True),
    "tr": lambda a: np.sum(np.abs(np.diag(a)), keepdims=True).reshape((1, 1)),
    "det": lambda a: np.prod(np.linalg.norm(a, axis=1)).reshape((1, 1)),
    "adj": lambda a: np.linalg.norm(a) ** (len(a) - 1),
    "inv": lambda a: np.linalg.norm(a) * np.linalg.norm(np.linalg.inv(a)) ** 2,
    "pinv": lambda a: np.linalg.norm(a) * np.linalg.norm(np.linalg.pinv(a)) ** 2,
    "gelu": np.abs,
    **dict.fromkeys(
        ("log_softmax", "log_softmax_column", "logsumexp", "logsumexp_column"), lambda a: np.max(np.abs(a))
    ),
}
"""Where the error of an operation is relative to more than its value."""

_FADING = frozenset({"exp", "sigmoid", "softplus", "softmax", "softmax_column", "silu", "gelu", "pow", "pow_each"})
"""What becomes 0 in floating point where it is not."""


def random_rounding(seed: int) -> Rounding:
    """Changes the last digits of values at random, by as much as the operation may err."""
    rng = np.random.default_rng([seed, 2])

    def rounded(node: Expr, value: Array, args: Sequence[Array]) -> Array:
        if not args and node.op != "pi":  # 3.7 is meant as it is held
            return value
        if (
            node.op in _PLACING
            or _is_spread(node, args)
            or (node.op in _EXACT and all(_is_short(part) for part in (value, *args)))
        ):
            return value
        bound = _BOUNDS.get(node.op)
        if bound is None:
            error = np.max(np.abs(value), initial=0) if node.op in _AS_A_WHOLE else np.abs(value)
        else:
            error = bound(*args)
        return np.asarray(value + UNIT * error * rng.standard_normal(value.shape))

    return rounded


def _is_spread(node: Expr, args: Sequence[Array]) -> bool:
    """A product that copies one side: the other has signs and zeros only, and nothing is added up."""
    if node.op not in ("scale", "had", "mul") or (node.op == "mul" and args[0].shape[1] > 1):
        return False
    return any(np.array_equal(np.abs(arg), np.abs(np.sign(arg))) for arg in args)


def _is_short(value: Array) -> bool:
    """Binary fractions of few places, whose sums and products are exact."""
    return bool(np.max(np.abs(value), initial=0) <= 2**16) and bool(np.all(value * 2**8 == np.rint(value * 2**8)))


def is_held(node: Expr, value: Array, args: Sequence[Array]) -> bool:
    """Whether floating point holds a value: finite, real, neither overflown nor vanished, of what can be inverted."""
    if value.dtype.kind == "c" or not np.all(np.isfinite(value)):
        return False
    sizes = np.abs(value[value != 0])
    if sizes.size and (np.min(sizes) < LEAST or np.max(sizes) > MOST):
        return False
    if node.op in _INVERTED:
        spectrum = np.linalg.svd(args[0], compute_uv=False)
        low = spectrum < np.max(spectrum) / WORST_CONDITION
        return not np.any(low if node.op != "pinv" else low & (spectrum > 1e-14 * np.max(spectrum)))
    if node.op in _FADING and sizes.size < value.size:
        of = np.broadcast_to(args[0], value.shape)[value == 0]
        return node.op not in ("exp", "sigmoid", "softplus", "softmax", "softmax_column") and not np.any(of)
    return True


def depends_on_rounding(node: Expr, found: Mapping[Expr, Array], moved: Mapping[Expr, Array]) -> bool:
    """Whether a step, or a quotient, is taken of what is nothing but rounding, or a value lies beside a pole."""
    large = np.abs(found[node]) > FAR
    if np.any(large & (np.abs(moved[node] - found[node]) > 1e-3 * np.abs(found[node]))):
        return True
    if node.op == "pow":
        if not np.any(found[node.args[1]] < 0):
            return False
    elif node.op not in _STEPS:
        return False
    before, after = side(node, found), side(node, moved)
    return bool(np.any((before != after) & (np.abs(before) <= SURE * np.abs(after - before))))


def side(node: Expr, at: Mapping[Expr, Array]) -> Array:
    """What a function with a kink or a pole at 0 is taken of: positive on one side, negative on the other."""
    one = at[node.args[0]]
    return np.asarray(one - at[node.args[1]] if len(node.args) == 2 and node.op != "pow" else one)
