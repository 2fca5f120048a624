"""The numerical check of results, independent of the rules: derivatives are compared with central differences of the
function itself, at random points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import numpy as np

from matdiff import expr as E
from matdiff.errors import VerificationError
from matdiff.evaluate import Array, Rounding, values
from matdiff.expr import Expr, topo
from matdiff.operators import facts
from matdiff.rounding import SURE, random_rounding
from matdiff.sampling import (
    Point,
    points,
    room,
    side_of_kink,
    smaller,
    within_structure,
)

TOLERANCE = 1e-6
"""Relative to the sum of what is added up."""
TRIES = 12
"""How many points are looked at for each that shall say something."""
_STEPS = (1e-3, 1e-4, 1e-5)
_STENCIL = (-2, -1, 1, 2)


@dataclass(frozen=True)
class Evidence:
    """How many points a check used and the largest relative error met."""

    points: int
    error: float
    smaller: bool = False
    """Large sizes were checked at smaller ones."""
    met: int = 0
    """How many points were looked at, those counted that said nothing."""

    def __str__(self) -> str:
        if not self.points:
            why = "at no point do differences settle" if self.met else "no point was found where everything is finite"
            return f"not checked numerically: {why}"
        sizes = " of smaller sizes" if self.smaller else ""
        return (
            f"agrees with central differences at {self.points} random points{sizes},"
            f" largest relative error {self.error:.0e}"
        )


Directions = dict[Expr, Array]


@dataclass(frozen=True)
class Form:
    """One way in which a derivative is written: an expression for each variable, and how it gives the differential."""

    what: str
    parts: Mapping[Expr, Expr]
    image: Callable[[Array, Array], Array]
    """The entries of dF, columns first, from the value of a part and the direction of its variable."""

    def at(self, found: Mapping[Expr, Array], along: Directions) -> tuple[Array, float]:
        """dF by this form, and the size of what is added up."""
        pairs = [(found[part], along[variable]) for variable, part in self.parts.items()]
        terms = [self.image(value, direction) for value, direction in pairs]
        sizes = [self.image(np.abs(value), np.abs(direction)) for value, direction in pairs]
        return np.asarray(sum(terms)), largest(np.asarray(sum(sizes)))


def gradient_form(function: Expr, parts: Mapping[Expr, Expr]) -> Form:
    """``df = Σ <G, dX>``; of a matrix function the transposed Jacobian."""
    if function.is_scalar:
        return Form("gradient", parts, lambda g, d: np.sum(g * d, keepdims=True))
    return Form("gradient", parts, lambda g, d: g.T @ column(d))


def jacobian_form(function: Expr, parts: Mapping[Expr, Expr]) -> Form:
    """``df = Σ tr(A dX)``; of a matrix function ``d vec F = J d vec X``."""
    if function.is_scalar:
        return Form("Jacobian", parts, lambda a, d: np.sum(a.T * d, keepdims=True))
    return vec_form("Jacobian", parts)


def vec_form(what: str, parts: Mapping[Expr, Expr]) -> Form:
    """``d vec F = J d vec X``, whatever the size of F."""
    return Form(what, parts, lambda j, d: j @ column(d))


def differential_form(parts: Mapping[Expr, Expr]) -> Form:
    """dF itself, the sum of its parts."""
    return Form("differential", parts, lambda value, _: column(value))


def column(value: Array) -> Array:
    return value.reshape((-1, 1), order="F")


def compare(
    function: Expr,
    forms: Sequence[Form],
    along: Mapping[Expr, Expr] | None = None,
    moving: Sequence[Expr] = (),
    within: bool = False,
    count: int = 2,
    seed: int = 0,
) -> Evidence:
    """Compare derivatives with central differences of the function, at points where these mean something.

    The directions are random, their entries independent whatever the structure of a variable, or the values of
    ``along``; all that is ``moving`` varies, whatever the forms name. ``within`` keeps to the structure of the
    variables, as is done too where its zeros lie on a kink. Raises `VerificationError` where the two differ.
    """
    told = along or {}
    parts = [part for form in forms for pair in form.parts.items() for part in pair]
    for new in smaller([function, *parts, *moving, *told, *told.values()]):
        less = [replace(form, parts={new[v]: new[part] for v, part in form.parts.items()}) for form in forms]
        directions = {new[v]: new[direction] for v, direction in told.items()}
        with suppress(VerificationError):  # sizes may stand in it as numbers
            found = compare_at(new[function], less, directions, [new[v] for v in moving], within, count, seed)
            return replace(found, smaller=True)
    return compare_at(function, forms, told, moving, within, count, seed)


def compare_at(
    function: Expr,
    forms: Sequence[Form],
    along: Mapping[Expr, Expr],
    moving: Iterable[Expr],
    within: bool,
    count: int,
    seed: int,
) -> Evidence:
    """The same at the sizes that are written."""
    variables = list(dict.fromkeys([*moving, *(variable for form in forms for variable in form.parts)]))
    parts = [part for form in forms for part in form.parts.values()]
    plain = [part for part in parts if not any(node.op == "differential" for node in topo(part))]
    roots = [function, *variables, *plain, *along.values()]
    worst, used, met = 0.0, 0, 0
    for number, point in enumerate(islice(points(roots, TRIES * count, seed), TRIES * count)):
        met += 1
        directions = dense_directions(point, variables, number)
        directions |= {variable: point.values[value] for variable, value in along.items()}
        at = Comparison(function, forms, parts, point, with_intermediates(point, variables))
        inside = {v: within_structure(v, d) for v, d in directions.items()}
        try:
            error = at.error(inside if within else directions)
            if error is None and at.meets_kink(directions):
                error = at.error(inside)
        except np.linalg.LinAlgError:
            continue
        if error is None:
            continue
        used, worst = used + 1, max(worst, error)
        if used == count:
            break
    return Evidence(used, worst, met=met)


def dense_directions(point: Point, variables: Iterable[Expr], seed: int = 0) -> Directions:
    """A direction for each variable, its entries independent whatever the variable's structure."""
    rng = np.random.default_rng([seed, 2])
    found = {v: rng.standard_normal((v.rows.value(point.sizes), v.cols.value(point.sizes))) for v in variables}
    return {v: room(point, v, direction) * direction for v, direction in found.items()}


