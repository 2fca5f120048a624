"""What generated modules do with what they are given: inputs of every form, structure, settings, divergence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from test_codegen_models import FIELD
from test_codegen_module import MODELS, load

from matdiff.codegen import generate
from matdiff.errors import UnsupportedError

MADE = {"readable": {}, "fast": {"style": "fast"}, "jax": {"target": "jax"}, "torch": {"target": "torch"}}


@pytest.fixture(params=MADE)
def made(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param in ("jax", "torch"):
        pytest.importorskip(request.param)
    return MADE[request.param]


def module(text: str, wrt: str, path: Path, **options: str) -> ModuleType:
    return load(generate(text, wrt.split(), **options), path / "module.py")


CLASSES = "y: labels(n, k); X: matrix(n, p); W: matrix(p, k); b: row(k)\nL = -sum(y .* log_softmax(X*W + b))/n"
GIVEN: dict[str, Any] = {
    "y": np.array([0, 2, 1, 2]),
    "X": np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0], [2.0, 1.0]]),
    "W": np.array([[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]]),
    "b": np.array([[0.1, 0.0, -0.2]]),
}

BAD: list[tuple[str, Any, str]] = [
    ("y", [0, 3, 1, 2], "y goes from 0 to 3; with k = 3, labels are 0 to 2"),
    ("y", [0, -1, 1, 2], "y goes from -1 to 2; with k = 3"),
    ("y", [[0], [1], [-2], [2]], "y goes from -2 to 2"),
    ("y", [0.0, 1.0, 2.0, 1.0], "y holds float64; labels are integers"),
    ("y", [0.5, 1.0, 2.0, 1.0], "y holds float64; labels are integers"),
    ("y", [0, 1, 2], "X has n = 4; by y it is 3"),
    ("y", [], "y has n = 0: there is nothing in it"),
    ("y", np.ones((4, 3), int), "y has shape (4, 3); it is (n)"),
    ("X", GIVEN["X"] * np.nan, "X holds nan or inf"),
    ("W", np.full((2, 3), np.inf), "W holds nan or inf"),
    ("X", GIVEN["X"] + 1j, "X holds complex128; it holds real numbers"),
    ("X", np.ma.masked_less(GIVEN["X"], 0), "X is a masked array"),
    ("X", [[1, 2], [3], [4, 5], [6, 7]], "X is not an array: its rows differ in length"),
    ("X", "some text", "; it holds real numbers"),
    ("W", None, "W holds object; it holds real numbers"),
    ("X", np.zeros((4, 0)), "X has p = 0: there is nothing in it"),
    ("b", [0.1, 0.0, -0.2], "b has shape (3,); it is (1, k)"),
]


def test_what_is_wrong_is_said_by_every_function(made: dict[str, str], tmp_path: Path) -> None:
    code = module(CLASSES, "W b", tmp_path, **made)
    for name, value, words in BAD:
        given = GIVEN | {name: value}
        for function in (code.loss_and_gradients, code.train, code.check_gradients):
            with pytest.raises(ValueError, match=re.escape(words)):
                function(*given.values())


def test_lists_columns_and_any_integers(made: dict[str, str], tmp_path: Path) -> None:
    code = module(CLASSES, "W b", tmp_path, **made)
    loss, _ = code.loss_and_gradients(*GIVEN.values())
    _, losses = code.train(*GIVEN.values(), steps=3, learning_rate=0.1)
    for change in (
        {"y": GIVEN["y"][:, None]},
        {"y": GIVEN["y"].astype(np.uint8)},
        {name: value.tolist() for name, value in GIVEN.items()},
        {"y": GIVEN["y"][:, None].tolist()},
    ):
        given = GIVEN | change
        assert float(code.loss_and_gradients(**given)[0]) == pytest.approx(float(loss), rel=1e-12)
        np.testing.assert_allclose(code.train(**given, steps=3, learning_rate=0.1)[1], losses, rtol=1e-12)
        assert code.check_gradients(**given) < 1e-4


def test_small_integers_do_not_wrap_around(made: dict[str, str], tmp_path: Path) -> None:
    code = module("A, B: matrix(n, m)\nL = norm2(A - B)^2", "A", tmp_path, **made)
    a, b = np.array([[1, 200]], np.uint8), np.array([[2, 100]], np.uint8)
    assert float(code.loss_and_gradients(a, b)[0]) == 1 + 100**2
    assert float(code.train(a, b, steps=1)[1][0]) == 1 + 100**2
    assert float(code.loss_and_gradients(a > 1, b > 150)[0]) == 1


def test_a_single_entry_is_a_number(made: dict[str, str], tmp_path: Path) -> None:
    text = "u: vector(1); r: row(1); M: matrix(1, 1); s: scalar; x: vector(n)\nL = u*r*M*x'*x + s*max(u, 0)*1(M > 0)"
    code = module(text, "u r M s", tmp_path, **made)
    for value in (2.0, 2, [2.0], [[2.0]], np.array(2.0), np.array([[2]])):
        loss, gradients = code.loss_and_gradients(value, value, value, value, [1, 2])
        assert float(loss) == 44
        assert {name: float(gradient) for name, gradient in gradients.items()} == {"u": 22, "r": 20, "M": 20, "s": 2}
        found, _ = code.train(value, value, value, value, [[1], [2]], steps=1, learning_rate=0.5)
        assert {name: float(reached) for name, reached in found.items()} == {"u": -9, "r": -8, "M": -8, "s": 1}
        assert code.check_gradients(value, value, value, value, [1, 2]) < 1e-4
    with pytest.raises(ValueError, match=re.escape("u has shape (2,); it is ()")):
        code.train([1, 2], 1, 1, 1, [1, 2])


RATES = [np.inf, -np.inf, np.nan, -1, "1", None, [0.1], 1j, True]


def test_learning_rates(made: dict[str, str], tmp_path: Path) -> None:
    code = module(CLASSES, "W b", tmp_path, **made)
    for rate in RATES:
        with pytest.raises(ValueError, match=r"learning_rate is .*; it is a number, not below 0"):
            code.train(*GIVEN.values(), learning_rate=rate)
    expected = code.train(*GIVEN.values(), steps=2, learning_rate=1)[1]
    assert code.train(*GIVEN.values(), steps=2, learning_rate=np.float64(1))[1] == expected


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "text, wrt, given",
    [
        ("a: scalar\nL = (a - 2)^2", "a", [5.0]),
        ("a, c: scalar\nL = exp(a)*c^2 + c^4", "a c", [3.0, 2.0]),
        ("A: matrix(m, n); x: vector(n)\nL = norm2(A*x)^4", "x", [[[1.0, 2.0]], [3.0, 4.0]]),
    ],
)
def test_a_descent_that_diverges_says_so(
    made: dict[str, str], text: str, wrt: str, given: list[Any], tmp_path: Path
) -> None:
    code = module(text, wrt, tmp_path, **made)
    with pytest.raises(FloatingPointError, match="a smaller learning_rate may help"):
        code.train(*given, steps=5000, learning_rate=10)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_parameters_that_end_as_no_numbers(made: dict[str, str], tmp_path: Path) -> None:
    code = module("x: vector(n)\nL = norm2(x)^2", "x", tmp_path, **made)
    with pytest.raises(FloatingPointError, match="x holds nan or inf after 1 steps"):
        code.train([1e10, 1.0], steps=1, learning_rate=1e300)


STRUCTURED = [
    ("S: symmetric(n); x, y: vector(n)\nL = norm2(S'*x - y)^2", "S"),
    ("S: symmetric(n); x, y: vector(n)\nL = norm2(S*x - y)^2 + x'*S'*S*y", "S"),
    ("D: diagonal(n); x, y: vector(n)\nL = norm2(D'*x - y)^2 + tr(D*x*y'*D)", "D"),
    ("D: diagonal(n); S: symmetric(n); x, y: vector(n); g: scalar\nL = norm2(S*D*x - y)^2 + g*norm2(D + S)^2", "D S"),
    ("S: symmetric(n); x, y: vector(n); A: matrix(n, n)\nL = x'*S*y + x'*A*y + norm2(A)^2 + tr(S*A)^2", "S A"),
]
"""In the last one a symmetric and a free matrix have the same plain gradient, in part."""


@pytest.mark.parametrize("text, wrt", STRUCTURED)
def test_descent_stays_within_the_structure(made: dict[str, str], text: str, wrt: str, tmp_path: Path) -> None:
    """Against steps along the differences of the loss in the space of such matrices."""
    code = module(text, wrt, tmp_path, **made)
    rng = np.random.default_rng(0)
    start = {name: rng.standard_normal((3,) * len(sizes)) for name, sizes in code.SHAPES.items()}
    basis: dict[str, list[np.ndarray]] = {}
    for name in wrt.split():
        units = [np.eye(9)[k].reshape(3, 3) for k in range(9)]
        if name == "S":
            start[name] = start[name] + start[name].T
            pairs = [(i, j) for i in range(3) for j in range(i + 1)]
            units = [units[3 * i + j] + units[3 * j + i] for i, j in pairs]
        elif name == "D":
            start[name] = np.diag(np.diag(start[name]))
            units = units[::4]
        basis[name] = [unit / np.linalg.norm(unit) for unit in units]
    at, losses = dict(start), []
    for _ in range(3):
        losses.append(float(code.loss_and_gradients(*at.values())[0]))
        slopes = {name: np.zeros((3, 3)) for name in basis}
        for name, units in basis.items():
            for unit in units:
                ahead, behind = (at | {name: at[name] + sign * 1e-5 * unit} for sign in (1, -1))
                difference = [float(code.loss_and_gradients(*given.values())[0]) for given in (ahead, behind)]
                slopes[name] += (difference[0] - difference[1]) / 2e-5 * unit
        at |= {name: at[name] - 0.01 * slope for name, slope in slopes.items()}
    found, descended = code.train(*start.values(), steps=3, learning_rate=0.01)
    np.testing.assert_allclose(descended, losses, rtol=1e-7)
    for name in basis:
        np.testing.assert_allclose(np.asarray(found[name]), at[name], atol=1e-7)
    if "S" in basis:
        np.testing.assert_array_equal(np.asarray(found["S"]), np.asarray(found["S"]).T)
    assert code.check_gradients(*start.values()) < 1e-5


@pytest.mark.parametrize(
    "kind, wrong, off",
    [
        ("symmetric", [[1.0, 2.0], [3.0, 4.0]], "0.5"),
        ("symmetric", [[1.0, 2.0], [2.0001, 4.0]], "5e-05"),
        ("diagonal", [[1.0, 0.0], [0.25, 4.0]], "0.25"),
        ("orthogonal", [[2.0, 0.0], [0.0, 1.0]], "1"),
        ("onehot", [[0.75, 0.25], [0.0, 1.0]], "0.25"),
    ],
)
def test_declared_structure_is_asked_for(
    made: dict[str, str], kind: str, wrong: list[list[float]], off: str, tmp_path: Path
) -> None:
    sizes = "n, k" if kind == "onehot" else "n"
    code = module(f"M: {kind}({sizes}); x: vector(n)\nL = norm2(M'*x)^2", "x", tmp_path, **made)
    drawn = code.initialise()
    for function in (code.loss_and_gradients, code.train, code.check_gradients):
        function(*drawn.values())
        with pytest.raises(ValueError, match=f"M is declared {kind}, but an entry is off by {re.escape(off)}$"):
            function(wrong, [1.0, 2.0])
    rounded = np.eye(2) + (0 if kind == "diagonal" else 1e-12 * np.array([[0, 1], [0, 0]]))
    code.loss_and_gradients(rounded, [1.0, 2.0])


def test_orthogonal_parameters_are_refused() -> None:
    for options in MADE.values():
        with pytest.raises(UnsupportedError, match="Q is orthogonal, and gradient descent would not keep it so"):
            generate("Q: orthogonal(n); x: vector(n)\nL = norm2(Q*x - 1)^2", ["Q"], **options)


@pytest.mark.parametrize(
    "kind, lines",
    [("symmetric", "M ~ 0.1*normal"), ("diagonal", "M ~ uniform"), ("diagonal", "M = 2"), ("orthogonal", "M ~ eye")],
)
def test_what_is_drawn_has_the_structure(kind: str, lines: str, tmp_path: Path) -> None:
    code = module(f"M: {kind}(n); x: vector(n)\nL = norm2(M*x)^2\ntrain:\n    n = 4\n    {lines}\n", "x", tmp_path)
    drawn = code.initialise()
    assert drawn["M"].any()
    code.loss_and_gradients(*drawn.values())


PRODUCTS = [
    ("H, N: dim; C: matrix(H*N, H); x: vector(H); y: vector(H*N)\nL = norm2(relu(C*x) - y)^2", "C x"),
    ("H, N: dim; C: matrix(H*N, H); x: vector(H)\nL = norm2(C*x)^2/N", "C x"),
    ("D, N: dim; X: matrix(N, 2*D); W: matrix(2*D, D); b: row(D); Y: matrix(N, D)\nL = norm2(X*W + b - Y)^2/N", "W b"),
    ("D: dim; w: vector(2*D); r: row(2*D*H); c: vector(H)\nL = norm2(w)^2*sum(r)^2 + sum(c)^2 + norm2(r)^2", "w r"),
    ("A: matrix(m, n); c: vector(m*n)\nL = norm2(vec(A) - c)^2", "A c"),
]


@pytest.mark.parametrize("text, wrt", PRODUCTS)
def test_sizes_that_are_products(text: str, wrt: str, tmp_path: Path) -> None:
    readable, fast = (
        load(
            generate(text + "\ntrain:\n    learning_rate = 1e-4\n", wrt.split(), style=style), tmp_path / f"{style}.py"
        )
        for style in ("readable", "fast")
    )
    given = readable.initialise()
    assert readable.check_gradients(*given.values()) < 1e-4
    expected, losses = readable.train(*given.values(), steps=4)
    found, others = fast.train(*given.values(), steps=4)
    np.testing.assert_allclose(others, losses, rtol=1e-10)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "given, words",
    [
        ([np.ones((7, 2)), [1, 2], [1] * 7], "C has H*N = 7; it is a multiple of 2"),
        ([np.ones((6, 2)), [1, 2], [1] * 4], "y has H*N = 4; by C it is 6"),
    ],
)
def test_products_that_do_not_fit(given: list[Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        module(*PRODUCTS[0], tmp_path).loss_and_gradients(*given)


@pytest.mark.parametrize(
    "text, wrt, given",
    [
        ("y, t: scalar\nL = t*y", "y t", [2.0, 3.0]),
        ("c, y, t: scalar\nL = c*y^2/2 + sin(y)*t + t^2", "y t", [0.5, 2.0, 3.0]),
        ("c, y: scalar\nL = c*y^2/2 + cos(y)", "y", [0.5, 2.0]),
        ("w: vector(n); g, t: scalar\nL = g*norm2(w)^2*t + t^2/g", "w g t", [[1.0, 2.0], 0.7, 0.4]),
        ("V: matrix(n, n); g: scalar\nL = tr(V/g*V')", "V g", [[[1.0, 2.0], [0.5, 1.0]], 1.5]),
    ],
)
def test_all_parameters_move_at_once(
    made: dict[str, str], text: str, wrt: str, given: list[Any], tmp_path: Path
) -> None:
    code = module(text, wrt, tmp_path, **made)
    names = [*code.SHAPES]
    at = {name: np.array(value, float) for name, value in zip(names, given, strict=True)}
    losses = []
    for _ in range(3):
        loss, gradients = code.loss_and_gradients(*at.values())
        losses.append(float(loss))
        at |= {name: at[name] - 0.1 * np.asarray(gradient) for name, gradient in gradients.items()}
    found, descended = code.train(*given, steps=3, learning_rate=0.1)
    np.testing.assert_allclose(descended, losses, rtol=1e-12)
    for name in wrt.split():
        np.testing.assert_allclose(np.asarray(found[name]), at[name], rtol=1e-12)


def test_a_byte_order_mark_is_no_text() -> None:
    assert generate("\ufeffa: scalar\n(a - 2)^2", ["a"]) == generate("a: scalar\n(a - 2)^2", ["a"])


SEEDED = """
import sys
from pathlib import Path
from matdiff.codegen import generate
for path in sys.argv[1:]:
    wrt, text = Path(path).read_text().split("\\n", 1)
    for options in ({}, {"style": "fast"}, {"target": "jax"}, {"target": "torch"}):
        print(generate(text, wrt.split(), **options))
"""


@pytest.mark.slow
def test_the_code_is_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    cases = {name: (text, " ".join(wrt)) for name, (text, wrt) in MODELS.items() if not name.startswith("deep")}
    cases |= {name: FIELD[name] for name in ("gmm", "lda", "gp", "mlp3", "diag")}
    for number, (text, wrt) in enumerate(cases.values()):
        (tmp_path / f"{number}.txt").write_text(f"{wrt}\n{text}")
    command = [sys.executable, "-c", SEEDED, *map(str, sorted(tmp_path.glob("*.txt")))]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2", "3")
    ]
    first, *others = [run.communicate()[0] for run in runs]
    assert first and all(run.returncode == 0 for run in runs)
    assert all(other == first for other in others)
