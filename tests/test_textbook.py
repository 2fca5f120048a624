"""How a derivation reads: the whole differential line by line, the single rules inside of each line."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from cookbook import LINES, Line

import matdiff as md
from matdiff.compose import spine
from matdiff.expr import Expr, number

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FORMULAS = [line for line in LINES if line.kind != "hessian"]
SOME = FORMULAS[::12]
LONGEST = 8
SHORT = 0.9
"""The part of the formulas that take no more lines than this."""

RIDGE = "norm2(X*w - y)^2 + c*norm2(w)^2"


@cache
def derived(line: Line, detail: str = "textbook") -> md.Derivation:
    return md.derive(line.formula, line.wrt[0], where=line.where or None, detail=detail)


some = pytest.mark.parametrize("line", SOME, ids=str)


@some
def test_every_rule_is_in_one_line(line: Line) -> None:
    """All rules of full detail, but the last where it changes nothing, each once."""
    lines, full = derived(line), derived(line, "full")
    inside = Counter(str(move) for step in lines.steps for move in step.moves)
    every = Counter(map(str, full.steps))
    left = every - inside
    assert not inside - every
    assert sum(left.values()) <= 1 and all("read off" in move for move in left)


@some
def test_the_lines_are_one_chain(line: Line) -> None:
    """From df to what is read off, but where the function is written in another form first."""
    d = derived(line)
    lines = [step for step in d.steps if "d" in str(step.before)[:4] and step.after.node.is_scalar]
    if d.objective.node.is_scalar and len(lines) == len(d.steps):
        assert all(step.before.node is last.after.node for last, step in pairwise(lines))
        assert {str(step.before)[0] for step in lines[:1]} <= {"d"}


@pytest.mark.slow
def test_nearly_all_formulas_of_the_books_are_short() -> None:
    short = [line for line in FORMULAS if len(derived(line).steps) <= LONGEST]
    assert len(short) >= SHORT * len(FORMULAS)


@some
def test_lines_and_their_moves_hold(line: Line) -> None:
    derived(line).verify()
    derived(line, "full").verify()


def test_a_teacher_takes_as_many_lines() -> None:
    d = md.derive(RIDGE, "w")
    assert [str(step.after) for step in d.steps] == [
        "2*(X*w - y)'*d(X*w) + 2*c*w'*dw",
        "2*((X*w - y)'*X + c*w')*dw",
    ]
    assert d.steps[0].rule == "square of the Euclidean norm, product rule"
    assert len(md.derive(RIDGE, "w", detail="full").steps) > 10


def test_the_lines_of_the_documented_network() -> None:
    """As its document has them: y_pred, then h_relu and w2, then h, then w1, in that order."""
    source = (EXAMPLES / "two_layer_relu.matdiff").read_text(encoding="utf-8").partition("train:")[0]
    d = md.derive(source, ["w1", "w2"])
    assert [str(step.after) for step in d.steps[:3]] == [
        "tr(2*(y_pred - y)'*dy_pred)",
        "tr(2*(y_pred - y)'*(dh_relu*w2 + h_relu*dw2))",
        "tr(2*w2*(y_pred - y)'*dh_relu) + tr(2*(y_pred - y)'*h_relu*dw2)",
    ]
    assert str(d.steps[-1].after) == f"{d.differential['w1']} + {d.differential['w2']}"


@pytest.mark.parametrize("inside", [False, True], ids=["line", "move"])
def test_a_wrong_line_and_a_wrong_move_are_found(inside: bool) -> None:
    d = md.derive(RIDGE, "w")

    def doubled(step: md.Step) -> md.Step:
        e = step.after
        return replace(step, after=md.Expression(Expr("scale", (number(2), e.node), None, e.node.shape), e.model))

    first, *rest = d.steps
    wrong = replace(first, moves=(doubled(first.moves[0]), *first.moves[1:])) if inside else doubled(first)
    with pytest.raises(md.VerificationError, match=r"step 1 .*does not hold"):
        replace(d, steps=(wrong, *rest)).verify()


def test_a_long_differential_is_followed_in_parts() -> None:
    """Where df has many terms, a line shows those that change: the length of all grows with the program only."""

    def deep(layers: int) -> md.Derivation:
        names = ", ".join(f"W{k}" for k in range(layers))
        lines = [f"{names}: matrix(n, n); x0: vector(n)"]
        lines += [f"x{k + 1} = tanh(W{k}*x{k})" for k in range(layers)]
        return md.derive("\n".join([*lines, f"loss = norm2(x{layers})^2"]), [f"W{k}" for k in range(layers)])

    def terms(d: md.Derivation) -> int:
        return sum(len(spine(step.after.node, "add")) for step in d.steps)

    short, long = deep(15), deep(60)
    assert terms(long) < 5 * terms(short)
    assert long.verify(points=1)


def test_details_are_told_apart() -> None:
    d = md.derive(RIDGE, "w")
    assert d.moves == md.derive(RIDGE, "w", detail="full").steps or len(d.moves) > len(d.steps)
    with pytest.raises(md.MatdiffError, match="detail is one of textbook, full, not 'all'"):
        md.derive(RIDGE, "w", detail="all")


def test_pages_fold_the_moves() -> None:
    d = md.derive(RIDGE, "w")
    page = d.render("html")
    assert page.count('<details class="rule">') == len(d.steps)
    assert "Matrix Cookbook" in page and "cyclic property of the trace" not in d.render()
    record = json.loads(d.render("json"))
    assert [len(step["moves"]) for step in record["steps"]] == [len(step.moves) for step in d.steps]
    assert record["detail"] == "textbook"


def test_terms_that_cannot_be_followed_stand_rule_by_rule() -> None:
    where = "r: row(m); v: vector(m); L, K: labels(m, m); c: scalar; W: matrix(m, 3); U: matrix(3, m); a: scalar"
    value = "value0 = r*v - L\n"
    f = value + "f = det((-(L .* K) ./ (r*v - L))*((value0/(1 + c^2))*(c*W)*(U + a*U)))"
    short, full = (md.derive(f, "v", where=where, detail=detail) for detail in ("textbook", "full"))
    assert short.gradient == full.gradient and len(short.steps) <= len(full.steps)
