"""Every row of the operator table checked by itself, and every row sabotaged to see that the check bites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
from differences import FUNCTIONS, Point, close, points, smooth_point

from matdiff import expr as E
from matdiff.calculus import rules
from matdiff.calculus.reverse import pullback
from matdiff.errors import MatdiffError
from matdiff.evaluate import Array, values
from matdiff.expr import Expr
from matdiff.operators import INDEXED, PARAMETRIC, ROWS, Row, facts
from matdiff.reader import read_formula
from matdiff.reader.math import read
from matdiff.reader.syntax import Objective, postorder
from matdiff.sizes import named

Case = tuple[str, object]
"""An operator and, for a family of rows, which one."""

CASES: list[Case] = [
    *((name, None) for name in ROWS),
    *(("matrix_power", k) for k in (2, 3, 4)),
    *(("apply", ("sigma", order)) for order in (0, 1)),
]
TOLERANCE = 1e-7
WITHOUT = {name for name in ROWS if name.startswith("frechet") and name.endswith("_matrix")} | {
    "prod_pairs",
    "row_others",
}
"""The rows whose derivative is refused by name."""


def row_of(case: Case) -> Row:
    op, data = case
    return ROWS[op] if data is None else PARAMETRIC[op](data)


def name_of(case: Case) -> str:
    op, data = case
    return op if data is None else f"{op}{data}"


class Wrong(AssertionError):
    """A formula of a row disagrees with the row's value."""


# Formulas of a row, read over the row's own names


def names_of(entry: Row) -> dict[str, Expr]:
    patterns, value = entry.signature
    names = {name: E.variable(name, shape) for name, shape in patterns}
    sizes = {name for shape in (value, *(shape for _, shape in patterns)) for size in shape for name in size.names}
    return {**{name: E.dim(named(name)) for name in sizes}, **names}


def formula(entry: Row, text: str, hole: Expr | None = None) -> Expr:
    names = names_of(entry)
    if hole is not None:
        names[hole.data[0]] = hole
    return read_formula(text, names, tuple(FUNCTIONS))


def arguments_of(entry: Row) -> list[Expr]:
    return [E.variable(name, shape) for name, shape in entry.signature[0]]


def node_of(case: Case) -> Expr:
    """The operator over variables of the row's own names and sizes."""
    entry = row_of(case)
    data = case[1]
    if case[0] == "unvec":
        data = (named("m"), named("n"))
    return Expr(case[0], tuple(arguments_of(entry)), data, entry.signature[1])


# The check


@cache
def images(case: Case) -> tuple[Point, tuple[tuple[Array, Array], ...]]:
    """A point, and for each argument a direction with what the operator's value does along it."""
    node = node_of(case)
    rng = np.random.default_rng(len(name_of(case)))

    whole = [arg for arg in node.args if arg.data[0] == "p" and "whole" in row_of(case).domain]

    def direction(point: Point, arg: Expr) -> Array:
        if arg in whole:
            return np.zeros((1, 1))
        return rng.normal(size=point.known[arg].shape)

    if row_of(case).is_linear:
        point = next(points([node]))
        start = point.value(node)
        directions = [direction(point, arg) for arg in node.args]
        moved = [point.value(node, {arg: point.known[arg] + d}) for arg, d in zip(node.args, directions, strict=True)]
        return point, tuple((d, value - start) for d, value in zip(directions, moved, strict=True))
    state = rng.bit_generator.state

    def measure(point: Point, step: float) -> Array:
        if row_of(case).domain & {"symmetric", "tall"} and case[0] != "chol" and min(point.sizes.values()) < 3:
            raise np.linalg.LinAlgError  # orthogonal 2×2 matrices are mostly symmetric
        order = np.argsort(point.known[node.args[0]], axis=1)
        if case[0].startswith("row_") and np.array_equal(order, np.argsort(order, axis=1)):
            raise np.linalg.LinAlgError  # an order that is its own inverse
        rng.bit_generator.state = state
        slopes = [slope(point, node, arg, direction(point, arg), step) for arg in node.args]
        return np.concatenate([s.ravel() for s in slopes])

    point, _ = smooth_point(measure, [node], 1, (2e-3, 1e-3), TOLERANCE)
    rng.bit_generator.state = state
    directions = [direction(point, arg) for arg in node.args]
    return point, tuple((d, slope(point, node, arg, d, 1e-3)) for arg, d in zip(node.args, directions, strict=True))


def slope(point: Point, node: Expr, arg: Expr, direction: Array, step: float) -> Array:
    at = {k: point.value(node, {arg: point.known[arg] + k * step * direction}) for k in (-2, -1, 1, 2)}
    return np.asarray((8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * step))


