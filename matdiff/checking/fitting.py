"""Whether the formulas of a document fit its names, of some kinds; and the sizes that these tell."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from matdiff import expr as E
from matdiff.checking.blanked import without_arguments, without_frames
from matdiff.checking.functions import Functions
from matdiff.checking.inference import Guess
from matdiff.checking.losses import LOSSES
from matdiff.checking.scope import WEIGHTS, free
from matdiff.checking.steps import next_definition
from matdiff.checking.uses import Usage
from matdiff.documents import Document, Formula
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.derivatives import names_in
from matdiff.reader.latex.documents import Chain, read_chains
from matdiff.reader.names import KINDS
from matdiff.reader.syntax import Node, Program
from matdiff.sizes import ONE, Size, fixed, named


class Guessed(Protocol):
    """What is known of the names of a document so far."""

    document: Document
    base: Model | None
    known: dict[str, str]
    words: dict[str, str]
    formulas: list[Formula]
    functions: Functions
    found: dict[str, Guess]
    usage: Usage
    dims: set[str]
    read: dict[tuple[int, tuple[str, ...]], list[Chain]]


@dataclass
class Fit:
    """The formulas with names of some kinds: which fit, and the sizes."""

    inference: Guessed
    kinds: dict[str, str]
    misfits: list[list[str]] = field(default_factory=list)
    """Of each chain that does not fit its names, those that stand in it seldom first."""
    score: int = 0
    made_of: dict[str, set[str]] = field(default_factory=dict)
    """The names in what a name is defined as."""
    late: dict[str, str] = field(default_factory=dict)
    """The kinds that names have where they are defined, below their first use."""

    def __post_init__(self) -> None:
        inference = self.inference
        self.reader = Elaborator([Program(inference.document.text, [])])
        self.reader.kinds = {**self.reader.kinds, "derivative": self.derivative, "free": free}
        self.reader.user_functions.update(inference.functions.entrywise)
        names = self.reader.names
        if inference.base is not None:
            names.scope.update({**inference.base.variables, **inference.base.definitions})
            names.functions.update(dict.fromkeys(inference.base.functions))  # type: ignore[arg-type]
        dims = {*inference.dims, *(inference.base.dims if inference.base is not None else ())}
        names.scope.update({name: E.dim(named(name)) for name in dims})
        for name, kind in self.kinds.items():
            if kind == "function":
                names.functions[name] = None  # type: ignore[assignment]
                continue
            told = inference.found[name].sizes if inference.found[name].kind == kind else ()
            sizes = [named(size) if size.isidentifier() else fixed(int(size)) for size in told]
            if kind == "scalar" and not inference.found[name].sure:
                names.defaulted[name] = kind  # it is not added to every entry of something
            names.add_variable(name, kind, names.shape_of(kind, sizes if len(sizes) == KINDS[kind] else []))
        self.known = inference.words | inference.functions.parameters | inference.known
        self.known |= dict.fromkeys(dims, "dim") | self.kinds
        letters, later = inference.usage.ahead - inference.usage.bound, list[Chain]()
        for formula in inference.formulas:
            with suppress(MatdiffError):
                for chain in self.chains(formula):
                    self.take(chain)
                    following = next_definition(chain, letters)
                    later += [following] if following is not None else []
                    later = [one for one in later if not self.follows(one)]

    def chains(self, formula: Formula) -> list[Chain]:
        key = (
            formula.start,
            tuple(self.known.get(name, "") for name in self.inference.usage.near.get(formula.start, ())),
        )
        read = self.inference.read
        if key not in read:
            read[key] = self.chains_of(formula)
        return read[key]

    def chains_of(self, formula: Formula) -> list[Chain]:
        text, (start, end) = self.inference.document.text, (formula.start, formula.end)
        written = without_frames(text[start:end], "latex")
        written = without_arguments(written, self.reader.names.scope, "f", self.inference.functions.names)
        text = f"{text[:start]}{written}{text[end:]}" if written != text[start:end] else text
        return read_chains(text, self.known, start, end)

    def follows(self, chain: Chain) -> bool:
        """Whether what a formula says of the next step has a meaning by now, and is taken."""
        open_ = self.inference.usage.defined - set(self.reader.names.scope)
        if any(name in open_ for member in chain.members[1:] if member.node for name in names_in(member.node)):
            return False
        misfits, score, late = list(self.misfits), self.score, dict(self.late)
        self.take(chain)
        done = self.score > score
        self.misfits, self.score, self.late = misfits, score, late
        return done

    def take(self, chain: Chain) -> None:
        """Read a chain: its sides have one size."""
        unifier = self.reader.unifier
        kept = dict(unifier.bound), dict(unifier.ends), dict(unifier.origin), list(unifier.pending)
        functions = self.inference.functions
        if chain.members and functions.defines(chain.members[0].node):
            return
        nodes = [functions.expanded(member.node) for member in chain.members if member.node is not None]
        self.reader.names.scope.pop(WEIGHTS, None)
        first = chain.members[0] if chain.members and not chain.continues else None
        new = first is not None and first.node is not None and first.node.kind == "name" and chain.signs[:1] == ["="]
        name = str(first.node.value) if new and first is not None and first.node is not None else ""
        new = new and name not in self.reader.names.scope and name in self.inference.usage.defined
        try:
            built = [self.reader.build.resolved(self.reader.expression(node)) for node in nodes[new:]]
            for one in built[1:]:
                shapes = self.reader.build.shape(built[0]), self.reader.build.shape(one)
                if not all(unifier.unify(a, b) for a, b in zip(*shapes, strict=True)):
                    raise SizeConflict
            values = built[:1]
            for member in chain.members:
                if member.claim is not None:
                    value = self.derivative(self.reader, Node("derivative", member.claim), [])
                    shape = self.reader.build.shape(built[0]) if built else value.shape
                    number = built and built[0].op == "number" and built[0].data == 0
                    if not number and not all(unifier.unify(a, b) for a, b in zip(value.shape, shape, strict=True)):
                        raise SizeConflict
                    values = values or [value]
            if new and values:
                self.reader.names.scope[name] = E.define(name, values[0])
                self.made_of[name] = {part for node in nodes[1:] for part in names_in(node)}
                if self.is_loss(name) and not values[0].is_scalar:
                    raise SizeConflict
            self.score += 1
        except (MatdiffError, SizeConflict):
            unifier.bound, unifier.ends, unifier.origin, unifier.pending = kept
            self.take_sides(nodes[new:])  # nothing tells what a name is that this would define
            self.defined_late(chain)
            sides = [*nodes, *(Node("derivative", m.claim) for m in chain.members if m.claim is not None)]
            counts = Counter(name for node in sides for name in names_in(node))
            counts.update({part: len(counts) for name in list(counts) for part in self.made_of.get(name, ())})
            if all(member.error is None for member in chain.members):
                self.misfits.append(sorted(counts, key=lambda name: (counts[name], str(name))))

    def is_loss(self, name: str) -> bool:
        """Whether derivatives are taken of a name as of a loss."""
        uses = self.inference.usage.uses.get(name)
        return name in LOSSES and uses is not None and uses.derived > 0

    def take_sides(self, nodes: list[Node]) -> None:
        """What the sides of a chain that does not fit tell of sizes, each by itself."""
        unifier = self.reader.unifier
        for node in nodes:
            kept = dict(unifier.bound), dict(unifier.ends), dict(unifier.origin), list(unifier.pending)
            try:
                self.reader.build.resolved(self.reader.expression(node))
            except (MatdiffError, SizeConflict):
                unifier.bound, unifier.ends, unifier.origin, unifier.pending = kept

    def defined_late(self, chain: Chain) -> None:
        """The kind of a name by what a chain says that it is."""
        if chain.continues or len(chain.members) < 2 or chain.signs[0] != "=":
            return
        head, body = (member.node for member in chain.members[:2])
        name = str(head.value) if head is not None and head.kind == "name" else ""
        one = self.inference.found.get(name)
        if body is None or one is None or one.sure or one.kind == "function":
            return
        with suppress(MatdiffError, SizeConflict):
            rows, cols = self.reader.build.shape(self.reader.build.resolved(self.reader.expression(body)))
            self.late[name] = "scalar" if rows is ONE is cols else "vector" if cols is ONE else "matrix"

    def derivative(self, reader: Context, node: Node, args: list[Expr]) -> Expr:
        """A derivative by its size alone: that of the variable."""
        claim = node.value
        if len(claim.wrt) != 1 or claim.kind == "hessian":
            raise UnsupportedError("only the sizes of first derivatives are taken")
        variable = reader.names.scope.get(claim.wrt[0].value)
        if variable is None:
            raise UnsupportedError("the variable is not known")
        if claim.of is not None and claim.of.kind != "name":
            of = self.reader.build.resolved(self.reader.expression(claim.of))
            if not of.is_scalar:
                raise UnsupportedError("only the sizes of gradients are taken")
        elif claim.of is not None:
            known = reader.names.scope.get(claim.of.value)
            if known is not None and not known.is_scalar:
                raise UnsupportedError("only the sizes of gradients are taken")
        rows, cols = variable.shape if claim.kind == "gradient" else variable.shape[::-1]
        return E.variable(f"gradient of {claim.wrt[0].value}", (rows, cols), "matrix")

    def name_sizes(self, found: dict[str, Guess], taken: set[str]) -> None:
        """Names for the sizes that were left open, the same for the same one."""
        self.reader.unifier.settle()
        nice = (name for name in ("n", "d", "m", "p", "q", "k", "r", "s", *(f"n{j}" for j in range(1, 99))))
        fresh = (name for name in nice if name not in taken)
        made: dict[str, Size] = {}
        for name, one in found.items():
            if one.kind == "function":
                continue
            variable = self.reader.names.scope[name]
            sizes = []
            shape = variable.shape[::-1] if one.kind == "row" else variable.shape
            for size in shape[: KINDS[one.kind]]:
                size = self.reader.unifier.resolve(size)
                for part in size.names:
                    if part.startswith("?") and part not in made:
                        made[part] = named(next(fresh))
                sizes.append(str(size.substitute(made)))
            one.sizes = tuple(sizes)
