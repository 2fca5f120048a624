"""Surface syntax to a model: names get kinds, every expression is built, sizes are unified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeVar

from matdiff import expr as E
from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, ShapeError
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.operators import MASK_SIGNS
from matdiff.reader.build import Builder, SizeConflict, integer_exponent
from matdiff.reader.calls import call, fit, primed
from matdiff.reader.meanings import Meanings
from matdiff.reader.names import Names
from matdiff.reader.spelling import did_you_mean
from matdiff.reader.spreading import Spreading
from matdiff.reader.sums import beside_entry, entry, total
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
    "@": "matmul",
    ".*": "hadamard",
    "/": "divided",
    "./": "divided_each",
    ".^": "power_each",
    "⊗": "kronecker",
}
# in the body of f(z) := …, z is a scalar: every sign is element-wise where it meets z
_LIFTED = {**_OPERATIONS, "*": "hadamard", "/": "divided_each", "^": "power_each", "⊗": "hadamard"}
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
        self.meanings = Meanings()
        self.spreading = Spreading(self.names.defaulted)
        self.lift = False
        self.indexed = False
        """Whether an entry ``x_i`` has been read."""
        self.in_formula = False
        """Whether a formula of the tables is built, where functions mean what they mean there."""
        self.written = 0
        """How many nodes the calls of functions defined here were written out to."""
        self.program = self.programs[-1] if self.programs else Program("")

    def model(self) -> Model:
        for program in self.programs:
            self.names.declare(program)
        objective: Expr | None = None
        for program in self.programs:
            self.program = program
            self.check_order(program)
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
        model = self.names.finish(self.program.source, objective, self.settings, self.places)
        for doubt in self.meanings.doubts(self.unifier):
            if doubt.refusal:
                raise doubt.error()
        return model

    # statements

    def check_order(self, program: Program) -> None:
        """A bare expression is the objective, so nothing is computed after it, nor in ``where``."""
        computed = [s for s in program.statements if isinstance(s, Definition | Objective)]
        last = program is self.programs[-1]
        for statement in computed[:-1] if last else computed:
            if isinstance(statement, Objective):
                raise ParseError(
                    "a bare expression stands alone or closes a model: give this one a name, as in f = …"
                    if last
                    else "where holds declarations and definitions: give this expression a name, as in f = …",
                    program.place(statement.value),
                )

    def definition(self, statement: Definition) -> Expr:
        name, place = statement.name.value, self.program.place(statement.name)
        if name in SETTINGS and self.program.source:
            raise DeclarationError(f"{name} is a setting: write set {name} = 1", place)
        if name in self.user_functions:
            raise DeclarationError(f"{name} is defined twice", place, self.names.places[name])
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
            message = f"{name} is declared {raw(shapes[0])}, but is defined {raw(shapes[1])}"
            raise ShapeError(
                self.readable(message), self.program.place(statement.name), self.names.places[name]
            ) from None

    def setting(self, statement: Setting) -> None:
        name, value = statement.name.value, statement.value
        if name in self.settings:
            raise DeclarationError(f"{name} is set twice", self.program.place(statement.name))
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
            raise DeclarationError(f"the function {name} is defined twice", place, self.names.places[name])
        if name in self.names.variables:
            raise DeclarationError(f"{name} is declared, and cannot be a function too", place, self.names.places[name])
        self.names.places[name] = self.names.later[name] = place
        scalar = self.function_body(statement, (ONE, ONE))
        if isinstance(scalar, MatdiffError):
            raise scalar
        matrix = self.function_body(statement, ANY_SHAPE)
        del self.names.later[name]
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
                size = self.show(self.build.shape(body))
                return ShapeError(
                    f"{statement.name.value} is a function of one scalar, so its body is one; this is {size}",
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
            except ZeroDivisionError:
                raise ParseError("division by zero", self.program.place(node)) from None
            except MatdiffError as error:
                places = error.places or ((self.program.place(node),) if self.program.source else ())
                raise error.at(self.readable(error.reason), *places) from None
            built[id(node)] = result
            self.places.setdefault(result, self.program.place(node))
        return built[id(root)]

    def formula(self, root: Node, local: Mapping[str, Expr]) -> Expr:
        """A formula of the tables over given expressions."""
        kept = self.program, self.lift, self.in_formula
        self.program, self.lift, self.in_formula = Program(""), False, True
        try:
            return self.expression(root, local)
        finally:
            self.program, self.lift, self.in_formula = kept

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
                if self.lifts(args[0]):
                    return args[0]
                power = self.names.scope.get("T") if node.value and "^" in node.value else None
                power = None if power is not None and power.op == "dim" and not self.build.is_scalar(args[0]) else power
                if power is not None and self.build.is_scalar(power):  # a^T where T is a scalar
                    return self.power(node, args[0], power)
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
                if not (self.in_formula or node.value in self.user_functions or node.value in self.names.functions):
                    self.meanings.notice(self.program, node, args)
                return call(self, node, args)

    def lifts(self, *args: Expr) -> bool:
        """Whether an operation is applied to each entry: in the body of ``f(z) := …``, of what holds z."""
        return self.lift and any(arg.shape == ANY_SHAPE for arg in args)

    def binary(self, node: Node, args: list[Expr]) -> Expr:
        left, right = args
        sign = node.value
        if sign == ".^":
            self.meanings.notice(self.program, node, args[:1])
        lift = self.lifts(left, right)
        if sign == "^" and not lift:
            return self.power(node, left, right)
        if sign == "/" and not lift and not self.build.is_scalar(right):
            raise self.quotient(node, left, right)
        operation: Callable[[Expr, Expr], Expr] = (
            partial(self.build.compared, _MASKS[sign])
            if sign in _MASKS
            else getattr(self.build, (_LIFTED if lift else _OPERATIONS)[sign])
        )
        shapes = (self.build.shape(left), self.build.shape(right))
        if sign in ("+", "-") and (ONE, ONE) in shapes and shapes[0] != shapes[1] and not self.broadcasts:
            self.check_spread(node, *((left, right) if shapes[0] == (ONE, ONE) else (right, left)))
        self.unifier.because = self.program.place(node)
        try:
            if sign == ".*" and self.indexed:
                left, right = beside_entry(self, right, left), beside_entry(self, left, right)
            if self.dotted(node) and all(m is not ONE and n is ONE for m, n in shapes):
                left = self.build.transposed(left)
            return operation(left, right)
        except ZeroDivisionError:
            raise ParseError("division by zero", self.program.place(node.children[1])) from None
        except SizeConflict:
            raise self.conflict(node, args, shapes) from None

    @property
    def broadcasts(self) -> bool:
        """Whether a scalar may be added to every entry whatever it is: in the tables, and where names are arrays."""
        return self.in_formula or "column" in self.program.spelling

    def check_spread(self, node: Node, scalar: Expr, other: Expr) -> None:
        """Refuse to add a scalar to every entry where only an undeclared letter makes that of a sum."""
        letter = self.spreading.undeclared(scalar, other)
        if letter:
            rows, cols = self.build.shape(other)
            size = "row(n)" if rows is ONE else "vector(n)"
            size = "matrix(m, n)" if ONE not in (rows, cols) else size
            size = "vector(n)" if not self.spreading.letter(scalar) else size
            raise DeclarationError(
                f"{letter} is undeclared, and a scalar by its letter; a scalar would be added to every entry of"
                f" {raw((rows, cols))} here: declare it, as in {letter}: {size} (or {letter}: scalar)",
                self.program.place(node),
                *([self.names.places[letter]] if letter in self.names.places else []),
            )

    def dotted(self, node: Node) -> bool:
        """Whether a product is written with the dot that between two columns is their inner product."""
        signs = self.program.spelling.get("dot", "").split()
        if not signs or node.value != "*":
            return False
        first, second = node.children
        return self.program.source[first.end : second.start].strip() in signs

    def quotient(self, node: Node, above: Expr, below: Expr) -> ShapeError:
        """A quotient by what is no scalar, and what was meant instead."""
        left, right = (self.text(child) for child in node.children)
        rows, cols = self.build.shape(below)
        each = self.program.spelling.get("./", "./").strip()
        meant = f"; write {left} {each} {right} for the element-wise quotient"
        rest = re.match(r"\s*(?:\*\s*)?([^\W\d]\w*)", self.program.source[node.end :])
        if rows is ONE and rest:  # x'*A*x/x'*x
            whole = f"{right}{self.program.spelling.get('*', '*')}{rest[1]}"
            meant = f"; put all that stands below in brackets, as in {left}/({whole})"
        elif rows is cols or rows.is_open or cols.is_open:
            inverse = self.program.spelling.get("inv", "*inv({})").replace("{}", right)
            alone = above is E.number(1) and inverse.startswith("*")
            meant += f", or {inverse[1:] if alone else inverse}" if cols is not ONE else ""
        return ShapeError(
            f"{self.described(node.children[1], (rows, cols))}: / needs a scalar below{meant}",
            self.program.place(node.children[1]),
            *self.reasons([self.program.place(node.children[1])], below),
        )

    def conflict(self, node: Node, args: list[Expr], shapes: tuple[Shape, Shape]) -> ShapeError:
        """Two operands whose sizes do not fit, both places, and what would fit."""
        first, second = node.children
        left, right = self.text(first), self.text(second)
        spelling = self.program.spelling
        sign = spelling.get(node.value) or self.sign(node)
        (m, n), (p, q) = shapes
        if node.value in ("*", "@"):
            need = f"{left}{sign}{right} needs {n} = {p}"
            each = spelling.get(".*", ".*").strip()
            if n is ONE and q is ONE:
                inner = f"{self.turned(first)}{sign}{right}"
                need += f"; {inner} is a scalar, {left} {each} {right} the element-wise product"
            elif (m, n) == (p, q):
                need += (
                    f"; write {each} for the element-wise product, or transpose one: {left}{sign}{self.turned(second)}"
                )
            elif n is q:
                need += f"; {left}{sign}{self.turned(second)} would fit"
            elif m is p:
                need += f"; {self.turned(first)}{sign}{right} would fit"
            elif q is n:
                need += f"; {right}{sign}{left} would fit"
        else:
            need = f"{left} {sign.strip()} {right} needs equal sizes (a scalar, a row or a column spreads)"
            spreads = all(size is other or ONE in (size, other) for size, other in ((m, q), (n, p)))
            if spreads and not (n is q or m is p):
                need += f"; {self.turned(second)} would fit"
        message = f"{self.described(first, shapes[0])}, {self.described(second, shapes[1])}: {need}"
        place = self.program.place(second)
        return ShapeError(message, place, *self.reasons([place, self.program.place(first)], *args))

    def sign(self, node: Node) -> str:
        """A binary sign as it is written."""
        first, second = node.children
        between = re.sub(r"[()\s]|#[^\n]*", "", self.program.source[first.end : second.start])
        return between if 0 < len(between) < 3 else node.value

    def turned(self, node: Node) -> str:
        """The transpose of an operand, as the notation writes it."""
        text, mark = self.text(node), self.program.spelling.get("'", "'")
        if node.kind == "transpose":
            inner = self.text(node.children[0])
            return inner if inner != text else text + self.program.spelling.get("column", mark)
        return f"{text}{mark}" if node.kind in ("name", "call") else f"({text}){mark}"

    def reasons(self, known: list[Place], *operands: Expr) -> list[Place]:
        """The other place of a conflict: where an inferred size was decided, else the last of those known."""
        decided = self.unifier.reasons(size for operand in operands for size in operand.shape)
        return [*decided[-1:], *known[1:]][:1] if not decided or decided[-1] != known[0] else known[1:]

    def power(self, node: Node, base: Expr, exponent: Expr) -> Expr:
        place = self.program.place(node)
        base, exponent = self.build.resolved(base), self.build.resolved(exponent)
        each = self.program.spelling.get(".^", ".^").strip()
        if not exponent.is_scalar:
            hint = f"exp({self.text(node.children[1])})" if base.op == "variable" and base.data[0] == "e" else ""
            hint = f"the exponential is {hint}, and " if hint else ""
            found = self.described(node.children[1], exponent.shape)
            raise ShapeError(
                f"the exponent {found}: {hint}{each} is the element-wise power", self.program.place(node.children[1])
            )
        if base.is_scalar:
            return self.build.power_each(base, exponent)
        self.unifier.because = place
        shape = self.build.shape(base)
        try:
            self.build.same(base.rows, base.cols)
            return self.build.matrix_power(base, integer_exponent(exponent, self.program.place(node.children[1]), each))
        except SizeConflict:
            raise ShapeError(
                f"{self.described(node.children[0], shape)}: a matrix power needs a square matrix;"
                f" write {each} for the element-wise power",
                place,
                *self.reasons([place], base),
            ) from None

    def inverse(self, node: Node, operand: Expr) -> Expr:
        operand = self.build.resolved(operand)
        if operand.is_scalar or self.lifts(operand):
            return self.build.divided_each(E.number(1), operand)
        return fit(self, node, lambda: self.build.matrix_power(operand, -1), [operand])

    # words

    def text(self, node: Node) -> str:
        text = " ".join(self.program.source[node.start : node.end].split())
        return text if len(text) <= 40 else text[:37] + "…"

    def size(self, e: Expr) -> str:
        return raw(self.build.shape(e))

    def described(self, node: Node, shape: Shape) -> str:
        """``X is m×n``, with a word on why where nothing declares X."""
        shape = self.unifier.shape(shape)
        kind = self.names.defaulted.get(node.value) if node.kind == "name" else None
        why = f" (undeclared, by its letter a {kind})" if kind else ""
        return f"{self.text(node)}{why} is {raw(shape)}"

    def show(self, shape: Shape) -> str:
        return self.readable(raw(shape))

    def readable(self, message: str) -> str:
        """A message in which the sizes that are still open are called n1, n2, …"""
        free = (name for name in map("n{}".format, count(1)) if name not in self.names.scope)
        called: dict[str, str] = {}
        return _OPEN.sub(lambda found: called.setdefault(found[0], next(free)), message)


_OPEN = re.compile(r"\?!?\d+")


def raw(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"
