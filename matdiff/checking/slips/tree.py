"""A formula as a tree that edits are made on: its nodes, their texts, and what stands above them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from matdiff.checking.slips.spelling import Spelling, is_group
from matdiff.reader.syntax import Node, postorder
from matdiff.sizes import ONE, Shape, Size

PRODUCTS = frozenset({"*", ".*", "/", "./", "⊗"})
SUMS = frozenset({"+", "-"})
POWERS = frozenset({"^", ".^"})

SUM, PRODUCT, FACTOR, ATOM = range(4)
"""How tightly a text holds together."""

Splice = tuple[int, int, str]


@dataclass(frozen=True)
class Edit:
    """One change: nodes in place of nodes, and the same in the text. Without nodes the text is read again."""

    splices: tuple[Splice, ...]
    words: str
    new: Mapping[int, Node] | None = None


Edits = Iterator[Edit]


@dataclass(frozen=True)
class Chain:
    """The operands of nested uses of signs of one level, which the text writes without brackets between."""

    top: Node
    operands: list[Node]
    signs: list[str]


@dataclass
class Tree:
    """One side of a link. ``shape`` tells the size of a node's value, where it has one."""

    root: Node
    source: str
    spelling: Spelling
    shape: Callable[[Node], Shape | None]
    values: Mapping[str, Shape] = field(default_factory=dict)
    """The names that an edit may bring in, with their sizes."""

    pool: Sequence[tuple[str, Node, Shape]] = ()
    """Factors that stand elsewhere in the document, with their texts and sizes."""
    terms: Sequence[tuple[str, Node, Shape]] = ()
    """Terms of the formulas beside it."""
    sizes: Sequence[Size] = ()
    """The sizes of the names."""

    def __post_init__(self) -> None:
        """The nodes, the outermost first, and what stands above each."""
        below = list(postorder(self.root))
        self.parent = {id(child): (node, k) for node in below for k, child in enumerate(node.children)}
        depth: dict[int, int] = {}
        for node in reversed(below):
            above = self.parent.get(id(node))
            depth[id(node)] = depth[id(above[0])] + 1 if above else 0
        self.nodes = sorted(below, key=lambda node: (depth[id(node)], node.start))
        self.values_of = [node for node in self.nodes if self.is_value(node)]
        """The nodes that stand for a value by themselves."""

    def is_value(self, node: Node) -> bool:
        above = self.parent.get(id(node))
        inside = above[0].kind if above else ""
        return node.kind not in ("number", "keyword", "mask") and (
            inside not in ("keyword", "mask") and not (inside == "differential" and node.kind == "name")
        )

    def text(self, node: Node) -> str:
        return self.source[node.start : node.end]

    def is_fraction(self, node: Node) -> bool:
        r"""Whether a sign is written by a command with its operands in braces, as ``\frac``."""
        return (
            node.kind == "binary"
            and node.start < node.children[0].start
            and self.source[node.start] == "\\"
            and not is_group(self.text(node))
        )

    def is_closed(self, node: Node) -> bool:
        return is_group(self.text(node)) or self.is_fraction(node)

    def is_operand(self, node: Node) -> bool:
        """Whether a node stands where a product with it could."""
        above = self.parent.get(id(node))
        return above is None or above[0].kind in ("call", "binary", "negate", "differential")

    def is_scalar(self, node: Node) -> bool:
        return self.shape(node) == (ONE, ONE)

    def level(self, node: Node) -> int:
        """How tightly the text of a node holds together."""
        if self.is_closed(node):
            return ATOM
        match node.kind:
            case "binary" if node.value in PRODUCTS:
                return PRODUCT
            case "binary" if node.value in POWERS:
                return FACTOR
            case "binary" | "negate" | "sum":
                return SUM
            case "transpose" | "inverse":
                return FACTOR
        return ATOM

    def needed(self, node: Node) -> int:
        """How tightly a text in the place of a node must hold together."""
        if id(node) not in self.parent:
            return SUM
        above, k = self.parent[id(node)]
        if above.kind == "binary":
            if self.is_fraction(above):
                return SUM
            if above.value in PRODUCTS:
                return PRODUCT if k == 0 else FACTOR
            if above.value in POWERS:
                return ATOM if k == 0 or not self.spelling.latex else SUM
            return SUM if k == 0 else PRODUCT
        return {"negate": PRODUCT, "transpose": ATOM, "inverse": ATOM, "differential": ATOM, "sum": PRODUCT}.get(
            above.kind, SUM
        )

    def wrapped(self, text: str, level: int, needed: int) -> str:
        return text if level >= needed else f"({text})"

    def inside(self, node: Node, needed: int) -> str:
        """The text of a node, in brackets where it must hold together."""
        return self.wrapped(self.text(node), self.level(node), needed)

    # edits

    def put(self, node: Node, new: Node, text: str, level: int, words: str) -> Edit:
        """One node in place of another."""
        return Edit(((node.start, node.end, self.wrapped(text, level, self.needed(node))),), words, {id(node): new})

    def product(self, left: Node, right: Node, node: Node, text: str, words: str, sign: str = "*") -> Edit:
        """A product in the place of a node."""
        return self.put(node, Node("binary", sign, (left, right), node.start, node.end), text, PRODUCT, words)

    # structure

    def chains(self, signs: frozenset[str]) -> Iterator[Chain]:
        """The longest chains of signs of one level."""
        for node in self.nodes:
            if not self.joins(node, signs):
                continue
            above = self.parent.get(id(node))
            if above and above[1] == 0 and self.joins(above[0], signs) and not is_group(self.text(node)):
                continue
            operands, found = [], []
            walk = node
            while self.joins(walk, signs) and (walk is node or not is_group(self.text(walk))):
                operands.append(walk.children[1])
                found.append(str(walk.value))
                walk = walk.children[0]
            yield Chain(node, [walk, *reversed(operands)], found[::-1])

    def joins(self, node: Node, signs: frozenset[str]) -> bool:
        return node.kind == "binary" and node.value in signs and not self.is_fraction(node)

    def summands(self) -> Iterator[Node]:
        """Where a factor or a sign can stand: the whole, what is in brackets, and each term of a sum."""
        for node in self.values_of:
            above = self.parent.get(id(node))
            alone = above is None or above[0].kind in ("call", "differential", "sum", "negate")
            summand = above is not None and above[0].kind == "binary" and above[0].value in SUMS
            if alone or summand or is_group(self.text(node)):
                yield node


