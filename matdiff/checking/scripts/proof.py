"""Proofs that what a script computes is the gradient, where its operations are those of matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import process_time

import numpy as np

from matdiff import expr as E
from matdiff.checking.scripts.judging import Outcome, Point, Question
from matdiff.checking.scripts.slopes import ZERO
from matdiff.checking.scripts.watching import slice_of
from matdiff.compose import transposed
from matdiff.derivatives import Derivatives
from matdiff.equality import decide
from matdiff.errors import MatdiffError, VerificationError
from matdiff.expr import Expr, topo
from matdiff.python.formulas import Unwritten, Writer
from matdiff.python.values import Node
from matdiff.reader import read_model

SECONDS = 3.0
LONGEST = 80
"""Of longer runs no proof is tried."""


def proved(question: Question, points: Sequence[Point], number: int, outcome: Outcome, until: float) -> tuple[str, str]:
    """The verdict on a gradient that agrees with differences, and what is said of it."""
    error = max(point.outcomes[number].error for point in points)
    zero = all(o.slopes is not None and o.slopes.scale < ZERO for o in (point.outcomes[number] for point in points))
    words = "both are 0" if zero else f"largest relative error {error:.0e}"
    sampled = f"agrees with differences at {len(points)} random points, {words}"
    found = outcome.found
    other = outcome.detail and not outcome.detail.startswith("its shape is")
    if found is None or not isinstance(found.loss, Node) or not isinstance(found.claimed, Node) or other:
        return "sampled", sampled
    lengths = {n for node in slice_of(found.loss) if node.fn is None for n in np.shape(node.value)}
    named = {n: f"n{n}" for n in lengths if n > 2}
    for sizes in (named, {}):
        if process_time() > until:
            break
        note = proof(found.loss, found.by, found.claimed, outcome, sizes)
        if note is not None:
            return "proved", note
    return "sampled", sampled


def proof(loss: Node, by: Node, claimed: Node, outcome: Outcome, sizes: Mapping[int, str]) -> str | None:
    """What is said of a proof; None where there is none."""
    writer = Writer(sizes)
    try:
        writer.write(by, loss, claimed)
        if len(writer.definitions) > LONGEST:
            return None
        model = read_model("\n".join([*writer.declarations, *writer.definitions]))

        def expr(node: Node) -> Expr:
            name = writer.names[node]
            found = model.definitions.get(name)
            return found if found is not None else model.variables[name]

        function, variable, value = expr(loss), expr(by), expr(claimed)
        if variable.op == "variable":
            # the names of the definitions need not stay
            function, value = E.expand(function), E.expand(value)
        derivatives = Derivatives(n for n in topo(function) if n.op == "definition")
        true = derivatives.gradient(function, variable)
        if value.shape != true.shape and value.shape == true.shape[::-1] and 1 in np.shape(outcome.value):
            value = transposed(value)
        verdict = decide(true, value, almost_everywhere=True)
        if verdict.how != "proved":
            return None
        for name in writer.opaque:
            held = model.variables[name]
            slope = derivatives.gradient(function, held)
            zero = E.zeros(*held.shape) if not held.is_scalar else E.number(0)
            if held in set(topo(function)) and decide(slope, zero).how != "proved":
                return None
        return verdict.note
    except VerificationError:
        raise  # the fault is not in the script
    except (MatdiffError, Unwritten, KeyError):
        return None
