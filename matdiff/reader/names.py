"""Names: declarations, kinds, the letter defaults, and names for the sizes that were inferred."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from matdiff import expr as E
from matdiff.errors import DeclarationError, Place, ShapeError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.operators import CALLS
from matdiff.reader.syntax import Declaration, Definition, FunctionDefinition, Node, Objective, Program, postorder
from matdiff.sizes import ONE, Shape, Size, Unifier, fixed, named, product

# Each kind with the number of sizes it takes.
KINDS = {
    "dim": 0,
    "scalar": 0,
    "vector": 1,
    "row": 1,
    "matrix": 2,
    "symmetric": 1,
    "diagonal": 1,
    "orthogonal": 1,
    "onehot": 2,
    "labels": 2,
    "function": 0,
}

SIZED = {"ones": (1, 2), "zeros": (1, 2), "eye": (0, 2), "commutation": (2, 2)}
"""Constants that take sizes, with the fewest and most they take."""

_DEFAULT = re.compile(r"([A-Za-z])(\d+|_\w+)?")
_NICE = ["m", "n", "p", "q", "r", "s", "k", "l"]


def default_kind(name: str) -> str | None:
    """The kind an undeclared name has by its letter, as at matrixcalculus.org."""
    match = _DEFAULT.fullmatch(name)
    if not match:
        return None
    letter = match[1]
    return "matrix" if letter.isupper() else "scalar" if letter <= "g" else "vector"


def names_in_size(root: Node) -> Iterable[str]:
    """The names a size is a product of; in ``rows(X)``, X is none of them."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "name":
            yield node.value
        elif node.kind != "call":
            stack.extend(node.children)


