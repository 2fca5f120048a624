"""Expectations, ``E[x ~ normal(m, S)](x'*A*x)``."""

from __future__ import annotations

from matdiff import expr as E
from matdiff.equations import expected
from matdiff.errors import DeclarationError, ParseError, ShapeError
from matdiff.expr import Expr
from matdiff.reader.context import Context
from matdiff.reader.size_arguments import size_argument
from matdiff.reader.syntax import Node, postorder
from matdiff.sizes import ONE

DISTRIBUTIONS = {"normal": "normal(m, S), a mean and a covariance", "bernoulli": "bernoulli(q) or bernoulli(q, n)"}


def drawn(reader: Context, value: Node) -> dict[str, Expr]:
    """The variables that expectations are taken over; each is of the size of its mean."""
    found: dict[str, Expr] = {}
    for node in postorder(value):
        if node.kind != "expectation":
            continue
        name, place = node.value[0], reader.program.place(node)
        if name in reader.names.scope or name in reader.names.later:
            where = (reader.names.places[name],) if name in reader.names.places else ()
            raise DeclarationError(f"{name} is drawn here, so it is the name of nothing else", place, *where)
        mean, *_ = parameters(reader, node, [reader.expression(child, found) for child in node.children[:-1]])
        if name in found and not reader.unifier.unify(found[name].rows, mean.rows):
            raise ShapeError(f"{name} is drawn twice, of two sizes: take another name", place)
        found[name] = E.variable(name, mean.shape, "drawn")
    return found


def stay_inside(reader: Context, value: Node, found: Expr) -> None:
    """Refuse what is drawn for an expectation, and used outside of it."""
    for node in E.topo(found):
        if node.op == "variable" and node.data[1] == "drawn":
            words = f"{node.data[0]} is drawn for an expectation, and stands outside of it"
            raise DeclarationError(words, reader.program.place(value))


def parameters(reader: Context, node: Node, args: list[Expr]) -> tuple[Expr, ...]:
    """Mean and covariance of a normal variable; of one of zeros and ones the probabilities of the ones."""
    distribution, place, build = node.value[1], reader.program.place(node), reader.build
    if distribution not in DISTRIBUTIONS:
        raise DeclarationError(f"{distribution} is no distribution; there are {', '.join(DISTRIBUTIONS)}", place)
    if len(args) not in {"normal": (2,), "bernoulli": (1, 2)}[distribution]:
        raise ParseError(f"this is written {DISTRIBUTIONS[distribution]}", place)
    mean = build.resolved(args[0])
    if distribution == "bernoulli":
        if len(args) == 1:
            return (column(reader, node, mean),)
        if not build.is_scalar(mean):
            raise ShapeError("bernoulli(q, n) has one probability, a scalar, and how many are drawn", place)
        return (build.filled(mean, size_argument(reader, node.children[1], args[1]), ONE),)
    mean, spread = column(reader, node, mean), build.resolved(args[1])
    for size in build.shape(spread):
        if not reader.unifier.unify(size, mean.rows):
            sizes = f"{reader.size(mean)}, its covariance {reader.size(spread)}"
            raise ShapeError(f"the mean is {sizes}: n×1 and n×n are needed", place)
    return mean, spread


def column(reader: Context, node: Node, e: Expr) -> Expr:
    if not reader.unifier.unify(e.cols, ONE):
        raise ShapeError(f"what is drawn is a scalar or a column; this is {reader.size(e)}", reader.program.place(node))
    return e


def expectation(reader: Context, node: Node, args: list[Expr]) -> Expr:
    """The expectation of the body."""
    *given, body = args
    told = parameters(reader, node, given)
    body = reader.build.resolved(body)
    names = [e for e in E.topo(body) if e.op == "variable" and e.data[0] == node.value[0]]
    if not names:
        return body
    reader.names.more.append(body)
    return expected(node.value[1], body, names[0], told)
