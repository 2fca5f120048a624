"""Documents: Markdown, TeX, reStructuredText and notebooks as sections, model blocks and formulas with their places."""

from matdiff.documents.document import Block, Document, Formula, Section
from matdiff.documents.formats import FORMATS, format_of, read_document

__all__ = ["FORMATS", "Block", "Document", "Formula", "Section", "format_of", "read_document"]
