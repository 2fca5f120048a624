"""Inputs that look as others did before: what was found by their types and shapes need not be found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from matdiff.model import Model

MOST_SEEN = 64
"""So many signatures are kept of one function."""

Signature = tuple[Any, ...]


def signature_of(model: Model, inputs: Mapping[str, Any]) -> Signature | None:
    """The types and shapes of the inputs; None where a check of them depends on more."""
    import numpy as np

    from matdiff.evaluate import DECLARED  # kinds that say more of an array than its shape

    if model.functions:
        return None
    parts: list[Any] = []
    for name, value in inputs.items():
        kind = type(value)
        node = model.variables.get(name)
        if node is None:
            if kind is not int:
                return None
            parts.append((name, value))
        elif kind is np.ndarray:
            if value.dtype.char not in "fd" or node.data[1] in DECLARED or node.is_scalar:
                return None
            parts.append((name, value.dtype.char, value.shape))
        elif kind is float and node.is_scalar:
            parts.append((name, kind))
        else:
            return None
    return tuple(parts)


@dataclass(frozen=True)
class Prepared:
    """How inputs of one signature become what the code takes, and what it gives becomes the answer."""

    takes: tuple[Callable[[Mapping[str, Any]], Any], ...]
    finishes: tuple[Callable[[Any], Any], ...]

    @staticmethod
    def of(names: Mapping[str, str], arguments: Mapping[str, Any], inputs: Mapping[str, Any], answers: Any) -> Prepared:
        return Prepared(
            tuple(take(name, arguments[name], inputs.get(name)) for name in names),
            tuple(finish(answer) for answer in answers),
        )


def take(name: str, argument: Any, given: Any) -> Callable[[Mapping[str, Any]], Any]:
    import numpy as np

    if not isinstance(argument, np.ndarray):
        if given is None or type(given) is int:  # a size, the same in all inputs of the signature
            return lambda inputs: argument
        made = type(argument)
        return lambda inputs: made(inputs[name])
    shape = argument.shape
    if given.shape == shape:
        return itemgetter(name)
    return lambda inputs: inputs[name].reshape(shape)


def finish(answer: Any) -> Callable[[Any], Any]:
    """What makes a value look as the answer does: a number, or an array of its type."""
    import numpy as np

    if not isinstance(answer, np.ndarray):
        number = type(answer)
        return lambda value: value.item() if isinstance(value, np.ndarray) else number(value)
    dtype = answer.dtype

    def array(value: Any) -> Any:
        if type(value) is np.ndarray and value.dtype == dtype:
            return value
        with np.errstate(over="ignore"):
            return np.asarray(value).astype(dtype, copy=False)

    return array
