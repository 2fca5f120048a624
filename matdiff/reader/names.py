"""Names: declarations, kinds, the letter defaults, and names for the sizes that were inferred."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from matdiff import expr as E
from matdiff.errors import DeclarationError, Place, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.operators import CALLS
from matdiff.operators.structures import STRUCTURES
from matdiff.reader.missing import CALLED, MISSING
from matdiff.reader.spelling import closest, letter, looks
from matdiff.reader.syntax import (
    Declaration,
    Definition,
    FamilyDefinition,
    FunctionDefinition,
    Node,
    Objective,
    Program,
    postorder,
)
from matdiff.sizes import MAX_FACTORS, ONE, Shape, Size, Unifier, fixed, named, product, total

# Each kind with the number of sizes it takes.
KINDS = {
    "dim": 0,
    "scalar": 0,
    "vector": 1,
    "row": 1,
    "matrix": 2,
    **dict.fromkeys((*STRUCTURES, "orthogonal"), 1),
    "onehot": 2,
    "labels": 2,
    "function": 0,
    "complex": 2,
    "hermitian": 1,
}

MANIFOLDS = {"sphere": "vector", "stiefel": "matrix", "spd": "symmetric"}
"""Constraints by name, each with the kind of what meets it."""

COLUMNS = frozenset({"complex"})
"""Kinds that with one size are columns."""

SQUARE = (*STRUCTURES, "orthogonal", "hermitian")

OTHER_KINDS = {
    **dict.fromkeys(("float", "real", "number", "double", "Scalar", "constant", "const"), "scalar"),
    **dict.fromkeys(("int", "integer", "size", "dimension", "nat"), "dim"),
    **dict.fromkeys(("array", "mat", "tensor", "ndarray", "Matrix", "square", "constant_matrix"), "matrix"),
    **dict.fromkeys(("column", "vec", "colvec", "Vector", "col"), "vector"),
    **dict.fromkeys(("row_vector", "rowvec", "rowvector"), "row"),
    **dict.fromkeys(("spd", "psd", "posdef", "sym"), "symmetric"),
    **dict.fromkeys(("diag",), "diagonal"),
    **dict.fromkeys(("tril", "lower_triangular", "triangular"), "lower"),
    **dict.fromkeys(("triu", "upper_triangular"), "upper"),
    **dict.fromkeys(("antisymmetric", "skew_symmetric"), "skew"),
    **dict.fromkeys(("circ",), "circulant"),
    **dict.fromkeys(("unitary", "rotation"), "orthogonal"),
    **dict.fromkeys(("one_hot", "categorical"), "onehot"),
    **dict.fromkeys(("label", "classes", "targets"), "labels"),
    **dict.fromkeys(("func", "fn", "callable"), "function"),
}
"""What other languages call a kind."""

SIZED = {"ones": (1, 2), "zeros": (1, 2), "eye": (0, 2), "commutation": (2, 2), "selection": (2, 9)}
"""Constants that take sizes, with the fewest and most they take."""

NO_NAMES = {
    **dict.fromkeys(("true", "false", "none"), "write a number"),
    **dict.fromkeys(("inf", "infinity", "oo", "nan"), "numbers here are finite"),
    "π": "write pi",
}
"""What other languages have constants for."""

MAX_SIZE = 10**12

_DEFAULT = re.compile(r"([A-Za-z])(\d+|_\w+)?")
_NICE = ["m", "n", "p", "q", "r", "s", "k", "l"]


def default_kind(name: str) -> str | None:
    """The kind an undeclared name has by its letter, as at matrixcalculus.org."""
    match = _DEFAULT.fullmatch(name)
    if not match:
        return None
    letter = match[1]
    return "matrix" if letter.isupper() else "scalar" if letter <= "g" else "vector"


def names_in_size(root: Node) -> Iterable[Node]:
    """The names a size is a product of; in ``rows(X)``, X is none of them."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "name":
            yield node
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
        self.dims: dict[str, Place] = {}
        self.declared_dims: set[str] = set()
        self.later: dict[str, Place] = {}
        """Names and functions whose definitions stand further down."""
        self.families: dict[str, Place] = {}
        """Names with indices."""
        self.more: list[Expr] = []
        """What is settled with the names of the model at the end, without being one."""
        self.manifolds: dict[str, str] = {}
        """The constraints that variables are said to meet."""
        self.seen: dict[str, str] = {}
        """The spelling of every name, by what it looks like."""

    # declarations

    def declare(self, program: Program) -> None:
        """All declarations of a program; sizes may name dims declared anywhere."""
        declarations = [s for s in program.statements if isinstance(s, Declaration)]
        self.collect_dims(program, declarations)
        for other in program.statements:
            if isinstance(other, FamilyDefinition):
                self.families.setdefault(other.name.value, program.place(other.name))
        for statement in declarations:
            kind = self.kind(statement, program)
            self.families |= {
                node.value: program.place(node) for node in statement.names if node.value in statement.indices
            }
            if statement.manifold is not None:
                self.manifolds |= dict.fromkeys(
                    (name.value for name in statement.names), self.manifold(statement.manifold, kind, program)
                )
            if statement.parameter is not None:
                continue
            if kind != "dim":
                sizes = [self.size(node, program) for node in statement.sizes or []]
                for name in statement.names:
                    self.declare_one(name, kind, sizes, program)
        for statement in declarations:
            if statement.parameter is not None:
                self.declare_field(statement, statement.parameter, program)
        for other in program.statements:
            if isinstance(other, Definition | FunctionDefinition):
                self.later.setdefault(other.name.value, program.place(other.name))

    def declare_field(self, statement: Declaration, parameter: Node, program: Program) -> None:
        """An unknown function of a scalar or a vector, its value a vector or a matrix."""
        (node,), kind = statement.names, statement.kind.value
        place = program.place(node)
        if kind not in ("vector", "matrix", "symmetric"):
            raise DeclarationError(
                "the value of an unknown function of a parameter is a vector, a matrix or symmetric; a scalar or"
                f" entry-wise one is declared {node.value}: function",
                program.place(statement.kind),
            )
        argument = self.variables.get(parameter.value)
        if argument is None or argument.data[1] not in ("scalar", "vector"):
            raise DeclarationError(
                f"{parameter.value} is to be declared as a scalar or a vector", program.place(parameter)
            )
        if node.value in self.scope or node.value in self.functions:
            raise DeclarationError(f"{node.value} is declared twice", place)
        self.notice(node.value, place)
        self.places[node.value] = self.functions[node.value] = place
        sizes = [self.size(size, program) for size in statement.sizes or []]
        data = (node.value, 0, kind, argument.data[1])
        self.scope[node.value] = Expr("field", (argument,), data, self.shape_of(kind, sizes))

    @staticmethod
    def manifold(node: Node, kind: str, program: Program) -> str:
        """The manifold of a declaration, which has to be one of such values."""
        name: str = node.value
        if MANIFOLDS.get(name) != kind:
            known = ", ".join(f"{k} on {m}" for m, k in MANIFOLDS.items())
            raise DeclarationError(f"a {kind} on {name} is not known; there are {known}", program.place(node))
        return name

    @staticmethod
    def kind(statement: Declaration, program: Program) -> str:
        """The kind of a declaration, with as many sizes as it takes."""
        kind: str = statement.kind.value
        place, count = program.place(statement.kind), len(statement.sizes or [])
        if kind not in KINDS and statement.names[0].value in KINDS:
            named = program.source[statement.names[0].start : statement.kind.start].rstrip(" :")
            words = f"the name stands before the colon and the kind behind it, as in {kind}: {named}"
            raise DeclarationError(words, place)
        if kind not in KINDS:
            near = closest(kind, [*KINDS, *OTHER_KINDS]) or ""
            known = OTHER_KINDS.get(kind) or OTHER_KINDS.get(near, near)
            hint = f"did you mean {known}? The kinds are" if known else "the kinds are"
            raise DeclarationError(f"{kind} is not a kind; {hint} {', '.join(KINDS)}", place)
        wanted = KINDS[kind]
        if count in (0, wanted) or (count == 1 and kind in COLUMNS):
            return kind
        letters = ", ".join("mn"[-wanted:] if wanted else "")
        hint = f"it is square, {kind}(n)" if kind in SQUARE and count == 2 else f"{kind}({letters})" if wanted else ""
        hint += {("vector", 2): "; two sizes make a matrix(m, n)", ("matrix", 1): "; one size makes a vector(n)"}.get(
            (kind, count), ""
        )
        sizes = f"{wanted or 'no'} size{'s' * (wanted != 1)}"
        raise DeclarationError(f"{kind} takes {sizes}, not {count}{': ' * bool(hint)}{hint}", place)

    def collect_dims(self, program: Program, declarations: list[Declaration]) -> None:
        """A name declared ``dim`` or used as a size is a dim."""
        for statement in declarations:
            if statement.kind.value == "dim":
                for name in statement.names:
                    place = program.place(name)
                    if name.value in self.declared_dims:
                        raise DeclarationError(f"{name.value} is declared twice", place, self.dims[name.value])
                    self.declared_dims.add(name.value)
                    self.add_dim(name.value, place)
            for size in statement.sizes or []:
                for node in postorder(size):
                    if node.kind == "name":
                        self.add_dim(node.value, program.place(node))
        declared = {name.value for s in declarations for name in s.names if s.kind.value != "dim"}
        for other in program.statements:
            if not isinstance(other, Definition | Objective | FunctionDefinition):
                continue
            root = other.body if isinstance(other, FunctionDefinition) else other.value
            for node in postorder(root):
                sized = node.kind == "call" and (node.value in SIZED or node.value == "unvec")
                if sized or node.kind == "reduction":
                    for argument in node.children[0 if sized and node.value != "unvec" else 1 :]:
                        for used in names_in_size(argument):
                            if used.value not in declared:
                                self.add_dim(used.value, program.place(used))

    def add_dim(self, name: str, place: Place) -> None:
        if name not in self.scope:
            self.notice(name, place)
            self.dims[name] = place
            self.scope[name] = E.dim(named(name))

    def notice(self, name: str, place: Place) -> None:
        """Refuse a name that looks like another one."""
        twin = self.seen.setdefault(looks(name), name)
        if twin != name:
            strange = name if not name.isascii() else twin
            raise DeclarationError(
                f"{name} looks like {twin}, but is another name: in {strange}, {letter(strange)}", place
            )

    def declare_one(self, node: Node, kind: str, sizes: list[Size], program: Program) -> None:
        name, place = node.value, program.place(node)
        if name in self.dims:
            how = "declared" if name in self.declared_dims else "used as a size, so it is"
            raise DeclarationError(f"{name} is {how} a dim, and cannot be a {kind} too", place, self.dims[name])
        if name in self.scope or name in self.functions:
            raise DeclarationError(f"{name} is declared twice", place, self.places[name])
        self.notice(name, place)
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
            case kind if kind in SQUARE:
                return given[0], given[0]
            case _ if len(given) == 1:
                return given[0], ONE
            case _:
                return given[0], given[1]

    def size(self, root: Node, program: Program) -> Size:
        """A size as it is written: a positive integer, a name, or a product of them."""
        sizes: list[Size | None] = []
        for node in postorder(root):
            match node.kind, node.value:
                case "number", value if value.denominator == 1 and 1 <= value <= MAX_SIZE:
                    sizes.append(fixed(int(value)))
                case "name", name:
                    sizes.append(named(name))
                case "binary", "*":
                    right, left = sizes.pop(), sizes.pop()
                    sizes.append(left * right if left and right else None)
                case "binary", "+" | "-":
                    right, left = sizes.pop(), sizes.pop()
                    sign = 1 if node.value == "+" else -1
                    sizes.append(total([left, fixed(sign) * right]) if left and right else None)
                case "binary", "^":
                    power, base = sizes.pop(), sizes.pop()
                    small = power is not None and not power.powers and power.coefficient <= 12
                    sizes.append(product([base] * power.coefficient) if base and power and small else None)
                case _:
                    sizes.append(None)
            if sizes[-1] is not None and sizes[-1].degree > MAX_FACTORS:
                raise UnsupportedError(f"a size is a product of at most {MAX_FACTORS} names", program.place(root))
            if sizes[-1] is None or sizes[-1].coefficient > MAX_SIZE:
                place = program.place(root)
                written = place.source[place.start : place.end]
                big = sizes[-1] is not None or (node.kind == "number" and node.value > MAX_SIZE)
                hint = f"at most {MAX_SIZE:,}" if big else f"not {written}" if len(written) < 40 else "nothing else"
                raise DeclarationError(
                    f"a size is a positive integer, a name, or a product or sum of them, {hint}", place
                )
        return sizes[-1]  # type: ignore[return-value]

    # use

    def lookup(self, node: Node, program: Program, functions: Container[str]) -> Expr:
        """The expression a name stands for; an undeclared one gets the kind of its letter."""
        name, place = node.value, program.place(node)
        if name in self.families:
            where = (place, self.families[name]) if place != self.families[name] else (place,)
            raise DeclarationError(f"{name} has indices: write {name}[…]", *where)
        if name in self.scope:
            return self.scope[name]
        if name in self.functions or name in functions or (name in CALLS and default_kind(name) is None):
            raise DeclarationError(f"{name} is a function: write {name}(…)", place)
        if name in self.later:
            raise self.too_early(name, place)
        if name in ("I", "eye"):
            return E.eye(self.unifier.fresh())
        if name == "pi":
            return E.pi()
        if name in SIZED:
            raise DeclarationError(f"{name} needs its sizes: write {name}(m) or {name}(m, n)", place)
        kind = default_kind(name)
        if kind is None:
            return self.differential(node, program)
        return self.by_letter(name, kind, place)

    def by_letter(self, name: str, kind: str, place: Place) -> Expr:
        self.notice(name, place)
        self.places[name] = place
        self.defaulted[name] = kind
        return self.add_variable(name, kind, self.shape_of(kind, []))

    def too_early(self, name: str, place: Place) -> DeclarationError:
        return DeclarationError(
            f"{name} is used before its definition (a definition may use only names that are defined above it)",
            place,
            self.later[name],
        )

    def differential(self, node: Node, program: Program) -> Expr:
        """``dX`` of a known name; any other undeclared long name is an error."""
        name, place = node.value, program.place(node)
        of = name[1:]
        if name.startswith("d") and of in self.scope and self.scope[of].op in ("variable", "definition"):
            return E.differential(self.scope[of])
        kind = default_kind(of) if name.startswith("d") else None
        if kind is not None:
            return E.differential(self.by_letter(of, kind, place))
        before, after = program.source[: node.start], program.source[node.end :]
        raise DeclarationError(f"{name} is not declared: {self.undeclared(name, before, after)}", place)

    def undeclared(self, name: str, before: str, after: str) -> str:
        """What to do about a long name that is not declared, and what stands around it."""
        if before.rstrip().endswith("^") and name.startswith("T"):
            return f"a transpose before a name needs a sign between, as in x'*{name[1:]}"
        if name.lower() in NO_NAMES:
            return NO_NAMES[name.lower()]
        capital = name[:1].isupper()
        kinds = "matrix(m, n) (or vector(n), scalar, …)" if capital else "scalar (or vector(n), matrix(m, n), …)"
        called = re.match(r"\s*(\\left\s*|\\[bB]ig+l?\s*)?\(", after) is not None
        if called:
            kinds = f"function (or {kinds.replace(' (or ', ', ')}"
        declare = f"declare it, as in {name}: {kinds}"
        if called and (meant := CALLED.get("_".join(name.split("_")[:1] + [""] * ("_" in name)))):
            return f"{meant}; for a function of your own {declare}"
        if name in MISSING:
            return f"{MISSING[name]}; for a name of your own {declare}"
        twin = self.seen.get(looks(name))
        if twin is not None:
            return f"it looks like {twin}, but {letter(name if not name.isascii() else twin)}; or {declare}"
        if not name.isascii() and default_kind(looks(name)):
            return f"{letter(name)}; {declare}"
        close = closest(name, [*self.scope, *self.functions, "pi"])
        return f"did you mean {close}? Otherwise {declare}" if close else declare

    def check_definable(self, name: str, place: Place) -> None:
        if name in self.definitions:
            raise DeclarationError(
                f"{name} is defined twice: give the new value a name of its own", place, self.places[name]
            )
        if name in self.defaulted:
            raise DeclarationError(
                f"{name} is used before its definition (a definition may use only names that are defined above it)",
                place,
                self.places[name],
            )
        if name in self.dims:
            raise DeclarationError(
                f"{name} is a dim and cannot be defined: a known size is written as a number, as in x: vector(3)",
                place,
                self.dims[name],
            )
        if name in self.functions:
            raise DeclarationError(f"{name} is declared as a function", place, self.functions[name])
        self.later.pop(name, None)

    def define(self, name: str, node: Expr, place: Place) -> None:
        self.notice(name, place)
        self.variables.pop(name, None)
        self.scope[name] = self.definitions[name] = node
        self.places[name] = place

    # the end

    def finish(self, source: str, objective: Expr | None, settings: dict[str, int], places: dict[Expr, Place]) -> Model:
        """The model with all sizes settled; those still open get names."""
        if not self.unifier.settle():
            raise ShapeError(
                "the sizes contradict each other: some product of sizes cannot be equal to another",
                *([self.unifier.because] if self.unifier.because else []),
            )
        roots = [*self.variables.values(), *self.definitions.values()]
        roots += [objective] if objective is not None else []
        sizes, inferred = self.name_open_sizes()
        self.check_settled([node for node in E.topo(*roots, *self.more) if is_open(node, sizes)], places)
        marked = list(places)
        new = E.substitute([*roots, *marked, *self.more], {}, sizes)
        self.more = new[len(roots) + len(marked) :]
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
            manifolds=dict(self.manifolds),
            settings=settings,
            objective=new[len(roots) - 1] if objective is not None else None,
            places=dict(zip(new[len(roots) :], places.values(), strict=False)),
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
    def check_settled(unsettled: list[Expr], places: dict[Expr, Place]) -> None:
        """Refuse what has a size that nothing tells."""
        if unsettled:
            known = [places[node] for node in unsettled if node in places]
            hint = r"as in eye(n) or ones(m, n) (in LaTeX I_n, \mathbf{1}_n)"
            raise ShapeError(f"the size of this cannot be found: give it, {hint}", *known[:1])


def is_open(node: Expr, sizes: dict[str, Size]) -> bool:
    """Whether a size of the node is one that was never found."""
    return any(name.startswith("?") and name not in sizes for size in node.shape if size.is_open for name in size.names)


def _names_of_sizes() -> Iterable[str]:
    yield from _NICE
    number = 1
    while True:
        yield f"n{number}"
        number += 1