def check(case: Case, entry: Row) -> None:
    """Every formula of a row against the row's numerical value; raises `Wrong`."""
    point, found = images(case)
    rng = np.random.default_rng(5)
    for index, ((direction, image), arg) in enumerate(zip(found, arguments_of(entry), strict=True)):
        for column in ("adjoint", "pullback"):
            if text := entry.formula(column, index):
                hole = E.variable("G", entry.signature[1])
                cotangent = rng.normal(size=image.shape)
                adjoint = point.value(formula(entry, text, hole), {hole: cotangent})
                agree(entry, f"{column} {index}", adjoint.shape == direction.shape)
                agree(entry, f"{column} {index}", same(np.sum(adjoint * direction), np.sum(cotangent * image)))
        if text := entry.formula("vec", index):
            matrix = point.value(formula(entry, text))
            agree(entry, f"vec {index}", matrix.shape == (image.size, direction.size))
            agree(entry, f"vec {index}", same(matrix @ direction.ravel(order="F"), image.ravel(order="F")))
        if text := entry.formula("d", index):
            hole = E.variable(f"d{arg.data[0]}", arg.shape)
            agree(entry, f"d {index}", same(point.value(formula(entry, text, hole), {hole: direction}), image))
        if entry.constant:
            agree(entry, f"constant {index}", not np.any(image))
    if entry.means:
        agree(entry, "means", same(point.value(formula(entry, entry.means)), point.value(node_of(case))))
    if entry.parity:
        (arg,) = arguments_of(entry)
        turned = point.value(node_of(case), {arg: -point.known[arg]})
        agree(entry, "parity", same(turned, entry.parity * point.value(node_of(case))))


def same(a: Array, b: Array) -> bool:
    return close(np.asarray(a), np.asarray(b), TOLERANCE)


def agree(entry: Row, what: str, holds: bool) -> None:
    if not holds:
        raise Wrong(f"{entry.name}: {what}")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_formulas_of_a_row_agree_with_its_value(case: Case) -> None:
    entry = row_of(case)
    assert entry.adjoint or entry.d or entry.constant or entry.name in WITHOUT
    for formulas in (entry.adjoint, entry.vec, entry.d, entry.pullback):
        assert len(formulas) in (0, len(entry.arguments))
    assert all(entry.formula("d", index) for index, text in enumerate(entry.pullback) if text)
    check(case, entry)


@pytest.mark.parametrize("case", [c for c in CASES if row_of(c).is_linear], ids=name_of)
def test_a_linear_row_is_linear_in_each_argument(case: Case) -> None:
    node = node_of(case)
    point, found = images(case)
    for arg, (direction, image) in zip(node.args, found, strict=True):
        moved = point.value(node, {arg: point.known[arg] - 3 * direction})
        assert same(moved, point.value(node) - 3 * image)


@pytest.mark.parametrize("case", [c for c in CASES if not row_of(c).constant and c[0] not in WITHOUT], ids=name_of)
def test_the_compiled_rules_agree_with_the_value(case: Case) -> None:
    node = node_of(case)
    point, found = images(case)
    cotangent = E.variable("cotangent", node.shape)
    rng = np.random.default_rng(9)
    for index, (arg, (direction, image)) in enumerate(zip(node.args, found, strict=True)):
        if not (row_of(case).linear_in(index) or row_of(case).formula("d", index)):
            continue  # refused by name
        given = rng.normal(size=image.shape)
        pulled = point.value(pullback(node, index, cotangent), {cotangent: given})
        assert pulled.shape == direction.shape
        assert same(np.sum(pulled * direction), np.sum(given * image))
        moving = E.variable("moving", arg.shape)
        assert same(point.value(rules.differential(node, index, moving), {moving: direction}), image)


# Element-wise rows against SymPy

_x = sympy.Symbol("x", real=True)
_logistic = 1 / (1 + sympy.exp(-_x))
SYMPY = {
    "log1p": sympy.log(1 + _x),
    "expm1": sympy.exp(_x) - 1,
    "arcsin": sympy.asin(_x),
    "arccos": sympy.acos(_x),
    "arctan": sympy.atan(_x),
    "abs": sympy.Abs(_x),
    "relu": sympy.Max(_x, 0),
    "relu_at_zero_1": sympy.Max(_x, 0),
    "sigmoid": _logistic,
    "softplus": sympy.log(1 + sympy.exp(_x)),
    "gelu": _x * (1 + sympy.erf(_x / sympy.sqrt(2))) / 2,
    "silu": _x * _logistic,
}


def twin(name: str) -> sympy.Expr:
    """A row's function in SymPy: by its own name there, or written out above."""
    return SYMPY[name] if name in SYMPY else getattr(sympy, name)(_x)


