"""Code that stands in every module as it is: the parts of the files in ``texts/``, by name.

A part begins with ``=== name`` on a line of its own; ``«field»`` is filled in by who writes it.
"""

from __future__ import annotations

import re
from importlib.resources import files

_HEAD = re.compile(r"^=== (\w+)\n", re.MULTILINE)


def texts(name: str) -> dict[str, str]:
    """The parts of one file."""
    _, *parts = _HEAD.split(
        files(__name__.rpartition(".")[0]).joinpath("texts", f"{name}.txt").read_text(encoding="utf-8")
    )
    return {name: text.strip("\n") + "\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}


TRAINING = texts("training")


def filled(name: str, **fields: str) -> str:
    """A part of the training module with its fields filled in."""
    text = TRAINING[name]
    for field, value in fields.items():
        text = text.replace(f"«{field}»", value)
    return text
