"""What in a script is data or a parameter: arrays made from nothing, and the sizes their making tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from matdiff.checking.scripts.statements import called

_SHAPED = frozenset(
    {"zeros", "ones", "empty", "full", "random", "rand", "randn", "normal", "standard_normal", "uniform"}
    | {"random_sample", "randint", "integers", "binomial"}
)
_UNTOLD = "__size"
"""A size that the script does not tell."""
_LISTED = frozenset({"rand", "randn"})
_SAME_SHAPE = frozenset({"astype", "copy", "clip", "round", "abs", "sign", "exp", "sqrt", "square", "floor", "float32"})
_THIRD = frozenset({"normal", "uniform", "binomial", "randint", "integers"})
"""Functions whose sizes are their third argument."""
_RANDOM = _SHAPED - {"zeros", "ones", "empty", "full"}
_VECTORS = frozenset({"linspace", "arange", "permutation", "choice", "logspace"})
_FILES = _VECTORS | {"load", "loadtxt", "genfromtxt", "read_csv", "array", "asarray"}


def calls(value: ast.expr) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            yield called(node), node


def is_random(value: ast.expr) -> bool:
    """Whether an expression is random data, perhaps scaled; that of other data is not."""
    return any(
        (name in _RANDOM and isinstance(call.func, ast.Attribute) and "ran" in ast.unparse(call.func).lower())
        or (name in _RANDOM and isinstance(call.func, ast.Attribute) and "rng" in ast.unparse(call.func).lower())
        or name in ("randn", "rand", "standard_normal")
        for name, call in calls(value)
    )


def is_opaque(value: ast.expr) -> bool:
    """Whether an expression makes data of which only the sizes matter."""
    return is_random(value) or any(name in _FILES for name, _ in calls(value))


def makes_array(value: ast.expr) -> bool:
    return any(name in _SHAPED or name in _FILES for name, _ in calls(value))


def makers(value: ast.expr) -> Iterator[tuple[str, ast.Call]]:
    """The calls that make the arrays that an expression scales and adds up entry by entry."""
    stack = [value]
    while stack:
        node = stack.pop(0)
        name = called(node)
        if isinstance(node, ast.BinOp):
            stack += [node.left, node.right]
        elif isinstance(node, ast.UnaryOp):
            stack.append(node.operand)
        elif isinstance(node, ast.Compare):
            stack += [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and (name in _SHAPED or name in _FILES):
            yield name, node
        elif isinstance(node, ast.Call) and name in _SAME_SHAPE:
            inner = node.func.value if isinstance(node.func, ast.Attribute) and not _is_module(node.func) else None
            stack += [inner] if inner is not None else node.args[:1]


def _is_module(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id in ("np", "numpy")


def shape_of(value: ast.expr) -> list[ast.expr] | None:
    """The sizes of the array that an expression makes."""
    for name, call in makers(value):
        shape = _shape_made(name, call)
        if shape:
            return shape
    return next((shape for shape in (_shape_made(name, call) for name, call in makers(value)) if shape == []), None)


def _shape_made(name: str, call: ast.Call) -> list[ast.expr] | None:
    """The sizes of what one call makes; none for a scalar, None where it does not tell."""
    if name in ("array", "asarray"):
        listed = call.args and isinstance(call.args[0], ast.List | ast.Tuple)
        return _shape_of_list(call.args[0]) if listed else None
    if name in _VECTORS and name != "choice":
        return [ast.Name(_UNTOLD)]
    if name not in _SHAPED:
        return None
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    told = keywords.get("size") or keywords.get("shape")
    if told is None and name in _LISTED:
        return None if any(isinstance(arg, ast.Starred) for arg in call.args) else list(call.args)
    position = 2 if name in _THIRD else 0
    if told is None:
        if len(call.args) <= position:
            return []
        told = call.args[position]
    if not isinstance(told, ast.Tuple | ast.List | ast.Name | ast.Constant | ast.BinOp):
        return None
    return list(told.elts) if isinstance(told, ast.Tuple | ast.List) else [told]


def _shape_of_list(value: ast.expr) -> list[ast.expr]:
    """The sizes of an array that is written out."""
    shape: list[ast.expr] = []
    while isinstance(value, ast.List | ast.Tuple) and value.elts:
        shape.append(ast.Constant(len(value.elts)))
        value = value.elts[0]
    return shape


def size_text(size: ast.expr, dims: Mapping[str, int]) -> str | None:
    """A size as the math notation writes it, where it is a name of a size or a product of them."""
    text = ast.unparse(size).replace(" ", "")
    if all(part in dims for part in text.split("*")):
        return text
    return None


def kinds_of(shape: list[ast.expr] | None, dims: Mapping[str, int]) -> list[str]:
    """The declarations of an array made with these sizes, the most telling first."""
    if shape is None:
        return []
    if not shape:
        return ["scalar"]
    if len(shape) > 2:
        return []
    texts = [size_text(size, dims) for size in shape]
    ones = [isinstance(size, ast.Constant) and size.value == 1 for size in shape]
    if len(shape) == 1:
        return ["scalar"] if ones[0] else [f"vector({texts[0]})"] * bool(texts[0]) + ["vector"]
    if all(ones):
        return ["matrix(1, 1)"]
    if ones[0]:
        return [f"row({texts[1]})"] * bool(texts[1]) + ["row"]
    if ones[1]:
        return [f"matrix({texts[0]}, 1)"] if texts[0] else ["matrix(__rows, 1)"]
    return [f"matrix({texts[0]}, {texts[1]})"] * all(texts) + ["matrix"]


def draws(value: ast.expr) -> list[ast.Call]:
    """The calls of an expression that draw random numbers."""
    return [call for name, call in calls(value) if name in _RANDOM and isinstance(call.func, ast.Attribute)]


def is_indicator(value: ast.expr) -> bool:
    """Whether it matters what an expression does with its data: ``(np.random.rand(n) < 0.5)``."""
    return any(isinstance(node, ast.Compare) or called(node) == "sign" for node in ast.walk(value))
