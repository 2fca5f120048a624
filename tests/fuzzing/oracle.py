"""Points for a model, and derivatives there that owe nothing to the engine: complex steps, and differences."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from differences import FUNCTIONS, SLOPE, of_kind

from . import values
from .models import Abandoned, Model, Variable
from .values import Array

_TINY = 1e-30


@dataclass
class Point:
    """Arrays for the variables of a model, all of them matrices, at some sizes."""

    model: Model
    known: dict[str, Array]
    sizes: dict[str, int]
    moves: dict[str, Array] = field(default_factory=dict)
    """By how much definitions lie beside their values."""

    @property
    def inputs(self) -> dict[str, Any]:
        """The same as people hand it to the engine."""
        found: dict[str, Any] = {}
        for variable in self.model.kept:
            array = self.known[variable.name]
            found[variable.name] = {
                "labels": lambda a=array: np.argmax(a, axis=1),
                "scalar": lambda a=array: float(a[0, 0]),
                "vector": lambda a=array: a[:, 0],
            }.get(variable.kind, lambda a=array: a)()
        written = {line.split(":")[0]: line for line in self.model.declarations.splitlines() if line.endswith(": dim")}
        dims = {name.strip() for names in written for name in names.split(",")}
        functions = {name: pair for name, pair in FUNCTIONS.items() if f"{name}: function" in self.model.declarations}
        return {**found, **functions, **{name: self.sizes[name] for name in dims}}

    def value(self) -> Array:
        return self.model.value(self.known, self.sizes, self.moves)

    @property
    def is_shaky(self) -> bool:
        """Whether there is no value a few digits away."""
        value = self.value()
        try:
            with noise():
                return not close(value, self.value(), 1e-4)
        except (Abandoned, np.linalg.LinAlgError):
            return True

    def moved(self, name: str, by: Array) -> Point:
        """Where one name, a variable or a definition, has moved."""
        if name in self.known:
            return replace(self, known={**self.known, name: self.known[name] + by})
        return replace(self, moves={**self.moves, name: self.moves.get(name, 0) + by})

    def slope(self, name: str, direction: Array) -> Array:
        """The derivative of the objective along a direction of one name."""
        if self.model.analytic:
            found = self.moved(name, 1j * _TINY * direction).value()
            return np.imag(found) / _TINY + np.zeros(found.shape)
        steps = [2e-3, 1e-3]
        coarse, fine = (
            sum(w * self.moved(name, k * step * direction).value() for k, w in SLOPE) / step for step in steps
        )
        if not close(coarse, fine, 1e-6):
            raise Abandoned
        return np.asarray(fine)

    def second(self, name: str, u: Array, other: str, v: Array) -> float:
        """d² f(name + s u, other + t v) / ds dt of a scalar objective, a definition beside what moves it."""
        found = []
        for step in (2e-3, 1e-3):
            near = [(w, self.moved(other, k * step * v)) for k, w in SLOPE]
            found.append(sum(w * point.slope(name, u)[0, 0] for w, point in near) / step)
        if not close(*map(np.asarray, found), 1e-5):  # type: ignore[arg-type]
            raise Abandoned
        return float(found[1])


def close(a: Array, b: Array, tolerance: float) -> bool:
    return bool(np.all(abs(a - b) <= tolerance * (1 + abs(b).max(initial=0))))


@contextmanager
def noise() -> Iterator[None]:
    """While this lasts all values are off in their last digits: an answer that changes much is not to be trusted."""
    values.noise = np.random.default_rng(1)
    try:
        yield
    finally:
        values.noise = None


def points(model: Model, seed: str, count: int = 3) -> Iterator[Point]:
    """Points of a model that are neither at a kink nor near a place where it does not live."""
    draw = random.Random(seed)
    found = 0
    for attempt in range(4 * count):
        dims = model.dims
        pool = draw.sample(range(1 if draw.random() < 0.3 else 2, 5), k=3)
        sizes = {name: pool[index % 3] for index, name in enumerate(dims)}
        rng = np.random.default_rng(draw.randrange(2**32))
        way = attempt % 4
        point = Point(model, {v.name: drawn(v, sizes, rng, way) for v in model.kept}, sizes)
        try:
            point.value()
        except (Abandoned, np.linalg.LinAlgError):
            continue
        if values.kinks:
            continue
        yield point
        found += 1
        if found == count:
            return


def drawn(variable: Variable, sizes: Mapping[str, int], rng: np.random.Generator, way: int) -> Array:
    """A value of a variable: of both signs, positive, negative, or large, by ``way``."""
    rows, cols = (size.value(sizes) for size in variable.shape)
    x: Array = rng.normal(size=(rows, cols)) * (2 if way == 3 else 0.8)
    if way in (1, 2):
        x = rng.uniform(0.2, 0.95, (rows, cols)) * (1 if way == 1 else -1)
    return of_kind(variable.kind, x, rng, definite=way == 1)
