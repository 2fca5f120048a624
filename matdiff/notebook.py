"""Notebooks: ``%load_ext matdiff`` gives the cells ``%%derive`` and ``%%check``.

A cell of ``%%derive`` is a model or an expression, one of ``%%check`` a document::

    %%derive --wrt w
    X: matrix(n, d); w: vector(d); y: vector(n)
    norm2(X*w - y)^2

What is found is shown, and stands in ``_`` as after any other cell.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from matdiff import api
from matdiff.errors import ArgumentTypeError

if TYPE_CHECKING:
    from matdiff.checking import Report
    from matdiff.results import Derivation

OPTIONS = {"--wrt": "wrt", "--of": "of", "--where": "where", "--notation": "notation"}
OPTIONS |= {"--order": "order", "--layout": "layout", "--detail": "detail", "--timeout": "timeout"}
"""Of ``%%derive``; each takes a value, as on the command line."""


def derive(line: str, cell: str) -> Derivation[Any, Any]:
    """The cell ``%%derive``."""
    return api.derive(cell, **asked(line))


def check(line: str, cell: str) -> Report:
    """The cell ``%%check``."""
    if line.strip():
        raise ArgumentTypeError(f"%%check takes no options, not {line.strip()}")
    return api.check(cell)


def asked(line: str) -> dict[str, Any]:
    """The options of a line: ``--wrt w1,w2 --order 2``."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ArgumentTypeError(f"cannot read the options {line.strip()}: {error}") from None
    found: dict[str, Any] = {}
    for word, value in zip(words[::2], [*words[1::2], None], strict=False):
        if word not in OPTIONS or value is None:
            known = ", ".join(OPTIONS)
            raise ArgumentTypeError(f"%%derive takes {known}, each with a value, not {word}")
        found[OPTIONS[word]] = value
    if "wrt" in found:
        names = [name.strip() for name in found["wrt"].split(",")]
        found["wrt"] = names[0] if len(names) == 1 else names
    try:
        found |= {name: kind(found[name]) for name, kind in (("order", int), ("timeout", float)) if name in found}
    except ValueError:
        raise ArgumentTypeError("--order and --timeout take a number") from None
    return found


def load(shell: Any) -> None:
    """Make the cells known to a shell of IPython."""
    shell.register_magic_function(derive, "cell", "derive")
    shell.register_magic_function(check, "cell", "check")
