"""What a row alone brings, tried in a copy of matdiff that has one row more: ``python new_rows.py sinc``.

Every oracle is NumPy, SymPy or differences. A wrong factor in the row must be refused at the door.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

import matdiff as md
from matdiff.calculus import reverse
from matdiff.operators import CALLS, ROWS

ROWS_ADDED = {
    "sinc": (
        "elementwise.py",
        "ELEMENTWISE = (\n",
        '    elementwise("sinc", "(X .* cos(X) - sin(X)) ./ X .^ 2", "np.sinc({X} / np.pi)", where="{X} not zero",'
        " parity=1),\n",
    ),
    "mirrored": (
        "arrangements.py",
        "ARRANGEMENTS = (\n",
        '    Row("mirrored", "X: m×n -> m×n", adjoint=("mirrored(G)",), vec=("kron(mirrored(eye(n)), eye(m))",),'
        ' numpy="np.fliplr({X})", jax="jnp.fliplr({X})", torch="torch.fliplr({X})", call="mirrored",'
        ' latex=r"\\operatorname{mirrored}", rule="differential of mirrored columns", move="linearity of the trace",'
        ' source="a permutation of the columns, which is its own transpose"),\n',
    ),
    "symsquare": (
        "factors.py",
        "FACTORS = (\n",
        '    Several("sympowers", ("Q", "q"),'
        ' Row("symsquare", "X: n×n -> n×n", symmetry="always", domain=SYMMETRIC, call="symsquare",'
        """ d=("((dX + dX')*(X + X') + (X + X')*(dX + dX'))/4",),"""
        ' numpy="np.linalg.matrix_power(({X} + {X}.T) / 2, 2)", latex=r"\\operatorname{symsquare}",'
        ' note="symsquare is that of the symmetric part, so its gradient is symmetric",'
        ' rule="differential of the square of the symmetric part", source="the product rule"),'
        ' Row("symlength", "X: n×n -> 1×1", domain=SYMMETRIC, call="symlength",'
        """ d=("tr((X + X')*dX)",), numpy="np.sum((({X} + {X}.T) / 2) ** 2)","""
        ' rule="differential of the squared length of the symmetric part", source="the product rule")),\n',
    ),
}
"""The file of a row's table, how the table begins, and the row."""

A = np.array([[0.3, -0.8, 1.7], [2.1, -0.4, 0.6]])
B = np.array([[1.0, 2.0, -1.0], [0.5, -2.0, 3.0]])
WHERE = "A, B: matrix(m, n); x: vector(n)"


def sinc() -> None:
    wanted = float(np.sum(np.sin(A) / A * B))
    texts = {
        "math": "sum(sinc(A) .* B)",
        "latex": r"\operatorname{tr}(B^\top \operatorname{sinc}(A))",
        "numpy": "np.sum(np.sinc(A / np.pi) * B)",
    }
    common("sinc", texts, wanted, "(A .* cos(A) - sin(A)) ./ A .^ 2 .* B")
    assert md.equal("sinc(x) + sinc(-x)", "2*sinc(x)", where=WHERE).how == "proved"
    assert md.equal("tr(A'*sinc(B))", "sum(A .* sinc(-B))", where=WHERE).how == "proved"
    np.testing.assert_allclose(md.parse("np.sinc(A)", notation="numpy", where=WHERE).evaluate(A=A), np.sinc(A))
    import sympy

    assert md.parse("sinc(a)").to_sympy() == sympy.sinc(sympy.Symbol("a"))
    assert md.from_sympy(sympy.sinc(sympy.Symbol("a"))) == md.parse("sinc(a)")


def mirrored() -> None:
    wanted = float(np.sum(A[:, ::-1] * B))
    texts = {
        "math": "sum(mirrored(A) .* B)",
        "latex": r"\operatorname{tr}(B^\top \operatorname{mirrored}(A))",
        "numpy": "np.sum(np.fliplr(A) * B)",
    }
    common("mirrored", texts, wanted, "mirrored(B)")
    for left, right in (
        ("mirrored(A + 2*B)", "2*mirrored(B) + mirrored(A)"),
        ("tr(mirrored(A)'*B)", "tr(A'*mirrored(B))"),
        ("mirrored(A)*x", "mirrored(A)*(2*x) - mirrored(A)*x"),
        ("d(norm2(mirrored(A))^2)", "2*tr(mirrored(A)'*mirrored(dA))"),
    ):
        assert md.equal(left, right, where=WHERE).how == "proved", left
    for left, right in (("mirrored(A)", "A"), ("tr(mirrored(A)'*B)", "tr(A'*B)")):
        assert md.equal(left, right, where=WHERE).how == "refuted", left


