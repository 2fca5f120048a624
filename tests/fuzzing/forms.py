"""The forms an expression may have: a text, the sizes of its parts and of its value, and its value in NumPy.

Functions are taken from the tables of the engine, so that a new row is fuzzed at once; what is not written down in
``values`` has its value from the engine, and its derivative is still judged by differences.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import isqrt

import numpy as np

import matdiff as md
from matdiff import evaluate
from matdiff.operators import ALIASES, CALLS, ROWS, Row
from matdiff.operators.row import parse_arguments
from matdiff.operators.scalar_functions import KNOWN, ORDERED
from matdiff.sizes import ONE, Shape, Size, fixed, product
from matdiff.sizes import parse as size

from . import values
from .values import Array, Value

Letters = Mapping[str, Size]


@dataclass(frozen=True)
class Form:
    """``pattern`` over the parts {0}, {1} … and the sizes {m}, {n} …; ``signature`` as in a row of the tables."""

    pattern: str
    signature: str
    value: Value
    weight: float = 1
    guards: tuple[str, ...] = ()
    """Forms that bring an argument to where the function lives."""
    declares: str = ""
    analytic: bool = True
    """Whether complex steps go through its value."""

    @property
    def parts(self) -> tuple[Shape, ...]:
        left = self.signature.split("->")[0].strip()
        return tuple(shape for _, shape in parse_arguments(left)) if left else ()

    @property
    def shape(self) -> Shape:
        rows, cols = self.signature.split("->")[1].strip().split("×")
        return size(rows), size(cols)

    @property
    def letters(self) -> set[str]:
        """The sizes that it is written and computed with."""
        return {name for shape in (self.shape, *self.parts) for part in shape for name in part.names}


POWERS = frozenset({"{0} .^ {1}", "{0}^{1}"})

GUARDS = {
    "> 0": ("({0} .^ 2 + 1/2)", "exp({0})", "softplus({0})", "(1 + abs({0}))"),
    "> -1": ("({0} .^ 2)", "exp({0})"),
    "> 1": ("({0} .^ 2 + 3/2)",),
    "| < 1": ("tanh({0})", "sin({0})"),
    "definite": ("(eye({n}) + {0}*{0}')",),
    "symmetric": ("({0} + {0}')", "({0}*{0}')"),
    "invertible": ("(3*eye({n}) + tanh({0}))", "(eye({n}) + {0}*{0}')"),
}
"""By a part of a row's condition."""
MUST = (GUARDS["definite"], GUARDS["symmetric"])
"""Without which there is no value at all."""


def guards(where: str) -> tuple[str, ...]:
    return next((found for part, found in GUARDS.items() if part in where), ())


