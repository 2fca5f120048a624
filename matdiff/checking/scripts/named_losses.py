"""Losses that a script does not compute, by their names: ``mse``, ``bce`` and ``xent`` of a prediction and a target."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from matdiff.checking.scripts.statements import bodies_of, located
from matdiff.errors import DeclarationError
from matdiff.python.source import Source, parsed

_SQUARES = "np.sum(np.square({a} - {b}))"
_BITS = "-np.sum({b} * np.log({a}) + (1 - {b}) * np.log(1 - {a}))"
_LOGS = "-np.sum({b} * np.log({a}))"
_AT_LABELS = "-np.sum(np.log({a}))"
SCALES = {
    "mse": (" / np.size({a})", " / 2", " / (2 * len({a}))", " / len({a})", "", " / (2 * np.shape({a})[-1])"),
    "bce": (" / np.size({a})", "", " / len({a})", " / np.shape({a})[-1]"),
    "xent": (" / len({a})", "", " / np.shape({a})[-1]", " / np.size({a})"),
}
"""What each sum is divided by, the first as the name says, the others as people also write it."""

FORMULAS: Mapping[str, str] = {"mse": _SQUARES, "bce": _BITS, "xent": _LOGS}
_TARGET = re.compile(
    r"[ytd](?:_?(?:true|train|batch|enc|onehot|one_hot|oh|data|tr|labels?|mb|test|actual|i|s|b))?"
    r"|targets?\w*|labels?\w*|truth|expected\w*|desired\w*|actual\w*|one_?hot\w*",
    re.IGNORECASE,
)


def is_named(source: Source, loss: str | None) -> bool:
    """Whether a loss is one of these, and no name of the script."""
    known = loss is not None and loss in FORMULAS
    return known and not any(isinstance(n.ctx, ast.Store) for n in source.uses.get(loss or "", ()))


def with_loss(source: Source, name: str) -> Iterator[tuple[str, Source]]:
    """The script with the loss before each statement that takes a target from a prediction, and what it is taken for.

    Raises a `DeclarationError` where there is no such statement.
    """
    for scale in SCALES[name]:
        again = replace(parsed(source.text), cells=source.cells)
        added: list[ast.stmt] = []
        shown = ""
        for node in list(ast.walk(again.tree)):
            for body in bodies_of(node):
                for statement in list(body):
                    if (formula := formula_for(statement, name, scale)) and isinstance(body, list):
                        shown = shown or formula
                        new = located(ast.parse(f"{name} = {formula}").body[0], statement)
                        body.insert(body.index(statement), new)
                        added.append(new)
        if not added:
            raise DeclarationError(
                f"no line takes a target from a prediction, as in y_pred - y: what {name} is of is not known"
            )
        yield f"{name} is taken for {shown}", replace(again, added=tuple(added))


def formula_for(statement: ast.stmt, name: str, scale: str) -> str:
    """The loss whose gradient begins with a statement; nothing where none does."""
    if name == "xent" and is_at_labels(statement):
        a = ast.unparse(statement.target)  # type: ignore[attr-defined]
        return (_AT_LABELS + scale).format(a=a)
    sides = next((found for part in expressions(statement) if (found := difference(part))), None)
    if sides is None:
        return ""
    a, b = map(ast.unparse, sides)
    return (FORMULAS[name] + scale).format(a=f"({a})" if " " in a else a, b=f"({b})" if " " in b else b)


def is_at_labels(statement: ast.stmt) -> bool:
    """``dscores[range(n), y] -= 1``."""
    match statement:
        case ast.AugAssign(target=ast.Subscript(), op=ast.Sub(), value=ast.Constant(value=1)):
            return True
    return False


def expressions(statement: ast.stmt) -> Sequence[ast.expr]:
    value = getattr(statement, "value", None)
    plain = isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return)
    return [n for n in ast.walk(value) if isinstance(n, ast.expr)] if plain and value is not None else []


def difference(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The prediction and the target of ``y_pred - y`` and ``y - y_pred``."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)):
        return None
    for a, b in ((node.left, node.right), (node.right, node.left)):
        if is_target(b) and not is_target(a) and not isinstance(a, ast.Constant):
            return a, b
    return None


def is_target(node: ast.expr) -> bool:
    while isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr == "T"):
        node = node.value
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return _TARGET.fullmatch(name.strip("_")) is not None
