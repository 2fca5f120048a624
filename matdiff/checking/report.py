"""The report of a checked document or script: what was found, and how it is shown."""

from __future__ import annotations

from matdiff.checking.findings import Findings
from matdiff.checking.rendering import FORMATS, rendered
from matdiff.checking.rendering.html import fragment
from matdiff.errors import UnsupportedError


class Report(Findings):
    """What was found about a document or a script, link by link."""

    def render(self, format: str = "text", *, color: bool = False, path: str = "") -> str:
        """The report as ``text``, ``markdown``, ``html``, ``json``, ``sarif`` or ``github``.

        ``color`` marks the verdicts of a text for a terminal; ``path`` is the name of the document.

        Raises `UnsupportedError` for another format.

        >>> import matdiff as md
        >>> print(md.check("$A + A = 2 A$").render("markdown"))
        > **matdiff**: 1 link: 1 proved
        <BLANKLINE>
        $A + A = 2 A$ ✓
        <BLANKLINE>
        """
        if format not in FORMATS:
            raise UnsupportedError(f"there is no format {format}; the formats are {', '.join(FORMATS)}")
        return rendered([(path, self)], format, color=color)

    def _repr_html_(self) -> str:
        return fragment(self)

    def __str__(self) -> str:
        return self.render()
