"""Conditions under which a link holds that does not hold without: equal indices, symmetric matrices, estimates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from matdiff import expr as E
from matdiff.checking.blanked import plain
from matdiff.checking.givens import variables_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judgement, Side
from matdiff.checking.losses import name_of
from matdiff.checking.scope import WEIGHTS
from matdiff.compose import is_sum_of_entries
from matdiff.equality import decide
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula
from matdiff.sizes import ONE

SYMMETRIC = re.compile(r"symmetric|hermitian|(?:semi-?)?definite|对称|對稱|正定|대칭", re.IGNORECASE)
_FORMULA = r"\$(?P<{}>[^$]{{1,24}})(?:\$|\Z)"
SYMMETRIC_NAME = re.compile(
    rf"(?:{SYMMETRIC.pattern})[^$]{{0,12}}{_FORMULA.format('behind')}"
    rf"|{_FORMULA.format('before')}[^$]{{0,12}}(?:{SYMMETRIC.pattern})",
    re.IGNORECASE,
)
BEFORE, BEHIND = 300, 60
CONDITIONS = (
    (re.compile(r"(?<!\w)([ijklmn])\s*=\s*(?!\1)[ijklmn](?!\w)"), "diag(diag(W))", "the indices are equal"),
    (re.compile(r"(?<!\w)[ijklmn]\s*(?:\\neq?\b|\\not\s*=|≠|!=)\s*[ijklmn](?!\w)"), "W - diag(diag(W))", "they differ"),
)
"""Conditions on the two indices of a formula, each with what weighs its entries then."""


class Conditions:
    """Looks for the conditions of links in the words of a document."""

    def __init__(self, source: str, guesses: Mapping[str, Guess]) -> None:
        self.source = source
        self.guesses = guesses

    def under_conditions(self, one: Expr, other: Expr, right: Side) -> Judgement | None:
        r"""Whether a link with two indices holds where these are the same, or are not, as the words around it say."""
        weights = next((n for n in topo(one, other) if n.op == "variable" and n.data[0] == WEIGHTS), None)
        start, end = right.member.start, right.member.end
        around = self.source[max(0, start - BEFORE) : start] + self.source[end : end + BEHIND]
        if weights is None or weights.rows is ONE or weights.cols is ONE:
            return None
        for pattern, formula, words in CONDITIONS:
            if not pattern.search(around) or weights.rows is not weights.cols:
                continue
            found = self.decided(one, other, {weights: read_formula(formula, {"W": weights})}, f"where {words}")
            if found is not None:
                return found
        return None

    @staticmethod
    def decided(one: Expr, other: Expr, known: dict[Expr, Expr], words: str) -> Judgement | None:
        """The verdict on a link with something more known, where it holds then."""
        left, right = E.substitute([one, other], known)
        with suppress(MatdiffError):
            evidence = decide(left, right, almost_everywhere=True)
            if evidence.holds:
                return Judgement(evidence.how, words, left, right, evidence)
        return None

    def of_one(self, one: Expr, other: Expr) -> Judgement | None:
        """Whether a link holds where the entries of a vector add to one, as those of labels and probabilities do."""
        sums = [n for n in topo(one, other) if is_sum_of_entries(n) and n.args[0].op == "variable"]
        for total in dict.fromkeys(sums):
            if str(total.args[0].data[0]) not in self.guesses:
                continue
            words = f"where the entries of {total.args[0].data[0]} add to 1"
            found = self.decided(one, other, {total: E.number(1)}, words)
            if found is not None:
                return found
        return None

    def at_estimates(self, one: Expr, other: Expr) -> Judgement | None:
        r"""Whether a link holds where ``\hat{\beta}`` stands for beta, at which a derivative is taken."""
        sides = [{n for n in topo(side) if n.op in ("variable", "definition")} for side in (one, other)]
        named = {str(n.data[0] if n.op == "variable" else n.data): n for n in sides[0] | sides[1]}
        known = {}
        for name, node in named.items():
            base = named.get(name.rpartition("_")[0])
            if name.endswith(("_hat", "_star")) and base is not None and base.shape == node.shape:
                known[node] = base
        words = ", ".join(f"{name_of(base)} is {name_of(node)}" for node, base in known.items())
        return self.decided(one, other, known, f"where {words}") if known else None

    def line_before(self, right: Side) -> str:
        """What stands before a side on its line."""
        return self.source[max(0, right.member.start - BEHIND) : right.member.start].rpartition("\n")[2]

    def symmetric(self, one: Expr, other: Expr, lines: Sequence[str]) -> Judgement | None:
        """Whether a link holds where matrices are symmetric, as the words before it say."""
        lines = [line for line in lines if SYMMETRIC.search(line)]
        named = {plain(found["behind"] or found["before"]) for line in lines for found in SYMMETRIC_NAME.finditer(line)}
        square = [v for v in variables_of(one, other) if v.rows is v.cols and v.data[1] == "matrix"]
        meant = [v for v in square if lines and (not named or str(v.data[0]) in named)]
        meant = meant or [v for v in square if str(v.data[0]) in self.guesses and covariance(str(v.data[0]))]
        known = {v: read_formula("(A + A')/2", {"A": v}) for v in meant}
        if not known:
            return None
        return self.decided(one, other, known, "where " + ", ".join(str(v.data[0]) for v in meant) + " is symmetric")


def covariance(name: str) -> bool:
    """Whether a letter is that of a covariance or of a precision, which are symmetric."""
    return name.split("_")[0] in ("Sigma", "Lambda")
