"""How NumPy spells the functions of the table: the ``numpy`` column of their rows, read the other way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matdiff.operators import CALLS, Row
from matdiff.sizes import ONE

_CALL = re.compile(r"np\.([\w.]+)\(\{\w+\}(?: ([*/]) np\.pi)?(?:, axis=([01]))?\)")
_INVERSE = {"*": "/", "/": "*", None: ""}


@dataclass(frozen=True)
class Spelling:
    """A function of NumPy as one of the table: ``np.sinc(x)`` is sinc of ``x*pi``, ``np.cumsum(A, axis=0)`` cumsum of
    the columns."""

    row: Row
    by_pi: str
    """``*`` or ``/`` where the argument is multiplied or divided by π."""
    axis: int | None

    @property
    def rank(self) -> int:
        """Of the value of a matrix: 2 for a matrix, 1 for a column, 0 for a number."""
        rows, cols = self.row.signature[1]
        return 2 if cols is not ONE else 1 if rows is not ONE else 0


def spellings() -> dict[str, Spelling]:
    """The functions of NumPy that are one function of the table each, by name."""
    found: dict[str, Spelling] = {}
    for entries in CALLS.values():
        for entry in entries:
            call = _CALL.fullmatch(entry.numpy) if isinstance(entry, Row) and len(entry.arguments) == 1 else None
            if call and isinstance(entry, Row):
                axis = int(call[3]) if call[3] else None
                found.setdefault(call[1], Spelling(entry, _INVERSE[call[2]], axis))
    return found


UFUNCS = {by.row.name: name for name, by in spellings().items() if by.row.elementwise and not by.by_pi}
"""The functions of entries that one function of NumPy is, with its name."""
