"""The derivatives that all answers rest on: what the calculus finds, compared with differences before it leaves.

No other room reaches the calculus (`tests/test_layers.py`), so that nothing is shown, compiled, generated or taken
for the truth that was not compared. A difference is a `VerificationError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matdiff import expr as E
from matdiff.arrays.vanishing import vanishes
from matdiff.arrays.verify import compare_program
from matdiff.calculus.derive import Calculus, Result
from matdiff.calculus.derive import differential as differential_of
from matdiff.calculus.families import FamilyResult, FamilySweep
from matdiff.calculus.naming import Gradients
from matdiff.calculus.naming import named_gradients as name_gradients
from matdiff.calculus.second_order import along, blocks
from matdiff.calculus.textbook import textbook
from matdiff.compose import scale, total
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.model import has_complex, refuse_complex
from matdiff.operators.structures import STRUCTURES
from matdiff.programs.program import Program
from matdiff.reader import read_formula
from matdiff.verification import (
    Evidence,
    agree,
    check_first,
    compare,
    differential_form,
    gradient_form,
    vec_form,
)
from matdiff.wirtinger import check_complex

__all__ = [
    "Derivatives",
    "Evidence",
    "FamilyResult",
    "Gradients",
    "Result",
    "derive_families",
    "differential",
    "family_hessian",
    "family_hessian_product",
    "named_gradients",
    "textbook",
]


def derive_families(program: Program, objective: str, wrt: Sequence[str]) -> tuple[FamilyResult, Evidence]:
    """The gradients of a program with indices, with the steps that lead to them, and how they were compared."""
    found = FamilySweep(program, objective, wrt, vanishes).run()
    return found, compare_program(found.program, objective, found.gradients)


def family_hessian(program: Program, objective: str, left: str, right: str) -> tuple[FamilyResult, Evidence]:
    """The blocks of a Hessian of a program with indices, as the result for ``right``, and how they were compared.

    The gradient of Σ_r tr(∇[r]' C[r]) by ``right`` is Σ_r H[r,q]' vec C[r].
    """
    first, _ = derive_families(program, objective, [left])
    found = blocks(first, left, right)
    evidence = compare_program(found.program, found.slope, {found.by: found.gradient})
    return FamilyResult(found.program, {right: found.name}), evidence


def family_hessian_product(
    program: Program, objective: str, name: str, direction: str
) -> tuple[FamilyResult, Evidence]:
    """The Hessian of a program with indices times a direction, as the result for the name."""
    first, _ = derive_families(program, objective, [name])
    found, slope = along(first, name, direction, vanishes)
    return found, compare_program(found.program, slope, found.gradients)


class Derivatives:
    """The derivatives of one model."""

    def __init__(self, names: Iterable[Expr] = ()) -> None:
        self._calculus = Calculus(names)
        self.doubts: dict[str, None] = {}
        """Why something that was given was not compared."""

    def _told(self, evidence: Evidence) -> Evidence:
        if not evidence.points:
            self.doubts[str(evidence)] = None
        return evidence

    def derive(self, function: Expr, wrt: Sequence[Expr]) -> tuple[Result, Evidence]:
        """Gradients, Jacobians and differentials with the steps that lead to them, and how they were compared."""
        if has_complex(function):
            return self.complex(function, wrt)
        found = self._calculus.derive(function, wrt)
        evidence = check_first(function, found.gradients, found.jacobians, found.differentials)
        defined = [node.data.name for node in E.topo(function) if node.op == "implicit"]
        if defined and not evidence.points:
            raise UnsupportedError(f"no values were found at which {' and '.join(defined)} exists, as it is defined")
        return found, self._told(evidence)

    def complex(self, function: Expr, wrt: Sequence[Expr]) -> tuple[Result, Evidence]:
        """Of a real function of complex matrices: by a conjugate as if it were a matrix of its own."""
        if any(variable.op == "definition" for variable in wrt):
            raise UnsupportedError("a derivative by what is defined of complex matrices is not supported")
        if any(variable.data[1] == "hermitian" for variable in wrt):
            raise UnsupportedError("a derivative by a Hermitian matrix is not supported: declare it complex")
        found = self._calculus.derive(function, wrt)
        steps = (node for step in found.steps for node in (step.before, step.after))
        check_complex(E.expand(function), {v: E.expand(g) for v, g in found.gradients.items()}, map(E.expand, steps))
        return found, check_first(function, found.gradients, found.jacobians, found.differentials)

    def gradient(self, function: Expr, variable: Expr) -> Expr:
        """The gradient of a scalar."""
        return self.derive(function, [variable])[0].gradients[variable]

    def differential(self, function: Expr, wrt: Sequence[Expr]) -> Expr:
        """The differential in those of several variables together."""
        found, _ = self.derive(function, wrt)
        whole = total([*found.differentials.values()])
        return whole if function.is_scalar else self._calculus.readable(whole)

    def structured(self, function: Expr, variable: Expr, gradient: Expr) -> dict[str, Expr]:
        """The gradients of a variable that respect its structure, from the plain one."""
        kind = variable.data[1] if variable.op == "variable" else ""
        if kind == "orthogonal":
            return self.riemannian(variable, gradient, kind)
        found: dict[str, Expr] = {}
        for title, formula in STRUCTURED.get(kind, {}).items():
            made = found[title] = self._calculus.readable(read_formula(formula, {"G": gradient}))
            once = read_formula(ONCE.get(title, "G"), {"G": made})
            self._told(compare(function, [gradient_form(function, {variable: once})], within=True))
        return found

    def riemannian(self, variable: Expr, gradient: Expr, manifold: str) -> dict[str, Expr]:
        """The gradients on a manifold by the name of their metric, from the Euclidean one."""
        shape, onto = MANIFOLDS[manifold], {}
        names = {"G": gradient, "X": variable, "C": E.variable("a direction", variable.shape)}
        (onto[variable],) = [read_formula(shape.point, names)]
        found: dict[str, Expr] = {}
        for title, (formula, metric) in shape.gradients.items():
            made = found[title] = self._calculus.readable(read_formula(formula, names))
            along = names | {"T": read_formula(shape.tangent, names), "R": made}
            sides = [read_formula(text, along) for text in ("tr(G'*T)", metric)]
            one, other = E.substitute(sides, onto)
            agree(one, other, f"the gradient on the {manifold}")
        return found

    def hessian(self, objective: Expr, left: Expr, right: Expr) -> Expr:
        """H with ``d²f = (d vec left)' H (d vec right)``."""
        refuse_complex([objective], "a Hessian")
        second = self._calculus.second(objective, left, right)
        found = second.jacobian()
        self._told(compare(second.objective, [gradient_form(second.objective, {second.left: second.gradient})]))
        self._told(compare(second.shown, [vec_form("Hessian", {right: found})]))
        return found

    def hessian_product(self, objective: Expr, variable: Expr, direction: Expr) -> Expr:
        """The Hessian times a direction, as an expression of the size of the variable."""
        refuse_complex([objective], "a Hessian")
        second = self._calculus.second(objective, variable, variable)
        found = second.product(direction)
        self._told(compare(second.objective, [gradient_form(second.objective, {second.left: second.gradient})]))
        self._told(compare(second.shown, [differential_form({variable: found})], along={variable: direction}))
        return found


@dataclass(frozen=True)
class Manifold:
    """How points and directions of a manifold are made of any X and C, and its gradients, each with its metric <R, T>.

    G is the Euclidean gradient at X.
    """

    point: str
    tangent: str
    gradients: dict[str, tuple[str, str]]


MANIFOLDS = {
    "sphere": Manifold("X/norm2(X)", "C - X*(X'*C)", {"on the sphere, embedded metric": ("G - X*(X'*G)", "tr(R'*T)")}),
    "stiefel": Manifold(
        "qr_q(X)",
        "C - X*(X'*C + C'*X)/2",
        {
            "on the Stiefel manifold, embedded metric": ("G - X*(X'*G + G'*X)/2", "tr(R'*T)"),
            "on the Stiefel manifold, canonical metric": ("G - X*G'*X", "tr(R'*T) - tr(R'*X*X'*T)/2"),
        },
    ),
    "orthogonal": Manifold("qr_q(X)", "C - X*C'*X", {"along the orthogonal matrices": ("(G - X*G'*X)/2", "tr(R'*T)")}),
    "spd": Manifold(
        "X*X + eye",
        "C + C'",
        {"of positive definite matrices, affine-invariant metric": ("X*(G + G')*X/2", "tr(inv(X)*R*inv(X)*T)")},
    ),
}
"""Edelman, Arias & Smith 1998; Absil, Mahony & Sepulchre 2008."""

STRUCTURED = {kind: {f"in the space of {space.words}": space.onto} for kind, space in STRUCTURES.items()}
STRUCTURED["symmetric"] |= {"by the free entries": "G + G' - diag(diag(G))"}
"""The gradients that respect a structure, from the plain one."""

ONCE = {"by the free entries": "(G + diag(diag(G)))/2"}
"""A gradient in whose product with dX every free entry counts once."""


def differential(function: Expr, wrt: Sequence[Expr]) -> Expr:
    """The differential in those of the variables, not made readable as a whole."""
    found = differential_of(function, wrt)
    compare(function, [differential_form(dict.fromkeys(wrt[:1], found))], moving=wrt, count=1)
    return found


def named_gradients(
    function: Expr, objective: Expr, variables: Mapping[str, Expr], definitions: Iterable[Expr], seed: Expr | None
) -> Gradients:
    """The gradients by name of ``objective``, which is the function in another form, times ``seed``."""
    found = name_gradients(objective, dict(variables), definitions, seed or E.number(1))
    scaled = function if seed is None else scale(seed, function)
    gradients = {variables[name]: gradient for name, gradient in found.gradients.items()}
    evidence = compare(scaled, [gradient_form(scaled, gradients)])
    return replace(found, doubt="" if evidence.points else str(evidence))
