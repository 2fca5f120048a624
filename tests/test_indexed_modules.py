"""Modules for models with indices, for each library: gradients against JAX, and a descent in both styles."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from families import CASES, Case
from test_families import by_jax, close, inputs

import matdiff as md

jax = pytest.importorskip("jax")
BY_NAME = {case.name: case for case in CASES}

QUICK = {"jax": "rnn", "torch": "embedding", "fast": "rnn"}
"""The one of each kind that is not slow."""


def module(case: Case, **options: str) -> tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]:
    """A module of a model, run here, with its parameters and what goes in."""
    wrt = tuple(name for name in case.wrt if name in case.shapes)
    space: dict[str, Any] = {}
    exec(md.generate(case.source, wrt, **options), space)  # our own code
    names = inspect.signature(space["loss_and_gradients"]).parameters
    return space, wrt, {name: value for name, value in inputs(case).items() if name in names}


def chosen(*kinds: str) -> list[Any]:
    rows = [(kind, case) for kind in kinds for case in CASES]
    marks = {(kind, case.name): [] if QUICK[kind] == case.name else [pytest.mark.slow] for kind, case in rows}
    return [
        pytest.param(*[case, kind][: len(kinds)], marks=marks[kind, case.name], id=f"{case.name}-{kind}")
        for kind, case in rows
    ]


@pytest.mark.parametrize(("case", "target"), chosen("jax", "torch"))
def test_other_libraries_find_the_gradients(case: Case, target: str) -> None:
    pytest.importorskip(target)
    space, wrt, given = module(case, target=target)
    with jax.disable_jit():  # compiling takes longer than all else
        loss, found = space["loss_and_gradients"](**given)
    assert np.isclose(float(loss), float(case.loss(np, case.arrays())), 1e-10)
    for name, wanted in by_jax(case, wrt).items():
        assert close(np.asarray(found[name]), wanted), name


@pytest.mark.parametrize("case", chosen("fast"))
def test_the_fast_style_descends_as_the_other_one(case: Case) -> None:
    space, wrt, given = module(case, style="fast")
    parameters = {name: np.asarray(given.pop(name), dtype=float) for name in wrt}
    found, losses = space["train"](parameters, given, 3, 1e-3)
    for step in range(3):
        loss, gradients = space["loss_and_gradients"](**parameters, **given)
        assert np.isclose(losses[step], loss, 1e-9)
        parameters = {n: p - 1e-3 * np.reshape(gradients[n], p.shape) for n, p in parameters.items()}
    assert all(np.allclose(found[name], parameters[name], 1e-9, 1e-11) for name in wrt)


@pytest.mark.slow
def test_jax_compiles_what_is_written() -> None:
    space, wrt, given = module(BY_NAME["rnn"], target="jax")
    _, found = space["loss_and_gradients"](**given)
    wanted = by_jax(BY_NAME["rnn"], wrt)
    assert all(close(np.asarray(found[name]), wanted[name]) for name in wrt)
    parameters = {name: given.pop(name) for name in wrt}
    assert space["check_gradients"](parameters, given) < 1e-6


def test_what_data_alone_tell_is_computed_once() -> None:
    code = md.generate(BY_NAME["strided"].source, "W", style="fast")
    round = code[code.index("    for _ in range(steps):") : code.index("    return losses")]
    assert "np.arange" in code and "np.arange" not in round and "W -= learning_rate" in round


def test_code_is_as_people_write_it() -> None:
    code = md.generate(BY_NAME["rnn"].source, ["W", "U"])
    assert "h[t] = np.tanh(W @ h[t - 1] + U @ x[t - 1] + b)" in code
    assert "delta_h[t - 1] = (1.0 - h[t] ** 2) * grad_h[t]" in code
    assert "for t in reversed(range(1, T + 1)):" in code


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "julia"}, "there is no target julia"),
        ({"style": "quick"}, "there is no style quick"),
        ({"target": "jax", "style": "fast"}, "the fast style is for numpy"),
    ],
)
def test_what_there_is_no_code_for(options: dict[str, str], words: str) -> None:
    with pytest.raises(md.UnsupportedError, match=words):
        md.generate("i: 1..N; x[i]: scalar; f = sum[i](x[i]^2)", "x", **options)


@pytest.mark.parametrize("name", ["erf", "gelu"])
def test_functions_that_numpy_lacks_are_defined(name: str) -> None:
    model = f"n: dim\ni: 1..N; x[i]: vector(n); w: vector(n)\nsum[i]({name}(w'*x[i]))"
    rng = np.random.default_rng(0)
    x, w = rng.uniform(0.2, 0.4, (5, 3)), rng.uniform(0.2, 0.5, 3)
    for style in ("readable", "fast"):
        space: dict[str, Any] = {}
        exec(md.generate(model, ["w"], style=style), space)  # our own code
        _, gradients = space["loss_and_gradients"](x, w)
        expected = md.gradient(model, "w").evaluate(x=x, w=w)
        np.testing.assert_allclose(np.ravel(gradients["w"]), np.ravel(expected), rtol=1e-12)


def test_functions_without_code_are_refused_by_name() -> None:
    model = "n: dim\ni: 1..N; x[i]: vector(n); w: vector(n)\nsum[i](loggamma(w'*x[i]))"
    with pytest.raises(md.UnsupportedError, match="no numpy code for the function digamma"):
        md.generate(model, ["w"])
