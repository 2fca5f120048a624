r"""What a document says of its names where no model block does: kinds and sizes, each with how it was told.

In this order: what sets and words say (`inference`), what a name is used as (`uses`), its font, its letter. Where a
formula fits no more (`fitting`), the kind of one of its names that only its letter tells is changed. Sizes are unified
over all formulas; one that does not fit costs itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

from matdiff.checking.fitting import Fit
from matdiff.checking.functions import functions_of
from matdiff.checking.inference import Guess, infer
from matdiff.checking.losses import LOSSES, words_in
from matdiff.checking.scope import kinds_of
from matdiff.checking.uses import INDICES, Usage, Uses
from matdiff.documents import Document
from matdiff.errors import MatdiffError
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.core import Symbol
from matdiff.reader.latex.documents import Chain
from matdiff.reader.latex.indices import has_rows
from matdiff.reader.latex.names import LETTERS, capital
from matdiff.reader.math import read
from matdiff.reader.names import KINDS, default_kind
from matdiff.reader.syntax import Definition, FunctionDefinition, Program, postorder

ATTEMPTS, A_ROUND = 48, 6
"""So many other kinds are tried, and so many before the best of them is taken."""
MOST_READ = 1_000
"""So many formulas are read again for that."""
MOST_FORMULAS = 300
LOSS = "by the derivatives that are taken of it"
_OBJECTIVES = frozenset({"f", "g", "l", "ell", "loss", "cost", "E", "F", "J", "L"})
"""Undeclared names that stand for the objective of a model block."""
OTHERS = {"scalar": ("vector", "matrix"), "vector": ("scalar", "matrix", "row"), "matrix": ("vector", "scalar")}


def declared_in(program: Program) -> set[str]:
    """The names that model blocks declare or define."""
    named = {name.value for part in program.statements for name in getattr(part, "names", ())}
    return named | {part.name.value for part in program.statements if isinstance(part, Definition | FunctionDefinition)}


_RUNS = re.compile(r"\w+_(?P<index>[ijkln])")


def runs(name: str, text: str) -> bool:
    r"""Whether a name is one of several over which a sum runs, as ``\mu_k`` beside ``\sum_k``."""
    found = _RUNS.fullmatch(name)
    return (
        found is not None and re.search(rf"\\sum(?:\\limits)?\s*_\s*\{{?[^{{}}]*\b{found['index']}\b", text) is not None
    )


def program_of(found: Sequence[Guess]) -> str:
    """The declarations as a model block has them."""
    return "\n".join(map(str, found))


class Inference:
    """Finds the names of one document and what they are."""

    def __init__(self, document: Document, section: int = 0) -> None:
        self.document = document
        self.section = section
        blocks = document.blocks(section)
        program = read(document.model(blocks))
        said = [one for one in infer(document, declared_in(program)) if not runs(one.name, document.text)]
        said = self.fitting(said, program)
        self.told = [one for one in said if len(one.sizes) == KINDS[one.kind]]
        self.base = Elaborator([read(program_of(self.told)), program]).model() if self.told or blocks else None
        self.known: dict[str, str] = {}
        if self.base is not None:
            self.known |= {name: str(node.data[1]) for name, node in self.base.variables.items()}
            self.known |= kinds_of(self.base.definitions) | dict.fromkeys(self.base.dims, "dim")
            self.known |= dict.fromkeys(self.base.functions, "function")
        own = [block.start for block in blocks]
        self.formulas = [
            formula
            for formula in document.formulas
            if formula.notation == "latex"
            and not formula.skipped
            and [block.start for block in document.blocks(formula.section)] == own
        ][:MOST_FORMULAS]
        self.words = words_in(document.text, self.formulas)
        self.functions = functions_of(document.text, self.formulas, self.words | self.known)
        self.known |= self.functions.names
        self.found = {one.name: one for one in said if one not in self.told}
        """Names whose kinds are told, but not their sizes, and all others."""
        self.usage = Usage(document.text, self.words | self.functions.parameters | self.known)
        self.uses = self.usage.uses
        self.dims = self.usage.dims
        self.read: dict[tuple[int, tuple[str, ...]], list[Chain]] = {}
        """Formulas as they are read with names of some kinds."""
        self.members: set[str] = set()
        """Names that stand with indices only."""

    def run(self) -> list[Guess]:
        for formula in self.formulas:
            with suppress(MatdiffError):
                self.usage.scan(formula)
        self.usage.add_next_steps()
        self.find_families()
        for name, uses in self.uses.items():
            if name not in self.found and name not in self.known and name not in self.dims | self.usage.defined:
                guess = self.guess(name, uses)
                if guess is not None:
                    self.found[name] = guess
        for name in self.dims:
            self.found.pop(name, None)
        met = {*self.uses, *self.members}
        self.found = {name: one for name, one in self.found.items() if name in met and name not in self.known}
        if self.found:
            with suppress(MatdiffError):
                self.settle()
        dims = (
            [Guess(name, "dim", (), "by its use as a size", True) for name in sorted(self.dims)] if self.found else []
        )
        return [*self.told, *(one for one in dims if one.name not in self.known), *self.found.values()]

    @staticmethod
    def fitting(told: list[Guess], program: Program) -> list[Guess]:
        """What the document says, where that fits the model blocks."""
        with suppress(MatdiffError):
            Elaborator([read(program_of(told)), program]).model()
            return told
        return []

    def find_families(self) -> None:
        r"""What ``x_i`` and ``x^{(i)}`` are members of: a vector, or the rows of a matrix with the capital letter."""
        self.usage.find_bases()
        depths: dict[str, int] = {}
        vectors: set[str] = set()
        for name, uses in self.uses.items():
            count = self.usage.indices_of(uses.symbol)
            if count and name not in self.known:
                base = uses.symbol.base
                depths[base] = max(depths.get(base, 0), count)
                if uses.turned or uses.normed or uses.bold == uses.count:
                    vectors.add(base)
        for base, depth in depths.items():
            exponential = base == "e" and self.usage.exponential
            loss = base in LOSSES and any(uses.derived for uses in self.uses.values() if uses.symbol.base == base)
            if has_rows(self.known.get(capital(base))) or exponential or loss:
                continue
            letter = base.partition("_")[0] if capital(base) != base.upper() else base  # x of x_hat
            rows = base[:1].islower() and (len(letter) == 1 or base in LETTERS) and (depth > 1 or base in vectors)
            plain = self.uses.get(base)
            listed = max(plain.listed_in, self.as_parameter(base)) if plain is not None else 0
            if plain is not None and plain.count <= listed and base not in self.found:
                del self.uses[base]  # J(r, \\mu), and r_{ik} everywhere else; the x of h(x) = w^T x
            name = capital(base) if rows else base
            matrix = rows or depth > 1 or base[:1].isupper()
            if name not in self.known and name not in self.usage.defined and (rows or base not in self.found):
                self.found.setdefault(
                    name, Guess(name, "matrix" if matrix else "vector", (), "by its members", name not in self.uses)
                )
                self.members.add(name)

    def as_parameter(self, name: str) -> int:
        """How often a name stands for a parameter where functions are defined."""
        bodies = [one.body for each in self.functions.written.values() for one in each if name in one.parameters]
        inside = sum(1 for body in bodies for node in postorder(body) if (node.kind, node.value) == ("name", name))
        return len(bodies) + inside

    def guess(self, name: str, uses: Uses) -> Guess | None:
        """The kind of a name by how it is used, its font and its letter; None where it is an entry or no name."""
        symbol = uses.symbol
        step = self.usage.is_step(symbol)
        if (
            self.usage.indices_of(symbol)
            or (self.is_entry(symbol) and not step)
            or uses.density
            or (name == "pi" and uses.numbered)
            or (name == "E" and uses.bracketed)
            or (symbol.base == "delta" and len("".join(symbol.parts)) == 2 and "delta" not in self.known)
            or (name in (*INDICES, "d") and not uses.bold)
        ):
            return None
        base = symbol.base.split("_")[0]
        if name in LOSSES and (uses.derived or uses.listed == uses.count) and not uses.turned:
            known = uses.derived != uses.count and uses.listed != uses.count
            return Guess(name, "scalar", (), LOSS, True) if known else None
        if symbol.base in LOSSES and any(len(part) > 2 and part.isalpha() for part in symbol.parts):
            return Guess(name, "scalar", (), LOSS, True)  # L_{reg}
        if self.base is not None and self.base.objective is not None and name in _OBJECTIVES and not uses.bold:
            return None
        values = uses.listed == uses.called  # f(x) is a value, \\sigma(z) is not
        if 2 * uses.called >= max(uses.count, 1) and (base in LETTERS or (base in ("f", "g", "h", "s") and not values)):
            return Guess(name, "function", (), "by its use as a function", True)
        if uses.called == uses.count and symbol.parts and not uses.density:
            return Guess(name, "function", (), "by its use as a function", True)  # h_\\theta(x)
        if base not in LETTERS and len(base) > 1:
            return None
        if uses.bold == uses.count:
            kind = "matrix" if base[:1].isupper() else "vector"
            return Guess(name, kind, (), "by its bold letter", True)
        if uses.below and not uses.turned:
            return Guess(name, "scalar", (), "by its place below a line", True)
        if (uses.turned or (step and symbol.parts[0][0] == "l")) and base[:1].islower():
            parted = bool(uses.turned) and any(other.derived for other in self.entries_of(name))  # \\theta^T, \\theta_j
            return Guess(name, "vector", (), "by its use as a vector" if uses.turned else "by its layer", parted)
        if base in LETTERS:
            kind = "matrix" if base[:1].isupper() else "scalar"
            return Guess(name, kind, (), "by its Greek letter")
        return Guess(name, default_kind(base) or "scalar", (), "by its letter")

    def entries_of(self, name: str) -> Iterator[Uses]:
        for uses in self.uses.values():
            if uses.symbol.base == name and uses.symbol.parts and set("".join(uses.symbol.parts)) <= INDICES:
                yield uses

    def is_entry(self, symbol: Symbol) -> bool:
        """Whether a name is an entry or a row of another one, or a sign of a derivative, ``D_x``."""
        letters = set("".join(symbol.parts))
        names = {*self.uses, *self.known}
        if (
            symbol.base == "D"
            and symbol.parts
            and "".join(symbol.parts).replace("_", "") in {name.replace("_", "") for name in names}
        ):
            return True
        if symbol.parts and any(f"{symbol.base}{bar}{n}" in self.known for bar in ("_", "") for n in (0, 1, 2)):
            return True  # a step of s_0, s_1, …
        if not letters or not letters <= {*"ijklmnt", ":"}:
            return False
        return symbol.base in names or (letters <= INDICES and capital(symbol.base) in names)

    # sizes and kinds that fit

    def settle(self) -> None:
        """The kinds with which most formulas fit, and the sizes that these tell."""
        kinds = {name: one.kind for name, one in self.found.items()}
        best = Fit(self, kinds)
        if best.late:
            other = Fit(self, {**kinds, **best.late})
            best = other if other.score >= best.score else best
        if best.misfits:  # z = w x + b, where all are numbers
            numbers = {name for name, one in self.found.items() if one.kind == "vector" and not one.sure}
            other = Fit(self, {**best.kinds, **dict.fromkeys(numbers, "scalar")})
            best = other if other.score > best.score + 1 else best
        left = min(ATTEMPTS, MOST_READ // max(1, len(self.formulas)))
        tried: set[tuple[str, str]] = set()
        while left > 0:
            often = Counter(name for names in best.misfits for name in names)
            changes = [
                (name, kind)
                for name, _ in often.most_common()
                if name in self.found and not self.found[name].sure
                for kind in OTHERS.get(best.kinds[name], ())
                if (name, kind) not in tried
            ][: min(left, A_ROUND)]
            if not changes:
                break
            left -= len(changes)
            tried.update(changes)
            found = max((self.with_change(best, *change) for change in changes), key=lambda fit: fit.score)
            if found.score > best.score:
                best, tried = found, set()
        for name in [name for name in self.members if name.islower() and name not in self.uses]:
            if best.kinds.get(name) == best.kinds.get(capital(name)) == "vector":  # y_i are entries of the vector Y
                other = Fit(self, {one: kind for one, kind in best.kinds.items() if one != name})
                best = other if other.score >= best.score else best
        self.found = {name: one for name, one in self.found.items() if name in best.kinds}
        for name, kind in best.kinds.items():
            if kind != self.found[name].kind:
                self.found[name] = Guess(name, kind, (), "by the formulas that it stands in")
        best.name_sizes(self.found, {*self.known, *self.uses, *self.dims, *self.found})

    def with_change(self, fit: Fit, name: str, kind: str) -> Fit:
        """The formulas with another kind of a name; y and \\hat{y} are of one kind."""
        alike = [n for n in fit.kinds if n.split("_")[0] == name.split("_")[0] and not self.found[n].sure]
        return Fit(self, {**fit.kinds, **dict.fromkeys(alike, kind)})
