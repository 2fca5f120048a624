"""Claims: what ``∇_w f`` or ``D_w f`` is, derived by the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from matdiff import expr as E
from matdiff.checking.scope import OBJECTIVE, Scope
from matdiff.derivatives import Derivatives
from matdiff.errors import DeclarationError, MatdiffError, Place, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.reader.context import Context
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.syntax import Node


def transposed(e: Expr) -> Expr:
    return e if e.is_scalar else E.Expr("transpose", (e,), None, (e.cols, e.rows))


@dataclass
class Claims:
    """The derivatives that a document claims, each derived once."""

    scope: Scope
    found: dict[tuple[str, Expr, tuple[Expr, ...]], Expr] = field(default_factory=dict)
    derived: dict[tuple[str, Expr, tuple[Expr, ...]], Expr] = field(default_factory=dict)
    """What was found with another."""
    doubts: dict[tuple[str, Expr, tuple[Expr, ...]], str] = field(default_factory=dict)

    def value(self, claim: Claim) -> Expr:
        """The true value of what is claimed; raises a `MatdiffError` where there is none."""
        of = self.function(claim)
        wrt = self.by(claim)
        if self.scope.applied:
            (of,) = E.substitute([of], {v: body for v, body in self.scope.applied.items() if v not in wrt})
        return self.derivative(self.kind(claim, of), of, wrt)

    def kind(self, claim: Claim, of: Expr) -> str:
        """What a claim is of by the layout of the document: a fraction may stand for the Jacobian."""
        turned = self.scope.layout == "numerator" or (self.scope.layout == "mixed" and not of.is_scalar)
        return "jacobian" if claim.kind == "gradient" and claim.fraction and turned else claim.kind

    def by(self, claim: Claim) -> tuple[Expr, ...]:
        """The variables of a claim; of a bare sign the one that was spoken of, or the only one there is."""
        if claim.wrt:
            return tuple(self.variable(node) for node in claim.wrt)
        below = set(topo(self.function(claim)))
        spoken = [node for name in self.scope.subjects if (node := self.scope.named(name)) in below]
        found = spoken[:1] or [node for node in below if node.op == "variable"]
        if len(found) != 1:
            raise UnsupportedError(r"name the variable below the sign, as in \nabla_{w} f")
        return (found[0],)

    def of_node(self, reader: Context, node: Node, args: list[Expr]) -> Expr:
        """The value of a derivative that stands inside of a formula."""
        return self.value(node.value)

    def derivative(self, kind: str, of: Expr, wrt: tuple[Expr, ...]) -> Expr:
        key = (kind, of, wrt)
        if key not in self.found:
            self.found[key] = self.scope.fold(self.derived[key] if key in self.derived else self.derive(kind, of, wrt))
        return self.found[key]

    def function(self, claim: Claim) -> Expr:
        """What is differentiated: an undeclared name, or none, is the objective."""
        node = claim.of
        if node is None or (node.kind == "name" and node.value not in self.scope.known):
            told = self.scope.model.objective is not None or (node is not None and node.value == OBJECTIVE)
            if node is not None and ("_" in node.value or not told):
                place = Place(self.scope.source, node.start, node.end)
                raise DeclarationError(f"{node.value} is not declared", place)
            if self.scope.objective is None:
                raise DeclarationError("there is no model, so there is no objective that this is the derivative of")
            return self.scope.objective
        return self.scope.expression(node)

    def variable(self, node: Node) -> Expr:
        found = self.scope.named(node.value)
        if found is None:
            place = Place(self.scope.source, node.start, node.end)
            raise DeclarationError(f"{node.value} is not a name of the model", place)
        return found

    def derive(self, kind: str, of: Expr, wrt: tuple[Expr, ...]) -> Expr:
        derivatives = Derivatives(self.scope.definitions.values())
        found = self.derived_by(derivatives, kind, of, wrt)
        doubts = "; ".join(f"the derivative is {doubt}" for doubt in derivatives.doubts)
        self.doubts |= dict.fromkeys(((each, of, wrt) for each in found), doubts)
        self.derived |= {(each, of, wrt): value for each, value in found.items()}
        return found[kind]

    def doubt(self, claim: Claim) -> str:
        """Why the true value of what is claimed was not compared with differences, where it was not."""
        of = self.function(claim)
        return self.doubts.get((self.kind(claim, of), of, self.by(claim)), "")

    @staticmethod
    def derived_by(derivatives: Derivatives, kind: str, of: Expr, wrt: tuple[Expr, ...]) -> dict[str, Expr]:
        """What is asked, with what one derivation finds besides."""
        if kind == "hessian":
            return {kind: derivatives.hessian(of, wrt[0], wrt[-1])}
        if len(wrt) != 1:
            raise UnsupportedError("a derivative is taken by one variable")
        (variable,) = wrt
        if of is variable:
            raise UnsupportedError("this is the derivative of a name by itself")
        result, _ = derivatives.derive(of, wrt)
        return {"gradient": result.gradients[variable], "jacobian": result.jacobians[variable]}

    def structured(self, claim: Claim, plain: Expr) -> list[tuple[str, Expr]]:
        """The other gradients that people mean by that of a symmetric or diagonal variable."""
        try:
            of, (variable, *_) = self.function(claim), self.by(claim)
        except MatdiffError:
            return []
        if claim.kind == "hessian" or not of.is_scalar or plain.shape != variable.shape:
            return []
        forms = Derivatives(self.scope.definitions.values()).structured(of, variable, plain)
        return [(f"the gradient {title}", form) for title, form in forms.items()]
