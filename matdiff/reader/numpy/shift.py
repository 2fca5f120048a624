"""The largest entry in NumPy code: an unknown that has to cancel.

Stable code subtracts the largest entry before it takes ``exp``, and divides it out or adds it again
later. Whatever is subtracted, the result is the same. So ``np.max(s, axis=1)`` is read as a c of
which nothing is known, every value says how it depends on c, and a value that does in the end is
refused, and the code is read again with the largest entry as a function of its own. A value without c is exact, and so
is its derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matdiff.reader.numpy.arrays import Array, Shift
from matdiff.reader.syntax import Node

REFUSAL = (
    "the largest or smallest entry is read only where it cancels, as in"
    " np.exp(s - np.max(s)) / np.sum(np.exp(s - np.max(s))); here it does not (np.maximum is the larger of two)"
)


class Stuck(Exception):
    """A value depends on the largest entry in a way that cannot be followed."""


def combined(sign: str, a: Array, b: Array, rank: int, key: Callable[[Node], int]) -> Shift | None:
    """How ``a sign b`` depends on c."""
    left, right = laid(a, rank), laid(b, rank)
    if left is None and right is None:
        return None
    if sign in ("+", "-"):
        return joined(left, right, 1 if sign == "+" else -1, factor=False)
    if sign in (".*", "./"):
        way = 1 if sign == ".*" else -1
        if all(shift is None or shift.factor for shift in (left, right)):
            return joined(left, right, way, factor=True)
        if right is None and left is not None:
            return scaled(left, b, way, key)
        if left is None and right is not None and way == 1:
            return scaled(right, a, way, key)
    raise Stuck


def scaled(shift: Shift, by: Array, way: int, key: Callable[[Node], int]) -> Shift:
    """The shift times a scalar, or over it."""
    if shift.factor or by.rank or by.literal == 0:
        raise Stuck
    if by.literal is not None:
        return replace(shift, power=shift.power * by.literal**way, bare=False)
    return replace(shift, scale=tuple(sorted([*shift.scale, (key(by.node), way)])), bare=False)


def laid(a: Array, rank: int) -> Shift | None:
    """The shift of an array beside one of that rank: a 1-D array lies along the last axis."""
    if a.shift is None or a.rank == rank or not a.shift.axes:
        return a.shift
    return replace(a.shift, axes=frozenset({1}))


def lies_along(bare: Array, rank: int) -> bool:
    """Whether an array is c itself, and lies beside the array it was taken of as it was taken."""
    if bare.shift is None or not bare.shift.bare:
        return False
    shift, (_, axis) = laid(bare, rank), bare.shift.how
    return rank < 2 or axis is None or (shift is not None and shift.axes == {1 - axis})


def joined(left: Shift | None, right: Shift | None, way: int, factor: bool) -> Shift | None:
    for shift in (left, right):
        if shift is not None and shift.factor != factor:
            raise Stuck
    if left is None or right is None:
        one = left or (right and replace(right, power=right.power * way))
        return one and replace(one, bare=False)
    if any(getattr(left, part) != getattr(right, part) for part in ("source", "how", "since", "axes", "scale")):
        raise Stuck
    power = left.power + way * right.power
    return replace(left, power=power, bare=False) if power else None


def through(name: str, shift: Shift | None) -> Shift | None:
    """``exp`` makes a factor of what was added, ``log`` the reverse."""
    if shift is None:
        return None
    if (name, shift.factor) in (("exp", False), ("log", True)):
        return replace(shift, factor=name == "exp", bare=False)
    raise Stuck


def reduced(
    shift: Shift | None, rank: int, axis: int | None, keepdims: bool, name: str, key: Callable[[Node], int]
) -> Shift | None:
    """A sum keeps a factor that is the same for all it adds up, a mean also a term that is; a sum counts such terms."""
    if shift is None:
        return None
    summed = set(range(rank)) if axis is None else {axis}
    if shift.axes & summed and not shift.factor and (name == "mean" or shift.axes == summed):
        return replace(shift, since=(*shift.since, name), axes=frozenset(), bare=False)
    if not shift.factor and name == "sum" and rank == 1 and not shift.axes and shift.extent is not None:
        shift = replace(shift, scale=tuple(sorted([*shift.scale, (key(shift.extent), 1)])))
    elif shift.axes & summed or not (shift.factor or name == "mean"):
        raise Stuck
    return replace(shift, axes=shift.axes if keepdims else frozenset(0 for _ in shift.axes), bare=False)
