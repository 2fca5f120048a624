"""The value of an expectation: exact sums over a few points where these are few, else its closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from matdiff.calculus.moments import MOST_TERMS, closed, in_closed_form, polynomial
from matdiff.equations import Expectation
from matdiff.expr import Expr

__all__ = ["in_closed_form", "mean"]

Array = np.ndarray[Any, np.dtype[Any]]
Values = Callable[[Expr, Mapping[Expr, Array]], Array]
"""The value of an expression, given those of its variables."""

ROUNDING = 1e-14
"""What is left of a sum below this part of its terms is none."""
MOST_POINTS = 64
"""More are not summed over."""
NODES = MOST_TERMS + 1
"""Points of the Gauss-Hermite rule in each direction: exact to the degree 2*NODES - 1."""


def mean(data: Expectation, known: Mapping[Expr, Array], at: Values) -> Array:
    """The mean, which is that of the closed form, found without it where the drawn variable has few entries."""
    form = closed(data)  # refuses what is no polynomial
    first, *rest = (known[parameter] for parameter in data.parameters[: data.count])
    single, weights = NODES_OF[data.distribution](len(first))
    if single is None:
        return at(form, known)
    total: Any = 0.0
    size: Any = 0.0
    body = polynomial(data)
    root = root_of(rest[0]) if rest else None
    for place, weight in zip(product(single, repeat=len(first)), product(weights, repeat=len(first)), strict=True):
        point = np.array(place)[:, None]
        share = np.prod(weight)
        if root is None:  # zeros and ones
            share = np.prod(np.where(point == 1, first, 1 - first))
        x = point if root is None else first + root @ point
        term = share * at(body, {**known, data.drawn: x})
        total, size = total + term, size + np.abs(term)
    return np.where(np.abs(total) <= ROUNDING * size, 0, total)


def root_of(spread: Array) -> Array:
    """R with R*R' the symmetric part; of one that is not definite there is a complex one, with a real mean."""
    values, vectors = np.linalg.eigh((spread + spread.T) / 2)
    return np.asarray(vectors * np.sqrt(values.astype(complex) if values[0] < 0 else values))


def _gaussian(entries: int) -> tuple[Any, Any]:
    if NODES**entries > MOST_POINTS:
        return None, None
    places, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return places, weights / np.sqrt(2 * np.pi)


def _binary(entries: int) -> tuple[Any, Any]:
    return (None, None) if 2**entries > MOST_POINTS else ((0.0, 1.0), (1.0, 1.0))


NODES_OF = {"normal": _gaussian, "bernoulli": _binary}
