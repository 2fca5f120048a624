"""The search for the slip: the nearest formula that does hold, and the slip in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from time import monotonic

from matdiff import expr as E
from matdiff.checking.bench import FAILURES, Bench
from matdiff.checking.chains import expression_at
from matdiff.checking.edits import EDITS, OFTEN
from matdiff.checking.judge import Judge, Judgement, Side
from matdiff.checking.spelling import Spelling
from matdiff.checking.tree import Edit, Tree, rebuilt, spliced
from matdiff.equality import decide, opened, varying_names
from matdiff.errors import MatdiffError
from matdiff.expr import Expr
from matdiff.reader.latex_documents import Claim, read_expression
from matdiff.reader.syntax import Node, postorder
from matdiff.rewriting.readable import Presenter
from matdiff.sizes import ONE

SECONDS = 2.0
"""The time spent on one link."""

LONGEST = 160
"""Longer terms are not suggested."""

NOTHING = "no single slip was found that explains this"


class Slips:
    """Finds slips in the links of one document."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.scope = judge.scope

    def find(self, left: Side, right: Side, notation: str, good: Side | None = None) -> str:
        """The suggestion for a link that does not hold; words that say so where nothing is found."""
        self.until = monotonic() + min(SECONDS, max(LEAST, self.left))
        begun = monotonic()
        found: list[str] = []
        try:
            for suggestion in self.suggestions(left, right, notation, good):
                found.append(suggestion)
                if len(found) == (2 if self.is_other_claim(suggestion) else 1):
                    break
        except FAILURES:
            pass
        self.left -= monotonic() - begun
        return "; or ".join(dict.fromkeys(found)) or NOTHING

    @staticmethod
    def is_other_claim(suggestion: str) -> bool:
        return suggestion.startswith("this is the derivative")

    def suggestions(self, left: Side, right: Side, notation: str, good: Side | None) -> Iterator[str]:
        goals = self.value(left), self.value(right)
        edits: list[Iterator[str]] = []
        if goals[0] is not None or goals[1] is None:
            goal = goals[0] if goals[0] is not None or good is None else self.value(good)
            edits.append(self.nearest(goal, right, notation))
        if left.claim is None:
            edits.append(self.nearest(goals[1], left, notation))
        if left.claim is not None and goals[1] is not None:
            yield from self.other_claims(left.claim, right, goals)
        for search in edits:  # one edit of either side before two of any
            yield from self.until_mark(search)
        if None not in goals:
            yield from self.difference(left, right, notation)
        for search in edits:
            yield from (text for text in search if text)

    @staticmethod
    def until_mark(search: Iterator[str]) -> Iterator[str]:
        for text in search:
            if not text:
                return
            yield text

    def value(self, side: Side) -> Expr | None:
        if side.error is not None:
            return None
        try:
            return self.judge.alone(side)
        except MatdiffError:
            return None

    # claims

    def other_claims(self, claim: Claim, right: Side) -> Iterator[str]:
        """The gradient where the Jacobian is claimed, or another variable's derivative."""
        assert right.node is not None
        opposite = {"gradient": "jacobian", "jacobian": "gradient"}
        if claim.kind in opposite and self.equals(Claim(opposite[claim.kind], claim.wrt, claim.of), right):
            one, other = ("gradient", "Jacobian") if claim.kind == "jacobian" else ("Jacobian", "gradient")
            yield f"this is the {one}; the {other} is its transpose"
        for name in self.scope.nodes:
            if len(claim.wrt) != 1 or name == claim.wrt[0].value:
                continue
            for kind in dict.fromkeys((claim.kind, *opposite)):
                if self.equals(Claim(kind, (Node("name", name),), claim.of), right):
                    shown = {"gradient": "gradient", "jacobian": "Jacobian", "hessian": "Hessian"}[kind]
                    yield f"this is the {shown} by {name}, not by {claim.wrt[0].value}"
        for name, node in self.scope.definitions.items():
            if node.is_scalar and self.equals(Claim(claim.kind, claim.wrt, Node("name", name)), right):
                yield f"this is the derivative of {name}"

    def equals(self, claim: Claim, right: Side) -> bool:
        if monotonic() > self.until:
            return False
        try:
            value = self.judge.claims.value(claim)
            assert right.node is not None
            other = self.judge.sized(right, value)
            return decide(value, other, almost_everywhere=True, prove=False, count=3).holds
        except FAILURES:
            return False

    # edits

    def nearest(self, goal: Expr | None, side: Side, notation: str) -> Iterator[str]:
        """The edits of one side that make it equal to the goal, the fewest first."""
        if goal is None or side.node is None:
            return
        bench = self.bench(goal, side.node)
        if bench is None:
            return
        tree = self.tree(side.node, bench, notation)
        yield from self.single(tree, bench, side)
        yield from self.double(tree, bench, side)

    def bench(self, goal: Expr, node: Node) -> Bench | None:
        try:
            varying = varying_names([goal, self.scope.expression(node)])
        except MatdiffError:
            names = [n.children[0].value for n in postorder(node) if n.kind == "differential"]
            written = [named for name in names if isinstance(name, str) and (named := self.scope.named(name))]
            varying = varying_names([goal, *(E.differential(named) for named in written)])
        try:
            bench = Bench(self.scope, goal, varying)
        except FAILURES:
            return None
        return bench if bench.usable else None

    def tree(self, root: Node, bench: Bench, notation: str) -> Tree:
        source = self.scope.source
        spelled = {n.value: source[n.start : n.end] for n in postorder(root) if n.kind == "name" and n.end > n.start}
        shapes = {name: node.shape for name, node in self.scope.nodes.items()}
        shapes |= dict.fromkeys(self.scope.model.dims, (ONE, ONE))
        return Tree(root, source, Spelling(notation == "latex", spelled), bench.shape, shapes)

    def single(self, tree: Tree, bench: Bench, side: Side) -> Iterator[str]:
        for kind in EDITS:
            for edit in kind(tree):
                if monotonic() > self.until:
                    return
                if edit.new is None or bench.fits(rebuilt(tree.root, edit.new)):
                    text = self.confirmed(tree, [edit], bench)
                    if text:
                        yield f"{edit.words}: {text}"

    def double(self, tree: Tree, bench: Bench, side: Side) -> Iterator[str]:
        edits = [edit for kind in OFTEN for edit in kind(tree) if edit.new is not None]
        for one, other in combinations(edits, 2):
            if monotonic() > self.until:
                return
            if not apart(one, other) or one.new is None or other.new is None:
                continue
            if set(one.new) & set(other.new) or bench.fits(rebuilt(rebuilt(tree.root, one.new), other.new)):
                text = self.confirmed(tree, [one, other], bench)
                if text:
                    yield f"{one.words}, and {other.words}: {text}"

    def confirmed(self, tree: Tree, edits: Sequence[Edit], bench: Bench) -> str:
        """The text after the edits, if it holds when it is read again; else nothing."""
        root = tree.root
        splices = [splice for edit in edits for splice in edit.splices]
        text = " ".join(spliced(tree.source, root.start, root.end, splices).split())
        try:
            if tree.spelling.latex:
                node = read_expression(text, self.scope.known)
            else:
                node = expression_at(text, 0, len(text), self.scope.known)
        except MatdiffError:
            return ""
        if not bench.fits(node):
            return ""
        found = bench.expression(node)
        if found is None:
            return ""
        holds = decide(bench.goal, self.scope.fold(found), almost_everywhere=True, prove=False, count=4).holds
        return text if holds else ""

    # what is left over

    def difference(self, left: Side, right: Side, notation: str) -> Iterator[str]:
        """The term by which the right side falls short, where it is one."""
        one, other = self.judge.pair(left, right)
        varying = varying_names([one, other])
        one, other = opened(one, varying), opened(other, varying)
        minus = E.Expr("scale", (E.number(-1), other), None, other.shape)
        presenter = Presenter(tuple(self.scope.definitions.values()))
        rest = presenter(E.Expr("add", (one, minus), None, one.shape))
        spelling = Spelling(notation == "latex")
        text = spelling.expression(rest)
        if len(text) <= LONGEST and "\n" not in text:
            if text.startswith("-"):
                yield f"a term is too much, or one is missing: subtract {text[1:].strip()} from the right side"
            else:
                yield f"a term is missing on the right side: {text}"


def apart(one: Edit, other: Edit) -> bool:
    """Whether two edits touch different places of the text."""
    return all(a[1] <= b[0] or b[1] <= a[0] for a in one.splices for b in other.splices)
