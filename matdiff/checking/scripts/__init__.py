"""Training scripts: gradients written by hand in NumPy, checked line by line."""

from matdiff.checking.scripts.check import check_code

__all__ = ["check_code"]
