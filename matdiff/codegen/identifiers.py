"""Names in generated code: a model's names as Python identifiers that are safe, and fresh ones."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable, Iterator

from matdiff.codegen.table_functions import NUMPY_FUNCTIONS

_MODULES = "np numpy jax jnp torch argparse functools importlib inspect math sys plt matplotlib"
_FUNCTIONS = (
    "loss_and_gradients train check_gradients class_scores initialise spirals load plot main report"
    " checked as_array check_inputs check_rate finished placed to_numpy descend common_type empty side_by_side"
    " sigmoid erf adjugate log_det commutation function"
)
_LOCALS = (
    "result SHAPES LABELS data sizes drawn told name array size count seed rng starts parts exp_limit steps"
    " learning_rate tolerance step losses gradients STRUCTURE NEAREST given along_sphere along_stiefel"
    " along_spd"
)

RESERVED = frozenset(
    (
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *f"{_MODULES} {_FUNCTIONS} {_LOCALS}".split(),
        *NUMPY_FUNCTIONS,
    )
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

    def numbered(self, name: str) -> Iterator[str]:
        number = 2
        while True:
            if f"{name}_{number}" not in self.taken:
                yield f"{name}_{number}"
            number += 1
