"""Slips in the structure: the order, the kind and the brackets of products, and terms that are too many."""

from __future__ import annotations

import re

from matdiff.checking.slips.spelling import is_group
from matdiff.checking.slips.tree import (
    FACTOR,
    PRODUCT,
    PRODUCTS,
    SUM,
    SUMS,
    Chain,
    Edit,
    Edits,
    Tree,
    folded,
)
from matdiff.reader.syntax import Node


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


def moves(tree: Tree) -> Edits:
    """A factor in another place of its product."""
    for chain in tree.chains(PRODUCTS):
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
        factors = [operands_of(tree, term) for term in chain.operands]
        last = len(factors) - 1
        for i in range(last):
            for j in range(i + 1, last + 1):
                for start in factors[i]:
                    for end in factors[j]:
                        if (i, start, j, end) != (0, factors[0][0], last, factors[last][-1]):
                            splices = ((start.start, start.start, "("), (end.end, end.end, ")"))
                            yield Edit(splices, "brackets are missing")
    for node in tree.nodes:
        if tree.joins(node, SUMS) and is_group(tree.text(node)) and node is not tree.root:
            yield unbracketed(tree, node)


def operands_of(tree: Tree, term: Node) -> list[Node]:
    """The factors of a term."""
    inner = term.children[0] if term.kind == "negate" and not is_group(tree.text(term)) else term
    return next((chain.operands for chain in tree.chains(PRODUCTS) if chain.top is inner), [inner])


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


def terms_missing(tree: Tree) -> Edits:
    """A term that stands on the other side."""
    for text, term, shape in tree.terms:
        for node in tree.values_of:
            above = tree.parent.get(id(node))
            inside = above is not None and above[0].kind in ("binary", "transpose") and not is_group(tree.text(node))
            if inside or tree.shape(node) != shape:
                continue
            for sign in ("+", "-"):
                shown = f"{tree.text(node)} {sign} {text}"
                new = Node("binary", sign, (node, term), node.start, node.end)
                yield tree.put(node, new, shown, SUM, f"a term is missing: {sign} {text}")