def folded(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """Operands joined from the left."""
    result = operands[0]
    for sign, operand in zip(signs, operands[1:], strict=True):
        result = Node("binary", sign, (result, operand), result.start, operand.end)
    return result


def rebuilt(root: Node, new: Mapping[int, Node]) -> Node:
    """The tree with nodes in place of nodes; what does not change is shared."""
    built: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in new:
            built[id(node)] = new[id(node)]
        elif not ready and node.children:
            stack.append((node, True))
            stack.extend((child, False) for child in node.children)
        else:
            children = tuple(built[id(child)] for child in node.children)
            same = all(one is other for one, other in zip(children, node.children, strict=True))
            built[id(node)] = node if same else Node(node.kind, node.value, children, node.start, node.end)
    return built[id(root)]


def spliced(source: str, start: int, end: int, splices: Sequence[Splice]) -> str:
    """The text between two offsets with parts replaced."""
    out, at = [], start
    for first, last, text in sorted(splices):
        out += [source[at:first], text]
        at = last
    return "".join([*out, source[at:end]])


def named(name: str) -> Node:
    return Node("name", name)


def call(function: str, *args: Node) -> Node:
    return Node("call", function, args)


def turned(node: Node) -> Node:
    return node.children[0] if node.kind == "transpose" else Node("transpose", None, (node,), node.start, node.end)
