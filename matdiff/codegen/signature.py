"""Inputs that look as others did before: what was found by their types and shapes need not be found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from numpy import array_equal, ndarray

from matdiff.codegen.code import Code
from matdiff.model import Model

MOST_SEEN = 64
"""So many signatures are kept of one function."""

Signature = tuple[Any, ...]


def signature_of(inputs: Mapping[str, Any]) -> Signature:
    """The names, the types and the shapes of the inputs, and of whole numbers, which may be sizes, the values."""
    return (
        *inputs,
        *[
            (value.dtype.char, value.shape) if type(value) is ndarray else value if type(value) is int else type(value)
            for value in inputs.values()
        ],
    )


def can_be_kept(model: Model, inputs: Mapping[str, Any]) -> bool:
    """Whether all that was found of these inputs holds for others of their signature."""
    from matdiff.exchange import DECLARED  # kinds that say more of an array than its shape

    if model.functions:
        return False
    for name, value in inputs.items():
        kind, node = type(value), model.variables.get(name)
        if node is None:
            if kind is not int:
                return False
        elif kind is ndarray:
            declared = node.data[1] in DECLARED and node.data[1] != "symmetric"
            if value.dtype.char not in "fd" or declared or node.is_scalar:
                return False
        elif kind is not float or not node.is_scalar:
            return False
    return True


@dataclass(frozen=True)
class Prepared:
    """How inputs of one signature become what the code takes, and what it gives becomes the answer."""

    code: Code
    taken: Callable[[Mapping[str, Any]], Sequence[Any]]
    finishes: tuple[Callable[[Any], Any], ...]
    symmetric: tuple[str, ...]
    """The inputs that are declared so."""

    def holds(self, inputs: Mapping[str, Any]) -> bool:
        """Whether what is declared symmetric is so to the last digit; what is not is looked at more closely."""
        return all(array_equal(inputs[name], inputs[name].T) for name in self.symmetric)

    @staticmethod
    def of(code: Code, model: Model, arguments: Mapping[str, Any], inputs: Mapping[str, Any], answers: Any) -> Prepared:
        return Prepared(
            code,
            all_of([take(name, arguments[name], inputs.get(name)) for name in code.names], tuple(code.names)),
            tuple(finish(answer) for answer in answers),
            tuple(n for n in inputs if n in model.variables and model.variables[n].data[1] == "symmetric"),
        )


def all_of(takes: Sequence[Callable[[Mapping[str, Any]], Any]], names: tuple[str, ...]) -> Callable[..., Sequence[Any]]:
    """What takes all arguments from the inputs: at once, where each is an input as it is."""
    if len(names) > 1 and all(isinstance(one, itemgetter) for one in takes):
        return itemgetter(*names)
    return lambda inputs: [one(inputs) for one in takes]


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
