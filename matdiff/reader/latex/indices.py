r"""Indices: what a ``\sum_i`` reaches over, and which names below it are entries or rows.

``x_i`` below a sum over i is an entry of x; of a declared matrix X it is row i, as a column. Where neither x nor X is
declared, x is a vector by its letter, unless ``x_i`` stands where only a vector can: bold, transposed, behind a
transpose or a matrix, inside a norm or an inner product. It is then row i of X.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matdiff.errors import DeclarationError, MatdiffError, ParseError, Place, UnsupportedError
from matdiff.model import CONSTANT_KINDS, STRUCTURED_KINDS
from matdiff.reader.latex.core import DefinedMatrix, Symbol
from matdiff.reader.latex.names import capital
from matdiff.reader.latex.words import ONES
from matdiff.reader.names import default_kind
from matdiff.reader.syntax import Node, postorder

_MATRICES = frozenset({"matrix", *CONSTANT_KINDS, *STRUCTURED_KINDS})
BOLD = ("{\\bf", "\\bf", *(f"\\{font}" for font in sorted(ONES | {"mathbfit", "symbfit"} - {"mathbb"})))
_SUMS = frozenset({"+", "-"})
SURE, LIKELY, PART = "sure", "likely", "part"
"""How a place asks for a vector; the left part of a longer product does not."""
_DEEPEST = 40
"""As many sums and factors are looked into for the sum that a term belongs to."""


def has_rows(kind: str | None) -> bool:
    """Whether a name of a kind is a matrix, the rows of which the small letter names."""
    return kind in _MATRICES or isinstance(kind, DefinedMatrix)


def bind(root: Node, source: str, known: Mapping[str, str]) -> None:
    r"""Give the sums their terms and the names their entries; what has an index and no sum is refused."""
    nodes = list(postorder(root))
    indices = frozenset(letter for node in nodes if node.kind in ("reduction", "free") for letter in node.value)
    scope = Scope(root, source, known, indices)
    if indices:
        scope.reach(nodes)
        scope.find_columns()
    scope.bind()


class Scope:
    """One expression, with all indices of its sums."""

    def __init__(self, root: Node, source: str, known: Mapping[str, str], indices: frozenset[str]) -> None:
        self.root = root
        self.source = source
        self.known = known
        self.indices = indices
        self.free: dict[int, frozenset[str]] = {}
        """The indices in each node that no sum inside of it binds."""
        self.columns: set[str] = set()
        """Undeclared letters whose entries are vectors: rows of the matrix with the capital letter."""
        self.bases: set[str] = set()
        """Names that have entries."""

    def wrong(self, message: str, node: Node, kind: type[MatdiffError] = ParseError) -> MatdiffError:
        return kind(message, Place(self.source, node.start, node.end))

    def letters(self, node: Node) -> frozenset[str]:
        """The indices that a name or an entry carries itself."""
        if node.kind == "entry":
            parts = node.value
        elif node.kind == "name" and isinstance(node.value, Symbol) and node.value not in self.known:
            parts = node.value.parts
        else:
            return frozenset()
        return frozenset(letter for part in parts if self.indices.issuperset(part) for letter in part)

    # the terms of a sum

    def reach(self, nodes: list[Node]) -> None:
        r"""``\sum_i a_i + b_i``: a sum reaches over the terms after it that carry its index."""
        for node in nodes:
            carried = self.letters(node).union(*(self.free[id(child)] for child in node.children))
            if node.kind == "reduction":
                carried -= set(node.value)
            elif node.kind == "binary" and node.value in _SUMS and self.free[id(node.children[1])]:
                carried -= self.taken(node)
            self.free[id(node)] = carried

    def taken(self, node: Node) -> frozenset[str]:
        """Move the right operand of a sum of two into the open sum on the left; gives the indices it binds."""
        left, right = node.children
        carried = self.free[id(right)]
        path = list(self.open_end(left))
        sums = [k for k, part in enumerate(path) if part.kind == "reduction"]
        last = max((k for k in sums if carried & set(path[k].value)), default=-1)
        if last < 0:
            return frozenset()
        body, *upper = path[last].children
        path[last].children = (Node("binary", node.value, (body, right), body.start, right.end), *upper)
        for part in path[: last + 1]:
            part.end = right.end
        node.kind, node.value, node.children, node.end = left.kind, left.value, left.children, right.end
        return frozenset(letter for k in sums if k <= last for letter in path[k].value)

    @staticmethod
    def open_end(node: Node) -> Iterator[Node]:
        """From a node to what stands last in it, as far as no bracket closes."""
        for _ in range(_DEEPEST):
            inner = {"reduction": 0, "negate": 0, "binary": 1}.get(node.kind)
            if inner is None or node.value == "/" or node.children[inner].end != node.end:
                return
            yield node
            node = node.children[inner]

    # vectors by their place

    def find_columns(self) -> None:
        """Undeclared letters with an index that stand where only a vector can."""
        products = self.inner_products()
        stack = [(self.root, "")]
        while stack:
            node, wanted = stack.pop()
            if node.kind == "name":
                self.column(node, wanted)
            if node.kind == "binary" and node.value == "*":
                left, right = node.children
                self.outer_or_dotted(left, right, wanted != PART)
            match node.kind, node.value:
                case ("transpose", _) | ("call", "inner" | "norm1" | "norm2"):
                    wants = [SURE] * len(node.children)
                case ("binary", "+" | "-") | ("negate", _):
                    wants = ["" if wanted == PART else wanted] * len(node.children)
                case "binary", "*":
                    wants = [PART, self.asks(last_factor(node.children[0]))]
                case _:
                    wants = [""] * len(node.children)
            wants = ["" if id(child) in products else want for child, want in zip(node.children, wants, strict=True)]
            stack.extend(zip(node.children, wants, strict=True))

    def inner_products(self) -> set[int]:
        """The products ``x^T y``, and the sums that hold one."""
        found: set[int] = set()
        rows: set[int] = set()
        for node in postorder(self.root):
            if node.is_transpose and not self.is_matrix(node.children[0]):
                rows.add(id(node))
            elif node.kind == "binary" and node.value == "*":
                left, right = node.children
                if id(left) in rows and not right.is_transpose and not self.is_matrix(right):
                    found.add(id(node))
                if id(left) in rows or id(right) in rows:
                    rows.add(id(node))
            elif node.kind == "negate" or (node.kind == "binary" and node.value in _SUMS):
                found |= {id(node)} if any(id(child) in found for child in node.children) else set()
        return found

    def outer_or_dotted(self, left: Node, right: Node, whole: bool) -> None:
        r"""``x_i y_i^\top`` that ends a product, and ``w \cdot x_i`` beside a vector: both are of vectors."""
        last = last_factor(left)
        outer = whole and right.is_transpose and bool(self.free.get(id(right)))
        dotted = self.source[left.end : right.start].strip() in (r"\cdot", "·")
        if last.kind == "name" and (outer or (dotted and self.is_vector(right))):
            self.column(last, LIKELY)
        if right.kind == "name" and dotted and self.is_vector(last):
            self.column(right, LIKELY)

    def is_vector(self, node: Node) -> bool:
        if node.kind != "name" or self.free.get(id(node)):
            return False
        return (self.known.get(node.value) or default_kind(node.value)) == "vector"

    def asks(self, node: Node) -> str:
        """Whether a factor has to be followed by a vector: a transpose, or a matrix; ``x_i^T`` may be by a number."""
        if node.is_transpose and not self.is_matrix(node.children[0]):
            return LIKELY if self.free.get(id(node)) else SURE
        return LIKELY if node.is_transpose or self.is_matrix(node) else ""

    def is_matrix(self, node: Node) -> bool:
        """Whether this is the name of a matrix, or its inverse."""
        while node.kind == "inverse":
            node = node.children[0]
        if node.kind != "name" or self.free.get(id(node)):
            return False
        return (self.known.get(node.value) or default_kind(node.value)) in _MATRICES

    def column(self, node: Node, wanted: str) -> None:
        if not self.letters(node):
            return
        symbol: Symbol = node.value
        two = self.indices.issuperset("".join(symbol.parts)) and len("".join(symbol.parts)) == 2
        bold = self.source.startswith(BOLD, node.start)
        one = (wanted in (SURE, LIKELY) or bold) and len(symbol.parts) == 1 == len(symbol.parts[0])
        if not (one or two):
            return
        base = symbol.base
        if self.known.get(base) == "vector" and wanted == SURE and one and self.known.get(capital(base)) in _MATRICES:
            self.columns.add(base)
            return
        if self.known.get(base) == "vector" and wanted == SURE and one:
            raise self.wrong(
                f"{base} is a vector, so that {symbol} is a number, yet it stands where a vector does: declare"
                f" {capital(base)}: matrix(n, d), the rows of which are the {symbol}",
                node,
            )
        if base not in self.known and capital(base) not in self.known and default_kind(base) and base.islower():
            self.columns.add(base)

    # entries

    def bind(self) -> None:
        stack: list[tuple[Node, frozenset[str]]] = [(self.root, frozenset())]
        names: list[Node] = []
        while stack:
            node, indices = stack.pop()
            if node.kind in ("reduction", "free"):
                body, *upper = node.children
                stack.append((body, indices | set(node.value)))
                stack.extend((child, indices) for child in upper)
                continue
            if node.kind == "name" and isinstance(node.value, Symbol):
                self.bind_name(node, indices)
                if node.kind == "name":
                    names.append(node)
            if node.is_transpose or node.kind == "inverse":
                self.check_script(node)
            if node.kind == "entry":
                self.bind_entry(node, indices)
            stack.extend((child, indices) for child in node.children)
        for node in names:
            self.check_name(node)

    def bind_name(self, node: Node, indices: frozenset[str]) -> None:
        symbol: Symbol = node.value
        parts = symbol.parts
        letters = tuple("".join(parts))
        if symbol.base == "delta" and len(letters) == 2 and indices.issuperset(letters) and not self.knows(symbol):
            of = Node("name", "I", (), node.start, node.end)  # Kronecker's
            node.kind, node.value, node.children = "entry", letters, (of,)
            return
        if symbol in indices:
            raise self.wrong(f"the index {symbol} stands below names only; here it is a number", node, UnsupportedError)
        if ":" not in parts and (symbol in self.known or not indices or not parts):
            return
        if len(parts) == 1 and parts[0] not in indices and indices.issuperset(parts[0]):
            parts = tuple(parts[0])
        fixed = 0
        while fixed < len(parts) and parts[fixed] not in indices and parts[fixed] != ":":
            fixed += 1
        entries = parts[fixed:]
        if not entries or any(part not in indices and part != ":" for part in entries):
            return
        base = "_".join([symbol.base, *parts[:fixed]])
        matrix = capital(base)
        rows = base in self.columns or (base not in self.known and has_rows(self.known.get(matrix)))
        if not rows and self.by_letter(base) and self.known.get(matrix) != "vector":
            raise self.scalar_letter(base, "has entries", node)
        large = rows or (base not in self.known and self.known.get(matrix) == "vector")  # y_i of a vector Y
        self.bases |= {base, matrix} if large else {base}
        of = Node("name", matrix if large else base, (), node.start, node.end)
        node.kind, node.value, node.children = "entry", entries, (of,)
        if rows and len(entries) == 1:  # x_i of a matrix X is its row i as a column
            inner = Node("entry", entries, (of,), node.start, node.end)
            node.become(inner.transposed())

    def knows(self, symbol: Symbol) -> bool:
        return symbol in self.known or symbol.base in self.known

    def check_script(self, node: Node) -> None:
        """Refuse a transpose or an inverse that has two meanings, or none."""
        (of,) = node.children
        if of.kind != "name" or not isinstance(of.value, Symbol):
            return
        if len(self.letters(of)) == 2:
            raise self.wrong(
                f"it is not clear whether the script belongs to {of.value.base} or to its entry: put brackets round"
                f" {of.value.base} with its script, or round the entry",
                node,
            )
        if node.is_transpose and self.by_letter(of.value) and not self.letters(of):
            raise self.scalar_letter(of.value, "is transposed", of)

    def by_letter(self, name: str) -> bool:
        """Whether a name is a scalar by its letter."""
        return name not in self.known and default_kind(name) == "scalar"

    def scalar_letter(self, name: str, use: str, node: Node) -> MatdiffError:
        reason = f"{name} is a scalar by its letter (undeclared, a to g), yet it {use}"
        return self.wrong(f"{reason}: declare it, as in {name}: vector(n)", node, DeclarationError)

    def bind_entry(self, node: Node, indices: frozenset[str]) -> None:
        outside = [part for part in node.value if part != ":" and part not in indices]
        if not outside:
            return
        if not all(indices.issuperset(part) for part in outside):
            raise self.wrong(
                rf"there is no indexing: entries are written below a \sum over their index, and {outside[0]} is none",
                node,
                UnsupportedError,
            )
        node.value = tuple(letter for part in node.value for letter in part)

    def check_name(self, node: Node) -> None:
        """Refuse an undeclared name that looks like an entry; the others become plain names."""
        symbol: Symbol = node.value
        node.value = str(symbol)
        if symbol in self.known:
            return
        if capital(symbol) in self.columns_above:
            raise self.wrong(
                f"{symbol} stands here beside {symbol.lower()} with an index, which is its row: declare"
                f" {symbol}: matrix(n, d), if so",
                node,
            )
        below = "".join(symbol.parts)
        if symbol.base == "e" and below and self.source.startswith(BOLD, node.start):
            raise self.wrong(f"unit vectors are not known: declare {symbol}: vector(n)", node, DeclarationError)
        looks = bool(below) and all(letter in "ijkl:" or letter.isdigit() for letter in below)
        looks = looks and (not below.isdigit() or len(symbol.parts) > 1)  # X_1 is a name, X_{1,2} an entry
        if (looks and symbol.base in {*self.known, *self.bases}) or any(map(self.indices.issuperset, symbol.parts)):
            known = symbol.base in self.known
            reason = f"is not declared, but {symbol.base} is" if known else "stands outside of its sum"
            raise self.wrong(
                rf"{symbol} {reason}: there is no indexing, entries are written below a \sum over their index",
                node,
                UnsupportedError,
            )

    @property
    def columns_above(self) -> set[str]:
        return {capital(base) for base in self.columns}


def last_factor(node: Node) -> Node:
    """What stands last in a product."""
    while node.kind == "binary" and node.value == "*":
        node = node.children[1]
    return node
