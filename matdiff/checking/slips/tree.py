"""A formula as a tree that edits are made on: what stands above its nodes, and its text after an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from operator import is_

from matdiff.checking.slips.spelling import ATOM, SUM, Spelling, is_group
from matdiff.reader.syntax import Node, postorder
from matdiff.sizes import ONE, Shape, Size

PRODUCTS = frozenset({"*", ".*", "/", "./", "⊗"})
SUMS = frozenset({"+", "-"})
POWERS = frozenset({"^", ".^"})


@dataclass(frozen=True)
class Edit:
    """One change: nodes in place of nodes."""

    words: str
    new: Mapping[int, Node]


Edits = Iterator[Edit]


@dataclass(frozen=True)
class Chain:
    """The operands of nested uses of signs of one level, which the text writes without brackets between.

    ``tops[k]`` joins operand k + 1 with all before it.
    """

    operands: list[Node]
    tops: list[Node]

    @property
    def top(self) -> Node:
        return self.tops[-1]

    @property
    def signs(self) -> list[str]:
        return [str(node.value) for node in self.tops]

    def before(self, k: int) -> list[Node]:
        """The first k operands as one, as they are written; nothing where there are none."""
        return [self.tops[k - 2] if k > 1 else self.operands[0]] if k else []


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
        self.depth: dict[int, int] = {}
        for node in reversed(below):
            above = self.parent.get(id(node))
            self.depth[id(node)] = self.depth[id(above[0])] + 1 if above else 0
        self.nodes = sorted(below, key=lambda node: (self.depth[id(node)], node.start))
        self.values_of = [node for node in self.nodes if self.is_value(node)]
        """The nodes that stand for a value by themselves."""
        elsewhere = [root for _, root, _ in (*self.pool, *self.terms) if root.end > root.start]
        self.written = {id(node) for root in (self.root, *elsewhere) for node in postorder(root)}
        """What stands in the document, so that its text is at hand."""
        self.was: dict[int, Node] = {}
        """For a node that an edit changes in a part, what it was."""
        self.kept: list[Node] = []

    def is_value(self, node: Node) -> bool:
        above = self.parent.get(id(node))
        inside = above[0].kind if above else ""
        return node.kind not in ("number", "keyword", "mask") and (
            inside not in ("keyword", "mask") and not (inside == "differential" and node.kind == "name")
        )

    def is_fraction(self, node: Node) -> bool:
        r"""Whether a sign is written by a command with its operands in braces, as ``\frac``."""
        return (
            node.kind == "binary"
            and node.start < node.children[0].start
            and self.source[node.start] == "\\"
            and not is_group(self.slice(node))
        )

    def is_operand(self, node: Node) -> bool:
        """Whether a node stands where a product with it could."""
        above = self.parent.get(id(node))
        return above is None or above[0].kind in ("call", "binary", "negate", "differential")

    def is_scalar(self, node: Node) -> bool:
        return self.shape(node) == (ONE, ONE)

    def is_bracketed(self, node: Node) -> bool:
        return id(node) in self.written and is_group(self.slice(node))

    # text

    def span(self, node: Node) -> tuple[int, int]:
        for word in (r"\left", r"\bigl", r"\Bigl", r"\big", r"\Big"):
            if node.start < node.end and self.source.endswith(word, 0, node.start) and self.source[node.start] in "([":
                return node.start - len(word), node.end
        return node.start, node.end

    def slice(self, node: Node) -> str:
        return self.source[slice(*self.span(node))]

    def text(self, root: Node) -> str:
        """A formula: what the author wrote where that is unchanged, the rest in the notation of the document."""
        done: dict[int, str] = {}
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if id(node) in self.written:
                done[id(node)] = self.slice(node)
            elif not ready:
                stack.append((node, True))
                stack.extend((child, False) for child in node.children)
            else:
                done[id(node)] = self.rewritten(node, done)
        return done[id(root)]

    def rewritten(self, node: Node, done: Mapping[int, str]) -> str:
        """The text of a node that an edit made or changed."""
        old = self.was.get(id(node))
        if old is None or self.span(old) == self.span(old.children[0]):
            needed = self.spelling.needs(node, fresh=True)
            pairs = zip(node.children, needed, strict=True)
            return self.spelling.written(node, [self.wrapped(child, done[id(child)], need) for child, need in pairs])
        start, end = self.span(old)
        out, at = "", start
        for k, (child, before) in enumerate(zip(node.children, old.children, strict=True)):
            first, last = self.span(before)
            own = self.source[at:first]
            if old.value != node.value and k == (node.kind == "binary"):
                own = self.spelling.renamed(own, node)
            text = done[id(child)]
            if child is not before and self.was.get(id(child)) is not before:
                text = self.wrapped(child, text, self.needed(before))
                braces = self.spelling.latex and (self.is_fraction(old) or (k and node.value in POWERS))
                if braces and len(text) > 1 and not own.endswith("{"):
                    text = f"{{{text}}}"
            out, at = out + own + text, last
        return out + self.source[at:end]

    def level(self, node: Node) -> int:
        """How tightly the text of a node holds together."""
        old = self.was.get(id(node), node)
        if id(old) in self.written and (is_group(self.slice(old)) or self.is_fraction(old) or node.kind == "number"):
            return ATOM
        return self.spelling.level(node)

    def wrapped(self, node: Node, text: str, needed: int) -> str:
        return text if self.level(node) >= needed else f"({text})"

    def needed(self, node: Node) -> int:
        """How tightly a text in the place of a node must hold together."""
        if id(node) not in self.parent:
            return SUM
        above, k = self.parent[id(node)]
        return SUM if self.is_fraction(above) else self.spelling.needs(above)[k]

    # edits

    def put(self, node: Node, new: Node, words: str) -> Edit:
        """One node in place of another."""
        if new.kind == node.kind and len(new.children) == len(node.children) > 0 and id(new) not in self.written:
            self.changed(new, node)
        elif not new.end:
            new.start, new.end = node.start, node.end  # beside what is written, as a dot between two columns
        return Edit(words, {id(node): new})

    def changed(self, new: Node, old: Node) -> Node:
        new.start, new.end = old.start, old.end
        self.was[id(new)] = old
        self.kept.append(new)  # so that no other takes its place
        return new

    def edited(self, new: Mapping[int, Node], root: Node | None = None) -> Node:
        """The formula with nodes in place of nodes: what stands above them is made anew, the rest is shared."""
        root = root or self.root
        spine: dict[int, Node] = {}
        for place in new:
            while place != id(root) and place in self.parent:
                above = self.parent[place][0]
                place = id(above)
                spine[place] = above
        built = dict(new)
        for node in sorted(spine.values(), key=lambda node: -self.depth[id(node)]):
            sign = new.get(id(node), node)
            if sign is node or self.is_sign(sign, node):
                children = tuple(built.get(id(child), child) for child in node.children)
                built[id(node)] = self.changed(Node(sign.kind, sign.value, children), node)
        return built.get(id(root), root)

    def is_sign(self, new: Node, node: Node) -> bool:
        """Whether an edit is of the sign of a node alone, so that its operands may be edited as well."""
        return self.was.get(id(new)) is node and all(map(is_, new.children, node.children))

    def apart(self, one: Edit, other: Edit) -> bool:
        """Whether two edits touch different places."""
        pairs = product(one.new.items(), other.new.items())
        return not any(self.within(a, b, new) or self.within(b, a, old) for (a, old), (b, new) in pairs)

    def within(self, inner: int, outer: int, new: Node) -> bool:
        """Whether one place is inside of what an edit changes at another."""
        at = inner
        while at != outer and at in self.parent:
            at = id(self.parent[at][0])
        return at == outer and (inner == outer or not self.is_sign(new, self.was.get(id(new), new)))

    # structure

    def chains(self, signs: frozenset[str]) -> Iterator[Chain]:
        """The longest chains of signs of one level."""
        for node in self.nodes:
            above = self.parent.get(id(node))
            inner = above and above[1] == 0 and self.joins(above[0], signs) and not self.is_bracketed(node)
            if self.joins(node, signs) and not inner:
                yield self.chain(node, signs)

    def chain(self, node: Node, signs: frozenset[str]) -> Chain:
        """The chain that ends with a node, whose own brackets do not count; a node of other kinds is one operand."""
        tops = []
        walk = node
        while self.joins(walk, signs) and (walk is node or not self.is_bracketed(walk)):
            tops.append(walk)
            walk = walk.children[0]
        return Chain([walk, *(top.children[1] for top in reversed(tops))], tops[::-1])

    def joins(self, node: Node, signs: frozenset[str]) -> bool:
        return node.kind == "binary" and node.value in signs and not self.is_fraction(node)

    def summands(self) -> Iterator[Node]:
        """Where a factor or a sign can stand: the whole, what is in brackets, and each term of a sum."""
        for node in self.values_of:
            above = self.parent.get(id(node))
            alone = above is None or above[0].kind in ("call", "differential", "reduction", "negate")
            summand = above is not None and above[0].kind == "binary" and above[0].value in SUMS
            if alone or summand or self.is_bracketed(node):
                yield node


def folded(operands: Sequence[Node], signs: Sequence[str]) -> Node:
    """Operands joined from the left."""
    result = operands[0]
    for sign, operand in zip(signs, operands[1:], strict=True):
        result = binary(sign, result, operand)
    return result


def binary(sign: str, left: Node, right: Node) -> Node:
    return Node("binary", sign, (left, right), left.start, right.end)


def named(name: str) -> Node:
    return Node("name", name)


def call(function: str, *args: Node) -> Node:
    return Node("call", function, args)


def turned(node: Node) -> Node:
    return node.children[0] if node.is_transpose else node.transposed()
