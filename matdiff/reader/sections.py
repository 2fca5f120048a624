"""What is done to a source before it is read: the train section of a model file is left out of it."""

from __future__ import annotations

import re

from matdiff.errors import ParseError, Place

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""Characters that no file of text holds; nor may comments, which are copied into code."""

_HEADER = re.compile(r"^train:[ \t]*(#[^\n]*)?$", re.MULTILINE)
_FLUSH_LEFT = re.compile(r"^[^\s#]", re.MULTILINE)


def refuse_no_text(text: str) -> None:
    wrong = _NO_TEXT.search(text)
    if wrong:
        raise ParseError(
            f"cannot read {wrong[0]!r} here: it is no character of a text; delete it", Place(text, *wrong.span())
        )


def train_section(text: str) -> tuple[str, tuple[int, int] | None]:
    """The text with its train section blanked, every line where it was, and the span of the section's body.

    A section is the line ``train:`` and what is indented below it.
    """
    refuse_no_text(text)
    header = _HEADER.search(text)
    if header is None:
        return text, None
    following = _FLUSH_LEFT.search(text, header.end() + 1)
    end = following.start() if following else len(text)
    again = _HEADER.search(text, end)
    if again:
        raise ParseError("there are two train sections", Place(text, *again.span()), Place(text, *header.span()))
    blank = "".join(c if c == "\n" else " " for c in text[header.start() : end])
    return text[: header.start()] + blank + text[end:], (header.end(), end)
