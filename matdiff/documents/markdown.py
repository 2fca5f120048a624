"""Markdown: CommonMark with the math of Pandoc, GitHub, Jekyll, Hugo, MyST and Quarto."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from matdiff.documents.draft import DERIVATION, LATEX, MODEL, Draft
from matdiff.documents.markdown_rules import reader
from matdiff.documents.traced import Traced

TEXT = re.compile(
    r"admonition|note|tip|warning|important|hint|attention|caution|danger|error|seealso|topic|epigraph|margin|sidebar"
    r"|dropdown|details|card|tab-item|tab-set|grid|grid-item|div|aside|theorem|proof|lemma|definition|corollary"
    r"|proposition|exercise|solution|example|remark|conjecture|algorithm|assumption|observation|property|axiom|criterion"
)
"""MyST's directives that hold text; it may stand behind a domain, as in ``prf:proof``. All others hold code."""

_FRONT = re.compile(r"\A\+\+\+[ \t]*\n.*?^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(
    r"\{%-?\s*(highlight|comment|codeblock)\b.*?%\}.*?\{%-?\s*end\1\s*-?%\}"
    r"|\{\{[<%]\s*(highlight|code)\b.*?[>%]\}\}.*?\{\{[<%]\s*/\s*\2\s*[>%]\}\}",
    re.DOTALL,
)
"""What templates hide or set as code."""
_TEMPLATE = re.compile(r"^[ \t]*(?:\{%.*?%\}|\{\{[<%].*?[>%]\}\})[ \t]*$", re.MULTILINE)
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<tag>pre|code|script|style|textarea|kbd|samp)\b[^<>]*>.*?</(?P=tag)\s*>|<[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
SKIP = re.compile(r"<!--\s*matdiff:\s*skip\s*-->")
_ADMONITION = re.compile(r"^(?P<indent>[ \t]*)(?:!!!|\?\?\?\+?|===\+?)[ \t]+\S")
_OPTIONS = re.compile(r"(?:[ \t]*:[\w-]+:[^\n]*\n)+|[ \t]*---[ \t]*\n(?:.*?\n)??[ \t]*---[ \t]*\n", re.DOTALL)


def read(written: Traced, format: str = "markdown") -> Draft:
    """Find sections, model blocks and formulas of a Markdown text."""
    draft = Draft(written, format)
    _Walk(draft).run()
    return draft


class _Walk:
    """Walks through the tokens of a text; places are offsets of that text."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.md = reader()
        self.source = draft.text
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.source))]
        self.hidden: list[tuple[int, int]] = []

    def run(self) -> None:
        shown = _blanked(self.source, [*_FRONT.finditer(self.source), *_CODE.finditer(self.source)], self.hidden)
        shown = _TEMPLATE.sub(lambda found: " " * len(found[0]), shown)
        self.walk(_dedented(shown), 0)
        code = sorted([*self.hidden, *self.draft.code])
        self.draft.code = code
        self.draft.define(_between(code, len(self.source)))

    def walk(self, shown: str, first: int) -> None:
        """A part of the text that begins at a line; ``shown`` has its lines, perhaps without what stands before."""
        heading = 0
        for token in self.md.parse(shown):
            lines = (first + token.map[0], first + token.map[1]) if token.map else (0, 0)
            match token.type:
                case "heading_open":
                    heading = int(token.tag[1])
                case "inline":
                    if heading:
                        self.draft.section(heading, token.content, self.starts[lines[0]])
                    heading = 0
                    self.inline(token.content, token.children or (), lines)
                case "fence":
                    self.fence(token, lines)
                case "code_block" | "front_matter":
                    self.draft.code.append(self.lines(*lines))
                case "html_block":
                    self.html(token.content, lines)

    # lines

    def lines(self, first: int, last: int) -> tuple[int, int]:
        starts = self.starts
        end = len(self.source)  # a fence that opens on the last line holds nothing
        return starts[first] if first < len(starts) else end, starts[last] if last < len(starts) else end

    def places(self, content: str, first: int, last: int) -> list[int]:
        """Of each letter of a block its offset in the text: every line of it is a part of one line there."""
        places: list[int] = []
        start, end = self.lines(first, last)
        at, line = start, first
        for number, text in enumerate(content.split("\n")):
            if number:
                line += 1
                start = self.lines(min(line, last), last)[0]
                places.append(max(start - 1, 0))
                at = start
            stop = min(self.lines(line, line + 1)[1] if line + 1 <= last else end, end)
            bare = text.lstrip()
            found = self.source.find(bare, at, stop)
            if found < 0:
                found = at
                for letter in text:
                    other = self.source.find(letter, found, stop)
                    found = other if other >= 0 else found
                    places.append(found)
                    found += other >= 0
                continue
            places += [max(found - k, 0) for k in range(len(text) - len(bare), 0, -1)]
            places += range(found, found + len(bare))
        return places

    # what stands in them

    def inline(self, content: str, tokens: Sequence[Token], lines: tuple[int, int]) -> None:
        places: list[int] | None = None
        at = self.cell(content, lines)
        for token in _flat(tokens):
            if token.type in ("math", "code_inline", "html_inline", "hidden") and places is None:
                places = self.places(content, *lines) if at is None else [*range(at, at + len(content))]
            if token.type == "math" and places:
                start, end = token.meta["place"]
                first, last = token.meta["outer"]
                outer = places[first], places[last - 1] + 1
                self.draft.add("latex", _spans(places[start:end]), outer, token.meta["display"], escapes=True)
            elif token.type == "html_inline":
                self.marks(token.content, *lines)

    def cell(self, content: str, lines: tuple[int, int]) -> int | None:
        """Where a cell of a table stands: behind the one before it in the same line."""
        if lines[1] - lines[0] != 1:
            return None
        if lines[0] != getattr(self, "_row", None):
            self._row, self._column = lines[0], self.starts[lines[0]]
        found = self.source.find(content, self._column, self.lines(*lines)[1])
        if found >= 0:
            self._column = found + len(content)
        return found if found >= 0 else None

    def fence(self, token: Token, lines: tuple[int, int]) -> None:
        info = token.info.strip()
        word = re.split(r"[\s{}:,#]", info.lstrip("{.= ").rstrip("}"), maxsplit=1)[0].lower() if info else ""
        directive = info.startswith("{") and not info.startswith("{.")
        argument = info.partition("}")[2].strip().lower() if directive else ""
        if directive and word in ("code-block", "code", "sourcecode"):
            word = argument.split(" ")[0]
            directive = False
        domain = re.match(r"\{(?:[\w-]+:)?([\w-]+)\}", info)
        outer = self.lines(*lines)
        outer = outer[0], outer[0] + len(self.source[slice(*outer)].rstrip("\n"))
        body, first = token.content, lines[0] + 1
        options = _OPTIONS.match(body) if info.startswith("{") else None
        if options is not None:
            first += options[0].count("\n")
            body = body[options.end() :]
        if domain is not None and TEXT.fullmatch(domain[1].lower()):
            self.walk(body, first)
            return
        self.draft.code.append(outer)
        kinds = {"model": MODEL, "math": DERIVATION, "latex": LATEX}
        notation = next((name for name, words in kinds.items() if word in words), None)
        if notation is not None and not (directive and notation == "latex" and word != "math"):
            body = body.rstrip("\n")
            places = self.places(body, first, max(first, lines[1]))
            self.draft.add(notation, _spans(places), outer)

    def html(self, content: str, lines: tuple[int, int]) -> None:
        """The text of a block of HTML, its tags passed over."""
        self.marks(content, *lines)
        shown = _HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), content)
        for found in _HIDDEN.finditer(content):
            start = self.starts[lines[0]]
            self.hidden.append((start + found.start(), start + found.end()))
        for token in self.md.parseInline(shown):
            self.inline(shown, token.children or (), lines)

    def marks(self, content: str, first: int, last: int) -> None:
        start, end = self.lines(first, last)
        if SKIP.search(content):
            self.draft.marks += [
                found.start()
                for found in SKIP.finditer(self.source, start, end)
                if found.start() not in self.draft.marks
            ]


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens of a line; the words of an image are no part of it."""
    yield from tokens


def _spans(places: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of letters that stand together."""
    spans: list[tuple[int, int]] = []
    for at in places:
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans


def _blanked(text: str, found: Iterable[re.Match[str]], hidden: list[tuple[int, int]]) -> str:
    out = list(text)
    for match in found:
        out[match.start() : match.end()] = ["\n" if c == "\n" else " " for c in match[0]]
        hidden.append(match.span())
    return "".join(out)


def _dedented(text: str) -> str:
    """The text below MkDocs' ``!!! note`` and its like without the four spaces that set it off."""
    lines, inside = text.split("\n"), [""]
    for number, line in enumerate(lines):
        while len(inside) > 1 and line.strip() and not line.startswith(inside[-1]):
            inside.pop()
        found = _ADMONITION.match(line)
        lines[number] = line[len(inside[-1]) :] if line.startswith(inside[-1]) else line
        if found is not None:
            inside.append(found["indent"] + "    ")
    return "\n".join(lines)


def _between(code: Sequence[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, stop in code:
        if start > at:
            yield at, start
        at = max(at, stop)
    yield at, end
