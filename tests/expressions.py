"""Well-typed random expressions over a fixed set of names, for properties that hold of all."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

Shape = tuple[str, str]
Tree = tuple[str, tuple[Any, ...]]
"""A pattern with ``{}`` for each part, or ``"+"``, ``".*"`` and ``"**"`` for sums, Hadamard products and products of
scalars, whose parts may stand in any order; and the parts."""

NAMES: dict[Shape, dict[str, str]] = {
    ("1", "1"): {"a": "scalar", "b": "scalar"},
    ("m", "1"): {"x": "vector(m)", "u": "vector(m)"},
    ("n", "1"): {"y": "vector(n)", "v": "vector(n)"},
    ("1", "n"): {"r": "row(n)"},
    ("m", "n"): {"A": "matrix(m, n)", "X": "matrix(m, n)"},
    ("n", "n"): {"S": "symmetric(n)", "D": "diagonal(n)", "B": "matrix(n, n)"},
    ("m", "m"): {"W": "matrix(m, m)"},
    ("n", "p"): {"C": "matrix(n, p)"},
}
SHAPES: list[Shape] = [("1", "1"), ("m", "1"), ("n", "1"), ("1", "n"), ("m", "n"), ("n", "n"), ("m", "m"), ("m", "p")]
SIZES = ("m", "n", "p")
FUNCTIONS = ("sin", "tanh", "sigmoid", "exp", "relu", "abs", "softplus")


def declarations() -> str:
    return "; ".join(f"{name}: {kind}" for names in NAMES.values() for name, kind in names.items())


def expressions(shape: Shape, depth: int = 4) -> st.SearchStrategy[Tree]:
    """Random trees of one shape."""
    return _tree(shape, depth)


@st.composite
def _tree(draw: st.DrawFn, shape: Shape, depth: int) -> Tree:
    rows, cols = shape

    def part(rows: str, cols: str) -> Tree:
        return draw(_tree((rows, cols), depth - 1))

    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(_leaves(shape))), ()
    size, other = draw(st.sampled_from(SIZES)), draw(st.sampled_from(SIZES))
    kinds = ["sum", "sum", "hadamard", "scaled", "function", "transpose", "power", "quotient"]
    kinds += ["product"] * 3 if shape != ("1", "1") else ["trace", "entries", "inner", "norm", "products", "det", "log"]
    kinds += ["inverse", "diagonal", "power of a matrix"] if rows == cols != "1" else []
    kinds += ["spread row", "spread column", "softmax"] if rows != "1" != cols else []
    kinds += ["row sums", "diagonal of", "softmax"] if cols == "1" != rows else []
    kinds += ["column sums"] if rows == "1" != cols else []
    match draw(st.sampled_from(kinds)):
        case "sum":
            return "+", tuple(part(rows, cols) for _ in range(draw(st.integers(2, 3))))
        case "hadamard":
            return ".*", tuple(part(rows, cols) for _ in range(draw(st.integers(2, 3))))
        case "scaled":
            return draw(st.sampled_from(["{}*{}", "-{}*{}", "2*{}*{}", "1/3*{}*{}"])), (
                part("1", "1"),
                part(rows, cols),
            )
        case "function":
            return f"{draw(st.sampled_from(FUNCTIONS))}({{}})", (part(rows, cols),)
        case "transpose":
            return "{}'", (part(cols, rows),)
        case "power":
            return f"{{}} .^ {draw(st.integers(1, 3))}", (part(rows, cols),)
        case "quotient":
            return "{} ./ (2 + {} .^ 2)", (part(rows, cols), part(rows, cols))
        case "product":
            return "{}*{}", (part(rows, size), part(size, cols))
        case "trace":
            return "tr({})", (part(size, size),)
        case "entries":
            return "sum({})", (part(size, other),)
        case "inner":
            return "{}'*{}", (part(size, "1"), part(size, "1"))
        case "norm":
            return draw(st.sampled_from(["norm2({})", "norm2({})^2", "norm1({})"])), (part(size, other),)
        case "products":
            return "**", tuple(part("1", "1") for _ in range(3))
        case "det":
            return "det({})", (part(size, size),)
        case "log":
            return "log(1 + {}^2)", (part("1", "1"),)
        case "inverse":
            return f"inv(3*eye({rows}) + tanh({{}}))", (part(rows, rows),)
        case "diagonal":
            return "diag({})", (part(rows, "1"),)
        case "power of a matrix":
            return "({})^2", (part(rows, rows),)
        case "spread row":
            return "{} + {}", (part(rows, cols), part("1", cols))
        case "spread column":
            return "{} .* {}", (part(rows, cols), part(rows, "1"))
        case "softmax":
            return "softmax({})", (part(rows, cols),)
        case "row sums":
            return "rowsum({})", (part(rows, size),)
        case "diagonal of":
            return "diag({})", (part(rows, rows),)
        case _:
            return "colsum({})", (part(size, cols),)


def _leaves(shape: Shape) -> list[str]:
    rows, cols = shape
    found = [*NAMES.get(shape, ()), *(f"{name}'" for name in NAMES.get((cols, rows), ()))]
    if shape == ("1", "1"):
        return [*found, "2", "1/2", "n"]
    found += [f"eye({rows})"] if rows == cols else []
    return found * 3 + [f"ones({rows}, {cols})"]


def shuffled(tree: Tree, order: Random | None = None) -> str:
    """The text of a tree, the parts of sums and commutative products in a random order."""
    pattern, parts = tree
    texts = [shuffled(part, order) for part in parts]
    if pattern in ("+", ".*", "**"):
        if order is not None:
            order.shuffle(texts)
        return f" {pattern.replace('**', '*')} ".join(f"({text})" for text in texts)
    return pattern.format(*(f"({text})" for text in texts))
