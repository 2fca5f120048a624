"""Training over many devices and processes has the losses of NumPy on one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_codegen_module import load

import matdiff as md

EXAMPLES = Path(__file__).parents[1] / "examples"
MODELS = {
    "softmax_regression": "",
    "logistic_regression": "",
    "two_layer_relu": "",
    "spiral_softmax": "",
    "weighted": """N, D, K: dim
X: matrix(N, D); Y: matrix(N, K); w: vector(N); W: matrix(D, K); c, r: scalar
loss = tr((X*W + c - Y)'*diag(w.^2)*(X*W + c - Y))/N + r*norm2(W)^2
train:
    N = 24
    learning_rate = 0.01
    D = 5
    K = 8
    X, Y, w, W ~ normal
    c = 0.5
    r = 0.25
""",
}
DRIVER = """
import json, sys, importlib.util
found = {}
for path in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location("module", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.LARGE = 1
    for split in 1, 2, 4:
        parameters, losses = module.train(*module.initialise(0, {}).values(), steps=8, split=split)
        found[f"{path} {split}"] = losses, {name: value.tolist() for name, value in parameters.items()}
with open(sys.argv[1], "w") as file:
    json.dump(found, file)
"""


def text_of(name: str) -> str:
    return MODELS[name] or (EXAMPLES / f"{name}.matdiff").read_text(encoding="utf-8")


def written(name: str, folder: Path) -> Path:
    path = folder / f"{name}.py"
    path.write_text(md.generate(text_of(name), target="jax", sharded=True), encoding="utf-8")
    return path


def environment(devices: int, **more: str) -> dict[str, str]:
    return (
        os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"} | more
    )


@pytest.mark.slow
def test_losses_on_four_devices_are_those_of_numpy(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    paths = [str(written(name, tmp_path)) for name in MODELS]
    out = tmp_path / "found.json"
    subprocess.run([sys.executable, "-c", DRIVER, str(out), *paths], check=True, env=environment(4), timeout=300)
    found = json.loads(out.read_text())
    for name, path in zip(MODELS, paths, strict=True):
        module = load(md.generate(text_of(name)), tmp_path / f"numpy_{name}.py")
        parameters, losses = module.train(*module.initialise(0, {}).values(), steps=8)
        for split in 1, 2, 4:
            there, reached = found[f"{path} {split}"]
            np.testing.assert_allclose(there, losses, rtol=1e-10)
            for parameter, value in parameters.items():
                np.testing.assert_allclose(reached[parameter], value, rtol=1e-9, atol=1e-12)


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    path = written("logistic_regression", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    told = {"JAX_COORDINATOR_ADDRESS": address, "JAX_NUM_PROCESSES": "2"}
    save = ["--steps", "20", "--save", str(tmp_path / "reached.npz")]
    running = [
        subprocess.Popen(
            [sys.executable, str(path), *save],
            env=environment(2, **told, JAX_PROCESS_ID=str(number)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for number in (0, 1)
    ]
    try:
        first, second = (process.communicate(timeout=300)[0] for process in running)
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0]
    module = load(md.generate(text_of("logistic_regression")), tmp_path / "numpy_module.py")
    parameters, losses = module.train(*module.initialise(0, {}).values(), steps=20)
    lines = [line.split() for line in first.splitlines() if line and not line.startswith("[")]
    assert lines and not [line for line in second.splitlines() if line and not line.startswith("[")]
    for step, loss in lines:
        np.testing.assert_allclose(float(loss), losses[int(step)], rtol=1e-10)
    with np.load(tmp_path / "reached.npz") as file:
        for name, value in parameters.items():
            np.testing.assert_allclose(file[name], value, rtol=1e-9)


@pytest.mark.parametrize(
    ("model", "options", "told"),
    [
        (MODELS["weighted"], {}, "sharded: only for the target jax, not for numpy"),
        (MODELS["weighted"], {"target": "torch"}, "sharded: only for the target jax, not for torch"),
        (MODELS["weighted"], {"target": "jax", "optimizer": "adam"}, "optimizer: not sharded"),
        ("A: matrix(n, n)\nloss = norm2(A)^2", {"target": "jax"}, "which size counts the examples is not clear"),
    ],
)
def test_refusals(model: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(md.UnsupportedError, match=told):
        md.generate(model, sharded=True, **options)
