"""The public answer: a derivation that can be shown and replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matdiff import replay
from matdiff.errors import ArgumentTypeError
from matdiff.expression import Expression
from matdiff.printing import page
from matdiff.printing.page.latex import aligned
from matdiff.record import Pair, Record, Single


class Derivation(Record[Single, Pair]):
    """A derivation: the steps in order, and what they lead to.

    ``gradient``, ``jacobian`` and ``differential`` are an `Expression` each, and dictionaries by name where ``wrt``
    was a list; ``gradients``, ``jacobians`` and ``differentials`` are dictionaries always. Printed, it is the whole
    derivation as text.

    >>> import matdiff as md
    >>> d = md.derive("tr(A*X)", wrt="X")
    >>> d.gradient, d.gradients, [step.rule for step in d.steps]
    (Expression("A'"), {'X': Expression("A'")}, ['product rule'])
    """

    def verify(self, points: int = 3, seed: int = 0) -> str:
        """Evaluate every step and the result at random points.

        Returns a sentence with the largest relative error. Raises `VerificationError` at the first step whose sides
        differ, `ArgumentTypeError` where ``points`` is no positive integer.

        >>> import matdiff as md
        >>> print(md.derive("tr(A*X*B)", wrt="X").verify())
        2 steps hold at 3 points (largest relative error ...
        """
        if not isinstance(points, int) or points < 1:
            raise ArgumentTypeError("points is how many points to evaluate at, 1 or more")
        return replay.verify(self, points, seed)

    def render(
        self, format: str = "text", steps: bool = True, *, fragment: bool | None = None, width: int | None = None
    ) -> str:
        r"""The derivation as ``text``, ``latex``, ``markdown``, ``html`` or ``json``, with its steps or without.

        fragment: whether LaTeX or HTML is a part of a document, or a whole one; by default LaTeX is a part, to be
            pasted, and HTML a whole page.
        width: where a line of text ends, 100 by default.

        Raises `ArgumentTypeError` for another format.

        >>> import matdiff as md
        >>> print(md.derive("tr(A*X)", wrt="X").render("latex", steps=False))
        \begingroup\allowdisplaybreaks
        \begin{align*}
        \mathrm{D}_{X}\, f &= A \\
        \nabla_{X}\, f &= A^{\top}
        \end{align*}
        \endgroup
        """
        return page.render(self, format, steps, fragment, width)

    def part(self, kind: str, format: str = "text") -> str:
        r"""The ``gradient``, ``jacobian``, ``differential`` or ``hessian`` alone, in a line for each variable.

        Raises `DeclarationError` where the Hessian was not asked for, `ArgumentTypeError` for another kind or format.

        >>> import matdiff as md
        >>> md.derive("tr(A*X)", wrt="X").part("gradient", "latex")
        'A^{\\top}'
        """
        return page.part(self, kind, format)

    def code(self) -> str:
        """The gradients of a scalar, else the Jacobians, as a NumPy function of the arrays by name.

        >>> import matdiff as md
        >>> print(md.derive("tr(A*X*B)", wrt="X").code())
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def function(A, B):
            product = A.T @ B.T
            return product
        <BLANKLINE>
        """
        from matdiff.arrays.values import CompiledProgram, Target
        from matdiff.codegen.function import compile_function

        found = list((self.gradients if self.objective.node.is_scalar else self.jacobians).values())
        if self.model.families is not None:
            targets = [Target(e.node, e.indices, getattr(e, "name", "")) for e in found]
            return CompiledProgram(self.model, targets, False).source
        return compile_function([e.node for e in found], self.model, nested=5).source

    def latex(self) -> str:
        r"""The derivation as ``align*`` of amsmath, to be pasted: no row is wider than the text of an article.

        >>> import matdiff as md
        >>> md.derive("tr(A*X)", wrt="X").latex().splitlines()[1]
        '\\begin{align*}'
        """
        return self.render("latex")

    def expand(self) -> Derivation[Single, Pair]:
        """The same with the model's intermediate names written out in the results.

        >>> import matdiff as md
        >>> d = md.derive("r = A*x - y; norm2(r)^2", wrt="x")
        >>> d.gradient, d.expand().gradient
        (Expression("2*A'*r"), Expression("2*A'*(A*x - y)"))
        """

        def opened(found: dict[Any, Expression]) -> dict[Any, Expression]:
            return {key: e.expand() for key, e in found.items()}

        return replace(
            self,
            gradients=opened(self.gradients),
            jacobians=opened(self.jacobians),
            differentials=opened(self.differentials),
            hessians=opened(self.hessians),
            structured={name: opened(forms) for name, forms in self.structured.items()},
        )

    def __str__(self) -> str:
        return self.render()

    def _repr_html_(self) -> str:
        return page.render(self, "html", steps=True, fragment=True)

    def _repr_latex_(self) -> str:
        return f"$$\n{aligned(self, True)}\n$$"
