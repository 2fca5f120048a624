"""What is asked of the engine about a model, each answer against the oracle."""

from __future__ import annotations

import random
import re
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import matdiff as md
from matdiff import evaluate
from matdiff import expr as E
from matdiff.errors import EvaluationError

from . import values
from .models import Abandoned, Model
from .oracle import Point, noise, points
from .values import Array


class Finding(Exception):
    """The engine said something that is not so; the first argument is what kind of thing it is."""


@dataclass
class Case:
    """A model with what is asked about it, and what has been seen."""

    model: Model
    wrt: tuple[str, ...]
    seed: str
    seen: Counter[str] = field(default_factory=Counter)
    kept: dict[str, Any] = field(default_factory=dict)

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        if what not in self.kept:
            self.kept[what] = make()
        return self.kept[what]

    @property
    def parsed(self) -> md.Expression:
        return self.once("parsed", lambda: md.parse(self.model.text))

    @property
    def bare(self) -> md.Expression:
        """The objective without its name."""
        return self.once("bare", lambda: md.parse(declared(self, named=False) + str(self.model.objective)))

    @property
    def scalar(self) -> bool:
        return self.parsed.node.is_scalar

    @property
    def points(self) -> list[Point]:
        return self.once("points", lambda: list(points(self.model, self.seed)))

    @property
    def derivation(self) -> md.Derivation:
        return self.once("derivation", self.derived)

    def derived(self) -> md.Derivation:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", md.UncheckedWarning)
            found = md.derive(self.model.text, list(self.wrt))
        self.kept["unchecked"] = bool(told)
        return found

    @property
    def derivatives(self) -> dict[str, md.Expression]:
        """The Jacobian by each name."""
        return self.derivation.jacobians

    @property
    def kinds(self) -> dict[str, str]:
        return {variable.name: variable.kind for variable in self.model.variables}

    @property
    def random(self) -> random.Random:
        return random.Random(self.seed)

    def direction(self, name: str, point: Point) -> Array:
        shape = (
            point.known[name].shape if name in point.known else self.model.values(point.known, point.sizes)[name].shape
        )
        return np.random.default_rng(len(self.seed)).normal(size=shape)


def matrix(value: Any) -> Array:
    """What people get from the engine, as a matrix again."""
    array = np.asarray(value)
    if array.ndim == 1:
        array = array[:, None]
    return array.reshape((1, 1)) if array.ndim == 0 else array


def agree(
    what: str, case: Case, point: Point, found: Array, right: Callable[[Point], Array], scale: float = 0.0
) -> None:
    """Raise a `Finding` where a value is not what it is to be, beyond what rounding may do."""
    try:
        wanted = right(point)
    except (Abandoned, np.linalg.LinAlgError):
        return
    if values.kinks or not np.all(np.abs(wanted) < 1e8):
        return
    if found.shape != wanted.shape:
        raise Finding(f"{what}: shape", f"{found.shape} for {wanted.shape}")
    size = 1 + np.max(abs(wanted), initial=0) + scale
    tolerance = (1e-8 if case.model.analytic else 1e-5) * size
    off = abs(found - wanted)
    if np.all(off <= tolerance):
        return
    try:
        with noise():
            spread = np.max(abs(right(point) - wanted), initial=0)
    except (Abandoned, np.linalg.LinAlgError):
        return
    if np.all(off <= tolerance + 10 * spread) or spread > 1e-4 * size:
        return
    raise Finding(what, f"{_short(found)} for {_short(wanted)} at {point.sizes} {_arrays(point)}")


def _short(array: Array) -> str:
    return np.array2string(np.asarray(array), precision=5, threshold=12).replace("\n", "")


def _arrays(point: Point) -> str:
    return ", ".join(f"{name} = {_short(array)}" for name, array in point.known.items())


# The checks


def check_value(case: Case) -> None:
    for point in case.points:
        found = matrix(case.parsed.evaluate(**point.inputs))
        agree("evaluate", case, point, found, Point.value)
        case.seen["values"] += 1


def along(case: Case, what: str, name: str, jacobian: Callable[[Point], Any], within: bool = False) -> None:
    """A Jacobian against the slope along a direction, at each point; ``within`` the structure of the variable."""
    for point in case.points:
        direction = case.direction(name, point)
        if within:
            direction = structured(case.kinds.get(name, ""), direction)
        found = matrix(jacobian(point))
        moved = direction.T.reshape(-1, 1)
        entries = np.prod([size.value(point.sizes) for size in case.model.shape])
        if case.scalar:
            if found.shape != direction.T.shape:
                raise Finding(f"{what}: shape", f"{found.shape} by {direction.shape}")
            value = np.array([[np.sum(found.T * direction)]])
        else:
            if found.shape != (entries, direction.size):
                raise Finding(f"{what}: shape", f"{found.shape} by {direction.shape}")
            value = found @ moved
        if not np.all(np.isfinite(value)):
            if case.kept.get("unchecked"):
                case.seen["derivatives that are none, as was said"] += 1
                continue
            value = np.where(np.isfinite(value), value, 1e300)

        def slope(at: Point, name: str = name, direction: Array = direction) -> Array:
            return at.slope(name, direction).T.reshape(-1, 1)

        agree(what, case, point, value, slope, float(np.max(abs(found), initial=0)))
        case.seen["derivatives"] += 1


