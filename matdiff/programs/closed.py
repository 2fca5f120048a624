"""The statements of an answer as people read them: what is short stands where it is used, the rest keeps a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import is_transpose
from matdiff.expr import Expr, topo
from matdiff.indices import (
    Access,
    Affine,
    Binder,
    Lookup,
    Range,
    accessed,
    bound,
    fresh_name,
    greatest,
    index,
    integer,
    least,
    range_of,
    reindexed,
    size_form,
    surely,
)
from matdiff.model import Equation, Families, Family, Model
from matdiff.programs.order import Loop, order
from matdiff.programs.program import Program, needed
from matdiff.rewriting.readable import Presenter
from matdiff.sizes import Size

SHORT = 2
"""A cotangent of so few operators stands where it is used, however often."""
SINGLE = 6
"""One of so few, where it is used once."""


@dataclass
class Answer:
    """The model with the statements of the answer."""

    model: Model
    names: tuple[str, ...]
    """The families and values that the answer defines, in order."""
    bodies: dict[str, list[tuple[tuple[Affine, ...], Expr]]]
    """What each is, by its left sides."""
    free: dict[str, tuple[str, ...]]
    """The indices over which the text of each runs."""


def closed(model: Model, program: Program, wanted: Sequence[str], made: Iterable[str]) -> Answer:
    """The answer made of the statements for some names; ``made`` are those that the derivation defined."""
    closing = Closing(program, list(wanted), set(made))
    closing.run()
    return closing.answer(model)


class Closing:
    """One answer in the making."""

    def __init__(self, program: Program, wanted: list[str], made: set[str]) -> None:
        self.program, self.wanted = program, wanted
        self.made = made & needed(program, wanted)
        self.bodies: dict[str, dict[tuple[Affine, ...], list[Expr]]] = {}
        self.by_entries: set[str] = set()

    def run(self) -> None:
        self.gather()
        self.gather_views()
        self.inline()

    def gather(self) -> None:
        for statement in self.program.statements:
            name = statement.name
            if name in self.made and name not in self.program.sums and statement.kind not in ("matrix", "entries"):
                body = self.program.shown(statement.whole(), through=False)
                self.bodies.setdefault(name, {}).setdefault(statement.left, []).append(body)

    def gather_views(self) -> None:
        """What is defined by its entries, its rows or columns, and perhaps as a whole too."""
        parts: dict[str, list[str]] = {}
        for statement in self.program.statements:
            if statement.kind == "matrix" and statement.name in self.made:
                parts.setdefault(statement.name, []).append(accessed(statement.body).family)
        for name, views in parts.items():
            views = list(dict.fromkeys(views))
            self.by_entries.add(name)
            if len(views) == 1 and name not in self.bodies:
                view = self.program.families[views[0]]
                self.bodies[name] = {tuple(map(index, view.indices)): self.one(views[0])}
                del self.bodies[views[0]]
            else:
                self.mixed(name, views)

    def one(self, view: str) -> list[Expr]:
        (found,) = self.bodies[view].values()
        return found

    def mixed(self, name: str, views: list[str]) -> None:
        """Everything by entries: what is known as a whole, or by rows, gets a name of its own."""
        family = self.program.families[name]
        views.sort(key=lambda view: not self.program.views[view].own[0])  # so that rows are met before columns
        own_indices = [self.index_of(size, place) for place, size in enumerate(family.shape)]
        if own_indices[0] and own_indices[0] == own_indices[1]:  # of a square matrix
            ((name_,),) = own_indices[:1]
            span = self.program.ranges[name_]
            own_indices[1] = (self.program.running(span, "j", [*family.indices, name_]),)
        at = tuple(index(n) for n in (*family.indices, *(n for names in own_indices for n in names)))
        terms: list[Expr] = []
        for number, part in enumerate([*([name] if name in self.bodies else []), *views], 1):
            own = self.program.views[part].own if part in views else (False, False)
            inner = self.program.families[part]
            body = total([term for terms in self.bodies.pop(part).values() for term in terms])
            told = [n for is_told, names in zip(own, own_indices, strict=True) if is_told for n in names]
            rest = [n for is_told, names in zip(own, own_indices, strict=True) if not is_told for n in names]
            if not rest:
                by = dict(zip(inner.indices, map(index, (*family.indices, *told)), strict=True))
                terms += reindexed([body], {n: form for n, form in by.items() if form.name != n})
                continue
            label = fresh_name(f"{name}_{number}", self.program.families)
            self.program.families[label] = replace(inner, name=label, outside=False)
            self.bodies[label] = {tuple(map(index, inner.indices)): [body]}
            self.made.add(label)
            places = tuple(map(index, (*family.indices, *told, *rest)))
            terms.append(E.variable(Access(label, places), E.number(0).shape))
        self.bodies[name] = {at: terms}

    def index_of(self, size: Size, place: int) -> tuple[str, ...]:
        """The index of the rows or the columns of a matrix; none where there is one."""
        if not size.powers and size.coefficient == 1:
            return ()
        for view in self.program.views:
            own = self.program.views[view].own
            indices = self.program.families[view].indices
            if own[place] and self.program.families[self.program.views[view].of].shape[place] is size:
                return (indices[len(indices) - 1 if place == 1 or not own[1] else len(indices) - 2],)
        return (self.program.running(Range(integer(1), size_form(size)), "ij"[place], ()),)

    # inlining

    def inline(self) -> None:
        """Short values in their places, the ones that others are made of first."""
        items = order(self.program, [n for n in self.made if n in self.program.families])
        recurrent = {name for item in items if isinstance(item, Loop) for name in item.names}
        names = [name for item in items for name in ([item] if isinstance(item, str) else item.names)]
        for name in names:
            if name not in self.bodies or name in self.wanted or name in recurrent or name in self.by_entries:
                continue
            uses = Counter(a for n, parts in self.bodies.items() if n != name for a in self.uses(parts, name))
            family = self.program.families[name]
            own = tuple(map(index, family.indices))
            if list(self.bodies[name]) != [own]:
                continue
            body = total(self.bodies[name][own])
            count = operations(body)
            if count > (SINGLE if sum(uses.values()) == 1 else SHORT):
                continue
            inside = {a for a in uses if self.stays_inside(a, family)}
            if len(inside) == len(uses):
                del self.bodies[name]
            elif count:
                continue
            for parts in self.bodies.values():
                for left, terms in parts.items():
                    parts[left] = [self.replaced(term, inside, family, body) for term in terms]

    @staticmethod
    def uses(parts: dict[tuple[Affine, ...], list[Expr]], name: str) -> list[Access]:
        nodes = [node for terms in parts.values() for term in terms for node in topo(term)]
        return [accessed(node) for node in nodes if node.op == "variable" and accessed(node).family == name]

    def stays_inside(self, access: Access, family: Family) -> bool:
        if len(access.positions) != len(family.ranges):  # an entry of a matrix
            return False
        for form, span in zip(access.positions, family.ranges, strict=True):
            if isinstance(form, Lookup):
                return False
            ranges = self.program.ranges
            if not (surely(least(form, ranges) - span.first) and surely(span.last - greatest(form, ranges))):
                return False
        return True

    @staticmethod
    def replaced(term: Expr, accesses: set[Access], family: Family, body: Expr) -> Expr:
        new: dict[Expr, Expr] = {}
        for node in topo(term):
            if node.op == "variable" and accessed(node) in accesses:
                at = [form for form in accessed(node).positions if isinstance(form, Affine)]
                by = {n: form for n, form in zip(family.indices, at, strict=True) if form.name != n}
                new[node] = reindexed([body], by)[0]
            else:
                new[node] = E.rebuild(node, tuple(new[arg] for arg in node.args))
        return new[term]

    # the answer

    def answer(self, model: Model) -> Answer:
        families = model.families or Families()
        members, equations = dict(families.members), list(families.equations)
        variables = dict(model.variables)
        items = order(self.program, [n for n in (*self.made, *self.bodies) if n in self.program.families])
        names = [name for item in items for name in ([item] if isinstance(item, str) else item.names)]
        names = [name for name in dict.fromkeys([*names, *self.bodies]) if name in self.bodies]
        names = [n for n in names if n not in self.wanted] + [n for n in self.wanted if n in self.bodies]
        names = self.sorted_names(names)
        bodies: dict[str, list[tuple[tuple[Affine, ...], Expr]]] = {}
        free: dict[str, tuple[str, ...]] = {}
        for name in names:
            family = self.program.families[name]
            bodies[name] = [(left, self.whole(terms)) for left, terms in self.bodies[name].items()]
            if name in self.by_entries and not family.indices:
                variables[name] = E.variable(name, family.shape)
            else:
                outside = bool(family.indices) and family.outside and self.leaves(name, family)
                members[name] = replace(family, outside=outside)
            names_left = (form.name for form in bodies[name][0][0])
            free[name] = tuple(n for n in names_left if n and n not in self.program.dims)
            equations += [Equation(name, left, body) for left, body in bodies[name]]
        ranges = dict(self.program.ranges)
        for node in topo(*(body for parts in bodies.values() for _, body in parts)):
            if node.op == "bound":
                ranges |= {n: range_of(n, self.program.ranges) for n in node.data.indices}
        new = replace(
            model,
            variables=variables,
            families=Families(ranges, members, equations, ()),
            objective=None,
        )
        return Answer(new, tuple(names), bodies, free)

    def whole(self, terms: Sequence[Expr]) -> Expr:
        return self.program.shown(readable(total(terms)))

    def sorted_names(self, names: list[str]) -> list[str]:
        """Each name after those it is made of, as far as that goes."""
        uses = {}
        for name in names:
            nodes = topo(*(term for terms in self.bodies[name].values() for term in terms))
            uses[name] = {accessed(node).family for node in nodes if node.op == "variable"}
        found: list[str] = []
        waiting = list(names)
        while waiting:
            ready = next((n for n in waiting if not (uses[n] & set(waiting)) - {n}), waiting[0])
            waiting.remove(ready)
            found.append(ready)
        return found

    def leaves(self, name: str, family: Family) -> bool:
        """Whether something asks for a member outside of the ranges."""
        return any(not self.stays_inside(a, family) for parts in self.bodies.values() for a in self.uses(parts, name))


def total(terms: Sequence[Expr]) -> Expr:
    """A sum, in which sums over the same indices are one."""
    groups: dict[Binder, list[Expr]] = {}
    for number, one in enumerate(terms):
        key = one.data if one.op == "bound" and one.data.is_sum else Binder("", (str(number),))
        groups.setdefault(key, []).append(one)
    found = [
        bound(key, compose.total([one.args[0] for one in group]))
        if key.kind and len(group) > 1
        else compose.total(group)
        for key, group in groups.items()
    ]
    return compose.total(found)


def readable(e: Expr) -> Expr:
    """An expression in the form people read, what is bound by indices too."""
    presenter = Presenter(())
    stands: dict[Expr, Expr] = {}
    new: dict[Expr, Expr] = {}

    def shown(body: Expr) -> Expr:
        (found,) = E.substitute([presenter(body)], stands)
        return found

    for node in topo(e):
        args = tuple(new[arg] for arg in node.args)
        if node.op == "bound":
            stand = E.variable(f"⟨{len(stands)}⟩", node.shape)
            stands[stand] = bound(node.data, shown(args[0]))
            new[node] = stand
        else:
            new[node] = E.rebuild(node, args)
    return shown(new[e])


def operations(e: Expr) -> int:
    return sum(1 for node in topo(e) if node.args and not is_transpose(node))
