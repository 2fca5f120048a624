"""Sums over an index, ``Σ_i (w'x_i - y_i)^2``, as matrix expressions.

What carries the index i is a family: one value for each i, kept as the rows of one matrix. Each operator of the
summand is carried over to whole families; at the end the rows are added. What has no such meaning is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff import expr as E
from matdiff.compose import (
    is_power,
    is_product,
    is_product_each,
    is_scaled,
    is_sum_of_entries,
    is_transpose,
    joined,
    split,
    squared_norm,
)
from matdiff.errors import ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.operators import CALLS, ROWS, Row, facts, row
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context
from matdiff.reader.size_arguments import size_argument
from matdiff.reader.syntax import Indices, Node
from matdiff.sizes import ONE, Size


@dataclass(frozen=True, slots=True)
class Family:
    """The values for all i: as rows of a matrix (``scalar``, ``row``, ``column``), or only their sum (``total``)."""

    kind: str
    rows: Expr


def entry(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """``x_i``, ``X_{ij}``, or the row ``X_i`` of a matrix; it lives only inside of a sum."""
    base = reader.build.resolved(args[0])
    rows, cols = reader.build.shape(base)
    flat = rows is ONE or cols is ONE
    if base.is_scalar or len(node.value) != (1 if flat else len(node.value)) or len(node.value) > 2:
        raise ShapeError(
            f"{reader.text(node.children[0])} is {reader.size(base)}: it has no entry with the index"
            f" {', '.join(node.value)}",
            reader.program.place(node),
        )
    reader.indexed = True
    if flat:
        return Expr("entry", (base,), node.value, (ONE, ONE))
    first, second = (*node.value, ":")[:2]
    return Expr("entry", (base,), (first, second), (rows if first == ":" else ONE, cols if second == ":" else ONE))


def beside_entry(reader: Context, entries: Expr, other: Expr) -> Expr:
    """``a_i ⊙ M``: of a matrix with a row for each i its row is meant, as people write it."""
    rows, cols = reader.build.shape(entries)
    found = [e for e in topo(entries) if e.op == "entry"]
    if not found or (rows is ONE) == (cols is ONE) or any(e.op == "entry" for e in topo(other)):
        return other
    for e in found:
        base = reader.build.shape(e.args[0])
        counts = base if len(e.data) == 2 else [size for size in base if size is not ONE]
        for index, count in zip(e.data, counts, strict=True):
            if index != ":" and reader.build.shape(other) == ((count, cols) if rows is ONE else (rows, count)):
                at = (index, ":") if rows is ONE else (":", index)
                return Expr("entry", (other,), at, (rows, cols))
    return other


def total(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """The sum of the body over all indices, the last one first; or its product, its largest or smallest value."""
    body, *upper = args
    count = size_argument(reader, node.children[1], upper[0]) if upper else None
    by = node.value.by if isinstance(node.value, Indices) else ""
    for index in reversed(node.value):
        over = _Sum(reader, node, index, count)
        body = over.of(body) if by not in _WORDS else call_of(reader, by, over.column(body))
    return body


_WORDS = {"prod": "product", "max": "largest value", "min": "smallest value"}
"""What is taken over an index, other than a sum."""


def members(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """All values of a number that carries an index, as a column."""
    return _Sum(reader, node, node.value[0], None).column(args[0])


def call_of(reader: Context, name: str, column: Expr) -> Expr:
    """A function of all entries."""
    (entry,) = (entry for entry in CALLS[name] if isinstance(entry, Row) and len(entry.arguments) == 1)
    return reader.build.row_call(entry, [column])


class _Sum:
    """One sum over one index."""

    def __init__(self, reader: Context, node: Node, index: str, count: Size | None) -> None:
        self.reader = reader
        self.build = reader.build
        self.node = node
        self.index = index
        self.count = count
        self.what = _WORDS.get(node.value.by, "sum") if isinstance(node.value, Indices) else "sum"
        self.families: dict[Expr, Family] = {}

    def of(self, body: Expr) -> Expr:
        self.take(body)
        return self.to_total(self.families[body]).rows if body in self.families else self.times_count(body)

    def column(self, body: Expr) -> Expr:
        self.take(body)
        family = self.families.get(body)
        if family is None or family.kind != "scalar":
            raise self.error("it is no number for each value of the index")
        return family.rows

    def take(self, body: Expr) -> None:
        """Carry the parts of a body over to whole families."""
        for e in topo(body, inside=lambda e: () if e.op == "definition" else e.args):
            entry = e.op == "entry" and self.index in e.data
            if entry or any(arg in self.families for arg in e.args):
                try:
                    self.families[e] = self.leaf(e) if entry else self.lift(e)
                except SizeConflict:
                    raise self.error("the sizes do not fit") from None

    def error(self, reason: str) -> UnsupportedError:
        return UnsupportedError(
            f"the {self.what} over {self.index} has no meaning as a matrix expression: {reason}",
            self.reader.program.place(self.node),
        )

    def times_count(self, e: Expr) -> Expr:
        """The sum of a value that does not carry the index."""
        if self.count is None:
            raise self.error(f"nothing in it carries the index {self.index}, and it has no upper end")
        return self.build.times(E.dim(self.count), e)

    # families

    def leaf(self, e: Expr) -> Family:
        """The entries of one name."""
        (base,) = e.args
        if any(part.op == "entry" and self.index in part.data for part in topo(base)):
            raise self.error("the index stands twice on one expression")
        rows, cols = self.build.shape(base)
        if rows is ONE or cols is ONE:
            family = Family("scalar", base if cols is ONE else self.turned(base))
        elif e.data == (self.index, self.index):
            family = Family("scalar", self.build.row_call(ROWS["diagonal_of"], [base]))
        elif e.data[1] == ":":
            family = Family("row", base)
        elif e.data[0] == ":":
            family = Family("column", self.turned(base))
        elif e.data[0] == self.index:
            family = Family("scalar", Expr("entry", (base,), (":", e.data[1]), (rows, ONE)))
        else:
            other = Expr("entry", (base,), (e.data[0], ":"), (ONE, cols))
            family = Family("scalar", self.turned(other))
        self.measure(family.rows)
        return family

    def turned(self, e: Expr) -> Expr:
        return e.args[0] if is_transpose(e) else self.build.transposed(e)

    def measure(self, rows: Expr) -> None:
        """All families have as many members as the sum has terms."""
        found = self.build.shape(rows)[0]
        if self.count is None:
            self.count = found
            return
        try:
            self.build.same(self.count, found)
        except SizeConflict:
            raise ShapeError(
                f"the sum over {self.index} has {self.count} terms in one place and {found} in another",
                self.reader.program.place(self.node),
            ) from None
        self.count = self.build.unifier.resolve(self.count)

    def to_total(self, family: Family) -> Family:
        """The sum of all values of a family."""
        if family.kind == "scalar":
            return Family("total", self.sum(family.rows))
        if family.kind == "total":
            return family
        rows = family.rows
        if is_product(rows) and rows.args[0].cols is ONE:  # a number for each i, times one row
            return Family("total", self.build.times(self.sum(rows.args[0]), self.oriented(family.kind, rows.args[1])))
        weights, rows = self.weights(rows)
        if family.kind == "row":
            return Family("total", self.build.times(self.turned(weights), rows))
        return Family("total", self.build.times(self.turned(rows), weights))

    def oriented(self, kind: str, line: Expr) -> Expr:
        return self.turned(line) if kind == "column" else line

    def weights(self, rows: Expr) -> tuple[Expr, Expr]:
        """The rows apart from a factor for each of them."""
        if is_product_each(rows):
            for spread, other in (rows.args, rows.args[::-1]):
                if is_product(spread) and spread.args[1].op == "ones" and spread.args[1].rows is ONE:
                    return spread.args[0], other
        return E.ones(rows.rows, ONE), rows

    def sum(self, rows: Expr) -> Expr:
        """The sum of a column, by what it is made of."""
        if is_scaled(rows):
            return self.build.times(rows.args[0], self.sum(rows.args[1]))
        if is_product_each(rows):
            return self.build.times(self.turned(rows.args[0]), rows.args[1])
        if is_product(rows) and rows.args[1].op == "ones":  # the sum of row sums
            rows = rows.args[0]
        return self.build.row_call(ROWS["sum"], [rows])

    def hadamard(self, left: Expr, right: Expr) -> Expr:
        """Scalar factors stand in front."""
        value, factors, matrix = split(left)
        value2, factors2, matrix2 = split(right)
        if matrix is None or matrix2 is None:
            return self.build.hadamard(left, right)
        return joined(value * value2, [*factors, *factors2], self.build.hadamard(matrix, matrix2))

    def row_sums(self, rows: Expr) -> Family:
        return Family("scalar", self.build.times(rows, E.ones(self.build.shape(rows)[1], ONE)))

    def lifted(self, e: Expr, kind: str) -> Expr:
        """A part of the summand beside families of one kind: its rows, or a constant that all rows share."""
        family = self.families.get(e)
        if family is not None:
            if family.kind not in (kind, "scalar"):
                raise self.error("a row meets a column")
            return family.rows
        return self.turned(e) if kind == "column" else e

    # operators

    def lift(self, e: Expr) -> Family:
        """An operator over families."""
        own = {
            "add": self.add,
            "scale": self.scale,
            "mul": self.mul,
            "transpose": self.transpose,
            "tr": self.trace,
        }.get(e.op)
        found = own(e) if own else self.entrywise(e)
        return found or self.reduced(e) or self.linear(e)

    def kind(self, e: Expr) -> str:
        """The kind that an entry-by-entry operator gives; empty where a total is among its arguments."""
        kinds = {self.families[arg].kind for arg in e.args if arg in self.families}
        if "total" in kinds:
            return ""
        return next(iter(kinds - {"scalar"}), "scalar") if e.is_scalar or kinds != {"scalar"} else ""

    def add(self, e: Expr) -> Family | None:
        kind = self.kind(e)
        if kind:
            return Family(kind, self.build.plus(*(self.lifted(arg, kind) for arg in e.args)))
        parts = [
            self.to_total(self.families[arg]).rows if arg in self.families else self.times_count(arg) for arg in e.args
        ]
        return Family("total", self.build.plus(*parts))

    def scale(self, e: Expr) -> Family | None:
        a, x = e.args
        kinds = [self.families[arg].kind if arg in self.families else "" for arg in (a, x)]
        if "total" in kinds:
            return self.weighted(a, x) if kinds[0] == "scalar" else None
        if not kinds[0]:
            return Family(kinds[1], self.build.times(a, self.families[x].rows))
        rows = self.families[a].rows
        if kinds[1]:
            return Family(kinds[1], self.hadamard(rows, self.families[x].rows))
        if x.is_scalar:
            return Family("scalar", self.build.times(x, rows))
        if x.rows is ONE:
            return Family("row", self.build.times(rows, x))
        return Family("column", self.build.times(rows, self.turned(x))) if x.cols is ONE else None

    def weighted(self, a: Expr, x: Expr) -> Family | None:
        """A number for each i times the product of a column and a row for each i."""
        after: list[Expr] = []
        while is_product(x) and x.args[1] not in self.families:
            x, last = x.args
            after.append(last)
        left, right = (self.families.get(arg) for arg in x.args) if is_product(x) else (None, None)
        if left is None or right is None or (left.kind, right.kind) != ("column", "row"):
            return None
        rows = self.hadamard(self.families[a].rows, left.rows)
        value = self.build.times(self.turned(rows), right.rows)
        for factor in reversed(after):
            value = self.build.times(value, factor)
        return Family("total", value)

    def mul(self, e: Expr) -> Family | None:
        left, right = (self.families.get(arg) for arg in e.args)
        kinds = (left.kind if left else "", right.kind if right else "")
        if left and right:
            if kinds == ("row", "column"):
                return self.row_sums(self.hadamard(left.rows, right.rows))
            if kinds == ("column", "row"):
                return Family("total", self.build.times(self.turned(left.rows), right.rows))
            raise self.error("a product of these two does not stay a row or a column")
        if left and left.kind == "row":
            rows = self.build.times(left.rows, e.args[1])
            return Family("scalar" if e.is_scalar else "row", rows)
        if right and right.kind == "column":
            rows = self.build.times(right.rows, self.turned(e.args[0]))
            return Family("scalar" if e.is_scalar else "column", rows)
        return None

    def trace(self, e: Expr) -> Family | None:
        """A trace of numbers is the numbers."""
        family = self.families[e.args[0]]
        return family if family.kind == "scalar" else None

    def transpose(self, e: Expr) -> Family | None:
        family = self.families[e.args[0]]
        turned = {"row": "column", "column": "row"}.get(family.kind)
        return Family(turned, family.rows) if turned else None

    def entrywise(self, e: Expr) -> Family | None:
        """Operators that act entry by entry."""
        if e.op == "differential":
            family = self.families[e.args[0]]
            return Family(family.kind, E.differential(family.rows))
        kind = self.kind(e)
        if not kind:
            return None
        if is_product_each(e):
            return Family(kind, self.hadamard(*(self.lifted(arg, kind) for arg in e.args)))
        if is_power(e):
            base, exponent = e.args
            if (x := squared_norm(e)) in self.families:
                return self.row_sums(self.power(self.families[x].rows, exponent))
            power = self.families[exponent].rows if exponent in self.families else exponent
            return Family(kind, self.build.power_each(self.lifted(base, kind), power))
        if len(e.args) == 2 and (e.op == "pow_each" or facts(e).elementwise):
            left, right = self.build.broadcast(*(self.lifted(arg, kind) for arg in e.args))
            return Family(kind, Expr(e.op, (left, right), None, left.shape))
        if e.op == "sympy" or (e.op not in E.LEAVES and len(e.args) == 1 and row(e).elementwise):
            (rows,) = (self.lifted(arg, kind) for arg in e.args)
            return Family(kind, Expr(e.op, (rows,), e.data, rows.shape))
        return None

    def power(self, rows: Expr, exponent: Expr) -> Expr:
        return self.build.power_each(rows, exponent)

    def reduced(self, e: Expr) -> Family | None:
        """Functions of one row or column, as functions of all rows."""
        family = self.families.get(e.args[0]) if len(e.args) == 1 else None
        if family is None or family.kind not in ("row", "column"):
            return None
        if e.op in ROWS and ROWS[e.op].by_row:
            kind = family.kind if e.shape == e.args[0].shape else "scalar"
            return Family(kind, self.build.row_call(ROWS[ROWS[e.op].call], [family.rows]))
        rowwise = ROWS.get(f"row{ROWS[e.op].call}") if e.op in ROWS and e.is_scalar else None
        if rowwise is not None:
            return Family("scalar", self.build.row_call(rowwise, [family.rows]))
        if is_sum_of_entries(e):
            return self.row_sums(family.rows)
        if e.op == "norm1":
            return self.row_sums(Expr("abs", (family.rows,), None, family.rows.shape))
        if e.op == "norm2":
            squares = self.row_sums(self.power(family.rows, E.number(2))).rows
            return Family("scalar", Expr("sqrt", (squares,), None, squares.shape))
        return None

    def linear(self, e: Expr) -> Family:
        """Of an operator linear in the one argument that carries the index, the sum goes to that argument."""
        carried = [arg for arg in e.args if arg in self.families]
        name = e.op
        if len(carried) != 1 or name not in ROWS or not ROWS[name].is_linear:
            raise self.error(f"{ROWS[name].call or name if name in ROWS else name} cannot be taken row by row")
        args = [self.to_total(self.families[arg]).rows if arg in self.families else arg for arg in e.args]
        if name == "scale":
            return Family("total", self.build.times(*args))
        return Family("total", Expr(name, tuple(args), e.data, e.shape))
