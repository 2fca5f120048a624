"""How the names of a document are used in its formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matdiff.checking.losses import LOSSES
from matdiff.checking.steps import STEP, counts, next_name
from matdiff.documents import Formula
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.derivatives import braced
from matdiff.reader.latex.indices import BOLD
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.names import ACCENTS, capital

INDICES = frozenset("ijklt")

_NAMES = r"\s*(?:\\?[A-Za-z]+|\\\w+\s*\{\\?\w+\})(?:_\w|_\{\w+\}|\^\w|\^\{[^{}]*\})?\s*"
UNKNOWN = re.compile(rf"{_NAMES}\({_NAMES}(?:,{_NAMES})+\)\s*")
"""``\\ell(o, y)``, the value of an unknown function of names."""


_ACCENT = re.compile(rf"\\(?:{'|'.join(ACCENTS)})(?![a-z])\s*\{{?\s*")


def turned_sums(tokens: Sequence[Token]) -> set[int]:
    r"""Where names with an index stand in ``(x_n - \mu_k)^\top``, a sum of nothing but names."""
    found: set[int] = set()
    opened = 0
    for k, token in enumerate(tokens[:-1]):
        opened = k if token.type == "LPAR" else opened
        inside = tokens[opened + 1 : k]
        closed = token.type == "RPAR" and tokens[k + 1].type == "TRANSPOSE" and tokens[opened].type == "LPAR"
        if closed and {one.type for one in inside} == {"NAME", "SIGN"}:
            found.update(n for n in range(opened + 1, k) if getattr(tokens[n].value, "parts", ()))
    return found


def operands(tokens: Sequence[Token]) -> set[int]:
    r"""Where the names stand of which derivatives are taken: above a line behind ``\partial``, behind ``\nabla_w``."""
    found = set()
    for k, token in enumerate(tokens):
        if token.type == "PARTIAL" and [t.type for t in tokens[max(0, k - 2) : k]] == ["FRAC", "LBRACE"]:
            found.add(k + 1)
        if token.type == "DERIV":
            after = k + 1
            while after < len(tokens) and tokens[after].type in ("SUBSCRIPT", "POWER"):
                after = braced(list(tokens), after + 1)[1]
            found.add(after)
    return found


def word_at(text: str, at: int) -> bool:
    """Whether a letter stands in a word that is no product of names, ``Loss``."""
    start, end = at, at
    while start and text[start - 1].isalpha() and at - start < 9:
        start -= 1
    while end < len(text) and text[end].isalpha() and end - at < 9:
        end += 1
    return end - start > 3 and text[start + 1 : end].islower() and text[start - 1 : start] != "\\"


_ROOT = re.compile(r"\\sqrt\s*\{?\s*$")


@dataclass
class Uses:
    """How one name is used."""

    symbol: Symbol
    count: int = 0
    turned: int = 0
    bold: int = 0
    called: int = 0
    listed: int = 0
    """How often brackets behind it hold nothing but names."""
    normed: int = 0
    """How often it stands inside of a norm."""
    below: int = 0
    """How often it is all that stands below a line."""
    derived: int = 0
    """How often it is what is differentiated."""
    listed_in: int = 0
    """How often it stands among the arguments of another name."""
    numbered: int = 0
    """How often a number or the sign of a root stands right before it."""
    bracketed: bool = False
    """Whether square brackets stand behind it, as behind an expectation."""
    density: bool = False
    """Whether there is a bar between those brackets."""


class Usage:
    """The names of some formulas, each with how it is used."""

    def __init__(self, source: str, known: Mapping[str, str]) -> None:
        self.source = source
        self.known = known
        self.uses: dict[str, Uses] = {}
        self.defined: set[str] = set()
        """Names with which chains begin."""
        self.dims: set[str] = set()
        self.bound: set[str] = set()
        """What the sums run over."""
        self.together: list[list[Symbol]] = []
        """The names of each formula."""
        self.near: dict[int, list[str]] = {}
        """Of each formula, by its start, the names on the kinds of which its reading depends."""
        self.exponential = False
        """Whether e is the base of a power."""
        self.bases: set[str] = set()
        """Letters that stand with an index that a sum binds."""
        self.steps: set[str] = set()
        """Letters that count layers or steps: names stand with them, and with the next or the one before."""
        self.ahead: set[str] = set()
        """Those of which the next one is spoken of."""

    def scan(self, formula: Formula) -> None:
        """The names of a formula and how they are used."""
        source, known = self.source, self.known
        tokens = Lexer(source, dict(known), formula.start, formula.end, tolerant=True).run()
        if not any(token.type == "EQUAL" for token in tokens):
            return
        inside, norms = False, 0
        symbols = [t.value for t in tokens if t.type == "NAME" and isinstance(t.value, Symbol)]
        self.together.append(symbols)
        self.near[formula.start] = sorted({n for s in symbols for n in (str(s), s.base, capital(s.base))})
        derived, arguments, turned = operands(tokens), self.arguments(tokens), turned_sums(tokens)
        for k, token in enumerate(tokens):
            self.exponential |= token.type == "CALL" and source[token.start : token.end] == "e"
            norms += (token.type == "LNORM") - (token.type == "RNORM")
            if token.type == "SUM":
                self.bound.update(token.value[0])
            inside = (inside or token.type == "IN") and token.type not in ("STOP", "ROW", "NOTE")
            following = [after.type for after in tokens[k + 1 : k + 4]]
            if token.type in ("UPPER", "SIZE") and following[1:2] == ["NAME"]:
                self.dims.add(str(tokens[k + 2].value))
            if token.type != "NAME" or not isinstance(token.value, Symbol) or inside:
                continue
            if word_at(source, token.start) and token.value not in known:
                continue
            name = str(token.value)
            if "^" in source[token.start : token.end]:
                self.count_steps(token.value, first=k == 0)
            if name not in self.uses and self.heads(tokens, k) and not self.unknown_value(tokens, k, formula.end):
                self.defined.add(name)
            uses = self.uses.setdefault(name, Uses(token.value))
            before = tokens[k - 1].type if k else ""
            uses.count += 1
            uses.numbered += (
                before == "NUMBER" or _ROOT.search(source[max(0, token.start - 16) : token.start]) is not None
            )
            uses.normed += norms > 0
            uses.below += self.divides(tokens, k)
            uses.derived += k in derived
            uses.listed_in += k in arguments
            primed = following[:2] == ["TRANSPOSE", "LPAR"] and source[token.end : token.end + 1] == "'"
            accent = _ACCENT.match(source, token.start)
            uses.bold += source.startswith(BOLD, accent.end() if accent else token.start)
            uses.called += primed or (following[:1] == ["LPAR"] and tokens[k + 1].start == token.end)
            uses.bracketed = uses.bracketed or following[:1] == ["LSQB"]
            uses.density = uses.density or (following[:1] == ["LPAR"] and self.has_bar(tokens, k + 1))
            uses.listed += following[:1] == ["LPAR"] and self.lists(tokens, k + 1)
            uses.turned += not primed and (
                k in turned
                or following[:1] == ["TRANSPOSE"]
                or (before == "TRANSPOSE" and token.value.base[:1].islower())
            )

    def count_steps(self, symbol: Symbol, first: bool) -> None:
        found = STEP.fullmatch(symbol.parts[0]) if len(symbol.parts) == 1 else None
        if found is not None and found["by"] and str(symbol).startswith(f"{symbol.base}_"):
            self.steps.add(found["letter"])
            if found["sign"] == "+" or first:
                self.ahead.add(found["letter"])

    def is_step(self, symbol: Symbol) -> bool:
        """Whether a name counts layers or steps, and no sum runs over them."""
        found = STEP.fullmatch(symbol.parts[0]) if len(symbol.parts) == 1 else None
        return found is not None and found["letter"] in self.steps - self.bound

    def add_next_steps(self) -> None:
        """What is defined for a step is for the next one, of which the document speaks; so too what it is made of."""
        letters = self.ahead - self.bound
        for name in [name for name in self.defined if counts(name, letters)]:
            self.defined.add(next_name(name, letters))
            near = [symbols for symbols in self.together if symbols and str(symbols[0]) == name][:1]
            for symbol in (symbol for symbols in near for symbol in symbols if self.is_step(symbol)):
                later = next_name(str(symbol), letters)
                if later != symbol and later not in self.uses:
                    part = later.removeprefix(f"{symbol.base}_").replace("p", "+").replace("m", "-")
                    uses = self.uses[str(symbol)]
                    self.uses[later] = replace(uses, symbol=Symbol(later, symbol.base, (part,)))

    @staticmethod
    def divides(tokens: Sequence[Token], k: int) -> bool:
        r"""Whether a name is all that stands below a line, but for a number, as in ``\frac{1}{2m}``."""
        first = k - (tokens[k - 1].type == "NUMBER")
        around = [token.type for token in (*tokens[max(0, first - 2) : first], *tokens[k + 1 : k + 2])]
        return around == ["RBRACE", "LBRACE", "RBRACE"]

    def unknown_value(self, tokens: Sequence[Token], k: int, end: int) -> bool:
        r"""Whether a loss is said to be an unknown function of names, ``L = \ell(o, y)``."""
        equal = next((n for n in range(k, len(tokens)) if tokens[n].type == "EQUAL"), k)
        stop = next((n for n in range(equal, len(tokens)) if tokens[n].type in ("STOP", "ROW", "QUAD")), len(tokens))
        last = tokens[stop - 1].end if stop else end
        return str(tokens[k].value) in LOSSES and bool(UNKNOWN.fullmatch(self.source[tokens[equal].end : last]))

    def arguments(self, tokens: Sequence[Token]) -> set[int]:
        """Where names stand among the arguments of another one, and nothing else does."""
        found: set[int] = set()
        for k, token in enumerate(tokens[:-1]):
            if token.type == "NAME" and tokens[k + 1].type == "LPAR" and self.lists(tokens, k + 1):
                close = next((n for n in range(k + 1, len(tokens)) if tokens[n].type == "RPAR"), k + 1)
                found.update(range(k + 2, close))
        return found

    def heads(self, tokens: Sequence[Token], k: int) -> bool:
        """Whether a chain begins with the name at a token, ``L =`` or ``L(w) =``, which it defines."""
        if k and tokens[k - 1].type not in ("STOP", "ROW", "QUAD", "NOTE", "ARROW"):
            return False
        after = k + 1
        if [token.type for token in tokens[k + 1 : k + 2]] == ["LPAR"] and self.lists(tokens, k + 1):
            after = next((n for n in range(k, len(tokens)) if tokens[n].type == "RPAR"), k) + 1
        return [token.type for token in tokens[after : after + 1]] == ["EQUAL"]

    @staticmethod
    def has_bar(tokens: Sequence[Token], k: int) -> bool:
        """Whether a bar stands alone between the brackets that open at a token."""
        close = next((n for n in range(k, len(tokens)) if tokens[n].type == "RPAR"), k)
        kinds = [token.type for token in tokens[k:close]]
        if any(token.type == "COMMA" and token.value == ";" for token in tokens[k:close]):  # p(x; mu)
            return True
        return kinds.count("LBAR") + kinds.count("BAD") == 1 and "RBAR" not in kinds

    @staticmethod
    def lists(tokens: Sequence[Token], k: int) -> bool:
        """Whether the brackets that open at a token hold nothing but names."""
        close = next((n for n in range(k, len(tokens)) if tokens[n].type == "RPAR"), k)
        inside = tokens[k + 1 : close]
        return bool(inside) and all(token.type in ("NAME", "COMMA", "LBAR") for token in inside)

    def find_bases(self) -> None:
        """The letters that have members: those with an index of a sum, and those beside them with the same index."""
        self.bases.update(uses.symbol.base for uses in self.uses.values() if self.indices_of(uses.symbol))
        for symbols in self.together:
            met = {letter for symbol in symbols if symbol.base in self.bases for letter in "".join(symbol.parts)}
            for symbol in symbols:  # p_i beside s_i, which has members
                if symbol.parts and len(symbol.base) == 1 and set("".join(symbol.parts)) <= met & {*INDICES}:
                    self.bases.add(symbol.base)

    def indices_of(self, symbol: Symbol) -> int:
        """How many indices a name carries, each bound by a sum somewhere; none where it is a name of its own."""
        letters = "".join(symbol.parts)
        if self.is_step(symbol):
            return 0
        fixed = symbol.base in ("d", "n", "N", "D", "delta") or letters.isdigit() or len(letters) > 2
        bound = self.bound.issuperset(letters) or (symbol.base in self.bases and set(letters) <= {*INDICES, *"mnpqrs"})
        return len(letters) if letters and bound and not fixed else 0
