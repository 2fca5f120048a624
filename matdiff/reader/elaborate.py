"""Surface syntax to a model: names get kinds, every expression is built, sizes are unified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from matdiff import expr as E
from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, ShapeError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.operators import MASK_SIGNS
from matdiff.reader.build import Builder, SizeConflict, integer_exponent
from matdiff.reader.calls import call, did_you_mean, fit, primed
from matdiff.reader.names import Names
from matdiff.reader.sums import entry, total
from matdiff.reader.syntax import Definition, FunctionDefinition, Node, Objective, Program, Setting, postorder
from matdiff.sizes import ONE, Shape, Unifier, named

T = TypeVar("T")

SETTINGS = {"relu_at_zero": (0, 1)}

ANY_SHAPE: Shape = (named("#m"), named("#n"))
"""The size of the parameter of a user's function when it is applied to each entry of a matrix."""

_OPERATIONS = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    ".*": "hadamard",
    "/": "divided",
    "./": "divided_each",
    ".^": "power_each",
    "⊗": "kronecker",
}
# in the body of f(z) := …, z is a scalar: every sign is element-wise
_LIFTED = {**_OPERATIONS, "*": "hadamard", "/": "divided_each", "^": "power_each"}
_MASKS = {sign: name for name, sign in MASK_SIGNS.items()}


@dataclass(frozen=True, slots=True)
class UserFunction:
    """``f(z) := body``, built for a scalar and for a matrix of any size (None where that fails)."""

    parameter: str
    scalar: Expr | None
    matrix: Expr | None


