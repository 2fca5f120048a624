"""The site of these pages: ``sphinx-build -W docs build/docs``, with the extra ``docs``.

What can be made is made when the site is built: one page a function, out of the operator table and of what matdiff
answers today, and the reference of the commands and of the errors. They lie in ``docs/made``, which is not kept.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import made_pages  # noqa: E402

from matdiff.version import __version__  # noqa: E402

project = "matdiff"
author = "The matdiff authors"
release = __version__
html_title = f"matdiff {__version__}"
html_theme = "furo"
html_copy_source = False
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["myst.header"]

OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./([^)#]*)(#[^)]*)?\)")
"""A link to what lies in the repository, and not on the site."""


def linked(app: Sphinx, name: str, source: list[str]) -> None:
    def inside(found: re.Match[str]) -> str:
        words, path = found[1], found[2]
        if path == "README.md":
            return f"[{words}]({'../' * name.count('/')}index.md)"
        return f"{words} (`{path}` of the repository)" if path not in words else words

    if not name.startswith("made/"):
        source[0] = OUTSIDE.sub(inside, source[0])


ARGUMENT = re.compile(r"^(\w+(?:, \w+)*): (?=\S)")


def fields(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """What a docstring says of an argument is a field."""
    if what != "module":
        lines[:] = [ARGUMENT.sub(r":\1: ", line) for line in lines]


def make(app: Sphinx) -> None:
    made_pages.write(HERE / "made")


def setup(app: Sphinx) -> None:
    for language in ("matdiff", "derivation", "math"):
        app.add_lexer(language, TextLexer)
    app.connect("builder-inited", make)
    app.connect("source-read", linked)
    app.connect("autodoc-process-docstring", fields)
