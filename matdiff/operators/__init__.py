"""The operator table: what is known of an operator is one row.

``kernel`` holds the operators linear in each argument, ``arrangements`` what places and orders entries, ``functions``
the functions of matrices, ``factors`` decompositions and spectra, ``matrix_functions`` functions of a square matrix as
a whole and matrix equations, ``elementwise`` the scalar functions applied to each entry, ``macros`` what reads as a
formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from matdiff.errors import UnsupportedError
from matdiff.expr import LEAVES, Expr, topo
from matdiff.operators.arrangements import ARRANGEMENTS
from matdiff.operators.elementwise import ELEMENTWISE, MASK_SIGNS
from matdiff.operators.factors import FACTORS
from matdiff.operators.functions import FUNCTIONS
from matdiff.operators.kernel import KERNEL, MOVES
from matdiff.operators.macros import ALIASES, MACROS, Macro
from matdiff.operators.matrix_functions import MATRIX_FUNCTIONS
from matdiff.operators.parametric import PARAMETRIC
from matdiff.operators.row import Row, Several

__all__ = [
    "ALIASES",
    "BILINEAR",
    "CALLS",
    "CHAINS",
    "MASK_SIGNS",
    "MOVES",
    "OUTPUTS",
    "PARAMETRIC",
    "ROWS",
    "UNORDERED",
    "Macro",
    "Row",
    "apply",
    "dependents",
    "entries",
    "facts",
    "row",
    "row_of",
]

_TABLES: tuple[tuple[Row | Several, ...], ...] = (
    KERNEL,
    ARRANGEMENTS,
    FUNCTIONS,
    FACTORS,
    MATRIX_FUNCTIONS,
    ELEMENTWISE,
)
_ENTRIES = [entry for table in _TABLES for entry in table]
ROWS: dict[str, Row] = {
    value.name: value for entry in _ENTRIES for value in (entry.values if isinstance(entry, Several) else (entry,))
}
OUTPUTS = {entry.call: entry for entry in _ENTRIES if isinstance(entry, Several)}
"""Functions with several values."""

BILINEAR = frozenset(name for name, entry in ROWS.items() if entry.is_product)
"""Products of every kind."""
CHAINS = frozenset(name for name, entry in ROWS.items() if entry.associative)
"""Of whose nested uses one chain is made."""
UNORDERED = frozenset(name for name in CHAINS if ROWS[name].commutative)
"""Chains whose operands may stand in any order."""

CALLS: dict[str, list[Row | Macro]] = {}
"""What a function name of the notation may mean, the most particular first."""
_FUNCTIONS: tuple[Row | Macro, ...] = (*ROWS.values(), *MACROS)
for _entry in _FUNCTIONS:
    if _entry.call:
        CALLS.setdefault(_entry.call, []).append(_entry)


def row(node: Expr) -> Row:
    """The row of a node that is neither a leaf nor a definition."""
    return row_of(node.op, node.data)


_NOTHING = Row("", "")


def facts(node: Expr) -> Row:
    """The row of a node; one that says nothing for what has none."""
    return _NOTHING if node.op in WITHOUT_ROW else row(node)


def row_of(op: str, data: Any) -> Row:
    build = PARAMETRIC.get(op)
    if op in INDEXED:
        raise UnsupportedError(f"{INDEXED[op]} is not supported here")
    return build(data) if build else ROWS[op]


INDEXED = {"bound": "a sum over an index", "block": "a block matrix", "slice": "a slice", "selection": "a slice"}
"""Operators that have no row: models with them are derived as programs of statements."""

WITHOUT_ROW = frozenset({*LEAVES, *INDEXED, "definition", "differential"})


def dependents(roots: Iterable[Expr], wrt: Iterable[Expr]) -> set[Expr]:
    """The nodes whose value varies with one of the variables."""
    found = set(wrt)
    for node in topo(*roots):
        if any(arg in found for arg in node.args) and (node.op == "definition" or not row(node).constant):
            found.add(node)
    return found


def entries(root: Expr) -> Iterator[tuple[Expr, Row]]:
    """Every operator below an expression once, with its row."""
    for node in topo(root):
        if node.op not in LEAVES and node.op not in ("definition", "differential"):
            yield node, row(node)


def apply(op: str, *args: Expr, data: Any = None) -> Expr:
    """The operator over arguments whose sizes are known to fit, sized by its row."""
    entry = row_of(op, data)
    found = entry.match(tuple(arg.shape for arg in args), data)
    if found is None:
        raise AssertionError(f"{op} over {[arg.shape for arg in args]}")
    rows, cols = entry.signature[1]
    return Expr(op, args, data, (rows.substitute(found), cols.substitute(found)))
