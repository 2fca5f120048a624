"""Edits of one statement that undo the slips people make, in NumPy notation."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from matdiff.checking.scripts.statements import called, exchanged, is_module, located, product_of
from matdiff.sizes import Shape


@dataclass(frozen=True)
class Edit:
    """What stands for a statement, and the slip in words."""

    words: str
    nodes: tuple[ast.stmt, ...]
    shown: ast.stmt | None = None
    """The statement to show; None where one falls away."""
    tried: bool = False
    """Whether it is known to help."""


@dataclass(frozen=True)
class Around:
    """What edits may use: the names in reach by their sizes and ranks, and the inputs of the activations."""

    shapes: Mapping[str, Shape]
    ranks: Mapping[str, int]
    activations: Mapping[str, str]
    """For values that went through an activation, its derivative as text: ``h > 0``, ``1 - a**2``."""


Kind = Callable[[ast.stmt, Around], Iterator[Edit]]


def one(words: str, statement: ast.stmt) -> Edit:
    return Edit(words, (statement,), statement)


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
    return statement.value if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign) else None


# the slips, the likeliest first


def other_sign(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    turned = {ast.Add: ast.Sub, ast.Sub: ast.Add}
    for node in (statement, *operands(statement)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in turned:
            new = copy.copy(node)
            new.op = turned[type(node.op)]()
            yield one("a sign is wrong", exchanged(statement, node, new))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield one("a minus sign is too many", exchanged(statement, node, node.operand))


def minus(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    if isinstance(statement, ast.Assign):
        negative = ast.UnaryOp(ast.USub(), statement.value)
        yield one("a minus sign is missing", exchanged(statement, statement.value, negative))


def other_comparison(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    turned = {ast.Lt: ast.Gt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt}
    for node in ast.walk(statement):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            if type(node.ops[0]) in turned:
                new = ast.Compare(node.left, [turned[type(node.ops[0])]()], node.comparators)
                yield one("the mask is inverted", exchanged(statement, node, new))
            if isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value != 0:
                new = ast.Compare(node.left, node.ops, [ast.Constant(0)])
                yield one("the mask compares with the wrong number", exchanged(statement, node, new))


def transposes(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    for node in operands(statement):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield one("a transpose is too many", exchanged(statement, node, node.value))
        elif isinstance(node, ast.Name) and around.ranks.get(node.id, 2) == 2:
            new = ast.Attribute(node, "T", ast.Load())
            yield one("a transpose is missing", exchanged(statement, node, new))
    for node in operands(statement):
        if isinstance(node, ast.Call) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)):
            new = ast.Attribute(node, "T", ast.Load())
            yield one("a transpose is missing", exchanged(statement, node, new))


def like_product(node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
    """A matrix product written as this one is."""
    if isinstance(node, ast.BinOp):
        return ast.BinOp(left, ast.MatMult(), right)
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if len(node.args) == 2:
        return ast.Call(node.func, [left, right], [])
    return ast.Call(ast.Attribute(left, node.func.attr, ast.Load()), [right], [])


def factors(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """The order of the factors, and which product is meant."""
    for node in operands(statement):
        both = product_of(node)
        if both is not None:
            left, right = both
            yield one(
                "the factors stand in the wrong order", exchanged(statement, node, like_product(node, right, left))
            )
            new: ast.expr = ast.BinOp(left, ast.Mult(), right)
            yield one("the product is element by element, *, not the matrix product", exchanged(statement, node, new))
            for x, y in ((turned(left), right), (left, turned(right)), (turned(left), turned(right))):
                yield one("a transpose is wrong", exchanged(statement, node, like_product(node, x, y)))
                yield one(
                    "a transpose and the order of the factors are wrong",
                    exchanged(statement, node, like_product(node, y, x)),
                )
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            new = ast.BinOp(node.left, ast.MatMult(), node.right)
            yield one("the matrix product is meant, not the one element by element", exchanged(statement, node, new))
            for x, y in ((turned(node.left), node.right), (node.left, turned(node.right))):
                new = ast.BinOp(x, ast.MatMult(), y)
                words = "the matrix product is meant, not the one element by element, and a transpose is missing"
                yield one(words, exchanged(statement, node, new))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for sign, what in ((ast.Mult(), "a product"), (ast.MatMult(), "the matrix product")):
                new = ast.BinOp(node.left, sign, node.right)
                yield one(f"{what} is meant, not a sum", exchanged(statement, node, new))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div):
            new = ast.BinOp(node.right, node.op, node.left)
            yield one("the two sides stand in the wrong order", exchanged(statement, node, new))


def turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def sums(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """The axis of a sum, a mean for a sum, a sum that is missing."""
    for node in operands(statement):
        name = called(node)
        if name not in ("sum", "mean") or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        other = "mean" if name == "sum" else "sum"
        renamed = ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)
        yield one(f"a {other} is meant, not a {name}", exchanged(statement, node, renamed))
        position = 1 if is_module(node.func.value) else 0
        if len(node.args) > position:
            for axis in (0, 1):
                arguments = [*node.args[:position], ast.Constant(axis), *node.args[position + 1 :]]
                new = ast.Call(node.func, arguments, node.keywords)
                yield one("the sum runs over the wrong axis", exchanged(statement, node, new))
        else:
            yield from other_axes(statement, node)
        yield one(f"the {name} is too many", exchanged(statement, node, node.args[0] if position else node.func.value))
    value = value_of(statement)
    if value is not None and isinstance(statement, ast.Assign):
        for text in ("axis=0", "axis=0, keepdims=True", "axis=1", "axis=1, keepdims=True"):
            total = expression(f"np.sum(({ast.unparse(value)}), {text})")
            yield one("the sum over the batch is missing", exchanged(statement, value, total))


def other_axes(statement: ast.stmt, node: ast.Call) -> Iterator[Edit]:
    """The sum along either axis, which it keeps as before, or does where it did not."""
    kept = [k for k in node.keywords if k.arg == "keepdims"]
    others = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
    told = any(k.arg == "axis" for k in node.keywords)
    words = "the sum runs over the wrong axis" if told else "the axis of the sum is missing"
    for axis in (0, 1):
        for keeps in (kept, [] if kept else [ast.keyword("keepdims", ast.Constant(True))]):
            keywords = [*others, ast.keyword("axis", ast.Constant(axis)), *keeps]
            said = words if keeps is kept else f"{words}, or its axes are not kept (keepdims=True)"
            yield one(said, exchanged(statement, node, ast.Call(node.func, node.args, keywords)))


def inverse(sign: ast.operator) -> tuple[ast.operator, str]:
    """The division for a product, and the reverse."""
    if isinstance(sign, ast.Mult):
        return ast.Div(), "a division is meant, not a product"
    return ast.Mult(), "a product is meant, not a division"


def numbers(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """A factor too many, or another number."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Mult | ast.Div):
        other, words = inverse(statement.op)
        yield one(words, located(ast.AugAssign(statement.target, other, statement.value), statement))
    for node in operands(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            dropped = [(node.right, node.left)]
            if isinstance(node.op, ast.Mult):
                dropped.append((node.left, node.right))
            what = "factor" if isinstance(node.op, ast.Mult) else "division by"
            for gone, left in dropped:
                yield one(f"the {what} {ast.unparse(gone)} is too many", exchanged(statement, node, left))
            inner = node.left
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult) and isinstance(node.op, ast.Mult):
                gone = ast.BinOp(inner.right, ast.Mult(), node.right)
                yield one(f"the factor {ast.unparse(gone)} is too many", exchanged(statement, node, inner.left))
            other, words = inverse(node.op)
            yield one(words, exchanged(statement, node, ast.BinOp(node.left, other, node.right)))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield one("the power is too many", exchanged(statement, node, node.left))
            if isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
                for power in (node.right.value + 1, node.right.value - 1, 2):
                    new = ast.BinOp(node.left, ast.Pow(), ast.Constant(power))
                    yield one("the power is wrong", exchanged(statement, node, new))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            for value in (1, 2, 0.5, node.value + 1, node.value - 1, 0):
                if value != node.value and not isinstance(node.value, bool):
                    yield one(
                        f"the number is {value:g}, not {node.value:g}", exchanged(statement, node, ast.Constant(value))
                    )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            for gone, left in ((node.right, node.left), (node.left, node.right)):
                yield one(f"the term {ast.unparse(gone)} is too many", exchanged(statement, node, left))
    if isinstance(statement, ast.Assign):
        for node in operands(statement):
            if isinstance(node, ast.Name) and around.ranks.get(node.id, 0) > 0:
                square = ast.BinOp(node, ast.Pow(), ast.Constant(2))
                yield one("a square is missing", exchanged(statement, node, square))


