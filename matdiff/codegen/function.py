"""Expressions as one NumPy function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from matdiff.codegen.graph import RESHAPED, VIEWS, Graph, Value
from matdiff.codegen.layout import keep_columns
from matdiff.codegen.lowering import Lowering
from matdiff.codegen.names import Namer
from matdiff.codegen.numpy import NUMPY
from matdiff.codegen.target import Target
from matdiff.codegen.text import spread
from matdiff.codegen.writer import Writer
from matdiff.errors import ArgumentTypeError, DeclarationError, EvaluationError
from matdiff.expr import Expr, topo
from matdiff.model import Model


class CompiledFunction:
    """Values of expressions as a NumPy function of keyword arrays; ``source`` is its code."""

    def __init__(self, source: str, model: Model, names: Mapping[str, str], roots: Sequence[Expr], single: bool):
        self.source = source
        self.names = dict(names)
        self._model = model
        self._roots = tuple(roots)
        self._single = single
        self._function: Callable[..., tuple[Any, ...]] | None = None

    def __call__(self, /, **inputs: Any) -> Any:
        from numpy.linalg import LinAlgError

        from matdiff.evaluate import arrays, check_names, functions_of, result

        check_names(self._model, inputs)
        labels = {
            name: value
            for name, value in inputs.items()
            if name in self._model.variables and self._model.variables[name].data[1] == "labels"
        }
        functions = functions_of(self._model, inputs)
        plain = {name: value for name, value in inputs.items() if name not in functions}
        known, sizes = arrays(self._model.variables, plain)
        given: dict[str, Any] = {}
        for name in self.names:
            node = self._model.variables.get(name)
            if name in functions:
                given[name] = functions[name]
            elif node is None and name in sizes:
                given[name] = sizes[name]
            elif node is None or node not in known:
                raise DeclarationError(f"no value was given for {name}")
            else:
                given[name] = labels_of(labels[name]) if name in labels else result(known[node], node.shape)
        try:
            values = self._compiled()(**{self.names[name]: value for name, value in given.items()})
        except LinAlgError as error:
            raise EvaluationError(f"there is no value here: {error}") from None
        except (MemoryError, ValueError, OverflowError) as error:
            raise EvaluationError(f"NumPy cannot compute this: {error}") from error
        shaped = [finished(value, root) for value, root in zip(values, self._roots, strict=True)]
        return shaped[0] if self._single else shaped

    def _compiled(self) -> Callable[..., tuple[Any, ...]]:
        if self._function is None:
            from matdiff import evaluate

            space: dict[str, Any] = {"sympy_function": evaluate.sympy_function}
            exec(
                compile(self.source, "<matdiff.compile>", "exec"), space
            )  # code written by the emitter, all names its own
            function: Callable[..., tuple[Any, ...]] = space["function"]
            self._function = lambda **inputs: as_tuple(function(**inputs), len(self._roots))
        return self._function


def as_tuple(values: Any, count: int) -> tuple[Any, ...]:
    return (values,) if count == 1 else tuple(values)


def labels_of(value: Any) -> Any:
    import numpy as np

    array = np.asarray(value)
    return array.astype(int) if array.ndim == 1 else array.argmax(axis=1)


def finished(value: Any, root: Expr) -> Any:
    import numpy as np

    if root.is_scalar:
        array = np.asarray(value).reshape(())
        return complex(array) if np.iscomplexobj(array) else float(array)
    return np.asarray(value)


def compile_function(
    expressions: Expr | Sequence[Expr], model: Model, symmetric: Collection[Expr] = (), nested: int = 1
) -> CompiledFunction:
    """A NumPy function of the model's names for one expression or several; those in ``symmetric`` (Hessians) come
    out symmetric to the last digit. A line has at most ``nested`` operations.

    Raises `UnsupportedError` for an operator that has no NumPy value.
    """
    single = isinstance(expressions, Expr)
    roots = [expressions] if isinstance(expressions, Expr) else list(expressions)
    if not all(isinstance(root, Expr) for root in roots) or not roots:
        raise ArgumentTypeError("compile takes an expression or a list of expressions")
    used = {node.data[0] for node in topo(*roots) if node.op == "variable"}
    inputs = {name: node for name, node in model.variables.items() if name in used}
    applied = {node.data[0] for node in topo(*roots) if node.op == "apply"}
    functions = [name for name in model.functions if name in applied]
    body = Body(roots, inputs, functions, NUMPY, nested=nested, symmetric=symmetric)
    returned = [body.write(value) for value in body.outputs]
    names = {name: body.arguments[name] for name in (*inputs, *functions)} | body.dims.free
    lines = [*body.head(), *(line.text for line in body.writer.lines)]
    text = "\n".join(f"    {line}" for line in [*lines, f"return {', '.join(returned)}"])
    source = f"def function({', '.join(names.values())}):\n{text}\n"
    helpers = [NUMPY.helpers[name].strip() + "\n\n\n" for name in NUMPY.needed(source)]
    imports = ("import math\n\n" if "math." in "".join([source, *helpers]) else "") + "import numpy as np\n\n\n"
    return CompiledFunction(imports + "".join(helpers) + source, model, names, roots, single)


class Body:
    """The body of a function over some roots: lowered, with its names settled."""

    def __init__(
        self,
        roots: Iterable[Expr],
        inputs: Mapping[str, Expr],
        functions: Iterable[str],
        target: Target,
        nested: int = 5,
        sizes: Mapping[str, int] | None = None,
        namer: Namer | None = None,
        scaled: Collection[Expr] = (),
        symmetric: Collection[Expr] = (),
    ) -> None:
        roots = list(roots)
        lowering = Lowering(roots, sizes)
        outputs = lowering.run()
        new = keep_columns(lowering.graph, outputs)
        self.lowering = lowering
        results = [owned(lowering.graph, new[value]) for value in outputs]
        self.outputs = [
            symmetrized(lowering.graph, value) if root in symmetric else value
            for root, value in zip(roots, results, strict=True)
        ]
        self.definitions = {new[value]: node for value, node in lowering.names.items() if value in new}
        self.inputs = dict(inputs)
        self.target = target
        self.namer = namer or Namer(["dtype"])
        self.arguments = {name: self.namer(name) for name in (*inputs, *functions)}
        self.dims = Dims(inputs, self.arguments, self.namer)
        self.floats = [
            self.arguments[n] for n, node in inputs.items() if not node.is_scalar and node.data[1] != "labels"
        ]
        self.writer = Writer(
            target,
            self.namer,
            self.arguments,
            self.dims,
            named={value: node.data for value, node in self.definitions.items()},
            hints={new[value]: hint for value, hint in lowering.hints.items() if value in new},
            scaled=frozenset(value for value, node in self.definitions.items() if node in scaled),
            nested=nested,
            dtype="dtype" if self.floats else "",
        )
        self.writer.prepare(self.outputs)

    def write(self, value: Value) -> str:
        return self.writer.write(value)

    def type_lines(self) -> list[str]:
        """The type that the inputs have in common; integers count as floats."""
        if not self.floats:
            return []
        before, each, last, after = self.target.common_type
        return spread(f"dtype = {before}", [*(each.format(name) for name in self.floats), *last], after)

    def head(self) -> list[str]:
        """The lines that must stand before the others, once these have been written."""
        return [*(self.type_lines() if self.writer.asks_type else []), *self.dims.lines()]


def owned(graph: Graph, value: Value) -> Value:
    """A result that is not an input itself, or a view of one: who changes the one must not change the other."""
    inner = value
    while inner.op in VIEWS or inner.op in RESHAPED:
        inner = inner.args[0]
    return graph.make("copy", (value,), value.shape) if value.rank and inner.op == "input" else value


def symmetrized(graph: Graph, x: Value) -> Value:
    """The mean of a matrix and its transpose: a matrix that is symmetric but for rounding, without the rounding."""
    inner = x.args[0] if x.op == "neg" else x
    if x.rank < 2 or inner.op in ("eye", "zeros", "ones", "diag"):
        return x
    if inner.op == "add" and inner.args[1] is graph.transpose(inner.args[0]):
        return x
    return graph.mul(graph.const(Fraction(1, 2)), graph.add(x, graph.transpose(x)))


class Dims(Mapping[str, str]):
    """How dims are written: each gets its name when the code first needs it."""

    def __init__(self, inputs: Mapping[str, Expr], arguments: Mapping[str, str], namer: Namer) -> None:
        self.namer = namer
        self.names: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        for name, node in inputs.items():
            for axis, size in enumerate(node.shape):
                stored = not (node.data[1] == "labels" and axis == 1)
                if stored and size.coefficient == 1 and [power for _, power in size.powers] == [1]:
                    self.sources.setdefault(size.names[0], f"{arguments[name]}.shape[{axis}]")

    def __getitem__(self, name: str) -> str:
        if name.endswith("+1"):
            return f"{self[name.removesuffix('+1')]} + 1"
        if name not in self.names:
            self.names[name] = self.namer(name)
        return self.names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def free(self) -> dict[str, str]:
        """The dims that no input tells."""
        return {name: text for name, text in self.names.items() if name not in self.sources}

    def lines(self) -> list[str]:
        return [f"{text} = {self.sources[name]}" for name, text in self.names.items() if name in self.sources]
