"""What a terminal shows: colour where it is wanted, and how wide a line may be."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from typing import TextIO

WHEN = ("auto", "always", "never")
WIDEST = 100
NARROWEST = 40

BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"
MARKS = (
    (re.compile(r"^( *)(\[.*\])$|(?<=   )(\[[^\[\]]*\])$", re.MULTILINE), DIM),
    (re.compile(r"^Result\b", re.MULTILINE), BOLD),
    (re.compile(r"^  [D∇H]_[^=]*(?= = )", re.MULTILINE), CYAN),
    (re.compile(r"^Checked: agrees.*$", re.MULTILINE), GREEN),
)
"""What is set off in a derivation."""
CARETS = re.compile(r"^ *\^+$", re.MULTILINE)


def coloured(when: str, stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to write colours: as asked, then as ``NO_COLOR`` and ``FORCE_COLOR`` say, then on a terminal only."""
    if when != "auto":
        return when == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream is not None and not stream.closed and stream.isatty() and environment.get("TERM") != "dumb"


def painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def derivation(text: str) -> str:
    """A derivation with its rules, names and check set off."""
    for pattern, colour in MARKS:
        text = pattern.sub(f"\x1b[{colour}m\\g<0>\x1b[0m", text)
    return text


def error(text: str) -> str:
    """An error with its carets set off."""
    return CARETS.sub(lambda found: painted(found[0], f"{BOLD};{RED}"), text)


def width(stream: TextIO | None) -> int:
    """How long a line may be: that of the terminal, within what is readable; elsewhere always the same."""
    if stream is None or stream.closed or not stream.isatty():
        return WIDEST
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
