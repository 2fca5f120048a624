"""The functions that NumPy code may call: names, parameters, meaning; and what is refused, with what to write instead.

Names are as under ``numpy``; those of ``scipy.special`` begin with ``special.``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from matdiff.operators import ALIASES, CALLS, Row
from matdiff.reader.numpy import functions as f
from matdiff.reader.numpy.calls import Call
from matdiff.reader.numpy.values import Value

MODULES = {
    "numpy": "",
    "numpy.linalg": "linalg.",
    "numpy.random": "random.",
    "scipy.special": "special.",
    "scipy.linalg": "linalg.",
    "math": "",
    "jax.numpy": "",
    "jax.numpy.linalg": "linalg.",
    "jax.scipy.special": "special.",
    "jax.scipy.linalg": "linalg.",
    "autograd.numpy": "",
    "autograd.numpy.linalg": "linalg.",
}
"""The modules that are read, with how the names in them begin below."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function: its parameters (``=`` after those that may be left out, ``*`` before the rest) and its meaning."""

    parameters: str
    build: Callable[[Call], Value]


_SAME_NAME = (
    *("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "square", "abs", "sign"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
)

_ELEMENTWISE = {name: name for name in _SAME_NAME} | {
    "absolute": "abs",
    "fabs": "abs",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "special.expit": "sigmoid",
    "special.erf": "erf",
    "special.gamma": "gamma",
    "special.gammaln": "loggamma",
    "special.digamma": "digamma",
}

_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": ".*",
    "divide": "./",
    "true_divide": "./",
    "power": ".^",
    "float_power": ".^",
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
}

_REDUCED = "a axis= keepdims="
_OF_TWO = "x1 x2"
_LIKE = "a dtype="
_SHAPED = "shape dtype="

FUNCTIONS: dict[str, Entry] = {
    **{name: Entry("x", partial(f.elementwise, name=of)) for name, of in _ELEMENTWISE.items()},
    **{name: Entry(_OF_TWO, partial(f.binary, sign=sign)) for name, sign in _SIGNS.items()},
    **{name: Entry(_OF_TWO, partial(f.of_two, name="max")) for name in ("maximum", "fmax")},
    **{name: Entry(_OF_TWO, partial(f.of_two, name="min")) for name in ("minimum", "fmin")},
    "negative": Entry("x", f.negative),
    "logaddexp": Entry(_OF_TWO, f.logaddexp),
    "clip": Entry("a a_min= a_max= min= max=", f.clip),
    "where": Entry("condition x y", f.where),
    # sums and norms
    "sum": Entry(_REDUCED, f.total),
    "mean": Entry(_REDUCED, partial(f.total, name="mean")),
    "average": Entry(_REDUCED, partial(f.total, name="mean")),
    **{name: Entry(_REDUCED, partial(f.extreme, name="max")) for name in ("max", "amax")},
    **{name: Entry(_REDUCED, partial(f.extreme, name="min")) for name in ("min", "amin")},
    "linalg.norm": Entry("x ord= axis= keepdims=", f.norm),
    "special.softmax": Entry("x axis=", partial(f.row_function, name="softmax")),
    "special.log_softmax": Entry("x axis=", partial(f.row_function, name="log_softmax")),
    "special.logsumexp": Entry("x axis= keepdims=", partial(f.row_function, name="logsumexp")),
    # products
    "dot": Entry("a b", partial(f.product, name="dot")),
    "matmul": Entry("a b", partial(f.product, name="matmul")),
    "inner": Entry("a b", f.inner),
    "vdot": Entry("a b", f.vdot),
    "outer": Entry("a b", f.outer),
    "tensordot": Entry("a b axes=", f.tensordot),
    "kron": Entry("a b", f.kron),
    "einsum": Entry("subscripts *operands", f.summed_products),
    "linalg.multi_dot": Entry("arrays", f.multi_dot),
    # matrices
    "trace": Entry("a", partial(f.of_matrix, name="tr", rank=0)),
    "diagonal": Entry("a", partial(f.of_matrix, name="diagonal", rank=1)),
    "diag": Entry("v", f.diag),
    "linalg.inv": Entry("a", partial(f.of_matrix, name="inv", rank=2)),
    "linalg.pinv": Entry("a", partial(f.of_matrix, name="pinv", rank=2)),
    "linalg.det": Entry("a", partial(f.of_matrix, name="det", rank=0)),
    "linalg.slogdet": Entry("a", f.slogdet),
    "linalg.solve": Entry("a b", f.solve),
    "linalg.matrix_power": Entry("a n", f.matrix_power),
    # axes and sizes
    **{name: Entry("a", f.transpose) for name in ("transpose", "linalg.transpose", "matrix_transpose")},
    "reshape": Entry("a *shape order=", f.reshape),
    "ravel": Entry("a order=", f.raveled),
    "flatten": Entry("a order=", f.raveled),
    "expand_dims": Entry("a axis", f.expand_dims),
    "atleast_2d": Entry("a", f.atleast_2d),
    "squeeze": Entry("a", f.squeeze),
    "item": Entry("a", f.item),
    "shape": Entry("a", f.shape),
    "size": Entry("a axis=", f.size),
    "arange": Entry("start stop= dtype=", f.every_row),
    # constants and copies
    "zeros": Entry(_SHAPED, partial(f.constant, name="zeros")),
    "ones": Entry(_SHAPED, partial(f.constant, name="ones")),
    "zeros_like": Entry(_LIKE, partial(f.constant_like, name="zeros")),
    "ones_like": Entry(_LIKE, partial(f.constant_like, name="ones")),
    "full": Entry("shape fill_value dtype=", f.full),
    "full_like": Entry("a fill_value dtype=", f.full_like),
    "eye": Entry("N M= dtype=", f.eye),
    "identity": Entry("N dtype=", f.eye),
    "array": Entry("a dtype= copy=", f.copied),
    "copy": Entry("a dtype=", f.copied),
    "astype": Entry("a dtype copy=", f.copied),
    **{name: Entry(_LIKE, partial(f.copied, keeps=True)) for name in ("asarray", "ascontiguousarray")},
    **{name: Entry("a dtype=", f.copied) for name in ("float64", "float32", "double")},
    # random data
    **{f"random.{name}": Entry("*sizes", f.random) for name in ("randn", "rand")},
    **{
        f"random.{name}": Entry("size=", partial(f.random, name="size"))
        for name in ("random", "random_sample", "standard_normal")
    },
    "random.normal": Entry("loc= scale= size=", partial(f.random, name="size")),
    "random.uniform": Entry("low= high= size=", partial(f.random, name="size")),
    "random.seed": Entry("seed", f.seed),
    **{f"random.{name}": Entry("seed=", f.generator) for name in ("default_rng", "RandomState")},
}

