"""Symbolic sizes: a positive integer times a monomial of names, and their unification.

A name that begins with ``?`` is still open and may be bound by a `Unifier`; one that begins with
``?!`` is the size of a vector or a matrix and is never bound to 1. All other names are rigid: two
different ones never become equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any


class Size:
    """``coefficient * n1**p1 * n2**p2 …``, immutable and interned (equality is identity)."""

    __slots__ = ("coefficient", "is_open", "name", "names", "powers", "summands")
    coefficient: int
    powers: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    is_open: bool
    name: str | None
    """Of a size that is one name and nothing else, that name."""
    summands: tuple[Size, ...]
    """Of a sum of sizes, what is added."""

    def __mul__(self, other: Size) -> Size:
        merged = dict(self.powers)
        for name, power in other.powers:
            merged[name] = merged.get(name, 0) + power
        return make(self.coefficient * other.coefficient, merged)

    def divided_by(self, other: Size) -> Size | None:
        """The quotient where it is again a size, else None."""
        merged = dict(self.powers)
        for name, power in other.powers:
            merged[name] = merged.get(name, 0) - power
        coefficient, rest = divmod(self.coefficient, other.coefficient)
        if rest or any(power < 0 for power in merged.values()):
            return None
        return make(coefficient, merged)

    @property
    def degree(self) -> int:
        return sum(power for _, power in self.powers)

    def substitute(self, values: Mapping[str, Size]) -> Size:
        if self.summands:
            return total([summand.substitute(values) for summand in self.summands])
        if self.name is not None:
            return values.get(self.name, self)
        if values.keys().isdisjoint(self.names):
            return self
        result = make(self.coefficient, {})
        for name, power in self.powers:
            factor = values.get(name) or (named(name).substitute(values) if name in SUMS else named(name))
            for _ in range(power):
                result = result * factor
        return result

    def value(self, values: Mapping[str, int]) -> int:
        result = self.coefficient
        for name, power in self.powers:
            held = sum(summand.value(values) for summand in SUMS[name]) if name in SUMS else values[name]
            result *= held**power
        return result

    def __str__(self) -> str:
        if self.coefficient == -1 and self.powers:
            return f"-{_intern(1, self.powers)}"
        factors = [] if self.coefficient == 1 and self.powers else [str(self.coefficient)]
        for name, power in self.powers:
            factors += [name] * power
        return "*".join(factors)

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        if self.summands:
            return (total, (self.summands,))
        return (_intern, (self.coefficient, self.powers))


@cache
def _intern(coefficient: int, powers: tuple[tuple[str, int], ...]) -> Size:
    size = object.__new__(Size)
    size.coefficient, size.powers = coefficient, powers
    alone = coefficient == 1 and len(powers) == 1 and powers[0][1] == 1
    size.summands = SUMS.get(powers[0][0], ()) if alone else ()
    inner = [SUMS.get(name, name) for name, _ in powers]
    parts = [(part,) if isinstance(part, str) else [n for s in part for n in s.names] for part in inner]
    size.names = tuple(dict.fromkeys(name for part in parts for name in part))
    size.is_open = any(name.startswith("?") for name in size.names)
    size.name = powers[0][0] if alone and not size.summands else None
    return size


def make(coefficient: int, powers: Mapping[str, int]) -> Size:
    return _intern(coefficient, tuple(sorted((name, power) for name, power in powers.items() if power)))


def fixed(value: int) -> Size:
    return _intern(value, ())


def named(name: str) -> Size:
    return _intern(1, ((name, 1),))


SUMS: dict[str, tuple[Size, ...]] = {}
"""The sums of sizes, by the text that stands for them as one factor."""


def total(sizes: Iterable[Size]) -> Size:
    """The sum of some sizes: multiples of one product are one, the rest stands in one order."""
    found: dict[tuple[tuple[str, int], ...], int] = {}
    waiting = list(sizes)
    while waiting:
        size = waiting.pop(0)
        if size.summands:
            waiting = [*size.summands, *waiting]
        else:
            found[size.powers] = found.get(size.powers, 0) + size.coefficient
    parts = [_intern(coefficient, powers) for powers, coefficient in found.items() if coefficient]
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=lambda part: (not part.powers, str(part)))
    text = f"({'+'.join(map(str, parts))})".replace("+-", "-")
    SUMS[text] = tuple(parts)
    return named(text)


def product(sizes: Iterable[Size]) -> Size:
    result = ONE
    for size in sizes:
        result = result * size
    return result


def parse(text: str) -> Size:
    """Read ``3``, ``n`` or ``2*m*n``, as the tables write them."""
    return product(fixed(int(part)) if part.isdigit() else named(part) for part in text.split("*"))


ONE = fixed(1)

MAX_FACTORS = 40
"""Products of more sizes are refused: nobody means them."""

Shape = tuple[Size, Size]


MAX_ATTEMPTS = 20_000
"""How often postponed equations are tried again."""


class Unifier:
    """Finds what open sizes must be. `unify` answers whether two sizes can be one."""

    def __init__(self) -> None:
        self.bound: dict[str, Size] = {}
        self.count = 0
        self.pending: list[tuple[Size, Size, Any]] = []
        self.because: Any = None
        """What the equations now asked for come from."""
        self.origin: dict[str, Any] = {}
        self.ends: dict[str, Size] = {}
        """`bound` with its chains cut short, so that resolving stays cheap."""

    def fresh(self, generic: bool = False) -> Size:
        self.count += 1
        return named(f"?{'!' * generic}{self.count}")

    def resolve(self, size: Size) -> Size:
        while size.is_open and not self.ends.keys().isdisjoint(size.names):
            if size.name is not None:
                size = self.end(size.name)
            else:
                size = size.substitute({name: self.end(name) for name in size.names if name in self.ends})
        return size

    def end(self, name: str) -> Size:
        """What a bound name is bound to, through other names."""
        passed, size = [], self.ends[name]
        while size.name in self.ends:
            passed.append(name)
            name, size = size.name, self.ends[size.name]
        for earlier in passed:
            self.ends[earlier] = size
        return size

    def shape(self, shape: Shape) -> Shape:
        rows, cols = shape
        if not (rows.is_open or cols.is_open):
            return shape
        return self.resolve(rows), self.resolve(cols)

    def unify(self, left: Size, right: Size) -> bool:
        left, right = self.resolve(left), self.resolve(right)
        if left is right:
            return True
        if left.summands or right.summands:
            return self.unify_sums(left, right)
        for one, other in ((left, right), (right, left)):  # most often an open name stands alone
            if one.is_open and one.name is not None and one.name[1] != "!" and one.name not in other.names:
                return self.bind(one.name, other)
        candidates = [(name, one, other) for one, other in ((left, right), (right, left)) for name in one.names]
        for name, one, other in sorted(candidates, key=lambda candidate: candidate[0].startswith("?!")):
            if name.startswith("?") and (name, 1) in one.powers and name not in other.names:
                rest = one.divided_by(named(name))
                quotient = other.divided_by(rest) if rest else None
                if quotient is not None and not (name.startswith("?!") and quotient is ONE):
                    return self.bind(name, quotient)
        if max(sum(power for name, power in size.powers if name.startswith("?")) for size in (left, right)) > 1:
            self.pending.append((left, right, self.because))  # may be settled by what comes later
            return True
        return False

    def unify_sums(self, left: Size, right: Size) -> bool:
        """Sums: what both have is taken away; what is left may tell one open name."""
        sides = [list(size.summands or (size,)) for size in (left, right)]
        for part in list(sides[0]):
            if part in sides[1]:
                sides[0].remove(part)
                sides[1].remove(part)
        for one, other in (sides, sides[::-1]):
            if len(one) == 1 and other:
                name, rest = one[0].name, total(other)
                if name is not None and name.startswith("?") and name not in rest.names:
                    return self.bind(name, rest)
        return False

    def bind(self, name: str, size: Size) -> bool:
        self.bound[name] = self.ends[name] = size
        self.origin[name] = self.because
        return True

    def reasons(self, sizes: Iterable[Size]) -> list[Any]:
        """What bound the open names of these sizes, the earliest first."""
        found, stack, seen = [], list(sizes), set[str]()
        while stack:
            for name in stack.pop().names:
                if name in self.bound and name not in seen:
                    seen.add(name)
                    stack.append(self.bound[name])
                    if self.origin[name] is not None:
                        found.append(self.origin[name])
        return found[::-1]

    def settle(self) -> bool:
        """Try the postponed equations again until nothing changes; False where one cannot hold.

        ``because`` says then which.
        """
        before, attempts = -1, 0
        while self.pending:
            attempts += len(self.pending)
            if attempts > MAX_ATTEMPTS or (len(self.bound) == before and not self.guess()):
                return False
            before = len(self.bound)
            waiting, self.pending = self.pending, []
            for left, right, self.because in waiting:
                if not self.unify(left, right):
                    return False
        return True

    def guess(self) -> bool:
        """Of m*p = n*q with all names open, take m = n and p = q: what is meant by tr(kron(A, B))."""
        left, right = (self.resolve(size) for size in self.pending[0][:2])
        if left is right:
            return True
        names = [
            sorted((name for name in size.names), key=lambda n: int(n.strip("?!") or 0))
            for size in (left, right)
            if all(name.startswith("?") for name in size.names)
        ]
        if len(names) != 2 or len(names[0]) != len(names[1]):
            return False
        return all(self.unify(named(one), named(other)) for one, other in zip(*names, strict=True))


def line(value: Callable[[Mapping[str, int]], int], name: str, values: Mapping[str, int]) -> tuple[int, int] | None:
    """What a size is without one of its names, and what each of that adds; None where it does not grow evenly."""
    none, one, two = (value({**values, name: count}) for count in range(3))
    return (none, one - none) if two - one == one - none != 0 else None
