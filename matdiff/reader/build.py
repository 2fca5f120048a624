"""Building expressions from typed operands: what `*` means, broadcasting made explicit, sizes unified.

The methods are the meaning of the notations' signs. They build, they do not simplify; the only
arithmetic is on literal numbers, and the scalar factors of one product stand together in front.
"""

from __future__ import annotations

from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import (
    appended,
    exponent_of,
    is_power,
    is_scaled,
    joined,
    power,
    scalar_product,
    scale,
    split,
    times_each,
)
from matdiff.errors import Place, UnsupportedError
from matdiff.expr import Expr
from matdiff.operators import ALIASES, CALLS, ROWS, Macro, Row
from matdiff.operators.parametric import MAX_POWER
from matdiff.sizes import MAX_FACTORS, ONE, Shape, Size, Unifier

MAX_DIGITS = 2000
"""Longer numbers are refused: nobody means them, and exact arithmetic on them takes long."""
MAX_MOVED = 500_000
"""How often the scalar factors of products may be moved to the front of longer products."""


class SizeConflict(Exception):
    """Two sizes that cannot be one; the caller knows the words."""


class Builder:
    """Builds sized expressions; sizes still open are bound as the expressions ask for it."""

    def __init__(self, unifier: Unifier) -> None:
        self.unifier = unifier
        self.moved = 0

    def split(self, e: Expr) -> tuple[Fraction, list[Expr], Expr | None]:
        """A product as its number, its scalar factors and its matrix; raises `UnsupportedError` for absurd ones."""
        value, factors, matrix = split(e)
        self.moved += len(factors)
        if self.moved > MAX_MOVED:
            raise UnsupportedError("the products of scalars here are too long: give parts of them names")
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > 3.33 * MAX_DIGITS:
            raise UnsupportedError(f"numbers of more than {MAX_DIGITS:,} digits are not kept")
        return value, factors, matrix

    # sizes

    def shape(self, e: Expr) -> Shape:
        return self.unifier.shape(e.shape)

    def is_scalar(self, e: Expr) -> bool:
        return self.shape(e) == (ONE, ONE)

    def same(self, left: Size, right: Size) -> None:
        if not self.unifier.unify(left, right):
            raise SizeConflict

    @staticmethod
    def held(shape: Shape) -> Shape:
        """A shape; raises `UnsupportedError` for an absurd one."""
        for size in shape:
            if size.degree > MAX_FACTORS or size.coefficient > 10**60:
                raise UnsupportedError(f"a size here is a product of more than {MAX_FACTORS} sizes")
        return shape

    def resolved(self, e: Expr) -> Expr:
        """A 1×1 expression whose size was open, as a scalar."""
        return e if e.is_scalar or not self.is_scalar(e) else Expr(e.op, e.args, e.data, (ONE, ONE))

    # signs

    def plus(self, left: Expr, right: Expr) -> Expr:
        left, right = self.broadcast(left, right)
        return compose.plus(left, right)

    def negated(self, e: Expr) -> Expr:
        value, factors, matrix = self.split(self.resolved(e))
        return joined(-value, factors, matrix)

    def minus(self, left: Expr, right: Expr) -> Expr:
        return self.plus(left, self.negated(right))

    def times(self, left: Expr, right: Expr) -> Expr:
        """The matrix product, or scaling where either side is a scalar."""
        left, right = self.resolved(left), self.resolved(right)
        longer = appended(left, right)
        if longer is not None:
            return longer
        value, factors, matrix = self.split(left)
        value2, factors2, matrix2 = self.split(right)
        if matrix is None or matrix2 is None:
            return joined(value * value2, factors + factors2, matrix or matrix2)
        self.same(matrix.cols, matrix2.rows)
        product = compose.times(matrix, matrix2)
        if product.is_scalar:
            return scalar_product(value * value2, [*factors, *factors2, product])
        return joined(value * value2, factors + factors2, product)

    def matmul(self, left: Expr, right: Expr) -> Expr:
        """The matrix product, never scaling: also a 1×1 has to fit."""
        self.same(left.cols, right.rows)
        return self.times(left, right)

    def divided(self, left: Expr, right: Expr) -> Expr:
        """Division by a scalar: its factors are inverted one by one."""
        left, right = self.resolved(left), self.resolved(right)
        longer = None if is_scaled(right) else appended(left, self.reciprocal(right))
        if longer is not None:
            return longer
        value, factors, _ = self.split(right)
        if value == 0:
            raise ZeroDivisionError
        value2, factors2, matrix = self.split(left)
        return joined(value2 / value, factors2 + [self.reciprocal(f) for f in factors], matrix)

    def reciprocal(self, e: Expr) -> Expr:
        if e.op == "number":
            return E.number(1 / e.data)
        exponent = exponent_of(e)
        return power(e, -1) if exponent is None else power(e.args[0], -exponent)

    def hadamard(self, left: Expr, right: Expr) -> Expr:
        if self.is_scalar(left) or self.is_scalar(right):
            return self.times(left, right)
        left, right = self.broadcast(left, right)
        return times_each(left, right)

    def divided_each(self, left: Expr, right: Expr) -> Expr:
        if self.is_scalar(right):
            return self.divided(left, right)
        return self.hadamard(left, self.reciprocal(right))

    def power_each(self, base: Expr, exponent: Expr) -> Expr:
        base, exponent = self.resolved(base), self.resolved(exponent)
        if exponent.op == "number" and exponent.data == -1:
            return self.divided_each(E.number(1), base)
        if exponent.is_scalar:
            return Expr("pow", (base, exponent), None, base.shape)
        base, exponent = self.broadcast(base, exponent)
        return Expr("pow_each", (base, exponent), None, base.shape)

    def matrix_power(self, base: Expr, k: int) -> Expr:
        self.same(base.rows, base.cols)
        if k < 0:
            base = Expr("inv", (base,), None, base.shape)
        k = abs(k)
        if k == 0:
            return Expr("eye", (), None, (base.rows, base.rows))
        return base if k == 1 else Expr("matrix_power", (base,), k, base.shape)

    def scalar_power(self, base: Expr, exponent: Expr) -> Expr:
        """A power of a matrix with a scalar exponent: ``expm(t*logm(A))``."""
        return self.row_call(ROWS["expm"], [self.times(exponent, self.row_call(ROWS["logm"], [base]))])

    def whole_power(self, base: Expr, exponent: Expr, place: Place | None) -> Expr:
        """A power of a matrix whose exponent has a name: whole where that is a size."""
        names = [node for node in E.topo(exponent) if not node.args]
        if any(node.op != "dim" and (node.op != "number" or node.data.denominator > 1) for node in names):
            return self.scalar_power(base, exponent)
        if any(node.op not in ("dim", "number", "add", "scale") for node in E.topo(exponent)):
            raise UnsupportedError(
                "a whole exponent is made of sizes by sums and products", *([place] if place else [])
            )
        return self.row_call(ROWS["power"], [base, exponent])

    def kronecker(self, left: Expr, right: Expr) -> Expr:
        rows, cols = self.shape(left), self.shape(right)
        return Expr("kron", (left, right), None, self.held((rows[0] * cols[0], rows[1] * cols[1])))

    def compared(self, sign: str, left: Expr, right: Expr) -> Expr:
        left, right = self.broadcast(left, right)
        return Expr(sign, (left, right), None, left.shape)

    def transposed(self, e: Expr) -> Expr:
        e = self.resolved(e)
        if e.is_scalar:
            return e
        if e.op in ("ones", "zeros"):
            return Expr(e.op, (), None, (e.cols, e.rows))
        return compose.transposed(e)

    # broadcasting

    def broadcast(self, left: Expr, right: Expr) -> tuple[Expr, Expr]:
        """Both operands at their common size; a spread scalar, row or column becomes a product with ones."""
        (m, n), (p, q) = self.shape(left), self.shape(right)
        rows = self.common(m, p)
        cols = self.common(n, q)
        return self.spread(left, rows, cols), self.spread(right, rows, cols)

    def common(self, left: Size, right: Size) -> Size:
        if left is ONE or right is ONE:
            return right if left is ONE else left
        self.same(left, right)
        return self.unifier.resolve(left)

    def spread(self, e: Expr, rows: Size, cols: Size) -> Expr:
        m, n = self.shape(e)
        tall, wide = m is ONE and rows is not ONE, n is ONE and cols is not ONE
        if (tall and wide) or (tall and cols is ONE) or (wide and rows is ONE):
            return self.filled(self.resolved(e), rows, cols)
        if not (tall or wide):
            return e
        value, factors, matrix = self.split(e)
        assert matrix is not None
        pair = (E.ones(rows, ONE), matrix) if tall else (matrix, E.ones(ONE, cols))
        return joined(value, factors, Expr("mul", pair, None, (rows, cols)))

    @staticmethod
    def filled(a: Expr, rows: Size, cols: Size) -> Expr:
        """A matrix with every entry a."""
        if a.op == "number" and a.data == 0:
            return E.zeros(rows, cols)
        if a.op == "number" and a.data == 1:
            return E.ones(rows, cols)
        return scale(a, E.ones(rows, cols))

    # functions

    def replaced(self, body: Expr, parameter: Expr, x: Expr) -> Expr:
        """The body of a function over its argument, with the scalar factors of products in front again."""
        new = {parameter: x}
        for node in E.topo(body):
            if node is parameter:
                continue
            args = tuple([new[arg] for arg in node.args])
            if is_scaled(node):
                new[node] = self.times(*args)
            elif is_power(node) and args[1] is E.number(-1):
                new[node] = self.divided_each(E.number(1), args[0])
            else:
                new[node] = E.rebuild(node, args)
        return new[body]

    def row_call(self, entry: Row, args: list[Expr], data: object = None, op: str = "") -> Expr:
        """A function of the table over arguments; raises `SizeConflict`."""
        args = [self.resolved(arg) for arg in args]
        fresh: dict[str, Size] = {}
        if isinstance(data, tuple) and data and isinstance(data[0], Size):
            fresh.update(zip(("m", "n"), data, strict=True))

        def opened(size: Size) -> Size:
            for name in size.names:
                if name not in fresh:
                    fresh[name] = self.unifier.fresh()
            return size.substitute(fresh)

        patterns, value = entry.signature
        wanted = [
            pair
            for arg, (_, pattern) in zip(args, patterns, strict=True)
            for pair in zip(pattern, arg.shape, strict=True)
        ]
        for pattern, size in sorted(wanted, key=lambda pair: len(pair[0].powers)):  # products when a factor is known
            self.same(opened(pattern), size)
        shape = self.held(self.unifier.shape((opened(value[0]), opened(value[1]))))
        return Expr(op or entry.name, tuple(args), data, shape)

    def fits(self, entry: Row | Macro, args: list[Expr]) -> bool:
        """Whether the fixed sizes of a row (a column argument) are those of the arguments."""
        signature = entry.signature[0]
        if len(signature) != len(args):
            return False
        for arg, (_, pattern) in zip(args, signature, strict=True):
            shape = self.shape(arg)
            if any(not wanted.powers and size is not wanted for wanted, size in zip(pattern, shape, strict=True)):
                return False
        return True

    def candidates(self, name: str, args: list[Expr]) -> list[Row | Macro]:
        """What a function name may mean for these arguments, the most particular first."""
        rows = [entry for entry in CALLS[ALIASES.get(name, name)] if self.fits(entry, args)]
        return sorted(
            rows, key=lambda entry: -sum(not size.powers for _, shape in entry.signature[0] for size in shape)
        )


def integer_exponent(exponent: Expr, place: Place | None, each: str = ".^") -> int:
    places = (place,) if place else ()
    if exponent.op != "number" or exponent.data.denominator != 1:
        raise UnsupportedError(
            f"a power of a matrix needs an integer exponent (write {each} for the element-wise power)", *places
        )
    if abs(exponent.data) > MAX_POWER:
        raise UnsupportedError(f"matrix powers are supported up to {MAX_POWER}", *places)
    return int(exponent.data)
