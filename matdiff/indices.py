"""Indices of families: affine positions, ranges, conditions, accesses such as ``X[i+a]``, and what binds an index.

An access is a variable of the statement it stands in: its name is an `Access`, a text with its parts, so that all that
is known of variables (printing, differentials, rewriting) holds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import count as count_from
from math import prod
from typing import Any

from matdiff import expr as E
from matdiff.compose import multiple, scale, total
from matdiff.expr import Expr, topo
from matdiff.sizes import SUMS, Shape, Size, named


@dataclass(frozen=True)
class Affine:
    """``c + Σ k·name`` over names of indices and of sizes, with integers c and k; the names sorted.

    In the place of a name may stand a product of sizes, or of sizes and one index: ``C*p``.
    """

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __add__(self, other: Affine) -> Affine:
        return combined([(1, self), (1, other)])

    def __sub__(self, other: Affine) -> Affine:
        return combined([(1, self), (-1, other)])

    def __neg__(self) -> Affine:
        return combined([(-1, self)])

    def shifted(self, by: int) -> Affine:
        return Affine(self.terms, self.constant + by)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(part for name, _ in self.terms for part in name.split("*"))

    @property
    def name(self) -> str | None:
        """Of a form that is one name and nothing else, that name."""
        if len(self.terms) != 1 or self.constant or self.terms[0][1] != 1 or "*" in self.terms[0][0]:
            return None
        return self.terms[0][0]

    @property
    def is_constant(self) -> bool:
        return not self.terms

    def coefficient(self, name: str) -> int:
        """The integer before a name; 0 where it stands in a product too."""
        alone = all(other == name or name not in other.split("*") for other, _ in self.terms)
        return dict(self.terms).get(name, 0) if alone else 0

    def is_told_by(self, name: str) -> bool:
        """Whether a name stands in one term, once."""
        return sum(part == name for other, _ in self.terms for part in other.split("*")) <= 1

    def times(self, other: Affine) -> Affine:
        pairs = [(one, two) for one in self.parts for two in other.parts]
        return combined((j * k, product((a, b))) for (a, j), (b, k) in pairs)

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The terms, the constant as that of no name."""
        return (*self.terms, ("", self.constant)) if self.constant else self.terms

    def substitute(self, by: Mapping[str, Affine]) -> Affine:
        if self.names.isdisjoint(by):
            return self
        made = []
        for name, k in self.terms:
            forms = [by.get(part) or index(part) for part in name.split("*")]
            made.append((k, reduce(Affine.times, forms)))
        return combined([(1, Affine((), self.constant)), *made])

    def value(self, values: Mapping[str, Any]) -> Any:
        return self.constant + sum(k * prod(values[part] for part in name.split("*")) for name, k in self.terms)

    def __str__(self) -> str:
        out = ""
        for name, k in sorted(self.terms, key=lambda term: term[1] < 0):
            sign = "-" if k < 0 else "+" if out else ""
            out += sign + (name if abs(k) == 1 else f"{abs(k)}*{name}")
        if self.constant or not out:
            out += f"{self.constant:+d}" if out else str(self.constant)
        return out


def combined(parts: Iterable[tuple[int, Affine]]) -> Affine:
    terms: dict[str, int] = {}
    constant = 0
    for factor, form in parts:
        constant += factor * form.constant
        for name, k in form.terms:
            terms[name] = terms.get(name, 0) + factor * k
    return Affine(tuple(sorted((name, k) for name, k in terms.items() if k)), constant)


def product(names: Iterable[str]) -> Affine:
    """A product of names, of products of names, and of nothing."""
    parts = sorted(part for name in names if name for part in name.split("*"))
    return Affine((("*".join(parts), 1),)) if parts else Affine((), 1)


def index(name: str) -> Affine:
    return Affine(((name, 1),))


def integer(value: int) -> Affine:
    return Affine((), value)


