"""SymPy in and out. SymPy is imported only when one of these functions is called."""

from __future__ import annotations

from functools import cache
from typing import Any

from matdiff.errors import UnsupportedError


@cache
def knows(name: str) -> bool:
    """Whether SymPy has a scalar function of one argument by this name that matdiff can use."""
    if name.startswith("_") or not name.isidentifier():
        return False
    import sympy

    function = getattr(sympy.functions, name, None)
    if not (isinstance(function, type) and issubclass(function, sympy.Function)):
        return False
    return 1 in (getattr(function, "nargs", None) or ()) and name not in NOT_REAL


NOT_REAL = frozenset({"arg", "im", "re", "conjugate", "adjoint", "transpose", "polar_lift", "unbranched_argument"})
"""Functions SymPy has on complex numbers or matrices only."""


@cache
def derivative_formula(name: str) -> str:
    """f'(X) for SymPy's f, as a formula over X in matdiff's notation; raises `UnsupportedError`."""
    import sympy

    t = sympy.Symbol("t", real=True)
    try:
        derivative = sympy.diff(getattr(sympy.functions, name)(t), t)
    except (sympy.SympifyError, ValueError, TypeError, AttributeError, NotImplementedError):
        raise UnsupportedError(f"SymPy gives no derivative of {name}") from None
    return formula(derivative, {t: "X"}, name)


SIGNS: dict[str, str] = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "Abs": "abs",
    "polygamma": "polygamma",
}


def formula(e: Any, names: dict[Any, str], of: str) -> str:
    """A SymPy scalar as element-wise matdiff text; the expressions are small, SymPy's own derivatives."""
    import sympy

    def text(node: Any) -> str:
        if node in names:
            return names[node]
        if node.is_Rational:
            return f"({node.p}/{node.q})" if node.q != 1 else f"({node.p})"
        if node is sympy.pi:
            return "pi"
        if node is sympy.E:
            return "exp(1)"
        parts = [text(arg) for arg in node.args]
        if node.is_Add:
            return "(" + " + ".join(parts) + ")"
        if node.is_Mul:
            return "(" + " .* ".join(parts) + ")"
        if node.is_Pow:
            return f"({parts[0]} .^ {parts[1]})"
        if isinstance(node, sympy.polygamma) and node.args[0].is_Integer and node.args[0] in POLYGAMMA:
            return f"{POLYGAMMA[node.args[0]]}({parts[1]})"
        if isinstance(node, sympy.Function) and len(parts) == 1:
            return f"{SIGNS.get(node.func.__name__, node.func.__name__)}({parts[0]})"
        raise UnsupportedError(f"the derivative of {of} is {e}, which has no form here")

    return text(e)


POLYGAMMA = {0: "digamma", 1: "trigamma"}
