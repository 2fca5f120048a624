"""reStructuredText: ``.. math::``, ``:math:``, and model blocks as ``.. code-block:: matdiff``."""

from __future__ import annotations

import re

from matdiff.documents.draft import DERIVATION, LATEX, MODEL, Draft
from matdiff.documents.traced import Traced

_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*)\.\.[ \t]+(?P<name>[\w:.+-]+)::(?P<argument>[^\n]*)")
_COMMENT = re.compile(r"(?P<indent>[ \t]*)\.\.(?:[ \t]+(?!_|\[|\|)|[ \t]*$)(?P<text>[^\n]*)")
_FENCE = re.compile(r"[ \t]*```[ \t]*(?P<word>\w+)[ \t]*$")
_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_UNDERLINE = re.compile(r"([=\-`:.'\"~^_*+#<>])\1+[ \t]*$")
_INLINE = re.compile(
    r"``.+?``|:math:`(?P<math>(?:[^`\\]|\\.|\\\n)+)`|`(?P<role>(?:[^`\\]|\\.)+)`:math:|`[^`\n]+`_{0,2}|https?://\S+",
    re.DOTALL,
)
CODE = re.compile(
    r"code-block|code|sourcecode|highlight|literalinclude|doctest|test\w+|ipython|plot|raw|graphviz|parsed-literal"
    r"|prompt|include|image|tikz|toctree|bibliography|autoclass|autofunction|automodule"
)
"""Directives that hold no text."""


def read(written: Traced) -> Draft:
    """Find sections, model blocks and formulas of a reStructuredText."""
    draft = Draft(written, "rst")
    _Lines(draft).run()
    draft.define([(0, len(draft.text))])
    return draft


class _Lines:
    """Walks through the lines of a text."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.lines = draft.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.levels: list[str] = []

    def run(self) -> None:
        at = text = 0
        while at < len(self.lines):
            line = self.lines[at]
            directive, comment, fence = _DIRECTIVE.match(line), _COMMENT.match(line), _FENCE.match(line)
            if directive is not None or comment is not None or fence is not None or self.opens_literal(at):
                self.inline(text, at)
            if directive is not None:
                at = self.directive(at, directive)
            elif fence is not None:
                at = self.fence(at, fence["word"])
            elif comment is not None:
                at = self.hidden(at, at + 1, len(comment["indent"]))
                if re.fullmatch(r"matdiff:\s*skip\s*", comment["text"]):
                    self.draft.marks.append(self.starts[at - 1])
            elif self.opens_literal(at):
                self.inline(at, at + 1)
                at = self.hidden(at + 1, at + 1, indent(line))
            else:
                self.heading(at)
                at += 1
                continue
            text = at
        self.inline(text, len(self.lines))

    def opens_literal(self, at: int) -> bool:
        """Whether what is indented below a line is literal, by its two colons."""
        line = self.lines[at].rstrip()
        return line.endswith("::") and not line.lstrip().startswith("..")

    def end(self, at: int, by: int) -> int:
        """The end of the lines that are indented by more than so much; empty ones that follow do not count."""
        last = at
        while at < len(self.lines) and (not self.lines[at].strip() or indent(self.lines[at]) > by):
            at += 1
            last = at if self.lines[at - 1].strip() else last
        return last

    def hidden(self, first: int, at: int, by: int) -> int:
        end = self.end(at, by)
        self.draft.code.append((self.starts[first], max(self.starts[end] - 1, self.starts[first])))
        return max(end, at)

    def directive(self, at: int, found: re.Match[str]) -> int:
        """Gives the line behind what was read: the whole directive, or its head, where it holds text."""
        name, argument, by = found["name"], found["argument"].strip(), len(found["indent"])
        body = at + 1
        while body < len(self.lines) and _OPTION.match(self.lines[body]) and indent(self.lines[body]) > by:
            body += 1
        end = max(self.end(body, by), body)
        outer = self.starts[at], self.starts[end] - 1
        code = CODE.fullmatch(name) is not None
        kinds = {"model": MODEL, "math": DERIVATION, "latex": LATEX} if code else {"latex": LATEX}
        word = argument if code else name
        notation = next((kind for kind, words in kinds.items() if word in words), None)
        if notation is None and not code:
            return body
        self.draft.code.append(outer)
        if notation is not None:
            first = [] if code or not argument else [self.span(at, found.start("argument"))]
            for part in self.parts(body, end) if notation == "latex" else [list(range(body, end))]:
                spans = [*first, *(self.span(line) for line in part)]
                self.draft.add(notation, spans, outer)
                first = []
            if first:
                self.draft.add(notation, first, outer)
        return end

    def parts(self, first: int, end: int) -> list[list[int]]:
        """The equations of a directive: empty lines part them."""
        parts: list[list[int]] = [[]]
        for line in range(first, end):
            if self.lines[line].strip():
                parts[-1].append(line)
            elif parts[-1]:
                parts.append([])
        return [part for part in parts if part]

    def span(self, line: int, at: int = 0) -> tuple[int, int]:
        return self.starts[line] + at, self.starts[line] + len(self.lines[line])

    def fence(self, at: int, word: str) -> int:
        """A block as Markdown has it, which some write here too."""
        end = next((k for k in range(at + 1, len(self.lines)) if self.lines[k].strip() == "```"), len(self.lines))
        outer = self.starts[at], self.span(min(end, len(self.lines) - 1))[1]
        self.draft.code.append(outer)
        kinds = {"model": MODEL, "math": DERIVATION, "latex": LATEX}
        notation = next((kind for kind, words in kinds.items() if word in words), None)
        if notation is not None:
            self.draft.add(notation, [self.span(line) for line in range(at + 1, end)], outer)
        return end + 1

    def heading(self, at: int) -> None:
        below = self.lines[at + 1] if at + 1 < len(self.lines) else ""
        title = self.lines[at].strip()
        mark = _UNDERLINE.match(below)
        if title and mark and len(below.strip()) >= min(len(title), 3) and not _UNDERLINE.match(self.lines[at]):
            over = at > 0 and self.lines[at - 1].strip() == below.strip()
            style = mark[1] + ("+" if over else "")
            if style not in self.levels:
                self.levels.append(style)
            self.draft.section(self.levels.index(style) + 1, title, self.starts[at])

    def inline(self, first: int, end: int) -> None:
        """The formulas in lines of text."""
        if first >= end:
            return
        start, stop = self.starts[first], min(self.starts[end], len(self.draft.text))
        for found in _INLINE.finditer(self.draft.text, start, stop):
            part = "math" if found["math"] is not None else "role"
            if found[part] is None:
                self.draft.code.append(found.span())
            elif "\n\n" not in found[0]:
                self.draft.add("latex", [found.span(part)], found.span(), display=False)


def indent(line: str) -> int:
    return len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip())
