"""A derivation from a model: the sweep for scalars, vec forms for matrices, Hessians on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.calculus.jacobian import jacobian, linear_map, vec
from matdiff.calculus.prepare import prepare
from matdiff.calculus.sweep import Sweep, term, total
from matdiff.derivation import RawStep
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.operators import entries
from matdiff.rewriting.readable import Presenter
from matdiff.rewriting.shared import Shared
from matdiff.sizes import ONE

STRUCTURED_KINDS = frozenset({"symmetric", "diagonal", "orthogonal"})


@dataclass
class Result:
    """What a derivation found, on nodes; keyed by the variables."""

    cotangents: dict[Expr, Expr] = field(default_factory=dict)
    """Gradients as the sweep leaves them, before common factors are taken out."""
    gradients: dict[Expr, Expr] = field(default_factory=dict)
    jacobians: dict[Expr, Expr] = field(default_factory=dict)
    differentials: dict[Expr, Expr] = field(default_factory=dict)
    steps: list[RawStep] = field(default_factory=list)
    conditions: dict[tuple[str, Expr], None] = field(default_factory=dict)


class Calculus:
    """The derivatives of one model, its rewriters shared by all questions asked of it."""

    def __init__(self, names: Iterable[Expr]) -> None:
        self.names = tuple(names)
        self.presenter = Presenter(self.names)
        self.rewriter = Shared(self.presenter.readable)

    def readable(self, e: Expr) -> Expr:
        """The form people read."""
        return self.rewriter.opened([self.presenter(e)])[0]

    def derive(self, objective: Expr, wrt: Sequence[Expr]) -> Result:
        self.rewriter.share(objective)
        return self.opened((self.of_scalar if objective.is_scalar else self.of_matrix)(objective, wrt))

    def opened(self, result: Result) -> Result:
        """The result with what the rewriter holds written out."""
        maps = (result.cotangents, result.gradients, result.jacobians, result.differentials)
        sides = [side for step in result.steps for side in (step.before, step.after)]
        opened = iter(self.rewriter.opened([*(e for found in maps for e in found.values()), *sides]))
        for found in maps:
            found.update(zip(found, opened, strict=False))
        result.steps = [replace(step, before=next(opened), after=next(opened)) for step in result.steps]
        return result

    def of_scalar(self, objective: Expr, wrt: Sequence[Expr]) -> Result:
        """Gradients by the sweep; the Jacobian is the gradient's transpose."""
        prepared, originals, steps = prepare(objective, frozenset(wrt))
        self.rewriter.share(prepared)
        self.presenter.show_as([(step.after, step.before) for step in steps])
        sweep = Sweep(prepared, wrt, self.rewriter)
        found = sweep.run()
        result = Result(steps=[*steps, *sweep.steps], conditions=sweep.conditions)
        raws = [found.get(variable, self.zero(variable)) for variable in wrt]
        gradients = E.substitute(raws, originals) if originals else raws
        for variable, gradient in zip(wrt, gradients, strict=True):
            result.cotangents[variable] = gradient
            result.gradients[variable] = self.presenter(gradient)
            result.jacobians[variable] = self.presenter(self.transposed(gradient))
            result.differentials[variable] = term(gradient, variable, self.presenter)
        last = total([result.differentials[variable] for variable in wrt])
        inner = any(variable.op == "definition" for variable in wrt)
        if found and not inner and not (result.steps and result.steps[-1].after is last):
            rule = "read off df = tr(A dX)"
            result.steps.append(RawStep(rule, E.differential(prepared), last, "", "Magnus & Neudecker 2019, ch. 9"))
        return result

    def of_matrix(self, function: Expr, wrt: Sequence[Expr]) -> Result:
        """Jacobians by vec forms, and the linear map dX ↦ dF."""
        result = Result()
        for variable in wrt:
            image, steps = linear_map(function, {variable: E.differential(variable)}, self.rewriter)
            result.steps += steps
            image = self.presenter(image)
            matrix = self.presenter(jacobian(function, variable, self.rewriter))
            result.differentials[variable] = image
            result.jacobians[variable] = matrix
            result.gradients[variable] = self.presenter(self.transposed(matrix))
            result.steps.append(self.identification(function, variable, image, matrix))
        for node, entry in entries(function):
            if entry.where:
                result.conditions[entry.where, node] = None
        return result

    @staticmethod
    def identification(function: Expr, variable: Expr, image: Expr, matrix: Expr) -> RawStep:
        """``vec dF = J vec dX``."""
        before = vec(image)
        d = vec(E.differential(variable))
        after = E.Expr("mul", (matrix, d), None, (matrix.rows, ONE))
        return RawStep("read off d vec F = J d vec X", before, after, "", "Magnus & Neudecker 2019, ch. 9")

    def hessian(self, objective: Expr, left: Expr, right: Expr) -> tuple[Expr, Expr]:
        """H with ``d²f = (d vec left)' H (d vec right)``, and the gradient by ``left`` it is the Jacobian of.

        That gradient makes no use of the structure of a variable: the second derivative comes first.
        """
        gradient, calculus, right, back = self.plain_gradient(objective, left, right)
        calculus.rewriter.share(gradient)
        found = jacobian(gradient, right, calculus.rewriter)
        found, gradient = self.structured([found, gradient], calculus, back)
        return gradient, found

    def hessian_product(self, objective: Expr, variable: Expr, direction: Expr) -> Expr:
        """The Hessian times a direction, as an expression of the size of the variable."""
        gradient, calculus, plain, back = self.plain_gradient(objective, variable, variable)
        calculus.rewriter.share(gradient)
        product, _ = linear_map(gradient, {plain: direction}, calculus.rewriter)
        return self.structured([product], calculus, back)[0]

    def structured(self, found: list[Expr], calculus: Calculus, back: dict[Expr, Expr]) -> list[Expr]:
        """What was found without the structure of variables, with it, the first in the form people read."""
        if back:
            found = E.substitute(calculus.rewriter.opened(found), back)
        return self.rewriter.opened([self.presenter(found[0]), *found[1:]])

    def plain_gradient(self, objective: Expr, left: Expr, right: Expr) -> tuple[Expr, Calculus, Expr, dict[Expr, Expr]]:
        """The gradient by ``left`` over variables without structure, and what puts the structure back."""
        if not objective.is_scalar:
            raise UnsupportedError("a Hessian is that of a scalar")
        structured = [n for n in E.topo(objective) if n.op == "variable" and n.data[1] in STRUCTURED_KINDS]
        plain = {node: E.variable(node.data[0], node.shape) for node in structured}
        calculus = Calculus(E.substitute(self.names, plain)) if plain else self
        objective, left, right = E.substitute([objective, left, right], plain)
        gradient = calculus.of_scalar(objective, [left]).cotangents[left]
        return gradient, calculus, right, {matrix: node for node, matrix in plain.items()}

    @staticmethod
    def zero(variable: Expr) -> Expr:
        return E.number(0) if variable.is_scalar else E.zeros(*variable.shape)

    @staticmethod
    def transposed(e: Expr) -> Expr:
        return e if e.is_scalar else E.Expr("transpose", (e,), None, (e.cols, e.rows))
