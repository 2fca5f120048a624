"""The functions that NumPy code may call: names, parameters, meaning; and what is refused, with what to write instead.

Names are as under ``numpy``; those of ``scipy.special`` begin with ``special.``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from matdiff.operators import ALIASES, CALLS, ROWS, Row
from matdiff.operators.spelled import UFUNCS, Spelling, spellings
from matdiff.reader.numpy import array_functions as f
from matdiff.reader.numpy import factors, shapes
from matdiff.reader.numpy.arguments import Call
from matdiff.reader.numpy.values import Value
from matdiff.sizes import ONE

MODULES = {
    "numpy": "",
    "numpy.linalg": "linalg.",
    "numpy.random": "random.",
    "scipy.special": "special.",
    "scipy.linalg": "linalg.",
    "math": "math.",
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


_SPELLED = spellings()


def _another_name(entry: Row) -> Entry:
    """A function that a library has under a name of its own."""
    if entry.by_row:
        keeps = entry.signature[1][1] is not ONE
        return Entry("x axis=" if keeps else "x axis= keepdims=", partial(f.row_function, name=entry.call))
    if entry.system:
        return Entry(" ".join([*"ab"[: len(entry.arguments) - 1], "q"]), partial(factors.equation, name=entry.call))
    return Entry("a", partial(f.spelled, by=Spelling(entry, "", None)))


_ELEMENTWISE = {name: ROWS[of].call for of, name in UFUNCS.items()} | {
    **{name: name for name in ("log2", "log10", "square")},
    **{name: entry.call for entry in ROWS.values() if entry.elementwise for name in entry.also},
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "math.gamma": "gamma",
    "math.lgamma": "loggamma",
    "special.gamma": "gamma",
    "special.gammaln": "loggamma",
    "special.loggamma": "loggamma",
    "special.digamma": "digamma",
    "special.psi": "digamma",
    "asinh": "asinh",
    "acosh": "acosh",
    "atanh": "atanh",
}

_LOGICAL = {"logical_and": "&", "logical_or": "|", "bitwise_and": "&", "bitwise_or": "|"}

_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": ".*",
    "divide": "./",
    "true_divide": "./",
    "power": ".^",
    "pow": ".^",
    "float_power": ".^",
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
}

OUTER = frozenset({"add", "subtract", "multiply", "divide", "power"})
"""The functions of two arguments that are read as ``np.add.outer(x, y)`` as well."""

_REDUCED = "a axis= keepdims="
_OF_TWO = "x1 x2"
_LIKE = "a dtype="
_SHAPED = "shape dtype="

FUNCTIONS: dict[str, Entry] = {
    **{
        name: Entry("a axis=" if by.axis is not None else "a", partial(f.spelled, by=by))
        for name, by in _SPELLED.items()
    },
    **{name: _another_name(entry) for entry in ROWS.values() for name in entry.also},
    **{name: Entry("x", partial(f.elementwise, name=of)) for name, of in _ELEMENTWISE.items()},
    **{name: Entry(_OF_TWO, partial(f.binary, sign=sign)) for name, sign in _SIGNS.items()},
    **{name: Entry(_OF_TWO, partial(f.of_two, name="max")) for name in ("maximum", "fmax")},
    **{name: Entry(_OF_TWO, partial(f.of_two, name="min")) for name in ("minimum", "fmin")},
    **{f"{name}.outer": Entry(_OF_TWO, partial(f.outer_of, sign=_SIGNS[name])) for name in sorted(OUTER)},
    "positive": Entry("x", f.same),
    **{name: Entry("x", partial(f.complex_part, name="conj")) for name in ("conj", "conjugate")},
    "real": Entry("x", partial(f.complex_part, name="re")),
    "nan_to_num": Entry("x copy= nan=", f.same),
    **{name: Entry(_OF_TWO, partial(f.logical, sign=sign)) for name, sign in _LOGICAL.items()},
    **{name: Entry("x", f.opposite) for name in ("logical_not", "invert", "bitwise_not")},
    "negative": Entry("x", f.negative),
    "logaddexp": Entry(_OF_TWO, f.logaddexp),
    "clip": Entry("a a_min= a_max= min= max=", f.clip),
    "where": Entry("condition x y", f.where),
    "select": Entry("condlist choicelist default=", f.select),
    "polyval": Entry("p x", f.polynomial),
    "vectorize": Entry("pyfunc otypes=", partial(f.entry_by_entry, known=_ELEMENTWISE)),
    "result_type": Entry("*arrays", f.kind_of_entries),
    "count_nonzero": Entry("a", f.counted),
    "take_along_axis": Entry("arr indices axis=", f.along_labels),
    # sums and norms
    **{name: Entry(_REDUCED, f.total) for name in ("sum", "nansum", "math.fsum")},
    **{name: Entry(_REDUCED, partial(f.total, name="mean")) for name in ("mean", "nanmean")},
    "average": Entry("a axis= weights= keepdims=", f.weighted_mean),
    **{name: Entry("a axis= ddof= keepdims=", partial(f.spread_out, name=name)) for name in ("var", "std")},
    **{name: Entry(_REDUCED, partial(f.extreme, name="max")) for name in ("max", "amax")},
    **{name: Entry(_REDUCED, partial(f.extreme, name="min")) for name in ("min", "amin")},
    "linalg.norm": Entry("x ord= axis= keepdims=", f.norm),
    "linalg.vector_norm": Entry("x axis= keepdims= ord=", f.vector_norm),
    "linalg.matrix_norm": Entry("x keepdims= ord=", f.matrix_norm),
    # products
    "dot": Entry("a b", partial(f.product, name="dot")),
    **{name: Entry("a b", partial(f.product, name="matmul")) for name in ("matmul", "linalg.matmul")},
    "inner": Entry("a b", f.inner),
    "vdot": Entry("a b", f.vdot),
    **{name: Entry("a b", f.outer) for name in ("outer", "linalg.outer")},
    "tensordot": Entry("a b axes=", f.tensordot),
    "kron": Entry("a b", f.kron),
    "einsum": Entry("subscripts *operands optimize=", f.summed_products),
    "linalg.multi_dot": Entry("arrays", f.multi_dot),
    # matrices
    **{name: Entry("a", partial(f.of_matrix, name="diagonal", rank=1)) for name in ("diagonal", "linalg.diagonal")},
    "diag": Entry("v", f.diag),
    "diagflat": Entry("v", f.diagflat),
    "linalg.slogdet": Entry("a", f.slogdet),
    "linalg.solve": Entry("a b", f.solve),
    "linalg.cholesky": Entry("a lower=", factors.cholesky),
    "linalg.solve_triangular": Entry("a b trans= lower=", factors.solve_triangular),
    "linalg.cho_factor": Entry("a lower=", factors.cho_factor),
    "linalg.cho_solve": Entry("c_and_lower b", factors.cho_solve),
    "linalg.eigh": Entry("a", factors.eigh),
    "linalg.svd": Entry("a full_matrices= compute_uv=", factors.svd),
    "linalg.qr": Entry("a mode=", factors.qr),
    "linalg.polar": Entry("a", factors.polar),
    "linalg.toeplitz": Entry("c r=", partial(factors.of_vectors, name="toeplitz")),
    "linalg.circulant": Entry("c", partial(factors.of_vectors, name="circ")),
    "linalg.khatri_rao": Entry("a b", factors.khatri_rao),
    "tril": Entry("m k=", partial(factors.triangle, name="tril")),
    "triu": Entry("m k=", partial(factors.triangle, name="triu")),
    "cumsum": Entry("a axis=", factors.running_sum),
    "prod": Entry("a axis=", factors.product_of_entries),
    "sort": Entry("a axis=", factors.in_order),
    "linalg.matrix_power": Entry("a n", f.matrix_power),
    # axes and sizes
    **{name: Entry("a", shapes.transpose) for name in ("transpose", "linalg.transpose", "matrix_transpose")},
    "reshape": Entry("a *shape order=", shapes.reshape),
    "ravel": Entry("a order=", shapes.raveled),
    "flatten": Entry("a order=", shapes.raveled),
    "expand_dims": Entry("a axis", shapes.expand_dims),
    "atleast_2d": Entry("a", shapes.atleast_2d),
    "squeeze": Entry("a axis=", shapes.squeeze),
    "item": Entry("a", shapes.item),
    "shape": Entry("a", shapes.shape),
    "size": Entry("a axis=", shapes.size),
    "arange": Entry("start stop= dtype=", shapes.every_row),
    # constants and copies
    "zeros": Entry(_SHAPED, partial(shapes.constant, name="zeros")),
    "ones": Entry(_SHAPED, partial(shapes.constant, name="ones")),
    "zeros_like": Entry(_LIKE, partial(shapes.constant_like, name="zeros")),
    "ones_like": Entry(_LIKE, partial(shapes.constant_like, name="ones")),
    "full": Entry("shape fill_value dtype=", shapes.full),
    "full_like": Entry("a fill_value dtype=", shapes.full_like),
    "eye": Entry("N M= dtype=", shapes.eye),
    "identity": Entry("N dtype=", shapes.eye),
    "array": Entry("a dtype= copy=", shapes.copied),
    "copy": Entry("a dtype=", shapes.copied),
    "astype": Entry("a dtype copy=", shapes.copied),
    **{name: Entry(_LIKE, partial(shapes.copied, keeps=True)) for name in ("asarray", "ascontiguousarray")},
    **{name: Entry("a dtype=", shapes.copied) for name in ("float64", "float32", "float16", "double")},
    **{name: Entry("a", f.integer) for name in ("int64", "int32", "int8", "uint8", "int_")},
    # random data
    **{f"random.{name}": Entry("*sizes", shapes.random) for name in ("randn", "rand")},
    **{
        f"random.{name}": Entry("size=", partial(shapes.random, name="size"))
        for name in ("random", "random_sample", "standard_normal")
    },
    "random.normal": Entry("loc= scale= size=", partial(shapes.random, name="size")),
    "random.uniform": Entry("low= high= size=", partial(shapes.random, name="size")),
    "random.randint": Entry("low high= size= dtype=", shapes.integers),
    "random.integers": Entry("low high= size= dtype=", shapes.integers),
    "random.seed": Entry("seed", shapes.seed),
    "set_printoptions": Entry("precision= threshold= edgeitems= linewidth= suppress=", shapes.seed),
    "seterr": Entry("all= divide= over= under= invalid=", shapes.seed),
    **{f"random.{name}": Entry("seed=", shapes.generator) for name in ("default_rng", "RandomState")},
}

_BUILTINS = {
    "abs": FUNCTIONS["abs"],
    "pow": FUNCTIONS["power"],
    "sum": Entry("a", f.builtin_sum),
    "max": Entry("*arguments", partial(f.builtin_extreme, name="max")),
    "min": Entry("*arguments", partial(f.builtin_extreme, name="min")),
    "len": Entry("a", shapes.length),
    "range": Entry("start stop=", shapes.every_row),
    "float": Entry("a", shapes.item),
    "int": Entry("a", f.integer),
    **{name: Entry("a", f.labels_kept) for name in ("list", "tuple")},
}

_OWN = {
    name: of
    for name, of in [*((call, call) for call in CALLS), *ALIASES.items()]
    if of in CALLS and isinstance(row := CALLS[of][0], Row) and row.elementwise and len(row.arguments) == 1
}
"""matdiff's own element-wise functions, which code uses without defining them: ``sigmoid(z)``, ``relu(h)``."""

