"""Generated training modules against the interpreter and finite differences, over all examples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from matdiff import evaluate
from matdiff.codegen import generate, split_source
from matdiff.model import Model
from matdiff.reader import read_model

EXAMPLES = Path(__file__).parent.parent / "examples"


def deep_net(layers: int, residual: bool = False) -> str:
    """A net of many layers, as text."""
    skip = "h{0} + " if residual else ""
    lines = ["N, D: dim", "h0: matrix(N, D); y: matrix(N, D)"]
    lines += [f"W{n}: matrix(D, D)" for n in range(1, layers + 1)]
    lines += [f"h{n} = {skip.format(n - 1)}tanh(h{n - 1}*W{n})" for n in range(1, layers + 1)]
    lines += [f"loss = norm2(h{layers} - y)^2/N", "train:", "    N, D = 5, 4"]
    return "\n".join(lines) + "\n"


MODELS: dict[str, tuple[str, list[str]]] = {
    path.stem: (path.read_text(), wrt.split())
    for name, wrt in {
        "two_layer_relu": "w1 w2",
        "spiral_softmax": "W b W2 b2",
        "logistic_regression": "w c",
        "softmax_regression": "W b",
        "matrix_factorisation": "U V",
        "gaussian_likelihood": "mu S",
        "attention": "WQ WK WV",
    }.items()
    for path in [EXAMPLES / f"{name}.matdiff"]
}
MODELS |= {
    "deep": (deep_net(200), [f"W{n}" for n in range(1, 201)]),
    "deep_residual": (deep_net(20, residual=True), [f"W{n}" for n in range(1, 21)]),
    "quadratic": ("(A*x - b)'*(A*x - b) + c*x'*x\ntrain:\n    c = 0.5\n", ["x"]),
    "one_line": ("sum(log(1 + exp(-y .* (X*w))))", ["w"]),
    "bilinear_trace": ("tr(A*X*B*X')", ["X"]),
    "all_inputs": ("x'*A*x + norm1(B) + sum(exp(a*B))", ["x", "A", "B", "a"]),
    "hostile": (
        "lambda: matrix(n, n); np: vector(n); import: vector(n); __import__: scalar; train: scalar\n"
        "return = lambda*np + __import__*import\nloss = return'*return + train^2",
        ["lambda", "np", "import", "__import__", "train"],
    ),
    "unused": ("w: vector(3); X: matrix(2, 3)\nsum(X)", ["X", "w"]),
    "constant_gradient": ("X: matrix(3, 3)\ntr(X)", ["X"]),
    "determinant": ("log(det(X'*X + eye(n)))", ["X"]),
    "norms": ("norm2(A*x - y) + sqrt(sum(x .^ 2)) + norm2(x)", ["x", "A"]),
    "onehot_matrix": ("Y: labels(N, K); X: matrix(N, D); M: matrix(K, D)\nnorm2(X - Y*M)^2/N", ["M", "X"]),
    "hinge": ("y: vector(n)\nsum(max(0, 1 - y .* (X*w))) + w'*w/2", ["w"]),
    "linear_layers": ("A*B*C*x\nnorm2(A*B*C*x - y)^2", ["A", "B", "C"]),
    "kronecker": ("norm2(kron(A, B)*vec(X) - y)^2", ["A", "B", "X"]),
    "powers": ("A: matrix(n, n)\ntr(A^3) + sum(abs(A) .^ (3/2))", ["A"]),
}
MODELS["linear_layers"] = ("norm2(A*B*C*x - y)^2", ["A", "B", "C"])


def load(source: str, path: Path) -> ModuleType:
    module = ModuleType(path.stem)
    path.write_text(source)
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module", params=MODELS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Model, ModuleType]:
    text, wrt = MODELS[request.param]
    source = generate(text, wrt)
    return request.param, read_model(split_source(text)[0]), load(source, tmp_path_factory.mktemp("code") / "module.py")


def moved(module: ModuleType, model: Model) -> dict[str, object]:
    """The inputs of the experiment, moved off whatever makes its start special (zeros, ties)."""
    rng = np.random.default_rng(5)
    inputs = module.initialise(1)
    for name, value in inputs.items():
        if np.asarray(value).dtype.kind == "f":
            change = 0.1 * rng.standard_normal(np.shape(value))
            inputs[name] = value + (change + change.T if model.variables[name].data[1] == "symmetric" else change)
    return inputs


def test_against_the_interpreter(case: tuple[str, Model, ModuleType]) -> None:
    name, model, module = case
    inputs = moved(module, model)
    loss, gradients = module.loss_and_gradients(*inputs.values())
    known, sizes = evaluate.arrays(model.variables, inputs)
    assert model.objective is not None

    def value(changed: dict) -> float:
        return float(evaluate.values([model.objective], known | changed, sizes)[model.objective][0, 0])

    np.testing.assert_allclose(loss, value({}), rtol=1e-9)
    assert list(gradients) == MODELS[name][1]
    rng = np.random.default_rng(1)
    for variable in list(gradients)[:8]:
        node = model.variables[variable]
        at = known[node] if node in known else np.zeros(np.shape(gradients[variable]))
        gradient = np.reshape(gradients[variable], at.shape)
        direction = rng.standard_normal(at.shape)
        step = 1e-5 / np.linalg.norm(direction)
        slope = (value({node: at + step * direction}) - value({node: at - step * direction})) / (2 * step)
        scale = max(np.linalg.norm(gradient) * np.linalg.norm(direction), 1e-3 * abs(loss), 1e-9)
        assert abs(slope - np.sum(gradient * direction)) < 1e-5 * scale, variable
        if not node.is_scalar:
            assert np.shape(gradients[variable]) == ((at.shape[0],) if at.shape[1] == 1 else at.shape)


def test_training_leaves_the_inputs_and_lowers_the_loss(case: tuple[str, Model, ModuleType]) -> None:
    _, _, module = case
    inputs = module.initialise()
    before = {name: np.array(value) for name, value in inputs.items()}
    parameters, losses = module.train(*inputs.values(), steps=3, learning_rate=1e-7)
    assert len(losses) == 3
    for name, value in before.items():
        np.testing.assert_array_equal(inputs[name], value)
    first, gradients = module.loss_and_gradients(*inputs.values())
    assert losses[0] == first
    for name, gradient in gradients.items():
        assert np.shape(parameters[name]) == np.shape(gradient)
    assert losses[-1] <= losses[0]


def test_module_checks_itself(case: tuple[str, Model, ModuleType]) -> None:
    _, model, module = case
    assert module.check_gradients(*moved(module, model).values()) < 1e-5


def test_code_is_clean_and_formatted(case: tuple[str, Model, ModuleType], tmp_path: Path) -> None:
    name, _, _ = case
    text, wrt = MODELS[name]
    path = tmp_path / "module.py"
    path.write_text(generate(text, wrt))
    for command in (
        ["check", "--isolated", "--select", "E,F,W,I,B,UP,SIM,C4", "--ignore", "E501"],
        ["format", "--check", "--isolated"],
    ):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
