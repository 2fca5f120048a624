"""Random expressions: compiled, and as generated modules in both styles, against the interpreter."""

from __future__ import annotations

import re

import numpy as np
import pytest
from expressions import DECLARATIONS, SHAPES, Tree, expressions, text_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff import evaluate, exchange
from matdiff.codegen import compile_function, generate
from matdiff.errors import UnsupportedError
from matdiff.expr import names
from matdiff.model import Model
from matdiff.operators import CALLS
from matdiff.operators.scalar_functions import KNOWN
from matdiff.reader import read_model

SIZES = {"m": 3, "n": 4, "p": 2}
FUNCTIONS = {
    "sigma": (np.sin, np.cos, lambda x: -np.sin(x)),
    "tau": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
}
PLAIN = re.sub(r" sigma, tau: function;", "", DECLARATIONS)


IN_SPACE = {"symmetric": lambda x: x + x.T, "diagonal": lambda x: np.diag(np.diag(x))}
"""Where the gradient of a structured matrix is taken, the slopes are."""


def point(model: Model, seed: int) -> dict[str, object]:
    """Values for the variables of a model; symmetric and diagonal ones are."""
    rng = np.random.default_rng(seed)
    found: dict[str, object] = {}
    for name, node in model.variables.items():
        rows, cols = (size.value(SIZES) for size in node.shape)
        array = rng.uniform(-1, 1, (rows, cols))
        kind = node.data[1]
        array = array + array.T if kind == "symmetric" else array * np.eye(rows) if kind == "diagonal" else array
        found[name] = float(array[0, 0]) if node.is_scalar else array[:, 0] if cols == 1 else array
    return found


@settings(max_examples=250, derandomize=True)
@given(st.sampled_from(SHAPES).flatmap(lambda shape: expressions(shape, 3)))
def test_compiled_expressions(tree: Tree) -> None:
    model = read_model(text_of(tree), where=DECLARATIONS)
    root = model.objective
    assert root is not None
    inputs = point(model, 1)
    known, sizes = exchange.arrays(model.variables, inputs | SIZES)
    want = exchange.result(evaluate.values([root], known, sizes, FUNCTIONS)[root], root.shape)
    assume(np.all(np.isfinite(want)))
    function = compile_function(root, model)
    with np.errstate(all="ignore"):
        got = function(**inputs, **SIZES, **FUNCTIONS)
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-8 * (1 + np.max(np.abs(want))))


ENTRIES = sorted({*KNOWN, *(call for call, rows in CALLS.items() if getattr(rows[0], "elementwise", False))})


@pytest.mark.parametrize("name", ENTRIES)
def test_a_function_takes_its_whole_argument(name: str) -> None:
    """Whatever stands around it in the table: the 1/x in arctan(1/x) is not 1/a*x."""
    compared = 0
    for inside in ("a*x", "x/a", "x - a", "x .^ a"):
        call = f"{name}({inside})" if name not in ("max", "min") else f"{name}({inside}, ({inside})/3)"
        expression = md.parse(f"2 ./ {call}", where="a: scalar; x: vector(n)")
        compiled = md.compile(expression)
        for low in (0.1, 1.3, -0.8, 3.3):
            given = {"a": 0.7, "x": np.linspace(low, low + 0.3, 2)}
            want = expression.evaluate(**given)
            if np.all(np.isfinite(want)):
                np.testing.assert_allclose(compiled(**given), want, rtol=1e-10)
                compared += 1
    assert compared


@settings(max_examples=60, derandomize=True)
@given(expressions(("1", "1"), 4), st.data())
def test_generated_modules(tree: Tree, data: st.DataObject) -> None:
    text = text_of(tree)
    assume("sigma" not in text and "tau" not in text)
    model = read_model(text, where=PLAIN)
    assert model.objective is not None
    used = list(names(model.objective))
    assume(used)
    wrt = data.draw(st.lists(st.sampled_from(used), min_size=1, max_size=3, unique=True))
    inputs = {name: value for name, value in point(model, 2).items() if name in used}
    known, sizes = exchange.arrays(model.variables, inputs | SIZES)

    def value(changed: dict) -> float:
        return float(evaluate.values([model.objective], known | changed, sizes)[model.objective][0, 0])

    loss = value({})
    assume(np.isfinite(loss) and abs(loss) < 1e6)
    spaces: list[dict] = [{}, {}]
    for space, style in zip(spaces, ("readable", "fast"), strict=True):
        try:
            exec(generate(text, wrt, where=PLAIN, style=style), space)
        except UnsupportedError as error:  # a size that stands only in ones(p) or eye(p)
            assert "no input tells the size" in str(error)
            assume(False)
    readable, fast = spaces
    order = list(readable["SHAPES"])
    with np.errstate(all="ignore"):
        found, gradients = readable["loss_and_gradients"](*(inputs[name] for name in order))
        assume(all(np.all(np.isfinite(gradient)) for gradient in gradients.values()))
        np.testing.assert_allclose(found, loss, rtol=1e-9, atol=1e-9)
        for name, gradient in gradients.items():
            node = model.variables[name]
            direction = np.random.default_rng(3).standard_normal(known[node].shape)
            direction = IN_SPACE.get(node.data[1], np.copy)(direction)
            slopes = [
                (value({node: known[node] + h * direction}) - value({node: known[node] - h * direction})) / (2 * h)
                for h in (1e-5, 1e-6)
            ]
            exact = np.sum(np.reshape(gradient, known[node].shape) * direction)
            scale = 1e-4 * (1 + abs(loss) + np.linalg.norm(gradient)) + 2 * abs(slopes[0] - slopes[1])
            assert abs(slopes[0] - exact) < scale, (name, slopes, exact)
        size = max(1.0, *(float(np.linalg.norm(gradient)) for gradient in gradients.values()))
        arguments = [inputs[name] for name in order]
        expected, losses = readable["train"](*arguments, steps=3, learning_rate=1e-4 / size)
        others, fast_losses = fast["train"](*arguments, steps=3, learning_rate=1e-4 / size)
    np.testing.assert_allclose(fast_losses, losses, rtol=1e-8, atol=1e-9)
    for name, array in expected.items():
        np.testing.assert_allclose(others[name], array, rtol=1e-7, atol=1e-9)
