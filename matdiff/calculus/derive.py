"""A derivation from a model: the sweep for scalars, vec forms for matrices, Hessians on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.calculus import implicit, moments, spectral  # noqa: F401 (their rules enter themselves)
from matdiff.calculus.jacobian import jacobian, linear_map, vec
from matdiff.calculus.prepare import prepare
from matdiff.calculus.reverse import Sweep
from matdiff.calculus.sweep import Recorder, term
from matdiff.compose import times, total, transposed
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr
from matdiff.model import STRUCTURED_KINDS
from matdiff.operators import entries
from matdiff.rewriting.engine import Rewriter
from matdiff.rewriting.readable import Presenter, Readable
from matdiff.rewriting.shared import Shared
from matdiff.steps import RawStep


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


@dataclass(frozen=True)
class Second:
    """A gradient whose derivative is wanted."""

    objective: Expr
    left: Expr
    gradient: Expr
    """Of the objective by ``left``."""
    right: Expr
    back: dict[Expr, Expr]
    """What the model has for the plain variables and the names that move."""
    calculus: Calculus
    model: Calculus

    @property
    def shown(self) -> Expr:
        """The gradient over the names of the model."""
        return E.substitute([self.gradient], self.back)[0]

    def jacobian(self) -> Expr:
        return self.finished(jacobian(self.gradient, self.right, self.calculus.rewriter))

    def product(self, direction: Expr) -> Expr:
        return self.finished(linear_map(self.gradient, {self.right: direction}, self.calculus.rewriter)[0])

    def finished(self, found: Expr) -> Expr:
        """What was found without structure, with it, in the form people read."""
        if self.calculus is self.model:
            return self.model.readable(found)
        found = E.substitute(self.calculus.rewriter.opened([found]), self.back)[0]
        return self.model.readable(found)


def moving(wrt: Sequence[Expr]) -> dict[Expr, Expr]:
    return {variable: E.differential(variable) for variable in wrt}


def differential(function: Expr, wrt: Sequence[Expr]) -> Expr:
    """The differential in those of the variables, not made readable as a whole."""
    if not function.is_scalar:
        return linear_map(function, moving(wrt), Rewriter())[0]
    found = Sweep(function, wrt, Rewriter()).run(E.number(1))
    terms = [term(found[variable], variable, Readable()) for variable in wrt if variable in found]
    return total(terms) if terms else E.number(0)


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
        self.presenter.show_as([(step.after, step.before) for step in steps if step.rule != spectral.RULE])
        sweep = Recorder(prepared, wrt, self.rewriter)
        found = sweep.run(E.number(1))
        result = Result(steps=[*steps, *sweep.steps], conditions=sweep.conditions)
        raws = [found.get(variable, self.zero(variable)) for variable in wrt]
        gradients = E.substitute(raws, originals) if originals else raws
        for variable, gradient in zip(wrt, gradients, strict=True):
            result.cotangents[variable] = gradient
            result.gradients[variable] = self.presenter(gradient)
            result.jacobians[variable] = self.presenter(transposed(gradient))
            result.differentials[variable] = term(gradient, variable, self.presenter)
        last = total([result.differentials[variable] for variable in wrt])
        inner = any(variable.op == "definition" for variable in wrt)
        if found and not inner and not (result.steps and result.steps[-1].after is last):
            rule = "read off df = tr(A dX)"
            result.steps.append(RawStep(rule, E.differential(prepared), last, "", "Magnus & Neudecker 2019, ch. 9"))
        return result

    def of_matrix(self, function: Expr, wrt: Sequence[Expr]) -> Result:
        """Jacobians by vec forms, and the linear map dX ↦ dF."""
        image, steps = linear_map(function, moving(wrt), self.rewriter)
        result = Result(steps=steps)
        for variable in wrt:
            alone = image if len(wrt) == 1 else linear_map(function, moving([variable]), self.rewriter)[0]
            alone = self.presenter(alone)
            matrix = self.presenter(jacobian(function, variable, self.rewriter))
            result.differentials[variable] = alone
            result.jacobians[variable] = matrix
            result.gradients[variable] = self.presenter(transposed(matrix))
            result.steps.append(self.identification(variable, alone, matrix))
        for node, entry in entries(function):
            if entry.where:
                result.conditions[entry.where, node] = None
        return result

    @staticmethod
    def identification(variable: Expr, image: Expr, matrix: Expr) -> RawStep:
        """``vec dF = J vec dX``."""
        before = vec(image)
        d = vec(E.differential(variable))
        after = times(matrix, d)
        return RawStep("read off d vec F = J d vec X", before, after, "", "Magnus & Neudecker 2019, ch. 9")

    def second(self, objective: Expr, left: Expr, right: Expr) -> Second:
        """The gradient by ``left``, ready for a second derivative by ``right``.

        It makes no use of structure, that of a declared variable or of what a definition stands for: the second
        derivative comes first. So a variable is taken as a plain one, and a definition moves by one of its own.
        """
        if not objective.is_scalar:
            raise UnsupportedError("a Hessian is that of a scalar")
        structured = [n for n in E.topo(objective) if n.op == "variable" and n.data[1] in STRUCTURED_KINDS]
        plain = {node: E.variable(node.data[0], node.shape) for node in structured}
        roots = E.substitute([objective, left, right, *self.names], plain)
        back = {variable: node for node, variable in plain.items()}
        places = {left: 1, right: 2}
        moves: dict[Expr, Expr] = {}
        for name, place in places.items():
            if name.op == "definition":
                moves[name] = E.variable(name.data, name.shape)
                moved = total([roots[place].args[0], moves[name]])
                roots = E.substitute(roots, {roots[place]: E.define(name.data, moved)})
        for name, place in places.items():
            back[roots[place]] = name
        back |= {move: self.zero(move) for move in moves.values()}
        x, y = (moves.get(name, roots[places[name]]) for name in (left, right))
        calculus = Calculus(roots[3:]) if roots[0] is not objective else self
        gradient = calculus.of_scalar(roots[0], [x]).cotangents[x]
        calculus.rewriter.share(gradient)
        return Second(roots[0], x, gradient, y, back, calculus, self)

    @staticmethod
    def zero(variable: Expr) -> Expr:
        return E.number(0) if variable.is_scalar else E.zeros(*variable.shape)
