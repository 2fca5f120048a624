"""What a row of the operator table is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matdiff import sizes
from matdiff.sizes import Shape, Size


@dataclass(frozen=True)
class Row:
    """Everything known of one operator.

    Formulas are strings in matdiff's own notation over the argument names, the size names of
    ``sizes``, ``G`` (the cotangent, of the size of the value) and ``dX`` (the differential of X).
    """

    name: str
    """The operator's name inside expressions."""
    sizes: str
    """Argument names and sizes, and the size of the value: ``"A: m×k, B: k×n -> m×n"``."""
    adjoint: tuple[str, ...] = ()
    """Per argument in which the operator is linear (else empty), H with <G, op(dA)> = <H, dA>."""
    vec: tuple[str, ...] = ()
    """Per argument in which the operator is linear (else empty), J with vec op(dA) = J vec dA."""
    d: tuple[str, ...] = ()
    """Per argument in which the operator is not linear (else empty), its part of the differential."""
    pullback: tuple[str, ...] = ()
    """Per argument with a ``d``, H with <G, d> = <H, dA>, where that is shorter than what the moves round the trace
    find."""
    associative: bool = False
    """Nested uses are one chain: written, rewritten and matched as a whole."""
    commutative: bool = False
    """The order of the arguments does not matter."""
    signs: str = ""
    """The signs of the notation that it may be read from."""
    constant: bool = False
    """The derivative is zero wherever it exists (masks, signs)."""
    bounded: bool = False
    """No entry of the value is above 1 or below -1."""
    nonnegative: bool = False
    """No entry of the value is ever negative."""
    symmetry: str = ""
    """``always`` where the value is symmetric, or the argument with which it is."""
    zeros: str = ""
    """Where the value is 0, of what may become 0 in floating point elsewhere: ``nowhere``, or ``at 0`` only."""
    at: tuple[tuple[int, int], ...] = ()
    """Values at numbers: f(0) = 1 is ``(0, 1)``."""
    inverse: str = ""
    """The function g with f(g(x)) = x that ``f^{-1}`` means."""
    same_of_scalar: bool = False
    """Of a 1×1 matrix it is that matrix."""
    by_row: bool = False
    """Each row, or the one column, is taken by itself."""
    entry: tuple[str, str] = ("", "")
    """Operators f and g where the value has the entries f(X[i,j] - g(X[i,:])); without f, the difference itself."""
    placing: bool = False
    """Entries are placed, picked or turned round, and no digit of them changes."""
    error: str = ""
    """What the rounding error is relative to, where that is more than the value: over the argument names, in NumPy."""
    condition: float = 0.0
    """The largest condition number of an argument that is inverted."""
    orthogonal: bool = False
    """The value is square, and its transpose its inverse."""
    keeps: str = ""
    """A comparison with 0 that holds of an entry of the value exactly where it holds of the argument's."""
    analytic: bool = False
    """Of complex arguments it is the analytic function with the same, real, coefficients."""
    parity: int = 0
    """1 where f(-X) = f(X), -1 where f(-X) = -f(X)."""
    means: str = ""
    """The same value in simpler functions: what proofs, and libraries that lack the function, take it for."""
    ends: tuple[str, str] = ("", "")
    """The functions that give the first and the last entry of the value, or of a square one the columns."""
    mistaken_for: tuple[str, ...] = ()
    """The functions that people write for this one, the likeliest first."""
    numpy: str = ""
    """The value on arrays, over the argument names."""
    also: tuple[str, ...] = ()
    """Other names that NumPy has for it, SciPy's after ``linalg.`` and ``special.``."""
    leading: str = ""
    """The value on arrays with axes before those of the matrix, where that is another text."""
    jax: str = ""
    """How JAX writes it, where that is not NumPy's way."""
    torch: str = ""
    """How PyTorch writes it, where that is not NumPy's way."""
    sympy: str = ""
    """The name that SymPy has for it, where that is another, or a formula in what SymPy has."""
    latex: str = ""
    """A LaTeX command written before ``(X)``, or a pattern with the arguments in braces."""
    call: str = ""
    """The function's name in the notation; empty for what has a sign of its own."""
    where: str = ""
    """The condition under which the value and the differential exist."""
    domain: frozenset[str] = frozenset()
    """What points are drawn so as to meet: the argument is ``symmetric`` (its symmetric part is read), ``definite``
    (its symmetric part is), ``positive`` (no eigenvalue on the closed negative axis), ``invertible``, ``tall``
    (m >= n), p ``whole``, the value ``nonzero``."""
    miscounted: str = ""
    """What is often meant by another number of arguments."""
    not_square: str = ""
    """What there is for a matrix that is not square."""
    note: str = ""
    """What is said with every answer that has the function."""
    by_order: bool = False
    """The value has kinks where the order of the entries changes, and not their signs."""
    system: bool = False
    """Found from one linear system in all its entries."""
    slow: bool = False
    """Found entry by entry in arithmetic of any precision."""
    spectral: bool = False
    """A function of singular values or vectors: with kinks where values meet or vanish, and vectors of either sign."""
    convention: str = ""
    """Where the derivative jumps or does not exist: the value it is given there."""
    rule: str = ""
    """The name of the step that takes its differential."""
    move: str = ""
    """The name of the step that moves it round the trace, one of `MOVES` (linear operators)."""
    source: str = ""
    """The book that has the formula."""
    elementwise: bool = False
    of_square: str = ""
    """What books mean by an element-wise function of a square matrix, where it is another thing."""
    whole: str = ""
    """The function that it is then."""

    @cached_property
    def signature(self) -> tuple[tuple[tuple[str, Shape], ...], Shape]:
        """The named argument shapes, and the shape of the value."""
        left, right = self.sizes.split("->")
        return parse_arguments(left), _shape(right)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.signature[0])

    @property
    def is_linear(self) -> bool:
        """Whether the operator is linear in every argument."""
        return bool(self.adjoint) and all(self.adjoint)

    @property
    def is_product(self) -> bool:
        """Whether it is linear in each of two arguments, and not in both together, as a sum is."""
        return self.is_linear and len(self.arguments) == 2 and not self.d

    def linear_in(self, index: int) -> bool:
        return bool(self.adjoint and self.adjoint[index])

    def formula(self, column: str, index: int) -> str:
        """The formula of ``d``, ``vec`` or ``pullback`` in one argument; empty where there is none."""
        formulas: tuple[str, ...] = getattr(self, column)
        return formulas[index] if formulas else ""

    @property
    def is_matrix_function(self) -> bool:
        """Whether it is a function of a square matrix as a whole, which commutes with it."""
        (_, (rows, cols)), value = self.signature[0][0], self.signature[1]
        return self.symmetry == self.arguments[0] and rows is cols and value == (rows, cols)

    @property
    def bends(self) -> bool:
        """Whether the derivative jumps somewhere."""
        return self.constant or self.by_order or bool(self.convention)

    @property
    def breaks(self) -> bool:
        """Whether values beside one another may lie on different branches."""
        return self.bends or self.spectral

    def match(self, shapes: tuple[Shape, ...], data: object = None) -> dict[str, Size] | None:
        """What the size names of the row stand for, or None where the sizes do not fit.

        A product of names (kron's ``m*p``) may have one unknown factor. ``data`` holds the sizes of
        the value where the arguments do not tell them (``unvec``).
        """
        found: dict[str, Size] = {}
        if isinstance(data, tuple) and data and isinstance(data[0], Size):
            found.update(zip(("m", "n"), data, strict=True))
        wanted = [
            pair
            for (_, pattern), shape in zip(self.signature[0], shapes, strict=True)
            for pair in zip(pattern, shape, strict=True)
        ]
        for pattern, size in sorted(wanted, key=lambda pair: len(pair[0].powers)):
            known = pattern.substitute(found)
            unknown = [name for name in pattern.names if name not in found]
            if not unknown:
                if known is not size:
                    return None
            elif len(unknown) == 1:
                rest = sizes.product(found[name] for name in pattern.names if name in found)
                quotient = size.divided_by(rest)
                if quotient is None:
                    return None
                found[unknown[0]] = quotient
            else:
                return None
        return found


