"""Why a link holds: the names of the rules and identities that lead from one side to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction

from matdiff import expr as E
from matdiff.equality import opened
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo
from matdiff.operators import ROWS, row
from matdiff.products import split
from matdiff.rewriting.patterns import spine
from matdiff.sizes import ONE

Word = tuple[tuple[Expr, bool], ...]
"""The letters of a product, each with whether it is transposed."""

Term = tuple[Fraction, tuple[Expr, ...], str, Word]
"""A summand: its number, its scalar factors, ``tr`` or nothing, and its word."""

MAX_TERMS = 200
MOST = 3
"""Longer lists of rules say little."""


def explain(one: Expr, other: Expr, varying: Collection[Expr]) -> str:
    """The rules from one side of a proved link to the other, as ``trace cyclicity, then transpose``."""
    try:
        return ", then ".join(list(dict.fromkeys(reasons(one, other, varying)))[:MOST])
    except (MatdiffError, TooLong):
        return ""


def reasons(one: Expr, other: Expr, varying: Collection[Expr]) -> Iterator[str]:
    if one is other:
        yield f"definition of {one.data}" if one.op == "definition" else "both sides read the same"
        return
    yield from differentials(one, other, varying)
    named = opened(one, varying), opened(other, varying)
    plain = E.expand(named[0]), E.expand(named[1])
    if plain[0] is plain[1]:
        yield from definitions(*named)
        return
    found = list(rearranged(*named))
    if not found or found[-1] == LAST:
        found = [*definitions(*named), *rearranged(*plain)]
    yield from found


# differentials and names


def differentials(one: Expr, other: Expr, varying: Collection[Expr]) -> Iterator[str]:
    """The rules of the differentials that one side has taken and the other has not."""
    written = [{node: None for node in topo(side) if node.op == "differential"} for side in (one, other)]
    only = [[n for n in mine if n not in others] for mine, others in (written, written[::-1])]
    if all(len(nodes) == 1 for nodes in only) and same_terms(*(E.expand(nodes[0].args[0]) for nodes in only)):
        yield from definitions(*(nodes[0].args[0] for nodes in only))
        return
    kept = [node for node in written[0] if node in written[1]]
    for node in (*only[0], *only[1]):
        (of,) = node.args
        if of in varying or of.op == "variable":
            continue
        found = list(rules_below(of, varying, kept))[::-1]
        plain = [rule for rule in found if rule not in _LINEAR]
        yield from plain or found[:1]


def rules_below(root: Expr, varying: Collection[Expr], kept: Collection[Expr]) -> Iterator[str]:
    """The rules of the operators between an expression and what varies in it."""
    moving: set[Expr] = set()
    for node in topo(root, inside=lambda n: () if n in varying or E.differential(n) in kept else n.args):
        if node in varying or (E.differential(node) in kept and node is not root):
            moving.add(node)
        elif node.op != "differential" and any(arg in moving for arg in node.args):
            moving.add(node)
            yield f"definition of {node.data}" if node.op == "definition" else row(node).rule


def definitions(one: Expr, other: Expr) -> Iterator[str]:
    """The names that only one side writes."""
    names = [{n: None for n in topo(s, inside=_above_names) if n.op == "definition"} for s in (one, other)]
    for mine, others in (names, names[::-1]):
        yield from (f"definition of {node.data}" for node in mine if node not in others)


def _above_names(node: Expr) -> tuple[Expr, ...]:
    return () if node.op == "definition" else node.args


# products and traces


def rearranged(one: Expr, other: Expr) -> Iterator[str]:
    """How sums, products and traces were rearranged; `LAST` where words do not tell."""
    traces = [sum(node.op == "tr" for node in topo(side)) for side in (one, other)]
    turned = [{n.args[0].op for n in topo(s) if n.op == "transpose"} for s in (one, other)]
    for op in sorted((turned[0] ^ turned[1]) & _TRANSPOSED.keys()):
        yield _TRANSPOSED[op]
    terms = [list(terms_of(side)) for side in (one, other)]
    if traces[0] != traces[1] and min(traces):
        yield ROWS["tr"].move
    elif len(terms[0]) != len(terms[1]):
        yield "like terms"
    elif summands(one) != summands(other):
        yield "distributivity"
    for name, form in _FORMS:
        forms = [collected([form(term) for term in side]) for side in terms]
        if forms[0] == forms[1]:
            if name:
                yield name
            return
    ops = {node.op for side in (one, other) for node in topo(side)}
    if {"had", "tr"} <= ops:
        yield _short(ROWS["had"].move)
    yield LAST


LAST = "equal once the indices are written out"


def same_terms(one: Expr, other: Expr) -> bool:
    return any(
        collected([form(t) for t in terms_of(one)]) == collected([form(t) for t in terms_of(other)])
        for _, form in _FORMS
    )


def summands(e: Expr) -> int:
    _, factors, matrix = split(e)
    inner = matrix if matrix is not None else factors[0] if len(factors) == 1 else e
    inner = inner.args[0] if inner.op == "tr" else inner
    return len(spine(inner, "add"))


def _short(rule: str) -> str:
    return rule.split(",")[0]


_LINEAR = frozenset(ROWS[op].rule for op in ("add", "scale", "tr", "sum"))

_TRANSPOSED = {
    "mul": "transpose of a product",
    "add": "transpose of a sum",
    "had": "transpose of a Hadamard product",
    "transpose": "transpose twice",
    "inv": "inverse of a transpose",
}


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
                    (number, scalars, trace, [(part, flipped), *rest], word) for part in spine(inner, "add")[::-1]
                ]
            case "mul":
                parts = [(part, flipped) for part in spine(inner, "mul")]
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
                symmetric = inner.op == "variable" and inner.data[1] in ("symmetric", "diagonal")
                stack.append((number, scalars, trace, rest, (*word, (inner, flipped and not symmetric))))


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
    of = letter.args[0] if letter.op == "differential" else letter
    return not (of.op == "variable" and of.data[1] in ("symmetric", "diagonal"))


def _order(word: Word) -> list[tuple[int, bool]]:
    return [(id(letter), flipped) for letter, flipped in word]


_FORMS: tuple[tuple[str, Callable[[Term], Term]], ...] = (
    ("", lambda term: term),
    ("a scalar is its own trace", scalar),
    (_short(ROWS["mul"].move), rotated),
    (f"{_short(ROWS['mul'].move)} and {_short(ROWS['transpose'].move)}", mirrored),
)
"""What words may do, each form allowing more than the one before."""
