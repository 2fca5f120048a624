"""A training module as text: loss and gradients, gradient descent, a check, and a script with the experiment."""

from __future__ import annotations

import textwrap

from matdiff.codegen import fast, inputs, script
from matdiff.codegen.module import Module
from matdiff.codegen.text import wrapped
from matdiff.texts import TRAINING, imports


def source(module: Module) -> str:
    target = module.target
    train = fast.train if module.style == "fast" else target.train or script.train
    if module.training.own_loop:
        train = target.asked or script.asked
    parts = [
        inputs.checked(module),
        module.loss_and_gradients(),
        *script.retractions(module),
        train(module),
        script.check_gradients(module),
        *([module.scores.source] if module.scores else []),
        script.initialise(module),
        TRAINING["load"],
        inputs.check(module),
        script.plot(module),
        script.main(module),
    ]
    body = "\n\n\n".join(part.strip("\n") for part in parts)
    body = "\n".join(part for line in body.split("\n") for part in wrapped(line))
    helpers = module.target.defined(module.called)
    standard = imports("\n".join([body, *helpers]))
    pieces = [f"{header(module)}\n\n{standard}\n{module.target.imports}\n\n{inputs.constants(module)}", *helpers, body]
    return "\n\n\n".join(pieces) + '\n\n\nif __name__ == "__main__":\n    main()\n'


def header(module: Module) -> str:
    objective = module.found.objective.data if module.found.objective.op == "definition" else "the objective"
    parts = [f"Training code for {objective}, with gradients derived by matdiff."]
    if module.found.doubt:
        parts.append(textwrap.fill(f"Its derivative is {module.found.doubt}.", 100))
    parts += ["The model:", quoted(module.text)]
    if module.derivation:
        parts += ["The derivation:", quoted(module.derivation)]
    return '"""' + "\n\n".join(parts) + '\n"""'


def quoted(text: str) -> str:
    """A text inside a docstring."""
    text = textwrap.indent(text.strip("\n"), "    ").replace("\\", "\\\\").replace('"""', "'''")
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip()
