"""The JAX and PyTorch ports against the NumPy module; each is skipped where its library is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_codegen_module import MODELS, load, moved

from matdiff import evaluate, exchange
from matdiff.codegen import generate, split_source
from matdiff.errors import UnsupportedError
from matdiff.operators import ROWS
from matdiff.reader import read_model


@pytest.mark.parametrize("name", [name for name in MODELS if name != "deep"])
@pytest.mark.parametrize("target", ["jax", "torch"])
def test_ports_agree_with_numpy(target: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    text, wrt = MODELS[name]
    numpy_module = load(generate(text, wrt), tmp_path / "numpy_module.py")
    ported = load(generate(text, wrt, target=target), tmp_path / "ported.py")
    inputs = moved(numpy_module, read_model(split_source(text)[0]))
    loss, gradients = numpy_module.loss_and_gradients(*inputs.values())
    other, found = ported.loss_and_gradients(*inputs.values())
    np.testing.assert_allclose(float(other), loss, rtol=1e-11)
    for key, gradient in gradients.items():
        assert np.shape(found[key]) == np.shape(gradient)
        np.testing.assert_allclose(np.asarray(found[key]), gradient, rtol=1e-8, atol=1e-10)
    rate = 1e-7
    parameters, losses = numpy_module.train(*inputs.values(), steps=3, learning_rate=rate)
    others, found_losses = ported.train(*inputs.values(), steps=3, learning_rate=rate)
    np.testing.assert_allclose(found_losses, losses, rtol=1e-11)
    for key, value in parameters.items():
        np.testing.assert_allclose(np.asarray(others[key]), value, rtol=1e-9, atol=1e-12)
    assert ported.check_gradients(*inputs.values()) < 1e-4


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ports_follow_the_float_type(target: str, dtype: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    module = load(generate(*MODELS["spiral_softmax"], target=target), tmp_path / "module.py")
    inputs = {
        name: value.astype(dtype) if np.asarray(value).dtype.kind == "f" and np.ndim(value) else value
        for name, value in module.initialise().items()
    }
    loss, gradients = module.loss_and_gradients(*inputs.values())
    assert dtype in str(loss.dtype)
    assert all(dtype in str(gradient.dtype) for gradient in gradients.values())


FUNCTIONS = [entry.call for entry in ROWS.values() if entry.elementwise and len(entry.arguments) == 1]


@pytest.mark.parametrize("name", [*FUNCTIONS, "gamma", "loggamma"])
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_every_function_of_entries(target: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    source = f"N, D: dim\nX: matrix(N, D)\nsum({name}(X) .* X)"
    model = read_model(source)
    try:
        module = load(generate(source, ["X"], target=target), tmp_path / "module.py")
    except UnsupportedError as error:
        assert name in ("gamma", "loggamma")
        pytest.skip(str(error))
    x = np.random.default_rng(0).uniform(0.1, 0.9, (3, 4))
    loss, gradients = module.loss_and_gradients(x)
    assert model.objective is not None

    def value(at: np.ndarray) -> float:
        known, sizes = exchange.arrays(model.variables, {"X": at})
        return float(evaluate.values([model.objective], known, sizes)[model.objective][0, 0])

    assert float(loss) == pytest.approx(value(x), rel=1e-12)
    direction = np.random.default_rng(1).standard_normal(x.shape)
    slope = (value(x + 1e-6 * direction) - value(x - 1e-6 * direction)) / 2e-6
    assert np.sum(np.asarray(gradients["X"]) * direction) == pytest.approx(slope, rel=1e-6)
    single, gradients = module.loss_and_gradients(x.astype(np.float32))
    assert "float32" in str(single.dtype) and "float32" in str(gradients["X"].dtype)
    assert float(single) == pytest.approx(float(loss), rel=1e-5)


OF_MATRICES = [
    entry.call
    for entry in ROWS.values()
    if entry.call and not entry.elementwise and len(entry.arguments) == 1 and entry.formula("d", 0)
    if entry.name not in ("svd_u", "svd_v", "eigvecs", "eigvec_max", "eigvec_min", "adj")
]
"""Functions of one matrix whose value is one, whatever the signs of its factors are."""


@pytest.mark.parametrize("name", dict.fromkeys(OF_MATRICES))
@pytest.mark.parametrize("target", ["jax", "torch"])
def test_every_function_of_a_matrix(target: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    wrt = "v" if name == "sort" else "X"
    source = f"N: dim\nX: symmetric(N); v: vector(N)\nsum({name}({wrt}).^2)*sum(v .* v)"
    expected = load(generate(source, [wrt]), tmp_path / "expected.py")
    module = load(generate(source, [wrt], target=target), tmp_path / "module.py")
    rng = np.random.default_rng(0)
    root = rng.standard_normal((4, 4))
    inputs = [root @ root.T + np.diag(np.arange(1.0, 5)), rng.standard_normal(4)]
    inputs = inputs[1:] if name == "sort" else inputs
    loss, gradients = module.loss_and_gradients(*inputs)
    other, found = expected.loss_and_gradients(*inputs)
    assert float(loss) == pytest.approx(float(other), rel=1e-9)
    np.testing.assert_allclose(np.asarray(gradients[wrt]), found[wrt], rtol=1e-6, atol=1e-9)


def test_the_fast_style_is_for_numpy() -> None:
    with pytest.raises(UnsupportedError, match="the fast style is for numpy"):
        generate(*MODELS["quadratic"], target="jax", style="fast")


def test_jax_trains_in_compiled_loops_that_end_where_the_loss_does(tmp_path: Path) -> None:
    """Names of the model that the loop uses too; reports of each step; a number as a parameter, and mixed types."""
    pytest.importorskip("jax")
    text = "N, K: dim\nstate: matrix(N, K)\nfound: vector(K)\ncount: vector(N)\ndone: scalar\n"
    text += "norm2(state*found - done*count)^2"
    module = load(generate(text, ["found", "done"], target="jax"), tmp_path / "module.py")
    plain = load(generate(text, ["found", "done"]), tmp_path / "plain.py")
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((5, 3)), rng.standard_normal(3).astype("float32"), rng.standard_normal(5), 0.5]
    reports: list[tuple[int, float]] = []
    parameters, losses = module.train(
        *inputs, steps=40, learning_rate=0.01, report=lambda step, loss: reports.append((step, loss))
    )
    others, expected = plain.train(*inputs, steps=40, learning_rate=0.01)
    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    assert reports == list(enumerate(losses))
    for name, value in parameters.items():
        np.testing.assert_allclose(value, others[name], rtol=1e-5)
    with pytest.raises(FloatingPointError, match="learning_rate"):
        module.train(*inputs, steps=3000, learning_rate=1e3)
