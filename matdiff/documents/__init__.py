"""Documents: Markdown, TeX, reStructuredText and notebooks as sections, model blocks and formulas with their places."""

from matdiff.documents.document import Block, Document, Formula, Section
from matdiff.documents.formats import FORMATS, SUFFIXES, format_of, read_document

__all__ = ["FORMATS", "SUFFIXES", "Block", "Document", "Formula", "Section", "format_of", "read_document"]
