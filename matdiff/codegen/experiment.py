"""The ``train`` section of a model file: data, first values and settings of an experiment.

The section stands in a model file below a line ``train:``, indented::

    train:
        N, D, H, K = 300, 2, 100, 3      # sizes, and values of scalars
        X, y ~ spirals(noise=0.2)        # data and first values are drawn
        W, W2 ~ 0.01*normal
        b, b2 ~ zeros
        reg = 1e-3
        steps = 10000                    # settings of the run
        learning_rate = 1
        report_every = 1000

It is read by the few lines below, and never executed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isinf

from matdiff.errors import DeclarationError, ParseError, Place
from matdiff.expr import Expr
from matdiff.model import Model
from matdiff.reader.sections import train_section

SETTINGS = {"steps": 100.0, "learning_rate": 1e-3, "report_every": 10.0, "seed": 0.0}
"""What may be set, with what it is otherwise."""

LEAST = {"steps": 0, "report_every": 1, "seed": 0}
"""The least that a setting may be, of those that are whole numbers."""

MOST = 10**12
"""The most that a whole number may be."""

GENERATORS: dict[str, dict[str, float]] = {
    "normal": {},
    "uniform": {"low": 0.0, "high": 1.0},
    "zeros": {},
    "ones": {},
    "eye": {},
    "labels": {},
    "signs": {},
    "positive_definite": {},
    "orthogonal": {},
    "spirals": {"noise": 0.2},
}
"""What can be drawn, with its options."""

DEFAULTS = {
    "labels": "labels",
    "onehot": "labels",
    "symmetric": "positive_definite",
    "orthogonal": "orthogonal",
}
"""What is drawn of a kind where nothing is said."""

_NAME = r"[^\W\d]\w*"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_VALUES = re.compile(rf"(?P<names>{_NAME}(?:\s*,\s*{_NAME})*)\s*=\s*(?P<values>{_NUMBER}(?:\s*,\s*{_NUMBER})*)")
_DRAW = re.compile(
    rf"(?P<names>{_NAME}(?:\s*,\s*{_NAME})*)\s*~\s*(?:(?P<factor>{_NUMBER})\s*\*\s*)?(?P<generator>{_NAME})"
    rf"\s*(?:\((?P<options>[^()]*)\))?"
)
_OPTION = re.compile(rf"\s*(?P<name>{_NAME})\s*=\s*(?P<value>{_NUMBER})\s*")


@dataclass(frozen=True)
class Draw:
    """How some inputs get their first values."""

    names: tuple[str, ...]
    generator: str
    factor: str = "1"
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Experiment:
    """A train section; empty where a model file has none."""

    values: dict[str, str] = field(default_factory=dict)
    """Sizes and scalars, as they are written."""
    draws: list[Draw] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def sizes(self, model: Model) -> dict[str, int]:
        return {name: int(float(text)) for name, text in self.values.items() if name not in model.variables}


def split_source(text: str) -> tuple[str, Experiment]:
    """A model file as the model's own text, with every line where it was, and its train section."""
    source, section = train_section(text)
    return source, read_section(text, *section) if section else Experiment()


def read_section(text: str, start: int, end: int) -> Experiment:
    found = Experiment()
    for match in re.compile(r"[^\n;]+").finditer(re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), text), start, end):
        line = match[0]
        if not line.strip():
            continue
        at = match.start() + len(line) - len(line.lstrip())
        place = Place(text, at, at + len(line.strip()))
        read_line(line.strip(), place, found)
    return found


def read_line(line: str, place: Place, found: Experiment) -> None:
    endless = next((number for number in re.findall(_NUMBER, line) if isinf(float(number))), None)
    if endless:
        raise ParseError(f"the number {endless:.40} is too large", place)
    if match := _VALUES.fullmatch(line):
        names, values = words(match["names"]), words(match["values"])
        if len(names) != len(values):
            raise ParseError(f"{len(names)} names on the left, {len(values)} numbers on the right", place)
        for name, value in zip(names, values, strict=True):
            claim(name, place, found)
            (found.settings if name in SETTINGS else found.values)[name] = value
    elif match := _DRAW.fullmatch(line):
        names, generator = words(match["names"]), match["generator"]
        if generator not in GENERATORS:
            close = difflib.get_close_matches(generator, GENERATORS, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(GENERATORS)}"
            raise ParseError(f"nothing is drawn by {generator}: {hint}", place)
        for name in names:
            claim(name, place, found)
        options = read_options(match["options"] or "", generator, place)
        found.draws.append(Draw(tuple(names), generator, match["factor"] or "1", options))
    else:
        raise ParseError(
            "a line of the train section is name = number, or name ~ what is drawn, as in W ~ 0.01*normal", place
        )