@dataclass(frozen=True)
class Lookup:
    """The entry ``k[p]`` of a table of integers: a position, counted from the first of the range it is used for."""

    table: str
    at: Affine

    @property
    def names(self) -> frozenset[str]:
        return self.at.names

    @property
    def name(self) -> None:
        return None

    def substitute(self, by: Mapping[str, Affine]) -> Lookup:
        return Lookup(self.table, self.at.substitute(by))

    def __str__(self) -> str:
        return f"{self.table}[{self.at}]"


Position = Affine | Lookup


@dataclass(frozen=True)
class Span:
    """Rows or columns of a matrix from ``first`` to ``last``; all of them, ``:``, where no ends are told."""

    first: Affine | None = None
    last: Affine | None = None

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(end.names for end in (self.first, self.last) if end))

    @property
    def name(self) -> None:
        return None

    def substitute(self, by: Mapping[str, Affine]) -> Span:
        return Span(*(end and end.substitute(by) for end in (self.first, self.last)))

    def __str__(self) -> str:
        return f"{self.first or ''}:{self.last or ''}"


WHOLE = Span()
Place = Affine | Lookup | Span


@dataclass(frozen=True)
class Range:
    """All integers from ``first`` to ``last``, forms over sizes."""

    first: Affine
    last: Affine

    @property
    def count(self) -> Affine:
        return (self.last - self.first).shifted(1)

    @property
    def names(self) -> frozenset[str]:
        return self.first.names | self.last.names

    def substitute(self, by: Mapping[str, Affine]) -> Range:
        return Range(self.first.substitute(by), self.last.substitute(by))

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


UNKNOWN = Affine((("?", 1), ("??", -1)))
"""What may be any number."""


def least(form: Affine, ranges: Mapping[str, Range], sign: int = 1) -> Affine:
    """The least value of a form over the ranges of its indices (with sign -1 the greatest), over sizes."""
    for _ in range(len(ranges) + 1):
        by: dict[str, Affine] = {}
        for name in form.names & ranges.keys():
            signs = {k * sign > 0 for other, k in form.terms if name in other.split("*")}
            by[name] = UNKNOWN if len(signs) > 1 else ranges[name].first if signs == {True} else ranges[name].last
        if not by:
            break
        form = form.substitute(by)
    return form


def greatest(form: Affine, ranges: Mapping[str, Range]) -> Affine:
    return least(form, ranges, -1)


def surely(form: Affine) -> bool:
    """Whether a form over sizes is 0 or more whatever these are."""
    return all(k > 0 for _, k in form.terms) and form.constant + sum(k for _, k in form.terms) >= 0


def hull(one: Range, other: Range) -> Range:
    """The least range that holds both; of two that follow one another, from the one through the other."""
    for before, after in ((one, other), (other, one)):
        if after.first == before.last.shifted(1):
            return Range(before.first, after.last)
    first = one.first if surely(other.first - one.first) else other.first
    last = one.last if surely(one.last - other.last) else other.last
    return Range(first, last)


SIGNS = ("=", "!=", "<=", "<", ">=", ">")


@dataclass(frozen=True)
class Condition:
    """``left sign right`` between positions."""

    left: Position
    sign: str
    right: Position

    @property
    def names(self) -> frozenset[str]:
        return self.left.names | self.right.names

    def substitute(self, by: Mapping[str, Affine]) -> Condition:
        return Condition(self.left.substitute(by), self.sign, self.right.substitute(by))

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


class Access(str):
    """The name of one member of a family, ``X[i+a,j]``; of a name without indices, the name itself."""

    family: str
    at: tuple[Place, ...]

    def __new__(cls, family: str, at: tuple[Place, ...] = ()) -> Access:
        access = super().__new__(cls, f"{family}[{','.join(map(str, at))}]" if at else family)
        access.family, access.at = family, at
        return access

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.family, self.at)

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(position.names for position in self.at))

    @property
    def positions(self) -> tuple[Position, ...]:
        """The places that are indices, not rows or columns as a whole."""
        return tuple(place for place in self.at if not isinstance(place, Span))

    def substitute(self, by: Mapping[str, Affine]) -> Access:
        return Access(self.family, tuple(position.substitute(by) for position in self.at))


