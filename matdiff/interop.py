"""SymPy in and out. SymPy is imported only when one of these functions is called."""

from __future__ import annotations

from functools import cache


@cache
def knows(name: str) -> bool:
    """Whether SymPy has a scalar function of one argument by this name."""
    if name.startswith("_") or not name.isidentifier():
        return False
    import sympy

    function = getattr(sympy.functions, name, None)
    return isinstance(function, type) and issubclass(function, sympy.Function) and 1 in getattr(function, "nargs", ())


@cache
def derivative_formula(name: str) -> str:
    """f'(X) for SymPy's f, as a formula over X in matdiff's notation."""
    raise NotImplementedError
