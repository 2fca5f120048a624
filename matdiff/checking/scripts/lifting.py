"""A script as a model: what its loss computes, in the names of the script, for sizes that need not be those of a run.

The trace of a run is written out; that of a second one, on other sizes, has to be written out the same. At both the
value of the model is compared with that of the script.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from time import process_time
from types import MappingProxyType
from typing import Any

import numpy as np

from matdiff.checking.scripts.check import PATIENCE, Asked, quiet, script
from matdiff.checking.scripts.judging import SEEDS, Question, ran
from matdiff.checking.scripts.names import target
from matdiff.checking.scripts.slopes import Replay
from matdiff.checking.scripts.steps import rate_of, updates
from matdiff.checking.scripts.survey import DATA, Survey, starts, surveyed
from matdiff.checking.scripts.watching import Pair, Spec, root_of, slice_of, spec
from matdiff.errors import DeclarationError, MatdiffError, ShapeError, UnsupportedError
from matdiff.evaluate import Singular, values
from matdiff.exchange import arrays
from matdiff.model import Model
from matdiff.python.formulas import Unwritten, Writer
from matdiff.python.source import Source, notebook, parsed
from matdiff.python.values import Node, Unknown
from matdiff.reader import read_model
from matdiff.reader.names import KINDS
from matdiff.reader.spelling import closest

CLOSE = 1e-8
"""So near the model has to come to the script."""
LONGEST = 160
"""Longer formulas are given names."""
LEAST = 3
"""Smaller numbers of a script are no sizes that are varied."""
LETTERS = ("n", "m", "k", "d", "p", "q", "r", "s")


@dataclass(frozen=True)
class Lifted:
    """A script written out as a model."""

    text: str
    parameters: tuple[str, ...]

    def model(self) -> Model:
        model = read_model(self.text)
        model.trained = self.parameters
        return model


def claims(source: str) -> bool:
    """Whether code gives a name that is called as a gradient a value, or moves a name by a step with a rate."""
    tree = parsed(source).tree
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return any(rate_of(update.step) for update in updates(tree)) or any(
        target(name, names - {name}, {}) is not None for name in stored
    )


def is_script(source: str) -> bool:
    """Whether a text is more than lines that compute something."""
    try:
        tree = parsed(notebook(source) or source).tree
    except MatdiffError:
        return False
    return any(isinstance(n, ast.For | ast.While | ast.If | ast.ClassDef | ast.FunctionDef) for n in ast.walk(tree))


def lifted(
    source: str,
    wrt: Sequence[str] = (),
    of: str | None = None,
    where: str | None = None,
    beside: Callable[[str], str | None] | None = None,
) -> Lifted:
    """The model whose loss a script computes.

    ``wrt`` names its parameters and ``of`` its loss; without them they are those that `check_code` finds. Raises a
    `MatdiffError` where there is no loss, or where it has no formula.
    """
    with quiet():
        question = Sought(script(source), of, wrt, where, beside).question
        first = Trace(question, 1)
        if not (first.named and general(question, first)):
            question = replace(question, small={}, choice=replace(question.choice, sizes={}))
            first, other = Trace(question, 1), Trace(question, 2)
            first.named = other.named = {}
            first.checked({})
            other.checked({})
            if first.final() != other.final():
                raise UnsupportedError("what the loss is depends on the values of the data here")
        return Lifted(first.final() + first.experiment(), tuple(first.parameters.values()))


class Sought(Asked):
    """What is asked where no gradient need be there: the loss, and what it is derived by."""

    def __init__(
        self,
        source: Source,
        loss: str | None,
        wanted: Sequence[str],
        where: str | None,
        beside: Callable[[str], str | None] | None,
    ) -> None:
        self.wanted = wanted
        super().__init__(source, loss, None, where, None, beside)

    def find(self) -> None:
        wanted, loss = self.wanted, self.question.loss
        self.updated = {update.target for update in updates(self.source.tree)}
        try:
            super().find()
        except DeclarationError as error:
            if self.question.loss is None:
                raise DeclarationError(error.args[0].replace("--loss", "--of")) from None
            self.question = replace(self.question, upstream=None)
        if self.question.upstream is not None:
            raise UnsupportedError("this file computes no loss: tell which name is it with --of")
        pairs = [pair for pair in self.question.pairs if pair.asked]
        if not wanted and pairs:
            pairs += self.moved({pair.of.text for pair in pairs})
            self.question = replace(self.question, pairs=tuple(pairs))
            self.until = process_time() + PATIENCE
            self.best()
            return
        self.question = replace(self.question, loss=loss or self.question.loss)
        run = surveyed(self.question)
        found = self.named(run, wanted) if wanted else list(self.starting(run))
        self.question = replace(self.question, pairs=tuple(Pair(spec(text), NOTHING) for text in found))
        self.question = replace(self.question, choice=ran(self.question, SEEDS[0])[1])

    def moved(self, known: set[str]) -> list[Pair]:
        """What is updated as well, and has no gradient that is told by its name."""
        run = surveyed(self.question)
        losses = [slice_of(event.node) for event in run.losses[:20] if isinstance(event.node, Node)]
        return [
            Pair(spec(text), NOTHING)
            for text, held in run.held.items()
            if text in self.updated - known
            and any(root_of(node) in under for node, _ in held for under in losses)
            and not (self.question.loss is not None and text == self.question.loss.text)
        ]

    def named(self, run: Survey, wanted: Sequence[str]) -> list[str]:
        """The values that are meant by names: ``W1`` may be ``params['W1']``."""
        known = {plain(text): text for text in reversed(run.held)}
        missing = next((name for name in wanted if name not in known and name not in run.held), None)
        if missing is not None:
            close = closest(missing, known)
            raise DeclarationError(f"the script has no {missing}" + (f"; did you mean {close}?" if close else ""))
        return [name if name in run.held else known[name] for name in wanted]

    def starting(self, run: Survey) -> Iterator[str]:
        """What the loss depends on, is not called as data are, and begins with a start value."""
        losses = [slice_of(event.node) for event in run.losses if isinstance(event.node, Node)]
        data = {root_of(held[0][0]) for text, held in run.held.items() if plain(text) in DATA}
        for text, held in run.held.items():
            first = root_of(held[0][0])
            if self.question.loss is not None and text == self.question.loss.text:
                continue
            varies = np.asarray(first.value).dtype.kind == "f" and (first.name != "number" or text in self.updated)
            if varies and starts(held) and any(first in under for under in losses) and first not in data:
                data.add(first)
                yield text


NOTHING = Spec("", ast.Name("#nothing", ast.Load()))
"""What never has a value."""


def general(question: Question, first: Trace) -> bool:
    """Whether the model is the same on other sizes; names that are not are exchanged for letters.

    Numbers that count rounds or entries are kept where the script is another one without them.
    """
    large = {small: number for number, small in question.small.items()}
    counted = {
        n.value
        for part in ast.walk(question.source.tree)
        if isinstance(part, ast.Subscript) or (isinstance(part, ast.Call) and ast.unparse(part.func) == "range")
        for n in ast.walk(part.slice if isinstance(part, ast.Subscript) else part)
        if isinstance(n, ast.Constant) and type(n.value) is int
    }
    for kept in (set[int](), counted):
        named = {size: name for size, name in first.named.items() if large.get(size, size) not in kept}
        if named and (kept != set() or named == first.named) and same(question, first, named):
            return True
    return False


def same(question: Question, first: Trace, named: dict[int, str]) -> bool:
    """Whether the model is the same on other sizes than those that have a name."""
    held, first.named = first.named, named
    try:
        other = Trace(varied(question, first), 2)
        shared = {size: name for size, name in other.named.items() if size not in held or size in named}
        if len(shared) == len(named):
            taken = {*held.values(), *other.named.values(), *first.called.values()}
            letters = (letter for letter in LETTERS if letter not in taken)
            for one, size in zip(named, shared, strict=True):
                if named[one] != shared[size]:
                    named[one] = shared[size] = next(letters, f"n{one}")
            other.named = shared
            first.checked(named)
            other.checked(shared)
            if first.final() == other.final():
                return True
    except UnsupportedError:
        pass
    first.named = held
    return False


def varied(question: Question, trace: Trace) -> Question:
    """The question on other sizes: those that the script tells are exchanged, those that it does not begin higher."""
    told = {n.value for n in ast.walk(question.source.tree) if isinstance(n, ast.Constant) and type(n.value) is int}
    large = {small: number for number, small in question.small.items()}
    fresh = (size for size in count(max([*trace.named, 12]) + 1) if size not in told)
    small = {number: next(fresh) for size in trace.named if (number := large.get(size, size)) in told}
    avoided = question.avoided | set(range(5, 5 + len(trace.named))) | set(small.values())
    return replace(
        question, small={**question.small, **small}, avoided=avoided, choice=replace(question.choice, sizes={})
    )


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
