"""Training as it was asked for: mini-batches, an optimizer, a schedule, a validation set, checkpoints.

What was not asked for is not in the module; what was asked for are keywords of its ``train`` and flags of its script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from matdiff.codegen.target import Target
from matdiff.codegen.text import entries, indented, spread
from matdiff.errors import DeclarationError, UnsupportedError
from matdiff.expr import Expr
from matdiff.sizes import Size

OPTIMIZERS: dict[str, dict[str, float]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
"""What takes the steps, with its settings."""

STATES = {"sgd": (), "momentum": ("velocity",), "adam": ("first", "second")}
"""What an optimizer keeps of each parameter."""

UPDATES = {
    "sgd": ["gradient"],
    "momentum": ["velocity[name] = momentum * velocity[name] + gradient", "velocity[name]"],
    "adam": [
        "first[name] = beta1 * first[name] + (1 - beta1) * gradient",
        "second[name] = beta2 * second[name] + (1 - beta2) * gradient**2",
        "direction = first[name] / (1 - beta1 ** (step + 1))",
        "width = (second[name] / (1 - beta2 ** (step + 1))) ** 0.5 + epsilon",
        "direction / width",
    ],
}
"""What is kept of one parameter, and last what the rate scales: heavy ball (Polyak 1964), Adam (Kingma & Ba 2015,
algorithm 1)."""

SCHEDULES = {
    "linear": "learning_rate * (1 - step / steps)",
    "cosine": "learning_rate * 0.5 * (1 + {math}.cos({math}.pi * step / steps))",
    "step": "learning_rate * 0.5 ** (4 * step // steps)",
}
"""The rate of a step: down to 0 in a line, or in half a wave; half of it after each quarter of the steps."""

COUNTING = frozenset({"adam"})
"""The optimizers whose step depends on how many there were."""

TYPES = ("float32", "float64")

LOCALS = frozenset(
    {
        "parameters",
        "velocity",
        "first",
        "second",
        "batch",
        "rows",
        "order",
        "held",
        "held_out",
        "best",
        "epoch",
        "place",
        "along",
        "change",
    }
    | {"examples", "rate", "value", "direction", "width", "values", "gradient", "validated", "state", "file", "os"}
    | {"momentum", "beta1", "beta2", "epsilon", "batch_size", "validation", "patience", "checkpoint", "inputs"}
    | {"checkpoint_every", "group", "arrays", "learning_rate"}
)
"""The names in ``train`` beside those that every module has."""


@dataclass(frozen=True)
class Training:
    """How a model is to be trained; nothing is asked for where all is as here."""

    optimizer: str | None = None
    batch_size: int | None = None
    schedule: str | None = None
    validation: float | None = None
    patience: int | None = None
    dtype: str | None = None
    checkpoint: bool = False
    sharded: bool = False

    @property
    def asked(self) -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name) not in (None, False)]

    @property
    def own_loop(self) -> list[str]:
        """What needs a loop of its own."""
        return [name for name in self.asked if name not in ("dtype", "sharded")]

    def check(self) -> None:
        """Raise `DeclarationError`, in words, for what is no such setting."""
        for name, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("dtype", TYPES)):
            value = getattr(self, name)
            if value is not None and value not in known:
                raise UnsupportedError(f"there is no {name} {value}: there are {', '.join(known)}")
        for name in ("batch_size", "patience"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise DeclarationError(f"{name} is a whole number, at least 1; this is {value!r}")
        held = self.validation
        if held is not None and not (type(held) is float and 0 < held < 1):
            raise DeclarationError(
                f"validation is the part of the examples that is held out, between 0 and 1: {held!r}"
            )
        if self.patience is not None and held is None:
            raise DeclarationError("patience is counted in looks at held-out examples: ask for validation, too")

    @property
    def counts_steps(self) -> bool:
        """Whether a step depends on its number."""
        return self.schedule is not None or self.optimizer in COUNTING

    @property
    def has_examples(self) -> bool:
        return self.batch_size is not None or self.validation is not None

    @property
    def keywords(self) -> dict[str, str]:
        """The settings that ``train`` and the script take, with their values."""
        found = {name: repr(value) for name, value in OPTIMIZERS[self.optimizer or "sgd"].items()}
        for name in ("batch_size", "validation", "patience"):
            if (value := getattr(self, name)) is not None:
                found[name] = repr(value)
        return found | ({"seed": "0"} if self.has_examples else {})


NOTHING_ASKED = Training()


def examples_of(inputs: Mapping[str, Expr], wrt: Iterable[str]) -> list[str]:
    """The inputs that have a row for each example: their rows are a size that no parameter has, and no columns.

    Raises `UnsupportedError` where no size is, or several are.
    """
    parameters = set(wrt)
    others = {size for name, node in inputs.items() for size in (node.shape if name in parameters else node.shape[1:])}
    sizes: dict[Size, list[str]] = {}
    for name, node in inputs.items():
        if name not in parameters and not node.is_scalar and node.rows not in others and node.rows.names:
            sizes.setdefault(node.rows, []).append(name)
    if len(sizes) != 1:
        told = ", ".join(map(str, sizes)) or "none is the rows of data alone"
        raise UnsupportedError(
            f"which size counts the examples is not clear ({told}): batches, validation and sharding need one"
        )
    ((_, names),) = sizes.items()
    return names


def body(
    training: Training,
    target: Target,
    arguments: Mapping[str, str],
    parameters: Mapping[str, Expr],
    examples: list[str],
    moves: Mapping[str, str],
) -> list[str]:
    """The lines of ``train`` below its docstring; ``examples`` are the inputs with a row for each."""
    numbers = [name for name, node in parameters.items() if node.is_scalar]
    data = {name: text for name, text in arguments.items() if name not in parameters}
    copies = {name: arguments[name] if name in numbers else f"{target.copy}({arguments[name]})" for name in parameters}
    lines = [CHECK_RATE, *beginning(training, target, data, copies, examples)]
    if training.checkpoint:
        lines += indented(as_numbers(numbers))  # of what was read from one
    lines += target.first
    lines += ["try:", "    for step in range(len(losses), steps):"]
    lines += indented(loop(training, target, numbers, moves), 2)
    if numbers:
        lines += ["except (OverflowError, ZeroDivisionError):", "    losses.append(math.nan)"]
    return [*lines, *ending(training)]


def ending(training: Training) -> list[str]:
    lines = [
        "except KeyboardInterrupt:",
        "    pass  # Ctrl-C ends the training; what it has reached is returned",
    ]
    if training.validation is None:
        return [*lines, "return finished(parameters, losses)"]
    return [*lines, "finished(parameters, losses)", "return best or parameters, losses, validated"]


def beginning(
    training: Training,
    target: Target,
    data: Mapping[str, str],
    parameters: Mapping[str, str],
    examples: list[str],
) -> list[str]:
    """What comes before the steps: what they begin with, what is held out of the examples, what a checkpoint has."""
    states = STATES[training.optimizer or "sgd"]
    lines = [*dictionary("data", data.items()), *dictionary("parameters", parameters.items())]
    lines += [f"{state} = {{name: 0 * value for name, value in parameters.items()}}" for state in states]
    lines += ["losses = []"]
    if training.has_examples:
        lines += spread("examples = [", [f'"{name}"' for name in examples], "]")
    if training.validation is not None:
        lines += [
            f'order = np.random.default_rng(seed).permutation(len(data["{examples[0]}"]))',
            "held = order[: round(validation * len(order))]",
            "if not 0 < validation < 1 or not 0 < len(held) < len(order):",
            '    raise ValueError(f"validation = {validation} holds out none of {len(order)} examples, or all")',
            "validated, best = [], None",
            "held_out = data | {name: data[name][held] for name in examples}",
            "data |= {name: data[name][order[len(held) :]] for name in examples}",
        ]
    if training.batch_size is not None:
        lines += [
            f'count = len(data["{examples[0]}"])',
            "if batch_size < 1:",
            '    raise ValueError(f"batch_size is {batch_size}; it is at least 1")',
            "starts, rows = range(0, count, batch_size), None",
        ]
    if training.checkpoint:
        kept = ["parameters", *states]
        read = 'placed({0}, file[f"{1}{{name}}"])' if "placed" in target.helpers else 'file[f"{1}{{name}}"]'
        lines += [
            "if checkpoint and os.path.exists(checkpoint):",
            "    with np.load(checkpoint) as file:",
            *(
                line
                for name in kept
                for line in (
                    f"        for name, value in {name}.items():",
                    f"            {name}[name] = {read.format('value', f'{name}/')}",
                )
            ),
            '        losses = file["losses"].tolist()',
        ]
        if training.validation is not None:
            lines += [
                '        validated = file["validated"].tolist()',
                "        if validated:",
                f"            best = {{name: {read.format('value', 'best/')} for name, value in parameters.items()}}",
            ]
    return lines


def loop(training: Training, target: Target, numbers: list[str], moves: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    if training.batch_size is not None:
        lines += [
            *shuffled("step"),
            "batch = rows[starts[place] :][:batch_size]",
            "inputs = data | {name: data[name][batch] for name in examples} | parameters",
        ]
    else:
        lines.append("inputs = data | parameters")
    lines += [
        f"loss, gradients = {target.evaluate}(*map(inputs.get, SHAPES))",
        "losses.append(float(loss))",
        "if not math.isfinite(losses[-1]):",
        "    break",
        *updates(training, moves),
        *as_numbers(numbers),
        "if report:",
        "    report(step, losses[-1])",
        *looks(training, target, "place + 1", "step + 1"),
    ]
    return lines


def shuffled(step: str) -> list[str]:
    """The order of the examples in the pass that a step is of."""
    return [
        f"epoch, place = divmod({step}, len(starts))",
        "if place == 0 or rows is None:",
        "    rows = np.random.default_rng([seed, epoch]).permutation(count)",
    ]


def updates(training: Training, moves: Mapping[str, str], math: str = "math") -> list[str]:
    """The step of all parameters; ``moves`` are those that leave no manifold, by the name of the function for it,
    and ``math`` is the library of the schedule."""
    lines = [f"rate = {SCHEDULES[training.schedule].format(math=math)}"] if training.schedule else []
    rate = "rate" if training.schedule else "learning_rate"
    *state, step = UPDATES[training.optimizer or "sgd"]
    moved = [f"parameters[name] = parameters[name] - {rate} * {step}"]
    if moves:
        moved = [
            f"change = {rate} * {step}",
            *spread("along = {", [f'"{name}": {along}' for name, along in moves.items()], "}.get(name)"),
            "value = parameters[name]",
            "parameters[name] = along(value, change) if along else value - change",
        ]
    return [*lines, "for name, gradient in gradients.items():", *indented([*state, *moved])]


def looks(training: Training, target: Target, place: str, step: str) -> list[str]:
    """What is done after some steps: the loss of what is held out, a checkpoint, an end."""
    lines: list[str] = []
    last = f"{step} == steps"
    number = f"({step})" if " " in step else step
    held = training.validation is not None
    if held:
        each = f"{place} == len(starts)" if training.batch_size is not None else f"{number} % 10 == 0"
        lines += [
            f"if {each} or {last}:",
            "    inputs = held_out | parameters",
            f"    validated.append(float({target.evaluate}(*map(inputs.get, SHAPES))[0]))",
            "    if validated[-1] <= min(validated):",
            "        best = dict(parameters)",
        ]
    if training.checkpoint:
        states = ("parameters", *STATES[training.optimizer or "sgd"])
        kept = [(name, name) for name in states] + ([("best", "best or {}")] if held else [])
        lines += [
            f"if checkpoint and ({number} % checkpoint_every == 0 or {last}):",
            *indented(dictionary("state", kept)),
            "    arrays = {",
            f'        f"{{group}}/{{name}}": {target.to_numpy.format("value")}',
            "        for group, values in state.items()",
            "        for name, value in values.items()",
            "    }",
            '    with open(f"{checkpoint}.part", "wb") as file:',
            f"        np.savez(file, losses=losses{', validated=validated' if held else ''}, **arrays)",
            '    os.replace(f"{checkpoint}.part", checkpoint)',
        ]
    if training.patience is not None:
        lines += [
            "if validated and len(validated) - 1 - int(np.argmin(validated)) >= patience:",
            "    break",
        ]
    return lines


def as_numbers(names: Iterable[str]) -> list[str]:
    """Parameters that are numbers stay Python's, which leave the type of the arrays as it is."""
    listed = ", ".join(f'"{name}"' for name in names)
    return [f"parameters |= {{name: float(parameters[name]) for name in [{listed}]}}"] if listed else []


