"""Whether two expressions are equal: proved, refuted by a counterexample, or agreeing at random points."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from html import escape
from itertools import islice

from matdiff.equality.comparison import FEW_POINTS, Comparison, Counterexample
from matdiff.equality.differentials import in_closed_form, varying_names
from matdiff.equality.proof import differs_exactly
from matdiff.expr import Expr, expand
from matdiff.sampling import smaller

MASKS_DIFFER = "the masks differ at 0 only"
AT_SMALLER = "at smaller sizes"
BEYOND_DIGITS = "the two differ by less than floating point shows"


@dataclass(frozen=True)
class Verdict:
    """``how`` is "proved", "sampled" or "refuted", or "undecided" where there is no evidence at all.

    ``points`` and ``error`` are the evidence of a sample, ``counterexample`` is that of a refutation.

    >>> import matdiff as md
    >>> verdict = md.equal("det(A*B)", "det(B*A)", where="A, B: matrix(n, n)")
    >>> verdict.holds, str(verdict)
    (True, 'proved')
    """

    how: str
    counterexample: Counterexample | None = None
    points: int = 0
    error: float = 0.0
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.how in ("proved", "sampled")

    def __bool__(self) -> bool:
        return self.holds

    def _repr_html_(self) -> str:
        color = "#2e7d32" if self.holds else "#c62828" if self.how == "refuted" else "#996515"
        return f'<span style="color: {color}">{escape(str(self))}</span>'

    def __str__(self) -> str:
        match self.how:
            case "proved":
                text = "proved"
            case "sampled":
                text = f"sampled: agrees at {self.points} random points, largest relative error {self.error:.0e}"
            case "undecided":
                text = "undecided: no point was found where both sides are finite"
            case _:
                text = f"refuted {self.counterexample}" if self.counterexample else "refuted"
        return f"{text} ({self.note})" if self.note else text


def decide(
    left: Expr,
    right: Expr,
    varying: Collection[Expr] | None = None,
    *,
    almost_everywhere: bool = False,
    count: int | None = None,
    prove: bool = True,
) -> Verdict:
    """Whether two expressions are equal wherever both are defined.

    Where differentials occur, ``varying`` says which variables and names vary on their own (by
    default those whose differentials are written); their differentials are checked by differences,
    and proved by the rules. ``almost_everywhere`` lets 1(x >= 0) stand for 1(x > 0), with a note.
    """
    left, right = in_closed_form(left), in_closed_form(right)
    if left is right or (left.shape == right.shape and expand(left) is expand(right)):
        return Verdict("proved")
    if left.shape != right.shape:
        sizes = [f"{e.rows}×{e.cols}" for e in (left, right)]
        return Verdict("refuted", note=f"the sizes differ: {sizes[0]} and {sizes[1]}")
    if varying is None:
        varying = varying_names([left, right])
    for new in smaller([left, right, *varying]):
        found = decide_at(new[left], new[right], [new[v] for v in varying], almost_everywhere, count, prove)
        if found.how == "proved":  # for those sizes; for these it is evidence
            compare = Comparison(left, right, varying)
            compare.used = found.points
            return found if compare.proved(bool(found.note)) else replace(found, how="sampled", note=AT_SMALLER)
        if found.how == "sampled":
            return replace(found, note=AT_SMALLER)
    return decide_at(left, right, varying, almost_everywhere, count, prove)


def decide_at(
    left: Expr, right: Expr, varying: Collection[Expr], almost_everywhere: bool, count: int | None, prove: bool
) -> Verdict:
    """The same at the sizes that are written."""
    compare = Comparison(left, right, varying)

    def refuted(found: Counterexample | None) -> Verdict | None:
        if found is None or compare.differs_in_field(found.sizes) is False:
            return None
        return Verdict("refuted", compare.simplest() or found)

    at = compare.points(count or compare.enough)
    verdict = refuted(compare.first(islice(at, FEW_POINTS if prove else None)))
    if verdict is not None:
        return verdict
    if prove and compare.proved():
        return Verdict("proved", points=compare.used, error=compare.worst)
    if prove and almost_everywhere and compare.has_masks and compare.proved(almost_everywhere=True):
        return Verdict("proved", points=compare.used, error=compare.worst, note=MASKS_DIFFER)
    verdict = refuted(compare.first(at))  # the more points, the less is proved
    if verdict is None and compare.differs_in_field():
        return Verdict("refuted", compare.simplest(), note="the two differ over a prime field")
    if verdict is None and prove:
        verdict = refuted(compare.probed(almost_everywhere))
    if verdict is None and prove and compare.without_d and differs_exactly(*compare.without_d):
        return Verdict("refuted", compare.anywhere(), note=BEYOND_DIGITS)
    if verdict is not None:
        return verdict
    if name := compare.only_at_one:
        return Verdict("undecided", points=compare.used, note=f"but for {name} = 1")
    return Verdict("sampled" if compare.used else "undecided", points=compare.used, error=compare.worst)
