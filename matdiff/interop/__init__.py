"""SymPy in and out. SymPy is imported only when one of these functions is called."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any


def knows(name: str) -> bool:
    """Whether SymPy has a function of this name."""
    from matdiff.interop import functions

    return functions.find(name) is not None


def order_count(name: str) -> int | None:
    """How many numbers stand before the argument of a function; None for what is no function of a real number."""
    from matdiff.interop import functions

    return functions.order_count(name)


def key(name: str, orders: Iterable[Fraction] = ()) -> tuple[Any, ...]:
    """What stands for a function in an expression: SymPy's name, and the numbers before the argument."""
    from matdiff.interop import functions

    return (functions.SPELLINGS.get(name, name), *orders)
