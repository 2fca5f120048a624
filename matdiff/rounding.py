"""How much of a value is rounding: values with their roundings changed at random, and what floating point cannot hold.

Monte Carlo arithmetic (Parker 1997): every operation errs at random within its own error bound, and the spread of
the results tells how many of their digits are to be trusted. An operation on short binary fractions does not err.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matdiff.compose import is_power, is_product
from matdiff.evaluate import Array, Rounding, compiled
from matdiff.expr import Expr
from matdiff.operators import ROWS, facts

SURE = 30
"""A gap this many times larger than what rounding may change is a difference."""

UNIT = 4 * np.finfo(float).eps

LEAST, MOST = 1e-140, 1e140
"""Products of two numbers between these neither vanish nor overflow."""

WORST_CONDITION = FAR = 1e8
"""Of what is inverted; and values as large are beside a pole, where their digits depend on rounding."""

_EXACT = frozenset(name for name, entry in ROWS.items() if entry.is_linear or entry.bends)
_POWERS = frozenset({"pow", "pow_each"})
_AS_A_WHOLE = frozenset(name for name, entry in ROWS.items() if name not in _EXACT | _POWERS and not entry.elementwise)
"""Functions of whole matrices: their small entries err by as much as the large ones."""


def random_rounding(seed: int) -> Rounding:
    """Changes the last digits of values at random, by as much as the operation may err."""
    rng = np.random.default_rng([seed, 2])

    def rounded(node: Expr, value: Array, args: Sequence[Array]) -> Array:
        if not args and node.op != "pi":  # 3.7 is meant as it is held
            return value
        entry = facts(node)
        if (
            entry.placing
            or entry.by_order
            or node.op == "definition"
            or _is_spread(node, args)
            or (node.op in _EXACT and all(_is_short(part) for part in (value, *args)))
        ):
            return value
        if entry.error:
            error = compiled(entry.error, entry.arguments)(*args)
        else:
            error = np.max(np.abs(value), initial=0) if node.op in _AS_A_WHOLE else np.abs(value)
        return np.asarray(value + UNIT * error * rng.standard_normal(value.shape))

    return rounded


def _is_spread(node: Expr, args: Sequence[Array]) -> bool:
    """A product that copies one side: the other has signs and zeros only, and nothing is added up."""
    if node.op not in ("scale", "had", "mul") or (is_product(node) and args[0].shape[1] > 1):
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
    entry = facts(node)
    if entry.condition:
        spectrum = np.linalg.svd(args[0], compute_uv=False)
        low = spectrum < np.max(spectrum) / WORST_CONDITION
        return not np.any(low & (spectrum > 1e-14 * np.max(spectrum)) if entry.spectral else low)
    if entry.zeros and sizes.size < value.size:
        of = np.broadcast_to(args[0], value.shape)[value == 0]
        return entry.zeros != "nowhere" and not np.any(of)
    return True


def depends_on_rounding(node: Expr, found: Mapping[Expr, Array], moved: Mapping[Expr, Array]) -> bool:
    """Whether a step, or a quotient, is taken of what is nothing but rounding, or a value lies beside a pole."""
    large = np.abs(found[node]) > FAR
    if np.any(large & (np.abs(moved[node] - found[node]) > 1e-3 * np.abs(found[node]))):
        return True
    if is_power(node):
        if not np.any(found[node.args[1]] < 0):
            return False
    elif not facts(node).constant:
        return False
    before, after = side(node, found), side(node, moved)
    return bool(np.any((before != after) & (np.abs(before) <= SURE * np.abs(after - before))))


def side(node: Expr, at: Mapping[Expr, Array]) -> Array:
    """What a function with a kink or a pole at 0 is taken of: positive on one side, negative on the other."""
    one = at[node.args[0]]
    return np.asarray(one - at[node.args[1]] if len(node.args) == 2 and not is_power(node) else one)