_BUILTINS = {
    "abs": FUNCTIONS["abs"],
    "pow": FUNCTIONS["power"],
    "sum": Entry("a", f.builtin_sum),
    "max": Entry("*arguments", partial(f.builtin_extreme, name="max")),
    "min": Entry("*arguments", partial(f.builtin_extreme, name="min")),
    "len": Entry("a", f.length),
    "range": Entry("start stop=", f.every_row),
    "float": Entry("a", f.item),
}

_OWN = {
    name: of
    for name, of in [*((call, call) for call in CALLS), *ALIASES.items()]
    if of in CALLS and isinstance(row := CALLS[of][0], Row) and row.elementwise and len(row.arguments) == 1
}
"""matdiff's own element-wise functions, which code uses without defining them: ``sigmoid(z)``, ``relu(h)``."""

_PREFIXES = ("", "linalg.", "special.")

BARE: dict[str, Entry] = {
    **{name: Entry("x", partial(f.elementwise, name=of)) for name, of in _OWN.items()},
    "logdet": Entry("a", partial(f.of_matrix, name="logdet", rank=0)),
    "tr": FUNCTIONS["trace"],
    **{name.rpartition(".")[2]: entry for name, entry in FUNCTIONS.items() if not name.startswith("random.")},
    **_BUILTINS,
}
"""Functions called without a module."""

METHODS = frozenset(
    {"sum", "mean", "max", "min", "std", "var", "dot", "clip", "trace", "diagonal", "item"}
    | {"transpose", "reshape", "ravel", "flatten", "squeeze", "copy", "astype"}
)
"""The functions that are methods of arrays as well."""

REFUSED = {
    "array": "write it as a name and declare it",
    "argmax": "it has no derivative",
    "argmin": "it has no derivative",
    "prod": "there is no product over entries; write np.exp(np.sum(np.log(x))) where all entries are positive",
    "cumsum": "write the product with a triangular matrix that you declare",
    "concatenate": "arrays are not joined; write the parts apart, as in X @ W + b",
    "hstack": "arrays are not joined; write the parts apart, as in X @ W + b",
    "vstack": "arrays are not joined; write the parts apart",
    "stack": "arrays are not joined; write the parts apart",
    "column_stack": "arrays are not joined; write the parts apart, as in X @ W + b",
    "append": "arrays are not joined; write the parts apart",
    "c_": "arrays are not joined; write the parts apart, as in X @ W + b",
    "r_": "arrays are not joined; write the parts apart",
    "tile": "a row or a column spreads by itself: X + b",
    "repeat": "a row or a column spreads by itself: X + b",
    "sort": "it is not read",
    "round": "it has no derivative",
    "floor": "it has no derivative",
    "ceil": "it has no derivative",
    "median": "it is not read",
    "linalg.cholesky": "for log det A write np.linalg.slogdet(A)[1], for a linear system np.linalg.solve",
    "linalg.svd": "decompositions are not read",
    "linalg.eig": "decompositions are not read",
    "linalg.eigh": "decompositions are not read",
    "linalg.eigvals": "decompositions are not read",
    "linalg.qr": "decompositions are not read",
    "linalg.lstsq": "write np.linalg.solve(A.T @ A, A.T @ b)",
    "linalg.cond": "it is not read",
    "linalg.expm": "the matrix exponential is not read",
    "random.randint": "declare it instead, as in y: labels(n, k)",
    "random.choice": "declare it instead, as in y: labels(n, k)",
    "vectorize": "functions of one scalar apply to each entry by themselves",
    "empty": "write np.zeros",
    "linspace": "declare it, as in t: vector(n)",
    "I": "the inverse of A is np.linalg.inv(A)",
    "inf": "it is no number to calculate with",
    "nan": "it is no number to calculate with",
    "maximum.reduce": "the largest entry is read only where it cancels",
    "int": "it has no derivative",
}
"""What people write and is not read, with what can be written."""
