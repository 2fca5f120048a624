"""The derivation of a model with indices, as people see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matdiff import expr as E
from matdiff.arrays.replay import replay
from matdiff.arrays.verify import compare_program, compare_values
from matdiff.compose import is_scaled, is_transpose, scale, times, trace, transposed
from matdiff.derivatives import FamilyResult, derive_families, family_hessian, family_hessian_product
from matdiff.errors import ArgumentTypeError, DeclarationError, ShapeError, UnsupportedError, warn_unchecked
from matdiff.expr import Expr, topo
from matdiff.expression import Expression, FamilyExpression, Statement
from matdiff.indices import WHOLE, Access, Affine, Span, access, accessed, fresh_name, index, summed
from matdiff.model import CONSTANT_KINDS, STRUCTURED_KINDS, Families, Family, Model
from matdiff.operators import entries
from matdiff.printing.math import Printer
from matdiff.programs.closed import Answer, closed
from matdiff.programs.program import Program, needed, program_of
from matdiff.programs.program import Statement as ProgramStatement
from matdiff.reader.spelling import closest
from matdiff.record import Pair, Single, Step
from matdiff.results import Derivation
from matdiff.sizes import ONE, Shape
from matdiff.steps import RawStep
from matdiff.verification import Evidence


@dataclass(repr=False)
class FamilyDerivation(Derivation[Single, Pair]):
    """A derivation of a model with indices: a gradient by a family is a family, with the statements that it needs."""

    result: FamilyResult | None = None
    asked: str = ""
    """The name of the objective among the statements."""

    @property
    def jacobian(self) -> Single:
        """The transposed gradients; raises `UnsupportedError` for families, whose blocks are given by ``gradient``."""
        if not self.jacobians or len(self.jacobians) < len(self.wrt):
            raise UnsupportedError("the Jacobian by a family is not given as one matrix: take its gradient")
        return super().jacobian

    def verify(self, points: int = 3, seed: int = 0) -> str:
        """Evaluate every step and the result at random points; see `Derivation.verify`."""
        if not isinstance(points, int) or points < 1:
            raise ArgumentTypeError("points is how many points to evaluate at, 1 or more")
        assert self.result is not None
        inner = [name for name in self.wrt if not self.result.program.is_input(name)]
        steps = [  # what is varied by itself does not move as its definition says
            (step.rule, step.before.node, step.after.node)
            for step in (*self.moves, *(step for step in self.steps if step.moves))
            if not any(step.rule.startswith((f"definition of {name}[", f"definition of {name} ")) for name in inner)
        ]
        used, worst = replay(self.result.program, self.wrt, steps, points, seed)
        again, _ = program_of(self.model)
        evidence = compare_program(again, self.asked, {name: self.result.gradients[name] for name in self.wrt})
        told = f"{len(steps)} steps hold at {used} points (largest relative error {worst:.0e})"
        return f"{told}; the result {evidence}"

    def expand(self) -> FamilyDerivation[Single, Pair]:
        return self


def derive(
    model: Model, objective: Expr, title: str, wrt: Sequence[str], layout: str, many: bool, detail: str = "textbook"
) -> FamilyDerivation[Any, Any]:
    """Gradients of a scalar by families and by names without indices, each compared with differences."""
    program, asked = laid_out(model, objective, title)
    names = [checked(model, program, name, asked) for name in wrt]
    result, evidence = derive_families(program, asked, names)
    tell(evidence)
    made = [name for name in result.program.families if name not in program.families]
    wanted = [result.gradients[name] for name in names]
    answer = closed(model, result.program, wanted, made)
    compare_values(result.program, program_of(answer.model)[0], wanted)
    if asked not in model.definitions:
        answer.model.definitions = {**model.definitions, asked: E.define(asked, objective)}
    presented = Presented(answer, result, model)
    gradients = {name: presented.gradient(name) for name in names}
    for found in gradients.values():
        if found.model.families:
            found.model.families.free = ()
    jacobians = {
        name: Expression(turned(found.node), answer.model)
        for name, found in gradients.items()
        if not found.indices and not found.statements and not program.families[name].indices
    }
    conditions, conventions = remarks(program, result, presented)
    lines = tuple(map(presented.step, result.steps))
    moves = tuple(move for one in lines for move in one.moves or (one,))
    return FamilyDerivation(
        model=answer.model,
        objective=Expression(program.shown(objective), model),
        name=title,
        wrt=tuple(names),
        steps=moves if detail == "full" else lines,
        moves=moves,
        detail=detail,
        gradients=dict(gradients),
        jacobians=jacobians if len(jacobians) == len(names) else {},
        differentials={name: presented.differential(name, found) for name, found in gradients.items()},
        layout=layout,
        many=many,
        conditions=conditions,
        conventions=conventions,
        statements=presented.auxiliary(presented.used(gradients.values())),
        check=str(evidence),
        result=result,
        asked=asked,
    )


def laid_out(model: Model, objective: Expr, title: str) -> tuple[Program, str]:
    """The statements of a model, and the name of the objective among them."""
    if not objective.is_scalar or (model.families and model.families.free and objective is model.objective):
        raise ShapeError(
            "the objective of a model with indices is a scalar without indices: add it up, as in sum[i](…)",
            *([model.places[objective]] if objective in model.places else []),
        )
    program, (root,) = program_of(model, [objective])
    if root.op == "variable" and not accessed(root).at and root.data[1] != "index":
        return program, accessed(root).family
    asked = fresh_name(title, program.families)
    program.families[asked] = Family(asked, (), (), root.shape)
    program.statements.append(ProgramStatement(asked, (), root))
    return program, asked


def hessian(model: Model, objective: Expr, title: str, left: str, right: str) -> FamilyExpression:
    """The Hessian of a scalar by families, a block for each value of their indices."""
    program, asked = laid_out(model, objective, title)
    for name in (left, right):
        varied(model, program, name, asked)
    result, evidence = family_hessian(program, asked, left, right)
    tell(evidence)
    return answered(model, program, result, right)


def hessian_product(model: Model, objective: Expr, title: str, name: str, direction: str) -> FamilyExpression:
    """The Hessian by a family times a direction, a family of the same size."""
    program, asked = laid_out(model, objective, title)
    varied(model, program, name, asked)
    family = program.families[name]
    known = program.families.get(direction)
    if known is None and family.indices:
        families = model.families or Families()
        members = families.members | {direction: replace(family, name=direction, outside=False)}
        model = replace(model, families=replace(families, members=members))
    elif known is None:
        model = replace(model, variables=model.variables | {direction: E.variable(direction, family.shape)})
    elif (known.shape, known.ranges) != (family.shape, family.ranges) or not program.is_input(direction):
        raise ShapeError(f"the direction {direction} is not of the size of {name}")
    result, evidence = family_hessian_product(program, asked, name, direction)
    tell(evidence)
    return answered(model, program, result, name)


def tell(evidence: Evidence) -> None:
    """Warn where nothing was compared."""
    if not evidence.points:
        warn_unchecked(str(evidence))


def varied(model: Model, program: Program, name: str, asked: str) -> None:
    """Refuse what a second derivative by a name is not given for."""
    checked(model, program, name, asked)
    kind = program.families[name].kind
    if not program.is_input(name):
        raise UnsupportedError(f"a Hessian by {name}, which is defined in a model with indices, is not supported")
    if kind in STRUCTURED_KINDS:
        raise UnsupportedError(f"a Hessian by {name}, which is {kind}, is not supported in a model with indices")


def answered(model: Model, program: Program, result: FamilyResult, name: str) -> FamilyExpression:
    made = [other for other in result.program.families if other not in program.families]
    answer = closed(model, result.program, [result.gradients[name]], made)
    compare_values(result.program, program_of(answer.model)[0], [result.gradients[name]])
    found = Presented(answer, result, model).gradient(name)
    if found.model.families:
        found.model.families.free = ()
    return found


def turned(e: Expr) -> Expr:
    return e.args[0] if is_transpose(e) else transposed(e)


def checked(model: Model, program: Program, name: str, asked: str) -> str:
    """A name that may vary; raises `DeclarationError` for one that does not."""
    families = model.families
    if name in model.dims:
        raise DeclarationError(f"{name} is a dim: a size does not vary")
    if families is not None and name in families.ranges and name not in program.families:
        raise DeclarationError(f"{name} is an index: it does not vary")
    if name in model.functions:
        raise DeclarationError(f"{name} is a function: give a variable")
    if name not in program.families or name in program.sums or name in program.views:
        known = [n for n in program.families if n not in program.sums and n not in program.views]
        close = closest(name, known)
        hint = f"did you mean {close}?" if close else f"the names are {', '.join(known) or 'none'}"
        raise DeclarationError(f"{name} does not occur and is not declared: {hint}")
    if program.families[name].kind in CONSTANT_KINDS:
        raise DeclarationError(f"{name} holds {program.families[name].kind}: it does not vary")
    if name == asked:
        raise DeclarationError(f"{name} is the objective itself")
    return name


class Presented:
    """The statements of an answer in the form people read."""

    def __init__(self, answer: Answer, result: FamilyResult, model: Model) -> None:
        self.answer, self.result = answer, result
        self.known_ranges = frozenset(model.families.ranges if model.families else ())
        self.program = result.program

    def shown(self, node: Expr) -> Expression:
        return Expression(node, self.answer.model)

    def step(self, raw: RawStep) -> Step:
        moves = tuple(map(self.step, raw.moves)) if len(raw.moves) > 1 else ()
        return Step(raw.rule, self.shown(raw.before), self.shown(raw.after), raw.note, raw.source, moves)

    def gradient(self, name: str) -> FamilyExpression:
        gradient = self.result.gradients[name]
        parts = self.answer.bodies[gradient]
        family = self.program.families[gradient]
        others = self.reached([n for _, body in parts for n in self.uses(body)])
        single = len(parts) == 1 and gradient not in others
        if single:
            body = parts[0][1]
            node, indices = body, self.answer.free[gradient]
        else:
            at = tuple(map(index, family.indices))
            node, indices = access(gradient, at, family.shape), family.indices
        wanted = self.reached([gradient]) - ({gradient} if single else set())
        spans = self.counted(node, wanted)
        places: tuple[Affine | Span, ...] = tuple(map(index, indices))
        if single and family.shape != node.shape:  # by rows or columns
            own = iter(places[len(family.indices) :])
            rest = [next(own) if size is ONE else WHOLE for size in node.shape] if ONE not in family.shape else [*own]
            places = (*places[: len(family.indices)], *rest)
        of = Access(name, places)
        return FamilyExpression(node, self.answer.model, indices, gradient, (*spans, *self.auxiliary(wanted)), of)

    def counted(self, node: Expr, wanted: set[str]) -> tuple[Statement, ...]:
        """The ranges of indices that an answer uses as numbers, where no name of the model tells them."""
        parts = topo(node, *(body for name in wanted for _, body in self.answer.bodies[name]))
        variables = [accessed(part) for part in parts if part.op == "variable"]
        numbers = dict.fromkeys(name.family for name in variables if name.family in self.program.ranges)
        told = {n for name in variables if name.family not in self.answer.bodies for n in name.names}
        names = [name for name in numbers if name not in self.known_ranges | told]
        return tuple(Statement(Access(name), str(self.program.ranges[name])) for name in names)

    @staticmethod
    def uses(body: Expr) -> set[str]:
        return {accessed(node).family for node in topo(body) if node.op == "variable"}

    def reached(self, names: Sequence[str]) -> set[str]:
        """The names of the answer that some are made of, themselves too."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.answer.bodies and name not in found:
                found.add(name)
                waiting += [n for _, body in self.answer.bodies[name] for n in self.uses(body)]
        return found

    def used(self, gradients: Any) -> set[str]:
        return {accessed_name(statement) for found in gradients for statement in found.statements}

    def auxiliary(self, names: set[str]) -> tuple[Statement, ...]:
        """The statements of some names, in the order of the answer."""
        return tuple(s for name in self.answer.names if name in names for s in self.statements(name))

    def statements(self, name: str) -> Iterator[Statement]:
        families = self.answer.model.families
        assert families is not None
        family = families.members.get(name)
        if family is None:
            variable = self.answer.model.variables[name]
            yield Statement(Access(name), kind_text(variable.shape))
        elif any(len(left) > len(family.indices) for left, _ in self.answer.bodies[name]):  # by its entries
            yield Statement(Access(name, tuple(map(index, family.indices))), kind_text(family.shape))
        elif family.outside and zeros(self.answer, family) is None:
            yield Statement(Access(name, tuple(map(index, family.indices))), f"{kind_text(family.shape)}, 0 outside")
        elif family.shape == (ONE, ONE) and self.weighs_before(name):
            yield Statement(Access(name, tuple(map(index, family.indices))), kind_text(family.shape))
        for left, body in self.answer.bodies[name]:
            yield Statement(Access(name, left), self.shown(body))
        for at in (zeros(self.answer, family) or ()) if family and family.outside else ():
            yield Statement(Access(name, at), self.shown(E.number(0)))

    def weighs_before(self, name: str) -> bool:
        """Whether a number weighs something in a statement above its own, where a reader does not know it is one."""
        above = self.answer.names[: self.answer.names.index(name)]
        bodies = [body for other in above for _, body in self.answer.bodies[other]]
        scaled = [node for node in topo(*bodies) if is_scaled(node) and not node.is_scalar]
        return any(name in self.uses(node.args[0]) for node in scaled)

    def differential(self, name: str, gradient: FamilyExpression) -> Expression:
        """``sum[i](tr(G[i]'*dX[i]))``."""
        family = self.program.families[name]
        of = self.program.plain(name)
        if gradient.indices != family.indices:  # by entries
            of = E.variable(gradient.of, gradient.node.shape) if gradient.of else of
        d = E.differential(self.program.shown(of) if gradient.indices == family.indices else of)
        left = turned(gradient.node)
        pair = trace(scale(left, d) if left.is_scalar else times(left, d))
        return self.shown(summed(pair, gradient.indices))


