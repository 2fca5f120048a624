"""Modules for models with indices, for NumPy, JAX and PyTorch: the loss, its gradients, gradient descent, a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matdiff.arrays.emit import Emitter
from matdiff.arrays.inputs import is_linear
from matdiff.arrays.values import Target, laid_out
from matdiff.arrays.words import Words
from matdiff.codegen import STYLES
from matdiff.codegen.text import indented
from matdiff.errors import UnsupportedError
from matdiff.indexed.derivation import derive
from matdiff.indexed.libraries import LIBRARIES
from matdiff.indices import Affine, size_form
from matdiff.model import Family, Model
from matdiff.programs.program import Program, live
from matdiff.question import choose
from matdiff.sizes import ONE
from matdiff.texts import imports, texts

TEXTS = texts("families")


@dataclass(frozen=True)
class Library:
    """How a module of a library begins, and how it takes arrays."""

    imports: str
    entered: str
    """An argument as an array."""
    labels: str
    value: str
    """A parameter of the descent, under the name ``value``."""
    loss: str
    common: str = ""
    """What finds the type of the arguments."""


SHAPES = {
    "numpy": Library(
        "import numpy as np",
        "np.asarray({0}, dtype=float)",
        "np.asarray({0})",
        "np.array(value, dtype=float)",
        "float({0}[0, 0])",
    ),
    "jax": Library(
        'import jax\nimport jax.numpy as jnp\nimport numpy as np\n\njax.config.update("jax_enable_x64", True)',
        "jnp.asarray({0}, dtype)",
        "jnp.asarray({0})",
        "1.0 * jnp.asarray(value)",
        "{0}[0, 0]",
        "dtype = jnp.result_type(jnp.float32, {0})",
    ),
    "torch": Library(
        "import numpy as np\nimport torch",
        "torch.as_tensor({0}, dtype=dtype)",
        "torch.as_tensor({0})",
        "1.0 * torch.as_tensor(value)",
        "{0}[0, 0]",
        "dtype = common_type({0})",
    ),
}


def generate(
    model: Model, source: str, wrt: Sequence[str], of: str | None, explain: bool, target: str, style: str
) -> str:
    """A module: the loss and its gradients in one function, gradient descent, a check of the gradients."""
    if target not in LIBRARIES:
        raise UnsupportedError(f"there is no target {target}: the targets are {', '.join(LIBRARIES)}")
    if style not in STYLES:
        raise UnsupportedError(f"there is no style {style}: the styles are {', '.join(STYLES)}")
    if style == "fast" and target != "numpy":
        raise UnsupportedError(f"the fast style is for numpy; {target} has its own compiler")
    objective, title = choose(model, model.objective, of)
    found = derive(model, objective, title, wrt, "gradient", True)
    targets = [Target(found.objective.node, (), found.asked)]
    targets += [Target(e.node, e.indices, getattr(e, "name", "")) for e in found.gradients.values()]
    program, names = laid_out(found.model, targets)
    for name in found.wrt:
        if name in model.manifolds:
            raise UnsupportedError(f"{name} is on a manifold: beside indices no code trains it there")
    module = Module(program, names, list(found.wrt), LIBRARIES[target], SHAPES[target])
    doc = source.strip("\n").replace("\\", "\\\\").replace('"""', "'''")
    told = [f"Training code for {title}, with gradients derived by matdiff.", "The model:", doc]
    told += ["The derivation:", str(found).replace("\\", "\\\\")] if explain else []
    function = module.function()
    training = module.fast() if style == "fast" else TEXTS["train"]
    code = [function, training, TEXTS["check"]]
    code = [part.replace("«entered»", SHAPES[target].value).rstrip("\n") + "\n" for part in code]
    helpers = LIBRARIES[target].defined("\n".join(code))
    standard = imports("\n".join([helpers, *code]))
    head = '"""' + "\n\n".join(told) + f'\n"""\n\n{standard}'
    head += "\n" * bool(standard) + f"{SHAPES[target].imports}\n"
    return "\n\n".join(part for part in (head, helpers, *code) if part)


