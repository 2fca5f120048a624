"""Vec and Kronecker products."""

from matdiff.identities.identity import Identity

# Vec and Kronecker products: where an argument is a column, a row or a scalar they are plain products.
KRONECKER = (
    Identity("Kronecker product with a scalar", "kron(a, X) = a*X"),
    Identity("Kronecker product with a scalar", "kron(X, a) = a*X"),
    Identity("Kronecker product of a column and a row", "x: vector(m); y: row(n) |- kron(x, y) = x*y"),
    Identity("Kronecker product of a row and a column", "x: vector(m); y: row(n) |- kron(y, x) = x*y"),
    Identity("Kronecker product with a scalar multiple", "kron(a*X, Y) = a*kron(X, Y)"),
    Identity("Kronecker product with a scalar multiple", "kron(X, a*Y) = a*kron(X, Y)"),
    Identity("Kronecker product of ones", "kron(ones(m, n), ones(p, q)) = ones(m*p, n*q)"),
    Identity("vec of a column", "x: vector(n) |- vec(x) = x"),
    Identity("vec of a row", "y: row(n) |- vec(y) = y'"),
    Identity("unvec of a column", "x: vector(n) |- unvec(x, n, 1) = x"),
    Identity("vec of a scalar multiple", "vec(a*X) = a*vec(X)"),
    Identity("vec of ones", "vec(ones(m, n)) = ones(m*n)"),
    Identity("vec of an outer product", "x: vector(m); y: row(n) |- vec(x*y) = kron(y', x)"),
    Identity(
        "vec of a product", "A: matrix(m, n); X: matrix(n, p); B: matrix(q, p) |- kron(B, A)*vec(X) = vec(A*X*B')"
    ),
    Identity(
        "vec of a product", "A: matrix(n, m); X: matrix(n, p); B: matrix(p, q) |- vec(X)'*kron(B, A) = vec(A'*X*B)'"
    ),
    Identity("inner product of vecs", "vec(A)'*vec(B) = tr(A'*B)"),
    Identity("diagonal matrix of a scalar multiple", "diag(a*x) = a*diag(x)"),
    Identity(
        "commutation of a Kronecker product",
        "x: vector(m); B: matrix(p, q) |- commutation(p, m)*kron(x, B) = kron(B, x)",
    ),
    Identity(
        "commutation of a Kronecker product", "y: row(m); B: matrix(p, q) |- kron(y, B)*commutation(m, q) = kron(B, y)"
    ),
    Identity(
        "Kronecker product with a column",
        "x: vector(m); A: matrix(p, q); B: matrix(q, r) |- kron(x, A)*B = kron(x, A*B)",
    ),
    Identity(
        "Kronecker product with a row", "y: row(m); A: matrix(p, q); B: matrix(r, p) |- B*kron(y, A) = kron(y, B*A)"
    ),
    Identity(
        "derivative of a diagonal matrix",
        "y: row(n); A: matrix(m, n); B: matrix(n, p) |- kron(y, A)*diag(vec(eye(n)))*kron(ones(n), B) = A*diag(y')*B",
    ),
    Identity("vec of a diagonal matrix", "x: vector(n) |- diag(vec(eye(n)))*kron(ones(n), x) = vec(diag(x))"),
    Identity(
        "commutation of a Kronecker product",
        "A: matrix(m, n); B: matrix(p, q) |- kron(A, B)*commutation(n, q) = commutation(m, p)*kron(B, A)",
    ),
    Identity("commutation with a column", "commutation(m, 1) = eye(m)"),
    Identity("commutation with a row", "commutation(1, n) = eye(n)"),
    Identity("product of diagonal matrices", "x: vector(n); y: vector(n) |- diag(x)*diag(y) = diag(x .* y)"),
    Identity("scaled rows of a column", "x: vector(n); y: vector(n) |- diag(x)*y = x .* y"),
    Identity("scaled columns of a row", "x: vector(n); y: row(n) |- y*diag(x) = y .* x'"),
    Identity(
        "derivative of column sums",
        "y: row(m); X: matrix(m, n); v: vector(n); B: matrix(m, p)"
        " |- kron(eye(n), y)*diag(vec(X))*kron(v, B) = diag(v)*X'*diag(y')*B",
    ),
    Identity(
        "derivative of row sums",
        "y: row(n); X: matrix(m, n); v: vector(m); A: matrix(p, m)"
        " |- kron(y, A)*diag(vec(X))*kron(eye(n), v) = A*diag(v)*X*diag(y')",
    ),
    Identity(
        "Khatri–Rao product of columns",
        "A: matrix(m, n); B: matrix(p, n); C: matrix(n, q)"
        " |- kron(A, B)*diag(vec(eye(n)))*kron(ones(n), C) = khatri_rao(A, B)*C",
        source="Kolda & Bader 2009",
    ),
    Identity(
        "Khatri–Rao product of rows",
        "A: matrix(n, m); B: matrix(n, p); C: matrix(q, n)"
        " |- kron(ones(1, n), C)*diag(vec(eye(n)))*kron(A, B) = C*(kron(A, ones(1, p)) .* kron(ones(1, m), B))",
        source="Kolda & Bader 2009",
    ),
    Identity(
        "Khatri–Rao product of rows",
        "A: matrix(m, n); B: matrix(m, n); C: matrix(n, p)"
        " |- (kron(A, ones(1, n)) .* kron(ones(1, n), B))*diag(vec(eye(n)))*kron(ones(n), C) = (A .* B)*C",
        source="Kolda & Bader 2009",
    ),
    Identity(
        "Khatri–Rao product of columns",
        "A: matrix(m, n); B: matrix(p, n); y: row(m); C: matrix(q, p) |- kron(y, C)*khatri_rao(A, B) = C*B*diag(A'*y')",
        source="Kolda & Bader 2009",
    ),
    Identity(
        "Khatri–Rao product of columns",
        "A: matrix(m, n); B: matrix(p, n); y: row(p); C: matrix(q, m) |- kron(C, y)*khatri_rao(A, B) = C*A*diag(B'*y')",
        source="Kolda & Bader 2009",
    ),
    Identity(
        "Khatri–Rao products",
        "A: matrix(n, m); B: matrix(n, p); C: matrix(m, k); D: matrix(p, k)"
        " |- (kron(A, ones(1, p)) .* kron(ones(1, m), B))*khatri_rao(C, D) = (A*C) .* (B*D)",
        source="Kolda & Bader 2009",
    ),
)