def with_intermediates(point: Point, variables: Sequence[Expr]) -> dict[Expr, Array]:
    """The point, with values for the definitions that are taken as variables."""
    return dict(point.arrays) | {v: point.values[v] for v in variables}


@dataclass(frozen=True)
class Comparison:
    """A function and its derivatives at one point."""

    function: Expr
    forms: Sequence[Form]
    parts: Sequence[Expr]
    point: Point
    known: dict[Expr, Array]

    def error(self, directions: Directions) -> float | None:
        """The largest relative gap between a form and the differences.

        None where the point says nothing: the differences do not settle, rounding is as large as the gap, or the
        point lies on a kink. Raises `VerificationError` where there is a difference.
        """
        images, scale = self.images(directions)
        slopes: list[Array] = []
        gaps: list[float] = []
        for step in _STEPS:
            slopes.append(self.slope(directions, step))
            gaps.append(max(distance(slopes[-1], image) for image in images))
            if gaps[-1] < scale * TOLERANCE / 100:
                break
        least = min(gaps)
        if least <= scale * TOLERANCE:
            return least / scale
        if not np.isfinite(least) or self.meets_kink(directions):
            return None
        noise = 1e-9 * (1 + largest(self.point.values[self.function]))
        best = gaps.index(least)
        if not any(settled(*pair, least, noise) for pair in pairwise(slopes[max(best - 1, 0) : best + 2])):
            return None
        if not all(self.is_smooth(directions, step, noise) for step in _STEPS[max(best - 1, 0) : best + 2]):
            return None
        if least < SURE * self.uncertainty(directions, images, slopes[best], _STEPS[best]):
            return None
        apart = [
            form.what for form, image in zip(self.forms, images, strict=True) if distance(slopes[best], image) == least
        ]
        raise VerificationError(
            f"the {apart[0]} found differs from central differences (relative error {least / scale:.1e});"
            " this is a fault of matdiff, not of what it was asked: please report it"
        )

    def images(self, directions: Directions, rounding: Rounding | None = None) -> tuple[list[Array], float]:
        """dF by each form, and the size of what is added up."""
        moves = {E.differential(variable): direction for variable, direction in directions.items()}
        known = {**(self.known if rounding else self.point.values), **moves}
        found = values(self.parts, known, self.point.sizes, self.point.functions, rounding)
        made = [form.at(found, directions) for form in self.forms]
        size = max(size for _, size in made)
        return [image for image, _ in made], size + 1e-3 * largest(self.point.values[self.function]) + 1e-12

    def slope(self, directions: Directions, step: float, rounding: Rounding | None = None) -> Array:
        """The fourth-order central difference of the function."""
        at = {k: self.shifted(directions, k * step, rounding)[self.function] for k in _STENCIL}
        return column((8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * step))

    def is_smooth(self, directions: Directions, step: float, noise: float) -> bool:
        """Whether the slopes by one and by two steps are alike: of cos at a million they are not."""
        at = {k: self.shifted(directions, k * step)[self.function] for k in _STENCIL}
        near, far = (at[1] - at[-1]) / (2 * step), (at[2] - at[-2]) / (4 * step)
        return distance(near, far) <= max(largest(near), largest(far)) / 10 + noise / step

    def shifted(self, directions: Directions, step: float, rounding: Rounding | None = None) -> dict[Expr, Array]:
        known = {**self.known, **{v: self.known[v] + step * d for v, d in directions.items()}}
        return values([self.function], known, self.point.sizes, self.point.functions, rounding)

    def meets_kink(self, directions: Directions) -> bool:
        """Whether the least stencil has points on both sides of a kink, or one on it."""
        below = topo(self.function, inside=lambda node: () if node in self.known else node.args)
        bending = [node for node in below if facts(node).breaks]
        if not bending:
            return False
        ends = [self.shifted(directions, k * _STEPS[-1]) for k in (-2, 0, 2)]
        return any(len({side_of_kink(node, at) for at in ends}) > 1 for node in bending)

    def uncertainty(self, directions: Directions, images: Sequence[Array], slope: Array, step: float) -> float:
        """How far both sides move when all roundings are others."""
        moved = 0.0
        for seed in range(3):
            rounding = random_rounding(seed)
            again = [*self.images(directions, rounding)[0], self.slope(directions, step, rounding)]
            moved = max([moved, *map(distance, again, [*images, slope])])
        return moved


