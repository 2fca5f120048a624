"""The checker of hand derivations: documents to links, links to verdicts, and the search for the slip."""

from matdiff.checking.check import check
from matdiff.checking.findings import Link
from matdiff.checking.report import Report
from matdiff.checking.scripts import check_code

__all__ = ["Link", "Report", "check", "check_code"]
