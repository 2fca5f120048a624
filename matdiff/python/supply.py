"""What a script does not tell of its data: arrays drawn at random, whose sizes are those that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matdiff.python.docstrings import Told, parts
from matdiff.python.values import Numbers, words
from matdiff.reader.names import default_kind

SCALARS = frozenset(
    words(
        "reg lam lamb lambda_ lmbda lambd lambda alpha beta gamma mu eta lr learning_rate rate eps epsilon "
        "step_size C margin delta momentum decay rho tau sigma temperature T0 theta0 c0 keep_prob dropout p"
    )
)
"""Names that are numbers, where nothing tells otherwise."""

TARGETS = frozenset(words("y Y t labels label target targets y_train y_true r"))


SYMMETRIC = frozenset(words("S Sigma sigma cov Cov covariance P Omega Lambda precision"))


def likely(hint: str) -> tuple[str, ...]:
    """What a name may be, the likeliest first."""
    name = hint.rpartition(".")[2]
    low = name.lower()
    if name in SCALARS or low.endswith(("_strength", "_rate", "_decay", "_reg", "reg_", "lambda", "_lr", "_eps")):
        return ("scalar", "vector", "matrix")
    if low.startswith(("b", "bias")) and len(name) < 6:
        return ("vector", "row", "column", "scalar", "matrix")
    if name in ("Y", "T"):
        return ("matrix", "vector", "onehot", "onehot columns", "column", "row")
    if name in ("R", "M") or "mask" in low:
        return ("matrix", "binary", "vector", "scalar")
    if name in TARGETS or low.startswith(("label", "target", "y_", "ytrain")):
        return ("vector", "column", "matrix", "onehot", "row", "onehot columns")
    if name in SYMMETRIC:
        return ("matrix", "symmetric", "vector", "scalar")
    kind = default_kind(name)
    if kind == "scalar":
        return ("scalar", "vector", "matrix")
    if kind == "vector" and name not in ("x", "h"):
        return ("vector", "matrix", "column", "scalar")
    if name in ("w", "weights", "params", "coef", "beta", "omega") or "theta" in name:
        return ("vector", "matrix", "column", "scalar")
    if low.startswith(("x", "input", "data", "feature")) or name in ("A", "W"):  # of one-hot rows too much is right
        return ("matrix", "vector", "scalar")
    return ("matrix", "vector", "onehot", "scalar")


AXES = {"scalar": 0, "vector": 1, "array3": 3, "array4": 4}
AXES |= dict.fromkeys(("row", "column", "matrix", "onehot", "onehot columns", "binary", "symmetric"), 2)


BESIDE = "described beside"
"""What data is taken for that the docstring of another function speaks of by this name."""


class Restart(Exception):
    """The run has to begin again: something more is known now."""


@dataclass(frozen=True)
class Choice:
    """What the data of a script is taken for: kinds by key, and free sizes that turned out to be other sizes."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Shapes that are told."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Keys that are positions, with how many there are."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What arguments are that have a default and get another value; for None whether anything is given."""

    def with_kind(self, key: str, kind: str) -> Choice:
        return replace(self, kinds={**self.kinds, key: kind})

    def with_size(self, old: int, new: int) -> Choice:
        sizes = {size: new if other == old else other for size, other in self.sizes.items()}
        return replace(self, sizes={**sizes, old: new})

    def with_shape(self, key: str, shape: tuple[int, ...]) -> Choice:
        return replace(self, shapes={**self.shapes, key: shape})

    def with_setting(self, key: str, value: Any) -> Choice:
        return replace(self, settings={**self.settings, key: value})

    def with_labels(self, key: str, count: int) -> Choice:
        return replace(self, labels={**self.labels, one_of(key): count})

    def places(self, key: str) -> int | None:
        """Among how many places data tells one; None where it is not known to."""
        return self.labels.get(one_of(key))


def one_of(key: str) -> str:
    """The key of data; what is looked up in a table is one of many."""
    return key.partition("#")[0] if key.startswith("position#") else key


