"""Products of matrices and scalars: factors gathered, neighbours rewritten, traces turned."""

from __future__ import annotations

from fractions import Fraction

from matdiff import compose
from matdiff import expr as E
from matdiff.compose import (
    UNIT,
    factors_each,
    factors_of,
    is_product,
    is_transpose,
    joined,
    product_each,
    scalar_factors,
    scale,
    split,
    sum_of_entries,
    terms_of,
    times,
    transposed,
)
from matdiff.expr import Expr
from matdiff.rewriting.constants import plain, zero
from matdiff.rewriting.known import Known
from matdiff.rewriting.powers import powers_of, raised, use_relations
from matdiff.rewriting.sums import flips, is_negative, negated
from matdiff.rewriting.transposes import transposes, turn
from matdiff.sizes import ONE


def product(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """The number, the scalar factors with powers merged, and the matrix factors with neighbours rewritten."""
    value = UNIT
    factors: list[Expr] = []
    matrices: list[Expr] = []
    queue = list(reversed(parts))
    normal = set(parts)
    has_matrix = False
    while queue:
        part = queue.pop()
        number, more, matrix = split(part)
        value = value if number is UNIT else value * number
        factors += more
        if matrix is None:
            continue
        has_matrix = True
        if matrix.op == "zeros":
            return zero(node)
        if is_product(matrix):
            links = factors_of(matrix)
            if part in normal and not touch(matrices, links, engine):
                matrices += links
            else:
                queue.extend(reversed(links))
        elif matrix.op == "ones" and matrix.rows is not ONE and matrix.cols is not ONE and len(parts) > 1:
            queue += [E.ones(ONE, matrix.cols), E.ones(matrix.rows, ONE)]
        elif matrix.op != "eye":
            met = meet(matrices, matrix, engine)
            if met is None:
                matrices.append(matrix)
            else:
                taken, new = met
                del matrices[len(matrices) - taken :]
                queue.append(new)
    factors, value = merged_scalars(factors, value, engine)
    if value == 0:
        return zero(node)
    if not has_matrix:
        return signed(value, factors, None)
    if not matrices:
        return signed(value, factors, E.number(1) if node.is_scalar else E.eye(node.rows))
    inner, matrices = cut_at_scalars(matrices)
    factors += inner
    if node.is_scalar:
        return signed(value, [*factors, scalar_chain(matrices)] if matrices else factors, None)
    if len(matrices) == 2 and matrices[0].op == matrices[1].op == "ones":
        return signed(value, factors, E.ones(*node.shape))
    body = compose.product(matrices)
    for factor in factors:  # 1/sum(exp(x)) beside exp(x)
        known = engine.by_table(scale(factor, body))
        if known is not None:
            rest = list(factors)
            rest.remove(factor)
            return joined(value, rest, known)
    known = ends_met(matrices, engine)
    return joined(value, factors, known) if known is not None else signed(value, factors, body)


def ends_met(matrices: list[Expr], engine: Known) -> Expr | None:
    """What the first factor and all that follows become, or all but the last and the last."""
    if len(matrices) < 3:
        return None
    for cut in (1, len(matrices) - 1):
        left, right = compose.product(matrices[:cut]), compose.product(matrices[cut:])
        new = engine.by_table(times(left, right))
        if new is not None:
            return new
    return None


def meet(before: list[Expr], matrix: Expr, engine: Known) -> tuple[int, Expr] | None:
    """What the last one or two factors and the next become together, with how many of them that takes."""
    if not before:
        return None
    left = before[-1]
    pair = times(left, matrix)
    new = engine.named(pair) or merged_power(left, matrix) or engine.by_table(pair) or turned_pair(left, matrix, engine)
    if new is not None:
        return 1, new
    if len(before) > 1:
        triple = compose.product([*before[-2:], matrix])
        new = engine.by_table(triple)
        if new is not None:
            return 2, new
    return None


def turned_pair(left: Expr, right: Expr, engine: Known) -> Expr | None:
    """What two transposed factors become, by what is known of the product of which they are the transpose."""
    if "transpose" not in (left.op, right.op):
        return None
    first, second = turn(right), turn(left)
    if "transpose" in (first.op, second.op):
        return None
    new = engine.by_table(times(first, second))
    return new and transposed(new)


def touch(before: list[Expr], links: list[Expr], engine: Known) -> bool:
    """Whether a product in normal form becomes something together with what stands before it."""
    if not before:
        return False
    triple = compose.product([before[-1], *links[:2]])
    return meet(before, links[0], engine) is not None or engine.by_table(triple) is not None


def cut_at_scalars(matrices: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The 1×1 products inside a chain (of x*y'*z, the y'*z) and what is left of the chain."""
    pieces: list[list[Expr]] = [[]]
    for matrix in matrices:
        pieces[-1].append(matrix)
        if matrix.cols is ONE:
            pieces.append([])
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < 2:
        return [], matrices
    inner = [piece for piece in pieces if piece[0].rows is ONE and piece[-1].cols is ONE]
    outer = [matrix for piece in pieces if piece not in inner for matrix in piece]
    return [scalar_chain(piece) for piece in inner], outer


def scalar_chain(matrices: list[Expr]) -> Expr:
    """A 1×1 product of matrices; one with a border of ones is a sum over the entries."""
    if len(matrices) == 1:
        return matrices[0]
    if matrices[0].op == "ones":
        inner = matrices[1:-1] if matrices[-1].op == "ones" and len(matrices) > 2 else matrices[1:]
        return sum_of_entries(compose.product(inner))
    if matrices[-1].op == "ones":
        return sum_of_entries(compose.product(matrices[:-1]))
    turned = [turn(matrix) for matrix in reversed(matrices)]
    return compose.product(min(matrices, turned, key=lambda factors: sum(is_transpose(f) for f in factors)))


def merged_power(left: Expr, right: Expr) -> Expr | None:
    """X^a * X^b as one power."""
    (base, a), (other, b) = matrix_power(left), matrix_power(right)
    if (
        base is not other
        or base.rows is not base.cols
        or base.rows is ONE
        or (a == 1 and b == 1 and base.op != "variable" and base.op != "definition")
    ):
        return None
    return E.Expr("matrix_power", (base,), a + b, base.shape)


def matrix_power(e: Expr) -> tuple[Expr, int]:
    return (e.args[0], e.data) if e.op == "matrix_power" else (e, 1)


def merged_scalars(factors: list[Expr], value: Fraction, engine: Known) -> tuple[list[Expr], Fraction]:
    """Equal scalar bases become one power."""
    pair = scalar_pair(factors, engine)
    if pair is not None:
        factors = pair
    powers = powers_of(factors)
    use_relations(powers, engine)
    result = []
    for base, exponent in powers.items():
        if exponent == 0:
            continue
        number, more = scalar_factors(raised(base, exponent))
        value = value if number is UNIT else value * number
        result += more
    return result, value


def scalar_pair(factors: list[Expr], engine: Known) -> list[Expr] | None:
    """Any two scalar factors that an identity knows together."""
    if not 1 < len(factors) <= 6:
        return None
    for i, left in enumerate(factors):
        for j, right in enumerate(factors):
            new = engine.by_table(scale(left, right)) if i != j else None
            if new is not None:
                return [new, *(factor for k, factor in enumerate(factors) if k not in (i, j))]
    return None


def signed(value: Fraction, factors: list[Expr], matrix: Expr | None) -> Expr:
    """The product, with a minus taken into a difference or out of a sum of minuses, where that reads better."""
    turns = flips if value < 0 else is_negative
    for number, factor in enumerate(factors):
        if turns(factor):
            return joined(-value, [*factors[:number], with_signs_turned(factor), *factors[number + 1 :]], matrix)
    links = factors_of(matrix) if matrix is not None else []
    for op in ("mul", "had"):
        for number, link in enumerate(links):
            inner = factors_each(link) if op == "had" else [link]
            for place, factor in enumerate(inner):
                if turns(factor):
                    inner[place] = with_signs_turned(factor)
                    links[number] = product_each(inner)
                    return joined(-value, factors, compose.product(links))
    return joined(value, factors, matrix)


def with_signs_turned(total: Expr) -> Expr:
    return compose.total([negated(term) for term in terms_of(total)])


def trace(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """A trace turned so that a 1×1 product shows, ends that cancel meet, and transposes are few."""
    (inner,) = parts
    value, factors, matrix = split(inner)
    if matrix is None or (factors or value != 1):
        rest = matrix if matrix is not None else E.number(1)
        return joined(value, [*factors, compose.trace(rest)], None) if matrix is not None else inner
    if is_product(matrix):
        links = factors_of(matrix)
        for cut, link in enumerate(links):
            if link.cols is ONE:
                return compose.product(links[cut + 1 :] + links[: cut + 1])
        if links[-1].op == "ones" or links[0].op == "ones":
            pass
        elif meet([links[-1]], links[0], engine) is not None:
            return compose.trace(compose.product([links[-1], *links[:-1]]))
        turned = compose.product([turn(link) for link in reversed(links)])
        if transposes(turned) < transposes(matrix):
            return compose.trace(turned)
    return plain(node, parts, engine)


def diagonal(node: Expr, parts: list[Expr], engine: Known) -> Expr:
    """The diagonal of an outer product: the product of the entries."""
    (inner,) = parts
    if is_product(inner):
        links = factors_of(inner)
        for cut, link in enumerate(links[:-1], 1):
            if link.cols is ONE:
                column, row = compose.product(links[:cut]), compose.product(links[cut:])
                return product_each([column, transposed(row)])
    return plain(node, parts, engine)
