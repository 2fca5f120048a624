r"""Losses that nobody defines, as those of backpropagation: what their derivatives are by the chain rule.

``\frac{\partial L}{\partial Z}`` stands for a matrix of the size of Z. Where ``\frac{\partial L}{\partial W}`` is
claimed to be made of it, L depends on W through Z, and the claim is that of ``tr(G' Z)`` with that matrix G held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from matdiff import expr as E
from matdiff.errors import DeclarationError, UnsupportedError
from matdiff.expr import Expr, topo
from matdiff.reader import read_formula
from matdiff.reader.latex.derivatives import Claim
from matdiff.reader.latex.names import words
from matdiff.reader.latex.words import FUNCTIONS
from matdiff.reader.syntax import Node

if TYPE_CHECKING:
    from matdiff.checking.scope import Scope
    from matdiff.documents import Formula

WORDS = words("RSS SSE SSR SST TSS ESS MSE RMSE MAE NLL BCE CCE ELBO loss Loss cost Cost error Error")
"""Words, set as letters side by side, that are what people call a loss."""
LOSSES = frozenset({"L", "J", "E", "C", "l", "ell", "Loss_val"}) | WORDS
"""What people call a loss."""
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}(?![A-Za-z])")
_HEAD = re.compile(r"(?:\A|\\\\|\n|\\partial)\s*&?\s*\Z")


def words_in(text: str, formulas: Iterable[Formula]) -> dict[str, str]:
    """Names of several letters without a font, ``RSS``: those of losses, and longer ones that a formula begins with."""
    found: dict[str, str] = {}
    for formula in formulas:
        written = text[formula.start : formula.end]
        for word in _WORD.finditer(written):
            long = len(word[0]) > 3 and word[0][1:].islower() and _HEAD.search(written, 0, word.start())
            if word[0] in WORDS or (long and word[0].lower() not in FUNCTIONS):
                found[word[0]] = "definition"
    return found


@dataclass
class Losses:
    """The derivatives of the losses of one document that were met so far."""

    gradients: dict[Expr, tuple[str, Expr]] = field(default_factory=dict)
    """Names that stand for the gradients of a loss, each with the loss and the variable."""
    given: dict[Expr, Expr] = field(default_factory=dict)
    """What the document says that some of them are."""

    def gradient(self, loss: str, variable: Expr) -> Expr:
        """The gradient of a loss by a name: a matrix of which only the size is known."""
        node = E.variable(
            f"∂{loss}/∂{variable.data[0] if variable.op == 'variable' else name_of(variable)}", variable.shape
        )
        self.gradients[node] = loss, variable
        return node

    def objective(self, loss: str, variable: Expr, other: Expr, scope: Scope) -> Expr:
        """A number that has the gradient of the loss, by what the other side of the link is made of.

        Raises a `MatdiffError` where nothing tells how the loss depends on the variable.
        """
        part = scope.named(loss)
        met = [self.gradients[node] for node in topo(other) if node in self.gradients]
        through = list(dict.fromkeys(of for name, of in met if name == loss and of is not variable))
        through = through or self.nearest(loss, variable, scope)
        if not through and part is not None and variable.op == "definition" and variable.is_scalar:
            return part
        open_ = part is None or any(n.op == "variable" and str(n.data[0]) in scope.losses for n in topo(part))
        if not through and not open_:
            raise Untold(f"{loss} does not hold {name_of(variable)}, as far as it was understood")
        if not through:
            raise Undefined(f"{loss} is not defined, and no derivative of it tells how it depends on this")
        bodies = dict(zip(through, E.substitute(through, scope.givens.defined), strict=True))
        for of, body in bodies.items():
            within = set(inside(body, ()))
            if variable not in within:
                raise Untold(f"nothing tells how {name_of(of)} depends on {name_of(variable)}")
            if any(variable in set(inside(other, through)) for other in through if other in within - {of}):
                raise UnsupportedError(f"{loss} depends on {name_of(variable)} in more than one way")
        above = set(topo(*bodies.values(), *([part] if part is not None else [])))
        for name, node in scope.definitions.items():
            if node not in above and variable in set(inside(node, through)):
                raise UnsupportedError(f"{name} depends on {name_of(variable)} too")
        terms = [read_formula("tr(G'*Z)", {"G": self.gradient(loss, of), "Z": body}) for of, body in bodies.items()]
        total = terms[0]
        for term in [*terms[1:], *([part] if part is not None else [])]:
            total = read_formula("A + B", {"A": total, "B": term})
        return total

    def nearest(self, loss: str, variable: Expr, scope: Scope) -> list[Expr]:
        """The name by which the derivative of a loss is given, and that depends on a variable; the nearest."""
        told = [of for node in self.given for name, of in [self.gradients[node]] if name == loss and of is not variable]
        within = {of: set(topo(body)) for of, body in zip(told, E.substitute(told, scope.givens.defined), strict=True)}
        found = [of for of in told if variable in within[of]]
        return [of for of in found if not any(other in within[of] - {of} for other in found)][:1]


class Untold(DeclarationError):
    """Nothing so far tells how a loss depends on a variable."""


class Undefined(Untold):
    """A loss that nothing is known of."""


def inside(root: Expr, stop: tuple[Expr, ...] | list[Expr]) -> list[Expr]:
    """The nodes of an expression, those behind some names left out."""
    return list(topo(root, inside=lambda n: () if n in stop else n.args))


def name_of(e: Expr) -> str:
    return str(e.data[0] if isinstance(e.data, tuple) else e.data)


def composed(root: Node | None) -> Claim | None:
    r"""What ``\partial L/\partial z \cdot \partial z/\partial w`` is by the chain rule; sums of such too."""
    if root is None or root.kind != "binary":
        return None
    ends = {ends_of(list(factors(term))) for term in terms_of(root)}
    if len(ends) != 1 or None in ends:
        return None
    ((of, wrt),) = (end for end in ends if end is not None)
    names = [Node("name", name, (), root.start, root.end) for name in (of, wrt)]
    return Claim("gradient", (names[1],), names[0], fraction=True)


def terms_of(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "binary" and node.value == "+":
            stack.extend(node.children)
        else:
            yield node


def factors(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "binary" and node.value in ("*", ".*"):
            stack.extend(reversed(node.children))
        elif node.is_transpose:
            stack.append(node.children[0])
        else:
            yield node


def ends_of(parts: list[Node]) -> tuple[str, str] | None:
    """What a product of derivatives is the derivative of, and by what, where each is by what the next is of."""
    if len(parts) < 2 or not all(part.kind == "derivative" for part in parts):
        return None
    links = []
    for claim in (part.value for part in parts):
        if claim.kind == "hessian" or len(claim.wrt) != 1 or claim.of is None or claim.of.kind != "name":
            return None
        links.append((claim.of.value, claim.wrt[0].value))
    for order in (links, links[::-1]):
        if all(left[1] == right[0] for left, right in pairwise(order)):
            return order[0][0], order[-1][1]
    return None
