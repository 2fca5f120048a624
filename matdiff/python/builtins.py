"""The functions of Python itself."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from matdiff.python import library
from matdiff.python.expressions import OPAQUE, Expressions
from matdiff.python.memory import FAILURES
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Function,
    Instance,
    Named,
    Size,
    Unknown,
    measured,
)

Value = Any


class Builtins(Expressions):
    """Calls the functions of Python."""

    def builtin(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        read = getattr(self, f"py_{name}", None)
        if read is not None:
            return read(args, keywords)
        if name in ("print", "input", "exit", "quit", "help", "assert_"):
            return None
        bad = next((a for a in args if isinstance(a, Unknown)), None)
        if bad is not None:
            return bad
        if name in library.PLAIN and not any(isinstance(a, OPAQUE) for a in args):
            try:
                return library.PLAIN[name](*args)
            except FAILURES as error:
                return self.misfit(str(error), certain=False)
        return self.foreign(name, args, keywords)

    def py_len(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        item = self.as_array(args[0]) if args else None
        if isinstance(item, Array):
            return Size(item.shape[0]) if item.shape else self.misfit("a number has no length")
        if isinstance(item, str | list | tuple | dict | set | range):
            return len(item)
        if isinstance(item, Instance) and isinstance(found := item.of.find("__len__"), Function):
            return self.entered(found, [item], {})
        return item if isinstance(item, Unknown) else self.unknown("its length is not known", self.at)

    def py_range(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        ends = [self.integer(a) for a in args]
        bad = next((end for end in ends if isinstance(end, Unknown)), None)
        if bad is not None or not ends:
            return bad or self.misfit("range needs an end")
        return range(*ends) if len(ends) < 3 or ends[2] else self.misfit("range needs a step")

    py_xrange = py_range

    def py_enumerate(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        rows = self.rows(args[0]) if args else None
        start: Any = keywords.get("start", args[1] if len(args) > 1 else 0)
        return (
            self.unknown("what this loop runs over is not known", self.at)
            if rows is None
            else [(start + k, row) for k, row in enumerate(rows)]
        )

    def py_zip(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        columns = [self.rows(a) for a in args]
        if any(column is None for column in columns):
            return self.unknown("what this loop runs over is not known", self.at)
        return list(zip(*(c for c in columns if c is not None), strict=False))

    def py_reversed(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        rows = self.rows(args[0]) if args else None
        return self.unknown("what this loop runs over is not known", self.at) if rows is None else list(rows)[::-1]

    def py_list(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if args and isinstance(args[0], Array):
            return self.rows(args[0])
        if args and isinstance(args[0], Data) and args[0].array is None:
            return args[0]
        if not args:
            return []
        rows = self.rows(args[0])
        return list(rows) if rows is not None else args[0]

    def py_tuple(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        found = self.py_list(args, keywords)
        return tuple(found) if isinstance(found, list) else found

    py_iter = py_list

    def py_set(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if args and isinstance(args[0], Data) and args[0].array is None:
            return args[0]
        rows = self.rows(args[0]) if args else []
        return list(dict.fromkeys(self.key(row) for row in rows or [])) if rows is not None else args[0]

    def py_sorted(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        rows = self.rows(args[0]) if args else None
        if rows is not None and not keywords and all(isinstance(row, str | int | float) for row in rows):
            return sorted(rows)
        return self.unknown("this order is not known", self.at)

    def py_dict(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        found = dict(args[0]) if args and isinstance(args[0], dict) else {}
        if args and isinstance(args[0], list) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in args[0]):
            found = {self.key(key): item for key, item in args[0]}
        return {**found, **keywords}

    def py_int(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        item = args[0] if args else 0
        if isinstance(item, Array) and np.size(item.value) == 1 and np.isfinite(item.value):
            return int(np.asarray(item.value).reshape(()))
        if isinstance(item, float | int) and abs(item) < 1e18:
            return item if isinstance(item, Size) else int(item)
        return int(item) if isinstance(item, str) and item.isdigit() and len(item) < 19 else self.integer(item)

    def py_float(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        item = args[0] if args else 0.0
        if isinstance(item, int | float):
            return measured(float(item), "UAdd", (item,))
        if isinstance(item, str):
            return {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}.get(
                item, self.unknown("this number is not read", self.at)
            )
        return self.apply("float", _float, (item,), {})

    def py_sum(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        item = args[0] if args else 0
        if isinstance(item, Array | Data):
            return (
                self.apply("sum", np.sum, (item,), {"axis": 0})
                if len(args) == 1
                else self.unknown("this is not read", self.at)
            )
        rows = self.rows(item)
        start = args[1] if len(args) > 1 else keywords.get("start", 0)
        return (
            self.unknown("this sum is not read", self.at)
            if rows is None
            else reduce(lambda a, b: self.binary("Add", a, b), rows, start)
        )

    def extreme(self, args: list[Value], fn: Any, whole: Any) -> Value:
        if len(args) == 1 and isinstance(args[0], Array | Data):
            return self.apply(whole.__name__, whole, (args[0],), {})
        rows = args if len(args) > 1 else self.rows(args[0])
        if not rows:
            return self.misfit("there is nothing to compare")
        if all(isinstance(row, int | float | str) for row in rows):
            return library.PLAIN["max" if fn is np.maximum else "min"](list(rows))
        return reduce(lambda a, b: self.apply(fn.__name__, fn, (a, b), {}), rows)

    def py_max(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.extreme(args, np.maximum, np.max)

    def py_min(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.extreme(args, np.minimum, np.min)

    def py_abs(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        return abs(args[0]) if isinstance(args[0], int | float) else self.apply("abs", np.abs, (args[0],), {})

    def py_round(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(args[0], int | float):
            return round(args[0], *(a for a in args[1:] if isinstance(a, int)))
        return self.apply("round", np.round, tuple(args), {})

    def py_pow(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.binary("Pow", *args[:2])

    def py_isinstance(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        item, kinds = args[0], args[1] if isinstance(args[1], tuple) else (args[1],)
        for kind in kinds:
            if isinstance(kind, Class) and isinstance(item, Instance):
                stack: list[Any] = [item.of]
                while stack:
                    held = stack.pop()
                    if held is kind:
                        return True
                    stack += held.bases if isinstance(held, Class) else []
            elif (
                isinstance(kind, Builtin)
                and isinstance(
                    item,
                    {"int": int, "float": float, "str": str, "list": list, "tuple": tuple, "dict": dict}.get(
                        kind.name, ()
                    ),
                )
            ) or (kind == Named("numpy.ndarray") and isinstance(item, Array)):
                return True
        return False if not isinstance(item, Data | Unknown) else self.unknown("its type is not known", self.at)

    def py_hasattr(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(args[0], Instance) and isinstance(args[1], str):
            return args[1] in args[0].names or args[0].of.find(args[1]) is not None
        return self.unknown("this is not known", self.at)

    def py_getattr(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(args[1], str):
            if isinstance(args[0], Instance) and len(args) > 2 and self.py_hasattr(args, {}) is False:
                return args[2]
            return self.member(args[0], args[1])
        return self.unknown("this attribute is not read", self.at)

    def py_setattr(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(args[0], Instance) and isinstance(args[1], str):
            args[0].names[args[1]] = args[2]
        return None

    def py_map(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        rows = [self.rows(a) for a in args[1:]]
        if any(row is None for row in rows):
            return self.unknown("what this runs over is not known", self.at)
        return [self.called(args[0], list(row), {}) for row in zip(*(r for r in rows if r is not None), strict=False)]

    def py_next(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(args[0], list) and args[0]:
            return args[0].pop(0)
        return args[0] if isinstance(args[0], Data) else self.unknown("this is not read", self.at)

    def py_type(self, args: list[Value], keywords: dict[str, Value]) -> Value:
        return args[0].of if isinstance(args[0], Instance) else self.unknown("types are not read", self.at)


def _float(x: Any) -> Any:
    return np.float64(np.asarray(x, dtype=float).reshape(()))
