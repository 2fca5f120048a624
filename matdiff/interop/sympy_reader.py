"""SymPy matrix expressions read as matdiff's. One pass over the tree, without recursion.

SymPy tells scalars from 1×1 matrices; here a 1×1 product is a scalar wherever one is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from matdiff import expr as E
from matdiff.errors import ArgumentTypeError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.interop.sympy_names import SIZED, Symbols, class_name
from matdiff.interop.sympy_sums import Index, Indexed, Sums
from matdiff.model import Model
from matdiff.operators import ALIASES, CALLS, ROWS, Macro, scalar_functions
from matdiff.operators.parametric import sympy_function, unknown_function
from matdiff.reader import read_formula
from matdiff.reader.build import Builder, SizeConflict, integer_exponent
from matdiff.sizes import ONE, Unifier

Value = Expr | Indexed
Scope = dict[Any, Expr | Index]
"""What bound symbols stand for: the variable of a Lambda, the indices of a Sum."""

SIGNS = {
    "Add": "plus",
    "MatAdd": "plus",
    "Mul": "hadamard",
    "MatMul": "times",
    "HadamardProduct": "hadamard",
    "KroneckerProduct": "kronecker",
    "Pow": "power_each",
    "HadamardPower": "power_each",
}
"""SymPy's operators by the sign they are read as; several operands are taken from the left."""

INDEXED = frozenset({"MatrixElement", "Sum"})
EQUAL_SIZES = frozenset({"MatAdd", "HadamardProduct"})
SCALAR = frozenset({"Add", "Mul", "Pow"})
"""Operators on scalars, which act entry by entry inside a Lambda."""

CALLED = {entry.sympy: entry.call for entry in ROWS.values() if entry.sympy.isidentifier()}
"""SymPy's classes by the function they are read as."""

CONSTANTS = {"Pi": "pi", "Exp1": "exp(1)"}

HINTS = {
    "Adjoint": "matdiff is about real matrices: write .T",
    "Derivative": "derive with matdiff, or leave it unevaluated as f(x).diff(x) of an unknown function",
    "GenericIdentity": "give it a size, as Identity(n)",
    "GenericZeroMatrix": "give it a size, as ZeroMatrix(m, n)",
    "ImmutableDenseMatrix": "of explicit matrices, multiples of the identity and of ones are read; else a MatrixSymbol",
    "MatrixElement": "there is no indexing: write sums over entries as products, with traces and OneMatrix",
    "Piecewise": "Max, Min, Abs, sign and Heaviside are read",
}


def read_sympy(expression: Any, where: str | None = None) -> Model:
    """The model of a SymPy expression, which is its objective."""
    import sympy

    if not isinstance(expression, sympy.Basic | sympy.MatrixBase):
        raise ArgumentTypeError(f"from_sympy takes a SymPy expression, not {type(expression).__name__}")
    root = expression.as_immutable() if isinstance(expression, sympy.MatrixBase) else expression
    return Reader(root, where).model()


def is_bound(node: Any, scope: Scope) -> bool:
    return node.is_Symbol and node in scope


def column(build: Builder, vector: Expr) -> Expr:
    """SymPy takes a row for a column in some places."""
    return vector if vector.cols is ONE else build.transposed(vector)


