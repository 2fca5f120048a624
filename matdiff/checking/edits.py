"""Changes of sides as edits of the file, as small as they can be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile

from matdiff.checking.findings import Edit, Span
from matdiff.checking.slips import Suggestion
from matdiff.documents import Document
from matdiff.reader.latex.documents import Member

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[^\W\d_]+|\S")


def span_of(document: Document, start: int, end: int) -> Span:
    """The place in its file of a part of the text."""
    first, last = document.span(start, end)
    return Span(*document.position(first), *document.position(last))


def as_written(document: Document, member: Member) -> str:
    """A side as its author wrote it, macros and all; as it was read, where marks of the format stand in it."""
    start, end = document.span(member.start, member.end)
    source, text = document.source[start:end], document.text[member.start : member.end]
    plain = "\n" not in source and document.format not in _WRITTEN
    return " ".join((source if plain else text).split())


def told(document: Document, suggestion: Suggestion, left: Member, right: Member) -> tuple[str, tuple[Edit, ...]]:
    """A suggestion in words, in the author's own notation, and the edits that it comes to.

    There is none for what does not stand in the file letter by letter.
    """
    words, found = suggestion.words, []
    for change in suggestion.changes:
        member = left if change.left else right
        edit = smallest(document.text[member.start : member.end], change.text)
        if edit is None:
            continue
        start, end, new = edit
        start, end = start + member.start, end + member.start
        if (written := in_file(document, start, end, new)) is not None:
            found.append(Edit(span_of(document, start, end), written, change.words))
            parts = Member(member.start, start), Member(end, member.end)
            if document.text[member.start : member.end] not in document.source:  # macros stand in it
                one, other = (as_written(document, part) if part.start < part.end else "" for part in parts)
                words = words.replace(change.text, " ".join(part for part in (one, new.strip(), other) if part))
    return words, tuple(found)


def smallest(old: str, new: str) -> tuple[int, int, str] | None:
    """What is to be replaced in the old text, and by what, so that it reads as the new one; spaces aside."""
    before, after = list(_TOKEN.finditer(old)), list(_TOKEN.finditer(new))
    pairs = list(zip(before, after, strict=False))
    head = sum(1 for _ in takewhile(lambda pair: pair[0][0] == pair[1][0], pairs))
    most = min(len(before), len(after)) - head
    turned = list(zip(before[::-1], after[::-1], strict=False))[:most]
    tail = sum(1 for _ in takewhile(lambda pair: pair[0][0] == pair[1][0], turned))
    if head == len(before) == len(after):
        return None
    gone, come = before[head : len(before) - tail], after[head : len(after) - tail]
    if gone and come:
        return gone[0].start(), gone[-1].end(), new[come[0].start() : come[-1].end()]
    if gone:
        stop = before[len(before) - tail].start() if tail else gone[-1].end()
        text = " " if head and tail and glued(before[head - 1][0], before[len(before) - tail][0]) else ""
        return (gone[0].start(), stop, text) if tail or not head else (before[head - 1].end(), stop, text)
    at = before[head - 1].end() if head else before[0].start()
    text = new[(after[head - 1].end() if head else 0) : (after[len(after) - tail].start() if tail else len(new))]
    if tail and old[at : at + 1].isspace():
        return at, at, text.rstrip()
    return at, at, f"{text} " if tail and glued(come[-1][0], before[head][0]) else text


def glued(one: str, other: str) -> bool:
    """Whether two tokens that stand together would be one."""
    letters = bool(re.fullmatch(r"\\[A-Za-z]+", one)) and other[:1].isalpha()
    return letters or (one[-1:].isdigit() and other[:1].isdigit())


def in_file(document: Document, start: int, end: int, new: str) -> str | None:
    """A new text as the file writes it; None where what it replaces is a part of what a macro gives."""
    first, last = document.span(start, end)
    before = document.span(start - 1, start)[1] if start else first
    after = document.span(end, end + 1)[0] if end < len(document.text) else last
    if start == end:
        first = last = after
    return _WRITTEN.get(document.format, str)(new) if before <= first and last <= after else None


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


_WRITTEN = {"notebook": _as_json}


def replaced(text: str, edits: Iterator[Edit] | list[Edit]) -> str:
    """A file with edits made, of those that touch one another the first."""
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    out, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        first = starts[edit.span.line - 1] + edit.span.column - 1
        last = starts[edit.span.end_line - 1] + edit.span.end_column - 1
        if first >= at:
            out += [text[at:first], edit.text]
            at = last
    return "".join([*out, text[at:]])