@dataclass(eq=False)
class Supply:
    """Draws arrays for one run."""

    choice: Choice
    seed: int
    avoided: frozenset[int] = frozenset()
    """Numbers of the script, which no free size is."""
    met: dict[str, str] = field(default_factory=dict)
    """For each key what it was taken for."""
    hints: dict[str, str] = field(default_factory=dict)
    free: set[int] = field(default_factory=set)
    """The sizes that nothing tells."""
    named: dict[str, int] = field(default_factory=dict)
    """The sizes that docstrings call by a name."""

    def __post_init__(self) -> None:
        self.sizes_left = self.all_sizes()

    def all_sizes(self) -> Iterator[int]:
        return (size for size in range(5, 1000) if size not in self.avoided)

    def size(self) -> int:
        """A size of its own, or what it has turned out to be."""
        number = next(self.sizes_left)
        self.free.add(number)
        met = {number}
        while (other := self.choice.sizes.get(number, number)) not in met:  # two may have been taken for each other
            met.add(other)
            number = other
        return number

    def rng(self, key: str) -> np.random.RandomState:
        return np.random.RandomState([self.seed, *key.encode()])

    def of_name(self, text: str) -> int:
        """The size that a docstring calls so, the same for all that it speaks of."""
        times, name = parts(text)
        if name and name not in self.named:
            self.named[name] = self.size()
        return times * self.named[name] if name else times

    def draw(self, key: str, hint: str, doc: Told | None = None) -> Numbers:
        """The array that some data is taken for."""
        rng, count = self.rng(key), self.choice.places(key)
        kind = self.choice.kinds.get(key, likely(hint)[0])
        kind = "scalar" if kind == "size" else kind
        shape = self.choice.shapes.get(key)
        self.hints[key] = hint
        if shape is None and doc is not None and doc.axes is not None and key not in self.choice.kinds:
            shape = tuple(self.of_name(size) for size in doc.axes)
            self.met[key] = BESIDE if doc.beside else "described"
            if count is not None:
                return rng.randint(0, count, size=shape)
            return self.filled(rng, doc.kind or "matrix", shape, hint)
        fresh = [self.size(), self.size()]
        if count is not None:
            self.met[key] = "labels"
            if shape is None:
                shape = () if kind == "scalar" else (fresh[0],)
            return rng.randint(0, count, size=shape)
        self.met[key] = kind
        if shape is None:
            shapes = {
                "vector": (fresh[0],),
                "row": (1, fresh[0]),
                "column": (fresh[0], 1),
                "symmetric": (fresh[0], fresh[0]),
            }
            more = (self.size() for _ in range(AXES[kind] - 2))
            shape = shapes.get(kind) or (() if kind == "scalar" else (*fresh, *more))
        return self.filled(rng, kind, shape, hint)

    @staticmethod
    def filled(rng: np.random.RandomState, kind: str, shape: tuple[int, ...], hint: str) -> Numbers:
        """Random numbers of a kind."""
        if kind == "labels":
            return rng.randint(0, 2, size=shape)
        if kind == "onehot":
            return np.eye(shape[1])[rng.randint(0, shape[1], size=shape[0])]
        if kind == "onehot columns":
            return np.eye(shape[0])[:, rng.randint(0, shape[0], size=shape[1])]
        if kind == "binary":
            return (rng.rand(*shape) > 0.4).astype(float)
        if kind == "symmetric":
            half = rng.randn(*shape)
            return half @ half.T + np.eye(shape[0])
        if shape == ():
            return np.float64(rng.uniform(0.2, 0.9))
        if hint.rpartition(".")[2] in TARGETS:
            return (rng.rand(*shape) > 0.5).astype(float)
        return rng.randn(*shape)

    def length(self, key: str, hint: str) -> int:
        """Data that is used as a size."""
        self.met[key], self.hints[key] = "size", hint
        return self.size()

    def with_axes(self, key: str, axes: int) -> Choice | None:
        """The likeliest reading of data in which it has so many axes; None where its shape is told."""
        if key in self.choice.shapes or self.choice.places(key) is not None:
            return None
        kinds = (
            kind
            for kind in (*likely(self.hints[key]), "array3", "array4")
            if AXES[kind] == axes and kind != self.met.get(key)
        )
        kind = next(kinds, None)
        return None if kind is None else self.choice.with_kind(key, kind)

    def met_sizes(self, a: int, b: int) -> None:
        """Two sizes have to be one: begin again where one of them is free, with the smaller where both are."""
        small, large = sorted((a, b))
        for one, other in ((large, small), (small, large)):
            if one in self.free and one != other and one not in self.choice.sizes:
                raise Restart(self.choice.with_size(one, other))
