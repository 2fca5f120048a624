"""Functions that people look for and that are not supported, by the names they have in the libraries."""

from __future__ import annotations

from matdiff.operators import OUTPUTS

_KINDS = {
    "functions of a matrix are expm, logm, sqrtm, sinm, cosm, sinhm, coshm": (
        "expm_multiply funm tanm tanhm signm fractional_matrix_power"
    ),
    "of complex matrices conj(Z), re(Z) and Z^H are known": "im imag angle",
    "its size, n(n + 1)/2, is none that is known here: write tril(X), or take structured=True": (
        "vech unvech duplication elimination"
    ),
    "eigenvalues are those of a symmetric matrix, eigvals, eigvecs, eigmax, eigmin, or l, Q = eigh(S)": (
        "eig eigs spectral_radius schur"
    ),
    "its value jumps, or is no smooth function; svdvals gives the singular values": "cond",
    "the factors that are known are chol, qr_q, qr_r, svd_u, svd_v, polar": "lu lu_factor ldl hessenberg qz",
    "write the equation, as in P: solves A'*P + P*A - P*B*P + Q = 0": "solve_continuous_are solve_discrete_are",
    "covariances are not supported": "cov corrcoef",
    "it has no derivative": "rank matrix_rank null_space orth",
}

_SEVERAL = {
    name: f"it is one of several values: write {', '.join(entry.names)} = {of}(X)"
    for of, entry in OUTPUTS.items()
    for name in (of, *entry.also)
}
MISSING = {name: words for words, names in _KINDS.items() for name in names.split()} | _SEVERAL
"""Why each is refused. None of them is a misspelt name of something else."""

CALLED = {
    "kappa": "a condition number is no smooth function everywhere: write it with eigmax and eigmin, or norm_spec",
    "lambda_": "which eigenvalue is the first is a matter of convention: there are eigmax(S), eigmin(S) and eigvals(S)",
    "sigma_": "single singular values are norm_spec(X), the largest, and the entries of s = svdvals(X)",
}
"""What Greek letters with a bracket behind them often mean; with an underscore, those that have an index."""

ELSEWHERE = {
    **dict.fromkeys(("determinant", "Det"), "write det(X)"),
    **dict.fromkeys(("inverse", "inverted"), "write inv(X)"),
    **dict.fromkeys(("frobenius", "fro", "frob"), "write norm2(X)"),
    **dict.fromkeys(("argmax", "argmin", "median"), "it has no derivative"),
    **MISSING,
    **dict.fromkeys(("grad", "gradient", "diff", "jacobian", "hessian", "jac"), "derivatives are what matdiff derives"),
    "cumprod": "not supported; of positive entries it is exp(cumsum(log(x)))",
    **dict.fromkeys(("var", "variance"), "write mean((x - mean(x)).^2)"),
    **dict.fromkeys(("std", "stddev"), "write sqrt(mean((x - mean(x)).^2))"),
    **dict.fromkeys(("mse", "mse_loss"), "write mean((y - t).^2)"),
    **dict.fromkeys(("cross_entropy", "crossentropy"), "write -sum(y .* log_softmax(z)) with y one-hot"),
    **dict.fromkeys(("reshape",), "write vec(X) or unvec(x, m, n)"),
    **dict.fromkeys(("concat", "concatenate", "hstack", "vstack", "stack", "cat"), "blocks are not supported"),
    **dict.fromkeys(("pow", "power"), "write x^a, or x .^ a entry by entry"),
    **dict.fromkeys(("matmul", "mul", "times", "multiply"), "write A*B, or A .* B entry by entry"),
    **dict.fromkeys(("where", "iff", "ifelse"), "write a mask, as in 1(x > 0) .* a + 1(x <= 0) .* b"),
    **dict.fromkeys(("eval", "exec", "print", "open", "getattr"), "nothing is executed here"),
}
"""Functions that people look for, with what they are here."""
