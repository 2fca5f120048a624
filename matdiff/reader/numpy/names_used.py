"""What NumPy code says of its names as a whole, before it is read in order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matdiff.reader.names import KINDS
from matdiff.reader.numpy.arrays import Span
from matdiff.reader.numpy.tree import span
from matdiff.reader.spelling import closest

MODULE_NAMES = {
    "np": "numpy",
    "numpy": "numpy",
    "jnp": "jax.numpy",
    "math": "math",
    "scipy": "scipy",
    "plt": "matplotlib.pyplot",
}
"""Modules that need no import."""

_SIZES = {
    **dict.fromkeys(("zeros", "ones", "full", "identity", "arange", "range"), slice(1)),
    **dict.fromkeys(("random", "random_sample", "standard_normal"), slice(1)),
    **dict.fromkeys(("normal", "uniform"), slice(2, 3)),
    **dict.fromkeys(("randn", "rand", "reshape"), slice(None)),
    "eye": slice(2),
}
"""Which arguments of a function are sizes."""


def name_of(item: ast.AST) -> str:
    """The name that an expression is; empty for all else."""
    return item.id if isinstance(item, ast.Name) else ""


def names_of(declaration: ast.AnnAssign) -> list[tuple[str, Span]]:
    """The names that a declaration begins with, and where they stand."""
    start, _ = span(declaration.target)
    text = name_of(declaration.target)
    return [(m[0], (start + m.start(), start + m.end())) for m in re.finditer(r"[^\s,]+", text)]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant: misspelt, or written out or shortened."""
    words = sorted(set(known), key=lambda other: (abs(len(other) - len(word)), other))
    longer = (other for other in words if min(len(word), len(other)) > 2 and word.startswith(other))
    return closest(word, words) or next(longer, None)


@dataclass(frozen=True, slots=True)
class Names:
    assigned: frozenset[str]
    """The names that are assigned somewhere."""
    dims: frozenset[str]
    """Those that stand for sizes."""
    tables: frozenset[str]
    """Those that strings look into, as in ``params["W1"]``."""


def names_in(tree: ast.AST) -> Names:
    assigned: set[str] = set()
    dims: set[str] = set()
    tables: set[str] = set()
    modules = set(MODULE_NAMES)
    calls: list[ast.Call] = []
    for item in ast.walk(tree):
        match item:
            case ast.Assign(targets=targets):
                assigned.update(name for target in targets for name in plain_names(target))
            case ast.AugAssign(target=target):
                assigned.update(plain_names(target))
            case ast.FunctionDef(name=name):
                assigned.add(name)
            case ast.AnnAssign(annotation=annotation, value=value):
                assigned.update(name for name, _ in names_of(item) if value is not None)
                dims.update(sizes_of_kind(annotation))
            case ast.arg(annotation=ast.expr() as annotation):
                dims.update(sizes_of_kind(annotation))
            case ast.alias(asname=str(name)):
                modules.add(name)
            case ast.Subscript(value=value, slice=ast.Constant(value=str())):
                tables.update(plain_names(value))
            case ast.Call():
                calls.append(item)
    for call in calls:
        dims.update(sizes_in_call(call, modules))
    return Names(frozenset(assigned), frozenset(dims - modules), frozenset(tables))


def sizes_of_kind(annotation: ast.expr) -> Iterator[str]:
    """The names in ``matrix(n, d)``."""
    if isinstance(annotation, ast.Call) and name_of(annotation.func) in KINDS:
        for size in annotation.args:
            yield from plain_names(size)


def sizes_in_call(call: ast.Call, modules: set[str]) -> Iterator[str]:
    """The names in ``np.zeros((n, k))`` and its like."""
    head, positional = call.func, call.args
    name = head.attr if isinstance(head, ast.Attribute) else name_of(head)
    if name not in _SIZES:
        return
    if name == "reshape" and not (isinstance(head, ast.Attribute) and name_of(head.value) not in modules):
        positional = positional[1:]  # the array itself
    sizes = positional[_SIZES[name]]
    sizes += [keyword.value for keyword in call.keywords if keyword.arg in ("size", "shape")]
    for size in sizes:
        yield from plain_names(size)


def plain_names(root: ast.expr) -> Iterator[str]:
    """The names in a target or a size, but not those inside calls and attributes."""
    stack = [root]
    while stack:
        match stack.pop():
            case ast.Name(id=name):
                yield name
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                stack += parts
            case ast.BinOp(left=left, right=right):
                stack += [left, right]
