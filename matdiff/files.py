"""Files and streams: what is read, what is written, and what goes wrong with them."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from matdiff import terminal
from matdiff.errors import MatdiffError


class UsageError(MatdiffError):
    """A file that cannot be read, or arguments that do not go together."""


def read(source: str) -> str:
    """The text of a file or, for ``-``, of standard input: UTF-8, with a byte order mark or without."""
    try:
        if source != "-":
            written = Path(source).read_bytes()
        elif sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        else:
            written = sys.stdin.buffer.read()
        text = io.TextIOWrapper(io.BytesIO(written), encoding="utf-8-sig").read()
        if "\0" in text:
            raise ValueError
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UsageError(f"cannot read {'standard input' if source == '-' else source}: {why}") from None
    return text


def write(text: str, output: str | None = None) -> None:
    """Write to a file or to standard output, all of it, now: what cannot be written is an error of the command."""
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        if output is not None:
            Path(output).write_text(text, encoding="utf-8", errors="backslashreplace")
        elif not put(text, sys.stdout):
            raise OSError(errno.EBADF, "it is closed")
    except BrokenPipeError:
        pass  # the reader has what it wanted
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no name of a file"
        raise UsageError(f"cannot write {'standard output' if output is None else output}: {why}") from None


def put(text: str, stream: TextIO | None) -> bool:
    """Whether there is a stream, which then has the text; one that fails is closed, or Python would fail at its end."""
    if stream is None or stream.closed:
        return False
    try:
        print(text, end="", file=stream, flush=True)
    except OSError:
        with suppress(OSError):
            stream.close()
        raise
    return True


def complain(text: str) -> None:
    with suppress(OSError):  # there is nobody to tell
        text = terminal.error(text) if terminal.coloured("auto", sys.stderr) else text
        put(f"matdiff: {text}\n", sys.stderr)
