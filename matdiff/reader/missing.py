"""Functions that people look for and that are not supported, by the names they have in the libraries."""

from __future__ import annotations

_KINDS = {
    "functions of a matrix as a whole are not supported": (
        "expm matrix_exp expm_multiply logm sqrtm funm matfun cosm sinm tanm coshm sinhm tanhm signm"
        " fractional_matrix_power expm_frechet"
    ),
    "eigenvalues are not supported": (
        "eig eigs eigh eigsh eigvals eigvalsh eigvecs eigmax eigmin lambda_max lambda_min maxeig mineig spectral_radius"
        " schur"
    ),
    "singular values are not supported": "svd svds svdvals sigma_max sigma_min norm_nuc nuclear_norm norm_spec polar",
    "the Cholesky factor is not supported; log det X is logdet": "chol cholesky cho_factor cho_solve",
    "factorisations are not supported": "qr lu lu_factor ldl hessenberg qz",
    "matrix equations such as Sylvester's and Lyapunov's are not supported": (
        "solve_sylvester sylvester lyap solve_lyapunov solve_continuous_lyapunov solve_discrete_lyapunov"
        " solve_continuous_are solve_discrete_are"
    ),
    "covariances are not supported": "cov corrcoef",
    "it has no derivative": "rank matrix_rank null_space orth",
}

MISSING = {name: words for words, names in _KINDS.items() for name in names.split()}
"""Why each is refused. None of them is a misspelt name of something else."""