def _operators() -> Iterator[Form]:
    """What has a sign of its own, with every broadcast."""
    same, pairs = "A: m×n, B: m×n -> m×n", []
    pairs += [(same, 4), ("A: m×n, B: 1×n -> m×n", 1), ("A: m×n, B: m×1 -> m×n", 1), ("A: m×n, B: 1×1 -> m×n", 1)]
    pairs += [("A: 1×n, B: m×n -> m×n", 0.5), ("A: m×1, B: m×n -> m×n", 0.5), ("A: 1×1, B: m×n -> m×n", 0.5)]
    pairs += [("A: m×1, B: 1×n -> m×n", 0.5)]
    for signature, weight in pairs:
        yield Form("{0} + {1}", signature, lambda s, a, b: a + b, 2 * weight)
        yield Form("{0} - {1}", signature, lambda s, a, b: a - b, weight)
        yield Form("{0} .* {1}", signature, lambda s, a, b: a * b, weight)
        yield Form("{0} ./ {1}", signature, lambda s, a, b: values.quotient(a, b), weight / 2)
        yield Form("{0} ./ (2 + {1} .^ 2)", signature, lambda s, a, b: a / (2 + b * b), weight / 2)
        for sign in ("<", "<=", ">", ">=", "=="):
            yield Form(f"1({{0}} {sign} {{1}})", signature, _mask(sign), weight / 20)
        yield Form("{0} .^ {1}", signature, lambda s, a, b: values.power(a, b), weight / 8, guards=GUARDS["> 0"])
    for sign in ("*", "@", "·"):
        weight = 4 if sign == "*" else 0.2
        yield Form(f"{{0}}{sign}{{1}}", "A: m×k, B: k×n -> m×n", lambda s, a, b: a @ b, 3 * weight)
        yield Form(f"{{0}}{sign}{{1}}", "a: 1×1, B: m×n -> m×n", lambda s, a, b: a * b, weight / 2)
        yield Form(f"{{0}}{sign}{{1}}", "A: m×n, b: 1×1 -> m×n", lambda s, a, b: a * b, weight / 4)
    yield Form("{0}'*{1}", "x: m×1, y: m×1 -> 1×1", lambda s, a, b: a.T @ b, 3)
    yield Form("{0}'*{1}*{0}", "x: m×1, A: m×m -> 1×1", lambda s, a, b: a.T @ b @ a, 2)
    yield Form("{0}/{1}", "A: m×n, b: 1×1 -> m×n", lambda s, a, b: values.quotient(a, b))
    yield Form("{0}/(1 + {1}^2)", "A: m×n, b: 1×1 -> m×n", lambda s, a, b: a / (1 + b * b))
    yield Form("{0} ⊗ {1}", "A: m×n, B: p×q -> m*p×n*q", lambda s, a, b: np.kron(a, b), 0.5)
    yield Form("-{0}", "A: m×n -> m×n", lambda s, a: -a)
    for sign in ("'", ".T", "^T", "ᵀ"):
        yield Form(f"{{0}}{sign}", "A: m×n -> n×m", lambda s, a: a.T, 3 if sign == "'" else 0.1)
    yield Form("{0} .^ {1}", "A: m×n, b: 1×1 -> m×n", lambda s, a, b: values.power(a, b), 0.5, GUARDS["> 0"])
    yield Form("{0}^{1}", "a: 1×1, b: 1×1 -> 1×1", lambda s, a, b: values.power(a, b), 1, GUARDS["> 0"])
    for p in ("2", "3", "4", "-1", "-2", "1/2", "-1/2", "3/2", "1/3", "2/3", "0.5", "1.5", "-3/2", "5/2", "0", "1"):
        whole = "/" not in p and "." not in p
        raised = _raised(float(np.divide(*map(int, p.split("/"))) if "/" in p else p))
        weight = {"2": 3, "3": 0.6}.get(p, 0.15)
        yield Form(f"{{0}} .^ ({p})", "A: m×n -> m×n", raised, weight, () if whole else GUARDS["> 0"])
        yield Form(f"{{0}}^({p})", "a: 1×1 -> 1×1", raised, weight, () if whole else GUARDS["> 0"])
    for k in (-2, -1, 2, 3, 4):
        yield Form(f"{{0}}^{k}", "X: n×n -> n×n", _matrix_power(k), 0.4, GUARDS["invertible"] if k < 0 else ())
    for call, function in values.AXES.items():
        for axis in (0, 1):
            reduced = "1×n" if axis == 0 else "m×1"
            value = "m×n" if "softmax" in call else reduced
            yield Form(f"{call}({{0}}, axis={axis})", f"X: m×n -> {value}", _along(function, axis), 0.5)
    for call, function in (("max", values.larger), ("min", values.smaller)):
        yield Form(f"{call}({{0}}, {{1}})", "A: m×n, b: 1×1 -> m×n", lambda s, a, b, f=function: f(a, b), 0.3)
    yield Form("unvec({0}, {m}, {n})", "x: m*n×1 -> m×n", lambda s, x: x.reshape(s["n"], s["m"]).T)
    yield Form("ind({0} > {1})", "A: m×n, B: m×n -> m×n", _mask(">"), 0.1)
    yield Form("{0}*inv(1 + {1}*{1}')", "a: 1×1, r: 1×n -> 1×1", lambda s, a, b: a / (1 + b @ b.T), 0.1)


def _constants() -> Iterator[Form]:
    for text, number in (("2", 2), ("3", 3), ("1/2", 0.5), ("0.1", 0.1), ("1/3", 1 / 3), ("-1", -1), ("10", 10)):
        yield Form(text, "-> 1×1", lambda s, x=number: values.scalar(float(x)))
    yield Form("pi", "-> 1×1", lambda s: values.scalar(np.pi), 0.3)
    yield Form("exp(1)", "-> 1×1", lambda s: values.scalar(np.e), 0.3)
    yield Form("{n}", "-> 1×1", lambda s: values.scalar(float(s["n"])), 1)
    yield Form("eye({n})", "-> n×n", lambda s: np.eye(s["n"]))
    yield Form("ones({m}, {n})", "-> m×n", lambda s: np.ones((s["m"], s["n"])), 0.6)
    yield Form("ones({m})", "-> m×1", lambda s: np.ones((s["m"], 1)))
    yield Form("zeros({m}, {n})", "-> m×n", lambda s: np.zeros((s["m"], s["n"])), 0.1)
    yield Form("commutation({m}, {n})", "-> m*n×m*n", lambda s: values.commutation(s["m"], s["n"]), 0.5)


