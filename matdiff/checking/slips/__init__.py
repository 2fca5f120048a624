"""The search for the slip in a link that does not hold."""

from matdiff.checking.slips.search import NOTHING, Place, Slips

__all__ = ["NOTHING", "Place", "Slips"]
