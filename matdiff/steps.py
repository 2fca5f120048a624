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
    rewrites: bool = False
    """Whether it is the function that is written in another form, before its differential is taken."""
    moves: tuple[RawStep, ...] = ()
    """The single steps of a line that has several."""
    told: tuple[RawStep, ...] = ()
    """Those after which the line is called."""
