"""Random well-typed models: trees of forms over declared and undeclared names, each with its value in NumPy."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from matdiff.sizes import ONE, Shape, Size, product
from matdiff.sizes import parse as size

from . import values
from .forms import CONSTANTS, GUARD, MUST, POWERS, Form, bind, fitting, means
from .values import Array

MOST_ENTRIES = 40
"""Of a matrix at the sizes used: larger ones are not built."""


@dataclass(frozen=True, eq=False)
class Term:
    """A form over other terms, or a name (a variable, or a definition)."""

    shape: Shape
    form: Form | None = None
    args: tuple[Term, ...] = ()
    letters: Mapping[str, Size] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        if self.form is None:
            return self.name
        parts = [str(arg) for arg in self.args]
        calls = {str(index) for index in range(9) if f"({{{index}}})" in self.form.pattern}
        closed = [
            text if arg.form is None or str(index) in calls else f"({text})"
            for index, (arg, text) in enumerate(zip(self.args, parts, strict=True))
        ]
        letters = {name: str(value) for name, value in self.letters.items()}
        return self.form.pattern.format(*closed, **letters)

    def below(self) -> Iterator[Term]:
        yield self
        for arg in self.args:
            yield from arg.below()

    def value(self, known: Mapping[str, Array], sizes: Mapping[str, int], done: dict[int, Array]) -> Array:
        """The value; raises `Abandoned` where it is not finite or too large to be trusted."""
        if self.form is None:
            return known[self.name]
        if id(self) not in done:
            args = [arg.value(known, sizes, done) for arg in self.args]
            own = {letter: named.value(sizes) for letter, named in self.letters.items()}
            if self.form.pattern in POWERS and any(term.name for term in self.args[1].below()):
                values.kinks += int(np.any(args[0].real <= 0))  # that the exponent is whole is an accident
            with np.errstate(all="ignore"):
                found = np.asarray(self.form.value(own, *args))
            rows, cols = (named.value(sizes) for named in self.shape)
            if found.shape != (rows, cols) and not self.form.analytic:
                raise Abandoned  # a value of the engine, which reads the call otherwise at these sizes
            if found.shape != (rows, cols):
                raise AssertionError(f"{self} has shape {found.shape}, not {rows, cols}: the fuzzer is wrong")
            if not np.all(np.abs(found) < 1e6):
                raise Abandoned
            done[id(self)] = values.noisy(found)
        return done[id(self)]

    @cached_property
    def analytic(self) -> bool:
        return all(term.form is None or term.form.analytic for term in self.below())


class Abandoned(Exception):
    """There is nothing to compare at this point."""


@dataclass(frozen=True)
class Variable:
    name: str
    kind: str
    shape: Shape
    declared: bool = True

    def __str__(self) -> str:
        rows, cols = self.shape
        told = {"vector": [rows], "row": [cols], "matrix": [rows, cols], "onehot": [rows, cols]}
        given = [rows, cols] if self.kind in ("onehot", "labels") else told.get(self.kind, [rows])
        return f"{self.name}: {self.kind}" + ("" if self.kind == "scalar" else f"({', '.join(map(str, given))})")


@dataclass(frozen=True)
class Model:
    """Variables, and definitions in order; the last one is the objective."""

    variables: tuple[Variable, ...]
    statements: tuple[tuple[str, Term], ...]

    @property
    def objective(self) -> Term:
        return self.statements[-1][1]

    @property
    def shape(self) -> Shape:
        return self.objective.shape

    @cached_property
    def used(self) -> set[str]:
        """The variables and definitions that occur."""
        return {term.name for _, root in self.statements for term in root.below() if term.name}

    @cached_property
    def dims(self) -> list[str]:
        shapes = [variable.shape for variable in self.kept]
        shapes += [term.shape for _, root in self.statements for term in root.below() if not term.name]
        letters = [named for _, root in self.statements for term in root.below() for named in term.letters.values()]
        every = [*(named for shape in shapes for named in shape), *letters]
        return sorted({name for named in every for name in named.names})

    @cached_property
    def kept(self) -> list[Variable]:
        return [variable for variable in self.variables if variable.name in self.used]

    @cached_property
    def declarations(self) -> str:
        terms = [term for _, root in self.statements for term in root.below()]
        told = dict.fromkeys(term.form.declares for term in terms if term.form and term.form.declares)
        lines = [str(variable) for variable in self.kept if variable.declared]
        written = " ".join([*(str(root) for _, root in self.statements), *lines])
        dims = [name for name in self.dims if name in _words(written)]
        return "\n".join([*([f"{', '.join(dims)}: dim"] if dims else []), *lines, *told])

    @cached_property
    def text(self) -> str:
        lines = [f"{name} = {root}" for name, root in self.statements]
        return "\n".join(filter(None, [self.declarations, *lines]))

    def values(
        self, given: Mapping[str, Array], sizes: Mapping[str, int], moves: Mapping[str, Array] | None = None
    ) -> dict[str, Array]:
        """The values of all names; a definition may move by something of its own."""
        values.kinks = 0
        known, done, moved = dict(given), dict[int, Array](), moves or {}
        for name, root in self.statements:
            known[name] = root.value(known, sizes, done) + moved.get(name, 0)
        return known

    def value(
        self, given: Mapping[str, Array], sizes: Mapping[str, int], moves: Mapping[str, Array] | None = None
    ) -> Array:
        return self.values(given, sizes, moves)[self.statements[-1][0]]

    @cached_property
    def depends(self) -> dict[str, set[str]]:
        """For every definition the names its value depends on."""
        found: dict[str, set[str]] = {}
        for name, root in self.statements:
            own = {term.name for term in root.below() if term.name}
            found[name] = own | {deeper for one in own for deeper in found.get(one, set())}
        return found

    @cached_property
    def analytic(self) -> bool:
        return all(root.analytic for _, root in self.statements)

    def differentiable(self) -> list[str]:
        """What the objective may be derived by: variables, and definitions before the last."""
        reached = self.depends[self.statements[-1][0]]
        constant = {v.name for v in self.variables if v.kind in ("labels", "onehot")}
        return sorted(reached - constant)


def _words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


# Drawing


KINDS = {
    "scalar": lambda r, c: r is ONE and c is ONE,
    "vector": lambda r, c: c is ONE and r is not ONE,
    "row": lambda r, c: r is ONE and c is not ONE,
    "matrix": lambda r, c: r is not ONE and c is not ONE,
    "symmetric": lambda r, c: r is c and r is not ONE,
    "diagonal": lambda r, c: r is c and r is not ONE,
    "orthogonal": lambda r, c: r is c and r is not ONE,
    "onehot": lambda r, c: r is not ONE and c is not ONE,
    "labels": lambda r, c: r is not ONE and c is not ONE,
}
_RARE = {"matrix": 6, "symmetric": 1, "diagonal": 0.7, "orthogonal": 0.3, "onehot": 0.3, "labels": 0.4}
_LETTERS = {"scalar": "abcg", "vector": "hrstuvwxyz", "matrix": "ABCDEHKMPQRSTUVWXYZ"}


class Writer:
    """Draws one model."""

    def __init__(self, seed: int | str) -> None:
        self.draw = random.Random(seed)
        self.letters = self.draw.random() < 0.25
        names = self.draw.sample("mnkpq", 3)
        self.sizes = [size(name) for name in names[: self.draw.choice((1, 2, 2, 3))]]
        if not self.letters:
            self.sizes += [size(self.draw.choice("23"))] * (self.draw.random() < 0.3)
            self.sizes += [product(self.sizes[:2])] * (self.draw.random() < 0.3)
        self.variables: list[Variable] = []
        self.definitions: list[tuple[str, Term]] = []
        self.shared: list[Term] = []

    def model(self) -> Model:
        for number in range(self.draw.choice((0, 0, 0, 1, 1, 2, 3))):
            term = self.grown(self.shape(), self.draw.choice((1, 2, 2, 3)))
            self.definitions.append((f"value{number}", term))
        shape = (ONE, ONE) if self.draw.random() < 0.75 else self.shape()
        root = self.grown(shape, self.draw.choice((2, 3, 3, 4, 5)))
        while not any(term.name for term in root.below()):
            root = self.grown(shape, 3)
        model = Model(tuple(self.variables), (*self.definitions, ("goal", root)))
        reached = model.depends["goal"]
        kept = tuple((name, term) for name, term in model.statements if name in reached or name == "goal")
        if any(map(broadcasts, (term for _, root in kept for term in root.below()))):
            told = tuple(replace(variable, declared=True) for variable in model.variables)
            model = replace(model, variables=told)  # what is not declared is not spread
        return replace(model, statements=kept)

    def size(self) -> Size:
        return ONE if self.draw.random() < 0.1 else self.draw.choice(self.sizes)

    def shape(self) -> Shape:
        rows, cols = self.size(), self.size()
        if self.draw.random() < 0.4:
            rows, cols = self.draw.choice([(rows, ONE), (rows, ONE), (ONE, cols), (rows, rows)])
        return rows, cols

    def term(self, shape: Shape, depth: int) -> Term:
        if depth <= 0 or self.draw.random() < 0.12:
            return self.leaf(shape)
        return self.grown(shape, depth)

    def grown(self, shape: Shape, depth: int) -> Term:
        """A term that is no leaf, if any form has room."""
        alike = [term for term in self.shared if term.shape == shape]
        if alike and self.draw.random() < 0.15:
            return self.draw.choice(alike)
        forms, weights = fitting(shape)
        for form in self.draw.choices(forms, weights, k=12):
            found = self.filled(form, shape, depth)
            if found is not None:
                self.shared.append(found)
                return found
        return self.leaf(shape)

    def filled(self, form: Form, shape: Shape, depth: int) -> Term | None:
        """The form over new parts; None where it does not fit."""
        letters: dict[str, Size] = {}
        pairs = sorted(zip(form.shape, shape, strict=True), key=lambda pair: len(pair[0].powers))
        if not all(bind(pattern, wanted, letters, self.draw) for pattern, wanted in pairs):
            return None
        for letter in sorted(form.letters - letters.keys()):
            letters[letter] = self.size()
        shapes = tuple((rows.substitute(letters), cols.substitute(letters)) for rows, cols in form.parts)
        if any(_large(part) for part in shapes) or not means(form, shapes):
            return None
        if self.letters and any(len(named.powers) > 1 for part in form.parts for named in part):
            return None  # sizes that are products are not inferred
        args = []
        for part in shapes:
            arg = self.term(part, depth - 1 if self.draw.random() < 0.9 else depth - 2)
            args.append(arg)
        if form.guards and args and (form.guards in MUST or self.draw.random() < 0.6):
            guard = GUARD[self.draw.choice(form.guards)]
            args[0] = self.wrapped(guard, args[0])
        return Term(shape, form, tuple(args), letters)

    @staticmethod
    def wrapped(guard: Form, term: Term) -> Term:
        return Term(term.shape, guard, (term,), dict(zip("mn", term.shape, strict=True)))

    def leaf(self, shape: Shape) -> Term:
        names = [Term(shape, name=name) for name, term in self.definitions if term.shape == shape]
        alike = [variable for variable in self.variables if variable.shape == shape]
        if names and self.draw.random() < 0.6:
            return self.draw.choice(names)
        if alike and self.draw.random() < 0.6:
            return Term(shape, name=self.draw.choice(alike).name)
        if self.draw.random() < 0.15:
            constant = self.constant(shape)
            if constant is not None:
                return constant
        return self.variable(shape)

    def constant(self, shape: Shape) -> Term | None:
        letters: dict[str, Size] = {}
        form = self.draw.choices(CONSTANTS, [form.weight for form in CONSTANTS])[0]
        pairs = zip(form.shape, shape, strict=True)
        if not all(bind(pattern, wanted, letters, self.draw) for pattern, wanted in pairs):
            return None
        if form.pattern == "{n}":
            letters["n"] = self.size()
        return Term(shape, form, (), letters)

    def variable(self, shape: Shape) -> Term:
        rows, cols = shape
        kinds = [kind for kind, fits in KINDS.items() if fits(rows, cols)]
        kind = self.draw.choices(kinds, [_RARE.get(kind, 1) for kind in kinds])[0]
        taken = {variable.name for variable in self.variables}
        plain = self.letters and all(named is ONE or named.name for named in shape)
        free = [letter for letter in _LETTERS.get(kind, "") if letter not in taken]
        if free and (plain or self.draw.random() < 0.7):
            found = Variable(self.draw.choice(free), kind, shape, not plain)
        else:
            short = {"scalar": "c", "vector": "v", "row": "b", "matrix": "W"}.get(kind, kind.upper()[:2])
            found = Variable(f"{short}{'' if self.letters else '_'}{len(taken) + 1}", kind, shape)
        self.variables.append(found)
        return Term(shape, name=found.name)


def broadcasts(term: Term) -> bool:
    """Whether an argument is spread over another."""
    return (
        term.form is not None
        and bool(re.match(r"\{0\} (\.?[-+*/^]|<|>|=)", term.form.pattern))
        and (len({arg.shape for arg in term.args}) > 1)
    )


def _large(shape: Shape) -> bool:
    sizes = {name: 3 for named in shape for name in named.names}
    return shape[0].value(sizes) * shape[1].value(sizes) > MOST_ENTRIES
