"""Slips in factors: transposes, signs, numbers, factors that are missing or too many, powers and inverses."""

from __future__ import annotations

import re
from fractions import Fraction

from matdiff.checking.slips.spelling import is_group
from matdiff.checking.slips.tree import (
    ATOM,
    FACTOR,
    POWERS,
    PRODUCT,
    PRODUCTS,
    SUMS,
    Chain,
    Edit,
    Edits,
    Tree,
    call,
    folded,
    named,
    turned,
)
from matdiff.reader.syntax import Node
from matdiff.reader.syntax import number as number_node
from matdiff.sizes import ONE


def transposes(tree: Tree) -> Edits:
    for node in tree.values_of:
        inner = node.children[0] if node.kind == "transpose" else None
        if inner is not None and inner.end < node.end:
            words = f"a transpose is too much: {tree.text(node)} should be {tree.text(inner)}"
            yield Edit(((inner.end, node.end, ""),), words, {id(node): inner})
    for node in tree.values_of:
        if tree.level(node) >= FACTOR:
            yield from missing_transpose(tree, node)


def wide_transposes(tree: Tree) -> Edits:
    """Of what stands without brackets."""
    for node in tree.values_of:
        if tree.level(node) < FACTOR:
            yield from missing_transpose(tree, node)


def missing_transpose(tree: Tree, node: Node) -> Edits:
    if node.kind != "transpose" and not tree.is_scalar(node) and not in_transpose(tree, node):
        text = tree.spelling.turned(tree.inside(node, ATOM if node.kind != "differential" else FACTOR))
        yield tree.put(node, turned(node), text, FACTOR, f"a transpose is missing: {text}")


def in_transpose(tree: Tree, node: Node) -> bool:
    above = tree.parent.get(id(node))
    return above is not None and above[0].kind in ("transpose", "keyword", "mask")


# signs


