"""What the names of a document mean, and its formulas as expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import count

from matdiff import expr as E
from matdiff.checking.functions import Functions
from matdiff.checking.givens import Givens
from matdiff.equality import varying_names
from matdiff.errors import MatdiffError, ShapeError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.model import Model
from matdiff.operators import ALIASES, entries
from matdiff.reader.context import Context, Meaning
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.core import DefinedMatrix
from matdiff.reader.meanings import is_told, parents_in
from matdiff.reader.sums import entry, members, total
from matdiff.reader.syntax import Node, Program, postorder
from matdiff.sizes import ONE, Size, named

SPELLINGS: dict[str, dict[str, str]] = {
    "math": {},
    "latex": {
        "*": " ",
        ".*": r" \odot ",
        "./": r" \oslash ",
        "⊗": r" \otimes ",
        "'": r"^\top",
        "dot": r"\cdot ·",
        "entries": r"^{\odot}",
    },
}

OBJECTIVE = "f"
"""The name that stands for the objective where it is not declared."""


class Scope:
    """The names of one document: the model's, and those that its formulas introduce.

    ``reader`` has read nothing yet: it holds the programs of the model.
    """

    def __init__(self, source: str, reader: Elaborator, functions: Functions | None = None) -> None:
        self.source = source
        self.functions = functions or Functions({}, {})
        """What the document defines with arguments."""
        self.local: dict[str, Expr] = {}
        """What names are in the chain at hand only: the parameter of a function that it defines."""
        self.reader = reader
        self.model: Model = self.reader.model()
        self.definitions: dict[str, Expr] = {}
        self.spelling: Mapping[str, str] = {}
        """How the formula at hand writes its signs, for messages."""
        self.beside: list[Expr] = []
        """The names whose differentials are written in the chain at hand."""
        self.claimed: dict[str, Expr] = {}
        """Names that stand for derivatives written inside of formulas."""
        self.meanings: dict[str, Meaning] = {"free": free, "members": members}
        """What nodes mean that only documents have."""
        self.givens = Givens()
        self.subjects: list[str] = []
        """The names that derivatives were by so far, or that the words around name, the nearest first."""
        self.losses: set[str] = set()
        """Names of losses that stand in formulas, and that nothing defines."""
        self.layout = ""
        """``numerator``, where fractions stand for Jacobians; ``mixed``, where those of vectors do."""
        self.applied: dict[Expr, Expr] = {}
        """What declared names stand for, while formulas are read with what the document has defined."""
        self.bodies: dict[Expr, Expr] = {}
        """A definition for what it is defined as, where a formula writes that out."""
        self.notes: list[str] = []
        """What the formulas of the link at hand were taken as, where they may mean something else."""
        self.objective: Expr | None = None
        moved: dict[Expr, Expr] = {}
        written: set[Expr] = set()
        for name, node in self.model.definitions.items():
            (body,) = E.substitute([node.args[0]], moved)
            if body in written:  # a name above holds what this one stands for
                self.introduce(name, body)
                moved |= {old: self.definitions[known] for known, old in self.model.definitions.items() if old in moved}
            else:
                self.define(name, body)
            moved[node] = self.definitions[name]
            inner = topo(body, inside=lambda n: () if n.op == "definition" else n.args)
            written.update(n for n in inner if n.op not in E.LEAVES and n.op not in ("definition", "differential"))
        if self.model.objective is not None:
            self.objective = self.fold(E.substitute([self.model.objective], moved)[0])

    def define(self, name: str, body: Expr) -> Expr:
        """A definition, written by the names above it where its body holds what they stand for."""
        node = E.define(name, self.fold(body))
        self.definitions[name] = node
        if body.op not in E.LEAVES and body.op not in ("definition", "differential"):
            self.bodies.setdefault(node.args[0], node)
        return node

    def introduce(self, name: str, body: Expr, anew: bool = False) -> None:
        """A name that the document defines on its way; the names above may hold what it stands for.

        One that it defines ``anew`` stood for something else above, and what was made of it stays as it is.
        """
        if anew:
            old = self.definitions.pop(name)
            self.bodies = {value: node for value, node in self.bodies.items() if node is not old}
            self.objective = None if self.objective is old else self.objective
        new = self.define(name, body)
        above = set(topo(new))
        before, self.bodies, self.definitions = self.definitions, {}, {}
        moved: dict[Expr, Expr] = {}
        for known, node in sorted(before.items(), key=lambda item: item[1] not in above):
            (inner,) = E.substitute([node.args[0]], moved)
            moved[node] = self.define(known, inner)
        if self.objective is not None:
            self.objective = self.fold(E.substitute([self.objective], moved)[0])
        elif new.is_scalar:
            self.objective = self.definitions[name]

    def fold(self, root: Expr) -> Expr:
        """The expression with names for what they are defined as."""
        if root.op == "definition" or not self.bodies:
            return root
        new: dict[Expr, Expr] = {}
        stop = ("definition",)
        for node in topo(root, inside=lambda n: () if n in self.bodies or n.op in stop else n.args):
            if node.op in stop:
                new[node] = node
            else:
                new[node] = self.bodies.get(node) or E.rebuild(node, tuple(new[arg] for arg in node.args))
        return new[root]

    # names

    @property
    def known(self) -> dict[str, str]:
        """Every name with its kind, for the readers."""
        kinds = {name: str(node.data[1]) for name, node in self.model.variables.items()}
        kinds |= dict.fromkeys(self.model.dims, "dim")
        kinds |= dict.fromkeys(self.claimed, "definition") | kinds_of(self.definitions)
        kinds |= dict.fromkeys(self.model.functions, "function")
        return kinds | dict.fromkeys(self.reader.user_functions, "function") | self.functions.names

    @property
    def tells_loss(self) -> bool:
        """Whether the model blocks say what an undeclared loss is: the number that they define last."""
        return self.model.objective is not None and self.model.objective.is_scalar

    def named(self, name: str) -> Expr | None:
        return self.local.get(name) or self.definitions.get(name) or self.model.variables.get(name)

    @property
    def nodes(self) -> dict[str, Expr]:
        """The values that have a name."""
        return {**self.model.variables, **self.definitions, **self.local}

    def elaborator(self) -> Elaborator:
        """A fresh reader of formulas in which all names of the document are known."""
        new = Elaborator([Program(self.source, [], self.spelling)])
        new.kinds = {**new.kinds, **self.meanings}
        new.names.scope.update({**self.nodes, **self.claimed})
        new.names.scope.update({name: E.dim(named(name)) for name in self.model.dims})
        known = self.reader.names
        new.names.functions.update(known.functions)
        matrices = {name: known.scope[name] for name in known.functions if name in known.scope}  # K(s)
        new.names.scope.update({name: self.reader.build.resolved(value) for name, value in matrices.items()})
        new.user_functions = {**self.reader.user_functions, **self.functions.entrywise}
        new.settings = self.reader.settings
        if OBJECTIVE not in self.known and self.objective is not None:
            objective = self.objective
            new.names.scope[OBJECTIVE] = objective if objective.op == "definition" else E.define(OBJECTIVE, objective)
        return new

    # formulas

    def expressions(self, nodes: Sequence[Node]) -> list[Expr]:
        """Formulas as expressions of one size. Raises a `MatdiffError` where one does not fit.

        Raises `Misfit` where each is well-formed, but the sizes differ.
        """
        reader = self.elaborator()
        nodes = [self.functions.expanded(node) for node in nodes]
        built = [reader.build.resolved(reader.expression(node)) for node in nodes]
        for other in built[1:]:
            shapes = reader.build.shape(built[0]), reader.build.shape(other)
            if not all(reader.unifier.unify(a, b) for a, b in zip(*shapes, strict=True)):
                raise Misfit(*(reader.show(reader.build.shape(e)) for e in built))
        if not reader.unifier.settle():
            raise ShapeError("the sizes contradict each other")
        if self.settle_meanings(reader, nodes):
            return self.expressions(nodes)
        return [self.fold(e) for e in settled(built, reader)]

    def settle_meanings(self, reader: Elaborator, nodes: Sequence[Node]) -> bool:
        r"""Note how formulas are taken that may mean two things, or refuse them; whether some became another thing.

        ``\exp(K)`` of a square K is read entry by entry where the formula around it tells so, or the model has that
        function of a square matrix, since there it is that of the entries; else it is that of the matrix.
        """
        doubts = list(reader.meanings.doubts(reader.unifier))
        parents = parents_in(nodes if doubts else ())
        changed = False
        for doubt in doubts:
            told = not doubt.refusal or is_told(doubt, parents)
            if told or ALIASES.get(doubt.node.value, doubt.node.value) in self.entrywise:
                self.notes.append(doubt.note)
            elif doubt.whole:
                self.notes.append(doubt.take_whole())
                changed = True
            else:
                raise doubt.error()
        return changed

    @cached_property
    def entrywise(self) -> set[str]:
        """The functions that the model takes of the entries of square matrices."""
        found = (pair for node in self.model.definitions.values() for pair in entries(node.args[0]))
        return {entry.call for node, entry in found if entry.of_square and node.rows is node.cols is not ONE}

    def expression(self, node: Node) -> Expr:
        return self.expressions([node])[0]

    def varying(self, *roots: Expr) -> list[Expr]:
        """What varies in a link of the chain at hand."""
        return varying_names(roots, self.beside)

    def undeclared(self, nodes: Iterable[Node]) -> list[str]:
        """Names in formulas that nothing declares."""
        known = {**self.known, OBJECTIVE: "", "I": "", "eye": "", "pi": ""}
        found = [n.value for node in nodes for n in postorder(node) if n.kind == "name" and n.value not in known]
        return list(dict.fromkeys(found))


def kinds_of(definitions: Mapping[str, Expr]) -> dict[str, str]:
    """The kinds of names that are defined, for the readers."""
    matrices = {name for name, node in definitions.items() if ONE not in node.shape}
    return {name: DefinedMatrix("definition") if name in matrices else "definition" for name in definitions}


WEIGHTS = "weight"
"""The name of what entries are weighed by, where a formula stands for all of them."""


def free(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A formula with free indices: its values, each times a number of its own, added; equal where all values are."""
    indices = node.value
    if len(indices) > 2:
        raise UnsupportedError(f"a formula with the free indices {', '.join(indices)} is not compared")
    size = [reader.unifier.fresh(), reader.unifier.fresh() if len(indices) > 1 else ONE]
    weights = reader.names.scope.setdefault(WEIGHTS, E.variable(WEIGHTS, (size[0], size[1]), "matrix"))
    weight = entry(reader, Node("entry", indices, (node,), node.start, node.end), [weights])
    return total(
        reader, Node("reduction", indices, (node,), node.start, node.end), [reader.build.times(weight, args[0])]
    )


