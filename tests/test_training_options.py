"""What training is asked for: it is in the module, it does what its name says, and nothing else is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_codegen_module import load

import matdiff as md

MODEL = """
N, D: dim
X: matrix(N, D); y: vector(N); w: vector(D); c: scalar
loss = norm2(X*w + c*ones(N) - y)^2/N
"""
ALL: dict[str, Any] = {
    "optimizer": "adam",
    "batch_size": 8,
    "schedule": "cosine",
    "validation": 0.25,
    "patience": 3,
    "dtype": "float32",
    "checkpoint": True,
}


def module_of(path: Path, **options: Any) -> Any:
    path.mkdir(exist_ok=True)
    return load(md.generate(MODEL, ["w", "c"], **options), path / "module.py")


def inputs() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    return {"X": X, "y": X @ [1.0, -2.0, 0.5] + 0.7, "w": np.zeros(3), "c": 0.0}


def plain(given: dict[str, Any], steps: int, update: Any) -> list[float]:
    """The losses of a descent over all examples, by the gradients written by hand."""
    X, y, w, c = given.values()
    losses, state = [], {}
    for step in range(steps):
        rest = X @ w + c - y
        losses.append(float(np.mean(rest**2)))
        w = w - update(state, "w", 2 * X.T @ rest / len(y), step)
        c = c - update(state, "c", 2 * np.mean(rest), step)
    return losses


def momentum(state: dict[str, Any], name: str, gradient: Any, step: int) -> Any:
    state[name] = 0.9 * state.get(name, 0) + gradient
    return 0.05 * state[name]


def adam(state: dict[str, Any], name: str, gradient: Any, step: int) -> Any:
    m, v = state.get(name, (0, 0))
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    state[name] = m, v
    return 0.05 * m / (1 - 0.9 ** (step + 1)) / (np.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8)


STEPS = [
    ({"optimizer": "sgd", "schedule": "linear"}, lambda s, n, g, k: 0.05 * (1 - k / 20) * g),
    ({"schedule": "cosine"}, lambda s, n, g, k: 0.025 * (1 + np.cos(np.pi * k / 20)) * g),
    ({"schedule": "step"}, lambda s, n, g, k: 0.05 * 0.5 ** (k // 5) * g),
    ({"optimizer": "momentum"}, momentum),
    ({"optimizer": "adam"}, adam),
]


@pytest.mark.parametrize(("options", "update"), STEPS)
def test_steps_are_those_of_the_optimizer(options: dict[str, Any], update: Any, tmp_path: Path) -> None:
    module, given = module_of(tmp_path, **options), inputs()
    _, losses = module.train(*given.values(), steps=20, learning_rate=0.05)
    np.testing.assert_allclose(losses, plain(given, 20, update), rtol=1e-10)


def test_batches_go_over_all_examples_in_an_order_of_their_own(tmp_path: Path) -> None:
    module = module_of(tmp_path, batch_size=16)
    seen: list[np.ndarray] = []
    original = module.loss_and_gradients.__wrapped__

    def watched(X: Any, y: Any, w: Any, c: Any) -> Any:
        seen.append(y)
        return original(X, y, w, c)

    module.loss_and_gradients.__wrapped__ = watched
    given = inputs()
    parameters, _ = module.train(*given.values(), steps=300, learning_rate=0.05)
    assert [len(y) for y in seen[:6]] == [16, 16, 8, 16, 16, 8]
    passes = [np.concatenate(seen[k : k + 3]) for k in (0, 3)]
    assert not np.array_equal(*passes)
    assert all(np.array_equal(np.sort(y), np.sort(given["y"])) for y in passes)
    assert np.allclose(parameters["w"], [1, -2, 0.5], atol=1e-3) and abs(parameters["c"] - 0.7) < 1e-3
    with pytest.raises(ValueError, match="batch_size"):
        module.train(*given.values(), batch_size=0)


def test_validation_keeps_the_best_and_patience_ends(tmp_path: Path) -> None:
    module, given = module_of(tmp_path, validation=0.25, patience=2, batch_size=8), inputs()
    given["y"] = np.random.default_rng(1).standard_normal(40)  # nothing to be learned
    parameters, losses, validated = module.train(*given.values(), steps=4000, learning_rate=0.1)
    assert len(losses) < 4000 and len(validated) - 1 - int(np.argmin(validated)) == 2
    held = np.random.default_rng(0).permutation(40)[:10]
    rest = given["X"][held] @ parameters["w"] + parameters["c"] - given["y"][held]
    assert np.mean(rest**2) == pytest.approx(min(validated), rel=1e-12)
    with pytest.raises(ValueError, match="validation"):
        module.train(*given.values(), validation=-0.1)


def test_what_was_broken_off_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    module, given = module_of(tmp_path, **ALL), inputs()
    whole = module.train(*given.values(), steps=20, learning_rate=0.05)

    def interrupt(step: int, loss: float) -> None:
        if step == 13:
            raise KeyboardInterrupt

    kept = {"steps": 20, "learning_rate": 0.05, "checkpoint": str(tmp_path / "kept"), "checkpoint_every": 5}
    broken = module.train(*given.values(), **kept, report=interrupt)
    again = module.train(*given.values(), **kept)
    assert len(broken[1]) == 14 and again[1:] == whole[1:]
    for name, value in whole[0].items():
        assert np.array_equal(again[0][name], value)


OTHERS: list[dict[str, Any]] = [
    {"optimizer": "momentum", "schedule": "step", "batch_size": 12},
    {"optimizer": "adam", "schedule": "linear", "validation": 0.25, "patience": 3},
    ALL | {"dtype": "float64"},
]


@pytest.mark.parametrize("target", ["jax", pytest.param("torch", marks=pytest.mark.slow)])
@pytest.mark.parametrize("options", OTHERS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_targets_take_the_same_steps(options: dict[str, Any], target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    expected = module_of(tmp_path, **options).train(*inputs().values(), steps=33, learning_rate=0.1)
    module = module_of(tmp_path / target, target=target, **options)
    given = module.on_device(inputs(), "cpu") if target == "torch" else inputs()
    kept: dict[str, Any] = {"checkpoint": str(tmp_path / "kept"), "checkpoint_every": 5}
    seen: list[int] = []
    for steps in (17, 33) if "checkpoint" in options else (33,):
        settings = {"learning_rate": 0.1, **(kept if "checkpoint" in options else {})}
        if options.get("schedule") != "cosine":  # which looks ahead to the last step
            settings["report"] = lambda step, loss: seen.append(step)
        else:
            steps = 33
        found = module.train(*given.values(), steps=steps, **settings)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    for name, value in expected[0].items():
        np.testing.assert_allclose(np.asarray(found[0][name]), value, rtol=1e-9)
    assert seen == list(range(len(found[1]))) or "checkpoint" in options


@pytest.mark.parametrize("target", ["jax", pytest.param("torch", marks=pytest.mark.slow)])
def test_other_targets_keep_the_type(target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    module = module_of(tmp_path, target=target, **ALL)
    parameters, *_ = module.train(*module.initialise().values(), steps=3)
    assert "float32" in str(parameters["w"].dtype)


@pytest.mark.parametrize("target", ["numpy", "jax"])
def test_batches_on_a_manifold_stay_on_it(target: str, tmp_path: Path) -> None:
    text = "A: matrix(N, n); u: vector(n) on sphere\n-norm2(A*u)^2/N"
    made = md.generate(text, ["u"], target=target, batch_size=5, schedule="cosine")
    if target == "jax":
        pytest.importorskip("jax")
    module = load(made, tmp_path / "module.py")
    A = np.random.default_rng(0).standard_normal((20, 3)) * [3, 1, 0.1]
    reached, _ = module.train(A, np.ones(3) / np.sqrt(3), steps=200, learning_rate=0.05)
    assert np.isclose(np.linalg.norm(reached["u"]), 1)
    assert abs(np.asarray(reached["u"]) @ np.linalg.svd(A)[2][0]) > 0.999
    with pytest.raises(md.UnsupportedError, match="u is on a manifold; sgd is there"):
        md.generate(text, ["u"], target=target, optimizer="adam")


def test_types_and_numbers_that_are_none(tmp_path: Path) -> None:
    module = module_of(tmp_path, dtype="float32", optimizer="adam", batch_size=8)
    given = module.initialise()
    parameters, _ = module.train(*given.values(), steps=3)
    assert parameters["w"].dtype == np.float32 and type(parameters["c"]) is float
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="learning_rate"):
        module_of(tmp_path, optimizer="momentum").train(*inputs().values(), steps=2000, learning_rate=1e3)


def test_the_script_has_flags_for_what_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = module_of(tmp_path, **ALL)
    flags = "--steps 40 --learning-rate 0.1 --batch-size 10 --beta1 0.8 --validation 0.2 --patience 4 --checkpoint"
    monkeypatch.setattr(sys, "argv", ["module.py", *flags.split(), str(tmp_path / "kept"), "--check"])
    module.main()
    assert "largest relative error" in capsys.readouterr().out and (tmp_path / "kept").exists()


def test_what_was_not_asked_for_is_not_there() -> None:
    bare = md.generate(MODEL, ["w", "c"])
    words = ("adam", "momentum", "batch", "validat", "patience", "checkpoint", "cosine", "float32)\n        found")
    assert not [word for word in words if word in bare]
    assert "batch_size" not in md.generate(MODEL, ["w", "c"], optimizer="adam")


REFUSED = [
    ({"optimizer": "lion"}, "there is no optimizer lion: there are sgd, momentum, adam"),
    ({"schedule": "warm"}, "there is no schedule warm"),
    ({"batch_size": 0}, "batch_size is a whole number"),
    ({"validation": 1.5}, "validation is the part"),
    ({"patience": 3}, "ask for validation"),
    ({"optimizer": "adam", "style": "fast"}, "optimizer: not in the style fast"),
    ({"batch_size": 4, "target": "jax", "sharded": True}, "batch_size: not sharded"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_what_is_not_there_is_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(md.MatdiffError, match=words):
        md.generate(MODEL, ["w"], **options)


def test_examples_must_be_told_by_the_sizes() -> None:
    with pytest.raises(md.UnsupportedError, match="which size counts the examples"):
        md.generate("X: matrix(m, n); Y: matrix(k, n); w: vector(n)\nnorm2(X*w)^2 + norm2(Y*w)^2", "w", batch_size=4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch's own
def test_torch_trains_compiled_and_on_a_device(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    module, given = module_of(tmp_path, target="torch"), inputs()
    reached, losses = module.train(*module.on_device(given, "cpu").values(), steps=20, compiled=True)
    assert isinstance(reached["w"], torch.Tensor) and isinstance(module.on_device(given, "cpu")["c"], float)
    expected = module_of(tmp_path / "numpy").train(*given.values(), steps=20)[1]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
