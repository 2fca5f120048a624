"""Linear spaces of square matrices that a variable may be declared to lie in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Structure:
    """A space of n×n matrices, by the orthogonal projection onto it."""

    words: str
    """What its matrices are called."""
    onto: str
    """The projection of G, in matdiff's notation: the gradient in the space, of the plain gradient G."""
    numpy: str = ""
    """The projection of an array x, where NumPy alone has it: what descent starts from."""
    map: str = ""
    """A linear map that makes such a matrix of vectors: what is trained where the projection is not."""


_COUNTS = "toeplitz_sums(ones(rows(G), rows(G)))"

STRUCTURES = {
    "symmetric": Structure("symmetric matrices", "(G + G')/2", "(x + x.T) / 2"),
    "diagonal": Structure("diagonal matrices", "diag(diag(G))", "np.diag(np.diag(x))"),
    "lower": Structure("lower triangular matrices", "tril(G)", "np.tril(x)"),
    "upper": Structure("upper triangular matrices", "triu(G)", "np.triu(x)"),
    "skew": Structure("skew-symmetric matrices", "(G - G')/2", "(x - x.T) / 2"),
    "toeplitz": Structure(
        "Toeplitz matrices",
        f"toeplitz(toeplitz_sums(G) ./ {_COUNTS}, toeplitz_sums(G') ./ {_COUNTS})",
        map="toeplitz(x, y)",
    ),
    "circulant": Structure("circulant matrices", "circ(circ_sums(G)/rows(G))", map="circ(x)"),
}
