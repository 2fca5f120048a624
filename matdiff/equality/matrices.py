"""Functions of matrices on polynomials: inverse, determinant, norms."""

from __future__ import annotations

from fractions import Fraction

from matdiff.equality import scalars
from matdiff.equality.network import Exponent, Label, Raw, Term
from matdiff.equality.pieces import Pieces, common, poly_key, positive
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import (
    added,
    collected,
    common_cuts,
    constant,
    filled,
    hadamard,
    matrix_product,
    placed,
    rearranged,
    scaled,
    split,
    times_number,
    transposed,
)
from matdiff.equality.reduction import is_orthogonal, leading_coefficient
from matdiff.equality.scalars import power
from matdiff.errors import UnsupportedError
from matdiff.sizes import Size, product

MAX_POWER = 12


def identity(sizes: tuple[Size, ...]) -> Poly:
    raw = Raw()
    vertices = [raw.vertex(size) for size in sizes]
    raw.free = vertices + vertices
    return collected([raw], sizes + sizes, len(sizes))


def square(p: Poly) -> Poly:
    """With the indices of rows and columns split in the same way."""
    sizes = tuple(p.free[k] for k in p.row_axis), tuple(p.free[k] for k in p.col_axis)
    if sizes[0] == sizes[1]:
        return p
    cuts = common_cuts(*sizes)
    p = split(p, p.col_axis, cuts)
    return split(p, p.row_axis, cuts)


def trace(p: Poly) -> Poly:
    p = square(p)
    return rearranged(p, (), 0, zip(p.row_axis, p.col_axis, strict=True))


def diagonal(p: Poly) -> Poly:
    """The diagonal as a column."""
    p = square(p)
    return rearranged(p, p.row_axis, p.rows, zip(p.row_axis, p.col_axis, strict=True))


def diagonal_matrix(p: Poly) -> Poly:
    """The diagonal matrix of a column."""
    raws = []
    for term, coefficient in p.terms.items():
        raw = Raw.of(term, coefficient)
        raw.free = raw.free + raw.free
        raws.append(raw)
    return collected(raws, p.free + p.free, p.rows)


def is_diagonal(p: Poly) -> bool:
    return bool(p.terms) and all(t.free[: p.rows] == t.free[p.rows :] and t.has_delta for t in p.terms)


def matrix_power(p: Poly, k: int) -> Poly:
    result = p
    for _ in range(k - 1):
        result = matrix_product(result, p)
    return result


# The inverse


def inverse(p: Poly) -> Poly:
    if not p.free:
        return power(p, Fraction(-1))
    if p.terms and not p.free:  # of a number
        return power(p, Fraction(-1))
    if is_diagonal(p):
        return diagonal_matrix(power(diagonal(p), Fraction(-1)))
    if len(p.terms) == 1:
        ((term, coefficient),) = p.terms.items()
        turned = inverse_of_path(p, term, coefficient)
        if turned is not None:
            return turned
    if not p.terms:
        raise UnsupportedError("0 has no inverse")
    content, rest = _scalars_out(p)
    found = square_atom("inv", rest)
    return times_number(scaled(_raised(content, -1), found), 1 / content.coefficient)


def _scalars_out(p: Poly) -> tuple[Pieces, Poly]:
    """The scalars all terms share, and the rest with leading coefficient 1."""
    content = Pieces(Fraction(1), common(p).scalars) if not _deltas(p) else Pieces(Fraction(1))
    rest = scaled(_raised(content, -1), p)
    content.coefficient = leading_coefficient(rest)
    return content, times_number(rest, 1 / content.coefficient)


def _deltas(p: Poly) -> bool:
    return any(term.has_delta for term in p.terms)


def _raised(content: Pieces, exponent: int) -> Poly:
    raw = Raw()
    for label, e in content.scalars:
        raw.scalars[label] = e * exponent
    return collected([raw], (), 0)


def square_atom(kind: str, p: Poly) -> Poly:
    """An opaque function F of a matrix with F(P') = F(P)', in the positions of its value (which is cols×rows)."""
    core, turned, symmetric = oriented(p)
    label = Label(kind, core, symmetric=symmetric and len(p.free) == 2)
    sizes = tuple(p.free[k] for k in (*p.col_axis, *p.row_axis))
    rows = len(p.free) - p.rows
    at = [*range(rows, len(p.free)), *range(rows)] if turned else list(range(len(p.free)))
    return placed(label, sizes, rows, at)


def oriented(p: Poly) -> tuple[Poly, bool, bool]:
    """p or its transpose, whichever comes first; whether it was turned; whether they are the same."""
    other = transposed(p)
    one, two = (poly_key(q) for q in (p, other))
    return (other, True, False) if two < one else (p, False, one == two and p.free == other.free)


def inverse_letter(label: Label) -> Label:
    if label.kind == "inverse":
        letter: Label = label.key[1]
        return letter
    return Label("inverse", label, symmetric=label.symmetric)