@pytest.mark.parametrize("name", [n for n, e in ROWS.items() if e.elementwise and len(e.arguments) == 1])
def test_an_elementwise_row_agrees_with_sympy(name: str) -> None:
    entry = ROWS[name]
    node = node_of((name, None))
    (arg,) = node.args
    at = [0.125, 0.5, 0.875] if entry.where else [-1.75, -0.5, 0.25, 0.875, 2.5]
    x = np.array([at])
    point = Point({arg: x}, {"m": 1, "n": len(at)})

    def exact(e: sympy.Expr) -> Array:
        return np.array([[float(e.subs(_x, sympy.Rational(value)).evalf(20)) for value in at]])

    assert close(point.value(node), exact(twin(name)), 1e-14)
    if entry.constant:
        return
    hole = E.variable("dX", arg.shape)
    slopes = point.value(formula(entry, entry.d[0], hole), {hole: np.ones_like(x)})
    assert close(slopes, exact(sympy.diff(twin(name), _x).doit()), 1e-13)


@pytest.mark.parametrize("name", [name for name, entry in ROWS.items() if entry.at or entry.inverse])
def test_values_at_numbers_and_inverses_agree_with_sympy(name: str) -> None:
    entry = ROWS[name]
    assert all(twin(name).subs(_x, at) == value for at, value in entry.at)
    if entry.inverse:
        assert abs(twin(name).subs(_x, twin(entry.inverse)).subs(_x, sympy.Rational(1, 3)).evalf() - 1 / 3) < 1e-12


def test_what_has_no_row_says_nothing() -> None:
    one = E.number(1)
    assert not any(facts(Expr(op, (one,), None, one.shape)).numpy for op in (*INDEXED, "definition", "differential"))


# Sabotage


def sabotaged(entry: Row, text: str, hole: Expr | None) -> Iterator[str]:
    """Wrong versions of a formula: sign, factor, each transpose dropped, the operands of each product swapped."""
    yield f"-({text})"
    yield f"2*({text})"
    yield from (
        text[:at] + text[at + 1 :] for at, sign in enumerate(text) if sign == "'" and text[at + 1 : at + 2] != "("
    )
    (statement,) = read(text).statements
    assert isinstance(statement, Objective)
    nodes = list(postorder(statement.value))
    cyclic = {id(child) for node in nodes if node.value == "tr" for child in node.children}  # tr(A*B) = tr(B*A)
    for node in nodes:
        if id(node) not in cyclic and node.kind == "binary" and node.value in ("*", "./"):
            left, right = (text[child.start : child.end] for child in node.children)
            if node.value == "./" or not any(formula(entry, side, hole).is_scalar for side in (left, right)):
                first, second = node.children
                middle = text[first.end : second.start]
                yield f"{text[: first.start]}({right}){middle}({left}){text[second.end :]}"


def mutants(case: Case) -> Iterator[Row]:
    entry = row_of(case)
    for column, hole_of in (
        ("adjoint", lambda arg: E.variable("G", entry.signature[1])),
        ("pullback", lambda arg: E.variable("G", entry.signature[1])),
        ("vec", lambda arg: None),
        ("d", lambda arg: E.variable(f"d{arg.data[0]}", arg.shape)),
    ):
        formulas = getattr(entry, column)
        for index, (text, arg) in enumerate(zip(formulas, arguments_of(entry), strict=False)):
            if not text or text.startswith("0*"):  # zero has no wrong sign
                continue
            for wrong in sabotaged(entry, text, hole_of(arg)):
                yield replace(entry, **{column: (*formulas[:index], wrong, *formulas[index + 1 :])})


@pytest.mark.parametrize("case", [c for c in CASES if not row_of(c).constant and c[0] not in WITHOUT], ids=name_of)
def test_a_sabotaged_row_fails_the_check(case: Case) -> None:
    wrong = list(mutants(case))
    assert len(wrong) >= 2
    survivors = [entry for entry in wrong if passes(case, entry)]
    assert not survivors


def passes(case: Case, entry: Row) -> bool:
    try:
        check(case, entry)
    except (Wrong, MatdiffError):
        return False
    return True


def test_a_row_sabotaged_by_a_constant_derivative_fails_the_check() -> None:
    with pytest.raises(Wrong):
        check(("exp", None), replace(ROWS["exp"], d=(), constant=True))


@pytest.mark.parametrize("name", [name for name, entry in ROWS.items() if entry.means or entry.parity])
def test_a_sabotaged_meaning_fails_the_check(name: str) -> None:
    entry = ROWS[name]
    if entry.parity:
        assert not passes((name, None), replace(entry, parity=-entry.parity))
    if entry.means and name != "eq":  # no random point is a tie
        assert not any(passes((name, None), replace(entry, means=text)) for text in sabotaged(entry, entry.means, None))


def test_values_of_rows_are_matrices_of_their_size() -> None:
    for case in CASES:
        node = node_of(case)
        point = images(case)[0]
        value = values([node], point.known, point.sizes, FUNCTIONS)[node]
        assert value.shape == tuple(size.value(point.sizes) for size in node.shape), case
