"""Every door is checked: with one wrong formula in the table, nothing that rests on it leaves by any of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from differences import difference

import matdiff as md
from matdiff.calculus import jacobian, reverse
from matdiff.cli import main
from matdiff.evaluate import values
from matdiff.expr import names
from matdiff.operators import CALLS, PARAMETRIC, ROWS, Macro
from matdiff.sampling import Point
from matdiff.verification import Comparison, jacobian_form

WHERE = "A: matrix(m, n); x: vector(n); y: vector(m); S: symmetric(n); D: diagonal(n)"


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts wrong columns into a row, as a slip of the pen would leave them."""

    def forget() -> None:
        reverse.pullback_template.cache_clear()
        jacobian.vec_template.cache_clear()

    def put(op: str, **columns: Any) -> None:
        if op in PARAMETRIC:
            build = PARAMETRIC[op]
            monkeypatch.setitem(PARAMETRIC, op, lambda data: replace(build(data), **columns))
        else:
            monkeypatch.setitem(ROWS, op, replace(ROWS[op], **columns))
        forget()

    yield put
    monkeypatch.undo()
    forget()


ROWS_WRONG = [
    # what is wrong, the operator and its columns, a scalar that uses them, the same in NumPy
    ("elementwise", "tanh", {"d": ("(1 + tanh(X) .^ 2) .* dX",)}, "sum(tanh(A*x))", "np.sum(np.tanh(A @ x))"),
    ("function", "logdet", {"d": ("2*tr(inv(X)*dX)",)}, "logdet(eye(n) + x*x')", ""),
    ("at a column", "softmax_column", {"d": ("softmax(x) .* dx",)}, "y'*A*softmax(x)", ""),
    ("norm", "norm2", {"d": ("tr(X'*dX)",)}, "norm2(A*x - y)", "np.linalg.norm(A @ x - y)"),
    ("adjoint", "mul", {"adjoint": ("G*B'", "2*A'*G")}, "sum(exp(A*x))", "np.sum(np.exp(A @ x))"),
    ("family", "matrix_power", {"d": ("X*dX",)}, "tr((x*x' + eye(n))^3)", ""),
    ("scalar function", "sympy", {"d": ("X .* dX",)}, "sum(asinh(A*x))", ""),
    ("two arguments", "maximum", {"d": ("1(A > B) .* dA", "2*1(B > A) .* dB")}, "sum(max(exp(y), A*x))", ""),
    ("a power by its exponent", "pow_each", {"d": ("B .* A .^ B .* dA", "A .^ B .* dB")}, "sum(exp(y) .^ (A*x))", ""),
]

DOORS: dict[str, Callable[[str, str], object]] = {
    "derive": lambda f, where: md.derive(f, "x", where=where),
    "gradient": lambda f, where: md.gradient(f, "x", where=where),
    "jacobian": lambda f, where: md.jacobian(f, "x", where=where),
    "differential": lambda f, where: md.differential(f, where=where),
    "differential by one": lambda f, where: md.differential(f, "x", where=where),
    "order 2": lambda f, where: md.derive(f, "x", where=where, order=2),
    "hessian": lambda f, where: md.hessian(f, "x", where=where),
    "mixed": lambda f, where: md.hessian(f"{f} + y'*y", "x", "y", where=where),
    "hvp": lambda f, where: md.hvp(f, "x", "v", where=where),
    "structured": lambda f, where: md.derive(under(f, "x + S*x"), "S", where=where, structured=True),
    "diagonal": lambda f, where: md.hessian(under(f, "x + D*x"), "D", where=where),
    "intermediate": lambda f, where: md.gradient(f"h = 2*x\n{under(f, 'h')}", "h", where=where),
    "matrix function": lambda f, where: md.jacobian(f"({f})*x", "x", where=where),
    "compile": lambda f, where: md.compile(md.gradient(f, "x", where=where)),
    "readable code": lambda f, where: md.generate(f"loss = {f}", "x", where=where),
    "fast code": lambda f, where: md.generate(f"loss = {f}", "x", where=where, style="fast"),
    "jax code": lambda f, where: md.generate(f"loss = {f}", "x", where=where, target="jax"),
    "torch code": lambda f, where: md.generate(f"loss = {f}", "x", where=where, target="torch"),
    "explained code": lambda f, where: md.generate(f"loss = {f}", "x", where=where, explain=True),
    "claim": lambda f, where: md.check(document(f, where, "∇_x loss = 0*x")),
    "claimed Jacobian": lambda f, where: md.check(document(f, where, "D_x loss = 0*x'")),
    "claimed Hessian": lambda f, where: md.check(document(f, where, "hess(loss, x) = 0*x*x'")),
    "claim inside": lambda f, where: md.check(document(f, where, "(∇_x loss)' = 0*x'")),
}


def under(f: str, inner: str) -> str:
    """The scalar with something else in the place of x, which stands there as a word of its own."""
    return re.sub(r"\bx\b", f"({inner})", f)


