"""A polynomial: terms over the same free indices, each with its coefficient.

The free indices of a matrix are those of its rows, then those of its columns. A row of size ``m*n``
may be one index or two, as ``vec`` and ``kron`` make them.
"""

from __future__ import annotations

from fractions import Fraction

from matdiff.equality.network import Term
from matdiff.sizes import Size

Sizes = tuple[Size, ...]


class Poly:
    """Terms with their coefficients; immutable, equal where the normal forms are the same."""

    __slots__ = ("_hash", "free", "rows", "terms")

    def __init__(self, terms: dict[Term, Fraction], free: Sizes, rows: int) -> None:
        self.terms, self.free, self.rows = terms, free, rows
        self._hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.free, self.rows, frozenset(self.terms.items())))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Poly) and (self.free, self.rows) == (other.free, other.rows) and self.terms == other.terms
        )

    @property
    def positions(self) -> range:
        return range(len(self.free))

    @property
    def row_axis(self) -> range:
        return range(self.rows)

    @property
    def col_axis(self) -> range:
        return range(self.rows, len(self.free))

    def ordered(self) -> list[tuple[Term, Fraction]]:
        """The terms in an order of their own."""
        return sorted(self.terms.items(), key=lambda item: item[0].key)
