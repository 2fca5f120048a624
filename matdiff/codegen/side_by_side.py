"""Parameters side by side in one array: one operation updates them all, one scales all that decay alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from matdiff.codegen.buffers import base
from matdiff.codegen.costs import CALL, ENTRY, entries
from matdiff.codegen.descent import Step, Update
from matdiff.codegen.graph import Value, rebuild, walk
from matdiff.codegen.text import indented, spread
from matdiff.sizes import named
from matdiff.texts import texts

HELPERS = texts("fast")
"""Functions of the module that make memory."""


@dataclass(frozen=True)
class Run:
    """Neighbours in the block that shrink by the same factor at each step."""

    decay: Value
    members: tuple[str, ...]
    first: int
    """The place of the first one in the block."""

    @property
    def name(self) -> str:
        return f"decayed {' '.join(self.members)}"

    def bounds(self, size: str) -> str:
        """Its slice of the block; ``size`` is that of its last member."""
        start = f"starts[{self.first}] " if self.first else ""
        last = self.first + len(self.members) - 1
        return f"{start}: {f'starts[{last}] + ' if last else ''}{size}"


@dataclass(frozen=True)
class Block:
    parts: tuple[Update, ...] = ()
    """The updates of its parts, in its order."""
    runs: tuple[Run, ...] = ()

    @property
    def names(self) -> set[str]:
        return {part.name for part in self.parts}


def inner_change(update: Update) -> Value:
    """The change as it stands in its buffer."""
    assert update.change is not None
    return update.change.args[0] if update.change.op == "row" else update.change


def side_by_side(results: str, names: Sequence[str], arrays: Sequence[str]) -> list[str]:
    """The lines that make a block of arrays; its parts get the names."""
    made = spread(f"{results}, parts = side_by_side([", arrays, "], dtype)")
    if len(made) > 1:
        made = [f"{results}, parts = side_by_side(", *indented([*spread("[", arrays, "],", indent=8), "dtype,"]), ")"]
    taken = spread("", names, " = parts")
    return [*made, *(taken if len(taken) == 1 else spread("(", names, ") = parts"))]


def block_of(step: Step, buffered: Callable[[Value], bool]) -> Block:
    """The parameters that are small, as calls go, and whose changes are written into buffers; those that decay first.

    There is no block of one.
    """
    constants = step.constants()
    decays = {update.name: update.decay for update in step.updates if update.decay is not None}
    owners: dict[Value, Update] = {}
    for update in step.updates:
        change = update.change
        if change is not None and change.rank and change not in constants:
            inner = inner_change(update)
            is_small = entries(inner, step.sizes) * ENTRY < 10 * CALL
            if is_small and buffered(inner) and base(inner) is inner:
                owners.setdefault(inner, update)
    if len(owners) < 2:
        return Block()
    firsts = {name: parts[0] for name, parts in step.stacked.items()}
    groups: dict[Value | None, list[Update]] = {}
    for update in owners.values():
        groups.setdefault(decays.get(update.name) or decays.get(firsts.get(update.name, "")), []).append(update)
    parts: list[Update] = []
    runs: list[Run] = []
    plain = groups.pop(None, [])
    for decay, members in groups.items():
        assert decay is not None
        run: list[str] = []
        for member in sorted(members, key=lambda member: member.name in firsts):
            run.append(firsts.get(member.name, member.name))
            parts.append(member)
            if member.name in firsts or member is members[-1]:  # of a stack, only the first rows decay
                runs.append(Run(decay, tuple(run), len(parts) - len(run)))
                run = []
    return Block((*parts, *plain), tuple(runs))


def sum_squares_at_once(step: Step, block: Block) -> Step:
    """The squares of all that decays alike, where their sum is asked for, in one pass."""
    g = step.graph
    runs = [run for run in block.runs if len(run.members) > 1]
    origin = {name: first for name, (first, _) in step.stacked.items()}
    sums = {value for value in walk(*step.outputs()) if value.op == "add" and not value.rank}
    inner = {arg for value in sums for arg in value.args}

    def change(value: Value, args: tuple[Value, ...]) -> Value | None:
        if not runs or value not in sums or value in inner:
            return None
        summed = list(summands(g.make("add", args, ())))
        terms = {squared(term, origin) or term: term for term in summed}
        found = [run for run in runs if all(member in terms for member in run.members)]
        if not found or len(terms) < len(summed):
            return None
        squares = [g.make("sum_squares", (g.input(run.name, (named(run.name),)),), ()) for run in found]
        done = {member for run in found for member in run.members}
        rest = [term for key, term in terms.items() if key not in done]
        return reduce(g.add, [*rest, *squares])

    step = step.replaced(rebuild(g, step.outputs(), change))
    step.parameters = step.parameters | {run.name for run in block.runs}
    return step


def summands(value: Value) -> Iterable[Value]:
    stack = [value]
    while stack:
        top = stack.pop()
        if top.op == "add":
            stack += top.args
        else:
            yield top


def squared(term: Value, origin: dict[str, str]) -> str:
    """The parameter whose squares a term is the sum of."""
    if term.op != "sum_squares":
        return ""
    x = term.args[0]
    if x.op == "all_but_last":
        return origin[x.args[0].data]
    return x.data if x.op == "input" else ""
