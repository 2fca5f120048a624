"""What a document gives, equations that hold by assumption, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matdiff import expr as E
from matdiff.derivatives import Derivatives
from matdiff.equality import decide, proved_equal
from matdiff.errors import MatdiffError
from matdiff.evaluate import Array, values
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula
from matdiff.sampling import Point, points
from matdiff.sizes import ONE

NEAREST = 4
"""So many of the last givens may be used together."""
ITERATIONS, STEP, TOLERANCE = 15, 1e-6, 1e-6
SOLUTIONS, FEWEST = 5, 3
"""How many solutions of what is given are looked at, and how few are enough."""
MOST_FAILED = 2
"""After so many points in vain no more are tried."""
MOST_UNKNOWN = 60
_MOVED = frozenset({"matrix", "vector", "row", "scalar", "symmetric", "diagonal"})


@dataclass(frozen=True)
class Given:
    """An equation that a document assumes."""

    left: Expr
    right: Expr
    text: str

    @property
    def difference(self) -> Expr:
        return read_formula("A - B", {"A": self.left, "B": self.right})

    @property
    def variables(self) -> list[Expr]:
        return variables_of(self.left, self.right)


@dataclass(frozen=True)
class Consequence:
    """Whether an equation follows: ``proved``, ``sampled``, ``refuted``, or nothing that is known."""

    how: str
    detail: str = ""


def variables_of(*roots: Expr) -> list[Expr]:
    return [node for node in topo(*roots) if node.op == "variable"]


class Givens:
    """The givens of a document so far, the nearest last."""

    def __init__(self) -> None:
        self.equations: list[Given] = []
        self.constraints: list[Given] = []
        """What Lagrange multipliers stand before; no derivative is taken where they hold."""
        self.defined: dict[Expr, Expr] = {}
        """Declared names that the document defines on its way, with what they stand for."""
        self.places: dict[Expr, str] = {}
        self.gap = False
        """Whether an equation was not understood below the last given."""

    def told(self, left: Expr, right: Expr) -> bool:
        """Whether an equation can be of nothing but what is given: that holds all its names, and was read last."""
        names = {name for given in self.near(left, right) for name in given.variables}
        return not self.gap and names.issuperset(variables_of(left, right))

    def add(self, left: Expr, right: Expr, text: str) -> None:
        if not any(node.op == "differential" for node in topo(left, right)):
            self.equations.append(Given(left, right, text))
            self.gap = False

    def define(self, variable: Expr, body: Expr, text: str) -> None:
        """A declared name that is defined; what it is made of may itself be such a name."""
        (inner,) = E.substitute([body], self.defined)
        self.defined[variable] = E.define(str(variable.data[0]), inner)
        self.places[variable] = text

    def near(self, *sides: Expr, constrained: bool = False) -> list[Given]:
        """The givens that have a name in common with an equation, the nearest first."""
        names = set(variables_of(*sides))
        given = [*(self.constraints if constrained else ()), *self.equations]
        return [one for one in reversed(given) if names & set(one.variables)][:NEAREST]

    def consequence(self, left: Expr, right: Expr, constrained: bool = False) -> Consequence:
        """Whether an equation follows from what is given; if ``constrained``, what multipliers stand before too."""
        near = self.near(left, right, constrained=constrained)
        if not near or any(node.op == "differential" for node in topo(left, right)):
            return Consequence("")
        whole = Given(left, right, "").difference if left.shape == right.shape else None
        for given in near:
            if whole is not None and multiple(whole, given.difference):
                return Consequence("proved", f"follows from {given.text}")
            for solved in solutions(given, variables_of(left, right)):
                try:
                    one, other = E.substitute([left, right], solved)
                    agree = decide(one, other, almost_everywhere=True, count=FEWEST, prove=False).holds
                    if agree and proved_equal(one, other):
                        return Consequence("proved", f"follows from {given.text}")
                except MatdiffError:
                    continue
        return sampled(near, left, right)


def multiple(one: Expr, other: Expr) -> bool:
    """Whether an expression is another one times a number."""
    if one.shape != other.shape:
        return False
    try:
        (point,) = points([one, other], 1, seed=7)
        found = values([one, other], point.arrays, point.sizes, point.functions)
        factor = Fraction(float(np.vdot(found[other], found[one]) / np.vdot(found[other], found[other])))
        times = read_formula("c*A", {"c": E.number(factor.limit_denominator(16)), "A": other})
        return bool(factor) and proved_equal(one, times)
    except (MatdiffError, np.linalg.LinAlgError, ValueError, KeyError, ZeroDivisionError, OverflowError):
        return False


def solutions(given: Given, wanted: Iterable[Expr]) -> Iterator[dict[Expr, Expr]]:
    """Names by what makes an equation hold: what it is solved for, or its values projected on the solutions."""
    wanted = list(wanted)
    for side, other in ((given.left, given.right), (given.right, given.left)):
        if side.op == "variable" and side not in set(topo(other)):
            yield {side: other}
    difference = given.difference
    for variable in given.variables:
        if variable not in wanted or variable.data[1] not in ("vector", "scalar") or difference.cols is not ONE:
            continue
        try:
            result, _ = Derivatives().derive(difference, [variable])
            slope = result.jacobians[variable]
        except MatdiffError:
            continue
        if variable in set(topo(slope)):
            continue
        at = {"v": variable, "J": slope, "E": difference}
        if slope.is_scalar:
            yield {variable: read_formula("v - E/J", at)}
        elif slope.rows is slope.cols:
            zero = E.zeros(*variable.shape)
            (rest,) = E.substitute([difference], {variable: zero})
            if decide(rest, E.zeros(*rest.shape), almost_everywhere=True, count=FEWEST, prove=False).holds:
                continue  # S u = \lambda u has more solutions than zero, of which everything would follow
            yield {variable: read_formula("-inv(J)*r", {"J": slope, "r": rest})}
        elif difference.is_scalar:
            yield {variable: read_formula("v - (E/(J*J'))*J'", at)}


# by numbers


def sampled(givens: Sequence[Given], left: Expr, right: Expr) -> Consequence:
    """Whether an equation holds at points where what is given does."""
    try:
        differences = [given.difference for given in givens]
        moved = [v for v in variables_of(*differences) if v.data[1] in _MOVED]
        agreed = failed = 0
        for point in points([*differences, left, right], 2 * SOLUTIONS, seed=5):
            solved = solution(differences, moved, point)
            if solved is None:
                failed += 1
                if failed > MOST_FAILED and not agreed:
                    break
                continue
            found = values([left, right], solved, point.sizes, point.functions)
            one, other = found[left], found[right]
            if not (np.all(np.isfinite(one)) and np.all(np.isfinite(other))):
                continue
            scale = max(float(np.max(np.abs(one), initial=0)), float(np.max(np.abs(other), initial=0)), 1.0)
            if float(np.max(np.abs(one - other), initial=0)) > TOLERANCE * scale * 10:
                return Consequence("refuted", f"does not follow from {givens[0].text}")
            agreed += 1
            if agreed == SOLUTIONS:
                break
    except (MatdiffError, np.linalg.LinAlgError, ValueError, KeyError):
        return Consequence("")
    if agreed < FEWEST:
        return Consequence("")
    return Consequence("sampled", f"follows from {givens[0].text}: agrees at {agreed} points where that holds")


def solution(differences: Sequence[Expr], moved: Sequence[Expr], point: Point) -> dict[Expr, Array] | None:
    """The point moved to where the differences are zero, by the shortest steps; None where that fails."""
    arrays = {node: np.array(value, dtype=float) for node, value in point.arrays.items()}
    entries = [(v, k) for v in moved if v in arrays for k in np.ndindex(arrays[v].shape) if is_free(v, k)]
    if not entries or len(entries) > MOST_UNKNOWN:
        return None

    def residual(at: Mapping[Expr, Array]) -> Array:
        found = values(differences, at, point.sizes, point.functions)
        return np.concatenate([found[d].ravel() for d in differences])

    for _ in range(ITERATIONS):
        now = residual(arrays)
        if not np.all(np.isfinite(now)):
            return None
        if float(np.max(np.abs(now))) < TOLERANCE * TOLERANCE * 100:
            return arrays
        slopes = []
        for entry in entries:
            there = shifted(arrays, [entry], [STEP])
            slopes.append((residual(there) - now) / STEP)
        step = np.linalg.lstsq(np.array(slopes).T, -now, rcond=1e-9)[0]
        arrays = shifted(arrays, entries, step)
    return None


def is_free(variable: Expr, entry: tuple[int, ...]) -> bool:
    """Whether an entry moves by itself."""
    kind = variable.data[1]
    return not (kind == "symmetric" and entry[0] > entry[1]) and not (kind == "diagonal" and entry[0] != entry[1])


def shifted(
    arrays: Mapping[Expr, Array], entries: Sequence[tuple[Expr, tuple[int, ...]]], by: Iterable[float]
) -> dict[Expr, Array]:
    new = dict(arrays)
    for variable, _ in entries:
        new[variable] = arrays[variable].copy()
    for (variable, entry), amount in zip(entries, by, strict=True):
        new[variable][entry] += amount
        if variable.data[1] == "symmetric" and entry[0] != entry[1]:
            new[variable][entry[::-1]] += amount
    return new
