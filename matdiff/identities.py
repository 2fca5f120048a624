"""The identity table: directed equations, each with its name, its condition and why it terminates.

An equation is written in matdiff's notation and read from left to right. Capital and small letters
are patterns; a prefix ``S: symmetric(n) |-`` asks for a variable of that kind. In a product or a
Hadamard product an equation applies to any neighbours (for ``.*``: any two factors).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    name: str
    equation: str
    where: str = ""
    sees_names: bool = False
    """Whether a name matches by what it is defined as."""
    notable: bool = False
    """Whether its use is worth a word in a derivation."""
    source: str = ""
    """The book that has it, or what it follows from."""
    shown: bool = False
    """Whether a symmetric pattern matches all that shows that it is symmetric, and not variables only."""
    commute: tuple[str, ...] = ()
    """Two patterns that must show that they commute."""
    use: str = "normal"
    """Where it is used: ``normal`` forms, what is rewritten to ``prepare`` a derivation, ``stable`` code."""


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

# Softmax and its kin: what sums to one does.
SOFTMAX = (
    Identity("a one-hot row sums to one", "Y: onehot(n, k) |- Y*ones(k) = ones(n)", notable=True),
    Identity("a one-hot row sums to one", "Y: labels(n, k) |- Y*ones(k) = ones(n)", notable=True),
    Identity("a softmax row sums to one", "softmax(X)*ones(n) = ones(m)", sees_names=True, notable=True),
    Identity("a softmax sums to one", "x: vector(n) |- sum(softmax(x)) = 1", sees_names=True, notable=True),
    Identity(
        "exp over its row sums is softmax",
        "exp(X) .* ((1 ./ (exp(X)*ones(n)))*ones(1, n)) = softmax(X)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
    Identity(
        "exp over its sum is softmax",
        "x: vector(n) |- (1/sum(exp(x)))*exp(x) = softmax(x)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
    Identity(
        "exp of log-softmax", "exp(log_softmax(X)) = softmax(X)", sees_names=True, notable=True, use="normal stable"
    ),
    Identity(
        "exp of log-softmax",
        "x: vector(n) |- exp(log_softmax(x)) = softmax(x)",
        sees_names=True,
        notable=True,
        use="normal stable",
    ),
)

# The logistic function, however it is written.
LOGISTIC = (
    Identity("the logistic function", "1 ./ (1 + exp(-X)) = sigmoid(X)"),
    Identity("the logistic function", "1/(1 + exp(-a)) = sigmoid(a)"),
    Identity("the logistic function", "1 ./ (1 + exp(X)) = sigmoid(-X)", use="normal stable"),
    Identity("the logistic function", "1/(1 + exp(a)) = sigmoid(-a)", use="normal stable"),
    Identity("the logistic function", "1 - sigmoid(-X) = sigmoid(X)"),
    Identity("the logistic function", "1 - sigmoid(-a) = sigmoid(a)"),
    Identity("the logistic function", "exp(X) .* sigmoid(-X) = sigmoid(X)"),
    Identity("the logistic function", "exp(a)*sigmoid(-a) = sigmoid(a)"),
    Identity("the logistic function", "exp(-X) .* sigmoid(X) = sigmoid(-X)"),
    Identity("the logistic function", "exp(-a)*sigmoid(a) = sigmoid(-a)"),
)

SIGNS = (
    Identity("relu and its mask", "1(X > 0) .* relu(X) = relu(X)", sees_names=True),
    Identity("relu and its mask", "1(a > 0)*relu(a) = relu(a)", sees_names=True),
    Identity("tangent", "sin(X) .* (1 ./ cos(X)) = tan(X)"),
    Identity("tangent", "sin(a)/cos(a) = tan(a)"),
    Identity("hyperbolic tangent", "sinh(X) .* (1 ./ cosh(X)) = tanh(X)"),
    Identity("hyperbolic tangent", "sinh(a)/cosh(a) = tanh(a)"),
    Identity("sign and absolute value", "sign(a)*abs(a) = a"),
    Identity("sign and absolute value", "sign(a)*a = abs(a)"),
    Identity("sign and absolute value", "sign(X) .* abs(X) = X"),
    Identity("sign and absolute value", "sign(X) .* X = abs(X)"),
    Identity("sign and absolute value", "sign(a)/abs(a) = 1/a", where="a not 0"),
    Identity("sign and absolute value", "sign(X) .* (1 ./ abs(X)) = 1 ./ X", where="no entry of X is 0"),
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

# Functions at the arguments where they are simple.
VALUES = (
    Identity("exp of log", "exp(log(X)) = X", where="X > 0"),
    Identity("log of exp", "log(exp(X)) = X", use="normal stable"),
    Identity("exp at 0", "exp(zeros(m, n)) = ones(m, n)"),
    Identity("log at 1", "log(ones(m, n)) = zeros(m, n)"),
    Identity("Kronecker product of identities", "kron(eye(m), eye(n)) = eye(m*n)"),
    Identity(
        "mixed product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(n, r); D: matrix(q, s) |- kron(A, B)*kron(C, D) = kron(A*C, B*D)",
    ),
    Identity(
        "contraction of a Kronecker product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(m, n) |- kron_right(A, kron(C, B)) = tr(A'*C)*B",
    ),
    Identity(
        "contraction of a Kronecker product",
        "A: matrix(m, n); B: matrix(p, q); C: matrix(p, q) |- kron_left(kron(A, C), B) = tr(B'*C)*A",
    ),
    Identity(
        "contraction of an outer product of vecs",
        "V: matrix(m, n); A: matrix(p, m); B: matrix(q, n) |- kron_right(V, vec(A)*vec(B)') = A*V*B'",
    ),
    Identity(
        "contraction of an outer product of vecs",
        "K: matrix(p, q); A: matrix(p, m); B: matrix(q, n) |- kron_left(vec(A)*vec(B)', K) = A'*K*B",
    ),
    Identity(
        "contraction of a scalar multiple",
        "A: matrix(m, n); X: matrix(m*p, n*q) |- kron_right(A, a*X) = a*kron_right(A, X)",
    ),
    Identity(
        "contraction of a scalar multiple",
        "B: matrix(p, q); X: matrix(m*p, n*q) |- kron_left(a*X, B) = a*kron_left(X, B)",
    ),
    *(
        Identity(
            "one equation for each column",
            f"B: matrix(m, m); C: matrix(m, n) |- unvec(inv({left} + kron(eye(n), B)){t}*vec(C), m, n)"
            f" = inv({right} + B){t}*C",
            where="the inverse exists",
        )
        for left, right in (("eye(m*n)", "eye(m)"), ("a*eye(m*n)", "a*eye(m)"))
        for t in ("", "'")
    ),
    Identity(
        "inverse of a Kronecker product",
        "A: matrix(m, m); B: matrix(n, n) |- inv(kron(A, B)) = kron(inv(A), inv(B))",
        where="A, B invertible",
    ),
    Identity("contraction of the identity", "A: matrix(m, m) |- kron_right(A, eye(m*n)) = tr(A)*eye(n)"),
    Identity("contraction of the identity", "B: matrix(n, n) |- kron_left(eye(m*n), B) = tr(B)*eye(m)"),
)

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

# Triangles, and what is linear besides: scalars and signs in front, triangles of triangles.
_LINEAR = ("tril", "triu", "half_tril", "copyltu", "circ", "circ_sums", "toeplitz", "toeplitz_sums", "cumsum")
TRIANGLES = (
    *(Identity("a scalar in front", f"{f}(a*X) = a*{f}(X)") for f in _LINEAR if f not in ("circ", "toeplitz")),
    *(Identity("a scalar in front", f"x: vector(n) |- {f}(a*x) = a*{f}(x)") for f in ("circ", "toeplitz")),
    *(Identity("a triangle twice", f"{f}({f}(X)) = {f}(X)") for f in ("tril", "triu")),
    Identity("transpose of a triangle", "tril(X') = triu(X)'"),
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
    Identity("sorted by its order", "sorting(x)*x = sort(x)"),
    Identity("an order is a permutation", "x: vector(n) |- sorting(x)*sorting(x)' = eye(n)"),
    Identity("an order is a permutation", "x: vector(n) |- sorting(x)'*sorting(x) = eye(n)"),
    Identity("sum of sorted entries", "sum(sort(x)) = sum(x)"),
)

# Cholesky, QR, polar and singular factors: what they are factors of.
_SYMMETRIC_PART = "(X + X')/2"
FACTORS = (
    Identity(
        "the Cholesky factor",
        f"chol(X)*chol(X)' = {_SYMMETRIC_PART}",
        sees_names=True,
        notable=True,
        use="normal prepare",
    ),
    Identity(
        "inverse by the Cholesky factor",
        f"inv(chol(X))'*inv(chol(X)) = inv({_SYMMETRIC_PART})",
        sees_names=True,
        notable=True,
    ),
    Identity(
        "a triangle with ones on the diagonal",
        "copyltu(chol(X)'*diag(1 ./ diag(chol(X)))) = eye(n)",
        sees_names=True,
        notable=True,
    ),
    Identity(
        "determinant by the Cholesky factor",
        f"logdet(chol(X)) = logdet({_SYMMETRIC_PART})/2",
        sees_names=True,
        notable=True,
    ),
    Identity("a Cholesky factor is a triangle", "tril(chol(X)) = chol(X)"),
    Identity(
        "determinant by the Cholesky factor",
        f"sum(log(diag(chol(X)))) = logdet({_SYMMETRIC_PART})/2",
        sees_names=True,
        notable=True,
    ),
    Identity("orthonormal eigenvectors", "eigvecs(X)'*eigvecs(X) = eye(n)"),
    Identity("orthonormal eigenvectors", "eigvecs(X)*eigvecs(X)' = eye(n)"),
    Identity("inverse of an orthogonal matrix", "inv(eigvecs(X)) = eigvecs(X)'"),
    Identity("eigenvectors", f"eigvecs(X)*diag(eigvals(X))*eigvecs(X)' = {_SYMMETRIC_PART}", notable=True),
    Identity(
        "inverse by the eigenvectors",
        f"eigvecs(X)*diag(1 ./ eigvals(X))*eigvecs(X)' = inv({_SYMMETRIC_PART})",
        notable=True,
    ),
    *(
        Identity(
            "function of a matrix by its eigenvectors",
            f"eigvecs(X)*diag({f}(eigvals(X)))*eigvecs(X)' = {f}m({_SYMMETRIC_PART})",
            notable=True,
        )
        for f in ("exp", "log", "sin", "cos", "sinh", "cosh", "sqrt")
    ),
    *(
        Identity(
            "power of a matrix by its eigenvectors",
            f"eigvecs(X)*diag(eigvals(X) .^ {k})*eigvecs(X)' = ({_SYMMETRIC_PART})^{k}",
            notable=True,
        )
        for k in (2, 3, 4)
    ),
    Identity(
        "function of a matrix by its eigenvectors",
        f"eigvecs(X)*diag(softmax(eigvals(X)))*eigvecs(X)' = expm({_SYMMETRIC_PART})/tr(expm({_SYMMETRIC_PART}))",
        notable=True,
    ),
    *(
        Identity("singular value decomposition", f"X: matrix(n, k) |- {left} = {right}", notable=True)
        for left, right in (
            ("svd_u(X)*diag(svdvals(X) .^ 3)*svd_v(X)'", "X*X'*X"),
            ("svd_u(X)*diag(svdvals(X) .^ 5)*svd_v(X)'", "X*X'*X*X'*X"),
            ("svd_u(X)*diag(svdvals(X) .^ 2)*svd_u(X)'", "X*X'"),
            ("svd_v(X)*diag(svdvals(X) .^ 2)*svd_v(X)'", "X'*X"),
        )
    ),
    Identity(
        "eigenvectors",
        f"x: vector(n) |- eigvecs(X)*(eigvals(X) .* (eigvecs(X)'*x)) = {_SYMMETRIC_PART}*x",
    ),
    Identity("sum of the eigenvalues", "sum(eigvals(X)) = tr(X)", notable=True),
    Identity("unit eigenvector", "eigvec_max(X)'*eigvec_max(X) = 1"),
    Identity("unit eigenvector", "eigvec_min(X)'*eigvec_min(X) = 1"),
    Identity("eigenvalues of a transpose", "eigvals(X') = eigvals(X)"),
    Identity("orthonormal columns", "qr_q(X)'*qr_q(X) = eye(k)"),
    Identity("QR", "X: matrix(n, k) |- qr_q(X)*qr_r(X) = X", notable=True),
    Identity("QR", "X: matrix(n, k) |- X*inv(qr_r(X)) = qr_q(X)", notable=True),
    Identity("QR", "X: matrix(n, k) |- qr_q(X)'*X = qr_r(X)", notable=True),
    Identity("QR", "X: matrix(n, k) |- qr_r(X)'*qr_r(X) = X'*X", notable=True),
    Identity("orthonormal columns", "svd_u(X)'*svd_u(X) = eye(k)"),
    Identity("orthonormal columns", "svd_v(X)'*svd_v(X) = eye(k)"),
    Identity("orthonormal columns", "svd_v(X)*svd_v(X)' = eye(k)"),
    Identity(
        "singular value decomposition", "X: matrix(n, k) |- svd_u(X)*diag(svdvals(X))*svd_v(X)' = X", notable=True
    ),
    Identity(
        "pseudoinverse by singular vectors",
        "X: matrix(n, k) |- svd_u(X)*diag(1 ./ svdvals(X))*svd_v(X)' = pinv(X)'",
        where="X of full rank",
        notable=True,
    ),
    Identity(
        "pseudoinverse by singular vectors",
        "X: matrix(n, k) |- svd_v(X)*diag(1 ./ svdvals(X))*svd_u(X)' = pinv(X)",
        where="X of full rank",
        notable=True,
    ),
    Identity("polar factor by singular vectors", "X: matrix(n, k) |- svd_u(X)*svd_v(X)' = polar(X)", notable=True),
    Identity("sum of the singular values", "X: matrix(n, k) |- sum(svdvals(X)) = norm_nuc(X)", notable=True),
    Identity("an orthogonal matrix", "X: matrix(n, n) |- polar(X)'*polar(X) = eye(n)"),
    Identity("an orthogonal matrix", "X: matrix(n, n) |- polar(X)*polar(X)' = eye(n)"),
    Identity("polar factor of a transpose", "polar(X') = polar(X)'"),
    Identity("norm of a transpose", "norm_nuc(X') = norm_nuc(X)"),
    Identity("norm of a transpose", "norm_spec(X') = norm_spec(X)"),
)

# Functions of a matrix: of its transpose, of its inverse, and beside what commutes with it.
_SLOPES = {
    "expm": "expm(X)",
    "logm": "inv(X)",
    "sinm": "cosm(X)",
    "cosm": "-sinm(X)",
    "sinhm": "coshm(X)",
    "coshm": "sinhm(X)",
}
MATRIX_FUNCTIONS = (
    *(
        Identity("function of a transpose", f"{f}({left}X') = {f}({left}X)'")
        for f in ("expm", "logm", "sqrtm", "sinm", "cosm", "sinhm", "coshm")
        for left in ("", "a*")
    ),
    *(
        Identity("scalar in front", f"E: matrix(n, n) |- frechet_{f}(X, a*E) = a*frechet_{f}(X, E)")
        for f in ("expm", "logm", "sinm", "cosm", "sinhm", "coshm")
    ),
    *(
        Identity(
            "Fréchet derivative along what commutes",
            f"X: matrix(n, n); E: matrix(n, n) |- frechet_{f}(X, E) = {of}*E",
            commute=("X", "E"),
            notable=True,
        )
        for f, of in _SLOPES.items()
    ),
    Identity("power of a transpose", "X: matrix(n, n); p: scalar |- mpower(X', p) = mpower(X, p)'"),
    Identity(
        "power along what commutes",
        "X: matrix(n, n); E: matrix(n, n); p: scalar |- frechet_power(X, E, p) = p*mpower(X, p - 1)*E",
        commute=("X", "E"),
        notable=True,
    ),
    Identity("scalar in front", "E: matrix(n, n); p: scalar |- frechet_power(X, a*E, p) = a*frechet_power(X, E, p)"),
    Identity(
        "Fréchet derivative along what commutes",
        "E: matrix(n, n); X: matrix(n, n) |- tr(frechet_expm(a*X', E)'*X) = tr(E'*X*expm(a*X))",
        notable=True,
    ),
    *(
        Identity(
            "Fréchet derivative in a trace with what commutes", f"{declared} |- tr({left}) = tr({right})", notable=True
        )
        for declared in ("X: matrix(n, n); E: matrix(n, n)",)
        for sign in ("", "-")
        for left, right in (
            (f"X*frechet_expm({sign}a*X, E)", f"E*X*expm({sign}a*X)"),
            (f"frechet_expm({sign}a*X, E)*X", f"E*X*expm({sign}a*X)"),
        )
    ),
    Identity("logarithm of an exponential", "logm(expm(X)) = X", where="the eigenvalues of X real"),
    Identity("exponential of a logarithm", "expm(logm(X)) = X"),
    Identity("square of a root", "sqrtm(X)^2 = X"),
    *(
        Identity("a function of a matrix commutes with it", f"X: matrix(n, n) |- {f}*{power} = {power}*{f}")
        for f in ("expm(X)", "expm(a*X)", "logm(X)", "sqrtm(X)", "sinm(X)", "cosm(X)")
        for power in ("X", "X^2", "X^3")
    ),
    Identity("inverse of an exponential", "inv(expm(X)) = expm(-X)"),
    *(
        Identity("powers of a matrix", f"X: matrix(n, n) |- {left} = {right}")
        for left, right in (
            ("inv(X)*expm(a*logm(X))", "expm((a - 1)*logm(X))"),
            ("expm(a*logm(X))*inv(X)", "expm((a - 1)*logm(X))"),
            ("X*expm(a*logm(X))", "expm((a + 1)*logm(X))"),
            ("expm(a*logm(X))*X", "expm((a + 1)*logm(X))"),
        )
    ),
    Identity("determinant of an exponential", "logdet(expm(X)) = tr(X)", notable=True),
    Identity("determinant of a root", "logdet(sqrtm(X)) = logdet(X)/2", notable=True),
    Identity("trace of a logarithm", "tr(logm(X)) = logdet(X)", notable=True),
    Identity(
        "Sylvester's equation of what commutes",
        "C: matrix(n, n) |- sylvester(A, A, C) = inv(A)*C/2",
        commute=("A", "C"),
        notable=True,
    ),
    Identity("Lyapunov's equation", "unvec(inv(eye(n*n) - kron(A, A))*vec(C), n, n) = dlyap(A, C)"),
    Identity("Lyapunov's equation", "unvec(inv(eye(n*n) - kron(A, A))'*vec(C), n, n) = dlyap(A', C)"),
    Identity("Lyapunov's equation", "unvec(inv(kron(eye(n), A) + kron(A, eye(n)))*vec(C), n, n) = lyap(A, C)"),
    Identity("Lyapunov's equation", "unvec(inv(kron(eye(n), A) + kron(A, eye(n)))'*vec(C), n, n) = lyap(A', C)"),
    Identity(
        "Sylvester's equation",
        "A: matrix(m, m); B: matrix(n, n); C: matrix(m, n)"
        " |- unvec(inv(kron(eye(n), A) + kron(B, eye(m)))*vec(C), m, n) = sylvester(A, B', C)",
    ),
    Identity(
        "Sylvester's equation",
        "A: matrix(m, m); B: matrix(n, n); C: matrix(m, n)"
        " |- unvec(inv(kron(eye(n), A) + kron(B, eye(m)))'*vec(C), m, n) = sylvester(A', B, C)",
    ),
    Identity("a scalar in front", "x: vector(m*n) |- unvec(a*x, m, n) = a*unvec(x, m, n)"),
    Identity("Sylvester's equation solved", "X: matrix(m, n) |- sylvester(A, B, A*X + X*B) = X", notable=True),
    Identity("Lyapunov's equation solved", "lyap(A, A + A') = eye(n)", notable=True),
    Identity("Lyapunov's equation solved", "X: matrix(n, n) |- lyap(A, A*X + X*A') = X", notable=True),
    Identity("Lyapunov's equation solved", "X: matrix(n, n) |- dlyap(A, X - A*X*A') = X", notable=True),
    *(
        Identity(
            "Lyapunov's equation of what commutes",
            f"S: symmetric(n); C: matrix(n, n) |- {left} = {right}",
            commute=("S", "C"),
            shown=True,
            notable=True,
        )
        for left, right in (("lyap(S, C)", "inv(S)*C/2"), ("dlyap(S, C)", "inv(eye(n) - S^2)*C"))
    ),
    Identity("scalar in front", "C: matrix(m, n) |- sylvester(A, B, a*C) = a*sylvester(A, B, C)"),
    Identity("scalar in front", "C: matrix(n, n) |- lyap(A, a*C) = a*lyap(A, C)"),
    Identity("scalar in front", "C: matrix(n, n) |- dlyap(A, a*C) = a*dlyap(A, C)"),
    Identity("transpose of Sylvester's equation", "sylvester(A', B', C') = sylvester(B, A, C)'"),
    Identity("transpose of Lyapunov's equation", "C: matrix(n, n) |- lyap(A, C') = lyap(A, C)'"),
    Identity("transpose of Lyapunov's equation", "C: matrix(n, n) |- dlyap(A, C') = dlyap(A, C)'"),
)

_BY_CHOLESKY = (
    ("determinant by the Cholesky factor", "K0 |- sum(log(diag(chol(K)))) = logdet(K1)/2"),
    ("determinant by the Cholesky factor", "K0 |- logdet(chol(K)) = logdet(K1)/2"),
    ("inverse by the Cholesky factor", "K0; Y: matrix(n, m) |- norm2(inv(chol(K))*Y)^2 = tr(Y'*inv(K1)*Y)"),
    ("inverse by the Cholesky factor", "K0; y: vector(n) |- (inv(chol(K))*y)'*(inv(chol(K))*y) = y'*inv(K1)*y"),
)
"""Laws of the factor of K, where K1 is K made symmetric."""

# Rewritten once, before the differential is taken, as a visible step.
PREPARATIONS = (
    *(
        Identity(
            "function of the singular values",
            f"X: matrix(n, k); a: scalar |- {left} = {right}",
            notable=True,
            source="the squares of the singular values are the eigenvalues of X'*X",
            use="prepare",
        )
        for left, right in (
            *(
                (f"sum({log})", f"logdet({shift}eye(k) + X'*X)")
                for one, shift in (("1", ""), ("a", "a*"))
                for log in (f"log({one} + svdvals(X) .^ 2)", f"log(svdvals(X) .^ 2 + {one})")
            ),
            ("sum(svdvals(X) .^ 4)", "tr((X'*X)^2)"),
            ("sum(svdvals(X) .^ 6)", "tr((X'*X)^3)"),
            *(
                (f"sum(svdvals(X) .^ 2 ./ ({sum_}))", f"tr(inv({shift}eye(k) + X'*X)*X'*X)")
                for one, shift in (("1", ""), ("a", "a*"))
                for sum_ in (f"{one} + svdvals(X) .^ 2", f"svdvals(X) .^ 2 + {one}")
            ),
        )
    ),
    *(
        Identity(
            "determinant by the triangular factor",
            f"X: matrix(n, k) |- {left} = logdet(X'*X)/2",
            sees_names=True,
            notable=True,
            source="X'*X = qr_r(X)'*qr_r(X)",
            use="prepare",
        )
        for left in ("sum(log(abs(diag(qr_r(X)))))", "logdet(qr_r(X))")
    ),
    *(
        Identity(
            name,
            equation.replace("K0", declared).replace("K1", part).replace("K", letter),
            shown=letter == "S",
            sees_names=True,
            notable=True,
            source="K = chol(K)*chol(K)'",
            use="prepare",
        )
        for name, equation in _BY_CHOLESKY
        for letter, declared, part in (("S", "S: symmetric(n)", "S"), ("X", "X: matrix(n, n)", _SYMMETRIC_PART))
    ),
    *(
        Identity("determinant of a power", f"det(X^{k}) = det(X)^{k}", source="Matrix Cookbook (23)", use="prepare")
        for k in range(2, 6)
    ),
    *(
        Identity(
            "determinant of a power", f"logdet(X^{k}) = {k}*logdet(X)", source="Matrix Cookbook (23)", use="prepare"
        )
        for k in range(2, 4)
    ),
    Identity(
        "determinant of a product",
        "A: matrix(n, n); B: matrix(n, n) |- logdet(A*B) = logdet(A) + logdet(B)",
        source="Matrix Cookbook (21)",
        use="prepare",
    ),
    Identity(
        "trace of a function by its eigenvalues",
        "y: vector(n) |- tr(eigvecs(X)*diag(y)*eigvecs(X)') = sum(y)",
        notable=True,
        source="eigvecs(X)'*eigvecs(X) = eye(n)",
        use="prepare",
    ),
    Identity(
        "determinant of a diagonal matrix",
        "x: vector(n) |- logdet(diag(x)) = sum(log(abs(x)))",
        source="the product of the diagonal",
        use="prepare",
    ),
    Identity(
        "inverse of a sum with an inverse",
        "X: matrix(n, n) |- inv(eye(n) + inv(X)) = eye(n) - inv(eye(n) + X)",
        where="X invertible",
        source="inv(eye(n) + inv(X))*inv(X) = inv(eye(n) + X)",
        use="prepare",
    ),
    Identity(
        "square of the Euclidean norm",
        "norm2(X)^2 = tr(X'*X)",
        notable=True,
        source="the definition of the Euclidean (Frobenius) norm",
        use="prepare",
    ),
    *(
        Identity(
            "log of a picked entry",
            f"Y: {kind}(n, k) |- log((X .* Y)*ones(k)) = (Y .* log(X))*ones(k)",
            sees_names=True,
            notable=True,
            source="a one-hot row picks one entry",
            use="prepare",
        )
        for kind in ("onehot", "labels")
    ),
    Identity(
        "exp over its row sums is softmax",
        "exp(X) ./ rowsum(exp(X)) = softmax(X)",
        sees_names=True,
        notable=True,
        source="the definition of softmax",
        use="prepare",
    ),
    Identity(
        "log of softmax",
        "log(softmax(X)) = log_softmax(X)",
        sees_names=True,
        notable=True,
        source="the definition of log-softmax",
        use="prepare stable",
    ),
)


def _stable(name: str, equation: str) -> Identity:
    return Identity(name, equation, sees_names=True, use="stable")


# What overflows or cancels as what does not: for code only, since the left sides are what people write.
STABLE = (
    # of scalars first, where 1 + x is no broadcast
    _stable("softplus", "log(exp(a) + 1) = softplus(a)"),
    _stable("softplus", "log(1 + exp(a)) = softplus(a)"),
    _stable("softplus", "log(exp(a) + exp(b)) = a + softplus(b - a)"),
    _stable("sigmoid", "exp(a)*(1/(exp(a) + exp(b))) = sigmoid(a - b)"),
    _stable("sigmoid", "1/(exp(a) + 1) = sigmoid(-a)"),
    _stable("log of sigmoid", "log(1 - sigmoid(a)) = -softplus(a)"),
    _stable("log1p", "log(1 + a) = log1p(a)"),
    _stable("log1p", "log(a + 1) = log1p(a)"),
    _stable("expm1", "exp(a) - 1 = expm1(a)"),
    # logarithms of sums of exponentials
    _stable("log-sum-exp", "log(exp(X)*ones(n)) = logsumexp(X)"),
    _stable("log-sum-exp", "log(ones(1, m)*exp(X)) = logsumexp(X')'"),
    _stable("log-sum-exp", "x: vector(n) |- log(sum(exp(x))) = logsumexp(x)"),
    _stable("log-sum-exp", "log(sum(exp(X))) = logsumexp(vec(X))"),
    # softmax
    _stable("softmax", "exp(X) .* (1 ./ (exp(X)*ones(n)*ones(1, n))) = softmax(X)"),
    _stable("softmax", "exp(X) .* ((1 ./ (exp(X)*ones(n, n)))) = softmax(X)"),
    _stable("softmax", "exp(X) .* (ones(m)*(1 ./ (ones(1, m)*exp(X)))) = softmax(X')'"),
    _stable("softmax", "diag(1 ./ (exp(X)*ones(n)))*exp(X) = softmax(X)"),
    _stable("softmax", "inv(diag(exp(X)*ones(n)))*exp(X) = softmax(X)"),
    _stable("softmax", "x: vector(n) |- (1/sum(exp(x)))*(A*exp(x)) = A*softmax(x)"),
    _stable("softmax", "x: row(n) |- (1/sum(exp(x)))*exp(x) = softmax(x)"),
    _stable("softmax", "(1/sum(exp(X)))*exp(X) = exp(X - logsumexp(vec(X)))"),
    _stable("log of softmax", "log(diag(softmax(X))) = diag(log_softmax(X))"),
    _stable("log of softmax", "x: vector(n) |- log(softmax(x)) = log_softmax(x)"),
    _stable("log of softmax", "log(softmax(X)') = log_softmax(X)'"),
    # the logarithm of what stands at the label
    _stable("log at the label", "Y: labels(n, k) |- log((P .* Y)*ones(k)) = (log(P) .* Y)*ones(k)"),
    _stable("log of a quotient", "log(exp(X) .* Y) = X + log(Y)"),
    _stable(
        "log of a quotient",
        "X: vector(m); Z: matrix(m, n) |- log(X .* (1 ./ (exp(Z)*ones(n)))) = log(X) - logsumexp(Z)",
    ),
    _stable("log of a quotient", "log(1 ./ Y) = -log(Y)"),
    # logistic functions
    _stable("softplus", "log(exp(X) + 1) = softplus(X)"),
    _stable("softplus", "log(1 + exp(X)) = softplus(X)"),
    _stable("softplus", "log1p(exp(X)) = softplus(X)"),
    _stable("sigmoid", "1 ./ (exp(X) + 1) = sigmoid(-X)"),
    _stable("sigmoid", "exp(X) .* (1 ./ (exp(X) + exp(Y))) = sigmoid(X - Y)"),
    _stable("softplus", "log(exp(X) + exp(Y)) = X + softplus(Y - X)"),
    _stable("sigmoid", "1/2*(1 + tanh(X)) = sigmoid(2*X)"),
    _stable("sigmoid", "1/2*(tanh(X) + 1) = sigmoid(2*X)"),
    _stable("log of sigmoid", "log(sigmoid(X)) = -softplus(-X)"),
    _stable("log of sigmoid", "log(1 - sigmoid(X)) = -softplus(X)"),
    # hyperbolic functions, and what is linear on one side
    _stable("log of a hyperbolic secant", "log(1 - tanh(X) .^ 2) = -2*log(cosh(X))"),
    _stable("log of cosh", "log(cosh(X)) = softplus(2*X) - X - log(2)"),
    _stable("tanh", "(exp(X) - exp(Y)) ./ (exp(X) + exp(Y)) = tanh((X - Y)/2)"),
    _stable("exponential below 0", "min(0, expm1(X)) = expm1(min(0, X))"),
    _stable("exponential below 0", "min(expm1(X), 0) = expm1(min(X, 0))"),
    # small arguments
    _stable("log1p", "log(1 + X) = log1p(X)"),
    _stable("log1p", "log(X + 1) = log1p(X)"),
    _stable("expm1", "exp(X) - 1 = expm1(X)"),
    # determinants and norms
    _stable("log of an absolute determinant", "log(abs(det(X))) = logdet(X)"),
    _stable("Euclidean norm", "sqrt(tr(X'*X)) = norm2(X)"),
    _stable("Euclidean norm", "sqrt(x'*x) = norm2(x)"),
    _stable("Euclidean norm", "sqrt(sum(X .^ 2)) = norm2(X)"),
    _stable("Euclidean norm", "sqrt(sum(X .* X)) = norm2(X)"),
    _stable("Euclidean norm", "(x'*x)^(1/2) = norm2(x)"),
    _stable("Euclidean norm", "tr(X'*X)^(1/2) = norm2(X)"),
    _stable("Euclidean norm", "sum(X .^ 2)^(1/2) = norm2(X)"),
    _stable("Euclidean norm", "sum(X .* X)^(1/2) = norm2(X)"),
    _stable("square of the Euclidean norm", "norm2(X)^2 = sum(X .^ 2)"),
)

LAWS = (
    *TRANSPOSES,
    *KRONECKER,
    *CANCELLATIONS,
    *SCALARS,
    *SOFTMAX,
    *LOGISTIC,
    *SIGNS,
    *BROADCASTS,
    *VALUES,
    *TRIANGLES,
    *FACTORS,
    *MATRIX_FUNCTIONS,
    *PREPARATIONS,
    *STABLE,
)
"""All equations there are."""


def laws(use: str) -> tuple[Identity, ...]:
    """The equations that are used there, in the order in which they are tried."""
    return tuple(law for law in LAWS if use in law.use.split())


IDENTITIES = laws("normal")
