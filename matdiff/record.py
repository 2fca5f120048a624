"""What a derivation holds: the steps in order, and what they lead to, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Generic, TypeVar, cast

from matdiff.errors import DeclarationError
from matdiff.expression import Expression, Statement
from matdiff.model import Model


@dataclass(frozen=True)
class Step:
    """One link of a derivation, ``before = after``, with the rule that justifies it."""

    rule: str
    before: Expression
    after: Expression
    note: str = ""
    source: str = ""
    """The book that has the rule."""
    moves: tuple[Step, ...] = ()
    """Of a line in textbook detail: the single rules applied, in order."""

    def __str__(self) -> str:
        return f"{self.before} = {self.after}   [{self.rule}]"

    def _repr_html_(self) -> str:
        return f"{self.before._repr_html_()} = {self.after._repr_html_()} &emsp; <small>{escape(self.rule)}</small>"


Key = TypeVar("Key", str, tuple[str, str])


class ByName(dict[Key, Expression]):
    """What was found by each name, or by each pair of them, shown as a table in a notebook."""

    def _repr_html_(self) -> str:
        names = {key: key if isinstance(key, str) else ", ".join(key) for key in self}
        rows = "".join(f"<tr><th>{escape(names[key])}</th><td>{e._repr_html_()}</td></tr>" for key, e in self.items())
        return f"<table>{rows}</table>"


Single = TypeVar("Single")
"""An `Expression`, where one variable was named; a dictionary by name, where ``wrt`` was a list."""
Pair = TypeVar("Pair")
"""The same for Hessians, which go by pairs of names."""


@dataclass
class Record(Generic[Single, Pair]):
    """The steps in order, and what they lead to."""

    model: Model
    objective: Expression
    name: str
    wrt: tuple[str, ...]
    steps: tuple[Step, ...]
    gradients: dict[str, Expression]
    jacobians: dict[str, Expression]
    differentials: dict[str, Expression]
    layout: str = "gradient"
    moves: tuple[Step, ...] = ()
    """Every single rule applied, in order; ``steps`` are these where full detail was asked for."""
    detail: str = "textbook"
    many: bool = False
    conditions: tuple[str, ...] = ()
    """Under which the answer holds."""
    conventions: tuple[str, ...] = ()
    """What was chosen where a derivative jumps."""
    structured: dict[str, dict[str, Expression]] = field(default_factory=dict)
    hessians: dict[tuple[str, str], Expression] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    """Of a model with indices: what the answer defines beside the gradients, in order."""
    check: str = ""
    """How the answer was checked before it was given."""

    def _one(self, found: Mapping[str, Expression]) -> Single:
        return cast("Single", ByName(found) if self.many else next(iter(found.values())))

    @property
    def gradient(self) -> Single:
        """∇f, of the size of the variable; of a matrix function F m×n by X p×q the transposed Jacobian, pq×mn.

        Of a symmetric or diagonal variable the structured one, where that was asked for.
        """
        return self._one(self.gradients | {name: next(iter(forms.values())) for name, forms in self.structured.items()})

    @property
    def jacobian(self) -> Single:
        """D f: of a scalar by X p×q A, q×p, in ``df = tr(A dX)``; of F m×n J, mn×pq, in ``d vec F = J d vec X``."""
        return self._one(self.jacobians)

    @property
    def differential(self) -> Single:
        """The differential written out in that of the variable, of the size of f: ``tr(A*dX)``, or ``A*dX*B``."""
        return self._one(self.differentials)

    @property
    def hessian(self) -> Pair:
        """The Hessian, pq×pq for X p×q, where it was asked for (``order=2``); by pairs of names where wrt was a list.

        Raises `DeclarationError` where it was not.
        """
        if not self.hessians:
            raise DeclarationError("the Hessian was not asked for: derive with order=2")
        return cast("Pair", ByName(self.hessians) if self.many else next(iter(self.hessians.values())))

    @property
    def derivative(self) -> Single:
        """The derivative in the layout asked for: the gradient of a scalar, else the Jacobian; ``numerator`` is the
        Jacobian always, ``denominator`` the gradient."""
        scalar = self.objective.node.is_scalar
        gradient = self.layout == "denominator" or (self.layout == "gradient" and scalar)
        return self.gradient if gradient else self.jacobian

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __repr__(self) -> str:
        return f"<Derivation of {self.name} by {', '.join(self.wrt)}: {len(self.steps)} steps>"
