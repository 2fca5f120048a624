"""Triangles, running sums, order."""

from matdiff.identities.identity import Identity
from matdiff.operators.arrangements import ARRANGEMENTS

# Triangles, and what is linear besides: scalars and signs in front, triangles of triangles.
TRIANGLES = (
    *(
        Identity("a scalar in front", f"{declared}{entry.call}(a*{x}) = a*{entry.call}({x})")
        for entry in ARRANGEMENTS
        if entry.is_linear
        for x, declared in (("x", "x: vector(n) |- ") if entry.sizes.startswith("x: n×1") else ("X", ""),)
    ),
    *(Identity("a triangle twice", f"{f}({f}(X)) = {f}(X)") for f in ("tril", "triu")),
    Identity("transpose of a triangle", "tril(X') = triu(X)'"),
    Identity("transpose of a triangle", "triu(ones(n, n))' = tril(ones(n, n))"),
    Identity("a diagonal matrix is a triangle", "tril(diag(x)) = diag(x)"),
    Identity("a diagonal matrix is a triangle", "triu(diag(x)) = diag(x)"),
    Identity("the identity is a triangle", "tril(eye(n)) = eye(n)"),
    Identity("the identity is a triangle", "triu(eye(n)) = eye(n)"),
    Identity("half a triangle of a diagonal matrix", "half_tril(diag(x)) = diag(x)/2"),
    Identity("half a triangle of the identity", "half_tril(eye(n)) = eye(n)/2"),
    Identity("lower triangle of a sum", "copyltu(X + Y) = copyltu(X) + copyltu(Y)"),
    Identity(
        "a symmetric matrix has its lower triangle", "S: symmetric(n) |- copyltu(S) = S", shown=True, notable=True
    ),
    Identity("both halves of a symmetric matrix", "S: symmetric(n) |- half_tril(S) + half_tril(S)' = S", shown=True),
    Identity("running sums", "tril(ones(n, n))*X = cumsum(X)"),
    Identity("the product of the other entries", "prod_others(X) .* X = prod(X)*ones(m, n)"),
    Identity("the largest entry", "max(x') = max(x)"),
    Identity("the smallest entry", "min(x') = min(x)"),
    Identity("a triangle of a triangular matrix", "L: lower(n) |- tril(L) = L"),
    Identity("a triangle of a triangular matrix", "U: upper(n) |- triu(U) = U"),
    Identity("a triangle of a triangular matrix", "L: lower(n) |- triu(L) = diag(diag(L))"),
    Identity("a triangle of a triangular matrix", "U: upper(n) |- tril(U) = diag(diag(U))"),
    Identity("a skew-symmetric matrix", "K: skew(n) |- K' = -K"),
    Identity("a skew-symmetric matrix", "K: skew(n) |- diag(K) = zeros(n)"),
    Identity("sorted by its order", "sorting(x)*x = sort(x)"),
    Identity("an order is a permutation", "x: vector(n) |- sorting(x)*sorting(x)' = eye(n)"),
    Identity("an order is a permutation", "x: vector(n) |- sorting(x)'*sorting(x) = eye(n)"),
    Identity("sum of sorted entries", "sum(sort(x)) = sum(x)"),
)
