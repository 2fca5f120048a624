"""The values of a reading at two points, at which edits are tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np

from matdiff.checking.scripts.reading import Reading
from matdiff.checking.slips.trial import FAILURES, Numbers, close
from matdiff.evaluate import Array
from matdiff.expr import Expr, variable
from matdiff.sampling import points
from matdiff.sizes import Shape


class Bench:
    """The values of a reading at two points of pairwise different sizes."""

    def __init__(self, reading: Reading, roots: Sequence[Expr]) -> None:
        variables = list(reading.model.variables.values())
        self.count = count()
        drawn = [next(points([*roots, *variables], 1, seed=11, least=least), None) for least in (2, 3)]
        self.numbers = [Numbers(point, [], []) for point in drawn if point is not None]

    def arrays(self, root: Expr) -> list[Array] | None:
        """The values of an expression; None where it has none."""
        try:
            found = [numbers.of(root) for numbers in self.numbers]
        except FAILURES:
            return None
        return found if len(found) == 2 and all(np.all(np.isfinite(value)) for value in found) else None

    def stand_in(self, shape: Shape, values: Sequence[Array]) -> Expr:
        """A new variable with these values."""
        node = variable(f"stand-in {next(self.count)}", shape)
        for numbers, value in zip(self.numbers, values, strict=True):
            numbers.done[node] = value
        return node

    def agree(self, root: Expr, goal: Sequence[Array] | None) -> bool:
        found = self.arrays(root)
        return same(found, goal)


def same(one: Sequence[Array] | None, other: Sequence[Array] | None) -> bool:
    return one is not None and other is not None and all(close(a, b) for a, b in zip(one, other, strict=True))
