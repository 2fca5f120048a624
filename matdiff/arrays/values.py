"""Values of expressions with indices, on arrays that people hold: evaluated, or as a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matdiff.arrays.inputs import Taken, given_back, missing
from matdiff.arrays.run import Code, check_labels, check_ranges
from matdiff.errors import DeclarationError
from matdiff.evaluate import Array
from matdiff.expr import Expr
from matdiff.indices import index
from matdiff.model import Family, Model
from matdiff.programs.program import Program, Statement, needed, program_of


@dataclass(frozen=True)
class Target:
    """What is asked for: a name of the model, or an expression over some indices."""

    node: Expr
    indices: tuple[str, ...] = ()
    name: str = ""


def laid_out(model: Model, targets: Sequence[Target]) -> tuple[Program, list[str]]:
    """The program of a model, with a name for each target."""
    program, roots = program_of(model, [target.node for target in targets])
    names = []
    for number, (target, root) in enumerate(zip(targets, roots, strict=True)):
        name = target.name
        if not name:
            name = f"value {number + 1}"
            spans = tuple(program.ranges[n] for n in target.indices)
            program.families[name] = Family(name, target.indices, spans, root.shape)
            program.statements.append(Statement(name, tuple(map(index, target.indices)), root))
        names.append(name)
    return program, names


def evaluate(model: Model, target: Target, inputs: Mapping[str, Any]) -> Any:
    """The value on arrays; an intermediate that is given is used as it is."""
    program, (name,) = laid_out(model, [target])
    taken = Taken(model, program.families, inputs)
    known = [n for n in taken.arrays if n != name]
    code = Code(program, [name], known=known)
    found = run(code, program, taken, model)[name]
    return given_back(program.families[name], owned(found, taken), taken.single)


def run(code: Code, program: Program, taken: Taken, model: Model) -> dict[str, Array]:
    lacking = [name for name in code.inputs if name not in taken.arrays]
    if lacking:
        raise missing(lacking, program.families)
    for size in code.sizes:
        if size not in taken.sizes:
            raise DeclarationError(f"the size {model.inferred.get(size, size)} is not known: give {size}=…")
    for name in code.functions:
        if name not in taken.functions:
            raise DeclarationError(f"{name} is unknown: give its value and derivatives, {name}=(f, df, …)")
    used = needed(program, code.names)
    asked = replace(program, statements=[s for s in program.statements if s.name in used])
    check_ranges(asked, taken.sizes)
    check_labels(asked, taken.arrays, taken.sizes)
    return code(taken.arrays, taken.sizes, taken.functions)


def owned(value: Array, taken: Taken) -> Array:
    """A value that shares no memory with what was given."""
    value = np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)
    return value.copy() if any(np.may_share_memory(value, array) for array in taken.arrays.values()) else value


class CompiledProgram:
    """Values of expressions with indices as a NumPy function of keyword arrays; ``source`` is its code."""

    def __init__(self, model: Model, targets: Sequence[Target], single: bool) -> None:
        self._model, self._single = model, single
        self._program, self._names = laid_out(model, targets)
        self._code = Code(self._program, self._names)
        self.source = self._code.source

    def __call__(self, /, **inputs: Any) -> Any:
        members = self._model.families.members if self._model.families else {}
        for name in inputs:
            if name in members and not self._program.is_input(name):
                raise DeclarationError(f"{name} is computed here: give what it is made of, or use evaluate")
        taken = Taken(self._model, self._program.families, inputs)
        found = run(self._code, self._program, taken, self._model)
        values = [
            given_back(self._program.families[name], owned(found[name], taken), taken.single) for name in self._names
        ]
        return values[0] if self._single else values
