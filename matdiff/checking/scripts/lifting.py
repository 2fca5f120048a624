"""A script as a model: what its loss computes, in the names of the script, for sizes that need not be those of a run.

The trace of a run is written out; that of a second one, on other sizes, has to be written out the same. At both the
value of the model is compared with that of the script.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from time import process_time

import numpy as np

from matdiff.checking.scripts.check import PATIENCE, Asked, quiet, script
from matdiff.checking.scripts.judging import SEEDS, Question, ran
from matdiff.checking.scripts.model_text import LETTERS, Trace, plain
from matdiff.checking.scripts.names import target
from matdiff.checking.scripts.steps import rate_of, updates
from matdiff.checking.scripts.survey import DATA, Survey, starts, surveyed
from matdiff.checking.scripts.watching import Pair, Spec, root_of, slice_of, spec
from matdiff.errors import DeclarationError, MatdiffError, UnsupportedError
from matdiff.model import Model
from matdiff.python.source import Source, notebook, parsed
from matdiff.python.values import Node
from matdiff.reader import read_model
from matdiff.reader.spelling import closest


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
