"""What is checked: two expressions, a derivation, gradients in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from matdiff.errors import (
    ArgumentTypeError,
)
from matdiff.expression import Expression
from matdiff.model import has_complex
from matdiff.question import (
    Source,
    common_model,
    model_of,
    parsed,
    public,
)

if TYPE_CHECKING:
    from matdiff.checking import Report
    from matdiff.equality import Verdict


@public
def equal(
    one: Source, other: Source, where: str | None = None, notation: str = "math", *, timeout: float | None = None
) -> Verdict:
    """Whether two expressions are equal for all values of their names.

    The verdict ``holds`` or not, and says ``how``: ``proved`` (for all sizes and values), ``sampled`` (agrees at
    random points), or ``refuted`` with a ``counterexample``. Different sizes are refuted.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError` where one of them cannot be read.

    >>> import matdiff as md
    >>> md.equal("tr(A*B)", "tr(B*A)").how, md.equal("A*B", "B*A", where="A, B: matrix(n, n)").how
    ('proved', 'refuted')
    """
    from matdiff.equality import decide

    if any(model_of(e, notation, where if isinstance(e, str) else None)[0].families for e in (one, other)):
        from matdiff.indexed.equality import equal as equal_families

        sides = [e if isinstance(e, Expression) else parsed(e, notation, where) for e in (one, other)]
        return equal_families(sides[0], sides[1])
    left, right = common_model(one, other, where, notation)
    verdict = decide(left, right)
    if verdict.how == "refuted" and has_complex(left, right):  # at Z and conj(Z) as two matrices
        return replace(verdict, counterexample=None)
    return verdict


@public
def check(document: str, path: str = "", *, timeout: float | None = None) -> Report:
    r"""Check a derivation written by hand: every link of every chain, and every claim about a derivative.

    The document is Markdown, or what the suffix of ``path`` says (``.tex``, ``.rst``, ``.ipynb``); files that TeX takes
    in are looked for beside it. A block fenced as ``matdiff`` holds the model, and math in ``$…$``, ``$$…$$``,
    ``\[…\]`` or a block fenced as ``derivation`` is checked. Claims are in gradient layout, as `derive`
    answers. The report has ``ok`` and ``links``, each with ``line``, ``span``, ``text``, ``verdict``, ``detail``,
    ``suggestion``, ``edits`` and ``counterexample``.

    Raises `ParseError`, `DeclarationError` or `ShapeError` where the model cannot be read; a formula that cannot is
    ``unread`` in the report, or ``ill-formed`` where its sizes do not fit.

    >>> import matdiff as md
    >>> report = md.check(r"$$\operatorname{tr}(AB) = \operatorname{tr}(BA)$$")
    >>> report.ok, [link.verdict for link in report.links]
    (True, ['proved'])
    """
    from matdiff.checking import check as examine

    if not isinstance(document, str):
        raise ArgumentTypeError(f"a document is a string, not {type(document).__name__}")
    return examine(document, path=path)


@public
def check_code(
    source: str,
    loss: str | None = None,
    grads: Mapping[str, str] | None = None,
    where: str | None = None,
    *,
    timeout: float | None = None,
) -> Report:
    """Check gradients written by hand in NumPy code, and the intermediate ones on the way to them.

    ``grads`` says which name is the gradient by which parameter, ``{"w": "grad_w"}``; it and the loss
    are guessed by the usual names where they are not given. ``where`` declares what the code does not
    tell. The code is read, never run. Gradients have the shape of their parameter.
    The report is that of `check`.

    Raises `ParseError`, `DeclarationError`, `ShapeError` or `UnsupportedError` where the code, or a name that is given,
    cannot be read.

    >>> import matdiff as md
    >>> code = "loss = np.sum((X @ w - y)**2); grad_w = X.T @ (X @ w - y)"
    >>> report = md.check_code(code, "loss", {"w": "grad_w"}, where="X: matrix(n, d); w: vector(d); y: vector(n)")
    >>> report.ok, report.links[0].suggestion
    (False, 'a factor 2 is missing: grad_w = 2 * (X.T @ (X @ w - y))')
    """
    from matdiff.checking.scripts import check_code as examine

    return examine(source, loss, grads, where)
