"""Lines of Python, laid out as the formatters leave them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WIDTH = 88
"""The longest line."""


def spread(before: str, items: Sequence[str], after: str, indent: int = 4) -> list[str]:
    """``before items after`` on one line, or an item a line where that is too long."""
    line = f"{before}{', '.join(items)}{after}"
    if len(line) + indent <= WIDTH:
        return [line]
    return [before, *(f"    {item}," for item in items), after]


CALL = re.compile(r"( +)(\w+ = np\.\w+\()(.*)\)")


def wrapped(line: str) -> list[str]:
    """A line that sets a name to a call of NumPy, with the arguments below where it is too long."""
    found = CALL.fullmatch(line) if len(line) > WIDTH else None
    if found is None:
        return [line]
    indent, head, arguments = found.groups()
    depth = 0
    for sign in arguments:  # the bracket that closes at the end may be another's
        depth += (sign in "([") - (sign in ")]")
        if depth < 0:
            return [line]
    return [f"{indent}{head}", f"{indent}    {arguments}", f"{indent})"]


def together(names: Sequence[str], value: str, indent: int = 4) -> list[str]:
    """The same value under several names; in groups where one line would be too long."""
    lines: list[str] = []
    *rest, first = names
    line = f"{first} = {value}"
    for name in reversed(rest):
        if len(f"{name} = {line}") + indent > WIDTH:
            lines.append(line)
            line = f"{name} = {first}"
        else:
            line = f"{name} = {line}"
    return [*lines, line]


def entries(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The entries of a dictionary."""
    return [f'"{name}": {text}' for name, text in pairs]


def function(name: str, arguments: Sequence[str], docstring: Sequence[str], body: Iterable[str]) -> str:
    head = spread(f"def {name}(", arguments, "):", indent=0)
    first, *rest = docstring
    doc = [f'"""{first}', *rest, '"""'] if rest else [f'"""{first}"""']
    return "\n".join([*head, *indented([*doc, *body])])


def indented(lines: Iterable[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line if line else "" for line in lines]
