"""Functions of the eigenvalues of one symmetric matrix, as functions of the matrix, which books differentiate.

Sums, products, powers and functions of ``eigvals(S)`` are those of S, since all of these commute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matdiff import expr as E
from matdiff.compose import (
    is_power,
    is_product,
    is_scaled,
    is_sum,
    is_sum_of_entries,
    is_transpose,
    plus,
    scale,
    times,
    trace,
)
from matdiff.expr import Expr
from matdiff.operators import ROWS
from matdiff.reader import read_formula
from matdiff.rewriting.transposes import is_symmetric
from matdiff.sizes import ONE

TOGETHER = {"add": plus, "had": times}
"""What puts matrices together where their eigenvalues are put together entry by entry."""

See = Callable[[Expr], Expr]

RULE = "function of a matrix by its eigenvalues"
SOURCE = "S = eigvecs(S)*diag(eigvals(S))*eigvecs(S)'"


@dataclass(frozen=True)
class Spectral:
    """f(X) of a column f(eigvals(X))."""

    of: Expr
    """X itself."""
    value: Expr
    inverts: bool
    """Whether something is inverted: other functions have a differential of their own that is as short."""


def closed(node: Expr, see: See) -> Expr | None:
    """The trace, the log-determinant or the function of the matrix that a sum or a product by eigenvalues is."""
    if is_sum_of_entries(node):
        inner = see(node.args[0])
        if inner.op == "log" and is_sum(see(inner.args[0])):
            found = of_matrix(inner.args[0], see)
            return read_formula("logdet(X)", {"X": found.value}) if found else None
        found = of_matrix(inner, see)
        return trace(found.value) if found and found.inverts else None
    return between_eigenvectors(node, see) if is_product(node) else None


def between_eigenvectors(node: Expr, see: See) -> Expr | None:
    """``Q*diag(f(l))*Q'``, alone or behind other factors."""
    before, turned = node.args
    if not is_transpose(turned) or see(turned.args[0]).op != "eigvecs" or not is_product(before):
        return None
    left, middle = before.args
    vectors = see(turned.args[0])
    ahead = left.args[0] if is_product(left) else None
    if see(left.args[1] if is_product(left) else left) is not vectors or see(middle).op != "diag":
        return None
    found = of_matrix(see(middle).args[0], see)
    if found is None or not found.inverts or found.of is not vectors.args[0]:
        return None
    # beside another matrix the gradient is symmetric only as that of the symmetric part
    (value,) = E.substitute([found.value], {found.of: symmetric_part(found.of)})
    return value if ahead is None else times(ahead, value)


def of_matrix(values: Expr, see: See) -> Spectral | None:
    """The function of the matrix of whose eigenvalues a column is made; None where it is made of something else."""
    size = values.rows
    shape = (size, size)
    made: dict[Expr, Expr] = {}
    of: Expr | None = None
    inverts = False

    def below(node: Expr) -> tuple[Expr, ...]:
        opened = see(node)
        if opened is not node:
            return (opened,)
        return () if node.op == "eigvals" or node.shape != values.shape else node.args

    for node in E.topo(values, inside=below):
        opened = see(node)
        if node.shape != values.shape or size is ONE:
            continue
        if opened is not node:
            made[node] = made[opened]
            continue
        args = [made.get(arg) for arg in node.args]
        if node.op == "eigvals":
            (x,) = node.args
            if of not in (None, x):
                return None
            of = x
            made[node] = x if is_symmetric(x) else symmetric_part(x)
        elif node.op == "ones":
            made[node] = E.eye(size)
        elif is_scaled(node) and args[1] is not None:
            made[node] = scale(node.args[0], args[1])
        elif is_power(node) and args[0] is not None and whole(node.args[1]):
            power = int(node.args[1].data)
            inverts |= power < 0
            base = "inv(X)" if power < 0 else "X"
            made[node] = read_formula(base if abs(power) == 1 else f"{base}^{abs(power)}", {"X": args[0]})
        elif node.op in TOGETHER and args[0] is not None and args[1] is not None:
            made[node] = TOGETHER[node.op](args[0], args[1])
        elif node.op in ROWS and ROWS[node.op].whole and args[0] is not None:
            made[node] = E.Expr(ROWS[node.op].whole, (args[0],), None, shape)
        else:
            return None
    return Spectral(of, made[values], inverts) if of is not None and values in made else None


def whole(exponent: Expr) -> bool:
    return exponent.op == "number" and exponent.data.denominator == 1 and exponent.data != 0


def symmetric_part(x: Expr) -> Expr:
    return read_formula("(X + X')/2", {"X": x})
