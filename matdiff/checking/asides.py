"""What is no claim: settings, conditions, equations to be solved; and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from matdiff import expr as E
from matdiff.checking.conditions import Conditions
from matdiff.checking.doubts import NOT_HELD, Doubts
from matdiff.checking.findings import HOLDS
from matdiff.checking.givens import variables_of
from matdiff.checking.inference import Guess
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.scope import is_zero
from matdiff.checking.settings import ASSUMED, LONGEST, Setting, setting_told
from matdiff.compose import is_sum
from matdiff.errors import MatdiffError
from matdiff.evaluate import values
from matdiff.expr import Expr, topo
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.syntax import postorder
from matdiff.sampling import points


class Asides:
    """Looks again at links that do not hold by themselves."""

    def __init__(self, judge: Judge, inferred: Sequence[Guess] = ()) -> None:
        self.judge = judge
        self.guesses = {one.name: one for one in inferred if not one.line}
        """The names whose kinds nothing tells but their letters and what they stand beside."""
        self.scope = judge.scope
        self.givens = judge.scope.givens
        self.conditions = Conditions(judge.scope.source, self.guesses)
        self.doubts = Doubts(judge, self.guesses)

    def reconsidered(self, found: Judgement, left: Side, right: Side, setting: Setting) -> Judgement:
        """The verdict where the document around a link is taken into account."""
        if found.verdict not in ("wrong", "ill-formed", "unread"):
            missed = found.verdict in HOLDS and self.doubts.vacuous(found, left, right)
            return replace(found, verdict="unread", detail=NOT_HELD) if missed else found
        defined = self.with_definitions(left, right) if self.givens.defined and not self.scope.applied else None
        if defined is not None and defined.verdict in HOLDS:
            return defined
        again = next(self.readings(found, left, right, setting), None)
        if again is None and defined is not None and (found.verdict, defined.verdict) == ("wrong", "wrong"):
            found = replace(found, detail=defined.detail, left=defined.left, right=defined.right)
            found = replace(found, evidence=defined.evidence)
        return again or self.doubts.about(found, left, right, setting.met)

    def readings(self, found: Judgement, left: Side, right: Side, setting: Setting) -> Iterator[Judgement]:
        by_entries = any(side.node is not None and side.node.kind == "free" for side in (left, right))
        if self.scope.layout == "" and not by_entries and (fractions(left) or fractions(right)):
            yield from self.in_layouts(left, right)
        if found.verdict == "ill-formed" and left.claim is not None and right.node is not None and adds_rows(right):
            turned = Side(replace(right.member, node=right.node.transposed()), right.text)
            again = self.judge.judge(left, turned, "latex")
            if again.verdict in ("proved", "sampled"):
                yield replace(again, detail=f"{again.detail}; kept as a row")
        end = right.member.end + LONGEST
        words = (
            setting_told((left.text, right.text), self.scope.source[right.member.start : end])
            if found.verdict == "unread"
            else ""
        )
        if words:
            yield replace(found, verdict="aside", detail=words)
        if found.gives and left.claim is not None and right.error is None and self.gives(left.claim, right):
            yield replace(found, verdict="aside", detail="given: the loss is not defined here")
        named = self.judge.claims.named_by(found.left) if found.verdict == "wrong" else None
        if named is not None:
            claimed = Side(replace(left.member, node=None, claim=named), left.text)
            again = self.judge.judge(claimed, right, "latex")
            if again.verdict in (*HOLDS, "wrong"):
                yield self.doubts.about(again, claimed, right, setting.met)
        if found.verdict != "wrong" or found.left is None or found.right is None:
            return
        one, other = found.left, found.right
        if setting.first and one.op == "variable" and is_sum(other) and one in other.args:
            yield replace(found, verdict="aside", detail=f"a step that changes {left.text}")
            return
        text = f"{left.text} = {right.text}"
        for under in (
            self.conditions.under_conditions(one, other, right),
            self.conditions.symmetric(one, other, (setting.lead, self.conditions.line_before(right))),
            self.conditions.at_estimates(one, other, self.givens.defined),
            self.conditions.of_sigmoid(one, other),
        ):
            if under is not None:
                yield under
        consequence = self.givens.consequence(one, other, constrained=not is_derived(left, right))
        if consequence.how in ("proved", "sampled"):
            yield replace(found, verdict=consequence.how, detail=consequence.detail)
        if consequence.how == "refuted" and setting.follows and setting.first and self.givens.told(one, other):
            yield replace(found, detail=f"{consequence.detail}; {found.detail}")
        for head, written in ((left, right), (right, left)):
            entries = self.members(head, written)
            if entries is None or (head is right and str(entries[0].data[0]) in setting.met):
                continue
            self.givens.define(*entries, text)
            self.judge.claims.found.clear()
            yield replace(found, verdict="proved", detail=f"defines all {head.text}")
        if self.guesses and (of_one := self.conditions.of_one(one, other)) is not None:
            yield of_one
        if self.defines(left, one, other, setting):
            self.givens.define(one, other, text)
            self.judge.claims.found.clear()
            yield replace(found, verdict="proved", detail=f"defines {left.text}")
        words = self.aside(left, right, one, other, setting)
        if words:
            self.givens.add(one, other, text)
            yield replace(found, verdict="aside", detail=words)

    def members(self, left: Side, right: Side) -> tuple[Expr, Expr] | None:
        """A vector that nothing defines so far, by what a link says of all its entries."""
        with suppress(MatdiffError):
            found = self.judge.members(left, right)
            if found is not None and found[0] not in self.givens.defined and found[0] not in set(topo(found[1])):
                return found if str(found[0].data[0]) in self.guesses else None
        return None

    def gives(self, claim: Claim, right: Side) -> bool:
        """Whether a link says what the derivative of a loss is of which nothing is known."""
        if right.claim is not None:
            return False
        with suppress(MatdiffError):
            return self.judge.claims.give(claim, self.judge.alone(right))
        return False

    def in_layouts(self, left: Side, right: Side) -> Iterator[Judgement]:
        """The verdict where a fraction stands for a Jacobian: of vectors only, or of everything."""
        for layout, words in (("mixed", "with Jacobians of vectors"), ("numerator", "in numerator layout")):
            self.scope.layout = layout
            try:
                sides = [self.judge.side(side.member, "latex") for side in (left, right)]
                again = self.judge.judge(sides[0], sides[1], "latex")
            finally:
                self.scope.layout = ""
            if again.verdict in ("proved", "sampled"):
                yield replace(again, detail="; ".join(part for part in (again.detail, words) if part), layout=layout)

    def with_definitions(self, left: Side, right: Side) -> Judgement:
        """The verdict where declared names stand for what the document has defined them as."""
        self.scope.applied = dict(self.givens.defined)
        try:
            again = self.judge.judge(left, right, "latex")
        finally:
            self.scope.applied = {}
        if again.verdict == "wrong" and again.left is not None and again.right is not None:
            sides = again.left, again.right
            again = (
                self.conditions.under_conditions(*sides, right)
                or self.conditions.at_estimates(*sides, self.givens.defined)
                or self.conditions.of_sigmoid(*sides)
                or (self.conditions.of_one(*sides) if self.guesses else None)
                or again
            )
        if again.verdict not in HOLDS:
            return again
        names = ", ".join(str(v.data[0]) for v in self.givens.defined)
        return replace(again, detail="; ".join(part for part in (again.detail, f"with {names} as defined") if part))

    def defines(self, left: Side, one: Expr, other: Expr, setting: Setting) -> bool:
        """Whether a link gives a declared name its meaning: it begins a chain, and the name is new there."""
        name = left.node
        if name is None or name.kind != "name" or not setting.first or one.op != "variable":
            return False
        told = bool(ASSUMED.search(setting.words)) and not setting.follows
        again = name.value in setting.met and not (told or (name.value in self.guesses and variables_of(other)))
        known = self.givens.defined.get(one)
        anew = known is not None and (setting.anew or set(variables_of(other)) - set(variables_of(known)))
        if again or (known is not None and not anew):
            return False
        below = set(topo(*E.substitute([other], self.givens.defined)))
        return one not in below and not any(node.op == "differential" for node in below)

    def aside(self, left: Side, right: Side, one: Expr, other: Expr, setting: Setting) -> str:
        """Why a link is no claim; nothing where it is one."""
        sides = (left, right)
        moves = any(node.op == "differential" for node in topo(one, other))
        derived = is_derived(*sides)
        if never_zero(one, other):
            return ""
        if any(is_zero(side.node) for side in sides):
            return "an equation to be solved"
        lone = [side.op == "differential" and side.args[0].op == "variable" for side in (one, other)]
        if any(lone) and not all(any(node.op == "differential" for node in topo(side)) for side in (one, other)):
            return "a name for a derivative"  # dw = X' r, as in code
        if moves or derived:
            return ""
        names = [set(variables_of(side)) for side in E.substitute([one, other], self.givens.defined)]
        if not names[0] or not names[1]:
            return "a condition"
        node = left.node
        known = node is not None and node.kind == "name" and node.value in self.scope.definitions
        known = known or one in self.givens.defined
        guessed = any(str(node.data[0]) in self.guesses for node in names[0] | names[1])
        if guessed and names[0] - names[1] and names[1] - names[0]:
            return "an equation between quantities"
        if not setting.first or known:
            return ""
        if (names[0] - names[1] and names[1] - names[0]) or (guessed and names[0] != names[1]):
            return "an equation between quantities"
        if ASSUMED.search(setting.words) and not setting.follows:
            return "an assumption"
        return ""


def is_derived(*sides: Side) -> bool:
    """Whether derivatives stand in sides."""
    nodes = [node for side in sides if side.node is not None for node in postorder(side.node)]
    return any(side.claim is not None for side in sides) or any(node.kind == "derivative" for node in nodes)


def adds_rows(side: Side) -> bool:
    r"""Whether a side is ``\sum_{\text{rows}} …``, which people write for a column too."""
    return side.error is None and side.node is not None and side.node.kind == "call" and side.node.value == "colsum"


_COUNTS = frozenset("ijklmnrst")


def is_range(name: str, right: Side) -> bool:
    """Whether ``k = 1`` says where an index begins, or ``i = j`` which are meant, and defines nothing."""
    node = right.node
    indices = name in _COUNTS or (len(name) > 2 and set(name.rpartition("_")[2]) <= _COUNTS)
    if node is None or not indices:
        return False
    return node.kind == "number" or (node.kind == "name" and name in _COUNTS and str(node.value) in _COUNTS)


def fractions(side: Side) -> bool:
    """Whether derivatives are written as fractions in a side."""
    claims = [side.claim] if side.claim is not None else []
    claims += [node.value for node in postorder(side.node) if node.kind == "derivative"] if side.node else []
    return any(claim.fraction and claim.kind == "gradient" for claim in claims)


def never_zero(one: Expr, other: Expr) -> bool:
    """Whether two sides differ by the same, whatever the values: no values solve such an equation."""
    seen = []
    try:
        for point in points([one, other], 3, seed=3, sizes=None):
            found = values([one, other], point.arrays, point.sizes, point.functions)
            seen.append(float(np.sum(found[one] - found[other])))
    except (MatdiffError, np.linalg.LinAlgError, ValueError, KeyError):
        return False
    return len(seen) > 2 and max(seen) - min(seen) < 1e-9 * (1 + max(map(abs, seen)))
