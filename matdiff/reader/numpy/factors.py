"""What the functions of ``numpy.linalg`` and ``scipy.linalg`` that give factors, spectra and running values mean."""

from __future__ import annotations

from dataclasses import replace

from matdiff.errors import UnsupportedError
from matdiff.reader.numpy.arguments import Call
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.values import NONE, Constant, Many, Value


def matrix(c: Call, name: str, *of: Array, rank: int = 2) -> Array:
    """A function of 2-D arrays."""
    return Array(c.algebra.call(name, *(a.node for a in of)), rank)


def equation(c: Call, name: str) -> Value:
    """The solution of a matrix equation."""
    return matrix(c, name, *(c.square(argument) for argument in c.arguments))


def cholesky(c: Call) -> Value:
    """NumPy gives the lower factor, SciPy the upper one unless it is asked for the lower."""
    lower = c.name.startswith(("np.", "numpy.", "jnp.", "jax.numpy."))
    if c.value("lower") != NONE:
        lower = c.flag("lower")
    elif not lower:
        raise c.algebra.fail(
            UnsupportedError, f"{c.name} is read with lower=True or lower=False: libraries differ here"
        )
    found = matrix(c, "chol", c.square("a"))
    return found if lower else c.algebra.transposed(found)


def eigh(c: Call) -> Value:
    a = c.square("a")
    return Many((matrix(c, "eigvals", a, rank=1), matrix(c, "eigvecs", a)), ("eigenvalues", "eigenvectors"))


def svd(c: Call) -> Value:
    a = c.square("a")
    values = matrix(c, "svdvals", a, rank=1)
    if c.value("compute_uv") != NONE and not c.flag("compute_uv"):
        return values
    if c.value("full_matrices") == NONE or c.flag("full_matrices"):
        raise c.algebra.fail(UnsupportedError, f"{c.name} is read with full_matrices=False, where U is as X")
    right = c.algebra.transposed(matrix(c, "svd_v", a))
    return Many((matrix(c, "svd_u", a), values, right), ("U", "S", "Vh"))


def qr(c: Call) -> Value:
    a, mode = c.square("a"), c.word("mode")
    thin = mode in ("reduced", "economic") or (mode is None and c.name.startswith(("np.", "numpy.", "jnp.")))
    if not thin:
        raise c.algebra.fail(UnsupportedError, f"{c.name} is read with mode='reduced' (SciPy: 'economic')")
    return Many((matrix(c, "qr_q", a), matrix(c, "qr_r", a)), ("Q", "R"))


def polar(c: Call) -> Value:
    a = c.square("a")
    factor = matrix(c, "polar", a)
    return Many((factor, c.algebra.matmul(c.algebra.transposed(factor), a)))


def triangle(c: Call, name: str) -> Value:
    k = c.value("k")
    found = matrix(c, name, c.square("m"))
    strict = -1 if name == "tril" else 1
    if k == NONE or (isinstance(k, Array) and k.literal == 0):
        return found
    if not isinstance(k, Array) or k.literal != strict:
        raise c.fail(UnsupportedError, f"{c.name} is read for k=0, and for k={strict}, the strict one", "k")
    diagonal = c.algebra.call("diag", c.algebra.call("diag", c.square("m").node))
    return replace(found, node=c.algebra.binary("-", found, replace(found, node=diagonal)).node)


def running_sum(c: Call) -> Value:
    a = c.algebra.settled(c.array("a"))
    axis = c.axis(a)
    if a.rank != 2:
        return Array(c.algebra.call("cumsum", c.algebra.upright(a)), 1)
    if axis is None:
        return Array(c.algebra.call("cumsum", c.algebra.raveled(a).node), 1)
    turned = a if axis == 0 else c.algebra.transposed(a)
    found = matrix(c, "cumsum", turned)
    return found if axis == 0 else c.algebra.transposed(found)


def product_of_entries(c: Call) -> Value:
    a = c.algebra.settled(c.array("a"))
    axis = c.axis(a) if a.rank == 2 else None
    if axis is None:
        return Array(c.algebra.call("prod", c.algebra.upright(a)), 0)
    name = "rowprod" if axis else "colprod"
    return Array(c.algebra.call(name, a.node), 1, axis == 0)


def solve_triangular(c: Call) -> Value:
    """Only one triangle of the matrix is read."""
    lower = c.value("lower") != NONE and c.flag("lower")
    factor = matrix(c, "tril" if lower else "triu", c.square("a"))
    turned = c.value("trans") != NONE and (c.word("trans") in ("T", "C") or c.array("trans").literal == 1)
    return solved(c, c.algebra.transposed(factor) if turned else factor)


def cho_factor(c: Call) -> Value:
    lower = c.value("lower") != NONE and c.flag("lower")
    factor = matrix(c, "chol", c.square("a"))
    return Many((factor if lower else c.algebra.transposed(factor), Constant(lower)))


def cho_solve(c: Call) -> Value:
    match c.value("c_and_lower"):
        case Many((Array(rank=2) as factor, Constant(bool() as lower))):
            other = c.algebra.transposed(factor)
            return solved(c, c.algebra.matmul(factor, other) if lower else c.algebra.matmul(other, factor))
    raise c.fail(UnsupportedError, f"{c.name} is read with (L, True), or with what cho_factor gives", "c_and_lower")


def solved(c: Call, a: Array) -> Array:
    """The solution of a linear system with that matrix."""
    b = c.algebra.settled(c.array("b"))
    return Array(c.algebra.call("solve", a.node, c.algebra.upright(b)), b.rank)


def in_order(c: Call) -> Value:
    a = c.algebra.settled(c.array("a"))
    if a.rank == 2:
        axis = c.axis(a) if "axis" in c.arguments else 1
        if axis is None:
            return Array(c.algebra.call("sort", c.algebra.upright(c.algebra.raveled(a))), 1)
        found = matrix(c, "rowsort", a if axis else c.algebra.transposed(a))
        return found if axis else c.algebra.transposed(found)
    return Array(c.algebra.call("sort", c.algebra.upright(c.algebra.needs(a, 1, c.name))), 1)


def of_vectors(c: Call, name: str) -> Value:
    """A matrix that is made of a vector, or of two."""
    given = [c.algebra.needs(c.algebra.settled(c.array(argument)), 1, c.name) for argument in c.arguments]
    return Array(c.algebra.call(name, *map(c.algebra.upright, given)), 2)


def khatri_rao(c: Call) -> Value:
    return matrix(c, "khatri_rao", c.square("a"), c.square("b"))


def spectral(c: Call, name: str) -> Value:
    """A norm by the singular values."""
    a = c.square("x")
    return replace(matrix(c, name, a), rank=2 if c.flag("keepdims") else 0)
