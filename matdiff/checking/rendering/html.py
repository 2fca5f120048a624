"""The annotated document as one HTML page: no scripts, math as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from matdiff.checking.chains import expression_at
from matdiff.checking.findings import Checked, Findings, Link, Part
from matdiff.checking.rendering import mathml
from matdiff.errors import MatdiffError
from matdiff.reader.latex.documents import read_expression
from matdiff.reader.syntax import Node

_STYLE = """
body { font: 17px/1.6 Georgia, serif; max-width: 52em; margin: 2em auto; padding: 0 1em; color: #222; }
pre { background: #f6f6f6; padding: .8em 1em; overflow-x: auto; font-size: 14px; }
.wide { overflow: auto hidden; margin: 1em 0; padding: .2em 0; }
table.chain { border-collapse: collapse; }
table.chain td.left { text-align: right; padding-right: 0; }
table.chain td { padding: .1em .4em; vertical-align: middle; }
.verdict { font: 13px sans-serif; padding: .1em .5em; border-radius: 1em; white-space: nowrap; }
.proved { background: #dff2df; color: #175c17; }
.sampled { background: #dcedf6; color: #14506b; }
.aside { background: #eee; color: #555; }
.unread { background: #fbf0d0; color: #6b4a00; }
.wrong, .ill-formed { background: #fbdcdc; color: #8c1212; }
.failing { border-left: .3em solid #c33; background: #fff6f6; padding: .4em .8em; margin: .6em 0; }
.failing { font: 15px/1.5 sans-serif; overflow-wrap: anywhere; }
.failing .point { color: #666; font-size: 13px; }
.failing math { font-size: 18px; }
.summary .verdict { margin-right: .5em; font-size: 15px; }
.listing code { white-space: pre; font-size: 14px; }
.failing code { font-size: 14px; }
"""

_SLOT = "\x00{}\x00"
_SLOTS = re.compile("\x00(\\d+)\x00")


def html(report: Findings, path: str = "") -> str:
    title = escape(path or "A derivation, checked")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p class="summary">{summary(report)}</p>\n'
        f"{body(report)}\n</body>\n</html>\n"
    )


def fragment(report: Findings) -> str:
    """The same inside of another page, with a style of its own alone."""
    inside = f'<p class="summary">{summary(report)}</p>\n{body(report)}'
    return f'<div class="matdiff-report"><style>@scope {{{_STYLE}}}</style>\n{inside}\n</div>'


def summary(report: Findings) -> str:
    """How many links there are of each verdict."""
    shown = [f'<span class="verdict {verdict}">{count} {verdict}</span>' for verdict, count in report.counts.items()]
    return "".join(shown) or escape(report.summary)


def body(report: Findings) -> str:
    """The document with its formulas replaced; the rest is read as simple Markdown."""
    if report.language != "markdown":
        return listing(report)
    slots: list[tuple[str, str]] = []
    spans = [(*checked.formula.outer, shown(report, checked), notes(report, checked)) for checked in report.formulas]
    for block in report.models:
        shown_block = escape(report.text[block.start : block.end].strip("\n"))
        spans.append((*block.outer, f"<pre>{shown_block}</pre>", ""))
    out, at = [], 0
    for start, end, text, more in sorted(spans):
        out += [report.source[at:start], _SLOT.format(len(slots))]
        slots.append((text, more))
        at = end
    return "\n".join(filled(block, slots) for block in blocks("".join([*out, report.source[at:]])))


def listing(report: Findings) -> str:
    """A script, its lines marked, and what fails below each."""
    by_line: dict[int, list[Link]] = {}
    for link in report.links:
        by_line.setdefault(link.line, []).append(link)
    out = []
    for number, line in enumerate(report.source.rstrip("\n").split("\n"), 1):
        links = by_line.get(number, [])
        badges = "".join(f" {verdict(link)}" for link in links)
        out.append(f"<div><code>{escape(line) or ' '}</code>{badges}</div>")
        out += [opened(report, link) for link in links if report.fails(link)]
    return f'<div class="listing">{"".join(out)}</div>'


def filled(block: str, slots: list[tuple[str, str]]) -> str:
    """A block with its formulas in place, and what fails in them below it."""
    numbers = [int(number) for number in _SLOTS.findall(block)]
    text = _SLOTS.sub(lambda found: slots[int(found[1])][0], block)
    alone = re.fullmatch(r"<p>(<(?:div|pre).*)</p>", text, re.DOTALL)
    return "".join([alone[1] if alone else text, *(slots[number][1] for number in numbers)])


# formulas


def shown(report: Findings, checked: Checked) -> str:
    links = [report.links[part.link] for part in checked.parts if part.link is not None]
    if not checked.formula.display:
        text = "".join(side(report.text, part) for part in checked.parts)
        badge = "".join(verdict(link) for link in worst(report, links))
        return f"<math>{mathml.row(text)}</math> {badge}" if checked.parts else raw(report, checked)
    if not checked.parts:
        return raw(report, checked)
    rows = []
    for row in chain_rows(checked.parts):
        first = [part for part in row if not part.sign]
        cells = [first, [part for part in row if part.sign]]
        badges = "".join(verdict(report.links[part.link]) for part in row if part.link is not None)
        texts = ["".join(side(report.text, part) for part in cell) for cell in cells]
        maths = [f"<math displaystyle='true'>{mathml.row(text)}</math>" if text else "" for text in texts]
        rows.append(f'<tr><td class="left">{maths[0]}</td><td>{maths[1]}</td><td>{badges}</td></tr>')
    return f'<div class="wide"><table class="chain">{"".join(rows)}</table></div>'


def notes(report: Findings, checked: Checked) -> str:
    """What fails in a formula, opened up."""
    links = [report.links[part.link] for part in checked.parts if part.link is not None]
    return "".join(opened(report, link, checked.formula.notation) for link in links if report.fails(link))


def chain_rows(parts: tuple[Part, ...]) -> Iterator[list[Part]]:
    """One link a row; the first row holds both its sides."""
    row: list[Part] = []
    for part in parts:
        if row and (not part.sign or any(p.sign for p in row)):
            yield row
            row = []
        row.append(part)
    if row:
        yield row


def raw(report: Findings, checked: Checked) -> str:
    start, end = checked.formula.start, checked.formula.end
    return f"<code>{escape(report.text[start:end])}</code>"


def side(source: str, part: Part) -> str:
    before = f"<mo>{escape(part.sign)}</mo>" if part.sign else ""
    if part.claim is not None:
        return before + mathml.claim(part.claim, source)
    if part.node is not None:
        return before + mathml.formula(part.node, source)
    return f"{before}<mtext>{escape(source[part.start : part.end])}</mtext>"


def worst(report: Findings, links: list[Link]) -> list[Link]:
    """What an inline formula shows: what fails, or one mark for all that holds."""
    failing = [link for link in links if report.fails(link)]
    return failing or links[:1]


def verdict(link: Link) -> str:
    title = escape(link.detail, quote=True)
    return f'<span class="verdict {link.verdict}" title="{title}">{link.verdict}</span>'


def opened(report: Findings, link: Link, notation: str = "") -> str:
    """What is wrong with a link, at a point, and what was meant."""
    parts = [f"<strong>line {link.line}: {link.verdict}</strong>"]
    if link.detail:
        parts.append(f'<br><span class="point">{escape(link.detail)}</span>')
    if link.suggestion:
        words, text, formula = repaired(link.suggestion, notation, report.known)
        math = f'<br><math displaystyle="true">{mathml.formula(formula, text)}</math>' if formula else ""
        parts.append(f"<br><em>{escape(words)}</em>{math}")
    return f'<div class="failing">{"".join(parts)}</div>'


def repaired(suggestion: str, notation: str, known: Mapping[str, str]) -> tuple[str, str, Node | None]:
    """The words of a suggestion, and the formula that they end with, where they do."""
    for found in re.finditer(": ", suggestion if notation else ""):
        text = suggestion[found.end() :]
        try:
            latex = notation == "latex"
            return (
                suggestion[: found.start()],
                text,
                read_expression(text, known) if latex else expression_at(text, 0, len(text), known),
            )
        except MatdiffError:
            continue
    return suggestion, "", None


# simple Markdown

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(.*)")
_INLINE = (
    (re.compile(r"`+([^`]+)`+"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((?!javascript:)([^)\s\"]+)\)"), r'<a href="\2">\1</a>'),
)


def blocks(source: str) -> Iterator[str]:
    """Headings, lists, fenced code and paragraphs."""
    lines = source.split("\n")
    paragraph: list[str] = []
    items: list[str] = []
    k = 0
    while k <= len(lines):
        line = lines[k] if k < len(lines) else ""
        heading, item = _HEADING.fullmatch(line.strip()), _ITEM.fullmatch(line)
        fence = line.strip()[:3] if line.strip()[:3] in ("```", "~~~") else ""
        if paragraph and (heading or item or fence or not line.strip()):
            yield f"<p>{inline(' '.join(paragraph))}</p>"
            paragraph = []
        if items and not item and (not line.strip() or heading or fence):
            yield "<ul>" + "".join(f"<li>{inline(text)}</li>" for text in items) + "</ul>"
            items = []
        if fence:
            end = next((j for j in range(k + 1, len(lines)) if lines[j].strip().startswith(fence)), len(lines))
            yield f"<pre>{escape(chr(10).join(lines[k + 1 : end]))}</pre>"
            k = end
        elif heading:
            yield f"<h{len(heading[1])}>{inline(heading[2])}</h{len(heading[1])}>"
        elif item:
            items.append(item[1])
        elif line.strip() and items:
            items[-1] += " " + line.strip()
        elif line.strip():
            paragraph.append(line.strip())
        k += 1


def inline(text: str) -> str:
    text = escape(text, quote=False)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text
