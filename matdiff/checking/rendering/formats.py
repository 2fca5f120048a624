"""Reports as text, Markdown, JSON, SARIF and annotations of GitHub; HTML has a module of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from matdiff.checking.findings import NOWHERE, Edit, Findings, Link, Span, summary
from matdiff.checking.rendering.html import html, repaired
from matdiff.version import __version__

SCHEMA = 1
"""The number of the JSON Schema that reports follow: ``matdiff/schema/report-1.json``."""

COLORS = {"proved": "32", "sampled": "36", "wrong": "31;1", "ill-formed": "35;1", "aside": "2", "unread": "33"}
MARKS = {"proved": "✓", "sampled": "≈", "wrong": "✗", "ill-formed": "✗", "aside": "·", "unread": "?"}
WIDTH = 60
"""Columns for the text of a link that holds; why it holds stands behind it."""

Reports = Sequence[tuple[str, Findings]]
"""Each with the name of its file, which may be empty."""


def text(reports: Reports, *, color: bool = False, quiet: bool = False) -> str:
    """What fails first, each opened up at its place; then a line for every other link; then what there is of each."""
    out: list[str] = []
    for path, report in reports:
        failing = [link for link in report.links if report.fails(link)]
        others = [] if quiet else [link for link in report.links if not report.fails(link)]
        before = ""
        for link in failing:
            out.append(f"{place(path, report, link)}: {painted(link, color)}: {link.text}")
            out += [f"    {line}" for line in (again(link.detail, before), link.suggestion) if line]
            before = link.detail
        out += [""] if failing and others else []
        for link in others:
            head = f"{place(path, report, link)}: {painted(link, color)}: "
            out.append(f"{head}{shortened(link.text):<{WIDTH}}  {link.detail}".rstrip())
        if (failing or others) and len(reports) > 1:
            out.append("")
        if report.inferred and not quiet:
            taken = ", ".join(f"{name} (line {line})" for name, line in report.inferred)
            out += [""] if out and out[-1] else []
            out.append(f"{path}{': ' * bool(path)}taken from the text: {taken}")
    out += [""] if out and out[-1] else []
    out += [] if any(report.links for _, report in reports) else ["no links were found"]
    out.append(total(reports, quiet))
    return "\n".join(out).rstrip() + "\n"


def total(reports: Reports, quiet: bool) -> str:
    """The last lines: what there is of each verdict, of every file and of all."""
    told = [(path, r) for path, r in reports if not quiet or r.failing or len(reports) == 1]
    lines = [f"{path}: {report.summary}" if path else report.summary for path, report in told]
    if len(reports) > 1:
        links = [link for _, report in reports for link in report.links]
        skipped, known = (
            sum(counts) for counts in zip(*((r.skipped, r.known_to_fail) for _, r in reports), strict=True)
        )
        lines.append(f"{len(reports)} files: {summary(links, skipped, known)}")
    return "\n".join(lines)


def again(detail: str, before: str) -> str:
    """A detail without what the link above said already."""
    reason = before.partition("; the last good")[0]
    if not reason or not detail.startswith(reason):
        return detail
    return "as above" + detail[len(reason) :]


def painted(link: Link, color: bool) -> str:
    return f"\033[{COLORS[link.verdict]}m{link.verdict}\033[0m" if color else link.verdict


def place(path: str, report: Findings, link: Link) -> str:
    span = span_of(report, link)
    return ":".join(part for part in (link.file or path, str(span.line), str(span.column)) if part)


def span_of(report: Findings, link: Link) -> Span:
    if link.span != NOWHERE:
        return link.span
    return Span(*position(report.source, link.start), *position(report.source, link.end))


def shortened(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def markdown(report: Findings, path: str = "") -> str:
    """The document with a mark behind each formula, and notes below for what fails."""
    if report.language != "markdown":
        return listed(report)
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


def listed(report: Findings) -> str:
    """What is no Markdown in a fenced block, and its links in a table above."""
    rows = [f"| {k.line} | `{k.text}` | {MARKS[k.verdict]} {k.verdict} | {found(k)} |" for k in report.links]
    table = "\n".join(["| line | claim | verdict | |", "|---:|---|---|---|", *rows])
    return f"> **matdiff**: {report.summary}\n\n{table}\n\n```{report.language}\n{report.source.rstrip()}\n```\n"


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


# for programs


def as_dict(report: Findings, link: Link) -> dict[str, Any]:
    found = {
        "line": link.line,
        "span": span_of(report, link)._asdict(),
        "text": link.text,
        "left": link.left,
        "right": link.right,
        "verdict": link.verdict,
        "holds": link.holds,
        "fails": report.fails(link),
        "detail": link.detail,
        "suggestion": link.suggestion,
        "edits": [{"span": e.span._asdict(), "text": e.text, "words": e.words} for e in link.edits],
        "counterexample": numbers(link.counterexample),
    }
    return {**found, "file": link.file} if link.file else found


def numbers(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: np.asarray(value).tolist() for name, value in values.items()}


def document(path: str, report: Findings) -> dict[str, Any]:
    found = {"document": path} if path else {}
    return {
        **found,
        "ok": report.ok,
        "strict": report.strict,
        "summary": report.summary,
        "counts": report.counts,
        "skipped": report.skipped,
        "inferred": [{"declaration": name, "line": line} for name, line in report.inferred],
        "links": [as_dict(report, link) for link in report.links],
    }


def as_json(reports: Reports, *, color: bool = False, quiet: bool = False) -> str:
    """One report, or those of many files under ``documents``."""
    shown = [document(path, report) for path, report in reports]
    if len(shown) == 1:
        found = {"schema": SCHEMA, **shown[0]}
    else:
        links = [link for _, report in reports for link in report.links]
        ok = not any(report.failing for _, report in reports) and any(report.checked for _, report in reports)
        found = {"schema": SCHEMA, "ok": ok, "summary": summary(links), "documents": shown}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


RULES = {
    "wrong": "A link of a derivation that does not hold",
    "ill-formed": "A link of a derivation whose sizes do not fit, or that is not math",
    "sampled": "A link of a derivation that agrees numerically, but is not proved",
    "unread": "An equation that was not understood",
}


def sarif(reports: Reports, *, color: bool = False, quiet: bool = False) -> str:
    """SARIF 2.1.0, for editors and code review."""
    results = [result(path, report, link) for path, report in reports for link in report.failing]
    rules = [{"id": name, "shortDescription": {"text": words}} for name, words in RULES.items()]
    driver = {"name": "matdiff", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def result(path: str, report: Findings, link: Link) -> dict[str, Any]:
    message = ": ".join(part for part in (f"{link.verdict}: {link.text}", link.detail) if part)
    artifact = {"uri": (link.file or path or "document.md").replace("\\", "/")}
    found: dict[str, Any] = {
        "ruleId": link.verdict,
        "level": "error" if link.verdict in ("wrong", "ill-formed") else "warning",
        "message": {"text": "\n".join(part for part in (message, link.suggestion) if part)},
        "locations": [
            {"physicalLocation": {"artifactLocation": artifact, "region": region(span_of(report, link))}},
        ],
    }
    if link.edits:
        found["fixes"] = [fix(edit, artifact) for edit in link.edits]
    return found


def fix(edit: Edit, artifact: dict[str, str]) -> dict[str, Any]:
    replacement = {"deletedRegion": region(edit.span), "insertedContent": {"text": edit.text}}
    change = {"artifactLocation": artifact, "replacements": [replacement]}
    return {"description": {"text": edit.words}, "artifactChanges": [change]}


def region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def position(source: str, offset: int) -> tuple[int, int]:
    return source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)


_ESCAPED = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def github(reports: Reports, *, color: bool = False, quiet: bool = False) -> str:
    """Annotations, as GitHub's workflows print them; what was not read is a notice."""
    return "".join(f"{line}\n" for path, report in reports for line in annotated(path, report, quiet))


