"""Factors and spectra: Cholesky, eigenvalues and eigenvectors, singular values, QR, the polar factor.

Of a function of a symmetric matrix the symmetric part of the argument is read, as NumPy's and JAX's relatives do: it
is a function of any matrix so, with a symmetric gradient.
"""

from matdiff.operators.row import Row, Several

SYMMETRIC = frozenset({"symmetric"})
DEFINITE = frozenset({"symmetric", "definite"})
TALL = frozenset({"tall"})

_MAGNUS = "Magnus 1985"
_GILES = "Giles 2008, sec. 3"
_SIMPLE = "{X} symmetric, its eigenvalues different"
_FULL = "{X} of full rank"
_THIN = "{X} of full rank, with at least as many rows as columns"
_DISTINCT = "the singular values of {X} different and not 0, {X} with at least as many rows as columns"


def _said(name: str) -> str:
    return f"{name} is that of the symmetric part, so its gradient is symmetric"


def _gaps(values: str) -> str:
    """1/(v_j - v_i) off the diagonal."""
    return f"((1 - eye(n)) ./ (ones(n)*{values}' - {values}*ones(1, n) + eye(n)))"


_W = "(qr_q(X)'*dX*inv(qr_r(X)))"
_P = "(svd_u(X)'*dX*svd_v(X))"
_SQUARES = "(svdvals(X) .^ 2)"
_S = "diag(svdvals(X))"


def _extreme(which: str, word: str) -> tuple[Row, Row]:
    vector, value = f"eigvec_{which}(X)", f"eig{which}(X)"
    where = f"{{X}} symmetric, its {word}est eigenvalue simple"
    shifted = f"{value}*eye(n) - (X + X')/2 + {vector}*{vector}'"
    moved = f"(dX + dX')*{vector}/2"
    return (
        Row(
            f"eig{which}",
            "X: n×n -> 1×1",
            d=(f"{vector}'*dX*{vector}",),
            numpy=f"eigenvalues({{X}})[{'-1' if which == 'max' else '0'}, 0]",
            call=f"eig{which}",
            spectral=True,
            note=_said(f"eig{which}"),
            rule=f"differential of the {word}est eigenvalue",
            domain=SYMMETRIC,
            where=where,
            source=_MAGNUS,
        ),
        Row(
            f"eigvec_{which}",
            "X: n×n -> n×1",
            d=(f"inv({shifted})*({moved} - {vector}*({vector}'*dX*{vector}))",),
            numpy=f"eigenvectors({{X}})[:, {'-1:' if which == 'max' else ':1'}]",
            call=f"eigvec_{which}",
            spectral=True,
            note=f"eigvec_{which} has length 1, and either sign",
            rule=f"differential of the eigenvector of the {word}est eigenvalue",
            domain=SYMMETRIC,
            where=where,
            source=_MAGNUS,
        ),
    )


