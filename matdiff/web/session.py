"""What the page asks, and what it is told: plain data in, plain data out. Nothing that is sent is executed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from matdiff import api
from matdiff.errors import ArgumentTypeError, MatdiffError, heard
from matdiff.expression import Expression
from matdiff.question import notation_of
from matdiff.results import Derivation

Data = dict[str, Any]


def answer(question: str, told: Mapping[str, Any]) -> Data:
    """The answer to one of `QUESTIONS` as data for JSON; ``error`` in it says what was wrong, and where.

    >>> found = answer("derive", {"source": "norm2(A*x)^2", "wrt": "x"})
    >>> found["gradients"][0]["math"], found["variables"][0]["kind"]
    ("2*A'*A*x", 'matrix')
    >>> answer("derive", {"source": "A*"})["error"]["places"]
    [{'start': 2, 'end': 3, 'line': 1, 'column': 3}]
    """
    with heard() as said:
        try:
            if question not in QUESTIONS:
                raise ArgumentTypeError(f"a question is one of {', '.join(QUESTIONS)}")
            if not isinstance(told, Mapping):
                raise ArgumentTypeError("a question is told by names and values")
            found = QUESTIONS[question](told)
        except MatdiffError as error:
            return {"error": mistake(error)}
    return found | {"warnings": said}


def reply(asked: str) -> str:
    """The answer to ``[question, told]``, both as JSON."""
    question, told = json.loads(asked)
    return json.dumps(answer(question, told), ensure_ascii=False)


def mistake(error: MatdiffError) -> Data:
    places = [
        {"start": place.start, "end": place.end, "line": place.line, "column": place.column} for place in error.places
    ]
    return {"kind": type(error).__name__, "message": error.reason, "text": str(error), "places": places}


def text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name) or ""
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{name} is a text")
    return value


def names(told: Mapping[str, Any]) -> str | list[str] | None:
    found = [name.strip() for name in text(told, "wrt").replace("\n", ",").split(",") if name.strip()]
    return found[0] if len(found) == 1 else found or None


def derive(told: Mapping[str, Any]) -> Data:
    """A derivation as HTML, and its results and all forms of them to be copied."""
    source, where, notation = text(told, "source"), text(told, "where") or None, text(told, "notation")
    found = api.derive(
        source,
        names(told),
        where=where,
        notation=notation or notation_of(source),
        order=2 if told.get("hessian") else 1,
        layout=text(told, "layout") or "gradient",
        detail=text(told, "detail") or "textbook",
    )
    return {
        "html": found.render("html", fragment=True),
        "gradients": [shown(name, e) for name, e in found.gradients.items()],
        "jacobians": [shown(name, e) for name, e in found.jacobians.items()],
        "hessians": [shown(", ".join(pair), e) for pair, e in found.hessians.items()],
        "scalar": found.objective.shape == (1, 1),
        "text": str(found),
        "latex": found.latex(),
        "code": code_of(found),
        "variables": [variable._asdict() for variable in found.objective.variables],
        "check": found.check,
    }


def shown(name: str, e: Expression) -> Data:
    return {"name": name, "math": str(e), "latex": e.latex(), "html": e._repr_html_(), "shape": list(e.shape)}


def code_of(found: Derivation[Any, Any]) -> str:
    """The results as NumPy code, or in words why there is none."""
    try:
        return found.code()
    except MatdiffError as error:
        return f"# {error.reason}\n"


def check(told: Mapping[str, Any]) -> Data:
    """The links of a document, or of a script, with their places and the edits that mend them.

    Of ``path`` the suffix tells the format. Nothing is read from the disk, whatever the document takes in.
    """
    from matdiff import checking
    from matdiff.documents import format_of

    document = text(told, "document")
    if told.get("script"):
        return report(api.check_code(document))
    return report(checking.check(document, format=format_of(text(told, "path"))))


def report(found: Any) -> Data:
    data: Data = json.loads(found.render("json"))
    return data | {"text": str(found)}


def generate(told: Mapping[str, Any]) -> Data:
    """A training module."""
    return {
        "code": api.generate(
            text(told, "source"),
            names(told),
            target=text(told, "target") or "numpy",
            style=text(told, "style") or "readable",
        )
    }


def examples(told: Mapping[str, Any]) -> Data:
    """What there is to try."""
    found: Data = json.loads(files("matdiff.web").joinpath("page/examples.json").read_text(encoding="utf-8"))
    return found


QUESTIONS: dict[str, Callable[[Mapping[str, Any]], Data]] = {
    "derive": derive,
    "check": check,
    "generate": generate,
    "examples": examples,
}
