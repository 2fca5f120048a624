"""Reports as text."""

from __future__ import annotations

from matdiff.checking.report import Report


def render(report: Report, format: str, **options: object) -> str:
    return "\n".join(map(str, report.links))
