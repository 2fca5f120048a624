"""What is rewritten once, before a differential is taken."""

from matdiff.identities.identity import Identity

_BY_CHOLESKY = (
    ("determinant by the Cholesky factor", "K0 |- sum(log(diag(chol(K)))) = logdet(K1)/2"),
    ("determinant by the Cholesky factor", "K0 |- logdet(chol(K)) = logdet(K1)/2"),
    ("inverse by the Cholesky factor", "K0; Y: matrix(n, m) |- norm2(inv(chol(K))*Y)^2 = tr(Y'*inv(K1)*Y)"),
    ("inverse by the Cholesky factor", "K0; y: vector(n) |- (inv(chol(K))*y)'*(inv(chol(K))*y) = y'*inv(K1)*y"),
)
"""Laws of the factor of K, where K1 is K made symmetric."""

# Rewritten once, before the differential is taken, as a visible step.
PREPARATIONS = (
    Identity(
        "power of a norm",
        "x: vector(n); a: scalar |- norm(x, a)^a = sum(abs(x) .^ a)",
        source="the definition of the norm",
        use="prepare",
    ),
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
        for letter, declared, part in (("S", "S: symmetric(n)", "S"), ("X", "X: matrix(n, n)", "(X + X')/2"))
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
