"""The words of a library in which programs on arrays with leading axes are written; here those of NumPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matdiff.arrays.precedence import ATOM, LOOSE, POWER, PRODUCT, SUM, UNARY, is_atom, stands_alone
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, ROWS, Row, row


@dataclass(frozen=True)
class Form:
    """The text of an operation: ``{0}``, ``{1}`` are its arguments, ``{m}``, ``{n}`` and their like its sizes."""

    text: str
    level: int = ATOM
    needs: tuple[int, ...] = ()
    """The least level of each argument."""


def called(text: str, arguments: int = 3) -> Form:
    """The form of a text that has brackets where it needs them."""
    needs = tuple(LOOSE if stands_alone(number, text) else ATOM for number in range(arguments))
    return Form(text, ATOM if is_atom(text) else SUM, needs)


def numbered(text: str, entry: Row) -> str:
    """A text of a row with numbers for its arguments."""
    for number, name in enumerate(entry.arguments):
        text = text.replace(f"{{{name}}}", f"{{{number}}}")
    return text


SIGNS = {
    "add": Form("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Form("{0} - {1}", SUM, (SUM, PRODUCT)),
    "scale": Form("{0} * {1}", PRODUCT, (PRODUCT, UNARY)),
    "had": Form("{0} * {1}", PRODUCT, (PRODUCT, UNARY)),
    "over": Form("{0} / {1}", PRODUCT, (PRODUCT, UNARY)),
    "negative": Form("-{0}", UNARY, (UNARY,)),
    "mul": Form("{0} @ {1}", PRODUCT, (PRODUCT, UNARY)),
    "pow": Form("{0} ** {1}", POWER, (ATOM, POWER)),
    "pow_each": Form("{0} ** {1}", POWER, (ATOM, POWER)),
}
"""What all libraries write by the same signs."""

LEADING = {
    "rowsum": "np.sum({0}, axis=-1, keepdims=True)",
    "colsum": "np.sum({0}, axis=-2, keepdims=True)",
    "sum_squares": "np.sum({0} ** 2, axis=(-2, -1), keepdims=True)",
    "inner": "np.sum({0} * {1}, axis=(-2, -1), keepdims=True)",
    "matrix_power": "np.linalg.matrix_power({0}, {data})",
} | {name: numbered(entry.leading, entry) for name, entry in ROWS.items() if entry.leading}
"""What is not written as the table of operators has it, or would not be right on arrays with leading axes."""

PHRASES = {
    "zeros": "np.zeros({0})",
    "ones": "np.ones({0})",
    "eye": "np.eye({0})",
    "one_by_one": "np.array([[{0}]])",
    "arange": "np.arange({0}, {1})",
    "float": "{0}.astype(float)",
    "mask": "np.asarray({0})",
    "where": "np.where({0}, {1}, {2})",
    "choose": "({1} if {0} else {2})",
    "clip": "np.clip({0}, 0, {1} - 1)",
    "clip_number": "min(max({0}, 0), {1} - 1)",
    "filled": "np.array(np.broadcast_to({0}, {1}))",
    "permute": "{0}.transpose({1})",
    "squeeze": "np.squeeze({0}, {1})",
    "sum over": "np.sum({0}, axis={1})",
    "prod over": "np.prod({0}, axis={1})",
    "max over": "np.max({0}, axis={1})",
    "min over": "np.min({0}, axis={1})",
    "log": "math.log({0})",
    "root": "math.sqrt({0})",
    "infinite": "np.inf",
    "pi": "np.pi",
    "truth": "float({0})",
}
"""What is said beside operations."""

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
    return x.mT.reshape(*x.shape[:-2], -1, 1)
''',
    "unvec": '''
def unvec(x, m, n):
    """The matrix m×n whose columns these are."""
    return x.reshape(*x.shape[:-2], n, m).mT
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
    m, n = a.shape[-2], b.shape[-1]
    lead, outer, inner = ([a.shape[i] for i, _ in shared], [a.shape[i] for i in left], [b.shape[i] for i in right])
    a = a.transpose(*(i for i, _ in shared), *left, a.ndim - 2, *(i for i, _ in summed), a.ndim - 1)
    b = b.transpose(*(i for _, i in shared), *(i for _, i in summed), b.ndim - 2, *right, b.ndim - 1)
    depth = math.prod(a.shape[len(lead) + len(outer) + 1 :])
    found = a.reshape(*lead, math.prod(outer) * m, depth) @ b.reshape(*lead, depth, math.prod(inner) * n)
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


def numpy_row(node: Expr) -> str:
    """How a function of the operator table is written."""
    return row(node).numpy


def forms(leading: Mapping[str, str], mask: str) -> dict[str, Form]:
    """The forms of a library, made of its texts."""
    masks = {op: Form(mask.replace("?", sign), ATOM, (SUM, SUM)) for op, sign in MASK_SIGNS.items()}
    return SIGNS | {name: called(text) for name, text in leading.items()} | masks


@dataclass(frozen=True)
class Words:
    """What a library is written in."""

    name: str
    forms: Mapping[str, Form]
    phrases: Mapping[str, str]
    helpers: Mapping[str, str]
    row: Callable[[Expr], str] = numpy_row
    """The text of what has no form of its own, a matrix at a time."""
    traced: bool = False
    """Whether arrays do not change, and a loop is a function of the library."""

    def text(self, name: str, *arguments: object) -> str:
        """A phrase, its arguments put in as they are."""
        return self.phrases[name].format(*arguments)

    def form(self, node: Expr) -> Form:
        """The form of an operator of the table."""
        if node.op in self.forms:
            return self.forms[node.op]
        entry = row(node)
        text = self.row(node)
        if entry.elementwise or node.op == "sympy":
            return called(numbered(text, entry), len(entry.arguments))
        names = ", ".join(entry.arguments)
        sizes = {name: f"{{{name}}}" for name in ("m", "n", "p", "q")}
        inner = text.format(**{name: name for name in entry.arguments}, **sizes)
        holes = ", ".join(f"{{{number}}}" for number in range(len(entry.arguments)))
        return Form(f"each(lambda {names}: {inner}, {holes})")

    def defined(self, text: str) -> str:
        """The functions that a text calls."""
        found: dict[str, str] = {}
        waiting = [text]
        while waiting:
            here = waiting.pop()
            for name, code in self.helpers.items():
                if name not in found and re.search(rf"(?<![\w.]){name}\(", here):
                    found[name] = code
                    waiting.append(code)
        return "\n\n".join(found[name].strip("\n") + "\n" for name in self.helpers if name in found)


NUMPY = Words("numpy", forms(LEADING, "({0} ? {1}).astype(float)"), PHRASES, HELPERS)
