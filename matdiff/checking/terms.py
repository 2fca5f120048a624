"""Sums of products as terms: numbers times scalars times words of matrices, some under a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import factors_of, split, squared_norm, times, transposed
from matdiff.expr import Expr, topo
from matdiff.operators import ROWS
from matdiff.sizes import ONE

Word = tuple[tuple[Expr, bool], ...]
"""The letters of a product, each with whether it is transposed."""

Term = tuple[Fraction, tuple[Expr, ...], str, Word]
"""A summand: its number, its scalar factors, ``tr`` or nothing, and its word."""

MAX_TERMS = 200


def short(rule: str) -> str:
    return rule.split(",")[0]


class TooLong(Exception):
    """More terms than are looked at."""


def terms_of(root: Expr) -> Iterator[Term]:
    """The summands of an expression, multiplied out, transposes moved to the letters."""
    stack: list[tuple[Fraction, tuple[Expr, ...], str, list[tuple[Expr, bool]], Word]] = []
    stack.append((Fraction(1), (), "", [(root, False)], ()))
    seen = 0
    while stack:
        number, scalars, trace, rest, word = stack.pop()
        seen += 1
        if seen > MAX_TERMS:
            raise TooLong
        if not rest:
            yield number, scalars, trace, word
            continue
        (node, flipped), *rest = rest
        value, factors, matrix = split(node)
        number *= value
        inner = matrix
        if matrix is None:
            nested = [factor for factor in factors if factor.op in ("tr", "mul", "add")]
            plain = tuple(factor for factor in factors if factor not in nested[:1])
            scalars += plain
            if not nested:
                stack.append((number, scalars, trace, rest, word))
                continue
            inner = nested[0]
        else:
            scalars += tuple(factors)
        assert inner is not None
        match inner.op:
            case "add":
                stack += [
                    (number, scalars, trace, [(part, flipped), *rest], word) for part in compose.terms_of(inner)[::-1]
                ]
            case "mul":
                parts = [(part, flipped) for part in factors_of(inner)]
                stack.append((number, scalars, trace, [*(parts[::-1] if flipped else parts), *rest], word))
            case "transpose":
                stack.append((number, scalars, trace, [(inner.args[0], not flipped), *rest], word))
            case "tr" if inner.args[0].is_scalar:
                stack.append((number, scalars, trace, [(inner.args[0], False), *rest], word))
            case "tr" if not word and not rest:
                stack.append((number, scalars, "tr", [(inner.args[0], False)], word))
            case "eye":
                stack.append((number, scalars, trace, rest, word))
            case "ones" if inner.rows is ONE:
                stack.append((number, scalars, trace, rest, (*word, (E.ones(inner.cols, ONE), not flipped))))
            case _:
                stack.append((number, scalars, trace, rest, (*word, (inner, flipped and _turns(inner)))))


def collected(terms: list[Term]) -> dict[object, Fraction]:
    total: Counter[object] = Counter()
    for number, scalars, trace, word in terms:
        total[frozenset(Counter(scalars).items()), trace, word] += number  # type: ignore[assignment]
    return {key: Fraction(value) for key, value in total.items() if value}


def scalar(term: Term) -> Term:
    """A word of size 1×1 is its own trace."""
    number, scalars, trace, word = term
    if not trace and word:
        first, last = word[0], word[-1]
        rows = first[0].cols if first[1] else first[0].rows
        cols = last[0].rows if last[1] else last[0].cols
        if rows is cols is ONE:
            trace = "tr"
    return number, scalars, trace, word


def rotated(term: Term) -> Term:
    number, scalars, trace, word = scalar(term)
    if trace:
        word = min((word[k:] + word[:k] for k in range(len(word))), key=_order, default=word)
    return number, scalars, trace, word


def mirrored(term: Term) -> Term:
    number, scalars, trace, word = rotated(term)
    if trace:
        back: Word = tuple((letter, not flipped if _turns(letter) else flipped) for letter, flipped in reversed(word))
        word = min(word, rotated((number, scalars, trace, back))[3], key=_order)
    return number, scalars, trace, word


def _turns(letter: Expr) -> bool:
    """Whether a transpose changes a letter."""
    of = letter.args[0] if letter.op in ("differential", "inv") else letter
    return not (of.op == "variable" and of.data[1] in ("symmetric", "diagonal"))


def _order(word: Word) -> list[tuple[int, bool]]:
    return [(id(letter), flipped) for letter, flipped in word]


FORMS: tuple[tuple[str, Callable[[Term], Term]], ...] = (
    ("", lambda term: term),
    ("a scalar is its own trace", scalar),
    (short(ROWS["mul"].move), rotated),
    (f"{short(ROWS['mul'].move)} and {short(ROWS['transpose'].move)}", mirrored),
)
"""What words may do, each form allowing more than the one before."""


def is_square(node: Expr) -> bool:
    return squared_norm(node) is not None


def with_squares(root: Expr) -> Expr:
    """The squares of norms as products."""
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        args = tuple(new[arg] for arg in node.args)
        if is_square(node):
            (x,) = args[0].args
            new[node] = compose.trace(times(transposed(x), x))
        else:
            new[node] = E.rebuild(node, args)
    return new[root]
