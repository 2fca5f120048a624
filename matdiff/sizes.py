"""Symbolic sizes: a positive integer times a monomial of names, and their unification.

A name that begins with ``?`` is still open and may be bound by a `Unifier`; one that begins with
``?!`` is the size of a vector or a matrix and is never bound to 1. All other names are rigid: two
different ones never become equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any


class Size:
    """``coefficient * n1**p1 * n2**p2 …``, immutable and interned (equality is identity)."""

    __slots__ = ("coefficient", "is_open", "name", "names", "powers")
    coefficient: int
    powers: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    is_open: bool
    name: str | None
    """Of a size that is one name and nothing else, that name."""

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
        if self.name is not None:
            return values.get(self.name, self)
        if values.keys().isdisjoint(self.names):
            return self
        result = make(self.coefficient, {})
        for name, power in self.powers:
            factor = values.get(name) or named(name)
            for _ in range(power):
                result = result * factor
        return result

    def value(self, values: Mapping[str, int]) -> int:
        result = self.coefficient
        for name, power in self.powers:
            result *= values[name] ** power
        return result

    def __str__(self) -> str:
        factors = [] if self.coefficient == 1 and self.powers else [str(self.coefficient)]
        for name, power in self.powers:
            factors += [name] * power
        return "*".join(factors)

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        return (_intern, (self.coefficient, self.powers))


@cache
def _intern(coefficient: int, powers: tuple[tuple[str, int], ...]) -> Size:
    size = object.__new__(Size)
    size.coefficient, size.powers = coefficient, powers
    size.names = tuple([name for name, _ in powers])
    size.is_open = any(name.startswith("?") for name in size.names)
    size.name = size.names[0] if coefficient == 1 and len(powers) == 1 and powers[0][1] == 1 else None
    return size


def make(coefficient: int, powers: Mapping[str, int]) -> Size:
    return _intern(coefficient, tuple(sorted((name, power) for name, power in powers.items() if power)))


def fixed(value: int) -> Size:
    return _intern(value, ())


def named(name: str) -> Size:
    return _intern(1, ((name, 1),))


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
