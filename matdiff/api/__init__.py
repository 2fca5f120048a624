"""The functions people call. Each takes a source text (or an `Expression`) and gives an `Expression`
or a `Derivation`; all are re-exported by ``matdiff``.

Common to all: ``where`` holds declarations and definitions kept apart from the source, ``notation`` is ``math``,
``numpy`` or ``latex``, and ``of`` names the definition that is the objective, else the last one or a bare expression
is. Every error is a `MatdiffError`: a `ParseError` for text that is not in the notation, a `DeclarationError` for a
name that is unknown or does not vary, a `ShapeError` for sizes that do not fit, an `UnsupportedError` for what is
beyond matdiff, a `VerificationError` for an answer that its numerical check refutes, a `TimeLimitError` for one that
takes longer than ``timeout`` seconds, where that was given; an argument of the wrong Python
type, or one that a function does not take, is a `TypeError` as well. Errors of a text show the place.
"""

from __future__ import annotations

from matdiff.api.comparing import check, check_code, equal
from matdiff.api.deriving import derive, differential, gradient, jacobian
from matdiff.api.reading import from_sympy, parse
from matdiff.api.second import hessian, hvp
from matdiff.api.writing import compile, generate

__all__ = [
    "check",
    "check_code",
    "compile",
    "derive",
    "differential",
    "equal",
    "from_sympy",
    "generate",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "parse",
]
