"""Why a link holds: the names of the rules and identities that lead from one side to the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from matdiff import compose
from matdiff import expr as E
from matdiff.checking.terms import FORMS, TooLong, collected, is_square, short, terms_of, with_squares
from matdiff.compose import (
    chain,
    factors_each,
    is_product,
    is_product_each,
    is_sum_of_entries,
    is_trace,
    is_transpose,
    product_each,
    spine,
    split,
    sum_of_entries,
)
from matdiff.equality import opened
from matdiff.errors import MatdiffError
from matdiff.expr import Expr, topo
from matdiff.identities import Identity
from matdiff.operators import ROWS, UNORDERED, row
from matdiff.rewriting.readable import Expanded

MAX_NODES = 300
MOST = 3
"""Longer lists of rules say little."""


def explain(one: Expr, other: Expr, varying: Collection[Expr]) -> str:
    """The rules from one side of a proved link to the other, as ``trace cyclicity, then transpose``."""
    try:
        return ", then ".join(list(dict.fromkeys(reasons(one, other, varying)))[:MOST]) or SAME
    except (MatdiffError, TooLong):
        return ""


def reasons(one: Expr, other: Expr, varying: Collection[Expr]) -> Iterator[str]:
    if one is other:
        yield f"definition of {one.data}" if one.op == "definition" else SAME
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
    """How sums, products and traces were rearranged; `LAST` where no rule tells."""
    squared = [any(is_square(node) for node in topo(side)) for side in (one, other)]
    if squared[0] != squared[1]:
        yield SQUARE
        one, other = with_squares(one), with_squares(other)
        if one is other:
            return
    traces = [sum(is_trace(node) for node in topo(side)) for side in (one, other)]
    turned = [{n.args[0].op for n in topo(s) if is_transpose(n)} for s in (one, other)]
    if all(turned):
        yield from (_TRANSPOSED[op] for op in sorted((turned[0] ^ turned[1]) & _TRANSPOSED.keys()))
    terms = [list(terms_of(side)) for side in (one, other)]
    if traces[0] != traces[1] and min(traces):
        yield ROWS["tr"].move
    elif len(terms[0]) != len(terms[1]):
        yield "like terms"
    elif summands(one) != summands(other):
        yield "distributivity"
    for name, form in FORMS:
        forms = [collected([form(term) for term in side]) for side in terms]
        if forms[0] == forms[1]:
            if name:
                yield name
            return
    yield from identities(one, other)


def identities(one: Expr, other: Expr) -> Iterator[str]:
    """The rules of the tables that bring both sides to one normal form, those first that only one side needs."""
    recorders = (Recorder(), Recorder())
    ops = {node.op for node in topo(one, other)}
    normal = (
        [recorder(side) for recorder, side in zip(recorders, (one, other), strict=True)] if small(one, other) else []
    )
    if normal and ordered(normal[0]) is ordered(normal[1]):
        needed = [recorder.names for recorder in recorders]
        yield from [n for mine, others in (needed, needed[::-1]) for n in mine if n not in others]
        if "had" in ops or ops & ENTRYWISE:
            yield "arithmetic entry by entry"
        elif needed[0].keys() == needed[1].keys():
            yield "arithmetic of scalars"
        return
    if {"had", "tr"} <= ops:
        yield short(ROWS["had"].move)
        if normal and same_terms(*(with_sums(side) for side in normal)):
            return
    yield LAST


def small(*roots: Expr) -> bool:
    return sum(1 for _ in topo(*roots)) <= MAX_NODES


def ordered(root: Expr) -> Expr:
    """Sums and Hadamard products in one order."""
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        built = E.rebuild(node, tuple(new[arg] for arg in node.args))
        new[node] = chain(node.op, sorted(spine(built, node.op), key=id)) if node.op in UNORDERED else built
    return new[root]


def with_sums(root: Expr) -> Expr:
    """``tr(A'*B)`` as ``sum(A .* B)``, the factors in one order."""
    new: dict[Expr, Expr] = {}
    for node in topo(root):
        args = tuple(new[arg] for arg in node.args)
        new[node] = E.rebuild(node, args)
        if is_trace(node) and is_product(args[0]) and is_transpose(args[0].args[0]):
            left, right = args[0].args
            factors = [*factors_each(left.args[0]), *factors_each(right)]
            new[node] = sum_of_entries(product_each(sorted(factors, key=id)))
        elif is_sum_of_entries(node) and is_product_each(args[0]):
            new[node] = sum_of_entries(product_each(sorted(factors_each(args[0]), key=id)))
    return new[root]


class Recorder(Expanded):
    """A rewriter that keeps the names of all identities it uses."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        super().__init__()

    def applied(self, identity: Identity) -> None:
        self.names[identity.name] = None


SQUARE = "square of the Euclidean norm"
ENTRYWISE = frozenset(name for name, entry in ROWS.items() if entry.elementwise)
SAME = "both sides read the same"
LAST = "equal once the indices are written out"


def same_terms(one: Expr, other: Expr) -> bool:
    return any(
        collected([form(t) for t in terms_of(one)]) == collected([form(t) for t in terms_of(other)])
        for _, form in FORMS
    )


def summands(e: Expr) -> int:
    _, factors, matrix = split(e)
    inner = matrix if matrix is not None else factors[0] if len(factors) == 1 else e
    inner = inner.args[0] if is_trace(inner) else inner
    return len(compose.terms_of(inner))


_LINEAR = frozenset(ROWS[op].rule for op in ("add", "scale", "tr", "sum"))

_TRANSPOSED = {
    "mul": "transpose of a product",
    "add": "transpose of a sum",
    "had": "transpose of a Hadamard product",
    "transpose": "transpose twice",
    "inv": "inverse of a transpose",
}
