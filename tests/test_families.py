"""Models with indices: gradients against JAX, steps replayed, answers read back, values of both kinds of code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from families import CASES, Case

import matdiff as md

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZES = {"rnn": {}, "unrolled descent": {"T": 5}, "kalman gain": {"T": 3}}


def inputs(case: Case) -> dict[str, Any]:
    return case.arrays() | SIZES.get(case.name, {})


def by_jax(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: np.asarray(value) for name, value in case.arrays().items()}
    inner = {name: np.zeros((4, 3)) for name in names if name not in values}  # moved by what is added to it

    def loss(moving: dict[str, Any]) -> Any:
        return case.loss(jax.numpy, {**{n: jax.numpy.asarray(v) for n, v in values.items()}, **moving})

    found = jax.grad(loss)({name: jax.numpy.asarray(({**values, **inner})[name], dtype=float) for name in names})
    return {name: np.asarray(value) for name, value in found.items()}


def close(found: Any, wanted: Any) -> bool:
    return np.size(found) == np.size(wanted) and np.allclose(np.reshape(found, np.shape(wanted)), wanted, 1e-9, 1e-11)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradients_are_those_of_jax(case: Case) -> None:
    """Evaluated, compiled, and read back from what is printed; and the steps hold."""
    derivation = md.derive(case.source, case.wrt)
    value = md.parse(case.source).evaluate(**inputs(case))
    assert np.isclose(value, float(case.loss(np, case.arrays())), 1e-10)
    compiled = md.compile([derivation.gradient[name] for name in case.wrt])(**inputs(case))
    wanted = by_jax(case, case.wrt)
    for name, code in zip(case.wrt, compiled, strict=True):
        gradient = derivation.gradient[name]
        found = gradient.evaluate(**inputs(case))
        assert np.shape(found) == np.shape(wanted[name]) and close(found, wanted[name]), (name, str(gradient))
        assert np.shape(code) == np.shape(wanted[name]) and close(code, wanted[name]), name
        again = md.parse(str(gradient), where=case.source).evaluate(**inputs(case))
        by_columns = ":" in str(gradient.of)  # what is printed of these is a family of rows or columns
        assert by_columns or (np.shape(again) == np.shape(found) and close(again, wanted[name])), str(gradient)
    assert "steps hold" in derivation.verify()


# source | what the error says | where its places begin
ERRORS = [
    ("i: 1..N; x[i]: vector(q); f = sum[i](x[i]'*x[j])", "j is free on the right only", None),
    ("i: 1..N; j: 1..M; x[i]: scalar; u[i] = x[i]*x[j]; sum[i](u[i])", "j is free on the right only", None),
    ("i: 1..N; i: 1..M; x[i]: scalar; sum[i](x[i])", "declared twice", 2),
    ("i: 1..N; k: 1..M; x[i], y[k]: scalar; sum[j](x[j]*y[j])", "j runs over 1..N in one place and over 1..M", 2),
    ("i: 1..N; x[i]: scalar; sum[i](x[i+1])", "x[i+1] leaves the range 1..N at x[N+1]", 1),
    ("t: 1..T; x[t]: scalar; h[t] = h[t-1] + x[t]; h[T]", "give its start, h[0] = …", 1),
    ("t: 1..T; h[0] = 1; h[t] = h[t] + h[t-1]; h[T]", "h is defined by itself in a circle", None),
    ("t: 1..T; u[t] = v[t]; v[t] = u[t]; sum[t](u[t])", "are defined by one another in a circle", None),
    ("t: 1..T; x[t]: vector(n); x + 1", "x has indices: write x[…]", 2),
    ("t: 1..T; x[t,t]: vector(n); 1", "the same index twice", 1),
    ("t: 1..T; x[t]: scalar; total[t](x[t])", "total binds no indices", 1),
    ("t: 1..T; x[t]: scalar; sum[t](x[t*t])", "a position is an index, an integer, or sums", 1),
    ("t: 1..T; h[0] = 1; h[t] = h[t-1]; h[2] = 3; h[T]", "h[2] is defined twice: h[t] may be the same", 1),
    ("t: 3..T; x[t]: scalar; h[0] = 1; h[t] = h[t-1] + x[t]; h[T]", "h[1] has no value", 1),
    ("t: 1..T; A[i]: scalar; i: 1..K; y: labels(T, K); sum[t](A[y[t-1]])", "takes y[0], but y has the entries 1..T", 1),
    ("n: 1..N; x: vector(n); sum[n](x[n])", "is an index, and cannot be another name too", 2),
    ("i: 1..N; x[i]: vector(n); y[i]: vector(m); sum[i](x[i]'*y[i])", "needs n = m", None),
    ("j: 1..N; j_: 1..M; x[j], y[j_]: scalar; sum[j,j_](x[j]*y[j_])", "with _ behind it, these are the same", 2),
    ("i: 1..N; x: vector(N*M); sum[i](x[M*i-i])", "i stands in one term of a position", 1),
    ("i: 1..N*; x[i]: scalar; sum[i](x[i])", "the ends of a range", 1),
]


@pytest.mark.parametrize(("source", "words", "places"), ERRORS)
def test_errors_say_what_and_where(source: str, words: str, places: int | None) -> None:
    with pytest.raises(md.MatdiffError) as found:
        e = md.parse(source)
        md.derive(e, list(e.model.families.members)[:1])
    assert words in str(found.value).split("\n")[0]
    assert places is None or len(found.value.places) == places


REFUSED = [
    (lambda: md.hessian("t: 1..T; a: scalar; h[0] = 1; h[t] = a*h[t-1]; h[T]", "a"), "h is a recurrence: its Hessian"),
    (lambda: md.hvp("i: 1..N; S[i]: symmetric(n); sum[i](tr(S[i]^3))", "S"), "which is symmetric"),
    (lambda: md.hvp("i: 1..N; x[i]: scalar; u: scalar; sum[i](x[i]^2)*u", "x", "u"), "u is not of the size of x"),
    (lambda: md.derive("i: 1..N; x[i]: scalar; sum[i](x[i]^2)", "x").jacobian, "the Jacobian by a family"),
    (lambda: md.derive("i: 1..N; x[i]: scalar; x[i]^2", "x"), "a scalar without indices"),
    (lambda: md.derive("i: 1..N; x[i]: scalar; sum[i](x[i]^2)", "i"), "i is an index: it does not vary"),
]


SECOND = {
    "causal attention",
    "convolution",
    "padding",
    "rnn",
    "embedding",
    "graph",
    "mixture by logsumexp",
    "neighbours",
}
"""Programs of which second derivatives are compared with JAX in every run; of the others too in the slow tests."""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=[] if case.name in SECOND else pytest.mark.slow) for case in CASES],
)
def test_second_derivatives_are_those_of_jax(case: Case) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    arrays, name = case.arrays(), case.wrt[0]
    slope = jax.grad(lambda x: case.loss(jax.numpy, {**arrays, name: x}))
    x = np.asarray(arrays[name], float)
    v = np.random.default_rng(1).standard_normal(x.shape)
    try:
        along = md.hvp(case.source, name, "direction").evaluate(**inputs(case), direction=v)
        assert close(along, jax.jvp(slope, (x,), (v,))[1])
        found = md.hessian(case.source, name)
    except md.UnsupportedError as error:
        assert "is a recurrence" in str(error) or "a Hessian through" in str(error)
        return
    family = found.model.families.members.get(name) if found.model.families else None
    count = len(family.indices) if family else len(found.indices) // 2
    own = range(x.ndim - 1, count - 1, -1)  # the columns one below the other
    wanted = np.asarray(jax.jacobian(slope)(x)).transpose(
        *range(count), *range(x.ndim, x.ndim + count), *own, *(x.ndim + axis for axis in own)
    )
    values = np.asarray(found.evaluate(**inputs(case)))
    assert values.size == wanted.size and close(values.reshape(wanted.shape), wanted)


def test_blocks_are_written_with_a_second_index() -> None:
    found = md.derive("i: 1..N; w: vector(d); x[i]: vector(d); sum[i](exp(w'*x[i]))", ["w", "x"], order=2)
    assert str(found.hessian["w", "w"]) == "sum[i](exp(w'*x[i])*x[i]*x[i]')"
    assert str(found.hessian["x", "x"]).endswith("1(i == j)*exp(w'*x[i])*w*w'")
    assert "H_x[i], w f = exp(w'*x[i])*(w*x[i]' + eye(d))    (d×d for each i)" in str(found)
    assert r"\mathrm{H}_{x_{i}, x_{j}}" in found.latex()


@pytest.mark.parametrize(("question", "words"), REFUSED)
def test_what_is_not_given_is_refused_by_name(question: Any, words: str) -> None:
    with pytest.raises(md.MatdiffError, match=words):
        question()


def test_arrays_that_do_not_fit() -> None:
    e = md.parse("i: 1..N; x[r]: vector(n); r: 1..R; sum[i](x[i+1]'*x[i])")
    assert e.evaluate(x=[[1, 2], [3, 4], [5, 6]], N=2) == 11 + 39
    for given, words in (
        ({"x": [[1, 2], [3, 4]], "N": 2}, "runs from 2 to 3"),
        ({"x": 3.0, "N": 2}, "has the axes"),
        ({"N": 2}, "no value was given for x"),
        ({"x": [[1, 2]]}, "the size N is not known"),
        ({"x": [[1, 2]], "N": 1, "z": 1}, "z is not a name"),
    ):
        with pytest.raises(md.MatdiffError, match=words):
            e.evaluate(**given)


NESTED = [
    ("max[i](b[i] + (b[i]*c + (b[i] + b[i])))", "c", lambda b, c: b[np.argmax(b * (3 + c))]),
    (
        "min[i](mean[k](exp(-(b[i] - a[k])^2)*c))",
        "c",
        lambda b, c: np.min(np.mean(np.exp(-((b[:, None] - A) ** 2)), 1)),
    ),
    ("sum[j](tanh(sum[i](b[i]*b[j])))", "b", lambda b, c: _slope(b)),
    ("max[j](max[i](c*b[i] + b[i])) + sum[j](c*sum[i](b[i]))*0", "c", lambda b, c: b.max()),
    ("min[j](mean[i](exp(c))*b[j])", "c", lambda b, c: np.exp(c) * b.min()),
]
A = np.array([0.3, -1.1])


def _slope(b: np.ndarray) -> np.ndarray:
    """The gradient of Σ tanh(b_j Σ b)."""
    bent = 1 / np.cosh(b * b.sum()) ** 2
    return bent * b.sum() + bent @ b


@pytest.mark.parametrize(("objective", "by", "wanted"), NESTED)
def test_extremes_and_sums_inside_of_one_another(objective: str, by: str, wanted: Any) -> None:
    """An entry is the largest to the last digit, however it is written; an index that is new has a range."""
    source = "N, K: dim\ni: 1..N; j: 1..N; k: 1..K\nb[i], a[k]: scalar\nc: scalar\nf = "
    derivation = md.derive(source + objective, by)
    assert "steps hold" in derivation.verify()
    found = derivation.gradient
    known = {"b": np.array([0.7, 1.3, -0.4]), "c": 0.37, "a": A, "N": 3, "K": 2}
    for value in (found.evaluate(**known), md.compile(found)(**known)):
        assert close(value, wanted(known["b"], known["c"]))


def test_ends_of_ranges_are_sums_of_products() -> None:
    e = md.parse("i: 1..2*P*C-1; k: -1..P; sum[i](i) + sum[k](k)")
    assert e.evaluate(P=2, C=3) == sum(range(12)) + 2


def test_labels_tell_a_value_of_their_range() -> None:
    e = md.parse("t: 1..T; i: 1..V; E[i]: scalar; y: labels(P, V); sum[t](E[y[t]])")
    for y, steps, words in (([0, 2], 2, "holds the label 2"), ([0, 1], 3, "runs from 1 to 3")):
        with pytest.raises(md.MatdiffError, match=words):
            e.evaluate(E=[1.0, 2.0], y=y, T=steps)


def test_prints_as_papers_do() -> None:
    source = "b: 1..B; h: 1..H; Q[b,h]: matrix(n, d); Wo[h]: matrix(d, c); T[b]: matrix(n, c)"
    loss = "sum[b](norm2(sum[h](Q[b,h]*Wo[h]) - T[b])^2/2)"
    derivation = md.derive(loss, "Wo", where=source)
    assert str(derivation.gradient) == "sum[b](Q[b,h]'*(sum[h](Q[b,h]*Wo[h]) - T[b]))"
    assert "∇_Wo[h] f = " in str(derivation)
    assert r"\sum_{b} Q_{b, h}^{\top} \left(" in derivation.latex()
    assert "change of the index" not in str(derivation)
    for format in ("markdown", "html", "json"):
        assert derivation.render(format)


def test_a_recurrence_runs_backward() -> None:
    case = next(case for case in CASES if case.name == "rnn")
    derivation = md.derive(case.source, ["W", "h0"])
    assert sorted(str(statement) for statement in derivation.statements) == [
        "delta_h[T+1] = 0",
        "delta_h[t] = (1 - h[t] .^ 2) .* grad_h[t]",
        "grad_h[0] = W'*delta_h[1]",
        "grad_h[t] = V'*(V*h[t] - y[t]) + W'*delta_h[t+1]",
    ]
    assert any(step.rule.startswith("change of the index") or "t' = t-1" in step.rule for step in derivation.steps)


W = "i: 1..N; j: 1..N; x[i]: vector(q); A: matrix(q, q)"
PAIRS = [
    ("sum[i](x[i]'*A*x[i])", "sum[j](x[j]'*A*x[j])", "proved"),
    ("sum[i](x[i]'*A*x[i])", "sum[i](tr(A*x[i]*x[i]'))", "proved"),
    ("sum[i](x[i]'*A*x[i] + x[i]'*x[i])", "sum[i](x[i]'*A*x[i]) + sum[j](x[j]'*x[j])", ""),
    ("[A, x[i]]*[A, x[i]]'", "A*A' + x[i]*x[i]'", ""),
    ("sum[i](x[i]'*A*x[i])", "sum[i](2*tr(A*x[i]*x[i]'))", "refuted"),
    ("A*x[i]", "x[i]", "refuted"),
    ("x[i]", "x[j]", "refuted"),
    ("sum[i](x[i])", "x[i]", "refuted"),
]


@pytest.mark.parametrize(("one", "other", "how"), PAIRS)
def test_equality_over_indices(one: str, other: str, how: str) -> None:
    verdict = md.equal(one, other, where=W)
    assert verdict.holds is (how != "refuted") and how in ("", verdict.how)


OVER = "N, M: dim\ni: 1..N; j: 1..M\nx[i]: scalar; c: scalar\n"
TWO_MODELS = [
    (f"{OVER}f = sum[i](x[i])", f"{OVER}f = 2*sum[i](x[i])"),
    (f"{OVER}u = sum[i](x[i])\nf = u", f"{OVER}u = sum[i](x[i]^2)\nf = u"),
    (f"{OVER}u[i] = x[i]\nsum[i](u[i])", f"{OVER}u[i] = 2*x[i]\nsum[i](u[i])"),
    (f"{OVER}sum[i](c)", f"{OVER}sum[j](c)"),
    ("i: 1..2; c: scalar\nexp(sum[i](c))", "i: 1..3; c: scalar\nexp(sum[i](c))"),
]


@pytest.mark.parametrize(("one", "other"), TWO_MODELS)
def test_names_that_mean_two_things_prove_nothing(one: str, other: str) -> None:
    assert md.equal(one, other).how == "refuted"
    assert md.equal(one, one).holds


MODELS = {
    "multi_head_attention": (
        "Wq Wk Wv Wo",
        {"Wq": (3, 5, 2), "Wk": (3, 5, 2), "Wv": (3, 5, 2), "Wo": (3, 2, 3)},
        {"X": (2, 4, 5), "T": (2, 4, 3)},
    ),
    "convolution": ("W b", {"W": (3, 3, 3, 2), "b": (2,)}, {"X": (5, 5, 2, 3), "T": (2, 2, 2, 2)}),
    "deep_network": ("W b", {"W": (4, 3, 3), "b": (4, 3)}, {"X": (5, 3), "Y": (5, 3)}),
    "lstm": (
        "Wi Wf Wo Wg Ri Rf Ro Rg h0 c0",
        {f"W{gate}": (3, 2) for gate in "ifog"}
        | {f"R{gate}": (2, 2) for gate in "ifog"}
        | {"h0": (5, 2), "c0": (5, 2)},
        {"x": (4, 5, 3), "y": (4, 5, 2)},
    ),
    "batch_norm_images": ("g b", {"g": (3,), "b": (3,)}, {"X": (4, 2, 3), "T": (4, 2, 3)}),
    "gaussian_mixture": ("m a", {"m": (3, 2), "a": (3,)}, {"x": (20, 2), "S": (3, 2, 2)}),
}


def test_every_example_with_indices_is_among_the_models() -> None:
    found = {path.stem for path in EXAMPLES.glob("*.matdiff") if md.parse(path.read_text()).model.families is not None}
    assert found == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_generated_modules_train(name: str) -> None:
    wrt, parameters, data = MODELS[name]
    rng = np.random.default_rng(0)
    start, given = ({n: rng.standard_normal(s) for n, s in shapes.items()} for shapes in (parameters, data))
    source = (EXAMPLES / f"{name}.matdiff").read_text(encoding="utf-8")
    space: dict[str, Any] = {}
    exec(md.generate(source, wrt.split()), space)  # our own code
    _, losses = space["train"](start, given, 20, 0.005)
    assert losses[-1] < losses[0]
    assert space["check_gradients"](start, given) < 1e-6


NORMS = [
    (
        "p: 1..P; N, C: dim; X[p], G[p]: matrix(N, C); mu = sum[p](colsum(X[p]))/(P*N)\n"
        "v = sum[p](colsum((X[p] - mu).^2))/(P*N); s = (v + 1e-5).^(1/2); Z[p] = (X[p] - mu) ./ s\n"
        "sum[p](tr(G[p]'*Z[p]))",
        (4, 3, 2),
        (0, 1),
    ),
    (
        "t: 1..T; d: dim; X[t], G[t]: vector(d); m[t] = mean(X[t]); s[t] = sqrt(mean((X[t] - m[t]).^2) + 1e-5)\n"
        "z[t] = (X[t] - m[t])/s[t]; sum[t](G[t]'*z[t])",
        (3, 4),
        (1,),
    ),
]


@pytest.mark.parametrize(("source", "shape", "axes"), NORMS)
def test_the_gradients_of_norms_are_compact(source: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    """``(G - mean(G) - Z .* mean(G .* Z)) ./ s``: what is taken from its mean adds up to 0 (Ioffe & Szegedy 2015)."""
    derivation = md.derive(source, "X")
    assert any("adds up to 0 by the definition of m" in step.rule for step in derivation.steps)
    assert len(derivation.statements) == 1
    rng = np.random.default_rng(0)
    X, G = rng.standard_normal(shape), rng.standard_normal(shape)
    s = np.sqrt(np.var(X, axis=axes, keepdims=True) + 1e-5)
    Z = (X - X.mean(axes, keepdims=True)) / s
    wanted = (G - G.mean(axes, keepdims=True) - Z * (G * Z).mean(axes, keepdims=True)) / s
    assert close(derivation.gradient.evaluate(X=X, G=G), wanted)


@pytest.mark.parametrize("mean", ["sum[i](x[i])/(N + 1)", "mean[i](relu(x[i]))", "0*mean[i](x[i]) + 1"])
def test_what_does_not_add_up_to_zero_stays(mean: str) -> None:
    derivation = md.derive(f"i: 1..N; x[i]: scalar; m = {mean}; sum[i]((x[i] - m)^2)", "x")
    assert not any("adds up to 0" in step.rule for step in derivation.steps)
    assert "steps hold" in derivation.verify()


def test_lines_are_those_of_a_textbook_and_have_their_moves() -> None:
    source = "b: 1..B; Y[b], T[b]: matrix(n, c); sum[b](norm2(Y[b] - T[b])^2/2)"
    short, full = (md.derive(source, "Y", detail=detail) for detail in ("textbook", "full"))
    assert str(short.steps[1].after) == "sum[b](tr((Y[b] - T[b])'*dY[b]))"
    assert len(short.steps) < len(full.steps) == len(short.moves)


def test_entries_of_a_family_that_runs_further_than_its_index() -> None:
    model = "l: 1..L; n: dim; k: 1..n; x: vector(n); W[l]: matrix(n, n)\nh[0] = x; h[l] = W[l]*h[l-1]\n"
    value = md.compile(md.parse(f"{model}loss = sum[l,k](k*h[l-1,k]^2)"))
    rng = np.random.default_rng(0)
    W, x = rng.standard_normal((2, 3, 3)), rng.standard_normal(3)
    weights = np.arange(1, 4)
    assert np.isclose(value(W=W, x=x), weights @ x**2 + weights @ (W[0] @ x) ** 2)


def test_rows_and_columns_of_a_square_matrix_are_two_indices() -> None:
    where = "A: matrix(n, n)"
    found = md.gradient("A[1,:]*A[:,2]", "A", where=where)
    a = np.arange(9.0).reshape(3, 3)
    wanted = np.zeros((3, 3))
    wanted[0] += a[:, 1]
    wanted[:, 1] += a[0]
    assert str(found.of) == "A[i,j]"
    for one in (found, md.parse(str(found), where=where)):
        np.testing.assert_allclose(one.evaluate(A=a), wanted)
