"""Calls: functions and classes of the script, of NumPy, of Python, and those that nobody knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from typing import Any

import numpy as np

from matdiff.errors import UnsupportedError
from matdiff.python import docstrings, library
from matdiff.python.docstrings import Told
from matdiff.python.expressions import OPAQUE, Expressions
from matdiff.python.memory import FAILURES
from matdiff.python.source import Source
from matdiff.python.supply import Restart
from matdiff.python.values import (
    Array,
    Builtin,
    Class,
    Data,
    Frame,
    Function,
    Instance,
    Method,
    Module,
    Named,
    Node,
    Random,
    Size,
    Unknown,
    exchanged,
    exchanged_all,
    measured,
    nodes_in,
    value_of,
)

Value = Any
PACKAGES: tuple[str, ...] = (
    *("numpy", "scipy", "math", "random", "jax", "autograd", "copy", "collections", "functools"),
    *("numpy.linalg", "numpy.random", "numpy.matlib", "jax.numpy", "autograd.numpy"),
    *("scipy.special", "scipy.optimize", "scipy.linalg"),
)
SILENT = ("matplotlib", "pylab", "seaborn", "logging", "warnings", "tqdm", "time", "sys", "os", "pprint", "gc", "plt")
"""Packages whose functions only show something, or tell the time."""

_SHAPED = {"zeros": 0, "ones": 0, "empty": 0, "full": 0, "eye": 0, "identity": 0, "arange": 0, "linspace": 0, "tri": 0}
_SHAPED |= {"reshape": 1, "tile": 1, "repeat": 1, "broadcast_to": 1}
"""Functions that take sizes, from which argument on."""

_FIELD = re.compile(r"\{(\d?)\}")
MINIMIZERS = {
    "minimize": "jac",
    **dict.fromkeys(("fmin_tnc", "fmin_bfgs", "fmin_cg", "fmin_l_bfgs_b", "fmin_ncg"), "fprime"),
}
MINIMIZERS |= {"check_grad": "grad", "approx_fprime": ""}


class Calls(Expressions):
    """Calls what can be called."""

    source: Source

    def called(self, function: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        match function:
            case Unknown():
                return function
            case Function():
                return self.entered(function, args, keywords)
            case Method(owner, "super", None | Class()):
                return function
            case Method(owner, _, Function() as inside):
                return self.entered(
                    inside,
                    [owner.of if inside.kind == "class" and isinstance(owner, Instance) else owner, *args],
                    keywords,
                )
            case Method(Array() as owner, name):
                return self.array_method(owner, name, args, keywords)
            case Method(Data() as owner, "copy" | "astype"):
                return owner
            case Method(Data() as owner, "to_numpy"):
                return owner
            case Method(Data() as owner, "reshape"):
                return self.shaped(owner, args)
            case Method(Random(), name):
                return self.drawn(name, args, keywords)
            case Method(owner, name):
                return self.plain_method(owner, name, args, keywords)
            case Class():
                return self.made(function, args, keywords)
            case Instance() if isinstance(
                found := function.of.find("__call__") or function.of.find("forward"), Function
            ):
                return self.entered(found, [function, *args], keywords)
            case Named(path):
                return self.known(path, args, keywords)
            case Builtin(name):
                return self.builtin(name, args, keywords)
            case Data(hint=hint):
                return self.well_known(hint, args, keywords)
        return self.foreign("this function", args, keywords)

    def well_known(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function gives whose name says what it is; else as one that nobody knows."""
        if name not in library.KNOWN or not library.takes(name, args, keywords):
            return self.foreign(name, args, keywords)
        self.notes[f"{name} is not in this file; it is taken for what it is called"] = None
        return self.apply(name, library.KNOWN[name], tuple(args), keywords)

    def foreign(self, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function gives that nobody knows: data, unless it works on what is computed from parameters."""
        if any(self.is_live(item) for item in (*args, *keywords.values())):
            return self.unknown(f"{name} is not read", self.at)
        return self.fresh(name)

    def is_live(self, item: Value) -> bool:
        stack, seen = [item], set[int]()
        while stack:
            part = stack.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            part = part.array if isinstance(part, Data) and part.array is not None else part
            if isinstance(part, Unknown) or (isinstance(part, Array) and part.node.live):
                return True
            if isinstance(part, dict):
                stack += part.values()
            elif isinstance(part, list | tuple):
                stack += part
            elif isinstance(part, Instance):
                stack += part.names.values()
        return False

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

    # functions and classes of the script

    def entered(self, function: Function, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a function of the script returns."""
        frame = Frame({}, function.frame, function.frame.top or function.frame, function.name, owner=function.owner)
        self.bind_arguments(function, list(args), dict(keywords), frame)
        frame.given = dict(frame.names)
        if self.deep > 150:
            return self.unknown("the calls are nested too deep", self.at)
        at, statement = self.at, self.statement
        self.deep += 6
        try:
            if isinstance(function.node, ast.Lambda):
                value = self.value(function.node.body, frame)
            else:
                generator = function.node in self.generators
                if generator:
                    frame.names["#yielded"] = []
                value = self.run_body(function.node.body, frame)
                value = frame.names["#yielded"] if generator else value
            self.returned(function, frame, value)
        finally:
            self.deep -= 6
            self.at, self.statement = at, statement
        return value

    def bind_arguments(self, function: Function, args: list[Value], keywords: dict[str, Value], frame: Frame) -> None:
        told = function.node.args
        names = [a.arg for a in (*told.posonlyargs, *told.args)]
        for name, value in zip(names, args, strict=False):
            frame.names[name] = value
        if told.vararg is not None:
            frame.names[told.vararg.arg] = tuple(args[len(names) :])
        rest = {}
        everything = [*names, *(a.arg for a in told.kwonlyargs)]
        for name, value in keywords.items():
            if name in everything:
                frame.names[name] = value
            else:
                rest[name] = value
        if told.kwarg is not None:
            frame.names[told.kwarg.arg] = rest
        for name in everything:
            if name not in frame.names:
                default = function.defaults
                frame.names[name] = (
                    default[name]
                    if name in default
                    else self.told_of(function, name, Data(f"{function.name}.{name}", name))
                )

    def told_of(self, function: Function, name: str, data: Data) -> Data:
        """Data that is given for a parameter; what docstrings tell of it holds."""
        if not isinstance(function.node, ast.Lambda):
            data.doc = docstrings.told(ast.get_docstring(function.node) or "").get(name) or self.described_beside(name)
        return data

    def described_beside(self, name: str) -> Told | None:
        """What the docstrings of other functions tell of a parameter of this name, where they agree."""
        having = (node for node in self.source.functions if any(name == a.arg for a in node.args.args))
        found = {docstrings.told(ast.get_docstring(node) or "").get(name) for node in having} - {None}
        return found.pop() if len(found) == 1 else None

    def defaults(self, told: ast.arguments, frame: Frame) -> dict[str, Value]:
        names = [a.arg for a in (*told.posonlyargs, *told.args)]
        found = {}
        for name, node in zip(names[len(names) - len(told.defaults) :], told.defaults, strict=True):
            found[name] = self.value(node, frame)
        for arg, default in zip(told.kwonlyargs, told.kw_defaults, strict=True):
            if default is not None:
                found[arg.arg] = self.value(default, frame)
        return found

    def made(self, of: Class, args: list[Value], keywords: dict[str, Value]) -> Value:
        instance = Instance(of)
        found = of.find("__init__")
        if isinstance(found, Function):
            self.entered(found, [instance, *args], keywords)
        else:
            fields = [name for name in of.names if name.startswith("#field ")]
            for name, value in zip(fields, args, strict=False):
                instance.names[name.removeprefix("#field ")] = value
            instance.names |= keywords
        return instance

    # modules

    def of_module(self, path: str, name: str) -> Value:
        whole = f"{path}.{name}"
        root = path.partition(".")[0]
        if path in self.modules:
            return self.modules[path].names.get(name, Data(whole, name))
        if root in SILENT:
            return Named(whole)
        if path == "numpy.random" or path == "random":
            if name in ("RandomState", "default_rng", "seed", "Generator", "shuffle", "Random") or path == "random":
                return Named(whole)
            return Method(Random(), name)
        if name in library.CONSTANTS and root in ("numpy", "math", "scipy", "jax", "autograd"):
            return library.CONSTANTS[name]
        return Module(whole) if whole in PACKAGES else Named(whole)

    def known(self, path: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """What a function gives that is known by its name."""
        root, name = path.partition(".")[0], path.rpartition(".")[2]
        if root in SILENT:
            if name in ("tqdm", "trange") and args:
                return (
                    range(self.integer(args[0]))
                    if name == "trange" and isinstance(self.integer(args[0]), int)
                    else args[0]
                )
            return self.fresh(name)
        if path in ("numpy.random.RandomState", "numpy.random.default_rng", "numpy.random.Generator", "random.Random"):
            return Random()
        if path in ("numpy.random.seed", "random.seed"):
            return None
        if root == "random":
            return self.drawn_by_python(name, args)
        if path == "numpy.random.shuffle":
            return self.drawn("shuffle", args, keywords)
        if path.startswith("scipy.optimize."):
            return self.minimized(name, args, keywords)
        if path in ("copy.copy", "copy.deepcopy"):
            return self.copied(args[0] if args else None, deep=name == "deepcopy")
        if path in ("numpy.add.at", "numpy.subtract.at") and len(args) == 3 and isinstance(args[0], Array):
            new = args[2] if path == "numpy.add.at" else self.binary("USub", args[2])
            found = self.apply("added_at", library.added_at, (args[0], self.index(args[1], args[0]), new), {})
            if isinstance(found, Array):
                args[0].write(found.node)
            return None
        if path in ("numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile"):
            return self.fresh("data")
        if path == "numpy.vectorize":
            return args[0] if args else None
        if path in ("collections.OrderedDict", "collections.defaultdict"):
            return dict(args[0]) if args and isinstance(args[0], dict) else {}
        if path == "functools.partial" and args and isinstance(args[0], Function):
            held, first = args[0], args[1:]
            names = [a.arg for a in held.node.args.args]
            given = {**held.defaults, **dict(zip(names, first, strict=False)), **keywords}
            return Function(held.name, held.node, held.frame, given) if not first else held
        if path in ("numpy.shape", "numpy.size", "numpy.ndim") and args:
            array = self.as_array(args[0])
            if isinstance(array, Array) and len(args) == 1:
                return self.of_array(array, name)
        if (
            path in ("numpy.max", "numpy.min", "numpy.amax", "numpy.amin")
            and isinstance(args[:1], list)
            and args
            and isinstance(args[0], list)
        ):
            return (
                self.builtin(name[-3:], args, {})
                if not keywords
                else self.apply(name, getattr(np, name), tuple(args), keywords)
            )
        if path in ("numpy.finfo", "numpy.iinfo"):
            return Instance(
                Class("finfo", {"eps": 2.220446049250313e-16, "tiny": 2.2250738585072014e-308, "max": 1.797e308}, ())
            )
        if name in library.TYPES and root == "numpy":
            return (
                self.builtin("float" if library.TYPES[name] is np.float64 else "int", args, {})
                if args and not isinstance(args[0], Array)
                else self.array_method(args[0], "astype", [Named(path)], {})
            )
        fn = library.numpy_function(path)
        if root == "math" and args and isinstance(held := self.as_array(args[0]), Array) and np.ndim(held.value):
            self.used_as_number(held.node)
        if fn is not None:
            with suppress(UnsupportedError):  # a function of the table, of arguments that it is not read for
                return self.numpy_call(name, fn, args, keywords)
        if root in ("numpy", "scipy"):
            return self.foreign(path, args, keywords)
        return self.foreign(name, args, keywords) if root == "math" else self.well_known(name, args, keywords)

    def numpy_call(self, name: str, fn: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if name in _SHAPED:
            first = _SHAPED[name]
            args = [*args[:first], *(self.as_size(item) for item in args[first:])]
            keywords = {
                key: self.as_size(item) if key in ("shape", "newshape") else item for key, item in keywords.items()
            }
            if "newshape" in keywords:
                args.append(keywords.pop("newshape"))
        if (
            name in ("array", "asarray")
            and args
            and isinstance(args[0], Data)
            and args[0].array is None
            and len(args) == 1
        ):
            return args[0]
        if (name == "where" and len(args) == 3) or name in ("zeros_like", "ones_like"):
            args = [self.as_array(item) for item in args]
        if name == "meshgrid" or name == "broadcast_arrays":
            return self.apply(name, lambda *a, **k: tuple(fn(*a, **k)), tuple(args), keywords)
        return self.apply(name, fn, tuple(args), keywords)

    def as_size(self, item: Value) -> Value:
        if isinstance(item, Data) and item.array is None:
            return self.integer(item)
        if isinstance(item, tuple | list):
            return tuple(self.as_size(part) for part in item)
        if isinstance(item, Array) and np.ndim(item.value) == 0 and np.asarray(item.value).dtype.kind in "iu":
            return int(item.value)
        return item

    def minimized(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """``minimize(f, x0, jac=g, args=…)``: both functions are called at the start."""
        if name not in MINIMIZERS:
            return self.foreign(name, args, keywords)
        given = {"minimize": ["fun", "x0", "args", "method", "jac"], "check_grad": ["func", "grad", "x0"]}.get(
            name, ["f", "x0", "fprime", "args"]
        )
        told = {**dict(zip(given, args, strict=False)), **keywords}
        loss = told.get("fun", told.get("func", told.get("f")))
        slope = told.get("jac", told.get("fprime", told.get("grad")))
        rest = list(args[3:]) if name == "check_grad" else told.get("args", ())
        rest = list(rest) if isinstance(rest, tuple | list) else [rest]
        start = self.as_array(told.get("x0"))
        found = self.called(loss, [start, *rest], {})
        if isinstance(slope, Function | Method):
            self.called(slope, [start, *rest], {})
        self.pair_found(loss, slope, isinstance(found, tuple))
        result = Instance(Class("result", {}, ()), {"x": self.fresh("x"), "fun": self.fresh("fun"), "success": True})
        return result if name == "minimize" else (self.fresh("x"), self.fresh("fun"), {})

    def pair_found(self, loss: Value, slope: Value, both: bool) -> None:
        """What a minimizer is told is a loss and its gradient."""

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

    # methods

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
        if name in _SHAPED:
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

    # random numbers

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

    # functions of Python

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
