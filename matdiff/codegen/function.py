"""Expressions as one NumPy function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from matdiff.codegen.code import Code
from matdiff.codegen.costs import TYPICAL
from matdiff.codegen.diagonals import add_on_diagonals
from matdiff.codegen.dims import Dims
from matdiff.codegen.graph import RESHAPED, VIEWS, Graph, Value, walk
from matdiff.codegen.identifiers import Namer
from matdiff.codegen.kept_columns import keep_columns
from matdiff.codegen.numpy import NUMPY
from matdiff.codegen.outer_products import scale_columns
from matdiff.codegen.planning import as_written, has_choices, lowered
from matdiff.codegen.quiet import quiet_call
from matdiff.codegen.signature import MOST_SEEN, Prepared, Signature, can_be_kept, signature_of
from matdiff.codegen.symmetry import symmetrized
from matdiff.codegen.target import Form, Statement, Target, statements
from matdiff.codegen.text import spread
from matdiff.codegen.writer import Writer
from matdiff.errors import ArgumentTypeError, DeclarationError, EvaluationError, MatdiffError
from matdiff.expr import Expr, topo
from matdiff.model import Model, refuse_complex
from matdiff.texts import taken, texts

COMPILED = replace(
    NUMPY,
    fills=True,
    given=frozenset({"sympy_function"}),
    forms={
        **NUMPY.forms,
        "inv": Form("inverted({0})"),
        "solve": Form("solved({0}, {1})"),
        "add_diagonal": statements(
            Statement("{0}.copy()", "{out}", copies=True), Statement("{1}", "{out}.flat[:: {rows} + 1]", "+=")
        ),
    },
    helpers={
        **NUMPY.helpers,
        **texts("compiled"),
    },
)
"""NumPy as the functions of `compile` have it: an inverse that rounding decides is refused, as `evaluate` does."""

MOST_PLANS = 8
"""So many sets of sizes have code of their own."""
MOST_NODES = 500
"""Larger expressions are planned once: to plan them again takes longer than it saves."""


class CompiledFunction:
    """Values of expressions as a NumPy function of keyword arrays; ``source`` is its code.

    Where the best order of the products depends on sizes, a call with sizes far from each other has code of its own,
    written when it is first needed; ``source`` takes them for alike.

    >>> import matdiff as md
    >>> f = md.compile([md.parse("A*x")])
    >>> f(A=[[1, 2], [3, 4]], x=[1, 1])
    [array([3., 7.])]
    """

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.source)}</pre>"

    def __init__(self, question: Question, model: Model, single: bool) -> None:
        self._question = question
        self._code = question.code({})
        self.source, self.names = self._code.source, dict(self._code.names)
        self._model = model
        self._roots = question.roots
        self._single = single
        self._dims = question.deciding()
        self._plans: dict[tuple[int, ...], Code] = {}
        self._seen: dict[Signature, Prepared] = {}

    @property
    def unchecked(self) -> Callable[..., Any]:
        """The function of `source` itself, for inner loops: nothing is checked, turned, or made a float.

        It takes what its first line says, columns as 1-D arrays, and gives a tuple where there are several values.

        >>> import matdiff as md
        >>> import numpy as np
        >>> md.compile(md.parse("A*x")).unchecked(A=np.eye(2), x=np.ones(2))
        array([1., 1.])
        """
        return self._code.function

    def __call__(self, /, **inputs: Any) -> Any:
        """The values, each as `Expression.evaluate` gives it; raises what that raises.

        Types and shapes are checked once, and declared structures at every call.
        """
        signature = signature_of(inputs)
        prepared = self._seen.get(signature)
        if prepared is not None and (not prepared.symmetric or prepared.holds(inputs)):
            values = self._run(prepared.code.function, prepared.taken(inputs))
            if self._single:
                return prepared.finishes[0](values[0])
            return [finish(value) for finish, value in zip(prepared.finishes, values, strict=True)]
        arguments, known, code = self._checked(inputs)
        values = self._run(code.function, arguments.values())
        shaped = [finished(value, root, known) for value, root in zip(values, self._roots, strict=True)]
        if len(self._seen) < MOST_SEEN and can_be_kept(self._model, inputs):
            self._seen[signature] = Prepared.of(code, self._model, arguments, inputs, shaped)
        return shaped[0] if self._single else shaped

    def _checked(self, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Expr, Any], Code]:
        """What the code gets, in its order, the arrays by the names of the model, and the code for their sizes."""
        import numpy as np

        from matdiff import evaluate as numbers
        from matdiff import exchange

        for name in inputs:
            if name in self._model.definitions:
                raise DeclarationError(f"{name} is computed here: give what it is made of, or use evaluate")
        known, sizes, functions = exchange.taken(self._model, self._model.variables, inputs)
        if any(np.iscomplexobj(array) for array in known.values()):
            known = {node: array.astype(np.result_type(array.dtype, np.complex64)) for node, array in known.items()}
        kind = exchange.common_type(known)
        arguments = {name: self._argument(name, known, sizes, functions, kind) for name in self.names}
        code = self._for(sizes)
        for shape in code.shapes:
            numbers.check_shape(shape, sizes)
        return arguments, known, code

    def _for(self, sizes: Mapping[str, int]) -> Code:
        """The code for some sizes: a power of two stands for all that are nearer to it than to the next."""
        if not self._dims:
            return self._code
        key = tuple(sizes.get(name, TYPICAL).bit_length() for name in self._dims)
        if key not in self._plans and len(self._plans) < MOST_PLANS and max(key) - min(key) > 1:
            code = self._question.code(sizes)
            same = code.source == self._code.source or list(code.names) != list(self.names)
            self._plans[key] = self._code if same else code
        return self._plans.get(key, self._code)

    def _run(self, function: Callable[..., Any], arguments: Iterable[Any]) -> Sequence[Any]:
        import numpy as np

        try:
            values = quiet_call()(function, arguments)
        except MatdiffError:
            raise
        except np.linalg.LinAlgError as error:
            raise EvaluationError(f"there is no value here: {error}") from None
        except MemoryError:
            from matdiff.evaluate import TOO_LARGE

            raise EvaluationError(TOO_LARGE) from None
        except (ValueError, ArithmeticError, TypeError) as error:
            raise EvaluationError(f"NumPy cannot compute this: {error}") from error
        return (values,) if len(self._roots) == 1 else values

    def _argument(
        self,
        name: str,
        known: Mapping[Expr, Any],
        sizes: Mapping[str, int],
        functions: Mapping[str, tuple[Callable[[Any], Any], ...]],
        kind: Any,
    ) -> Any:
        """What the code gets for a name: labels are integers; a number is NumPy's, of the type of the arrays, so
        that 1/0 is inf."""
        from matdiff.exchange import result

        if name in self._model.functions:
            return Applied(name, functions)
        node = self._model.variables.get(name)
        if node is None:
            if name not in sizes:
                raise DeclarationError(f"the size {self._model.inferred.get(name, name)} is not known: give {name}=…")
            return sizes[name]
        if node not in known:
            raise DeclarationError(f"no value was given for {name} ({node.rows}×{node.cols})")
        if node.is_scalar:
            return known[node].astype(kind)[0, 0]
        return known[node].argmax(axis=1) if node.data[1] == "labels" else result(known[node], node.shape)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_seen": {}}  # found anew where they are needed


@dataclass(frozen=True)
class Applied:
    """An unknown function that is given with its derivatives: ``sigma[1]`` is the first derivative."""

    name: str
    functions: Mapping[str, tuple[Callable[[Any], Any], ...]]

    def __getitem__(self, order: int) -> Callable[[Any], Any]:
        import numpy as np

        from matdiff.evaluate import applied

        def function(x: Any) -> Any:
            x = x if isinstance(x, np.ndarray | np.generic) else np.float64(x)
            if x.ndim != 1:
                return applied(self.name, order, x, self.functions)
            return applied(self.name, order, x[:, None], self.functions)[:, 0]

        return function


def finished(value: Any, root: Expr, known: Mapping[Expr, Any]) -> Any:
    """A value as `Expression.evaluate` gives it."""
    import numpy as np

    from matdiff.exchange import rounded

    if root.is_scalar:
        array = np.asarray(value).reshape(())
        return complex(array) if np.iscomplexobj(array) else float(array)
    return rounded(np.asarray(value), {node: known[node] for node in topo(root) if node in known})


def compile_function(
    expressions: Expr | Sequence[Expr], model: Model, symmetric: Collection[Expr] = (), nested: int = 5
) -> CompiledFunction:
    """A NumPy function of the model's names for one expression or several; those in ``symmetric`` (Hessians) come
    out symmetric to the last digit. A line has at most ``nested`` operations.

    Raises `UnsupportedError` for an operator that has no NumPy value.
    """
    single = isinstance(expressions, Expr)
    roots = (expressions,) if isinstance(expressions, Expr) else tuple(expressions)
    if not all(isinstance(root, Expr) for root in roots) or not roots:
        raise ArgumentTypeError("compile takes an expression or a list of expressions")
    refuse_complex(roots, "code")
    used = {node.data[0] for node in topo(*roots) if node.op == "variable"}
    inputs = {name: node for name, node in model.variables.items() if name in used}
    applied = {node.data[0] for node in topo(*roots) if node.op == "apply"}
    functions = tuple(name for name in model.functions if name in applied)
    places = tuple(place for place, root in enumerate(roots) if root in symmetric)
    return CompiledFunction(Question(roots, inputs, functions, places, nested), model, single)


@dataclass(frozen=True)
class Question:
    """What a function is written of."""

    roots: tuple[Expr, ...]
    inputs: Mapping[str, Expr]
    functions: tuple[str, ...]
    symmetric: tuple[int, ...]
    nested: int

    def code(self, sizes: Mapping[str, int]) -> Code:
        body = Body(
            self.roots,
            self.inputs,
            self.functions,
            COMPILED,
            nested=self.nested,
            sizes=sizes,
            symmetric=self.symmetric,
            typed_numbers=True,
        )
        returned = [body.write(value) for value in body.outputs]
        names = {name: body.arguments[name] for name in (*self.inputs, *self.functions)} | body.dims.free
        lines = [*body.head(), *(line.text for line in body.writer.lines)]
        text = "\n".join(f"    {line}" for line in [*lines, f"return {', '.join(returned)}"])
        source = f"def function({', '.join(names.values())}):\n{text}\n"
        helpers = COMPILED.defined(body.writer.called)
        uses_math = "math" in body.writer.called.union(*map(taken, helpers))
        head = "import math\n\nimport numpy as np" if uses_math else "import numpy as np"
        return Code("\n\n\n".join([head, *helpers, source]), names, frozenset(v.shape for v in walk(*body.outputs)))

    def deciding(self) -> tuple[str, ...]:
        """The sizes by which the order of products is chosen, where there is one to choose."""
        nodes = list(topo(*self.roots))
        if len(nodes) > MOST_NODES or not has_choices(nodes):
            return ()
        names = sorted({name for node in nodes for size in node.shape for name in size.names})
        return tuple(names) if len(names) > 1 else ()


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
        symmetric: Collection[int] = (),
        typed_numbers: bool = False,
    ) -> None:
        lowering, outputs = (lowered if target.fills else as_written)(list(roots), sizes or {})
        filled = [add_on_diagonals, *([] if symmetric else [scale_columns])] if target.fills else []
        new = {value: value for value in walk(*outputs)}
        for better in (*filled, keep_columns):
            changed = better(lowering.graph, [new[value] for value in outputs])
            new = {value: changed[other] for value, other in new.items() if other in changed}
        self.lowering = lowering
        results = [owned(lowering.graph, new[value]) for value in outputs]
        self.outputs = [
            symmetrized(lowering.graph, value) if place in symmetric else value for place, value in enumerate(results)
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
            typed_numbers=typed_numbers,
        )
        self.writer.prepare(self.outputs)

    def write(self, value: Value) -> str:
        return self.writer.write(value)

    def type_lines(self) -> list[str]:
        """The type that the inputs have in common; integers count as floats."""
        if not self.floats:
            return []
        before, each, last, after = self.target.common_type
        self.writer.called |= Form(before).names
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
