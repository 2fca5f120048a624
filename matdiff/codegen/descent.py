"""One step of gradient descent as a graph: the loss, and by how much each parameter changes.

The learning rate is the seed of the backward pass, so that it is multiplied into the smallest factor,
and what a gradient has of the parameter itself (weight decay) becomes a scaling of the parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from matdiff import expr as E
from matdiff.codegen.graph import Graph, Value, is_number, walk
from matdiff.codegen.lowering import Lowering
from matdiff.codegen.stable_gradients import gradients
from matdiff.codegen.structure import is_symmetric, structured
from matdiff.codegen.symmetry import symmetrized
from matdiff.compose import joined, split, terms_of, total
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.sizes import ONE

RATE = E.variable("learning rate", (ONE, ONE), "scalar")
"""No name of a model has a space."""


@dataclass(frozen=True)
class Update:
    """``parameter = parameter * decay - change``; each may be missing."""

    name: str
    decay: Value | None
    change: Value | None


@dataclass
class Step:
    """The graph of a step, and what its values are called."""

    graph: Graph
    loss: Value
    updates: list[Update]
    sizes: Mapping[str, int]
    parameters: set[str]
    names: dict[Value, str] = field(default_factory=dict)
    stacked: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Parameters made of two: a matrix over a row."""
    turned: set[Value] = field(default_factory=set)
    """Values that are held transposed."""
    turned_parameters: set[str] = field(default_factory=set)

    def outputs(self) -> list[Value]:
        found = [self.loss]
        for update in self.updates:
            found += [value for value in (update.decay, update.change) if value is not None]
        return found

    def replaced(self, new: Mapping[Value, Value]) -> Step:
        """The step after a rewriting of its graph."""

        def moved(value: Value | None) -> Value | None:
            return None if value is None else new[value]

        return replace(
            self,
            loss=new[self.loss],
            updates=[Update(u.name, moved(u.decay), moved(u.change)) for u in self.updates],
            names={new[value]: name for value, name in self.names.items() if value in new},
            turned={new[value] for value in self.turned if value in new},
        )

    def constants(self) -> set[Value]:
        """The values that are the same at every step."""
        found: set[Value] = set()
        for value in walk(*self.outputs()):
            varies = value.op == "input" and value.data in self.parameters
            if not varies and all(arg in found for arg in value.args):
                found.add(value)
        return found


def step_of(model: Model, objective: Expr, wrt: Iterable[str], sizes: Mapping[str, int]) -> Step:
    found = structured(gradients(model, objective, wrt, seed=RATE))
    varying = set(found.variables.values())
    parts = {name: decayed(gradient, found.variables[name], varying) for name, gradient in found.gradients.items()}
    roots = [found.objective, *(part for pair in parts.values() for part in pair)]
    lowering = Lowering(roots, sizes)
    loss, *values = lowering.run()
    updates = []
    for name, keep, change in zip(parts, values[::2], values[1::2], strict=True):
        change = symmetrized(lowering.graph, change) if is_symmetric(found.variables[name]) else change
        nothing = (change.op == "full" and is_number(change.args[0], 0)) or is_number(change, 0)
        updates.append(Update(name, None if is_number(keep, 1) else keep, None if nothing else change))
    names = {value: node.data for value, node in lowering.names.items()} | lowering.hints
    return Step(lowering.graph, loss, updates, sizes, set(parts), names)


def decayed(gradient: Expr, parameter: Expr, varying: set[Expr]) -> tuple[Expr, Expr]:
    """1 minus the constant multiple of the parameter in its gradient, and the rest of the gradient."""
    keep: list[Expr] = [E.number(1)]
    rest: list[Expr] = []
    for term in terms_of(gradient):
        number, factors, matrix = split(term)
        if matrix is parameter and not varying.intersection(E.topo(*factors)):
            keep.append(joined(-number, factors, None))
        else:
            rest.append(term)
    zero = E.number(0) if parameter.is_scalar else E.zeros(*parameter.shape)
    return total(keep), total(rest) if rest else zero
