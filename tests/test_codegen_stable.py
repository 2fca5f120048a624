"""Extreme scores: whatever way softmax, cross-entropy, sigmoid and their kin are written, nothing overflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_codegen_module import MODELS, load

import matdiff as md
from matdiff.codegen import generate
from matdiff.codegen.stable import OPPOSITES
from matdiff.identities import laws

EXTREME = np.array([-1000.0, 0.0, 1000.0, 999.0, -40.0, 30.0])


def quietly(action: Any, *arguments: Any, **options: Any) -> Any:
    """The result of a call in which no floating point error of any kind may occur."""
    with np.errstate(all="raise", under="ignore"):
        return action(*arguments, **options)


@pytest.mark.parametrize("equation", [law.equation for law in laws("stable")])
def test_every_equation_holds(equation: str) -> None:
    declarations, _, sides = equation.rpartition("|-")
    left, right = sides.split(" = ")
    assert md.equal(left, right, where=declarations or None).holds


@pytest.mark.parametrize("equation", [equation for _, equation in OPPOSITES])
def test_every_product_with_the_sigmoid_of_the_opposite(equation: str) -> None:
    left, right = equation.split(" = ")
    assert md.equal(f"({left}) .* sigmoid(-X)", right).holds


CROSS_ENTROPIES = {
    "softmax": "probs = softmax(S)\n-sum(y .* log(probs))/N",
    "exp over sum": "e_S = exp(S)\nprobs = e_S ./ rowsum(e_S)\n-sum(y .* log(probs))/N",
    "log of the right one": "e_S = exp(S)\nprobs = e_S ./ (e_S*ones(K))\n-sum(log((probs .* y)*ones(K)))/N",
    "as the document derives it": (
        "S_y = (S .* y)*ones(K)\nexp_y = exp(S_y)\nexp_sum = exp(S)*ones(K)\n-ones(N)'*log(exp_y ./ exp_sum)/N"
    ),
    "log softmax": "-tr(y'*log_softmax(S))/N",
    "log-sum-exp": "(sum(log(rowsum(exp(S)))) - sum(S .* y))/N",
}


@pytest.mark.parametrize("text", CROSS_ENTROPIES.values(), ids=CROSS_ENTROPIES)
def test_cross_entropy_is_stable_however_it_is_written(text: str, tmp_path: Path) -> None:
    source = f"N, K: dim\nS: matrix(N, K); y: labels(N, K)\n{text}"
    module = load(generate(source, ["S"]), tmp_path / "module.py")
    scores = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 0.0]])
    loss, gradients = module.loss_and_gradients(scores, np.array([1, 1]))
    assert loss == pytest.approx(1000.0)
    np.testing.assert_allclose(gradients["S"], [[0.5, -0.5, 0.0], [0.0, 0.0, 0.0]], atol=1e-12)


STABLE = {
    "softplus": ("x: vector(n)\nsum(log(1 + exp(x)))", [1000.0, -1000.0, 0.0], 1000.0 + np.log(2), [1.0, 0.0, 0.5]),
    "logistic loss": ("x: vector(n)\nsum(log(1 + exp(-x)))", [1000.0, -1000.0], 1000.0, [0.0, -1.0]),
    "log sigmoid": ("x: vector(n)\n-sum(log(1 ./ (1 + exp(-x))))", [1000.0, -1000.0], 1000.0, [0.0, -1.0]),
    "sigmoid": ("x: vector(n)\nsum(1 ./ (1 + exp(-x)))", [1000.0, -1000.0], 1.0, [0.0, 0.0]),
    "log complement": ("x: vector(n)\n-sum(log(1 - sigmoid(x)))", [1000.0, -1000.0], 1000.0, [1.0, 0.0]),
    "log-sum-exp": ("x: vector(n)\nlog(sum(exp(x)))", [1000.0, -1000.0], 1000.0, [1.0, 0.0]),
    "softmax": ("x: vector(n)\nsum((exp(x)/sum(exp(x))) .^ 2)", [1000.0, -1000.0], 1.0, [0.0, 0.0]),
    "norm at 0": ("x: vector(n)\nnorm2(x)", [0.0, 0.0], 0.0, [0.0, 0.0]),
    "root of squares at 0": ("x: vector(n)\nsqrt(sum(x .^ 2))", [0.0, 0.0], 0.0, [0.0, 0.0]),
    "root of a product at 0": ("x: vector(n)\nsqrt(x'*x)", [0.0, 0.0], 0.0, [0.0, 0.0]),
    "log1p": ("x: vector(n)\nsum(log(1 + x))", [1e-20, 0.0], 1e-20, [1.0, 1.0]),
}


@pytest.mark.parametrize("case", STABLE.values(), ids=STABLE)
def test_stable_forms(case: tuple[str, list[float], float, list[float]], tmp_path: Path) -> None:
    source, at, value, gradient = case
    module = load(generate(source, ["x"]), tmp_path / "module.py")
    loss, gradients = module.loss_and_gradients(np.array(at))
    assert loss == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(gradients["x"], gradient, atol=1e-12)


# Every way to write them, of every kind of argument: z is extreme, y is 1, u is 0, t is 1, A is the identity.
DECLARED = "z, y, u: vector(n); A: matrix(n, n); t, b: scalar\n"
WAYS = [
    "sum(y .* (exp({0}) ./ (1 + exp({0}))))",
    "sum(y .* exp({0}) ./ (exp({0}) + 1))",
    "sum(y .* (1 ./ (1 + exp({0}))))",
    "sum(y ./ (1 + exp(-({0}))))",
    "sum((1 + exp(-({0}))) .^ -1 .* y)",
    "sum(log(1 + exp({0})))",
    "sum(log(exp(-({0})) + 1))",
    "p = 1 ./ (1 + exp(-({0})))\n-sum(y .* log(p) + (1 - y) .* log(1 - p))",
    "p = sigmoid({0})\nsum(-y .* log(p) - (1 - y) .* log(1 - p))",
    "p = exp({0}) ./ (1 + exp({0}))\n-y'*log(p) - (ones(n) - y)'*log(ones(n) - p)",
    "p = (1 + tanh({0}))/2\n-mean(y .* log(p) + (1 - y) .* log(1 - p))",
    "-sum(log(exp({0}) ./ (1 + exp({0}))))",
    "s = {0}\nsum(log(exp(s)) - log(1 + exp(s)))",
    "p = sigmoid({0})\n-sum((1 - p) .^ 2 .* log(p))",
    "log(sum(exp({0})))",
    "p = exp({0})/sum(exp({0}))\np'*p",
    "p = 2*exp({0})/sum(exp({0}))\np'*p",
    "-log(y'*exp({0})/sum(exp({0})))",
    "s = {0}\ne = exp(s)\np = e/sum(e)\n-y'*log(p)",
    "-sum(log(exp({0}) ./ (exp({0}) + exp(u))))",
    "sum(log(cosh({0})))",
    "sum(log(1 - tanh({0}) .^ 2))",
    "sum((exp({0}) - exp(-({0}))) ./ (exp({0}) + exp(-({0}))))",
    "sum(max(0, {0}) + min(0, exp({0}) - 1))",
]
ARGUMENTS = ["z", "-z", "2*z", "z/t", "-t*z", "A*z + b", "-A*z", "z - u", "-y .* (A*z + b)", "t*(z - u)"]


@pytest.mark.parametrize(("number", "way"), list(enumerate(WAYS)), ids=lambda value: str(value).replace("\n", "; "))
def test_of_every_argument(number: int, way: str, tmp_path: Path) -> None:
    for argument in ("z", *ARGUMENTS[1 + number % 3 :: 3]):
        module = load(generate(DECLARED + way.format(argument), ["z"]), tmp_path / "module.py")
        values = {"z": EXTREME, "y": np.ones(6), "u": np.zeros(6), "A": np.eye(6), "t": 1.0, "b": 0.0}
        inputs = {name: values[name] for name in module.SHAPES}
        loss, gradients = quietly(module.loss_and_gradients, *inputs.values())
        assert np.isfinite(loss) and np.all(np.isfinite(gradients["z"])), argument
        inputs["z"] = np.random.default_rng(0).standard_normal(6)
        _, gradients = module.loss_and_gradients(*inputs.values())
        direction = np.random.default_rng(1).standard_normal(6)
        ahead, behind = (
            module.loss_and_gradients(*{**inputs, "z": inputs["z"] + step * direction}.values())[0]
            for step in (1e-5, -1e-5)
        )
        assert gradients["z"] @ direction == pytest.approx((ahead - behind) / 2e-5, rel=1e-6, abs=1e-9)


SCORES = "N, K: dim\nS: matrix(N, K); T: matrix(N, K); y: labels(N, K)\n"
MATRICES = {
    "columns": "E = exp(S)\nP = E ./ colsum(E)\n-sum(T .* log(P))",
    "diagonal": "E = exp(S)\nP = inv(diag(E*ones(K)))*E\n-sum(T .* log(P))",
    "reciprocal diagonal": "E = exp(S)\nP = diag(1 ./ (E*ones(K)))*E\n-sum(T .* log(P))",
    "all entries": "P = exp(S)/sum(exp(S))\n-sum(T .* log(P))",
    "in a chain": "sum(T .* exp(S) ./ rowsum(exp(S)))",
    "at the label": "E = exp(S)\np = rowsum(y .* E) ./ rowsum(E)\n-sum(log(p))/N",
    "at the label of a quotient": "E = exp(S)\nP = E ./ rowsum(E)\n-mean(log(rowsum(P .* y)))",
    "temperature": "t: scalar\nP = softmax(S/t)\n-sum(y .* log(P))/N",
    "entropy": "P = softmax(S)\nsum(P .* log(P))",
    "entry by entry": "P = sigmoid(S)\n-sum(T .* log(P) + (1 - T) .* log(1 - P))",
    "square of pairs": "Z = S*S'/1000\n-sum(log(diag(softmax(Z))))",
}


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("text", MATRICES.values(), ids=MATRICES)
def test_matrices_of_scores(text: str, style: str, tmp_path: Path) -> None:
    module = load(generate(SCORES + text, ["S"], style=style), tmp_path / "module.py")
    rng = np.random.default_rng(2)
    hot = np.eye(4)[[0, 2, 3, 0, 1]]
    values = {"S": rng.choice(EXTREME, (5, 4)), "T": hot, "y": hot.argmax(axis=1), "t": 1.0}
    inputs = {name: values[name] for name in module.SHAPES}
    loss, gradients = quietly(module.loss_and_gradients, *inputs.values())
    assert np.isfinite(loss) and np.all(np.isfinite(gradients["S"]))
    parameters, losses = quietly(module.train, *inputs.values(), steps=3, learning_rate=1e-3)
    assert np.all(np.isfinite(losses)) and np.all(np.isfinite(parameters["S"]))
    assert module.check_gradients(*{**inputs, "S": rng.standard_normal((5, 4))}.values()) < 1e-4


def test_small_probabilities_keep_their_digits(tmp_path: Path) -> None:
    module = load(generate("z: vector(n)\nsum(log(1 + exp(z)))", ["z"]), tmp_path / "module.py")
    z = np.array([-30.0, -100.0, -700.0])
    _, gradients = module.loss_and_gradients(z)
    np.testing.assert_allclose(gradients["z"], np.exp(z), rtol=1e-12)


def test_a_reciprocal_norm_is_not_hidden(tmp_path: Path) -> None:
    module = load(generate("x: vector(n); c: vector(n)\nc'*c/norm2(x)", ["x"]), tmp_path / "module.py")
    with np.errstate(divide="ignore", invalid="ignore"):
        loss, _ = module.loss_and_gradients(np.zeros(2), np.ones(2))
    assert np.isinf(loss)


def test_large_determinants(tmp_path: Path) -> None:
    module = load(generate("A: matrix(n, n)\nlog(det(A))", ["A"]), tmp_path / "module.py")
    loss, gradients = module.loss_and_gradients(1e4 * np.eye(200))
    assert loss == pytest.approx(200 * np.log(1e4))
    np.testing.assert_allclose(gradients["A"], 1e-4 * np.eye(200))
    assert np.isnan(module.loss_and_gradients(np.diag([1.0, -1.0]))[0])


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("name", ["spiral_softmax", "softmax_regression"])
def test_training_survives_extreme_scores(name: str, style: str, tmp_path: Path) -> None:
    module = load(generate(*MODELS[name], style=style), tmp_path / "module.py")
    inputs = module.initialise()
    inputs["b2" if "b2" in inputs else "b"] = np.array([[1000.0, -1000.0, 0.0]])
    parameters, losses = module.train(*inputs.values(), steps=50, learning_rate=1.0)
    assert np.all(np.isfinite(losses)) and losses[-1] < losses[0]
    assert all(np.all(np.isfinite(array)) for array in parameters.values())
