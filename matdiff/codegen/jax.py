"""The JAX target: the same plan, with the gradients as derived, compiled by ``jax.jit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matdiff.arrays.precedence import ATOM
from matdiff.codegen import compiled_loop
from matdiff.codegen.module import Module
from matdiff.codegen.numpy import HELPERS, NUMPY
from matdiff.codegen.script import about_train, keywords, nearest, stepped
from matdiff.codegen.table_functions import JAX_FUNCTIONS
from matdiff.codegen.target import Form, Target
from matdiff.codegen.text import WIDTH, entries, function, indented, spread
from matdiff.codegen.trainer import CHECK_RATE
from matdiff.operators import ROWS
from matdiff.texts import texts

FORMS = {
    name: replace(form, text=form.text.replace("np.", "jnp."))
    for name, form in NUMPY.forms.items()
    if name not in ROWS or not ROWS[name].jax
} | {
    "nonzero": Form("jnp.where({0} > 0, {0}, 1.0)"),
    "place": Form("jnp.zeros({shape}{dtype}).at[{1}, {2}].set({0})"),
    "scatter": Form("jnp.zeros({shape}{dtype}).at[{1}].add({0})"),
    "add_at": Form("{0}.at[{1}, {2}].add({3})", arguments=(ATOM,)),
}

RENAMED = (
    JAX_FUNCTIONS | {name: HELPERS[name].replace("np.", "jnp.") for name in ("adjugate", "commutation")} | texts("jax")
)


DESCEND = [
    "Steps of the descent in one compiled loop: the losses before them, and the parameters reached.",
    "",
    "`count` of them, at most `MOST`; the loop ends at a loss that is no number.",
]

REPORTS = [
    "Gradient descent: the parameters it reaches, and the loss before each step.",
    "",
    "The arguments are left as they are. The steps run in compiled loops of up to `MOST` steps and",
    "some tenths of a second; `report(step, loss)` is then called for each of them.",
]


def descend(module: Module) -> str:
    """A compiled loop over some steps."""
    inputs = [*module.arguments.values()]
    parameters = [module.arguments[name] for name in module.wrt]
    moved = [stepped(module, name) for name in module.wrt]
    state = f"{', '.join(parameters)}{',' * (len(parameters) == 1)}"
    step = [
        "def is_on(state):",
        "    step, losses, _ = state",
        "    return (step < count) & ((step == 0) | jnp.isfinite(losses[step - 1]))",
        "",
        "def descended(state):",
        *indented(unpacked("step, losses, ", parameters)),
        *indented(spread("loss, gradients = loss_and_gradients.__wrapped__(", inputs, ")", indent=8)),
        *indented(spread("parameters = (", [*moved, ""] if len(moved) == 1 else moved, ")", indent=8)),
        "    return step + 1, losses.at[step].set(loss), parameters",
        "",
        *cast(module, parameters),
        *spread("state = (0, jnp.zeros(MOST, dtype), (", parameters if len(parameters) > 1 else [f"{state}"], "))"),
        "step, losses, parameters = jax.lax.while_loop(is_on, descended, state)",
        "return losses, step, *parameters",
    ]
    return "@jax.jit\n" + function("descend", [*inputs, "learning_rate", "count"], DESCEND, step)


def descent_call(module: Module, indent: int) -> list[str]:
    """What calls it: the losses found, how many they are, and the parameters reached."""
    called = [*module.arguments.values(), "learning_rate", "min(count, steps - len(losses))"]
    results = ["found", "done", *(module.arguments[name] for name in module.wrt)]
    call = spread(f"{', '.join(results)} = descend(", called, ")", indent=indent)
    if len(call[0]) + indent > WIDTH:
        call = [*spread("result = descend(", called, ")", indent=indent), *spread("(", results, ") = result", indent)]
    return call


def train(module: Module) -> str:
    """The loop over such loops."""
    inputs = [*module.arguments.values()]
    reached = spread("{", entries((name, module.arguments[name]) for name in module.wrt), "},", indent=8)
    body = [
        CHECK_RATE,
        *nearest(module),
        "losses, count = [], 1",
        "try:",
        "    while len(losses) < steps and all(map(math.isfinite, losses[-1:])):",
        "        started = time.perf_counter()",
        *indented(descent_call(module, indent=12), 2),
        "        found = np.asarray(found)[: int(done)].tolist()",
        *indented(compiled_loop.REPORTED, 2),
        "        if time.perf_counter() - started < 0.2:",
        "            count = min(4 * count, MOST)",
        "except KeyboardInterrupt:",
        "    pass  # Ctrl-C ends the descent; what it has reached is returned",
        *(["return finished(", *indented([*reached, "losses,"]), ")"]),
    ]
    if len(reached) == 1 and len(line := f"return finished({reached[0]} losses)") + 4 <= WIDTH:
        body[-4:] = [line]
    text = function("train", [*inputs, *keywords(module)], about_train(module, REPORTS), body)
    return f"MOST = 1024  # steps of one loop\n\n\n{descend(module)}\n\n\n@checked\n{text}"


def unpacked(before: str, names: Sequence[str]) -> list[str]:
    return [f"{before}({', '.join(names)}{',' * (len(names) == 1)}) = state"]


def cast(module: Module, parameters: Sequence[str]) -> list[str]:
    """The parameters in the type that the first step gives them: the loop keeps it."""
    return [*compiled_loop.type_lines(module), *(f"{name} = jnp.asarray({name}, dtype)" for name in parameters)]


SHARED = (
    "exp expm1 log log1p sqrt square abs sign sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh"
    " floor ceil sinc heaviside maximum minimum logaddexp sum prod max min mean cumsum sort trace diag tril triu kron"
    " einsum where argsort take_along_axis linalg.det linalg.slogdet linalg.inv linalg.pinv linalg.norm linalg.solve"
    " linalg.cholesky linalg.eigh linalg.eigvalsh linalg.svd linalg.qr linalg.matrix_power"
)
"""The functions of NumPy that ``jax.numpy`` has under the same names."""

JAX = Target(
    name="jax",
    module="jnp",
    imports='import jax\nimport jax.numpy as jnp\nimport numpy as np\n\njax.config.update("jax_enable_x64", True)',
    forms=FORMS,
    helpers=RENAMED,
    pi="jnp.pi",
    shares=SHARED,
    float_type="jnp.float64",
    decorators=("@jax.jit",),
    entry={"column": "{0} = jnp.reshape({0}, -1)"},
    common_type=("jnp.result_type(", "{0}", ("jnp.float32",), ")"),
    turns_products=True,
    locals=frozenset(
        {"time", "MOST", "state", "parameters", "found", "done", "started", "is_on", "descended", "stepped", "begun"}
        | {"whole", "chunk", "ahead", "size", "at"}
    ),
    train=train,
    asked=compiled_loop.train,
)
