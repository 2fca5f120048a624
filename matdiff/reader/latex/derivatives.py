r"""Derivatives among the tokens of a formula, wherever they stand: ``\nabla_w f``, ``\frac{\partial f}{\partial w_j}``.

Each becomes one token that holds the node of a `Claim`; what it is worth, who reads the document finds out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from matdiff.errors import ParseError, Place, UnsupportedError
from matdiff.model import STRUCTURED_KINDS
from matdiff.reader.latex.core import Member, Symbol, Token, types
from matdiff.reader.latex.names import capital
from matdiff.reader.latex.tree import parse
from matdiff.reader.names import default_kind
from matdiff.reader.syntax import Node, postorder

Known = Mapping[str, str]


@dataclass(slots=True)
class Claim:
    r"""``\nabla_w f``, ``D_w f`` or ``\frac{\partial f}{\partial w}``: what a side of a link claims to be.

    ``kind`` is ``gradient``, ``jacobian`` or ``hessian``; ``wrt`` holds the variable (two of a mixed Hessian, none of a
    bare ``\nabla f``); ``of`` is None where only the variable is written.
    """

    kind: str
    wrt: tuple[Node, ...]
    of: Node | None
    fraction: bool = False
    """Whether it is written as a fraction, the layout of which the author chooses."""


def names_in(root: Node) -> Iterator[str]:
    """The names of a side, those of functions and those in derivatives too."""
    stack = [root]
    while stack:
        for node in postorder(stack.pop()):
            if node.kind in ("name", "call", "primed"):
                yield str(node.value[0] if node.kind == "primed" else node.value)
            elif node.kind == "derivative":
                stack += [*node.value.wrt, *([node.value.of] if node.value.of is not None else [])]


_WORDS = {"grad": "gradient", "gradient": "gradient", "jac": "jacobian", "jacobian": "jacobian", "hess": "hessian"}
_OPENING = types("LPAR LSQB LCURLY LBRACE LNORM LBAR LANGLE")
_CLOSING = types("RPAR RSQB RCURLY RBRACE RNORM RBAR RANGLE")
_SCRIPTS = types("TRANSPOSE INVERSE INDEX")
_ENDS = types("SIGN COMMA COMPARE EQUAL RELATION OVER COLON ROW STOP NOTE ARROW QUAD")
_OF_SMALL = frozenset({"matrix", *STRUCTURED_KINDS})
"""Kinds of names the entries of which are written with the small letter."""
INDICES = frozenset("abcijklmnopqrsuv")
"""Letters that are indices where nothing else is known of them; t counts steps."""

_NUMBERS = frozenset({"scalar", "definition", "function", "dim", ""})
"""Kinds of names that are differentiated by themselves, whatever stands behind them."""


def with_derivatives(tokens: list[Token], source: str, known: Known) -> list[Token]:
    """The tokens of a side, each derivative as one; raises a `MatdiffError` where one cannot be read."""
    return Derivatives(tokens, source, known).run()


class Derivatives:
    """Reads the derivatives of one side, from left to right."""

    def __init__(self, tokens: list[Token], source: str, known: Known) -> None:
        self.tokens = tokens
        self.source = source
        self.known = known
        self.size = len(tokens)

    def run(self) -> list[Token]:
        out: list[Token] = []
        k = 0
        while k < self.size:
            found = self.at(k)
            if found is None:
                out.append(self.tokens[k])
                k += 1
            else:
                node, k = found
                out.append(Token("DERIVATIVE", node, node.start, node.end))
        return out

    def at(self, k: int) -> tuple[Node, int] | None:
        """The derivative that begins at a token, and what follows it."""
        token = self.tokens[k]
        match token.type:
            case "DERIV":
                return self.sign(k)
            case "FRAC":
                return self.fraction(k)
            case "D" | "DOPEN" | "PARTIAL":
                return self.quotient(k)
            case "NAME" if isinstance(token.value, Symbol) and token.value not in self.known:
                variable = token.value.removeprefix("D_")
                variable = variable if variable in self.known else variable.replace("_", "")
                if token.value.base == "D" != token.value and (variable in self.known or len(variable) == 1):
                    of, after = self.operand(k + 1, variable)
                    return self.node(Claim("jacobian", (self.name(variable, token),), of), k, after, ()), after
            case "CALL" if token.value[0] in _WORDS and token.value[0] not in self.known:
                return self.called(k)
        return None

    def node(self, claim: Claim, first: int, after: int, indices: tuple[str, ...]) -> Node:
        """The node of a claim over the tokens from first to after; of its entry, where there are indices."""
        start, end = self.tokens[first].start, max(token.end for token in self.tokens[first:after])
        node = Node("derivative", claim, (), start, end)
        row = claim.kind == "gradient" and ":" in indices
        if len(indices) > 2 or (claim.kind == "hessian" and ":" in indices):
            where = self.place(first, after)
            raise UnsupportedError("by a row of a matrix first derivatives of numbers are read", where)
        node = Node("entry", indices, (node,), start, end) if indices else node
        return node.transposed() if row else node

    @staticmethod
    def name(name: str, token: Token) -> Node:
        return Node("name", name, (), token.start, token.end)

    def parse(self, tokens: list[Token]) -> Node:
        return parse(with_derivatives(tokens, self.source, self.known), self.source, self.known)

    def place(self, first: int, after: int) -> Place:
        return span(self.source, self.tokens[first:after])

    # \nabla

    def sign(self, k: int) -> tuple[Node, int]:
        r"""``\nabla_w f``, ``\nabla_w^2 f``, ``\partial_{w_j} f``, ``D_{w_1} f``, bare ``\nabla f``."""
        first, kind = k, str(self.tokens[k].value)
        wrt: list[tuple[Node, tuple[str, ...]]] = []
        k += 1
        while k < self.size and self.tokens[k].type in ("SUBSCRIPT", "POWER"):
            inside, after = braced(self.tokens, k + 1)
            if self.tokens[k].type == "SUBSCRIPT":
                wrt = [self.variable(part) for part in by_comma(inside)]
            elif [token.value for token in inside] == [2]:
                kind = "hessian"
            else:
                raise UnsupportedError("derivatives are read up to the second", self.place(k, after))
            k = after
        names = [node.value for node, _ in wrt]
        of, after = self.operand(k, *names)
        if not wrt:
            wrt = [(self.name(t.value, t), ()) for t in self.arguments(k)[:1]]  # \nabla f(w)
        if kind != "hessian" and len(wrt) == 2:
            kind = "hessian"
        indices = tuple(letter for _, letters in wrt for letter in letters)
        claim = Claim(kind, tuple(node for node, _ in wrt), of)
        return self.node(claim, first, max(after, k), indices), max(after, k)

    def variable(self, tokens: list[Token]) -> tuple[Node, tuple[str, ...]]:
        r"""What a derivative is by: a name, or the entry of one, with its indices."""
        if not tokens:
            raise ParseError("name the variable of this derivative", span(self.source, self.tokens))
        first = tokens[0]
        if len(tokens) == 1 and isinstance(first.value, Member):
            return self.parse(tokens), ()
        if len(tokens) == 1 and first.type == "NAME" and isinstance(first.value, Symbol):
            base, letters = entry_of(first.value, self.known)
            if letters:
                return self.name(base, first), letters
            if is_row(first.value, self.known):  # \partial L/\partial u_k of a matrix U
                return self.name(capital(first.value.base), first), (first.value.parts[0], ":")
        node = self.parse(tokens)
        if node.kind == "call" and node.value == "vec":
            node = node.children[0]
        if node.is_transpose and node.children[0].kind == "name":
            return node.children[0], ()
        if node.kind != "name":
            raise UnsupportedError("a derivative is by a variable", span(self.source, tokens))
        return node, ()

    # fractions

    def fraction(self, k: int) -> tuple[Node, int] | None:
        r"""``\frac{\partial f}{\partial w}``: the gradient; with ``\partial w^\top`` below it the Jacobian."""
        above, middle = braced(self.tokens, k + 1)
        below, after = braced(self.tokens, middle)
        lone = len(above) == 1 and above[0].type == "NAME" and above[0].value == "d"  # \frac{d}{dX}
        if not (above and below and (is_d(above[0]) or lone) and is_d(below[0])):
            return None
        order, above = order_of(above[1:])
        return self.quotient_of(order, above, below, k, after)

    def quotient(self, k: int) -> tuple[Node, int] | None:
        r"""``\partial f / \partial w``, ``df/dx``."""
        slash = self.end_of_operand(k + 1)
        if not (slash + 1 < self.size and self.tokens[slash].type == "TIMES" and self.tokens[slash].value == "/"):
            return None
        if not is_d(self.tokens[slash + 1]):
            return None
        after = self.end_of_operand(slash + 2)
        order, above = order_of(self.tokens[k + 1 : slash])
        return self.quotient_of(order, above, self.tokens[slash + 1 : after], k, after)

    def end_of_operand(self, k: int) -> int:
        """The token after one name or bracket with its scripts."""
        while k < self.size and self.tokens[k].type == "POWER":  # \partial^2 f
            k = braced(self.tokens, k + 1)[1]
        if k < self.size and self.tokens[k].type == "NAME":
            k += 1
            if self.arguments(k - 1):
                k = closed(self.tokens, k)
        elif k < self.size and self.tokens[k].type in _OPENING:
            k = closed(self.tokens, k)
        return self.scripts(k)

    def quotient_of(
        self, order: int, above: list[Token], below: list[Token], first: int, after: int
    ) -> tuple[Node, int]:
        wrt: list[Node] = []
        indices: list[str] = []
        turned = False
        while below and is_d(below[0]):
            count = next((n for n, token in enumerate(below) if n and is_d(token)), len(below))
            part, below = below[1:count], below[count:]
            if not part:
                raise ParseError("the variable below the line is missing", self.place(first, after))
            turned = part[-1].type == "TRANSPOSE"
            power, part = order_of(part[: len(part) - turned], last=True)
            node, letters = self.variable(part)
            wrt += [node] * power
            indices += letters
        square = order == 1 and len(wrt) == 2 and wrt[0] is wrt[1] and not indices and not below
        wrt = wrt[:1] if square else wrt
        if order != len(wrt) or order > 2 or below:
            raise UnsupportedError(
                "derivatives are read up to the second, as often below as above", self.place(first, after)
            )
        kind = "hessian" if order == 2 else "jacobian" if turned else "gradient"
        names = [node.value for node in wrt]
        above, row = self.entry_above(above) if kind == "gradient" else (above, "")
        of, after = (self.whole(above), after) if above else self.operand(after, *names)
        if not row:
            claim = Claim(kind, tuple(dict.fromkeys(wrt)) if order == 2 else tuple(wrt), of, fraction=True)
            node = self.node(claim, first, after, tuple(indices))
            return by_square(node) if square else node, after
        claim = Claim("jacobian", tuple(wrt), of)  # \partial y_i / \partial x_j
        node = self.node(claim, first, after, (row, *(indices or ":")))
        return node if indices else node.transposed(), after

    def entry_above(self, above: list[Token]) -> tuple[list[Token], str]:
        """The vector whose entry is differentiated, and the index of that."""
        if not above:
            return above, ""
        last = above[-1]
        if isinstance(last.value, Member):
            return above, ""
        if last.type == "INDEX" and len(last.value) == 1 and len(last.value[0]) == 1:
            return above[:-1], last.value[0]
        names = [token for token in above if token.type == "NAME"]
        # \log p_i
        alone = {token.type for token in above} <= {"CALL", "APPLY", "LPAR", "NAME", "RPAR"} and len(names) == 1
        if alone and isinstance(names[0].value, Symbol) and self.known.get(names[0].value.base) != "matrix":
            base, letters = entry_of(names[0].value, self.known)
            if len(letters) == 1 and (len(above) == 1 or above[0].type in ("CALL", "APPLY")):
                whole = Token("NAME", Symbol(base, base), names[0].start, names[0].end)
                return [whole if token is names[0] else token for token in above], letters[0]
        return above, ""

    def whole(self, tokens: list[Token]) -> Node:
        """What stands above the line; of an undeclared ``f(w)`` the name alone."""
        first = tokens[0]
        if len(tokens) == 1 and first.type == "APPLY":
            return Node("name", first.value[0], (), first.start, first.end)
        called = first.type == "NAME" and [token.type for token in tokens[1:2]] == ["LPAR"]
        if called and first.value not in self.known and closed(tokens, 1) == len(tokens):
            tokens = tokens[:1]
        return self.parse(tokens)

    # grad(f, w)

    def called(self, k: int) -> tuple[Node, int] | None:
        after = closed(self.tokens, k + 1) if k + 1 < self.size else k + 1
        node = parse(self.tokens[k:after], self.source, self.known)
        if node.kind != "call" or node.value not in _WORDS or len(node.children) not in (2, 3):
            return None
        return self.node(Claim(_WORDS[node.value], node.children[1:], node.children[0]), k, after, ()), after

    # what is differentiated

    def operand(self, k: int, *wrt: str) -> tuple[Node | None, int]:
        r"""What stands behind ``\nabla_w``, and what follows it.

        A number, or a name that is a function, goes alone; brackets too, unless the factors behind them hold the
        variable. All else is a product, to its end.
        """
        if k >= self.size or self.tokens[k].type in _ENDS or self.tokens[k].type in _CLOSING | {"TIMES"}:
            return None, k
        first = self.tokens[k]
        end = self.product_end(k)
        raised = [token.type for token in self.tokens[k + 1 : k + 2]] == ["POWER"]
        if first.type == "APPLY" and (end == k + 1 or self.tokens[k + 1].type == "SIGN"):
            return Node("name", first.value[0], (), first.start, first.end), k + 1
        if first.type == "NAME":
            known = self.known.get(first.value, "") if first.value in self.known else ""
            if self.arguments(k):
                after = closed(self.tokens, k + 1)
                return self.parse(self.tokens[k : after if known == "function" else k + 1]), after
            if known in _NUMBERS and first.value not in wrt and not raised and not self.is_vector(first):
                return self.parse([first]), k + 1
            return self.parse(self.tokens[k:end]), end
        if first.type in _OPENING or first.type == "CALL":
            after = self.scripts(closed(self.tokens, k + (first.type == "CALL")))
            beyond = self.tokens[after:end]
            if not any(token.type == "NAME" and token.value in wrt for token in beyond):
                return self.parse(self.tokens[k:after]), after
        return self.parse(self.tokens[k:end]), end

    def is_vector(self, token: Token) -> bool:
        """Whether an undeclared name is no function, by the letter it has, and as it stands first in a product."""
        return token.value not in self.known and default_kind(token.value) == "vector" and len(token.value) == 1

    def arguments(self, k: int) -> list[Token]:
        """The names between the brackets behind a name, where there is nothing else between them."""
        if not (k + 2 < self.size and self.tokens[k].type in ("NAME", "APPLY") and self.tokens[k + 1].type == "LPAR"):
            return []
        if self.tokens[k].value in self.known and self.known[self.tokens[k].value] not in ("function", "definition"):
            return []
        inside = self.tokens[k + 2 : closed(self.tokens, k + 1) - 1]
        names = [token for token in inside if token.type != "COMMA"]
        return names if names and all(token.type == "NAME" for token in names) else []

    def scripts(self, k: int) -> int:
        """The token after the scripts that begin at one."""
        while k < self.size and (self.tokens[k].type in _SCRIPTS or self.tokens[k].type == "POWER"):
            k = braced(self.tokens, k + 1)[1] if self.tokens[k].type == "POWER" else k + 1
        return k

    def product_end(self, k: int) -> int:
        """The token after the product that begins at one."""
        depth = 0
        while k < self.size:
            kind = self.tokens[k].type
            if depth == 0 and (kind in _ENDS or kind in _CLOSING):
                return k
            depth += (kind in _OPENING) - (kind in _CLOSING)
            k += 1
        return k


def entry_of(symbol: Symbol, known: Known) -> tuple[str, tuple[str, ...]]:
    """The name that a symbol is an entry of, with the letters of its indices; no letters where it is a name itself."""
    upper = symbol.base.upper()
    if symbol.base not in known and len(symbol.base) == 1 and known.get(upper) in _OF_SMALL:  # x_{ij} of a known X
        found = entry_of(Symbol("_".join((upper, *symbol.parts)), upper, symbol.parts), known)
        return found if len(found[1]) == 2 else (symbol, ())
    if symbol in known or symbol.base not in known or known[symbol.base] == "function" or not symbol.parts:
        return symbol, ()
    letters = tuple(letter for part in symbol.parts for letter in part)
    if len(letters) > 2 or not all(letter in INDICES and letter not in known for letter in letters):
        return symbol, ()
    return symbol.base, letters


def is_row(symbol: Symbol, known: Known) -> bool:
    """Whether a symbol is a row of a known matrix with the capital letter."""
    if symbol in known or symbol.base in known or len(symbol.parts) != 1 or symbol.parts[0] not in INDICES:
        return False
    return symbol.parts[0] not in known and known.get(capital(symbol.base)) in _OF_SMALL


def is_d(token: Token) -> bool:
    return token.type in ("PARTIAL", "D", "DOPEN")


def by_square(node: Node) -> Node:
    r"""``\partial f/\partial \sigma^2``: the derivative by sigma, a number, over twice that."""
    start, end = node.start, node.end
    two = Node("number", Fraction(2), (), start, end)
    (variable,) = node.value.wrt
    return Node("binary", "/", (node, Node("binary", "*", (two, variable), start, end)), start, end)


def order_of(tokens: list[Token], last: bool = False) -> tuple[int, list[Token]]:
    r"""The power of a ``\partial^2`` or of a variable below it, and what is left."""
    at = len(tokens) - 4 if last else 0
    if at >= 0 and [t.type for t in tokens[at : at + 4]] == ["POWER", "LBRACE", "NUMBER", "RBRACE"]:
        return int(tokens[at + 2].value), tokens[:at] + tokens[at + 4 :]
    return 1, tokens


def closed(tokens: list[Token], k: int) -> int:
    """What follows the bracket that opens at a token."""
    depth = 0
    while k < len(tokens):
        depth += (tokens[k].type in _OPENING) - (tokens[k].type in _CLOSING)
        k += 1
        if depth == 0:
            break
    return k


def braced(tokens: list[Token], k: int) -> tuple[list[Token], int]:
    """The tokens inside the braces that open at k, and what follows them."""
    depth, start = 0, k
    while k < len(tokens):
        depth += (tokens[k].type == "LBRACE") - (tokens[k].type == "RBRACE")
        k += 1
        if depth == 0:
            break
    return tokens[start + 1 : k - 1], k


def by_comma(tokens: list[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "COMMA":
            found.append([])
        else:
            found[-1].append(token)
    return [part for part in found if part]


def span(source: str, tokens: list[Token]) -> Place:
    return Place(source, tokens[0].start, tokens[-1].end)
