"""What operations cost, in nanoseconds: rough, but enough to choose between plans.

Measured on current x86 machines with NumPy 2; only the ratios matter.
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.codegen.graph import Value
from matdiff.sizes import Size

TYPICAL = 100
"""The length assumed of an axis nothing is known of."""

CALL = 500.0
"""One call of a NumPy function."""
LOOP = 12.0
"""One inner loop: a row of a reduction or of a spread."""
ENTRY = 0.3
"""One entry of an element-wise operation."""
INDEXED = 25.0
"""One entry read and written by index."""
PICKED = 2.0
"""One entry read by index."""
MOVE = 0.15
"""One entry of a factor or of the result of a matrix product."""
MULTIPLY = 0.03
"""One multiplication and addition of a matrix product."""


def count(size: Size, sizes: Mapping[str, int]) -> int:
    """A size as a number; ``n+1`` is one more than n."""
    result = size.coefficient
    for name, power in size.powers:
        part, more, _ = name.partition("+")
        result *= (int(part) if part.isdigit() else sizes.get(part, TYPICAL) + bool(more)) ** power
    return result


def entries(value: Value, sizes: Mapping[str, int]) -> int:
    result = 1
    for size in value.shape:
        result *= count(size, sizes)
    return result


def product_cost(value: Value, sizes: Mapping[str, int]) -> float:
    """A matrix product; of a 3-D left factor, all of its rows at once."""
    left, right = value.args
    moved = sum(entries(part, sizes) for part in (left, right, value))
    return CALL + MOVE * moved + MULTIPLY * entries(left, sizes) * count(right.shape[-1], sizes)
