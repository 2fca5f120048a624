"""What is said to minimise something, or to make its gradient zero: the gradient is taken there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from matdiff import expr as E
from matdiff.checking.asides import Asides
from matdiff.checking.blanked import plain
from matdiff.checking.findings import HOLDS
from matdiff.checking.givens import Given
from matdiff.checking.judge import Judge, Judgement, Side, zero_like
from matdiff.checking.settings import SENTENCE, Setting
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo

MADE_ZERO = re.compile(
    r"(?:gradient|derivative|partial|nabla|梯度|导数|導數|偏导|기울기|미분)[^.。]{0,60}(?:zero|\b0\b|vanish|零|영)"
    r"|(?:zero|vanish)[^.。]{0,30}(?:gradient|derivative|partial|nabla)"
    r"|\b(?:set(?:ting)?|equat(?:e|ing)|put(?:ting)?)\s+(?:this|it|these|both|that|(?:the\s+)?(?:above|expression|result))"
    r"[^.。]{0,20}(?:\bto\b|equal|=)[^.。]{0,10}(?:zero|\b0\b)|令(?:其|上式|它)[^.。]{0,6}(?:零|0)",
    re.IGNORECASE,
)
"""Words that say how a point was found: what does not make the gradient zero is then wrong."""
BEST = re.compile(
    r"minimi[sz]|maximi[sz]|optim(?:um|al)|stationary|critical point|closed[- ]form|solution|solving"
    r"|最优|最佳|极小|极大|最小|最大|최적|최소|최대",
    re.IGNORECASE,
)
"""Words that may: what does not is then only a name."""
CONSTRAINED = re.compile(r"subject to|\bs\.\s?t\.|constrain|lagrang|multiplier|约束|拉格朗日|제약", re.IGNORECASE)
ARGUMENT = re.compile(
    r"\\?arg(?:\\[,;!]|\s|\\)*m(?:in|ax)[}\s]*(?:\\limits)?\s*_\s*(?:\{\s*(?P<braced>[^{}]+|\\\w+\{\w+\})\s*\}|(?P<bare>\\?\w))"
    r"\s*(?:\\[,;!]|~|\s)*(?P<name>\\?[A-Za-z]+)"
)
r"""``\arg\min_w f(w)``."""
MULTIPLIERS = frozenset({"lambda", "mu", "nu", "alpha", "beta", "gamma", "kappa", "eta", "lambda_1", "lambda_2"})
MOVED = frozenset({"matrix", "vector", "row", "scalar"})
AFTER = 160
"""So far before and behind a formula such words are looked for."""


class Optima:
    """Judges what a document says of where something is least."""

    def __init__(self, judge: Judge, asides: Asides) -> None:
        self.judge, self.scope, self.asides = judge, judge.scope, asides

    def judged(self, left: Side, right: Side, setting: Setting) -> Judgement | None:
        """The verdict on ``w^* = …``, where words before it say of what w is the optimum; else None."""
        begins = setting.first and left.node is not None and left.node.kind == "name"
        if right.node is None or right.error is not None or not (begins or ARGUMENT.search(left.text)):
            return None
        before = self.scope.source[max(0, left.member.start - AFTER) : left.member.start]
        words = f"{setting.words} {setting.lead} {SENTENCE.split(before)[-1]}"
        around = f"{words} {self.scope.source[right.member.end : right.member.end + AFTER]}"
        if CONSTRAINED.search(around):
            return None
        failed: Judgement | None = None
        with suppress(MatdiffError):
            body = self.judge.alone(right)
            told = {node for node in topo(body) if node.op == "variable"}
            if not told:  # "the derivative is zero for x = 0"
                return None
            for variable, slope, text, sure in self.conditions(left, right, setting, words):
                nodes = set(topo(slope))
                if variable in told or body.shape != variable.shape or not nodes >= told:
                    continue  # of what else it speaks nothing is known
                (value,) = E.substitute([slope], {variable: body})
                zero = zero_like(value)
                found = self.judge.compare(value, zero, left, right)
                if found.verdict == "wrong":
                    found = self.asides.conditions.symmetric(value, zero, self.scope.source.splitlines()) or found
                if found.verdict in HOLDS:
                    self.define(left, variable, body)
                    where = f" {found.detail}" if found.detail.startswith("where ") else ""
                    return Judgement(found.verdict, f"{text} zero there{where}", evidence=found.evidence)
                if found.verdict == "wrong" and sure:
                    failed = failed or replace(found, detail=f"{text} not zero there: {found.detail}")
                elif found.verdict == "wrong":
                    self.scope.notes.append(f"{text} not zero there")
        return self.asides.doubts.about(failed, left, right, setting.met) if failed is not None else None

    def conditions(
        self, left: Side, right: Side, setting: Setting, words: str
    ) -> Iterator[tuple[Expr, Expr, str, bool]]:
        """A variable, what is zero at its optimum, the words for that, and whether the document surely means it."""
        told = ARGUMENT.search(left.text)
        if told is not None:
            variable = self.variable(plain(told["braced"] or told["bare"]))
            if variable is not None:
                named = (loss for loss in self.losses(variable, right) if loss[0] == plain(told["name"]))
                yield from (self.gradient(of, loss, variable, True) for of, loss in named)
            return
        name = str(left.node.value) if left.node is not None else ""
        variable = self.variable(re.split(r"[_^]", name)[0])
        if variable is None:
            return
        sure = bool(MADE_ZERO.search(words))
        if variable.data[0] != name:
            for given in reversed(self.scope.givens.equations):
                if variable in given.variables and (setting.follows or sure):
                    yield variable, given.difference, f"by {given.text} the gradient is", setting.follows
        if sure or BEST.search(words):
            yield from (
                self.gradient(of, loss, variable, sure) for of, loss in self.losses(variable, right) if of != name
            )

    def define(self, left: Side, variable: Expr, body: Expr) -> None:
        """A name of its own for the optimum stands for it from here on."""
        found = self.scope.named(str(left.node.value)) if left.node is not None and left.node.kind == "name" else None
        if found is not None and found.op == "variable" and found is not variable and found not in set(topo(body)):
            self.scope.givens.define(found, body, left.text)
            self.judge.claims.found.clear()

    def constrain(self, body: Expr) -> None:
        """What multipliers stand before in a function that a document defines, where it speaks of constraints."""
        if not body.is_scalar or not CONSTRAINED.search(self.scope.source):
            return
        for one in topo(body):
            if one.op == "variable" and one.data[0] in MULTIPLIERS and one.is_scalar:
                with suppress(MatdiffError):
                    slope = self.judge.claims.derivative("gradient", body, (one,))
                    if one not in topo(slope) and any(node.op == "variable" for node in topo(slope)):
                        given = Given(slope, zero_like(slope), f"the constraint of {one.data[0]}")
                        self.scope.givens.constraints.append(given)

    def variable(self, name: str) -> Expr | None:
        found = self.scope.named(name)
        return found if found is not None and found.op == "variable" and found.data[1] in MOVED else None

    def losses(self, variable: Expr, right: Side) -> Iterator[tuple[str, Expr]]:
        """The numbers that are defined by a variable, the last first; functions of it, too."""
        for name, node in reversed(self.scope.definitions.items()):
            if node.is_scalar and variable in set(topo(node)):
                yield name, node
        for name, defined in self.scope.functions.written.items():
            for one in reversed(defined):
                if one.parameters == (variable.data[0],) and one.body.start < right.member.start:
                    with suppress(MatdiffError):
                        yield name, self.scope.expression(one.body)

    def gradient(self, of: str, loss: Expr, variable: Expr, sure: bool) -> tuple[Expr, Expr, str, bool]:
        slope = self.judge.claims.derivative("gradient", loss, (variable,))
        return variable, slope, f"the gradient of {of} by {variable.data[0]} is", sure
