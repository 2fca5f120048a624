"""Which of several equal forms is computed: products with sums are multiplied out where that is cheaper.

``(A + A')*x`` is two products with a column, ``X*(a*b' + b*a')`` two outer products, ``(diag(p) - p*p')*A`` a scaling
and an outer product, ``(U*V' - T)*V`` for a thin V a product with ``V'*V``. Each form is lowered, and its operations
are counted by `work`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.codegen.blocks import STRUCTURED
from matdiff.codegen.graph import Value, physical
from matdiff.codegen.lowering import Lowering
from matdiff.codegen.work import work
from matdiff.compose import UNIT, factors_of, is_product, joined, split, terms_of, total, untransposed
from matdiff.expr import Expr, topo
from matdiff.rewriting.transposes import turn_term

OPEN = frozenset({"mul", "add", "scale"})
INVERSE = frozenset({"inv"})
INSIDE = INVERSE | (STRUCTURED - OPEN)
"""What a form is looked into for."""
LEAVES = frozenset({"eye", "ones", "zeros", "number", "variable", "dim", "commutation"})
MAX_PARTS = 120
"""Larger products are left as they are."""
MAX_WORK = 200
"""So many forms are tried of one function: what is left is computed as it stands."""
MAX_TRIED = 60
"""And so many of one product."""
MAX_LINKS = 12
MAX_SHARED = 4
"""Of so many inverses it is asked whether one of them, or each solve by itself, is cheaper."""
LEAST = 0.97
"""A form is taken where it needs less than this part of the work."""


def lowered(roots: Sequence[Expr], sizes: Mapping[str, int]) -> tuple[Lowering, list[Value]]:
    """The plan of some roots in the form that is chosen: the lowering, and the values."""
    roots = planned(roots, sizes)
    best = Lowering(roots, sizes, fills=True)
    outputs = best.run()
    for inverse in shared_inverses(roots, best):
        other = Lowering(roots, sizes, fills=True, explicit=[*best.explicit, inverse])
        others = other.run()
        if work(others, sizes) < LEAST * work(outputs, sizes):
            best, outputs = other, others
    return best, outputs


def has_choices(nodes: Iterable[Expr]) -> bool:
    """Whether sizes may decide how something is computed: where three factors or a factor and a sum meet."""
    products = [node for node in nodes if is_product(node)]
    return any(untransposed(arg).op in OPEN | INVERSE for node in products for arg in node.args)


def as_written(roots: Sequence[Expr], sizes: Mapping[str, int]) -> tuple[Lowering, list[Value]]:
    """The plan of some roots in the form in which they stand."""
    plan = Lowering(roots, sizes)
    return plan, plan.run()


def shared_inverses(roots: Sequence[Expr], plan: Lowering) -> list[Expr]:
    """The inverses that more than one product has and that are solved for in each."""
    uses: Counter[Expr] = Counter()
    for node in topo(*roots):
        if is_product(node):
            uses.update(base for arg in node.args if (base := untransposed(arg)).op in INVERSE)
    return [base for base, times in uses.items() if times > 1 and base not in plan.explicit][:MAX_SHARED]


def planned(roots: Sequence[Expr], sizes: Mapping[str, int]) -> list[Expr]:
    """The roots, each product with a sum in the cheaper of its two forms."""
    uses: Counter[Expr] = Counter(roots)
    for node in topo(*roots):
        uses.update(node.args)
    new: dict[Expr, Expr] = {}
    left = MAX_WORK
    inner = {
        arg for node in topo(*roots) if is_product(node) for arg in node.args if is_product(arg) and uses[arg] == 1
    }
    for node in topo(*roots):
        fresh = E.rebuild(node, tuple(new[arg] for arg in node.args)) if node.args else node
        if is_product(node) and node not in inner:
            fresh, asked = cheapest(fresh, uses, sizes) if left > 0 else (fresh, 0)
            left -= asked
        new[node] = fresh
        uses[fresh] = max(uses[fresh], uses[node])
    return [new[root] for root in roots]


def cheapest(node: Expr, uses: Mapping[Expr, int], sizes: Mapping[str, int]) -> tuple[Expr, int]:
    """The form that needs the least work, and how many were tried."""
    best, least, tried = node, None, 0
    for _ in range(MAX_LINKS):
        options = list(multiplied_out(best, uses))
        if not options or tried + len(options) > MAX_TRIED:
            break
        if least is None:
            least = cost(best, uses, sizes)
        tried += len(options) + 1
        found = [(amount, option) for option in options if (amount := cost(option, uses, sizes)) is not None]
        if least is None or not found:
            break
        amount, option = min(found, key=lambda pair: pair[0])
        if amount > LEAST * least:
            break
        best, least = option, amount
    return best, tried


def multiplied_out(node: Expr, uses: Mapping[Expr, int]) -> Iterable[Expr]:
    """The forms in which one sum of a product, or of a sum of products, is multiplied out."""
    terms = terms_of(node)
    for place, term in enumerate(terms):
        number, factors, matrix = split(term)
        links = factors_of(matrix) if matrix is not None else []
        if len(links) > MAX_LINKS:
            continue
        for at, link in enumerate(links):
            summands = [] if uses.get(link, 0) > 1 else summands_of(link)
            for low, high in reaches(at, len(links)) if summands else ():
                parts = [product(UNIT, [], [*links[low:at], part, *links[at + 1 : high]]) for part in summands]
                if high - low == len(links):
                    scaled = [product(number, factors, [part]) for part in parts]
                else:
                    scaled = [product(number, factors, [*links[:low], total(parts), *links[high:]])]
                yield total([*terms[:place], *scaled, *terms[place + 1 :]])


def reaches(at: int, count: int) -> set[tuple[int, int]]:
    """How far a sum in a product is multiplied out: over all of it, or with what stands beside it."""
    return {(0, count), (max(at - 1, 0), at + 1), (at, min(at + 2, count))} - {(at, at + 1)}


def summands_of(link: Expr) -> list[Expr]:
    base = untransposed(link)
    summands = terms_of(base)
    if not 1 < len(summands) <= MAX_LINKS or any(split(summand)[2] is None for summand in summands):
        return []
    return [turn_term(summand) for summand in summands] if base is not link else summands


def product(number: Fraction, factors: list[Expr], links: list[Expr]) -> Expr:
    """A product of links, the scalars of each in front, identities left out."""
    found: list[Expr] = []
    scalars = list(factors)
    for link in links:
        amount, more, matrix = split(link)
        number *= amount
        scalars += more
        found += factors_of(matrix) if matrix is not None else []
    whole = (links[0].rows, links[-1].cols)
    kept = [link for link in found if link.op != "eye"] or [E.eye(whole[0])]
    return joined(number, scalars, compose.product(kept))


def cost(node: Expr, uses: Mapping[Expr, int], sizes: Mapping[str, int]) -> float | None:
    """What an expression costs beside its parts; None where it is too large to ask."""
    parts: list[Expr] = []
    for part in topo(node, inside=lambda e: e.args if is_open(e, node, uses) else ()):
        parts.append(part)
        if len(parts) > MAX_PARTS:
            return None
    lowering = Lowering([node], sizes)
    for part in parts:
        if part.op not in LEAVES and not is_open(part, node, uses):
            lowering.done[part] = lowering.graph.input(f"#{len(lowering.done)}", physical(part.shape))
    return work(lowering.run(), sizes)


def is_open(e: Expr, root: Expr, uses: Mapping[Expr, int]) -> bool:
    return e.op in INSIDE or (e.op in OPEN and (e is root or uses.get(e, 0) <= 1))
