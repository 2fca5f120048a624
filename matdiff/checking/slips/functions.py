"""Slips in masks, sums, functions, names and differentials."""

from __future__ import annotations

from matdiff.checking.slips.tree import PRODUCTS, SUMS, Edit, Edits, Tree, binary, call, named, turned
from matdiff.operators import ALIASES, CALLS
from matdiff.reader.syntax import Node, number, postorder
from matdiff.sizes import ONE

TURNED = {">": ("<", "<="), ">=": ("<=", "<"), "<": (">", ">="), "<=": (">=", ">")}


def masks(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in TURNED:
            for sign in TURNED[node.value]:
                yield tree.put(node, Node("binary", sign, node.children), "the mask is turned round")
    for name, shape in tree.values.items():
        if shape != (ONE, ONE):
            mask = Node("mask", None, (binary(">", named(name), number(0)),))
            words = f"the mask {tree.text(mask)} is missing"
            for node in tree.values_of:
                if tree.shape(node) == shape and tree.is_operand(node):
                    yield tree.put(node, binary(".*", mask, node), words)


_MISTAKEN = {entry.call: entry.mistaken_for for entries in CALLS.values() for entry in entries if entry.mistaken_for}
FUNCTIONS = _MISTAKEN | {name: _MISTAKEN[of] for name, of in ALIASES.items() if of in _MISTAKEN}
"""Functions people take for one another."""

OTHER_AXIS = "the sum goes over the other axis"


def functions(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "keyword" and node.value == "axis" and node.children[0].kind == "number":
            (axis,) = node.children
            value = 1 - axis.value
            yield tree.put(axis, number(value), f"{OTHER_AXIS}: axis={value}")
        if node.kind != "call" or node.value not in FUNCTIONS:
            continue
        for other in FUNCTIONS[node.value]:
            words = f"{other} is meant, not {node.value}"
            words = OTHER_AXIS if {other, node.value} == {"rowsum", "colsum"} else words
            yield tree.put(node, Node("call", other, node.children), words)
        if node.value in ("sum", "tr", "mean", "exp", "log", "sqrt") and len(node.children) == 1:
            yield tree.put(node, node.children[0], f"{node.value} is too much")


def sums(tree: Tree) -> Edits:
    """A sum over one axis that is missing, or that goes over the other."""
    column = call("vector", number(1))
    for chain in tree.chains(PRODUCTS) if tree.spelling.latex else ():
        first, last = chain.operands[0], chain.operands[-1]
        if first.is_transpose and is_ones(first.children[0]) and chain.signs[0] == "*":
            lowest = chain.tops[0]
            rest = tree.edited({id(lowest): lowest.children[1]}, chain.top)
            yield tree.put(chain.top, binary("*", rest, column), OTHER_AXIS)
        if is_ones(last) and chain.signs[-1] == "*":
            yield tree.put(chain.top, binary("*", turned(column), chain.top.children[0]), OTHER_AXIS)
    for node in tree.values_of:
        rows, columns = (size is not ONE for size in tree.shape(node) or (ONE, ONE))
        if rows:
            new = binary("*", turned(column), node) if tree.spelling.latex else call("colsum", node)
            yield tree.put(node, new, "the sum over the rows is missing")
        if columns:
            new = binary("*", node, column) if tree.spelling.latex else call("rowsum", node)
            yield tree.put(node, new, "the sum over the columns is missing")
        if rows and columns and not tree.spelling.latex:
            yield tree.put(node, call("sum", node), "a sum is missing")


def is_ones(node: Node) -> bool:
    return node.kind == "call" and node.value in ("vector", "ones") and len(node.children) == 1


def traces(tree: Tree) -> Edits:
    for node in tree.values_of:
        shape = tree.shape(node)
        if shape and shape[0] is shape[1] is not ONE:
            new = call("tr", node)
            yield tree.put(node, new, f"a trace is missing: {tree.text(new)}")


def inner_products(tree: Tree) -> Edits:
    """``A dX`` for ``tr(A' dX)``, in every term that is one."""
    new: dict[int, Node] = {}
    for chain in tree.chains(PRODUCTS):
        last = chain.operands[-1]
        matrices = [operand for operand in chain.operands if not tree.is_scalar(operand)]
        if len(matrices) == 2 and last.kind == "differential" and set(chain.signs) == {"*"}:
            factor = matrices[0]
            if tree.shape(factor) == tree.shape(last) and factor is chain.operands[-2]:
                new[id(chain.top)] = call("tr", tree.edited({id(factor): turned(factor)}, chain.top))
    if new:
        yield Edit("a trace and a transpose are missing", new)


# names and differentials


def names(tree: Tree) -> Edits:
    for node in tree.nodes:
        above = tree.parent.get(id(node))
        if node.kind != "name" or (above and above[0].kind == "keyword"):
            continue
        scalar = tree.is_scalar(node)
        for name, shape in tree.values.items():
            if name != node.value and (scalar or shape != (ONE, ONE)):
                yield Edit(f"{tree.slice(node)} should be {tree.spelling.name(name)}", {id(node): named(name)})


def differentials_too_many(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "differential":
            (of,) = node.children
            yield tree.put(node, of, f"{tree.slice(node)} should be {tree.slice(of)}")


def differentials_missing(tree: Tree) -> Edits:
    for node in tree.nodes:
        still = not any(inner.kind == "differential" for inner in postorder(node))
        above = tree.parent.get(id(node))
        name = node.kind == "name" and node.value in tree.values and not (above and above[0].kind == "differential")
        if name or (still and tree.is_bracketed(node) and node in tree.values_of):
            new = Node("differential", None if name else "called", (node,))
            yield tree.put(node, new, f"a d is missing: {tree.text(new)}")


# terms


def terms_too_many(tree: Tree) -> Edits:
    for chain in tree.chains(SUMS):
        for k, operand in enumerate(chain.operands):
            top = chain.tops[max(k, 1) - 1]
            rest = top.children[k == 0]
            if k == 0 and chain.signs[0] == "-":
                rest = Node("negate", None, (rest,))
            yield tree.put(top, rest, f"the term {tree.slice(operand)} is too much")


def terms_missing(tree: Tree) -> Edits:
    """A term that stands on the other side."""
    for text, term, shape in tree.terms:
        for node in tree.values_of:
            above = tree.parent.get(id(node))
            inside = above is not None and above[0].kind in ("binary", "transpose") and not tree.is_bracketed(node)
            if not inside and tree.shape(node) == shape:
                for sign in ("+", "-"):
                    yield tree.put(node, binary(sign, node, term), f"a term is missing: {sign} {text}")
