r"""What a document says of its names outside of model blocks: ``X \in \mathbb{R}^{n \times d}``, "W is a p × q matrix".

Only what can mean one thing is taken; a name that is said to be in two different sets is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from matdiff.documents import Document
from matdiff.reader.latex.names import SHORTENED
from matdiff.reader.names import KINDS

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
_SUM = re.compile(
    r"\\(?:sum|prod)(?:\\limits)?_\{\s*\w\s*=\s*1\s*\}\s*\^\s*(?:\{\s*(?P<braced>[A-Za-z])\s*\}|(?P<bare>[A-Za-z]))"
)
_GREEK = "lambda|alpha|eta|epsilon|varepsilon|gamma|tau|kappa"
_SCALAR = re.compile(rf"\\(?P<name>{_GREEK})(?![A-Za-z])")
_NO_SCALAR = re.compile(
    rf"(?:{_FONT}\s*\{{?\s*|\\\|\s*|\\lVert\s*)\\(?P<bold>{_GREEK})(?![A-Za-z])"
    rf"|\\(?P<used>{_GREEK})\s*(?:_|\^\s*\{{?\s*(?:\\top|T|\\intercal)|\(|\\in(?![A-Za-z])|\\odot)"
)


_CALLED = r"(?:\$|\\\()?\s*(?P<name>(?:\\[a-z]+\s*)?\{?\\?[A-Za-z]+\}?(?:_\{?\w+\}?)?)\s*(?:\$|\\\))?"
_BY = r"(?:\\times|×|by|-by-|x|乘)"
_TWO_SIZES = rf"(?:\$|\\\()?\s*(?P<m>[A-Za-z]\w*|\d+)\s*{_BY}\s*(?P<n>[A-Za-z]\w*|\d+)\s*(?:\$|\\\))?"
_LENGTH = r"(?:\$|\\\()?\s*(?P<n>[A-Za-z]|\d+)\s*(?:\$|\\\))?"
_KIND = r"(?:real|square|given|known|constant|fixed|unknown|random|invertible|positive[- ](?:semi)?definite|spd)?\s*"
_IS = r"\s*(?:is|be|are|denotes?|denoting|represents?|为|是|表示)\s*(?:an?\s+|the\s+|一个)?\s*"
_FORM = "symmetric|diagonal|orthogonal|对称|对角|正交"
_SAID = [
    (rf"{_CALLED}{_IS}{_KIND}{_TWO_SIZES}\s*{_KIND}(?P<what>{_FORM})?\s*(?:的)?(?:matrix|矩阵)", "matrix"),
    (rf"{_CALLED}{_IS}{_KIND}(?P<what>{_FORM})\s*{_KIND}(?:matrix|矩阵)", "matrix"),
    (rf"{_TWO_SIZES}\s*(?:的)?(?:matrix|矩阵)\s*{_CALLED}", "matrix"),
    (rf"\b(?P<what>symmetric|diagonal|orthogonal)\s+{_KIND}matrix\s+{_CALLED}", "matrix"),
    (rf"{_CALLED}{_IS}{_KIND}(?:column\s+)?vector\s+(?:of|with)\s+(?:length|dimension|size)\s+{_LENGTH}", "vector"),
    (rf"{_CALLED}{_IS}{_KIND}{_LENGTH}[\s-]*(?:dimensional|维)\s*(?:column\s+)?(?:vector|向量)", "vector"),
    (rf"{_CALLED}{_IS}{_KIND}(?:column\s+|列)?(?:vector|向量)", "vector"),
    (rf"(?:\bvector|向量)\s*{_CALLED}", "vector"),
    (rf"{_CALLED}{_IS}{_KIND}(?:scalar|number|标量)", "scalar"),
    (rf"(?:\bscalar|\bconstant|标量|常数)\s*{_CALLED}", "scalar"),
    (rf"(?:\bmatrix|矩阵)\s*{_CALLED}", "matrix"),
]
_WHAT = {"symmetric": "symmetric", "对称": "symmetric", "diagonal": "diagonal", "对角": "diagonal"}
_WHAT |= {"orthogonal": "orthogonal", "正交": "orthogonal"}
_PATTERNS = [(re.compile(pattern), kind) for pattern, kind in _SAID]


@dataclass
class Guess:
    """One name that no block declares: its kind, its sizes where they are told or found, and how that was told."""

    name: str
    kind: str
    sizes: tuple[str, ...] = ()
    how: str = ""
    sure: bool = False
    """Whether no other kind is tried."""
    line: int = 0
    """Where the document says it, if it does."""

    def __str__(self) -> str:
        wanted = KINDS[self.kind]
        sizes = f"({', '.join(self.sizes)})" if len(self.sizes) == wanted and wanted else ""
        return f"{self.name}: {self.kind}{sizes}"


def infer(document: Document, declared: Collection[str]) -> list[Guess]:
    """What a document says of the names that no block declares."""
    told: dict[str, Guess] = {}
    unclear: set[str] = set()
    for found in _told(document, declared):
        before = told.setdefault(found.name, found)
        if str(before) != str(found):
            unclear.add(found.name)
    clear = {name: one for name, one in told.items() if name not in unclear and name not in declared}
    for one in _said(document):
        if one.name not in (*told, *declared, *clear):
            clear[one.name] = one
            for size in one.sizes:
                if not size.isdigit() and size not in declared:
                    clear.setdefault(size, Guess(size, "dim", (), one.how, True, one.line))
    return list(clear.values())


def _told(document: Document, declared: Collection[str]) -> Iterator[Guess]:
    """What sets, the ends of sums, and Greek letters tell."""
    sizes: dict[str, int] = {}
    latex = [f for f in document.formulas if f.notation == "latex" and not f.skipped]
    texts = [(formula.start, document.text[formula.start : formula.end]) for formula in latex]
    for start, text in texts:
        for found in _IN.finditer(text):
            line = document.line(start + found.start())
            shape = _sizes(found["sizes"] or found["size"] or "")
            kind, size = _kind(shape, found["set"] == "S") if shape is not None else ("", ())
            if not kind or shape is None:
                continue
            if found["names"] and not _BEGINS.search(text, 0, found.start("names")):
                continue  # G = A B \\in …: the set of the product
            sizes |= {size: line for size in shape if not size.isdigit() and size not in sizes}
            names = re.findall(_NAME, found["names"] or "")
            yield from (Guess(plain(name), kind, size, "by the set it is in", True, line) for name in names)
        for found in _SUM.finditer(text):
            sizes.setdefault(found["braced"] or found["bare"], document.line(start + found.start()))
    yield from (Guess(size, "dim", (), "by its use as a size", True, line) for size, line in sizes.items())
    vectors = {found["bold"] or found["used"] for _, text in texts for found in _NO_SCALAR.finditer(text)}
    for start, text in texts:
        for found in _SCALAR.finditer(text):
            if found["name"] not in vectors and SHORTENED.get(found["name"], "") not in declared:
                line = document.line(start + found.start())
                yield Guess(found["name"], "scalar", (), "by its Greek letter", True, line)


def _sizes(text: str) -> list[str] | None:
    """The sizes of a set's exponent; None where they are no names and numbers."""
    parts = [part.strip() for part in re.split(_TIMES, text)] if text.strip() else []
    return [plain(part) for part in parts] if all(re.fullmatch(_SIZE, part) for part in parts) else None


