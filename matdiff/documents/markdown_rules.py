r"""What Markdown with math has beyond CommonMark, as rules of markdown-it: formulas, and text that holds them.

A formula may be opened in the middle of a line and go on over lines that would begin a list, a heading or a new
paragraph elsewhere; ``text`` below takes them as they stand. Every token of a formula knows its place (``meta``).
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

ENVIRONMENTS = (
    "equation|align|aligned|gather|gathered|multline|eqnarray|split|alignat|flalign|displaymath|math|dmath|array|cases"
)
_DISPLAYS = re.compile(
    rf"""
    (?P<code> (?<!`)(`+)(?!`).+?(?<!`)\2(?!`) )
    | (?P<escaped> (?<!\\)\\\$ )
    | (?P<dollars> \$\$ )
    | (?P<bracket> \\\\\[ | (?<!\\)\\\[ )
    | \\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}}
    """,
    re.VERBOSE,
)
_STOPS = re.compile(r"[ ]{0,3}(?:#{1,6}[ ]|```|~~~)")
"""No display goes over a line that begins so."""


def reader() -> MarkdownIt:
    md = MarkdownIt("commonmark").enable("table")
    md.use(front_matter_plugin).use(footnote_plugin, inline=False, move_to_end=False)
    md.block.ruler.disable("lheading")
    md.block.ruler.at("paragraph", _text)
    md.block.ruler.before(
        "fence", "colon_fence", _colon_fence, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.inline.ruler.before("escape", "math", _math)
    return md


# blocks


def _closing(name: str | None, mark: str) -> str:
    return {"$$": "$$", "\\[": "\\]", "\\\\[": "\\\\]"}.get(mark, f"\\end{{{name}}}")


class _Displays:
    """Whether a display is open behind the lines so far, and how it will be closed."""

    def __init__(self) -> None:
        self.closing = ""

    def feed(self, line: str) -> None:
        at = 0
        while True:
            if self.closing:
                end = line.find(self.closing, at)
                if end < 0:
                    return
                at, self.closing = end + len(self.closing), ""
            found = _DISPLAYS.search(line, at)
            if found is None:
                return
            at = found.end()
            if found["code"] is None and found["escaped"] is None:
                self.closing = _closing(found["name"], found[0])


def _text(state: StateBlock, start: int, end_line: int, silent: bool) -> bool:
    """A paragraph, or a heading that is underlined; the lines of a display inside of it are taken as they stand."""
    rules = state.md.block.ruler.getRules("paragraph")
    end, old, state.parentType = state.lineMax, state.parentType, "paragraph"
    displays, line, level = _Displays(), start, 0
    displays.feed(_line(state, line))
    while (line := line + 1) < end:
        if displays.closing and not _closes(state, line, end, displays.closing):
            displays.closing = ""
        if not displays.closing:
            if state.isEmpty(line):
                break
            level = _underlined(state, line)
            if level:
                break
            if 0 <= state.sCount[line] <= state.blkIndent + 3 and any(rule(state, line, end, True) for rule in rules):
                break
        displays.feed(_line(state, line))
    content = state.getLines(start, line, state.blkIndent, False).strip()
    state.line = line + bool(level)
    kind, tag = ("heading", f"h{level}") if level else ("paragraph", "p")
    state.push(f"{kind}_open", tag, 1).map = [start, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, line], []
    state.push(f"{kind}_close", tag, -1)
    state.parentType = old
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _closes(state: StateBlock, line: int, end: int, closing: str) -> bool:
    """Whether an open display ends before what cannot stand in one."""
    while line < end:
        text = _line(state, line)
        if closing in text:
            return True
        if _STOPS.match(text):
            return False
        line += 1
    return False


def _underlined(state: StateBlock, line: int) -> int:
    if not state.blkIndent <= state.sCount[line] <= state.blkIndent + 3:
        return 0
    text = _line(state, line).rstrip()
    return 1 if text and not text.strip("=") else 2 if text and not text.strip("-") else 0


_COLONS = re.compile(r":{3,}[ ]*\{(math|code|code-block|code-cell|matdiff)\}")


def _colon_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """MyST's ``:::{math}``, and its like that hold code; other colons only stand round text."""
    opening = _COLONS.match(_line(state, start))
    if opening is None or state.is_code_block(start):
        return False
    if silent:
        return True
    mark, line = opening[0][: opening[0].find("{")].strip(), start + 1
    while line < end and not _line(state, line).strip().startswith(mark):
        line += 1
    token = state.push("fence", "code", 0)
    token.info, token.markup = _line(state, start)[len(mark) :].strip(), mark
    token.content = state.getLines(start + 1, line, state.sCount[start], True)
    token.map = [start, line + 1]
    state.line = min(line + 1, end)
    return True


# inline

_WORDS = r"\\(?:text|mbox|textrm|textit|textbf)\{(?:[^{}$]|\$[^$\n]*\$|\{[^{}]*\})*\}"
"""Words inside of a formula, which may hold formulas again."""

_MATH = re.compile(
    rf"""
    (?P<double> \\\\(?:\((?P<twice>(?:.|\n)*?)\\\\\)|\[(?P<Twice>(?:.|\n)*?)\\\\\]) )
    | \$`(?P<marked>(?:[^`\n]|\n(?!\s*\n))+)`\$
    | (?P<ticks>`+)\$(?P<Code>\$?)(?P<code>(?:(?!`|\$).|\n)+)\$(?P=Code)(?P=ticks)(?!`)
    | \$\$ (?P<dollars>(?:{_WORDS}|[^$\\]|\\.|\\\n|\$(?!\$))+?) \$\$
    | \\\[ (?P<bracket>(?:.|\n)*?) \\\]
    | \\\( (?P<inner>(?:.|\n)*?) \\\)
    | \$ (?P<inline>(?:{_WORDS}|[^$\\]|\\.|\\\n)+?) \$
    | (?P<environment> \\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}} (?:.|\n)*? \\end\{{(?P=name)\}} )
    | (?:\{{math\}}|:math:)`(?P<role>[^`]+)`
    | (?P<hidden> \{{%.*?%\}} | \{{\{{.*?\}}\}} | \{{\#[^{{}}\n]*\}} )
    """,
    re.VERBOSE,
)
_PARTS = {
    "twice": False,
    "Twice": True,
    "marked": False,
    "code": False,
    "dollars": True,
    "bracket": True,
    "inner": False,
    "inline": False,
    "environment": True,
    "role": False,
}
"""How formulas are set, and whether as displays."""
_STARTS = frozenset("$\\`{:")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>)\]]*\Z")