def annotated(path: str, report: Findings, quiet: bool) -> Iterator[str]:
    for link in report.links:
        fails = report.fails(link)
        if not fails and (quiet or link.verdict != "unread"):
            continue
        level = "error" if link.verdict in ("wrong", "ill-formed") else "warning" if fails else "notice"
        span = span_of(report, link)
        where = {
            "file": link.file or path,
            "line": span.line,
            "endLine": span.end_line,
            "col": span.column,
            "endColumn": span.end_column,
            "title": f"matdiff: {link.verdict}",
        }
        told = ",".join(f"{key}={str(value).translate(_IN_PROPERTIES)}" for key, value in where.items() if value)
        message = "\n".join(part for part in (link.text, link.detail, link.suggestion) if part)
        yield f"::{level} {told}::{message.translate(_ESCAPED)}"


MANY: Mapping[str, Callable[..., str]] = {"text": text, "json": as_json, "sarif": sarif, "github": github}
"""The formats that show the reports of any number of files."""
ONE: Mapping[str, Callable[[Findings, str], str]] = {"markdown": markdown, "html": html}
"""Those that show one document."""
FORMATS = ("text", "markdown", "html", "json", "sarif", "github")


def rendered(reports: Reports, format: str, *, color: bool = False, quiet: bool = False) -> str:
    """The reports in a format; of one document only, where it is a page."""
    if format in ONE:
        ((path, report),) = reports
        return ONE[format](report, path)
    return MANY[format](reports, color=color, quiet=quiet)