def symsquare() -> None:
    given, weights = A[:, :2] @ A[:, :2].T + A[:, 1:] + A[:, 1:].T, B[:, :2] + B[:, :2].T
    wanted = float(np.sum(((given + given.T) / 2) @ ((given + given.T) / 2) * weights))
    texts = {
        "math": "tr(B*symsquare(A))",
        "latex": r"\operatorname{tr}(B \operatorname{symsquare}(A))",
    }
    common(
        "symsquare", texts, wanted, "(B*(A + A') + (A + A')*B)/2", given, weights, "A: matrix(n, n); B: symmetric(n)"
    )
    where = "S: symmetric(n); P: matrix(n, n); x, y: vector(n)"
    for left, right in (
        ("x'*symsquare(S)*P*y", "y'*P'*symsquare(S)*x"),
        ("inv(symsquare(S))*symsquare(S)*x", "x"),
        ("symsquare(S + S)' - symsquare(2*S)", "zeros(n, n)"),
    ):
        assert md.equal(left, right, where=where).how == "proved", left
    assert md.equal("symsquare(P)", "P*P", where=where).how == "refuted"
    both = "A: matrix(n, n); B: symmetric(n); Q, q = sympowers(A); tr(B*Q) + q^2"
    at = {"A": given, "B": weights}
    length = md.parse("symlength(A)").evaluate(A=given)
    np.testing.assert_allclose(length, np.sum((given + given.T) ** 2) / 4)
    np.testing.assert_allclose(md.parse(both).evaluate(**at), wanted + length**2)
    slopes = md.gradient(both, "A").evaluate(**at)
    np.testing.assert_allclose(
        slopes, md.gradient("tr(B*symsquare(A))", "A").evaluate(**at) + 2 * length * (given + given.T), rtol=1e-9
    )
    run = {}
    exec(compile(md.generate("n: dim; " + both, "A"), "generated", "exec"), run)
    np.testing.assert_allclose(run["loss_and_gradients"](given, weights)[1]["A"], slopes, rtol=1e-9)
    gradient = md.gradient("tr(P*symsquare(S))", "S", where=where)
    value = gradient.evaluate(S=weights, P=given)
    np.testing.assert_allclose(value, value.T)
    assert "that of the symmetric part" in md.derive("tr(P*symsquare(S))", "S", where=where).render("text")


def common(
    name: str,
    texts: dict[str, str],
    wanted: float,
    gradient: str,
    a: np.ndarray = A,
    b: np.ndarray = B,
    where: str = WHERE,
) -> None:
    """Read in three notations, derived, verified, printed, generated, documented, refused where the row is wrong."""
    for notation, text in texts.items():
        read = md.parse(text, notation=notation, where=where)
        np.testing.assert_allclose(read.evaluate(A=a, B=b), wanted, rtol=1e-12)
        derived = md.derive(text, "A", notation=notation, where=where)
        derived.verify()
        assert md.equal(derived.gradient, md.parse(gradient, where=where)).holds, notation
    math = md.parse(texts["math"], where=where)
    assert md.parse(str(math), where=where) == math
    assert name in math.latex() and name in md.derive(texts["math"], "A", where=where).render("html")
    assert f"`{name}(" in page()
    model = f"m, n: dim; {where.split('; x')[0]}\n{texts['math']}"
    for target in ("numpy", "jax", "torch"):
        code = compile(md.generate(model, "A", target=target), target, "exec")
        space = {"__name__": "generated"}
        try:
            exec(code, space)
        except ImportError as error:
            assert str(error.name) == target
            continue
        loss, found = space["loss_and_gradients"](a, b)
        np.testing.assert_allclose(float(loss), wanted, rtol=1e-10)
        np.testing.assert_allclose(
            found["A"], md.gradient(texts["math"], "A", where=where).evaluate(A=a, B=b), rtol=1e-9
        )
    entry = ROWS[name]
    column = "adjoint" if entry.adjoint else "d"
    wrong = replace(entry, **{column: tuple(f"2*({text})" for text in getattr(entry, column))})
    ROWS[name] = CALLS[name][0] = wrong
    reverse.pullback_template.cache_clear()
    for ask in (lambda: md.gradient(texts["math"], "A", where=where), lambda: md.generate(model, "A")):
        try:
            ask()
        except md.VerificationError:
            continue
        raise AssertionError("a wrong row was not refused")
    ROWS[name] = CALLS[name][0] = entry
    reverse.pullback_template.cache_clear()


def page() -> str:
    import language_page

    return language_page.page()


if __name__ == "__main__":
    {"sinc": sinc, "mirrored": mirrored, "symsquare": symsquare}[sys.argv[1]]()
