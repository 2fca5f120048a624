"""What people hand in for families, and get back: an index is a leading axis, a vector has one more, a matrix two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from matdiff import exchange
from matdiff.errors import ArgumentTypeError, DeclarationError, ShapeError
from matdiff.evaluate import Array
from matdiff.indices import Affine
from matdiff.model import Family, Model
from matdiff.sizes import ONE, Size, line


class Taken:
    """The arrays, sizes and functions that are handed in under the names of a model."""

    def __init__(self, model: Model, families: Mapping[str, Family], inputs: Mapping[str, Any]) -> None:
        self.sizes: dict[str, int] = {}
        self.arrays: dict[str, Array] = {}
        self.told: dict[str, str] = {}
        self.equations: list[tuple[str, Affine | Size, int]] = []
        self.functions = exchange.functions_of(model, inputs)
        dims = {*model.dims, *model.inferred}
        single: list[bool] = []
        for name, value in inputs.items():
            if name in self.functions:
                continue
            if name in dims:
                self.give(name, value)
            elif name in families:
                array = exchange.numeric(name, value)
                if array.dtype.kind in "fc" and array.ndim:
                    single.append(array.dtype.itemsize <= (4 if array.dtype.kind == "f" else 8))
                self.arrays[name] = self.shaped(families[name], array)
            else:
                names = ", ".join([*families, *model.functions]) or "none"
                raise DeclarationError(f"{name} is not a name of this model; it has {names}")
        self.single = bool(single) and all(single)
        self.solve()

    def give(self, name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ArgumentTypeError(f"{name} is a size, an integer, not {value!r:.40}")
        if value < 1:
            raise ShapeError(f"{name} is a size and must be at least 1, not {value}")
        self.sizes[name], self.told[name] = int(value), f"{name}={value}"

    def shaped(self, family: Family, array: Array) -> Array:
        """An array with its leading axes and two of the matrix; its lengths tell sizes."""
        lead, (rows, cols) = len(family.ranges), family.shape
        if family.kind == "labels":
            return self.labels(family, array)
        given = array.shape
        if array.ndim == lead and family.shape == (ONE, ONE):
            array = array[..., None, None]
        elif array.ndim == lead + 1 and cols is ONE:
            array = array[..., None]
        elif array.ndim == lead + 1 and rows is ONE:
            array = array[..., None, :]
        wanted = [str(span.count) for span in family.ranges]
        wanted += [] if family.shape == (ONE, ONE) else [str(rows)] if cols is ONE else [str(rows), str(cols)]
        fits = array.ndim == lead + 2 and all(
            size is not ONE or length == 1 for size, length in zip(family.shape, array.shape[lead:], strict=True)
        )
        if not fits:
            raise ShapeError(f"{family.name} has the axes ({', '.join(wanted)}), but the array has the shape {given}")
        for span, length in zip(family.ranges, array.shape, strict=False):
            self.equations.append((family.name, span.count, length))
        for size, length in zip(family.shape, array.shape[lead:], strict=True):
            self.equations.append((family.name, size, length))
        check_kind(family, array)
        return array.astype(complex if array.dtype.kind == "c" else float, copy=False)

    def labels(self, family: Family, array: Array) -> Array:
        if array.ndim != 1 or not np.array_equal(array, np.round(array)):
            raise ArgumentTypeError(f"{family.name} holds labels, integers in one axis")
        self.equations.append((family.name, family.shape[0], array.shape[0]))
        if array.size and array.min() < 0:
            raise ShapeError(f"{family.name} holds the label {int(array.min())}: labels count from 0")
        return array.astype(int)

    def solve(self) -> None:
        waiting, before = self.equations, -1
        while len(waiting) != before:
            before = len(waiting)
            waiting = [equation for equation in waiting if not self.settles(*equation)]

    def settles(self, name: str, size: Affine | Size, length: int) -> bool:
        unknown = [n for n in size.names if n not in self.sizes]
        grows = line(size.value, unknown[0], self.sizes) if len(unknown) == 1 else None
        if grows is not None:
            none, each = grows
            count, rest = divmod(length - none, each)
            if rest or count < 1:
                raise ShapeError(f"{name} has an axis of {length} entries, which should be {size}")
            self.sizes[unknown[0]], self.told[unknown[0]] = count, name
            return True
        if unknown:
            return False
        value = size.value(self.sizes)
        if value != length:
            because = ", ".join(f"{n} is {self.sizes[n]} by {self.told[n]}" for n in sorted(size.names))
            raise ShapeError(f"{name} has an axis of {length} entries where {size} = {value} is needed ({because})")
        return True


def is_linear(size: Size) -> bool:
    """Whether a size is a sum of multiples of names."""
    return all(
        len(part.powers) < 2 and all(power == 1 for _, power in part.powers) for part in size.summands or (size,)
    )


def check_kind(family: Family, array: Array) -> None:
    """Refuse members that are not what the family was declared to be."""
    if family.kind in exchange.DECLARED and family.kind != "labels":
        from matdiff.expr import variable

        node = variable(family.name, family.shape, family.kind)
        for member in array.reshape(-1, *array.shape[-2:]):
            exchange.check_structure(node, member)


def given_back(family: Family, array: Array, single: bool = False) -> Any:
    """An array as people hold it: scalars have the leading axes alone, vectors one more."""
    if single:
        with np.errstate(over="ignore"):
            array = array.astype(np.complex64 if np.iscomplexobj(array) else np.float32)
    if family.shape == (ONE, ONE):
        array = array[..., 0, 0]
        return (complex(array) if np.iscomplexobj(array) else float(array)) if array.ndim == 0 else array
    return array[..., 0] if family.shape[1] is ONE else array


def missing(names: Iterable[str], families: Mapping[str, Family]) -> DeclarationError:
    told = ", ".join(f"{name} ({families[name].shape[0]}×{families[name].shape[1]})" for name in names)
    return DeclarationError(f"no value was given for {told}")
