"""The checker of hand derivations: documents to links, links to verdicts, and the search for the slip."""

from typing import Any

from matdiff.checking.check import check
from matdiff.checking.findings import Link
from matdiff.checking.report import Report

__all__ = ["Link", "Report", "check", "check_code"]


def __getattr__(name: str) -> Any:
    if name == "check_code":  # the reader of scripts is not needed for documents
        from matdiff.checking.scripts import check_code

        return check_code
    raise AttributeError(f"module 'matdiff.checking' has no attribute {name!r}")