def other_names(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """Another name of the same size; for sizes that do not fit, of any."""
    nodes = [n for n in operands(statement) if isinstance(n, ast.Name)]
    nodes += [
        n.left
        for n in ast.walk(statement)
        if isinstance(n, ast.Compare) and isinstance(n.left, ast.Name) and n.left not in nodes
    ]
    for same in (True, False):
        for node in nodes:
            if node.id not in around.ranks:
                continue
            for name, shape in around.shapes.items():
                fits = shape == around.shapes.get(node.id)
                if name != node.id and fits is same and around.ranks.get(name) == around.ranks[node.id]:
                    new = ast.Name(name, ast.Load())
                    yield one(f"{name} is meant, not {node.id}", exchanged(statement, node, new))


def any_names(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """A name of another number of axes: a scalar for an array, or the reverse."""
    for node in operands(statement):
        if isinstance(node, ast.Name) and node.id in around.ranks:
            for name in around.shapes:
                if around.ranks.get(name) != around.ranks[node.id]:
                    yield one(f"{name} is meant, not {node.id}", exchanged(statement, node, ast.Name(name, ast.Load())))


def masks(statement: ast.stmt, around: Around) -> Iterator[Edit]:
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
        yield one(words, exchanged(statement, value, new))


def wrong_masks(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """The derivative of another activation, or of the right one at the wrong place."""
    for node in operands(statement):
        if isinstance(node, ast.BinOp | ast.Compare | ast.Call):
            for name, text in around.activations.items():
                yield one(
                    f"the derivative of the activation {name} is {text}", exchanged(statement, node, expression(text))
                )


def missing_parts(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """A factor that was forgotten, or one side of a difference."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return
    arrays = [
        name
        for name, rank in around.ranks.items()
        if rank and name in around.shapes and name != statement.targets[0].id
    ]
    for node in operands(statement):
        if isinstance(node, ast.Name) and around.ranks.get(node.id) == 0:
            for name in arrays:
                new = expression(f"{node.id} * {name}")
                yield one(f"the factor {name} is missing", exchanged(statement, node, new))
        if isinstance(node, ast.Name) and around.ranks.get(node.id, 0):
            for name in (name for name, rank in around.ranks.items() if not rank):
                yield one(
                    f"the division by {name} is missing",
                    exchanged(statement, node, expression(f"{node.id} / {name}")),
                )
            for name in arrays:
                if name != node.id and around.shapes[name] == around.shapes.get(node.id):
                    new = expression(f"{node.id} * {name}")
                    yield one(f"the factor {name} is missing", exchanged(statement, node, new))
                    for left, right in ((name, node.id), (node.id, name)):
                        new = expression(f"({left} - {right})")
                        yield one(f"the difference {left} - {right} is meant", exchanged(statement, node, new))
    value = statement.value
    for name in arrays:
        for text in (name, f"{name}.T") if around.ranks[name] == 2 else (name,):
            factor = expression(text)
            products = [ast.BinOp(value, ast.MatMult(), factor), ast.BinOp(factor, ast.MatMult(), value)]
            for new in (ast.BinOp(value, ast.Mult(), factor), *products):
                yield one(f"the factor {text} is missing", exchanged(statement, value, new))


def put_back(statement: ast.stmt, around: Around) -> Iterator[Edit]:
    """A statement that should not be there."""
    yield Edit("this line is too many", (), None)


SCALING: tuple[Kind, ...] = (other_sign, sums, numbers, factors, minus)
"""Edits that may put a scalar factor right."""

EDITS: tuple[Kind, ...] = (
    other_comparison,
    other_sign,
    transposes,
    sums,
    factors,
    other_names,
    numbers,
    masks,
    wrong_masks,
    minus,
    put_back,
    any_names,
    missing_parts,
)
