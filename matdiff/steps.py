"""The record of one step of a derivation. A plain record, no logic of calculus."""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.expr import Expr


@dataclass(frozen=True)
class RawStep:
    """One link: ``before = after``, by a named rule. Both sides are differentials of the objective,
    or one term of it, or (for a rewriting) a value."""

    rule: str
    before: Expr
    after: Expr
    note: str = ""
    source: str = ""
    of: Expr | None = None
    """The node whose differential is replaced, where the step is about one."""
