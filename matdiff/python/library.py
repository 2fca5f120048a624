"""What the functions of NumPy, SciPy and Python mean for arrays: their own functions, by name, and no others."""

from __future__ import annotations

import builtins
import inspect
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from matdiff import evaluate
from matdiff.operators import ROWS
from matdiff.operators.spelled import UFUNCS
from matdiff.python.meanings import function_named
from matdiff.python.values import Numbers, measured, words

LARGEST = 40_000_000
"""Larger arrays, and products that cost more than a hundred times this, are not computed."""

PURE = frozenset(
    words(
        "abs absolute add all allclose amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 "
        "arctanh argmax argmin argsort array array_equal array_split around asanyarray asarray ascontiguousarray "
        "atleast_1d atleast_2d average bincount block broadcast_arrays broadcast_to cbrt ceil clip column_stack "
        "concatenate copy copysign cos cosh count_nonzero cov cross cumprod cumsum deg2rad diag diagflat diagonal "
        "diff divide dot dstack ediff1d einsum empty empty_like equal exp exp2 expand_dims expm1 eye fabs "
        "flatnonzero flip fliplr flipud float_power floor floor_divide fmax fmin fmod full full_like gradient "
        "greater greater_equal heaviside hsplit hstack hypot identity indices inner isclose isfinite isin isinf "
        "isnan ix_ kron less less_equal linspace log log10 log1p log2 logaddexp logaddexp2 logical_and "
        "logical_not logical_or logical_xor logspace mat matmul matrix max maximum mean median meshgrid min "
        "minimum mod moveaxis multiply nan_to_num nanmax nanmean nanmin nansum ndim negative nonzero norm "
        "not_equal ones ones_like outer pad polyval positive power prod ptp quantile rad2deg radians ravel "
        "ravel_multi_index real reciprocal remainder repeat reshape resize roll rollaxis rot90 round rsplit "
        "searchsorted select shape sign signbit sin sinc sinh size sort split sqrt square squeeze stack std "
        "subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose tri tril tril_indices "
        "triu triu_indices true_divide trunc unique unravel_index vander var vdot vsplit vstack where zeros "
        "zeros_like triu_indices_from tril_indices_from amax asfarray degrees permute_dims concat "
        "matrix_transpose"
    )
)
"""Functions of NumPy that only compute."""

FORMER = {"row_stack": "vstack", "product": "prod", "cumproduct": "cumprod", "round_": "round", "in1d": "isin"}
"""Names that NumPy had, and has no more."""

SHAPED = {"zeros": 0, "ones": 0, "empty": 0, "full": 0, "eye": 0, "identity": 0, "arange": 0, "linspace": 0, "tri": 0}
SHAPED |= {"reshape": 1, "tile": 1, "repeat": 1, "broadcast_to": 1}
"""Functions that take sizes, from which argument on."""

LINALG = frozenset(
    words("norm inv pinv det slogdet solve cholesky eigvalsh eigh svd qr matrix_rank matrix_power lstsq multi_dot")
)

NUMPY_ONLY = frozenset({"cholesky", "qr"})
"""Those of them that give something else in SciPy."""

METHODS = frozenset(
    words(
        "all any argmax argmin argsort astype clip copy cumprod cumsum diagonal dot flatten item max mean min "
        "nonzero prod ptp ravel repeat reshape round squeeze std sum swapaxes take tolist trace transpose var "
        "searchsorted conj conjugate"
    )
)
"""Methods of arrays that only compute."""

ATTRIBUTES = frozenset({"T", "real", "A", "A1", "flat", "mT", "I"})


def sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.asarray(x)))


