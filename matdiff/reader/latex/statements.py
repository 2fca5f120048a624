r"""A model in LaTeX: its statements.

Declarations ``X \in \mathbb{R}^{m \times n}``, definitions ``h = X w`` and a closing expression, one a line or a row.
"""

from __future__ import annotations

from contextlib import suppress

from matdiff.errors import MatdiffError, ParseError, Place
from matdiff.operators import CALLS
from matdiff.reader.calls import by_entries
from matdiff.reader.latex.core import Member, Symbol, Token
from matdiff.reader.latex.members import has_indices, with_member
from matdiff.reader.latex.rows import RELATIONS, expression, segments
from matdiff.reader.latex.tree import COMPARISONS, parse
from matdiff.reader.syntax import (
    Declaration,
    Definition,
    FamilyDefinition,
    FunctionDefinition,
    Indexed,
    Node,
    Objective,
    Statement,
    postorder,
)


class Statements:
    """Builds the statements of a model."""

    def __init__(self, source: str, known: dict[str, str]) -> None:
        self.source = source
        self.known = known
        self.applied: dict[str, tuple[list[Node], int]] = {}
        """Of ``f(x) = …``: the parameters, and where the statement stands."""

    def read(self, tokens: list[Token]) -> list[Statement]:
        statements: list[Statement] = []
        for part in segments(tokens):
            statements.append(self.statement(part, len(statements)))
        computed = [s for s in statements if isinstance(s, Definition | FamilyDefinition | Objective)]
        for statement in computed[:-1]:
            if isinstance(statement, Objective):
                node = statement.value
                raise ParseError(
                    "a bare expression stands alone or closes a model: give this one a name, as in f = …, or write it"
                    " on one line",
                    Place(self.source, node.start, node.end),
                )
        for name, (parameters, number) in self.applied.items():
            self.settle(name, parameters, number, statements)
        return statements

    def declared(self, tokens: list[Token]) -> list[Statement]:
        """The declarations that can be read, wherever they stand."""
        found: list[Statement] = []
        for part in segments(tokens):
            inside = next((k for k, token in enumerate(part) if token.type == "IN"), None)
            if inside is None:
                continue
            with suppress(MatdiffError):
                found.append(self.declaration(part[:inside], part[inside], part[inside + 1 :]))
        return found

    def families(self, tokens: list[Token]) -> dict[str, Indexed]:
        """The names that are defined by indices."""
        found: dict[str, Indexed] = {}
        for part in segments(tokens):
            if part[1:2] and part[1].type in RELATIONS and isinstance(part[0].value, Member):
                found[part[0].value.base] = Indexed("family", part[0].value.parts)
        return found

    def statement(self, tokens: list[Token], number: int) -> Statement:
        inside = next((k for k, token in enumerate(tokens) if token.type == "IN"), None)
        if inside is not None:
            return self.declaration(tokens[:inside], tokens[inside], tokens[inside + 1 :])
        relations = [k for k, token in enumerate(tokens) if token.type in RELATIONS]
        if not relations:
            return Objective(expression(tokens, self.source, self.known))
        mark = tokens[relations[-1]]
        if len(relations) > 1:
            raise self.error("a definition has one =; a chain of equalities is what md.check checks", mark, mark)
        if mark.type == "RELATION":
            raise self.error(
                f"{mark.value} cannot stand in a model: write a definition with =, or an expression", mark, mark
            )
        head, body = tokens[: relations[0]], tokens[relations[0] + 1 :]
        if not head or not body:
            raise self.error(f"something is missing {'after' if head else 'before'} =", mark, mark)
        left = self.member(head)
        name, parameters = (left, []) if left else self.head(head)
        value = expression(body, self.source, self.known)
        if value.kind == "binary" and value.value in COMPARISONS and value.start == body[0].start:
            raise ParseError(
                r"a definition has one sign of equality and no other: for a mask write \mathbf{1}(…)",
                Place(self.source, value.start, value.end),
            )
        if parameters:
            self.applied[name.value] = (parameters, number)
        if name.kind == "access":
            base, places = name.value
            return FamilyDefinition(Node("name", base, (), name.start, name.end), places, value)
        return Definition(name, value)

    def member(self, tokens: list[Token]) -> Node | None:
        """The left side of a statement for all values of indices: a member of a family, an entry of a matrix."""
        if len(tokens) != 1 or not isinstance(tokens[0].value, Symbol) or not has_indices(self.known):
            return None
        node = Node("name", tokens[0].value, (), tokens[0].start, tokens[0].end)
        with_member(node, self.known, {name for name, kind in self.known.items() if kind == "index"})
        return node if node.kind == "access" else None

    def error(self, message: str, first: Token, last: Token) -> ParseError:
        return ParseError(message, Place(self.source, first.start, last.end))

    def head(self, tokens: list[Token]) -> tuple[Node, list[Node]]:
        """The left side of a definition: a name, and the names in brackets behind it."""
        first, *rest = tokens
        if first.type in ("NAME", "CALL"):
            value = first.value if first.type == "NAME" else first.value[0]
            if first.type == "CALL" and value in CALLS and not by_entries(value, []):
                raise self.error(f"{value} is a function of the notation: give this one another name", first, first)
            name = Node("name", str(value), (), first.start, first.end)
            types = [token.type for token in rest]
            names = [token for token in rest[1::2] if token.type == "NAME"]
            if not rest and first.type == "NAME":
                return name, []
            if names and types == ["LPAR", *["NAME", "COMMA"] * (len(names) - 1), "NAME", "RPAR"]:
                return name, [Node("name", str(token.value), (), token.start, token.end) for token in names]
        raise self.error(
            "the left side of = must be a name, or a name with its variables, as in f(x)", first, tokens[-1]
        )

    def settle(self, name: str, parameters: list[Node], number: int, statements: list[Statement]) -> None:
        """``f(x) = …`` defines f; where f is applied to something else, it is a function of one scalar."""
        calls = [
            node
            for statement in statements
            for root in ([statement.value] if isinstance(statement, Definition | Objective) else [])
            for node in postorder(root)
            if node.kind == "call" and node.value == name
        ]
        names = [node.value for node in parameters]
        statement = statements[number]
        assert isinstance(statement, Definition)
        if all([child.value for child in node.children] == names for node in calls):
            for node in calls:
                node.kind, node.children = "name", ()
        elif len(parameters) > 1:
            raise ParseError(
                f"{name} is applied as a function, but has {len(parameters)} variables; a function has one, a scalar",
                Place(self.source, statement.name.start, statement.name.end),
            )
        else:
            statements[number] = FunctionDefinition(statement.name, parameters[0], statement.value)

    def declaration(self, head: list[Token], mark: Token, body: list[Token]) -> Declaration:
        r"""``X, Y \in \mathbb{R}^{m \times n}``."""
        if not head or not body or body[0].type != "SPACE" or any(token.type != "NAME" for token in head):
            raise self.error(r"a declaration is written X \in \mathbb{R}^{m \times n}", mark, mark)
        space, *power = body
        sizes = [self.size(part) for part in self.sizes(power)] if power else []
        if power and (power[0].type != "POWER" or power[-1].type != "RBRACE" or len(sizes) > 2):
            raise self.error(r"a declaration is written X \in \mathbb{R}^{m \times n}", space, body[-1])
        if space.value == "S":
            kind, sizes = "symmetric", sizes[:1]
        elif not sizes:
            kind = "scalar"
        elif len(sizes) == 1:
            kind = "vector"
        else:
            ones = [size.kind == "number" and size.value == 1 for size in sizes]
            kind = "vector" if ones[1] else "row" if ones[0] else "matrix"
            sizes = sizes[:1] if ones[1] else sizes[1:] if ones[0] else sizes
        nodes = [Node("name", str(token.value), (), token.start, token.end) for token in head]
        return Declaration(nodes, Node("name", kind, (), space.start, space.end), sizes or None)

    def sizes(self, power: list[Token]) -> list[list[Token]]:
        r"""The tokens of each size in ``^{m \times n}``."""
        found: list[list[Token]] = [[]]
        for token in power[2:-1]:
            if token.type == "TIMES" and self.source[token.start : token.end] in (r"\times", "×"):
                found.append([])
            else:
                found[-1].append(token)
        return found

    def size(self, tokens: list[Token]) -> Node:
        if tokens:
            return parse(tokens, self.source, self.known)
        raise ParseError("a size is missing", Place(self.source, 0, 1))
