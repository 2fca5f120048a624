"""Scalar functions that SymPy knows by name: which there are, their derivatives and their values. SymPy is
imported when the first of them is asked for.

A function is a key ``(name, *orders)``: SymPy's name and the numbers that stand before the argument,
``("gamma",)`` or ``("besselj", Fraction(0))``. Names are looked up, text is never evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

Key = tuple[Any, ...]

SPELLINGS = {
    "arccosh": "acosh",
    "arccot": "acot",
    "arccsc": "acsc",
    "arcsec": "asec",
    "arcsinh": "asinh",
    "arctanh": "atanh",
    "ceil": "ceiling",
    "expi": "Ei",
    "gammaln": "loggamma",
    "heaviside": "Heaviside",
    "lambertw": "LambertW",
    "lgamma": "loggamma",
    "psi": "digamma",
}
"""Other names people know SymPy's functions by."""


@dataclass(frozen=True)
class Known:
    """What SymPy does not tell of a function, or tells less well."""

    numpy: str = ""
    """The value on arrays; by default SymPy's, entry by entry."""
    where: str = ""
    """Where the function lives and is smooth."""
    derivative: str = ""
    """f'(X), where SymPy has none or one with a needless singularity."""
    constant: bool = False
    """The derivative is zero wherever it exists."""
    convention: str = ""


KNOWN: dict[str, Known] = {
    "asinh": Known("np.arcsinh({X})"),
    "acosh": Known("np.arccosh({X})", "{X} > 1"),
    "atanh": Known("np.arctanh({X})", "|{X}| < 1"),
    "acot": Known("np.arctan(1 / {X})", "{X} not 0"),
    "acoth": Known("np.arctanh(1 / {X})", "|{X}| > 1"),
    "asec": Known("np.arccos(1 / {X})", "|{X}| > 1"),
    "asech": Known("np.arccosh(1 / {X})", "0 < {X} < 1"),
    "acsc": Known("np.arcsin(1 / {X})", "|{X}| > 1"),
    "acsch": Known("np.arcsinh(1 / {X})", "{X} not 0"),
    "sech": Known("1 / np.cosh({X})"),
    "csch": Known("1 / np.sinh({X})", "{X} not 0"),
    "coth": Known("1 / np.tanh({X})", "{X} not 0"),
    "sinc": Known("np.sinc({X} / np.pi)", "{X} not 0"),
    "floor": Known("np.floor({X})", constant=True, convention="the derivative of floor is 0, at its steps too"),
    "ceiling": Known("np.ceil({X})", constant=True, convention="the derivative of ceiling is 0, at its steps too"),
    "frac": Known("{X} - np.floor({X})", derivative="1", convention="the derivative of frac is 1, at its steps too"),
    "Heaviside": Known(
        "np.heaviside({X}, 0.5)",
        constant=True,
        convention="Heaviside is 1/2 at 0, and its derivative is 0 there too",
    ),
    "erfinv": Known(where="|{X}| < 1"),
    "erfcinv": Known(where="0 < {X} < 2"),
    "gamma": Known(where="{X} not 0, -1, -2, …"),
    "loggamma": Known(where="{X} > 0"),
    "digamma": Known(where="{X} not 0, -1, -2, …"),
    "trigamma": Known(where="{X} not 0, -1, -2, …"),
    "factorial": Known(where="{X} not -1, -2, -3, …"),
    "harmonic": Known(where="{X} not -1, -2, -3, …", derivative="trigamma(X + 1)"),
    "LambertW": Known(where="{X} > -1/e", derivative="1 ./ (exp(LambertW(X)) .* (1 + LambertW(X)))"),
    "Ei": Known(where="{X} not 0"),
    "Ci": Known(where="{X} > 0"),
    "Chi": Known(where="{X} > 0"),
    "li": Known(where="{X} > 0, not 1"),
    "Li": Known(where="{X} > 0, not 1"),
    "elliptic_k": Known(where="{X} < 1, not 0"),
    "elliptic_e": Known(where="{X} < 1, not 0"),
}

ORDERED = frozenset(
    [
        "besseli",
        "besselj",
        "besselk",
        "bessely",
        "chebyshevt",
        "chebyshevu",
        "expint",
        "hermite",
        "hermite_prob",
        "jn",
        "laguerre",
        "legendre",
        "lowergamma",
        "polygamma",
        "polylog",
        "uppergamma",
        "yn",
    ]
)
"""Functions of one number and the argument: Bessel functions and their like."""

_NOT_REAL = frozenset(
    {"DiracDelta", "elementary.complexes", "combinatorial.numbers", "exp_polar", "special.tensor_functions"}
)
_NUMBERS = frozenset({"catalan", "harmonic"})
"""The sequences of numbers that are functions of a real number as well."""


def find(name: str) -> Any:
    """SymPy's function by this name, None where there is none."""
    name = SPELLINGS.get(name, name)
    if not name.isidentifier() or name.startswith("_"):
        return None
    import sympy

    found = getattr(sympy.functions, name, None)
    return found if isinstance(found, type) and issubclass(found, sympy.Function) else None


def key(name: str, orders: Iterable[Fraction] = ()) -> Key:
    """What stands for a function in an expression."""
    return (SPELLINGS.get(name, name), *orders)