def signs(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in SUMS:
            left, right = node.children
            between = tree.source[left.end : right.start]
            found = re.search(r"[-+−]", between)
            if found:
                at = left.end + found.start()
                sign = "-" if node.value == "+" else "+"
                new = Node("binary", sign, node.children, node.start, node.end)
                yield Edit(((at, at + 1, sign),), f"the sign of {tree.text(right)} is wrong", {id(node): new})
        elif node.kind == "negate":
            (inner,) = node.children
            yield Edit(
                ((node.start, inner.start, ""),), f"the minus of {tree.text(node)} is too much", {id(node): inner}
            )
    for node in tree.summands():
        if node.kind != "negate" and is_first(tree, node):
            text = "-" + tree.inside(node, PRODUCT)
            new = Node("negate", None, (node,), node.start, node.end)
            yield tree.put(node, new, text, PRODUCT, f"a minus is missing: {text}")


def is_first(tree: Tree, node: Node) -> bool:
    above = tree.parent.get(id(node))
    return above is None or above[0].kind != "binary" or above[0].value not in SUMS or above[1] == 0


# factors


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
                text = tree.spelling.number(other)
                what = "power" if is_power else "factor"
                words = f"the {what} should be {text}, not {tree.text(node)}"
                level = ATOM if other.denominator == 1 and other >= 0 else PRODUCT
                yield tree.put(node, number_node(other), text, level, words)


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


def scalar_factors(tree: Tree) -> list[tuple[str, Node]]:
    """Scalars people lose: small numbers, sizes, scalar names, and one over each."""
    spelling = tree.spelling
    found = [(spelling.number(value), number_node(value)) for value in NUMBERS if value > 0]
    for name, shape in tree.values.items():
        if shape == (ONE, ONE):
            text, node = spelling.name(name), named(name)
            found.append((text, node))
            found.append((spelling.reciprocal(text), Node("binary", "/", (number_node(1), node))))
    for size in tree.sizes:
        if len(size.powers) > 1 or size.coefficient > 1:
            names = [named(name) for name, power in size.powers for _ in range(power)]
            factors = [number_node(size.coefficient)] * (size.coefficient > 1) + names
            text = spelling.times.join(spelling.name(n.value) if n.kind == "name" else str(n.value) for n in factors)
            node = folded(factors, ["*"] * (len(factors) - 1))
            found.append((f"({text})", node))
            found.append((spelling.reciprocal(f"({text})"), Node("binary", "/", (number_node(1), node))))
    return found


def factors_missing(tree: Tree) -> Edits:
    for text, factor in scalar_factors(tree):
        for node in tree.summands():
            whole = tree.spelling.scaled(text, tree.inside(node, PRODUCT))
            yield tree.product(factor, node, node, whole, f"a factor {text} is missing")


def factors_too_many(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        for k, operand in enumerate(chain.operands):
            rest, signs = without(chain, k)
            if signs is None:
                continue
            start, end = operand.start, operand.end
            if k:
                start = chain.operands[k - 1].end
            else:
                end = chain.operands[1].start
            words = f"the factor {tree.text(operand)} is too much"
            yield Edit(((start, end, ""),), words, {id(chain.top): folded(rest, signs)})
    for node in tree.nodes:
        if tree.is_fraction(node) and node.value == "/":
            top, below = node.children
            text = tree.inside(top, PRODUCT)
            yield tree.put(node, top, text, tree.level(top), f"the denominator {tree.text(below)} is too much")


def without(chain: Chain, k: int) -> tuple[list[Node], list[str] | None]:
    rest = [operand for number, operand in enumerate(chain.operands) if number != k]
    if k == 0 and chain.signs[0] in ("/", "./"):
        return rest, None
    return rest, [sign for number, sign in enumerate(chain.signs) if number != max(0, k - 1)]


def matrices_missing(tree: Tree) -> Edits:
    """A factor from elsewhere, beside a factor."""
    for text, factor, (m, n) in tree.pool:
        for node in tree.values_of:
            shape = tree.shape(node)
            if shape is None or not tree.is_operand(node):
                continue
            words = f"the factor {text} is missing"
            if shape == (m, n) and m is not ONE:
                whole = tree.inside(node, PRODUCT) + tree.spelling.each + text
                yield tree.product(node, factor, node, whole, words, ".*")
                if text == tree.text(node):
                    continue
                whole = text + tree.spelling.sign("./") + tree.inside(node, FACTOR)
                yield tree.product(factor, node, node, whole, words, "./")
            if shape[1] is m or tree.is_scalar(node):
                whole = tree.inside(node, PRODUCT) + tree.spelling.times + text
                yield tree.product(node, factor, node, whole, words)
            if n is shape[0]:
                whole = text + tree.spelling.times + tree.inside(node, FACTOR)
                yield tree.product(factor, node, node, whole, words)


def replacements(tree: Tree) -> Edits:
    """Another factor of the same size, one that stands elsewhere in the document."""
    for node in tree.values_of:
        if node is tree.root or (node.kind == "binary" and not is_group(tree.text(node))):
            continue
        shape = tree.shape(node)
        for text, other, size in tree.pool:
            if size == shape and text != tree.text(node):
                yield tree.put(node, other, text, ATOM, f"{tree.text(node)} should be {text}")


# powers and inverses


def powers(tree: Tree) -> Edits:
    for node in tree.nodes:
        text = tree.text(node)
        if node.kind == "binary" and node.value in POWERS:
            base = node.children[0]
            yield tree.put(node, base, tree.text(base), tree.level(base), f"the power of {text} is too much")
        elif node.kind == "call" and node.value == "sqrt":
            (base,) = node.children
            yield tree.put(node, base, tree.text(base), tree.level(base), "the square root is too much")
        elif node.kind in ("name", "call") and node in tree.values_of and tree.shape(node) is not None:
            shape = tree.shape(node)
            kinds = [(".^", 2)] if not tree.is_scalar(node) else [("^", 2), ("^", 3)]
            kinds += [("^", 2)] if shape and shape[0] is shape[1] is not ONE else []
            for sign, exponent in kinds:
                new = Node("binary", sign, (node, number_node(exponent)), node.start, node.end)
                power = tree.spelling.power(tree.inside(node, ATOM), Fraction(exponent), sign == ".^")
                word = "a square" if exponent == 2 else "a power"
                yield tree.put(node, new, power, FACTOR, f"{word} is missing: {power}")
            if tree.is_scalar(node) and node.kind == "call":
                root = rf"\sqrt{{{text}}}" if tree.spelling.latex else f"sqrt({text})"
                yield tree.put(node, call("sqrt", node), root, ATOM, f"a square root is missing: {root}")


def inverses(tree: Tree) -> Edits:
    for node in tree.nodes:
        text = tree.text(node)
        if node.kind == "inverse" or (node.kind == "call" and node.value in ("inv", "pinv")):
            (base,) = node.children
            yield tree.put(
                node, base, tree.text(base), tree.level(base), f"the inverse of {tree.text(base)} is too much"
            )
            continue
        shape = tree.shape(node)
        above = tree.parent.get(id(node))
        if shape is None or shape[0] is not shape[1] or node not in tree.values_of:
            continue
        if above and above[0].kind == "inverse":
            continue
        if node.kind in ("name", "call", "transpose") or is_group(text):
            inverse = tree.spelling.inverse(tree.inside(node, ATOM))
            new = Node("inverse", None, (node,), node.start, node.end)
            yield tree.put(node, new, inverse, FACTOR, f"an inverse is missing: {inverse}")
            if node.kind == "name" and not tree.is_scalar(node):
                both = tree.spelling.turned_inverse(text)
                yield tree.put(node, turned(new), both, FACTOR, f"an inverse and a transpose are missing: {both}")
