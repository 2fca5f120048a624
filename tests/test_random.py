"""Derivatives of random expressions against central differences, and their printed texts read back."""

from __future__ import annotations

import re

import numpy as np
from differences import difference
from expressions import DECLARATIONS, SHAPES, Tree, expressions, text_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.expr import Expr, names, substitute, topo
from matdiff.model import Model
from matdiff.reader import read_model

SCALAR = ("1", "1")


def variables(text: str) -> list[str]:
    """The variables an expression depends on."""
    return list(names(md.parse(text, where=DECLARATIONS).node))


def check(text: str, wrt: list[str], kind: str, answer: md.Expression) -> None:
    """The printed answer, read beside the formula, against differences."""
    *shared, last = str(answer).splitlines()
    source = "\n".join([f"formula_ = {text}", *shared, f"answer_ = {last}"])
    model = read_model(source, where=DECLARATIONS)
    formula, printed = model.definitions["formula_"], model.definitions["answer_"]
    try:
        measured = difference(formula, [model.variables[name] for name in wrt], kind, 0, [printed])
        value = measured.point.value(printed)
    except (AssertionError, np.linalg.LinAlgError):  # the expression hardly lives anywhere
        assume(False)
    assert measured.agrees(value), (text, wrt, str(answer))


@settings(max_examples=80, derandomize=True)
@given(expressions(SCALAR), st.data())
def test_a_random_gradient(tree: Tree, data: st.DataObject) -> None:
    text = text_of(tree)
    assume(variables(text))
    name = data.draw(st.sampled_from(variables(text)))
    check(text, [name], "gradient", md.gradient(text, name, where=DECLARATIONS))


@settings(max_examples=50, derandomize=True)
@given(st.sampled_from(SHAPES[1:]).flatmap(lambda shape: expressions(shape, 3)), st.data())
def test_a_random_jacobian(tree: Tree, data: st.DataObject) -> None:
    text = text_of(tree)
    assume(variables(text))
    name = data.draw(st.sampled_from(variables(text)))
    check(text, [name], "jacobian", md.jacobian(text, name, where=DECLARATIONS))


@settings(max_examples=40, derandomize=True)
@given(expressions(SCALAR, 3), st.data())
def test_a_random_hessian(tree: Tree, data: st.DataObject) -> None:
    text = text_of(tree)
    assume(variables(text))
    wrt = data.draw(st.lists(st.sampled_from(variables(text)), min_size=1, max_size=2, unique=True))
    check(text, wrt, "hessian", md.hessian(text, *wrt, where=DECLARATIONS))


@settings(max_examples=40, derandomize=True)
@given(expressions(SCALAR, 3), st.data())
def test_the_steps_of_a_random_derivation_hold(tree: Tree, data: st.DataObject) -> None:
    text = text_of(tree)
    assume(variables(text))
    wrt = data.draw(st.lists(st.sampled_from(variables(text)), min_size=1, unique=True))
    md.derive(text, wrt, where=DECLARATIONS).verify()


@settings(max_examples=80, derandomize=True)
@given(st.sampled_from(SHAPES).flatmap(expressions))
def test_a_printed_expression_reads_back_as_itself(tree: Tree) -> None:
    expression = md.parse(text_of(tree), where=DECLARATIONS)
    assert md.parse(str(expression), where=DECLARATIONS) == expression


@settings(max_examples=12, derandomize=True)
@given(expressions(("n", "n"), 2), st.sampled_from(["S*S + D", "x_*x_' + eye(n)", "2*S", "D*S*D"]))
def test_a_random_hessian_by_a_symmetric_intermediate(tree: Tree, body: str) -> None:
    """Its entries are independent, whatever it stands for."""
    where = f"{DECLARATIONS}; x_: vector(n)"
    inner = re.sub(r"\b[SDB]\b", "P", text_of(tree))
    text = f"inner({inner}, P*P')"
    model = read_model(f"P = {body}\nformula_ = {text}", where=where)
    formula, p = model.definitions["formula_"], model.definitions["P"]
    h = md.hessian(f"P = {body}\n{text}", "P", where=where)
    answer = model_of(h, model)
    try:
        measured = difference(formula, [p], "hessian", 0, [answer])
        value = measured.point.value(answer)
    except (AssertionError, np.linalg.LinAlgError):  # the expression hardly lives anywhere
        assume(False)
    assert measured.agrees(value), (text, body, str(h))


def model_of(e: md.Expression, model: Model) -> Expr:
    """An expression over the names of another model."""
    found = {node: model.named(node.data[0]) for node in topo(e.node) if node.op == "variable"}
    return substitute([e.node], {node: other for node, other in found.items() if other is not None})[0]
