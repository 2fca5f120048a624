"""What functions of NumPy mean in the math notation: by the table by which the NumPy notation is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from matdiff import evaluate
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.python.values import Node, Numbers
from matdiff.reader import read_model, syntax
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.library import library
from matdiff.reader.numpy.program import Reader
from matdiff.reader.numpy.signatures import BARE, FUNCTIONS, MODULES
from matdiff.reader.numpy.values import INFINITY, MINUS_INFINITY, Argument, Constant, Many, Member, Text, Value

_PREFIXES = ("", "linalg.", "special.")
_SIGNS = {"@": "*"}
_CHECKS = ("#rows", "#cols", "#like", "#real")
"""What the code tells of sizes, which holds in a run that was made; arrays of scripts are real."""
_NUMBER = re.compile(r"\d+|\(-?\d+(?:/\d+)?\)")


def member(name: str) -> Member | None:
    """A function by the last part of its name."""
    known = (prefix + name for prefix in _PREFIXES if prefix + name in FUNCTIONS or prefix + name in library())
    found = next(known, None)
    return Member(found) if found is not None else Member(name, bare=True) if name in BARE else None


def meaning(node: Node, text: Callable[[Any], str], part: int | None = None) -> tuple[str, int] | None:
    """A call as a formula, and how many axes it has; None where the table has none.

    ``text`` writes an argument, and ``part`` says which of several values is meant.
    """
    if isinstance(node.fn, partial):
        shown, *_ = node.fn.args
        function: Member | None = Member(known(shown) or "")
    else:
        called = getattr(node.fn, "__name__", "")
        function = member(called if called.endswith(".outer") else node.name)
        shown = f"np.{function.name}" if function else ""
    if function is None:
        return None
    try:
        found = applied(function, shown, node, text)
    except MatdiffError:
        return None
    if part is None:
        return found[0][:2] if len(found) == 1 else None
    return found[part][:2]


def applied(function: Member, shown: str, node: Node, text: Callable[[Any], str]) -> list[tuple[str, int, bool]]:
    """The values of a call: of each the formula, how many axes it has, and whether it is a mask."""
    reader = Reader("", ast.Module([], []), {})
    algebra = reader.algebra
    positional = [Argument(value_of(item, algebra, text), (0, 0)) for item in node.args]
    named = {key: Argument(value_of(item, algebra, text), (0, 0)) for key, item in node.keywords.items()}
    found = reader.applied(function, shown, positional, named)
    several = found.items if isinstance(found, Many) else (found,)
    return [(written(algebra.upright(algebra.settled(a))), a.rank, a.mask) for a in several if isinstance(a, Array)]


def known(path: str) -> str | None:
    """The name in the table of what is no function of NumPy itself."""
    package, _, name = path.rpartition(".")
    name = MODULES.get(package, "") + name
    name = name if name in FUNCTIONS else name.removeprefix("math.")
    return name if MODULES.get(package) and (name in FUNCTIONS or name in library()) else None


def function_named(path: str) -> Callable[..., Any] | None:
    """What the table knows under a path such as ``scipy.linalg.expm``, as a function of arrays."""
    return None if known(path) is None or ".random." in path else partial(computed, path)


def computed(path: str, *args: Any, **keywords: Any) -> Any:
    """The value of a function of the table.

    Raises an `UnsupportedError` where it is not read, and a `ValueError` where the arguments do not fit.
    """
    arrays: list[Numbers] = []

    def held(item: Any) -> Any:
        if isinstance(item, list | tuple):
            return tuple(map(held, item))
        if not isinstance(item, np.ndarray | np.generic):
            return item
        arrays.append(np.asarray(item))
        return Shaped(len(arrays), np.shape(item), arrays[-1].dtype.kind)

    try:
        return compiled(path, held(args), tuple((key, held(item)) for key, item in keywords.items()))(arrays)
    except UnsupportedError:
        raise
    except MatdiffError as error:
        raise ValueError(error.args[0]) from None


class Shaped(NamedTuple):
    """An array without its entries."""

    number: int
    shape: tuple[int, ...]
    kind: str


@lru_cache(500)
def compiled(path: str, args: tuple[Any, ...], keywords: tuple[tuple[str, Any], ...]) -> Callable[[list[Numbers]], Any]:
    """A function of the table for arguments of given shapes."""
    declarations: list[str] = []

    def made(item: Any) -> Any:
        if isinstance(item, Shaped):
            kind = ("scalar", "vector", "matrix")[min(len(item.shape), 2)]
            sizes = f"({', '.join(map(str, item.shape))})" if item.shape else ""
            declarations.append(f"v{item.number}: {kind}{sizes}")
            return Node(f"v{item.number}", None, (), {}, np.zeros(item.shape, item.kind))
        return tuple(map(made, item)) if isinstance(item, tuple) else item

    def text(item: Any) -> str:
        return item.name if isinstance(item, Node) else f"({Fraction(repr(item))})"

    call = Node(path, None, made(args), {key: made(item) for key, item in keywords}, np.zeros(()))
    found = applied(Member(known(path) or ""), path, call, text)
    if not found:
        raise UnsupportedError(f"{path} gives no array")
    model = read_model("\n".join([*declarations, *(f"r{k} = {formula}" for k, (formula, *_) in enumerate(found))]))

    def evaluated(arrays: list[Numbers]) -> Any:
        given = {node: arrays[int(v[1:]) - 1].reshape(node.rows.value({}), -1) for v, node in model.variables.items()}
        nodes = [model.definitions[f"r{number}"] for number in range(len(found))]
        made = evaluate.values(nodes, given, {})
        results = []
        for node, (_, rank, mask) in zip(nodes, found, strict=True):
            value = made[node] if rank == 2 else made[node].reshape(-1 if rank else ())
            results.append(value.astype(bool) if mask else value)
        return tuple(results) if len(results) > 1 else results[0]

    return evaluated


def value_of(item: Any, algebra: Algebra, text: Callable[[Any], str]) -> Value:
    """An argument as the notation reads it: an array by the formula that stands for it."""
    match item:
        case None | bool() | np.bool_():
            return Constant(None if item is None else bool(item))
        case str():
            return Text(item)
        case tuple() | list():
            return Many(tuple(value_of(part, algebra, text) for part in item))
        case float() if not np.isfinite(item):
            return INFINITY if item > 0 else MINUS_INFINITY
    formula, value = text(item), np.asarray(item.value if isinstance(item, Node) else item)
    integers = value.dtype.kind in "iu"
    if _NUMBER.fullmatch(formula):
        return replace(algebra.number(Fraction(formula.strip("()"))), integers=integers)
    node = algebra.node("name", formula)
    return Array(node, value.ndim, mask=value.dtype.kind == "b", known=None if value.ndim else node, integers=integers)


def written(root: syntax.Node) -> str:
    """Surface syntax as text."""
    texts: dict[int, str] = {}
    for node in syntax.postorder(root):
        parts = [texts[id(child)] for child in node.children]
        match node.kind:
            case "number":
                value = node.value
                found = str(value) if value.denominator == 1 and value >= 0 else f"({value})"
            case "call" if node.value in _CHECKS:
                found = parts[0]
            case "call" if node.value.startswith("#"):
                raise UnsupportedError("a size that is not checked")
            case "call":
                found = f"{node.value}({', '.join(parts)})"
            case "keyword":
                found = f"{node.value}={parts[0]}"
            case "binary":
                found = f"({parts[0]} {_SIGNS.get(node.value, node.value)} {parts[1]})"
            case "negate":
                found = f"(-{parts[0]})"
            case "transpose":
                found = f"({parts[0]})'"
            case _:
                found = str(node.value)
        texts[id(node)] = found
    return texts[id(root)]
