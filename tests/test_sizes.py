"""Symbolic sizes, and what the unifier finds."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matdiff.sizes import ONE, Size, Unifier, fixed, make, named, parse, product

NAMES = ("m", "n", "p")
sizes = st.builds(
    lambda coefficient, powers: make(coefficient, dict(zip(NAMES, powers, strict=True))),
    st.integers(1, 12),
    st.tuples(*[st.integers(0, 2)] * 3),
)
values = st.fixed_dictionaries({name: st.integers(1, 9) for name in NAMES})


@given(sizes, sizes, values)
def test_a_product_of_sizes_is_that_of_their_values(one: Size, other: Size, at: dict[str, int]) -> None:
    assert (one * other).value(at) == one.value(at) * other.value(at)
    assert one * other is other * one
    assert (one * other).divided_by(other) is one


@given(sizes, sizes, values)
def test_substituting_commutes_with_evaluating(one: Size, other: Size, at: dict[str, int]) -> None:
    assert one.substitute({"m": other}).value(at) == one.value(at | {"m": other.value(at)})


@given(sizes)
def test_a_size_is_one_object(size: Size) -> None:
    assert parse(str(size)) is size
    assert pickle.loads(pickle.dumps(size)) is size
    assert size.degree == len([part for part in str(size).split("*") if not part.isdigit()])


def test_a_quotient_that_is_no_size() -> None:
    assert parse("3*m").divided_by(fixed(2)) is None
    assert parse("m").divided_by(parse("n")) is None
    assert parse("6*m*n").divided_by(parse("2*n")) is parse("3*m")


# Equations between sizes, in which ?a, ?b … are open and ?!g is a size that is not 1; what the open ones
# become, or None where the equations contradict each other.
EQUATIONS: list[tuple[str, dict[str, str] | None]] = [
    ("?a = n", {"?a": "n"}),
    ("?a = ?b, ?b = 3", {"?a": "3", "?b": "3"}),
    ("?a = ?b, ?b = ?c, ?a = n", {"?a": "n", "?b": "n", "?c": "n"}),
    ("?a = 1", {"?a": "1"}),
    ("?!g = 1", None),
    ("?!g = ?a, ?a = 1", None),
    ("n = n", {}),
    ("n = m", None),
    ("3 = 4", None),
    ("n = 3", None),
    ("2*?a = 6", {"?a": "3"}),
    ("2*?a = 7", None),
    ("2*?a = n", None),
    ("m*?a = m*n", {"?a": "n"}),
    ("?a*m = n*m*p", {"?a": "n*p"}),
    ("?a = ?a", {}),
    ("?a = 2*?a", None),
    ("?a*?b = m*n, ?a = m", {"?a": "m", "?b": "n"}),
    ("?a*?b = 6, ?b = 2", {"?a": "3", "?b": "2"}),
    ("?a*?b = 6, ?b = 4", None),
    ("?a*?a = n*n, ?a = n", {"?a": "n"}),
    ("?1*?2 = ?3*?4", {"?1": "?3", "?2": "?4"}),
]


def solved(text: str) -> dict[str, str] | None:
    unifier = Unifier()
    for equation in text.split(", "):
        left, right = map(parse, equation.split(" = "))
        if not unifier.unify(left, right):
            return None
    if not unifier.settle():
        return None
    return {name: str(unifier.resolve(named(name))) for name in unifier.bound}


@pytest.mark.parametrize(("equations", "solution"), EQUATIONS)
def test_equations_are_solved(equations: str, solution: dict[str, str] | None) -> None:
    assert solved(equations) == solution


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15), st.randoms(use_true_random=False))
def test_open_sizes_form_classes(pairs: list[tuple[int, int]], shuffle: object) -> None:
    """Of open names alone the unifier makes the classes that the equations make, whatever their order."""
    unifier = Unifier()
    groups = [{number} for number in range(10)]
    for one, other in pairs:
        assert unifier.unify(named(f"?{one}"), named(f"?{other}"))
        joined = next(g for g in groups if one in g) | next(g for g in groups if other in g)
        groups = [g for g in groups if not g & joined] + [joined]
    ends = [unifier.resolve(named(f"?{number}")) for number in range(10)]
    for group in groups:
        assert len({ends[number] for number in group}) == 1
    assert len(set(ends)) == len(groups)


def test_a_conflict_knows_where_a_size_was_decided() -> None:
    unifier = Unifier()
    for because, (left, right) in {"first": ("?a", "?b"), "second": ("?b", "3")}.items():
        unifier.because = because
        assert unifier.unify(parse(left), parse(right))
    assert not unifier.unify(parse("?a"), parse("4"))
    assert unifier.reasons([parse("?a")]) == ["second", "first"]


def test_one_is_the_product_of_nothing() -> None:
    assert product([]) is ONE
    assert str(ONE) == "1"
