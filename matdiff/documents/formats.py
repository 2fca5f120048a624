"""The formats of documents, by the suffix of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from matdiff.documents import markdown, rst, tex
from matdiff.documents.document import Document
from matdiff.documents.draft import Draft
from matdiff.documents.notebook import cells
from matdiff.documents.traced import Traced

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".mdx": "markdown",
    ".tex": "tex",
    ".ipynb": "notebook",
    ".rst": "rst",
}
"""The files that hold derivations; what has another suffix is read as Markdown."""


def format_of(path: str) -> str:
    """The format of a file, by its name; Markdown, where it tells nothing."""
    return SUFFIXES.get(PurePath(path).suffix.lower(), "markdown")


def read_document(source: str, format: str = "markdown", path: str = "") -> Document:
    r"""Find the sections, the model blocks and the formulas of a document.

    ``path`` is where it stands; files that TeX's ``\input`` names are looked for beside it. Raises a `ParseError`
    for a notebook that is no JSON.
    """
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _READERS[format](source, path)


def _tex(source: str, path: str) -> Document:
    whole, traced, files = tex.taken_in(source, path)
    return tex.read(traced).document(whole, files)


def _notebook(source: str, path: str) -> Document:
    return markdown.read(cells(source), "notebook").document(source)


def _by(read: Callable[[Traced], Draft]) -> Callable[[str, str], Document]:
    return lambda source, path: read(Traced.whole(source)).document(source)


_READERS: Mapping[str, Callable[[str, str], Document]] = {
    "markdown": _by(markdown.read),
    "rst": _by(rst.read),
    "tex": _tex,
    "notebook": _notebook,
}
FORMATS = tuple(_READERS)