class Names:
    """What each name stands for, while a model is read."""

    def __init__(self, unifier: Unifier) -> None:
        self.unifier = unifier
        self.scope: dict[str, Expr] = {}
        self.places: dict[str, Place] = {}
        self.variables: dict[str, Expr] = {}
        self.definitions: dict[str, Expr] = {}
        self.functions: dict[str, Place] = {}
        self.defaulted: dict[str, str] = {}
        self.dims: list[str] = []

    # declarations

    def declare(self, program: Program) -> None:
        """All declarations of a program; sizes may name dims declared anywhere."""
        declarations = [s for s in program.statements if isinstance(s, Declaration)]
        self.collect_dims(program, declarations)
        for statement in declarations:
            kind = statement.kind.value
            if kind not in KINDS:
                raise DeclarationError(
                    f"{kind} is not a kind; the kinds are {', '.join(KINDS)}", program.place(statement.kind)
                )
            sizes = statement.sizes or []
            if sizes and len(sizes) != KINDS[kind]:
                raise DeclarationError(
                    f"{kind} takes {KINDS[kind] or 'no'} size{'s' * (KINDS[kind] > 1)}, not {len(sizes)}",
                    program.place(statement.kind),
                )
            if kind != "dim":
                for name in statement.names:
                    self.declare_one(name, kind, [self.size(node, program) for node in sizes], program)

    def collect_dims(self, program: Program, declarations: list[Declaration]) -> None:
        """A name declared ``dim`` or used as a size is a dim."""
        for statement in declarations:
            if statement.kind.value == "dim":
                for name in statement.names:
                    if name.value in self.dims and name.value in self.places:
                        raise DeclarationError(
                            f"{name.value} is declared twice", program.place(name), self.places[name.value]
                        )
                    self.places[name.value] = program.place(name)
                    self.add_dim(name.value)
            for size in statement.sizes or []:
                for node in postorder(size):
                    if node.kind == "name":
                        self.add_dim(node.value)
        declared = {name.value for s in declarations for name in s.names if s.kind.value != "dim"}
        for other in program.statements:
            if not isinstance(other, Definition | Objective | FunctionDefinition):
                continue
            root = other.body if isinstance(other, FunctionDefinition) else other.value
            for node in postorder(root):
                sized = node.kind == "call" and (node.value in SIZED or node.value == "unvec")
                if sized or node.kind == "sum":
                    for argument in node.children[0 if sized and node.value != "unvec" else 1 :]:
                        for used in names_in_size(argument):
                            if used not in declared and used not in self.scope:
                                self.add_dim(used)

    def add_dim(self, name: str) -> None:
        if name not in self.scope:
            self.dims.append(name)
            self.scope[name] = E.dim(named(name))

    def declare_one(self, node: Node, kind: str, sizes: list[Size], program: Program) -> None:
        name, place = node.value, program.place(node)
        if name in self.dims:
            raise DeclarationError(f"{name} is used as a size, so it is a dim and cannot be a {kind}", place)
        if name in self.scope or name in self.functions:
            raise DeclarationError(f"{name} is declared twice", place, self.places[name])
        self.places[name] = place
        if kind == "function":
            self.functions[name] = place
            return
        self.add_variable(name, kind, self.shape_of(kind, sizes))

    def add_variable(self, name: str, kind: str, shape: Shape) -> Expr:
        self.scope[name] = self.variables[name] = E.variable(name, shape, kind)
        return self.scope[name]

    def shape_of(self, kind: str, sizes: list[Size]) -> Shape:
        wanted = KINDS[kind]
        given = sizes or [self.unifier.fresh(generic=True) for _ in range(wanted)]
        match kind:
            case "scalar":
                return ONE, ONE
            case "vector":
                return given[0], ONE
            case "row":
                return ONE, given[0]
            case "symmetric" | "diagonal" | "orthogonal":
                return given[0], given[0]
            case _:
                return given[0], given[1]

    def size(self, root: Node, program: Program) -> Size:
        """A size as it is written: a positive integer, a name, or a product of them."""
        factors: list[Size] = []
        for node in postorder(root):
            if node.kind == "number" and node.value.denominator == 1 and 1 <= node.value <= 10**12:
                factors.append(fixed(int(node.value)))
            elif node.kind == "name":
                factors.append(named(node.value))
            elif not (node.kind == "binary" and node.value == "*"):
                raise DeclarationError(
                    "a size is a positive integer, a name, or a product of them", program.place(root)
                )
        return product(factors)

    # use

    def lookup(self, node: Node, program: Program, functions: Container[str]) -> Expr:
        """The expression a name stands for; an undeclared one gets the kind of its letter."""
        name, place = node.value, program.place(node)
        if name in self.scope:
            return self.scope[name]
        if name in self.functions or name in functions or (name in CALLS and default_kind(name) is None):
            raise DeclarationError(f"{name} is a function: write {name}(…)", place)
        if name in ("I", "eye"):
            return E.eye(self.unifier.fresh())
        if name == "pi":
            return E.pi()
        kind = default_kind(name)
        if kind is None:
            return self.differential(name, place)
        self.places[name] = place
        self.defaulted[name] = kind
        return self.add_variable(name, kind, self.shape_of(kind, []))

    def differential(self, name: str, place: Place) -> Expr:
        """``dX`` of a known name; any other undeclared long name is an error."""
        of = name[1:]
        if name.startswith("d") and of in self.scope and self.scope[of].op in ("variable", "definition"):
            return E.differential(self.scope[of])
        kind = default_kind(of) if name.startswith("d") else None
        if kind is not None:
            self.places[of] = place
            self.defaulted[of] = kind
            return E.differential(self.add_variable(of, kind, self.shape_of(kind, [])))
        import difflib

        close = difflib.get_close_matches(name, [*self.scope, *self.functions], 1)
        hint = f"did you mean {close[0]}? Otherwise declare" if close else "declare"
        raise DeclarationError(
            f"{name} is not declared: {hint} it, as in {name}: matrix(m, n) (or scalar, vector(n), …)", place
        )

    def check_definable(self, name: str, place: Place) -> None:
        if name in self.definitions:
            raise DeclarationError(f"{name} is defined twice", place, self.places[name])
        if name in self.defaulted:
            raise DeclarationError(
                f"{name} is used before its definition (definitions may use only the names above them)",
                place,
                self.places[name],
            )
        if name in self.dims:
            raise DeclarationError(f"{name} is a dim and cannot be defined", place)
        if name in self.functions:
            raise DeclarationError(f"{name} is declared as a function", place, self.functions[name])

    def define(self, name: str, node: Expr, place: Place) -> None:
        self.variables.pop(name, None)
        self.scope[name] = self.definitions[name] = node
        self.places[name] = place

    # the end

    def finish(self, source: str, objective: Expr | None, settings: dict[str, int], places: dict[Expr, Place]) -> Model:
        """The model with all sizes settled; those still open get names."""
        if not self.unifier.settle():
            raise ShapeError("the sizes contradict each other: some product of sizes cannot be equal to another")
        roots = [*self.variables.values(), *self.definitions.values()]
        roots += [objective] if objective is not None else []
        sizes, inferred = self.name_open_sizes()
        for node in E.topo(*roots):
            self.check_settled(node, sizes, places)
        marked = list(places)
        new = E.substitute([*roots, *marked], {}, sizes)
        variables = dict(zip(self.variables, new, strict=False))
        definitions = dict(zip(self.definitions, new[len(variables) :], strict=False))
        return Model(
            source=source,
            variables=variables,
            definitions=definitions,
            functions=tuple(self.functions),
            dims=tuple(self.dims),
            inferred=inferred,
            defaulted=dict(self.defaulted),
            settings=settings,
            objective=new[len(roots) - 1] if objective is not None else None,
            places=dict(zip(new[len(roots) :], places.values(), strict=True)),
        )

    def name_open_sizes(self) -> tuple[dict[str, Size], dict[str, str]]:
        """A value for every size that was left open, and how a made-up name can be written."""
        taken = {*self.scope, *self.functions}
        free = (name for name in _names_of_sizes() if name not in taken and f"d{name}" not in taken)
        made: dict[str, Size] = {}
        inferred: dict[str, str] = {}
        for name, variable in self.variables.items():
            for size, count in zip(self.unifier.shape(variable.shape), ("rows", "cols"), strict=True):
                for part in size.names:
                    if part.startswith("?") and part not in made:
                        nice = next(free)
                        made[part] = named(nice)
                        inferred[nice] = f"{count}({name})"
        resolved = {name: self.unifier.resolve(size).substitute(made) for name, size in self.unifier.bound.items()}
        return made | {name: size for name, size in resolved.items() if not size.is_open}, inferred

    @staticmethod
    def check_settled(node: Expr, sizes: dict[str, Size], places: dict[Expr, Place]) -> None:
        for size in node.shape:
            if any(name.startswith("?") and name not in sizes for name in size.names):
                where = [places[node]] if node in places else []
                raise ShapeError("the size of this cannot be found: give it, as in eye(n) or ones(m, n)", *where)


def _names_of_sizes() -> Iterable[str]:
    yield from _NICE
    number = 1
    while True:
        yield f"n{number}"
        number += 1
