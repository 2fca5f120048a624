"""The formats of documents, by the suffix of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from matdiff.documents import markdown
from matdiff.documents.document import Document
from matdiff.documents.draft import Draft
from matdiff.documents.traced import Traced

FORMATS: Mapping[str, Callable[[Traced], Draft]] = {
    "markdown": markdown.read,
}
SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".mdx": "markdown",
    ".txt": "markdown",
}


def format_of(path: str) -> str:
    """The format of a file, by its name; Markdown, where it tells nothing."""
    return SUFFIXES.get(PurePath(path).suffix.lower(), "markdown")


def read_document(source: str, format: str = "markdown", path: str = "") -> Document:
    """Find the sections, the model blocks and the formulas of a document; ``path`` is where it stands."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return FORMATS[format](Traced.whole(source)).document(source)
