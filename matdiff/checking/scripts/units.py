"""What can be checked by itself in a file: functions that return a loss with its gradient, and layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from matdiff.checking.scripts.names import looks_like_gradient, wanted
from matdiff.checking.scripts.survey import LOSSES
from matdiff.python.source import Source


@dataclass(frozen=True)
class Unit:
    """A function, a pair of functions or a class, and what is asked of it."""

    only: str
    """The function or the class."""
    line: int
    functions: frozenset[str]
    loss: str | None = None
    upstream: str | None = None
    pairs: Mapping[str, str] | None = None


def units(source: Source) -> list[Unit]:
    """The layers and the loss functions of a file, in its order."""
    plain = {node.name: node for node in source.tree.body if isinstance(node, ast.FunctionDef)}
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef)]
    found = [*loss_functions(plain), *layers(plain), *chain.from_iterable(map(layer_class, classes))]
    return sorted(found, key=lambda unit: unit.line)


def loss_functions(functions: Mapping[str, ast.FunctionDef]) -> Iterator[Unit]:
    """Functions that return a loss and what is called as gradients are."""
    for name, node in functions.items():
        for value in returned(node):
            if isinstance(value, ast.Tuple) and isinstance(value.elts[0], ast.Name) and value.elts[0].id in LOSSES:
                rest = [part.id for part in value.elts[1:] if isinstance(part, ast.Name)]
                if any(looks_like_gradient(text) or text in ("grad", "grads", "gradients") for text in rest):
                    yield Unit(name, node.lineno, frozenset({name}), loss=value.elts[0].id)
                    break


def layers(functions: Mapping[str, ast.FunctionDef]) -> Iterator[Unit]:
    """A forward and a backward function that are called alike."""
    for name, forward in functions.items():
        backward = functions.get(name.replace("forward", "backward")) if "forward" in name else None
        if backward is not None and (unit := layer(name, forward, backward)) is not None:
            yield unit


def layer_class(node: ast.ClassDef) -> Iterator[Unit]:
    """A class with a forward and a backward method."""
    methods = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}
    if {"forward", "backward"} <= methods.keys():
        unit = layer(node.name, methods["forward"], methods["backward"], ast.unparse(node))
        if unit is not None:
            yield unit


def layer(only: str, forward: ast.FunctionDef, backward: ast.FunctionDef, text: str = "") -> Unit | None:
    """The output, the gradient that comes from above, and what is claimed."""
    ends, back = returned(forward), returned(backward)
    given = [a.arg for a in backward.args.args if a.arg != "self"]
    if not ends or not given:
        return None
    out = ends[-1].elts[0] if isinstance(ends[-1], ast.Tuple) else ends[-1]
    inputs = [a.arg for a in forward.args.args if a.arg != "self"]
    pairs = {}
    claimed = parts_of(back[-1]) if back else []
    for number, part in enumerate(claimed):
        found = [of for of in wanted(ast.unparse(part), None) if of in inputs] if isinstance(part, ast.Name) else []
        if found:
            pairs[found[0]] = ast.unparse(part)
        elif text and number == 0 and len(claimed) == 1 and inputs:
            pairs[inputs[0]] = f"{backward.name}()"
    for node in ast.walk(backward):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            for of in wanted(node.attr.strip("_"), None):
                if f"self.{of} =" in text or f"self.{of}:" in text:
                    pairs[f"self.{of}"] = ast.unparse(node)
    if not pairs:
        return None
    shown = out.id if isinstance(out, ast.Name) else f"{forward.name}()"
    names = frozenset({only, forward.name, backward.name} if not text else {only})
    return Unit(only, forward.lineno, names, upstream=f"{shown}={given[0]}", pairs=pairs)


def returned(node: ast.FunctionDef) -> Sequence[ast.expr]:
    """What a function returns, but for nothing."""
    found = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
    return [value for value in found if not (isinstance(value, ast.Constant) and value.value is None)]


def parts_of(value: ast.expr) -> Sequence[ast.expr]:
    return value.elts if isinstance(value, ast.Tuple) else [value]
