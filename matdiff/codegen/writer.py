"""A plan as lines of code: which values get a line of their own, and under which name."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from matdiff.arrays.precedence import ATOM, POWER, PRODUCT, SUM, UNARY
from matdiff.codegen import blocks
from matdiff.codegen.dims import Dims
from matdiff.codegen.graph import BINARY, VIEWS, Value, is_elementwise, terminates, walk
from matdiff.codegen.identifiers import Namer
from matdiff.codegen.target import Form, Statement, Target
from matdiff.codegen.text import WIDTH
from matdiff.operators import MASK_SIGNS
from matdiff.sizes import Size

LEAVES = frozenset({"const", "input", "size", "pi"})
NUMBERS = frozenset({"const", "size", "pi"})
FRESH = frozenset({"input", "apply"}) | VIEWS
"""What may not be changed in place: not made here (an unknown function may keep what it gives), or seen by others."""

MATH = frozenset({"sqrt", "log"})
"""What Python's own functions give of a positive number."""

GROWING = frozenset({"add", "multiply", "divide", "power", "sqrt"})
"""What is positive of positive numbers."""

NAMES = {
    "negative": "negative",
    "subtract": "difference",
    "add_at": "difference",
    "add_diagonal": "t",
    "max1": "row_max",
    "max1_kept": "row_max",
    "max": "top",
    "sum1": "row_sums",
    "sum1_kept": "row_sums",
    "sum0": "column_sums",
    "arange": "rows",
    **dict.fromkeys(MASK_SIGNS, "mask"),
    "as_float": "mask",
    "matmul": "product",
    "dot": "product",
    "sum_all": "total",
    "inner": "total",
    "sum_squares": "squares",
    "norm": "norm",
    "solve": "solution",
    "eye": "identity",
}
"""What a value is called where the model has no name for it; otherwise after its operation."""