class Reader:
    """Reads one SymPy expression."""

    def __init__(self, root: Any, where: str | None) -> None:
        self.root = root
        self.names = Symbols(root, where)
        self.build = Builder(Unifier())
        self.sums = Sums(self.build, self.names.size)
        self.scopes: dict[tuple[int, int], Scope] = {}

    def model(self) -> Model:
        value = self.read(self.root)
        assert isinstance(value, Expr)
        return self.names.model(value)

    # the walk

    def read(self, root: Any) -> Value:
        top: Scope = {}
        done: dict[tuple[int, int], Value] = {}
        stack: list[tuple[Any, Scope]] = [(root, top)]
        while stack:
            node, scope = stack[-1]
            parts = self.parts(node, scope, done)
            missing = [(part, inner) for part, inner in parts if (id(part), id(inner)) not in done]
            if missing:
                stack += missing
            else:
                args = [done[id(part), id(inner)] for part, inner in parts]
                done[id(node), id(scope)] = self.combine(node, args, scope)
                stack.pop()
        return done[id(root), id(top)]

    def parts(self, node: Any, scope: Scope, done: Mapping[tuple[int, int], Value]) -> list[tuple[Any, Scope]]:
        """What is read before a node, each in its scope; a body after what its variables stand for."""
        name = class_name(node)
        if name in SIZED or name == "ImmutableDenseMatrix" or is_bound(node, scope):
            return []
        if not self.knows(node, name):
            raise self.unsupported(node)
        if name == "MatrixElement":
            return [(node.args[0], scope)]
        if name == "Sum":
            return [(node.args[0], self.inner(node, scope, lambda: self.sums.indices(node, scope)))]
        if name == "Derivative":
            return [(node.args[1].args[0], scope)]
        if name not in ("ElementwiseApplyFunction", "Subs"):
            return [(arg, scope) for arg in node.args]
        names, body, points = (
            (node.function.variables, node.function.expr, [node.expr])
            if name == "ElementwiseApplyFunction"
            else (node.variables, node.expr, node.point)
        )
        outside = [(point, scope) for point in points]
        values = [done.get((id(point), id(scope))) for point in points]
        if any(value is None for value in values):
            return outside
        bound = dict(zip(names, values, strict=True))
        return [*outside, (body, self.inner(node, scope, lambda: scope | bound))]

    def knows(self, node: Any, name: str) -> bool:
        own = name in SIGNS or name in CALLED or name in INDEXED or hasattr(self, f"read_{name}")
        return own or not node.args or (node.is_Function and name not in HINTS)

    def inner(self, node: Any, scope: Scope, make: Callable[[], Any]) -> Scope:
        key = (id(node), id(scope))
        if key not in self.scopes:
            self.scopes[key] = make()
        return self.scopes[key]

    # one node

    def combine(self, node: Any, args: list[Value], scope: Scope) -> Value:
        name = class_name(node)
        if is_bound(node, scope):
            found = scope[node]
            if isinstance(found, Index):
                raise UnsupportedError(f"the index {node} is used as a number")
            return found
        if name == "Sum":
            return self.sums.contracted(args[0], list(self.scopes[id(node), id(scope)].values()), scope)
        if name == "MatrixElement":
            return self.element(node, args[0], scope)
        if any(isinstance(arg, Indexed) for arg in args):
            return self.sums.combined(node, args, lambda values: self.combine(node, values, scope))
        plain = [arg for arg in args if isinstance(arg, Expr)]
        try:
            return self.operator(node, name, plain)
        except SizeConflict:
            sizes = ", ".join(f"{arg.rows}×{arg.cols}" for arg in plain)
            raise ShapeError(f"{name} of {sizes}: the sizes do not fit") from None

    def operator(self, node: Any, name: str, args: list[Expr]) -> Expr:
        if name in SIGNS:
            self.check_scalars(node, name, args)
            if name in EQUAL_SIZES:
                for arg in args[1:]:
                    for size, wanted in zip(arg.shape, args[0].shape, strict=True):
                        self.build.same(size, wanted)
            if name == "Pow" and node.args[1] == Fraction(1, 2):
                return self.call("sqrt", args[:1])
            return reduce(getattr(self.build, SIGNS[name]), args)
        if name in SIZED:
            return self.sized(node, name)
        if name in CALLED:
            self.check_scalars(node, name, args)
            first, *more = args
            pairs = reduce(lambda left, right: self.call(CALLED[name], [left, right]), more, first)
            return pairs if more else self.call(CALLED[name], args)
        own: Callable[[Any, list[Expr]], Expr] | None = getattr(self, f"read_{name}", None)
        if own is not None:
            return own(node, args)
        return self.function(node, name, args) if args else self.leaf(node, name)

    def check_scalars(self, node: Any, name: str, args: list[Expr]) -> None:
        """A scalar operator takes no matrix: exp(X) would be the exponential of a matrix."""
        if name in SCALAR or node.is_Function:
            for part, arg in zip(node.args, args, strict=True):
                if getattr(part, "is_Matrix", False) and not arg.is_scalar:
                    raise UnsupportedError(f"{name} of a matrix; entry by entry it is X.applyfunc(f)")

    def call(self, name: str, args: list[Expr]) -> Expr:
        """A function of matdiff's notation."""
        if args[0].is_scalar and name in ("tr", "det"):
            return args[0]
        entry = next(iter(self.build.candidates(name, args)), None)
        if entry is None:
            raise SizeConflict
        if isinstance(entry, Macro):
            return read_formula(entry.formula, dict(zip((name for name, _ in entry.signature[0]), args, strict=True)))
        pair = self.build.broadcast(*args) if len(args) == 2 else args
        return self.build.row_call(entry, list(pair))

    # leaves

    def leaf(self, node: Any, name: str) -> Expr:
        if node.is_Rational:
            return E.number(Fraction(int(node.p), int(node.q)))
        if node.is_Float and node.is_finite:
            return E.number(Fraction(repr(float(node))) if node._prec <= 53 else Fraction(str(node)))
        if node.is_Symbol:
            return self.names.scalar(node)
        if name in CONSTANTS:
            return read_formula(CONSTANTS[name], {})
        raise self.unsupported(node)

    def sized(self, node: Any, name: str) -> Expr:
        if name == "MatrixSymbol":
            return self.names.variable(self.names.name(node), self.names.shape(node.args[1:]))
        rows, cols = self.names.shape(node.args if len(node.args) == 2 else node.args * 2)
        if rows is cols is ONE:
            return E.number(int(name != "ZeroMatrix"))
        return E.eye(rows) if name == "Identity" else (E.ones if name == "OneMatrix" else E.zeros)(rows, cols)

    # functions and what else has a way of its own

    def function(self, node: Any, name: str, args: list[Expr]) -> Expr:
        """A scalar function of SymPy's."""
        self.check_scalars(node, name, args)
        ours = ALIASES.get(name, name)
        if len(args) == 1 and ours in CALLS:
            return self.call(ours, args)
        if name == "log" and len(args) == 2:
            return self.build.divided_each(self.call("log", args[:1]), self.call("log", args[1:]))
        count = scalar_functions.order_count(name) if scalar_functions.find(name) else None
        if count and args[0].op != "number":
            raise UnsupportedError(f"{name} is read with a number first, as {name}(1, x)")
        if count is None or len(args) != count + 1:
            raise self.unsupported(node)
        key = (name, *(arg.data for arg in args[:-1]))
        return self.build.row_call(sympy_function(key), args[-1:], key, op="sympy")

    def read_AppliedUndef(self, node: Any, args: list[Expr]) -> Expr:
        self.check_scalars(node, str(node.func), args)
        return self.unknown(node, 0, args)

    def unknown(self, node: Any, order: int, args: list[Expr]) -> Expr:
        if len(args) != 1:
            raise UnsupportedError(f"{node.func} is an unknown function of {len(args)} arguments; one is read")
        name = self.names.function(node.func)
        return self.build.row_call(unknown_function((name, order)), args, (name, order))

    def read_Derivative(self, node: Any, args: list[Expr]) -> Expr:
        of, *by = node.args
        unknown = class_name(of) == "AppliedUndef" and len(by) == len(of.args) == 1
        if not unknown or by[0][0] != of.args[0] or not by[0][1].is_Integer:
            raise self.unsupported(node)
        return self.unknown(of, int(by[0][1]), args)

    def read_Heaviside(self, node: Any, args: list[Expr]) -> Expr:
        self.check_scalars(node, "Heaviside", args)
        x, at_zero = args
        if at_zero is E.number(Fraction(1, 2)):
            return self.build.row_call(sympy_function(("Heaviside",)), [x], ("Heaviside",), op="sympy")
        masks = {E.number(0): "1(x > 0)", E.number(1): "1(x >= 0)"}
        return read_formula(masks.get(at_zero, "1(x > 0) + a*1(x == 0)"), {"x": x, "a": at_zero})

    def read_ImmutableDenseMatrix(self, node: Any, args: list[Expr]) -> Expr:
        """An explicit matrix, where it is a multiple of the identity or has all entries equal."""
        import sympy

        entries = set(node.flat())
        shape = self.names.shape(map(sympy.Integer, node.shape))
        if len(entries) == 1 and all(entry.is_Rational for entry in entries):
            (entry,) = entries
            return self.build.filled(E.number(Fraction(int(entry.p), int(entry.q))), *shape)
        if node.is_square and node.is_diagonal() and len(set(node.diagonal())) == 1 and node[0, 0].is_Rational:
            return self.build.times(E.number(Fraction(int(node[0, 0].p), int(node[0, 0].q))), E.eye(shape[0]))
        raise self.unsupported(node)

    def read_Transpose(self, node: Any, args: list[Expr]) -> Expr:
        return self.build.transposed(args[0])

    def read_MatPow(self, node: Any, args: list[Expr]) -> Expr:
        base, exponent = args
        if base.is_scalar:
            return self.build.power_each(base, exponent)
        if exponent.op != "number" or exponent.data.denominator != 1:
            raise UnsupportedError(f"MatPow with the exponent {node.args[1]}: a power of a matrix needs an integer")
        return self.build.matrix_power(base, integer_exponent(exponent, None))

    read_Inverse = read_MatPow

    def read_DiagMatrix(self, node: Any, args: list[Expr]) -> Expr:
        return self.build.row_call(ROWS["diag"], [column(self.build, args[0])])

    def read_DiagonalOf(self, node: Any, args: list[Expr]) -> Expr:
        return args[0] if args[0].is_scalar else self.build.row_call(ROWS["diagonal_of"], args)

    def read_DiagonalMatrix(self, node: Any, args: list[Expr]) -> Expr:
        return self.build.row_call(ROWS["diag"], [self.build.row_call(ROWS["diagonal_of"], args)])

    def read_DotProduct(self, node: Any, args: list[Expr]) -> Expr:
        left, right = (column(self.build, arg) for arg in args)
        return self.build.times(self.build.transposed(left), right)

    def read_ElementwiseApplyFunction(self, node: Any, args: list[Expr]) -> Expr:
        x, value = args
        return value if value.shape == x.shape else self.build.filled(value, *x.shape)

    def read_Subs(self, node: Any, args: list[Expr]) -> Expr:
        return args[-1]

    def read_re(self, node: Any, args: list[Expr]) -> Expr:
        """All names are real here; SymPy writes Abs(exp(a)) as exp(re(a))."""
        self.check_scalars(node, class_name(node), args)
        return args[0]

    read_conjugate = read_re

    def read_im(self, node: Any, args: list[Expr]) -> Expr:
        return self.build.filled(E.number(0), *self.read_re(node, args).shape)

    def element(self, node: Any, matrix: Value, scope: Scope) -> Value:
        """An entry of a matrix: of a 1×1 one it is the matrix, under a Sum it has indices."""
        at = [scope.get(index) for index in node.args[1:]]
        if isinstance(matrix, Expr):
            sizes = zip(node.args[1:], at, matrix.shape, strict=True)
            if all(isinstance(index, Index) or (place == 0 and size is ONE) for place, index, size in sizes):
                rows, cols = (index if isinstance(index, Index) else None for index in at)
                return self.sums.entry(matrix, rows, cols) if rows or cols else matrix
        raise self.unsupported(node)

    def unsupported(self, node: Any) -> UnsupportedError:
        name = class_name(node)
        hint = f": {HINTS[name]}" if name in HINTS else ""
        text = f"{node} " if name in ("MatrixElement", "Symbol") else ""
        return UnsupportedError(f"{name} {text}has no counterpart in matdiff{hint}")