SUM = "sum"
BINDERS = (SUM, "mean", "prod", "max", "min", "logsumexp")


@dataclass(frozen=True)
class Binder:
    """``sum[i,j : i < j]``: what is done with the values for all of the indices that meet the conditions."""

    kind: str
    indices: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def is_sum(self) -> bool:
        return self.kind == SUM

    @cached_property
    def names(self) -> frozenset[str]:
        """The indices that its conditions take from outside."""
        used = frozenset().union(*(condition.names for condition in self.conditions))
        return used - frozenset(self.indices)

    def substitute(self, by: Mapping[str, Affine]) -> Binder:
        inner = {name: form for name, form in by.items() if name not in self.indices}
        return Binder(self.kind, self.indices, tuple(condition.substitute(inner) for condition in self.conditions))

    def __str__(self) -> str:
        conditions = f" : {', '.join(map(str, joined(self.conditions)))}" if self.conditions else ""
        return f"{self.kind}[{','.join(self.indices)}{conditions}]"


def joined(conditions: Iterable[Condition]) -> Iterator[str]:
    """Conditions as they are written: two bounds of one form as a chain, ``1 <= r-a <= K``."""
    waiting = list(conditions)
    while waiting:
        one = waiting.pop(0)
        other = next((c for c in waiting if one.sign == c.sign == "<=" and c.left == one.right), None)
        if other is None:
            yield str(one)
        else:
            waiting.remove(other)
            yield f"{one} <= {other.right}"


def size_form(size: Size) -> Affine:
    """A size as a form."""
    if size.name is not None:
        return index(size.name)
    if size.summands:
        return combined([(1, size_form(part)) for part in size.summands])
    form = integer(size.coefficient)
    for name, power in size.powers:
        factor = combined([(1, size_form(part)) for part in SUMS[name]]) if name in SUMS else index(name)
        form = reduce(Affine.times, [form, *([factor] * power)])
    return form


# accesses and binders as expressions


def access(family: str, at: tuple[Position, ...], shape: Shape, kind: str = "matrix") -> Expr:
    return E.variable(Access(family, at), shape, kind)


def accessed(node: Expr) -> Access:
    """The name of a variable as an access."""
    name = node.data[0]
    return name if isinstance(name, Access) else Access(name)


def bound(binder: Binder, body: Expr) -> Expr:
    return Expr("bound", (body,), binder, body.shape)


def summed(body: Expr, indices: tuple[str, ...], conditions: tuple[Condition, ...] = ()) -> Expr:
    """The sum over the indices; the body where there are none."""
    return bound(Binder(SUM, indices, conditions), body) if indices else body


def counter(name: str) -> Expr:
    """An index used as a number."""
    return E.variable(Access(name), E.number(1).shape, "index")


def number_of(form: Affine) -> Expr:
    """A form as a scalar expression, over sizes and indices that are told apart by the caller."""
    terms = [E.number(form.constant)] if form.constant or not form.terms else []
    for name, k in form.terms:
        terms.append(multiple(k, E.dim(product_of_sizes(name))))
    return total(terms)


def product_of_sizes(name: str) -> Size:
    return reduce(Size.__mul__, map(named, name.split("*")))


def own_names(node: Expr) -> frozenset[str]:
    """The names in the positions of a node itself, those of sizes too."""
    if node.op == "variable":
        name = node.data[0]
        if not isinstance(name, Access):
            return frozenset()
        return frozenset((name.family,)) if node.data[1] == "index" else name.names
    return node.data.names if node.op == "bound" else frozenset()