def softmax(x: Numbers, axis: Any = None) -> Numbers:
    e = np.exp(np.asarray(x) - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def logsumexp(x: Numbers, axis: Any = None, keepdims: bool = False) -> Numbers:
    top = np.max(x, axis=axis, keepdims=True)
    found = np.log(np.sum(np.exp(np.asarray(x) - top), axis=axis, keepdims=True)) + top
    return found if keepdims else np.squeeze(found, axis=axis)


SPECIAL: dict[str, Callable[..., Numbers]] = {
    "expit": sigmoid,
    "logit": lambda x: np.log(np.asarray(x) / (1 - np.asarray(x))),
    "log_expit": lambda x: -np.logaddexp(0, -np.asarray(x)),
    "erf": lambda x: evaluate.erf(np.asarray(x, dtype=float)),
    "softmax": softmax,
    "log_softmax": lambda x, axis=None: x - logsumexp(x, axis=axis, keepdims=True),
    "logsumexp": logsumexp,
    "xlogy": lambda x, y: np.asarray(x) * np.log(y),
    "xlog1py": lambda x, y: np.asarray(x) * np.log1p(y),
    "entr": lambda x: -np.asarray(x) * np.log(x),
    "ndtr": lambda x: (1 + evaluate.erf(np.asarray(x, dtype=float) / np.sqrt(2))) / 2,
}


def of_entries(name: str) -> Callable[..., Numbers]:
    """A function of entries as its row has it."""
    value = evaluate.compiled(ROWS[name].numpy, ROWS[name].arguments)
    return lambda x: value(np.asarray(x, dtype=float))


KNOWN: dict[str, Callable[..., Numbers]] = {
    **{
        name: of_entries(name)
        for name, entry in ROWS.items()
        if entry.elementwise and entry.call == name and len(entry.arguments) == 1 and name not in UFUNCS
    },
    **dict.fromkeys(("logistic", "expit"), sigmoid),
    "softmax": lambda x, axis=-1: softmax(x, axis=axis),
    "tanh": np.tanh,
    "leaky_relu": lambda x, alpha=0.01: np.where(np.asarray(x) > 0, x, alpha * np.asarray(x)),
    "one_hot": lambda y, k: np.eye(int(k))[np.asarray(y, dtype=int)],
    "sigmoid_derivative": lambda x: sigmoid(x) * (1 - sigmoid(x)),
}
"""Functions that files which are not here are taken to hold, by their names."""


def takes(name: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether a well-known function can be called so."""
    if isinstance(KNOWN[name], np.ufunc):
        return len(args) == 1 and not keywords
    try:
        inspect.signature(KNOWN[name]).bind(*args, **keywords)
    except TypeError:
        return False
    return True


RANDOM = {
    **{
        name: name
        for name in words(
            "rand randn random_sample normal standard_normal uniform randint choice permutation binomial exponential "
            "beta poisson laplace gamma multivariate_normal lognormal"
        )
    },
    "random": "random_sample",
    "integers": "randint",
    "sample": "random_sample",
    "ranf": "random_sample",
    "permuted": "permutation",
    "random_integers": "randint",
}
"""The drawing functions, old and new, by those of ``RandomState``."""

CONSTANTS: dict[str, Any] = {
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "newaxis": None,
    "NaN": math.nan,
    "Inf": math.inf,
    "euler_gamma": float(np.euler_gamma),
}

TYPES: dict[str, Any] = {
    **dict.fromkeys(
        ("float", "float64", "float32", "float16", "double", "single", "half", "float_", "f", "f4", "f8", "longdouble"),
        np.float64,
    ),
    **dict.fromkeys(
        words("int int64 int32 int16 int8 uint8 uint16 uint32 uint64 intp int_ uint i4 i8 u1 long"), np.int64
    ),
    **dict.fromkeys(("bool", "bool_", "?"), np.bool_),
}
"""Types of entries: numbers are as exact as they can be."""

MATH = frozenset(
    words(
        "sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil pow fabs "
        "erf hypot isnan isinf isfinite trunc"
    )
)

_AS_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power"}

SIGNS: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "MatMult": operator.matmul,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


@cache
def method(name: str) -> Callable[..., Numbers]:
    """A method of arrays as a function of the array."""
    assert name in METHODS

    def call(a: Numbers, *args: Any, **keywords: Any) -> Numbers:
        return getattr(a if isinstance(a, np.generic | np.ndarray) else np.asarray(a), name)(*args, **keywords)

    return call


@cache
def attribute(name: str) -> Callable[[Numbers], Numbers]:
    assert name in ATTRIBUTES

    def look(a: Numbers) -> Numbers:
        if name == "flat":
            return np.ravel(a)
        return getattr(np.asarray(a) if not isinstance(a, np.ndarray) else a, name)

    return look


def item_of(value: Any, index: Any) -> Any:
    return value[index]


def with_item(base: Numbers, index: Any, new: Numbers) -> Numbers:
    """An array with other entries at an index."""
    found = np.array(base, copy=True, order="K", subok=True)
    if np.size(new) == 1 and np.ndim(new) > np.ndim(found[index]):
        new = np.asarray(new).reshape(())  # NumPy 1 takes a 1×1 matrix for an entry
    found[index] = new
    return found


def rows_of(parts: Any) -> Numbers:
    """``np.r_``."""
    return np.r_[tuple(parts)]


TESTS = frozenset({"test", "testing", "eval", "evaluate", "predict", "inference", "valid", "validation"})
"""Words for what is done without a gradient."""


def added_at(base: Numbers, index: Any, new: Numbers) -> Numbers:
    found = np.array(base, copy=True)
    np.add.at(found, index, new)
    return found


def filled(base: Numbers, new: Numbers) -> Numbers:
    return np.full_like(base, new)


def outer_of(fn: Callable[..., Numbers]) -> Callable[..., Numbers]:
    def call(a: Numbers, b: Numbers) -> Numbers:
        return fn(np.reshape(a, (*np.shape(a), *(1,) * np.ndim(b))), b)

    call.__name__ = f"{fn.__name__}.outer"
    return call


def numpy_function(path: str) -> Callable[..., Numbers] | None:
    """The function that a path such as ``numpy.linalg.norm`` names; None where it is not known."""
    package, _, name = path.rpartition(".")
    if package in ("numpy", "jax.numpy", "autograd.numpy", "cupy", "numpy.matlib"):
        if name in ("mat", "matrix", "asmatrix"):
            return np.asmatrix
        if name == "norm":
            return None
        name = FORMER.get(name, name)
        found = getattr(np, name, None)
        return found if callable(found) and (name in PURE or isinstance(found, np.ufunc)) else None
    if (package == "numpy.linalg" and name in LINALG) or (package == "scipy.linalg" and name in LINALG - NUMPY_ONLY):
        found = getattr(np.linalg, name)
        return found if callable(found) else None
    if package in ("scipy.special", "scipy") and name in SPECIAL:
        return SPECIAL[name]
    if package == "math" and name in MATH:
        return SPECIAL["erf"] if name == "erf" else getattr(np, _AS_NUMPY.get(name, name))
    if path.endswith(".add.outer") or path.endswith(".subtract.outer") or path.endswith(".multiply.outer"):
        return outer_of(getattr(np, package.rpartition(".")[2]))
    return function_named(path)


def too_large(name: str, args: tuple[Any, ...]) -> bool:
    """Whether a call would make an array that is too large, told before it is made."""
    shapes = [np.shape(a) for a in args[:3] if isinstance(a, np.ndarray | np.generic)]
    counts = [math.prod(shape) for shape in shapes]
    numbers = [abs(int(n)) for a in args for n in (a if isinstance(a, tuple | list) else (a,)) if is_whole(n)]
    if name in ("zeros", "ones", "empty"):
        return math.prod(max(n, 1) for n in numbers[:6]) > LARGEST
    if name in ("full", "eye", "identity", "arange", "linspace", "broadcast_to", "tri"):
        return max(numbers, default=0) > (math.isqrt(LARGEST) if name in ("eye", "identity", "tri") else LARGEST)
    if name in ("repeat", "tile", "resize", "pad"):
        return math.prod([*counts[:1], *(max(n, 1) for n in numbers)]) > LARGEST
    if name in ("outer", "kron", "meshgrid"):
        return math.prod(counts) > LARGEST
    if name in ("MatMult", "dot", "matmul") and len(shapes) == 2 and all(shapes):
        return bool(math.prod(shapes[0]) * max(1, counts[1] // max(shapes[0][-1], 1)) > 100 * LARGEST)
    if name in SIGNS and len(shapes) == 2:
        try:
            return math.prod(np.broadcast_shapes(*shapes)) > LARGEST
        except ValueError:
            return False
    return any(count > LARGEST for count in counts)


def is_whole(item: Any) -> bool:
    return isinstance(item, int | np.integer) and not isinstance(item, bool)


def plain_sign(name: str, *args: Any) -> Any:
    """An operation between Python's own values, but for what would never end."""
    if (
        name in ("Pow", "LShift")
        and all(isinstance(a, int) for a in args)
        and (abs(args[1]) > 200 or abs(args[0]) > 10**6)
    ):
        return float(args[0]) ** float(args[1])
    repeated = name == "Mult" and any(isinstance(a, str | list | tuple) for a in args)
    if repeated and math.prod(a if isinstance(a, int) else max(len(a), 1) for a in args) > 1_000_000:
        raise MemoryError
    if name == "Mod" and isinstance(args[0], str):
        parts = args[1] if isinstance(args[1], tuple) else (args[1],)
        if any(c.isdigit() for c in args[0].split("%")[-1][:4]) or not all(
            isinstance(p, str | int | float) for p in parts
        ):
            return args[0]
    return measured(SIGNS[name](*args), name, args)


PLAIN: dict[str, Callable[..., Any]] = {
    name: getattr(builtins, name)
    for name in (
        "str",
        "repr",
        "bool",
        "tuple",
        "list",
        "set",
        "dict",
        "sorted",
        "reversed",
        "min",
        "max",
        "sum",
        "divmod",
        "ord",
        "chr",
    )
}
"""Functions of Python on Python's own values."""
