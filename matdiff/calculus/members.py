"""The parts of a derivative between statements: members, their indices, weights and masks."""

from __future__ import annotations

from dataclasses import dataclass

from matdiff import expr as E
from matdiff.compose import multiple, power, scale, times_each, total
from matdiff.expr import Expr, topo
from matdiff.indices import (
    Access,
    Affine,
    Condition,
    Range,
    access,
    accessed,
    greatest,
    least,
    spelled,
    summed,
    surely,
)
from matdiff.operators import MASK_SIGNS
from matdiff.programs.program import Program, Statement
from matdiff.sizes import ONE, named


@dataclass(frozen=True)
class Term:
    """One place where a statement uses a family, with the gradient by it."""

    statement: Statement
    of: Access
    gradient: Expr
    reason: str = ""


def is_moving(node: Expr, moving: set[str]) -> bool:
    return node.op == "variable" and node.data[1] != "index" and accessed(node).family in moving


def accesses(e: Expr) -> list[Access]:
    return [accessed(node) for node in topo(e) if node.op == "variable" and node.data[1] != "index"]


def free_of(e: Expr) -> set[str]:
    found: set[str] = set()
    for node in topo(e):
        if node.op == "variable":
            name = accessed(node)
            found |= {name.family} if node.data[1] == "index" else set(name.names)
    return found


def access_name(statement: Statement) -> Access:
    return Access(statement.name, statement.left)


def as_access(node: Expr) -> Expr:
    """A definition made for an access, as a variable."""
    name = node.data if isinstance(node.data, Access) else Access(node.data)
    return access(name.family, name.positions, node.shape)


def bound_all(statement: Statement, pair: Expr) -> Expr:
    """A term for all of the indices of a statement, added up."""
    return summed(pair, (*statement.free, *statement.bound), statement.conditions)


def weighted(weight: Expr, e: Expr) -> Expr:
    """The product entry by entry; a number scales."""
    if weight.is_scalar:
        return weight if e is E.number(1) else scale(weight, e)
    return times_each(weight, e)


def seed(program: Program, statement: Statement, body: Expr, cotangent: Expr) -> Expr:
    """The cotangent of the body of a sum, a product, a maximum over indices."""
    if statement.is_sum:
        return cotangent
    value = program.member(statement.name, statement.left)
    match statement.kind:
        case "logsumexp":
            gap = total([body, multiple(-1, value)])
            return weighted(Expr("exp", (gap,), None, body.shape), cotangent)
        case "prod":
            one = power(body, -1)
            return weighted(one, weighted(value, cotangent))
        case _:
            mask = Expr("eq", (body, value), None, body.shape)
            count = program.add(summed(mask, statement.bound, statement.conditions))
            share = power(count, -1)
            return weighted(weighted(mask, share), cotangent)


def operations(e: Expr) -> int:
    """How many operators an expression is made of, beside transposes and numbers before it."""
    return sum(1 for node in topo(e) if node.args and node.op not in ("transpose", "scale"))


def spelled_all(form: Affine, dims: frozenset[str]) -> Expr:
    """A form over indices and sizes as a scalar expression."""
    result = spelled(form)
    found = [node for node in topo(result) if node.op == "variable" and node.data[0].family in dims]
    return E.substitute([result], {node: E.dim(named(node.data[0].family)) for node in found})[0]


def indicator(condition: Condition, dims: frozenset[str]) -> Expr:
    """A condition as a mask."""
    ops = {sign if sign != "==" else "=": op for op, sign in MASK_SIGNS.items()}
    left, right = condition.left, condition.right
    assert isinstance(left, Affine) and isinstance(right, Affine)
    sides = spelled_all(left, dims), spelled_all(right, dims)
    if condition.sign == "!=":
        return total([E.number(1), multiple(-1, Expr("eq", sides, None, (ONE, ONE)))])
    return Expr(ops[condition.sign], sides, None, (ONE, ONE))


def reason(one: Term, target: tuple[Affine, ...], summed: list[str], moved: bool) -> str:
    words = []
    if moved:
        pairs = [
            f"{place}{chr(39) * (place.name in form.names)} = {form}"
            for form, place in zip(one.of.positions, target, strict=True)
            if str(form) != str(place) and place.names
        ]
        words += [f"change of the index {', '.join(pairs)}"] if pairs else []
    lost = [n for n in summed if n in one.statement.free or n in one.statement.bound]
    if lost and not moved:
        words.append(f"what does not depend on {', '.join(lost)} is summed over it")
    return "; ".join(words)


def within(value: Affine, span: Range, ranges: dict[str, Range]) -> bool:
    return surely(least(value, ranges) - span.first) and surely(span.last - greatest(value, ranges))


def outside(value: Affine, span: Range, ranges: dict[str, Range]) -> bool:
    """Whether a value is never in a range."""
    low, high = (span.first - greatest(value, ranges)).shifted(-1), (least(value, ranges) - span.last).shifted(-1)
    return surely(low) or surely(high)
