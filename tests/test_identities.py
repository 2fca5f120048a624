"""Every identity of the table holds as numbers, sabotaged ones do not, and normal forms keep values."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random

import numpy as np
import pytest
from differences import Point, close, points
from expressions import DECLARATIONS, SHAPES, Tree, expressions, plainly, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from matdiff.evaluate import Array
from matdiff.expr import Expr
from matdiff.identities import IDENTITIES, LAWS, Identity
from matdiff.reader import read_model
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.patterns import compile_identity, roots

TOLERANCE = 1e-8


def value_or_none(point: Point, e: Expr) -> Array | None:
    """The value where it exists and is well conditioned."""
    try:
        value = point.value(e)
    except np.linalg.LinAlgError:
        return None
    return value if np.all(np.isfinite(value)) and np.max(abs(value), initial=0) < 1e6 else None


def holds(identity: Identity) -> bool:
    """Whether both sides agree at several points (at least three where they live)."""
    rule = plainly(identity)
    both = (
        (value_or_none(point, rule.left), value_or_none(point, rule.right)) for point in points([rule.left, rule.right])
    )
    found = list(islice(((a, b) for a, b in both if a is not None and b is not None), 4))
    assert len(found) >= 3, "hardly any point where both sides exist"
    return rule.left.shape == rule.right.shape and all(close(b, a, TOLERANCE) for a, b in found)


def test_the_operator_at_the_root_is_told_from_the_text() -> None:
    assert all(compile_identity(identity).left.op in roots(identity) for identity in LAWS)


def title(identity: Identity) -> str:
    return identity.equation


@pytest.mark.parametrize("identity", LAWS, ids=title)
def test_an_identity_holds(identity: Identity) -> None:
    assert holds(identity)


@pytest.mark.parametrize("identity", LAWS, ids=title)
def test_a_sabotaged_identity_does_not_hold(identity: Identity) -> None:
    left, right = identity.equation.split(" = ")
    assert not holds(replace(identity, equation=f"{left} = 1 + {right}"))
    if "zeros" not in right:
        assert not holds(replace(identity, equation=f"{left} = 2*({right})"))
        assert not holds(replace(identity, equation=f"{left} = -({right})"))


@pytest.mark.parametrize("identity", IDENTITIES, ids=title)
def test_the_engine_uses_an_identity_to_the_same_value(identity: Identity) -> None:
    """The left side is not left as it stands, and what it becomes has its value and stays."""
    left = plainly(identity).left
    rewriter = Rewriter()
    normal = rewriter(left)
    assert normal is not left
    assert Rewriter()(normal) is normal
    found = [(value_or_none(p, left), value_or_none(p, normal)) for p in islice(points([left, normal]), 12)]
    pairs = [(a, b) for a, b in found if a is not None and b is not None]
    assert pairs
    assert all(close(b, a, TOLERANCE) for a, b in pairs)


# Normal forms of random expressions


def normal(text: str) -> tuple[Expr, Expr]:
    objective = read_model(text, where=DECLARATIONS).objective
    assert objective is not None
    return objective, Rewriter()(objective)


def same_value(left: Expr, right: Expr, seed: int) -> bool:
    """Whether two expressions agree wherever both exist, at a few points."""
    for point in islice(points([left, right], seed), 4):
        a, b = value_or_none(point, left), value_or_none(point, right)
        if a is not None and b is not None and not close(b, a, 1e-7):
            return False
    return True


@settings(max_examples=150, derandomize=True)
@given(st.sampled_from(SHAPES).flatmap(expressions), st.integers(0, 3))
def test_a_normal_form_has_the_value_and_the_size_of_the_expression(tree: Tree, seed: int) -> None:
    before, after = normal(text_of(tree))
    assert after.shape == before.shape
    assert same_value(before, after, seed)
    assert Rewriter()(after) is after


@settings(max_examples=150, derandomize=True)
@given(st.sampled_from(SHAPES).flatmap(expressions), st.randoms(use_true_random=False))
def test_shuffled_terms_and_factors_reach_normal_forms_of_one_value(tree: Tree, order: Random) -> None:
    first, second = normal(text_of(tree)), normal(text_of(tree, order))
    assert same_value(first[1], second[1], 0)
