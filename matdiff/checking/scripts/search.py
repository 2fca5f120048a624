"""The edits that are tried: lines in another order, factors and terms measured from numbers, and single signs."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from matdiff.checking.scripts.edits import EDITS, SCALING, Around, Change, Edit, edited, expression, other_names
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
from matdiff.checking.scripts.names import looks_like_gradient
from matdiff.checking.scripts.statements import bodies_of, is_in_place, loads, targets, text_of
from matdiff.checking.scripts.watching import slice_of
from matdiff.python.values import Node

LARGEST_DENOMINATOR = 12
MOST_NAMES = 24


class Search:
    """The candidates for one job, the likeliest first."""

    def __init__(
        self, question: Any, points: Sequence[Any], outcomes: Sequence[Any], job: Any, statements: Sequence[ast.stmt]
    ) -> None:
        self.question, self.points, self.outcomes, self.job = question, points, outcomes, job
        self.lines: Sequence[ast.stmt] = job.lines
        self.statements = statements
        self.bodies = [list(body) for node in ast.walk(question.source.tree) for body in bodies_of(node)]

    @staticmethod
    def looked_at(line: ast.stmt) -> list[ast.expr]:
        """The expressions of a line whose values are needed: its terms."""
        return [node for node, _ in summands(line)]

    def candidates(self) -> Iterator[tuple[ast.stmt, Edit]]:
        parameters = {pair.of.text for pair in self.question.pairs if pair.asked}
        exchanged = [(line, edit) for line, edit in self.exchanged_lines()]
        yield from self.meant()
        yield from ((s, e) for s, e in exchanged if not any(set(targets(t)) & parameters for t in e.moved or ()))
        yield from self.moved()
        yield from self.copied()
        yield from self.renamed()
        yield from self.measured()
        yield from exchanged
        yield from self.inserted(self.lines)
        yield from self.inserted(self.job.spare)
        for kind in EDITS:
            for line in self.lines:
                yield from ((line, edited(line, change)) for change in kind(line, self.around(line)))

    # what is around a line

    def around(self, line: ast.stmt) -> Around:
        shapes: dict[str, tuple[int, ...]] = {}
        seen = self.job.around.get(line)
        for text, value in (seen[0].seen if seen else {}).items():
            held = value.value if isinstance(value, Node) else value
            shapes[text] = tuple(np.shape(held))
        order = sorted(self.near(line), key=lambda text: not looks_like_gradient(text))
        near = {text: shapes[text] for text in order if text in shapes}
        return Around(near, {text: len(shape) for text, shape in near.items()}, self.activations(line))

    def near(self, line: ast.stmt) -> dict[str, None]:
        """The names that stand in the same function, so many that can be tried."""
        body = next((body for body in self.bodies if line in body), [])
        texts = [text_of(n) for s in [*body, line] for n in ast.walk(s) if text_of(n)]
        seen = self.job.around.get(line)
        known = seen[0].seen if seen else {}
        texts += list(known)
        return dict.fromkeys(list(dict.fromkeys(text for text in texts if text in known))[:MOST_NAMES])

    def activations(self, line: ast.stmt) -> dict[str, str]:
        """For the values that went through an activation, its derivative, written with the names of the script."""
        found: dict[str, str] = {}
        seen = self.job.around.get(line)
        known = seen[0].seen if seen else {}
        forward = self.forward()
        names = {id(value): text for text, value in known.items() if isinstance(value, Node)}
        for text, value in known.items():
            if not isinstance(value, Node) or value.number not in forward or not np.ndim(value.value):
                continue
            inner = next(
                (
                    names[id(n)]
                    for n in value.args
                    if isinstance(n, Node) and id(n) in names and np.shape(n.value) == np.shape(value.value)
                ),
                text,
            )
            operations = {n.name for n in slice_of(value) if n.statement is value.statement} | {value.name}
            if value.name in ("maximum", "max", "relu", "fmax"):
                found[text] = f"({inner} > 0)"
            elif value.name == "tanh":
                found[text] = f"(1 - {text}**2)"
            elif value.name in ("expit", "sigmoid", "logistic") or ("exp" in operations and "Div" in operations):
                found[text] = f"{text} * (1 - {text})"
        return found

    def forward(self) -> set[int]:
        """The numbers of what the loss is computed from, which are the same in every run."""
        found: set[int] = set()
        for number in self.job.numbers:
            outcome = self.outcomes[number]
            if outcome.found is not None and isinstance(outcome.found.loss, Node):
                found |= {node.number for node in slice_of(outcome.found.loss)}
        return found

    # lines that move

    def moved(self) -> Iterator[tuple[ast.stmt, Edit]]:
        """A parameter that is changed too early, a line that stands too early or too late."""
        parameters = {pair.of.text for pair in self.question.pairs}
        for line in self.lines:
            for text in targets(line):
                if text in parameters or not looks_like_gradient(text):
                    users = [other for other in self.later(line) if text in loads(other) and other is not line]
                    if users and text in parameters:
                        last = users[-1]
                        words = (
                            f"{text} is changed here, before line {users[0].lineno} needs its old value:"
                            f" move this line below line {last.lineno}"
                        )
                        yield line, Edit(words, (line,), None, moved={line: (), last: (last, line)})
        for line in self.lines:
            for other in self.later(line):
                if other is line or not isinstance(other, ast.Assign | ast.AugAssign | ast.For):
                    continue
                changed = set(targets(other)) & loads(line)
                if changed and is_in_place(other):
                    words = f"line {other.lineno} must stand above this line"
                    yield line, Edit(words, (line,), other, moved={other: (), line: (other, line)})
                if changed:
                    yield (
                        line,
                        Edit("this line stands too early", (line,), None, moved={line: (), other: (other, line)}),
                    )

    def later(self, line: ast.stmt) -> list[ast.stmt]:
        """What stands below a line in its body."""
        body = next((body for body in self.bodies if line in body), [])
        return body[body.index(line) :] if line in body else []

    def copied(self) -> Iterator[tuple[ast.stmt, Edit]]:
        """Two names of one array, which is changed in place."""
        for statement in self.statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                    changes = [
                        s
                        for s in self.statements
                        if is_in_place(s) and name in targets(s) and s.lineno > statement.lineno
                    ]
                    if not changes:
                        continue
                    users = [s for s in self.statements if s.lineno > changes[0].lineno and other in loads(s)]
                    used = users[0].lineno if users else changes[0].lineno
                    words = (
                        f"{name} and {other} are one array, so that line {changes[0].lineno} changes both, and line"
                        f" {used} needs {other} as it was; write {name} = {other}.copy() in line {statement.lineno}"
                    )
                    new = ast.parse(f"{name} = {other}.copy()").body[0]
                    ast.copy_location(new, statement)
                    yield changes[0], Edit(words, (changes[0],), None, moved={statement: (new,)})

    def exchanged_lines(self) -> Iterator[tuple[ast.stmt, Edit]]:
        for body in self.bodies:
            for upper, lower in pairwise(body):
                if upper in self.lines and lower in self.lines:
                    words = f"this line and line {lower.lineno} stand in the wrong order"
                    yield upper, Edit(words, (upper,), None, moved={upper: (lower,), lower: (upper,)})

    # what is measured

    def measured(self) -> Iterator[tuple[ast.stmt, Edit]]:
        """A scalar factor or a term by which a gradient differs, found from the numbers."""
        auto = [k for k, o in enumerate(self.outcomes) if o.kind == "wrong" and not self.question.pairs[k].asked]
        auto = [k for k in auto if set(self.own_lines(k)[-1:]) & set(self.lines)]
        for number in (*auto, *self.job.numbers):
            trues, claimed = [], []
            for point in self.points:
                outcome = point.outcomes[number]
                if (
                    outcome.slopes is None
                    or outcome.value is None
                    or (along := outcome.slopes.along(outcome.value)) is None
                ):
                    break
                trues.append(outcome.slopes)
                claimed.append(along)
            if len(trues) < len(self.points) or not self.lines:
                continue
            own = self.own_lines(number)
            factor = self.ratio([t.values for t in trues], claimed, own[-1:])
            if factor is not None:
                for line in reversed(own):
                    for kind in SCALING:
                        yield from ((line, edited(line, change)) for change in kind(line, self.around(line)))
                    yield from ((line, edited(line, change)) for change in scaled(line, factor))
                    yield from self.scaled_returns(line, factor)
                for line in reversed(own):
                    for name in targets(line)[:1]:
                        yield line, appended(line, name, *factor_line(name, factor))
            gaps = [t.values - c for t, c in zip(trues, claimed, strict=True)]
            yield from self.terms(own, trues, gaps)
            yield from self.new_terms(number, own, trues, gaps)

    def own_lines(self, number: int) -> list[ast.stmt]:
        """The lines of one claim, in the order in which they run."""
        found = self.outcomes[number].found
        if found is None or not isinstance(found.claimed, Node):
            return []
        order: dict[Any, int] = {}
        for node in sorted(slice_of(found.claimed), key=lambda n: n.number):
            order[node.statement] = node.number
        return sorted((line for line in self.lines if line in order), key=lambda line: order[line])

    @staticmethod
    def scaled_returns(line: ast.stmt, factor: Factor) -> Iterator[tuple[ast.stmt, Edit]]:
        if isinstance(line, ast.Return) and line.value is not None:
            parts = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
            for part in parts:
                yield line, edited(line, Change(factor_words(factor), part, scaled_value(part, factor)))

    def terms(
        self, own: Sequence[ast.stmt], trues: Sequence[Any], gaps: Sequence[Any]
    ) -> Iterator[tuple[ast.stmt, Edit]]:
        """A term that has the wrong factor."""
        for line in reversed(own):
            seen = self.job.around.get(line)
            if not seen:
                continue
            for node, sign in summands(line):
                known = [self.slopes_of(s.values.get(node), true) for s, true in zip(seen, trues, strict=True)]
                if any(k is None for k in known):
                    continue
                factor = self.ratio([k + sign * g for k, g in zip(known, gaps, strict=True)], known, [line])
                if factor is not None:
                    for kind in SCALING:
                        yield from ((line, edited(line, change)) for change in kind(line, self.around(line)))
                    right = Change(factor_words(factor), node, scaled_value(node, factor))
                    for change in (*other_numbers(node, factor), right):
                        yield line, edited(line, change)

    def new_terms(
        self, number: int, own: Sequence[ast.stmt], trues: Sequence[Any], gaps: Sequence[Any]
    ) -> Iterator[tuple[ast.stmt, Edit]]:
        """A term that is missing: a multiple of something that has a name."""
        name = self.question.pairs[number].by.text
        for line in reversed(own[-3:]):
            seen = self.job.around.get(line)
            for text in self.around(line).shapes if seen else ():
                for form in (text, f"np.sign({text})", f"{text}**2"):
                    known = []
                    for s, true in zip(seen, trues, strict=True):
                        held = s.seen.get(text)
                        value = held.value if isinstance(held, Node) else held
                        if value is not None and np.asarray(value).dtype.kind not in "fiu":
                            value = None
                        if value is not None:
                            value = (
                                np.sign(value)
                                if form.startswith("np.")
                                else np.asarray(value) ** 2
                                if form.endswith("**2")
                                else value
                            )
                        known.append(self.slopes_of(value, true))
                    if any(k is None for k in known):
                        continue
                    factor = self.ratio(gaps, known, [line])
                    if factor is not None and text != name:
                        for kind in SCALING:
                            yield from ((line, edited(line, change)) for change in kind(line, self.around(line)))
                        target = next(iter(targets(line)), "")
                        term = times((abs(factor[0]), factor[1]), form)
                        if isinstance(line, ast.Return) and line.value is not None:
                            parts = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
                            for part in parts:
                                value = ast.BinOp(part, ast.Add() if factor[0] > 0 else ast.Sub(), expression(term))
                                sign = "" if factor[0] > 0 else "-"
                                yield line, edited(line, Change(f"the term {sign}{term} is missing", part, value))
                        elif target:
                            yield line, with_term(line, target, term, factor[0] > 0)

    @staticmethod
    def slopes_of(value: Any, true: Any) -> Any:
        """The slopes of a value along the directions, where it has the size of the gradient."""
        if isinstance(value, Node):
            value = value.value
        if (
            value is None
            or isinstance(value, list | tuple | dict | str)
            or not isinstance(value, np.ndarray | np.generic | float | int)
        ):
            return None
        shape = np.shape(true.directions[0])
        if np.shape(value) != shape:
            if np.size(value) != np.prod(shape, dtype=int) or np.ndim(value) == len(shape) == 2:
                return None
            value = np.reshape(value, shape)
        return true.along(value)

    def ratio(self, goal: Sequence[Any], value: Sequence[Any], lines: Sequence[ast.stmt]) -> Factor | None:
        """c and s with goal = c*s*value, where s is a size or a scalar of the script, or one over it, or 1."""
        found = []
        for a, b in zip(goal, value, strict=True):
            at = int(np.argmax(np.abs(b)))
            if (
                not b[at]
                or not np.isfinite(b[at])
                or not np.allclose(a, b * (a[at] / b[at]), rtol=1e-5, atol=1e-6 * np.max(np.abs(a)))
            ):
                return None
            found.append(float(a[at] / b[at]))
        if not found or not any(abs(f) > 1e-6 for f in found) or all(abs(f - 1) < 1e-6 for f in found):
            return None
        fitting: list[Factor] = []
        for text, values in self.scalars(lines):
            for power in (1, -1):
                with np.errstate(all="ignore"):
                    parts = [r / np.float64(s) ** power for r, s in zip(found, values, strict=True)]
                if not all(np.isfinite(part) for part in parts):
                    continue
                c = Fraction(parts[0]).limit_denominator(LARGEST_DENOMINATOR)
                if (
                    c
                    and abs(c) <= LARGEST_DENOMINATOR
                    and all(abs(part - float(c)) < 1e-5 * abs(part) for part in parts)
                ):
                    fitting.append((c, text if power == 1 else f"/{text}") if text else (c, ""))
        return min(fitting, key=plainness, default=None)

    def scalars(self, lines: Sequence[ast.stmt]) -> Iterator[tuple[str, list[float]]]:
        """Scalars by which something may be multiplied, with their values: 1, parameters, sizes."""
        yield "", [1.0 for _ in self.points]
        seen = next((self.job.around[line] for line in lines if line in self.job.around), None)
        if seen is None:
            return
        texts = [text for text in self.near(lines[0]) if text in seen[0].seen]
        held: list[tuple[str, list[float]]] = []
        for text in sorted(texts, key=lambda t: list(seen[0].seen).index(t)):
            values = [s.seen.get(text) for s in seen]
            numbers = [float(v.value) if isinstance(v, Node) and np.ndim(v.value) == 0 else v for v in values]
            if all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
                held.append((text, [float(n) for n in numbers]))
        yield from (item for item in held if item[1][0] not in (0.0, 1.0))
        for text in texts:
            values = [s.seen.get(text) for s in seen]
            if all(isinstance(v, Node) and np.ndim(v.value) for v in values):
                for axis in range(np.ndim(values[0].value)):
                    sizes = [float(np.shape(v.value)[axis]) for v in values]
                    if sizes[0] > 1:
                        yield f"{text}.shape[{axis}]", sizes

    # lines that are missing

    def meant(self) -> Iterator[tuple[ast.stmt, Edit]]:
        """A change in place of another array, where this one is meant."""
        right = {self.question.pairs[k].by.text for k, o in enumerate(self.outcomes) if o.kind == "right"}
        names = dict.fromkeys(t for other in self.lines for t in targets(other) if t.isidentifier())
        bodies = [body for body in self.bodies if set(body) & set(self.lines)]
        for line in self.statements:
            if not is_in_place(line) or line in self.lines or not any(line in body for body in bodies):
                continue
            for old in targets(line):
                if old in right or not old.isidentifier() or not looks_like_gradient(old):
                    continue
                for name in names:
                    if old != name:
                        new = renamed_target(line, old, name)
                        yield line, Edit(f"{name} is meant, not {old}", (new,), new)

    def renamed(self) -> Iterator[tuple[ast.stmt, Edit]]:
        """Another array, where a line does no more than give one a second name: few edits, and nothing else fits it."""
        for line in self.lines:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Name):
                yield from ((line, edited(line, change)) for change in other_names(line, self.around(line)))

    def inserted(self, lines: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, Edit]]:
        for line in reversed(lines):
            for name in targets(line)[:1]:
                for value, text in self.activations(line).items():
                    if "> 0" in text:
                        condition = text.strip("()").replace("> 0", "<= 0")
                        new_line, words = f"{name}[{condition}] = 0", "the mask of the ReLU is missing"
                    else:
                        new_line, words = f"{name} *= {text}", f"the derivative of {value} is missing"
                    yield line, appended(line, name, new_line, words)
        labels = {pair for statement in self.statements for pair in label_pairs(statement)}
        for rows, label in sorted(labels):
            for line in lines:
                for name in targets(line)[:1]:
                    words = "the 1 at each row's own label is not subtracted"
                    yield line, appended(line, name, f"{name}[{rows}, {label}] -= 1", words)


def plainness(factor: Factor) -> int:
    """Which of several factors is meant: 2, one half, a sign; then something that has a name."""
    number, name = factor
    if not name:
        return 0 if number in (2, -1, -2) or abs(number) == Fraction(1, 2) else 2
    return 1 if abs(number) == 1 else 3


def label_pairs(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """``range(n), y`` in ``probs[range(n), y]``."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            rows, label = node.slice.elts
            if (
                isinstance(rows, ast.Call)
                and isinstance(label, ast.Name)
                and ast.unparse(rows.func).rpartition(".")[2] in ("range", "arange")
            ):
                yield ast.unparse(rows), label.id


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
