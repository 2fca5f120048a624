"""The words of JAX and of PyTorch for programs with indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matdiff.arrays.words import HELPERS, LEADING, NUMPY, PHRASES, Words, forms
from matdiff.codegen.jax import JAX as JAX_TARGET
from matdiff.codegen.target import Target
from matdiff.codegen.torch import TORCH as TORCH_TARGET
from matdiff.expr import Expr
from matdiff.operators import row


def rows_of(target: Target) -> Callable[[Expr], str]:
    """How a target writes the functions of the operator table."""

    def text(node: Expr) -> str:
        written = target.row_form(node.op, node.data).text
        for number, name in enumerate(row(node).arguments):
            written = written.replace(f"{{{number}}}", f"{{{name}}}")
        return written

    return text


def renamed(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text.replace("np.", "jnp.") for name, text in texts.items()}


JAX = Words(
    "jax",
    forms(renamed(LEADING), "({0} ? {1}).astype(dtype)"),
    renamed(PHRASES)
    | {
        "zeros": "jnp.zeros({0}, dtype)",
        "ones": "jnp.ones({0}, dtype)",
        "eye": "jnp.eye({0}, dtype=dtype)",
        "one_by_one": "jnp.array([[{0}]], dtype)",
        "float": "{0}.astype(dtype)",
        "choose": "jnp.where({0}, {1}, {2})",
        "clip_number": "jnp.clip({0}, 0, {1} - 1)",
        "filled": "jnp.broadcast_to({0}, {1})",
        "truth": "1.0 * ({0})",
    },
    dict(JAX_TARGET.helpers)
    | renamed(HELPERS)
    | {
        "each": '''
def each(function, *arrays):
    """A function of matrices for each value of the leading axes."""
    lead = jnp.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    arrays = [jnp.broadcast_to(a, lead + a.shape[-2:]).reshape(-1, *a.shape[-2:]) for a in arrays]
    found = jax.vmap(lambda *members: jnp.atleast_2d(function(*members)))(*arrays)
    return found.reshape(lead + found.shape[-2:])
''',
        "placed": '''
def placed(values, at, count):
    """The sum of the values that are told one place."""
    return jnp.zeros((count, *values.shape[1:]), values.dtype).at[at].add(values)
''',
    },
    rows_of(JAX_TARGET),
    traced=True,
)

TORCH = Words(
    "torch",
    forms(
        {name: text.replace("np.", "torch.") for name, text in LEADING.items()}
        | {
            "tr": "torch.diagonal({0}, dim1=-2, dim2=-1).sum(-1)[..., None, None]",
            "diagonal_of": "torch.diagonal({0}, dim1=-2, dim2=-1)[..., None]",
            "diag": "{0} * torch.eye({m}, dtype=dtype)",
            "maximum": "torch.where({0} > {1}, {0}, {1})",
            "minimum": "torch.where({0} < {1}, {0}, {1})",
        },
        "({0} ? {1}).to(dtype)",
    ),
    {name: text.replace("np.", "torch.") for name, text in PHRASES.items()}
    | {
        "zeros": "torch.zeros({0}, dtype=dtype)",
        "ones": "torch.ones({0}, dtype=dtype)",
        "eye": "torch.eye({0}, dtype=dtype)",
        "one_by_one": "torch.tensor([[{0}]], dtype=dtype)",
        "float": "{0}.to(dtype)",
        "mask": "torch.as_tensor({0})",
        "filled": "torch.broadcast_to({0}, {1}).clone()",
        "permute": "{0}.permute({1})",
        "prod over": "product({0}, {1})",
        "max over": "torch.amax({0}, dim={1})",
        "min over": "torch.amin({0}, dim={1})",
    },
    dict(TORCH_TARGET.helpers)
    | {
        "softmax": '''
def softmax(x, axis=-1):
    """The softmax along an axis."""
    return torch.softmax(x, axis)
''',
        "log_softmax": '''
def log_softmax(x, axis=-1):
    """The logarithm of the softmax along an axis."""
    return torch.log_softmax(x, axis)
''',
        "logsumexp": '''
def logsumexp(x, axis=-1):
    """The logarithm of the sum of the exponentials along some axes."""
    return torch.logsumexp(x, axis, keepdim=True)
''',
        "product": '''
def product(x, axes):
    """The product along some axes."""
    for axis in sorted([axes] if isinstance(axes, int) else axes, reverse=True):
        x = torch.prod(x, axis)
    return x
''',
        "vec": HELPERS["vec"],
        "unvec": HELPERS["unvec"],
        "each": '''
def each(function, *arrays):
    """A function of matrices for each value of the leading axes."""
    lead = torch.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    arrays = [torch.broadcast_to(a, lead + a.shape[-2:]).reshape(-1, *a.shape[-2:]) for a in arrays]
    found = torch.stack([torch.atleast_2d(function(*members)) for members in zip(*arrays, strict=True)])
    return found.reshape(lead + found.shape[-2:])
''',
        "contract": HELPERS["contract"].replace(".transpose(", ".permute(").replace("np.", "torch."),
        "placed": '''
def placed(values, at, count):
    """The sum of the values that are told one place."""
    found = torch.zeros((count, *values.shape[1:]), dtype=values.dtype)
    return found.index_add(0, at, values)
''',
        "common_type": '''
def common_type(*values):
    """The type that arrays have in common; numbers of Python adapt to it."""
    arrays = [value for value in values if not isinstance(value, int | float)]
    types = [a.dtype if isinstance(a, torch.Tensor) else torch.as_tensor(np.asarray(a)).dtype for a in arrays]
    return functools.reduce(torch.promote_types, types, torch.float32) if types else torch.float64
''',
    },
    rows_of(TORCH_TARGET),
)

LIBRARIES = {"numpy": NUMPY, "jax": JAX, "torch": TORCH}
