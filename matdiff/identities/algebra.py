"""Transposes, cancellations, traces, spread columns: the laws of products and sums."""

from matdiff.identities.identity import Identity

# Transposes move to the leaves: each equation lowers the size of what is transposed.
TRANSPOSES = (
    Identity("transpose twice", "X'' = X"),
    Identity("transpose of a product", "(A*B)' = B'*A'"),
    Identity("transpose of a scalar multiple", "(a*X)' = a*X'"),
    Identity("transpose of a Kronecker product", "kron(A, B)' = kron(A', B')"),
    Identity("the identity is symmetric", "eye(n)' = eye(n)"),
    Identity("a diagonal matrix is symmetric", "diag(x)' = diag(x)"),
    Identity("transpose of the commutation matrix", "commutation(m, n)' = commutation(n, m)"),
    Identity("power of a transpose", "X' .^ a = (X .^ a)'"),
    Identity("a symmetric matrix", "S: symmetric(n) |- S' = S", notable=True),
    Identity("a diagonal matrix is symmetric", "S: diagonal(n) |- S' = S", notable=True),
    Identity("inverse of a transpose", "inv(X') = inv(X)'"),
    Identity("adjugate of a transpose", "adj(X') = adj(X)'"),
    Identity("pseudoinverse of a transpose", "pinv(X') = pinv(X)'"),
    Identity("inverse of a symmetric matrix", "S: symmetric(n) |- inv(S)' = inv(S)", notable=True),
    Identity("inverse of a diagonal matrix", "S: diagonal(n) |- inv(S)' = inv(S)", notable=True),
)

