"""The functions of `matdiff.array_functions` as text that generated code holds, in the words of each library."""

from __future__ import annotations

import inspect
import re

from matdiff import array_functions
from matdiff.evaluate import ASYMMETRY, NOT_SYMMETRIC
from matdiff.texts import texts


def _texts() -> dict[str, str]:
    """Each function as its text, without types."""
    found = {}
    for name, value in vars(array_functions).items():
        if inspect.isfunction(value):
            head, _, body = inspect.getsource(value).partition(':\n    """')
            head, body = " ".join(head.split()).replace("( ", "(").replace(", )", ")") + ":", f'    """{body}'
            plain = re.sub(r": Callable\[\[Array\], \w+\]|: Array| -> Array|: Any", "", head)
            found[name] = f"\n{plain}\n{body}"
    return found


NUMPY_FUNCTIONS = _texts() | {
    "symmetric_part": f'''
def symmetric_part(x):
    """The mean of x and its transpose; x must be symmetric, but for steps of differences."""
    if np.max(np.abs(x - x.T)) > {ASYMMETRY:g} * np.max(np.abs(x)):
        raise np.linalg.LinAlgError("{NOT_SYMMETRIC}")
    return (x + x.T) / 2
''',
}

_NOT_TRACED = ("whole_power", "newton", "solution")
"""What depends on a value that ``jax.jit`` does not know."""
_NOT_IN_TORCH = ("newton", "solution")

JAX_FUNCTIONS = {
    name: text.replace("np.", "jnp.") for name, text in NUMPY_FUNCTIONS.items() if name not in _NOT_TRACED
} | {
    "symmetric_part": f'''
def symmetric_part(x):
    """The mean of x and its transpose; not a number where x is not symmetric, but for steps of differences."""
    far = jnp.max(jnp.abs(x - x.T)) > {ASYMMETRY:g} * jnp.max(jnp.abs(x))
    return jnp.where(far, jnp.nan, (x + x.T) / 2)
''',
    **texts("jax_functions"),
}

_TORCH = {
    "np.array_equal": "torch.equal",
    "np.polynomial": "numpy.polynomial",
    "axis=0) for k": "dims=0) for k",
    "axis=0), 0 * x": "dims=0), 0 * x",
    "np.": "torch.",
    "numpy.poly": "np.poly",
}


def _in_torch(text: str) -> str:
    for word, other in _TORCH.items():
        text = text.replace(word, other)
    return text


TORCH_FUNCTIONS = {
    name: _in_torch(text) for name, text in NUMPY_FUNCTIONS.items() if name not in _NOT_IN_TORCH
} | texts("torch_functions")
