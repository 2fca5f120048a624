"""Expressions to the graph of a plan.

Each ``lower_…`` is a generator: it yields the expressions it needs and is sent their values, so that
nothing recurses however deep an expression is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from fractions import Fraction

from matdiff import compose
from matdiff.codegen import blocks, labels, matrix_products
from matdiff.codegen.blocks import STRUCTURED, Structures
from matdiff.codegen.costs import count
from matdiff.codegen.graph import Graph, Value, is_number, physical, terminates, untransposed
from matdiff.codegen.operands import (
    explicit_inverses,
    grouped,
    is_labels,
    opened,
    reciprocal_of,
    transposed,
    turn_product,
)
from matdiff.codegen.stable import see
from matdiff.compose import (
    exponent_of,
    factors_each,
    factors_of,
    is_product,
    is_reciprocal,
    is_scaled,
    joined,
    product_each,
    split,
    sum_of_entries,
    terms_of,
)
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.mean import in_closed_form
from matdiff.operators import row
from matdiff.operators.elementwise import MASK_SIGNS
from matdiff.rewriting.transposes import turn
from matdiff.sizes import ONE, Size

Steps = Generator[list[Expr], list[Value], Value]

PAIRS = {"maximum": "maximum", "minimum": "minimum", "pow_each": "power"}


class Lowering:
    """Lowers expressions into one graph; equal values become one node."""

    def __init__(
        self,
        roots: Iterable[Expr],
        sizes: Mapping[str, int] | None = None,
        fills: bool = False,
        explicit: Iterable[Expr] = (),
    ) -> None:
        self.graph = Graph()
        self.roots = list(roots)
        self.sizes = sizes or {}
        self.done: dict[Expr, Value] = {}
        self.names: dict[Value, Expr] = {}
        """Values the model has a name for, with its definition."""
        self.whole: set[Value] = set()
        """Matrices that are made anyway: an entry of one is picked there, not from what it is made of."""
        self.hints: dict[Value, str] = {}
        """What to call values that have no name."""
        self.products: dict[tuple[Expr, ...], Value] = {}
        self.explicit = explicit_inverses(self.roots).union(explicit)
        self.structures = Structures() if fills else None
        """Of matrices that may be filled block by block."""

    def run(self) -> list[Value]:
        """The value of each root, at its whole size."""
        for root in self.roots:
            self.lower(root)
        return [self.graph.full(self.done[root], physical(root.shape)) for root in self.roots]

    def lower(self, root: Expr) -> None:
        stack: list[tuple[Expr, Steps, list[Expr] | None]] = [(root, self.steps(root), None)]
        while stack:
            node, steps, wanted = stack.pop()
            if node in self.done:
                continue
            try:
                while wanted is None or all(expr in self.done for expr in wanted):
                    wanted = next(steps) if wanted is None else steps.send([self.done[expr] for expr in wanted])
            except StopIteration as stop:
                self.done[node] = self.graph.scalar(stop.value) if node.is_scalar else stop.value
                continue
            stack.append((node, steps, wanted))
            stack.extend((expr, self.steps(expr), None) for expr in reversed(wanted) if expr not in self.done)

    def steps(self, node: Expr) -> Steps:
        if self.structures is not None and node.op in STRUCTURED and (terms := self.structures.of(node)):
            return blocks.lower(self, node, terms)
        own = getattr(self, f"lower_{node.op}", None)
        if own:
            return own(node)  # type: ignore[no-any-return]
        if node.op in PAIRS:
            return self.pair(node)
        if node.op in MASK_SIGNS:
            return self.mask(node)
        return self.elementwise(node) if row(node).elementwise else self.by_table(node)

    def count(self, size: Size) -> int:
        """A size as a number, for costs."""
        return count(size, self.sizes)

    # leaves

    def lower_variable(self, node: Expr) -> Steps:
        yield []
        shape = physical(node.shape)
        if node.data[1] == "labels":
            return labels.one_hot(self.graph, node)
        return self.graph.input(node.data[0], shape)

    def lower_number(self, node: Expr) -> Steps:
        yield []
        return self.graph.const(node.data)

    def lower_dim(self, node: Expr) -> Steps:
        yield []
        return self.graph.size(node.data)

    def lower_pi(self, node: Expr) -> Steps:
        yield []
        return self.graph.make("pi", (), ())

    def lower_ones(self, node: Expr) -> Steps:
        yield []
        return self.graph.const(1)

    def lower_zeros(self, node: Expr) -> Steps:
        yield []
        return self.graph.const(0)

    def lower_eye(self, node: Expr) -> Steps:
        yield []
        return self.graph.make("eye", (), node.shape)

    def lower_commutation(self, node: Expr) -> Steps:
        yield []
        return self.graph.make("commutation", (), node.shape, node.data)

    def lower_definition(self, node: Expr) -> Steps:
        (value,) = yield [node.args[0]]
        if value.op not in ("const", "input", "size"):
            self.names.setdefault(value, node)
            self.whole.add(value)
        return value

    def lower_differential(self, node: Expr) -> Steps:
        raise UnsupportedError("an expression with differentials has no value")
        yield []

    # sums

    def lower_add(self, node: Expr) -> Steps:
        """Terms of one coefficient together: ``2*a - 2*b + c*d`` as ``2*(a - b) + c*d``."""
        terms = terms_of(node)
        if sum(split(term)[2] is not None and transposed(term) for term in terms) * 2 > len(terms):
            (value,) = yield [compose.total([turn_product(term) for term in terms])]
            return self.turned(value, node)
        total: Value | None = None
        sparse: list[tuple[Value, bool, Expr]] = []
        for number, factors, members in grouped(terms):
            dense = [(sign, body) for sign, body in members if not is_labels(body)]
            flipped = bool(dense) and all(sign for sign, _ in dense)
            if len(members) == len(dense) == 1:
                (inner,) = yield [joined(number, factors, dense[0][1])]
            else:
                coefficient = yield from self.coefficient(number, factors)
                if not dense:
                    sparse += [(self.graph.divide(*coefficient), sign, body) for sign, body in members]
                    continue
                inner = self.scaled((yield from self.signed_sum(members, flipped)), *coefficient)
            total = self.plus(total or self.graph.const(0), inner, flipped)
        for amount, minus, body in sparse:
            amount = self.graph.negative(amount) if minus else amount
            if total is None:
                (hot,) = yield [body]
                total = self.graph.multiply(amount, hot)
            else:
                total = labels.add_at(self.graph, total, body, amount)
        assert total is not None
        return total

    def signed_sum(self, members: list[tuple[bool, Expr]], flipped: bool) -> Steps:
        """A sum of bodies, each with or without a minus; labels come last, added by index."""
        total: Value | None = None
        for minus, body in sorted(members, key=lambda member: (is_labels(member[1]), member[0])):
            if is_labels(body):
                assert total is not None
                total = labels.add_at(self.graph, total, body, self.graph.const(-1 if minus != flipped else 1))
            else:
                (value,) = yield [body]
                total = value if total is None else self.plus(total, value, minus != flipped)
        assert total is not None
        return total

    def plus(self, total: Value, value: Value, minus: bool) -> Value:
        return self.graph.subtract(total, value) if minus else self.graph.add(total, value)

    # products with scalars

    def coefficient(
        self, number: Fraction, factors: list[Expr]
    ) -> Generator[list[Expr], list[Value], tuple[Value, Value]]:
        """A scalar product as what stands above and below the line."""
        above, below = self.graph.const(1), self.graph.const(1)
        if terminates(number):
            above = self.graph.const(number)
        else:
            above, below = self.graph.const(number.numerator), self.graph.const(number.denominator)
        for factor in factors:
            if is_reciprocal(factor):
                (base,) = yield [factor.args[0]]
                below = self.graph.multiply(below, self.graph.power(base, -factor.args[1].data))
            else:
                (value,) = yield [factor]
                above = self.graph.multiply(above, value)
        return above, below

    def scaled(self, x: Value, above: Value, below: Value) -> Value:
        """``above / below * x`` with as few passes over x as there can be."""
        if x.rank == 0 or is_number(above, -1) or is_number(above, 1) or is_number(below, 1):
            return self.graph.divide(self.graph.multiply(above, x), below)
        return self.graph.multiply(self.graph.divide(above, below), x)

    def lower_scale(self, node: Expr) -> Steps:
        number, factors, body = opened(node)
        if body.op == "ones":
            return self.graph.divide(*(yield from self.coefficient(number, factors)))
        factors, guard = self.guarded(factors, body)
        above, below = yield from self.coefficient(number, factors)
        (x,) = yield [body]
        if guard is not None:
            (norm,) = yield [guard]
            below = self.graph.multiply(below, self.graph.make("nonzero", (norm,), ()))
        return self.scaled(x, above, below)

    @staticmethod
    def guarded(factors: list[Expr], body: Expr) -> tuple[list[Expr], Expr | None]:
        """A norm below its own argument: at 0 the quotient is 0, and must not be nan."""
        links = [f for link in factors_of(body) for f in factors_each(link)]
        for number, factor in enumerate(factors):
            norm = factor.args[0] if exponent_of(factor) == -1 else factor
            while norm.op == "definition":
                norm = norm.args[0]
            if norm is not factor and norm.op == "norm2":
                (x,) = norm.args
                runs = [factors_of(x), factors_of(turn_product(x))]
                found = any(links[k : k + len(run)] == run for run in runs for k in range(len(links)))
                if found or any(link is x or turn(link) is x for link in [*links, body]):
                    return factors[:number] + factors[number + 1 :], factor.args[0]
        return factors, None

    # entry by entry

    def lower_had(self, node: Expr) -> Steps:
        factors = factors_each(node)
        one_hot = next((factor for factor in factors if is_labels(factor)), None)
        if one_hot is not None:
            rest = [factor for factor in factors if factor is not one_hot]
            (x,) = yield [product_each(rest)] if rest else [one_hot]
            return labels.place(self.graph, labels.pick(self.graph, x, one_hot, self.whole), one_hot)
        if all(transposed(factor) for factor in factors):
            (value,) = yield [product_each([turn_product(factor) for factor in factors])]
            return self.turned(value, node)
        number, scalars = Fraction(1), []
        above: Value = self.graph.const(1)
        below: Value = self.graph.const(1)
        for factor in factors:
            value_, more, matrix = split(factor)
            number *= value_
            scalars += more
            assert matrix is not None
            base = reciprocal_of(matrix)
            (x,) = yield [base or matrix]
            if base is not None:
                below = self.graph.multiply(below, x)
            else:
                above = self.graph.multiply(above, x)
        coefficient = yield from self.coefficient(number, scalars)
        return self.graph.divide(self.scaled(above, *coefficient), below)

    def lower_pow(self, node: Expr) -> Steps:
        base, exponent = node.args
        if exponent.op == "number":
            (x,) = yield [base]
            return self.graph.power(x, exponent.data)
        x, p = yield [base, exponent]
        return self.graph.binary("power", x, p)

    def pair(self, node: Expr) -> Steps:
        a, b = yield list(node.args)
        return self.graph.binary(PAIRS[node.op], a, b)

    def mask(self, node: Expr) -> Steps:
        a, b = yield list(node.args)
        if node.op in ("gt", "le") and is_number(b, 0):
            a = self.graph.table.get(("relu", (a,), None, a.shape)) or a  # relu(z) > 0 where z > 0
        return self.graph.mask(node.op, a, b)

    def elementwise(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        op = "relu" if node.op == "relu_at_zero_1" else node.op
        return self.graph.unary(op, x, node.data)

    def lower_log(self, node: Expr) -> Steps:
        inner = see(node.args[0])
        if inner.op == "det":
            (x,) = yield [inner.args[0]]
            return self.graph.make("log_det", (self.graph.full(x, inner.args[0].shape),), ())
        (x,) = yield [node.args[0]]
        return self.graph.unary("log", x)

    # softmax and its kin share their exponentials

    def exponentials(self, x: Value) -> tuple[Value, Value, Value, Value]:
        """Of each row of a matrix, or of all of a column: the top, x - top, its exponential, and the sum of that."""
        g = self.graph
        matrix = x.rank == 2
        top = g.make("max1", (x,), x.shape[:1]) if matrix else g.make("max", (x,), ())
        shifted = g.subtract(x, g.column(top) if matrix else top)
        weights = g.unary("exp", shifted)
        total = g.sum1(weights) if matrix else g.sum(weights)
        self.whole.add(shifted)
        inner = untransposed(x)
        name = self.names[inner].data if inner in self.names else inner.data if inner.op == "input" else ""
        called = (f"max_{name}", f"shifted_{name}", f"exp_{name}", f"sum_exp_{name}")
        plain = ("largest", "shifted", "weights", "weight_sums")
        self.hints |= zip((top, shifted, weights, total), called if name else plain, strict=True)
        return top, shifted, weights, total

    def entries(self, x: Value, node: Expr) -> Value:
        """What the maximum is taken of: each row, also where it has one entry only, or all entries of a column.

        Which of the two, the operator says: ``softmax(x, axis=1)`` of a column goes over its rows.
        """
        over_column = node.op.endswith("_column")
        return self.graph.full(x, physical(node.args[0].shape)) if over_column else self.matrix(x, node.args[0])

    def softmax(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        _, _, weights, total = self.exponentials(self.entries(x, node))
        return self.held(self.graph.divide(weights, self.graph.column(total) if weights.rank == 2 else total), node)

    def log_softmax(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        _, shifted, _, total = self.exponentials(self.entries(x, node))
        total = self.graph.unary("log", total)
        return self.held(self.graph.subtract(shifted, self.graph.column(total) if shifted.rank == 2 else total), node)

    def logsumexp(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        top, _, _, total = self.exponentials(self.entries(x, node))
        return self.graph.add(top, self.graph.unary("log", total))

    lower_softmax = lower_softmax_column = softmax
    lower_log_softmax = lower_log_softmax_column = log_softmax
    lower_logsumexp = lower_logsumexp_column = logsumexp

    def held(self, x: Value, node: Expr) -> Value:
        """A 2-D array as a value of its expression is held: a column is 1-D."""
        return self.graph.flat(x) if node.cols is ONE and not node.is_scalar else x

    # matrices

    def lower_mul(self, node: Expr) -> Steps:
        return (yield from matrix_products.lower_product(self, factors_of(node), node.shape))

    def lower_transpose(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        return self.turned(x, node)

    def turned(self, x: Value, node: Expr) -> Value:
        """The transpose of a value, as the value of ``node`` is held."""
        if node.rows is ONE:
            return self.graph.row(x)
        return self.graph.flat(x) if node.cols is ONE else self.graph.transpose(x)

    def lower_inv(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        return self.graph.make("inv", (self.graph.full(x, node.shape),), node.shape)

    def lower_tr(self, node: Expr) -> Steps:
        if node.args[0].is_scalar:
            (value,) = yield [node.args[0]]
            return value
        factors = factors_of(node.args[0])
        number, scalars = Fraction(1), list[Expr]()
        if is_scaled(node.args[0]):
            number, scalars, body = split(node.args[0])
            factors = factors_of(body) if body is not None else []
        if len(factors) > 1:
            value = yield from matrix_products.lower_trace(self, factors)
        else:
            (x,) = yield factors
            value = self.graph.make("trace", (self.graph.full(x, factors[0].shape),), ())
        return self.scaled(value, *(yield from self.coefficient(number, scalars)))

    def lower_sum(self, node: Expr) -> Steps:
        (body,) = node.args
        if is_product(body):
            ends = [Expr("ones", (), None, (ONE, body.rows)), Expr("ones", (), None, (body.cols, ONE))]
            factors = [end for end in ends[:1] if not end.is_scalar]
            factors += factors_of(body)
            factors += [end for end in ends[1:] if not end.is_scalar]
            return (yield from matrix_products.lower_product(self, factors, node.shape))
        number, scalars, inner = split(body)
        if inner is not None and inner is not body:
            (x,) = yield [sum_of_entries(inner)]
            return self.scaled(x, *(yield from self.coefficient(number, scalars)))
        picked = labels.picked(body)
        if picked is not None:
            rest, one_hot = picked
            (x,) = yield [rest]
            return self.graph.sum(labels.pick(self.graph, x, one_hot, self.whole))
        (x,) = yield [body]
        return self.graph.sum(self.graph.full(x, physical(body.shape)))

    def lower_norm2(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        return self.graph.make("norm", (self.graph.full(x, physical(node.args[0].shape)),), ())

    def lower_vec(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        if node.args[0].cols is ONE:
            return x
        return self.graph.make("vec", (self.graph.full(x, node.args[0].shape),), (node.rows,))

    def lower_unvec(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        if node.cols is ONE:
            return x
        return self.graph.make("unvec", (self.graph.full(x, physical(node.args[0].shape)),), node.shape)

    def lower_diag(self, node: Expr) -> Steps:
        (x,) = yield [node.args[0]]
        return self.graph.make("diag", (self.graph.full(x, (node.rows,)),), node.shape)

    def lower_diagonal_of(self, node: Expr) -> Steps:
        if is_product(node.args[0]):  # diag(A*B) is the row sums of A .* B'
            left, right = node.args[0].args
            a, b = yield [left, right]
            a, b = self.graph.full(a, physical(left.shape)), self.graph.full(b, physical(right.shape))
            if a.rank == 1:
                return self.graph.multiply(a, self.graph.flat(b))
            return self.graph.sum1(self.graph.multiply(a, self.graph.transpose(b)))
        (x,) = yield [node.args[0]]
        return self.graph.make("diagonal", (self.graph.full(x, node.args[0].shape),), (node.rows,))

    def lower_expect(self, node: Expr) -> Steps:
        (x,) = yield [in_closed_form(node)]
        return x

    def by_table(self, node: Expr) -> Steps:
        """Any other row of the table: its NumPy column over 2-D arrays."""
        if not row(node).numpy and node.op != "implicit":
            raise UnsupportedError(f"{row(node).call or node.op} has no NumPy value")
        args = yield list(node.args)
        whole = [self.matrix(x, arg) for x, arg in zip(args, node.args, strict=True)]
        found = row(node).match(tuple(arg.shape for arg in node.args), node.data) or {}
        shape = () if row(node).signature[1] == (ONE, ONE) else node.shape
        data = (node.op, node.data, tuple(sorted(found.items(), key=str)))
        return self.held(self.graph.make("table", tuple(whole), shape, data), node)

    def matrix(self, x: Value, of: Expr) -> Value:
        """A value as the 2-D array the operator table works on."""
        if of.is_scalar:
            return self.graph.full(x, of.shape)
        whole = self.graph.full(x, physical(of.shape))
        return self.graph.column(whole) if whole.rank == 1 else whole
