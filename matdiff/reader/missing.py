"""Functions that people look for and that are not supported, by the names they have in the libraries."""

from __future__ import annotations

_KINDS = {
    "functions of a matrix are expm, logm, sqrtm, sinm, cosm, sinhm, coshm": (
        "expm_multiply funm tanm tanhm signm fractional_matrix_power"
    ),
    "complex matrices are not supported: write the real and the imaginary part as two matrices": (
        "conj conjugate re im real imag"
    ),
    "its size, n(n + 1)/2, is none that is known here: write tril(X), or take structured=True": (
        "vech unvech duplication elimination"
    ),
    "eigenvalues are those of a symmetric matrix, eigvals, eigvecs, eigmax, eigmin, or l, Q = eigh(S)": (
        "eig eigs spectral_radius schur"
    ),
    "its value jumps, or is no smooth function; svdvals gives the singular values": "cond",
    "the factors that are known are chol, qr_q, qr_r, svd_u, svd_v, polar": "lu lu_factor ldl hessenberg qz",
    "write the equation, as in P: solves A'*P + P*A - P*B*P + Q = 0": "solve_continuous_are solve_discrete_are",
    "it is one of several values: write U, s, V = svd(X)": "svd svds",
    "it is one of several values: write l, Q = eigh(S)": "eigh eigsh",
    "it is one of several values: write Q, R = qr(X)": "qr",
    "covariances are not supported": "cov corrcoef",
    "it has no derivative": "rank matrix_rank null_space orth",
}

MISSING = {name: words for words, names in _KINDS.items() for name in names.split()}
"""Why each is refused. None of them is a misspelt name of something else."""
