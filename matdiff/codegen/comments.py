"""What stands beside the lines of a backward pass: the differential each of them comes from."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.derivatives import differential
from matdiff.expr import Expr, topo
from matdiff.printing.math import Printer
from matdiff.rewriting.readable import Readable

MAX_LENGTH = 84
"""Longer differentials are left out."""


def differential_text(consumer: Expr, live: set[Expr], printer: Printer) -> str | None:
    """``dh = x*dw``: the differential of a named value in those of what it is made of."""
    body = consumer.args[0] if consumer.op == "definition" else consumer
    atoms: dict[Expr, Expr] = {}
    moving: list[Expr] = []
    for node in topo(body, inside=lambda node: () if node.op == "definition" else node.args):
        if node.op == "definition":
            atoms[node] = E.variable(node.data, node.shape)
        if node.op in ("definition", "variable") and node in live:
            moving.append(atoms.get(node, node))
    (body,) = E.substitute([body], atoms)
    if not moving:
        return None
    name = consumer.data if consumer.op == "definition" else "f"
    text = f"d{name} = {printer(Readable()(differential(body, moving)))}"
    return text if len(text) <= MAX_LENGTH and "\n" not in text else None
