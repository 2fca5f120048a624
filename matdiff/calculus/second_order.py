"""Second derivatives of a program with indices: along a direction, and by blocks.

The gradient ∇x[r] stands as a statement among the others, so that the sweep goes over it once more:

    H v:  the gradient of Σ_r tr(∇x[r]' v[r]);    H[r,q] = Σ_u ∂body/∂A[e(r,u)] · ∂A[e(r,u)]/∂y[q]

the latter forwards, statement by statement (Pearlmutter 1994; Magnus & Neudecker 2019, ch. 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from matdiff import expr as E
from matdiff.calculus.derive import Calculus
from matdiff.calculus.families import FamilyResult, FamilySweep
from matdiff.calculus.index_change import IndexChange
from matdiff.calculus.jacobian import jacobian, vec
from matdiff.calculus.members import Term, is_moving, seed, weighted
from matdiff.compose import scale, times, trace, transposed
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.indices import Affine, Condition, access, accessed, fresh_name, index, other_index, summed
from matdiff.model import Family
from matdiff.programs.order import Loop, order
from matdiff.programs.program import Program, Statement, live, needed, used
from matdiff.rewriting.engine import Rewriter
from matdiff.sizes import ONE, Size

Vanishes = Callable[[Program, Statement, str], bool]


class AlongSweep(FamilySweep):
    """The sweep over a gradient: what moves with a cotangent is its name along the direction."""

    cotangents: dict[str, str]

    def gradient_name(self, name: str) -> str:
        of = self.cotangents.get(name)
        known = self.gradient_of.get(name)
        label = f"along_{self.forward.label(of)}" if of else f"along_grad_{self.forward.label(name)}"
        return known or fresh_name(label, self.program.families)


def paired(program: Program, name: str, of: str, other: str) -> None:
    """The statement ``name = Σ tr(of[i]' other[i])``."""
    family = program.families[of]
    left, right = program.plain(of), program.plain(other)
    one = trace(product(transposed(left), right))
    program.families[name] = Family(name, (), (), (ONE, ONE))
    program.define(name, (), summed(one, family.indices))


def product(left: Expr, right: Expr) -> Expr:
    if left.is_scalar or right.is_scalar:
        scalar, other = (left, right) if left.is_scalar else (right, left)
        return scale(scalar, other)
    return times(left, right)


def along(found: FamilyResult, name: str, direction: str, vanishes: Vanishes) -> tuple[FamilyResult, str]:
    """The Hessian by an input times a direction of its size, and the name of what it is the gradient of."""
    program = found.program.copy()
    program.families[direction] = replace(program.families[name], name=direction, kind="matrix", outside=False)
    slope = fresh_name("slope", program.families)
    paired(program, slope, found.gradients[name], direction)
    sweep = AlongSweep(program, slope, [name], vanishes)
    sweep.cotangents = {cotangent: of for of, cotangent in found.cotangents.items()}
    return sweep.run(), slope


class Blocks(IndexChange):
    """The derivative of a gradient by the members of a family, forwards."""

    def __init__(self, found: FamilyResult, of: str, by: str) -> None:
        self.program = found.program.copy()
        self.of, self.by = of, by
        self.moving = live(self.program, [by]) & needed(self.program, [of])
        family = self.program.families[by]
        self.columns = family.shape[0] * family.shape[1]
        self.second = self.second_indices(family)
        self.gradient_of = {}

    def second_indices(self, family: Family) -> tuple[str, ...]:
        """Indices that nothing else on the way has: declared ones of the same range where there are some."""
        used = {n for name in self.moving for n in self.program.families[name].indices if name != self.by}
        used |= {
            n
            for s in self.program.statements
            if s.name in self.moving
            for n in (*s.free, *s.bound, *bound_names(s.body))
        }
        found: list[str] = []
        for own, span in zip(family.indices, family.ranges, strict=True):
            same = (n for n, r in self.program.ranges.items() if r == span and n not in used and n not in found)
            name = own if own not in used else next(same, None) or other_index(own, self.taken)
            self.program.ranges[name] = span
            found.append(name)
        return tuple(found)

    @property
    def taken(self) -> set[str]:
        return {*self.program.ranges, *self.program.families, *self.program.dims}

    def run(self) -> str:
        """The name of the blocks; raises `UnsupportedError` where they are no formula."""
        for item in order(self.program, self.moving):
            if isinstance(item, Loop):
                raise UnsupportedError(
                    f"{item.names[0]} is a recurrence: its Hessian is no formula of blocks; take it times a direction"
                )
            if item != self.by:
                self.of_name(item)
        if self.of not in self.gradient_of:
            self.declare(self.of)
            self.nothing(self.of, tuple(map(index, self.program.families[self.of].indices)))
        return self.gradient_of[self.of]

    def declare(self, name: str) -> None:
        family = self.program.families[name]
        made = fresh_name("H" if name == self.of else f"jacobian_{name}", self.program.families)
        self.gradient_of[name] = made
        spans = tuple(self.program.ranges[n] for n in self.second)
        shape = (family.shape[0] * family.shape[1], self.columns)
        own = (*family.indices, *self.second)
        self.program.families[made] = Family(made, own, (*family.ranges, *spans), shape, outside=family.outside)

    def nothing(self, name: str, left: tuple[Affine, ...]) -> None:
        made = self.gradient_of[name]
        value = Calculus.zero(self.program.plain(made))
        self.program.statements.append(Statement(made, (*left, *self.places), value, dims=self.program.dims))

    @property
    def places(self) -> tuple[Affine, ...]:
        return tuple(map(index, self.second))

    def of_name(self, name: str) -> None:
        self.declare(name)
        done = set()
        for statement in self.program.of(name):
            if statement.kind in ("entries", "matrix"):
                raise UnsupportedError("a Hessian through the entries of a matrix is not supported")
            variables = [node for node in topo(statement.body) if is_moving(node, self.moving)]
            if variables:
                self.of_statement(statement, variables)
                done.add(statement.left)
        for left in dict.fromkeys(s.left for s in self.program.of(name)):
            if left not in done:
                self.nothing(name, left)

    def of_statement(self, statement: Statement, variables: list[Expr]) -> None:
        if not statement.is_sum and not statement.body.is_scalar:
            raise UnsupportedError(f"a Hessian through {statement.kind} of matrices over an index is not supported")
        rewriter = Rewriter()
        weight = seed(self.program, statement, statement.body, E.number(1))
        for variable in variables:
            matrix = jacobian(statement.body, variable, rewriter)
            matrix = weighted(weight, matrix)
            name = accessed(variable)
            if name.family != self.by:
                below = self.gradient_of[name.family]
                made = self.program.families[below]
                chained = product(matrix, access(below, (*name.positions, *self.places), made.shape))
                self.add(statement, chained, statement.bound, statement.conditions)
                continue
            inside = replace(statement, left=())
            change = self.solved(
                Term(inside, name, matrix), self.places, self.gradient_of[statement.name], statement.free
            )
            if change is not None:
                self.add(statement, change[0].body, change[0].bound, change[0].conditions)

    def add(self, statement: Statement, body: Expr, bound_: tuple[str, ...], conditions: tuple[Condition, ...]) -> None:
        made = self.gradient_of[statement.name]
        left = (*statement.left, *self.places)
        self.program.statements.append(Statement(made, left, body, bound_, conditions, dims=self.program.dims))


def bound_names(e: Expr) -> Iterator[str]:
    for node in topo(e):
        if node.op == "bound":
            yield from node.data.indices


@dataclass(frozen=True)
class BlockResult:
    """The blocks of a Hessian, with what they are compared by: a scalar function and its gradient made of them."""

    program: Program
    name: str
    by: str
    slope: str
    gradient: str


def blocks(found: FamilyResult, left: str, right: str) -> BlockResult:
    """``H[r,q]`` with d²f = Σ_{r,q} (d vec left[r])' H[r,q] (d vec right[q]); by entries where the model has those."""
    of, by = entries_of(found, found.gradients[left], left), entries_of(found, right, right)
    making = Blocks(found, of, by)
    name = making.run()
    program = making.program.copy()
    direction, slope, gradient = (fresh_name(n, program.families) for n in ("direction", "slope", "gradient"))
    family = program.families[of]
    program.families[direction] = replace(family, name=direction, kind="matrix", outside=False)
    paired(program, slope, of, direction)
    whole = product(transposed(program.plain(name)), vec(program.plain(direction)))
    whole = unvec(whole, *program.families[by].shape)
    program.families[gradient] = replace(program.families[by], name=gradient, indices=making.second, kind="matrix")
    body = summed(whole, family.indices)
    program.define(gradient, making.places, body)
    return BlockResult(program, name, by, slope, gradient)


def unvec(e: Expr, rows: Size, cols: Size) -> Expr:
    return e if cols is ONE else Expr("unvec", (e,), (rows, cols), (rows, cols))


def entries_of(found: FamilyResult, name: str, of: str) -> str:
    """The entries of what only occurs by its entries, as a family of their own; else the name itself."""
    program = found.program
    views = [view for view in program.views.values() if view.of == of and not view.defines]
    users = [s for s in program.statements if any(a.family == of for a in used(s))]
    if len(views) != 1 or any(s.kind != "entries" for s in users):
        return name
    return replace(views[0], of=name, defines=name != of).name
