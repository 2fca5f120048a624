"""The functions on arrays that the table's NumPy column calls beside NumPy's own. Generated code holds their text.

Raises ``np.linalg.LinAlgError`` where there is no value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
"""A NumPy array of two axes."""


def half_tril(x: Array) -> Array:
    """The lower triangle with half the diagonal."""
    return np.tril(x) - np.diag(np.diag(x)) / 2


def copyltu(x: Array) -> Array:
    """The symmetric matrix that has the lower triangle of x."""
    return np.tril(x) + np.tril(x).T - np.diag(np.diag(x))


def circulant(x: Array) -> Array:
    """The matrix with the column x moved down by one more place, and round, in each column."""
    places = np.arange(len(x))
    return x[:, 0][(places[:, None] - places[None, :]) % len(x)]


def circulant_sums(x: Array) -> Array:
    """The sums along the diagonals of a circulant, as a column."""
    places = np.arange(len(x))
    return np.sum(x[(places[:, None] + places[None, :]) % len(x), places[None, :]], axis=1)[:, None]


def circulant_columns(x: Array) -> Array:
    """Below one another the columns of the circulant of each column."""
    return np.concatenate([np.roll(x, k, axis=0) for k in range(len(x))], axis=0)


def toeplitz_columns(x: Array) -> Array:
    """Below one another the columns of the lower triangular Toeplitz matrix of each column."""
    places = np.arange(len(x))[:, None]
    return np.concatenate([np.where(places >= k, np.roll(x, k, axis=0), 0 * x) for k in range(len(x))], axis=0)


def toeplitz(column: Array, row: Array) -> Array:
    """The matrix with this first column, and right of its corner this row, along the diagonals."""
    places = np.arange(len(column))
    apart = places[:, None] - places[None, :]
    return np.where(apart >= 0, column[:, 0][abs(apart)], row[:, 0][abs(apart)])


def toeplitz_sums(x: Array) -> Array:
    """The sums along the diagonals on and below the main one, as a column."""
    places = np.arange(len(x))
    apart = places[:, None] - places[None, :]
    hot = apart[None, :, :] == places[:, None, None]
    return np.sum(hot * x[None, :, :], axis=(1, 2))[:, None]


def sorting(x: Array) -> Array:
    """The permutation matrix P with P @ x sorted."""
    return np.eye(len(x), dtype=x.dtype)[np.argsort(x[:, 0])]


def row_sorting(x: Array) -> Array:
    """The permutation matrix P with P @ vec(x) = vec of x with sorted rows, the columns below one another."""
    places = np.arange(x.size).reshape(x.shape[1], x.shape[0]).T
    there = np.take_along_axis(places, np.argsort(x, axis=1), axis=1)
    return np.eye(x.size, dtype=x.dtype)[there.T.reshape(-1)]


def toeplitz_part(x: Array) -> Array:
    """The nearest Toeplitz matrix: the means along the diagonals."""
    counts = np.arange(len(x), 0, -1)[:, None]
    return toeplitz(toeplitz_sums(x) / counts, toeplitz_sums(x.T) / counts)


def circulant_part(x: Array) -> Array:
    """The nearest circulant: the means along its diagonals."""
    return circulant(circulant_sums(x) / len(x))


def other_factors(x: Array) -> Array:
    """For each entry the product of the other entries of its row, whether or not any is 0."""
    none = 1 * (x == 0)
    rest = np.where(x == 0, 1.0 + 0 * x, x)
    return np.where(np.sum(none, axis=1)[:, None] - none > 0, 0 * x, np.prod(rest, axis=1)[:, None] / rest)


def other_pairs(x: Array) -> Array:
    """For each two entries of a row the product of the others, and zeros on the diagonal."""
    one = np.eye(x.shape[1], dtype=x.dtype)
    return other_factors(np.where(one == 1, one, x)) * (1 - one)


def symmetric_part(x: Array) -> Array:
    """The mean of x and its transpose."""
    return (x + x.T) / 2


def cholesky(x: Array) -> Array:
    """The lower Cholesky factor of the symmetric part."""
    return np.linalg.cholesky(symmetric_part(x))


def eigenvalues(x: Array) -> Array:
    """The eigenvalues of the symmetric part, ascending, as a column."""
    return np.linalg.eigvalsh(symmetric_part(x))[:, None]


def signs(vectors: Array) -> Array:
    """Which columns are turned: the sign is that of a weighted sum of the entries, so that it does not jump."""
    weights = np.cos(np.arange(len(vectors)))[:, None]
    return np.sum(weights * vectors, axis=0) < 0


def eigenvectors(x: Array) -> Array:
    """The eigenvectors of the symmetric part, as columns."""
    vectors = np.linalg.eigh(symmetric_part(x))[1]
    return np.where(signs(vectors), -vectors, vectors)


def singular_vectors(x: Array) -> Array:
    """The left and the right singular vectors, as columns."""
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    negative = signs(u)
    return np.where(negative, -u, u), np.where(negative, -vt.T, vt.T)


def polar(x: Array) -> Array:
    """The orthogonal polar factor, U @ V.T of x = U diag(s) V.T."""
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return u @ vt


def sylvester(a: Array, b: Array, c: Array) -> Array:
    """The solution x of a @ x + x @ b = c."""
    m, n = c.shape
    system = np.kron(a, np.eye(n, dtype=c.dtype)) + np.kron(np.eye(m, dtype=c.dtype), b.T)
    return np.linalg.solve(system, c.reshape(-1)).reshape(m, n)


def stein(a: Array, c: Array) -> Array:
    """The solution x of x = a @ x @ a.T + c."""
    n = len(c)
    system = np.eye(n * n, dtype=c.dtype) - np.kron(a, a)
    return np.linalg.solve(system, c.reshape(-1)).reshape(n, n)


def expm(x: Array) -> Array:
    """exp of a matrix: scaling and squaring of the [8/8] Padé approximant (Golub & Van Loan 2013, sec. 9.3)."""
    size = np.max(np.sum(np.abs(x), axis=0))
    if not size < 1e10:
        raise np.linalg.LinAlgError("expm of what is not finite")
    squarings = max(0, int(np.ceil(np.log2(max(size, 1e-300)))) + 1)
    x = x / 2.0**squarings
    term = np.eye(len(x), dtype=x.dtype)
    above, below, weight = term, term, 1.0
    for k in range(1, 9):
        weight *= (9 - k) / (k * (17 - k))
        term = term @ x
        above = above + weight * term
        below = below + (-1) ** k * weight * term
    value = np.linalg.solve(below, above)
    for _ in range(squarings):
        value = value @ value
    return value


def sqrtm(x: Array) -> Array:
    """The principal square root, by the iteration of Denman and Beavers (Higham 2008, sec. 6.3)."""
    if np.array_equal(x, x.T):
        values, vectors = np.linalg.eigh(x)
        if np.min(values) < 0:
            raise np.linalg.LinAlgError("no square root")
        return (vectors * np.sqrt(values)) @ vectors.T
    root, other = x, np.eye(len(x), dtype=x.dtype)
    for _ in range(60):
        scale = np.abs(np.linalg.det(root) * np.linalg.det(other)) ** (-1 / (2 * len(x)))
        scale = scale if 1e-3 < scale < 1e3 and abs(scale - 1) > 1e-2 else 1.0
        new = (scale * root + np.linalg.inv(other) / scale) / 2
        other = (scale * other + np.linalg.inv(root) / scale) / 2
        moved, root = np.max(np.abs(new - root)), new
        if moved <= 1e-15 * np.max(np.abs(new)):
            break
    if not np.max(np.abs(root @ root - x)) <= 1e-8 * np.max(np.abs(x)):
        raise np.linalg.LinAlgError("no square root")
    return root


def logm(x: Array) -> Array:
    """The principal logarithm: square roots until x is near to 1, then the [8/8] Padé approximant as an integral."""
    if np.array_equal(x, x.T):
        values, vectors = np.linalg.eigh(x)
        if np.min(values) <= 0:
            raise np.linalg.LinAlgError("no logarithm")
        return (vectors * np.log(values)) @ vectors.T
    one = np.eye(len(x), dtype=x.dtype)
    roots = 0
    while not np.max(np.sum(np.abs(x - one), axis=0)) < 0.25:
        x, roots = sqrtm(x), roots + 1
        if roots > 60:
            raise np.linalg.LinAlgError("no logarithm")
    places, weights = np.polynomial.legendre.leggauss(8)
    value = 0 * x
    for place, weight in zip(places, weights, strict=True):
        value = value + weight / 2 * np.linalg.solve(one + (place + 1) / 2 * (x - one), x - one)
    return 2.0**roots * value


def cosm(x: Array) -> Array:
    """cos of a real matrix."""
    return expm(1j * x).real


def sinm(x: Array) -> Array:
    """sin of a real matrix."""
    return expm(1j * x).imag


def coshm(x: Array) -> Array:
    """cosh of a matrix."""
    return (expm(x) + expm(-x)) / 2


def sinhm(x: Array) -> Array:
    """sinh of a matrix."""
    return (expm(x) - expm(-x)) / 2


def whole_power(x: Array, p: Array) -> Array:
    """The power of a matrix with a whole exponent, an array of one entry."""
    if np.max(np.abs(p - np.round(p))) > 1e-9:
        raise np.linalg.LinAlgError("a power that is not whole")
    return np.linalg.matrix_power(x, int(np.round(np.max(p))))


def largest(x: Array) -> Array:
    """The size of the largest entry; 1 where all are 0."""
    return np.where(np.any(x), np.max(np.abs(x)), 1.0)


def frechet(f: Callable[[Array], Array], x: Array, e: Array) -> Array:
    """The Fréchet derivative of a matrix function at x along e: a block of f([x, e; 0, x]), where e is of size 1."""
    n, size = len(x), largest(e)
    upper, lower = np.concatenate((x, e / size), axis=1), np.concatenate((0 * x, x), axis=1)
    return size * f(np.concatenate((upper, lower), axis=0))[:n, n:]


def frechet2(f: Callable[[Array], Array], x: Array, e: Array, h: Array) -> Array:
    """The second Fréchet derivative of a matrix function at x along e and h."""
    n, none, sizes = len(x), 0 * x, (largest(e), largest(h))
    e, h = e / sizes[0], h / sizes[1]
    blocks = ((x, e, h, none), (none, x, none, h), (none, none, x, e), (none, none, none, x))
    rows = [np.concatenate(row, axis=1) for row in blocks]
    return sizes[0] * sizes[1] * f(np.concatenate(rows, axis=0))[:n, 3 * n :]


def frechet_matrix(f: Callable[[Array], Array], x: Array) -> Array:
    """The matrix of the Fréchet derivative at x between columns of columns."""
    n = len(x)
    along = np.eye(n * n, dtype=x.dtype)
    return np.stack([frechet(f, x, e.reshape(n, n).T).T.reshape(-1) for e in along]).T


def frechet2_matrix(f: Callable[[Array], Array], x: Array, e: Array) -> Array:
    """The matrix of the second Fréchet derivative at x along e and h, from the columns of h."""
    n = len(x)
    along = np.eye(n * n, dtype=x.dtype)
    return np.stack([frechet2(f, x, e, h.reshape(n, n).T).T.reshape(-1) for h in along]).T


def newton(zero: Callable[[Array], Array], slope: Callable[[Array], Array], z: Array) -> Array:
    """Where zero(z) vanishes, by Newton's method from z, each step halved until it leads nearer."""
    rest = np.reshape(zero(z), (-1, 1), order="F")
    for _ in range(100):
        step = np.reshape(np.linalg.solve(slope(z), rest), z.shape, order="F")
        length, size = 1.0, 1e-12 * (1 + np.max(np.abs(z)))
        if not np.all(np.isfinite(step)):
            break
        if np.max(np.abs(step)) <= size:
            z = z - step
            return np.where(np.abs(z) <= 1e-12 * np.max(np.abs(z)), 0, z)
        while length > 1e-9:
            after = np.reshape(zero(z - length * step), (-1, 1), order="F")
            if np.linalg.norm(after) < np.linalg.norm(rest):
                break
            length /= 2
        else:  # rounding, or no way down
            if np.max(np.abs(step)) <= 1e4 * size:
                return z
            break
        z, rest = z - length * step, after
    raise np.linalg.LinAlgError("no solution was found")


def solution(
    zero: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    shape: Any,
    accepts: Callable[[Array], Any],
) -> Array:
    """Where zero(z) vanishes, from the first start whose way ends at what is accepted."""
    refused = 0
    for start in (np.zeros(shape), np.ones(shape), np.ones(shape) / 10, -np.ones(shape), np.eye(*shape)):
        try:
            found = newton(zero, slope, start)
        except np.linalg.LinAlgError:
            continue
        if accepts(found):
            return found
        refused += 1
        if refused == 2:
            break
    raise np.linalg.LinAlgError("no solution was found")


NEAREST: dict[str, Callable[[Array], Array]] = {
    "symmetric": symmetric_part,
    "diagonal": lambda x: np.diag(np.diag(x)),
    "lower": np.tril,
    "upper": np.triu,
    "skew": lambda x: (x - x.T) / 2,
    "toeplitz": toeplitz_part,
    "circulant": circulant_part,
}
"""The nearest matrix of each structure."""