def free_names(*roots: Expr) -> frozenset[str]:
    """The names of positions below the roots that nothing binds there, down to definitions, which have none."""
    free: dict[Expr, frozenset[str]] = {}
    for node in topo(*roots, inside=lambda node: () if node.op == "definition" else node.args):
        names = own_names(node)
        inner = [] if node.op == "definition" else [free[arg] for arg in node.args]
        if inner:
            below = frozenset().union(*inner)
            names |= below - frozenset(node.data.indices) if node.op == "bound" else below
        free[node] = names
    return frozenset().union(*(free[root] for root in roots))


def appearing(e: Expr) -> list[str]:
    """The names in positions, in the order in which they are met."""
    found: dict[str, None] = {}
    for node in topo(e):
        if node.op == "variable" and isinstance(node.data[0], Access):
            name = node.data[0]
            places = [name.family] if node.data[1] == "index" else [n for p in name.at for n in sorted(p.names)]
            found.update(dict.fromkeys(places))
        elif node.op == "bound":
            sides = [side for c in node.data.conditions for side in (c.left, c.right)]
            found.update(dict.fromkeys(n for side in sides for n in sorted(side.names) if n in node.data.names))
    return list(found)


def reindexed(roots: Iterable[Expr], by: Mapping[str, Affine]) -> list[Expr]:
    """Indices replaced by forms; bound ones that a form would be caught by get another name."""
    roots = list(roots)
    if not by:
        return roots
    coming = frozenset().union(*(form.names for form in by.values()))
    new: dict[Expr, Expr] = {}
    for node in topo(*roots):
        if node.op == "variable" and own_names(node):
            name = node.data[0]
            if node.data[1] == "index":
                form = by.get(name.family)
                new[node] = node if form is None else spelled(form)
            else:
                new[node] = E.variable(name.substitute(by), node.shape, node.data[1])
        elif node.op == "bound":
            binder: Binder = node.data
            taken = (
                coming | own_names(node) | (free_names(node.args[0]) if coming.intersection(binder.indices) else set())
            )
            clash = {n: index(fresh_name(n, taken)) for n in binder.indices if n in coming}
            hidden = {n: form for n, form in by.items() if n not in binder.indices}
            inner = {**hidden, **clash}
            (body,) = reindexed([node.args[0]], inner)
            names = tuple(str(clash.get(n, n)) for n in binder.indices)
            conditions = tuple(condition.substitute(inner) for condition in binder.conditions)
            new[node] = bound(Binder(binder.kind, names, conditions), body)
        else:
            new[node] = E.rebuild(node, tuple(new[arg] for arg in node.args))
    return [new[root] for root in roots]


def spelled(form: Affine) -> Expr:
    """A form over indices as a scalar expression."""
    terms = [E.number(form.constant)] if form.constant or not form.terms else []
    for name, k in form.terms:
        terms.append(multiple(k, reduce(scale, map(counter, name.split("*")))))
    return total(terms)


def range_of(name: str, ranges: Mapping[str, Range]) -> Range:
    """The range of an index, or of the one that it was made fresh from."""
    while name not in ranges:
        name = name.removesuffix("_")
    return ranges[name]


def other_index(wish: str, taken: Iterable[str]) -> str:
    """A new index with a range of its own: a letter; never a known one with ``_`` behind, which is that one again."""
    taken = frozenset(taken)
    letters = map(chr, range(ord(wish), ord("z") + 1)) if len(wish) == 1 else ()
    return next((letter for letter in (wish, *letters) if letter not in taken), None) or doubled(wish, taken)


def doubled(name: str, taken: Iterable[str]) -> str:
    """A name for an index beside another where not all names are known yet."""
    taken = frozenset(taken)
    return next(word for count in count_from(2) if (word := name * count) not in taken)


def fresh_name(name: str, taken: Iterable[str]) -> str:
    """A name with as many ``_`` behind it as are needed; of an index, one that runs where that does."""
    taken = frozenset(taken)
    while name in taken:
        name += "_"
    return name
