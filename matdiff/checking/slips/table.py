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
    terms_missing,
    terms_too_many,
    traces,
)
from matdiff.checking.slips.structure import brackets, kinds, moves, nested_brackets, sum_brackets, swaps
from matdiff.checking.slips.tree import Edits, Tree

Kind = Callable[[Tree], Edits]

EDITS: tuple[Kind, ...] = (
    transposes,
    signs,
    constants,
    differentials_missing,
    functions,
    inverses,
    swaps,
    kinds,
    traces,
    moves,
    brackets,
    powers,
    names,
    factors_missing,
    sum_brackets,
    factors_too_many,
    masks,
    sums,
    terms_too_many,
    terms_missing,
    inner_products,
    differentials_too_many,
)
"""One kind of slip a row."""

SELDOM: tuple[Kind, ...] = (
    wide_transposes,
    matrices_missing,
    nested_brackets,
    replacements,
)
"""Those that are looked for where none of the others explains a link."""

OFTEN: tuple[Kind, ...] = (
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

ALIKE: dict[Kind, Kind] = {factors_missing: sum_brackets}
"""Slips that read alike: where one explains a link, so may the other."""

REPLACING: frozenset[Kind] = frozenset({names, replacements})
"""Those that could put the other side in the place of this one."""

FITTING: tuple[Kind, ...] = (kinds, brackets, transposes, sums, traces)
"""Those that make sizes fit."""
