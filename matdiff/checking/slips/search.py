"""The search for the slip: the nearest formula that does hold, and the slip in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from matdiff import expr as E
from matdiff.checking.judge import Judge, Side, zero_like
from matdiff.checking.scope import OBJECTIVE, is_zero
from matdiff.checking.slips.edited import Clock, Search
from matdiff.checking.slips.leftover import leftover, without_helpers
from matdiff.checking.slips.spelling import Spelling, is_group
from matdiff.checking.slips.suggestion import Suggestion, either
from matdiff.checking.slips.table import EDITS, FITTING, SELDOM
from matdiff.checking.slips.tree import SUMS, Tree, turned
from matdiff.checking.slips.trial import FAILURES, Trial
from matdiff.checking.terms import with_squares
from matdiff.compose import total
from matdiff.equality import decide, opened
from matdiff.errors import MatdiffError
from matdiff.expr import Expr
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.syntax import Node, postorder
from matdiff.rewriting.readable import Expanded, Presenter
from matdiff.sizes import ONE, Shape
from matdiff.timelimit import thread_time

SECONDS, LEAST, IN_ALL = 2.0, 0.2, 2.5
"""The time spent on one link; what a link has at least; the time for all links of a document, in CPU seconds."""

LONGEST = 90
"""Longer terms are not suggested."""

NEARBY = 12
"""How many good formulas before a link are looked at for what may be missing in it."""

FACTORS, TERMS = 80, 12
"""How many factors and terms from elsewhere are tried."""

NOTHING = "no single slip was found that explains this"


@dataclass(frozen=True)
class Place:
    """A link that does not hold, with the good sides before it."""

    left: Side
    right: Side
    notation: str
    good: Sequence[Side] = ()


class Slips:
    """Finds slips in the links of one document."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.scope = judge.scope
        self.seen: list[Node] = []
        """The good formulas of the document so far."""
        self.left = IN_ALL
        self.clock = Clock()

    def find(self, place: Place) -> Suggestion:
        """The suggestion for a link that does not hold: a claim that is true, or one edit; else nothing."""
        return self.first(self.suggestions(place), min(SECONDS / 2, max(LEAST, self.left / 3)))

    def find_more(self, place: Place, others: int) -> Suggestion:
        """A seldom slip, or two at once, where so many links wait; words that say so where there is none."""

        def suggestions() -> Iterator[Suggestion]:
            searches = self.searches(place)
            if place.left.claim is not None and place.left.claim.wrt and place.right.error is not None:
                yield from self.other_claims_edited(place.left.claim, place)
            yield from chain.from_iterable(search.single(self.clock, SELDOM) for search in searches[:1])
            yield from chain.from_iterable(search.single(self.clock, EDITS) for search in searches[1:])
            yield from chain.from_iterable(search.double(self.clock) for search in searches)
            yield from self.fitting(place)

        found = self.first(suggestions(), min(SECONDS / 2, max(LEAST / 2, self.left / others)))
        if not found.words:
            found = self.first(chain(self.difference(place, 3), self.derived(place)), LEAST)
        return found if found.words else Suggestion(NOTHING)

    def first(self, suggestions: Iterator[Suggestion], seconds: float) -> Suggestion:
        begun = thread_time()
        self.clock.until = begun + seconds
        try:
            return next(suggestions, Suggestion())
        except FAILURES:
            return Suggestion()
        finally:
            self.left -= thread_time() - begun

    def suggestions(self, place: Place) -> Iterator[Suggestion]:
        """The nearest first: the other derivative, one edit of the right side, another claim, a term."""
        left, right = place.left, place.right
        goals = self.value(left), self.value(right)
        others: list[Suggestion] = []
        if left.claim is not None and goals[1] is not None:
            yield from self.other_kind(left.claim, right, goals[1])
            others = list(self.other_claims(left.claim, right, goals[1]))
        misfit = goals[0] is None or goals[1] is None or goals[0].shape != goals[1].shape
        for found in chain.from_iterable(search.single(self.clock, EDITS) for search in self.searches(place)[:1]):
            yield either([*others[:misfit], found, *others[misfit:1]])
        yield from others
        if goals[0] is not None and goals[1] is not None:
            yield from self.difference(place, 1)

    def searches(self, place: Place) -> list[Search]:
        """The searches among the edits of the right side, then of the left."""
        left, right, good = place.left, place.right, place.good
        goals = [self.value(left), self.value(right)]
        for k, side in enumerate((left, right)):
            goal = goals[1 - k]
            if is_zero(side.node) and goal is not None:
                goals[k] = zero_like(goal)
        elsewhere = [side.node for side in (left, *good[::-1], right) if side.node is not None] + self.seen[-NEARBY:]
        goal = goals[0]
        if goal is None and goals[1] is None and good:
            goal = self.value(good[-1])
        searches = [
            self.search(wanted, side, other.text, place.notation, elsewhere, side is left)
            for wanted, side, other in ((goal, right, left), (goals[1], left, right))
            if side.claim is None
        ]
        return [found for found in searches if found is not None]

    def value(self, side: Side) -> Expr | None:
        if side.error is not None or self.is_unknown(side):
            return None
        try:
            return self.judge.alone(side)
        except MatdiffError:
            return None

    def is_unknown(self, side: Side) -> bool:
        """Whether a side is a name alone that nothing declares, so that nothing is known of it."""
        node = side.node
        known = (*self.scope.known, OBJECTIVE, "I", "pi")
        return node is not None and node.kind == "name" and node.value not in known

    # claims

    def other_kind(self, claim: Claim, right: Side, value: Expr) -> Iterator[Suggestion]:
        """The gradient where the Jacobian is claimed, or the reverse."""
        kinds = {"gradient": ("jacobian", "Jacobian"), "jacobian": ("gradient", "gradient")}
        if claim.kind in kinds:
            kind, word = kinds[claim.kind]
            if self.equals(Claim(kind, claim.wrt, claim.of), right, value):
                yield Suggestion(f"this is the {word}; the {kinds[kind][1]} is its transpose")

    def other_claims(self, claim: Claim, right: Side, value: Expr) -> Iterator[Suggestion]:
        """The derivative by another variable, or of another value."""
        shown = {"gradient": "gradient", "jacobian": "Jacobian", "hessian": "Hessian"}
        kinds = ("hessian",) if claim.kind == "hessian" else tuple(dict.fromkeys((claim.kind, "gradient", "jacobian")))
        own = ", ".join(dict.fromkeys(str(node.value) for node in claim.wrt))
        below = self.below_objective()
        scalar = claim.of is None or self.judge.claims.function(claim).is_scalar
        for name, node in self.scope.nodes.items():
            if node not in below:
                continue
            for kind in kinds:
                shape = {"gradient": node.shape, "jacobian": node.shape[::-1]}.get(kind, value.shape)
                fits = name != own and (shape == value.shape or not scalar)
                if fits and self.equals(Claim(kind, (Node("name", name),), claim.of), right, value):
                    yield Suggestion(f"this is the {shown[kind]} by {name}, not by {own}")
        for name, node in self.scope.definitions.items():
            if node.is_scalar and self.equals(Claim(claim.kind, claim.wrt, Node("name", name)), right, value):
                yield Suggestion(f"this is the derivative of {name}")

    def other_claims_edited(self, claim: Claim, place: Place) -> Iterator[Suggestion]:
        """The derivative by another variable, where the claimed value is ill-formed by one more slip."""
        below = self.below_objective()
        own = claim.wrt[0].value
        for name, node in self.scope.nodes.items():
            if (
                claim.kind == "hessian"
                or name == own
                or node not in below
                or node is self.scope.objective
                or self.clock.late
            ):
                continue
            try:
                goal = self.judge.claims.value(Claim(claim.kind, (Node("name", name),), claim.of))
            except FAILURES:
                continue
            search = self.search(goal, place.right, place.left.text, place.notation, ())
            kind = {"gradient": "gradient", "jacobian": "Jacobian"}[claim.kind]
            for found in search.single(self.clock, FITTING) if search is not None else ():
                yield Suggestion(f"this is the {kind} by {name}, not by {own}, and {found.words}")

    def equals(self, claim: Claim, right: Side, value: Expr) -> bool:
        if self.clock.late:
            return False
        try:
            true = self.judge.claims.value(claim)
            if true.shape != value.shape:
                return False
            return decide(true, value, almost_everywhere=True, prove=False, count=3).holds
        except FAILURES:
            return False

    # edits

    def search(
        self, goal: Expr | None, side: Side, other: str, notation: str, elsewhere: Sequence[Node], left: bool = False
    ) -> Search | None:
        """The search among the edits of one side; None where there is nothing to search."""
        if goal is None or side.node is None:
            return None
        try:
            trial = Trial(self.scope, goal)
        except FAILURES:
            return None
        source = self.scope.source
        nodes = [n for root in (side.node, *elsewhere) for n in postorder(root)]
        spelled = {n.value: source[n.start : n.end] for n in nodes[::-1] if n.kind == "name" and n.end > n.start}
        spelling = Spelling(notation == "latex", spelled)
        shapes = {name: node.shape for name, node in self.scope.nodes.items()}
        shapes |= dict.fromkeys(self.scope.model.dims, (ONE, ONE))
        pool = list(self.factors(spelling, shapes, nodes, trial))[:FACTORS]
        terms = list(self.terms(elsewhere, trial))[:TERMS]
        sizes = {size: None for shape in shapes.values() for size in shape if size.powers}
        tree = Tree(side.node, source, spelling, trial.shape, shapes, pool, terms, tuple(sizes))
        return Search(tree, trial, other, left)

    def factors(
        self, spelling: Spelling, shapes: dict[str, Shape], nodes: Sequence[Node], trial: Trial
    ) -> Iterator[tuple[str, Node, Shape]]:
        """What may be missing as a factor: the names, their transposes, and what stands by itself nearby."""
        seen = set()
        moves = any(n.op == "differential" for n in E.topo(trial.goal))
        for name, (rows, cols) in shapes.items():
            node, text = Node("name", name), spelling.name(name)
            seen.add(text)
            yield text, node, (rows, cols)
            if (rows, cols) != (ONE, ONE):
                yield spelling.written(turned(node), [text]), turned(node), (cols, rows)
            if moves and name not in self.scope.model.dims:
                yield f"d{text}", Node("differential", None, (node,)), (rows, cols)
        for node in nodes:
            text = self.scope.source[node.start : node.end]
            alone = node.kind in ("call", "inverse", "transpose", "mask", "primed", "differential") or is_group(text)
            power = node.kind == "binary" and node.value in ("^", ".^")
            if (alone or power or text.startswith((r"\frac", r"\tfrac"))) and text not in seen and len(text) <= LONGEST:
                seen.add(text)
                shape = trial.shape(node)
                if shape is not None:
                    yield text, node, shape

    def terms(self, roots: Sequence[Node], trial: Trial) -> Iterator[tuple[str, Node, Shape]]:
        """The terms of sums."""
        seen = set()
        for root in roots:
            for node in postorder(root):
                for summand in node.children if node.kind == "binary" and node.value in SUMS else ():
                    term = summand.children[0] if summand.kind == "negate" else summand
                    text = self.scope.source[term.start : term.end]
                    shape = trial.shape(term)
                    plain = not (term.kind == "binary" and term.value in SUMS)
                    if plain and shape is not None and text not in seen and len(text) <= LONGEST:
                        seen.add(text)
                        yield text, term, shape

    def below_objective(self) -> set[Expr]:
        """What the values of the model are made of; everything, where there is no objective."""
        values = self.scope.definitions.values()
        objective = self.scope.objective
        return set(E.topo(*([objective] if objective is not None else values), *self.scope.model.variables.values()))

    def fitting(self, place: Place) -> Iterator[Suggestion]:
        """Where nothing tells what an ill-formed side should be: an edit after which its sizes fit."""
        if place.right.error is None or any(self.value(side) is not None for side in (place.left, *place.good)):
            return
        search = self.search(E.number(0), place.right, "", place.notation, ())
        if search is None:
            return
        for edit in search.edits(FITTING):
            edited = search.tree.edited(edit.new)
            if search.trial.expression(edited) is not None:
                yield search.suggested(search.text(edited), "the sizes would fit so")

    def derived(self, place: Place) -> Iterator[Suggestion]:
        """What is derived for a claim."""
        claim = place.left.claim
        value = self.value(place.left) if claim is not None else None
        if value is not None:
            presenter = Presenter(self.scope.definitions.values())
            text = Spelling(place.notation == "latex").expression(presenter(value))
            if len(text) <= LONGEST and "\n" not in text:
                yield Suggestion(f"{NOTHING}; it is {text}")

    # what is left over

    def difference(self, place: Place, most: int) -> Iterator[Suggestion]:
        """What the right side falls short by, where that is not more than so many terms."""
        try:
            one, other = self.judge.pair(place.left, place.right)
        except MatdiffError:
            return
        varying = self.scope.varying(one, other)
        below = self.below_objective()
        one, other = (without_helpers(opened(side, varying), below) for side in (one, other))
        presenter = Presenter(node for node in self.scope.definitions.values() if node in below)
        plain = E.expand(one), E.expand(other)
        squares = with_squares(plain[0]), with_squares(plain[1])
        multiply = Expanded()
        written = (one, other), plain, squares, (multiply(squares[0]), multiply(squares[1]))
        found = [rest for sides in written if (rest := leftover(*sides))]
        rest = min(found, key=len, default=[])
        if 0 < len(rest) <= most:
            text = Spelling(place.notation == "latex").expression(total([presenter(term) for term in rest]))
            if len(text) <= LONGEST and "\n" not in text:
                terms = "a term is" if len(rest) == 1 else "terms are"
                yield Suggestion(f"{terms} missing on the right side: {text}")
