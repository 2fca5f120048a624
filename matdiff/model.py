"""A model: the names of a source, what they stand for, and its objective."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matdiff.errors import Place, UnsupportedError
from matdiff.expr import Expr, flatten, topo, unflatten, variable
from matdiff.indices import Affine, Range
from matdiff.operators.structures import STRUCTURES
from matdiff.sizes import Shape

CONSTANT_KINDS = frozenset({"onehot", "labels"})
"""Data that cannot change a little."""
CONJUGATE = "conjugate"
"""The kind of the conjugate of a complex name, which is a name of its own."""
COMPLEX_KINDS = frozenset({"complex", "hermitian", CONJUGATE})
STRUCTURED_KINDS = frozenset({*STRUCTURES, "orthogonal"})
"""What a derivation makes use of."""


def conjugate_name(name: str) -> str:
    """``Z`` and ``conj(Z)`` are the names of each other's conjugates."""
    return name[5:-1] if name.startswith("conj(") else f"conj({name})"


def has_complex(*roots: Expr) -> bool:
    """Whether complex matrices are among the names of expressions."""
    return any(node.op == "variable" and node.data[1] in COMPLEX_KINDS for node in topo(*roots))


def refuse_complex(roots: Iterable[Expr], what: str) -> None:
    """Raise `UnsupportedError` for what is not done with complex matrices."""
    if has_complex(*roots):
        raise UnsupportedError(f"{what} of complex matrices is not supported; evaluate takes complex arrays")


@dataclass(frozen=True)
class Family:
    """A name with a matrix for each value of its indices."""

    name: str
    indices: tuple[str, ...]
    ranges: tuple[Range, ...]
    shape: Shape
    kind: str = "matrix"
    outside: bool = False
    """Whether it is zero outside of its ranges."""


@dataclass(frozen=True)
class Equation:
    """``name[left] = body`` for each value of the indices on the left."""

    name: str
    left: tuple[Affine, ...]
    body: Expr


@dataclass(eq=False)
class Families:
    """What a model says of its indices, and of the names that have some."""

    ranges: dict[str, Range] = field(default_factory=dict)
    """Of each index."""
    members: dict[str, Family] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    """Of the families that are defined, in order."""
    free: tuple[str, ...] = ()
    """The indices of the objective."""

    def defined(self, name: str) -> list[Equation]:
        return [equation for equation in self.equations if equation.name == name]

    def __getstate__(self) -> dict[str, Any]:
        bodies = [equation.body for equation in self.equations]
        at = {node: number for number, node in enumerate(topo(*bodies))}
        rows = [(e.name, e.left, at[e.body]) for e in self.equations]
        return self.__dict__ | {"nodes": flatten(*bodies), "equations": rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        nodes = unflatten(state.pop("nodes"))
        state["equations"] = [Equation(name, left, nodes[number]) for name, left, number in state["equations"]]
        self.__dict__.update(state)


@dataclass(eq=False)
class Model:
    """What a source declares and defines; a plain record, made by the readers."""

    source: str
    variables: dict[str, Expr] = field(default_factory=dict)
    """Declared names and those the letter defaults gave a kind, in order of appearance."""
    definitions: dict[str, Expr] = field(default_factory=dict)
    """Definition nodes, in order."""
    functions: tuple[str, ...] = ()
    """Unknown element-wise functions."""
    trained: tuple[str, ...] = ()
    """The parameters of the script that it was read from."""
    dims: tuple[str, ...] = ()
    """Size names that the source itself uses."""
    inferred: dict[str, str] = field(default_factory=dict)
    """Size names made up for sizes that were inferred, with an expression for each: ``rows(X)``."""
    defaulted: dict[str, str] = field(default_factory=dict)
    """The names whose kind the letter gave, with that kind."""
    settings: Mapping[str, int] = field(default_factory=dict)
    manifolds: dict[str, str] = field(default_factory=dict)
    """The constraints that variables are said to meet."""
    notes: tuple[str, ...] = ()
    """What is said of formulas that may mean two things."""
    objective: Expr | None = None
    places: dict[Expr, Place] = field(default_factory=dict)
    """Where an expression stands in the source, for messages."""
    families: Families | None = None
    """Where the model has indices."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    """The SymPy symbols the names came from, for an expression that was made from SymPy's."""

    def __getstate__(self) -> dict[str, Any]:
        """For pickling: all expressions in one list, so that what they share is written once; no places."""
        roots = [*self.variables.values(), *self.definitions.values(), *([self.objective] if self.objective else [])]
        at = {node: number for number, node in enumerate(topo(*roots))}
        return self.__dict__ | {
            "nodes": flatten(*roots),
            "variables": {name: at[node] for name, node in self.variables.items()},
            "definitions": {name: at[node] for name, node in self.definitions.items()},
            "objective": at[self.objective] if self.objective else None,
            "places": {},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        nodes = unflatten(state.pop("nodes"))
        for key in ("variables", "definitions"):
            state[key] = {name: nodes[number] for name, number in state[key].items()}
        state["objective"] = nodes[state["objective"]] if state["objective"] is not None else None
        self.__dict__.update(state)

    def named(self, name: str) -> Expr | None:
        found = self.definitions.get(name) or self.variables.get(name)
        if found is None and (of := self.variables.get(conjugate_name(name))) is not None and of.data[1] == "complex":
            return variable(name, of.shape, CONJUGATE)
        return found
