"""Random values for the names of a program, with sizes that its ranges allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from matdiff.array_functions import NEAREST
from matdiff.arrays.run import check_ranges, extents, full_shape
from matdiff.errors import ShapeError, UnsupportedError
from matdiff.evaluate import Array
from matdiff.expr import Expr, variable
from matdiff.indices import accessed
from matdiff.model import Family
from matdiff.programs.program import Program
from matdiff.sampling.draws import STYLES, Rng, Style, draw_array, smooth, survey, within_structure

MAX_ENTRIES = 2 * 10**5


@dataclass(frozen=True)
class ProgramPoint:
    """Values for what a program is made of."""

    sizes: dict[str, int]
    arrays: dict[str, Array]
    functions: dict[str, Any] = field(default_factory=dict)


def size_names(program: Program, bodies: Sequence[Expr]) -> list[str]:
    found: dict[str, None] = {}
    for span in program.ranges.values():
        found.update(dict.fromkeys(sorted(span.names)))
    for family in program.families.values():
        for size in family.shape:
            found.update(dict.fromkeys(size.names))
    for name in survey(bodies).sizes:
        found.setdefault(name)
    return list(found)


def draw_sizes(program: Program, names: Sequence[str], rng: Rng) -> dict[str, int] | None:
    """Small sizes, pairwise different where they can be, that keep all accesses inside."""
    for attempt in range(400):
        most = 3 + min(len(names), 6) + attempt // 60
        pool = rng.permutation(np.arange(2, max(most, len(names) + 2)))
        found = dict(zip(names, map(int, pool), strict=False))
        if attempt % 2:
            found = {name: int(rng.integers(2, most + 1)) for name in names}
        try:
            check_ranges(program, found)
        except ShapeError:
            continue
        return found
    return None


def points(program: Program, inputs: Iterable[str], tries: int, seed: int = 0) -> Iterator[ProgramPoint]:
    """Points at which a program may have a value, in styles that serve different domains."""
    bodies = [statement.body for statement in program.statements]
    known = survey(bodies)
    names = size_names(program, bodies)
    rng = np.random.default_rng([seed, crc32(" ".join(names).encode())])
    inputs = list(inputs)
    marked = {"positive": families_of(known.positive), "definite": families_of(known.definite)}
    for number in range(tries):
        style = STYLES[number % len(STYLES)]
        sizes = draw_sizes(program, names, rng)
        if sizes is None:
            return
        arrays = {name: draw_family(program.families[name], style, rng, sizes, marked) for name in inputs}
        applied = {name: smooth(name, order, rng) for name, order in known.orders.items()}
        yield ProgramPoint(sizes, arrays, applied)


def families_of(nodes: Iterable[Expr]) -> set[str]:
    return {accessed(node).family for node in nodes if node.op == "variable"}


def draw_family(
    family: Family, style: Style, rng: Rng, sizes: Mapping[str, int], marked: Mapping[str, set[str]]
) -> Array:
    """Random members of a family."""
    if family.kind == "labels":
        count, most = (size.value(sizes) for size in family.shape)
        return rng.integers(0, most, count)
    shape = full_shape(family, sizes)
    if int(np.prod(shape, dtype=float)) > MAX_ENTRIES:
        raise UnsupportedError(f"{family.name} is too large for random points: give its sizes names")
    node = variable(family.name, family.shape, family.kind)
    nodes = {kind: frozenset({node}) if family.name in names else frozenset() for kind, names in marked.items()}
    lead = extents(family, sizes)
    count = int(np.prod(lead, dtype=int))
    members = [draw_array(node, style, rng, sizes, nodes["definite"], nodes["positive"]) for _ in range(count)]
    return np.array(members).reshape(shape) if members else np.zeros(shape)


def direction(family: Family, rng: Rng, sizes: Mapping[str, int], within: bool = False) -> Array:
    """A random differential of all members."""
    shape = full_shape(family, sizes)
    found = rng.standard_normal(shape)
    if within and family.kind in NEAREST:
        node = variable(family.name, family.shape, family.kind)
        members = [within_structure(node, member) for member in found.reshape(-1, *shape[-2:])]
        found = np.array(members).reshape(shape)
    return found