def _math(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in _STARTS or _ADDRESS.search(state.src, max(0, state.pos - 300), state.pos):
        return False
    found = _MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    part = next((name for name in _PARTS if found[name] is not None), "hidden")
    if part == "inline" and not is_inline(found["inline"], state.src[found.end() : found.end() + 1]):
        return False
    if not silent:
        token = state.push("hidden" if part == "hidden" else "math", "", 0)
        token.content = found[0]
        token.meta = {"place": found.span(part), "outer": found.span(), "display": _PARTS.get(part, False)}
    state.pos = found.end()
    return True


_TOLD = re.compile(r"[=\\^_]|\A\s*\w\s*\Z")
_TALK = re.compile(r"(?<![\\\w{])[A-Za-z]{2,}[,.]?\s+[A-Za-z]{2,}(?![\w}])|[\u3040-\u9fff\uac00-\ud7af]")


def is_inline(content: str, behind: str) -> bool:
    """Whether what stands between two dollars is math, and no sums of money with words between them.

    Pandoc's rule is that neither dollar has a space inside, and no digit follows; where they have, only what can be
    nothing but math is taken.
    """
    if not content[0].isspace() and not content[-1].isspace():
        return not behind.isdigit()
    return bool(_TOLD.search(content)) and not _TALK.search(re.sub(_WORDS, "", content))
