"""The statements of a program as lines of NumPy: an index is a leading axis, what a recurrence runs along is a loop."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from matdiff.arrays.forms import HELPERS, form
from matdiff.expr import Expr, topo
from matdiff.indices import Access, Affine, Condition, Lookup, Range, accessed, greatest, hull, least, surely
from matdiff.model import Family
from matdiff.operators import row
from matdiff.programs.order import Loop, order
from matdiff.programs.program import Program, Statement, View, used
from matdiff.sizes import SUMS, Size

RESERVED = frozenset({"np", "math", "function", "range", *HELPERS, *keyword.kwlist})


NEUTRAL = {"sum": "0.0", "prod": "1.0", "max": "-np.inf", "min": "np.inf", "logsumexp": "-np.inf"}
"""What adds nothing to a sum, a product, and so on."""
REDUCED = {"sum": "np.sum", "max": "np.max", "min": "np.min", "prod": "np.prod"}
PLAIN = frozenset({"add", "scale", "had", "pow", "pow_each", "maximum", "minimum"})
"""Operators that take a number for a 1×1 array."""


@dataclass(frozen=True)
class Value:
    """A text with the indices that are its leading axes, in the order of the statement."""

    text: str
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """Where a statement is computed: its vector indices in order, and those that are numbers there."""

    order: tuple[str, ...]
    numbers: Mapping[str, str]
    guarded: bool = False

    def sorted(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = set(names)
        return tuple(name for name in self.order if name in wanted)


class Emitter:
    """Writes the code for some names of a program.

    To the names in ``moved`` an array of that name with ``_move`` is added where they are computed.
    """

    def __init__(
        self, program: Program, names: Iterable[str], known: Iterable[str] = (), moved: Iterable[str] = ()
    ) -> None:
        self.program = program
        self.moved = frozenset(moved)
        self.by_name = program.by_name()
        self.lines: list[str] = []
        self.indent = ""
        self.taken: set[str] = set(RESERVED)
        self.arrays: dict[str, str] = {}
        self.sizes: dict[str, str] = {}
        self.running: list[tuple[Loop, str, Range]] = []
        """The loops inside of which a line stands, each with its number and its range."""
        self.inputs: dict[str, str] = {}
        self.wanted = list(names)
        known = set(known)
        reached = self.reach(known)
        for name in program.families:
            if name in reached and (name in known or name not in self.by_name):
                self.inputs[name] = self.array(name)
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

    # names

    def name(self, wish: str) -> str:
        text = re.sub(r"\W+", "_", wish).strip("_") or "value"
        while text in self.taken:
            text += "_"
        self.taken.add(text)
        return text

    def array(self, name: str) -> str:
        if name not in self.arrays:
            self.arrays[name] = self.name(name)
        return self.arrays[name]

    def size_name(self, name: str) -> str:
        if name not in self.sizes:
            self.sizes[name] = self.name(name)
        return self.sizes[name]

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def fresh(self, wish: str, text: str) -> str:
        name = self.name(wish)
        self.line(f"{name} = {text}")
        return name

    # numbers

    def size(self, size: Size) -> str:
        factors = [] if size.coefficient == 1 and size.powers else [str(size.coefficient)]
        for part, power in size.powers:
            inner = [f"({self.size(summand)})" for summand in SUMS.get(part, ())]
            factors += [f"({' + '.join(inner)})" if inner else self.size_name(part)] * power
        return " * ".join(factors)

    def number(self, form: Affine, frame: Frame) -> str:
        """A form over sizes and numbers as an integer."""
        out = ""
        for name, k in sorted(form.terms, key=lambda term: term[1] < 0):
            text = frame.numbers.get(name) or self.size_name(name)
            text = text if abs(k) == 1 else f"{abs(k)} * {text}"
            out += (" - " if k < 0 else " + ") + text if out else ("-" if k < 0 else "") + text
        if form.constant or not out:
            sign = " - " if form.constant < 0 else " + "
            out += f"{sign}{abs(form.constant)}" if out else str(form.constant)
        return out

    def is_number(self, form: Affine, frame: Frame) -> bool:
        return not any(name in frame.order for name in form.names)

    def extent(self, span: Range, frame: Frame) -> str:
        return self.number(span.count, frame)

    def arange(self, name: str, frame: Frame, axes: Sequence[str]) -> str:
        """The values of an index, along its axis among some."""
        span = self.program.ranges[name]
        text = f"np.arange({self.number(span.first, frame)}, {self.number(span.last.shifted(1), frame)})"
        after = len(axes) - 1 - axes.index(name)
        return text if not after else f"{text}[:{', None' * after}]"

    def integers(self, form: Affine, frame: Frame, axes: Sequence[str]) -> str:
        """A form as an array over its indices, or as a number."""
        rest = Affine(tuple((n, k) for n, k in form.terms if n not in frame.order), form.constant)
        parts = [(k, self.arange(name, frame, axes)) for name, k in form.terms if name in frame.order]
        out = ""
        for k, text in sorted(parts, key=lambda part: part[0] < 0):
            text = text if abs(k) == 1 else f"{abs(k)} * {text}"
            out += (" - " if k < 0 else " + ") + text if out else ("-" if k < 0 else "") + text
        if not out or rest.terms or rest.constant:
            number = self.number(rest, frame)
            out = f"{out} + {number}" if out else number
        return out

    # order

    def item(self, item: Loop | str) -> None:
        if isinstance(item, Loop):
            self.loop(item)
        else:
            self.compute(item)

    def loop(self, loop: Loop) -> None:
        nothing = Frame((), {})
        spans = [self.program.families[name].ranges[loop.axis[name]] for name in loop.names]
        for name in loop.names:
            if not any(name in outer.names for outer, _, _ in self.running):
                self.line(f"{self.array(name)} = np.zeros({self.whole_shape(name)})")
        whole = spans[0]
        for span in spans[1:]:
            whole = hull(whole, span)
        number = self.name(self.program.families[loop.names[0]].indices[loop.axis[loop.names[0]]])
        ends = f"range({self.number(whole.first, nothing)}, {self.number(whole.last.shifted(1), nothing)})"
        self.line(f"for {number} in {ends if loop.step > 0 else f'reversed({ends})'}:")
        self.indent += "    "
        self.running.append((loop, number, whole))
        for inner in loop.inner:
            self.item(inner)
        self.running.pop()
        self.indent = self.indent[:-4]

    def whole_shape(self, name: str) -> str:
        family = self.program.families[name]
        frame = Frame((), {})
        parts = [self.extent(span, frame) for span in family.ranges] + [self.size(size) for size in family.shape]
        return f"({', '.join(parts)})"

    # statements

    def compute(self, name: str) -> None:
        """All statements of a name, for the numbers that loops run over now."""
        family = self.program.families[name]
        running = [(loop.axis[name], number, span) for loop, number, span in self.running if name in loop.axis]
        fixed = {axis: number for axis, number, _ in running}
        statements = self.by_name[name]
        alone = len(statements) == 1 and not running and self.is_whole(statements[0])
        if alone:
            value = self.value_of(statements[0], {})
            text = self.spread(value, statements[0], name)
            self.line(f"{self.array(name)} = {text}")
            self.move(name, "")
            return
        if not running:
            self.line(f"{self.array(name)} = np.zeros({self.whole_shape(name)})")
        for statement in statements:
            tests: list[str] = []
            numbers: dict[str, str] = {}
            for axis, number, span in running:
                place = statement.left[axis]
                if place.name and place.name in self.program.ranges:
                    numbers[place.name] = number
                    own = self.program.ranges[place.name]
                    if own != span:
                        low, high = (self.number(end, Frame((), {})) for end in (own.first, own.last))
                        tests.append(f"{low} <= {number} <= {high}")
                else:
                    tests.append(f"{number} == {self.number(place, Frame((), {}))}")
            indent = self.indent
            if tests:
                self.line(f"if {' and '.join(tests)}:")
                self.indent += "    "
            value = self.value_of(statement, numbers)
            at = self.target(statement, family.ranges, numbers, fixed)
            sign = "+=" if len(statements) > 1 else "="
            text = self.aligned(value, [n for n in statement.free if n not in numbers])
            self.line(f"{self.array(name)}{f'[{at}]' * bool(at)} {sign} {text}")
            self.indent = indent
        if name in self.moved:
            places = enumerate(family.ranges)
            at = ", ".join(self.minus(fixed[axis], span.first) if axis in fixed else ":" for axis, span in places)
            self.move(name, f"[{at}]" if at else "")

    def move(self, name: str, at: str) -> None:
        if name in self.moved:
            self.line(f"{self.array(name)}{at} = {self.array(name)}{at} + {self.array(name + '_move')}{at}")

    def is_whole(self, statement: Statement) -> bool:
        family = self.program.families[statement.name]
        return all(
            place.name is not None and self.program.ranges.get(place.name) == span
            for place, span in zip(statement.left, family.ranges, strict=True)
        ) and len(set(statement.left)) == len(statement.left)

    def target(
        self, statement: Statement, spans: Sequence[Range], numbers: Mapping[str, str], fixed: Mapping[int, str]
    ) -> str:
        """The part of an array that a statement fills."""
        parts = []
        nothing = Frame((), {})
        for axis, (place, span) in enumerate(zip(statement.left, spans, strict=True)):
            if axis in fixed:
                parts.append(self.minus(fixed[axis], span.first))
            elif place.name and place.name in self.program.ranges:
                own = self.program.ranges[place.name]
                ends = own.first - span.first, (own.last - span.first).shifted(1)
                parts.append(":" if own == span else " : ".join(self.number(end, nothing) for end in ends))
            else:
                parts.append(self.number(place - span.first, nothing))
        return ", ".join(parts)

    def minus(self, number: str, first: Affine) -> str:
        if first == Affine():
            return number
        text = self.number(first, Frame((), {}))
        return f"{number} - ({text})" if first.terms or first.constant < 0 else f"{number} - {text}"

    def spread(self, value: Value, statement: Statement, name: str) -> str:
        """A value over all of the indices on the left."""
        if value.axes == statement.free:
            return value.text
        return f"np.array(np.broadcast_to({self.aligned(value, statement.free)}, {self.whole_shape(name)}))"

    def value_of(self, statement: Statement, numbers: Mapping[str, str]) -> Value:
        """The value of a statement, over its free indices that are no numbers."""
        free = [name for name in statement.free if name not in numbers]
        frame = Frame((*free, *statement.bound), numbers, bool(statement.conditions))
        if statement.kind in ("entries", "matrix"):
            return self.viewed(statement, frame)
        bound = set(statement.bound)
        scattered = self.scattered(statement, frame)
        if scattered:
            return scattered
        contracted = self.contracted(statement, frame)
        if contracted:
            return contracted
        value = self.evaluate(statement.body, frame)
        if statement.conditions:
            value = self.masked(value, statement, frame)
        inner = [n for n in value.axes if n in bound]
        if inner:
            at = ", ".join(str(value.axes.index(n)) for n in inner)
            axes = f"({at})" if len(inner) > 1 else at
            kind = REDUCED.get(statement.kind)
            kept = tuple(n for n in value.axes if n not in bound)
            if kind:
                value = Value(f"{kind}({value.text}, axis={axes})", kept)
            else:
                held = self.fresh("held", f"logsumexp({value.text}, {axes})")
                value = Value(f"np.squeeze({held}, {axes})", kept)
        rest = [n for n in statement.bound if n not in inner]
        counts = " * ".join(f"({self.extent(self.program.ranges[n], frame)})" for n in rest)
        if rest and statement.kind == "sum":
            value = Value(f"({counts} * {value.text})", value.axes)
        elif rest and statement.kind == "prod":
            value = Value(f"({value.text} ** ({counts}))", value.axes)
        elif rest and statement.kind == "logsumexp":
            value = Value(f"({value.text} + np.log({counts}))", value.axes)
        return value

    def masked(self, value: Value, statement: Statement, frame: Frame) -> Value:
        """A value where the conditions hold, and what adds nothing elsewhere."""
        names = frozenset().union(*(c.names for c in statement.conditions))
        axes = frame.sorted({*value.axes, *names})
        tests = [self.test(condition, frame, axes) for condition in statement.conditions]
        mask = self.fresh("mask", " & ".join(f"({test})" for test in tests) if len(tests) > 1 else tests[0])
        if not any(n in frame.order for n in names):
            test = f"np.asarray({mask})[..., None, None]"
        else:
            test = f"{mask}[..., None, None]"
        neutral = NEUTRAL[statement.kind]
        return Value(f"np.where({test}, {self.aligned(value, axes)}, {neutral})", axes)

    def test(self, condition: Condition, frame: Frame, axes: Sequence[str]) -> str:
        sides = []
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if isinstance(one, Lookup):
                span = next((self.program.ranges[n] for n in sorted(other.names) if n in self.program.ranges), None)
                first = self.number(span.first, frame) if span else "0"
                sides.append(f"{self.table(one, frame, axes)} + {first}")
            else:
                sides.append(self.integers(one, frame, axes))
        sign = {"=": "=="}.get(condition.sign, condition.sign)
        return f"{sides[0]} {sign} {sides[1]}"

    def table(self, lookup: Lookup, frame: Frame, axes: Sequence[str]) -> str:
        """The integers of a table at a form."""
        name = self.array(lookup.table)
        at = lookup.at
        if at.name in frame.order:
            after = len(axes) - 1 - list(axes).index(str(at.name))
            return name if not after else f"{name}[:{', None' * after}]"
        return f"{name}[{self.integers(at.shifted(-1), frame, axes)}]"

    # expressions

    def aligned(self, value: Value, axes: Sequence[str]) -> str:
        """A value with the axes in which it is missing some put in."""
        if tuple(value.axes) == tuple(axes) or not value.axes:
            return value.text
        start = list(axes).index(value.axes[0])
        marks = [":" if name in value.axes else "None" for name in list(axes)[start:]]
        if "None" not in marks:
            return value.text
        return f"{value.text}[{', '.join(marks)}]"

    def evaluate(self, root: Expr, frame: Frame) -> Value:
        uses = Counter(arg for node in topo(root) for arg in node.args)
        done: dict[Expr, Value] = {}
        for node in topo(root):
            value = self.node(node, [done[arg] for arg in node.args], frame)
            if node.args and uses[node] > 1 and node.op != "transpose":
                value = Value(self.fresh("part", value.text), value.axes)
            done[node] = value
        return done[root]

    def node(self, node: Expr, args: list[Value], frame: Frame) -> Value:
        match node.op:
            case "number":
                value = Fraction(node.data)
                text = str(value.numerator) if value.denominator == 1 else f"({value.numerator} / {value.denominator})"
                return Value(f"({text})" if value < 0 else text if value.denominator != 1 else f"{text}.0")
            case "dim":
                return Value(f"float({self.size(node.data)})")
            case "pi":
                return Value("np.pi")
            case "eye":
                return Value(f"np.eye({self.size(node.rows)})")
            case "ones" | "zeros":
                return Value(f"np.{node.op}(({self.size(node.rows)}, {self.size(node.cols)}))")
            case "selection":
                count, *before = (self.size(size) for size in node.data)
                return Value(f"np.eye({self.size(node.rows)}, {count}, -({' + '.join(before) or 0}))")
            case "commutation":
                m, n = (self.size(size) for size in node.data)
                eye = f"np.eye({m} * {n}).reshape({n}, {m}, {m} * {n})"
                return Value(f"{eye}.transpose(1, 0, 2).reshape({m} * {n}, {m} * {n})")
            case "variable":
                return self.variable(node, frame)
            case "apply":
                name, derivative = node.data
                return Value(f"{self.array(name)}[{derivative}]({args[0].text})", args[0].axes)
        axes = frame.sorted({name for arg in args for name in arg.axes})
        texts = [self.aligned(arg, axes) for arg in args]
        if node.op not in PLAIN:
            texts = [self.sized(text, arg) for text, arg in zip(texts, node.args, strict=True)]
        sizes = row(node).match(tuple(arg.shape for arg in node.args), node.data) or {}
        told = {name: self.size(size) for name, size in sizes.items()}
        told |= {"m": told.get("m", self.size(node.rows)), "n": told.get("n", self.size(node.cols))}
        if node.op in ("diag", "unvec"):
            told |= {"m": self.size(node.rows), "n": self.size(node.cols)}
        return Value(form(node).format(*texts, data=node.data, **told), axes)

    @staticmethod
    def sized(text: str, arg: Expr) -> str:
        """A number as an array, where its axes are asked for."""
        if arg.op in ("number", "dim", "pi"):
            return f"np.array([[{text}]])"
        return text

    def variable(self, node: Expr, frame: Frame) -> Value:
        if node.data[1] == "index":
            name = node.data[0].family
            if name in frame.numbers:
                return Value(f"float({frame.numbers[name]})")
            return Value(f"{self.arange(name, frame, (name,))}[:, None, None].astype(float)", (name,))
        return self.access(accessed(node), frame)

    def access(self, access: Access, frame: Frame) -> Value:
        array = self.array(access.family)
        family = self.program.families[access.family]
        at = [p for p in access.at if isinstance(p, Affine | Lookup)]
        if not at:
            return Value(array)
        plain = [p for p in at if isinstance(p, Affine)]
        names = [name for p in at for name in sorted(p.names) if name in frame.order]
        loose = frame.guarded or family.outside
        basic = (
            len(plain) == len(at)
            and len(set(names)) == len(names)
            and all(self.basic(p, span, frame, loose) for p, span in zip(plain, family.ranges, strict=True))
        )
        axes = frame.sorted(names)
        if basic:
            parts = [self.slice(p, span, frame) for p, span in zip(plain, family.ranges, strict=True)]
            while parts and parts[-1] == ":":
                parts.pop()
            text = f"{array}[{', '.join(parts)}]" if parts else array
            if tuple(names) != axes:
                swaps = [names.index(n) for n in axes]
                count = len(names)
                text = f"{text}.transpose({', '.join(map(str, [*swaps, count, count + 1]))})"
            return Value(text, axes)
        if not axes and family.outside and len(plain) == len(at):
            return self.one_or_zero(array, family, plain, frame)
        places: list[str] = []
        tests: list[str] = []
        for position, span in zip(at, family.ranges, strict=True):
            if isinstance(position, Lookup):
                places.append(self.table(position, frame, axes))
                continue
            text = self.integers(position - span.first, frame, axes)
            if not self.inside(position, span):
                text, most = self.fresh("at", text), self.extent(span, frame)
                if family.outside:
                    tests.append(f"({text} >= 0) & ({text} < {most})")
                text = f"np.clip({text}, 0, {most} - 1)"
            places.append(text)
        text = f"{array}[{', '.join(places)}]"
        if tests:
            mask = f"np.asarray({' & '.join(tests)})[..., None, None]"
            text = f"np.where({mask}, {text}, 0.0)"
        return Value(text, axes)

    def one_or_zero(self, array: str, family: Family, at: Sequence[Affine], frame: Frame) -> Value:
        """One member of a family, which is zero outside of its ranges."""
        tests, places = [], []
        for form_, span in zip(at, family.ranges, strict=True):
            places.append(self.number(form_ - span.first, frame))
            if not self.inside(form_, span):
                tests.append(f"0 <= {places[-1]} < {self.extent(span, frame)}")
        zeros = f"np.zeros(({', '.join(map(self.size, family.shape))}))"
        return Value(f"({array}[{', '.join(places)}] if {' and '.join(tests)} else {zeros})")

    def inside(self, form: Affine, span: Range) -> bool:
        ranges = self.program.ranges
        return surely(least(form, ranges) - span.first) and surely(span.last - greatest(form, ranges))

    def basic(self, form: Affine, span: Range, frame: Frame, loose: bool) -> bool:
        """Whether a position is a number or a slice of its axis."""
        vector = [(n, k) for n, k in form.terms if n in frame.order]
        if loose and not self.inside(form, span):
            return False
        return not vector or (len(vector) == 1 and vector[0][1] == 1)

    def slice(self, form: Affine, span: Range, frame: Frame) -> str:
        name = next((n for n, _ in form.terms if n in frame.order), None)
        if name is None:
            return self.number(form - span.first, frame)
        own = self.program.ranges[name]
        rest = Affine(tuple(term for term in form.terms if term[0] != name), form.constant)
        first, last = own.first + rest - span.first, own.last + rest - span.first
        if first == Affine() and own.last + rest == span.last:
            return ":"
        return f"{self.number(first, frame)} : {self.number(last.shifted(1), frame)}"

    # what has a form of its own

    def viewed(self, statement: Statement, frame: Frame) -> Value:
        """Entries, rows or columns as members, or back."""
        view = self.view_of(statement)
        if statement.kind == "entries":
            base = self.evaluate(statement.body, frame)
            text = {
                (True, True): f"{base.text}[..., None, None]",
                (True, False): f"{base.text}[..., None, :]",
                (False, True): f"np.swapaxes({base.text}, -1, -2)[..., None]",
            }[view.own]
            return Value(text, frame.order)
        base = self.access(accessed(statement.body), Frame(self.program.families[view.name].indices, frame.numbers))
        text = {
            (True, True): f"{base.text}[..., 0, 0]",
            (True, False): f"{base.text}[..., 0, :]",
            (False, True): f"np.swapaxes({base.text}[..., 0], -1, -2)",
        }[view.own]
        return Value(text, frame.order)

    def view_of(self, statement: Statement) -> View:
        name = statement.name if statement.kind == "entries" else accessed(statement.body).family
        return self.program.views[name]

    def scattered(self, statement: Statement, frame: Frame) -> Value | None:
        """``sum[p : k[p] = v](…)``: each value is added where its label says."""
        if len(statement.conditions) != 1 or statement.kind != "sum":
            return None
        (condition,) = statement.conditions
        sides = (condition.left, condition.right)
        lookup = next((side for side in sides if isinstance(side, Lookup)), None)
        target = next((side for side in sides if isinstance(side, Affine)), None)
        if condition.sign != "=" or lookup is None or target is None or target.name is None or lookup.at.name is None:
            return None
        over, to = lookup.at.name, target.name
        if over not in statement.bound or frame.order[:1] != (to,) or len(statement.bound) != 1:
            return None
        inner = Frame((over, *frame.order[1:-1]), frame.numbers)
        value = self.evaluate(statement.body, inner)
        if to in value.axes or value.axes[:1] != (over,):
            return None
        count = self.extent(self.program.ranges[to], frame)
        return Value(f"placed({value.text}, {self.array(lookup.table)}, {count})", (to, *value.axes[1:]))

    def contracted(self, statement: Statement, frame: Frame) -> Value | None:
        """A sum of matrix products as one product of larger matrices."""
        factor, product = statement.body.args if statement.body.op == "scale" else (None, statement.body)
        if statement.kind != "sum" or statement.conditions or product.op != "mul" or not statement.bound:
            return None
        left, right = (self.evaluate(arg, frame) for arg in product.args)
        scalar = self.evaluate(factor, frame) if factor is not None else None
        bound = set(statement.bound)
        both = set(left.axes) & set(right.axes)
        if not bound <= both or (scalar and set(scalar.axes) & bound):
            return None
        order = [n for n in frame.order if n not in bound]
        shared = [n for n in order if n in both]
        lefts = [n for n in order if n in left.axes and n not in both]
        rights = [n for n in order if n in right.axes and n not in both]
        axes = (*shared, *lefts, *rights)
        if axes != frame.sorted(axes):
            return None

        def pairs(names: Sequence[str]) -> str:
            return "[" + ", ".join(f"({left.axes.index(n)}, {right.axes.index(n)})" for n in names) + "]"

        told = [
            pairs(shared),
            f"[{', '.join(str(left.axes.index(n)) for n in lefts)}]",
            f"[{', '.join(str(right.axes.index(n)) for n in rights)}]",
            pairs(list(statement.bound)),
        ]
        text = f"contract({left.text}, {right.text}, {', '.join(told)})"
        if scalar:
            union = frame.sorted({*scalar.axes, *axes})
            return Value(f"({self.aligned(scalar, union)} * {self.aligned(Value(text, axes), union)})", union)
        return Value(text, axes)


def helpers(text: str) -> str:
    """The functions that a text calls."""
    found: dict[str, str] = {}
    waiting = [text]
    while waiting:
        here = waiting.pop()
        for name, code in HELPERS.items():
            if name not in found and re.search(rf"(?<![\w.]){name}\(", here):
                found[name] = code
                waiting.append(code)
    return "\n\n".join(found[name].strip("\n") + "\n" for name in HELPERS if name in found)
