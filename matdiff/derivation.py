"""The record of a derivation: steps in order, and the results. Plain records, no logic of calculus."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class RawDerivation:
    """What the sweep found: for each variable the cotangent, and how."""

    objective: Expr
    wrt: tuple[Expr, ...]
    steps: list[RawStep] = field(default_factory=list)
    gradients: dict[Expr, Expr] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
