"""A function that was written, and is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matdiff.codegen.graph import Physical


@dataclass(frozen=True)
class Code:
    """One function as text, and as it is called."""

    source: str
    names: Mapping[str, str]
    """Of its arguments, by the names of the model."""
    shapes: frozenset[Physical]
    """The shapes of all that is computed."""

    @cached_property
    def function(self) -> Callable[..., Any]:
        from matdiff import evaluate

        space: dict[str, Any] = {"sympy_function": evaluate.sympy_function}
        exec(compile(self.source, "<matdiff.compile>", "exec"), space)  # code written by the emitter, all names its own
        found: Callable[..., Any] = space["function"]
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {"source": self.source, "names": self.names, "shapes": self.shapes}  # the function is made anew
