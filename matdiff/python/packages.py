"""Functions of NumPy, SciPy and the like, known by their paths."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from matdiff.errors import UnsupportedError
from matdiff.python import library
from matdiff.python.randomness import Randomness
from matdiff.python.values import (
    Array,
    Class,
    Data,
    Function,
    Instance,
    Method,
    Module,
    Named,
    Random,
    Unknown,
)

Value = Any

PACKAGES: tuple[str, ...] = (
    *("numpy", "scipy", "math", "random", "jax", "autograd", "copy", "collections", "functools"),
    *("numpy.linalg", "numpy.random", "numpy.matlib", "jax.numpy", "autograd.numpy"),
    *("scipy.special", "scipy.optimize", "scipy.linalg"),
)

SILENT = ("matplotlib", "pylab", "seaborn", "logging", "warnings", "tqdm", "time", "sys", "os", "pprint", "gc", "plt")
"""Packages whose functions only show something, or tell the time."""

MINIMIZERS = {
    "minimize": "jac",
    **dict.fromkeys(("fmin_tnc", "fmin_bfgs", "fmin_cg", "fmin_l_bfgs_b", "fmin_ncg"), "fprime"),
}
MINIMIZERS |= {"check_grad": "grad", "approx_fprime": ""}


OTHERWISE = Unknown("otherwise", 0)
"""What a row of the table gives for arguments that are not its own."""

READ: dict[str, str] = {
    **dict.fromkeys(("numpy.random.RandomState", "numpy.random.default_rng"), "random"),
    **dict.fromkeys(("numpy.random.Generator", "random.Random"), "random"),
    **dict.fromkeys(("numpy.random.seed", "random.seed"), "nothing"),
    "numpy.random.shuffle": "shuffle",
    **dict.fromkeys(("copy.copy", "copy.deepcopy"), "copy"),
    "numpy.add.at": "add_at",
    "numpy.subtract.at": "subtract_at",
    **dict.fromkeys(("numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile"), "file"),
    "numpy.vectorize": "vectorize",
    **dict.fromkeys(("collections.OrderedDict", "collections.defaultdict"), "dictionary"),
    "functools.partial": "partial",
    **dict.fromkeys(("numpy.shape", "numpy.size", "numpy.ndim"), "extent"),
    **dict.fromkeys(("numpy.max", "numpy.min", "numpy.amax", "numpy.amin"), "extreme"),
    **dict.fromkeys(("numpy.finfo", "numpy.iinfo"), "limits"),
}
"""The functions that are more than what NumPy computes, by the method that reads them."""


class Packages(Randomness):
    """Calls the functions of packages."""

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
            return self.silent(name, args)
        if path in READ:
            found = getattr(self, f"call_{READ[path]}")(name, args, keywords)
            if found is not OTHERWISE:
                return found
        if root == "random":
            return self.drawn_by_python(name, args)
        if path.startswith("scipy.optimize."):
            return self.minimized(name, args, keywords)
        if name in library.TYPES and root == "numpy":
            if args and isinstance(args[0], Array):
                return self.array_method(args[0], "astype", [Named(path)], {})
            return self.builtin("float" if library.TYPES[name] is np.float64 else "int", args, {})
        fn = library.numpy_function(path)
        if root == "math" and args and isinstance(held := self.as_array(args[0]), Array) and np.ndim(held.value):
            self.used_as_number(held.node)
        if fn is not None:
            with suppress(UnsupportedError):  # a function of the table, of arguments that it is not read for
                return self.numpy_call(name, fn, args, keywords)
        if root in ("numpy", "scipy"):
            return self.foreign(path, args, keywords)
        return self.foreign(name, args, keywords) if root == "math" else self.well_known(name, args, keywords)

    def silent(self, name: str, args: list[Value]) -> Value:
        """What only shows something: a bar of progress gives what it runs over."""
        if name == "trange" and args and isinstance(end := self.integer(args[0]), int):
            return range(end)
        return args[0] if name in ("tqdm", "trange") and args else self.fresh(name)

    def call_random(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return Random()

    def call_nothing(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return None

    def call_shuffle(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.drawn("shuffle", args, keywords)

    def call_copy(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.copied(args[0] if args else None, deep=name == "deepcopy")

    def call_add_at(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.changed_at(args, lambda new: new)

    def call_subtract_at(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.changed_at(args, lambda new: self.binary("USub", new))

    def changed_at(self, args: list[Value], signed: Callable[[Value], Value]) -> Value:
        """``np.add.at(array, index, values)``."""
        if len(args) != 3 or not isinstance(args[0], Array):
            return OTHERWISE
        changes = (args[0], self.index(args[1], args[0]), signed(args[2]))
        if isinstance(found := self.apply("added_at", library.added_at, changes, {}), Array):
            args[0].write(found.node)
        return None

    def call_file(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self.fresh("data")

    def call_vectorize(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return args[0] if args else None

    def call_dictionary(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        return dict(args[0]) if args and isinstance(args[0], dict) else {}

    def call_partial(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        if len(args) != 1 or not isinstance(held := args[0], Function):
            return OTHERWISE
        return Function(held.name, held.node, held.frame, {**held.defaults, **keywords})

    def call_extent(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        array = self.as_array(args[0]) if len(args) == 1 else None
        return self.of_array(array, name) if isinstance(array, Array) else OTHERWISE

    def call_extreme(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        if not args or not isinstance(args[0], list):
            return OTHERWISE
        return (
            self.apply(name, getattr(np, name), tuple(args), keywords)
            if keywords
            else self.builtin(name[-3:], args, {})
        )

    def call_limits(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        limits = np.finfo(float)
        names = {"eps": float(limits.eps), "tiny": float(limits.tiny), "max": float(limits.max)}
        return Instance(Class(name, names, ()))

    def numpy_call(self, name: str, fn: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if name in library.SHAPED:
            first = library.SHAPED[name]
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
