"""What an equation of the identity table is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    name: str
    equation: str
    where: str = ""
    sees_names: bool = False
    """Whether a name matches by what it is defined as."""
    notable: bool = False
    """Whether its use is worth a word in a derivation."""
    source: str = ""
    """The book that has it, or what it follows from."""
    shown: bool = False
    """Whether a symmetric pattern matches all that shows that it is symmetric, and not variables only."""
    commute: tuple[str, ...] = ()
    """Two patterns that must show that they commute."""
    use: str = "normal"
    """Where it is used: ``normal`` forms, what is rewritten to ``prepare`` a derivation, ``stable`` code."""
