"""The JAX target over many devices and processes: data-parallel, with large parameters over a second axis.

The compiled loop is that of one device; its inputs lie over a mesh, and XLA's partitioner adds what has to be
exchanged (Xu et al. 2021, GSPMD).
"""

from __future__ import annotations

from dataclasses import replace

from matdiff.codegen import compiled_loop, jax, script, trainer
from matdiff.codegen.module import Module
from matdiff.codegen.text import entries, function, indented, spread
from matdiff.texts import texts

TEXTS = texts("sharded")

REPORTING = "report if first else None"

DOCUMENTED = [
    "Gradient descent over all devices: the parameters it reaches, and the loss before each step.",
    "",
    "The rows of `EXAMPLES` lie over the devices, and each group of `split` devices shares the columns of",
    "a parameter of `LARGE` entries or more. The steps run in compiled loops of up to `MOST` steps;",
    "`report(step, loss)` is then called for each of them. Every process gives the same inputs.",
]


def train(module: Module) -> str:
    """The loop over compiled loops whose inputs lie over a mesh."""
    module.called |= {"join", "mesh_of", "spread"}
    inputs = [*module.arguments.values()]
    examples = trainer.examples_of(module.inputs, module.wrt)
    tuple_of = f"({', '.join(inputs)}{',' * (len(inputs) == 1)})"
    body = [
        trainer.CHECK_RATE,
        *script.nearest(module),
        "mesh = mesh_of(split)",
        f"inputs = {tuple_of}",
        f"{tuple_of[1:-1]} = (spread(mesh, *pair) for pair in zip(SHAPES, inputs, strict=True))",
        "whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())",
        "gathered = jax.jit(lambda values: values, out_shardings=whole)",
        "losses, count = [], 1",
        "while len(losses) < steps and all(map(math.isfinite, losses[-1:])):",
        *indented(jax.descent_call(module, indent=8)),
        "    found, done = map(np.asarray, gathered((found, done)))",
        "    found = found[: int(done)].tolist()",
        *indented(compiled_loop.REPORTED),
        "    count = min(4 * count, MOST)  # the same on all processes",
        *spread("parameters = gathered({", entries((name, module.arguments[name]) for name in module.wrt), "})"),
        "return finished({name: np.asarray(value) for name, value in parameters.items()}, losses)",
    ]
    head = [*inputs, *script.keywords(module), "split=1"]
    text = function("train", head, script.about_train(module, DOCUMENTED), body)
    constants = [
        "MOST = 64  # steps of one loop",
        "LARGE = 2**16  # entries of a parameter that is shared out",
        f"EXAMPLES = {tuple(examples)!r}",
        f"PARAMETERS = {tuple(module.wrt)!r}",
    ]
    return "\n".join(constants).replace("'", '"') + f"\n\n\n{jax.descend(module)}\n\n\n@checked\n{text}"


SHARDED = replace(
    jax.JAX,
    helpers={**jax.JAX.helpers, **{name: TEXTS[name] for name in ("placed", "join", "mesh_of", "spread")}},
    locals=jax.JAX.locals | {"mesh", "inputs", "whole", "gathered", "split", "EXAMPLES", "PARAMETERS", "LARGE"},
    train=train,
    script={name: TEXTS[name] for name in ("flags", "start", "others", "settings")} | {"reporting": REPORTING},
)