def order_count(name: str) -> int | None:
    """How many numbers stand before the argument of a function; None for what is no function of a real number."""
    import sympy

    function, name = find(name), SPELLINGS.get(name, name)
    if name in ORDERED:
        return 1
    family = function.__module__.removeprefix("sympy.functions.")
    if name in _NOT_REAL or (family in _NOT_REAL and name not in _NUMBERS):
        return None
    return 0 if isinstance(function.nargs, sympy.FiniteSet) and 1 in function.nargs else None


# derivatives


@cache
def derivative_formula(key: Key) -> str:
    """f'(X) in matdiff's notation; empty where SymPy gives none that can be written."""
    import sympy

    known = KNOWN.get(key[0])
    if known and known.derivative:
        return known.derivative
    t = sympy.Symbol("t", real=True)
    try:
        derivative = sympy.diff(symbolic(key, t), t)
    except (sympy.SympifyError, ValueError, TypeError, AttributeError, NotImplementedError):
        return ""
    return formula(derivative, {t: "X"}) or formula(derivative.rewrite(sympy.gamma), {t: "X"})


def symbolic(key: Key, argument: Any) -> Any:
    import sympy

    orders = [sympy.Rational(order.numerator, order.denominator) for order in key[1:]]
    return find(key[0])(*orders, argument)


WRITTEN = {"polygamma(0, ": "digamma(", "polygamma(1, ": "trigamma("}
NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "Abs": "abs"}


def formula(e: Any, names: dict[Any, str]) -> str:
    """A SymPy scalar as element-wise matdiff text, or nothing; only SymPy's own short derivatives come here."""
    import sympy

    if e in names:
        return names[e]
    if e.is_Rational:
        return f"({e.p}/{e.q})" if e.q != 1 else f"({e.p})"
    if e is sympy.pi or e is sympy.E:
        return "pi" if e is sympy.pi else "exp(1)"
    parts = [formula(arg, names) for arg in e.args]
    if not parts or not all(parts):
        return ""
    if e.is_Add or e.is_Mul or e.is_Pow:
        return "(" + (" + " if e.is_Add else " .* " if e.is_Mul else " .^ ").join(parts) + ")"
    if not isinstance(e, sympy.Function) or not all(arg.is_Rational for arg in e.args[:-1]):
        return ""
    name = e.func.__name__
    text = f"{NAMES.get(name, name)}({', '.join([*map(str, e.args[:-1]), parts[-1]])})"
    return next((short + text[len(long) :] for long, short in WRITTEN.items() if text.startswith(long)), text)


# values


@cache
def scalar(key: Key) -> Callable[[float], float]:
    """The function on floats; NaN where it is not real or SymPy gives no number."""
    import mpmath
    import sympy

    t = sympy.Symbol("t")
    expression = symbolic(key, t).rewrite(sympy.erfinv)  # of erfcinv alone SymPy has no number
    try:
        compiled = sympy.lambdify(t, expression, [{"polygamma": polygamma, "erfinv": erfinv}, "mpmath"])
        with mpmath.workdps(17):
            compiled(mpmath.mpf(0.3))
    except _NO_VALUE:
        compiled = None  # mpmath has another name for it, or none

    def value(x: float) -> float:
        try:
            if compiled is None:
                found = complex(expression.subs(t, sympy.Float(x, 20)).evalf(20))
            else:
                with mpmath.workdps(17):
                    found = complex(compiled(mpmath.mpf(x)))
        except _NO_VALUE:
            return float("nan")
        return found.real if abs(found.imag) <= 1e-12 * abs(found) else float("nan")

    return value


def erfinv(y: Any) -> Any:
    """The inverse of the error function by Halley's method, which mpmath takes a search for.

    It begins at S. Winitzki's approximation (2008), which is right to 2 parts in 1,000.
    """
    import mpmath

    if not isinstance(y, mpmath.mpf) or not 0 < abs(y) < 1:
        return mpmath.erfinv(y)
    high, rest = abs(float(y)), 1 - abs(float(y))
    log = math.log(rest * (1 + high))
    part = 2 / (math.pi * 0.147) + log / 2
    x = math.sqrt(max(math.sqrt(part * part - log / 0.147) - part, 1e-300))
    for library in (math, math, math, mpmath):
        gap = library.erf(x) - high if rest > 0.5 else rest - library.erfc(x)  # neither loses digits
        off = gap * library.sqrt(library.pi) / 2 * library.exp(x * x)
        x -= off / (1 + x * off)
    return mpmath.sign(y) * x


def polygamma(order: int, x: Any) -> Any:
    """The derivatives of digamma; far below 0, where mpmath adds up a term for each pole, by reflection.

    ψₙ(x) = (-1)ⁿ ψₙ(1 - x) - π dⁿ cot(πx)/dxⁿ (Abramowitz & Stegun 1964, 6.4.7)
    """
    import mpmath

    if x > -30 or not order:
        return mpmath.psi(order, x)
    slope = [mpmath.mpf(1), mpmath.mpf(0)]  # a polynomial in the cotangent, the highest power first
    for _ in range(order):
        powers = range(len(slope) - 1, 0, -1)
        less = [-mpmath.pi * power * factor for power, factor in zip(powers, slope, strict=False)]
        slope = [a + b for a, b in zip([*less, 0, 0], [0, 0, *less], strict=True)]
    cotangent = mpmath.cospi(x) / mpmath.sinpi(x)
    return (-1) ** order * mpmath.psi(order, 1 - x) - mpmath.pi * mpmath.polyval(slope, cotangent)


_NO_VALUE = (ValueError, TypeError, ZeroDivisionError, OverflowError, ArithmeticError, NameError, NotImplementedError)
