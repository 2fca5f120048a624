"""The change of the index: ∇A[q] from one access to A, whose equation e(i,u) = q is solved for an index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from matdiff.calculus.members import (
    Term,
    accesses,
    indicator,
    outside,
    reason,
    spelled_all,
    weighted,
    within,
)
from matdiff.expr import Expr
from matdiff.indices import (
    Affine,
    Condition,
    Lookup,
    Range,
    fresh_name,
    greatest,
    index,
    integer,
    least,
    other_index,
    size_form,
    surely,
)
from matdiff.programs.program import Program, Statement
from matdiff.sizes import ONE


class IndexChange:
    """What one term adds to the value of a family that it is the derivative by."""

    program: Program
    gradient_of: dict[str, str]
    """Under which name the derivative by each family stands."""

    def delta(self, statement: Statement, value: Expr) -> Expr:
        """A name for a part of the gradients of one statement."""
        raise NotImplementedError

    def is_whole(self, statement: Statement) -> bool:
        """Whether a statement defines all members of its family, so that what is outside of it is outside of that."""
        spans = self.program.families[statement.name].ranges
        return all(
            form.name is not None and self.program.ranges.get(form.name) == span
            for form, span in zip(statement.left, spans, strict=True)
        )

    def solved(
        self, one: Term, target: tuple[Affine, ...], name: str, held: Iterable[str] = ()
    ) -> tuple[Statement, str] | None:
        """∇A[q] from one access to A, for what has a name: its equation is solved for as many indices as possible.

        ``held`` are other indices that the statement has and keeps.
        """
        statement = one.statement
        loose = [*statement.free, *statement.bound]
        temporary = {name: f"{name}'" for name in loose}
        inside = {name: index(text) for name, text in temporary.items()}
        table = dict(inside)
        ranges = self.program.ranges | {temporary[n]: self.program.ranges[n] for n in loose}
        conditions: list[Condition] = []
        free = set(statement.free)
        solved: dict[str, bool] = {}
        masks: list[Condition] = []
        moved = False
        for form, place in zip(one.of.positions, target, strict=True):
            if isinstance(form, Lookup):
                conditions.append(Condition(form.substitute(table), "=", place))
                continue
            here = form.substitute(table)
            moved = moved or form.name is None
            open_names = [n for n in loose if abs(here.coefficient(temporary[n])) == 1]
            pivot = next((n for n in open_names if n in free), next(iter(open_names), None))
            if pivot is None:
                gap = here - place
                if gap.is_constant and gap.constant == 0:
                    continue
                low, high = least(gap, ranges).shifted(-1), -greatest(gap, ranges).shifted(1)
                if gap.is_constant or surely(low) or surely(high):
                    return None
                (conditions if gap.names & set(temporary.values()) else masks).append(Condition(here, "=", place))
                continue
            k = here.coefficient(temporary[pivot])
            rest = here - Affine(((temporary[pivot], k),))
            value = place - rest if k == 1 else rest - place
            if pivot not in free and not within(value, self.program.ranges[pivot], ranges):
                if outside(value, self.program.ranges[pivot], ranges):
                    return None
                if not any(n != pivot and n not in solved for n in loose):
                    conditions.append(Condition(here, "=", place))
                    continue
                span = self.program.ranges[pivot]
                conditions += [Condition(span.first, "<=", value), Condition(value, "<=", span.last)]
            elif outside(value, self.program.ranges[pivot], ranges):
                return None
            solved[pivot] = pivot in free
            table = {n: form_.substitute({temporary[pivot]: value}) for n, form_ in table.items()}
            conditions = [c.substitute({temporary[pivot]: value}) for c in conditions]
        conditions += [c.substitute(table) for c in statement.conditions]
        gradient = one.gradient
        left_out = [n for n, is_free in solved.items() if is_free]
        own = self.gradient_of.get(statement.name, "")
        direct = any(name.family == own for name in accesses(gradient))
        leaving = direct and any(not within(table[n], self.program.ranges[n], ranges) for n in left_out)
        if any(solved.values()) and (
            not self.keeps_inside(gradient, table, ranges) or (leaving and not self.is_whole(statement))
        ):
            gradient = self.delta(statement, gradient)
        left = [n for n in loose if n not in solved]
        taken = {name for place in target for name in place.names} | set(held)
        back: dict[str, Affine] = {}
        for n in left:
            back[temporary[n]] = index(fresh_name(n, taken))
            taken.add(str(back[temporary[n]]))
            self.program.ranges.setdefault(str(back[temporary[n]]), self.program.ranges[n])
        table = {n: form_.substitute(back) for n, form_ in table.items()}
        by = {n: form_ for n, form_ in table.items() if form_.name != n}
        body = self.program.reindexed(gradient, by)
        for mask in masks:
            assert isinstance(mask.left, Affine) and isinstance(mask.right, Affine)
            sides = spelled_all(mask.left, self.program.dims), spelled_all(mask.right, self.program.dims)
            body = weighted(Expr("eq", sides, None, (ONE, ONE)), body)
        names = tuple(str(back[temporary[n]]) for n in left)
        conditions = [c.substitute(back) for c in conditions]
        if (
            conditions
            and not names
            and any(isinstance(c.left, Lookup) or isinstance(c.right, Lookup) for c in conditions)
        ):
            names, conditions = self.looked_up(conditions, taken)
        if conditions and not names and not self.stays_inside(body):
            names, conditions, body = self.apart(conditions, body, taken)
        if conditions and not names:
            for mask_ in [indicator(c, self.program.dims) for c in conditions]:
                body = weighted(mask_, body)
            conditions = []
        made = Statement(name, target, body, names, tuple(conditions), dims=self.program.dims)
        return made, reason(one, target, left, moved)

    def looked_up(self, conditions: list[Condition], taken: set[str]) -> tuple[tuple[str, ...], list[Condition]]:
        """Entries of tables are met by a sum over the place where they stand, which is one place."""
        names: list[str] = []
        found: list[Condition] = []
        for condition in conditions:
            lookup = next((side for side in (condition.left, condition.right) if isinstance(side, Lookup)), None)
            own = [n for n in sorted(lookup.names) if n in self.program.ranges] if lookup else []
            if lookup and not own:  # an entry that a constant tells
                other = self.entry_of(lookup.table, {*taken, *names})
                names.append(other)
                sides = [replace(s, at=index(other)) if s is lookup else s for s in (condition.left, condition.right)]
                found += [Condition(index(other), "=", lookup.at), Condition(sides[0], condition.sign, sides[1])]
                continue
            if not own:
                found.append(condition)
                continue
            other = fresh_name(own[0], taken)
            if other not in names:
                self.program.ranges.setdefault(other, self.program.ranges[own[0]])
                names.append(other)
                found.append(Condition(index(other), "=", index(own[0])))
            found.append(condition.substitute({own[0]: index(other)}))
        return tuple(names), found

    def entry_of(self, table: str, taken: set[str]) -> str:
        """An index that runs over the entries of a table."""
        span = Range(integer(1), size_form(self.program.families[table].shape[0]))
        known = (name for name, own in self.program.ranges.items() if own == span and name not in taken)
        name = next(known, None) or other_index(
            "p", {*self.program.ranges, *self.program.families, *self.program.dims, *taken}
        )
        self.program.ranges[name] = span
        return name

    def stays_inside(self, body: Expr) -> bool:
        """Whether all of a body exists for all values of its indices."""
        ranges = self.program.ranges
        return all(
            isinstance(form, Lookup) or within(form, span, ranges)
            for name in accesses(body)
            if not (family := self.program.families[name.family]).outside
            for form, span in zip(name.positions, family.ranges, strict=True)
        )

    def apart(
        self, conditions: list[Condition], body: Expr, taken: set[str]
    ) -> tuple[tuple[str, ...], list[Condition], Expr]:
        """What exists only where its conditions hold, as a sum over the one place where they may: no mask saves it."""
        own = [n for n in dict.fromkeys(n for c in conditions for n in sorted(c.names)) if n in self.program.ranges]
        if not own:
            return (), conditions, body
        names = []
        for n in own:
            other = fresh_name(n, taken)
            taken.add(other)
            self.program.ranges.setdefault(other, self.program.ranges[n])
            names.append(other)
        by = {n: index(other) for n, other in zip(own, names, strict=True)}
        found = [Condition(index(other), "=", index(n)) for n, other in zip(own, names, strict=True)]
        return tuple(names), [*found, *(c.substitute(by) for c in conditions)], self.program.reindexed(body, by)

    def keeps_inside(self, gradient: Expr, table: dict[str, Affine], ranges: dict[str, Range]) -> bool:
        """Whether all but the cotangent stay inside their ranges when the index is changed."""
        for name in accesses(gradient):
            family = self.program.families[name.family]
            if family.outside:
                continue
            for form, span in zip(name.positions, family.ranges, strict=True):
                if isinstance(form, Lookup):
                    moved = form.at.substitute(table)
                    if moved.name is None:
                        return False
                elif form.names & table.keys() and not within(form.substitute(table), span, ranges):
                    return False
        return True