def document(f: str, where: str, *lines: str) -> str:
    declared = where.replace("; ", "\n")
    derivation = "\n".join(lines)
    return f"# A document\n\n```matdiff\n{declared}\nloss = {f}\n```\n\n```derivation\n{derivation}\n```\n"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("what", "op", "columns", "f", "code"), ROWS_WRONG, ids=[row[0] for row in ROWS_WRONG])
def test_a_wrong_derivative_leaves_by_no_door(
    what: str, op: str, columns: dict[str, Any], f: str, code: str, door: str, wrong: Callable[..., None]
) -> None:
    wrong(op, **columns)
    if (what, door) == ("adjoint", "matrix function"):  # a Jacobian goes forwards
        DOORS[door](f, WHERE)
        return
    with pytest.raises(md.VerificationError, match="fault of matdiff"):
        DOORS[door](f, WHERE)


@pytest.mark.parametrize(
    ("op", "columns", "f", "code"),
    [row[1:] for row in ROWS_WRONG if row[-1]],
    ids=[row[0] for row in ROWS_WRONG if row[-1]],
)
def test_code_is_not_compared_with_a_wrong_gradient(
    op: str, columns: dict[str, Any], f: str, code: str, wrong: Callable[..., None]
) -> None:
    wrong(op, **columns)
    """Code is compared with differences of itself: the tables have no part in it."""
    script = f"loss = {code}\ngrad_x = 0 * x"
    report = md.check_code(script, "loss", {"x": "grad_x"}, where="A: matrix(m, n); x: vector(n); y: vector(m)")
    assert [link.verdict for link in report.links] == ["wrong"]


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_vec_form_reaches_no_answer(door: str, wrong: Callable[..., None]) -> None:
    """Gradients do not use it, and stay right; Jacobians and Hessians are refused."""
    wrong("mul", vec=("kron(B', eye(m))", "2*kron(eye(n), A)"))
    source = "sum(exp(A*x)) + norm2(x)^2*sum(A*x)"
    if door in ("order 2", "hessian", "diagonal", "matrix function", "claimed Hessian"):
        with pytest.raises(md.VerificationError, match="fault of matdiff"):
            DOORS[door](source, WHERE)
    else:
        DOORS[door](source, WHERE)
    gradient = md.gradient(source, "x", where=WHERE)
    function = md.parse(source, where=WHERE)
    measured = difference(function.node, [names(function.node)["x"]], "gradient", 0, [gradient.node])
    assert measured.agrees(measured.point.value(gradient.node))


def test_a_wrong_macro_is_another_function_with_its_own_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read as a formula is that formula at every door."""
    monkeypatch.setitem(CALLS, "mean", [Macro("mean", "X: m×n", "sum(X)/(2*m*n)")])
    assert str(md.gradient("mean(x)", "x", where="x: vector(4)")) == "ones(4)/8"
    for door, ask in DOORS.items():
        assert ask("mean(exp(A*x))", WHERE), door


def test_a_wrong_rule_proves_nothing_in_a_document(wrong: Callable[..., None]) -> None:
    """Links between differentials are compared by differences first: right ones hold, wrong ones do not."""
    wrong("tanh", d=("(1 + tanh(X) .^ 2) .* dX",))
    steps = [
        "dloss = ones(1, m)*d(tanh(A*x))",
        "dloss = ((1 - tanh(A*x) .^ 2)'*A)*dx",
        "dloss = ((1 + tanh(A*x) .^ 2)'*A)*dx",
    ]
    report = md.check(document("sum(tanh(A*x))", WHERE, *steps))
    assert [link.verdict in ("proved", "sampled") for link in report.links] == [True, True, False]
    assert report.links[2].verdict == "wrong"


def test_the_command_says_whose_fault_it_is(
    wrong: Callable[..., None], tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong("tanh", d=("(1 + tanh(X) .^ 2) .* dX",))
    file = tmp_path / "notes.md"
    file.write_text(document("sum(tanh(A*x))", WHERE, "∇_x loss = A'*(1 - tanh(A*x) .^ 2)"), encoding="utf-8")
    assert main(["check", str(file)]) == 2
    said = capsys.readouterr().err
    assert "fault of matdiff" in said
    assert "∇_x loss" in said


POLES = ("1/sin(a)^2", "tan(a)", "1/tan(a)^3", "1/(a - pi)^4", "log(abs(sin(a)))", "sin(1/(a - pi))", "gamma(-a + pi)")


@pytest.mark.parametrize("text", POLES)
@pytest.mark.parametrize("far", [-1e-2, -3e-4, 1e-3, 2e-4, 1e-4, 3e-5, 1e-5, 1e-7])
def test_beside_a_pole_a_right_derivative_is_not_called_wrong(text: str, far: float) -> None:
    """The steps of the differences leap over it: they say nothing there."""
    function, slope = md.parse(text).node, md.jacobian(text, "a").node
    (a,) = md.parse(text).model.variables.values()
    arrays = {a: np.array([[np.pi + far]])}
    point = Point({}, arrays, values=values([function, slope], arrays, {}))
    error = Comparison(function, [jacobian_form(function, {a: slope})], [slope], point, arrays).error(
        {a: np.array([[1.0]])}
    )
    assert error is None or error < 1e-6
