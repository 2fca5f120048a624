"""What people hold: an expression together with the model that says what its names are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from matdiff import expr as E
from matdiff.compose import is_inverse
from matdiff.errors import DeclarationError, EvaluationError
from matdiff.expr import Expr
from matdiff.indices import Access, appearing
from matdiff.model import Model
from matdiff.printing.math import Printer
from matdiff.sizes import ONE, Shape


class Variable(NamedTuple):
    """A name that an expression does not define: its kind, its size, and who said so."""

    name: str
    kind: str
    shape: tuple[int | str, int | str]
    told: str
    """"declared", or "letter" where the kind is the letter's."""
    indices: tuple[str, ...] = ()


class Expression:
    """A matrix expression: prints as math text, evaluates on arrays.

    >>> import matdiff as md
    >>> e = md.parse("x'*A*x", where="A: matrix(n, n); x: vector(n)")
    >>> e, e.shape
    (Expression("x'*A*x"), (1, 1))
    >>> e.evaluate(A=[[1, 2], [3, 4]], x=[1, 1])
    10.0
    """

    __slots__ = ("model", "node", "symmetric")

    def __init__(self, node: Expr, model: Model, symmetric: bool = False) -> None:
        self.node = node
        self.model = model
        """The model its names belong to."""
        self.symmetric = symmetric
        """Whether this is a Hessian, whose value is symmetric to the last digit."""

    @property
    def shape(self) -> tuple[int | str, int | str]:
        """Rows and columns: integers, or names as text. A scalar is (1, 1), a vector (n, 1)."""
        return _shape(self.node.shape)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The names that the model has declared, or that a letter gave a kind, in order.

        >>> import matdiff as md
        >>> for variable in md.parse("X: symmetric(n); v'*X*v").variables:
        ...     print(*variable[:4])
        X symmetric ('n', 'n') declared
        v vector ('n', 1) letter
        """
        told = {name: "letter" if name in self.model.defaulted else "declared" for name in self.model.variables}
        found = {
            name: Variable(name, node.data[1], _shape(node.shape), told[name])
            for name, node in self.model.variables.items()
        }
        if (families := self.model.families) is not None:
            for name, family in families.members.items():
                if not families.defined(name):
                    found[name] = Variable(name, family.kind, _shape(family.shape), "declared", family.indices)
        return tuple(found.values())

    def __str__(self) -> str:
        return Printer(self.model.inferred, self._taken())(self.node)

    def __repr__(self) -> str:
        text = str(self)
        return f"Expression({text!r})" if "'" not in text or '"' in text else f'Expression("{text}")'

    def latex(self) -> str:
        r"""The expression as LaTeX, without dollar signs.

        >>> import matdiff as md
        >>> print(md.parse("A'*x").latex())
        A^{\top} x
        """
        from matdiff.printing.latex import LatexPrinter

        return LatexPrinter(self.model.inferred, self._taken(), self.model.defaulted)(self.node)

    def to_sympy(self) -> Any:
        """The same as a SymPy expression; 1×1 products are traces, entry-wise functions ``applyfunc``.

        Names become symbols, or those the expression was read from. Raises `UnsupportedError` for what
        SymPy has no symbolic form for (vec of a matrix, the pseudoinverse).

        >>> import matdiff as md
        >>> md.gradient("norm2(A*x)^2", "x").to_sympy()
        2*A.T*A*x
        """
        from matdiff.interop.sympy_writer import write_sympy

        return write_sympy(self.node, self.model)

    def _repr_html_(self) -> str:
        """What a notebook shows: MathML, which browsers set without scripts."""
        from matdiff.printing.mathml import MathMLPrinter, math

        return math(MathMLPrinter(self.model.inferred, self._taken())(self.node))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _taken(self) -> set[str]:
        return {*self.model.variables, *self.model.definitions, *self.model.functions, *self.model.dims}

    def __eq__(self, other: object) -> bool:
        """Whether both are the same expression, whatever the names of inferred sizes."""
        if not isinstance(other, Expression):
            return NotImplemented
        if self.node is other.node:
            return True
        return str(self) == str(other) and str(self.expand()) == str(other.expand())

    def __hash__(self) -> int:
        return hash(str(self))

    def expand(self) -> Expression:
        """The same with the model's intermediate names replaced by what they stand for.

        >>> import matdiff as md
        >>> md.parse("r = A*x - y; norm2(r)^2").expand()
        Expression('norm2(A*x - y)^2')
        """
        return Expression(E.expand(self.node), self.model, self.symmetric)

    @property
    def indices(self) -> tuple[str, ...]:
        """The indices over which this runs, each an axis of its value."""
        return ()

    def evaluate(self, /, **inputs: Any) -> Any:
        """The value on arrays given by name.

        Vectors may be 1-D or n×1; labels are integers; an unknown function is a tuple ``(f, df, …)``;
        dims may be given as integers where no array tells them; an intermediate that is given is used
        as it is. A scalar comes back as float, a column as a 1-D array, the rest as 2-D arrays.

        Raises `DeclarationError` for a missing or unknown name, `ShapeError` where sizes do not fit or an
        array is not symmetric, diagonal, orthogonal or one-hot as its name was declared, `ArgumentTypeError`
        for what is no number, `EvaluationError` where there is no value.

        >>> import matdiff as md
        >>> md.parse("A*x").evaluate(A=[[1, 2], [3, 4]], x=[1, 1])
        array([3., 7.])
        """
        import numpy as np

        from matdiff import evaluate as numbers
        from matdiff import exchange

        if self.model.families is not None:
            from matdiff.arrays.values import Target
            from matdiff.arrays.values import evaluate as evaluate_families

            return evaluate_families(self.model, Target(self.node), inputs)
        names = {**self.model.variables, **self.model.definitions}
        known, sizes, functions = exchange.taken(self.model, names, inputs)
        self._settle_sizes(sizes)
        used = self._used(known)
        try:
            value = numbers.values([self.node], known, sizes, functions, numbers.of_symmetric)[self.node]
        except numbers.Singular as error:
            (node,) = error.args
            reason = f"{self._short(node)} has no value here: the matrix is singular or not finite"
            if node.op == "implicit":
                reason = f"no value of {node.data.name} was found that is what it is defined as"
            if is_inverse(node) and E.Expr("det", node.args, None, (ONE, ONE)) in E.topo(self.node):
                reason += "; where it is multiplied by the determinant, adj has one"
            raise EvaluationError(reason) from None
        except MemoryError:
            raise EvaluationError(numbers.TOO_LARGE) from None
        if self.symmetric:
            value = exchange.symmetrized(value)
        if any(np.may_share_memory(value, array) for array in known.values()):
            value = value.copy()  # who changes the one must not change the other
        if not self.node.is_scalar:
            value = exchange.rounded(value, used)
        return exchange.result(value, self.node.shape)

    def _short(self, node: Expr) -> str:
        text = str(Expression(node, self.model))
        return text if len(text) <= 60 else "an inverse"

    def _settle_sizes(self, sizes: dict[str, int]) -> None:
        """Every size this expression needs must be known by now."""
        for node in E.topo(self.node):
            for name in node.data.names if node.op == "dim" else (*node.rows.names, *node.cols.names):
                if name not in sizes and node.op in ("dim", "eye", "ones", "zeros", "commutation"):
                    raise DeclarationError(
                        f"the size {self.model.inferred.get(name, name)} is not known: give {name}=…"
                    )

    def _used(self, known: Mapping[Expr, Any]) -> dict[Expr, Any]:
        """What is needed of what is known; every variable must have a value by now."""
        needed = list(E.topo(self.node, inside=lambda node: () if node in known else node.args))
        missing = [node for node in needed if node.op == "variable" and node not in known]
        if missing:
            named = ", ".join(f"{node.data[0]} ({node.rows}×{node.cols})" for node in missing)
            raise DeclarationError(f"no value was given for {named}")
        return {node: known[node] for node in needed if node in known}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Expression, (self.node, self.model, self.symmetric))


def _shape(shape: Shape) -> tuple[int | str, int | str]:
    rows, cols = (size.coefficient if not size.powers else str(size) for size in shape)
    return rows, cols


class FamilyExpression(Expression):
    """An expression for each value of some indices, with the statements of the answer that it needs.

    >>> import matdiff as md
    >>> e = md.gradient("i: 1..N; x[i]: vector(n); A: matrix(n, n); sum[i](x[i]'*A*x[i])", "x")
    >>> e, e.indices
    (Expression("(A + A')*x[i]"), ('i',))
    """

    __slots__ = ("_indices", "name", "of", "statements")

    def __init__(
        self,
        node: Expr,
        model: Model,
        indices: tuple[str, ...] = (),
        name: str = "",
        statements: tuple[Statement, ...] = (),
        of: Access | None = None,
    ) -> None:
        super().__init__(node, model)
        self.of = of
        """Of a gradient, the member it belongs to."""
        self._indices = indices
        self.name = name
        """The name that has this value among the statements of the model."""
        self.statements = statements
        """What is defined before it: left sides and right sides."""

    @property
    def indices(self) -> tuple[str, ...]:
        return self._indices

    def __str__(self) -> str:
        lines = [*map(str, self.statements), super().__str__()]
        met = [name for name in appearing(self.node) if name in self._indices]
        if self.name and met != list(self._indices):  # a reader takes them in the order in which they are met
            at = f"{self.name}[{','.join(self._indices)}]"
            lines[-1:] = [f"{at} = {lines[-1]}", at]
        return "\n".join(lines)

    def expand(self) -> Expression:
        return self

    def evaluate(self, /, **inputs: Any) -> Any:
        """The value on arrays given by name, an axis for each index; see `Expression.evaluate`."""
        from matdiff.arrays.values import Target, evaluate

        return evaluate(self.model, Target(self.node, self._indices, self.name), inputs)

    def __reduce__(self) -> tuple[Any, ...]:
        return (FamilyExpression, (self.node, self.model, self._indices, self.name, self.statements, self.of))


@dataclass(frozen=True)
class Statement:
    """``left = right`` of an answer; of a declaration, ``left: right``."""

    left: Access
    right: Expression | str

    def __str__(self) -> str:
        return f"{self.left}{': ' if isinstance(self.right, str) else ' = '}{self.right}"


def expression(node: Expr, model: Model) -> Expression:
    """What people hold of a node of a model."""
    free = model.families.free if model.families else ()
    return FamilyExpression(node, model, free) if free else Expression(node, model)
