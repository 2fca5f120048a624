"""How an operator of the table is written where the arrays have leading axes, and the functions that this needs."""

from __future__ import annotations

import re

from matdiff.expr import Expr
from matdiff.operators import row
from matdiff.operators.elementwise import MASK_SIGNS

LEADING = {
    "transpose": "np.swapaxes({0}, -1, -2)",
    "tr": "np.trace({0}, axis1=-2, axis2=-1)[..., None, None]",
    "sum": "np.sum({0}, axis=(-2, -1), keepdims=True)",
    "vec": "vec({0})",
    "unvec": "unvec({0}, {m}, {n})",
    "diag": "({0} * np.eye({m}))",
    "diagonal_of": "np.diagonal({0}, axis1=-2, axis2=-1)[..., None]",
    "inv": "np.linalg.inv({0})",
    "det": "np.linalg.det({0})[..., None, None]",
    "logdet": "np.linalg.slogdet({0})[1][..., None, None]",
    "pinv": "np.linalg.pinv({0})",
    "norm2": "np.sqrt(np.sum({0} ** 2, axis=(-2, -1), keepdims=True))",
    "norm1": "np.sum(np.abs({0}), axis=(-2, -1), keepdims=True)",
    "softmax": "softmax({0})",
    "softmax_column": "softmax({0}, -2)",
    "log_softmax": "log_softmax({0})",
    "log_softmax_column": "log_softmax({0}, -2)",
    "logsumexp": "logsumexp({0})",
    "logsumexp_column": "logsumexp({0}, -2)",
    "matrix_power": "np.linalg.matrix_power({0}, {data})",
    "add": "({0} + {1})",
    "scale": "({0} * {1})",
    "had": "({0} * {1})",
    "mul": "({0} @ {1})",
    "pow": "({0} ** {1})",
    "pow_each": "({0} ** {1})",
    "maximum": "np.maximum({0}, {1})",
    "minimum": "np.minimum({0}, {1})",
    **{op: f"({{0}} {sign} {{1}}).astype(float)" for op, sign in MASK_SIGNS.items()},
}
"""What is not written as the table has it, or would not be right on arrays with leading axes."""

HELPERS = {
    "softmax": '''
def softmax(x, axis=-1):
    """The softmax along an axis."""
    weights = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return weights / np.sum(weights, axis=axis, keepdims=True)
''',
    "log_softmax": '''
def log_softmax(x, axis=-1):
    """The logarithm of the softmax along an axis."""
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))
''',
    "logsumexp": '''
def logsumexp(x, axis=-1):
    """The logarithm of the sum of the exponentials along some axes."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True))
''',
    "sigmoid": '''
def sigmoid(x):
    """1 / (1 + exp(-x)), exact far below 0 as well."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)
''',
    "vec": '''
def vec(x):
    """The columns of each matrix, one below the other."""
    return np.swapaxes(x, -1, -2).reshape(*x.shape[:-2], -1, 1)
''',
    "unvec": '''
def unvec(x, m, n):
    """The matrix m×n whose columns these are."""
    return np.swapaxes(x.reshape(*x.shape[:-2], n, m), -1, -2)
''',
    "each": '''
def each(function, *arrays):
    """A function of matrices for each value of the leading axes."""
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    arrays = [np.broadcast_to(a, lead + a.shape[-2:]) for a in arrays]
    found = [np.asarray(function(*(a[at] for a in arrays))) for at in np.ndindex(*lead)]
    found = [value if value.ndim == 2 else value.reshape(1, 1) for value in found]
    return np.array(found).reshape(lead + found[0].shape)
''',
    "contract": '''
def contract(a, b, shared, left, right, summed):
    """Matrix products added up: of a, with the axes (shared, left, summed, m, k) in any order, and b likewise.

    Each argument lists the axes of a and of b; the result has the axes shared, left, right, then m and n.
    """
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    lead, outer, inner = ([a.shape[i] for i, _ in shared], [a.shape[i] for i in left], [b.shape[i] for i in right])
    a = a.transpose(*(i for i, _ in shared), *left, a.ndim - 2, *(i for i, _ in summed), a.ndim - 1)
    b = b.transpose(*(i for _, i in shared), *(i for _, i in summed), b.ndim - 2, *right, b.ndim - 1)
    depth = k
    for size in a.shape[len(lead) + len(outer) + 1 : -1]:
        depth *= size
    found = a.reshape(*lead, -1, depth) @ b.reshape(*lead, depth, -1)
    found = found.reshape(*lead, *outer, m, *inner, n)
    return np.moveaxis(found, len(lead) + len(outer), -2)
''',
    "placed": '''
def placed(values, at, count):
    """The sum of the values that are told one place."""
    found = np.zeros((count, *values.shape[1:]))
    np.add.at(found, at, values)
    return found
''',
}


def form(node: Expr) -> str:
    """The text of an operator, its arguments ``{0}``, ``{1}``; ``{m}``, ``{n}`` the size of its value."""
    if node.op in LEADING:
        return LEADING[node.op]
    entry = row(node)
    text = entry.numpy
    for number, name in enumerate(entry.arguments):
        text = text.replace(f"{{{name}}}", f"{{{number}}}")
    if entry.elementwise or node.op == "sympy":
        return f"({text})" if not re.fullmatch(r"[\w.]+\(.*\)", text) else text
    names = ", ".join(entry.arguments)
    inner = entry.numpy.format(**{name: name for name in entry.arguments}, m="{m}", n="{n}", p="{p}", q="{q}")
    holes = ", ".join(f"{{{number}}}" for number in range(len(entry.arguments)))
    return f"each(lambda {names}: {inner}, {holes})"