# Cancellations: the right side is smaller.
CANCELLATIONS = (
    Identity("an inverse cancels", "inv(X)*X = eye(n)", where="X invertible"),
    Identity("an inverse cancels", "X*inv(X) = eye(n)", where="X invertible"),
    Identity("an inverse cancels", "inv(X)'*X' = eye(n)", where="X invertible"),
    Identity("an inverse cancels", "X'*inv(X)' = eye(n)", where="X invertible"),
    Identity("a pseudoinverse cancels", "X*pinv(X)*X = X", source="Penrose 1955"),
    Identity("a pseudoinverse cancels", "pinv(X)*X*pinv(X) = pinv(X)", source="Penrose 1955"),
    Identity("a pseudoinverse cancels", "X'*pinv(X)'*X' = X'", source="Penrose 1955"),
    Identity("a pseudoinverse cancels", "pinv(X)'*X'*pinv(X)' = pinv(X)'", source="Penrose 1955"),
    Identity(
        "inverse of a product", "A: matrix(n, n); B: matrix(n, n) |- inv(A*B)*A = inv(B)", where="A, B invertible"
    ),
    Identity(
        "inverse of a product", "A: matrix(n, n); B: matrix(n, n) |- B*inv(A*B) = inv(A)", where="A, B invertible"
    ),
    Identity(
        "inverse of a product", "A: matrix(n, n); B: matrix(n, n) |- A'*inv(A*B)' = inv(B)'", where="A, B invertible"
    ),
    Identity(
        "inverse of a product", "A: matrix(n, n); B: matrix(n, n) |- inv(A*B)'*B' = inv(A)'", where="A, B invertible"
    ),
    Identity("inverse twice", "inv(inv(X)) = X", where="X invertible"),
    *(
        Identity(
            "Sherman–Morrison",
            f"x: vector(n); y: row(n) |- inv({first} + x*y)*x = (1/({scalar} + y*x))*x",
            where=f"{scalar} + y*x not 0",
            notable=True,
        )
        for first, scalar in (("a*eye(n)", "a"), ("eye(n)", "1"))
    ),
    Identity(
        "inverse of a sum with an inverse",
        "X: matrix(n, n) |- inv(X)*inv(eye(n) + inv(X)) = inv(eye(n) + X)",
        where="X invertible",
    ),
    Identity(
        "inverse of a sum with an inverse",
        "X: matrix(n, n) |- inv(eye(n) + inv(X))*inv(X) = inv(eye(n) + X)",
        where="X invertible",
    ),
    Identity("inverse of the identity", "inv(eye(n)) = eye(n)"),
    Identity("inverse of a scalar", "a: scalar |- inv(a) = 1/a", where="a not 0"),
    Identity("inverse of a scalar multiple", "inv(a*X) = (1/a)*inv(X)"),
    Identity("an orthogonal matrix", "Q: orthogonal(n) |- Q'*Q = eye(n)", notable=True),
    Identity("an orthogonal matrix", "Q: orthogonal(n) |- Q*Q' = eye(n)", notable=True),
    Identity("inverse of an orthogonal matrix", "Q: orthogonal(n) |- inv(Q) = Q'", notable=True),
    Identity("adjugate and inverse", "adj(X)*X = det(X)*eye(n)"),
    Identity("adjugate and inverse", "X*adj(X) = det(X)*eye(n)"),
    Identity("vec and unvec", "unvec(vec(X), m, n) = X"),
    Identity("diagonal of a diagonal matrix", "x: vector(n) |- diag(diag(x)) = x"),
    Identity("diagonal of the identity", "X: matrix(n, n) |- diag(X .* eye(n)) = diag(X)"),
    Identity("diagonal of scaled rows", "x: vector(n); A: matrix(n, n) |- diag(diag(x)*A) = x .* diag(A)"),
    Identity("diagonal of scaled columns", "x: vector(n); A: matrix(n, n) |- diag(A*diag(x)) = x .* diag(A)"),
    Identity("a diagonal matrix as a product", "diag(x)*ones(n) = x"),
    Identity("diagonal of the identity", "diag(eye(n)) = ones(n)"),
    Identity("diagonal of ones", "diag(ones(n, n)) = ones(n)"),
    Identity("diagonal of a transpose", "diag(X') = diag(X)"),
    Identity("diagonal of a scalar multiple", "X: matrix(n, n) |- diag(a*X) = a*diag(X)"),
    Identity("inverse of a diagonal matrix", "inv(diag(x)) = diag(1 ./ x)"),
    *(
        Identity(
            "inverse of scaled rows and columns",
            f"x: vector(n); y: vector(n); X: matrix(n, n) |- inv({left}) = {right}",
            where="X invertible, no entry of x or y is 0",
        )
        for left, right in (
            ("diag(x)*X*diag(y)", "diag(1 ./ y)*inv(X)*diag(1 ./ x)"),
            ("diag(x)*X", "inv(X)*diag(1 ./ x)"),
            ("X*diag(y)", "diag(1 ./ y)*inv(X)"),
        )
    ),
    Identity(
        "push-through identity",
        "A: matrix(m, n); B: matrix(n, m) |- A*inv(eye(n) + B*A) = inv(eye(m) + A*B)*A",
        where="eye(m) + A*B invertible",
        source="A*(eye(n) + B*A) = (eye(m) + A*B)*A",
    ),
    Identity(
        "push-through identity",
        "S: symmetric(n); T: symmetric(n) |- S*inv(eye(n) + S*T)' = inv(eye(n) + S*T)*S",
        where="eye(n) + S*T invertible",
        shown=True,
        source="S*(eye(n) + T*S) = (eye(n) + S*T)*S",
    ),
    *(
        Identity(
            "what is left of a shifted matrix",
            f"B: matrix(n, n); {equation}",
            where="the shifted matrix invertible",
            source="eye(n) - B*inv(B + a*eye(n)) = a*inv(B + a*eye(n))",
        )
        for equation in (
            "A: matrix(n, m) |- A - B*inv(B + a*eye(n))*A = a*(inv(B + a*eye(n))*A)",
            "A: matrix(n, m) |- A - B*inv(eye(n) + B)*A = inv(eye(n) + B)*A",
            "A: matrix(m, n) |- A - A*inv(B + a*eye(n))*B = a*(A*inv(B + a*eye(n)))",
            "A: matrix(m, n) |- A - A*inv(eye(n) + B)*B = A*inv(eye(n) + B)",
            "a: scalar |- eye(n) - B*inv(B + a*eye(n)) = a*inv(B + a*eye(n))",
            "a: scalar |- eye(n) - inv(B + a*eye(n))*B = a*inv(B + a*eye(n))",
        )
    ),
    *(
        Identity(
            "inverse of a sum of inverses",
            f"X: matrix(n, n); Y: matrix(n, n) |- {equation}",
            where="X, Y and X + Y invertible",
        )
        for equation in (
            "inv(X)*inv(inv(X) + inv(Y)) = inv(X + Y)*Y",
            "inv(Y)*inv(inv(X) + inv(Y)) = inv(X + Y)*X",
            "inv(inv(X) + inv(Y))*inv(X) = Y*inv(X + Y)",
            "inv(inv(X) + inv(Y))*inv(Y) = X*inv(X + Y)",
        )
    ),
    Identity("an inner product cancels", "x: vector(n); y: vector(n) |- (x ./ y)'*y = sum(x)"),
    Identity("an inner product cancels", "x: vector(n); y: vector(n) |- y'*(x ./ y) = sum(x)"),
    Identity("diagonal matrix of ones", "diag(ones(n)) = eye(n)"),
    Identity("diagonal part of a diagonal matrix", "diag(x) .* eye(n) = diag(x)"),
    Identity("commutation matrices cancel", "commutation(m, n)*commutation(n, m) = eye(m*n)"),
    Identity("commutation of vec", "X: matrix(m, n) |- commutation(m, n)*vec(X) = vec(X')"),
    Identity("products of ones", "ones(1, n)*ones(n) = n"),
    Identity("a power of powers", "X*X = X^2"),
)

