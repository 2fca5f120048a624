"""Derivatives by complex matrices, against differences along real and imaginary directions."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matdiff as md

RNG = np.random.default_rng(1)


def draw(*shape: int) -> Any:
    return RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)


A, B, Y, Z = draw(3, 3), draw(3, 3), draw(3, 2), draw(3, 2)
S = B @ B.conj().T + np.eye(3)
GIVEN = {
    "A": A,
    "B": B,
    "S": S,
    "Y": Y,
    "Z": Z,
    "R": B.real,
    "z": Z[:, :1],
    "y": Y[:, :1],
    "X": A,
    "a": 0.7,
    "v": Z[:, 0],
    "w": Y[:, 0],
    "c": 1 - 2j,
}
WHERE = "n, m: dim; A, B, X: complex(n, n); S: hermitian(n); Y, Z: complex(n, m); y, z: complex(n, 1); v, w: complex(n); c: complex(1); a: scalar; R: matrix(n, n)"
Value = Callable[..., Any]


def herm(x: Any) -> Any:
    return x.conj().T


CASES: list[tuple[str, str, str, str, Value]] = [
    ("math", "re(tr(Y^H*Z))", "Z", "Y/2", lambda Z: np.trace(herm(Y) @ Z).real),
    ("math", "z^H*S*z", "z", "S*z", lambda z: (herm(z) @ S @ z).real),
    ("math", "norm2(A*z - y)^2", "z", "A^H*(A*z - y)", lambda z: np.linalg.norm(A @ z - Y[:, :1]) ** 2),
    ("math", "norm2(A*Z - Y)^2 + a*norm2(Z)^2", "A", "(A*Z - Y)*Z^H", lambda A: np.linalg.norm(A @ Z - Y) ** 2),
    ("math", "norm2(R*Z)^2", "R", "(R*conj(Z)*Z' + R*Z*Z^H)", lambda R: np.linalg.norm(R @ Z) ** 2),
    (
        "math",
        "logdet(eye(n) + Z*Z^H)",
        "Z",
        "inv(eye(n) + Z*Z^H)*Z",
        lambda Z: np.linalg.slogdet(np.eye(3) + Z @ herm(Z))[1],
    ),
    ("math", "logdet(Z^H*S*Z)", "Z", "S*Z*inv(Z^H*S*Z)", lambda Z: np.linalg.slogdet(herm(Z) @ S @ Z)[1]),
    ("math", "re(tr(B*inv(X)))", "X", "-(inv(X)*B*inv(X))^H/2", lambda X: np.trace(B @ np.linalg.inv(X)).real),
    ("math", "re(log(det(X)))", "X", "inv(X)^H/2", lambda X: np.log(abs(np.linalg.det(X)))),
    ("math", "abs(tr(B*X))^2", "X", "tr(B*X)*B^H", lambda X: abs(np.trace(B @ X)) ** 2),
    (
        "math",
        "(z^H*S*z)/(z^H*z)",
        "z",
        "(S*z - (z^H*S*z)*z/(z^H*z))/(z^H*z)",
        lambda z: (herm(z) @ S @ z / (herm(z) @ z)).real,
    ),
    ("math", "norm2(Z)", "Z", "Z/(2*sqrt(tr(Z^H*Z)))", lambda Z: np.linalg.norm(Z)),
    ("math", "re(sum(exp(Z)))", "Z", "conj(exp(Z))/2", lambda Z: np.sum(np.exp(Z)).real),
    ("math", "W = A*Z\nre(tr(W^H*W))", "Z", "A^H*A*Z", lambda Z: np.linalg.norm(A @ Z) ** 2),
    ("latex", r"\|A z - y\|_2^2", "z", "A^H*(A*z - y)", lambda z: np.linalg.norm(A @ z - Y[:, :1]) ** 2),
    ("latex", r"z^{\mathsf H} S z", "z", "S*z", lambda z: (herm(z) @ S @ z).real),
    ("latex", r"\overline{z}^\top S z + z^\dagger z", "z", "S*z + z", lambda z: (herm(z) @ S @ z + herm(z) @ z).real),
    (
        "latex",
        r"\operatorname{Re}\operatorname{tr}(\overline{A X} B)",
        "X",
        "A^H*B'/2",
        lambda X: np.trace((A @ X).conj() @ B).real,
    ),
    (
        "latex",
        r"\operatorname{tr}(X^{-H} X^{-1})",
        "X",
        "-inv(X)^H*inv(X)*inv(X)^H",
        lambda X: np.linalg.norm(np.linalg.inv(X)) ** 2,
    ),
    ("numpy", "np.real(np.trace(Z.conj().T @ A @ Z))", "Z", "(A + A^H)*Z/2", lambda Z: np.trace(herm(Z) @ A @ Z).real),
    ("numpy", "np.vdot(z, S @ z).real", "z", "S*z", lambda z: (herm(z) @ S @ z).real),
    ("numpy", "np.linalg.norm(v - w) ** 2", "v", "v - w", lambda v: np.linalg.norm(v - GIVEN["w"]) ** 2),
    ("latex", r"|c|^2 + |y^\dagger z|^2", "z", "y*(y^H*z)", lambda z: abs(herm(Y[:, :1]) @ z) ** 2),
    ("numpy", "np.sum(np.abs(A @ Z - Y) ** 2)", "Z", "A^H*(A*Z - Y)", lambda Z: np.sum(np.abs(A @ Z - Y) ** 2)),
]


@pytest.mark.parametrize(("notation", "source", "wrt", "told", "value"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_the_gradient_is_that_along_complex_directions(
    notation: str, source: str, wrt: str, told: str, value: Value
) -> None:
    d = md.derive(source, wrt, where=WHERE, notation=notation)
    if source[0] != "W":
        assert d.verify()
    gradient = np.asarray(d.gradient.expand().evaluate(**GIVEN))
    at = GIVEN[wrt] if wrt != "R" else B.real
    gradient = gradient.reshape(at.shape)
    for unit in (1, 1j)[: 1 if wrt == "R" else 2]:
        direction = unit * RNG.standard_normal(at.shape)
        slope = (value(at + 1e-6 * direction) - value(at - 1e-6 * direction)) / 2e-6
        whole = np.sum(gradient.conj() * direction).real * (1 if wrt == "R" else 2)
        np.testing.assert_allclose(whole, np.squeeze(slope), rtol=1e-6)
    assert md.parse(str(d.differential), where=WHERE).node is d.differential.node or source[0] == "W"
    parsed = md.parse(str(d.gradient.expand()), where=WHERE)
    assert parsed.node is d.gradient.expand().node
    assert md.equal(d.gradient.expand(), told, where=WHERE).how == "proved"


REFUSED = [
    ("z^H*A*z", "z", "not real for all complex matrices"),
    ("sum(relu(Z))", "Z", "relu of a complex matrix is not supported"),
    ("sum(sigma(Z))", "Z", "of a complex matrix is not supported"),
    ("re(tr(S*Z*Z^H))", "S", "by a Hermitian matrix"),
    ("logdet(X)", "X", "where they are Hermitian"),
    ("A*z", "z", "that is a real number"),
    ("W = A*X\nre(tr(W))", "W", "by what is defined"),
    ("inner(z, y)", "z", r"write z\^H\*y"),
    ("tr(im(X))", "X", r"conj\(Z\), re\(Z\) and Z\^H are known"),
]


@pytest.mark.parametrize(("source", "wrt", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_not_known_of_complex_matrices_is_refused_by_name(source: str, wrt: str, words: str) -> None:
    with pytest.raises(md.MatdiffError, match=words):
        md.derive(source, wrt, where=f"{WHERE}; sigma: function")


@pytest.mark.parametrize("source", ["np.var(v)", "np.std(v).real"])
def test_what_numpy_takes_absolute_values_of_is_refused(source: str) -> None:
    with pytest.raises(md.UnsupportedError, match="absolute values"):
        md.derive(source, "v", where=WHERE, notation="numpy")


def test_the_convention_is_told_and_what_is_not_done_is_refused() -> None:
    d = md.derive("norm2(Z)^2", "Z", where=WHERE)
    assert "2 Re tr(G^H dZ)" in str(d) and r"\overline{Z}" in d.latex() and "<mover>" in d.render("html")
    with pytest.raises(md.ShapeError, match="S is declared hermitian"):
        md.parse("tr(S)", where=WHERE).evaluate(S=A)
    for ask in (
        lambda: md.compile(d.gradient),
        lambda: md.generate(f"{WHERE}\nloss = norm2(Z)^2", wrt=["Z"]),
        lambda: md.hessian("norm2(Z)^2", "Z", where=WHERE),
        lambda: d.gradient.to_sympy(),
        lambda: md.parse("i: 1..n; x[i]: vector(m); z: complex(m, 1); sum[i](re(z^H*x[i]))"),
    ):
        with pytest.raises(md.UnsupportedError, match="complex matrices"):
            ask()


def test_of_real_matrices_all_of_it_is_as_if_it_were_not_there() -> None:
    where = "n: dim; A: matrix(n, n); x: vector(n)"
    assert str(md.gradient("re(x^H*conj(A)*x)", "x", where=where)) == "(A + A')*x"
    assert str(md.gradient("tr(A^H)", "A", where="n, H: dim; A: matrix(n, n)")) == "H*(A^(H - 1))'"


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("norm2(Z)^2", "tr(Z^H*Z)", "proved"),
        ("tr(Z'*Z)", "tr(Z^H*Z)", "refuted"),
        ("conj(A*X)", "conj(A)*conj(X)", "proved"),
    ],
)
def test_equality_holds_for_complex_matrices(one: str, other: str, how: str) -> None:
    assert md.equal(one, other, where=WHERE).how == how
