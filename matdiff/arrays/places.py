"""Members of families as parts of arrays: slices, integers that tell places, conditions."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.arrays.lines import NOWHERE, Frame, Lines, Value, signed
from matdiff.arrays.precedence import ATOM
from matdiff.arrays.words import Words
from matdiff.indices import Access, Affine, Condition, Lookup, Range, greatest, integer, least, size_form, surely
from matdiff.model import Family
from matdiff.programs.program import Program


class Places:
    """Writes the accesses of a program."""

    def __init__(self, program: Program, words: Words, lines: Lines) -> None:
        self.program, self.words, self.lines = program, words, lines

    # integers

    def extent(self, span: Range, frame: Frame = NOWHERE) -> str:
        return self.lines.number(span.count, frame)

    def arange(self, name: str, frame: Frame, axes: Sequence[str]) -> str:
        """The values of an index, along its axis among some."""
        span = self.program.ranges[name]
        ends = (self.lines.number(end, frame) for end in (span.first, span.last.shifted(1)))
        after = len(axes) - 1 - axes.index(name)
        text = self.words.text("arange", *ends)
        return text if not after else f"{text}[:{', None' * after}]"

    def integers(self, form: Affine, frame: Frame, axes: Sequence[str]) -> str:
        """A form as an array over its indices, or as a number."""
        rest = Affine(tuple((n, k) for n, k in form.terms if not vectors(n, frame)), form.constant)
        parts = [(k, self.term(name, frame, axes)) for name, k in form.terms if vectors(name, frame)]
        if rest.terms or not parts:
            constant = self.lines.number(rest, frame)
            return signed([*parts, (1, f"({constant})" if parts else constant)])
        return signed(parts, str(rest.constant))

    def term(self, name: str, frame: Frame, axes: Sequence[str]) -> str:
        """A name, or a product of sizes and an index, as an array."""
        texts = [self.arange(part, frame, axes) for part in vectors(name, frame)]
        sizes = [part for part in name.split("*") if part not in frame.order]
        return " * ".join([*([self.lines.factors(sizes, frame)] if sizes else []), *texts])

    def after(self, number: str, first: Affine) -> str:
        """How far a number is behind the first one."""
        if first == Affine():
            return number
        text = self.lines.number(first)
        if number == text:
            return "0"
        return f"{number} - ({text})" if first.terms or first.constant < 0 else f"{number} - {text}"

    def table(self, lookup: Lookup, frame: Frame, axes: Sequence[str]) -> str:
        """The integers of a table at a form."""
        name, at = self.lines.array(lookup.table), lookup.at
        rows = self.program.families[lookup.table].shape[0]
        if at.name in frame.order and self.program.ranges[str(at.name)] == Range(integer(1), size_form(rows)):
            after = len(axes) - 1 - list(axes).index(str(at.name))
            return name if not after else f"{name}[:{', None' * after}]"
        text, span = self.integers(at.shifted(-1), frame, axes), Range(integer(1), size_form(rows))
        if not self.inside(at, span):  # what lies outside is left out by a condition
            is_array = any(n in frame.order for n in at.names)
            text = self.words.text("clip" if is_array else "clip_number", text, self.extent(span, frame))
        return f"{name}[{text}]"

    def test(self, condition: Condition, frame: Frame, axes: Sequence[str]) -> str:
        sides = []
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if isinstance(one, Lookup):
                span = next((self.program.ranges[n] for n in sorted(other.names) if n in self.program.ranges), None)
                first = self.lines.number(span.first, frame) if span else "0"
                sides.append(f"{self.table(one, frame, axes)} + {first}")
            else:
                sides.append(self.integers(one, frame, axes))
        sign = {"=": "=="}.get(condition.sign, condition.sign)
        return f"{sides[0]} {sign} {sides[1]}"

    def inside(self, form: Affine, span: Range) -> bool:
        ranges = self.program.ranges
        return surely(least(form, ranges) - span.first) and surely(span.last - greatest(form, ranges))

    # accesses

    def access(self, access: Access, frame: Frame) -> Value:
        array = self.lines.array(access.family)
        family = self.program.families[access.family]
        at = [p for p in access.at if isinstance(p, Affine | Lookup)]
        if not at:
            return Value(array)
        names = [name for p in at for name in sorted(p.names) if name in frame.order]
        axes = frame.sorted(names)
        if self.is_basic(family, at, names, frame):
            return self.sliced(array, family, [p for p in at if isinstance(p, Affine)], names, frame)
        if not axes and family.outside and all(isinstance(p, Affine) for p in at):
            return self.one_or_zero(array, family, [p for p in at if isinstance(p, Affine)], frame)
        places: list[str] = []
        tests: list[str] = []
        for position, span in zip(at, family.ranges, strict=True):
            if isinstance(position, Lookup):
                places.append(self.table(position, frame, axes))
                continue
            text = self.integers(position - span.first, frame, axes)
            if not self.inside(position, span):
                text, most = self.lines.fresh("at", text), self.extent(span, frame)
                if family.outside:
                    tests.append(f"({text} >= 0) & ({text} < {most})")
                is_array = any(n in frame.order for n in position.names)
                text = self.words.text("clip" if is_array else "clip_number", text, most)
            places.append(text)
        text = f"{array}[{', '.join(places)}]"
        if tests:
            mask = f"{self.words.text('mask', ' & '.join(tests))}[..., None, None]"
            text = self.words.text("where", mask, text, "0.0")
        return Value(text, axes)

    def is_basic(self, family: Family, at: Sequence[Affine | Lookup], names: Sequence[str], frame: Frame) -> bool:
        """Whether all positions are numbers or slices of their axes."""
        loose = frame.guarded or family.outside
        return len(set(names)) == len(names) and all(
            isinstance(p, Affine) and self.basic(p, span, frame, loose)
            for p, span in zip(at, family.ranges, strict=True)
        )

    def basic(self, form: Affine, span: Range, frame: Frame, loose: bool) -> bool:
        vector = [(n, k) for n, k in form.terms if vectors(n, frame)]
        if loose and not self.inside(form, span):
            return False
        if vector and self.words.traced and form.names & frame.numbers.keys():
            return False
        return not vector or (len(vector) == 1 and vector[0][1] == 1 and vector[0][0] in frame.order)

    def sliced(self, array: str, family: Family, at: Sequence[Affine], names: Sequence[str], frame: Frame) -> Value:
        parts = [self.slice(p, span, frame) for p, span in zip(at, family.ranges, strict=True)]
        while parts and parts[-1] == ":":
            parts.pop()
        axes = frame.sorted(names)
        return self.permuted(Value(f"{array}[{', '.join(parts)}]" if parts else array, tuple(names)), axes)

    def permuted(self, value: Value, axes: tuple[str, ...]) -> Value:
        """A value with its axes in another order."""
        if value.axes == axes:
            return value
        count = len(axes)
        places = [*(value.axes.index(n) for n in axes), count, count + 1]
        return Value(self.words.text("permute", value.inside(ATOM), ", ".join(map(str, places))), axes)

    def one_or_zero(self, array: str, family: Family, at: Sequence[Affine], frame: Frame) -> Value:
        """One member of a family, which is zero outside of its ranges."""
        tests, places = [], []
        for form, span in zip(at, family.ranges, strict=True):
            places.append(self.lines.number(form - span.first, frame))
            if not self.inside(form, span):
                most = self.extent(span, frame)
                chain = f"(0 <= {places[-1]}) & ({places[-1]} < {most})"
                tests.append(chain if self.words.traced else f"0 <= {places[-1]} < {most}")
        zeros = self.words.text("zeros", f"({', '.join(map(self.lines.size, family.shape))})")
        held = (" & " if self.words.traced else " and ").join(tests)
        return Value(self.words.text("choose", held, f"{array}[{', '.join(places)}]", zeros))

    def slice(self, form: Affine, span: Range, frame: Frame) -> str:
        name = next((n for n, _ in form.terms if n in frame.order), None)
        if name is None:
            return self.lines.number(form - span.first, frame)
        own = self.program.ranges[name]
        rest = Affine(tuple(term for term in form.terms if term[0] != name), form.constant)
        first, last = own.first + rest - span.first, own.last + rest - span.first
        if first == Affine() and own.last + rest == span.last:
            return ":"
        return f"{self.lines.number(first, frame)} : {self.lines.number(last.shifted(1), frame)}"


def vectors(name: str, frame: Frame) -> list[str]:
    """The factors of a product of names that run along axes."""
    return [part for part in name.split("*") if part in frame.order]


def aligned(value: Value, axes: Sequence[str]) -> Value:
    """A value with the axes in which it is missing some put in."""
    if tuple(value.axes) == tuple(axes) or not value.axes:
        return value
    start = list(axes).index(value.axes[0])
    marks = [":" if name in value.axes else "None" for name in list(axes)[start:]]
    if "None" not in marks:
        return value
    return Value(f"{value.inside(ATOM)}[{', '.join(marks)}]", tuple(axes), ATOM, value.thin)
