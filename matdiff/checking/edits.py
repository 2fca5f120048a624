"""The table of slips: every way a side may differ by one edit from what was meant.

Each row makes the edits of one kind; the rows stand in the order in which slips are suggested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from matdiff.checking.spelling import is_group
from matdiff.checking.tree import (
    ATOM,
    FACTOR,
    POWERS,
    PRODUCT,
    PRODUCTS,
    SUMS,
    Chain,
    Edit,
    Tree,
    folded,
)
from matdiff.reader.syntax import Node
from matdiff.reader.syntax import number as number_node
from matdiff.sizes import ONE

Edits = Iterator[Edit]


def named(name: str) -> Node:
    return Node("name", name)


def call(function: str, *args: Node) -> Node:
    return Node("call", function, args)


def turned(node: Node) -> Node:
    return node.children[0] if node.kind == "transpose" else Node("transpose", None, (node,), node.start, node.end)


# transposes


def transposes(tree: Tree) -> Edits:
    for node in tree.values_of:
        inner = node.children[0] if node.kind == "transpose" else None
        if inner is not None and inner.end < node.end:
            words = f"a transpose is too much: {tree.text(node)} should be {tree.text(inner)}"
            yield Edit(((inner.end, node.end, ""),), words, {id(node): inner})
    for node in tree.values_of:
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
        if value is None or (above and (above[0].kind in ("keyword", "mask") or number_of(above[0]) is not None)):
            continue
        is_power = above is not None and above[0].kind == "binary" and above[0].value in POWERS and above[1] == 1
        candidates = [value * factor for factor in NUMBERS] + [value + 1, value - 1]
        for other in dict.fromkeys(candidates):
            if other != value and not (is_power and other == 0):
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
            if shape is None or not is_operand(tree, node):
                continue
            words = f"the factor {text} is missing"
            if shape == (m, n) and m is not ONE:
                whole = tree.inside(node, PRODUCT) + tree.spelling.each + text
                yield tree.product(node, factor, node, whole, words, ".*")
            if shape[1] is m or tree.is_scalar(node):
                whole = tree.inside(node, PRODUCT) + tree.spelling.times + text
                yield tree.product(node, factor, node, whole, words)
            if n is shape[0]:
                whole = text + tree.spelling.times + tree.inside(node, FACTOR)
                yield tree.product(factor, node, node, whole, words)


def replacements(tree: Tree) -> Edits:
    """Another factor of the same size, one that stands elsewhere in the document."""
    for node in tree.values_of:
        if node.kind == "binary" and not is_group(tree.text(node)):
            continue
        shape = tree.shape(node)
        for text, other, size in tree.pool:
            if size == shape and text != tree.text(node):
                yield tree.put(node, other, text, ATOM, f"{tree.text(node)} should be {text}")


def is_operand(tree: Tree, node: Node) -> bool:
    above = tree.parent.get(id(node))
    return above is None or above[0].kind in ("call", "binary", "negate", "differential")


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
            each = not tree.is_scalar(node)
            new = Node("binary", ".^" if each else "^", (node, number_node(2)), node.start, node.end)
            square = tree.spelling.power(tree.inside(node, ATOM), Fraction(2), each)
            yield tree.put(node, new, square, FACTOR, f"a square is missing: {square}")
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


# order, kind and brackets of products


def swaps(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        for k in range(len(chain.operands) - 1):
            left, right = chain.operands[k : k + 2]
            if chain.signs[k] in (".*", "/", "./") and k > 0:
                continue
            operands = [*chain.operands[:k], right, left, *chain.operands[k + 2 :]]
            needed = PRODUCT if k == 0 else FACTOR
            splices = (
                (left.start, left.end, tree.inside(right, needed)),
                (right.start, right.end, tree.inside(left, FACTOR)),
            )
            words = f"the factors {tree.text(left)} and {tree.text(right)} are swapped"
            yield Edit(splices, words, {id(chain.top): folded(operands, chain.signs)})
        if len(chain.operands) > 2 and set(chain.signs) == {"*"}:
            operands = chain.operands[::-1]
            text = tree.spelling.times.join(tree.inside(operand, FACTOR) for operand in operands)
            words = "the factors stand in the wrong order"
            yield Edit(((chain.top.start, chain.top.end, text),), words, {id(chain.top): folded(operands, chain.signs)})
            for k in range(len(operands)):
                for j in range(len(operands)):
                    if abs(k - j) > 1:
                        moved = list(chain.operands)
                        moved.insert(j, moved.pop(k))
                        text = tree.spelling.times.join(tree.inside(operand, FACTOR) for operand in moved)
                        words = f"the factor {tree.text(chain.operands[k])} stands in the wrong place"
                        new = {id(chain.top): folded(moved, chain.signs)}
                        yield Edit(((chain.top.start, chain.top.end, text),), words, new)


KINDS = {"*": (".*", "⊗"), ".*": ("*",), "./": ("*",), "⊗": ("*", ".*"), "/": ("./", "*")}
SIGN_WORDS = {"*": "the matrix product", ".*": "⊙", "./": "the element-wise quotient", "⊗": "⊗", "/": "the quotient"}


def kinds(tree: Tree) -> Edits:
    """⊙ for the product, or the product for ⊙."""
    for chain in tree.chains(PRODUCTS):
        for k, sign in enumerate(chain.signs):
            for other in KINDS[sign]:
                changed = [*chain.signs[:k], other, *chain.signs[k + 1 :]]
                left, right = chain.operands[k : k + 2]
                words = f"{SIGN_WORDS[other]} is meant, not {SIGN_WORDS[sign]}"
                words += f", between {tree.text(left)} and {tree.text(right)}"
                splice = (left.end, right.start, tree.spelling.sign(other))
                yield Edit((splice,), words, {id(chain.top): folded(chain.operands, changed)})


def brackets(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        last = len(chain.operands) - 1
        for i in range(1, last):
            for j in range(i + 1, last + 1):
                yield bracketed(tree, chain, [(i, j)])
        for k, operand in enumerate(chain.operands):
            if k and tree.joins(operand, PRODUCTS | SUMS):
                yield unbracketed(tree, operand)
    yield from sum_brackets(tree)


def nested_brackets(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        spans = [(i, j) for i in range(len(chain.operands)) for j in range(i + 1, len(chain.operands))]
        for outer in spans:
            for inner in spans:
                within = outer[0] <= inner[0] and inner[1] <= outer[1] and inner != outer
                if outer[0] and within and inner[0] > outer[0] and len(chain.operands) < 8:
                    yield bracketed(tree, chain, [outer, inner])


def bracketed(tree: Tree, chain: Chain, spans: list[tuple[int, int]]) -> Edit:
    """Brackets round operands of a chain, the outer ones first."""
    operands, signs = list(chain.operands), list(chain.signs)
    splices = []
    for i, j in spans[::-1]:
        first, end = chain.operands[i], chain.operands[j]
        splices += [(first.start, first.start, "("), (end.end, end.end, ")")]
        at, until = operands.index(first), len(operands) - (len(chain.operands) - j) + 1
        operands[at:until] = [folded(operands[at:until], signs[at : until - 1])]
        signs[at : until - 1] = []
    (i, j), *_ = spans
    words = "brackets are missing"
    if chain.signs[i - 1] != chain.signs[i]:
        words += f": the sizes fit if {SIGN_WORDS[chain.signs[i - 1]]} is taken after {SIGN_WORDS[chain.signs[i]]}"
    return Edit(tuple(splices), words, {id(chain.top): folded(operands, signs)})


_OPENING = re.compile(r"^(?:\\left|\\[bB]igg?l?)?\s*[(\[]")
_CLOSING = re.compile(r"(?:\\right|\\[bB]igg?r?)?\s*[)\]]$")


def unbracketed(tree: Tree, node: Node) -> Edit:
    text = tree.text(node).strip()
    inner = _CLOSING.sub("", _OPENING.sub("", text))
    return Edit(((node.start, node.end, inner),), f"the brackets of {text} are too much")


def sum_brackets(tree: Tree) -> Edits:
    """Brackets round terms that stand beside a product, ``2*(A - B)`` for ``2*A - B``, and the reverse."""
    for chain in tree.chains(SUMS):
        pieces = [list(c.operands) for c in tree.chains(PRODUCTS) if c.top is chain.operands[0]] or [
            [chain.operands[0]]
        ]
        for start in pieces[0]:
            for last in chain.operands[1:]:
                ends = [list(c.operands) for c in tree.chains(PRODUCTS) if c.top is last] or [[last]]
                for end in ends[0]:
                    if (start, end) != (chain.operands[0], chain.operands[-1]):
                        yield Edit(((start.start, start.start, "("), (end.end, end.end, ")")), "brackets are missing")
    for node in tree.nodes:
        if tree.joins(node, SUMS) and is_group(tree.text(node)) and node is not tree.root:
            yield unbracketed(tree, node)


# terms


def terms_too_many(tree: Tree) -> Edits:
    for chain in tree.chains(SUMS):
        for k, operand in enumerate(chain.operands):
            rest = [other for number, other in enumerate(chain.operands) if number != k]
            words = f"the term {tree.text(operand)} is too much"
            if k:
                signs = [sign for number, sign in enumerate(chain.signs) if number != k - 1]
                splice = (chain.operands[k - 1].end, operand.end, "")
                yield Edit((splice,), words, {id(chain.top): folded(rest, signs)})
            elif chain.signs[0] == "+":
                splice = (operand.start, chain.operands[1].start, "")
                yield Edit((splice,), words, {id(chain.top): folded(rest, chain.signs[1:])})
            else:
                first = Node("negate", None, (rest[0],), rest[0].start, rest[0].end)
                splice = (operand.start, rest[0].start, "-")
                yield Edit((splice,), words, {id(chain.top): folded([first, *rest[1:]], chain.signs[1:])})


# masks and sums


def masks(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in (">", ">=", "<", "<="):
            sign = {">": "<", "<": ">", ">=": "<=", "<=": ">="}[node.value]
            left, right = node.children
            shown = tree.spelling.mask("", sign)[2:-3].strip()
            new = Node("binary", sign, node.children, node.start, node.end)
            yield Edit(((left.end, right.start, f" {shown} "),), "the mask is turned round", {id(node): new})
    for name, shape in tree.values.items():
        if shape == (ONE, ONE):
            continue
        text = tree.spelling.mask(tree.spelling.name(name))
        mask = Node("mask", None, (Node("binary", ">", (named(name), number_node(0))),))
        for node in tree.values_of:
            if tree.shape(node) == shape and is_operand(tree, node):
                whole = text + tree.spelling.each + tree.inside(node, FACTOR)
                yield tree.product(mask, node, node, whole, f"the mask {text} is missing", ".*")


FUNCTIONS = {
    "sum": ("mean", "rowsum", "colsum", "tr"),
    "mean": ("sum",),
    "rowsum": ("colsum", "sum"),
    "colsum": ("rowsum", "sum"),
    "tr": ("sum", "det"),
    "det": ("logdet", "tr"),
    "logdet": ("det",),
    "norm2": ("norm1",),
    "norm": ("norm1",),
    "norm1": ("norm2",),
    "exp": ("log",),
    "log": ("exp",),
    "ln": ("exp",),
    "sin": ("cos",),
    "cos": ("sin",),
    "sinh": ("cosh",),
    "cosh": ("sinh",),
    "tanh": ("sigmoid",),
    "sigmoid": ("softmax", "tanh"),
    "softmax": ("log_softmax", "sigmoid"),
    "log_softmax": ("softmax",),
    "sign": ("abs",),
    "abs": ("sign",),
    "inv": ("pinv",),
    "kron": (),
}
"""Functions people take for one another."""

_HEAD = re.compile(r"\\operatorname\*?\s*\{[^{}]*\}|\\math\w+\s*\{[^{}]*\}|\\[a-zA-Z]+|[^\W\d]\w*")
_COMMANDS = frozenset({"exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det"})


def functions(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "keyword" and node.value == "axis" and node.children[0].kind == "number":
            (axis,) = node.children
            value = 1 - axis.value
            words = f"the sum goes over the other axis: axis={value}"
            yield Edit(((axis.start, axis.end, str(value)),), words, {id(axis): number_node(value)})
        if node.kind != "call" or node.value not in FUNCTIONS:
            continue
        head = _HEAD.match(tree.source, node.start)
        for other in FUNCTIONS[node.value]:
            new = Node("call", other, node.children, node.start, node.end)
            if head:
                word = other
                if tree.spelling.latex:
                    word = f"\\{other}" if other in _COMMANDS else rf"\operatorname{{{other}}}"
                words = f"{other} is meant, not {node.value}"
                if {other, node.value} == {"rowsum", "colsum"}:
                    words = "the sum goes over the other axis"
                yield Edit(((node.start, head.end(), word),), words, {id(node): new})
        if node.value in ("sum", "tr", "mean", "exp", "log", "sqrt") and len(node.children) == 1:
            (inner,) = node.children
            yield tree.put(node, inner, tree.text(inner), tree.level(inner), f"{node.value} is too much")


def sums(tree: Tree) -> Edits:
    """A sum over one axis that is missing, or that goes over the other."""
    one = r"\mathbf{1}" if tree.spelling.latex else "ones"
    column = call("vector", number_node(1))
    for chain in tree.chains(PRODUCTS):
        first, last = chain.operands[0], chain.operands[-1]
        if is_ones_row(first) and chain.signs[0] == "*" and tree.spelling.latex:
            rest = folded(chain.operands[1:], chain.signs[1:])
            text = f"{tree.source[chain.operands[1].start : last.end]} {one}"
            yield tree.product(rest, column, chain.top, text, "the sum goes over the other axis")
        if is_ones(last) and chain.signs[-1] == "*" and tree.spelling.latex:
            rest = folded(chain.operands[:-1], chain.signs[:-1])
            text = rf"{one}^\top {tree.source[first.start : chain.operands[-2].end]}"
            yield tree.product(turned(column), rest, chain.top, text, "the sum goes over the other axis")
    for node in tree.values_of:
        shape = tree.shape(node)
        if shape is None or ONE in shape:
            continue
        if tree.spelling.latex:
            text = rf"{one}^\top {tree.inside(node, FACTOR)}"
            yield tree.product(turned(column), node, node, text, "the sum over the rows is missing")
            text = f"{tree.inside(node, PRODUCT)} {one}"
            yield tree.product(node, column, node, text, "the sum over the columns is missing")
        else:
            for function, words in (("colsum", "the sum over the rows"), ("rowsum", "the sum over the columns")):
                text = f"{function}({tree.text(node)})"
                yield tree.put(node, call(function, node), text, ATOM, f"{words} is missing: {text}")


def is_ones(node: Node) -> bool:
    return node.kind == "call" and node.value in ("vector", "ones") and len(node.children) == 1


def is_ones_row(node: Node) -> bool:
    return node.kind == "transpose" and is_ones(node.children[0])


def inner_products(tree: Tree) -> Edits:
    """``A dX`` for ``tr(A' dX)``, in every term that is one."""
    found: list[tuple[Node, str, Node]] = []
    for chain in tree.chains(PRODUCTS):
        last = chain.operands[-1]
        matrices = [k for k, operand in enumerate(chain.operands) if not tree.is_scalar(operand)]
        if len(matrices) == 2 and last.kind == "differential" and set(chain.signs) == {"*"}:
            factor = chain.operands[matrices[0]]
            if tree.shape(factor) == tree.shape(last) and matrices[0] == len(chain.operands) - 2:
                text = tree.spelling.turned(tree.inside(factor, ATOM))
                inside = f"{tree.source[chain.top.start : factor.start]}{text}{tree.source[factor.end : chain.top.end]}"
                operands = [*chain.operands[:-2], turned(factor), last]
                trace = rf"\operatorname{{tr}}({inside})" if tree.spelling.latex else f"tr({inside})"
                found.append((chain.top, trace, call("tr", folded(operands, chain.signs))))
    if found:
        splices = tuple((node.start, node.end, text) for node, text, _ in found)
        yield Edit(splices, "a trace and a transpose are missing", {id(node): new for node, _, new in found})


# names and differentials


def names(tree: Tree) -> Edits:
    for node in tree.nodes:
        above = tree.parent.get(id(node))
        if node.kind != "name" or (above and above[0].kind == "keyword"):
            continue
        for name in tree.values:
            if name != node.value:
                text = tree.spelling.name(name)
                yield tree.put(node, named(name), text, ATOM, f"{tree.text(node)} should be {text}")


def differentials(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "differential":
            (of,) = node.children
            words = f"{tree.text(node)} should be {tree.text(of)}"
            yield tree.put(node, of, tree.text(of), tree.level(of), words)
        elif node.kind == "name" and node.value in tree.values:
            above = tree.parent.get(id(node))
            if above is None or above[0].kind != "differential":
                text = tree.spelling.differential(str(node.value))
                new = Node("differential", None, (node,), node.start, node.end)
                yield tree.put(node, new, text, ATOM, f"a d is missing: {text}")


EDITS: tuple[Callable[[Tree], Edits], ...] = (
    transposes,
    signs,
    constants,
    functions,
    swaps,
    kinds,
    brackets,
    factors_missing,
    factors_too_many,
    masks,
    powers,
    inverses,
    terms_too_many,
    sums,
    names,
    differentials,
    inner_products,
    nested_brackets,
    matrices_missing,
    replacements,
)
"""One kind of slip a row."""

OFTEN: tuple[Callable[[Tree], Edits], ...] = (
    transposes,
    signs,
    constants,
    swaps,
    kinds,
    brackets,
    factors_missing,
    inverses,
    names,
)
"""Those that people make two of."""
