"""Generated training modules against the interpreter and finite differences, over all examples."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from matdiff import evaluate, exchange
from matdiff.codegen import generate, split_source
from matdiff.errors import UnsupportedError
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
    "quadratic": ("b: vector(m)\n(A*x - b)'*(A*x - b) + c*x'*x\ntrain:\n    c = 0.5\n", ["x"]),
    "one_line": ("sum(log(1 + exp(-y .* (X*w))))", ["w"]),
    "bilinear_trace": ("tr(A*X*B*X')", ["X"]),
    "all_inputs": ("x'*A*x + norm1(B) + sum(exp(a*B))", ["x", "A", "B", "a"]),
    "hostile": (
        "lambda: matrix(n, n); np: vector(n); import: vector(n); __import__: scalar; train: scalar; tolerance: scalar\n"
        "losses: scalar; steps: matrix(n, n); dtype: scalar; sigma: scalar\n"
        "loss: scalar; factor: scalar; step: scalar\n"
        "return = lambda*np + __import__*steps*import\n"
        "total = return'*return + train^2*tolerance + losses*dtype*sigmoid(sigma) + loss^2*factor + step^2",
        ["lambda", "np", "import", "__import__", "train", "losses", "dtype", "sigma", "loss", "step"],
    ),
    "unused": ("w: vector(3); X: matrix(2, 3)\nsum(X)", ["X", "w"]),
    "constant_gradient": ("X: matrix(3, 3)\ntr(X)", ["X"]),
    "determinant": ("log(det(X'*X + eye(n)))", ["X"]),
    "norms": ("norm2(A*x - y) + sqrt(sum(x .^ 2)) + norm2(x)", ["x", "A"]),
    "onehot_matrix": ("Y: labels(N, K); X: matrix(N, D); M: matrix(K, D)\nnorm2(X - Y*M)^2/N", ["M", "X"]),
    "hinge": ("y: vector(n)\nsum(max(0, 1 - y .* (X*w))) + w'*w/2", ["w"]),
    "linear_layers": ("norm2(A*B*C*x - y)^2", ["A", "B", "C"]),
    "kronecker": ("norm2(kron(A, B)*vec(X) - y)^2", ["A", "B", "X"]),
    "powers": ("A: matrix(n, n)\ntr(A^3) + sum(abs(A) .^ (3/2))", ["A"]),
}
MODELS["many_classes"] = (
    MODELS["softmax_regression"][0].replace("X, y ~ spirals(noise=0.2)", "").replace("300, 2, 3", "60, 5, 300"),
    ["W", "b"],
)
MODELS["scalars"] = ("a: scalar; c: scalar\n(a - 2)^2 + exp(c)*a^2", ["a", "c"])


def test_every_example_is_among_the_models() -> None:
    """But for those with indices, whose modules have a test in test_families.py."""
    read = {path.stem: read_model(split_source(path.read_text())[0]) for path in EXAMPLES.glob("*.matdiff")}
    plain = {name for name, model in read.items() if model.families is None}
    assert len(plain) >= 7 and plain <= set(MODELS)


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
    known, sizes = exchange.arrays(model.variables, inputs)
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
    assert module.check_gradients(*moved(module, model).values()) < 1e-4


def test_the_code_in_the_docs_is_what_is_generated() -> None:
    shown = (EXAMPLES.parent / "docs" / "training-code.md").read_text().split("```python\n")[1].split("\n```")[0]
    assert f"\n\n\n{shown}\n\n\n" in generate(*MODELS["spiral_softmax"])


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(path), *arguments], capture_output=True, text=True, cwd=path.parent)


@pytest.fixture(scope="module")
def spiral_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "train.py"
    path.write_text(generate(*MODELS["spiral_softmax"]))
    return path


def test_script_prints_the_documented_losses(spiral_script: Path, tmp_path: Path) -> None:
    done = run(spiral_script, "--steps", "2001", "--check")
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.startswith("largest relative error of a gradient: ")
    losses = {int(step): float(loss) for step, loss in (line.split() for line in lines)}
    assert list(losses) == [0, 1000, 2000]
    assert losses[0] == pytest.approx(np.log(3), abs=1e-3)
    assert losses[2000] < 0.35
    assert done.stderr == ""


def test_script_saves_and_loads(spiral_script: Path) -> None:
    folder = spiral_script.parent
    assert run(spiral_script, "--steps", "1001", "--save", "first.npz").returncode == 0
    assert sorted(np.load(folder / "first.npz")) == ["W", "W2", "b", "b2"]
    done = run(spiral_script, "--steps", "1", "--load", "first.npz")
    assert float(done.stdout.split()[1]) < 0.7


def test_script_takes_data_and_says_what_does_not_fit(spiral_script: Path) -> None:
    folder = spiral_script.parent
    rng = np.random.default_rng(0)
    np.savez(folder / "data.npz", X=rng.standard_normal((50, 4)), y=rng.integers(5, size=50))
    np.savez(folder / "bad.npz", X=rng.standard_normal((50, 4)), y=rng.integers(5, size=49))
    np.savez(folder / "unknown.npz", Z=rng.standard_normal((50, 4)))
    np.savez(folder / "axes.npz", X=rng.standard_normal(50))
    (folder / "text.npz").write_text("no array")
    assert run(spiral_script, "--steps", "2", "--data", "data.npz").returncode == 0
    for name, words in {
        "bad": "y has N = 49; by X it is 50",
        "unknown": "unknown.npz holds Z; the model has X, y,",
        "axes": "X has shape (50,); it is (N, D)",
        "missing": "missing.npz is no npz file that can be read: ",
        "text": "text.npz is no npz file that can be read: ",
    }.items():
        done = run(spiral_script, "--data", f"{name}.npz")
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_a_number_is_taken_from_its_buffer_before_that_is_used_again(tmp_path: Path) -> None:
    text = "b: row(p); g: scalar; eye(1) + logsumexp(b) + log_softmax(g, axis=1)"
    readable, fast = (load(generate(text, ["b", "g"], style=s), tmp_path / f"{s}.py") for s in ("readable", "fast"))
    inputs = np.array([[0.3, -0.5]]), 0.5
    np.testing.assert_allclose(fast.train(*inputs, steps=3)[1], readable.train(*inputs, steps=3)[1], rtol=1e-12)


def test_a_product_under_a_mask_that_is_the_same_product(tmp_path: Path) -> None:
    text = "n, p: dim; A: matrix(n, 2); B: matrix(2, p); c: row(n); t: vector(p); (c*((A*B) .* (A*B))*t)^2/n"
    readable, fast = (load(generate(text, ["A", "t"], style=s), tmp_path / f"{s}.py") for s in ("readable", "fast"))
    inputs = readable.initialise(1).values()
    np.testing.assert_allclose(fast.train(*inputs, steps=3)[1], readable.train(*inputs, steps=3)[1], rtol=1e-10)


TOLD_TOGETHER = [
    ("u, v: vector(n*q)", "(u + u)'*v", "u"),
    ("u, v: vector(n*n)", "sum(exp(u + v)) + ones(n*n)'*u", "u v"),
    ("X: matrix(k, n*q); A: matrix(n*q, n*q); b: row(n*q)", "norm2(tanh(X*A + b))^2/(n*q) + norm2(eye(n*q)*A)", "A b"),
    ("X: matrix(k, n*q); A: matrix(n*q, 2); b: row(2)", "norm2(tanh(X*A + b))^2/(k*n*q)", "A b"),
    ("c: scalar", "softmax(c, axis=1) + sum(sigmoid(c*ones(3, 4)))", "c"),
]


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize(("declared", "objective", "wrt"), TOLD_TOGETHER)
def test_a_product_that_an_input_tells_is_enough(
    declared: str, objective: str, wrt: str, style: str, tmp_path: Path
) -> None:
    text = f"n, q, k: dim; {declared}\n{objective}"
    numbers = re.sub(r"\bk\b", "4", re.sub(r"n\*[nq]", "9", f"{declared}\n{objective}"))
    module, other = (load(generate(t, wrt.split(), style=style), tmp_path / "code.py") for t in (text, numbers))
    inputs = other.initialise(1).values()
    loss, gradients = other.loss_and_gradients(*inputs)
    found, slopes = module.loss_and_gradients(*inputs)
    np.testing.assert_allclose(found, loss, rtol=1e-12)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(slopes[name], gradient, rtol=1e-10)
    np.testing.assert_allclose(module.train(*inputs, steps=3)[1], other.train(*inputs, steps=3)[1], rtol=1e-10)


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_sizes_that_nothing_tells_are_refused(style: str) -> None:
    with pytest.raises(UnsupportedError, match="no input tells the size n"):
        generate("n, q: dim; u: vector(n*q)\nsum(u)/n", ["u"], style=style)


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_labels_of_any_integer_type(style: str, tmp_path: Path) -> None:
    module = load(generate(*MODELS["spiral_softmax"], style=style), tmp_path / "module.py")
    inputs = module.initialise()
    expected, _ = module.train(*inputs.values(), steps=3)
    for kind in (np.uint8, np.int8, np.int32, np.uint64):
        found, _ = module.train(*(inputs | {"y": inputs["y"].astype(kind)}).values(), steps=3)
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value)


MISFITS = {
    "y": [
        (np.zeros(299, int), "y has N = 299; by X it is 300"),
        (np.full(300, 3), "y goes from 0 to 3; with K = 3, labels are 0 to 2"),
        (np.full(300, -1), "y goes from -1 to 0; with K = 3, labels are 0 to 2"),
        (np.zeros(300), "y holds float64; labels are integers"),
        (np.zeros((300, 3), int), "y has shape (300, 3); it is (N)"),
    ],
    "b": [
        (np.zeros(100), "b has shape (100,); it is (1, H)"),
        (np.zeros((2, 100)), "b has 1 = 2; by the model it is 1"),
    ],
    "W2": [(np.zeros((100, 4)), "b2 has K = 3; by W2 it is 4")],
    "reg": [(np.zeros(2), "reg has shape (2,); it is ()")],
}


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_every_function_says_what_does_not_fit(style: str, tmp_path: Path) -> None:
    module = load(generate(*MODELS["spiral_softmax"], style=style), tmp_path / "module.py")
    inputs = module.initialise()
    for name, misfits in MISFITS.items():
        for value, words in misfits:
            for function in (module.loss_and_gradients, module.train, module.check_gradients):
                with pytest.raises(ValueError, match=re.escape(words)):
                    function(*(inputs | {name: value}).values())


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_numbers_given_as_arrays_are_left_as_they_are(style: str, tmp_path: Path) -> None:
    module = load(generate(*MODELS["scalars"], style=style), tmp_path / "module.py")
    a, c = np.array(0.5), np.array(0.25)
    found, _ = module.train(a, c, steps=3, learning_rate=0.1)
    expected, _ = module.train(0.5, 0.25, steps=3, learning_rate=0.1)
    assert (a, c) == (0.5, 0.25)
    assert found == pytest.approx(expected)


def test_on_a_terminal(spiral_script: Path) -> None:
    """A line of progress; Ctrl-C ends the descent, and what it has reached is saved."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    heeding = (  # where the tests themselves run without Ctrl-C, as in the background of a shell; no fork beside JAX
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_path('train.py', run_name='__main__')"
    )
    command = [sys.executable, "-c", heeding, "--steps", "100000000", "--save", "reached.npz"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=spiral_script.parent) as process:
        os.close(theirs)
        seen = b""
        while b"\n" not in seen:
            seen += os.read(ours, 1000)
        process.send_signal(signal.SIGINT)
        while b"stopped after" not in seen:
            seen += os.read(ours, 1000)
        assert process.wait() == 0
    os.close(ours)
    assert b"step 0 of 100000000" in seen and b"Traceback" not in seen
    assert sorted(np.load(spiral_script.parent / "reached.npz")) == ["W", "W2", "b", "b2"]


