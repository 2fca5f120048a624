"""An array of NumPy code while it is read: surface syntax with the number of axes it has in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from matdiff.operators.structures import STRUCTURES
from matdiff.reader.syntax import Node

RANKS = {
    "dim": 0,
    "scalar": 0,
    "vector": 1,
    "row": 2,
    "matrix": 2,
    **dict.fromkeys((*STRUCTURES, "orthogonal"), 2),
    "onehot": 2,
    "complex": 2,
    "hermitian": 2,
}
"""The number of axes of a name of each kind."""

COMPARISONS = frozenset({"==", ">=", "<=", ">", "<"})

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """The value is ``node + power*c``, or ``node * exp(power*c)`` where c is a factor."""

    source: int
    """What c is the largest entry of."""
    how: tuple[str, int | None]
    """Whether it is the largest or the smallest, and along which axis."""
    axes: frozenset[int]
    """The axes along which c varies."""
    power: Fraction
    scale: tuple[tuple[int, int], ...] = ()
    """The scalars that multiply (1) or divide (-1) the power, in order."""
    factor: bool = False
    bare: bool = False
    """The value is c itself."""
    since: tuple[str, ...] = ()
    """Whether c is summed or averaged since, in order."""
    extent: Node | None = None
    """How many entries c has, or where it is one scalar, how many rows the array has that it is of."""


@dataclass(frozen=True, slots=True)
class Array:
    """A value: ``node`` says what it is, as a matrix."""

    node: Node
    rank: int
    lying: bool = False
    """Of a 1-D array: ``node`` is a row, not a column (``x @ A`` is ``x'*A``)."""
    mask: bool = False
    """The entries are True and False."""
    known: Node | None = None
    """Of a scalar: what it is, where it is a literal number or a size."""
    shift: Shift | None = None
    storage: int = 0
    """The memory it lives in, where a name has it; views share it."""
    integers: bool = False
    """NumPy keeps it as integers, which it stays when it is changed in place."""

    @property
    def literal(self) -> Fraction | None:
        """The number, where it is one that the source writes."""
        return self.known.value if self.known is not None and self.known.kind == "number" else None

    @property
    def holds_integers(self) -> bool:
        return self.integers or self.mask

    @property
    def integer(self) -> int | None:
        value = self.literal
        return int(value) if value is not None and value.denominator == 1 else None

    @property
    def words(self) -> str:
        return "a scalar" if self.rank == 0 else f"{self.rank}-D"
