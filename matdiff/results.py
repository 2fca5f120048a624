"""The public record of a derivation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from matdiff.errors import ArgumentTypeError, DeclarationError
from matdiff.expression import Expression
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

    def __str__(self) -> str:
        return f"{self.before} = {self.after}   [{self.rule}]"


@dataclass
class Derivation:
    """A derivation: the steps in order, and what they lead to.

    ``gradient``, ``jacobian`` and ``differential`` are an `Expression` each; where several variables
    were asked for, gradient and jacobian are dictionaries by name.
    """

    model: Model
    objective: Expression
    name: str
    wrt: tuple[str, ...]
    steps: tuple[Step, ...]
    gradients: dict[str, Expression]
    jacobians: dict[str, Expression]
    differentials: dict[str, Expression]
    layout: str = "gradient"
    many: bool = False
    conditions: tuple[str, ...] = ()
    """Under which the answer holds."""
    conventions: tuple[str, ...] = ()
    """What was chosen where a derivative jumps."""
    structured: dict[str, dict[str, Expression]] = field(default_factory=dict)
    hessians: dict[tuple[str, str], Expression] = field(default_factory=dict)
    check: str = ""
    """How the answer was checked before it was given."""

    def _one(self, found: Mapping[str, Expression]) -> Any:
        return dict(found) if self.many else next(iter(found.values()))

    @property
    def gradient(self) -> Any:
        """∇f, of the size of the variable; for a matrix function the transposed Jacobian.

        Of a symmetric or diagonal variable the structured one, where that was asked for.
        """
        return self._one(self.gradients | {name: next(iter(forms.values())) for name, forms in self.structured.items()})

    @property
    def jacobian(self) -> Any:
        """D f: for a scalar A in ``df = tr(A dX)``; for a matrix function J in ``d vec F = J d vec X``."""
        return self._one(self.jacobians)

    @property
    def differential(self) -> Any:
        """The differential written out in those of the variables: ``tr(A*dX)``, or ``A*dX*B``."""
        return self._one(self.differentials)

    @property
    def hessian(self) -> Any:
        """The Hessian, where it was asked for (``order=2``); by pairs of names where wrt was a list.

        Raises `DeclarationError` where it was not.
        """
        if not self.hessians:
            raise DeclarationError("the Hessian was not asked for: derive with order=2")
        return dict(self.hessians) if self.many else next(iter(self.hessians.values()))

    @property
    def derivative(self) -> Any:
        """The derivative in the layout asked for."""
        scalar = self.objective.node.is_scalar
        gradient = self.layout == "denominator" or (self.layout == "gradient" and scalar)
        return self.gradient if gradient else self.jacobian

    def verify(self, points: int = 3, seed: int = 0) -> str:
        """Evaluate every step and the result at random points.

        Returns a sentence with the largest relative error; raises `VerificationError` at the first
        step whose sides differ.
        """
        from matdiff.verification import verify

        if not isinstance(points, int) or points < 1:
            raise ArgumentTypeError("points is how many points to evaluate at, 1 or more")
        return verify(self, points, seed)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __str__(self) -> str:
        return self.render("text")

    def __repr__(self) -> str:
        return f"<Derivation of {self.name} by {', '.join(self.wrt)}: {len(self.steps)} steps>"

    def latex(self) -> str:
        """The derivation as one ``aligned`` environment, a rule name on each line."""
        return self.render("latex")

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def expand(self) -> Derivation:
        """The same with the model's intermediate names written out in the results."""

        def opened(found: dict[Any, Expression]) -> dict[Any, Expression]:
            return {key: e.expand() for key, e in found.items()}

        return replace(
            self,
            gradients=opened(self.gradients),
            jacobians=opened(self.jacobians),
            differentials=opened(self.differentials),
            hessians=opened(self.hessians),
            structured={name: opened(forms) for name, forms in self.structured.items()},
        )

    def render(self, format: str = "text", steps: bool = True) -> str:
        """The derivation as ``text``, ``latex``, ``markdown``, ``html`` or ``json``."""
        from matdiff.printing.derivation import render

        return render(self, format, steps)
