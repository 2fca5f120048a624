"""Conditions under which a link holds that does not hold without: equal indices, symmetric matrices, estimates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from matdiff import expr as E
from matdiff.checking.blanked import plain
from matdiff.checking.functions import CALLED_SIGMOID
from matdiff.checking.givens import variables_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judgement, Side
from matdiff.checking.losses import name_of
from matdiff.checking.scope import WEIGHTS
from matdiff.checking.unknown_functions import SIGMOID, taken_as, unknown_in
from matdiff.compose import is_sum_of_entries
from matdiff.equality import decide
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula
from matdiff.sizes import ONE

SYMMETRIC = re.compile(r"symmetric|hermitian|(?:semi-?)?definite|对称|對稱|正定|대칭", re.IGNORECASE)
_FORMULA = r"\$(?P<{}>[^$]{{1,80}})(?:\$|\Z)"
SYMMETRIC_NAME = re.compile(
    rf"(?:{SYMMETRIC.pattern})[^$.。]{{0,20}}{_FORMULA.format('behind')}"
    rf"|{_FORMULA.format('before')}[^$.。]{{0,20}}(?:{SYMMETRIC.pattern})",
    re.IGNORECASE,
)
LABELS = re.compile(
    r"softmax|cross[- ]?entropy|one[- ]?hot|probabilit|交叉熵|独热|概率|확률|교차|원[- ]?핫", re.IGNORECASE
)
"""Words of a document in which the entries of vectors may add to one."""
SHARES = frozenset({"y", "t", "p", "q", "pi"})
"""What people call labels and probabilities."""
_NOT = re.compile(r"\bnot\b|n't\b|非|不")
_SETS = re.compile(
    r"\b(?:let|suppose|assume|given|where|with|consider|be|for)\b|设|設|令|其中|假设|给定", re.IGNORECASE
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

    @cached_property
    def said_symmetric(self) -> set[str]:
        """The names that the words of the document introduce as symmetric, wherever."""
        return {name for line in self.source.splitlines() if _SETS.search(line) for name in named_symmetric(line)}

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
        sums = [n.args[0] for n in topo(one, other) if is_sum_of_entries(n) and n.args[0].op == "variable"]
        said = LABELS.search(self.source) is not None
        below = [v for v in variables_of(one, other) if said and str(v.data[0]).split("_")[0] in SHARES]
        for vector in dict.fromkeys((*sums, *below)):
            if str(vector.data[0]) not in self.guesses:
                continue
            words = f"where the entries of {vector.data[0]} add to 1"
            found = self.decided(one, other, {vector: read_formula("v/sum(v)", {"v": vector})}, words)
            if found is not None:
                return found
        return None

    def at_estimates(self, one: Expr, other: Expr, defined: Mapping[Expr, Expr]) -> Judgement | None:
        r"""Whether a link holds where ``\hat{\beta}`` stands for beta, at which a derivative is taken."""
        sides = [{n for n in topo(side) if n.op in ("variable", "definition")} for side in (one, other)]
        named = {str(n.data[0] if n.op == "variable" else n.data): n for n in sides[0] | sides[1]}
        known = {}
        for name, node in named.items():
            base = named.get(name.rpartition("_")[0])
            made = base in set(topo(defined.get(node, node)))  # x normalised, another one
            if name.endswith(("_hat", "_star")) and base is not None and base.shape == node.shape and not made:
                known[node] = base
        words = ", ".join(f"{name_of(base)} is {name_of(node)}" for node, base in known.items())
        return self.decided(one, other, known, f"where {words}") if known else None

    def of_sigmoid(self, one: Expr, other: Expr) -> Judgement | None:
        """Whether a link holds where the function sigma, of which nothing is said, is the sigmoid."""
        if CALLED_SIGMOID not in unknown_in(one, other):
            return None
        with suppress(MatdiffError):
            left, right = taken_as((one, other), CALLED_SIGMOID, SIGMOID)
            return self.decided(left, right, {}, f"where {CALLED_SIGMOID} is the sigmoid")
        return None

    def line_before(self, right: Side) -> str:
        """What stands before a side on its line."""
        return self.source[max(0, right.member.start - BEHIND) : right.member.start].rpartition("\n")[2]

    def symmetric(self, one: Expr, other: Expr, lines: Sequence[str]) -> Judgement | None:
        """Whether a link holds where matrices are symmetric, as the words before it say."""
        lines = [line for line in lines if SYMMETRIC.search(line)]
        named = {name for line in lines for name in named_symmetric(line)}
        square = [v for v in variables_of(one, other) if v.rows is v.cols and v.data[1] == "matrix"]
        meant = [v for v in square if lines and (not named or str(v.data[0]) in named)]
        meant = meant or [v for v in square if str(v.data[0]) in self.said_symmetric]
        meant = meant or [v for v in square if str(v.data[0]) in self.guesses and covariance(str(v.data[0]))]
        known = {v: read_formula("(A + A')/2", {"A": v}) for v in meant}
        if not known:
            return None
        return self.decided(one, other, known, "where " + ", ".join(str(v.data[0]) for v in meant) + " is symmetric")


def named_symmetric(line: str) -> Iterator[str]:
    """The names beside which a line says that they are symmetric."""
    said = SYMMETRIC_NAME.finditer(line) if SYMMETRIC.search(line) else ()
    for found in (found for found in said if not _NOT.search(found[0])):
        names = re.split(r"\\in(?![A-Za-z])", found["behind"] or found["before"])[0]
        yield from (plain(name) for name in names.split(","))


def covariance(name: str) -> bool:
    """Whether a letter is that of a covariance or of a precision, which are symmetric."""
    return name.split("_")[0] in ("Sigma", "Lambda")
