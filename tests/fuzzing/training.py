"""Generated modules against the oracle, and `equal` against values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import matdiff as md

from .checks import Case, Finding, agree, along, declared, matrix
from .models import Abandoned, Model, Term
from .oracle import Point, noise
from .values import Array

_STEPS = 3


def check_modules(case: Case) -> None:
    """Value and gradients of both styles, and a few steps of training against plain gradient descent."""
    if not case.scalar:
        return
    for style in ("readable", "fast"):
        module(case, style, "numpy")


def check_jax(case: Case) -> None:
    """The module for JAX, where JAX is."""
    if not case.scalar:
        return
    try:
        import jax
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    module(case, "readable", "jax")


def module(case: Case, style: str, target: str) -> None:
    kinds = {variable.name for variable in case.model.variables}
    if not set(case.wrt) <= kinds or ": function" in case.model.declarations or not case.points:
        return
    code = md.generate(declared(case), list(case.wrt), style=style, target=target)
    space: dict[str, Any] = {"__name__": "generated"}
    exec(compile(code, f"<{style} {target}>", "exec"), space)
    what = f"{style} module for {target}"
    for point in case.points:
        inputs = {name: given(value) for name, value in point.inputs.items() if name in space["SHAPES"]}
        inputs = {name: inputs[name] for name in space["SHAPES"]}
        loss, gradients = space["loss_and_gradients"](*inputs.values())
        agree(f"{what}: loss", case, point, matrix(loss), Point.value)
        one = Case(case.model, case.wrt, case.seed, case.seen, {**case.kept, "points": [point]})
        for name, gradient in gradients.items():
            array = np.asarray(gradient)
            if array.shape != np.shape(inputs[name]):
                raise Finding(f"{what}: shape of a gradient", f"{name}: {array.shape} for {np.shape(inputs[name])}")
            along(one, f"{what}: gradient", name, lambda at, a=array: matrix(a).T, within=True)
        descend(case, what, space, inputs)
    case.seen["modules"] += 1


def descend(case: Case, what: str, space: Mapping[str, Any], inputs: dict[str, Any]) -> None:
    """Training is descent along the gradients of the module, all of them at once."""
    size = max(float(np.max(np.abs(g), initial=0)) for g in space["loss_and_gradients"](*inputs.values())[1].values())
    rate = 1e-3 / (1 + size)
    at, expected = dict(inputs), []
    for _ in range(_STEPS):
        loss, gradients = space["loss_and_gradients"](*at.values())
        expected.append(loss)
        at |= {name: at[name] - rate * np.asarray(gradient) for name, gradient in gradients.items()}
    try:
        found, losses = space["train"](*inputs.values(), steps=_STEPS, learning_rate=rate)
    except FloatingPointError:
        if np.all(np.isfinite(expected)):
            raise
        return
    if not np.allclose(losses, expected, rtol=1e-6, atol=1e-9, equal_nan=True):
        raise Finding(f"{what}: losses of training", f"{losses} for {expected}")
    for name, array in found.items():
        if not np.allclose(array, at[name], rtol=1e-6, atol=1e-9, equal_nan=True):
            raise Finding(f"{what}: training", f"{name} = {array} for {at[name]}")


def given(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


# equal


def check_equal(case: Case) -> None:
    """A changed model is not equal to the model, and a counterexample is one."""
    draw = case.random
    changed = case.model
    for _ in range(draw.choice((1, 1, 2))):
        changed = mutated(changed, draw)
    where, one = declared(case, named=False), str(case.model.objective)
    verdict = md.equal(one, str(changed.objective), where=where)
    case.seen["verdicts"] += 1
    gaps = [gap(changed, point) for point in case.points]
    apart = [found for found in gaps if found is not None and found > 1e-4]
    if verdict.holds and apart:
        raise Finding(f"equal: {verdict.how}, and it is not so", f"{one}  and  {changed.objective}  differ by {apart}")
    if verdict.how == "proved" and any(found is not None and found > 1e-6 for found in gaps):
        raise Finding("equal: proved, and it is not so", f"{one}  and  {changed.objective}")
    if verdict.counterexample is not None and changed.shape == case.model.shape:
        counterexample(case, changed, verdict)


def counterexample(case: Case, changed: Model, verdict: md.Verdict) -> None:
    """Both sides by the oracle where the engine says they differ."""
    shown = verdict.counterexample
    if ": function" in case.model.declarations or shown is None:
        return
    known: dict[str, Array] = {}
    for variable in {**{v.name: v for v in changed.kept}, **{v.name: v for v in case.model.kept}}.values():
        if variable.name not in shown.values or variable.kind == "labels":
            return
        array = matrix(shown.values[variable.name])
        known[variable.name] = array.T if variable.kind == "row" and array.shape[0] != 1 else array
    sizes = dict(shown.sizes)
    if not set(case.model.dims) <= sizes.keys():
        return
    try:
        sides = [model.value(known, sizes) for model in (case.model, changed)]
    except (Abandoned, np.linalg.LinAlgError):
        return
    with noise():
        spread = np.max(abs(case.model.value(known, sizes) - sides[0]))
    if np.max(abs(sides[0] - sides[1])) <= 1e-12 * np.max(abs(sides[0])) + spread:
        raise Finding("equal: refuted where both sides are the same", f"{case.model.objective}: {shown}")


def gap(other: Model, point: Point) -> float | None:
    """How far the values of two models are apart, relative to their size."""
    try:
        one, two = point.value(), other.value(point.known, point.sizes)
    except (Abandoned, np.linalg.LinAlgError, KeyError):
        return None
    return float(np.max(abs(one - two)) / (1 + np.max(abs(one))))


def mutated(model: Model, draw: Any) -> Model:
    """The model with one part of its objective changed: often a slip, sometimes nothing at all."""
    terms = list(model.objective.below())
    target = draw.choice(terms)
    alike = [term for term in terms if term.shape == target.shape and term is not target]
    options = [wrapped("2*{0}", lambda s, x: 2 * x, target), wrapped("-{0}", lambda s, x: -x, target)]
    options += [wrapped("({0} + {0})/2", lambda s, x: x, target), wrapped("(-1)*(-{0})", lambda s, x: x, target)]
    options += [draw.choice(alike)] if alike else []
    if target.shape[0] is target.shape[1]:
        options.append(wrapped("{0}'", lambda s, x: x.T, target))
    if len(target.args) == 2 and target.args[0].shape == target.args[1].shape:
        options.append(replace(target, args=target.args[::-1]))
    root = replaced(model.objective, target, draw.choice(options))
    return replace(model, statements=(*model.statements[:-1], (model.statements[-1][0], root)))


def wrapped(pattern: str, value: Any, term: Term) -> Term:
    from .forms import Form

    return Term(term.shape, Form(pattern, "X: m×n -> m×n", value), (term,), dict(zip("mn", term.shape, strict=True)))


def replaced(root: Term, old: Term, new: Term) -> Term:
    if root is old:
        return new
    args = tuple(replaced(arg, old, new) for arg in root.args)
    return root if all(a is b for a, b in zip(args, root.args, strict=True)) else replace(root, args=args)