@dataclass
class Writer:
    """Writes values of one function body down for a target."""

    target: Target
    namer: Namer
    inputs: Mapping[str, str]
    """Python names of the inputs."""
    dims: Dims
    """How each dim is written."""
    named: Mapping[Value, str] = field(default_factory=dict)
    """The names the model has for values."""
    comments: Mapping[Value, list[str]] = field(default_factory=dict)
    hints: dict[Value, str] = field(default_factory=dict)
    scaled: frozenset[Value] = frozenset()
    """Products that may be written over a factor that has a name and is not needed any more."""
    nested: int = 5
    """The most operations in one line."""
    dtype: str = ""
    typed_numbers: bool = False
    """Whether the numbers among the inputs are NumPy's, of the type of the arrays, and not Python's."""

    def __post_init__(self) -> None:
        self.lines: list[Statement] = []
        self.text: dict[Value, str] = {}
        self.precedence: dict[Value, int] = {}
        self.operations: dict[Value, int] = {}
        self.uses: Counter[Value] = Counter()
        self.outputs: set[Value] = set()
        self.successors: dict[Value, Value] = {}
        """What is changed by index and then only scaled, with the product that takes over its name."""
        self.plain: set[Value] = set()
        """Python's numbers: functions of them give NumPy's, which would widen the arrays they meet."""
        self.fixed: set[Value] = set()
        """Those of them that no input has a part in."""
        self.positive: set[Value] = set()
        """Those of these that are surely positive."""
        self.group = 0
        self.asks_type = False
        """Whether a line names the type of the inputs."""
        self.called: set[str] = set()
        """The functions and modules that the lines call, and what they need a value for first."""

    def prepare(self, outputs: Iterable[Value]) -> None:
        """Count what is used how often, before anything is written."""
        outputs = list(outputs)
        self.outputs = set(outputs)
        order = walk(*outputs)
        for value in reversed(order):
            times = self.uses[value] if value.op in VIEWS and value not in self.outputs else 1
            for arg in value.args:  # a view is written out wherever it is used
                self.uses[arg] += times
        for value in order:
            for arg, other in (value.args, value.args[::-1]) if value.op in ("multiply", "divide") else ():
                once = self.uses[arg] == 1 and arg not in self.named and arg not in self.outputs
                if once and arg.op == "add_at" and other.rank == 0 and value in self.named:
                    self.successors[arg] = value

    def write(self, root: Value) -> str:
        """Write all a value needs, and say how to refer to it."""
        for value in walk(root, known=self.text):
            self.value(value)
        if root in self.outputs and root.op not in LEAVES and not self.text[root].isidentifier():
            self.spill(root)
        return self.text[root]

    def value(self, value: Value) -> None:
        self.classify(value)
        form = self.form(value)
        if form.statements:
            self.block(value, form)
            return
        text = self.fill(value, form)
        while len(text) > WIDTH - 24 and (longest := self.longest(value)) is not None:
            self.spill(longest)
            text = self.fill(value, form)
        self.text[value], self.precedence[value] = text, form.precedence
        free = value.op in LEAVES or value.op in VIEWS or is_trivial(value)
        self.operations[value] = sum(self.operations[arg] for arg in set(value.args)) + (not free)
        if value.op in LEAVES:
            return
        once = self.uses[value] <= 1 and value not in self.outputs
        if value in self.named or not (free or (once and self.operations[value] < self.nested)):
            self.spill(value)

    def classify(self, value: Value) -> None:
        if value.rank or not all(arg in self.plain for arg in value.args):
            return
        if value.op != "input" or (self.target.weak_scalars and not self.typed_numbers):
            self.plain.add(value)
        if value.op in NUMBERS or (value.args and all(arg in self.fixed for arg in value.args)):
            self.fixed.add(value)
            grown = value.op in GROWING and all(arg in self.positive for arg in value.args)
            if grown or value.op in ("size", "pi") or (value.op == "const" and value.data > 0):
                self.positive.add(value)

    def longest(self, value: Value) -> Value | None:
        """The longest argument that has no line of its own yet."""
        inline = [arg for arg in value.args if not self.text[arg].isidentifier() and arg.op not in LEAVES]
        return max(inline, key=lambda arg: len(self.text[arg]), default=None)

    def spill(self, value: Value) -> None:
        """Give a value a line and a name; of a number with a minus, the number without it."""
        if value.op == "negative" and value.rank == 0 and value not in self.named and value not in self.outputs:
            self.spill(value.args[0])
            self.text[value], self.operations[value] = f"-{self.text[value.args[0]]}", 0
            return
        factor = self.overwritten(value)
        if factor is not None:
            other = value.args[value.args[0] is factor]
            sign = "*" if value.op == "multiply" else "/"
            self.lines.append(Statement(self.text[other], self.text[factor], f"{sign}="))
            self.remark(value)
            self.settle(value, self.text[factor])
            return
        name = self.name(value)
        self.lines.append(Statement(self.text[value], name))
        self.remark(value)
        self.settle(value, name)

    def overwritten(self, value: Value) -> Value | None:
        """The factor whose memory and name a product or a quotient takes over."""
        for factor in value.args:
            if self.successors.get(factor) is value and self.text[factor].isidentifier():
                return factor
            last = value in self.scaled and value.op == "multiply" and self.uses[factor] == 1
            if (
                last
                and factor not in self.outputs
                and factor in self.named
                and factor.op not in FRESH
                and factor.shape == value.shape
            ):
                return factor
        return None

    def remark(self, value: Value) -> None:
        """Put the comments of a value where the lines that lead to it begin."""
        if value in self.comments:
            line = self.lines[self.group]
            self.lines[self.group] = replace(line, comments=line.comments + tuple(self.comments[value]))
            self.group = len(self.lines)

    def settle(self, value: Value, name: str) -> None:
        self.text[value], self.precedence[value], self.operations[value] = name, ATOM, 0

    def block(self, value: Value, form: Form) -> None:
        """Statements; an array that nobody else sees is changed in place."""
        copied = form.statements[0].copies and self.is_mine(value.args[0])
        changed = value.args[0] if copied else None
        taken = self.text[changed] if changed is not None and value not in self.named else ""
        name = taken if taken.isidentifier() else self.name(value)
        for arg in value.args:
            if self.precedence[arg] < UNARY and arg is not changed:
                self.spill(arg)
        for step in form.statements:
            if step.copies and changed is not None:
                if self.text[changed] != name:
                    self.lines.append(Statement(self.text[changed], name))
            else:
                self.lines.append(self.stated(value, form, step, name))
        self.remark(value)
        self.settle(value, name)

    def stated(self, value: Value, form: Form, step: Statement, out: str) -> Statement:
        """One statement of a form; what is added with a minus is subtracted."""
        target, text = (self.fill(value, replace(form, text=part), out) for part in (step.target, step.value))
        alone = re.fullmatch(r"\{(\d+)\}", step.value) if step.sign == "+=" else None
        opposite = self.opposite(value.args[int(alone[1])]) if alone else ""
        return Statement(opposite or text, target, "-=" if opposite else step.sign)

    def opposite(self, value: Value) -> str:
        """A number or a value that is written with a minus, without it; else empty."""
        if value.op == "const" and value.data < 0:
            return number(-value.data).text
        if value.op != "negative" or self.is_named(value):
            return ""
        inner = value.args[0]
        return f"({self.text[inner]})" if self.precedence[inner] < UNARY else self.text[inner]

    def is_named(self, value: Value) -> bool:
        return self.text[value].isidentifier()

    def is_mine(self, value: Value) -> bool:
        """Whether an array is made for one use only."""
        return self.uses[value] == 1 and value not in self.named and value.op not in FRESH

    def name(self, value: Value) -> str:
        if value in self.successors:
            return self.name(self.successors[value])
        if value in self.named:
            return self.namer(self.named[value])
        wanted = self.hints.get(value) or NAMES.get(value.op)
        if wanted is None:
            op = value.data[0] if value.op in ("table", "apply") else value.op
            inner = self.text[value.args[0]] if value.args else ""
            plain = inner.isidentifier() and len(inner) <= 16
            wanted = "t" if op in BINARY else f"{op}_{inner}" if plain else op
        return self.namer.fresh(wanted)

    # texts

    def form(self, value: Value) -> Form:
        match value.op:
            case "const":
                return number(value.data)
            case "input":
                return Form(self.inputs[value.data])
            case "size":
                return self.size_form(value.data)
            case "pi":
                return Form(self.target.pi)
            case "power" if value.rank == 0 and self.target.weak_scalars and not self.is_safe_power(value):
                form = Form("np.power(float({0}), {1})" if value in self.fixed else "np.power({0}, {1})")
                return weak(form) if value in self.plain else form
            case "divide" if value in self.fixed and value.args[1] not in self.positive:
                return weak(Form("np.divide({0}, {1})"))
            case "exp" if value.args[0].op == "const" and abs(value.args[0].data) < 700:
                return Form("math.exp({0})")
            case "power":
                simple = all(re.fullmatch(r"[\w.]+", self.text[arg]) for arg in value.args)
                return Form("{0}**{1}" if simple else "{0} ** {1}", POWER, (ATOM, UNARY))
            case "square" if value.rank == 0:
                simple = re.fullmatch(r"[\w.]+", self.text[value.args[0]]) is not None
                return Form("{0}**2" if simple else "{0} ** 2", POWER, (ATOM,))
            case "blocks":
                return blocks.form(value, self.size)
            case "apply":
                name, order = value.data
                return Form(f"{self.inputs[name]}[{order}]({{0}})")
        if value.op == "as_float" and value.rank == 0 and self.target.weak_scalars:
            return Form("float({0})")
        if self.target.turns_products and (turned := self.turned_product(value)) is not None:
            return turned
        form = self.target.form(value)
        if value.op in MATH and value.args[0] in self.positive:
            return Form(f"math.{value.op}({{0}})")
        is_function = (
            value.args and value.op not in BINARY and value.op != "negative" and value.rank == value.args[0].rank == 0
        )
        return weak(form) if is_function and value in self.plain and self.target.weak_scalars else form

    def turned_product(self, value: Value) -> Form | None:
        """The product of a transpose and a 1-D array the other way round."""
        if value.op != "matmul" or value.rank != 1 or value.args[0].op != "T":
            return None
        inner = value.args[0].args[0]
        if self.precedence.get(inner) != ATOM:
            return None
        return Form(f"{{1}} @ {self.text[inner]}", PRODUCT, (UNARY, PRODUCT))

    def is_safe_power(self, value: Value) -> bool:
        """Whether a power of Python's numbers is what it should be: no complex number, and no integer without end."""
        base, exponent = value.args
        if exponent.op == "const" and exponent.data.denominator == 1:
            return value not in self.fixed or exponent.data <= 8
        return base in self.positive and (value not in self.fixed or base.op == exponent.op == "const")

    def fill(self, value: Value, form: Form, out: str = "") -> str:
        self.called |= form.names
        needs = form.arguments or (0,) * len(value.args)
        args = []
        for number_, arg in enumerate(value.args):
            if arg.op == "row" and is_elementwise(value) and arg.shape != value.shape:
                arg = arg.args[0]  # a 1-D array spreads over rows by itself
            text = self.text[arg]
            least = needs[number_] if number_ < len(needs) else 0
            loose = self.precedence[arg] < least
            if loose and least == UNARY and number_ == 0 and value.op == "multiply" and arg.op == "multiply":
                loose = False  # a * b * c
            args.append(f"({text})" if loose else text)
        return _FORMATTER.vformat(form.text, args, Fields(self, value, out))

    def size_form(self, size: Size) -> Form:
        text = self.size(size)
        return Form(text, PRODUCT if "*" in text else SUM if "+" in text else ATOM)

    def size(self, size: Size) -> str:
        factors = self.dims.factors(size)
        return " * ".join(f"({text})" if "+" in text and len(factors) > 1 else text for text in factors)


