"""A finding made small: statements dropped, parts replaced by their own parts, sizes made one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from matdiff.sizes import ONE, Shape

from .checks import Case
from .models import Model, Term, Variable
from .training import replaced

SECONDS = 8.0
"""For one finding."""

Outcome = Callable[[str, Case], tuple[str, str, str]]


def smallest(check: str, kind: tuple[str, str], case: Case, detail: str, outcome: Outcome) -> tuple[Case, str]:
    """The smallest case found that gives the same kind of finding, with its details."""
    until = time.monotonic() + SECONDS
    going = True
    while going and time.monotonic() < until:
        going = False
        for model, wrt in smaller(case):
            if time.monotonic() > until:
                break
            tried = Case(model, wrt, case.seed)
            try:
                how, found, said = outcome(check, tried)
            except AssertionError:
                continue
            if (how, found) == kind:
                case, detail, going = tried, said, True
                break
    return case, detail


def smaller(case: Case) -> Iterator[tuple[Model, tuple[str, ...]]]:
    """Simpler models, the boldest cuts first."""
    model = case.model
    found: list[Model] = []
    for index in range(len(model.statements)):
        found += inlined(model, index)
    for index, (name, root) in enumerate(model.statements):
        for target in root.below():
            for new in simpler(target):
                changed = replaced(root, target, new)
                statements = (*model.statements[:index], (name, changed), *model.statements[index + 1 :])
                found.append(pruned(replace(model, statements=statements)))
        for arg in root.args if index == len(model.statements) - 1 else ():
            found.append(pruned(replace(model, statements=(*model.statements[:-1], (name, arg)))))
    for dropped in case.wrt if len(case.wrt) > 1 else ():
        yield model, tuple(name for name in case.wrt if name != dropped)
    for smaller_model in found:
        names = smaller_model.differentiable()
        kept = tuple(name for name in case.wrt if name in names)
        if kept:
            yield smaller_model, kept


def simpler(term: Term) -> Iterator[Term]:
    """What may stand for a term: a name below it, or a part of its shape."""
    below = [part for part in term.below() if part is not term and part.shape == term.shape]
    yield from [part for part in below if part.name]
    yield from [part for part in below if not part.name]


def inlined(model: Model, index: int) -> Iterator[Model]:
    """A definition as a variable of its own, or written out where it is used."""
    name, root = model.statements[index]
    if index == len(model.statements) - 1:
        return
    rest = (*model.statements[:index], *model.statements[index + 1 :])
    kind = kind_of(root.shape)
    yield pruned(Model((*model.variables, Variable(name, kind, root.shape)), rest))
    opened = tuple((other, written_out(term, name, root)) for other, term in rest)
    yield pruned(replace(model, statements=opened))


def written_out(term: Term, name: str, root: Term) -> Term:
    if term.name == name:
        return root
    return replace(term, args=tuple(written_out(arg, name, root) for arg in term.args))


def kind_of(shape: Shape) -> str:
    rows, cols = shape
    if rows is ONE:
        return "scalar" if cols is ONE else "row"
    return "vector" if cols is ONE else "matrix"


def pruned(model: Model) -> Model:
    """Without the definitions that the objective does not reach."""
    last = model.statements[-1][0]
    reached = model.depends[last]
    kept = tuple((name, root) for name, root in model.statements if name in reached or name == last)
    used = Model(model.variables, kept).used
    return Model(tuple(variable for variable in model.variables if variable.name in used), kept)
