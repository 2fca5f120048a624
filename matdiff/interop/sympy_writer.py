"""Expressions as SymPy's: every 1×1 expression becomes a scalar, a product of matrices that is 1×1 its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import sympy
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf

from matdiff import expr as E
from matdiff.compose import spine
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.formulas import meaning
from matdiff.model import Model, refuse_complex
from matdiff.operators import CHAINS, ROWS, row, scalar_functions
from matdiff.reader import read_formula
from matdiff.sizes import ONE, Shape, Size

OF_DIFFERENCE: dict[str, Callable[[Any], Any]] = {
    "gt": lambda t: sympy.Heaviside(t, 0),
    "ge": lambda t: sympy.Heaviside(t, 1),
    "lt": lambda t: sympy.Heaviside(-t, 0),
    "le": lambda t: sympy.Heaviside(-t, 1),
    "eq": lambda t: 1 - sympy.sign(t) ** 2,
}
"""Comparisons of A and B as functions of the entries of A - B."""


def write_sympy(root: Expr, model: Model) -> Any:
    """The SymPy expression of an expression over the names of a model."""
    refuse_complex([root], "a SymPy expression")
    try:
        return Writer(model)(root)
    except RecursionError:
        raise UnsupportedError("the expression is nested deeper than SymPy can hold") from None


MAX_BITS = 10**5
"""Larger numbers are not multiplied out."""

_TOO_CLEVER = (TypeError, AttributeError, ValueError, NotImplementedError)
"""What SymPy raises where it simplifies a scalar function of matrices, Max(Determinant(…), …), and fails."""


def without_formulas(root: Expr) -> Expr:
    """The expression with definitions written out, and what SymPy has no class for in simpler functions."""
    root = E.expand(root)
    new: dict[Expr, Expr] = {}
    simpler: dict[Expr, Expr] = {}

    def parts(node: Expr) -> tuple[Expr, ...]:
        if node not in simpler:
            simpler[node] = node if is_written(node) else meaning(node) or node
        return node.args if simpler[node] is node else (simpler[node],)

    for node in E.topo(root, inside=parts):
        args = tuple(new[part] for part in parts(node))
        new[node] = E.rebuild(node, args) if simpler[node] is node else args[0]
    return new[root]


def is_written(node: Expr) -> bool:
    """Whether SymPy has something for a node itself."""
    return hasattr(Writer, f"write_{node.op}") or node.op in E.LEAVES or row(node).elementwise


@cache
def entry_function(op: str) -> Callable[[Any], Any] | None:
    """What SymPy has for a function of entries: a function of that name, or one written by the formula of its row."""
    entry = ROWS[op]
    name = entry.sympy or op
    if name == "Abs":  # evaluated, it takes the names apart as complex numbers
        return partial(sympy.Abs, evaluate=False)
    found = scalar_functions.find(name)
    if found is not None:
        return found  # type: ignore[no-any-return]
    formula = entry.sympy or entry.means
    if not formula:
        return None
    x = E.variable("X", (ONE, ONE))
    read = read_formula(formula, {"X": x})

    def function(argument: Any) -> Any:
        writer = Writer(Model(""))
        writer.known["X"] = argument
        return writer(read)

    return function


def positive_part(t: Any) -> Any:
    return sympy.Max(t, 0)


class Writer:
    """Writes expressions over the names of one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.known = dict(model.origin)

    def __call__(self, root: Expr) -> Any:
        root = without_formulas(root)
        done: dict[Expr, Any] = {}
        for node in E.topo(root, inside=operands):
            args = [done[arg] for arg in operands(node)]
            try:
                done[node] = self.write(node, args)
            except _TOO_CLEVER:
                with sympy.evaluate(False):
                    done[node] = self.write(node, args)
        return done[root]

    def write(self, node: Expr, args: list[Any]) -> Any:
        if node.op in OF_DIFFERENCE:
            return entry_by_entry(OF_DIFFERENCE[node.op], node, self.difference(node, args))
        own: Callable[[Expr, list[Any]], Any] | None = getattr(self, f"write_{node.op}", None)
        if own is not None:
            return own(node, args)
        function = entry_function(node.op) if node.op in ROWS and ROWS[node.op].elementwise else None
        if function is None:
            raise UnsupportedError(f"{node.op} has no symbolic form in SymPy")
        return entry_by_entry(function, node, args[0])

    # names and sizes

    def size(self, size: Size) -> Any:
        value = sympy.Integer(size.coefficient)
        for name, power in size.powers:
            value *= self.known.setdefault(name, sympy.Symbol(name)) ** power
        return value

    def shape(self, shape: Shape) -> tuple[Any, Any]:
        return self.size(shape[0]), self.size(shape[1])

    def symbol(self, name: str, node: Expr) -> Any:
        if name not in self.known:
            self.known[name] = (
                sympy.Symbol(name) if node.is_scalar else sympy.MatrixSymbol(name, *self.shape(node.shape))
            )
        found = self.known[name]
        return found[0, 0] if node.is_scalar and isinstance(found, sympy.MatrixSymbol) else found

    def write_variable(self, node: Expr, args: list[Any]) -> Any:
        return self.symbol(node.data[0], node)

    def write_differential(self, node: Expr, args: list[Any]) -> Any:
        if node.args[0].op != "variable":
            raise UnsupportedError("the differential of an expression has no form in SymPy; those of variables have")
        return self.symbol(f"d{node.args[0].data[0]}", node)

    # constants

    def write_number(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Rational(node.data.numerator, node.data.denominator)

    def write_pi(self, node: Expr, args: list[Any]) -> Any:
        return sympy.pi

    def write_dim(self, node: Expr, args: list[Any]) -> Any:
        return self.size(node.data)

    def write_eye(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Integer(1) if node.is_scalar else sympy.Identity(self.size(node.rows))

    def write_ones(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Integer(1) if node.is_scalar else sympy.OneMatrix(*self.shape(node.shape))

    def write_zeros(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Integer(0) if node.is_scalar else sympy.ZeroMatrix(*self.shape(node.shape))

    # operators

    def write_add(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Add(*args) if node.is_scalar else sympy.MatAdd(*args)

    def write_scale(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Mul(*args) if node.is_scalar else matrix_product(args)

    def write_mul(self, node: Expr, args: list[Any]) -> Any:
        whole = matrix_product(args)
        return sympy.Trace(whole) if node.is_scalar and getattr(whole, "is_Matrix", False) else whole

    def write_had(self, node: Expr, args: list[Any]) -> Any:
        return sympy.Mul(*args) if node.is_scalar else sympy.HadamardProduct(*args)

    def write_transpose(self, node: Expr, args: list[Any]) -> Any:
        return args[0] if node.is_scalar else sympy.Transpose(args[0])

    def write_tr(self, node: Expr, args: list[Any]) -> Any:
        return args[0] if node.args[0].is_scalar else sympy.Trace(args[0])

    def write_sum(self, node: Expr, args: list[Any]) -> Any:
        (x,) = node.args
        return args[0] if x.is_scalar else sympy.Trace(sympy.OneMatrix(*self.shape((x.cols, x.rows))) * args[0])

    def write_diag(self, node: Expr, args: list[Any]) -> Any:
        return args[0] if node.is_scalar else DiagMatrix(args[0])

    def write_diagonal_of(self, node: Expr, args: list[Any]) -> Any:
        return args[0] if node.is_scalar else DiagonalOf(args[0])

    def write_kron(self, node: Expr, args: list[Any]) -> Any:
        if any(arg.is_scalar for arg in node.args):
            return sympy.Mul(*args) if node.is_scalar else matrix_product(args)
        return sympy.KroneckerProduct(*args)

    def write_vec(self, node: Expr, args: list[Any]) -> Any:
        (x,) = node.args
        if x.rows is not ONE and x.cols is not ONE:
            raise UnsupportedError("vec of a matrix has no symbolic form in SymPy")
        return args[0] if x.cols is ONE else sympy.Transpose(args[0])

    def write_inv(self, node: Expr, args: list[Any]) -> Any:
        return 1 / args[0] if node.is_scalar else sympy.Inverse(args[0])

    def write_det(self, node: Expr, args: list[Any]) -> Any:
        return args[0] if node.args[0].is_scalar else sympy.Determinant(args[0])

    def write_matrix_power(self, node: Expr, args: list[Any]) -> Any:
        return args[0] ** node.data if node.is_scalar else sympy.MatPow(args[0], node.data)

    def write_pow(self, node: Expr, args: list[Any]) -> Any:
        base, exponent = args
        numbers = base.is_Rational and exponent.is_Integer
        if numbers and abs(exponent) * (base.p.bit_length() + base.q.bit_length()) > MAX_BITS:
            raise UnsupportedError("a power of a number here is too large for SymPy, which multiplies it out")
        return sympy.Pow(*args) if node.is_scalar else sympy.HadamardPower(*args)

    write_pow_each = write_pow

    def write_relu(self, node: Expr, args: list[Any]) -> Any:
        return entry_by_entry(positive_part, node, args[0])

    def write_maximum(self, node: Expr, args: list[Any]) -> Any:
        if node.is_scalar:
            return sympy.Max(*args)
        return args[1] + entry_by_entry(positive_part, node, self.difference(node, args))

    def write_minimum(self, node: Expr, args: list[Any]) -> Any:
        if node.is_scalar:
            return sympy.Min(*args)
        return args[0] - entry_by_entry(positive_part, node, self.difference(node, args))

    def difference(self, node: Expr, args: list[Any]) -> Any:
        return args[0] - args[1]

    # functions by name

    def write_apply(self, node: Expr, args: list[Any]) -> Any:
        name, order = node.data
        function = self.known.setdefault(name, sympy.Function(name))
        if order == 0:
            return entry_by_entry(function, node, args[0])
        t = sympy.Dummy("t")
        derivative = sympy.Derivative(function(t), (t, order))
        return entry_by_entry(lambda x: sympy.Subs(derivative, t, x), node, args[0])

    def write_sympy(self, node: Expr, args: list[Any]) -> Any:
        return entry_by_entry(lambda t: scalar_functions.symbolic(node.data, t), node, args[0])


def operands(node: Expr) -> list[Expr]:
    """What a node is written of: a whole chain of an associative operator at once."""
    if node.op in CHAINS:
        return spine(node, node.op)
    return [] if node.op == "differential" else list(node.args)


def entry_by_entry(function: Callable[[Any], Any], node: Expr, argument: Any) -> Any:
    if node.is_scalar:
        return function(argument)
    entry = sympy.Dummy("d", real=True)
    return argument.applyfunc(sympy.Lambda(entry, function(entry)))


def matrix_product(factors: Iterable[Any]) -> Any:
    """A product of scalars and matrices, scalars in front."""
    factors = [part for factor in factors for part in (factor.args if isinstance(factor, sympy.MatMul) else [factor])]
    scalars = [factor for factor in factors if not getattr(factor, "is_Matrix", False)]
    matrices = [factor for factor in factors if getattr(factor, "is_Matrix", False)]
    if not matrices:
        return sympy.Mul(*scalars)
    whole = sympy.MatMul(*matrices) if len(matrices) > 1 else matrices[0]
    coefficient = sympy.Mul(*scalars)
    return whole if coefficient == 1 else sympy.MatMul(coefficient, *matrices)
