"""Random points at which expressions are evaluated, and differentials there by central differences."""

from matdiff.sampling.differences import STEPS, directions, evaluate_with_differentials, side_of_kink
from matdiff.sampling.domain import Search, room
from matdiff.sampling.draws import (
    FREE,
    INTEGERS,
    STYLES,
    Point,
    Survey,
    draw,
    draw_sizes,
    survey,
    within_structure,
)
from matdiff.sampling.points import points
from matdiff.sampling.smaller import smaller

__all__ = [
    "FREE",
    "INTEGERS",
    "STEPS",
    "STYLES",
    "Point",
    "Search",
    "Survey",
    "directions",
    "draw",
    "draw_sizes",
    "evaluate_with_differentials",
    "points",
    "room",
    "side_of_kink",
    "smaller",
    "survey",
    "within_structure",
]
