"""The names of NumPy code: variables, values under the names they are assigned to, and memory they share.

A name may be assigned again and again; a model defines it once. So each assignment makes a version
of its own, and in the end the last version has the name as it is written, the others a number. A
name whose variable was read keeps it for the variable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from matdiff.errors import DeclarationError, MatdiffError, ParseError, UnsupportedError
from matdiff.reader.names import KINDS, default_kind
from matdiff.reader.numpy.algebra import Algebra
from matdiff.reader.numpy.arrays import RANKS, Array, Span
from matdiff.reader.numpy.names_used import nearest
from matdiff.reader.numpy.values import (
    Elementwise,
    Frame,
    Inputs,
    Labels,
    Value,
    arrays_in,
)
from matdiff.reader.spelling import letter, looks, variant
from matdiff.reader.syntax import Column, Declaration, Definition, Node, Objective, Statement, postorder

MAX_TREE = 200_000

_FOREIGN = {
    "I": "the identity is written np.eye(n); a matrix of that name is declared, as in I: matrix(n, n)",
    "self": "there are no objects here; write W instead of self.W, and declare it",
    "pi": "write np.pi",
    **dict.fromkeys(("special", "linalg", "la", "sp", "sps"), "it is not imported"),
    **dict.fromkeys(("torch", "tf", "pd"), "only functions of numpy, scipy and math are"),
}


class Scope:
    """What the names stand for, and the statements they have become."""

    def __init__(
        self,
        algebra: Algebra,
        declared: Mapping[str, str],
        assigned: frozenset[str],
        dims: frozenset[str],
        tables: frozenset[str],
    ) -> None:
        self.algebra = algebra
        self.declared = dict(declared)
        self.assigned = assigned
        self.dims = dims - assigned - set(declared)
        self.tables = tables - assigned - set(declared)
        self.inputs: set[str] = set()
        self.statements: list[Statement] = []
        self.versions: dict[str, list[str]] = {}
        self.undefined: set[str] = set()
        """The names whose last value is not a definition of the model."""
        self.storages = count(1)
        self.memory: dict[str, int] = {}
        self.uses: Counter[int] = Counter()
        self.weights: dict[int, tuple[Node, int]] = {}

    # reading

    def read(self, name: str, frame: Frame) -> Value | None:
        """What a name is bound to, from the inside out."""
        inside: Frame | None = frame
        while inside is not None:
            if name in inside.names:
                value = inside.names[name]
                if isinstance(value, Array) and value.node.kind == "name":
                    return replace(value, node=self.algebra.node("name", value.node.value))
                return value
            if name in inside.variables:
                return None
            inside = inside.parent
        return None

    def variable(self, name: str) -> Value:
        """A name that nothing is assigned to: a variable of the model."""
        kind = self.declared.get(name)
        if name in self.tables:
            return Inputs(name)
        if kind is None and name in self.dims:
            self.declare([self.algebra.node("name", name)], "dim", None)
            kind = "dim"
        kind = kind or (default_kind(name) if name not in _FOREIGN else None)
        if kind is None or kind not in KINDS:
            raise self.undeclared(name)
        if kind == "function":
            return Elementwise(name)
        self.inputs.add(name)
        if name not in self.declared:
            self.algebra.defaulted.add(name)
        node = self.algebra.node("name", name)
        if kind == "labels":
            return Labels(node)
        if RANKS[kind] == 0:
            self.algebra.scalars.add(name)
            return Array(node, 0, known=node if kind == "dim" else None)
        if name not in self.memory:
            self.memory[name] = next(self.storages)
            self.uses[self.memory[name]] = 1
        return Array(node, 1 if isinstance(kind, Column) else RANKS[kind], storage=self.memory[name])

    def undeclared(self, name: str) -> MatdiffError:
        known = [other for other in (*self.assigned, *self.declared, *self.inputs) if other != name]
        declare = f"declare it, as in {name}: matrix(m, n) (or scalar, vector(n), …)"
        if name in _FOREIGN:
            message = f"{name} is not read: {_FOREIGN[name]}"
        elif name in self.assigned:
            message = f"{name} is used before it is given a value (a variable is declared: {name}: matrix(m, n))"
        elif twin := next((other for other in known if looks(other) == looks(name)), None):
            odd = name if not name.isascii() else twin
            message = f"{name} is not declared: it looks like {twin}, but {letter(odd)}; or {declare}"
        elif close := nearest(name, known):
            message = f"{name} is not declared: did you mean {close}? Otherwise {declare}"
        else:
            message = f"{name} is not declared: {declare}"
        return self.algebra.fail(DeclarationError, message)

    # assigning

    def bind(self, frame: Frame, name: str, value: Value) -> None:
        if isinstance(value, Array) and self.weight(value.node) > MAX_TREE:
            raise self.algebra.fail(
                UnsupportedError,
                f"{name} grows too large when its functions are written out; give its parts names outside of a def",
            )
        frame.names[name] = self.held(value, frame.names.get(name))

    def stored(self, value: Value) -> Value:
        """A value with a place in memory, which it shares with whatever it is given to."""
        if isinstance(value, Array) and value.rank and not value.storage:
            return replace(value, storage=next(self.storages))
        return value

    def held(self, value: Value, old: Value | None = None) -> Value:
        """A value as a name, or an entry of a dictionary, holds it in place of an old one."""
        value = self.stored(value)
        self.uses.update(a.storage for a in arrays_in(value))
        self.uses.subtract(a.storage for a in arrays_in(old))
        return value

    def weight(self, root: Node) -> int:
        """The number of nodes of a value that is written out wherever its name is used."""
        stack = [root]
        while stack:
            node = stack[-1]
            below = [child for child in node.children if id(child) not in self.weights]
            stack.extend(below)
            if not below:
                weight = 1 + sum(self.weights[id(child)][1] for child in node.children)
                self.weights[id(node)] = (node, weight)
                stack.pop()
        return self.weights[id(root)][1]

    def release(self, frame: Frame) -> None:
        """A call has ended: its names no longer share memory."""
        if not frame.captured:
            for value in frame.names.values():
                self.uses.subtract(a.storage for a in arrays_in(value))

    def is_shared(self, a: Array) -> bool:
        """Whether another name sees a change of this array in place."""
        return a.rank > 0 and a.storage > 0 and self.uses[a.storage] > 1

    def define(self, name: str, a: Array, at: Span) -> Array:
        """A definition of the model; what comes back is its name."""
        self.undefined.discard(name)
        versions = self.versions.setdefault(name, [])
        versions.append(f"{name}#{len(versions)}")  # no source has such a name
        node = Node("name", versions[-1], (), *at)
        body = self.algebra.upright(a)
        self.statements.append(Definition(node, body))
        self.algebra.bodies[versions[-1]] = body
        return replace(a, node=node, lying=False, known=self.fixed(a))

    @staticmethod
    def fixed(a: Array) -> Node | None:
        return a.known if a.literal is not None else None

    def declare(self, names: list[Node], kind: str, sizes: list[Node] | None) -> None:
        kind_node = Node("name", kind, (), names[0].start, names[0].end)
        self.statements.append(Declaration(names, kind_node, sizes))
        self.declared.update((node.value, kind) for node in names)

    # the end

    def finish(self) -> list[Statement]:
        """The statements with every version under its final name."""
        final: dict[str, str] = {}
        taken = {*self.declared, *self.inputs, *self.versions}
        for name, versions in self.versions.items():
            plain = [] if name in self.inputs | self.undefined else [name]
            free = (made for number in count(1) if (made := f"{name}_{number}") not in taken)
            fresh = [next(free) for _ in range(len(versions) - len(plain))]
            taken.update(fresh)
            final.update(zip(versions, fresh + plain, strict=True))
        for node in self.nodes():
            if node.kind == "name":
                node.value = final.get(node.value, node.value)
        return self.statements

    def nodes(self) -> Iterator[Node]:
        for statement in self.statements:
            match statement:
                case Definition(name, value):
                    yield name
                    yield from postorder(value)
                case Objective(value):
                    yield from postorder(value)


def check_name(algebra: Algebra, name: str) -> None:
    """Names that Python, or the notation of the answers, could not write."""
    if plain := variant(name):
        raise algebra.fail(ParseError, f"{name} looks like {plain}: write {plain.replace('^', '**')}")
