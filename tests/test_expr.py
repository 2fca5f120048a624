"""Expressions: one object for equal ones, no recursion, and the walker."""

from __future__ import annotations

import gc
import pickle
import sys

import pytest
from expressions import DECLARATIONS, SHAPES, expressions, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff import expr as E
from matdiff.errors import ArgumentTypeError, MatdiffError, Place, ShapeError
from matdiff.expr import Expr
from matdiff.sizes import ONE, fixed, named

M, N = named("m"), named("n")
X = E.variable("X", (M, N))


def tower(layers: int) -> Expr:
    node = X
    for _ in range(layers):
        node = Expr("add", (node, X), None, X.shape)
    return node


def test_equal_expressions_are_one_object() -> None:
    assert tower(5) is tower(5)
    assert E.variable("X", (M, N)) is X
    assert E.variable("X", (N, M)) is not X
    assert E.variable("X", (M, N), "onehot") is not X
    assert E.number(2) is E.number(2)
    assert E.dim(fixed(3)) is E.number(3)


def test_expressions_that_nobody_holds_are_let_go() -> None:
    gc.collect()
    before = len(E._interned)
    held = tower(100)
    assert len(E._interned) == before + 100
    del held
    gc.collect()
    assert len(E._interned) == before


def test_no_depth_is_too_deep() -> None:
    deep = tower(20 * sys.getrecursionlimit())
    assert pickle.loads(pickle.dumps(deep)) is deep
    assert E.expand(deep) is deep
    assert sum(1 for _ in E.topo(deep)) == 20 * sys.getrecursionlimit() + 1
    assert E.substitute([deep], {X: E.variable("Y", X.shape)})[0].shape == X.shape


def test_the_walker_gives_each_node_once_and_arguments_first() -> None:
    shared = Expr("add", (X, X), None, X.shape)
    root = Expr("had", (shared, shared), None, X.shape)
    assert list(E.topo(root)) == [X, shared, root]
    assert list(E.topo(root, X)) == [X, shared, root]
    assert list(E.topo(root, inside=lambda node: ())) == [root]


@settings(max_examples=60)
@given(st.sampled_from(SHAPES).flatmap(expressions).map(text_of))
def test_taking_apart_and_putting_together_changes_nothing(source: str) -> None:
    node = md.parse(source, where=DECLARATIONS).node
    assert E.unflatten(E.flatten(node))[-1] is node
    assert E.substitute([node], {})[0] is node
    order = list(E.topo(node))
    place = {found: number for number, found in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[arg] < place[found] for found in order for arg in found.args)


def test_sizes_are_substituted_everywhere() -> None:
    node = md.parse("f = sum(X*ones(n)) + n", where="X: matrix(m, n)").expand().node
    (found,) = E.substitute([node], {}, {"n": fixed(3), "m": M})
    assert all("n" not in size.names for part in E.topo(found) for size in part.shape)
    assert E.number(3) in set(E.topo(found))


def test_definitions_are_expanded_once() -> None:
    lines = ["a0 = a", *(f"a{i} = a{i - 1} + a{i - 1}" for i in range(1, 300))]
    node = md.parse("\n".join(lines)).node
    assert node.shape == (ONE, ONE)
    assert sum(1 for _ in E.topo(E.expand(node))) == 300


# Errors are values too.

PLACE = Place("a\nbc + d\n", 5, 6)


@pytest.mark.parametrize("error", [ShapeError("no", PLACE), ArgumentTypeError("no"), MatdiffError("no", PLACE, PLACE)])
def test_errors_are_pickled_whole(error: MatdiffError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.reason, again.places, again.line, again.column) == (
        error.reason,
        error.places,
        error.line,
        error.column,
    )
    assert str(again) == str(error)


def test_a_place_is_shown_under_its_line() -> None:
    assert (PLACE.line, PLACE.column) == (2, 4)
    assert PLACE.show() == "  bc + d\n     ^"
    assert Place("x" * 300, 200, 400).show().split("\n")[1].startswith(" " * 62 + "^")
    assert Place("", 0, 1).show() == "  \n  ^"
    assert Place("\tx y", 3, 4).show() == "   x y\n     ^"
