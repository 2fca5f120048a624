"""The version, for all that shows it."""

__version__ = "0.2.0"
