"""The JAX target: the same plan, with the gradients as derived, compiled by ``jax.jit``."""

from __future__ import annotations

from dataclasses import replace

from matdiff.arrays.precedence import ATOM
from matdiff.codegen.module import Module
from matdiff.codegen.numpy import HELPERS, NUMPY
from matdiff.codegen.script import CHECK_RATE, DESCENT, descent, keywords
from matdiff.codegen.table_functions import JAX_FUNCTIONS
from matdiff.codegen.target import Form, Target
from matdiff.codegen.text import function, spread
from matdiff.operators import ROWS

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
    JAX_FUNCTIONS
    | {name: HELPERS[name].replace("np.", "jnp.") for name in ("adjugate", "commutation")}
    | {
        "log_det": '''
def log_det(a):
    """log(det(a)) where the determinant may be too large for a float; nan where it is negative."""
    sign, value = jnp.linalg.slogdet(a)
    return jnp.where(sign >= 0, value, jnp.nan)
''',
        "placed": '''
def placed(value, array):
    """An array where the value it was made of lies; numbers stay numbers."""
    if isinstance(array, float):
        return array
    place = value.sharding if isinstance(value, jax.Array) else None
    return jax.device_put(array, place)
''',
        "gamma": '''
def gamma(x):
    """The gamma function, entry by entry."""
    return jax.scipy.special.gamma(x)
''',
        "loggamma": '''
def loggamma(x):
    """The logarithm of the gamma function, entry by entry."""
    return jax.scipy.special.gammaln(x)
''',
    }
)


def train(module: Module) -> str:
    """A compiled step, and the loop over it."""
    inputs = [*module.arguments.values()]
    moved = [f'{module.arguments[name]} - learning_rate * gradients["{name}"]' for name in module.wrt]
    step = [
        *spread("loss, gradients = loss_and_gradients.__wrapped__(", inputs, ")"),
        *spread("return (", ["loss", *moved], ")"),
    ]
    doc = ["One step of the descent: the loss before it, and the parameters after it."]
    descend = "@jax.jit\n" + function("descend", [*inputs, "learning_rate"], doc, step)
    parameters = [module.arguments[name] for name in module.wrt]
    results = ["loss", *parameters]
    called = [*inputs, "learning_rate"]
    call = spread(f"{', '.join(results)} = descend(", called, ")", indent=12)
    if len(call[0]) + 12 > 88:
        call = [*spread("result = descend(", called, ")", indent=12), *spread("(", results, ") = result", indent=12)]
    body = [CHECK_RATE, *descent(module, call, "float(loss)")]
    return f"{descend}\n\n\n@checked\n{function('train', [*inputs, *keywords(module)], DESCENT, body)}"


SHARED = (
    "exp expm1 log log1p sqrt square abs sign sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh"
    " floor ceil sinc heaviside maximum minimum logaddexp sum prod max min mean cumsum sort trace diag tril triu kron"
    " einsum where linalg.det linalg.slogdet linalg.inv linalg.pinv linalg.norm linalg.solve linalg.cholesky"
    " linalg.eigh linalg.eigvalsh linalg.svd linalg.qr linalg.matrix_power"
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
    train=train,
)
