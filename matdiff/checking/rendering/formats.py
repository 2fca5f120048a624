"""Reports as text, Markdown, JSON and SARIF; HTML has a module of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from matdiff.checking.findings import Findings, Link
from matdiff.checking.rendering.html import html, repaired
from matdiff.version import __version__

COLORS = {"proved": "32", "sampled": "36", "wrong": "31;1", "ill-formed": "35;1", "aside": "2", "unread": "33"}
MARKS = {"proved": "✓", "sampled": "≈", "wrong": "✗", "ill-formed": "✗", "aside": "·", "unread": "?"}
WIDTH = 72
"""Columns for the text of a link that holds; why it holds stands behind it."""


def text(report: Findings, *, color: bool, path: str) -> str:
    """One line a link; what fails is opened up."""
    width = len(str(max((link.line for link in report.links), default=1)))
    lines = []
    for link in report.links:
        verdict = f"{link.verdict:<10}"
        if color:
            verdict = f"\033[{COLORS[link.verdict]}m{verdict}\033[0m"
        fails = report.fails(link)
        shown = link.text if fails else f"{shortened(link.text):<{WIDTH}}  {link.detail}".rstrip()
        lines.append(f"{link.line:>{width}}  {verdict}  {shown}")
        more = [link.detail, link.suggestion] if fails else []
        lines += [f"{'':>{width}}  {'':<10}  {line}" for line in more if line]
    prefix = f"{path}: " if path else ""
    return "\n".join([*lines, "" if lines else "no links were found", f"{prefix}{report.summary}"]).rstrip() + "\n"


def shortened(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def markdown(report: Findings, *, color: bool, path: str) -> str:
    """The document with a mark behind each formula, and notes below for what fails."""
    if report.language != "markdown":
        return script(report)
    source, out, at, notes = report.source, [], 0, []
    for checked in report.formulas:
        links = [report.links[part.link] for part in checked.parts if part.link is not None]
        if not links:
            continue
        end = checked.formula.outer[1]
        out.append(source[at:end])
        at = end
        marks = []
        for link in links:
            mark = MARKS[link.verdict]
            if report.fails(link):
                notes.append((link, checked.formula.notation))
                mark += f"[^matdiff-{len(notes)}]"
            marks.append(mark)
        shown = "✓" if set(marks) == {"✓"} else " ".join(marks)
        out.append(f"\n\n{shown}\n" if checked.formula.display else f" {shown}")
    out.append(source[at:].rstrip("\n"))
    head = f"> **matdiff**: {report.summary}\n\n"
    return head + "".join(out) + "\n" + "".join(f"\n{note(k, report, *found)}" for k, found in enumerate(notes, 1))


def script(report: Findings) -> str:
    """A script in a fenced block, and its links in a table below."""
    rows = [f"| {k.line} | `{k.text}` | {MARKS[k.verdict]} {k.verdict} | {found(k)} |" for k in report.links]
    table = "\n".join(["| line | claim | verdict | |", "|---:|---|---|---|", *rows])
    return f"> **matdiff**: {report.summary}\n\n{table}\n\n```python\n{report.source.rstrip()}\n```\n"


def found(link: Link) -> str:
    words = "; ".join(part for part in (link.detail, link.suggestion) if part)
    return words.replace("|", "\\|").replace("\n", " ")


def note(number: int, report: Findings, link: Link, notation: str) -> str:
    parts = [f"**{link.verdict}** in line {link.line}.", sentence(link.detail)]
    words, text, formula = repaired(link.suggestion, notation, report.known)
    if formula is not None:
        shown = f"${text}$" if notation == "latex" else f"`{text}`"
        parts.append(f"{sentence(words).rstrip('.')}: {shown}")
    else:
        parts.append(sentence(words))
    return f"[^matdiff-{number}]: " + " ".join(f"{part}" for part in parts if part) + "\n"


def sentence(words: str) -> str:
    if not words:
        return ""
    quoted = words.replace("`", "'")
    return f"`{quoted}`" if "\\" in words else quoted[0].upper() + quoted[1:] + "."


def as_dict(link: Link) -> dict[str, Any]:
    return {
        "line": link.line,
        "text": link.text,
        "left": link.left,
        "right": link.right,
        "verdict": link.verdict,
        "holds": link.holds,
        "detail": link.detail,
        "suggestion": link.suggestion,
    }


def as_json(report: Findings, *, color: bool, path: str) -> str:
    found: dict[str, Any] = {"ok": report.ok, "strict": report.strict, "summary": report.summary}
    if path:
        found["document"] = path
    return json.dumps({**found, "links": [as_dict(link) for link in report.links]}, ensure_ascii=False, indent=2) + "\n"


RULES = {
    "wrong": "A link of a derivation that does not hold",
    "ill-formed": "A link of a derivation whose sizes do not fit, or that is not math",
    "sampled": "A link of a derivation that agrees numerically, but is not proved",
}


def sarif(report: Findings, *, color: bool, path: str) -> str:
    """SARIF 2.1.0, for editors and code review."""
    results = []
    for link in report.failing:
        first, last = position(report.source, link.start), position(report.source, link.end)
        region = {"startLine": first[0], "startColumn": first[1], "endLine": last[0], "endColumn": last[1]}
        message = ": ".join(part for part in (f"{link.verdict}: {link.text}", link.detail) if part)
        location = {"physicalLocation": {"artifactLocation": {"uri": path or "document.md"}, "region": region}}
        results.append(
            {
                "ruleId": link.verdict,
                "level": "warning" if link.verdict == "sampled" else "error",
                "message": {"text": "\n".join(part for part in (message, link.suggestion) if part)},
                "locations": [location],
            }
        )
    rules = [{"id": name, "shortDescription": {"text": words}} for name, words in RULES.items()]
    driver = {"name": "matdiff", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def position(source: str, offset: int) -> tuple[int, int]:
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


FORMATS: dict[str, Callable[..., str]] = {
    "text": text,
    "markdown": markdown,
    "html": html,
    "json": as_json,
    "sarif": sarif,
}