def _unknown() -> Iterator[Form]:
    """Functions of the model: declared, and defined."""
    yield Form("sigma({0})", "X: m×n -> m×n", lambda s, x: np.sin(x), 1.5, declares="sigma: function")
    yield Form("tau({0})", "X: m×n -> m×n", lambda s, x: np.tanh(x), 0.5, declares="tau: function")
    defined = {
        "f(z) := z*sigmoid(z)/(1 + z^2)": lambda s, x: x * values.sigmoid(x) / (1 + x * x),
        "phi(z) := exp(-z^2/2) - z": lambda s, x: np.exp(-x * x / 2) - x,
    }
    for text, value in defined.items():
        yield Form(text.split("(")[0] + "({0})", "X: m×n -> m×n", value, 0.5, declares=text)


def _functions() -> Iterator[Form]:
    """Every name that the tables say may be called."""
    other = {name: alias for alias, name in ALIASES.items()}
    for call, entries in CALLS.items():
        for entry in entries:
            if isinstance(entry, Row) and not (entry.d or entry.adjoint or entry.means or entry.constant):
                continue  # a part of the derivative of another
            arguments, shape = entry.signature
            own = values.ROWS.get(entry.name) if isinstance(entry, Row) else values.MACROS.get(call)
            own = own if own is not None and own.__code__.co_argcount == 1 + len(arguments) else None
            text = f"{call}({', '.join(f'{{{index}}}' for index in range(len(arguments)))})"
            value = own or _of_the_engine(text, arguments, getattr(entry, "spectral", False))
            wanted = shape or _shape_of(text, arguments)
            left = ", ".join(f"{name}: {rows}×{cols}" for name, (rows, cols) in arguments)
            signature = f"{left} -> {wanted[0]}×{wanted[1]}"
            where = getattr(entry, "where", "")
            weight = 0.25 if getattr(entry, "elementwise", False) else 1.0
            yield Form(text, signature, value, weight, guards(where), analytic=own is not None)
            if call in other:
                yield Form(
                    text.replace(call, other[call], 1), signature, value, 0.03, guards(where), analytic=own is not None
                )
    for name in sorted(KNOWN.keys() - CALLS.keys()):
        text = f"{name}({{0}})"
        value = _of_the_engine(text, parse_arguments("X: m×n"))
        yield Form(text, "X: m×n -> m×n", value, 0.004, guards(KNOWN[name].where), analytic=False)
    for name in sorted(ORDERED):
        value = _of_the_engine(f"{name}(1, {{0}})", parse_arguments("X: m×n"))
        yield Form(f"{name}(1, {{0}})", "X: m×n -> m×n", value, 0.001, GUARDS["> 0"], analytic=False)


def _parsed(text: str, arguments: tuple[tuple[str, Shape], ...]) -> md.Expression:
    where = "; ".join(f"A{index}: matrix({rows}, {cols})" for index, (_, (rows, cols)) in enumerate(arguments))
    return md.parse(text.format(*(f"A{index}" for index in range(len(arguments)))), where=where)


def _shape_of(text: str, arguments: tuple[tuple[str, Shape], ...]) -> Shape:
    return _parsed(text, arguments).node.shape


def _of_the_engine(text: str, arguments: tuple[tuple[str, Shape], ...], spectral: bool = False) -> Value:
    """The engine's own value, for what has no second one.

    The signs of vectors turn over where an entry is 0 or values meet, as do the values themselves.
    """

    @cache
    def read() -> md.Expression:
        return _parsed(text, arguments)

    def value(s: values.Sizes, *args: Array) -> Array:
        found = read()
        if spectral:
            values.turning(args[0])
        known = {found.model.variables[f"A{index}"]: arg.real for index, arg in enumerate(args)}
        try:
            return evaluate.values([found.node], known, s)[found.node]
        except (md.MatdiffError, np.linalg.LinAlgError):
            return np.full((1, 1), np.nan)

    return value


def _mask(sign: str) -> Value:
    return lambda s, a, b: values.mask(a, b, sign)


