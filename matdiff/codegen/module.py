"""A training module: loss and gradients, gradient descent, a check, and a script with the experiment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from matdiff.codegen import script
from matdiff.codegen.experiment import Experiment, settled
from matdiff.codegen.function import Body
from matdiff.codegen.gradients import gradients
from matdiff.codegen.names import Namer
from matdiff.codegen.target import Target
from matdiff.codegen.text import entries, function, spread
from matdiff.codegen.writer import Line
from matdiff.errors import UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.model import Model
from matdiff.sizes import ONE


class Module:
    """Everything that is written down: the model, its gradients, the plan of one evaluation."""

    def __init__(
        self, model: Model, text: str, experiment: Experiment, objective: Expr, wrt: Sequence[str], target: Target
    ) -> None:
        self.model, self.text, self.target = model, text, target
        self.wrt = list(wrt)
        self.found = gradients(model, objective, wrt)
        roots = [self.found.objective, *self.found.gradients.values()]
        needed = {node.data[0] for root in roots for node in topo(root) if node.op == "variable"} | set(wrt)
        self.inputs = {name: node for name, node in model.variables.items() if name in needed}
        functions = {node.data[0] for root in roots for node in topo(root) if node.op == "apply"}
        if functions:
            raise UnsupportedError(f"{', '.join(sorted(functions))} is unknown, so there is no code for it")
        self.experiment = settled(experiment, model, self.inputs, wrt)
        sizes = {name: int(float(value)) for name, value in self.experiment.values.items() if name not in self.inputs}
        self.body = Body(roots, self.inputs, (), target, sizes=sizes, namer=Namer())
        self.arguments = {name: self.body.arguments[name] for name in self.inputs}

    @property
    def tensors(self) -> dict[str, Expr]:
        """The inputs that are arrays."""
        return {name: node for name, node in self.inputs.items() if not node.is_scalar}

    def source(self) -> str:
        parts = [
            self.header(),
            self.loss_and_gradients(),
            script.train(self),
            script.check_gradients(self),
            script.initialise(self),
            script.main(self),
        ]
        body = "\n\n\n".join(part.strip("\n") for part in parts[1:])
        helpers = [self.target.helpers[name].strip("\n") for name in self.target.needed(body)]
        imports = script.imports(self, "\n".join([body, *helpers]))
        pieces = [parts[0] + "\n\n" + imports, *helpers, body]
        return "\n\n\n".join(pieces) + '\n\n\nif __name__ == "__main__":\n    main()\n'

    def header(self) -> str:
        objective = self.found.objective.data if self.found.objective.op == "definition" else "the objective"
        model = textwrap.indent(self.text.strip("\n"), "    ").replace("\\", "\\\\").replace('"""', "'''")
        model = "\n".join(line.rstrip() for line in model.split("\n")).rstrip()
        return f'"""Training code for {objective}, with gradients derived by matdiff.\n\nThe model:\n\n{model}\n"""'

    def loss_and_gradients(self) -> str:
        """The function, forward values shared with the backward pass."""
        write = self.body.writer.write
        lines = self.body.writer.lines
        loss = write(self.body.outputs[0])
        forward = len(lines)
        names = list(self.found.gradients)
        for name, value in zip(names, self.body.outputs[1:], strict=True):
            self.body.writer.hints.setdefault(value, f"grad_{name}")
            write(value)
        results = {name: write(value) for name, value in zip(names, self.body.outputs[1:], strict=True)}
        returned = entries((name, results[name]) for name in self.wrt)
        if self.body.dims.free:
            missing = ", ".join(self.body.dims.free)
            raise UnsupportedError(f"no input tells the size {missing}: give one that has it, or write the number")
        text = [*self.body.dims.lines(), *self.shape_lines()]
        text += commented(lines[:forward])
        text += ["", "# backward: grad_v is the gradient of the loss with respect to v"]
        text += commented(lines[forward:])
        text += spread(f"return {loss}, {{", returned, "}")
        return function(
            "loss_and_gradients",
            [*self.arguments.values()],
            [f"The loss, and its gradient with respect to each of {', '.join(self.wrt)}.", "", *self.shapes()],
            text,
        )

    def shapes(self) -> list[str]:
        """What each argument is, for a docstring."""
        return [f"{argument}: {described(self.inputs[name])}" for name, argument in self.arguments.items()]

    def shape_lines(self) -> list[str]:
        """Columns may come as (n, 1), rows as (n,)."""
        lines = []
        for name, node in self.tensors.items():
            argument = self.arguments[name]
            if node.cols is ONE or node.data[1] == "labels":
                lines.append(f"{argument} = np.reshape({argument}, -1)")
            elif node.rows is ONE:
                lines.append(f"{argument} = np.reshape({argument}, (1, -1))")
        return lines


def described(node: Expr) -> str:
    rows, cols = node.shape
    if node.is_scalar:
        return "a number"
    if node.data[1] == "labels":
        return f"({rows},) integers, each below {cols}"
    return f"({rows},)" if cols is ONE else f"({rows}, {cols})"


def commented(lines: Iterable[Line]) -> list[str]:
    return [f"{line.text}  # {line.comment}" if line.comment else line.text for line in lines]


def generate_module(
    model: Model, text: str, experiment: Experiment, objective: Expr, wrt: Sequence[str], target: Target
) -> str:
    return Module(model, text, experiment, objective, wrt, target).source()
