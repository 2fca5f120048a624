"""Edits of one statement that undo the slips people make, in NumPy notation."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matdiff.checking.scripts.statements import called, exchanged, is_module, product_of, text_of


@dataclass(frozen=True)
class Edit:
    """What stands for a statement, and the slip in words."""

    words: str
    nodes: tuple[ast.stmt, ...]
    shown: ast.stmt | None = None
    """The statement to show; None where one falls away."""
    moved: Mapping[ast.stmt, Sequence[ast.stmt]] | None = None
    """What stands for several statements, where lines move."""


@dataclass(frozen=True)
class Change:
    """A part of a statement in place of another, and the slip in words; without one the statement falls away."""

    words: str
    old: ast.AST
    new: ast.AST | None


def edited(statement: ast.stmt, change: Change) -> Edit:
    """The statement after a change."""
    if change.new is None:
        return Edit(change.words, ())
    new = exchanged(statement, change.old, change.new)
    return Edit(change.words, (new,), new)


@dataclass(frozen=True)
class Around:
    """What edits may use: the names in reach by their sizes and ranks, and the inputs of the activations."""

    shapes: Mapping[str, tuple[int, ...]]
    ranks: Mapping[str, int]
    activations: Mapping[str, str]
    """For values that went through an activation, its derivative as text: ``h > 0``, ``1 - a**2``."""


Kind = Callable[[ast.stmt, Around], Iterator[Change]]


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def operands(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that stand for values."""
    skipped: set[int] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            skipped.add(id(node.func))
            if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
                skipped.discard(id(node.func.value))
        if isinstance(node, ast.Assign | ast.AnnAssign):
            found = node.targets if isinstance(node, ast.Assign) else [node.target]
            skipped |= {id(t) for t in found}
        if isinstance(node, ast.AugAssign):
            skipped.add(id(node.target))
        if isinstance(node, ast.keyword):
            skipped |= {id(n) for n in ast.walk(node)}
        if isinstance(node, ast.expr) and id(node) not in skipped and not is_module(node):
            yield node


def value_of(statement: ast.stmt) -> ast.expr | None:
    return statement.value if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return) else None


# the slips, the likeliest first


def other_sign(statement: ast.stmt, around: Around) -> Iterator[Change]:
    turned = {ast.Add: ast.Sub, ast.Sub: ast.Add}
    for node in (statement, *operands(statement)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in turned:
            new = copy.copy(node)
            new.op = turned[type(node.op)]()
            yield Change("a sign is wrong", node, new)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield Change("a minus sign is too many", node, node.operand)


def minus(statement: ast.stmt, around: Around) -> Iterator[Change]:
    if isinstance(statement, ast.Assign):
        negative = ast.UnaryOp(ast.USub(), statement.value)
        yield Change("a minus sign is missing", statement.value, negative)


def other_comparison(statement: ast.stmt, around: Around) -> Iterator[Change]:
    turned = {ast.Lt: ast.Gt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt}
    for node in ast.walk(statement):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            if type(node.ops[0]) in turned:
                new = ast.Compare(node.left, [turned[type(node.ops[0])]()], node.comparators)
                yield Change("the mask is inverted", node, new)
            if isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value != 0:
                new = ast.Compare(node.left, node.ops, [ast.Constant(0)])
                yield Change("the mask compares with the wrong number", node, new)


def transposes(statement: ast.stmt, around: Around) -> Iterator[Change]:
    for node in operands(statement):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield Change("a transpose is too many", node, node.value)
        elif text_of(node) and around.ranks.get(text_of(node), 2 if isinstance(node, ast.Name) else 0) == 2:
            new = ast.Attribute(node, "T", ast.Load())
            yield Change("a transpose is missing", node, new)
    for node in operands(statement):
        if isinstance(node, ast.Call) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)):
            new = ast.Attribute(node, "T", ast.Load())
            yield Change("a transpose is missing", node, new)


