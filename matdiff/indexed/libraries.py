"""The words of JAX and of PyTorch for programs with indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from matdiff.arrays.words import HELPERS, LEADING, NUMPY, PHRASES, Words, forms
from matdiff.codegen.jax import JAX as JAX_TARGET
from matdiff.codegen.numpy import NUMPY as NUMPY_TARGET
from matdiff.codegen.target import Target
from matdiff.codegen.torch import TORCH as TORCH_TARGET
from matdiff.expr import Expr
from matdiff.operators import row
from matdiff.texts import texts


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
    dict(JAX_TARGET.helpers) | renamed(HELPERS) | texts("families_jax"),
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
        **texts("families_torch"),
        "vec": HELPERS["vec"],
        "unvec": HELPERS["unvec"],
        "contract": HELPERS["contract"].replace(".transpose(", ".permute(").replace("np.", "torch."),
    },
    rows_of(TORCH_TARGET),
)

LIBRARIES = {"numpy": replace(NUMPY, row=rows_of(NUMPY_TARGET)), "jax": JAX, "torch": TORCH}
