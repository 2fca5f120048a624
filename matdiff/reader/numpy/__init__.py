"""The NumPy notation: code as people write it, to surface syntax. It is read, never executed.

`tree` has Python's own tree of the text, `program` goes through its statements and
`expressions` through their expressions. Every value is an array of known rank
(`arrays`), because what ``x @ A``, ``X + b`` and ``np.sum(X, axis=1)`` mean depends on it:
ranks come from the declarations and the letters of the names.
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.errors import UnsupportedError
from matdiff.reader.numpy.program import Reader
from matdiff.reader.numpy.shift import REFUSAL
from matdiff.reader.numpy.tree import parse
from matdiff.reader.syntax import Program

SPELLING = {
    "@": " @ ",
    ".*": " * ",
    "./": " / ",
    ".^": " ** ",
    "'": ".T",
    "column": "[:, None]",
    "inv()": "np.linalg.inv",
    "det()": "np.linalg.det",
    "logdet()": "np.linalg.slogdet",
    "solve()": "np.linalg.solve",
    "tr()": "np.trace",
    "diagonal()": "np.diagonal",
    "max()": "np.maximum",
    "min()": "np.minimum",
    "unvec()": "reshape",
    "inv?": "np.linalg.pinv is the pseudoinverse of any matrix",
    "det?": "of any matrix X there is np.linalg.det(X.T @ X)",
    "logdet?": "of any matrix X there is np.linalg.slogdet(X.T @ X)",
    "tr?": "np.sum adds all the entries of any matrix",
}
"""How signs and functions are written here, for messages, and what to write for a function of square matrices."""


def read(source: str, declared: Mapping[str, str] | None = None) -> Program:
    """Read a source; ``declared`` holds the kinds of the names that are declared apart from it.

    Raises a `MatdiffError` with its place.
    """
    tree = parse(source)
    reader = Reader(source, tree, declared or {})
    try:
        return Program(source, reader.program(), SPELLING)
    except UnsupportedError as error:
        if error.reason != REFUSAL:
            raise
    reader = Reader(source, tree, declared or {})
    reader.algebra.largest_as_is = True
    return Program(source, reader.program(), SPELLING)
