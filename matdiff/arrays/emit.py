"""The statements of a program as lines: an index is a leading axis, what a recurrence runs along is a loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from matdiff.arrays.expressions import Expressions
from matdiff.arrays.lines import Lines, Value
from matdiff.arrays.places import Places, aligned
from matdiff.arrays.precedence import PRODUCT, SUM
from matdiff.arrays.sums import Sums
from matdiff.arrays.words import NUMPY, Words
from matdiff.indices import Affine, Range, hull, surely
from matdiff.programs.order import Loop, order
from matdiff.programs.program import Program, Statement, used


@dataclass(frozen=True)
class Run:
    """A loop while what is inside of it is written: its number, and the values that this may have."""

    loop: Loop
    number: str
    span: Range
    guarded: bool = False
    """Whether some statements hold for a part of the values only."""

    def holds(self, statement: Statement, ranges: Mapping[str, Range]) -> bool:
        """Whether a statement may be computed here."""
        place = self.loop.place(statement)
        if place is None or self.guarded:
            return True
        own = ranges.get(place.name or "")
        return own == self.span if own else self.span == Range(place, place)


class Emitter:
    """Writes the code for some names of a program.

    To the names in ``moved`` an array of that name with ``_move`` is added where they are computed. What depends on
    the ``steady`` ones alone, and the arrays that loops fill, stand among the lines that come first.
    """

    def __init__(
        self,
        program: Program,
        names: Iterable[str],
        known: Iterable[str] = (),
        moved: Iterable[str] = (),
        words: Words = NUMPY,
        steady: frozenset[str] = frozenset(),
    ) -> None:
        self.program, self.words, self.steady = program, words, steady
        self.moved = frozenset(moved)
        self.by_name = program.by_name()
        self.lines = Lines(words)
        self.places = Places(program, words, self.lines)
        expressions = Expressions(words, self.lines, self.places, steady)
        self.sums = Sums(program, words, self.lines, self.places, expressions)
        self.running: list[Run] = []
        self.numbers: dict[str, str] = {}
        """What the numbers of loops are called."""
        self.inputs: dict[str, str] = {}
        self.wanted = list(names)
        known = set(known)
        reached = self.reach(known)
        for name in program.families:
            if name in reached and (name in known or name not in self.by_name):
                self.inputs[name] = self.lines.array(name)
        for item in order(program, reached - self.inputs.keys()):
            self.item(item)

    def reach(self, known: set[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(self.wanted)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name not in known:
                    waiting += [access.family for s in self.by_name.get(name, ()) for access in used(s)]
        return found

    def functions(self) -> list[str]:
        """The unknown functions that are called."""
        arrays = self.lines.arrays
        return [n for n in arrays if n not in self.program.families and not n.endswith("_move")]

    # order

    def item(self, item: Loop | str) -> None:
        names = item.names if isinstance(item, Loop) else (item,)
        with self.lines.sooner(not self.running and self.steady.issuperset(names)):
            if isinstance(item, Loop):
                self.loop(item)
            else:
                self.compute(item)

    def loop(self, loop: Loop) -> None:
        for name in loop.filled:
            if not any(name in outer.loop.names for outer in self.running):
                self.made(name)
        lefts = self.lefts(loop)
        spans = self.segments(lefts)
        if lefts and not spans:
            whole = [self.program.families[name].ranges[loop.axis[name]] for name in loop.filled]
            self.along(Run(loop, self.number_of(loop), reduce(hull, whole), True))
        for span in spans if loop.step > 0 else spans[::-1]:
            if span.first == span.last:
                self.inner(Run(loop, self.lines.number(span.first), span))
            else:
                self.along(Run(loop, self.number_of(loop), span))

    def number_of(self, loop: Loop) -> str:
        first = loop.filled[0]
        wish = self.program.families[first].indices[loop.axis[first]]
        if wish not in self.numbers:
            self.numbers[wish] = self.lines.name(wish)
        running = [run.number for run in self.running]
        return self.lines.name(wish) if self.numbers[wish] in running else self.numbers[wish]

    def inner(self, run: Run) -> None:
        self.running.append(run)
        for item in run.loop.inner:
            self.item(item)
        self.running.pop()

    def along(self, run: Run) -> None:
        """A loop over a range, whose lines stand below."""
        lines, indent = self.lines, self.lines.indent
        first, last = lines.number(run.span.first), lines.number(run.span.last)
        if not self.words.traced:
            ends = f"range({first}, {lines.number(run.span.last.shifted(1))})"
            lines.line(f"for {run.number} in {ends if run.loop.step > 0 else f'reversed({ends})'}:")
            lines.indent += "    "
            self.inner(run)
            lines.indent = indent
            return
        step, count, state = lines.name("step"), lines.name("count"), lines.name("state")
        arrays = ", ".join(lines.array(name) for name in run.loop.filled)
        arrays = f"({arrays},)" if len(run.loop.filled) == 1 else f"({arrays})"
        lines.line(f"def {step}({count}, {state}):")
        lines.indent += "    "
        lines.line(f"{arrays} = {state}")
        lines.line(f"{run.number} = {f'{first} + {count}' if run.loop.step > 0 else f'{last} - {count}'}")
        self.inner(run)
        lines.line(f"return {arrays}")
        lines.indent = indent
        lines.line(f"{arrays} = jax.lax.fori_loop(0, {self.places.extent(run.span)}, {step}, {arrays})")

    def lefts(self, loop: Loop) -> list[Affine]:
        """Where the index of a loop stands on the left of what may be computed here."""
        return [
            place
            for name in loop.names
            for statement in self.by_name[name]
            if all(run.holds(statement, self.program.ranges) for run in self.running)
            and (place := loop.place(statement)) is not None
        ]

    def segments(self, lefts: Iterable[Affine]) -> list[Range]:
        """The values of an index in parts, in each of which the same statements hold; none where that cannot be
        told."""
        ranges = self.program.ranges
        found: list[Range] = []
        for span in dict.fromkeys(ranges.get(form.name or "") or Range(form, form) for form in lefts):
            place = next((n for n, other in enumerate(found) if below(span, other)), len(found))
            if not all(below(other, span) for other in found[:place]):
                return []
            found.insert(place, span)
        return found

    def whole_shape(self, name: str) -> str:
        family = self.program.families[name]
        parts = [self.places.extent(span) for span in family.ranges] + [self.lines.size(size) for size in family.shape]
        return f"({', '.join(parts)})"

    def made(self, name: str) -> None:
        """An array that is filled below."""
        array = self.lines.array(name)
        with self.lines.sooner(bool(self.steady)):
            self.lines.line(f"{array} = {self.words.text('zeros', self.whole_shape(name))}")
        if self.steady and not self.lines.early:
            self.lines.line(f"{array}.fill(0)")

    # statements

    def compute(self, name: str) -> None:
        """All statements of a name, for the numbers that loops run over now."""
        family, array = self.program.families[name], self.lines.array(name)
        running = [run for run in self.running if name in run.loop.axis]
        ranges = self.program.ranges
        statements = [s for s in self.by_name[name] if all(run.holds(s, ranges) for run in running)]
        if not running and all(map(self.is_whole, statements)) and len({s.left for s in statements}) == 1:
            value = self.total(statements, {}, statements[0].free)
            self.lines.line(f"{array} = {self.spread(value, statements[0], name)}")
            self.move(name, "")
            return
        fixed = {run.loop.axis[name]: run.number for run in running}
        if not running:
            self.made(name)
        adding = any(s.kind in ("entries", "matrix") for s in statements) and len(statements) > 1
        for left in dict.fromkeys(s.left for s in statements):
            same = [s for s in statements if s.left == left]
            numbers, tests = self.where(left, running, name)
            indent = self.lines.indent
            if tests and not self.words.traced:
                self.lines.line(f"if {' and '.join(tests)}:")
                self.lines.indent += "    "
            free = tuple(n for n in same[0].free if n not in numbers)
            value = aligned(self.total(same, numbers, free), free)
            if tests and self.words.traced:
                value = Value(self.words.text("where", " & ".join(f"({t})" for t in tests), value.text, "0.0"))
            guarded = bool(tests) or any(run.guarded for run in running)
            self.store(array, self.target(left, family.ranges, fixed), value, adding or guarded)
            self.lines.indent = indent
        if name in self.moved:
            places = enumerate(family.ranges)
            at = ", ".join(
                self.places.after(fixed[axis], span.first) if axis in fixed else ":" for axis, span in places
            )
            self.move(name, f"[{at}]" if at else "")

    def where(self, left: Sequence[Affine], running: Sequence[Run], name: str) -> tuple[dict[str, str], list[str]]:
        """The indices on the left that are numbers here, and the tests that must hold of these."""
        numbers: dict[str, str] = {}
        tests: list[str] = []
        for run in running:
            place = left[run.loop.axis[name]]
            own = self.program.ranges.get(place.name or "")
            if own is None:
                tests += [f"{run.number} == {self.lines.number(place)}"] if run.guarded else []
                continue
            numbers[str(place.name)] = run.number
            if run.guarded and own != run.span:
                low, high = self.lines.number(own.first), self.lines.number(own.last)
                tests += [f"{low} <= {run.number}", f"{run.number} <= {high}"]
        return numbers, tests

    def store(self, array: str, at: str, value: Value, adding: bool) -> None:
        if not at:
            self.lines.line(f"{array} = {f'{array} + {value.inside(PRODUCT)}' if adding else value.text}")
        elif self.words.traced:
            self.lines.line(f"{array} = {array}.at[{at}].{'add' if adding else 'set'}({value.text})")
        else:
            self.lines.line(f"{array}[{at}] {'+=' if adding else '='} {value.text}")

    def move(self, name: str, at: str) -> None:
        if name in self.moved:
            array, moved = self.lines.array(name), self.lines.array(name + "_move")
            self.lines.line(f"{array}{at} = {array}{at} + {moved}{at}")

    def is_whole(self, statement: Statement) -> bool:
        family = self.program.families[statement.name]
        return all(
            place.name is not None and self.program.ranges.get(place.name) == span
            for place, span in zip(statement.left, family.ranges, strict=True)
        ) and len(set(statement.left)) == len(statement.left)

    def target(self, left: Sequence[Affine], spans: Sequence[Range], fixed: Mapping[int, str]) -> str:
        """The part of an array that a statement fills."""
        parts = []
        for axis, (place, span) in enumerate(zip(left, spans, strict=True)):
            own = self.program.ranges.get(place.name or "")
            if axis in fixed:
                parts.append(self.places.after(fixed[axis], span.first))
            elif own is not None:
                ends = own.first - span.first, (own.last - span.first).shifted(1)
                parts.append(":" if own == span else " : ".join(map(self.lines.number, ends)))
            else:
                parts.append(self.lines.number(place - span.first))
        return ", ".join(parts)

    def spread(self, value: Value, statement: Statement, name: str) -> str:
        """A value over all of the indices on the left."""
        if value.axes == statement.free:
            return value.text
        return self.words.text("filled", aligned(value, statement.free).text, self.whole_shape(name))

    def total(self, statements: Sequence[Statement], numbers: Mapping[str, str], free: Sequence[str]) -> Value:
        """The sum of the values of some statements for the same members."""
        values = [self.sums.value_of(statement, numbers) for statement in statements]
        if len(values) == 1:
            return values[0]
        axes = tuple(n for n in free if any(n in value.axes for value in values))
        first, *rest = (aligned(value, axes) for value in values)
        return Value(" + ".join([first.inside(SUM), *(v.inside(PRODUCT) for v in rest)]), axes, SUM)


def below(one: Range, other: Range) -> bool:
    """Whether all of a range comes before another, whatever the sizes are."""
    return surely((other.first - one.last).shifted(-1))