# Traces, determinants and sums of what is structured.
SCALARS = (
    Identity("trace of a transpose", "tr(X') = tr(X)"),
    Identity("trace of a scalar multiple", "tr(a*X) = a*tr(X)"),
    Identity("trace of the identity", "tr(eye(n)) = n"),
    Identity("trace of a Kronecker product", "A: matrix(m, m); B: matrix(n, n) |- tr(kron(A, B)) = tr(A)*tr(B)"),
    Identity("trace of a diagonal matrix", "tr(diag(x)) = sum(x)"),
    Identity("trace of a product with ones", "tr(X*ones(n, n)) = sum(X)"),
    Identity("trace of a Hadamard product with the identity", "tr(X .* eye(n)) = tr(X)"),
    Identity("sum of a transpose", "sum(X') = sum(X)"),
    Identity("sum of a scalar multiple", "sum(a*X) = a*sum(X)"),
    Identity("sum of ones", "sum(ones(m, n)) = m*n"),
    Identity("sum of the identity", "sum(eye(n)) = n"),
    Identity("sum of a diagonal matrix", "sum(diag(x)) = sum(x)"),
    Identity("sum of a spread column", "sum(x*ones(1, n)) = n*sum(x)"),
    Identity("sum of vec", "sum(vec(X)) = sum(X)"),
    Identity("determinant of a transpose", "det(X') = det(X)"),
    Identity("determinant of a transpose", "logdet(X') = logdet(X)"),
    Identity("determinant of the identity", "det(eye(n)) = 1"),
    Identity("determinant of an inverse", "det(inv(X)) = 1/det(X)", where="X invertible"),
    Identity("determinant of an inverse", "logdet(inv(X)) = -logdet(X)", where="X invertible"),
    Identity("norm of a transpose", "norm2(X') = norm2(X)"),
    Identity("norm of a transpose", "norm1(X') = norm1(X)"),
)

# A spread column or row commutes with row sums and column sums.
BROADCASTS = (
    Identity("row sums of scaled rows", "x: vector(m) |- (A .* (x*ones(1, n)))*ones(n) = x .* (A*ones(n))"),
    Identity("column sums of scaled columns", "y: row(n) |- ones(1, m)*(A .* (ones(m)*y)) = (ones(1, m)*A) .* y"),
    Identity("power of a spread column", "x: vector(m) |- (x*ones(1, n)) .^ a = (x .^ a)*ones(1, n)"),
    Identity("power of a spread row", "y: row(n) |- (ones(m)*y) .^ a = ones(m)*(y .^ a)"),
    Identity("column sums of scaled rows", "x: vector(m) |- ones(1, m)*(A .* (x*ones(1, n))) = x'*A"),
    Identity("row sums of scaled columns", "y: row(n) |- (A .* (ones(m)*y))*ones(n) = A*y'"),
)
