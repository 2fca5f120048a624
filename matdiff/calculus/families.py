"""The derivative of a program with indices: one rule between its statements, the sweep inside of each.

    df = Σ_i tr(G[i]' dN[i]),  N[i] = Σ_u body(… A[e(i,u)] …)  gives  ∇A[q] = Σ over (i,u) with e(i,u) = q of H(i,u)

where H is the gradient of tr(G' body) by that access. Solving e(i,u) = q for an index is the change of the index; the
indices that are left are summed. A name that uses itself at t-1 gets a cotangent that uses itself at t+1 (Werbos 1990).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.calculus.derive import Calculus
from matdiff.calculus.index_change import IndexChange
from matdiff.calculus.members import (
    Term,
    access_name,
    accesses,
    as_access,
    bound_all,
    free_of,
    is_moving,
    operations,
    seed,
)
from matdiff.calculus.prepare import prepare
from matdiff.calculus.sweep import Recorder, term
from matdiff.calculus.textbook import lines_from
from matdiff.compose import total
from matdiff.expr import Expr, topo
from matdiff.indices import (
    Affine,
    accessed,
    fresh_name,
    index,
    summed,
)
from matdiff.model import Family
from matdiff.operators import row
from matdiff.programs.order import Loop, order
from matdiff.programs.program import Program, Statement, View, live, needed
from matdiff.steps import RawStep

MAX_KNOWN = 6
"""Cotangents of inner sums with more operators get a name."""

SOURCE = "the differential, index by index; along a recurrence Werbos 1990"


@dataclass
class FamilyResult:
    """What a derivation of a program found."""

    program: Program
    """With the statements of the cotangents."""
    gradients: dict[str, str] = field(default_factory=dict)
    """For each variable the name of its gradient."""
    steps: list[RawStep] = field(default_factory=list)
    conditions: dict[tuple[str, Expr], None] = field(default_factory=dict)
    cotangents: dict[str, str] = field(default_factory=dict)
    """For each name that varies the name of the gradient by it."""


class FamilySweep(IndexChange):
    """From the objective back to what varies, one statement after another."""

    def __init__(
        self,
        program: Program,
        objective: str,
        wrt: Sequence[str],
        vanishes: Callable[[Program, Statement, str], bool] = lambda program, made, name: False,
    ) -> None:
        self.forward, self.vanishes = program, vanishes
        self.program = program.copy()
        self.objective, self.wrt = objective, list(wrt)
        self.moving = live(program, wrt) & needed(program, [objective])
        self.gradient_of: dict[str, str] = {}
        self.steps: list[RawStep] = []
        self.conditions: dict[tuple[str, Expr], None] = {}
        self.deltas: dict[Expr, Expr] = {}
        """Parts of gradients that have a name."""
        self.inlined: dict[str, Statement] = {}
        """Statements of cotangents that stand where they are used."""
        self.waiting: set[str] = set()
        """The names whose own cotangents are still to be passed on."""
        self.users: defaultdict[str, set[str]] = defaultdict(set)

    def run(self) -> FamilyResult:
        for name in reversed(self.flat(order(self.forward, self.moving))):
            self.name_gradient(name)
        if self.objective in self.moving:
            names = [*reversed(self.flat(order(self.forward, self.moving)))]
            self.waiting = set(names)
            for statement in self.forward.statements:
                for access in accesses(statement.body):
                    self.users[access.family].add(statement.name)
            for name in names:
                if name != self.objective and name in self.wrt and self.forward.is_input(name):
                    continue
                self.of_name(name)
                self.waiting.discard(name)
        for name in self.wrt:
            if name not in self.gradient_of:
                self.name_gradient(name)
        told = {statement.name for statement in self.program.statements}
        for name, gradient in self.gradient_of.items():
            if gradient not in told:
                self.zero(name)
        found = {name: self.gradient_of[name] for name in self.wrt}
        gone = set(map(id, self.inlined.values()))
        self.program.statements = [s for s in self.program.statements if id(s) not in gone]
        self.close()
        return FamilyResult(self.program, found, self.steps, self.conditions, dict(self.gradient_of))

    def flat(self, items: Iterable[Loop | str]) -> list[str]:
        found: list[str] = []
        for item in items:
            found += [item] if isinstance(item, str) else item.names
        return found + [name for name in self.wrt if name in self.moving and name not in found]

    # names

    def family(self, name: str, like: Family, outside: bool = True) -> None:
        self.program.families[name] = replace(like, name=name, kind="matrix", outside=outside)

    def name_gradient(self, name: str) -> None:
        family = self.program.families[name]
        view = self.program.views.get(name)
        if view is not None and not view.defines:  # what is received by entries is a part of the whole
            own = View(self.gradient_name(view.of), view.own, defines=True)
            self.gradient_of[name] = own.name
            self.program.views[own.name] = own
            self.family(own.name, family)
        elif name != self.objective:
            self.gradient_of[name] = self.gradient_name(name)
            self.family(self.gradient_of[name], family)

    def gradient_name(self, name: str) -> str:
        known = self.gradient_of.get(name)
        return known or fresh_name(f"grad_{self.forward.label(name)}", self.program.families)

    def zero(self, name: str) -> None:
        """Of what moves the objective by steps alone, or not at all."""
        family = self.program.families[name]
        value = Calculus.zero(self.program.plain(name))
        left = tuple(map(index, family.indices))
        self.program.statements.append(Statement(self.gradient_of[name], left, value))

    # one name

    def of_name(self, name: str) -> None:
        for statement in self.forward.of(name):
            if statement.kind in ("entries", "matrix"):
                self.assemble(statement)
            elif any(a.family in self.moving for a in accesses(statement.body)):
                self.of_statement(statement)

    def assemble(self, statement: Statement) -> None:
        """The gradient by a matrix from those by its entries, or back."""
        of = accessed(statement.body).family
        if of in self.moving:
            left = tuple(map(index, self.program.families[of].indices))
            name = self.gradient_of[statement.name]
            if statement.kind == "entries":
                self.program.statements.append(
                    Statement(self.gradient_of[of], left, self.program.plain(name), kind="matrix")
                )
                return
            view = replace(self.program.views[of], of=name, defines=False)
            if view.name not in self.program.views:
                self.program.views[view.name] = view
                self.family(view.name, self.program.families[of])
                self.program.statements.append(Statement(view.name, left, self.program.plain(name), kind="entries"))
            self.program.statements.append(Statement(self.gradient_of[of], left, self.program.plain(view.name)))

    def cotangent(self, statement: Statement) -> Expr:
        if statement.name == self.objective:
            return E.number(1)
        name = self.gradient_of[statement.name]
        if statement.name in self.program.sums:
            known = self.known(name, statement.left) if self.is_complete(statement.name) else None
            if known is not None:
                return known
        return self.program.member(name, statement.left)

    def is_complete(self, name: str) -> bool:
        """Whether all that uses a name has passed its cotangents on; along a recurrence some may come later."""
        return not (self.users[name] - {name}) & self.waiting

    def known(self, name: str, left: tuple[Affine, ...]) -> Expr | None:
        """The cotangent of a sum inside of a statement, where it is short; it needs no name then."""
        found = self.program.of(name)
        own = tuple(map(index, self.program.families[name].indices))
        if len(found) != 1 or found[0].whole() is not found[0].body or found[0].left != own or left != own:
            return None
        if operations(found[0].body) > MAX_KNOWN:
            return None
        self.inlined[name] = found[0]
        return found[0].body

    def of_statement(self, statement: Statement) -> None:
        body = statement.body
        plain = not statement.bound and not statement.conditions
        variables = [node for node in topo(body) if is_moving(node, self.moving)]
        own = access_name(statement)
        named = [E.define(own, body)] if plain and body.args and statement.name != self.objective else []
        calculus = Calculus(named)
        prepared, originals, first = prepare(body, frozenset(variables))
        calculus.rewriter.share(prepared)
        calculus.presenter.show_as([(step.after, step.before) for step in first])
        cotangent = self.cotangent(statement)
        recorder = Recorder(prepared, variables, calculus.rewriter)
        found = recorder.run(seed(self.program, statement, prepared, cotangent))
        for node in topo(prepared):
            if node.args and node.op not in E.NAMES and row(node).where:
                self.conditions[row(node).where, self.program.shown(node)] = None
        raws = [found[v] for v in variables if v in found]
        variables = [v for v in variables if v in found]
        if not variables:  # it moves by steps alone
            return
        opened = calculus.rewriter.opened([calculus.presenter(E.substitute([raw], originals)[0]) for raw in raws])
        gradients = [self.with_names(gradient) for gradient in opened]
        self.record(statement, recorder, calculus, variables, gradients, first)
        gradients = self.shared(statement, gradients, cotangent)
        terms = [Term(statement, accessed(v), g) for v, g in zip(variables, gradients, strict=True)]
        pairs = [self.pair(g, v) for v, g in zip(variables, gradients, strict=True)]
        before = [self.program.shown(bound_all(statement, pair)) for pair in pairs]
        after: list[Expr] = []
        reasons: dict[str, None] = {}
        for one in terms:
            for made, why in self.contributions(one):
                if self.vanishes(self.program, made, one.of.family):
                    reasons[f"what adds up to 0 by the definition of {one.of}"] = None
                    continue
                self.program.statements.append(made)
                reasons[why] = None
                target = self.program.member(one.of.family, made.left)
                pair = self.pair(made.whole(), target)
                after.append(self.program.shown(summed(pair, made.free)))
        if before and reasons:
            after = after or [E.number(0)]
            rule = "; ".join(reason for reason in reasons if reason) or "one value of the indices at a time"
            left, right = total(before), total(after)
            if left is not right:
                self.steps.append(RawStep(rule, left, right, "", SOURCE))

    def pair(self, gradient: Expr, variable: Expr) -> Expr:
        """``tr(G' dX)``."""
        return term(gradient, variable, lambda e: e)

    def with_names(self, gradient: Expr) -> Expr:
        """A gradient in which what the statement defines stands under its name."""
        names = {node: as_access(node) for node in topo(gradient) if node.op == "definition"}
        return E.substitute([gradient], names)[0] if names else gradient

    def shared(self, statement: Statement, gradients: list[Expr], cotangent: Expr) -> list[Expr]:
        """Long parts that several gradients have in common get a name."""
        if cotangent.op == "number" or len(gradients) < 2:
            return gradients
        holding = {cotangent}
        seen: Counter[Expr] = Counter()
        for gradient in gradients:
            for node in topo(gradient):
                if any(arg in holding for arg in node.args):
                    holding.add(node)
            seen.update(node for node in topo(gradient) if node in holding)
        often = [node for node in seen if seen[node] > 1 and operations(node) > 1]
        inside = {part for node in often for part in topo(*node.args)}
        new = {node: self.delta(statement, node) for node in often if node not in inside}
        return E.substitute(gradients, new) if new else gradients

    def delta(self, statement: Statement, value: Expr) -> Expr:
        """A name for a part of the gradients of one statement."""
        if value in self.deltas:
            return self.deltas[value]
        names = tuple(n for n in (*statement.free, *statement.bound) if n in free_of(value))
        name = fresh_name(f"delta_{self.program.label(statement.name)}", self.program.families)
        spans = tuple(self.program.ranges[n] for n in names)
        self.program.families[name] = Family(name, names, spans, value.shape, outside=True)
        self.program.statements.append(Statement(name, tuple(map(index, names)), value))
        self.deltas[value] = self.program.plain(name)
        return self.deltas[value]

    # the change of the index

    def parts(self, name: str) -> list[tuple[Affine, ...]]:
        """The left sides on which a gradient is defined, as its name is."""
        own = tuple(map(index, self.program.families[name].indices))
        return list(dict.fromkeys(statement.left for statement in self.forward.of(name))) or [own]

    def contributions(self, one: Term) -> list[tuple[Statement, str]]:
        found = []
        for left in self.parts(one.of.family):
            made = self.solved(one, left, self.gradient_of[one.of.family])
            if made is not None:
                found.append(made)
        return found

    # steps

    def record(
        self,
        statement: Statement,
        recorder: Recorder,
        calculus: Calculus,
        variables: list[Expr],
        gradients: list[Expr],
        first: list[RawStep],
    ) -> None:
        """The steps inside of one statement, for all of its indices together."""
        of = self.program.member(statement.name, statement.left)
        pair = self.pair(self.cotangent(statement), of)
        start = self.program.shown(summed(pair, statement.free))
        sides = [side for step in recorder.steps for side in (step.before, step.after)]
        opened = [self.with_names(side) for side in calculus.rewriter.opened(sides)]
        whole = total([self.pair(g, v) for v, g in zip(variables, gradients, strict=True)])
        if statement.is_sum:
            inside = self.pair(self.cotangent(statement), statement.body)
            end = self.program.shown(bound_all(statement, inside))
            if start is not end and of is not statement.body:
                inner = statement.name in self.program.sums
                rule = "differential of a sum over an index" if inner else f"definition of {of.data[0]}"
                self.steps.append(RawStep(rule, start, end, "", "the model"))
        single = [
            replace(step, before=opened[2 * number], after=opened[2 * number + 1])
            for number, step in enumerate(recorder.steps)
            if opened[2 * number] is not opened[2 * number + 1]
        ]
        of_body = seed(self.program, statement, statement.body, self.cotangent(statement))
        for each in lines_from(first, single, self.pair(of_body, statement.body)):
            self.steps.append(self.told(statement, each))
        end = self.program.shown(bound_all(statement, whole))
        if not statement.is_sum:
            rule = f"differential of {statement.kind} over an index"
            self.steps.append(RawStep(rule, start, end, "", SOURCE))

    def told(self, statement: Statement, step: RawStep) -> RawStep:
        """A line for all of the indices of a statement, with the steps it has."""
        before, after = (self.program.shown(bound_all(statement, side)) for side in (step.before, step.after))
        moves = tuple(self.told(statement, move) for move in step.moves if not move.rewrites and move is not step)
        return replace(step, before=before, after=after, of=None, moves=moves, told=())

    def close(self) -> None:
        """``df = Σ tr(G' dX)``."""
        if self.objective not in self.moving:
            return
        inputs = [name for name in self.wrt if self.forward.is_input(name) and name in self.moving]
        if len(inputs) != len(self.wrt):
            return
        terms = []
        for name in inputs:
            family = self.program.families[name]
            gradient = self.program.plain(self.gradient_of[name])
            pair = self.pair(gradient, self.program.plain(name))
            terms.append(summed(pair, family.indices))
        left = E.differential(self.program.member(self.objective, ()))
        before, after = (self.program.shown(side) for side in (left, total(terms)))
        self.steps.append(RawStep("read off df = tr(A dX)", before, after, "", "Magnus & Neudecker 2019, ch. 9"))
