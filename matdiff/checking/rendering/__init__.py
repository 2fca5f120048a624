"""How reports are shown, one function a format."""

from matdiff.checking.rendering.formats import FORMATS, MANY, ONE, SCHEMA, rendered

__all__ = ["FORMATS", "MANY", "ONE", "SCHEMA", "rendered"]
