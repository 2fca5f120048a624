"""Sums and products taken as a whole: like terms collected, factors merged, neighbours rewritten.

Each function gets a node and its normal operands and gives the node's next form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from matdiff import expr as E
from matdiff.expr import Expr
from matdiff.operators import MASK_SIGNS, ROWS
from matdiff.products import joined, scalar_factors, scale, split
from matdiff.rewriting.patterns import chain, spine
from matdiff.sizes import ONE

if TYPE_CHECKING:
    from matdiff.rewriting.engine import Rewriter

Power = tuple[Expr, Fraction]

PRODUCTS = frozenset({"scale", "mul"})
ATOMS = frozenset({"definition", "differential"})
"""Nodes that stand for themselves: what they hold is not entered."""


def operands(node: Expr) -> list[Expr]:
    """The parts a node is made of: of a chain its operands, of all else its arguments."""
    if node.op in ("add", "had"):
        return spine(node, node.op)
    if node.op in PRODUCTS:
        return product_operands(node)
    return [] if node.op in ATOMS else list(node.args)


def product_operands(node: Expr) -> list[Expr]:
    """The scalar factors, then those of the matrix product; a 1×1 product among the scalars stays whole."""
    scalars: list[Expr] = []
    while node.op == "scale":
        scalars += spine(node.args[0], "scale")
        node = node.args[1]
    return scalars + (spine(node, "mul") if node.op == "mul" else [node])


# sums


def add(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """Like terms collected in order of appearance; a positive term first."""
    order: dict[tuple[frozenset[tuple[Expr, int]], Expr | None], list[object]] = {}
    stack = list(reversed(parts))
    whole = len({split(part)[2] for part in parts}) == 1  # 2*(A + B), not 2*A + 2*B
    while stack:
        part = stack.pop()
        value, factors, matrix = split(part)
        inner = matrix if matrix is not None else factors[0] if len(factors) == 1 else None
        lone = not factors if matrix is not None else len(factors) == 1
        if inner is not None and lone and inner.op == "add" and abs(value) == 1 and not whole:
            signed = [term if value == 1 else negated(term) for term in spine(inner, "add")]
            stack.extend(reversed(signed))
            continue
        if value == 0 or (matrix is not None and matrix.op == "zeros"):
            continue
        counts: dict[Expr, int] = {}
        for factor in factors:
            counts[factor] = counts.get(factor, 0) + 1
        key = (frozenset(counts.items()), matrix)
        if key in order:
            order[key][0] += value  # type: ignore[operator]
        else:
            order[key] = [value, factors, matrix]
    terms = [(value, joined(value, factors, matrix)) for value, factors, matrix in order.values() if value]  # type: ignore[arg-type]
    if not terms:
        return E.number(0) if node.is_scalar else E.zeros(*node.shape)
    if terms[0][0] < 0:  # type: ignore[operator]
        first = next((n for n, (value, _) in enumerate(terms) if value > 0), 0)  # type: ignore[operator]
        terms.insert(0, terms.pop(first))
    whole_sum = turned_out([term for _, term in terms])
    known = rewriter.by_table(whole_sum) if len(terms) == 2 and whole_sum.op == "add" else None
    return known or whole_sum


def negated(e: Expr) -> Expr:
    value, factors, matrix = split(e)
    return joined(-value, factors, matrix)


def flips(e: Expr) -> bool:
    """Whether a sum is better with its signs turned."""
    if e.op != "add":
        return False
    negative = sum(split(term)[0] < 0 for term in spine(e, "add"))
    return negative > 0 and 2 * negative >= len(spine(e, "add"))


# products


def product(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """The number, the scalar factors with powers merged, and the matrix factors with neighbours rewritten."""
    value = Fraction(1)
    factors: list[Expr] = []
    matrices: list[Expr] = []
    queue = list(reversed(parts))
    has_matrix = False
    while queue:
        number, more, matrix = split(queue.pop())
        value *= number
        factors += more
        if matrix is None:
            continue
        has_matrix = True
        if matrix.op == "zeros":
            return zero(node)
        if matrix.op == "mul":
            queue.extend(reversed(spine(matrix, "mul")))
        elif matrix.op == "ones" and matrix.rows is not ONE and matrix.cols is not ONE and len(parts) > 1:
            queue += [E.ones(ONE, matrix.cols), E.ones(matrix.rows, ONE)]
        elif matrix.op != "eye":
            met = meet(matrices, matrix, rewriter)
            if met is None:
                matrices.append(matrix)
            else:
                taken, new = met
                del matrices[len(matrices) - taken :]
                queue.append(new)
    factors, value = merged_scalars(factors, value, rewriter)
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
    matrix = chain("mul", matrices)
    for factor in factors:  # 1/sum(exp(x)) beside exp(x)
        new = rewriter.by_table(scale(factor, matrix))
        if new is not None:
            rest = list(factors)
            rest.remove(factor)
            return joined(value, rest, new)
    return signed(value, factors, matrix)


def meet(before: list[Expr], matrix: Expr, rewriter: Rewriter) -> tuple[int, Expr] | None:
    """What the last one or two factors and the next become together, with how many of them that takes."""
    if not before:
        return None
    left = before[-1]
    pair = E.Expr("mul", (left, matrix), None, (left.rows, matrix.cols))
    new = rewriter.folds.get(pair) or merged_power(left, matrix) or rewriter.by_table(pair)
    if new is not None:
        return 1, new
    if len(before) > 1:
        triple = chain("mul", [*before[-2:], matrix])
        new = rewriter.by_table(triple)
        if new is not None:
            return 2, new
    return None


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


def zero(node: Expr) -> Expr:
    return E.number(0) if node.is_scalar else E.zeros(*node.shape)


def scalar_chain(matrices: list[Expr]) -> Expr:
    """A 1×1 product of matrices; one with a border of ones is a sum over the entries."""
    if len(matrices) == 1:
        return matrices[0]
    if matrices[0].op == "ones":
        inner = matrices[1:-1] if matrices[-1].op == "ones" and len(matrices) > 2 else matrices[1:]
        return E.Expr("sum", (chain("mul", inner),), None, (ONE, ONE))
    if matrices[-1].op == "ones":
        return E.Expr("sum", (chain("mul", matrices[:-1]),), None, (ONE, ONE))
    turned = [turn(matrix) for matrix in reversed(matrices)]
    return chain("mul", min(matrices, turned, key=lambda factors: sum(f.op == "transpose" for f in factors)))


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


def merged_scalars(factors: list[Expr], value: Fraction, rewriter: Rewriter) -> tuple[list[Expr], Fraction]:
    """Equal scalar bases become one power."""
    pair = scalar_pair(factors, rewriter)
    if pair is not None:
        factors = pair
    powers = powers_of(factors)
    use_relations(powers, rewriter)
    result = []
    for base, exponent in powers.items():
        if exponent == 0:
            continue
        number, more = scalar_factors(raised(base, exponent))
        value *= number
        result += more
    return result, value


def scalar_pair(factors: list[Expr], rewriter: Rewriter) -> list[Expr] | None:
    """Any two scalar factors that an identity knows together."""
    if not 1 < len(factors) <= 6:
        return None
    for i, left in enumerate(factors):
        for j, right in enumerate(factors):
            new = rewriter.by_table(scale(left, right)) if i != j else None
            if new is not None:
                return [new, *(factor for k, factor in enumerate(factors) if k not in (i, j))]
    return None


def signed(value: Fraction, factors: list[Expr], matrix: Expr | None) -> Expr:
    """The product, with a minus taken into a difference where that reads better."""
    if value < 0:
        for number, factor in enumerate(factors):
            if flips(factor):
                turned = chain("add", [negated(term) for term in spine(factor, "add")])
                return joined(-value, [*factors[:number], turned, *factors[number + 1 :]], matrix)
        if matrix is not None:
            links = spine(matrix, "mul")
            for number, link in enumerate(links):
                if flips(link):
                    links[number] = chain("add", [negated(term) for term in spine(link, "add")])
                    return joined(-value, factors, chain("mul", links))
    return joined(value, factors, matrix)


# transposes


SHOWS_SYMMETRY = frozenset({"inv", "adj", "pinv", "matrix_power", "definition"})
"""Functions (and names) whose value is symmetric where their argument is."""
MAX_DEPTH = 6
"""How deep symmetry is looked for."""


def turn(e: Expr, depth: int = 0) -> Expr:
    """The transpose of a factor in normal form."""
    if e.op == "transpose":
        return e.args[0]
    if e.op in ("ones", "zeros"):
        return E.Expr(e.op, (), None, (e.cols, e.rows))
    if e.is_scalar or e.op in ("eye", "diag") or (e.op == "variable" and e.data[1] in ("symmetric", "diagonal")):
        return e
    if shows_symmetry(e) and is_symmetric(e.args[0], depth + 1):
        return e
    if e.op == "had" and depth < 2:
        return turned_hadamard(spine(e, "had"), depth)
    return E.Expr("transpose", (e,), None, (e.cols, e.rows))


def turned_hadamard(factors: list[Expr], depth: int = 0) -> Expr:
    """The transpose of a Hadamard product: of each factor where that shows fewer transposes, else outside."""
    turned = [turn_term(factor, depth + 1) for factor in factors]
    if sum(map(transposes, turned)) <= sum(map(transposes, factors)):
        return chain("had", turned)
    whole = chain("had", factors)
    return E.Expr("transpose", (whole,), None, (whole.cols, whole.rows))


def turn_term(e: Expr, depth: int = 0) -> Expr:
    """The transpose of a summand, its outer product turned factor by factor."""
    value, factors, matrix = split(e)
    if matrix is None:
        return e
    if matrix.op == "mul":
        return joined(value, factors, chain("mul", [turn(f, depth) for f in reversed(spine(matrix, "mul"))]))
    return joined(value, factors, turn(matrix, depth))


def transposes(e: Expr) -> int:
    """How many transposes the outer layers of a term show."""
    matrix = split(e)[2]
    if matrix is None:
        return 0
    if matrix.op == "mul":
        return sum(factor.op == "transpose" for factor in spine(matrix, "mul"))
    if matrix.op == "had":
        return sum(transposes(factor) for factor in spine(matrix, "had"))
    return int(matrix.op == "transpose")


def transpose(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """A transpose moves into a sum or a Hadamard product where that leaves fewer of them."""
    (inner,) = parts
    if is_symmetric(inner):
        return inner
    if inner.op == "had":
        new = turned_hadamard(spine(inner, "had"))
        if new.op != "transpose":
            return new
    if inner.op == "add":
        terms = spine(inner, "add")
        turned = [turn_term(term) for term in terms]
        if sum(map(transposes, turned)) <= 1 + sum(map(transposes, terms)):
            return chain("add", turned)
    new = turn(inner) if inner.op in ("ones", "zeros") else E.Expr("transpose", (inner,), None, node.shape)
    if new is not node:
        return new
    return fold_constants(node) or rewriter.by_table(node) or node


def shows_symmetry(e: Expr) -> bool:
    """Whether the value is symmetric where the argument is."""
    return e.op in SHOWS_SYMMETRY or (len(e.args) == 1 and e.op in ROWS and ROWS[e.op].elementwise)


def is_symmetric(e: Expr, depth: int = 0) -> bool:
    """Whether an expression shows that it equals its transpose."""
    if e.rows is not e.cols or depth > MAX_DEPTH:
        return False
    if shows_symmetry(e):
        return is_symmetric(e.args[0], depth + 1)
    if e.op == "add":
        terms = spine(e, "add")
        return Counter(terms) == Counter(turn_term(term, depth) for term in terms)
    return turn_term(e, depth) is e


def turned_out(terms: list[Expr]) -> Expr:
    """A sum, as the transpose of one where that shows fewer transposes."""
    whole = chain("add", terms)
    turned = [turn_term(term) for term in terms]
    if len(terms) > 1 and 1 + sum(map(transposes, turned)) < sum(map(transposes, terms)):
        inner = chain("add", turned)
        return E.Expr("transpose", (inner,), None, whole.shape)
    return whole


# traces and diagonals


def trace(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """A trace turned so that a 1×1 product shows, ends that cancel meet, and transposes are few."""
    (inner,) = parts
    value, factors, matrix = split(inner)
    if matrix is None or (factors or value != 1):
        rest = matrix if matrix is not None else E.number(1)
        return joined(value, [*factors, E.Expr("tr", (rest,), None, node.shape)], None) if matrix is not None else inner
    if matrix.op == "mul":
        links = spine(matrix, "mul")
        for cut, link in enumerate(links):
            if link.cols is ONE:
                return chain("mul", links[cut + 1 :] + links[: cut + 1])
        if links[-1].op == "ones" or links[0].op == "ones":
            pass
        elif meet([links[-1]], links[0], rewriter) is not None:
            return E.Expr("tr", (chain("mul", [links[-1], *links[:-1]]),), None, node.shape)
        turned = chain("mul", [turn(link) for link in reversed(links)])
        if transposes(turned) < transposes(matrix):
            return E.Expr("tr", (turned,), None, node.shape)
    return plain(node, parts, rewriter)


def diagonal(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """The diagonal of an outer product: the product of the entries."""
    (inner,) = parts
    if inner.op == "mul":
        links = spine(inner, "mul")
        for cut, link in enumerate(links[:-1], 1):
            if link.cols is ONE:
                column, row = chain("mul", links[:cut]), chain("mul", links[cut:])
                return chain("had", [column, E.Expr("transpose", (row,), None, column.shape)])
    return plain(node, parts, rewriter)


def plain(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """An operator of its own: constants folded, else the first identity that applies."""
    new = node if tuple(parts) == node.args else E.Expr(node.op, tuple(parts), node.data, node.shape)
    return new if new is not node else fold_constants(node) or rewriter.by_table(node) or node


# powers of scalars and of entries


def power_of(e: Expr) -> Power:
    """A factor as base and exponent; of a spread column or row, those of what is spread."""
    if e.op == "pow" and e.args[1].op == "number":
        base, exponent = power_of(e.args[0])
        return base, exponent * e.args[1].data if e.args[1].data.denominator == 1 else e.args[
            1
        ].data if exponent == 1 else Fraction(1)
    if e.op == "sqrt":
        return e.args[0], Fraction(1, 2)
    if e.op == "transpose" and power_of(e.args[0])[1] != 1:
        base, exponent = power_of(e.args[0])
        return turn(base), exponent
    if e.op == "mul" and not e.is_scalar:
        left, right = e.args
        if left.op == "ones" and left.cols is ONE and power_of(right)[1] != 1:
            base, exponent = power_of(right)
            return E.Expr("mul", (left, base), None, e.shape), exponent
        if right.op == "ones" and right.rows is ONE and power_of(left)[1] != 1:
            base, exponent = power_of(left)
            return E.Expr("mul", (base, right), None, e.shape), exponent
    return e, Fraction(1)


def raised(base: Expr, exponent: Fraction) -> Expr:
    """base .^ exponent in normal form; undoes `power_of`."""
    if exponent == 1:
        return base
    if base.op == "number" and exponent.denominator == 1 and abs(exponent) <= 64 and base.data and _small(base.data):
        return E.number(base.data ** int(exponent))
    if base.op in MASK_SIGNS and exponent > 0:
        return base
    if base.op == "transpose":
        return turn(raised(base.args[0], exponent))
    if base.op == "mul" and not base.is_scalar:
        left, right = base.args
        if left.op == "ones" and left.cols is ONE:
            return E.Expr("mul", (left, raised(right, exponent)), None, base.shape)
        if right.op == "ones" and right.rows is ONE:
            return E.Expr("mul", (raised(left, exponent), right), None, base.shape)
    if exponent.denominator == 2:
        root = E.Expr("sqrt", (base,), None, base.shape)
        return raised_plain(root, exponent * 2)
    return raised_plain(base, exponent)


def raised_plain(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else E.Expr("pow", (base, E.number(exponent)), None, base.shape)


def _small(value: Fraction) -> bool:
    return abs(value.numerator) < 10**12 and value.denominator < 10**12


def power(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    base, exponent = parts
    if exponent.op == "number":
        q = exponent.data
        if q == 1:
            return base
        if q == 0:
            return E.number(1) if node.is_scalar else E.ones(*node.shape)
        if base.op == "ones":
            return base
        if q.denominator == 1:
            opened = integer_power(base, q)
            if opened is not None:
                return opened
        inner, known = power_of(base)
        if q.denominator == 1 or known == 1:
            new = raised(inner, known * q)
            if new is not E.Expr("pow", (base, exponent), None, node.shape):
                return new
    new = E.Expr("pow", (base, exponent), None, node.shape)
    return new if new is not node else rewriter.by_table(node) or node


def integer_power(base: Expr, q: Fraction) -> Expr | None:
    """An integer power of a product, factor by factor."""
    value, factors, matrix = split(base)
    if base.is_scalar:
        if len(factors) > 1 or (value != 1 and factors):
            powers = [raised(*times(power_of(factor), q)) for factor in factors]
            return (
                joined(value ** int(q) if abs(q) <= 64 else Fraction(1), powers, None)
                if abs(q) <= 64 and value
                else None
            )
        return None
    if factors or value != 1:
        if not value or abs(q) > 64 or matrix is None:
            return None
        powers = [raised(*times(power_of(factor), q)) for factor in factors]
        return joined(value ** int(q), powers, raised(*times(power_of(matrix), q)))
    if base.op == "had":
        return chain("had", [raised(*times(power_of(factor), q)) for factor in spine(base, "had")])
    return None


def powers_of(factors: list[Expr]) -> dict[Expr, Fraction]:
    """Factors as bases with their exponents, in order of appearance."""
    powers: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = power_of(factor)
        powers[base] = powers.get(base, Fraction(0)) + exponent
    return powers


def times(power_: Power, q: Fraction) -> Power:
    return power_[0], power_[1] * q


# Hadamard products


def hadamard(node: Expr, parts: list[Expr], rewriter: Rewriter) -> Expr:
    """Entry-wise factors: ones dropped, equal bases merged, any two rewritten by the table."""
    if node.is_scalar:
        return chain("scale", parts)
    coefficients: list[Expr] = []
    flat: list[Expr] = []
    hoist = False
    for part in parts:
        value, factors, matrix = split(part)
        assert matrix is not None
        if matrix.op == "zeros":
            return matrix
        if matrix.op == "ones" or matrix.op == "had":
            hoist = True
        if value != 1 or factors:
            hoist = hoist or bool(coefficients) or value < 0 or matrix.op != "mul" or matrix.args[1].op == "ones"
            coefficients.append(joined(value, factors, None))
        flat += opened(matrix)
    powers = powers_of(flat)
    use_relations(powers, rewriter)
    result = [raised(base, exponent) for base, exponent in powers.items() if exponent]
    changed = len(result) < len(flat)
    spread = distributed(result, rewriter)
    if spread is not None:
        return chain("scale", [*coefficients, spread]) if coefficients else spread
    pair = rewrite_pair(result, rewriter)
    if pair is not None:
        result, changed = pair, True
    result = [factor for factor in result if factor.op != "ones"]
    result.sort(key=lambda factor: power_of(factor)[1] < 0)  # numerators first
    if coefficients and not (hoist or changed or len(result) < 2):
        new = chain("had", parts)  # a number stays with the product it was made with
        return new
    body = spread_together(result) if result else E.ones(*node.shape)
    return chain("scale", [*coefficients, body]) if len(coefficients) < 2 else scale(chain("scale", coefficients), body)


def opened(matrix: Expr) -> list[Expr]:
    """The factors of a Hadamard product; a spread product of columns or rows is opened too."""
    if matrix.op == "had":
        return [factor for part in spine(matrix, "had") for factor in opened(part)]
    if matrix.op == "mul":
        left, right = matrix.args
        if right.op == "ones" and right.rows is ONE and left.op == "had":
            return [E.Expr("mul", (factor, right), None, matrix.shape) for factor in spine(left, "had")]
        if left.op == "ones" and left.cols is ONE and right.op == "had":
            return [E.Expr("mul", (left, factor), None, matrix.shape) for factor in spine(right, "had")]
    return [matrix]


def spread_together(factors: list[Expr]) -> Expr:
    """Where every factor is a spread column (or row), multiply the columns and spread once."""
    for side in (0, 1):
        ones = {
            factor.args[1 - side] for factor in factors if factor.op == "mul" and factor.args[1 - side].op == "ones"
        }
        if len(factors) > 1 and len(ones) == 1 and all(f.op == "mul" and f.args[1 - side] in ones for f in factors):
            (one,) = ones
            if (one.rows if side == 0 else one.cols) is not ONE:
                continue
            inner = chain("had", [factor.args[side] for factor in factors])
            return E.Expr("mul", (inner, one) if side == 0 else (one, inner), None, factors[0].shape)
    whole = chain("had", factors)
    if len(factors) > 1 and any(map(transposes, factors)):
        turned = turned_hadamard([turn_term(factor) for factor in factors])
        return turned if turned.op == "transpose" else whole
    return whole


def use_relations(powers: dict[Expr, Fraction], rewriter: Rewriter) -> None:
    """Use what names stand for (P = E ./ S) in the direction that leaves fewer factors."""
    for relation in relations_among(powers, rewriter):
        for sign in (-1, 1):
            while sum(base in powers for base in relation) >= 2:
                after = dict(powers)
                for base, exponent in relation.items():
                    after[base] = after.get(base, Fraction(0)) + sign * exponent
                    if not after[base]:
                        del after[base]
                if weight(after) >= weight(powers):
                    break
                powers.clear()
                powers.update(after)


def distributed(factors: list[Expr], rewriter: Rewriter) -> Expr | None:
    """A .* (B + C) multiplied out, where A cancels against a part of B or C."""
    for number, factor in enumerate(factors):
        others = factors[:number] + factors[number + 1 :]
        if factor.op == "add" and others:
            terms = spine(factor, "add")
            if len(terms) <= 8 and any(interact(others, term, rewriter) for term in terms):
                return chain("add", [chain("had", [*others, term]) for term in terms])
    return None


def interact(others: list[Expr], term: Expr, rewriter: Rewriter) -> bool:
    """Whether a factor cancels, or is known together with, a factor of a term."""
    matrix = split(term)[2]
    if matrix is None:
        return False
    mine, theirs = powers_of(others), powers_of(opened(matrix))
    if any(base in mine and mine[base] * exponent < 0 for base, exponent in theirs.items()):
        return True
    for relation in relations_among([*mine, *theirs], rewriter):
        links = ((a, b, p * q) for a, p in relation.items() for b, q in relation.items() if a is not b)
        if any(a in mine and b in theirs and mine[a] * theirs[b] * sign > 0 for a, b, sign in links):
            return True
    return any(
        rewriter.by_table(E.Expr("had", (left, right), None, left.shape)) for left in others for right in opened(matrix)
    )


def relations_among(bases: Iterable[Expr], rewriter: Rewriter) -> list[dict[Expr, Fraction]]:
    """The relations that hold between some of these bases."""
    return [relation for base in list(bases) for relation in rewriter.relations.get(base, ())]


def weight(powers: dict[Expr, Fraction]) -> Fraction:
    return sum(map(abs, powers.values()), Fraction(0))


def rewrite_pair(factors: list[Expr], rewriter: Rewriter) -> list[Expr] | None:
    """Any two factors that an identity knows together."""
    if len(factors) > 12:
        return None
    for i, left in enumerate(factors):
        for j, right in enumerate(factors):
            if i != j:
                pair = E.Expr("had", (left, right), None, left.shape)
                new = rewriter.by_table(pair) or rewriter.folds.get(pair)
                if new is not None:
                    return [new, *(f for k, f in enumerate(factors) if k not in (i, j))]
    return None


# numbers


def fold_constants(node: Expr) -> Expr | None:
    """Values of functions of numbers that are exact, and sizes 1×1."""
    if node.op in ("eye", "ones") and node.is_scalar:
        return E.number(1)
    if node.op == "zeros" and node.is_scalar:
        return E.number(0)
    if node.is_scalar and node.args and node.args[0].is_scalar and node.op in _SCALAR_IDENTITIES:
        return node.args[0]
    if node.op == "matrix_power" and node.args[0].op == "transpose":
        return turn(E.Expr("matrix_power", node.args[0].args, node.data, node.shape))
    if not node.args:
        return None
    x = node.args[0]
    if len(node.args) == 1 and node.op in ROWS and ROWS[node.op].elementwise and split(x)[2] is not None:
        value, factors, matrix = split(x)
        if matrix is not None and matrix.op == "ones":  # f(a*ones) is f(a)*ones
            of = E.Expr(node.op, (joined(value, factors, None),), node.data, (ONE, ONE))
            return scale(of, matrix)
    if x.op == "zeros" and node.op in _LINEAR:
        return zero(node)
    if x.op != "number":
        return None
    return _AT_NUMBERS.get((node.op, x.data)) or (perfect_root(x.data) if node.op == "sqrt" else None)


_SCALAR_IDENTITIES = frozenset({"transpose", "tr", "sum", "det", "vec", "diag", "diagonal_of", "matrix_power_1"})
_LINEAR = frozenset({"tr", "sum", "vec", "unvec", "diag", "diagonal_of", "transpose"})
_AT_NUMBERS = {
    ("exp", 0): E.number(1),
    ("log", 1): E.number(0),
    ("sin", 0): E.number(0),
    ("cos", 0): E.number(1),
    ("tanh", 0): E.number(0),
    ("erf", 0): E.number(0),
}


def perfect_root(value: Fraction) -> Expr | None:
    from math import isqrt

    if value < 0:
        return None
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    return E.number(Fraction(above, below)) if (above**2, below**2) == (value.numerator, value.denominator) else None


COMBINE: dict[str, Callable[[Expr, list[Expr], Rewriter], Expr]] = {
    "add": add,
    "scale": product,
    "mul": product,
    "had": hadamard,
    "pow": power,
    "transpose": transpose,
    "tr": trace,
    "diagonal_of": diagonal,
}
