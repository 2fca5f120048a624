"""The table of slips: every way a side may differ by one edit from what was meant.

Each row makes the edits of one kind; the rows stand in the order in which slips are suggested.
"""

from __future__ import annotations

from collections.abc import Callable

from matdiff.checking.slips.factors import (
    constants,
    factors_missing,
    factors_too_many,
    inverses,
    matrices_missing,
    powers,
    replacements,
    signs,
    transposes,
    wide_transposes,
)
from matdiff.checking.slips.functions import (
    differentials_missing,
    differentials_too_many,
    functions,
    inner_products,
    masks,
    names,
    sums,
    traces,
)
from matdiff.checking.slips.structure import (
    brackets,
    kinds,
    nested_brackets,
    sum_brackets,
    swaps,
    terms_missing,
    terms_too_many,
)
from matdiff.checking.slips.tree import Edits, Tree

EDITS: tuple[Callable[[Tree], Edits], ...] = (
    transposes,
    signs,
    constants,
    differentials_missing,
    functions,
    traces,
    swaps,
    kinds,
    brackets,
    factors_missing,
    factors_too_many,
    masks,
    powers,
    inverses,
    sum_brackets,
    sums,
    names,
    terms_missing,
    terms_too_many,
    wide_transposes,
    differentials_too_many,
    inner_products,
    nested_brackets,
    matrices_missing,
    replacements,
)
"""One kind of slip a row."""

OFTEN: tuple[Callable[[Tree], Edits], ...] = (
    transposes,
    signs,
    constants,
    swaps,
    kinds,
    brackets,
    factors_missing,
    inverses,
    names,
)
"""Those that people make two of."""
