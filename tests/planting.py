"""Derivations with one slip planted, and whether the changed link is still true, by numbers alone.

Differentials are central differences along random directions, claims are differences of the objective: no rule of
calculus and nothing of the checker's judgement is used. Only what a formula says (its reading) is the reader's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from differences import Point, close, difference, points
from mutations import claim_slips, slips

from matdiff import expr as E
from matdiff.checking.check import Checker
from matdiff.checking.findings import Link, Part
from matdiff.checking.report import Report
from matdiff.documents import read_document
from matdiff.equality import varying_names
from matdiff.errors import MatdiffError
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo

DERIVATIONS = Path(__file__).parent / "derivations"


@dataclass(frozen=True)
class Planted:
    """A document with one slip in one link."""

    kind: str
    source: str
    number: int
    """The link that the slip stands in, counted from 0."""
    right: str
    """That side before the slip; the claim, where the slip is in it."""
    changed: str


def plant(source: str, report: Report, names: list[str], each: int, seed: int = 0) -> Iterator[Planted]:
    """At most ``each`` slips of every kind in a derivation that is right."""
    rng = random.Random(seed)
    by_kind: dict[str, list[Planted]] = {}
    for number, link in enumerate(report.links):
        left, latex = left_part(report, number)
        for found in slips(source[link.start : link.end], names, latex):
            text = source[: link.start] + found.text + source[link.end :]
            by_kind.setdefault(found.kind, []).append(Planted(found.kind, text, number, link.right, found.text))
        if left.claim is not None:
            for found in claim_slips(source[left.start : left.end], names, latex):
                text = source[: left.start] + found.text + source[left.end :]
                by_kind.setdefault(found.kind, []).append(Planted(found.kind, text, number, link.left, found.text))
    for kind in sorted(by_kind):
        yield from rng.sample(by_kind[kind], min(each, len(by_kind[kind])))


def left_part(report: Report, number: int) -> tuple[Part, bool]:
    """The left side of a link, and whether it is written in LaTeX."""
    parts = [(part, checked.formula.notation) for checked in report.formulas for part in checked.parts]
    at = next(k for k, (part, _) in enumerate(parts) if part.link == number)
    return parts[at - 1][0], parts[at][1] == "latex"


def names_of(source: str) -> list[str]:
    """The values that have a name in a model, but for the objective."""
    scope = Checker(read_document(source)).scope
    return sorted(name for name, node in scope.nodes.items() if node is not scope.objective)


def named(planted: Planted, link: Link) -> bool:
    """Whether the suggestion restores what stood there, or says the slip of a claim in words."""
    tight = re.sub(r"\s+", "", link.suggestion)
    if re.sub(r"\s+", "", planted.right).rstrip(".,;") in tight:
        return True
    return any(word in link.suggestion for word in WORDS.get(planted.kind, ()))


WORDS = {
    "transpose dropped": ("a transpose is missing",),
    "transpose added": ("a transpose is too much",),
    "sign": ("sign", "minus"),
    "number missing": ("a factor", "the factor should be"),
    "factor 2 extra": ("the factor 2 is too much", "the factor should be"),
    "half for one": ("is too much", "the factor should be"),
    "size missing": ("a factor", "the denominator"),
    "power": ("power", "square"),
    "factors swapped": ("swapped", "order"),
    "⊙ for the product": ("the matrix product is meant",),
    "product for ⊙": ("⊙ is meant",),
    "brackets lost": ("brackets are missing",),
    "term lost": ("a term is missing",),
    "mask lost": ("mask",),
    "mask wrong": ("mask",),
    "inverse dropped": ("an inverse is missing",),
    "inverse added": ("the inverse", "is too much"),
    "mean for sum": ("sum is meant",),
    "other axis": ("the other axis",),
    "trace dropped": ("trace", "tr is missing"),
    "determinant": ("det is meant", "logdet is meant"),
    "function": ("is meant, not",),
    "sum lost": ("the sum over",),
    "another name": ("should be",),
    "factor lost": ("the factor", "a factor"),
    "derivative forgotten": ("derivative", "the factor"),
    "constant off": ("should be",),
    "d lost": ("a d is missing",),
    "d of another name": ("should be",),
    "gradient for Jacobian": ("this is the gradient", "this is the Jacobian"),
    "Jacobian for gradient": ("this is the gradient", "this is the Jacobian"),
    "claim by another name": ("not by",),
}


# truth


def still_true(source: str, number: int) -> bool | None:
    """Whether a link holds, by numbers; None where they do not tell. What is ill-formed does not hold."""
    checker = Checker(read_document(source))
    checker.run()
    parts = [part for checked in checker.formulas for part in checked.parts]
    at = next(k for k, part in enumerate(parts) if part.link == number)
    left, right = parts[at - 1 : at + 1]
    scope = checker.scope
    try:
        if left.claim is not None and right.node is not None:
            variables = [checker.judge.claims.variable(node) for node in left.claim.wrt]
            of = checker.judge.claims.function(left.claim)
            if of in variables:
                return False
            return claim_holds(left.claim.kind, of, variables, scope.expression(right.node))
        if right.claim is not None:
            return None
        if left.node is None or right.node is None:
            return False
        if left.node.kind == "number" and left.node.value == 0:
            other = scope.expression(right.node)
            return expressions_agree(E.number(0) if other.is_scalar else E.zeros(*other.shape), other)
        return expressions_agree(*scope.expressions([left.node, right.node]))
    except MatdiffError:
        return False


def claim_holds(kind: str, of: Expr, variables: list[Expr], value: Expr) -> bool | None:
    try:
        for seed in range(20):
            found = difference(of, variables, kind, seed, [value])
            if not found.agrees(found.point.value(value)):
                return False
    except AssertionError:
        return None
    return True


def expressions_agree(left: Expr, right: Expr) -> bool | None:
    varying = varying_names([left, right])
    agreed = 0
    for point in points([left, right, *varying], seed=3, count=12):
        try:
            one, other = (with_differences([left, right], point, varying, step) for step in (2e-3, 1e-3))
        except np.linalg.LinAlgError:
            continue
        smooth = all(close(a, b, 1e-6) for a, b in zip(one, other, strict=True))
        if smooth and max(np.max(abs(value)) for value in other) < 1e6:
            if not close(*other, 1e-6):
                return False
            agreed += 1
    return True if agreed >= 3 else None


def with_differences(roots: list[Expr], point: Point, varying: Iterable[Expr], step: float) -> list[Array]:
    """Values of expressions with differentials: d of a value is its difference along a random direction."""
    rng = np.random.default_rng(9)
    moves = {}
    for name in varying:
        move = rng.normal(size=point.value(name).shape)
        if name.op == "variable" and name.data[1] == "symmetric":
            move = move + move.T
        moves[name] = np.diag(np.diag(move)) if name.op == "variable" and name.data[1] == "diagonal" else move
    starts = {name: point.value(name) for name in moves}
    known = dict(starts)
    for node in topo(*roots):
        if node.op == "differential":
            (of,) = node.args
            if of in moves:
                known[node] = moves[of]
                continue
            inside = {n: known[n] for n in topo(of) if n.op == "differential"}
            total = sum(
                weight * point.value(of, {**inside, **{n: starts[n] + offset * step * moves[n] for n in moves}})
                for offset, weight in ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
            )
            known[node] = np.asarray(total / step)
    return [point.value(root, known) for root in roots]