@dataclass
class Module:
    """The parts of one module."""

    program: Program
    names: list[str]
    """The loss and the gradients, in the order of the parameters."""
    wrt: list[str]
    words: Words
    library: Library

    def emitted(self, steady: frozenset[str] = frozenset()) -> Emitter:
        emitter = Emitter(self.program, self.names, words=self.words, steady=steady)
        unknown = emitter.functions()
        if unknown:
            raise UnsupportedError(f"{unknown[0]} is an unknown function: a module needs one that is known")
        return emitter

    def arguments(self, emitter: Emitter) -> tuple[list[str], list[str]]:
        """The inputs, and the sizes that these do not tell."""
        _, known = self.entered(emitter)
        return list(emitter.inputs), [name for name in emitter.lines.sizes if name not in known]

    def function(self) -> str:
        """``loss_and_gradients``."""
        emitter = self.emitted()
        inputs, sizes = self.arguments(emitter)
        arguments = [*inputs, *(["*", *sizes] if sizes else [])]
        lines, _ = self.entered(emitter)
        loss, *shown = self.shown(emitter)
        pairs = ", ".join(f'"{name}": {text}' for name, text in zip(self.wrt, shown, strict=True))
        loss = self.library.loss.format(loss)
        body = [*lines, *emitter.lines.lines, f"return {loss}, {{{pairs}}}"]
        static = f", static_argnames={tuple(sizes)!r}" if sizes else ""
        jit = f"@functools.partial(jax.jit{static})\n" if static else "@jax.jit\n"
        head = f"def loss_and_gradients({', '.join(arguments)}):"
        text = "\n".join([head, *indented(['"""The loss, and its gradients by name."""', *body])])
        return (jit if self.words.traced else "") + text + "\n"

    def fast(self) -> str:
        """A descent in which nothing is computed twice that stays the same."""
        steady = frozenset(self.program.families) - live(self.program, self.wrt)
        emitter = self.emitted(steady or frozenset({""}))
        inputs, sizes = self.arguments(emitter)
        lines, _ = self.entered(emitter)
        loss = emitter.lines.array(self.names[0])
        updates = [
            f"{emitter.inputs[name]} -= learning_rate * {emitter.lines.array(gradient)}"
            for name, gradient in zip(self.wrt, self.names[1:], strict=True)
        ]
        fields = {
            "arguments": ", ".join([*inputs, *sizes]),
            "first": "\n".join(indented([*lines, *emitter.lines.first])),
            "round": "\n".join(indented(emitter.lines.lines, 2)),
            "loss": f"{loss}[0, 0]",
            "updates": "\n".join(indented(updates, 2)),
        }
        text = TEXTS["train_fast"]
        for name, value in fields.items():
            text = text.replace(f"«{name}»", value)
        return text

    def shown(self, emitter: Emitter) -> list[str]:
        """The loss as it is, and the gradients as people hold them."""
        loss, *gradients = self.names
        shown = [given(self.program.families[name], emitter.lines.array(name)) for name in gradients]
        return [emitter.lines.array(loss), *shown]

    def entered(self, emitter: Emitter) -> tuple[list[str], set[str]]:
        """What is done to the arguments first, and the sizes that they tell."""
        lines: list[str] = []
        lengths: list[tuple[str, Affine]] = []
        inputs = {name: self.program.families[name] for name in emitter.inputs}
        told = ", ".join(name for name, family in inputs.items() if family.kind != "labels")
        if self.library.common and told:
            lines.append(self.library.common.format(told))
        for name, family in inputs.items():
            text = emitter.inputs[name]
            if family.kind == "labels":
                lines.append(f"{text} = {self.library.labels.format(name)}")
                axes = [size_form(family.shape[0])]
            else:
                lines.append(f"{text} = {self.library.entered.format(name)}")
                if ONE in family.shape:  # with one axis or two
                    lead = f"*{text}.shape[:{len(family.ranges)}], " if family.ranges else ""
                    rest = ", ".join("1" if size is ONE else "-1" for size in family.shape)
                    lines.append(f"{text} = {text}.reshape({lead}{rest})")
                axes = [span.count for span in family.ranges]
                axes += [size_form(size) for size in family.shape if is_linear(size)]
            lengths += [(f"{text}.shape[{axis}]", length) for axis, length in enumerate(axes)]
        known: set[str] = set()
        while True:
            open_ends = ((t, f, only(f.names - known)) for t, f in lengths)
            solved = next(((t, f, n) for t, f, n in open_ends if n in emitter.lines.sizes and f.coefficient(n)), None)
            if solved is None:
                return lines, known
            axis, form, size = solved
            known.add(size)
            k = form.coefficient(size)
            gap = emitter.lines.number(form - Affine(((size, k),)))
            text = axis if gap == "0" else f"{axis} - {gap}" if gap.isalnum() else f"{axis} - ({gap})"
            text = text if k == 1 else f"({text}) // {k}" if gap != "0" else f"{text} // {k}"
            lines.append(f"{emitter.lines.sizes[size]} = {text}")


def only(names: frozenset[str]) -> str:
    """The one name, where there is one."""
    return next(iter(names)) if len(names) == 1 else ""


def given(family: Family, text: str) -> str:
    """A value as people hold it."""
    return f"{text}[..., 0, 0]" if family.shape == (ONE, ONE) else f"{text}[..., 0]" if family.shape[1] is ONE else text
