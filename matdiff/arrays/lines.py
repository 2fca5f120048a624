"""The lines of a function while it is written, and the names in it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from matdiff.arrays.precedence import ATOM, bracketed
from matdiff.arrays.words import Words
from matdiff.indices import Affine
from matdiff.sizes import SUMS, Size


@dataclass(frozen=True)
class Value:
    """A text with the indices that are its leading axes, in the order of the statement."""

    text: str
    axes: tuple[str, ...] = ()
    level: int = ATOM
    thin: bool = False
    """Whether it has one row, or one column, in place of many that are the same."""
    number: bool = False
    """Whether it is a number of Python, not an array."""

    def inside(self, needed: int) -> str:
        return bracketed(self.text, self.level, needed)

    def named(self, name: str) -> Value:
        return replace(self, text=name, level=ATOM)


@dataclass(frozen=True)
class Frame:
    """Where a statement is computed: its vector indices in order, and those that are numbers there."""

    order: tuple[str, ...]
    numbers: Mapping[str, str]
    guarded: bool = False

    def sorted(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = set(names)
        return tuple(name for name in self.order if name in wanted)


NOWHERE = Frame((), {})


class Lines:
    """Lines, with names for arrays and sizes that no word of the library is."""

    def __init__(self, words: Words) -> None:
        self.lines: list[str] = []
        self.first: list[str] = []
        """Lines that are the same in every round."""
        self.early = False
        """Whether what is written now is."""
        self.held: dict[str, str] = {}
        """The names of texts among the first lines."""
        self.indent = ""
        self.taken = {"np", "jnp", "jax", "torch", "math", "function", "range", "reversed", "dtype", *keyword.kwlist}
        self.taken |= {"min", "max", "float", *words.helpers}
        self.arrays: dict[str, str] = {}
        self.sizes: dict[str, str] = {}

    def name(self, wish: str) -> str:
        text = re.sub(r"\W+", "_", wish).strip("_") or "value"
        while text in self.taken:
            text += "_"
        self.taken.add(text)
        return text

    def array(self, name: str) -> str:
        if name not in self.arrays:
            self.arrays[name] = self.name(name)
        return self.arrays[name]

    def size_name(self, name: str) -> str:
        if name not in self.sizes:
            self.sizes[name] = self.name(name)
        return self.sizes[name]

    def line(self, text: str) -> None:
        (self.first if self.early else self.lines).append(self.indent + text)

    @contextmanager
    def sooner(self, early: bool = True) -> Iterator[None]:
        """What is written inside goes to the first lines."""
        before = self.early, self.indent
        if early and not self.early:
            self.early, self.indent = True, ""
        yield
        self.early, self.indent = before

    def hold(self, wish: str, text: str) -> str:
        """A name for a text among the first lines."""
        if text not in self.held:
            with self.sooner():
                self.held[text] = self.fresh(wish, text)
        return self.held[text]

    def fresh(self, wish: str, text: str) -> str:
        name = self.name(wish)
        self.line(f"{name} = {text}")
        return name

    def size(self, size: Size) -> str:
        factors = [] if size.coefficient == 1 and size.powers else [str(size.coefficient)]
        for part, power in size.powers:
            inner = [self.size(summand) for summand in SUMS.get(part, ())]
            factors += [f"({' + '.join(inner)})" if inner else self.size_name(part)] * power
        return " * ".join(factors)

    def number(self, form: Affine, frame: Frame = NOWHERE) -> str:
        """A form over sizes and numbers as an integer."""
        return signed([(k, self.factors(name.split("*"), frame)) for name, k in form.terms], str(form.constant))

    def factors(self, names: Sequence[str], frame: Frame = NOWHERE) -> str:
        texts = [frame.numbers.get(name) or self.size_name(name) for name in names]
        return " * ".join(f"({text})" if len(texts) > 1 and " " in text else text for text in texts)


def signed(terms: Iterable[tuple[int, str]], constant: str = "0") -> str:
    """A sum of multiples, what is taken away behind what is added."""
    out = ""
    for k, text in sorted(terms, key=lambda term: term[0] < 0):
        text = text if abs(k) == 1 else f"{abs(k)} * {text}"
        out += (" - " if k < 0 else " + ") + text if out else ("-" if k < 0 else "") + text
    if constant == "0" and out:
        return out
    sign = " - " if constant.startswith("-") else " + "
    return f"{out}{sign}{constant.removeprefix('-')}" if out else constant