_NEVER_BARE = ("random.", *(f"{name}." for name in OUTER))

BARE: dict[str, Entry] = {
    **{name: Entry("x", partial(f.elementwise, name=of)) for name, of in _OWN.items()},
    "logdet": Entry("a", partial(f.of_matrix, name="logdet", rank=0)),
    "tr": FUNCTIONS["trace"],
    **{name.rpartition(".")[2]: entry for name, entry in FUNCTIONS.items() if not name.startswith(_NEVER_BARE)},
    **_BUILTINS,
}
"""Functions called without a module."""

METHODS = frozenset(
    {"sum", "mean", "max", "min", "std", "var", "dot", "clip", "trace", "diagonal", "item", "conj", "cumsum", "prod"}
    | {"transpose", "reshape", "ravel", "flatten", "squeeze", "copy", "astype"}
)
"""The functions that are methods of arrays as well."""

_JOINED = ("concatenate", "hstack", "vstack", "stack", "column_stack", "append", "insert", "block", "c_", "r_")

PYTORCH = frozenset(
    {"backward", "detach", "numpy", "cpu", "cuda", "to", "view", "unsqueeze", "mm", "t", "requires_grad_"}
)
"""Methods of tensors that arrays do not have."""

REFUSED = {
    "array": "write it as a name and declare it",
    **dict.fromkeys(("argmax", "argmin", "argsort", "round", "floor", "ceil", "rint"), "it has no derivative"),
    **dict.fromkeys(_JOINED, "arrays are not joined; write the parts apart, as in X @ W + b"),
    "tile": "a row or a column spreads by itself: X + b",
    "repeat": "a row or a column spreads by itself: X + b",
    **dict.fromkeys(("median", "percentile", "quantile", "unique"), "it has no formula here"),
    "linalg.cond": "its value jumps, or is no smooth function; np.linalg.svd gives the singular values",
    **dict.fromkeys(("linalg.eig", "linalg.eigvals"), "of a symmetric matrix write np.linalg.eigh, np.linalg.eigvalsh"),
    "linalg.lstsq": "write np.linalg.solve(A.T @ A, A.T @ b)",
    "random.choice": "declare it instead, as in y: labels(n, k)",
    "empty": "write np.zeros",
    "linspace": "declare it, as in t: vector(n)",
    "I": "the inverse of A is np.linalg.inv(A)",
    "H": "write .T",
    **dict.fromkeys(("matrix", "mat", "asmatrix"), "its * is the matrix product; write 2-D arrays and @"),
    **dict.fromkeys(("roll", "flip", "diff", "gradient", "trapz"), "write a product with a matrix"),
    "sinc": "write np.sin(np.pi * x) / (np.pi * x)",
    "arctan2": "write np.arctan(y / x) where x is positive",
    "piecewise": "write np.where(mask, x, y)",
    "nan": "it is no number to calculate with",
    "maximum.reduce": "the largest entry is read only where it cancels",
}
"""What people write and is not read, with what can be written."""
