"""The search for the slip: the one edit of a line after which the gradients are right."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from time import process_time

import numpy as np

from matdiff.checking.scripts.bench import Bench
from matdiff.checking.scripts.edits import EDITS, SCALING, Around, Change, Edit, Kind, edited, expression
from matdiff.checking.scripts.factors import (
    Factor,
    appended,
    factor_line,
    factor_words,
    other_numbers,
    scaled,
    scaled_value,
    summands,
    times,
    with_term,
)
from matdiff.checking.scripts.flat import Line
from matdiff.checking.scripts.names import looks_like_gradient
from matdiff.checking.scripts.reading import Reading
from matdiff.checking.scripts.statements import (
    alias_of,
    changed_in_place,
    loads,
    located,
    row_labels,
    targets,
)
from matdiff.checking.slips.trial import close
from matdiff.evaluate import Array
from matdiff.expr import Expr, topo

SECONDS = 2.0
LARGEST_DENOMINATOR = 12
TERM = "__term"
"""A name for values that are only looked at."""


@dataclass(frozen=True)
class Found:
    """A slip: the line where it is, what it is, and what the line should read."""

    line: Line
    words: str
    nodes: tuple[ast.stmt, ...] | None
    """What stands for the line where it is right; None where other lines move."""


@dataclass(frozen=True)
class Job:
    """What an edit has to put right."""

    lines: Sequence[Line]
    """The lines that may be edited, in order."""
    goals: Mapping[str, Sequence[Array]]
    """The names that must have these values after the last of them."""
    before: Mapping[str, Expr]
    """Values that stand for those of the script: gradients that are wrong for another reason, put right."""


class Repair:
    """Looks for slips in one reading."""

    def __init__(self, reading: Reading, bench: Bench, around: Around) -> None:
        self.reading, self.bench, self.around = reading, bench, around
        self.until = process_time() + SECONDS
        self.order = {line: k for k, line in enumerate(reading.straight.lines)}

    def find(self, job: Job) -> Found | None:
        """The nearest slip that explains a job, if one does."""
        for line, edit in self.candidates(job):
            if process_time() > self.until:
                return None
            if edit.tried or self.works(job, line, edit.nodes):
                return Found(line, self.told(line, edit), None if edit.tried else edit.nodes)
        return None

    def told(self, line: Line, edit: Edit) -> str:
        shown = self.reading.straight.shown_text
        return f"{edit.words}: {shown(edit.shown)}" if edit.shown is not None else edit.words

    # trying

    def works(self, job: Job, line: Line, nodes: Sequence[ast.stmt], before: Mapping[str, Expr] | None = None) -> bool:
        """Whether the goals are reached with these statements for a line."""
        at = job.lines.index(line)
        rest = [(after, after.node) for after in job.lines[at + 1 :]]
        return self.reaches(job, [*self.above(job, line), *((line, node) for node in nodes), *rest], before)

    @staticmethod
    def above(job: Job, line: Line) -> list[tuple[Line, ast.stmt]]:
        """The lines above one of a job, where they have to be computed again."""
        return [(other, other.node) for other in job.lines[: job.lines.index(line)]] if job.before else []

    def reaches(
        self, job: Job, nodes: Sequence[tuple[Line, ast.stmt]], before: Mapping[str, Expr] | None = None
    ) -> bool:
        """Whether the goals are reached with these statements, each at the place of a line."""
        values = self.values(job, nodes, before)
        return all(name in values and self.bench.agree(values[name], goal) for name, goal in job.goals.items())

    def values(
        self, job: Job, nodes: Sequence[tuple[Line, ast.stmt]], before: Mapping[str, Expr] | None = None
    ) -> dict[str, Expr]:
        """The values of all names after these statements; none where they cannot be read."""
        first = nodes[0][0] if nodes else job.lines[-1]
        given = {**job.before, **(before or {})}
        environment = {**self.reading.before(first), **given}
        own = {name for _, node in nodes for name in targets(node)} | given.keys()
        placed = []
        for line, node in nodes:
            here = self.reading.before(line)
            other = {n: here[n] for n in loads(node) - own if n in here and here[n] is not environment.get(n)}
            names = {name: f"{name}__{line.number}" for name in other}
            environment |= {names[name]: value for name, value in other.items()}
            self.reading.ranks.update({names[name]: self.reading.ranks.get(name, 2) for name in other})
            placed.append(renamed(node, names) if names else node)
        found = self.reading.edited(placed, environment) if placed else {}
        return {} if found is None else {**environment, **found}

    # candidates

    def candidates(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        yield from self.overwritten(job)
        yield from self.measured(job)
        yield from self.exchanged_lines(job)
        yield from self.inserted(job)
        own = [line for line in job.lines if not self.only_renames(line)]
        for kind in EDITS:
            yield from self.edits([kind], own)

    def edits(self, kinds: Sequence[Kind], lines: Sequence[Line]) -> Iterator[tuple[Line, Edit]]:
        """The edits of these kinds in lines."""
        for kind in kinds:
            for line in lines:
                yield from ((line, edited(line.node, change)) for change in kind(line.node, self.around))

    def only_renames(self, line: Line) -> bool:
        """Whether a line takes a value out of a dictionary, or hands it to a function: no place for a slip."""
        together, straight = alias_of(line.node), self.reading.straight
        return together is not None and any(name in straight.entries or name in straight.renamed for name in together)

    def overwritten(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        """A name that no longer has the value it had when the loss was computed."""
        for line in job.lines:
            here = {**self.reading.before(line), **job.before}
            for name in sorted(loads(line.node) - set(targets(line.node))):
                if looks_like_gradient(name, self.reading.straight.entries.get(name)):
                    continue
                for value in self.older(name, here, line):
                    if not self.works(job, line, [line.node], {name: value}):
                        continue
                    changed = [v.line for v in self.reading.versions(name) if self.order[v.line] < self.order[line]]
                    yield changed[-1], Edit(self.change_words(name, changed[-1], line), (line.node,), None, tried=True)
                    return

    def older(self, name: str, here: Mapping[str, Expr], line: Line) -> list[Expr]:
        """The values a name has had before it got the one it has here."""
        versions = [v.expr for v in self.reading.versions(name) if self.order[v.line] < self.order[line]]
        versions += [self.reading.model.variables[name]] if name in self.reading.model.variables else []
        return [value for value in versions if value is not here.get(name) and name in here]

    def change_words(self, name: str, changed: Line, used: Line) -> str:
        shown = self.reading.straight.shown
        through = [n for n in changed_in_place(changed.node) if n != name]
        if through:
            first = self.alias_line(name, through[0])
            copied = f"; write {through[0]} = {name}.copy() in line {first.number}" if first is not None else ""
            return (
                f"{shown(through[0])} and {shown(name)} are one array, so that line {changed.number} changes both,"
                f" and line {used.number} needs {shown(name)} as it was{copied}"
            )
        return (
            f"{shown(name)} is changed here, before line {used.number} needs its old value:"
            f" move this line below line {used.number}"
        )

    def alias_line(self, name: str, other: str) -> Line | None:
        lines = self.reading.straight.lines
        return next((line for line in lines if alias_of(line.node) in ((other, name), (name, other))), None)

    def measured(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        """A scalar factor or a term by which a gradient differs, found from the numbers."""
        if len(job.goals) != 1:
            return
        ((name, goal),) = job.goals.items()
        last = job.lines[-1]
        value = self.value_after(job)
        if value is None or any(a.shape != b.shape for a, b in zip(value, goal, strict=True)):
            return
        statement = last.node
        factor = self.ratio(goal, value)
        if factor is not None:
            yield from self.edits(SCALING, job.lines[::-1])
            for line in reversed(job.lines):
                yield from ((line, edited(line.node, change)) for change in scaled(line.node, factor))
            yield last, appended(statement, name, *factor_line(name, factor))
        gap = [b - a for a, b in zip(value, goal, strict=True)]
        yield from self.terms(job, gap)
        here = {**self.reading.model.variables, **self.reading.before(last)}
        alike = [n for n in here if self.around.ranks.get(n) == self.around.ranks.get(name) and n != name]
        for text in (*alike, *(f"np.sign({n})" for n in alike if n in self.reading.model.variables)):
            term = located(assigned(TERM, expression(text)), statement)
            found = self.reading.edited([term], here) or {}
            known = self.bench.arrays(found[TERM]) if TERM in found else None
            if known is None or any(a.shape != b.shape for a, b in zip(known, gap, strict=True)):
                continue
            factor = self.ratio(gap, known)
            if factor is not None:
                yield from self.edits(SCALING, job.lines[::-1])
                yield last, with_term(statement, name, times((abs(factor[0]), factor[1]), text), factor[0] > 0)

    def terms(self, job: Job, gap: Sequence[Array]) -> Iterator[tuple[Line, Edit]]:
        """A term that has the wrong factor."""
        for line in reversed(job.lines):
            for node, sign in summands(line.node):
                probe = located(assigned(TERM, node), line.node)
                found = self.values(job, [*self.above(job, line), (line, probe)])
                known = self.bench.arrays(found[TERM]) if TERM in found else None
                if known is None or any(a.shape != b.shape for a, b in zip(known, gap, strict=True)):
                    continue
                factor = self.ratio([a + sign * b for a, b in zip(known, gap, strict=True)], known)
                if factor is not None:
                    yield from self.edits(SCALING, [line])
                    right = Change(factor_words(factor), node, scaled_value(node, factor))
                    for change in (*other_numbers(node, factor), right):
                        yield line, edited(line.node, change)

    def value_after(self, job: Job) -> list[Array] | None:
        (name,) = job.goals
        found = self.values(job, [(line, line.node) for line in job.lines])
        return self.bench.arrays(found[name]) if name in found else None

    def ratio(self, goal: Sequence[Array], value: Sequence[Array]) -> Factor | None:
        """c and s with goal = c*s*value, where s is a size or a scalar of the script, or one over it, or 1."""
        found = []
        for a, b in zip(goal, value, strict=True):
            at = np.unravel_index(np.argmax(np.abs(b)), b.shape)
            if b[at] == 0 or not close(a, b * (a[at] / b[at])):
                return None
            found.append(float(a[at] / b[at]))
        if not any(found):
            return None
        for text, values in self.scalars():
            for power in (1, -1):
                with np.errstate(all="ignore"):
                    parts = [r / s**power for r, s in zip(found, values, strict=True)]
                c = Fraction(parts[0]).limit_denominator(LARGEST_DENOMINATOR) if np.isfinite(parts[0]) else Fraction(0)
                if (
                    c
                    and abs(c) <= LARGEST_DENOMINATOR
                    and all(abs(part - float(c)) < 1e-8 * abs(part) for part in parts)
                ):
                    return (c, text if power == 1 else f"/{text}") if text else (c, "")
        return None

    def scalars(self) -> Iterator[tuple[str, list[float]]]:
        """Scalars by which something may be multiplied, with their values: 1, parameters, sizes."""
        yield "", [1.0 for _ in self.bench.numbers]
        reading = self.reading
        variables = reading.model.variables
        for name, node in variables.items():
            if node.is_scalar:
                yield from self.measure(name, node)
        for name in (name for line in reading.plain for name in targets(line.node)):
            size = ast.fix_missing_locations(assigned(TERM, expression(f"{name} * np.ones((1, 1))")))
            found = reading.edited([size], variables) or {}
            if TERM in found:
                yield from self.measure(name, found[TERM])
        for name in reading.straight.dims:
            yield name, [float(numbers.point.sizes.get(name, 1)) for numbers in self.bench.numbers]
        for name, node in variables.items():
            for axis, length in enumerate(node.shape):
                if reading.ranks.get(name, 2) > axis and length.powers:
                    values = [float(length.value(numbers.point.sizes)) for numbers in self.bench.numbers]
                    yield f"{reading.straight.shown(name)}.shape[{axis}]", values

    def measure(self, name: str, node: Expr) -> Iterator[tuple[str, list[float]]]:
        values = self.bench.arrays(node)
        if values is not None:
            yield name, [float(value.flat[0]) for value in values]

    def inserted(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        """A line that is missing after the last one."""
        last = job.lines[-1]
        yield from self.meant(job)
        yield from self.late(job)
        for name in job.goals:
            for value, text in self.around.activations.items():
                if "> 0" in text:
                    condition = text.strip("()").replace("> 0", "<= 0")
                    new = f"{name}[{condition}] = 0"
                else:
                    new = f"{name} *= {text}"
                words = "the mask of the ReLU is missing" if "> 0" in text else f"the derivative of {value} is missing"
                yield last, appended(last.node, name, new, words)
            labels = {(n, k) for line in self.reading.straight.lines for n, k in label_pairs(line.node)}
            for rows, label in sorted(labels):
                for line in job.lines:
                    if name in targets(line.node):
                        new = f"{name}[{rows}, {label}] -= 1"
                        yield line, appended(line.node, name, new, "the 1 at each row's own label is not subtracted")

    def late(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        """A change in place that stands below the line that needs it."""
        straight = self.reading.straight
        for line in (*straight.lines, *straight.after):
            changed = set(changed_in_place(line.node))
            for used in job.lines:
                if line in job.lines or line in self.reading.forward or not changed & loads(used.node):
                    continue
                below = line not in self.order or self.order[line] > self.order[used]
                if below and self.works(job, used, [line.node, used.node]):
                    words = f"line {line.number} must stand above this line"
                    yield used, Edit(words, (line.node, used.node), line.node, tried=True)

    def meant(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        """A change in place of another array, where this one is meant."""
        first, last = job.lines[0], job.lines[-1]
        for line in self.reading.straight.lines:
            if line in job.lines or line in self.reading.forward or self.order[line] < self.order[first]:
                continue
            for name in job.goals:
                for other in changed_in_place(line.node):
                    new = renamed_target(line.node, other, name)
                    if other != name and self.works(job, last, [last.node, new]):
                        yield line, Edit(f"{name} is meant, not {other}", (new,), new, tried=True)

    def exchanged_lines(self, job: Job) -> Iterator[tuple[Line, Edit]]:
        for at, (upper, lower) in enumerate(pairwise(job.lines)):
            rest = [(line, line.node) for line in job.lines[at + 2 :]]
            if self.reaches(job, [*self.above(job, upper), (upper, lower.node), (upper, upper.node), *rest]):
                words = f"this line and line {lower.number} stand in the wrong order"
                yield upper, Edit(words, (lower.node, upper.node), None, tried=True)


def assigned(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def label_pairs(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    labels = set(row_labels(statement))
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            rows, label = node.slice.elts
            if isinstance(label, ast.Name) and label.id in labels:
                yield ast.unparse(rows), label.id


def activations(reading: Reading, lines: set[Line]) -> dict[str, str]:
    """For the values that went through an activation, its derivative, written with the names of the script."""
    named: dict[Expr, str] = {}
    for value in reading.values:
        if value.line in lines:
            named.setdefault(value.expr, value.name)
    found: dict[str, str] = {}
    for value in reading.values:
        if value.line not in lines or value.expr.op != "definition":
            continue
        body = value.expr.args[0]
        inner = named.get(body.args[0]) if len(body.args) == 1 else None
        match body.op:
            case "relu" | "relu_at_zero_1":
                found[value.name] = f"({inner or value.name} > 0)"
            case "tanh":
                found[value.name] = f"(1 - {value.name}**2)"
            case "sigmoid":
                found[value.name] = f"{value.name} * (1 - {value.name})"
            case _ if any(
                n.op in ("exp", "sigmoid") for n in topo(body, inside=lambda n: () if n.op == "definition" else n.args)
            ):
                found[value.name] = f"{value.name} * (1 - {value.name})"
    return found


def renamed_target(statement: ast.stmt, old: str, new: str) -> ast.stmt:
    """A change in place of another array."""
    found = copy.deepcopy(statement)
    parts = (
        found.targets if isinstance(found, ast.Assign) else [found.target] if isinstance(found, ast.AugAssign) else []
    )
    for part in parts:
        inner = part.value if isinstance(part, ast.Subscript) else part
        if isinstance(inner, ast.Name) and inner.id == old:
            inner.id = new
    return found


def renamed(statement: ast.stmt, names: Mapping[str, str]) -> ast.stmt:
    """The statement with other names for what it looks at."""
    found = copy.deepcopy(statement)
    for node in ast.walk(found):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            node.id = names.get(node.id, node.id)
    return found
