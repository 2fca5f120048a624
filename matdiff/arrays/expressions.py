"""Expressions over members of families as texts on arrays with leading axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from matdiff.arrays.lines import Frame, Lines, Value
from matdiff.arrays.operations import SIGNED, Operation, operation
from matdiff.arrays.places import Places, aligned
from matdiff.arrays.precedence import ATOM, PRODUCT, SUM, UNARY
from matdiff.arrays.words import Form, Words
from matdiff.compose import is_transpose
from matdiff.expr import Expr, topo
from matdiff.indices import accessed
from matdiff.operators import row
from matdiff.operators.elementwise import MASK_SIGNS
from matdiff.sizes import ONE

CHEAP = frozenset({"transpose", "negative"})
"""What costs nothing to be written twice."""

TAKEN = {"rows": "{0}[..., {1}, :]", "columns": "{0}[..., {1}]"}
"""Some rows or columns of a matrix."""


class Expressions:
    """Writes expressions; what is used more than once gets a name."""

    def __init__(self, words: Words, lines: Lines, places: Places, steady: frozenset[str] = frozenset()) -> None:
        self.words, self.lines, self.places = words, lines, places
        self.steady = steady
        """The families that are the same in every round; what is made of these alone is written first."""

    def evaluate(self, root: Expr, frame: Frame) -> Value:
        nodes = self.reached(root)
        found = {node: operation(node) for node in nodes}
        uses = Counter(arg for made in found.values() if made for arg in made.inner)
        done: dict[Expr, Value] = {}
        steady: set[Expr] = set()
        for node in nodes:
            made = found[node]
            inner = tuple(made.inner) if made else ()
            if self.is_steady(node, frame) if made is None else steady.issuperset(inner):
                steady.add(node)
            else:
                done.update({arg: self.held(arg, done[arg]) for arg in inner if arg in steady})
            with self.lines.sooner(bool(self.steady) and node in steady):
                if made is None:
                    value = self.leaf(node, frame)
                else:
                    args = [done[arg] if isinstance(arg, Expr) else constant(arg) for arg in made.args]
                    value = self.applied(node, made, args, frame)
                if uses[node] > 1 and is_costly(node, value) and (made is None or made.form not in CHEAP):
                    value = value.named(self.lines.fresh("part", value.text))
            done[node] = value
        return self.held(root, done[root]) if root in steady else done[root]

    def is_steady(self, leaf: Expr, frame: Frame) -> bool:
        """Whether a leaf is the same in every round."""
        if leaf.op != "variable":
            return True
        name = accessed(leaf)
        numbers = frame.numbers.keys()
        if leaf.data[1] == "index":
            return name.family not in numbers
        return name.family in self.steady and not name.names & numbers

    def held(self, node: Expr, value: Value) -> Value:
        """What is the same in every round, under a name where it takes time."""
        base = value.text.removesuffix(".mT") if value.level == ATOM else value.text
        if not self.steady or not is_costly(node, value) or (is_transpose(node) and "(" not in base):
            return value
        return value.named(self.lines.hold("held", base) + value.text.removeprefix(base))

    @staticmethod
    def reached(root: Expr) -> list[Expr]:
        def inside(node: Expr) -> tuple[Expr, ...]:
            made = operation(node)
            return tuple(made.inner) if made else ()

        return list(topo(root, inside=inside))

    # leaves

    def leaf(self, node: Expr, frame: Frame) -> Value:
        size, text = self.lines.size, self.words.text
        match node.op:
            case "number":
                value = Fraction(node.data)
                if value.denominator == 1:
                    return Value(f"{value.numerator}.0", level=UNARY if value < 0 else ATOM, number=True)
                return Value(f"{value.numerator} / {value.denominator}", level=PRODUCT, number=True)
            case "dim":
                written = size(node.data)
                return Value(written, level=PRODUCT if " " in written else ATOM, number=True)
            case "pi":
                return Value(text("pi"), number=True)
            case "eye":
                return Value(text("eye", size(node.rows)))
            case "ones" | "zeros":
                if node.is_scalar:
                    return Value("1.0" if node.op == "ones" else "0.0", number=True)
                return Value("1.0" if node.op == "ones" else "0.0", thin=True)
            case "selection":
                return Value(f"{text('eye', size(node.rows))}[:, {self.part(node)}]")
            case "commutation":
                m, n = map(size, node.data)
                eye = f"{text('eye', f'{m} * {n}')}.reshape({n}, {m}, {m} * {n})"
                return Value(f"{text('permute', eye, '1, 0, 2')}.reshape({m} * {n}, {m} * {n})")
        if node.data[1] != "index":
            return self.places.access(accessed(node), frame)
        name = node.data[0].family
        if name in frame.numbers:
            return Value(frame.numbers[name], number=True)
        return Value(text("float", f"{self.places.arange(name, frame, (name,))}[:, None, None]"), (name,))

    def part(self, selection: Expr) -> str:
        """The rows or columns that a selection takes, as a slice."""
        count, *before = map(self.lines.size, selection.data)
        start = " + ".join(text for text in before if text != "0")
        return f"{start} : {start} + {count}" if start else f":{count}" if count.isalnum() else f": {count}"

    # operations

    def applied(self, node: Expr, made: Operation, values: list[Value], frame: Frame) -> Value:
        if made.form == "apply":
            name, derivative = node.data
            return Value(f"{self.lines.array(name)}[{derivative}]({values[0].text})", values[0].axes)
        if made.form == "same":
            return values[0]
        if made.form == "broadcast":
            return replace(values[0], thin=True, number=False)
        if all(value.number for value in values):
            numbers = self.of_numbers(made.form, values)
            if numbers is not None:
                return numbers
        if made.form == "mul":
            folded = self.folded(node, values)
            if folded is not None:
                return folded
        thin = False
        if made.each:
            told = [v for v, a in zip(values, made.args, strict=True) if not (v.number or small(a, node))]
            thin = bool(told) and all(value.thin for value in told)
        else:
            values = [self.full(value, arg) for value, arg in zip(values, made.inner, strict=True)]
        if made.form in TAKEN:
            (value,) = values
            inner = node.args[0].args[0] if made.form == "rows" else node.args[1]
            return Value(TAKEN[made.form].format(value.inside(ATOM), self.part(inner)), value.axes)
        axes = frame.sorted({name for value in values for name in value.axes})
        values = [aligned(value, axes) for value in values]
        if made.form not in SIGNED:
            values = [Value(self.words.text("one_by_one", v.text)) if v.number else v for v in values]
        form = self.words.forms.get(made.form) or self.words.form(node)
        return Value(self.put(form, node, values), axes, form.level, thin)

    def of_numbers(self, op: str, values: Sequence[Value]) -> Value | None:
        """An operation on numbers of Python."""
        if op == "sqrt":
            return Value(self.words.text("root", values[0].text), number=True)
        if op in MASK_SIGNS:
            sides = [value.inside(SUM) for value in values]
            return Value(self.words.text("truth", f" {MASK_SIGNS[op]} ".join(sides)), number=True)
        if op in SIGNED - {"maximum", "minimum"}:
            form = self.words.forms[op]
            return Value(filled(form, values), level=form.level, number=True)
        return None

    def put(self, form: Form, node: Expr, values: Sequence[Value]) -> str:
        size = self.lines.size
        told = {"m": size(node.rows), "n": size(node.cols)}
        if "{p}" in form.text or "{q}" in form.text or ("{m}" in form.text and node.op not in ("diag", "unvec")):
            sizes = row(node).match(tuple(arg.shape for arg in node.args), node.data) or {}
            told |= {name: size(value) for name, value in sizes.items()}
        return filled(form, values, data=node.data, **told)

    def full(self, value: Value, node: Expr) -> Value:
        """A value as an array of its own size, where one row stands for many or it is a number."""
        if value.number:
            return Value(self.words.text("one_by_one", value.text))
        if not value.thin:
            return value
        shape = f"({self.lines.size(node.rows)}, {self.lines.size(node.cols)})"
        if not value.axes and value.text in ("1.0", "0.0"):
            return Value(self.words.text("ones" if value.text == "1.0" else "zeros", shape))
        return Value(f"{self.words.text('ones', shape)} * {value.inside(UNARY)}", value.axes, PRODUCT)

    def folded(self, node: Expr, values: Sequence[Value]) -> Value | None:
        """A matrix times many columns, or many rows times a matrix, as one product of two matrices."""
        left, right = values
        if any(v.thin or v.number for v in values):
            return None
        if node.cols is ONE and right.axes and not left.axes:
            text = left.inside(ATOM)
            matrix = text.removesuffix(".mT") if text.endswith(".mT") else f"{text}.mT"
            return Value(f"({right.inside(ATOM)}[..., 0] @ {matrix})[..., None]", right.axes)
        if node.rows is ONE and left.axes and not right.axes:
            return Value(f"({left.inside(ATOM)}[..., 0, :] @ {right.inside(UNARY)})[..., None, :]", left.axes)
        return None


def filled(form: Form, values: Sequence[Value], **told: object) -> str:
    needs = (*form.needs, *[ATOM] * len(values))
    return form.text.format(*(value.inside(need) for value, need in zip(values, needs, strict=False)), **told)


def is_costly(node: Expr, value: Value) -> bool:
    """Whether it takes time to compute a value again: that of an operation, or one gathered from an array."""
    return not value.number and (bool(node.args) or (node.op == "variable" and "(" in value.text))


def constant(text: str) -> Value:
    return Value(text, level=UNARY if text.startswith("-") else ATOM, number=True)


def small(arg: Expr | str, node: Expr) -> bool:
    """Whether an argument is one entry that meets all entries of a value."""
    return isinstance(arg, Expr) and arg.is_scalar and not node.is_scalar