def accessed_name(statement: Statement) -> str:
    return statement.left.family


def zeros(answer: Answer, family: Family) -> list[tuple[Affine, ...]] | None:
    """The members outside of the ranges that are asked for, where these are few: ``grad_h[T+1]``."""
    found: dict[tuple[Affine, ...], None] = {}
    ranges = answer.model.families.ranges if answer.model.families else {}
    for parts in answer.bodies.values():
        for _, body in parts:
            for node in topo(body):
                if node.op != "variable" or accessed(node).family != family.name:
                    continue
                if len(accessed(node).positions) != len(family.ranges):
                    return None
                at = list(map(index, family.indices))
                for place, (form, span) in enumerate(zip(accessed(node).positions, family.ranges, strict=True)):
                    if not isinstance(form, Affine):
                        return None
                    own = form.names - frozenset(answer.model.dims)
                    if not own:
                        continue
                    if len(own) != 1 or ranges.get(min(own)) != span:
                        return None
                    gap = form - index(min(own))
                    if not gap.is_constant or abs(gap.constant) > 1:
                        return None
                    if gap.constant:
                        end = span.last if gap.constant > 0 else span.first
                        found[(*at[:place], end + gap, *at[place + 1 :])] = None
    return list(found)


def kind_text(shape: Shape) -> str:
    """The declaration of a shape."""
    rows, cols = (Printer().size(size) for size in shape)
    if shape == (ONE, ONE):
        return "scalar"
    return f"vector({rows})" if shape[1] is ONE else f"row({cols})" if shape[0] is ONE else f"matrix({rows}, {cols})"


def remarks(program: Program, result: FamilyResult, presented: Presented) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Under which conditions the answer holds, and what was chosen where a derivative jumps."""
    conditions: dict[str, None] = {}
    conventions: dict[str, None] = {}
    for where, node in result.conditions:
        text = str(presented.shown(node.args[0]))
        conditions[where.replace("{X}", text if len(text) < 200 else "its argument")] = None
    used = needed(program, [*result.gradients, *(n for n in program.families if not program.is_input(n))])
    for statement in program.statements:
        if statement.name in used:
            for _, entry in entries(statement.body):
                if entry.convention:
                    conventions[entry.convention] = None
            if statement.kind in ("max", "min"):
                conventions[f"where several attain a {statement.kind}, each takes an equal share"] = None
            if statement.kind == "prod":
                conditions["the factors of a product over an index are not zero"] = None
    return tuple(conditions), tuple(conventions)
