"""The functions of NumPy and SciPy that read as NumPy code themselves, in the notation they extend."""

from __future__ import annotations

import ast
from functools import cache

from matdiff.reader.numpy.tree import parse

LIBRARY = """
def hypot(x1, x2): return np.sqrt(x1**2 + x2**2)
def reciprocal(x): return 1 / x
def exp2(x): return 2**x
def cbrt(x): return np.sign(x) * np.abs(x)**(1/3)
def heaviside(x1, x2): return (x1 > 0) + x2 * (x1 == 0)
def not_equal(x1, x2): return x1 != x2
def logaddexp2(x1, x2): return np.log2(2**x1 + 2**x2)
def deg2rad(x): return x * np.pi / 180
def radians(x): return x * np.pi / 180
def rad2deg(x): return x * 180 / np.pi
def degrees(x): return x * 180 / np.pi
def vecdot(x1, x2, axis=-1): return np.sum(x1 * x2, axis=axis)
"""

LIBRARY_LINALG = """
def vecdot(x1, x2, axis=-1): return np.sum(x1 * x2, axis=axis)
"""

LIBRARY_SPECIAL = """
def logit(x): return np.log(x / (1 - x))
def log_expit(x): return np.negative(np.logaddexp(0, -x))
def erfc(x): return 1 - scipy.special.erf(x)
def ndtr(x): return (1 + scipy.special.erf(x / np.sqrt(2))) / 2
def exp2(x): return 2**x
def cbrt(x): return np.cbrt(x)
def xlogy(x, y): return x * np.log(y)
def xlog1py(x, y): return x * np.log1p(y)
def entr(x): return -x * np.log(x)
def rel_entr(x, y): return x * np.log(x / y)
def kl_div(x, y): return x * np.log(x / y) - x + y
def huber(delta, r): return np.where(np.abs(r) <= delta, r**2 / 2, delta * (np.abs(r) - delta / 2))
def pseudo_huber(delta, r): return delta**2 * (np.sqrt(1 + (r / delta)**2) - 1)
"""


@cache
def library() -> dict[str, ast.FunctionDef]:
    """The tree of each function, by its name in the table of functions."""
    sources = {"": LIBRARY, "linalg.": LIBRARY_LINALG, "special.": LIBRARY_SPECIAL}
    trees = ((prefix, tree) for prefix, text in sources.items() for tree in parse(text).body)
    return {prefix + tree.name: tree for prefix, tree in trees if isinstance(tree, ast.FunctionDef)}
