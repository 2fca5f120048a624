"""Expressions to polynomials: each operator is a way to join indices or a function of entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from matdiff.compose import left_spine
from matdiff.equality import matrices, scalars, trigonometry
from matdiff.equality.network import Label, Raw
from matdiff.equality.poly import Poly
from matdiff.equality.polynomial import (
    added,
    chain_product,
    collected,
    combined,
    common_cuts,
    constant,
    filled,
    hadamard,
    kronecker,
    rearranged,
    scaled,
    split,
    spread,
    summed,
    total,
    transposed,
)
from matdiff.equality.scalars import mask, power
from matdiff.expr import Expr, topo
from matdiff.formulas import meaning, template
from matdiff.operators import Row, row
from matdiff.sizes import ONE, Shape, Size, product

Handler = Callable[[Expr, list[Poly]], Poly]


def sizes_of(shape: Shape) -> tuple[tuple[Size, ...], int]:
    """The free indices of a matrix of this shape; an axis of size 1 has none."""
    rows = () if shape[0] is ONE else (shape[0],)
    cols = () if shape[1] is ONE else (shape[1],)
    return rows + cols, len(rows)


def normal(root: Expr, known: Mapping[Expr, Poly] | None = None) -> Poly:
    """The normal form of an expression; ``known`` nodes stand for what is given."""
    built: dict[Expr, Poly] = dict(known or {})
    meant: dict[Expr, Sequence[Expr]] = {}

    def parts(node: Expr) -> Sequence[Expr]:
        if node in built or node.op == "differential":
            return ()
        if node.op in CHAINS:
            return left_spine(node)
        if node.op in HANDLERS:
            return node.args
        if node not in meant:
            simpler = meaning(node)
            meant[node] = node.args if simpler is None else [simpler]
        return meant[node]

    for node in topo(root, inside=parts):
        if node not in built:
            args = [built[part] for part in parts(node)]
            opened = node in meant and meant[node] is not node.args
            built[node] = args[0] if opened else HANDLERS.get(node.op, opaque)(node, args)
    return built[root]


CHAINS = frozenset({"add", "mul"})


def opaque(node: Expr, args: list[Poly]) -> Poly:
    """An operator that nothing is known of here: a function of entries, a linear map, or some value of what it takes.

    A linear map is the product with a letter of its own, over the indices of the value and of the arguments.
    """
    entry, kind = row(node), f"{node.op}()"
    if entry.elementwise and len(args) == 1:
        return scalars.opaque(kind if node.data is None else f"{kind} {node.data}", entry.parity)(args[0])
    free, rows = sizes_of(node.shape)
    raw = Raw()
    raw.free = [raw.vertex(size) for size in free]
    if not entry.is_linear:
        symmetric = len(free) == 2 and is_symmetric(entry, args)
        raw.multiply(Label(kind, node.data, node.shape, *args, symmetric=symmetric), tuple(raw.free))
        return collected([raw], free, rows)
    outer = raw.free
    inner = [raw.vertex(size) for arg in args for size in arg.free]
    raw.free = outer + inner
    own, given = (free, rows), tuple((arg.free, arg.rows) for arg in args)
    partner = adjoint_operator(node)
    if partner and partner < node.op:  # the same letter, turned round
        raw.multiply(Label(f"{partner}()", None, *given, (own,)), (*inner, *reversed(outer)))
    else:
        symmetric = partner == node.op and (own,) == given
        raw.multiply(Label(kind, node.data, own, given, symmetric=symmetric), (*outer, *reversed(inner)))
    result = collected([raw], (*free, *(size for arg in args for size in arg.free)), rows)
    for arg in args:  # the indices of the value come first, then those of the arguments that are left
        taken, kept = result.positions[len(free) :][: len(arg.free)], list(result.positions)
        del kept[len(free) : len(free) + len(arg.free)]
        glue = zip(taken, (len(result.free) + k for k in arg.positions), strict=True)
        result = combined(result, arg, glue, kept, rows, tuple(result.free[k] for k in kept))
    return result


def is_symmetric(entry: Row, args: list[Poly]) -> bool:
    """Whether a value is a symmetric matrix: always, or because the argument that its row names is one."""
    of = entry.arguments.index(entry.symmetry) if entry.symmetry in entry.arguments else None
    return entry.symmetry == "always" or (of is not None and matrices.oriented(args[of])[2])


def adjoint_operator(node: Expr) -> str:
    """The operator that is the adjoint of a linear map by itself; empty where that is no single operator."""
    if len(node.args) != 1 or node.data is not None:
        return ""
    found = template(node.op, None, row(node).adjoint[0], "G", 0)
    alone = found.formula.args == (found.hole,) and found.formula.data is None
    return found.formula.op if alone else ""


def letter_label(node: Expr) -> Label:
    """The label of a variable, a differential or a definition taken as it stands."""
    base = node.args[0] if node.op == "differential" else node
    symmetric = base.op == "variable" and base.data[1] == "symmetric"
    return Label("variable", node, symmetric=symmetric)


def letter(node: Expr, args: list[Poly]) -> Poly:
    free, rows = sizes_of(node.shape)
    base = node.args[0] if node.op == "differential" else node
    raw = Raw()
    vertices = [raw.vertex(size) for size in free]
    if base.op == "variable" and base.data[1] == "diagonal" and len(free) == 2:
        raw.join(*vertices)
        raw.multiply(letter_label(node), (vertices[0],))
        raw.free = [vertices[0], vertices[0]]
    else:
        raw.multiply(letter_label(node), tuple(vertices))
        raw.free = vertices
    return collected([raw], free, rows)


def _number(node: Expr, args: list[Poly]) -> Poly:
    return constant(node.data)


def _dim(node: Expr, args: list[Poly]) -> Poly:
    size: Size = node.data
    return filled({Label("dim", name): e for name, e in size.powers}, value=Fraction(size.coefficient))


def _eye(node: Expr, args: list[Poly]) -> Poly:
    return constant(1) if node.is_scalar else matrices.identity((node.rows,))


def _ones(node: Expr, args: list[Poly]) -> Poly:
    return constant(int(node.op == "ones"), *sizes_of(node.shape))


def _commutation(node: Expr, args: list[Poly]) -> Poly:
    """K with K vec(X) = vec(X'): its rows are (i, j), its columns (j, i)."""
    raw = Raw()
    m, n = ([] if size is ONE else [raw.vertex(size)] for size in node.data)
    raw.free = [*m, *n, *n, *m]
    return collected([raw], tuple(raw.sizes[vertex] for vertex in raw.free), len(m) + len(n))


def _vec(node: Expr, args: list[Poly]) -> Poly:
    (p,) = args
    return rearranged(p, [*p.col_axis, *p.row_axis], len(p.free))


def _unvec(node: Expr, args: list[Poly]) -> Poly:
    m, n = node.data
    p = _cut(args[0], args[0].row_axis, (n, m))
    cols = _prefix(p, p.row_axis, n)
    rows = [k for k in p.positions if k not in cols]
    return rearranged(p, [*rows, *cols], len(rows))


def _cut(p: Poly, axis: range, sizes: tuple[Size, ...]) -> Poly:
    """One axis split so that it has indices of these sizes, one after the other."""
    wanted = tuple(size for size in sizes if size is not ONE)
    have = tuple(p.free[k] for k in axis)
    return p if have == wanted else split(p, axis, common_cuts(have, wanted))


def _prefix(p: Poly, axis: range, size: Size) -> list[int]:
    """The first positions of an axis that make up this size."""
    taken, total = [], ONE
    for position in axis:
        if total is size:
            break
        taken.append(position)
        total = total * p.free[position]
    return taken


def _contracted(node: Expr, m: Poly, small: Poly, left: bool) -> Poly:
    """The blocks of M against B (kron_left), or A against the blocks of M (kron_right)."""
    outer, inner = (node.shape, _shape(small)) if left else (_shape(small), node.shape)
    m = _cut(m, m.row_axis, (outer[0], inner[0]))
    m = _cut(m, m.col_axis, (outer[1], inner[1]))
    outer_rows = _prefix(m, m.row_axis, outer[0])
    outer_cols = _prefix(m, m.col_axis, outer[1])
    inner_rows = [k for k in m.row_axis if k not in outer_rows]
    inner_cols = [k for k in m.col_axis if k not in outer_cols]
    keep, drop = ([outer_rows, outer_cols], [inner_rows, inner_cols])
    if not left:
        keep, drop = drop, keep
    shift = len(m.free)
    glue = zip([*drop[0], *drop[1]], (shift + k for k in small.positions), strict=True)
    free = [*keep[0], *keep[1]]
    return combined(m, small, glue, free, len(keep[0]), tuple(m.free[k] for k in free))


def _shape(p: Poly) -> Shape:
    return product(p.free[k] for k in p.row_axis), product(p.free[k] for k in p.col_axis)


def _scale(node: Expr, args: list[Poly]) -> Poly:
    return scaled(*args)


def _pow(node: Expr, args: list[Poly]) -> Poly:
    base, exponent = args
    value = _as_number(exponent)
    if value is not None:
        return power(base, value)
    if exponent.free != base.free:
        exponent = spread(exponent, base.free, base.rows, [])
    return scalars.power_of_unknown(base, exponent)


def _as_number(p: Poly) -> Fraction | None:
    if p.free or len(p.terms) > 1:
        return None
    if not p.terms:
        return Fraction(0)
    ((term, coefficient),) = p.terms.items()
    return coefficient if term.is_number else None


def _mask(node: Expr, args: list[Poly]) -> Poly:
    left, right = args
    return mask(node.op, added(left, right, Fraction(-1)))


def _one(function: Callable[[Poly], Poly]) -> Handler:
    return lambda node, args: function(args[0])


def _two(function: Callable[[Poly, Poly], Poly]) -> Handler:
    return lambda node, args: function(args[0], args[1])


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("variable", "differential"), letter),
    "definition": _one(lambda p: p),
    "number": _number,
    "dim": _dim,
    "pi": lambda node, args: filled({Label("pi"): 1}),
    "eye": _eye,
    **dict.fromkeys(("ones", "zeros"), _ones),
    "commutation": _commutation,
    "add": lambda node, args: total(args),
    "scale": _scale,
    "mul": lambda node, args: chain_product(args),
    "had": _two(hadamard),
    "transpose": _one(transposed),
    "tr": _one(matrices.trace),
    "sum": _one(summed),
    "vec": _vec,
    "unvec": _unvec,
    "diag": _one(matrices.diagonal_matrix),
    "diagonal_of": _one(matrices.diagonal),
    "kron": _two(kronecker),
    "kron_left": lambda node, args: _contracted(node, args[0], args[1], True),
    "kron_right": lambda node, args: _contracted(node, args[1], args[0], False),
    "inv": _one(matrices.inverse),
    "det": _one(matrices.determinant),
    "logdet": _one(matrices.logdet),
    "pinv": _one(matrices.pseudoinverse),
    "matrix_power": lambda node, args: matrices.matrix_power(args[0], node.data),
    **dict.fromkeys(("pow", "pow_each"), _pow),
    **dict.fromkeys(("gt", "ge"), _mask),
    "exp": _one(scalars.exp),
    "log": _one(scalars.log),
    "sin": _one(trigonometry.sine),
    "cos": _one(trigonometry.cosine),
}
"""What the laws of polynomials are about; all else is what its row means, or opaque."""


def is_opaque(node: Expr) -> bool:
    """Whether no law of polynomials is about a node, and its row does not say what it means."""
    return node.op not in HANDLERS and not row(node).means
