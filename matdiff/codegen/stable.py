"""Stable forms: expressions that overflow or cancel, however the user wrote them, as ones that do not.

The equations are those of the identity table for this use; names are seen through. They are applied before the
gradient is taken, so that its rules see the stable form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from matdiff import expr as E
from matdiff.compose import factors_each, is_product_each, is_scaled, joined, product_each, split, times_each
from matdiff.expr import Expr
from matdiff.identities import Identity, laws
from matdiff.rewriting.patterns import Rule, compile_identity

# a product with the sigmoid of the opposite
OPPOSITES = (
    ("sigmoid", "exp(X) = sigmoid(X)"),
    ("tanh", "expm1(X) = tanh(X/2)"),
)

MET = frozenset({"exp", "expm1", "sigmoid", "pow", "mul"})
"""What the factors are that something is known of."""


@lru_cache(maxsize=1)
def opposites() -> list[Rule]:
    return [compile_identity(Identity(name, equation, sees_names=True)) for name, equation in OPPOSITES]


@lru_cache(maxsize=1)
def rules() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for law in laws("stable"):
        rule = compile_identity(replace(law, sees_names=True))
        found.setdefault(rule.left.op, []).append(rule)
    return found


@lru_cache(1)
def meeting() -> frozenset[str]:
    """What a scalar factor is that makes one value with another."""
    return MET.union(arg.op for rule in rules()["scale"] for arg in rule.left.args)


def see(node: Expr) -> Expr:
    """What a name stands for."""
    while node.op == "definition":
        node = node.args[0]
    return node


def stable(roots: Iterable[Expr]) -> list[Expr]:
    """The roots with every value in its stable form; names keep their values."""
    roots = list(roots)
    new: dict[Expr, Expr] = {}
    stack: list[tuple[Expr, Expr | None]] = [(root, None) for root in reversed(roots)]
    while stack:
        node, becomes = stack.pop()
        if becomes is not None:
            new[node] = new[becomes]
            continue
        if node in new:
            continue
        missing = [arg for arg in node.args if arg not in new]
        if missing:
            stack.append((node, None))
            stack.extend((arg, None) for arg in reversed(missing))
            continue
        fresh = E.rebuild(node, tuple(new[arg] for arg in node.args))
        better = rewritten(fresh)
        if better is fresh:
            new[node] = new[fresh] = fresh
        else:
            stack.append((node, better))
            stack.append((better, None))
    return [new[root] for root in roots]


def rewritten(node: Expr) -> Expr:
    """The first equation that applies at the root, made real."""
    if is_scaled(node) and is_scaled(node.args[1]):
        (number, factors, _), (more, others, matrix) = split(node.args[0]), split(node.args[1])
        return joined(number * more, factors + others, matrix)
    for rule in rules().get(node.op, ()):
        found = rule(node, see)
        if found is not None and found is not node:
            return found
    if is_product_each(node):
        return met(node, factors_each(node.args[0]), factors_each(node.args[1]))
    if is_scaled(node):
        return scaled(node)
    return node


def met(node: Expr, left: list[Expr], right: list[Expr]) -> Expr:
    """A product in which a factor from the left and one from the right make one value."""
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found = product_of(a, b) if {see(a).op, see(b).op} <= MET else None
            if found is not None:
                return product_each([*left[:i], found, *left[i + 1 :], *right[:j], *right[j + 1 :]])
    return node


def product_of(a: Expr, b: Expr) -> Expr | None:
    for x, y in ((a, b), (b, a)):
        if see(y).op == "sigmoid" and are_opposite(see(x).args[0], see(y).args[0]):
            for rule in opposites():
                found = rule(x, see)
                if found is not None:
                    return found
        for rule in rules().get("had", ()) if not x.is_scalar else ():
            found = rule(times_each(x, y), see)
            if found is not None:
                return found
    return None


def are_opposite(x: Expr, y: Expr) -> bool:
    (number, factors, matrix), (other, others, body) = split(see(x)), split(see(y))
    if number != -other:
        (number, factors, matrix), (other, others, body) = split(x), split(y)
    same = matrix is body or (matrix is not None and body is not None and see(matrix) is see(body))
    return number == -other and Counter(factors) == Counter(others) and same


def scaled(node: Expr) -> Expr:
    """A scalar factor that makes one value with another, or with what it scales."""
    number, factors, matrix = split(node)
    for i, factor in enumerate(factors):
        if see(factor).op not in meeting():
            continue
        rest = factors[:i] + factors[i + 1 :]
        for other in rest[i:]:
            if (found := scaled_by(factor, other)) is not None:
                rest.remove(other)
                return joined(number, [found, *rest], matrix)
        if matrix is not None and (found := scaled_by(factor, matrix)) is not None:
            return joined(number, rest, found)
    return node


def scaled_by(factor: Expr, other: Expr) -> Expr | None:
    """A scalar factor and what it meets, where they make one value."""
    if other.is_scalar and {see(factor).op, see(other).op} <= MET:
        found = product_of(factor, other)
        if found is not None:
            return found
    pairs = ((factor, other), (other, factor)) if other.is_scalar else ((factor, other),)
    options = (rule(Expr("scale", pair, None, other.shape), see) for pair in pairs for rule in rules()["scale"])
    return next((found for found in options if found is not None), None)
