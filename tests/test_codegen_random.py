"""Random models: generated code in both styles against the interpreter, so that no plan reuses memory too early."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from test_codegen_module import load

from matdiff import evaluate, exchange
from matdiff.codegen import generate, split_source
from matdiff.reader import read_model

SIZES = {"n": 7, "m": 4, "k": 3, "p": 2}
FUNCTIONS = ["relu", "tanh", "sigmoid", "exp", "sin", "softmax", "log_softmax", "abs", "softplus"]


class Writer:
    """Writes one random model: layers, sums, scalings, masks, soft maxima, and a scalar at the end."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.declared: list[str] = ["n, m, k, p: dim", "y: labels(n, k)"]
        self.defined: list[str] = []
        self.shapes: dict[str, tuple[str, str]] = {}
        self.parameters: list[str] = []

    def variable(self, rows: str, cols: str) -> str:
        name = f"V{len(self.shapes)}"
        kind = {"1": f"row({cols})"}.get(rows, f"vector({rows})" if cols == "1" else f"matrix({rows}, {cols})")
        self.declared.append(f"{name}: {'scalar' if rows == cols == '1' else kind}")
        self.shapes[name] = (rows, cols)
        if self.random.random() < 0.6:
            self.parameters.append(name)
        return name

    def define(self, text: str, rows: str, cols: str) -> str:
        name = f"d{len(self.shapes)}"
        self.defined.append(f"{name} = {text}")
        self.shapes[name] = (rows, cols)
        return name

    def some(self, rows: str, cols: str) -> str:
        known = [name for name, shape in self.shapes.items() if shape == (rows, cols)]
        return self.random.choice(known) if known and self.random.random() < 0.7 else self.variable(rows, cols)

    def size(self) -> str:
        return self.random.choice(list(SIZES))

    def step(self) -> None:
        choose = self.random.choice
        rows, cols = choose(list(self.shapes.values())) if self.shapes else (self.size(), self.size())
        if "1" in (rows, cols):
            rows, cols = self.size(), self.size()
        x, inner = self.some(rows, cols), self.size()
        other = self.some(rows, cols)
        options = {
            f"{x}*{self.some(cols, inner)}": (rows, inner),
            f"{x}*{self.some(cols, inner)} + {self.some('1', inner)}": (rows, inner),
            f"{x}'*{self.some(rows, inner)}": (cols, inner),
            f"{choose(FUNCTIONS)}({x})": (rows, cols),
            f"{x} + {other}": (rows, cols),
            f"{x} .* {other} - {x}/3": (rows, cols),
            f"{x} .* 1({other} > 0)": (rows, cols),
            f"{x}'": (cols, rows),
            f"{self.some('1', '1')}*{x} - 2*{other}": (rows, cols),
            f"{x} .* {self.some(rows, '1')}": (rows, cols),
            f"{x} - {self.some('1', cols)}": (rows, cols),
            f"{x} ./ (1 + {other} .^ 2)": (rows, cols),
            f"{x} ./ (1 + rowsum({other} .^ 2))": (rows, cols),
            f"diag({self.some(rows, '1')})*{x}": (rows, cols),
            f"{self.some(rows, '1')}*{self.some('1', cols)} + {x}": (rows, cols),
        }
        text = choose(list(options))
        self.define(text, *options[text])

    def model(self) -> tuple[str, list[str]]:
        for _ in range(self.random.randint(3, 9)):
            self.step()
        terms = []
        for name, (rows, cols) in list(self.shapes.items()):
            if name.startswith("d") and self.random.random() < 0.6:
                terms.append(self.random.choice([f"norm2({name})^2", f"sum({name})", f"sum(tanh({name}))"]))
                if (rows, cols) == ("n", "k"):
                    terms.append(f"-sum(y .* log(softmax({name})))/n")
        terms += [f"{self.some('1', '1')}*norm2({name})^2/2" for name in self.parameters[:2]]
        loss = " + ".join(terms) or f"sum({self.defined[-1].split()[0]})"
        used = [name for name in self.parameters if any(name in line.split("=")[-1] for line in [*self.defined, loss])]
        text = "\n".join([*self.declared, *self.defined, f"loss = {loss}", "train:"])
        return text + "\n    n, m, k, p = 7, 4, 3, 2\n", used


@pytest.mark.parametrize("seed", range(80))
def test_random_models(seed: int, tmp_path: Path) -> None:
    text, wrt = Writer(seed).model()
    if not wrt:
        pytest.skip("nothing to train")
    model = read_model(split_source(text)[0])
    readable = load(generate(text, wrt), tmp_path / "readable.py")
    fast = load(generate(text, wrt, style="fast"), tmp_path / "fast.py")
    rng = np.random.default_rng(seed)
    inputs = {
        name: value if np.asarray(value).dtype.kind in "iu" else 0.5 * rng.standard_normal(np.shape(value))
        for name, value in readable.initialise().items()
    }
    loss, gradients = readable.loss_and_gradients(*inputs.values())
    known, sizes = exchange.arrays(model.variables, inputs)
    assert model.objective is not None

    def value(changed: dict) -> float:
        return float(evaluate.values([model.objective], known | changed, sizes)[model.objective][0, 0])

    np.testing.assert_allclose(loss, value({}), rtol=1e-10)
    for name, gradient in gradients.items():
        node = model.variables[name]
        at = known.get(node)
        if at is None:
            continue
        direction = rng.standard_normal(at.shape)
        step = 1e-6 / max(np.linalg.norm(direction), 1)
        slope = (value({node: at + step * direction}) - value({node: at - step * direction})) / (2 * step)
        exact = np.sum(np.reshape(gradient, at.shape) * direction)
        scale = np.linalg.norm(gradient) * np.linalg.norm(direction) + abs(loss) + 1
        assert abs(slope - exact) < 1e-4 * scale, name
    rate = 1e-3 / (1 + max(np.linalg.norm(gradient) for gradient in gradients.values()))
    expected, losses = readable.train(*inputs.values(), steps=4, learning_rate=rate)
    found, fast_losses = fast.train(*inputs.values(), steps=4, learning_rate=rate)
    np.testing.assert_allclose(fast_losses, losses, rtol=1e-9)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-7, atol=1e-10)
