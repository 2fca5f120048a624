"""The ranges of indices and of families: declared, or found from where they are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from matdiff.errors import DeclarationError, Place, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.indices import (
    Access,
    Affine,
    Condition,
    Lookup,
    Range,
    Span,
    greatest,
    hull,
    index,
    integer,
    least,
    range_of,
    size_form,
    surely,
)
from matdiff.model import Family, Model
from matdiff.sizes import ONE, Size


@dataclass
class Opened:
    """A family while the model is read."""

    name: str
    indices: tuple[str, ...]
    variable: Expr
    place: Place
    outside: bool = False
    lefts: list[tuple[Affine, ...]] = field(default_factory=list)
    """The left sides of its statements."""


@dataclass(frozen=True)
class Use:
    """One position of one access."""

    access: Access
    number: int
    place: tuple[Place, ...]
    guarded: bool
    """Whether a condition may keep it inside its range."""


class Ranges:
    """Finds the range of every index and of every family of a model."""

    def __init__(self, ranges: dict[str, Range], places: dict[str, Place], opened: list[Opened], model: Model) -> None:
        self.ranges = dict(ranges)
        self.places = dict(places)
        self.opened = {family.name: family for family in opened}
        self.model = model
        self.members: dict[str, Family] = {}
        self.uses: list[Use] = []
        self.told: dict[str, tuple[Place, ...]] = {}
        """Where the range of an index comes from that was not declared."""

    def find(self, roots: list[Expr]) -> None:
        self.uses = list(self.used(roots))
        conditions = [c for node in topo(*roots) if node.op == "bound" for c in node.data.conditions]
        while self.pass_on() or self.from_accesses() or self.from_conditions(conditions):
            pass
        self.invent()
        self.pass_on()
        for node in topo(*roots):
            for name in node.data.indices if node.op == "bound" else ():
                if name not in self.ranges and name.rstrip("_") in self.ranges:  # made fresh from another
                    self.ranges[name] = range_of(name, self.ranges)
                if name not in self.ranges:
                    raise self.unknown(name, self.at(node))
        self.check_copies()
        for family in self.opened.values():
            ranges = [self.axis(family, number) for number in range(len(family.indices))]
            self.members[family.name] = Family(
                family.name,
                family.indices,
                tuple(found for found in ranges if found),
                family.variable.shape,
                family.variable.data[1],
                family.outside,
            )
            self.check_parts(family)
            self.check_gaps(family)
        for use in self.uses:
            self.check(use)

    def check_copies(self) -> None:
        """Refuse ``j_`` of another range than j has: it is what j is called inside of something bound by j."""
        for name, span in self.ranges.items():
            own = self.ranges.get(name.rstrip("_"), span)
            if own != span:
                places = [self.places[n] for n in (name, name.rstrip("_")) if n in self.places]
                raise DeclarationError(
                    f"{name} runs over {span} and {name.rstrip('_')} over {own}: with _ behind it, these are the same",
                    *places,
                )

    @staticmethod
    def unknown(name: str, place: tuple[Place, ...]) -> DeclarationError:
        return DeclarationError(f"the range of {name} is not known: declare it, as in {name}: 1..N", *place)

    def at(self, node: Expr) -> tuple[Place, ...]:
        return (self.model.places[node],) if node in self.model.places else ()

    def used(self, roots: list[Expr]) -> Iterator[Use]:
        guarded: set[Expr] = set()
        for node in topo(*roots):
            if node.op == "bound" and node.data.conditions:
                guarded.update(topo(node.args[0]))
        for node in topo(*roots):
            if node.op == "variable" and isinstance(node.data[0], Access):
                for number in range(len(node.data[0].at)):
                    yield Use(node.data[0], number, self.at(node), node in guarded)

    # what is known

    def axis(self, family: Opened, number: int) -> Range | None:
        """The range of one index of a family: that of the index, and what its statements say beside it."""
        found = self.ranges.get(family.indices[number])
        for left in family.lefts:
            form = left[number]
            own = self.ranges.get(form.name) if form.name and form.name not in self.model.dims else Range(form, form)
            if own is None:
                continue
            found = own if found is None else hull(found, own)
        return found

    def range_of(self, use: Use) -> Range | None:
        """The range in which a position has to be."""
        family = self.opened.get(use.access.family)
        count = len(family.indices) if family else 0
        if family and use.number < count:
            return self.axis(family, use.number)
        base = family.variable if family else self.model.named(use.access.family)
        assert base is not None
        shape = base.shape
        alone = len(use.access.at) - count == 1 and shape[0] is ONE  # the entry of a row
        size = shape[1] if alone else shape[use.number - count]
        return Range(integer(1), self.affine(size, use))

    @staticmethod
    def affine(size: Size, use: Use | None) -> Affine:
        try:
            return size_form(size)
        except UnsupportedError as error:
            raise UnsupportedError(str(error), *(use.place if use else ())) from None

    # what follows

    def pass_on(self) -> bool:
        """Give an index the range of the family it runs over; whether something was learnt."""
        learnt = False
        for use in self.uses:
            form = use.access.at[use.number]
            name = form.name
            if name is None or name in self.model.dims:
                continue
            found = self.range_of(use)
            if found is None:
                continue
            if name not in self.ranges:
                self.ranges[name], self.told[name] = found, use.place
                learnt = True
            elif name in self.told and self.ranges[name] != found and not self.extended(use):
                one, other = self.ranges[name], found
                raise ShapeError(
                    f"{name} runs over {one} in one place and over {other} in another: declare its range",
                    *self.told[name],
                    *use.place,
                )
        return learnt

    def extended(self, use: Use) -> bool:
        """Whether a family has values beside those of its index, as ``h[0]``."""
        family = self.opened.get(use.access.family)
        return family is not None and any(
            form[use.number].name is None for form in family.lefts if use.number < len(form)
        )

    def from_accesses(self) -> bool:
        """A family over an index without a range runs from the least to the greatest place where it is accessed."""
        for family in self.opened.values():
            for number, name in enumerate(family.indices):
                if name in self.ranges:
                    continue
                forms = [
                    use.access.at[number]
                    for use in self.uses
                    if use.access.family == family.name and use.number == number
                ]
                known = [form for form in forms if isinstance(form, Affine) and form.name != name]
                if not known or any(not self.is_known(form) for form in known):
                    continue
                spans = [Range(least(form, self.ranges), greatest(form, self.ranges)) for form in known]
                found = spans[0]
                for span in spans[1:]:
                    found = hull(found, span)
                self.ranges[name], self.told[name] = found, (family.place,)
                return True
        return False

    def from_conditions(self, conditions: list[Condition]) -> bool:
        """An index that is an entry of a table, or equal to another, without a range of its own."""
        for condition in conditions:
            for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
                found = self.ranges.get(other.name or "") if condition.sign == "=" else None
                if isinstance(one, Lookup):
                    table = self.model.named(one.table)
                    found = Range(integer(1), self.affine(table.rows, None)) if table else None
                    one = one.at
                if found and one.name and one.name not in self.ranges and one.name not in self.model.dims:
                    self.ranges[one.name], self.told[one.name] = found, ()
                    return True
        return False

    def is_known(self, form: Affine) -> bool:
        return all(name in self.ranges or name in self.model.dims for name in form.names)

    def invent(self) -> None:
        """An index that nothing tells the range of runs from 1 to a size of its own."""
        for family in self.opened.values():
            for name in family.indices:
                if name not in self.ranges:
                    size = f"n_{name}"
                    while self.model.named(size) or size in self.model.dims:
                        size += "_"
                    self.model.dims = (*self.model.dims, size)
                    self.ranges[name] = Range(integer(1), index(size))
                    self.told[name] = (family.place,)

    # what must be

    def check_parts(self, family: Opened) -> None:
        """Refuse two statements for one value."""
        for number, left in enumerate(family.lefts):
            for other in family.lefts[:number]:
                if not any(map(self.apart, left, other)):
                    one = f"{family.name}[{','.join(map(str, left))}]"
                    before = f"{family.name}[{','.join(map(str, other))}]"
                    raise DeclarationError(f"{one} is defined twice: {before} may be the same", family.place)

    def check_gaps(self, family: Opened) -> None:
        """Refuse a value between those that are defined that is not."""
        for number in range(len(family.indices)):
            spans = list(dict.fromkeys(self.span(left[number]) for left in family.lefts))
            for one in spans:
                after = [other for other in spans if surely((other.first - one.last).shifted(-1))]
                gaps = [other.first - one.last for other in after]
                if gaps and all(surely(gap.shifted(-2)) for gap in gaps):
                    missing = Access(family.name, (*family.lefts[0][:number], one.last.shifted(1)))
                    raise DeclarationError(
                        f"{missing} has no value: {family.name} is defined to {one.last} and from {after[0].first} on",
                        family.place,
                    )

    def span(self, form: Affine) -> Range:
        return self.ranges.get(form.name or "") or Range(form, form)

    def apart(self, one: Affine, other: Affine) -> bool:
        """Whether two positions are never the same."""
        spans = [self.span(form) for form in (one, other)]
        below = (spans[1].first - spans[0].last).shifted(-1), (spans[0].first - spans[1].last).shifted(-1)
        return any(map(surely, below))

    def check(self, use: Use) -> None:
        """Refuse an access that leaves its range for some value of its indices."""
        form = use.access.at[use.number]
        family = self.opened.get(use.access.family)
        if isinstance(form, Lookup):
            self.check_lookup(use, form)
        if isinstance(form, Lookup | Span) or use.guarded or (family and family.outside):
            return
        for name in form.names:
            if name not in self.ranges and name not in self.model.dims:
                raise self.unknown(name, use.place)
        span = self.range_of(use)
        assert span is not None
        low, high = least(form, self.ranges), greatest(form, self.ranges)
        for end, gap in ((low, (span.first - low).shifted(-1)), (high, (high - span.last).shifted(-1))):
            if surely(gap):
                at = ",".join(str(end) if n == use.number else str(p) for n, p in enumerate(use.access.at))
                start = f"{use.access.family}[{at}]"
                hint = (
                    f"give its start, {start} = …"
                    if family and family.lefts
                    else "say what it is outside, as in , 0 outside"
                )
                raise DeclarationError(f"{use.access} leaves the range {span} at {start}: {hint}", *use.place)

    def check_lookup(self, use: Use, lookup: Lookup) -> None:
        """Refuse an entry that a table of labels does not have."""
        table = self.model.named(lookup.table)
        assert table is not None
        rows = self.affine(table.rows, use)
        low, high = least(lookup.at, self.ranges), greatest(lookup.at, self.ranges)
        for end, gap in ((low, (integer(1) - low).shifted(-1)), (high, (high - rows).shifted(-1))):
            if surely(gap):
                raise DeclarationError(
                    f"{use.access} takes {lookup.table}[{end}], but {lookup.table} has the entries 1..{rows}",
                    *use.place,
                )
