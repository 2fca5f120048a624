"""Functions of a square matrix as a whole, and matrix equations."""

from matdiff.operators.row import Row

_HIGHAM = "Higham 2008"
_EVERYWHERE: frozenset[str] = frozenset()
_WHOLE = frozenset({"whole"})
_NO_CUT = frozenset({"positive"})
_CUT = "no eigenvalue of {X} on the closed negative real axis"

OF_MATRICES = {
    # name: of a number, its derivative as a function of the matrix, domain, condition
    "expm": ("exp", "expm(X)", _EVERYWHERE, ""),
    "logm": ("log", "inv(X)", _NO_CUT, _CUT),
    "sinm": ("sin", "cosm(X)", _EVERYWHERE, ""),
    "cosm": ("cos", "-sinm(X)", _EVERYWHERE, ""),
    "sinhm": ("sinh", "coshm(X)", _EVERYWHERE, ""),
    "coshm": ("cosh", "sinhm(X)", _EVERYWHERE, ""),
}
"""Functions of a matrix whose differential is their Fréchet derivative."""

_LATEX = {"expm": r"\exp", "logm": r"\log", "sinm": r"\sin", "cosm": r"\cos", "sinhm": r"\sinh", "coshm": r"\cosh"}


def _function(name: str) -> tuple[Row, ...]:
    of, _, domain, where = OF_MATRICES[name]
    frechet, second = f"frechet_{name}", f"frechet2_{name}"
    return (
        Row(
            name,
            "X: n×n -> n×n",
            symmetry="X",
            d=(f"{frechet}(X, dX)",),
            numpy=f"{name}({{X}})",
            call=name,
            latex=_LATEX[name],
            domain=domain,
            where=where,
            rule=f"Fréchet derivative of the matrix function {of}",
            source=f"{_HIGHAM}, ch. 3",
        ),
        Row(
            frechet,
            "X: n×n, E: n×n -> n×n",
            d=(f"{second}(X, E, dX)", ""),
            adjoint=("", f"{frechet}(X', G)"),
            vec=("", f"{frechet}_matrix(X)"),
            numpy=f"frechet({name}, {{X}}, {{E}})",
            call=frechet,
            domain=domain,
            where=where,
            rule=f"differential of the Fréchet derivative of {of}",
            move="moving the factors round the trace",
            source=f"{_HIGHAM}, ch. 3",
        ),
        Row(
            second,
            "X: n×n, E: n×n, H: n×n -> n×n",
            d=("", "", ""),
            adjoint=("", f"{second}(X', G, H')", f"{second}(X', E', G)"),
            vec=("", f"{second}_matrix(X, H)", f"{second}_matrix(X, E)"),
            numpy=f"frechet2({name}, {{X}}, {{E}}, {{H}})",
            call=second,
            domain=domain,
            where=where,
            rule=f"differential of the second Fréchet derivative of {of}",
            move="moving the factors round the trace",
            source=f"{_HIGHAM}, ch. 3",
        ),
        Row(
            f"{frechet}_matrix",
            "X: n×n -> n*n×n*n",
            numpy=f"frechet_matrix({name}, {{X}})",
            call=f"{frechet}_matrix",
            domain=domain,
            where=where,
            rule="the matrix K with vec(L(X, E)) = K*vec(E)",
            source=f"{_HIGHAM}, ch. 3",
        ),
        Row(
            f"{second}_matrix",
            "X: n×n, E: n×n -> n*n×n*n",
            numpy=f"frechet2_matrix({name}, {{X}}, {{E}})",
            call=f"{second}_matrix",
            domain=domain,
            where=where,
            rule="the matrix K with vec(L2(X, E, H)) = K*vec(H)",
            source=f"{_HIGHAM}, ch. 3",
        ),
    )


