"""Slips in masks, sums, functions, names and differentials."""

from __future__ import annotations

import re

from matdiff.checking.slips.spelling import is_group
from matdiff.checking.slips.tree import (
    ATOM,
    FACTOR,
    PRODUCT,
    PRODUCTS,
    Edit,
    Edits,
    Tree,
    call,
    folded,
    named,
    turned,
)
from matdiff.reader.syntax import Node, postorder
from matdiff.reader.syntax import number as number_node
from matdiff.sizes import ONE

TURNED = {">": ("<", "<="), ">=": ("<=", "<"), "<": (">", ">="), "<=": (">=", ">")}


def masks(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "binary" and node.value in TURNED:
            left, right = node.children
            for sign in TURNED[node.value]:
                new = Node("binary", sign, node.children, node.start, node.end)
                splice = (left.end, right.start, f" {tree.spelling.compare(sign)} ")
                yield Edit((splice,), "the mask is turned round", {id(node): new})
    for name, shape in tree.values.items():
        if shape == (ONE, ONE):
            continue
        text = tree.spelling.mask(tree.spelling.name(name))
        mask = Node("mask", None, (Node("binary", ">", (named(name), number_node(0))),))
        for node in tree.values_of:
            if tree.shape(node) == shape and tree.is_operand(node):
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
        if shape is None:
            continue
        rows, columns = shape[0] is not ONE, shape[1] is not ONE
        if tree.spelling.latex:
            text = rf"{one}^\top {tree.inside(node, FACTOR)}"
            if rows:
                yield tree.product(turned(column), node, node, text, "the sum over the rows is missing")
            text = f"{tree.inside(node, PRODUCT)} {one}"
            if columns:
                yield tree.product(node, column, node, text, "the sum over the columns is missing")
        else:
            for function, words in (("colsum", "the sum over the rows"), ("rowsum", "the sum over the columns")):
                text = f"{function}({tree.text(node)})"
                if rows if function == "colsum" else columns:
                    yield tree.put(node, call(function, node), text, ATOM, f"{words} is missing: {text}")
            if rows and columns:
                text = f"sum({tree.text(node)})"
                yield tree.put(node, call("sum", node), text, ATOM, f"a sum is missing: {text}")


def is_ones(node: Node) -> bool:
    return node.kind == "call" and node.value in ("vector", "ones") and len(node.children) == 1


def is_ones_row(node: Node) -> bool:
    return node.kind == "transpose" and is_ones(node.children[0])


def traces(tree: Tree) -> Edits:
    """A trace that is missing, in every term of a sum at once."""
    head = r"\operatorname{tr}" if tree.spelling.latex else "tr"
    found = [node for node in tree.values_of if (shape := tree.shape(node)) and shape[0] is shape[1] is not ONE]
    for node in found:
        text = f"{head}{tree.inside(node, ATOM)}" if is_group(tree.text(node)) else f"{head}({tree.text(node)})"
        yield tree.put(node, call("tr", node), text, ATOM, f"a trace is missing: {text}")


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
        scalar = tree.is_scalar(node)
        for name, shape in tree.values.items():
            if name != node.value and (scalar or shape != (ONE, ONE)):
                text = tree.spelling.name(name)
                yield tree.put(node, named(name), text, ATOM, f"{tree.text(node)} should be {text}")


def differentials_too_many(tree: Tree) -> Edits:
    for node in tree.nodes:
        if node.kind == "differential":
            (of,) = node.children
            words = f"{tree.text(node)} should be {tree.text(of)}"
            yield tree.put(node, of, tree.text(of), tree.level(of), words)


def differentials_missing(tree: Tree) -> Edits:
    for node in tree.nodes:
        still = not any(inner.kind == "differential" for inner in postorder(node))
        if still and is_group(tree.text(node)) and node in tree.values_of:
            text = rf"\mathrm{{d}}{tree.text(node)}" if tree.spelling.latex else f"d{tree.text(node)}"
            new = Node("differential", "called", (node,), node.start, node.end)
            yield tree.put(node, new, text, ATOM, f"a d is missing: {text}")
        if node.kind == "name" and node.value in tree.values:
            above = tree.parent.get(id(node))
            if above is None or above[0].kind != "differential":
                text = tree.spelling.differential(str(node.value))
                new = Node("differential", None, (node,), node.start, node.end)
                yield tree.put(node, new, text, ATOM, f"a d is missing: {text}")
