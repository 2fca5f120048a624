"""Reports as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matdiff.checking.report import Report


def render(report: Report, format: str, **options: object) -> str:
    return "\n".join(map(str, report.links))
