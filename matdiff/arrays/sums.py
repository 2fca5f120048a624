"""The value of one statement: what is bound by indices becomes a sum over axes, or one product of larger matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matdiff.arrays.expressions import Expressions
from matdiff.arrays.lines import Frame, Lines, Value
from matdiff.arrays.places import Places, aligned
from matdiff.arrays.precedence import ATOM, PRODUCT, SUM, UNARY
from matdiff.arrays.words import Words
from matdiff.compose import is_product, is_scaled
from matdiff.expr import Expr
from matdiff.indices import Affine, Lookup, accessed
from matdiff.programs.program import Program, Statement
from matdiff.sizes import ONE

NEUTRAL = {"sum": "0.0", "prod": "1.0", "max": "-{}", "min": "{}", "logsumexp": "-{}"}
"""What adds nothing to a sum, a product, and so on, from what is infinite."""


class Sums:
    """Writes the values of statements."""

    def __init__(self, program: Program, words: Words, lines: Lines, places: Places, expressions: Expressions) -> None:
        self.program, self.words, self.lines = program, words, lines
        self.places, self.expressions = places, expressions

    def value_of(self, statement: Statement, numbers: Mapping[str, str]) -> Value:
        """The value of a statement, over its free indices that are no numbers."""
        free = [name for name in statement.free if name not in numbers]
        frame = Frame((*free, *statement.bound), numbers, bool(statement.conditions))
        if statement.kind in ("entries", "matrix"):
            return self.viewed(statement, frame)
        value = self.scattered(statement, frame) or self.contracted(statement, frame)
        return value or self.expressions.full(self.reduced(statement, frame), statement.body)

    def whole(self, e: Expr, frame: Frame) -> Value:
        return self.expressions.full(self.expressions.evaluate(e, frame), e)

    # one axis after another

    def reduced(self, statement: Statement, frame: Frame) -> Value:
        value = self.expressions.evaluate(statement.body, frame)
        if statement.conditions:
            value = self.masked(value, statement, frame)
        bound = set(statement.bound)
        inner = [n for n in value.axes if n in bound]
        if inner:
            at = ", ".join(str(value.axes.index(n)) for n in inner)
            axes = f"({at})" if len(inner) > 1 else at
            kept = tuple(n for n in value.axes if n not in bound)
            if statement.kind == "logsumexp":
                held = self.lines.fresh("held", f"logsumexp({value.text}, {axes})")
                value = Value(self.words.text("squeeze", held, axes), kept, thin=value.thin)
            else:
                text = self.words.text(f"{statement.kind} over", value.text, axes)
                value = Value(text, kept, thin=value.thin)
        rest = [n for n in statement.bound if n not in inner]
        return self.counted(value, statement.kind, rest, frame) if rest else value

    def counted(self, value: Value, kind: str, names: Sequence[str], frame: Frame) -> Value:
        """What is the same for all values of some indices, for all of these."""
        counts = [self.places.extent(self.program.ranges[n], frame) for n in names]
        count = " * ".join(f"({text})" if " " in text else text for text in counts)
        if kind == "sum":
            return Value(f"{count} * {value.inside(UNARY)}", value.axes, PRODUCT, value.thin, value.number)
        if kind == "prod":
            return Value(f"{value.inside(ATOM)} ** ({count})", value.axes, UNARY, value.thin, value.number)
        if kind == "logsumexp":
            log = self.words.text("log", count)
            return Value(f"{value.inside(SUM)} + {log}", value.axes, SUM, value.thin, value.number)
        return value

    def masked(self, value: Value, statement: Statement, frame: Frame) -> Value:
        """A value where the conditions hold, and what adds nothing elsewhere."""
        names = frozenset().union(*(c.names for c in statement.conditions))
        axes = frame.sorted({*value.axes, *names})
        tests = [self.places.test(condition, frame, axes) for condition in statement.conditions]
        mask = self.lines.fresh("mask", " & ".join(f"({test})" for test in tests) if len(tests) > 1 else tests[0])
        neutral = NEUTRAL[statement.kind].format(self.words.text("infinite"))
        if not any(n in frame.order for n in names):
            return Value(self.words.text("choose", mask, value.text, neutral), axes, ATOM, value.thin)
        text = self.words.text("where", f"{mask}[..., None, None]", aligned(value, axes).text, neutral)
        return Value(text, axes, thin=value.thin or value.number)

    # what has a form of its own

    def viewed(self, statement: Statement, frame: Frame) -> Value:
        """Entries, rows or columns as members, or back."""
        entries = statement.kind == "entries"
        view = self.program.views[statement.name if entries else accessed(statement.body).family]
        if entries:
            base = self.expressions.evaluate(statement.body, frame)
            text = {
                (True, True): "{0}[..., None, None]",
                (True, False): "{0}[..., None, :]",
                (False, True): "{0}.mT[..., None]",
            }[view.own]
            return Value(text.format(base.inside(ATOM)), frame.order)
        indices = tuple(n for n in self.program.families[view.name].indices if n not in frame.numbers)
        base = self.places.access(accessed(statement.body), Frame(indices, frame.numbers))
        text = {
            (True, True): f"{base.text}[..., 0, 0]",
            (True, False): f"{base.text}[..., 0, :]",
            (False, True): f"{base.text}[..., 0].mT",
        }[view.own]
        return Value(text, frame.order)

    def scattered(self, statement: Statement, frame: Frame) -> Value | None:
        """``sum[p : k[p] = v](…)``: each value is added where its label says."""
        if len(statement.conditions) != 1 or not statement.is_sum:
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
        value = self.whole(statement.body, inner)
        if to in value.axes or value.axes[:1] != (over,):
            return None
        count = self.places.extent(self.program.ranges[to], frame)
        at = self.places.table(lookup, inner, (over,))
        return Value(f"placed({value.text}, {at}, {count})", (to, *value.axes[1:]))

    def contracted(self, statement: Statement, frame: Frame) -> Value | None:
        """A sum of matrix products as one product of larger matrices."""
        if not statement.is_sum or statement.conditions or not statement.bound:
            return None
        weight, product = factors(statement.body)
        if product is None:
            return None
        bound = set(statement.bound)
        left, right = (self.whole(arg, frame) for arg in product)
        scalar = self.expressions.evaluate(weight, frame) if weight is not None else None
        if scalar and set(scalar.axes) & bound:
            left, scalar = self.weighted(scalar, left, frame), None
        if not bound & set(left.axes) & set(right.axes):
            return None
        rest = [n for n in statement.bound if n not in left.axes and n not in right.axes]
        ones = [n for n in statement.bound if n in left.axes and n not in right.axes]
        others = [n for n in statement.bound if n in right.axes and n not in left.axes]
        left, right = self.added_up(left, ones), self.added_up(right, others)
        found = self.contraction(left, right, [n for n in statement.bound if n in left.axes], frame)
        found = self.counted(found, "sum", rest, frame) if rest else found
        return self.weighted(scalar, found, frame) if scalar else found

    def weighted(self, scalar: Value, value: Value, frame: Frame) -> Value:
        axes = frame.sorted({*scalar.axes, *value.axes})
        one, other = aligned(scalar, axes), aligned(value, axes)
        return Value(f"{one.inside(PRODUCT)} * {other.inside(UNARY)}", axes, PRODUCT)

    def added_up(self, value: Value, names: Sequence[str]) -> Value:
        if not names:
            return value
        at = ", ".join(str(value.axes.index(n)) for n in names)
        text = self.words.text("sum over", value.text, f"({at})" if len(names) > 1 else at)
        return Value(text, tuple(n for n in value.axes if n not in names))

    def contraction(self, left: Value, right: Value, summed: Sequence[str], frame: Frame) -> Value:
        """The products of two families of matrices, added up over some indices."""
        order = [n for n in frame.order if n not in summed]
        shared = [n for n in order if n in left.axes and n in right.axes]
        lefts = [n for n in order if n in left.axes and n not in right.axes]
        rights = [n for n in order if n in right.axes and n not in left.axes]

        def pairs(names: Sequence[str]) -> str:
            return "[" + ", ".join(f"({left.axes.index(n)}, {right.axes.index(n)})" for n in names) + "]"

        told = [
            pairs(shared),
            f"[{', '.join(str(left.axes.index(n)) for n in lefts)}]",
            f"[{', '.join(str(right.axes.index(n)) for n in rights)}]",
            pairs(summed),
        ]
        axes = (*shared, *lefts, *rights)
        value = Value(f"contract({left.text}, {right.text}, {', '.join(told)})", axes)
        return self.places.permuted(value, frame.sorted(axes))


def factors(body: Expr) -> tuple[Expr | None, tuple[Expr, Expr] | None]:
    """A number, and the two factors of a matrix product; a number times a column or a row is one too."""
    weight, inner = (body.args[0], body.args[1]) if is_scaled(body) else (None, body)
    if is_product(inner):
        return weight, (inner.args[0], inner.args[1])
    if weight is None or weight.op == "number" or (inner.cols is not ONE and inner.rows is not ONE):
        return weight, None
    return None, (inner, weight) if inner.cols is ONE else (weight, inner)
