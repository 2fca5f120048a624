"""What stands between the brackets of ``X[...]``, and labels as an index."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.errors import ParseError, UnsupportedError
from matdiff.operators import CALLS, Row
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arguments import as_array, unpacked
from matdiff.reader.numpy.arrays import Array
from matdiff.reader.numpy.names_used import nearest
from matdiff.reader.numpy.values import (
    NONE,
    Argument,
    Constant,
    Elementwise,
    Labels,
    Many,
    Range,
    Slice,
    Table,
    Text,
    Value,
)

_INSTEAD = ("one entry is e @ x", "one column is X @ e, one row e @ X")
_WHOLE = (Slice(whole=True), Constant(...))


def entry_of(algebra: Algebra, base: Many | Table | Elementwise, index: Value) -> Value:
    """An item of a tuple, an entry of a dictionary, or a derivative of an unknown function ``(sigma, sigma', …)``."""
    if isinstance(base, Table):
        if not isinstance(index, Text):
            raise algebra.fail(ParseError, "the keys of a dictionary are strings here")
        if index.value not in base.entries:
            close = nearest(index.value, base.entries)
            hint = (
                f"did you mean {close!r}?" if close else f"its keys are {', '.join(map(repr, base.entries)) or 'none'}"
            )
            raise algebra.fail(ParseError, f"there is no key {index.value!r}: {hint}")
        return base.entries[index.value]
    at = index.integer if isinstance(index, Array) else None
    if isinstance(base, Elementwise):
        if at is None or at < 0:
            raise algebra.fail(ParseError, f"{base.name}[0] is the function {base.name}, {base.name}[1] its derivative")
        return Elementwise(base.name, at)
    if at is None or not -len(base.items) <= at < len(base.items):
        raise algebra.fail(ParseError, f"there is no such item: the items are 0 to {len(base.items) - 1}")
    return base.items[at]


def indexed(algebra: Algebra, base: Argument, index: Sequence[Value]) -> Value:
    """An array under an index."""
    parts = [value for value in index if value not in _WHOLE]
    if isinstance(base.value, Labels | Range) and parts == [NONE] and len(index) <= 2:
        return base.value if isinstance(base.value, Range) else Labels(base.value.node, index[0] != NONE)
    a = as_array(algebra, base)
    if not parts and len(index) <= max(1, a.rank):
        return a
    found = _end(algebra, a, index, parts) or _entries(algebra, a, index, parts)
    if found is None:
        raise algebra.fail(
            UnsupportedError,
            f"this index of {algebra.text(a)} is not read: there are x[:, None], x[None, :],"
            " probs[np.arange(n), y] with y declared as labels, and the [0, 0] of a single entry;"
            f" {_INSTEAD[a.rank > 1]}, with a vector e of zeros and a one that is declared",
        )
    return found


def _end(algebra: Algebra, a: Array, index: Sequence[Value], parts: Sequence[Value]) -> Array | None:
    """The first or last of what a function gives in order, as ``np.linalg.eigvalsh(S)[-1]``."""
    body = algebra.body(a)
    entry = CALLS.get(body.value, [None])[0] if body.kind == "call" and len(body.children) == 1 else None
    places = len(index) == 1 if a.rank == 1 else len(index) == 2 and index[0] in _WHOLE
    if not isinstance(entry, Row) or not places or len(parts) != 1:
        return None
    (part,) = parts
    name = entry.ends[part.integer] if isinstance(part, Array) and part.integer in (0, -1) else ""
    return Array(algebra.call(name, *body.children), a.rank - 1) if name else None


def _entries(algebra: Algebra, a: Array, index: Sequence[Value], parts: Sequence[Value]) -> Array | None:
    """An array under an index that is not ``:`` throughout; None for what is not read."""
    match parts:
        case [Range(stop), Labels(node, column=False)] if len(index) == 2:
            return algebra.picked(algebra.of_rows(a, stop), node)
        case [Labels(node, column=False)] if len(index) == 1 and algebra.is_made_by(a, "eye"):
            return Array(algebra.checked("#cols", node, algebra.length(a, 0).node), 2)
        case [Constant(None)] if a.rank == 1 and len(index) <= 2:
            return algebra.stood(a, 0 if index[0] == NONE else 1)
        case [Constant(None)] if a.rank == 2:
            raise algebra.fail(UnsupportedError, f"{algebra.text(a)} is 2-D already; arrays have at most 2 axes here")
        case [Array(mask=True)]:
            raise algebra.fail(
                UnsupportedError,
                "how many entries a mask picks is not known: multiply by the mask, as in h * (h > 0)",
            )
        case [Array(), *_] if all(
            isinstance(part, Array) and part.rank == 0 and part.integer in (0, -1) for part in parts
        ):
            if len(parts) == a.rank:
                return algebra.item(a)
            if a.rank == 2:
                return algebra.only(a, axis=1 if index[0] in _WHOLE else 0)
    return None


def kept_labels(algebra: Algebra, labels: Labels, name: str, rest: Sequence[Argument]) -> Labels | None:
    """Labels after a function that keeps them, or makes a column or 1-D array of them."""
    if name in _KEEPS:
        return labels
    items = [item for given in rest for item in unpacked(given.value)]
    sizes = [item.integer if isinstance(item, Array) else None for item in items]
    match name, sizes:
        case ("ravel" | "flatten" | "squeeze", []) | ("reshape", [-1]):
            return Labels(labels.node)
        case ("reshape", [-1, 1]) | ("expand_dims", [1 | -1]):
            return Labels(labels.node, column=True)
        case ("reshape", [_, 1]) if isinstance(first := items[0], Array):
            return Labels(algebra.checked("#rows", labels.node, algebra.size(first)), column=True)
    return None


_KEEPS = frozenset({"array", "asarray", "copy", "astype", "list", "tuple", "transpose"})


def one_hot(algebra: Algebra, one: Value, other: Value) -> Array | None:
    """``np.arange(k) == y[:, None]``: the labels as one-hot rows."""
    match one, other:
        case (Range(stop), Labels(node, column=True)) | (Labels(node, column=True), Range(stop)):
            return Array(algebra.checked("#cols", node, stop), 2, mask=True)
    return None
