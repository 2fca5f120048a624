"""Code that stands in written modules as it is: the parts of the files beside this one, by name.

A part begins with ``=== name`` on a line of its own; ``«field»`` is filled in by who writes it.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib.resources import files

_HEAD = re.compile(r"^=== (\w+)\n", re.MULTILINE)


def texts(name: str) -> dict[str, str]:
    """The parts of one file."""
    _, *parts = _HEAD.split(files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8"))
    return {name: text.strip("\n") + "\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}


@lru_cache(256)
def taken(code: str) -> frozenset[str]:
    """The names that functions take from outside."""
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name | ast.arg)]
    own = {node.arg if isinstance(node, ast.arg) else node.id for node in names if is_own(node)}
    return frozenset(node.id for node in names if isinstance(node, ast.Name)) - own


def is_own(node: ast.Name | ast.arg) -> bool:
    return isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store)


STANDARD = ("argparse", "functools", "importlib.util", "inspect", "math", "os", "sys", "time")


def imports(code: str) -> str:
    """The lines that import what code takes from the standard library."""
    names = taken(code)
    return "".join(f"import {module}\n" for module in STANDARD if module.partition(".")[0] in names)


TRAINING = texts("training")


def filled(name: str, **fields: str) -> str:
    """A part of the training module with its fields filled in."""
    text = TRAINING[name]
    for field, value in fields.items():
        text = text.replace(f"«{field}»", value)
    return text
