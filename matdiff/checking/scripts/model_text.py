"""The trace of a run as the text of a model: declarations, and a line for each value that has a name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from itertools import chain, count
from types import MappingProxyType
from typing import Any

import numpy as np

from matdiff.checking.scripts.judging import Question, ran
from matdiff.checking.scripts.slopes import Replay
from matdiff.checking.scripts.steps import rate_of, updates
from matdiff.checking.scripts.survey import Survey
from matdiff.checking.scripts.watching import slice_of
from matdiff.errors import MatdiffError, ShapeError, UnsupportedError
from matdiff.evaluate import Singular, values
from matdiff.exchange import arrays
from matdiff.python.formulas import Unwritten, Writer
from matdiff.python.values import Node, Unknown
from matdiff.reader import read_model
from matdiff.reader.names import KINDS

CLOSE = 1e-8
"""So near the model has to come to the script."""
LONGEST = 160
"""Longer formulas are given names."""
LEAST = 3
"""Smaller numbers of a script are no sizes that are varied."""
LETTERS = ("n", "m", "k", "d", "p", "q", "r", "s")


class Trace:
    """One run, and how its loss is written out."""

    def __init__(self, question: Question, seed: int) -> None:
        self.question = question
        run, _ = ran(question, seed, moved=0.3, kind=Survey)
        assert isinstance(run, Survey)
        self.run = run
        self.loss, roots = self.found()
        self.under = slice_of(self.loss)
        self.called = self.names()
        self.parameters: dict[Node, str] = {}
        for number, root in sorted(roots.items()):
            self.parameters[root] = plain(question.pairs[number].of.text)
        self.named: dict[int, str] = self.sizes()
        self.refuse_branches()

    def refuse_branches(self) -> None:
        """A loss that is another one where data are others has no formula."""
        names = {text.partition("[")[0].partition(".")[0] for text in self.run.held if self.holds(text)}
        for node, number, statement in self.run.decisions:
            if number > self.loss.number or all(n.name == "number" for n in slice_of(node) if n.fn is None):
                continue
            inside = list(ast.walk(statement))
            stored = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            leaves = any(isinstance(n, ast.Continue | ast.Break | ast.Return) for n in inside)
            if not isinstance(statement, ast.If) or leaves or stored & names:
                place = self.question.source.line_place(statement.lineno)
                raise UnsupportedError("the loss depends on this condition, which the values of the data decide", place)

    def holds(self, text: str) -> bool:
        return any(node in self.under for node, _ in self.run.held[text])

    def found(self) -> tuple[Node, dict[int, Node]]:
        """The loss of the first pass, with the values of the parameters in it."""
        losses = [event for event in self.run.losses if isinstance(event.node, Node)]
        for first in losses:
            event = [other for other in losses if other.roots == first.roots][-1]
            node = event.node
            assert isinstance(node, Node)
            under = slice_of(node)
            roots = {k: root for k, root in event.roots.items() if root in under}
            if roots or not self.question.pairs:
                if np.size(node.value) != 1:
                    raise ShapeError(f"the loss has shape {np.shape(node.value)}, but a loss is a scalar")
                if node.doubt:
                    place = self.question.source.line_place(node.doubt)
                    raise UnsupportedError("the loss depends on this condition, which is not known", place)
                return node, roots
        unread = next((e.node for e in (*self.run.losses, *self.run.unread) if isinstance(e.node, Unknown)), None)
        if unread is not None:
            raise UnsupportedError(unread.reason, self.question.source.line_place(unread.line))
        raise UnsupportedError("the loss does not depend on what it is to be derived by")

    def names(self) -> dict[Node, str]:
        """What the script calls the values that the loss is made of."""
        found: dict[Node, str] = {}
        for text, held in self.run.held.items():
            for node, _ in held:
                if node in self.under:
                    found.setdefault(node, plain(text))
        found[self.loss] = plain(self.question.loss.text) if self.question.loss is not None else "loss"
        return found

    def sizes(self) -> dict[int, str]:
        """Names for the lengths of what nothing is computed from: those of the script, else letters."""
        made = sorted(self.under, key=lambda node: (node.fn is not None, node.number))
        lengths = dict.fromkeys(
            size
            for node in made
            if node.fn is None or node.name == "reshape"
            for size in np.shape(node.value)
            if size >= LEAST and size not in self.run.composed
        )
        taken = {*self.called.values(), *self.parameters.values(), *KINDS}
        found: dict[int, str] = {}
        for text, held in self.run.held.items():
            number = held[0][0].value
            told = held[0][0].name == "number" and re.fullmatch(r"[A-Za-z]\w{0,9}", text) and text not in taken
            if told and number in lengths and int(number) not in found:
                found[int(number)] = text
                taken.add(text)
        letters = (letter for letter in chain(LETTERS, (f"n{k}" for k in count(1))) if letter not in taken)
        return {size: found.get(size) or next(letters) for size in lengths}

    def checked(self, named: Mapping[int, str]) -> str:
        """The model, compared with the script."""
        text = self.written(named)
        try:
            model = read_model(text)
            assert model.objective is not None
            given = {name: value for name, value in self.data.items() if name in model.variables}
            known, sizes = arrays(model.variables, given)
            value = float(np.asarray(values([model.objective], known, sizes)[model.objective]).reshape(()))
        except MatdiffError as error:
            raise UnsupportedError(f"the loss is not read as a model: {error.args[0]}") from None
        except Singular:
            raise UnsupportedError("the loss is not read as a model: it has no value for data of other sizes") from None
        true = float(np.asarray(self.loss.value).reshape(()))
        if not abs(value - true) <= CLOSE * (1 + abs(true)):
            raise UnsupportedError("the loss is not read as a model: it has another value")
        return text

    def final(self) -> str:
        """The text of the model, with the numbers that the script has."""
        return self.written(self.named, {small: number for number, small in self.question.small.items()})

    def written(self, named: Mapping[int, str], large: Mapping[int, int] = MappingProxyType({})) -> str:
        """The text of the model for a choice of names for sizes."""
        writer = Lines(self, named, large)
        try:
            writer.write(self.loss)
        except Unwritten as error:
            node = error.args[0] if error.args else self.loss
            place = self.question.source.line_place(getattr(node.statement, "lineno", 1))
            raise UnsupportedError(f"{node.name} of these arrays has no formula here", place) from None
        self.data = writer.data
        loss = writer.names[self.loss]
        last = [] if writer.definitions and writer.definitions[-1].startswith(f"{loss} = ") else [loss]
        return "\n".join([*writer.declared(), "", *writer.definitions, *last, ""])

    def experiment(self) -> str:
        """The sizes and the rate that the script tells, as a ``train`` section."""
        large = {small: number for number, small in self.question.small.items()}
        told = {n.value for n in self.question.source.nodes if isinstance(n, ast.Constant)}
        text = self.final()
        lines = [
            f"{name} = {large.get(size, size)}"
            for size, name in self.named.items()
            if large.get(size, size) in told and re.search(rf"\b{name}\b", text)
        ]
        for update in updates(self.question.source.tree):
            held = self.run.held.get(rate_of(update.step))
            if held and not held[0][0].live and np.ndim(held[0][0].value) == 0 and held[0][0].value > 0:
                lines.append(f"learning_rate = {float(held[0][0].value):g}")
                break
        return "\n".join(["", "train:", *(f"    {line}" for line in lines), ""]) if lines else ""


class Lines(Writer):
    """Writes a trace in the names of the script; what has no name there stands inside what is made of it."""

    def __init__(self, trace: Trace, named: Mapping[int, str], large: Mapping[int, int]) -> None:
        super().__init__(named, large, trace.run.composed)
        self.trace = trace
        self.taken = {*named.values(), *KINDS, trace.called[trace.loss], "sum", "mean", "max", "min", "d"}
        self.uses = Counter(below for node in trace.under for below in node.inputs)
        self.data: dict[str, Any] = {}
        self.given: list[str] = []
        self.declarations = []

    def declared(self) -> list[str]:
        used = [name for name in self.sizes.values() if any(re.search(rf"\b{name}\b", t) for t in self.lines())]
        return [*([f"{', '.join(used)}: dim"] if used else []), *self.needed()]

    def lines(self) -> list[str]:
        return [*self.needed(), *self.definitions]

    def needed(self) -> list[str]:
        """The declarations of what is used."""
        used = set(re.findall(r"\w+", " ".join(line.partition(" = ")[2] for line in self.definitions)))
        return [line for line in self.declarations if line.partition(":")[0] in used]

    def name_of(self, node: Node, otherwise: str) -> str:
        if node is self.trace.loss:
            return self.trace.called[node]
        name = self.trace.parameters.get(node) or self.trace.called.get(node) or otherwise
        if node not in self.trace.parameters and name in self.trace.parameters.values():
            self.taken.add(name)
        free = (made for k in count(1) if (made := f"{name}_{k}") not in self.taken)
        name = name if name not in self.taken else next(free)
        self.taken.add(name)
        return name

    def is_leaf(self, node: Node) -> bool:  # type: ignore[override]
        if node in self.trace.parameters:
            return True
        named = not node.live and np.ndim(node.value) > 0 and node in self.trace.called
        return (named or super().is_leaf(node)) and not self.is_shift(node)

    def is_shift(self, node: Node) -> bool:
        """A largest entry that is only subtracted to keep an exponential from overflowing."""
        if node.fn is None or node.name not in ("max", "amax") or not node.live:
            return False
        moved = node.value + np.random.RandomState(3).rand(*np.shape(node.value))
        return bool(np.allclose(Replay(self.trace.loss, node).at(moved), self.trace.loss.value, rtol=1e-9, atol=0))

    def declare(self, node: Node) -> None:
        value = np.asarray(node.value)
        if node in self.trace.parameters or node.live:
            if (node.fn is not None and node not in self.trace.parameters) or value.ndim > 2:
                raise Unwritten(node)
            self.variable(node, self.shape(value))
        elif value.ndim == 0 and node.fn is None:
            self.names[node] = self.number(node.value if not isinstance(node.value, np.generic) else value[()])
        elif value.ndim == 0 or value.ndim > 2 or value.dtype.kind not in "fiub":
            raise Unwritten(node)
        elif np.all(value == value.flat[0]) and value.flat[0] in (0, 1):
            sizes = [self.size(n) for n in value.shape]
            kind = "ones" if value.flat[0] else "zeros"
            self.names[node] = f"{kind}({', '.join(sizes if len(sizes) == 2 else [*sizes, '1'])})"
        elif is_one_hot(value):
            self.variable(node, f"onehot({self.size(value.shape[0])}, {self.size(value.shape[1])})")
        else:
            self.variable(node, self.shape(value))

    def variable(self, node: Node, kind: str) -> None:
        name = self.name_of(node, "data")
        self.declarations.append(f"{name}: {kind}")
        self.names[node] = name
        self.data[name] = np.asarray(node.value, dtype=float)

    def define(self, node: Node) -> None:
        if self.is_shift(node):
            self.names[node] = "0"
            return
        if node.name in ("copy", "same", "array", "asarray") and self.names.get(node.args[0]) == "0":
            self.names[node] = "0"
            return
        try:
            text = self.formula(node)
        except Unwritten as error:
            if node.live or error.args:
                raise Unwritten(error.args[0] if error.args else node) from None
            self.declare(node)
            return
        if re.fullmatch(r"\w+'?|\(\w+\)", text):
            self.names[node] = text
        elif node in self.trace.called or self.uses[node] > 1 or len(text) > LONGEST:
            name = self.name_of(node, "t")
            self.definitions.append(f"{name} = {text}")
            self.names[node] = name
        else:
            self.names[node] = f"({text})"

    def positions(self, item: Any, parts: tuple[Any, ...]) -> str | None:
        labels = parts[1] if len(parts) == 2 else None
        known = set(self.labels)
        text = super().positions(item, parts)
        if text is not None and isinstance(labels, Node) and labels not in known:
            del self.declarations[-1]
            shape = np.shape(item.value)
            text = self.labels[labels] = self.name_of(labels, "y")
            self.declarations.append(f"{text}: labels({self.size(shape[0])}, {self.size(shape[1])})")
            self.data[text] = np.asarray(labels.value)
        return text


def is_one_hot(value: Any) -> bool:
    marks = value.ndim == 2 and value.shape[1] > 1 and np.all((value == 0) | (value == 1))
    return bool(marks and np.all(value.sum(axis=1) == 1))


def plain(text: str) -> str:
    """A name, an attribute or an entry as one word: ``self.W`` is W, ``params['W1']`` is W1, ``Ws[0]`` is Ws_0."""
    node: ast.AST = ast.parse(text, mode="eval").body
    words: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            words.append(node.attr)
            break
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        words.append(str(key) if isinstance(key, str | int) else "")
        if isinstance(key, str):
            break
        node = node.value
    if isinstance(node, ast.Name) and node.id != "self":
        words.append(node.id)
    name = re.sub(r"\W", "_", "_".join(reversed(words))).strip("_")
    return name if name and not name[0].isdigit() else f"v_{name}"