def settled(one: Array, other: Array, gap: float, noise: float) -> bool:
    """Whether two slopes are one, to the gap and to themselves: beside a pole all may be far below the derivative."""
    return distance(one, other) <= min(gap / 100, max(largest(one), largest(other)) / 10 + noise)


def largest(value: Array) -> float:
    return float(np.max(np.abs(value), initial=0))


def distance(one: Array, other: Array) -> float:
    found = largest(one - other)
    return found if np.isfinite(found) else float("inf")


def agree(one: Expr, other: Expr, what: str) -> None:
    """Compare two scalars that are to be equal, at random points; raises `VerificationError`."""
    for point in points([one, other], 2):
        left, right = point.values[one], point.values[other]
        if distance(left, right) > TOLERANCE * (1 + largest(left)):
            raise VerificationError(f"{what} differs from the derivative along it; this is a fault of matdiff")


def check_first(
    function: Expr,
    gradients: Mapping[Expr, Expr],
    jacobians: Mapping[Expr, Expr],
    differentials: Mapping[Expr, Expr],
) -> Evidence:
    """First derivatives in all their forms; variables that depend on one another are checked apart."""
    found = []
    for group in apart(list(gradients)):
        made = [gradient_form(function, {v: gradients[v] for v in group})]
        made += [jacobian_form(function, {v: jacobians[v] for v in group})]
        made += [differential_form({v: differentials[v] for v in group})]
        found.append(compare(function, made))
    return worst_of(found)


def apart(variables: Sequence[Expr]) -> list[list[Expr]]:
    """An intermediate is varied alone: what it is made of moves it too."""
    outer = [v for v in variables if v.op != "definition"]
    return ([outer] if outer else []) + [[v] for v in variables if v.op == "definition"]


def worst_of(found: Sequence[Evidence]) -> Evidence:
    for evidence in found:
        if not evidence.points:
            return evidence
    return Evidence(min(e.points for e in found), max(e.error for e in found), any(e.smaller for e in found))
