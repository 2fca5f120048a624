"""matdiff: matrix calculus with every step shown, and every answer checked.

Conventions: every object is a matrix, a scalar is 1×1 and a vector n×1. For a scalar f the
differential is brought to ``df = tr(A dX)``: A is the Jacobian, its transpose the gradient, which has
the size of X. For a matrix function, ``d vec F = J d vec X`` with column-major vec.

>>> import matdiff as md
>>> print(md.gradient("tr(A*X*B)", "X"))
A'*B'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from matdiff.errors import (
    DeclarationError,
    MatdiffError,
    ParseError,
    ShapeError,
    TimeLimitError,
    UncheckedWarning,
    UnsupportedError,
    VerificationError,
)
from matdiff.version import __version__ as __version__

if TYPE_CHECKING:
    from matdiff.api import (
        check,
        check_code,
        compile,
        derive,
        differential,
        equal,
        from_sympy,
        generate,
        gradient,
        hessian,
        hvp,
        jacobian,
        parse,
    )
    from matdiff.expression import Expression
    from matdiff.record import Step
    from matdiff.results import Derivation

# What is loaded when it is first asked for, so that `import matdiff` stays quick.
_LAZY = {
    "Derivation": "matdiff.results",
    "Expression": "matdiff.expression",
    "Step": "matdiff.record",
    "check": "matdiff.api",
    "check_code": "matdiff.api",
    "compile": "matdiff.api",
    "equal": "matdiff.api",
    "from_sympy": "matdiff.api",
    "generate": "matdiff.api",
    "derive": "matdiff.api",
    "differential": "matdiff.api",
    "gradient": "matdiff.api",
    "hessian": "matdiff.api",
    "hvp": "matdiff.api",
    "jacobian": "matdiff.api",
    "parse": "matdiff.api",
}

__all__ = [
    "DeclarationError",
    "Derivation",
    "Expression",
    "MatdiffError",
    "ParseError",
    "ShapeError",
    "Step",
    "TimeLimitError",
    "UncheckedWarning",
    "UnsupportedError",
    "VerificationError",
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


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'matdiff' has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext matdiff``: the cells ``%%derive`` and ``%%check`` of a notebook."""
    import_module("matdiff.notebook").load(shell)


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