def like_product(node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
    """A matrix product written as this one is."""
    if isinstance(node, ast.BinOp):
        return ast.BinOp(left, ast.MatMult(), right)
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if len(node.args) == 2:
        return ast.Call(node.func, [left, right], [])
    return ast.Call(ast.Attribute(left, node.func.attr, ast.Load()), [right], [])


def factors(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """The order of the factors, and which product is meant."""
    for node in operands(statement):
        both = product_of(node)
        if both is not None:
            left, right = both
            yield Change("the factors stand in the wrong order", node, like_product(node, right, left))
            new: ast.expr = ast.BinOp(left, ast.Mult(), right)
            yield Change("the product is element by element, *, not the matrix product", node, new)
            for x, y in ((turned(left), right), (left, turned(right)), (turned(left), turned(right))):
                yield Change("a transpose is wrong", node, like_product(node, x, y))
                yield Change("a transpose and the order of the factors are wrong", node, like_product(node, y, x))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            new = ast.BinOp(node.left, ast.MatMult(), node.right)
            yield Change("the matrix product is meant, not the one element by element", node, new)
            for x, y in ((turned(node.left), node.right), (node.left, turned(node.right))):
                new = ast.BinOp(x, ast.MatMult(), y)
                words = "the matrix product is meant, not the one element by element, and a transpose is missing"
                yield Change(words, node, new)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for sign, what in ((ast.Mult(), "a product"), (ast.MatMult(), "the matrix product")):
                new = ast.BinOp(node.left, sign, node.right)
                yield Change(f"{what} is meant, not a sum", node, new)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div):
            new = ast.BinOp(node.right, node.op, node.left)
            yield Change("the two sides stand in the wrong order", node, new)


def turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def sums(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """The axis of a sum, a mean for a sum, a sum that is missing."""
    for node in operands(statement):
        name = called(node)
        if name not in ("sum", "mean") or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        other = "mean" if name == "sum" else "sum"
        renamed = ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)
        yield Change(f"a {other} is meant, not a {name}", node, renamed)
        position = 1 if is_module(node.func.value) else 0
        if len(node.args) > position:
            for axis in (0, 1):
                arguments = [*node.args[:position], ast.Constant(axis), *node.args[position + 1 :]]
                new = ast.Call(node.func, arguments, node.keywords)
                yield Change("the sum runs over the wrong axis", node, new)
        else:
            yield from other_axes(statement, node)
        yield Change(f"the {name} is too many", node, node.args[0] if position else node.func.value)
    value = value_of(statement)
    if value is not None and isinstance(statement, ast.Assign | ast.Return) and not isinstance(value, ast.Tuple):
        for text in ("axis=0", "axis=0, keepdims=True", "axis=1", "axis=1, keepdims=True"):
            total = expression(f"np.sum(({ast.unparse(value)}), {text})")
            yield Change("the sum over the batch is missing", value, total)


def other_axes(statement: ast.stmt, node: ast.Call) -> Iterator[Change]:
    """The sum along either axis, which it keeps as before, or does where it did not."""
    kept = [k for k in node.keywords if k.arg == "keepdims"]
    others = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
    told = any(k.arg == "axis" for k in node.keywords)
    words = "the sum runs over the wrong axis" if told else "the axis of the sum is missing"
    for axis in (0, 1):
        for keeps in (kept, [] if kept else [ast.keyword("keepdims", ast.Constant(True))]):
            keywords = [*others, ast.keyword("axis", ast.Constant(axis)), *keeps]
            said = words if keeps is kept else f"{words}, or its axes are not kept (keepdims=True)"
            yield Change(said, node, ast.Call(node.func, node.args, keywords))


def inverse(sign: ast.operator) -> tuple[ast.operator, str]:
    """The division for a product, and the reverse."""
    if isinstance(sign, ast.Mult):
        return ast.Div(), "a division is meant, not a product"
    return ast.Mult(), "a product is meant, not a division"


def numbers(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """A factor too many, or another number."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Mult | ast.Div):
        other, words = inverse(statement.op)
        yield Change(words, statement, ast.AugAssign(statement.target, other, statement.value))
    for node in operands(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            dropped = [(node.right, node.left)]
            if isinstance(node.op, ast.Mult):
                dropped.append((node.left, node.right))
            what = "factor" if isinstance(node.op, ast.Mult) else "division by"
            for gone, left in dropped:
                yield Change(f"the {what} {ast.unparse(gone)} is too many", node, left)
            inner = node.left
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult) and isinstance(node.op, ast.Mult):
                gone = ast.BinOp(inner.right, ast.Mult(), node.right)
                yield Change(f"the factor {ast.unparse(gone)} is too many", node, inner.left)
            other, words = inverse(node.op)
            yield Change(words, node, ast.BinOp(node.left, other, node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield Change("the power is too many", node, node.left)
            if isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
                for power in (node.right.value + 1, node.right.value - 1, 2):
                    new = ast.BinOp(node.left, ast.Pow(), ast.Constant(power))
                    yield Change("the power is wrong", node, new)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            for value in (1, 2, 0.5, node.value + 1, node.value - 1, 0):
                if value != node.value and not isinstance(node.value, bool):
                    yield Change(f"the number is {value:g}, not {node.value:g}", node, ast.Constant(value))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            for gone, left in ((node.right, node.left), (node.left, node.right)):
                yield Change(f"the term {ast.unparse(gone)} is too many", node, left)
    if isinstance(statement, ast.Assign):
        for node in operands(statement):
            if text_of(node) and around.ranks.get(text_of(node), 0) > 0:
                square = ast.BinOp(node, ast.Pow(), ast.Constant(2))
                yield Change("a square is missing", node, square)


def penalties(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """A penalty itself, ``np.sum(W ** 2)``, where its derivative belongs."""
    for node in operands(statement):
        if called(node) == "sum" and isinstance(node, ast.Call) and len(node.args) == 1:
            match node.args[0]:
                case ast.BinOp(left=inner, op=ast.Pow()) | ast.BinOp(left=inner, op=ast.Mult()):
                    pass
                case ast.Call(args=[inner]) as squared if called(squared) == "square":
                    pass
                case _:
                    continue
            yield Change(f"the derivative of {ast.unparse(node)} is meant", node, inner)


def other_names(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """Another name of the same size; for sizes that do not fit, of any."""
    nodes = [n for n in operands(statement) if text_of(n)]
    nodes += [
        n.left
        for n in ast.walk(statement)
        if isinstance(n, ast.Compare) and isinstance(n.left, ast.Name) and n.left not in nodes
    ]
    for same in (True, False):
        for node in nodes:
            text = text_of(node)
            if text not in around.ranks:
                continue
            for name, shape in around.shapes.items():
                fits = shape == around.shapes.get(text)
                if name != text and fits is same and around.ranks.get(name) == around.ranks[text]:
                    yield Change(f"{name} is meant, not {text}", node, expression(name))


def any_names(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """A name of another number of axes: a scalar for an array, or the reverse."""
    for node in operands(statement):
        if (text := text_of(node)) in around.ranks:
            for name in around.shapes:
                if around.ranks.get(name) != around.ranks[text]:
                    yield Change(f"{name} is meant, not {text}", node, expression(name))


def masks(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """The derivative of an activation, missing as a factor."""
    value = value_of(statement)
    if value is None or not isinstance(statement, ast.Assign):
        return
    for name, text in around.activations.items():
        if "> 0" in text:
            continue
        factor = expression(text)
        new = ast.BinOp(value, ast.Mult(), factor)
        words = f"the derivative of the activation {name} is missing, the factor {text}"
        yield Change(words, value, new)


def wrong_masks(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """The derivative of another activation, or of the right one at the wrong place."""
    for node in operands(statement):
        if isinstance(node, ast.BinOp | ast.Compare | ast.Call):
            for name, text in around.activations.items():
                yield Change(f"the derivative of the activation {name} is {text}", node, expression(text))


def missing_parts(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """A factor that was forgotten, or one side of a difference."""
    if not isinstance(statement, ast.Assign) or not text_of(statement.targets[0]):
        return
    arrays = [
        name
        for name, rank in around.ranks.items()
        if rank and name in around.shapes and name != text_of(statement.targets[0])
    ]
    for node in operands(statement):
        text = text_of(node)
        if text and around.ranks.get(text) == 0:
            for name in arrays:
                new = expression(f"{text} * {name}")
                yield Change(f"the factor {name} is missing", node, new)
        if text and around.ranks.get(text, 0):
            for name in (name for name, rank in around.ranks.items() if not rank):
                yield Change(f"the division by {name} is missing", node, expression(f"{text} / {name}"))
            for name in arrays:
                if name != text and around.shapes[name] == around.shapes.get(text):
                    new = expression(f"{text} * {name}")
                    yield Change(f"the factor {name} is missing", node, new)
                    for left, right in ((name, text), (text, name)):
                        new = expression(f"({left} - {right})")
                        yield Change(f"the difference {left} - {right} is meant", node, new)
    value = statement.value
    for name in arrays:
        for text in (name, f"{name}.T") if around.ranks[name] == 2 else (name,):
            factor = expression(text)
            products = [ast.BinOp(value, ast.MatMult(), factor), ast.BinOp(factor, ast.MatMult(), value)]
            for new in (ast.BinOp(value, ast.Mult(), factor), *products):
                yield Change(f"the factor {text} is missing", value, new)


def put_back(statement: ast.stmt, around: Around) -> Iterator[Change]:
    """A statement that should not be there."""
    yield Change("this line is too many", statement, None)


SCALING: tuple[Kind, ...] = (other_sign, sums, numbers, factors, minus)
"""Edits that may put a scalar factor right."""

EDITS: tuple[Kind, ...] = (
    other_comparison,
    other_sign,
    sums,
    transposes,
    factors,
    penalties,
    other_names,
    numbers,
    masks,
    wrong_masks,
    minus,
    put_back,
    any_names,
    missing_parts,
)
