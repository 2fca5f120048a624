"""Training as it was asked for, with the steps in loops that JAX compiles.

The steps are those of the other targets, in the same order of the examples; a loop ends where a pass does, or where
something is looked at or kept.
"""

from __future__ import annotations

from matdiff.codegen import script, trainer
from matdiff.codegen.module import Module
from matdiff.codegen.text import function, indented, spread

DESCEND = [
    "Steps of the training in one compiled loop: how many, the losses before them, and what they reach.",
    "",
    "`ahead` of them, at most `MOST`, from step `begun` on; the loop ends at a loss that is no number.",
]

REPORTED = [
    "losses += found",
    "for step, loss in enumerate(found, len(losses) - len(found)):",
    "    if report and math.isfinite(loss):",
    "        report(step, loss)",
]
"""What follows a compiled loop."""


def train(module: Module) -> str:
    """The function ``train`` and the loop that it calls."""
    training = module.training
    batches = training.batch_size is not None
    examples = trainer.examples_of(module.inputs, module.wrt) if training.has_examples else []
    given = {name: text for name, text in module.arguments.items() if name not in module.wrt}
    data = {name: f"jnp.asarray({text})" if name in module.tensors else text for name, text in given.items()}
    parameters = {name: f"jnp.asarray({module.arguments[name]}, dtype)" for name in module.wrt}
    lines = [trainer.CHECK_RATE, *script.nearest(module), *type_lines(module)]
    lines += trainer.beginning(training, module.target, data, parameters, examples)
    ahead = ["chunk", "steps - begun"]
    loop = ["begun, started = len(losses), time.perf_counter()"]
    if batches:
        loop += [
            *trainer.shuffled("begun"),
            "whole = count // batch_size",
            "size = batch_size if place < whole else count % batch_size",
        ]
        ahead.append("max(whole - place, 1)")
    elif training.validation is not None:
        ahead.append("10 - begun % 10")
    if training.checkpoint:
        ahead.append("checkpoint_every - begun % checkpoint_every")
    loop += [
        f"ahead = min({', '.join(ahead)})",
        *spread(f"done, found, {', '.join(states(module))} = descend(", called(module), ")", indent=12),
        "done = int(done)",
        "found = np.asarray(found)[:done].tolist()",
        *REPORTED,
        "if time.perf_counter() - started < 0.2:",
        "    chunk = min(4 * chunk, MOST)",
        *trainer.looks(training, module.target, "place + done", "len(losses)"),
    ]
    lines += [
        "chunk = 1",
        "try:",
        "    while len(losses) < steps and all(map(math.isfinite, losses[-1:])):",
        *indented(loop, 2),
        *trainer.ending(training),
    ]
    return f"MOST = 1024  # steps of one loop\n\n\n{descend(module, examples)}\n\n\n{script.trained(module, lines)}"


def states(module: Module) -> list[str]:
    return ["parameters", *trainer.STATES[module.training.optimizer or "sgd"]]


def settings(module: Module) -> list[str]:
    """What else the steps depend on."""
    training = module.training
    return [
        "learning_rate",
        *trainer.OPTIMIZERS[training.optimizer or "sgd"],
        *(["steps"] if training.schedule else []),
    ]


def called(module: Module) -> list[str]:
    """What the loop is called with."""
    batches = ["rows", "starts[place]", "size=size"] if module.training.batch_size is not None else []
    return ["data", *states(module), *settings(module), "begun", "ahead", *batches]


def descend(module: Module, examples: list[str]) -> str:
    """A compiled loop over some steps."""
    training = module.training
    batches = training.batch_size is not None
    inputs = ["inputs = data | parameters"]
    if batches:
        names = ", ".join(f'"{name}"' for name in examples)
        inputs = [
            "batch = jax.lax.dynamic_slice(rows, (at + done * size,), (size,))",
            f"inputs = data | {{name: data[name][batch] for name in [{names}]}} | parameters",
        ]
    kept = ", ".join(states(module))
    step = [
        *inputs,
        f"loss, gradients = {module.target.evaluate}(*map(inputs.get, SHAPES))",
        *(["step = (begun + done).astype(losses.dtype)"] if training.counts_steps else []),
        *trainer.updates(training, script.moves_of(module), math=module.target.module),
        f"return done + 1, losses.at[done].set(loss), {kept}",
    ]
    body = [
        "",
        "def is_on(state):",
        "    done, losses, *_ = state",
        "    return (done < ahead) & ((done == 0) | jnp.isfinite(losses[done - 1]))",
        "",
        "def stepped(state):",
        f"    done, losses, {kept} = state",
        *indented(step),
        "",
        "dtype = jnp.result_type(*parameters.values())",
        f"return jax.lax.while_loop(is_on, stepped, (0, jnp.zeros(MOST, dtype), {kept}))",
    ]
    arguments = [
        "data",
        *states(module),
        *settings(module),
        "begun",
        "ahead",
        *(["rows", "at", "size"] if batches else []),
    ]
    head = '@functools.partial(jax.jit, static_argnames="size")\n' if batches else "@jax.jit\n"
    return head + function("descend", arguments, DESCEND, body)


def type_lines(module: Module) -> list[str]:
    """The type that the first step gives the parameters."""
    floats = [
        module.arguments[name]
        for name, node in module.inputs.items()
        if not node.is_scalar and node.data[1] != "labels"
    ]
    return spread("dtype = jnp.result_type(", [*floats, "jnp.float32" if floats else "jnp.float64"], ")")
