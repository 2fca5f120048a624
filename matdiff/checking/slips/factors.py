"""Slips in factors: transposes, signs, numbers, factors that are missing or too many, powers and inverses."""

from __future__ import annotations

from fractions import Fraction

from matdiff.checking.slips.spelling import FACTOR
from matdiff.checking.slips.tree import POWERS, PRODUCTS, SUMS, Edit, Edits, Tree, binary, folded, named, turned
from matdiff.reader.syntax import Node, number
from matdiff.sizes import ONE


def transposes(tree: Tree) -> Edits:
    for node in tree.values_of:
        if node.is_transpose:
            (inner,) = node.children
            if tree.span(inner) == tree.span(node):  # ^{-\top}
                inner = Node(inner.kind, inner.value, inner.children)
            yield tree.put(node, inner, f"a transpose is too much: {tree.slice(node)} should be {tree.text(inner)}")
    for node in tree.values_of:
        if tree.level(node) >= FACTOR:
            yield from missing_transpose(tree, node)


def wide_transposes(tree: Tree) -> Edits:
    """Of what stands without brackets."""
    for node in tree.values_of:
        if tree.level(node) < FACTOR:
            yield from missing_transpose(tree, node)


def missing_transpose(tree: Tree, node: Node) -> Edits:
    above = tree.parent.get(id(node))
    inside = above is not None and (above[0].is_transpose or above[0].kind in ("keyword", "mask"))
    if not node.is_transpose and not tree.is_scalar(node) and not inside:
        new = node.transposed()
        yield tree.put(node, new, f"a transpose is missing: {tree.text(new)}")


