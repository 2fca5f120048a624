"""The table of slips: every way a side may differ by one edit from what was meant.

Each row makes the edits of one kind; the rows stand in the order in which slips are suggested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matdiff.checking.slips import factors, functions, structure
from matdiff.checking.slips.tree import Edits, Tree


@dataclass(frozen=True)
class Kind:
    """One kind of slip."""

    edits: Callable[[Tree], Edits]
    often: bool = False
    """Whether people make two of them."""
    seldom: bool = False
    """Whether it is looked for where none of the others explains a link."""
    fits: int = 0
    """For what makes sizes fit, when it is tried."""
    replaces: bool = False
    """Whether it could put the other side in the place of this one."""
    alike: Callable[[Tree], Edits] | None = None
    """Slips that read alike: where one explains a link, so may the other."""


TABLE = (
    Kind(factors.transposes, often=True, fits=3),
    Kind(factors.signs, often=True),
    Kind(factors.constants, often=True),
    Kind(functions.differentials_missing),
    Kind(functions.functions),
    Kind(factors.inverses, often=True),
    Kind(structure.swaps, often=True),
    Kind(structure.kinds, often=True, fits=1),
    Kind(functions.traces, fits=5),
    Kind(structure.moves),
    Kind(structure.brackets, often=True, fits=2),
    Kind(factors.powers),
    Kind(functions.names, often=True, replaces=True),
    Kind(factors.factors_missing, often=True, alike=structure.sum_brackets),
    Kind(structure.sum_brackets),
    Kind(factors.factors_too_many),
    Kind(functions.masks),
    Kind(functions.sums, fits=4),
    Kind(functions.terms_too_many),
    Kind(functions.terms_missing),
    Kind(functions.inner_products),
    Kind(functions.differentials_too_many),
    Kind(factors.wide_transposes, seldom=True),
    Kind(factors.matrices_missing, seldom=True),
    Kind(structure.nested_brackets, seldom=True),
    Kind(factors.replacements, seldom=True, replaces=True),
)

EDITS = [kind for kind in TABLE if not kind.seldom]
SELDOM = [kind for kind in TABLE if kind.seldom]
OFTEN = [kind for kind in TABLE if kind.often]
FITTING = sorted((kind for kind in TABLE if kind.fits), key=lambda kind: kind.fits)
