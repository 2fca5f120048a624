r"""What a document says of its names outside of model blocks: ``X \in \mathbb{R}^{n \times d}``, "W is a p × q matrix".

Only what can mean one thing is taken; a name of which two different things are said is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from matdiff.documents import Document

_FONT = r"\\(?:mathbf|boldsymbol|bm|mathrm|mathcal|vec|mathit|mathsf)"
_NAME = rf"(?:{_FONT}\s*(?:\{{\\?[A-Za-z]+\}}|\\[a-z]+|[A-Za-z])|\\[a-z]+(?![A-Za-z])|[A-Za-z])(?:_(?:\d|\{{\d\}}))?"
_SIZE = r"(?:[A-Za-z](?:_(?:[A-Za-z0-9]|\{[A-Za-z0-9]+\}))?|\d+)"
_TIMES = r"\s*(?:\\times|×)\s*"
_IN = re.compile(
    rf"""(?:(?<![\w\\{{^}}])(?P<names>(?:{_NAME})(?:\s?,\s?(?:{_NAME})){{0,9}}) (?:\\[,;!:\ ]|\s){{0,4}})?
    \\in (?:\\[,;!:\ ]|\s){{0,4}}
    (?:\\mathbb\s*\{{?\s*(?P<set>[RS])\s*\}}?|\\(?:R|Re|reals)(?![A-Za-z])|\\\{{\s*(?:0|-1)\s*,\s*\+?1\s*\\\}})
    (?:_\{{?\+*\}}?)? (?:\s*\^\s*(?:\{{(?P<sizes>[^{{}}]*(?:\{{\w+\}}[^{{}}]*)*)\}}|(?P<size>\w)))?""",
    re.VERBOSE,
)
_BEGINS = re.compile(r"(?:\A|[,;:&({]|\\\\|\\q?quad|\\forall|\\(?:text|mathrm|mbox)\{[^{}]*\}|\\[;,!: ]|\n)\s*\Z")
_MATRIX = re.compile(
    rf"""\$\s*(?P<name>{_NAME})\s*\$\s*(?:is|be|denotes|为|是)\s*(?:an?|the|一个)?\s*
    \$?\s*(?P<rows>{_SIZE})(?:\s*\$)?(?:{_TIMES}|\s*-?by-?\s*|\s+x\s+)(?:\$\s*)?(?P<cols>{_SIZE})\s*\$?
    \s*(?:维)?(?:的)?\s*(?:real\s+)?(?:matrix|矩阵)""",
    re.VERBOSE | re.IGNORECASE,
)
_SUM = re.compile(
    r"\\(?:sum|prod)(?:\\limits)?_\{\s*\w\s*=\s*1\s*\}\s*\^\s*(?:\{\s*(?P<braced>[A-Za-z])\s*\}|(?P<bare>[A-Za-z]))"
)
_GREEK = "lambda|alpha|eta|epsilon|varepsilon|gamma|tau|kappa"
_SCALAR = re.compile(rf"\\(?P<name>{_GREEK})(?![A-Za-z])")
_NO_SCALAR = re.compile(
    rf"(?:{_FONT}\s*\{{?\s*|\\\|\s*|\\lVert\s*)\\(?P<bold>{_GREEK})(?![A-Za-z])"
    rf"|\\(?P<used>{_GREEK})\s*(?:_|\^\s*\{{?\s*(?:\\top|T|\\intercal)|\(|\\in(?![A-Za-z])|\\odot)"
)


@dataclass(frozen=True)
class Inferred:
    """A declaration that a document makes in its own words."""

    name: str
    kind: str
    line: int
    """Where it is said."""

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"


def infer(document: Document, declared: Collection[str]) -> list[Inferred]:
    """What a document says of the names that no block declares."""
    told: dict[str, Inferred] = {}
    unclear: set[str] = set()
    for found in _told(document):
        before = told.setdefault(found.name, found)
        if before.kind != found.kind:
            unclear.add(found.name)
    return [found for name, found in told.items() if name not in unclear and name not in declared]


def _told(document: Document) -> Iterator[Inferred]:
    sizes: dict[str, int] = {}
    latex = [f for f in document.formulas if f.notation == "latex" and not f.skipped]
    texts = [(formula.start, document.text[formula.start : formula.end]) for formula in latex]
    for start, text in texts:
        for found in _IN.finditer(text):
            line = document.line(start + found.start())
            shape = _sizes(found["sizes"] or found["size"] or "")
            kind = _kind(shape, found["set"] == "S") if shape is not None else None
            if kind is None or shape is None:
                continue
            if found["names"] and not _BEGINS.search(text, 0, found.start("names")):
                continue  # G = A B \\in …: the set of the product
            sizes |= {size: line for size in shape if not size.isdigit() and size not in sizes}
            yield from (Inferred(plain(name), kind, line) for name in re.findall(_NAME, found["names"] or ""))
        for found in _SUM.finditer(text):
            sizes.setdefault(found["braced"] or found["bare"], document.line(start + found.start()))
    for found in _MATRIX.finditer(document.prose(0, len(document.text))):
        shape = [plain(found["rows"]), plain(found["cols"])]
        line = document.line(found.start())
        kind = _kind(shape, False)
        if kind is not None:
            sizes |= {size: line for size in shape if not size.isdigit() and size not in sizes}
            yield Inferred(plain(found["name"]), kind, line)
    yield from (Inferred(size, "dim", line) for size, line in sizes.items())
    vectors = {found["bold"] or found["used"] for _, text in texts for found in _NO_SCALAR.finditer(text)}
    for start, text in texts:
        for found in _SCALAR.finditer(text):
            if found["name"] not in vectors:
                yield Inferred(found["name"], "scalar", document.line(start + found.start()))


def _sizes(text: str) -> list[str] | None:
    """The sizes of a set's exponent; None where they are no names and numbers."""
    parts = [part.strip() for part in re.split(_TIMES, text)] if text.strip() else []
    return [plain(part) for part in parts] if all(re.fullmatch(_SIZE, part) for part in parts) else None


def _kind(shape: list[str], symmetric: bool) -> str | None:
    match shape:
        case [size] if symmetric:
            return f"symmetric({size})"
        case []:
            return None if symmetric else "scalar"
        case [size] | [size, "1"]:
            return f"vector({size})"
        case [rows, cols]:
            return f"row({cols})" if rows == "1" else f"matrix({rows}, {cols})"
    return None


def plain(name: str) -> str:
    r"""``\mathbf{W}_{1}`` as W_1, ``\lambda`` as lambda."""
    return re.sub(rf"{_FONT}(?![a-z])|[{{}}\\\s]", "", name)
