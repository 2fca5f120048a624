r"""What a document says of its names where no model block does: kinds and sizes, each with how it was told.

In this order: ``X \in \mathbb{R}^{n \times d}``, words ("X is an n × d matrix"), what a name is used as, its font, its
letter. Where a formula fits no more, the kind of one of its names that only its letter tells is changed. Sizes are
unified over all formulas; one that does not fit costs itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from matdiff import expr as E
from matdiff.checking.blanked import plain, without_arguments, without_frames
from matdiff.checking.functions import functions_of
from matdiff.checking.losses import LOSSES
from matdiff.checking.scope import WEIGHTS, free
from matdiff.documents import Document, Formula
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.expr import Expr
from matdiff.reader.build import SizeConflict
from matdiff.reader.context import Context
from matdiff.reader.elaborate import Elaborator
from matdiff.reader.latex.core import Symbol, Token
from matdiff.reader.latex.derivatives import braced
from matdiff.reader.latex.documents import Chain, read_chains
from matdiff.reader.latex.indices import BOLD
from matdiff.reader.latex.lexer import Lexer
from matdiff.reader.latex.names import LETTERS
from matdiff.reader.latex.statements import Statements
from matdiff.reader.math import read
from matdiff.reader.names import KINDS, default_kind
from matdiff.reader.syntax import Declaration, Node, Program, postorder
from matdiff.sizes import ONE, Size, fixed, named

ATTEMPTS, A_ROUND = 48, 6
"""So many other kinds are tried, and so many before the best of them is taken."""
MOST_READ = 3_000
"""So many formulas are read again for that."""
MOST_FORMULAS = 300
INDICES = frozenset("ijklt")
LOSS = "by the derivatives that are taken of it"
_OBJECTIVES = frozenset({"f", "g", "l", "ell", "loss", "cost", "E", "F", "J", "L"})
"""Undeclared names that stand for the objective of a model block."""
OTHERS = {"scalar": ("vector", "matrix"), "vector": ("scalar", "matrix"), "matrix": ("vector", "scalar")}


@dataclass
class Guess:
    """One name: its kind, its sizes where they are told or found, and how that was told."""

    name: str
    kind: str
    sizes: tuple[str, ...] = ()
    how: str = ""
    sure: bool = False

    @property
    def told(self) -> bool:
        """Whether the document says it in so many words."""
        return self.how.startswith(("by the set", "by the words", "by its use as an end"))

    @property
    def declaration(self) -> str:
        wanted = KINDS[self.kind]
        sizes = f"({', '.join(self.sizes)})" if len(self.sizes) == wanted and wanted else ""
        return f"{self.name}: {self.kind}{sizes}"


def guess_names(document: Document, section: int = 0) -> list[Guess]:
    """The names that the formulas use where the blocks of a section hold, and these do not declare."""
    return Inference(document, section).run()


def program_of(found: Sequence[Guess]) -> str:
    """The declarations as a model block has them."""
    return "\n".join(one.declaration for one in found)


_NAME = r"(?:\$|\\\()?\s*(?P<name>(?:\\[a-z]+\s*)?\{?\\?[A-Za-z]+\}?(?:_\{?\w+\}?)?)\s*(?:\$|\\\))?"
_BY = r"(?:\\times|×|by|-by-|x|乘)"
_SIZES = rf"(?:\$|\\\()?\s*(?P<m>[A-Za-z]\w*|\d+)\s*{_BY}\s*(?P<n>[A-Za-z]\w*|\d+)\s*(?:\$|\\\))?"
_LENGTH = r"(?:\$|\\\()?\s*(?P<n>[A-Za-z]|\d+)\s*(?:\$|\\\))?"
_KIND = r"(?:real|square|given|known|constant|fixed|unknown|random|invertible|positive[- ](?:semi)?definite|spd)?\s*"
_IS = r"\s*(?:is|be|are|denotes?|denoting|represents?|为|是|表示)\s*(?:an?\s+|the\s+|一个)?\s*"
_FORM = "symmetric|diagonal|orthogonal|对称|对角|正交"
_SAID = [
    (rf"{_NAME}{_IS}{_KIND}{_SIZES}\s*{_KIND}(?P<what>{_FORM})?\s*(?:的)?(?:matrix|矩阵)", "matrix"),
    (rf"{_NAME}{_IS}{_KIND}(?P<what>{_FORM})\s*{_KIND}(?:matrix|矩阵)", "matrix"),
    (rf"{_SIZES}\s*(?:的)?(?:matrix|矩阵)\s*{_NAME}", "matrix"),
    (rf"\b(?P<what>symmetric|diagonal|orthogonal)\s+{_KIND}matrix\s+{_NAME}", "matrix"),
    (rf"{_NAME}{_IS}{_KIND}(?:column\s+)?vector\s+(?:of|with)\s+(?:length|dimension|size)\s+{_LENGTH}", "vector"),
    (rf"{_NAME}{_IS}{_KIND}{_LENGTH}[\s-]*(?:dimensional|维)\s*(?:column\s+)?(?:vector|向量)", "vector"),
    (rf"{_NAME}{_IS}{_KIND}(?:column\s+|列)?(?:vector|向量)", "vector"),
    (rf"(?:\bvector|向量)\s*{_NAME}", "vector"),
    (rf"{_NAME}{_IS}{_KIND}(?:scalar|number|标量)", "scalar"),
    (rf"(?:\bscalar|\bconstant|标量|常数)\s*{_NAME}", "scalar"),
    (rf"(?:\bmatrix|矩阵)\s*{_NAME}", "matrix"),
]
_WHAT = {"symmetric": "symmetric", "对称": "symmetric", "diagonal": "diagonal", "对角": "diagonal"}
_WHAT |= {"orthogonal": "orthogonal", "正交": "orthogonal"}
_PATTERNS = [(re.compile(pattern), kind) for pattern, kind in _SAID]


def said(words: str) -> Iterator[Guess]:
    """What words tell of names: only names that stand in formulas, or are one capital letter."""
    for pattern, kind in _PATTERNS:
        for found in pattern.finditer(words):
            groups = found.groupdict()
            written = found[0]
            if "$" not in written and r"\(" not in written:
                continue
            name = plain(groups["name"])
            what = _WHAT.get((groups.get("what") or "").strip(), kind)
            told = [size for size in (groups.get("m"), groups.get("n")) if size]
            if what in ("symmetric", "diagonal", "orthogonal"):
                told = told[:1]
            yield Guess(name, what, tuple(told), f"by the words {' '.join(written.split())!r}", True)


_NAMES = r"\s*(?:\\?[A-Za-z]+|\\\w+\s*\{\\?\w+\})(?:_\w|_\{\w+\}|\^\w|\^\{[^{}]*\})?\s*"
UNKNOWN = re.compile(rf"{_NAMES}\({_NAMES}(?:,{_NAMES})+\)\s*")
"""``\\ell(o, y)``, the value of an unknown function of names."""


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
    density: bool = False
    """Whether there is a bar between those brackets."""


class Inference:
    """Finds the names of one document and what they are."""

    def __init__(self, document: Document, section: int) -> None:
        self.document = document
        self.section = section
        blocks = document.blocks(section)
        self.base = Elaborator([read(document.model(blocks))]).model() if blocks else None
        self.known: dict[str, str] = {}
        if self.base is not None:
            self.known |= {name: str(node.data[1]) for name, node in self.base.variables.items()}
            self.known |= dict.fromkeys(self.base.definitions, "definition") | dict.fromkeys(self.base.dims, "dim")
            self.known |= dict.fromkeys(self.base.functions, "function")
        own = [block.start for block in blocks]
        self.formulas = [
            formula
            for formula in document.formulas
            if formula.notation == "latex"
            and not formula.skipped
            and [block.start for block in document.blocks(formula.section)] == own
        ][:MOST_FORMULAS]
        self.functions = functions_of(document.text, self.formulas, self.known)
        self.known |= self.functions.names
        self.found: dict[str, Guess] = {}
        self.uses: dict[str, Uses] = {}
        self.defined: set[str] = set()
        self.dims: set[str] = set()
        self.bound: set[str] = set()
        """What the sums of the formulas run over."""
        self.together: list[list[Symbol]] = []
        """The names of each formula."""
        self.exponential = False
        """Whether e is the base of a power."""
        self.bases: set[str] = set()
        """Letters that stand with an index that a sum binds."""
        self.members: set[str] = set()
        """Names that stand with indices only."""

    def run(self) -> list[Guess]:
        for formula in self.formulas:
            with suppress(MatdiffError):
                self.scan(formula)
        for one in said(self.document.prose(0, len(self.document.text))) if self.uses else ():
            if one.name in self.uses and one.name not in self.known:
                self.found.setdefault(one.name, one)
        self.dims |= {size for one in self.found.values() for size in one.sizes if size.isidentifier()}
        self.find_families()
        for name, uses in self.uses.items():
            if name not in self.found and name not in self.known and name not in self.dims | self.defined:
                guess = self.guess(name, uses)
                if guess is not None:
                    self.found[name] = guess
        for name in self.dims:
            self.found.pop(name, None)
        met = {*self.uses, *self.members}
        self.found = {name: one for name, one in self.found.items() if name in met and name not in self.known}
        if not self.found:
            return []
        with suppress(MatdiffError):
            self.settle()
        dims = [Guess(name, "dim", (), "by its use as an end or a size", True) for name in sorted(self.dims)]
        return [one for one in dims if one.name not in self.known] + list(self.found.values())

    def find_families(self) -> None:
        r"""What ``x_i`` and ``x^{(i)}`` are members of: a vector, or the rows of a matrix with the capital letter."""
        self.bases.update(uses.symbol.base for uses in self.uses.values() if self.indices_of(uses.symbol))
        for symbols in self.together:
            met = {letter for symbol in symbols if symbol.base in self.bases for letter in "".join(symbol.parts)}
            for symbol in symbols:  # p_i beside s_i, which has members
                if symbol.parts and len(symbol.base) == 1 and set("".join(symbol.parts)) <= met & {*INDICES}:
                    self.bases.add(symbol.base)
        depths: dict[str, int] = {}
        vectors: set[str] = set()
        for name, uses in self.uses.items():
            count = self.indices_of(uses.symbol)
            if count and name not in self.known:
                base = uses.symbol.base
                depths[base] = max(depths.get(base, 0), count)
                if uses.turned or uses.normed or uses.bold == uses.count:
                    vectors.add(base)
        for base, depth in depths.items():
            if self.known.get(base.upper()) in ("matrix", "onehot", "labels") or (base == "e" and self.exponential):
                continue
            rows = base[:1].islower() and (len(base) == 1 or base in LETTERS) and (depth > 1 or base in vectors)
            plain = self.uses.get(base)
            if plain is not None and plain.count <= plain.listed_in and base not in self.found:
                del self.uses[base]  # J(r, \\mu), and r_{ik} everywhere else
            name = base.upper() if rows else base
            matrix = rows or depth > 1 or base[:1].isupper()
            if name not in self.known and name not in self.defined and (rows or base not in self.found):
                self.found.setdefault(
                    name, Guess(name, "matrix" if matrix else "vector", (), "by its members", name not in self.uses)
                )
                self.members.add(name)

    def indices_of(self, symbol: Symbol) -> int:
        """How many indices a name carries, each bound by a sum somewhere; none where it is a name of its own."""
        letters = "".join(symbol.parts)
        fixed = symbol.base in ("d", "n", "N", "D", "delta") or letters.isdigit() or len(letters) > 2
        bound = self.bound.issuperset(letters) or (symbol.base in self.bases and set(letters) <= {*INDICES, *"mnpqrs"})
        return len(letters) if letters and bound and not fixed else 0

    # what is written

    def scan(self, formula: Formula) -> None:
        """The names of a formula and how they are used; what it declares."""
        source, known = self.document.text, self.functions.parameters | self.known
        tokens = Lexer(source, known, formula.start, formula.end, tolerant=True).run()
        if any(token.type == "IN" for token in tokens):
            for one in Statements(source, known).declared(tokens):
                if isinstance(one, Declaration):
                    self.declared(one)
        if not any(token.type == "EQUAL" for token in tokens):
            return
        inside, norms = False, 0
        self.together.append([t.value for t in tokens if t.type == "NAME" and isinstance(t.value, Symbol)])
        derived, arguments = operands(tokens), self.arguments(tokens)
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
            if word_at(source, token.start):
                continue
            name = str(token.value)
            if name not in self.uses and self.heads(tokens, k) and not self.unknown_value(tokens, k, formula.end):
                self.defined.add(name)
            uses = self.uses.setdefault(name, Uses(token.value))
            before = tokens[k - 1].type if k else ""
            uses.count += 1
            uses.normed += norms > 0
            uses.below += self.divides(tokens, k)
            uses.derived += k in derived
            uses.listed_in += k in arguments
            primed = following[:2] == ["TRANSPOSE", "LPAR"] and source[token.end : token.end + 1] == "'"
            uses.bold += source.startswith(BOLD, token.start)
            uses.called += primed or (following[:1] == ["LPAR"] and tokens[k + 1].start == token.end)
            uses.density = uses.density or (following[:1] == ["LPAR"] and self.has_bar(tokens, k + 1))
            uses.listed += following[:1] == ["LPAR"] and self.lists(tokens, k + 1)
            uses.turned += not primed and (
                following[:1] == ["TRANSPOSE"] or (before == "TRANSPOSE" and token.value.base[:1].islower())
            )

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
        return str(tokens[k].value) in LOSSES and bool(UNKNOWN.fullmatch(self.document.text[tokens[equal].end : last]))

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
        return kinds.count("LBAR") + kinds.count("BAD") == 1 and "RBAR" not in kinds

    @staticmethod
    def lists(tokens: Sequence[Token], k: int) -> bool:
        """Whether the brackets that open at a token hold nothing but names."""
        close = next((n for n in range(k, len(tokens)) if tokens[n].type == "RPAR"), k)
        inside = tokens[k + 1 : close]
        return bool(inside) and all(token.type in ("NAME", "COMMA", "LBAR") for token in inside)

    def declared(self, one: Declaration) -> None:
        sizes = [str(node.value) for node in one.sizes or [] if node.kind in ("name", "number")]
        for name in one.names:
            kind = str(one.kind.value)
            found = Guess(name.value, kind, tuple(sizes), "by the set it is in", True)
            self.found.setdefault(name.value, found)

    def guess(self, name: str, uses: Uses) -> Guess | None:
        """The kind of a name by how it is used, its font and its letter; None where it is an entry or no name."""
        symbol = uses.symbol
        if (
            self.indices_of(symbol)
            or self.is_entry(symbol)
            or uses.density
            or (name in (*INDICES, "d") and not uses.bold)
        ):
            return None
        base = symbol.base.split("_")[0]
        if name in LOSSES and uses.derived and not uses.turned:
            return None if uses.derived == uses.count else Guess(name, "scalar", (), LOSS, True)
        if symbol.base in LOSSES and any(len(part) > 2 and part.isalpha() for part in symbol.parts):
            return Guess(name, "scalar", (), LOSS, True)  # L_{reg}
        if self.base is not None and self.base.objective is not None and name in _OBJECTIVES and not uses.bold:
            return None
        values = uses.listed == uses.called  # f(x) is a value, \\sigma(z) is not
        if 2 * uses.called >= max(uses.count, 1) and (base in LETTERS or (base in ("f", "g", "h", "s") and not values)):
            return Guess(name, "function", (), "by its use as a function", True)
        if uses.called == uses.count and symbol.parts and not uses.density:
            return Guess(name, "function", (), "by its use as a function", True)  # h_\\theta(x)
        if base not in LETTERS and len(base) > 1:
            return None
        if uses.bold == uses.count:
            kind = "matrix" if base[:1].isupper() else "vector"
            return Guess(name, kind, (), "by its bold letter", True)
        if uses.below and not uses.turned:
            return Guess(name, "scalar", (), "by its place below a line", True)
        if uses.turned and base[:1].islower():
            return Guess(name, "vector", (), "by its use as a vector")
        if base in LETTERS:
            kind = "matrix" if base[:1].isupper() else "scalar"
            return Guess(name, kind, (), "by its Greek letter")
        return Guess(name, default_kind(base) or "scalar", (), "by its letter")

    def is_entry(self, symbol: Symbol) -> bool:
        """Whether a name is an entry or a row of another one, or a sign of a derivative, ``D_x``."""
        letters = set("".join(symbol.parts))
        names = {*self.uses, *self.known}
        if (
            symbol.base == "D"
            and symbol.parts
            and "".join(symbol.parts).replace("_", "") in {name.replace("_", "") for name in names}
        ):
            return True
        if symbol.parts and any(f"{symbol.base}{bar}{n}" in self.known for bar in ("_", "") for n in (0, 1, 2)):
            return True  # a step of s_0, s_1, …
        if not letters or not letters <= {*"ijklmnt", ":"}:
            return False
        return symbol.base in names or (letters <= INDICES and symbol.base.upper() in names)

    # sizes and kinds that fit

    def settle(self) -> None:
        """The kinds with which most formulas fit, and the sizes that these tell."""
        kinds = {name: one.kind for name, one in self.found.items()}
        best = Fit(self, kinds)
        if best.late:
            other = Fit(self, {**kinds, **best.late})
            best = other if other.score >= best.score else best
        if best.misfits:  # z = w x + b, where all are numbers
            numbers = {name for name, one in self.found.items() if one.kind == "vector" and not one.sure}
            other = Fit(self, {**best.kinds, **dict.fromkeys(numbers, "scalar")})
            best = other if other.score > best.score + 1 else best
        left = min(ATTEMPTS, MOST_READ // max(1, len(self.formulas)))
        tried: set[tuple[str, str]] = set()
        while left > 0:
            often = Counter(name for names in best.misfits for name in names)
            changes = [
                (name, kind)
                for name, _ in often.most_common()
                if name in self.found and not self.found[name].sure
                for kind in OTHERS.get(best.kinds[name], ())
                if (name, kind) not in tried
            ][: min(left, A_ROUND)]
            if not changes:
                break
            left -= len(changes)
            tried.update(changes)
            found = max((self.with_change(best, *change) for change in changes), key=lambda fit: fit.score)
            if found.score > best.score:
                best, tried = found, set()
        for name, kind in best.kinds.items():
            if kind != self.found[name].kind:
                self.found[name] = Guess(name, kind, (), "by the formulas that it stands in")
        best.name_sizes(self.found, {*self.known, *self.uses, *self.dims, *self.found})

    def with_change(self, fit: Fit, name: str, kind: str) -> Fit:
        """The formulas with another kind of a name; y and \\hat{y} are of one kind."""
        alike = [n for n in fit.kinds if n.split("_")[0] == name.split("_")[0] and not self.found[n].sure]
        return Fit(self, {**fit.kinds, **dict.fromkeys(alike, kind)})


@dataclass
class Fit:
    """The formulas with names of some kinds: which fit, and the sizes."""

    inference: Inference
    kinds: dict[str, str]
    misfits: list[list[str]] = field(default_factory=list)
    """Of each chain that does not fit its names, those that stand in it seldom first."""
    score: int = 0
    late: dict[str, str] = field(default_factory=dict)
    """The kinds that names have where they are defined, below their first use."""

    def __post_init__(self) -> None:
        inference = self.inference
        self.reader = Elaborator([Program(inference.document.text, [])])
        self.reader.kinds = {**self.reader.kinds, "derivative": self.derivative, "free": free}
        self.reader.user_functions.update(inference.functions.entrywise)
        names = self.reader.names
        if inference.base is not None:
            names.scope.update({**inference.base.variables, **inference.base.definitions})
            names.functions.update(dict.fromkeys(inference.base.functions))  # type: ignore[arg-type]
        dims = {*inference.dims, *(inference.base.dims if inference.base is not None else ())}
        names.scope.update({name: E.dim(named(name)) for name in dims})
        for name, kind in self.kinds.items():
            if kind == "function":
                names.functions[name] = None  # type: ignore[assignment]
                continue
            told = inference.found[name].sizes if inference.found[name].kind == kind else ()
            sizes = [named(size) if size.isidentifier() else fixed(int(size)) for size in told]
            if kind == "scalar" and not inference.found[name].sure:
                names.defaulted[name] = kind  # it is not added to every entry of something
            names.add_variable(name, kind, names.shape_of(kind, sizes if len(sizes) == KINDS[kind] else []))
        self.known = inference.functions.parameters | inference.known | dict.fromkeys(dims, "dim") | self.kinds
        for formula in inference.formulas:
            with suppress(MatdiffError):
                for chain in self.chains(formula):
                    self.take(chain)

    def chains(self, formula: Formula) -> list[Chain]:
        text, (start, end) = self.inference.document.text, (formula.start, formula.end)
        written = without_frames(text[start:end], "latex")
        written = without_arguments(written, self.reader.names.scope, "f", self.inference.functions.names)
        text = f"{text[:start]}{written}{text[end:]}" if written != text[start:end] else text
        return read_chains(text, self.known, start, end)

    def take(self, chain: Chain) -> None:
        """Read a chain: its sides have one size."""
        unifier = self.reader.unifier
        kept = dict(unifier.bound), dict(unifier.ends), dict(unifier.origin), list(unifier.pending)
        functions = self.inference.functions
        if chain.members and functions.defines(chain.members[0].node):
            return
        nodes = [functions.expanded(member.node) for member in chain.members if member.node is not None]
        self.reader.names.scope.pop(WEIGHTS, None)
        try:
            first = chain.members[0] if chain.members and not chain.continues else None
            new = (
                first is not None and first.node is not None and first.node.kind == "name" and chain.signs[:1] == ["="]
            )
            name = str(first.node.value) if new and first is not None and first.node is not None else ""
            new = new and name not in self.reader.names.scope and name in self.inference.defined
            built = [self.reader.build.resolved(self.reader.expression(node)) for node in nodes[new:]]
            for one in built[1:]:
                shapes = self.reader.build.shape(built[0]), self.reader.build.shape(one)
                if not all(unifier.unify(a, b) for a, b in zip(*shapes, strict=True)):
                    raise SizeConflict
            for member in chain.members:
                if member.claim is not None:
                    value = self.derivative(self.reader, Node("derivative", member.claim), [])
                    shape = self.reader.build.shape(built[0]) if built else value.shape
                    number = built and built[0].op == "number" and built[0].data == 0
                    if not number and not all(unifier.unify(a, b) for a, b in zip(value.shape, shape, strict=True)):
                        raise SizeConflict
            if new and built:
                self.reader.names.scope[name] = E.define(name, built[0])
            self.score += 1
        except (MatdiffError, SizeConflict):
            unifier.bound, unifier.ends, unifier.origin, unifier.pending = kept
            self.defined_late(chain)
            counts = Counter(n.value for node in nodes for n in postorder(node) if n.kind == "name")
            if all(member.error is None for member in chain.members):
                self.misfits.append(sorted(counts, key=lambda name: (counts[name], str(name))))

    def defined_late(self, chain: Chain) -> None:
        """The kind of a name by what a chain says that it is."""
        if chain.continues or len(chain.members) < 2 or chain.signs[0] != "=":
            return
        head, body = (member.node for member in chain.members[:2])
        name = str(head.value) if head is not None and head.kind == "name" else ""
        one = self.inference.found.get(name)
        if body is None or one is None or one.sure or one.kind == "function":
            return
        with suppress(MatdiffError, SizeConflict):
            rows, cols = self.reader.build.shape(self.reader.build.resolved(self.reader.expression(body)))
            self.late[name] = "scalar" if rows is ONE is cols else "vector" if cols is ONE else "matrix"

    def derivative(self, reader: Context, node: Node, args: list[Expr]) -> Expr:
        """A derivative by its size alone: that of the variable."""
        claim = node.value
        if len(claim.wrt) != 1 or claim.kind == "hessian":
            raise UnsupportedError("only the sizes of first derivatives are taken")
        variable = reader.names.scope.get(claim.wrt[0].value)
        if variable is None:
            raise UnsupportedError("the variable is not known")
        if claim.of is not None and claim.of.kind != "name":
            of = self.reader.build.resolved(self.reader.expression(claim.of))
            if not of.is_scalar:
                raise UnsupportedError("only the sizes of gradients are taken")
        elif claim.of is not None:
            known = reader.names.scope.get(claim.of.value)
            if known is not None and not known.is_scalar:
                raise UnsupportedError("only the sizes of gradients are taken")
        rows, cols = variable.shape if claim.kind == "gradient" else variable.shape[::-1]
        return E.variable(f"gradient of {claim.wrt[0].value}", (rows, cols), "matrix")

    def name_sizes(self, found: dict[str, Guess], taken: set[str]) -> None:
        """Names for the sizes that were left open, the same for the same one."""
        self.reader.unifier.settle()
        nice = (name for name in ("n", "d", "m", "p", "q", "k", "r", "s", *(f"n{j}" for j in range(1, 99))))
        fresh = (name for name in nice if name not in taken)
        made: dict[str, Size] = {}
        for name, one in found.items():
            if one.kind == "function":
                continue
            variable = self.reader.names.scope[name]
            sizes = []
            for size in variable.shape[: 1 if KINDS[one.kind] < 2 else 2]:
                size = self.reader.unifier.resolve(size)
                for part in size.names:
                    if part.startswith("?") and part not in made:
                        made[part] = named(next(fresh))
                sizes.append(str(size.substitute(made)))
            one.sizes = tuple(sizes[::-1][:1][::-1] if one.kind == "row" else sizes[: KINDS[one.kind]])
