"""Claims: what ``∇_w f`` or ``D_w f`` is, derived by the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from matdiff import expr as E
from matdiff.checking.losses import LOSSES, Losses, name_of
from matdiff.checking.scope import OBJECTIVE, Scope
from matdiff.compose import transposed
from matdiff.derivatives import Derivatives
from matdiff.errors import DeclarationError, MatdiffError, Place, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.printing.math import Printer
from matdiff.reader.calls import call, primed
from matdiff.reader.context import Context, UserFunction
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.math import read
from matdiff.reader.syntax import Node


@dataclass
class Claims:
    """The derivatives that a document claims, each derived once."""

    scope: Scope
    found: dict[tuple[str, Expr, tuple[Expr, ...]], Expr] = field(default_factory=dict)
    derived: dict[tuple[str, Expr, tuple[Expr, ...]], Expr] = field(default_factory=dict)
    """What was found with another."""
    doubts: dict[tuple[str, Expr, tuple[Expr, ...]], str] = field(default_factory=dict)
    losses: Losses = field(default_factory=Losses)
    primes: dict[str, UserFunction] = field(default_factory=dict)
    """The derivatives of functions that the document defines, by their names with primes."""

    def value(self, claim: Claim) -> Expr:
        """The true value of what is claimed; raises a `MatdiffError` where there is none."""
        loss = self.loss(claim)
        if loss:
            (variable,) = self.by(claim)
            return self.laid_out(claim, self.losses.gradient(loss, variable))
        at = self.written_at(claim)
        if at is not None:
            return at
        of = self.function(claim)
        wrt = self.by(claim)
        if self.scope.applied:
            (of,) = E.substitute([of], {v: body for v, body in self.scope.applied.items() if v not in wrt})
        return self.derivative(self.kind(claim, of), of, wrt)

    def written_at(self, claim: Claim) -> Expr | None:
        r"""``\nabla f(w^*)``, where the document defines f(w): the derivative by w, taken at the argument."""
        node = claim.of
        written = self.scope.functions.defined_at(node) if node is not None and node.kind == "call" else None
        if node is None or written is None or len(written.parameters) != 1 or len(node.children) != 1:
            return None
        (name,), (argument,) = written.parameters, node.children
        variable = self.scope.named(name)
        if argument.value == name or variable is None or any(one.value != name for one in claim.wrt):
            return None
        point = self.scope.expression(argument)
        if point.shape != variable.shape:
            return None
        body = self.scope.expression(written.body)
        slope = self.derivative(self.kind(claim, body), body, (variable,))
        return E.substitute([slope], {variable: point})[0]

    def loss(self, claim: Claim) -> str:
        """The name of a loss that nothing defines, or not all of it, where a claim is of one."""
        node = claim.of
        if node is None or node.kind != "name" or claim.kind == "hessian" or len(claim.wrt) != 1:
            return ""
        name = str(node.value)
        known = self.scope.named(name)
        if known is None:
            return name if name in LOSSES and name not in self.scope.known and not self.scope.tells_loss else ""
        if known in self.scope.givens.defined:
            return ""
        if self.apart(name, known, claim):
            return name
        open_ = known.is_scalar and any(str(n.data[0]) in self.scope.losses for n in topo(known) if n.op == "variable")
        return name if open_ and str(claim.wrt[0].value) not in self.scope.losses else ""

    def apart(self, name: str, known: Expr, claim: Claim) -> bool:
        """Whether a loss that formulas define holds the variable by what they do not say, as a layer of a network."""
        variable = self.scope.named(str(claim.wrt[0].value))
        if name not in LOSSES or not known.is_scalar or variable is None or self.scope.tells_loss:
            return False
        defined = {one: body for one, body in self.scope.givens.defined.items() if one is not variable}
        return variable not in topo(*E.substitute([known], defined))

    def named_by(self, value: Expr | None) -> Claim | None:
        r"""The derivative of an unknown loss that a name was defined as, ``\delta = \partial L/\partial z``."""
        body = value.args[0] if value is not None and value.op == "definition" else None
        if body not in self.losses.gradients:
            return None
        loss, variable = self.losses.gradients[body]
        of, wrt = (Node("name", name, (), 0, 0) for name in (loss, name_of(variable)))
        return Claim("gradient", (wrt,), of, fraction=True)

    def laid_out(self, claim: Claim, gradient: Expr) -> Expr:
        turned = claim.kind == "jacobian" or (claim.fraction and self.scope.layout == "numerator")
        return transposed(gradient) if turned else gradient

    def beside(self, claim: Claim, other: Expr) -> Expr:
        """The true value of what is claimed; of an unknown loss by what it is claimed to be made of."""
        loss = self.loss(claim)
        if not loss:
            return self.value(claim)
        (variable,) = self.by(claim)
        objective = self.losses.objective(loss, variable, other, self.scope)
        found = self.derivative("gradient", objective, (variable,))
        if not any(node in self.losses.gradients for node in topo(other)):
            (found,) = E.substitute([found], self.losses.given)
        return self.laid_out(claim, found)

    def give(self, claim: Claim, value: Expr) -> bool:
        """Take what a document says the derivative of an unknown loss is; whether it is the first that it says."""
        gradient = self.value(claim)
        if gradient not in self.losses.gradients or gradient in self.losses.given or gradient.shape != value.shape:
            return False
        self.losses.given[gradient] = value
        return True

    def open_parts(self, claim: Claim) -> int:
        """How many losses that nothing defines are in what is differentiated."""
        known = self.scope.named(self.loss(claim))
        nodes = topo(known) if known is not None else ()
        return sum(n.op == "variable" and str(n.data[0]) in self.scope.losses for n in nodes)

    def kind(self, claim: Claim, of: Expr) -> str:
        """What a claim is of by the layout of the document: a fraction may stand for the Jacobian."""
        turned = self.scope.layout == "numerator" or (self.scope.layout == "mixed" and not of.is_scalar)
        return "jacobian" if claim.kind == "gradient" and claim.fraction and turned else claim.kind

    def by(self, claim: Claim) -> tuple[Expr, ...]:
        """The variables of a claim; of a bare sign the one that was spoken of, or the only one there is."""
        if claim.wrt:
            return tuple(self.variable(node) for node in claim.wrt)
        of = claim.of if claim.of is not None and claim.of.kind in ("name", "call") else None
        written = self.scope.functions.defined_at(of) if of is not None else None
        if of is not None and written is not None and len(written.parameters) == 1:  # \nabla m, where m(s) = …
            return (self.variable(Node("name", written.parameters[0], (), of.start, of.end)),)
        below = set(topo(self.function(claim)))
        spoken = [node for name in self.scope.subjects if (node := self.scope.named(name)) in below]
        found = spoken[:1] or [node for node in below if node.op == "variable"]
        if len(found) != 1:
            raise UnsupportedError(r"name the variable below the sign, as in \nabla_{w} f")
        return (found[0],)

    def depends(self, claim: Claim) -> bool:
        """Whether what is differentiated holds the variable."""
        if self.loss(claim):
            return True
        by = self.by(claim)
        known = {name: body for name, body in self.scope.givens.defined.items() if name not in by}
        (of,) = E.substitute([self.function(claim)], known)
        return set(by) <= set(topo(of))

    def of_node(self, reader: Context, node: Node, args: list[Expr]) -> Expr:
        """The value of a derivative that stands inside of a formula."""
        return self.value(node.value)

    def primed(self, reader: Context, node: Node, args: list[Expr]) -> Expr:
        """The derivative of a function that acts on each entry, at an argument."""
        name, order = node.value
        if name not in reader.user_functions:
            return primed(reader, node, args)
        key = f"{name}_{order}"
        if key not in self.primes:
            self.primes[key] = self.prime(key, reader.user_functions[name], order)
        reader.user_functions[key] = self.primes[key]
        return call(reader, Node("call", key, node.children, node.start, node.end), args)

    def prime(self, key: str, function: UserFunction, order: int) -> UserFunction:
        if function.scalar is None:
            raise UnsupportedError(f"{key.rpartition('_')[0]} is no function of a number")
        parameter = E.variable(function.parameter, function.scalar.shape, "scalar")
        old = E.variable(function.parameter, function.scalar.shape, "parameter")
        (body,) = E.substitute([function.scalar], {old: parameter})
        for _ in range(order):
            body = self.derivative("gradient", body, (parameter,))
        program = read(f"{key}({function.parameter}) := {Printer()(body)}")
        reader = Elaborator([program])
        reader.model()
        return reader.user_functions[key]

    def derivative(self, kind: str, of: Expr, wrt: tuple[Expr, ...]) -> Expr:
        key = (kind, of, wrt)
        if key not in self.found:
            self.found[key] = self.scope.fold(self.derived[key] if key in self.derived else self.derive(kind, of, wrt))
        return self.found[key]

    def function(self, claim: Claim) -> Expr:
        """What is differentiated: an undeclared name, or none, is the objective."""
        node = claim.of
        written = self.scope.functions.defined_at(node) if node is not None and node.kind == "name" else None
        if written is not None:  # \ell, where the document defines \ell(w)
            return self.scope.expression(written.body)
        if node is None or (node.kind == "name" and node.value not in self.scope.known):
            told = self.scope.tells_loss or (node is not None and node.value == OBJECTIVE)
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
        if self.loss(claim):
            return ""
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
        if self.loss(claim):
            return []
        try:
            of, (variable, *_) = self.function(claim), self.by(claim)
        except MatdiffError:
            return []
        if claim.kind == "hessian" or not of.is_scalar or plain.shape != variable.shape:
            return []
        forms = Derivatives(self.scope.definitions.values()).structured(of, variable, plain)
        return [(f"the gradient {title}", form) for title, form in forms.items()]
