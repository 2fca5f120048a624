"""Names in generated code: a model's names as Python identifiers that are safe, and fresh ones."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable

RESERVED = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *("np", "jax", "jnp", "torch", "argparse", "math", "sys", "plt", "matplotlib"),
        *("loss_and_gradients", "train", "check_gradients", "initialise", "load_data", "main", "annotations"),
        *("steps", "learning_rate", "parameters", "losses", "gradients", "step", "report_every", "rng", "args"),
        *("sigmoid", "erf", "log_det", "commutation", "self"),
    }
)
"""What a name of the model must not hide."""


def identifier(name: str) -> str:
    """A plain identifier near the name: never a keyword, a builtin, or a name with leading underscores."""
    text = unicodedata.normalize("NFKC", name)
    text = "".join(c if f"a{c}".isidentifier() else "_" for c in text).strip("_") or "value"
    return text if text.isidentifier() else f"v_{text}"


class Namer:
    """Hands out identifiers, each one once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*RESERVED, *taken}

    def __call__(self, wanted: str) -> str:
        name = identifier(wanted)
        if name in self.taken:
            name = f"{name}_" if f"{name}_" not in self.taken else next(self.numbered(name))
        self.taken.add(name)
        return name

    def fresh(self, wanted: str) -> str:
        """A name for a value that has none in the model: numbered where it is taken."""
        name = identifier(wanted)
        if name in self.taken:
            name = next(self.numbered(name))
        self.taken.add(name)
        return name

    def numbered(self, name: str) -> Iterable[str]:
        number = 2
        while True:
            if f"{name}_{number}" not in self.taken:
                yield f"{name}_{number}"
            number += 1
