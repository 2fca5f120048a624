"""`derive` as people call it: the conventions of its answers, what it says of them, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from differences import difference

import matdiff as md
from matdiff.expr import Expr, number
from matdiff.operators import MOVES, ROWS

NETWORK = (Path(__file__).parents[1] / "examples" / "two_layer_relu.matdiff").read_text(encoding="utf-8")
CHAIN = "h = A*x\ng = sum(h .^ 2)\nloss = g/2 + sum(x)"


# The answer: sizes, transposes, order of the entries

ANSWERS = [
    # a scalar: the gradient has the size of the variable, the Jacobian is its transpose
    ("a^3 + a*sum(x)", "a", "", "3*a^2 + sum(x)", "3*a^2 + sum(x)"),
    ("x'*A*x", "x", "", "(A + A')*x", "x'*(A + A')"),
    ("y*A*y'", "y", "y: row(n)", "y*(A + A')", "(A + A')*y'"),
    ("tr(A*X*B)", "X", "", "A'*B'", "B*A"),
    ("norm2(X)^2", "X", "", "2*X", "2*X'"),
    # a matrix: d vec F = J d vec X, columns first; the gradient is J'
    ("A*x", "x", "", "A'", "A"),
    ("A*X*B", "X", "", "kron(B, A')", "kron(B', A)"),
    ("X'", "X", "X: matrix(m, n)", "commutation(n, m)", "commutation(m, n)"),
    ("inv(X)", "X", "", "-kron(inv(X), inv(X)')", "-kron(inv(X)', inv(X))"),
    ("a*X", "a", "", "vec(X)'", "vec(X)"),
    ("W*x", "W", "W: matrix(m, n)", "kron(x, eye(m))", "kron(x', eye(m))"),
    # the derivative comes before any use of the structure of a variable
    ("tr(A*S)", "S", "S: symmetric(n)", "A'", "A"),
    ("tr(A*D)", "D", "D: diagonal(n)", "A'", "A"),
    ("tr(Q'*Q)", "Q", "Q: orthogonal(n)", "2*Q", "2*Q'"),
    # a declared variable that does not occur
    ("tr(A)", "X", "A: matrix(n, n); X: matrix(m, k)", "zeros(m, k)", "zeros(k, m)"),
    ("tr(A)", "b", "A: matrix(n, n); b: scalar", "0", "0"),
    ("A*y", "x", "x: vector(k); A: matrix(m, n)", "zeros(k, m)", "zeros(m, k)"),
    # functions of the model's own
    ("sum(sigma(W*x))", "W", "sigma: function", "sigma'(W*x)*x'", "x*sigma'(W*x)'"),
    ("f(z) := z^2 + 1; sum(f(x))", "x", "", "2*x", "2*x'"),
]


@pytest.mark.parametrize(("source", "wrt", "where", "gradient", "jacobian"), ANSWERS)
def test_the_answer(source: str, wrt: str, where: str, gradient: str, jacobian: str) -> None:
    d = md.derive(source, wrt, where=where or None)
    assert (str(d.gradient), str(d.jacobian)) == (gradient, jacobian)
    d.verify()


@pytest.mark.parametrize(("source", "wrt", "where"), [line[:3] for line in ANSWERS])
def test_the_short_forms_agree_with_derive(source: str, wrt: str, where: str) -> None:
    d = md.derive(source, wrt, where=where or None)
    assert md.gradient(source, wrt, where=where or None) == d.gradient
    assert md.jacobian(source, wrt, where=where or None) == d.jacobian
    assert md.differential(source, wrt, where=where or None) == d.differential


@pytest.mark.parametrize(
    ("source", "where", "differential"),
    [
        ("tr(A*X*B)", "", "tr(B*A*dX)"),
        ("norm2(x)^2", "", "2*x'*dx"),
        ("a^2", "", "2*a*da"),
        ("inv(X)", "", "-inv(X)*dX*inv(X)"),
        ("X'*X", "", "dX'*X + X'*dX"),
    ],
)
def test_the_differential(source: str, where: str, differential: str) -> None:
    assert str(md.differential(source, "x" if "x" in source else "a" if "a" in source else "X")) == differential


def test_the_differential_in_all_variables() -> None:
    assert str(md.differential("x'*y")) == "y'*dx + x'*dy"


HESSIANS = [
    ("x'*A*x", "x", None, "A + A'"),
    ("x'*A*y", "x", "y", "A"),
    ("x'*A*y", "y", "x", "A'"),
    ("tr(X'*A*X)", "X", None, "kron(eye(cols(X)), A + A')"),
    ("a^3", "a", None, "6*a"),
    ("sum(sigma(x))", "x", None, "diag(sigma''(x))"),
]


@pytest.mark.parametrize(("source", "one", "other", "answer"), HESSIANS)
def test_the_hessian(source: str, one: str, other: str | None, answer: str) -> None:
    assert str(md.hessian(source, one, other, where="sigma: function")) == answer


def test_a_hessian_in_a_derivation() -> None:
    assert str(md.derive("x'*A*x", "x", order=2).hessian) == "A + A'"
    blocks = md.derive("x'*A*y", ["x", "y"], order=2).hessian
    assert {pair: str(block) for pair, block in blocks.items() if pair[0] != pair[1]} == {
        ("x", "y"): "A",
        ("y", "x"): "A'",
    }


def test_a_hessian_of_several_entries_is_symmetric() -> None:
    rng = np.random.default_rng(0)
    a, x = rng.standard_normal((4, 4)), rng.standard_normal((4, 3))
    h = md.hessian("logdet(X'*A*X)", "X").evaluate(A=a @ a.T, X=x)
    assert h.shape == (12, 12)
    assert np.allclose(h, h.T)


SYMMETRIC = "g: vector(k)\nB = outer(g, g) + eye(k)\nC = B*B\n"
INTERMEDIATES = [
    # the entries of a definition are independent, whatever it stands for
    ("logdet(B)", "B", None, "-commutation(k, k)*kron(inv(B), inv(B))"),
    ("tr(B^3)", "B", None, "3*commutation(k, k)*(kron(B, eye(k)) + kron(eye(k), B))"),
    ("tr(B*C)", "B", "C", "commutation(k, k)"),
    # and move beside what moves them
    ("tr(B'*B)", "B", "g", "2*(kron(g, eye(k)) + kron(eye(k), g))"),
    ("tr(B'*B)", "g", "B", "2*(kron(g, eye(k)) + kron(eye(k), g))'"),
    ("h = g; sum(h .* h .* h)", "g", "h", "6*diag(g)"),
]


@pytest.mark.parametrize(("source", "one", "other", "answer"), INTERMEDIATES)
def test_the_hessian_by_an_intermediate(source: str, one: str, other: str | None, answer: str) -> None:
    assert md.equal(md.hessian(SYMMETRIC + source, one, other), md.parse(answer, where=SYMMETRIC)).holds


@pytest.mark.parametrize("source", ["logdet(B)", "tr(B^3)", "tr(B*B)", "g'*inv(B)*g", "tr(C*B)", "norm2(B*g)^2"])
@pytest.mark.parametrize("wrt", ["B", "C"])
def test_second_derivatives_by_an_intermediate(source: str, wrt: str) -> None:
    """Against differences of the function, its entries moved one by one; the product and the compiled one too."""
    rng = np.random.default_rng(1)
    h, product = md.hessian(SYMMETRIC + source, wrt), md.hvp(SYMMETRIC + source, wrt, "V")
    function = md.parse(SYMMETRIC + source)
    measured = difference(function.node, [function.model.definitions[wrt]], "hessian", 0, [])
    g = next(value for node, value in measured.point.known.items() if node.data[0] == "g")
    value, v = h.evaluate(g=g), rng.standard_normal((g.size, g.size))
    assert measured.agrees(value)
    assert np.allclose(product.evaluate(g=g, V=v).reshape(-1, order="F"), value @ v.reshape(-1, order="F"))
    assert np.allclose(md.compile(h)(g=g), value)
    assert np.allclose(md.compile(product)(g=g, V=v), product.evaluate(g=g, V=v))


@pytest.mark.parametrize("source", ["logdet(B)", "g'*inv(B)*g", "tr(C*C)*sum(g)"])
@pytest.mark.parametrize(("one", "other"), [("B", "g"), ("C", "g"), ("B", "C")])
def test_mixed_blocks_are_transposes(source: str, one: str, other: str) -> None:
    g = np.array([0.3, -0.8, 1.1])
    block = md.hessian(SYMMETRIC + source, one, other).evaluate(g=g)
    assert np.allclose(block, md.hessian(SYMMETRIC + source, other, one).evaluate(g=g).T)


KINDS = "a: scalar; r: row(n); x: vector(n); P: matrix(n, m)"


@pytest.mark.parametrize(("one", "other"), list(permutations("arxP", 2)))
def test_a_mixed_block_is_laid_out_by_vec(one: str, other: str) -> None:
    """Whatever the sizes of the two: of a scalar and a matrix it is 1×nm."""
    source = "a*r*P*P'*x + a^2*r*x*sum(P)"
    given = {"a": 0.7, "r": [[1.0, -0.5]], "x": [0.4, 2.0], "P": [[1.0, 0.2, -0.7], [0.3, 1.1, 0.6]]}
    block = md.hessian(source, one, other, where=KINDS)
    assert block.shape == tuple(md.parse(f"vec({v})", where=KINDS).shape[0] for v in (one, other))
    gradient = md.gradient(source, one, where=KINDS)
    moved = md.jacobian(f"vec({gradient})", other, where=KINDS).evaluate(**given)
    assert np.allclose(np.ravel(block.evaluate(**given)), np.ravel(moved))


# The check of an answer keeps to where differences mean something


@pytest.mark.parametrize(
    ("source", "wrt", "where"),
    [
        ("relu(D)", "D", "D: diagonal(n)"),
        ("sum(relu(D))", "D", "D: diagonal(n)"),
        ("norm1(D) + sum(abs(D*A))", "D", "D: diagonal(n)"),
        ("sum(max(D, 2*D))", "D", "D: diagonal(n)"),
        ("norm2(relu(W))", "W", "W: diagonal(n)"),
        ("tanh(x'*S*x)", "S", "S: symmetric(n)"),
        ("sigmoid(20*x'*S*x)", "x", "S: symmetric(n)"),
        ("tanh(1000*sum(x))", "x", ""),
        ("exp(-1000*x'*x)", "x", ""),
        ("tr(inv(1(ones(1, n) > D)))", "D", "D: diagonal(n)"),
    ],
)
def test_a_right_answer_is_given(source: str, wrt: str, where: str) -> None:
    assert md.derive(source, wrt, where=where).check.startswith("agrees")
    if md.parse(source, where=where).node.is_scalar:
        md.derive(source, wrt, where=where, order=2, structured=True)
        md.hvp(source, wrt, "V_", where=where)


@pytest.mark.parametrize(
    ("source", "wrt"),
    [
        ("A*x", ["A", "x"]),
        ("W*h + b", ["W", "h", "b"]),
        ("a*W*x", ["a", "W", "x"]),
        ("h = A*x\nk = h .^ 2\nk*y'", ["k", "h", "y", "A"]),
        ("inv(X)*A*X", ["A", "X"]),
    ],
)
def test_the_steps_of_a_matrix_function_hold_by_several_variables(source: str, wrt: list[str]) -> None:
    """All vary together: no step holds the others."""
    where = "W: matrix(m, n); h, x: vector(n); b: vector(m); a: scalar" if "W" in source else None
    d = md.derive(source, wrt, where=where)
    assert d.verify().startswith(f"{len(d.steps)} steps hold")
    alone = {name: md.derive(source, name, where=where) for name in wrt}
    assert d.jacobian == {name: found.jacobian for name, found in alone.items()}
    assert d.differential == {name: found.differential for name, found in alone.items()}


# Names: several variables, intermediates, another objective


def test_results_are_dictionaries_where_wrt_is_a_list() -> None:
    d = md.derive(NETWORK, wrt=["w1", "w2"])
    assert {name: str(e) for name, e in d.gradient.items()} == {
        "w1": "x'*(1(h > 0) .* (2*(y_pred - y)*w2'))",
        "w2": "2*h_relu'*(y_pred - y)",
    }
    assert list(d.jacobian) == list(d.differential) == ["w1", "w2"]
    assert d.gradient["w1"].shape == ("D_in", "H")
    assert d.jacobian["w1"].shape == ("H", "D_in")
    assert list(md.derive(NETWORK, wrt=["w2"]).gradient) == ["w2"]
    assert md.derive(NETWORK, wrt="w2").gradient == d.gradient["w2"]


def test_an_intermediate_is_a_variable_of_its_own() -> None:
    d = md.derive(CHAIN, ["h", "g", "x"])
    assert {name: str(e) for name, e in d.gradient.items()} == {"h": "h", "g": "1/2", "x": "A'*h + 1"}


def test_intermediates_of_the_network() -> None:
    found = md.derive(NETWORK, ["y_pred", "h_relu", "h"]).gradient
    assert {name: str(e) for name, e in found.items()} == {
        "y_pred": "2*(y_pred - y)",
        "h_relu": "2*(y_pred - y)*w2'",
        "h": "1(h > 0) .* (2*(y_pred - y)*w2')",
    }


def test_of_names_another_objective() -> None:
    assert str(md.derive(CHAIN, "h", of="g").gradient) == "2*h"
    assert str(md.derive(CHAIN, "x", of="h").jacobian) == "A"


def test_expand_writes_the_intermediates_out() -> None:
    d = md.derive(CHAIN, "x", of="g")
    assert str(d.gradient) == "2*A'*h"
    assert str(d.expand().gradient) == str(d.gradient.expand()) == "2*A'*(A*x)"


def test_an_expression_is_a_source_too() -> None:
    e = md.parse("x'*A*x")
    assert md.derive(e, "x").gradient == md.gradient(e, "x") == md.gradient("x'*A*x", "x")


# Layouts and structure


@pytest.mark.parametrize(
    ("source", "layout", "derivative"),
    [
        ("x'*A*x", "gradient", "(A + A')*x"),
        ("x'*A*x", "numerator", "x'*(A + A')"),
        ("x'*A*x", "denominator", "(A + A')*x"),
        ("A*x", "gradient", "A"),
        ("A*x", "numerator", "A"),
        ("A*x", "denominator", "A'"),
    ],
)
def test_the_layout_is_kept_and_named(source: str, layout: str, derivative: str) -> None:
    d = md.derive(source, "x", layout=layout)
    assert str(d.derivative) == derivative
    assert f"{layout} layout" in str(d)


def test_a_structured_gradient_names_which_it_is() -> None:
    d = md.derive("tr(A*S)", "S", where="S: symmetric(n)", structured=True)
    assert {title: str(e) for title, e in d.structured["S"].items()} == {
        "in the space of symmetric matrices": "(A' + A)/2",
        "by the free entries": "A' + A - diag(diag(A))",
    }
    assert all(f"gradient by S {title}" in str(d) for title in d.structured["S"])
    assert str(md.gradient("tr(A*D)", "D", where="D: diagonal(n)", structured=True)) == "diag(diag(A))"


# Steps


@pytest.fixture(scope="module")
def network() -> md.Derivation:
    return md.derive(NETWORK, wrt=["w1", "w2"])


def test_steps_begin_at_the_differential_and_end_at_the_answer(network: md.Derivation) -> None:
    afters = [str(step.after) for step in network.steps]
    for shown in ("tr(2*(y_pred - y)'*dy_pred)", "tr(2*w2*(y_pred - y)'*dh_relu) + tr(2*(y_pred - y)'*h_relu*dw2)"):
        assert shown in afters
    assert "dloss" in {str(step.before) for step in network.steps}
    assert afters[-1] == f"{network.differential['w1']} + {network.differential['w2']}"


def test_each_step_has_its_rule_and_its_sizes(network: md.Derivation) -> None:
    for step in network.steps:
        assert step.rule
        assert step.before.shape == step.after.shape
        assert step.before != step.after
        assert str(step) == f"{step.before} = {step.after}   [{step.rule}]"
    rules_used = {step.rule for step in network}
    assert {"product rule", "derivative of relu", "cyclic property of the trace"} <= rules_used


@pytest.mark.parametrize(
    "source", [NETWORK, CHAIN, "x'*A*x*sum(x)", "det(X^2) + norm2(X)^2", "sum(log(softmax(X)))", "A*x + inv(X)*x"]
)
def test_each_step_tells_its_source(source: str) -> None:
    e = md.parse(source.partition("train:")[0])
    d = md.derive(e, [name for name, node in e.model.variables.items() if node.data[0] != "y"])
    assert [step.rule for step in d.steps if not step.source] == []


def test_a_step_parses_back(network: md.Derivation) -> None:
    for step in network.steps:
        for side in (step.before, step.after):
            read = md.parse(f"{side}", where=NETWORK.partition("train:")[0])
            assert str(read) == str(side)


def test_verify_says_what_it_did(network: md.Derivation) -> None:
    said = network.verify()
    assert said.startswith(f"{len(network.steps)} steps hold at 3 points")
    assert network.verify(points=1, seed=7).startswith(f"{len(network.steps)} steps hold at 1 points")


def doubled(e: md.Expression) -> md.Expression:
    return md.Expression(Expr("scale", (number(2), e.node), None, e.node.shape), e.model)


SABOTAGED = [
    (NETWORK, ("w1", "w2"), ""),
    ("tr(A*inv(X)*B)", ("X",), ""),
    ("sum(sigma(W*x))", ("W", "x"), "sigma: function"),
    ("-sum(y .* log(softmax(X*W)))/n", ("W",), "y: labels(n, k)"),
]


@pytest.mark.parametrize(("source", "wrt", "where"), SABOTAGED, ids=["network", "inverse", "function", "softmax"])
def test_verify_finds_every_wrong_step(source: str, wrt: tuple[str, ...], where: str) -> None:
    d = md.derive(source, wrt, where=where or None)
    for at, step in enumerate(d.steps):
        wrong = (*d.steps[:at], replace(step, after=doubled(step.after)), *d.steps[at + 1 :])
        with pytest.raises(md.VerificationError, match=rf"step {at + 1} .*does not hold"):
            replace(d, steps=wrong).verify()


def test_a_step_that_is_wrong_at_some_points_is_wrong() -> None:
    d = md.derive("sum(x)^2", "x", where="x: vector(5)")
    sides = (md.parse(source, where="x: vector(5)") for source in ("sum(abs(x))", "sum(x)"))
    wrong = (*d.steps, replace(d.steps[0], before=next(sides), after=next(sides)))
    with pytest.raises(md.VerificationError, match="does not hold"):
        replace(d, steps=wrong).verify(points=5)


STEEP = [
    # corners that no table of kinks has, and poles
    ("sum(arccos(sin(W)))", "W"),
    ("arccos(sin(exp(X - X) .^ X ./ cos(X .* W)))", "X"),
    ("sum(1 ./ cos((x'*diag(z)*x + x'*diag(z)*x)*(y + y)/(a^2)^2))", "x"),
    ("sum(tan(1 ./ (X .* W)))", "W"),
    ("arctan(tan(x'*W*x))", "x"),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("source", "wrt"), STEEP)
def test_verify_refutes_no_step_beside_a_corner_or_a_pole(source: str, wrt: str, seed: int) -> None:
    d = md.derive(source, wrt, where="X, W: matrix(n, n); x, z: vector(n); y: vector(m)")
    assert f"{len(d.steps)} steps hold at 3 points" in d.verify(seed=seed)


def test_verify_says_of_which_steps_nothing_is_known() -> None:
    with pytest.warns(md.UncheckedWarning):
        d = md.derive("log(-1 - x'*x)", "x")
    assert d.verify().startswith(f"0 steps hold at 0 points (largest relative error 0e+00), {len(d.steps)} could be")


def test_verify_finds_a_wrong_result(network: md.Derivation) -> None:
    d = replace(network, gradients=network.gradients | {"w2": doubled(network.gradients["w2"])})
    with pytest.raises(md.VerificationError, match="differs from central differences"):
        d.verify()
    d = md.derive("A*X", "X")
    with pytest.raises(md.VerificationError, match="differs from central differences"):
        replace(d, jacobians={"X": doubled(d.jacobian)}).verify()


# What is said beside the answer

SAYS = [
    ("sum(relu(x))", "x", "the derivative of relu is 1(x > 0), which is 0 at 0"),
    ("set relu_at_zero = 1; sum(relu(x))", "x", "the derivative of relu is 1(x >= 0), which is 1 at 0"),
    ("sum(abs(x))", "x", "the derivative of abs at 0 is 0"),
    ("sum(max(x, y))", "x", "at a tie of max each side has one half of the derivative"),
    ("logdet(A*X)", "X", "where A*X invertible"),
    ("sum(log(x))", "x", "where x > 0"),
    ("norm2(A*x)", "x", "where A*x not zero"),
    ("x'*A*x", "x", "A is taken as a matrix, by its letter"),
    ("a*x'*x", "x", "a is taken as a scalar, by its letter"),
]


@pytest.mark.parametrize(("source", "wrt", "remark"), SAYS)
def test_conditions_conventions_and_defaults_are_said(source: str, wrt: str, remark: str) -> None:
    d = md.derive(source, wrt)
    assert f"  {remark}\n" in str(d)
    assert remark in d.render("markdown")


def test_relu_at_zero_changes_the_mask() -> None:
    gradients = [md.gradient(f"{setting}sum(relu(x))", "x") for setting in ("", "set relu_at_zero = 1\n")]
    assert [str(e) for e in gradients] == ["1(x > 0)", "1(x >= 0)"]
    assert [e.evaluate(x=[-1, 0, 1]).tolist() for e in gradients] == [[0, 0, 1], [0, 1, 1]]


@pytest.mark.parametrize(
    ("source", "at", "slope"),
    [
        ("sum(abs(x))", [-2, 0, 2], [-1, 0, 1]),
        ("sum(sign(x))", [-2, 0, 2], [0, 0, 0]),
        ("sum(max(x, 0*x))", [-2, 0, 2], [0, 0.5, 1]),
        ("sum(min(x, 0*x))", [-2, 0, 2], [1, 0.5, 0]),
        ("norm1(x)", [-2, 0, 2], [-1, 0, 1]),
    ],
)
def test_the_derivative_at_a_kink(source: str, at: list[float], slope: list[float]) -> None:
    found = md.gradient(source, "x")
    assert np.broadcast_to(found.evaluate(x=at), 3).tolist() == slope


def test_declared_names_are_not_said() -> None:
    assert "by its letter" not in str(md.derive("x'*A*x", "x", where="A: matrix(n, n); x: vector(n)"))


def test_an_answer_says_how_it_was_checked() -> None:
    assert md.derive("x'*x", "x").check.startswith("agrees with central differences at 2 random points")


def test_an_unknown_function_is_evaluated_with_its_derivatives() -> None:
    gradient = md.gradient("sum(sigma(x))", "x", where="sigma: function")
    assert np.allclose(gradient.evaluate(x=[0.0, 1.0], sigma=(np.sin, np.cos)), np.cos([0.0, 1.0]))
    with pytest.raises(md.DeclarationError, match=r"sigma=\(f, df, …\)"):
        gradient.evaluate(x=[0.0, 1.0], sigma=(np.sin,))


# Forms

FORMATS = ("text", "latex", "markdown", "html", "json")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_holds_the_answer(form: str, network: md.Derivation) -> None:
    page = network.render(form)
    assert ("h_{relu}" in page or r"\mathrm{h\_relu}" in page or "relu" in page) and len(page) > 500
    assert len(network.render(form, steps=False)) < len(page)


def test_the_forms_of_notebooks(network: md.Derivation) -> None:
    assert str(network) == network.render()
    assert network.latex() == network.render("latex")
    assert network._repr_latex_().startswith("$$\n\\begin{aligned}")
    assert repr(network) == f"<Derivation of loss by w1, w2: {len(network.steps)} steps>"
    assert network.latex().count(r"\footnotesize product rule") == sum(s.rule == "product rule" for s in network.steps)


# Refusals

REFUSED: list[tuple[str, Any, dict[str, Any], type[md.MatdiffError], str]] = [
    ("sum(x)", [], {}, md.DeclarationError, "wrt is empty"),
    ("sum(x)", ["x", "x"], {}, md.DeclarationError, "x stands twice in wrt"),
    ("sum(x)", "z", {}, md.DeclarationError, "z does not occur and is not declared: the names are x"),
    ("hidden = A*x; sum(hidden)", "hiden", {}, md.DeclarationError, "did you mean hidden"),
    ("sum(x)/n", "n", {"where": "x: vector(n)"}, md.DeclarationError, "n is a dim"),
    ("sum(y .* X)", "y", {"where": "y: labels(n, k)"}, md.DeclarationError, "y holds labels"),
    ("sum(sigma(x))", "sigma", {"where": "sigma: function"}, md.DeclarationError, "sigma is a function"),
    ("f = x'*x", "f", {}, md.DeclarationError, "f is the objective itself"),
    ("f = x'*x", "x", {"of": "g"}, md.DeclarationError, "there is no definition g; the definitions are: f"),
    ("X: matrix(m, n)", "X", {}, md.ParseError, "only declarations"),
    ("sum(dX)", "X", {"where": "X: matrix(m, n)"}, md.UnsupportedError, "dX is read as the differential of X"),
    ("A*X + B'*X", "X", {"where": "A, B: matrix(2, 3)"}, md.ShapeError, "needs 2 = 3"),
]


@pytest.mark.parametrize(("source", "wrt", "options", "error", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(
    source: str, wrt: Any, options: dict[str, Any], error: type[md.MatdiffError], words: str
) -> None:
    with pytest.raises(error, match=words):
        md.derive(source, wrt, **options)


@pytest.mark.parametrize(
    ("source", "wrt", "options"),
    [
        (3, "x", {}),
        (None, "x", {}),
        ("x'*x", 3, {}),
        ("x'*x", [3], {}),
        ("x'*x", b"x", {}),
        ("x'*x", "x", {"where": 3}),
        ("x'*x", "x", {"of": 3}),
        ("x'*x", "x", {"order": 3}),
        ("x'*x", "x", {"layout": "mixed"}),
        ("x'*x", "x", {"notation": "apl"}),
    ],
)
def test_an_argument_of_the_wrong_type_is_a_type_error_too(source: Any, wrt: Any, options: dict[str, Any]) -> None:
    with pytest.raises(md.MatdiffError) as caught:
        md.derive(source, wrt, **options)
    assert isinstance(caught.value, TypeError)


def test_a_hessian_is_that_of_a_scalar() -> None:
    with pytest.raises(md.ShapeError, match="a Hessian is that of a scalar"):
        md.hessian("A*x", "x")


def test_every_move_of_the_table_has_a_source() -> None:
    assert {entry.move for entry in ROWS.values() if entry.move} <= set(MOVES)


# Cross-entropy, in every way people write it

ENTROPIES = [
    "-sum(Y .* log(softmax(S)))/N",
    "-sum(Y .* log_softmax(S))/N",
    "-tr(Y'*log_softmax(S))/N",
    "-mean(rowsum(Y .* log_softmax(S)))",
    "(sum(logsumexp(S)) - sum(S .* Y))/N",
    "p = exp(S) ./ (exp(S)*ones(K)); loss = -sum(Y .* log(p))/N",
    "p = exp(S) ./ (exp(S)*ones(K)*ones(1, K)); loss = -sum(Y .* log(p))/N",
    "expS = exp(S); p = expS ./ rowsum(expS); loss = -sum(Y .* log(p))/N",
    "p = exp(S) ./ (exp(S)*ones(K)); loss = -ones(1, N)*log((p .* Y)*ones(K))/N",
    "p = softmax(S); q = rowsum(p .* Y); loss = -sum(log(q))/N",
    "loss = -1/N*ones(1, N)*((S .* Y)*ones(K) - log(exp(S)*ones(K)))",
    "s = exp((S .* Y)*ones(K)); z = exp(S)*ones(K); loss = -ones(1, N)*log(s ./ z)/N",
]


@pytest.mark.parametrize("kind", ["onehot", "labels"])
@pytest.mark.parametrize("source", ENTROPIES)
def test_cross_entropy_collapses(source: str, kind: str) -> None:
    d = md.derive(source, "S", where=f"S: matrix(N, K); Y: {kind}(N, K)")
    assert str(d.gradient) == f"({'p' if 'p =' in source else 'softmax(S)'} - Y)/N"
    d.verify()
