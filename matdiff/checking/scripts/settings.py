"""Other values of the arguments by which a script decides what it computes: ``reg=None``, ``train=True``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matdiff.python.library import TESTS
from matdiff.python.source import Source
from matdiff.python.supply import Choice

MOST = 4
"""So many other values are looked at."""


@dataclass(frozen=True)
class Setting:
    """What arguments are that are not what their defaults say."""

    values: Mapping[str, Any]
    words: str
    otherwise: str
    """What holds with the defaults, in words."""


def others_of(
    source: Source,
    options: Mapping[str, str | bool | None],
    compared: Mapping[str, Sequence[str]],
    choice: Choice,
) -> Iterator[Setting]:
    """What the arguments may be else by which conditions are decided, and the data that is compared with words."""
    found = []
    for name, default in options.items():
        key = f"argument {name}"
        now = choice.settings.get(key, default)
        for value in alternatives(source, name, default, now):
            found.append(Setting({**choice.settings, key: value}, said(name, default, value), said(name, default, now)))
    for key, (name, *met) in compared.items():
        wanted = [word for word in met if word not in TESTS]
        for word in wanted[1:]:
            values = {**choice.settings, key: word}
            found.append(Setting(values, f"where {name} is {word!r}", f"where {name} is {wanted[0]!r}"))
    yield from found[:MOST]


def said(name: str, default: str | bool | None, value: Any) -> str:
    if default is None:
        return f"where {name} is given" if value else f"where {name} is None"
    return f"where {name} is {value!r}"


def alternatives(source: Source, name: str, default: str | bool | None, now: Any) -> Iterator[Any]:
    tests = [node.test for node in source.nodes if isinstance(node, ast.If | ast.IfExp) and leads_on(node)]
    tests = [test for test in tests if any(is_called(part, name) for part in ast.walk(test))]
    if not tests:
        return
    if isinstance(default, str):
        constants = (n for test in tests for n in ast.walk(test) if isinstance(n, ast.Constant))
        yield from dict.fromkeys(n.value for n in constants if isinstance(n.value, str) and n.value != now)
    else:
        yield not now


def is_called(part: ast.AST, name: str) -> bool:
    return (isinstance(part, ast.Name) and part.id == name) or (isinstance(part, ast.Attribute) and part.attr == name)


def leads_on(node: ast.If | ast.IfExp) -> bool:
    """Whether a branch does more than to show something or to refuse."""
    if isinstance(node, ast.IfExp):
        return True
    return any(not isinstance(s, ast.Expr | ast.Raise | ast.Pass | ast.Import) for s in (*node.body, *node.orelse))