def inverse_of_path(p: Poly, term: Term, coefficient: Fraction) -> Poly | None:
    """inv(A*B*…) = … inv(B)*inv(A) for square letters, with diagonal matrices between them."""
    letters = path_letters(p, term)
    if letters is None:
        return None
    raw = Raw(1 / coefficient)
    raw.sizes = dict(enumerate(term.sizes))
    raw.free = [*term.free[p.rows :], *term.free[: p.rows]]
    for label, exponent in term.scalars:
        raw.scalars[label] = -exponent
    for label, vertices, exponent in term.factors:
        if len(vertices) == 1:
            raw.multiply(label, vertices, -exponent)
        elif is_orthogonal(label):
            raw.multiply(label, vertices)
        else:
            raw.multiply(inverse_letter(label), vertices[::-1])
    return collected([raw], p.free, p.rows)


def path_letters(p: Poly, term: Term) -> list[Label] | None:
    """The letters of a product of square matrices (or of a Kronecker product of such), else None."""
    links: dict[int, list[tuple[Label, tuple[int, ...], Exponent]]] = {}
    letters = []
    for factor in term.factors:
        label, vertices, exponent = factor
        if len(vertices) == 2 and vertices[0] != vertices[1] and exponent == 1:
            if term.sizes[vertices[0]] != term.sizes[vertices[1]]:
                return None
            letters.append(label)
        elif len(vertices) != 1:
            return None
        for vertex in vertices:
            links.setdefault(vertex, []).append(factor)
    ends = set(term.free[p.rows :])
    walked = 0
    seen: set[int] = set()
    for start in term.free[: p.rows]:
        vertex, before = start, None
        while True:
            if vertex in seen:
                return None
            seen.add(vertex)
            onward = [f for f in links.get(vertex, []) if len(f[1]) == 2 and f is not before]
            if vertex in ends and not onward:
                break
            if len(onward) != 1 or vertex in ends:
                return None
            before = onward[0]
            walked += 1
            vertex = before[1][1] if before[1][0] == vertex else before[1][0]
    return letters if walked == len(letters) and len(seen) == len(term.sizes) else None


# The determinant


def determinant(p: Poly) -> Poly:
    if not p.free:  # a number is its own determinant
        return p
    outside, letters, core = determinant_parts(p)
    if outside is None:
        return _det_atom("det", p)
    result = [*outside]
    for label, exponent in letters:
        result.append(power(_det_atom("det", letter_poly(label, p)), Fraction(exponent)))
    if core is not None:
        result.append(_det_atom("det", core))
    return scalars.multiplied(result)


def logdet(p: Poly) -> Poly:
    if not p.free:
        return scalars.log(scalars.absolute(p))
    outside, letters, core = determinant_parts(p)
    if outside is None:
        return _det_atom("logdet", p)
    result = constant(0)
    for factor in outside:
        result = added(result, scalars.log(factor))
    for label, exponent in letters:
        if is_orthogonal(label):  # whose determinant is 1 or -1
            continue
        result = added(result, _det_atom("logdet", letter_poly(label, p)), Fraction(exponent))
    return result if core is None else added(result, _det_atom("logdet", core))


def determinant_parts(p: Poly) -> tuple[list[Poly] | None, list[tuple[Label, int]], Poly | None]:
    """Positive factors c^n, letters of a product with their exponents, and what is left over."""
    if not p.terms:
        return None, [], None
    content, rest = _scalars_out(p)
    n = product(p.free[: p.rows])
    kept = [(label, e) for label, e in content.scalars if positive(label)]
    stay = [(label, e) for label, e in content.scalars if not positive(label)]
    outside = _to_the_size(Pieces(abs(content.coefficient), kept), n)
    rest = times_number(
        scaled(_raised(Pieces(Fraction(1), stay), 1), rest), Fraction(1 if content.coefficient > 0 else -1)
    )
    if len(rest.terms) == 1 and not stay and content.coefficient > 0:
        ((term, _),) = rest.terms.items()
        letters = path_letters(p, term)
        if letters is not None and all(len(vertices) == 2 for _, vertices, _ in term.factors) and p.rows == 1:
            split = [(label.key[1], -1) if label.kind == "inverse" else (label, 1) for label in letters]
            return outside, split, None
    return outside, [], rest


def _to_the_size(content: Pieces, n: Size) -> list[Poly]:
    base = scaled(_raised(content, 1), constant(content.coefficient))
    if not n.powers:
        return [power(base, Fraction(n.coefficient))]
    size = filled({Label("dim", name): exponent for name, exponent in n.powers}, value=Fraction(n.coefficient))
    return [scalars.exp(hadamard(size, scalars.log(base)))]


def letter_poly(label: Label, p: Poly) -> Poly:
    return placed(label, p.free, p.rows, p.positions)


def _det_atom(kind: str, p: Poly) -> Poly:
    core, _, _ = oriented(p)
    return placed(Label(kind, core), (), 0, ())


def pseudoinverse(p: Poly) -> Poly:
    content, rest = _scalars_out(p) if p.terms else (Pieces(Fraction(1)), p)
    return times_number(scaled(_raised(content, -1), square_atom("pinv", rest)), 1 / content.coefficient)