class Elaborator:
    """Builds one model from programs read one after another (``where`` first)."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self.programs = list(programs)
        self.unifier = Unifier()
        self.build = Builder(self.unifier)
        self.names = Names(self.unifier)
        self.settings: dict[str, int] = {}
        self.user_functions: dict[str, UserFunction] = {}
        self.places: dict[Expr, Place] = {}
        self.lift = False
        self.program = self.programs[-1] if self.programs else Program("")

    def model(self) -> Model:
        for program in self.programs:
            self.names.declare(program)
        objective: Expr | None = None
        for program in self.programs:
            self.program = program
            for statement in program.statements:
                match statement:
                    case Definition():
                        objective = self.definition(statement)
                    case Objective():
                        objective = self.build.resolved(self.expression(statement.value))
                    case FunctionDefinition():
                        self.function(statement)
                    case Setting():
                        self.setting(statement)
        return self.names.finish(self.program.source, objective, self.settings, self.places)

    # statements

    def definition(self, statement: Definition) -> Expr:
        name, place = statement.name.value, self.program.place(statement.name)
        body = self.build.resolved(self.expression(statement.value))
        self.names.check_definable(name, place)
        declared = self.names.scope.get(name)
        if declared is not None:
            self.check_declared(statement, declared, body)
        node = E.define(name, body)
        self.names.define(name, node, place)
        return node

    def check_declared(self, statement: Definition, declared: Expr, body: Expr) -> None:
        """A declaration of a defined name states its size."""
        shapes = self.build.shape(declared), self.build.shape(body)
        try:
            for wanted, size in zip(*shapes, strict=True):
                self.build.same(wanted, size)
        except SizeConflict:
            name = statement.name.value
            raise ShapeError(
                f"{name} is declared {self.show(shapes[0])}, but is defined {self.show(shapes[1])}",
                self.program.place(statement.name),
                self.names.places[name],
            ) from None

    def setting(self, statement: Setting) -> None:
        name, value = statement.name.value, statement.value
        if name not in SETTINGS:
            hint = did_you_mean(name, SETTINGS).removesuffix(" Or ") or f"the settings are {', '.join(SETTINGS)}"
            raise DeclarationError(f"there is no setting {name}: {hint}", self.program.place(statement.name))
        if value.kind != "number" or value.value not in SETTINGS[name]:
            raise DeclarationError(f"{name} is 0 or 1", self.program.place(value))
        self.settings[name] = int(value.value)

    def function(self, statement: FunctionDefinition) -> None:
        name, place = statement.name.value, self.program.place(statement.name)
        self.names.check_definable(name, place)
        if name in self.user_functions:
            raise DeclarationError(f"the function {name} is defined twice", place)
        scalar = self.function_body(statement, (ONE, ONE))
        if isinstance(scalar, MatdiffError):
            raise scalar
        matrix = self.function_body(statement, ANY_SHAPE)
        self.user_functions[name] = UserFunction(
            statement.parameter.value, scalar, None if isinstance(matrix, MatdiffError) else matrix
        )

    def function_body(self, statement: FunctionDefinition, shape: Shape) -> Expr | MatdiffError:
        parameter = statement.parameter.value
        self.lift = shape is ANY_SHAPE
        try:
            body = self.expression(statement.body, {parameter: E.variable(parameter, shape, "parameter")})
            if self.lift and self.build.is_scalar(body):
                body = self.build.filled(body, *shape)
            if self.build.shape(body) != shape:
                return ShapeError(
                    f"{statement.name.value} is a function of one scalar; its body is {self.size(body)}",
                    self.program.place(statement.body),
                )
            return body
        except MatdiffError as error:
            return error
        finally:
            self.lift = False

    # expressions

    def expression(self, root: Node, local: Mapping[str, Expr] | None = None) -> Expr:
        """Build one expression bottom-up; ``local`` names win over the model's."""
        built: dict[int, Expr] = {}
        for node in postorder(root):
            try:
                result = self.node(node, [built[id(child)] for child in node.children], local or {})
            except MatdiffError as error:
                raise error if error.places or not self.program.source else error.at(self.program.place(node)) from None
            built[id(node)] = result
            self.places.setdefault(result, self.program.place(node))
        return built[id(root)]

    def formula(self, root: Node, local: Mapping[str, Expr]) -> Expr:
        """A formula of the tables over given expressions."""
        program, lift = self.program, self.lift
        self.program, self.lift = Program(""), False
        try:
            return self.expression(root, local)
        finally:
            self.program, self.lift = program, lift

    def node(self, node: Node, args: list[Expr], local: Mapping[str, Expr]) -> Expr:
        match node.kind:
            case "number":
                return E.number(node.value)
            case "name":
                return local.get(node.value) or self.names.lookup(node, self.program, self.user_functions)
            case "binary":
                return self.binary(node, args)
            case "negate":
                return self.build.negated(args[0])
            case "transpose":
                if node.value and "^" in node.value and "T" in self.names.scope:  # X^T where T is a name
                    return self.power(node, args[0], self.names.scope["T"])
                return self.build.transposed(args[0])
            case "inverse":
                return self.inverse(node, args[0])
            case "mask":
                if args[0].op in MASK_SIGNS:
                    return args[0]
                raise ParseError(
                    "1(…) is a mask and takes a comparison, as 1(x > 0); there is no implicit multiplication",
                    self.program.place(node),
                )
            case "keyword":
                return args[0]
            case "primed":
                return primed(self, node, args)
            case "differential":
                return E.differential(args[0])
            case "entry":
                return entry(self, node, args[0])
            case "sum":
                return total(self, node, args)
            case _:
                return call(self, node, args)

    def binary(self, node: Node, args: list[Expr]) -> Expr:
        left, right = args
        sign = node.value
        if sign == "^" and not self.lift:
            return self.power(node, left, right)
        if sign == "/" and not self.lift and not self.build.is_scalar(right):
            raise ShapeError(
                f"{self.text(node.children[1])} is {self.size(right)}: / needs a scalar below;"
                " write ./ for the element-wise quotient, or *inv(…)",
                self.program.place(node.children[1]),
            )
        operation: Callable[[Expr, Expr], Expr] = (
            partial(self.build.compared, _MASKS[sign])
            if sign in _MASKS
            else getattr(self.build, (_LIFTED if self.lift else _OPERATIONS)[sign])
        )
        shapes = (self.build.shape(left), self.build.shape(right))
        self.unifier.because = self.program.place(node)
        try:
            return operation(left, right)
        except ZeroDivisionError:
            raise ParseError("division by zero", self.program.place(node.children[1])) from None
        except SizeConflict:
            raise self.conflict(node, args, shapes) from None

    def conflict(self, node: Node, args: list[Expr], shapes: tuple[Shape, Shape]) -> ShapeError:
        """Two operands whose sizes do not fit, both places, and what would fit."""
        first, second = node.children
        left, right = self.text(first), self.text(second)
        spelling = self.program.spelling
        sign = spelling.get(node.value, node.value)
        (m, n), (p, q) = shapes
        if node.value == "*":
            need = f"{left}{sign}{right} needs {n} = {p}"
            if (m, n) == (p, q):
                each, turned = spelling.get(".*", ".*").strip(), self.turned(second)
                need += f"; write {each} for the element-wise product, or transpose one: {left}{sign}{turned}"
            elif n is q:
                need += f"; {left}{sign}{self.turned(second)} would fit"
            elif m is p:
                need += f"; {self.turned(first)}{sign}{right} would fit"
        else:
            need = f"{left} {sign.strip()} {right} needs equal sizes (a scalar, a row or a column spreads)"
            spreads = all(size is other or ONE in (size, other) for size, other in ((m, q), (n, p)))
            if spreads and not (n is q or m is p):
                need += f"; {self.turned(second)} would fit"
        message = f"{left} is {self.show(shapes[0])}, {right} is {self.show(shapes[1])}: {need}".replace(
            "?!", "n"
        ).replace("?", "n")
        return ShapeError(message, self.program.place(second), *self.reasons(self.program.place(first), *args))

    def turned(self, node: Node) -> str:
        """The transpose of an operand, as the notation writes it."""
        text, mark = self.text(node), self.program.spelling.get("'", "'")
        if node.kind == "transpose":
            inner = self.text(node.children[0])
            return inner if inner != text else text + self.program.spelling.get("column", mark)
        return f"{text}{mark}" if node.kind in ("name", "call") else f"({text}){mark}"

    def reasons(self, fallback: Place, *operands: Expr) -> list[Place]:
        """The other place of a conflict: where an inferred size was decided, else the fallback."""
        decided = self.unifier.reasons(size for operand in operands for size in operand.shape)
        return [decided[-1] if decided else fallback]

    def power(self, node: Node, base: Expr, exponent: Expr) -> Expr:
        place = self.program.place(node)
        base, exponent = self.build.resolved(base), self.build.resolved(exponent)
        if not exponent.is_scalar:
            raise ShapeError(f"the exponent is {self.size(exponent)}; write .^ for an element-wise power", place)
        if base.is_scalar:
            return self.build.power_each(base, exponent)
        shape = self.size(base)
        self.unifier.because = place
        try:
            return self.build.matrix_power(base, integer_exponent(exponent, place))
        except SizeConflict:
            raise ShapeError(
                f"{self.text(node.children[0])} is {shape}: a matrix power needs a square matrix;"
                " write .^ for the element-wise power",
                place,
            ) from None

    def inverse(self, node: Node, operand: Expr) -> Expr:
        operand = self.build.resolved(operand)
        if operand.is_scalar:
            return self.build.reciprocal(operand)
        return fit(self, node, lambda: self.build.matrix_power(operand, -1), [operand])

    # words

    def text(self, node: Node) -> str:
        text = " ".join(self.program.source[node.start : node.end].split())
        return text if len(text) <= 40 else text[:37] + "…"

    def size(self, e: Expr) -> str:
        return self.show(self.build.shape(e))

    @staticmethod
    def show(shape: Shape) -> str:
        return f"{shape[0]}×{shape[1]}".replace("?!", "n").replace("?", "n")
