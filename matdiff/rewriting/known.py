"""What the rules for sums, products and powers may ask of the engine that drives them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from matdiff.expr import Expr


class Known(Protocol):
    """The identities, and what the names of the model stand for."""

    def by_table(self, node: Expr) -> Expr | None:
        """What the first identity that applies at the root makes of a node."""

    def named(self, value: Expr) -> Expr | None:
        """The name that is written for a value, where it has one."""

    def relations_of(self, base: Expr) -> Sequence[dict[Expr, Fraction]]:
        """The products of powers with this base that are 1 because of what a name stands for."""