def weak(form: Form) -> Form:
    """As a number of Python's."""
    return Form(f"float({form.text})", ATOM, form.arguments)


def is_trivial(value: Value) -> bool:
    """Arithmetic on plain numbers, which costs nothing to repeat."""
    return value.rank == 0 and value.op in BINARY and all(arg.op in LEAVES for arg in value.args)


class Fields(Mapping[str, str]):
    """The fields of a form, each one found when it is asked for."""

    def __init__(self, writer: Writer, value: Value, out: str) -> None:
        self.writer, self.value, self.out = writer, value, out

    def __getitem__(self, key: str) -> str:
        value, size = self.value, self.writer.size
        match key:
            case "rows":
                return size(value.shape[0])
            case "cols":
                return size(value.shape[-1])
            case "shape":
                return f"({', '.join(map(size, value.shape))}{',' * (len(value.shape) == 1)})"
            case "data":
                return ", ".join(map(size, value.data if isinstance(value.data, tuple) else (value.data,)))
            case "float":
                self.writer.asks_type = True
                return self.writer.dtype or self.writer.target.float_type
            case "dtype":
                self.writer.asks_type = True
                if value.op == "full":  # of an integer
                    return f", dtype={self.writer.dtype or self.writer.target.float_type}"
                return f", dtype={self.writer.dtype}" if self.writer.dtype else ""
            case "out":
                return self.out
        return size(dict(value.data[2])[key])

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_FORMATTER = string.Formatter()


def number(value: Fraction) -> Form:
    if value.denominator == 1 and abs(value) < 10**15:
        text = str(value.numerator)
    elif not terminates(value) and value.denominator < 1000:
        return Form(f"{value.numerator} / {value.denominator}", PRODUCT)
    else:
        try:
            text = repr(float(value))
        except OverflowError:
            text = "float('inf')" if value > 0 else "-float('inf')"
    return Form(text, UNARY if value < 0 else ATOM)
