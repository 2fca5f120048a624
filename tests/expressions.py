"""Well-typed random expressions over a fixed set of names, for properties that hold of all."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from matdiff.expr import substitute, topo
from matdiff.identities import Identity
from matdiff.reader import read_formula
from matdiff.rewriting.patterns import Rule, compile_identity

Shape = tuple[str, str]
Tree = tuple[str, tuple[Any, ...]]
"""A pattern and its parts; the parts of ``+``, ``.*`` and ``**`` (a product of scalars) may stand in any order."""

DECLARATIONS = (
    "a, b: scalar; x, u: vector(m); y, v: vector(n); r: row(n); z: vector(m*n); A, X: matrix(m, n); C: matrix(n, p);"
    " E: matrix(m, p); W: matrix(m, m); B: matrix(n, n); S: symmetric(n); D: diagonal(n); sigma, tau: function;"
    " f(z) := z*sigmoid(z)/(1 + z^2)"
)
SIZES = ("m", "n", "p")
SHAPES: list[Shape] = [("1", "1"), ("m", "1"), ("n", "1"), ("1", "n"), ("m", "n"), ("n", "n"), ("m", "m"), ("m", "p")]

_FUNCTIONS = (
    "sin exp tanh sigmoid softplus relu abs square gelu silu erf arctan cosh expm1 sigma tau f",
    "{0} .^ 2|{0} .^ 3|1 ./ (2 + {0} .^ 2)|sqrt(1 + {0} .^ 2)|log(1 + {0} .^ 2)|max({0}, 1/3)|1({0} > 0) .* {0}",
)

# target | pattern | parts; r and c are any sizes of the target, R and C are not 1, other letters are drawn
_TABLE = """
r×c | + | r×c, r×c
r×c | + | r×c, r×c, r×c
r×c | {0} - {1} | r×c, r×c
r×c | .* | r×c, r×c
r×c | .* | r×c, r×c, r×c
r×c | {0} ./ (2 + {1} .^ 2) | r×c, r×c
r×c | {0}*{1} | 1×1, r×c
r×c | -2*{0}*{1} | 1×1, r×c
r×c | {0}/(1 + {1}^2) | r×c, 1×1
r×c | {0}' | c×r
r×c | FUNCTION | r×c
r×c | FUNCTION | r×c
R×c | {0}*{1} | R×k, k×c
R×c | {0}*{1} | R×k, k×c
r×C | {0}*{1} | r×k, k×C
1×1 | ** | 1×1, 1×1, 1×1
1×1 | {0}'*{1} | k×1, k×1
1×1 | {0}'*{1}*{0} | k×1, k×k
1×1 | tr({0}) | k×k
1×1 | tr({0}*{1}) | k×l, l×k
1×1 | sum({0}) | k×l
1×1 | mean({0}) | k×l
1×1 | norm2({0}) | k×l
1×1 | norm2({0})^2 | k×l
1×1 | norm1({0}) | k×l
1×1 | inner({0}, {1}) | k×l, k×l
1×1 | logsumexp({0}) | k×1
1×1 | det(3*eye({k}) + tanh({0})) | k×k
1×1 | logdet(eye({k}) + {0}*{0}') | k×l
1×1 | logdet(3*eye({k}) + tanh({0})) | k×k
1×1 | tr(kron({0}, {1})) | k×k, l×l
1×1 | x'*kron({0}, {1})*y | m×1, 1×n
1×1 | z'*vec({0}) | m×n
1×1 | z'*kron({0}, {1}) | m×1, n×1
R×1 | rowsum({0}) | R×k
R×1 | mean({0}, axis=1) | R×k
R×1 | logsumexp({0}) | R×k
R×1 | diag({0}) | R×R
R×1 | softmax({0}) | R×1
R×1 | log_softmax({0}) | R×1
R×1 | solve(3*eye({R}) + tanh({0}), {1}) | R×R, R×1
R×1 | {0}/norm2({1}) | R×1, k×1
R×1 | {0} + {1} | R×1, 1×1
1×C | colsum({0}) | k×C
1×C | mean({0}, axis=0) | k×C
1×C | softmax({0}) | 1×C
R×C | {0} + {1} | R×C, 1×C
R×C | {0} .* {1} | R×C, R×1
R×C | {0} - {1} | R×1, 1×C
R×C | {0} + {1} | 1×1, R×C
R×C | outer({0}, {1}) | R×1, C×1
R×C | softmax({0}) | R×C
R×C | log_softmax({0}) | R×C
R×C | softmax({0}, axis=0) | R×C
R×C | {0} - mean({0}, axis=0) | R×C
R×C | exp({0}) ./ rowsum(exp({0})) | R×C
R×C | max({0}, {1}) | R×C, R×C
R×C | diag({0})*{1} | R×1, R×C
m×n | unvec(z, m, n) .* {0} | m×n
R×R | inv(3*eye({R}) + tanh({0})) | R×R
R×R | diag({0}) | R×1
R×R | ({0})^2 | R×R
R×R | ({0})^3 | R×R
R×R | adj({0}) | R×R
"""


# the corners: scalars where matrices are expected, axes of length one, powers and quotients without a value
_CORNERS = """
1×1 | tr({0}*{1}) | 1×1, 1×1
1×1 | inner({0}, {1}) | 1×1, 1×1
1×1 | {0}*det({1})*tr({1}) | 1×1, 1×1
1×1 | logdet({0}) + norm2({0}) | 1×1
1×1 | adj({0})*{0} + inv({0}) | 1×1
1×1 | pinv({0}) | 1×1
1×1 | kron({0}, {1}) | 1×1, 1×1
1×1 | pinv({0})*{1} | k×1, k×1
1×1 | {0}^(1/2) | 1×1
1×1 | {0}^-3 | 1×1
1×1 | {0}^{1} | 1×1, 1×1
1×1 | {0}/{1} | 1×1, 1×1
1×1 | log(det({0})) | k×k
1×1 | softmax({0}) + logsumexp({0}, axis=0) | 1×1
1×1 | 1/(m - 3)*{0} | 1×1
1×1 | logsumexp({0}) | 1×k
r×c | {0} .^ (1/3) | r×c
r×c | {0} .^ {1} | r×c, r×c
r×c | {0} ./ {1} | r×c, r×c
r×c | kron({0}, {1}) | 1×1, r×c
r×c | kron({0}, {1}) | r×c, 1×1
r×c | log({0}) | r×c
r×c | sqrt({0}) | r×c
r×c | pinv({0})' | r×c
R×1 | softmax({0}, axis=1) | R×1
R×1 | log_softmax({0}, axis=1) | R×1
R×1 | logsumexp({0}, axis=1) | R×1
1×C | softmax({0}, axis=0) | 1×C
1×C | logsumexp({0}, axis=0) | 1×C
R×C | softmax({0}, axis=1) .* {1} | R×1, R×C
m×n | unvec(kron({0}, {1}), m, n) | n×1, m×1
"""


def _productions(table: str) -> list[tuple[Shape, str, list[Shape]]]:
    found = []
    for row in table.strip().splitlines():
        target, pattern, parts = (column.strip() for column in row.split("|"))
        names, formulas = _FUNCTIONS
        functions = [*(f"{name}({{0}})" for name in names.split()), *formulas.split("|")]
        shapes = [_shape(part) for part in parts.split(",")]
        found += [(_shape(target), one, shapes) for one in (functions if pattern == "FUNCTION" else [pattern])]
    return found


def _shape(text: str) -> Shape:
    rows, cols = text.strip().split("×")
    return rows, cols


PRODUCTIONS = _productions(_TABLE)
CORNERS = _productions(_CORNERS)


def bound(target: Shape, shape: Shape) -> dict[str, str] | None:
    """What the letters of a production's target stand for, or None where it does not fit."""
    found: dict[str, str] = {}
    for letter, size in zip(target, shape, strict=True):
        fits = letter == size if letter in ("1", *SIZES) else found.setdefault(letter, size) == size
        if not fits or (letter.isupper() and size == "1"):
            return None
    return found


@cache
def choices(shape: Shape, corners: bool = False) -> list[tuple[str, list[Shape], dict[str, str]]]:
    """The productions for a shape; with the corners, each of these twice."""
    rows = [*PRODUCTIONS, *CORNERS, *CORNERS] if corners else PRODUCTIONS
    matched = [(pattern, parts, bound(target, shape)) for target, pattern, parts in rows]
    return [(pattern, parts, letters) for pattern, parts, letters in matched if letters is not None]


@cache
def leaves(shape: Shape) -> list[str]:
    """The names of a shape (thrice, to be drawn more often), and constants."""
    kinds = {"vector": ("{}", "1"), "row": ("1", "{}"), "scalar": ("1", "1")}
    found = []
    for names, kind, sizes in re.findall(r"([\w, ]+): (\w+)(?:\(([^)]*)\))?", DECLARATIONS):
        rows, cols = (sizes.split(", ") * 2)[:2] if sizes else ("", "")
        own = tuple(part.format(rows) for part in kinds[kind]) if kind in kinds else (rows, cols)
        if kind != "function":
            found += [name.strip() for name in names.split(",") if own == shape]
            found += [f"{name.strip()}'" for name in names.split(",") if own == shape[::-1] and own != shape]
    if shape == ("1", "1"):
        return [*found, "2", "1/2", "n"]
    return found * 3 + [f"ones({shape[0]}, {shape[1]})"] + [f"eye({shape[0]})"] * (shape[0] == shape[1])


@st.composite
def expressions(draw: st.DrawFn, shape: Shape, depth: int = 4, corners: bool = False) -> Tree:
    """A random tree of a shape."""
    if depth == 0 or draw(st.integers(0, 6)) == 0:
        return draw(st.sampled_from(leaves(shape))), ()
    pattern, parts, letters = draw(st.sampled_from(choices(shape, corners)))
    letters = {**{letter: draw(st.sampled_from(SIZES)) for letter in "kl"}, **letters}
    shapes = [(letters.get(rows, rows), letters.get(cols, cols)) for rows, cols in parts]
    filled = re.sub(r"\{([a-zA-Z])\}", lambda found: letters[found[1]], pattern)
    return filled, tuple(draw(expressions(part, depth - 1, corners)) for part in shapes)


def text_of(tree: Tree, order: Random | None = None) -> str:
    """The text of a tree; with ``order`` the parts of sums and commutative products are shuffled."""
    pattern, parts = tree
    texts = [f"({text_of(part, order)})" for part in parts]
    if pattern in ("+", ".*", "**"):
        if order is not None:
            order.shuffle(texts)
        return f" {pattern.replace('**', '*')} ".join(texts)
    return pattern.format(*texts) if parts else pattern


def plainly(identity: Identity) -> Rule:
    """The rule over variables of the kinds that are asked for; of two that commute the second is a polynomial in
    the first."""
    rule = compile_identity(replace(identity, shown=False))
    if not identity.commute:
        return rule
    names = {node.data[0]: node for node in topo(rule.left) if node.op == "variable"}
    of, other = (names[name] for name in identity.commute)
    polynomial = read_formula("X^2 - 2*X", {"X": of})
    left, right = substitute([rule.left, rule.right], {other: polynomial})
    return replace(rule, left=left, right=right)
