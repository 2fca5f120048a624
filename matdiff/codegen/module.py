"""What a training module is made of: the model, its gradients, and the function that gives both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from matdiff.codegen.comments import differential_text
from matdiff.codegen.experiment import Experiment, settled
from matdiff.codegen.function import Body
from matdiff.codegen.graph import Value, walk
from matdiff.codegen.identifiers import Namer
from matdiff.codegen.stable_gradients import gradients
from matdiff.codegen.structure import NEAREST, STRUCTURED, is_symmetric, structured
from matdiff.codegen.target import Statement, Target
from matdiff.codegen.text import entries, function, spread
from matdiff.codegen.trainer import LOCALS, NOTHING_ASKED, Training
from matdiff.errors import UnsupportedError, warn_unchecked
from matdiff.expr import Expr, topo
from matdiff.model import Model, refuse_complex
from matdiff.operators import dependents
from matdiff.printing.math import Printer
from matdiff.sizes import ONE


class Module:
    """Everything that is written down: the model, its gradients, the plan of one evaluation."""

    def __init__(
        self,
        model: Model,
        text: str,
        experiment: Experiment,
        objective: Expr,
        wrt: Sequence[str],
        target: Target,
        style: str,
        derivation: str = "",
        training: Training = NOTHING_ASKED,
    ) -> None:
        self.derivation, self.training = derivation, training
        self.model, self.text, self.target, self.style = model, text, target, style
        self.objective, self.wrt = objective, list(wrt)
        refuse_complex([objective], "code")
        self.found = structured(gradients(model, objective, wrt))
        if self.found.doubt:
            warn_unchecked(self.found.doubt)
        roots = [self.found.objective, *self.found.gradients.values()]
        needed = {node.data[0] for node in topo(*roots) if node.op == "variable"} | set(wrt)
        self.inputs = {name: node for name, node in model.variables.items() if name in needed}
        self.manifolds = {name: manifold for name, manifold in model.manifolds.items() if name in self.wrt}
        if self.manifolds and style == "fast":
            raise UnsupportedError(f"{next(iter(self.manifolds))} is on a manifold, which the readable style can train")
        for node in topo(*roots):
            if node.op == "apply":
                raise UnsupportedError(f"there is no {target.name} code for the function {node.data[0]}")
        self.experiment = settled(experiment, model, self.inputs, wrt)
        values = self.experiment.values
        self.sizes = {name: int(float(value)) for name, value in values.items() if name not in self.inputs}
        namer = Namer(["loss", "dtype", *target.locals, *(LOCALS if training.own_loop else ())])
        symmetric = [n for n, name in enumerate(self.found.gradients, 1) if is_symmetric(self.found.variables[name])]
        self.body = Body(
            roots, self.inputs, (), target, sizes=self.sizes, namer=namer, scaled=self.found.inner, symmetric=symmetric
        )
        self.body.namer.taken.discard("loss")  # no input may be called so, the objective may
        self.arguments = {name: self.body.arguments[name] for name in self.inputs}
        self.called = {"placed", "to_numpy", "on_device"}
        """The helpers that the module calls; those that every module does, where a target has them."""
        self.scores = class_scores(self)

    @cached_property
    def tensors(self) -> dict[str, Expr]:
        """The inputs that are arrays."""
        return {name: node for name, node in self.inputs.items() if not node.is_scalar}

    def is_column(self, name: str) -> bool:
        return self.inputs[name].cols is ONE and not self.inputs[name].is_scalar

    def loss_and_gradients(self) -> str:
        """The function, forward values shared with the backward pass."""
        writer, outputs = self.body.writer, self.body.outputs
        writer.hints[outputs[0]] = "loss"
        loss = writer.write(outputs[0])
        forward = writer.group = len(writer.lines)
        targets = dict(zip(self.found.gradients, outputs[1:], strict=True))
        writer.hints.update({value: f"grad_{name}" for name, value in targets.items()})
        writer.comments = self.comments()
        results = {name: plain(value, writer.write(value)) for name, value in targets.items()}
        self.body.dims.must_be_told()
        text = [*self.entry_lines(self.inputs, self.body), *self.body.dims.lines(), *lines_of(writer.lines[:forward])]
        if len(writer.lines) > forward:
            text += ["", *lines_of(writer.lines[forward:])]
        text += spread(f"return {loss}, {{", entries((name, results[name]) for name in self.wrt), "}")
        names = ", ".join(self.wrt) if len(self.wrt) <= 8 else f"its {len(self.wrt)} parameters"
        doc = [f"The loss, and its gradient with respect to each of {names}.", "", *self.shapes()]
        if any(kind in STRUCTURED for kind in (self.inputs[name].data[1] for name in self.wrt)):
            doc += ["", "The gradient of a matrix with a structure is the one in the space of such matrices."]
        self.called |= writer.called
        code = function("loss_and_gradients", [*self.arguments.values()], doc, text)
        return "\n".join(["@checked", *self.target.decorators, code])

    def comments(self) -> dict[Value, list[str]]:
        """For each line of the backward pass the differentials it comes from, each said once."""
        printer = Printer(self.model.inferred, [*self.model.variables, *self.model.definitions])
        live = dependents([self.found.objective], self.found.variables.values())
        found: dict[Value, list[str]] = {}
        said: set[Expr] = set()
        targets = {value: self.found.origins.get(node) for value, node in self.body.definitions.items()}
        for name, value in zip(self.found.gradients, self.body.outputs[1:], strict=True):
            targets.setdefault(value, self.found.variables[name])
        for value in walk(*self.body.outputs[1:]):
            node = targets.get(value)
            if node is None:
                continue
            found[value] = []
            for consumer in self.found.through.get(node, ()):
                if consumer not in said:
                    said.add(consumer)
                    text = differential_text(consumer, live, printer)
                    found[value] += [text] if text else []
        return found

    def shapes(self) -> list[str]:
        """What each argument is, for a docstring."""
        return [f"{argument}: {described(self.inputs[name])}" for name, argument in self.arguments.items()]

    def entry_lines(self, names: Iterable[str], body: Body) -> list[str]:
        """What is done first to the arguments."""
        found: dict[str, list[str]] = {"column": [], "number": []}
        for name in names:
            kind = "number" if self.inputs[name].is_scalar else "column" if self.is_column(name) else ""
            if kind in self.target.entry:
                dtype = body.writer.dtype or self.target.float_type
                found[kind].append(self.target.entry[kind].format(self.arguments[name], dtype=dtype))
        types = body.type_lines() if found["number"] or body.writer.asks_type else []
        return [*found["column"], *types, *found["number"]]


@dataclass(frozen=True)
class Scores:
    """A function for the scores of the classes of new points, for a picture of their regions."""

    source: str
    body: Body
    points: str
    labels: str


def class_scores(module: Module) -> Scores | None:
    """Where a model ends in a softmax over the classes of its labels: what that is taken of."""
    labels = [node for node in module.inputs.values() if node.data[1] == "labels"]
    if len(labels) != 1:
        return None
    for node in topo(module.found.objective):
        if node.op not in ("softmax", "log_softmax", "logsumexp") or node.args[0].shape != labels[0].shape:
            continue
        root = node.args[0]
        used = {leaf.data[0]: leaf for leaf in topo(root) if leaf.op == "variable"}
        inputs = {name: leaf for name, leaf in module.inputs.items() if name in used}
        points = [n for n, leaf in inputs.items() if leaf.rows is root.rows and not leaf.is_scalar]
        body = Body([root], inputs, (), module.target)
        result = body.write(body.outputs[0])
        if len(points) != 1 or labels[0] in used.values() or body.dims.free:
            return None
        arguments = [*body.arguments.values()]
        lines = spread("given = {", entries(body.arguments.items()), "}")
        lines.append(f"{', '.join(arguments)}{',' * (len(arguments) == 1)} = check_inputs(given, given.values())")
        written = body.writer.lines
        if written and (written[-1].target, written[-1].sign) == (result, "="):
            result = written.pop().value
        lines += [*module.entry_lines(inputs, body), *body.dims.lines(), *lines_of(written), f"return {result}"]
        module.called |= body.writer.called
        doc = ["The scores of the classes, a row for each point."]
        source = function("class_scores", arguments, doc, lines)
        return Scores(source, body, points[0], labels[0].data[0])
    return None


def described(node: Expr) -> str:
    rows, cols = node.shape
    if node.is_scalar:
        return "a number"
    if node.data[1] == "labels":
        return f"({rows},) integers, each below {cols}"
    kind = f", {node.data[1]}" if node.data[1] in NEAREST else ""
    return f"({rows},)" if cols is ONE else f"({rows}, {cols}){kind}"


def plain(value: Value, text: str) -> str:
    """A result; a number is a float even where it is whole."""
    return f"{text}.0" if value.op == "const" and text.lstrip("-").isdigit() else text


def lines_of(lines: Iterable[Statement]) -> list[str]:
    """Lines with their comments above them."""
    return [text for line in lines for text in (*(f"# {comment}" for comment in line.comments), line.text)]
