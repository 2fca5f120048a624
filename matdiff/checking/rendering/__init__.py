"""Reports for people and for programs."""

from matdiff.checking.rendering.formats import FORMATS

__all__ = ["FORMATS"]
