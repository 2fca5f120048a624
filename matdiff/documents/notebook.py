"""Notebooks: the Markdown cells of an ``.ipynb`` file, at their places in its JSON."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator

from matdiff.documents.traced import Traced
from matdiff.errors import ParseError, Place

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_LETTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)


def cells(source: str, kind: str = "markdown") -> Traced:
    """The text of the cells of one kind, with empty lines between them.

    Raises a `ParseError` where the file is no JSON.
    """
    try:
        json.loads(source)
    except (ValueError, RecursionError) as error:
        at = min(getattr(error, "pos", 0), max(len(source) - 1, 0))
        raise ParseError("this is no notebook: it is not JSON", Place(source, at, at + 1)) from None
    parts: list[Traced] = []
    for found, pieces in _cells(source):
        if found == kind and pieces:
            text = Traced.joined(_decoded(source, start, end) for start, end in pieces)
            last = pieces[-1][1]
            parts += [text, Traced.made("\n\n", last, last)]
    return Traced.joined(parts)


def _cells(source: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Of each cell its kind and the strings of its source."""
    path: list[str | int] = []
    kind, pieces = "", list[tuple[int, int]]()
    key: tuple[int, int] | None = None
    for found in _TOKEN.finditer(source):
        token = found[0]
        match token:
            case "{" | "[":
                path.append("" if token == "{" else 0)
            case "}" | "]":
                path.pop()
                if token == "}" and len(path) >= 2 and path[-2] == "cells" and isinstance(path[-1], int):
                    yield kind, pieces
                    kind, pieces = "", []
            case ":":
                assert key is not None
                path[-1] = json.loads(source[slice(*key)])
            case ",":
                path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
            case _ if token[0] == '"':
                key = found.span()
                names = [part for part in path if isinstance(part, str)]
                in_cell = len(names) >= 2 and names[-2] == "cells"
                if in_cell and names[-1] == "cell_type":
                    kind = json.loads(token)
                elif in_cell and names[-1] == "source":
                    pieces.append(found.span())


def _decoded(source: str, start: int, end: int) -> Traced:
    """What a string of JSON says, letter by letter."""
    letters, starts, ends = [], array("q"), array("q")
    for found in _LETTER.finditer(source, start + 1, end - 1):
        letter = found[0] if found[0][0] != "\\" else json.loads(f'"{found[0]}"')
        letters.append(letter)
        starts.extend([found.start()] * len(letter))
        ends.extend([found.end()] * len(letter))
    return Traced("".join(letters), starts, ends)
