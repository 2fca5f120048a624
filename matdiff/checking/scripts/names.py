"""Names that say what they are the gradient by: ``grad_w1``, ``dW``, ``w1_grad``, ``grads['W1']``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_GRADIENT = re.compile(
    r"d_?(?:L|J|E|C|loss|cost)_?d_?(?P<by>\w+)"
    r"|(?:grads?|gradients?|nabla|delta|del|d|g)_?(?:wrt_)?(?P<after>\w+)"
    r"|(?P<before>\w+?)_?(?:grads?|gradients?|delta|bar)",
    re.IGNORECASE,
)
_HOLDER = re.compile(r"(?:self\.)?(?:d|g|\w*grad\w*|d_?params?|derivatives)", re.IGNORECASE)
"""Dictionaries whose entries are gradients."""
_SHORTENED = 3
"""A name may be shortened to this many letters: ``dhidden`` for ``hidden_layer``."""


def wanted(name: str, entry: tuple[str, str] | None) -> Iterator[str]:
    """What a name says it is the gradient by; ``entry`` is the dictionary and the key of an entry."""
    texts = [name]
    if entry is not None:
        holder, key = entry
        texts = [key]
        if _HOLDER.fullmatch(holder):
            yield key
    for text in texts:
        match = _GRADIENT.fullmatch(text)
        if match is not None:
            yield match["by"] or match["after"] or match["before"]


def says_no_more(name: str) -> bool:
    """Whether a name says that something is a gradient, and not by what."""
    return re.fullmatch(r"(?:self\.)?_?(?:grads?|gradients?|jac|der|dtheta)", name) is not None


def looks_like_gradient(name: str, entry: tuple[str, str] | None = None) -> bool:
    return any(True for _ in wanted(name, entry))


def target(name: str, values: Iterable[str], entries: Mapping[str, tuple[str, str]]) -> str | None:
    """The value that a name says it is the gradient by, if it is clear which."""
    values = list(values)
    called = {value: entries[value][1] if value in entries else value for value in values}
    holder = entries[name][0] if name in entries else ""
    for word in wanted(name, entries.get(name)):
        tests = (
            [v for v in values if holder and entries.get(v) == (holder, word)],
            [v for v in values if v == word],
            [v for v in values if called[v] == word],
            [v for v in values if called[v].lower() == word.lower()],
            [v for v in values if called[v].lower().endswith(f"_{word.lower()}")],
            [v for v in values if len(word) >= _SHORTENED and called[v].lower().startswith(word.lower())],
        )
        for found in tests:
            if len(found) == 1 and found[0] != name:
                return found[0]
    return None
