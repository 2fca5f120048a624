"""The NumPy target."""

from __future__ import annotations

from matdiff.arrays.precedence import ATOM, PRODUCT, UNARY
from matdiff.codegen.table_functions import NUMPY_FUNCTIONS
from matdiff.codegen.target import SIGNS, Form, Statement, Target, method, statements
from matdiff.texts import texts

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

HELPERS = NUMPY_FUNCTIONS | texts("numpy")

NUMPY = Target("numpy", "np", "import numpy as np", FORMS, HELPERS, weak_scalars=True)
