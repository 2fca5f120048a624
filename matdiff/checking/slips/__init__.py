"""The search for the slip in a link that does not hold."""

from matdiff.checking.slips.search import NOTHING, Place, Slips
from matdiff.checking.slips.suggestion import Change, Suggestion

__all__ = ["NOTHING", "Change", "Place", "Slips", "Suggestion"]
