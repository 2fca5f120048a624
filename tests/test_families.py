"""Models with indices: gradients against JAX, steps replayed, answers read back, values of both kinds of code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from families import CASES, Case

import matdiff as md

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

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
    again = md.parse(str(gradient), where=case.source)
    assert close(again.evaluate(**inputs(case)), wanted[name]), str(gradient)
    assert "steps hold" in derivation.verify()
