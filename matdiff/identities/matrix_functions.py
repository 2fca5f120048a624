"""Functions of a square matrix as a whole, and matrix equations."""

from matdiff.identities.identity import Identity

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
