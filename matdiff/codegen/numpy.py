"""The NumPy target."""

from __future__ import annotations

from matdiff.arrays.precedence import ATOM, PRODUCT, UNARY
from matdiff.codegen.table_functions import NUMPY_FUNCTIONS
from matdiff.codegen.target import SIGNS, Form, Statement, Target, method, statements

FORMS = SIGNS | {
    "gelu": Form("0.5 * {0} * (1 + erf({0} / math.sqrt(2)))", PRODUCT, (UNARY,)),
    "square": Form("np.square({0})"),
    "sum_all": Form("np.sum({0})"),
    "sum0": Form("np.sum({0}, axis=0, keepdims=True)"),
    "sum0_flat": Form("np.sum({0}, axis=0)"),
    "sum1": Form("np.sum({0}, axis=1)"),
    "sum1_kept": Form("np.sum({0}, axis=1, keepdims=True)"),
    "max": Form("np.max({0})"),
    "max1": Form("np.max({0}, axis=1)"),
    "max1_kept": Form("np.max({0}, axis=1, keepdims=True)"),
    "inner": Form("np.sum({0} * {1})", ATOM, (UNARY, UNARY)),
    "sum_squares": Form("np.sum(np.square({0}))"),
    "norm": Form("np.linalg.norm({0})"),
    "outer": Form("np.outer({0}, {1})"),
    "trace": Form("np.trace({0})"),
    "diag": Form("np.diag({0})"),
    "diagonal": Form("np.diag({0})"),
    "inv": Form("np.linalg.inv({0})"),
    "solve": Form("np.linalg.solve({0}, {1})"),
    "eye": Form("np.eye({rows}{dtype})"),
    "zeros": Form("np.zeros({shape}{dtype})"),
    "ones": Form("np.ones({shape}{dtype})"),
    "as_float": method("{0}.astype({float})"),
    "copy": method("{0}.copy()"),
    "full": Form("np.full({shape}, {0}{dtype})"),
    "arange": Form("np.arange({data})"),
    "one_hot": method("np.eye({data}{dtype})[{0}]"),
    "place": statements(Statement("np.zeros({shape}{dtype})", "{out}"), Statement("{0}", "{out}[{1}, {2}]")),
    "scatter": statements(Statement("np.zeros({shape}{dtype})", "{out}"), Statement("np.add.at({out}, {1}, {0})")),
    "add_at": statements(Statement("{0}.copy()", "{out}", copies=True), Statement("{3}", "{out}[{1}, {2}]", "+=")),
    "log_det": Form("log_det({0})"),
    "commutation": Form("commutation({data}{dtype})"),
}

HELPERS = NUMPY_FUNCTIONS | {
    "sigmoid": '''
def sigmoid(x):
    """1 / (1 + exp(-x)); where exp(-x) is too large for a float, 0."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))
''',
    "erf": '''
def erf(x):
    """The error function, entry by entry."""
    x = np.asarray(x)
    return np.vectorize(math.erf, otypes=[np.result_type(x.dtype, np.float32)])(x)
''',
    "gamma": '''
def gamma(x):
    """The gamma function, entry by entry; nan at its poles, inf where it is too large for a float."""

    def value(x):
        try:
            return math.gamma(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.copysign(math.inf, x)

    x = np.asarray(x)
    return np.vectorize(value, otypes=[np.result_type(x.dtype, np.float32)])(x)
''',
    "loggamma": '''
def loggamma(x):
    """The logarithm of the gamma function, entry by entry; nan where that is not positive."""

    def value(x):
        return (math.lgamma(x) if x < 1e305 else math.inf) if x > 0 else math.nan

    x = np.asarray(x)
    return np.vectorize(value, otypes=[np.result_type(x.dtype, np.float32)])(x)
''',
    "log_det": '''
def log_det(a):
    """log(det(a)) where the determinant may be too large for a float; nan where it is negative."""
    sign, value = np.linalg.slogdet(a)
    return value if sign >= 0 else np.nan
''',
    "adjugate": '''
def adjugate(x):
    """The transposed matrix of the cofactors, of a singular matrix too."""
    u, s, vt = np.linalg.svd(x)
    others = np.prod(np.where(np.eye(len(s), dtype=bool), 1, s), axis=1)
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign * (vt.T * others) @ u.T
''',
    "commutation": '''
def commutation(m, n, dtype=float):
    """The matrix K with K @ vec(X) = vec(X.T) for X m×n."""
    identity = np.eye(m * n, dtype=dtype).reshape(n, m, m * n)
    return identity.transpose(1, 0, 2).reshape(m * n, m * n)
''',
}

NUMPY = Target("numpy", "np", "import numpy as np", FORMS, HELPERS, weak_scalars=True)