MATRIX_FUNCTIONS = (
    *(row for name in OF_MATRICES for row in _function(name)),
    Row(
        "power",
        "X: n×n, p: 1×1 -> n×n",
        d=("frechet_power(X, dX, p)", ""),
        numpy="whole_power({X}, {p})",
        call="mpower",
        symmetry="X",
        domain=_WHOLE,
        rule="differential of a power, sum over i of X^i*dX*X^(p-1-i)",
        source="the product rule, Matrix Cookbook (37)",
    ),
    Row(
        "frechet_power",
        "X: n×n, E: n×n, p: 1×1 -> n×n",
        d=("frechet2_power(X, E, dX, p)", "", ""),
        adjoint=("", "frechet_power(X', G, p)", ""),
        vec=("", "frechet_power_matrix(X, p)", ""),
        numpy="frechet(lambda z: whole_power(z, {p}), {X}, {E})",
        call="frechet_power",
        domain=_WHOLE,
        rule="differential of the sum over i of X^i*E*X^(p-1-i)",
        move="moving the factors round the trace",
        source="the product rule, Matrix Cookbook (37)",
    ),
    Row(
        "frechet2_power",
        "X: n×n, E: n×n, H: n×n, p: 1×1 -> n×n",
        adjoint=("", "frechet2_power(X', G, H', p)", "frechet2_power(X', E', G, p)", ""),
        vec=("", "frechet2_power_matrix(X, H, p)", "frechet2_power_matrix(X, E, p)", ""),
        numpy="frechet2(lambda z: whole_power(z, {p}), {X}, {E}, {H})",
        call="frechet2_power",
        domain=_WHOLE,
        rule="differential of the second differential of a power",
        move="moving the factors round the trace",
        source="the product rule, Matrix Cookbook (37)",
    ),
    Row(
        "frechet_power_matrix",
        "X: n×n, p: 1×1 -> n*n×n*n",
        numpy="frechet_matrix(lambda z: whole_power(z, {p}), {X})",
        call="frechet_power_matrix",
        domain=_WHOLE,
        rule="the matrix K with vec(L(X, E)) = K*vec(E)",
        source="the product rule, Matrix Cookbook (37)",
    ),
    Row(
        "frechet2_power_matrix",
        "X: n×n, E: n×n, p: 1×1 -> n*n×n*n",
        numpy="frechet2_matrix(lambda z: whole_power(z, {p}), {X}, {E})",
        call="frechet2_power_matrix",
        domain=_WHOLE,
        rule="the matrix K with vec(L2(X, E, H)) = K*vec(H)",
        source="the product rule, Matrix Cookbook (37)",
    ),
    Row(
        "sqrtm",
        "X: n×n -> n×n",
        symmetry="X",
        d=("sylvester(sqrtm(X), sqrtm(X), dX)",),
        numpy="sqrtm({X})",
        call="sqrtm",
        latex="{X}^{1/2}",
        domain=_NO_CUT,
        where=_CUT,
        rule="differential of the matrix square root",
        source=f"the differential of R*R = X; {_HIGHAM}, ch. 6",
    ),
    Row(
        "lyap",
        "A: n×n, C: n×n -> n×n",
        symmetry="C",
        d=("-lyap(A, dA*lyap(A, C) + lyap(A, C)*dA')", ""),
        adjoint=("", "lyap(A', G)"),
        vec=("", "inv(kron(eye(n), A) + kron(A, eye(n)))"),
        numpy="sylvester({A}, {A}.T, {C})",
        call="lyap",
        latex=r"\operatorname{lyap}",
        where="no two eigenvalues of {A} add to 0",
        rule="differential of the solution X of A*X + X*A' = C",
        move="moving the factors round the trace",
        source="the differential of the equation; Kao & Hennequin 2020",
    ),
    Row(
        "dlyap",
        "A: n×n, C: n×n -> n×n",
        symmetry="C",
        d=("dlyap(A, dA*dlyap(A, C)*A' + A*dlyap(A, C)*dA')", ""),
        adjoint=("", "dlyap(A', G)"),
        vec=("", "inv(eye(n*n) - kron(A, A))"),
        numpy="stein({A}, {C})",
        call="dlyap",
        latex=r"\operatorname{dlyap}",
        where="no two eigenvalues of {A} have the product 1",
        rule="differential of the solution X of X = A*X*A' + C",
        move="moving the factors round the trace",
        source="the differential of the equation; Kao & Hennequin 2020",
    ),
    Row(
        "sylvester",
        "A: m×m, B: n×n, C: m×n -> m×n",
        d=("-sylvester(A, B, dA*sylvester(A, B, C))", "-sylvester(A, B, sylvester(A, B, C)*dB)", ""),
        adjoint=("", "", "sylvester(A', B', G)"),
        vec=("", "", "inv(kron(eye(n), A) + kron(B', eye(m)))"),
        numpy="sylvester({A}, {B}, {C})",
        call="sylvester",
        latex=r"\operatorname{sylvester}",
        where="{A} and -{B} without a common eigenvalue",
        rule="differential of the solution X of A*X + X*B = C",
        move="moving the factors round the trace",
        source="the differential of the equation; Giles 2008, ch. 2",
    ),
)
