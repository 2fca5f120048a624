"""Surface syntax to a model: names get kinds, every expression is built, sizes are unified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from matdiff import expr as E
from matdiff.errors import DeclarationError, MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import COMPLEX_KINDS, Model
from matdiff.reader import equations, expectations, signs
from matdiff.reader.build import SizeConflict
from matdiff.reader.calls import SPECIAL, call, matrix_function, primed
from matdiff.reader.conjugates import refuse_what_is_not_analytic
from matdiff.reader.context import ANY_SHAPE, Context, Meaning, UserFunction, raw
from matdiff.reader.families import Indices
from matdiff.reader.meanings import OF_FUNCTION, is_told, parents_in
from matdiff.reader.spelling import did_you_mean
from matdiff.reader.sums import entry, total
from matdiff.reader.syntax import (
    Declaration,
    Definition,
    FamilyDefinition,
    FunctionDefinition,
    Node,
    Objective,
    Program,
    Setting,
    Statement,
    postorder,
)
from matdiff.sizes import ONE, Shape

SETTINGS = {"relu_at_zero": (0, 1)}


def noticed_call(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """A call; of one that books mean otherwise, that is kept in mind."""
    own = (SPECIAL, reader.user_functions, reader.names.functions)
    if not (reader.in_formula or any(node.value in names for names in own)):
        reader.meanings.notice(reader.program, node, args)
    return call(reader, node, args)


def indices_of(reader: Context) -> Indices:
    """The indices of the model that is read."""
    assert isinstance(reader, Elaborator)
    return reader.indices


KINDS: dict[str, Meaning] = {
    "number": lambda reader, node, args: E.number(node.value),
    "binary": signs.binary,
    "negate": lambda reader, node, args: reader.build.negated(args[0]),
    "transpose": signs.transpose,
    "inverse": signs.inverse,
    "mask": signs.mask,
    "keyword": lambda reader, node, args: args[0],
    "primed": primed,
    "differential": lambda reader, node, args: E.differential(args[0]),
    "entry": entry,
    "reduction": total,
    "call": noticed_call,
    "access": lambda reader, node, args: indices_of(reader).access(node),
    "block": lambda reader, node, args: indices_of(reader).block(node, args),
    "part": lambda reader, node, args: indices_of(reader).part(node, args),
    "binder": lambda reader, node, args: indices_of(reader).binder(node, args),
    "solves": equations.solves,
    "argmin": equations.argmin,
    "expectation": expectations.expectation,
    "matfun": matrix_function,
}
"""What each kind of surface syntax means."""


class Elaborator(Context):
    """Builds one model from programs read one after another (``where`` first)."""

    def __init__(self, programs: Iterable[Program], shapes: Mapping[str, Shape] | None = None) -> None:
        super().__init__(programs, KINDS)
        self.indices = Indices(self, shapes or {})

    def model(self) -> Model:
        for program in self.programs:
            self.names.declare(program)
            self.declare_indices(program)
        objective: Expr | None = None
        for program in self.programs:
            self.program = program
            self.check_order(program)
            for statement in program.statements:
                match statement:
                    case Definition():
                        objective = self.definition(statement)
                    case FamilyDefinition():
                        objective = self.indices.define(statement)
                    case Objective():
                        local = self.local(statement.value)
                        objective = self.whole(statement.value, local)
                    case FunctionDefinition():
                        self.function(statement)
                    case Setting():
                        self.setting(statement)
        told = self.indices.found_shapes()
        if told:  # a recurrence whose size its own use did not tell
            return Elaborator(self.programs, {**self.indices.shapes, **told}).model()
        self.indices.settle()
        model = self.names.finish(self.program.source, objective, self.settings, self.places)
        model.families = self.indices.families(model)
        if model.families is not None:
            equations.refuse_beside_indices(model)
        self.check_complex(model)
        notes = self.taken_whole()
        if notes:
            model = Elaborator(self.programs).model()
            model.notes = (*notes, *model.notes)
        return model

    def check_complex(self, model: Model) -> None:
        """Refuse what is not known of complex matrices, where it stands."""
        if not any(node.data[1] in COMPLEX_KINDS for node in model.variables.values()):
            return
        if model.families is not None:
            raise UnsupportedError("complex matrices beside indices are not supported")
        for root in (*model.definitions.values(), *([model.objective] if model.objective is not None else [])):
            refuse_what_is_not_analytic(root)

    def taken_whole(self) -> list[str]:
        """What is said of the calls that are now those of functions of a whole matrix, since people mean that."""
        doubts = [doubt for doubt in self.meanings.doubts(self.unifier) if doubt.refusal]
        if not doubts:
            return []
        statements = (statement for program in self.programs for statement in program.statements)
        values = [getattr(statement, "value", None) for statement in statements]
        parents = parents_in([value for value in values if isinstance(value, Node)])
        for doubt in doubts:
            if not doubt.whole or is_told(doubt, parents):
                raise doubt.error()
            above = parents.get(id(doubt.node))
            if above is not None and getattr(above.value, "script", "") == OF_FUNCTION:
                above.value = "^"
        return [*dict.fromkeys(doubt.take_whole() for doubt in doubts)]

    # statements

    def declare_indices(self, program: Program) -> None:
        self.program = program
        for statement in program.statements:
            if isinstance(statement, Declaration):
                for name in statement.names:
                    if name.value in statement.indices:
                        places = statement.indices[name.value]
                        self.indices.family(name, places, statement.outside is not None, program)
        self.indices.declare(program)

    def check_order(self, program: Program) -> None:
        """A bare expression is the objective, so nothing is computed after it, nor in ``where``."""
        computed = [s for s in program.statements if isinstance(s, Definition | FamilyDefinition | Objective)]
        last = program is self.programs[-1]
        for statement in computed[:-1] if last else computed:
            if isinstance(statement, Objective):
                raise ParseError(
                    "a bare expression stands alone or closes a model: give this one a name, as in f = …"
                    if last
                    else "where holds declarations and definitions: give this expression a name, as in f = …",
                    program.place(statement.value),
                )
        if len(computed) > 1 and isinstance(computed[-1], Objective):
            self.check_sign(program, computed[-2], computed[-1])

    @staticmethod
    def check_sign(program: Program, before: Statement, objective: Objective) -> None:
        """Refuse a line that begins with a sign where it may go on with the line above for who wrote it: by a plus, by
        its indent, or by a space behind the sign."""
        assert isinstance(before, Definition | FamilyDefinition)
        between = program.source[before.value.end : objective.value.end]
        names = {
            node.value[0] if node.kind == "access" else node.value
            for node in postorder(objective.value)
            if node.kind in ("access", "name")
        }
        gap = re.sub(r"#[^\n]*", "", between)
        goes_on = re.match(r"\s*\n([^\S\n]*\+|[^\S\n]+[-−]|[-−]\s)", gap) is not None
        if goes_on and before.name.value not in names:
            raise ParseError(
                "this line begins with a sign: to go on with the line above, put the sign at the end of that;"
                " to begin anew, give this expression a name, as in f = …",
                program.place(objective.value),
            )

    def local(self, value: Node) -> dict[str, Expr]:
        """The names that are bound inside of a statement."""
        return {**self.indices.local(value), **expectations.drawn(self, value)}

    def whole(self, value: Node, local: dict[str, Expr]) -> Expr:
        """The value of a statement."""
        found = self.build.resolved(self.expression(value, local))
        if any(node.data[1] == "drawn" for node in local.values() if node.op == "variable"):
            expectations.stay_inside(self, value, found)
        return found

    def definition(self, statement: Definition) -> Expr:
        name, place = statement.name.value, self.program.place(statement.name)
        if name in SETTINGS and self.program.source:
            raise DeclarationError(f"{name} is a setting: write set {name} = 1", place)
        if name in self.user_functions:
            raise DeclarationError(f"{name} is defined twice", place, self.names.places[name])
        local = {**self.local(statement.value), **equations.unknown(self, statement)}
        body = self.whole(statement.value, local)
        self.indices.check_free(body, (), self.program.place(statement.value))
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
