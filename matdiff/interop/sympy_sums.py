"""Sums over the entries of matrices, ``Sum(A[i, j]*x[j, 0], (j, 0, n - 1))``, as matrix products.

SymPy writes the [0, 0] entry of a 1×1 product in this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from matdiff import expr as E
from matdiff.errors import ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.reader.build import Builder
from matdiff.rewriting.engine import Rewriter
from matdiff.sizes import ONE, Size


@dataclass(frozen=True, eq=False)
class Index:
    """An index of a Sum, over a whole axis."""

    size: Size


@dataclass(frozen=True)
class Factor:
    """A matrix with its row and column index; None where it has one row or column."""

    matrix: Expr
    row: Index | None
    col: Index | None

    @property
    def indices(self) -> tuple[Index, ...]:
        return tuple(index for index in (self.row, self.col) if index)

    def has(self, index: Index) -> bool:
        return self.row is index or self.col is index


@dataclass(frozen=True)
class Indexed:
    """A scalar that depends on indices: a product of entries."""

    factors: tuple[Factor, ...]


class Sums:
    """The arithmetic of indexed scalars."""

    def __init__(self, build: Builder, size: Callable[[Any], Size]) -> None:
        self.build = build
        self.size = size

    def indices(self, node: Any, scope: dict[Any, Any]) -> dict[Any, Any]:
        """The scope inside a Sum."""
        found = {}
        for index, first, last in node.limits:
            if first != 0:
                raise UnsupportedError(f"Sum from {first}: sums over a whole axis are read, from 0 to its size less 1")
            found[index] = Index(self.size(last + 1))
        return {**scope, **found}

    def entry(self, matrix: Expr, row: Index | None, col: Index | None) -> Indexed:
        for index, size in zip((row, col), matrix.shape, strict=True):
            if index is not None and index.size is not size:
                raise ShapeError(f"an index that runs over {index.size} values stands at an axis of {size}")
        return Indexed((Factor(matrix, row, col),))

    def combined(self, node: Any, args: Sequence[Expr | Indexed], apply: Callable[[list[Any]], Any]) -> Indexed:
        """An operator on indexed scalars: a product stays one, all else acts entry by entry."""
        if type(node).__name__ == "Mul":
            return Indexed(tuple(factor for arg in args for factor in factors_of(arg)))
        wanted = list(dict.fromkeys(i for arg in args for factor in factors_of(arg) for i in factor.indices))
        if len(wanted) > 2:
            raise UnsupportedError(f"{type(node).__name__} of entries with more than two indices")
        row, col = (*wanted, None, None)[:2]
        value = apply([self.aligned(arg, row, col) if isinstance(arg, Indexed) else arg for arg in args])
        return Indexed((Factor(value, row, col),))

    def aligned(self, value: Indexed, row: Index | None, col: Index | None) -> Expr:
        """A product of entries as one matrix over these two indices."""
        shape = [index.size if index else ONE for index in (row, col)]
        return reduce(self.build.hadamard, (self.spread(factor, row, col, shape) for factor in value.factors))

    def spread(self, factor: Factor, row: Index | None, col: Index | None, shape: list[Size]) -> Expr:
        factor = self.on_diagonal(factor)
        matrix = factor.matrix
        if (factor.row is col and factor.row is not None) or (factor.col is row and factor.col is not None):
            matrix = self.build.transposed(matrix)
        return matrix if matrix.is_scalar else self.build.spread(matrix, shape[0], shape[1])

    def on_diagonal(self, factor: Factor) -> Factor:
        if factor.row is None or factor.row is not factor.col:
            return factor
        (entry,) = self.build.candidates("diag", [factor.matrix])[-1:]
        return Factor(self.build.row_call(entry, [factor.matrix]), factor.row, None)  # type: ignore[arg-type]

    # contraction

    def contracted(self, body: Expr | Indexed, indices: Iterable[Any], outer: dict[Any, Any]) -> Expr | Indexed:
        """The sum of a product over the indices that are not the outer scope's."""
        factors = [self.on_diagonal(factor) for factor in factors_of(body)]
        known = set(map(id, outer.values()))
        left = [index for index in indices if isinstance(index, Index) and id(index) not in known]
        while left:
            index = min(reversed(left), key=lambda index: sum(factor.has(index) for factor in factors))
            left.remove(index)
            factors = self.summed(factors, index)
        if any(factor.indices for factor in factors):
            return Indexed(tuple(factors))
        return Rewriter()(reduce(self.build.times, (factor.matrix for factor in factors)))

    def summed(self, factors: list[Factor], index: Index) -> list[Factor]:
        """The product with one index summed away."""
        vectors: list[Expr] = []
        matrices: dict[Index, list[Expr]] = {}
        for factor in factors:
            if factor.has(index):
                turned = factor.row is not index
                matrix = self.build.transposed(factor.matrix) if turned else factor.matrix
                other = factor.row if turned else factor.col
                (matrices.setdefault(other, []) if other else vectors).append(matrix)
        if len(matrices) > 2:
            raise UnsupportedError("a Sum in which an index stands in more than two matrices is no matrix product")
        ones = E.ones(index.size, ONE)
        columns = [reduce(self.build.hadamard, same) for same in matrices.values()]
        first = columns[0] if columns else vectors.pop(0) if vectors else ones
        rest = [*vectors, *columns[1:]] or [ones]
        value = self.build.times(self.build.transposed(first), reduce(self.build.hadamard, rest))
        row, col = (*matrices, None, None)[:2]
        return [*(factor for factor in factors if not factor.has(index)), self.on_diagonal(Factor(value, row, col))]


def factors_of(value: Expr | Indexed) -> tuple[Factor, ...]:
    return value.factors if isinstance(value, Indexed) else (Factor(value, None, None),)