def test_ctrl_c_keeps_what_was_reached(tmp_path: Path) -> None:
    module = load(generate(*MODELS["logistic_regression"]), tmp_path / "module.py")
    inputs = module.initialise()

    def interrupt(step: int, loss: float) -> None:
        if step == 4:
            raise KeyboardInterrupt

    parameters, losses = module.train(*inputs.values(), steps=100, report=interrupt)
    expected, _ = module.train(*inputs.values(), steps=5)
    assert len(losses) == 5
    np.testing.assert_array_equal(parameters["w"], expected["w"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["two_layer_relu", "spiral_softmax", "gaussian_likelihood", "attention"])
def test_float_type_follows_the_inputs(name: str, dtype: type, tmp_path: Path) -> None:
    module = load(generate(*MODELS[name]), tmp_path / "module.py")
    inputs = {
        name: value.astype(dtype) if np.asarray(value).dtype.kind == "f" and np.ndim(value) else value
        for name, value in module.initialise().items()
    }
    loss, gradients = module.loss_and_gradients(*inputs.values())
    parameters, _ = module.train(*inputs.values(), steps=2)
    assert loss.dtype == dtype
    assert {array.dtype for array in (*gradients.values(), *parameters.values())} == {np.dtype(dtype)}


@pytest.mark.slow
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_generation_is_linear_in_depth(style: str) -> None:
    """Counted, not timed: four times the layers make four times the calls."""

    def calls(layers: int) -> int:
        count = 0

        def counting(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event == "call"

        text, wrt = deep_net(layers), [f"W{n}" for n in range(1, layers + 1)]
        sys.setprofile(counting)
        try:
            generate(text, wrt, style=style)
        finally:
            sys.setprofile(None)
        return count

    calls(2)
    assert calls(80) < 5 * calls(20)


@pytest.mark.parametrize("name", MODELS)
def test_fast_trains_as_readable_does(name: str, tmp_path: Path) -> None:
    readable = load(generate(*MODELS[name]), tmp_path / "readable.py")
    fast = load(generate(*MODELS[name], style="fast"), tmp_path / "fast.py")
    inputs = moved(readable, read_model(split_source(MODELS[name][0])[0]))
    before = {name: np.array(value) for name, value in inputs.items()}
    rate = 1e-6 if name == "two_layer_relu" else 1e-4
    expected, losses = readable.train(*inputs.values(), steps=20, learning_rate=rate)
    found, fast_losses = fast.train(*inputs.values(), steps=20, learning_rate=rate)
    np.testing.assert_allclose(fast_losses, losses, rtol=1e-10)
    assert list(found) == list(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-8, atol=1e-12)
        assert np.shape(found[key]) == np.shape(value)
    for key, array in before.items():
        np.testing.assert_array_equal(inputs[key], array)
