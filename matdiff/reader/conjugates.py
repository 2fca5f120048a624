"""Complex matrices: what is made of them stays an analytic function of the matrices and of their conjugates.

The conjugate of a complex name is a name of its own (Wirtinger), so that every rule and law for real matrices holds
here too: two analytic functions of Z and W that agree for real Z and W agree for W = conj(Z).
"""

from __future__ import annotations

from matdiff import expr as E
from matdiff.compose import is_power, transposed
from matdiff.errors import ParseError, UnsupportedError
from matdiff.expr import Expr
from matdiff.model import COMPLEX_KINDS, CONJUGATE, conjugate_name
from matdiff.operators import ROWS, Row, facts
from matdiff.operators.kernel import KERNEL
from matdiff.reader.context import Context
from matdiff.reader.syntax import Node

ANALYTIC = frozenset({row.name for row in KERNEL} | {"definition", "differential"})
"""What is analytic beside the functions whose rows say so."""


def conjugate_of(variable: Expr) -> Expr:
    """What the conjugate of a complex name is; of a Hermitian one the transpose."""
    name, kind = variable.data
    if kind == "hermitian":
        return transposed(variable)
    if kind == CONJUGATE:
        return E.variable(conjugate_name(name), variable.shape, "complex")
    return E.variable(conjugate_name(name), variable.shape, CONJUGATE)


def complex_names(*roots: Expr) -> list[Expr]:
    return [e for e in E.topo(*roots) if e.op == "variable" and e.data[1] in COMPLEX_KINDS]


def conj(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """The conjugate: that of a real expression is itself."""
    x = reader.build.resolved(only(reader, node, args))
    return conjugated(x) if complex_names(x) else x


def conjugated(x: Expr) -> Expr:
    x = E.expand(x)
    return E.substitute([x], {name: conjugate_of(name) for name in complex_names(x)})[0]


def real_part(reader: Context, node: Node, args: list[Expr]) -> Expr:
    x = reader.build.resolved(only(reader, node, args))
    if not complex_names(x):
        return x
    return reader.build.divided(reader.build.plus(x, conjugated(x)), E.number(2))


def real_only(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """What libraries take the absolute value of where it is complex."""
    x = reader.build.resolved(only(reader, node, args))
    if complex_names(x):
        message = "of complex numbers this is that of absolute values: write it with np.abs"
        raise UnsupportedError(message, reader.program.place(node))
    return x


def adjoint(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """``X^H``, the conjugate transpose."""
    return reader.build.transposed(conj(reader, node, args))


def only(reader: Context, node: Node, args: list[Expr]) -> Expr:
    if len(args) != 1:
        raise ParseError(f"{node.value} takes 1 argument, not {len(args)}", reader.program.place(node))
    return args[0]


PAIRED = frozenset({"inner", "dot"})
"""Products of two that books take with a conjugate, some of the first, others of the second."""


def refuse_pairing(reader: Context, node: Node, name: str, args: list[Expr]) -> None:
    """Refuse ``inner(y, z)`` of what is complex."""
    if name in PAIRED and complex_names(*args):
        one, other = [*map(reader.text, node.children), "…", "…"][:2]
        hint = f"write {one}^H*{other}, or {one}'*{other} where nothing is conjugated"
        message = f"which of the two {name} conjugates is a matter of convention for complex vectors: {hint}"
        raise UnsupportedError(message, reader.program.place(node))


def norm(reader: Context, name: str, x: Expr) -> Expr | None:
    """A norm or an absolute value of what is complex, as an analytic function of it and its conjugate."""
    x = reader.build.resolved(x)
    if name not in ("norm2", "norm", "abs") or not complex_names(x):
        return None
    build = reader.build
    if name == "abs":
        squares = build.hadamard(conjugated(x), x)
    else:
        squares = build.row_call(ROWS["tr"], [build.times(build.transposed(conjugated(x)), x)])
    return build.row_call(ROWS["sqrt"], [squares])


def check(root: Expr) -> str:
    """What a complex matrix may not stand in; empty where all of it is analytic."""
    made_of = set(complex_names(root))
    for node in E.topo(root):
        if not made_of.isdisjoint(node.args):
            made_of.add(node)
            if is_power(node):
                exponent = node.args[1]
                if exponent.op == "number" and exponent.data.denominator == 1:
                    continue
            entry: Row = facts(node)
            if node.op not in ANALYTIC and not entry.analytic:
                return entry.call or {"pow": "a power that is no whole number"}.get(node.op, node.op)
    return ""


def refuse_what_is_not_analytic(root: Expr) -> None:
    """Raise `UnsupportedError` for a function that is not known of complex matrices."""
    found = check(root)
    if found:
        raise UnsupportedError(f"{found} of a complex matrix is not supported")