class Misfit(MatdiffError):
    """Two well-formed sides of different sizes."""

    def __init__(self, *sizes: str) -> None:
        super().__init__(f"the left side is {sizes[0]}, the right side is {sizes[1]}")
        self.sizes = sizes


def settled(built: Sequence[Expr], reader: Elaborator) -> list[Expr]:
    """Expressions with all sizes known; a size that nothing tells gets a name of its own."""
    fresh = (named(f"size{number}") for number in count(1))
    sizes: dict[str, Size] = {}
    made: dict[str, Size] = {}
    for node in topo(*built):
        told = node.data if isinstance(node.data, tuple) else (node.data,)
        for size in (*node.shape, *told):
            for name in size.names if isinstance(size, Size) else ():
                if name.startswith("?") and name not in sizes:
                    value = reader.unifier.resolve(named(name))
                    for part in value.names:
                        if part.startswith("?") and part not in made:
                            made[part] = next(fresh)
                    sizes[name] = value.substitute(made)
    if not sizes:
        return list(built)
    new = E.substitute(built, {}, sizes)
    return [reader.build.resolved(e) if e.shape == (ONE, ONE) else e for e in new]


def is_zero(node: Node | None) -> bool:
    """Whether a side is 0, or a matrix of zeros."""
    if node is not None and node.kind == "call" and node.value == "matrix":
        node = node.children[0]
    return node is not None and node.kind == "number" and node.value == 0
