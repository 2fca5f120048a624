"""What a script leaves unsaid: which name is the loss, which gradient belongs to which parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from matdiff.checking.scripts import names
from matdiff.checking.scripts.statements import assigned_below, loads, pairs, targets
from matdiff.checking.scripts.straight import Pass, Straight, parsed
from matdiff.errors import DeclarationError

LOSSES = ("loss", "total_loss", "cost", "J", "L", "mse", "error", "err", "objective", "nll", "E", "f", "data_loss")
"""Names of losses, the likeliest first."""

DATA = frozenset({"x", "X", "y", "Y", "inputs", "data", "t", "T", "targets", "labels"})


def guessed_loss(source: str) -> str:
    assigned = assigned_below(parsed(source))
    for name in LOSSES:
        if name in assigned:
            return name
    raise DeclarationError("which name is the loss? None of the usual ones is given a value; tell it with --loss NAME")


def guessed_pairs(script: Pass) -> dict[str, str]:
    """For each parameter its gradient: the name that says so, else the one that the parameter is updated by."""
    behind = script.loss_at
    computed = script.computed()
    known = dict.fromkeys((*script.assigned, *script.flat.parameters, *script.entries))
    updated = dict(updates_after(script, behind))
    used = script.used_by_loss()
    numbers = {n for line in script.lines for n, v in pairs(line.node) if isinstance(v, ast.Constant)} - updated.keys()
    values = [name for name in known if name in used - computed - numbers]
    found: dict[str, str] = {}
    for name, at in script.assigned_last.items():
        if name not in script.assigned or (at <= behind and name not in computed):
            continue
        of = names.target(name, [v for v in known if v != name], script.entries)
        if of is not None and of in values and (of not in DATA or of in updated):
            found.setdefault(of, name)
    for name, by in updated.items():
        gradients = [n for n in by if n in computed and script.assigned_last[n] > behind]
        if name in values and name not in found and len(gradients) == 1:
            found[name] = gradients[0]
    if not found:
        inline = min(updated.keys() & set(values), default=None)
        hint = f"; the update of {script.shown(inline)} has no gradient with a name of its own" if inline else ""
        raise DeclarationError(
            "which names are the gradients? None is called as gradients are (grad_w, dw, w_grad);"
            f" tell them with --grad PARAMETER=GRADIENT{hint}"
        )
    return found


def updates_after(script: Pass, behind: int) -> Iterator[tuple[str, set[str]]]:
    """What changes by itself and by what, behind the loss: ``w -= rate * dw``."""
    for line in script.lines[behind + 1 :]:
        if not line.block and script.is_update(line.node):
            for name in targets(line.node):
                if script.made_before(name):
                    yield name, loads(line.node) - {name}


def updates(straight: Straight, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    """For each gradient what is odd about the updates that use it."""
    found: dict[str, list[str]] = {}
    of = {name: parameter for parameter, name in wanted.items()}
    for line in (*straight.lines, *straight.after):
        for parameter in targets(line.node):
            used = [name for name in loads(line.node) if name in of]
            if parameter not in wanted or len(used) != 1:
                continue
            (name,) = used
            if of[name] != parameter:
                words = f"line {line.number} updates {straight.shown(parameter)} by it"
                found.setdefault(name, []).append(f"{words}, not {straight.shown(of[name])}")
            elif ascends(line.node, parameter, name):
                found.setdefault(name, []).append(f"line {line.number} goes up the gradient, not down")
    return found


def ascends(statement: ast.stmt, parameter: str, gradient: str) -> bool:
    """Whether ``w += rate * dw``, with nothing that could turn its sign."""
    match statement:
        case ast.AugAssign(op=ast.Add(), value=value):
            step = value
        case ast.Assign(value=ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=value)) if left == parameter:
            step = value
        case _:
            return False
    nodes = list(ast.walk(step))
    negative = any(isinstance(n, ast.USub | ast.Sub) for n in nodes)
    return not negative and sum(isinstance(n, ast.Name) and n.id == gradient for n in nodes) == 1