CHECK_RATE = "learning_rate = check_rate(learning_rate)"


def dictionary(name: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    return spread(f"{name} = {{", entries(pairs), "}")


CHECKPOINT = 'parser.add_argument("--checkpoint", metavar="NPZ", help="goes on from there, and is kept there")'


def flag(name: str, value: str) -> str:
    """The flag of the script for a setting."""
    kind = "float" if "." in value or "e" in value else "int"
    return f'parser.add_argument("--{name.replace("_", "-")}", type={kind}, default={value})'


def docstring(training: Training) -> list[str]:
    """What ``train`` does, of what was asked for."""
    way = {"sgd": "Gradient descent", "momentum": "Gradient descent with momentum", "adam": "Adam"}
    first = way[training.optimizer or "sgd"]
    batches = training.batch_size is not None
    first += " over mini-batches" if batches else ""
    lines = [f"{first}: the parameters it reaches, and the loss before each step.", ""]
    if batches:
        lines += ["The examples are shuffled anew for each pass over them; the loss is that of the step's examples."]
    if training.validation is not None:
        lines += ["A part of the examples is held out; the parameters are those of the least loss on it, and the"]
        lines += [f"losses on it come third, one {'a pass' if batches else 'for each 10 steps'}."]
    if training.patience is not None:
        lines += ["The training ends where `patience` of them in turn are no less than the least."]
    if training.schedule:
        lines += ["The learning rate changes with the step."]
    if training.checkpoint:
        lines += ["All is kept in the file `checkpoint` every `checkpoint_every` steps; where it is there already,"]
        lines += ["the training goes on from it."]
    return [*lines, "The arguments are left as they are. `report(step, loss)` is called after each step."]
