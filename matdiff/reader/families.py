"""Indices: ranges, families and their statements, accesses, and what binds an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matdiff import expr as E
from matdiff.errors import DeclarationError, ParseError, Place, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.indices import (
    BINDERS,
    WHOLE,
    Access,
    Affine,
    Binder,
    Condition,
    Lookup,
    Position,
    Range,
    Span,
    appearing,
    bound,
    counter,
    doubled,
    free_names,
    index,
    integer,
    reindexed,
    surely,
)
from matdiff.model import Equation, Families, Model
from matdiff.reader.blocks import block, sliced
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context, raw
from matdiff.reader.entries import taken
from matdiff.reader.positions import COMPARED, bound_names, conditions_of, range_end
from matdiff.reader.ranges import Opened, Ranges
from matdiff.reader.spelling import did_you_mean
from matdiff.reader.syntax import FamilyDefinition, Node, Program, RangeDeclaration, postorder
from matdiff.sizes import ONE, Shape, Size


class Indices:
    """The indices of one model, while it is read."""

    def __init__(self, reader: Context, shapes: Mapping[str, Shape]) -> None:
        self.reader = reader
        self.ranges: dict[str, Range] = {}
        self.places: dict[str, Place] = {}
        self.open: dict[str, Opened] = {}
        self.equations: list[tuple[str, tuple[Affine, ...], Expr, Place]] = []
        self.used = False
        self.shapes = dict(shapes)
        """Of families that are defined without being declared, where an earlier reading found them."""
        self.lefts: list[Expr] = []
        """Left sides that are entries, which tell the ranges of their indices."""
        self.by_entries: dict[str, Expr] = {}
        """Matrices that are defined by their entries, or by rows."""
        self.unsure: set[str] = set()
        """Families that were used before their size was known."""

    # declarations

    def declare(self, program: Program) -> None:
        for statement in program.statements:
            if isinstance(statement, RangeDeclaration):
                self.range(statement, program)
        self.told_by_sums(program)
        for statement in program.statements:
            if isinstance(statement, FamilyDefinition) and statement.name.value not in self.open:
                self.expect(statement, program)

    def range(self, statement: RangeDeclaration, program: Program) -> None:
        self.used = True
        first, last = statement.text.value.split("..")
        place = program.place(statement.text)
        found = Range(range_end(self.reader, first, place), range_end(self.reader, last, place))
        for node in statement.names:
            name, own = node.value, program.place(node)
            if name in self.ranges:
                raise DeclarationError(f"the range of {name} is declared twice", own, self.places[name])
            if name in self.reader.names.scope or name in self.reader.names.functions:
                raise DeclarationError(f"{name} is an index, and cannot be another name too", own, *self.twin(name))
            self.ranges[name], self.places[name] = found, own

    def twin(self, name: str) -> list[Place]:
        names = self.reader.names
        found = names.places.get(name) or names.dims.get(name)
        return [found] if found else []

    def family(self, node: Node, places: tuple[Node, ...], outside: bool, program: Program) -> None:
        """A declared family, whose variable has the shape of one member."""
        name, place = node.value, program.place(node)
        names = tuple([self.index_name(part, program) for part in places])
        if len(set(names)) < len(names):
            raise DeclarationError(f"{name} has the same index twice", place)
        self.used = True
        self.open[name] = Opened(name, names, self.reader.names.variables[name], place, outside)

    def expect(self, statement: FamilyDefinition, program: Program) -> None:
        """A family that is defined without being declared."""
        name, place = statement.name.value, program.place(statement.name)
        self.used = True
        known = self.reader.names.scope.get(name)
        if known is not None and (known.op != "variable" or known.is_scalar):
            what = "a dim" if known.op == "dim" else "a scalar"
            raise DeclarationError(f"{name} is {what}, and cannot be defined by indices", place, *self.twin(name))
        if known is not None:
            self.by_entries[name] = known
            self.reader.names.families.pop(name, None)
            return
        self.reader.names.notice(name, place)
        self.reader.names.places[name] = place
        unifier = self.reader.unifier
        variable = E.variable(name, self.shapes.get(name) or (unifier.fresh(), unifier.fresh()))
        lefts = [s for s in program.statements if isinstance(s, FamilyDefinition) and s.name.value == name]
        names: list[str] = []
        for number in range(len(statement.places)):
            here = [s.places[number] for s in lefts if len(s.places) > number]
            told = next((place.value for place in here if self.is_index(place)), None)
            shift = next(filter(None, map(self.shift, here)), None) if told is None else None
            names.append(told or (self.moved(*shift) if shift else f"{name}_{number + 1}"))
        self.open[name] = Opened(name, tuple(names), variable, place)

    def is_index(self, node: Node) -> bool:
        return node.kind == "name" and node.value not in self.reader.names.dims

    def index_name(self, node: Node, program: Program) -> str:
        if node.kind != "name":
            raise ParseError("an index is a name", program.place(node))
        name: str = node.value
        known = self.reader.names.scope.get(name)
        if known is not None and name not in self.reader.names.defaulted:
            what = "a dim" if known.op == "dim" else "a name of the model"
            raise DeclarationError(
                f"{name} is {what}, and cannot be an index too", program.place(node), *self.twin(name)
            )
        self.places.setdefault(name, program.place(node))
        return name

    # statements

    def local(self, value: Node, left: tuple[Node, ...] = ()) -> dict[str, Expr]:
        """The indices of a statement, where they are used as numbers."""
        names = {node.value for place in left for node in postorder(place) if self.is_index(node)}
        for node in postorder(value):
            if node.kind == "binder":
                names |= {part.value for part in bound_names(node) if part.kind == "name"}
            if node.kind in ("binder", "access"):
                inner = [n for place in node.value[1] for n in postorder(place)]
                names |= {n.value for n in inner if n.kind == "name" and n.value in self.ranges}
        names |= {node.value for node in postorder(value) if node.kind == "name" and node.value in self.ranges}
        return {name: counter(name) for name in names if name not in self.reader.names.scope}

    def define(self, statement: FamilyDefinition) -> Expr:
        """A statement; what it gives a value to."""
        reader = self.reader
        name, place = statement.name.value, reader.program.place(statement.name)
        reader.names.later.pop(name, None)
        left, by = self.lefts_of(statement)
        if name in self.by_entries:
            return self.define_entries(statement, left)
        family = self.open[name]
        if len(left) > len(family.indices) and not reader.build.is_scalar(family.variable):
            self.by_entries[name] = family.variable
            return self.define_entries(statement, left)
        if len(left) != len(family.indices):
            count = len(family.indices)
            raise DeclarationError(
                f"{name} has {count} {'index' if count == 1 else 'indices'} in one place and {len(left)} in another",
                place,
                family.place,
            )
        body = reader.build.resolved(reader.expression(statement.value, self.local(statement.value, statement.places)))
        (body,) = reindexed([body], by)
        if body is E.number(0) and not reader.build.is_scalar(family.variable):
            body = E.zeros(*reader.build.shape(family.variable))
        shapes = reader.build.shape(family.variable), reader.build.shape(body)
        try:
            for wanted, size in zip(*shapes, strict=True):
                reader.build.same(wanted, size)
        except SizeConflict:
            raise ShapeError(
                reader.readable(f"{name} is {raw(shapes[0])} in one place and {raw(shapes[1])} here"),
                place,
                family.place,
            ) from None
        self.check_free(body, frozenset().union(*(form.names for form in left)), reader.program.place(statement.value))
        family.lefts.append(left)
        self.equations.append((name, left, body, place))
        return E.variable(Access(name, left), family.variable.shape)

    def define_entries(self, statement: FamilyDefinition, left: tuple[Affine, ...]) -> Expr:
        """``C[i,j] = …`` of a declared matrix; ``X[i] = …`` gives its rows."""
        reader, name = self.reader, statement.name.value
        place = reader.program.place(statement.name)
        declared = self.by_entries[name]
        count = len(self.open[name].indices) if name in self.open else 0
        at, shape = self.entries(name, left, count, reader.build.shape(declared), place)
        body = reader.build.resolved(reader.expression(statement.value, self.local(statement.value, statement.places)))
        try:
            for wanted, size in zip(shape, reader.build.shape(body), strict=True):
                reader.build.same(wanted, size)
        except SizeConflict:
            found = reader.show(reader.build.shape(body))
            raise ShapeError(f"{name}[{','.join(map(str, left))}] is {raw(shape)}, not {found}", place) from None
        self.check_free(body, frozenset().union(*(form.names for form in left)), reader.program.place(statement.value))
        self.equations.append((name, left, body, place))
        found_node = E.variable(Access(name, at), shape)
        reader.places.setdefault(found_node, place)
        self.lefts.append(found_node)
        return declared

    def lefts_of(self, statement: FamilyDefinition) -> tuple[tuple[Affine, ...], dict[str, Affine]]:
        """What stands on the left, and what indices mean on the right: ``x[t+1] = …`` is told by the value of t+1."""
        by: dict[str, Affine] = {}
        found = []
        for number, node in enumerate(statement.places):
            shift = self.shift(node)
            if shift and not any(shift[0] in self.form(other).names for other in statement.places[:number]):
                name, constant = shift
                by[name] = index(self.moved(name, constant)).shifted(-constant)
                found.append(index(self.moved(name, constant)))
            else:
                found.append(self.left(node))
        return tuple(found), by

    def shift(self, node: Node) -> tuple[str, int] | None:
        """Of a declared index with an integer added, these two."""
        if node.kind != "binary":
            return None
        form = self.form(node)
        name = next(iter(form.names), "")
        plain = len(form.names) == 1 and form.coefficient(name) == 1 and form.constant
        return (name, form.constant) if plain and name in self.ranges else None

    def moved(self, name: str, constant: int) -> str:
        """The index that runs where another one does, a constant further."""
        span = self.ranges[name]
        found = Range(span.first.shifted(constant), span.last.shifted(constant))
        known = next((other for other, own in self.ranges.items() if own == found and other not in self.places), None)
        if known is None:
            known = doubled(name, {*self.ranges, *self.reader.names.scope, *self.open})
            self.ranges[known] = found
        return known

    def left(self, node: Node) -> Affine:
        """What stands on the left: an index, or a constant."""
        form = self.form(node)
        if form.name is None and any(self.reader.names.scope.get(n, counter(n)).op != "dim" for n in form.names):
            raise ParseError(
                "on the left stands an index or a constant, as in h[t] = … or h[0] = …: shift the index on the right",
                self.reader.program.place(node),
            )
        return form

    def check_free(self, body: Expr, left: Iterable[str], place: Place) -> None:
        """Refuse an index that stands free on the right only."""
        free = self.free(body) - frozenset(left)
        if free:
            name = min(free)
            raise DeclarationError(
                f"the index {name} is free on the right only: bind it, as in sum[{name}](…), or put it on the left",
                place,
            )

    def free(self, body: Expr) -> frozenset[str]:
        dims = self.reader.names.dims
        return frozenset(name for name in free_names(body) if name not in dims)

    # positions

    def form(self, node: Node) -> Affine:
        """An affine form over indices and sizes."""
        found: list[Affine] = []
        for part in postorder(node):
            match part.kind, part.value:
                case "number", value if value.denominator == 1:
                    found.append(integer(int(value)))
                case "name", name:
                    known = self.reader.names.scope.get(name)
                    if known is not None and known.op != "dim" and name not in self.reader.names.defaulted:
                        raise DeclarationError(f"{name} is no index", self.reader.program.place(part), *self.twin(name))
                    found.append(index(name))
                case "binary", "+" | "-" as sign:
                    right, one = found.pop(), found.pop()
                    found.append(one + right if sign == "+" else one - right)
                case "binary", "*" if any(form.names <= self.reader.names.dims.keys() for form in found[-2:]):
                    right, one = found.pop(), found.pop()
                    found.append(one.times(right))
                case "negate", _:
                    found.append(-found.pop())
                case _:
                    raise UnsupportedError(
                        "a position is an index, an integer, or sums of multiples of them, as in X[2*i+a]",
                        self.reader.program.place(part),
                    )
        twice = next((n for n in found[0].names & self.ranges.keys() if not found[0].is_told_by(n)), None)
        if twice:
            raise UnsupportedError(f"{twice} stands in one term of a position", self.reader.program.place(node))
        return found[0]

    def position(self, node: Node) -> Position:
        """A form, or the entry of a table of integers."""
        if node.kind != "access":
            return self.form(node)
        name, places = node.value
        table = self.reader.names.scope.get(name)
        if table is None or table.op != "variable" or table.data[1] != "labels" or len(places) != 1:
            raise DeclarationError(
                f"{self.reader.text(node)} is no position: it may be an entry of labels, as in E[k[p]] with"
                " k: labels(P, V)",
                self.reader.program.place(node),
            )
        self.used = True
        return Lookup(name, self.form(places[0]))

    def place(self, node: Node) -> Position | Span:
        if node.kind == "whole":
            return WHOLE
        if node.kind == "slice":
            return Span(self.form(node.children[0]), self.form(node.children[1]))
        if node.kind in ("condition", "such_that"):
            raise ParseError("a condition belongs to a sum, as in sum[j : j != i](…)", self.reader.program.place(node))
        return self.position(node)

    # meanings

    def access(self, node: Node) -> Expr:
        reader = self.reader
        name, places = node.value
        place = reader.program.place(node)
        at = tuple([self.place(part) for part in places])
        self.used = True
        family = self.open.get(name)
        count = len(family.indices) if family else 0
        base = family.variable if family else self.plain(Node("name", name, (), node.start, node.start + len(name)))
        if len(at) < count:
            raise DeclarationError(
                f"{name} has {count} indices, {', '.join(family.indices) if family else ''}: here it has {len(at)}",
                place,
            )
        if family and name not in self.shapes and any(size.is_open for size in reader.build.shape(base)):
            self.unsure.add(name)
        spans = [part if isinstance(part, Span) and part.first else None for part in at[count:]]
        if any(spans):
            axis = 1 if len(spans) == 1 and reader.build.shape(base)[0] is ONE else 0
            spans = [None, *spans] if axis and len(spans) == 1 else spans
            at = tuple(WHOLE if isinstance(part, Span) else part for part in at)
            if all(part == WHOLE for part in at[count:]):
                at = at[:count]
            inner = self.member(name, at, count, base, place)
            return sliced(reader, inner, spans)
        return self.member(name, at, count, base, place)

    def member(self, name: str, at: tuple[Any, ...], count: int, base: Expr, place: Place) -> Expr:
        """A member of a family, or entries, rows, columns of it."""
        reader = self.reader
        shape, kind = base.shape, base.data[1] if base.op == "variable" else "matrix"
        if not at:
            return base
        if len(at) > count:
            at, shape = self.entries(name, at, count, reader.build.shape(base), place)
            kind = "matrix"
        return E.variable(Access(name, at), shape, kind)

    def plain(self, node: Node) -> Expr:
        base = self.reader.names.lookup(node, self.reader.program, self.reader.user_functions)
        if base.op == "variable" and base.data[1] in ("labels", "onehot"):
            raise UnsupportedError(
                f"{node.value} holds {base.data[1]}: its entries are positions, as in E[{node.value}[p]]",
                self.reader.program.place(node),
            )
        if base.op not in ("variable", "definition"):
            raise DeclarationError(f"{node.value} has no entries", self.reader.program.place(node))
        return base

    def entries(
        self, name: str, at: tuple[Position | Span, ...], count: int, shape: tuple[Size, Size], place: Place
    ) -> tuple[tuple[Position | Span, ...], tuple[Size, Size]]:
        """Positions in a matrix itself: an entry, a row, a column, a block of rows and columns."""
        own = at[count:]
        flat = ONE in shape
        if shape == (ONE, ONE) or len(own) > 2 or (len(own) == 2 and flat and shape[0] is ONE is shape[1]):
            raise ShapeError(f"{name} is {self.reader.show(shape)}: it has no such entry", place)
        if len(own) == 1 and flat:
            return at, (ONE, ONE)
        if len(own) == 1:
            own = (own[0], WHOLE)
        if own == (WHOLE, WHOLE):
            raise ParseError("write the name alone for all of its entries", place)
        sizes = tuple(size if part == WHOLE else ONE for part, size in zip(own, shape, strict=True))
        return (*at[:count], *own), (sizes[0], sizes[1])

    def part(self, node: Node, args: list[Expr]) -> Expr:
        """Some rows and columns of an expression."""
        place = self.reader.program.place(node)
        at = [self.place(place_) for place_ in node.value]
        whole = self.reader.build.resolved(args[0])
        if len(at) == 1:
            at = [WHOLE, *at] if self.reader.build.shape(whole)[0] is ONE else [*at, WHOLE]
        if len(at) != 2:
            raise ShapeError("an expression has rows and columns, and no third index", place)
        self.used = True
        for part, size in zip(at, self.reader.build.shape(whole), strict=True):
            if size is ONE and part not in (WHOLE, integer(1)):
                raise ShapeError(f"this is {self.reader.size(whole)}: it has no such entry", place)
        if not all(isinstance(part, Span) for part in at):
            if any(isinstance(part, Span) and part != WHOLE for part in at):
                raise UnsupportedError(
                    "an index beside a slice of an expression is not supported: give it a name", place
                )
            return taken(whole, at[0], at[1], place)
        return sliced(self.reader, args[0], [part if isinstance(part, Span) else None for part in at])

    def block(self, node: Node, args: list[Expr]) -> Expr:
        self.used = True
        return block(self.reader, node, args)

    def binder(self, node: Node, args: list[Expr]) -> Expr:
        reader = self.reader
        kind = node.value[0]
        if kind not in BINDERS:
            known = did_you_mean(kind, BINDERS) or f"indices are bound by {', '.join(BINDERS)}"
            raise DeclarationError(f"{kind} binds no indices: {known}", reader.program.place(node))
        self.used = True
        names, conditions = self.parts(node)
        (body,) = (reader.build.resolved(arg) for arg in args)
        return bound(Binder(kind, names, conditions), body)

    def parts(self, node: Node) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
        """The indices that a binder binds, and the conditions it sets."""
        reader = self.reader
        names = tuple(self.index_name(part, reader.program) for part in bound_names(node))
        if not names or len(set(names)) < len(names):
            raise ParseError("a sum binds at least one index, each once", reader.program.place(node))
        conditions = [condition for part in bound_names(node) for condition in self.ends(part)]
        for part in conditions_of(node):
            if part.kind != "condition" and not (part.kind == "binary" and part.value in COMPARED):
                raise ParseError("after : stands a condition, as in j != i", reader.program.place(part))
            forms = [self.position(child) for child in part.children]
            signs = part.value if part.kind == "condition" else (part.value,)
            for left, sign, right in zip(forms, signs, forms[1:], strict=False):
                sign = "=" if sign == "==" else sign
                conditions.append(Condition(left, sign, right))
        return names, tuple(conditions)

    def ends(self, node: Node) -> list[Condition]:
        r"""What the ends that a sum tells, ``\sum_{t=2}^T``, ask of its index beside the range it has."""
        if not node.children:
            return []
        told, span = Range(*map(self.form, node.children)), self.ranges[node.value]
        if told == span:
            return []
        if not (surely(told.first - span.first) and surely(span.last - told.last)):
            place = self.reader.program.place(node)
            others = [self.places[node.value]] if node.value in self.places else []
            raise DeclarationError(f"the sum runs over {node.value} = {told}, its range is {span}", place, *others)
        sides = ((told.first, index(node.value)), (index(node.value), told.last))
        return [
            Condition(left, "<=", right)
            for (left, right), own in zip(sides, (span.first, span.last), strict=True)
            if own not in (left, right)
        ]

    def told_by_sums(self, program: Program) -> None:
        """The ranges of indices that nothing declares, by the ends of the sums over them."""
        values = (getattr(statement, "value", None) for statement in program.statements)
        binders = (n for value in values if isinstance(value, Node) for n in postorder(value) if n.kind == "binder")
        for node in (part for binder in binders for part in bound_names(binder) if part.children):
            if node.value in self.ranges:
                continue
            place = program.place(node)
            for part in (p for end in node.children for p in postorder(end) if p.kind == "name"):
                self.reader.names.add_dim(part.value, place)
            self.ranges[node.value], self.places[node.value] = Range(*map(self.form, node.children)), place

    # the end

    def found_shapes(self) -> dict[str, Shape]:
        """The sizes of families that were used before these were known; what nothing tells is 1."""
        found = {}
        for name in sorted(self.unsure):
            shape = self.reader.build.shape(self.open[name].variable)
            rows, cols = (ONE if size.name in loose(size) else size for size in shape)
            if not (rows.is_open or cols.is_open):
                found[name] = rows, cols
        return found

    def settle(self) -> None:
        """Hand what has sizes to the names, to be settled with them."""
        names = self.reader.names
        names.more += [family.variable for family in self.open.values()]
        names.more += [body for _, _, body, _ in self.equations]
        names.more += self.lefts

    def families(self, model: Model) -> Families | None:
        if not self.used:
            return None
        settled = iter(self.reader.names.more)
        variables = {name: next(settled) for name in self.open}
        bodies = [next(settled) for _ in self.equations]
        equations = [
            Equation(name, left, body) for (name, left, _, _), body in zip(self.equations, bodies, strict=True)
        ]
        opened = [Opened(f.name, f.indices, variables[f.name], f.place, f.outside, f.lefts) for f in self.open.values()]
        ranges = Ranges(self.ranges, self.places, opened, model)
        ranges.find([*bodies, *settled, *model.definitions.values(), *([model.objective] if model.objective else [])])
        free = self.free(model.objective) if model.objective else frozenset()
        order = appearing(model.objective) if model.objective else []
        return Families(ranges.ranges, ranges.members, equations, tuple(n for n in order if n in free))


def loose(size: Size) -> tuple[str, ...]:
    """The open name that a size is, where any size may take its place."""
    return (size.name,) if size.name and size.name.startswith("?") and not size.name.startswith("?!") else ()