def check_derivative(case: Case) -> None:
    for name, found in case.derivatives.items():
        along(case, "derivative", name, lambda point, e=found: e.evaluate(**point.inputs))


def check_layouts(case: Case) -> None:
    name = case.wrt[0]
    layout = case.random.choice(("numerator", "denominator", "gradient"))
    found = md.derive(case.model.text, name, layout=layout)
    turned = layout == "denominator" or (layout == "gradient" and case.scalar)

    def jacobian(point: Point) -> Array:
        value = matrix(found.derivative.evaluate(**point.inputs))
        return value.T if turned else value

    along(case, f"derivative in {layout} layout", name, jacobian)


def structured(kind: str, direction: Array) -> Array:
    """A direction that keeps to the structure of a kind."""
    if kind == "symmetric":
        return direction + direction.T
    return np.diag(np.diag(direction)) if kind == "diagonal" else direction


def check_structured(case: Case) -> None:
    name = next((name for name in case.wrt if case.kinds.get(name) in ("symmetric", "diagonal")), None)
    if name is None or not case.scalar:
        return
    found = md.derive(case.model.text, name, structured=True).structured[name]
    for way, e in found.items():
        for point in case.points:
            kept = structured(case.kinds[name], case.direction(name, point))
            value = matrix(e.evaluate(**point.inputs))
            pairing = np.sum(np.tril(value) * kept) if "free" in way else np.sum(value * kept)
            wanted = lambda at, kept=kept: at.slope(name, kept)  # noqa: E731
            agree(f"structured gradient {way}", case, point, np.array([[pairing]]), wanted, float(abs(value).max()))


def check_verify(case: Case) -> None:
    case.derivation.verify()


def check_differential(case: Case) -> None:
    """The differential, with a direction in place of dX."""
    for name, e in case.derivation.differentials.items():
        nodes = [node for node in E.topo(e.node) if node.op == "differential"]
        holes = {node: E.variable(f"direction_{i}", node.shape) for i, node in enumerate(nodes)}
        if len(holes) > 1:
            raise Finding("differential: more than one name varies", str(e))
        (filled,) = E.substitute([e.node], holes)
        for point in case.points:
            direction = case.direction(name, point)
            known = {**e.model.variables, **e.model.definitions}
            arrays = {known[key]: a for key, a in point.known.items() if key in known}
            arrays |= dict.fromkeys(holes.values(), direction)
            sizes = _inferred(case, point)
            found = evaluate.values([filled], arrays, sizes, _functions(point))[filled]
            agree("differential", case, point, found, lambda at, n=name, d=direction: at.slope(n, d), 1.0)


def _functions(point: Point) -> dict[str, Any]:
    return {name: pair for name, pair in point.inputs.items() if isinstance(pair, tuple)}


def _inferred(case: Case, point: Point) -> dict[str, int]:
    sizes = dict(point.sizes)
    for name, node in case.parsed.model.variables.items():
        for size, count in zip(node.shape, point.known[name].shape if name in point.known else (), strict=False):
            if size.name:
                sizes[size.name] = count
    return sizes


def check_print(case: Case) -> None:
    e = case.bare
    again = md.parse(declared(case, named=False) + str(e))
    if again != e and md.equal(e, again).how != "proved":  # v + v*ones(1, 1) is v + v
        raise Finding("print: reads back as another expression", f"{e}  ->  {again}")
    case.seen["round trips"] += 1
    answers = [(name, found) for name, found in case.derivatives.items()]
    if answers:
        name, found = case.random.choice(answers)
        read_back("print", case, name, md.parse(declared(case) + str(found)))


def check_latex(case: Case) -> None:
    e, where = case.bare, declared(case)
    back = md.parse(e.latex(), notation="latex", where=declared(case, named=False))
    for point in case.points[:2]:
        agree("LaTeX of the model", case, point, matrix(back.evaluate(**point.inputs)), Point.value)
    case.seen["round trips"] += 1
    name, found = case.random.choice(list(case.derivatives.items()))
    read_back("LaTeX", case, name, md.parse(found.latex(), notation="latex", where=where))
    if case.random.random() < 0.3 and not md.equal(e, back).holds:
        raise Finding("equal: refutes what was read back", f"{e}  and  {back}")


