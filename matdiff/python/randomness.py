"""Random numbers: other ones at every point."""

from __future__ import annotations

from typing import Any

import numpy as np

from matdiff.python import library
from matdiff.python.memory import FAILURES
from matdiff.python.methods import Methods
from matdiff.python.values import (
    Array,
    Node,
    Random,
    Unknown,
    exchanged,
    exchanged_all,
    nodes_in,
    value_of,
)

Value = Any


class Randomness(Methods):
    """Draws what a script draws."""

    def drawn(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """Random numbers: other ones at every point."""
        if name in ("seed", "RandomState", "default_rng"):
            return None if name == "seed" else Random()
        if name == "shuffle" and args:
            if isinstance(args[0], list):
                args[0][:] = [args[0][k] for k in self.random.permutation(len(args[0]))]
            elif isinstance(args[0], Array) and np.ndim(args[0].value):
                order = self.random.permutation(args[0].shape[0])
                args[0].write(
                    self.noted(
                        Node("item", library.item_of, (args[0].node, order), {}, args[0].value[order], self.statement)
                    )
                )
            return None
        if name not in library.RANDOM:
            return self.unknown(f"random numbers {name} are not read", self.at)
        args = [self.as_size(item) for item in args]
        options = {
            key: self.as_size(item)
            for key, item in keywords.items()
            if key in ("size", "low", "high", "loc", "scale", "p", "replace", "n", "a")
        }
        ready, named = self.operand(tuple(args)), self.operand(tuple(options.values()))
        for found in (ready, named):
            if isinstance(found, Unknown):
                return found
            if any(node.live for node in nodes_in(found)):
                return self.unknown("random numbers that depend on parameters are not read", self.at)
        values = exchanged(ready, value_of)
        if library.too_large(
            "zeros" if name != "randint" else "", tuple(v for v in values if not isinstance(v, np.ndarray))
        ):
            return self.unknown("this is too large to be computed here", self.at)
        try:
            value = getattr(self.random, library.RANDOM[name])(
                *values, **exchanged_all(dict(zip(options, named, strict=True)))
            )
        except FAILURES as error:
            return self.misfit(str(error))
        return int(value) if isinstance(value, int) else self.leaf(value, "random")

    def drawn_by_python(self, name: str, args: list[Value]) -> Value:
        match name, args:
            case (("random" | "uniform" | "gauss" | "normalvariate"), _):
                ends = [float(a) for a in args if isinstance(a, int | float)]
                value = (
                    self.random.randn()
                    if name.startswith(("g", "n"))
                    else self.random.uniform(*(ends if len(ends) == 2 else (0, 1)))
                )
                return self.leaf(np.float64(value), "random")
            case (("randint" | "randrange"), [int(low), *rest]):
                high = int(rest[0]) if rest and isinstance(rest[0], int) else low
                low = low if rest else 0
                return int(self.random.randint(low, max(high, low) + (name == "randint")))
            case "choice", [list() | tuple() | range() as items] if items:
                return items[self.random.randint(len(items))]
            case "sample", [list() | tuple() | range() as items, int(count)]:
                return [items[k] for k in self.random.permutation(len(items))[:count]]
            case "shuffle", [list()]:
                return self.drawn("shuffle", args, {})
            case "seed", _:
                return None
        return self.fresh(name)
