"""What is answered: the result of the calculus as people see it."""

from __future__ import annotations

from typing import Any

from matdiff import expr as E
from matdiff.derivatives import Derivatives, Result, textbook
from matdiff.expr import Expr
from matdiff.expression import Expression
from matdiff.model import CONJUGATE, Model, conjugate_name
from matdiff.operators import entries, row
from matdiff.record import Step
from matdiff.results import Derivation
from matdiff.sizes import ONE
from matdiff.steps import RawStep


def derivatives(model: Model, objective: Expr) -> Derivatives:
    """Those of an objective, in terms of the definitions an answer may mention: all but those made of the objective."""
    above = {objective}
    for node in E.topo(*model.definitions.values()):
        if any(arg in above for arg in node.args):
            above.add(node)
    return Derivatives(node for node in model.definitions.values() if node not in above)


def present(
    model: Model,
    objective: Expr,
    title: str,
    variables: dict[str, Expr],
    result: Result,
    layout: str,
    many: bool,
    detail: str,
) -> Derivation[Any, Any]:
    """The raw result as people see it."""

    def shown(node: Expr) -> Expression:
        return Expression(node, model)

    def defined_as(body: Expr) -> str:
        if body.op != "implicit":
            return str(shown(body))
        told = str(shown(body.data.body))
        return f"{told} = 0" if body.data.kind == "solves" else f"argmin {told}"

    def line(raw: RawStep) -> Step:
        note = "; ".join(dict.fromkeys(note for told in raw.told if (note := single[told].note)))
        inside = tuple(single[move] for move in raw.moves)
        return Step(raw.rule, shown(raw.before), shown(raw.after), note, raw.source, inside)

    def step(raw: RawStep) -> Step:
        note = raw.note
        if raw.of is not None and raw.of.op == "definition":
            body = defined_as(raw.of.args[0])
            known = body if raw.of.args[0].op == "implicit" else f"{raw.of.data} = {body}"
            note = "; ".join(part for part in (known if len(body) < 200 else "", note) if part)
        return Step(raw.rule, shown(raw.before), shown(raw.after), note, raw.source)

    conditions: dict[str, None] = {}
    conventions: dict[str, None] = dict.fromkeys(model.notes)
    for where, node in result.conditions:
        texts = (str(shown(arg)) for arg in node.args)
        told = (text if len(text) < 200 else "its argument" for text in texts)
        conditions[where.format_map(dict(zip(row(node).arguments, told, strict=True)))] = None
    for node, entry in entries(objective):
        conventions |= dict.fromkeys(said for said in (entry.convention, entry.note) if said)
        if entry.of_square and node.rows is node.cols and not node.is_scalar:
            conventions[f"{entry.call} of a square matrix is taken entry by entry"] = None
        if entry.name == "norm1" and ONE not in node.args[0].shape:
            conventions["norm1 of a matrix is taken over all its entries"] = None
    for by in result.gradients:
        if by.op == "variable" and by.data[1] == CONJUGATE:
            z = conjugate_name(by.data[0])
            said = f"{z} is complex: the gradient G is that by conj({z}) (Wirtinger), and df = 2 Re tr(G^H d{z});"
            conventions[f"{said} PyTorch gives 2*G"] = None
    single = {raw: step(raw) for raw in result.steps}
    moves = tuple(single[raw] for raw in result.steps)
    lines = tuple(map(line, textbook(result.steps, objective))) if detail == "textbook" else ()
    by_name = {node: name for name, node in variables.items()}
    return Derivation(
        model=model,
        objective=shown(objective),
        name=title,
        wrt=tuple(variables),
        steps=moves if detail == "full" else lines,
        moves=moves,
        detail=detail,
        gradients={by_name[v]: shown(g) for v, g in result.gradients.items()},
        jacobians={by_name[v]: shown(j) for v, j in result.jacobians.items()},
        differentials={by_name[v]: shown(d) for v, d in result.differentials.items()},
        layout=layout,
        many=many,
        conditions=tuple(conditions),
        conventions=tuple(conventions),
    )