def _kind(shape: list[str], symmetric: bool) -> tuple[str, tuple[str, ...]]:
    """The kind and its sizes by the exponent of a set; no kind where it has none."""
    match shape:
        case [size] if symmetric:
            return "symmetric", (size,)
        case []:
            return "" if symmetric else "scalar", ()
        case [size] | [size, "1"]:
            return "vector", (size,)
        case ["1", cols]:
            return "row", (cols,)
        case [rows, cols]:
            return "matrix", (rows, cols)
    return "", ()


def _said(document: Document) -> Iterator[Guess]:
    """What words tell of names that stand in formulas; the first that is said of each counts."""
    words = document.prose(0, len(document.text))
    known: dict[str, Guess] = {}
    for pattern, kind in _PATTERNS:
        for found in pattern.finditer(words):
            groups = found.groupdict()
            if "$" not in found[0] and r"\(" not in found[0]:
                continue
            what = _WHAT.get((groups.get("what") or "").strip(), kind)
            told = tuple(plain(size) for size in (groups.get("m"), groups.get("n")) if size)
            told = told[:1] if what in ("symmetric", "diagonal", "orthogonal") else told
            how = f"by the words {' '.join(found[0].split())!r}"
            line = document.line(found.start())
            one = Guess(plain(groups["name"]), what, told, how, True, line)
            known.setdefault(one.name, one)
    yield from known.values()


def plain(name: str) -> str:
    r"""``\mathbf{W}_{1}`` as W_1, ``\lambda`` as lambda."""
    return re.sub(rf"{_FONT}(?![a-z])|[{{}}\\\s]", "", name)
