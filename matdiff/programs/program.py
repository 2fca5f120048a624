"""A model with indices as a list of statements; what stands inside of a sum is a statement of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.compose import power, scale
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.indices import (
    SUM,
    WHOLE,
    Access,
    Affine,
    Binder,
    Condition,
    Place,
    Position,
    Range,
    Span,
    access,
    accessed,
    bound,
    counter,
    free_names,
    fresh_name,
    index,
    integer,
    number_of,
    other_index,
    reindexed,
    size_form,
)
from matdiff.model import Families, Family, Model
from matdiff.reader.blocks import cut, opened, pasted
from matdiff.sizes import ONE, Shape, named


@dataclass(frozen=True)
class Statement:
    """``name[left] = kind[bound : conditions](body)`` for all of the indices on the left."""

    name: str
    left: tuple[Affine, ...]
    body: Expr
    bound: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    kind: str = SUM
    """How the values for the bound indices are put together; ``entries`` and ``matrix`` change what is an index and
    what a row or a column of a matrix (see `View`)."""

    dims: frozenset[str] = frozenset()
    """The names on the left that are sizes."""

    @property
    def free(self) -> tuple[str, ...]:
        return tuple(form.name for form in self.left if form.name and form.name not in self.dims)

    @property
    def is_sum(self) -> bool:
        return self.kind == SUM

    @property
    def binder(self) -> Binder:
        return Binder(self.kind, self.bound, self.conditions)

    def whole(self) -> Expr:
        """The value as one expression."""
        plain = not self.bound and not self.conditions
        return self.body if plain else bound(self.binder, self.body)


@dataclass(frozen=True)
class View:
    """Entries, rows or columns of the members of a family, as a family of its own."""

    of: str
    own: tuple[bool, bool]
    """Whether rows and columns are indices of the view."""
    defines: bool = False
    """Whether the members are made of it; else it is taken from them."""

    @property
    def name(self) -> str:
        marks = ",".join("·" if told else ":" for told in self.own)
        return f"{self.of}({marks})" if self.defines else f"{self.of}[{marks}]"


class Ranges(dict[str, Range]):
    """The range of each index; of one that was made fresh from another, the range of that."""

    def __missing__(self, name: str) -> Range:
        if not name.endswith("_"):
            raise KeyError(name)
        return self[name.removesuffix("_")]


@dataclass
class Program:
    """Statements, and all that is known of the names and indices in them."""

    ranges: dict[str, Range] = field(default_factory=Ranges)
    families: dict[str, Family] = field(default_factory=dict)
    """All names, those without indices too."""
    statements: list[Statement] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    sums: dict[str, Expr] = field(default_factory=dict)
    """What a statement stands for that was made of a sum."""
    compared: dict[str, Expr] = field(default_factory=dict)
    """The same with values that are compared left as they are."""
    values: set[str] = field(default_factory=set)
    """Those that an extreme is taken of: they are compared with it to the last digit, and so have no other form."""
    dims: frozenset[str] = frozenset()
    entering: bool = False
    """Whether the entries of a matrix are being defined: these go by one another, and not by the matrix."""

    def of(self, name: str) -> list[Statement]:
        return [statement for statement in self.statements if statement.name == name]

    def by_name(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            found.setdefault(statement.name, []).append(statement)
        return found

    def is_input(self, name: str) -> bool:
        return not any(statement.name == name for statement in self.statements)

    def copy(self) -> Program:
        return Program(
            Ranges(self.ranges),
            dict(self.families),
            list(self.statements),
            dict(self.views),
            dict(self.sums),
            dict(self.compared),
            set(self.values),
            self.dims,
        )

    def member(self, name: str, at: tuple[Position, ...]) -> Expr:
        family = self.families[name]
        return access(name, at, family.shape, family.kind)

    def plain(self, name: str) -> Expr:
        """The member at the indices of the family itself."""
        return self.member(name, tuple(map(index, self.families[name].indices)))

    def reindexed(self, e: Expr, by: Mapping[str, Affine]) -> Expr:
        """Indices replaced by forms, in which sizes are numbers."""
        (found,) = reindexed([e], by)
        sizes = self.dims.intersection(name for form in by.values() for name in form.names)
        new = {counter(name): E.dim(named(name)) for name in sizes}
        return E.substitute([found], new)[0] if new else found

    def label(self, name: str) -> str:
        """A name as others may begin with it; that of a view has signs in it."""
        view = self.views.get(name)
        if view is None:
            return name
        return f"{view.of}_{''.join(letter for letter, own in zip('ij', view.own, strict=True) if own)}"

    # making one

    def add(self, root: Expr) -> Expr:
        """An expression without sums inside of it, which become statements."""
        new: dict[Expr, Expr] = {}
        for node in topo(root, inside=lambda node: () if node.op == "definition" else node.args):
            args = tuple(new[arg] for arg in node.args if arg in new)
            if node.op == "definition":
                new[node] = self.named(node)
            elif node.op == "bound":
                new[node] = self.summed(node, args[0])
            elif node.op == "block":
                new[node] = self.blocks(node, args)
            elif node.op == "slice":
                new[node] = cut(node, args[0])
            elif node.op == "variable":
                new[node] = self.variable(node)
            elif node.op == "eq":
                new[node] = E.rebuild(node, tuple(map(self.as_compared, args)))
            else:
                new[node] = E.rebuild(node, args)
        return new[root]

    def as_compared(self, e: Expr) -> Expr:
        """The values that an extreme was taken of, where these are they."""
        shown = self.shown(e) if e.args else e
        known = next((name for name in self.values if self.sums[name] is shown), None)
        return e if known is None else self.plain(known)

    def define(self, name: str, left: tuple[Affine, ...], body: Expr) -> None:
        """A statement of the model; one that is a sum as a whole is no other statement."""
        if body.op != "bound":
            self.statements.append(Statement(name, left, self.add(body), dims=self.dims))
            return
        binder: Binder = body.data
        inner = self.add(body.args[0])
        clash = {n: index(fresh_name(n, {*self.ranges})) for n in binder.indices if n in names_of(left)}
        kind = binder.kind
        if kind == "mean":
            kind, inner = SUM, self.divided(inner, binder)
        if clash:
            (inner,) = reindexed([inner], clash)
            for n, other in clash.items():
                self.ranges[str(other)] = self.ranges[n]
        names = tuple(str(clash.get(n, n)) for n in binder.indices)
        inner = self.kept(kind, inner)
        conditions = tuple(c.substitute(clash) for c in binder.conditions)
        self.statements.append(Statement(name, left, inner, names, conditions, kind, self.dims))

    def named(self, node: Expr) -> Expr:
        name: str = node.data
        if name not in self.families:
            self.families[name] = Family(name, (), (), node.shape)
            self.define(name, (), node.args[0])
        return self.member(name, ())

    def summed(self, node: Expr, body: Expr) -> Expr:
        shown = self.shown(node)
        known = next((name for name, of in self.sums.items() if of is shown), None)
        binder: Binder = node.data
        if known is None:
            known = fresh_name(f"{binder.kind}_{len(self.sums) + 1}", self.families)
            free = tuple(sorted(n for n in free_names(node) if n not in self.dims))
            self.families[known] = Family(known, free, tuple(self.ranges[n] for n in free), node.shape)
            self.sums[known] = shown
            kind = binder.kind
            if kind == "mean":
                kind, body = SUM, self.divided(body, binder)
            body = self.kept(kind, body)
            self.compared[known] = bound(Binder(kind, binder.indices, binder.conditions), self.shown(body, False))
            self.statements.append(
                Statement(known, tuple(map(index, free)), body, binder.indices, binder.conditions, kind)
            )
        return self.plain(known)

    def blocks(self, node: Expr, args: tuple[Expr, ...]) -> Expr:
        """A block matrix, which is a statement too."""
        return self.apart("block", self.shown(E.rebuild(node, args)), opened(node, args))

    def kept(self, kind: str, body: Expr) -> Expr:
        """What an extreme is taken of, as a statement of its own."""
        if kind not in ("max", "min"):
            return body
        found = self.apart("value", self.shown(body), body) if body.args else body
        if found.op == "variable" and accessed(found).family in self.sums:
            self.values.add(accessed(found).family)
        return found

    def apart(self, word: str, shown: Expr, body: Expr) -> Expr:
        """A part of a statement as one of its own."""
        known = next((name for name, of in self.sums.items() if of is shown), None)
        if known is None:
            known = fresh_name(f"{word}_{len(self.sums) + 1}", self.families)
            free = tuple(sorted(n for n in free_names(shown) if n not in self.dims))
            self.families[known] = Family(known, free, tuple(self.ranges[n] for n in free), body.shape)
            self.sums[known] = shown
            self.statements.append(Statement(known, tuple(map(index, free)), body))
        return self.plain(known)

    def divided(self, body: Expr, binder: Binder) -> Expr:
        """A value over how many there are."""
        if binder.conditions:
            raise UnsupportedError("a mean under a condition is written as a quotient of two sums")
        for name in binder.indices:
            count = number_of(self.ranges[name].count)
            share = E.number(1 / count.data) if count.op == "number" else power(count, -1)
            body = scale(share, body)
        return body

    def variable(self, node: Expr) -> Expr:
        """A variable; of an access to entries, the member of a view."""
        name, kind = node.data
        if kind == "index":
            return node
        if not isinstance(name, Access):
            self.families.setdefault(name, Family(name, (), (), node.shape, kind))
            return access(name, (), node.shape, kind)
        family = self.families.get(name.family)
        count = len(family.indices) if family else 0
        if len(name.at) == count:
            return node
        assert family is not None, f"{name.family} is not known"
        view = View(name.family, told(name.at[count:], family.shape))
        if self.entering and replace(view, defines=True).name in self.views:
            view = replace(view, defines=True)
        if view.name not in self.families:
            self.look(view, family)
            left = tuple(map(index, self.families[view.name].indices))
            self.statements.append(Statement(view.name, left, self.member(view.of, left[:count]), kind="entries"))
        at = tuple(part for part in name.at if not isinstance(part, Span))
        return access(view.name, at, node.shape)

    def look(self, view: View, family: Family) -> None:
        sizes = family.shape
        indices: list[str] = []
        ranges = list(family.ranges)
        for name, span in zip(family.indices, ranges, strict=True):  # h[l] may have more values than l, as h[0]
            indices.append(name if self.ranges[name] == span else self.running(span, name, [*indices, *family.indices]))
        for own, size, letter in zip(view.own, sizes, ("i", "j"), strict=True):
            if own:
                ranges.append(Range(integer(1), size_form(size)))
                indices.append(self.running(ranges[-1], letter, indices))
        shape = tuple(ONE if own else size for own, size in zip(view.own, sizes, strict=True))
        self.families[view.name] = Family(view.name, tuple(indices), tuple(ranges), (shape[0], shape[1]))
        self.views[view.name] = view

    def running(self, span: Range, letter: str, taken: Sequence[str]) -> str:
        """An index with a range."""
        known = (n for n, other in self.ranges.items() if other == span and n not in taken)
        name = next(known, None) or other_index(letter, {*self.ranges, *self.families, *self.dims, *taken})
        self.ranges[name] = span
        return name

    def by_entries(self, name: str, left: tuple[Affine, ...], body: Expr) -> None:
        """A matrix that is defined by its entries, its rows or its columns."""
        family = self.families[name]
        places = left[len(family.indices) :]
        if len(places) == 1 and ONE in family.shape:
            own = told(places, family.shape)
        else:  # one place tells a row or a column
            own = (len(places) > 1 or body.rows is ONE, len(places) > 1 or body.rows is not ONE)
        view = View(name, own, defines=True)
        if view.name not in self.families:
            self.look(view, family)
            indices = tuple(map(index, self.families[view.name].indices[: len(family.indices)]))
            self.statements.append(Statement(name, indices, self.plain(view.name), kind="matrix"))
        self.entering = True
        self.define(view.name, left, body)
        self.entering = False

    # what people see

    def shown(self, root: Expr, through: bool = True) -> Expr:
        """An expression with its sums in their places again, and entries as they are written.

        ``through`` those values too that are compared.
        """
        new: dict[Expr, Expr] = {}
        for node in topo(root):
            if node.op == "variable" and isinstance(node.data[0], Access):
                new[node] = self.shown_access(node, through)
            else:
                new[node] = pasted(E.rebuild(node, tuple(new[arg] for arg in node.args)))
        return new[root]

    def shown_access(self, node: Expr, through: bool) -> Expr:
        name: Access = node.data[0]
        if name.family in self.values and not through:
            return node
        if name.family in self.sums:
            stands = self.sums if through else {**self.sums, **self.compared}
            indices = self.families[name.family].indices
            by = {
                n: form for n, form in zip(indices, name.at, strict=True) if form.name != n and isinstance(form, Affine)
            }
            return self.reindexed(stands[name.family], by)
        view = self.views.get(name.family)
        if view is not None:
            family = self.families[view.of]
            count = len(family.indices)
            inner = iter(name.at[count:])
            own = [next(inner) if is_own else WHOLE for is_own in view.own]
            if ONE in family.shape:
                own = [part for part in own if part != WHOLE]
            return E.variable(Access(view.of, (*name.at[:count], *own)), node.shape)
        if not name.at and node.data[1] != "index":
            return E.variable(name.family, node.shape, node.data[1])
        return node


def names_of(left: tuple[Affine, ...]) -> frozenset[str]:
    return frozenset().union(*(form.names for form in left))


def told(own: tuple[Place, ...], shape: Shape) -> tuple[bool, bool]:
    """Which of rows and columns are told by the places behind the indices of a family."""
    if len(own) == 1:
        return (True, False) if shape[1] is ONE else (False, True)
    return own[0] != WHOLE, own[1] != WHOLE


def program_of(model: Model, roots: Iterable[Expr] = ()) -> tuple[Program, list[Expr]]:
    """The statements of a model, and the roots over them."""
    families = model.families or Families()
    dims = frozenset((*model.dims, *model.inferred))
    made = Program(Ranges(families.ranges), dims=dims)
    for name, node in model.variables.items():
        made.families[name] = Family(name, (), (), node.shape, node.data[1])
    made.families.update(families.members)
    entered = [e for e in families.equations if len(e.left) > len(made.families[e.name].indices)]
    waiting = list(entered)
    for node in model.definitions.values():  # in order, so that none is reached from inside another
        unknown = model.definitions.keys() - made.families.keys()
        for equation in [e for e in waiting if not unknown & names_in(e.body)]:
            waiting.remove(equation)  # before what is made of its entries
            made.by_entries(equation.name, equation.left, equation.body)
        made.add(node)
    for equation in waiting:
        made.by_entries(equation.name, equation.left, equation.body)
    for equation in families.equations:
        if equation not in entered:
            made.define(equation.name, equation.left, equation.body)
    return made, [made.add(root) for root in roots]


def names_in(e: Expr) -> set[str]:
    """The names that an expression mentions."""
    mentioned = topo(e, inside=lambda node: () if node.op == "definition" else node.args)
    variables = {accessed(node).family for node in mentioned if node.op == "variable"}
    return variables | {node.data for node in mentioned if node.op == "definition"}


def used(statement: Statement) -> list[Access]:
    """What a statement is made of."""
    found = [accessed(node) for node in topo(statement.body) if node.op == "variable" and node.data[1] != "index"]
    tables = [p.table for name in found for p in name.at if hasattr(p, "table")]
    tables += [p.table for c in statement.conditions for p in (c.left, c.right) if hasattr(p, "table")]
    return [*found, *(Access(table) for table in tables)]


def live(program: Program, wrt: Iterable[str]) -> set[str]:
    """The names that depend on some."""
    found = set(wrt)
    users: dict[str, set[str]] = {}
    for statement in program.statements:
        for name in used(statement):
            users.setdefault(name.family, set()).add(statement.name)
    waiting = list(found)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return found


def needed(program: Program, names: Iterable[str]) -> set[str]:
    """The names that some depend on."""
    by_name = program.by_name()
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [access.family for statement in by_name.get(name, ()) for access in used(statement)]
    return found
