"""NumPy's operations on the arrays of code that is read.

Below, everything is a matrix and a 1-D array is a column. So each operation puts in the transposes,
row sums and inner products that give, for matrices, what NumPy gives for the arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from matdiff.errors import MatdiffError, ParseError, Place, ShapeError, UnsupportedError
from matdiff.reader.numpy import shift as shifts
from matdiff.reader.numpy.arrays import COMPARISONS, Array, Shift, Span
from matdiff.reader.syntax import Node, postorder


class Algebra:
    """NumPy's operations on arrays; ``at`` is the place of what is being read."""

    def __init__(self, source: str, functions: frozenset[str], pi_is_taken: bool) -> None:
        self.source = source
        self.functions = functions
        self.pi_is_taken = pi_is_taken
        self.at: Span = (0, 0)
        self.keys: dict[tuple[object, ...], int] = {}
        self.defaulted: set[str] = set()
        """The variables whose kind is that of their letter."""
        self.largest_as_is = False
        """Whether a largest entry is read as such, and not as what has to cancel."""
        self.scalars: set[str] = set()
        """The scalar variables that were read."""
        self.bodies: dict[str, Node] = {}
        """What the names defined so far stand for."""
        self.everywhere: set[str] = set()
        """Those of them that are known to have a value everywhere."""
        self.signs: dict[int, tuple[Node, int]] = {}
        """What is known of the signs of values."""

    # nodes

    def node(self, kind: str, value: object = None, *children: Node) -> Node:
        return Node(kind, value, children, *self.at)

    def call(self, name: str, *arguments: Node) -> Node:
        """A function of matdiff, unless a declaration has taken its name for another."""
        if name in self.functions:
            raise self.fail(
                UnsupportedError, f"{name} is needed here, but declared as an unknown function: rename that"
            )
        return self.node("call", name, *arguments)

    def checked(self, name: str, *arguments: Node) -> Node:
        """An array of which the code says a size: `matdiff.reader.calls` checks it where sizes are known."""
        return self.node("call", name, *arguments)

    def is_made_by(self, a: Array, name: str) -> bool:
        """Whether an array, or what its name stands for, is a call of a function of matdiff."""
        body = self.body(a)
        return body.kind == "call" and body.value == name

    def body(self, a: Array) -> Node:
        """What an array is made of, through its name."""
        return self.bodies.get(a.node.value, a.node) if a.node.kind == "name" else a.node

    def number(self, value: int | Fraction) -> Array:
        node = self.node("number", Fraction(value))
        return Array(node, 0, known=node)

    def pi(self) -> Array:
        """pi by its name, unless the code calls something else so."""
        return Array(self.call("arccos", self.number(-1).node) if self.pi_is_taken else self.node("name", "pi"), 0)

    def axis_keyword(self, axis: int) -> Node:
        return self.node("keyword", "axis", self.node("number", Fraction(axis)))

    def key(self, root: Node) -> int:
        """The same number for the same syntax."""
        found: dict[int, int] = {}
        for node in postorder(root):
            told = (node.kind, node.value, *(found[id(child)] for child in node.children))
            found[id(node)] = self.keys.setdefault(told, len(self.keys))
        return found[id(root)]

    def same(self, a: Array, b: Array) -> bool:
        return a.rank == b.rank and self.key(self.upright(a)) == self.key(self.upright(b))

    # places and words

    def fail(self, kind: type[MatdiffError], message: str, at: Span | None = None) -> MatdiffError:
        return kind(message, Place(self.source, *(at or self.at)))

    def text(self, a: Array) -> str:
        text = " ".join(self.source[a.node.start : a.node.end].split())
        return text if len(text) <= 40 else text[:37] + "…"

    def told(self, a: Array) -> str:
        """What an array is, in words."""
        why = " by its letter (declare it if it is not)" if a.node.value in self.defaulted else ""
        return f"{self.text(a)} is {a.words}{why}"

    def needs(self, a: Array, rank: int, name: str) -> Array:
        if a.rank != rank:
            wanted = f"a {rank}-D array" if rank else "a scalar"
            raise self.fail(ShapeError, f"{name} needs {wanted}; {self.told(a)}")
        return a

    def settled(self, a: Array) -> Array:
        """The array itself, where no largest entry is left in it."""
        if a.shift is not None:
            raise self.fail(UnsupportedError, shifts.REFUSAL)
        return a

    # how an array stands

    def turned(self, node: Node) -> Node:
        if node.is_transpose:
            return node.children[0]
        return node if node.kind == "number" else node.transposed()

    def upright(self, a: Array) -> Node:
        """The node with a 1-D array as a column."""
        return self.turned(a.node) if a.lying else a.node

    def flat(self, a: Array) -> Node:
        """The node with a 1-D array as a row."""
        return a.node if a.lying or a.rank != 1 else self.turned(a.node)

    def placed(self, a: Array, rank: int, lying: bool) -> Node:
        """The node as it stands beside an array of that rank: NumPy lays a 1-D array along the last axis."""
        return a.node if a.rank != 1 else self.flat(a) if rank == 2 or lying else self.upright(a)

    def together(self, arrays: Iterable[Array]) -> tuple[list[Node], int, bool]:
        """The nodes of arrays that meet entry by entry, with the rank of the result and how it stands."""
        arrays = list(arrays)
        rank = max(a.rank for a in arrays)
        lying = rank == 1 and all(a.lying for a in arrays if a.rank == 1)
        return [self.placed(a, rank, lying) for a in arrays], rank, lying

    # entry by entry

    def binary(self, sign: str, a: Array, b: Array) -> Array:
        (left, right), rank, lying = self.together((a, b))
        if a.mask and b.mask and sign in ("+", "-"):
            raise self.fail(
                UnsupportedError, f"{sign} of two masks is not arithmetic in NumPy; write .astype(float) after each"
            )
        try:
            shift = shifts.combined(sign, a, b, rank, self.key)
        except shifts.Stuck:
            raise self.fail(UnsupportedError, shifts.REFUSAL) from None
        kept = self.beside_bare(sign, a, b) if a.shift or b.shift else None
        node = kept.node if kept else self.node("binary", sign, left, right)
        mask = sign in COMPARISONS or (sign == ".*" and a.mask and b.mask)
        known = self.product(a.known, b.known) if sign == ".*" and a.known and b.known else None
        integers = a.holds_integers and b.holds_integers and sign != "./"
        return Array(node, rank, kept.lying if kept else lying, mask, known, shift, integers=integers)

    def product(self, one: Node, other: Node) -> Node:
        """A product of sizes."""
        if one.kind == other.kind == "number":
            return self.node("number", one.value * other.value)
        return self.node("binary", "*", one, other)

    def beside_bare(self, sign: str, a: Array, b: Array) -> Array | None:
        """The operand that stays when the largest entry, of which nothing is known, is added to it."""
        for bare, other in ((b, a), (a, b)):
            if sign not in ("+", "-") or other.rank < bare.rank or not shifts.lies_along(bare, other.rank):
                continue
            if other.shift is not None or (bare.shift and self.key(self.upright(other)) == bare.shift.source):
                return self.negated(other) if bare is a and sign == "-" else other
        return None

    def negated(self, a: Array) -> Array:
        if a.mask:
            raise self.fail(
                UnsupportedError, "- of a mask is not arithmetic in NumPy; write 1 - mask, or .astype(float)"
            )
        if a.node is a.known and a.literal is not None:
            return replace(self.number(-a.literal), integers=a.integers)
        if a.shift is not None and a.shift.factor:
            return replace(a, node=self.node("negate", None, a.node), storage=0)
        shift = a.shift and replace(a.shift, power=-a.shift.power)
        return Array(self.node("negate", None, a.node), a.rank, a.lying, shift=shift, integers=a.integers)

    def complement(self, mask: Array) -> Array:
        """Where a mask is False."""
        opposite = {">": "<=", "<=": ">", "<": ">=", ">=": "<"}
        if mask.node.kind == "binary" and mask.node.value in opposite:
            return replace(mask, node=self.node("binary", opposite[mask.node.value], *mask.node.children), storage=0)
        return replace(self.binary("-", self.number(1), mask), mask=True)

    def masked(self, a: Array, sign: str) -> Array:
        if not a.mask:
            raise self.fail(
                UnsupportedError,
                f"{sign} is read between masks, and {self.text(a)} is none; it binds tighter than a comparison:"
                " write (h > 0) & (h < 1)",
            )
        return a

    def joined_masks(self, sign: str, a: Array, b: Array) -> Array:
        """``a & b`` and ``a | b``."""
        self.masked(a, sign)
        self.masked(b, sign)
        if sign == "&":
            return self.binary(".*", a, b)
        return self.complement(self.binary(".*", self.complement(a), self.complement(b)))

    def elementwise(self, name: str, a: Array) -> Array:
        """A function of one argument, entry by entry."""
        try:
            shift = shifts.through(name, a.shift)
        except shifts.Stuck:
            raise self.fail(UnsupportedError, shifts.REFUSAL) from None
        integers = a.holds_integers and name in ("abs", "sign", "square")
        return Array(self.call(name, a.node), a.rank, a.lying, shift=shift, integers=integers)

    def unknown(self, name: str, order: int, a: Array) -> Array:
        """A declared function, of which nothing is known but that it applies to each entry, or a derivative of it."""
        node = self.settled(a).node
        call = self.node("primed", (name, order), node) if order else self.node("call", name, node)
        return Array(call, a.rank, a.lying)

    def of_two(self, name: str, a: Array, b: Array) -> Array:
        """A function of two arguments, entry by entry."""
        nodes, rank, lying = self.together((self.settled(a), self.settled(b)))
        return Array(self.call(name, *nodes), rank, lying, integers=a.holds_integers and b.holds_integers)

    # matrices

    def transposed(self, a: Array) -> Array:
        if a.rank != 2:
            return a
        shift = a.shift and replace(a.shift, axes=frozenset(1 - axis for axis in a.shift.axes))
        return replace(a, node=self.node("transpose", None, a.node), shift=shift)

    def matmul(self, a: Array, b: Array) -> Array:
        for operand in (a, b):
            self.settled(operand)
            if operand.rank == 0:
                raise self.fail(ShapeError, f"{self.told(operand)}: @ needs arrays; write * to scale by it")
        if a.mask and b.mask:
            raise self.fail(
                UnsupportedError, "@ of two masks is not arithmetic in NumPy; write .astype(float) after each"
            )
        rank = a.rank + b.rank - 2
        product = self.node("binary", "@", self.flat(a), self.upright(b))
        integers = a.holds_integers and b.holds_integers
        return Array(product, rank, lying=a.rank == 1 and rank == 1, integers=integers)

    def dot(self, a: Array, b: Array) -> Array:
        return self.binary(".*", a, b) if 0 in (a.rank, b.rank) else self.matmul(a, b)

    # sums

    def total(self, a: Array, axis: int | None = None, keepdims: bool = False, name: str = "sum") -> Array:
        """The sum or the mean, over all entries or over one axis."""
        a = self.as_long_as_shift(a) if name == "sum" else a
        try:
            shift = shifts.reduced(a.shift, a.rank, axis, keepdims, name, self.key)
        except shifts.Stuck:
            raise self.fail(UnsupportedError, shifts.REFUSAL) from None
        integers = a.holds_integers and name == "sum"
        if axis is None or a.rank < 2:
            node = a.node if a.rank == 0 else self.call(name, a.node)
            return Array(node, a.rank if keepdims else 0, shift=shift, integers=integers)
        node, lying = self.along(name, a.node, axis), axis == 0 and not keepdims
        return Array(node, 2 if keepdims else 1, lying, shift=shift, integers=integers)

    def as_long_as_shift(self, a: Array) -> Array:
        """An array over whose entries the largest ones are summed, checked to have as many as `Shift.extent` says."""
        shift = a.shift
        if shift is None or shift.factor or shift.extent is None or not (shift.axes or a.rank == 1):
            return a
        check = "#cols" if a.rank == 2 and shift.axes == {1} else "#rows"
        return replace(a, node=self.checked(check, self.upright(a), shift.extent), lying=False)

    def along(self, name: str, node: Node, axis: int) -> Node:
        """A function of each row (axis 1) or each column (axis 0) of a matrix."""
        if name in ("sum", "max", "min"):
            return self.call(f"{'row' if axis else 'col'}{name}", node)
        return self.call(name, node, self.axis_keyword(axis))

    def extreme(self, name: str, a: Array, axis: int | None, keepdims: bool) -> Array:
        """The largest or smallest entries, of which only that they are subtracted again is known."""
        self.settled(a)
        rowwise = a.rank == 2 and axis is not None
        if self.largest_as_is and rowwise and axis is not None:
            node, lying = self.along(name, a.node, axis), axis == 0 and not keepdims
            return Array(node, 2 if keepdims else 1, lying)
        if self.largest_as_is:
            return Array(self.call(name, self.upright(a)), a.rank if keepdims else 0)
        axes = frozenset({1 - axis if keepdims else 0}) if rowwise and axis is not None else frozenset[int]()
        how = (name, axis if rowwise else None)
        extent = self.length(a, 1 - axis if rowwise and axis is not None else 0).node if a.rank else None
        shift = Shift(self.key(self.upright(a)), how, axes, Fraction(1), bare=True, extent=extent)
        if not rowwise or extent is None:
            return Array(self.number(0).node, a.rank if keepdims else 0, shift=shift)
        one = self.number(1).node
        sizes = (extent, one) if axis else (one, extent)
        return Array(self.call("zeros", *sizes), 2 if keepdims else 1, axis == 0 and not keepdims, shift=shift)

    # axes and sizes

    def stood(self, a: Array, axis: int) -> Array:
        """A 1-D array as a 2-D one: a row (a new axis 0) or a column (a new axis 1)."""
        shift = a.shift and replace(a.shift, axes=frozenset(1 - axis for _ in a.shift.axes))
        node = self.upright(a) if axis else self.flat(a)
        if axis:
            node = self.node(node.kind, node.value, *node.children)  # its text is x[:, None], not x
        return replace(a, node=node, rank=2, lying=False, known=None, shift=shift)

    def raveled(self, a: Array, order: str = "C") -> Array:
        """All entries as a 1-D array, row by row (or column by column)."""
        if a.rank != 2:
            return replace(a, rank=1, known=None)
        self.settled(a)
        return replace(a, node=self.call("vec", self.turned(a.node) if order == "C" else a.node), rank=1)

    def length(self, a: Array, axis: int) -> Array:
        return self.sized(self.call("cols" if axis == 1 else "rows", self.upright(a)))

    def count(self, a: Array) -> Array:
        return (
            self.length(a, 0) if a.rank == 1 else self.sized(self.call("numel", a.node)) if a.rank else self.number(1)
        )

    def sized(self, node: Node) -> Array:
        return Array(node, 0, known=node, integers=True)

    def filled(self, name: str, sizes: list[Node]) -> Array:
        """``ones`` or ``zeros`` of given sizes."""
        if not sizes:
            return self.number(1 if name == "ones" else 0)
        return Array(self.call(name, *sizes), len(sizes))

    def sizes_of(self, a: Array) -> list[Node]:
        return [self.length(a, axis).node for axis in range(a.rank)]

    def of_rows(self, a: Array, size: Node) -> Array:
        """The array, whose rows are as many as the code says."""
        return replace(a, node=self.checked("#rows", a.node, size))

    def only(self, a: Array, axis: int) -> Array:
        """The only column (axis 1) or row (axis 0) as a 1-D array."""
        self.settled(a)
        return replace(a, node=self.checked("#column" if axis else "#row", a.node), rank=1)

    def squeezed(self, a: Array) -> Array:
        """An array without its axes of length 1; of a single entry it stays 1-D."""
        self.settled(a)
        return replace(a, node=self.checked("#flat", a.node), rank=1) if a.rank == 2 else a

    def item(self, a: Array) -> Array:
        """The only entry of an array of one entry."""
        return a if a.rank == 0 else Array(self.call("item", self.settled(a).node), 0)

    def picked(self, a: Array, labels: Node) -> Array:
        """Of each row, the entry at its label."""
        self.needs(a, 2, "indexing by labels")
        if a.shift is not None and 1 in a.shift.axes:
            raise self.fail(UnsupportedError, shifts.REFUSAL)
        product = self.node("binary", ".*", a.node, labels)
        return Array(self.call("rowsum", product), 1, shift=a.shift, integers=a.holds_integers)

    # scalars of the source

    def size(self, a: Array, at: Span | None = None) -> Node:
        """A scalar as a size, for ``np.zeros`` and its like."""
        if a.known is None:
            raise self.fail(ParseError, f"{self.text(a)} is not a size: write an integer, a dim, or X.shape[0]", at)
        return a.known
