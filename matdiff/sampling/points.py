"""The points at which expressions are evaluated: drawn at random, or searched for where they live elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from matdiff.expr import Expr, topo
from matdiff.sampling.domain import Search, any_moves, first_lack, free_below, good_values
from matdiff.sampling.draws import FREE, STYLES, Point, Rng, Style, draw, draw_sizes, survey

MOST_STARTS = 40
"""From so many draws a search begins."""

LARGE, MOST_ENTRIES = 200, 10**6
"""Sizes are made so large where only that helps, and as long as all values have no more entries."""

MANY, HALVINGS, FAINT = 10, 12, 1e-3
"""Points of so many names are drawn nearer to 0 in so many steps, and are not where all values are smaller."""

HOPELESS = 4
"""After so many walks that end where larger sizes would have to help, and cannot, there are no more."""


def points(
    roots: Iterable[Expr],
    count: int = 8,
    seed: int = 0,
    least: int = 2,
    styles: Sequence[Style] = STYLES,
    tries: int = 4,
    sizes: Mapping[str, int] | None = None,
    smooth: bool = True,
) -> Iterator[Point]:
    """Up to ``count`` points where all that stands below the roots is finite and well conditioned.

    ``least`` is the smallest size; ``sizes`` fixes them. Unless it is to be ``smooth`` there, norms and
    determinants may be 0. Where nothing that is drawn is such a point, points are searched for, unless they shall be
    whole numbers. Fewer points, or none, are given where the expressions hardly live anywhere.
    """
    roots = list(roots)
    known = survey(roots)
    plain = [node for node in known.nodes if node.op != "differential"]
    rng = np.random.default_rng([seed, crc32(" ".join(known.sizes).encode())])
    alive = dict.fromkeys(styles, tries)
    found = 0
    while alive and found < count:
        for style in list(alive):
            point = draw(known, style, rng, sizes or draw_sizes(known, rng, least))
            good = good_values(plain, point, rng, smooth)
            if good is not None:
                alive[style] = tries
                found += 1
                yield replace(point, values=good)
                if found == count:
                    return
            else:
                alive[style] -= 1
                if not alive[style]:
                    del alive[style]
    if found < count and set(styles) <= set(STYLES):
        for _ in range(count - found):
            drawn = draw(known, styles[0], rng, sizes or draw_sizes(known, rng, least))
            milder = tempered(roots, plain, drawn, rng, smooth)
            if milder is None:
                break
            found += 1
            yield milder
    if found < count and set(styles) <= set(STYLES):
        search, hopeless = Search(plain, rng, smooth), 0
        for number in range(MOST_STARTS):
            style = styles[number % len(styles)]
            reached = search.reached(draw(known, style, rng, sizes or draw_sizes(known, rng, least)))
            if reached is not None:
                found += 1
                yield reached
            elif search.missing and not free_below(search.missing):
                larger = min(3 * least, LARGE)
                if larger > least and entries(plain, dict.fromkeys(known.sizes, larger)) <= MOST_ENTRIES:
                    least = larger
                else:
                    hopeless += 1
            if found == count or search.left <= 0 or hopeless == HOPELESS:
                return


def tempered(roots: Sequence[Expr], nodes: Sequence[Expr], point: Point, rng: Rng, smooth: bool) -> Point | None:
    """The point nearer to 0, where the values are huge as they are in long products, and not all too small there."""
    free = [name for name in point.arrays if name.op == "variable" and name.data[1] in FREE]
    if len(free) < MANY:
        return None
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        scale = (low + high) / 2
        less = replace(point, arrays={**point.arrays, **{name: scale * point.arrays[name] for name in free}})
        found = {**less.arrays, **any_moves(topo(*nodes), less, rng)}
        missing, _ = first_lack(nodes, less, found, smooth)
        if missing and missing not in found:
            return None
        sizes = [float(np.max(np.abs(found[node]), initial=0)) for node in ([missing] if missing else roots)]
        if missing and not max(sizes) < 1:
            high = scale
        elif missing or max(sizes) < FAINT:
            low = scale
        else:
            return replace(less, values=found, sought=True)
    return None


def entries(nodes: Iterable[Expr], sizes: Mapping[str, int]) -> int:
    """How many numbers the values of these nodes are, at some sizes."""
    return sum(node.rows.value(sizes) * node.cols.value(sizes) for node in nodes)