def read_options(text: str, generator: str, place: Place) -> dict[str, float]:
    options = dict(GENERATORS[generator])
    for part in text.split(",") if text.strip() else []:
        match = _OPTION.fullmatch(part)
        if not match or match["name"] not in options:
            known = ", ".join(options) or "none"
            raise ParseError(f"{part.strip()} is no option of {generator}; its options: {known}", place)
        options[match["name"]] = float(match["value"])
    return options


def claim(name: str, place: Place, found: Experiment) -> None:
    if name in found.places:
        raise DeclarationError(f"{name} is given twice", place, found.places[name])
    found.places[name] = place


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def data_of(text: str, model: Model) -> set[str]:
    """The inputs of a model that are no parameters of its experiment; none where there is no train section.

    Numbers are settings, labels and signs are data, and so is what has a row for each example and is drawn as it is:
    the examples are the size that no input has as its columns.
    """
    _, experiment = split_source(text)
    data = set(experiment.values)
    columns = {name for node in model.variables.values() for name in node.cols.names}
    for draw in experiment.draws:
        drawn = draw.generator in ("spirals", "labels", "signs")
        plain = draw.factor == "1" and draw.generator != "zeros"
        for name in draw.names:
            rows = model.variables[name].rows.names if name in model.variables else ()
            if drawn or (plain and rows and not columns.intersection(rows)):
                data.add(name)
    return data


def settled(experiment: Experiment, model: Model, inputs: Mapping[str, Expr], wrt: Iterable[str]) -> Experiment:
    """The experiment with a value for everything: what a model file does not say gets a plain default."""
    dims = dict.fromkeys(name for node in inputs.values() for size in node.shape for name in size.names)
    for name, place in experiment.places.items():
        known = name in inputs or name in dims or name in SETTINGS or name in model.variables or name in model.dims
        if not known:
            close = difflib.get_close_matches(name, [*inputs, *dims, *SETTINGS], 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise DeclarationError(f"the model has no {name}{hint}", place)
        least = LEAST.get(name, 1 if name in dims else None)
        value = float((experiment.values | experiment.settings).get(name, 1))
        if least is not None and not (value.is_integer() and least <= value <= MOST):
            raise DeclarationError(f"{name} is a whole number, at least {least} and at most {MOST:,}", place)
    given = {name for draw in experiment.draws for name in draw.names}
    values = {name: experiment.values.get(name, "100" if n == 0 else "10") for n, name in enumerate(dims)}
    draws = []
    for draw in experiment.draws:
        if draw.generator == "spirals" and not is_spiral(draw, inputs):
            raise DeclarationError(
                "spirals give a matrix(N, 2) of points and the labels(N, K) of their arms",
                experiment.places[draw.names[0]],
            )
        if draw.generator == "spirals" or set(draw.names) <= set(inputs):
            draws.append(draw)
    parameters = set(wrt)
    for name, node in inputs.items():
        kind = node.data[1]
        if name in experiment.values:
            values[name] = experiment.values[name]
        elif name in given:
            continue
        elif kind in DEFAULTS:
            draws.append(Draw((name,), DEFAULTS[kind]))
        elif node.is_scalar and name not in parameters:
            values[name] = "1"
        else:
            draws.append(Draw((name,), "normal", "0.1" if name in parameters else "1"))
    settings = {name: experiment.settings.get(name, f"{default:g}") for name, default in SETTINGS.items()}
    return Experiment(values, draws, settings, experiment.places)


def is_spiral(draw: Draw, inputs: Mapping[str, Expr]) -> bool:
    if len(draw.names) != 2 or not all(name in inputs for name in draw.names):
        return False
    points, labels = (inputs[name] for name in draw.names)
    return labels.data[1] == "labels" and points.rows is labels.rows and points.data[1] == "matrix"
