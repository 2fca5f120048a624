"""The functions of NumPy and SciPy that read as NumPy code themselves, in the notation they extend."""

from __future__ import annotations

from functools import cache
from typing import Any

LIBRARY = """
def var(a, axis=None, keepdims=False):
    return np.mean((a - np.mean(a, axis=axis, keepdims=True))**2, axis=axis, keepdims=keepdims)

def std(a, axis=None, keepdims=False):
    return np.sqrt(np.var(a, axis=axis, keepdims=keepdims))

def hypot(x1, x2): return np.sqrt(x1**2 + x2**2)
def reciprocal(x): return 1 / x
def exp2(x): return 2**x
def positive(x): return x
def cbrt(x): return np.sign(x) * np.abs(x)**(1/3)
def heaviside(x1, x2): return (x1 > 0) + x2 * (x1 == 0)
def not_equal(x1, x2): return 1 - (x1 == x2)
def logit(x): return np.log(x / (1 - x))
"""

SPECIAL = frozenset({"logit"})
"""The functions of ``scipy.special`` among them."""


@cache
def library() -> dict[str, Any]:
    """The tree of each function, by its name in the table of functions."""
    from matdiff.reader.numpy.grammar import parse

    trees = {str(tree.children[0]): tree for tree in parse(LIBRARY).children}
    return {f"special.{name}" if name in SPECIAL else name: tree for name, tree in trees.items()}
