"""Equality of expressions: a proof by normal form, a counterexample, or agreement at random points."""

from matdiff.equality.comparison import Counterexample
from matdiff.equality.differentials import opened, varying_names
from matdiff.equality.proof import proved_equal
from matdiff.equality.verdict import Verdict, decide

__all__ = ["Counterexample", "Verdict", "decide", "opened", "proved_equal", "varying_names"]