def _raised(p: float) -> Value:
    return lambda s, a: values.power(a, np.array([[p]]))


def _matrix_power(k: int) -> Value:
    return lambda s, x: values.matrix_power(x, k)


def _along(function: Callable[[Array, int], Array], axis: int) -> Value:
    return lambda s, x: function(x, axis)


FORMS = [*_operators(), *_functions(), *_unknown()]
CONSTANTS = list(_constants())
WRAPS = {
    "({0} .^ 2 + 1/2)": lambda s, x: x * x + 0.5,
    "({0} .^ 2 + 3/2)": lambda s, x: x * x + 1.5,
    "(1 + abs({0}))": lambda s, x: 1 + values.absolute(x),
    "({0} .^ 2)": lambda s, x: x * x,
    "exp({0})": values.ROWS["exp"],
    "softplus({0})": values.ROWS["softplus"],
    "tanh({0})": values.ROWS["tanh"],
    "sin({0})": values.ROWS["sin"],
    "(3*eye({n}) + tanh({0}))": lambda s, x: 3 * np.eye(len(x)) + np.tanh(x),
    "(eye({n}) + {0}*{0}')": lambda s, x: np.eye(len(x)) + x @ x.T,
    "({0} + {0}')": lambda s, x: x + x.T,
    "({0}*{0}')": lambda s, x: x @ x.T,
}
GUARD = {
    text: Form(text, "X: n×n -> n×n" if "eye" in text or "'" in text else "X: m×n -> m×n", value)
    for text, value in WRAPS.items()
}


# How a form fits a shape


def square_root(of: Size) -> Size | None:
    """The size whose square this is."""
    root = isqrt(of.coefficient)
    if root * root != of.coefficient or any(power % 2 for _, power in of.powers):
        return None
    return product([fixed(root), *(size(name) for name, power in of.powers for _ in range(power // 2))])


def bind(pattern: Size, wanted: Size, letters: dict[str, Size], draw: random.Random) -> bool:
    """Make a size of a form the size wanted, choosing factors where several would do."""
    rest = wanted.divided_by(product(letters[name] for name in pattern.names if name in letters))
    unknown = [name for name in pattern.names if name not in letters]
    if rest is None or not unknown:
        return rest is fixed(pattern.coefficient)
    if any(power > 1 for _, power in pattern.powers):  # n*n
        root = square_root(rest)
        if len(pattern.powers) > 1 or root is None:
            return False
        letters[unknown[0]] = root
        return True
    factors = [fixed(rest.coefficient), *(size(name) for name, power in rest.powers for _ in range(power))]
    for name in unknown[:-1]:
        taken = [factor for factor in factors if draw.random() < 0.5]
        letters[name] = product(taken)
    last = rest.divided_by(product(letters[name] for name in unknown[:-1]))
    letters[unknown[-1]] = last if last is not None else ONE
    return True


_OVERLOADED = {
    form.pattern
    for form in FORMS
    if sum(form.pattern == other.pattern and form.signature != other.signature for other in FORMS)
    and "(" in form.pattern
}


def means(form: Form, shapes: tuple[Shape, ...]) -> bool:
    """Whether the call, given these sizes, is read as this form and not as a more particular one."""
    if form.pattern not in _OVERLOADED or "(" not in form.pattern[:14]:
        return True
    call = form.pattern.split("(")[0]
    entries = CALLS.get(ALIASES.get(call, call), [])
    for entry in entries:
        if isinstance(entry, Row) and len(entry.arguments) == len(shapes) and entry.match(shapes) is not None:
            left = ", ".join(f"{name}: {rows}×{cols}" for name, (rows, cols) in entry.signature[0])
            if entry.name in ROWS and any(cols is ONE for _, (_, cols) in entry.signature[0]):
                return form.signature.startswith(left)
    return not any(cols is ONE for _, cols in form.parts)


@cache
def fitting(shape: Shape) -> tuple[list[Form], list[float]]:
    """The forms whose value may have a shape, with their weights."""
    draw, found = random.Random(0), []
    for form in FORMS:
        letters: dict[str, Size] = {}
        pairs = sorted(zip(form.shape, shape, strict=True), key=lambda pair: len(pair[0].powers))
        if all(bind(pattern, wanted, letters, draw) for pattern, wanted in pairs):
            found.append(form)
    return found, [form.weight * (4 if form.shape == (ONE, ONE) != form.parts[0] else 1) for form in found]
