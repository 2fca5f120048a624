"""Identities compiled to patterns, and matching. Patterns are small; only they are walked recursively."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from matdiff import expr as E
from matdiff.compose import chain, spine
from matdiff.expr import Expr
from matdiff.identities import Identity
from matdiff.model import CONSTANT_KINDS, STRUCTURED_KINDS
from matdiff.operators import BILINEAR, CALLS, CHAINS, PARAMETRIC, ROWS, UNORDERED, Row
from matdiff.reader import read_model
from matdiff.rewriting.commuting import commute
from matdiff.sizes import ONE, Size

Binding = tuple[dict[str, Expr], dict[str, Size]]
Sketch = tuple[str, tuple[str, ...]]
"""An operator and those of its arguments; of a variable, its kind."""
SETS = UNORDERED & BILINEAR
"""Products of which any factors are matched."""
SUMS, SEQUENCES = UNORDERED - SETS, CHAINS - UNORDERED
KINDS_ASKED = CONSTANT_KINDS | STRUCTURED_KINDS


@dataclass(frozen=True)
class Rule:
    """A compiled identity."""

    identity: Identity
    left: Expr
    right: Expr
    symmetric: tuple[str, ...] = ()
    """The patterns that match what is symmetric."""

    def __call__(
        self, subject: Expr, see: Callable[[Expr], Expr], symmetric: Callable[[Expr], bool] | None = None
    ) -> Expr | None:
        """The right side where the left side matches, else None.

        ``see`` opens a name, ``symmetric`` says whether an expression shows that it is.
        """
        if self.symmetric and symmetric is None:
            return None
        for names, sizes in match(self.left, subject, ({}, {}), see if self.identity.sees_names else None):
            if symmetric is not None and not all(symmetric(names[name]) for name in self.symmetric):
                continue
            if self.identity.commute and not commute(*(names[name] for name in self.identity.commute)):
                continue
            return instantiate(self.right, names, sizes)
        return None

    def may_match(self, sketches: tuple[Sketch, ...], repeated: bool) -> bool:
        """Whether arguments with these sketches can match; ``repeated`` where they are not all different."""
        if not repeated and len(set(self.left.args)) < len(self.left.args) and not self.identity.sees_names:
            return False
        if self.left.op in SETS and self.left.args[0].op == "variable":
            return True  # any factor of a longer product
        return all(map(self.fits, self.left.args, sketches))

    def fits(self, wanted: Expr, sketch: Sketch) -> bool:
        op, inner = sketch
        if wanted.op == "variable":
            return wanted.data[1] not in KINDS_ASKED or (op == "variable" and inner == (wanted.data[1],))
        if wanted.op != op:
            return op == "definition" and self.identity.sees_names
        if op in UNORDERED or (op in CHAINS and op == inner[0]) or not wanted.args:
            return True
        return all(
            pattern.op in ("variable", below) or (below == "definition" and self.identity.sees_names)
            for pattern, below in zip(wanted.args, inner, strict=True)
        )


def sketch(e: Expr) -> Sketch:
    return e.op, (e.data[1],) if e.op == "variable" else tuple([arg.op for arg in e.args])


SIGNS = tuple(map(re.compile, (r" ([+-]) ", r"(\.\*|\./|\*|/)", r"(\^)", r"(')")))
"""The signs outside all brackets, the loosest first."""
OPERATORS = (*ROWS.items(), ("matrix_power", PARAMETRIC["matrix_power"](2)))
_BRACKETS = re.compile(r"\([^()]*\)")


def roots(identity: Identity) -> tuple[str, ...]:
    """The operators that may stand at the root of the left side, told from its text without reading it."""
    text = identity.equation.rpartition("|-")[2].split(" = ")[0].strip()
    while "(" in text:
        text = _BRACKETS.sub("", text)
    for signs in SIGNS:
        found = signs.findall(text)
        if found:
            return tuple(name for name, entry in OPERATORS if found[-1] in entry.signs.split())
    return (text, *(entry.name for entry in CALLS.get(text, ()) if isinstance(entry, Row)))


def rules_at(op: str, identities: Iterable[Identity]) -> tuple[Rule, ...]:
    """The identities with this operator at the root of their left side."""
    rules = (compile_identity(identity) for identity in identities if op in roots(identity))
    return tuple(rule for rule in rules if rule.left.op == op)


@cache
def compile_identity(identity: Identity) -> Rule:
    """Both sides read as one model, so that their sizes agree."""
    declarations, _, equation = identity.equation.rpartition("|-")
    left, right = equation.split(" = ")
    objective = read_model(f"({left}) == ({right})", where=declarations or None).objective
    assert objective is not None
    one, other = objective.args
    if not identity.shown:
        return Rule(identity, one, other)
    asked = [node for node in E.topo(objective) if node.op == "variable" and node.data[1] == "symmetric"]
    plain = {node: E.variable(node.data[0], node.shape) for node in asked}
    one, other = E.substitute([one, other], plain)
    return Rule(identity, one, other, tuple(node.data[0] for node in asked))


def match(pattern: Expr, subject: Expr, bound: Binding, see: Callable[[Expr], Expr] | None) -> Iterator[Binding]:
    names, sizes = bound
    states: list[Binding]
    if pattern.op == "variable":
        name, kind = pattern.data
        if kind in KINDS_ASKED and not (subject.op == "variable" and subject.data[1] == kind):
            return
        if name in names:
            if names[name] is subject or (see and see(names[name]) is see(subject)):
                yield bound
            return
        found = bind_shape(pattern, subject, sizes)
        if found is not None:
            yield {**names, name: subject}, found
        return
    if pattern.op != subject.op and see:
        subject = see(subject)
    if pattern.op != subject.op:
        return
    found = bind_shape(pattern, subject, sizes)
    if found is not None and pattern.data is not None:
        found = bind_data(pattern.data, subject.data, found)
    if found is None:
        return
    if pattern.op in SETS and pattern.args[0].op == "variable":
        yield from match_one_factor(pattern, subject, (names, found), see)
        return
    if pattern.op in SEQUENCES and subject.args[0].op == subject.op:
        yield from match_cuts(pattern, subject, (names, found), see)
        return
    if pattern.op in SUMS and subject.args[0].op != subject.op:
        for args in (subject.args, subject.args[::-1]):
            states = [(names, found)]
            for wanted_arg, arg in zip(pattern.args, args, strict=True):
                states = [after for state in states for after in match(wanted_arg, arg, state, see)]
            yield from states
        return
    states = [(names, found)]
    for wanted_arg, arg in zip(pattern.args, subject.args, strict=True):
        states = [after for state in states for after in match(wanted_arg, arg, state, see)]
    yield from states


def match_one_factor(
    pattern: Expr, subject: Expr, bound: Binding, see: Callable[[Expr], Expr] | None
) -> Iterator[Binding]:
    """A variable and one factor against a product of any number, in any order."""
    factors = spine(subject, subject.op)
    for number, factor in enumerate(factors):
        rest = factors[:number] + factors[number + 1 :]
        for state in match(pattern.args[1], factor, bound, see):
            yield from match(pattern.args[0], chain(subject.op, rest), state, see)


MAX_CUTS = 8
"""Longer products are cut before their last factor only."""


def match_cuts(pattern: Expr, subject: Expr, bound: Binding, see: Callable[[Expr], Expr] | None) -> Iterator[Binding]:
    """A product of two against one of several factors, cut anywhere."""
    links = spine(subject, subject.op)
    anywhere = pattern.args[1].op == "variable" and len(links) <= MAX_CUTS
    for cut in range(1, len(links)) if anywhere else (len(links) - 1,):
        for state in match(pattern.args[0], chain(subject.op, links[:cut]), bound, see):
            yield from match(pattern.args[1], chain(subject.op, links[cut:]), state, see)


def bind_shape(pattern: Expr, subject: Expr, sizes: dict[str, Size]) -> dict[str, Size] | None:
    return bind_sizes(pattern.shape, subject.shape, sizes)


def bind_data(wanted: Any, data: Any, sizes: dict[str, Size]) -> dict[str, Size] | None:
    """Sizes that an operator holds are those of the subject, as sizes of values are; all else is the same."""
    if isinstance(wanted, Size):
        return bind_size(wanted, data, sizes)
    if isinstance(wanted, tuple) and wanted and isinstance(wanted[0], Size):
        return bind_sizes(wanted, data, sizes)
    return sizes if wanted == data else None


def bind_sizes(wanted: Iterable[Size], found: Iterable[Size], sizes: dict[str, Size]) -> dict[str, Size] | None:
    bound: dict[str, Size] | None = sizes
    for pattern, size in zip(wanted, found, strict=True):
        if bound is None:
            return None
        bound = bind_size(pattern, size, bound)
    return bound


def bind_size(wanted: Size, size: Size, sizes: dict[str, Size]) -> dict[str, Size] | None:
    if not wanted.powers:
        return sizes if wanted is size else None
    if len(wanted.powers) > 1:  # a product: settled by its factors
        known = wanted.substitute(sizes)
        if all(name in sizes for name in wanted.names):
            return sizes if known is size else None
        unknown = [name for name in wanted.names if name not in sizes]
        if len(unknown) > 1:
            return sizes
        rest = ONE
        for name in wanted.names:
            if name in sizes:
                rest = rest * sizes[name]
        quotient = size.divided_by(rest)
        return None if quotient is None else {**sizes, unknown[0]: quotient}
    (name, power) = wanted.powers[0]
    if power != 1 or wanted.coefficient != 1:
        return sizes
    if name in sizes:
        return sizes if sizes[name] is size else None
    return {**sizes, name: size}


def instantiate(right: Expr, names: dict[str, Expr], sizes: dict[str, Size]) -> Expr:
    nodes = {node: names[node.data[0]] for node in E.topo(right) if node.op == "variable"}
    (result,) = E.substitute([right], nodes, sizes)
    return result