class Several:
    """A function with several values, each a row of its own: ``U, s, V = svd(X)``."""

    def __init__(self, call: str, names: tuple[str, ...], *values: Row, also: tuple[str, ...] = ()) -> None:
        self.call = call
        self.also = also
        """Other names that libraries have for it."""
        self.names = names
        """What the values are called where it is explained."""
        self.values = values


def parse_arguments(text: str) -> tuple[tuple[str, Shape], ...]:
    """``"A: m×k, B: k×n"`` as names with sizes."""
    parts = (part.split(":") for part in text.split(","))
    return tuple((name.strip(), _shape(shape)) for name, shape in parts)


def _shape(text: str) -> Shape:
    rows, cols = text.strip().split("×")
    return (sizes.parse(rows), sizes.parse(cols))


def elementwise(name: str, derivative: str, numpy: str, **columns: Any) -> Row:
    """A row for a scalar function applied to each entry: ``derivative`` is f'(X), ``columns`` are those of `Row`."""
    return Row(
        name,
        "X: m×n -> m×n",
        **{
            "d": () if columns.get("constant") else (f"({derivative}) .* dX",),
            "numpy": numpy,
            "latex": rf"\operatorname{{{name}}}",
            "call": name,
            "rule": f"derivative of {name}",
            "source": "Magnus & Neudecker 2019, ch. 5 (scalar differentials), applied to each entry",
            "elementwise": True,
            **columns,
        },
    )
