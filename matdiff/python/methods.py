"""The methods of arrays, lists, dictionaries and texts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from matdiff.python import library
from matdiff.python.builtins import Builtins
from matdiff.python.expressions import OPAQUE
from matdiff.python.memory import FAILURES
from matdiff.python.supply import Restart
from matdiff.python.values import (
    Array,
    Class,
    Data,
    Function,
    Instance,
    Method,
)

Value = Any

_FIELD = re.compile(r"\{(\d?)\}")


class Methods(Builtins):
    """Calls methods."""

    def array_method(self, owner: Array, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        if name == "fill" and args:
            found = self.apply("full_like", library.filled, (owner, args[0]), {})
            if isinstance(found, Array):
                owner.write(found.node)
            return None
        if name == "sort":
            found = self.apply("sort", np.sort, (owner, *args), keywords)
            if isinstance(found, Array):
                owner.write(found.node)
            return None
        if name in ("tolist",):
            return self.rows(owner) or []
        if name == "any" or name == "all":
            keywords = {key: item for key, item in keywords.items() if key != "out"}
        if name not in library.METHODS:
            return self.foreign(f".{name}", [owner, *args], keywords)
        if name in library.SHAPED:
            args = [self.as_size(item) for item in args]
        if name == "reshape" and len(args) == 1 and isinstance(args[0], list):
            args = [tuple(args[0])]
        if name == "astype":
            keywords = {}
        return self.apply(name, library.method(name), (owner, *args), keywords)

    def plain_method(self, owner: Value, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """Methods of lists, dictionaries and strings."""
        try:
            match owner:
                case list():
                    return self.list_method(owner, name, args)
                case dict():
                    return self.dict_method(owner, name, args, keywords)
                case str():
                    return self.text_method(owner, name, args)
                case set() if name == "add":
                    owner.add(self.key(args[0]))
                    return None
                case tuple() if name in ("index", "count"):
                    return list(owner).index(args[0]) if name == "index" else list(owner).count(args[0])
                case Method(instance, "super", Class() as of):
                    for base in of.bases:
                        found = base.find(name) if isinstance(base, Class) else None
                        if isinstance(found, Function):
                            return self.entered(found, [instance, *args], keywords)
                    return None
                case int() | float() if name in ("item", "copy"):
                    return owner
        except (*FAILURES, StopIteration) as error:
            return self.misfit(str(error) or "this call fails", certain=False)
        return self.foreign(f".{name}", [owner, *args], keywords)

    def list_method(self, owner: list[Value], name: str, args: list[Value]) -> Value:
        match name, args:
            case "append", [item]:
                owner.append(item)
            case "extend", [items]:
                owner.extend(self.rows(items) or [])
            case "insert", [at, item]:
                owner.insert(self.integer(at), item)
            case "pop", []:
                return owner.pop()
            case "pop", [at]:
                return owner.pop(self.integer(at))
            case "reverse", []:
                owner.reverse()
            case "clear", []:
                owner.clear()
            case "copy", []:
                return list(owner)
            case "index", [item]:
                return owner.index(item)
            case "remove" | "sort" | "count", _:
                return self.unknown(f".{name} is not read", self.at) if name != "sort" else None
        return None

    def dict_method(self, owner: dict[Any, Value], name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        match name, args:
            case (("keys" | "iterkeys"), []):
                return list(owner)
            case (("values" | "itervalues"), []):
                return list(owner.values())
            case (("items" | "iteritems"), []):
                return list(owner.items())
            case (("get" | "pop" | "setdefault"), [key, *rest]):
                key = self.key(key)
                if name == "setdefault":
                    return owner.setdefault(key, rest[0] if rest else None)
                found = owner.get(key, rest[0] if rest else None)
                if name == "pop":
                    owner.pop(key, None)
                return found
            case "update", _:
                owner.update(
                    args[0]
                    if args and isinstance(args[0], dict)
                    else dict(args[0])
                    if args and isinstance(args[0], list)
                    else {}
                )
                owner.update(keywords)
            case "copy", []:
                return dict(owner)
            case "clear", []:
                owner.clear()
            case _:
                return self.unknown(f".{name} is not read", self.at)
        return None

    def text_method(self, owner: str, name: str, args: list[Value]) -> Value:
        if name == "format":
            parts = [str(a.value) if isinstance(a, Array) and np.ndim(a.value) == 0 else str(a) for a in args]
            if any(isinstance(a, OPAQUE) and not isinstance(a, Array) for a in args) or len(parts) > 50:
                return "…"
            counted = iter(range(len(parts)))
            return _FIELD.sub(lambda m: parts[int(m[1])] if m[1] else parts[next(counted)], owner)
        if name == "join" and args:
            return owner.join(str(part) for part in (self.rows(args[0]) or []))
        if name in (
            "lower",
            "upper",
            "strip",
            "startswith",
            "endswith",
            "split",
            "replace",
            "isdigit",
            "rstrip",
            "lstrip",
        ):
            return getattr(owner, name)(*(a for a in args if isinstance(a, str | int)))
        return self.unknown(f".{name} is not read", self.at)

    def shaped(self, owner: Data, args: list[Value]) -> Value:
        """Data that the script gives a shape: it has that many entries."""
        told = self.as_size(args[0]) if len(args) == 1 else tuple(self.as_size(item) for item in args)
        sizes = told if isinstance(told, tuple) else (told,)
        known = owner.key in self.supply.choice.shapes or owner.array is not None
        if not known and all(isinstance(size, int) for size in sizes) and any(size > 1 for size in sizes):
            raise Restart(
                self.supply.choice.with_shape(owner.key, tuple(6 if size < 0 else int(size) for size in sizes))
            )
        found = self.as_array(owner)
        return self.array_method(found, "reshape", args, {}) if isinstance(found, Array) else found

    def copied(self, item: Value, deep: bool) -> Value:
        match item:
            case Array():
                return self.apply("copy", np.array, (item,), {})
            case list():
                return [self.copied(part, deep) if deep else part for part in item]
            case dict():
                return {key: self.copied(part, deep) if deep else part for key, part in item.items()}
            case Instance():
                return Instance(
                    item.of, {key: self.copied(part, deep) if deep else part for key, part in item.names.items()}
                )
        return item
