"""What one side of a link has and the other has not, as terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.checking.terms import Term, TooLong, mirrored, terms_of
from matdiff.compose import joined, scalar_product, transposed
from matdiff.expr import Expr
from matdiff.sizes import ONE, Shape, named


def leftover(one: Expr, other: Expr) -> list[Expr]:
    """The terms of a difference, multiplied out, up to what traces allow.

    Nothing where there are too many, or where the two have none in common.
    """
    kept: dict[object, tuple[Fraction, Term]] = {}
    written = 0
    try:
        for sign, side in ((1, one), (-1, other)):
            for term in terms_of(side):
                number, scalars, trace, word = mirrored(term)
                key = (frozenset(Counter(scalars).items()), trace, word)
                written += 1
                before = kept[key][0] if key in kept else Fraction(0)
                kept[key] = (before + sign * number, term)
    except TooLong:
        return []
    rest = [product(number, term, one.shape) for number, term in kept.values() if number]
    return rest if len(rest) < written else []


def product(number: Fraction, term: Term, shape: Shape) -> Expr:
    """A term as an expression."""
    _, scalars, trace, word = term
    if word:
        result = compose.product(transposed(letter) if flipped else letter for letter, flipped in word)
    else:
        result = E.number(1) if shape == (ONE, ONE) else E.eye(shape[0])
    if trace:
        result = compose.trace(result)
    return joined(number, [*scalars, result], None) if result.is_scalar else joined(number, list(scalars), result)


def without_helpers(root: Expr, kept: Collection[Expr]) -> Expr:
    """The expression with only these names left, and products of sizes as products of scalars."""
    new: dict[Expr, Expr] = {}
    for node in E.topo(root, inside=lambda n: () if n.op == "definition" and n in kept else n.args):
        if node.op == "definition":
            new[node] = node if node in kept else new[node.args[0]]
        elif node.op == "dim" and len(node.data.powers) > 1:
            dims = [E.dim(named(name)) for name, power in node.data.powers for _ in range(power)]
            new[node] = scalar_product(Fraction(node.data.coefficient), dims)
        else:
            new[node] = E.rebuild(node, tuple(new[arg] for arg in node.args))
    return new[root]