def read_back(what: str, case: Case, name: str, answer: md.Expression) -> None:
    along(case, f"{what} of a derivative", name, lambda point: answer.evaluate(**point.inputs))
    case.seen["round trips"] += 1


def declared(case: Case, named: bool = True) -> str:
    """All statements (but the last, if that has no name), with the names that were not declared."""
    model = case.model
    found = case.parsed.model.variables
    told = [replace(variable, shape=found[variable.name].shape) for variable in model.kept if not variable.declared]
    kinds = [str(variable) for variable in told]  # as the engine found them, which may be more general
    lines = [f"{name} = {root}" for name, root in model.statements[: None if named else -1]]
    return "\n".join([*kinds, model.declarations, *lines, ""])


def check_compile(case: Case) -> None:
    names = list(case.derivatives)
    both = md.compile([case.derivation.objective, *case.derivatives.values()])
    for point in case.points:
        try:
            value, *found = both(**point.inputs)
        except EvaluationError as error:
            for e in (case.derivation.objective, *case.derivatives.values()):
                e.evaluate(**point.inputs)
            raise Finding("compiled: no value where evaluate has one", str(error)) from None
        agree("compiled value", case, point, matrix(value), Point.value)
        for name, array in zip(names, found, strict=True):
            one = Case(case.model, case.wrt, case.seed, case.seen, {**case.kept, "points": [point]})
            along(one, "compiled derivative", name, lambda at, a=array: a)
    case.seen["compiled"] += 1


def check_hessian(case: Case) -> None:
    if not case.scalar:
        return
    names = [case.wrt[0], case.random.choice(case.wrt)]
    found = md.hessian(case.model.text, *names)
    e = md.compile(found) if case.random.random() < 0.3 else found.evaluate
    second(case, "hessian", names[0], names[-1], lambda point, u, v: u @ matrix(e(**point.inputs)) @ v)


def check_hvp(case: Case) -> None:
    name = case.wrt[0]
    if not case.scalar:
        return
    found = md.hvp(case.model.text, name, "way")
    e = md.compile(found) if case.random.random() < 0.5 else found.evaluate

    def value(point: Point, u: Array, v: Array) -> Any:
        shape = case.direction(name, point).shape
        return u @ matrix(e(**point.inputs, way=_given(v, shape))).T.ravel()

    second(case, "hvp", name, name, value)


def _given(v: Array, shape: tuple[int, ...]) -> Any:
    array = v.reshape(shape[::-1]).T
    return float(array[0, 0]) if array.size == 1 else array


def second(case: Case, what: str, one: str, other: str, value: Callable[[Point, Array, Array], Any]) -> None:
    for point in case.points:
        u = case.direction(one, point)
        v = np.cos(np.arange(case.direction(other, point).size)).reshape(case.direction(other, point).shape)
        found = np.reshape(value(point, u.T.ravel(), v.T.ravel()), (1, 1))
        if not np.all(np.isfinite(found)):
            found = np.full((1, 1), 1e300)

        def slope(at: Point, u: Array = u, v: Array = v) -> Array:
            return np.array([[at.second(one, u, other, v)]])

        try:
            agree(what, case, point, found, slope, 1e3 * abs(slope(point)[0, 0]) + 10)
        except (Abandoned, np.linalg.LinAlgError):
            continue
        case.seen["second derivatives"] += 1


def check_document(case: Case) -> None:
    """A claim of the right gradient is not wrong; one with a changed factor is."""
    if not case.scalar or "(z) :=" in case.model.text or not case.points:
        return
    name = case.wrt[0]
    gradient = case.derivation.gradients[name]
    if gradient.node.op == "zeros":
        return
    factor = case.random.choice(("", "2 ", "-"))
    symbol = md.parse(declared(case) + name).latex()
    claim = rf"$$\nabla_{{{symbol}}} goal = {factor}\left({gradient.latex()}\right)$$".replace("goal", r"\mathrm{goal}")
    document = f"```matdiff\n{declared(case)}```\n\n{claim}\n"
    report = md.check(document)
    case.seen["claims"] += 1
    if len(report.links) != 1:
        raise Finding("check: the claim is not seen", document)
    verdict = report.links[0].verdict
    largest = max(np.max(abs(matrix(gradient.evaluate(**point.inputs)))) for point in case.points)
    if factor and not largest > 1e-3:
        return
    changed = bool(factor)
    if verdict == "ill-formed" or (verdict in ("proved", "sampled")) is changed:
        raise Finding(
            f"check: a {'wrong' if changed else 'right'} claim is {verdict}", f"{document}{report.links[0].detail}"
        )


def refusal(error: md.MatdiffError) -> str:
    """The kind of a message: without names, numbers and the place."""
    text = re.sub(r"\S*\d\S*|'[^']*'", "#", str(error).split("\n")[0])
    return f"{type(error).__name__}: {text}"[:110]
