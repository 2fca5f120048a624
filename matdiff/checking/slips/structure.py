"""Slips in the structure: the order, the kind and the brackets of products and sums."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from matdiff.checking.slips.tree import PRODUCTS, SUMS, Chain, Edit, Edits, Tree, folded
from matdiff.reader.syntax import Node


def swaps(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        for k, sign in enumerate(chain.signs):
            left, right = chain.operands[k : k + 2]
            if k == 0 or sign not in (".*", "/", "./"):
                words = f"the factors {tree.slice(left)} and {tree.slice(right)} are swapped"
                yield Edit(words, {id(left): right, id(right): left})


def moves(tree: Tree) -> Edits:
    """A factor in another place of its product."""
    for chain in tree.chains(PRODUCTS):
        operands = chain.operands
        if len(operands) > 2 and set(chain.signs) == {"*"}:
            yield permuted(chain, operands[::-1], "the factors stand in the wrong order")
            for k in range(len(operands)):
                for j in range(len(operands)):
                    if abs(k - j) > 1:
                        moved = list(operands)
                        moved.insert(j, moved.pop(k))
                        yield permuted(chain, moved, f"the factor {tree.slice(operands[k])} stands in the wrong place")


def permuted(chain: Chain, operands: Sequence[Node], words: str) -> Edit:
    return Edit(words, {id(old): new for old, new in zip(chain.operands, operands, strict=True) if old is not new})


KINDS = {"*": (".*", "⊗"), ".*": ("*",), "./": ("*",), "⊗": ("*", ".*"), "/": ("./", "*")}
SIGN_WORDS = {"*": "the matrix product", ".*": "⊙", "./": "the element-wise quotient", "⊗": "⊗", "/": "the quotient"}


def kinds(tree: Tree) -> Edits:
    """⊙ for the product, or the product for ⊙."""
    for chain in tree.chains(PRODUCTS):
        for k, (sign, node) in enumerate(zip(chain.signs, chain.tops, strict=True)):
            left, right = chain.operands[k : k + 2]
            for other in KINDS[sign]:
                words = f"{SIGN_WORDS[other]} is meant, not {SIGN_WORDS[sign]}"
                words += f", between {tree.slice(left)} and {tree.slice(right)}"
                yield tree.put(node, Node("binary", other, node.children), words)


def brackets(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        last = len(chain.operands) - 1
        for i in range(1, last):
            for j in range(i + 1, last + 1):
                yield bracketed(chain, [(i, j)])
        for k, operand in enumerate(chain.operands):
            if k and tree.joins(operand, PRODUCTS | SUMS):
                yield unbracketed(tree, chain, k)


def nested_brackets(tree: Tree) -> Edits:
    for chain in tree.chains(PRODUCTS):
        if len(chain.operands) < 8:
            spans = list(combinations(range(1, len(chain.operands)), 2))
            for outer in spans:
                for inner in spans:
                    if outer[0] < inner[0] and inner[1] <= outer[1]:
                        yield bracketed(chain, [outer, inner])


def bracketed(chain: Chain, spans: list[tuple[int, int]]) -> Edit:
    """Brackets round operands of a chain, the outer ones first."""
    operands, signs = list(chain.operands), chain.signs
    for i, j in spans[::-1]:
        until = len(operands) - (len(chain.operands) - j) + 1
        operands[i:until] = [folded(operands[i:until], signs[i : until - 1])]
        signs[i : until - 1] = []
    i = spans[0][0]
    new = folded([*chain.before(i), *operands[i:]], signs[i - 1 :])
    words = "brackets are missing"
    if chain.signs[i - 1] != chain.signs[i]:
        words += f": the sizes fit if {SIGN_WORDS[chain.signs[i - 1]]} is taken after {SIGN_WORDS[chain.signs[i]]}"
    return Edit(words, {id(chain.top): new})


def unbracketed(tree: Tree, chain: Chain, k: int) -> Edit:
    """The brackets round operand k left out: its first term joins what stands before, its last what stands after."""
    terms = tree.chain(chain.operands[k], SUMS)
    signs = chain.signs
    parts = [tree.chain(term, PRODUCTS) for term in terms.operands]
    factors = [list(part.operands) for part in parts]
    between = [list(part.signs) for part in parts]
    factors[0][:0], between[0][:0] = chain.operands[:k], signs[:k]
    factors[-1] += chain.operands[k + 1 :]
    between[-1] += signs[k:]
    new = folded([folded(*pair) for pair in zip(factors, between, strict=True)], terms.signs)
    return Edit(f"the brackets of {tree.slice(chain.operands[k])} are too much", {id(chain.top): new})


def sum_brackets(tree: Tree) -> Edits:
    """Brackets round terms that stand beside a product, ``2*(A - B)`` for ``2*A - B``, and the reverse."""
    for chain in tree.chains(SUMS):
        parts = [tree.chain(unsigned(tree, term), PRODUCTS) for term in chain.operands]
        for i, j in combinations(range(len(parts)), 2):
            for start in range(len(parts[i].operands)):
                for end in range(len(parts[j].operands)):
                    whole = i == 0 and start == 0 and j == len(parts) - 1 and end == len(parts[j].operands) - 1
                    if not whole:
                        yield summed(tree, chain, parts, (i, start), (j, end))
        for k, term in enumerate(chain.operands):
            if k and tree.joins(term, SUMS):
                inner = tree.chain(term, SUMS)
                operands = [*chain.operands[:k], *inner.operands, *chain.operands[k + 1 :]]
                new = folded(operands, [*chain.signs[:k], *inner.signs, *chain.signs[k:]])
                yield Edit(f"the brackets of {tree.slice(term)} are too much", {id(chain.top): new})


def summed(tree: Tree, chain: Chain, parts: Sequence[Chain], first: tuple[int, int], last: tuple[int, int]) -> Edit:
    """Brackets from one factor of a term to one of a later term."""
    (i, start), (j, end) = first, last
    one, other = parts[i], parts[j]
    inner = [folded(one.operands[start:], one.signs[start:])]
    inner += chain.operands[i + 1 : j]
    inner += [folded(other.operands[: end + 1], other.signs[:end])]
    operands = [*one.before(start), folded(inner, chain.signs[i:j]), *other.operands[end + 1 :]]
    new = folded(operands, [*one.signs[start - 1 : start], *other.signs[end:]] if start else other.signs[end:])
    if unsigned(tree, chain.operands[i]) is not chain.operands[i]:
        new = Node("negate", None, (new,))
    terms = [*chain.before(i), new, *chain.operands[j + 1 :]]
    signs = chain.signs[i - 1 : i] if i else []
    return Edit("brackets are missing", {id(chain.top): folded(terms, [*signs, *chain.signs[j:]])})


def unsigned(tree: Tree, term: Node) -> Node:
    return term.children[0] if term.kind == "negate" and not tree.is_bracketed(term) else term