def signs(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in SUMS:
            new = Node("binary", "-" if node.value == "+" else "+", node.children)
            yield tree.put(node, new, f"the sign of {tree.slice(node.children[1])} is wrong")
        elif node.kind == "negate":
            yield tree.put(node, node.children[0], f"the minus of {tree.slice(node)} is too much")
    for node in tree.summands():
        above = tree.parent.get(id(node))
        first = above is None or above[0].kind != "binary" or above[0].value not in SUMS or above[1] == 0
        if node.kind != "negate" and first:
            new = Node("negate", None, (node,))
            yield tree.put(node, new, f"a minus is missing: {tree.text(new)}")


# numbers and scalars


NUMBERS = tuple(Fraction(*pair) for pair in ((2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4), (-1, 1), (-2, 1)))


def constants(tree: Tree) -> Edits:
    """Another number."""
    for node in tree.nodes:
        above = tree.parent.get(id(node))
        value = number_of(node)
        constant = above is not None and (
            above[0].kind in ("keyword", "mask") or above[0].value in ("vector", "matrix")
        )
        if value is None or constant or (above is not None and number_of(above[0]) is not None):
            continue
        is_power = above is not None and above[0].kind == "binary" and above[0].value in POWERS and above[1] == 1
        candidates = [value * factor for factor in NUMBERS] + [value + 1, value - 1]
        for other in dict.fromkeys(candidates):
            if other not in (value, 0):
                new = number(other)
                words = f"the {'power' if is_power else 'factor'} should be {tree.text(new)}, not {tree.slice(node)}"
                yield tree.put(node, new, words)


def number_of(node: Node) -> Fraction | None:
    """The value of a number, or of a fraction of two."""
    if node.kind == "number":
        return Fraction(node.value)
    if node.kind == "negate" and node.children[0].kind == "number":
        return -Fraction(node.children[0].value)
    if node.kind == "binary" and node.value == "/" and node.children[1].kind == "number":
        above, below = number_of(node.children[0]), node.children[1].value
        return above / below if above is not None and below else None
    return None


def scalar_factors(tree: Tree) -> list[Node]:
    """Scalars people lose: small numbers, sizes, scalar names, and one over each."""
    found = [named(name) for name, shape in tree.values.items() if shape == (ONE, ONE)]
    for size in tree.sizes:
        if len(size.powers) > 1 or size.coefficient > 1:
            names = [named(name) for name, power in size.powers for _ in range(power)]
            factors = [number(size.coefficient)] * (size.coefficient > 1) + names
            found.append(folded(factors, ["*"] * (len(factors) - 1)))
    both = [factor for one in found for factor in (one, binary("/", number(1), one))]
    return [*(number(value) for value in NUMBERS if value > 0), *both]


def factors_missing(tree: Tree) -> Edits:
    for factor in scalar_factors(tree):
        words = f"a factor {tree.text(factor)} is missing"
        for node in tree.summands():
            first = node if tree.is_bracketed(node) else tree.chain(node, PRODUCTS).operands[0]
            yield tree.put(first, binary("*", factor, first), words)


def factors_too_many(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        for k, operand in enumerate(chain.operands):
            if k or chain.signs[0] not in ("/", "./"):
                top = chain.tops[max(k, 1) - 1]
                yield tree.put(top, top.children[k == 0], f"the factor {tree.slice(operand)} is too much")
    for node in tree.nodes:
        if tree.is_fraction(node) and node.value == "/":
            top, below = node.children
            yield tree.put(node, top, f"the denominator {tree.slice(below)} is too much")


def matrices_missing(tree: Tree) -> Edits:
    """A factor from elsewhere, beside a factor."""
    for text, factor, (m, n) in tree.pool:
        words = f"the factor {text} is missing"
        for node in tree.values_of:
            shape = tree.shape(node)
            if shape is None or not tree.is_operand(node):
                continue
            if shape == (m, n) and m is not ONE:
                yield tree.put(node, binary(".*", node, factor), words)
                if text == tree.slice(node):
                    continue
                yield tree.put(node, binary("./", factor, node), words)
            if shape[1] is m or tree.is_scalar(node):
                yield tree.put(node, binary("*", node, factor), words)
            if n is shape[0]:
                yield tree.put(node, binary("*", factor, node), words)


def replacements(tree: Tree) -> Edits:
    """Another factor of the same size, one that stands elsewhere in the document."""
    for node in tree.values_of:
        if node is not tree.root and (node.kind != "binary" or tree.is_bracketed(node)):
            shape, own = tree.shape(node), tree.slice(node)
            differential = tree.parent[id(node)][0].kind == "differential"
            for text, other, size in tree.pool:
                if size == shape and text != own and not (differential and other.kind == "differential"):
                    yield tree.put(node, other, f"{own} should be {text}")


# powers and inverses


def powers(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in POWERS:
            yield tree.put(node, node.children[0], f"the power of {tree.slice(node)} is too much")
        elif node.kind == "call" and node.value == "sqrt":
            yield tree.put(node, node.children[0], "the square root is too much")
        elif node.kind in ("name", "call") and node in tree.values_of:
            yield from missing_powers(tree, node)


def missing_powers(tree: Tree, node: Node) -> Edits:
    shape = tree.shape(node)
    if shape is None:
        return
    kinds = [("^", 2), ("^", 3)] if tree.is_scalar(node) else [(".^", 2)]
    kinds += [("^", 2)] if shape[0] is shape[1] is not ONE else []
    for sign, exponent in kinds:
        new = binary(sign, node, number(exponent))
        yield tree.put(node, new, f"a {'square' if exponent == 2 else 'power'} is missing: {tree.text(new)}")
    if tree.is_scalar(node) and node.kind == "call":
        new = Node("call", "sqrt", (node,))
        yield Edit(f"a square root is missing: {tree.text(new)}", {id(node): new})


def inverses(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "inverse" or (node.kind == "call" and node.value in ("inv", "pinv")):
            (base,) = node.children
            yield tree.put(node, base, f"the inverse of {tree.slice(base)} is too much")
            continue
        shape, above = tree.shape(node), tree.parent.get(id(node))
        if shape is None or shape[0] is not shape[1] or node not in tree.values_of:
            continue
        if not (above and above[0].kind == "inverse") and (
            node.kind in ("name", "call") or node.is_transpose or tree.is_bracketed(node)
        ):
            new = Node("inverse", None, (node,))
            yield tree.put(node, new, f"an inverse is missing: {tree.text(new)}")
            if node.kind == "name" and not tree.is_scalar(node):
                both = turned(new)
                yield tree.put(node, both, f"an inverse and a transpose are missing: {tree.text(both)}")
