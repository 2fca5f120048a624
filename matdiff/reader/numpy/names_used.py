"""What NumPy code says of its names as a whole, before it is read in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from matdiff.reader.names import KINDS
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


def is_name(item: Any) -> bool:
    return getattr(item, "type", "") == "NAME"


def is_star(item: Any) -> bool:
    """The bare ``*`` or ``/`` between parameters."""
    return getattr(item, "type", "") == "TIMES"


def name_of(item: Any) -> str:
    """The name that a token is; empty for all else."""
    return str(item) if is_name(item) else ""


def data(item: Any) -> str:
    """The kind of a tree; empty for a token."""
    return getattr(item, "data", "")


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


def names_in(tree: Any) -> Names:
    assigned: set[str] = set()
    dims: set[str] = set()
    tables: set[str] = set()
    modules = set(MODULE_NAMES)
    for item in tree.iter_subtrees():
        children = item.children
        match item.data:
            case "assignment":
                assigned.update(name for target in children[:-1] for name in plain_names(target))
            case "augmented" | "function":
                assigned.update(plain_names(children[0]))
            case "declaration":
                assigned.update(plain_names(children[0]) if len(children) == 3 else ())
                dims.update(sizes_of_kind(children[1]))
            case "annotation":
                dims.update(sizes_of_kind(children[0]))
            case "module" if len(children) == 2:
                modules.add(str(children[1]))
            case "subscript" if data(children[1]) == "text":
                tables.update(plain_names(children[0]))
    for call in tree.find_data("call"):
        dims.update(sizes_in_call(call, modules))
    return Names(frozenset(assigned), frozenset(dims - modules - {"None", "True", "False"}), frozenset(tables))


def sizes_of_kind(annotation: Any) -> Iterator[str]:
    """The names in ``matrix(n, d)``."""
    if data(annotation) == "call" and name_of(annotation.children[0]) in KINDS:
        for size in annotation.children[1:]:
            yield from plain_names(size)


def sizes_in_call(call: Any, modules: set[str]) -> Iterator[str]:
    """The names in ``np.zeros((n, k))`` and its like."""
    head, *arguments = call.children
    is_attribute = data(head) == "attribute"
    name = name_of(head.children[1] if is_attribute else head)
    if name not in _SIZES:
        return
    positional = [argument for argument in arguments if data(argument) != "keyword"]
    if name == "reshape" and not (is_attribute and name_of(head.children[0]) not in modules):
        positional = positional[1:]  # the array itself
    sizes = positional[_SIZES[name]]
    sizes += [
        item.children[1] for item in arguments if data(item) == "keyword" and item.children[0] in ("size", "shape")
    ]
    for size in sizes:
        yield from plain_names(size)


def plain_names(root: Any) -> Iterator[str]:
    """The names in a target or a size, but not those inside calls and attributes."""
    stack = [root]
    while stack:
        item = stack.pop()
        if is_name(item):
            yield str(item)
        elif data(item) in ("tuple", "list", "group", "binary"):
            stack.extend(item.children)
