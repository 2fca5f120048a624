"""The search for the slip: the nearest formula that does hold, and the slip in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations
from time import monotonic

from matdiff import expr as E
from matdiff.checking.chains import expression_at
from matdiff.checking.judge import Judge, Side
from matdiff.checking.slips.bench import FAILURES, Bench
from matdiff.checking.slips.spelling import Spelling, is_group
from matdiff.checking.slips.table import EDITS, OFTEN
from matdiff.checking.slips.tree import SUMS, Edit, Tree, rebuilt, spliced
from matdiff.equality import decide, opened, varying_names
from matdiff.errors import MatdiffError
from matdiff.expr import Expr
from matdiff.products import scalar_product
from matdiff.reader.latex.documents import Claim, read_expression
from matdiff.reader.syntax import Node, postorder
from matdiff.rewriting.readable import Presenter
from matdiff.sizes import ONE, Shape, named

SECONDS, LEAST, IN_ALL = 2.0, 0.3, 3.5
"""The time spent on one link; what a link has at least; the time for all links of a document."""

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
        self.until = 0.0

    @property
    def late(self) -> bool:
        return monotonic() > self.until

    def find(self, place: Place) -> str:
        """The suggestion for a link that does not hold: one edit, or a claim that is true; else nothing."""
        return self.first(lambda: self.suggestions(place), SECONDS / 2)

    def find_two(self, place: Place) -> str:
        """The same by two edits, where there is time left; words that say so where nothing is found."""
        pairs = lambda: chain.from_iterable(search.double(self) for search in self.searches(place))  # noqa: E731
        return (self.left > 0 and self.first(pairs, SECONDS / 2)) or NOTHING

    def first(self, suggestions: Callable[[], Iterator[str]], seconds: float) -> str:
        begun = monotonic()
        self.until = begun + min(seconds, max(LEAST, self.left))
        try:
            return next(suggestions(), "")
        except FAILURES:
            return ""
        finally:
            self.left -= monotonic() - begun

    def suggestions(self, place: Place) -> Iterator[str]:
        """The nearest first: another claim of other sizes, one edit, another claim, a term, one edit on the left."""
        left, right = place.left, place.right
        goals = self.value(left), self.value(right)
        others: list[str] = []
        if left.claim is not None and goals[1] is not None:
            yield from self.other_kind(left.claim, right, goals[1])
            others = list(self.other_claims(left.claim, right, goals[1]))
            if goals[0] is None or goals[0].shape != goals[1].shape:
                yield from others
        searches = self.searches(place)
        for text in chain.from_iterable(search.single(self) for search in searches[:1]):
            yield "; or ".join([text, *others[:1]])
        yield from others
        if goals[0] is not None and goals[1] is not None:
            yield from self.difference(left, right, place.notation)
        yield from chain.from_iterable(search.single(self) for search in searches[1:])

    def searches(self, place: Place) -> list[Search]:
        """The searches among the edits of the right side, then of the left."""
        left, right, good = place.left, place.right, place.good
        goals = self.value(left), self.value(right)
        elsewhere = [side.node for side in (left, *good[::-1], right) if side.node is not None] + self.seen[-NEARBY:]
        goal = goals[0]
        if goal is None and goals[1] is None and good:
            goal = self.value(good[-1])
        searches = [
            self.search(wanted, side, other.text, place.notation, elsewhere)
            for wanted, side, other in ((goal, right, left), (goals[1], left, right))
            if side.claim is None
        ]
        return [found for found in searches if found is not None]

    def value(self, side: Side) -> Expr | None:
        if side.error is not None:
            return None
        try:
            return self.judge.alone(side)
        except MatdiffError:
            return None

    # claims

    def other_kind(self, claim: Claim, right: Side, value: Expr) -> Iterator[str]:
        """The gradient where the Jacobian is claimed, or the reverse."""
        kinds = {"gradient": ("jacobian", "Jacobian"), "jacobian": ("gradient", "gradient")}
        if claim.kind in kinds:
            kind, word = kinds[claim.kind]
            if self.equals(Claim(kind, claim.wrt, claim.of), right, value):
                yield f"this is the {word}; the {kinds[kind][1]} is its transpose"

    def other_claims(self, claim: Claim, right: Side, value: Expr) -> Iterator[str]:
        """The derivative by another variable, or of another value."""
        if len(claim.wrt) != 1 or claim.kind == "hessian":
            return
        shown = {"gradient": "gradient", "jacobian": "Jacobian"}
        own = claim.wrt[0].value
        below = self.below_objective()
        for name, node in self.scope.nodes.items():
            if node not in below:
                continue
            for kind in dict.fromkeys((claim.kind, *shown)):
                shape = node.shape if kind == "gradient" else node.shape[::-1]
                fits = name != own and shape == value.shape
                if fits and self.equals(Claim(kind, (Node("name", name),), claim.of), right, value):
                    yield f"this is the {shown[kind]} by {name}, not by {own}"
        for name, node in self.scope.definitions.items():
            if node.is_scalar and self.equals(Claim(claim.kind, claim.wrt, Node("name", name)), right, value):
                yield f"this is the derivative of {name}"

    def equals(self, claim: Claim, right: Side, value: Expr) -> bool:
        if self.late:
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
        self, goal: Expr | None, side: Side, other: str, notation: str, elsewhere: Sequence[Node]
    ) -> Search | None:
        """The search among the edits of one side; None where there is nothing to search."""
        if goal is None or side.node is None:
            return None
        try:
            bench = Bench(self.scope, goal)
        except FAILURES:
            return None
        source = self.scope.source
        nodes = [n for root in (side.node, *elsewhere) for n in postorder(root)]
        spelled = {n.value: source[n.start : n.end] for n in nodes[::-1] if n.kind == "name" and n.end > n.start}
        spelling = Spelling(notation == "latex", spelled)
        shapes = {name: node.shape for name, node in self.scope.nodes.items()}
        shapes |= dict.fromkeys(self.scope.model.dims, (ONE, ONE))
        pool = list(self.factors(spelling, shapes, nodes, bench))[:FACTORS]
        terms = list(self.terms(elsewhere, bench))[:TERMS]
        sizes = {size: None for shape in shapes.values() for size in shape if size.powers}
        tree = Tree(side.node, source, spelling, bench.shape, shapes, pool, terms, tuple(sizes))
        return Search(tree, bench, other)

    def factors(
        self, spelling: Spelling, shapes: dict[str, Shape], nodes: Sequence[Node], bench: Bench
    ) -> Iterator[tuple[str, Node, Shape]]:
        """What may be missing as a factor: the names, their transposes, and what stands by itself nearby."""
        seen = set()
        moves = any(n.op == "differential" for n in E.topo(bench.goal))
        for name, (rows, cols) in shapes.items():
            node, text = Node("name", name), spelling.name(name)
            seen.add(text)
            yield text, node, (rows, cols)
            if (rows, cols) != (ONE, ONE):
                yield spelling.turned(text), Node("transpose", None, (node,)), (cols, rows)
            if moves and name not in self.scope.model.dims:
                yield spelling.differential(name), Node("differential", None, (node,)), (rows, cols)
        for node in nodes:
            text = self.scope.source[node.start : node.end]
            alone = node.kind in ("call", "inverse", "transpose", "mask", "primed", "differential") or is_group(text)
            power = node.kind == "binary" and node.value in ("^", ".^")
            if (alone or power or text.startswith((r"\frac", r"\tfrac"))) and text not in seen and len(text) <= LONGEST:
                seen.add(text)
                shape = bench.shape(node)
                if shape is not None:
                    yield text, node, shape

    def terms(self, roots: Sequence[Node], bench: Bench) -> Iterator[tuple[str, Node, Shape]]:
        """The terms of sums."""
        seen = set()
        for root in roots:
            for node in postorder(root):
                for term in node.children if node.kind == "binary" and node.value in SUMS else ():
                    text = self.scope.source[term.start : term.end]
                    shape = bench.shape(term)
                    plain = not (term.kind == "binary" and term.value in SUMS) and not text.startswith("-")
                    if plain and shape is not None and text not in seen and len(text) <= LONGEST:
                        seen.add(text)
                        yield text, term, shape

    def below_objective(self) -> set[Expr]:
        """What the values of the model are made of; everything, where there is no objective."""
        values = self.scope.definitions.values()
        objective = self.scope.objective
        return set(E.topo(*([objective] if objective is not None else values), *self.scope.model.variables.values()))

    # what is left over

    def difference(self, left: Side, right: Side, notation: str) -> Iterator[str]:
        """The term by which the right side falls short, where it is one."""
        try:
            one, other = self.judge.pair(left, right)
        except MatdiffError:
            return
        varying = varying_names([one, other])
        below = self.below_objective()
        one, other = (without_helpers(opened(side, varying), below) for side in (one, other))
        minus = E.Expr("scale", (E.number(-1), other), None, other.shape)
        presenter = Presenter(node for node in self.scope.definitions.values() if node in below)
        rest = presenter(E.Expr("add", (one, minus), None, one.shape))
        text = Spelling(notation == "latex").expression(rest)
        if rest.op == "add" or len(text) > LONGEST or "\n" in text:
            return
        yield f"a term is missing on the right side: {text}"


def without_helpers(root: Expr, kept: Collection[Expr]) -> Expr:
    """The expression with only these names left, and products of sizes as products of scalars."""
    new: dict[Expr, Expr] = {}
    for node in E.topo(root, inside=lambda n: () if n.op == "definition" and n in kept else n.args):
        if node.op == "definition":
            new[node] = node if node in kept else new[node.args[0]]
        elif node.op == "dim" and len(node.data.powers) > 1:
            dims = [E.dim(named(name)) for name, power in node.data.powers for _ in range(power)]
            new[node] = scalar_product(Fraction(node.data.coefficient), dims)
        else:
            new[node] = E.rebuild(node, tuple(new[arg] for arg in node.args))
    return new[root]


class Search:
    """The edits of one side that make it equal to a goal."""

    def __init__(self, tree: Tree, bench: Bench, other: str) -> None:
        self.tree, self.bench = tree, bench
        self.other = tight(other)
        """The text of the other side, which is no suggestion."""
        names = [node.children[0].value for node in tree.nodes if node.kind == "differential"]
        written = [E.differential(n) for name in names if isinstance(name, str) and (n := bench.scope.named(name))]
        self.varying = len(varying_names([bench.goal, *written]))

    def single(self, clock: Slips) -> Iterator[str]:
        """Edits after which less varies come last."""
        less: list[str] = []
        for kind in EDITS:
            for edit in kind(self.tree):
                if clock.late:
                    break
                if edit.new is None or self.bench.fits(rebuilt(self.tree.root, edit.new)):
                    text, varying = self.confirmed([edit], clock)
                    if text and varying < self.varying:
                        less.append(f"{edit.words}: {text}")
                    elif text:
                        yield f"{edit.words}: {text}"
        yield from less

    def double(self, clock: Slips) -> Iterator[str]:
        edits = [edit for kind in OFTEN for edit in kind(self.tree) if edit.new is not None]
        for one, other in combinations(edits, 2):
            if clock.late:
                return
            if not apart(one, other) or one.new is None or other.new is None:
                continue
            together = rebuilt(rebuilt(self.tree.root, one.new), other.new)
            if set(one.new) & set(other.new) or self.bench.fits(together):
                text, _ = self.confirmed([one, other], clock)
                if text:
                    yield f"{one.words}, and {other.words}: {text}"

    def confirmed(self, edits: Sequence[Edit], clock: Slips) -> tuple[str, int]:
        """The text after the edits, if it holds when it is read again, else nothing; and how many names vary."""
        tree, known = self.tree, clock.scope.known
        splices = [splice for edit in edits for splice in edit.splices]
        text = " ".join(spliced(tree.source, tree.root.start, tree.root.end, splices).split())
        if tight(text) == self.other:
            return "", 0
        try:
            latex = tree.spelling.latex
            node = read_expression(text, known) if latex else expression_at(text, 0, len(text), known)
        except MatdiffError:
            return "", 0
        found = self.bench.expression(node) if self.bench.fits(node) else None
        if found is None:
            return "", 0
        found = clock.scope.fold(found)
        holds = decide(self.bench.goal, found, almost_everywhere=True, prove=False, count=4).holds
        return (text, len(self.bench.varying(found))) if holds else ("", 0)


def tight(text: str) -> str:
    return "".join(text.split())


def apart(one: Edit, other: Edit) -> bool:
    """Whether two edits touch different places of the text."""
    return all(a[1] <= b[0] or b[1] <= a[0] for a in one.splices for b in other.splices)
