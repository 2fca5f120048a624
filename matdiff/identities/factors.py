"""Cholesky, QR, polar and singular factors."""

from matdiff.identities.identity import Identity

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
    *(
        Identity("inverse by the Cholesky factor", f"S: symmetric(n) |- {equation}", sees_names=True, notable=True)
        for equation in ("chol(S)'*inv(S) = inv(chol(S))", "inv(S)*chol(S) = inv(chol(S))'")
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
    *(
        Identity("a Cholesky factor is a triangle", equation, sees_names=True, use="normal prepare")
        for equation in ("tril(chol(X)) = chol(X)", "triu(chol(X)') = chol(X)'")
    ),
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
