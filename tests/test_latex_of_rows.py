"""The LaTeX of every function, in the places where a formula has one, is read back as the same function."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.expr import topo
from matdiff.operators import ROWS, Row
from matdiff.sizes import Shape

SIZES = {
    "as it is": {"m": 3, "n": 4, "k": 2, "p": 2, "q": 3},
    "square": dict.fromkeys("mnkpq", 3),
    "columns": {"m": 3, "n": 1, "k": 1, "p": 2, "q": 1},
    "numbers": dict.fromkeys("mnkpq", 1),
}
AROUND = (
    "{0}",
    "({0})'",
    "2*({0}) - Y",
    "Y .* ({0})",
    "({0}) ./ Y",
    "({0}) .^ 2",
    "Y'*({0})",
    "({0})*Y'",
    "({0})*ones({2}, 1)",
    "ones(1, {1})*({0})",
    "sum({0})",
    "norm2({0})^2",
    "norm_spec({0})^2",
    "norm_nuc({0})^2",
    "norm_spec({0})/(1 + norm_nuc({0}))",
    "vec({0})",
    "toeplitz(({0})*z)",
    "circ_columns({0})",
)
"""What stands round a function, its rows and columns in {1} and {2}."""
SQUARE = ("({0})*({0})", "inv(eye({1}) + ({0}))", "tr({0})", "tril({0})", "expm({0})", "sqrtm({0})", "circ_sums({0})")
NUMBER = ("({0})^2", "1/(1 + ({0}))", "a^({0})", "({0})*a", "a*({0})", "sqrt(({0})^2)", "exp({0})")

CASES = [
    (name, sizes)
    for name, entry in ROWS.items()
    if entry.call and (not name.startswith("frechet") or name.endswith(("_expm", "_power", "_power_matrix")))
    for sizes in SIZES
]
"""The Fréchet derivatives of all functions are written alike."""


def shape_of(shape: Shape, sizes: dict[str, int]) -> tuple[int, int]:
    rows, cols = (size.value(sizes) for size in shape)
    return rows, cols


def kind(shape: tuple[int, int]) -> str:
    return f"matrix({shape[0]}, {shape[1]})" if shape[1] != 1 else f"vector({shape[0]})" if shape[0] != 1 else "scalar"


def value_at(entry: Row, name: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Between 0 and 1; a square one positive definite."""
    if name == "p" and "whole" in entry.domain:
        return np.array([[3.0]])
    drawn = rng.uniform(0.1, 0.9, shape)
    return (drawn @ drawn.T + np.eye(len(drawn))) / (2 + len(drawn)) if shape[0] == shape[1] else drawn


def given_to(e: md.Expression, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {node.data[0]: known[node.data[0]] for node in topo(e.node) if node.op == "variable"}


@pytest.mark.parametrize("name", sorted({entry.call for entry in ROWS.values() if "_" in entry.call}))
def test_a_name_with_an_underscore_is_read_in_a_document(name: str) -> None:
    """Markdown takes the backslash of ``\\_`` away."""
    (entry,) = (entry for entry in ROWS.values() if entry.call == name and not entry.name.endswith("_column"))
    names = ", ".join(argument for argument, _ in entry.signature[0])
    kinds = "; ".join(f"{argument}: {kind(shape_of(s, SIZES['square']))}" for argument, s in entry.signature[0])
    call = rf"\operatorname{{{name}}}({names})".replace("_", r"\_")
    report = md.check(f"```matdiff\n{kinds}\n```\n\n$$\nf = 2 {call} = {call} + {call}\n$$\n")
    assert {link.verdict for link in report.links} == {"proved"}, str(report)


@pytest.mark.parametrize(("name", "which"), CASES, ids=[f"{name}-{which}" for name, which in CASES])
def test_the_latex_of_a_function_is_read_back(name: str, which: str) -> None:
    entry, sizes, rng = ROWS[name], SIZES[which], np.random.default_rng(7)
    patterns, value = entry.signature
    shapes = {argument: shape_of(pattern, sizes) for argument, pattern in patterns}
    rows, cols = shape_of(value, sizes)
    known = {argument: value_at(entry, argument, shape, rng) for argument, shape in shapes.items()}
    known |= {"Y": rng.uniform(0.5, 1.5, (rows, cols)), "z": rng.uniform(0.5, 1.5, (cols, 1)), "a": np.array([[0.7]])}
    where = "; ".join(f"{argument}: {kind(array.shape)}" for argument, array in known.items())
    call = f"{entry.call}({', '.join(shapes)})"
    forms = (*AROUND, *(SQUARE if rows == cols else ()), *(NUMBER if rows == cols == 1 else ()))
    tried = 0
    for form in forms:
        text = form.format(call, rows, cols)
        try:
            written = md.parse(text, where=where)
            given = given_to(written, known)
            wanted = written.evaluate(**given)
        except md.MatdiffError:  # no such product, or no value here
            continue
        latex = written.latex()
        back = md.parse(latex, notation="latex", where=where)
        given = given_to(back, known)
        np.testing.assert_allclose(back.evaluate(**given), wanted, rtol=1e-9, atol=1e-12, err_msg=f"{text}  {latex}")
        tried += 1
    assert tried >= 3
