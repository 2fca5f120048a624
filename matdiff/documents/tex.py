r"""TeX: comments and verbatim text passed over, ``\input`` files taken in, ``% matdiff:`` lines as model blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from matdiff.documents.document import File
from matdiff.documents.draft import Draft
from matdiff.documents.macros import definitions
from matdiff.documents.traced import Traced

FILES = 200
"""How many files one document may take in."""

_PASSED = re.compile(
    r"""
      (?P<comment> %[^\n]* )
    | \\begin\{(?P<name>(?:[BL]?[Vv]erbatim|lstlisting|minted|alltt|comment|filecontents|tikzpicture|pycode|python
        |algorithmic)\*?)\} (?:.|\n)*? (?:\\end\{(?P=name)\}|\Z)
    | \\(?:verb|lstinline|mintinline)\*?(?:\[[^\]\n]*\])?(?:\{\w+\}(?=[^\w\s]))?
        (?P<bar>[^\w\s*]) [^\n]*? (?:(?P=bar)|\}|$)
    | \\iffalse\b (?:.|\n)*? \\fi\b
    | \\end\{document\} (?:.|\n)*
    | \\(?:url|href|cite\w*|ref|eqref|label|includegraphics|bibliography)\*?(?:\[[^\]\n]*\])?\{[^{}]*\}
    | \\(?:.|\n)
    """,
    re.VERBOSE | re.MULTILINE,
)
_INPUT = re.compile(r"\\(?:input|include|subfile)\s*(?:\{\s*(?P<braced>[^{}\n]+?)\s*\}|[ ]+(?P<bare>[^\s{}\\]+))")
_ENVIRONMENTS = (
    r"equation|align|gather|multline|eqnarray|alignat|flalign|displaymath|math|dmath|IEEEeqnarray|empheq|subequations"
)
_MATH = re.compile(
    rf"""
      \$\$ (?P<dollars>(?:[^$\\]|\\(?:.|\n)|\$(?!\$))*?) \$\$
    | (?<!\\)\\\[ (?P<bracket>(?:.|\n)*?) \\\]
    | (?<!\\)\\\( (?P<inner>(?:.|\n)*?) \\\)
    | \$ (?P<inline>(?:\\(?:text|mbox|textrm)\{{(?:[^{{}}$]|\$[^$]*\$)*\}}|[^$\\]|\\(?:.|\n))+?) \$
    | (?P<environment> \\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}} (?:.|\n)*? \\end\{{(?P=name)\}} )
    | \\(?P<heading>part|chapter|section|subsection|subsubsection|paragraph)\*?\s*
        (?:\[[^\]]*\])?\{{(?P<title>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}
    | \\[\\$]
    """,
    re.VERBOSE,
)
_LEVELS = {"part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5, "paragraph": 6}
_MODEL = re.compile(r"%+[ \t]*matdiff:[ \t]?(?P<text>[^\n]*)")
_SKIP = re.compile(r"%+[ \t]*matdiff:[ \t]*skip[ \t]*$")
_GOES_ON = re.compile(r"%+[ \t]{2,}(?P<text>\S[^\n]*)")


def read(written: Traced) -> Draft:
    """Find sections, model blocks and formulas of a TeX text."""
    draft = Draft(written, "tex")
    text = draft.text
    draft.code = [found.span() for found in _passed(text)]
    models(draft, [found.span() for found in _passed(text) if found["comment"] is not None])
    shown = blanked(text, draft.code)
    draft.define([(0, len(text))] if not draft.code else _between(draft.code, len(text)))
    shown = blanked(shown, [found[:2] for found in definitions(shown)])
    shown = with_environments(shown, draft)
    for found in _MATH.finditer(shown):
        part = next((p for p in ("dollars", "bracket", "inner", "inline", "environment") if found[p] is not None), None)
        if found["heading"] is not None:
            draft.section(_LEVELS[found["heading"]], found["title"], found.start())
        elif part is not None:
            kept = _kept(draft, *found.span(part))
            draft.add("latex", kept, found.span(), part not in ("inner", "inline"))
    return draft


def _passed(text: str) -> Iterator[re.Match[str]]:
    """What is no text: comments, verbatim text, addresses."""
    for found in _PASSED.finditer(text):
        if len(found[0]) > 2 or found["comment"] is not None:
            yield found


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    out = list(text)
    for start, end in spans:
        out[start:end] = [c if c == "\n" else " " for c in text[start:end]]
    return "".join(out)


def with_environments(shown: str, draft: Draft) -> str:
    r"""``\be … \ee`` as brackets of a display, where macros open and close an environment."""
    for name, macro in draft.macros.items():
        opens = re.fullmatch(rf"\s*\\(begin|end)\{{(?:{_ENVIRONMENTS})\*?\}}\s*", macro.body)
        if opens and name[1:].isalpha() and len(name) >= 2:
            sign = r"\[".rjust(len(name)) if opens[1] == "begin" else r"\]".ljust(len(name))
            shown = re.sub(re.escape(name) + r"(?![A-Za-z])", sign.replace("\\", r"\\"), shown)
    return shown


def _kept(draft: Draft, start: int, end: int) -> list[tuple[int, int]]:
    """A formula without the comments in it."""
    kept, at = [], start
    for first, last in draft.code:
        if first >= end:
            break
        if last > start:
            kept.append((at, max(first, at)))
            at = max(at, min(last, end))
    return [*kept, (at, end)]


def _between(code: list[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, stop in code:
        yield at, start
        at = stop
    yield at, end


# what comments say


def models(draft: Draft, comments: list[tuple[int, int]]) -> None:
    """The model blocks in ``% matdiff:`` lines, and the marks."""
    text, block = draft.text, list[tuple[int, int]]()
    outer, below = (0, 0), False
    for start, end in [*comments, (len(text), len(text))]:
        comment = text[start:end]
        near = not text[outer[1] : start].strip()
        if _SKIP.match(comment):
            draft.marks.append(start)
            continue
        found = _MODEL.match(comment) or (_GOES_ON.match(comment) if below and near else None)
        if found is None or not near:
            if block:
                draft.add("model", block, outer)
            block, below = [], False
        if found is not None:
            outer = (outer[0] if block else start, end)
            block.append((start + found.start("text"), start + found.end("text")))
            below = below or not found["text"].strip()
    if block:
        draft.add("model", block, outer)


# files that are taken in


def taken_in(source: str, path: str) -> tuple[str, Traced, list[File]]:
    r"""A document with its ``\input`` files: all sources behind one another, and the text that they make."""
    files, sources = [File("", 0)], [source]
    length = len(source)
    folder = Path(path).parent
    traced = Traced.whole(source)
    if not path:
        return source, traced, files
    seen, at = {str(Path(path).resolve())}, 0
    hidden = [found.span() for found in _passed(traced.text)]
    while len(files) < FILES and (found := _INPUT.search(blanked(traced.text, hidden), at)):
        at = found.end()
        name = found["braced"] or found["bare"]
        target = folder / (name if Path(name).suffix else f"{name}.tex")
        try:
            inner = target.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except (OSError, ValueError):
            continue
        if str(target.resolve()) in seen:
            continue
        seen.add(str(target.resolve()))
        files.append(File(str(target), length))
        sources.append(inner)
        traced = traced[: found.start()] + Traced.whole(inner, length) + traced[found.end() :]
        length += len(inner)
        hidden = [passed.span() for passed in _passed(traced.text)]
        at = found.start()
    return "".join(sources), traced, files