FACTORS = (
    Row(
        "chol",
        "X: n×n -> n×n",
        d=("chol(X)*half_tril(inv(chol(X))*(dX + dX')*inv(chol(X))')/2",),
        pullback=("inv(chol(X))'*copyltu(chol(X)'*G)*inv(chol(X))/2",),
        numpy="cholesky({X})",
        call="chol",
        latex=r"\operatorname{chol}",
        domain=DEFINITE,
        where="{X} symmetric positive definite",
        note=_said("chol"),
        rule="differential of the Cholesky factor",
        source="Murray 2016, eq. (8) and (9)",
    ),
    Several(
        "eigh",
        ("l", "Q"),
        Row(
            "eigvals",
            "X: n×n -> n×1",
            d=("diag(eigvecs(X)'*dX*eigvecs(X))",),
            numpy="eigenvalues({X})",
            also=("linalg.eigvalsh",),
            ends=("eigmin", "eigmax"),
            call="eigvals",
            spectral=True,
            domain=SYMMETRIC,
            where=_SIMPLE,
            note=_said("eigvals"),
            rule="differential of the eigenvalues",
            source=_MAGNUS,
        ),
        Row(
            "eigvecs",
            "X: n×n -> n×n",
            d=(f"eigvecs(X)*({_gaps('eigvals(X)')} .* (eigvecs(X)'*(dX + dX')*eigvecs(X)))/2",),
            numpy="eigenvectors({X})",
            call="eigvecs",
            orthogonal=True,
            ends=("eigvec_min", "eigvec_max"),
            spectral=True,
            latex=r"\operatorname{eigvecs}",
            domain=SYMMETRIC,
            where=_SIMPLE,
            note="the columns of eigvecs have length 1, and either sign",
            rule="differential of the eigenvectors",
            source=f"{_MAGNUS}; {_GILES}",
        ),
        also=("eigsh",),
    ),
    *_extreme("max", "larg"),
    *_extreme("min", "small"),
    Several(
        "svd",
        ("U", "s", "V"),
        Row(
            "svd_u",
            "X: n×k -> n×k",
            d=(
                f"svd_u(X)*({_gaps(_SQUARES).replace('(n', '(k').replace('1, n', '1, k')} .* ({_P}*{_S} + {_S}*{_P}'))"
                f" + (dX - svd_u(X)*svd_u(X)'*dX)*svd_v(X)*diag(1 ./ svdvals(X))",
            ),
            numpy="singular_vectors({X})[0]",
            call="svd_u",
            spectral=True,
            domain=TALL,
            where=_DISTINCT,
            note="the columns of svd_u and svd_v have length 1, and either sign in common",
            rule="differential of the left singular vectors",
            source=_GILES,
        ),
        Row(
            "svdvals",
            "X: n×k -> k×1",
            d=(f"diag({_P})",),
            numpy="np.linalg.svd({X}, compute_uv=False)[:, None]",
            also=("linalg.svdvals",),
            ends=("norm_spec", ""),
            torch="torch.linalg.svdvals({X})[:, None]",
            call="svdvals",
            spectral=True,
            nonnegative=True,
            domain=TALL,
            where=_DISTINCT,
            rule="differential of the singular values",
            source=_GILES,
        ),
        Row(
            "svd_v",
            "X: n×k -> k×k",
            d=(
                f"svd_v(X)*({_gaps(_SQUARES).replace('(n', '(k').replace('1, n', '1, k')} .* ({_S}*{_P} + {_P}'*{_S}))",
            ),
            numpy="singular_vectors({X})[1]",
            call="svd_v",
            orthogonal=True,
            spectral=True,
            domain=TALL,
            where=_DISTINCT,
            note="the columns of svd_u and svd_v have length 1, and either sign in common",
            rule="differential of the right singular vectors",
            source=_GILES,
        ),
        also=("svds",),
    ),
    Row(
        "norm_nuc",
        "X: m×n -> 1×1",
        d=("tr(polar(X)'*dX)",),
        numpy="np.sum(np.linalg.svd({X}, compute_uv=False))",
        torch="torch.sum(torch.linalg.svdvals({X}))",
        call="norm_nuc",
        spectral=True,
        latex=r"\lVert {X} \rVert_{*}",
        nonnegative=True,
        where=_FULL,
        rule="differential of the nuclear norm",
        source="Watson 1992",
    ),
    Row(
        "norm_spec",
        "X: m×n -> 1×1",
        d=("(X*eigvec_max(X'*X))'*dX*eigvec_max(X'*X)/norm_spec(X)",),
        numpy="np.linalg.svd({X}, compute_uv=False)[0]",
        torch="torch.linalg.svdvals({X})[0]",
        call="norm_spec",
        spectral=True,
        nonnegative=True,
        where="the largest singular value of {X} simple",
        rule="differential of the spectral norm",
        source=_GILES,
    ),
    Row(
        "polar",
        "X: m×n -> m×n",
        d=(
            "polar(X)*lyap(polar(X)'*X + eye(n) - polar(X)'*polar(X),"
            " polar(X)'*dX*polar(X)'*polar(X) - polar(X)'*polar(X)*dX'*polar(X))"
            " + (eye(m) - polar(X)*polar(X)')*dX*pinv(X)*polar(X)"
            " + polar(X)*pinv(X)*dX*(eye(n) - polar(X)'*polar(X))",
        ),
        numpy="polar({X})",
        call="polar",
        spectral=True,
        latex=r"\operatorname{polar}",
        where=_FULL,
        rule="differential of the polar factor",
        source="the differential of X = P*H with P'*P = eye(n) and H symmetric",
    ),
    Several(
        "qr",
        ("Q", "R"),
        Row(
            "qr_q",
            "X: n×k -> n×k",
            d=(f"qr_q(X)*(half_tril({_W}) - half_tril({_W})') + (eye(n) - qr_q(X)*qr_q(X)')*dX*inv(qr_r(X))",),
            numpy="np.linalg.qr({X})[0]",
            call="qr_q",
            spectral=True,
            domain=TALL,
            where=_THIN,
            note="the rows of qr_r and the columns of qr_q have either sign in common",
            rule="differential of the orthogonal factor",
            source="Walter & Lehmann 2010",
        ),
        Row(
            "qr_r",
            "X: n×k -> k×k",
            d=(f"({_W} - half_tril({_W}) + half_tril({_W})')*qr_r(X)",),
            numpy="np.linalg.qr({X})[1]",
            call="qr_r",
            spectral=True,
            domain=TALL,
            where=_THIN,
            note="the rows of qr_r and the columns of qr_q have either sign in common",
            rule="differential of the triangular factor",
            source="Walter & Lehmann 2010",
        ),
    ),
)
