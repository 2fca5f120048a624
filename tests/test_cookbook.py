"""The engine against the books: every line of `cookbook` by values, steps, printing, length and equality.

The book's answers and the engine's are both compared with central differences of the formula, which
know no rule of calculus.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from cookbook import KINDS, LINES, STRUCTURED, Line
from differences import FUNCTIONS, Difference, close, difference
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.reader import read_model
from matdiff.reader.math import read
from matdiff.reader.syntax import Definition, Node, Objective

PROVED = 0.9
"""The part of the lines whose answer must be proved equal to the book's."""

_FREE = frozenset({"ones", "zeros", "eye", "commutation", "rows", "cols", "numel"})


def operations(text: str) -> int:
    """Signs and function calls; numbers, names and constant matrices are free."""
    total = 0
    for statement in read(text).statements:
        assert isinstance(statement, Definition | Objective)
        stack: list[Node] = [statement.value]
        while stack:
            node = stack.pop()
            if node.kind == "call" and node.value in _FREE:
                continue
            total += node.kind in ("binary", "negate", "transpose", "inverse", "call", "primed")
            stack += node.children[:1] if node.value == "unvec" else node.children
    return total


def model_of(line: Line, *answers: str) -> tuple[Model, list[Expr]]:
    """The formula and answers read as one model, so that their sizes are the same."""
    source = [f"formula_ = {line.formula}"]
    for number, answer in enumerate(answers):
        *shared, last = answer.splitlines()
        source += [*shared, f"answer{number}_ = {last}"]
    model = read_model("\n".join(source), where=line.where or None)
    return model, [model.definitions[f"answer{number}_"] for number in range(len(answers))]


def measured(line: Line, seed: int, *answers: str) -> tuple[Difference, list[Expr]]:
    """The derivative of a line by differences, at a point where the answers exist too."""
    model, nodes = model_of(line, *answers)
    wrt = [model.definitions.get(name) or model.variables[name] for name in line.wrt]
    return difference(model.definitions["formula_"], wrt, line.kind, seed, nodes), nodes


@cache
def derived(line: Line) -> md.Derivation | None:
    if line.kind == "hessian":
        return None
    return md.derive(line.formula, line.wrt[0], where=line.where or None, structured=line.kind in STRUCTURED)


@cache
def answer(line: Line) -> md.Expression:
    """What the engine says."""
    derivation = derived(line)
    if derivation is None:
        return md.hessian(line.formula, *line.wrt, where=line.where or None)
    if line.kind in STRUCTURED:
        return derivation.structured[line.wrt[0]][line.kind]
    found = derivation.gradient if line.kind == "gradient" else derivation.jacobian
    assert isinstance(found, md.Expression)
    return found


lines = pytest.mark.parametrize("line", LINES, ids=str)


def test_the_table_is_large_and_in_order() -> None:
    assert len(LINES) >= 700
    assert {line.kind for line in LINES} == set(KINDS)
    assert len(set(LINES)) == len(LINES)


@lines
def test_the_book_is_right(line: Line) -> None:
    measure, (book,) = measured(line, 0, line.answer)
    assert measure.agrees(measure.point.value(book))


def test_a_wrong_book_is_noticed() -> None:
    line = Line("tr(A*X*B)", "A: matrix(k, m); X: matrix(m, n); B: matrix(n, k)", ("X",), "A'*B'", "", "gradient")
    for wrong in ("2*A'*B'", "-A'*B'", "B*A", "A'*B' + ones(m, n)"):
        measure, (book,) = measured(line, 0, wrong)
        assert not measure.agrees(measure.point.value(book))
    hessian = Line("x'*A*y", "A: matrix(m, n); x: vector(m); y: vector(n)", ("x", "y"), "A", "", "hessian")
    for wrong in ("2*A", "A'", "A + ones(m, n)"):
        measure, (book,) = measured(hessian, 0, wrong)
        assert not measure.agrees(measure.point.value(book))


@lines
def test_the_answer_is_right(line: Line) -> None:
    """By the public `evaluate`, and by the printed text read back."""
    found = answer(line)
    measure, (printed,) = measured(line, 1, str(found))
    value = np.asarray(found.evaluate(**inputs_of(found, measure)))
    expected = tuple(size.value(measure.point.sizes) for size in printed.shape)
    assert value.size == np.prod(expected)
    assert measure.agrees(value.reshape(expected))
    assert measure.agrees(measure.point.value(printed))


@pytest.mark.parametrize("line", [line for line in LINES if line.kind == "hessian" and len(line.wrt) == 1], ids=str)
def test_the_hessian_times_a_direction_is_right(line: Line) -> None:
    found = md.hvp(line.formula, line.wrt[0], "direction", where=line.where or None)
    measure, _ = measured(line, 1, line.answer)
    inputs = inputs_of(found, measure)
    assert measure.directions
    products = []
    for left, right in measure.directions:
        image = np.asarray(found.evaluate(**inputs, direction=right)).reshape(left.shape)
        products.append(np.sum(left * image))
    assert close(np.array(products), measure.found, measure.tolerance)


def inputs_of(found: md.Expression, measure: Difference) -> dict[str, object]:
    """A point as `evaluate` takes it."""
    point, model = measure.point, found.model
    inputs: dict[str, object] = {v.data[0]: a for v, a in point.known.items() if v.data[0] in model.variables}
    inputs |= {name: FUNCTIONS[name] for name in model.functions}
    return inputs | {name: size for name, size in point.sizes.items() if name in model.dims}


@lines
def test_the_steps_hold(line: Line) -> None:
    derivation = derived(line)
    if derivation is not None:
        derivation.verify()


@lines
def test_the_answer_equals_the_book(line: Line) -> None:
    assert verdict(line).holds


@cache
def verdict(line: Line) -> md.Verdict:
    return md.equal(str(answer(line)), line.answer, where=line.where or None)


@pytest.mark.slow
def test_nearly_all_are_proved() -> None:
    proved = [line for line in LINES if verdict(line).how == "proved"]
    assert len(proved) >= PROVED * len(LINES)


def test_the_answers_are_no_longer_than_the_books() -> None:
    assert sum(operations(str(answer(line))) for line in LINES) <= sum(operations(line.answer) for line in LINES)


@settings(max_examples=60, derandomize=True)
@given(st.sampled_from(LINES), st.sampled_from(["({}) + 1", "({}) - 1/100", "2*({}) + 1"]))
def test_a_wrong_answer_is_refuted(line: Line, slip: str) -> None:
    found = md.equal(slip.format(line.answer), line.answer, where=line.where or None)
    assert found.how == "refuted"
    assert not found.holds
    assert found.counterexample is not None


@settings(max_examples=40, derandomize=True)
@given(st.sampled_from(LINES), st.integers(2, 50))
def test_the_answer_is_right_at_other_points(line: Line, seed: int) -> None:
    measure, (printed,) = measured(line, seed, str(answer(line)))
    assert measure.agrees(measure.point.value(printed))
