"""Powers of powers keep the sign of their base, and rewriting them ends."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import numpy as np
import pytest
from differences import close, points
from expressions import DECLARATIONS
from hypothesis import given, settings
from hypothesis import strategies as st

import matdiff as md
from matdiff.expr import Expr, topo
from matdiff.reader import read_model
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.readable import Presenter

BOTH = (-0.7, 0.9)
ABOVE = (0.7, 1.9)

# source, by, the values of scalars at which there is a derivative
ROOTS = [
    ("(a^2)^(3/2)", "a", BOTH),
    ("b*(a^2)^(1/2)", "b", BOTH),
    ("b*(a^-2)^(1/2)", "a", BOTH),
    ("(a^4)^(1/2)", "a", BOTH),
    ("(a^6)^(1/2)*b", "a", BOTH),
    ("((a^2)^(1/3))^(3/2)", "a", BOTH),
    ("((a^2)^(1/4))^2*a", "a", BOTH),
    ("sqrt(sqrt(a^4))", "a", BOTH),
    ("sqrt(a^2*b^2)", "b", BOTH),
    ("sqrt((a*b)^2)^3", "b", BOTH),
    ("(a^2/b^2)^(1/2)", "b", BOTH),
    ("((a - 1)^2)^(3/2)", "a", BOTH),
    ("exp(3/2*log(a^2))", "a", BOTH),
    ("a^2/abs(a)", "a", BOTH),
    ("abs(a)^3*a", "a", BOTH),
    ("abs(a)^(1/2)*a^2*(a^2)^(1/4)", "a", BOTH),
    ("(exp(a)^2)^(1/3)", "a", BOTH),
    ("((a^2 + b^2)^2)^(1/4)", "a", BOTH),
    ("((a^2)^b)^(1/2)", "a", BOTH),
    ("sqrt(c)^(1/2)*sum(x)", "x", ABOVE),
    ("(c^(1/2))^(1/2)", "c", ABOVE),
    ("(1/a)^(1/2)", "a", ABOVE),
    ("(a^3)^(1/3)", "a", ABOVE),
    ("(a^3)^(2/3)", "a", ABOVE),
    ("(a^(2/3))^(3/2)*b", "a", ABOVE),
    ("sqrt(a)*a^(3/2)/a^2*b^2", "b", ABOVE),
    ("((x'*y)^2)^(3/2)", "x", BOTH),
    ("b*((x'*y)^2)^(1/2)", "b", BOTH),
    ("(tr(A)^2)^(3/2)", "A", BOTH),
    ("(det(A)^2)^(1/2)", "A", BOTH),
    ("(logsumexp(x)^2)^(1/3)", "x", BOTH),
    ("((x'*x)^2)^(1/4)", "x", BOTH),
    ("(norm2(x)^2)^(3/2)", "x", BOTH),
    ("sum((x .^ 2) .^ (3/2))", "x", BOTH),
    ("sum(sqrt(x .^ 2) .* x)", "x", BOTH),
    ("sum((x .^ 2) .^ (1/2) ./ x + x)", "x", BOTH),
    ("sum(((x .* y) .^ 2) .^ (1/2))", "x", BOTH),
    ("sum(((A .^ 2)') .^ (1/2) .* A)", "A", BOTH),
    ("sum((((x .^ 2)*ones(1, 3)) .^ (3/2)) .* A)", "x", BOTH),
]


def value(name: str, shape: tuple[int, ...], at: float) -> Any:
    rng = np.random.default_rng([len(name), ord(name[-1])])
    return at * (1 + ord(name) % 5 / 7) if shape == (1, 1) else rng.standard_normal(shape if shape[1] > 1 else shape[0])


@pytest.mark.parametrize("at", range(2))
@pytest.mark.parametrize(("source", "by", "scalars"), ROOTS, ids=[source for source, _, _ in ROOTS])
def test_the_derivative_of_a_power_of_a_power(source: str, by: str, scalars: tuple[float, ...], at: int) -> None:
    """Against central differences of the function, at points of both signs."""
    e, gradient = md.parse(source), md.gradient(source, by)
    given = {
        name: value(name, tuple(1 if str(size) == "1" else 3 for size in node.shape), scalars[at])
        for name, node in e.model.variables.items()
    }
    step = np.random.default_rng(1).standard_normal(np.shape(given[by])) if np.ndim(given[by]) else 1.0

    def along(t: float) -> Any:
        return e.evaluate(**given | {by: given[by] + t * step})

    expected = (along(1e-5) - along(-1e-5)) / 2e-5
    assert np.sum(gradient.evaluate(**given) * step) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("source", "by", "shown"),
    [
        ("(a^2)^(3/2)", "a", "3*a*abs(a)"),
        ("b*(a^2)^(1/2)", "b", "abs(a)"),
        ("b*(a^-2)^(1/2)", "a", "-b/(a*abs(a))"),
        ("(a^4)^(1/2)", "a", "2*a"),
        ("(norm2(x)^2)^(3/2)", "x", "3*norm2(x)*x"),
        ("b*sqrt(exp(a)^2)", "b", "exp(a)"),
        ("b*sqrt((a^2 + exp(a))^2)", "b", "a^2 + exp(a)"),
        ("b*sqrt(tr(X'*X)^2)", "b", "tr(X'*X)"),
        ("b*sqrt(tr(X)^2)", "b", "abs(tr(X))"),
        ("b*sqrt((a^3 + exp(a))^2)", "b", "abs(a^3 + exp(a))"),
    ],
)
def test_an_absolute_value_is_written_only_where_the_sign_is_not_known(source: str, by: str, shown: str) -> None:
    assert str(md.gradient(source, by)) == shown


@pytest.mark.parametrize(("claim", "verdict"), [("3*a^2", "wrong"), ("3*a*abs(a)", "proved")])
def test_a_claim_about_a_power_of_a_power(claim: str, verdict: str) -> None:
    text = f"```matdiff\na: scalar\nf = (a^2)^(3/2)\n```\n\n```derivation\ngrad(f, a) = {claim}\n```\n"
    (link,) = md.check(text).links
    assert link.verdict == verdict


# Rewriting ends

LOOPS = [
    ("norm2(sqrt(b + 1))^2", "b"),
    ("norm2(sqrt(b*c))^2*a", "a"),
    ("norm2(sqrt(x'*x + 1))^2", "x"),
    ("a^norm2(sqrt(b + 1))^2", "b"),
    ("norm2(norm2(sqrt(b + c))^2*sqrt(b + c))^2", "b"),
    ("norm2(sqrt(norm2(sqrt(a + b))^2 + b))^2", "b"),
    ("norm2(abs(a))^2 + norm2(sqrt(a^2))^4", "a"),
]


@pytest.mark.parametrize(("source", "by"), LOOPS)
def test_what_is_written_as_itself_ends(source: str, by: str) -> None:
    d = md.derive(source, by)
    d.verify()


class Counting(Rewriter):
    """A rewriter that counts its steps."""

    steps = 0

    def step(self, node: Expr, parts: list[Expr]) -> Expr:
        self.steps += 1
        return super().step(node, parts)


_UNARY = """
{0}^2; {0}^3; {0}^(1/2); {0}^(-2); {0}^(3/2); {0}^(1/3); sqrt({0}); abs({0}); norm2({0}); norm2({0})^2; 1/{0}
-{0}; exp({0}); log({0}); norm2({0}*x)^2; sqrt({0}*a); {0} + 1; {0}*{0}; {0}/abs({0}); {0}*sign({0}); tr({0}*S)
sum({0}*x .^ 2)^(1/2); {0}^b
"""
_BINARY = ["{0}*{1}", "{0} + {1}", "{0}/{1}", "{0}^2*{1}^(1/2)", "sqrt({0}^2*{1})", "{0}*abs({0})/{1}"]


def patterns(text: str) -> list[str]:
    return re.split("; |\n", text.strip())


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.builds(lambda pattern, e: pattern.format(f"({e})"), st.sampled_from(patterns(_UNARY)), inner)
    two = st.builds(
        lambda pattern, *es: pattern.format(*(f"({e})" for e in es)), st.sampled_from(_BINARY), inner, inner
    )
    return one | two


powers = st.recursive(st.sampled_from(["a", "b", "x'*u", "2", "a + b"]), _grown, max_leaves=12)


@settings(max_examples=150, derandomize=True)
@given(powers)
def test_rewriting_takes_steps_linear_in_the_size(text: str) -> None:
    objective = read_model(text, where=DECLARATIONS).objective
    assert objective is not None
    rewriter = Counting()
    normal = rewriter(objective)
    assert rewriter.steps <= 30 * sum(1 for _ in topo(objective)) + 30
    assert rewriter(normal) is normal
    assert all(agree(objective, found) for found in (normal, Presenter()(objective)))


def agree(before: Expr, after: Expr) -> bool:
    """Whether two expressions have the same value wherever both have one, at a few points."""
    pairs = [(point.value(before), point.value(after)) for point in islice(points([before, after]), 6)]
    return all(close(b, a, 1e-6) for a, b in pairs if np.all(abs(a) < 1e6) and np.all(abs(b) < 1e6))


@pytest.mark.parametrize("source", ["mpower(OR, -1)", "mpower(OR, 2)", "mpower(OR, p)", "OR^(-1)", "mpower(OR, 1 - 2)"])
def test_a_power_by_a_number_is_printed_as_what_it_is(source: str) -> None:
    where = "n, p: dim; OR: matrix(n, n)"
    e = md.parse(source, where=where)
    assert md.parse(str(e), where=where).node is e.node
