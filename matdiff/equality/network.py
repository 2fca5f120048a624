"""Terms as networks: what is left of a product once indices are written out.

A term is a sum over indices of a product of entries, ``Σ_jk A_ij B_jk c_k``. Its vertices are the
indices, its factors the entries, and its free vertices the indices of the whole. Transposes,
traces, Hadamard products, diagonals, ones, vec and Kronecker products are only ways to join
vertices, so two terms are equal by all laws of these signs exactly where their networks are the same
up to the names of the vertices; `normalise` finds names that do not depend on how a term was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from matdiff.errors import MatdiffError
from matdiff.sizes import Size

Exponent = int | Fraction
Factor = tuple["Label", tuple[int, ...]]


class OutOfBudget(MatdiffError):
    """A normal form would cost too much."""


_budget: ContextVar[list[int] | None] = ContextVar("budget", default=None)


@contextmanager
def budget(steps: int) -> Iterator[None]:
    """Within this block, at most ``steps`` terms are normalised."""
    token = _budget.set([steps])
    try:
        yield
    finally:
        _budget.reset(token)


def spend(steps: int = 1) -> None:
    left = _budget.get()
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise OutOfBudget("the normal form is too large")


_labels: WeakValueDictionary[tuple[Any, ...], Label] = WeakValueDictionary()
_numbers = count()


class Label:
    """What stands at a factor: a variable, a function of a polynomial, … Interned; ordered by number."""

    __slots__ = ("__weakref__", "key", "number", "symmetric")
    key: tuple[Any, ...]
    number: int
    symmetric: bool
    """Whether its indices may be read from behind: the two of a symmetric matrix, those of a map and of its adjoint."""

    def __new__(cls, *key: Any, symmetric: bool = False) -> Label:
        found = _labels.get(key)
        if found is None:
            found = object.__new__(cls)
            found.key, found.number, found.symmetric = key, next(_numbers), symmetric
            _labels[key] = found
        return found

    @property
    def kind(self) -> str:
        return str(self.key[0])

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number}>"


class Term:
    """A network in normal form, without its coefficient; immutable."""

    __slots__ = ("_hash", "factors", "free", "key", "scalars", "sizes")

    def __init__(
        self,
        scalars: tuple[tuple[Label, Exponent], ...],
        factors: tuple[tuple[Label, tuple[int, ...], Exponent], ...],
        sizes: tuple[Size, ...],
        free: tuple[int, ...],
    ) -> None:
        self.scalars, self.factors, self.sizes, self.free = scalars, factors, sizes, free
        self.key = (
            tuple((label.number, exponent) for label, exponent in scalars),
            tuple((label.number, vertices, exponent) for label, vertices, exponent in factors),
            tuple(size_number(size) for size in sizes),
            free,
        )
        self._hash = hash(self.key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Term) and self._hash == other._hash and self.key == other.key)

    @property
    def is_number(self) -> bool:
        return not self.scalars and not self.factors and not self.free

    @property
    def internal(self) -> range:
        """The vertices that are summed over."""
        return range(len(set(self.free)), len(self.sizes))

    @property
    def has_delta(self) -> bool:
        return len(set(self.free)) < len(self.free)


@cache
def size_number(size: Size) -> int:
    return next(_numbers)


class Raw:
    """A term while it is built: vertices are any integers."""

    __slots__ = ("coefficient", "factors", "free", "scalars", "sizes")

    def __init__(self, coefficient: Fraction = Fraction(1)) -> None:
        self.coefficient = coefficient
        self.scalars: dict[Label, Exponent] = {}
        self.factors: dict[Factor, Exponent] = {}
        self.sizes: dict[int, Size] = {}
        self.free: list[int] = []

    @classmethod
    def of(cls, term: Term, coefficient: Fraction = Fraction(1)) -> Raw:
        raw = cls(coefficient)
        raw.scalars = dict(term.scalars)
        raw.factors = {(label, vertices): exponent for label, vertices, exponent in term.factors}
        raw.sizes = dict(enumerate(term.sizes))
        raw.free = list(term.free)
        return raw

    def copy(self) -> Raw:
        raw = Raw(self.coefficient)
        raw.scalars, raw.factors = dict(self.scalars), dict(self.factors)
        raw.sizes, raw.free = dict(self.sizes), list(self.free)
        return raw

    def vertex(self, size: Size) -> int:
        new = max(self.sizes, default=-1) + 1
        self.sizes[new] = size
        return new

    def absorb(self, other: Term, coefficient: Fraction = Fraction(1)) -> list[int]:
        """Multiply by another term; where its free vertices are now."""
        shift = max(self.sizes, default=-1) + 1
        self.coefficient *= coefficient
        self.sizes.update((vertex + shift, size) for vertex, size in enumerate(other.sizes))
        for label, exponent in other.scalars:
            self.scalars[label] = self.scalars.get(label, 0) + exponent
        for label, vertices, exponent in other.factors:
            self.multiply(label, tuple(vertex + shift for vertex in vertices), exponent)
        return [vertex + shift for vertex in other.free]

    def multiply(self, label: Label, vertices: tuple[int, ...], exponent: Exponent = 1) -> None:
        if not vertices:
            self.scalars[label] = self.scalars.get(label, 0) + exponent
            return
        key = (label, vertices)
        self.factors[key] = self.factors.get(key, 0) + exponent

    def join(self, keep: int, drop: int) -> None:
        """Make two vertices one."""
        if keep == drop:
            return
        del self.sizes[drop]
        self.free = [keep if vertex == drop else vertex for vertex in self.free]
        moved = [key for key in self.factors if drop in key[1]]
        for key in moved:
            exponent = self.factors.pop(key)
            vertices = tuple(keep if vertex == drop else vertex for vertex in key[1])
            self.multiply(key[0], vertices, exponent)

    def around(self, vertex: int) -> list[Factor]:
        return [factor for factor in self.factors if vertex in factor[1]]


def whole(exponent: Exponent) -> Exponent:
    return exponent.numerator if exponent.denominator == 1 else exponent


Simplification = Callable[[Raw], bool]


def tidy(raw: Raw, simplifications: Sequence[Simplification] = ()) -> None:
    """Merge equal factors and simplify in place until nothing changes."""
    while True:
        for (label, vertices), exponent in list(raw.factors.items()):
            if label.symmetric and vertices[0] > vertices[-1]:
                del raw.factors[label, vertices]
                raw.multiply(label, vertices[::-1], exponent)
            elif exponent == 0:
                del raw.factors[label, vertices]
        if not any(simplify(raw) for simplify in simplifications):
            return


def normalise(raw: Raw) -> tuple[Fraction, Term]:
    """The coefficient and the normal form of a tidy raw term."""
    spend()
    coefficient = raw.coefficient
    scalars = {label: exponent for label, exponent in raw.scalars.items() if exponent}
    components = _components(raw)
    bound: list[int] = []
    for vertices in components:
        if any(vertex in raw.free for vertex in vertices):
            bound += vertices
            continue
        factors = {factor: exponent for factor, exponent in raw.factors.items() if factor[1][0] in vertices}
        if not factors:  # a sum of ones
            size = raw.sizes[next(iter(vertices))]
            coefficient *= size.coefficient
            for name, power in size.powers:
                label = Label("dim", name)
                scalars[label] = scalars.get(label, 0) + power
            continue
        closed = _named(factors, {vertex: raw.sizes[vertex] for vertex in vertices}, (), ())
        label = Label("net", closed)
        scalars[label] = scalars.get(label, 0) + 1
    coefficient = _numbers_out(scalars, coefficient)
    inside = set(bound)
    factors = {factor: exponent for factor, exponent in raw.factors.items() if factor[1][0] in inside}
    left = [(label, whole(exponent)) for label, exponent in scalars.items() if exponent]
    ordered = tuple(sorted(left, key=lambda item: item[0].number))
    return coefficient, _named(factors, {v: raw.sizes[v] for v in bound}, tuple(raw.free), ordered)


def _numbers_out(scalars: dict[Label, Exponent], coefficient: Fraction) -> Fraction:
    """Whole powers of numbers go into the coefficient: 2^(3/2) is 2 * 2^(1/2)."""
    for label, exponent in list(scalars.items()):
        if label.kind == "number" and -1000 < exponent < 1000:
            part = exponent.numerator // exponent.denominator
            coefficient *= Fraction(int(label.key[1])) ** part
            scalars[label] = exponent - part
    return coefficient


def _components(raw: Raw) -> list[list[int]]:
    """Vertices that hang together by factors."""
    neighbours: dict[int, set[int]] = {vertex: set() for vertex in raw.sizes}
    for _, vertices in raw.factors:
        for vertex in vertices[1:]:
            neighbours[vertices[0]].add(vertex)
            neighbours[vertex].add(vertices[0])
    seen: set[int] = set()
    found = []
    for start in raw.sizes:
        if start in seen:
            continue
        seen.add(start)
        component, stack = [], [start]
        while stack:
            vertex = stack.pop()
            component.append(vertex)
            new = neighbours[vertex] - seen
            seen |= new
            stack.extend(new)
        found.append(component)
    return found


# Names for the vertices


def _named(
    factors: dict[Factor, Exponent],
    sizes: dict[int, Size],
    free: tuple[int, ...],
    scalars: tuple[tuple[Label, Exponent], ...],
) -> Term:
    """The term over vertices 0, 1, …: the free ones in order, then the others in an order of their own."""
    order = list(dict.fromkeys(free))
    rest = [vertex for vertex in sizes if vertex not in set(order)]
    if len(rest) == 1:
        order += rest
    elif rest:
        order = min((_written(factors, names) for names in _orders(factors, sizes, order)), key=lambda w: w[0])[1]
    place = {vertex: number for number, vertex in enumerate(order)}
    written = tuple(
        (label, tuple(place[vertex] for vertex in _turned(label, vertices, place)), whole(exponent))
        for label, vertices, exponent in _sorted(factors, place)
    )
    return Term(scalars, written, tuple(sizes[vertex] for vertex in order), tuple(place[vertex] for vertex in free))


def _turned(label: Label, vertices: tuple[int, ...], place: dict[int, int]) -> tuple[int, ...]:
    if label.symmetric and place[vertices[0]] > place[vertices[-1]]:
        return vertices[::-1]
    return vertices


def _sorted(factors: dict[Factor, Exponent], place: dict[int, int]) -> list[tuple[Label, tuple[int, ...], Exponent]]:
    def key(item: tuple[Label, tuple[int, ...], Exponent]) -> tuple[Any, ...]:
        label, vertices, exponent = item
        return label.number, tuple(place[vertex] for vertex in _turned(label, vertices, place)), exponent

    return sorted(((label, vertices, exponent) for (label, vertices), exponent in factors.items()), key=key)


def _written(factors: dict[Factor, Exponent], order: list[int]) -> tuple[Any, list[int]]:
    place = {vertex: number for number, vertex in enumerate(order)}
    rows = [
        (label.number, tuple(place[v] for v in _turned(label, vertices, place)), exponent)
        for label, vertices, exponent in _sorted(factors, place)
    ]
    return rows, order


Around = dict[int, list[tuple[Label, tuple[int, ...], int, Exponent]]]
"""For each vertex its factors, and its place in each."""


def _orders(factors: dict[Factor, Exponent], sizes: dict[int, Size], fixed: list[int]) -> Iterable[list[int]]:
    """Every order of the vertices that the structure of the network leaves open (mostly one)."""
    around: Around = {vertex: [] for vertex in sizes}
    for (label, vertices), exponent in factors.items():
        for position, vertex in enumerate(vertices):
            around[vertex].append((label, vertices, position, exponent))
    colours = {vertex: (len(fixed) + 1, size_number(size)) for vertex, size in sizes.items()}
    colours.update({vertex: (number, 0) for number, vertex in enumerate(fixed)})
    ranks = _ranked(_seen(_ranked(colours), around))
    starts = [fixed] if fixed else [[vertex] for vertex in min(_classes(ranks).values(), key=len)]
    walks = [_walked(start, around) for start in starts]
    complete = [walk for walk in walks if walk is not None and len(walk) == len(sizes)]
    yield from complete if len(complete) == len(starts) else _individualised(ranks, around)


def _walked(start: list[int], around: Around) -> list[int] | None:
    """The vertices in the order in which they are met from the start; None where that is not determined."""
    place = {vertex: number for number, vertex in enumerate(start)}
    order = list(start)
    for vertex in order:
        onward: dict[Any, tuple[int, ...]] = {}
        for label, vertices, position, exponent in around[vertex]:
            known = [place.get(v, -1) for v in vertices]
            if label.symmetric and known[::-1] < known:
                known, vertices = known[::-1], vertices[::-1]
            new = tuple(v for v in vertices if v not in place)
            if new:
                at = (tuple(known), 0 if label.symmetric else position)
                if onward.setdefault((label.number, exponent, at), new) != new:
                    return None
        for _, new in sorted(onward.items(), key=lambda item: item[0]):
            for v in new:
                if v not in place:
                    place[v] = len(order)
                    order.append(v)
    spend(len(order) // 50)
    return order


def _classes(ranks: dict[int, int]) -> dict[int, list[int]]:
    classes: dict[int, list[int]] = {}
    for vertex in sorted(ranks, key=ranks.__getitem__):
        classes.setdefault(ranks[vertex], []).append(vertex)
    return classes


def _individualised(ranks: dict[int, int], around: Around) -> Iterable[list[int]]:
    stack = [_refined(ranks, around)]
    while stack:
        ranks = stack.pop()
        tied = next((vertices for vertices in _classes(ranks).values() if len(vertices) > 1), None)
        if tied is None:
            yield sorted(ranks, key=ranks.__getitem__)
            continue
        spend(len(tied))
        for chosen in tied:
            split = {vertex: 2 * rank + (vertex != chosen) for vertex, rank in ranks.items()}
            stack.append(_refined(_ranked(split), around))


def _ranked(colours: dict[int, Any]) -> dict[int, int]:
    rank = {colour: number for number, colour in enumerate(sorted(set(colours.values())))}
    return {vertex: rank[colour] for vertex, colour in colours.items()}


def _refined(ranks: dict[int, int], around: Around) -> dict[int, int]:
    """Tell vertices apart by their factors and neighbours, as far as that goes."""
    classes = len(set(ranks.values()))
    while classes < len(ranks):
        spend(len(ranks) // 20)
        ranks = _ranked(_seen(ranks, around))
        refined = len(set(ranks.values()))
        if refined == classes:
            break
        classes = refined
    return ranks


def _seen(ranks: dict[int, int], around: Around) -> dict[int, Any]:
    """What each vertex sees: its rank, and its factors with the ranks at their other ends."""
    colours = {}
    for vertex, rank in ranks.items():
        seen = []
        for label, vertices, position, exponent in around[vertex]:
            others = tuple(ranks[other] for other in vertices)
            if label.symmetric:
                others, position = min(others, others[::-1]), 0
            seen.append((label.number, position, exponent, others))
        colours[vertex] = (rank, tuple(sorted(seen)))
    return colours
