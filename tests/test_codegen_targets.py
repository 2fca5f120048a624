"""The JAX and PyTorch ports against the NumPy module; each is skipped where its library is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_codegen_module import MODELS, load, moved

from matdiff.codegen import generate, split_source
from matdiff.errors import UnsupportedError
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


def test_the_fast_style_is_for_numpy() -> None:
    with pytest.raises(UnsupportedError, match="the fast style is for numpy"):
        generate(*MODELS["quadratic"], target="jax", style="fast")
