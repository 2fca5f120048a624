"""A call in NumPy code: its arguments by the names of the parameters, and what each must be."""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.errors import MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.names_used import nearest
from matdiff.reader.numpy.values import (
    INFINITY,
    MINUS_INFINITY,
    NONE,
    Argument,
    Constant,
    Elementwise,
    Function,
    Inputs,
    Labels,
    Many,
    Member,
    Method,
    Module,
    Random,
    Range,
    Table,
    Text,
    Value,
)
from matdiff.reader.syntax import Node


@dataclass(slots=True)
class Call:
    """A call with its arguments by the names of the parameters."""

    algebra: Algebra
    name: str
    arguments: dict[str, Argument]
    rest: tuple[Argument, ...] = ()

    def value(self, name: str) -> Value:
        """An argument; one that is not given is None."""
        return self.arguments[name].value if name in self.arguments else NONE

    def fail(self, kind: type[MatdiffError], message: str, name: str = "") -> MatdiffError:
        return self.algebra.fail(kind, message, self.arguments[name].at if name in self.arguments else None)

    def array(self, name: str) -> Array:
        return as_array(self.algebra, self.arguments[name])

    def scalar(self, name: str) -> Array:
        return self.algebra.needs(self.array(name), 0, f"{name}= of {self.name}")

    def square(self, name: str) -> Array:
        return self.algebra.settled(self.algebra.needs(self.array(name), 2, self.name))

    def axis(self, a: Array, name: str = "axis") -> int | None:
        """The axis, counted from 0; None for all of them."""
        value = self.value(name)
        if isinstance(value, Many) and len(value.items) == a.rank:
            value = NONE  # axis=(0, 1)
        elif isinstance(value, Many) and len(value.items) == 1:
            value = value.items[0]
        if value == NONE:
            return None
        number = value.integer if isinstance(value, Array) else None
        if number is None:
            raise self.fail(ParseError, "an axis is an integer", name)
        if a.rank == 0 and number in (0, -1):
            return None
        if not -a.rank <= number < a.rank:
            hint = "a 1-D array has only axis 0; X[:, None] makes a column of it" if a.rank == 1 else "write no axis"
            hint = "the axes are 0 (down the columns) and 1 (along the rows)" if a.rank == 2 else hint
            raise self.fail(ShapeError, f"{self.algebra.told(a)} and has no axis {number}: {hint}", name)
        return number % a.rank

    def flag(self, name: str) -> bool:
        value = self.value(name)
        found = value.integer if isinstance(value, Array) else value.value if isinstance(value, Constant) else ...
        if found not in (None, True, False):
            raise self.fail(ParseError, f"{name} is True or False", name)
        return bool(found)

    def word(self, name: str) -> str | None:
        value = self.value(name)
        return value.value if isinstance(value, Text) else None

    def sizes(self, name: str) -> list[Node]:
        return self.sizes_in([self.arguments[name]])

    def sizes_in(self, arguments: list[Argument] | tuple[Argument, ...]) -> list[Node]:
        """Sizes given one by one or as a tuple."""
        items = [(item, argument.at) for argument in arguments for item in unpacked(argument.value)]
        if len(items) > 2:
            raise self.algebra.fail(UnsupportedError, f"{len(items)} axes: arrays have at most 2 here", items[2][1])
        return [self.algebra.size(as_array(self.algebra, Argument(item, at)), at) for item, at in items]


def unpacked(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, Many) else (value,)


def as_array(algebra: Algebra, argument: Argument) -> Array:
    """A value where an array is needed."""
    value, at = argument.value, argument.at
    if isinstance(value, Array):
        return value
    if value in (INFINITY, MINUS_INFINITY):
        raise algebra.fail(UnsupportedError, "np.inf is no number to calculate with", at)
    kind, words = _NO_ARRAY.get(type(value), (ParseError, "this is no array"))
    if isinstance(value, Constant):
        words = f"{'...' if value.value is ... else value.value} is no array"
    raise algebra.fail(kind, words, at)


_NO_ARRAY: dict[type, tuple[type[MatdiffError], str]] = {
    Labels: (
        UnsupportedError,
        "labels are read only as an index, probs[np.arange(n), y] or np.eye(k)[y], and for their length",
    ),
    Text: (ParseError, "a string is no array"),
    Many: (
        UnsupportedError,
        "arrays are not written out or joined here: give it a name and declare it, as in x: vector(3)",
    ),
    Random: (UnsupportedError, "random data is a variable: assign it to a name first, as in x = np.random.randn(n, d)"),
    Range: (UnsupportedError, "range(n) and np.arange(n) are read only as an index, probs[np.arange(n), y]"),
    Module: (ParseError, "this is a module"),
    Table: (ParseError, "this is a dictionary: take one of its entries, as in params['W1']"),
    Inputs: (ParseError, "this is looked into by strings elsewhere: take one of its entries, as in params['W1']"),
    **dict.fromkeys(
        (Member, Method, Function, Elementwise), (ParseError, "this is a function: call it, as in np.exp(x)")
    ),
}


def bound(
    algebra: Algebra, name: str, parameters: str, positional: list[Argument], keywords: dict[str, Argument]
) -> Call:
    """The arguments of a call under the names of the parameters.

    ``parameters`` are names in order, with ``=`` after those that may be left out and ``*`` before
    the one that takes the rest.
    """
    names = parameters.split()
    rest = next((i for i, parameter in enumerate(names) if parameter.startswith("*")), len(names))
    ordered = [parameter.rstrip("=") for parameter in names[:rest]]
    takes = ", ".join(parameter.rstrip("=") for parameter in names) or "nothing"
    if len(positional) > rest and rest == len(names):
        at = positional[rest].at
        raise algebra.fail(ParseError, f"{name} takes at most {rest} argument{'s' * (rest != 1)} here: {takes}", at)
    arguments = dict(zip(ordered, positional, strict=False))
    allowed = {parameter.rstrip("=") for parameter in names if not parameter.startswith("*")}
    for keyword, argument in keywords.items():
        if keyword not in allowed:
            close = nearest(keyword, allowed)
            hint = f"did you mean {close}=?" if close else f"it takes {takes}"
            raise algebra.fail(UnsupportedError, f"{name} takes no {keyword}= here; {hint}", argument.at)
        if keyword in arguments:
            raise algebra.fail(ParseError, f"{name} is given {keyword} twice", argument.at)
        arguments[keyword] = argument
    for parameter in names:
        if not parameter.endswith("=") and not parameter.startswith("*") and parameter not in arguments:
            raise algebra.fail(ParseError, f"{name} needs its argument {parameter}")
    return Call(algebra, name, arguments, tuple(positional[rest:]))
