"""NumPy modules for models with indices: the loss, its gradients, gradient descent, a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matdiff.arrays.emit import helpers
from matdiff.arrays.run import Code
from matdiff.arrays.values import Target, laid_out
from matdiff.errors import UnsupportedError
from matdiff.indexed.derivation import derive
from matdiff.model import Family, Model
from matdiff.programs.program import Program, size_form
from matdiff.question import choose
from matdiff.sizes import ONE

TRAINING = '''
def train(parameters, data, steps=100, learning_rate=0.01):
    """Gradient descent; gives the parameters that are reached, and the loss of each step."""
    parameters = {name: np.array(value, dtype=float) for name, value in parameters.items()}
    losses = []
    for _ in range(steps):
        loss, gradients = loss_and_gradients(**parameters, **data)
        losses.append(loss)
        for name, gradient in gradients.items():
            parameters[name] = parameters[name] - learning_rate * np.reshape(gradient, parameters[name].shape)
    return parameters, losses


def check_gradients(parameters, data, step=1e-6):
    """The largest gap between the gradients and central differences along a random direction."""
    rng = np.random.default_rng(0)
    _, gradients = loss_and_gradients(**parameters, **data)
    gaps = []
    for name, gradient in gradients.items():
        d = rng.standard_normal(np.shape(parameters[name]))
        ends = [
            loss_and_gradients(**{**parameters, name: parameters[name] + sign * step * d}, **data)[0]
            for sign in (1, -1)
        ]
        slope = (ends[0] - ends[1]) / (2 * step)
        gaps.append(abs(slope - np.sum(np.reshape(gradient, d.shape) * d)) / max(1.0, abs(slope)))
    return max(gaps)
'''


def generate(model: Model, source: str, wrt: Sequence[str], of: str | None, explain: bool) -> str:
    """A NumPy module: the loss and its gradients in one function, gradient descent, a check of the gradients."""
    objective, title = choose(model, model.objective, of)
    found = derive(model, objective, title, wrt, "gradient", True)
    model = found.model
    targets = [Target(found.objective.node, (), found.asked)]
    targets += [Target(e.node, e.indices, getattr(e, "name", "")) for e in found.gradients.values()]
    program, names = laid_out(model, targets)
    code = Code(program, names)
    if code.functions:
        raise UnsupportedError(f"{code.functions[0]} is an unknown function: a module needs one that is known")
    lines, known = entered(program, code)
    sizes = [name for name in code.sizes if name not in known]
    arguments = [*code.inputs, *(f"*, {name}" if n == 0 else name for n, name in enumerate(sizes))]
    values = [code.emitter.array(name) for name in names]
    shown = [given(program.families[name], value) for name, value in zip(names, values, strict=True)]
    pairs = ", ".join(f'"{name}": {text}' for name, text in zip(found.wrt, shown[1:], strict=True))
    body = [*lines, *code.emitter.lines, f"return float({values[0]}[0, 0]), {{{pairs}}}"]
    text = "\n".join(f"    {line}" for line in ['"""The loss, and its gradients by name."""', *body])
    doc = source.strip("\n").replace("\\", "\\\\").replace('"""', "'''")
    told_ = [f"Training code for {title}, with gradients derived by matdiff.", "The model:", doc]
    told_ += ["The derivation:", str(found).replace("\\", "\\\\")] if explain else []
    head = '"""' + "\n\n".join(told_) + '\n"""\n\nimport numpy as np\n'
    function = f"def loss_and_gradients({', '.join(arguments)}):\n{text}\n"
    parts = [head, helpers(function), function, TRAINING.strip("\n") + "\n"]
    return "\n\n".join(part for part in parts if part)


def entered(program: Program, code: Code) -> tuple[list[str], set[str]]:
    """What is done to the arguments first, and the sizes that they tell."""
    lines: list[str] = []
    known: set[str] = set()
    for name in code.inputs:
        family, text = program.families[name], code.emitter.inputs[name]
        if family.kind == "labels":
            lines.append(f"{text} = np.asarray({name})")
            lengths: list[Any] = [size_form(family.shape[0])]
        else:
            more = ", None" * sum(size is ONE for size in family.shape) if family.shape[1] is ONE else ""
            flat = f"[...{more}]" if more else ""
            lead = "".join(f"{text}.shape[{axis}], " for axis in range(len(family.ranges)))
            lines.append(f"{text} = np.asarray({name}, dtype=float){flat}")
            if not more and family.shape[0] is ONE:  # a row, with one axis or two
                lines.append(f"{text} = {text}.reshape({lead}1, -1)")
            lengths = [*(span.count for span in family.ranges), *map(size_form, family.shape)]
        for axis, length in enumerate(lengths):
            if len(length.terms) == 1 and length.terms[0][1] == 1 and length.terms[0][0] not in known:
                size = length.terms[0][0]
                if size in code.sizes:
                    known.add(size)
                    gap = f" - {length.constant}" if length.constant > 0 else f" + {-length.constant}"
                    lines.append(f"{code.emitter.sizes[size]} = {text}.shape[{axis}]{gap if length.constant else ''}")
    return lines, known


def given(family: Family, text: str) -> str:
    """A value as people hold it."""
    return f"{text}[..., 0, 0]" if family.shape == (ONE, ONE) else f"{text}[..., 0]" if family.shape[1] is ONE else text
